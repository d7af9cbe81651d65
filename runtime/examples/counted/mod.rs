//! The frame of programs that are counted: an entry point without the standard library's, which asks the system for
//! more than some simulators have, and the marks.

use std::ffi::{CStr, c_char, c_int};

/// Calls `run` with the arguments; says what is wrong with them, after the program's `name`. The exit status.
///
/// # Safety
/// `argv` has `argc` strings that end with 0 and live for ever, as the C library gives them.
pub(crate) unsafe fn main(
    name: &str,
    run: fn(&[&str]) -> Result<(), String>,
    argc: c_int,
    argv: *const *const c_char,
) -> c_int {
    let args = (1..usize::try_from(argc).unwrap_or(0)).map(|i| {
        // SAFETY: one of the strings, by the contract.
        let arg = unsafe { CStr::from_ptr(*argv.add(i)) };
        arg.to_str().unwrap_or("")
    });
    match run(&args.collect::<Vec<_>>()) {
        Ok(()) => 0,
        Err(message) => {
            eprintln!("{name}: {message}");
            2
        }
    }
}

/// Before what is counted.
pub(crate) fn start_marker() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a hint without meaning. It counts as touching memory, so that work stays on its side.
    unsafe {
        std::arch::asm!("hint #0x60", options(nostack, preserves_flags));
    }
}

/// Behind it.
pub(crate) fn end_marker() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        std::arch::asm!("hint #0x61", options(nostack, preserves_flags));
    }
}
