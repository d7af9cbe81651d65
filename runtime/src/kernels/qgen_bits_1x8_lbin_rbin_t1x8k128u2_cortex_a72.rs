//! `qgen_bits_1x8_lbin_rbin_t1x8k128u2_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_1x8_lbin_rbin_t1x8k128u2_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_1x8_lbin_rbin_t1x8k128u2_cortex_a72 --format rust
//
// macs-per-iteration: 2048
// bound-macs-per-cycle: 85.33 (cortex-a72)
// modelled-macs-per-cycle: 85.28 (cortex-a72)
// depth-limit: 65280
// k-limit: 2147483647
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: bits
// tile: 1x8, in register tiles of 1x8
// lhs: -1 or 1
// rhs: -1 or 1
// rhs-stored: -1 or 1, kept
// lhs-layout: panels of 1, 1 bit plane(s), k in blocks of 128
// rhs-layout: panels of 8, 1 bit plane(s), k in blocks of 128
// isa: neon
// instructions-per-iteration: 69
// bound-by: 48 cycles of work for F0 and F1: 16 vec-logic, 16 count, 14 pair-add, 2 pair-acc
// widening: every 255 iterations (k = 65280), 6 instructions outside the marked block
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          cols 0-7
//   row 0        v0
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_1x8_lbin_rbin_t1x8k128u2_cortex_a72(
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
        lhs: Operand::Binary,
        rhs: Operand::Binary,
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
        k_block: 128,
        unroll: 2,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 65280, k_limit: 2147483647 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1033, block: 1200, widening: 350, left: 733 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_1x8_lbin_rbin_t1x8k128u2_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "mov x5, #510",
        "cmp x0, x5",
        "csel x5, x0, x5, lo",
        "sub x0, x0, x5",
        "lsr x8, x5, #1",
        "and x5, x5, #0x1",
        "cbnz x8, 4f",
        "// zero the accumulators",
        "movi v0.2d, #0",
        "b 3f",
        "4:",
        "// first pass of the main loop, which begins the sums",
        "ldr q1, [x1], #32",
        "ldr q2, [x3, #0]",
        "eor v2.16b, v1.16b, v2.16b",
        "cnt v2.16b, v2.16b",
        "ldr q3, [x3, #16]",
        "eor v3.16b, v1.16b, v3.16b",
        "cnt v3.16b, v3.16b",
        "ldr q4, [x3, #32]",
        "addp v2.16b, v2.16b, v3.16b",
        "eor v3.16b, v1.16b, v4.16b",
        "ldr q4, [x3, #48]",
        "cnt v3.16b, v3.16b",
        "eor v4.16b, v1.16b, v4.16b",
        "ldr q5, [x3, #64]",
        "cnt v4.16b, v4.16b",
        "addp v3.16b, v3.16b, v4.16b",
        "ldr q4, [x3, #80]",
        "addp v2.16b, v2.16b, v3.16b",
        "eor v3.16b, v1.16b, v5.16b",
        "ldr q5, [x3, #96]",
        "cnt v3.16b, v3.16b",
        "eor v4.16b, v1.16b, v4.16b",
        "ldr q6, [x3, #112]",
        "cnt v4.16b, v4.16b",
        "addp v3.16b, v3.16b, v4.16b",
        "ldur q4, [x1, #-16]",
        "eor v5.16b, v1.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "ldr q7, [x3, #128]",
        "eor v1.16b, v1.16b, v6.16b",
        "cnt v1.16b, v1.16b",
        "ldr q6, [x3, #144]",
        "addp v1.16b, v5.16b, v1.16b",
        "addp v1.16b, v3.16b, v1.16b",
        "ldr q3, [x3, #160]",
        "addp v1.16b, v2.16b, v1.16b",
        "uaddlp v0.8h, v1.16b",
        "ldr q1, [x3, #176]",
        "eor v2.16b, v4.16b, v7.16b",
        "cnt v2.16b, v2.16b",
        "ldr q5, [x3, #192]",
        "eor v6.16b, v4.16b, v6.16b",
        "cnt v6.16b, v6.16b",
        "ldr q7, [x3, #208]",
        "addp v2.16b, v2.16b, v6.16b",
        "eor v3.16b, v4.16b, v3.16b",
        "ldr q6, [x3, #224]",
        "cnt v3.16b, v3.16b",
        "eor v1.16b, v4.16b, v1.16b",
        "ldr q16, [x3, #240]",
        "cnt v1.16b, v1.16b",
        "addp v1.16b, v3.16b, v1.16b",
        "add x3, x3, #256",
        "addp v1.16b, v2.16b, v1.16b",
        "eor v2.16b, v4.16b, v5.16b",
        "sub x8, x8, #1",
        "cnt v2.16b, v2.16b",
        "eor v3.16b, v4.16b, v7.16b",
        "cnt v3.16b, v3.16b",
        "addp v2.16b, v2.16b, v3.16b",
        "eor v3.16b, v4.16b, v6.16b",
        "cnt v3.16b, v3.16b",
        "eor v4.16b, v4.16b, v16.16b",
        "cnt v4.16b, v4.16b",
        "addp v3.16b, v3.16b, v4.16b",
        "addp v2.16b, v2.16b, v3.16b",
        "addp v1.16b, v1.16b, v2.16b",
        "uadalp v0.8h, v1.16b",
        "cbz x8, 5f",
        "6:",
        "// main loop",
        "ldr q1, [x1], #32",
        "ldr q2, [x3, #0]",
        "eor v2.16b, v1.16b, v2.16b",
        "cnt v2.16b, v2.16b",
        "ldr q3, [x3, #16]",
        "eor v3.16b, v1.16b, v3.16b",
        "cnt v3.16b, v3.16b",
        "ldr q4, [x3, #32]",
        "addp v2.16b, v2.16b, v3.16b",
        "eor v3.16b, v1.16b, v4.16b",
        "ldr q4, [x3, #48]",
        "cnt v3.16b, v3.16b",
        "eor v4.16b, v1.16b, v4.16b",
        "ldr q5, [x3, #64]",
        "cnt v4.16b, v4.16b",
        "addp v3.16b, v3.16b, v4.16b",
        "ldr q4, [x3, #80]",
        "addp v2.16b, v2.16b, v3.16b",
        "eor v3.16b, v1.16b, v5.16b",
        "ldr q5, [x3, #96]",
        "cnt v3.16b, v3.16b",
        "eor v4.16b, v1.16b, v4.16b",
        "ldr q6, [x3, #112]",
        "cnt v4.16b, v4.16b",
        "addp v3.16b, v3.16b, v4.16b",
        "ldur q4, [x1, #-16]",
        "eor v5.16b, v1.16b, v5.16b",
        "cnt v5.16b, v5.16b",
        "ldr q7, [x3, #128]",
        "eor v1.16b, v1.16b, v6.16b",
        "cnt v1.16b, v1.16b",
        "ldr q6, [x3, #144]",
        "addp v1.16b, v5.16b, v1.16b",
        "addp v1.16b, v3.16b, v1.16b",
        "ldr q3, [x3, #160]",
        "addp v1.16b, v2.16b, v1.16b",
        "uadalp v0.8h, v1.16b",
        "ldr q1, [x3, #176]",
        "eor v2.16b, v4.16b, v7.16b",
        "cnt v2.16b, v2.16b",
        "ldr q5, [x3, #192]",
        "eor v6.16b, v4.16b, v6.16b",
        "cnt v6.16b, v6.16b",
        "ldr q7, [x3, #208]",
        "addp v2.16b, v2.16b, v6.16b",
        "eor v3.16b, v4.16b, v3.16b",
        "ldr q6, [x3, #224]",
        "cnt v3.16b, v3.16b",
        "eor v1.16b, v4.16b, v1.16b",
        "ldr q16, [x3, #240]",
        "cnt v1.16b, v1.16b",
        "addp v1.16b, v3.16b, v1.16b",
        "add x3, x3, #256",
        "addp v1.16b, v2.16b, v1.16b",
        "eor v2.16b, v4.16b, v5.16b",
        "sub x8, x8, #1",
        "cnt v2.16b, v2.16b",
        "eor v3.16b, v4.16b, v7.16b",
        "cnt v3.16b, v3.16b",
        "addp v2.16b, v2.16b, v3.16b",
        "eor v3.16b, v4.16b, v6.16b",
        "cnt v3.16b, v3.16b",
        "eor v4.16b, v4.16b, v16.16b",
        "cnt v4.16b, v4.16b",
        "addp v3.16b, v3.16b, v4.16b",
        "addp v2.16b, v2.16b, v3.16b",
        "addp v1.16b, v1.16b, v2.16b",
        "uadalp v0.8h, v1.16b",
        "cbnz x8, 6b",
        "5:",
        "3:",
        "cbz x5, 7f",
        "8:",
        "// one k-block left over by the main loop",
        "ldr q1, [x1], #16",
        "sub x5, x5, #1",
        "ldr q2, [x3], #128",
        "ldur q3, [x3, #-112]",
        "ldur q4, [x3, #-96]",
        "ldur q5, [x3, #-80]",
        "ldur q6, [x3, #-64]",
        "eor v2.16b, v1.16b, v2.16b",
        "ldur q7, [x3, #-48]",
        "eor v3.16b, v1.16b, v3.16b",
        "ldur q16, [x3, #-32]",
        "eor v4.16b, v1.16b, v4.16b",
        "ldur q17, [x3, #-16]",
        "cnt v2.16b, v2.16b",
        "eor v5.16b, v1.16b, v5.16b",
        "cnt v3.16b, v3.16b",
        "eor v6.16b, v1.16b, v6.16b",
        "cnt v4.16b, v4.16b",
        "eor v7.16b, v1.16b, v7.16b",
        "cnt v5.16b, v5.16b",
        "eor v16.16b, v1.16b, v16.16b",
        "addp v2.16b, v2.16b, v3.16b",
        "cnt v3.16b, v6.16b",
        "cnt v6.16b, v7.16b",
        "eor v1.16b, v1.16b, v17.16b",
        "addp v4.16b, v4.16b, v5.16b",
        "cnt v5.16b, v16.16b",
        "addp v3.16b, v3.16b, v6.16b",
        "cnt v1.16b, v1.16b",
        "addp v2.16b, v2.16b, v4.16b",
        "addp v1.16b, v5.16b, v1.16b",
        "addp v1.16b, v3.16b, v1.16b",
        "addp v1.16b, v2.16b, v1.16b",
        "uadalp v0.8h, v1.16b",
        "cbnz x5, 8b",
        "7:",
        "cbz x2, 10f",
        "// widen the sums and add them to those stored before",
        "movi v1.8h, #2",
        "ldr q2, [x4, #0]",
        "ldr q3, [x4, #16]",
        "umlsl v2.4s, v0.4h, v1.4h",
        "umlsl2 v3.4s, v0.8h, v1.8h",
        "stp q2, q3, [x4, #0]",
        "b 9f",
        "10:",
        "// widen, correct and store the sums",
        "movi v1.8h, #2",
        "mov x2, x6",
        "ldr q2, [x7, #0]",
        "ldr q3, [x7, #16]",
        "ld1r {{v4.4s}}, [x2], #4",
        "add v2.4s, v2.4s, v4.4s",
        "add v3.4s, v3.4s, v4.4s",
        "umlsl v2.4s, v0.4h, v1.4h",
        "umlsl2 v3.4s, v0.8h, v1.8h",
        "stp q2, q3, [x4, #0]",
        "9:",
        "// pointers and counters",
        "mov x2, #1",
        "cbnz x0, 2b",
        "ret",
        ".cfi_endproc",
    )
}
