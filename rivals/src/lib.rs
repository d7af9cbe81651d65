//! Multiplications by published crates, under the rules of `qgen_runtime::bench`: M×K by K×N values that are made from a
//! seed; the right side is packed before, once, where the crate can do that; the left side is plain row-major data, and
//! whatever is done to it is part of the work; one thread. Results are compared with a plain loop first: a time or
//! a count of wrong results would say nothing.
//!
//! | name | crate | right side |
//! |---|---|---|
//! | `gemm-f32` | `gemm` | packed in every call |
//! | `matrixmultiply-f32` | `matrixmultiply` | packed in every call |
//! | `rten-gemm-f32`, `rten-gemm-int8` | `rten-gemm` | packed before; as it is for a single row, its fast path |
//! | `tract-linalg-f32`, `tract-linalg-int8` | `tract-linalg` | packed before; for a single row it is the left side of the product by a column, for which tract has kernels |
//!
//! `int8` is 8-bit by 8-bit with sums of 32 bits, without zero points: bytes with a sign on both sides (tract-linalg), or
//! without one on the left (rten-gemm, the only form in which it has kernels for all cores).

mod float;
mod int8;
mod tract;

/// A multiplication's rows, columns and depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Depth.
    pub k: usize,
}

/// What can be multiplied with: crate and operands.
pub const NAMES: [&str; 6] = [
    "gemm-f32",
    "matrixmultiply-f32",
    "rten-gemm-f32",
    "tract-linalg-f32",
    "rten-gemm-int8",
    "tract-linalg-int8",
];

/// A multiplication that gave the right results once, to be repeated.
pub struct Work {
    /// The kernel that the crate chose, where it says so; else the crate.
    pub kernel: String,
    body: Body,
}

type Body = Box<dyn FnMut() -> Result<(), String>>;

impl Work {
    /// Of `name`, one of [`NAMES`].
    ///
    /// # Errors
    /// If there is no such crate here, or it has no kernel for this machine, fails, or is wrong.
    pub fn new(name: &str, shape: Shape) -> Result<Work, String> {
        match name {
            "gemm-f32" => float::gemm(shape),
            "matrixmultiply-f32" => float::matrixmultiply(shape),
            "rten-gemm-f32" => float::rten(shape),
            "tract-linalg-f32" => float::tract(shape),
            "rten-gemm-int8" => int8::rten(shape),
            "tract-linalg-int8" => int8::tract(shape),
            _ => Err(format!("there is no `{name}`; choose one of {}", NAMES.join(", "))),
        }
    }

    /// Multiplies once more.
    ///
    /// # Errors
    /// None after [`Work::new`], which has run it.
    pub fn run(&mut self) -> Result<(), String> {
        (self.body)()
    }

    /// A body that writes to a slice of its own.
    fn into_slice<T: Default + PartialEq + std::fmt::Debug + Clone + 'static>(
        kernel: String,
        expected: &[T],
        mut body: impl FnMut(&mut [T]) -> Result<(), String> + 'static,
    ) -> Result<Work, String> {
        let mut out = vec![T::default(); expected.len()];
        body(&mut out)?;
        check(expected, &out)?;
        Ok(Work { kernel, body: Box::new(move || body(std::hint::black_box(&mut out))) })
    }
}

/// Makes this thread the only one that crates which use rayon have.
///
/// # Errors
/// If there are others already.
pub fn one_thread() -> Result<(), String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().map_err(|e| e.to_string())
}

fn check<T: PartialEq + std::fmt::Debug>(expected: &[T], out: &[T]) -> Result<(), String> {
    match expected.iter().zip(out).position(|(a, b)| a != b) {
        Some(at) => Err(format!("result {at} is {:?}, and should be {:?}", out[at], expected[at])),
        None => Ok(()),
    }
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

/// The product by the definition, row by row.
fn reference<A: Copy, B: Copy, T: Copy + Default + std::ops::AddAssign>(
    Shape { m, n, k }: Shape,
    a: &[A],
    b: &[B],
    mul: impl Fn(A, B) -> T,
) -> Vec<T> {
    let mut out = vec![T::default(); m * n];
    for i in 0..m {
        let row = &mut out[i * n..][..n];
        for p in 0..k {
            let left = a[i * k + p];
            row.iter_mut().zip(&b[p * n..][..n]).for_each(|(sum, &right)| *sum += mul(left, right));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [`Work::new`] compares every result; edges and a single row included.
    #[test]
    fn every_crate_multiplies() {
        for (m, n, k) in [(12, 16, 32), (13, 7, 61), (1, 40, 33), (5, 1, 8)] {
            for name in NAMES {
                let shape = Shape { m, n, k };
                let mut work = Work::new(name, shape).unwrap_or_else(|why| panic!("{name} {shape:?}: {why}"));
                work.run().unwrap();
            }
        }
    }

    #[test]
    fn wrong_results_and_names_are_errors() {
        let wrong = Work::into_slice("k".into(), &[1, 2], |out| {
            out.copy_from_slice(&[1, 3]);
            Ok(())
        });
        assert_eq!(wrong.err().unwrap(), "result 1 is 3, and should be 2");
        let unknown = Work::new("blas", Shape { m: 1, n: 1, k: 1 }).err().unwrap();
        assert!(unknown.contains("no `blas`") && unknown.contains("rten-gemm-int8"), "{unknown}");
    }
}
