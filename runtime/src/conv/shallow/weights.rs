//! Weights as blocks read them.

use super::super::geometry::Geometry;
use super::{Depth, PIXELS};
use crate::{Error, Value};

/// Weights in groups of out channels, each 16 times.
#[derive(Clone, Debug)]
pub(in crate::conv) struct Weights {
    /// \[group\]\[pair of taps\]\[out channel of the group\]\[tap of the pair\]; of an odd tap beyond the last 0.
    each: Vec<[i8; PIXELS]>,
    /// What sums of 16 bits begin with, of each out channel of all groups.
    starts: Vec<i16>,
    /// −zero point · Σ w of each out channel, modulo 2³².
    pub(super) constants: Vec<i32>,
    pairs: usize,
    /// Out channels of a group at most.
    most: usize,
}

/// The weights of some out channels.
#[derive(Clone, Copy)]
pub(in crate::conv) struct Group<'a> {
    pub(super) first: usize,
    /// Out channels that there are.
    pub(super) len: usize,
    /// Those and one more if they are odd, whose weights are 0: 2, 4, 6 or 8.
    pub(super) width: usize,
    pub(super) weights: &'a [[i8; PIXELS]],
    pub(super) starts: &'a [i16],
}

impl Weights {
    /// Of weights in the order OHWI, all of which fit `i8`.
    pub(super) fn new<T: Value>(
        geometry: &Geometry,
        zero: i32,
        depth: Depth,
        weights: &[T],
    ) -> Result<Weights, Error> {
        let (taps, outputs) = (geometry.depth(), geometry.output().channels);
        let (pairs, most) = (taps.div_ceil(2), depth.most_channels());
        let (mut each, mut starts, mut constants) = (Vec::new(), Vec::new(), Vec::new());
        let bytes = padded(taps, outputs).unwrap_or(usize::MAX);
        let no_memory = |_| Error::Memory { bytes };
        each.try_reserve_exact(bytes / PIXELS).map_err(no_memory)?;
        starts.try_reserve_exact(outputs + 1).map_err(no_memory)?;
        constants.try_reserve_exact(outputs).map_err(no_memory)?;
        let weight = |output: usize, tap: usize| match output < outputs && tap < taps {
            true => weights[output * taps + tap].to_i16() as i8,
            false => 0,
        };
        for (first, _, width) in groups(outputs, most) {
            for pair in 0..pairs {
                for output in first..first + width {
                    let both = [weight(output, 2 * pair), weight(output, 2 * pair + 1)];
                    // x₁ meets w₂, and x₂ meets w₁.
                    let [a, b] = if depth == Depth::Fip { [both[1], both[0]] } else { both };
                    each.extend([[a; PIXELS], [b; PIXELS]]);
                }
            }
            starts.extend((first..first + width).map(|output| match depth {
                Depth::Fip => (0..pairs).fold(0i16, |sum, pair| {
                    let (a, b) = (weight(output, 2 * pair), weight(output, 2 * pair + 1));
                    sum.wrapping_sub(i16::from(a) * i16::from(b))
                }),
                _ => 0,
            }));
        }
        for output in weights.chunks_exact(taps) {
            let sum = output.iter().fold(0i32, |sum, weight| sum.wrapping_add(weight.to_i16().into()));
            constants.push(sum.wrapping_mul(zero).wrapping_neg());
        }
        Ok(Weights { each, starts, constants, pairs, most })
    }

    /// All groups, of each the weights.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        groups(self.constants.len(), self.most).map(|(first, len, width)| {
            let weights = &self.each[2 * self.pairs * first..][..2 * self.pairs * width];
            Group { first, len, width, weights, starts: &self.starts[first..][..width] }
        })
    }
}

/// Bytes of the weights of so many taps and out channels; `None` if that is more than the address space.
pub(super) fn padded(taps: usize, outputs: usize) -> Option<usize> {
    let even = |count: usize| count.checked_next_multiple_of(2);
    even(taps)?.checked_mul(even(outputs)?)?.checked_mul(PIXELS)
}

/// The first out channel of each group, how many it has, and how many with one more if they are odd: `most`, which
/// is even, and what is left.
fn groups(outputs: usize, most: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..outputs).step_by(most).map(move |first| {
        let len = most.min(outputs - first);
        (first, len, len.next_multiple_of(2))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_are_as_large_as_may_be() {
        let all = |outputs, most| super::groups(outputs, most).collect::<Vec<_>>();
        assert_eq!(all(0, 8), []);
        assert_eq!(all(6, 8), [(0, 6, 6)]);
        assert_eq!(all(11, 8), [(0, 8, 8), (8, 3, 4)]);
        assert_eq!(all(7, 4), [(0, 4, 4), (4, 3, 4)]);
    }
}
