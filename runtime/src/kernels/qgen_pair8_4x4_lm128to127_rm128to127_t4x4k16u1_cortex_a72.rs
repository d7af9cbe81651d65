//! `qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72 --format rust
//
// macs-per-iteration: 256
// bound-macs-per-cycle: 8.00 (cortex-a72)
// modelled-macs-per-cycle: 8.00 (cortex-a72)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: pair8
// tile: 4x4, in register tiles of 4x4
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 4, k in blocks of 16 (64 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 72
// bound-by: 64 cycles of work for F0 and F1: 32 mul-long, 32 pair-acc
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3
//   row 0     v0     v1     v2     v3
//   row 1     v4     v5     v6     v7
//   row 2    v16    v17    v18    v19
//   row 3    v20    v21    v22    v23
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Pair8,
        tile: Tile::new(4, 4),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(4, 4),
        k_block: 16,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 131071, k_limit: 131071 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1883, block: 3200, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72", descriptor, code) }.with_cost(cost).with_ends(&[&super::qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1of32_cortex_a72::KERNEL, &super::qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1oi8_cortex_a72::KERNEL, &super::qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1ou8_cortex_a72::KERNEL])
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
        "// pointers and counters",
        "add x8, x1, x2",
        "add x9, x8, x2",
        "add x2, x9, x2",
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
        "ldp q24, q25, [x3], #64",
        "ldr q26, [x1], #16",
        "smull v27.8h, v26.8b, v24.8b",
        "saddlp v0.4s, v27.8h",
        "smull2 v27.8h, v26.16b, v24.16b",
        "sadalp v0.4s, v27.8h",
        "sub x0, x0, #1",
        "smull v27.8h, v26.8b, v25.8b",
        "saddlp v1.4s, v27.8h",
        "smull2 v27.8h, v26.16b, v25.16b",
        "sadalp v1.4s, v27.8h",
        "ldp q27, q28, [x3, #-32]",
        "smull v29.8h, v26.8b, v27.8b",
        "saddlp v2.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v27.16b",
        "sadalp v2.4s, v29.8h",
        "smull v29.8h, v26.8b, v28.8b",
        "saddlp v3.4s, v29.8h",
        "smull2 v26.8h, v26.16b, v28.16b",
        "sadalp v3.4s, v26.8h",
        "ldr q26, [x8], #16",
        "smull v29.8h, v26.8b, v24.8b",
        "smull2 v30.8h, v26.16b, v24.16b",
        "saddlp v4.4s, v29.8h",
        "sadalp v4.4s, v30.8h",
        "smull v29.8h, v26.8b, v25.8b",
        "smull2 v30.8h, v26.16b, v25.16b",
        "saddlp v5.4s, v29.8h",
        "sadalp v5.4s, v30.8h",
        "smull v29.8h, v26.8b, v27.8b",
        "smull2 v30.8h, v26.16b, v27.16b",
        "saddlp v6.4s, v29.8h",
        "sadalp v6.4s, v30.8h",
        "smull v29.8h, v26.8b, v28.8b",
        "smull2 v26.8h, v26.16b, v28.16b",
        "saddlp v7.4s, v29.8h",
        "sadalp v7.4s, v26.8h",
        "ldr q26, [x9], #16",
        "smull v29.8h, v26.8b, v24.8b",
        "saddlp v16.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v24.16b",
        "sadalp v16.4s, v29.8h",
        "smull v29.8h, v26.8b, v25.8b",
        "saddlp v17.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v25.16b",
        "sadalp v17.4s, v29.8h",
        "smull v29.8h, v26.8b, v27.8b",
        "saddlp v18.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v27.16b",
        "sadalp v18.4s, v29.8h",
        "smull v29.8h, v26.8b, v28.8b",
        "saddlp v19.4s, v29.8h",
        "smull2 v26.8h, v26.16b, v28.16b",
        "sadalp v19.4s, v26.8h",
        "ldr q26, [x2], #16",
        "smull v29.8h, v26.8b, v24.8b",
        "smull2 v24.8h, v26.16b, v24.16b",
        "saddlp v20.4s, v29.8h",
        "sadalp v20.4s, v24.8h",
        "smull v24.8h, v26.8b, v25.8b",
        "smull2 v25.8h, v26.16b, v25.16b",
        "saddlp v21.4s, v24.8h",
        "sadalp v21.4s, v25.8h",
        "smull v24.8h, v26.8b, v27.8b",
        "smull2 v25.8h, v26.16b, v27.16b",
        "saddlp v22.4s, v24.8h",
        "sadalp v22.4s, v25.8h",
        "smull v24.8h, v26.8b, v28.8b",
        "smull2 v25.8h, v26.16b, v28.16b",
        "saddlp v23.4s, v24.8h",
        "sadalp v23.4s, v25.8h",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldp q24, q25, [x3], #64",
        "ldr q26, [x1], #16",
        "smull v27.8h, v26.8b, v24.8b",
        "sadalp v0.4s, v27.8h",
        "smull2 v27.8h, v26.16b, v24.16b",
        "sadalp v0.4s, v27.8h",
        "sub x0, x0, #1",
        "smull v27.8h, v26.8b, v25.8b",
        "sadalp v1.4s, v27.8h",
        "smull2 v27.8h, v26.16b, v25.16b",
        "sadalp v1.4s, v27.8h",
        "ldp q27, q28, [x3, #-32]",
        "smull v29.8h, v26.8b, v27.8b",
        "sadalp v2.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v27.16b",
        "sadalp v2.4s, v29.8h",
        "smull v29.8h, v26.8b, v28.8b",
        "sadalp v3.4s, v29.8h",
        "smull2 v26.8h, v26.16b, v28.16b",
        "sadalp v3.4s, v26.8h",
        "ldr q26, [x8], #16",
        "smull v29.8h, v26.8b, v24.8b",
        "smull2 v30.8h, v26.16b, v24.16b",
        "sadalp v4.4s, v29.8h",
        "sadalp v4.4s, v30.8h",
        "smull v29.8h, v26.8b, v25.8b",
        "smull2 v30.8h, v26.16b, v25.16b",
        "sadalp v5.4s, v29.8h",
        "sadalp v5.4s, v30.8h",
        "smull v29.8h, v26.8b, v27.8b",
        "smull2 v30.8h, v26.16b, v27.16b",
        "sadalp v6.4s, v29.8h",
        "sadalp v6.4s, v30.8h",
        "smull v29.8h, v26.8b, v28.8b",
        "smull2 v26.8h, v26.16b, v28.16b",
        "sadalp v7.4s, v29.8h",
        "sadalp v7.4s, v26.8h",
        "ldr q26, [x9], #16",
        "smull v29.8h, v26.8b, v24.8b",
        "sadalp v16.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v24.16b",
        "sadalp v16.4s, v29.8h",
        "smull v29.8h, v26.8b, v25.8b",
        "sadalp v17.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v25.16b",
        "sadalp v17.4s, v29.8h",
        "smull v29.8h, v26.8b, v27.8b",
        "sadalp v18.4s, v29.8h",
        "smull2 v29.8h, v26.16b, v27.16b",
        "sadalp v18.4s, v29.8h",
        "smull v29.8h, v26.8b, v28.8b",
        "sadalp v19.4s, v29.8h",
        "smull2 v26.8h, v26.16b, v28.16b",
        "sadalp v19.4s, v26.8h",
        "ldr q26, [x2], #16",
        "smull v29.8h, v26.8b, v24.8b",
        "smull2 v24.8h, v26.16b, v24.16b",
        "sadalp v20.4s, v29.8h",
        "sadalp v20.4s, v24.8h",
        "smull v24.8h, v26.8b, v25.8b",
        "smull2 v25.8h, v26.16b, v25.16b",
        "sadalp v21.4s, v24.8h",
        "sadalp v21.4s, v25.8h",
        "smull v24.8h, v26.8b, v27.8b",
        "smull2 v25.8h, v26.16b, v27.16b",
        "sadalp v22.4s, v24.8h",
        "sadalp v22.4s, v25.8h",
        "smull v24.8h, v26.8b, v28.8b",
        "smull2 v25.8h, v26.16b, v28.16b",
        "sadalp v23.4s, v24.8h",
        "sadalp v23.4s, v25.8h",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q24, [x7, #0]",
        "addp v0.4s, v0.4s, v1.4s",
        "ld1r {{v1.4s}}, [x0], #4",
        "addp v2.4s, v2.4s, v3.4s",
        "add x1, x4, x5",
        "ld1r {{v3.4s}}, [x0], #4",
        "addp v4.4s, v4.4s, v5.4s",
        "addp v5.4s, v6.4s, v7.4s",
        "addp v0.4s, v0.4s, v2.4s",
        "ld1r {{v2.4s}}, [x0], #4",
        "addp v6.4s, v16.4s, v17.4s",
        "addp v7.4s, v18.4s, v19.4s",
        "addp v4.4s, v4.4s, v5.4s",
        "ld1r {{v5.4s}}, [x0], #4",
        "addp v16.4s, v20.4s, v21.4s",
        "addp v17.4s, v22.4s, v23.4s",
        "addp v6.4s, v6.4s, v7.4s",
        "add v1.4s, v24.4s, v1.4s",
        "add v3.4s, v24.4s, v3.4s",
        "addp v7.4s, v16.4s, v17.4s",
        "add v0.4s, v1.4s, v0.4s",
        "add v1.4s, v24.4s, v2.4s",
        "add v2.4s, v3.4s, v4.4s",
        "add v3.4s, v24.4s, v5.4s",
        "str q0, [x4, #0]",
        "add v0.4s, v1.4s, v6.4s",
        "str q2, [x1, #0]",
        "add x1, x1, x5",
        "add v1.4s, v3.4s, v7.4s",
        "str q0, [x1, #0]",
        "add x1, x1, x5",
        "str q1, [x1, #0]",
        "ret",
        ".cfi_endproc",
    )
}
