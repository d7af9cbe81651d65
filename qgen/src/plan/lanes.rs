//! What lanes may hold on the way through the main loop: the arithmetic behind the period, made
//! visible by running one pass over intervals.

use super::Plan;
use super::period::{Ranges, run};
use crate::domain::{Domain, Fault, Interval, Intervals};
use crate::interp::Interpreter;
use crate::isa::{Meaning, Op, Reg};
use crate::lower::{is_signed, unpacks};
use crate::program::{Block, BlockRole, Program, Virtual};

/// What the results of one kind of instruction may be, over one pass through the main loop that
/// begins with sums of zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneRange {
    /// The instruction.
    pub op: Op,
    /// Bits of a lane of the result.
    pub bits: u8,
    /// All values that a lane may hold.
    pub range: Interval,
    /// All values for which it has room.
    pub room: Interval,
    /// Whether the results are the sums that stay in registers.
    pub sums: bool,
    /// Whether they wrap on the way, as those of the form for short k may: results are right modulo 2¹⁶.
    pub wraps: bool,
}

impl LaneRange {
    /// How often such a value can be added up before a lane is full; `None` where it is always 0, and where
    /// lanes wrap anyway.
    pub fn times(&self) -> Option<i64> {
        if self.wraps {
            return None;
        }
        let down = (self.range.lo < 0).then(|| self.room.lo / self.range.lo);
        let up = (self.range.hi > 0).then(|| self.room.hi / self.range.hi);
        down.into_iter().chain(up).min()
    }
}

/// The lanes' ranges in the main loop of `lowered`, an entry for each kind of arithmetic instruction
/// in the order of its first appearance; those that unpack values are not shown. Floats have none.
///
/// # Errors
/// If a lane overflows, which the planner rules out.
pub fn lane_ranges(plan: &Plan, lowered: &Program<Virtual>) -> Result<Vec<LaneRange>, Fault> {
    let Some(mut memory) = Ranges::of(&plan.spec) else { return Ok(Vec::new()) };
    let mut machine = Interpreter::new(Intervals, lowered.stage.regs.len(), &mut memory, 1 << 20);
    let mut sums: Vec<Reg> = Vec::new();
    for block in lowered.blocks(BlockRole::Zero) {
        sums.extend(block.insts.iter().flat_map(|inst| inst.writes()).map(|(_, reg)| reg));
        machine.block(block)?;
    }
    let signed = is_signed(&plan.spec);
    let mut ranges: Vec<LaneRange> = Vec::new();
    for inst in &lowered.steady().insts {
        let ran = run(&plan.spec, &mut machine, &Block { role: BlockRole::Steady, insts: vec![*inst] });
        if !matches!(inst.row().meaning, Meaning::Lanes(_)) || unpacks(&plan.spec, inst.op()) {
            ran?;
            continue;
        }
        let to = inst.regs()[0];
        let wraps = ran.is_err() && plan.spec.short && sums.contains(&to);
        if wraps {
            machine.set_v(to, Intervals.vector(16, signed, &[room(16, signed); 8])?);
        } else {
            ran?;
        }
        let Some(result) = machine.v(to) else { continue };
        let all = result.lanes().iter().copied().reduce(Interval::joined);
        let Some(range) = all else { continue };
        match ranges.iter_mut().find(|known| known.op == inst.op()) {
            Some(known) => {
                known.range = known.range.joined(range);
                known.wraps |= wraps;
            }
            None => {
                let (op, bits, sums) = (inst.op(), result.bits(), sums.contains(&to));
                ranges.push(LaneRange { op, bits, range, room: room(bits, signed), sums, wraps });
            }
        }
    }
    Ok(ranges)
}

/// All values that a lane has room for.
fn room(bits: u8, signed: bool) -> Interval {
    if signed {
        Interval::new(-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    } else {
        Interval::new(0, (1 << bits) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;

    fn ranges(name: &str) -> Vec<LaneRange> {
        let kernel = compile_name(name).unwrap();
        lane_ranges(kernel.plan(), kernel.lowered()).unwrap()
    }

    #[test]
    fn the_period_is_what_the_lanes_leave_room_for() {
        for name in [
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u2_cortex_a72",
            "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53",
            "qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a72",
            "qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72",
        ] {
            let kernel = compile_name(name).unwrap();
            let lanes = lane_ranges(kernel.plan(), kernel.lowered()).unwrap();
            let passes = lanes.iter().filter(|lane| lane.sums).filter_map(LaneRange::times).min();
            let unroll = i64::from(kernel.plan().spec.unroll);
            assert_eq!(passes.map(|p| p * unroll), kernel.plan().period.map(i64::from), "{name}");
        }
    }

    #[test]
    fn sums_of_operands_and_products_are_seen() {
        let lanes = ranges("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72");
        let seen: Vec<_> = lanes.iter().map(|l| (l.op, l.bits, l.range.lo, l.range.hi, l.sums)).collect();
        assert_eq!(
            seen,
            [
                (Op::AddBS, 8, -15, 15, false),
                (Op::Smlal, 16, -225, 225, true),
                (Op::Smlal2, 16, -450, 450, true)
            ]
        );
        assert_eq!(lanes[2].times(), Some(72));
        assert!(ranges("qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a72").is_empty());
    }

    /// The form for short k adds up modulo 2¹⁶: a pass may wrap, and then no count of passes is too large.
    #[test]
    fn sums_for_short_k_may_wrap() {
        let lanes = ranges("qgen_wideninner_4x4_lm64to63_rm64to63neg_t4x4k16u8s_cortex_a72");
        assert!(!lanes.is_empty());
        for lane in lanes {
            let all = (lane.range, lane.times());
            assert!(lane.sums && lane.wraps && all == (lane.room, None), "{lane:?}");
        }
        let lanes = ranges("qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1s_cortex_a72");
        assert!(!lanes.is_empty());
        assert!(lanes.iter().all(|lane| !lane.wraps && lane.times().is_some()), "{lanes:?}");
    }
}
