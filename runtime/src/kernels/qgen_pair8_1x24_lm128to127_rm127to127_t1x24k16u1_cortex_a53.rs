//! `qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53 --format rust
//
// macs-per-iteration: 384
// bound-macs-per-cycle: 3.96 (cortex-a53)
// modelled-macs-per-cycle: 3.73 (cortex-a53)
// depth-limit: 132104
// k-limit: 132104
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: pair8
// tile: 1x24, in register tiles of 1x24
// lhs: -128..=127
// rhs: -127..=127
// rhs-stored: -127..=127, kept
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 24, k in blocks of 16 (384 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 99
// bound-by: 72 cycles of work for V: 24 mul-long, 24 mla-long, 24 pair-acc, beside 25 cycles of instructions that issue alone: 25 load-q
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14
//
// Where the sums of a register tile are while the main loop runs:
//           col 0   col 1   col 2   col 3   col 4   col 5   col 6   col 7   col 8   col 9  col 10  col 11  col 12  col 13  col 14  col 15  col 16  col 17  col 18  col 19  col 20  col 21  col 22  col 23
//   row 0      v0      v1      v2      v3      v4      v5      v6      v7     v16     v17     v18     v19     v20     v21     v22     v23     v24     v25     v26     v27     v28     v29     v30     v31
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Pair8,
        tile: Tile::new(1, 24),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-127, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        register_tile: Tile::new(1, 24),
        k_block: 16,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 132104, k_limit: 132104 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 7800, block: 10300, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53", descriptor, code) }.with_cost(cost)
};

#[cfg(all(target_arch = "aarch64", target_endian = "big"))]
compile_error!("qgen makes code for little-endian aarch64 only");

/// Computes one tile; the arguments are those of `qgen_spec::abi`.
///
/// # Safety
/// As `qgen_spec::abi` says.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn code(
    k_blocks: usize,
    lhs: *const u8,
    lhs_stride: usize,
    rhs: *const u8,
    out: *mut i32,
    out_stride: usize,
    row_add: *const i32,
    col_add: *const i32,
) {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "// callee-saved registers",
        "stp d8, d9, [sp, #-64]!",
        ".cfi_adjust_cfa_offset 64",
        ".cfi_rel_offset 72, 0",
        ".cfi_rel_offset 73, 8",
        "stp d10, d11, [sp, #16]",
        ".cfi_rel_offset 74, 16",
        ".cfi_rel_offset 75, 24",
        "stp d12, d13, [sp, #32]",
        ".cfi_rel_offset 76, 32",
        ".cfi_rel_offset 77, 40",
        "stp d14, d14, [sp, #48]",
        ".cfi_rel_offset 78, 48",
        "// zero the accumulators",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "movi v2.2d, #0",
        "movi v3.2d, #0",
        "movi v4.2d, #0",
        "movi v5.2d, #0",
        "movi v6.2d, #0",
        "movi v7.2d, #0",
        "movi v16.2d, #0",
        "movi v17.2d, #0",
        "movi v18.2d, #0",
        "movi v19.2d, #0",
        "movi v20.2d, #0",
        "movi v21.2d, #0",
        "movi v22.2d, #0",
        "movi v23.2d, #0",
        "movi v24.2d, #0",
        "movi v25.2d, #0",
        "movi v26.2d, #0",
        "movi v27.2d, #0",
        "movi v28.2d, #0",
        "movi v29.2d, #0",
        "movi v30.2d, #0",
        "movi v31.2d, #0",
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr q8, [x3], #16",
        "ldr q9, [x1], #16",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "ldr q8, [x3], #16",
        "smull v14.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v0.4s, v11.8h",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "smlal2 v14.8h, v9.16b, v12.16b",
        "sadalp v1.4s, v13.8h",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "sadalp v2.4s, v14.8h",
        "ldr q8, [x3], #16",
        "smull v14.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v3.4s, v11.8h",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "smlal2 v14.8h, v9.16b, v12.16b",
        "sadalp v4.4s, v13.8h",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "sadalp v5.4s, v14.8h",
        "ldr q8, [x3], #16",
        "smull v14.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v6.4s, v11.8h",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "smlal2 v14.8h, v9.16b, v12.16b",
        "sadalp v7.4s, v13.8h",
        "sub x0, x0, #1",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "sadalp v16.4s, v14.8h",
        "ldr q8, [x3], #16",
        "smull v14.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v17.4s, v11.8h",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "smlal2 v14.8h, v9.16b, v12.16b",
        "sadalp v18.4s, v13.8h",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "sadalp v19.4s, v14.8h",
        "ldr q8, [x3], #16",
        "smull v14.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v20.4s, v11.8h",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "smlal2 v14.8h, v9.16b, v12.16b",
        "sadalp v21.4s, v13.8h",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "sadalp v22.4s, v14.8h",
        "ldr q8, [x3], #16",
        "smull v14.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v23.4s, v11.8h",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "smlal2 v14.8h, v9.16b, v12.16b",
        "sadalp v24.4s, v13.8h",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "sadalp v25.4s, v14.8h",
        "ldr q8, [x3], #16",
        "smull v14.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v26.4s, v11.8h",
        "ldr q10, [x3], #16",
        "smull v11.8h, v9.8b, v8.8b",
        "smlal2 v14.8h, v9.16b, v12.16b",
        "sadalp v27.4s, v13.8h",
        "ldr q12, [x3], #16",
        "smull v13.8h, v9.8b, v10.8b",
        "smlal2 v11.8h, v9.16b, v8.16b",
        "sadalp v28.4s, v14.8h",
        "smull v8.8h, v9.8b, v12.8b",
        "smlal2 v13.8h, v9.16b, v10.16b",
        "sadalp v29.4s, v11.8h",
        "smlal2 v8.8h, v9.16b, v12.16b",
        "sadalp v30.4s, v13.8h",
        "sadalp v31.4s, v8.8h",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "addp v0.4s, v0.4s, v1.4s",
        "ldr q1, [x7, #0]",
        "ldr q8, [x7, #16]",
        "ldr q9, [x7, #32]",
        "ldr q10, [x7, #48]",
        "ldr q11, [x7, #64]",
        "ldr q12, [x7, #80]",
        "ld1r {{v13.4s}}, [x0], #4",
        "addp v2.4s, v2.4s, v3.4s",
        "mov x0, x4",
        "addp v3.4s, v4.4s, v5.4s",
        "addp v4.4s, v6.4s, v7.4s",
        "addp v5.4s, v16.4s, v17.4s",
        "addp v6.4s, v18.4s, v19.4s",
        "addp v7.4s, v20.4s, v21.4s",
        "addp v16.4s, v22.4s, v23.4s",
        "addp v17.4s, v24.4s, v25.4s",
        "addp v18.4s, v26.4s, v27.4s",
        "addp v19.4s, v28.4s, v29.4s",
        "addp v20.4s, v30.4s, v31.4s",
        "addp v0.4s, v0.4s, v2.4s",
        "add v1.4s, v1.4s, v13.4s",
        "addp v2.4s, v3.4s, v4.4s",
        "add v3.4s, v8.4s, v13.4s",
        "addp v4.4s, v5.4s, v6.4s",
        "add v5.4s, v9.4s, v13.4s",
        "addp v6.4s, v7.4s, v16.4s",
        "add v7.4s, v10.4s, v13.4s",
        "addp v16.4s, v17.4s, v18.4s",
        "add v17.4s, v11.4s, v13.4s",
        "addp v18.4s, v19.4s, v20.4s",
        "add v19.4s, v12.4s, v13.4s",
        "add v0.4s, v1.4s, v0.4s",
        "add v1.4s, v3.4s, v2.4s",
        "add v2.4s, v5.4s, v4.4s",
        "add v3.4s, v7.4s, v6.4s",
        "add v4.4s, v17.4s, v16.4s",
        "add v5.4s, v19.4s, v18.4s",
        "str q0, [x0, #0]",
        "str q1, [x0, #16]",
        "str q2, [x0, #32]",
        "str q3, [x0, #48]",
        "str q4, [x0, #64]",
        "str q5, [x0, #80]",
        "// callee-saved registers",
        "ldp d14, d31, [sp, #48]",
        "ldp d12, d13, [sp, #32]",
        "ldp d10, d11, [sp, #16]",
        "ldp d8, d9, [sp], #64",
        ".cfi_adjust_cfa_offset -64",
        "ret",
        ".cfi_endproc",
    )
}
