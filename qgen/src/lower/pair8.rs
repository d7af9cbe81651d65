//! `pair8`: the 8-bit baseline of gemmlowp and ruy. Two products share a 16-bit lane, which is
//! added pairwise into 32 bits at once.
//!
//! Two products of −128·−128 do not fit: where both sides may be −128 (or 255 unsigned), each
//! product gets a lane of its own, which costs one more instruction in four and stays exact.

use super::by_sign;
use super::inner::{Mac, Target};
use crate::isa::{Op, Reg};
use crate::plan::lane_sum_fits;
use crate::program::Builder;
use qgen_spec::KernelSpec;

pub(super) struct Pair8 {
    low: Op,
    high: Op,
    accumulate_high: Op,
    add: Op,
    share: bool,
}

impl Mac for Pair8 {
    fn new(spec: &KernelSpec) -> Self {
        Pair8 {
            low: by_sign(spec, Op::Smull, Op::Umull),
            high: by_sign(spec, Op::Smull2, Op::Umull2),
            accumulate_high: by_sign(spec, Op::Smlal2, Op::Umlal2),
            add: by_sign(spec, Op::SadalpH, Op::UadalpH),
            share: lane_sum_fits(spec, 2, 16),
        }
    }

    fn mac(&self, b: &mut Builder, into: &Target<'_>, x: &[Reg], y: &[Reg]) {
        let acc = into.sums[0];
        for (&x, &y) in x.iter().zip(y) {
            let t = b.v("t");
            b.op(self.low, &[t, x, y]);
            if self.share {
                b.op(self.accumulate_high, &[t, x, y]);
                b.op(self.add, &[acc, t]);
            } else {
                let u = b.v("u");
                b.op(self.high, &[u, x, y]);
                b.op(self.add, &[acc, t]);
                b.op(self.add, &[acc, u]);
            }
        }
    }

    fn widening(&self) -> Option<Op> {
        None
    }
}
