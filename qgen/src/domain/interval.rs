//! Intervals: every value that a lane may take, so that nothing wraps unnoticed.

use super::{Domain, Fault, steps};
use crate::isa::Step;
use qgen_spec::Range;

/// All whole numbers from `lo` to `hi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// The smallest.
    pub lo: i64,
    /// The largest.
    pub hi: i64,
}

impl Interval {
    /// `lo..=hi`.
    pub const fn new(lo: i64, hi: i64) -> Interval {
        Interval { lo, hi }
    }

    /// The values of a range, and 0: what a byte of a padded side may be.
    pub fn of_padded(range: Range) -> Interval {
        Interval::new(range.lo().min(0).into(), range.hi().max(0).into())
    }

    /// Whether every number of `other` is one of these.
    pub const fn contains(self, other: Interval) -> bool {
        self.lo <= other.lo && other.hi <= self.hi
    }

    /// The smallest interval with both.
    pub fn joined(self, other: Interval) -> Interval {
        Interval::new(self.lo.min(other.lo), self.hi.max(other.hi))
    }

    /// All sums.
    pub const fn plus(self, other: Interval) -> Interval {
        Interval::new(self.lo.saturating_add(other.lo), self.hi.saturating_add(other.hi))
    }

    /// All differences.
    pub const fn minus(self, other: Interval) -> Interval {
        Interval::new(self.lo.saturating_sub(other.hi), self.hi.saturating_sub(other.lo))
    }

    /// The smallest interval with all products.
    pub fn times(self, other: Interval) -> Interval {
        let all = [(self.lo, other.lo), (self.lo, other.hi), (self.hi, other.lo), (self.hi, other.hi)]
            .map(|(a, b)| a.saturating_mul(b));
        Interval::new(all.into_iter().min().unwrap_or(0), all.into_iter().max().unwrap_or(0))
    }

    /// `count` times the interval: the sums of that many values.
    pub const fn repeated(self, count: i64) -> Interval {
        Interval::new(self.lo.saturating_mul(count), self.hi.saturating_mul(count))
    }
}

/// The domain of intervals. A number that does not fit its lane is a fault.
#[derive(Clone, Copy, Debug, Default)]
pub struct Intervals;

/// A register: lanes of one width. A register of zeros can be read at any width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneIntervals {
    bits: u8,
    lanes: Vec<Interval>,
}

impl LaneIntervals {
    /// Bits of a lane.
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// The lanes.
    pub fn lanes(&self) -> &[Interval] {
        &self.lanes
    }

    /// Sixteen bytes that all lie in one interval.
    pub fn bytes(each: Interval) -> LaneIntervals {
        LaneIntervals { bits: 8, lanes: vec![each; 16] }
    }
}

/// Bit patterns are those of numbers that are not negative.
fn unsigned(a: &Interval) -> Result<(), Fault> {
    if a.lo >= 0 { Ok(()) } else { Err(Fault(format!("the bits of {}..={} are used", a.lo, a.hi))) }
}

/// The smallest 2^n − 1 that is not below `value`.
fn all_ones(value: i64) -> i64 {
    ((value as u64 + 1).next_power_of_two() - 1) as i64
}

const ZERO: Interval = Interval::new(0, 0);

impl Domain for Intervals {
    type Vector = LaneIntervals;
    type Int = Interval;

    fn lane(&self, v: &LaneIntervals, bits: u8, index: u8, _signed: bool) -> Result<Interval, Fault> {
        if v.bits == bits {
            return Ok(v.lanes.get(usize::from(index)).copied().unwrap_or(ZERO));
        }
        if v.lanes.iter().all(|&l| l == ZERO) {
            return Ok(ZERO);
        }
        Err(Fault(format!("lanes of {} bits are read as lanes of {bits}", v.bits)))
    }

    fn vector(&self, bits: u8, signed: bool, lanes: &[Interval]) -> Result<LaneIntervals, Fault> {
        let (lo, hi) = match (bits, signed) {
            (64, _) => (i64::MIN, i64::MAX),
            (_, true) => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            (_, false) => (0, (1 << bits) - 1),
        };
        for (i, lane) in lanes.iter().enumerate() {
            if lane.lo < lo || lane.hi > hi {
                let sign = if signed { "signed" } else { "unsigned" };
                return Err(Fault(format!(
                    "lane {i} may hold {}..={}, which does not fit {bits} bits {sign}",
                    lane.lo, lane.hi
                )));
            }
        }
        Ok(LaneIntervals { bits, lanes: lanes.to_vec() })
    }

    fn moved(&self, bits: u8, lanes: &[Interval]) -> Result<LaneIntervals, Fault> {
        Ok(LaneIntervals { bits, lanes: lanes.to_vec() })
    }

    fn int(&self, value: i64) -> Interval {
        Interval::new(value, value)
    }

    fn add(&self, a: &Interval, b: &Interval) -> Result<Interval, Fault> {
        Ok(a.plus(*b))
    }

    fn sub(&self, a: &Interval, b: &Interval) -> Result<Interval, Fault> {
        Ok(a.minus(*b))
    }

    fn mul(&self, a: &Interval, b: &Interval) -> Result<Interval, Fault> {
        Ok(a.times(*b))
    }

    fn and(&self, a: &Interval, b: &Interval) -> Result<Interval, Fault> {
        unsigned(a).and(unsigned(b))?;
        Ok(Interval::new(0, a.hi.min(b.hi)))
    }

    fn xor(&self, a: &Interval, b: &Interval) -> Result<Interval, Fault> {
        unsigned(a).and(unsigned(b))?;
        Ok(Interval::new(0, all_ones(a.hi.max(b.hi))))
    }

    fn and_not(&self, a: &Interval, b: &Interval) -> Result<Interval, Fault> {
        unsigned(a).and(unsigned(b))?;
        Ok(Interval::new(0, a.hi))
    }

    fn count_ones(&self, a: &Interval) -> Result<Interval, Fault> {
        unsigned(a)?;
        Ok(Interval::new(0, i64::from(all_ones(a.hi).count_ones())))
    }

    fn shift_right(&self, a: &Interval, by: u32) -> Result<Interval, Fault> {
        Ok(Interval::new(a.lo >> by, a.hi >> by))
    }

    fn step(&self, step: Step, a: &Interval, b: Option<&Interval>) -> Result<Interval, Fault> {
        steps::of_intervals(step, *a, b.copied().unwrap_or(ZERO))
    }

    fn float_add(&self, _: &Interval, _: &Interval) -> Result<Interval, Fault> {
        Err(Fault("floats have no intervals here".into()))
    }

    fn float_mul_add(&self, _: &Interval, _: &Interval, _: &Interval) -> Result<Interval, Fault> {
        Err(Fault("floats have no intervals here".into()))
    }
}
