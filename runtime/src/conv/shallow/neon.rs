//! A block in vectors of 16 pixels.
//!
//! | for each two taps and out channel | `add` | `smull`, `smlal` | `saddw` | `ldr` |
//! |---|---|---|---|---|
//! | [`Depth::Fip`] | 2 | 2 | – | 2 |
//! | [`Depth::All`] | – | 4 | – | 2 |
//! | [`Depth::Pairs`] of one | – | 4 | 4 | 2 |
//! | [`Depth::One`] | – | 4 | 8 | 2 |
//!
//! Cores that multiply in one of their two vector pipelines, such as Cortex-A72, take half as long for the first.

use super::{Block, Depth, PIXELS};
use std::arch::aarch64::*;

/// As [`super::plain::sums`].
pub(super) fn sums(block: &Block<'_>, sums: &mut [[i32; PIXELS]]) {
    block.check(sums);
    // SAFETY: `check` has compared what is read and written with the lengths of the slices. Advanced SIMD is part of
    // every aarch64 target that this is compiled for.
    unsafe {
        match (block.depth, block.group.width) {
            (Depth::Fip, 2) => fip::<2>(block, sums),
            (Depth::Fip, 4) => fip::<4>(block, sums),
            (Depth::Fip, 6) => fip::<6>(block, sums),
            (Depth::Fip, _) => fip::<8>(block, sums),
            (Depth::All, 2) => all::<2>(block, sums),
            (Depth::All, 4) => all::<4>(block, sums),
            (Depth::All, 6) => all::<6>(block, sums),
            (Depth::All, _) => all::<8>(block, sums),
            (Depth::Pairs(1), 2) => runs::<2, true, false>(block, 1, sums),
            (Depth::Pairs(1), 4) => runs::<4, true, false>(block, 1, sums),
            (Depth::Pairs(1), _) => runs::<6, true, false>(block, 1, sums),
            (Depth::Pairs(pairs), 2) => runs::<2, false, false>(block, pairs, sums),
            (Depth::Pairs(pairs), _) => runs::<4, false, false>(block, pairs, sums),
            (Depth::One, 2) => runs::<2, true, true>(block, 1, sums),
            (Depth::One, 4) => runs::<4, true, true>(block, 1, sums),
            (Depth::One, _) => runs::<6, true, true>(block, 1, sums),
        }
    }
}

/// Sums of 16 pixels in 16 bits.
type Halves = [int16x8_t; 2];

/// Calls `each` for every pair of taps with their pixels and a place for `2 · G` weights.
///
/// # Safety
/// As [`Block::check`] says for `G` out channels.
#[inline(always)]
unsafe fn pairs<const G: usize>(
    block: &Block<'_>,
    taps: &[usize],
    weights: &mut *const i8,
    mut each: impl FnMut(int8x16_t, int8x16_t, *const i8),
) {
    let bytes = block.bytes.as_ptr().wrapping_add(block.at);
    for pair in taps.chunks_exact(2) {
        // SAFETY: the caller's promise.
        let [a, b] = [pair[0], pair[1]].map(|tap| unsafe { vld1q_s8(bytes.add(tap).cast()) });
        each(a, b, *weights);
        *weights = weights.wrapping_add(2 * G * PIXELS);
    }
}

/// A load of its own: of two neighbours compilers make an `ldp`, which takes a third slot on Cortex-A72; volatile reads
/// they leave alone.
///
/// # Safety
/// `of` is the place of at least `at + 1` weights.
#[inline(always)]
unsafe fn weight(of: *const i8, at: usize) -> int8x16_t {
    // SAFETY: the caller's promise; weights are aligned to bytes alone.
    unsafe { of.add(at * PIXELS).cast::<Weight>().read_volatile().0 }
}

/// 16 equal weights, wherever they lie.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Weight(int8x16_t);

/// Two products, each added to sums of 16 bits.
#[inline(always)]
fn multiply(sums: &mut Halves, a: int8x16_t, b: int8x16_t) {
    // SAFETY: arithmetic on registers, with instructions that every target has.
    unsafe {
        sums[0] = vmlal_s8(sums[0], vget_low_s8(a), vget_low_s8(b));
        sums[1] = vmlal_high_s8(sums[1], a, b);
    }
}

/// Two taps in a product: (x₁ + w₂)·(x₂ + w₁) less x₁·x₂, which is of the pixels alone, and w₁·w₂, with which sums begin.
/// All of it is right modulo 2¹⁶, and what it comes to fits.
///
/// # Safety
/// As [`Block::check`] says for `G` out channels.
unsafe fn fip<const G: usize>(block: &Block<'_>, out: &mut [[i32; PIXELS]]) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums: [Halves; G] = std::array::from_fn(|g| [vdupq_n_s16(block.group.starts[g]); 2]);
        let mut own = [vdupq_n_s16(0); 2];
        let mut weights = block.group.weights.as_ptr().cast();
        pairs::<G>(block, block.taps, &mut weights, |a, b, weights| {
            multiply(&mut own, a, b);
            for (g, sums) in sums.iter_mut().enumerate() {
                let (p, q) = (vaddq_s8(a, weight(weights, 2 * g)), vaddq_s8(b, weight(weights, 2 * g + 1)));
                multiply(sums, p, q);
            }
        });
        for (g, sums) in sums.into_iter().enumerate() {
            let sums = [vsubq_s16(sums[0], own[0]), vsubq_s16(sums[1], own[1])];
            finish(widened([vdupq_n_s32(block.constants[g]); 4], sums), &mut out[g]);
        }
    }
}

/// All sums fit 16 bits.
///
/// # Safety
/// As [`Block::check`] says for `G` out channels.
unsafe fn all<const G: usize>(block: &Block<'_>, out: &mut [[i32; PIXELS]]) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[vdupq_n_s16(0); 2]; G];
        let mut weights = block.group.weights.as_ptr().cast();
        pairs::<G>(block, block.taps, &mut weights, |a, b, weights| {
            for (g, sums) in sums.iter_mut().enumerate() {
                multiply(sums, a, weight(weights, 2 * g));
                multiply(sums, b, weight(weights, 2 * g + 1));
            }
        });
        for (g, sums) in sums.into_iter().enumerate() {
            finish(widened([vdupq_n_s32(block.constants[g]); 4], sums), &mut out[g]);
        }
    }
}

/// Sums of `run` pairs fit 16 bits, with `PAIR` of one, or with `SINGLY` one product.
///
/// # Safety
/// As [`Block::check`] says for `G` out channels.
unsafe fn runs<const G: usize, const PAIR: bool, const SINGLY: bool>(
    block: &Block<'_>,
    run: usize,
    out: &mut [[i32; PIXELS]],
) {
    // SAFETY: the caller's promise.
    unsafe {
        let none = [vdupq_n_s16(0); 2];
        let mut wide: [[int32x4_t; 4]; G] = std::array::from_fn(|g| [vdupq_n_s32(block.constants[g]); 4]);
        let mut weights = block.group.weights.as_ptr().cast();
        if PAIR {
            pairs::<G>(block, block.taps, &mut weights, |a, b, weights| {
                for (g, wide) in wide.iter_mut().enumerate() {
                    let mut sums = none;
                    multiply(&mut sums, a, weight(weights, 2 * g));
                    if SINGLY {
                        *wide = widened(*wide, std::mem::replace(&mut sums, none));
                    }
                    multiply(&mut sums, b, weight(weights, 2 * g + 1));
                    *wide = widened(*wide, sums);
                }
            });
        } else {
            for taps in block.taps.chunks(2 * run) {
                let mut sums = [none; G];
                pairs::<G>(block, taps, &mut weights, |a, b, weights| {
                    for (g, sums) in sums.iter_mut().enumerate() {
                        multiply(sums, a, weight(weights, 2 * g));
                        multiply(sums, b, weight(weights, 2 * g + 1));
                    }
                });
                for (wide, sums) in wide.iter_mut().zip(sums) {
                    *wide = widened(*wide, sums);
                }
            }
        }
        for (wide, out) in wide.into_iter().zip(out) {
            finish(wide, out);
        }
    }
}

/// Sums of 16 bits added to those of 32.
#[inline(always)]
fn widened(wide: [int32x4_t; 4], sums: Halves) -> [int32x4_t; 4] {
    // SAFETY: arithmetic on registers, as above.
    unsafe {
        [
            vaddw_s16(wide[0], vget_low_s16(sums[0])),
            vaddw_high_s16(wide[1], sums[0]),
            vaddw_s16(wide[2], vget_low_s16(sums[1])),
            vaddw_high_s16(wide[3], sums[1]),
        ]
    }
}

#[inline(always)]
fn finish(wide: [int32x4_t; 4], out: &mut [i32; PIXELS]) {
    for (four, out) in wide.into_iter().zip(out.chunks_exact_mut(4)) {
        // SAFETY: each chunk has four.
        unsafe { vst1q_s32(out.as_mut_ptr(), four) };
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Block, Depth, PIXELS, plain, weights::Group};
    use crate::Range;
    use crate::bench::SplitMix64;

    fn compare(width: usize, depth: Depth, bound: i8) {
        let mut random = SplitMix64::new(width as u64);
        let range = Range::new(-i16::from(bound), bound.into()).unwrap();
        // The largest numbers are frequent, so that sums come near to their limits.
        let mut number = || match random.next_u64() % 4 {
            0 => -bound,
            1 => bound,
            _ => random.in_range(range) as i8,
        };
        let bytes: Vec<u8> = (0..200).map(|_| number() as u8).collect();
        let taps = [0, 1, 37, 90, 12, 70, 71, 107, 160, 82, 50, 51, 60, 3, 4, 9];
        let weights: Vec<[i8; PIXELS]> = (0..taps.len() * width).map(|_| [number(); PIXELS]).collect();
        let starts: Vec<i16> = (0..width)
            .map(|g| match depth {
                Depth::Fip => weights.chunks_exact(2 * width).fold(0i16, |sum, pair| {
                    sum.wrapping_sub(i16::from(pair[2 * g][0]) * i16::from(pair[2 * g + 1][0]))
                }),
                _ => 0,
            })
            .collect();
        let group = Group { first: 0, len: width, width, weights: &weights, starts: &starts };
        let constants: Vec<i32> = (0..width as i32).map(|g| g.wrapping_mul(700_000_001) - 5).collect();
        let block = Block { bytes: &bytes, taps: &taps, at: 5, group, constants: &constants, depth };
        let (mut vectors, mut plain) = ([[1; PIXELS]; 8], [[2; PIXELS]; 8]);
        super::sums(&block, &mut vectors[..width]);
        plain::sums(&block, &mut plain[..width]);
        assert_eq!(vectors[..width], plain[..width], "{width} {depth:?} {bound}");
    }

    #[test]
    fn vectors_and_plain_rust_agree() {
        for width in [2, 4, 6, 8] {
            // 16 · 45² and 32 + 32 fit.
            compare(width, Depth::Fip, 45);
            compare(width, Depth::Fip, 8);
            compare(width, Depth::All, 45);
        }
        for width in [2, 4] {
            for (depth, bound) in [(Depth::Pairs(2), 90), (Depth::Pairs(3), 73), (Depth::Pairs(8), 45)] {
                compare(width, depth, bound);
            }
        }
        for width in [2, 4, 6] {
            compare(width, Depth::Pairs(1), 127);
            compare(width, Depth::One, 127);
        }
    }
}
