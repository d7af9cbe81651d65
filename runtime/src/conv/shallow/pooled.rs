//! The same with a pool behind it: of each 2×2 results the largest is made a byte. A larger sum never makes a smaller byte
//! ([`qgen_spec::requantise`]), so that these are the largest bytes, at a quarter of the work.

use super::super::gather::Source;
use super::super::workspace::Workspace;
use super::run::Work;
use super::store::{Pixels, Store};
use super::{Half, PIXELS, Shallow, Weights, largest};
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
        let lines = part.start / pooled_cols..part.end / pooled_cols;
        for (line, results) in lines.zip(out.chunks_exact_mut(pooled_cols * channels)) {
            let upper = line / pooled_rows * rows + line % pooled_rows * 2;
            for tap in 0..2 {
                let line = work.line(upper + tap);
                for group in weights.groups() {
                    let mut block = line.block(&group);
                    for at in (0..2 * pooled_cols).step_by(2 * PIXELS) {
                        let place = at / (2 * PIXELS) * channels.next_multiple_of(2) + group.first;
                        let maxima = &mut maxima[place..][..group.width];
                        for half in 0..(cols - at).div_ceil(PIXELS).min(2) {
                            block.at = at + half * PIXELS;
                            largest(&block, Half { half, first: tap == 0 }, maxima);
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
