//! Networks to be measured: real shapes, weights from a seed.

use crate::conv::{Nhwc, Window};
use crate::net::{Conv, Dense, Kind, Model, ModelBuilder, Op, Weights};
use crate::quant::{Activation, Params};
use crate::{Error, Range};

use super::{SEED, SplitMix64, floats, signed};

/// The networks that [`Net::model`] knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    /// LeCun, Bottou, Bengio and Haffner 1998, as it is usually built today: 28×28 pixels of 8 bits, two 5×5
    /// convolutions with ReLU and 2×2 maxima, three dense layers; 61,706 parameters.
    LeNet5,
    /// An inverted residual of MobileNetV2 (Sandler et al., arXiv 1801.04381): 14×14×64, expanded six times.
    MobileNetBlock,
    /// A basic block of ResNet-18 (He et al., arXiv 1512.03385), `conv3_x`: 28×28×128.
    ResNet18Block,
}

/// All of them.
pub const NETS: [Net; 3] = [Net::LeNet5, Net::MobileNetBlock, Net::ResNet18Block];

/// The widths at which networks are measured; 32 are floats. One bit has no zero, which padding needs.
pub const NET_BITS: [u32; 8] = [2, 3, 4, 5, 6, 7, 8, 32];

impl Net {
    /// Its name on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Net::LeNet5 => "lenet5",
            Net::MobileNetBlock => "mobilenet-block",
            Net::ResNet18Block => "resnet18-block",
        }
    }

    /// The network of this name.
    pub fn by_name(name: &str) -> Option<Net> {
        NETS.into_iter().find(|net| net.name() == name)
    }

    /// The network with values and weights of `bits` bits, one of [`NET_BITS`].
    ///
    /// # Errors
    /// [`Error::Layer`] about `bits`.
    pub fn model(self, bits: u32) -> Result<Model, Error> {
        if !NET_BITS.contains(&bits) {
            let problem = format!("{bits} bits are not possible");
            return Err(Error::layer(self.name(), "bits", problem, "choose 2 to 8, or 32 for floats"));
        }
        match self {
            Net::LeNet5 => lenet5(bits),
            Net::MobileNetBlock => mobilenet_block(bits),
            Net::ResNet18Block => resnet18_block(bits),
        }
    }
}

fn lenet5(bits: u32) -> Result<Model, Error> {
    let pixels = match numbers(bits) {
        None => Kind::Float,
        Some(_) => Kind::Stored(Params::per_tensor(1.0 / 255.0, -128, BYTES)?),
    };
    let mut net = Builder::new(Nhwc::new(1, 28, 28, 1), pixels, bits)?;
    let image = if (2..8).contains(&bits) {
        let kind = net.kind(1.0)?;
        net.model.add("image", &["input"], Op::Convert, kind)?;
        "image"
    } else {
        "input"
    };
    let relu = Activation::Relu;
    net.conv("conv1", image, Window::new(5, 5).padding(2, 2, 2, 2), (6, 1), relu)?;
    net.same("pool1", "conv1", Op::MaxPool(Window::new(2, 2).stride(2, 2)))?;
    net.conv("conv2", "pool1", Window::new(5, 5), (16, 1), relu)?;
    net.same("pool2", "conv2", Op::MaxPool(Window::new(2, 2).stride(2, 2)))?;
    net.dense("fc1", "pool2", 120, relu, false)?;
    net.dense("fc2", "fc1", 84, relu, false)?;
    net.dense("fc3", "fc2", 10, Activation::None, true)?;
    net.model.finish("fc3")
}

fn mobilenet_block(bits: u32) -> Result<Model, Error> {
    let mut net = Builder::inside(Nhwc::new(1, 14, 14, 64), bits)?;
    let (point, relu6) = (Window::new(1, 1), Activation::Relu6);
    net.conv("expand", "input", point, (384, 1), relu6)?;
    net.conv("depthwise", "expand", Window::new(3, 3).padding(1, 1, 1, 1), (384, 384), relu6)?;
    net.conv("project", "depthwise", point, (64, 1), Activation::None)?;
    net.add("add", ["project", "input"], Activation::None)?;
    net.model.finish("add")
}

fn resnet18_block(bits: u32) -> Result<Model, Error> {
    let mut net = Builder::inside(Nhwc::new(1, 28, 28, 128), bits)?;
    let window = Window::new(3, 3).padding(1, 1, 1, 1);
    net.conv("conv1", "input", window, (128, 1), Activation::Relu)?;
    net.conv("conv2", "conv1", window, (128, 1), Activation::None)?;
    net.add("add", ["conv2", "input"], Activation::Relu)?;
    net.model.finish("add")
}

const BYTES: Range = match Range::new(-128, 127) {
    Some(range) => range,
    None => unreachable!(),
};

/// The stored numbers of so many bits; none for floats.
fn numbers(bits: u32) -> Option<Range> {
    let half = 1i16 << (bits.min(9) - 1);
    Range::new(-half, half - 1).filter(|_| bits <= 8)
}

/// Layers with weights from the seed, and scales with which results are neither all the same nor all at a bound.
struct Builder {
    model: ModelBuilder,
    bits: u32,
    seed: u64,
}

impl Builder {
    fn new(input: Nhwc, kind: Kind, bits: u32) -> Result<Builder, Error> {
        Ok(Builder { model: Model::builder(input, kind)?, bits, seed: SEED })
    }

    /// A part of a larger network: its input has its width.
    fn inside(input: Nhwc, bits: u32) -> Result<Builder, Error> {
        let kind = match numbers(bits) {
            None => Kind::Float,
            Some(range) => Kind::Stored(Params::per_tensor(1.0 / f32::from(range.hi()), 0, range)?),
        };
        Builder::new(input, kind, bits)
    }

    /// Values of 0 to `largest`, or floats.
    fn kind(&self, largest: f32) -> Result<Kind, Error> {
        Ok(match numbers(self.bits) {
            None => Kind::Float,
            Some(range) => {
                let scale = largest / f32::from(range.hi() - range.lo());
                Kind::Stored(Params::per_tensor(scale, range.lo().into(), range)?)
            }
        })
    }

    /// Values of −`largest` to `largest`, or floats.
    fn signed_kind(&self, largest: f32) -> Result<Kind, Error> {
        Ok(match numbers(self.bits) {
            None => Kind::Float,
            Some(range) => Kind::Stored(Params::per_tensor(largest / f32::from(range.hi()), 0, range)?),
        })
    }

    fn conv(
        &mut self,
        name: &str,
        input: &str,
        window: Window,
        (out, groups): (usize, usize),
        activation: Activation,
    ) -> Result<(), Error> {
        let [rows, columns] = window.kernel;
        let depth = rows * columns * self.model.shape(input)?.channels / groups.max(1);
        let weights = self.weights(input, out, depth)?;
        let kind = self.result(activation)?;
        let conv = Conv::new(window, out, weights).groups(groups).activation(activation);
        self.model.add(name, &[input], Op::Conv(conv), kind)
    }

    fn dense(
        &mut self,
        name: &str,
        input: &str,
        outputs: usize,
        activation: Activation,
        scores: bool,
    ) -> Result<(), Error> {
        let depth = self.model.shape(input)?.len().unwrap_or(0);
        let weights = self.weights(input, outputs, depth)?;
        let kind = if scores { Kind::Float } else { self.result(activation)? };
        self.model.add(name, &[input], Op::Dense(Dense::new(outputs, weights).activation(activation)), kind)
    }

    fn same(&mut self, name: &str, input: &str, op: Op) -> Result<(), Error> {
        let kind = self.model.kind(input)?;
        self.model.add(name, &[input], op, kind)
    }

    fn add(&mut self, name: &str, inputs: [&str; 2], activation: Activation) -> Result<(), Error> {
        let kind = self.result(activation)?;
        self.model.add(name, &inputs, Op::Add(activation), kind)
    }

    fn result(&self, activation: Activation) -> Result<Kind, Error> {
        if activation == Activation::None { self.signed_kind(2.0) } else { self.kind(2.0) }
    }

    /// Weights with which a result is about as large as a value of the input.
    fn weights(&mut self, input: &str, out: usize, depth: usize) -> Result<Weights, Error> {
        self.seed += 1;
        let (len, deep) = (out * depth, depth as f32);
        let Kind::Stored(lhs) = self.model.kind(input)? else {
            let mut values = floats(self.seed, len);
            values.iter_mut().for_each(|value| *value /= 8.0 * deep.sqrt());
            return Ok(Weights::float(values, vec![1.0 / 8.0; out]));
        };
        let range = numbers(self.bits).unwrap_or(BYTES);
        // As many on both sides of 0.
        let range = Range::new(-range.hi(), range.hi()).unwrap_or(range);
        let mut random = SplitMix64::new(self.seed);
        let scale = 2.0 / (f32::from(range.hi()) * deep.sqrt());
        let scales = (0..out).map(|_| scale * (0.5 + random.in_range(BYTES) as f32 / 512.0)).collect();
        let step = lhs.scales()[0] * scale;
        let bias = (0..out).map(|_| (f32::from(random.in_range(BYTES)) / 512.0 / step) as i32).collect();
        let params = Params::per_channel(scales, 0, range)?;
        Ok(Weights::stored(signed(self.seed, range, len), params, bias))
    }
}
