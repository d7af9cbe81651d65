//! i32 sums to what the next layer reads: bias, activation, bytes or floats.

use super::line::{self, Along, Grid};
use super::params::{Params, check_type};
use super::rows::{Rows, STRIP, of_rows};
use super::walk::{Repeated, check_channels, joined, together, walk};
use crate::value::bytes_of_mut;
use crate::{Error, MatMut, MatRef, Range, Stored};
use qgen_spec::requantise::{Factors, OutputStage, Requantise};

/// What follows a product: bounds on its results.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// Nothing but saturation.
    #[default]
    None,
    /// At least 0.
    Relu,
    /// 0 to 6.
    Relu6,
    /// `lo` to `hi`, real numbers; infinities are no bound.
    Clamp {
        /// The smallest result.
        lo: f32,
        /// The largest result.
        hi: f32,
    },
}

impl Activation {
    /// The bounds as real numbers.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `activation`, if they are not numbers or the wrong way round.
    pub fn bounds(self) -> Result<(f32, f32), Error> {
        let (lo, hi) = match self {
            Activation::None => (f32::NEG_INFINITY, f32::INFINITY),
            Activation::Relu => (0.0, f32::INFINITY),
            Activation::Relu6 => (0.0, 6.0),
            // Of two zeros, take the positive one: results have no other.
            Activation::Clamp { lo, hi } => (lo + 0.0, hi + 0.0),
        };
        if lo <= hi {
            return Ok((lo, hi));
        }
        let problem = format!("clamping to {lo} to {hi} leaves nothing");
        Err(Error::quantisation("activation", problem, "give numbers, the smaller one first"))
    }

    /// The stored numbers inside the bounds: those of the bounds themselves, as
    /// [`quantise`](super::quantise) makes them.
    ///
    /// # Errors
    /// As [`Activation::bounds`]; about `output` if its scales are per channel.
    pub fn clamp(self, output: &Params) -> Result<Range, Error> {
        let scale = output.single_scale("output")?;
        let (lo, hi) = self.bounds()?;
        let range = output.range();
        let stored = |real: f32| {
            let steps = (real / scale).round_ties_even() + f32::from(output.zero());
            steps.clamp(range.lo().into(), range.hi().into()) as i16
        };
        // Rounding keeps the order, so that there is such a range.
        Ok(Range::new(stored(lo), stored(hi)).unwrap_or(range))
    }
}

/// The scale of a product's sums in column `channel`: lhs scale · rhs scale, in f64.
fn product_scales<'a>(lhs: &Params, rhs: &'a Params) -> Result<impl Iterator<Item = f64> + use<'a>, Error> {
    let lhs = f64::from(lhs.single_scale("lhs")?);
    Ok(rhs.scales().iter().map(move |rhs| lhs * f64::from(*rhs)))
}

/// The bias as whole numbers that are added to the sums: b / (lhs scale · rhs scale) in f64, rounded to
/// nearest, ties to even.
///
/// # Errors
/// [`Error::Quantisation`] about `bias`, if there is none for each channel of `rhs`, or one does not fit
/// 32 bits or is NaN; about `lhs` if its scales are per channel; [`Error::Memory`].
pub fn quantise_bias(bias: &[f32], lhs: &Params, rhs: &Params) -> Result<Vec<i32>, Error> {
    check_channels("bias", rhs.channels(), bias.len())?;
    let mut whole = Vec::new();
    let bytes = bias.len().saturating_mul(4);
    whole.try_reserve_exact(bias.len()).map_err(|_| Error::Memory { bytes })?;
    // One scale is used again and again, many are as many as there are biases.
    let scales: Vec<f64> = product_scales(lhs, rhs)?.collect();
    for (channel, (bias, scale)) in bias.iter().zip(scales.iter().cycle()).enumerate() {
        let steps = (f64::from(*bias) / scale).round_ties_even();
        if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&steps) {
            return Err(Error::quantisation(
                "bias",
                format!(
                    "{bias:?} of channel {channel} is {steps:?} steps of {scale:?}, which is no 32-bit number"
                ),
                "use larger scales for lhs or rhs, or a smaller bias",
            ));
        }
        whole.push(steps as i32);
    }
    Ok(whole)
}

/// What makes stored numbers of `output` of the sums of lhs by rhs: factors lhs scale · rhs scale / output
/// scale (in f64), the output's zero point, and the activation's bounds.
///
/// # Errors
/// [`Error::Quantisation`] about `lhs` or `output`, if its scales are per channel, about `activation`, and
/// about `scale` if a factor is not below 2^30; [`Error::Memory`].
pub fn output_stage(
    lhs: &Params,
    rhs: &Params,
    output: &Params,
    activation: Activation,
) -> Result<OutputStage, Error> {
    let clamp = activation.clamp(output)?;
    let scale = f64::from(output.single_scale("output")?);
    let mut factors = Vec::new();
    let bytes = rhs.scales().len().saturating_mul(8);
    factors.try_reserve_exact(rhs.scales().len()).map_err(|_| Error::Memory { bytes })?;
    for (channel, product) in product_scales(lhs, rhs)?.enumerate() {
        let factor = Requantise::from_scale(product / scale);
        factors.push(factor.map_err(|mut error| {
            error.problem = format!("channel {channel}: {}", error.problem);
            error
        })?);
    }
    let factors = match (rhs.channels(), &factors[..]) {
        (None, [factor]) => Factors::PerTensor(*factor),
        _ => Factors::PerChannel(factors),
    };
    Ok(OutputStage::new(factors, output.zero_point(), clamp)?)
}

/// Stored numbers of i32 sums (any rows × cols): (sum + bias) · factor + zero point, clamped, by the rule of
/// [`qgen_spec::requantise`], bit for bit on every machine. Channels are columns. The bias is added with
/// saturation.
///
/// # Errors
/// [`Error::Shape`] for an output of another shape; [`Error::Quantisation`] about `out` if the stored
/// numbers do not fit `T`, about `factors` or `bias` if there is not one for each column.
pub fn requantise<T: Stored>(
    stage: &OutputStage,
    bias: Option<&[i32]>,
    sums: MatRef<'_, i32>,
    out: MatMut<'_, T>,
) -> Result<(), Error> {
    let clamp = stage.clamp();
    check_type::<T>("out", clamp)?;
    check_channels("factors", stage.factors().channels(), sums.cols())?;
    check_channels("bias", bias.map(<[i32]>::len), sums.cols())?;
    let factors = match stage.factors() {
        Factors::PerTensor(one) => Along::One(*one),
        Factors::PerChannel(each) => Along::Each(each),
    };
    let (rows, cols, mut out) = (sums.rows(), sums.cols(), out);
    if cfg!(target_arch = "aarch64")
        && rows > 1
        && cols >= STRIP
        && !(factors.is_one() && bias.is_none())
        && (out.rows(), out.cols()) == (rows, cols)
        && let (Some(sums), Some(out)) = (sums.as_slice(), out.as_mut_slice())
    {
        by_strips(stage, bias, cols, (sums, bytes_of_mut(out)));
        return Ok(());
    }
    let (given, bias) = (bias, bias.map_or(Along::One(0), Along::Each));
    let (grid, right) = (Grid::of(stage), stage.shifts_right());
    let each =
        |(sums, out): (MatRef<'_, i32>, MatMut<'_, T>), bias: Along<'_, i32>, factors: Along<'_, _>| {
            walk(sums, out, factors.is_one() && bias.is_one(), |piece, sums, out| {
                let factors = (piece.along(factors), right);
                line::requantise(sums, piece.along(bias), factors, grid, bytes_of_mut(out));
                Ok(())
            })
        };
    let times = together(rows, cols);
    if times > 1
        && !(factors.is_one() && bias.is_one())
        && let Some((wide, rest)) = joined(&sums, &mut out, times)?
    {
        let (many_bias, many_factors) =
            (Repeated::new(bias, cols, times), Repeated::new(factors, cols, times));
        each(wide, many_bias.along(), many_factors.along())?;
        return requantise(stage, given, rest.0, rest.1);
    }
    each((sums, out), bias, factors)
}

/// Sums of which all strips are made bytes before the next ones are: 64 KiB, which stay in a cache. With fewer, factors are loaded
/// too often.
const BAND: usize = 16_384;

/// Rows of `cols` columns, at least a strip, strip by strip.
fn by_strips(stage: &OutputStage, bias: Option<&[i32]>, cols: usize, (sums, out): (&[i32], &mut [u8])) {
    let band = (BAND / cols).max(1) * cols;
    for (sums, out) in sums.chunks(band).zip(out.chunks_mut(band)) {
        for first in (0..cols).step_by(STRIP) {
            // The last strip may have some columns of the one before, which come out the same again.
            let first = first.min(cols - STRIP);
            let count = sums.len() / cols;
            let rows = Rows { count, sums: (&sums[first..], cols), out: (&mut out[first..], cols) };
            of_rows(stage, (first, STRIP), bias, rows);
        }
    }
}

/// Sums plus the bias of their columns, with saturation.
pub(crate) fn add_bias(bias: &[i32], sums: MatRef<'_, i32>, out: MatMut<'_, i32>) -> Result<(), Error> {
    check_channels("bias", Some(bias.len()), sums.cols())?;
    walk(sums, out, false, |piece, sums, out| {
        let bias = piece.along(Along::Each(bias));
        for (i, (sum, out)) in sums.iter().zip(out).enumerate() {
            *out = sum.saturating_add(bias.at(i));
        }
        Ok(())
    })
}

/// Floats inside of bounds, where they are; NaN stays NaN.
pub(crate) fn clamp((lo, hi): (f32, f32), out: MatMut<'_, f32>) {
    let turned = out.col_stride() != 1 && out.row_stride() == 1;
    let mut out = if turned { out.transposed() } else { out };
    let each = |floats: &mut [f32]| floats.iter_mut().for_each(|float| *float = float.clamp(lo, hi));
    if let Some(all) = out.as_mut_slice() {
        return each(all);
    }
    if out.cols() == 0 {
        // Of nothing there may be any number of rows.
        return;
    }
    for row in 0..out.rows() {
        match out.contiguous_row_mut(row) {
            Some(floats) => each(floats),
            None => (0..out.cols()).for_each(|column| {
                let float = out.get(row, column).unwrap_or_default();
                out.set(row, column, float.clamp(lo, hi));
            }),
        }
    }
}

/// What makes floats of i32 sums: a scale for all or for each column, and the activation's bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatStage {
    scales: Vec<f32>,
    per_channel: bool,
    clamp: (f32, f32),
}

impl FloatStage {
    /// The scales of the sums of lhs by rhs: the product of both in f64, rounded to f32.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `lhs` if its scales are per channel, about `scale` if a product is no
    /// normal f32, about `activation`; [`Error::Memory`].
    pub fn new(lhs: &Params, rhs: &Params, activation: Activation) -> Result<FloatStage, Error> {
        let clamp = activation.bounds()?;
        let mut scales = Vec::new();
        let bytes = rhs.scales().len().saturating_mul(4);
        scales.try_reserve_exact(rhs.scales().len()).map_err(|_| Error::Memory { bytes })?;
        for (channel, product) in product_scales(lhs, rhs)?.enumerate() {
            let scale = product as f32;
            if !scale.is_normal() {
                return Err(Error::quantisation(
                    "scale",
                    format!("channel {channel}: the product {product:?} of both scales is no normal f32"),
                    "use scales whose product is between 1.2e-38 and 3.4e38",
                ));
            }
            scales.push(scale);
        }
        Ok(FloatStage { scales, per_channel: rhs.channels().is_some(), clamp })
    }

    /// The scales: one, or one for each channel.
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// How many channels have a scale of their own; `None` where one is for all.
    pub fn channels(&self) -> Option<usize> {
        self.per_channel.then_some(self.scales.len())
    }

    /// The smallest and the largest result.
    pub fn clamp(&self) -> (f32, f32) {
        self.clamp
    }
}

/// Real numbers of i32 sums: the sum plus bias (saturating), as f32 (ties to even), times the scale,
/// clamped. The same bits on every machine.
///
/// # Errors
/// [`Error::Shape`] for an output of another shape; [`Error::Quantisation`] about `scale` or `bias` if
/// there is not one for each column.
pub fn to_f32(
    stage: &FloatStage,
    bias: Option<&[i32]>,
    sums: MatRef<'_, i32>,
    out: MatMut<'_, f32>,
) -> Result<(), Error> {
    check_channels("scale", stage.channels(), sums.cols())?;
    check_channels("bias", bias.map(<[i32]>::len), sums.cols())?;
    let scales = match &stage.scales[..] {
        [one] if !stage.per_channel => Along::One(*one),
        each => Along::Each(each),
    };
    let (given, bias) = (bias, bias.map_or(Along::One(0), Along::Each));
    let each =
        |(sums, out): (MatRef<'_, i32>, MatMut<'_, f32>), bias: Along<'_, i32>, scales: Along<'_, f32>| {
            walk(sums, out, scales.is_one() && bias.is_one(), |piece, sums, out| {
                line::to_f32(sums, piece.along(bias), piece.along(scales), stage.clamp, out);
                Ok(())
            })
        };
    let (rows, cols, mut out) = (sums.rows(), sums.cols(), out);
    let times = together(rows, cols);
    if times > 1
        && !(scales.is_one() && bias.is_one())
        && let Some((wide, rest)) = joined(&sums, &mut out, times)?
    {
        let (many_bias, many_scales) = (Repeated::new(bias, cols, times), Repeated::new(scales, cols, times));
        each(wide, many_bias.along(), many_scales.along())?;
        return to_f32(stage, given, rest.0, rest.1);
    }
    each((sums, out), bias, scales)
}
