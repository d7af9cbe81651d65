//! The same with a pool behind it: of each 2×2 results the largest is made a byte. A larger sum never makes a smaller byte
//! ([`qgen_spec::requantise`]), so that these are the largest bytes, at a quarter of the work.

use super::super::gather::Source;
use super::super::workspace::Workspace;
use super::run::Work;
use super::store::{Pixels, Store};
use super::{PIXELS, Shallow, Weights, sums};
use crate::Error;
use std::ops::Range;

/// Words of the workspace's tile: the largest sums of an output line.
pub(super) fn words(cols: usize, channels: usize) -> Option<usize> {
    cols.div_ceil(2 * PIXELS).checked_mul(channels.checked_next_multiple_of(2)?)?.checked_mul(PIXELS)
}

impl Shallow {
    /// As [`Shallow::run`], without blocks; `part` are pixels of the pool's output, whole lines, whose results `out` has.
    pub(in crate::conv) fn run_pooled<S: Store>(
        &self,
        source: &Source<'_>,
        (weights, bias, store): (&Weights, &[i32], &S),
        part: Range<usize>,
        out: &mut [S::Result],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let sliding = source.sliding;
        let (rows, cols, channels) = (sliding.rows.output, sliding.cols.output, sliding.out_channels);
        let (pooled_rows, pooled_cols) = (rows / 2, cols / 2);
        let (mut work, maxima) = Work::new(self, source, (weights, bias), workspace);
        let (maxima, _) = maxima.as_chunks_mut::<PIXELS>();
        let mut sums = [[0; PIXELS]; 8];
        let lines = part.start / pooled_cols..part.end / pooled_cols;
        for (line, results) in lines.zip(out.chunks_exact_mut(pooled_cols * channels)) {
            let upper = line / pooled_rows * rows + line % pooled_rows * 2;
            for tap in 0..2 {
                let line = work.line(upper + tap);
                for group in weights.groups() {
                    let (sums, mut block) = (&mut sums[..group.width], line.block(&group));
                    for at in (0..2 * pooled_cols).step_by(2 * PIXELS) {
                        let place = at / (2 * PIXELS) * channels.next_multiple_of(2) + group.first;
                        let maxima = &mut maxima[place..][..group.width];
                        for half in 0..(cols - at).div_ceil(PIXELS).min(2) {
                            block.at = at + half * PIXELS;
                            self::sums(&block, sums);
                            across(sums, half, tap == 0, maxima);
                        }
                        if tap == 1 {
                            let count = PIXELS.min(pooled_cols - at / 2);
                            let results = &mut results[at / 2 * channels..];
                            store.store(&group, maxima, results, Pixels { count, channels });
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// The larger of each two neighbours, to a half of `maxima`; or what is there, unless they are the `first`.
#[cfg(not(target_arch = "aarch64"))]
fn across(sums: &[[i32; PIXELS]], half: usize, first: bool, maxima: &mut [[i32; PIXELS]]) {
    for (sums, maxima) in sums.iter().zip(maxima) {
        let maxima = &mut maxima[half * PIXELS / 2..][..PIXELS / 2];
        for (pair, largest) in sums.chunks_exact(2).zip(maxima) {
            let larger = pair[0].max(pair[1]);
            *largest = if first { larger } else { larger.max(*largest) };
        }
    }
}

/// The larger of each two neighbours, to a half of `maxima`; or what is there, unless they are the `first`.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
fn across(sums: &[[i32; PIXELS]], half: usize, first: bool, maxima: &mut [[i32; PIXELS]]) {
    use std::arch::aarch64::*;
    for (sums, maxima) in sums.iter().zip(maxima) {
        let maxima = &mut maxima[half * PIXELS / 2..][..PIXELS / 2];
        for (eight, largest) in sums.chunks_exact(8).zip(maxima.chunks_exact_mut(4)) {
            // SAFETY: there are 8 words at one place and 4 at the other. Advanced SIMD is part of every aarch64 target that
            // this is compiled for.
            unsafe {
                let larger = vpmaxq_s32(vld1q_s32(eight.as_ptr()), vld1q_s32(eight[4..].as_ptr()));
                let before = if first { larger } else { vld1q_s32(largest.as_ptr()) };
                vst1q_s32(largest.as_mut_ptr(), vmaxq_s32(larger, before));
            }
        }
    }
}
