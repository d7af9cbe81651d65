//! `qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1s_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1s_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1s_cortex_a53 --format rust
//
// macs-per-iteration: 1536
// bound-macs-per-cycle: 9.37 (cortex-a53)
// modelled-macs-per-cycle: 9.37 (cortex-a53)
// depth-limit: 2047
// k-limit: 2047
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: byte
// tile: 3x4, in register tiles of 3x4
// lhs: -4..=3
// rhs: -4..=3
// rhs-stored: -3..=4, negated
// lhs-layout: row-major, in place, k in blocks of 128
// rhs-layout: panels of 4, k in blocks of 128 (512 bytes), depth fastest, in steps of 16
// isa: neon
// instructions-per-iteration: 166
// bound-by: 108 cycles of work for V: 84 mla, 12 mul, 12 pair-acc, beside 56 cycles of instructions that issue alone: 56 load-q
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3
//   row 0     v0     v1     v2     v3
//   row 1     v4     v5     v6     v7
//   row 2    v16    v17    v18    v19
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1s_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Byte,
        tile: Tile::new(3, 4),
        lhs: Operand::Int(qgen_runtime::Range::new(-4, 3).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-4, 3).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(3, 4),
        k_block: 128,
        unroll: 1,
        widen_in_loop: false,
        short: true,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 2047, k_limit: 2047 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 5300, block: 16400, widening: 0, left: 1300 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1s_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "add x8, x1, x2",
        "add x2, x8, x2",
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
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr q20, [x3], #16",
        "ldr q21, [x3], #16",
        "ldr q22, [x3], #16",
        "ldr q23, [x1], #16",
        "ldr q24, [x8], #16",
        "ldr q25, [x2], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "ldr q29, [x3], #16",
        "mul v30.16b, v23.16b, v20.16b",
        "mul v31.16b, v24.16b, v20.16b",
        "mul v20.16b, v25.16b, v20.16b",
        "mul v8.16b, v23.16b, v21.16b",
        "mul v9.16b, v24.16b, v21.16b",
        "mul v21.16b, v25.16b, v21.16b",
        "mul v10.16b, v23.16b, v22.16b",
        "mul v11.16b, v24.16b, v22.16b",
        "mul v22.16b, v25.16b, v22.16b",
        "mul v23.16b, v23.16b, v26.16b",
        "mul v24.16b, v24.16b, v26.16b",
        "mul v25.16b, v25.16b, v26.16b",
        "ldr q26, [x1], #16",
        "ldr q12, [x8], #16",
        "ldr q13, [x2], #16",
        "ldr q14, [x3], #16",
        "ldr q15, [x3], #16",
        "mla v30.16b, v26.16b, v27.16b",
        "mla v31.16b, v12.16b, v27.16b",
        "mla v20.16b, v13.16b, v27.16b",
        "ldr q27, [x3], #16",
        "mla v8.16b, v26.16b, v28.16b",
        "mla v9.16b, v12.16b, v28.16b",
        "mla v21.16b, v13.16b, v28.16b",
        "ldr q28, [x3], #16",
        "mla v10.16b, v26.16b, v29.16b",
        "mla v11.16b, v12.16b, v29.16b",
        "mla v22.16b, v13.16b, v29.16b",
        "mla v23.16b, v26.16b, v14.16b",
        "mla v24.16b, v12.16b, v14.16b",
        "mla v25.16b, v13.16b, v14.16b",
        "ldr q26, [x1], #16",
        "ldr q29, [x8], #16",
        "ldr q12, [x2], #16",
        "ldr q13, [x3], #16",
        "ldr q14, [x3], #16",
        "mla v30.16b, v26.16b, v15.16b",
        "mla v31.16b, v29.16b, v15.16b",
        "mla v20.16b, v12.16b, v15.16b",
        "ldr q15, [x3], #16",
        "mla v8.16b, v26.16b, v27.16b",
        "mla v9.16b, v29.16b, v27.16b",
        "mla v21.16b, v12.16b, v27.16b",
        "ldr q27, [x3], #16",
        "mla v10.16b, v26.16b, v28.16b",
        "mla v11.16b, v29.16b, v28.16b",
        "mla v22.16b, v12.16b, v28.16b",
        "mla v23.16b, v26.16b, v13.16b",
        "mla v24.16b, v29.16b, v13.16b",
        "mla v25.16b, v12.16b, v13.16b",
        "ldr q26, [x1], #16",
        "ldr q28, [x8], #16",
        "ldr q29, [x2], #16",
        "ldr q12, [x3], #16",
        "ldr q13, [x3], #16",
        "mla v30.16b, v26.16b, v14.16b",
        "mla v31.16b, v28.16b, v14.16b",
        "mla v20.16b, v29.16b, v14.16b",
        "ldr q14, [x3], #16",
        "mla v8.16b, v26.16b, v15.16b",
        "mla v9.16b, v28.16b, v15.16b",
        "mla v21.16b, v29.16b, v15.16b",
        "ldr q15, [x3], #16",
        "mla v10.16b, v26.16b, v27.16b",
        "mla v11.16b, v28.16b, v27.16b",
        "mla v22.16b, v29.16b, v27.16b",
        "mla v23.16b, v26.16b, v12.16b",
        "mla v24.16b, v28.16b, v12.16b",
        "mla v25.16b, v29.16b, v12.16b",
        "ldr q26, [x1], #16",
        "ldr q27, [x8], #16",
        "ldr q28, [x2], #16",
        "ldr q29, [x3], #16",
        "ldr q12, [x3], #16",
        "mla v30.16b, v26.16b, v13.16b",
        "mla v31.16b, v27.16b, v13.16b",
        "mla v20.16b, v28.16b, v13.16b",
        "ldr q13, [x3], #16",
        "mla v8.16b, v26.16b, v14.16b",
        "mla v9.16b, v27.16b, v14.16b",
        "mla v21.16b, v28.16b, v14.16b",
        "ldr q14, [x3], #16",
        "mla v10.16b, v26.16b, v15.16b",
        "mla v11.16b, v27.16b, v15.16b",
        "mla v22.16b, v28.16b, v15.16b",
        "mla v23.16b, v26.16b, v29.16b",
        "mla v24.16b, v27.16b, v29.16b",
        "mla v25.16b, v28.16b, v29.16b",
        "ldr q26, [x1], #16",
        "ldr q27, [x8], #16",
        "ldr q28, [x2], #16",
        "ldr q29, [x3], #16",
        "ldr q15, [x3], #16",
        "mla v30.16b, v26.16b, v12.16b",
        "mla v31.16b, v27.16b, v12.16b",
        "sub x0, x0, #1",
        "mla v20.16b, v28.16b, v12.16b",
        "ldr q12, [x3], #16",
        "mla v8.16b, v26.16b, v13.16b",
        "mla v9.16b, v27.16b, v13.16b",
        "mla v21.16b, v28.16b, v13.16b",
        "ldr q13, [x3], #16",
        "mla v10.16b, v26.16b, v14.16b",
        "mla v11.16b, v27.16b, v14.16b",
        "mla v22.16b, v28.16b, v14.16b",
        "mla v23.16b, v26.16b, v29.16b",
        "mla v24.16b, v27.16b, v29.16b",
        "mla v25.16b, v28.16b, v29.16b",
        "ldr q26, [x1], #16",
        "ldr q27, [x8], #16",
        "ldr q28, [x2], #16",
        "ldr q29, [x3], #16",
        "ldr q14, [x3], #16",
        "mla v30.16b, v26.16b, v15.16b",
        "mla v31.16b, v27.16b, v15.16b",
        "mla v20.16b, v28.16b, v15.16b",
        "ldr q15, [x3], #16",
        "mla v8.16b, v26.16b, v12.16b",
        "mla v9.16b, v27.16b, v12.16b",
        "mla v21.16b, v28.16b, v12.16b",
        "ldr q12, [x3], #16",
        "mla v10.16b, v26.16b, v13.16b",
        "mla v11.16b, v27.16b, v13.16b",
        "mla v22.16b, v28.16b, v13.16b",
        "mla v23.16b, v26.16b, v29.16b",
        "mla v24.16b, v27.16b, v29.16b",
        "mla v25.16b, v28.16b, v29.16b",
        "ldr q26, [x1], #16",
        "ldr q27, [x8], #16",
        "ldr q28, [x2], #16",
        "ldr q29, [x3], #16",
        "mla v30.16b, v26.16b, v14.16b",
        "mla v31.16b, v27.16b, v14.16b",
        "mla v20.16b, v28.16b, v14.16b",
        "mla v8.16b, v26.16b, v15.16b",
        "mla v9.16b, v27.16b, v15.16b",
        "mla v21.16b, v28.16b, v15.16b",
        "mla v10.16b, v26.16b, v12.16b",
        "mla v11.16b, v27.16b, v12.16b",
        "mla v22.16b, v28.16b, v12.16b",
        "mla v23.16b, v26.16b, v29.16b",
        "mla v24.16b, v27.16b, v29.16b",
        "mla v25.16b, v28.16b, v29.16b",
        "sadalp v0.8h, v30.16b",
        "sadalp v4.8h, v31.16b",
        "sadalp v16.8h, v20.16b",
        "sadalp v1.8h, v8.16b",
        "sadalp v5.8h, v9.16b",
        "sadalp v17.8h, v21.16b",
        "sadalp v2.8h, v10.16b",
        "sadalp v6.8h, v11.16b",
        "sadalp v18.8h, v22.16b",
        "sadalp v3.8h, v23.16b",
        "sadalp v7.8h, v24.16b",
        "sadalp v19.8h, v25.16b",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "addp v0.8h, v0.8h, v1.8h",
        "ld1r {{v1.4s}}, [x0], #4",
        "ldr q20, [x7, #0]",
        "ld1r {{v21.4s}}, [x0], #4",
        "addp v2.8h, v2.8h, v3.8h",
        "mov x1, x4",
        "addp v3.8h, v4.8h, v5.8h",
        "add x2, x1, x5",
        "addp v4.8h, v6.8h, v7.8h",
        "ld1r {{v5.4s}}, [x0], #4",
        "addp v6.8h, v16.8h, v17.8h",
        "addp v7.8h, v18.8h, v19.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v2.8h, v3.8h, v4.8h",
        "uzp1 v3.8h, v20.8h, v20.8h",
        "uzp1 v1.8h, v1.8h, v21.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "add v1.8h, v3.8h, v1.8h",
        "uzp1 v2.8h, v5.8h, v5.8h",
        "addp v4.8h, v4.8h, v4.8h",
        "add v2.8h, v3.8h, v2.8h",
        "sub v0.8h, v1.8h, v0.8h",
        "sub v1.8h, v2.8h, v4.8h",
        "sshll v2.4s, v0.4h, #0",
        "sshll2 v0.4s, v0.8h, #0",
        "str q2, [x1, #0]",
        "sshll v1.4s, v1.4h, #0",
        "add x1, x2, x5",
        "str q0, [x2, #0]",
        "str q1, [x1, #0]",
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
