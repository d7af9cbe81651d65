//! What the layers of a network are, read plainly, one value after the other.

use qgen_runtime::conv::{Nhwc, Window};
use qgen_runtime::net::{Conv, Dense, Kind, Model, Op, Weights};
use qgen_runtime::ops::{Add, Softmax};
use qgen_runtime::quant::{Activation, FloatStage, Params, output_stage};
use qgen_runtime::{MatMut, MatRef};

/// The numbers of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    Stored(Vec<i32>),
    Float(Vec<f32>),
}

impl Plain {
    pub(crate) fn stored(&self) -> &[i32] {
        let Plain::Stored(values) = self else { panic!("floats") };
        values
    }

    pub(crate) fn float(&self) -> &[f32] {
        let Plain::Float(values) = self else { panic!("stored numbers") };
        values
    }
}

/// Image, row and column of the input below tap (i, j) of window (y, x); none in the padding.
fn below(input: Nhwc, window: Window, [y, x]: [usize; 2], [i, j]: [usize; 2]) -> Option<(usize, usize)> {
    let place = |axis: usize, at: usize, tap: usize| {
        (at * window.stride[axis] + tap * window.dilation[axis]).checked_sub(window.padding[axis][0])
    };
    let (row, column) = (place(0, y, i)?, place(1, x, j)?);
    (row < input.height && column < input.width).then_some((row, column))
}

/// Calls `each` with output index, channel, and pairs (input index, weight index within the out channel).
fn windows(
    (input, output): (Nhwc, Nhwc),
    window: Window,
    groups: usize,
    mut each: impl FnMut(usize, usize, Vec<(usize, usize)>),
) {
    let (c, o) = (input.channels / groups, output.channels / groups);
    for b in 0..input.batch {
        for y in 0..output.height {
            for x in 0..output.width {
                for channel in 0..output.channels {
                    let mut pairs = Vec::new();
                    for i in 0..window.kernel[0] {
                        for j in 0..window.kernel[1] {
                            let Some((row, column)) = below(input, window, [y, x], [i, j]) else { continue };
                            for k in 0..c {
                                let from = channel / o * c + k;
                                let pixel = (b * input.height + row) * input.width + column;
                                let weight = (i * window.kernel[1] + j) * c + k;
                                pairs.push((pixel * input.channels + from, weight));
                            }
                        }
                    }
                    let at = ((b * output.height + y) * output.width + x) * output.channels + channel;
                    each(at, channel, pairs);
                }
            }
        }
    }
}

/// All values of a layer with weights.
fn linear(
    shapes: (Nhwc, Nhwc),
    (window, groups, activation): (Window, usize, Activation),
    weights: &Weights,
    (given, kind): (&Kind, &Kind),
    input: &Plain,
) -> Plain {
    let len = shapes.1.len().unwrap();
    match weights {
        Weights::Float { values, bias } => {
            let depth = values.len() / shapes.1.channels;
            let (lo, hi) = activation.bounds().unwrap();
            let mut out = vec![0f32; len];
            windows(shapes, window, groups, |at, channel, pairs| {
                // Each product is rounded once, with the sum.
                let sum = pairs
                    .iter()
                    .fold(0f32, |sum, &(i, w)| input.float()[i].mul_add(values[channel * depth + w], sum));
                out[at] = (sum + bias.get(channel).unwrap_or(&0.0)).clamp(lo, hi);
            });
            Plain::Float(out)
        }
        Weights::Stored { values, params, bias } => {
            let depth = values.len() / shapes.1.channels;
            let lhs = given.params().unwrap();
            let (mut sums, mut stored, mut real) = (vec![0i32; len], vec![0i32; len], vec![0f32; len]);
            windows(shapes, window, groups, |at, channel, pairs| {
                let product = |&(i, w): &(usize, usize)| {
                    let value = input.stored()[i] - lhs.zero_point();
                    value * (i32::from(values[channel * depth + w]) - params.zero_point())
                };
                let sum: i32 = pairs.iter().map(product).sum();
                sums[at] = sum.saturating_add(*bias.get(channel).unwrap_or(&0));
                match kind {
                    Kind::Stored(out) => {
                        stored[at] =
                            output_stage(lhs, params, out, activation).unwrap().apply(sums[at], channel);
                    }
                    Kind::Float => {
                        let stage = FloatStage::new(lhs, params, activation).unwrap();
                        let scale = stage.scales()[if params.channels().is_some() { channel } else { 0 }];
                        real[at] = (sums[at] as f32 * scale).clamp(stage.clamp().0, stage.clamp().1);
                    }
                }
            });
            if *kind == Kind::Float { Plain::Float(real) } else { Plain::Stored(stored) }
        }
    }
}

/// The quotient's nearest whole number, of two the one farther from zero.
fn nearest(sum: i32, count: i32) -> i32 {
    sum.signum() * ((2 * sum.abs() + count) / (2 * count))
}

fn pooled(shapes: (Nhwc, Nhwc), window: Window, average: bool, kind: &Kind, input: &Plain) -> Plain {
    let (channels, len) = (shapes.0.channels, shapes.1.len().unwrap());
    let (mut stored, mut real) = (vec![0; len], vec![0f32; len]);
    windows(shapes, window, channels, |at, _, pairs| match input {
        Plain::Stored(values) => {
            let values = pairs.iter().map(|&(i, _)| values[i]);
            stored[at] = match (average, kind) {
                (true, Kind::Stored(params)) => {
                    let mean = nearest(values.clone().sum(), pairs.len() as i32);
                    mean.clamp(params.range().lo().into(), params.range().hi().into())
                }
                _ => values.max().unwrap(),
            };
        }
        Plain::Float(values) => {
            let values = pairs.iter().map(|&(i, _)| values[i]);
            real[at] = if average {
                values.sum::<f32>() / pairs.len() as f32
            } else {
                values.fold(f32::NEG_INFINITY, f32::max)
            };
        }
    });
    if *kind == Kind::Float { Plain::Float(real) } else { Plain::Stored(stored) }
}

/// One value after another.
fn added(a: (&Kind, &Plain), b: (&Kind, &Plain), kind: &Kind, activation: Activation) -> Plain {
    let (lo, hi) = activation.bounds().unwrap();
    let (Some(first), Some(second), Some(out)) = (a.0.params(), b.0.params(), kind.params()) else {
        let sums = a.1.float().iter().zip(b.1.float()).map(|(a, b)| (a + b).clamp(lo, hi));
        return Plain::Float(sums.collect());
    };
    let add = Add::new(first, second, out, activation).unwrap();
    let byte = |params: &Params| params.range().fits_i8();
    let one = |(&a, &b): (&i32, &i32)| {
        // All four pairs of types come by.
        macro_rules! sum {
            ($a:ty, $b:ty) => {
                if byte(out) {
                    let mut sum = [0i8];
                    add.run(&[a as $a], &[b as $b], &mut sum).unwrap();
                    i32::from(sum[0])
                } else {
                    let mut sum = [0u8];
                    add.run(&[a as $a], &[b as $b], &mut sum).unwrap();
                    i32::from(sum[0])
                }
            };
        }
        match (byte(first), byte(second)) {
            (true, true) => sum!(i8, i8),
            (true, false) => sum!(i8, u8),
            (false, true) => sum!(u8, i8),
            (false, false) => sum!(u8, u8),
        }
    };
    Plain::Stored(a.1.stored().iter().zip(b.1.stored()).map(one).collect())
}

fn converted(from: &Kind, to: &Kind, input: &Plain) -> Plain {
    let stored = |real: f64, scale: f64, params: &Params| {
        let steps = (real / scale).round_ties_even() + f64::from(params.zero_point());
        steps.clamp(params.range().lo().into(), params.range().hi().into()) as i32
    };
    match (from.params(), to.params()) {
        (Some(from), Some(to)) => {
            let factor = f64::from(from.scales()[0]) / f64::from(to.scales()[0]);
            let one = |&q: &i32| stored(f64::from(q - from.zero_point()) * factor, 1.0, to);
            Plain::Stored(input.stored().iter().map(one).collect())
        }
        (None, Some(to)) => {
            let one = |&real: &f32| stored(f64::from(real / to.scales()[0]), 1.0, to);
            Plain::Stored(input.float().iter().map(one).collect())
        }
        (Some(from), None) => {
            let one = |&q: &i32| (q - from.zero_point()) as f32 * from.scales()[0];
            Plain::Float(input.stored().iter().map(one).collect())
        }
        (None, None) => unreachable!("it is refused"),
    }
}

/// The network's output, as its layers are defined.
pub(crate) fn plain(model: &Model, batch: usize, input: Plain) -> Plain {
    let batched = |shape: Nhwc| Nhwc { batch, ..shape };
    let mut values = vec![("input".to_owned(), batched(model.input().0), model.input().1.clone(), input)];
    for layer in model.layers() {
        let from: Vec<_> = model
            .inputs_of(layer)
            .map(|name| values.iter().find(|value| value.0 == name).unwrap().clone())
            .collect();
        let (shape, given, input) = (from[0].1, &from[0].2, &from[0].3);
        let (output, kind) = (batched(layer.shape()), layer.kind());
        let result = match layer.op() {
            Op::Conv(Conv { window, groups, weights, activation, .. }) => {
                linear((shape, output), (*window, *groups, *activation), weights, (given, kind), input)
            }
            Op::Dense(Dense { weights, activation, .. }) => {
                let flat = Nhwc::new(batch, 1, 1, shape.len().unwrap() / batch.max(1));
                linear((flat, output), (Window::new(1, 1), 1, *activation), weights, (given, kind), input)
            }
            Op::MaxPool(window) => pooled((shape, output), *window, false, kind, input),
            Op::AveragePool(window) => pooled((shape, output), *window, true, kind, input),
            Op::GlobalAverage => {
                pooled((shape, output), Window::new(shape.height, shape.width), true, kind, input)
            }
            Op::Add(activation) => added((given, input), (&from[1].2, &from[1].3), kind, *activation),
            Op::Flatten => input.clone(),
            Op::Convert => converted(given, kind, input),
            Op::Softmax => {
                let softmax = Softmax::new(given.params().unwrap().scales()[0]).unwrap();
                let bytes: Vec<u8> = input.stored().iter().map(|&q| (q + 128) as u8).collect();
                let (rows, columns) = (bytes.len() / shape.channels, shape.channels);
                let mut out = vec![0f32; bytes.len()];
                softmax
                    .run_f32(
                        MatRef::new(&bytes, rows, columns).unwrap(),
                        MatMut::new(&mut out, rows, columns).unwrap(),
                    )
                    .unwrap();
                Plain::Float(out)
            }
            other => panic!("{other:?}"),
        };
        values.push((layer.name().to_owned(), output, kind.clone(), result));
    }
    values.pop().unwrap().3
}
