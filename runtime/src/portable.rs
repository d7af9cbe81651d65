//! Kernels in plain Rust that cover every range of operands, for machines and ranges without machine
//! code. The compiler vectorises their inner loop.

#![expect(unsafe_code, reason = "kernels in Rust take pointers, as those of machine code do")]

use crate::Kernel;
use qgen_spec::{Descriptor, End, KernelSpec, Operand, Range, Storage, Strategy, Tile};
use std::borrow::Cow;

const TILE: usize = 4;
const K_BLOCK: usize = 16;

/// The name that stands for "any core" in the names of these kernels.
pub(crate) const CORE: &str = "portable";

const SIGNED: Range = Range::new(-128, 127).unwrap();
const UNSIGNED: Range = Range::new(0, 255).unwrap();

/// Rows of the left side times columns of the right side, 4 × 4, in 32-bit sums. `L` and `R`: whether
/// bytes of that side are read as `i8`.
///
/// # Safety
/// As [`qgen_spec::abi`] says, for 4×4 tiles and k-blocks of 16 with lanes along the depth.
unsafe extern "C" fn dot_4x4<const L: bool, const R: bool>(
    k_blocks: usize,
    lhs: *const u8,
    lhs_stride: usize,
    rhs: *const u8,
    out: *mut i32,
    out_stride: usize,
    row_add: *const i32,
    col_add: *const i32,
) {
    const fn value<const SIGNED: bool>(byte: u8) -> i32 {
        if SIGNED { byte as i8 as i32 } else { byte as i32 }
    }
    for i in 0..TILE {
        let mut sums = [0i32; TILE];
        for block in 0..k_blocks {
            // SAFETY: row i has `k_blocks` blocks of 16 bytes at `lhs + i · lhs_stride`; a block of
            // the right panel is 4 columns of 16 bytes.
            let (row, columns) = unsafe {
                (
                    &*lhs.add(i * lhs_stride + block * K_BLOCK).cast::<[u8; K_BLOCK]>(),
                    &*rhs.add(block * TILE * K_BLOCK).cast::<[[u8; K_BLOCK]; TILE]>(),
                )
            };
            for (sum, column) in sums.iter_mut().zip(columns) {
                let products = row.iter().zip(column).map(|(&x, &y)| value::<L>(x) * value::<R>(y));
                *sum = sum.wrapping_add(products.sum::<i32>());
            }
        }
        for (j, sum) in sums.into_iter().enumerate() {
            // SAFETY: `row_add` and `col_add` have 4 values, row i of `out` has 4 places.
            unsafe {
                let corrected = sum.wrapping_add(*row_add.add(i)).wrapping_add(*col_add.add(j));
                out.byte_add(i * out_stride).add(j).write(corrected);
            }
        }
    }
}

const fn descriptor(lhs: Range, rhs: Range) -> Descriptor {
    let k_limit = Operand::Int(lhs).k_limit(Operand::Int(rhs));
    let tile = Tile::new(TILE as u8, TILE as u8);
    let spec = KernelSpec {
        strategy: Strategy::WidenInner,
        tile,
        lhs: Operand::Int(lhs),
        rhs: Operand::Int(rhs),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: tile,
        k_block: K_BLOCK as u16,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: Cow::Borrowed(CORE),
    };
    // Products of a k-block are added to sums of 32 bits: there are no short lanes that could be full.
    Descriptor { spec, depth_limit: K_BLOCK as u32, k_limit }
}

// SAFETY: `dot_4x4` computes what the contract says for the layouts that the strategy
// `wideninner` has with these tiles, and reads bytes with the signs of the two ranges.
static I8_I8: Kernel = unsafe {
    Kernel::portable(
        "qgen_wideninner_4x4_lm128to127_rm128to127_t4x4k16u1_portable",
        descriptor(SIGNED, SIGNED),
        Some(dot_4x4::<true, true>),
    )
};
// SAFETY: as above.
static U8_I8: Kernel = unsafe {
    Kernel::portable(
        "qgen_wideninner_4x4_l0to255_rm128to127_t4x4k16u1_portable",
        descriptor(UNSIGNED, SIGNED),
        Some(dot_4x4::<false, true>),
    )
};
// SAFETY: as above.
static I8_U8: Kernel = unsafe {
    Kernel::portable(
        "qgen_wideninner_4x4_lm128to127_r0to255_t4x4k16u1_portable",
        descriptor(SIGNED, UNSIGNED),
        Some(dot_4x4::<true, false>),
    )
};
// SAFETY: as above.
static U8_U8: Kernel = unsafe {
    Kernel::portable(
        "qgen_wideninner_4x4_l0to255_r0to255_t4x4k16u1_portable",
        descriptor(UNSIGNED, UNSIGNED),
        Some(dot_4x4::<false, false>),
    )
};

// SAFETY: there is no code: the reference runs.
static F32: Kernel = unsafe {
    Kernel::portable(
        "qgen_f32_4x4_lf32_rf32_t4x4k1u1_portable",
        Descriptor {
            spec: KernelSpec {
                strategy: Strategy::F32,
                tile: Tile::new(4, 4),
                lhs: Operand::F32,
                rhs: Operand::F32,
                storage: Storage::Keep,
                per_byte: 1,
                in_place: false,
                register_tile: Tile::new(4, 4),
                k_block: 1,
                unroll: 1,
                widen_in_loop: false,
                short: false,
                prefetch: 0,
                end: End::Sums,
                core: Cow::Borrowed(CORE),
            },
            depth_limit: u32::MAX,
            k_limit: u32::MAX,
        },
        None,
    )
};

/// Together they cover all operands: the first that covers a pair of ranges has the smallest ranges.
pub(crate) static PORTABLE: &[&Kernel] = &[&I8_I8, &U8_I8, &I8_U8, &U8_U8, &F32];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_limits_are_those_of_the_specifications() {
        for kernel in PORTABLE {
            kernel.check().unwrap();
            assert_eq!(kernel.name(), kernel.descriptor().name());
            assert_eq!(kernel.descriptor().k_limit, kernel.descriptor().spec.k_limit());
            assert!(!kernel.runs_natively());
        }
    }

    /// The fast form and the contract's plain form give the same bytes.
    #[test]
    fn fast_and_plain_agree() {
        let data = crate::bench::integers(5, UNSIGNED, 2 * 4 * 48);
        let (lhs, rhs) = data.split_at(4 * 48);
        let (row_add, col_add) = ([1, -2, i32::MAX, 4], [5, i32::MIN, 7, -8]);
        for kernel in &PORTABLE[..4] {
            let (mut fast, mut plain) = ([0i32; 20], [0i32; 20]);
            for k_blocks in 0..=3 {
                let (l, r) = (lhs.as_ptr(), rhs.as_ptr());
                let (row, col) = (row_add.as_ptr(), col_add.as_ptr());
                let (f, p) = (fast.as_mut_ptr(), plain.as_mut_ptr());
                // SAFETY: 4 rows of 48 bytes, a panel of 3 blocks of 64, rows of 5 results.
                unsafe {
                    kernel.call(k_blocks, l, 48, r, f, 20, row, col);
                    let descriptor = kernel.descriptor();
                    let fused = f32::mul_add;
                    qgen_spec::reference::kernel(descriptor, fused, k_blocks, l, 48, r, p, 20, row, col);
                }
                assert_eq!(fast, plain, "{kernel}");
                assert_eq!(fast[4], 0, "between rows nothing is written");
            }
        }
    }
}
