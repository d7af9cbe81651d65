//! `bits`: products of one-bit numbers are logic, their sum is a population count.
//!
//! A register holds one plane of 128 depth values. With x and y the planes of a row and a column:
//!
//! ```text
//! signs    (−1, 1):     Σ xy = k − 2·pop(x ⊕ y)
//! ternary × signs:      Σ xy = pop(m) − 2·pop(m ∧ (s ⊕ y))         m: not zero, s: negative
//! ternary × ternary:    Σ xy = 2·pop(m ∧ ¬(s ⊕ t)) − pop(m)        m = m_x ∧ m_y
//! binary numbers:       Σ xy = Σ_pq 2^(p+q)·pop(x_p ∧ y_q)
//! ```
//!
//! k and pop(m) of one side alone belong to `row_add` and `col_add`. Plane pairs of the same weight
//! p + q share an accumulator. Where columns come in eights, eight results share one, too: see `counts.rs`.

use super::inner::{Lanes, Mac, Target};
use super::store::Enter;
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::{KernelSpec, PlaneCode};

pub(super) struct Bits {
    lhs: PlaneCode,
    rhs: PlaneCode,
}

impl Bits {
    fn logic(b: &mut Builder, op: Op, x: Reg, y: Reg, name: &str) -> Reg {
        let to = b.v(name);
        b.op(op, &[to, x, y]);
        to
    }

    fn count(b: &mut Builder, bits: Reg) -> Reg {
        let to = b.v("count");
        b.op(Op::CntB, &[to, bits]);
        to
    }

    fn signs(&self) -> bool {
        self.lhs == PlaneCode::Sign || self.rhs == PlaneCode::Sign
    }

    /// By what the total of each accumulator is multiplied before it is added to a result.
    pub(super) fn factors(&self) -> Vec<i64> {
        match (self.lhs, self.rhs) {
            _ if self.signs() => vec![-2],
            (PlaneCode::Ternary, _) => vec![2, -1],
            _ => (0..self.sums()).map(|weight| 1 << weight).collect(),
        }
    }

    /// Makes the bytes of counts that a k-block adds to each accumulator of a result, and hands them to `add`.
    pub(super) fn counts(
        &self,
        b: &mut Builder,
        x: &[Reg],
        y: &[Reg],
        mut add: impl FnMut(&mut Builder, usize, Reg),
    ) {
        match (self.lhs, self.rhs) {
            (PlaneCode::Binary { .. }, PlaneCode::Binary { .. }) => {
                for weight in 0..self.sums() {
                    let mut all: Option<Reg> = None;
                    for (p, &x) in x.iter().enumerate() {
                        let Some(&y) = weight.checked_sub(p).and_then(|q| y.get(q)) else { continue };
                        let both = Self::logic(b, Op::AndB, x, y, "both");
                        let count = Self::count(b, both);
                        all = Some(match all {
                            Some(sum) => Self::logic(b, Op::AddBU, sum, count, "counts"),
                            None => count,
                        });
                    }
                    if let Some(counts) = all {
                        add(b, weight, counts);
                    }
                }
            }
            (PlaneCode::Ternary, PlaneCode::Ternary) => {
                let both = Self::logic(b, Op::AndB, x[0], y[0], "both");
                let differ = Self::logic(b, Op::EorB, x[1], y[1], "differ");
                let plus = Self::logic(b, Op::BicB, both, differ, "plus");
                let (plus, both) = (Self::count(b, plus), Self::count(b, both));
                add(b, 0, plus);
                add(b, 1, both);
            }
            _ => {
                // The sign plane is the last one of each side.
                let mut differ = Self::logic(b, Op::EorB, x[x.len() - 1], y[y.len() - 1], "differ");
                for side in [x, y] {
                    if side.len() > 1 {
                        differ = Self::logic(b, Op::AndB, differ, side[0], "differ");
                    }
                }
                let count = Self::count(b, differ);
                add(b, 0, count);
            }
        }
    }
}

impl Mac for Bits {
    fn new(spec: &KernelSpec) -> Self {
        let code = |o| PlaneCode::of(o).expect("the planner checks that operands have planes");
        Bits { lhs: code(spec.lhs), rhs: code(spec.rhs) }
    }

    fn sums(&self) -> usize {
        sums(self.lhs, self.rhs)
    }

    fn mac(&self, b: &mut Builder, into: &Target<'_>, x: &[Reg], y: &[Reg]) {
        self.counts(b, x, y, |b, sum, counts| b.op(Op::UadalpB, &[into.sums[sum], counts]));
    }

    fn widening(&self) -> Option<Op> {
        Some(Op::UaddlpH)
    }

    fn combine(&self, b: &mut Builder, lanes: Lanes, totals: &[Reg]) -> Reg {
        let mut two = |op, x, y| {
            let to = b.v("raw");
            b.op(op, &[to, x, y]);
            to
        };
        if self.signs() {
            return two(lanes.add, totals[0], totals[0]);
        }
        if self.lhs == PlaneCode::Ternary {
            let twice = two(lanes.add, totals[0], totals[0]);
            return two(lanes.sub, twice, totals[1]);
        }
        // Horner: the heaviest first, doubled on the way.
        let (&heaviest, lighter) = totals.split_last().expect("there is an accumulator");
        lighter.iter().rev().fold(heaviest, |sum, &next| {
            let twice = two(lanes.add, sum, sum);
            two(lanes.add, twice, next)
        })
    }

    fn enter(&self, _: &KernelSpec) -> Enter {
        if self.signs() { Enter::Minus } else { Enter::Plus }
    }
}

/// Accumulators of a result.
pub(crate) fn sums(lhs: PlaneCode, rhs: PlaneCode) -> usize {
    match (lhs, rhs) {
        (PlaneCode::Binary { planes: p, .. }, PlaneCode::Binary { planes: q, .. }) => usize::from(p + q) - 1,
        (PlaneCode::Ternary, PlaneCode::Ternary) => 2,
        _ => 1,
    }
}
