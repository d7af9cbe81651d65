//! How many k-blocks may be summed before 16-bit lanes must be widened: found by running one
//! k-block over intervals, never typed in.

use crate::core::Addressing;
use crate::domain::{Domain, Fault, Interval, Intervals, LaneIntervals};
use crate::interp::{Interpreter, Store};
use crate::isa::Buffer;
use crate::lower::probe;
use qgen_spec::{Diagnostic, Field, KernelSpec, Range};

/// Memory in which every byte of a side is any value of its range.
pub(super) struct Ranges {
    pub(super) lhs: Range,
    pub(super) rhs: Range,
}

impl Store<Intervals> for Ranges {
    fn load(&mut self, _: u64, _: u8, buffer: Option<Buffer>) -> Result<LaneIntervals, Fault> {
        let range = match buffer {
            Some(Buffer::Lhs) => self.lhs,
            Some(Buffer::Rhs) => self.rhs,
            _ => return Err(Fault("only operands are known here".into())),
        };
        Ok(LaneIntervals::bytes(Interval::new(range.lo().into(), range.hi().into())))
    }

    fn store(&mut self, _: u64, _: u8, _: Option<Buffer>, _: &LaneIntervals) -> Result<(), Fault> {
        Err(Fault("the main loop stores nothing".into()))
    }

    fn word(&self, _: &LaneIntervals) -> Option<u64> {
        None
    }
}

/// k-blocks between two widenings, a multiple of the unroll factor; `None` if k reaches the limit
/// of 32-bit results first.
pub(super) fn find(spec: &KernelSpec, addressing: Addressing) -> Result<Option<u32>, Diagnostic> {
    let (Some(lhs), Some(rhs)) = (spec.lhs.range(), spec.rhs_stored().range()) else {
        return Ok(None);
    };
    let probe = probe(spec, addressing, 1);
    let mut memory = Ranges { lhs, rhs };
    let mut machine = Interpreter::new(Intervals, probe.registers, &mut memory, 1 << 20);
    let zero = Intervals.vector(64, false, &[Interval::new(0, 0); 2]).expect("zero fits");
    for &acc in &probe.accumulators {
        machine.set_v(acc, zero.clone());
    }
    machine.block(&probe.block).map_err(|Fault(why)| {
        Diagnostic::new(
            Field::Strategy,
            format!("{} cannot hold {lhs} by {rhs}: {why}", spec.strategy),
            "use narrower ranges or another strategy",
        )
    })?;
    let mut blocks = i64::MAX;
    for &acc in &probe.accumulators {
        let sums = machine.v(acc).expect("the block writes every accumulator");
        let signed = crate::lower::is_signed(spec);
        let (lo, hi) = match (sums.bits(), signed) {
            (32, true) => (i64::from(i32::MIN), i64::from(i32::MAX)),
            (32, false) => (0, i64::from(u32::MAX)),
            (_, true) => (i64::from(i16::MIN), i64::from(i16::MAX)),
            (_, false) => (0, i64::from(u16::MAX)),
        };
        for lane in sums.lanes() {
            if lane.lo < 0 {
                blocks = blocks.min(lo / lane.lo);
            }
            if lane.hi > 0 {
                blocks = blocks.min(hi / lane.hi);
            }
        }
    }
    let unroll = i64::from(spec.unroll);
    let blocks = blocks / unroll * unroll;
    if blocks == 0 {
        return Err(Diagnostic::new(
            Field::Unroll,
            format!("16-bit lanes do not hold the sums of {unroll} k-blocks of {lhs} by {rhs}"),
            "unroll less or use narrower ranges",
        ));
    }
    let needed = i64::from(spec.k_limit().div_ceil(spec.k_block.into()));
    Ok((blocks < needed).then_some(blocks.min(i64::from(u32::MAX)) as u32))
}
