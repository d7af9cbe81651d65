//! The largest values of the windows of an output line: down the lines first, then across.

use crate::Element;
use crate::conv::geometry::Axis;

/// Values of the input that are kept at a time.
const SPAN: usize = 512;

/// Values that are moved at a time.
const WIDE: usize = 8;

/// Writes the largest value of each window and channel to `out`, a line of the output. `lines` are those of the input
/// that windows reach; each window has a pixel in them.
///
/// The plain way compares pixel by pixel. Pixels may be a few bytes, so here whole lines are compared, with vectors: those
/// below a window with one another, and the result with itself moved by a pixel, as if there were a window at every
/// column. Of these the right ones are taken.
pub(super) fn line<'a, T: Element + PartialOrd>(
    lines: impl Iterator<Item = &'a [T]> + Clone,
    cols: &Axis,
    channels: usize,
    out: &mut [T],
) {
    let reach = (cols.kernel - 1) * cols.dilation + 1;
    // Windows whose pixels fit the buffer.
    let room = (SPAN / channels).checked_sub(reach).map_or(0, |more| more / cols.stride + 1);
    if room == 0 {
        return alone(lines, cols, channels, out);
    }
    let step = cols.dilation * channels;
    let (mut down, mut whole, mut next) = ([T::default(); SPAN], [T::default(); SPAN], [T::default(); SPAN]);
    for (part, out) in out.chunks_mut(room * channels).enumerate() {
        let (first, count) = (part * room, out.len() / channels);
        // Columns of the padded input, then of the input.
        let begin = (first * cols.stride).saturating_sub(cols.before);
        let end = ((first + count - 1) * cols.stride + reach).saturating_sub(cols.before).min(cols.input);
        let len = (end - begin) * channels;
        for (at, line) in lines.clone().enumerate() {
            let line = &line[begin * channels..end * channels];
            if at == 0 { down[..len].copy_from_slice(line) } else { raise(&mut down[..len], line) }
        }
        let (mut here, mut there, mut windows) = (&mut whole, &mut next, len);
        for tap in 1..cols.kernel {
            let from = if tap == 1 { &down } else { &*here };
            windows = windows.saturating_sub(step);
            larger(&mut there[..windows], from, &from[step.min(SPAN)..]);
            std::mem::swap(&mut here, &mut there);
        }
        let from = if cols.kernel == 1 { &down } else { &*here };
        for x in 0..count {
            let out = &mut out[x * channels..];
            let left = (first + x) * cols.stride;
            match left.checked_sub(cols.before).filter(|left| left + reach <= cols.input) {
                Some(column) => copy(&from[(column - begin) * channels..], channels, out),
                None => {
                    let taps = (0..cols.kernel).filter_map(|tap| cols.place(first + x, tap));
                    pixels(taps.map(|column| &down[(column - begin) * channels..]), &mut out[..channels]);
                }
            }
        }
    }
}

/// [`line()`] for pixels or windows that are larger than the buffer.
fn alone<'a, T: Element + PartialOrd>(
    lines: impl Iterator<Item = &'a [T]> + Clone,
    cols: &Axis,
    channels: usize,
    out: &mut [T],
) {
    for (x, out) in out.chunks_exact_mut(channels).enumerate() {
        let below = lines.clone().flat_map(|line| {
            let taps = (0..cols.kernel).filter_map(move |tap| cols.place(x, tap));
            taps.map(move |column| &line[column * channels..])
        });
        pixels(below, out);
    }
}

/// The largest of the pixels that these begin with.
fn pixels<'a, T: Element + PartialOrd>(all: impl Iterator<Item = &'a [T]>, out: &mut [T]) {
    for (at, pixel) in all.enumerate() {
        let pixel = &pixel[..out.len()];
        if at == 0 { out.copy_from_slice(pixel) } else { raise(out, pixel) }
    }
}

/// Copies a pixel. What lies behind it in `out` may be overwritten: the next pixel comes there.
#[inline(always)]
fn copy<T: Copy>(from: &[T], channels: usize, out: &mut [T]) {
    if channels <= WIDE
        && let (Some(from), Some(out)) = (from.first_chunk::<WIDE>(), out.first_chunk_mut::<WIDE>())
    {
        *out = *from;
    } else {
        out[..channels].copy_from_slice(&from[..channels]);
    }
}

fn raise<T: Copy + PartialOrd>(largest: &mut [T], values: &[T]) {
    for (largest, &value) in largest.iter_mut().zip(values) {
        *largest = if value > *largest { value } else { *largest };
    }
}

/// The larger of each two values.
fn larger<T: Copy + PartialOrd>(out: &mut [T], ones: &[T], others: &[T]) {
    for ((out, &one), &other) in out.iter_mut().zip(ones).zip(others) {
        *out = if other > one { other } else { one };
    }
}
