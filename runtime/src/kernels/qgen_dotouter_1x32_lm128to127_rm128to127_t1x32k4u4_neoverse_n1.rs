//! `qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k4u4_neoverse_n1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k4u4_neoverse_n1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k4u4_neoverse_n1 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 28.44 (neoverse-n1)
// modelled-macs-per-cycle: 28.44 (neoverse-n1)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: dotouter
// tile: 1x32, in register tiles of 1x32
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: panels of 1, k in blocks of 4 (8 bytes), depth fastest
// rhs-layout: panels of 32, k in blocks of 4 (128 bytes), depth fastest
// isa: dotprod
// instructions-per-iteration: 72
// bound-by: 72 slots at 4 per dispatch cycle: 32 dot, 32 load-q, 4 load-d, 3 int-alu, 1 branch
// widening: once, at the end
// stack: 16 bytes, for d8, d9
//
// Where the sums of a register tile are while the main loop runs:
//            cols 0-3    cols 4-7   cols 8-11  cols 12-15  cols 16-19  cols 20-23  cols 24-27  cols 28-31
//   row 0          v0          v1          v2          v3          v4          v5          v6          v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k4u4_neoverse_n1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::DotOuter,
        tile: Tile::new(1, 32),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        register_tile: Tile::new(1, 32),
        k_block: 4,
        unroll: 4,
        widen_in_loop: false,
        short: false,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("neoverse-n1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 131071, k_limit: 131071 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1800, block: 450, widening: 0, left: 402 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k4u4_neoverse_n1", descriptor, code) }.with_cost(cost)
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
        "stp d8, d9, [sp, #-16]!",
        ".cfi_adjust_cfa_offset 16",
        ".cfi_rel_offset 72, 0",
        ".cfi_rel_offset 73, 8",
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
        "ldr q16, [x3, #0]",
        "ldr q17, [x3, #16]",
        "ldr q18, [x3, #32]",
        "ldr q19, [x3, #48]",
        "ldr q20, [x3, #64]",
        "ldr q21, [x3, #80]",
        "ldr q22, [x3, #96]",
        "ldr q23, [x3, #112]",
        "sub x2, x2, #1",
        "ldr d24, [x1, #0]",
        "ldr q25, [x3, #128]",
        "ldr q26, [x3, #144]",
        "ldr q27, [x3, #160]",
        "ldr q28, [x3, #176]",
        "ldr q29, [x3, #192]",
        "ldr q30, [x3, #208]",
        "ldr q31, [x3, #224]",
        "ldr q8, [x3, #240]",
        "ldr d9, [x1, #8]",
        ".inst 0x4f98e200 // sdot v0.4s, v16.16b, v24.4b[0]",
        ".inst 0x4f98e221 // sdot v1.4s, v17.16b, v24.4b[0]",
        "ldr q16, [x3, #256]",
        "ldr q17, [x3, #272]",
        ".inst 0x4f98e242 // sdot v2.4s, v18.16b, v24.4b[0]",
        ".inst 0x4f98e263 // sdot v3.4s, v19.16b, v24.4b[0]",
        "ldr q18, [x3, #288]",
        "ldr q19, [x3, #304]",
        ".inst 0x4f98e284 // sdot v4.4s, v20.16b, v24.4b[0]",
        ".inst 0x4f98e2a5 // sdot v5.4s, v21.16b, v24.4b[0]",
        "ldr q20, [x3, #320]",
        "ldr q21, [x3, #336]",
        ".inst 0x4f98e2c6 // sdot v6.4s, v22.16b, v24.4b[0]",
        ".inst 0x4f98e2e7 // sdot v7.4s, v23.16b, v24.4b[0]",
        "ldr q22, [x3, #352]",
        "ldr q23, [x3, #368]",
        ".inst 0x4f89e320 // sdot v0.4s, v25.16b, v9.4b[0]",
        ".inst 0x4f89e341 // sdot v1.4s, v26.16b, v9.4b[0]",
        "ldr d24, [x1, #16]",
        "ldr q25, [x3, #384]",
        ".inst 0x4f89e362 // sdot v2.4s, v27.16b, v9.4b[0]",
        ".inst 0x4f89e383 // sdot v3.4s, v28.16b, v9.4b[0]",
        "ldr q26, [x3, #400]",
        "ldr q27, [x3, #416]",
        ".inst 0x4f89e3a4 // sdot v4.4s, v29.16b, v9.4b[0]",
        ".inst 0x4f89e3c5 // sdot v5.4s, v30.16b, v9.4b[0]",
        "ldr q28, [x3, #432]",
        "ldr q29, [x3, #448]",
        ".inst 0x4f89e3e6 // sdot v6.4s, v31.16b, v9.4b[0]",
        ".inst 0x4f89e107 // sdot v7.4s, v8.16b, v9.4b[0]",
        "ldr q30, [x3, #464]",
        "ldr q31, [x3, #480]",
        "ldr q8, [x3, #496]",
        "ldr d9, [x1, #24]",
        "add x1, x1, #32",
        "add x3, x3, #512",
        ".inst 0x4f98e200 // sdot v0.4s, v16.16b, v24.4b[0]",
        ".inst 0x4f98e221 // sdot v1.4s, v17.16b, v24.4b[0]",
        ".inst 0x4f98e242 // sdot v2.4s, v18.16b, v24.4b[0]",
        ".inst 0x4f98e263 // sdot v3.4s, v19.16b, v24.4b[0]",
        ".inst 0x4f98e284 // sdot v4.4s, v20.16b, v24.4b[0]",
        ".inst 0x4f98e2a5 // sdot v5.4s, v21.16b, v24.4b[0]",
        ".inst 0x4f98e2c6 // sdot v6.4s, v22.16b, v24.4b[0]",
        ".inst 0x4f98e2e7 // sdot v7.4s, v23.16b, v24.4b[0]",
        ".inst 0x4f89e320 // sdot v0.4s, v25.16b, v9.4b[0]",
        ".inst 0x4f89e341 // sdot v1.4s, v26.16b, v9.4b[0]",
        ".inst 0x4f89e362 // sdot v2.4s, v27.16b, v9.4b[0]",
        ".inst 0x4f89e383 // sdot v3.4s, v28.16b, v9.4b[0]",
        ".inst 0x4f89e3a4 // sdot v4.4s, v29.16b, v9.4b[0]",
        ".inst 0x4f89e3c5 // sdot v5.4s, v30.16b, v9.4b[0]",
        ".inst 0x4f89e3e6 // sdot v6.4s, v31.16b, v9.4b[0]",
        ".inst 0x4f89e107 // sdot v7.4s, v8.16b, v9.4b[0]",
        "cbnz x2, 3b",
        "2:",
        "cbz x0, 4f",
        "5:",
        "// one k-block left over by the main loop",
        "ldr q16, [x3, #0]",
        "ldr q17, [x3, #16]",
        "sub x0, x0, #1",
        "ldr q18, [x3, #32]",
        "ldr q19, [x3, #48]",
        "ldr q20, [x3, #64]",
        "ldr q21, [x3, #80]",
        "ldr q22, [x3, #96]",
        "ldr q23, [x3, #112]",
        "add x3, x3, #128",
        "ldr d24, [x1, #0]",
        "add x1, x1, #8",
        ".inst 0x4f98e200 // sdot v0.4s, v16.16b, v24.4b[0]",
        ".inst 0x4f98e221 // sdot v1.4s, v17.16b, v24.4b[0]",
        ".inst 0x4f98e242 // sdot v2.4s, v18.16b, v24.4b[0]",
        ".inst 0x4f98e263 // sdot v3.4s, v19.16b, v24.4b[0]",
        ".inst 0x4f98e284 // sdot v4.4s, v20.16b, v24.4b[0]",
        ".inst 0x4f98e2a5 // sdot v5.4s, v21.16b, v24.4b[0]",
        ".inst 0x4f98e2c6 // sdot v6.4s, v22.16b, v24.4b[0]",
        ".inst 0x4f98e2e7 // sdot v7.4s, v23.16b, v24.4b[0]",
        "cbnz x0, 5b",
        "4:",
        "// widen, correct and store the sums",
        "mov x0, x4",
        "mov x1, x6",
        "ldr q16, [x7, #0]",
        "ldr q17, [x7, #16]",
        "ldr q18, [x7, #32]",
        "ldr q19, [x7, #48]",
        "ldr q20, [x7, #64]",
        "ldr q21, [x7, #80]",
        "ldr q22, [x7, #96]",
        "ldr q23, [x7, #112]",
        "ld1r {{v24.4s}}, [x1], #4",
        "add v16.4s, v16.4s, v24.4s",
        "add v17.4s, v17.4s, v24.4s",
        "add v18.4s, v18.4s, v24.4s",
        "add v19.4s, v19.4s, v24.4s",
        "add v0.4s, v16.4s, v0.4s",
        "add v1.4s, v17.4s, v1.4s",
        "add v2.4s, v18.4s, v2.4s",
        "add v3.4s, v19.4s, v3.4s",
        "str q0, [x0, #0]",
        "str q1, [x0, #16]",
        "str q2, [x0, #32]",
        "str q3, [x0, #48]",
        "add v0.4s, v20.4s, v24.4s",
        "add v1.4s, v21.4s, v24.4s",
        "add v2.4s, v22.4s, v24.4s",
        "add v3.4s, v23.4s, v24.4s",
        "add v0.4s, v0.4s, v4.4s",
        "add v1.4s, v1.4s, v5.4s",
        "add v2.4s, v2.4s, v6.4s",
        "add v3.4s, v3.4s, v7.4s",
        "str q0, [x0, #64]",
        "str q1, [x0, #80]",
        "str q2, [x0, #96]",
        "str q3, [x0, #112]",
        "// callee-saved registers",
        "ldp d8, d9, [sp], #16",
        ".cfi_adjust_cfa_offset -16",
        "ret",
        ".cfi_endproc",
    )
}
