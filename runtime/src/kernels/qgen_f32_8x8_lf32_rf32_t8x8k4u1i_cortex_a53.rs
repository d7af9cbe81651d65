//! `qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a53 --format rust
//
// macs-per-iteration: 256
// bound-macs-per-cycle: 3.20 (cortex-a53)
// modelled-macs-per-cycle: 3.20 (cortex-a53)
// depth-limit: 4294967295
// k-limit: 4294967295
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: f32
// tile: 8x8, in register tiles of 8x8
// lhs: f32
// rhs: f32
// rhs-stored: f32, kept
// lhs-layout: row-major, in place, k in blocks of 4
// rhs-layout: panels of 8, k in blocks of 4 (128 bytes), line fastest, 4 bytes a value
// isa: neon
// instructions-per-iteration: 78
// bound-by: 64 cycles of work for V: 64 fp-mla, beside 16 cycles of instructions that issue alone: 8 load-q, 8 load-pair-q
// widening: once, at the end
// stack: 32 bytes, for d8, d9, d10, d11
//
// Where the sums of a register tile are while the main loop runs:
//          cols 0-3  cols 4-7
//   row 0        v0        v1
//   row 1        v2        v3
//   row 2        v4        v5
//   row 3        v6        v7
//   row 4       v16       v17
//   row 5       v18       v19
//   row 6       v20       v21
//   row 7       v22       v23
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     float *out, size_t out_stride, const float *row_add, const float *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::F32,
        tile: Tile::new(8, 8),
        lhs: Operand::F32,
        rhs: Operand::F32,
        storage: Storage::Keep,
        per_byte: 1,
        in_place: true,
        register_tile: Tile::new(8, 8),
        k_block: 4,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 4294967295, k_limit: 4294967295 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 9750, block: 8000, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "stp d8, d9, [sp, #-32]!",
        ".cfi_adjust_cfa_offset 32",
        ".cfi_rel_offset 72, 0",
        ".cfi_rel_offset 73, 8",
        "stp d10, d11, [sp, #16]",
        ".cfi_rel_offset 74, 16",
        ".cfi_rel_offset 75, 24",
        "// pointers and counters",
        "add x8, x1, x2",
        "add x9, x8, x2",
        "add x10, x9, x2",
        "add x11, x10, x2",
        "add x12, x11, x2",
        "add x13, x12, x2",
        "add x2, x13, x2",
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
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldp q24, q25, [x3], #128",
        "ldr q26, [x1], #16",
        "ldr q27, [x8], #16",
        "ldr q28, [x9], #16",
        "ldr q29, [x10], #16",
        "ldr q30, [x11], #16",
        "ldr q31, [x12], #16",
        "ldr q8, [x13], #16",
        "ldr q9, [x2], #16",
        "ldp q10, q11, [x3, #-96]",
        "fmla v0.4s, v24.4s, v26.s[0]",
        "fmla v1.4s, v25.4s, v26.s[0]",
        "fmla v2.4s, v24.4s, v27.s[0]",
        "fmla v3.4s, v25.4s, v27.s[0]",
        "sub x0, x0, #1",
        "fmla v4.4s, v24.4s, v28.s[0]",
        "fmla v5.4s, v25.4s, v28.s[0]",
        "fmla v6.4s, v24.4s, v29.s[0]",
        "fmla v7.4s, v25.4s, v29.s[0]",
        "fmla v16.4s, v24.4s, v30.s[0]",
        "fmla v17.4s, v25.4s, v30.s[0]",
        "fmla v18.4s, v24.4s, v31.s[0]",
        "fmla v19.4s, v25.4s, v31.s[0]",
        "fmla v20.4s, v24.4s, v8.s[0]",
        "fmla v21.4s, v25.4s, v8.s[0]",
        "fmla v22.4s, v24.4s, v9.s[0]",
        "fmla v23.4s, v25.4s, v9.s[0]",
        "ldp q24, q25, [x3, #-64]",
        "fmla v0.4s, v10.4s, v26.s[1]",
        "fmla v1.4s, v11.4s, v26.s[1]",
        "fmla v2.4s, v10.4s, v27.s[1]",
        "fmla v3.4s, v11.4s, v27.s[1]",
        "fmla v4.4s, v10.4s, v28.s[1]",
        "fmla v5.4s, v11.4s, v28.s[1]",
        "fmla v6.4s, v10.4s, v29.s[1]",
        "fmla v7.4s, v11.4s, v29.s[1]",
        "fmla v16.4s, v10.4s, v30.s[1]",
        "fmla v17.4s, v11.4s, v30.s[1]",
        "fmla v18.4s, v10.4s, v31.s[1]",
        "fmla v19.4s, v11.4s, v31.s[1]",
        "fmla v20.4s, v10.4s, v8.s[1]",
        "fmla v21.4s, v11.4s, v8.s[1]",
        "fmla v22.4s, v10.4s, v9.s[1]",
        "fmla v23.4s, v11.4s, v9.s[1]",
        "ldp q10, q11, [x3, #-32]",
        "fmla v0.4s, v24.4s, v26.s[2]",
        "fmla v1.4s, v25.4s, v26.s[2]",
        "fmla v2.4s, v24.4s, v27.s[2]",
        "fmla v3.4s, v25.4s, v27.s[2]",
        "fmla v4.4s, v24.4s, v28.s[2]",
        "fmla v5.4s, v25.4s, v28.s[2]",
        "fmla v6.4s, v24.4s, v29.s[2]",
        "fmla v7.4s, v25.4s, v29.s[2]",
        "fmla v16.4s, v24.4s, v30.s[2]",
        "fmla v17.4s, v25.4s, v30.s[2]",
        "fmla v18.4s, v24.4s, v31.s[2]",
        "fmla v19.4s, v25.4s, v31.s[2]",
        "fmla v20.4s, v24.4s, v8.s[2]",
        "fmla v21.4s, v25.4s, v8.s[2]",
        "fmla v22.4s, v24.4s, v9.s[2]",
        "fmla v23.4s, v25.4s, v9.s[2]",
        "fmla v0.4s, v10.4s, v26.s[3]",
        "fmla v1.4s, v11.4s, v26.s[3]",
        "fmla v2.4s, v10.4s, v27.s[3]",
        "fmla v3.4s, v11.4s, v27.s[3]",
        "fmla v4.4s, v10.4s, v28.s[3]",
        "fmla v5.4s, v11.4s, v28.s[3]",
        "fmla v6.4s, v10.4s, v29.s[3]",
        "fmla v7.4s, v11.4s, v29.s[3]",
        "fmla v16.4s, v10.4s, v30.s[3]",
        "fmla v17.4s, v11.4s, v30.s[3]",
        "fmla v18.4s, v10.4s, v31.s[3]",
        "fmla v19.4s, v11.4s, v31.s[3]",
        "fmla v20.4s, v10.4s, v8.s[3]",
        "fmla v21.4s, v11.4s, v8.s[3]",
        "fmla v22.4s, v10.4s, v9.s[3]",
        "fmla v23.4s, v11.4s, v9.s[3]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "ldr q24, [x7, #0]",
        "ldr q25, [x7, #16]",
        "mov x0, x6",
        "add x1, x4, x5",
        "ld1r {{v26.4s}}, [x0], #4",
        "fadd v0.4s, v0.4s, v24.4s",
        "fadd v1.4s, v1.4s, v25.4s",
        "ld1r {{v27.4s}}, [x0], #4",
        "fadd v2.4s, v2.4s, v24.4s",
        "fadd v3.4s, v3.4s, v25.4s",
        "ld1r {{v28.4s}}, [x0], #4",
        "fadd v4.4s, v4.4s, v24.4s",
        "fadd v5.4s, v5.4s, v25.4s",
        "ld1r {{v29.4s}}, [x0], #4",
        "fadd v6.4s, v6.4s, v24.4s",
        "fadd v7.4s, v7.4s, v25.4s",
        "fadd v0.4s, v0.4s, v26.4s",
        "fadd v1.4s, v1.4s, v26.4s",
        "ld1r {{v26.4s}}, [x0], #4",
        "fadd v16.4s, v16.4s, v24.4s",
        "fadd v17.4s, v17.4s, v25.4s",
        "fadd v2.4s, v2.4s, v27.4s",
        "fadd v3.4s, v3.4s, v27.4s",
        "ld1r {{v27.4s}}, [x0], #4",
        "fadd v18.4s, v18.4s, v24.4s",
        "fadd v19.4s, v19.4s, v25.4s",
        "fadd v4.4s, v4.4s, v28.4s",
        "fadd v5.4s, v5.4s, v28.4s",
        "ld1r {{v28.4s}}, [x0], #4",
        "fadd v20.4s, v20.4s, v24.4s",
        "fadd v21.4s, v21.4s, v25.4s",
        "fadd v6.4s, v6.4s, v29.4s",
        "fadd v7.4s, v7.4s, v29.4s",
        "ld1r {{v29.4s}}, [x0], #4",
        "fadd v22.4s, v22.4s, v24.4s",
        "fadd v23.4s, v23.4s, v25.4s",
        "stp q0, q1, [x4, #0]",
        "fadd v0.4s, v16.4s, v26.4s",
        "fadd v1.4s, v17.4s, v26.4s",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "fadd v2.4s, v18.4s, v27.4s",
        "fadd v3.4s, v19.4s, v27.4s",
        "stp q4, q5, [x1, #0]",
        "add x1, x1, x5",
        "fadd v4.4s, v20.4s, v28.4s",
        "fadd v5.4s, v21.4s, v28.4s",
        "stp q6, q7, [x1, #0]",
        "add x1, x1, x5",
        "fadd v6.4s, v22.4s, v29.4s",
        "fadd v7.4s, v23.4s, v29.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "stp q4, q5, [x1, #0]",
        "add x1, x1, x5",
        "stp q6, q7, [x1, #0]",
        "// callee-saved registers",
        "ldp d10, d11, [sp, #16]",
        "ldp d8, d9, [sp], #32",
        ".cfi_adjust_cfa_offset -32",
        "ret",
        ".cfi_endproc",
    )
}
