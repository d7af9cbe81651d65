//! The sum of two tensors with scales and zero points of their own.

use super::within;
use crate::quant::{self, Activation, Factors, OutputStage, Params, Requantise};
use crate::{Error, MatMut, MatRef, Stored};

/// How far values are moved to the left before they are rescaled: 20 bits, as in TensorFlow Lite for 8 bits.
const LEFT: i32 = 20;

/// Values that are added at a time.
const PIECE: usize = 256;

/// The sum of two quantised tensors, as TensorFlow Lite's `Add` for 8 bits defines it
/// (`kernels/add.cc`, `reference/add.h`):
///
/// ```text
/// twice = 2 · max(scale a, scale b)
/// sum   = ((a − zero a) << 20) · (scale a / twice) + ((b − zero b) << 20) · (scale b / twice)
/// out   = clamp(sum · (twice / (2^20 · scale out)) + zero out)
/// ```
///
/// Each product is [`Requantise::apply`], rounded in fixed point. The first two depend on one byte only and
/// are in tables.
#[derive(Clone, Debug)]
pub struct Add {
    a: Side,
    b: Side,
    stage: OutputStage,
}

/// A value's share of the sum, by its byte.
#[derive(Clone, Debug)]
struct Side {
    shares: Box<[i32; 256]>,
    params: Params,
}

impl Side {
    fn new(params: &Params, twice: f64, field: &'static str) -> Result<Side, Error> {
        let factor = Requantise::from_scale(f64::from(params.single_scale(field)?) / twice)?;
        let share = |byte: usize| {
            let range = params.range();
            let value = if range.fits_i8() { i32::from(byte as u8 as i8) } else { byte as i32 };
            // 9 bits and 20: it fits.
            let share = factor.apply((value - params.zero_point()) << LEFT);
            if range.contains(value as i16) { share } else { 0 }
        };
        Ok(Side { shares: Box::new(std::array::from_fn(share)), params: params.clone() })
    }

    /// The shares, for values of `T`, which are all of the range.
    fn check<T: Stored>(&self, field: &'static str, values: &[T]) -> Result<(), Error> {
        let range = self.params.range();
        let fits = if T::SIGNED { range.fits_i8() } else { range.fits_u8() };
        let outside = values.iter().position(|value| !range.contains(value.to_i16()));
        match outside {
            None if fits => Ok(()),
            None => {
                let problem = format!("the stored numbers {range} do not fit {}", T::NAME);
                Err(Error::quantisation(field, problem, "give the other type of byte, or another range"))
            }
            Some(at) => {
                let problem = format!("value {at} is {}, which is outside of {range}", values[at].to_i16());
                Err(Error::quantisation(field, problem, "clamp the values, or use a wider range"))
            }
        }
    }
}

impl Add {
    /// The sum of values of `a` and of `b`, stored as those of `output`, with an activation.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `a`, `b`, `output` or `activation`; [`Error::Diagnostic`] about `scale`, if
    /// the output's is so small that every sum would saturate.
    pub fn new(a: &Params, b: &Params, output: &Params, activation: Activation) -> Result<Add, Error> {
        let twice = 2.0 * f64::from(a.single_scale("a")?.max(b.single_scale("b")?));
        let factor = Requantise::from_scale(
            twice / (f64::from(1 << LEFT) * f64::from(output.single_scale("output")?)),
        )?;
        let clamp = activation.clamp(output)?;
        let stage = OutputStage::new(Factors::PerTensor(factor), output.zero_point(), clamp)?;
        Ok(Add { a: Side::new(a, twice, "a")?, b: Side::new(b, twice, "b")?, stage })
    }

    /// Adds value by value.
    ///
    /// # Errors
    /// [`Error::Shape`] about `b` or `out`, if there are not as many as in `a`; [`Error::Quantisation`] about `a`
    /// or `b`, if a value is outside of its range, and about `out`, if the output's do not fit its type. Nothing
    /// was written then.
    pub fn run<A: Stored, B: Stored, O: Stored>(&self, a: &[A], b: &[B], out: &mut [O]) -> Result<(), Error> {
        same_len(a.len(), b.len(), out.len())?;
        self.a.check("a", a)?;
        self.b.check("b", b)?;
        quant::requantise::<O>(&self.stage, None, MatRef::new(&[], 0, 0)?, MatMut::new(&mut [], 0, 0)?)?;
        let mut sums = [0; PIECE];
        for ((a, b), out) in a.chunks(PIECE).zip(b.chunks(PIECE)).zip(out.chunks_mut(PIECE)) {
            for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
                // Each is below 2^29.
                *sum = self.a.shares[usize::from(a.to_i16() as u8)]
                    + self.b.shares[usize::from(b.to_i16() as u8)];
            }
            let len = out.len();
            quant::requantise(&self.stage, None, MatRef::new(&sums, 1, len)?, MatMut::new(out, 1, len)?)?;
        }
        Ok(())
    }
}

/// The sum of two tensors of floats, value by value, clamped to `bounds`.
///
/// # Errors
/// [`Error::Shape`] about `b` or `out`, if there are not as many values as in `a`.
pub fn add_f32(a: &[f32], b: &[f32], bounds: (f32, f32), out: &mut [f32]) -> Result<(), Error> {
    same_len(a.len(), b.len(), out.len())?;
    for ((a, b), out) in a.iter().zip(b).zip(out) {
        *out = within(a + b, bounds);
    }
    Ok(())
}

fn same_len(a: usize, b: usize, out: usize) -> Result<(), Error> {
    for (field, len) in [("b", b), ("out", out)] {
        if len != a {
            let problem = format!("it has {len} values, but a has {a}");
            return Err(Error::shape(field, problem, "give slices of the same length"));
        }
    }
    Ok(())
}
