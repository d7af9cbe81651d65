//! `qgen_dotouter_1x16_lm8to7_rm8to7subm8p2_t1x16k8u1i_neoverse_n1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_dotouter_1x16_lm8to7_rm8to7subm8p2_t1x16k8u1i_neoverse_n1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_dotouter_1x16_lm8to7_rm8to7subm8p2_t1x16k8u1i_neoverse_n1 --format rust
//
// macs-per-iteration: 128
// bound-macs-per-cycle: 16.00 (neoverse-n1)
// modelled-macs-per-cycle: 16.00 (neoverse-n1)
// depth-limit: 33554431
// k-limit: 33554431
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: dotouter
// tile: 1x16, in register tiles of 1x16
// lhs: -8..=7
// rhs: -8..=7
// rhs-stored: 0..=15, minus -8
// lhs-layout: row-major, in place, k in blocks of 8
// rhs-layout: panels of 16, k in blocks of 8 (64 bytes), depth fastest, 2 values a byte, 4 depths apart
// isa: dotprod
// instructions-per-iteration: 21
// bound-by: 16 cycles of work for V0 and V1: 8 dot, 4 vec-logic, 4 shift
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//            cols 0-3    cols 4-7   cols 8-11  cols 12-15
//   row 0          v1          v2          v3          v4
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_dotouter_1x16_lm8to7_rm8to7subm8p2_t1x16k8u1i_neoverse_n1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::DotOuter,
        tile: Tile::new(1, 16),
        lhs: Operand::Int(qgen_runtime::Range::new(-8, 7).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-8, 7).unwrap()),
        storage: Storage::Shift(-8),
        per_byte: 2,
        in_place: true,
        register_tile: Tile::new(1, 16),
        k_block: 8,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("neoverse-n1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 33554431, k_limit: 33554431 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1425, block: 800, widening: 0, left: 400 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_dotouter_1x16_lm8to7_rm8to7subm8p2_t1x16k8u1i_neoverse_n1", descriptor, code) }.with_cost(cost)
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
        "movi v0.16b, #15",
        "// zero the accumulators",
        "movi v1.2d, #0",
        "movi v2.2d, #0",
        "movi v3.2d, #0",
        "movi v4.2d, #0",
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr d5, [x1], #8",
        "ldp q6, q7, [x3], #64",
        "sub x0, x0, #1",
        "ldp q16, q17, [x3, #-32]",
        "and v18.16b, v6.16b, v0.16b",
        "and v19.16b, v7.16b, v0.16b",
        "ushr v6.16b, v6.16b, #4",
        "and v20.16b, v16.16b, v0.16b",
        "ushr v7.16b, v7.16b, #4",
        "and v21.16b, v17.16b, v0.16b",
        "ushr v16.16b, v16.16b, #4",
        ".inst 0x4f85e241 // sdot v1.4s, v18.16b, v5.4b[0]",
        "ushr v17.16b, v17.16b, #4",
        ".inst 0x4f85e262 // sdot v2.4s, v19.16b, v5.4b[0]",
        ".inst 0x4f85e283 // sdot v3.4s, v20.16b, v5.4b[0]",
        ".inst 0x4f85e2a4 // sdot v4.4s, v21.16b, v5.4b[0]",
        ".inst 0x4fa5e0c1 // sdot v1.4s, v6.16b, v5.4b[1]",
        ".inst 0x4fa5e0e2 // sdot v2.4s, v7.16b, v5.4b[1]",
        ".inst 0x4fa5e203 // sdot v3.4s, v16.16b, v5.4b[1]",
        ".inst 0x4fa5e224 // sdot v4.4s, v17.16b, v5.4b[1]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q0, [x7, #0]",
        "ldr q5, [x7, #16]",
        "ldr q6, [x7, #32]",
        "ldr q7, [x7, #48]",
        "ld1r {{v16.4s}}, [x0], #4",
        "add v0.4s, v0.4s, v16.4s",
        "add v5.4s, v5.4s, v16.4s",
        "add v6.4s, v6.4s, v16.4s",
        "add v7.4s, v7.4s, v16.4s",
        "add v0.4s, v0.4s, v1.4s",
        "add v1.4s, v5.4s, v2.4s",
        "add v2.4s, v6.4s, v3.4s",
        "add v3.4s, v7.4s, v4.4s",
        "stp q0, q1, [x4, #0]",
        "stp q2, q3, [x4, #32]",
        "ret",
        ".cfi_endproc",
    )
}
