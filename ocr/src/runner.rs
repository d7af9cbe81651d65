//! Trained networks as networks of qgen-runtime: of stored numbers, and of floats to be set beside them.
//!
//! Both take images of bytes, so that what makes floats or fewer bits of bytes is a layer like the others.

use crate::graph::{Graph, Grid, Layer, Network, Shape};
use crate::quantise::BYTES;
use qgen_runtime::Range;
use qgen_runtime::conv::{Nhwc, Window};
use qgen_runtime::net::{Conv, Dense, Kind, Model, Op, Weights};
use qgen_runtime::quant::{Activation, Params};

/// What qgen-runtime complains of.
pub(crate) type Problem = qgen_runtime::Error;

/// The range of a width's stored numbers.
pub(crate) fn range(lowest: i32, highest: i32) -> Range {
    Range::new(lowest as i16, highest as i16).expect("stored numbers fit a byte")
}

/// The numbers of a grid.
pub(crate) fn kind(grid: &Grid) -> Result<Kind, Problem> {
    Ok(Kind::Stored(Params::per_tensor(grid.scale, grid.zero_point, range(grid.lowest, grid.highest))?))
}

/// Bytes as numbers of [`BYTES`].
pub(crate) fn stored(bytes: &[u8]) -> Vec<i8> {
    bytes.iter().map(|&byte| (byte ^ 0x80) as i8).collect()
}

/// The network of a graph for images of `shape`. `input`: the numbers that enter the first convolution. `conv`: of each
/// convolution, by its number, the weights, and the numbers that it makes.
pub(crate) fn model(
    graph: &Graph,
    shape: Shape,
    input: Kind,
    conv: impl Fn(usize) -> Result<(Weights, Kind), Problem>,
) -> Result<Model, Problem> {
    let Shape { height, width, maps } = shape;
    let bytes = kind(&BYTES)?;
    let mut builder = Model::builder(Nhwc::new(1, height, width, maps), bytes.clone())?;
    let mut last = "input".to_owned();
    if input != bytes {
        builder.add("convert", &["input"], Op::Convert, input)?;
        last = "convert".into();
    }
    let mut convs = 0;
    for (n, layer) in graph.layers.iter().enumerate() {
        let (name, op, kind) = match *layer {
            // ReLU is a bound on what a convolution makes. It commutes with maxima, which may lie between.
            Layer::Relu => continue,
            Layer::Pool { height, width } => {
                let window = Window::new(height, width).stride(height, width);
                (format!("pool{convs}"), Op::MaxPool(window), builder.kind(&last)?)
            }
            Layer::Conv(of) => {
                let (weights, kind) = conv(convs)?;
                convs += 1;
                let until = graph.layers[n + 1..].iter().take_while(|layer| !matches!(layer, Layer::Conv(_)));
                let relu = until.into_iter().any(|layer| *layer == Layer::Relu);
                let activation = if relu { Activation::Relu } else { Activation::None };
                let op = if of.full {
                    Op::Dense(Dense::new(of.maps_out, weights).activation(activation))
                } else {
                    let ([rows, columns], [top, left]) = (of.kernel, of.padding);
                    let window = Window::new(rows, columns).padding(top, top, left, left);
                    Op::Conv(Conv::new(window, of.maps_out, weights).activation(activation))
                };
                (of.name.to_owned(), op, kind)
            }
        };
        builder.add(&name, &[&last], op, kind)?;
        last = name;
    }
    builder.finish(&last)
}

/// The network of floats.
pub(crate) fn floats(net: &Network<f32>, shape: Shape) -> Result<Model, Problem> {
    let graph = net.graph();
    let weights = |n: usize| {
        let (_, conv, place) = graph.convs().nth(n).expect("a convolution of the graph");
        let (weights, bias) = net.parameters()[place].split_at(conv.weights());
        Ok((Weights::float(weights.to_vec(), bias.to_vec()), Kind::Float))
    };
    model(graph, shape, Kind::Float, weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use crate::task::Task;
    use qgen_runtime::cpu::Machine;
    use qgen_runtime::{net, plan};

    /// The runner's floats say what those of the trainer say.
    #[test]
    fn floats_are_the_same_network() {
        for task in Task::ALL {
            let mut stream = Stream::new(&[7]);
            let mut of = Network::<f32>::new(task.graph(), &mut stream);
            of.parameters_mut().iter_mut().for_each(|parameter| *parameter += 0.05 * stream.normal() as f32);
            let shape = task.shape();
            let image: Vec<u8> = (0..shape.len()).map(|_| (255.0 * stream.unit().powi(3)) as u8).collect();
            let model = floats(&of, shape).unwrap();
            let network = net::Network::new(&model, 1, &plan::Params::new(), &Machine::detect()).unwrap();
            let mut out = vec![0f32; network.output().0.len().unwrap()];
            network.run(&stored(&image), &mut out, &mut network.state().unwrap()).unwrap();
            let expected = of.forward(crate::lenet::inputs(&image), shape);
            assert_eq!(out.len(), expected.outputs().len());
            for (out, expected) in out.iter().zip(expected.outputs()) {
                assert!(
                    (out - expected).abs() <= 1e-3 * expected.abs().max(1.0),
                    "{task:?}: {out} {expected}"
                );
            }
        }
    }
}
