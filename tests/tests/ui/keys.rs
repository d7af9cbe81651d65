//! What stands left of `=`.

use qgen_runtime::qkernel;

#[qkernel(bits = 4, title = 8x8)]
struct UnknownKey;

#[qkernel(bits = 4, tile)]
struct NoValue;

#[qkernel(bits = 4, tile =)]
struct NothingBehindTheEqualsSign;

#[qkernel(bits = 4, tile = 8x8, bits = 5)]
struct GivenTwice;

#[qkernel(4, tile = 8x8)]
struct NoKey;

#[qkernel(tile = 8x8)]
struct NoRange;

#[qkernel(lhs = -7..=7, tile = 8x8)]
struct OneRange;

#[qkernel(bits = 4, lhs = -7..=7, rhs = -7..=7)]
struct BitsAndBothRanges;

#[qkernel]
struct Nothing;

fn main() {}
