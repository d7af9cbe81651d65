//! Packing: a matrix becomes the panels that a kernel reads, checked value by value, with the sums
//! that the corrections need.
//!
//! ```text
//!   view (lines × k) ─► line as bytes ─► range check, sums ─► storage (−v, v − s) ─► panel
//!        in place or gathered            one pass (lines)                             Layout
//! ```

#[cfg(feature = "packed")]
use crate::buffer::SharedBytes;
use crate::buffer::{AlignedBytes, grow_to};
use crate::lines::{Accept, LINES_AT_ONCE, LineSums, Place, Scan};
use crate::value::bytes_of;
use crate::{Error, Kernel, MatRef, Value};
use qgen_spec::{KernelSpec, Layout, Operand, SizeOverflow, Storage, Sums, addressable};

/// Everything that decides the bytes and the sums of a packed side. Kernels whose formats differ in
/// `accepts` at most can share packed data, as far as the reading one accepts what the packing one did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    /// `lhs` or `rhs`.
    pub(crate) field: &'static str,
    pub(crate) layout: Layout,
    /// What the kernel's code can multiply: it decides how values are laid out and stored.
    pub(crate) operand: Operand,
    /// What is let through: that, or less.
    pub(crate) accepts: Operand,
    storage: Storage,
    sums: Sums,
    /// Lines of a kernel call: packed data has whole tiles, missing lines are zeros.
    pub(crate) tile: usize,
    /// Panels of a tile.
    panels: usize,
}

impl Format {
    pub(crate) fn lhs(kernel: &Kernel) -> Format {
        let (spec, layout) = (&kernel.descriptor().spec, kernel.descriptor().spec.lhs_layout());
        let tile = usize::from(spec.tile.m);
        Format {
            field: "lhs",
            layout,
            operand: spec.lhs,
            accepts: kernel.accepts().0,
            storage: spec.lhs_storage(),
            sums: spec.sums(),
            tile,
            panels: tile.div_ceil(layout.width()),
        }
    }

    pub(crate) fn rhs(kernel: &Kernel) -> Format {
        Format::rhs_of(&kernel.descriptor().spec, kernel.accepts().1)
    }

    /// The right side of a kernel, of which these values were or will be let through.
    pub(crate) fn rhs_of(spec: &KernelSpec, accepts: Operand) -> Format {
        let (layout, tile) = (spec.rhs_layout(), usize::from(spec.tile.n));
        Format {
            field: "rhs",
            layout,
            operand: spec.rhs,
            accepts,
            storage: spec.storage,
            sums: spec.sums(),
            tile,
            panels: tile.div_ceil(layout.width()),
        }
    }

    /// `lines` rounded up to whole tiles.
    pub(crate) fn padded(&self, lines: usize) -> Result<usize, SizeOverflow> {
        lines.checked_next_multiple_of(self.tile).ok_or(SizeOverflow)
    }

    /// Bytes of `lines` lines of depth `k`, in whole tiles.
    pub(crate) fn bytes(&self, lines: usize, k: usize) -> Result<usize, SizeOverflow> {
        addressable(self.tile_bytes(k)?.checked_mul(lines.div_ceil(self.tile)))
    }

    /// Bytes of one tile of depth `k`.
    pub(crate) fn tile_bytes(&self, k: usize) -> Result<usize, SizeOverflow> {
        addressable(self.layout.panel_bytes(k)?.checked_mul(self.panels))
    }

    /// Whether raw sums contain −Σ |v| of this side's lines, whose values are −1, 0 and 1.
    fn counts_magnitude(&self) -> bool {
        self.sums == if self.field == "lhs" { Sums::LhsMagnitude } else { Sums::RhsMagnitude }
    }

    /// Fails where elements of type `T` are not what the kernel takes.
    pub(crate) fn check_type<T: Value>(&self, kernel: &Kernel) -> Result<(), Error> {
        if self.operand.range().is_some() == T::DOMAIN.is_some() {
            return Ok(());
        }
        Err(Error::ElementType {
            field: self.field,
            given: T::NAME,
            wanted: self.operand,
            kernel: kernel.name().to_owned(),
        })
    }

    /// Fails where what was packed so, for the kernel `packed_for`, is not what `kernel` reads, whose format
    /// is `wanted`.
    pub(crate) fn check(&self, packed_for: &str, kernel: &Kernel, wanted: &Format) -> Result<(), Error> {
        let (field, accepted, packed) = (wanted.field, wanted.accepts, self.accepts);
        let names = || (packed_for.to_owned(), kernel.name().to_owned());
        if (Format { accepts: accepted, ..*self }) != *wanted {
            let ((packed_for, kernel), packed_layout, layout) = (names(), self.layout, wanted.layout);
            return Err(Error::OtherKernel { field, packed_for, packed_layout, kernel, layout });
        }
        if !accepted.covers(packed) {
            let (packed_for, kernel) = names();
            return Err(Error::PackedWider { field, packed_for, packed, kernel, accepted });
        }
        Ok(())
    }

    /// What to find out about given lines of `T`.
    fn scan<T: Value>(&self, sum: bool, pairs: bool) -> Scan {
        match (self.accepts, T::DOMAIN) {
            (Operand::F32, _) | (_, None) => {
                Scan { signed: false, sum: false, pairs: false, accept: Accept::All }
            }
            (operand, Some(domain)) => {
                Scan { signed: domain.0 < 0, sum, pairs, accept: Accept::new(operand, domain) }
            }
        }
    }

    /// Checks the lines of `view` (lines × k), whose lines are contiguous, where they are. `each` gets
    /// the sums of every line; the plain one only if `want_sum`.
    pub(crate) fn scan_in_place<T: Value>(
        &self,
        kernel: &Kernel,
        view: MatRef<'_, T>,
        want_sum: bool,
        mut each: impl FnMut(usize, LineSums),
    ) -> Result<(), Error> {
        let scanner = self.scan::<T>(want_sum, self.sums == Sums::Pairs).scanner();
        let data = bytes_of(view.contiguous_rows().unwrap_or_default());
        // Of one line the stride may be any number.
        let (line_bytes, stride) =
            (view.cols() * size_of::<T>(), view.row_stride().wrapping_mul(size_of::<T>()));
        // Without sums lines that follow one another are one.
        if scanner.sums_nothing() && line_bytes == stride && scanner.line(data).is_some() {
            (0..view.rows()).for_each(|line| each(line, LineSums::default()));
            return Ok(());
        }
        // A call goes over many lines, so that what it costs besides them is little.
        let mut sums = [LineSums::default(); LINES_AT_ONCE];
        for first in (0..view.rows()).step_by(LINES_AT_ONCE) {
            let sums = &mut sums[..LINES_AT_ONCE.min(view.rows() - first)];
            if !scanner.lines(&data[first * stride..], line_bytes, stride, sums) {
                let is_bad = |&line: &usize| scanner.line(&data[line * stride..][..line_bytes]).is_none();
                let bad = (first..first + sums.len()).find(is_bad).unwrap_or(first);
                return Err(self.bad_value(kernel, view, bad));
            }
            sums.iter().enumerate().for_each(|(i, &found)| each(first + i, found));
        }
        Ok(())
    }

    /// Checks the lines of `view` (lines × k) and packs them into `dest`, which has
    /// [`Format::bytes`] bytes. `scratch` has room for one line. `each` as in
    /// [`Format::scan_in_place`].
    pub(crate) fn pack_lines<T: Value>(
        &self,
        kernel: &Kernel,
        view: MatRef<'_, T>,
        want_sum: bool,
        scratch: &mut [u8],
        dest: &mut [u8],
        mut each: impl FnMut(usize, LineSums),
    ) -> Result<(), Error> {
        let kept = self.storage == Storage::Keep;
        let pairs = self.sums == Sums::Pairs;
        let given = self.scan::<T>(want_sum, pairs && kept).scanner();
        let stored_range = self.operand.range().and_then(|range| self.storage.stored(range));
        let signed = stored_range.is_some_and(|range| range.fits_i8());
        let stored = Scan { signed, sum: false, pairs: pairs && !kept, accept: Accept::All }.scanner();
        let (panel_bytes, width) = (self.layout.panel_bytes(view.cols())?, self.layout.width());
        let place = Place::new(self.layout, self.operand);
        let counts_magnitude = self.counts_magnitude();
        dest.fill(0);
        let signed = T::DOMAIN.is_some_and(|(lo, _)| lo < 0) && view.cols() > 0;
        let signs = signed && kept && !want_sum && place.likes_signs();
        if let (true, Some(data)) = (signs, view.contiguous_rows()) {
            let (data, k, stride) = (bytes_of(data), view.cols(), view.row_stride());
            if !place.signs(dest, data, stride, k, view.rows()) {
                let is_bad = |&line: &usize| given.line(&data[line * stride..][..k]).is_none();
                let bad = (0..view.rows()).find(is_bad).unwrap_or(0);
                return Err(self.bad_value(kernel, view, bad));
            }
            // All of them count.
            let own = if counts_magnitude { -(k as i32) } else { 0 };
            (0..view.rows()).for_each(|line| each(line, LineSums { sum: 0, own }));
            return Ok(());
        }
        for (at, first) in (0..view.rows()).step_by(width).enumerate() {
            let panel = &mut dest[at * panel_bytes..][..panel_bytes];
            // A line that waits for the next one, with which it is placed.
            let mut waits: Option<&[u8]> = None;
            for line in first..view.rows().min(first + width) {
                let in_place = view.contiguous_row(line).filter(|_| kept).map(bytes_of);
                if in_place.is_none() {
                    view.gather_row(line, scratch);
                }
                let found = given.line(in_place.unwrap_or(scratch));
                let mut sums = found.ok_or_else(|| self.bad_value(kernel, view, line))?;
                if !kept {
                    store(self.storage, scratch);
                    sums.own = stored.line(scratch).unwrap_or_default().own;
                }
                let bytes = in_place.unwrap_or(scratch);
                let within = line - first;
                match (waits.take(), in_place) {
                    (Some(before), _) => place.two(panel, within - 1, [before, bytes]),
                    (None, Some(bytes)) if within % 2 == 0 && place.likes_two() => waits = Some(bytes),
                    (None, _) => place.line(panel, within, bytes),
                }
                if counts_magnitude {
                    // −1 and 1 all count, and k was checked against the kernel's limit, which fits.
                    let zeros = if self.operand == Operand::Binary { 0 } else { count_zeros(bytes) };
                    sums.own = zeros.wrapping_sub(bytes.len() as i32);
                }
                each(line, sums);
            }
            if let Some(bytes) = waits {
                let last = (view.rows() - 1).min(first + width - 1) - first;
                place.line(panel, last, bytes);
            }
        }
        Ok(())
    }

    /// The error about the first value of a line that is outside of the range.
    #[cold]
    fn bad_value<T: Value>(&self, kernel: &Kernel, view: MatRef<'_, T>, line: usize) -> Error {
        let mut values = (0..view.cols()).filter_map(|p| Some((p, view.get(line, p)?.to_i16())));
        let operand = self.accepts;
        match values.find(|&(_, value)| !operand.contains(value)) {
            Some((p, value)) => {
                let (row, column) = if self.field == "lhs" { (line, p) } else { (p, line) };
                let kernel = kernel.name().to_owned();
                Error::Value { field: self.field, value, row, column, operand, kernel }
            }
            None => Error::shape(self.field, format!("line {line} changed while it was read"), "lock it"),
        }
    }
}

/// How many bytes are 0. Counted by runs in bytes, of which 16 fit a register.
fn count_zeros(bytes: &[u8]) -> i32 {
    let runs = bytes.chunks(255).map(|run| run.iter().fold(0u8, |count, &b| count + u8::from(b == 0)));
    runs.map(i32::from).sum()
}

/// Turns given bytes into stored ones. Both fit a byte, so that the arithmetic may wrap.
fn store(storage: Storage, bytes: &mut [u8]) {
    match storage {
        Storage::Keep => {}
        Storage::Negate => bytes.iter_mut().for_each(|b| *b = b.wrapping_neg()),
        Storage::Shift(by) => bytes.iter_mut().for_each(|b| *b = b.wrapping_sub(by as u8)),
    }
}

/// Where the panels are.
pub(crate) enum Panels {
    Own(AlignedBytes),
    #[cfg(feature = "packed")]
    Shared(SharedBytes),
}

impl Panels {
    /// Whole panels, and whatever fills the memory up behind them.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Panels::Own(bytes) => bytes.bytes(),
            #[cfg(feature = "packed")]
            Panels::Shared(bytes) => bytes.bytes(),
        }
    }
}

/// A packed side and the sums of its lines (padding included, with sums of 0).
struct Packed {
    format: Format,
    kernel: String,
    lines: usize,
    k: usize,
    bytes: usize,
    panels: Panels,
    sums: Vec<LineSums>,
}

impl Packed {
    /// Packs `view` (lines × k).
    fn new<T: Value>(kernel: &Kernel, format: Format, view: MatRef<'_, T>) -> Result<Packed, Error> {
        format.check_type::<T>(kernel)?;
        let (lines, k) = (view.rows(), view.cols());
        let limit = u64::from(kernel.k_limit());
        if k as u64 > limit {
            return Err(Error::Depth { k, limit, kernel: kernel.name().into(), lhs_zero: 0, rhs_zero: 0 });
        }
        let bytes = format.bytes(lines, k)?;
        let mut data = AlignedBytes::zeroed(bytes)?;
        let mut sums = Vec::new();
        grow_to(&mut sums, format.padded(lines)?)?;
        let mut scratch = Vec::new();
        let line_bytes = k.checked_mul(size_of::<T>()).ok_or(SizeOverflow)?;
        grow_to(&mut scratch, if lines == 0 { 0 } else { line_bytes })?;
        let dest = &mut data.bytes_mut()[..bytes];
        format.pack_lines(kernel, view, true, &mut scratch, dest, |line, found| sums[line] = found)?;
        let (kernel, panels) = (kernel.name().to_owned(), Panels::Own(data));
        Ok(Packed { format, kernel, lines, k, bytes, panels, sums })
    }

    fn check(&self, kernel: &Kernel, format: &Format) -> Result<(), Error> {
        self.format.check(&self.kernel, kernel, format)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.panels.bytes()[..self.bytes]
    }

    fn fmt(&self, name: &str, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(name)
            .field("kernel", &self.kernel)
            .field("lines", &self.lines)
            .field("k", &self.k)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The right side (weights), packed once for a kernel, with the sums of its columns. With the feature
/// `packed` it goes into a file ahead of time, and is read from there where it lies: `qgen_runtime::packed`.
pub struct PackedRhs(Packed);

impl PackedRhs {
    /// Packs `rhs`, a k × n matrix.
    ///
    /// # Errors
    /// [`Error::Value`] for a value outside of the kernel's range, [`Error::ElementType`],
    /// [`Error::Depth`] if k is above the kernel's limit, [`Error::Size`] and [`Error::Memory`].
    pub fn pack<T: Value>(kernel: &Kernel, rhs: MatRef<'_, T>) -> Result<PackedRhs, Error> {
        Packed::new(kernel, Format::rhs(kernel), rhs.transposed()).map(PackedRhs)
    }

    /// The depth: rows of the matrix that was packed.
    pub fn k(&self) -> usize {
        self.0.k
    }

    /// Columns of the matrix that was packed.
    pub fn n(&self) -> usize {
        self.0.lines
    }

    /// The layout of [`PackedRhs::as_bytes`]. Columns are filled up to whole tiles with zeros.
    pub fn layout(&self) -> Layout {
        self.0.format.layout
    }

    /// The kernel that it was packed for.
    pub fn kernel_name(&self) -> &str {
        &self.0.kernel
    }

    /// The panels, beginning at a cache line.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Fails where `kernel` reads another format or accepts less.
    pub(crate) fn check(&self, kernel: &Kernel) -> Result<(), Error> {
        self.check_format(kernel, &Format::rhs(kernel))
    }

    /// Fails where `kernel`, which reads `format`, reads another one or accepts less.
    pub(crate) fn check_format(&self, kernel: &Kernel, format: &Format) -> Result<(), Error> {
        self.0.check(kernel, format)
    }

    /// What a file holds: a k × n matrix, packed for `kernel` in `format`.
    ///
    /// # Errors
    /// [`Error::Size`] if `panels` has fewer bytes than the format's, or `sums` not one of each column.
    #[cfg(feature = "packed")]
    pub(crate) fn from_parts(
        kernel: String,
        format: Format,
        (k, n): (usize, usize),
        panels: Panels,
        sums: Vec<LineSums>,
    ) -> Result<PackedRhs, Error> {
        let bytes = format.bytes(n, k)?;
        if panels.bytes().len() < bytes || sums.len() != format.padded(n)? {
            return Err(SizeOverflow.into());
        }
        Ok(PackedRhs(Packed { format, kernel, lines: n, k, bytes, panels, sums }))
    }

    /// What the bytes and the sums follow from.
    #[cfg(feature = "packed")]
    pub(crate) fn format(&self) -> &Format {
        &self.0.format
    }

    /// The sums of every column, padding included.
    pub(crate) fn sums(&self) -> &[LineSums] {
        &self.0.sums
    }
}

impl std::fmt::Debug for PackedRhs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt("PackedRhs", f)
    }
}

/// The left side, packed for a kernel, with the sums of its rows: for a left side that is multiplied
/// several times. [`Gemm::run`](crate::Gemm::run) needs none: it reads rows in place or packs them
/// block by block.
pub struct PackedLhs(Packed);

impl PackedLhs {
    /// Packs `lhs`, an m × k matrix.
    ///
    /// # Errors
    /// As [`PackedRhs::pack`].
    pub fn pack<T: Value>(kernel: &Kernel, lhs: MatRef<'_, T>) -> Result<PackedLhs, Error> {
        Packed::new(kernel, Format::lhs(kernel), lhs).map(PackedLhs)
    }

    /// Rows of the matrix that was packed.
    pub fn m(&self) -> usize {
        self.0.lines
    }

    /// The depth: columns of the matrix that was packed.
    pub fn k(&self) -> usize {
        self.0.k
    }

    /// The layout of [`PackedLhs::as_bytes`]. Rows are filled up to whole tiles with zeros.
    pub fn layout(&self) -> Layout {
        self.0.format.layout
    }

    /// The kernel that it was packed for.
    pub fn kernel_name(&self) -> &str {
        &self.0.kernel
    }

    /// The panels, beginning at a cache line.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn check(&self, kernel: &Kernel) -> Result<(), Error> {
        self.0.check(kernel, &Format::lhs(kernel))
    }

    pub(crate) fn sums(&self) -> &[LineSums] {
        &self.0.sums
    }
}

impl std::fmt::Debug for PackedLhs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt("PackedLhs", f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_spec::{Descriptor, KernelSpec, Range};

    #[expect(unsafe_code, reason = "a kernel without machine code")]
    fn kernel(name: &str) -> Kernel {
        let spec: KernelSpec = name.parse().unwrap();
        let k_limit = spec.k_limit();
        // SAFETY: there is no code.
        unsafe { Kernel::from_code(Descriptor { spec, depth_limit: 1, k_limit }, None) }.unwrap()
    }

    #[test]
    fn packed_values_are_where_the_layout_says_as_they_are_stored() {
        for name in [
            "qgen_byte_4x6_lm8to7_rm8to7neg_t4x3k16u1_cortex_a53",
            "qgen_fip_8x8_l0to15_r0to15sub8_t4x4k32u1_cortex_a72",
            "qgen_widenouter_8x12_l0to15_r0to15_t8x6k2u1_cortex_a72",
            "qgen_fip_8x8_lm8to7_rm8to7p2_t4x4k32u1_cortex_a72",
            "qgen_fip_8x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72",
            "qgen_byte_4x6_lm8to7_rm2to1p4_t4x3k64u1_cortex_a53",
            "qgen_dotouter_8x8_lm8to7_rm1to2subm1p4_t8x8k16u1_neoverse_n1",
            "qgen_widenouter_8x12_l0to15_r0to15p2_t8x6k4u1_cortex_a72",
            "qgen_mmla_8x8_lm8to7_rm7to8negp2_t8x8k16u1_neoverse_v1",
        ] {
            let kernel = kernel(name);
            let spec = &kernel.descriptor().spec;
            let range = spec.rhs.range().unwrap();
            let (k, n) = (37, 13);
            let given = crate::bench::integers(3, range, k * n);
            let given: Vec<i8> = given.iter().map(|&b| b as i8).collect();
            let packed = PackedRhs::pack(&kernel, MatRef::new(&given, k, n).unwrap()).unwrap();
            let (layout, width) = (packed.layout(), packed.layout().width());
            let panel_bytes = layout.panel_bytes(k).unwrap();
            let mut other = packed.as_bytes().to_vec();
            assert_eq!(packed.as_bytes().as_ptr().addr() % 64, 0);
            assert_eq!(other.len(), panel_bytes * (n.next_multiple_of(spec.tile.n.into()) / width));
            for j in 0..n {
                let mut sum = 0;
                for p in 0..k {
                    let value = i16::from(given[p * n + j]);
                    let at = j / width * panel_bytes + layout.offset_in_panel(j % width, p);
                    let stored = layout.value_in(other[at], p, spec.rhs_signed());
                    assert_eq!(stored, spec.storage.apply(value), "{name}: ({p}, {j})");
                    other[at] = layout.with_value(other[at], p, 0);
                    sum += i32::from(value);
                }
                assert_eq!(packed.sums()[j].sum, sum);
            }
            assert!(other.iter().all(|&b| b == 0), "everything else is 0");
        }
    }

    #[test]
    fn values_outside_of_the_range_are_named() {
        let signs = kernel("qgen_bits_4x4_lbin_rbin_t4x4k128u1_cortex_a53");
        let data = [1i8, -1, 0, 1];
        let e = PackedLhs::pack(&signs, MatRef::new(&data, 2, 2).unwrap()).unwrap_err().to_string();
        assert!(e.starts_with("lhs: the value 0 at row 1, column 0 is outside of -1 or 1"), "{e}");
        let kernel = kernel("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a53");
        let mut data = [0i8; 20 * 3];
        data[17 * 3 + 2] = 8;
        let view = MatRef::new(&data, 20, 3).unwrap();
        let e = PackedRhs::pack(&kernel, view).unwrap_err().to_string();
        assert!(e.starts_with("rhs: the value 8 at row 17, column 2 is outside of -8..=7"), "{e}");
        let e = PackedLhs::pack(&kernel, view).unwrap_err().to_string();
        assert!(e.starts_with("lhs: the value 8 at row 17, column 2"), "{e}");
        let e = PackedRhs::pack(&kernel, MatRef::new(&[1.0f32], 1, 1).unwrap()).unwrap_err();
        assert!(matches!(e, Error::ElementType { given: "f32", .. }), "{e}");
    }

    /// What a kernel accepts is what packing checks, and packed data remembers it.
    #[test]
    fn narrowed_kernels_refuse_what_they_were_not_asked_for() {
        let int = |lo, hi| Operand::Int(Range::new(lo, hi).unwrap());
        let (four, signs) = (int(-8, 7), Operand::Binary);
        for wide in crate::catalog::usual().filter(|kernel| kernel.covers(four, four)) {
            let narrow = wide.narrowed(four, four).unwrap();
            let data = [-8i8, 7, 0, 8];
            let (good, bad) = (MatRef::new(&data, 3, 1).unwrap(), MatRef::new(&data, 4, 1).unwrap());
            let e = PackedRhs::pack(narrow, bad).unwrap_err().to_string();
            assert!(e.starts_with("rhs: the value 8 at row 3, column 0 is outside of -8..=7"), "{e}");
            let e = PackedLhs::pack(narrow, bad).unwrap_err().to_string();
            assert!(e.starts_with("lhs: the value 8 at row 3, column 0 is outside of -8..=7"), "{e}");
            // The bytes are those of the code's own ranges: wherever it accepts them, they can be used.
            let packed = PackedRhs::pack(narrow, good).unwrap();
            packed.check(wide).unwrap();
            packed.check(narrow).unwrap();
            assert_eq!(packed.as_bytes(), PackedRhs::pack(wide, good).unwrap().as_bytes());
            let narrowest = wide.narrowed(signs, signs).unwrap();
            let e = packed.check(narrowest).unwrap_err().to_string();
            assert!(e.starts_with("rhs: packed for values of -8..=7"), "{e}");
            assert!(e.contains("accepts only -1 or 1 here"), "{e}");
            assert!(matches!(PackedRhs::pack(narrowest, good), Err(Error::Value { value: -8, .. })));
            let e = PackedLhs::pack(narrow, good).unwrap().check(narrowest).unwrap_err();
            assert!(matches!(e, Error::PackedWider { field: "lhs", .. }), "{e}");
            // The depth is that of the narrower operands, too.
            let deep = MatRef::<i8>::new(&[], narrow.k_limit() as usize, 0).unwrap();
            assert_eq!(PackedRhs::pack(narrow, deep).unwrap().k(), 33_554_431);
        }
    }

    #[test]
    fn empty_matrices_and_impossible_sizes() {
        let kernel = kernel("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a53");
        let pack = |k, n| PackedRhs::pack(&kernel, MatRef::<i8>::new(&[], k, n)?);
        assert_eq!(pack(0, 0).unwrap().as_bytes().len(), 0);
        assert_eq!(pack(0, 5).unwrap().n(), 5);
        assert_eq!(pack(9, 0).unwrap().k(), 9);
        assert!(matches!(pack(0, usize::MAX), Err(Error::Size(_))));
        assert!(matches!(pack(0, usize::MAX / 4 * 3), Err(Error::Memory { .. })));
        assert!(matches!(pack(1 << 30, 0), Err(Error::Depth { .. })));
    }
}
