//! `widenouter`: the outer-product form of the published 4-bit kernel (arXiv 2009.06488).
//!
//! Lanes run along the rows. Each value of the right side is repeated to all lanes (`dup`) and
//! multiplied with a column of the left panel; there is no final reduction, but a transposition.

use super::store::{Ends, Enter, Piece, RowStore};
use super::stream::Streams;
use super::unpack::Unpack;
use super::{Form, Position, by_sign};
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::{KernelSpec, Storage};

pub(super) struct WidenOuter {
    m: usize,
    n: usize,
    steps: usize,
    /// Depth values in a step.
    step: usize,
    rhs_bytes: i64,
    unpack: Unpack,
    low: Op,
    high: Op,
    widen: [Op; 2],
    enter: Enter,
    /// `acc[j][h]`: column j, rows 8h to 8h + 7.
    acc: Vec<Vec<Reg>>,
}

impl WidenOuter {
    pub(super) fn new(spec: &KernelSpec, b: &mut Builder) -> Self {
        let (m, n) = (usize::from(spec.register_tile.m), usize::from(spec.register_tile.n));
        let acc = (0..n).map(|j| (0..m / 8).map(|h| b.v(format!("acc[{h}][{j}]"))).collect()).collect();
        WidenOuter {
            m,
            n,
            steps: usize::from(spec.per_byte),
            step: usize::from(spec.k_block / u16::from(spec.per_byte)),
            rhs_bytes: spec.rhs_layout().block_bytes() as i64,
            unpack: Unpack::new(spec, b),
            low: by_sign(spec, Op::Smlal, Op::Umlal),
            high: by_sign(spec, Op::Smlal2, Op::Umlal2),
            widen: [by_sign(spec, Op::SshllH, Op::UshllH), by_sign(spec, Op::Sshll2H, Op::Ushll2H)],
            enter: if spec.storage == Storage::Negate { Enter::Minus } else { Enter::Plus },
            acc,
        }
    }

    /// Four rows from four columns.
    fn transpose(b: &mut Builder, [p, q, r, s]: [Reg; 4]) -> [Reg; 4] {
        let mut two = |op, x, y, name: &str| {
            let to = b.v(name);
            b.op(op, &[to, x, y]);
            to
        };
        let even = [two(Op::Trn1S, p, q, "even.lo"), two(Op::Trn1S, r, s, "even.hi")];
        let odd = [two(Op::Trn2S, p, q, "odd.lo"), two(Op::Trn2S, r, s, "odd.hi")];
        [
            two(Op::Zip1D, even[0], even[1], "row"),
            two(Op::Zip1D, odd[0], odd[1], "row"),
            two(Op::Zip2D, even[0], even[1], "row"),
            two(Op::Zip2D, odd[0], odd[1], "row"),
        ]
    }
}

impl Form for WidenOuter {
    fn accumulators(&self) -> Vec<Reg> {
        self.acc.concat()
    }

    fn constants(&self, b: &mut Builder) {
        self.unpack.constants(b);
    }

    fn block(&self, b: &mut Builder, streams: &mut Streams, _: Position) {
        let y = streams.rhs.load_all(b, self.rhs_bytes, "y");
        let y = self.unpack.values(b, y, "y");
        for (s, p) in (0..self.steps).flat_map(|s| (0..self.step).map(move |p| (s, p))) {
            let y = &y[s * y.len() / self.steps..];
            let x = streams.lhs[0].load_all(b, self.m as i64, "x");
            for j in 0..self.n {
                let (at, repeated) = (p * self.n + j, b.v("dup"));
                let op = if self.m >= 16 { Op::DupB16 } else { Op::DupB8 };
                b.imm(op, &[repeated, y[at / 16]], (at % 16) as i64);
                for (h, &acc) in self.acc[j].iter().enumerate() {
                    b.op(if h % 2 == 0 { self.low } else { self.high }, &[acc, x[h / 2], repeated]);
                }
            }
        }
    }

    fn flush(&self, b: &mut Builder, ends: &Ends, more: bool) {
        for piece in Piece::split(self.n) {
            let mut rows = RowStore::new(b, ends, more, &[piece]);
            let columns = rows.columns(b, piece);
            for group in 0..self.m / 4 {
                let wide = [0, 1, 2, 3].map(|c| {
                    let to = b.v(format!("wide[{c}]"));
                    b.op(self.widen[group % 2], &[to, self.acc[piece.column(c)][group / 2]]);
                    to
                });
                for raw in Self::transpose(b, wide) {
                    rows.begin_row(b);
                    rows.piece(b, self.enter, piece, columns, raw);
                    rows.end_row(b);
                }
            }
            rows.finish(b);
        }
    }
}
