//! LeNet-5: the graph, its parameters, and what it says of images.
//!
//! ```text
//!   28×28 ─ 5×5, border 2 ─► 6×28×28 ─ max 2×2, ReLU ─► 6×14×14 ─ 5×5 ─► 16×10×10 ─ max 2×2, ReLU ─► 400
//!   400 ─ ReLU ─► 120 ─ ReLU ─► 84 ─► 10 logits
//! ```
//!
//! After LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition" (1998), in today's
//! form: maxima instead of weighted means, ReLU instead of tanh, all maps connected, a plain last layer. Image in,
//! logits out; a level of distortion is nowhere in it.

mod backward;
mod forward;
mod layers;

pub use backward::Scratch;
pub use forward::Batch;

use crate::random::Stream;
use crate::real::Real;

/// The side of an image.
pub const SIDE: usize = 28;
/// The pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;
/// How many classes, and logits.
pub const CLASSES: usize = 10;
/// How many parameters: 156 + 2,416 + 48,120 + 10,164 + 850.
pub const PARAMETERS: usize = 61_706;

/// A tensor of parameters: its name in files, and its shape, outputs first.
#[derive(Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Such as `conv1.weight`.
    pub name: &'static str,
    /// Such as `[6, 1, 5, 5]`: maps, input maps, rows, columns.
    pub shape: &'static [usize],
}

impl Tensor {
    /// How many numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none; there always are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many inputs each output has: 0 for a bias.
    fn fan_in(&self) -> usize {
        if self.shape.len() == 1 { 0 } else { self.shape[1..].iter().product() }
    }
}

/// All tensors, in the order in which the parameters are kept.
pub const TENSORS: [Tensor; 10] = [
    Tensor { name: "conv1.weight", shape: &[6, 1, 5, 5] },
    Tensor { name: "conv1.bias", shape: &[6] },
    Tensor { name: "conv2.weight", shape: &[16, 6, 5, 5] },
    Tensor { name: "conv2.bias", shape: &[16] },
    Tensor { name: "fc1.weight", shape: &[120, 400] },
    Tensor { name: "fc1.bias", shape: &[120] },
    Tensor { name: "fc2.weight", shape: &[84, 120] },
    Tensor { name: "fc2.bias", shape: &[84] },
    Tensor { name: "fc3.weight", shape: &[10, 84] },
    Tensor { name: "fc3.bias", shape: &[10] },
];

/// The layers, as indices of their weights in [`TENSORS`]; the biases follow.
#[derive(Clone, Copy)]
enum Layer {
    Conv1 = 0,
    Conv2 = 2,
    Full1 = 4,
    Full2 = 6,
    Full3 = 8,
}

/// A LeNet-5.
#[derive(Clone, Debug, PartialEq)]
pub struct Lenet<T> {
    /// All parameters: [`TENSORS`] one after the other, each row-major.
    parameters: Vec<T>,
}

/// Where tensor `index` is among the parameters.
fn place(index: usize) -> std::ops::Range<usize> {
    let begin = TENSORS[..index].iter().map(Tensor::len).sum();
    begin..begin + TENSORS[index].len()
}

impl<T: Real> Lenet<T> {
    /// A network before training: weights normal with variance 2 / fan-in (He and others, 2015), biases 0.
    #[must_use]
    pub fn new(stream: &mut Stream) -> Lenet<T> {
        let mut parameters = Vec::with_capacity(PARAMETERS);
        for tensor in &TENSORS {
            let deviation = match tensor.fan_in() {
                0 => 0.0,
                fan_in => (2.0 / fan_in as f64).sqrt(),
            };
            parameters.extend((0..tensor.len()).map(|_| T::of(deviation * stream.normal())));
        }
        Lenet { parameters }
    }

    /// A network from all its parameters in the order of [`TENSORS`]. None if they are not [`PARAMETERS`].
    #[must_use]
    pub fn from_parameters(parameters: Vec<T>) -> Option<Lenet<T>> {
        (parameters.len() == PARAMETERS).then_some(Lenet { parameters })
    }

    /// All parameters, in the order of [`TENSORS`].
    #[must_use]
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [T] {
        &mut self.parameters
    }

    /// The numbers of tensor `index` of [`TENSORS`].
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn tensor(&self, index: usize) -> &[T] {
        &self.parameters[place(index)]
    }

    fn weights(&self, layer: Layer) -> &[T] {
        self.tensor(layer as usize)
    }

    fn biases(&self, layer: Layer) -> &[T] {
        self.tensor(layer as usize + 1)
    }
}

#[cfg(test)]
mod tests;
