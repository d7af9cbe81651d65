//! `mmla`: matrix products of two rows by two columns, eight deep (Armv8.6 i8mm).
//!
//! A register holds eight depth values of two lines. An accumulator holds the four results of two
//! rows and two columns.

use super::store::{Ends, Enter, Piece, RowStore};
use super::stream::{Stream, Streams};
use super::unpack::Unpack;
use super::{Form, Position, by_signs};
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::{KernelSpec, Storage};
use std::ops::Range;

pub(super) struct Mmla {
    multiply: Op,
    enter: Enter,
    n: usize,
    /// Steps in a block.
    steps: usize,
    unpack: Unpack,
    /// `acc[i][j]`: rows 2i and 2i + 1, columns 2j and 2j + 1.
    acc: Vec<Vec<Reg>>,
}

impl Mmla {
    pub(super) fn new(spec: &KernelSpec, b: &mut Builder) -> Self {
        let (m, n) = (usize::from(spec.register_tile.m), usize::from(spec.register_tile.n));
        let acc = (0..m / 2).map(|i| (0..n / 2).map(|j| b.v(format!("acc[{i}][{j}]"))).collect()).collect();
        Mmla {
            multiply: by_signs(spec, Op::Smmla, Op::Ummla, Op::Usmmla),
            enter: if spec.storage == Storage::Negate { Enter::Minus } else { Enter::Plus },
            n,
            steps: spec.per_byte.into(),
            unpack: Unpack::new(spec, b),
            acc,
        }
    }
}

impl Mmla {
    /// Whether the right side's registers of a block stay, and the left side's pass by.
    fn holds_y(&self) -> bool {
        self.n / 2 <= self.acc.len()
    }

    /// Columns 2j and 2j + 1 for each j of the range, a register for each step.
    fn columns(&self, b: &mut Builder, streams: &mut Streams, range: Range<usize>) -> Vec<Vec<Reg>> {
        let names: Vec<String> = range.map(|j| format!("y[{j}]")).collect();
        let bytes = load(b, &mut streams.rhs, &names);
        let unpacked = bytes.into_iter().zip(&names).map(|(y, name)| self.unpack.values(b, vec![y], name));
        unpacked.collect()
    }
}

fn load(b: &mut Builder, stream: &mut Stream, names: &[String]) -> Vec<Reg> {
    let regs: Vec<Reg> = names.iter().map(|name| b.v(name)).collect();
    stream.load_registers(b, &regs);
    regs
}

impl Form for Mmla {
    fn accumulators(&self) -> Vec<Reg> {
        self.acc.concat()
    }

    fn constants(&self, b: &mut Builder) {
        self.unpack.constants(b);
    }

    fn block(&self, b: &mut Builder, streams: &mut Streams, _: Position) {
        let (lines, columns) = (self.acc.len(), self.n / 2);
        let together = streams.lines_at_once(self.holds_y(), 1);
        let groups = |count: usize| (0..count).step_by(together).map(move |at| at..count.min(at + together));
        let names = |range: Range<usize>| range.map(|i| format!("x[{i}]")).collect::<Vec<_>>();
        if self.holds_y() {
            let y = self.columns(b, streams, 0..columns);
            for s in 0..self.steps {
                for rows in groups(lines) {
                    let x = load(b, &mut streams.lhs[0], &names(rows.clone()));
                    for (row, x) in self.acc[rows].iter().zip(x) {
                        for (&acc, y) in row.iter().zip(&y) {
                            b.op(self.multiply, &[acc, x, y[s]]);
                        }
                    }
                }
            }
        } else {
            let x = load(b, &mut streams.lhs[0], &names(0..self.steps * lines));
            for range in groups(columns) {
                for (j, y) in range.clone().zip(self.columns(b, streams, range)) {
                    for (y, x) in y.into_iter().zip(x.chunks(lines)) {
                        for (row, &x) in self.acc.iter().zip(x) {
                            b.op(self.multiply, &[row[j], x, y]);
                        }
                    }
                }
            }
        }
    }

    fn flush(&self, b: &mut Builder, ends: &Ends, more: bool) {
        let pieces = Piece::split(self.n);
        let mut rows = RowStore::new(b, ends, more, &pieces);
        let columns: Vec<_> = pieces.iter().map(|&p| rows.columns(b, p)).collect();
        for (i, row) in self.acc.iter().enumerate() {
            for (half, zip) in [Op::Zip1D, Op::Zip2D].into_iter().enumerate() {
                rows.begin_row(b);
                for (&piece, &columns) in pieces.iter().zip(&columns) {
                    let first = piece.at / 2;
                    let raw = b.v("row");
                    b.op(zip, &[raw, row[first], row[(first + 1).min(row.len() - 1)]]);
                    rows.piece(b, self.enter, piece, columns, raw);
                }
                if 2 * i + half + 1 < 2 * self.acc.len() {
                    rows.end_row(b);
                }
            }
        }
        rows.finish(b);
    }
}
