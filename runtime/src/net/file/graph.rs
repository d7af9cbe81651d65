//! A network as JSON.

use crate::Error;
use crate::conv::{Nhwc, Window};
use crate::net::layer::{Kind, Op, Weights};
use crate::net::model::Model;
use crate::packed::header::{error, no_json};
use crate::quant::{Activation, Params};
use qgen_spec::{Field, Range};
use serde::{Deserialize, Serialize};

/// The version of the graph that is written. Later ones are refused by their number.
pub(super) const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Graph {
    pub(super) version: u32,
    /// Rows, columns and channels.
    pub(super) input: [usize; 3],
    pub(super) numbers: Numbers,
    pub(super) layers: Vec<LayerRecord>,
    /// For each layer the forms in which its weights are packed, in the order of the networks.
    pub(super) packed: Vec<PackedRecord>,
    /// CRC-32 of the graph, with 0 here, and of its tensors.
    pub(super) crc32: u32,
}

/// Weights of a layer as a plan reads them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackedRecord {
    pub(super) layer: String,
    /// The order of the plan's weights: those of strips have another one.
    pub(super) way: String,
    /// The names of the weights of each group, or of each class of sums.
    pub(super) groups: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerRecord {
    pub(super) name: String,
    pub(super) inputs: Vec<String>,
    pub(super) op: OpRecord,
    pub(super) numbers: Numbers,
}

/// What the numbers of a value, or of weights but for their scales, are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Numbers {
    Float,
    Stored {
        /// As f64, whose text is exact enough for any f32.
        scale: f64,
        zero_point: i32,
        range: String,
    },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum OpRecord {
    Conv {
        window: WindowRecord,
        groups: usize,
        out_channels: usize,
        activation: Bounds,
        weights: WeightsRecord,
    },
    Dense {
        outputs: usize,
        activation: Bounds,
        weights: WeightsRecord,
    },
    MaxPool(WindowRecord),
    AveragePool(WindowRecord),
    GlobalAverage,
    Add(Bounds),
    Flatten,
    Convert,
    Softmax,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowRecord {
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: [[usize; 2]; 2],
}

/// An activation's bounds; none is infinite.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bounds {
    lo: Option<f64>,
    hi: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum WeightsRecord {
    Float { bias: bool },
    Stored { zero_point: i32, range: String, per_channel: bool, bias: bool },
}

impl Graph {
    pub(super) fn of(model: &Model, packed: Vec<PackedRecord>) -> Result<Graph, Error> {
        let (shape, kind) = model.input();
        let layers = model.layers().iter().map(|layer| {
            Ok(LayerRecord {
                name: layer.name().to_owned(),
                inputs: model.inputs_of(layer).map(str::to_owned).collect(),
                op: OpRecord::of(layer.op()).map_err(|e| e.within(layer.name()))?,
                numbers: Numbers::of(layer.kind()),
            })
        });
        let layers = layers.collect::<Result<_, Error>>()?;
        let input = [shape.height, shape.width, shape.channels];
        Ok(Graph { version: VERSION, input, numbers: Numbers::of(kind), layers, packed, crc32: 0 })
    }

    pub(super) fn shape(&self) -> Nhwc {
        let [height, width, channels] = self.input;
        Nhwc::new(1, height, width, channels)
    }

    /// The check sum, with tensors of these bytes.
    pub(super) fn check_sum<'a>(&mut self, tensors: impl Iterator<Item = &'a [u8]>) -> Result<u32, Error> {
        let own = std::mem::take(&mut self.crc32);
        let json = serde_json::to_vec(self).map_err(|e| no_json("network", &e))?;
        self.crc32 = own;
        let mut sum = crc32fast::Hasher::new();
        sum.update(&json);
        tensors.for_each(|bytes| sum.update(bytes));
        Ok(sum.finalize())
    }
}

impl Numbers {
    fn of(kind: &Kind) -> Numbers {
        match kind {
            Kind::Float => Numbers::Float,
            Kind::Stored(params) => Numbers::Stored {
                scale: f64::from(params.scales()[0]),
                zero_point: params.zero_point(),
                range: params.range().to_string(),
            },
        }
    }

    pub(super) fn kind(&self, layer: &str) -> Result<Kind, Error> {
        match self {
            Numbers::Float => Ok(Kind::Float),
            Numbers::Stored { scale, zero_point, range } => {
                let params = Params::per_tensor(*scale as f32, *zero_point, parsed(layer, range)?);
                Ok(Kind::Stored(params.map_err(|e| e.within(layer))?))
            }
        }
    }
}

/// The range that a file writes for the numbers of `layer`.
pub(super) fn parsed(layer: &str, range: &str) -> Result<Range, Error> {
    let wrong = |e| error(&format!("{layer}.range"), &format!("{e}"), "the file is damaged; write it again");
    Range::parse(range, Field::Rhs).map_err(wrong)
}

impl OpRecord {
    fn of(op: &Op) -> Result<OpRecord, Error> {
        let weights = |weights: &Weights| match weights {
            Weights::Float { bias, .. } => WeightsRecord::Float { bias: !bias.is_empty() },
            Weights::Stored { params, bias, .. } => WeightsRecord::Stored {
                zero_point: params.zero_point(),
                range: params.range().to_string(),
                per_channel: params.channels().is_some(),
                bias: !bias.is_empty(),
            },
        };
        Ok(match op {
            Op::Conv(conv) => OpRecord::Conv {
                window: WindowRecord::of(&conv.window),
                groups: conv.groups,
                out_channels: conv.out_channels,
                activation: Bounds::of(conv.activation)?,
                weights: weights(&conv.weights),
            },
            Op::Dense(dense) => OpRecord::Dense {
                outputs: dense.outputs,
                activation: Bounds::of(dense.activation)?,
                weights: weights(&dense.weights),
            },
            Op::MaxPool(window) => OpRecord::MaxPool(WindowRecord::of(window)),
            Op::AveragePool(window) => OpRecord::AveragePool(WindowRecord::of(window)),
            Op::GlobalAverage => OpRecord::GlobalAverage,
            Op::Add(activation) => OpRecord::Add(Bounds::of(*activation)?),
            Op::Flatten => OpRecord::Flatten,
            Op::Convert => OpRecord::Convert,
            Op::Softmax => OpRecord::Softmax,
        })
    }
}

impl WindowRecord {
    fn of(window: &Window) -> WindowRecord {
        let Window { kernel, stride, dilation, padding } = *window;
        WindowRecord { kernel, stride, dilation, padding }
    }

    pub(super) fn window(&self) -> Window {
        let WindowRecord { kernel, stride, dilation, padding } = *self;
        Window { kernel, stride, dilation, padding }
    }
}

impl Bounds {
    fn of(activation: Activation) -> Result<Bounds, Error> {
        let (lo, hi) = activation.bounds()?;
        let finite = |bound: f32| bound.is_finite().then(|| f64::from(bound));
        Ok(Bounds { lo: finite(lo), hi: finite(hi) })
    }

    pub(super) fn activation(&self) -> Activation {
        let lo = self.lo.map_or(f32::NEG_INFINITY, |lo| lo as f32);
        let hi = self.hi.map_or(f32::INFINITY, |hi| hi as f32);
        match (lo, hi) {
            (f32::NEG_INFINITY, f32::INFINITY) => Activation::None,
            (0.0, f32::INFINITY) => Activation::Relu,
            (0.0, 6.0) => Activation::Relu6,
            (lo, hi) => Activation::Clamp { lo, hi },
        }
    }
}
