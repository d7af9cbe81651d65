//! `qgen_f32_1x32_lf32_rf32_t1x32k4u2i_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_f32_1x32_lf32_rf32_t1x32k4u2i_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_f32_1x32_lf32_rf32_t1x32k4u2i_cortex_a72 --format rust
//
// macs-per-iteration: 256
// bound-macs-per-cycle: 3.88 (cortex-a72)
// modelled-macs-per-cycle: 3.88 (cortex-a72)
// depth-limit: 4294967295
// k-limit: 4294967295
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: f32
// tile: 1x32, in register tiles of 1x32
// lhs: f32
// rhs: f32
// rhs-stored: f32, kept
// lhs-layout: row-major, in place, k in blocks of 4
// rhs-layout: panels of 32, k in blocks of 4 (512 bytes), line fastest, 4 bytes a value
// isa: neon
// instructions-per-iteration: 133
// bound-by: 198 slots at 3 per dispatch cycle: 128 fp-mla, 66 load-q, 2 int-alu, 1 branch, 1 write-back
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//            cols 0-3    cols 4-7   cols 8-11  cols 12-15  cols 16-19  cols 20-23  cols 24-27  cols 28-31
//   row 0          v0          v1          v2          v3          v4          v5          v6          v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_f32_1x32_lf32_rf32_t1x32k4u2i_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     float *out, size_t out_stride, const float *row_add, const float *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::F32,
        tile: Tile::new(1, 32),
        lhs: Operand::F32,
        rhs: Operand::F32,
        storage: Storage::Keep,
        per_byte: 1,
        in_place: true,
        register_tile: Tile::new(1, 32),
        k_block: 4,
        unroll: 2,
        widen_in_loop: false,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 4294967295, k_limit: 4294967295 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 2833, block: 3300, widening: 0, left: 0 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_f32_1x32_lf32_rf32_t1x32k4u2i_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "ldr q16, [x1], #32",
        "ldr q17, [x3, #0]",
        "fmla v0.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #16]",
        "fmla v1.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #32]",
        "fmla v2.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #48]",
        "fmla v3.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #64]",
        "fmla v4.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #80]",
        "fmla v5.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #96]",
        "fmla v6.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #112]",
        "fmla v7.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #128]",
        "fmla v0.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #144]",
        "fmla v1.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #160]",
        "fmla v2.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #176]",
        "fmla v3.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #192]",
        "fmla v4.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #208]",
        "fmla v5.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #224]",
        "fmla v6.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #240]",
        "fmla v7.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #256]",
        "fmla v0.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #272]",
        "fmla v1.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #288]",
        "fmla v2.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #304]",
        "fmla v3.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #320]",
        "fmla v4.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #336]",
        "fmla v5.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #352]",
        "fmla v6.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #368]",
        "fmla v7.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #384]",
        "fmla v0.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #400]",
        "fmla v1.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #416]",
        "fmla v2.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #432]",
        "fmla v3.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #448]",
        "fmla v4.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #464]",
        "fmla v5.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #480]",
        "fmla v6.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #496]",
        "fmla v7.4s, v17.4s, v16.s[3]",
        "ldur q16, [x1, #-16]",
        "ldr q17, [x3, #512]",
        "fmla v0.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #528]",
        "fmla v1.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #544]",
        "fmla v2.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #560]",
        "fmla v3.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #576]",
        "fmla v4.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #592]",
        "fmla v5.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #608]",
        "fmla v6.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #624]",
        "fmla v7.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #640]",
        "fmla v0.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #656]",
        "fmla v1.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #672]",
        "fmla v2.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #688]",
        "fmla v3.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #704]",
        "fmla v4.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #720]",
        "fmla v5.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #736]",
        "fmla v6.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #752]",
        "fmla v7.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #768]",
        "fmla v0.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #784]",
        "fmla v1.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #800]",
        "fmla v2.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #816]",
        "fmla v3.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #832]",
        "fmla v4.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #848]",
        "fmla v5.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #864]",
        "fmla v6.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #880]",
        "fmla v7.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #896]",
        "fmla v0.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #912]",
        "fmla v1.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #928]",
        "fmla v2.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #944]",
        "fmla v3.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #960]",
        "fmla v4.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #976]",
        "fmla v5.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #992]",
        "fmla v6.4s, v17.4s, v16.s[3]",
        "ldr q17, [x3, #1008]",
        "fmla v7.4s, v17.4s, v16.s[3]",
        "add x3, x3, #1024",
        "sub x2, x2, #1",
        "cbnz x2, 3b",
        "2:",
        "cbz x0, 4f",
        "5:",
        "// one k-block left over by the main loop",
        "ldr q16, [x1], #16",
        "ldr q17, [x3, #0]",
        "ldr q18, [x3, #16]",
        "sub x0, x0, #1",
        "ldr q19, [x3, #32]",
        "ldr q20, [x3, #48]",
        "ldr q21, [x3, #64]",
        "ldr q22, [x3, #80]",
        "fmla v0.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #96]",
        "fmla v1.4s, v18.4s, v16.s[0]",
        "ldr q18, [x3, #112]",
        "fmla v2.4s, v19.4s, v16.s[0]",
        "fmla v3.4s, v20.4s, v16.s[0]",
        "ldr q19, [x3, #128]",
        "fmla v4.4s, v21.4s, v16.s[0]",
        "ldr q20, [x3, #144]",
        "fmla v5.4s, v22.4s, v16.s[0]",
        "ldr q21, [x3, #160]",
        "fmla v6.4s, v17.4s, v16.s[0]",
        "ldr q17, [x3, #176]",
        "fmla v7.4s, v18.4s, v16.s[0]",
        "ldr q18, [x3, #192]",
        "ldr q22, [x3, #208]",
        "fmla v0.4s, v19.4s, v16.s[1]",
        "ldr q19, [x3, #224]",
        "fmla v1.4s, v20.4s, v16.s[1]",
        "ldr q20, [x3, #240]",
        "fmla v2.4s, v21.4s, v16.s[1]",
        "fmla v3.4s, v17.4s, v16.s[1]",
        "ldr q17, [x3, #256]",
        "fmla v4.4s, v18.4s, v16.s[1]",
        "ldr q18, [x3, #272]",
        "fmla v5.4s, v22.4s, v16.s[1]",
        "ldr q21, [x3, #288]",
        "fmla v6.4s, v19.4s, v16.s[1]",
        "ldr q19, [x3, #304]",
        "fmla v7.4s, v20.4s, v16.s[1]",
        "ldr q20, [x3, #320]",
        "ldr q22, [x3, #336]",
        "fmla v0.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #352]",
        "fmla v1.4s, v18.4s, v16.s[2]",
        "ldr q18, [x3, #368]",
        "fmla v2.4s, v21.4s, v16.s[2]",
        "fmla v3.4s, v19.4s, v16.s[2]",
        "ldr q19, [x3, #384]",
        "fmla v4.4s, v20.4s, v16.s[2]",
        "ldr q20, [x3, #400]",
        "fmla v5.4s, v22.4s, v16.s[2]",
        "ldr q21, [x3, #416]",
        "fmla v6.4s, v17.4s, v16.s[2]",
        "ldr q17, [x3, #432]",
        "fmla v7.4s, v18.4s, v16.s[2]",
        "ldr q18, [x3, #448]",
        "ldr q22, [x3, #464]",
        "fmla v0.4s, v19.4s, v16.s[3]",
        "ldr q19, [x3, #480]",
        "fmla v1.4s, v20.4s, v16.s[3]",
        "ldr q20, [x3, #496]",
        "fmla v2.4s, v21.4s, v16.s[3]",
        "fmla v3.4s, v17.4s, v16.s[3]",
        "add x3, x3, #512",
        "fmla v4.4s, v18.4s, v16.s[3]",
        "fmla v5.4s, v22.4s, v16.s[3]",
        "fmla v6.4s, v19.4s, v16.s[3]",
        "fmla v7.4s, v20.4s, v16.s[3]",
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
        "fadd v0.4s, v0.4s, v16.4s",
        "ldr q16, [x7, #96]",
        "fadd v1.4s, v1.4s, v17.4s",
        "ldr q17, [x7, #112]",
        "fadd v2.4s, v2.4s, v18.4s",
        "ld1r {{v18.4s}}, [x0], #4",
        "fadd v3.4s, v3.4s, v19.4s",
        "fadd v4.4s, v4.4s, v20.4s",
        "fadd v5.4s, v5.4s, v21.4s",
        "fadd v6.4s, v6.4s, v16.4s",
        "fadd v7.4s, v7.4s, v17.4s",
        "fadd v0.4s, v0.4s, v18.4s",
        "fadd v1.4s, v1.4s, v18.4s",
        "fadd v2.4s, v2.4s, v18.4s",
        "fadd v3.4s, v3.4s, v18.4s",
        "fadd v4.4s, v4.4s, v18.4s",
        "stp q0, q1, [x4, #0]",
        "fadd v0.4s, v5.4s, v18.4s",
        "fadd v1.4s, v6.4s, v18.4s",
        "fadd v5.4s, v7.4s, v18.4s",
        "stp q2, q3, [x4, #32]",
        "stp q4, q0, [x4, #64]",
        "stp q1, q5, [x4, #96]",
        "ret",
        ".cfi_endproc",
    )
}
