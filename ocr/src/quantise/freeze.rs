//! A layer's stored numbers: scales by the least squared error, and a bias that takes the mean error out.

use super::width::Width;
use super::{BYTES, Quantised};
use crate::graph::{Grid, Network};
use crate::train::Example;
use rayon::prelude::*;

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

impl Quantised {
    /// Freezes convolution `index`.
    pub(super) fn freeze(&mut self, index: usize, width: Width, calibration: &[Example]) {
        let graph = self.net.graph();
        let (layer, conv, place) = graph.convs().nth(index).expect("a convolution");
        let grids = self.grids();
        let (inputs, outputs) = ends(&self.net, &grids, layer, calibration);
        let input = match index {
            0 if width == super::width::EIGHT => BYTES,
            _ => grid(&inputs, width),
        };
        let parameters = &mut self.net.parameters_mut()[place.clone()];
        let (weights, biases) = parameters.split_at_mut(conv.weights());
        let mut stored = Stored {
            input,
            weights: Vec::new(),
            scales: Vec::new(),
            bias: Vec::new(),
            largest: width.weight,
        };
        for row in weights.chunks_exact_mut(conv.patch()) {
            let scale = scale(row, width);
            for weight in row {
                let number = step(*weight, scale, width);
                stored.weights.push(number as i8);
                *weight = scale * number as f32;
            }
            stored.scales.push(scale);
        }
        let before = biases.to_vec();
        let grids = [&grids[..], &[input]].concat();
        let (_, now) = ends(&self.net, &grids, layer, calibration);
        let biases = &mut self.net.parameters_mut()[place.end - conv.maps_out..place.end];
        let shifts = mean_shift(&outputs, &now, conv.maps_out);
        for (((bias, before), shift), scale) in biases.iter_mut().zip(before).zip(shifts).zip(&stored.scales)
        {
            let unit = f64::from(input.scale) * f64::from(*scale);
            let steps = ((f64::from(before) + shift) / unit).round_ties_even().clamp(-1e9, 1e9) as i32;
            stored.bias.push(steps);
            *bias = (f64::from(steps) * unit) as f32;
        }
        self.stored.push(stored);
    }
}

/// What enters and leaves a convolution on all examples.
fn ends(net: &Network<f32>, grids: &[Grid], layer: usize, examples: &[Example]) -> (Vec<f32>, Vec<f32>) {
    let of = |example: &Example| {
        let passed = net.forward_on(example.input.clone(), example.shape, grids);
        (passed.inputs_of(layer).to_vec(), passed.inputs_of(layer + 1).to_vec())
    };
    let each: Vec<(Vec<f32>, Vec<f32>)> = examples.par_iter().map(of).collect();
    let (inputs, outputs): (Vec<_>, Vec<_>) = each.into_iter().unzip();
    (inputs.concat(), outputs.concat())
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

/// The grid of inputs, none of which is below 0.
fn grid(inputs: &[f32], width: Width) -> Grid {
    let (lowest, highest) = width.inputs;
    let with = |scale: f32| Grid { scale, zero_point: lowest, lowest, highest };
    // A few hundred thousand are as good as all.
    let some: Vec<f32> = inputs.iter().copied().step_by(inputs.len() / 200_000 + 1).collect();
    let largest = some.iter().copied().fold(0.0, f32::max);
    let error = |scale: f32| {
        let grid = with(scale);
        some.iter().map(|&x| f64::from(x - grid.number(grid.stored(x))).powi(2)).sum()
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
        weights.push(40.0);
        weights.iter_mut().for_each(|w| *w *= 0.1);
        let with = scale(&weights, four);
        let error = |scale: f32| -> f32 {
            weights.iter().map(|&w| (w - scale * step(w, scale, four) as f32).powi(2)).sum()
        };
        assert!(with < 4.0 / 7.0 && error(with) < error(4.0 / 7.0), "{with}");
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
            let grid = grid(&inputs, width);
            assert_eq!(grid.number(grid.lowest), 0.0, "{name}");
            let levels = (width.inputs.1 - width.inputs.0) as f32;
            let off = inputs.iter().map(|&x| (x - grid.number(grid.stored(x))).abs()).fold(0.0, f32::max);
            assert!(off <= 10.0 / levels, "{name}: {off}");
        }
        let nothing = grid(&[0.0; 9], named("4").unwrap());
        assert_eq!(nothing.stored(0.0), 0);
    }

    #[test]
    fn the_mean_error_of_each_map_is_found() {
        assert_eq!(mean_shift(&[1.0, 2.0, 3.0, 4.0], &[0.0, 4.0, 1.0, 4.0], 2), [1.5, -1.0]);
    }
}
