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

#![expect(unsafe_code, reason = "intrinsics, and loads from planes that were checked")]

use super::{Block, Depth, Half, PIXELS};
use std::arch::aarch64::*;

/// As [`super::plain::sums`].
pub(super) fn sums(block: &Block<'_>, sums: &mut [[i32; PIXELS]]) {
    run(block, &mut All(sums));
}

/// As [`super::plain::largest`].
pub(super) fn largest(block: &Block<'_>, at: Half, maxima: &mut [[i32; PIXELS]]) {
    run(block, &mut Largest { maxima, at });
}

// Out of line: loops around it would take registers from it.
#[inline(never)]
fn run(block: &Block<'_>, keep: &mut impl Keep) {
    block.check(keep.channels());
    // SAFETY: `check` has compared weights, constants and room with the lengths of the slices. Pixels were, for all blocks of
    // a line, when the line was begun (`Work::line`). Advanced SIMD is part of every aarch64 target that this is compiled for.
    unsafe {
        match (block.depth, block.group.width) {
            (Depth::Fip, 2) => fip::<2>(block, keep),
            (Depth::Fip, 4) => fip::<4>(block, keep),
            (Depth::Fip, 6) => fip::<6>(block, keep),
            (Depth::Fip, _) => fip::<8>(block, keep),
            (Depth::All, 2) => all::<2>(block, keep),
            (Depth::All, 4) => all::<4>(block, keep),
            (Depth::All, 6) => all::<6>(block, keep),
            (Depth::All, _) => all::<8>(block, keep),
            (Depth::Pairs(1), 2) => runs::<2, true, false>(block, 1, keep),
            (Depth::Pairs(1), 4) => runs::<4, true, false>(block, 1, keep),
            (Depth::Pairs(1), _) => runs::<6, true, false>(block, 1, keep),
            (Depth::Pairs(pairs), 2) => runs::<2, false, false>(block, pairs, keep),
            (Depth::Pairs(pairs), _) => runs::<4, false, false>(block, pairs, keep),
            (Depth::One, 2) => runs::<2, true, true>(block, 1, keep),
            (Depth::One, 4) => runs::<4, true, true>(block, 1, keep),
            (Depth::One, _) => runs::<6, true, true>(block, 1, keep),
        }
    }
}

/// Where the sums of a block go.
trait Keep {
    /// How many channels there is room for.
    fn channels(&self) -> usize;

    /// Sums in 16 bits, and what is added to them.
    fn halves(&mut self, channel: usize, sums: Halves, constant: i32);

    /// Sums in 32 bits.
    fn words(&mut self, channel: usize, sums: [int32x4_t; 4]);
}

/// All of them.
struct All<'a>(&'a mut [[i32; PIXELS]]);

impl Keep for All<'_> {
    fn channels(&self) -> usize {
        self.0.len()
    }

    #[inline(always)]
    fn halves(&mut self, channel: usize, sums: Halves, constant: i32) {
        // SAFETY: a number into registers.
        let constant = unsafe { [vdupq_n_s32(constant); 4] };
        self.words(channel, widened(constant, sums));
    }

    #[inline(always)]
    fn words(&mut self, channel: usize, sums: [int32x4_t; 4]) {
        for (four, out) in sums.into_iter().zip(self.0[channel].chunks_exact_mut(4)) {
            // SAFETY: each chunk has four.
            unsafe { vst1q_s32(out.as_mut_ptr(), four) };
        }
    }
}

/// The largest of each two, while they are in registers.
struct Largest<'a> {
    maxima: &'a mut [[i32; PIXELS]],
    at: Half,
}

impl Largest<'_> {
    #[inline(always)]
    fn put(&mut self, channel: usize, larger: [int32x4_t; 2]) {
        let maxima = &mut self.maxima[channel][self.at.half * PIXELS / 2..][..PIXELS / 2];
        for (larger, out) in larger.into_iter().zip(maxima.chunks_exact_mut(4)) {
            // SAFETY: each chunk has four.
            unsafe {
                let before = if self.at.first { larger } else { vld1q_s32(out.as_ptr()) };
                vst1q_s32(out.as_mut_ptr(), vmaxq_s32(larger, before));
            }
        }
    }
}

impl Keep for Largest<'_> {
    fn channels(&self) -> usize {
        self.maxima.len()
    }

    /// They are compared in 16 bits: what is added is the same for all.
    #[inline(always)]
    fn halves(&mut self, channel: usize, sums: Halves, constant: i32) {
        // SAFETY: arithmetic on registers, with instructions that every target has.
        let larger = unsafe {
            let (larger, constant) = (vpmaxq_s16(sums[0], sums[1]), vdupq_n_s32(constant));
            [vaddw_s16(constant, vget_low_s16(larger)), vaddw_high_s16(constant, larger)]
        };
        self.put(channel, larger);
    }

    #[inline(always)]
    fn words(&mut self, channel: usize, sums: [int32x4_t; 4]) {
        // SAFETY: as above.
        let larger = unsafe { [vpmaxq_s32(sums[0], sums[1]), vpmaxq_s32(sums[2], sums[3])] };
        self.put(channel, larger);
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
        let (a, b) = unsafe { (vld1q_s8(bytes.add(pair[0]).cast()), vld1q_s8(bytes.add(pair[1]).cast())) };
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
unsafe fn fip<const G: usize>(block: &Block<'_>, keep: &mut impl Keep) {
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
            keep.halves(g, sums, block.constants[g]);
        }
    }
}

/// All sums fit 16 bits.
///
/// # Safety
/// As [`Block::check`] says for `G` out channels.
unsafe fn all<const G: usize>(block: &Block<'_>, keep: &mut impl Keep) {
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
            keep.halves(g, sums, block.constants[g]);
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
    keep: &mut impl Keep,
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
        for (g, wide) in wide.into_iter().enumerate() {
            keep.words(g, wide);
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

#[cfg(test)]
mod tests {
    use super::super::{Block, Depth, Half, PIXELS, plain, weights::Group};
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
        for at in [(0, true), (1, true), (0, false), (1, false)].map(|(half, first)| Half { half, first }) {
            let before: [[i32; PIXELS]; 8] = std::array::from_fn(|g| {
                std::array::from_fn(|pixel| plain[g][pixel].wrapping_add(number().into()))
            });
            let (mut vectors, mut plain) = (before, before);
            super::largest(&block, at, &mut vectors[..width]);
            plain::largest(&block, at, &mut plain[..width]);
            assert_eq!(vectors, plain, "{width} {depth:?} {bound} {at:?}");
        }
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
