//! Numbers that a network can be made of: `f32` trains, `f64` checks its gradients.

#![expect(unsafe_code, reason = "matrixmultiply takes pointers")]

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// Where an element of a matrix is: so many numbers further for the next row, the next column.
#[derive(Clone, Copy, Debug)]
pub struct Strides(pub usize, pub usize);

/// `f32` or `f64`.
pub trait Real:
    Copy
    + PartialOrd
    + Default
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + 'static
{
    /// The nearest number.
    fn of(number: f64) -> Self;

    /// As `f64`, exactly.
    fn wide(self) -> f64;

    /// C += A · B, where A has `m` rows and `k` columns, B has `k` and `n`, and C, `m` by `n`, is without gaps.
    ///
    /// # Panics
    /// If a slice is too short for its matrix.
    fn multiply(sizes: (usize, usize, usize), a: (&[Self], Strides), b: (&[Self], Strides), c: &mut [Self]);
}

fn holds<T>(matrix: &(&[T], Strides), rows: usize, columns: usize) -> bool {
    let Strides(down, across) = matrix.1;
    rows == 0 || columns == 0 || (rows - 1) * down + (columns - 1) * across < matrix.0.len()
}

macro_rules! real {
    ($number:ty, $gemm:path) => {
        impl Real for $number {
            fn of(number: f64) -> Self {
                number as $number
            }

            fn wide(self) -> f64 {
                f64::from(self)
            }

            fn multiply(
                (m, k, n): (usize, usize, usize),
                a: (&[Self], Strides),
                b: (&[Self], Strides),
                c: &mut [Self],
            ) {
                assert!(holds(&a, m, k) && holds(&b, k, n) && c.len() >= m * n, "{m} {k} {n}");
                let step = |stride: usize| isize::try_from(stride).expect("strides are short");
                // SAFETY: all elements that the sizes and strides reach are inside of their slices, by the
                // assertion, and C, a unique borrow, overlaps nothing.
                unsafe {
                    $gemm(
                        m,
                        k,
                        n,
                        1.0,
                        a.0.as_ptr(),
                        step(a.1.0),
                        step(a.1.1),
                        b.0.as_ptr(),
                        step(b.1.0),
                        step(b.1.1),
                        1.0,
                        c.as_mut_ptr(),
                        step(n),
                        1,
                    );
                }
            }
        }
    };
}

real!(f32, matrixmultiply::sgemm);
real!(f64, matrixmultiply::dgemm);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_added() {
        let a = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
        let b = [1.0f32, 0.0, -1.0, 2.0, 1.0, 1.0];
        let mut c = [100.0f32; 4];
        f32::multiply((2, 3, 2), (&a, Strides(3, 1)), (&b, Strides(2, 1)), &mut c);
        assert_eq!(c, [102.0, 107.0, 105.0, 116.0]);
        // The same A, given as the transpose of its transpose.
        let turned = [1.0f32, 4.0, 2.0, 5.0, 3.0, 6.0];
        let mut d = [100.0f32; 4];
        f32::multiply((2, 3, 2), (&turned, Strides(1, 2)), (&b, Strides(2, 1)), &mut d);
        assert_eq!(c, d);
    }

    #[test]
    #[should_panic(expected = "2 3 2")]
    fn short_matrices_are_refused() {
        f64::multiply((2, 3, 2), (&[0.0; 5], Strides(3, 1)), (&[0.0; 6], Strides(2, 1)), &mut [0.0; 4]);
    }
}
