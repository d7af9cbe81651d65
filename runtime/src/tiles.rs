//! The loop over kernel calls: pointers worked out beforehand, nothing allocated, nothing checked
//! that could be checked before.

use crate::value::Output;
use crate::{Error, Kernel, MatMut, PackedRhs};
use std::marker::PhantomData;

/// Everything that is the same in all calls of one multiplication.
pub(crate) struct Tiles<'a> {
    kernel: &'a Kernel,
    k_blocks: usize,
    /// Rows and columns of a call.
    tile_m: usize,
    tile_n: usize,
    /// Rows and columns of the output.
    m: usize,
    n: usize,
    rhs: *const u8,
    rhs_tile_bytes: usize,
    /// A value for every column, in whole tiles.
    col_add: *const i32,
    out: *mut i32,
    /// In elements of 4 bytes.
    row_stride: usize,
    col_stride: usize,
    /// Room for one tile.
    edge: *mut i32,
    borrowed: PhantomData<&'a mut ()>,
}

/// Row tiles whose left data lies at even distances.
pub(crate) struct Rows {
    /// The first row.
    pub(crate) first: usize,
    /// How many tiles.
    pub(crate) tiles: usize,
    /// The left data of the first tile.
    pub(crate) data: *const u8,
    /// The kernel's `lhs_stride`.
    pub(crate) stride: usize,
    /// Bytes from one tile's data to the next.
    pub(crate) step: usize,
    /// `row_add` of the first row.
    pub(crate) row_add: *const i32,
}

impl Rows {
    /// No tiles at all.
    pub(crate) const NONE: Rows =
        Rows { first: 0, tiles: 0, data: std::ptr::null(), stride: 0, step: 0, row_add: std::ptr::null() };
}

impl<'a> Tiles<'a> {
    /// `col_add` has a value for every column, padding included, and `edge` for every place of a
    /// tile; `rhs` is in the kernel's format, `out` is m × rhs.n(), of the kernel's type.
    pub(crate) fn new<O: Output>(
        kernel: &'a Kernel,
        rhs: &'a PackedRhs,
        mut out: MatMut<'a, O>,
        col_add: &'a [i32],
        edge: &'a mut [i32],
    ) -> Result<Tiles<'a>, Error> {
        let spec = &kernel.descriptor().spec;
        let (tile_m, tile_n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
        assert!(edge.len() >= spec.tile.area() && col_add.len() >= rhs.n());
        Ok(Tiles {
            kernel,
            k_blocks: rhs.layout().blocks(rhs.k()),
            tile_m,
            tile_n,
            m: out.rows(),
            n: out.cols(),
            rhs: rhs.as_bytes().as_ptr(),
            rhs_tile_bytes: rhs.layout().packed_bytes(tile_n, rhs.k())?,
            col_add: col_add.as_ptr(),
            row_stride: out.row_stride(),
            col_stride: out.col_stride(),
            out: out.as_mut_ptr().cast(),
            edge: edge.as_mut_ptr(),
            borrowed: PhantomData,
        })
    }

    /// Computes all columns of these rows, `cols` columns (a multiple of the tile's) at a time.
    ///
    /// # Safety
    /// Every tile's data must be valid for the kernel at the depth of the right side, and its
    /// `row_add` for all rows of a tile, rows beyond the output included.
    pub(crate) unsafe fn sweep(&self, groups: &[Rows], cols: usize) {
        let mut left = 0;
        while left < self.n {
            let right = self.n.min(left.saturating_add(cols));
            for rows in groups {
                let (mut first, mut data, mut row_add) = (rows.first, rows.data, rows.row_add);
                for _ in 0..rows.tiles {
                    // SAFETY: the caller's promise; `left` is a multiple of the tile.
                    unsafe { self.row_of_tiles(first, data, rows.stride, row_add, left, right) };
                    first += self.tile_m;
                    // One past the last tile these are never read, and may be anywhere.
                    data = data.wrapping_add(rows.step);
                    row_add = row_add.wrapping_add(self.tile_m);
                }
            }
            left = right;
        }
    }

    /// One row tile against columns `left..right`. Out of line, so that its loop has the registers to
    /// itself.
    ///
    /// # Safety
    /// As [`Tiles::sweep`], and `left` must be a multiple of the tile.
    #[inline(never)]
    unsafe fn row_of_tiles(
        &self,
        first: usize,
        lhs: *const u8,
        lhs_stride: usize,
        row_add: *const i32,
        left: usize,
        right: usize,
    ) {
        let (kernel, k_blocks, tile_n) = (self.kernel, self.k_blocks, self.tile_n);
        let (out_stride, step) = (self.row_stride.wrapping_mul(size_of::<i32>()), self.rhs_tile_bytes);
        let direct = self.col_stride == 1 && first + self.tile_m <= self.m;
        let mut whole = if direct { (right - left) / tile_n } else { 0 };
        let edge = left + whole * tile_n;
        let mut rhs = self.rhs.wrapping_add(left / tile_n * step);
        let mut col_add = self.col_add.wrapping_add(left);
        let mut out = self.out.wrapping_add(first * self.row_stride + left);
        while whole > 0 {
            // SAFETY: the left data and `row_add` are the caller's promise. The panels cover these
            // columns and `col_add` has their values. The tile is inside the output, whose view was
            // checked against its slice and is not shared.
            unsafe { kernel.call(k_blocks, lhs, lhs_stride, rhs, out, out_stride, row_add, col_add) };
            whole -= 1;
            out = out.wrapping_add(tile_n);
            rhs = rhs.wrapping_add(step);
            col_add = col_add.wrapping_add(tile_n);
        }
        if edge < right {
            // SAFETY: as above; `edge` is a multiple of the tile.
            unsafe { self.edge_tiles(first, lhs, lhs_stride, row_add, edge, right) };
        }
    }

    /// [`Tiles::row_of_tiles`] for tiles that are not wholly inside the output, or whose results are
    /// not neighbours in it: by way of `edge`.
    ///
    /// # Safety
    /// As [`Tiles::row_of_tiles`].
    #[inline(never)]
    unsafe fn edge_tiles(
        &self,
        first: usize,
        lhs: *const u8,
        lhs_stride: usize,
        row_add: *const i32,
        left: usize,
        right: usize,
    ) {
        let (k_blocks, edge_stride) = (self.k_blocks, self.tile_n * size_of::<i32>());
        for column in (left..right).step_by(self.tile_n) {
            let rhs = self.rhs.wrapping_add(column / self.tile_n * self.rhs_tile_bytes);
            let col_add = self.col_add.wrapping_add(column);
            // SAFETY: inputs as in `row_of_tiles`; `edge` has room for a whole tile.
            unsafe {
                self.kernel.call(k_blocks, lhs, lhs_stride, rhs, self.edge, edge_stride, row_add, col_add);
                self.copy_edge(first, column);
            }
        }
    }

    /// Copies the part of `edge` that is inside the output.
    ///
    /// # Safety
    /// `edge` must hold a tile for the place (`first`, `column`) inside the output.
    unsafe fn copy_edge(&self, first: usize, column: usize) {
        for i in 0..self.tile_m.min(self.m - first) {
            for j in 0..self.tile_n.min(self.n - column) {
                let at = (first + i) * self.row_stride + (column + j) * self.col_stride;
                // SAFETY: (first + i, column + j) is an element of the output.
                unsafe { self.out.add(at).write(self.edge.add(i * self.tile_n + j).read()) };
            }
        }
    }
}
