//! From inputs to outputs.

use super::{Conv, Layer, Network, Shape};
use crate::real::{Real, Strides};

/// All that a batch of inputs of one shape left in the layers, for the way back.
pub struct Passed<T> {
    pub(super) count: usize,
    /// Of one input and of every layer's output.
    pub(super) shapes: Vec<Shape>,
    /// The inputs and every layer's outputs.
    pub(super) values: Vec<Vec<T>>,
    /// For layers of maxima, which value of the image each came from; else nothing.
    pub(super) from: Vec<Vec<u32>>,
    /// For convolutions with a grid, the numbers of it that the inputs were moved to; else nothing.
    pub(super) rounded: Vec<Option<Rounded<T>>>,
}

/// What was multiplied in place of the inputs of a convolution.
pub(super) struct Rounded<T> {
    pub(super) grid: Grid,
    pub(super) values: Vec<T>,
}

impl<T> Passed<T> {
    /// The outputs of the last layer, for one input after the other.
    #[must_use]
    pub fn outputs(&self) -> &[T] {
        &self.values[self.values.len() - 1]
    }

    /// The shape of one output.
    #[must_use]
    pub fn output_shape(&self) -> Shape {
        self.shapes[self.shapes.len() - 1]
    }

    /// What entered layer `n`, before it was moved to numbers of a grid.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn inputs_of(&self, n: usize) -> &[T] {
        &self.values[n]
    }
}

/// The numbers that a stored value can mean: scale · (q − zero point) for q from lowest to highest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// The distance between two numbers.
    pub scale: f32,
    /// The stored value that means 0.
    pub zero_point: i32,
    /// The lowest stored value.
    pub lowest: i32,
    /// The highest stored value.
    pub highest: i32,
}

impl Grid {
    /// The stored value of the nearest number.
    #[must_use]
    pub fn stored(&self, number: f32) -> i32 {
        let steps = (number / self.scale).round_ties_even() as i32;
        steps.saturating_add(self.zero_point).clamp(self.lowest, self.highest)
    }

    /// What a stored value means.
    #[must_use]
    pub fn number(&self, stored: i32) -> f32 {
        self.scale * (stored - self.zero_point) as f32
    }
}

impl<T: Real> Network<T> {
    /// Runs a batch of inputs of one shape, one after the other.
    ///
    /// # Panics
    /// If there is no whole number of inputs, or they do not fit the graph.
    #[must_use]
    pub fn forward(&self, inputs: Vec<T>, shape: Shape) -> Passed<T> {
        self.forward_on(inputs, shape, &[])
    }

    /// The same where the inputs of the first convolutions are moved to numbers of their grids.
    ///
    /// # Panics
    /// As [`Network::forward`].
    #[must_use]
    pub fn forward_on(&self, inputs: Vec<T>, shape: Shape, grids: &[Grid]) -> Passed<T> {
        let graph = self.graph;
        let shapes = graph.shapes(shape).unwrap_or_else(|| panic!("{} takes no {shape}", graph.name));
        assert_eq!(inputs.len() % shape.len(), 0, "inputs have {} values", shape.len());
        let count = inputs.len() / shape.len();
        let mut passed =
            Passed { count, shapes, values: vec![inputs], from: Vec::new(), rounded: Vec::new() };
        let (mut convs, mut grids) = (graph.convs(), grids.iter());
        for (n, layer) in graph.layers.iter().enumerate() {
            let (input, output) = (passed.shapes[n], passed.shapes[n + 1]);
            let (mut from, mut rounded) = (Vec::new(), None);
            let values = match layer {
                Layer::Relu => passed.values[n]
                    .iter()
                    .map(|&v| if v > T::default() { v } else { T::default() })
                    .collect(),
                Layer::Pool { height, width } => {
                    let mut values = vec![T::default(); count * output.len()];
                    from = vec![0; values.len()];
                    let images = passed.values[n].chunks_exact(input.len());
                    let outputs =
                        values.chunks_exact_mut(output.len()).zip(from.chunks_exact_mut(output.len()));
                    images.zip(outputs).for_each(|(image, (values, from))| {
                        pool([*height, *width], image, input, output, values, from);
                    });
                    values
                }
                Layer::Conv(conv) => {
                    let (_, _, place) = convs.next().expect("a convolution for each");
                    rounded = grids.next().map(|&grid| {
                        let near =
                            |value: &T| T::of(f64::from(grid.number(grid.stored(value.wide() as f32))));
                        Rounded { grid, values: passed.values[n].iter().map(near).collect() }
                    });
                    let inputs = rounded.as_ref().map_or(&passed.values[n], |rounded| &rounded.values);
                    apply(conv, &self.parameters[place], inputs, count, (input, output))
                }
            };
            passed.values.push(values);
            passed.from.push(from);
            passed.rounded.push(rounded);
        }
        passed
    }
}

/// A convolution's results for all inputs.
fn apply<T: Real>(
    conv: &Conv,
    parameters: &[T],
    inputs: &[T],
    count: usize,
    shapes: (Shape, Shape),
) -> Vec<T> {
    let (input, output) = shapes;
    let (weights, biases) = parameters.split_at(conv.weights());
    let (places, patch) = (output.height * output.width, conv.patch());
    let mut values: Vec<T> = biases.iter().copied().cycle().take(count * output.len()).collect();
    let multiply = |patches: &[T], values: &mut [T]| {
        let sizes = (values.len() / conv.maps_out, patch, conv.maps_out);
        T::multiply(sizes, (patches, Strides(patch, 1)), (weights, Strides(1, patch)), values);
    };
    if conv.is_product(output) {
        multiply(inputs, &mut values);
        return values;
    }
    let at_once = conv.images_at_once(output);
    let mut patches = vec![T::default(); at_once.min(count) * places * patch];
    let groups = inputs.chunks(at_once * input.len()).zip(values.chunks_mut(at_once * output.len()));
    for (images, values) in groups {
        let images = images.chunks_exact(input.len()).zip(patches.chunks_exact_mut(places * patch));
        images.for_each(|(image, patches)| conv.patches(image, input, output, patches));
        multiply(&patches, values);
    }
    values
}

/// The maxima of blocks of one image, and where in the image each is: the first of equals.
fn pool<T: Real>(
    [height, width]: [usize; 2],
    image: &[T],
    input: Shape,
    output: Shape,
    values: &mut [T],
    from: &mut [u32],
) {
    let (row, maps) = (input.width * input.maps, input.maps);
    let pixels = values.chunks_exact_mut(maps).zip(from.chunks_exact_mut(maps));
    for (n, (values, from)) in pixels.enumerate() {
        let corner = n / output.width * height * row + n % output.width * width * maps;
        for (map, (value, from)) in values.iter_mut().zip(from.iter_mut()).enumerate() {
            (*value, *from) = (image[corner + map], (corner + map) as u32);
        }
        for block in 1..height * width {
            let at = corner + block / width * row + block % width * maps;
            let others = &image[at..at + maps];
            for (map, (value, from)) in values.iter_mut().zip(from.iter_mut()).enumerate() {
                if others[map] > *value {
                    (*value, *from) = (others[map], (at + map) as u32);
                }
            }
        }
    }
}
