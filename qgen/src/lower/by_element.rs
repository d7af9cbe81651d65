//! By-element form: lanes run along the columns, and a value of the left side multiplies a row of
//! the right panel. `f32` (the float rival) with one depth value in four bytes, `dotouter` with
//! four 8-bit depth values in four bytes: everything else is the same.
//!
//! The left side is packed so that a register has four bytes of each of four rows; or it is read in place:
//! then a register has the 16 bytes of one row that a k-block takes, and each of its lanes is one step's.

use super::store::{Ends, Enter, Piece, RowStore};
use super::stream::Streams;
use super::unpack::Unpack;
use super::{Form, Position, by_signs};
use crate::isa::{Op, Reg};
use crate::program::Builder;
use qgen_spec::{KernelSpec, Storage, Strategy};

pub(super) struct ByElement {
    m: usize,
    n: usize,
    /// Steps in a block.
    steps: usize,
    /// Bytes of a row in a block, where rows are read in place.
    row_bytes: Option<i64>,
    unpack: Unpack,
    multiply: Op,
    enter: Enter,
    /// `acc[i][g]`: row i, columns 4g to 4g + 3.
    acc: Vec<Vec<Reg>>,
}

impl ByElement {
    pub(super) fn new(spec: &KernelSpec, b: &mut Builder) -> Self {
        let (m, n) = (usize::from(spec.register_tile.m), usize::from(spec.register_tile.n));
        let acc = (0..m).map(|i| (0..n / 4).map(|g| b.v(format!("acc[{i}][{g}]"))).collect()).collect();
        // The vector is the right side.
        let dot = by_signs(spec, Op::SdotLane, Op::UdotLane, Op::SudotLane);
        let (multiply, enter) = match (spec.strategy, spec.storage) {
            (Strategy::F32, _) => (Op::FmlaS, Enter::Float),
            (_, Storage::Negate) => (dot, Enter::Minus),
            _ => (dot, Enter::Plus),
        };
        let row_bytes = spec.in_place.then(|| spec.lhs_layout().block_bytes() as i64);
        // Steps of four bytes: four values of a byte each, or a float.
        let steps = row_bytes.map_or(usize::from(spec.per_byte), |bytes| bytes as usize / 4);
        ByElement { m, n, steps, row_bytes, unpack: Unpack::new(spec, b), multiply, enter, acc }
    }
}

impl ByElement {
    /// One k-block with a register for each row, `bytes` of which are read.
    fn block_in_place(&self, b: &mut Builder, streams: &mut Streams, bytes: i64) {
        let x: Vec<Reg> = (0..self.m)
            .map(|i| {
                let reg = b.v(format!("x[{i}]"));
                streams.row(i).load(b, reg, bytes);
                reg
            })
            .collect();
        let groups = self.n / 4;
        let mut shared = Vec::new();
        for step in 0..self.steps {
            if step * groups == shared.len() {
                let y = streams.rhs.load_all(b, 4 * self.n as i64, "y");
                shared.extend(self.unpack.values(b, y, "y"));
            }
            let y = &shared[step * groups..][..groups];
            for (row, &x) in self.acc.iter().zip(&x) {
                for (&acc, &y) in row.iter().zip(y) {
                    b.imm(self.multiply, &[acc, y, x], step as i64);
                }
            }
        }
    }
}

impl Form for ByElement {
    fn accumulators(&self) -> Vec<Reg> {
        self.acc.concat()
    }

    fn constants(&self, b: &mut Builder) {
        self.unpack.constants(b);
    }

    fn block(&self, b: &mut Builder, streams: &mut Streams, _: Position) {
        if let Some(bytes) = self.row_bytes {
            return self.block_in_place(b, streams, bytes);
        }
        let y = streams.rhs.load_all(b, 4 * self.n as i64, "y");
        let y = self.unpack.values(b, y, "y");
        for y in y.chunks(y.len() / self.steps) {
            let x = streams.lhs[0].load_all(b, (4 * self.m as i64 + 7) / 8 * 8, "x");
            for (i, row) in self.acc.iter().enumerate() {
                for (&acc, &y) in row.iter().zip(y) {
                    b.imm(self.multiply, &[acc, y, x[i / 4]], (i % 4) as i64);
                }
            }
        }
    }

    fn flush(&self, b: &mut Builder, ends: &Ends, more: bool) {
        let pieces = Piece::split(self.n);
        let mut rows = RowStore::new(b, ends, more, &pieces);
        let columns: Vec<_> = pieces.iter().map(|&p| rows.columns(b, p)).collect();
        for (i, row) in self.acc.iter().enumerate() {
            rows.begin_row(b);
            for ((&piece, &columns), &raw) in pieces.iter().zip(&columns).zip(row) {
                rows.piece(b, self.enter, piece, columns, raw);
            }
            if i + 1 < self.m {
                rows.end_row(b);
            }
        }
        rows.finish(b);
    }
}
