//! [`Line`] in vectors of 16 channels.
//!
//! Products are summed in bytes as long as the ranges allow, those sums in 16 bits, and those in 32:
//!
//! | for each 16 channels of a result, 3×3 taps | 2 bits | 3 bits | 4 bits | 8 bits (−127 on a side) |
//! |---|---|---|---|---|
//! | products that fit a byte, 16 bits | 31, all | 7, all | 2, all | 0, 2 |
//! | `mul`, `mla` | 9 | 9 | 8 | – |
//! | `smull`, `smlal` | – | – | 2 | 18 |
//! | `saddl`, `saddw` to 16 bits | 2 | 2 | 6 | – |
//! | `saddw` to 32 bits | 4 | 4 | 4 | 20 |
//! | `ldr`, four results beside each other | 4.5 | 4.5 | 4.5 | 4.5 |
//! | `stp` | 2 | 2 | 2 | 2 |

use super::Line;
use super::weights::Depths;
use std::arch::aarch64::*;

/// As [`super::plain::line`].
pub(super) fn line(line: &Line<'_>, depths: Depths, out: &mut [i32], channels: usize) {
    line.check(out, channels);
    let single = line.below.starts.len() == 3 && line.kernel_width == 3;
    let Depths { bytes, halves } = depths;
    let run = match (single, bytes, halves) {
        (false, ..) => any,
        (true, 9.., _) => nine::<9, 9>,
        (true, 5..=8, _) => nine::<5, 9>,
        (true, 3..=4, _) => nine::<3, 9>,
        (true, 2, _) => nine::<2, 9>,
        (true, _, 9..) => nine::<1, 9>,
        (true, _, 5..=8) => nine::<1, 5>,
        (true, _, 2..=4) => nine::<1, 2>,
        (true, ..) => nine::<1, 1>,
    };
    for first in (0..channels).step_by(16) {
        // SAFETY: `check` has compared what is read of lines, weights and constants, and written of `out`,
        // with their lengths; `first` is below the width, which is a multiple of 16.
        unsafe { run(line, depths, out.as_mut_ptr(), channels, first) };
    }
}

/// Sums of 16 channels.
type Wide = [int32x4_t; 4];

/// Results of 16 channels, from `first`, of 3×3 taps. `BYTES` products fit 8 bits, `HALVES` 16 bits.
///
/// # Safety
/// As said by [`Line::check`] for `out` with `channels` channels; `first + 16` is at most the width.
unsafe fn nine<const BYTES: usize, const HALVES: usize>(
    line: &Line<'_>,
    _: Depths,
    out: *mut i32,
    channels: usize,
    first: usize,
) {
    let width = line.width;
    // SAFETY: the weights have 9 · width bytes, the constants width values.
    let (weights, constants) = unsafe {
        let weights: [int8x16_t; 9] =
            std::array::from_fn(|tap| vld1q_s8(line.weights.as_ptr().add(tap * width + first)));
        (weights, constants(line, first))
    };
    let rows: [*const i8; 3] =
        std::array::from_fn(|row| line.below.bytes.as_ptr().wrapping_add(line.below.starts[row] + first).cast());
    let (step, tap) = (line.stride * width, line.dilation * width);
    let mut at = 0;
    let shared = line.stride == 1 && line.dilation == 1;
    // SAFETY: `check` has seen that the last taps of the last result are inside of `bytes`.
    let column = |offset: usize| unsafe { rows.map(|row| vld1q_s8(row.add(offset))) };
    let result = |a: &[int8x16_t; 3], b: &[int8x16_t; 3], c: &[int8x16_t; 3]| {
        let x = [a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]];
        sum_of_nine::<BYTES, HALVES>(&x, &weights, constants, line.negated)
    };
    // SAFETY: the result is one of `count`.
    let mut put = |at: usize, sums: Wide| unsafe { store(sums, out, at, channels, first) };
    while shared && at + 4 <= line.count {
        let c = |column_at: usize| column((at + column_at) * width);
        let (c0, c1, c2, c3, c4, c5) = (c(0), c(1), c(2), c(3), c(4), c(5));
        put(at, result(&c0, &c1, &c2));
        put(at + 1, result(&c1, &c2, &c3));
        put(at + 2, result(&c2, &c3, &c4));
        put(at + 3, result(&c3, &c4, &c5));
        at += 4;
    }
    while at < line.count {
        let base = at * step;
        put(at, result(&column(base), &column(base + tap), &column(base + 2 * tap)));
        at += 1;
    }
}

/// Σ x·w added to `wide`, or subtracted from it.
#[inline(always)]
fn sum_of_nine<const BYTES: usize, const HALVES: usize>(
    x: &[int8x16_t; 9],
    w: &[int8x16_t; 9],
    mut wide: Wide,
    negated: bool,
) -> Wide {
    let mut tap = 0;
    while tap < 9 {
        let end = if tap + HALVES < 9 { tap + HALVES } else { 9 };
        // SAFETY: arithmetic, with Advanced SIMD, which every aarch64 target has that this is compiled for.
        unsafe {
            let mut halves: Option<[int16x8_t; 2]> = None;
            let mut waiting: Option<int8x16_t> = None;
            while tap < end {
                let count = if tap + BYTES < end { BYTES } else { end - tap };
                if count == 1 && (BYTES == 1 || halves.is_some()) {
                    halves = Some(multiply_long(halves, x[tap], w[tap]));
                    tap += 1;
                    continue;
                }
                let mut bytes = vmulq_s8(x[tap], w[tap]);
                let mut i = 1;
                while i < count {
                    bytes = vmlaq_s8(bytes, x[tap + i], w[tap + i]);
                    i += 1;
                }
                tap += count;
                (halves, waiting) = match (halves, waiting) {
                    (None, None) => (None, Some(bytes)),
                    (None, Some(other)) => (Some(add_long(other, bytes)), None),
                    (Some(sums), _) => (Some(add_wide(sums, bytes)), None),
                };
            }
            let halves = match (halves, waiting) {
                (Some(sums), Some(bytes)) => add_wide(sums, bytes),
                (Some(sums), None) => sums,
                (None, Some(bytes)) => [vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes)],
                (None, None) => [vdupq_n_s16(0); 2],
            };
            wide = widen(wide, halves, negated);
        }
    }
    wide
}

/// As [`nine`] for any taps.
///
/// # Safety
/// As [`nine`].
unsafe fn any(line: &Line<'_>, depths: Depths, out: *mut i32, channels: usize, first: usize) {
    let mut at = 0;
    while at + 4 <= line.count {
        // SAFETY: the caller's promise, for results that exist.
        unsafe { several::<4>(line, depths, out, channels, first, at) };
        at += 4;
    }
    while at < line.count {
        // SAFETY: as above.
        unsafe { several::<1>(line, depths, out, channels, first, at) };
        at += 1;
    }
}

/// `N` results from `at`, for which each weight is loaded once.
///
/// # Safety
/// As [`nine`], and `at + N` is at most the count.
#[inline(always)]
unsafe fn several<const N: usize>(
    line: &Line<'_>,
    depths: Depths,
    out: *mut i32,
    channels: usize,
    first: usize,
    at: usize,
) {
    let Depths { bytes: in_bytes, halves: in_halves } = depths;
    let (width, step) = (line.width, line.stride * line.width);
    // SAFETY: `first` is below the width.
    let mut wide: [Wide; N] = unsafe { [constants(line, first); N] };
    let mut weight = line.weights.as_ptr().wrapping_add(first);
    // SAFETY: each tap's weights and the places of its N results are what `check` has seen; the rest is
    // arithmetic.
    unsafe {
        let (mut halves, mut bytes) = ([[vdupq_n_s16(0); 2]; N], [vdupq_n_s8(0); N]);
        let (mut full, mut fuller) = (0, 0);
        for row in line.below.starts {
            let mut place = line.below.bytes.as_ptr().wrapping_add(row + at * step + first).cast::<i8>();
            for _ in 0..line.kernel_width {
                let w = vld1q_s8(weight);
                let x: [int8x16_t; N] = std::array::from_fn(|i| vld1q_s8(place.add(i * step)));
                if in_bytes < 2 {
                    for i in 0..N {
                        halves[i] = multiply_long(Some(halves[i]), x[i], w);
                    }
                } else {
                    for i in 0..N {
                        bytes[i] = vmlaq_s8(bytes[i], x[i], w);
                    }
                    full += 1;
                    if full == in_bytes {
                        for i in 0..N {
                            halves[i] = add_wide(halves[i], bytes[i]);
                            bytes[i] = vdupq_n_s8(0);
                        }
                        full = 0;
                    }
                }
                fuller += 1;
                if fuller == in_halves {
                    for i in 0..N {
                        wide[i] = widen(wide[i], add_wide(halves[i], bytes[i]), line.negated);
                        (halves[i], bytes[i]) = ([vdupq_n_s16(0); 2], vdupq_n_s8(0));
                    }
                    (full, fuller) = (0, 0);
                }
                weight = weight.wrapping_add(width);
                place = place.wrapping_add(line.dilation * width);
            }
        }
        for i in 0..N {
            let sums = widen(wide[i], add_wide(halves[i], bytes[i]), line.negated);
            store(sums, out, at + i, channels, first);
        }
    }
}

/// # Safety
/// There must be 16 constants from `first`.
#[inline(always)]
unsafe fn constants(line: &Line<'_>, first: usize) -> Wide {
    // SAFETY: the caller's promise.
    unsafe { std::array::from_fn(|i| vld1q_s32(line.constants.as_ptr().add(first + 4 * i))) }
}

/// Writes the sums of channels `first..` of result `at`: 16, or as many as there are.
///
/// # Safety
/// `out` must have `channels` values for the result, and `first` be below that.
#[inline(always)]
unsafe fn store(sums: Wide, out: *mut i32, at: usize, channels: usize, first: usize) {
    // SAFETY: the caller's promise; the array has 16 values.
    unsafe {
        let to = out.add(at * channels + first);
        if first + 16 <= channels {
            (0..4).for_each(|i| vst1q_s32(to.add(4 * i), sums[i]));
        } else {
            let mut some = [0i32; 16];
            (0..4).for_each(|i| vst1q_s32(some.as_mut_ptr().add(4 * i), sums[i]));
            std::ptr::copy_nonoverlapping(some.as_ptr(), to, channels - first);
        }
    }
}

#[inline(always)]
unsafe fn multiply_long(sums: Option<[int16x8_t; 2]>, x: int8x16_t, w: int8x16_t) -> [int16x8_t; 2] {
    // SAFETY: arithmetic.
    unsafe {
        let (low_x, low_w) = (vget_low_s8(x), vget_low_s8(w));
        match sums {
            Some([low, high]) => [vmlal_s8(low, low_x, low_w), vmlal_high_s8(high, x, w)],
            None => [vmull_s8(low_x, low_w), vmull_high_s8(x, w)],
        }
    }
}

#[inline(always)]
unsafe fn add_long(a: int8x16_t, b: int8x16_t) -> [int16x8_t; 2] {
    // SAFETY: arithmetic.
    unsafe { [vaddl_s8(vget_low_s8(a), vget_low_s8(b)), vaddl_high_s8(a, b)] }
}

#[inline(always)]
unsafe fn add_wide([low, high]: [int16x8_t; 2], bytes: int8x16_t) -> [int16x8_t; 2] {
    // SAFETY: arithmetic.
    unsafe { [vaddw_s8(low, vget_low_s8(bytes)), vaddw_high_s8(high, bytes)] }
}

#[inline(always)]
unsafe fn widen([a, b, c, d]: Wide, [low, high]: [int16x8_t; 2], negated: bool) -> Wide {
    // SAFETY: arithmetic.
    unsafe {
        if negated {
            let (a, c) = (vsubw_s16(a, vget_low_s16(low)), vsubw_s16(c, vget_low_s16(high)));
            [a, vsubw_high_s16(b, low), c, vsubw_high_s16(d, high)]
        } else {
            let (a, c) = (vaddw_s16(a, vget_low_s16(low)), vaddw_s16(c, vget_low_s16(high)));
            [a, vaddw_high_s16(b, low), c, vaddw_high_s16(d, high)]
        }
    }
}
