//! `qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 8.00 (cortex-a53)
// modelled-macs-per-cycle: 7.97 (cortex-a53)
// depth-limit: 5344
// k-limit: 43826196
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: byte
// tile: 4x4, in register tiles of 4x4
// lhs: -7..=7
// rhs: -7..=7
// rhs-stored: -7..=7, kept
// lhs-layout: row-major, in place, k in blocks of 32
// rhs-layout: panels of 4, k in blocks of 32 (128 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 58
// bound-by: 48 cycles of work for V: 16 mul, 16 mla, 16 pair-acc, beside 16 cycles of instructions that issue alone: 16 load-pair-q
// widening: every 167 iterations (k = 5344), 43 instructions outside the marked block
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3
//   row 0     v0     v1     v2     v3
//   row 1     v4     v5     v6     v7
//   row 2    v16    v17    v18    v19
//   row 3    v20    v21    v22    v23
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Byte,
        tile: Tile::new(4, 4),
        lhs: Operand::Int(qgen_runtime::Range::new(-7, 7).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-7, 7).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(4, 4),
        k_block: 32,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 5344, k_limit: 43826196 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 6850, block: 6400, widening: 4900, left: 1300 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_byte_4x4_lm7to7_rm7to7_t4x4k32u1_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "mov x10, #0",
        "add x2, x9, x2",
        "2:",
        "// pointers and counters",
        "mov x11, #167",
        "cmp x0, x11",
        "csel x11, x0, x11, lo",
        "sub x0, x0, x11",
        "cbnz x11, 4f",
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
        "ldp q24, q25, [x1], #32",
        "ldp q26, q27, [x8], #32",
        "ldp q28, q29, [x3], #128",
        "ldp q30, q31, [x3, #-96]",
        "ldp q8, q9, [x3, #-64]",
        "ldp q10, q11, [x3, #-32]",
        "mul v12.16b, v24.16b, v28.16b",
        "mul v13.16b, v24.16b, v30.16b",
        "mul v14.16b, v24.16b, v8.16b",
        "mul v24.16b, v24.16b, v10.16b",
        "mla v12.16b, v25.16b, v29.16b",
        "mla v13.16b, v25.16b, v31.16b",
        "mla v14.16b, v25.16b, v9.16b",
        "mla v24.16b, v25.16b, v11.16b",
        "ldp q25, q15, [x9], #32",
        "saddlp v0.8h, v12.16b",
        "saddlp v1.8h, v13.16b",
        "saddlp v2.8h, v14.16b",
        "saddlp v3.8h, v24.16b",
        "mul v24.16b, v26.16b, v28.16b",
        "mul v12.16b, v26.16b, v30.16b",
        "mul v13.16b, v26.16b, v8.16b",
        "mul v26.16b, v26.16b, v10.16b",
        "mla v24.16b, v27.16b, v29.16b",
        "mla v12.16b, v27.16b, v31.16b",
        "mla v13.16b, v27.16b, v9.16b",
        "mla v26.16b, v27.16b, v11.16b",
        "ldp q27, q14, [x2], #32",
        "saddlp v4.8h, v24.16b",
        "saddlp v5.8h, v12.16b",
        "saddlp v6.8h, v13.16b",
        "saddlp v7.8h, v26.16b",
        "mul v24.16b, v25.16b, v28.16b",
        "mul v26.16b, v25.16b, v30.16b",
        "mul v12.16b, v25.16b, v8.16b",
        "mul v25.16b, v25.16b, v10.16b",
        "mla v24.16b, v15.16b, v29.16b",
        "mla v26.16b, v15.16b, v31.16b",
        "mla v12.16b, v15.16b, v9.16b",
        "mla v25.16b, v15.16b, v11.16b",
        "saddlp v16.8h, v24.16b",
        "saddlp v17.8h, v26.16b",
        "saddlp v18.8h, v12.16b",
        "saddlp v19.8h, v25.16b",
        "mul v24.16b, v27.16b, v28.16b",
        "mul v25.16b, v27.16b, v30.16b",
        "mul v26.16b, v27.16b, v8.16b",
        "mul v27.16b, v27.16b, v10.16b",
        "mla v24.16b, v14.16b, v29.16b",
        "mla v25.16b, v14.16b, v31.16b",
        "mla v26.16b, v14.16b, v9.16b",
        "mla v27.16b, v14.16b, v11.16b",
        "saddlp v20.8h, v24.16b",
        "saddlp v21.8h, v25.16b",
        "saddlp v22.8h, v26.16b",
        "sub x11, x11, #1",
        "saddlp v23.8h, v27.16b",
        "cbz x11, 5f",
        "6:",
        "// main loop",
        "ldp q24, q25, [x1], #32",
        "ldp q26, q27, [x8], #32",
        "ldp q28, q29, [x3], #128",
        "ldp q30, q31, [x3, #-96]",
        "ldp q8, q9, [x3, #-64]",
        "ldp q10, q11, [x3, #-32]",
        "mul v12.16b, v24.16b, v28.16b",
        "mul v13.16b, v24.16b, v30.16b",
        "mul v14.16b, v24.16b, v8.16b",
        "mul v24.16b, v24.16b, v10.16b",
        "mla v12.16b, v25.16b, v29.16b",
        "mla v13.16b, v25.16b, v31.16b",
        "mla v14.16b, v25.16b, v9.16b",
        "mla v24.16b, v25.16b, v11.16b",
        "ldp q25, q15, [x9], #32",
        "sadalp v0.8h, v12.16b",
        "sadalp v1.8h, v13.16b",
        "sadalp v2.8h, v14.16b",
        "sadalp v3.8h, v24.16b",
        "mul v24.16b, v26.16b, v28.16b",
        "mul v12.16b, v26.16b, v30.16b",
        "mul v13.16b, v26.16b, v8.16b",
        "mul v26.16b, v26.16b, v10.16b",
        "mla v24.16b, v27.16b, v29.16b",
        "mla v12.16b, v27.16b, v31.16b",
        "mla v13.16b, v27.16b, v9.16b",
        "mla v26.16b, v27.16b, v11.16b",
        "ldp q27, q14, [x2], #32",
        "sadalp v4.8h, v24.16b",
        "sadalp v5.8h, v12.16b",
        "sadalp v6.8h, v13.16b",
        "sadalp v7.8h, v26.16b",
        "mul v24.16b, v25.16b, v28.16b",
        "mul v26.16b, v25.16b, v30.16b",
        "mul v12.16b, v25.16b, v8.16b",
        "mul v25.16b, v25.16b, v10.16b",
        "mla v24.16b, v15.16b, v29.16b",
        "mla v26.16b, v15.16b, v31.16b",
        "mla v12.16b, v15.16b, v9.16b",
        "mla v25.16b, v15.16b, v11.16b",
        "sadalp v16.8h, v24.16b",
        "sadalp v17.8h, v26.16b",
        "sadalp v18.8h, v12.16b",
        "sadalp v19.8h, v25.16b",
        "mul v24.16b, v27.16b, v28.16b",
        "mul v25.16b, v27.16b, v30.16b",
        "mul v26.16b, v27.16b, v8.16b",
        "mul v27.16b, v27.16b, v10.16b",
        "mla v24.16b, v14.16b, v29.16b",
        "mla v25.16b, v14.16b, v31.16b",
        "mla v26.16b, v14.16b, v9.16b",
        "mla v27.16b, v14.16b, v11.16b",
        "sadalp v20.8h, v24.16b",
        "sadalp v21.8h, v25.16b",
        "sadalp v22.8h, v26.16b",
        "sub x11, x11, #1",
        "sadalp v23.8h, v27.16b",
        "cbnz x11, 6b",
        "5:",
        "3:",
        "cbz x10, 8f",
        "// widen the sums and add them to those stored before",
        "saddlp v0.4s, v0.8h",
        "add x10, x4, x5",
        "saddlp v1.4s, v1.8h",
        "saddlp v2.4s, v2.8h",
        "saddlp v3.4s, v3.8h",
        "addp v0.4s, v0.4s, v1.4s",
        "ldr q1, [x4, #0]",
        "addp v2.4s, v2.4s, v3.4s",
        "saddlp v3.4s, v4.8h",
        "saddlp v4.4s, v5.8h",
        "addp v0.4s, v0.4s, v2.4s",
        "saddlp v2.4s, v6.8h",
        "saddlp v5.4s, v7.8h",
        "add v0.4s, v1.4s, v0.4s",
        "addp v1.4s, v3.4s, v4.4s",
        "addp v2.4s, v2.4s, v5.4s",
        "str q0, [x4, #0]",
        "ldr q0, [x10, #0]",
        "addp v1.4s, v1.4s, v2.4s",
        "saddlp v2.4s, v16.8h",
        "saddlp v3.4s, v17.8h",
        "saddlp v4.4s, v18.8h",
        "saddlp v5.4s, v19.8h",
        "add v0.4s, v0.4s, v1.4s",
        "addp v1.4s, v2.4s, v3.4s",
        "addp v2.4s, v4.4s, v5.4s",
        "str q0, [x10, #0]",
        "add x10, x10, x5",
        "saddlp v0.4s, v20.8h",
        "ldr q3, [x10, #0]",
        "addp v1.4s, v1.4s, v2.4s",
        "saddlp v2.4s, v21.8h",
        "saddlp v4.4s, v22.8h",
        "saddlp v5.4s, v23.8h",
        "add v1.4s, v3.4s, v1.4s",
        "addp v0.4s, v0.4s, v2.4s",
        "addp v2.4s, v4.4s, v5.4s",
        "str q1, [x10, #0]",
        "add x10, x10, x5",
        "ldr q1, [x10, #0]",
        "addp v0.4s, v0.4s, v2.4s",
        "add v0.4s, v1.4s, v0.4s",
        "str q0, [x10, #0]",
        "b 7f",
        "8:",
        "// widen, correct and store the sums",
        "saddlp v0.4s, v0.8h",
        "mov x10, x6",
        "saddlp v1.4s, v1.8h",
        "mov x11, x4",
        "saddlp v2.4s, v2.8h",
        "saddlp v3.4s, v3.8h",
        "saddlp v4.4s, v4.8h",
        "saddlp v5.4s, v5.8h",
        "saddlp v6.4s, v6.8h",
        "saddlp v7.4s, v7.8h",
        "ldr q24, [x7, #0]",
        "ld1r {{v25.4s}}, [x10], #4",
        "saddlp v16.4s, v16.8h",
        "saddlp v17.4s, v17.8h",
        "saddlp v18.4s, v18.8h",
        "saddlp v19.4s, v19.8h",
        "addp v0.4s, v0.4s, v1.4s",
        "addp v1.4s, v2.4s, v3.4s",
        "ld1r {{v2.4s}}, [x10], #4",
        "saddlp v3.4s, v20.8h",
        "saddlp v20.4s, v21.8h",
        "saddlp v21.4s, v22.8h",
        "saddlp v22.4s, v23.8h",
        "addp v4.4s, v4.4s, v5.4s",
        "addp v5.4s, v6.4s, v7.4s",
        "ld1r {{v6.4s}}, [x10], #4",
        "addp v7.4s, v16.4s, v17.4s",
        "addp v16.4s, v18.4s, v19.4s",
        "ld1r {{v17.4s}}, [x10], #4",
        "addp v0.4s, v0.4s, v1.4s",
        "add v1.4s, v24.4s, v25.4s",
        "addp v3.4s, v3.4s, v20.4s",
        "addp v18.4s, v21.4s, v22.4s",
        "addp v4.4s, v4.4s, v5.4s",
        "add v2.4s, v24.4s, v2.4s",
        "addp v5.4s, v7.4s, v16.4s",
        "add v6.4s, v24.4s, v6.4s",
        "add v0.4s, v1.4s, v0.4s",
        "addp v1.4s, v3.4s, v18.4s",
        "add v3.4s, v24.4s, v17.4s",
        "add v2.4s, v2.4s, v4.4s",
        "add v4.4s, v6.4s, v5.4s",
        "st1 {{v0.4s}}, [x11], x5",
        "add v0.4s, v3.4s, v1.4s",
        "st1 {{v2.4s}}, [x11], x5",
        "st1 {{v4.4s}}, [x11], x5",
        "st1 {{v0.4s}}, [x11], x5",
        "7:",
        "// pointers and counters",
        "mov x10, #1",
        "cbnz x0, 2b",
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
