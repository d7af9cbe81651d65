//! `qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 36.57 (cortex-a72)
// modelled-macs-per-cycle: 36.57 (cortex-a72)
// depth-limit: 32767
// k-limit: 32767
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
// widening: once, at the end
// stack: 16 bytes, for d8, d9
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v2     v4     v6    v16    v18    v20    v22
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72(
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
        short: true,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 32767, k_limit: 32767 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1933, block: 2800, widening: 0, left: 1200 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1s_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "stp d8, d9, [sp, #-16]!",
        ".cfi_adjust_cfa_offset 16",
        ".cfi_rel_offset 72, 0",
        ".cfi_rel_offset 73, 8",
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
        "ldr q26, [x3, #0]",
        "and v26.16b, v24.16b, v26.16b",
        "ldr q27, [x3, #16]",
        "eor v27.16b, v25.16b, v27.16b",
        "bic v27.16b, v26.16b, v27.16b",
        "cnt v27.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "ldr q28, [x3, #32]",
        "uaddlp v0.8h, v27.16b",
        "and v27.16b, v24.16b, v28.16b",
        "ldr q28, [x3, #48]",
        "uaddlp v1.8h, v26.16b",
        "eor v26.16b, v25.16b, v28.16b",
        "ldr q28, [x3, #64]",
        "bic v26.16b, v27.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "ldr q29, [x3, #80]",
        "cnt v27.16b, v27.16b",
        "uaddlp v2.8h, v26.16b",
        "ldr q26, [x3, #96]",
        "uaddlp v3.8h, v27.16b",
        "and v27.16b, v24.16b, v28.16b",
        "ldr q28, [x3, #112]",
        "eor v29.16b, v25.16b, v29.16b",
        "bic v29.16b, v27.16b, v29.16b",
        "ldr q30, [x3, #128]",
        "cnt v29.16b, v29.16b",
        "cnt v27.16b, v27.16b",
        "ldr q31, [x3, #144]",
        "uaddlp v4.8h, v29.16b",
        "and v26.16b, v24.16b, v26.16b",
        "ldr q29, [x3, #160]",
        "uaddlp v5.8h, v27.16b",
        "eor v27.16b, v25.16b, v28.16b",
        "ldr q28, [x3, #176]",
        "bic v27.16b, v26.16b, v27.16b",
        "cnt v27.16b, v27.16b",
        "ldr q8, [x3, #192]",
        "cnt v26.16b, v26.16b",
        "uaddlp v6.8h, v27.16b",
        "ldr q27, [x3, #208]",
        "uaddlp v7.8h, v26.16b",
        "and v26.16b, v24.16b, v30.16b",
        "ldr q30, [x3, #224]",
        "eor v31.16b, v25.16b, v31.16b",
        "bic v31.16b, v26.16b, v31.16b",
        "ldr q9, [x3, #240]",
        "cnt v31.16b, v31.16b",
        "cnt v26.16b, v26.16b",
        "add x3, x3, #256",
        "uaddlp v16.8h, v31.16b",
        "and v29.16b, v24.16b, v29.16b",
        "sub x0, x0, #1",
        "uaddlp v17.8h, v26.16b",
        "eor v26.16b, v25.16b, v28.16b",
        "bic v26.16b, v29.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "cnt v28.16b, v29.16b",
        "uaddlp v18.8h, v26.16b",
        "uaddlp v19.8h, v28.16b",
        "and v26.16b, v24.16b, v8.16b",
        "eor v27.16b, v25.16b, v27.16b",
        "bic v27.16b, v26.16b, v27.16b",
        "cnt v27.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v20.8h, v27.16b",
        "and v24.16b, v24.16b, v30.16b",
        "uaddlp v21.8h, v26.16b",
        "eor v25.16b, v25.16b, v9.16b",
        "bic v25.16b, v24.16b, v25.16b",
        "cnt v25.16b, v25.16b",
        "cnt v24.16b, v24.16b",
        "uaddlp v22.8h, v25.16b",
        "uaddlp v23.8h, v24.16b",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldp q24, q25, [x1], #32",
        "ldr q26, [x3, #0]",
        "and v26.16b, v24.16b, v26.16b",
        "ldr q27, [x3, #16]",
        "eor v27.16b, v25.16b, v27.16b",
        "bic v27.16b, v26.16b, v27.16b",
        "cnt v27.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "ldr q28, [x3, #32]",
        "uadalp v0.8h, v27.16b",
        "and v27.16b, v24.16b, v28.16b",
        "ldr q28, [x3, #48]",
        "uadalp v1.8h, v26.16b",
        "eor v26.16b, v25.16b, v28.16b",
        "ldr q28, [x3, #64]",
        "bic v26.16b, v27.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "ldr q29, [x3, #80]",
        "cnt v27.16b, v27.16b",
        "uadalp v2.8h, v26.16b",
        "ldr q26, [x3, #96]",
        "uadalp v3.8h, v27.16b",
        "and v27.16b, v24.16b, v28.16b",
        "ldr q28, [x3, #112]",
        "eor v29.16b, v25.16b, v29.16b",
        "bic v29.16b, v27.16b, v29.16b",
        "ldr q30, [x3, #128]",
        "cnt v29.16b, v29.16b",
        "cnt v27.16b, v27.16b",
        "ldr q31, [x3, #144]",
        "uadalp v4.8h, v29.16b",
        "and v26.16b, v24.16b, v26.16b",
        "ldr q29, [x3, #160]",
        "uadalp v5.8h, v27.16b",
        "eor v27.16b, v25.16b, v28.16b",
        "ldr q28, [x3, #176]",
        "bic v27.16b, v26.16b, v27.16b",
        "cnt v27.16b, v27.16b",
        "ldr q8, [x3, #192]",
        "cnt v26.16b, v26.16b",
        "uadalp v6.8h, v27.16b",
        "ldr q27, [x3, #208]",
        "uadalp v7.8h, v26.16b",
        "and v26.16b, v24.16b, v30.16b",
        "ldr q30, [x3, #224]",
        "eor v31.16b, v25.16b, v31.16b",
        "bic v31.16b, v26.16b, v31.16b",
        "ldr q9, [x3, #240]",
        "cnt v31.16b, v31.16b",
        "cnt v26.16b, v26.16b",
        "add x3, x3, #256",
        "uadalp v16.8h, v31.16b",
        "and v29.16b, v24.16b, v29.16b",
        "sub x0, x0, #1",
        "uadalp v17.8h, v26.16b",
        "eor v26.16b, v25.16b, v28.16b",
        "bic v26.16b, v29.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "cnt v28.16b, v29.16b",
        "uadalp v18.8h, v26.16b",
        "uadalp v19.8h, v28.16b",
        "and v26.16b, v24.16b, v8.16b",
        "eor v27.16b, v25.16b, v27.16b",
        "bic v27.16b, v26.16b, v27.16b",
        "cnt v27.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v20.8h, v27.16b",
        "and v24.16b, v24.16b, v30.16b",
        "uadalp v21.8h, v26.16b",
        "eor v25.16b, v25.16b, v9.16b",
        "bic v25.16b, v24.16b, v25.16b",
        "cnt v25.16b, v25.16b",
        "cnt v24.16b, v24.16b",
        "uadalp v22.8h, v25.16b",
        "uadalp v23.8h, v24.16b",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x4",
        "mov x1, x6",
        "ldr q24, [x7, #0]",
        "ldr q25, [x7, #16]",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v2.8h, v4.8h, v6.8h",
        "ld1r {{v4.4s}}, [x1], #4",
        "addp v1.8h, v1.8h, v3.8h",
        "addp v3.8h, v5.8h, v7.8h",
        "addp v5.8h, v16.8h, v18.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v2.8h, v20.8h, v22.8h",
        "uzp1 v6.8h, v24.8h, v24.8h",
        "addp v7.8h, v17.8h, v19.8h",
        "uzp1 v16.8h, v25.8h, v25.8h",
        "addp v1.8h, v1.8h, v3.8h",
        "addp v0.8h, v0.8h, v0.8h",
        "addp v2.8h, v5.8h, v2.8h",
        "addp v3.8h, v21.8h, v23.8h",
        "addp v1.8h, v1.8h, v1.8h",
        "uzp1 v4.8h, v4.8h, v4.8h",
        "add v0.8h, v0.8h, v0.8h",
        "addp v2.8h, v2.8h, v2.8h",
        "addp v3.8h, v7.8h, v3.8h",
        "sub v0.8h, v0.8h, v1.8h",
        "add v1.8h, v6.8h, v4.8h",
        "addp v3.8h, v3.8h, v3.8h",
        "add v2.8h, v2.8h, v2.8h",
        "add v4.8h, v16.8h, v4.8h",
        "add v0.8h, v1.8h, v0.8h",
        "sub v1.8h, v2.8h, v3.8h",
        "sshll v0.4s, v0.4h, #0",
        "add v1.8h, v4.8h, v1.8h",
        "sshll v1.4s, v1.4h, #0",
        "stp q0, q1, [x0, #0]",
        "// callee-saved registers",
        "ldp d8, d9, [sp], #16",
        ".cfi_adjust_cfa_offset -16",
        "ret",
        ".cfi_endproc",
    )
}
