//! `dot`: dot products of four into 32-bit lanes (Armv8.2 `sdot`, `udot`; `usdot` from Armv8.6).

use super::by_signs;
use super::inner::{Mac, Target};
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::KernelSpec;

pub(super) struct Dot {
    dot: Op,
}

impl Mac for Dot {
    fn new(spec: &KernelSpec) -> Self {
        Dot { dot: by_signs(spec, Op::Sdot, Op::Udot, Op::Usdot) }
    }

    fn mac(&self, b: &mut Builder, into: &Target<'_>, x: &[Reg], y: &[Reg]) {
        for (&x, &y) in x.iter().zip(y) {
            b.op(self.dot, &[into.sums[0], x, y]);
        }
    }

    fn widening(&self) -> Option<Op> {
        None
    }
}
