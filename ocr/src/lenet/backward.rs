//! From the loss back to the parameters.
//!
//! A maximum passes its gradient to one place of four, and to none where it was negative. So the convolutions go
//! back over the few places that take part, a patch at a time, instead of multiplying matrices that are mostly 0.

use super::forward::Batch;
use super::layers::{CONV1, CONV2, Convolution, KERNEL};
use super::{Layer, Lenet, PARAMETERS, place};
use crate::real::{Real, Strides};

/// Room that is used again for each batch.
pub struct Scratch<T> {
    gradient: Vec<T>,
    patches1: Vec<T>,
    patches2: Vec<T>,
    patch_gradients: Vec<T>,
    input_gradient: Vec<T>,
}

impl<T: Real> Scratch<T> {
    /// Room for any batch.
    #[must_use]
    pub fn new() -> Scratch<T> {
        let zeros = |count: usize| vec![T::default(); count];
        Scratch {
            gradient: zeros(PARAMETERS),
            patches1: zeros(CONV1.places() * CONV1.patch()),
            patches2: zeros(CONV2.places() * CONV2.patch()),
            patch_gradients: zeros(CONV2.places() * CONV2.patch()),
            input_gradient: zeros(CONV2.inputs()),
        }
    }
}

impl<T: Real> Default for Scratch<T> {
    fn default() -> Self {
        Scratch::new()
    }
}

impl<T: Real> Lenet<T> {
    /// The gradient of a batch's loss in all parameters (the order of [`super::TENSORS`]), from its gradient in the
    /// logits: 10 numbers for each image of `batch`, which this network made.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn backward<'a>(&self, batch: &Batch<T>, logits: &[T], scratch: &'a mut Scratch<T>) -> &'a [T] {
        assert_eq!(logits.len(), batch.logits().len() * super::CLASSES, "a gradient for each logit");
        let Scratch { gradient, patches1, patches2, patch_gradients, input_gradient } = scratch;
        gradient.fill(T::default());
        let mut hidden2 = self.full_back(Layer::Full3, batch.count, &batch.hidden2, logits, gradient);
        only_where_positive(&mut hidden2, &batch.hidden2);
        let mut hidden1 = self.full_back(Layer::Full2, batch.count, &batch.hidden1, &hidden2, gradient);
        only_where_positive(&mut hidden1, &batch.hidden1);
        let mut pooled2 = self.full_back(Layer::Full1, batch.count, &batch.pooled2, &hidden1, gradient);
        only_where_positive(&mut pooled2, &batch.pooled2);
        for n in 0..batch.count {
            let at = |each: usize| n * each..(n + 1) * each;
            let pooled1 = &batch.pooled1[at(CONV1.pooled())];
            CONV2.patches(pooled1, patches2);
            patch_gradients.fill(T::default());
            let (weights, of_pooled) = (self.weights(Layer::Conv2), &pooled2[at(CONV2.pooled())]);
            let patch = CONV2.patch();
            each_place(CONV2, of_pooled, &batch.from2[at(CONV2.pooled())], |map, place, slope| {
                let weights = &weights[map * patch..(map + 1) * patch];
                add_scaled(&mut patch_gradients[place * patch..(place + 1) * patch], slope, weights);
            });
            conv_back(CONV2, Layer::Conv2, of_pooled, &batch.from2[at(CONV2.pooled())], patches2, gradient);
            input_gradient.fill(T::default());
            unpatch(CONV2, patch_gradients, input_gradient);
            only_where_positive(input_gradient, pooled1);
            CONV1.patches(&batch.bordered[at(CONV1.inputs())], patches1);
            conv_back(
                CONV1,
                Layer::Conv1,
                input_gradient,
                &batch.from1[at(CONV1.pooled())],
                patches1,
                gradient,
            );
        }
        gradient
    }

    /// Adds to the gradient of a fully connected layer, and returns that of its inputs.
    fn full_back(
        &self,
        layer: Layer,
        count: usize,
        inputs: &[T],
        outputs: &[T],
        gradient: &mut [T],
    ) -> Vec<T> {
        let weights = self.weights(layer);
        let outs = self.biases(layer).len();
        let ins = weights.len() / outs;
        let of_weights = &mut gradient[place(layer as usize)];
        T::multiply((outs, count, ins), (outputs, Strides(1, outs)), (inputs, Strides(ins, 1)), of_weights);
        let of_biases = &mut gradient[place(layer as usize + 1)];
        for row in outputs.chunks_exact(outs) {
            add_scaled(of_biases, T::of(1.0), row);
        }
        let mut of_inputs = vec![T::default(); count * ins];
        let sizes = (count, outs, ins);
        T::multiply(sizes, (outputs, Strides(outs, 1)), (weights, Strides(ins, 1)), &mut of_inputs);
        of_inputs
    }
}

/// Calls `act` with map, place and slope for each maximum that passes a gradient on.
fn each_place<T: Real>(of: Convolution, slopes: &[T], from: &[u16], mut act: impl FnMut(usize, usize, T)) {
    let each = of.places() / 4;
    for (n, (&slope, &place)) in slopes.iter().zip(from).enumerate() {
        if slope != T::default() {
            act(n / each, usize::from(place), slope);
        }
    }
}

/// Adds to the gradient of a convolution's weights and biases.
fn conv_back<T: Real>(
    of: Convolution,
    layer: Layer,
    slopes: &[T],
    from: &[u16],
    patches: &[T],
    gradient: &mut [T],
) {
    let (weights, biases) = (place(layer as usize), place(layer as usize + 1));
    let patch = of.patch();
    each_place(of, slopes, from, |map, place, slope| {
        let of_weights = &mut gradient[weights.clone()][map * patch..(map + 1) * patch];
        add_scaled(of_weights, slope, &patches[place * patch..(place + 1) * patch]);
        gradient[biases.clone()][map] += slope;
    });
}

/// What patches say of the inputs, added up.
fn unpatch<T: Real>(of: Convolution, patches: &[T], inputs: &mut [T]) {
    let (side, side_out) = (of.side, of.side_out());
    for (place, patch) in patches.chunks_exact(of.patch()).enumerate() {
        let corner = place / side_out * side + place % side_out;
        for (map, rows) in patch.chunks_exact(KERNEL * KERNEL).enumerate() {
            for (row, pixels) in rows.chunks_exact(KERNEL).enumerate() {
                let from = map * side * side + corner + row * side;
                for (input, &pixel) in inputs[from..from + KERNEL].iter_mut().zip(pixels) {
                    *input += pixel;
                }
            }
        }
    }
}

fn add_scaled<T: Real>(sums: &mut [T], factor: T, values: &[T]) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

/// ReLU's way back: where its result is 0, nothing passes.
fn only_where_positive<T: Real>(gradient: &mut [T], results: &[T]) {
    for (slope, &result) in gradient.iter_mut().zip(results) {
        if result <= T::default() {
            *slope = T::default();
        }
    }
}
