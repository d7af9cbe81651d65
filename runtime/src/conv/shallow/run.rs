//! Line by line, 16 pixels at a time, group by group.

use super::super::gather::{Lines, Source};
use super::super::sink::Sink;
use super::super::way::Blocks;
use super::super::workspace::Workspace;
use super::store::{Pixels, Store};
use super::weights::Group;
use super::{Block, PIXELS, Shallow, Weights, sums};
use crate::Error;
use std::ops::Range;

/// A convolution at work.
pub(super) struct Work<'a> {
    shallow: &'a Shallow,
    lines: Lines<'a>,
    /// As [`Block`] has them, for the line below which they were last.
    taps: &'a mut [usize],
    /// The largest of the shallow convolution's offsets.
    farthest: usize,
    /// Pixels of an output line.
    cols: usize,
    /// What is added to each out channel's sums.
    constants: &'a [i32],
}

/// An output line of it.
pub(super) struct Line<'a> {
    bytes: &'a [u8],
    taps: &'a [usize],
    constants: &'a [i32],
    shallow: &'a Shallow,
}

impl<'a> Work<'a> {
    /// Nothing is done yet. `bias` is nothing, or a number for each channel that is added modulo 2³².
    pub(super) fn new(
        shallow: &'a Shallow,
        source: &Source<'a>,
        (weights, bias): (&Weights, &[i32]),
        workspace: &'a mut Workspace,
    ) -> (Work<'a>, &'a mut [i32]) {
        let (cols, rows, channels) = (source.sliding.cols, source.sliding.rows, source.sliding.out_channels);
        let Workspace { lines, tags, starts, col_add, tile, .. } = workspace;
        let constants = &mut col_add[..channels.next_multiple_of(2)];
        constants[..channels].copy_from_slice(&weights.constants);
        constants.iter_mut().zip(bias).for_each(|(constant, bias)| *constant = constant.wrapping_add(*bias));
        let (starts, taps) = starts.split_at_mut(rows.kernel);
        let taps = &mut taps[..(rows.kernel * shallow.offsets.len()).next_multiple_of(2)];
        // Of a tap beyond the last any pixels will do.
        taps.fill(0);
        let lines = Lines::new(shallow.padding, *source, lines.bytes_mut(), tags, starts);
        let farthest = shallow.offsets.iter().max().copied().unwrap_or(0);
        (Work { shallow, lines, taps, farthest, cols: cols.output, constants }, tile)
    }

    /// Output line `line`, counted over all images.
    pub(super) fn line(&mut self, line: usize) -> Line<'_> {
        let Work { shallow, lines, taps, farthest, cols, constants } = self;
        let below = lines.below(line);
        let (rows, of_a_row) = (below.starts.len(), shallow.offsets.len());
        let placed = if below.follows { rows - 1 } else { 0 };
        taps.copy_within((rows - placed) * of_a_row..rows * of_a_row, 0);
        place(&mut taps[placed * of_a_row..], &below.starts[placed..], &shallow.offsets);
        let last = below.starts.iter().fold(0, |last, start| last.max(*start));
        assert!(last + *farthest + cols.next_multiple_of(PIXELS) <= below.bytes.len());
        Line { bytes: below.bytes, taps, constants, shallow }
    }
}

impl<'a> Line<'a> {
    /// What makes the sums of a group's out channels, from the line's first pixel on.
    pub(super) fn block(&self, group: &Group<'a>) -> Block<'a> {
        let constants = &self.constants[group.first..][..group.width];
        let Line { bytes, taps, .. } = *self;
        Block { bytes, taps, at: 0, group: *group, constants, depth: self.shallow.depth }
    }
}

/// Every line's start plus every offset. Out of line, where compilers know that slices are not parts of each other.
#[inline(never)]
fn place(taps: &mut [usize], starts: &[usize], offsets: &[usize]) {
    for (taps, start) in taps.chunks_exact_mut(offsets.len()).zip(starts) {
        taps.iter_mut().zip(offsets).for_each(|(tap, offset)| *tap = start + offset);
    }
}

impl Shallow {
    /// Convolves the windows of output pixels `part`, whole lines, adds `bias` modulo 2³²: nothing, or a number for each
    /// channel, and stores what `store` makes of it. The values of the input were checked.
    pub(in crate::conv) fn run<S: Store>(
        &self,
        source: &Source<'_>,
        (weights, bias, store): (&Weights, &[i32], &S),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, S::Result>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (cols, channels) = (source.sliding.cols.output, source.sliding.out_channels);
        let (mut work, _) = Work::new(self, source, (weights, bias), workspace);
        let mut sums = [[0; PIXELS]; 8];
        for pixels in blocks.of(part) {
            let results = sink.room_of(pixels.clone());
            let first = pixels.start / cols;
            for line in 0..pixels.len() / cols {
                let results = &mut results[line * cols * channels..];
                let line = work.line(first + line);
                for group in weights.groups() {
                    let (sums, mut block) = (&mut sums[..group.width], line.block(&group));
                    while block.at < cols {
                        self::sums(&block, sums);
                        let count = PIXELS.min(cols - block.at);
                        let results = &mut results[block.at * channels..];
                        store.store(&group, sums, results, Pixels { count, channels });
                        block.at += PIXELS;
                    }
                }
            }
            sink.done(pixels)?;
        }
        Ok(())
    }
}
