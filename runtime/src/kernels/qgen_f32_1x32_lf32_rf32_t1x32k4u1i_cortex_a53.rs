//! `qgen_f32_1x32_lf32_rf32_t1x32k4u1i_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_f32_1x32_lf32_rf32_t1x32k4u1i_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_f32_1x32_lf32_rf32_t1x32k4u1i_cortex_a53 --format rust
//
// macs-per-iteration: 128
// bound-macs-per-cycle: 1.97 (cortex-a53)
// modelled-macs-per-cycle: 1.97 (cortex-a53)
// depth-limit: 4294967295
// k-limit: 4294967295
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: f32
// tile: 1x32, in register tiles of 1x32
// lhs: f32
// rhs: f32
// rhs-stored: f32, kept
// lhs-layout: row-major, in place, k in blocks of 4
// rhs-layout: panels of 32, k in blocks of 4 (512 bytes), line fastest, 4 bytes a value
// isa: neon
// instructions-per-iteration: 51
// bound-by: 32 cycles of work for V: 32 fp-mla, beside 33 cycles of instructions that issue alone: 32 load-pair-q, 1 load-q
// widening: once, at the end
// stack: 16 bytes, for d8
//
// Where the sums of a register tile are while the main loop runs:
//            cols 0-3    cols 4-7   cols 8-11  cols 12-15  cols 16-19  cols 20-23  cols 24-27  cols 28-31
//   row 0          v0          v1          v2          v3          v4          v5          v6          v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_f32_1x32_lf32_rf32_t1x32k4u1i_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     float *out, size_t out_stride, const float *row_add, const float *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::F32,
        tile: Tile::new(1, 32),
        lhs: Operand::F32,
        rhs: Operand::F32,
        storage: Storage::Keep,
        per_byte: 1,
        in_place: true,
        register_tile: Tile::new(1, 32),
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
    let cost = Cost { call: 5250, block: 6500, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_f32_1x32_lf32_rf32_t1x32k4u1i_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "stp d8, d8, [sp, #-16]!",
        ".cfi_adjust_cfa_offset 16",
        ".cfi_rel_offset 72, 0",
        "// zero the accumulators",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "movi v2.2d, #0",
        "movi v3.2d, #0",
        "movi v4.2d, #0",
        "movi v5.2d, #0",
        "movi v6.2d, #0",
        "movi v7.2d, #0",
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldp q16, q17, [x3], #512",
        "ldp q18, q19, [x3, #-480]",
        "ldp q20, q21, [x3, #-448]",
        "ldp q22, q23, [x3, #-416]",
        "ldr q24, [x1], #16",
        "ldp q25, q26, [x3, #-384]",
        "ldp q27, q28, [x3, #-352]",
        "ldp q29, q30, [x3, #-320]",
        "ldp q31, q8, [x3, #-288]",
        "fmla v0.4s, v16.4s, v24.s[0]",
        "sub x0, x0, #1",
        "fmla v1.4s, v17.4s, v24.s[0]",
        "fmla v2.4s, v18.4s, v24.s[0]",
        "fmla v3.4s, v19.4s, v24.s[0]",
        "fmla v4.4s, v20.4s, v24.s[0]",
        "fmla v5.4s, v21.4s, v24.s[0]",
        "fmla v6.4s, v22.4s, v24.s[0]",
        "fmla v7.4s, v23.4s, v24.s[0]",
        "ldp q16, q17, [x3, #-256]",
        "ldp q18, q19, [x3, #-224]",
        "ldp q20, q21, [x3, #-192]",
        "ldp q22, q23, [x3, #-160]",
        "fmla v0.4s, v25.4s, v24.s[1]",
        "fmla v1.4s, v26.4s, v24.s[1]",
        "fmla v2.4s, v27.4s, v24.s[1]",
        "fmla v3.4s, v28.4s, v24.s[1]",
        "fmla v4.4s, v29.4s, v24.s[1]",
        "fmla v5.4s, v30.4s, v24.s[1]",
        "fmla v6.4s, v31.4s, v24.s[1]",
        "fmla v7.4s, v8.4s, v24.s[1]",
        "ldp q25, q26, [x3, #-128]",
        "ldp q27, q28, [x3, #-96]",
        "ldp q29, q30, [x3, #-64]",
        "ldp q31, q8, [x3, #-32]",
        "fmla v0.4s, v16.4s, v24.s[2]",
        "fmla v1.4s, v17.4s, v24.s[2]",
        "fmla v2.4s, v18.4s, v24.s[2]",
        "fmla v3.4s, v19.4s, v24.s[2]",
        "fmla v4.4s, v20.4s, v24.s[2]",
        "fmla v5.4s, v21.4s, v24.s[2]",
        "fmla v6.4s, v22.4s, v24.s[2]",
        "fmla v7.4s, v23.4s, v24.s[2]",
        "fmla v0.4s, v25.4s, v24.s[3]",
        "fmla v1.4s, v26.4s, v24.s[3]",
        "fmla v2.4s, v27.4s, v24.s[3]",
        "fmla v3.4s, v28.4s, v24.s[3]",
        "fmla v4.4s, v29.4s, v24.s[3]",
        "fmla v5.4s, v30.4s, v24.s[3]",
        "fmla v6.4s, v31.4s, v24.s[3]",
        "fmla v7.4s, v8.4s, v24.s[3]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "ldr q16, [x7, #0]",
        "ldr q17, [x7, #16]",
        "ldr q18, [x7, #32]",
        "ldr q19, [x7, #48]",
        "ldr q20, [x7, #64]",
        "ldr q21, [x7, #80]",
        "ldr q22, [x7, #96]",
        "ldr q23, [x7, #112]",
        "mov x0, x6",
        "fadd v0.4s, v0.4s, v16.4s",
        "ld1r {{v16.4s}}, [x0], #4",
        "fadd v1.4s, v1.4s, v17.4s",
        "fadd v2.4s, v2.4s, v18.4s",
        "fadd v3.4s, v3.4s, v19.4s",
        "fadd v4.4s, v4.4s, v20.4s",
        "fadd v5.4s, v5.4s, v21.4s",
        "fadd v6.4s, v6.4s, v22.4s",
        "fadd v7.4s, v7.4s, v23.4s",
        "fadd v0.4s, v0.4s, v16.4s",
        "fadd v1.4s, v1.4s, v16.4s",
        "fadd v2.4s, v2.4s, v16.4s",
        "fadd v3.4s, v3.4s, v16.4s",
        "fadd v4.4s, v4.4s, v16.4s",
        "fadd v5.4s, v5.4s, v16.4s",
        "fadd v6.4s, v6.4s, v16.4s",
        "fadd v7.4s, v7.4s, v16.4s",
        "stp q0, q1, [x4, #0]",
        "stp q2, q3, [x4, #32]",
        "stp q4, q5, [x4, #64]",
        "stp q6, q7, [x4, #96]",
        "// callee-saved registers",
        "ldp d8, d31, [sp], #16",
        ".cfi_adjust_cfa_offset -16",
        "ret",
        ".cfi_endproc",
    )
}
