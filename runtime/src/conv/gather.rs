//! The input as windows meet it: lines with their padding, and copies of windows as rows of a matrix.
//!
//! ```text
//!   lines    [column][channel]: of the input where it is, or copied with the zero point at both sides, as
//!            many as a window reaches over; those above and below the input are one blank line
//!   slices   a row for each output pixel     [kernel row][kernel column][channel]
//!   strips   a row for each input column     [kernel row][channel]; the kw strips below a window are
//!            neighbours, so that windows overlap in memory and each value is copied kh times, not kh·kw
//! ```

use super::geometry::{Axis, Geometry, Sliding};
use super::pieces::Pieces;
use super::workspace::Buffers;
use qgen_spec::SizeOverflow;
use std::ops::Range;

/// The input of one convolution as bytes, and what is outside of it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) sliding: &'a Sliding,
    pub(super) bytes: &'a [u8],
    /// Bytes of a pixel.
    pub(super) pixel: usize,
    /// The zero point's byte; of floats each of its bytes.
    pub(super) fill: u8,
}

/// How lines are kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Padding {
    /// Whether they are read where they are.
    pub(super) in_place: bool,
    /// Bytes of a column: each channel `each` times, then zeros.
    pub(super) column: usize,
    each: usize,
    /// Bytes of a value.
    value: usize,
    /// What is added to every byte, without carry.
    flip: u8,
    /// How many lines there are: those that a window reaches over, or all.
    kept: usize,
    /// Bytes of a line.
    line: usize,
    /// Bytes of a plane, where channels and columns are kept apart.
    plane: Option<usize>,
}

impl Padding {
    /// Lines as the input has them, of values of `value` bytes.
    pub(super) fn new(geometry: &Geometry, value: usize) -> Result<Padding, SizeOverflow> {
        Padding::spread(geometry, value, geometry.input().channels, 1, 0)
    }

    /// Lines with `each` copies of every channel in columns of `column` values, and `flip` added to bytes without
    /// carry.
    pub(super) fn spread(
        geometry: &Geometry,
        value: usize,
        column: usize,
        each: usize,
        flip: u8,
    ) -> Result<Padding, SizeOverflow> {
        let (rows, cols, input) = (geometry.sliding.rows, geometry.sliding.cols, geometry.input());
        let in_place = !geometry.pads() && flip == 0 && column == input.channels;
        let column = column.checked_mul(value).ok_or(SizeOverflow)?;
        let kept = ((rows.kernel - 1) * rows.dilation + 1).min(input.height);
        let columns = if in_place { input.width } else { cols.used() };
        let line = columns.checked_mul(column).ok_or(SizeOverflow)?;
        Ok(Padding { in_place, column, each, value, flip, kept, line, plane: None })
    }

    /// Lines of bytes as planes, one for each column modulo the stride and each channel, in that order. From every place
    /// at which a window has a tap `room` bytes can be read.
    pub(super) fn planes(geometry: &Geometry, room: usize) -> Result<Padding, SizeOverflow> {
        let (cols, channels) = (geometry.sliding.cols, geometry.input().channels);
        let plane = cols.used().div_ceil(cols.stride).checked_add(room).ok_or(SizeOverflow)?;
        let planes = cols.stride.min(cols.used()).checked_mul(channels).ok_or(SizeOverflow)?;
        let line = plane.checked_mul(planes).ok_or(SizeOverflow)?;
        Ok(Padding { in_place: false, line, plane: Some(plane), ..Padding::new(geometry, 1)? })
    }

    /// Bytes of a plane.
    pub(super) fn plane(&self) -> usize {
        self.plane.unwrap_or(self.line)
    }

    /// Copies columns from pixels of `pixel` bytes, each channel as often as is wanted, or flipped. Out of line: what
    /// it needs would be kept in the way of lines that are copied as they are.
    #[inline(never)]
    fn spread_line(&self, to: &mut [u8], from: &[u8], pixel: usize) {
        let Padding { column, each, value, flip, .. } = *self;
        for (to, from) in to.chunks_exact_mut(column).zip(from.chunks_exact(pixel)) {
            for (to, from) in to.chunks_exact_mut(each * value).zip(from.chunks_exact(value)) {
                match from {
                    [byte] => to.fill(byte ^ flip),
                    _ => to.chunks_exact_mut(value).for_each(|to| to.copy_from_slice(from)),
                }
            }
        }
    }

    /// What [`Lines`] need.
    pub(super) fn buffers(&self, geometry: &Geometry) -> Result<Buffers, SizeOverflow> {
        let starts = geometry.window().kernel[0];
        if self.in_place {
            return Ok(Buffers { starts, ..Buffers::default() });
        }
        let lines = self.line.checked_mul(self.kept + 1).ok_or(SizeOverflow)?;
        Ok(Buffers { lines, starts, tags: self.kept, ..Buffers::default() })
    }
}

/// The lines of the input that are in use.
pub(super) struct Lines<'a> {
    padding: Padding,
    source: Source<'a>,
    /// The kept lines and a blank one.
    kept: &'a mut [u8],
    /// Which line of all images each of them is.
    tags: &'a mut [usize],
    /// Where those below the window begin.
    starts: &'a mut [usize],
    /// The output line that they are of.
    line: Option<usize>,
}

/// The lines below the windows of one output line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Below<'a> {
    pub(super) bytes: &'a [u8],
    /// Where in `bytes` each of the kernel's lines begins.
    pub(super) starts: &'a [usize],
    /// Whether those but the last are those below the line before, moved by one.
    pub(super) follows: bool,
}

impl<'a> Lines<'a> {
    /// No line yet, in buffers as [`Padding::buffers`] has them.
    pub(super) fn new(
        padding: Padding,
        source: Source<'a>,
        kept: &'a mut [u8],
        tags: &'a mut [usize],
        starts: &'a mut [usize],
    ) -> Lines<'a> {
        let starts = &mut starts[..source.sliding.rows.kernel];
        if padding.in_place {
            return Lines { padding, source, kept: &mut [], tags: &mut [], starts, line: None };
        }
        let (kept, tags) = (&mut kept[..padding.line * (padding.kept + 1)], &mut tags[..padding.kept]);
        tags.fill(usize::MAX);
        if padding.plane.is_some() {
            // Beside what is copied lines stay as they are.
            kept.fill(source.fill);
        }
        if padding.column > source.pixel * padding.each {
            // Zeros behind the channels.
            kept.fill(0);
        }
        kept[padding.line * padding.kept..].fill(source.fill ^ padding.flip);
        Lines { padding, source, kept, tags, starts, line: None }
    }

    /// The lines below output line `line`, counted over all images.
    pub(super) fn below(&mut self, line: usize) -> Below<'_> {
        let Padding { in_place, kept, line: bytes, .. } = self.padding;
        let Sliding { rows, input, .. } = self.source.sliding;
        let (image, y) = (line / rows.output, line % rows.output);
        // Below the next line those of all taps but the last are known, where each tap is the next one's of the line before.
        let follows = y > 0 && self.line == Some(line - 1) && rows.stride == rows.dilation;
        let first = if follows { rows.kernel - 1 } else { 0 };
        self.starts.copy_within(rows.kernel - first.., 0);
        self.line = Some(line);
        // The slot of each line is its row modulo how many are kept.
        let mut next = None;
        for tap in first..rows.kernel {
            self.starts[tap] = match rows.place(y, tap) {
                None => kept * bytes,
                Some(row) if in_place => (image * input.height + row) * bytes,
                Some(row) => {
                    let slot = match next.unwrap_or(row) {
                        slot if slot < kept => slot,
                        slot => slot % kept,
                    };
                    next = Some(slot + rows.dilation);
                    let tag = image * input.height + row;
                    if self.tags[slot] != tag {
                        self.tags[slot] = tag;
                        self.copy(tag, slot * bytes);
                    }
                    slot * bytes
                }
            };
        }
        Below { bytes: if in_place { self.source.bytes } else { self.kept }, starts: self.starts, follows }
    }

    /// Copies line `line` of all images to byte `start` of the kept ones. Out of line: most taps find theirs copied.
    #[inline(never)]
    fn copy(&mut self, line: usize, start: usize) {
        let Padding { column, each, flip, line: bytes, .. } = self.padding;
        let Source { sliding: Sliding { cols, input, .. }, pixel, fill, .. } = self.source;
        let to = &mut self.kept[start..][..bytes];
        let from = &self.source.bytes[line * input.width * pixel..][..input.width * pixel];
        let used = cols.used();
        if let Some(plane) = self.padding.plane {
            return planes(to, from, (plane, pixel), cols);
        }
        let (first, last) = (cols.before.min(used), (cols.before + cols.input).min(used));
        let len = pixel * each;
        let pieces = Pieces { count: first, len, step: column };
        pieces.fill(to, fill ^ flip);
        Pieces { count: used - last, ..pieces }
            .fill(to.get_mut(last * column..).unwrap_or_default(), fill ^ flip);
        let to = &mut to[first * column..last * column];
        if flip == 0 && len == column && each == 1 {
            to.copy_from_slice(&from[..to.len()]);
        } else if flip == 0 && each == 1 {
            Pieces { count: last - first, ..pieces }.copy(to, from, pixel);
        } else {
            self.padding.spread_line(to, from, pixel);
        }
    }
}

/// Copies a line of the input, of pixels of `pixel` bytes, to its planes.
fn planes(to: &mut [u8], from: &[u8], (plane, pixel): (usize, usize), cols: &Axis) {
    let count = cols.input.min(cols.used().saturating_sub(cols.before));
    if (cols.stride, pixel) == (1, 1) {
        return to[cols.before.min(plane)..][..count].copy_from_slice(&from[..count]);
    }
    for (column, from) in from.chunks_exact(pixel).take(count).enumerate() {
        let place = column + cols.before;
        let first = place % cols.stride * pixel * plane + place / cols.stride;
        for (to, byte) in to[first..].iter_mut().step_by(plane).zip(from) {
            *to = *byte;
        }
    }
}

/// Fills a row (`row` bytes from one to the next) for each output pixel of `pixels` with what it is multiplied
/// by: of the pixel below every tap the bytes `channels`.
pub(super) fn slices(
    lines: &mut Lines<'_>,
    pixels: Range<usize>,
    channels: &Range<usize>,
    to: &mut [u8],
    row: usize,
) {
    let Source { sliding: Sliding { cols, .. }, pixel, .. } = lines.source;
    // Neighbouring taps with all of their channels are one piece.
    let (taps, len) = match cols.dilation == 1 && channels.len() == pixel {
        true => (1, cols.kernel * pixel),
        false => (cols.kernel, channels.len()),
    };
    let mut first = pixels.start;
    while first < pixels.end {
        let x = first % cols.output;
        let count = (cols.output - x).min(pixels.end - first);
        let mut to = &mut to[(first - pixels.start) * row..];
        let Below { bytes, starts, .. } = lines.below(first / cols.output);
        for start in starts {
            for tap in 0..taps {
                let column = x * cols.stride + tap * cols.dilation;
                let from = &bytes[start + column * pixel + channels.start..];
                Pieces { count, len, step: row }.copy(to, from, cols.stride * pixel);
                to = &mut to[len..];
            }
        }
        first += count;
    }
}

/// Puts a strip for each padded column that windows of output line `line` use to the head of `to`, of each pixel
/// the bytes `channels`, and returns their bytes.
pub(super) fn strips(lines: &mut Lines<'_>, line: usize, channels: &Range<usize>, to: &mut [u8]) -> usize {
    let Source { sliding: Sliding { rows, cols, .. }, pixel, .. } = lines.source;
    let strips = Pieces { count: cols.used(), len: channels.len(), step: rows.kernel * channels.len() };
    let Below { bytes, starts, .. } = lines.below(line);
    for (tap, start) in starts.iter().enumerate() {
        strips.copy(&mut to[tap * strips.len..], &bytes[start + channels.start..], pixel);
    }
    strips.count * strips.step
}
