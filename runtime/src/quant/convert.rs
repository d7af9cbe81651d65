//! Matrices of real numbers to stored ones, and back.

use super::line::{self, Grid};
use super::params::{Params, check_type};
use super::walk::{check_channels, walk};
use crate::value::{bytes_of, bytes_of_mut};
use crate::{Error, MatMut, MatRef, Stored};

impl Params {
    pub(super) fn grid(&self) -> Grid {
        Grid { zero: self.zero(), lo: self.range().lo(), hi: self.range().hi() }
    }
}

/// Stores `real` (any rows × cols) in `out`, of the same shape: x / scale, rounded to the nearest whole
/// number, ties to even, plus the zero point, saturated to the range. Channels are columns. Infinities
/// saturate.
///
/// NaN is an error and not a number of its own choosing: it never is what somebody meant, and a stored
/// 0 would hide where it came from. Fast for rows or columns of neighbours in both matrices; others are
/// copied 64 elements at a time.
///
/// # Errors
/// [`Error::Shape`] for an output of another shape, [`Error::Quantisation`] about `out` if the range does
/// not fit `T`, about `channels` if there is not a scale for each column, and about `values` with row and
/// column of the first NaN in the order of memory; `out` may then have been written, NaN as the zero point.
pub fn quantise<T: Stored>(params: &Params, real: MatRef<'_, f32>, out: MatMut<'_, T>) -> Result<(), Error> {
    check_type::<T>("out", params.range())?;
    check_channels("channels", params.channels(), real.cols())?;
    let (scales, grid) = (params.along(), params.grid());
    walk(real, out, scales.is_one(), |piece, real, out| {
        if line::quantise(real, piece.along(scales), grid, bytes_of_mut(out)) {
            return Ok(());
        }
        let (row, col) = piece.position(real.iter().position(|real| real.is_nan()).unwrap_or(0));
        Err(Error::quantisation(
            "values",
            format!("the value at row {row}, column {col} is not a number"),
            "find out where it comes from, or replace it",
        ))
    })
}

/// The real numbers of `stored`, in f32: (q − zero point) · scale, rounded once. Any byte is read, also one
/// outside of the range.
///
/// # Errors
/// As [`quantise`], about `stored` where the range does not fit `T`.
pub fn dequantise<T: Stored>(
    params: &Params,
    stored: MatRef<'_, T>,
    out: MatMut<'_, f32>,
) -> Result<(), Error> {
    check_type::<T>("stored", params.range())?;
    check_channels("channels", params.channels(), stored.cols())?;
    let (scales, zero) = (params.along(), params.zero());
    walk(stored, out, scales.is_one(), |piece, stored, out| {
        line::dequantise(bytes_of(stored), T::SIGNED, piece.along(scales), zero, out);
        Ok(())
    })
}
