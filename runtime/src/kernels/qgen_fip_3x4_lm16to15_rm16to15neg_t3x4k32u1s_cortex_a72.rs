//! `qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1s_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1s_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1s_cortex_a72 --format rust
//
// macs-per-iteration: 384
// bound-macs-per-cycle: 16.00 (cortex-a72)
// modelled-macs-per-cycle: 16.00 (cortex-a72)
// depth-limit: 127
// k-limit: 127
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: fip
// tile: 3x4, in register tiles of 3x4
// lhs: -16..=15
// rhs: -16..=15
// rhs-stored: -15..=16, negated
// lhs-layout: row-major, in place, k in blocks of 32
// rhs-layout: panels of 4, k in blocks of 32 (128 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 64
// bound-by: 48 cycles of work for F0 and F1: 24 mla-long, 24 vec-add
// widening: once, at the end
// stack: 16 bytes, for d8
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3
//   row 0     v0     v1     v2     v3
//   row 1     v4     v5     v6     v7
//   row 2    v16    v17    v18    v19
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1s_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Fip,
        tile: Tile::new(3, 4),
        lhs: Operand::Int(qgen_runtime::Range::new(-16, 15).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-16, 15).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(3, 4),
        k_block: 32,
        unroll: 1,
        widen_in_loop: false,
        short: true,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 127, k_limit: 127 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1583, block: 2400, widening: 0, left: 600 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_fip_3x4_lm16to15_rm16to15neg_t3x4k32u1s_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "add x8, x1, x2",
        "add x2, x8, x2",
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
        "b 2f",
        "3:",
        "// first pass of the main loop, which begins the sums",
        "ldr q20, [x3], #128",
        "ldur q21, [x3, #-112]",
        "ldr q22, [x1], #32",
        "add v23.16b, v22.16b, v21.16b",
        "ldur q24, [x1, #-16]",
        "add v25.16b, v24.16b, v20.16b",
        "smull v0.8h, v23.8b, v25.8b",
        "smlal2 v0.8h, v23.16b, v25.16b",
        "ldur q23, [x3, #-80]",
        "add v25.16b, v22.16b, v23.16b",
        "ldur q26, [x3, #-96]",
        "add v27.16b, v24.16b, v26.16b",
        "smull v1.8h, v25.8b, v27.8b",
        "smlal2 v1.8h, v25.16b, v27.16b",
        "ldur q25, [x3, #-48]",
        "add v27.16b, v22.16b, v25.16b",
        "ldur q28, [x3, #-64]",
        "add v29.16b, v24.16b, v28.16b",
        "smull v2.8h, v27.8b, v29.8b",
        "smlal2 v2.8h, v27.16b, v29.16b",
        "ldur q27, [x3, #-16]",
        "add v22.16b, v22.16b, v27.16b",
        "ldur q29, [x3, #-32]",
        "add v24.16b, v24.16b, v29.16b",
        "smull v3.8h, v22.8b, v24.8b",
        "smlal2 v3.8h, v22.16b, v24.16b",
        "ldr q22, [x8], #32",
        "add v24.16b, v22.16b, v21.16b",
        "ldur q30, [x8, #-16]",
        "add v31.16b, v30.16b, v20.16b",
        "smull v4.8h, v24.8b, v31.8b",
        "add v8.16b, v22.16b, v23.16b",
        "sub x0, x0, #1",
        "smlal2 v4.8h, v24.16b, v31.16b",
        "add v24.16b, v30.16b, v26.16b",
        "smull v5.8h, v8.8b, v24.8b",
        "add v31.16b, v22.16b, v25.16b",
        "smlal2 v5.8h, v8.16b, v24.16b",
        "add v24.16b, v30.16b, v28.16b",
        "smull v6.8h, v31.8b, v24.8b",
        "add v22.16b, v22.16b, v27.16b",
        "smlal2 v6.8h, v31.16b, v24.16b",
        "add v24.16b, v30.16b, v29.16b",
        "smull v7.8h, v22.8b, v24.8b",
        "ldr q30, [x2], #32",
        "smlal2 v7.8h, v22.16b, v24.16b",
        "add v21.16b, v30.16b, v21.16b",
        "ldur q22, [x2, #-16]",
        "add v20.16b, v22.16b, v20.16b",
        "smull v16.8h, v21.8b, v20.8b",
        "smlal2 v16.8h, v21.16b, v20.16b",
        "add v20.16b, v30.16b, v23.16b",
        "add v21.16b, v22.16b, v26.16b",
        "smull v17.8h, v20.8b, v21.8b",
        "smlal2 v17.8h, v20.16b, v21.16b",
        "add v20.16b, v30.16b, v25.16b",
        "add v21.16b, v22.16b, v28.16b",
        "smull v18.8h, v20.8b, v21.8b",
        "smlal2 v18.8h, v20.16b, v21.16b",
        "add v20.16b, v30.16b, v27.16b",
        "add v21.16b, v22.16b, v29.16b",
        "smull v19.8h, v20.8b, v21.8b",
        "smlal2 v19.8h, v20.16b, v21.16b",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldr q20, [x3], #128",
        "ldur q21, [x3, #-112]",
        "ldr q22, [x1], #32",
        "add v23.16b, v22.16b, v21.16b",
        "ldur q24, [x1, #-16]",
        "add v25.16b, v24.16b, v20.16b",
        "smlal v0.8h, v23.8b, v25.8b",
        "smlal2 v0.8h, v23.16b, v25.16b",
        "ldur q23, [x3, #-80]",
        "add v25.16b, v22.16b, v23.16b",
        "ldur q26, [x3, #-96]",
        "add v27.16b, v24.16b, v26.16b",
        "smlal v1.8h, v25.8b, v27.8b",
        "smlal2 v1.8h, v25.16b, v27.16b",
        "ldur q25, [x3, #-48]",
        "add v27.16b, v22.16b, v25.16b",
        "ldur q28, [x3, #-64]",
        "add v29.16b, v24.16b, v28.16b",
        "smlal v2.8h, v27.8b, v29.8b",
        "smlal2 v2.8h, v27.16b, v29.16b",
        "ldur q27, [x3, #-16]",
        "add v22.16b, v22.16b, v27.16b",
        "ldur q29, [x3, #-32]",
        "add v24.16b, v24.16b, v29.16b",
        "smlal v3.8h, v22.8b, v24.8b",
        "smlal2 v3.8h, v22.16b, v24.16b",
        "ldr q22, [x8], #32",
        "add v24.16b, v22.16b, v21.16b",
        "ldur q30, [x8, #-16]",
        "add v31.16b, v30.16b, v20.16b",
        "smlal v4.8h, v24.8b, v31.8b",
        "add v8.16b, v22.16b, v23.16b",
        "sub x0, x0, #1",
        "smlal2 v4.8h, v24.16b, v31.16b",
        "add v24.16b, v30.16b, v26.16b",
        "smlal v5.8h, v8.8b, v24.8b",
        "add v31.16b, v22.16b, v25.16b",
        "smlal2 v5.8h, v8.16b, v24.16b",
        "add v24.16b, v30.16b, v28.16b",
        "smlal v6.8h, v31.8b, v24.8b",
        "add v22.16b, v22.16b, v27.16b",
        "smlal2 v6.8h, v31.16b, v24.16b",
        "add v24.16b, v30.16b, v29.16b",
        "smlal v7.8h, v22.8b, v24.8b",
        "ldr q30, [x2], #32",
        "smlal2 v7.8h, v22.16b, v24.16b",
        "add v21.16b, v30.16b, v21.16b",
        "ldur q22, [x2, #-16]",
        "add v20.16b, v22.16b, v20.16b",
        "smlal v16.8h, v21.8b, v20.8b",
        "smlal2 v16.8h, v21.16b, v20.16b",
        "add v20.16b, v30.16b, v23.16b",
        "add v21.16b, v22.16b, v26.16b",
        "smlal v17.8h, v20.8b, v21.8b",
        "smlal2 v17.8h, v20.16b, v21.16b",
        "add v20.16b, v30.16b, v25.16b",
        "add v21.16b, v22.16b, v28.16b",
        "smlal v18.8h, v20.8b, v21.8b",
        "smlal2 v18.8h, v20.16b, v21.16b",
        "add v20.16b, v30.16b, v27.16b",
        "add v21.16b, v22.16b, v29.16b",
        "smlal v19.8h, v20.8b, v21.8b",
        "smlal2 v19.8h, v20.16b, v21.16b",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "ldr q20, [x7, #0]",
        "add x0, x4, x5",
        "addp v0.8h, v0.8h, v1.8h",
        "ldr d1, [x6, #0]",
        "addp v2.8h, v2.8h, v3.8h",
        "addp v3.8h, v4.8h, v5.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "add x1, x0, x5",
        "ldr s5, [x6, #8]",
        "addp v6.8h, v16.8h, v17.8h",
        "addp v7.8h, v18.8h, v19.8h",
        "addp v0.8h, v0.8h, v2.8h",
        "uzp1 v2.8h, v20.8h, v20.8h",
        "addp v3.8h, v3.8h, v4.8h",
        "trn1 v1.8h, v1.8h, v1.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "trn1 v5.8h, v5.8h, v5.8h",
        "addp v0.8h, v0.8h, v3.8h",
        "zip1 v1.8h, v1.8h, v1.8h",
        "addp v3.8h, v4.8h, v4.8h",
        "zip1 v4.8h, v5.8h, v5.8h",
        "add v1.8h, v2.8h, v1.8h",
        "add v2.8h, v2.8h, v4.8h",
        "sub v0.8h, v1.8h, v0.8h",
        "sub v1.8h, v2.8h, v3.8h",
        "sshll v2.4s, v0.4h, #0",
        "sshll2 v0.4s, v0.8h, #0",
        "sshll v1.4s, v1.4h, #0",
        "str q2, [x4, #0]",
        "str q0, [x0, #0]",
        "str q1, [x1, #0]",
        "// callee-saved registers",
        "ldp d8, d31, [sp], #16",
        ".cfi_adjust_cfa_offset -16",
        "ret",
        ".cfi_endproc",
    )
}
