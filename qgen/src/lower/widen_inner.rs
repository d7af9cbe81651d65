//! `wideninner`: 8-bit products summed into 16-bit lanes that run along the depth.

use super::by_sign;
use super::inner::Mac;
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::KernelSpec;

pub(super) struct WidenInner {
    low: Op,
    high: Op,
    widening: Op,
}

impl Mac for WidenInner {
    fn new(spec: &KernelSpec) -> Self {
        WidenInner {
            low: by_sign(spec, Op::Smlal, Op::Umlal),
            high: by_sign(spec, Op::Smlal2, Op::Umlal2),
            widening: by_sign(spec, Op::SaddlpH, Op::UaddlpH),
        }
    }

    fn mac(&self, b: &mut Builder, acc: Reg, x: &[Reg], y: &[Reg]) {
        for (&x, &y) in x.iter().zip(y) {
            b.op(self.low, &[acc, x, y]);
            b.op(self.high, &[acc, x, y]);
        }
    }

    fn widening(&self) -> Option<Op> {
        Some(self.widening)
    }
}
