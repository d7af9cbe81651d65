//! `qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u1i_neoverse_v1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u1i_neoverse_v1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u1i_neoverse_v1 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 46.55 (neoverse-v1)
// modelled-macs-per-cycle: 46.55 (neoverse-v1)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: dotouter
// tile: 1x32, in register tiles of 1x32
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 32, k in blocks of 16 (512 bytes), depth fastest, in steps of 4
// isa: dotprod
// instructions-per-iteration: 51
// bound-by: 33 cycles of work for L0 and L1 and L2: 32 load-pair-q, 1 load-q
// widening: once, at the end
// stack: 32 bytes, for d8, d9, d10
//
// Where the sums of a register tile are while the main loop runs:
//            cols 0-3    cols 4-7   cols 8-11  cols 12-15  cols 16-19  cols 20-23  cols 24-27  cols 28-31
//   row 0          v0          v1          v2          v3          v4          v5          v6          v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u1i_neoverse_v1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::DotOuter,
        tile: Tile::new(1, 32),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: true,
        register_tile: Tile::new(1, 32),
        k_block: 16,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("neoverse-v1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 131071, k_limit: 131071 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 863, block: 1100, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u1i_neoverse_v1", descriptor, code) }.with_cost(cost)
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
        "stp d10, d10, [sp, #16]",
        ".cfi_rel_offset 74, 16",
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
        "ldr q16, [x1], #16",
        "ldp q17, q18, [x3], #512",
        "sub x0, x0, #1",
        "ldp q19, q20, [x3, #-480]",
        "ldp q21, q22, [x3, #-448]",
        "ldp q23, q24, [x3, #-416]",
        "ldp q25, q26, [x3, #-384]",
        "ldp q27, q28, [x3, #-352]",
        "ldp q29, q30, [x3, #-320]",
        "ldp q31, q8, [x3, #-288]",
        "ldp q9, q10, [x3, #-256]",
        ".inst 0x4f90e220 // sdot v0.4s, v17.16b, v16.4b[0]",
        ".inst 0x4f90e241 // sdot v1.4s, v18.16b, v16.4b[0]",
        "ldp q17, q18, [x3, #-224]",
        ".inst 0x4f90e262 // sdot v2.4s, v19.16b, v16.4b[0]",
        ".inst 0x4f90e283 // sdot v3.4s, v20.16b, v16.4b[0]",
        ".inst 0x4f90e2a4 // sdot v4.4s, v21.16b, v16.4b[0]",
        ".inst 0x4f90e2c5 // sdot v5.4s, v22.16b, v16.4b[0]",
        "ldp q19, q20, [x3, #-192]",
        "ldp q21, q22, [x3, #-160]",
        ".inst 0x4f90e2e6 // sdot v6.4s, v23.16b, v16.4b[0]",
        ".inst 0x4f90e307 // sdot v7.4s, v24.16b, v16.4b[0]",
        "ldp q23, q24, [x3, #-128]",
        ".inst 0x4fb0e320 // sdot v0.4s, v25.16b, v16.4b[1]",
        ".inst 0x4fb0e341 // sdot v1.4s, v26.16b, v16.4b[1]",
        ".inst 0x4fb0e362 // sdot v2.4s, v27.16b, v16.4b[1]",
        ".inst 0x4fb0e383 // sdot v3.4s, v28.16b, v16.4b[1]",
        "ldp q25, q26, [x3, #-96]",
        "ldp q27, q28, [x3, #-64]",
        ".inst 0x4fb0e3a4 // sdot v4.4s, v29.16b, v16.4b[1]",
        ".inst 0x4fb0e3c5 // sdot v5.4s, v30.16b, v16.4b[1]",
        "ldp q29, q30, [x3, #-32]",
        ".inst 0x4fb0e3e6 // sdot v6.4s, v31.16b, v16.4b[1]",
        ".inst 0x4fb0e107 // sdot v7.4s, v8.16b, v16.4b[1]",
        ".inst 0x4f90e920 // sdot v0.4s, v9.16b, v16.4b[2]",
        ".inst 0x4f90e941 // sdot v1.4s, v10.16b, v16.4b[2]",
        ".inst 0x4f90ea22 // sdot v2.4s, v17.16b, v16.4b[2]",
        ".inst 0x4f90ea43 // sdot v3.4s, v18.16b, v16.4b[2]",
        ".inst 0x4f90ea64 // sdot v4.4s, v19.16b, v16.4b[2]",
        ".inst 0x4f90ea85 // sdot v5.4s, v20.16b, v16.4b[2]",
        ".inst 0x4f90eaa6 // sdot v6.4s, v21.16b, v16.4b[2]",
        ".inst 0x4f90eac7 // sdot v7.4s, v22.16b, v16.4b[2]",
        ".inst 0x4fb0eae0 // sdot v0.4s, v23.16b, v16.4b[3]",
        ".inst 0x4fb0eb01 // sdot v1.4s, v24.16b, v16.4b[3]",
        ".inst 0x4fb0eb22 // sdot v2.4s, v25.16b, v16.4b[3]",
        ".inst 0x4fb0eb43 // sdot v3.4s, v26.16b, v16.4b[3]",
        ".inst 0x4fb0eb64 // sdot v4.4s, v27.16b, v16.4b[3]",
        ".inst 0x4fb0eb85 // sdot v5.4s, v28.16b, v16.4b[3]",
        ".inst 0x4fb0eba6 // sdot v6.4s, v29.16b, v16.4b[3]",
        ".inst 0x4fb0ebc7 // sdot v7.4s, v30.16b, v16.4b[3]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q16, [x7, #0]",
        "ldr q17, [x7, #16]",
        "ldr q18, [x7, #32]",
        "ldr q19, [x7, #48]",
        "ldr q20, [x7, #64]",
        "ldr q21, [x7, #80]",
        "ldr q22, [x7, #96]",
        "ldr q23, [x7, #112]",
        "ld1r {{v24.4s}}, [x0], #4",
        "add v16.4s, v16.4s, v24.4s",
        "add v17.4s, v17.4s, v24.4s",
        "add v18.4s, v18.4s, v24.4s",
        "add v19.4s, v19.4s, v24.4s",
        "add v20.4s, v20.4s, v24.4s",
        "add v21.4s, v21.4s, v24.4s",
        "add v22.4s, v22.4s, v24.4s",
        "add v23.4s, v23.4s, v24.4s",
        "add v0.4s, v16.4s, v0.4s",
        "add v1.4s, v17.4s, v1.4s",
        "add v2.4s, v18.4s, v2.4s",
        "add v3.4s, v19.4s, v3.4s",
        "add v4.4s, v20.4s, v4.4s",
        "add v5.4s, v21.4s, v5.4s",
        "add v6.4s, v22.4s, v6.4s",
        "add v7.4s, v23.4s, v7.4s",
        "stp q0, q1, [x4, #0]",
        "stp q2, q3, [x4, #32]",
        "stp q4, q5, [x4, #64]",
        "stp q6, q7, [x4, #96]",
        "// callee-saved registers",
        "ldp d10, d31, [sp, #16]",
        "ldp d8, d9, [sp], #32",
        ".cfi_adjust_cfa_offset -32",
        "ret",
        ".cfi_endproc",
    )
}
