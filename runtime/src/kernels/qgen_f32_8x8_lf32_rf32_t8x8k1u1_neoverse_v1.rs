//! `qgen_f32_8x8_lf32_rf32_t8x8k1u1_neoverse_v1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_f32_8x8_lf32_rf32_t8x8k1u1_neoverse_v1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_f32_8x8_lf32_rf32_t8x8k1u1_neoverse_v1 --format rust
//
// macs-per-iteration: 64
// bound-macs-per-cycle: 16.00 (neoverse-v1)
// modelled-macs-per-cycle: 16.00 (neoverse-v1)
// depth-limit: 4294967295
// k-limit: 4294967295
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: f32
// tile: 8x8, in register tiles of 8x8
// lhs: f32
// rhs: f32
// rhs-stored: f32, kept
// lhs-layout: panels of 8, k in blocks of 1 (32 bytes), line fastest, 4 bytes a value
// rhs-layout: panels of 8, k in blocks of 1 (32 bytes), line fastest, 4 bytes a value
// isa: neon
// instructions-per-iteration: 24
// bound-by: 16 cycles of work for V0 and V2 and V1 and V3: 16 fp-mla
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          cols 0-3  cols 4-7
//   row 0        v0        v1
//   row 1        v2        v3
//   row 2        v4        v5
//   row 3        v6        v7
//   row 4       v16       v17
//   row 5       v18       v19
//   row 6       v20       v21
//   row 7       v22       v23
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_f32_8x8_lf32_rf32_t8x8k1u1_neoverse_v1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     float *out, size_t out_stride, const float *row_add, const float *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::F32,
        tile: Tile::new(8, 8),
        lhs: Operand::F32,
        rhs: Operand::F32,
        storage: Storage::Keep,
        per_byte: 1,
        register_tile: Tile::new(8, 8),
        k_block: 1,
        unroll: 1,
        widen_in_loop: false,
        short: false,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("neoverse-v1"),
    };
    let descriptor = Descriptor { spec, depth_limit: 4294967295, k_limit: 4294967295 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1800, block: 400, widening: 0, left: 600 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_f32_8x8_lf32_rf32_t8x8k1u1_neoverse_v1", descriptor, code) }.with_cost(cost)
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
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr q24, [x3, #0]",
        "ldr q25, [x3, #16]",
        "ldr q26, [x1, #0]",
        "add x3, x3, #32",
        "sub x0, x0, #1",
        "ldr q27, [x1, #16]",
        "add x1, x1, #32",
        "fmla v0.4s, v24.4s, v26.s[0]",
        "fmla v1.4s, v25.4s, v26.s[0]",
        "fmla v2.4s, v24.4s, v26.s[1]",
        "fmla v3.4s, v25.4s, v26.s[1]",
        "fmla v4.4s, v24.4s, v26.s[2]",
        "fmla v5.4s, v25.4s, v26.s[2]",
        "fmla v6.4s, v24.4s, v26.s[3]",
        "fmla v7.4s, v25.4s, v26.s[3]",
        "fmla v16.4s, v24.4s, v27.s[0]",
        "fmla v17.4s, v25.4s, v27.s[0]",
        "fmla v18.4s, v24.4s, v27.s[1]",
        "fmla v19.4s, v25.4s, v27.s[1]",
        "fmla v20.4s, v24.4s, v27.s[2]",
        "fmla v21.4s, v25.4s, v27.s[2]",
        "fmla v22.4s, v24.4s, v27.s[3]",
        "fmla v23.4s, v25.4s, v27.s[3]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x4",
        "mov x1, x6",
        "ldr q24, [x7, #0]",
        "ldr q25, [x7, #16]",
        "ld1r {{v26.4s}}, [x1], #4",
        "ld1r {{v27.4s}}, [x1], #4",
        "ld1r {{v28.4s}}, [x1], #4",
        "ld1r {{v29.4s}}, [x1], #4",
        "ld1r {{v30.4s}}, [x1], #4",
        "fadd v0.4s, v0.4s, v24.4s",
        "fadd v1.4s, v1.4s, v25.4s",
        "fadd v2.4s, v2.4s, v24.4s",
        "fadd v3.4s, v3.4s, v25.4s",
        "fadd v4.4s, v4.4s, v24.4s",
        "fadd v5.4s, v5.4s, v25.4s",
        "fadd v6.4s, v6.4s, v24.4s",
        "fadd v7.4s, v7.4s, v25.4s",
        "fadd v16.4s, v16.4s, v24.4s",
        "fadd v17.4s, v17.4s, v25.4s",
        "ld1r {{v31.4s}}, [x1], #4",
        "fadd v18.4s, v18.4s, v24.4s",
        "fadd v0.4s, v0.4s, v26.4s",
        "fadd v1.4s, v1.4s, v26.4s",
        "fadd v19.4s, v19.4s, v25.4s",
        "ld1r {{v26.4s}}, [x1], #4",
        "fadd v2.4s, v2.4s, v27.4s",
        "fadd v3.4s, v3.4s, v27.4s",
        "fadd v20.4s, v20.4s, v24.4s",
        "fadd v21.4s, v21.4s, v25.4s",
        "str q0, [x0, #0]",
        "str q1, [x0, #16]",
        "add x0, x0, x5",
        "fadd v0.4s, v4.4s, v28.4s",
        "fadd v1.4s, v5.4s, v28.4s",
        "str q2, [x0, #0]",
        "str q3, [x0, #16]",
        "add x0, x0, x5",
        "fadd v2.4s, v6.4s, v29.4s",
        "fadd v3.4s, v7.4s, v29.4s",
        "str q0, [x0, #0]",
        "str q1, [x0, #16]",
        "add x0, x0, x5",
        "fadd v0.4s, v16.4s, v30.4s",
        "fadd v1.4s, v17.4s, v30.4s",
        "str q2, [x0, #0]",
        "str q3, [x0, #16]",
        "add x0, x0, x5",
        "ld1r {{v2.4s}}, [x1], #4",
        "fadd v3.4s, v22.4s, v24.4s",
        "str q0, [x0, #0]",
        "str q1, [x0, #16]",
        "add x0, x0, x5",
        "fadd v0.4s, v23.4s, v25.4s",
        "fadd v1.4s, v18.4s, v31.4s",
        "fadd v4.4s, v19.4s, v31.4s",
        "fadd v5.4s, v20.4s, v26.4s",
        "fadd v6.4s, v21.4s, v26.4s",
        "str q1, [x0, #0]",
        "str q4, [x0, #16]",
        "add x0, x0, x5",
        "str q5, [x0, #0]",
        "str q6, [x0, #16]",
        "add x0, x0, x5",
        "fadd v1.4s, v3.4s, v2.4s",
        "fadd v0.4s, v0.4s, v2.4s",
        "str q1, [x0, #0]",
        "str q0, [x0, #16]",
        "ret",
        ".cfi_endproc",
    )
}
