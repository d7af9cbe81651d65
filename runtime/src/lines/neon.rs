//! The scan of a line in vectors of 16 bytes.
//!
//! | for 32 values | instructions |
//! |---|---|
//! | load | 1 `ldp` |
//! | range check | 2 `sub`, 2 `umax` |
//! | sum | 2 `sadalp` into 16-bit lanes, added up every 64 blocks |
//! | pairs | `smull`, `smlal2`, `sadalp` into 32-bit lanes |

#![expect(unsafe_code, reason = "intrinsics, and loads from slices whose lengths were checked")]

use super::LineSums;
use std::arch::aarch64::*;

/// Blocks between two emptyings of the 16-bit lanes: each adds 4 values to a lane, and 64 · 4 · 255
/// and 64 · 4 · −128 still fit.
const RUN: usize = 64;

/// The sums over whole blocks of 32 (those that are wanted), and with `CHECK` the largest byte distance above `lo`.
///
/// Pairs are formed in 16 bits, two products a lane: enough for the operands of up to 7 bits that
/// `fip` has. Where larger ones wrap, the range check refuses the line.
#[inline(always)]
pub(super) fn blocks<const SIGNED: bool, const SUM: bool, const PAIRS: bool, const CHECK: bool>(
    blocks: &[[u8; 32]],
    lo: u8,
) -> (LineSums, u8) {
    // SAFETY: every load reads 16 of the 32 bytes of a block. The rest is arithmetic, and Advanced
    // SIMD is part of every aarch64 target that this is compiled for.
    unsafe {
        let lowest = vdupq_n_u8(lo);
        let mut worst = [vdupq_n_u8(0); 2];
        let mut pairs = vdupq_n_s32(0);
        let mut sum = 0i32;
        // Without sums there is nothing to empty.
        for run in blocks.chunks(if SUM { RUN } else { usize::MAX }) {
            let mut sums = vdupq_n_s16(0);
            let mut add = |block: &[u8; 32]| {
                let (a, b) = (vld1q_u8(block.as_ptr()), vld1q_u8(block.as_ptr().add(16)));
                if CHECK {
                    worst[0] = vmaxq_u8(worst[0], vsubq_u8(a, lowest));
                    worst[1] = vmaxq_u8(worst[1], vsubq_u8(b, lowest));
                }
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
            };
            // Two at a time: half as much for counting.
            let (twos, last) = run.as_chunks::<2>();
            for [one, two] in twos {
                add(one);
                add(two);
            }
            last.iter().for_each(&mut add);
            if SUM {
                let total =
                    if SIGNED { vaddlvq_s16(sums) } else { vaddlvq_u16(vreinterpretq_u16_s16(sums)) as i32 };
                sum = sum.wrapping_add(total);
            }
        }
        let own = if PAIRS { vaddvq_s32(pairs) } else { 0 };
        let worst = if CHECK { vmaxvq_u8(vmaxq_u8(worst[0], worst[1])) } else { 0 };
        (LineSums { sum, own }, worst)
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

/// Stores the 4-byte pieces of `bytes`, which are whole registers, `apart` bytes from one another.
pub(super) fn spread_words(dest: &mut [u8], apart: usize, bytes: &[u8]) {
    let (whole, _) = bytes.as_chunks::<16>();
    let Some(pieces) = (4 * whole.len()).checked_sub(1) else { return };
    assert!(
        pieces.checked_mul(apart).and_then(|last| last.checked_add(4)).is_some_and(|end| end <= dest.len())
    );
    let mut to = dest.as_mut_ptr();
    for sixteen in whole {
        // SAFETY: the load reads the 16 bytes; 4 bytes of each piece's place are inside `dest`: the last
        // one's were checked.
        unsafe {
            let words = vreinterpretq_u32_u8(vld1q_u8(sixteen.as_ptr()));
            to.cast::<u32>().write_unaligned(vgetq_lane_u32::<0>(words));
            to.wrapping_add(apart).cast::<u32>().write_unaligned(vgetq_lane_u32::<1>(words));
            to.wrapping_add(2 * apart).cast::<u32>().write_unaligned(vgetq_lane_u32::<2>(words));
            to.wrapping_add(3 * apart).cast::<u32>().write_unaligned(vgetq_lane_u32::<3>(words));
        }
        to = to.wrapping_add(4 * apart);
    }
}

/// [`spread_words`] for pieces of 8 bytes.
pub(super) fn spread_doubles(dest: &mut [u8], apart: usize, bytes: &[u8]) {
    let (whole, _) = bytes.as_chunks::<16>();
    let Some(pieces) = (2 * whole.len()).checked_sub(1) else { return };
    assert!(
        pieces.checked_mul(apart).and_then(|last| last.checked_add(8)).is_some_and(|end| end <= dest.len())
    );
    let mut to = dest.as_mut_ptr();
    for sixteen in whole {
        // SAFETY: as in `spread_words`, with 8 bytes.
        unsafe {
            let doubles = vreinterpretq_u64_u8(vld1q_u8(sixteen.as_ptr()));
            to.cast::<u64>().write_unaligned(vgetq_lane_u64::<0>(doubles));
            to.wrapping_add(apart).cast::<u64>().write_unaligned(vgetq_lane_u64::<1>(doubles));
        }
        to = to.wrapping_add(2 * apart);
    }
}

/// [`spread_doubles`] for two lines, which stand side by side: a piece of `one`, and one of `two` behind it.
pub(super) fn spread_two(dest: &mut [u8], apart: usize, one: &[u8], two: &[u8]) {
    let (one, two) = (one.as_chunks::<16>().0, two.as_chunks::<16>().0);
    let Some(pieces) = (2 * one.len()).checked_sub(1) else { return };
    assert!(
        pieces.checked_mul(apart).and_then(|last| last.checked_add(16)).is_some_and(|end| end <= dest.len())
    );
    let mut to = dest.as_mut_ptr();
    let place = |to: *mut u8, one: &[u8; 16], two: &[u8; 16]| {
        // SAFETY: the loads read 16 bytes each; the 16 bytes of two pieces are inside `dest`: the last ones'
        // were checked.
        unsafe {
            let one = vreinterpretq_u64_u8(vld1q_u8(one.as_ptr()));
            let two = vreinterpretq_u64_u8(vld1q_u8(two.as_ptr()));
            vst1q_u8(to, vreinterpretq_u8_u64(vzip1q_u64(one, two)));
            vst1q_u8(to.wrapping_add(apart), vreinterpretq_u8_u64(vzip2q_u64(one, two)));
        }
    };
    // Two at a time: half as much for counting.
    let (ones, last_one) = one.as_chunks::<2>();
    let (twos, last_two) = two.as_chunks::<2>();
    for (one, two) in ones.iter().zip(twos) {
        place(to, &one[0], &two[0]);
        place(to.wrapping_add(2 * apart), &one[1], &two[1]);
        to = to.wrapping_add(4 * apart);
    }
    for (one, two) in last_one.iter().zip(last_two) {
        place(to, one, two);
    }
}

/// Whether all bytes of `lines` lines are −1 or 1, and the signs of each, as [`planes_of`] has bits: line i is `k`
/// bytes at `i · stride` of `data`. Of each `width` lines, a panel, a block's bits stand side by side. Check and bits
/// together are 6 instructions for 16 bytes.
pub(super) fn signs(
    dest: &mut [u8],
    width: usize,
    (data, stride, k): (&[u8], usize, usize),
    lines: usize,
) -> bool {
    let (whole, rest, apart) = (k / 128, k % 128, 16 * width);
    let Some(last) = lines.checked_sub(1).filter(|_| k > 0) else { return true };
    assert!(last.checked_mul(stride).and_then(|at| at.checked_add(k)).is_some_and(|end| end <= data.len()));
    let panel = k.div_ceil(128).checked_mul(apart);
    let end = panel.and_then(|panel| panel.checked_mul(lines.div_ceil(width)));
    assert!(end.is_some_and(|end| end <= dest.len()));
    // SAFETY: lines are inside of `data`, as was checked of the last one, and so are the whole blocks of 128 bytes of
    // each. A panel has 16 bytes for each line and block, begun ones included, and all panels are inside of `dest`.
    unsafe {
        let (weights, one) = (weights(), vdupq_n_u8(1));
        let mut all = [vdupq_n_u8(0); 2];
        let mut block = |to: *mut u8, from: *const u8| {
            let mut weighed = |at: usize| {
                let bytes = vld1q_u8(from.add(at));
                let all = &mut all[at / 16 % 2];
                *all = vorrq_u8(*all, vaddq_u8(bytes, one));
                vandq_u8(vcltzq_s8(vreinterpretq_s8_u8(bytes)), weights)
            };
            let mut pairs = |at: usize| vpaddq_u8(weighed(at), weighed(at + 16));
            let mut fours = |at: usize| vpaddq_u8(pairs(at), pairs(at + 32));
            vst1q_u8(to, vpaddq_u8(fours(0), fours(64)));
        };
        let mut panel = dest.as_mut_ptr();
        for first in (0..lines).step_by(width) {
            let mut end = panel;
            for line in 0..width.min(lines - first) {
                let mut from = data.as_ptr().add((first + line) * stride);
                let mut to = panel.add(16 * line);
                for _ in 0..whole {
                    block(to, from);
                    from = from.wrapping_add(128);
                    to = to.wrapping_add(apart);
                }
                if rest > 0 {
                    let mut filled = [1u8; 128];
                    filled.as_mut_ptr().copy_from_nonoverlapping(from, rest);
                    block(to, filled.as_ptr());
                    to = to.wrapping_add(apart);
                }
                end = to.wrapping_sub(16 * line);
            }
            panel = end;
        }
        // One more than −1 or 1 is 0 or 2; bits that are in neither are in no sum of a good byte.
        vmaxvq_u8(vbicq_u8(vorrq_u8(all[0], all[1]), vdupq_n_u8(2))) == 0
    }
}

/// The weight of a byte's bit among eight neighbours.
#[inline(always)]
fn weights() -> uint8x16_t {
    // Opaque: of sums of numbers without common bits the compiler would make three instructions each.
    let weights = std::hint::black_box(0x8040_2010_0804_0201);
    // SAFETY: arithmetic.
    unsafe { vreinterpretq_u8_u64(vdupq_n_u64(weights)) }
}

/// Bit `bit` of every byte of blocks of 128, a block's 16 bytes `apart` bytes from the last one's: bit p % 8 of
/// byte p / 8 is that of byte p. Every byte becomes its bit's weight, and eight neighbours are added up.
pub(super) fn planes_of(dest: &mut [u8], apart: usize, blocks: &[[u8; 128]], bit: u8) {
    let Some(last) = blocks.len().checked_sub(1) else { return };
    assert!(last.checked_mul(apart).and_then(|at| at.checked_add(16)).is_some_and(|end| end <= dest.len()));
    // SAFETY: the loads read 16 bytes each of a block's 128, the stores write 16 bytes inside `dest`: those of
    // the last block were checked.
    unsafe {
        let weights = weights();
        let up = vdupq_n_s8(7 - bit as i8);
        for (n, block) in blocks.iter().enumerate() {
            let weighed = |at: usize| {
                let bytes = vld1q_u8(block.as_ptr().add(at));
                // The highest bit is the sign.
                let high = if bit == 7 { bytes } else { vshlq_u8(bytes, up) };
                vandq_u8(vcltzq_s8(vreinterpretq_s8_u8(high)), weights)
            };
            let pairs = |at: usize| vpaddq_u8(weighed(at), weighed(at + 16));
            let fours = |at: usize| vpaddq_u8(pairs(at), pairs(at + 32));
            vst1q_u8(dest.as_mut_ptr().add(n * apart), vpaddq_u8(fours(0), fours(64)));
        }
    }
}
