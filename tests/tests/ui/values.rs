//! What stands right of `=` and can never be right.

use qgen_runtime::qkernel;

#[qkernel(bits = 9)]
struct Bits;

#[qkernel(bits = four)]
struct BitsInWords;

#[qkernel(lhs = 0..=15, rhs = -8 to 7)]
struct NoRange;

#[qkernel(lhs = 7..=-8, rhs = 0..=15)]
struct EmptyRange;

#[qkernel(lhs = 0..16, rhs = 0..=15)]
struct ExclusiveRange;

#[qkernel(lhs = -8..=200, rhs = 0..=15)]
struct TooWide;

#[qkernel(bits = 4, tile = 8)]
struct NoTile;

#[qkernel(bits = 4, tile = "8 by 8")]
struct NoTileInAString;

#[qkernel(bits = 4, tile = 0x8)]
struct NoRows;

#[qkernel(bits = 4, tile = 8x65)]
struct TooManyColumns;

#[qkernel(bits = 4, strategy = fast)]
struct Strategy;

#[qkernel(bits = 4, core = cortex-a99)]
struct Core;

#[qkernel(bits = 4, isa = sve9)]
struct Isa;

#[qkernel(bits = 4, unroll = 3)]
struct Unroll;

#[qkernel(bits = 4, unroll = twice)]
struct UnrollInWords;

#[qkernel(bits = 4, per_byte = 3)]
struct PerByte;

#[qkernel(bits = 4, prefetch = 100)]
struct Prefetch;

fn main() {}
