//! The largest values of the windows of an output line: down the lines first, which are contiguous, then across.

use crate::Element;
use crate::conv::geometry::Axis;

/// Values of the input that are kept at a time: the largest of each column of pixels.
const SPAN: usize = 1024;

/// Values that are compared at a time.
const WIDE: usize = 8;

/// Writes the largest value of each window and channel to `out`, a line of the output. `lines` are those of the input
/// that windows reach; each window has a pixel in them.
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
    let mut columns = [T::default(); SPAN];
    for (part, out) in out.chunks_mut(room * channels).enumerate() {
        let (first, count) = (part * room, out.len() / channels);
        // Columns of the padded input, then of the input.
        let begin = (first * cols.stride).saturating_sub(cols.before);
        let end = ((first + count - 1) * cols.stride + reach).saturating_sub(cols.before).min(cols.input);
        let columns = &mut columns[..(end - begin) * channels];
        for (at, line) in lines.clone().enumerate() {
            let line = &line[begin * channels..end * channels];
            if at == 0 { columns.copy_from_slice(line) } else { raise(columns, line) }
        }
        for x in 0..count {
            let (column, taps) = reached(cols, first + x);
            let window = Window { begin: (column - begin) * channels, step: cols.dilation * channels, taps };
            window.across(columns, channels, &mut out[x * channels..]);
        }
    }
}

/// The first column of the input that a window reaches, and how many of its taps lie in the input.
fn reached(cols: &Axis, at: usize) -> (usize, usize) {
    let left = at * cols.stride;
    let skipped = cols.before.saturating_sub(left).div_ceil(cols.dilation);
    let column = left + skipped * cols.dilation - cols.before;
    let more = (cols.input - 1 - column) / cols.dilation;
    (column, (cols.kernel - skipped).min(more + 1))
}

/// Where the pixels of a window begin.
#[derive(Clone, Copy)]
struct Window {
    begin: usize,
    step: usize,
    /// At least one.
    taps: usize,
}

impl Window {
    /// Writes the largest of the pixels. What lies behind the pixel in `out` may be overwritten.
    #[inline(always)]
    fn across<T: Element + PartialOrd>(self, values: &[T], channels: usize, out: &mut [T]) {
        let Window { begin, step, taps } = self;
        let padded = channels.next_multiple_of(WIDE);
        if padded > out.len() || begin + (taps - 1) * step + padded > values.len() {
            let out = &mut out[..channels];
            out.copy_from_slice(&values[begin..][..channels]);
            for tap in 1..taps {
                raise(out, &values[begin + tap * step..][..channels]);
            }
            return;
        }
        // There is room, and a few values too many cost nothing: the next pixel overwrites them.
        for (at, out) in out[..padded].as_chunks_mut::<WIDE>().0.iter_mut().enumerate() {
            let values = &values[begin + at * WIDE..];
            let mut all: [T; WIDE] = std::array::from_fn(|i| values[i]);
            for tap in 1..taps {
                let other = &values[tap * step..][..WIDE];
                for (largest, &value) in all.iter_mut().zip(other) {
                    *largest = if value > *largest { value } else { *largest };
                }
            }
            *out = all;
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
        let pixels = lines.clone().flat_map(|line| {
            let taps = (0..cols.kernel).filter_map(move |tap| cols.place(x, tap));
            taps.map(move |column| &line[column * channels..][..channels])
        });
        for (at, pixel) in pixels.enumerate() {
            if at == 0 { out.copy_from_slice(pixel) } else { raise(out, pixel) }
        }
    }
}

#[inline(never)]
fn raise<T: Copy + PartialOrd>(largest: &mut [T], values: &[T]) {
    for (largest, &value) in largest.iter_mut().zip(values) {
        *largest = if value > *largest { value } else { *largest };
    }
}
