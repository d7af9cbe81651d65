//! The depths and operands at which kernels are checked, by the tests and by `qgen verify`: edges
//! first.

mod operands;
mod stages;

pub use operands::{Operands, Panels};
pub use stages::Stage;

use qgen_spec::{Descriptor, Operand};

/// A small fixed-seed generator (splitmix64), so that a failure can be repeated anywhere.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Equal seeds give equal sequences.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A value below `bound`, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The bias of a remainder is below 2⁻³² for the small bounds of tests.
        self.bits() % bound
    }

    /// A value of `lo..=hi`.
    pub fn between(&mut self, lo: i64, hi: i64) -> i64 {
        lo + self.below(hi.abs_diff(lo) + 1) as i64
    }
}

/// How the operands of a test are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Any values of the ranges.
    Random,
    /// The smallest value everywhere.
    AllMin,
    /// The largest value everywhere.
    AllMax,
    /// The smallest value on the left, the largest on the right.
    MinMax,
    /// The largest value on the left, the smallest on the right.
    MaxMin,
    /// Smallest and largest in turn along the depth, shifted by one from line to line.
    Alternating,
    /// Smallest or largest, at random.
    Extremes,
    /// Zero but for one value per line: a value in the wrong place cannot hide in a sum.
    Sparse,
}

impl Pattern {
    /// Every pattern.
    pub const ALL: &[Pattern] = &[
        Pattern::Random,
        Pattern::AllMin,
        Pattern::AllMax,
        Pattern::MinMax,
        Pattern::MaxMin,
        Pattern::Alternating,
        Pattern::Extremes,
        Pattern::Sparse,
    ];

    /// `depth` values of one line of the left side.
    pub fn lhs(self, operand: Operand, line: usize, depth: usize, random: &mut Random) -> Vec<Value> {
        let flipped = match self {
            Pattern::MinMax => Pattern::AllMin,
            Pattern::MaxMin => Pattern::AllMax,
            other => other,
        };
        flipped.line(operand, line, depth, random)
    }

    /// `depth` values of one line of the right side.
    pub fn rhs(self, operand: Operand, line: usize, depth: usize, random: &mut Random) -> Vec<Value> {
        let flipped = match self {
            Pattern::MinMax => Pattern::AllMax,
            Pattern::MaxMin => Pattern::AllMin,
            other => other,
        };
        flipped.line(operand, line, depth, random)
    }

    fn line(self, operand: Operand, line: usize, depth: usize, random: &mut Random) -> Vec<Value> {
        // Floats: whole multiples of 1/8, so that some sums round and some do not.
        let (lo, hi) = match operand.range() {
            Some(range) => (i64::from(range.lo()), i64::from(range.hi())),
            None => (-40_000, 40_000),
        };
        let value = |v: i64| match operand {
            // Of −1, 0 and 1 these are two.
            Operand::Binary => Value::Int(if v > 0 { 1 } else { -1 }),
            Operand::Int(_) => Value::Int(v as i16),
            Operand::F32 => Value::Float(v as f32 / 8.0),
        };
        let zero = 0.clamp(lo, hi);
        let chosen = if depth == 0 { 0 } else { random.below(depth as u64) as usize };
        (0..depth)
            .map(|p| {
                value(match self {
                    Pattern::Random => random.between(lo, hi),
                    Pattern::AllMin | Pattern::MinMax => lo,
                    Pattern::AllMax | Pattern::MaxMin => hi,
                    Pattern::Alternating => [lo, hi][(p + line) % 2],
                    Pattern::Extremes => [lo, hi][random.below(2) as usize],
                    Pattern::Sparse if p == chosen => random.between(lo, hi),
                    Pattern::Sparse => zero,
                })
            })
            .collect()
    }
}

/// One operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// An integer, as it is stored.
    Int(i16),
    /// A float.
    Float(f32),
}

impl Value {
    /// The integer.
    ///
    /// # Panics
    /// If it is a float.
    pub fn int(self) -> i32 {
        match self {
            Value::Int(v) => v.into(),
            Value::Float(v) => panic!("{v} is no integer"),
        }
    }

    /// The float.
    ///
    /// # Panics
    /// If it is an integer.
    pub fn float(self) -> f32 {
        match self {
            Value::Float(v) => v,
            Value::Int(v) => panic!("{v} is no float"),
        }
    }

    /// Writes the value's bytes to the beginning of `at`.
    pub fn store(self, at: &mut [u8]) {
        match self {
            Value::Int(v) => at[0] = v as u8,
            Value::Float(v) => at[..4].copy_from_slice(&v.to_ne_bytes()),
        }
    }
}

/// The patterns of a call of so many multiply-accumulates: fewer where it costs much and only its depth
/// is new.
pub fn patterns(macs: usize) -> &'static [Pattern] {
    match macs {
        500_000.. => &[Pattern::AllMin, Pattern::MinMax],
        60_000.. => &Pattern::ALL[..5],
        _ => Pattern::ALL,
    }
}

/// Multiply-accumulates beyond which a single call is not worth its time (emulated, it takes half a
/// second).
const AFFORDABLE: u64 = 4_000_000;

/// The depths at which a kernel is called, in blocks: 0, 1 and its neighbours, primes, a thousand
/// values, around one and two iterations of the main loop, and at and around the depth limit, its double, and the
/// k limit, where a call of that depth is affordable.
pub fn k_blocks(descriptor: &Descriptor) -> Vec<usize> {
    let spec = &descriptor.spec;
    let block = u64::from(spec.k_block);
    let k_limit = u64::from(descriptor.k_limit) / block;
    let around = |depth: u64| [-1i64, 0, 1].map(|d| depth.saturating_add_signed(d));
    let mut blocks: Vec<u64> = vec![0, 1, 2, 3, 5, 7, 13, 31];
    for loops in [1, 2] {
        blocks.extend(around(loops * u64::from(spec.unroll)));
    }
    // A depth of many values for those too whose blocks are single values.
    blocks.push(1009u64.div_ceil(block));
    let depth_limit = u64::from(descriptor.depth_limit);
    blocks.extend(around(depth_limit / block));
    if depth_limit.saturating_mul(spec.tile.area() as u64) <= AFFORDABLE / 8 {
        blocks.extend(around(2 * depth_limit / block));
    }
    blocks.extend([k_limit.saturating_sub(1), k_limit]);
    let affordable = |b: &u64| b.saturating_mul(block).saturating_mul(spec.tile.area() as u64) <= AFFORDABLE;
    let mut blocks: Vec<usize> =
        blocks.into_iter().filter(|b| *b <= k_limit && affordable(b)).map(|b| b as usize).collect();
    blocks.sort_unstable();
    blocks.dedup();
    blocks
}
