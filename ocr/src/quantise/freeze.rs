//! A layer's stored numbers: scales that begin with the least squared error, and a bias that takes the mean error out.

use super::width::Width;
use super::{BYTES, Quantised};
use crate::graph::{Grid, Network};
use crate::train::Example;
use rayon::prelude::*;
use std::ops::Range;

/// Scales that are tried.
const TRIED: u32 = 40;

/// A frozen convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The grid of its inputs.
    pub input: Grid,
    /// Weights: outputs, rows, columns, input maps.
    pub weights: Vec<i8>,
    /// What a step of the weights of each output map means.
    pub scales: Vec<f32>,
    /// For each output map, in steps of both scales.
    pub bias: Vec<i32>,
    /// The largest weight of its width.
    pub largest: i32,
}

/// The numbers that a convolution is going to have, while it and its scales are trained for them.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    /// Its place among the layers.
    pub(super) layer: usize,
    /// The places of its weights and of its biases among the parameters.
    pub(super) weights: Range<usize>,
    biases: Range<usize>,
    /// Weights of an output map.
    patch: usize,
    width: Width,
    /// The grid of its inputs.
    pub(super) input: Grid,
    /// What a step of the weights of each output map means.
    pub(super) scales: Vec<f32>,
}

impl Chosen {
    /// The stored numbers of weights.
    fn stored(&self, weights: &[f32]) -> Vec<i8> {
        let rows = weights.chunks_exact(self.patch).zip(&self.scales);
        rows.flat_map(|(row, &scale)| row.iter().map(move |&weight| step(weight, scale, self.width) as i8))
            .collect()
    }

    /// Weights as what their stored numbers mean.
    pub(super) fn snapped(&self, weights: &[f32]) -> Vec<f32> {
        let scales = self.scales.iter().flat_map(|&scale| std::iter::repeat_n(scale, self.patch));
        self.stored(weights).iter().zip(scales).map(|(&number, scale)| scale * f32::from(number)).collect()
    }

    /// Makes slopes in what [`Chosen::snapped`] gave those in the weights, and returns those in the logarithms of the scales. A slope
    /// passes the rounding, and is 0 where a weight was bounded; as [`crate::graph::Gradient`] has it for inputs.
    pub(super) fn back(&self, weights: &[f32], slopes: &mut [f32]) -> Vec<f32> {
        let rows = weights.chunks_exact(self.patch).zip(slopes.chunks_exact_mut(self.patch));
        let of_map = |((weights, slopes), &scale): ((&[f32], &mut [f32]), &f32)| {
            let mut sum = 0.0;
            for (&weight, slope) in weights.iter().zip(slopes) {
                let snapped = scale * step(weight, scale, self.width) as f32;
                if !self.width.zero {
                    sum += *slope * snapped;
                } else if weight.abs() <= scale * self.width.weight as f32 {
                    sum += *slope * (snapped - weight);
                } else {
                    sum += *slope * snapped;
                    *slope = 0.0;
                }
            }
            sum
        };
        rows.zip(&self.scales).map(of_map).collect()
    }
}

impl Quantised {
    /// Chooses the grid and the scales of every convolution, from the input on, each behind those that are rounded already, and takes the
    /// mean error out of its biases.
    pub(super) fn calibrate(&mut self, calibration: &[Example]) {
        let count = self.net.graph().convs().count();
        let floats = self.net.parameters().to_vec();
        for index in 0..count {
            let (layer, conv, place) = self.net.graph().convs().nth(index).expect("a convolution");
            let width = self.width_of(index, count);
            let mut grids = self.grids();
            let (inputs, outputs) = ends(&self.net, &grids, layer, calibration);
            let input = grid_of(index, &inputs, width);
            let weights = place.start..place.start + conv.weights();
            let floats = &floats[weights.clone()];
            let scales = floats.chunks_exact(conv.patch()).map(|row| scale(row, width)).collect();
            let biases = weights.end..place.end;
            let chosen = Chosen { layer, weights, biases, patch: conv.patch(), width, input, scales };
            self.net.parameters_mut()[chosen.weights.clone()].copy_from_slice(&chosen.snapped(floats));
            grids.push(input);
            let (_, now) = ends(&self.net, &grids, layer, calibration);
            let shifts = mean_shift(&outputs, &now, conv.maps_out);
            let biases = self.net.parameters_mut()[chosen.biases.clone()].iter_mut();
            biases.zip(shifts).for_each(|(bias, shift)| *bias += shift as f32);
            self.ahead.push(chosen);
        }
        let parameters = self.net.parameters_mut();
        for Chosen { weights, .. } in &self.ahead {
            parameters[weights.clone()].copy_from_slice(&floats[weights.clone()]);
        }
    }

    /// Freezes the next convolution.
    pub(super) fn freeze(&mut self) {
        let Chosen { weights, biases, width, input, scales, .. } = &self.ahead[0];
        let parameters = self.net.parameters_mut();
        let stored = self.ahead[0].stored(&parameters[weights.clone()]);
        let snapped = self.ahead[0].snapped(&parameters[weights.clone()]);
        parameters[weights.clone()].copy_from_slice(&snapped);
        let mut steps = Vec::with_capacity(scales.len());
        for (bias, scale) in parameters[biases.clone()].iter_mut().zip(scales) {
            let unit = f64::from(input.scale) * f64::from(*scale);
            let number = (f64::from(*bias) / unit).round_ties_even().clamp(-1e9, 1e9);
            steps.push(number as i32);
            *bias = (number * unit) as f32;
        }
        let (input, scales, largest) = (*input, scales.clone(), width.weight);
        self.stored.push(Stored { input, weights: stored, scales, bias: steps, largest });
        self.ahead.remove(0);
    }
}

/// What enters and leaves a convolution on all examples.
fn ends(net: &Network<f32>, grids: &[Grid], layer: usize, examples: &[Example]) -> (Vec<Vec<f32>>, Vec<f32>) {
    let of = |example: &Example| {
        let passed = net.forward_on(example.input.clone(), example.shape, grids);
        (passed.inputs_of(layer).to_vec(), passed.inputs_of(layer + 1).to_vec())
    };
    let each: Vec<(Vec<f32>, Vec<f32>)> = examples.par_iter().map(of).collect();
    let (inputs, outputs): (Vec<_>, Vec<_>) = each.into_iter().unzip();
    (inputs, outputs.concat())
}

/// For each map the mean of what was less what is.
fn mean_shift(was: &[f32], is: &[f32], maps: usize) -> Vec<f64> {
    let mut sums = vec![0.0; maps];
    for (was, is) in was.chunks_exact(maps).zip(is.chunks_exact(maps)) {
        for (sum, (was, is)) in sums.iter_mut().zip(was.iter().zip(is)) {
            *sum += f64::from(*was) - f64::from(*is);
        }
    }
    let count = (was.len() / maps).max(1) as f64;
    sums.into_iter().map(|sum| sum / count).collect()
}

/// The scale with the least error, of [`TRIED`] up to the one that clips nothing.
fn best(largest: f32, steps: i32, error: impl Fn(f32) -> f64) -> f32 {
    let full = largest / steps as f32;
    if !(full.is_normal() && full > 0.0) {
        return 1.0;
    }
    let scales = (1..=TRIED).map(|n| full * n as f32 / TRIED as f32).filter(|scale| scale.is_normal());
    let errors = scales.map(|scale| (error(scale), scale));
    errors.min_by(|a, b| a.0.total_cmp(&b.0)).map_or(full, |(_, scale)| scale)
}

/// The grid of the inputs of convolution `index`: of bytes, where these are what enters the network.
fn grid_of(index: usize, inputs: &[Vec<f32>], width: Width) -> Grid {
    if index == 0 && width == super::width::EIGHT { BYTES } else { grid(inputs, width) }
}

/// The grid of inputs, none of which is below 0: the one with the least sum of the squared errors of examples, each relative to its
/// squares, so that a blurred example, whose inputs are small, counts as much as a sharp one.
fn grid(inputs: &[Vec<f32>], width: Width) -> Grid {
    let (lowest, highest) = width.inputs;
    let with = |scale: f32| Grid { scale, zero_point: lowest, lowest, highest };
    let largest = inputs.iter().flatten().copied().fold(0.0, f32::max);
    let error = |scale: f32| {
        let grid = with(scale);
        let of = |example: &Vec<f32>| {
            let squares: f64 = example.iter().map(|&x| f64::from(x).powi(2)).sum();
            let off: f64 = example.iter().map(|&x| f64::from(x - grid.number(grid.stored(x))).powi(2)).sum();
            if squares > 0.0 { off / squares } else { 0.0 }
        };
        inputs.par_iter().map(of).collect::<Vec<f64>>().iter().sum()
    };
    with(best(largest, highest - lowest, error))
}

/// The stored number of a weight.
fn step(weight: f32, scale: f32, width: Width) -> i32 {
    if !width.zero {
        return if weight < 0.0 { -width.weight } else { width.weight };
    }
    ((weight / scale).round_ties_even() as i32).clamp(-width.weight, width.weight)
}

/// The scale of the weights of a map.
fn scale(weights: &[f32], width: Width) -> f32 {
    let largest = weights.iter().fold(0f32, |largest, weight| largest.max(weight.abs()));
    if !width.zero {
        let mean = weights.iter().map(|weight| weight.abs()).sum::<f32>() / weights.len() as f32;
        return if mean.is_normal() { mean } else { 1.0 };
    }
    best(largest, width.weight, |scale| {
        weights.iter().map(|&w| f64::from(w - scale * step(w, scale, width) as f32).powi(2)).sum()
    })
}

#[cfg(test)]
mod tests {
    use super::super::named;
    use super::*;

    #[test]
    fn scales_have_the_least_error() {
        let four = named("4").unwrap();
        // One weight far from all others is clipped.
        let mut weights: Vec<f32> = (0..1000).map(|n| (n as f32 - 500.0) / 500.0).collect();
        weights.push(4.0);
        weights.iter_mut().for_each(|w| *w *= 0.1);
        let with = scale(&weights, four);
        let error = |scale: f32| -> f32 {
            weights.iter().map(|&w| (w - scale * step(w, scale, four) as f32).powi(2)).sum()
        };
        assert!(with < 0.4 / 7.0 && error(with) < error(0.4 / 7.0), "{with}");
        assert_eq!(scale(&[0.0; 4], four), 1.0, "no weight, no scale");
        let binary = named("binary").unwrap();
        assert_eq!(scale(&[0.5, -1.5], binary), 1.0);
        assert_eq!([step(-0.1, 1.0, binary), step(0.0, 1.0, binary)], [-1, 1]);
        assert_eq!([step(9.0, 1.0, four), step(-9.0, 1.0, four)], [7, -7]);
    }

    #[test]
    fn grids_begin_at_0() {
        for name in ["8", "4.6", "4", "ternary", "binary"] {
            let width = named(name).unwrap();
            let inputs: Vec<f32> = (0..1000).map(|n| n as f32 / 100.0).collect();
            let grid = grid(std::slice::from_ref(&inputs), width);
            assert_eq!(grid.number(grid.lowest), 0.0, "{name}");
            let levels = (width.inputs.1 - width.inputs.0) as f32;
            let off = inputs.iter().map(|&x| (x - grid.number(grid.stored(x))).abs()).fold(0.0, f32::max);
            assert!(off <= 10.0 / levels, "{name}: {off}");
        }
        let nothing = grid(&[vec![0.0; 9]], named("4").unwrap());
        assert_eq!((nothing.stored(0.0), nothing.number(nothing.lowest)), (-8, 0.0));
    }

    #[test]
    fn the_mean_error_of_each_map_is_found() {
        assert_eq!(mean_shift(&[1.0, 2.0, 3.0, 4.0], &[0.0, 4.0, 1.0, 4.0], 2), [1.5, -1.0]);
    }
}
