//! Floats in plans of products and convolutions: sums in a known order, a bias and bounds, the same to the bit by every
//! kernel and any number of threads, without allocation.

mod common;
#[path = "common/convolution.rs"]
mod convolution;

use common::{int, machine};
use convolution::{Order, Shape, products, shapes};
use proptest::prelude::*;
use qgen_runtime::bench::SplitMix64;
use qgen_runtime::conv::{ConvPlan, Geometry, Nhwc, Way, Window, Workspace};
use qgen_runtime::plan::{Epilogue, Op, Params, Plan};
use qgen_runtime::quant::{Activation, Factors, OutputStage, Requantise};
use qgen_runtime::select::Overrides;
use qgen_runtime::threads::Scoped;
use qgen_runtime::{Error, MatMut, MatRef, Operand, Range};
use std::num::NonZeroUsize;

const THREADS: Scoped = Scoped(NonZeroUsize::new(3).unwrap());
const FLOATS: (Operand, Operand) = (Operand::F32, Operand::F32);
const CORES: [&str; 4] = ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"];

/// Floats whose sums are rounded; some are 0, of both signs.
fn floats(seed: u64, len: usize) -> Vec<f32> {
    let mut random = SplitMix64::new(seed);
    let of = |bits: u64| match bits % 16 {
        0 => 0.0,
        1 => -0.0,
        _ => (bits as i32 as f32 / 1e9) * [1.0, 64.0, 1e-3, 1.0][(bits >> 40) as usize % 4],
    };
    (0..len).map(|_| of(random.next_u64())).collect()
}

/// A few that are not finite.
fn with_odd_ones(mut floats: Vec<f32>) -> Vec<f32> {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let len = floats.len();
    for (at, float) in odd.into_iter().enumerate().take(len) {
        floats[(at + 1) * 7919 % len] = float;
    }
    floats
}

/// Every NaN is one.
fn bits(floats: &[f32]) -> Vec<u32> {
    floats.iter().map(|float| if float.is_nan() { f32::NAN.to_bits() } else { float.to_bits() }).collect()
}

/// What follows a sum: nothing, a bias, bounds, both.
fn epilogues(columns: usize) -> [(Epilogue, Vec<f32>, (f32, f32)); 5] {
    let (bias, none, any) = (floats(77, columns), Vec::new(), (f32::NEG_INFINITY, f32::INFINITY));
    let relu = || Epilogue::floats(Activation::Relu).unwrap();
    let clamp = Epilogue::floats(Activation::Clamp { lo: -1.5, hi: 2.25 }).unwrap();
    [
        (Epilogue::sums(), none.clone(), any),
        (Epilogue::floats(Activation::None).unwrap(), none.clone(), any),
        (Epilogue::sums().with_bias(bias.clone()), bias.clone(), any),
        (relu(), none, (0.0, f32::INFINITY)),
        (clamp.with_bias(bias.clone()), bias, (-1.5, 2.25)),
    ]
}

/// All steps behind sums of columns.
fn finished(sums: &[f32], columns: usize, bias: &[f32], (lo, hi): (f32, f32)) -> Vec<f32> {
    let each = sums.iter().enumerate();
    each.map(|(at, sum)| (sum + bias.get(at % columns).unwrap_or(&0.0)).clamp(lo, hi)).collect()
}

#[test]
fn products_end_in_a_bias_and_bounds() {
    let pure = Overrides::default();
    for (m, n, k) in
        [(1, 1, 1), (0, 3, 4), (3, 0, 4), (1, 37, 64), (9, 8, 30), (13, 21, 33), (5, 4, 0), (70, 24, 96)]
    {
        let (lhs, rhs) = (with_odd_ones(floats(1, m * k)), floats(2, k * n));
        let sum =
            |at: usize| (0..k).fold(0f32, |sum, p| lhs[at / n * k + p].mul_add(rhs[p * n + at % n], sum));
        let sums: Vec<f32> = (0..m * n).map(sum).collect();
        for (epilogue, bias, bounds) in epilogues(n) {
            let wanted = finished(&sums, n, &bias, bounds);
            for core in CORES {
                let params = Params::new().environment(&pure, None).epilogue(&epilogue);
                let op = Op::gemm(FLOATS.0, FLOATS.1);
                let plan = Plan::new(op, (m, n, k), &params, &machine(core)).unwrap();
                let weights = plan.pack(MatRef::new(&rhs, k, n).unwrap()).unwrap();
                let mut workspace = plan.workspace().unwrap();
                let mut parts = [(); 3].map(|()| plan.workspace().unwrap());
                let before = workspace.bytes();
                for (row, col) in [(n, 1), (n + 3, 1), (1, m + 2), (2 * n + 1, 2)] {
                    let mut expected = vec![0.125; m * row + n * col + 5];
                    let mut out = expected.clone();
                    for (place, value) in wanted.iter().enumerate() {
                        expected[place / n * row + place % n * col] = *value;
                    }
                    let lhs = MatRef::new(&lhs, m, k).unwrap();
                    let view = MatMut::with_strides(&mut out, m, n, row, col).unwrap();
                    plan.run(lhs, &weights, view, &mut workspace).unwrap();
                    assert_eq!(bits(&out), bits(&expected), "strides {row} and {col}: {}", plan.explain());
                    out.fill(0.125);
                    let view = MatMut::with_strides(&mut out, m, n, row, col).unwrap();
                    plan.run_on(&THREADS, lhs, &weights, view, &mut parts).unwrap();
                    assert_eq!(bits(&out), bits(&expected), "on threads: {}", plan.explain());
                }
                assert_eq!(workspace.bytes(), before, "{}", plan.explain());
            }
        }
    }
}

/// Convolves floats of which some are not finite, by one thread and several, with every epilogue.
fn check(Shape { core, input, outputs, window, groups }: Shape, seed: u64) -> Option<Way> {
    let geometry = Geometry::new("conv1", input, outputs, window, groups).ok()?;
    let values = with_odd_ones(floats(seed, input.len().unwrap()));
    let weights = floats(seed + 1, geometry.weights());
    let pure = Overrides::default();
    let mut taken = None;
    for (epilogue, bias, bounds) in epilogues(outputs) {
        let params = Params::new().environment(&pure, None).epilogue(&epilogue);
        let plan = ConvPlan::new(&geometry, FLOATS, &params, &machine(core)).unwrap();
        let way = plan.explain().way;
        let order = if way == Way::Strips { Order::Columns } else { Order::Rows };
        let mut sums = vec![0f32; geometry.output().len().unwrap()];
        products(input, outputs, window, groups, order, |result, value, weight| {
            let value = value.map_or(0.0, |value| values[value]);
            sums[result] = value.mul_add(weights[weight], sums[result]);
        });
        let wanted = bits(&finished(&sums, outputs, &bias, bounds));
        let packed = plan.pack(&weights).unwrap();
        let (mut workspace, mut out) = (plan.workspace().unwrap(), vec![0.125; sums.len()]);
        let before = workspace.bytes();
        assert!(before <= plan.workspace_bytes().unwrap());
        plan.run(&values, &packed, &mut out, &mut workspace).unwrap();
        assert_eq!(bits(&out), wanted, "{}", plan.explain());
        assert_eq!(workspace.bytes(), before, "nothing more is needed than was said");
        out.fill(0.125);
        // What floats were before may be nothing of the kind.
        let mut workspaces = [dirty(), dirty()];
        plan.run_on(&THREADS, &values, &packed, &mut out, &mut workspaces).unwrap();
        assert_eq!(bits(&out), wanted, "on threads: {}", plan.explain());
        taken = Some(way);
    }
    taken
}

/// A workspace that bytes were convolved in.
fn dirty() -> Workspace {
    let window = Window::new(3, 3).padding(1, 1, 1, 1);
    let geometry = Geometry::new("other", Nhwc::new(1, 9, 11, 20), 5, window, 1).unwrap();
    let plan = ConvPlan::new(&geometry, (int(-128, 127), int(-8, 7)), &Params::new(), &machine("cortex-a53"));
    let (plan, mut workspace) = (plan.unwrap(), Workspace::new());
    let packed = plan.pack(&vec![1i8; geometry.weights()]).unwrap();
    plan.run(&[-1i8; 9 * 11 * 20], &packed, &mut vec![0; 9 * 11 * 5], &mut workspace).unwrap();
    workspace
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_geometry_of_floats_is_convolved(shape in shapes(), seed in 0u64..1 << 50) {
        check(shape, seed);
    }
}

#[test]
fn floats_take_every_way() {
    let three = Window::new(3, 3).padding(1, 1, 1, 1);
    let one = Window::new(1, 1);
    for core in CORES {
        for (input, outputs, window, groups, way) in [
            ([2, 5, 7, 32], 20, one, 1, Way::InPlace),
            ([2, 5, 7, 33], 20, one.stride(2, 2), 1, Way::Lines),
            ([1, 5, 9, 16], 8, Window::new(1, 4).padding(1, 2, 0, 0), 1, Way::Lines),
            ([2, 6, 16, 32], 32, three, 1, Way::Strips),
            ([2, 6, 12, 32], 32, three.dilation(2, 2), 1, Way::Slices),
            ([1, 9, 9, 7], 8, Window::new(3, 3).stride(3, 3), 1, Way::Slices),
            ([2, 6, 12, 37], 37, three, 37, Way::Depthwise),
            ([2, 6, 12, 16], 32, three.stride(2, 2), 16, Way::Depthwise),
        ] {
            let [batch, height, width, channels] = input;
            let input = Nhwc::new(batch, height, width, channels);
            let taken = check(Shape { core, input, outputs, window, groups }, 5);
            assert_eq!(taken, Some(way), "{core}: {input}");
        }
    }
}

#[test]
fn what_is_nothing_for_floats_is_refused() {
    let pure = Overrides::default();
    let factors = Factors::PerTensor(Requantise::from_scale(1.0).unwrap());
    let bytes = Epilogue::requantise(OutputStage::new(factors, 0, Range::new(-8, 7).unwrap()).unwrap());
    let relu = Epilogue::floats(Activation::Relu).unwrap();
    let four = int(-8, 7);
    let plan = |side: Operand, epilogue: &Epilogue| {
        let params = Params::new().environment(&pure, None).epilogue(epilogue);
        Plan::new(Op::gemm(side, side), (4, 5, 64), &params, &machine("cortex-a72"))
    };
    let said = |result: Result<Plan, Error>| result.unwrap_err().to_string();
    let e = said(plan(Operand::F32, &bytes));
    assert!(e.starts_with("epilogue: sums of floats are not requantised to -8..=7"), "{e}");
    let e = said(plan(four, &relu));
    assert!(e.starts_with("epilogue: sums of integers are not floats of 0 to inf"), "{e}");
    let e = said(plan(Operand::F32, &Epilogue::sums().with_bias(vec![1; 5])));
    assert!(e.starts_with("bias: integers are not added to sums of floats"), "{e}");
    let e = said(plan(four, &Epilogue::sums().with_bias(vec![1.0; 5])));
    assert!(e.starts_with("bias: floats are not added to sums of integers"), "{e}");
    let e = said(plan(Operand::F32, &relu.clone().with_bias(vec![1.0; 4])));
    assert!(e.starts_with("bias: there are values for 4 channels, but the matrix has 5"), "{e}");
    let text = plan(Operand::F32, &relu).unwrap().explain().to_string();
    assert!(text.contains("  output     f32: floats of 0 to inf\n"), "{text}");
    assert!(text.contains("  end        not fused: a pass over the sums of "), "{text}");
    let wrong = Epilogue::floats(Activation::Clamp { lo: 1.0, hi: f32::NAN }).unwrap_err().to_string();
    assert!(wrong.starts_with("activation: "), "{wrong}");

    let geometry = Geometry::new("conv1", Nhwc::new(1, 4, 4, 8), 6, Window::new(3, 3), 1).unwrap();
    let conv = |operands, zero| {
        let params = Params::new().environment(&pure, None).epilogue(&relu).lhs_zero_point(zero);
        ConvPlan::new(&geometry, operands, &params, &machine("cortex-a72"))
    };
    let e = conv((four, Operand::F32), 0).unwrap_err().to_string();
    assert!(e.starts_with("layer conv1: operands: an input of -8..=7 cannot be multiplied by f32"), "{e}");
    let e = conv(FLOATS, 1).unwrap_err().to_string();
    assert!(e.starts_with("layer conv1: zero_points: floats have no zero points 1 and 0"), "{e}");
    let plan = conv(FLOATS, 0).unwrap();
    let e = plan.pack(&vec![1i8; geometry.weights()]).unwrap_err().to_string();
    assert!(
        e.starts_with("layer conv1: weights: it has elements of type i8, but the plan is for f32"),
        "{e}"
    );
    let packed = plan.pack(&vec![1f32; geometry.weights()]).unwrap();
    let mut out = [0f32; 24];
    let e = plan.run(&[1i8; 128], &packed, &mut out, &mut Workspace::new()).unwrap_err().to_string();
    assert!(e.starts_with("layer conv1: input: it has elements of type i8"), "{e}");
    let e = plan.run(&[1f32; 128], &packed, &mut [0i32; 24], &mut Workspace::new()).unwrap_err().to_string();
    assert!(e.starts_with("layer conv1: out: the plan's results are f32, not i32"), "{e}");
    plan.run(&[1f32; 128], &packed, &mut out, &mut Workspace::new()).unwrap();
    assert_eq!(out, [72.0; 24]);
}
