//! Pixels of the input as rows of a matrix: copied, with the zero point where the input ends.
//!
//! ```text
//!   slices   a row for each output pixel     [kernel row][kernel column][channel]
//!   strips   a row for each input column     [kernel row][channel]; the kw strips below a window are
//!            neighbours, so that windows overlap in memory and each value is copied kh times, not kh·kw
//!   lines    a padded line of the input      [column][channel, rounded up]; for depthwise
//! ```

use super::geometry::{Geometry, Sliding};
use std::ops::Range;

/// The input of one convolution as bytes, and what is outside of it.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) sliding: &'a Sliding,
    pub(super) bytes: &'a [u8],
    /// The zero point's byte.
    pub(super) fill: u8,
}

impl<'a> Source<'a> {
    /// A line of an image.
    fn line(&self, image: usize, row: usize) -> &'a [u8] {
        let shape = self.sliding.input;
        let len = shape.width * shape.channels;
        &self.bytes[(image * shape.height + row) * len..][..len]
    }

    /// Fills `row` with what output pixel `pixel` is multiplied with: `channels` of every tap.
    pub(super) fn slice(&self, pixel: usize, channels: &Range<usize>, row: &mut [u8]) {
        let Sliding { rows, cols, input, .. } = self.sliding;
        let (line, x) = (pixel / cols.output, pixel % cols.output);
        let (image, y) = (line / rows.output, line % rows.output);
        let count = channels.len();
        let part = cols.kernel * count;
        for (tap, to) in row.chunks_exact_mut(part).enumerate() {
            let Some(from) = rows.place(y, tap).map(|row| self.line(image, row)) else {
                to.fill(self.fill);
                continue;
            };
            if cols.dilation == 1 && count == input.channels {
                let left = x * cols.stride;
                let (first, last) = (cols.before, cols.before + cols.input);
                if left >= first && left + cols.kernel <= last {
                    copy(to, &from[(left - first) * count..][..part]);
                    continue;
                }
            }
            for (tap, to) in to.chunks_exact_mut(count).enumerate() {
                match cols.place(x, tap) {
                    Some(column) => copy(to, &from[column * input.channels + channels.start..][..count]),
                    None => to.fill(self.fill),
                }
            }
        }
    }

    /// Fills `strips` with a strip for each padded column that windows of output line `line` use.
    pub(super) fn strips(&self, line: usize, channels: &Range<usize>, strips: &mut [u8]) {
        let Sliding { rows, cols, .. } = self.sliding;
        let count = channels.len();
        let (image, y) = (line / rows.output, line % rows.output);
        let strip = rows.kernel * count;
        for tap in 0..rows.kernel {
            let from = rows.place(y, tap).map(|row| self.line(image, row));
            self.columns(from, channels, &mut strips[tap * count..], strip, cols.used());
        }
    }

    /// Writes `channels` of `used` padded columns of the line `from` (`None`: a line of padding), each
    /// `step` bytes after the one before.
    fn columns(&self, from: Option<&[u8]>, channels: &Range<usize>, to: &mut [u8], step: usize, used: usize) {
        let Sliding { cols, input, .. } = self.sliding;
        let count = channels.len();
        let inside = match from {
            Some(_) => cols.before.min(used)..(cols.before + cols.input).min(used),
            None => used..used,
        };
        let mut places = to.chunks_mut(step);
        for place in places.by_ref().take(inside.start) {
            place[..count].fill(self.fill);
        }
        if let Some(from) = from {
            let pixels = from.chunks_exact(input.channels);
            for (place, pixel) in places.by_ref().take(inside.len()).zip(pixels) {
                copy(&mut place[..count], &pixel[channels.clone()]);
            }
        }
        for place in places.take(used - inside.end) {
            place[..count].fill(self.fill);
        }
    }

    /// Fills `to` with the padded columns of row `row` of an image, for depthwise convolution: the values of
    /// a column for each *output* channel, then zeros up to `width` bytes, all with `flip` added without carry.
    pub(super) fn padded_line(
        &self,
        geometry: &Geometry,
        (image, row): (usize, usize),
        to: &mut [u8],
        width: usize,
        flip: u8,
    ) {
        let cols = self.sliding.cols;
        let (channels, outputs) = (self.sliding.input.channels, geometry.output().channels);
        let each = outputs / channels;
        let used = cols.used();
        let from = self.line(image, row);
        if each == 1 && flip == 0 {
            self.columns(Some(from), &(0..channels), to, width, used);
            return;
        }
        for (column, place) in to.chunks_exact_mut(width).take(used).enumerate() {
            let inside = column.checked_sub(cols.before).filter(|&column| column < cols.input);
            let place = &mut place[..outputs];
            match inside.map(|column| &from[column * channels..][..channels]) {
                Some(pixel) if each == 1 => {
                    place.iter_mut().zip(pixel).for_each(|(to, from)| *to = from ^ flip);
                }
                Some(pixel) => {
                    for (to, from) in place.chunks_exact_mut(each).zip(pixel) {
                        to.fill(from ^ flip);
                    }
                }
                None => place.fill(self.fill ^ flip),
            }
        }
    }
}

/// Copies `from` to `to`, which is as long: pieces of 32 and 16 bytes, the last of which may overlap the
/// one before it. A call of `memcpy` for each window costs more than what it copies.
#[inline(always)]
fn copy(to: &mut [u8], from: &[u8]) {
    let len = from.len();
    debug_assert_eq!(to.len(), len);
    if len >= 16 {
        let mut at = 0;
        while at + 32 <= len {
            piece::<32>(to, from, at);
            at += 32;
        }
        if at + 16 <= len {
            piece::<16>(to, from, at);
        }
        if !len.is_multiple_of(16) {
            piece::<16>(to, from, len - 16);
        }
    } else if len >= 8 {
        piece::<8>(to, from, 0);
        piece::<8>(to, from, len - 8);
    } else if len >= 4 {
        piece::<4>(to, from, 0);
        piece::<4>(to, from, len - 4);
    } else {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    }
}

#[inline(always)]
fn piece<const N: usize>(to: &mut [u8], from: &[u8], at: usize) {
    if let (Some(to), Some(from)) = (to[at..].first_chunk_mut::<N>(), from[at..].first_chunk::<N>()) {
        *to = *from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_copies_at_every_length() {
        for len in 0..200 {
            let from: Vec<u8> = (0..len as u8).collect();
            let mut to = vec![255; len + 1];
            copy(&mut to[..len], &from);
            assert_eq!((&to[..len], to[len]), (&from[..], 255));
        }
    }
}
