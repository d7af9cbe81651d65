//! The pass over a line in vectors of 16 bytes.
//!
//! | for 32 values | instructions |
//! |---|---|
//! | load | 1 `ldp` |
//! | range check | 2 `sub`, 2 `umax` |
//! | sum | 2 `sadalp` into 16-bit lanes, added up every 64 blocks |
//! | pairs | `smull`, `smlal2`, `sadalp` into 32-bit lanes |

use super::LineSums;
use std::arch::aarch64::*;

/// Blocks between two emptyings of the 16-bit lanes: each adds 4 values to a lane, and 64 · 4 · 255
/// and 64 · 4 · −128 still fit.
const RUN: usize = 64;

/// The sums over whole blocks of 32 (those that are wanted), and the largest byte distance above `lo`.
///
/// Pairs are formed in 16 bits, two products a lane: enough for the operands of up to 7 bits that
/// `fip` has. Where larger ones wrap, the range check refuses the line.
pub(super) fn blocks<const SIGNED: bool, const SUM: bool, const PAIRS: bool>(
    blocks: &[[u8; 32]],
    lo: u8,
) -> (LineSums, u8) {
    // SAFETY: every load reads 16 of the 32 bytes of a block. The rest is arithmetic, and Advanced
    // SIMD is part of every aarch64 target that this is compiled for.
    unsafe {
        let lowest = vdupq_n_u8(lo);
        let mut worst = vdupq_n_u8(0);
        let mut pairs = vdupq_n_s32(0);
        let mut sum = 0i32;
        for run in blocks.chunks(RUN) {
            let mut sums = vdupq_n_s16(0);
            for block in run {
                let (a, b) = (vld1q_u8(block.as_ptr()), vld1q_u8(block.as_ptr().add(16)));
                worst = vmaxq_u8(worst, vsubq_u8(a, lowest));
                worst = vmaxq_u8(worst, vsubq_u8(b, lowest));
                if SUM {
                    sums = add_pairwise::<SIGNED>(add_pairwise::<SIGNED>(sums, a), b);
                }
                if PAIRS && SIGNED {
                    let (a, b) = (vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b));
                    let products = vmull_s8(vget_low_s8(a), vget_low_s8(b));
                    pairs = vpadalq_s16(pairs, vmlal_high_s8(products, a, b));
                } else if PAIRS {
                    let products = vmlal_high_u8(vmull_u8(vget_low_u8(a), vget_low_u8(b)), a, b);
                    let wider = vpadalq_u16(vreinterpretq_u32_s32(pairs), products);
                    pairs = vreinterpretq_s32_u32(wider);
                }
            }
            if SUM {
                let total =
                    if SIGNED { vaddlvq_s16(sums) } else { vaddlvq_u16(vreinterpretq_u16_s16(sums)) as i32 };
                sum = sum.wrapping_add(total);
            }
        }
        (LineSums { sum, own: vaddvq_s32(pairs) }, vmaxvq_u8(worst))
    }
}

/// Adds each two neighbouring bytes to a 16-bit lane.
#[inline(always)]
fn add_pairwise<const SIGNED: bool>(sums: int16x8_t, bytes: uint8x16_t) -> int16x8_t {
    // SAFETY: as in `blocks`.
    unsafe {
        if SIGNED {
            vpadalq_s8(sums, vreinterpretq_s8_u8(bytes))
        } else {
            vreinterpretq_s16_u16(vpadalq_u8(vreinterpretq_u16_s16(sums), bytes))
        }
    }
}
