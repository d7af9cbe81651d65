//! Values that are right by themselves, and cannot be had together: the message has the arithmetic.

use qgen_runtime::qkernel;

#[qkernel(bits = 8, strategy = fip)]
struct SumsThatDoNotFit;

#[qkernel(bits = 8, strategy = byte)]
struct ProductsThatDoNotFit;

#[qkernel(bits = 8, strategy = dot)]
struct NewerInstructions;

#[qkernel(bits = 8, strategy = dot, isa = dotprod)]
struct NewerThanItsCore;

#[qkernel(bits = 4, strategy = bits)]
struct TooManyPlanes;

#[qkernel(lhs = binary, rhs = 0..=3, strategy = bits)]
struct SignsByNumbers;

#[qkernel(bits = 4, strategy = f32)]
struct FloatsWithBits;

#[qkernel(tile = 3x5, strategy = f32)]
struct ColumnsThatFillNoRegister;

#[qkernel(bits = 4, tile = 12x8, strategy = widenouter)]
struct RowsThatFillNoRegister;

#[qkernel(lhs = 0..=255, rhs = 0..=255, strategy = wideninner)]
struct LanesThatOverflowInOneBlock;

#[qkernel(bits = 7, strategy = wideninner, unroll = 8)]
struct LanesThatOverflowInOneIteration;

#[qkernel(bits = 4, tile = 4x4, group_size = 32)]
struct ScalesByGroup;

#[qkernel(bits = 8, tile = 4x4, short_k = true)]
struct NoShortEnd;

#[qkernel(bits = 4, tile = 4x4, short_k = 100)]
struct ShortIsYesOrNo;

#[qkernel(bits = 6, per_byte = 2)]
struct SixBitsTwoToAByte;

#[qkernel(lhs_bits = 8, rhs_bits = 3, per_byte = 4)]
struct ThreeBitsFourToAByte;

#[qkernel(bits = 2, strategy = bits, per_byte = 4)]
struct PlanesAreNarrowAlready;

fn main() {}
