//! Inner-product form: lanes run along the depth.
//!
//! A vector holds 16 consecutive depth values of one line. Each result has an accumulator of its
//! own, whose lanes are added up once, at the end. Nothing is duplicated or shuffled, and the left
//! side is read as it lies in memory.

use super::Form;
use super::store::{Ends, Enter, Piece, RowStore};
use super::stream::Streams;
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::{KernelSpec, Storage};

/// What one multiply-accumulate of two lines' k-block is.
pub(super) trait Mac {
    /// For operands of `spec`.
    fn new(spec: &KernelSpec) -> Self;

    /// Adds the products of `x` and `y`, each 16 depth values a register, to `acc`.
    fn mac(&self, b: &mut Builder, acc: Reg, x: &[Reg], y: &[Reg]);

    /// How four accumulator lanes' worth of sums become 32 bits: the pairwise widening, if the
    /// accumulators have 16-bit lanes.
    fn widening(&self) -> Option<Op>;
}

struct Inner<M> {
    mac: M,
    m: usize,
    n: usize,
    chunks: usize,
    enter: Enter,
    acc: Vec<Vec<Reg>>,
}

pub(super) fn form<M: Mac + 'static>(spec: &KernelSpec, b: &mut Builder) -> Box<dyn Form> {
    let (m, n) = (usize::from(spec.register_tile.m), usize::from(spec.register_tile.n));
    let mut acc = Vec::with_capacity(m);
    for i in 0..m {
        acc.push((0..n).map(|j| b.v(format!("acc[{i}][{j}]"))).collect());
    }
    Box::new(Inner {
        mac: M::new(spec),
        m,
        n,
        chunks: usize::from(spec.k_block / 16),
        enter: if spec.storage == Storage::Negate { Enter::Minus } else { Enter::Plus },
        acc,
    })
}

impl<M: Mac> Form for Inner<M> {
    fn accumulators(&self) -> Vec<Reg> {
        self.acc.concat()
    }

    fn block(&self, b: &mut Builder, streams: &mut Streams) {
        // The side with fewer lines stays in registers; the other passes by, line after line.
        let columns_held = self.n <= self.m;
        let line = |b: &mut Builder, streams: &mut Streams, lhs: bool, i: usize| -> Vec<Reg> {
            let side = if lhs { "x" } else { "y" };
            (0..self.chunks)
                .map(|c| {
                    let reg = b.v(format!("{side}[{i}].{c}"));
                    if lhs {
                        streams.lhs[i].load(b, reg, 16);
                    } else {
                        streams.rhs.load(b, reg, 16);
                    }
                    reg
                })
                .collect()
        };
        if columns_held {
            let y: Vec<_> = (0..self.n).map(|j| line(b, streams, false, j)).collect();
            for i in 0..self.m {
                let x = line(b, streams, true, i);
                for (j, y) in y.iter().enumerate() {
                    self.mac.mac(b, self.acc[i][j], &x, y);
                }
            }
        } else {
            let x: Vec<_> = (0..self.m).map(|i| line(b, streams, true, i)).collect();
            for j in 0..self.n {
                let y = line(b, streams, false, j);
                for (i, x) in x.iter().enumerate() {
                    self.mac.mac(b, self.acc[i][j], x, &y);
                }
            }
        }
    }

    fn flush(&self, b: &mut Builder, ends: &Ends, more: bool) {
        let pieces = Piece::split(self.n);
        let mut rows = RowStore::new(b, ends, self.enter, more);
        let columns: Vec<_> = pieces.iter().map(|&p| rows.columns(b, p)).collect();
        for i in 0..self.m {
            rows.begin_row(b);
            for (&piece, &columns) in pieces.iter().zip(&columns) {
                let raw = self.reduce(b, &self.acc[i], piece);
                rows.piece(b, piece, columns, raw);
            }
            if i + 1 < self.m {
                rows.end_row(b);
            }
        }
    }
}

impl<M: Mac> Inner<M> {
    /// Lane c of the result is the sum of all lanes of the accumulator of the piece's column c.
    fn reduce(&self, b: &mut Builder, acc: &[Reg], piece: Piece) -> Reg {
        let mut wide = Vec::with_capacity(4);
        for c in 0..piece.width {
            let from = acc[piece.column(c)];
            wide.push(match self.mac.widening() {
                Some(op) => {
                    let to = b.v(format!("wide[{c}]"));
                    b.op(op, &[to, from]);
                    to
                }
                None => from,
            });
        }
        // a0+a1 a2+a3 b0+b1 b2+b3, then Σa Σb Σc Σd.
        let last = piece.width - 1;
        let (ab, cd, all) = (b.v("pairs.lo"), b.v("pairs.hi"), b.v("sums"));
        b.op(Op::AddpS, &[ab, wide[0], wide[1.min(last)]]);
        if piece.width < 4 {
            b.op(Op::AddpS, &[all, ab, ab]);
        } else {
            b.op(Op::AddpS, &[cd, wide[2], wide[3]]);
            b.op(Op::AddpS, &[all, ab, cd]);
        }
        all
    }
}
