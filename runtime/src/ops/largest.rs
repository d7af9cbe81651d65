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
            let taps = (0..cols.kernel).filter_map(|tap| cols.place(first + x, tap));
            across(
                columns,
                taps.map(|column| (column - begin) * channels),
                channels,
                &mut out[x * channels..],
            );
        }
    }
}

/// The largest of the pixels that begin at `places`. What lies behind the pixel in `out` may be overwritten.
fn across<T: Element + PartialOrd>(
    values: &[T],
    places: impl Iterator<Item = usize> + Clone,
    channels: usize,
    out: &mut [T],
) {
    let mut done = 0;
    while done < channels {
        let rest = channels - done;
        let fits = |place: usize| place + done + WIDE <= values.len();
        // Where there is room a few values too many cost nothing: the next pixel overwrites them.
        if let Some(out) = out[done..].first_chunk_mut::<WIDE>()
            && places.clone().all(fits)
        {
            let mut chunks = places.clone().filter_map(|place| values[place + done..].first_chunk::<WIDE>());
            if let Some(first) = chunks.next() {
                let mut all = *first;
                chunks.for_each(|chunk| raise(&mut all, chunk));
                *out = all;
            }
            done += WIDE.min(rest);
            continue;
        }
        let mut pixels = places.clone().map(|place| &values[place + done..][..rest]);
        let out = &mut out[done..][..rest];
        if let Some(first) = pixels.next() {
            out.copy_from_slice(first);
        }
        pixels.for_each(|pixel| raise(out, pixel));
        return;
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

fn raise<T: Copy + PartialOrd>(largest: &mut [T], values: &[T]) {
    for (largest, &value) in largest.iter_mut().zip(values) {
        *largest = if value > *largest { value } else { *largest };
    }
}
