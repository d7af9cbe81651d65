//! Stored numbers of one scale to those of another.

use crate::quant::{Params, check_type};
use crate::value::{bytes_of, bytes_of_mut};
use crate::{Error, Range, Stored};

/// Stored numbers q of one scale and zero point to those of another, by a table of all bytes:
///
/// ```text
/// out = clamp(round((q − zero) · scale / scale out) + zero out)        in f64, to nearest, ties to even
/// ```
///
/// For example pixels of 8 bits to 4 bits, which is what [`quantise`](crate::quant::quantise) makes of their real
/// numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescale {
    table: Box<[u8; 256]>,
    /// Of the input and of the output.
    ranges: (Range, Range),
}

impl Rescale {
    /// From numbers of `from` to those of `to`, each with one scale for all.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `from` or `to`, if its scales are per channel.
    pub fn new(from: &Params, to: &Params) -> Result<Rescale, Error> {
        let factor = f64::from(from.single_scale("from")?) / f64::from(to.single_scale("to")?);
        let (ranges, signed) = ((from.range(), to.range()), from.range().fits_i8());
        let (lo, hi) = (f64::from(to.range().lo()), f64::from(to.range().hi()));
        let entry = |byte: usize| {
            let value = if signed { i32::from(byte as u8 as i8) } else { byte as i32 };
            let real = f64::from(value - from.zero_point()) * factor;
            // Inside of a byte's values.
            (real.round_ties_even() + f64::from(to.zero_point())).clamp(lo, hi) as i16 as u8
        };
        Ok(Rescale { table: Box::new(std::array::from_fn(entry)), ranges })
    }

    /// Rescales value by value.
    ///
    /// # Errors
    /// [`Error::Shape`] about `out`, if there are not as many values; [`Error::Quantisation`] about `input` or `out`,
    /// if its type of bytes does not have the parameters' range.
    pub fn run<T: Stored, O: Stored>(&self, input: &[T], out: &mut [O]) -> Result<(), Error> {
        if input.len() != out.len() {
            let problem = format!("it has {} values, but the input has {}", out.len(), input.len());
            return Err(Error::shape("out", problem, "give slices of the same length"));
        }
        check_type::<T>("input", self.ranges.0)?;
        check_type::<O>("out", self.ranges.1)?;
        // Eight at a time, so that counting is little beside it.
        let (eights, rest) = bytes_of(input).as_chunks::<8>();
        let (outs, last) = bytes_of_mut(out).as_chunks_mut::<8>();
        for (values, out) in eights.iter().zip(outs) {
            *out = values.map(|value| self.table[usize::from(value)]);
        }
        for (value, out) in rest.iter().zip(last) {
            *out = self.table[usize::from(*value)];
        }
        Ok(())
    }
}
