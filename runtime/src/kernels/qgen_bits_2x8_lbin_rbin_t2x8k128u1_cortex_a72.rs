//! `qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72 --format rust
//
// macs-per-iteration: 2048
// bound-macs-per-cycle: 85.33 (cortex-a72)
// modelled-macs-per-cycle: 85.28 (cortex-a72)
// depth-limit: 65408
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
// bound-by: 48 cycles of work for F0 and F1: 16 vec-logic, 16 count, 14 pair-add, 2 pair-acc
// widening: every 511 iterations (k = 65408), 12 instructions outside the marked block
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          cols 0-7
//   row 0        v0
//   row 1        v1
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
    let descriptor = Descriptor { spec, depth_limit: 65408, k_limit: 2147483647 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1433, block: 2400, widening: 600, left: 733 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "mov x8, #511",
        "cmp x0, x8",
        "csel x8, x0, x8, lo",
        "sub x0, x0, x8",
        "cbnz x8, 4f",
        "// zero the accumulators",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "b 3f",
        "4:",
        "// first pass of the main loop, which begins the sums",
        "ldp q2, q3, [x1], #32",
        "sub x8, x8, #1",
        "ldp q4, q5, [x3], #128",
        "eor v6.16b, v2.16b, v4.16b",
        "cnt v6.16b, v6.16b",
        "eor v4.16b, v3.16b, v4.16b",
        "cnt v4.16b, v4.16b",
        "eor v7.16b, v2.16b, v5.16b",
        "cnt v7.16b, v7.16b",
        "addp v6.16b, v6.16b, v7.16b",
        "eor v5.16b, v3.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "addp v4.16b, v4.16b, v5.16b",
        "ldp q5, q7, [x3, #-96]",
        "eor v16.16b, v2.16b, v5.16b",
        "cnt v16.16b, v16.16b",
        "eor v5.16b, v3.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "eor v17.16b, v2.16b, v7.16b",
        "cnt v17.16b, v17.16b",
        "addp v16.16b, v16.16b, v17.16b",
        "addp v6.16b, v6.16b, v16.16b",
        "eor v7.16b, v3.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "addp v5.16b, v5.16b, v7.16b",
        "addp v4.16b, v4.16b, v5.16b",
        "ldp q5, q7, [x3, #-64]",
        "eor v16.16b, v2.16b, v5.16b",
        "cnt v16.16b, v16.16b",
        "eor v5.16b, v3.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "eor v17.16b, v2.16b, v7.16b",
        "cnt v17.16b, v17.16b",
        "addp v16.16b, v16.16b, v17.16b",
        "eor v7.16b, v3.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "addp v5.16b, v5.16b, v7.16b",
        "ldp q7, q17, [x3, #-32]",
        "eor v18.16b, v2.16b, v7.16b",
        "cnt v18.16b, v18.16b",
        "eor v7.16b, v3.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "eor v2.16b, v2.16b, v17.16b",
        "cnt v2.16b, v2.16b",
        "addp v2.16b, v18.16b, v2.16b",
        "addp v2.16b, v16.16b, v2.16b",
        "addp v2.16b, v6.16b, v2.16b",
        "uaddlp v0.8h, v2.16b",
        "eor v2.16b, v3.16b, v17.16b",
        "cnt v2.16b, v2.16b",
        "addp v2.16b, v7.16b, v2.16b",
        "addp v2.16b, v5.16b, v2.16b",
        "addp v2.16b, v4.16b, v2.16b",
        "uaddlp v1.8h, v2.16b",
        "cbz x8, 5f",
        "6:",
        "// main loop",
        "ldp q2, q3, [x1], #32",
        "sub x8, x8, #1",
        "ldp q4, q5, [x3], #128",
        "eor v6.16b, v2.16b, v4.16b",
        "cnt v6.16b, v6.16b",
        "eor v4.16b, v3.16b, v4.16b",
        "cnt v4.16b, v4.16b",
        "eor v7.16b, v2.16b, v5.16b",
        "cnt v7.16b, v7.16b",
        "addp v6.16b, v6.16b, v7.16b",
        "eor v5.16b, v3.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "addp v4.16b, v4.16b, v5.16b",
        "ldp q5, q7, [x3, #-96]",
        "eor v16.16b, v2.16b, v5.16b",
        "cnt v16.16b, v16.16b",
        "eor v5.16b, v3.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "eor v17.16b, v2.16b, v7.16b",
        "cnt v17.16b, v17.16b",
        "addp v16.16b, v16.16b, v17.16b",
        "addp v6.16b, v6.16b, v16.16b",
        "eor v7.16b, v3.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "addp v5.16b, v5.16b, v7.16b",
        "addp v4.16b, v4.16b, v5.16b",
        "ldp q5, q7, [x3, #-64]",
        "eor v16.16b, v2.16b, v5.16b",
        "cnt v16.16b, v16.16b",
        "eor v5.16b, v3.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "eor v17.16b, v2.16b, v7.16b",
        "cnt v17.16b, v17.16b",
        "addp v16.16b, v16.16b, v17.16b",
        "eor v7.16b, v3.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "addp v5.16b, v5.16b, v7.16b",
        "ldp q7, q17, [x3, #-32]",
        "eor v18.16b, v2.16b, v7.16b",
        "cnt v18.16b, v18.16b",
        "eor v7.16b, v3.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "eor v2.16b, v2.16b, v17.16b",
        "cnt v2.16b, v2.16b",
        "addp v2.16b, v18.16b, v2.16b",
        "addp v2.16b, v16.16b, v2.16b",
        "addp v2.16b, v6.16b, v2.16b",
        "uadalp v0.8h, v2.16b",
        "eor v2.16b, v3.16b, v17.16b",
        "cnt v2.16b, v2.16b",
        "addp v2.16b, v7.16b, v2.16b",
        "addp v2.16b, v5.16b, v2.16b",
        "addp v2.16b, v4.16b, v2.16b",
        "uadalp v1.8h, v2.16b",
        "cbnz x8, 6b",
        "5:",
        "3:",
        "cbz x2, 8f",
        "// widen the sums and add them to those stored before",
        "movi v2.8h, #2",
        "ldr q3, [x4, #0]",
        "add x2, x4, x5",
        "ldr q4, [x4, #16]",
        "umlsl v3.4s, v0.4h, v2.4h",
        "umlsl2 v4.4s, v0.8h, v2.8h",
        "stp q3, q4, [x4, #0]",
        "ldr q0, [x2, #0]",
        "ldr q3, [x2, #16]",
        "umlsl v0.4s, v1.4h, v2.4h",
        "umlsl2 v3.4s, v1.8h, v2.8h",
        "stp q0, q3, [x2, #0]",
        "b 7f",
        "8:",
        "// widen, correct and store the sums",
        "movi v2.8h, #2",
        "mov x2, x6",
        "ldr q3, [x7, #0]",
        "ldr q4, [x7, #16]",
        "add x8, x4, x5",
        "ld1r {{v5.4s}}, [x2], #4",
        "ld1r {{v6.4s}}, [x2], #4",
        "add v7.4s, v3.4s, v5.4s",
        "add v5.4s, v4.4s, v5.4s",
        "add v3.4s, v3.4s, v6.4s",
        "add v4.4s, v4.4s, v6.4s",
        "umlsl v7.4s, v0.4h, v2.4h",
        "umlsl2 v5.4s, v0.8h, v2.8h",
        "umlsl v3.4s, v1.4h, v2.4h",
        "umlsl2 v4.4s, v1.8h, v2.8h",
        "stp q7, q5, [x4, #0]",
        "stp q3, q4, [x8, #0]",
        "7:",
        "// pointers and counters",
        "mov x2, #1",
        "cbnz x0, 2b",
        "ret",
        ".cfi_endproc",
    )
}
