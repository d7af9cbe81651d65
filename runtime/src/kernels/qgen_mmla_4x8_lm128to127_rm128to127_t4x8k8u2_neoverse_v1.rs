//! `qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 128.00 (neoverse-v1)
// modelled-macs-per-cycle: 128.00 (neoverse-v1)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: mmla
// tile: 4x8, in register tiles of 4x8
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: panels of 4, k in blocks of 8 (32 bytes), depth fastest
// rhs-layout: panels of 8, k in blocks of 8 (64 bytes), depth fastest
// isa: i8mm
// instructions-per-iteration: 24
// bound-by: 28 cycles of work for V0 and V2 and V1 and V3 and L0 and L1 and L2: 16 mmla, 12 load-pair-q
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//             cols 0-1  cols 2-3  cols 4-5  cols 6-7
//   rows 0-1        v0        v1        v2        v3
//   rows 2-3        v4        v5        v6        v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Mmla,
        tile: Tile::new(4, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(4, 8),
        k_block: 8,
        unroll: 2,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("neoverse-v1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 131071, k_limit: 131071 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1263, block: 200, widening: 0, left: 134 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1", descriptor, code) }.with_cost(cost)
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
        "lsr x2, x0, #1",
        "and x0, x0, #0x1",
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
        "ldp q16, q17, [x1], #64",
        "ldp q18, q19, [x3], #128",
        "sub x2, x2, #1",
        "ldp q20, q21, [x3, #-96]",
        "ldp q22, q23, [x1, #-32]",
        "ldp q24, q25, [x3, #-64]",
        "ldp q26, q27, [x3, #-32]",
        ".inst 0x4e92a600 // smmla v0.4s, v16.16b, v18.16b",
        ".inst 0x4e92a624 // smmla v4.4s, v17.16b, v18.16b",
        ".inst 0x4e93a601 // smmla v1.4s, v16.16b, v19.16b",
        ".inst 0x4e93a625 // smmla v5.4s, v17.16b, v19.16b",
        ".inst 0x4e94a602 // smmla v2.4s, v16.16b, v20.16b",
        ".inst 0x4e94a626 // smmla v6.4s, v17.16b, v20.16b",
        ".inst 0x4e95a603 // smmla v3.4s, v16.16b, v21.16b",
        ".inst 0x4e95a627 // smmla v7.4s, v17.16b, v21.16b",
        ".inst 0x4e98a6c0 // smmla v0.4s, v22.16b, v24.16b",
        ".inst 0x4e98a6e4 // smmla v4.4s, v23.16b, v24.16b",
        ".inst 0x4e99a6c1 // smmla v1.4s, v22.16b, v25.16b",
        ".inst 0x4e99a6e5 // smmla v5.4s, v23.16b, v25.16b",
        ".inst 0x4e9aa6c2 // smmla v2.4s, v22.16b, v26.16b",
        ".inst 0x4e9aa6e6 // smmla v6.4s, v23.16b, v26.16b",
        ".inst 0x4e9ba6c3 // smmla v3.4s, v22.16b, v27.16b",
        ".inst 0x4e9ba6e7 // smmla v7.4s, v23.16b, v27.16b",
        "cbnz x2, 3b",
        "2:",
        "cbz x0, 4f",
        "5:",
        "// one k-block left over by the main loop",
        "ldp q16, q17, [x1], #32",
        "ldp q18, q19, [x3], #64",
        "sub x0, x0, #1",
        "ldp q20, q21, [x3, #-32]",
        ".inst 0x4e92a600 // smmla v0.4s, v16.16b, v18.16b",
        ".inst 0x4e92a624 // smmla v4.4s, v17.16b, v18.16b",
        ".inst 0x4e93a601 // smmla v1.4s, v16.16b, v19.16b",
        ".inst 0x4e93a625 // smmla v5.4s, v17.16b, v19.16b",
        ".inst 0x4e94a602 // smmla v2.4s, v16.16b, v20.16b",
        ".inst 0x4e94a626 // smmla v6.4s, v17.16b, v20.16b",
        ".inst 0x4e95a603 // smmla v3.4s, v16.16b, v21.16b",
        ".inst 0x4e95a627 // smmla v7.4s, v17.16b, v21.16b",
        "cbnz x0, 5b",
        "4:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q16, [x7, #0]",
        "ldr q17, [x7, #16]",
        "zip1 v18.2d, v0.2d, v1.2d",
        "zip1 v19.2d, v2.2d, v3.2d",
        "add x1, x4, x5",
        "zip2 v0.2d, v0.2d, v1.2d",
        "zip2 v1.2d, v2.2d, v3.2d",
        "ld1r {{v2.4s}}, [x0], #4",
        "zip1 v3.2d, v4.2d, v5.2d",
        "zip1 v20.2d, v6.2d, v7.2d",
        "zip2 v4.2d, v4.2d, v5.2d",
        "ld1r {{v5.4s}}, [x0], #4",
        "zip2 v6.2d, v6.2d, v7.2d",
        "ld1r {{v7.4s}}, [x0], #4",
        "ld1r {{v21.4s}}, [x0], #4",
        "add v22.4s, v16.4s, v2.4s",
        "add v2.4s, v17.4s, v2.4s",
        "add v23.4s, v16.4s, v5.4s",
        "add v5.4s, v17.4s, v5.4s",
        "add v18.4s, v22.4s, v18.4s",
        "add v2.4s, v2.4s, v19.4s",
        "add v19.4s, v16.4s, v7.4s",
        "add v7.4s, v17.4s, v7.4s",
        "add v0.4s, v23.4s, v0.4s",
        "add v1.4s, v5.4s, v1.4s",
        "add v5.4s, v16.4s, v21.4s",
        "add v16.4s, v17.4s, v21.4s",
        "stp q18, q2, [x4, #0]",
        "add v2.4s, v19.4s, v3.4s",
        "add v3.4s, v7.4s, v20.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v5.4s, v4.4s",
        "add v1.4s, v16.4s, v6.4s",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "stp q0, q1, [x1, #0]",
        "ret",
        ".cfi_endproc",
    )
}
