//! From i32 sums to bytes: the one definition, in integers alone, that kernels and runtime share.
//!
//! It is the rule of gemmlowp and TensorFlow Lite (their default, which rounds twice):
//!
//! ```text
//! from_scale   scale ≈ multiplier · 2^(shift − 31),  2^30 ≤ multiplier < 2^31   QuantizeMultiplier
//! apply        a = x · 2^max(shift, 0)               saturating
//!              b = ⌊(a · multiplier + 2^30) / 2^31⌋  SaturatingRoundingDoublingHighMul
//!              c = b / 2^max(−shift, 0), to nearest, ties away from zero        RoundingDivideByPOT
//! output       min(max(c + zero point, lo), hi)
//! ```
//!
//! The first rounding breaks ties upwards, as Arm's `sqrdmulh` and as the reference's plain C++ do.
//! The references leave open what happens where x · 2^shift does not fit 32 bits. Here it saturates,
//! so that larger sums never give smaller results.

use crate::{Diagnostic, Field, Range};
use alloc::format;
use alloc::vec::Vec;

/// A real factor in fixed point: `multiplier` · 2^(`shift` − 31).
///
/// In memory it is these two numbers in this order, so that vectors of several can be loaded.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Requantise {
    multiplier: i32,
    shift: i32,
}

impl Requantise {
    /// The smallest shift: all 31 bits of a product are shifted out but for the rounding.
    pub const MIN_SHIFT: i32 = -31;

    /// The largest shift: 1 · 2^30 still fits 32 bits.
    pub const MAX_SHIFT: i32 = 30;

    /// The factor that these two numbers mean, as model files hold them.
    ///
    /// # Errors
    /// A [`Diagnostic`] about [`Field::Multiplier`] if it is negative, or about [`Field::Shift`] outside
    /// of −31..=30.
    pub fn new(multiplier: i32, shift: i32) -> Result<Requantise, Diagnostic> {
        if multiplier < 0 {
            return Err(Diagnostic::new(
                Field::Multiplier,
                format!("{multiplier} is negative"),
                "scales are positive; give 0..=2147483647, a factor times 2^31",
            ));
        }
        if !(Self::MIN_SHIFT..=Self::MAX_SHIFT).contains(&shift) {
            return Err(Diagnostic::new(
                Field::Shift,
                format!("{shift} is outside of -31..=30"),
                "positive shifts go to the left; use Requantise::from_scale, which finds the shift",
            ));
        }
        Ok(Requantise { multiplier, shift })
    }

    /// The nearest factor to `scale`, ties away from zero: within 2^−31 of it, relatively. Scales so
    /// small that the shift would be below −31 (under about 2^−32) become 0, as in the reference.
    ///
    /// For a product of quantised matrices, `scale` is lhs scale · rhs scale / output scale.
    ///
    /// # Errors
    /// A [`Diagnostic`] about [`Field::Scale`] if `scale` is not finite, not above 0, or not below 2^30.
    pub fn from_scale(scale: f64) -> Result<Requantise, Diagnostic> {
        let bad = |problem, help| Err(Diagnostic::new(Field::Scale, problem, help));
        if !scale.is_finite() || scale <= 0.0 {
            let help = "give lhs scale * rhs scale / output scale, where each is finite and above 0";
            return bad(format!("{scale} is no factor between scales"), help);
        }
        let bits = scale.to_bits();
        // The sign is 0. Numbers below 2^-1022 have another format; they become 0 like all tiny ones.
        let exponent = (bits >> 52) as i32 - 1022;
        let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
        // scale = mantissa · 2^(exponent − 53), of which the upper 31 of 53 bits are kept.
        let (mut multiplier, mut shift) = ((mantissa + (1 << 21)) >> 22, exponent);
        if multiplier == 1 << 31 {
            (multiplier, shift) = (multiplier / 2, shift + 1);
        }
        if shift > Self::MAX_SHIFT {
            let help = "it must be below 2^30; use a larger output scale: every sum but 0 would saturate";
            return bad(format!("the factor {scale} is too large"), help);
        }
        if shift < Self::MIN_SHIFT {
            return Ok(Requantise { multiplier: 0, shift: 0 });
        }
        Ok(Requantise { multiplier: multiplier as i32, shift })
    }

    /// The multiplier: a number below 1, times 2^31.
    pub const fn multiplier(self) -> i32 {
        self.multiplier
    }

    /// The shift, −31..=30: to the left before the multiplication where positive, to the right after it
    /// where negative.
    pub const fn shift(self) -> i32 {
        self.shift
    }

    /// The factor that is meant, exactly.
    pub fn to_scale(self) -> f64 {
        // 2^(shift − 31) is a normal number.
        f64::from(self.multiplier) * f64::from_bits(((self.shift - 31 + 1023) as u64) << 52)
    }

    /// `x` times the factor, rounded as the head of the module says.
    pub const fn apply(self, x: i32) -> i32 {
        let (left, right) = if self.shift > 0 { (self.shift, 0) } else { (0, -self.shift) };
        rounding_shift_right(doubling_high_mul(saturating_shift_left(x, left), self.multiplier), right)
    }
}

/// x · 2^by, saturating: `sqshl`. `by` is 0..=31.
const fn saturating_shift_left(x: i32, by: i32) -> i32 {
    let wide = (x as i64) << by;
    if wide > i32::MAX as i64 {
        i32::MAX
    } else if wide < i32::MIN as i64 {
        i32::MIN
    } else {
        wide as i32
    }
}

/// ⌊(a · b + 2^30) / 2^31⌋ for b ≥ 0: `sqrdmulh`, which saturates for a = b = −2^31 only.
const fn doubling_high_mul(a: i32, b: i32) -> i32 {
    ((a as i64 * b as i64 + (1 << 30)) >> 31) as i32
}

/// x / 2^by to the nearest whole number, ties away from zero. `by` is 0..=31.
const fn rounding_shift_right(x: i32, by: i32) -> i32 {
    if by == 0 {
        return x;
    }
    // A tie of a negative number goes down when it is taken 1 lower before half of 2^by is added.
    let x = x as i64 - (x < 0) as i64;
    ((x + (1 << (by - 1))) >> by) as i32
}

/// The factors of an output's channels (its columns, in a product of matrices).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Factors {
    /// One for all.
    PerTensor(Requantise),
    /// One for each.
    PerChannel(Vec<Requantise>),
}

impl Factors {
    /// The factor of a channel; `None` beyond the last one.
    pub fn of(&self, channel: usize) -> Option<Requantise> {
        match self {
            Factors::PerTensor(all) => Some(*all),
            Factors::PerChannel(each) => each.get(channel).copied(),
        }
    }

    /// How many channels have a factor of their own; `None` where one is for all.
    pub fn channels(&self) -> Option<usize> {
        match self {
            Factors::PerTensor(_) => None,
            Factors::PerChannel(each) => Some(each.len()),
        }
    }
}

/// What makes a byte of an i32 sum: a factor, a zero point and the bounds of an activation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutputStage {
    factors: Factors,
    zero_point: i16,
    clamp: Range,
    shifts_right: bool,
}

impl OutputStage {
    /// Sums times `factors`, plus `zero_point`, clamped to `clamp`.
    ///
    /// # Errors
    /// A [`Diagnostic`] about [`Field::ZeroPoint`] if no byte can hold both the zero point and all values of
    /// `clamp`.
    pub fn new(factors: Factors, zero_point: i32, clamp: Range) -> Result<OutputStage, Diagnostic> {
        let byte = i16::try_from(zero_point).ok().filter(|zero| {
            let (lo, hi) = (clamp.lo().min(*zero), clamp.hi().max(*zero));
            Range::new(lo, hi).is_some()
        });
        let Some(zero_point) = byte else {
            return Err(Diagnostic::new(
                Field::ZeroPoint,
                format!("{zero_point} and the outputs {clamp} do not fit one type of byte"),
                "keep all of them inside -128..=127 or inside 0..=255",
            ));
        };
        let shifts_right = match &factors {
            Factors::PerTensor(factor) => factor.shift < 0,
            Factors::PerChannel(each) => each.iter().all(|factor| factor.shift < 0),
        };
        Ok(OutputStage { factors, zero_point, clamp, shifts_right })
    }

    /// The factors.
    pub fn factors(&self) -> &Factors {
        &self.factors
    }

    /// Whether every factor shifts to the right, as those below 1/2 do: then fewer steps are enough.
    pub const fn shifts_right(&self) -> bool {
        self.shifts_right
    }

    /// The output that means 0.
    pub const fn zero_point(&self) -> i16 {
        self.zero_point
    }

    /// The outputs that are possible.
    pub const fn clamp(&self) -> Range {
        self.clamp
    }

    /// Whether an output byte is read as `i8`.
    pub const fn is_signed(&self) -> bool {
        self.clamp.fits_i8() && self.zero_point <= 127
    }

    /// The output for the sum `acc` of column `channel`.
    ///
    /// # Panics
    /// If the factors are per channel and there is no such channel.
    pub fn apply(&self, acc: i32, channel: usize) -> i32 {
        let Some(factor) = self.factors.of(channel) else {
            panic!(
                "channel {channel} is beyond the {:?} channels that have factors",
                self.factors.channels()
            );
        };
        // Saturation does not change what is clamped to a byte.
        let shifted = factor.apply(acc).saturating_add(self.zero_point.into());
        shifted.clamp(self.clamp.lo().into(), self.clamp.hi().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    /// x / 2^by to nearest in 128 bits, from quotient and remainder. `away`: ties away from zero, else up.
    fn divide(x: i128, by: u32, away: bool) -> i128 {
        let unit = 1i128 << by;
        let (quotient, rest) = (x.div_euclid(unit), x.rem_euclid(unit));
        let up = if away && x < 0 { 2 * rest > unit } else { 2 * rest >= unit };
        quotient + i128::from(up)
    }

    /// The rule of the module's head with numbers that never overflow.
    fn reference(multiplier: i32, shift: i32, x: i32) -> i128 {
        let bounds = (i128::from(i32::MIN), i128::from(i32::MAX));
        let a = (i128::from(x) * (1i128 << shift.max(0))).clamp(bounds.0, bounds.1);
        let b = divide(a * i128::from(multiplier), 31, false);
        let by = shift.min(0).unsigned_abs();
        if by == 0 { b } else { divide(b, by, true) }
    }

    /// Numbers of all magnitudes from a seed.
    fn numbers(count: usize) -> impl Iterator<Item = i32> {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        (0..count).map(move |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as i32 >> ((state >> 20) % 32)
        })
    }

    fn extremes() -> Vec<i32> {
        let mut all = vec![0, i32::MAX, i32::MIN, i32::MIN + 1, i32::MAX - 1];
        for bit in 0..31 {
            for near in -1..=1 {
                all.extend([(1 << bit) + near, -(1 << bit) + near, (3 << bit >> 1) + near]);
            }
        }
        all
    }

    #[test]
    fn the_rule_is_that_of_big_integers() {
        let multipliers = [0, 1, 1 << 30, (1 << 30) + 1, 3 << 29, i32::MAX - 1, i32::MAX];
        for shift in Requantise::MIN_SHIFT..=Requantise::MAX_SHIFT {
            for multiplier in multipliers.into_iter().chain(numbers(8).map(|n| n & i32::MAX)) {
                let factor = Requantise::new(multiplier, shift).unwrap();
                for x in extremes().into_iter().chain(numbers(100)) {
                    let got = i128::from(factor.apply(x));
                    assert_eq!(got, reference(multiplier, shift, x), "{x} · {multiplier} · 2^({shift} − 31)");
                }
            }
        }
    }

    #[test]
    fn ties_are_those_of_the_reference() {
        let half = Requantise::from_scale(0.5).unwrap();
        assert_eq!((half.multiplier(), half.shift()), (1 << 30, 0));
        // The high multiplication's ties go up …
        assert_eq!([-3, -1, 1, 3].map(|x| half.apply(x)), [-1, 0, 1, 2]);
        // … those of the shift away from zero. 2^30 · 2^-31 · 2 halves exactly, 1/2 is left to the shift.
        let quarter = Requantise::from_scale(0.25).unwrap();
        assert_eq!((quarter.multiplier(), quarter.shift()), (1 << 30, -1));
        assert_eq!([-6, -2, 2, 6].map(|x| quarter.apply(x)), [-2, -1, 1, 2]);
        // Rounded twice: 5/4 is nearest to 1, but the first rounding makes 5/2 a 3, and 3/2 becomes 2.
        assert_eq!(quarter.apply(5), 2);
    }

    #[test]
    fn scales_become_the_references_numbers() {
        let numbers = |scale| {
            let factor = Requantise::from_scale(scale).unwrap();
            (factor.multiplier(), factor.shift())
        };
        assert_eq!(numbers(1.0), (1 << 30, 1));
        assert_eq!(numbers(0.75), (3 << 29, 0));
        assert_eq!(numbers(0.1), (1_717_986_918, -3));
        assert_eq!(numbers(1000.0), (2_097_152_000, 10));
        // The fraction rounds up to 1: half of it, and one shift more.
        assert_eq!(numbers(1.0 - f64::EPSILON), (1 << 30, 1));
        assert_eq!(numbers((2f64).powi(30) * 0.75), (3 << 29, 30));
        // A tie, away from zero: 1 + 2^-31 lies between 2^30 and 2^30 + 1.
        assert_eq!(numbers(1.0 + (2f64).powi(-31)), ((1 << 30) + 1, 1));
        assert_eq!(numbers((2f64).powi(-32)), (1 << 30, -31));
        assert_eq!(numbers((2f64).powi(-33)), (0, 0));
        assert_eq!(numbers(f64::MIN_POSITIVE), (0, 0));
        assert_eq!(numbers(f64::from_bits(1)), (0, 0));
    }

    #[test]
    fn a_factor_is_within_half_a_unit_of_its_scale() {
        for x in numbers(1000).map(|n| f64::from(n).abs() + 1.0) {
            for scale in [x / 4e9, x / 7.0] {
                let back = Requantise::from_scale(scale).unwrap().to_scale();
                assert!((back - scale).abs() <= scale * (2f64).powi(-31), "{scale}: {back}");
            }
        }
    }

    #[test]
    fn larger_sums_never_give_smaller_results() {
        let mut sums: Vec<i32> = extremes().into_iter().chain(numbers(500)).collect();
        sums.sort_unstable();
        for shift in Requantise::MIN_SHIFT..=Requantise::MAX_SHIFT {
            let factor = Requantise::new(0x5a82_799a, shift).unwrap();
            let results: Vec<i32> = sums.iter().map(|x| factor.apply(*x)).collect();
            assert!(results.is_sorted(), "shift {shift}");
        }
    }

    #[test]
    fn outputs_are_clamped_after_the_zero_point() {
        let one = Factors::PerTensor(Requantise::from_scale(1.0).unwrap());
        let stage = OutputStage::new(one, 100, Range::new(100, 255).unwrap()).unwrap();
        let outputs = [i32::MIN, -1, 0, 1, 155, 156, i32::MAX].map(|acc| stage.apply(acc, 7));
        assert_eq!(outputs, [100, 100, 100, 101, 255, 255, 255]);
        assert!(!stage.is_signed());
    }

    #[test]
    fn channels_have_factors_of_their_own() {
        let factors = [1.0, 0.5].map(|scale| Requantise::from_scale(scale).unwrap());
        let factors = Factors::PerChannel(factors.to_vec());
        assert_eq!((factors.channels(), factors.of(2)), (Some(2), None));
        let stage = OutputStage::new(factors, -1, Range::signed(8).unwrap()).unwrap();
        assert_eq!((stage.apply(40, 0), stage.apply(40, 1)), (39, 19));
        assert!(stage.is_signed());
    }

    #[test]
    fn impossible_numbers_are_refused_with_what_is_possible() {
        for scale in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = Requantise::from_scale(scale).unwrap_err();
            assert!(
                error.to_string().contains("scale: ") && error.to_string().contains("above 0"),
                "{error}"
            );
        }
        let error = Requantise::from_scale((2f64).powi(30)).unwrap_err().to_string();
        assert!(error.contains("must be below 2^30"), "{error}");
        assert!(
            Requantise::from_scale((2f64).powi(30) * (1.0 - f64::EPSILON)).is_err(),
            "it rounds up to 2^30"
        );
        let error = Requantise::new(-1, 0).unwrap_err().to_string();
        assert!(error.starts_with("multiplier: -1 is negative"), "{error}");
        for shift in [-32, 31, i32::MIN, i32::MAX] {
            let error = Requantise::new(1 << 30, shift).unwrap_err().to_string();
            assert!(error.starts_with("shift: ") && error.contains("-31..=30"), "{error}");
        }
        let one = || Factors::PerTensor(Requantise::from_scale(1.0).unwrap());
        for (zero, lo, hi) in [(-1, 0, 255), (128, -1, 127), (300, 0, 255), (i32::MIN, -8, 7)] {
            let error = OutputStage::new(one(), zero, Range::new(lo, hi).unwrap()).unwrap_err().to_string();
            assert!(error.starts_with("zero_point: ") && error.contains("0..=255"), "{error}");
        }
    }
}
