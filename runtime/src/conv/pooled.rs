//! Products of matrices with a pool behind them: of each 2×2 sums the largest is made a byte, while they are in the cache.
//! A larger sum never makes a smaller byte ([`qgen_spec::requantise`]), so that these are the largest bytes, at a quarter of
//! the work.

use super::sink::Sink;
use super::way::{Blocks, Method};
use super::workspace::Workspace;
use super::{ConvPlan, PackedConv, Work};
use crate::ops::Pool;
use crate::{Element, Error, MatMut, MatRef, Value};
use std::ops::Range;

impl ConvPlan {
    /// The same with the largest result of each window of `pool` stored in place of all, where that can be: bit for bit
    /// what the pool makes of the output, of the same packed weights.
    pub(crate) fn pooled(&self, pool: &Pool) -> Result<Option<ConvPlan>, Error> {
        if !pool.halves(self.geometry.output()) || self.epilogue.bytes().is_none() {
            return Ok(None);
        }
        let mut plan = ConvPlan { pool: Some(pool.clone()), ..self.clone() };
        let largest = "of the largest sum of each 2x2 pixels";
        let by_two_lines = || {
            let two_lines = 2 * self.geometry.sliding.cols.output;
            let size = self.blocks.size / two_lines * two_lines;
            (size, format!("not fused: a pass over the sums of {size} pixels at a time, {largest}"))
        };
        let (size, end) = match &mut plan.work {
            Work::Shallow(_) if self.fused => (pool.output().width, format!("in the loop, {largest}")),
            Work::Product(product, Method::Gathered(_)) => {
                (**product, plan.fused) = (product.storing_sums(), false);
                by_two_lines()
            }
            Work::Winograd(_) => by_two_lines(),
            _ => return Ok(None),
        };
        if size == 0 {
            return Ok(None);
        }
        plan.blocks = Blocks { size };
        plan.explanation.pixels_at_a_time = size;
        if let Some(product) = &mut plan.explanation.product {
            product.end = end.clone();
        }
        plan.explanation.end = end;
        plan.explanation.workspace_bytes = plan.workspace_bytes()?;
        Ok(Some(plan))
    }

    /// Makes the results of `part`, pixels of the pool's output, whole lines, of blocks of sums.
    pub(super) fn sums_pooled<T: Value, O: Element>(
        &self,
        input: &[T],
        weights: &PackedConv,
        part: Range<usize>,
        out: &mut [O],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let sliding = &self.geometry.sliding;
        let (rows, cols, channels) = (sliding.rows.output, sliding.cols.output, sliding.out_channels);
        let (whole, width) = (rows.is_multiple_of(2), cols / 2);
        let (mut line, last) = (part.start / width, part.end / width);
        let mut rest = out;
        // The block leaves the workspace while that serves the convolution.
        let mut block = std::mem::take(&mut workspace.block);
        let mut done = Ok(());
        // Of an odd number of lines the last is in no window: an image at a time. Else all images are one.
        let height = if whole { last.max(1) } else { rows / 2 };
        while line < last && done.is_ok() {
            let (image, first) = (line / height, line % height);
            let count = (height - first).min(last - line);
            let (mine, others) = rest.split_at_mut(count * width * channels);
            rest = others;
            let mut pass = |places: Range<usize>, sums: &mut [i32]| {
                let pixels = halve(sums, cols, channels);
                let sums = MatRef::new(&sums[..pixels * channels], pixels, channels)?;
                let place = places.start / (2 * cols) * width * channels;
                let out = &mut mine[place..][..pixels * channels];
                self.epilogue.pass(sums, MatMut::new(out, pixels, channels)?)
            };
            let start = (image * rows + 2 * first) * cols;
            let mut sink = Sink::blocks(start, channels, &mut block, &mut pass);
            done = self.sums(input, weights, start..start + 2 * count * cols, &mut sink, workspace);
            line += count;
        }
        workspace.block = block;
        done
    }
}

/// The largest sums of each 2×2 pixels of lines of `cols` pixels to the front of `sums`. Returns how many pixels they are.
fn halve(sums: &mut [i32], cols: usize, channels: usize) -> usize {
    let (line, mut to) = (cols * channels, 0);
    for first in (0..sums.len()).step_by(2 * line) {
        let (upper, lower) = sums[first..][..2 * line].split_at_mut(line);
        raise(upper, lower);
        for at in (first..first + cols / 2 * 2 * channels).step_by(2 * channels) {
            // No pixel is needed any more before this one.
            let (before, pixels) = sums.split_at_mut(at);
            let (pixel, neighbour) = pixels[..2 * channels].split_at_mut(channels);
            raise(pixel, neighbour);
            if at > 0 {
                before[to..to + channels].copy_from_slice(pixel);
            }
            to += channels;
        }
    }
    to / channels
}

/// The larger of each two sums in place of the first.
fn raise(sums: &mut [i32], others: &[i32]) {
    for (sum, other) in sums.iter_mut().zip(others) {
        *sum = (*sum).max(*other);
    }
}

#[cfg(test)]
mod tests {
    use super::halve;

    #[test]
    fn the_largest_of_two_by_two_come_to_the_front() {
        for (rows, cols, channels) in [(2, 2, 1), (2, 5, 1), (4, 6, 3), (2, 4, 8), (6, 3, 19)] {
            let sum = |row: usize, col: usize, channel: usize| {
                ((row * 7919 + col * 104_729 + channel * 1_299_709) % 2003) as i32 - 1000
            };
            let mut sums = Vec::new();
            for row in 0..rows {
                for col in 0..cols {
                    sums.extend((0..channels).map(|channel| sum(row, col, channel)));
                }
            }
            let mut wanted = Vec::new();
            for row in (0..rows).step_by(2) {
                for col in (0..cols / 2 * 2).step_by(2) {
                    wanted.extend((0..channels).map(|channel| {
                        let of = |down, across| sum(row + down, col + across, channel);
                        of(0, 0).max(of(0, 1)).max(of(1, 0)).max(of(1, 1))
                    }));
                }
            }
            assert_eq!(halve(&mut sums, cols, channels), wanted.len() / channels);
            assert_eq!(sums[..wanted.len()], wanted, "{rows}x{cols}x{channels}");
        }
    }
}
