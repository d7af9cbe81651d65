//! Random numbers that stay the same for ever: a run is resumed, and repeated years later, from its seed.
//!
//! SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). Every use has a stream of its
//! own, named by numbers (what for, epoch, …), so that nothing depends on the order of the uses.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Stream {
    state: u64,
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of these names.
    #[must_use]
    pub fn new(names: &[u64]) -> Stream {
        let state = names.iter().fold(GOLDEN, |state, &name| mix(state ^ mix(name.wrapping_add(GOLDEN))));
        Stream { state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// Uniform in 0..1, 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Normal with mean 0 and variance 1 (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        // 1 − u is never 0.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Uniform in `low`..`high`.
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// One of the numbers below `count`.
    pub fn below(&mut self, count: usize) -> usize {
        // A product's upper half instead of a remainder; the bias is below count / 2⁶⁴.
        ((u128::from(self.next()) * count as u128) >> 64) as usize
    }

    /// One of some things.
    ///
    /// # Panics
    /// If there are none.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }

    /// The numbers below `count` in a random order (Fisher and Yates).
    pub fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_what_they_were() {
        // Written down once: another generator would be another experiment.
        let mut stream = Stream { state: 0 };
        assert_eq!(stream.next(), 0xe220_a839_7b1d_cdaf, "the published first value for seed 0");
        assert_ne!(Stream::new(&[1, 2]).next(), Stream::new(&[2, 1]).next());
        assert_ne!(Stream::new(&[1]).next(), Stream::new(&[1, 0]).next());
    }

    #[test]
    fn moments_and_orders_are_right() {
        let mut stream = Stream::new(&[7]);
        let count = 20_000;
        let units: Vec<f64> = (0..count).map(|_| stream.unit()).collect();
        assert!(units.iter().all(|u| (0.0..1.0).contains(u)));
        assert!((units.iter().sum::<f64>() / f64::from(count) - 0.5).abs() < 0.01);
        let normals: Vec<f64> = (0..count).map(|_| stream.normal()).collect();
        let mean = normals.iter().sum::<f64>() / f64::from(count);
        let variance = normals.iter().map(|n| n * n).sum::<f64>() / f64::from(count);
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let mut order = stream.order(1000);
        assert_ne!(order, (0..1000).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<_>>());
        assert!(stream.order(0).is_empty());
        let mut seen = [0; 3];
        (0..3000).for_each(|_| seen[*stream.pick(&[0, 1, 2])] += 1);
        assert!(seen.iter().all(|count| (900..1100).contains(count)), "{seen:?}");
        assert!((0..100).all(|_| (-2.0..5.0).contains(&stream.within(-2.0, 5.0))));
    }
}
