//! `qgen_bits_6x4_lbin_rbin_t6x4k128u1s_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_6x4_lbin_rbin_t6x4k128u1s_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_6x4_lbin_rbin_t6x4k128u1s_cortex_a53 --format rust
//
// macs-per-iteration: 3072
// bound-macs-per-cycle: 37.46 (cortex-a53)
// modelled-macs-per-cycle: 37.46 (cortex-a53)
// depth-limit: 32767
// k-limit: 32767
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: bits
// tile: 6x4, in register tiles of 6x4
// lhs: -1 or 1
// rhs: -1 or 1
// rhs-stored: -1 or 1, kept
// lhs-layout: panels of 6, 1 bit plane(s), k in blocks of 128
// rhs-layout: panels of 4, 1 bit plane(s), k in blocks of 128
// isa: neon
// instructions-per-iteration: 81
// bound-by: 72 cycles of work for V: 24 vec-logic, 24 count, 24 pair-acc, beside 10 cycles of instructions that issue alone: 6 load-pair-q, 4 load-q
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3
//   row 0     v0     v1     v2     v3
//   row 1     v4     v5     v6     v7
//   row 2    v16    v17    v18    v19
//   row 3    v20    v21    v22    v23
//   row 4    v24    v25    v26    v27
//   row 5    v28    v29    v30    v31
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_6x4_lbin_rbin_t6x4k128u1s_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Bits,
        tile: Tile::new(6, 4),
        lhs: Operand::Binary,
        rhs: Operand::Binary,
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(6, 4),
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
    let cost = Cost { call: 6750, block: 8200, widening: 0, left: 3500 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_6x4_lbin_rbin_t6x4k128u1s_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "ldr q8, [x3], #64",
        "ldp q9, q10, [x1], #96",
        "ldur q11, [x3, #-48]",
        "ldur q12, [x3, #-32]",
        "ldur q13, [x3, #-16]",
        "eor v14.16b, v9.16b, v8.16b",
        "cnt v14.16b, v14.16b",
        "eor v15.16b, v9.16b, v11.16b",
        "cnt v15.16b, v15.16b",
        "uaddlp v0.8h, v14.16b",
        "uaddlp v1.8h, v15.16b",
        "eor v14.16b, v9.16b, v12.16b",
        "cnt v14.16b, v14.16b",
        "eor v9.16b, v9.16b, v13.16b",
        "cnt v9.16b, v9.16b",
        "uaddlp v2.8h, v14.16b",
        "uaddlp v3.8h, v9.16b",
        "eor v9.16b, v10.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v14.16b, v10.16b, v11.16b",
        "cnt v14.16b, v14.16b",
        "uaddlp v4.8h, v9.16b",
        "uaddlp v5.8h, v14.16b",
        "eor v9.16b, v10.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v10.16b, v13.16b",
        "ldp q14, q15, [x1, #-64]",
        "cnt v10.16b, v10.16b",
        "uaddlp v6.8h, v9.16b",
        "uaddlp v7.8h, v10.16b",
        "eor v9.16b, v14.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v11.16b",
        "cnt v10.16b, v10.16b",
        "uaddlp v16.8h, v9.16b",
        "uaddlp v17.8h, v10.16b",
        "eor v9.16b, v14.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v13.16b",
        "cnt v10.16b, v10.16b",
        "uaddlp v18.8h, v9.16b",
        "uaddlp v19.8h, v10.16b",
        "eor v9.16b, v15.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v15.16b, v11.16b",
        "cnt v10.16b, v10.16b",
        "uaddlp v20.8h, v9.16b",
        "uaddlp v21.8h, v10.16b",
        "eor v9.16b, v15.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v15.16b, v13.16b",
        "ldp q14, q15, [x1, #-32]",
        "cnt v10.16b, v10.16b",
        "uaddlp v22.8h, v9.16b",
        "uaddlp v23.8h, v10.16b",
        "eor v9.16b, v14.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v11.16b",
        "cnt v10.16b, v10.16b",
        "uaddlp v24.8h, v9.16b",
        "uaddlp v25.8h, v10.16b",
        "eor v9.16b, v14.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v13.16b",
        "cnt v10.16b, v10.16b",
        "uaddlp v26.8h, v9.16b",
        "uaddlp v27.8h, v10.16b",
        "eor v8.16b, v15.16b, v8.16b",
        "cnt v8.16b, v8.16b",
        "eor v9.16b, v15.16b, v11.16b",
        "cnt v9.16b, v9.16b",
        "uaddlp v28.8h, v8.16b",
        "uaddlp v29.8h, v9.16b",
        "eor v8.16b, v15.16b, v12.16b",
        "cnt v8.16b, v8.16b",
        "eor v9.16b, v15.16b, v13.16b",
        "cnt v9.16b, v9.16b",
        "uaddlp v30.8h, v8.16b",
        "sub x0, x0, #1",
        "uaddlp v31.8h, v9.16b",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldr q8, [x3], #64",
        "ldp q9, q10, [x1], #96",
        "ldur q11, [x3, #-48]",
        "ldur q12, [x3, #-32]",
        "ldur q13, [x3, #-16]",
        "eor v14.16b, v9.16b, v8.16b",
        "cnt v14.16b, v14.16b",
        "eor v15.16b, v9.16b, v11.16b",
        "cnt v15.16b, v15.16b",
        "uadalp v0.8h, v14.16b",
        "uadalp v1.8h, v15.16b",
        "eor v14.16b, v9.16b, v12.16b",
        "cnt v14.16b, v14.16b",
        "eor v9.16b, v9.16b, v13.16b",
        "cnt v9.16b, v9.16b",
        "uadalp v2.8h, v14.16b",
        "uadalp v3.8h, v9.16b",
        "eor v9.16b, v10.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v14.16b, v10.16b, v11.16b",
        "cnt v14.16b, v14.16b",
        "uadalp v4.8h, v9.16b",
        "uadalp v5.8h, v14.16b",
        "eor v9.16b, v10.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v10.16b, v13.16b",
        "ldp q14, q15, [x1, #-64]",
        "cnt v10.16b, v10.16b",
        "uadalp v6.8h, v9.16b",
        "uadalp v7.8h, v10.16b",
        "eor v9.16b, v14.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v11.16b",
        "cnt v10.16b, v10.16b",
        "uadalp v16.8h, v9.16b",
        "uadalp v17.8h, v10.16b",
        "eor v9.16b, v14.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v13.16b",
        "cnt v10.16b, v10.16b",
        "uadalp v18.8h, v9.16b",
        "uadalp v19.8h, v10.16b",
        "eor v9.16b, v15.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v15.16b, v11.16b",
        "cnt v10.16b, v10.16b",
        "uadalp v20.8h, v9.16b",
        "uadalp v21.8h, v10.16b",
        "eor v9.16b, v15.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v15.16b, v13.16b",
        "ldp q14, q15, [x1, #-32]",
        "cnt v10.16b, v10.16b",
        "uadalp v22.8h, v9.16b",
        "uadalp v23.8h, v10.16b",
        "eor v9.16b, v14.16b, v8.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v11.16b",
        "cnt v10.16b, v10.16b",
        "uadalp v24.8h, v9.16b",
        "uadalp v25.8h, v10.16b",
        "eor v9.16b, v14.16b, v12.16b",
        "cnt v9.16b, v9.16b",
        "eor v10.16b, v14.16b, v13.16b",
        "cnt v10.16b, v10.16b",
        "uadalp v26.8h, v9.16b",
        "uadalp v27.8h, v10.16b",
        "eor v8.16b, v15.16b, v8.16b",
        "cnt v8.16b, v8.16b",
        "eor v9.16b, v15.16b, v11.16b",
        "cnt v9.16b, v9.16b",
        "uadalp v28.8h, v8.16b",
        "uadalp v29.8h, v9.16b",
        "eor v8.16b, v15.16b, v12.16b",
        "cnt v8.16b, v8.16b",
        "eor v9.16b, v15.16b, v13.16b",
        "cnt v9.16b, v9.16b",
        "uadalp v30.8h, v8.16b",
        "sub x0, x0, #1",
        "uadalp v31.8h, v9.16b",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "addp v0.8h, v0.8h, v1.8h",
        "ldr d1, [x6, #16]",
        "addp v2.8h, v2.8h, v3.8h",
        "mov x0, x4",
        "addp v3.8h, v4.8h, v5.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "ldr q5, [x6, #0]",
        "addp v6.8h, v16.8h, v17.8h",
        "addp v7.8h, v18.8h, v19.8h",
        "addp v16.8h, v20.8h, v21.8h",
        "addp v17.8h, v22.8h, v23.8h",
        "ldr q18, [x7, #0]",
        "addp v0.8h, v0.8h, v2.8h",
        "addp v2.8h, v3.8h, v4.8h",
        "addp v3.8h, v24.8h, v25.8h",
        "addp v4.8h, v26.8h, v27.8h",
        "addp v19.8h, v28.8h, v29.8h",
        "addp v20.8h, v30.8h, v31.8h",
        "trn1 v5.8h, v5.8h, v5.8h",
        "addp v6.8h, v6.8h, v7.8h",
        "addp v7.8h, v16.8h, v17.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "uzp1 v2.8h, v18.8h, v18.8h",
        "zip1 v16.8h, v5.8h, v5.8h",
        "addp v3.8h, v3.8h, v4.8h",
        "addp v4.8h, v19.8h, v20.8h",
        "addp v6.8h, v6.8h, v7.8h",
        "zip2 v5.8h, v5.8h, v5.8h",
        "add v0.8h, v0.8h, v0.8h",
        "add v7.8h, v2.8h, v16.8h",
        "trn1 v1.8h, v1.8h, v1.8h",
        "addp v3.8h, v3.8h, v4.8h",
        "add v4.8h, v6.8h, v6.8h",
        "add v5.8h, v2.8h, v5.8h",
        "zip1 v1.8h, v1.8h, v1.8h",
        "sub v0.8h, v7.8h, v0.8h",
        "add v3.8h, v3.8h, v3.8h",
        "add v1.8h, v2.8h, v1.8h",
        "sub v2.8h, v5.8h, v4.8h",
        "sshll v4.4s, v0.4h, #0",
        "sshll2 v0.4s, v0.8h, #0",
        "sub v1.8h, v1.8h, v3.8h",
        "st1 {{v4.4s}}, [x0], x5",
        "sshll v3.4s, v2.4h, #0",
        "st1 {{v0.4s}}, [x0], x5",
        "sshll2 v0.4s, v2.8h, #0",
        "st1 {{v3.4s}}, [x0], x5",
        "sshll v2.4s, v1.4h, #0",
        "st1 {{v0.4s}}, [x0], x5",
        "sshll2 v0.4s, v1.8h, #0",
        "st1 {{v2.4s}}, [x0], x5",
        "st1 {{v0.4s}}, [x0], x5",
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
