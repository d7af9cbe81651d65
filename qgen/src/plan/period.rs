//! How many k-blocks may be summed before 16-bit lanes must be widened: found by running one
//! k-block over intervals, never typed in.

use crate::core::Addressing;
use crate::domain::{Domain, Fault, Interval, Intervals, LaneIntervals};
use crate::interp::{Interpreter, Store};
use crate::isa::Buffer;
use crate::lower::probe;
use qgen_spec::{Diagnostic, Field, KernelSpec, Range, Strategy};

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

/// What one k-block (one pass through the loop, where that ends its short sums) adds to a 16-bit lane
/// of an accumulator, at least and at most; `None` where lanes have 32 bits. Those are never widened,
/// so that wrapping is harmless: results fit 32 bits up to the k limit.
pub(crate) fn growth(spec: &KernelSpec, addressing: Addressing) -> Result<Option<Interval>, Diagnostic> {
    let (Some(lhs), Some(rhs)) = (spec.lhs.range(), spec.rhs_stored().range()) else {
        return Ok(None);
    };
    let blocks = if spec.widen_in_loop { spec.unroll } else { 1 };
    let probe = probe(spec, addressing, blocks);
    let bytes = Range::new(0, 255).expect("a byte");
    let mut memory = match spec.strategy {
        Strategy::Bits => Ranges { lhs: bytes, rhs: bytes },
        _ => Ranges { lhs, rhs },
    };
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
    let sums = probe.accumulators.iter().filter_map(|&acc| machine.v(acc)).filter(|v| v.bits() == 16);
    let lanes = sums.flat_map(|v| v.lanes().iter().copied());
    Ok(lanes.reduce(|all, lane| Interval::new(all.lo.min(lane.lo), all.hi.max(lane.hi))))
}

/// k-blocks between two widenings, a multiple of the unroll factor; `None` if k reaches the limit
/// of 32-bit results first.
pub(super) fn find(spec: &KernelSpec, addressing: Addressing) -> Result<Option<u32>, Diagnostic> {
    let Some(grown) = growth(spec, addressing)? else { return Ok(None) };
    let (lo, hi) = match crate::lower::is_signed(spec) {
        true => (i64::from(i16::MIN), i64::from(i16::MAX)),
        false => (0, i64::from(u16::MAX)),
    };
    let down = if grown.lo < 0 { lo / grown.lo } else { i64::MAX };
    let up = if grown.hi > 0 { hi / grown.hi } else { i64::MAX };
    let unroll = i64::from(spec.unroll);
    let blocks = down.min(up) / unroll * unroll;
    if blocks == 0 {
        return Err(Diagnostic::new(
            Field::Unroll,
            format!(
                "16-bit lanes do not hold the sums of {unroll} k-blocks of {} by {}",
                spec.lhs,
                spec.rhs_stored()
            ),
            "unroll less or use narrower ranges",
        ));
    }
    let needed = i64::from(spec.k_limit().div_ceil(spec.k_block.into()));
    Ok((blocks < needed).then_some(blocks.min(i64::from(u32::MAX)) as u32))
}
