//! `qgen_pair8_1x8_lm128to127_rm128to127_t1x8k16u1_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_pair8_1x8_lm128to127_rm128to127_t1x8k16u1_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_pair8_1x8_lm128to127_rm128to127_t1x8k16u1_cortex_a72 --format rust
//
// macs-per-iteration: 128
// bound-macs-per-cycle: 8.00 (cortex-a72)
// modelled-macs-per-cycle: 8.00 (cortex-a72)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: pair8
// tile: 1x8, in register tiles of 1x8
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 8, k in blocks of 16 (128 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 43
// bound-by: 32 cycles of work for F0 and F1: 16 mul-long, 16 pair-acc
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v1     v2     v3     v4     v5     v6     v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_pair8_1x8_lm128to127_rm128to127_t1x8k16u1_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Pair8,
        tile: Tile::new(1, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
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
    let cost = Cost { call: 1133, block: 1600, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_pair8_1x8_lm128to127_rm128to127_t1x8k16u1_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "b 2f",
        "3:",
        "// first pass of the main loop, which begins the sums",
        "ldr q16, [x1], #16",
        "sub x0, x0, #1",
        "ldr q17, [x3], #128",
        "smull v18.8h, v16.8b, v17.8b",
        "smull2 v17.8h, v16.16b, v17.16b",
        "saddlp v0.4s, v18.8h",
        "ldur q18, [x3, #-112]",
        "sadalp v0.4s, v17.8h",
        "smull v17.8h, v16.8b, v18.8b",
        "ldur q19, [x3, #-96]",
        "smull2 v18.8h, v16.16b, v18.16b",
        "saddlp v1.4s, v17.8h",
        "ldur q17, [x3, #-80]",
        "sadalp v1.4s, v18.8h",
        "smull v18.8h, v16.8b, v19.8b",
        "ldur q20, [x3, #-64]",
        "smull2 v19.8h, v16.16b, v19.16b",
        "saddlp v2.4s, v18.8h",
        "ldur q18, [x3, #-48]",
        "sadalp v2.4s, v19.8h",
        "smull v19.8h, v16.8b, v17.8b",
        "ldur q21, [x3, #-32]",
        "smull2 v17.8h, v16.16b, v17.16b",
        "saddlp v3.4s, v19.8h",
        "ldur q19, [x3, #-16]",
        "sadalp v3.4s, v17.8h",
        "smull v17.8h, v16.8b, v20.8b",
        "smull2 v20.8h, v16.16b, v20.16b",
        "saddlp v4.4s, v17.8h",
        "sadalp v4.4s, v20.8h",
        "smull v17.8h, v16.8b, v18.8b",
        "smull2 v18.8h, v16.16b, v18.16b",
        "saddlp v5.4s, v17.8h",
        "sadalp v5.4s, v18.8h",
        "smull v17.8h, v16.8b, v21.8b",
        "smull2 v18.8h, v16.16b, v21.16b",
        "saddlp v6.4s, v17.8h",
        "sadalp v6.4s, v18.8h",
        "smull v17.8h, v16.8b, v19.8b",
        "smull2 v16.8h, v16.16b, v19.16b",
        "saddlp v7.4s, v17.8h",
        "sadalp v7.4s, v16.8h",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldr q16, [x1], #16",
        "sub x0, x0, #1",
        "ldr q17, [x3], #128",
        "smull v18.8h, v16.8b, v17.8b",
        "smull2 v17.8h, v16.16b, v17.16b",
        "sadalp v0.4s, v18.8h",
        "ldur q18, [x3, #-112]",
        "sadalp v0.4s, v17.8h",
        "smull v17.8h, v16.8b, v18.8b",
        "ldur q19, [x3, #-96]",
        "smull2 v18.8h, v16.16b, v18.16b",
        "sadalp v1.4s, v17.8h",
        "ldur q17, [x3, #-80]",
        "sadalp v1.4s, v18.8h",
        "smull v18.8h, v16.8b, v19.8b",
        "ldur q20, [x3, #-64]",
        "smull2 v19.8h, v16.16b, v19.16b",
        "sadalp v2.4s, v18.8h",
        "ldur q18, [x3, #-48]",
        "sadalp v2.4s, v19.8h",
        "smull v19.8h, v16.8b, v17.8b",
        "ldur q21, [x3, #-32]",
        "smull2 v17.8h, v16.16b, v17.16b",
        "sadalp v3.4s, v19.8h",
        "ldur q19, [x3, #-16]",
        "sadalp v3.4s, v17.8h",
        "smull v17.8h, v16.8b, v20.8b",
        "smull2 v20.8h, v16.16b, v20.16b",
        "sadalp v4.4s, v17.8h",
        "sadalp v4.4s, v20.8h",
        "smull v17.8h, v16.8b, v18.8b",
        "smull2 v18.8h, v16.16b, v18.16b",
        "sadalp v5.4s, v17.8h",
        "sadalp v5.4s, v18.8h",
        "smull v17.8h, v16.8b, v21.8b",
        "smull2 v18.8h, v16.16b, v21.16b",
        "sadalp v6.4s, v17.8h",
        "sadalp v6.4s, v18.8h",
        "smull v17.8h, v16.8b, v19.8b",
        "smull2 v16.8h, v16.16b, v19.16b",
        "sadalp v7.4s, v17.8h",
        "sadalp v7.4s, v16.8h",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q16, [x7, #0]",
        "addp v0.4s, v0.4s, v1.4s",
        "ldr q1, [x7, #16]",
        "addp v2.4s, v2.4s, v3.4s",
        "addp v3.4s, v4.4s, v5.4s",
        "ld1r {{v4.4s}}, [x0], #4",
        "addp v5.4s, v6.4s, v7.4s",
        "addp v0.4s, v0.4s, v2.4s",
        "addp v2.4s, v3.4s, v5.4s",
        "add v3.4s, v16.4s, v4.4s",
        "add v1.4s, v1.4s, v4.4s",
        "add v0.4s, v3.4s, v0.4s",
        "add v1.4s, v1.4s, v2.4s",
        "stp q0, q1, [x4, #0]",
        "ret",
        ".cfi_endproc",
    )
}
