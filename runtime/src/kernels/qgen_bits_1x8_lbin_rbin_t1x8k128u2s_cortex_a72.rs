//! `qgen_bits_1x8_lbin_rbin_t1x8k128u2s_cortex_a72`, generated: see the command below.
#![cfg_attr(rustfmt, rustfmt_skip)]

// qgen_bits_1x8_lbin_rbin_t1x8k128u2s_cortex_a72
//
// Made by the command below; do not edit, run it again.
// command: qgen emit qgen_bits_1x8_lbin_rbin_t1x8k128u2s_cortex_a72 --format rust
//
// macs-per-iteration: 2048
// bound-macs-per-cycle: 85.33 (cortex-a72)
// modelled-macs-per-cycle: 85.33 (cortex-a72)
// depth-limit: 32767
// k-limit: 32767
//
// An iteration is one pass through the main loop. Modelled means: by the pipeline model of the core, not measured; the
// main loop, with widening and zeroing at their true frequency.
//
// strategy: bits
// tile: 1x8, in register tiles of 1x8
// lhs: -1 or 1
// rhs: -1 or 1
// rhs-stored: -1 or 1, kept
// lhs-layout: panels of 1, 1 bit plane(s), k in blocks of 128
// rhs-layout: panels of 8, 1 bit plane(s), k in blocks of 128
// isa: neon
// instructions-per-iteration: 69
// bound-by: 48 cycles of work for F0 and F1: 16 vec-logic, 16 count, 16 pair-acc
// widening: once, at the end
// stack: none
//
// Where the sums of a register tile are while the main loop runs:
//          col 0  col 1  col 2  col 3  col 4  col 5  col 6  col 7
//   row 0     v0     v1     v2     v3     v4     v5     v6     v7
//
// Signature (x0 to x7), the same for every kernel:
// void qgen_bits_1x8_lbin_rbin_t1x8k128u2s_cortex_a72(
//     size_t k_blocks, const void *lhs, size_t lhs_stride, const void *rhs,
//     int32_t *out, size_t out_stride, const int32_t *row_add, const int32_t *col_add);

#[cfg(target_arch = "aarch64")]
use qgen_runtime::KernelFn;
use qgen_runtime::{Cost, Descriptor, End, Kernel, KernelSpec, Operand, Storage, Strategy, Tile};

/// The kernel, with machine code where this is aarch64.
pub(crate) static KERNEL: Kernel = {
    let spec = KernelSpec {
        strategy: Strategy::Bits,
        tile: Tile::new(1, 8),
        lhs: Operand::Binary,
        rhs: Operand::Binary,
        storage: Storage::Keep,
        per_byte: 1,
        in_place: false,
        register_tile: Tile::new(1, 8),
        k_block: 128,
        unroll: 2,
        widen_in_loop: false,
        short: true,
        prefetch: 0,
        end: End::Sums,
        core: std::borrow::Cow::Borrowed("cortex-a72"),
    };
    let descriptor = Descriptor { spec, depth_limit: 32767, k_limit: 32767 };
    #[cfg(target_arch = "aarch64")]
    let code: Option<KernelFn> = Some(code);
    #[cfg(not(target_arch = "aarch64"))]
    let code = None;
    // Modelled, in hundredths of a cycle.
    let cost = Cost { call: 1633, block: 1200, widening: 0, left: 733 };
    // SAFETY: the compiler made the code and the descriptor of one specification.
    unsafe { Kernel::new("qgen_bits_1x8_lbin_rbin_t1x8k128u2s_cortex_a72", descriptor, code) }.with_cost(cost)
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
        "cbnz x2, 3f",
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
        "ldr q17, [x3, #0]",
        "eor v17.16b, v16.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q18, [x3, #16]",
        "uaddlp v0.8h, v17.16b",
        "eor v17.16b, v16.16b, v18.16b",
        "ldr q18, [x3, #32]",
        "cnt v17.16b, v17.16b",
        "uaddlp v1.8h, v17.16b",
        "ldr q17, [x3, #48]",
        "eor v18.16b, v16.16b, v18.16b",
        "cnt v18.16b, v18.16b",
        "ldr q19, [x3, #64]",
        "uaddlp v2.8h, v18.16b",
        "eor v17.16b, v16.16b, v17.16b",
        "ldr q18, [x3, #80]",
        "cnt v17.16b, v17.16b",
        "uaddlp v3.8h, v17.16b",
        "ldr q17, [x3, #96]",
        "eor v19.16b, v16.16b, v19.16b",
        "cnt v19.16b, v19.16b",
        "ldr q20, [x3, #112]",
        "uaddlp v4.8h, v19.16b",
        "eor v18.16b, v16.16b, v18.16b",
        "ldur q19, [x1, #-16]",
        "cnt v18.16b, v18.16b",
        "uaddlp v5.8h, v18.16b",
        "ldr q18, [x3, #128]",
        "eor v17.16b, v16.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q21, [x3, #144]",
        "uaddlp v6.8h, v17.16b",
        "eor v16.16b, v16.16b, v20.16b",
        "ldr q17, [x3, #160]",
        "cnt v16.16b, v16.16b",
        "uaddlp v7.8h, v16.16b",
        "ldr q16, [x3, #176]",
        "eor v18.16b, v19.16b, v18.16b",
        "cnt v18.16b, v18.16b",
        "ldr q20, [x3, #192]",
        "uadalp v0.8h, v18.16b",
        "eor v18.16b, v19.16b, v21.16b",
        "ldr q21, [x3, #208]",
        "cnt v18.16b, v18.16b",
        "uadalp v1.8h, v18.16b",
        "ldr q18, [x3, #224]",
        "eor v17.16b, v19.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q22, [x3, #240]",
        "uadalp v2.8h, v17.16b",
        "eor v16.16b, v19.16b, v16.16b",
        "add x3, x3, #256",
        "cnt v16.16b, v16.16b",
        "uadalp v3.8h, v16.16b",
        "sub x2, x2, #1",
        "eor v16.16b, v19.16b, v20.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v4.8h, v16.16b",
        "eor v16.16b, v19.16b, v21.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v5.8h, v16.16b",
        "eor v16.16b, v19.16b, v18.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v6.8h, v16.16b",
        "eor v16.16b, v19.16b, v22.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v7.8h, v16.16b",
        "cbz x2, 4f",
        "5:",
        "// main loop",
        "ldr q16, [x1], #32",
        "ldr q17, [x3, #0]",
        "eor v17.16b, v16.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q18, [x3, #16]",
        "uadalp v0.8h, v17.16b",
        "eor v17.16b, v16.16b, v18.16b",
        "ldr q18, [x3, #32]",
        "cnt v17.16b, v17.16b",
        "uadalp v1.8h, v17.16b",
        "ldr q17, [x3, #48]",
        "eor v18.16b, v16.16b, v18.16b",
        "cnt v18.16b, v18.16b",
        "ldr q19, [x3, #64]",
        "uadalp v2.8h, v18.16b",
        "eor v17.16b, v16.16b, v17.16b",
        "ldr q18, [x3, #80]",
        "cnt v17.16b, v17.16b",
        "uadalp v3.8h, v17.16b",
        "ldr q17, [x3, #96]",
        "eor v19.16b, v16.16b, v19.16b",
        "cnt v19.16b, v19.16b",
        "ldr q20, [x3, #112]",
        "uadalp v4.8h, v19.16b",
        "eor v18.16b, v16.16b, v18.16b",
        "ldur q19, [x1, #-16]",
        "cnt v18.16b, v18.16b",
        "uadalp v5.8h, v18.16b",
        "ldr q18, [x3, #128]",
        "eor v17.16b, v16.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q21, [x3, #144]",
        "uadalp v6.8h, v17.16b",
        "eor v16.16b, v16.16b, v20.16b",
        "ldr q17, [x3, #160]",
        "cnt v16.16b, v16.16b",
        "uadalp v7.8h, v16.16b",
        "ldr q16, [x3, #176]",
        "eor v18.16b, v19.16b, v18.16b",
        "cnt v18.16b, v18.16b",
        "ldr q20, [x3, #192]",
        "uadalp v0.8h, v18.16b",
        "eor v18.16b, v19.16b, v21.16b",
        "ldr q21, [x3, #208]",
        "cnt v18.16b, v18.16b",
        "uadalp v1.8h, v18.16b",
        "ldr q18, [x3, #224]",
        "eor v17.16b, v19.16b, v17.16b",
        "cnt v17.16b, v17.16b",
        "ldr q22, [x3, #240]",
        "uadalp v2.8h, v17.16b",
        "eor v16.16b, v19.16b, v16.16b",
        "add x3, x3, #256",
        "cnt v16.16b, v16.16b",
        "uadalp v3.8h, v16.16b",
        "sub x2, x2, #1",
        "eor v16.16b, v19.16b, v20.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v4.8h, v16.16b",
        "eor v16.16b, v19.16b, v21.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v5.8h, v16.16b",
        "eor v16.16b, v19.16b, v18.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v6.8h, v16.16b",
        "eor v16.16b, v19.16b, v22.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v7.8h, v16.16b",
        "cbnz x2, 5b",
        "4:",
        "2:",
        "cbz x0, 6f",
        "7:",
        "// one k-block left over by the main loop",
        "ldr q16, [x1], #16",
        "sub x0, x0, #1",
        "ldr q17, [x3], #128",
        "ldur q18, [x3, #-112]",
        "ldur q19, [x3, #-96]",
        "ldur q20, [x3, #-80]",
        "ldur q21, [x3, #-64]",
        "eor v17.16b, v16.16b, v17.16b",
        "ldur q22, [x3, #-48]",
        "eor v18.16b, v16.16b, v18.16b",
        "ldur q23, [x3, #-32]",
        "eor v19.16b, v16.16b, v19.16b",
        "ldur q24, [x3, #-16]",
        "cnt v17.16b, v17.16b",
        "eor v20.16b, v16.16b, v20.16b",
        "cnt v18.16b, v18.16b",
        "eor v21.16b, v16.16b, v21.16b",
        "cnt v19.16b, v19.16b",
        "eor v22.16b, v16.16b, v22.16b",
        "uadalp v0.8h, v17.16b",
        "cnt v17.16b, v20.16b",
        "uadalp v1.8h, v18.16b",
        "cnt v18.16b, v21.16b",
        "uadalp v2.8h, v19.16b",
        "cnt v19.16b, v22.16b",
        "uadalp v3.8h, v17.16b",
        "eor v17.16b, v16.16b, v23.16b",
        "uadalp v4.8h, v18.16b",
        "eor v16.16b, v16.16b, v24.16b",
        "uadalp v5.8h, v19.16b",
        "cnt v17.16b, v17.16b",
        "cnt v16.16b, v16.16b",
        "uadalp v6.8h, v17.16b",
        "uadalp v7.8h, v16.16b",
        "cbnz x0, 7b",
        "6:",
        "// widen, correct and store the sums",
        "mov x0, x4",
        "mov x1, x6",
        "ldr q16, [x7, #0]",
        "ldr q17, [x7, #16]",
        "addp v0.8h, v0.8h, v1.8h",
        "addp v1.8h, v2.8h, v3.8h",
        "ld1r {{v2.4s}}, [x1], #4",
        "addp v3.8h, v4.8h, v5.8h",
        "addp v4.8h, v6.8h, v7.8h",
        "addp v0.8h, v0.8h, v1.8h",
        "uzp1 v1.8h, v16.8h, v16.8h",
        "uzp1 v5.8h, v17.8h, v17.8h",
        "addp v3.8h, v3.8h, v4.8h",
        "addp v0.8h, v0.8h, v0.8h",
        "addp v3.8h, v3.8h, v3.8h",
        "uzp1 v2.8h, v2.8h, v2.8h",
        "add v0.8h, v0.8h, v0.8h",
        "add v3.8h, v3.8h, v3.8h",
        "add v1.8h, v1.8h, v2.8h",
        "add v2.8h, v5.8h, v2.8h",
        "sub v0.8h, v1.8h, v0.8h",
        "sub v1.8h, v2.8h, v3.8h",
        "sshll v0.4s, v0.4h, #0",
        "sshll v1.4s, v1.4h, #0",
        "stp q0, q1, [x0, #0]",
        "ret",
        ".cfi_endproc",
    )
}
