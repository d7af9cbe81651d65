//! `qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1i_neoverse_n1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1i_neoverse_n1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1i_neoverse_n1 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 32.00 (neoverse-n1)
// modelled-macs-per-cycle: 32.00 (neoverse-n1)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: dotouter
// tile: 8x8, in register tiles of 8x8
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 8, k in blocks of 16 (128 bytes), depth fastest, in steps of 4
// isa: dotprod
// instructions-per-iteration: 78
// bound-by: 64 cycles of work for V0 and V1: 64 dot
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
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
// void qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1i_neoverse_n1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::DotOuter,
        tile: Tile::new(8, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: true,
        register_tile: Tile::new(8, 8),
        k_block: 16,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("neoverse-n1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 131071, k_limit: 131071 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 5125, block: 3200, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1i_neoverse_n1", descriptor, code) }.with_cost(cost).with_ends(&[&super::qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1iof32_neoverse_n1::KERNEL, &super::qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1ioi8_neoverse_n1::KERNEL, &super::qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k16u1iou8_neoverse_n1::KERNEL])
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
        "ldr q24, [x1], #16",
        "ldr q25, [x8], #16",
        "ldr q26, [x9], #16",
        "ldr q27, [x10], #16",
        "ldr q28, [x11], #16",
        "ldr q29, [x12], #16",
        "ldr q30, [x13], #16",
        "ldr q31, [x2], #16",
        "ldp q8, q9, [x3], #128",
        "ldp q10, q11, [x3, #-96]",
        "ldp q12, q13, [x3, #-64]",
        "ldp q14, q15, [x3, #-32]",
        ".inst 0x4f98e100 // sdot v0.4s, v8.16b, v24.4b[0]",
        ".inst 0x4f98e121 // sdot v1.4s, v9.16b, v24.4b[0]",
        ".inst 0x4f99e102 // sdot v2.4s, v8.16b, v25.4b[0]",
        ".inst 0x4f99e123 // sdot v3.4s, v9.16b, v25.4b[0]",
        "sub x0, x0, #1",
        ".inst 0x4f9ae104 // sdot v4.4s, v8.16b, v26.4b[0]",
        ".inst 0x4f9ae125 // sdot v5.4s, v9.16b, v26.4b[0]",
        ".inst 0x4f9be106 // sdot v6.4s, v8.16b, v27.4b[0]",
        ".inst 0x4f9be127 // sdot v7.4s, v9.16b, v27.4b[0]",
        ".inst 0x4f9ce110 // sdot v16.4s, v8.16b, v28.4b[0]",
        ".inst 0x4f9ce131 // sdot v17.4s, v9.16b, v28.4b[0]",
        ".inst 0x4f9de112 // sdot v18.4s, v8.16b, v29.4b[0]",
        ".inst 0x4f9de133 // sdot v19.4s, v9.16b, v29.4b[0]",
        ".inst 0x4f9ee114 // sdot v20.4s, v8.16b, v30.4b[0]",
        ".inst 0x4f9ee135 // sdot v21.4s, v9.16b, v30.4b[0]",
        ".inst 0x4f9fe116 // sdot v22.4s, v8.16b, v31.4b[0]",
        ".inst 0x4f9fe137 // sdot v23.4s, v9.16b, v31.4b[0]",
        ".inst 0x4fb8e140 // sdot v0.4s, v10.16b, v24.4b[1]",
        ".inst 0x4fb8e161 // sdot v1.4s, v11.16b, v24.4b[1]",
        ".inst 0x4fb9e142 // sdot v2.4s, v10.16b, v25.4b[1]",
        ".inst 0x4fb9e163 // sdot v3.4s, v11.16b, v25.4b[1]",
        ".inst 0x4fbae144 // sdot v4.4s, v10.16b, v26.4b[1]",
        ".inst 0x4fbae165 // sdot v5.4s, v11.16b, v26.4b[1]",
        ".inst 0x4fbbe146 // sdot v6.4s, v10.16b, v27.4b[1]",
        ".inst 0x4fbbe167 // sdot v7.4s, v11.16b, v27.4b[1]",
        ".inst 0x4fbce150 // sdot v16.4s, v10.16b, v28.4b[1]",
        ".inst 0x4fbce171 // sdot v17.4s, v11.16b, v28.4b[1]",
        ".inst 0x4fbde152 // sdot v18.4s, v10.16b, v29.4b[1]",
        ".inst 0x4fbde173 // sdot v19.4s, v11.16b, v29.4b[1]",
        ".inst 0x4fbee154 // sdot v20.4s, v10.16b, v30.4b[1]",
        ".inst 0x4fbee175 // sdot v21.4s, v11.16b, v30.4b[1]",
        ".inst 0x4fbfe156 // sdot v22.4s, v10.16b, v31.4b[1]",
        ".inst 0x4fbfe177 // sdot v23.4s, v11.16b, v31.4b[1]",
        ".inst 0x4f98e980 // sdot v0.4s, v12.16b, v24.4b[2]",
        ".inst 0x4f98e9a1 // sdot v1.4s, v13.16b, v24.4b[2]",
        ".inst 0x4f99e982 // sdot v2.4s, v12.16b, v25.4b[2]",
        ".inst 0x4f99e9a3 // sdot v3.4s, v13.16b, v25.4b[2]",
        ".inst 0x4f9ae984 // sdot v4.4s, v12.16b, v26.4b[2]",
        ".inst 0x4f9ae9a5 // sdot v5.4s, v13.16b, v26.4b[2]",
        ".inst 0x4f9be986 // sdot v6.4s, v12.16b, v27.4b[2]",
        ".inst 0x4f9be9a7 // sdot v7.4s, v13.16b, v27.4b[2]",
        ".inst 0x4f9ce990 // sdot v16.4s, v12.16b, v28.4b[2]",
        ".inst 0x4f9ce9b1 // sdot v17.4s, v13.16b, v28.4b[2]",
        ".inst 0x4f9de992 // sdot v18.4s, v12.16b, v29.4b[2]",
        ".inst 0x4f9de9b3 // sdot v19.4s, v13.16b, v29.4b[2]",
        ".inst 0x4f9ee994 // sdot v20.4s, v12.16b, v30.4b[2]",
        ".inst 0x4f9ee9b5 // sdot v21.4s, v13.16b, v30.4b[2]",
        ".inst 0x4f9fe996 // sdot v22.4s, v12.16b, v31.4b[2]",
        ".inst 0x4f9fe9b7 // sdot v23.4s, v13.16b, v31.4b[2]",
        ".inst 0x4fb8e9c0 // sdot v0.4s, v14.16b, v24.4b[3]",
        ".inst 0x4fb8e9e1 // sdot v1.4s, v15.16b, v24.4b[3]",
        ".inst 0x4fb9e9c2 // sdot v2.4s, v14.16b, v25.4b[3]",
        ".inst 0x4fb9e9e3 // sdot v3.4s, v15.16b, v25.4b[3]",
        ".inst 0x4fbae9c4 // sdot v4.4s, v14.16b, v26.4b[3]",
        ".inst 0x4fbae9e5 // sdot v5.4s, v15.16b, v26.4b[3]",
        ".inst 0x4fbbe9c6 // sdot v6.4s, v14.16b, v27.4b[3]",
        ".inst 0x4fbbe9e7 // sdot v7.4s, v15.16b, v27.4b[3]",
        ".inst 0x4fbce9d0 // sdot v16.4s, v14.16b, v28.4b[3]",
        ".inst 0x4fbce9f1 // sdot v17.4s, v15.16b, v28.4b[3]",
        ".inst 0x4fbde9d2 // sdot v18.4s, v14.16b, v29.4b[3]",
        ".inst 0x4fbde9f3 // sdot v19.4s, v15.16b, v29.4b[3]",
        ".inst 0x4fbee9d4 // sdot v20.4s, v14.16b, v30.4b[3]",
        ".inst 0x4fbee9f5 // sdot v21.4s, v15.16b, v30.4b[3]",
        ".inst 0x4fbfe9d6 // sdot v22.4s, v14.16b, v31.4b[3]",
        ".inst 0x4fbfe9f7 // sdot v23.4s, v15.16b, v31.4b[3]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q24, [x7, #0]",
        "ldr q25, [x7, #16]",
        "add x1, x4, x5",
        "ld1r {{v26.4s}}, [x0], #4",
        "ld1r {{v27.4s}}, [x0], #4",
        "ld1r {{v28.4s}}, [x0], #4",
        "ld1r {{v29.4s}}, [x0], #4",
        "ld1r {{v30.4s}}, [x0], #4",
        "ld1r {{v31.4s}}, [x0], #4",
        "ld1r {{v8.4s}}, [x0], #4",
        "add v9.4s, v24.4s, v26.4s",
        "add v26.4s, v25.4s, v26.4s",
        "add v10.4s, v24.4s, v27.4s",
        "add v27.4s, v25.4s, v27.4s",
        "add v0.4s, v9.4s, v0.4s",
        "add v1.4s, v26.4s, v1.4s",
        "add v2.4s, v10.4s, v2.4s",
        "add v3.4s, v27.4s, v3.4s",
        "stp q0, q1, [x4, #0]",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v24.4s, v28.4s",
        "add v1.4s, v25.4s, v28.4s",
        "add v2.4s, v24.4s, v29.4s",
        "add v3.4s, v25.4s, v29.4s",
        "add v0.4s, v0.4s, v4.4s",
        "add v1.4s, v1.4s, v5.4s",
        "add v2.4s, v2.4s, v6.4s",
        "add v3.4s, v3.4s, v7.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v24.4s, v30.4s",
        "add v1.4s, v25.4s, v30.4s",
        "add v2.4s, v24.4s, v31.4s",
        "add v3.4s, v25.4s, v31.4s",
        "add v0.4s, v0.4s, v16.4s",
        "add v1.4s, v1.4s, v17.4s",
        "add v2.4s, v2.4s, v18.4s",
        "add v3.4s, v3.4s, v19.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v24.4s, v8.4s",
        "add v1.4s, v25.4s, v8.4s",
        "ld1r {{v2.4s}}, [x0], #4",
        "add v0.4s, v0.4s, v20.4s",
        "add v1.4s, v1.4s, v21.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v24.4s, v2.4s",
        "add v1.4s, v25.4s, v2.4s",
        "add v0.4s, v0.4s, v22.4s",
        "add v1.4s, v1.4s, v23.4s",
        "stp q0, q1, [x1, #0]",
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
