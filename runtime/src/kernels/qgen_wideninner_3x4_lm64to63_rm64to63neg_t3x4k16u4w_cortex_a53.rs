//! `qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u4w_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u4w_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u4w_cortex_a53 --format rust
//
// macs-per-iteration: 768
// bound-macs-per-cycle: 5.65 (cortex-a53)
// modelled-macs-per-cycle: 5.65 (cortex-a53)
// depth-limit: 524287
// k-limit: 524287
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: wideninner
// tile: 3x4, in register tiles of 3x4
// lhs: -64..=63
// rhs: -64..=63
// rhs-stored: -63..=64, negated
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 4, k in blocks of 16 (64 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 138
// bound-by: 108 cycles of work for V: 84 mla-long, 12 mul-long, 12 pair-acc, beside 28 cycles of instructions that issue alone: 28 load-q
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
// void qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u4w_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::WidenInner,
        tile: Tile::new(3, 4),
        lhs: Operand::Int(qgen_runtime::Range::new(-64, 63).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-64, 63).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(3, 4),
        k_block: 16,
        unroll: 4,
        widen_in_loop: true,
        short: false,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 524287, k_limit: 524287 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 4900, block: 3400, widening: 0, left: 1300 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u4w_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "lsr x9, x0, #2",
        "add x2, x8, x2",
        "and x0, x0, #0x3",
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
        "cbz x9, 2f",
        "3:",
        "// main loop",
        "ldr q20, [x3], #16",
        "ldr q21, [x3], #16",
        "ldr q22, [x3], #16",
        "ldr q23, [x1], #16",
        "ldr q24, [x8], #16",
        "ldr q25, [x2], #16",
        "ldr q26, [x3], #16",
        "smull v27.8h, v23.8b, v20.8b",
        "smull v28.8h, v24.8b, v20.8b",
        "smull v29.8h, v25.8b, v20.8b",
        "smull v30.8h, v23.8b, v21.8b",
        "smull v31.8h, v24.8b, v21.8b",
        "smull v8.8h, v25.8b, v21.8b",
        "smull v9.8h, v23.8b, v22.8b",
        "smull v10.8h, v24.8b, v22.8b",
        "smull v11.8h, v25.8b, v22.8b",
        "smull v12.8h, v23.8b, v26.8b",
        "smull v13.8h, v24.8b, v26.8b",
        "smull v14.8h, v25.8b, v26.8b",
        "ldr q15, [x3], #16",
        "smlal2 v27.8h, v23.16b, v20.16b",
        "smlal2 v28.8h, v24.16b, v20.16b",
        "smlal2 v29.8h, v25.16b, v20.16b",
        "ldr q20, [x3], #16",
        "smlal2 v30.8h, v23.16b, v21.16b",
        "smlal2 v31.8h, v24.16b, v21.16b",
        "smlal2 v8.8h, v25.16b, v21.16b",
        "ldr q21, [x3], #16",
        "smlal2 v9.8h, v23.16b, v22.16b",
        "smlal2 v10.8h, v24.16b, v22.16b",
        "smlal2 v11.8h, v25.16b, v22.16b",
        "smlal2 v12.8h, v23.16b, v26.16b",
        "smlal2 v13.8h, v24.16b, v26.16b",
        "smlal2 v14.8h, v25.16b, v26.16b",
        "ldr q22, [x1], #16",
        "ldr q23, [x8], #16",
        "ldr q24, [x2], #16",
        "ldr q25, [x3], #16",
        "smlal v27.8h, v22.8b, v15.8b",
        "smlal v28.8h, v23.8b, v15.8b",
        "smlal v29.8h, v24.8b, v15.8b",
        "smlal v30.8h, v22.8b, v20.8b",
        "smlal v31.8h, v23.8b, v20.8b",
        "smlal v8.8h, v24.8b, v20.8b",
        "smlal v9.8h, v22.8b, v21.8b",
        "smlal v10.8h, v23.8b, v21.8b",
        "smlal v11.8h, v24.8b, v21.8b",
        "smlal v12.8h, v22.8b, v25.8b",
        "smlal v13.8h, v23.8b, v25.8b",
        "smlal v14.8h, v24.8b, v25.8b",
        "ldr q26, [x3], #16",
        "smlal2 v27.8h, v22.16b, v15.16b",
        "smlal2 v28.8h, v23.16b, v15.16b",
        "smlal2 v29.8h, v24.16b, v15.16b",
        "ldr q15, [x3], #16",
        "smlal2 v30.8h, v22.16b, v20.16b",
        "smlal2 v31.8h, v23.16b, v20.16b",
        "smlal2 v8.8h, v24.16b, v20.16b",
        "ldr q20, [x3], #16",
        "smlal2 v9.8h, v22.16b, v21.16b",
        "smlal2 v10.8h, v23.16b, v21.16b",
        "smlal2 v11.8h, v24.16b, v21.16b",
        "smlal2 v12.8h, v22.16b, v25.16b",
        "smlal2 v13.8h, v23.16b, v25.16b",
        "smlal2 v14.8h, v24.16b, v25.16b",
        "ldr q21, [x1], #16",
        "ldr q22, [x8], #16",
        "ldr q23, [x2], #16",
        "ldr q24, [x3], #16",
        "smlal v27.8h, v21.8b, v26.8b",
        "smlal v28.8h, v22.8b, v26.8b",
        "smlal v29.8h, v23.8b, v26.8b",
        "smlal v30.8h, v21.8b, v15.8b",
        "smlal v31.8h, v22.8b, v15.8b",
        "smlal v8.8h, v23.8b, v15.8b",
        "smlal v9.8h, v21.8b, v20.8b",
        "smlal v10.8h, v22.8b, v20.8b",
        "smlal v11.8h, v23.8b, v20.8b",
        "smlal v12.8h, v21.8b, v24.8b",
        "smlal v13.8h, v22.8b, v24.8b",
        "smlal v14.8h, v23.8b, v24.8b",
        "ldr q25, [x3], #16",
        "smlal2 v27.8h, v21.16b, v26.16b",
        "smlal2 v28.8h, v22.16b, v26.16b",
        "smlal2 v29.8h, v23.16b, v26.16b",
        "sub x9, x9, #1",
        "ldr q26, [x3], #16",
        "smlal2 v30.8h, v21.16b, v15.16b",
        "smlal2 v31.8h, v22.16b, v15.16b",
        "smlal2 v8.8h, v23.16b, v15.16b",
        "ldr q15, [x3], #16",
        "smlal2 v9.8h, v21.16b, v20.16b",
        "smlal2 v10.8h, v22.16b, v20.16b",
        "smlal2 v11.8h, v23.16b, v20.16b",
        "smlal2 v12.8h, v21.16b, v24.16b",
        "smlal2 v13.8h, v22.16b, v24.16b",
        "smlal2 v14.8h, v23.16b, v24.16b",
        "ldr q20, [x1], #16",
        "ldr q21, [x8], #16",
        "ldr q22, [x2], #16",
        "ldr q23, [x3], #16",
        "smlal v27.8h, v20.8b, v25.8b",
        "smlal v28.8h, v21.8b, v25.8b",
        "smlal v29.8h, v22.8b, v25.8b",
        "smlal v30.8h, v20.8b, v26.8b",
        "smlal v31.8h, v21.8b, v26.8b",
        "smlal v8.8h, v22.8b, v26.8b",
        "smlal v9.8h, v20.8b, v15.8b",
        "smlal v10.8h, v21.8b, v15.8b",
        "smlal v11.8h, v22.8b, v15.8b",
        "smlal v12.8h, v20.8b, v23.8b",
        "smlal v13.8h, v21.8b, v23.8b",
        "smlal v14.8h, v22.8b, v23.8b",
        "smlal2 v27.8h, v20.16b, v25.16b",
        "smlal2 v28.8h, v21.16b, v25.16b",
        "smlal2 v29.8h, v22.16b, v25.16b",
        "smlal2 v30.8h, v20.16b, v26.16b",
        "smlal2 v31.8h, v21.16b, v26.16b",
        "smlal2 v8.8h, v22.16b, v26.16b",
        "smlal2 v9.8h, v20.16b, v15.16b",
        "smlal2 v10.8h, v21.16b, v15.16b",
        "smlal2 v11.8h, v22.16b, v15.16b",
        "smlal2 v12.8h, v20.16b, v23.16b",
        "smlal2 v13.8h, v21.16b, v23.16b",
        "smlal2 v14.8h, v22.16b, v23.16b",
        "sadalp v0.4s, v27.8h",
        "sadalp v4.4s, v28.8h",
        "sadalp v16.4s, v29.8h",
        "sadalp v1.4s, v30.8h",
        "sadalp v5.4s, v31.8h",
        "sadalp v17.4s, v8.8h",
        "sadalp v2.4s, v9.8h",
        "sadalp v6.4s, v10.8h",
        "sadalp v18.4s, v11.8h",
        "sadalp v3.4s, v12.8h",
        "sadalp v7.4s, v13.8h",
        "sadalp v19.4s, v14.8h",
        "cbnz x9, 3b",
        "2:",
        "cbz x0, 4f",
        "5:",
        "// one k-block left over by the main loop",
        "ldr q20, [x3], #16",
        "ldr q21, [x3], #16",
        "ldr q22, [x3], #16",
        "ldr q23, [x1], #16",
        "ldr q24, [x8], #16",
        "ldr q25, [x2], #16",
        "ldr q26, [x3], #16",
        "smull v27.8h, v23.8b, v20.8b",
        "sub x0, x0, #1",
        "smull v28.8h, v24.8b, v20.8b",
        "smull v29.8h, v25.8b, v20.8b",
        "smull v30.8h, v23.8b, v21.8b",
        "smull v31.8h, v24.8b, v21.8b",
        "smull v8.8h, v25.8b, v21.8b",
        "smull v9.8h, v23.8b, v22.8b",
        "smull v10.8h, v24.8b, v22.8b",
        "smull v11.8h, v25.8b, v22.8b",
        "smull v12.8h, v23.8b, v26.8b",
        "smull v13.8h, v24.8b, v26.8b",
        "smull v14.8h, v25.8b, v26.8b",
        "smlal2 v27.8h, v23.16b, v20.16b",
        "smlal2 v28.8h, v24.16b, v20.16b",
        "smlal2 v29.8h, v25.16b, v20.16b",
        "smlal2 v30.8h, v23.16b, v21.16b",
        "smlal2 v31.8h, v24.16b, v21.16b",
        "smlal2 v8.8h, v25.16b, v21.16b",
        "smlal2 v9.8h, v23.16b, v22.16b",
        "smlal2 v10.8h, v24.16b, v22.16b",
        "smlal2 v11.8h, v25.16b, v22.16b",
        "smlal2 v12.8h, v23.16b, v26.16b",
        "smlal2 v13.8h, v24.16b, v26.16b",
        "smlal2 v14.8h, v25.16b, v26.16b",
        "sadalp v0.4s, v27.8h",
        "sadalp v4.4s, v28.8h",
        "sadalp v16.4s, v29.8h",
        "sadalp v1.4s, v30.8h",
        "sadalp v5.4s, v31.8h",
        "sadalp v17.4s, v8.8h",
        "sadalp v2.4s, v9.8h",
        "sadalp v6.4s, v10.8h",
        "sadalp v18.4s, v11.8h",
        "sadalp v3.4s, v12.8h",
        "sadalp v7.4s, v13.8h",
        "sadalp v19.4s, v14.8h",
        "cbnz x0, 5b",
        "4:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "addp v0.4s, v0.4s, v1.4s",
        "ldr q1, [x7, #0]",
        "ld1r {{v20.4s}}, [x0], #4",
        "addp v2.4s, v2.4s, v3.4s",
        "mov x1, x4",
        "ld1r {{v3.4s}}, [x0], #4",
        "addp v4.4s, v4.4s, v5.4s",
        "addp v5.4s, v6.4s, v7.4s",
        "ld1r {{v6.4s}}, [x0], #4",
        "addp v7.4s, v16.4s, v17.4s",
        "addp v16.4s, v18.4s, v19.4s",
        "addp v0.4s, v0.4s, v2.4s",
        "add v2.4s, v1.4s, v20.4s",
        "addp v4.4s, v4.4s, v5.4s",
        "add v3.4s, v1.4s, v3.4s",
        "addp v5.4s, v7.4s, v16.4s",
        "add v1.4s, v1.4s, v6.4s",
        "sub v0.4s, v2.4s, v0.4s",
        "sub v2.4s, v3.4s, v4.4s",
        "sub v1.4s, v1.4s, v5.4s",
        "str q0, [x1, #0]",
        "add x1, x1, x5",
        "str q2, [x1, #0]",
        "add x1, x1, x5",
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
