//! `#[qkernel]`: what is compiled is what the attribute asks for, and what runs (machine code on
//! aarch64, generated Rust elsewhere) is right, alone and in multiplications of any shape.
#![cfg(unix)]
#![expect(unsafe_code, reason = "it calls kernels and reads machine code")]

use qgen::compile_name;
use qgen_runtime::cpu::{Core, Features, Machine};
use qgen_runtime::plan::{Epilogue, Op, Params, Plan};
use qgen_runtime::quant::{Factors, OutputStage, Requantise};
use qgen_runtime::select::Overrides;
use qgen_runtime::{Error, Gemm, Kernel, MatMut, MatRef, PackedRhs, QKernel, Value, qkernel};
use qgen_spec::{Operand, Range, reference};
use qgen_tests::call::{Call, check_up_to};
use qgen_tests::shapes::Random;

#[qkernel(bits = 4, tile = 8x8)]
struct FourBits;

#[qkernel(bits = 4, tile = 8x8, core = "cortex-a53")]
struct InOrder;

#[qkernel(lhs = -7..=7, rhs = 0..=15, tile = 4x4)]
struct TwoRanges;

#[qkernel(lhs = 0..=15, rhs = 0..=15, tile = 24x8, strategy = widen)]
struct Published;

#[qkernel(bits = 4, tile = 4x4, strategy = byte)]
struct Byte;

#[qkernel(bits = 4, tile = 4x4, strategy = wideninner)]
struct WidenInner;

#[qkernel(bits = 8, tile = 4x4, strategy = pair8)]
struct EightBits;

#[qkernel(tile = 8x8, strategy = f32)]
struct Floats;

#[qkernel(bits = 4, tile = 4x4, strategy = fip, unroll = 2)]
struct Unrolled;

#[qkernel(bits = 2, tile = "5x3", isa = neon)]
struct OddSides;

#[qkernel(bits = 4, tile = 4x8, per_byte = 2)]
struct Nibbles;

#[qkernel(lhs_bits = 8, rhs_bits = 2, tile = 8x5, strategy = widenouter, per_byte = 4)]
struct Quarters;

#[qkernel(bits = 4, tile = 1x8, strategy = fip, prefetch = 256)]
struct Ahead;

#[qkernel(bits = 4, tile = 1x8, strategy = fip, prefetch = none)]
struct NotAhead;

#[qkernel(bits = 4, tile = 8x8, output = "i8")]
struct FourBitsToBytes;

/// Panels of one line. Clippy sees what is expanded here, and must have nothing to say.
#[qkernel(bits = 4, tile = 8x1, strategy = widenouter)]
struct OneColumn;

/// The kernels of a model are often many, and written by a macro.
macro_rules! kernels {
    ($($name:ident: $bits:literal, $tile:tt, $core:expr;)*) => {
        $(#[qkernel(bits = $bits, tile = $tile, core = $core)] struct $name;)*
    };
}
kernels! {
    ByAMacro: 3, 4x4, "neoverse-n1";
}

/// A struct's multiplication, and the parts of its kernel's name that the attribute asks for.
type Asked = (fn() -> Gemm<'static>, &'static [&'static str]);

const KERNELS: &[Asked] = &[
    (Gemm::of::<FourBits>, &["_8x8_lm8to7_rm8to7", "_cortex_a72"]),
    (Gemm::of::<Nibbles>, &["_lm8to7_rm8to7", "p2_"]),
    (Gemm::of::<Quarters>, &["widenouter_8x5_lm128to127_rm2to1", "p4_"]),
    (Gemm::of::<Ahead>, &["qgen_fip_1x8_lm8to7_rm8to7", "f256_cortex_a72"]),
    (Gemm::of::<NotAhead>, &["qgen_fip_1x8_lm8to7_rm8to7neg_t1x8k32u1_cortex_a72"]),
    (Gemm::of::<InOrder>, &["_8x8_lm8to7_rm8to7", "_cortex_a53"]),
    (Gemm::of::<TwoRanges>, &["_4x4_lm7to7_r0to15", "_cortex_a72"]),
    (Gemm::of::<Published>, &["qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72"]),
    (Gemm::of::<Byte>, &["qgen_byte_4x4_lm8to7_rm8to7"]),
    (Gemm::of::<WidenInner>, &["qgen_wideninner_4x4_lm8to7_rm8to7"]),
    (Gemm::of::<EightBits>, &["qgen_pair8_4x4_lm128to127_rm128to127"]),
    (Gemm::of::<Floats>, &["qgen_f32_8x8_lf32_rf32"]),
    (Gemm::of::<Unrolled>, &["qgen_fip_4x4_lm8to7_rm8to7", "u2_cortex_a72"]),
    (Gemm::of::<OddSides>, &["_5x3_lm2to1_rm2to1", "_cortex_a72"]),
    (Gemm::of::<OneColumn>, &["qgen_widenouter_8x1_lm8to7_rm8to7"]),
    (Gemm::of::<ByAMacro>, &["_4x4_lm4to3_rm4to3", "_neoverse_n1"]),
];

fn compiled(kernel: &Kernel) -> qgen::Kernel {
    compile_name(kernel.name()).unwrap_or_else(|e| panic!("{kernel}: {e}"))
}

#[test]
fn the_attribute_is_what_is_compiled() {
    for (gemm, asked) in KERNELS {
        let kernel = gemm().kernel();
        for part in *asked {
            assert!(kernel.name().contains(part), "`{part}` is not in {kernel}");
        }
        assert_eq!(*kernel.descriptor(), compiled(kernel).descriptor(), "{kernel}");
        assert_eq!(kernel.name(), kernel.descriptor().name());
        kernel.check().unwrap();
        assert_eq!(kernel.runs_natively(), cfg!(target_arch = "aarch64"), "{kernel}");
    }
}

/// Calls what the macro made.
fn callee(kernel: &Kernel) -> impl FnMut(&mut Call) -> Result<(), String> + use<> {
    let code = kernel.code().unwrap_or_else(|| panic!("{kernel} has no code of its own"));
    #[cfg(target_arch = "aarch64")]
    // SAFETY: calls are made for the kernel's own descriptor, and the frame is that of its code.
    return unsafe {
        qgen_tests::callees::machine_code(code, qgen_tests::callees::frame_bytes(&compiled(kernel)))
    };
    #[cfg(not(target_arch = "aarch64"))]
    move |call| {
        // SAFETY: calls are made for the kernel's own descriptor.
        unsafe { call.args().call(code) };
        Ok(())
    }
}

#[test]
fn every_kernel_does_what_it_promises() {
    for (gemm, _) in KERNELS {
        let kernel = gemm().kernel();
        match check_up_to(300_000, kernel.descriptor(), callee(kernel)) {
            Ok(calls) => assert!(calls > 50, "{kernel}: only {calls} calls"),
            Err(e) => panic!("{e}"),
        }
    }
}

#[test]
#[cfg(target_arch = "aarch64")]
fn every_kernel_is_our_words() {
    for (gemm, _) in KERNELS {
        let kernel = gemm().kernel();
        let code = kernel.code().unwrap_or_else(|| panic!("{kernel} has no code"));
        // SAFETY: the macro made the code from the kernel of this name.
        unsafe { qgen_tests::callees::compare_words(&compiled(kernel), code) }.unwrap();
    }
}

/// (m, n, k): nothing, single values, whole tiles of whole blocks, and one more or less of each.
fn shapes(kernel: &Kernel) -> Vec<(usize, usize, usize)> {
    let spec = &kernel.descriptor().spec;
    let (m, n, k) = (usize::from(spec.tile.m), usize::from(spec.tile.n), usize::from(spec.k_block));
    vec![
        (0, 3, 5),
        (2, 3, 0),
        (1, 1, 1),
        (m, n, 4 * k),
        (m + 1, n - 1, 3 * k + 1),
        (2 * m - 1, 2 * n + 1, 97),
    ]
}

fn matrix<T>(rows: usize, columns: usize, value: impl FnMut() -> T) -> Vec<T> {
    std::iter::repeat_with(value).take(rows * columns).collect()
}

/// One multiplication of random values of the kernel's ranges, each element compared.
fn multiply<L: Value<Out = i32>, R: Value<Out = i32>>(
    gemm: Gemm<'_>,
    (m, n, k): (usize, usize, usize),
    (lhs_zero, rhs_zero): (i32, i32),
    left: impl FnMut() -> L,
    right: impl FnMut() -> R,
) {
    let kernel = gemm.kernel();
    let (lhs, rhs) = (matrix(m, k, left), matrix(k, n, right));
    let weights = PackedRhs::pack(kernel, MatRef::new(&rhs, k, n).unwrap()).unwrap();
    let mut out = vec![i32::MIN; m * n];
    let gemm = gemm.lhs_zero_point(lhs_zero).rhs_zero_point(rhs_zero);
    gemm.run(MatRef::new(&lhs, m, k).unwrap(), &weights, MatMut::new(&mut out, m, n).unwrap()).unwrap();
    for i in 0..m {
        for j in 0..n {
            let x = |p: usize| i64::from(lhs[i * k + p].to_i16());
            let y = |p: usize| i64::from(rhs[p * n + j].to_i16());
            let wanted = reference::dot(k, x, y, lhs_zero.into(), rhs_zero.into());
            let zeros = (lhs_zero, rhs_zero);
            assert_eq!(i64::from(out[i * n + j]), wanted, "{kernel}: ({i}, {j}) of {m}x{n}x{k}, {zeros:?}");
        }
    }
}

fn multiply_integers(gemm: Gemm<'_>, lhs: Range, rhs: Range) {
    let mut random = Random::new(4);
    for shape in shapes(gemm.kernel()) {
        // No zero points, both of them, and the ends of the ranges, where corrections are largest.
        for zeros in [(0, 0), (3, -2), (lhs.lo().into(), rhs.hi().into())] {
            let (mut left, mut right) = (Random::new(random.bits()), Random::new(random.bits()));
            let mut x = || left.between(lhs.lo().into(), lhs.hi().into());
            let mut y = || right.between(rhs.lo().into(), rhs.hi().into());
            match (lhs.fits_u8(), rhs.fits_u8()) {
                (false, false) => multiply(gemm, shape, zeros, || x() as i8, || y() as i8),
                (false, true) => multiply(gemm, shape, zeros, || x() as i8, || y() as u8),
                (true, false) => multiply(gemm, shape, zeros, || x() as u8, || y() as i8),
                (true, true) => multiply(gemm, shape, zeros, || x() as u8, || y() as u8),
            }
        }
    }
}

fn multiply_floats(gemm: Gemm<'_>) {
    let mut random = Random::new(4);
    let mut value = || random.between(-1_000, 1_000) as f32 / 7.0;
    for (m, n, k) in shapes(gemm.kernel()) {
        let (lhs, rhs) = (matrix(m, k, &mut value), matrix(k, n, &mut value));
        let weights = PackedRhs::pack(gemm.kernel(), MatRef::new(&rhs, k, n).unwrap()).unwrap();
        let mut out = vec![f32::NAN; m * n];
        gemm.run(MatRef::new(&lhs, m, k).unwrap(), &weights, MatMut::new(&mut out, m, n).unwrap()).unwrap();
        for i in 0..m {
            for j in 0..n {
                let wanted = reference::dot_f32(k, |p| lhs[i * k + p], |p| rhs[p * n + j], f32::mul_add);
                assert_eq!(out[i * n + j], wanted, "{}: ({i}, {j}) of {m}x{n}x{k}", gemm.kernel());
            }
        }
    }
}

#[test]
fn multiplications_are_exact() {
    for (gemm, _) in KERNELS {
        let spec = &gemm().kernel().descriptor().spec;
        match (spec.lhs, spec.rhs) {
            (Operand::Int(lhs), Operand::Int(rhs)) => multiply_integers(gemm(), lhs, rhs),
            _ => multiply_floats(gemm()),
        }
    }
}

/// A kernel of one's own with an end finishes what its like multiplies, and by itself is refused.
#[test]
fn kernels_with_ends_belong_to_plans() {
    let (side, shape @ (m, n, k)) = (Operand::of_bits(4).unwrap(), (37, 19, 96));
    let mut random = Random::new(8);
    let mut value = || random.between(-8, 7) as i8;
    let (lhs, rhs) = (matrix(m, k, &mut value), matrix(k, n, &mut value));
    let view = MatRef::new(&lhs, m, k).unwrap();
    let factors = (0..n).map(|j| Requantise::from_scale(0.05 + 0.01 * j as f64).unwrap()).collect();
    let stage = OutputStage::new(Factors::PerChannel(factors), -3, Range::new(-100, 90).unwrap()).unwrap();
    let bias: Vec<i32> = (0..n).map(|j| 50 - 7 * j as i32).collect();
    let epilogue = Epilogue::requantise(stage.clone()).with_bias(bias.clone());
    let machine = Machine {
        core: Core::by_name("cortex-a72").unwrap(),
        features: Features { neon: true, dotprod: false, i8mm: false },
    };
    let pure = Overrides::default();
    for (kernels, end) in [
        (&[FourBits::kernel(), FourBitsToBytes::kernel()][..], "fused: qgen_"),
        (&[FourBits::kernel()], "not fused: "),
    ] {
        let params = Params::new().environment(&pure, None).kernels(kernels).epilogue(&epilogue);
        let plan = Plan::new(Op::gemm(side, side), shape, &params.lhs_zero_point(2), &machine).unwrap();
        assert!(plan.explain().end.starts_with(end), "{}", plan.explain());
        let weights = plan.pack(MatRef::new(&rhs, k, n).unwrap()).unwrap();
        let (mut out, mut workspace) = (vec![0i8; m * n], plan.workspace().unwrap());
        plan.run(view, &weights, MatMut::new(&mut out, m, n).unwrap(), &mut workspace).unwrap();
        for (at, byte) in out.into_iter().enumerate() {
            let (i, j) = (at / n, at % n);
            let sum = reference::dot(k, |p| lhs[i * k + p].into(), |p| rhs[p * n + j].into(), 2, 0);
            assert_eq!(i32::from(byte), stage.apply(sum as i32 + bias[j], j), "({i}, {j})");
        }
    }
    let alone = FourBitsToBytes::kernel();
    let weights = PackedRhs::pack(alone, MatRef::new(&rhs, k, n).unwrap()).unwrap();
    let mut out = vec![0i32; m * n];
    let e = Gemm::new(alone).run(view, &weights, MatMut::new(&mut out, m, n).unwrap()).unwrap_err();
    assert!(matches!(e, Error::KernelEnd { .. }), "{e}");
    assert!(e.to_string().contains("oi8_cortex_a72 stores i8, of parameters that only a plan has"), "{e}");
    let params = Params::new().environment(&pure, None).kernels(std::slice::from_ref(&alone));
    let plan = Plan::new(Op::gemm(side, side), shape, &params, &machine).unwrap();
    assert_ne!(plan.kernel().name(), alone.name(), "it is never chosen");
}
