//! A [`Strip`] in plain Rust: the definition, and what runs elsewhere than on aarch64.

use super::Strip;

/// Writes the strip's sums to `out`, those of a result `distance` from those before.
#[cfg_attr(target_arch = "aarch64", allow(dead_code, reason = "vectors run there; tests compare them"))]
pub(super) fn sums(strip: &Strip<'_>, out: &mut [i32], distance: usize) {
    strip.check(out, distance);
    let Strip { line, first, .. } = strip;
    by_weight(strip, out, distance, |tap, channel| {
        i32::from(line.weights[tap * line.width + first + channel])
    });
}

/// [`sums`] with weights that do not fit a byte.
pub(super) fn wide(strip: &Strip<'_>, out: &mut [i32], distance: usize) {
    let Strip { line, first, .. } = strip;
    by_weight(strip, out, distance, |tap, channel| line.wide[tap * line.width + first + channel]);
}

fn by_weight(strip: &Strip<'_>, out: &mut [i32], distance: usize, weight: impl Fn(usize, usize) -> i32) {
    let Strip { line, first, channels } = *strip;
    for (at, out) in out.chunks_mut(distance).take(line.count).enumerate() {
        let out = &mut out[..channels];
        out.fill(0);
        for (row, start) in line.below.starts.iter().enumerate() {
            for column in 0..line.kernel_width {
                let tap = row * line.kernel_width + column;
                let place = start + (at * line.stride + column * line.dilation) * line.width + first;
                let values = &line.below.bytes[place..][..channels];
                for (channel, (sum, value)) in out.iter_mut().zip(values).enumerate() {
                    let value = i32::from(*value as i8);
                    *sum = sum.wrapping_add(value.wrapping_mul(weight(tap, channel)));
                }
            }
        }
        for (sum, constant) in out.iter_mut().zip(&line.constants[first..]) {
            *sum = if line.negated { constant.wrapping_sub(*sum) } else { constant.wrapping_add(*sum) };
        }
    }
}
