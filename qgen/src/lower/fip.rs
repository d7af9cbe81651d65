//! `fip`: the fast inner product (S. Winograd, "A New Algorithm for Inner Product", IEEE Trans.
//! Computers C-17, 1968).
//!
//! For x of the left row and y of the right column, over pairs of depth values,
//!
//! ```text
//! Σ x₁y₁ + x₂y₂ = Σ (x₁ + y₂)(x₂ + y₁) − Σ x₁x₂ − Σ y₁y₂
//! ```
//!
//! The last two sums belong to one row and to one column; they are taken while packing and arrive
//! in `row_add` and `col_add`. Half of the multiplications become additions, which run on the
//! vector pipe that a multiplier leaves idle. Depth k pairs with k + 16 inside a block of 32, so
//! that nothing is shuffled.

use super::inner::{Mac, Product, Target};
use super::{Position, by_sign};
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::KernelSpec;

pub(super) struct Fip {
    add: Op,
    low: [Op; 2],
    high: [Op; 2],
    widening: Op,
}

impl Mac for Fip {
    fn new(spec: &KernelSpec) -> Self {
        Fip {
            add: by_sign(spec, Op::AddBS, Op::AddBU),
            low: [by_sign(spec, Op::Smull, Op::Umull), by_sign(spec, Op::Smlal, Op::Umlal)],
            high: [by_sign(spec, Op::Smull2, Op::Umull2), by_sign(spec, Op::Smlal2, Op::Umlal2)],
            widening: by_sign(spec, Op::SaddlpH, Op::UaddlpH),
        }
    }

    fn mac(&self, b: &mut Builder, into: &Target<'_>, x: &[Reg], y: &[Reg]) {
        let pairs = x.chunks_exact(2).zip(y.chunks_exact(2));
        for (part, (x, y)) in Position::all(x.len() as u16 / 2).zip(pairs) {
            let (s, t) = (b.v("s"), b.v("t"));
            b.op(self.add, &[s, x[0], y[1]]);
            b.op(self.add, &[t, x[1], y[0]]);
            let products = [self.low, self.high].map(|[begin, go_on]| Product { begin, go_on, x: s, y: t });
            into.add(b, part, &products);
        }
    }

    fn widening(&self) -> Option<Op> {
        Some(self.widening)
    }
}
