//! The arithmetic of `line.rs` in vectors, 8 elements at a time.
//!
//! Slices have whole groups of 8, and all slices of a call (also those in [`Along`]) are as long as the
//! first, but for those of 16 channels at a time. Every function says what its arithmetic is for each group.

#![expect(unsafe_code, reason = "intrinsics, and loads from slices whose lengths were checked")]

use super::line::{Along, Grid};
use super::rows::{Rows, STRIP};
use super::shares::Share;
use qgen_spec::requantise::Requantise;
use std::arch::aarch64::*;

/// 2 `fdiv`, 2 `fcvtns`, 2 `sqxtn`, `sqadd`, `smax`, `smin`, `xtn`; and 4 that look for NaN.
pub(super) fn quantise(real: &[f32], scale: Along<'_, f32>, grid: Grid, out: &mut [u8]) -> bool {
    check(real.len(), out.len(), &scale);
    let grid = Bounds::new(grid);
    // SAFETY: all slices have whole groups of 8 elements, and the loop stays inside (`check`). Advanced
    // SIMD is part of every aarch64 target that this is compiled for.
    unsafe {
        let mut numbers = vdupq_n_u32(u32::MAX);
        for i in (0..real.len()).step_by(8) {
            let (a, b) = floats(real, i);
            numbers = vandq_u32(numbers, vandq_u32(vceqq_f32(a, a), vceqq_f32(b, b)));
            let (p, q) = along_floats(scale, i);
            // Conversion rounds to nearest, ties to even, saturates, and makes 0 of NaN.
            let (a, b) = (vcvtnq_s32_f32(vdivq_f32(a, p)), vcvtnq_s32_f32(vdivq_f32(b, q)));
            vst1_u8(out.as_mut_ptr().add(i), grid.bytes(a, b));
        }
        vminvq_u32(numbers) == u32::MAX
    }
}

/// Widening of 8 bytes, `sub`, widening again, 2 `scvtf`, 2 `fmul`.
pub(super) fn dequantise(stored: &[u8], signed: bool, scale: Along<'_, f32>, zero: i16, out: &mut [f32]) {
    check(stored.len(), out.len(), &scale);
    // SAFETY: as in `quantise`.
    unsafe {
        let zero = vdupq_n_s16(zero);
        for i in (0..stored.len()).step_by(8) {
            let bytes = vld1_u8(stored.as_ptr().add(i));
            let wide = match signed {
                true => vmovl_s8(vreinterpret_s8_u8(bytes)),
                false => vreinterpretq_s16_u16(vmovl_u8(bytes)),
            };
            // Below 512: no difference of bytes wraps in 16 bits.
            let steps = vsubq_s16(wide, zero);
            let (a, b) = (vmovl_s16(vget_low_s16(steps)), vmovl_high_s16(steps));
            let (p, q) = along_floats(scale, i);
            vst1q_f32(out.as_mut_ptr().add(i), vmulq_f32(vcvtq_f32_s32(a), p));
            vst1q_f32(out.as_mut_ptr().add(i + 4), vmulq_f32(vcvtq_f32_s32(b), q));
        }
    }
}

/// 2 of each: `sqadd` (bias), `sqshl`, `sqrdmulh`, `and` and `ssra` for ties, `srshl`; then as
/// [`quantise`] from `sqxtn` on. Where all factors shift to the `RIGHT`, 2 `sqrdmulh`, `ssra` and `srshl` are enough.
pub(super) fn requantise<const RIGHT: bool>(
    acc: &[i32],
    bias: Along<'_, i32>,
    factor: Along<'_, Requantise>,
    grid: Grid,
    out: &mut [u8],
) {
    check(acc.len(), out.len(), &bias);
    check(acc.len(), out.len(), &factor);
    let grid = Bounds::new(grid);
    // SAFETY: as in `quantise`.
    unsafe {
        for i in (0..acc.len()).step_by(8) {
            let (a, b) = biased(acc, bias, i);
            let (p, q) = (four_factors(factor, i), four_factors(factor, i + 4));
            let (a, b) = match RIGHT {
                true => (scaled_right(a, p), scaled_right(b, q)),
                false => (scaled(a, p), scaled(b, q)),
            };
            vst1_u8(out.as_mut_ptr().add(i), grid.bytes(a, b));
        }
    }
}

/// Of both sides' bytes: `sshll` or `ushll`, `sub`, `shl`, 2 `sshll`, `sqrdmulh`, `and`, `ssra`, `srshl`; 2 `add`; then as
/// [`requantise`] without bias.
pub(super) fn add<const RIGHT: bool>(
    (a, of_a): (&[u8], Share),
    (b, of_b): (&[u8], Share),
    (factor, grid): (Requantise, Grid),
    out: &mut [u8],
) {
    assert!(a.len() == out.len() && b.len() == out.len() && out.len().is_multiple_of(8));
    let grid = Bounds::new(grid);
    // SAFETY: all slices have whole groups of 8 bytes; the rest is arithmetic.
    unsafe {
        let factor = (vdupq_n_s32(factor.multiplier()), vdupq_n_s32(factor.shift()));
        for i in (0..out.len()).step_by(8) {
            // Not `map`, which compilers may leave a call.
            let (a, c) = shares(vld1_u8(a.as_ptr().add(i)), of_a);
            let (b, d) = shares(vld1_u8(b.as_ptr().add(i)), of_b);
            let (low, high) = (vaddq_s32(a, b), vaddq_s32(c, d));
            let (low, high) = match RIGHT {
                true => (scaled_right(low, factor), scaled_right(high, factor)),
                false => (scaled(low, factor), scaled(high, factor)),
            };
            vst1_u8(out.as_mut_ptr().add(i), grid.bytes(low, high));
        }
    }
}

/// [`Share`]s of 8 bytes.
#[inline(always)]
fn shares(bytes: uint8x8_t, of: Share) -> (int32x4_t, int32x4_t) {
    const { assert!(Share::LEFT == 5 + 15) };
    // SAFETY: as in `Bounds::new`.
    unsafe {
        let wide = match of.signed {
            true => vmovl_s8(vreinterpret_s8_u8(bytes)),
            false => vreinterpretq_s16_u16(vmovl_u8(bytes)),
        };
        // Differences have 9 bits and a sign: with 5 more they fit 16.
        let steps = vshlq_n_s16::<5>(vsubq_s16(wide, vdupq_n_s16(of.zero)));
        let (multiplier, shift) = (vdupq_n_s32(of.factor.multiplier()), vdupq_n_s32(of.factor.shift()));
        (
            scaled_no_left(vshll_n_s16::<15>(vget_low_s16(steps)), (multiplier, shift)),
            scaled_no_left(vshll_high_n_s16::<15>(steps), (multiplier, shift)),
        )
    }
}

/// Rows of 16 sums, each column with its factor and, if it has a `BIAS`, that, to rows of bytes: `sqadd` for the bias and
/// the rest as [`of_channels`].
pub(super) fn of_rows<const RIGHT: bool, const BIAS: bool>(
    factors: Along<'_, Requantise>,
    bias: &[i32],
    grid: Grid,
    rows: Rows<'_>,
) {
    check(STRIP, STRIP, &factors);
    assert!(bias.len() >= STRIP);
    rows.check(STRIP);
    let Rows { count, sums, out } = rows;
    // SAFETY: there are 16 factors and biases, and 16 sums and room for 16 bytes of the last row, which is the farthest. One
    // past it the pointers are not used, and may be anywhere.
    unsafe {
        let factors: [_; 4] = std::array::from_fn(|at| four_factors(factors, 4 * at));
        let bias: [_; 4] = std::array::from_fn(|at| vld1q_s32(bias.as_ptr().add(4 * at)));
        let grid = Bounds::new(grid);
        let (mut from, mut to) = (sums.0.as_ptr(), out.0.as_mut_ptr());
        for _ in 0..count {
            let four = |at: usize| {
                let x = vld1q_s32(from.add(4 * at));
                let x = if BIAS { vqaddq_s32(x, bias[at]) } else { x };
                if RIGHT { scaled_right(x, factors[at]) } else { scaled(x, factors[at]) }
            };
            let eight = |at: usize| grid.even_bytes(four(at), four(at + 1));
            vst1q_u8(to, vuzp1q_u8(eight(0), eight(2)));
            (from, to) = (from.wrapping_add(sums.1), to.wrapping_add(out.1));
        }
    }
}

/// Of each channel 16 sums with one factor and no bias. Where that shifts to the right alone, as factors below 1/2 do, 4
/// `sqrdmulh`, `ssra` for ties, `srshl`; 2 `sqxtn`, `sqxtn2`, `sqadd`, `smax`, `smin`; `uzp1`.
pub(super) fn of_channels(
    factor: impl Fn(usize) -> Requantise,
    grid: Grid,
    sums: &[[i32; 16]],
    out: &mut [[u8; 16]],
) {
    // SAFETY: arithmetic on registers, 16 sums and 16 bytes. Advanced SIMD is part of every aarch64 target that this is
    // compiled for.
    unsafe {
        let grid = Bounds::new(grid);
        for (channel, (sums, out)) in sums.iter().zip(out).enumerate() {
            let factor = factor(channel);
            let (multiplier, shift) = (vdupq_n_s32(factor.multiplier()), vdupq_n_s32(factor.shift()));
            let right = factor.shift() < 0;
            let four = |at: usize| {
                let x = vld1q_s32(sums.as_ptr().add(4 * at));
                let factor = (multiplier, shift);
                if right { scaled_right(x, factor) } else { scaled(x, factor) }
            };
            let eight = |at: usize| grid.even_bytes(four(at), four(at + 1));
            vst1q_u8(out.as_mut_ptr(), vuzp1q_u8(eight(0), eight(2)));
        }
    }
}

/// 2 of each: `sqadd` (bias), `scvtf`, `fmul`, `fmax`, `fmin`.
pub(super) fn to_f32(
    acc: &[i32],
    bias: Along<'_, i32>,
    scale: Along<'_, f32>,
    (lo, hi): (f32, f32),
    out: &mut [f32],
) {
    check(acc.len(), out.len(), &bias);
    check(acc.len(), out.len(), &scale);
    // SAFETY: as in `quantise`.
    unsafe {
        let (lo, hi) = (vdupq_n_f32(lo), vdupq_n_f32(hi));
        for i in (0..acc.len()).step_by(8) {
            let (a, b) = biased(acc, bias, i);
            let (p, q) = along_floats(scale, i);
            let (a, b) = (vmulq_f32(vcvtq_f32_s32(a), p), vmulq_f32(vcvtq_f32_s32(b), q));
            vst1q_f32(out.as_mut_ptr().add(i), vminq_f32(vmaxq_f32(a, lo), hi));
            vst1q_f32(out.as_mut_ptr().add(i + 4), vminq_f32(vmaxq_f32(b, lo), hi));
        }
    }
}

/// What the pointers of the loops rely on.
fn check<T>(len: usize, out: usize, along: &Along<'_, T>) {
    let enough = match along {
        Along::One(_) => true,
        Along::Each(values) => values.len() >= len,
    };
    assert!(len.is_multiple_of(8) && out == len && enough, "slices of different lengths");
}

/// The stored numbers, for 8 of them.
#[derive(Clone, Copy)]
struct Bounds {
    zero: int16x8_t,
    lo: int16x8_t,
    hi: int16x8_t,
}

impl Bounds {
    fn new(grid: Grid) -> Bounds {
        // SAFETY: arithmetic on registers, with instructions that every target has.
        unsafe { Bounds { zero: vdupq_n_s16(grid.zero), lo: vdupq_n_s16(grid.lo), hi: vdupq_n_s16(grid.hi) } }
    }

    /// Adds the zero point and clamps. Saturation on the way does not change what is clamped to a byte.
    #[inline(always)]
    fn clamped(self, a: int32x4_t, b: int32x4_t) -> int16x8_t {
        // SAFETY: as in `new`.
        unsafe {
            let both = vqmovn_high_s32(vqmovn_s32(a), b);
            vminq_s16(vmaxq_s16(vqaddq_s16(both, self.zero), self.lo), self.hi)
        }
    }

    /// [`Bounds::clamped`] numbers as bytes.
    #[inline(always)]
    fn bytes(self, a: int32x4_t, b: int32x4_t) -> uint8x8_t {
        // SAFETY: as in `new`.
        unsafe { vreinterpret_u8_s8(vmovn_s16(self.clamped(a, b))) }
    }

    /// The same as every second byte.
    #[inline(always)]
    fn even_bytes(self, a: int32x4_t, b: int32x4_t) -> uint8x16_t {
        // SAFETY: as in `new`.
        unsafe { vreinterpretq_u8_s16(self.clamped(a, b)) }
    }
}

/// [`Requantise::apply`] with (multiplier, shift).
#[inline(always)]
fn scaled(x: int32x4_t, (multiplier, shift): (int32x4_t, int32x4_t)) -> int32x4_t {
    // SAFETY: as in `Bounds::new`.
    unsafe {
        let none = vdupq_n_s32(0);
        let (left, right) = (vmaxq_s32(shift, none), vminq_s32(shift, none));
        scaled_no_left(vqshlq_s32(x, left), (multiplier, right))
    }
}

/// [`scaled`] for shifts that are not above 0.
#[inline(always)]
fn scaled_no_left(x: int32x4_t, (multiplier, shift): (int32x4_t, int32x4_t)) -> int32x4_t {
    // SAFETY: as in `Bounds::new`.
    unsafe {
        let x = vqrdmulhq_s32(x, multiplier);
        // `srshl` breaks ties upwards. A negative number that is shifted is taken 1 lower before: of a product with a number
        // below 1 that can be done without leaving 32 bits.
        vrshlq_s32(vsraq_n_s32::<31>(x, vandq_s32(x, shift)), shift)
    }
}

/// [`scaled`] for shifts below 0.
#[inline(always)]
fn scaled_right(x: int32x4_t, (multiplier, shift): (int32x4_t, int32x4_t)) -> int32x4_t {
    // SAFETY: as in `Bounds::new`.
    unsafe {
        let x = vqrdmulhq_s32(x, multiplier);
        vrshlq_s32(vsraq_n_s32::<31>(x, x), shift)
    }
}

/// Elements `i..i + 8` plus their bias.
///
/// # Safety
/// They exist, in `bias` too.
#[inline(always)]
unsafe fn biased(acc: &[i32], bias: Along<'_, i32>, i: usize) -> (int32x4_t, int32x4_t) {
    // SAFETY: the caller's promise.
    unsafe {
        let (a, b) = (vld1q_s32(acc.as_ptr().add(i)), vld1q_s32(acc.as_ptr().add(i + 4)));
        let (p, q) = match bias {
            Along::One(one) => (vdupq_n_s32(one), vdupq_n_s32(one)),
            Along::Each(each) => (vld1q_s32(each.as_ptr().add(i)), vld1q_s32(each.as_ptr().add(i + 4))),
        };
        (vqaddq_s32(a, p), vqaddq_s32(b, q))
    }
}

/// Elements `i..i + 8`.
///
/// # Safety
/// They exist.
#[inline(always)]
unsafe fn floats(values: &[f32], i: usize) -> (float32x4_t, float32x4_t) {
    // SAFETY: the caller's promise.
    unsafe { (vld1q_f32(values.as_ptr().add(i)), vld1q_f32(values.as_ptr().add(i + 4))) }
}

/// # Safety
/// As [`floats`].
#[inline(always)]
unsafe fn along_floats(values: Along<'_, f32>, i: usize) -> (float32x4_t, float32x4_t) {
    // SAFETY: the caller's promise.
    unsafe {
        match values {
            Along::One(one) => (vdupq_n_f32(one), vdupq_n_f32(one)),
            Along::Each(each) => floats(each, i),
        }
    }
}

/// Multipliers and shifts of the factors `i..i + 4`.
///
/// # Safety
/// They exist.
#[inline(always)]
unsafe fn four_factors(factors: Along<'_, Requantise>, i: usize) -> (int32x4_t, int32x4_t) {
    const { assert!(size_of::<Requantise>() == 8) };
    // SAFETY: the caller's promise; a factor is multiplier and shift, two i32 in this order.
    unsafe {
        match factors {
            Along::One(one) => (vdupq_n_s32(one.multiplier()), vdupq_n_s32(one.shift())),
            Along::Each(each) => {
                let int32x4x2_t(multipliers, shifts) = vld2q_s32(each.as_ptr().add(i).cast());
                (multipliers, shifts)
            }
        }
    }
}
