//! The kernels that ship: data on every machine, machine code on aarch64.
//!
//! Until the generated set is committed, these are descriptors alone: the reference runs.

use crate::Kernel;
use qgen_spec::{Descriptor, KernelSpec, Operand, Range, Storage, Strategy, Tile};
use std::borrow::Cow;

const FOUR: Operand = Operand::Int(Range::new(-8, 7).unwrap());
const EIGHT: Operand = Operand::Int(Range::new(-128, 127).unwrap());
const EIGHT_SYMMETRIC: Operand = Operand::Int(Range::new(-127, 127).unwrap());
const FOUR_TILE: Tile = Tile::new(4, 4);

const fn spec(
    strategy: Strategy,
    (lhs, rhs): (Operand, Operand),
    storage: Storage,
    tile: Tile,
    (k_block, unroll): (u16, u16),
    core: &'static str,
) -> KernelSpec {
    let core = Cow::Borrowed(core);
    KernelSpec { strategy, tile, lhs, rhs, storage, register_tile: tile, k_block, unroll, core }
}

// SAFETY: there is no code.
static FIP: Kernel = unsafe {
    let spec = spec(Strategy::Fip, (FOUR, FOUR), Storage::Negate, FOUR_TILE, (32, 1), "cortex-a72");
    Kernel::new(
        "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
        Descriptor { spec, depth_limit: 2304, k_limit: 33_554_431 },
        None,
    )
};
// SAFETY: as above.
static BYTE: Kernel = unsafe {
    let spec = spec(Strategy::Byte, (FOUR, FOUR), Storage::Negate, FOUR_TILE, (16, 2), "cortex-a53");
    Kernel::new(
        "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k16u2_cortex_a53",
        Descriptor { spec, depth_limit: 4096, k_limit: 33_554_431 },
        None,
    )
};
// SAFETY: as above.
static PAIR8: Kernel = unsafe {
    let sides = (EIGHT, EIGHT_SYMMETRIC);
    let spec = spec(Strategy::Pair8, sides, Storage::Keep, FOUR_TILE, (16, 1), "cortex-a72");
    Kernel::new(
        "qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72",
        Descriptor { spec, depth_limit: 132_104, k_limit: 132_104 },
        None,
    )
};
// SAFETY: as above.
static F32: Kernel = unsafe {
    let sides = (Operand::F32, Operand::F32);
    let spec = spec(Strategy::F32, sides, Storage::Keep, Tile::new(8, 8), (1, 4), "cortex-a72");
    Kernel::new(
        "qgen_f32_8x8_lf32_rf32_t8x8k1u4_cortex_a72",
        Descriptor { spec, depth_limit: u32::MAX, k_limit: u32::MAX },
        None,
    )
};

/// Every kernel that ships; of kernels for the same ranges and core, the preferred one first.
pub static SHIPPED: &[&Kernel] = &[&FIP, &BYTE, &PAIR8, &F32];
