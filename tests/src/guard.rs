//! Buffers between two inaccessible pages: one byte too far is a fault, not a lucky read.

#![expect(unsafe_code, reason = "it maps memory and protects pages")]

use std::ops::{Deref, DerefMut};
use std::ptr;

/// Where in its pages a buffer lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The first byte is the first after the inaccessible page: reading before it faults.
    FlushStart,
    /// The last byte is the last before the inaccessible page: reading past it faults.
    FlushEnd,
    /// So many bytes after the beginning of a page: any alignment that a test asks for.
    Offset(usize),
}

/// What the bytes between a buffer and its guard pages hold, to be found unchanged.
const MARGIN: u8 = 0xa5;

/// A byte buffer with an inaccessible page directly before and directly after its pages.
///
/// Bytes between the buffer and a guard page can be read by mistake without a fault, so every test
/// uses both flush placements; writes to them are found by [`GuardedBuf::check_margins`].
#[derive(Debug)]
pub struct GuardedBuf {
    map: *mut u8,
    map_len: usize,
    page: usize,
    offset: usize,
    len: usize,
}

impl GuardedBuf {
    /// A buffer of `len` zeros.
    ///
    /// # Panics
    /// If the system has no memory left, as every allocation does.
    pub fn new(len: usize, placement: Placement) -> GuardedBuf {
        let page = page_size();
        let before = match placement {
            Placement::Offset(offset) => offset,
            Placement::FlushStart | Placement::FlushEnd => 0,
        };
        // At least one page, so that an empty buffer too has both neighbours.
        let usable = (before + len).max(1).next_multiple_of(page);
        let offset = match placement {
            Placement::FlushEnd => usable - len,
            Placement::FlushStart | Placement::Offset(_) => before,
        };
        let map_len = usable + 2 * page;
        // SAFETY: a new private mapping touches nothing that exists; the result is checked.
        let map = unsafe {
            libc::mmap(
                ptr::null_mut(),
                map_len,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        assert!(map != libc::MAP_FAILED, "mmap of {map_len} bytes: {}", std::io::Error::last_os_error());
        let mut buffer = GuardedBuf { map: map.cast(), map_len, page, offset, len };
        buffer.protect(libc::PROT_READ | libc::PROT_WRITE);
        // SAFETY: the usable pages have just been made writable and belong to this value alone.
        unsafe {
            ptr::write_bytes(buffer.usable(), MARGIN, usable);
            ptr::write_bytes(buffer.as_mut_ptr(), 0, len);
        }
        buffer
    }

    /// A buffer whose end touches the inaccessible page.
    pub fn flush_end(len: usize) -> GuardedBuf {
        GuardedBuf::new(len, Placement::FlushEnd)
    }

    /// A buffer whose beginning touches the inaccessible page.
    pub fn flush_start(len: usize) -> GuardedBuf {
        GuardedBuf::new(len, Placement::FlushStart)
    }

    /// The bytes as 32-bit values are laid out in memory.
    pub fn from_i32(values: &[i32], placement: Placement) -> GuardedBuf {
        let mut buffer = GuardedBuf::new(values.len() * 4, placement);
        for (at, value) in buffer.chunks_exact_mut(4).zip(values) {
            at.copy_from_slice(&value.to_ne_bytes());
        }
        buffer
    }

    /// The first byte. Unlike a slice's pointer it may be used to go past the end, into the guard.
    pub fn as_ptr(&self) -> *const u8 {
        self.start()
    }

    /// The first byte, for writing.
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.start()
    }

    /// From now on writing to the buffer faults; [`DerefMut`] must not be used any more.
    pub fn freeze(&mut self) {
        self.protect(libc::PROT_READ);
    }

    /// Whether everything between the buffer and its guard pages is as it was.
    ///
    /// # Errors
    /// The place of the first changed byte.
    pub fn check_margins(&self) -> Result<(), String> {
        // SAFETY: the usable pages are readable and nobody else writes to them.
        let usable = unsafe { std::slice::from_raw_parts(self.usable(), self.map_len - 2 * self.page) };
        let (before, rest) = usable.split_at(self.offset);
        let after = &rest[self.len..];
        if let Some(back) = before.iter().rev().position(|&b| b != MARGIN) {
            return Err(format!("the byte {} before the buffer was written", back + 1));
        }
        match after.iter().position(|&b| b != MARGIN) {
            Some(past) => Err(format!("the byte {past} past the end of the buffer was written")),
            None => Ok(()),
        }
    }

    fn usable(&self) -> *mut u8 {
        // SAFETY: the mapping has a guard page first, so this stays inside it.
        unsafe { self.map.add(self.page) }
    }

    fn start(&self) -> *mut u8 {
        // SAFETY: `offset` is at most the length of the usable pages.
        unsafe { self.usable().add(self.offset) }
    }

    fn protect(&mut self, protection: libc::c_int) {
        let len = self.map_len - 2 * self.page;
        // SAFETY: exactly the usable pages of this value's own mapping.
        let result = unsafe { libc::mprotect(self.usable().cast(), len, protection) };
        assert_eq!(result, 0, "mprotect: {}", std::io::Error::last_os_error());
    }
}

impl Deref for GuardedBuf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `len` initialised bytes inside the usable pages, borrowed with `self`.
        unsafe { std::slice::from_raw_parts(self.start(), self.len) }
    }
}

impl DerefMut for GuardedBuf {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.start(), self.len) }
    }
}

impl Drop for GuardedBuf {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `new` and is not used after this.
        unsafe { libc::munmap(self.map.cast(), self.map_len) };
    }
}

/// Runs `action` in a child process and returns the number of the signal that ended it, or `None`
/// if it came to its end.
///
/// `action` must not allocate, lock or panic: other threads of the test harness do not exist in the
/// child, but their locks do.
pub fn signal_of(action: impl FnOnce()) -> Option<i32> {
    // SAFETY: the child only runs `action`, whose caller promises the above, and `_exit`.
    unsafe {
        let child = libc::fork();
        assert!(child >= 0, "fork: {}", std::io::Error::last_os_error());
        if child == 0 {
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            libc::setrlimit(libc::RLIMIT_CORE, &none);
            action();
            libc::_exit(0);
        }
        let mut status = 0;
        let waited = libc::waitpid(child, &mut status, 0);
        assert_eq!(waited, child, "waitpid: {}", std::io::Error::last_os_error());
        libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status))
    }
}

fn page_size() -> usize {
    // SAFETY: a plain question to the system.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).expect("the system has pages")
}
