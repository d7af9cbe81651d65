//! `qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2_neoverse_v1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2_neoverse_v1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2_neoverse_v1 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 128.00 (neoverse-v1)
// modelled-macs-per-cycle: 128.00 (neoverse-v1)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: mmla
// tile: 8x8, in register tiles of 8x8
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: panels of 8, k in blocks of 8 (64 bytes), depth fastest
// rhs-layout: panels of 8, k in blocks of 8 (64 bytes), depth fastest
// isa: i8mm
// instructions-per-iteration: 42
// bound-by: 32 cycles of work for V0 and V2 and V1 and V3: 32 mmla
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//             cols 0-1  cols 2-3  cols 4-5  cols 6-7
//   rows 0-1        v0        v1        v2        v3
//   rows 2-3        v4        v5        v6        v7
//   rows 4-5       v16       v17       v18       v19
//   rows 6-7       v20       v21       v22       v23
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2_neoverse_v1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Mmla,
        tile: Tile::new(8, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(8, 8),
        k_block: 8,
        unroll: 2,
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
    let cost = Cost { call: 2463, block: 400, widening: 0, left: 134 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2_neoverse_v1", descriptor, code) }.with_cost(cost).with_ends(&[&super::qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2of32_neoverse_v1::KERNEL, &super::qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2oi8_neoverse_v1::KERNEL, &super::qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u2ou8_neoverse_v1::KERNEL])
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
        "lsr x2, x0, #1",
        "and x0, x0, #0x1",
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
        "cbz x2, 2f",
        "3:",
        "// main loop",
        "ldp q24, q25, [x3], #128",
        "ldp q26, q27, [x1], #128",
        "sub x2, x2, #1",
        "ldp q28, q29, [x3, #-96]",
        "ldp q30, q31, [x1, #-96]",
        "ldp q8, q9, [x3, #-64]",
        "ldp q10, q11, [x3, #-32]",
        "ldp q12, q13, [x1, #-64]",
        "ldp q14, q15, [x1, #-32]",
        ".inst 0x4e98a740 // smmla v0.4s, v26.16b, v24.16b",
        ".inst 0x4e99a741 // smmla v1.4s, v26.16b, v25.16b",
        ".inst 0x4e98a764 // smmla v4.4s, v27.16b, v24.16b",
        ".inst 0x4e99a765 // smmla v5.4s, v27.16b, v25.16b",
        ".inst 0x4e9ca742 // smmla v2.4s, v26.16b, v28.16b",
        ".inst 0x4e9da743 // smmla v3.4s, v26.16b, v29.16b",
        ".inst 0x4e9ca766 // smmla v6.4s, v27.16b, v28.16b",
        ".inst 0x4e9da767 // smmla v7.4s, v27.16b, v29.16b",
        ".inst 0x4e98a7d0 // smmla v16.4s, v30.16b, v24.16b",
        ".inst 0x4e99a7d1 // smmla v17.4s, v30.16b, v25.16b",
        ".inst 0x4e9ca7d2 // smmla v18.4s, v30.16b, v28.16b",
        ".inst 0x4e9da7d3 // smmla v19.4s, v30.16b, v29.16b",
        ".inst 0x4e98a7f4 // smmla v20.4s, v31.16b, v24.16b",
        ".inst 0x4e99a7f5 // smmla v21.4s, v31.16b, v25.16b",
        ".inst 0x4e9ca7f6 // smmla v22.4s, v31.16b, v28.16b",
        ".inst 0x4e9da7f7 // smmla v23.4s, v31.16b, v29.16b",
        ".inst 0x4e88a580 // smmla v0.4s, v12.16b, v8.16b",
        ".inst 0x4e89a581 // smmla v1.4s, v12.16b, v9.16b",
        ".inst 0x4e8aa582 // smmla v2.4s, v12.16b, v10.16b",
        ".inst 0x4e8ba583 // smmla v3.4s, v12.16b, v11.16b",
        ".inst 0x4e88a5a4 // smmla v4.4s, v13.16b, v8.16b",
        ".inst 0x4e89a5a5 // smmla v5.4s, v13.16b, v9.16b",
        ".inst 0x4e8aa5a6 // smmla v6.4s, v13.16b, v10.16b",
        ".inst 0x4e8ba5a7 // smmla v7.4s, v13.16b, v11.16b",
        ".inst 0x4e88a5d0 // smmla v16.4s, v14.16b, v8.16b",
        ".inst 0x4e89a5d1 // smmla v17.4s, v14.16b, v9.16b",
        ".inst 0x4e8aa5d2 // smmla v18.4s, v14.16b, v10.16b",
        ".inst 0x4e8ba5d3 // smmla v19.4s, v14.16b, v11.16b",
        ".inst 0x4e88a5f4 // smmla v20.4s, v15.16b, v8.16b",
        ".inst 0x4e89a5f5 // smmla v21.4s, v15.16b, v9.16b",
        ".inst 0x4e8aa5f6 // smmla v22.4s, v15.16b, v10.16b",
        ".inst 0x4e8ba5f7 // smmla v23.4s, v15.16b, v11.16b",
        "cbnz x2, 3b",
        "2:",
        "cbz x0, 4f",
        "5:",
        "// one k-block left over by the main loop",
        "ldp q24, q25, [x3], #64",
        "ldp q26, q27, [x1], #64",
        "sub x0, x0, #1",
        "ldp q28, q29, [x3, #-32]",
        "ldp q30, q31, [x1, #-32]",
        ".inst 0x4e98a740 // smmla v0.4s, v26.16b, v24.16b",
        ".inst 0x4e99a741 // smmla v1.4s, v26.16b, v25.16b",
        ".inst 0x4e98a764 // smmla v4.4s, v27.16b, v24.16b",
        ".inst 0x4e99a765 // smmla v5.4s, v27.16b, v25.16b",
        ".inst 0x4e9ca742 // smmla v2.4s, v26.16b, v28.16b",
        ".inst 0x4e9da743 // smmla v3.4s, v26.16b, v29.16b",
        ".inst 0x4e9ca766 // smmla v6.4s, v27.16b, v28.16b",
        ".inst 0x4e9da767 // smmla v7.4s, v27.16b, v29.16b",
        ".inst 0x4e98a7d0 // smmla v16.4s, v30.16b, v24.16b",
        ".inst 0x4e99a7d1 // smmla v17.4s, v30.16b, v25.16b",
        ".inst 0x4e9ca7d2 // smmla v18.4s, v30.16b, v28.16b",
        ".inst 0x4e9da7d3 // smmla v19.4s, v30.16b, v29.16b",
        ".inst 0x4e98a7f4 // smmla v20.4s, v31.16b, v24.16b",
        ".inst 0x4e99a7f5 // smmla v21.4s, v31.16b, v25.16b",
        ".inst 0x4e9ca7f6 // smmla v22.4s, v31.16b, v28.16b",
        ".inst 0x4e9da7f7 // smmla v23.4s, v31.16b, v29.16b",
        "cbnz x0, 5b",
        "4:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q24, [x7, #0]",
        "ldr q25, [x7, #16]",
        "zip1 v26.2d, v0.2d, v1.2d",
        "zip1 v27.2d, v2.2d, v3.2d",
        "add x1, x4, x5",
        "zip2 v0.2d, v0.2d, v1.2d",
        "zip2 v1.2d, v2.2d, v3.2d",
        "ld1r {{v2.4s}}, [x0], #4",
        "zip1 v3.2d, v4.2d, v5.2d",
        "zip1 v28.2d, v6.2d, v7.2d",
        "zip2 v4.2d, v4.2d, v5.2d",
        "ld1r {{v5.4s}}, [x0], #4",
        "zip2 v6.2d, v6.2d, v7.2d",
        "zip1 v7.2d, v16.2d, v17.2d",
        "zip1 v29.2d, v18.2d, v19.2d",
        "ld1r {{v30.4s}}, [x0], #4",
        "zip2 v16.2d, v16.2d, v17.2d",
        "zip2 v17.2d, v18.2d, v19.2d",
        "zip1 v18.2d, v20.2d, v21.2d",
        "ld1r {{v19.4s}}, [x0], #4",
        "zip1 v31.2d, v22.2d, v23.2d",
        "zip2 v20.2d, v20.2d, v21.2d",
        "ld1r {{v21.4s}}, [x0], #4",
        "ld1r {{v8.4s}}, [x0], #4",
        "ld1r {{v9.4s}}, [x0], #4",
        "ld1r {{v10.4s}}, [x0], #4",
        "add v11.4s, v24.4s, v2.4s",
        "add v2.4s, v25.4s, v2.4s",
        "add v12.4s, v24.4s, v5.4s",
        "add v5.4s, v25.4s, v5.4s",
        "add v26.4s, v11.4s, v26.4s",
        "add v2.4s, v2.4s, v27.4s",
        "add v27.4s, v24.4s, v30.4s",
        "add v30.4s, v25.4s, v30.4s",
        "add v0.4s, v12.4s, v0.4s",
        "add v1.4s, v5.4s, v1.4s",
        "add v5.4s, v24.4s, v19.4s",
        "add v19.4s, v25.4s, v19.4s",
        "stp q26, q2, [x4, #0]",
        "add v2.4s, v27.4s, v3.4s",
        "add v3.4s, v30.4s, v28.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v5.4s, v4.4s",
        "add v1.4s, v19.4s, v6.4s",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "add v2.4s, v24.4s, v21.4s",
        "add v3.4s, v25.4s, v21.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v24.4s, v8.4s",
        "add v1.4s, v25.4s, v8.4s",
        "add v2.4s, v2.4s, v7.4s",
        "add v3.4s, v3.4s, v29.4s",
        "add v4.4s, v24.4s, v9.4s",
        "add v5.4s, v25.4s, v9.4s",
        "add v0.4s, v0.4s, v16.4s",
        "add v1.4s, v1.4s, v17.4s",
        "add v6.4s, v24.4s, v10.4s",
        "zip2 v7.2d, v22.2d, v23.2d",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "add v2.4s, v4.4s, v18.4s",
        "add v3.4s, v5.4s, v31.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v6.4s, v20.4s",
        "add v1.4s, v25.4s, v10.4s",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "add v1.4s, v1.4s, v7.4s",
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
