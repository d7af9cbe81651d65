//! What `#[qkernel]` makes of every strategy: machine code on aarch64, plain Rust elsewhere. Both keep
//! the contract, at every depth and with every pattern of `qgen_tests::shapes`.
#![cfg(unix)]
#![expect(unsafe_code, reason = "it calls kernels")]

use qgen_runtime::{Gemm, Kernel, MatMut, MatRef, PackedRhs, QKernel, qkernel};
use qgen_spec::{Isa, Strategy};
use qgen_tests::call::check_up_to;

macro_rules! kernels {
    ($($name:ident: $attribute:meta;)*) => {
        $(#[$attribute] struct $name;)*

        /// All of them.
        fn all() -> Vec<&'static Kernel> {
            vec![$($name::kernel()),*]
        }
    };
}

kernels! {
    Signs: qkernel(bits = 1, tile = 4x4);
    Ternary: qkernel(lhs = ternary, rhs = ternary, tile = 3x3);
    TernaryBySigns: qkernel(lhs = ternary, rhs = binary, tile = 4x4);
    SignsByTernary: qkernel(lhs = binary, rhs = ternary, tile = 2x4);
    TwoBits: qkernel(bits = 2, strategy = bits, tile = 4x2);
    OneByThree: qkernel(lhs = 0..=1, rhs_bits = 3, strategy = bits, tile = 2x3);
    SixBits: qkernel(lhs = -32..=31, rhs = -31..=32, strategy = fip, tile = 3x3);
    SevenBits: qkernel(bits = 7, strategy = fip, tile = 4x4);
    Levels: qkernel(levels = 23, tile = 4x4);
    MixedLevels: qkernel(lhs_levels = 29, rhs_levels = 19, strategy = widenouter, tile = 8x8);
    Deep: qkernel(bits = 2, strategy = byte, tile = 4x4);
    Mixed: qkernel(lhs_bits = 8, rhs_bits = 2, tile = 4x4);
    Dot: qkernel(bits = 8, strategy = dot, isa = dotprod, core = "neoverse-n1", tile = 4x4);
    DotOuter: qkernel(lhs = 0..=255, rhs = 0..=255, strategy = dotouter, isa = dotprod, core = "neoverse-n1", tile = 8x8);
    Mmla: qkernel(bits = 8, strategy = mmla, isa = i8mm, core = "neoverse-v1", tile = 8x8);
    Pair: qkernel(bits = 8, strategy = pair8, tile = 2x2);
    WidenInner: qkernel(bits = 4, strategy = wideninner, tile = 4x4);
    Nibbles: qkernel(bits = 4, per_byte = 2, tile = 4x8);
    UnsignedNibbles: qkernel(lhs = 0..=15, rhs = 0..=15, per_byte = 2, strategy = widenouter, tile = 8x6);
    EightByFour: qkernel(lhs_bits = 8, rhs_bits = 4, per_byte = 2, strategy = pair8, tile = 2x3);
    Quarters: qkernel(bits = 2, per_byte = 4, strategy = byte, tile = 2x2);
    QuartersInOrder: qkernel(lhs_bits = 4, rhs = ternary, per_byte = 4, strategy = fip, tile = 1x8);
    DotOfNibbles: qkernel(bits = 4, per_byte = 2, strategy = dotouter, isa = dotprod, core = "neoverse-n1", tile = 3x8);
    DotOfQuarters: qkernel(lhs_bits = 8, rhs_bits = 2, per_byte = 4, strategy = dot, isa = dotprod, core = "neoverse-n1", tile = 2x4);
    Bytes: qkernel(bits = 4, tile = 8x6, strategy = fip, output = "i8");
    ShortBytes: qkernel(bits = 4, tile = 3x5, short_k = true, output = "u8");
    ByteOfSigns: qkernel(bits = 1, tile = 3x3, output = "i8");
    Floats: qkernel(bits = 8, strategy = pair8, tile = 4x7, output = "f32");
    ClampedFloats: qkernel(strategy = f32, tile = 4x8, output = "f32");
    BytesOfRows: qkernel(bits = 4, strategy = widenouter, tile = 8x3, output = "u8");
    DotBytes: qkernel(bits = 8, strategy = dotouter, isa = dotprod, core = "neoverse-n1", tile = 4x8, output = "u8");
    MmlaBytes: qkernel(bits = 8, strategy = mmla, isa = i8mm, core = "neoverse-v1", tile = 4x6, output = "i8");
    MmlaOfQuarters: qkernel(lhs_bits = 8, rhs = binary, per_byte = 4, strategy = mmla, isa = i8mm, core = "neoverse-v1", tile = 4x4);
}

#[test]
fn expansions_do_what_they_promise() {
    for kernel in all() {
        if !kernel.is_supported() {
            continue;
        }
        let callee = |call: &mut qgen_tests::call::Call| {
            let a = call.args();
            // SAFETY: the call was made for this kernel's descriptor.
            unsafe {
                kernel.call(
                    a.k_blocks,
                    a.lhs,
                    a.lhs_stride,
                    a.rhs,
                    a.out,
                    a.out_stride,
                    a.row_add,
                    a.col_add,
                );
            }
            Ok(())
        };
        let calls = check_up_to(300_000, kernel.descriptor(), callee).unwrap_or_else(|e| panic!("{e}"));
        assert!(calls > 20, "{kernel}: only {calls} calls");
    }
}

#[test]
fn every_strategy_for_whole_numbers_is_among_them() {
    for strategy in Strategy::ALL.iter().filter(|&&s| s != Strategy::F32) {
        assert!(all().iter().any(|kernel| kernel.descriptor().spec.strategy == *strategy), "{strategy}");
    }
}

/// An attribute without `isa` makes code for every aarch64 machine, whatever its core has.
#[test]
fn newer_instructions_are_used_only_where_they_are_asked_for() {
    #[qkernel(bits = 8, core = "neoverse-v1")]
    struct Anywhere;
    assert_eq!(Anywhere::kernel().descriptor().spec.isa(), Isa::Neon);
    assert_eq!(Mmla::kernel().descriptor().spec.isa(), Isa::I8mm);
}

/// What a machine cannot run is an error, not a crash: under an emulator of an older core.
#[test]
fn a_kernel_without_its_instructions_is_an_error() {
    for kernel in [Dot::kernel(), Mmla::kernel()] {
        let rhs = PackedRhs::pack(kernel, MatRef::new(&[1i8; 32], 8, 4).unwrap()).unwrap();
        let mut out = [0i32; 12];
        let lhs = MatRef::new(&[2i8; 24], 3, 8).unwrap();
        let outcome = Gemm::new(kernel).run(lhs, &rhs, MatMut::new(&mut out, 3, 4).unwrap());
        if kernel.is_supported() {
            outcome.unwrap();
            assert_eq!(out, [16; 12]);
        } else {
            let e = outcome.unwrap_err().to_string();
            assert!(e.contains(kernel.name()) && e.contains("which this machine lacks"), "{e}");
        }
    }
}
