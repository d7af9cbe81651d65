//! `qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1s_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1s_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1s_cortex_a72 --format rust
//
// macs-per-iteration: 768
// bound-macs-per-cycle: 15.36 (cortex-a72)
// modelled-macs-per-cycle: 15.06 (cortex-a72)
// depth-limit: 127
// k-limit: 127
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: fip
// tile: 1x24, in register tiles of 1x24
// lhs: -16..=15
// rhs: -16..=15
// rhs-stored: -15..=16, negated
// lhs-layout: row-major, in place, k in blocks of 32
// rhs-layout: panels of 24, k in blocks of 32 (768 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 149
// bound-by: 150 slots at 3 per dispatch cycle: 50 load-q, 48 mla-long, 48 vec-add, 2 int-alu, 1 branch, 1 write-back
// widening: once, at the end
// stack: 64 bytes, for d8, d9, d10, d11, d12, d13, d14, d15
//
// Where the sums of a register tile are while the main loop runs:
//           col 0   col 1   col 2   col 3   col 4   col 5   col 6   col 7   col 8   col 9  col 10  col 11  col 12  col 13  col 14  col 15  col 16  col 17  col 18  col 19  col 20  col 21  col 22  col 23
//   row 0      v0      v1      v2      v3      v4      v5      v6      v7     v16     v17     v18     v19     v20     v21     v22     v23     v24     v25     v26     v27     v28     v29     v30     v31
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1s_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Fip,
        tile: Tile::new(1, 24),
        lhs: Operand::Int(qgen_runtime::Range::new(-16, 15).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-16, 15).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 24),
        k_block: 32,
        unroll: 1,
        widen_in_loop: false,
        short: true,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 127, k_limit: 127 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 3200, block: 5100, widening: 0, left: 600 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_fip_1x24_lm16to15_rm16to15neg_t1x24k32u1s_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "stp d8, d9, [sp, #-64]!",
        ".cfi_adjust_cfa_offset 64",
        ".cfi_rel_offset 72, 0",
        ".cfi_rel_offset 73, 8",
        "stp d10, d11, [sp, #16]",
        ".cfi_rel_offset 74, 16",
        ".cfi_rel_offset 75, 24",
        "stp d12, d13, [sp, #32]",
        ".cfi_rel_offset 76, 32",
        ".cfi_rel_offset 77, 40",
        "stp d14, d15, [sp, #48]",
        ".cfi_rel_offset 78, 48",
        ".cfi_rel_offset 79, 56",
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
        "movi v24.2d, #0",
        "movi v25.2d, #0",
        "movi v26.2d, #0",
        "movi v27.2d, #0",
        "movi v28.2d, #0",
        "movi v29.2d, #0",
        "movi v30.2d, #0",
        "movi v31.2d, #0",
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr q8, [x1], #32",
        "ldur q9, [x1, #-16]",
        "ldr q10, [x3, #0]",
        "ldr q11, [x3, #16]",
        "ldr q12, [x3, #32]",
        "ldr q13, [x3, #48]",
        "ldr q14, [x3, #64]",
        "add v10.16b, v9.16b, v10.16b",
        "ldr q15, [x3, #80]",
        "add v11.16b, v8.16b, v11.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v0.8h, v11.8b, v10.8b",
        "add v14.16b, v9.16b, v14.16b",
        "smlal2 v0.8h, v11.16b, v10.16b",
        "add v10.16b, v8.16b, v15.16b",
        "ldr q11, [x3, #96]",
        "smlal v1.8h, v13.8b, v12.8b",
        "ldr q15, [x3, #112]",
        "smlal2 v1.8h, v13.16b, v12.16b",
        "ldr q12, [x3, #128]",
        "smlal v2.8h, v10.8b, v14.8b",
        "ldr q13, [x3, #144]",
        "smlal2 v2.8h, v10.16b, v14.16b",
        "ldr q10, [x3, #160]",
        "add v11.16b, v9.16b, v11.16b",
        "ldr q14, [x3, #176]",
        "add v15.16b, v8.16b, v15.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v3.8h, v15.8b, v11.8b",
        "add v10.16b, v9.16b, v10.16b",
        "smlal2 v3.8h, v15.16b, v11.16b",
        "add v11.16b, v8.16b, v14.16b",
        "ldr q14, [x3, #192]",
        "smlal v4.8h, v13.8b, v12.8b",
        "ldr q15, [x3, #208]",
        "smlal2 v4.8h, v13.16b, v12.16b",
        "ldr q12, [x3, #224]",
        "smlal v5.8h, v11.8b, v10.8b",
        "ldr q13, [x3, #240]",
        "smlal2 v5.8h, v11.16b, v10.16b",
        "ldr q10, [x3, #256]",
        "add v11.16b, v9.16b, v14.16b",
        "ldr q14, [x3, #272]",
        "add v15.16b, v8.16b, v15.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v6.8h, v15.8b, v11.8b",
        "add v10.16b, v9.16b, v10.16b",
        "smlal2 v6.8h, v15.16b, v11.16b",
        "add v11.16b, v8.16b, v14.16b",
        "ldr q14, [x3, #288]",
        "smlal v7.8h, v13.8b, v12.8b",
        "ldr q15, [x3, #304]",
        "smlal2 v7.8h, v13.16b, v12.16b",
        "ldr q12, [x3, #320]",
        "smlal v16.8h, v11.8b, v10.8b",
        "ldr q13, [x3, #336]",
        "smlal2 v16.8h, v11.16b, v10.16b",
        "ldr q10, [x3, #352]",
        "add v11.16b, v9.16b, v14.16b",
        "ldr q14, [x3, #368]",
        "add v15.16b, v8.16b, v15.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v17.8h, v15.8b, v11.8b",
        "add v10.16b, v9.16b, v10.16b",
        "smlal2 v17.8h, v15.16b, v11.16b",
        "add v11.16b, v8.16b, v14.16b",
        "ldr q14, [x3, #384]",
        "smlal v18.8h, v13.8b, v12.8b",
        "ldr q15, [x3, #400]",
        "smlal2 v18.8h, v13.16b, v12.16b",
        "ldr q12, [x3, #416]",
        "smlal v19.8h, v11.8b, v10.8b",
        "ldr q13, [x3, #432]",
        "smlal2 v19.8h, v11.16b, v10.16b",
        "ldr q10, [x3, #448]",
        "add v11.16b, v9.16b, v14.16b",
        "ldr q14, [x3, #464]",
        "add v15.16b, v8.16b, v15.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v20.8h, v15.8b, v11.8b",
        "add v10.16b, v9.16b, v10.16b",
        "smlal2 v20.8h, v15.16b, v11.16b",
        "add v11.16b, v8.16b, v14.16b",
        "ldr q14, [x3, #480]",
        "smlal v21.8h, v13.8b, v12.8b",
        "ldr q15, [x3, #496]",
        "sub x0, x0, #1",
        "smlal2 v21.8h, v13.16b, v12.16b",
        "ldr q12, [x3, #512]",
        "smlal v22.8h, v11.8b, v10.8b",
        "ldr q13, [x3, #528]",
        "smlal2 v22.8h, v11.16b, v10.16b",
        "ldr q10, [x3, #544]",
        "add v11.16b, v9.16b, v14.16b",
        "ldr q14, [x3, #560]",
        "add v15.16b, v8.16b, v15.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v23.8h, v15.8b, v11.8b",
        "add v10.16b, v9.16b, v10.16b",
        "smlal2 v23.8h, v15.16b, v11.16b",
        "add v11.16b, v8.16b, v14.16b",
        "ldr q14, [x3, #576]",
        "smlal v24.8h, v13.8b, v12.8b",
        "ldr q15, [x3, #592]",
        "smlal2 v24.8h, v13.16b, v12.16b",
        "ldr q12, [x3, #608]",
        "smlal v25.8h, v11.8b, v10.8b",
        "ldr q13, [x3, #624]",
        "smlal2 v25.8h, v11.16b, v10.16b",
        "ldr q10, [x3, #640]",
        "add v11.16b, v9.16b, v14.16b",
        "ldr q14, [x3, #656]",
        "add v15.16b, v8.16b, v15.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v26.8h, v15.8b, v11.8b",
        "add v10.16b, v9.16b, v10.16b",
        "smlal2 v26.8h, v15.16b, v11.16b",
        "add v11.16b, v8.16b, v14.16b",
        "ldr q14, [x3, #672]",
        "smlal v27.8h, v13.8b, v12.8b",
        "ldr q15, [x3, #688]",
        "smlal2 v27.8h, v13.16b, v12.16b",
        "ldr q12, [x3, #704]",
        "smlal v28.8h, v11.8b, v10.8b",
        "ldr q13, [x3, #720]",
        "smlal2 v28.8h, v11.16b, v10.16b",
        "ldr q10, [x3, #736]",
        "add v11.16b, v9.16b, v14.16b",
        "ldr q14, [x3, #752]",
        "add x3, x3, #768",
        "add v15.16b, v8.16b, v15.16b",
        "add v12.16b, v9.16b, v12.16b",
        "add v13.16b, v8.16b, v13.16b",
        "smlal v29.8h, v15.8b, v11.8b",
        "add v9.16b, v9.16b, v10.16b",
        "smlal2 v29.8h, v15.16b, v11.16b",
        "add v8.16b, v8.16b, v14.16b",
        "smlal v30.8h, v13.8b, v12.8b",
        "smlal2 v30.8h, v13.16b, v12.16b",
        "smlal v31.8h, v8.8b, v9.8b",
        "smlal2 v31.8h, v8.16b, v9.16b",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x4",
        "mov x1, x6",
        "ldr q8, [x7, #0]",
        "ldr q9, [x7, #16]",
        "addp v0.8h, v0.8h, v1.8h",
        "addp v1.8h, v2.8h, v3.8h",
        "ldr q2, [x7, #32]",
        "addp v3.8h, v4.8h, v5.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "ldr q5, [x7, #48]",
        "addp v6.8h, v16.8h, v17.8h",
        "addp v7.8h, v18.8h, v19.8h",
        "ldr q16, [x7, #64]",
        "addp v0.8h, v0.8h, v1.8h",
        "addp v1.8h, v20.8h, v21.8h",
        "uzp1 v17.8h, v8.8h, v8.8h",
        "ldr q18, [x7, #80]",
        "addp v3.8h, v3.8h, v4.8h",
        "uzp1 v4.8h, v9.8h, v9.8h",
        "ld1r {{v19.4s}}, [x1], #4",
        "uzp1 v2.8h, v2.8h, v2.8h",
        "addp v0.8h, v0.8h, v0.8h",
        "uzp1 v5.8h, v5.8h, v5.8h",
        "addp v3.8h, v3.8h, v3.8h",
        "uzp1 v16.8h, v16.8h, v16.8h",
        "addp v6.8h, v6.8h, v7.8h",
        "uzp1 v7.8h, v18.8h, v18.8h",
        "addp v18.8h, v22.8h, v23.8h",
        "addp v20.8h, v24.8h, v25.8h",
        "addp v21.8h, v26.8h, v27.8h",
        "addp v6.8h, v6.8h, v6.8h",
        "addp v22.8h, v28.8h, v29.8h",
        "addp v1.8h, v1.8h, v18.8h",
        "addp v18.8h, v30.8h, v31.8h",
        "uzp1 v19.8h, v19.8h, v19.8h",
        "addp v20.8h, v20.8h, v21.8h",
        "addp v1.8h, v1.8h, v1.8h",
        "addp v18.8h, v22.8h, v18.8h",
        "add v17.8h, v17.8h, v19.8h",
        "add v4.8h, v4.8h, v19.8h",
        "add v2.8h, v2.8h, v19.8h",
        "add v5.8h, v5.8h, v19.8h",
        "addp v20.8h, v20.8h, v20.8h",
        "add v16.8h, v16.8h, v19.8h",
        "sub v0.8h, v17.8h, v0.8h",
        "sub v3.8h, v4.8h, v3.8h",
        "sub v2.8h, v2.8h, v6.8h",
        "sub v1.8h, v5.8h, v1.8h",
        "sub v4.8h, v16.8h, v20.8h",
        "addp v5.8h, v18.8h, v18.8h",
        "sshll v0.4s, v0.4h, #0",
        "add v6.8h, v7.8h, v19.8h",
        "sshll v3.4s, v3.4h, #0",
        "sshll v2.4s, v2.4h, #0",
        "sshll v1.4s, v1.4h, #0",
        "sub v5.8h, v6.8h, v5.8h",
        "stp q0, q3, [x0, #0]",
        "sshll v0.4s, v4.4h, #0",
        "sshll v3.4s, v5.4h, #0",
        "stp q2, q1, [x0, #32]",
        "stp q0, q3, [x0, #64]",
        "// callee-saved registers",
        "ldp d14, d15, [sp, #48]",
        "ldp d12, d13, [sp, #32]",
        "ldp d10, d11, [sp, #16]",
        "ldp d8, d9, [sp], #64",
        ".cfi_adjust_cfa_offset -64",
        "ret",
        ".cfi_endproc",
    )
}
