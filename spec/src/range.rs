//! Operand ranges: the one thing that decides how much headroom a lane has.

use crate::{Diagnostic, Field};
use alloc::format;
use core::fmt;
use core::str::FromStr;

/// The values an integer operand may take, `lo..=hi`, each kept in one byte.
///
/// `hi` is below 128 (the byte is read as signed) or `lo` is at least 0 (read as unsigned).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Range {
    lo: i16,
    hi: i16,
}

impl Range {
    /// `lo..=hi`, or `None` if it is empty or does not fit a byte.
    pub const fn new(lo: i16, hi: i16) -> Option<Range> {
        let fits = (lo >= -128 && hi <= 127) || (lo >= 0 && hi <= 255);
        if lo <= hi && fits { Some(Range { lo, hi }) } else { None }
    }

    /// The signed range of `bits` bits, −2^(bits−1) ..= 2^(bits−1)−1; `None` outside 2..=8.
    ///
    /// One bit is not a range in this sense: binary networks use {−1, 1}.
    pub const fn signed(bits: u32) -> Option<Range> {
        if bits < 2 || bits > 8 {
            return None;
        }
        let half = 1i16 << (bits - 1);
        Range::new(-half, half - 1)
    }

    /// The smallest value.
    pub const fn lo(self) -> i16 {
        self.lo
    }

    /// The largest value.
    pub const fn hi(self) -> i16 {
        self.hi
    }

    /// Whether `value` lies in the range.
    pub const fn contains(self, value: i16) -> bool {
        self.lo <= value && value <= self.hi
    }

    /// Whether a byte of this range is read as `i8`.
    pub const fn fits_i8(self) -> bool {
        self.hi <= 127
    }

    /// Whether a byte of this range is read as `u8`.
    pub const fn fits_u8(self) -> bool {
        self.lo >= 0
    }

    /// Whether every value fits `bits` bits (at most 8), read as a signed or as an unsigned number.
    pub const fn fits_bits(self, bits: u32) -> bool {
        let half = 1i16 << (bits - 1);
        (self.lo >= -half && self.hi < half) || (self.lo >= 0 && self.hi < 2 * half)
    }

    /// The range of the negated values, if it still fits a byte.
    pub const fn negated(self) -> Option<Range> {
        Range::new(-self.hi, -self.lo)
    }

    /// The range of `value - by`, if it still fits a byte.
    pub const fn shifted(self, by: i16) -> Option<Range> {
        match (self.lo.checked_sub(by), self.hi.checked_sub(by)) {
            (Some(lo), Some(hi)) => Range::new(lo, hi),
            _ => None,
        }
    }

    /// The largest |x·y| for x in `self` and y in `other`.
    pub const fn max_product(self, other: Range) -> i32 {
        let a = [self.lo as i32, self.hi as i32];
        let b = [other.lo as i32, other.hi as i32];
        let mut max = 0;
        let mut i = 0;
        while i < 4 {
            let p = (a[i / 2] * b[i % 2]).abs();
            if p > max {
                max = p;
            }
            i += 1;
        }
        max
    }

    /// Reads `-8..=7` (as users write it).
    ///
    /// # Errors
    /// A [`Diagnostic`] about `field`, if the text is no range, the range is empty or needs more
    /// than a byte.
    pub fn parse(text: &str, field: Field) -> Result<Range, Diagnostic> {
        let help = "write LO..=HI, for example -8..=7 or 0..=15";
        if let Some((lo, hi)) = text.split_once("..").filter(|(_, hi)| !hi.starts_with(['=', '.'])) {
            let closed = match hi.trim().parse::<i64>() {
                Ok(hi) if !lo.is_empty() => format!("{}..={}", lo.trim(), hi.saturating_sub(1)),
                _ => "LO..=HI".into(),
            };
            let problem = format!("`{text}` is a range without its last value");
            return Err(Diagnostic::new(field, problem, format!("write ..= and the last value: {closed}")));
        }
        let bad = || Diagnostic::new(field, format!("`{text}` is not a range of whole numbers"), help);
        let (lo, hi) = text.split_once("..=").ok_or_else(bad)?;
        let lo: i64 = lo.trim().parse().map_err(|_| bad())?;
        let hi: i64 = hi.trim().parse().map_err(|_| bad())?;
        Range::checked(lo, hi, field)
    }

    /// `lo..=hi`, with the reason where there is no such range.
    ///
    /// # Errors
    /// As [`Range::parse`].
    pub fn checked(lo: i64, hi: i64, field: Field) -> Result<Range, Diagnostic> {
        if lo > hi {
            return Err(Diagnostic::new(
                field,
                format!("the range {lo}..={hi} is empty"),
                format!("put the smaller number first: {hi}..={lo}"),
            ));
        }
        let narrow = |v: i64| i16::try_from(v).ok();
        narrow(lo).zip(narrow(hi)).and_then(|(lo, hi)| Range::new(lo, hi)).ok_or_else(|| {
            Diagnostic::new(
                field,
                format!("the range {lo}..={hi} does not fit one byte"),
                "stay inside -128..=127 or inside 0..=255",
            )
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..={}", self.lo, self.hi)
    }
}

/// How {−1, 1} is written.
const BINARY: &str = "-1 or 1";

/// What one side of a multiplication holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operand {
    /// Integers of a range, one per byte.
    Int(Range),
    /// −1 or 1, one per byte: what `bits = 1` means. No zero, so that one bit suffices.
    Binary,
    /// 32-bit floats (the rival to measure against).
    F32,
}

impl Operand {
    /// The integer range, if it is one.
    pub const fn range(self) -> Option<Range> {
        match self {
            Operand::Int(r) => Some(r),
            Operand::Binary => Range::new(-1, 1),
            Operand::F32 => None,
        }
    }

    /// Whether the operand may take `value`.
    pub const fn contains(self, value: i16) -> bool {
        match self {
            Operand::Int(r) => r.contains(value),
            Operand::Binary => value == -1 || value == 1,
            Operand::F32 => false,
        }
    }

    /// Whether every value of `other` is one of `self`.
    pub const fn covers(self, other: Operand) -> bool {
        match (self, other) {
            (Operand::F32, Operand::F32) | (Operand::Binary, Operand::Binary) => true,
            (Operand::Int(a), Operand::Int(b)) => a.lo <= b.lo && b.hi <= a.hi,
            (Operand::Int(a), Operand::Binary) => a.lo <= -1 && 1 <= a.hi,
            _ => false,
        }
    }

    /// The operand of `bits` bits: {−1, 1} for one, else the signed range.
    pub const fn of_bits(bits: u32) -> Option<Operand> {
        if bits == 1 {
            return Some(Operand::Binary);
        }
        match Range::signed(bits) {
            Some(range) => Some(Operand::Int(range)),
            None => None,
        }
    }

    /// The operand of `levels` levels around zero: −⌊levels/2⌋ ..= ⌊levels/2⌋ for an odd count, one
    /// value less above for an even one ("4.6 bits" is 23 levels, −11..=11). `None` outside 2..=256.
    pub const fn of_levels(levels: u32) -> Option<Operand> {
        if levels < 2 || levels > 256 {
            return None;
        }
        let half = (levels / 2) as i16;
        match Range::new(-half, half - 1 + (levels % 2) as i16) {
            Some(range) => Some(Operand::Int(range)),
            None => None,
        }
    }

    /// Reads what users write: a range, or `binary` (−1 or 1), `ternary` (−1..=1) or `f32`; and what
    /// [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// As [`Range::parse`].
    pub fn parse(text: &str, field: Field) -> Result<Operand, Diagnostic> {
        match text {
            "f32" => Ok(Operand::F32),
            "binary" | BINARY => Ok(Operand::Binary),
            "ternary" => Range::checked(-1, 1, field).map(Operand::Int),
            _ => Range::parse(text, field).map(Operand::Int),
        }
    }

    /// How many values there are; 1 for floats.
    pub const fn values(self) -> u32 {
        match self {
            Operand::Int(r) => (r.hi as i32 - r.lo as i32 + 1) as u32,
            Operand::Binary => 2,
            Operand::F32 => 1,
        }
    }

    /// The largest k for which no sum of k products of the two can leave 32 bits:
    /// ⌊(2³¹−1) / max |x·y|⌋. Unlimited for floats.
    pub const fn k_limit(self, other: Operand) -> u32 {
        match (self.range(), other.range()) {
            (Some(l), Some(r)) => match l.max_product(r) {
                0 => u32::MAX,
                max => (i32::MAX / max) as u32,
            },
            _ => u32::MAX,
        }
    }

    /// Bytes per value.
    pub const fn bytes(self) -> usize {
        match self {
            Operand::Int(_) | Operand::Binary => 1,
            Operand::F32 => 4,
        }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Operand::Int(r) => r.fmt(f),
            Operand::Binary => f.write_str(BINARY),
            Operand::F32 => f.write_str("f32"),
        }
    }
}

/// How the side that is packed ahead of time is kept: a free choice of the planner, because the
/// sums that correct for it are taken while packing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Storage {
    /// As given.
    Keep,
    /// `-value`: −8..7 becomes −7..8, and the kernel subtracts its sum. One value more of headroom.
    Negate,
    /// `value - by`: a zero point that moves along.
    Shift(i16),
}

impl Storage {
    /// The range that is stored for values of `range`, if it fits a byte.
    pub const fn stored(self, range: Range) -> Option<Range> {
        match self {
            Storage::Keep => Some(range),
            Storage::Negate => range.negated(),
            Storage::Shift(by) => range.shifted(by),
        }
    }

    /// The byte value that is stored for `value`.
    pub const fn apply(self, value: i16) -> i16 {
        match self {
            Storage::Keep => value,
            Storage::Negate => -value,
            Storage::Shift(by) => value - by,
        }
    }

    /// The sign with which the kernel's raw sum enters the result.
    pub const fn sign(self) -> i32 {
        match self {
            Storage::Negate => -1,
            Storage::Keep | Storage::Shift(_) => 1,
        }
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Storage::Keep => f.write_str("kept"),
            Storage::Negate => f.write_str("negated"),
            Storage::Shift(by) => write!(f, "minus {by}"),
        }
    }
}

impl FromStr for Range {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Self, Diagnostic> {
        Range::parse(text, Field::Lhs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_range_is_inside_one_byte() {
        assert!(Range::new(-128, 127).is_some());
        assert!(Range::new(0, 255).is_some());
        assert!(Range::new(-1, 128).is_none());
        assert!(Range::new(1, 0).is_none());
        assert_eq!(Range::signed(4), Range::new(-8, 7));
        assert_eq!(Range::signed(9), None);
    }

    #[test]
    fn narrow_bits_are_signed_or_unsigned() {
        let fits = |lo, hi, bits| Range::new(lo, hi).unwrap().fits_bits(bits);
        assert!(fits(-8, 7, 4) && fits(0, 15, 4) && fits(-2, 1, 2) && fits(3, 3, 2) && fits(0, 255, 8));
        assert!(!fits(-7, 8, 4) && !fits(1, 16, 4) && !fits(-1, 2, 2) && !fits(-9, 0, 4) && !fits(0, 4, 2));
    }

    #[test]
    fn negation_buys_one_value_of_headroom() {
        let r = Range::new(-8, 7).unwrap();
        assert_eq!(r.negated(), Range::new(-7, 8));
        assert_eq!(r.max_product(r), 64);
        assert_eq!(Range::new(-128, 127).unwrap().negated(), None);
        assert_eq!(
            (r.shifted(-8), r.shifted(i16::MIN), r.shifted(i16::MAX)),
            (Range::new(0, 15), None, None)
        );
        assert_eq!(Storage::Negate.apply(-8), 8);
    }

    #[test]
    fn operands_are_read_as_they_are_written() {
        for operand in [Operand::Binary, Operand::F32, Operand::of_bits(4).unwrap()] {
            assert_eq!(Operand::parse(&operand.to_string(), Field::Lhs), Ok(operand));
        }
        assert_eq!(Operand::parse("binary", Field::Lhs), Ok(Operand::Binary));
        assert_eq!(Operand::parse("ternary", Field::Lhs), Ok(Operand::Int(Range::new(-1, 1).unwrap())));
        assert_eq!(Operand::of_bits(1), Some(Operand::Binary));
        assert_eq!(Operand::of_bits(9), None);
    }

    #[test]
    fn levels_lie_around_zero() {
        let range = |levels| Operand::of_levels(levels).and_then(Operand::range);
        assert_eq!(range(23), Range::new(-11, 11));
        assert_eq!(range(16), Range::new(-8, 7));
        assert_eq!(range(2), Range::new(-1, 0));
        assert_eq!(range(256), Range::new(-128, 127));
        assert_eq!(range(257), None);
        assert_eq!(Operand::of_levels(19).map(Operand::values), Some(19));
    }

    #[test]
    fn an_operand_covers_its_values() {
        let int = |lo, hi| Operand::Int(Range::new(lo, hi).unwrap());
        assert!(int(-8, 7).covers(Operand::Binary) && int(-8, 7).covers(int(-8, 7)));
        assert!(!Operand::Binary.covers(int(-1, 1)), "0 is no value of it");
        assert!(!int(0, 7).covers(Operand::Binary) && !int(-8, 7).covers(Operand::F32));
        assert!(Operand::Binary.contains(-1) && !Operand::Binary.contains(0));
    }

    #[test]
    fn a_bad_range_says_what_is_possible() {
        let e = Range::parse("7..=-8", Field::Rhs).unwrap_err();
        assert_eq!(e.to_string(), "rhs: the range 7..=-8 is empty; put the smaller number first: -8..=7");
        let e = Range::parse("-8..=200", Field::Lhs).unwrap_err();
        assert!(e.to_string().contains("does not fit one byte"), "{e}");
        let e = Range::parse("-8..8", Field::Lhs).unwrap_err();
        assert!(e.to_string().ends_with("write ..= and the last value: -8..=7"), "{e}");
        assert!(Range::parse("four", Field::Lhs).is_err());
        assert!(Range::parse("-9999999999999999999..=1", Field::Lhs).is_err());
    }
}
