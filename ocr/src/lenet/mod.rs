//! LeNet-5: the graph, and what enters it.
//!
//! ```text
//!   28×28 ─ 5×5, border 2 ─► 28×28×6 ─ max 2×2, ReLU ─► 14×14×6 ─ 5×5 ─► 10×10×16 ─ max 2×2, ReLU ─► 5×5×16
//!   400 ─ ReLU ─► 120 ─ ReLU ─► 84 ─► 10 logits
//! ```
//!
//! After LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition" (1998), in today's
//! form: maxima instead of weighted means, ReLU instead of tanh, all maps connected, a plain last layer. Image in,
//! logits out; a level of distortion is nowhere in it.

use crate::graph::{Conv, Graph, Layer, Network, Shape};
use crate::real::Real;

/// The side of an image.
pub const SIDE: usize = 28;
/// The pixels of an image.
pub const PIXELS: usize = SIDE * SIDE;
/// How many classes, and logits.
pub const CLASSES: usize = 10;
/// How many parameters: 156 + 2,416 + 48,120 + 10,164 + 850.
pub const PARAMETERS: usize = 61_706;

/// An image.
pub const INPUT: Shape = Shape { height: SIDE, width: SIDE, maps: 1 };

const fn conv(name: &'static str, maps: [usize; 2], side: usize, border: usize) -> Layer {
    let [maps_in, maps_out] = maps;
    Layer::Conv(Conv { name, maps_in, maps_out, kernel: [side; 2], padding: [border; 2], full: false })
}

const fn full(name: &'static str, maps: [usize; 2], side: usize) -> Layer {
    let [maps_in, maps_out] = maps;
    Layer::Conv(Conv { name, maps_in, maps_out, kernel: [side; 2], padding: [0; 2], full: true })
}

const HALF: Layer = Layer::Pool { height: 2, width: 2 };

/// The layers. The first fully connected one sees all of the 5×5×16 features.
pub static GRAPH: Graph = Graph {
    name: "LeNet-5",
    layers: &[
        conv("conv1", [1, 6], 5, 2),
        HALF,
        Layer::Relu,
        conv("conv2", [6, 16], 5, 0),
        HALF,
        Layer::Relu,
        full("fc1", [16, 120], 5),
        Layer::Relu,
        full("fc2", [120, 84], 1),
        Layer::Relu,
        full("fc3", [84, CLASSES], 1),
    ],
};

/// What a network sees of bytes: numbers from 0 to 1.
pub fn inputs<T: Real>(bytes: &[u8]) -> Vec<T> {
    bytes.iter().map(|&byte| T::of(f64::from(byte) / 255.0)).collect()
}

/// The logits of images, 28×28 bytes each, one image's after the other's.
///
/// # Panics
/// If there is no whole number of images, or the network is no LeNet-5.
#[must_use]
pub fn logits<T: Real>(net: &Network<T>, images: &[u8]) -> Vec<T> {
    net.forward(inputs(images), INPUT).outputs().to_vec()
}

#[cfg(test)]
mod tests;
