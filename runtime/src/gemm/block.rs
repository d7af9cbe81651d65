//! One block of a product, for people with loops of their own.

#![expect(unsafe_code, reason = "it hands pointers into checked views to the loop over tiles")]

use super::Gemm;
use crate::workspace::Needs;
use crate::{Error, MatMut, Output, PackedLhs, PackedRhs, Workspace};
use std::ops::Range;

impl Gemm<'_> {
    /// Multiplies rows `rows` of the left side by columns `cols` of the right side into `out`, which has
    /// `rows.len()` rows and `cols.len()` columns: what [`Gemm::run_packed`] would have written there, whatever
    /// the ranges. For loops over blocks in an order of your own, for threads that share a product by
    /// columns, and for results that are used before the next ones are made.
    ///
    /// Every row tile meets every column tile once, rows outermost; nothing is blocked for caches. Tiles of the
    /// kernel ([`KernelSpec::tile`](crate::KernelSpec)) that lie wholly inside of the block are computed where
    /// they belong, if results of a row are neighbours; others are computed whole and copied in part. So blocks
    /// that begin at multiples of the tile are fastest.
    ///
    /// Nothing is allocated with a workspace of [`Gemm::reserve`] for the whole product, or of an earlier call
    /// with at least as many columns and a beginning at a multiple of the tile.
    ///
    /// ```
    /// use qgen_runtime::{Gemm, MatMut, MatRef, PackedLhs, PackedRhs, Workspace, catalog};
    ///
    /// # fn main() -> Result<(), qgen_runtime::Error> {
    /// let kernel = catalog::find("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72")?;
    /// let (m, n, k) = (6, 10, 2);
    /// let lhs: Vec<i8> = (0..m as i8 * k as i8).map(|v| v % 8).collect();
    /// let rhs = vec![1i8; k * n];
    /// let lhs = PackedLhs::pack(kernel, MatRef::new(&lhs, m, k)?)?;
    /// let rhs = PackedRhs::pack(kernel, MatRef::new(&rhs, k, n)?)?;
    /// let (gemm, mut workspace) = (Gemm::new(kernel), Workspace::new());
    /// gemm.reserve(&mut workspace, m, n, k)?;
    /// // The product's largest element of each row, without ever having the product.
    /// let mut largest = [i32::MIN; 6];
    /// for first in (0..n).step_by(4) {
    ///     let cols = first..n.min(first + 4);
    ///     let mut block = [0; 6 * 4];
    ///     let out = MatMut::new(&mut block, m, cols.len())?;
    ///     gemm.run_block(&lhs, 0..m, &rhs, cols.clone(), out, &mut workspace)?;
    ///     for (largest, row) in largest.iter_mut().zip(block.chunks(cols.len())) {
    ///         *largest = row.iter().fold(*largest, |a, &b| a.max(b));
    ///     }
    /// }
    /// assert_eq!(largest, [1, 5, 9, 13, 1, 5]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Shape`] about `rows` or `cols` that are not in the product, about `out` if it has another
    /// shape; else as [`Gemm::run_packed`].
    pub fn run_block<O: Output>(
        &self,
        lhs: &PackedLhs,
        rows: Range<usize>,
        rhs: &PackedRhs,
        cols: Range<usize>,
        mut out: MatMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        lhs.check(self.kernel)?;
        self.check_output::<O>()?;
        self.check_rhs(lhs.k(), rhs)?;
        self.check_depth(lhs.k())?;
        check_range("rows", &rows, lhs.m())?;
        check_range("cols", &cols, rhs.n())?;
        out.check_shape((rows.len(), cols.len()), "product")?;
        if rows.is_empty() || cols.is_empty() {
            return Ok(());
        }
        let (k, tile) = (lhs.k(), self.spec().tile);
        let (tile_m, tile_n) = (usize::from(tile.m), usize::from(tile.n));
        // Packed sides have whole tiles, so that these and one tile more are in the address space.
        let (top, left) = (rows.start / tile_m * tile_m, cols.start / tile_n * tile_n);
        let width = (cols.end - left).next_multiple_of(tile_n);
        workspace.grow(&Needs { rows: tile_m, cols: width, tile: tile.area(), ..Needs::default() })?;
        let Workspace { row_add, col_add, tile: edge, .. } = workspace;
        let corrections = self.corrections(k);
        for (add, sums) in col_add.iter_mut().zip(&rhs.sums()[left..left + width]) {
            *add = corrections.col_add(sums.sum, sums.own);
        }
        let (kernel, k_blocks) = (self.at_depth(k, &[]), rhs.layout().blocks(k));
        let lhs_tile_bytes = lhs.layout().packed_bytes(tile_m, k)?;
        let rhs_tile_bytes = rhs.layout().packed_bytes(tile_n, k)?;
        let lhs_stride = lhs.layout().panel_bytes(k)?;
        let (row_stride, direct) = (out.row_stride(), out.col_stride() == 1);
        for row in (top..rows.end).step_by(tile_m) {
            let left_tile = &lhs.as_bytes()[row / tile_m * lhs_tile_bytes..][..lhs_tile_bytes];
            for (add, sums) in row_add.iter_mut().zip(&lhs.sums()[row..row + tile_m]) {
                *add = corrections.row_add(sums.sum, sums.own);
            }
            let inside = direct && row >= rows.start && row + tile_m <= rows.end;
            for col in (left..cols.end).step_by(tile_n) {
                let right_tile = &rhs.as_bytes()[col / tile_n * rhs_tile_bytes..][..rhs_tile_bytes];
                let whole = inside && col >= cols.start && col + tile_n <= cols.end;
                let (to, stride) = if whole {
                    let at = (row - rows.start) * row_stride + (col - cols.start);
                    (out.as_mut_ptr().wrapping_add(at).cast(), row_stride.wrapping_mul(size_of::<O>()))
                } else {
                    (edge.as_mut_ptr(), tile_n * size_of::<O>())
                };
                let (x, y) = (left_tile.as_ptr(), right_tile.as_ptr());
                let add = &col_add[col - left..][..tile_n];
                // SAFETY: both sides have whole tiles in the kernel's layouts at the same depth, `row_add` and
                // `add` a value for every line of them. `to` is a tile inside of `out`, whose view was checked
                // against its slice, or `edge`, which has room for one. `check_output` compared the types.
                unsafe {
                    kernel.call(k_blocks, x, lhs_stride, y, to, stride, row_add.as_ptr(), add.as_ptr());
                };
                if !whole {
                    for i in rows.start.max(row)..rows.end.min(row + tile_m) {
                        for j in cols.start.max(col)..cols.end.min(col + tile_n) {
                            let bits = edge[(i - row) * tile_n + (j - col)];
                            out.set(i - rows.start, j - cols.start, O::of_bits(bits));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn check_range(field: &'static str, range: &Range<usize>, count: usize) -> Result<(), Error> {
    if range.start <= range.end && range.end <= count {
        return Ok(());
    }
    let problem = format!("{}..{} are not among 0..{count}", range.start, range.end);
    Err(Error::shape(field, problem, "ask for a part of the product, the smaller number first"))
}
