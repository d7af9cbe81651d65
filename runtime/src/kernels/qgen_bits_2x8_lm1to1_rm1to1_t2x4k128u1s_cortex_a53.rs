//! `qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a53 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 15.06 (cortex-a53)
// modelled-macs-per-cycle: 15.06 (cortex-a53)
// depth-limit: 32767
// k-limit: 32767
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: bits
// tile: 2x8, in register tiles of 2x4
// lhs: -1..=1
// rhs: -1..=1
// rhs-stored: -1..=1, kept
// lhs-layout: panels of 2, 2 bit plane(s), k in blocks of 128
// rhs-layout: panels of 4, 2 bit plane(s), k in blocks of 128
// isa: neon
// instructions-per-iteration: 64
// bound-by: 56 cycles of work for V: 24 vec-logic, 16 count, 16 pair-acc, beside 12 cycles of instructions that issue alone: 12 load-pair-q
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3
//   row 0     v0     v2     v4     v6
//   row 1    v16    v18    v20    v22
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Bits,
        tile: Tile::new(2, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-1, 1).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-1, 1).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(2, 4),
        k_block: 128,
        unroll: 1,
        widen_in_loop: false,
        short: true,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 32767, k_limit: 32767 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 8850, block: 13600, widening: 0, left: 4700 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_2x8_lm1to1_rm1to1_t2x4k128u1s_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "mov x2, #2",
        "2:",
        "// pointers and counters",
        "mov x8, x1",
        "mov x9, x0",
        "cbnz x9, 4f",
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
        "b 3f",
        "4:",
        "// first pass of the main loop, which begins the sums",
        "ldp q24, q25, [x8], #64",
        "ldp q26, q27, [x3], #128",
        "ldp q28, q29, [x8, #-32]",
        "ldp q30, q31, [x3, #-96]",
        "ldp q8, q9, [x3, #-64]",
        "ldp q10, q11, [x3, #-32]",
        "and v12.16b, v24.16b, v26.16b",
        "sub x9, x9, #1",
        "eor v13.16b, v25.16b, v27.16b",
        "and v26.16b, v28.16b, v26.16b",
        "eor v27.16b, v29.16b, v27.16b",
        "and v14.16b, v24.16b, v30.16b",
        "eor v15.16b, v25.16b, v31.16b",
        "and v30.16b, v28.16b, v30.16b",
        "eor v31.16b, v29.16b, v31.16b",
        "bic v13.16b, v12.16b, v13.16b",
        "bic v27.16b, v26.16b, v27.16b",
        "bic v15.16b, v14.16b, v15.16b",
        "bic v31.16b, v30.16b, v31.16b",
        "cnt v13.16b, v13.16b",
        "cnt v12.16b, v12.16b",
        "cnt v27.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "cnt v15.16b, v15.16b",
        "cnt v14.16b, v14.16b",
        "cnt v31.16b, v31.16b",
        "cnt v30.16b, v30.16b",
        "uaddlp v0.8h, v13.16b",
        "and v13.16b, v24.16b, v8.16b",
        "and v8.16b, v28.16b, v8.16b",
        "and v24.16b, v24.16b, v10.16b",
        "and v28.16b, v28.16b, v10.16b",
        "eor v10.16b, v25.16b, v9.16b",
        "eor v9.16b, v29.16b, v9.16b",
        "eor v25.16b, v25.16b, v11.16b",
        "eor v29.16b, v29.16b, v11.16b",
        "bic v10.16b, v13.16b, v10.16b",
        "bic v9.16b, v8.16b, v9.16b",
        "bic v25.16b, v24.16b, v25.16b",
        "bic v29.16b, v28.16b, v29.16b",
        "cnt v10.16b, v10.16b",
        "cnt v11.16b, v13.16b",
        "cnt v9.16b, v9.16b",
        "cnt v8.16b, v8.16b",
        "cnt v25.16b, v25.16b",
        "cnt v24.16b, v24.16b",
        "cnt v29.16b, v29.16b",
        "cnt v28.16b, v28.16b",
        "uaddlp v1.8h, v12.16b",
        "uaddlp v16.8h, v27.16b",
        "uaddlp v17.8h, v26.16b",
        "uaddlp v2.8h, v15.16b",
        "uaddlp v3.8h, v14.16b",
        "uaddlp v18.8h, v31.16b",
        "uaddlp v19.8h, v30.16b",
        "uaddlp v4.8h, v10.16b",
        "uaddlp v5.8h, v11.16b",
        "uaddlp v20.8h, v9.16b",
        "uaddlp v21.8h, v8.16b",
        "uaddlp v6.8h, v25.16b",
        "uaddlp v7.8h, v24.16b",
        "uaddlp v22.8h, v29.16b",
        "uaddlp v23.8h, v28.16b",
        "cbz x9, 5f",
        "6:",
        "// main loop",
        "ldp q24, q25, [x8], #64",
        "ldp q26, q27, [x3], #128",
        "ldp q28, q29, [x8, #-32]",
        "ldp q30, q31, [x3, #-96]",
        "ldp q8, q9, [x3, #-64]",
        "ldp q10, q11, [x3, #-32]",
        "and v12.16b, v24.16b, v26.16b",
        "sub x9, x9, #1",
        "eor v13.16b, v25.16b, v27.16b",
        "and v26.16b, v28.16b, v26.16b",
        "eor v27.16b, v29.16b, v27.16b",
        "and v14.16b, v24.16b, v30.16b",
        "eor v15.16b, v25.16b, v31.16b",
        "and v30.16b, v28.16b, v30.16b",
        "eor v31.16b, v29.16b, v31.16b",
        "bic v13.16b, v12.16b, v13.16b",
        "bic v27.16b, v26.16b, v27.16b",
        "bic v15.16b, v14.16b, v15.16b",
        "bic v31.16b, v30.16b, v31.16b",
        "cnt v13.16b, v13.16b",
        "cnt v12.16b, v12.16b",
        "cnt v27.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "cnt v15.16b, v15.16b",
        "cnt v14.16b, v14.16b",
        "cnt v31.16b, v31.16b",
        "cnt v30.16b, v30.16b",
        "uadalp v0.8h, v13.16b",
        "and v13.16b, v24.16b, v8.16b",
        "and v8.16b, v28.16b, v8.16b",
        "and v24.16b, v24.16b, v10.16b",
        "and v28.16b, v28.16b, v10.16b",
        "eor v10.16b, v25.16b, v9.16b",
        "eor v9.16b, v29.16b, v9.16b",
        "eor v25.16b, v25.16b, v11.16b",
        "eor v29.16b, v29.16b, v11.16b",
        "bic v10.16b, v13.16b, v10.16b",
        "bic v9.16b, v8.16b, v9.16b",
        "bic v25.16b, v24.16b, v25.16b",
        "bic v29.16b, v28.16b, v29.16b",
        "cnt v10.16b, v10.16b",
        "cnt v11.16b, v13.16b",
        "cnt v9.16b, v9.16b",
        "cnt v8.16b, v8.16b",
        "cnt v25.16b, v25.16b",
        "cnt v24.16b, v24.16b",
        "cnt v29.16b, v29.16b",
        "cnt v28.16b, v28.16b",
        "uadalp v1.8h, v12.16b",
        "uadalp v16.8h, v27.16b",
        "uadalp v17.8h, v26.16b",
        "uadalp v2.8h, v15.16b",
        "uadalp v3.8h, v14.16b",
        "uadalp v18.8h, v31.16b",
        "uadalp v19.8h, v30.16b",
        "uadalp v4.8h, v10.16b",
        "uadalp v5.8h, v11.16b",
        "uadalp v20.8h, v9.16b",
        "uadalp v21.8h, v8.16b",
        "uadalp v6.8h, v25.16b",
        "uadalp v7.8h, v24.16b",
        "uadalp v22.8h, v29.16b",
        "uadalp v23.8h, v28.16b",
        "cbnz x9, 6b",
        "5:",
        "3:",
        "// widen, correct and store the sums",
        "addp v0.8h, v0.8h, v2.8h",
        "mov x8, x6",
        "addp v2.8h, v4.8h, v6.8h",
        "mov x9, x4",
        "addp v4.8h, v16.8h, v18.8h",
        "add x10, x9, x5",
        "addp v6.8h, v20.8h, v22.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v1.8h, v1.8h, v3.8h",
        "addp v2.8h, v4.8h, v6.8h",
        "addp v3.8h, v5.8h, v7.8h",
        "addp v4.8h, v17.8h, v19.8h",
        "addp v5.8h, v21.8h, v23.8h",
        "ld1r {{v6.4s}}, [x8], #4",
        "ldr q7, [x7, #0]",
        "ld1r {{v16.4s}}, [x8], #4",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v1.8h, v1.8h, v3.8h",
        "addp v2.8h, v4.8h, v5.8h",
        "add v0.8h, v0.8h, v0.8h",
        "uzp1 v3.8h, v7.8h, v7.8h",
        "addp v1.8h, v1.8h, v2.8h",
        "uzp1 v2.8h, v6.8h, v16.8h",
        "sub v0.8h, v0.8h, v1.8h",
        "add v1.8h, v3.8h, v2.8h",
        "add v0.8h, v1.8h, v0.8h",
        "sshll v1.4s, v0.4h, #0",
        "sshll2 v0.4s, v0.8h, #0",
        "str q1, [x9, #0]",
        "str q0, [x10, #0]",
        "// pointers and counters",
        "add x4, x4, #16",
        "add x7, x7, #16",
        "sub x2, x2, #1",
        "cbnz x2, 2b",
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
