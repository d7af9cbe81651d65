//! `wideninner`: 8-bit products summed into 16-bit lanes that run along the depth.

use super::inner::{Mac, Product, Target};
use super::{Position, by_sign};
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::KernelSpec;

pub(super) struct WidenInner {
    low: [Op; 2],
    high: [Op; 2],
    widening: Op,
}

impl Mac for WidenInner {
    fn new(spec: &KernelSpec) -> Self {
        WidenInner {
            low: [by_sign(spec, Op::Smull, Op::Umull), by_sign(spec, Op::Smlal, Op::Umlal)],
            high: [by_sign(spec, Op::Smull2, Op::Umull2), by_sign(spec, Op::Smlal2, Op::Umlal2)],
            widening: by_sign(spec, Op::SaddlpH, Op::UaddlpH),
        }
    }

    fn mac(&self, b: &mut Builder, into: &Target<'_>, x: &[Reg], y: &[Reg]) {
        for (part, (&x, &y)) in Position::all(x.len() as u16).zip(x.iter().zip(y)) {
            let products = [self.low, self.high].map(|[begin, go_on]| Product { begin, go_on, x, y });
            into.add(b, part, &products);
        }
    }

    fn widening(&self) -> Option<Op> {
        Some(self.widening)
    }
}
