//! `qgen_fip_4x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_fip_4x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_fip_4x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 14.22 (cortex-a72)
// modelled-macs-per-cycle: 13.94 (cortex-a72)
// depth-limit: 1056
// k-limit: 33554431
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: fip
// tile: 4x8, in register tiles of 4x4
// lhs: -8..=7
// rhs: -8..=7
// rhs-stored: 0..=15, minus -8
// lhs-layout: row-major, in place, k in blocks of 32
// rhs-layout: panels of 4, k in blocks of 32 (64 bytes), depth fastest, 2 values a byte, 16 depths apart
// isa: neon
// instructions-per-iteration: 80
// bound-by: 72 cycles of work for F0 and F1: 32 mla-long, 32 vec-add, 4 vec-logic, 4 shift
// widening: every 33 iterations (k = 1056), 44 instructions outside the marked block
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3
//   row 0     v1     v2     v3     v4
//   row 1     v5     v6     v7    v16
//   row 2    v17    v18    v19    v20
//   row 3    v21    v22    v23    v24
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_fip_4x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Fip,
        tile: Tile::new(4, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-8, 7).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-8, 7).unwrap()),
        storage: Storage::Shift(-8),
        per_byte: 2,
        in_place: false,
        register_tile: Tile::new(4, 4),
        k_block: 32,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 1056, k_limit: 33554431 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 6600, block: 7200, widening: 4800, left: 600 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_fip_4x8_lm8to7_rm8to7subm8p2_t4x4k32u1_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "movi v0.16b, #15",
        "mov x8, #2",
        "2:",
        "// pointers and counters",
        "mov x9, x1",
        "mov x10, x0",
        "add x11, x9, x2",
        "mov x12, #0",
        "add x13, x11, x2",
        "add x14, x13, x2",
        "3:",
        "// pointers and counters",
        "mov x15, #33",
        "cmp x10, x15",
        "csel x15, x10, x15, lo",
        "sub x10, x10, x15",
        "// zero the accumulators",
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
        "cbz x15, 4f",
        "5:",
        "// main loop",
        "ldp q25, q26, [x3], #64",
        "ldp q27, q28, [x3, #-32]",
        "ldp q29, q30, [x9], #32",
        "and v31.16b, v25.16b, v0.16b",
        "and v8.16b, v26.16b, v0.16b",
        "ushr v25.16b, v25.16b, #4",
        "ushr v26.16b, v26.16b, #4",
        "and v9.16b, v27.16b, v0.16b",
        "ushr v27.16b, v27.16b, #4",
        "and v10.16b, v28.16b, v0.16b",
        "ushr v28.16b, v28.16b, #4",
        "add v11.16b, v29.16b, v25.16b",
        "add v12.16b, v30.16b, v31.16b",
        "add v13.16b, v29.16b, v26.16b",
        "add v14.16b, v30.16b, v8.16b",
        "add v15.16b, v29.16b, v27.16b",
        "add v29.16b, v29.16b, v28.16b",
        "smlal v1.8h, v11.8b, v12.8b",
        "smlal2 v1.8h, v11.16b, v12.16b",
        "add v11.16b, v30.16b, v9.16b",
        "smlal v2.8h, v13.8b, v14.8b",
        "add v30.16b, v30.16b, v10.16b",
        "smlal2 v2.8h, v13.16b, v14.16b",
        "smlal v3.8h, v15.8b, v11.8b",
        "smlal2 v3.8h, v15.16b, v11.16b",
        "smlal v4.8h, v29.8b, v30.8b",
        "smlal2 v4.8h, v29.16b, v30.16b",
        "ldp q29, q30, [x11], #32",
        "ldp q11, q12, [x13], #32",
        "add v13.16b, v29.16b, v25.16b",
        "add v14.16b, v30.16b, v31.16b",
        "add v15.16b, v29.16b, v26.16b",
        "smlal v5.8h, v13.8b, v14.8b",
        "smlal2 v5.8h, v13.16b, v14.16b",
        "add v13.16b, v30.16b, v8.16b",
        "add v14.16b, v29.16b, v27.16b",
        "add v29.16b, v29.16b, v28.16b",
        "smlal v6.8h, v15.8b, v13.8b",
        "smlal2 v6.8h, v15.16b, v13.16b",
        "add v13.16b, v30.16b, v9.16b",
        "add v30.16b, v30.16b, v10.16b",
        "add v15.16b, v11.16b, v25.16b",
        "smlal v7.8h, v14.8b, v13.8b",
        "smlal2 v7.8h, v14.16b, v13.16b",
        "add v13.16b, v12.16b, v31.16b",
        "smlal v16.8h, v29.8b, v30.8b",
        "add v14.16b, v11.16b, v26.16b",
        "smlal2 v16.8h, v29.16b, v30.16b",
        "add v29.16b, v12.16b, v8.16b",
        "smlal v17.8h, v15.8b, v13.8b",
        "add v30.16b, v11.16b, v27.16b",
        "smlal2 v17.8h, v15.16b, v13.16b",
        "add v13.16b, v12.16b, v9.16b",
        "smlal v18.8h, v14.8b, v29.8b",
        "add v11.16b, v11.16b, v28.16b",
        "smlal2 v18.8h, v14.16b, v29.16b",
        "add v29.16b, v12.16b, v10.16b",
        "sub x15, x15, #1",
        "smlal v19.8h, v30.8b, v13.8b",
        "smlal2 v19.8h, v30.16b, v13.16b",
        "smlal v20.8h, v11.8b, v29.8b",
        "smlal2 v20.8h, v11.16b, v29.16b",
        "ldp q29, q30, [x14], #32",
        "add v25.16b, v29.16b, v25.16b",
        "add v31.16b, v30.16b, v31.16b",
        "add v26.16b, v29.16b, v26.16b",
        "add v8.16b, v30.16b, v8.16b",
        "add v27.16b, v29.16b, v27.16b",
        "add v9.16b, v30.16b, v9.16b",
        "smlal v21.8h, v25.8b, v31.8b",
        "add v28.16b, v29.16b, v28.16b",
        "smlal2 v21.8h, v25.16b, v31.16b",
        "add v25.16b, v30.16b, v10.16b",
        "smlal v22.8h, v26.8b, v8.8b",
        "smlal2 v22.8h, v26.16b, v8.16b",
        "smlal v23.8h, v27.8b, v9.8b",
        "smlal2 v23.8h, v27.16b, v9.16b",
        "smlal v24.8h, v28.8b, v25.8b",
        "smlal2 v24.8h, v28.16b, v25.16b",
        "cbnz x15, 5b",
        "4:",
        "cbz x12, 7f",
        "// widen the sums and add them to those stored before",
        "mov x12, x4",
        "saddlp v1.4s, v1.8h",
        "saddlp v2.4s, v2.8h",
        "saddlp v3.4s, v3.8h",
        "saddlp v4.4s, v4.8h",
        "ldr q25, [x12, #0]",
        "saddlp v5.4s, v5.8h",
        "saddlp v6.4s, v6.8h",
        "addp v1.4s, v1.4s, v2.4s",
        "saddlp v2.4s, v7.8h",
        "addp v3.4s, v3.4s, v4.4s",
        "saddlp v4.4s, v16.8h",
        "addp v5.4s, v5.4s, v6.4s",
        "saddlp v6.4s, v17.8h",
        "saddlp v7.4s, v18.8h",
        "saddlp v16.4s, v19.8h",
        "addp v1.4s, v1.4s, v3.4s",
        "addp v2.4s, v2.4s, v4.4s",
        "saddlp v3.4s, v20.8h",
        "saddlp v4.4s, v21.8h",
        "addp v6.4s, v6.4s, v7.4s",
        "saddlp v7.4s, v22.8h",
        "add v1.4s, v25.4s, v1.4s",
        "addp v2.4s, v5.4s, v2.4s",
        "addp v3.4s, v16.4s, v3.4s",
        "saddlp v5.4s, v23.8h",
        "saddlp v16.4s, v24.8h",
        "addp v4.4s, v4.4s, v7.4s",
        "str q1, [x12, #0]",
        "add x12, x12, x5",
        "ldr q1, [x12, #0]",
        "addp v3.4s, v6.4s, v3.4s",
        "addp v5.4s, v5.4s, v16.4s",
        "addp v4.4s, v4.4s, v5.4s",
        "add v1.4s, v1.4s, v2.4s",
        "str q1, [x12, #0]",
        "add x12, x12, x5",
        "ldr q1, [x12, #0]",
        "add v1.4s, v1.4s, v3.4s",
        "str q1, [x12, #0]",
        "add x12, x12, x5",
        "ldr q1, [x12, #0]",
        "add v1.4s, v1.4s, v4.4s",
        "str q1, [x12, #0]",
        "b 6f",
        "7:",
        "// widen, correct and store the sums",
        "mov x12, x4",
        "mov x15, x6",
        "ldr q25, [x7, #0]",
        "ld1r {{v26.4s}}, [x15], #4",
        "saddlp v1.4s, v1.8h",
        "saddlp v2.4s, v2.8h",
        "saddlp v3.4s, v3.8h",
        "saddlp v4.4s, v4.8h",
        "ld1r {{v27.4s}}, [x15], #4",
        "saddlp v5.4s, v5.8h",
        "saddlp v6.4s, v6.8h",
        "addp v1.4s, v1.4s, v2.4s",
        "saddlp v2.4s, v7.8h",
        "addp v3.4s, v3.4s, v4.4s",
        "saddlp v4.4s, v16.8h",
        "addp v5.4s, v5.4s, v6.4s",
        "ld1r {{v6.4s}}, [x15], #4",
        "saddlp v7.4s, v17.8h",
        "saddlp v16.4s, v18.8h",
        "addp v1.4s, v1.4s, v3.4s",
        "add v3.4s, v25.4s, v26.4s",
        "addp v2.4s, v2.4s, v4.4s",
        "saddlp v4.4s, v19.8h",
        "add v17.4s, v25.4s, v27.4s",
        "saddlp v18.4s, v20.8h",
        "add v1.4s, v3.4s, v1.4s",
        "addp v3.4s, v7.4s, v16.4s",
        "addp v2.4s, v5.4s, v2.4s",
        "ld1r {{v5.4s}}, [x15], #4",
        "addp v4.4s, v4.4s, v18.4s",
        "saddlp v7.4s, v21.8h",
        "str q1, [x12, #0]",
        "add x12, x12, x5",
        "add v1.4s, v25.4s, v6.4s",
        "add v2.4s, v17.4s, v2.4s",
        "saddlp v6.4s, v22.8h",
        "addp v3.4s, v3.4s, v4.4s",
        "saddlp v4.4s, v23.8h",
        "saddlp v16.4s, v24.8h",
        "str q2, [x12, #0]",
        "add x12, x12, x5",
        "addp v2.4s, v7.4s, v6.4s",
        "add v1.4s, v1.4s, v3.4s",
        "addp v3.4s, v4.4s, v16.4s",
        "add v4.4s, v25.4s, v5.4s",
        "str q1, [x12, #0]",
        "add x12, x12, x5",
        "addp v1.4s, v2.4s, v3.4s",
        "add v1.4s, v4.4s, v1.4s",
        "str q1, [x12, #0]",
        "6:",
        "// pointers and counters",
        "mov x12, #1",
        "cbnz x10, 3b",
        "// pointers and counters",
        "add x4, x4, #16",
        "add x7, x7, #16",
        "sub x8, x8, #1",
        "cbnz x8, 2b",
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
