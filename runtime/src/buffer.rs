//! Bytes that begin at a cache line: our own, or somebody else's that are read where they are.

#![expect(unsafe_code, reason = "memory of cache lines, or of somebody else, is seen as bytes")]

use crate::Error;
#[cfg(feature = "packed")]
use std::{ops::Range, sync::Arc};

/// Packed panels begin at multiples of this: a cache line of every Arm core that we know, so that no
/// 16-byte load of a panel crosses one.
pub(crate) const ALIGN: usize = 64;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct CacheLine([u8; ALIGN]);

/// A growable buffer of bytes, aligned to [`ALIGN`], without a capacity that differs from its length.
#[derive(Default)]
pub(crate) struct AlignedBytes {
    lines: Vec<CacheLine>,
}

impl AlignedBytes {
    /// `bytes` zeros (rounded up to whole cache lines).
    pub(crate) fn zeroed(bytes: usize) -> Result<AlignedBytes, Error> {
        let mut buffer = AlignedBytes::default();
        buffer.grow(bytes)?;
        Ok(buffer)
    }

    /// Makes sure that there are at least `bytes` bytes; new ones are zero.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        let wanted = bytes.div_ceil(ALIGN);
        if let Some(more) = wanted.checked_sub(self.lines.len()).filter(|&more| more > 0) {
            self.lines.try_reserve_exact(more).map_err(|_| Error::Memory { bytes })?;
            self.lines.resize(wanted, CacheLine([0; ALIGN]));
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len() * ALIGN
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `CacheLine` is exactly ALIGN bytes without padding.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len()) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len()) }
    }
}

/// Bytes of somebody else, kept alive and never written to.
#[cfg(feature = "packed")]
#[derive(Clone)]
pub(crate) struct SharedBytes {
    start: *const u8,
    len: usize,
    _owner: Arc<dyn Send + Sync>,
}

// SAFETY: the bytes are only read, and their owner may be dropped by any thread.
#[cfg(feature = "packed")]
unsafe impl Send for SharedBytes {}
// SAFETY: as above.
#[cfg(feature = "packed")]
unsafe impl Sync for SharedBytes {}

#[cfg(feature = "packed")]
impl SharedBytes {
    /// The bytes `range` of what `owner` gives out; `None` if it has not that many. It is asked once: what it
    /// would answer later does not matter.
    pub(crate) fn new<S: AsRef<[u8]> + Send + Sync + 'static>(
        owner: Arc<S>,
        range: Range<usize>,
    ) -> Option<SharedBytes> {
        let bytes = (*owner).as_ref().get(range)?;
        Some(SharedBytes { start: bytes.as_ptr(), len: bytes.len(), _owner: owner })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `owner` gave these bytes out for as long as it is borrowed. It is shared, so that it is
        // neither moved nor borrowed exclusively, and kept for as long as `self`.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

/// `Vec::resize` that reports instead of aborting, and never shrinks.
pub(crate) fn grow_to<T: Copy + Default>(vec: &mut Vec<T>, len: usize) -> Result<(), Error> {
    if let Some(more) = len.checked_sub(vec.len()).filter(|&more| more > 0) {
        let bytes = len.saturating_mul(size_of::<T>());
        vec.try_reserve_exact(more).map_err(|_| Error::Memory { bytes })?;
        vec.resize(len, T::default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_begin_at_a_cache_line_and_only_grow() {
        let mut buffer = AlignedBytes::zeroed(65).unwrap();
        assert_eq!((buffer.len(), buffer.bytes().as_ptr().addr() % ALIGN), (128, 0));
        buffer.bytes_mut().fill(7);
        buffer.grow(1).unwrap();
        buffer.grow(129).unwrap();
        assert_eq!((buffer.len(), buffer.bytes()[127], buffer.bytes()[128]), (192, 7, 0));
        assert!(matches!(buffer.grow(usize::MAX - 100), Err(Error::Memory { .. })));
        assert_eq!(AlignedBytes::zeroed(0).unwrap().len(), 0);
    }
}
