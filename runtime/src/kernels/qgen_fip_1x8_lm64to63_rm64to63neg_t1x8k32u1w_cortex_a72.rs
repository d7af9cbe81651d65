//! `qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72 --format rust
//
// macs-per-iteration: 256
// bound-macs-per-cycle: 12.39 (cortex-a72)
// modelled-macs-per-cycle: 12.19 (cortex-a72)
// depth-limit: 524287
// k-limit: 524287
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: fip
// tile: 1x8, in register tiles of 1x8
// lhs: -64..=63
// rhs: -64..=63
// rhs-stored: -63..=64, negated
// lhs-layout: row-major, in place, k in blocks of 32
// rhs-layout: panels of 8, k in blocks of 32 (256 bytes), depth fastest
// isa: neon
// instructions-per-iteration: 61
// bound-by: 62 slots at 3 per dispatch cycle: 18 load-q, 16 vec-add, 8 mul-long, 8 mla-long, 8 pair-acc, 2 int-alu, 1 branch, 1 write-back
// widening: in every iteration, of the short sums that it begins
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v1     v2     v3     v4     v5     v6     v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Fip,
        tile: Tile::new(1, 8),
        lhs: Operand::Int(qgen_runtime::Range::new(-64, 63).unwrap()),
        rhs: Operand::Int(qgen_runtime::Range::new(-64, 63).unwrap()),
        storage: Storage::Negate,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
        k_block: 32,
        unroll: 1,
        widen_in_loop: true,
        short: false,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 524287, k_limit: 524287 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 933, block: 2100, widening: 0, left: 600 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "cbnz x0, 3f",
        "// zero the accumulators",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "movi v2.2d, #0",
        "movi v3.2d, #0",
        "movi v4.2d, #0",
        "movi v5.2d, #0",
        "movi v6.2d, #0",
        "movi v7.2d, #0",
        "b 2f",
        "3:",
        "// first pass of the main loop, which begins the sums",
        "ldr q16, [x1], #32",
        "ldr q17, [x3, #16]",
        "add v17.16b, v16.16b, v17.16b",
        "ldur q18, [x1, #-16]",
        "ldr q19, [x3, #0]",
        "add v19.16b, v18.16b, v19.16b",
        "smull v20.8h, v17.8b, v19.8b",
        "ldr q21, [x3, #48]",
        "smlal2 v20.8h, v17.16b, v19.16b",
        "saddlp v0.4s, v20.8h",
        "ldr q17, [x3, #32]",
        "add v19.16b, v16.16b, v21.16b",
        "add v17.16b, v18.16b, v17.16b",
        "ldr q20, [x3, #80]",
        "smull v21.8h, v19.8b, v17.8b",
        "add v20.16b, v16.16b, v20.16b",
        "ldr q22, [x3, #64]",
        "smlal2 v21.8h, v19.16b, v17.16b",
        "saddlp v1.4s, v21.8h",
        "ldr q17, [x3, #112]",
        "add v19.16b, v18.16b, v22.16b",
        "smull v21.8h, v20.8b, v19.8b",
        "ldr q22, [x3, #96]",
        "smlal2 v21.8h, v20.16b, v19.16b",
        "saddlp v2.4s, v21.8h",
        "ldr q19, [x3, #144]",
        "add v17.16b, v16.16b, v17.16b",
        "add v20.16b, v18.16b, v22.16b",
        "ldr q21, [x3, #128]",
        "smull v22.8h, v17.8b, v20.8b",
        "add v19.16b, v16.16b, v19.16b",
        "ldr q23, [x3, #176]",
        "smlal2 v22.8h, v17.16b, v20.16b",
        "saddlp v3.4s, v22.8h",
        "ldr q17, [x3, #160]",
        "add v20.16b, v18.16b, v21.16b",
        "smull v21.8h, v19.8b, v20.8b",
        "ldr q22, [x3, #208]",
        "smlal2 v21.8h, v19.16b, v20.16b",
        "saddlp v4.4s, v21.8h",
        "ldr q19, [x3, #192]",
        "add v20.16b, v16.16b, v23.16b",
        "add v17.16b, v18.16b, v17.16b",
        "ldr q21, [x3, #240]",
        "smull v23.8h, v20.8b, v17.8b",
        "add v22.16b, v16.16b, v22.16b",
        "ldr q24, [x3, #224]",
        "smlal2 v23.8h, v20.16b, v17.16b",
        "saddlp v5.4s, v23.8h",
        "add x3, x3, #256",
        "add v17.16b, v18.16b, v19.16b",
        "smull v19.8h, v22.8b, v17.8b",
        "sub x0, x0, #1",
        "smlal2 v19.8h, v22.16b, v17.16b",
        "saddlp v6.4s, v19.8h",
        "add v16.16b, v16.16b, v21.16b",
        "add v17.16b, v18.16b, v24.16b",
        "smull v18.8h, v16.8b, v17.8b",
        "smlal2 v18.8h, v16.16b, v17.16b",
        "saddlp v7.4s, v18.8h",
        "cbz x0, 4f",
        "5:",
        "// main loop",
        "ldr q16, [x1], #32",
        "ldr q17, [x3, #16]",
        "add v17.16b, v16.16b, v17.16b",
        "ldur q18, [x1, #-16]",
        "ldr q19, [x3, #0]",
        "add v19.16b, v18.16b, v19.16b",
        "smull v20.8h, v17.8b, v19.8b",
        "ldr q21, [x3, #48]",
        "smlal2 v20.8h, v17.16b, v19.16b",
        "sadalp v0.4s, v20.8h",
        "ldr q17, [x3, #32]",
        "add v19.16b, v16.16b, v21.16b",
        "add v17.16b, v18.16b, v17.16b",
        "ldr q20, [x3, #80]",
        "smull v21.8h, v19.8b, v17.8b",
        "add v20.16b, v16.16b, v20.16b",
        "ldr q22, [x3, #64]",
        "smlal2 v21.8h, v19.16b, v17.16b",
        "sadalp v1.4s, v21.8h",
        "ldr q17, [x3, #112]",
        "add v19.16b, v18.16b, v22.16b",
        "smull v21.8h, v20.8b, v19.8b",
        "ldr q22, [x3, #96]",
        "smlal2 v21.8h, v20.16b, v19.16b",
        "sadalp v2.4s, v21.8h",
        "ldr q19, [x3, #144]",
        "add v17.16b, v16.16b, v17.16b",
        "add v20.16b, v18.16b, v22.16b",
        "ldr q21, [x3, #128]",
        "smull v22.8h, v17.8b, v20.8b",
        "add v19.16b, v16.16b, v19.16b",
        "ldr q23, [x3, #176]",
        "smlal2 v22.8h, v17.16b, v20.16b",
        "sadalp v3.4s, v22.8h",
        "ldr q17, [x3, #160]",
        "add v20.16b, v18.16b, v21.16b",
        "smull v21.8h, v19.8b, v20.8b",
        "ldr q22, [x3, #208]",
        "smlal2 v21.8h, v19.16b, v20.16b",
        "sadalp v4.4s, v21.8h",
        "ldr q19, [x3, #192]",
        "add v20.16b, v16.16b, v23.16b",
        "add v17.16b, v18.16b, v17.16b",
        "ldr q21, [x3, #240]",
        "smull v23.8h, v20.8b, v17.8b",
        "add v22.16b, v16.16b, v22.16b",
        "ldr q24, [x3, #224]",
        "smlal2 v23.8h, v20.16b, v17.16b",
        "sadalp v5.4s, v23.8h",
        "add x3, x3, #256",
        "add v17.16b, v18.16b, v19.16b",
        "smull v19.8h, v22.8b, v17.8b",
        "sub x0, x0, #1",
        "smlal2 v19.8h, v22.16b, v17.16b",
        "sadalp v6.4s, v19.8h",
        "add v16.16b, v16.16b, v21.16b",
        "add v17.16b, v18.16b, v24.16b",
        "smull v18.8h, v16.8b, v17.8b",
        "smlal2 v18.8h, v16.16b, v17.16b",
        "sadalp v7.4s, v18.8h",
        "cbnz x0, 5b",
        "4:",
        "2:",
        "// widen, correct and store the sums",
        "mov x0, x6",
        "ldr q16, [x7, #0]",
        "addp v0.4s, v0.4s, v1.4s",
        "ldr q1, [x7, #16]",
        "addp v2.4s, v2.4s, v3.4s",
        "addp v3.4s, v4.4s, v5.4s",
        "ld1r {{v4.4s}}, [x0], #4",
        "addp v5.4s, v6.4s, v7.4s",
        "addp v0.4s, v0.4s, v2.4s",
        "addp v2.4s, v3.4s, v5.4s",
        "add v3.4s, v16.4s, v4.4s",
        "add v1.4s, v1.4s, v4.4s",
        "sub v0.4s, v3.4s, v0.4s",
        "sub v1.4s, v1.4s, v2.4s",
        "stp q0, q1, [x4, #0]",
        "ret",
        ".cfi_endproc",
    )
}
