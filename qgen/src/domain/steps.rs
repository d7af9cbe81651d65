//! The steps of ends over numbers, as the machine computes them, and over intervals.

use super::Fault;
use super::interval::Interval;
use crate::isa::Step;
use qgen_spec::{float_max, float_min};

const WORDS: Interval = Interval::new(i32::MIN as i64, i32::MAX as i64);

/// What a step makes of numbers; floats are given by their bits. `b` is not read where there is one operand.
pub(super) fn of_numbers(step: Step, a: i64, b: i64) -> i64 {
    // Shifts are given by the low byte of a lane.
    let by = i64::from(b as i8);
    let [x, y] = [a, b].map(|bits| f32::from_bits(bits as u32));
    let float = |value: f32| i64::from(value.to_bits());
    match step {
        // 32 places move any number of 32 bits out of its lane.
        Step::ShiftBy if by >= 0 => a << by.min(32),
        Step::ShiftBy => a >> (-by).min(63),
        Step::RoundingShiftBy if by >= 0 => a << by.min(32),
        // Of more places than 33 nothing is left, not even of half of one.
        Step::RoundingShiftBy => (a + (1 << ((-by).min(34) - 1))) >> (-by).min(34),
        Step::DoublingHigh => (a * b + (1 << 30)) >> 31,
        Step::Saturate { bits, signed } => {
            let Interval { lo, hi } = lane(bits, signed);
            a.clamp(lo, hi)
        }
        Step::Max => a.max(b),
        Step::Min => a.min(b),
        Step::FloatOf => float(a as i32 as f32),
        Step::FloatMul => float(x * y),
        Step::FloatMax => float(float_max(x, y)),
        Step::FloatMin => float(float_min(x, y)),
    }
}

/// Numbers among which is all that a step makes of the numbers of two intervals.
pub(super) fn of_intervals(step: Step, a: Interval, b: Interval) -> Result<Interval, Fault> {
    Ok(match step {
        // Of any shift: more than that is no lane of 32 bits.
        Step::ShiftBy => Interval::new(WORDS.lo << 32, WORDS.hi << 32),
        Step::RoundingShiftBy => WORDS,
        Step::DoublingHigh => Interval::new(WORDS.lo, -WORDS.lo),
        Step::Saturate { bits, signed } => {
            let Interval { lo, hi } = lane(bits, signed);
            Interval::new(a.lo.clamp(lo, hi), a.hi.clamp(lo, hi))
        }
        Step::Max => Interval::new(a.lo.max(b.lo), a.hi.max(b.hi)),
        Step::Min => Interval::new(a.lo.min(b.lo), a.hi.min(b.hi)),
        Step::FloatOf | Step::FloatMul | Step::FloatMax | Step::FloatMin => {
            return Err(Fault("floats have no intervals here".into()));
        }
    })
}

/// The numbers of a lane of at most 32 bits.
fn lane(bits: u8, signed: bool) -> Interval {
    super::symbolic::holds(bits, signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_and_products_are_those_of_the_manual() {
        let of = of_numbers;
        assert_eq!((of(Step::ShiftBy, -3, 4), of(Step::ShiftBy, -3, -1)), (-48, -2));
        assert_eq!(of(Step::ShiftBy, 1, 0x100), 1, "the low byte alone counts");
        assert_eq!([-3, -2, -1, 1, 2, 3].map(|a| of(Step::RoundingShiftBy, a, -1)), [-1, -1, 0, 1, 1, 2]);
        assert_eq!(of(Step::RoundingShiftBy, i32::MIN.into(), -31), -1);
        assert_eq!(of(Step::RoundingShiftBy, i32::MIN.into(), -128), 0);
        assert_eq!(of(Step::DoublingHigh, i32::MIN.into(), i32::MIN.into()), 1 << 31);
        assert_eq!([-3, -1, 1, 3].map(|a| of(Step::DoublingHigh, a, 1 << 30)), [-1, 0, 1, 2]);
        assert_eq!(of(Step::Saturate { bits: 8, signed: false }, -1, 0), 0);
        assert_eq!(of(Step::Saturate { bits: 16, signed: true }, 40_000, 0), 32_767);
        assert_eq!(f32::from_bits(of(Step::FloatOf, (1 << 24) + 1, 0) as u32), 16_777_216.0);
    }

    #[test]
    fn intervals_contain_what_numbers_become() {
        let steps = [
            Step::Saturate { bits: 8, signed: true },
            Step::Saturate { bits: 8, signed: false },
            Step::Max,
            Step::Min,
            Step::DoublingHigh,
            Step::ShiftBy,
            Step::RoundingShiftBy,
        ];
        let ends = [i32::MIN, -300, -1, 0, 5, 255, i32::MAX].map(i64::from);
        for step in steps {
            for (a, b) in ends.into_iter().flat_map(|a| ends.map(|b| (a, b))) {
                let one = |n| Interval::new(n, n);
                let found = of_intervals(step, one(a), one(b)).unwrap();
                // Shifts to the left wrap in their lane, or are saturated next.
                let value = match step {
                    Step::RoundingShiftBy => i64::from(of_numbers(step, a, b) as i32),
                    _ => of_numbers(step, a, b),
                };
                assert!(found.contains(one(value)), "{step:?} of {a} and {b}: {value}, {found:?}");
            }
        }
    }
}
