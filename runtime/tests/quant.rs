//! Quantisation through the public API: what users rely on, over all shapes and strides.

use proptest::prelude::*;
use qgen_runtime::quant::{
    Activation, Calibration, Factors, FloatStage, Granularity, Method, OutputStage, Params, Requantise,
    Scheme, dequantise, output_stage, quantise, quantise_bias, requantise, to_f32,
};
use qgen_runtime::{Error, MatMut, MatRef, Operand, Range, Stored};

fn int(lo: i16, hi: i16) -> Operand {
    Operand::Int(Range::new(lo, hi).unwrap())
}

fn said<T>(result: Result<T, Error>) -> String {
    result.err().map(|e| e.to_string()).unwrap_or_default()
}

/// Rows without gaps, with gaps, columns without gaps, and neither: strides for rows × cols.
fn strides(way: usize, rows: usize, cols: usize) -> (usize, usize) {
    [(cols, 1), (cols + 3, 1), (1, rows), (1, rows + 2), (2 * cols + 1, 2)][way]
}

/// How many elements a slice needs, and 5 more, which nobody may touch.
fn length((rows, cols): (usize, usize), (row, col): (usize, usize)) -> usize {
    rows * row + cols * col + 5
}

/// Every value of `given` at its place, `fill` elsewhere.
fn spread<T: Copy>(given: &[T], shape: (usize, usize), strides: (usize, usize), fill: T) -> Vec<T> {
    let mut data = vec![fill; length(shape, strides)];
    for (at, value) in given.iter().enumerate() {
        data[at / shape.1 * strides.0 + at % shape.1 * strides.1] = *value;
    }
    data
}

/// Quantises through all pairs of strides, and back, and compares with rows without gaps.
fn any_strides<T: Stored + PartialEq + std::fmt::Debug>(
    params: &Params,
    real: &[f32],
    shape: (usize, usize),
) {
    let (rows, cols) = shape;
    let mut wanted = vec![T::default(); rows * cols];
    let view = MatRef::new(real, rows, cols).unwrap();
    quantise(params, view, MatMut::new(&mut wanted, rows, cols).unwrap()).unwrap();
    let mut back = vec![0f32; rows * cols];
    let stored = MatRef::new(&wanted, rows, cols).unwrap();
    dequantise(params, stored, MatMut::new(&mut back, rows, cols).unwrap()).unwrap();
    for (at, (back, real)) in back.iter().zip(real).enumerate() {
        let scale = params.scales()[if params.channels().is_some() { at % cols } else { 0 }];
        assert!((back - real).abs() <= scale * 0.5001, "{real} came back as {back}, scale {scale}");
        assert!(*real != 0.0 || *back == 0.0);
    }
    for (from, to) in (0..5).flat_map(|from| (0..5).map(move |to| (from, to))) {
        let (from, to) = (strides(from, rows, cols), strides(to, rows, cols));
        let given = spread(real, shape, from, f32::NAN);
        let view = MatRef::with_strides(&given, rows, cols, from.0, from.1).unwrap();
        let mut got = vec![T::default(); length(shape, to)];
        let out = MatMut::with_strides(&mut got, rows, cols, to.0, to.1).unwrap();
        quantise(params, view, out).unwrap();
        assert_eq!(got, spread(&wanted, shape, to, T::default()), "{from:?} to {to:?}");
        let view = MatRef::with_strides(&got, rows, cols, to.0, to.1).unwrap();
        let mut floats = vec![-1f32; length(shape, from)];
        let out = MatMut::with_strides(&mut floats, rows, cols, from.0, from.1).unwrap();
        dequantise(params, view, out).unwrap();
        assert_eq!(floats, spread(&back, shape, from, -1.0), "{to:?} to {from:?}");
    }
}

fn calibrated(scheme: Scheme, method: Method, granularity: Granularity, real: &[f32], cols: usize) -> Params {
    let mut calibration = Calibration::new(scheme, method, granularity).unwrap();
    calibration.observe(MatRef::new(real, real.len() / cols, cols).unwrap()).unwrap();
    calibration.params().unwrap()
}

/// Real numbers of different magnitudes, zeros among them.
fn reals(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let one = |bits: u64| if bits.is_multiple_of(7) { 0.0 } else { (bits >> 40) as f32 / 8_388_608.0 - 1.0 };
    (0..count).map(|_| one(next()) * (1 << (next() % 4)) as f32).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Round trips of what was observed are within half a scale, and 0 is exact, at all strides.
    #[test]
    fn round_trips(
        shape in (1usize..5, 1usize..90), seed: u64, levels in 2u32..=256,
        affine: bool, per_channel: bool, unsigned: bool,
    ) {
        let (rows, cols) = shape;
        let real = reals(rows * cols, seed);
        let operand = if unsigned { int(0, levels as i16 - 1) } else { Operand::of_levels(levels).unwrap() };
        let scheme = if affine { Scheme::affine(operand) } else { Scheme::symmetric(operand) }.unwrap();
        // Ranges without a number on one side of 0 lose that side.
        prop_assume!(levels > 2 || affine && !per_channel);
        let granularity = if per_channel { Granularity::PerChannel { channels: cols } } else { Granularity::PerTensor };
        let params = calibrated(scheme, Method::MinMax, granularity, &real, cols);
        // A shared zero point at an end, and a channel on its other side: nothing of that is representable.
        let (zero, range) = (params.zero_point() as i16, params.range());
        prop_assume!(!per_channel || (range.lo() < zero && zero < range.hi()));
        if unsigned { any_strides::<u8>(&params, &real, shape) } else { any_strides::<i8>(&params, &real, shape) }
    }

    /// Parameters do not depend on batches or order, whatever the method.
    #[test]
    fn batches_do_not_matter(seed: u64, cut in 1usize..40, affine: bool, method in 0usize..3, per_channel: bool) {
        let real = reals(40 * 6, seed);
        let operand = Operand::of_bits(4).unwrap();
        let scheme = if affine { Scheme::affine(operand) } else { Scheme::symmetric(operand) }.unwrap();
        let method = [Method::MinMax, Method::Quantile(0.95), Method::MeanSquare][method];
        let granularity = if per_channel { Granularity::PerChannel { channels: 6 } } else { Granularity::PerTensor };
        let whole = calibrated(scheme, method, granularity, &real, 6);
        let mut parts = Calibration::new(scheme, method, granularity).unwrap();
        for rows in [&real[cut * 6..], &real[..cut * 6]] {
            if rows.is_empty() { continue; }
            // Once as columns: the same matrix, read in another order.
            let turned: Vec<f32> = (0..rows.len()).map(|i| rows[i % (rows.len() / 6) * 6 + i / (rows.len() / 6)]).collect();
            parts.observe(MatRef::new(&turned, 6, rows.len() / 6).unwrap().transposed()).unwrap();
        }
        prop_assert_eq!(parts.params().unwrap(), whole);
    }

    /// Larger numbers are never stored as smaller ones.
    #[test]
    fn order_is_kept(mut real in prop::collection::vec(any::<f32>().prop_filter("a number", |x| !x.is_nan()), 1..50), zero in -8i32..8) {
        real.sort_by(f32::total_cmp);
        let params = Params::per_tensor(0.37, zero, Range::signed(4).unwrap()).unwrap();
        let mut out = vec![0i8; real.len()];
        quantise(&params, MatRef::new(&real, 1, real.len()).unwrap(), MatMut::new(&mut out, 1, real.len()).unwrap()).unwrap();
        prop_assert!(out.is_sorted());
        prop_assert!(out.iter().all(|q| (-8..=7).contains(q)));
    }

    /// The pass over a matrix is the scalar rule for each of its sums, at all strides.
    #[test]
    fn sums_follow_the_rule(
        rows in 1usize..4, cols in 1usize..40, ways in (0usize..5, 0usize..5),
        factors in prop::collection::vec((1i32 << 30..=i32::MAX, -31i32..=30), 40),
        acc in prop::collection::vec((any::<i32>(), 0u32..32), 160),
        bias in prop::option::of(prop::collection::vec(any::<i32>(), 40)),
        per_channel: bool, zero in -128i32..128,
    ) {
        let factors: Vec<_> = factors[..cols].iter().map(|(m, s)| Requantise::new(*m, *s).unwrap()).collect();
        let factors = if per_channel { Factors::PerChannel(factors) } else { Factors::PerTensor(factors[0]) };
        let stage = OutputStage::new(factors, zero, Range::new(-100, 120).unwrap()).unwrap();
        let acc: Vec<i32> = acc[..rows * cols].iter().map(|(x, by)| x >> by).collect();
        let bias = bias.map(|bias| bias[..cols].to_vec());
        let wanted: Vec<i8> = acc.iter().enumerate().map(|(at, acc)| {
            let sum = bias.as_ref().map_or(*acc, |bias| acc.saturating_add(bias[at % cols]));
            stage.apply(sum, at % cols) as i8
        }).collect();
        let shape = (rows, cols);
        let (from, to) = (strides(ways.0, rows, cols), strides(ways.1, rows, cols));
        let given = spread(&acc, shape, from, 7);
        let sums = MatRef::with_strides(&given, rows, cols, from.0, from.1).unwrap();
        let mut out = vec![55i8; length(shape, to)];
        let view = MatMut::with_strides(&mut out, rows, cols, to.0, to.1).unwrap();
        requantise(&stage, bias.as_deref(), sums, view).unwrap();
        prop_assert_eq!(out, spread(&wanted, shape, to, 55));
    }

    /// Hostile parameters: errors or results, never a panic.
    #[test]
    fn anything_goes_in(scale: f32, zero: i32, lo: f32, hi: f32, real: Vec<f32>, quantile: f64, bias: f32) {
        let range = Range::new(0, 15).unwrap();
        let params = Params::per_tensor(scale, zero, range);
        let scheme = Scheme::affine(int(0, 15)).unwrap();
        let found = scheme.params(lo, hi);
        let method = Method::Quantile(quantile);
        let _ = Calibration::new(scheme, method, Granularity::PerTensor).map(|mut calibration| {
            let _ = calibration.observe(MatRef::new(&real, 1, real.len()).unwrap());
            calibration.params()
        });
        for params in [params, found].into_iter().flatten() {
            let mut out = vec![0u8; real.len()];
            let _ = quantise(&params, MatRef::new(&real, 1, real.len()).unwrap(), MatMut::new(&mut out, 1, real.len()).unwrap());
            prop_assert!(out.iter().all(|q| *q <= 15));
            let _ = output_stage(&params, &params, &params, Activation::Clamp { lo, hi });
            let _ = FloatStage::new(&params, &params, Activation::Clamp { lo, hi });
            let _ = quantise_bias(&[bias], &params, &params);
        }
    }
}

#[test]
fn numbers_that_are_none_are_found() {
    let params = Params::per_channel(vec![1.0; 20], 0, Range::signed(8).unwrap()).unwrap();
    for (row, col) in [(0, 0), (1, 7), (2, 15), (2, 19)] {
        let mut real = vec![0f32; 3 * 20];
        real[row * 20 + col] = f32::NAN;
        let mut out = vec![1i8; 60];
        let e = said(quantise(
            &params,
            MatRef::new(&real, 3, 20).unwrap(),
            MatMut::new(&mut out, 3, 20).unwrap(),
        ));
        assert!(
            e.starts_with(&format!("values: the value at row {row}, column {col} is not a number")),
            "{e}"
        );
        let mut out = vec![1i8; 60];
        let (view, out) =
            (MatRef::new(&real, 3, 20).unwrap(), MatMut::with_strides(&mut out, 3, 20, 1, 3).unwrap());
        let single = Params::per_tensor(1.0, 0, Range::signed(8).unwrap()).unwrap();
        assert!(said(quantise(&single, view, out)).contains(&format!("row {row}, column {col}")));
        let turned = MatRef::with_strides(&real, 20, 3, 1, 20).unwrap();
        let mut out = vec![1i8; 60];
        let out = MatMut::with_strides(&mut out, 20, 3, 1, 20).unwrap();
        assert!(said(quantise(&single, turned, out)).contains(&format!("row {col}, column {row}")));
        let mut calibration =
            Calibration::new(Scheme::affine(int(0, 15)).unwrap(), Method::MinMax, Granularity::PerTensor)
                .unwrap();
        let e = said(calibration.observe(view));
        assert!(e.starts_with(&format!("values: the value at row {row}, column {col} is NaN")), "{e}");
        assert!(
            said(calibration.params()).starts_with("values: there were none; observe"),
            "nothing was counted"
        );
    }
    let infinite = [f32::INFINITY, f32::NEG_INFINITY];
    let mut out = [0i8; 2];
    let params = Params::per_tensor(1.0, 0, Range::signed(8).unwrap()).unwrap();
    quantise(&params, MatRef::new(&infinite, 1, 2).unwrap(), MatMut::new(&mut out, 1, 2).unwrap()).unwrap();
    assert_eq!(out, [127, -128]);
}

#[test]
fn what_is_impossible_says_what_is_possible() {
    let scheme = Scheme::symmetric(int(-8, 7)).unwrap();
    let e = said(Calibration::new(scheme, Method::MinMax, Granularity::PerGroup { size: 32 }));
    assert!(e.starts_with("group_size: scales for every 32 values of k are not supported"), "{e}");
    assert!(e.contains("use one scale per tensor or output channel"), "{e}");
    for quantile in [0.5, 1.1, f64::NAN] {
        let e = said(Calibration::new(scheme, Method::Quantile(quantile), Granularity::PerTensor));
        assert!(e.starts_with("quantile: ") && e.ends_with("give a number above 0.5, at most 1"), "{e}");
    }
    let huge = Granularity::PerChannel { channels: usize::MAX };
    assert!(matches!(Calibration::new(scheme, Method::MeanSquare, huge), Err(Error::Memory { .. })));

    let params = Params::per_channel(vec![1.0; 3], 0, Range::signed(4).unwrap()).unwrap();
    let real = MatRef::new(&[0f32; 8], 2, 4).unwrap();
    let e = said(quantise(&params, real, MatMut::new(&mut [0i8; 8], 2, 4).unwrap()));
    assert_eq!(
        e,
        "channels: there are values for 3 channels, but the matrix has 4 columns; channels are columns; transpose the views if they are rows"
    );
    let one = Params::per_tensor(1.0, 0, Range::signed(4).unwrap()).unwrap();
    let e = said(quantise(&one, real, MatMut::new(&mut [0u8; 8], 2, 4).unwrap()));
    assert_eq!(e, "out: the stored numbers -8..=7 do not fit u8; give i8, or use another range");
    let e = said(quantise(&one, real, MatMut::new(&mut [0i8; 8], 4, 2).unwrap()));
    assert_eq!(e, "out: it is 4x2, but the input is 2x4; give an output of that shape");
    let none = MatRef::<f32>::new(&[], usize::MAX, 0).unwrap();
    quantise(&one, none, MatMut::<i8>::new(&mut [], usize::MAX, 0).unwrap()).unwrap();

    assert!(
        said(output_stage(&params, &one, &one, Activation::None))
            .starts_with("lhs: it has a scale for each of 3")
    );
    assert!(
        said(output_stage(&one, &one, &params, Activation::None))
            .starts_with("output: it has a scale for each of 3")
    );
    let tiny = Params::per_tensor(1e-30, 0, Range::signed(4).unwrap()).unwrap();
    let e = said(output_stage(&one, &one, &tiny, Activation::None));
    assert!(e.starts_with("scale: channel 0: the factor") && e.contains("below 2^30"), "{e}");
    assert!(
        said(FloatStage::new(&tiny, &tiny, Activation::None)).starts_with("scale: channel 0: the product")
    );
    let e = said(output_stage(&one, &one, &one, Activation::Clamp { lo: 1.0, hi: -1.0 }));
    assert!(e.starts_with("activation: clamping to 1 to -1 leaves nothing"), "{e}");
    for bias in [3e9, -3e9, f32::NAN, f32::INFINITY] {
        let e = said(quantise_bias(&[0.0, bias], &one, &one));
        assert!(e.starts_with("bias: ") && e.contains("of channel 1"), "{e}");
    }
    assert!(said(quantise_bias(&[0.0], &one, &params)).starts_with("bias: there are values for 3 channels"));
    let stage = output_stage(&one, &params, &one, Activation::None).unwrap();
    let sums = MatRef::new(&[0i32; 8], 2, 4).unwrap();
    let e = said(requantise(&stage, None, sums, MatMut::new(&mut [0i8; 8], 2, 4).unwrap()));
    assert!(e.starts_with("factors: there are values for 3 channels"), "{e}");
    let stage = output_stage(&one, &one, &one, Activation::None).unwrap();
    let e = said(requantise(&stage, Some(&[1]), sums, MatMut::new(&mut [0i8; 8], 2, 4).unwrap()));
    assert!(e.starts_with("bias: there are values for 1 channels"), "{e}");
}

#[test]
fn activations_are_bounds_of_stored_numbers() {
    let output = Params::per_tensor(0.05, -10, Range::signed(8).unwrap()).unwrap();
    let clamp = |activation: Activation| activation.clamp(&output).unwrap();
    assert_eq!(clamp(Activation::None), Range::new(-128, 127).unwrap());
    assert_eq!(clamp(Activation::Relu), Range::new(-10, 127).unwrap());
    assert_eq!(clamp(Activation::Relu6), Range::new(-10, 110).unwrap());
    assert_eq!(clamp(Activation::Clamp { lo: -1.0, hi: 1.0 }), Range::new(-30, 10).unwrap());
    assert_eq!(clamp(Activation::Clamp { lo: 99.0, hi: f32::INFINITY }), Range::new(127, 127).unwrap());
}

#[test]
fn floats_and_bias() {
    let lhs = Params::per_tensor(0.5, 3, Range::new(0, 15).unwrap()).unwrap();
    let rhs = Params::per_channel(vec![0.25, 2.0], 0, Range::signed(4).unwrap()).unwrap();
    let bias = quantise_bias(&[1.0, -2.5], &lhs, &rhs).unwrap();
    // -2.5 is in the middle between two steps of 1: the even one.
    assert_eq!(bias, [8, -2]);
    let stage = FloatStage::new(&lhs, &rhs, Activation::Relu).unwrap();
    assert_eq!(stage.scales(), [0.125, 1.0]);
    let mut out = [0f32; 4];
    let sums = [0, 5, -20, i32::MIN];
    to_f32(&stage, Some(&bias), MatRef::new(&sums, 2, 2).unwrap(), MatMut::new(&mut out, 2, 2).unwrap())
        .unwrap();
    assert_eq!(out, [1.0, 3.0, 0.0, 0.0]);
}
