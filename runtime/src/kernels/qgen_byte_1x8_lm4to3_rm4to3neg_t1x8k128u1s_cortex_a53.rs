//! `qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1s_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1s_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1s_cortex_a53 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 7.11 (cortex-a53)
// modelled-macs-per-cycle: 7.11 (cortex-a53)
// depth-limit: 2047
// k-limit: 2047
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: byte
// tile: 1x8, in register tiles of 1x8
// lhs: -4..=3
// rhs: -4..=3
// rhs-stored: -3..=4, negated
// lhs-layout: row-major, in place, k in blocks of 128
// rhs-layout: panels of 8, k in blocks of 128 (1024 bytes), depth fastest, in steps of 16
// isa: neon
// instructions-per-iteration: 146
// bound-by: 72 cycles of work for V: 56 mla, 8 mul, 8 pair-acc, beside 72 cycles of instructions that issue alone: 72 load-q
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v1     v2     v3     v4     v5     v6     v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1s_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Byte,
        tile: Tile::new(1, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-4, 3).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-4, 3).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
        k_block: 128,
        unroll: 1,
        widen_in_loop: false,
        short: true,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a53"),
    };
    let descriptor = Descriptor { spec, depth_limit: 2047, k_limit: 2047 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 3300, block: 14400, widening: 0, left: 1300 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_byte_1x8_lm4to3_rm4to3neg_t1x8k128u1s_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "// zero the accumulators",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "movi v2.2d, #0",
        "movi v3.2d, #0",
        "movi v4.2d, #0",
        "movi v5.2d, #0",
        "movi v6.2d, #0",
        "movi v7.2d, #0",
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr q16, [x1], #16",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "mul v17.16b, v16.16b, v17.16b",
        "mul v18.16b, v16.16b, v18.16b",
        "mul v19.16b, v16.16b, v19.16b",
        "mul v20.16b, v16.16b, v20.16b",
        "ldr q21, [x3], #16",
        "ldr q22, [x3], #16",
        "ldr q23, [x3], #16",
        "ldr q24, [x3], #16",
        "mul v21.16b, v16.16b, v21.16b",
        "mul v22.16b, v16.16b, v22.16b",
        "mul v23.16b, v16.16b, v23.16b",
        "mul v16.16b, v16.16b, v24.16b",
        "ldr q24, [x1], #16",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v17.16b, v24.16b, v25.16b",
        "mla v18.16b, v24.16b, v26.16b",
        "mla v19.16b, v24.16b, v27.16b",
        "mla v20.16b, v24.16b, v28.16b",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v21.16b, v24.16b, v25.16b",
        "mla v22.16b, v24.16b, v26.16b",
        "mla v23.16b, v24.16b, v27.16b",
        "mla v16.16b, v24.16b, v28.16b",
        "ldr q24, [x1], #16",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v17.16b, v24.16b, v25.16b",
        "mla v18.16b, v24.16b, v26.16b",
        "mla v19.16b, v24.16b, v27.16b",
        "mla v20.16b, v24.16b, v28.16b",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v21.16b, v24.16b, v25.16b",
        "mla v22.16b, v24.16b, v26.16b",
        "mla v23.16b, v24.16b, v27.16b",
        "mla v16.16b, v24.16b, v28.16b",
        "ldr q24, [x1], #16",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v17.16b, v24.16b, v25.16b",
        "mla v18.16b, v24.16b, v26.16b",
        "mla v19.16b, v24.16b, v27.16b",
        "mla v20.16b, v24.16b, v28.16b",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v21.16b, v24.16b, v25.16b",
        "mla v22.16b, v24.16b, v26.16b",
        "mla v23.16b, v24.16b, v27.16b",
        "mla v16.16b, v24.16b, v28.16b",
        "ldr q24, [x1], #16",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v17.16b, v24.16b, v25.16b",
        "mla v18.16b, v24.16b, v26.16b",
        "mla v19.16b, v24.16b, v27.16b",
        "mla v20.16b, v24.16b, v28.16b",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v21.16b, v24.16b, v25.16b",
        "mla v22.16b, v24.16b, v26.16b",
        "mla v23.16b, v24.16b, v27.16b",
        "mla v16.16b, v24.16b, v28.16b",
        "ldr q24, [x1], #16",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v17.16b, v24.16b, v25.16b",
        "mla v18.16b, v24.16b, v26.16b",
        "mla v19.16b, v24.16b, v27.16b",
        "mla v20.16b, v24.16b, v28.16b",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v21.16b, v24.16b, v25.16b",
        "mla v22.16b, v24.16b, v26.16b",
        "mla v23.16b, v24.16b, v27.16b",
        "mla v16.16b, v24.16b, v28.16b",
        "ldr q24, [x1], #16",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v17.16b, v24.16b, v25.16b",
        "mla v18.16b, v24.16b, v26.16b",
        "mla v19.16b, v24.16b, v27.16b",
        "mla v20.16b, v24.16b, v28.16b",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v21.16b, v24.16b, v25.16b",
        "mla v22.16b, v24.16b, v26.16b",
        "mla v23.16b, v24.16b, v27.16b",
        "mla v16.16b, v24.16b, v28.16b",
        "ldr q24, [x1], #16",
        "ldr q25, [x3], #16",
        "ldr q26, [x3], #16",
        "ldr q27, [x3], #16",
        "ldr q28, [x3], #16",
        "mla v17.16b, v24.16b, v25.16b",
        "mla v18.16b, v24.16b, v26.16b",
        "mla v19.16b, v24.16b, v27.16b",
        "mla v20.16b, v24.16b, v28.16b",
        "sadalp v0.8h, v17.16b",
        "sadalp v1.8h, v18.16b",
        "sadalp v2.8h, v19.16b",
        "sadalp v3.8h, v20.16b",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "mla v21.16b, v24.16b, v17.16b",
        "mla v22.16b, v24.16b, v18.16b",
        "mla v23.16b, v24.16b, v19.16b",
        "mla v16.16b, v24.16b, v20.16b",
        "sadalp v4.8h, v21.16b",
        "sadalp v5.8h, v22.16b",
        "sadalp v6.8h, v23.16b",
        "sub x0, x0, #1",
        "sadalp v7.8h, v16.16b",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "addp v0.8h, v0.8h, v1.8h",
        "ldr q1, [x7, #0]",
        "ldr q16, [x7, #16]",
        "ld1r {{v17.4s}}, [x0], #4",
        "addp v2.8h, v2.8h, v3.8h",
        "mov x0, x4",
        "addp v3.8h, v4.8h, v5.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "uzp1 v1.8h, v1.8h, v1.8h",
        "addp v2.8h, v3.8h, v4.8h",
        "uzp1 v3.8h, v16.8h, v16.8h",
        "uzp1 v4.8h, v17.8h, v17.8h",
        "addp v0.8h, v0.8h, v0.8h",
        "add v1.8h, v1.8h, v4.8h",
        "addp v2.8h, v2.8h, v2.8h",
        "add v3.8h, v3.8h, v4.8h",
        "sub v0.8h, v1.8h, v0.8h",
        "sub v1.8h, v3.8h, v2.8h",
        "sshll v0.4s, v0.4h, #0",
        "sshll v1.4s, v1.4h, #0",
        "stp q0, q1, [x0, #0]",
        "ret",
        ".cfi_endproc",
    )
}
