//! Networks as lists of layers: what the layers are, their parameters, forward and backward.
//!
//! ```text
//!   Graph: convolutions, maxima, ReLU  +  parameters  =  Network
//!   inputs ──(forward)──► Passed: what every layer gave ──(backward)──► the slope of a loss in every parameter
//! ```
//!
//! Values are NHWC: image after image, row after row, pixel after pixel, the maps of a pixel side by side. A fully connected layer is
//! a convolution whose window is all of its input. [`crate::lenet`] and [`crate::text::net`] are such lists.

mod backward;
mod conv;
mod forward;

pub use backward::Gradient;
pub use forward::{Grid, Passed};

use crate::random::Stream;
use crate::real::Real;
use std::fmt;
use std::ops::Range;

/// A convolution with a window at every pixel, and a bias for each map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Its name in files, such as `conv1`.
    pub name: &'static str,
    /// Maps of its input.
    pub maps_in: usize,
    /// Maps of its output.
    pub maps_out: usize,
    /// Rows and columns of its window.
    pub kernel: [usize; 2],
    /// Rows above and below, columns left and right of the input, of 0.
    pub padding: [usize; 2],
    /// Whether it is a fully connected layer in files: its weights have two dimensions there.
    pub full: bool,
}

/// A layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// See [`Conv`].
    Conv(Conv),
    /// The largest of each block of so many rows and columns; what is left over at the ends is left out.
    Pool {
        /// Rows of a block.
        height: usize,
        /// Columns of a block.
        width: usize,
    },
    /// Negative values become 0.
    Relu,
}

/// A network without its parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Graph {
    /// What it is called in messages, such as `LeNet-5`.
    pub name: &'static str,
    /// One after the other.
    pub layers: &'static [Layer],
}

/// The size of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Values of a pixel.
    pub maps: usize,
}

impl Shape {
    /// Its values.
    #[must_use]
    pub fn len(self) -> usize {
        self.height * self.width * self.maps
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}x{}x{}", self.height, self.width, self.maps)
    }
}

impl Conv {
    /// The values that one result is made of.
    #[must_use]
    pub const fn patch(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.maps_in
    }

    /// Its weights.
    #[must_use]
    pub const fn weights(&self) -> usize {
        self.maps_out * self.patch()
    }

    /// Weights and biases.
    #[must_use]
    pub const fn parameters(&self) -> usize {
        self.weights() + self.maps_out
    }

    /// The shape of its weights in files, outputs first.
    #[must_use]
    pub fn file_shape(&self) -> Vec<usize> {
        match self.full {
            true => vec![self.maps_out, self.patch()],
            false => vec![self.maps_out, self.maps_in, self.kernel[0], self.kernel[1]],
        }
    }

    /// For each weight in the order of files (output, input map, row, column), its place in ours (output, row, column,
    /// input map).
    fn file_order(&self) -> impl Iterator<Item = usize> {
        let ([rows, columns], maps, patch) = (self.kernel, self.maps_in, self.patch());
        (0..self.weights()).map(move |n| {
            let (out, map) = (n / patch, n % patch / (rows * columns));
            out * patch + n % (rows * columns) * maps + map
        })
    }
}

impl Layer {
    /// The shape of the output for an input of this shape. None if they do not fit.
    #[must_use]
    pub fn output(&self, input: Shape) -> Option<Shape> {
        let shape = match *self {
            Layer::Relu => input,
            Layer::Pool { height, width } => {
                Shape { height: input.height / height, width: input.width / width, ..input }
            }
            Layer::Conv(conv) if conv.maps_in != input.maps => return None,
            Layer::Conv(Conv { kernel, padding, maps_out, .. }) => Shape {
                height: (input.height + 2 * padding[0] + 1).checked_sub(kernel[0])?,
                width: (input.width + 2 * padding[1] + 1).checked_sub(kernel[1])?,
                maps: maps_out,
            },
        };
        (!shape.is_empty()).then_some(shape)
    }
}

/// A tensor of parameters as files have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<T> {
    /// Such as `conv1.weight`.
    pub name: String,
    /// Such as `[6, 1, 5, 5]`: maps, input maps, rows, columns.
    pub shape: Vec<usize>,
    /// Row-major.
    pub numbers: Vec<T>,
}

impl Graph {
    /// The shapes of input and of every layer's output. None if a layer does not fit.
    #[must_use]
    pub fn shapes(&self, input: Shape) -> Option<Vec<Shape>> {
        let mut shapes = vec![input];
        for layer in self.layers {
            shapes.push(layer.output(shapes[shapes.len() - 1])?);
        }
        Some(shapes)
    }

    /// Its convolutions, each with its place among the layers and that of its parameters.
    pub fn convs(&self) -> impl Iterator<Item = (usize, &Conv, Range<usize>)> {
        let mut end = 0;
        self.layers.iter().enumerate().filter_map(move |(n, layer)| {
            let Layer::Conv(conv) = layer else { return None };
            end += conv.parameters();
            Some((n, conv, end - conv.parameters()..end))
        })
    }

    /// How many parameters.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.convs().map(|(_, conv, _)| conv.parameters()).sum()
    }

    /// Multiplications and additions for an input, layer after layer; 0 for layers that have none, and where it does
    /// not fit.
    #[must_use]
    pub fn macs(&self, input: Shape) -> Vec<usize> {
        let shapes = self.shapes(input).unwrap_or_default();
        let of = |(layer, shape): (&Layer, &Shape)| match layer {
            Layer::Conv(conv) => shape.len() * conv.patch(),
            _ => 0,
        };
        self.layers.iter().zip(shapes.iter().skip(1)).map(of).collect()
    }

    /// Names and shapes of the tensors of a file, in order.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let of = |(_, conv, _): (usize, &Conv, Range<usize>)| {
            let Conv { name, maps_out, .. } = conv;
            [(format!("{name}.weight"), conv.file_shape()), (format!("{name}.bias"), vec![*maps_out])]
        };
        self.convs().flat_map(of).collect()
    }

    /// Numbers in the order of parameters (weights of outputs, rows, columns, input maps; biases) as a file's tensors.
    ///
    /// # Panics
    /// If there are not as many as parameters.
    #[must_use]
    pub fn to_file<T: Copy>(&self, parameters: &[T]) -> Vec<Tensor<T>> {
        assert_eq!(parameters.len(), self.parameters(), "a number for each parameter");
        let mut tensors = Vec::new();
        for (_, conv, place) in self.convs() {
            let (weights, biases) = parameters[place].split_at(conv.weights());
            tensors.push(conv.file_order().map(|at| weights[at]).collect::<Vec<T>>());
            tensors.push(biases.to_vec());
        }
        let named = self.tensors().into_iter().zip(tensors);
        named.map(|((name, shape), numbers)| Tensor { name, shape, numbers }).collect()
    }

    /// The numbers of a file's tensors, all of them one after the other, in the order of parameters.
    ///
    /// # Panics
    /// If there are not as many as parameters.
    #[must_use]
    pub fn from_file<T: Copy + Default>(&self, numbers: &[T]) -> Vec<T> {
        assert_eq!(numbers.len(), self.parameters(), "a number for each parameter");
        let mut parameters = vec![T::default(); numbers.len()];
        for (_, conv, place) in self.convs() {
            let (weights, biases) = numbers[place.clone()].split_at(conv.weights());
            let (to, biases_to) = parameters[place].split_at_mut(conv.weights());
            conv.file_order().zip(weights).for_each(|(at, &weight)| to[at] = weight);
            biases_to.copy_from_slice(biases);
        }
        parameters
    }
}

/// A graph with parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Network<T> {
    graph: &'static Graph,
    parameters: Vec<T>,
}

impl<T: Real> Network<T> {
    /// A network before training: weights normal with variance 2 / fan-in (He and others, 2015), biases 0. They are
    /// drawn in the order of files.
    #[must_use]
    pub fn new(graph: &'static Graph, stream: &mut Stream) -> Network<T> {
        let mut numbers = Vec::with_capacity(graph.parameters());
        for (_, conv, _) in graph.convs() {
            let deviation = (2.0 / conv.patch() as f64).sqrt();
            numbers.extend((0..conv.weights()).map(|_| T::of(deviation * stream.normal())));
            numbers.extend((0..conv.maps_out).map(|_| T::default()));
        }
        Network { graph, parameters: graph.from_file(&numbers) }
    }

    /// A network from all its parameters. None if they are not as many as the graph has.
    #[must_use]
    pub fn from_parameters(graph: &'static Graph, parameters: Vec<T>) -> Option<Network<T>> {
        (parameters.len() == graph.parameters()).then_some(Network { graph, parameters })
    }

    /// Its graph.
    #[must_use]
    pub fn graph(&self) -> &'static Graph {
        self.graph
    }

    /// All parameters: of each convolution weights (outputs, rows, columns, input maps), then biases.
    #[must_use]
    pub fn parameters(&self) -> &[T] {
        &self.parameters
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self) -> &mut [T] {
        &mut self.parameters
    }

    /// The parameters as files have them.
    #[must_use]
    pub fn tensors(&self) -> Vec<Tensor<T>> {
        self.graph.to_file(&self.parameters)
    }
}

#[cfg(test)]
mod tests;
