//! Convolution of each channel by itself: no product of matrices, 16 channels at a time.
//!
//! ```text
//!   input line ─► padded line (zero point at the sides, 16 channels or more) ────────┐  kept for kh lines
//!                 or where it is, if nothing is to be added                         ▼
//!   weights, zero points ─► Weights ──────────────► Strip: sums in 8, 16, 32 bits, from the constants ┐
//!   bias ───────────────────► constants, unless a pass adds it                                        ▼
//!                                                             Store: sums or bytes ─► output line, or to a pass
//! ```

mod floats;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
mod store;
mod weights;

use super::gather::{Below, Lines, Padding, Source};
use super::geometry::Geometry;
use super::sink::Sink;
use super::way::{Blocks, Choice, Estimate, Way};
use super::workspace::{Buffers, Workspace};
use crate::quant::STRIP;
use crate::{Error, Operand, Value};
use qgen_spec::SizeOverflow;
use std::ops::Range;
use store::Store;
use weights::{Depths, Ranges};

pub(super) use floats::{DepthwiseFloats, Then};
pub(in crate::conv) use weights::Weights;

/// A planned depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depthwise {
    ranges: Ranges,
    /// Columns have the channels of the output, and at least 16.
    padding: Padding,
}

/// Channels at a time, where there are so many: what vectors take.
const CHANNELS: usize = STRIP;

/// One line of results: `count` windows over lines of bytes.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    below: Below<'a>,
    /// Bytes of a column, at least 16.
    width: usize,
    stride: usize,
    dilation: usize,
    kernel_width: usize,
    /// \[tap\]\[width\].
    weights: &'a [i8],
    /// The same, where they do not fit a byte; else empty.
    wide: &'a [i32],
    #[cfg_attr(not(target_arch = "aarch64"), allow(dead_code, reason = "plain Rust sums in 32 bits"))]
    depths: Depths,
    /// \[width\].
    constants: &'a [i32],
    /// Whether sums are subtracted from the constants.
    negated: bool,
    count: usize,
}

/// Some channels of a line.
#[derive(Clone, Copy, Debug)]
pub(in crate::conv) struct Strip<'a> {
    line: Line<'a>,
    first: usize,
    /// [`CHANNELS`], or all if those are fewer.
    channels: usize,
}

/// Whether each result is of one channel.
fn by_themselves(geometry: &Geometry) -> bool {
    geometry.group_channels().0 == 1 && (geometry.groups > 1 || geometry.output().channels == 1)
}

impl<'a> Line<'a> {
    /// All of `channels`. The last strip may have some channels of the one before, which come out the same again.
    fn strips(self, channels: usize) -> impl Iterator<Item = Strip<'a>> {
        let len = channels.min(CHANNELS);
        (0..channels).step_by(CHANNELS).map(move |first| Strip {
            line: self,
            first: first.min(channels - len),
            channels: len,
        })
    }
}

impl Strip<'_> {
    /// Writes sums to `out`, those of a result `distance` from those before.
    fn sums(&self, out: &mut [i32], distance: usize) {
        if self.line.wide.is_empty() {
            narrow(self, out, distance);
        } else {
            plain::wide(self, out, distance);
        }
    }

    /// Everything that may be read is there, and so are places for the results, `distance` from one to the next.
    ///
    /// # Panics
    /// If not.
    fn check(&self, out: &[i32], distance: usize) {
        let Strip { line, first, channels } = self;
        let last = (line.count - 1) * line.stride + (line.kernel_width - 1) * line.dilation;
        let end = line.below.starts.iter().max().map_or(0, |row| row + (last + 1) * line.width);
        let taps = line.below.starts.len() * line.kernel_width;
        assert!(first + CHANNELS <= line.width && end <= line.below.bytes.len());
        assert!(line.weights.len() >= taps * line.width && line.constants.len() >= line.width);
        assert!(*channels <= CHANNELS && out.len() >= (line.count - 1) * distance + channels);
    }
}

impl Depthwise {
    /// `None` where channels are not by themselves, or floats.
    pub(super) fn new(
        geometry: &Geometry,
        (input, weights): (Operand, Operand),
        zeros: (i32, i32),
    ) -> Result<Option<Depthwise>, Error> {
        if !by_themselves(geometry) || input.range().is_none() {
            return Ok(None);
        }
        let outputs = geometry.output().channels;
        let ranges = Ranges::new(input, weights, zeros);
        let width = outputs.max(16);
        let each = outputs / geometry.input().channels;
        let padding = Padding::spread(geometry, 1, width, each, ranges.flip)?;
        Ok(Some(Depthwise { ranges, padding }))
    }

    /// Lines of the output, and what is summed where.
    pub(super) fn choice(&self, geometry: &Geometry) -> Choice {
        let Depths { bytes, halves } = self.ranges.depths;
        let lines = if self.padding.in_place { "lines in place" } else { "padded lines" };
        let count = |count: usize| if count == usize::MAX { "any".to_owned() } else { count.to_string() };
        let reason = match (self.ranges.narrow, bytes) {
            (false, _) => {
                format!("{lines}; weights without their zero point do not fit a byte: sums in 32 bits")
            }
            (_, 1) => format!("{lines}; {} products fit 16 bits", count(halves)),
            _ => format!("{lines}; {} products fit 8 bits, {} 16 bits", count(bytes), count(halves)),
        };
        let estimates = vec![Estimate { way: Way::Depthwise, instructions: None }];
        let blocks = Blocks { size: geometry.sliding.cols.output };
        Choice { way: Way::Depthwise, blocks, reason, estimates }
    }

    /// With the sums of a strip where results are made of them.
    pub(super) fn buffers(&self, geometry: &Geometry, made: bool) -> Result<Buffers, Error> {
        let strip = geometry.sliding.cols.output.checked_mul(CHANNELS).ok_or(SizeOverflow)?;
        let tile = if made { strip } else { 0 };
        Ok(Buffers { col_add: self.padding.column, tile, ..self.padding.buffers(geometry)? })
    }

    pub(super) fn pack<T: Value>(&self, geometry: &Geometry, weights: &[T]) -> Result<Weights, Error> {
        Weights::new(geometry, &self.ranges, self.padding.column, weights)
    }

    /// Convolves the windows of output pixels `part`, whole lines, adds `bias` modulo 2³²: nothing, or a
    /// number for each channel, and stores what `store` makes of it. The values of the input were checked.
    pub(super) fn run<S: Store>(
        &self,
        source: &Source<'_>,
        (weights, bias, store): (&Weights, &[i32], &S),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, S::Result>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let sliding = source.sliding;
        let (cols, channels) = (sliding.cols, sliding.out_channels);
        let Workspace { lines, tags, starts, col_add, tile, .. } = workspace;
        let constants = &mut col_add[..self.padding.column];
        constants.copy_from_slice(&weights.constants);
        constants.iter_mut().zip(bias).for_each(|(constant, bias)| *constant = constant.wrapping_add(*bias));
        let mut lines = Lines::new(self.padding, *source, lines.bytes_mut(), tags, starts);
        for pixels in blocks.of(part) {
            let results = sink.room_of(pixels.clone());
            let line = Line {
                below: lines.below(pixels.start / cols.output),
                width: self.padding.column,
                stride: cols.stride,
                dilation: cols.dilation,
                kernel_width: cols.kernel,
                weights: &weights.narrow,
                wide: &weights.wide,
                depths: self.ranges.depths,
                constants,
                negated: self.ranges.negated,
                count: pixels.len(),
            };
            for strip in line.strips(channels) {
                store.store(&strip, tile, &mut results[strip.first..], channels);
            }
            sink.done(pixels)?;
        }
        Ok(())
    }
}

#[cfg(target_arch = "aarch64")]
use neon::sums as narrow;

#[cfg(not(target_arch = "aarch64"))]
use plain::sums as narrow;
