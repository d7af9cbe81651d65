//! `qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72 --format rust
//
// macs-per-iteration: 2048
// bound-macs-per-cycle: 85.33 (cortex-a72)
// modelled-macs-per-cycle: 85.32 (cortex-a72)
// depth-limit: 524160
// k-limit: 2147483647
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: bits
// tile: 2x8, in register tiles of 2x8
// lhs: -1 or 1
// rhs: -1 or 1
// rhs-stored: -1 or 1, kept
// lhs-layout: panels of 2, 1 bit plane(s), k in blocks of 128
// rhs-layout: panels of 8, 1 bit plane(s), k in blocks of 128
// isa: neon
// instructions-per-iteration: 55
// bound-by: 48 cycles of work for F0 and F1: 16 vec-logic, 16 count, 16 pair-acc
// widening: every 4095 iterations (k = 524160), 44 instructions outside the marked block
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v1     v2     v3     v4     v5     v6     v7
//   row 1    v16    v17    v18    v19    v20    v21    v22    v23
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Bits,
        tile: Tile::new(2, 8),
        lhs: Operand::Binary,
        rhs: Operand::Binary,
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(2, 8),
        k_block: 128,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 524160, k_limit: 2147483647 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 2533, block: 2400, widening: 1800, left: 733 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72", descriptor, code) }.with_cost(cost).with_short(&super::qgen_bits_2x8_lbin_rbin_t2x8k128u1s_cortex_a72::KERNEL)
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
        "mov x2, #0",
        "2:",
        "// pointers and counters",
        "mov x8, #4095",
        "cmp x0, x8",
        "csel x8, x0, x8, lo",
        "sub x0, x0, x8",
        "cbnz x8, 4f",
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
        "sub x8, x8, #1",
        "ldp q26, q27, [x3], #128",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uaddlp v0.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v16.8h, v26.16b",
        "eor v26.16b, v24.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v1.8h, v26.16b",
        "eor v26.16b, v25.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v17.8h, v26.16b",
        "ldp q26, q27, [x3, #-96]",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uaddlp v2.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v18.8h, v26.16b",
        "eor v26.16b, v24.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v3.8h, v26.16b",
        "eor v26.16b, v25.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v19.8h, v26.16b",
        "ldp q26, q27, [x3, #-64]",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uaddlp v4.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v20.8h, v26.16b",
        "eor v26.16b, v24.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v5.8h, v26.16b",
        "eor v26.16b, v25.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v21.8h, v26.16b",
        "ldp q26, q27, [x3, #-32]",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uaddlp v6.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uaddlp v22.8h, v26.16b",
        "eor v24.16b, v24.16b, v27.16b",
        "cnt v24.16b, v24.16b",
        "uaddlp v7.8h, v24.16b",
        "eor v24.16b, v25.16b, v27.16b",
        "cnt v24.16b, v24.16b",
        "uaddlp v23.8h, v24.16b",
        "cbz x8, 5f",
        "6:",
        "// main loop",
        "ldp q24, q25, [x1], #32",
        "sub x8, x8, #1",
        "ldp q26, q27, [x3], #128",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uadalp v0.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v16.8h, v26.16b",
        "eor v26.16b, v24.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v1.8h, v26.16b",
        "eor v26.16b, v25.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v17.8h, v26.16b",
        "ldp q26, q27, [x3, #-96]",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uadalp v2.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v18.8h, v26.16b",
        "eor v26.16b, v24.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v3.8h, v26.16b",
        "eor v26.16b, v25.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v19.8h, v26.16b",
        "ldp q26, q27, [x3, #-64]",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uadalp v4.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v20.8h, v26.16b",
        "eor v26.16b, v24.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v5.8h, v26.16b",
        "eor v26.16b, v25.16b, v27.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v21.8h, v26.16b",
        "ldp q26, q27, [x3, #-32]",
        "eor v28.16b, v24.16b, v26.16b",
        "cnt v28.16b, v28.16b",
        "uadalp v6.8h, v28.16b",
        "eor v26.16b, v25.16b, v26.16b",
        "cnt v26.16b, v26.16b",
        "uadalp v22.8h, v26.16b",
        "eor v24.16b, v24.16b, v27.16b",
        "cnt v24.16b, v24.16b",
        "uadalp v7.8h, v24.16b",
        "eor v24.16b, v25.16b, v27.16b",
        "cnt v24.16b, v24.16b",
        "uadalp v23.8h, v24.16b",
        "cbnz x8, 6b",
        "5:",
        "3:",
        "cbz x2, 8f",
        "// widen the sums and add them to those stored before",
        "mov x2, x4",
        "uaddlp v0.4s, v0.8h",
        "uaddlp v1.4s, v1.8h",
        "uaddlp v2.4s, v2.8h",
        "uaddlp v3.4s, v3.8h",
        "ldr q24, [x2, #0]",
        "uaddlp v4.4s, v4.8h",
        "uaddlp v5.4s, v5.8h",
        "ldr q25, [x2, #16]",
        "addp v0.4s, v0.4s, v1.4s",
        "uaddlp v1.4s, v6.8h",
        "addp v2.4s, v2.4s, v3.4s",
        "uaddlp v3.4s, v7.8h",
        "addp v4.4s, v4.4s, v5.4s",
        "uaddlp v5.4s, v16.8h",
        "uaddlp v6.4s, v17.8h",
        "uaddlp v7.4s, v18.8h",
        "addp v0.4s, v0.4s, v2.4s",
        "addp v1.4s, v1.4s, v3.4s",
        "uaddlp v2.4s, v19.8h",
        "uaddlp v3.4s, v20.8h",
        "addp v5.4s, v5.4s, v6.4s",
        "uaddlp v6.4s, v21.8h",
        "add v0.4s, v0.4s, v0.4s",
        "addp v1.4s, v4.4s, v1.4s",
        "addp v2.4s, v7.4s, v2.4s",
        "uaddlp v4.4s, v22.8h",
        "uaddlp v7.4s, v23.8h",
        "addp v3.4s, v3.4s, v6.4s",
        "sub v0.4s, v24.4s, v0.4s",
        "add v1.4s, v1.4s, v1.4s",
        "addp v2.4s, v5.4s, v2.4s",
        "addp v4.4s, v4.4s, v7.4s",
        "sub v1.4s, v25.4s, v1.4s",
        "add v2.4s, v2.4s, v2.4s",
        "addp v3.4s, v3.4s, v4.4s",
        "stp q0, q1, [x2, #0]",
        "add x2, x2, x5",
        "ldr q0, [x2, #0]",
        "add v1.4s, v3.4s, v3.4s",
        "ldr q3, [x2, #16]",
        "sub v0.4s, v0.4s, v2.4s",
        "sub v1.4s, v3.4s, v1.4s",
        "stp q0, q1, [x2, #0]",
        "b 7f",
        "8:",
        "// widen, correct and store the sums",
        "mov x2, x4",
        "mov x8, x6",
        "ldr q24, [x7, #0]",
        "ldr q25, [x7, #16]",
        "uaddlp v0.4s, v0.8h",
        "uaddlp v1.4s, v1.8h",
        "ld1r {{v26.4s}}, [x8], #4",
        "uaddlp v2.4s, v2.8h",
        "uaddlp v3.4s, v3.8h",
        "uaddlp v4.4s, v4.8h",
        "addp v0.4s, v0.4s, v1.4s",
        "uaddlp v1.4s, v5.8h",
        "uaddlp v5.4s, v6.8h",
        "uaddlp v6.4s, v7.8h",
        "addp v2.4s, v2.4s, v3.4s",
        "ld1r {{v3.4s}}, [x8], #4",
        "addp v1.4s, v4.4s, v1.4s",
        "uaddlp v4.4s, v16.8h",
        "addp v5.4s, v5.4s, v6.4s",
        "uaddlp v6.4s, v17.8h",
        "addp v0.4s, v0.4s, v2.4s",
        "uaddlp v2.4s, v18.8h",
        "add v7.4s, v24.4s, v26.4s",
        "add v16.4s, v25.4s, v26.4s",
        "addp v1.4s, v1.4s, v5.4s",
        "uaddlp v5.4s, v19.8h",
        "add v0.4s, v0.4s, v0.4s",
        "addp v4.4s, v4.4s, v6.4s",
        "uaddlp v6.4s, v20.8h",
        "uaddlp v17.4s, v21.8h",
        "add v1.4s, v1.4s, v1.4s",
        "addp v2.4s, v2.4s, v5.4s",
        "sub v0.4s, v7.4s, v0.4s",
        "add v5.4s, v24.4s, v3.4s",
        "uaddlp v7.4s, v22.8h",
        "uaddlp v18.4s, v23.8h",
        "sub v1.4s, v16.4s, v1.4s",
        "addp v2.4s, v4.4s, v2.4s",
        "addp v4.4s, v6.4s, v17.4s",
        "add v3.4s, v25.4s, v3.4s",
        "addp v6.4s, v7.4s, v18.4s",
        "stp q0, q1, [x2, #0]",
        "add x2, x2, x5",
        "add v0.4s, v2.4s, v2.4s",
        "addp v1.4s, v4.4s, v6.4s",
        "sub v0.4s, v5.4s, v0.4s",
        "add v1.4s, v1.4s, v1.4s",
        "sub v1.4s, v3.4s, v1.4s",
        "stp q0, q1, [x2, #0]",
        "7:",
        "// pointers and counters",
        "mov x2, #1",
        "cbnz x0, 2b",
        "ret",
        ".cfi_endproc",
    )
}
