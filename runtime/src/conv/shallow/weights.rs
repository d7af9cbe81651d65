//! Weights as blocks read them.

use super::super::geometry::Geometry;
use super::PIXELS;
use crate::{Error, Value};

/// Weights in groups of out channels, each 16 times.
#[derive(Clone, Debug)]
pub(in crate::conv) struct Weights {
    /// \[group\]\[kernel row\]\[kernel column\]\[channel\]\[out channel of the group\].
    each: Vec<[i8; PIXELS]>,
    /// −zero point · Σ w of each out channel, modulo 2³².
    pub(super) constants: Vec<i32>,
    depth: usize,
}

/// The weights of 1, 2 or 4 out channels.
pub(super) struct Group<'a> {
    pub(super) first: usize,
    pub(super) len: usize,
    pub(super) weights: &'a [[i8; PIXELS]],
}

impl Weights {
    /// Of weights in the order OHWI, all of which fit `i8`.
    pub(super) fn new<T: Value>(geometry: &Geometry, zero: i32, weights: &[T]) -> Result<Weights, Error> {
        let (depth, outputs) = (geometry.depth(), geometry.output().channels);
        let (mut each, mut constants) = (Vec::new(), Vec::new());
        let bytes = weights.len().saturating_mul(PIXELS);
        each.try_reserve_exact(weights.len()).map_err(|_| Error::Memory { bytes })?;
        constants.try_reserve_exact(outputs).map_err(|_| Error::Memory { bytes })?;
        for (first, len) in groups(outputs) {
            for tap in 0..depth {
                let of_group =
                    (first..first + len).map(|output| weights[output * depth + tap].to_i16() as i8);
                each.extend(of_group.map(|weight| [weight; PIXELS]));
            }
        }
        for output in weights.chunks_exact(depth) {
            let sum = output.iter().fold(0i32, |sum, weight| sum.wrapping_add(weight.to_i16().into()));
            constants.push(sum.wrapping_mul(zero).wrapping_neg());
        }
        Ok(Weights { each, constants, depth })
    }

    /// All groups, of each the weights.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        groups(self.constants.len()).map(|(first, len)| {
            let weights = &self.each[first * self.depth..][..len * self.depth];
            Group { first, len, weights }
        })
    }
}

/// The first out channel of each group, and how many it has: fours, then a two and a one.
fn groups(outputs: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let len = match outputs - first {
            0 => return None,
            1 => 1,
            2 | 3 => 2,
            _ => 4,
        };
        first += len;
        Some((first - len, len))
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn groups_are_fours_and_what_is_left() {
        let all = |outputs| super::groups(outputs).collect::<Vec<_>>();
        assert_eq!(all(0), []);
        assert_eq!(all(7), [(0, 4), (4, 2), (6, 1)]);
        assert_eq!(all(8), [(0, 4), (4, 4)]);
    }
}
