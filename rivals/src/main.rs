//! One multiplication by a published crate, to be counted as `runtime/examples/gemm.rs` is.
//!
//! `rivals NAME M N K REPS` multiplies M×K by K×N values REPS times between `hint #0x60` and `hint #0x61`, and prints
//! the kernel that ran. Static and not position-independent, as `cargo xtask rivals` builds it.

use rivals::{NAMES, Shape, Work, one_thread};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("rivals: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<(), String> {
    let usage = || {
        format!(
            "usage: rivals NAME M N K REPS, for example rivals rten-gemm-int8 240 72 256 1; names: {}",
            NAMES.join(", ")
        )
    };
    let [name, numbers @ ..] = args else { return Err(usage()) };
    let number =
        |text: &String| text.parse::<usize>().map_err(|_| format!("`{text}` is no number; {}", usage()));
    let numbers: Vec<usize> = numbers.iter().map(number).collect::<Result<_, _>>()?;
    let [m, n, k, reps] = numbers[..] else { return Err(usage()) };
    one_thread()?;
    let mut work = Work::new(name, Shape { m, n, k }).map_err(|e| format!("{name}: {e}"))?;
    start_marker();
    for _ in 0..reps {
        work.run()?;
    }
    end_marker();
    println!("kernel {}", work.kernel);
    Ok(())
}

#[inline(never)]
fn start_marker() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a hint without meaning. It counts as touching memory, so that work stays on its side.
    unsafe {
        std::arch::asm!("hint #0x60", options(nostack, preserves_flags));
    }
}

#[inline(never)]
fn end_marker() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        std::arch::asm!("hint #0x61", options(nostack, preserves_flags));
    }
}
