//! `byte`: products and short sums in 8-bit lanes, then pairwise into 16 bits.
//!
//! A 128-bit `mul` makes sixteen products where `smull` makes eight. As many products as fit eight
//! bits are summed before they are widened: two for −8..7 × −7..8, eight for −4..3 × −3..4.
//!
//! Up to four, a result's sum is finished before the next one begins: the k-block of a line is held in
//! registers. Deeper ones go on for all results side by side, a chunk of 16 depth values after another, and
//! are widened after the last.

use super::inner::{Mac, Target};
use super::{Position, by_sign};
use crate::isa::{Op, Reg};
use crate::plan::byte_depth;
use crate::program::Builder;
use qgen_spec::KernelSpec;

pub(super) struct Byte {
    first: Op,
    next: Op,
    widen: Op,
    widening: Op,
    /// Products that are summed in 8 bits.
    depth: usize,
}

impl Mac for Byte {
    fn new(spec: &KernelSpec) -> Self {
        Byte {
            first: by_sign(spec, Op::MulS, Op::MulU),
            next: by_sign(spec, Op::MlaS, Op::MlaU),
            widen: by_sign(spec, Op::SadalpB, Op::UadalpB),
            widening: by_sign(spec, Op::SaddlpH, Op::UaddlpH),
            depth: byte_depth(spec),
        }
    }

    fn mac(&self, b: &mut Builder, into: &Target<'_>, x: &[Reg], y: &[Reg]) {
        if let Some((sum, at)) = into.bytes {
            return self.add(b, into, sum, at, (x[0], y[0]));
        }
        for (x, y) in x.chunks(self.depth).zip(y.chunks(self.depth)) {
            let sum = b.v("t");
            for (at, (&x, &y)) in Position::all(x.len() as u16).zip(x.iter().zip(y)) {
                self.add(b, into, sum, at, (x, y));
            }
        }
    }

    fn widening(&self) -> Option<Op> {
        Some(self.widening)
    }
}

impl Byte {
    /// Adds a product to a sum of bytes, which begins with its first one and is widened after its last.
    fn add(&self, b: &mut Builder, into: &Target<'_>, sum: Reg, at: Position, (x, y): (Reg, Reg)) {
        b.op(if at.first { self.first } else { self.next }, &[sum, x, y]);
        if at.last {
            b.op(self.widen, &[into.sums[0], sum]);
        }
    }
}
