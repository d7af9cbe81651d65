//! `qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2ou8_neoverse_v1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2ou8_neoverse_v1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2ou8_neoverse_v1 --format rust
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
// stack: 16 bytes, for d8
//
// Where the sums of a register tile are while the main loop runs:
//             cols 0-1  cols 2-3  cols 4-5  cols 6-7
//   rows 0-1        v0        v1        v2        v3
//   rows 2-3        v4        v5        v6        v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2ou8_neoverse_v1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     uint8_t *out, size_t out_stride, const int32_t *row_add, const void *col_add);

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
        end: End::U8,
        core: std::borrow::Cow::Borrowed("neoverse-v1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 131071, k_limit: 131071 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 2963, block: 200, widening: 0, left: 134 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2ou8_neoverse_v1", descriptor, code) }.with_cost(cost)
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
        "mov x0, x4",
        "mov x1, x6",
        "ldr q16, [x7, #48]",
        "ldr q17, [x7, #112]",
        "zip1 v18.2d, v0.2d, v1.2d",
        "ldr q19, [x7, #80]",
        "zip1 v20.2d, v2.2d, v3.2d",
        "zip2 v0.2d, v0.2d, v1.2d",
        "ld1r {{v1.4s}}, [x1], #4",
        "ldr q21, [x7, #64]",
        "ldr q22, [x7, #96]",
        "zip2 v2.2d, v2.2d, v3.2d",
        "zip1 v3.2d, v4.2d, v5.2d",
        "ldr q23, [x7, #144]",
        "ldr q24, [x7, #128]",
        "ldr q25, [x7, #160]",
        "ldr q26, [x7, #0]",
        "ld1r {{v27.4s}}, [x1], #4",
        "ldr q28, [x7, #16]",
        "ldr q29, [x7, #32]",
        "ld1r {{v30.4s}}, [x1], #4",
        "add v31.4s, v16.4s, v1.4s",
        "add v1.4s, v17.4s, v1.4s",
        "zip1 v8.2d, v6.2d, v7.2d",
        "add v18.4s, v31.4s, v18.4s",
        "add v1.4s, v1.4s, v20.4s",
        "add v20.4s, v16.4s, v27.4s",
        "add v27.4s, v17.4s, v27.4s",
        "add v31.4s, v16.4s, v30.4s",
        "add v30.4s, v17.4s, v30.4s",
        "sqshl v18.4s, v18.4s, v19.4s",
        "sqshl v1.4s, v1.4s, v23.4s",
        "add v0.4s, v20.4s, v0.4s",
        "add v2.4s, v27.4s, v2.4s",
        "add v3.4s, v31.4s, v3.4s",
        "add v20.4s, v30.4s, v8.4s",
        "sqrdmulh v18.4s, v18.4s, v21.4s",
        "sqrdmulh v1.4s, v1.4s, v24.4s",
        "sqshl v0.4s, v0.4s, v19.4s",
        "sqshl v2.4s, v2.4s, v23.4s",
        "sqshl v3.4s, v3.4s, v19.4s",
        "sqshl v20.4s, v20.4s, v23.4s",
        "sqrdmulh v0.4s, v0.4s, v21.4s",
        "sqrdmulh v2.4s, v2.4s, v24.4s",
        "sqrdmulh v3.4s, v3.4s, v21.4s",
        "sqrdmulh v20.4s, v20.4s, v24.4s",
        "and v27.16b, v18.16b, v22.16b",
        "and v30.16b, v1.16b, v25.16b",
        "ssra v18.4s, v27.4s, #31",
        "ssra v1.4s, v30.4s, #31",
        "and v27.16b, v0.16b, v22.16b",
        "and v30.16b, v2.16b, v25.16b",
        "and v31.16b, v3.16b, v22.16b",
        "and v8.16b, v20.16b, v25.16b",
        "srshl v18.4s, v18.4s, v22.4s",
        "srshl v1.4s, v1.4s, v25.4s",
        "ssra v0.4s, v27.4s, #31",
        "ssra v2.4s, v30.4s, #31",
        "sqxtn v18.4h, v18.4s",
        "ssra v3.4s, v31.4s, #31",
        "ld1r {{v27.4s}}, [x1], #4",
        "zip2 v4.2d, v4.2d, v5.2d",
        "srshl v0.4s, v0.4s, v22.4s",
        "srshl v2.4s, v2.4s, v25.4s",
        "zip2 v5.2d, v6.2d, v7.2d",
        "sqxtn2 v18.8h, v1.4s",
        "srshl v1.4s, v3.4s, v22.4s",
        "sqxtn v0.4h, v0.4s",
        "ssra v20.4s, v8.4s, #31",
        "sqadd v3.8h, v18.8h, v26.8h",
        "sqxtn v1.4h, v1.4s",
        "sqxtn2 v0.8h, v2.4s",
        "srshl v2.4s, v20.4s, v25.4s",
        "sqxtun v3.8b, v3.8h",
        "sqadd v0.8h, v0.8h, v26.8h",
        "sqxtn2 v1.8h, v2.4s",
        "add v2.4s, v16.4s, v27.4s",
        "add v6.4s, v17.4s, v27.4s",
        "sqxtun2 v3.16b, v0.8h",
        "sqadd v0.8h, v1.8h, v26.8h",
        "add v1.4s, v2.4s, v4.4s",
        "add v2.4s, v6.4s, v5.4s",
        "umax v3.16b, v3.16b, v28.16b",
        "sqxtun v0.8b, v0.8h",
        "sqshl v1.4s, v1.4s, v19.4s",
        "sqshl v2.4s, v2.4s, v23.4s",
        "umin v3.16b, v3.16b, v29.16b",
        "sqrdmulh v1.4s, v1.4s, v21.4s",
        "sqrdmulh v2.4s, v2.4s, v24.4s",
        "str d3, [x0, #0]",
        "add x0, x0, x5",
        "st1 {{v3.d}}[1], [x0]",
        "add x0, x0, x5",
        "and v3.16b, v1.16b, v22.16b",
        "and v4.16b, v2.16b, v25.16b",
        "ssra v1.4s, v3.4s, #31",
        "ssra v2.4s, v4.4s, #31",
        "srshl v1.4s, v1.4s, v22.4s",
        "srshl v2.4s, v2.4s, v25.4s",
        "sqxtn v1.4h, v1.4s",
        "sqxtn2 v1.8h, v2.4s",
        "sqadd v1.8h, v1.8h, v26.8h",
        "sqxtun2 v0.16b, v1.8h",
        "umax v0.16b, v0.16b, v28.16b",
        "umin v0.16b, v0.16b, v29.16b",
        "str d0, [x0, #0]",
        "add x0, x0, x5",
        "st1 {{v0.d}}[1], [x0]",
        "// callee-saved registers",
        "ldp d8, d31, [sp], #16",
        ".cfi_adjust_cfa_offset -16",
        "ret",
        ".cfi_endproc",
    )
}
