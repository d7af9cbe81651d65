//! A block in vectors: 16 products of a tap are two multiplications.

use super::{Block, PIXELS, Sums};
use std::arch::aarch64::*;

/// Σ x·w plus the constant of every pixel and out channel, modulo 2³², to `results`, which begins with those of the first
/// pixel. Of pairs the constant is that without y₁y₂.
pub(super) fn multiply<const G: usize>(block: &Block<'_>, results: &mut [i32]) {
    block.check::<G>(results);
    match block.sums {
        Sums::Taps(depth) => sum::<G, false>(block, depth, results),
        Sums::Pairs(depth) => sum::<G, true>(block, depth, results),
    }
}

#[inline(always)]
fn sum<const G: usize, const PAIRS: bool>(block: &Block<'_>, depth: usize, results: &mut [i32]) {
    // SAFETY: of pixels 16 bytes are loaded from start + offset + at, which `check` compared with the slice, and of
    // weights one for each start, offset and out channel, which are as many as it says. Advanced SIMD is part of every
    // aarch64 target that this is compiled for.
    unsafe {
        let zero = vdupq_n_s16(0);
        let mut wide: [[int32x4_t; 4]; G] = std::array::from_fn(|g| [vdupq_n_s32(block.constants[g]); 4]);
        let (mut halves, mut own) = ([[zero; 2]; G], [zero; 2]);
        let (bytes, mut weights) = (block.below.bytes.as_ptr().add(block.at), block.weights.as_ptr());
        let mut left = depth;
        for start in block.below.starts {
            let (pairs, single) =
                if PAIRS { block.offsets.as_chunks::<2>() } else { (&[][..], block.offsets) };
            let pixels = |offset: usize| vld1q_s8(bytes.add(start + offset).cast());
            for [one, other] in pairs {
                let (x1, x2) = (pixels(*one), pixels(*other));
                own = multiply_long(own, x1, x2);
                for (g, halves) in halves.iter_mut().enumerate() {
                    let (y1, y2) = (vld1q_s8(weights.add(g).cast()), vld1q_s8(weights.add(G + g).cast()));
                    *halves = multiply_long(*halves, vaddq_s8(x1, y2), vaddq_s8(x2, y1));
                }
                weights = weights.add(2 * G);
                left -= 1;
                if left == 0 {
                    left = depth;
                    widen(&mut wide, &mut halves, &mut own, PAIRS);
                }
            }
            for offset in single {
                let x = pixels(*offset);
                for (g, halves) in halves.iter_mut().enumerate() {
                    *halves = multiply_long(*halves, x, vld1q_s8(weights.add(g).cast()));
                }
                weights = weights.add(G);
                left -= 1;
                if left == 0 {
                    left = depth;
                    widen(&mut wide, &mut halves, &mut own, PAIRS);
                }
            }
        }
        if left < depth {
            widen(&mut wide, &mut halves, &mut own, PAIRS);
        }
        store(&wide, results, block.channels, block.count);
    }
}

/// 16 products added to sums of 16 bits.
#[inline(always)]
fn multiply_long(sums: [int16x8_t; 2], x: int8x16_t, y: int8x16_t) -> [int16x8_t; 2] {
    // SAFETY: arithmetic, as above.
    unsafe { [vmlal_s8(sums[0], vget_low_s8(x), vget_low_s8(y)), vmlal_high_s8(sums[1], x, y)] }
}

/// Adds the sums of 16 bits to those of 32, without the pixels' `own` products, and begins anew. What is left then fits 16
/// bits, whatever happened on the way.
#[inline(always)]
fn widen<const G: usize>(
    wide: &mut [[int32x4_t; 4]; G],
    halves: &mut [[int16x8_t; 2]; G],
    own: &mut [int16x8_t; 2],
    pairs: bool,
) {
    // SAFETY: arithmetic, as above.
    unsafe {
        for (wide, halves) in wide.iter_mut().zip(halves) {
            for half in 0..2 {
                if pairs {
                    halves[half] = vsubq_s16(halves[half], own[half]);
                }
                wide[2 * half] = vaddw_s16(wide[2 * half], vget_low_s16(halves[half]));
                wide[2 * half + 1] = vaddw_high_s16(wide[2 * half + 1], halves[half]);
                halves[half] = vdupq_n_s16(0);
            }
        }
        *own = [vdupq_n_s16(0); 2];
    }
}

/// Stores the first `count` pixels, each with `G` results, `channels` results from one to the next.
#[inline(always)]
fn store<const G: usize>(wide: &[[int32x4_t; 4]; G], results: &mut [i32], channels: usize, count: usize) {
    let results = &mut results[..(count - 1) * channels + G];
    let mut to = results.as_mut_ptr();
    for first in (0..PIXELS).step_by(4) {
        // Of channels beyond the group there is nothing to store.
        let [a, b, c, d] = std::array::from_fn(|g| wide[g.min(G - 1)][first / 4]);
        // SAFETY: arithmetic, as above.
        let pixels = unsafe {
            let (ab, cd) = (
                [vzip1q_s32(a, b), vzip2q_s32(a, b)].map(|v| vreinterpretq_s64_s32(v)),
                [vzip1q_s32(c, d), vzip2q_s32(c, d)].map(|v| vreinterpretq_s64_s32(v)),
            );
            [
                vzip1q_s64(ab[0], cd[0]),
                vzip2q_s64(ab[0], cd[0]),
                vzip1q_s64(ab[1], cd[1]),
                vzip2q_s64(ab[1], cd[1]),
            ]
            .map(|v| vreinterpretq_s32_s64(v))
        };
        for (at, pixel) in pixels.into_iter().enumerate() {
            if first + at >= count {
                return;
            }
            // SAFETY: pixel `at` of these is one of `count`, and its G results end inside of `results`. One past the
            // last pixel `to` is not used, and may be anywhere.
            unsafe {
                match G {
                    4 => vst1q_s32(to, pixel),
                    2 => vst1_s32(to, vget_low_s32(pixel)),
                    _ => vst1q_lane_s32::<0>(to, pixel),
                }
            }
            to = to.wrapping_add(channels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Below, Block, PIXELS, Sums, plain};
    use crate::Range;
    use crate::bench::SplitMix64;

    fn compare<const G: usize>(sums: Sums, bound: i16, count: usize) {
        let mut random = SplitMix64::new(G as u64);
        let range = Range::new(-bound, bound).unwrap();
        let mut number = || random.in_range(range) as i8;
        let bytes: Vec<u8> = (0..200).map(|_| number() as u8).collect();
        // An odd number of taps in a line.
        let (starts, offsets, channels) = ([0, 70, 50], [0, 1, 37, 90, 12], 6);
        let taps = starts.len() * offsets.len();
        let weights: Vec<[i8; PIXELS]> = (0..taps * G).map(|_| [number(); PIXELS]).collect();
        let constants: Vec<i32> = (0..G as i32).map(|g| g.wrapping_mul(1_000_000_007) - 5).collect();
        let below = Below { bytes: &bytes, starts: &starts };
        let (offsets, at) = (&offsets[..], 5);
        let block =
            Block { below, offsets, at, count, weights: &weights, constants: &constants, sums, channels };
        let mut paired = constants.clone();
        if let Sums::Pairs(_) = sums {
            for line in weights.chunks_exact(offsets.len() * G) {
                for pair in line.chunks_exact(2 * G) {
                    for (g, constant) in paired.iter_mut().enumerate() {
                        *constant -= i32::from(pair[g][0]) * i32::from(pair[G + g][0]);
                    }
                }
            }
        }
        let mut vectors = vec![7; (count - 1) * channels + G];
        let mut plain = vectors.clone();
        super::multiply::<G>(&Block { constants: &paired, ..block }, &mut vectors);
        plain::multiply::<G>(&block, &mut plain);
        assert_eq!(vectors, plain, "{G} {sums:?} {count}");
    }

    #[test]
    fn vectors_and_plain_rust_agree() {
        use Sums::{Pairs, Taps};
        for (sums, bound, count) in [
            (Taps(1), 127, 16),
            (Taps(2), 127, 1),
            (Taps(5), 80, 3),
            (Taps(12), 50, 13),
            (Pairs(8), 31, 16),
            (Pairs(145), 7, 9),
            (Taps(1000), 5, 16),
        ] {
            compare::<1>(sums, bound, count);
            compare::<2>(sums, bound, count);
            compare::<4>(sums, bound, count);
        }
    }
}
