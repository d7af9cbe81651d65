//! What layers do, and what lies between them.

use super::Numbers;
use crate::Operand;
use crate::conv::Window;
use crate::quant::{Activation, Params};
use std::fmt;

/// What a value's numbers are.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// f32.
    Float,
    /// Stored numbers with one scale for all: `i8` where their range fits that, else `u8`.
    Stored(Params),
}

impl Kind {
    /// Bytes of a number.
    pub(super) fn size(&self) -> usize {
        if *self == Kind::Float { size_of::<f32>() } else { 1 }
    }

    /// The numbers as a kernel's operand.
    pub fn operand(&self) -> Operand {
        match self {
            Kind::Float => Operand::F32,
            Kind::Stored(params) => params.operand(),
        }
    }

    /// What they mean, if they are stored numbers.
    pub fn params(&self) -> Option<&Params> {
        match self {
            Kind::Float => None,
            Kind::Stored(params) => Some(params),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Float => f.write_str("f32"),
            Kind::Stored(params) => write!(f, "{}", params.range()),
        }
    }
}

/// The weights of a layer in the order OHWI (out channel, kernel row, kernel column, channel of the group), and its
/// bias.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// Stored numbers.
    Stored {
        /// The numbers; their range fits `i8`.
        values: Numbers<i8>,
        /// What they mean: one scale, or one for each out channel.
        params: Params,
        /// For each out channel, in steps of input scale · weight scale, as
        /// [`quantise_bias`](crate::quant::quantise_bias) makes it; or none.
        bias: Vec<i32>,
    },
    /// Floats.
    Float {
        /// The numbers.
        values: Numbers<f32>,
        /// For each out channel, or none.
        bias: Vec<f32>,
    },
}

impl Weights {
    /// Stored numbers.
    pub fn stored(values: impl Into<Numbers<i8>>, params: Params, bias: Vec<i32>) -> Weights {
        Weights::Stored { values: values.into(), params, bias }
    }

    /// Floats.
    pub fn float(values: impl Into<Numbers<f32>>, bias: Vec<f32>) -> Weights {
        Weights::Float { values: values.into(), bias }
    }

    /// The numbers as a kernel's operand.
    pub fn operand(&self) -> Operand {
        match self {
            Weights::Stored { params, .. } => params.operand(),
            Weights::Float { .. } => Operand::F32,
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Weights::Stored { values, .. } => values.len(),
            Weights::Float { values, .. } => values.len(),
        }
    }
}

/// A convolution; see [`conv`](crate::conv).
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Taps, steps and margins.
    pub window: Window,
    /// Parts of the channels; as many as there are channels for depthwise.
    pub groups: usize,
    /// Channels of the result.
    pub out_channels: usize,
    /// Weights and bias.
    pub weights: Weights,
    /// Bounds on the results.
    pub activation: Activation,
}

impl Conv {
    /// One group, no activation.
    pub fn new(window: Window, out_channels: usize, weights: Weights) -> Conv {
        Conv { window, groups: 1, out_channels, weights, activation: Activation::None }
    }

    /// The same in so many groups.
    #[must_use]
    pub fn groups(self, groups: usize) -> Conv {
        Conv { groups, ..self }
    }

    /// The same with bounds on its results.
    #[must_use]
    pub fn activation(self, activation: Activation) -> Conv {
        Conv { activation, ..self }
    }
}

/// A layer in which each result depends on all values of an image, in their order in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Results for each image.
    pub outputs: usize,
    /// Weights \[output\]\[value\] and bias.
    pub weights: Weights,
    /// Bounds on the results.
    pub activation: Activation,
}

impl Dense {
    /// No activation.
    pub fn new(outputs: usize, weights: Weights) -> Dense {
        Dense { outputs, weights, activation: Activation::None }
    }

    /// The same with bounds on its results.
    #[must_use]
    pub fn activation(self, activation: Activation) -> Dense {
        Dense { activation, ..self }
    }
}

/// What a layer does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Op {
    /// A convolution.
    Conv(Conv),
    /// All values of an image by a matrix.
    Dense(Dense),
    /// The largest value of each window and channel; the result has the input's parameters.
    MaxPool(Window),
    /// The mean of each window and channel; the result has the input's parameters.
    AveragePool(Window),
    /// The mean of each channel; the result has the input's parameters.
    GlobalAverage,
    /// The sum of two values of one shape, and bounds on it.
    Add(Activation),
    /// The values of an image as the channels of one pixel; the result has the input's parameters.
    Flatten,
    /// The same real numbers, stored otherwise.
    Convert,
    /// Probabilities of the channels of each pixel: floats, of stored numbers.
    Softmax,
}

impl Op {
    /// The operation's name.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Conv(conv) if conv.groups > 1 => "grouped conv",
            Op::Conv(_) => "conv",
            Op::Dense(_) => "dense",
            Op::MaxPool(_) => "max pool",
            Op::AveragePool(_) => "average pool",
            Op::GlobalAverage => "global average",
            Op::Add(_) => "add",
            Op::Flatten => "flatten",
            Op::Convert => "convert",
            Op::Softmax => "softmax",
        }
    }

    /// The weights, of the layers that have some.
    pub fn weights(&self) -> Option<&Weights> {
        match self {
            Op::Conv(Conv { weights, .. }) | Op::Dense(Dense { weights, .. }) => Some(weights),
            _ => None,
        }
    }

    /// How many values go in.
    pub(super) fn arity(&self) -> usize {
        if matches!(self, Op::Add(_)) { 2 } else { 1 }
    }
}
