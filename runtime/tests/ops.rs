//! Pools, sums, argmax and softmax against their definitions.

use proptest::prelude::*;
use qgen_runtime::bench::SplitMix64;
use qgen_runtime::conv::{Nhwc, Window};
use qgen_runtime::ops::{Add, Pool, Softmax, argmax};
use qgen_runtime::quant::{Activation, Params};
use qgen_runtime::{Error, MatMut, MatRef, Range};

fn range(lo: i16, hi: i16) -> Range {
    Range::new(lo, hi).unwrap()
}

fn bytes(seed: u64, range: Range, len: usize) -> Vec<i8> {
    let mut random = SplitMix64::new(seed);
    (0..len).map(|_| random.in_range(range) as i8).collect()
}

/// The pixels of every window, one channel after another, in the order of the output.
fn windows<T: Copy>(input: Nhwc, window: Window, values: &[T]) -> Vec<Vec<T>> {
    let Nhwc { batch, height, width, channels } = input;
    let Window { kernel, stride, dilation, padding } = window;
    let firsts = |axis: usize, input: usize| {
        let padded = padding[axis][0] + input + padding[axis][1];
        let reach = (kernel[axis] - 1) * dilation[axis];
        (0..padded).step_by(stride[axis]).filter(move |first| first + reach < padded)
    };
    let mut all = Vec::new();
    for b in 0..batch {
        for top in firsts(0, height) {
            for left in firsts(1, width) {
                for c in 0..channels {
                    let mut pixels = Vec::new();
                    for i in 0..kernel[0] {
                        for j in 0..kernel[1] {
                            let y = (top + i * dilation[0]).checked_sub(padding[0][0]);
                            let x = (left + j * dilation[1]).checked_sub(padding[1][0]);
                            let (Some(y), Some(x)) = (y, x) else { continue };
                            if y < height && x < width {
                                pixels.push(values[((b * height + y) * width + x) * channels + c]);
                            }
                        }
                    }
                    all.push(pixels);
                }
            }
        }
    }
    all
}

/// The quotient's nearest whole number, of two the one farther from zero.
fn nearest(sum: i32, count: i32) -> i32 {
    let twice = 2 * sum.abs() + count;
    sum.signum() * (twice / (2 * count))
}

fn shapes() -> impl Strategy<Value = (Nhwc, Window, u64)> {
    let pair = |from: usize, to: usize| [from..to, from..to];
    let sizes = (0usize..3, 1usize..9, 1usize..9, prop_oneof![1usize..6, 62usize..70]);
    let window = (pair(1, 5), pair(1, 4), prop_oneof![Just([1, 1]), pair(1, 3)], [pair(0, 3), pair(0, 3)]);
    (sizes, window, any::<u32>()).prop_map(|((b, h, w, c), (kernel, stride, dilation, padding), seed)| {
        (Nhwc::new(b, h, w, c), Window { kernel, stride, dilation, padding }, seed.into())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pools_are_those_of_their_windows((input, window, seed) in shapes()) {
        let Ok(pool) = Pool::new("pool1", input, window) else { return Ok(()) };
        let values = bytes(seed, range(-128, 127), input.len().unwrap());
        let windows = windows(input, window, &values);
        prop_assert!(windows.iter().all(|pixels| !pixels.is_empty()));
        prop_assert_eq!(pool.output().len(), Some(windows.len()));
        let mut out = vec![99; windows.len()];
        pool.max(&values, &mut out).unwrap();
        let largest = |pixels: &Vec<i8>| *pixels.iter().max().unwrap();
        prop_assert_eq!(&out, &windows.iter().map(largest).collect::<Vec<_>>());
        pool.average(range(-100, 90), &values, &mut out).unwrap();
        let mean = |pixels: &Vec<i8>| {
            let sum = pixels.iter().map(|&value| i32::from(value)).sum();
            nearest(sum, pixels.len() as i32).clamp(-100, 90) as i8
        };
        prop_assert_eq!(&out, &windows.iter().map(mean).collect::<Vec<_>>());
        // A quarter are not numbers, and count as nothing.
        let floats: Vec<f32> =
            values.iter().map(|&value| if value < -64 { f32::NAN } else { value.into() }).collect();
        let mut out = vec![99f32; windows.len()];
        pool.max(&floats, &mut out).unwrap();
        let windows = self::windows(input, window, &floats);
        for (largest, pixels) in out.iter().zip(windows) {
            let numbers = pixels.iter().copied().filter(|value| !value.is_nan());
            match numbers.reduce(f32::max) {
                Some(wanted) => prop_assert_eq!(*largest, wanted),
                None => prop_assert!(largest.is_nan()),
            }
        }
    }
}

/// Strides and taps as far as a file could ask for, where they move nothing.
#[test]
fn windows_that_do_not_move_may_do_so_by_any_number() {
    let far = 1 << 63;
    for window in [Window::new(1, 1).stride(1, far), Window::new(1, 2).stride(far, far).dilation(far, 1)] {
        let pool = Pool::new("pool1", Nhwc::new(1, 1, 2, 2), window).unwrap();
        let mut out = [0i8; 2];
        pool.max(&[1i8, 2, 3, 4], &mut out).unwrap();
        let last = window.kernel[1] == 2;
        assert_eq!(out, if last { [3, 4] } else { [1, 2] });
        pool.average(range(-128, 127), &[1i8, 2, 3, 4], &mut out).unwrap();
        assert_eq!(out, if last { [2, 3] } else { [1, 2] });
    }
    // A window a thousand times as high as the address space has bytes has three pixels.
    let tall = Window::new((1 << 50) + 1, 1).padding(1 << 50, 1 << 50, 0, 0).stride(1 << 51, 1);
    let pool = Pool::new("pool1", Nhwc::new(1, 3, 1, 1), tall).unwrap();
    let mut out = [0i8; 1];
    pool.max(&[1i8, 3, 2], &mut out).unwrap();
    assert_eq!(out, [1]);
}

#[test]
fn nothing_is_the_softmax_of_nothing_however_many_rows_it_has() {
    let rows = usize::MAX;
    let softmax = Softmax::new(0.1).unwrap();
    let out = MatMut::new(&mut [], rows, 0).unwrap();
    softmax.run_u8(MatRef::<i8>::new(&[], rows, 0).unwrap(), out).unwrap();
}

#[test]
fn whole_images_have_one_mean_each() {
    let pool = Pool::global("pool1", Nhwc::new(2, 2, 3, 2)).unwrap();
    assert_eq!(pool.output(), Nhwc::new(2, 1, 1, 2));
    let values: Vec<u8> = (0..24).collect();
    let mut out = [0; 4];
    pool.average(range(0, 255), &values, &mut out).unwrap();
    // Channel 0 of image 0: 0, 2, …, 10.
    assert_eq!(out, [5, 6, 17, 18]);
    let flat = Nhwc::new(2, 2, 3, 2).flatten("flatten").unwrap();
    assert_eq!((flat, flat.len()), (Nhwc::new(2, 1, 1, 12), Some(24)));
}

#[test]
fn pools_say_which_layer_and_what() {
    let said = |e: Error| e.to_string();
    let input = Nhwc::new(1, 3, 3, 1);
    let empty = Pool::new("pool1", input, Window::new(2, 2).padding(2, 0, 0, 0)).unwrap_err();
    assert!(said(empty).starts_with("layer pool1: padding: windows would have no rows"));
    let pool = Pool::new("pool1", input, Window::new(2, 2)).unwrap();
    let e = said(pool.max(&[0i8; 9], &mut [0; 3]).unwrap_err());
    assert!(e.starts_with("layer pool1: out: the slice has 3 values, but 1x2x2x1 are 4"), "{e}");
    let e = said(pool.average(range(0, 255), &[0i8; 9], &mut [0; 4]).unwrap_err());
    assert!(e.starts_with("layer pool1: clamp: the bounds 0..=255 do not fit i8"), "{e}");
    let large = Pool::global("pool1", Nhwc::new(0, 3000, 3000, 1)).unwrap();
    let e = said(large.average(range(0, 255), &[0u8; 0], &mut []).unwrap_err());
    assert!(e.starts_with("layer pool1: kernel: sums of 9000000 pixels"), "{e}");
}

/// TensorFlow Lite's `Add` for 8 bits as its reference writes it, in integers of 64 bits.
fn tensorflow_add(values: [i32; 2], zeros: [i32; 3], scales: [f32; 3], clamp: Range) -> i32 {
    let [a, b, out] = scales.map(f64::from);
    let twice = 2.0 * a.max(b);
    let shift_left = |value: i32, zero: i32| i64::from(value - zero) << 20;
    let a = times(shift_left(values[0], zeros[0]), a / twice);
    let b = times(shift_left(values[1], zeros[1]), b / twice);
    let sum = times(a + b, twice / (f64::from(1 << 20) * out));
    (sum as i32 + zeros[2]).clamp(clamp.lo().into(), clamp.hi().into())
}

/// `MultiplyByQuantizedMultiplierSmallerThanOneExp` with `QuantizeMultiplier` of a number below 1.
fn times(value: i64, scale: f64) -> i64 {
    let mut shift = 0;
    let mut fraction = scale;
    while fraction < 0.5 {
        fraction *= 2.0;
        shift += 1;
    }
    let mut multiplier = (fraction * 2f64.powi(31)).round() as i64;
    if multiplier == 1 << 31 {
        multiplier /= 2;
        shift -= 1;
    }
    // SaturatingRoundingDoublingHighMul divides towards zero after the nudge.
    let product = value * multiplier;
    let nudge = if product >= 0 { 1i64 << 30 } else { 1 - (1 << 30) };
    let high = (product + nudge) / (1 << 31);
    // RoundingDivideByPOT.
    let mask = (1i64 << shift) - 1;
    let threshold = (mask >> 1) + i64::from(high < 0);
    (high >> shift) + i64::from((high & mask) > threshold)
}

#[test]
fn sums_are_those_of_tensorflow_lite() {
    let all = range(-128, 127);
    let mut random = SplitMix64::new(3);
    for scales in [[0.1f32, 0.1, 0.2], [0.02, 1.0, 0.7], [0.5, 0.003, 0.5], [1.0, 1.0, 2.0], [0.3, 0.7, 40.0]]
    {
        for zeros in [[0, 0, 0], [-128, 127, 5], [3, -7, -100]] {
            let params = |at: usize| Params::per_tensor(scales[at], zeros[at], all).unwrap();
            let add = Add::new(&params(0), &params(1), &params(2), Activation::None).unwrap();
            // Whole vectors, and a part of one.
            let side =
                |random: &mut SplitMix64| (0..603).map(|_| random.in_range(all) as i8).collect::<Vec<_>>();
            let (mut a, mut b) = (side(&mut random), side(&mut random));
            for (at, value) in [-128, -1, 0, 127].into_iter().enumerate() {
                (a[at], b[at]) = (value, value);
            }
            let mut out = vec![0i8; 603];
            add.run(&a, &b, &mut out).unwrap();
            for ((a, b), out) in a.iter().zip(&b).zip(&out) {
                let (a, b) = (i32::from(*a), i32::from(*b));
                assert_eq!(
                    i32::from(*out),
                    tensorflow_add([a, b], zeros, scales, all),
                    "{scales:?} {zeros:?}"
                );
                let [sa, sb, so] = scales.map(f64::from);
                let real =
                    (f64::from(a - zeros[0]) * sa + f64::from(b - zeros[1]) * sb) / so + f64::from(zeros[2]);
                assert!((f64::from(*out) - real.clamp(-128.0, 127.0)).abs() <= 0.5001, "{real}");
            }
        }
    }
}

#[test]
fn sums_of_other_ranges_are_clamped_and_checked() {
    let params = |scale, zero, lo, hi| Params::per_tensor(scale, zero, range(lo, hi)).unwrap();
    let (four, byte) = (params(0.5, -8, -8, 7), params(0.25, 128, 0, 255));
    let add = Add::new(&four, &byte, &params(0.5, 0, 0, 15), Activation::Relu).unwrap();
    let mut out = [0u8; 3];
    add.run(&[-8i8, 7, 0], &[128u8, 255, 100], &mut out).unwrap();
    // 0 + 0; 7.5 + 31.75; 4 − 7.
    assert_eq!(out, [0, 15, 0]);
    let said = |done: Result<(), Error>| done.unwrap_err().to_string();
    let e = said(add.run(&[-9i8], &[1u8], &mut [0u8]));
    assert!(e.starts_with("a: value 0 is -9, which is outside of -8..=7"), "{e}");
    let e = said(add.run(&[0i8], &[1i8], &mut [0u8]));
    assert!(e.starts_with("b: the stored numbers 0..=255 do not fit i8"), "{e}");
    let e = said(add.run(&[0i8], &[1u8], &mut [0u8; 2]));
    assert!(e.starts_with("out: it has 2 values, but a has 1"), "{e}");
    let wide = Add::new(&four, &byte, &params(0.5, 128, 0, 255), Activation::None).unwrap();
    let e = said(wide.run(&[0i8], &[1u8], &mut [0i8]));
    assert!(e.starts_with("out: "), "{e}");
    let e = said(add.run(&[0i8; 2], &[1u8], &mut [0u8; 2]));
    assert!(e.starts_with("b: it has 1 values, but a has 2"), "{e}");
}

#[test]
fn the_first_of_the_largest_is_found() {
    let values = [3i8, 7, 7, -1, -5, -5, -5, -9, 0, 0, 0, 127];
    let mut out = [9; 3];
    argmax(MatRef::new(&values, 3, 4).unwrap(), &mut out).unwrap();
    assert_eq!(out, [1, 0, 3]);
    let nan = f32::NAN;
    argmax(MatRef::new(&[nan, -1.0, -0.5, nan, nan, nan], 2, 3).unwrap(), &mut out[..2]).unwrap();
    assert_eq!(out[..2], [2, 0]);
    let e = argmax(MatRef::new(&values, 3, 4).unwrap(), &mut [0; 2]).unwrap_err().to_string();
    assert!(e.starts_with("out: it has 2 places for 3 rows"), "{e}");
    let e = argmax(MatRef::<i8>::new(&[], 2, 0).unwrap(), &mut [0; 2]).unwrap_err().to_string();
    assert!(e.starts_with("input: there are no columns"), "{e}");
}

#[test]
fn softmax_is_near_the_real_one_and_the_same_everywhere() {
    for (seed, scale) in [(1, 0.01f32), (2, 0.1), (3, 1.0), (4, 20.0)] {
        let softmax = Softmax::new(scale).unwrap();
        let values = bytes(seed, range(-128, 127), 5 * 11);
        let input = MatRef::new(&values, 5, 11).unwrap();
        let (mut stored, mut real) = (vec![0u8; 55], vec![0f32; 55]);
        softmax.run_u8(input, MatMut::new(&mut stored, 5, 11).unwrap()).unwrap();
        softmax.run_f32(input, MatMut::new(&mut real, 5, 11).unwrap()).unwrap();
        for row in 0..5 {
            let at = row * 11..row * 11 + 11;
            let largest = f64::from(*values[at.clone()].iter().max().unwrap());
            let exponential = |&v: &i8| (f64::from(scale) * (f64::from(v) - largest)).exp();
            let exponentials: Vec<f64> = values[at.clone()].iter().map(exponential).collect();
            let sum: f64 = exponentials.iter().sum();
            for (at, e) in at.zip(exponentials) {
                // 11 entries of the table, each within half of 2^−30, and f32's 24 bits.
                assert!((f64::from(real[at]) - e / sum).abs() < 1e-7, "{scale} {row}");
                let rounded = (256.0 * f64::from(real[at])).min(255.0);
                assert!((f64::from(stored[at]) - rounded).abs() <= 0.5001, "{scale} {row}");
            }
        }
    }
    // Two equal ones, and one alone: 128 and 256, which is 255.
    let softmax = Softmax::new(1.0).unwrap();
    let mut out = [0u8; 2];
    softmax.run_u8(MatRef::new(&[5u8, 5], 1, 2).unwrap(), MatMut::new(&mut out, 1, 2).unwrap()).unwrap();
    assert_eq!(out, [128, 128]);
    softmax.run_u8(MatRef::new(&[0u8, 255], 2, 1).unwrap(), MatMut::new(&mut out, 2, 1).unwrap()).unwrap();
    assert_eq!(out, [255, 255]);
    let e = softmax.run_u8(MatRef::new(&[0u8; 2], 2, 1).unwrap(), MatMut::new(&mut out, 1, 2).unwrap());
    assert!(e.unwrap_err().to_string().starts_with("out: it is 1x2, but the input is 2x1"));
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        assert!(Softmax::new(scale).unwrap_err().to_string().starts_with("scale: "));
    }
}
