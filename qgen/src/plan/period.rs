//! The limits of depth, found over intervals and never typed in: how many k-blocks may be summed
//! before 16-bit lanes must be widened, by running one k-block; and the largest k, by what one product
//! adds to a 32-bit result.

use super::Stays;
use crate::core::Addressing;
use crate::domain::{Domain, Fault, Interval, Intervals, LaneIntervals};
use crate::interp::{Interpreter, Store};
use crate::isa::Buffer;
use crate::lower::{probe, unpacks};
use crate::program::Block;
use qgen_spec::{Diagnostic, Field, KernelSpec, Range, ResultBits, Strategy};

/// Memory in which every byte of a side is any value of its range, or padding.
pub(super) struct Ranges {
    lhs: Range,
    rhs: Range,
}

impl Ranges {
    /// What a kernel's operands are in memory; `None` for floats. Bytes of planes are anything.
    pub(super) fn of(spec: &KernelSpec) -> Option<Ranges> {
        if spec.strategy == Strategy::Bits {
            let bytes = Range::new(0, 255)?;
            return Some(Ranges { lhs: bytes, rhs: bytes });
        }
        Some(Ranges { lhs: spec.lhs.range()?, rhs: spec.rhs_stored().range()? })
    }
}

impl Store<Intervals> for Ranges {
    fn load(&mut self, _: u64, _: u8, buffer: Option<Buffer>) -> Result<LaneIntervals, Fault> {
        let range = match buffer {
            Some(Buffer::Lhs) => self.lhs,
            Some(Buffer::Rhs) => self.rhs,
            _ => return Err(Fault("only operands are known here".into())),
        };
        Ok(LaneIntervals::bytes(Interval::of_padded(range)))
    }

    fn store(&mut self, _: u64, _: u8, _: Option<Buffer>, _: &LaneIntervals) -> Result<(), Fault> {
        Err(Fault("the main loop stores nothing".into()))
    }

    fn word(&self, _: &LaneIntervals) -> Option<u64> {
        None
    }
}

/// Runs a block of a main loop. What unpacks values makes any stored value, whatever it is made of: that
/// it does is for proofs to show, which know where each value is in its byte.
pub(super) fn run(
    spec: &KernelSpec,
    machine: &mut Interpreter<'_, Intervals>,
    block: &Block,
) -> Result<(), Fault> {
    for inst in &block.insts {
        match spec.rhs_stored().range().filter(|_| unpacks(spec, inst.op())) {
            Some(stored) => {
                machine.set_v(inst.regs()[0], LaneIntervals::bytes(Interval::of_padded(stored)));
            }
            None => machine.block(&Block { role: block.role, insts: vec![*inst] })?,
        }
    }
    Ok(())
}

/// What one k-block (one pass through the loop, where that ends its short sums) adds to a 16-bit lane
/// of an accumulator, at least and at most; `None` where lanes have 32 bits. Those are never widened,
/// so that wrapping is harmless: results fit 32 bits up to the k limit.
pub(crate) fn growth(spec: &KernelSpec, addressing: Addressing) -> Result<Option<Interval>, Diagnostic> {
    let Some(mut memory) = Ranges::of(spec) else { return Ok(None) };
    let blocks = if spec.widen_in_loop { spec.unroll } else { 1 };
    // What is asked for ahead changes no value, whatever the lines.
    let probe = probe(spec, Stays::usual(spec), (addressing, 64), blocks);
    let mut machine = Interpreter::new(Intervals, probe.registers, &mut memory, 1 << 20);
    let zero = Intervals.vector(64, false, &[Interval::new(0, 0); 2]).expect("zero fits");
    for &acc in &probe.accumulators {
        machine.set_v(acc, zero.clone());
    }
    run(spec, &mut machine, &probe.block).map_err(|Fault(why)| {
        Diagnostic::new(
            Field::Strategy,
            format!("{} cannot hold {} by {}: {why}", spec.strategy, spec.lhs, spec.rhs_stored()),
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
    if spec.short {
        // Lanes may wrap: they are added up modulo 2¹⁶.
        return Ok(None);
    }
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
    let needed = i64::from(k_limit(spec).div_ceil(spec.k_block.into()));
    Ok((blocks < needed).then_some(blocks.min(i64::from(u32::MAX)) as u32))
}

/// What x·y may be, of the values as they are given, or nothing in their place; 0 for floats.
pub(crate) fn products(spec: &KernelSpec) -> Interval {
    let values = |r: Range| Interval::new(r.lo().into(), r.hi().into());
    let product = spec.lhs.range().zip(spec.rhs.range()).map(|(l, r)| values(l).times(values(r)));
    let zero = Interval::new(0, 0);
    product.map_or(zero, |p| p.joined(zero))
}

/// The largest k at which no result can leave the bits that it has (32, with either sign), whatever the
/// operands: beyond it a call is refused.
pub(super) fn k_limit(spec: &KernelSpec) -> u32 {
    let one = products(spec);
    let limit = match spec.result_bits() {
        ResultBits::Full => i64::from(i32::MAX).checked_div(one.hi.max(-one.lo)),
        ResultBits::Signed16 => {
            let down = i64::from(i16::MIN).checked_div(one.lo);
            down.into_iter().chain(i64::from(i16::MAX).checked_div(one.hi)).min()
        }
        ResultBits::Unsigned16 => i64::from(u16::MAX).checked_div(one.hi),
    };
    limit.and_then(|limit| u32::try_from(limit).ok()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_spec::Storage;

    fn spec(name: &str) -> KernelSpec {
        name.parse().unwrap()
    }

    fn find_by_name(name: &str) -> Option<u32> {
        find(&spec(name), Addressing::Offset).unwrap()
    }

    /// The numbers of the design notes, computed there by hand.
    #[test]
    fn limits_are_those_of_the_arithmetic() {
        // 145 products of 225 in a lane, two a block.
        assert_eq!(find_by_name("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72"), Some(72));
        assert_eq!(find_by_name("qgen_fip_4x4_lm8to7_rm8to7_t4x4k32u1_cortex_a72"), Some(63));
        assert_eq!(find_by_name("qgen_fip_4x4_l0to15_r0to15_t4x4k32u1_cortex_a72"), Some(36));
        assert_eq!(find_by_name("qgen_fip_3x3_lm32to31_rm31to32_t3x3k32u4_cortex_a72"), Some(4));
        assert_eq!(find_by_name("qgen_widenouter_24x8_l0to15_r0to15_t24x8k1u1_cortex_a72"), Some(291));
        // 29 by 19 levels, "4.6 bits": 14 · 9 · 260 ≤ 32767.
        assert_eq!(find_by_name("qgen_widenouter_8x8_lm14to14_rm9to9_t8x8k1u1_cortex_a72"), Some(260));
        assert_eq!(find_by_name("qgen_bits_4x4_lbin_rbin_t4x4k128u1_cortex_a72"), Some(4095));
        assert_eq!(find_by_name("qgen_dot_4x4_lm128to127_rm128to127_t4x4k16u1_neoverse_n1"), None);
    }

    #[test]
    fn padding_counts_where_zero_is_no_value() {
        // Sums of both sides are small, but a value beside padding is not.
        let mut spec = spec("qgen_fip_4x4_l20to31_rm31tom20_t4x4k32u1_cortex_a72");
        spec.storage = Storage::Keep;
        let grown = growth(&spec, Addressing::Offset).unwrap().unwrap();
        assert_eq!((grown.lo, grown.hi), (-2 * 31 * 31, 2 * 31 * 31));
    }

    #[test]
    fn the_largest_k_is_that_of_the_specification() {
        for name in [
            "qgen_pair8_4x4_l0to255_r0to255_t4x4k16u1_cortex_a72",
            "qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72",
            "qgen_fip_4x4_l0to127_r0to127_t4x4k32u1_cortex_a72",
            "qgen_bits_4x4_lbin_rbin_t4x4k128u1_cortex_a72",
            "qgen_f32_8x8_lf32_rf32_t8x8k1u4_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a72",
            "qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1s_cortex_a72",
        ] {
            let spec = spec(name);
            assert_eq!(k_limit(&spec), spec.k_limit(), "{name}");
        }
        assert_eq!(k_limit(&spec("qgen_pair8_4x4_l0to255_r0to255_t4x4k16u1_cortex_a72")), 33_025);
    }
}
