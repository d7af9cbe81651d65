//! The largest values of the windows of an output line: down the lines first, then across.

use crate::Element;
use crate::conv::geometry::Axis;
use std::ops::Range;

/// Values of the input that are kept at a time.
const SPAN: usize = 512;

/// What is kept of a line's windows.
pub(super) struct Scratch<T> {
    down: [T; SPAN],
    across: [[T; SPAN]; 2],
}

impl<T: Element> Scratch<T> {
    pub(super) fn new() -> Scratch<T> {
        Scratch { down: [T::default(); SPAN], across: [[T::default(); SPAN]; 2] }
    }
}

/// Writes the largest value of each window and channel to `out`, a line of the output. `lines` are those of the input
/// that windows reach; each window has a pixel in them.
///
/// The plain way compares pixel by pixel. Pixels may be a few bytes, so here whole lines are compared, with vectors: those
/// below a window with one another, and the result with itself moved by a pixel, as if there were a window at every
/// column. Of these the right ones are taken.
pub(super) fn line<'a, T: Element + PartialOrd>(
    lines: &(impl Iterator<Item = &'a [T]> + Clone),
    cols: &Axis,
    channels: usize,
    out: &mut [T],
    Scratch { down, across }: &mut Scratch<T>,
) {
    let reach = (cols.kernel - 1) * cols.dilation + 1;
    // Windows whose pixels fit the buffer.
    let room = (SPAN / channels).checked_sub(reach).map_or(0, |more| more / cols.stride + 1);
    if room == 0 {
        return alone(lines, cols, channels, out);
    }
    let step = cols.dilation * channels;
    let [whole, next] = across;
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
        let (mut here, mut there, mut windows) = (&mut *whole, &mut *next, len);
        for tap in 1..cols.kernel {
            let from = if tap == 1 { &*down } else { &*here };
            windows = windows.saturating_sub(step);
            larger(&mut there[..windows], from, &from[step.min(SPAN)..]);
            std::mem::swap(&mut here, &mut there);
        }
        let from = if cols.kernel == 1 { &*down } else { &*here };
        // Those that lie in the input as a whole.
        let inner = inner(cols, first, count);
        for x in (0..inner.start).chain(inner.end..count) {
            let taps = cols.taps(first + x).filter_map(|tap| cols.place(first + x, tap));
            let out = &mut out[x * channels..][..channels];
            pixels(taps.map(|column| &down[(column - begin) * channels..]), out);
        }
        if !inner.is_empty() {
            let column = (first + inner.start) * cols.stride - cols.before - begin;
            let out = &mut out[inner.start * channels..inner.end * channels];
            pick(&from[column * channels..], cols.stride * channels, channels, out);
        }
    }
}

/// Which of `count` windows from `first` on reach nothing but the input.
fn inner(cols: &Axis, first: usize, count: usize) -> Range<usize> {
    let reach = (cols.kernel - 1) * cols.dilation + 1;
    let start = cols.before.div_ceil(cols.stride).saturating_sub(first).min(count);
    let end = (cols.input + cols.before).checked_sub(reach).map_or(0, |last| last / cols.stride + 1);
    start..end.saturating_sub(first).clamp(start, count)
}

/// Copies pixels of `channels` values that are `step` values apart.
fn pick<T: Copy>(from: &[T], step: usize, channels: usize, out: &mut [T]) {
    let done = match channels {
        0..=8 => pick_wide::<T, 8>(from, step, channels, out),
        9..=16 => pick_wide::<T, 16>(from, step, channels, out),
        _ => 0,
    };
    let from = from.chunks(step).skip(done);
    for (out, from) in out.chunks_exact_mut(channels).skip(done).zip(from) {
        out.copy_from_slice(&from[..channels]);
    }
}

/// [`pick`] of pixels of at most `WIDE` values, as long as there is room: a few values too many cost nothing, for the next
/// pixel overwrites them. Returns how many there were.
fn pick_wide<T: Copy, const WIDE: usize>(from: &[T], step: usize, channels: usize, out: &mut [T]) -> usize {
    let (mut out, mut from, mut done) = (out, from, 0);
    while let (Some(to), Some(pixel)) = (out.first_chunk_mut::<WIDE>(), from.first_chunk::<WIDE>()) {
        *to = *pixel;
        out = &mut out[channels..];
        from = from.get(step..).unwrap_or(&[]);
        done += 1;
    }
    done
}

/// [`line()`] for pixels or windows that are larger than the buffer.
fn alone<'a, T: Element + PartialOrd>(
    lines: &(impl Iterator<Item = &'a [T]> + Clone),
    cols: &Axis,
    channels: usize,
    out: &mut [T],
) {
    for (x, out) in out.chunks_exact_mut(channels).enumerate() {
        let below = lines.clone().flat_map(|line| {
            let taps = cols.taps(x).filter_map(move |tap| cols.place(x, tap));
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

fn raise<T: Copy + PartialOrd>(largest: &mut [T], values: &[T]) {
    for (largest, &value) in largest.iter_mut().zip(values) {
        *largest = if is_larger(value, *largest) { value } else { *largest };
    }
}

/// The larger of each two values.
fn larger<T: Copy + PartialOrd>(out: &mut [T], ones: &[T], others: &[T]) {
    for ((out, &one), &other) in out.iter_mut().zip(ones).zip(others) {
        *out = if is_larger(other, one) { other } else { one };
    }
}

/// Whether a value takes the place of another: where that is NaN, too, so that it does not matter in which order they
/// come. Of integers it is a comparison.
#[inline(always)]
fn is_larger<T: Copy + PartialOrd>(value: T, than: T) -> bool {
    value > than || than.partial_cmp(&than).is_none()
}
