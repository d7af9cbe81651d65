use super::*;

/// Every kind of layer, sides that differ, padding, blocks that do not fit.
static SMALL: Graph = Graph {
    name: "small",
    layers: &[
        Layer::Conv(Conv {
            name: "a",
            maps_in: 2,
            maps_out: 3,
            kernel: [3, 2],
            padding: [1, 1],
            full: false,
        }),
        Layer::Relu,
        Layer::Pool { height: 2, width: 1 },
        Layer::Conv(Conv {
            name: "b",
            maps_in: 3,
            maps_out: 4,
            kernel: [3, 3],
            padding: [0, 2],
            full: false,
        }),
        Layer::Pool { height: 1, width: 2 },
        Layer::Relu,
        Layer::Conv(Conv { name: "c", maps_in: 4, maps_out: 5, kernel: [1, 5], padding: [0, 0], full: true }),
        Layer::Relu,
        Layer::Conv(Conv { name: "d", maps_in: 5, maps_out: 3, kernel: [1, 1], padding: [0, 0], full: true }),
    ],
};
const INPUT: Shape = Shape { height: 7, width: 8, maps: 2 };

fn network(seed: u64) -> Network<f64> {
    let mut stream = Stream::new(&[seed]);
    let mut net = Network::new(&SMALL, &mut stream);
    // Biases that are not 0, as after training.
    net.parameters_mut().iter_mut().for_each(|parameter| *parameter += 0.05 * stream.normal());
    net
}

fn inputs(count: usize, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(&[seed]);
    (0..count * INPUT.len()).map(|_| stream.normal()).collect()
}

/// The definition, with a sum for each result.
fn by_definition(net: &Network<f64>, image: &[f64]) -> Vec<f64> {
    let (mut values, mut shape) = (image.to_vec(), INPUT);
    let mut tensors = net.tensors().into_iter();
    for layer in SMALL.layers {
        let output = layer.output(shape).unwrap();
        let at = |y: isize, x: isize, map: usize| -> f64 {
            let inside = (0..shape.height as isize).contains(&y) && (0..shape.width as isize).contains(&x);
            if inside { values[(y as usize * shape.width + x as usize) * shape.maps + map] } else { 0.0 }
        };
        let weights = match layer {
            Layer::Conv(_) => Some((tensors.next().unwrap(), tensors.next().unwrap())),
            _ => None,
        };
        values = (0..output.len())
            .map(|n| {
                let (y, x, map) =
                    (n / output.maps / output.width, n / output.maps % output.width, n % output.maps);
                let (y, x) = (y as isize, x as isize);
                match *layer {
                    Layer::Relu => at(y, x, map).max(0.0),
                    Layer::Pool { height, width } => {
                        let (height, width) = (height as isize, width as isize);
                        let block = (0..height).flat_map(|i| (0..width).map(move |j| (i, j)));
                        block.map(|(i, j)| at(y * height + i, x * width + j, map)).fold(f64::MIN, f64::max)
                    }
                    Layer::Conv(Conv { kernel: [rows, columns], padding: [top, left], maps_in, .. }) => {
                        let (weight, bias) = weights.as_ref().unwrap();
                        let mut sum = bias.numbers[map];
                        for from in 0..maps_in {
                            for i in 0..rows {
                                for j in 0..columns {
                                    let weight =
                                        weight.numbers[((map * maps_in + from) * rows + i) * columns + j];
                                    let (y, x) =
                                        (y + i as isize - top as isize, x + j as isize - left as isize);
                                    sum += weight * at(y, x, from);
                                }
                            }
                        }
                        sum
                    }
                }
            })
            .collect();
        shape = output;
    }
    values
}

#[test]
fn outputs_are_those_of_the_definition() {
    let (net, inputs) = (network(1), inputs(3, 2));
    let passed = net.forward(inputs.clone(), INPUT);
    assert_eq!(passed.output_shape(), Shape { height: 1, width: 1, maps: 3 });
    for (outputs, image) in passed.outputs().chunks_exact(3).zip(inputs.chunks_exact(INPUT.len())) {
        for (ours, exact) in outputs.iter().zip(by_definition(&net, image)) {
            assert!((ours - exact).abs() < 1e-12, "{ours} {exact}");
        }
    }
    assert!(net.forward(Vec::new(), INPUT).outputs().is_empty());
}

#[test]
fn gradients_are_slopes() {
    let mut net = network(3);
    let inputs = inputs(3, 4);
    let mut stream = Stream::new(&[5]);
    let factors: Vec<f64> = (0..9).map(|_| stream.normal()).collect();
    let loss = |net: &Network<f64>| -> f64 {
        let passed = net.forward(inputs.clone(), INPUT);
        passed.outputs().iter().zip(&factors).map(|(z, c)| c * z + 0.05 * z * z).sum()
    };
    let passed = net.forward(inputs.clone(), INPUT);
    let slopes: Vec<f64> = passed.outputs().iter().zip(&factors).map(|(z, c)| c + 0.1 * z).collect();
    let gradient = net.backward(&passed, slopes.clone(), 0, 0).parameters;
    let mut nonzero = 0;
    assert_eq!(gradient.len(), SMALL.parameters());
    for (index, known) in gradient.iter().enumerate() {
        let kept = net.parameters[index];
        let mut at = |step: f64| {
            net.parameters[index] = kept + step;
            let loss = loss(&net);
            net.parameters[index] = kept;
            loss
        };
        let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
        assert!((slope - known).abs() < 1e-6 * slope.abs().max(1.0), "{index}: {slope} {}", known);
        nonzero += usize::from(slope.abs() > 1e-6);
    }
    assert!(nonzero > 100, "{nonzero}");
    // From a later layer on it is the same, and nothing before.
    let (_, _, place) = SMALL.convs().nth(1).unwrap();
    let later = net.backward(&passed, slopes, 3, 0).parameters;
    assert_eq!(later[place.start..], gradient[place.start..]);
    assert!(later[..place.start].iter().all(|slope| *slope == 0.0));
}

#[test]
fn files_have_maps_before_rows() {
    let numbers: Vec<usize> = (0..SMALL.parameters()).collect();
    let tensors = SMALL.to_file(&numbers);
    assert_eq!((tensors[0].name.as_str(), &tensors[0].shape[..]), ("a.weight", &[3, 2, 3, 2][..]));
    // Output 0: map 0 at all six places, then map 1.
    assert_eq!(tensors[0].numbers[..12], [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
    assert_eq!((tensors[4].name.as_str(), &tensors[4].shape[..]), ("c.weight", &[5, 20][..]));
    let all: Vec<usize> = tensors.into_iter().flat_map(|tensor| tensor.numbers).collect();
    assert_eq!(SMALL.from_file(&all), numbers);
}

#[test]
fn shapes_that_do_not_fit_are_none() {
    let with = |height: usize, width: usize, maps: usize| SMALL.shapes(Shape { height, width, maps });
    assert!(with(7, 8, 2).is_some());
    assert!(with(7, 8, 3).is_none(), "maps");
    assert!(with(2, 8, 2).is_none(), "no row is left");
    assert!(with(7, 0, 2).is_none());
    assert_eq!(SMALL.macs(INPUT)[..2], [7 * 9 * 3 * 12, 0]);
}

#[test]
fn grids_move_inputs_to_what_can_be_stored() {
    let grid = Grid { scale: 0.5, zero_point: 3, lowest: 0, highest: 15 };
    assert_eq!([-9.0, -0.3, 0.24, 0.26, 2.0, 99.0].map(|x| grid.stored(x)), [0, 2, 3, 4, 7, 15]);
    assert_eq!(grid.number(grid.stored(1.9)), 2.0);
    let net = network(6);
    let moved = net.forward_on(inputs(1, 7), INPUT, &[grid]);
    let snapped: Vec<f64> =
        inputs(1, 7).iter().map(|&x| f64::from(grid.number(grid.stored(x as f32)))).collect();
    assert_eq!(moved.outputs(), net.forward(snapped, INPUT).outputs());
}

#[test]
fn a_slope_passes_a_relu_whose_results_are_rounded_to_0() {
    let net = network(8);
    let coarse = Grid { scale: 1e6, zero_point: 0, lowest: 0, highest: 1 };
    let passed = net.forward_on(inputs(2, 9), INPUT, &[coarse, coarse]);
    assert!(passed.inputs_of(0).iter().all(|value| value.abs() < 1e3));
    let slopes = vec![1.0; passed.outputs().len()];
    let gradient = net.backward(&passed, slopes.clone(), 0, 0);
    let (_, conv, place) = SMALL.convs().next().unwrap();
    let biases = &gradient.parameters[place.start + conv.weights()..place.end];
    assert!(biases.iter().any(|slope| *slope != 0.0), "{biases:?}");
    assert_eq!(gradient.scales.len(), 2);
    // Where the first scale is not learned, nothing else changes.
    let without = net.backward(&passed, slopes, 0, 1);
    assert_eq!((without.parameters, without.scales), (gradient.parameters, vec![0.0, gradient.scales[1]]));
}
