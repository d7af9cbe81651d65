//! One multiplication, prepared so that only the work itself is left to be measured.

use super::{SEED, checksum, checksum_f32, floats, integers, operands};
use crate::select::Shape;
use crate::{Error, Gemm, Kernel, MatMut, MatRef, Output, PackedLhs, PackedRhs, Value, Workspace};
use qgen_spec::{Operand, SizeOverflow};

/// A multiplication of values from [`SEED`], to be run again and again: the right side is packed, the
/// left side is plain row-major data, results and workspace are allocated. The same operands and shape
/// have the same values and so the same [checksum](Multiplication::checksum) with any kernel on any
/// machine.
#[derive(Debug)]
pub struct Multiplication<'k> {
    gemm: Gemm<'k>,
    shape: Shape,
    data: Data,
    /// The left side once more, where it was packed ahead.
    lhs: Option<PackedLhs>,
    rhs: PackedRhs,
    workspace: Workspace,
}

/// The left side and the results.
#[derive(Debug)]
enum Data {
    Signed(Vec<i8>, Vec<i32>),
    Unsigned(Vec<u8>, Vec<i32>),
    Float(Vec<f32>, Vec<f32>),
}

impl<'k> Multiplication<'k> {
    /// Values of `lhs` by values of `rhs`, with a kernel that covers both.
    ///
    /// # Errors
    /// [`Error::Value`] or [`Error::ElementType`] if the kernel does not cover the operands,
    /// [`Error::Size`] and [`Error::Memory`] for shapes beyond the memory, [`Error::Depth`].
    pub fn new(
        kernel: &'k Kernel,
        (lhs, rhs): (Operand, Operand),
        shape: Shape,
    ) -> Result<Multiplication<'k>, Error> {
        let Shape { m, n, k } = shape;
        let values = |rows: usize, cols: usize| rows.checked_mul(cols).ok_or(SizeOverflow);
        let (left, right, results) = (values(m, k)?, values(k, n)?, values(m, n)?);
        for (count, bytes) in [(left, lhs.bytes()), (right, rhs.bytes()), (results, size_of::<i32>())] {
            affordable(count, bytes)?;
        }
        let rhs = match rhs {
            Operand::Int(r) if !r.fits_i8() => pack(kernel, &integers(SEED + 1, r, right), k, n),
            Operand::F32 => pack(kernel, &floats(SEED + 1, right), k, n),
            signed => pack(kernel, &operands(SEED + 1, signed, right), k, n),
        }?;
        let data = match lhs {
            Operand::Int(r) if !r.fits_i8() => Data::Unsigned(integers(SEED, r, left), vec![0; results]),
            Operand::F32 => Data::Float(floats(SEED, left), vec![0.0; results]),
            signed => Data::Signed(operands(SEED, signed, left), vec![0; results]),
        };
        let (gemm, mut workspace) = (Gemm::new(kernel), Workspace::new());
        gemm.reserve(&mut workspace, m, n, k)?;
        let mut prepared = Multiplication { gemm, shape, data, lhs: None, rhs, workspace };
        prepared.run()?;
        Ok(prepared)
    }

    /// The same with its left side packed now, so that a run is calls of the kernel and, beside them, nothing
    /// that grows with the depth.
    ///
    /// # Errors
    /// [`Error::Size`] and [`Error::Memory`] where there is no room for it.
    pub fn with_packed_left(mut self) -> Result<Multiplication<'k>, Error> {
        let Shape { m, k, .. } = self.shape;
        let kernel = self.gemm.kernel();
        let packed = match &mut self.data {
            Data::Signed(lhs, out) => pack_left(kernel, lhs, out, m, k),
            Data::Unsigned(lhs, out) => pack_left(kernel, lhs, out, m, k),
            Data::Float(lhs, out) => pack_left(kernel, lhs, out, m, k),
        };
        self.lhs = Some(packed?);
        self.run()?;
        Ok(self)
    }

    /// The shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Multiplies, once: what packing of the left side the kernel needs included, unless that was done
    /// [ahead](Multiplication::with_packed_left). Allocates nothing.
    ///
    /// # Errors
    /// None after [`Multiplication::new`], which has run it.
    pub fn run(&mut self) -> Result<(), Error> {
        let Multiplication { gemm, shape, data, lhs, rhs, workspace } = self;
        let Shape { m, n, .. } = *shape;
        if let Some(lhs) = lhs {
            return match data {
                Data::Signed(_, out) | Data::Unsigned(_, out) => {
                    gemm.run_packed(lhs, rhs, MatMut::new(out, m, n)?, workspace)
                }
                Data::Float(_, out) => gemm.run_packed(lhs, rhs, MatMut::new(out, m, n)?, workspace),
            };
        }
        match data {
            Data::Signed(lhs, out) => multiply(*gemm, *shape, lhs, rhs, out, workspace),
            Data::Unsigned(lhs, out) => multiply(*gemm, *shape, lhs, rhs, out, workspace),
            Data::Float(lhs, out) => multiply(*gemm, *shape, lhs, rhs, out, workspace),
        }
    }

    /// The [checksum](super::checksum()) of the results.
    pub fn checksum(&self) -> u64 {
        match &self.data {
            Data::Signed(_, out) | Data::Unsigned(_, out) => checksum(out.iter().copied()),
            Data::Float(_, out) => checksum_f32(out.iter().copied()),
        }
    }
}

/// Asks the allocator whether it would give this much, so that a size beyond the memory is an error
/// and not the end of the program.
fn affordable(count: usize, value_bytes: usize) -> Result<(), Error> {
    let bytes = count.checked_mul(value_bytes).ok_or(SizeOverflow)?;
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| Error::Memory { bytes })
}

fn pack<T: Value>(kernel: &Kernel, rhs: &[T], k: usize, n: usize) -> Result<PackedRhs, Error> {
    PackedRhs::pack(kernel, MatRef::new(rhs, k, n)?)
}

/// The left side packed; results of before are forgotten.
fn pack_left<T: Value>(
    kernel: &Kernel,
    lhs: &[T],
    out: &mut [impl Default + Clone],
    m: usize,
    k: usize,
) -> Result<PackedLhs, Error> {
    out.fill(Default::default());
    PackedLhs::pack(kernel, MatRef::new(lhs, m, k)?)
}

fn multiply<T: Value<Out = O>, O: Output>(
    gemm: Gemm<'_>,
    Shape { m, n, k }: Shape,
    lhs: &[T],
    rhs: &PackedRhs,
    out: &mut [O],
    workspace: &mut Workspace,
) -> Result<(), Error> {
    gemm.run_with(MatRef::new(lhs, m, k)?, rhs, MatMut::new(out, m, n)?, workspace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use qgen_spec::{Range, reference};

    #[test]
    fn the_checksum_is_that_of_the_reference_with_every_kernel() {
        let (m, n, k) = (5, 6, 37);
        let int = |lo, hi| Operand::Int(Range::new(lo, hi).unwrap());
        for (lhs, rhs) in [
            (int(-8, 7), int(-8, 7)),
            (int(-128, 127), int(-127, 127)),
            (int(0, 255), int(-128, 127)),
            (int(0, 15), int(0, 255)),
        ] {
            let bytes = |seed, operand: Operand, len| integers(seed, operand.range().unwrap(), len);
            let (x, y) = (bytes(SEED, lhs, m * k), bytes(SEED + 1, rhs, k * n));
            let value = |operand: Operand, byte: u8| match operand.range().unwrap().fits_i8() {
                true => i64::from(byte as i8),
                false => i64::from(byte),
            };
            let results = (0..m * n).map(|at| {
                let (i, j) = (at / n, at % n);
                let x = |p| value(lhs, x[i * k + p]);
                reference::dot(k, x, |p| value(rhs, y[p * n + j]), 0, 0) as i32
            });
            let expected = checksum(results);
            let mut tried = 0;
            for kernel in catalog::all().filter(|kernel| {
                kernel.is_supported()
                    && kernel.covers(lhs, rhs)
                    && kernel.descriptor().spec.end == qgen_spec::End::Sums
            }) {
                let prepared = Multiplication::new(kernel, (lhs, rhs), Shape { m, n, k }).unwrap();
                assert_eq!(prepared.checksum(), expected, "{kernel}");
                let ahead = prepared.with_packed_left().unwrap();
                assert_eq!(ahead.checksum(), expected, "{kernel}, its left side packed before");
                tried += 1;
            }
            assert!(tried > 0, "{lhs} by {rhs}");
        }
    }

    #[test]
    fn what_does_not_fit_the_memory_is_an_error() {
        let float = (Operand::F32, Operand::F32);
        let kernel = catalog::all().find(|kernel| kernel.covers(float.0, float.1)).unwrap();
        for k in [usize::MAX, usize::MAX / 8, isize::MAX as usize / 4] {
            let e = Multiplication::new(kernel, float, Shape { m: 1, n: 1, k }).unwrap_err();
            assert!(matches!(e, Error::Size(_) | Error::Memory { .. }), "{e}");
        }
        assert!(Multiplication::new(kernel, float, Shape { m: 0, n: 3, k: 0 }).is_ok());
    }
}
