//! Networks against a plain reading of what their layers are, layer by layer; memory, threads, and what is refused.

#[path = "../common/allocations.rs"]
mod allocations;
#[path = "../common/mod.rs"]
mod common;
mod drawn;
mod plain;

use allocations::nothing_while;
use common::machine;
use drawn::{drawn, exact, input};
use plain::{Plain, plain};
use proptest::prelude::*;
use qgen_runtime::bench::{NET_BITS, NETS, Net, SplitMix64, operands};
use qgen_runtime::conv::{Nhwc, Way, Window};
use qgen_runtime::cpu::Machine;
use qgen_runtime::net::{Conv, Dense, Kind, Model, Network, Observer, Op, Weights};
use qgen_runtime::plan::Params as PlanParams;
use qgen_runtime::quant::{Activation, Params};
use qgen_runtime::threads::{Alone, Scoped};
use qgen_runtime::{Element, Error, Range};
use std::num::NonZeroUsize;

/// What the network makes of the same input, on so many threads. One alone allocates nothing.
fn run(network: &Network, input: &Plain, threads: usize) -> Result<Plain, Error> {
    fn of<I: Element, O: Element>(
        network: &Network,
        input: &[I],
        (threads, fill): (usize, O),
    ) -> Result<Vec<O>, Error> {
        let (mut out, mut state) =
            (vec![fill; network.output().0.len().unwrap()], network.state_for(threads)?);
        if threads == 1 {
            nothing_while(|| network.run(input, &mut out, &mut state))?;
            return Ok(out);
        }
        let bytes = state.bytes();
        network.run_on(&Scoped(NonZeroUsize::new(threads).unwrap()), input, &mut out, &mut state)?;
        assert_eq!(state.bytes(), bytes, "all memory was there before");
        Ok(out)
    }
    fn to<I: Element>(network: &Network, input: &[I], threads: usize) -> Result<Plain, Error> {
        Ok(match network.output().1 {
            Kind::Float => Plain::Float(of(network, input, (threads, 0f32))?),
            Kind::Stored(params) if params.range().fits_i8() => {
                Plain::Stored(of(network, input, (threads, 0i8))?.into_iter().map(i32::from).collect())
            }
            Kind::Stored(_) => {
                Plain::Stored(of(network, input, (threads, 0u8))?.into_iter().map(i32::from).collect())
            }
        })
    }
    match input {
        Plain::Float(values) => to(network, values, threads),
        Plain::Stored(values) if network.input().1.params().unwrap().range().fits_i8() => {
            to(network, &values.iter().map(|&q| q as i8).collect::<Vec<_>>(), threads)
        }
        Plain::Stored(values) => to(network, &values.iter().map(|&q| q as u8).collect::<Vec<_>>(), threads),
    }
}

fn network(model: &Model, batch: usize, core: &str) -> Network {
    Network::new(model, batch, &PlanParams::new(), &machine(core)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn networks_are_what_their_layers_are(seed in any::<u64>(), batch in 0usize..4) {
        let model = drawn(seed);
        prop_assume!(exact(&model));
        let input = input(&model, batch, seed);
        let expected = plain(&model, batch, input.clone());
        for core in ["cortex-a53", "cortex-a72", "neoverse-n1"] {
            let network = network(&model, batch, core);
            for threads in [1, 3] {
                prop_assert_eq!(&run(&network, &input, threads).unwrap(), &expected, "{}", network);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pools_within_convolutions_are_pools(
        (height, width, channels) in (6usize..20, 6usize..70, prop_oneof![1usize..=4, 5usize..=20]),
        (outputs, groups, kernel) in (1usize..20, prop_oneof![4 => Just(1usize), 1 => Just(2)], [1usize..=5, 1..=5]),
        (padding, stride, dilation) in (0usize..3, prop_oneof![3 => Just(1usize), 1 => Just(2)], prop_oneof![4 => Just(1usize), 1 => Just(2)]),
        (bits, zero, last, batch) in (2u32..=8, -1i32..=1, any::<bool>(), 0usize..3),
        (unsigned, one_factor, relu, core) in (any::<bool>(), any::<bool>(), any::<bool>(), 0usize..3),
        bias in 0usize..3,
        seed in any::<u64>(),
    ) {
        let (channels, outputs) = (channels * groups, outputs * groups);
        let mut random = SplitMix64::new(seed);
        let half = 1i16 << (bits - 1);
        let range = if unsigned { Range::new(0, 2 * half - 1) } else { Range::new(-half, half - 1) }.unwrap();
        let kind = Kind::Stored(Params::per_tensor(0.1, random.in_range(range).into(), range).unwrap());
        let few = Range::new(-half + 1, half - 1).unwrap();
        let count = outputs * kernel[0] * kernel[1] * channels / groups;
        let weights: Vec<i8> = (0..count).map(|_| random.in_range(few) as i8).collect();
        let bias: Vec<i32> = match bias {
            0 => Vec::new(),
            1 => (0..outputs).map(|_| i32::from(random.in_range(range)) * 50).collect(),
            // Some sums are beyond 32 bits, where they stay at the end.
            _ => (0..outputs as i32).map(|at| i32::MAX - 40 * at).collect(),
        };
        // Some factors shift to the left.
        let scales = (0..outputs).map(|at| [0.05, 1.5, 25.0][at % 3] / f32::from(half)).collect();
        let of_weights = match one_factor {
            true => Params::per_tensor(0.3 / f32::from(half), zero, few),
            false => Params::per_channel(scales, zero, few),
        };
        let weights = Weights::stored(weights, of_weights.unwrap(), bias);
        let padding = padding.min(kernel[0].min(kernel[1]) - 1);
        let window = Window::new(kernel[0], kernel[1])
            .padding(padding, padding, padding, padding)
            .stride(stride, stride)
            .dilation(dilation, dilation);
        let activation = if relu { Activation::Relu } else { Activation::None };
        let conv = Conv::new(window, outputs, weights).groups(groups).activation(activation);
        let mut model = Model::builder(Nhwc::new(1, height, width, channels), kind.clone()).unwrap();
        // Windows that are larger than the input.
        let added = model.add("conv", &["input"], Op::Conv(conv), kind.clone());
        prop_assume!(added.is_ok());
        let halves = Op::MaxPool(Window::new(2, 2).stride(2, 2));
        // Outputs of one line.
        prop_assume!(model.add("pool", &["conv"], halves, kind.clone()).is_ok());
        if !last {
            model.add("flat", &["pool"], Op::Flatten, kind.clone()).unwrap();
            model.add("flat2", &["flat"], Op::Flatten, kind).unwrap();
        }
        let model = model.finish(if last { "pool" } else { "flat2" }).unwrap();
        let input = input(&model, batch, seed);
        let network = network(&model, batch, ["cortex-a53", "cortex-a72", "neoverse-n1"][core]);
        let expected = plain(&model, batch, input.clone());
        for threads in [1, 3] {
            prop_assert_eq!(&run(&network, &input, threads).unwrap(), &expected, "{}", network);
        }
        // Where there is a loop that may add the bias, or a block of sums that has the lines of a window.
        let conv = network.layers()[0].conv.as_ref().unwrap();
        let cols = (width + 2 * padding - (kernel[1] - 1) * dilation - 1) / stride + 1;
        let within = network.layers()[1].within.as_deref();
        match conv.way {
            Way::Strips | Way::Slices | Way::Winograd if batch > 0 => {
                prop_assert_eq!(within.is_some(), conv.pixels_at_a_time >= 2 * cols, "{}", network);
            }
            Way::Shallow | Way::Strips | Way::Slices | Way::Winograd => {}
            _ => prop_assert_eq!(within, None, "{}", network),
        }
        if within.is_some() {
            prop_assert!(conv.end.ends_with("of the largest sum of each 2x2 pixels"), "{}", conv);
        }
    }
}

#[test]
fn every_way_that_can_has_its_pool_within() {
    let kind = Kind::Stored(Params::per_tensor(0.1, 1, Range::new(-8, 7).unwrap()).unwrap());
    let params = || Params::per_tensor(0.05, 0, Range::new(-7, 7).unwrap()).unwrap();
    for (shape, kernel, way) in [
        (Nhwc::new(1, 13, 21, 1), 3, Way::Shallow),
        (Nhwc::new(1, 14, 18, 32), 3, Way::Strips),
        (Nhwc::new(1, 15, 14, 6), 5, Way::Slices),
        (Nhwc::new(1, 15, 17, 128), 3, Way::Winograd),
    ] {
        let weights: Vec<i8> =
            (0..16 * kernel * kernel * shape.channels).map(|at| (at * 7 % 15) as i8 - 7).collect();
        let conv = Conv::new(Window::new(kernel, kernel), 16, Weights::stored(weights, params(), vec![]));
        let mut model = Model::builder(shape, kind.clone()).unwrap();
        model.add("conv", &["input"], Op::Conv(conv), kind.clone()).unwrap();
        model.add("pool", &["conv"], Op::MaxPool(Window::new(2, 2).stride(2, 2)), kind.clone()).unwrap();
        let model = model.finish("pool").unwrap();
        let network = network(&model, 3, "cortex-a72");
        let layers = network.layers();
        assert_eq!(layers[0].conv.as_ref().unwrap().way, way, "{network}");
        assert_eq!(layers[1].within.as_deref(), Some("conv"), "{network}");
        let input = input(&model, 3, 5);
        assert_eq!(run(&network, &input, 2).unwrap(), plain(&model, 3, input.clone()), "{network}");
    }
}

#[test]
fn a_pool_whose_input_somebody_else_reads_is_alone() {
    let kind = Kind::Stored(Params::per_tensor(1.0, 0, Range::new(-8, 7).unwrap()).unwrap());
    let params = Params::per_tensor(1.0, 0, Range::new(-7, 7).unwrap()).unwrap();
    let weights = Weights::stored(vec![1; 9 * 4], params, vec![]);
    let conv = Conv::new(Window::new(3, 3), 4, weights);
    let mut model = Model::builder(Nhwc::new(1, 18, 18, 1), kind.clone()).unwrap();
    model.add("conv", &["input"], Op::Conv(conv), kind.clone()).unwrap();
    let halves = Op::MaxPool(Window::new(2, 2).stride(2, 2));
    model.add("pool", &["conv"], halves.clone(), kind.clone()).unwrap();
    model.add("other", &["conv"], halves, kind.clone()).unwrap();
    model.add("add", &["pool", "other"], Op::Add(Activation::None), kind).unwrap();
    let model = model.finish("add").unwrap();
    let network = network(&model, 1, "cortex-a72");
    assert!(network.layers().iter().all(|layer| layer.within.is_none()), "{network}");
    let input = input(&model, 1, 3);
    assert_eq!(run(&network, &input, 1).unwrap(), plain(&model, 1, input));
}

#[test]
fn measured_networks_are_those_of_their_layers() {
    for net in NETS {
        for bits in NET_BITS {
            // Plain loops over the blocks take long, and their layers are LeNet's.
            if net != Net::LeNet5 && bits != 4 {
                continue;
            }
            let model = net.model(bits).unwrap();
            let network = network(&model, 1, "cortex-a72");
            let input = input(&model, 1, 5);
            let got = run(&network, &input, 1).unwrap();
            if bits == 32 {
                let far = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-3 * (1.0 + b.abs());
                let expected = plain(&model, 1, input);
                assert!(!got.float().iter().zip(expected.float()).any(far), "{got:?} {expected:?}");
                continue;
            }
            let expected = plain(&model, 1, input);
            assert_eq!(got, expected, "{} at {bits} bits", net.name());
            let distinct =
                |values: Vec<String>| values.into_iter().collect::<std::collections::BTreeSet<_>>().len();
            let different = match &got {
                Plain::Stored(values) => distinct(values.iter().map(i32::to_string).collect()),
                Plain::Float(values) => distinct(values.iter().map(f32::to_string).collect()),
            };
            assert!(different > 2, "{} at {bits} bits says little: {got:?}", net.name());
        }
    }
}

#[test]
fn lenet_has_its_layers_and_parameters() {
    let model = Net::LeNet5.model(4).unwrap();
    let names: Vec<&str> = model.layers().iter().map(|layer| layer.name()).collect();
    assert_eq!(names, ["image", "conv1", "pool1", "conv2", "pool2", "fc1", "fc2", "fc3"]);
    let weights = model.layers().iter().filter_map(|layer| match layer.op().weights()? {
        Weights::Stored { values, bias, .. } => Some(values.len() + bias.len()),
        Weights::Float { .. } => None,
    });
    assert_eq!(weights.sum::<usize>(), 61_706);
    let network = network(&model, 1, "cortex-a72");
    assert_eq!(network.layers().iter().map(|layer| layer.macs).sum::<u64>(), 416_520);
    assert!(Net::LeNet5.model(1).unwrap_err().to_string().contains("choose 2 to 8"));
}

#[test]
fn one_network_serves_many_threads() {
    let model = Net::LeNet5.model(4).unwrap();
    let network = network(&model, 2, "cortex-a72");
    let inputs: Vec<Plain> = (0..4).map(|seed| input(&model, 2, seed)).collect();
    let alone: Vec<Plain> = inputs.iter().map(|input| run(&network, input, 1).unwrap()).collect();
    std::thread::scope(|scope| {
        for (input, expected) in inputs.iter().zip(&alone) {
            let network = &network;
            scope.spawn(move || assert_eq!(&run(network, input, 1).unwrap(), expected));
        }
    });
    assert_ne!(alone[0], alone[1]);
}

#[test]
fn memory_is_shared_and_layers_are_seen() {
    struct Seen(Vec<(usize, bool)>);
    impl Observer for Seen {
        fn before(&mut self, layer: usize) {
            self.0.push((layer, true));
        }
        fn after(&mut self, layer: usize) {
            self.0.push((layer, false));
        }
    }
    let model = Net::LeNet5.model(8).unwrap();
    let network = network(&model, 1, "cortex-a72");
    // The pools' results, in whole units of 16 bytes; everything else lies where these were, and those of the convolutions are
    // nowhere as a whole.
    assert_eq!(network.arena_bytes(), 1616);
    let text = network.to_string();
    assert!(text.contains("memory between layers: 1616 bytes, of 1780 side by side"), "{text}");
    for pool in ["1", "2"] {
        let (begin, end) = (format!("pool{pool} "), format!(" in conv{pool}"));
        assert!(text.lines().any(|line| line.starts_with(&begin) && line.ends_with(&end)), "{text}");
    }
    let (mut seen, mut state) = (Seen(Vec::new()), network.state().unwrap());
    network.run_observed(&Alone, &[0i8; 784], &mut [0f32; 10], &mut state, &mut seen).unwrap();
    let expected = [0, 2, 4, 5, 6].into_iter().flat_map(|layer| [(layer, true), (layer, false)]);
    let expected: Vec<(usize, bool)> = expected.collect();
    assert_eq!(seen.0, expected);
    let profile = network.profile(&Alone, &[0i8; 784], &mut [0f32; 10], &mut state, (0, 2)).unwrap();
    assert_eq!(profile.layers.len(), 5);
    assert!((profile.layers.iter().map(|layer| layer.share).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(profile.to_string().contains("conv2"), "{profile}");
}

#[test]
fn a_flatten_between_layers_does_nothing_and_at_the_ends_copies() {
    let kind = Kind::Stored(Params::per_tensor(1.0, 0, Range::new(-8, 7).unwrap()).unwrap());
    let weights = |len| {
        Weights::stored(vec![1; len], Params::per_tensor(1.0, 0, Range::new(-1, 1).unwrap()).unwrap(), vec![])
    };
    let mut model = Model::builder(Nhwc::new(1, 2, 2, 1), kind.clone()).unwrap();
    model.add("flat1", &["input"], Op::Flatten, kind.clone()).unwrap();
    model.add("pool", &["flat1"], Op::MaxPool(Window::new(1, 1)), kind.clone()).unwrap();
    model.add("flat2", &["pool"], Op::Flatten, kind.clone()).unwrap();
    model.add("fc", &["flat2"], Op::Dense(Dense::new(2, weights(8))), kind.clone()).unwrap();
    model.add("flat3", &["fc"], Op::Flatten, kind).unwrap();
    let until = model.clone().finish("flat3").unwrap();
    assert_eq!(until.until("pool").unwrap().layers().len(), 2);
    let network = network(&until, 1, "cortex-a53");
    let (mut state, mut out) = (network.state().unwrap(), [0i8; 2]);
    network.run(&[1i8, 2, -3, 4], &mut out, &mut state).unwrap();
    assert_eq!(out, [4, 4]);
    // Of the unneeded layer nothing is left.
    assert_eq!(model.finish("flat1").unwrap().layers().len(), 1);
}

#[test]
fn softmax_ends_a_network() {
    let kind = Kind::Stored(Params::per_tensor(0.1, 3, Range::new(-128, 127).unwrap()).unwrap());
    let mut model = Model::builder(Nhwc::new(1, 1, 2, 5), kind).unwrap();
    model.add("softmax", &["input"], Op::Softmax, Kind::Float).unwrap();
    let model = model.finish("softmax").unwrap();
    let network = network(&model, 3, "cortex-a72");
    let input = input(&model, 3, 8);
    let got = run(&network, &input, 1).unwrap();
    assert_eq!(got, plain(&model, 3, input));
    for row in got.float().chunks(5) {
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

fn said(result: Result<impl Sized, Error>) -> String {
    result.err().unwrap().to_string()
}

#[test]
fn what_is_wrong_is_named_by_layer_and_field() {
    let range = Range::new(-8, 7).unwrap();
    let kind = Kind::Stored(Params::per_tensor(0.5, 0, range).unwrap());
    let other = Kind::Stored(Params::per_tensor(0.25, 0, range).unwrap());
    let per_channel = || Params::per_channel(vec![0.5; 2], 0, range).unwrap();
    let stored = |values: Vec<i8>, params: Params| Weights::stored(values, params, vec![]);
    let single = || Params::per_tensor(0.5, 0, range).unwrap();
    let shape = Nhwc::new(1, 4, 4, 1);
    let model = Model::builder(shape, kind.clone()).unwrap();
    let add = |name: &str, inputs: &[&str], op: Op, kind: &Kind| {
        said(model.clone().add(name, inputs, op, kind.clone()))
    };
    let window = Window::new(3, 3);
    let conv = |weights: Weights| Op::Conv(Conv::new(window, 2, weights));
    for (said, expected) in [
        (add("a b", &["input"], Op::Flatten, &kind), "layer a b: name: it has 3 characters"),
        (add("input", &["input"], Op::Flatten, &kind), "layer input: name: there is a value of this name"),
        (add("a", &["b"], Op::Flatten, &kind), "layer a: inputs: there is no value `b`"),
        (add("a", &["input"], Op::Add(Activation::None), &kind), "layer a: inputs: there are 1, but"),
        (add("a", &["input"], Op::Flatten, &other), "layer a: output: it has other parameters"),
        (add("a", &["input"], Op::MaxPool(Window::new(5, 1)), &kind), "layer a: kernel: 5 rows of taps"),
        (add("a", &["input"], Op::Softmax, &kind), "layer a: output: -8..=7 to -8..=7 is not possible"),
        (
            add("a", &["input"], Op::Convert, &Kind::Stored(per_channel())),
            "layer a: output: it has a scale for each",
        ),
        (
            add("a", &["input"], conv(stored(vec![1; 17], single())), &kind),
            "layer a: weights: there are 17, but the layer has 18",
        ),
        (
            add("a", &["input"], conv(stored(vec![9; 18], single())), &kind),
            "layer a: weights: number 0 is 9, which is outside",
        ),
        (
            add("a", &["input"], conv(Weights::stored(vec![1; 18], single(), vec![1; 3])), &kind),
            "layer a: bias: there are 3 numbers for 2 out channels",
        ),
        (
            add("a", &["input"], Op::Conv(Conv::new(window, 3, stored(vec![1; 27], per_channel()))), &kind),
            "layer a: weights: there are 2 scales for 3 out channels",
        ),
        (
            add("a", &["input"], conv(Weights::float(vec![1.0; 18], vec![])), &kind),
            "layer a: weights: they are floats, but values are -8..=7 before",
        ),
        (
            add(
                "a",
                &["input"],
                conv(stored(vec![1; 18], Params::per_tensor(1.0, 0, Range::new(0, 255).unwrap()).unwrap())),
                &kind,
            ),
            "layer a: weights: the range 0..=255 does not fit i8",
        ),
        (said(model.clone().finish("nobody")), "layer nobody: name: there is no such value"),
        (said(model.clone().finish("input")), "layer input: output: it is the input itself"),
        (
            said(Model::builder(Nhwc::new(2, 1, 1, 1), kind.clone())),
            "layer input: shape: the batch of 2x1x1x1 is 2",
        ),
        (
            said(Model::builder(Nhwc::new(1, 0, 1, 1), kind.clone())),
            "layer input: shape: 1x0x1x1 are no values",
        ),
        (
            said(Model::builder(shape, Kind::Stored(per_channel()))),
            "layer input: kind: it has a scale for each of 2",
        ),
    ] {
        assert!(said.starts_with(expected), "{said}\n{expected}");
    }
    let mut floating = Model::builder(shape, Kind::Float).unwrap();
    let nan =
        said(floating.add("a", &["input"], conv(Weights::float(vec![f32::NAN; 18], vec![])), Kind::Float));
    assert!(nan.starts_with("layer a: weights: number 0 is NaN"), "{nan}");
    let empty = Activation::Clamp { lo: 1.0, hi: 0.0 };
    let weights = || Weights::float(vec![1.0; 18], vec![]);
    let clamped = said(floating.add(
        "a",
        &["input"],
        Op::Conv(Conv { activation: empty, ..Conv::new(window, 2, weights()) }),
        Kind::Float,
    ));
    assert!(clamped.starts_with("layer a: activation: "), "{clamped}");
    let large = Nhwc::new(1, 2900, 2900, 1);
    let bytes = Kind::Stored(Params::per_tensor(1.0, 0, Range::new(-128, 127).unwrap()).unwrap());
    let mut large = Model::builder(large, bytes.clone()).unwrap();
    let sums = said(large.add("a", &["input"], Op::GlobalAverage, bytes));
    assert!(sums.starts_with("layer a: kernel: sums of 8410000 pixels"), "{sums}");
    let stays = said(floating.add("a", &["input"], Op::Convert, Kind::Float));
    assert!(stays.starts_with("layer a: output: floats stay floats"), "{stays}");
}

#[test]
fn what_is_run_on_the_wrong_memory_is_refused() {
    let model = Net::LeNet5.model(4).unwrap();
    let network = network(&model, 1, "cortex-a72");
    let mut state = network.state().unwrap();
    let (image, mut out) = (operands(1, model.input().1.operand(), 784), [0f32; 10]);
    let said = |result: Result<(), Error>| result.unwrap_err().to_string();
    let e = said(network.run(&image[1..], &mut out, &mut state));
    assert!(e.starts_with("layer input: input: the slice has 783 values, but 1x28x28x1 are 784"), "{e}");
    let e = said(network.run(&image, &mut out[1..], &mut state));
    assert!(e.starts_with("layer fc3: out: the slice has 9 values"), "{e}");
    let e = said(network.run(&[0u8; 784], &mut out, &mut state));
    assert!(
        e.starts_with("layer input: input: its numbers are -128..=127, which are stored as i8, not u8"),
        "{e}"
    );
    let e = said(network.run(&image, &mut [0i8; 10], &mut state));
    assert!(e.starts_with("layer fc3: out: its numbers are f32"), "{e}");
    let floats = Net::LeNet5.model(32).unwrap();
    let network = Network::new(&floats, 1, &PlanParams::new(), &Machine::detect()).unwrap();
    let mut state = network.state().unwrap();
    let e = said(network.run(&[f32::NAN; 784], &mut out, &mut state));
    assert!(e.starts_with("layer input: input: value 0 is not a number"), "{e}");
    let too_many = Network::new(&model, usize::MAX / 100, &PlanParams::new(), &Machine::detect());
    assert!(too_many.is_err());
}
