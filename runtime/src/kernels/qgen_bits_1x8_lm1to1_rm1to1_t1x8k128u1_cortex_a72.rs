//! `qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 36.57 (cortex-a72)
// modelled-macs-per-cycle: 36.56 (cortex-a72)
// depth-limit: 65408
// k-limit: 2147483647
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: bits
// tile: 1x8, in register tiles of 1x8
// lhs: -1..=1
// rhs: -1..=1
// rhs-stored: -1..=1, kept
// lhs-layout: panels of 1, 2 bit plane(s), k in blocks of 128
// rhs-layout: panels of 8, 2 bit plane(s), k in blocks of 128
// isa: neon
// instructions-per-iteration: 76
// bound-by: 56 cycles of work for F0 and F1: 24 vec-logic, 16 count, 14 pair-add, 2 pair-acc
// widening: every 511 iterations (k = 65408), 9 instructions outside the marked block
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          cols 0-7
//   row 0        v0
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Bits,
        tile: Tile::new(1, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-1, 1).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-1, 1).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
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
    let cost = Cost { call: 933, block: 2800, widening: 300, left: 1200 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_1x8_lm1to1_rm1to1_t1x8k128u1_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "mov x5, #511",
        "cmp x0, x5",
        "csel x5, x0, x5, lo",
        "sub x0, x0, x5",
        "cbnz x5, 4f",
        "// zero the accumulators",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "b 3f",
        "4:",
        "// first pass of the main loop, which begins the sums",
        "ldp q2, q3, [x1], #32",
        "ldr q4, [x3, #0]",
        "and v4.16b, v2.16b, v4.16b",
        "ldr q5, [x3, #16]",
        "eor v5.16b, v3.16b, v5.16b",
        "bic v5.16b, v4.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "cnt v4.16b, v4.16b",
        "ldr q6, [x3, #32]",
        "and v6.16b, v2.16b, v6.16b",
        "ldr q7, [x3, #48]",
        "eor v7.16b, v3.16b, v7.16b",
        "bic v7.16b, v6.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "ldr q16, [x3, #64]",
        "cnt v6.16b, v6.16b",
        "addp v5.16b, v5.16b, v7.16b",
        "ldr q7, [x3, #80]",
        "addp v4.16b, v4.16b, v6.16b",
        "and v6.16b, v2.16b, v16.16b",
        "ldr q16, [x3, #96]",
        "eor v7.16b, v3.16b, v7.16b",
        "bic v7.16b, v6.16b, v7.16b",
        "ldr q17, [x3, #112]",
        "cnt v7.16b, v7.16b",
        "cnt v6.16b, v6.16b",
        "ldr q18, [x3, #128]",
        "and v16.16b, v2.16b, v16.16b",
        "eor v17.16b, v3.16b, v17.16b",
        "ldr q19, [x3, #144]",
        "bic v17.16b, v16.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q20, [x3, #160]",
        "cnt v16.16b, v16.16b",
        "addp v7.16b, v7.16b, v17.16b",
        "ldr q17, [x3, #176]",
        "addp v5.16b, v5.16b, v7.16b",
        "addp v6.16b, v6.16b, v16.16b",
        "ldr q7, [x3, #192]",
        "addp v4.16b, v4.16b, v6.16b",
        "and v6.16b, v2.16b, v18.16b",
        "ldr q16, [x3, #208]",
        "eor v18.16b, v3.16b, v19.16b",
        "bic v18.16b, v6.16b, v18.16b",
        "ldr q19, [x3, #224]",
        "cnt v18.16b, v18.16b",
        "cnt v6.16b, v6.16b",
        "ldr q21, [x3, #240]",
        "and v20.16b, v2.16b, v20.16b",
        "eor v17.16b, v3.16b, v17.16b",
        "add x3, x3, #256",
        "bic v17.16b, v20.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "sub x5, x5, #1",
        "cnt v20.16b, v20.16b",
        "addp v17.16b, v18.16b, v17.16b",
        "addp v6.16b, v6.16b, v20.16b",
        "and v7.16b, v2.16b, v7.16b",
        "eor v16.16b, v3.16b, v16.16b",
        "bic v16.16b, v7.16b, v16.16b",
        "cnt v16.16b, v16.16b",
        "cnt v7.16b, v7.16b",
        "and v2.16b, v2.16b, v19.16b",
        "eor v3.16b, v3.16b, v21.16b",
        "bic v3.16b, v2.16b, v3.16b",
        "cnt v3.16b, v3.16b",
        "cnt v2.16b, v2.16b",
        "addp v3.16b, v16.16b, v3.16b",
        "addp v3.16b, v17.16b, v3.16b",
        "addp v3.16b, v5.16b, v3.16b",
        "uaddlp v0.8h, v3.16b",
        "addp v2.16b, v7.16b, v2.16b",
        "addp v2.16b, v6.16b, v2.16b",
        "addp v2.16b, v4.16b, v2.16b",
        "uaddlp v1.8h, v2.16b",
        "cbz x5, 5f",
        "6:",
        "// main loop",
        "ldp q2, q3, [x1], #32",
        "ldr q4, [x3, #0]",
        "and v4.16b, v2.16b, v4.16b",
        "ldr q5, [x3, #16]",
        "eor v5.16b, v3.16b, v5.16b",
        "bic v5.16b, v4.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "cnt v4.16b, v4.16b",
        "ldr q6, [x3, #32]",
        "and v6.16b, v2.16b, v6.16b",
        "ldr q7, [x3, #48]",
        "eor v7.16b, v3.16b, v7.16b",
        "bic v7.16b, v6.16b, v7.16b",
        "cnt v7.16b, v7.16b",
        "ldr q16, [x3, #64]",
        "cnt v6.16b, v6.16b",
        "addp v5.16b, v5.16b, v7.16b",
        "ldr q7, [x3, #80]",
        "addp v4.16b, v4.16b, v6.16b",
        "and v6.16b, v2.16b, v16.16b",
        "ldr q16, [x3, #96]",
        "eor v7.16b, v3.16b, v7.16b",
        "bic v7.16b, v6.16b, v7.16b",
        "ldr q17, [x3, #112]",
        "cnt v7.16b, v7.16b",
        "cnt v6.16b, v6.16b",
        "ldr q18, [x3, #128]",
        "and v16.16b, v2.16b, v16.16b",
        "eor v17.16b, v3.16b, v17.16b",
        "ldr q19, [x3, #144]",
        "bic v17.16b, v16.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q20, [x3, #160]",
        "cnt v16.16b, v16.16b",
        "addp v7.16b, v7.16b, v17.16b",
        "ldr q17, [x3, #176]",
        "addp v5.16b, v5.16b, v7.16b",
        "addp v6.16b, v6.16b, v16.16b",
        "ldr q7, [x3, #192]",
        "addp v4.16b, v4.16b, v6.16b",
        "and v6.16b, v2.16b, v18.16b",
        "ldr q16, [x3, #208]",
        "eor v18.16b, v3.16b, v19.16b",
        "bic v18.16b, v6.16b, v18.16b",
        "ldr q19, [x3, #224]",
        "cnt v18.16b, v18.16b",
        "cnt v6.16b, v6.16b",
        "ldr q21, [x3, #240]",
        "and v20.16b, v2.16b, v20.16b",
        "eor v17.16b, v3.16b, v17.16b",
        "add x3, x3, #256",
        "bic v17.16b, v20.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "sub x5, x5, #1",
        "cnt v20.16b, v20.16b",
        "addp v17.16b, v18.16b, v17.16b",
        "addp v6.16b, v6.16b, v20.16b",
        "and v7.16b, v2.16b, v7.16b",
        "eor v16.16b, v3.16b, v16.16b",
        "bic v16.16b, v7.16b, v16.16b",
        "cnt v16.16b, v16.16b",
        "cnt v7.16b, v7.16b",
        "and v2.16b, v2.16b, v19.16b",
        "eor v3.16b, v3.16b, v21.16b",
        "bic v3.16b, v2.16b, v3.16b",
        "cnt v3.16b, v3.16b",
        "cnt v2.16b, v2.16b",
        "addp v3.16b, v16.16b, v3.16b",
        "addp v3.16b, v17.16b, v3.16b",
        "addp v3.16b, v5.16b, v3.16b",
        "uadalp v0.8h, v3.16b",
        "addp v2.16b, v7.16b, v2.16b",
        "addp v2.16b, v6.16b, v2.16b",
        "addp v2.16b, v4.16b, v2.16b",
        "uadalp v1.8h, v2.16b",
        "cbnz x5, 6b",
        "5:",
        "3:",
        "cbz x2, 8f",
        "// widen the sums and add them to those stored before",
        "movi v2.8h, #2",
        "movi v3.8h, #1",
        "ldr q4, [x4, #0]",
        "ldr q5, [x4, #16]",
        "umlal v4.4s, v0.4h, v2.4h",
        "umlsl v4.4s, v1.4h, v3.4h",
        "umlal2 v5.4s, v0.8h, v2.8h",
        "umlsl2 v5.4s, v1.8h, v3.8h",
        "stp q4, q5, [x4, #0]",
        "b 7f",
        "8:",
        "// widen, correct and store the sums",
        "movi v2.8h, #2",
        "movi v3.8h, #1",
        "mov x2, x6",
        "ldr q4, [x7, #0]",
        "ldr q5, [x7, #16]",
        "ld1r {{v6.4s}}, [x2], #4",
        "add v4.4s, v4.4s, v6.4s",
        "add v5.4s, v5.4s, v6.4s",
        "umlal v4.4s, v0.4h, v2.4h",
        "umlsl v4.4s, v1.4h, v3.4h",
        "umlal2 v5.4s, v0.8h, v2.8h",
        "umlsl2 v5.4s, v1.8h, v3.8h",
        "stp q4, q5, [x4, #0]",
        "7:",
        "// pointers and counters",
        "mov x2, #1",
        "cbnz x0, 2b",
        "ret",
        ".cfi_endproc",
    )
}
