//! `qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1_cortex_a53 --format rust
//
// macs-per-iteration: 256
// bound-macs-per-cycle: 6.40 (cortex-a53)
// modelled-macs-per-cycle: 6.35 (cortex-a53)
// depth-limit: 2320
// k-limit: 9544371
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: wideninner
// tile: 4x4, in register tiles of 4x4
// lhs: 0..=15
// rhs: 0..=15
// rhs-stored: 0..=15, kept
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 4, k in blocks of 16 (64 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 40
// bound-by: 32 cycles of work for V: 32 mla-long, beside 8 cycles of instructions that issue alone: 4 load-q, 4 load-pair-q
// widening: every 145 iterations (k = 2320), 43 instructions outside the marked block
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
// void qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::WidenInner,
        tile: Tile::new(4, 4),
        lhs: Operand::Int(qgen_runtime::Range::new(0, 15).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(0, 15).unwrap()),
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
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 2320, k_limit: 9544371 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 5750, block: 4000, widening: 4900, left: 1300 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1_cortex_a53", descriptor, code) }.with_cost(cost).with_short(&super::qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u1s_cortex_a53::KERNEL)
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
        "mov x10, #0",
        "add x2, x9, x2",
        "2:",
        "// pointers and counters",
        "mov x11, #145",
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
        "ldp q24, q25, [x3], #64",
        "ldp q26, q27, [x3, #-32]",
        "ldr q28, [x1], #16",
        "ldr q29, [x8], #16",
        "ldr q30, [x9], #16",
        "ldr q31, [x2], #16",
        "umull v0.8h, v28.8b, v24.8b",
        "sub x11, x11, #1",
        "umull v1.8h, v28.8b, v25.8b",
        "umull v2.8h, v28.8b, v26.8b",
        "umull v3.8h, v28.8b, v27.8b",
        "umull v4.8h, v29.8b, v24.8b",
        "umull v5.8h, v29.8b, v25.8b",
        "umull v6.8h, v29.8b, v26.8b",
        "umull v7.8h, v29.8b, v27.8b",
        "umull v16.8h, v30.8b, v24.8b",
        "umull v17.8h, v30.8b, v25.8b",
        "umull v18.8h, v30.8b, v26.8b",
        "umull v19.8h, v30.8b, v27.8b",
        "umull v20.8h, v31.8b, v24.8b",
        "umull v21.8h, v31.8b, v25.8b",
        "umull v22.8h, v31.8b, v26.8b",
        "umull v23.8h, v31.8b, v27.8b",
        "umlal2 v0.8h, v28.16b, v24.16b",
        "umlal2 v1.8h, v28.16b, v25.16b",
        "umlal2 v2.8h, v28.16b, v26.16b",
        "umlal2 v3.8h, v28.16b, v27.16b",
        "umlal2 v4.8h, v29.16b, v24.16b",
        "umlal2 v5.8h, v29.16b, v25.16b",
        "umlal2 v6.8h, v29.16b, v26.16b",
        "umlal2 v7.8h, v29.16b, v27.16b",
        "umlal2 v16.8h, v30.16b, v24.16b",
        "umlal2 v17.8h, v30.16b, v25.16b",
        "umlal2 v18.8h, v30.16b, v26.16b",
        "umlal2 v19.8h, v30.16b, v27.16b",
        "umlal2 v20.8h, v31.16b, v24.16b",
        "umlal2 v21.8h, v31.16b, v25.16b",
        "umlal2 v22.8h, v31.16b, v26.16b",
        "umlal2 v23.8h, v31.16b, v27.16b",
        "cbz x11, 5f",
        "6:",
        "// main loop",
        "ldp q24, q25, [x3], #64",
        "ldp q26, q27, [x3, #-32]",
        "ldr q28, [x1], #16",
        "ldr q29, [x8], #16",
        "ldr q30, [x9], #16",
        "ldr q31, [x2], #16",
        "umlal v0.8h, v28.8b, v24.8b",
        "sub x11, x11, #1",
        "umlal v1.8h, v28.8b, v25.8b",
        "umlal v2.8h, v28.8b, v26.8b",
        "umlal v3.8h, v28.8b, v27.8b",
        "umlal v4.8h, v29.8b, v24.8b",
        "umlal v5.8h, v29.8b, v25.8b",
        "umlal v6.8h, v29.8b, v26.8b",
        "umlal v7.8h, v29.8b, v27.8b",
        "umlal v16.8h, v30.8b, v24.8b",
        "umlal v17.8h, v30.8b, v25.8b",
        "umlal v18.8h, v30.8b, v26.8b",
        "umlal v19.8h, v30.8b, v27.8b",
        "umlal v20.8h, v31.8b, v24.8b",
        "umlal v21.8h, v31.8b, v25.8b",
        "umlal v22.8h, v31.8b, v26.8b",
        "umlal v23.8h, v31.8b, v27.8b",
        "umlal2 v0.8h, v28.16b, v24.16b",
        "umlal2 v1.8h, v28.16b, v25.16b",
        "umlal2 v2.8h, v28.16b, v26.16b",
        "umlal2 v3.8h, v28.16b, v27.16b",
        "umlal2 v4.8h, v29.16b, v24.16b",
        "umlal2 v5.8h, v29.16b, v25.16b",
        "umlal2 v6.8h, v29.16b, v26.16b",
        "umlal2 v7.8h, v29.16b, v27.16b",
        "umlal2 v16.8h, v30.16b, v24.16b",
        "umlal2 v17.8h, v30.16b, v25.16b",
        "umlal2 v18.8h, v30.16b, v26.16b",
        "umlal2 v19.8h, v30.16b, v27.16b",
        "umlal2 v20.8h, v31.16b, v24.16b",
        "umlal2 v21.8h, v31.16b, v25.16b",
        "umlal2 v22.8h, v31.16b, v26.16b",
        "umlal2 v23.8h, v31.16b, v27.16b",
        "cbnz x11, 6b",
        "5:",
        "3:",
        "cbz x10, 8f",
        "// widen the sums and add them to those stored before",
        "uaddlp v0.4s, v0.8h",
        "add x10, x4, x5",
        "uaddlp v1.4s, v1.8h",
        "uaddlp v2.4s, v2.8h",
        "uaddlp v3.4s, v3.8h",
        "addp v0.4s, v0.4s, v1.4s",
        "ldr q1, [x4, #0]",
        "addp v2.4s, v2.4s, v3.4s",
        "uaddlp v3.4s, v4.8h",
        "uaddlp v4.4s, v5.8h",
        "addp v0.4s, v0.4s, v2.4s",
        "uaddlp v2.4s, v6.8h",
        "uaddlp v5.4s, v7.8h",
        "add v0.4s, v1.4s, v0.4s",
        "addp v1.4s, v3.4s, v4.4s",
        "addp v2.4s, v2.4s, v5.4s",
        "str q0, [x4, #0]",
        "ldr q0, [x10, #0]",
        "addp v1.4s, v1.4s, v2.4s",
        "uaddlp v2.4s, v16.8h",
        "uaddlp v3.4s, v17.8h",
        "uaddlp v4.4s, v18.8h",
        "uaddlp v5.4s, v19.8h",
        "add v0.4s, v0.4s, v1.4s",
        "addp v1.4s, v2.4s, v3.4s",
        "addp v2.4s, v4.4s, v5.4s",
        "str q0, [x10, #0]",
        "add x10, x10, x5",
        "uaddlp v0.4s, v20.8h",
        "ldr q3, [x10, #0]",
        "addp v1.4s, v1.4s, v2.4s",
        "uaddlp v2.4s, v21.8h",
        "uaddlp v4.4s, v22.8h",
        "uaddlp v5.4s, v23.8h",
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
        "uaddlp v0.4s, v0.8h",
        "mov x10, x6",
        "uaddlp v1.4s, v1.8h",
        "mov x11, x4",
        "uaddlp v2.4s, v2.8h",
        "uaddlp v3.4s, v3.8h",
        "uaddlp v4.4s, v4.8h",
        "uaddlp v5.4s, v5.8h",
        "uaddlp v6.4s, v6.8h",
        "uaddlp v7.4s, v7.8h",
        "ldr q24, [x7, #0]",
        "ld1r {{v25.4s}}, [x10], #4",
        "uaddlp v16.4s, v16.8h",
        "uaddlp v17.4s, v17.8h",
        "uaddlp v18.4s, v18.8h",
        "uaddlp v19.4s, v19.8h",
        "addp v0.4s, v0.4s, v1.4s",
        "addp v1.4s, v2.4s, v3.4s",
        "ld1r {{v2.4s}}, [x10], #4",
        "uaddlp v3.4s, v20.8h",
        "uaddlp v20.4s, v21.8h",
        "uaddlp v21.4s, v22.8h",
        "uaddlp v22.4s, v23.8h",
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
        "ret",
        ".cfi_endproc",
    )
}
