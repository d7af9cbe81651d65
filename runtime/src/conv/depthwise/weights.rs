//! The weights of a depthwise convolution, and how deep their products may be summed in few bits.

use super::super::geometry::Geometry;
use crate::buffer::grow_to;
use crate::{Error, Operand, Value};
use qgen_spec::SizeOverflow;

/// How many products may be summed in 8 and in 16 bits; at least 1 each, where those of single bytes do not
/// fit 8 bits, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Depths {
    pub(super) bytes: usize,
    pub(super) halves: usize,
}

/// What is decided by the operands and zero points alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ranges {
    /// Added to each byte of the input, without carry, so that it is signed: 0 or 128.
    pub(super) flip: u8,
    /// The input's zero point after that.
    input_zero: i32,
    weights_zero: i32,
    /// Whether weights without their zero point fit a byte.
    pub(super) narrow: bool,
    /// Whether weights are stored negated, where deeper sums fit then.
    pub(super) negated: bool,
    pub(super) depths: Depths,
}

impl Ranges {
    pub(super) fn new(input: Operand, weights: Operand, (input_zero, weights_zero): (i32, i32)) -> Ranges {
        let bounds = |operand: Operand| {
            operand.range().map_or((0, 0), |range| (i64::from(range.lo()), i64::from(range.hi())))
        };
        let (x, w) = (bounds(input), bounds(weights));
        let flip = if x.1 > 127 { 128 } else { 0 };
        let x = (x.0 - flip, x.1 - flip);
        let w = (w.0 - i64::from(weights_zero), w.1 - i64::from(weights_zero));
        let byte = |(lo, hi): (i64, i64)| lo >= -128 && hi <= 127;
        let narrow = byte(w);
        let (kept, other) = (depths(x, w), (-w.1, -w.0));
        let turned = depths(x, other);
        let negated = narrow && byte(other) && (turned.bytes, turned.halves) > (kept.bytes, kept.halves);
        Ranges {
            flip: flip as u8,
            // Checked to be near the operand's values before: see `ConvPlan::new`.
            input_zero: input_zero.wrapping_sub(flip as i32),
            weights_zero,
            narrow,
            negated,
            depths: if negated { turned } else { kept },
        }
    }
}

/// The depths for products of `x` by `w`. Sums of no products are 0, which counts as one of the values.
fn depths(x: (i64, i64), w: (i64, i64)) -> Depths {
    let products = [x.0 * w.0, x.0 * w.1, x.1 * w.0, x.1 * w.1];
    let lo = products.iter().fold(0, |lo, &product| lo.min(product));
    let hi = products.iter().fold(0, |hi, &product| hi.max(product));
    let fit = |bits: u32| {
        let top = 1i64 << (bits - 1);
        let (up, down) = ((top - 1).checked_div(hi), top.checked_div(-lo));
        // Where all products are 0, any number fits.
        let most = up.into_iter().chain(down).min();
        most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
    };
    // Bytes times bytes always fit 16 bits once.
    Depths { bytes: fit(8).max(1), halves: fit(16).max(1) }
}

/// Weights as the loops read them: \[tap\]\[channel\], channels rounded up to `width`.
pub(in crate::conv) struct Weights {
    pub(super) narrow: Vec<i8>,
    /// Those that do not fit a byte; else empty.
    pub(super) wide: Vec<i32>,
    /// What is added to each channel's sum: what the input's zero point takes away.
    pub(super) constants: Vec<i32>,
}

impl Weights {
    /// Packs \[channel\]\[tap\] weights.
    pub(super) fn new<T: Value>(
        geometry: &Geometry,
        ranges: &Ranges,
        width: usize,
        weights: &[T],
    ) -> Result<Weights, Error> {
        let (channels, taps) = (geometry.output().channels, geometry.depth());
        let len = taps.checked_mul(width).ok_or(SizeOverflow)?;
        let (mut narrow, mut wide, mut constants) = (Vec::new(), Vec::new(), Vec::new());
        if ranges.narrow {
            grow_to(&mut narrow, len)?;
        } else {
            grow_to(&mut wide, len)?;
        }
        grow_to(&mut constants, width)?;
        for (channel, weights) in weights.chunks_exact(taps).take(channels).enumerate() {
            let mut sum = 0i32;
            for (tap, weight) in weights.iter().enumerate() {
                let weight = i32::from(weight.to_i16()).wrapping_sub(ranges.weights_zero);
                sum = sum.wrapping_add(weight);
                let at = tap * width + channel;
                match ranges.narrow {
                    true if ranges.negated => narrow[at] = (-weight) as i8,
                    true => narrow[at] = weight as i8,
                    false => wide[at] = weight,
                }
            }
            constants[channel] = ranges.input_zero.wrapping_mul(sum).wrapping_neg();
        }
        Ok(Weights { narrow, wide, constants })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Range;

    #[test]
    fn sums_are_as_deep_as_the_ranges_allow() {
        let int = |lo, hi| Operand::Int(Range::new(lo, hi).unwrap());
        let of = |x, w, zeros| {
            let ranges = Ranges::new(x, w, zeros);
            (ranges.depths.bytes, ranges.depths.halves, ranges.negated)
        };
        assert_eq!(of(int(-2, 1), int(-2, 1), (0, 0)).0, 32);
        assert_eq!(of(int(-4, 3), int(-4, 3), (0, 0)), (8, 2048, true));
        assert_eq!(of(int(-8, 7), int(-8, 7), (0, 0)), (2, 512, true));
        assert_eq!(of(int(-8, 7), int(-7, 7), (0, 0)), (2, 585, false));
        assert_eq!(of(int(-64, 63), int(-64, 63), (0, 0)), (1, 8, true));
        assert_eq!(of(int(-128, 127), int(-127, 127), (0, 0)), (1, 2, false));
        assert_eq!(of(int(-128, 127), int(-128, 127), (0, 0)), (1, 1, false));
        // Moved to -128..=127 and -8..=7.
        let ranges = Ranges::new(int(0, 255), int(0, 15), (200, 8));
        assert_eq!((ranges.flip, ranges.input_zero, ranges.narrow), (128, 72, true));
        assert!(!Ranges::new(int(0, 255), int(0, 255), (0, 0)).narrow);
        assert_eq!(of(int(0, 0), int(-8, 7), (0, 0)).1, usize::MAX);
    }
}
