//! Convolution of each channel by itself: no product of matrices, 16 channels at a time.
//!
//! ```text
//!   input line ─► padded line (zero point at the sides, channels in whole vectors) ─┐  kept for kh lines
//!                 or where it is, if nothing is to be added                         ▼
//!   weights, zero points, bias ─► Weights ────────────► Line: sums in 8, 16, 32 bits ─► output line
//! ```

#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
mod weights;

use super::gather::Source;
use super::geometry::Geometry;
use super::workspace::{Buffers, Workspace};
use super::{Sink, way::Blocks};
use crate::{Error, Operand, Stored};
use qgen_spec::SizeOverflow;
use weights::{Depths, Ranges};

pub(in crate::conv) use weights::Weights;

/// A planned depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depthwise {
    ranges: Ranges,
    /// Bytes of a column: channels of the output in whole vectors.
    width: usize,
    /// Whether lines of the input are read where they are.
    in_place: bool,
    /// Padded lines that are kept: those that a window reaches over.
    kept: usize,
    /// Bytes of a padded line.
    line: usize,
}

/// One line of results: `count` windows over lines of bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    bytes: &'a [u8],
    /// Where in `bytes` each of the kernel's lines begins.
    rows: &'a [usize],
    /// Bytes of a column, a multiple of 16.
    width: usize,
    stride: usize,
    dilation: usize,
    kernel_width: usize,
    /// \[tap\]\[width\].
    weights: &'a [i8],
    /// \[width\].
    constants: &'a [i32],
    /// Whether sums are subtracted from the constants.
    negated: bool,
    count: usize,
}

impl Line<'_> {
    /// Everything that may be read and written is there.
    ///
    /// # Panics
    /// If not.
    fn check(&self, out: &[i32], channels: usize) {
        let last = (self.count - 1) * self.stride + (self.kernel_width - 1) * self.dilation;
        let end = self.rows.iter().max().map_or(0, |row| row + (last + 1) * self.width);
        let taps = self.rows.len() * self.kernel_width;
        assert!(self.width.is_multiple_of(16) && channels <= self.width && end <= self.bytes.len());
        assert!(self.weights.len() >= taps * self.width && self.constants.len() >= self.width);
        assert!(out.len() >= self.count * channels);
    }
}

impl Depthwise {
    /// `None` where channels are not by themselves.
    pub(super) fn new(
        geometry: &Geometry,
        (input, weights): (Operand, Operand),
        zeros: (i32, i32),
    ) -> Result<Option<Depthwise>, Error> {
        let ((channels, _), outputs) = (geometry.group_channels(), geometry.output().channels);
        if channels != 1 || geometry.groups == 1 && outputs != 1 {
            return Ok(None);
        }
        let (rows, cols) = (geometry.sliding.rows, geometry.sliding.cols);
        let ranges = Ranges::new(input, weights, zeros);
        let width = outputs.checked_next_multiple_of(16).ok_or(SizeOverflow)?;
        let in_place = !geometry.pads() && ranges.flip == 0 && width == geometry.input().channels;
        let kept = (rows.kernel - 1) * rows.dilation + 1;
        let line = if in_place { geometry.input().width } else { cols.used() };
        let line = line.checked_mul(width).ok_or(SizeOverflow)?;
        Ok(Some(Depthwise { ranges, width, in_place, kept, line }))
    }

    /// What is summed where.
    pub(super) fn reason(&self) -> String {
        let Depths { bytes, halves } = self.ranges.depths;
        let lines = if self.in_place { "lines in place" } else { "padded lines" };
        let count = |count: usize| if count == usize::MAX { "any".to_owned() } else { count.to_string() };
        match (self.ranges.narrow, bytes) {
            (false, _) => {
                format!("{lines}; weights without their zero point do not fit a byte: sums in 32 bits")
            }
            (_, 1) => format!("{lines}; {} products fit 16 bits", count(halves)),
            _ => format!("{lines}; {} products fit 8 bits, {} 16 bits", count(bytes), count(halves)),
        }
    }

    pub(super) fn blocks(&self, geometry: &Geometry) -> Blocks {
        Blocks { size: geometry.sliding.cols.output }
    }

    pub(super) fn buffers(&self, geometry: &Geometry) -> Result<Buffers, Error> {
        let rows = geometry.sliding.rows.kernel;
        if self.in_place {
            return Ok(Buffers { rows, ..Buffers::default() });
        }
        // One line more: of padding.
        let gathered = self.line.checked_mul(self.kept + 1).ok_or(SizeOverflow)?;
        Ok(Buffers { gathered, rows, tags: self.kept, ..Buffers::default() })
    }

    pub(super) fn pack<T: Stored>(
        &self,
        geometry: &Geometry,
        weights: &[T],
        bias: &[i32],
    ) -> Result<Weights, Error> {
        Weights::new(geometry, &self.ranges, self.width, weights, bias)
    }

    /// Convolves. The values of the input were checked.
    pub(super) fn run(
        &self,
        geometry: &Geometry,
        source: &Source<'_>,
        weights: &Weights,
        sink: &mut Sink<'_, '_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let sliding = source.sliding;
        let (rows, cols) = (sliding.rows, sliding.cols);
        let channels = sliding.out_channels;
        let Workspace { gathered, rows: starts, tags, block, .. } = workspace;
        let (starts, padded) = (&mut starts[..rows.kernel], gathered.bytes_mut());
        let blank = self.kept * self.line;
        let tags = if self.in_place { &mut [][..] } else { &mut tags[..self.kept] };
        if !self.in_place {
            tags.fill(usize::MAX);
            // Channels beyond the last are 0: their sums are not used, and must not cost anybody a proof.
            padded[..blank].fill(0);
            padded[blank..][..self.line].fill(source.fill ^ self.ranges.flip);
        }
        for pixels in self.blocks(geometry).of(sliding.pixels()) {
            let line = pixels.start / cols.output;
            let (image, y) = (line / rows.output, line % rows.output);
            for (tap, start) in starts.iter_mut().enumerate() {
                *start = match rows.place(y, tap).map(|row| (row, image * sliding.input.height + row)) {
                    None => blank,
                    Some((_, of_all)) if self.in_place => of_all * self.line,
                    Some((row, of_all)) => {
                        let (slot, start) = (row % self.kept, row % self.kept * self.line);
                        if tags[slot] != of_all {
                            let to = &mut padded[start..][..self.line];
                            source.padded_line(geometry, (image, row), to, self.width, self.ranges.flip);
                            tags[slot] = of_all;
                        }
                        start
                    }
                };
            }
            let (results, first) = sink.block(pixels.clone(), channels, block);
            let results = &mut results[first * channels..][..pixels.len() * channels];
            let work = Line {
                bytes: if self.in_place { source.bytes } else { padded },
                rows: starts,
                width: self.width,
                stride: cols.stride,
                dilation: cols.dilation,
                kernel_width: cols.kernel,
                weights: &weights.narrow,
                constants: &weights.constants,
                negated: self.ranges.negated,
                count: pixels.len(),
            };
            if self.ranges.narrow {
                narrow(&work, self.ranges.depths, results, channels);
            } else {
                plain::wide(&work, &weights.wide, results, channels);
            }
            sink.finish(pixels, channels, block)?;
        }
        Ok(())
    }
}

#[cfg(target_arch = "aarch64")]
use neon::line as narrow;

#[cfg(not(target_arch = "aarch64"))]
fn narrow(line: &Line<'_>, _: Depths, out: &mut [i32], channels: usize) {
    plain::line(line, out, channels);
}
