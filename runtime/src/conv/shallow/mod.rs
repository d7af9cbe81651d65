//! Convolution of a few channels, as the first layers of networks have: no product of matrices, 16 pixels of an output
//! line at a time.
//!
//! ```text
//!   input line ─► planes: one for each channel and column modulo the stride, zero point at the sides ─┐  kept for kh lines
//!   weights ─► Weights: each 16 times, in groups of out channels ──► block: sums in 16, 32 bits ─► output line
//!                                                                                              or to a pass
//! ```
//!
//! A product of matrices would copy windows of a few bytes to rows, sum these up, and spend more on the ends of its sums
//! than on the sums. Here a tap is 16 bytes of a plane, wherever they begin, for 16 results of a channel.

#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
mod weights;

use super::gather::{Below, Lines, Padding, Source};
use super::geometry::Geometry;
use super::sink::Sink;
use super::way::{Blocks, Estimate, Way};
use super::workspace::{Buffers, Workspace};
use crate::{Error, Operand, Value};
use std::ops::Range;
pub(in crate::conv) use weights::Weights;

/// Pixels at a time.
const PIXELS: usize = 16;

/// Channels of the input at most: of more, products of matrices are better.
const MOST_CHANNELS: usize = 4;

/// Bytes of weights at most, so that they stay in the first cache.
const MOST_WEIGHTS: usize = 16 << 10;

/// A planned convolution of few channels.
#[derive(Clone, Debug)]
pub(super) struct Shallow {
    padding: Padding,
    /// Where in a line of planes the pixels of each tap of a kernel's line begin: \[kernel column\]\[channel\].
    offsets: Vec<usize>,
    /// How many products fit 16 bits.
    depth: usize,
    zero: i32,
}

/// 16 pixels of an output line, for some out channels.
#[derive(Clone, Copy)]
struct Block<'a> {
    below: Below<'a>,
    offsets: &'a [usize],
    /// Where in a plane the first pixel is.
    at: usize,
    /// Pixels of the output line from there on, 16 at most; what is worked out for others is not stored.
    count: usize,
    /// \[kernel row\]\[kernel column\]\[channel\]\[out channel of the group\].
    weights: &'a [[i8; PIXELS]],
    /// What is added, of each out channel of the group.
    constants: &'a [i32],
    depth: usize,
    /// Out channels in all: results from one pixel to the next.
    channels: usize,
}

impl Block<'_> {
    /// Everything that is read, or written to `results`, which begins with those of the first pixel, is there.
    ///
    /// # Panics
    /// If not.
    #[inline(always)]
    fn check<const G: usize>(&self, results: &[i32]) {
        let mut last = 0;
        for start in self.below.starts {
            last = last.max(*start);
        }
        // Offsets do not rise evenly, but are those of one line.
        let offset = self.offsets.iter().fold(0, |most, &offset| most.max(offset));
        assert!(last + offset + self.at + PIXELS <= self.below.bytes.len());
        assert!(self.weights.len() == self.below.starts.len() * self.offsets.len() * G && self.depth > 0);
        assert!(self.constants.len() == G && (1..=PIXELS).contains(&self.count));
        assert!(results.len() >= (self.count - 1) * self.channels + G);
    }
}

impl Shallow {
    /// `None` where there are more channels, or groups, or numbers that do not fit `i8`, or a zero point of the weights,
    /// for which windows would have to be summed up.
    pub(super) fn new(
        geometry: &Geometry,
        (input, weights): (Operand, Operand),
        zeros: (i32, i32),
    ) -> Result<Option<Shallow>, Error> {
        let channels = geometry.input().channels;
        let (Some(x), Some(w)) = (input.range(), weights.range()) else { return Ok(None) };
        let narrow = x.fits_i8() && w.fits_i8() && zeros.1 == 0;
        let bytes = geometry.weights().checked_mul(PIXELS).filter(|&bytes| bytes <= MOST_WEIGHTS);
        if channels > MOST_CHANNELS || geometry.groups != 1 || !narrow || bytes.is_none() {
            return Ok(None);
        }
        let (window, cols) = (geometry.window(), geometry.sliding.cols);
        let padding = Padding::planes(geometry, PIXELS)?;
        let plane = padding.plane();
        let offset = |tap: usize| {
            let column = tap * window.dilation[1];
            (0..channels).map(move |c| (column % cols.stride * channels + c) * plane + column / cols.stride)
        };
        let offsets = (0..cols.kernel).flat_map(offset).collect();
        let largest = |lo: i16, hi: i16| i32::from(lo).abs().max(i32::from(hi).abs()).max(1);
        let product = largest(x.lo(), x.hi()) * largest(w.lo(), w.hi());
        let depth = (i32::from(i16::MAX) / product) as usize;
        Ok(Some(Shallow { padding, offsets, depth, zero: zeros.0 }))
    }

    /// Instructions for the whole convolution, by a count of those of the loop: of each tap one load of pixels, and for each
    /// out channel a load and two multiplications; widening; and the stores.
    pub(super) fn estimate(&self, geometry: &Geometry) -> Estimate {
        let (cols, outputs) = (geometry.sliding.cols, geometry.output().channels as f64);
        let lines = (geometry.sliding.pixels() / cols.output) as f64;
        let taps = geometry.depth() as f64;
        let groups = (outputs / 4.0).ceil();
        let widenings = (taps / self.depth as f64).ceil();
        let block = taps * (groups + 3.0 * outputs) + (4.0 * widenings + 40.0) * outputs;
        let instructions = lines * cols.output.div_ceil(PIXELS) as f64 * block;
        Estimate { way: Way::Shallow, instructions: Some(instructions) }
    }

    /// Lines at a time, so that the sums of a block fit a quarter of the first cache.
    pub(super) fn blocks(&self, geometry: &Geometry, l1d: usize) -> Blocks {
        let cols = geometry.sliding.cols.output;
        let line = cols.saturating_mul(geometry.output().channels * size_of::<i32>()).max(1);
        Blocks { size: cols * (l1d / 4 / line).max(1) }
    }

    pub(super) fn buffers(&self, geometry: &Geometry) -> Result<Buffers, Error> {
        let col_add = geometry.output().channels;
        Ok(Buffers { col_add, ..self.padding.buffers(geometry)? })
    }

    pub(super) fn pack<T: Value>(&self, geometry: &Geometry, weights: &[T]) -> Result<Weights, Error> {
        Weights::new(geometry, self.zero, weights)
    }

    /// Convolves the windows of output pixels `part`, whole lines, and adds `bias` modulo 2³²: nothing, or a number for
    /// each channel. The values of the input were checked.
    pub(super) fn run(
        &self,
        source: &Source<'_>,
        (weights, bias): (&Weights, &[i32]),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, i32>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let sliding = source.sliding;
        let (cols, channels) = (sliding.cols, sliding.out_channels);
        let Workspace { lines, tags, starts, col_add, .. } = workspace;
        let constants = &mut col_add[..channels];
        constants.copy_from_slice(&weights.constants);
        constants.iter_mut().zip(bias).for_each(|(constant, bias)| *constant = constant.wrapping_add(*bias));
        let mut lines = Lines::new(self.padding, *source, lines.bytes_mut(), tags, starts);
        for pixels in blocks.of(part) {
            let results = sink.room_of(pixels.clone());
            let first = pixels.start / cols.output;
            for (line, results) in results.chunks_exact_mut(cols.output * channels).enumerate() {
                let below = lines.below(first + line);
                for (at, results) in results.chunks_mut(PIXELS * channels).enumerate() {
                    let count = PIXELS.min(cols.output - at * PIXELS);
                    for group in weights.groups() {
                        let block = Block {
                            below,
                            offsets: &self.offsets,
                            at: at * PIXELS,
                            count,
                            weights: group.weights,
                            constants: &constants[group.first..][..group.len],
                            depth: self.depth,
                            channels,
                        };
                        let results = &mut results[group.first..];
                        match group.len {
                            4 => multiply::<4>(&block, results),
                            2 => multiply::<2>(&block, results),
                            _ => multiply::<1>(&block, results),
                        }
                    }
                }
            }
            sink.done(pixels)?;
        }
        Ok(())
    }
}

#[cfg(target_arch = "aarch64")]
use neon::multiply;
#[cfg(not(target_arch = "aarch64"))]
use plain::multiply;
