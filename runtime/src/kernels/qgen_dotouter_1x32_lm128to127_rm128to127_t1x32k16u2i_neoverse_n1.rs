//! `qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u2i_neoverse_n1`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u2i_neoverse_n1
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u2i_neoverse_n1 --format rust
//
// macs-per-iteration: 1024
// bound-macs-per-cycle: 30.57 (neoverse-n1)
// modelled-macs-per-cycle: 30.57 (neoverse-n1)
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
// lhs-layout: row-major, in place, k in blocks of 16
// rhs-layout: panels of 32, k in blocks of 16 (512 bytes), depth fastest, in steps of 4
// isa: dotprod
// instructions-per-iteration: 134
// bound-by: 134 slots at 4 per dispatch cycle: 66 load-q, 64 dot, 3 int-alu, 1 branch
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//            cols 0-3    cols 4-7   cols 8-11  cols 12-15  cols 16-19  cols 20-23  cols 24-27  cols 28-31
//   row 0          v0          v1          v2          v3          v4          v5          v6          v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u2i_neoverse_n1(
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
        in_place: true,
        register_tile: Tile::new(1, 32),
        k_block: 16,
        unroll: 2,
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
    let cost = Cost { call: 2075, block: 1675, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k16u2i_neoverse_n1", descriptor, code) }.with_cost(cost)
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
        "ldr q16, [x1, #0]",
        "ldr q17, [x3, #0]",
        "ldr q18, [x3, #16]",
        "ldr q19, [x3, #32]",
        "ldr q20, [x3, #48]",
        "ldr q21, [x3, #64]",
        "ldr q22, [x3, #80]",
        "ldr q23, [x3, #96]",
        "ldr q24, [x3, #112]",
        "ldr q25, [x3, #128]",
        ".inst 0x4f90e220 // sdot v0.4s, v17.16b, v16.4b[0]",
        "ldr q17, [x3, #144]",
        "ldr q26, [x3, #160]",
        ".inst 0x4f90e241 // sdot v1.4s, v18.16b, v16.4b[0]",
        ".inst 0x4f90e262 // sdot v2.4s, v19.16b, v16.4b[0]",
        "ldr q18, [x3, #176]",
        "ldr q19, [x3, #192]",
        ".inst 0x4f90e283 // sdot v3.4s, v20.16b, v16.4b[0]",
        ".inst 0x4f90e2a4 // sdot v4.4s, v21.16b, v16.4b[0]",
        "ldr q20, [x3, #208]",
        "ldr q21, [x3, #224]",
        ".inst 0x4f90e2c5 // sdot v5.4s, v22.16b, v16.4b[0]",
        ".inst 0x4f90e2e6 // sdot v6.4s, v23.16b, v16.4b[0]",
        "ldr q22, [x3, #240]",
        "ldr q23, [x3, #256]",
        ".inst 0x4f90e307 // sdot v7.4s, v24.16b, v16.4b[0]",
        ".inst 0x4fb0e320 // sdot v0.4s, v25.16b, v16.4b[1]",
        "ldr q24, [x3, #272]",
        "ldr q25, [x3, #288]",
        ".inst 0x4fb0e221 // sdot v1.4s, v17.16b, v16.4b[1]",
        ".inst 0x4fb0e342 // sdot v2.4s, v26.16b, v16.4b[1]",
        "ldr q17, [x3, #304]",
        "ldr q26, [x3, #320]",
        ".inst 0x4fb0e243 // sdot v3.4s, v18.16b, v16.4b[1]",
        ".inst 0x4fb0e264 // sdot v4.4s, v19.16b, v16.4b[1]",
        "ldr q18, [x3, #336]",
        "ldr q19, [x3, #352]",
        ".inst 0x4fb0e285 // sdot v5.4s, v20.16b, v16.4b[1]",
        ".inst 0x4fb0e2a6 // sdot v6.4s, v21.16b, v16.4b[1]",
        "ldr q20, [x3, #368]",
        "ldr q21, [x3, #384]",
        ".inst 0x4fb0e2c7 // sdot v7.4s, v22.16b, v16.4b[1]",
        ".inst 0x4f90eae0 // sdot v0.4s, v23.16b, v16.4b[2]",
        "ldr q22, [x3, #400]",
        "ldr q23, [x3, #416]",
        ".inst 0x4f90eb01 // sdot v1.4s, v24.16b, v16.4b[2]",
        ".inst 0x4f90eb22 // sdot v2.4s, v25.16b, v16.4b[2]",
        "ldr q24, [x3, #432]",
        "ldr q25, [x3, #448]",
        ".inst 0x4f90ea23 // sdot v3.4s, v17.16b, v16.4b[2]",
        ".inst 0x4f90eb44 // sdot v4.4s, v26.16b, v16.4b[2]",
        "ldr q17, [x3, #464]",
        "ldr q26, [x3, #480]",
        ".inst 0x4f90ea45 // sdot v5.4s, v18.16b, v16.4b[2]",
        ".inst 0x4f90ea66 // sdot v6.4s, v19.16b, v16.4b[2]",
        "ldr q18, [x3, #496]",
        "ldr q19, [x1, #16]",
        ".inst 0x4f90ea87 // sdot v7.4s, v20.16b, v16.4b[2]",
        ".inst 0x4fb0eaa0 // sdot v0.4s, v21.16b, v16.4b[3]",
        "ldr q20, [x3, #512]",
        "ldr q21, [x3, #528]",
        ".inst 0x4fb0eac1 // sdot v1.4s, v22.16b, v16.4b[3]",
        ".inst 0x4fb0eae2 // sdot v2.4s, v23.16b, v16.4b[3]",
        "ldr q22, [x3, #544]",
        "ldr q23, [x3, #560]",
        ".inst 0x4fb0eb03 // sdot v3.4s, v24.16b, v16.4b[3]",
        ".inst 0x4fb0eb24 // sdot v4.4s, v25.16b, v16.4b[3]",
        "ldr q24, [x3, #576]",
        "ldr q25, [x3, #592]",
        ".inst 0x4fb0ea25 // sdot v5.4s, v17.16b, v16.4b[3]",
        ".inst 0x4fb0eb46 // sdot v6.4s, v26.16b, v16.4b[3]",
        "ldr q17, [x3, #608]",
        "ldr q26, [x3, #624]",
        ".inst 0x4fb0ea47 // sdot v7.4s, v18.16b, v16.4b[3]",
        "ldr q16, [x3, #640]",
        "ldr q18, [x3, #656]",
        "add x1, x1, #32",
        ".inst 0x4f93e280 // sdot v0.4s, v20.16b, v19.4b[0]",
        ".inst 0x4f93e2a1 // sdot v1.4s, v21.16b, v19.4b[0]",
        "ldr q20, [x3, #672]",
        "ldr q21, [x3, #688]",
        ".inst 0x4f93e2c2 // sdot v2.4s, v22.16b, v19.4b[0]",
        ".inst 0x4f93e2e3 // sdot v3.4s, v23.16b, v19.4b[0]",
        "ldr q22, [x3, #704]",
        "ldr q23, [x3, #720]",
        ".inst 0x4f93e304 // sdot v4.4s, v24.16b, v19.4b[0]",
        ".inst 0x4f93e325 // sdot v5.4s, v25.16b, v19.4b[0]",
        "ldr q24, [x3, #736]",
        "ldr q25, [x3, #752]",
        ".inst 0x4f93e226 // sdot v6.4s, v17.16b, v19.4b[0]",
        ".inst 0x4f93e347 // sdot v7.4s, v26.16b, v19.4b[0]",
        "ldr q17, [x3, #768]",
        "ldr q26, [x3, #784]",
        ".inst 0x4fb3e200 // sdot v0.4s, v16.16b, v19.4b[1]",
        ".inst 0x4fb3e241 // sdot v1.4s, v18.16b, v19.4b[1]",
        "ldr q16, [x3, #800]",
        "ldr q18, [x3, #816]",
        ".inst 0x4fb3e282 // sdot v2.4s, v20.16b, v19.4b[1]",
        ".inst 0x4fb3e2a3 // sdot v3.4s, v21.16b, v19.4b[1]",
        "ldr q20, [x3, #832]",
        "ldr q21, [x3, #848]",
        ".inst 0x4fb3e2c4 // sdot v4.4s, v22.16b, v19.4b[1]",
        ".inst 0x4fb3e2e5 // sdot v5.4s, v23.16b, v19.4b[1]",
        "ldr q22, [x3, #864]",
        "ldr q23, [x3, #880]",
        ".inst 0x4fb3e306 // sdot v6.4s, v24.16b, v19.4b[1]",
        ".inst 0x4fb3e327 // sdot v7.4s, v25.16b, v19.4b[1]",
        "ldr q24, [x3, #896]",
        "ldr q25, [x3, #912]",
        ".inst 0x4f93ea20 // sdot v0.4s, v17.16b, v19.4b[2]",
        ".inst 0x4f93eb41 // sdot v1.4s, v26.16b, v19.4b[2]",
        "ldr q17, [x3, #928]",
        "ldr q26, [x3, #944]",
        ".inst 0x4f93ea02 // sdot v2.4s, v16.16b, v19.4b[2]",
        ".inst 0x4f93ea43 // sdot v3.4s, v18.16b, v19.4b[2]",
        "ldr q16, [x3, #960]",
        "ldr q18, [x3, #976]",
        ".inst 0x4f93ea84 // sdot v4.4s, v20.16b, v19.4b[2]",
        ".inst 0x4f93eaa5 // sdot v5.4s, v21.16b, v19.4b[2]",
        "ldr q20, [x3, #992]",
        "ldr q21, [x3, #1008]",
        ".inst 0x4f93eac6 // sdot v6.4s, v22.16b, v19.4b[2]",
        ".inst 0x4f93eae7 // sdot v7.4s, v23.16b, v19.4b[2]",
        "add x3, x3, #1024",
        "sub x2, x2, #1",
        ".inst 0x4fb3eb00 // sdot v0.4s, v24.16b, v19.4b[3]",
        ".inst 0x4fb3eb21 // sdot v1.4s, v25.16b, v19.4b[3]",
        ".inst 0x4fb3ea22 // sdot v2.4s, v17.16b, v19.4b[3]",
        ".inst 0x4fb3eb43 // sdot v3.4s, v26.16b, v19.4b[3]",
        ".inst 0x4fb3ea04 // sdot v4.4s, v16.16b, v19.4b[3]",
        ".inst 0x4fb3ea45 // sdot v5.4s, v18.16b, v19.4b[3]",
        ".inst 0x4fb3ea86 // sdot v6.4s, v20.16b, v19.4b[3]",
        ".inst 0x4fb3eaa7 // sdot v7.4s, v21.16b, v19.4b[3]",
        "cbnz x2, 3b",
        "2:",
        "cbz x0, 4f",
        "5:",
        "// one k-block left over by the main loop",
        "ldr q16, [x1, #0]",
        "ldr q17, [x3, #0]",
        "add x1, x1, #16",
        "ldr q18, [x3, #16]",
        "ldr q19, [x3, #32]",
        "sub x0, x0, #1",
        "ldr q20, [x3, #48]",
        "ldr q21, [x3, #64]",
        "ldr q22, [x3, #80]",
        "ldr q23, [x3, #96]",
        "ldr q24, [x3, #112]",
        "ldr q25, [x3, #128]",
        ".inst 0x4f90e220 // sdot v0.4s, v17.16b, v16.4b[0]",
        "ldr q17, [x3, #144]",
        "ldr q26, [x3, #160]",
        ".inst 0x4f90e241 // sdot v1.4s, v18.16b, v16.4b[0]",
        ".inst 0x4f90e262 // sdot v2.4s, v19.16b, v16.4b[0]",
        "ldr q18, [x3, #176]",
        "ldr q19, [x3, #192]",
        ".inst 0x4f90e283 // sdot v3.4s, v20.16b, v16.4b[0]",
        ".inst 0x4f90e2a4 // sdot v4.4s, v21.16b, v16.4b[0]",
        "ldr q20, [x3, #208]",
        "ldr q21, [x3, #224]",
        ".inst 0x4f90e2c5 // sdot v5.4s, v22.16b, v16.4b[0]",
        ".inst 0x4f90e2e6 // sdot v6.4s, v23.16b, v16.4b[0]",
        "ldr q22, [x3, #240]",
        "ldr q23, [x3, #256]",
        ".inst 0x4f90e307 // sdot v7.4s, v24.16b, v16.4b[0]",
        ".inst 0x4fb0e320 // sdot v0.4s, v25.16b, v16.4b[1]",
        "ldr q24, [x3, #272]",
        "ldr q25, [x3, #288]",
        ".inst 0x4fb0e221 // sdot v1.4s, v17.16b, v16.4b[1]",
        ".inst 0x4fb0e342 // sdot v2.4s, v26.16b, v16.4b[1]",
        "ldr q17, [x3, #304]",
        "ldr q26, [x3, #320]",
        ".inst 0x4fb0e243 // sdot v3.4s, v18.16b, v16.4b[1]",
        ".inst 0x4fb0e264 // sdot v4.4s, v19.16b, v16.4b[1]",
        "ldr q18, [x3, #336]",
        "ldr q19, [x3, #352]",
        ".inst 0x4fb0e285 // sdot v5.4s, v20.16b, v16.4b[1]",
        ".inst 0x4fb0e2a6 // sdot v6.4s, v21.16b, v16.4b[1]",
        "ldr q20, [x3, #368]",
        "ldr q21, [x3, #384]",
        ".inst 0x4fb0e2c7 // sdot v7.4s, v22.16b, v16.4b[1]",
        ".inst 0x4f90eae0 // sdot v0.4s, v23.16b, v16.4b[2]",
        "ldr q22, [x3, #400]",
        "ldr q23, [x3, #416]",
        ".inst 0x4f90eb01 // sdot v1.4s, v24.16b, v16.4b[2]",
        ".inst 0x4f90eb22 // sdot v2.4s, v25.16b, v16.4b[2]",
        "ldr q24, [x3, #432]",
        "ldr q25, [x3, #448]",
        ".inst 0x4f90ea23 // sdot v3.4s, v17.16b, v16.4b[2]",
        ".inst 0x4f90eb44 // sdot v4.4s, v26.16b, v16.4b[2]",
        "ldr q17, [x3, #464]",
        "ldr q26, [x3, #480]",
        ".inst 0x4f90ea45 // sdot v5.4s, v18.16b, v16.4b[2]",
        ".inst 0x4f90ea66 // sdot v6.4s, v19.16b, v16.4b[2]",
        "ldr q18, [x3, #496]",
        "add x3, x3, #512",
        ".inst 0x4f90ea87 // sdot v7.4s, v20.16b, v16.4b[2]",
        ".inst 0x4fb0eaa0 // sdot v0.4s, v21.16b, v16.4b[3]",
        ".inst 0x4fb0eac1 // sdot v1.4s, v22.16b, v16.4b[3]",
        ".inst 0x4fb0eae2 // sdot v2.4s, v23.16b, v16.4b[3]",
        ".inst 0x4fb0eb03 // sdot v3.4s, v24.16b, v16.4b[3]",
        ".inst 0x4fb0eb24 // sdot v4.4s, v25.16b, v16.4b[3]",
        ".inst 0x4fb0ea25 // sdot v5.4s, v17.16b, v16.4b[3]",
        ".inst 0x4fb0eb46 // sdot v6.4s, v26.16b, v16.4b[3]",
        ".inst 0x4fb0ea47 // sdot v7.4s, v18.16b, v16.4b[3]",
        "cbnz x0, 5b",
        "4:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q16, [x7, #0]",
        "ldr q17, [x7, #16]",
        "ldr q18, [x7, #32]",
        "ldr q19, [x7, #48]",
        "ldr q20, [x7, #64]",
        "ldr q21, [x7, #80]",
        "ldr q22, [x7, #96]",
        "ldr q23, [x7, #112]",
        "ld1r {{v24.4s}}, [x0], #4",
        "add v16.4s, v16.4s, v24.4s",
        "add v17.4s, v17.4s, v24.4s",
        "add v18.4s, v18.4s, v24.4s",
        "add v19.4s, v19.4s, v24.4s",
        "add v0.4s, v16.4s, v0.4s",
        "add v1.4s, v17.4s, v1.4s",
        "add v2.4s, v18.4s, v2.4s",
        "add v3.4s, v19.4s, v3.4s",
        "stp q0, q1, [x4, #0]",
        "stp q2, q3, [x4, #32]",
        "add v0.4s, v20.4s, v24.4s",
        "add v1.4s, v21.4s, v24.4s",
        "add v2.4s, v22.4s, v24.4s",
        "add v3.4s, v23.4s, v24.4s",
        "add v0.4s, v0.4s, v4.4s",
        "add v1.4s, v1.4s, v5.4s",
        "add v2.4s, v2.4s, v6.4s",
        "add v3.4s, v3.4s, v7.4s",
        "stp q0, q1, [x4, #64]",
        "stp q2, q3, [x4, #96]",
        "ret",
        ".cfi_endproc",
    )
}
