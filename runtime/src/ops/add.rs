//! The sum of two tensors with scales and zero points of their own.

use super::within;
use crate::lines::outside;
use crate::quant::{self, Activation, Factors, OutputStage, Params, Requantise, Share, check_type};
use crate::value::{bytes_of, bytes_of_mut};
use crate::{Error, Operand, Stored};

/// The sum of two quantised tensors, as TensorFlow Lite's `Add` for 8 bits defines it
/// (`kernels/add.cc`, `reference/add.h`):
///
/// ```text
/// twice = 2 · max(scale a, scale b)
/// sum   = ((a − zero a) << 20) · (scale a / twice) + ((b − zero b) << 20) · (scale b / twice)
/// out   = clamp(sum · (twice / (2^20 · scale out)) + zero out)
/// ```
///
/// Each product is [`Requantise::apply`], rounded in fixed point.
#[derive(Clone, Debug)]
pub struct Add {
    a: Side,
    b: Side,
    stage: OutputStage,
}

/// What is added, and what it is made of.
#[derive(Clone, Debug)]
struct Side {
    share: Share,
    params: Params,
}

impl Side {
    fn new(params: &Params, twice: f64, field: &'static str) -> Result<Side, Error> {
        let factor = Requantise::from_scale(f64::from(params.single_scale(field)?) / twice)?;
        Ok(Side { share: Share::new(params, factor), params: params.clone() })
    }

    /// Fails unless all values are of the range, and that fits `T`.
    fn check<T: Stored>(&self, field: &'static str, values: &[T]) -> Result<(), Error> {
        let range = self.params.range();
        check_type::<T>(field, range)?;
        let Some(at) = outside(Operand::Int(range), values) else { return Ok(()) };
        let problem = format!("value {at} is {}, which is outside of {range}", values[at].to_i16());
        Err(Error::quantisation(field, problem, "clamp the values, or use a wider range"))
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
            twice / (f64::from(1 << Share::LEFT) * f64::from(output.single_scale("output")?)),
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
        self.run_given((a, b), false, out)
    }

    /// [`Add::run`] of values that may be known to be of their ranges, as those between the layers of a network are.
    pub(crate) fn run_given<A: Stored, B: Stored, O: Stored>(
        &self,
        (a, b): (&[A], &[B]),
        known: bool,
        out: &mut [O],
    ) -> Result<(), Error> {
        same_len(a.len(), b.len(), out.len())?;
        if !known {
            self.a.check("a", a)?;
            self.b.check("b", b)?;
        }
        quant::check_type::<O>("out", self.stage.clamp())?;
        let (a, b) = ((bytes_of(a), self.a.share), (bytes_of(b), self.b.share));
        quant::add(a, b, &self.stage, bytes_of_mut(out));
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
