//! What minimal filtering costs, estimated.

use super::super::geometry::Geometry;
use super::{Class, Winograd};
use crate::Range;
use crate::select::{Shape, modelled_in_tiles};
use qgen_spec::{Layout, Operand};

/// Instructions of a run of bytes that are summed up, and for each 16 of them.
const PER_RUN: f64 = 64.0;
const PER_VECTOR: f64 = 7.0;
/// Instructions of a tile's outputs, and for each four channels of a class of these.
const PER_TILE: f64 = 100.0;
const PER_SUM: f64 = 6.0;
/// Instructions of a product, of each row that must be looked at or packed, and for each 32 values of it then.
const PER_PRODUCT: f64 = 1000.0;
const PER_ROW: f64 = 45.0;
const PER_BLOCK: f64 = 12.0;
const PER_PACKED_BLOCK: f64 = 24.0;
/// Instructions of a call of a kernel besides its own.
pub(in crate::conv) const PER_CALL: f64 = 22.0;

impl Winograd {
    /// Blocks of all images.
    fn blocks_in_all(&self, geometry: &Geometry) -> f64 {
        let [down, _] = &self.filters;
        let lines = geometry.input().batch as f64 * down.tiles(geometry.sliding.rows.output) as f64;
        lines / down.tiles(self.lines) as f64
    }

    /// Modelled cycles of the kernels of all products; `None` where a kernel's are not known.
    pub(in crate::conv) fn cycles(&self, geometry: &Geometry) -> Option<f64> {
        let (m, n) = (self.block_tiles(geometry), geometry.output().channels);
        let cycles =
            self.classes.iter().map(|class| modelled_in_tiles(&class.gemm, Shape { m, n, k: class.k }));
        cycles.sum::<Option<f64>>().map(|cycles| cycles * self.blocks_in_all(geometry))
    }

    /// Multiply-accumulates of all products, and their results.
    pub(in crate::conv) fn products(&self, geometry: &Geometry) -> (f64, f64) {
        let tiles = self.blocks_in_all(geometry) * self.block_tiles(geometry) as f64;
        let results = tiles * geometry.output().channels as f64;
        let depth: usize = self.classes.iter().map(|class| class.k).sum();
        (depth as f64 * results, self.classes.len() as f64 * results)
    }

    /// Instructions for everything but the kernels, by a count of those of the loops.
    pub(in crate::conv) fn around(&self, geometry: &Geometry) -> f64 {
        let (m, n) = (self.block_tiles(geometry), geometry.output().channels);
        let channels = geometry.input().channels;
        let [down, across] = &self.filters;
        let lines_of_tiles = down.tiles(self.lines) as f64;
        let tiles = m as f64 / lines_of_tiles;
        // Where rows have no padding and one term of lines, those of a line of tiles are one run.
        let merged = |class: &Class| {
            let [down, across] = &class.terms;
            down.len() == 1 && across.len() * channels == class.k
        };
        let runs = if self.classes.iter().all(merged) { 1.0 } else { tiles };
        let sums = (down.terms() * across.terms()) as f64;
        let columns = self.lines_read(geometry) as f64 * tiles * across.terms() as f64;
        let runs = columns + sums * lines_of_tiles * runs;
        let vectors = (columns + sums * m as f64) * channels as f64 / 16.0;
        let products: f64 = self.classes.iter().map(|class| class.around(m, n)).sum();
        let results = m as f64 * (PER_TILE + PER_SUM * (n * self.classes.len()) as f64 / 4.0);
        self.blocks_in_all(geometry) * (runs * PER_RUN + vectors * PER_VECTOR + products + results)
    }
}

impl Class {
    /// Instructions of a product of `m` tiles by `n` out channels, but for those of the kernel.
    fn around(&self, m: usize, n: usize) -> f64 {
        let (lhs, rhs) = (self.gemm.lhs_format(), self.gemm.rhs_format());
        let blocks = (self.k as f64 / 32.0).ceil();
        let all = Range::signed(8).map(Operand::Int);
        let row = match lhs.layout {
            Layout::Lines { .. }
                if self.gemm.corrections(self.k).rows_are_zero() && all == Some(lhs.accepts) =>
            {
                0.0
            }
            Layout::Lines { .. } => PER_ROW + PER_BLOCK * blocks,
            _ => PER_ROW + PER_PACKED_BLOCK * blocks,
        };
        let calls = (m.div_ceil(lhs.tile) * n.div_ceil(rhs.tile)) as f64;
        PER_PRODUCT + PER_CALL * calls + row * m as f64
    }
}
