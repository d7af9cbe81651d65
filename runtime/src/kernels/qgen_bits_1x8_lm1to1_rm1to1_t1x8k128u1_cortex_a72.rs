//! `qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 36.57 (cortex-a72)
// modelled-macs-per-cycle: 36.56 (cortex-a72)
// depth-limit: 524160
// k-limit: 2147483647
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: bits
// tile: 1x8, in register tiles of 1x8
// lhs: -1..=1
// rhs: -1..=1
// rhs-stored: -1..=1, kept
// lhs-layout: panels of 1, 2 bit plane(s), k in blocks of 128
// rhs-layout: panels of 8, 2 bit plane(s), k in blocks of 128
// isa: neon
// instructions-per-iteration: 76
// bound-by: 56 cycles of work for F0 and F1: 24 vec-logic, 16 count, 16 pair-acc
// widening: every 4095 iterations (k = 524160), 38 instructions outside the marked block
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v2     v4     v6    v16    v18    v20    v22
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Bits,
        tile: Tile::new(1, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-1, 1).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-1, 1).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
        k_block: 128,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 524160, k_limit: 2147483647 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 2650, block: 2800, widening: 2500, left: 1200 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72", descriptor, code) }.with_cost(cost).with_short(&super::qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72::KERNEL)
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
        "// pointers and counters",
        "mov x2, #0",
        "2:",
        "// pointers and counters",
        "mov x5, #4095",
        "cmp x0, x5",
        "csel x5, x0, x5, lo",
        "sub x0, x0, x5",
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
        "cbz x5, 3f",
        "4:",
        "// main loop",
        "ldp q24, q25, [x1], #32",
        "ldr q26, [x3, #0]",
        "ldr q27, [x3, #16]",
        "ldr q28, [x3, #32]",
        "ldr q29, [x3, #48]",
        "ldr q30, [x3, #64]",
        "and v26.16b, v24.16b, v26.16b",
        "ldr q31, [x3, #80]",
        "eor v27.16b, v25.16b, v27.16b",
        "ldr q8, [x3, #96]",
        "and v28.16b, v24.16b, v28.16b",
        "ldr q9, [x3, #112]",
        "cnt v10.16b, v26.16b",
        "eor v29.16b, v25.16b, v29.16b",
        "ldr q11, [x3, #128]",
        "bic v26.16b, v26.16b, v27.16b",
        "and v27.16b, v24.16b, v30.16b",
        "ldr q30, [x3, #144]",
        "cnt v12.16b, v28.16b",
        "eor v31.16b, v25.16b, v31.16b",
        "ldr q13, [x3, #160]",
        "uadalp v1.8h, v10.16b",
        "bic v28.16b, v28.16b, v29.16b",
        "ldr q29, [x3, #176]",
        "cnt v26.16b, v26.16b",
        "cnt v10.16b, v27.16b",
        "ldr q14, [x3, #192]",
        "uadalp v3.8h, v12.16b",
        "bic v27.16b, v27.16b, v31.16b",
        "ldr q31, [x3, #208]",
        "cnt v28.16b, v28.16b",
        "and v8.16b, v24.16b, v8.16b",
        "ldr q12, [x3, #224]",
        "uadalp v0.8h, v26.16b",
        "eor v26.16b, v25.16b, v9.16b",
        "ldr q9, [x3, #240]",
        "cnt v27.16b, v27.16b",
        "and v11.16b, v24.16b, v11.16b",
        "add x3, x3, #256",
        "uadalp v2.8h, v28.16b",
        "cnt v28.16b, v8.16b",
        "sub x5, x5, #1",
        "uadalp v5.8h, v10.16b",
        "bic v26.16b, v8.16b, v26.16b",
        "uadalp v4.8h, v27.16b",
        "eor v27.16b, v25.16b, v30.16b",
        "uadalp v7.8h, v28.16b",
        "cnt v28.16b, v11.16b",
        "cnt v26.16b, v26.16b",
        "and v30.16b, v24.16b, v13.16b",
        "bic v27.16b, v11.16b, v27.16b",
        "eor v29.16b, v25.16b, v29.16b",
        "uadalp v17.8h, v28.16b",
        "and v28.16b, v24.16b, v14.16b",
        "uadalp v6.8h, v26.16b",
        "cnt v26.16b, v30.16b",
        "cnt v27.16b, v27.16b",
        "bic v29.16b, v30.16b, v29.16b",
        "eor v30.16b, v25.16b, v31.16b",
        "cnt v31.16b, v28.16b",
        "uadalp v19.8h, v26.16b",
        "and v24.16b, v24.16b, v12.16b",
        "uadalp v16.8h, v27.16b",
        "cnt v26.16b, v29.16b",
        "bic v27.16b, v28.16b, v30.16b",
        "eor v25.16b, v25.16b, v9.16b",
        "uadalp v21.8h, v31.16b",
        "cnt v28.16b, v24.16b",
        "uadalp v18.8h, v26.16b",
        "cnt v26.16b, v27.16b",
        "bic v24.16b, v24.16b, v25.16b",
        "uadalp v23.8h, v28.16b",
        "uadalp v20.8h, v26.16b",
        "cnt v24.16b, v24.16b",
        "uadalp v22.8h, v24.16b",
        "cbnz x5, 4b",
        "3:",
        "cbz x2, 6f",
        "// widen the sums and add them to those stored before",
        "mov x2, x4",
        "uaddlp v0.4s, v0.8h",
        "uaddlp v2.4s, v2.8h",
        "uaddlp v4.4s, v4.8h",
        "uaddlp v6.4s, v6.8h",
        "ldr q24, [x2, #0]",
        "uaddlp v1.4s, v1.8h",
        "uaddlp v3.4s, v3.8h",
        "ldr q25, [x2, #16]",
        "addp v0.4s, v0.4s, v2.4s",
        "uaddlp v2.4s, v5.8h",
        "addp v4.4s, v4.4s, v6.4s",
        "uaddlp v5.4s, v7.8h",
        "addp v1.4s, v1.4s, v3.4s",
        "uaddlp v3.4s, v16.8h",
        "uaddlp v6.4s, v18.8h",
        "uaddlp v7.4s, v20.8h",
        "addp v0.4s, v0.4s, v4.4s",
        "addp v2.4s, v2.4s, v5.4s",
        "uaddlp v4.4s, v22.8h",
        "uaddlp v5.4s, v17.8h",
        "addp v3.4s, v3.4s, v6.4s",
        "uaddlp v6.4s, v19.8h",
        "addp v1.4s, v1.4s, v2.4s",
        "add v0.4s, v0.4s, v0.4s",
        "addp v2.4s, v7.4s, v4.4s",
        "uaddlp v4.4s, v21.8h",
        "uaddlp v7.4s, v23.8h",
        "addp v5.4s, v5.4s, v6.4s",
        "sub v0.4s, v0.4s, v1.4s",
        "addp v1.4s, v3.4s, v2.4s",
        "addp v2.4s, v4.4s, v7.4s",
        "add v0.4s, v24.4s, v0.4s",
        "add v1.4s, v1.4s, v1.4s",
        "addp v2.4s, v5.4s, v2.4s",
        "sub v1.4s, v1.4s, v2.4s",
        "add v1.4s, v25.4s, v1.4s",
        "stp q0, q1, [x2, #0]",
        "b 5f",
        "6:",
        "// widen, correct and store the sums",
        "mov x2, x4",
        "mov x5, x6",
        "ldr q24, [x7, #0]",
        "ldr q25, [x7, #16]",
        "uaddlp v0.4s, v0.8h",
        "uaddlp v2.4s, v2.8h",
        "ld1r {{v26.4s}}, [x5], #4",
        "uaddlp v4.4s, v4.8h",
        "uaddlp v6.4s, v6.8h",
        "uaddlp v1.4s, v1.8h",
        "addp v0.4s, v0.4s, v2.4s",
        "uaddlp v2.4s, v3.8h",
        "uaddlp v3.4s, v5.8h",
        "uaddlp v5.4s, v7.8h",
        "addp v4.4s, v4.4s, v6.4s",
        "uaddlp v6.4s, v16.8h",
        "addp v1.4s, v1.4s, v2.4s",
        "uaddlp v2.4s, v18.8h",
        "addp v3.4s, v3.4s, v5.4s",
        "uaddlp v5.4s, v20.8h",
        "addp v0.4s, v0.4s, v4.4s",
        "uaddlp v4.4s, v22.8h",
        "add v7.4s, v24.4s, v26.4s",
        "addp v2.4s, v6.4s, v2.4s",
        "addp v1.4s, v1.4s, v3.4s",
        "uaddlp v3.4s, v17.8h",
        "add v0.4s, v0.4s, v0.4s",
        "addp v4.4s, v5.4s, v4.4s",
        "uaddlp v5.4s, v19.8h",
        "uaddlp v6.4s, v21.8h",
        "uaddlp v16.4s, v23.8h",
        "add v17.4s, v25.4s, v26.4s",
        "sub v0.4s, v0.4s, v1.4s",
        "addp v1.4s, v2.4s, v4.4s",
        "addp v2.4s, v3.4s, v5.4s",
        "addp v3.4s, v6.4s, v16.4s",
        "add v0.4s, v7.4s, v0.4s",
        "add v1.4s, v1.4s, v1.4s",
        "addp v2.4s, v2.4s, v3.4s",
        "sub v1.4s, v1.4s, v2.4s",
        "add v1.4s, v17.4s, v1.4s",
        "stp q0, q1, [x2, #0]",
        "5:",
        "// pointers and counters",
        "mov x2, #1",
        "cbnz x0, 2b",
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
