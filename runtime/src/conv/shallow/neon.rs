//! A block in vectors: 16 products of a tap are two multiplications.

use super::{Block, PIXELS};
use std::arch::aarch64::*;

/// Σ x·w of every pixel and out channel, modulo 2³².
pub(super) fn multiply<const G: usize>(block: &Block<'_>, sums: &mut [[i32; PIXELS]; G]) {
    block.check(G);
    // SAFETY: of pixels 16 bytes are loaded from start + offset + at, which `check` compared with the slice, and of
    // weights one for each start, offset and out channel, which are as many as it says. Stores are to arrays of 16
    // words. Advanced SIMD is part of every aarch64 target that this is compiled for.
    unsafe {
        let mut wide = [[vdupq_n_s32(0); 4]; G];
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
        for (wide, sums) in wide.iter().zip(sums) {
            for (four, wide) in wide.iter().enumerate() {
                vst1q_s32(sums.as_mut_ptr().add(4 * four), *wide);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::super::{Below, Block, PIXELS, plain};
    use crate::bench::SplitMix64;

    fn compare<const G: usize>(depth: usize, bound: i8) {
        let mut random = SplitMix64::new(G as u64);
        let mut number = || (random.next_u64() % (2 * bound as u64 + 1)) as i8 - bound;
        let bytes: Vec<u8> = (0..200).map(|_| number() as u8).collect();
        let (starts, offsets) = ([0, 70, 50], [0, 1, 37, 90]);
        let weights: Vec<[i8; PIXELS]> = (0..12 * G).map(|_| [number(); PIXELS]).collect();
        let below = Below { bytes: &bytes, starts: &starts };
        let block = Block { below, offsets: &offsets, at: 5, weights: &weights, depth };
        let (mut vectors, mut plain) = ([[0; PIXELS]; G], [[0; PIXELS]; G]);
        super::multiply(&block, &mut vectors);
        plain::multiply(&block, &mut plain);
        assert_eq!(vectors, plain, "{G} {depth}");
    }

    #[test]
    fn vectors_and_plain_rust_agree() {
        for (depth, bound) in [(1, 127), (2, 127), (5, 80), (12, 50), (1000, 5)] {
            compare::<1>(depth, bound);
            compare::<2>(depth, bound);
            compare::<4>(depth, bound);
        }
    }
}
