//! [`Line`] in plain Rust: the definition, and what runs elsewhere than on aarch64.

use super::Line;

/// Writes `line.count` results of `channels` channels to `out`.
#[cfg_attr(target_arch = "aarch64", allow(dead_code, reason = "vectors run there; tests compare them"))]
pub(super) fn line(line: &Line<'_>, out: &mut [i32], channels: usize) {
    line.check(out, channels);
    sums(line, out, channels, |tap, channel| i32::from(line.weights[tap * line.width + channel]));
}

/// [`line`] with weights that do not fit a byte.
pub(super) fn wide(line: &Line<'_>, weights: &[i32], out: &mut [i32], channels: usize) {
    sums(line, out, channels, |tap, channel| weights[tap * line.width + channel]);
}

fn sums(line: &Line<'_>, out: &mut [i32], channels: usize, weight: impl Fn(usize, usize) -> i32) {
    for (at, out) in out.chunks_exact_mut(channels).take(line.count).enumerate() {
        out.fill(0);
        for (row, start) in line.below.starts.iter().enumerate() {
            for column in 0..line.kernel_width {
                let tap = row * line.kernel_width + column;
                let place = start + (at * line.stride + column * line.dilation) * line.width;
                let values = &line.below.bytes[place..][..channels];
                for (channel, (sum, value)) in out.iter_mut().zip(values).enumerate() {
                    let value = i32::from(*value as i8);
                    *sum = sum.wrapping_add(value.wrapping_mul(weight(tap, channel)));
                }
            }
        }
        for (sum, constant) in out.iter_mut().zip(line.constants) {
            *sum = if line.negated { constant.wrapping_sub(*sum) } else { constant.wrapping_add(*sum) };
        }
    }
}
