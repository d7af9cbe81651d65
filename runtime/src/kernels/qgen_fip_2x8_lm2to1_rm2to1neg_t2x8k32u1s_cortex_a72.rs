//! `qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1s_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1s_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1s_cortex_a72 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 16.00 (cortex-a72)
// modelled-macs-per-cycle: 16.00 (cortex-a72)
// depth-limit: 8191
// k-limit: 8191
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: fip
// tile: 2x8, in register tiles of 2x8
// lhs: -2..=1
// rhs: -2..=1
// rhs-stored: -1..=2, negated
// lhs-layout: row-major, in place, k in blocks of 32
// rhs-layout: panels of 8, k in blocks of 32 (256 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 85
// bound-by: 64 cycles of work for F0 and F1: 32 mla-long, 32 vec-add
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v1     v2     v3     v4     v5     v6     v7
//   row 1    v16    v17    v18    v19    v20    v21    v22    v23
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1s_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Fip,
        tile: Tile::new(2, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-2, 1).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-2, 1).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(2, 8),
        k_block: 32,
        unroll: 1,
        widen_in_loop: false,
        short: true,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 8191, k_limit: 8191 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1733, block: 3200, widening: 0, left: 600 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_fip_2x8_lm2to1_rm2to1neg_t2x8k32u1s_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "stp d14, d15, [sp, #48]",
        ".cfi_rel_offset 78, 48",
        ".cfi_rel_offset 79, 56",
        "// pointers and counters",
        "add x2, x1, x2",
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
        "b 2f",
        "3:",
        "// first pass of the main loop, which begins the sums",
        "ldp q24, q25, [x1], #32",
        "ldr q26, [x3, #16]",
        "add v27.16b, v24.16b, v26.16b",
        "ldr q28, [x3, #0]",
        "add v29.16b, v25.16b, v28.16b",
        "smull v0.8h, v27.8b, v29.8b",
        "smlal2 v0.8h, v27.16b, v29.16b",
        "ldr q27, [x3, #48]",
        "add v29.16b, v24.16b, v27.16b",
        "ldp q30, q31, [x2], #32",
        "add v26.16b, v30.16b, v26.16b",
        "add v28.16b, v31.16b, v28.16b",
        "smull v16.8h, v26.8b, v28.8b",
        "ldr q8, [x3, #32]",
        "add v9.16b, v25.16b, v8.16b",
        "smlal2 v16.8h, v26.16b, v28.16b",
        "add v26.16b, v30.16b, v27.16b",
        "ldr q27, [x3, #80]",
        "smull v1.8h, v29.8b, v9.8b",
        "add v28.16b, v31.16b, v8.16b",
        "ldr q8, [x3, #64]",
        "smlal2 v1.8h, v29.16b, v9.16b",
        "add v29.16b, v24.16b, v27.16b",
        "ldr q9, [x3, #112]",
        "smull v17.8h, v26.8b, v28.8b",
        "add v10.16b, v25.16b, v8.16b",
        "ldr q11, [x3, #96]",
        "smlal2 v17.8h, v26.16b, v28.16b",
        "add v26.16b, v30.16b, v27.16b",
        "ldr q27, [x3, #144]",
        "smull v2.8h, v29.8b, v10.8b",
        "add v28.16b, v31.16b, v8.16b",
        "ldr q8, [x3, #128]",
        "smlal2 v2.8h, v29.16b, v10.16b",
        "add v29.16b, v24.16b, v9.16b",
        "ldr q10, [x3, #176]",
        "smull v18.8h, v26.8b, v28.8b",
        "add v12.16b, v25.16b, v11.16b",
        "ldr q13, [x3, #160]",
        "smlal2 v18.8h, v26.16b, v28.16b",
        "add v26.16b, v30.16b, v9.16b",
        "ldr q28, [x3, #208]",
        "smull v3.8h, v29.8b, v12.8b",
        "add v9.16b, v31.16b, v11.16b",
        "ldr q11, [x3, #192]",
        "smlal2 v3.8h, v29.16b, v12.16b",
        "add v29.16b, v24.16b, v27.16b",
        "ldr q12, [x3, #240]",
        "smull v19.8h, v26.8b, v9.8b",
        "add v14.16b, v25.16b, v8.16b",
        "ldr q15, [x3, #224]",
        "smlal2 v19.8h, v26.16b, v9.16b",
        "add v26.16b, v30.16b, v27.16b",
        "add x3, x3, #256",
        "smull v4.8h, v29.8b, v14.8b",
        "add v27.16b, v31.16b, v8.16b",
        "sub x0, x0, #1",
        "smlal2 v4.8h, v29.16b, v14.16b",
        "add v29.16b, v24.16b, v10.16b",
        "smull v20.8h, v26.8b, v27.8b",
        "add v8.16b, v25.16b, v13.16b",
        "smlal2 v20.8h, v26.16b, v27.16b",
        "add v26.16b, v30.16b, v10.16b",
        "smull v5.8h, v29.8b, v8.8b",
        "add v27.16b, v31.16b, v13.16b",
        "smlal2 v5.8h, v29.16b, v8.16b",
        "add v29.16b, v24.16b, v28.16b",
        "smull v21.8h, v26.8b, v27.8b",
        "add v8.16b, v25.16b, v11.16b",
        "smlal2 v21.8h, v26.16b, v27.16b",
        "add v26.16b, v30.16b, v28.16b",
        "smull v6.8h, v29.8b, v8.8b",
        "add v27.16b, v31.16b, v11.16b",
        "smlal2 v6.8h, v29.16b, v8.16b",
        "add v24.16b, v24.16b, v12.16b",
        "smull v22.8h, v26.8b, v27.8b",
        "add v25.16b, v25.16b, v15.16b",
        "smlal2 v22.8h, v26.16b, v27.16b",
        "add v26.16b, v30.16b, v12.16b",
        "smull v7.8h, v24.8b, v25.8b",
        "add v27.16b, v31.16b, v15.16b",
        "smlal2 v7.8h, v24.16b, v25.16b",
        "smull v23.8h, v26.8b, v27.8b",
        "smlal2 v23.8h, v26.16b, v27.16b",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldp q24, q25, [x1], #32",
        "ldr q26, [x3, #16]",
        "add v27.16b, v24.16b, v26.16b",
        "ldr q28, [x3, #0]",
        "add v29.16b, v25.16b, v28.16b",
        "smlal v0.8h, v27.8b, v29.8b",
        "smlal2 v0.8h, v27.16b, v29.16b",
        "ldr q27, [x3, #48]",
        "add v29.16b, v24.16b, v27.16b",
        "ldp q30, q31, [x2], #32",
        "add v26.16b, v30.16b, v26.16b",
        "add v28.16b, v31.16b, v28.16b",
        "smlal v16.8h, v26.8b, v28.8b",
        "ldr q8, [x3, #32]",
        "add v9.16b, v25.16b, v8.16b",
        "smlal2 v16.8h, v26.16b, v28.16b",
        "add v26.16b, v30.16b, v27.16b",
        "ldr q27, [x3, #80]",
        "smlal v1.8h, v29.8b, v9.8b",
        "add v28.16b, v31.16b, v8.16b",
        "ldr q8, [x3, #64]",
        "smlal2 v1.8h, v29.16b, v9.16b",
        "add v29.16b, v24.16b, v27.16b",
        "ldr q9, [x3, #112]",
        "smlal v17.8h, v26.8b, v28.8b",
        "add v10.16b, v25.16b, v8.16b",
        "ldr q11, [x3, #96]",
        "smlal2 v17.8h, v26.16b, v28.16b",
        "add v26.16b, v30.16b, v27.16b",
        "ldr q27, [x3, #144]",
        "smlal v2.8h, v29.8b, v10.8b",
        "add v28.16b, v31.16b, v8.16b",
        "ldr q8, [x3, #128]",
        "smlal2 v2.8h, v29.16b, v10.16b",
        "add v29.16b, v24.16b, v9.16b",
        "ldr q10, [x3, #176]",
        "smlal v18.8h, v26.8b, v28.8b",
        "add v12.16b, v25.16b, v11.16b",
        "ldr q13, [x3, #160]",
        "smlal2 v18.8h, v26.16b, v28.16b",
        "add v26.16b, v30.16b, v9.16b",
        "ldr q28, [x3, #208]",
        "smlal v3.8h, v29.8b, v12.8b",
        "add v9.16b, v31.16b, v11.16b",
        "ldr q11, [x3, #192]",
        "smlal2 v3.8h, v29.16b, v12.16b",
        "add v29.16b, v24.16b, v27.16b",
        "ldr q12, [x3, #240]",
        "smlal v19.8h, v26.8b, v9.8b",
        "add v14.16b, v25.16b, v8.16b",
        "ldr q15, [x3, #224]",
        "smlal2 v19.8h, v26.16b, v9.16b",
        "add v26.16b, v30.16b, v27.16b",
        "add x3, x3, #256",
        "smlal v4.8h, v29.8b, v14.8b",
        "add v27.16b, v31.16b, v8.16b",
        "sub x0, x0, #1",
        "smlal2 v4.8h, v29.16b, v14.16b",
        "add v29.16b, v24.16b, v10.16b",
        "smlal v20.8h, v26.8b, v27.8b",
        "add v8.16b, v25.16b, v13.16b",
        "smlal2 v20.8h, v26.16b, v27.16b",
        "add v26.16b, v30.16b, v10.16b",
        "smlal v5.8h, v29.8b, v8.8b",
        "add v27.16b, v31.16b, v13.16b",
        "smlal2 v5.8h, v29.16b, v8.16b",
        "add v29.16b, v24.16b, v28.16b",
        "smlal v21.8h, v26.8b, v27.8b",
        "add v8.16b, v25.16b, v11.16b",
        "smlal2 v21.8h, v26.16b, v27.16b",
        "add v26.16b, v30.16b, v28.16b",
        "smlal v6.8h, v29.8b, v8.8b",
        "add v27.16b, v31.16b, v11.16b",
        "smlal2 v6.8h, v29.16b, v8.16b",
        "add v24.16b, v24.16b, v12.16b",
        "smlal v22.8h, v26.8b, v27.8b",
        "add v25.16b, v25.16b, v15.16b",
        "smlal2 v22.8h, v26.16b, v27.16b",
        "add v26.16b, v30.16b, v12.16b",
        "smlal v7.8h, v24.8b, v25.8b",
        "add v27.16b, v31.16b, v15.16b",
        "smlal2 v7.8h, v24.16b, v25.16b",
        "smlal v23.8h, v26.8b, v27.8b",
        "smlal2 v23.8h, v26.16b, v27.16b",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "ldr q24, [x7, #0]",
        "add x0, x4, x5",
        "addp v0.8h, v0.8h, v1.8h",
        "ldr q1, [x7, #16]",
        "addp v2.8h, v2.8h, v3.8h",
        "addp v3.8h, v16.8h, v17.8h",
        "ldr d16, [x6, #0]",
        "addp v17.8h, v18.8h, v19.8h",
        "addp v4.8h, v4.8h, v5.8h",
        "addp v5.8h, v6.8h, v7.8h",
        "addp v6.8h, v20.8h, v21.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v2.8h, v22.8h, v23.8h",
        "uzp1 v7.8h, v24.8h, v24.8h",
        "addp v3.8h, v3.8h, v17.8h",
        "uzp1 v1.8h, v1.8h, v1.8h",
        "addp v4.8h, v4.8h, v5.8h",
        "trn1 v5.8h, v16.8h, v16.8h",
        "addp v2.8h, v6.8h, v2.8h",
        "addp v0.8h, v0.8h, v3.8h",
        "zip1 v3.8h, v5.8h, v5.8h",
        "addp v2.8h, v4.8h, v2.8h",
        "add v4.8h, v7.8h, v3.8h",
        "add v1.8h, v1.8h, v3.8h",
        "sub v0.8h, v4.8h, v0.8h",
        "sub v1.8h, v1.8h, v2.8h",
        "sshll v2.4s, v0.4h, #0",
        "sshll2 v0.4s, v0.8h, #0",
        "sshll v3.4s, v1.4h, #0",
        "sshll2 v1.4s, v1.8h, #0",
        "stp q2, q3, [x4, #0]",
        "stp q0, q1, [x0, #0]",
        "// callee-saved registers",
        "ldp d14, d15, [sp, #48]",
        "ldp d12, d13, [sp, #32]",
        "ldp d10, d11, [sp, #16]",
        "ldp d8, d9, [sp], #64",
        ".cfi_adjust_cfa_offset -64",
        "ret",
        ".cfi_endproc",
    )
}
