//! A block in vectors: 16 products of a tap are two multiplications.

use super::{Block, PIXELS};
use std::arch::aarch64::*;

/// Σ x·w plus the constant of every pixel and out channel, modulo 2³², to `results`, which begins with those of the first
/// pixel.
pub(super) fn multiply<const G: usize>(block: &Block<'_>, results: &mut [i32]) {
    block.check::<G>(results);
    // SAFETY: of pixels 16 bytes are loaded from start + offset + at, which `check` compared with the slice, and of
    // weights one for each start, offset and out channel, which are as many as it says. Advanced SIMD is part of every
    // aarch64 target that this is compiled for.
    unsafe {
        let mut wide: [[int32x4_t; 4]; G] = std::array::from_fn(|g| [vdupq_n_s32(block.constants[g]); 4]);
        let mut halves = [[vdupq_n_s16(0); 2]; G];
        let (bytes, mut weights) = (block.below.bytes.as_ptr().add(block.at), block.weights.as_ptr());
        let mut left = block.depth;
        for start in block.below.starts {
            for offset in block.offsets {
                let x = vld1q_s8(bytes.add(start + offset).cast());
                for halves in &mut halves {
                    let w = vld1q_s8(weights.cast());
                    weights = weights.add(1);
                    halves[0] = vmlal_s8(halves[0], vget_low_s8(x), vget_low_s8(w));
                    halves[1] = vmlal_high_s8(halves[1], x, w);
                }
                left -= 1;
                if left == 0 {
                    left = block.depth;
                    widen(&mut wide, &mut halves);
                }
            }
        }
        if left < block.depth {
            widen(&mut wide, &mut halves);
        }
        store(&wide, results, block.channels, block.count);
    }
}

/// Adds the sums of 16 bits to those of 32, and begins anew.
#[inline(always)]
fn widen<const G: usize>(wide: &mut [[int32x4_t; 4]; G], halves: &mut [[int16x8_t; 2]; G]) {
    // SAFETY: arithmetic, as above.
    unsafe {
        for (wide, halves) in wide.iter_mut().zip(halves) {
            for half in 0..2 {
                wide[2 * half] = vaddw_s16(wide[2 * half], vget_low_s16(halves[half]));
                wide[2 * half + 1] = vaddw_high_s16(wide[2 * half + 1], halves[half]);
                halves[half] = vdupq_n_s16(0);
            }
        }
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
    use super::super::{Below, Block, PIXELS, plain};
    use crate::Range;
    use crate::bench::SplitMix64;

    fn compare<const G: usize>(depth: usize, bound: i8, count: usize) {
        let mut random = SplitMix64::new(G as u64);
        let range = Range::new(-i16::from(bound), bound.into()).unwrap();
        let mut number = || random.in_range(range) as i8;
        let bytes: Vec<u8> = (0..200).map(|_| number() as u8).collect();
        // An odd number of taps in a line.
        let (starts, offsets, channels) = ([0, 70, 50], [0, 1, 37, 90, 12], 6);
        let taps = starts.len() * offsets.len();
        let weights: Vec<[i8; PIXELS]> = (0..taps * G).map(|_| [number(); PIXELS]).collect();
        let constants: Vec<i32> = (0..G as i32).map(|g| g * 700_000_001 - 5).collect();
        let below = Below { bytes: &bytes, starts: &starts };
        let block = Block {
            below,
            offsets: &offsets,
            at: 5,
            count,
            weights: &weights,
            constants: &constants,
            depth,
            channels,
        };
        let mut vectors = vec![7; (count - 1) * channels + G];
        let mut plain = vectors.clone();
        super::multiply::<G>(&block, &mut vectors);
        plain::multiply::<G>(&block, &mut plain);
        assert_eq!(vectors, plain, "{G} {depth} {count}");
    }

    #[test]
    fn vectors_and_plain_rust_agree() {
        for (depth, bound, count) in [(1, 127, 16), (2, 127, 1), (5, 80, 3), (12, 50, 13), (1000, 5, 16)] {
            compare::<1>(depth, bound, count);
            compare::<2>(depth, bound, count);
            compare::<4>(depth, bound, count);
        }
    }
}
