//! Plans with epilogues: the bits of the scalar rule, for every kernel, shape and stride, without allocation.

#[path = "common/allocations.rs"]
mod allocations;
mod common;

use allocations::nothing_while;
use common::{int, machine};
use qgen_runtime::bench::signed;
use qgen_runtime::plan::{Epilogue, Op, Params, Plan};
use qgen_runtime::quant::{self, Activation, Factors, FloatStage, OutputStage, Requantise};
use qgen_runtime::select::Overrides;
use qgen_runtime::threads::Scoped;
use qgen_runtime::{Error, MatMut, MatRef, Operand, Range};
use qgen_spec::reference;
use std::num::NonZeroUsize;

const ZEROS: (i32, i32) = (3, -2);
const THREADS: Scoped = Scoped(NonZeroUsize::new(3).unwrap());

/// Operands of a shape, and their exact sums.
struct Case {
    shape: (usize, usize, usize),
    side: Operand,
    lhs: Vec<i8>,
    rhs: Vec<i8>,
    sums: Vec<i32>,
}

impl Case {
    fn new(side: Operand, shape: (usize, usize, usize)) -> Case {
        let ((m, n, k), range) = (shape, side.range().unwrap());
        let (mut lhs, rhs) = (signed(1, range, m * k), signed(2, range, k * n));
        // The first row is as far from zero as it can be.
        lhs.iter_mut().take(k).for_each(|value| *value = range.lo() as i8);
        let sum = |place: usize| {
            let at = |p: usize| (i64::from(lhs[place / n * k + p]), i64::from(rhs[p * n + place % n]));
            reference::dot(k, |p| at(p).0, |p| at(p).1, ZEROS.0.into(), ZEROS.1.into()) as i32
        };
        let sums = (0..m * n).map(sum).collect();
        Case { shape, side, lhs, rhs, sums }
    }

    fn plan(&self, core: &str, epilogue: &Epilogue) -> Plan {
        let pure = Overrides::default();
        let params = Params::new().environment(&pure, None).lhs_zero_point(ZEROS.0).rhs_zero_point(ZEROS.1);
        Plan::new(Op::gemm(self.side, self.side), self.shape, &params.epilogue(epilogue), &machine(core))
            .unwrap()
    }

    /// Runs a plan into rows, columns and places with gaps, all of which begin as `fill`; what is not an
    /// element stays so. Nothing is allocated; by threads the same.
    fn check<O>(&self, plan: &Plan, wanted: &[O], fill: O)
    where
        O: qgen_runtime::Element + PartialEq + std::fmt::Debug,
    {
        let (m, n, k) = self.shape;
        let weights = plan.pack(MatRef::new(&self.rhs, k, n).unwrap()).unwrap();
        let mut workspace = plan.workspace().unwrap();
        let mut parts = [(); 3].map(|()| plan.workspace().unwrap());
        let bytes = workspace.bytes();
        assert!(bytes <= plan.workspace_bytes().unwrap());
        for (row, col) in [(n, 1), (n + 3, 1), (1, m + 2), (2 * n + 1, 2)] {
            let mut expected = vec![fill; m * row + n * col + 5];
            let mut out = expected.clone();
            for (place, value) in wanted.iter().enumerate() {
                expected[place / n * row + place % n * col] = *value;
            }
            let view = MatMut::with_strides(&mut out, m, n, row, col).unwrap();
            let lhs = MatRef::new(&self.lhs, m, k).unwrap();
            nothing_while(|| plan.run(lhs, &weights, view, &mut workspace)).unwrap();
            assert_eq!(out, expected, "strides {row} and {col}: {}", plan.explain());
            out.fill(fill);
            let view = MatMut::with_strides(&mut out, m, n, row, col).unwrap();
            plan.run_on(&THREADS, lhs, &weights, view, &mut parts).unwrap();
            assert_eq!(out, expected, "on threads, strides {row} and {col}");
        }
        assert!([&workspace].into_iter().chain(&parts).all(|workspace| workspace.bytes() == bytes));
    }
}

const CORES: [&str; 4] = ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"];

fn shapes() -> [(usize, usize, usize); 9] {
    [
        (1, 1, 1),
        (0, 3, 4),
        (3, 0, 4),
        (1, 37, 64),
        (9, 8, 300),
        (13, 21, 33),
        (5, 4, 0),
        (24, 24, 96),
        (8, 8, 1000),
    ]
}

/// Factors that spread sums of a depth over bytes and beyond, some to the left; extremes first.
fn factors(n: usize) -> Vec<Requantise> {
    let of = |j: usize| match j % 7 {
        0 => Requantise::new(i32::MAX, 2),
        1 => Requantise::new(1 << 30, -31),
        2 => Requantise::new(0, 0),
        _ => Requantise::from_scale(0.7 / (1 << (j % 11)) as f64),
    };
    (0..n).map(|j| of(j).unwrap()).collect()
}

/// Small ones, and where sums may not saturate the largest that there are.
fn biases(n: usize, large: bool) -> Vec<i32> {
    let of = |j: usize| match j % 5 {
        0 if large => i32::MAX,
        1 if large => i32::MIN,
        _ => 1000 - 333 * j as i32,
    };
    (0..n).map(of).collect()
}

#[test]
fn stored_numbers_are_those_of_the_scalar_rule() {
    for side in [int(-1, 1), int(-8, 7), int(-128, 127)] {
        for shape in shapes() {
            let (case, n) = (Case::new(side, shape), shape.1);
            for (zero, lo, hi) in [(-3, -128, 127), (5, -8, 7), (100, 100, 255), (200, 0, 255), (0, 0, 15)] {
                let clamp = Range::new(lo, hi).unwrap();
                let each = Factors::PerChannel(factors(n));
                let all = Factors::PerTensor(Requantise::from_scale(0.037).unwrap());
                for (factors, bias) in [
                    (all.clone(), None),
                    (all, Some(biases(n, false))),
                    (each.clone(), Some(biases(n, true))),
                    (each, None),
                ] {
                    let stage = OutputStage::new(factors, zero, clamp).unwrap();
                    let rule = |(place, sum): (usize, &i32)| {
                        let add = bias.as_ref().map_or(0, |bias| bias[place % n]);
                        stage.apply(sum.saturating_add(add), place % n)
                    };
                    let wanted: Vec<i32> = case.sums.iter().enumerate().map(rule).collect();
                    let mut epilogue = Epilogue::requantise(stage.clone());
                    if let Some(bias) = &bias {
                        epilogue = epilogue.with_bias(bias.clone());
                    }
                    for core in CORES {
                        let plan = case.plan(core, &epilogue);
                        if clamp.fits_i8() {
                            case.check(&plan, &wanted.iter().map(|&w| w as i8).collect::<Vec<_>>(), 99);
                        }
                        if clamp.fits_u8() {
                            case.check(&plan, &wanted.iter().map(|&w| w as u8).collect::<Vec<_>>(), 99);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn real_numbers_are_those_of_the_scalar_rule() {
    for shape in shapes() {
        let (case, n) = (Case::new(int(-8, 7), shape), shape.1);
        let range = Range::new(-8, 7).unwrap();
        let lhs = quant::Params::per_tensor(0.3, ZEROS.0, range).unwrap();
        let scales = (0..n).map(|j| 0.01 * (j + 1) as f32).collect();
        let each = quant::Params::per_channel(scales, ZEROS.1, range).unwrap();
        let all = quant::Params::per_tensor(0.017, ZEROS.1, range).unwrap();
        for (rhs, activation) in [
            (&all, Activation::None),
            (&each, Activation::Relu),
            (&each, Activation::Relu6),
            (&all, Activation::Clamp { lo: -0.5, hi: 1.5 }),
        ] {
            for bias in [None, Some(biases(n, true)), Some(biases(n, false))] {
                let stage = FloatStage::new(&lhs, rhs, activation).unwrap();
                let rule = |(place, sum): (usize, &i32)| {
                    let add = bias.as_ref().map_or(0, |bias| bias[place % n]);
                    let scale = stage.scales()[if stage.channels().is_some() { place % n } else { 0 }];
                    let (lo, hi) = stage.clamp();
                    (sum.saturating_add(add) as f32 * scale).clamp(lo, hi)
                };
                let wanted: Vec<f32> = case.sums.iter().enumerate().map(rule).collect();
                let mut epilogue = Epilogue::to_f32(stage.clone());
                if let Some(bias) = &bias {
                    epilogue = epilogue.with_bias(bias.clone());
                }
                for core in CORES {
                    case.check(&case.plan(core, &epilogue), &wanted, 0.125);
                }
            }
        }
    }
}

#[test]
fn a_bias_alone_is_added_with_saturation() {
    for shape in shapes() {
        let (case, n) = (Case::new(int(-8, 7), shape), shape.1);
        let bias = biases(n, true);
        let wanted: Vec<i32> =
            case.sums.iter().enumerate().map(|(at, sum)| sum.saturating_add(bias[at % n])).collect();
        let epilogue = Epilogue::sums().with_bias(bias);
        case.check(&case.plan("cortex-a72", &epilogue), &wanted, 77);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let four = int(-8, 7);
    let case = Case::new(four, (4, 5, 64));
    let pure = Overrides::default();
    let plan = |side: Operand, epilogue: &Epilogue| {
        let params = Params::new().environment(&pure, None).epilogue(epilogue);
        Plan::new(Op::gemm(side, side), case.shape, &params, &machine("cortex-a72"))
    };
    let stage =
        |count| OutputStage::new(Factors::PerChannel(factors(count)), 0, Range::new(-8, 7).unwrap()).unwrap();
    let said = |result: Result<Plan, Error>| result.unwrap_err().to_string();
    let e = said(plan(four, &Epilogue::requantise(stage(4))));
    assert!(e.starts_with("factors: there are values for 4 channels, but the matrix has 5 columns"), "{e}");
    let e = said(plan(four, &Epilogue::requantise(stage(5)).with_bias(vec![1; 6])));
    assert!(e.starts_with("bias: there are values for 6 channels"), "{e}");
    let plan = plan(four, &Epilogue::requantise(stage(5))).unwrap();
    let text = plan.explain().to_string();
    assert!(
        text.contains("  output     i8: requantised to -8..=7 with a factor for each column\n"),
        "{text}"
    );
    assert!(
        text.contains("  end        fused: ") || text.contains("  end        not fused: a pass"),
        "{text}"
    );
    let weights = plan.pack(MatRef::new(&case.rhs, 64, 5).unwrap()).unwrap();
    let lhs = MatRef::new(&case.lhs, 4, 64).unwrap();
    let mut workspace = plan.workspace().unwrap();
    let mut run = |out: MatMut<'_, i8>| plan.run(lhs, &weights, out, &mut workspace);
    let e = run(MatMut::new(&mut [0; 16], 4, 4).unwrap()).unwrap_err().to_string();
    assert!(e.starts_with("out: it is 4x4, but the product is 4x5"), "{e}");
    let mut sums = [0i32; 20];
    let out = MatMut::new(&mut sums, 4, 5).unwrap();
    let e = plan.run(lhs, &weights, out, &mut workspace).unwrap_err().to_string();
    assert!(e.starts_with("out: the plan's results are i8, not i32"), "{e}");
    assert_eq!(sums, [0; 20]);
    let real = [0f32; 256];
    let e = plan.run(
        MatRef::new(&real, 4, 64).unwrap(),
        &weights,
        MatMut::new(&mut [0i8; 20], 4, 5).unwrap(),
        &mut workspace,
    );
    assert!(matches!(e, Err(Error::ElementType { field: "lhs", .. })), "{e:?}");
    // Row 3 is worked on in a later piece, or in the first one: it is found all the same.
    let mut wide = case.lhs.clone();
    wide[3 * 64 + 7] = 8;
    let wide = MatRef::new(&wide, 4, 64).unwrap();
    let e = plan.run(wide, &weights, MatMut::new(&mut [0i8; 20], 4, 5).unwrap(), &mut workspace);
    assert!(matches!(e, Err(Error::Value { row: 3, column: 7, .. })), "{e:?}");
}

/// Kernels with ends finish what they can, and say so: not beyond the depth that their lanes hold, and not where a
/// bias could carry a sum out of 32 bits, which saturates. Nor where a pass costs less.
#[test]
fn ends_are_fused_where_results_are_the_same() {
    let (m, n, four, eight) = (240, 72, int(-8, 7), int(-128, 127));
    let bytes = |lo: i16, hi: i16, bias: Vec<i32>| {
        let factors = Factors::PerTensor(Requantise::from_scale(0.01).unwrap());
        let stage = OutputStage::new(factors, lo.into(), Range::new(lo, hi).unwrap()).unwrap();
        Epilogue::requantise(stage).with_bias(bias)
    };
    let end = |core, side: Operand, shape, epilogue: &Epilogue| {
        let pure = Overrides::default();
        let params = Params::new().environment(&pure, None).epilogue(epilogue);
        let plan = Plan::new(Op::gemm(side, side), shape, &params, &machine(core)).unwrap();
        plan.explain().end.clone()
    };
    let mut fused = 0;
    for (core, side, k) in
        [("cortex-a53", four, 128), ("cortex-a72", four, 1024), ("neoverse-n1", eight, 128)]
    {
        // Where this machine lacks the instructions, another kernel is chosen.
        if side == eight && !machine(core).features.dotprod {
            continue;
        }
        for (lo, hi, suffix) in [(-128, 127, "oi8"), (0, 15, "oi8"), (0, 255, "ou8")] {
            let said = end(core, side, (m, n, k), &bytes(lo, hi, vec![1; n]));
            assert!(said.starts_with("fused: qgen_") && said.contains(suffix), "{said}");
            fused += 1;
        }
        // The largest product of that depth, and what it leaves.
        let largest = i32::from(side.range().unwrap().lo()).pow(2) * k as i32;
        for (bias, is_fused) in [(i32::MAX - largest, true), (i32::MAX - largest + 1, false)] {
            let said = end(core, side, (m, n, k), &bytes(0, 255, vec![bias; n]));
            assert_eq!(said.starts_with("fused"), is_fused, "{bias}: {said}");
        }
        let said = end(core, side, (m, n, k), &bytes(0, 255, vec![i32::MIN; n]));
        assert!(said.contains("would end at k = 0"), "{said}");
    }
    assert!(fused >= 6);
    // Where the kernel has a form for short k that stores sums, that and a pass cost less than an end.
    let short = end("cortex-a72", four, (m, n, 128), &bytes(0, 255, vec![1; n]));
    let said =
        short.starts_with("not fused: a pass over the sums of ") && short.ends_with(" % more, modelled");
    assert!(said && short.contains("ou8_cortex_a72 would take "), "{short}");
    let deep = end("cortex-a53", four, (m, n, 4097), &bytes(0, 255, vec![1; n]));
    assert!(deep.contains("would end at k = 4096"), "{deep}");
    let other = end("cortex-a72", int(-1, 1), (m, n, 128), &bytes(0, 255, vec![1; n]));
    assert!(other.contains("there is no such kernel with the end u8"), "{other}");
    // The results of the deepest, and of one step more.
    let n = 7;
    for k in [4096, 4097] {
        let case = Case::new(four, (5, n, k));
        let stage =
            OutputStage::new(Factors::PerChannel(factors(n)), 7, Range::new(0, 255).unwrap()).unwrap();
        let bias = biases(n, false);
        let rule = |(at, sum): (usize, &i32)| stage.apply(sum.saturating_add(bias[at % n]), at % n) as u8;
        let wanted: Vec<u8> = case.sums.iter().enumerate().map(rule).collect();
        let plan = case.plan("cortex-a53", &Epilogue::requantise(stage.clone()).with_bias(bias.clone()));
        assert_eq!(plan.explain().end.starts_with("fused"), k == 4096, "{}", plan.explain());
        case.check(&plan, &wanted, 99);
    }
}

/// More rows than sums of them fit the second cache: the rows of an error are those of the whole.
#[test]
fn long_outputs_are_made_piece_by_piece() {
    let shape @ (m, n, k) = (700, 300, 32);
    let case = Case::new(int(-8, 7), shape);
    let stage = OutputStage::new(Factors::PerChannel(factors(n)), 1, Range::new(-128, 127).unwrap()).unwrap();
    let wanted: Vec<i8> =
        case.sums.iter().enumerate().map(|(at, sum)| stage.apply(*sum, at % n) as i8).collect();
    let plan = case.plan("cortex-a53", &Epilogue::requantise(stage));
    assert!(plan.workspace_bytes().unwrap() < m * n * 4, "not all sums at once");
    case.check(&plan, &wanted, 3);
    let mut wide = case.lhs.clone();
    wide[m * k - 1] = 8;
    let weights = plan.pack(MatRef::new(&case.rhs, k, n).unwrap()).unwrap();
    let (mut out, mut workspace) = (vec![0i8; m * n], plan.workspace().unwrap());
    let out = MatMut::new(&mut out, m, n).unwrap();
    let e = plan.run(MatRef::new(&wide, m, k).unwrap(), &weights, out, &mut workspace);
    assert!(matches!(e, Err(Error::Value { row: 699, column: 31, .. })), "{e:?}");
}
