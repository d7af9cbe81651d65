//! The plain scalar truth, which shares nothing with the compiler.

#![expect(unsafe_code, reason = "the reference takes pointers, as the call contract has them")]

use crate::{
    Descriptor, End, EndLayout, KernelSpec, Layout, PlaneCode, Requantise, Strategy, float_max, float_min,
};

/// One element of an integer matrix product, Σ_p (lhs(p) − lhs_zero)·(rhs(p) − rhs_zero), exactly.
pub fn dot(
    k: usize,
    lhs: impl Fn(usize) -> i64,
    rhs: impl Fn(usize) -> i64,
    lhs_zero: i64,
    rhs_zero: i64,
) -> i64 {
    (0..k).map(|p| (lhs(p) - lhs_zero) * (rhs(p) - rhs_zero)).sum()
}

/// Σ_p lhs(p)·rhs(p) in f32, one rounding per fused multiply-add, in the order of p.
///
/// `fused` is the correctly rounded `a·b + c` (`f32::mul_add`, which `core` does not have).
pub fn dot_f32(
    k: usize,
    lhs: impl Fn(usize) -> f32,
    rhs: impl Fn(usize) -> f32,
    fused: fn(f32, f32, f32) -> f32,
) -> f32 {
    (0..k).fold(0.0, |sum, p| fused(lhs(p), rhs(p), sum))
}

/// What a kernel does, in plain Rust: the portable fallback and the contract that machine code is
/// compared with. Arguments as in [`crate::abi`]. Floats are multiplied and added with two roundings
/// unless `fused` is given.
///
/// # Safety
/// The pointers must be valid as [`crate::abi`] says.
#[expect(clippy::too_many_arguments, reason = "this is the call contract of a kernel")]
pub unsafe fn kernel(
    descriptor: &Descriptor,
    fused: fn(f32, f32, f32) -> f32,
    k_blocks: usize,
    lhs: *const u8,
    lhs_stride: usize,
    rhs: *const u8,
    out: *mut i32,
    out_stride: usize,
    row_add: *const i32,
    col_add: *const i32,
) {
    let spec = &descriptor.spec;
    let (lhs_layout, rhs_layout) = (spec.lhs_layout(), spec.rhs_layout());
    let depth = k_blocks * usize::from(spec.k_block);
    for i in 0..usize::from(spec.tile.m) {
        for j in 0..usize::from(spec.tile.n) {
            // SAFETY: line i starts at row i, or lies in panel i / width; the caller vouches for
            // `lhs_stride` and for `depth` values of every line.
            let (x, y) = unsafe {
                (
                    Line::new(lhs, lhs_layout, i, lhs_stride),
                    Line::new(rhs, rhs_layout, j, rhs_panel_stride(rhs_layout, k_blocks)),
                )
            };
            let ends = EndLayout::of(spec);
            // SAFETY: `out` has m rows of n results, `row_add` m values, and `col_add` the parameters of n
            // columns.
            let (at, row, params) = unsafe {
                (
                    out.cast::<u8>().add(i * out_stride + j * spec.end.bytes()),
                    row_add.add(i).read(),
                    col_add.add(ends.block_of(j)),
                )
            };
            // SAFETY: as above.
            let col = unsafe { params.add(ends.word(0, j % ends.width())).read() };
            let result = match (spec.lhs.range(), spec.rhs_stored().range()) {
                _ if spec.strategy == Strategy::Bits => {
                    // SAFETY: p is below `depth`.
                    let raw = unsafe { planes_raw(spec, depth, x, y) };
                    raw.wrapping_add(row).wrapping_add(col)
                }
                (Some(l), Some(_)) => {
                    // SAFETY: p and p + 16 are below `depth`.
                    let (x, y) = unsafe { (|p| x.int(p, l.fits_i8()), |p| y.int(p, spec.rhs_signed())) };
                    let raw = if spec.strategy == Strategy::Fip {
                        let first = (0..depth).filter(|p| p % 32 < 16);
                        first.fold(0i32, |sum, p| sum.wrapping_add((x(p) + y(p + 16)) * (x(p + 16) + y(p))))
                    } else {
                        (0..depth).fold(0i32, |sum, p| sum.wrapping_add(x(p) * y(p)))
                    };
                    raw.wrapping_mul(spec.storage.sign()).wrapping_add(row).wrapping_add(col)
                }
                _ => {
                    // SAFETY: p is below `depth`.
                    let raw = unsafe { dot_f32(depth, |p| x.float(p), |p| y.float(p), fused) };
                    ((raw + f32::from_bits(col as u32)) + f32::from_bits(row as u32)).to_bits() as i32
                }
            };
            // SAFETY: inside row i of `out`; these are column j's parameters.
            unsafe { store(at, spec.result_bits().stored(result), ends, params, j % ends.width()) };
        }
    }
}

/// Makes the result of a sum, that of column `j` of a block of parameters, and stores it.
///
/// # Safety
/// `at` must be valid for a result, and `params` for a block of `ends`.
unsafe fn store(at: *mut u8, sum: i32, ends: EndLayout, params: *const i32, j: usize) {
    // SAFETY: the caller's promise.
    let word = |at: usize| unsafe { params.add(at).read() };
    match ends.end() {
        // SAFETY: the caller's promise.
        End::Sums => unsafe { at.cast::<i32>().write(sum) },
        End::F32 => {
            let float = match ends.params() {
                [_] => f32::from_bits(sum as u32),
                _ => sum as f32 * f32::from_bits(word(ends.word(1, j)) as u32),
            };
            let [lo, hi] = [0, 4].map(|at| f32::from_bits(word(at) as u32));
            let bits = float_min(float_max(float, lo), hi).to_bits();
            // SAFETY: the caller's promise.
            unsafe { at.cast::<u32>().write(bits) }
        }
        End::I8 | End::U8 => {
            let [multiplier, left, right] = [1, 2, 3].map(|param| word(ends.word(param, j)));
            // The contract has no others.
            let scaled = Requantise::new(multiplier, left + right).map_or(0, |factor| factor.apply(sum));
            let byte = |word: i32| match ends.end() {
                End::I8 => i32::from(word as i8),
                _ => i32::from(word as u8),
            };
            let (zero, lo, hi) = (i32::from(word(0) as i16), byte(word(4)), byte(word(8)));
            let result = scaled.saturating_add(zero).max(lo).min(hi);
            // SAFETY: the caller's promise.
            unsafe { at.write(result as u8) }
        }
    }
}

/// Σ over depth of what two lines' bits say: the product of the numbers that the bits write, or for
/// signs −2 where both are not zero and the signs differ (`Sums` has the rest).
///
/// # Safety
/// Both lines must be valid below `depth`.
unsafe fn planes_raw(spec: &KernelSpec, depth: usize, x: Line, y: Line) -> i32 {
    let (Some(lhs), Some(rhs)) = (PlaneCode::of(spec.lhs), PlaneCode::of(spec.rhs)) else { return 0 };
    // SAFETY: the caller's promise.
    let bits = |line: Line, code: PlaneCode, p: usize| unsafe {
        (0..code.planes()).fold(0u8, |all, q| all | line.bit(p, q) << q)
    };
    let sign = |code: PlaneCode, bits: u8| match code {
        PlaneCode::Sign => 1 - 2 * i32::from(bits),
        _ => i32::from(bits & 1) * (1 - (i32::from(bits) & 2)),
    };
    (0..depth).fold(0i32, |sum, p| {
        let (a, b) = (bits(x, lhs, p), bits(y, rhs, p));
        sum.wrapping_add(match (lhs, rhs) {
            (PlaneCode::Binary { .. }, PlaneCode::Binary { .. }) => i32::from(a) * i32::from(b),
            (PlaneCode::Ternary, PlaneCode::Ternary) => sign(lhs, a) * sign(rhs, b),
            (_, PlaneCode::Sign) => sign(lhs, a) * sign(rhs, b) - sign(lhs, a).abs(),
            (_, _) => sign(lhs, a) * sign(rhs, b) - sign(rhs, b).abs(),
        })
    })
}

/// Bytes between two panels of the right side in a call of `k_blocks` blocks.
pub fn rhs_panel_stride(layout: Layout, k_blocks: usize) -> usize {
    layout.block_bytes() * k_blocks
}

/// One line of a packed side.
#[derive(Clone, Copy)]
struct Line {
    panel: *const u8,
    layout: Layout,
    line: usize,
}

impl Line {
    /// # Safety
    /// `base` must be valid for the panel that holds line `index`.
    unsafe fn new(base: *const u8, layout: Layout, index: usize, panel_stride: usize) -> Line {
        let width = layout.width();
        // SAFETY: the caller's promise.
        Line { panel: unsafe { base.add(index / width * panel_stride) }, layout, line: index % width }
    }

    /// # Safety
    /// The line must be valid at depth `p`, and so for the following functions.
    unsafe fn at(self, p: usize) -> *const u8 {
        // SAFETY: the caller's promise.
        unsafe { self.panel.add(self.layout.offset_in_panel(self.line, p)) }
    }

    unsafe fn int(self, p: usize, signed: bool) -> i32 {
        // SAFETY: the caller's promise.
        let byte = unsafe { self.at(p).read() };
        self.layout.value_in(byte, p, signed).into()
    }

    unsafe fn bit(self, p: usize, plane: u8) -> u8 {
        // SAFETY: the caller's promise.
        unsafe { self.at(p).add(16 * usize::from(plane)).read() >> (p % 8) & 1 }
    }

    unsafe fn float(self, p: usize) -> f32 {
        // SAFETY: the caller's promise.
        unsafe { self.at(p).cast::<f32>().read_unaligned() }
    }
}
