//! Networks in files: what was written is what is read, and whatever the bytes, an error or the same network, never a
//! panic.

mod common;

use common::machine;
use proptest::prelude::*;
use qgen_runtime::Range;
use qgen_runtime::bench::{NETS, Net, SplitMix64, operands};
use qgen_runtime::conv::{Nhwc, Way, Window};
use qgen_runtime::net::{Conv, Dense, Kind, Model, NetFile, Network, Op, Weights, write};
use qgen_runtime::plan::Params;
use qgen_runtime::quant;
use qgen_runtime::select::Overrides;
use serde_json::{Value as Json, json};

/// Bytes that begin so many after a multiple of 64.
struct Placed {
    memory: Vec<u8>,
    start: usize,
    len: usize,
}

impl Placed {
    fn new(bytes: &[u8], past: usize) -> Placed {
        let mut memory = vec![0; bytes.len() + 128];
        let start = memory.as_ptr().align_offset(64) + past;
        memory[start..][..bytes.len()].copy_from_slice(bytes);
        Placed { memory, start, len: bytes.len() }
    }
}

impl AsRef<[u8]> for Placed {
    fn as_ref(&self) -> &[u8] {
        &self.memory[self.start..][..self.len]
    }
}

fn network(model: &Model, core: &str) -> Network {
    Network::new(model, 1, &Params::new(), &machine(core)).unwrap()
}

fn bytes(model: &Model, cores: &[&str]) -> Vec<u8> {
    let networks: Vec<Network> = cores.iter().map(|core| network(model, core)).collect();
    let mut bytes = Vec::new();
    write(model, &networks.iter().collect::<Vec<_>>(), &mut bytes).unwrap();
    bytes
}

/// The scores of LeNet-5 on an image of the seed.
fn scores(network: &Network) -> Vec<u32> {
    let image = operands(3, network.input().1.operand(), 784);
    let (mut state, mut out) = (network.state().unwrap(), vec![0f32; 10]);
    network.run(&image, &mut out, &mut state).unwrap();
    out.iter().map(|score| score.to_bits()).collect()
}

#[test]
fn a_file_has_the_network_with_and_without_packed_weights() {
    for net in NETS {
        for bits in [2, 4, 8, 32] {
            let model = net.model(bits).unwrap();
            let plain = NetFile::open(bytes(&model, &[])).unwrap();
            assert_eq!(plain.model(), &model, "{} {bits}", net.name());
        }
    }
    let model = Net::LeNet5.model(4).unwrap();
    let expected = scores(&network(&model, "cortex-a72"));
    let file = bytes(&model, &["cortex-a53", "cortex-a72"]);
    assert!(file.len() > bytes(&model, &["cortex-a53"]).len());
    assert_eq!(file, bytes(&model, &["cortex-a53", "cortex-a72"]), "the same network makes the same bytes");
    // Mapped, at a place that panels cannot be read from, and at one that floats cannot.
    for past in [0, 4, 1] {
        let file = NetFile::open(Placed::new(&file, past)).unwrap();
        assert_eq!(file.model(), &model);
        // The last one was not packed for.
        for core in ["cortex-a53", "cortex-a72", "neoverse-n1"] {
            let network = file.network(1, &Params::new(), &machine(core)).unwrap();
            assert_eq!(scores(&network), expected, "{core}");
        }
    }
    // Networks outlive the file.
    let network =
        NetFile::open(Placed::new(&file, 0)).unwrap().network(1, &Params::new(), &machine("cortex-a53"));
    assert_eq!(scores(&network.unwrap()), expected);
}

/// Weights of minimal filtering are a right side for each class of sums; a damaged one is noticed where it is read.
#[test]
fn sums_of_weights_are_packed_too() {
    let kind = || Kind::Stored(quant::Params::per_tensor(0.1, 3, Range::new(0, 15).unwrap()).unwrap());
    let mut builder = Model::builder(Nhwc::new(1, 8, 8, 128), kind()).unwrap();
    let params = quant::Params::per_tensor(0.01, 0, Range::new(-7, 7).unwrap()).unwrap();
    let weights: Vec<i8> = (0..32 * 9 * 128).map(|at| (at * 11 % 15) as i8 - 7).collect();
    let window = Window::new(3, 3).padding(1, 1, 1, 1);
    let conv = Conv::new(window, 32, Weights::stored(weights, params, vec![5; 32]));
    builder.add("conv", &["input"], Op::Conv(conv), Kind::Float).unwrap();
    let model = builder.finish("conv").unwrap();
    let input = operands(3, model.input().1.operand(), 8 * 8 * 128);
    let results = |network: &Network| -> Vec<u32> {
        let (mut state, mut out) = (network.state().unwrap(), vec![0f32; 8 * 8 * 32]);
        network.run(&input, &mut out, &mut state).unwrap();
        out.iter().map(|result| result.to_bits()).collect()
    };
    let way = |network: &Network| network.layers()[0].conv.as_ref().unwrap().way;
    // Cores that take other ways, or other kernels for the sums.
    let expected = results(&network(&model, "neoverse-v1"));
    let file = bytes(&model, &["cortex-a72"]);
    for core in ["cortex-a72", "cortex-a53", "neoverse-n1"] {
        let network =
            NetFile::open(Placed::new(&file, 0)).unwrap().network(1, &Params::new(), &machine(core));
        let network = network.unwrap();
        assert_eq!(way(&network) == Way::Winograd, core != "neoverse-v1", "{network}");
        assert_eq!(results(&network), expected, "{core}");
    }
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let header: Json = serde_json::from_slice(&file[8..8 + length]).unwrap();
    let tensor = header.as_object().unwrap().iter().find(|(name, _)| name.starts_with("conv@0.15"));
    let first = tensor.unwrap().1["data_offsets"][0].as_u64().unwrap() as usize;
    let mut damaged = file.clone();
    damaged[8 + length + first] ^= 1;
    let open = NetFile::open(Placed::new(&damaged, 0)).unwrap();
    assert!(open.network(1, &Params::new(), &machine("cortex-a72")).is_err());
    // Plain code reads others.
    let off = Overrides { off: true, ..Overrides::default() };
    let plain = NetFile::open(Placed::new(&damaged, 0)).unwrap();
    let plain = plain.network(1, &Params::new().environment(&off, None), &machine("cortex-a72"));
    assert_eq!(results(&plain.unwrap()), expected);
}

/// Scales of values are text in a file, those of weights are not; all come back to the last bit. Where serde_json reads
/// floats without its feature `float_roundtrip`, the file is not even opened: the check sum is of other text.
#[test]
fn scales_come_back_bit_for_bit() {
    let scales = |seed: u64, count: usize| -> Vec<f32> {
        let mut random = SplitMix64::new(seed);
        // All bits of the significand, and exponents from 2^-20 to 2^11.
        let scale = |_| {
            f32::from_bits(((107 + random.next_u64() as u32 % 32) << 23) | (random.next_u64() as u32 >> 9))
        };
        (0..count).map(scale).collect()
    };
    let range = Range::new(-8, 7).unwrap();
    let kind = |scale: f32| Kind::Stored(quant::Params::per_tensor(scale, -8, range).unwrap());
    let of_values = scales(1, 257);
    let mut builder = Model::builder(Nhwc::new(1, 1, 1, 4), kind(of_values[0])).unwrap();
    let mut last = "input".to_owned();
    for (n, &scale) in of_values.iter().enumerate().skip(1) {
        let name = format!("convert{n}");
        builder.add(&name, &[&last], Op::Convert, kind(scale)).unwrap();
        last = name;
    }
    let of_weights = scales(2, 64);
    let params = quant::Params::per_channel(of_weights.clone(), 0, range).unwrap();
    let weights = Weights::stored(vec![1i8; 4 * 64], params, vec![3; 64]);
    builder.add("fc", &[&last], Op::Dense(Dense::new(64, weights)), Kind::Float).unwrap();
    let model = builder.finish("fc").unwrap();
    let file = NetFile::open(bytes(&model, &[])).unwrap();
    let bits = |scales: &[f32]| -> Vec<u32> { scales.iter().map(|scale| scale.to_bits()).collect() };
    let layers = file.model().layers();
    let kinds = std::iter::once(file.model().input().1).chain(layers.iter().map(|layer| layer.kind()));
    let read: Vec<f32> = kinds.filter_map(Kind::params).map(|params| params.scales()[0]).collect();
    assert_eq!(bits(&read), bits(&of_values));
    let Some(Weights::Stored { params, .. }) = layers[256].op().weights() else { panic!("fc has weights") };
    assert_eq!(bits(params.scales()), bits(&of_weights));
}

#[test]
fn networks_of_another_model_are_not_written() {
    let (lenet, block) = (Net::LeNet5.model(4).unwrap(), Net::MobileNetBlock.model(4).unwrap());
    let e = write(&lenet, &[&network(&block, "cortex-a72")], Vec::new()).unwrap_err().to_string();
    assert!(e.starts_with("packed file: networks: network 0 has other layers"), "{e}");
    // The same layers with other weights.
    let with = |weight: i8, outputs: usize| {
        let range = Range::new(-8, 7).unwrap();
        let params = quant::Params::per_tensor(1.0, 0, range).unwrap();
        let mut builder = Model::builder(Nhwc::new(1, 1, 1, 40), Kind::Stored(params.clone())).unwrap();
        let weights = Weights::stored(vec![weight; 40 * outputs], params, vec![]);
        builder.add("fc", &["input"], Op::Dense(Dense::new(outputs, weights)), Kind::Float).unwrap();
        builder.finish("fc").unwrap()
    };
    let said = |other: &Model| {
        write(&with(1, 3), &[&network(other, "cortex-a72")], Vec::new()).unwrap_err().to_string()
    };
    let e = said(&with(2, 3));
    assert!(e.starts_with("packed file: networks: network 0 has other weights in fc"), "{e}");
    assert!(said(&with(1, 4)).starts_with("layer fc: weights: "), "{}", said(&with(1, 4)));
    write(&with(1, 3), &[&network(&with(1, 3), "cortex-a72")], Vec::new()).unwrap();
}

/// The file with another graph, whose check sum is not mended.
fn with_graph(file: &[u8], change: impl FnOnce(&mut Json)) -> Vec<u8> {
    let length = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let mut header: Json = serde_json::from_slice(&file[8..8 + length]).unwrap();
    let mut contents: Json =
        serde_json::from_str(header["__metadata__"]["qgen.packed"].as_str().unwrap()).unwrap();
    change(&mut contents["network"]);
    header["__metadata__"]["qgen.packed"] = json!(contents.to_string());
    let header = header.to_string().into_bytes();
    [&(header.len() as u64).to_le_bytes()[..], &header, &file[8 + length..]].concat()
}

#[test]
fn files_that_cannot_be_right_are_refused_by_layer_and_field() {
    let file = bytes(&Net::LeNet5.model(4).unwrap(), &[]);
    let said = |change: fn(&mut Json)| NetFile::open(with_graph(&file, change)).unwrap_err().to_string();
    for (said, expected) in [
        (said(|g| g["version"] = json!(2)), "packed file: network.version: the network has version 2"),
        (said(|g| g["more"] = json!(2)), "packed file: network: unknown field `more`"),
        (said(|g| g["input"] = json!([28, 28, 0])), "layer input: shape: 1x28x28x0 are no values"),
        (
            said(|g| g["input"] = json!([u64::MAX, 28, 1])),
            "layer input: shape: 1x18446744073709551615x28x1 are",
        ),
        (said(|g| g["layers"] = json!([])), "packed file: network.layers: there are none"),
        (
            said(|g| g["layers"][1]["name"] = json!("x\u{1b}y")),
            "packed file: x\\u{1b}y.weights: there is no such tensor",
        ),
        (said(|g| g["layers"][1]["inputs"] = json!(["fc3"])), "layer conv1: inputs: there is no value `fc3`"),
        (
            said(|g| g["layers"][1]["op"]["conv"]["groups"] = json!(0)),
            "layer conv1: groups: 0 does not divide",
        ),
        (
            said(|g| g["layers"][1]["op"]["conv"]["out_channels"] = json!(u64::MAX)),
            "layer conv1: output: 1x28x28x18446744073709551615 values are more",
        ),
        (
            said(|g| g["layers"][1]["op"]["conv"]["window"]["stride"] = json!([0, 1])),
            "layer conv1: stride: it is 0 for rows",
        ),
        (
            said(|g| g["layers"][1]["op"]["conv"]["weights"]["stored"]["range"] = json!("0..=1000000")),
            "packed file: conv1.range: ",
        ),
        (
            said(|g| g["layers"][1]["numbers"]["stored"]["scale"] = json!(-1.0)),
            "layer conv1: scale: -1.0 is not possible",
        ),
        (
            said(|g| g["layers"][5]["op"]["dense"]["outputs"] = json!(7)),
            "layer fc1: weights: there are 48000, but the layer has 2800",
        ),
        // What fits but was not written.
        (
            said(|g| g["layers"][1]["op"]["conv"]["activation"]["hi"] = json!(1.0)),
            "packed file: network.crc32: the check sum is that of other bytes",
        ),
        (
            said(|g| g["layers"][1]["numbers"] = json!("float")),
            "layer pool1: output: it has other parameters",
        ),
    ] {
        assert!(said.starts_with(expected), "{said}\n{expected}");
    }
    let weights_only = {
        let mut writer = qgen_runtime::packed::PackedFileWriter::new();
        let kernel =
            qgen_runtime::catalog::find("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        let view = qgen_runtime::MatRef::<i8>::new(&[1], 1, 1).unwrap();
        let packed = qgen_runtime::PackedRhs::pack(kernel, view).unwrap();
        writer.add("fc", &packed).unwrap();
        writer.to_bytes().unwrap()
    };
    let e = NetFile::open(weights_only).unwrap_err().to_string();
    assert!(e.starts_with("packed file: network: the file has packed weights only"), "{e}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_an_error_or_does_no_harm(at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<bool>()) {
        let model = Net::LeNet5.model(2).unwrap();
        let good = bytes(&model, &["cortex-a72"]);
        let mut file = good.clone();
        let at = at.index(file.len());
        if cut { file.truncate(at) } else { file[at] ^= 1 << bit }
        let Ok(file) = NetFile::open(Placed::new(&file, 0)) else { return Ok(()) };
        prop_assert_eq!(file.model(), &model);
        // Packed weights have check sums of their own.
        if let Ok(read) = file.network(1, &Params::new(), &machine("cortex-a72")) {
            prop_assert_eq!(scores(&read), scores(&network(&model, "cortex-a72")));
        }
    }
}
