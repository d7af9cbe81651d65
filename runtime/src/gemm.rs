//! Matrix multiplication of any shape, tile by tile.

#![expect(unsafe_code, reason = "it hands pointers into checked views to the loop over tiles")]

mod block;

use crate::blocking::Blocking;
use crate::cpu::Caches;
use crate::finish::Finish;
use crate::pack::Format;
use crate::select::Shape;
use crate::tiles::{Rows, Tiles};
use crate::workspace::Needs;
use crate::{
    Corrections, Element, End, Error, Kernel, MatMut, MatRef, Output, PackedLhs, PackedRhs, QKernel, Value,
    Workspace,
};
use qgen_spec::{KernelSpec, Layout, Operand, SizeOverflow};

/// A multiplication with one kernel: out\[i\]\[j\] = Σ_p (lhs\[i\]\[p\] − lhs zero point) ·
/// (rhs\[p\]\[j\] − rhs zero point), exactly, or, with an f32 kernel, Σ_p lhs·rhs with one rounding per
/// step in the order of p.
///
/// A value of this type is a few words and may be used by many threads at once.
#[derive(Clone, Copy, Debug)]
pub struct Gemm<'k> {
    kernel: &'k Kernel,
    lhs_zero: i32,
    rhs_zero: i32,
    caches: Caches,
    /// How the kernel reads both sides, and how deep sums may be: worked out once, for small products feel it.
    lhs: Format,
    rhs: Format,
    k_limit: u64,
}

/// Sizes of the left side at a depth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    panel_bytes: usize,
    tile_bytes: usize,
    blocking: Blocking,
}

impl<'k> Gemm<'k> {
    /// A multiplication without zero points.
    pub fn new(kernel: &'k Kernel) -> Gemm<'k> {
        let (lhs, rhs) = (Format::lhs(kernel), Format::rhs(kernel));
        Gemm { kernel, lhs_zero: 0, rhs_zero: 0, caches: Caches::SMALLEST, lhs, rhs, k_limit: 0 }.limited()
    }

    /// A multiplication with the kernel that `#[qkernel]` made of `K`.
    pub fn of<K: QKernel>() -> Gemm<'static> {
        Gemm::new(K::kernel())
    }

    /// The value of the left side that means zero.
    #[must_use]
    pub fn lhs_zero_point(mut self, zero: i32) -> Self {
        self.lhs_zero = zero;
        self.limited()
    }

    /// The value of the right side that means zero.
    #[must_use]
    pub fn rhs_zero_point(mut self, zero: i32) -> Self {
        self.rhs_zero = zero;
        self.limited()
    }

    fn limited(self) -> Self {
        Gemm { k_limit: self.k_limit_of(self.kernel, &[]), ..self }
    }

    /// The caches to block for: those of a core that has at least as much, unless this is called.
    #[must_use]
    pub fn caches(mut self, caches: Caches) -> Self {
        self.caches = caches;
        self
    }

    /// The kernel.
    pub fn kernel(&self) -> &'k Kernel {
        self.kernel
    }

    /// The corrections at depth `k`.
    pub(crate) fn corrections(&self, k: usize) -> Corrections {
        Corrections::new(self.spec(), self.lhs_zero, self.rhs_zero, k)
    }

    /// The largest depth at which no result can leave 32 bits.
    pub fn k_limit(&self) -> u64 {
        self.k_limit
    }

    /// What runs at depth `k` where one of `bias` is added to each sum: the kernel's form for short k, which
    /// reads the same layouts, where results fit it. It counts modulo 2¹⁶ at any depth, and a result that fits
    /// is what it stores: for narrower operands that is deeper than its own limit.
    pub(crate) fn at_depth(&self, k: usize, bias: &[i32]) -> &'k Kernel {
        let fits = |short: &&Kernel| {
            let bits = short.descriptor().spec.result_bits();
            let alone = bias.iter().all(|&bias| bits.stored(bias) == bias);
            alone && k as u64 <= self.k_limit_of(short, bias)
        };
        self.kernel.short().filter(fits).unwrap_or(self.kernel)
    }

    /// Sums of depth `k`, with `bias` (nothing, or a number for each column) added modulo 2³².
    pub(crate) fn sums<'a>(&self, k: usize, bias: &'a [i32]) -> Finish<'a>
    where
        'k: 'a,
    {
        Finish::sums(self.at_depth(k, bias), bias)
    }

    /// The largest depth at which `form`, which has another end, sums in one go, and no sum with one of `bias`
    /// added can leave its bits.
    pub(crate) fn end_limit(&self, form: &Kernel, bias: &[i32]) -> u64 {
        self.k_limit_of(form, bias).min(form.k_limit().into())
    }

    /// The largest depth for `form`, which multiplies what the kernel accepts, where one of `bias` is added.
    fn k_limit_of(&self, form: &Kernel, bias: &[i32]) -> u64 {
        let (operands, zeros) = (self.kernel.accepts(), (self.lhs_zero, self.rhs_zero));
        let limit = form.descriptor().spec.result_bits().k_limit_beside(operands, zeros, bias);
        limit.min(self.kernel.k_limit().into())
    }

    /// Bytes that a workspace must have so that [`Gemm::run_with`] allocates nothing, for any strides.
    ///
    /// # Errors
    /// [`Error::Size`] if that is more than the address space.
    pub fn workspace_bytes(&self, m: usize, n: usize, k: usize) -> Result<usize, Error> {
        Ok(self.needs(m, n, k)?.bytes()?)
    }

    /// Makes a workspace large enough for this shape.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn reserve(&self, workspace: &mut Workspace, m: usize, n: usize, k: usize) -> Result<(), Error> {
        let needs = self.needs(m, n, k)?;
        needs.bytes()?;
        workspace.grow(&needs)
    }

    /// Multiplies `lhs` (m × k) by `rhs` (k × n) into `out` (m × n).
    ///
    /// Rows of the left side are read in place where the kernel's layout is lines, k is a multiple of
    /// its k-block and the values of a row are neighbours; else they are packed block by block. Where
    /// the result is empty no values are read, and none are checked: a depth of 0 allows any number of
    /// rows without memory.
    ///
    /// # Errors
    /// [`Error::Shape`] for sizes that do not fit together, [`Error::OtherKernel`] for a right side of
    /// another format, [`Error::PackedWider`] for one with values that the kernel may not accept, [`Error::ElementType`], [`Error::Value`] for a value outside of the kernel's
    /// range, [`Error::Depth`] for k above [`Gemm::k_limit`], [`Error::FloatZeroPoint`],
    /// [`Error::MachineCode`] for a kernel whose instructions this machine lacks, [`Error::Memory`]. After [`Error::Value`] some rows of `out` may have been written.
    pub fn run<T: Value>(
        &self,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, T::Out>,
    ) -> Result<(), Error> {
        self.run_with(lhs, rhs, out, &mut Workspace::new())
    }

    /// [`Gemm::run`] with buffers that are used again.
    ///
    /// # Errors
    /// As [`Gemm::run`].
    pub fn run_with<T: Value>(
        &self,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, T::Out>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run_to(lhs, rhs, out, workspace, &self.sums(lhs.cols(), &[]))
    }

    /// [`Gemm::run_with`], and what `finish` makes of the sums, whose kernel's results are of type `O`. It must
    /// have parameters for every column, and its kernel take depth k.
    pub(crate) fn run_to<T: Value, O: Element>(
        &self,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
        finish: &Finish<'_>,
    ) -> Result<(), Error> {
        let format = self.lhs_format();
        format.check_type::<T>(self.kernel)?;
        let (m, k) = (lhs.rows(), lhs.cols());
        self.check(m, k, rhs, &out)?;
        if m == 0 || rhs.n() == 0 {
            return Ok(());
        }
        let (mut needs, sizes) = (self.needs_to(Shape { m, n: rhs.n(), k }, finish)?, self.sizes(k)?);
        if self.reads_in_place(k) && lhs.col_stride() == 1 {
            // Only the last, partial tile is copied.
            needs.lhs_bytes = needs.lhs_bytes.min(sizes.tile_bytes);
        }
        workspace.grow(&needs)?;
        // The parameters leave the workspace while that serves the multiplication.
        let mut col_add = std::mem::take(&mut workspace.col_add);
        finish.fill(&self.corrections(k), rhs, &mut col_add[..needs.cols]);
        let done = self.run_filled(lhs, rhs, out, workspace, (finish.kernel, &col_add, &sizes));
        workspace.col_add = col_add;
        done
    }

    /// [`Gemm::run_to`] with the kernel that finishes, and what its end takes for every column. Types and shapes
    /// were checked, `sizes` are those of the depth, there are rows and columns, and the workspace is large enough.
    pub(crate) fn run_filled<T: Value, O: Element>(
        &self,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
        (kernel, col_add, sizes): (&Kernel, &[i32], &Sizes),
    ) -> Result<(), Error> {
        let (format, m, k) = (self.lhs_format(), lhs.rows(), lhs.cols());
        let in_place = self.reads_in_place(k) && lhs.col_stride() == 1;
        let Workspace { lhs: packed, line, row_add, tile, .. } = workspace;
        let (packed, line) = (packed.bytes_mut(), &mut line[..k * size_of::<T>()]);
        let corrections = self.corrections(k);
        let tiles = Tiles::new(kernel, rhs, out, col_add, tile)?;
        let Sizes { panel_bytes, tile_bytes, blocking } = *sizes;
        assert!(row_add.len() >= blocking.rows.min(format.padded(m)?));
        let want_sum = corrections.needs_lhs_sum();

        let mut first = 0;
        while first < m {
            let block = lhs.row_block(first, blocking.rows.min(m - first))?;
            let whole = if in_place { block.rows() / format.tile } else { 0 };
            let placed = block.row_block(0, whole * format.tile)?;
            let copied = block.row_block(placed.rows(), block.rows() - placed.rows())?;
            let (placed_add, copied_add) = row_add.split_at_mut(placed.rows());
            let scanned = format.scan_in_place(self.kernel, placed, want_sum, |i, sums| {
                placed_add[i] = corrections.row_add(sums.sum, sums.own);
            });
            scanned.map_err(|e| e.below(first))?;
            let dest = &mut packed[..copied.rows().div_ceil(format.tile) * tile_bytes];
            if copied.rows() > 0 {
                let done = format.pack_lines(self.kernel, copied, want_sum, line, dest, |i, sums| {
                    copied_add[i] = corrections.row_add(sums.sum, sums.own);
                });
                done.map_err(|e| e.below(first + placed.rows()))?;
            }
            let groups = [
                Rows {
                    first,
                    tiles: whole,
                    data: placed.as_ptr().cast(),
                    stride: lhs.row_stride().wrapping_mul(size_of::<T>()),
                    step: lhs.row_stride().wrapping_mul(size_of::<T>() * format.tile),
                    row_add: placed_add.as_ptr(),
                },
                Rows {
                    first: first + placed.rows(),
                    tiles: copied.rows().div_ceil(format.tile),
                    data: dest.as_ptr(),
                    stride: panel_bytes,
                    step: tile_bytes,
                    row_add: copied_add.as_ptr(),
                },
            ];
            // SAFETY: tiles in place are rows of `lhs` whose bytes are neighbours and whose depth is
            // whole blocks; the others were packed in whole tiles as the kernel's layout says.
            // `row_add` has room for whole tiles (what it holds for rows beyond m does not matter).
            unsafe { tiles.sweep(&groups, blocking.cols) };
            first += block.rows();
        }
        Ok(())
    }

    /// Multiplies a left side that was packed before. `O` is `i32`, or `f32` for float kernels.
    ///
    /// # Errors
    /// As [`Gemm::run`], except for [`Error::Value`].
    pub fn run_packed<O: Output>(
        &self,
        lhs: &PackedLhs,
        rhs: &PackedRhs,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let format = self.lhs_format();
        lhs.check(self.kernel)?;
        self.check_output::<O>()?;
        let (m, k) = (lhs.m(), lhs.k());
        self.check(m, k, rhs, &out)?;
        if m == 0 || rhs.n() == 0 {
            return Ok(());
        }
        let padded = format.padded(m)?;
        let needs = Needs { lhs_bytes: 0, line_bytes: 0, ..self.needs(m, rhs.n(), k)? };
        workspace.grow(&needs)?;
        let Workspace { row_add, col_add, tile, .. } = workspace;
        let corrections = self.corrections(k);
        let finish = self.sums(k, &[]);
        finish.fill(&corrections, rhs, col_add);
        let tiles = Tiles::new(finish.kernel, rhs, out, col_add, tile)?;
        let Sizes { panel_bytes, tile_bytes, blocking } = self.sizes(k)?;
        for first in (0..padded).step_by(blocking.rows) {
            let count = (padded - first).min(blocking.rows);
            for (add, sums) in row_add[..count].iter_mut().zip(&lhs.sums()[first..]) {
                *add = corrections.row_add(sums.sum, sums.own);
            }
            let rows = Rows {
                first,
                tiles: count / format.tile,
                data: lhs.as_bytes()[first / format.tile * tile_bytes..].as_ptr(),
                stride: panel_bytes,
                step: tile_bytes,
                row_add: row_add.as_ptr(),
            };
            // SAFETY: packed data has whole tiles in the kernel's layout, and `row_add` a value for
            // every row of them.
            unsafe { tiles.sweep(&[rows], blocking.cols) };
        }
        Ok(())
    }

    pub(crate) fn spec(&self) -> &'k KernelSpec {
        &self.kernel.descriptor().spec
    }

    /// What depends on the depth alone.
    pub(crate) fn sizes(&self, k: usize) -> Result<Sizes, SizeOverflow> {
        let (panel_bytes, tile_bytes) = (self.lhs.layout.panel_bytes(k)?, self.lhs.tile_bytes(k)?);
        Ok(Sizes { panel_bytes, tile_bytes, blocking: self.blocking(k)? })
    }

    /// The blocks in which a depth of `k` is worked through.
    pub(crate) fn blocking(&self, k: usize) -> Result<Blocking, SizeOverflow> {
        Blocking::new(self.caches, &self.lhs, &self.rhs, k)
    }

    /// [`Gemm::workspace_bytes`] and [`Gemm::reserve`] for [`Gemm::run_to`].
    pub(crate) fn needs_to(&self, shape: Shape, finish: &Finish<'_>) -> Result<Needs, Error> {
        let needs = self.needs(shape.m, shape.n, shape.k)?;
        Ok(Needs { cols: finish.words(needs.cols)?, ..needs })
    }

    /// [`Gemm::workspace_bytes`] and [`Gemm::reserve`] for [`Gemm::run_filled`].
    pub(crate) fn needs_filled(&self, m: usize, n: usize, k: usize, sizes: &Sizes) -> Result<Needs, Error> {
        Ok(Needs { cols: 0, ..self.needs_of(m, n, k, sizes)? })
    }

    /// Rows whose packed values and whose sums fit half of the second cache each, in whole tiles.
    pub(crate) fn rows_with_sums(&self, n: usize, k: usize) -> Result<usize, SizeOverflow> {
        let (tile, row_bytes) = (self.lhs_format().tile, n.max(1).saturating_mul(size_of::<i32>()));
        let fit = self.caches.l2 / 2 / row_bytes / tile * tile;
        Ok(self.blocking(k)?.rows.min(fit.max(tile)))
    }

    pub(crate) fn lhs_format(&self) -> Format {
        self.lhs
    }

    pub(crate) fn rhs_format(&self) -> Format {
        self.rhs
    }

    /// Upper bounds for any strides.
    fn needs(&self, m: usize, n: usize, k: usize) -> Result<Needs, Error> {
        self.needs_of(m, n, k, &self.sizes(k)?)
    }

    fn needs_of(&self, m: usize, n: usize, k: usize, sizes: &Sizes) -> Result<Needs, Error> {
        let (lhs, rhs) = (&self.lhs, &self.rhs);
        let rows = sizes.blocking.rows.min(lhs.padded(m)?);
        Ok(Needs {
            lhs_bytes: sizes.tile_bytes.checked_mul(rows / lhs.tile).ok_or(SizeOverflow)?,
            line_bytes: k.checked_mul(lhs.operand.bytes()).ok_or(SizeOverflow)?,
            rows,
            cols: rhs.padded(n)?,
            tile: self.spec().tile.area(),
        })
    }

    /// Fails where the kernel does not run here, or shapes do not fit together.
    pub(crate) fn check<O: Element>(
        &self,
        m: usize,
        k: usize,
        rhs: &PackedRhs,
        out: &MatMut<'_, O>,
    ) -> Result<(), Error> {
        self.check_rhs(k, rhs)?;
        out.check_shape((m, rhs.n()), "product")?;
        self.check_depth(k)
    }

    /// Fails where the kernel does not run here, or cannot read `rhs` at depth `k`.
    fn check_rhs(&self, k: usize, rhs: &PackedRhs) -> Result<(), Error> {
        self.check_machine()?;
        if self.spec().end != End::Sums {
            let (kernel, end) = (self.kernel.name().to_owned(), self.spec().end);
            return Err(Error::KernelEnd { kernel, end });
        }
        rhs.check_format(self.kernel, &self.rhs)?;
        if rhs.k() != k {
            return Err(Error::shape(
                "rhs",
                format!("it has {} rows, but lhs has {k} columns", rhs.k()),
                "the depth of both sides must be the same",
            ));
        }
        Ok(())
    }

    /// Fails where the kernel does not write elements of type `O`.
    fn check_output<O: Output>(&self) -> Result<(), Error> {
        let wanted = self.spec().lhs;
        if O::IS_FLOAT == (wanted == Operand::F32) {
            return Ok(());
        }
        let kernel = self.kernel.name().to_owned();
        Err(Error::ElementType { field: "out", given: O::NAME, wanted, kernel })
    }

    /// Fails where the kernel's instructions are not this machine's.
    pub(crate) fn check_machine(&self) -> Result<(), Error> {
        if self.kernel.is_supported() {
            return Ok(());
        }
        let (name, isa) = (self.kernel.name(), self.spec().isa());
        Err(Error::MachineCode {
            problem: format!("kernel {name} needs {isa}, which this machine lacks"),
            help: "select() chooses a kernel that runs here",
        })
    }

    /// Fails where results at depth `k` could overflow.
    pub(crate) fn check_depth(&self, k: usize) -> Result<(), Error> {
        let name = || self.kernel.name().to_owned();
        if self.spec().lhs == Operand::F32 && (self.lhs_zero, self.rhs_zero) != (0, 0) {
            return Err(Error::FloatZeroPoint { kernel: name() });
        }
        let limit = self.k_limit();
        if k as u64 > limit {
            let (lhs_zero, rhs_zero) = (self.lhs_zero, self.rhs_zero);
            return Err(Error::Depth { k, limit, kernel: name(), lhs_zero, rhs_zero });
        }
        Ok(())
    }

    /// Whether rows of depth `k` whose values are neighbours are read where they are.
    pub(crate) fn reads_in_place(&self, k: usize) -> bool {
        let layout = self.lhs_format().layout;
        // Without depth nobody has checked the stride, which a kernel would multiply by rows.
        matches!(layout, Layout::Lines { .. }) && k.is_multiple_of(layout.k_block()) && k > 0
    }
}
