//! The multiplication against the scalar reference: every kernel of the crate, any shape, strides, zero
//! points, extreme operands. On aarch64 this runs machine code, elsewhere the portable contract.

#![expect(unsafe_code, reason = "it makes kernels without machine code")]

use proptest::prelude::*;
use qgen_runtime::bench::SplitMix64;
use qgen_runtime::{
    Error, Gemm, Kernel, MatMut, MatRef, Operand, PackedLhs, PackedRhs, Range, Value, Workspace, catalog,
    k_limit,
};
use qgen_spec::reference;

/// Kernels of every packed layout and correction that nobody ships: the plain contract runs them.
const OTHERS: &[&str] = &[
    "qgen_bits_3x5_lbin_rbin_t3x5k128u1_portable",
    "qgen_bits_8x4_lbin_rm1to1_t4x2k128u1_portable",
    "qgen_bits_4x4_lm1to1_rbin_t4x4k128u1_portable",
    "qgen_bits_4x6_lm1to1_rm1to1_t4x3k128u1_portable",
    "qgen_bits_4x4_lm2to1_rm4to3subm4_t4x4k128u1_portable",
    "qgen_bits_4x4_l0to1_r3to5sub3_t4x4k128u1_portable",
    "qgen_dot_4x4_lm128to127_rm2to1_t4x4k16u1_portable",
    "qgen_dotouter_8x8_l0to255_r0to255_t8x8k4u1_portable",
    "qgen_dotouter_6x8_lm8to7_rm8to7_t3x8k4u1_portable",
    "qgen_mmla_8x6_lm128to127_rm128to127_t8x6k8u1_portable",
    "qgen_fip_3x3_lm64to63_rm64to63neg_t3x3k32u1w_portable",
];

/// The kernels of the crate that run here, and the others (once: not where it may be an emulator that
/// runs their plain contract).
fn kernels() -> impl Iterator<Item = &'static Kernel> {
    let others = if cfg!(target_arch = "aarch64") { &[] } else { OTHERS };
    let others = others.iter().map(|name| {
        let spec: qgen_runtime::KernelSpec = name.parse().unwrap();
        let k_limit = spec.k_limit();
        let descriptor = qgen_runtime::Descriptor { depth_limit: 8 * u32::from(spec.k_block), k_limit, spec };
        // SAFETY: there is no code.
        &*Box::leak(Box::new(unsafe { Kernel::from_code(descriptor, None) }.unwrap()))
    });
    // Without machine code, kernels that differ in their core alone are the same reference.
    let mut seen = Vec::new();
    let shipped = catalog::all().filter(move |kernel| {
        let spec = qgen_runtime::KernelSpec { core: "".into(), ..kernel.descriptor().spec.clone() };
        let new = kernel.code().is_some() || !seen.contains(&spec);
        seen.push(spec);
        new && kernel.is_supported() && kernel.descriptor().spec.end == qgen_runtime::End::Sums
    });
    shipped.chain(others)
}

/// What to multiply, apart from the kernel.
#[derive(Clone, Debug)]
struct Case {
    m: usize,
    n: usize,
    k: usize,
    lhs_zero: i32,
    rhs_zero: i32,
    /// Gaps between lines of lhs, rhs and out.
    gaps: [usize; 3],
    /// Whether lhs, rhs and out are kept column by column.
    by_columns: [bool; 3],
    /// 0: values of the whole range; 1: only its ends; 2: the end with the largest magnitude.
    extremes: u8,
    seed: u64,
}

impl Case {
    fn plain(m: usize, n: usize, k: usize) -> Case {
        let (gaps, by_columns) = ([0; 3], [false; 3]);
        Case { m, n, k, lhs_zero: 0, rhs_zero: 0, gaps, by_columns, extremes: 0, seed: 1 }
    }
}

/// A matrix with room between its lines.
struct Matrix<T> {
    data: Vec<T>,
    shape: (usize, usize),
    strides: (usize, usize),
}

impl<T: qgen_runtime::Element> Matrix<T> {
    fn new(rows: usize, cols: usize, gap: usize, by_columns: bool, fill: T) -> Matrix<T> {
        let strides = if by_columns { (1, rows + gap) } else { (cols + gap, 1) };
        let data = vec![fill; (rows.max(1) + gap) * (cols.max(1) + gap)];
        Matrix { data, shape: (rows, cols), strides }
    }

    fn set_all(&mut self, mut value: impl FnMut() -> T) {
        for i in 0..self.shape.0 {
            for j in 0..self.shape.1 {
                self.data[i * self.strides.0 + j * self.strides.1] = value();
            }
        }
    }

    fn view(&self) -> MatRef<'_, T> {
        let ((rows, cols), (down, across)) = (self.shape, self.strides);
        MatRef::with_strides(&self.data, rows, cols, down, across).unwrap()
    }

    fn view_mut(&mut self) -> MatMut<'_, T> {
        let ((rows, cols), (down, across)) = (self.shape, self.strides);
        MatMut::with_strides(&mut self.data, rows, cols, down, across).unwrap()
    }
}

fn values(case: &Case, operand: Operand, seed: u64) -> impl FnMut() -> i16 + use<> {
    let mut random = SplitMix64::new(case.seed ^ seed);
    let extremes = if operand == Operand::Binary { case.extremes.max(1) } else { case.extremes };
    let range = operand.range().unwrap();
    let far = if range.hi() >= -range.lo() { range.hi() } else { range.lo() };
    move || match extremes {
        0 => random.in_range(range),
        1 if random.next_u64() & 1 == 0 => range.lo(),
        1 => range.hi(),
        _ => far,
    }
}

/// Multiplies by `run` and by `run_packed`, compares every element, and checks that nothing else of
/// `out` was written.
fn check_int<T: Value<Out = i32>>(
    kernel: &Kernel,
    case: &Case,
    (l, r): (Operand, Operand),
    cast: fn(i16) -> T,
) {
    let Case { m, n, k, lhs_zero, rhs_zero, gaps, by_columns, .. } = *case;
    let mut lhs = Matrix::new(m, k, gaps[0], by_columns[0], cast(0));
    let mut rhs = Matrix::new(k, n, gaps[1], by_columns[1], cast(0));
    let (mut left, mut right) = (values(case, l, 3), values(case, r, 5));
    lhs.set_all(|| cast(left()));
    rhs.set_all(|| cast(right()));
    let (a, b) = (lhs.view(), rhs.view());
    let gemm = Gemm::new(kernel).lhs_zero_point(lhs_zero).rhs_zero_point(rhs_zero);
    let packed = PackedRhs::pack(kernel, b).unwrap();
    let mut workspace = Workspace::new();
    gemm.reserve(&mut workspace, m, n, k).unwrap();
    let reserved = workspace.bytes();
    assert_eq!(reserved, gemm.workspace_bytes(m, n, k).unwrap(), "the size query is exact");

    // Lines one after the other, and each result once: the reference is most of what these tests do.
    let line = |view: &dyn Fn(usize) -> i16| (0..k).map(|p| i64::from(view(p))).collect::<Vec<i64>>();
    let rows: Vec<_> = (0..m).map(|i| line(&|p| a.get(i, p).unwrap().to_i16())).collect();
    let columns: Vec<_> = (0..n).map(|j| line(&|p| b.get(p, j).unwrap().to_i16())).collect();
    let wanted = |i: usize, j: usize| {
        reference::dot(k, |p| rows[i][p], |p| columns[j][p], lhs_zero.into(), rhs_zero.into())
    };
    let wanted: Vec<i64> = (0..m * n).map(|at| wanted(at / n, at % n)).collect();

    const UNTOUCHED: i32 = 0x5a5a_a5a5;
    let packed_lhs = PackedLhs::pack(kernel, a).unwrap();
    for prepacked in [false, true] {
        let mut out = Matrix::new(m, n, gaps[2], by_columns[2], UNTOUCHED);
        if prepacked {
            gemm.run_packed(&packed_lhs, &packed, out.view_mut(), &mut Workspace::new()).unwrap();
        } else {
            gemm.run_with(a, &packed, out.view_mut(), &mut workspace).unwrap();
            assert_eq!(workspace.bytes(), reserved, "nothing was allocated while running");
        }
        for i in 0..m {
            for j in 0..n {
                let at = i * out.strides.0 + j * out.strides.1;
                assert_eq!(i64::from(out.data[at]), wanted[i * n + j], "{kernel}: ({i}, {j}) of {case:?}");
                out.data[at] = UNTOUCHED;
            }
        }
        assert!(out.data.iter().all(|&v| v == UNTOUCHED), "{kernel} wrote between the rows: {case:?}");
    }
}

fn check_float(kernel: &Kernel, case: &Case) {
    let Case { m, n, k, gaps, by_columns, .. } = *case;
    let bytes = Operand::of_bits(8).unwrap();
    let mut lhs = Matrix::new(m, k, gaps[0], by_columns[0], 0.0f32);
    let mut rhs = Matrix::new(k, n, gaps[1], by_columns[1], 0.0f32);
    let (mut left, mut right) = (values(case, bytes, 3), values(case, bytes, 5));
    lhs.set_all(|| f32::from(left()) / 3.0);
    rhs.set_all(|| f32::from(right()) / 7.0);
    let (a, b) = (lhs.view(), rhs.view());
    let packed = PackedRhs::pack(kernel, b).unwrap();
    let mut out = Matrix::new(m, n, gaps[2], by_columns[2], 0.0f32);
    Gemm::new(kernel).run(a, &packed, out.view_mut()).unwrap();
    let packed_lhs = PackedLhs::pack(kernel, a).unwrap();
    let mut again = Matrix::new(m, n, gaps[2], by_columns[2], 0.0f32);
    Gemm::new(kernel).run_packed(&packed_lhs, &packed, again.view_mut(), &mut Workspace::new()).unwrap();
    assert_eq!(out.data, again.data);
    for i in 0..m {
        for j in 0..n {
            let (x, y) = (|p| a.get(i, p).unwrap(), |p| b.get(p, j).unwrap());
            let wanted = reference::dot_f32(k, x, y, f32::mul_add);
            let got = out.data[i * out.strides.0 + j * out.strides.1];
            assert_eq!(got.to_bits(), (wanted + 0.0).to_bits(), "{kernel}: ({i}, {j}) of {case:?}");
        }
    }
}

/// One case for one kernel, with `i8` and with `u8` where the ranges allow it.
fn check(kernel: &Kernel, case: &Case) {
    let spec = &kernel.descriptor().spec;
    match (spec.lhs, spec.rhs) {
        (Operand::F32, _) | (_, Operand::F32) => check_float(kernel, case),
        (l, r) => {
            let mut case = case.clone();
            if case.k as u64 > k_limit(kernel.descriptor(), case.lhs_zero, case.rhs_zero) {
                (case.lhs_zero, case.rhs_zero) = (0, 0);
                case.k = case.k.min(kernel.k_limit() as usize);
            }
            // Each element type sees the part of the ranges that it can hold.
            let part = |operand: Operand, lo: i16, hi: i16| match operand {
                Operand::Binary if lo < 0 => Some(Operand::Binary),
                Operand::Binary => Range::new(1, 1).map(Operand::Int),
                Operand::Int(range) => Range::new(range.lo().max(lo), range.hi().min(hi)).map(Operand::Int),
                Operand::F32 => None,
            };
            if let (Some(l), Some(r)) = (part(l, -128, 127), part(r, -128, 127)) {
                check_int::<i8>(kernel, &case, (l, r), |v| v as i8);
            }
            if let (Some(l), Some(r)) = (part(l, 0, 255), part(r, 0, 255)) {
                check_int::<u8>(kernel, &case, (l, r), |v| v as u8);
            }
        }
    }
}

/// 0, 1, around the tile and its multiples, and primes.
fn sides(tile: u8) -> Vec<usize> {
    let tile = usize::from(tile);
    let mut sides = vec![0, 1, tile - 1, tile, tile + 1, 2 * tile - 1, 2 * tile, 13];
    sides.sort_unstable();
    sides.dedup();
    sides
}

#[test]
fn every_kernel_at_the_edges_of_its_tile() {
    for kernel in kernels() {
        let spec = &kernel.descriptor().spec;
        let block = usize::from(spec.k_block);
        for &m in &sides(spec.tile.m) {
            for &n in &sides(spec.tile.n) {
                for k in [0, 1, block - 1, block, block + 1, 2 * block, 37] {
                    check(kernel, &Case { lhs_zero: 3, rhs_zero: -2, ..Case::plain(m, n, k) });
                }
            }
        }
    }
}

#[test]
fn every_kernel_beyond_one_block_of_rows_and_columns() {
    for kernel in kernels() {
        // Blocks are 128 KiB of rows and 24 KiB of columns: some 43 rows and 8 columns at this depth.
        check(kernel, &Case::plain(50, 13, 3000.min(kernel.k_limit() as usize)));
    }
}

/// k at and around the depth at which the kernel has to widen, and the largest k of all; all operands at their extremes.
#[test]
fn every_kernel_around_its_limits() {
    for kernel in kernels() {
        let descriptor = kernel.descriptor();
        if descriptor.spec.lhs == Operand::F32 {
            continue;
        }
        let (depth, most) = (descriptor.depth_limit as usize, descriptor.k_limit as usize);
        for k in [depth - 1, depth, depth + 1, 2 * depth + 1, most - 1, most] {
            // Deeper than that takes too long where an emulator runs the reference.
            if k > most || k > 150_000 {
                continue;
            }
            let (m, n) = if k > 10_000 { (1, 1) } else { (5, 3) };
            for extremes in if k > 10_000 { 2..3 } else { 1..3 } {
                check(kernel, &Case { extremes, ..Case::plain(m, n, k) });
            }
        }
    }
}

/// Kernels for narrower operands than their own are exact deeper than their own limit.
#[test]
fn every_narrowed_kernel_beyond_its_own_limit() {
    let two = Operand::Int(Range::new(-2, 1).unwrap());
    let covering = catalog::usual().filter(|kernel| kernel.is_supported() && kernel.covers(two, two));
    for kernel in covering {
        let narrow = kernel.narrowed(two, two).unwrap();
        assert_eq!(Gemm::new(narrow).k_limit(), u64::from(u32::MAX / 2 / 4));
        let own = kernel.k_limit() as usize;
        // Deeper takes too long where an emulator runs it.
        let k = if own < 150_000 { own + 1 } else { 300 };
        check_int::<i8>(narrow, &Case { extremes: 2, ..Case::plain(2, 1, k) }, (two, two), |v| v as i8);
    }
}

/// The form for short k takes over where results fit it, zero points included, and no deeper.
#[test]
fn forms_for_short_k_up_to_the_depth_that_fits_them() {
    let mut seen = 0;
    for kernel in kernels() {
        let Some(short) = kernel.short() else { continue };
        let (lhs, rhs) = kernel.accepts();
        for (lhs_zero, rhs_zero) in [(0, 0), (-3, 0), (2, -1)] {
            let most = k_limit(short.descriptor(), lhs_zero, rhs_zero) as usize;
            for k in [1, most, most + 1].into_iter().filter(|&k| 0 < k && k < 40_000) {
                for extremes in [1, 2] {
                    let case = Case { lhs_zero, rhs_zero, extremes, ..Case::plain(3, 2, k) };
                    check(kernel, &case);
                }
            }
        }
        let limit = short.k_limit();
        let deep = MatRef::<i8>::new(&[], limit as usize + 1, 0).unwrap();
        let refused = PackedRhs::pack(short, deep).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains(&limit.to_string()), "{lhs} by {rhs}: {refused}");
        seen += 1;
    }
    assert!(seen > 0, "no kernel has a form for short k");
}

#[test]
fn minus_128_on_both_sides_is_exact() {
    let operand = Operand::of_bits(8).unwrap();
    let kernels: Vec<_> = kernels().filter(|kernel| kernel.covers(operand, operand)).collect();
    assert!(!kernels.is_empty());
    for kernel in kernels {
        let case = Case { extremes: 2, ..Case::plain(5, 5, 70) };
        check_int::<i8>(kernel, &case, (operand, operand), |v| v as i8);
    }
}

#[test]
fn wrong_arguments_are_errors_that_name_the_field() {
    let four = Operand::Int(Range::new(-8, 7).unwrap());
    for kernel in kernels().filter(|kernel| kernel.covers(four, four)) {
        let gemm = Gemm::new(kernel);
        let data = [1i8; 64 * 64];
        let rhs = PackedRhs::pack(kernel, MatRef::new(&data, 32, 9).unwrap()).unwrap();
        let mut out = [0i32; 100];
        let lhs = |k| MatRef::new(&data, 7, k).unwrap();
        let e = gemm.run(lhs(31), &rhs, MatMut::new(&mut out, 7, 9).unwrap()).unwrap_err();
        assert!(e.to_string().starts_with("rhs: it has 32 rows, but lhs has 31"), "{e}");
        let e = gemm.run(lhs(32), &rhs, MatMut::new(&mut out, 9, 7).unwrap()).unwrap_err();
        assert!(e.to_string().starts_with("out: it is 9x7, but the product is 7x9"), "{e}");
        let floats = [0.0f32; 7 * 32];
        let float_lhs = MatRef::new(&floats, 7, 32).unwrap();
        let mut float_out = [0.0f32; 63];
        let e = gemm.run(float_lhs, &rhs, MatMut::new(&mut float_out, 7, 9).unwrap()).unwrap_err();
        assert!(matches!(e, Error::ElementType { field: "lhs", given: "f32", .. }), "{e}");
        let packed = PackedLhs::pack(kernel, lhs(32)).unwrap();
        let float_out = MatMut::new(&mut float_out, 7, 9).unwrap();
        let e = gemm.run_packed(&packed, &rhs, float_out, &mut Workspace::new()).unwrap_err();
        assert!(matches!(e, Error::ElementType { field: "out", given: "f32", .. }), "{e}");
        let far = gemm.lhs_zero_point(i32::MIN).rhs_zero_point(1000);
        let e = far.run(lhs(32), &rhs, MatMut::new(&mut out, 7, 9).unwrap()).unwrap_err();
        assert!(matches!(e, Error::Depth { k: 32, limit: 0, .. }), "{e}");

        let other = kernels().find(|other| {
            other.descriptor().spec.rhs_layout() != kernel.descriptor().spec.rhs_layout()
                && other.covers(four, four)
        });
        if let Some(other) = other {
            let foreign = PackedRhs::pack(other, MatRef::new(&data, 32, 9).unwrap()).unwrap();
            let e = gemm.run(lhs(32), &foreign, MatMut::new(&mut out, 7, 9).unwrap()).unwrap_err();
            let text = e.to_string();
            assert!(text.contains(kernel.name()) && text.contains(other.name()), "{text}");
        }
    }
}

/// Sizes and strides of matrices without elements may be anything: neither a panic nor an endless loop.
#[test]
fn empty_products_of_any_size() {
    let four = Operand::Int(Range::new(-8, 7).unwrap());
    for kernel in kernels().filter(|kernel| kernel.covers(four, four)) {
        let gemm = Gemm::new(kernel);
        let none = PackedRhs::pack(kernel, MatRef::<i8>::new(&[], 0, 0).unwrap()).unwrap();
        for (rows, stride) in [(3_000_000, 1 << 62), (1 << 50, 0), (usize::MAX / 2, usize::MAX)] {
            let lhs = MatRef::<i8>::with_strides(&[], rows, 0, stride, 1).unwrap();
            gemm.run(lhs, &none, MatMut::new(&mut [], rows, 0).unwrap()).unwrap();
        }
        // A depth of 0 with results: the corrections alone.
        let lhs = MatRef::<i8>::with_strides(&[], 50, 0, 1 << 62, 1).unwrap();
        let rhs = MatRef::<i8>::with_strides(&[], 0, 9, 1, 1 << 62).unwrap();
        let rhs = PackedRhs::pack(kernel, rhs).unwrap();
        let mut out = [7; 50 * 9];
        gemm.run(lhs, &rhs, MatMut::new(&mut out, 50, 9).unwrap()).unwrap();
        assert_eq!(out, [0; 50 * 9], "{kernel}");
        let packed = PackedLhs::pack(kernel, lhs).unwrap();
        let out = MatMut::new(&mut [], 50, 0).unwrap();
        gemm.run_packed::<i32>(&packed, &none, out, &mut Workspace::new()).unwrap();
    }
}

/// A value outside of the range is found in place, in copied tiles and in every column.
#[test]
fn no_bad_value_gets_through() {
    let four = Operand::Int(Range::new(-8, 7).unwrap());
    for kernel in kernels().filter(|kernel| kernel.descriptor().spec.lhs == four && kernel.covers(four, four))
    {
        let (m, k) = (9, 64);
        let rhs = vec![1i8; k * 4];
        let rhs = PackedRhs::pack(kernel, MatRef::new(&rhs, k, 4).unwrap()).unwrap();
        for at in (0..m * k).step_by(7) {
            let mut lhs = vec![-8i8; m * k];
            lhs[at] = 8;
            let mut out = vec![0; m * 4];
            let view = MatRef::new(&lhs, m, k).unwrap();
            let e = Gemm::new(kernel).run(view, &rhs, MatMut::new(&mut out, m, 4).unwrap()).unwrap_err();
            let place = format!("row {}, column {}", at / k, at % k);
            assert!(e.to_string().contains(&place), "{e}, wanted {place}");
        }
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let side = || prop_oneof![0usize..=20, Just(31), Just(37), Just(64)];
    let depth = prop_oneof![0usize..=40, 0usize..=300, Just(64), Just(96), Just(128), Just(256)];
    let zero = || prop_oneof![Just(0), -130i32..=260, -8i32..=15];
    let gaps = prop::array::uniform3(0usize..4);
    let by_columns = prop::array::uniform3(any::<bool>());
    (side(), side(), depth, zero(), zero(), gaps, by_columns, 0u8..3, any::<u64>()).prop_map(
        |(m, n, k, lhs_zero, rhs_zero, gaps, by_columns, extremes, seed)| Case {
            m,
            n,
            k,
            lhs_zero,
            rhs_zero,
            gaps,
            by_columns,
            extremes,
            seed,
        },
    )
}

/// Fewer where it may be an emulator that runs them.
const CASES: u32 = if cfg!(target_arch = "aarch64") { 24 } else { 64 };

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each case meets half of the kernels.
    #[test]
    fn any_case_equals_the_reference(case in cases()) {
        for kernel in kernels().skip((case.seed % 2) as usize).step_by(2) {
            check(kernel, &case);
        }
    }
}
