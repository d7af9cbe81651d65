//! `bits` where columns come in eights: eight results share an accumulator.
//!
//! ```text
//!   counts of 8 results     16 bytes each, in 8 registers
//!   addp                     8 bytes each, in 4
//!   addp                     4 bytes each, in 2
//!   addp                     2 bytes each, in 1
//!   uadalp                  16 bits each, added to the accumulator
//! ```
//!
//! That takes 8 instructions, as many as to add the counts of each result to an accumulator of its own. But such a
//! register tile has room for twice as many results, and at its end nothing is left to be added up: a lane is a
//! result's total, and enters it by a widening multiplication with what it counts for.

use super::bits::Bits;
use super::inner::{Mac, pass_by};
use super::store::{Ends, Piece, RowStore};
use super::stream::Streams;
use super::{Form, Position};
use crate::isa::{Op, Reg};
use crate::plan::Stays;
use crate::program::Builder;
use qgen_spec::{KernelSpec, PlaneCode, Strategy};

/// Columns whose results share an accumulator.
const EIGHT: usize = 8;

/// Whether the results of a register tile of so many columns do.
pub(crate) fn share_accumulators(strategy: Strategy, columns: u8) -> bool {
    strategy == Strategy::Bits && usize::from(columns).is_multiple_of(EIGHT)
}

pub(super) struct Counts {
    bits: Bits,
    m: usize,
    n: usize,
    /// Planes of a line's k-block, left and right: a register each.
    planes: [usize; 2],
    /// `sums[i][g][s]`: accumulator s of row i and the columns from 8·g on.
    sums: Vec<Vec<Vec<Reg>>>,
    stays: Stays,
}

impl Counts {
    pub(super) fn new(spec: &KernelSpec, stays: Stays, b: &mut Builder) -> Counts {
        let bits = Bits::new(spec);
        let (m, n) = (usize::from(spec.register_tile.m), usize::from(spec.register_tile.n));
        let mut sum = |i: usize, g: usize, s: usize| match s {
            0 => b.v(format!("acc[{i}][{g}]")),
            _ => b.v(format!("acc{s}[{i}][{g}]")),
        };
        let mut eight = |i: usize, g: usize| (0..bits.sums()).map(|s| sum(i, g, s)).collect();
        let sums = (0..m).map(|i| (0..n / EIGHT).map(|g| eight(i, g)).collect()).collect();
        let planes =
            [spec.lhs, spec.rhs].map(|side| PlaneCode::of(side).map_or(0, |code| code.planes().into()));
        Counts { bits, m, n, planes, sums, stays }
    }
}

/// Registers of counts that wait to be added up pairwise: at most one for each number of results.
#[derive(Clone, Default)]
struct Waiting {
    one: Option<Reg>,
    two: Option<Reg>,
    four: Option<Reg>,
}

impl Waiting {
    /// Takes the counts of the next result, and gives those of eight as soon as there are as many.
    fn take(&mut self, b: &mut Builder, counts: Reg) -> Option<Reg> {
        [&mut self.one, &mut self.two, &mut self.four].into_iter().try_fold(counts, |counts, waiting| {
            let Some(before) = waiting.take() else {
                *waiting = Some(counts);
                return None;
            };
            let both = b.v("pairs");
            b.op(Op::AddpB, &[both, before, counts]);
            Some(both)
        })
    }
}

impl Form for Counts {
    fn accumulators(&self) -> Vec<Reg> {
        self.sums.concat().concat()
    }

    fn block(&self, b: &mut Builder, streams: &mut Streams, _: Position) {
        let planes = |lhs: bool| self.planes[usize::from(!lhs)];
        let passing = self.stays == Stays::Rhs;
        let at_once = streams.lines_at_once(passing, planes(passing));
        let mut waiting = vec![vec![Waiting::default(); self.bits.sums()]; self.m];
        let load = |b: &mut Builder, lhs: bool, lines: std::ops::Range<usize>| {
            let side = if lhs { "x" } else { "y" };
            let line = |i| (0..planes(lhs)).map(|p| b.v(format!("{side}[{i}].{p}"))).collect();
            let lines: Vec<Vec<Reg>> = lines.map(line).collect();
            let stream = if lhs { &mut streams.lhs[0] } else { &mut streams.rhs };
            stream.load_registers(b, &lines.concat());
            lines
        };
        pass_by(b, self.stays, (self.m, self.n), at_once, load, |b, (i, j), x, y| {
            self.bits.counts(b, x, y, |b, s, counts| {
                if let Some(eight) = waiting[i][s].take(b, counts) {
                    b.op(Op::UadalpB, &[self.sums[i][j / EIGHT][s], eight]);
                }
            });
        });
    }

    fn flush(&self, b: &mut Builder, ends: &Ends, more: bool) {
        let factors: Vec<(bool, Reg)> = self
            .bits
            .factors()
            .into_iter()
            .map(|factor| {
                let reg = b.v("factor");
                b.imm(Op::MoviH, &[reg], factor.abs());
                (factor < 0, reg)
            })
            .collect();
        let enter = |b: &mut Builder, i: usize, piece: Piece, result: Reg| {
            for (&sum, &(minus, factor)) in self.sums[i][piece.at / EIGHT].iter().zip(&factors) {
                let op = match (minus, piece.at % EIGHT) {
                    (false, 0) => Op::UmlalH,
                    (false, _) => Op::Umlal2H,
                    (true, 0) => Op::UmlslH,
                    (true, _) => Op::Umlsl2H,
                };
                b.op(op, &[result, sum, factor]);
            }
        };
        let pieces = Piece::split(self.n);
        let mut rows = RowStore::new(b, ends, more, &pieces);
        let columns: Vec<_> = pieces.iter().map(|&p| rows.columns(b, p)).collect();
        for i in 0..self.m {
            rows.begin_row(b);
            for (&piece, &columns) in pieces.iter().zip(&columns) {
                let result = rows.base(b, piece, columns);
                enter(b, i, piece, result);
                rows.store(b, piece, result);
            }
            if i + 1 < self.m {
                rows.end_row(b);
            }
        }
        rows.finish(b);
    }
}
