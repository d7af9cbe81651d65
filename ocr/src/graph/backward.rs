//! From the slope of a loss in the outputs back to its slope in every parameter.

use super::forward::{Passed, Rounded};
use super::{Conv, Layer, Network, Shape};
use crate::real::{Real, Strides};

/// The slopes of a loss.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradient<T> {
    /// In each parameter.
    pub parameters: Vec<T>,
    /// In the logarithm of the scale of each grid: of the first convolutions, as many as there were grids for. 0 where it was not asked for.
    pub scales: Vec<f64>,
}

impl<T: Real> Network<T> {
    /// The gradient of a batch's loss, from its gradient in the outputs of `passed`, which this network made. Layers before `first`
    /// are not gone through: theirs is 0. A slope passes a rounding as if it were none, and where a value was
    /// bounded it is 0 (Esser and others, "Learned step size quantization", 2020). Slopes in scales are those of the grids from convolution
    /// `learned` on.
    ///
    /// # Panics
    /// If there is not a slope for each output.
    #[must_use]
    pub fn backward(&self, passed: &Passed<T>, outputs: Vec<T>, first: usize, learned: usize) -> Gradient<T> {
        assert_eq!(outputs.len(), passed.outputs().len(), "a slope for each output");
        let mut gradient = vec![T::default(); self.parameters.len()];
        let places: Vec<_> = self.graph.convs().collect();
        let lowest = places.iter().map(|(n, ..)| *n).find(|n| *n >= first).unwrap_or(usize::MAX);
        let mut scales = vec![0.0; passed.rounded.iter().flatten().count()];
        let mut slopes = outputs;
        for (n, layer) in self.graph.layers.iter().enumerate().rev().take_while(|(n, _)| *n >= first) {
            let shapes = (passed.shapes[n], passed.shapes[n + 1]);
            match layer {
                Layer::Relu => {
                    for (slope, &result) in slopes.iter_mut().zip(&passed.values[n + 1]) {
                        if result <= T::default() {
                            *slope = T::default();
                        }
                    }
                }
                Layer::Pool { .. } => {
                    let mut of_inputs = vec![T::default(); passed.count * shapes.0.len()];
                    let outputs =
                        slopes.chunks_exact(shapes.1.len()).zip(passed.from[n].chunks_exact(shapes.1.len()));
                    for (image, (slopes, from)) in of_inputs.chunks_exact_mut(shapes.0.len()).zip(outputs) {
                        slopes.iter().zip(from).for_each(|(&slope, &from)| image[from as usize] += slope);
                    }
                    slopes = of_inputs;
                }
                Layer::Conv(conv) => {
                    let index = places.iter().position(|place| place.0 == n).expect("a convolution for each");
                    let place = places[index].2.clone();
                    let (parameters, gradient) = (&self.parameters[place.clone()], &mut gradient[place]);
                    let rounded = passed.rounded[n].as_ref();
                    let inputs = rounded.map_or(&passed.values[n], |rounded| &rounded.values);
                    let needed = n > lowest || rounded.is_some() && index >= learned;
                    slopes = conv_back(conv, (parameters, gradient), inputs, &slopes, shapes, needed);
                    if let Some(rounded) = rounded.filter(|_| needed) {
                        scales[index] = rounded.back(&passed.values[n], &mut slopes);
                    }
                }
            }
        }
        Gradient { parameters: gradient, scales }
    }
}

impl<T: Real> Rounded<T> {
    /// Makes slopes in the rounded values those in `values`, and returns the slope in the logarithm of the scale.
    fn back(&self, values: &[T], slopes: &mut [T]) -> f64 {
        let [lowest, highest] = [self.grid.lowest, self.grid.highest].map(|q| f64::from(self.grid.number(q)));
        let mut of_scale = 0.0;
        for ((value, rounded), slope) in values.iter().zip(&self.values).zip(slopes) {
            let (value, rounded) = (value.wide(), rounded.wide());
            if (lowest..=highest).contains(&value) {
                of_scale += slope.wide() * (rounded - value);
            } else {
                of_scale += slope.wide() * rounded;
                *slope = T::default();
            }
        }
        of_scale
    }
}

/// Adds to the gradient of a convolution's parameters, and returns that of its inputs, where that is needed.
fn conv_back<T: Real>(
    conv: &Conv,
    (parameters, gradient): (&[T], &mut [T]),
    inputs: &[T],
    slopes: &[T],
    (input, output): (Shape, Shape),
    needed: bool,
) -> Vec<T> {
    let (maps, patch) = (conv.maps_out, conv.patch());
    let (weights, _) = parameters.split_at(conv.weights());
    let (of_weights, of_biases) = gradient.split_at_mut(conv.weights());
    for pixel in slopes.chunks_exact(maps) {
        of_biases.iter_mut().zip(pixel).for_each(|(sum, &slope)| *sum += slope);
    }
    let mut of_inputs = vec![T::default(); if needed { inputs.len() } else { 0 }];
    let mut add = |patches: &[T], slopes: &[T]| {
        let sizes = (maps, slopes.len() / maps, patch);
        T::multiply(sizes, (slopes, Strides(1, maps)), (patches, Strides(patch, 1)), of_weights);
    };
    let back = |slopes: &[T], of_patches: &mut [T]| {
        let sizes = (slopes.len() / maps, maps, patch);
        T::multiply(sizes, (slopes, Strides(maps, 1)), (weights, Strides(patch, 1)), of_patches);
    };
    if conv.is_product(output) {
        add(inputs, slopes);
        if needed {
            back(slopes, &mut of_inputs);
        }
        return of_inputs;
    }
    let (at_once, each) = (conv.images_at_once(output), output.height * output.width * patch);
    let count = inputs.len() / input.len();
    let mut patches = vec![T::default(); at_once.min(count) * each];
    let groups = inputs.chunks(at_once * input.len()).zip(slopes.chunks(at_once * output.len()));
    for (n, (images, slopes)) in groups.enumerate() {
        let images = images.chunks_exact(input.len());
        let patches = &mut patches[..images.len() * each];
        for (image, patches) in images.zip(patches.chunks_exact_mut(each)) {
            conv.patches(image, input, output, patches);
        }
        add(patches, slopes);
        if needed {
            patches.fill(T::default());
            back(slopes, patches);
            let images = of_inputs[n * at_once * input.len()..].chunks_exact_mut(input.len());
            for (image, patches) in images.zip(patches.chunks_exact(each)) {
                conv.unpatch(patches, input, output, image);
            }
        }
    }
    of_inputs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Grid;

    #[test]
    fn slopes_pass_roundings_and_no_bounds() {
        let grid = Grid { scale: 0.5, zero_point: -8, lowest: -8, highest: 7 };
        // Two values that are rounded, one of them to 0, and two beyond the bounds, 0 and 7.5.
        let values = [0.6, 0.1, 9.0, -1.0f64];
        let rounded = Rounded { grid, values: vec![0.5, 0.0, 7.5, 0.0] };
        let mut slopes = [2.0, 5.0, 3.0, 4.0];
        let of_scale = rounded.back(&values, &mut slopes);
        assert_eq!(slopes, [2.0, 5.0, 0.0, 0.0]);
        assert!((of_scale - (2.0 * -0.1 + 5.0 * -0.1 + 3.0 * 7.5)).abs() < 1e-12, "{of_scale}");
    }
}
