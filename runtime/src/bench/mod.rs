//! The same data everywhere, a checksum of results, and a stopwatch.

mod multiplication;
mod nets;
mod steady;

pub use multiplication::Multiplication;
pub use nets::{NET_BITS, NETS, Net};
use qgen_spec::{Operand, Range};
use std::time::Instant;
pub use steady::{Rule, Samples};

/// The seed of `qgen bench` and of the example `gemm`.
pub const SEED: u64 = 0x71_67_65_6e;

/// Sebastiano Vigna's SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): 64 bits of state, the
/// same sequence on every target.
#[derive(Clone, Debug)]
pub struct SplitMix64(u64);

impl SplitMix64 {
    /// A generator whose sequence is decided by `seed`.
    pub const fn new(seed: u64) -> SplitMix64 {
        SplitMix64(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A value of `range`. Not perfectly even (by less than 1 in 2³⁰), which no test cares about.
    pub fn in_range(&mut self, range: Range) -> i16 {
        let count = (i32::from(range.hi()) - i32::from(range.lo()) + 1) as u64;
        range.lo() + (((self.next_u64() >> 32) * count) >> 32) as i16
    }
}

/// `len` bytes of values of `range`: as `i8` where the range has negative values, else as `u8`.
pub fn integers(seed: u64, range: Range, len: usize) -> Vec<u8> {
    let mut random = SplitMix64::new(seed);
    (0..len).map(|_| random.in_range(range) as u8).collect()
}

/// `len` values of `range`, which must fit `i8` (others wrap).
pub fn signed(seed: u64, range: Range, len: usize) -> Vec<i8> {
    let mut random = SplitMix64::new(seed);
    (0..len).map(|_| random.in_range(range) as i8).collect()
}

/// `len` values of an integer operand, which must fit `i8` (others wrap). Floats have none: zeros.
pub fn operands(seed: u64, operand: Operand, len: usize) -> Vec<i8> {
    match operand {
        Operand::Int(range) => signed(seed, range, len),
        Operand::Binary => {
            let mut random = SplitMix64::new(seed);
            (0..len).map(|_| 1 - 2 * (random.next_u64() & 1) as i8).collect()
        }
        Operand::F32 => vec![0; len],
    }
}

/// `len` floats: multiples of 1/8 from −16 to 15.875, so that short sums of products are exact and a
/// checksum does not depend on the order of summation.
pub fn floats(seed: u64, len: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(seed);
    let bytes = Range::new(-128, 127);
    (0..len).map(|_| bytes.map_or(0.0, |r| f32::from(random.in_range(r)) / 8.0)).collect()
}

/// The operands that `--bits` means: −1 or 1 for 1, the signed range of 2 to 8 bits, floats for 32.
pub fn operand_of_bits(bits: u32) -> Option<Operand> {
    if bits == 32 { Some(Operand::F32) } else { Operand::of_bits(bits) }
}

/// FNV-1a, 64 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>), over the little-endian bytes of the
/// results, row by row.
pub fn checksum(results: impl IntoIterator<Item = i32>) -> u64 {
    results
        .into_iter()
        .flat_map(i32::to_le_bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The checksum of float results, by their bits.
pub fn checksum_f32(results: impl IntoIterator<Item = f32>) -> u64 {
    checksum(results.into_iter().map(|v| v.to_bits() as i32))
}

/// How long the repetitions of something took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The median, in nanoseconds: the middle sample, the lower one of two. 0 without samples.
    pub median_ns: u64,
    /// Every repetition in its order, in nanoseconds.
    pub samples_ns: Vec<u64>,
}

impl Timing {
    /// Samples and their median.
    pub fn of(samples_ns: Vec<u64>) -> Timing {
        let mut sorted = samples_ns.clone();
        sorted.sort_unstable();
        let median_ns = sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(0);
        Timing { median_ns, samples_ns }
    }

    /// 10⁹ multiply-accumulates a second at the median, or `None` below the clock's resolution.
    pub fn gmac_per_s(&self, macs: u64) -> Option<f64> {
        (self.median_ns > 0).then(|| macs as f64 / self.median_ns as f64)
    }
}

/// Runs `body` `warmup` times without and `reps` times with a stopwatch. Pass results through
/// [`std::hint::black_box`], or there may be nothing to time.
pub fn measure(warmup: usize, reps: usize, mut body: impl FnMut()) -> Timing {
    for _ in 0..warmup {
        body();
    }
    let samples = (0..reps).map(|_| {
        let start = Instant::now();
        body();
        u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    });
    Timing::of(samples.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        // First outputs of splitmix64.c for the state 1234567, as given on Rosetta Code.
        let mut random = SplitMix64::new(1_234_567);
        assert_eq!(random.next_u64(), 6_457_827_717_110_365_317);
        assert_eq!(random.next_u64(), 3_203_168_211_198_807_973);
        assert_eq!(random.next_u64(), 9_817_491_932_198_370_423);
    }

    #[test]
    fn values_fill_their_range() {
        let range = Range::new(-8, 7).unwrap();
        let values = signed(SEED, range, 4000);
        assert_eq!((values.iter().min(), values.iter().max()), (Some(&-8), Some(&7)));
        let bytes = integers(SEED, Range::new(0, 255).unwrap(), 20_000);
        assert_eq!((bytes.iter().min(), bytes.iter().max()), (Some(&0), Some(&255)));
        assert!(floats(SEED, 1000).iter().all(|v| v.abs() <= 16.0));
    }

    #[test]
    fn the_checksum_is_fnv_1a() {
        assert_eq!(checksum([]), 0xcbf2_9ce4_8422_2325);
        // "abcd" in the authors' test vectors is fc179f83ee0724dd.
        assert_eq!(checksum([i32::from_le_bytes(*b"abcd")]), 0xfc17_9f83_ee07_24dd);
    }

    #[test]
    fn the_median_is_a_sample() {
        assert_eq!(Timing::of(vec![5, 1, 9]).median_ns, 5);
        assert_eq!(Timing::of(vec![5, 1, 9, 7]).median_ns, 5);
        assert_eq!(Timing::of(vec![]).median_ns, 0);
        let timing = measure(2, 3, || {
            std::hint::black_box(0);
        });
        assert_eq!(timing.samples_ns.len(), 3);
        assert_eq!(Timing::of(vec![1000]).gmac_per_s(4000), Some(4.0));
    }
}
