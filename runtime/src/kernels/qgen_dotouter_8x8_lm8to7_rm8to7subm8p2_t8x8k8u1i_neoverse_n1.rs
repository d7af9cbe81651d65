//! `qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1i_neoverse_n1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1i_neoverse_n1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1i_neoverse_n1 --format rust
//
// macs-per-iteration: 512
// bound-macs-per-cycle: 28.44 (neoverse-n1)
// modelled-macs-per-cycle: 28.44 (neoverse-n1)
// depth-limit: 33554431
// k-limit: 33554431
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: dotouter
// tile: 8x8, in register tiles of 8x8
// lhs: -8..=7
// rhs: -8..=7
// rhs-stored: 0..=15, minus -8
// lhs-layout: row-major, in place, k in blocks of 8
// rhs-layout: panels of 8, k in blocks of 8 (32 bytes), depth fastest, 2 values a byte, 4 depths apart
// isa: dotprod
// instructions-per-iteration: 47
// bound-by: 36 cycles of work for V0 and V1: 32 dot, 2 vec-logic, 2 shift
// widening: once, at the end
// stack: 48 bytes, for d8, d9, d10, d11, d12
//
// Where the sums of a register tile are while the main loop runs:
//          cols 0-3  cols 4-7
//   row 0        v1        v2
//   row 1        v3        v4
//   row 2        v5        v6
//   row 3        v7       v16
//   row 4       v17       v18
//   row 5       v19       v20
//   row 6       v21       v22
//   row 7       v23       v24
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1i_neoverse_n1(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::DotOuter,
        tile: Tile::new(8, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-8, 7).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-8, 7).unwrap()),
        storage: Storage::Shift(-8),
        per_byte: 2,
        in_place: true,
        register_tile: Tile::new(8, 8),
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
    let cost = Cost { call: 5075, block: 1800, widening: 0, left: 400 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1i_neoverse_n1", descriptor, code) }.with_cost(cost)
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
        "stp d8, d9, [sp, #-48]!",
        ".cfi_adjust_cfa_offset 48",
        ".cfi_rel_offset 72, 0",
        ".cfi_rel_offset 73, 8",
        "stp d10, d11, [sp, #16]",
        ".cfi_rel_offset 74, 16",
        ".cfi_rel_offset 75, 24",
        "stp d12, d12, [sp, #32]",
        ".cfi_rel_offset 76, 32",
        "// pointers and counters",
        "movi v0.16b, #15",
        "add x8, x1, x2",
        "add x9, x8, x2",
        "add x10, x9, x2",
        "add x11, x10, x2",
        "add x12, x11, x2",
        "add x13, x12, x2",
        "add x2, x13, x2",
        "// zero the accumulators",
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
        "cbz x0, 2f",
        "3:",
        "// main loop",
        "ldr d25, [x1], #8",
        "ldr d26, [x8], #8",
        "sub x0, x0, #1",
        "ldr d27, [x9], #8",
        "ldr d28, [x10], #8",
        "ldr d29, [x11], #8",
        "ldr d30, [x12], #8",
        "ldr d31, [x13], #8",
        "ldr d8, [x2], #8",
        "ldp q9, q10, [x3], #32",
        "and v11.16b, v9.16b, v0.16b",
        "and v12.16b, v10.16b, v0.16b",
        "ushr v9.16b, v9.16b, #4",
        "ushr v10.16b, v10.16b, #4",
        ".inst 0x4f99e161 // sdot v1.4s, v11.16b, v25.4b[0]",
        ".inst 0x4f99e182 // sdot v2.4s, v12.16b, v25.4b[0]",
        ".inst 0x4f9ae163 // sdot v3.4s, v11.16b, v26.4b[0]",
        ".inst 0x4f9ae184 // sdot v4.4s, v12.16b, v26.4b[0]",
        ".inst 0x4f9be165 // sdot v5.4s, v11.16b, v27.4b[0]",
        ".inst 0x4f9be186 // sdot v6.4s, v12.16b, v27.4b[0]",
        ".inst 0x4f9ce167 // sdot v7.4s, v11.16b, v28.4b[0]",
        ".inst 0x4f9ce190 // sdot v16.4s, v12.16b, v28.4b[0]",
        ".inst 0x4f9de171 // sdot v17.4s, v11.16b, v29.4b[0]",
        ".inst 0x4f9de192 // sdot v18.4s, v12.16b, v29.4b[0]",
        ".inst 0x4f9ee173 // sdot v19.4s, v11.16b, v30.4b[0]",
        ".inst 0x4f9ee194 // sdot v20.4s, v12.16b, v30.4b[0]",
        ".inst 0x4f9fe175 // sdot v21.4s, v11.16b, v31.4b[0]",
        ".inst 0x4f9fe196 // sdot v22.4s, v12.16b, v31.4b[0]",
        ".inst 0x4f88e177 // sdot v23.4s, v11.16b, v8.4b[0]",
        ".inst 0x4f88e198 // sdot v24.4s, v12.16b, v8.4b[0]",
        ".inst 0x4fb9e121 // sdot v1.4s, v9.16b, v25.4b[1]",
        ".inst 0x4fb9e142 // sdot v2.4s, v10.16b, v25.4b[1]",
        ".inst 0x4fbae123 // sdot v3.4s, v9.16b, v26.4b[1]",
        ".inst 0x4fbae144 // sdot v4.4s, v10.16b, v26.4b[1]",
        ".inst 0x4fbbe125 // sdot v5.4s, v9.16b, v27.4b[1]",
        ".inst 0x4fbbe146 // sdot v6.4s, v10.16b, v27.4b[1]",
        ".inst 0x4fbce127 // sdot v7.4s, v9.16b, v28.4b[1]",
        ".inst 0x4fbce150 // sdot v16.4s, v10.16b, v28.4b[1]",
        ".inst 0x4fbde131 // sdot v17.4s, v9.16b, v29.4b[1]",
        ".inst 0x4fbde152 // sdot v18.4s, v10.16b, v29.4b[1]",
        ".inst 0x4fbee133 // sdot v19.4s, v9.16b, v30.4b[1]",
        ".inst 0x4fbee154 // sdot v20.4s, v10.16b, v30.4b[1]",
        ".inst 0x4fbfe135 // sdot v21.4s, v9.16b, v31.4b[1]",
        ".inst 0x4fbfe156 // sdot v22.4s, v10.16b, v31.4b[1]",
        ".inst 0x4fa8e137 // sdot v23.4s, v9.16b, v8.4b[1]",
        ".inst 0x4fa8e158 // sdot v24.4s, v10.16b, v8.4b[1]",
        "cbnz x0, 3b",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q0, [x7, #0]",
        "ldr q25, [x7, #16]",
        "add x1, x4, x5",
        "ld1r {{v26.4s}}, [x0], #4",
        "ld1r {{v27.4s}}, [x0], #4",
        "ld1r {{v28.4s}}, [x0], #4",
        "ld1r {{v29.4s}}, [x0], #4",
        "ld1r {{v30.4s}}, [x0], #4",
        "ld1r {{v31.4s}}, [x0], #4",
        "ld1r {{v8.4s}}, [x0], #4",
        "add v9.4s, v0.4s, v26.4s",
        "add v26.4s, v25.4s, v26.4s",
        "add v10.4s, v0.4s, v27.4s",
        "add v27.4s, v25.4s, v27.4s",
        "add v1.4s, v9.4s, v1.4s",
        "add v2.4s, v26.4s, v2.4s",
        "add v3.4s, v10.4s, v3.4s",
        "add v4.4s, v27.4s, v4.4s",
        "stp q1, q2, [x4, #0]",
        "stp q3, q4, [x1, #0]",
        "add x1, x1, x5",
        "add v1.4s, v0.4s, v28.4s",
        "add v2.4s, v25.4s, v28.4s",
        "add v3.4s, v0.4s, v29.4s",
        "add v4.4s, v25.4s, v29.4s",
        "add v1.4s, v1.4s, v5.4s",
        "add v2.4s, v2.4s, v6.4s",
        "add v3.4s, v3.4s, v7.4s",
        "add v4.4s, v4.4s, v16.4s",
        "stp q1, q2, [x1, #0]",
        "add x1, x1, x5",
        "stp q3, q4, [x1, #0]",
        "add x1, x1, x5",
        "add v1.4s, v0.4s, v30.4s",
        "add v2.4s, v25.4s, v30.4s",
        "add v3.4s, v0.4s, v31.4s",
        "add v4.4s, v25.4s, v31.4s",
        "add v1.4s, v1.4s, v17.4s",
        "add v2.4s, v2.4s, v18.4s",
        "add v3.4s, v3.4s, v19.4s",
        "add v4.4s, v4.4s, v20.4s",
        "stp q1, q2, [x1, #0]",
        "add x1, x1, x5",
        "stp q3, q4, [x1, #0]",
        "add x1, x1, x5",
        "add v1.4s, v0.4s, v8.4s",
        "add v2.4s, v25.4s, v8.4s",
        "ld1r {{v3.4s}}, [x0], #4",
        "add v1.4s, v1.4s, v21.4s",
        "add v2.4s, v2.4s, v22.4s",
        "stp q1, q2, [x1, #0]",
        "add x1, x1, x5",
        "add v0.4s, v0.4s, v3.4s",
        "add v1.4s, v25.4s, v3.4s",
        "add v0.4s, v0.4s, v23.4s",
        "add v1.4s, v1.4s, v24.4s",
        "stp q0, q1, [x1, #0]",
        "// callee-saved registers",
        "ldp d12, d31, [sp, #32]",
        "ldp d10, d11, [sp, #16]",
        "ldp d8, d9, [sp], #48",
        ".cfi_adjust_cfa_offset -48",
        "ret",
        ".cfi_endproc",
    )
}
