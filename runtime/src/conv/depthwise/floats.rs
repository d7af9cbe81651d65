//! Channels of floats by themselves: taps one after the other, as many channels at a time as the compiler has
//! registers for.

use super::super::gather::{Below, Lines, Padding, Source};
use super::super::geometry::Geometry;
use super::super::sink::Sink;
use super::super::way::{Blocks, Choice, Estimate, Way};
use super::super::workspace::{Buffers, Workspace};
use super::by_themselves;
use crate::Error;
use crate::buffer::grow_to;
use crate::value::of_bytes;
use std::ops::Range;

/// A planned depthwise convolution of floats.
#[derive(Clone, Copy, Debug)]
pub(in crate::conv) struct DepthwiseFloats {
    /// Columns have the channels of the output.
    padding: Padding,
}

/// What follows a sum.
#[derive(Clone, Copy, Debug)]
pub(in crate::conv) struct Then<'a> {
    /// The bits of a number for each channel, or nothing.
    pub(in crate::conv) bias: &'a [i32],
    pub(in crate::conv) bounds: (f32, f32),
}

/// One line of results.
struct Line<'a> {
    below: Below<'a>,
    values: &'a [f32],
    /// \[tap\]\[channel\].
    weights: &'a [f32],
    kernel_width: usize,
    /// Channels, and values of a column.
    channels: usize,
    /// Values from a tap to the next, and from a window to the next.
    apart: [usize; 2],
    then: Then<'a>,
}

impl DepthwiseFloats {
    /// `None` where channels are not by themselves.
    pub(in crate::conv) fn new(geometry: &Geometry) -> Result<Option<DepthwiseFloats>, Error> {
        if !by_themselves(geometry) {
            return Ok(None);
        }
        let outputs = geometry.output().channels;
        let each = outputs / geometry.input().channels;
        Ok(Some(DepthwiseFloats { padding: Padding::spread(geometry, size_of::<f32>(), outputs, each, 0)? }))
    }

    /// Lines of the output.
    pub(in crate::conv) fn choice(&self, geometry: &Geometry) -> Choice {
        let lines = if self.padding.in_place { "lines in place" } else { "padded lines" };
        let estimates = vec![Estimate { way: Way::Depthwise, instructions: None }];
        let blocks = Blocks { size: geometry.sliding.cols.output };
        Choice { way: Way::Depthwise, blocks, reason: format!("{lines}; floats"), estimates }
    }

    pub(in crate::conv) fn buffers(&self, geometry: &Geometry) -> Result<Buffers, Error> {
        Ok(self.padding.buffers(geometry)?)
    }

    /// \[channel\]\[tap\] weights as \[tap\]\[channel\].
    pub(in crate::conv) fn pack(&self, geometry: &Geometry, weights: &[f32]) -> Result<Vec<f32>, Error> {
        let (channels, taps) = (geometry.output().channels, geometry.depth());
        let mut packed = Vec::new();
        grow_to(&mut packed, weights.len())?;
        for (at, weight) in weights.iter().enumerate() {
            packed[at % taps * channels + at / taps] = *weight;
        }
        Ok(packed)
    }

    /// Convolves the windows of output pixels `part`, whole lines.
    pub(in crate::conv) fn run(
        &self,
        source: &Source<'_>,
        (weights, then): (&[f32], Then<'_>),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, f32>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (cols, channels) = (source.sliding.cols, source.sliding.out_channels);
        let Workspace { lines, tags, starts, .. } = workspace;
        let mut lines = Lines::new(self.padding, *source, lines.bytes_mut(), tags, starts);
        for pixels in blocks.of(part) {
            let results = sink.room_of(pixels.clone());
            let below = lines.below(pixels.start / cols.output);
            let line = Line {
                below,
                values: of_bytes(below.bytes),
                weights,
                kernel_width: cols.kernel,
                channels,
                apart: [cols.dilation * channels, cols.stride * channels],
                then,
            };
            for (at, out) in results.chunks_exact_mut(channels).enumerate() {
                let mut first = line.several::<16>(at, 0, out);
                first = line.several::<4>(at, first, out);
                line.several::<1>(at, first, out);
            }
            sink.done(pixels)?;
        }
        Ok(())
    }
}

impl Line<'_> {
    /// Results of pixel `at`, `N` channels at a time from `first` on, as long as there are so many. Returns the
    /// first channel that is left.
    fn several<const N: usize>(&self, at: usize, mut first: usize, out: &mut [f32]) -> usize {
        let Line { below, values, weights, kernel_width, channels, apart, then } = self;
        while first + N <= *channels {
            let mut sums = [0f32; N];
            let mut weights = weights[first..].chunks(*channels);
            for start in below.starts {
                let start = start / size_of::<f32>() + at * apart[1] + first;
                let columns = (0..*kernel_width).map(|column| start + column * apart[0]);
                for (column, weights) in columns.zip(&mut weights) {
                    let both = values[column..][..N].iter().zip(&weights[..N]);
                    sums.iter_mut().zip(both).for_each(|(sum, (x, w))| *sum = x.mul_add(*w, *sum));
                }
            }
            let bias = then.bias.get(first..first + N);
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum += bias.map_or(0.0, |bias| f32::from_bits(bias[channel] as u32));
                *sum = sum.clamp(then.bounds.0, then.bounds.1);
            }
            out[first..first + N].copy_from_slice(&sums);
            first += N;
        }
        first
    }
}
