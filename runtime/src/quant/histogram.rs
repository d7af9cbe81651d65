//! How often which magnitudes occur, without keeping the numbers.
//!
//! Bins have a width of a power of two and lie at its multiples: bin i is i·width ≤ x < (i + 1)·width, for
//! −1024 ≤ i < 1024. A number beyond doubles the width until it fits, and each two bins become one, which
//! is exact. So the bins depend on what was counted, never on its order or its batches. Zeros are counted
//! apart.

use super::params::{Bounds, Scheme};
use crate::Error;
use crate::buffer::grow_to;

/// Bins on either side of 0.
const BINS: i32 = 1024;

/// Ends are tried at these many parts of their distance from 0 in [`Histogram::least_squares`].
const PARTS: u32 = 64;

/// Counts of finite numbers.
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    /// Bin −1024 comes first.
    counts: Vec<u64>,
    /// The bins' width is 2^exponent.
    exponent: i32,
    zeros: u64,
    total: u64,
}

impl Histogram {
    pub(super) fn new() -> Result<Histogram, Error> {
        let mut counts = Vec::new();
        grow_to(&mut counts, 2 * BINS as usize)?;
        Ok(Histogram { counts, exponent: i32::MIN, zeros: 0, total: 0 })
    }

    /// Counts a finite number.
    pub(super) fn count(&mut self, x: f32) {
        self.total += 1;
        if x == 0.0 {
            self.zeros += 1;
            return;
        }
        let x = f64::from(x);
        // |x| < 2^(e + 1), and 1024 bins of 2^(e + 1 − 10) reach to there. All f32 are normal f64.
        let needed = ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023 + 1 - 10;
        if needed > self.exponent {
            self.widen(needed);
        }
        self.counts[((x / power(self.exponent)).floor() as i32 + BINS) as usize] += 1;
    }

    /// Makes bins of 2^exponent, which is more than now.
    fn widen(&mut self, exponent: i32) {
        let by = exponent.saturating_sub(self.exponent).min(31);
        // Outwards, on each side: a bin moves towards 0, where counting is done.
        for i in (0..BINS).chain((-BINS..0).rev()) {
            let count = std::mem::take(&mut self.counts[(i + BINS) as usize]);
            self.counts[((i >> by) + BINS) as usize] += count;
        }
        self.exponent = exponent;
    }

    /// The bins that are not empty: their edges and counts, from the lowest on.
    fn bins(&self) -> impl DoubleEndedIterator<Item = (f64, f64, u64)> {
        let width = power(self.exponent);
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        filled.map(move |(i, count)| {
            let i = f64::from(i as i32 - BINS);
            (i * width, (i + 1.0) * width, *count)
        })
    }

    /// Bounds inside `all` (the smallest and largest number) outside of which lie, on each side, at most
    /// (1 − quantile) of all numbers: the outer edges of the outermost bins that are kept.
    pub(super) fn quantile(&self, quantile: f64, all: Bounds) -> Bounds {
        let mut below = ((1.0 - quantile) * self.total as f64) as u64;
        let mut above = below;
        let left_out = |budget: &mut u64, count: u64| {
            let fits = count <= *budget;
            *budget -= if fits { count } else { 0 };
            fits
        };
        let lowest = self.bins().find(|(_, high, count)| *high > 0.0 || !left_out(&mut below, *count));
        let highest = self.bins().rev().find(|(low, _, count)| *low < 0.0 || !left_out(&mut above, *count));
        Bounds {
            min: lowest.map_or(0.0, |(low, ..)| low).min(0.0).max(all.min),
            max: highest.map_or(0.0, |(_, high, _)| high).max(0.0).min(all.max),
        }
    }

    /// The bounds inside `all` with the smallest sum of squared errors. Ends are moved in 64ths of their
    /// distance from 0: both together where the zero point is fixed, else in turns until none moves.
    pub(super) fn least_squares(&self, scheme: Scheme, all: Bounds) -> Bounds {
        let at = |(below, above): (u32, u32)| Bounds {
            min: all.min * f64::from(below) / f64::from(PARTS),
            max: all.max * f64::from(above) / f64::from(PARTS),
        };
        let error = |parts| self.squared_error(scheme, at(parts));
        let mut best = ((PARTS, PARTS), error((PARTS, PARTS)));
        let mut take_better = |candidates: &mut dyn Iterator<Item = (u32, u32)>| {
            let before = best.0;
            for parts in candidates {
                let error = error(parts);
                if error < best.1 {
                    best = (parts, error);
                }
            }
            (best.0 != before, best.0)
        };
        let parts = || (1..PARTS).rev();
        if scheme.is_symmetric() {
            return at(take_better(&mut parts().map(|part| (part, part))).1);
        }
        let mut ends = (PARTS, PARTS);
        // Errors become smaller with every move, so that it ends; four rounds are enough in practice.
        for _ in 0..4 {
            let (one, moved) = take_better(&mut parts().map(|part| (ends.0, part)));
            let (other, moved) = take_better(&mut parts().map(|part| (part, moved.1)));
            ends = moved;
            if !one && !other {
                break;
            }
        }
        at(ends)
    }

    /// Σ (x − what x is stored as)² with the parameters for `bounds`, over the middles of the bins.
    fn squared_error(&self, scheme: Scheme, bounds: Bounds) -> f64 {
        let (scale, zero) = (f64::from(scheme.scale(bounds)), scheme.zero_point(bounds));
        let lo = f64::from(scheme.range().lo() - zero);
        let hi = f64::from(scheme.range().hi() - zero);
        let of_bin = |(low, high, count): (f64, f64, u64)| {
            let x = (low + high) / 2.0;
            let error = x - (x / scale).round_ties_even().clamp(lo, hi) * scale;
            error * error * count as f64
        };
        self.bins().map(of_bin).sum()
    }
}

/// 2^exponent, for exponents of normal f64.
fn power(exponent: i32) -> f64 {
    f64::from_bits(((exponent.max(-1022) + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Operand;

    fn of(values: &[f32]) -> (Histogram, Bounds) {
        let mut histogram = Histogram::new().unwrap();
        values.iter().for_each(|x| histogram.count(*x));
        let all = values.iter().fold(Bounds::ZERO, |all, x| {
            all.and(Bounds { min: f64::from(*x).min(0.0), max: f64::from(*x).max(0.0) })
        });
        (histogram, all)
    }

    #[test]
    fn bins_do_not_depend_on_the_order() {
        let values = [1e-30f32, -3.0, 0.0, 1.5, -1e-3, 2.9, f32::MAX, -f32::MAX, f32::from_bits(1), 3.0];
        let mut turned = values;
        turned.reverse();
        let (one, other) = (of(&values).0, of(&turned).0);
        assert_eq!((&one.counts, one.exponent, one.zeros), (&other.counts, other.exponent, other.zeros));
        assert_eq!(one.counts.iter().sum::<u64>() + one.zeros, 10);
        for x in [1.0f32, -1.0, 1.999, f32::MAX, f32::from_bits(1), -f32::from_bits(1)] {
            let (histogram, _) = of(&[x]);
            let (low, high, count) = histogram.bins().next().unwrap();
            assert!(low <= x.into() && f64::from(x) < high && count == 1, "{x}: {low} {high}");
        }
    }

    #[test]
    fn quantiles_leave_out_what_is_beyond() {
        let mut values: Vec<f32> = (1..=1000).map(|i| i as f32).collect();
        values.extend((1..=1000).map(|i| -(i as f32) / 2.0));
        let (histogram, all) = of(&values);
        assert_eq!(histogram.quantile(1.0, all), all);
        let most = histogram.quantile(0.99, all);
        // 20 of 2000 on each side: the numbers above 980 and those below −490.
        assert_eq!(most, Bounds { min: -490.0, max: 981.0 });
        // All on one side of 0: the other bound is 0.
        let (histogram, all) = of(&[1.0, 2.0, 3.0]);
        assert_eq!(histogram.quantile(0.6, all), Bounds { min: 0.0, max: 2.00390625 });
    }

    #[test]
    fn least_squares_gives_up_an_outlier() {
        let mut values: Vec<f32> = (0..10_000).map(|i| (i as f32 / 5000.0 - 1.0) * 0.7).collect();
        values.push(10.0);
        let (histogram, all) = of(&values);
        for scheme in [Scheme::symmetric, Scheme::affine] {
            let scheme = scheme(Operand::of_bits(4).unwrap()).unwrap();
            let best = histogram.least_squares(scheme, all);
            assert!(best.max < 2.0 && best.max > 0.3, "{best:?}");
            assert!(histogram.squared_error(scheme, best) < histogram.squared_error(scheme, all) / 3.0);
        }
    }
}
