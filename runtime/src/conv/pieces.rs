//! Pieces of bytes at even distances, copied: all that gathering is made of.
//!
//! A call of `memcpy` for each piece costs more than what it copies: pieces of a window's line are some tens
//! of bytes. So the size is looked at once for all of them, and lengths are checked once.

#![expect(unsafe_code, reason = "short copies whose lengths were checked once for all")]

/// `count` pieces of `len` bytes, each `step` bytes behind the one before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pieces {
    pub(super) count: usize,
    pub(super) len: usize,
    pub(super) step: usize,
}

impl Pieces {
    /// Whether all of them are in the first `bytes` bytes.
    fn fit(&self, bytes: usize) -> bool {
        let last = self.count.checked_sub(1).map(|last| last.checked_mul(self.step));
        last.is_none_or(|last| {
            last.and_then(|last| last.checked_add(self.len)).is_some_and(|end| end <= bytes)
        })
    }

    /// Copies pieces that are `from_step` bytes apart at the head of `from` to the head of `to`.
    ///
    /// # Panics
    /// If a slice is too short.
    pub(super) fn copy(self, to: &mut [u8], from: &[u8], from_step: usize) {
        assert!(self.fit(to.len()) && Pieces { step: from_step, ..self }.fit(from.len()));
        let len = self.len;
        // SAFETY: all pieces are in both slices. Each closure touches `len` bytes: its chunks begin and end
        // inside of the piece, and may overlap each other.
        unsafe {
            match len {
                0 => {}
                1..4 => self.each(to, from, from_step, |to, from| {
                    (0..len).for_each(|at| chunk::<1>(to.add(at), from.add(at)));
                }),
                4..8 => self.each(to, from, from_step, |to, from| ends::<4>(to, from, len)),
                8..16 => self.each(to, from, from_step, |to, from| ends::<8>(to, from, len)),
                16..=32 => self.each(to, from, from_step, |to, from| ends::<16>(to, from, len)),
                33..=64 => self.each(to, from, from_step, |to, from| ends::<32>(to, from, len)),
                65..=96 => self.each(to, from, from_step, |to, from| {
                    chunk::<32>(to.add(32), from.add(32));
                    ends::<32>(to, from, len);
                }),
                _ => self.each(to, from, from_step, |to, from| {
                    let mut at = 0;
                    while at + 64 < len {
                        chunk::<64>(to.add(at), from.add(at));
                        at += 64;
                    }
                    chunk::<64>(to.add(len - 64), from.add(len - 64));
                }),
            }
        }
    }

    /// Sets all bytes of the pieces at the head of `to`.
    ///
    /// # Panics
    /// If `to` is too short.
    pub(super) fn fill(self, to: &mut [u8], byte: u8) {
        for piece in 0..self.count {
            to[piece * self.step..][..self.len].fill(byte);
        }
    }

    /// Calls `copy` with the place of each piece.
    ///
    /// # Safety
    /// All pieces are in both slices, and `copy` may be called with their places.
    #[inline(always)]
    unsafe fn each(self, to: &mut [u8], from: &[u8], from_step: usize, copy: impl Fn(*mut u8, *const u8)) {
        let (mut to, mut from) = (to.as_mut_ptr(), from.as_ptr());
        for _ in 0..self.count {
            copy(to, from);
            // Behind the last piece these are never read.
            to = to.wrapping_add(self.step);
            from = from.wrapping_add(from_step);
        }
    }
}

/// The first and the last `N` of `len` bytes.
///
/// # Safety
/// There are `len` ≥ `N` bytes at both places.
#[inline(always)]
unsafe fn ends<const N: usize>(to: *mut u8, from: *const u8, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        chunk::<N>(to, from);
        chunk::<N>(to.add(len - N), from.add(len - N));
    }
}

/// `N` bytes.
///
/// # Safety
/// There are `N` bytes at both places.
#[inline(always)]
unsafe fn chunk<const N: usize>(to: *mut u8, from: *const u8) {
    // SAFETY: the caller's promise; arrays of bytes have no alignment.
    unsafe { to.cast::<[u8; N]>().write(from.cast::<[u8; N]>().read()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_every_length_are_copied_and_nothing_else() {
        for len in 0..140 {
            for (count, gap, from_step) in [(0, 0, 0), (1, 3, 9), (3, 0, 7), (4, 5, 0)] {
                let pieces = Pieces { count, len, step: len + gap };
                let end = |step| if count == 0 { 0 } else { (count - 1) * step + len };
                let from: Vec<u8> = (0..end(from_step)).map(|at| (at * 7 + 1) as u8).collect();
                let mut to = vec![0xee; end(len + gap)];
                let mut wanted = to.clone();
                pieces.copy(&mut to, &from, from_step);
                for piece in 0..count {
                    wanted[piece * (len + gap)..][..len].copy_from_slice(&from[piece * from_step..][..len]);
                }
                assert_eq!(to, wanted, "{pieces:?}");
                pieces.fill(&mut to, 5);
                (0..count).for_each(|piece| wanted[piece * (len + gap)..][..len].fill(5));
                assert_eq!(to, wanted, "{pieces:?}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_found_before_anything_is_touched() {
        let fits = |count, len, step, bytes| Pieces { count, len, step }.fit(bytes);
        assert!(fits(3, 4, 5, 14) && !fits(3, 4, 5, 13) && fits(0, 9, 9, 0));
        assert!(!fits(3, 1, usize::MAX, 100) && !fits(2, usize::MAX, 1, 100));
        for (to, from) in [(13, 14), (14, 13)] {
            let copied = std::panic::catch_unwind(|| {
                Pieces { count: 3, len: 4, step: 5 }.copy(&mut vec![0; to], &vec![1; from], 5);
            });
            assert!(copied.is_err());
        }
    }
}
