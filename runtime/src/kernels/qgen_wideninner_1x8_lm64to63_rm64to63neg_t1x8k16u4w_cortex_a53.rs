//! `qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 4.74 (cortex-a53)
// modelled-macs-per-cycle: 4.74 (cortex-a53)
// depth-limit: 524287
// k-limit: 524287
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: wideninner
// tile: 1x8, in register tiles of 1x8
// lhs: -64..=63
// rhs: -64..=63
// rhs-stored: -63..=64, negated
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 8, k in blocks of 16 (128 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 110
// bound-by: 72 cycles of work for V: 56 mla-long, 8 mul-long, 8 pair-acc, beside 36 cycles of instructions that issue alone: 36 load-q
// widening: once, at the end
// stack: 16 bytes, for d8
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v1     v2     v3     v4     v5     v6     v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::WidenInner,
        tile: Tile::new(1, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-64, 63).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-64, 63).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
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
    let cost = Cost { call: 3200, block: 2700, widening: 0, left: 1300 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53", descriptor, code) }.with_cost(cost)
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
        "stp d8, d8, [sp, #-16]!",
        ".cfi_adjust_cfa_offset 16",
        ".cfi_rel_offset 72, 0",
        "// pointers and counters",
        "lsr x2, x0, #2",
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
        "cbz x2, 2f",
        "3:",
        "// main loop",
        "ldr q16, [x1], #16",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smull v21.8h, v16.8b, v17.8b",
        "smull v22.8h, v16.8b, v18.8b",
        "smull v23.8h, v16.8b, v19.8b",
        "smull v24.8h, v16.8b, v20.8b",
        "smlal2 v21.8h, v16.16b, v17.16b",
        "smlal2 v22.8h, v16.16b, v18.16b",
        "smlal2 v23.8h, v16.16b, v19.16b",
        "smlal2 v24.8h, v16.16b, v20.16b",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smull v25.8h, v16.8b, v17.8b",
        "smull v26.8h, v16.8b, v18.8b",
        "smull v27.8h, v16.8b, v19.8b",
        "smull v28.8h, v16.8b, v20.8b",
        "smlal2 v25.8h, v16.16b, v17.16b",
        "smlal2 v26.8h, v16.16b, v18.16b",
        "smlal2 v27.8h, v16.16b, v19.16b",
        "smlal2 v28.8h, v16.16b, v20.16b",
        "ldr q16, [x1], #16",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smlal v21.8h, v16.8b, v17.8b",
        "smlal v22.8h, v16.8b, v18.8b",
        "smlal v23.8h, v16.8b, v19.8b",
        "smlal v24.8h, v16.8b, v20.8b",
        "smlal2 v21.8h, v16.16b, v17.16b",
        "smlal2 v22.8h, v16.16b, v18.16b",
        "smlal2 v23.8h, v16.16b, v19.16b",
        "smlal2 v24.8h, v16.16b, v20.16b",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smlal v25.8h, v16.8b, v17.8b",
        "smlal v26.8h, v16.8b, v18.8b",
        "smlal v27.8h, v16.8b, v19.8b",
        "smlal v28.8h, v16.8b, v20.8b",
        "smlal2 v25.8h, v16.16b, v17.16b",
        "smlal2 v26.8h, v16.16b, v18.16b",
        "smlal2 v27.8h, v16.16b, v19.16b",
        "smlal2 v28.8h, v16.16b, v20.16b",
        "ldr q16, [x1], #16",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smlal v21.8h, v16.8b, v17.8b",
        "smlal v22.8h, v16.8b, v18.8b",
        "smlal v23.8h, v16.8b, v19.8b",
        "smlal v24.8h, v16.8b, v20.8b",
        "smlal2 v21.8h, v16.16b, v17.16b",
        "smlal2 v22.8h, v16.16b, v18.16b",
        "smlal2 v23.8h, v16.16b, v19.16b",
        "smlal2 v24.8h, v16.16b, v20.16b",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smlal v25.8h, v16.8b, v17.8b",
        "smlal v26.8h, v16.8b, v18.8b",
        "smlal v27.8h, v16.8b, v19.8b",
        "smlal v28.8h, v16.8b, v20.8b",
        "smlal2 v25.8h, v16.16b, v17.16b",
        "smlal2 v26.8h, v16.16b, v18.16b",
        "smlal2 v27.8h, v16.16b, v19.16b",
        "smlal2 v28.8h, v16.16b, v20.16b",
        "ldr q16, [x1], #16",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smlal v21.8h, v16.8b, v17.8b",
        "smlal v22.8h, v16.8b, v18.8b",
        "smlal v23.8h, v16.8b, v19.8b",
        "smlal v24.8h, v16.8b, v20.8b",
        "smlal2 v21.8h, v16.16b, v17.16b",
        "smlal2 v22.8h, v16.16b, v18.16b",
        "smlal2 v23.8h, v16.16b, v19.16b",
        "smlal2 v24.8h, v16.16b, v20.16b",
        "sadalp v0.4s, v21.8h",
        "sadalp v1.4s, v22.8h",
        "sadalp v2.4s, v23.8h",
        "sadalp v3.4s, v24.8h",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "smlal v25.8h, v16.8b, v17.8b",
        "smlal v26.8h, v16.8b, v18.8b",
        "smlal v27.8h, v16.8b, v19.8b",
        "smlal v28.8h, v16.8b, v20.8b",
        "smlal2 v25.8h, v16.16b, v17.16b",
        "smlal2 v26.8h, v16.16b, v18.16b",
        "smlal2 v27.8h, v16.16b, v19.16b",
        "smlal2 v28.8h, v16.16b, v20.16b",
        "sadalp v4.4s, v25.8h",
        "sadalp v5.4s, v26.8h",
        "sadalp v6.4s, v27.8h",
        "sub x2, x2, #1",
        "sadalp v7.4s, v28.8h",
        "cbnz x2, 3b",
        "2:",
        "cbz x0, 4f",
        "5:",
        "// one k-block left over by the main loop",
        "ldr q16, [x3], #16",
        "ldr q17, [x3], #16",
        "ldr q18, [x3], #16",
        "ldr q19, [x3], #16",
        "ldr q20, [x3], #16",
        "ldr q21, [x3], #16",
        "ldr q22, [x3], #16",
        "ldr q23, [x1], #16",
        "ldr q24, [x3], #16",
        "sub x0, x0, #1",
        "smull v25.8h, v23.8b, v16.8b",
        "smull v26.8h, v23.8b, v17.8b",
        "smull v27.8h, v23.8b, v18.8b",
        "smull v28.8h, v23.8b, v19.8b",
        "smull v29.8h, v23.8b, v20.8b",
        "smull v30.8h, v23.8b, v21.8b",
        "smull v31.8h, v23.8b, v22.8b",
        "smull v8.8h, v23.8b, v24.8b",
        "smlal2 v25.8h, v23.16b, v16.16b",
        "smlal2 v26.8h, v23.16b, v17.16b",
        "smlal2 v27.8h, v23.16b, v18.16b",
        "smlal2 v28.8h, v23.16b, v19.16b",
        "smlal2 v29.8h, v23.16b, v20.16b",
        "smlal2 v30.8h, v23.16b, v21.16b",
        "smlal2 v31.8h, v23.16b, v22.16b",
        "smlal2 v8.8h, v23.16b, v24.16b",
        "sadalp v0.4s, v25.8h",
        "sadalp v1.4s, v26.8h",
        "sadalp v2.4s, v27.8h",
        "sadalp v3.4s, v28.8h",
        "sadalp v4.4s, v29.8h",
        "sadalp v5.4s, v30.8h",
        "sadalp v6.4s, v31.8h",
        "sadalp v7.4s, v8.8h",
        "cbnz x0, 5b",
        "4:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "addp v0.4s, v0.4s, v1.4s",
        "ldr q1, [x7, #0]",
        "ldr q16, [x7, #16]",
        "ld1r {{v17.4s}}, [x0], #4",
        "addp v2.4s, v2.4s, v3.4s",
        "mov x0, x4",
        "addp v3.4s, v4.4s, v5.4s",
        "addp v4.4s, v6.4s, v7.4s",
        "addp v0.4s, v0.4s, v2.4s",
        "add v1.4s, v1.4s, v17.4s",
        "addp v2.4s, v3.4s, v4.4s",
        "add v3.4s, v16.4s, v17.4s",
        "sub v0.4s, v1.4s, v0.4s",
        "sub v1.4s, v3.4s, v2.4s",
        "stp q0, q1, [x0, #0]",
        "// callee-saved registers",
        "ldp d8, d31, [sp], #16",
        ".cfi_adjust_cfa_offset -16",
        "ret",
        ".cfi_endproc",
    )
}
