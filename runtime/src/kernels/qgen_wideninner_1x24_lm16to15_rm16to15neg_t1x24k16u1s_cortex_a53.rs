//! `qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1s_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1s_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1s_cortex_a53 --format rust
//
// macs-per-iteration: 384
// bound-macs-per-cycle: 5.26 (cortex-a53)
// modelled-macs-per-cycle: 5.26 (cortex-a53)
// depth-limit: 127
// k-limit: 127
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: wideninner
// tile: 1x24, in register tiles of 1x24
// lhs: -16..=15
// rhs: -16..=15
// rhs-stored: -15..=16, negated
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 24, k in blocks of 16 (384 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 75
// bound-by: 48 cycles of work for V: 48 mla-long, beside 25 cycles of instructions that issue alone: 25 load-q
// widening: once, at the end
// stack: 48 bytes, for d8, d9, d10, d11, d12, d13
//
// Where the sums of a register tile are while the main loop runs:
//           col 0   col 1   col 2   col 3   col 4   col 5   col 6   col 7   col 8   col 9  col 10  col 11  col 12  col 13  col 14  col 15  col 16  col 17  col 18  col 19  col 20  col 21  col 22  col 23
//   row 0      v0      v1      v2      v3      v4      v5      v6      v7     v16     v17     v18     v19     v20     v21     v22     v23     v24     v25     v26     v27     v28     v29     v30     v31
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1s_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::WidenInner,
        tile: Tile::new(1, 24),
        lhs: Operand::Int(qgen_runtime::Range::new(-16, 15).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-16, 15).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 24),
        k_block: 16,
        unroll: 1,
        widen_in_loop: false,
        short: true,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 127, k_limit: 127 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 7750, block: 7300, widening: 0, left: 1300 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1s_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "stp d8, d9, [sp, #-48]!",
        ".cfi_adjust_cfa_offset 48",
        ".cfi_rel_offset 72, 0",
        ".cfi_rel_offset 73, 8",
        "stp d10, d11, [sp, #16]",
        ".cfi_rel_offset 74, 16",
        ".cfi_rel_offset 75, 24",
        "stp d12, d13, [sp, #32]",
        ".cfi_rel_offset 76, 32",
        ".cfi_rel_offset 77, 40",
        "cbnz x0, 3f",
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
        "b 2f",
        "3:",
        "// first pass of the main loop, which begins the sums",
        "ldr q8, [x1], #16",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smull v0.8h, v8.8b, v9.8b",
        "smull v1.8h, v8.8b, v10.8b",
        "smull v2.8h, v8.8b, v11.8b",
        "smull v3.8h, v8.8b, v12.8b",
        "smlal2 v0.8h, v8.16b, v9.16b",
        "smlal2 v1.8h, v8.16b, v10.16b",
        "smlal2 v2.8h, v8.16b, v11.16b",
        "smlal2 v3.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smull v4.8h, v8.8b, v9.8b",
        "smull v5.8h, v8.8b, v10.8b",
        "smull v6.8h, v8.8b, v11.8b",
        "smull v7.8h, v8.8b, v12.8b",
        "smlal2 v4.8h, v8.16b, v9.16b",
        "smlal2 v5.8h, v8.16b, v10.16b",
        "smlal2 v6.8h, v8.16b, v11.16b",
        "smlal2 v7.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smull v16.8h, v8.8b, v9.8b",
        "smull v17.8h, v8.8b, v10.8b",
        "smull v18.8h, v8.8b, v11.8b",
        "smull v19.8h, v8.8b, v12.8b",
        "smlal2 v16.8h, v8.16b, v9.16b",
        "smlal2 v17.8h, v8.16b, v10.16b",
        "smlal2 v18.8h, v8.16b, v11.16b",
        "smlal2 v19.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smull v20.8h, v8.8b, v9.8b",
        "smull v21.8h, v8.8b, v10.8b",
        "smull v22.8h, v8.8b, v11.8b",
        "smull v23.8h, v8.8b, v12.8b",
        "smlal2 v20.8h, v8.16b, v9.16b",
        "smlal2 v21.8h, v8.16b, v10.16b",
        "smlal2 v22.8h, v8.16b, v11.16b",
        "smlal2 v23.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smull v24.8h, v8.8b, v9.8b",
        "smull v25.8h, v8.8b, v10.8b",
        "smull v26.8h, v8.8b, v11.8b",
        "smull v27.8h, v8.8b, v12.8b",
        "smlal2 v24.8h, v8.16b, v9.16b",
        "smlal2 v25.8h, v8.16b, v10.16b",
        "smlal2 v26.8h, v8.16b, v11.16b",
        "smlal2 v27.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smull v28.8h, v8.8b, v9.8b",
        "smull v29.8h, v8.8b, v10.8b",
        "smull v30.8h, v8.8b, v11.8b",
        "smull v31.8h, v8.8b, v12.8b",
        "smlal2 v28.8h, v8.16b, v9.16b",
        "smlal2 v29.8h, v8.16b, v10.16b",
        "smlal2 v30.8h, v8.16b, v11.16b",
        "sub x0, x0, #1",
        "smlal2 v31.8h, v8.16b, v12.16b",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldr q8, [x1], #16",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smlal v0.8h, v8.8b, v9.8b",
        "smlal v1.8h, v8.8b, v10.8b",
        "smlal v2.8h, v8.8b, v11.8b",
        "smlal v3.8h, v8.8b, v12.8b",
        "smlal2 v0.8h, v8.16b, v9.16b",
        "smlal2 v1.8h, v8.16b, v10.16b",
        "smlal2 v2.8h, v8.16b, v11.16b",
        "smlal2 v3.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smlal v4.8h, v8.8b, v9.8b",
        "smlal v5.8h, v8.8b, v10.8b",
        "smlal v6.8h, v8.8b, v11.8b",
        "smlal v7.8h, v8.8b, v12.8b",
        "smlal2 v4.8h, v8.16b, v9.16b",
        "smlal2 v5.8h, v8.16b, v10.16b",
        "smlal2 v6.8h, v8.16b, v11.16b",
        "smlal2 v7.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smlal v16.8h, v8.8b, v9.8b",
        "smlal v17.8h, v8.8b, v10.8b",
        "smlal v18.8h, v8.8b, v11.8b",
        "smlal v19.8h, v8.8b, v12.8b",
        "smlal2 v16.8h, v8.16b, v9.16b",
        "smlal2 v17.8h, v8.16b, v10.16b",
        "smlal2 v18.8h, v8.16b, v11.16b",
        "smlal2 v19.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smlal v20.8h, v8.8b, v9.8b",
        "smlal v21.8h, v8.8b, v10.8b",
        "smlal v22.8h, v8.8b, v11.8b",
        "smlal v23.8h, v8.8b, v12.8b",
        "smlal2 v20.8h, v8.16b, v9.16b",
        "smlal2 v21.8h, v8.16b, v10.16b",
        "smlal2 v22.8h, v8.16b, v11.16b",
        "smlal2 v23.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smlal v24.8h, v8.8b, v9.8b",
        "smlal v25.8h, v8.8b, v10.8b",
        "smlal v26.8h, v8.8b, v11.8b",
        "smlal v27.8h, v8.8b, v12.8b",
        "smlal2 v24.8h, v8.16b, v9.16b",
        "smlal2 v25.8h, v8.16b, v10.16b",
        "smlal2 v26.8h, v8.16b, v11.16b",
        "smlal2 v27.8h, v8.16b, v12.16b",
        "ldr q9, [x3], #16",
        "ldr q10, [x3], #16",
        "ldr q11, [x3], #16",
        "ldr q12, [x3], #16",
        "smlal v28.8h, v8.8b, v9.8b",
        "smlal v29.8h, v8.8b, v10.8b",
        "smlal v30.8h, v8.8b, v11.8b",
        "smlal v31.8h, v8.8b, v12.8b",
        "smlal2 v28.8h, v8.16b, v9.16b",
        "smlal2 v29.8h, v8.16b, v10.16b",
        "smlal2 v30.8h, v8.16b, v11.16b",
        "sub x0, x0, #1",
        "smlal2 v31.8h, v8.16b, v12.16b",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "ldr s8, [x6, #0]",
        "addp v0.8h, v0.8h, v1.8h",
        "ldr q1, [x7, #0]",
        "ldr q9, [x7, #16]",
        "ldr q10, [x7, #32]",
        "ldr q11, [x7, #48]",
        "ldr q12, [x7, #64]",
        "ldr q13, [x7, #80]",
        "addp v2.8h, v2.8h, v3.8h",
        "addp v3.8h, v4.8h, v5.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "addp v5.8h, v16.8h, v17.8h",
        "addp v6.8h, v18.8h, v19.8h",
        "addp v7.8h, v20.8h, v21.8h",
        "addp v16.8h, v22.8h, v23.8h",
        "addp v17.8h, v24.8h, v25.8h",
        "addp v18.8h, v26.8h, v27.8h",
        "addp v19.8h, v28.8h, v29.8h",
        "addp v20.8h, v30.8h, v31.8h",
        "trn1 v21.8h, v8.8h, v8.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v2.8h, v3.8h, v4.8h",
        "addp v3.8h, v5.8h, v6.8h",
        "addp v4.8h, v7.8h, v16.8h",
        "addp v5.8h, v17.8h, v18.8h",
        "addp v6.8h, v19.8h, v20.8h",
        "uzp1 v1.8h, v1.8h, v1.8h",
        "uzp1 v7.8h, v9.8h, v9.8h",
        "uzp1 v16.8h, v10.8h, v10.8h",
        "uzp1 v17.8h, v11.8h, v11.8h",
        "uzp1 v18.8h, v12.8h, v12.8h",
        "uzp1 v19.8h, v13.8h, v13.8h",
        "zip1 v20.8h, v21.8h, v21.8h",
        "addp v0.8h, v0.8h, v0.8h",
        "add v1.8h, v1.8h, v20.8h",
        "addp v2.8h, v2.8h, v2.8h",
        "add v7.8h, v7.8h, v20.8h",
        "addp v3.8h, v3.8h, v3.8h",
        "add v16.8h, v16.8h, v20.8h",
        "addp v4.8h, v4.8h, v4.8h",
        "add v17.8h, v17.8h, v20.8h",
        "addp v5.8h, v5.8h, v5.8h",
        "add v18.8h, v18.8h, v20.8h",
        "addp v6.8h, v6.8h, v6.8h",
        "add v19.8h, v19.8h, v20.8h",
        "sub v0.8h, v1.8h, v0.8h",
        "sub v1.8h, v7.8h, v2.8h",
        "sub v2.8h, v16.8h, v3.8h",
        "sub v3.8h, v17.8h, v4.8h",
        "sub v4.8h, v18.8h, v5.8h",
        "sub v5.8h, v19.8h, v6.8h",
        "sshll v0.4s, v0.4h, #0",
        "sshll v1.4s, v1.4h, #0",
        "sshll v2.4s, v2.4h, #0",
        "sshll v3.4s, v3.4h, #0",
        "sshll v4.4s, v4.4h, #0",
        "sshll v5.4s, v5.4h, #0",
        "stp q0, q1, [x4, #0]",
        "stp q2, q3, [x4, #32]",
        "stp q4, q5, [x4, #64]",
        "// callee-saved registers",
        "ldp d12, d13, [sp, #32]",
        "ldp d10, d11, [sp, #16]",
        "ldp d8, d9, [sp], #48",
        ".cfi_adjust_cfa_offset -48",
        "ret",
        ".cfi_endproc",
    )
}
