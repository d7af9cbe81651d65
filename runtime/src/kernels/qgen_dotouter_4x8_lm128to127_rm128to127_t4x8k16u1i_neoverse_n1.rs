//! `qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k16u1i_neoverse_n1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k16u1i_neoverse_n1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k16u1i_neoverse_n1 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 32.00 (neoverse-n1)
// modelled-macs-per-cycle: 32.00 (neoverse-n1)
// depth-limit: 131071
// k-limit: 131071
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: dotouter
// tile: 4x8, in register tiles of 4x8
// lhs: -128..=127
// rhs: -128..=127
// rhs-stored: -128..=127, kept
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 8, k in blocks of 16 (128 bytes), depth fastest, in steps of 4
// isa: dotprod
// instructions-per-iteration: 42
// bound-by: 32 cycles of work for V0 and V1: 32 dot
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          cols 0-3  cols 4-7
//   row 0        v0        v1
//   row 1        v2        v3
//   row 2        v4        v5
//   row 3        v6        v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k16u1i_neoverse_n1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::DotOuter,
        tile: Tile::new(4, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-128, 127).unwrap()),
        storage: Storage::Keep,
        per_byte: 1,
        in_place: true,
        register_tile: Tile::new(4, 8),
        k_block: 16,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("neoverse-n1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 131071, k_limit: 131071 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 2525, block: 1600, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k16u1i_neoverse_n1", descriptor, code) }.with_cost(cost)
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
        "add x8, x1, x2",
        "add x9, x8, x2",
        "add x2, x9, x2",
        "// zero the accumulators",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "movi v2.2d, #0",
        "movi v3.2d, #0",
        "movi v4.2d, #0",
        "movi v5.2d, #0",
        "movi v6.2d, #0",
        "movi v7.2d, #0",
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr q16, [x1], #16",
        "ldr q17, [x8], #16",
        "sub x0, x0, #1",
        "ldr q18, [x9], #16",
        "ldr q19, [x2], #16",
        "ldp q20, q21, [x3], #128",
        "ldp q22, q23, [x3, #-96]",
        "ldp q24, q25, [x3, #-64]",
        "ldp q26, q27, [x3, #-32]",
        ".inst 0x4f90e280 // sdot v0.4s, v20.16b, v16.4b[0]",
        ".inst 0x4f90e2a1 // sdot v1.4s, v21.16b, v16.4b[0]",
        ".inst 0x4f91e282 // sdot v2.4s, v20.16b, v17.4b[0]",
        ".inst 0x4f91e2a3 // sdot v3.4s, v21.16b, v17.4b[0]",
        ".inst 0x4f92e284 // sdot v4.4s, v20.16b, v18.4b[0]",
        ".inst 0x4f92e2a5 // sdot v5.4s, v21.16b, v18.4b[0]",
        ".inst 0x4f93e286 // sdot v6.4s, v20.16b, v19.4b[0]",
        ".inst 0x4f93e2a7 // sdot v7.4s, v21.16b, v19.4b[0]",
        ".inst 0x4fb0e2c0 // sdot v0.4s, v22.16b, v16.4b[1]",
        ".inst 0x4fb0e2e1 // sdot v1.4s, v23.16b, v16.4b[1]",
        ".inst 0x4fb1e2c2 // sdot v2.4s, v22.16b, v17.4b[1]",
        ".inst 0x4fb1e2e3 // sdot v3.4s, v23.16b, v17.4b[1]",
        ".inst 0x4fb2e2c4 // sdot v4.4s, v22.16b, v18.4b[1]",
        ".inst 0x4fb2e2e5 // sdot v5.4s, v23.16b, v18.4b[1]",
        ".inst 0x4fb3e2c6 // sdot v6.4s, v22.16b, v19.4b[1]",
        ".inst 0x4fb3e2e7 // sdot v7.4s, v23.16b, v19.4b[1]",
        ".inst 0x4f90eb00 // sdot v0.4s, v24.16b, v16.4b[2]",
        ".inst 0x4f90eb21 // sdot v1.4s, v25.16b, v16.4b[2]",
        ".inst 0x4f91eb02 // sdot v2.4s, v24.16b, v17.4b[2]",
        ".inst 0x4f91eb23 // sdot v3.4s, v25.16b, v17.4b[2]",
        ".inst 0x4f92eb04 // sdot v4.4s, v24.16b, v18.4b[2]",
        ".inst 0x4f92eb25 // sdot v5.4s, v25.16b, v18.4b[2]",
        ".inst 0x4f93eb06 // sdot v6.4s, v24.16b, v19.4b[2]",
        ".inst 0x4f93eb27 // sdot v7.4s, v25.16b, v19.4b[2]",
        ".inst 0x4fb0eb40 // sdot v0.4s, v26.16b, v16.4b[3]",
        ".inst 0x4fb0eb61 // sdot v1.4s, v27.16b, v16.4b[3]",
        ".inst 0x4fb1eb42 // sdot v2.4s, v26.16b, v17.4b[3]",
        ".inst 0x4fb1eb63 // sdot v3.4s, v27.16b, v17.4b[3]",
        ".inst 0x4fb2eb44 // sdot v4.4s, v26.16b, v18.4b[3]",
        ".inst 0x4fb2eb65 // sdot v5.4s, v27.16b, v18.4b[3]",
        ".inst 0x4fb3eb46 // sdot v6.4s, v26.16b, v19.4b[3]",
        ".inst 0x4fb3eb67 // sdot v7.4s, v27.16b, v19.4b[3]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q16, [x7, #0]",
        "ldr q17, [x7, #16]",
        "add x1, x4, x5",
        "ld1r {{v18.4s}}, [x0], #4",
        "ld1r {{v19.4s}}, [x0], #4",
        "ld1r {{v20.4s}}, [x0], #4",
        "ld1r {{v21.4s}}, [x0], #4",
        "add v22.4s, v16.4s, v18.4s",
        "add v18.4s, v17.4s, v18.4s",
        "add v23.4s, v16.4s, v19.4s",
        "add v19.4s, v17.4s, v19.4s",
        "add v0.4s, v22.4s, v0.4s",
        "add v1.4s, v18.4s, v1.4s",
        "add v2.4s, v23.4s, v2.4s",
        "add v3.4s, v19.4s, v3.4s",
        "stp q0, q1, [x4, #0]",
        "stp q2, q3, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v16.4s, v20.4s",
        "add v1.4s, v17.4s, v20.4s",
        "add v2.4s, v16.4s, v21.4s",
        "add v3.4s, v17.4s, v21.4s",
        "add v0.4s, v0.4s, v4.4s",
        "add v1.4s, v1.4s, v5.4s",
        "add v2.4s, v2.4s, v6.4s",
        "add v3.4s, v3.4s, v7.4s",
        "stp q0, q1, [x1, #0]",
        "add x1, x1, x5",
        "stp q2, q3, [x1, #0]",
        "ret",
        ".cfi_endproc",
    )
}
