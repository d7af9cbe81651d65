//! What stored numbers mean, and how that follows from the bounds of the real ones.

use super::line::Along;
use crate::{Error, Operand, Range, Stored};

/// What stored numbers mean: real = scale · (stored − zero point), with one scale for a tensor or one
/// for each channel (column of the matrix).
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    scales: Scales,
    zero_point: i16,
    range: Range,
}

#[derive(Clone, Debug, PartialEq)]
enum Scales {
    PerTensor(f32),
    PerChannel(Vec<f32>),
}

impl Params {
    /// One scale for the whole tensor.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `scale`, if it is not a normal number above 0, or `zero_point`, if it
    /// is outside of `range`.
    pub fn per_tensor(scale: f32, zero_point: i32, range: Range) -> Result<Params, Error> {
        check_scale(scale, None)?;
        Ok(Params { scales: Scales::PerTensor(scale), zero_point: checked_zero(zero_point, range)?, range })
    }

    /// A scale for each channel, and one zero point: kernels correct for one only.
    ///
    /// # Errors
    /// As [`Params::per_tensor`].
    pub fn per_channel(scales: Vec<f32>, zero_point: i32, range: Range) -> Result<Params, Error> {
        scales.iter().enumerate().try_for_each(|(channel, &scale)| check_scale(scale, Some(channel)))?;
        Ok(Params { scales: Scales::PerChannel(scales), zero_point: checked_zero(zero_point, range)?, range })
    }

    /// The scales: one, or one for each channel.
    pub fn scales(&self) -> &[f32] {
        match &self.scales {
            Scales::PerTensor(scale) => std::slice::from_ref(scale),
            Scales::PerChannel(scales) => scales,
        }
    }

    /// How many channels have a scale of their own; `None` where one is for all.
    pub fn channels(&self) -> Option<usize> {
        match &self.scales {
            Scales::PerTensor(_) => None,
            Scales::PerChannel(scales) => Some(scales.len()),
        }
    }

    /// The stored number that means 0; inside the range. What
    /// [`Gemm::lhs_zero_point`](crate::Gemm::lhs_zero_point) wants to know.
    pub fn zero_point(&self) -> i32 {
        self.zero_point.into()
    }

    /// The stored numbers.
    pub fn range(&self) -> Range {
        self.range
    }

    /// The range as a kernel's operand.
    pub fn operand(&self) -> Operand {
        Operand::Int(self.range)
    }

    pub(super) fn zero(&self) -> i16 {
        self.zero_point
    }

    pub(super) fn along(&self) -> Along<'_, f32> {
        match &self.scales {
            Scales::PerTensor(scale) => Along::One(*scale),
            Scales::PerChannel(scales) => Along::Each(scales),
        }
    }

    /// The scale, where there is one for all.
    pub(crate) fn single_scale(&self, field: &'static str) -> Result<f32, Error> {
        match &self.scales {
            Scales::PerTensor(scale) => Ok(*scale),
            Scales::PerChannel(scales) => Err(Error::quantisation(
                field,
                format!("it has a scale for each of {} channels", scales.len()),
                "only the right side of a product can have that; use Params::per_tensor here",
            )),
        }
    }
}

/// Fails where bytes of type `T` do not have all stored numbers.
pub(crate) fn check_type<T: Stored>(field: &'static str, range: Range) -> Result<(), Error> {
    if if T::SIGNED { range.fits_i8() } else { range.fits_u8() } {
        return Ok(());
    }
    let other = if T::SIGNED { "u8" } else { "i8" };
    Err(Error::quantisation(
        field,
        format!("the stored numbers {range} do not fit {}", T::NAME),
        format!("give {other}, or use another range"),
    ))
}

/// Subnormal scales are refused: products of two would vanish.
fn check_scale(scale: f32, channel: Option<usize>) -> Result<(), Error> {
    if scale > 0.0 && scale.is_normal() {
        return Ok(());
    }
    let of = channel.map(|channel| format!(" of channel {channel}")).unwrap_or_default();
    Err(Error::quantisation(
        "scale",
        format!("{scale:?}{of} is not possible"),
        "give a finite number of at least 1.2e-38",
    ))
}

fn checked_zero(zero_point: i32, range: Range) -> Result<i16, Error> {
    i16::try_from(zero_point).ok().filter(|&zero| range.contains(zero)).ok_or_else(|| {
        Error::quantisation(
            "zero_point",
            format!("{zero_point} is outside of the stored numbers {range}"),
            "it must be one of them, so that 0 is exact",
        )
    })
}

/// How parameters follow from the bounds of real numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scheme {
    range: Range,
    /// The zero point, where it does not depend on the numbers.
    fixed: Option<i16>,
}

impl Scheme {
    /// The smallest real number is stored as the smallest of `operand`, the largest as the largest, and
    /// the zero point lies where that puts it.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `operand`, if it has no 0 (−1 or 1), is `f32`, or has only one value.
    pub fn affine(operand: Operand) -> Result<Scheme, Error> {
        Ok(Scheme { range: integers(operand)?, fixed: None })
    }

    /// The zero point is 0, or the middle (rounded up) of a range without negative or without
    /// non-negative numbers: 128 in 0..=255.
    ///
    /// # Errors
    /// As [`Scheme::affine`].
    pub fn symmetric(operand: Operand) -> Result<Scheme, Error> {
        let range = integers(operand)?;
        Ok(Scheme { range, fixed: Some(middle(range)) })
    }

    /// Only as many stored numbers below the middle as above: −127..=127 of 8 bits, 1..=255 of 0..=255.
    /// Weights of TensorFlow Lite are such.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `range`, if one number would be left.
    pub fn narrow(self) -> Result<Scheme, Error> {
        let zero = middle(self.range);
        let reach = (zero - self.range.lo()).min(self.range.hi() - zero);
        let narrowed = Range::new(zero - reach, zero + reach).filter(|_| reach > 0).ok_or_else(|| {
            let problem = format!("{} has no numbers on both sides of {zero}", self.range);
            Error::quantisation("range", problem, "narrow a range of at least three numbers")
        })?;
        Ok(Scheme { range: narrowed, ..self })
    }

    /// The stored numbers.
    pub fn range(self) -> Range {
        self.range
    }

    /// Whether the zero point is fixed.
    pub fn is_symmetric(self) -> bool {
        self.fixed.is_some()
    }

    /// The parameters of a tensor whose numbers are `min..=max`; 0 is added to that.
    ///
    /// affine: scale = (max − min) / (hi − lo), zero point = lo − min / scale, rounded to nearest, ties
    /// to even, inside the range. symmetric: the smallest scale with which neither end saturates; a side
    /// on which the range has no number does not count.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `bounds`, if they are not finite or the wrong way round.
    pub fn params(self, min: f32, max: f32) -> Result<Params, Error> {
        let bounds = Bounds::checked(min, max, None)?;
        Params::per_tensor(self.scale(bounds), self.zero_point(bounds).into(), self.range)
    }

    /// The parameters of a tensor whose channels have these bounds (`min`, `max`).
    ///
    /// The zero point is that of all numbers together. Each channel has the smallest scale with which
    /// neither of its ends saturates; one without any number but 0 has that of all together.
    ///
    /// # Errors
    /// As [`Scheme::params`].
    pub fn channel_params(self, bounds: &[(f32, f32)]) -> Result<Params, Error> {
        let checked = |(channel, &(min, max))| Bounds::checked(min, max, Some(channel));
        let bounds: Vec<Bounds> = bounds.iter().enumerate().map(checked).collect::<Result<_, _>>()?;
        let all = bounds.iter().fold(Bounds::ZERO, |all, one| all.and(*one));
        let zero = self.zero_point(all);
        let usual = self.fitting_scale(all, zero).unwrap_or(1.0);
        let scales = bounds.iter().map(|one| self.fitting_scale(*one, zero).unwrap_or(usual)).collect();
        Params::per_channel(scales, zero.into(), self.range)
    }

    /// The scale for one tensor.
    pub(super) fn scale(self, bounds: Bounds) -> f32 {
        match self.fixed {
            Some(zero) => self.fitting_scale(bounds, zero).unwrap_or(1.0),
            None if bounds == Bounds::ZERO => 1.0,
            None => normal((bounds.max - bounds.min) / self.steps()),
        }
    }

    /// The zero point for these bounds.
    pub(super) fn zero_point(self, bounds: Bounds) -> i16 {
        self.fixed.unwrap_or_else(|| {
            let lo = f64::from(self.range.lo());
            let exact = lo - bounds.min / f64::from(self.scale(bounds));
            exact.round_ties_even().clamp(lo, self.range.hi().into()) as i16
        })
    }

    /// The smallest scale with which neither end saturates; `None` if no end has numbers.
    fn fitting_scale(self, bounds: Bounds, zero: i16) -> Option<f32> {
        let (below, above) = (zero - self.range.lo(), self.range.hi() - zero);
        let side = |length: f64, steps: i16| if steps == 0 { 0.0 } else { length / f64::from(steps) };
        let scale = side(-bounds.min, below).max(side(bounds.max, above));
        (scale > 0.0).then(|| normal(scale))
    }

    fn steps(self) -> f64 {
        f64::from(self.range.hi() - self.range.lo())
    }
}

/// Bounds of real numbers, 0 included: `min` ≤ 0 ≤ `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Bounds {
    pub(super) const ZERO: Bounds = Bounds { min: 0.0, max: 0.0 };

    fn checked(min: f32, max: f32, channel: Option<usize>) -> Result<Bounds, Error> {
        if min.is_finite() && max.is_finite() && min <= max {
            return Ok(Bounds { min: min.min(0.0).into(), max: max.max(0.0).into() });
        }
        let of = channel.map(|channel| format!(" of channel {channel}")).unwrap_or_default();
        Err(Error::quantisation(
            "bounds",
            format!("{min} to {max}{of} is no range of real numbers"),
            "give finite numbers, the smaller one first",
        ))
    }

    pub(super) fn and(self, other: Bounds) -> Bounds {
        Bounds { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// The nearest scale that is possible.
fn normal(scale: f64) -> f32 {
    (scale as f32).clamp(f32::MIN_POSITIVE, f32::MAX)
}

fn middle(range: Range) -> i16 {
    if range.lo() < 0 && range.hi() >= 0 {
        return 0;
    }
    let sum = range.lo() + range.hi();
    sum.div_euclid(2) + sum.rem_euclid(2)
}

fn integers(operand: Operand) -> Result<Range, Error> {
    match operand {
        Operand::Int(range) if range.lo() < range.hi() => Ok(range),
        Operand::Int(range) => Err(Error::quantisation(
            "operand",
            format!("{range} is a single number"),
            "give a range of at least two",
        )),
        Operand::Binary | Operand::F32 => Err(Error::quantisation(
            "operand",
            format!("{operand} has no stored number for 0"),
            "give a range of integers, such as Operand::of_levels(3) or Operand::of_bits(2)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(lo: i16, hi: i16) -> Operand {
        Operand::Int(Range::new(lo, hi).unwrap())
    }

    fn said<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn parameters_are_checked_and_errors_name_the_field() {
        let range = Range::new(-8, 7).unwrap();
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE / 2.0] {
            let e = said(Params::per_tensor(scale, 0, range));
            assert!(
                e.starts_with("scale: ")
                    && e.ends_with("is not possible; give a finite number of at least 1.2e-38"),
                "{e}"
            );
        }
        let e = said(Params::per_channel(vec![1.0, 0.0], 0, range));
        assert!(e.starts_with("scale: 0.0 of channel 1 is not possible"), "{e}");
        for zero in [8, -9, i32::MAX, i32::MIN] {
            let e = said(Params::per_tensor(1.0, zero, range));
            assert!(
                e.starts_with("zero_point: ") && e.contains("outside of the stored numbers -8..=7"),
                "{e}"
            );
        }
        let params = Params::per_channel(vec![1.0, 2.0], 7, range).unwrap();
        assert_eq!((params.channels(), params.zero_point(), params.scales()), (Some(2), 7, &[1.0, 2.0][..]));
        let e = said(params.single_scale("lhs"));
        assert!(e.starts_with("lhs: it has a scale for each of 2 channels"), "{e}");
    }

    #[test]
    fn operands_without_a_zero_are_refused() {
        for operand in [Operand::Binary, Operand::F32] {
            let e = said(Scheme::symmetric(operand));
            assert!(e.starts_with("operand: ") && e.contains("no stored number for 0"), "{e}");
        }
        let e = said(Scheme::affine(int(3, 3)));
        assert!(e.starts_with("operand: 3..=3 is a single number"), "{e}");
        let e = said(Scheme::symmetric(int(-1, 0)).and_then(Scheme::narrow));
        assert!(e.starts_with("range: -1..=0 has no numbers on both sides of 0"), "{e}");
    }

    #[test]
    fn affine_parameters_put_both_ends_on_the_ends() {
        let params = |min, max| Scheme::affine(int(0, 255)).unwrap().params(min, max).unwrap();
        let p = params(-1.0, 1.55);
        assert_eq!((p.scales(), p.zero_point()), (&[0.01f32][..], 100));
        // 0 is added: neither side of it is lost.
        assert_eq!((params(3.0, 5.1).zero_point(), params(3.0, 5.1).scales()[0]), (0, 0.02));
        assert_eq!(params(-5.1, -3.0).zero_point(), 255);
        // Nothing but zeros.
        assert_eq!((params(0.0, 0.0).zero_point(), params(0.0, 0.0).scales()[0]), (0, 1.0));
        // The widest and the smallest numbers there are.
        assert_eq!(params(-f32::MAX, f32::MAX).zero_point(), 128);
        assert_eq!(params(0.0, f32::from_bits(1)).scales()[0], f32::MIN_POSITIVE);
    }

    #[test]
    fn symmetric_parameters_keep_their_zero_point() {
        let p = Scheme::symmetric(int(-8, 7)).unwrap().params(-1.0, 1.4).unwrap();
        assert_eq!((p.zero_point(), p.scales()[0]), (0, 0.2));
        let p = Scheme::symmetric(int(-8, 7)).unwrap().params(-16.0, 1.4).unwrap();
        assert_eq!((p.zero_point(), p.scales()[0]), (0, 2.0));
        let p = Scheme::symmetric(int(0, 255)).unwrap().params(-1.0, 1.27).unwrap();
        assert_eq!((p.zero_point(), p.scales()[0]), (128, 0.01));
        // There is no number above 0: what is above becomes 0.
        let p = Scheme::symmetric(int(-1, 0)).unwrap().params(-0.5, 9.0).unwrap();
        assert_eq!((p.zero_point(), p.scales()[0]), (0, 0.5));
    }

    #[test]
    fn narrow_ranges_have_an_opposite_for_each_number() {
        let narrowed = |lo, hi| Scheme::symmetric(int(lo, hi)).unwrap().narrow().unwrap().range();
        assert_eq!(narrowed(-128, 127), Range::new(-127, 127).unwrap());
        assert_eq!(narrowed(-11, 11), Range::new(-11, 11).unwrap());
        assert_eq!(narrowed(0, 255), Range::new(1, 255).unwrap());
        assert_eq!(narrowed(-2, 1), Range::new(-1, 1).unwrap());
    }

    #[test]
    fn channels_share_a_zero_point() {
        let bounds = [(-1.0, 0.5), (-3.0, 12.0), (0.0, 0.0)];
        let p = Scheme::affine(int(0, 15)).unwrap().channel_params(&bounds).unwrap();
        assert_eq!((p.zero_point(), p.scales()), (3, &[1.0 / 3.0, 1.0, 1.0][..]));
        let p = Scheme::symmetric(int(-8, 7)).unwrap().channel_params(&bounds).unwrap();
        assert_eq!((p.zero_point(), p.scales()[0]), (0, 0.125));
        let e = said(Scheme::affine(int(0, 15)).unwrap().channel_params(&[(0.0, 1.0), (1.0, f32::NAN)]));
        assert!(e.starts_with("bounds: 1 to NaN of channel 1"), "{e}");
        assert_eq!(Scheme::affine(int(0, 15)).unwrap().channel_params(&[]).unwrap().channels(), Some(0));
    }
}
