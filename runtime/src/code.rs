//! Executable memory for machine words: how kernels that were compiled a moment ago are run.
//!
//! ```text
//!   mmap read+write ─► copy words ─► mprotect read+execute ─► dc cvau, dsb, ic ivau, dsb, isb ─► call
//! ```
//!
//! The memory is never writable and executable at once. Arm's caches for data and instructions do not
//! follow each other (Arm ARM, B2.4.4 "Concurrent modification and execution of instructions" and
//! D7.5.9): without the last step the processor may run what was in memory before. Emulators do
//! without it, so no test here can find it missing.

#![expect(unsafe_code, reason = "it maps memory and makes it executable")]

use crate::Error;
use qgen_spec::abi::KernelFn;

/// Machine words in memory that can be executed; unmapped when dropped.
#[derive(Debug)]
pub struct CodeBuffer {
    start: *mut u8,
    /// Mapped bytes.
    bytes: usize,
    words: usize,
}

// SAFETY: after `new` the memory is only read and executed, until it is unmapped by its owner.
unsafe impl Send for CodeBuffer {}
// SAFETY: as above; no method changes anything.
unsafe impl Sync for CodeBuffer {}

impl CodeBuffer {
    /// Copies `words` into new executable memory and synchronises the instruction cache.
    ///
    /// # Errors
    /// [`Error::MachineCode`] on other machines than aarch64 Linux, Android or macOS, and for no words
    /// at all; [`Error::Os`] if the operating system refuses.
    pub fn new(words: &[u32]) -> Result<CodeBuffer, Error> {
        if words.is_empty() {
            return Err(Error::MachineCode {
                problem: "there are no words to run".into(),
                help: "give at least a `ret`",
            });
        }
        let (start, bytes) = system::map(words)?;
        Ok(CodeBuffer { start, bytes, words: words.len() })
    }

    /// The words in the buffer.
    pub fn len(&self) -> usize {
        self.words
    }

    /// Never: there are always words.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The code that begins at word `word`, as a kernel.
    ///
    /// # Panics
    /// If there is no such word.
    ///
    /// # Safety
    /// A function that obeys the contract of [`qgen_spec::abi`] must begin there, using instructions
    /// that this machine has. The answer must not be called after the buffer is dropped.
    pub unsafe fn entry(&self, word: usize) -> KernelFn {
        // SAFETY: a data pointer and a function pointer have the same size on these machines; the
        // caller vouches for the code.
        unsafe { std::mem::transmute::<*const u8, KernelFn>(self.address(word)) }
    }

    /// The address of word `word`.
    ///
    /// # Panics
    /// If there is no such word.
    pub fn address(&self, word: usize) -> *const u8 {
        assert!(word < self.words, "word {word} of {}", self.words);
        self.start.wrapping_add(word * size_of::<u32>())
    }
}

impl Drop for CodeBuffer {
    fn drop(&mut self) {
        system::unmap(self.start, self.bytes);
    }
}

#[cfg(all(target_arch = "aarch64", any(target_os = "linux", target_os = "android", target_os = "macos")))]
mod system {
    use super::Error;

    fn refused(what: &'static str) -> Error {
        Error::Os { what, source: std::io::Error::last_os_error() }
    }

    /// The memory and its length in bytes.
    pub(super) fn map(words: &[u32]) -> Result<(*mut u8, usize), Error> {
        let bytes = size_of_val(words);
        #[cfg(target_os = "macos")]
        let kind = libc::MAP_JIT;
        #[cfg(not(target_os = "macos"))]
        let kind = 0;
        // With MAP_JIT, a thread sees the memory either as writable or as executable, never as both.
        let protection = libc::PROT_READ | libc::PROT_WRITE | if kind == 0 { 0 } else { libc::PROT_EXEC };
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON | kind;
        // SAFETY: a new anonymous mapping touches no memory that exists.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), bytes, protection, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(refused("mapping memory for machine code"));
        }
        let start = start.cast::<u8>();
        // SAFETY: the mapping is ours alone, writable, and has room for the words.
        let done = unsafe { fill(start, words, bytes) };
        if let Err(error) = done {
            unmap(start, bytes);
            return Err(error);
        }
        Ok((start, bytes))
    }

    pub(super) fn unmap(start: *mut u8, bytes: usize) {
        // SAFETY: `start` and `bytes` are those of a mapping that nobody else knows. It can only fail
        // for arguments that are no mapping.
        unsafe { libc::munmap(start.cast(), bytes) };
    }

    /// # Safety
    /// `start` must be a fresh writable mapping of `bytes` bytes.
    #[cfg(not(target_os = "macos"))]
    unsafe fn fill(start: *mut u8, words: &[u32], bytes: usize) -> Result<(), Error> {
        // SAFETY: the caller's promise; mappings are aligned to pages.
        unsafe {
            std::ptr::copy_nonoverlapping(words.as_ptr(), start.cast(), words.len());
            if libc::mprotect(start.cast(), bytes, libc::PROT_READ | libc::PROT_EXEC) != 0 {
                return Err(refused("making memory executable"));
            }
            synchronise(start, bytes);
        }
        Ok(())
    }

    /// # Safety
    /// `start` must be a fresh MAP_JIT mapping of `bytes` bytes.
    #[cfg(target_os = "macos")]
    unsafe fn fill(start: *mut u8, words: &[u32], bytes: usize) -> Result<(), Error> {
        unsafe extern "C" {
            fn pthread_jit_write_protect_np(enabled: libc::c_int);
            fn sys_icache_invalidate(start: *mut libc::c_void, bytes: usize);
        }
        // SAFETY: the caller's promise; between the two switches nothing of this mapping runs.
        unsafe {
            pthread_jit_write_protect_np(0);
            std::ptr::copy_nonoverlapping(words.as_ptr(), start.cast(), words.len());
            pthread_jit_write_protect_np(1);
            sys_icache_invalidate(start.cast(), bytes);
        }
        Ok(())
    }

    /// Makes the instruction side see what was written: clean the data cache to the point of
    /// unification line by line, then invalidate the instruction cache line by line.
    ///
    /// # Safety
    /// The range must be mapped and readable.
    #[cfg(not(target_os = "macos"))]
    unsafe fn synchronise(start: *mut u8, bytes: usize) {
        use std::arch::asm;
        let ctr: u64;
        // SAFETY: Linux gives user space CTR_EL0, or emulates the read.
        unsafe { asm!("mrs {}, ctr_el0", out(reg) ctr, options(nomem, nostack, preserves_flags)) };
        // CTR_EL0.DminLine (19:16) and IminLine (3:0): log2 of the smallest line, in words.
        let line = |field: u64| 4usize << (field & 0xf);
        let (data_line, instruction_line) = (line(ctr >> 16), line(ctr));
        let (from, to) = (start.addr(), start.addr() + bytes);
        // SAFETY: cache maintenance by address, on mapped memory; it changes no values. The asm blocks
        // are memory barriers for the compiler (no `nomem`), so that the copy stays before them.
        unsafe {
            let mut at = from & !(data_line - 1);
            while at < to {
                asm!("dc cvau, {}", in(reg) at, options(nostack, preserves_flags));
                at += data_line;
            }
            asm!("dsb ish", options(nostack, preserves_flags));
            let mut at = from & !(instruction_line - 1);
            while at < to {
                asm!("ic ivau, {}", in(reg) at, options(nostack, preserves_flags));
                at += instruction_line;
            }
            asm!("dsb ish", "isb", options(nostack, preserves_flags));
        }
    }
}

#[cfg(not(all(
    target_arch = "aarch64",
    any(target_os = "linux", target_os = "android", target_os = "macos")
)))]
mod system {
    use super::Error;

    pub(super) fn map(_words: &[u32]) -> Result<(*mut u8, usize), Error> {
        Err(Error::MachineCode {
            problem: format!(
                "aarch64 machine code cannot run on {} {}",
                std::env::consts::ARCH,
                std::env::consts::OS
            ),
            help: "build for aarch64 Linux, Android or macOS, or use the interpreter of the compiler",
        })
    }

    pub(super) fn unmap(_start: *mut u8, _bytes: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_words_are_an_error() {
        assert!(matches!(CodeBuffer::new(&[]), Err(Error::MachineCode { .. })));
    }

    #[cfg(not(target_arch = "aarch64"))]
    #[test]
    fn other_machines_say_so() {
        let e = CodeBuffer::new(&[0xd65f_03c0]).unwrap_err().to_string();
        assert!(e.contains("cannot run on"), "{e}");
    }

    #[cfg(all(target_arch = "aarch64", any(target_os = "linux", target_os = "macos")))]
    #[test]
    fn words_run() {
        // mov x0, #42; ret; mov x0, #7; ret
        let code = CodeBuffer::new(&[0xd280_0540, 0xd65f_03c0, 0xd280_00e0, 0xd65f_03c0]).unwrap();
        for (word, answer) in [(0, 42), (2, 7)] {
            // SAFETY: two instructions that return a number in x0 begin there.
            let function: extern "C" fn() -> u64 = unsafe { std::mem::transmute(code.entry(word)) };
            assert_eq!(function(), answer);
        }
        assert_eq!(code.len(), 4);
        for round in 0..50u32 {
            // Memory that was just unmapped is likely to be mapped again: stale instructions show.
            let code = CodeBuffer::new(&[0xd280_0000 | round << 5, 0xd65f_03c0]).unwrap();
            // SAFETY: as above.
            let function: extern "C" fn() -> u64 = unsafe { std::mem::transmute(code.entry(0)) };
            assert_eq!(function(), u64::from(round));
        }
    }

    /// On Linux the kernel's list of mappings shows that no page is both writable and executable.
    #[cfg(all(target_arch = "aarch64", target_os = "linux"))]
    #[test]
    fn code_is_not_writable() {
        let code = CodeBuffer::new(&[0xd65f_03c0]).unwrap();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let address = code.address(0).addr();
        let line = maps.lines().find(|line| {
            let (from, rest) = line.split_once('-').unwrap();
            let (to, _) = rest.split_once(' ').unwrap();
            let hex = |text| usize::from_str_radix(text, 16).unwrap();
            (hex(from)..hex(to)).contains(&address)
        });
        assert!(line.is_some_and(|line| line.contains(" r-xp ")), "{line:?}");
    }
}
