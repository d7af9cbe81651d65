//! A [`Strip`] in vectors of 16 channels.
//!
//! Products are summed in bytes as long as the ranges allow, those sums in 16 bits, and those in 32:
//!
//! | for each 16 channels of a result, 3×3 taps | 2 bits | 3 bits | 4 bits | 8 bits (−127 on a side) |
//! |---|---|---|---|---|
//! | products that fit a byte, 16 bits | 32, all | 8, all | 2, all | 0, 2 |
//! | `mul`, `mla` | 9 | 9 | 8 | – |
//! | `smull`, `smlal` | – | – | 2 | 18 |
//! | `saddl`, `saddw` to 16 bits | 2 | 2 | 6 | – |
//! | `saddw` to 32 bits | 4 | 4 | 4 | 20 |
//! | `ldr`, where windows are neighbours | 3 | 3 | 3 | 3 |
//! | `stp` | 2 | 2 | 2 | 2 |

#![expect(unsafe_code, reason = "intrinsics, and loads from lines that were checked")]

use super::weights::Depths;
use super::{Line, Strip};
use std::arch::aarch64::*;

/// As [`super::plain::sums`].
pub(super) fn sums(strip: &Strip<'_>, out: &mut [i32], distance: usize) {
    strip.check(out, distance);
    let Strip { line, channels, .. } = strip;
    let single = line.below.starts.len() == 3 && line.kernel_width == 3 && *channels == 16;
    let Depths { bytes, halves } = line.depths;
    let run: Run = match (single, bytes, halves) {
        (false, ..) => any,
        (true, 9.., _) => nine_of::<9, 9>(line.negated),
        (true, 5..=8, _) => nine_of::<5, 9>(line.negated),
        (true, 3..=4, _) => nine_of::<3, 9>(line.negated),
        (true, 2, _) => nine_of::<2, 9>(line.negated),
        (true, _, 9..) => nine_of::<1, 9>(line.negated),
        (true, _, 5..=8) => nine_of::<1, 5>(line.negated),
        (true, _, 2..=4) => nine_of::<1, 2>(line.negated),
        (true, ..) => nine_of::<1, 1>(line.negated),
    };
    // SAFETY: `check` has compared what is read of lines, weights and constants, and written of `out`, with their lengths.
    unsafe { run(strip, out.as_mut_ptr(), distance) };
}

/// Sums of 16 channels.
type Wide = [int32x4_t; 4];

/// Sums of a strip to places, each so far from the one before.
type Run = unsafe fn(&Strip<'_>, *mut i32, usize);

fn nine_of<const BYTES: usize, const HALVES: usize>(negated: bool) -> Run {
    if negated { nine::<BYTES, HALVES, true> } else { nine::<BYTES, HALVES, false> }
}

/// Sums of 16 channels, of 3×3 taps. `BYTES` products fit 8 bits, `HALVES` 16 bits.
///
/// # Safety
/// As said by [`Strip::check`] for `out` and `distance`.
unsafe fn nine<const BYTES: usize, const HALVES: usize, const NEGATED: bool>(
    strip: &Strip<'_>,
    out: *mut i32,
    distance: usize,
) {
    let Strip { line, first, .. } = *strip;
    let width = line.width;
    // SAFETY: the weights have 9 · width bytes, the constants width values, and `first + 16` is at most the width.
    let (mut weights, constants) = unsafe {
        let weights: [int8x16_t; 9] =
            std::array::from_fn(|tap| vld1q_s8(line.weights.as_ptr().add(tap * width + first)));
        (weights, constants(&line, first))
    };
    let rows: [*const i8; 3] = std::array::from_fn(|row| {
        line.below.bytes.as_ptr().wrapping_add(line.below.starts[row] + first).cast()
    });
    // SAFETY: `check` has seen that the last taps of the last result are inside of `bytes`.
    let at = |row: usize, offset: usize| unsafe { vld1q_s8(rows[row].add(offset)) };
    let column = |offset: usize| [at(0, offset), at(1, offset), at(2, offset)];
    let result = |weights: &mut [int8x16_t; 9], [a, b, c]: [&[int8x16_t; 3]; 3]| {
        // A loop, not `map`, which compilers may leave a call.
        for weight in weights.iter_mut() {
            *weight = opaque(*weight);
        }
        let x = [a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]];
        sum_of_nine::<BYTES, HALVES>(&x, weights, constants, NEGATED)
    };
    let mut place = 0;
    let mut put = |sums: Wide| {
        // SAFETY: the result is one of `count`, and has 16 channels.
        unsafe { store(sums, out.byte_add(place)) };
        place = opaque(place + distance * size_of::<i32>());
    };
    let mut left = line.count;
    if line.stride == 1 && line.dilation == 1 && left >= 3 {
        // Each column is loaded once: the oldest makes room for the next.
        let mut offset = width;
        let mut next = || {
            offset = opaque(offset + width);
            column(offset)
        };
        let (mut a, mut b) = (column(0), column(width));
        while left >= 3 {
            let c = next();
            put(result(&mut weights, [&a, &b, &c]));
            a = next();
            put(result(&mut weights, [&b, &c, &a]));
            b = next();
            put(result(&mut weights, [&c, &a, &b]));
            left -= 3;
        }
    }
    for at in line.count - left..line.count {
        let (base, tap) = (at * line.stride * width, line.dilation * width);
        put(result(&mut weights, [&column(base), &column(base + tap), &column(base + 2 * tap)]));
    }
}

/// The same value, about which the compiler knows nothing. It would compute every address from a register of its
/// own, and take high halves out of weights before the loop, where no instruction takes them any more.
trait Opaque: Sized {
    fn opaque(self) -> Self;
}

impl Opaque for usize {
    #[inline(always)]
    fn opaque(mut self) -> usize {
        // SAFETY: no instruction at all.
        unsafe { std::arch::asm!("/* {0} */", inout(reg) self, options(nomem, nostack, preserves_flags)) };
        self
    }
}

impl Opaque for int8x16_t {
    #[inline(always)]
    fn opaque(mut self) -> int8x16_t {
        // SAFETY: no instruction at all.
        unsafe { std::arch::asm!("/* {0:v} */", inout(vreg) self, options(nomem, nostack, preserves_flags)) };
        self
    }
}

#[inline(always)]
fn opaque<T: Opaque>(value: T) -> T {
    value.opaque()
}

/// Σ x·w added to `wide`, or subtracted from it.
#[inline(always)]
fn sum_of_nine<const BYTES: usize, const HALVES: usize>(
    x: &[int8x16_t; 9],
    w: &[int8x16_t; 9],
    wide: Wide,
    negated: bool,
) -> Wide {
    let mut sums = Sums::<BYTES, HALVES> { bytes: None, waiting: None, halves: None, wide };
    // Not a loop, so that nothing of what is decided below is left in the program.
    sums.tap::<0>(x[0], w[0], negated);
    sums.tap::<1>(x[1], w[1], negated);
    sums.tap::<2>(x[2], w[2], negated);
    sums.tap::<3>(x[3], w[3], negated);
    sums.tap::<4>(x[4], w[4], negated);
    sums.tap::<5>(x[5], w[5], negated);
    sums.tap::<6>(x[6], w[6], negated);
    sums.tap::<7>(x[7], w[7], negated);
    sums.tap::<8>(x[8], w[8], negated);
    sums.wide
}

/// Sums on their way from products to 32 bits. What is `None` is 0.
struct Sums<const BYTES: usize, const HALVES: usize> {
    /// Products that are summed in bytes now.
    bytes: Option<int8x16_t>,
    /// The first such sum, which waits for a second one.
    waiting: Option<int8x16_t>,
    halves: Option<[int16x8_t; 2]>,
    wide: Wide,
}

impl<const BYTES: usize, const HALVES: usize> Sums<BYTES, HALVES> {
    /// Adds the product of tap `TAP` of nine.
    #[inline(always)]
    fn tap<const TAP: usize>(&mut self, x: int8x16_t, w: int8x16_t, negated: bool) {
        let at = TAP % HALVES;
        let last = at + 1 == HALVES || TAP == 8;
        let alone = BYTES == 1 || last && self.bytes.is_none() && self.halves.is_some();
        // SAFETY: arithmetic, with Advanced SIMD, which every aarch64 target has that this is compiled for.
        unsafe {
            if alone {
                self.halves = Some(multiply_long(self.halves, x, w));
            } else {
                let bytes = match self.bytes {
                    Some(bytes) => vmlaq_s8(bytes, x, w),
                    None => vmulq_s8(x, w),
                };
                self.bytes = Some(bytes);
                if at % BYTES == BYTES - 1 || last {
                    self.bytes = None;
                    (self.halves, self.waiting) = match (self.halves, self.waiting) {
                        (None, None) => (None, Some(bytes)),
                        (None, Some(other)) => (Some(add_long(other, bytes)), None),
                        (Some(sums), _) => (Some(add_wide(sums, bytes)), None),
                    };
                }
            }
            if last {
                let halves = match (self.halves.take(), self.waiting.take()) {
                    (Some(sums), _) => sums,
                    (None, Some(bytes)) => [vmovl_s8(vget_low_s8(bytes)), vmovl_high_s8(bytes)],
                    (None, None) => return,
                };
                self.wide = widen(self.wide, halves, negated);
            }
        }
    }
}

/// As [`nine`] for any taps and any number of channels.
///
/// # Safety
/// As said by [`Strip::check`] for `out` and `distance`.
unsafe fn any(strip: &Strip<'_>, out: *mut i32, distance: usize) {
    let mut at = 0;
    while at + 4 <= strip.line.count {
        // SAFETY: the caller's promise, for results that exist.
        unsafe { several::<4>(strip, out.add(at * distance), distance, at) };
        at += 4;
    }
    while at < strip.line.count {
        // SAFETY: as above.
        unsafe { several::<1>(strip, out.add(at * distance), distance, at) };
        at += 1;
    }
}

/// `N` results from `at`, whose places begin at `out`, for which each weight is loaded once.
///
/// # Safety
/// As [`any`], and `at + N` is at most the count.
#[inline(always)]
unsafe fn several<const N: usize>(strip: &Strip<'_>, out: *mut i32, distance: usize, at: usize) {
    let Strip { line, first, channels } = *strip;
    let Depths { bytes: in_bytes, halves: in_halves } = line.depths;
    let (width, step) = (line.width, line.stride * line.width);
    // SAFETY: there are width constants, and `first + 16` is at most that.
    let mut wide: [Wide; N] = unsafe { [constants(&line, first); N] };
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
            let to = out.add(i * distance);
            if channels == 16 {
                store(sums, to);
            } else {
                let mut some = [0i32; 16];
                store(sums, some.as_mut_ptr());
                std::ptr::copy_nonoverlapping(some.as_ptr(), to, channels);
            }
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

/// Writes 16 sums.
///
/// # Safety
/// There must be room for them.
#[inline(always)]
unsafe fn store(sums: Wide, to: *mut i32) {
    // SAFETY: the caller's promise.
    unsafe { (0..4).for_each(|i| vst1q_s32(to.add(4 * i), sums[i])) }
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

#[cfg(test)]
mod tests {
    use super::super::super::gather::Below;
    use super::super::{CHANNELS, Line, Strip, plain};
    use super::Depths;
    use crate::Range;
    use crate::bench::SplitMix64;

    /// Strips of lines of `rows` rows and `columns` columns of taps, whose numbers are in ±`bound`.
    fn compare(bound: i16, depths: Depths, [rows, columns]: [usize; 2], [stride, dilation]: [usize; 2]) {
        let mut random = SplitMix64::new(bound as u64);
        let range = Range::new(-bound, bound).unwrap();
        // The largest numbers are frequent, so that sums come near to their limits.
        let mut number = || match random.next_u64() % 4 {
            0 => -bound as i8,
            1 => bound as i8,
            _ => random.in_range(range) as i8,
        };
        for count in 1..9 {
            let (width, used) = (19, (count - 1) * stride + (columns - 1) * dilation + 1);
            let bytes: Vec<u8> = (0..rows * used * width).map(|_| number() as u8).collect();
            let starts: Vec<usize> = (0..rows).rev().map(|row| row * used * width).collect();
            let weights: Vec<i8> = (0..rows * columns * width).map(|_| number()).collect();
            let constants: Vec<i32> = (0..width as i32).map(|at| at.wrapping_mul(700_000_001)).collect();
            for negated in [false, true] {
                let below = Below { bytes: &bytes, starts: &starts, follows: false };
                let (weights, constants) = (&weights, &constants);
                let line = Line {
                    below,
                    width,
                    stride,
                    dilation,
                    kernel_width: columns,
                    weights,
                    wide: &[],
                    depths,
                    constants,
                    negated,
                    count,
                };
                for (first, channels) in [(0, CHANNELS), (3, CHANNELS), (0, 5), (2, 1)] {
                    let strip = Strip { line, first, channels };
                    let distance = channels + 2;
                    let (mut vectors, mut plain) = (vec![7; count * distance], vec![7; count * distance]);
                    super::sums(&strip, &mut vectors, distance);
                    plain::sums(&strip, &mut plain, distance);
                    assert_eq!(
                        vectors, plain,
                        "{bound} {depths:?} {rows}x{columns} {count} {first} {channels}"
                    );
                }
            }
        }
    }

    #[test]
    fn vectors_and_plain_rust_agree() {
        for (bound, bytes, halves) in [
            (1, 127, 32767),
            (3, 14, 3640),
            (4, 7, 2047),
            (6, 3, 910),
            (7, 2, 668),
            (60, 1, 9),
            (64, 1, 7),
            (100, 1, 3),
            (127, 1, 2),
        ] {
            let depths = Depths { bytes, halves };
            for apart in [[1, 1], [2, 1], [1, 2]] {
                compare(bound, depths, [3, 3], apart);
                compare(bound, depths, [2, 5], apart);
            }
        }
    }
}
