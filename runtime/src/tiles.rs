//! The loop over kernel calls: pointers worked out beforehand, nothing allocated, nothing checked
//! that could be checked before.

#![expect(unsafe_code, reason = "it calls kernels with pointers that were worked out beforehand")]

use crate::{Element, Error, Kernel, MatMut, PackedRhs};
use qgen_spec::EndLayout;
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
    /// What the kernel knows of every column, in whole tiles, and words from one tile's to the next.
    col_add: *const i32,
    col_words: usize,
    out: *mut u8,
    /// Bytes of a result.
    result: usize,
    /// In results.
    row_stride: usize,
    col_stride: usize,
    /// Room for one tile.
    edge: *mut u8,
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
    /// `col_add` has what the kernel's end takes for every column, padding included, and `edge` has room for
    /// every place of a tile; `rhs` is in the kernel's format, `out` is m × rhs.n(), of the kernel's type.
    pub(crate) fn new<O: Element>(
        kernel: &'a Kernel,
        rhs: &'a PackedRhs,
        mut out: MatMut<'a, O>,
        col_add: &'a [i32],
        edge: &'a mut [i32],
    ) -> Result<Tiles<'a>, Error> {
        let spec = &kernel.descriptor().spec;
        let (tile_m, tile_n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
        let params = EndLayout::of(spec);
        let (tiles, col_words) = (rhs.n().div_ceil(tile_n), params.words(tile_n));
        assert!(edge.len() >= spec.tile.area() && size_of::<O>() == spec.end.bytes());
        assert!(tiles.checked_mul(col_words).is_some_and(|words| words <= col_add.len()));
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
            col_words,
            result: size_of::<O>(),
            row_stride: out.row_stride(),
            col_stride: out.col_stride(),
            out: out.as_mut_ptr().cast(),
            edge: edge.as_mut_ptr().cast(),
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
        let (out_stride, step) = (self.row_stride.wrapping_mul(self.result), self.rhs_tile_bytes);
        let (col_words, out_step) = (self.col_words, tile_n * self.result);
        let direct = self.col_stride == 1 && first + self.tile_m <= self.m;
        let mut whole = if direct { (right - left) / tile_n } else { 0 };
        let edge = left + whole * tile_n;
        let mut rhs = self.rhs.wrapping_add(left / tile_n * step);
        let mut col_add = self.col_add.wrapping_add(left / tile_n * col_words);
        let mut out = self.out.wrapping_add((first * self.row_stride + left) * self.result);
        while whole > 0 {
            // SAFETY: the left data and `row_add` are the caller's promise. The panels cover these
            // columns and `col_add` has their values. The tile is inside the output, whose view was
            // checked against its slice and is not shared.
            unsafe { kernel.call(k_blocks, lhs, lhs_stride, rhs, out.cast(), out_stride, row_add, col_add) };
            whole -= 1;
            out = out.wrapping_add(out_step);
            rhs = rhs.wrapping_add(step);
            col_add = col_add.wrapping_add(col_words);
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
        let (k_blocks, edge_stride) = (self.k_blocks, self.tile_n * self.result);
        for column in (left..right).step_by(self.tile_n) {
            let tile = column / self.tile_n;
            let rhs = self.rhs.wrapping_add(tile * self.rhs_tile_bytes);
            let (col_add, edge) = (self.col_add.wrapping_add(tile * self.col_words), self.edge.cast());
            // SAFETY: inputs as in `row_of_tiles`; `edge` has room for a whole tile.
            unsafe {
                self.kernel.call(k_blocks, lhs, lhs_stride, rhs, edge, edge_stride, row_add, col_add);
                match self.result {
                    1 => self.copy_edge::<u8>(first, column),
                    _ => self.copy_edge::<i32>(first, column),
                }
            }
        }
    }

    /// Copies the part of `edge` that is inside the output; results are as large as a `T`.
    ///
    /// # Safety
    /// `edge` must hold a tile for the place (`first`, `column`) inside the output.
    unsafe fn copy_edge<T>(&self, first: usize, column: usize) {
        let (rows, columns) = (self.tile_m.min(self.m - first), self.tile_n.min(self.n - column));
        let mut out = self.out.cast::<T>().wrapping_add(first * self.row_stride + column * self.col_stride);
        let mut edge = self.edge.cast::<T>().cast_const();
        for _ in 0..rows {
            let (mut to, mut from) = (out, edge);
            for _ in 0..columns {
                // SAFETY: `to` is an element of the output, in row first.. and column column.. of it.
                unsafe { to.write(from.read()) };
                // One past the last these are not used, and may be anywhere.
                (to, from) = (to.wrapping_add(self.col_stride), from.wrapping_add(1));
            }
            (out, edge) = (out.wrapping_add(self.row_stride), edge.wrapping_add(self.tile_n));
        }
    }
}
