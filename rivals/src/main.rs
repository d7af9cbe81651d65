//! One multiplication by a published crate, to be counted as `runtime/examples/gemm.rs` is.
//!
//! `rivals CRATE M N K REPS` multiplies M×K by K×N values REPS times between `hint #0x60` and `hint #0x61`. The rules are
//! those of our own program: the right side is packed before where the crate can, the left side is plain row-major data
//! and whatever is done to it counts, one multiplication is run to warm up, and its results are compared with a plain
//! loop: a figure of wrong results would be none. One thread.

mod float;
mod int8;

use std::hint::black_box;
use std::process::ExitCode;

/// Rows, columns and depth.
#[derive(Clone, Copy, Debug)]
struct Shape {
    m: usize,
    n: usize,
    k: usize,
}

const USAGE: &str = "usage: rivals CRATE M N K REPS, for example rivals rten-gemm-int8 240 72 256 1; crates: \
                     gemm-f32, matrixmultiply-f32, rten-gemm-f32, tract-linalg-f32, rten-gemm-int8, tract-linalg-int8";

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
    let [name, numbers @ ..] = args else { return Err(USAGE.into()) };
    let number = |text: &String| text.parse::<usize>().map_err(|_| format!("`{text}` is no number; {USAGE}"));
    let numbers: Vec<usize> = numbers.iter().map(number).collect::<Result<_, _>>()?;
    let [m, n, k, reps] = numbers[..] else { return Err(USAGE.into()) };
    let shape = Shape { m, n, k };
    match name.as_str() {
        "gemm-f32" => float::gemm(shape, reps),
        "matrixmultiply-f32" => float::matrixmultiply(shape, reps),
        "rten-gemm-f32" => float::rten(shape, reps),
        "tract-linalg-f32" => float::tract(shape, reps),
        "rten-gemm-int8" => int8::rten(shape, reps),
        "tract-linalg-int8" => int8::tract(shape, reps),
        _ => Err(format!("there is no `{name}`; {USAGE}")),
    }
}

/// Warms up, compares the results with `expected`, and repeats between the marks.
fn measure<T: PartialEq + std::fmt::Debug + Copy>(
    reps: usize,
    expected: &[T],
    out: &mut [T],
    mut body: impl FnMut(&mut [T]) -> Result<(), String>,
) -> Result<(), String> {
    body(out)?;
    if let Some(at) = expected.iter().zip(&*out).position(|(a, b)| a != b) {
        return Err(format!("result {at} is {:?}, and should be {:?}", out[at], expected[at]));
    }
    start_marker();
    for _ in 0..reps {
        body(black_box(out))?;
    }
    end_marker();
    Ok(())
}

/// Values 0 to 255 without a pattern: the upper bits of a linear congruence.
fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..count).map(|_| next()).collect()
}

/// The product by the definition.
fn reference<A: Copy, B: Copy, T: std::iter::Sum<T>>(
    Shape { m, n, k }: Shape,
    a: &[A],
    b: &[B],
    mul: impl Fn(A, B) -> T,
) -> Vec<T> {
    let mul = &mul;
    let dot = |i: usize, j: usize| (0..k).map(|p| mul(a[i * k + p], b[p * n + j])).sum();
    (0..m).flat_map(|i| (0..n).map(move |j| dot(i, j))).collect()
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
