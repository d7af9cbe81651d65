//! A network from a file: the graph is built as a program would build it, with every check of that.

use super::graph::{Graph, OpRecord, PackedRecord, VERSION, WeightsRecord, parsed};
use crate::conv::{ConvPlan, PackedConv};
use crate::cpu::Machine;
use crate::net::layer::{Conv, Dense, Op, Weights};
use crate::net::model::Model;
use crate::net::{Network, Numbers};
use crate::packed::PackedFile;
use crate::packed::header::{AnyVersion, error, tensor};
use crate::plan;
use crate::quant::Params;
use crate::tuning::printable;
use crate::{Element, Error, PackedRhs};
use safetensors::Dtype;
use serde::Deserialize;

/// What to do with a file that cannot be right.
const AGAIN: &str = "the file is damaged or no network; write it again";

/// A file with a network; see the [module](super::super). Weights are read where they lie if the bytes begin at a
/// multiple of 64, as those of mapped files do.
pub struct NetFile<S> {
    file: PackedFile<S>,
    model: Model,
    packed: Vec<PackedRecord>,
}

impl<S: AsRef<[u8]> + Send + Sync + 'static> NetFile<S> {
    /// Reads and checks `source`, the bytes of a whole file.
    ///
    /// # Errors
    /// [`Error::PackedFile`] with the part of the file that cannot be right: one that was cut off, is damaged, is of a
    /// later version, has no network; [`Error::Layer`] with layer and field, where sizes, weights or parameters do not
    /// fit.
    pub fn open(source: S) -> Result<NetFile<S>, Error> {
        let file = PackedFile::open(source)?;
        let Some(graph) = file.network() else {
            return Err(error("network", "the file has packed weights only", "give a file of `net::write`"));
        };
        let unread = |e: serde_json::Error| error("network", &e.to_string(), AGAIN);
        let version = AnyVersion::deserialize(graph).map_err(unread)?;
        version.check("network.version", "network", VERSION)?;
        let mut graph = Graph::deserialize(graph).map_err(unread)?;
        let tensors = Tensors { file: &file };
        let mut parts = Vec::new();
        let mut model = Model::builder(graph.shape(), graph.numbers.kind("input")?)?;
        for layer in &graph.layers {
            let name = printable(&layer.name);
            let op = tensors.op(&layer.name, &layer.op, &mut parts)?;
            let inputs: Vec<&str> = layer.inputs.iter().map(String::as_str).collect();
            model.add(&layer.name, &inputs, op, layer.numbers.kind(&name)?)?;
        }
        let last = graph.layers.last().ok_or_else(|| error("network.layers", "there are none", AGAIN))?;
        let model = model.finish(&last.name)?;
        if model.layers().len() != graph.layers.len() {
            return Err(error("network.layers", "some are not needed for the last one", AGAIN));
        }
        let mut bytes = Vec::new();
        for part in parts {
            bytes.push(file.shared(part)?);
        }
        if graph.check_sum(bytes.iter().map(|bytes| bytes.bytes()))? != graph.crc32 {
            return Err(error("network.crc32", "the check sum is that of other bytes", AGAIN));
        }
        let packed = graph.packed;
        Ok(NetFile { file, model, packed })
    }

    /// The network's layers and weights.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// [`Network::new`], with the file's packed weights wherever the plans read them so.
    ///
    /// # Errors
    /// As [`Network::new`]; [`Error::PackedFile`] if the check sum of packed weights says that the file is damaged.
    pub fn network(
        &self,
        batch: usize,
        params: &plan::Params<'_>,
        machine: &Machine,
    ) -> Result<Network, Error> {
        Network::with_packed(&self.model, batch, params, machine, &|layer, plan| self.packed(layer, plan))
    }

    /// Weights of `layer` as `plan` reads them, if the file has them so.
    fn packed(&self, layer: &str, plan: &ConvPlan) -> Option<Result<PackedConv, Error>> {
        let way = plan.order();
        let records = self.packed.iter().filter(|record| record.layer == layer && record.way == way);
        records.into_iter().find_map(|record| {
            let names = record.groups.iter().enumerate();
            let groups: Option<Vec<&str>> = names.map(|(at, name)| self.reads(plan, at, name)).collect();
            let weights = |name: &str| match self.file.in_place(name) {
                Ok(weights) => Ok(weights.packed),
                // Not at a multiple of 64, or damaged, which a copy finds out.
                Err(_) => self.file.copied(name).map(|weights| weights.packed),
            };
            let groups: Result<Vec<PackedRhs>, Error> = groups?.into_iter().map(weights).collect();
            match groups {
                Ok(groups) => plan.packed(groups).map(Ok),
                Err(e) => Some(Err(e)),
            }
        })
    }

    /// The name, if `plan`'s kernel for right side `at` reads the weights as they are.
    fn reads<'n>(&self, plan: &ConvPlan, at: usize, name: &'n str) -> Option<&'n str> {
        let entry = self.file.entry(name).ok()?;
        entry.check(plan.kernel(at)?).ok()?;
        Some(name)
    }
}

impl<S> std::fmt::Debug for NetFile<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetFile").field("model", &self.model).finish_non_exhaustive()
    }
}

/// The tensors of layers.
struct Tensors<'a, S> {
    file: &'a PackedFile<S>,
}

impl<S: AsRef<[u8]> + Send + Sync + 'static> Tensors<'_, S> {
    /// A layer's operation. The places of its tensors are added to `parts`.
    fn op(&self, layer: &str, op: &OpRecord, parts: &mut Vec<std::ops::Range<usize>>) -> Result<Op, Error> {
        Ok(match op {
            OpRecord::Conv { window, groups, out_channels, activation, weights } => Op::Conv(Conv {
                window: window.window(),
                groups: *groups,
                out_channels: *out_channels,
                weights: self.weights(layer, weights, parts)?,
                activation: activation.activation(),
            }),
            OpRecord::Dense { outputs, activation, weights } => Op::Dense(Dense {
                outputs: *outputs,
                weights: self.weights(layer, weights, parts)?,
                activation: activation.activation(),
            }),
            OpRecord::MaxPool(window) => Op::MaxPool(window.window()),
            OpRecord::AveragePool(window) => Op::AveragePool(window.window()),
            OpRecord::GlobalAverage => Op::GlobalAverage,
            OpRecord::Add(activation) => Op::Add(activation.activation()),
            OpRecord::Flatten => Op::Flatten,
            OpRecord::Convert => Op::Convert,
            OpRecord::Softmax => Op::Softmax,
        })
    }

    fn weights(
        &self,
        layer: &str,
        record: &WeightsRecord,
        parts: &mut Vec<std::ops::Range<usize>>,
    ) -> Result<Weights, Error> {
        Ok(match record {
            WeightsRecord::Float { bias } => {
                let values = self.numbers(layer, "weights", Dtype::F32, parts)?;
                let bias = if *bias {
                    self.numbers::<f32>(layer, "bias", Dtype::F32, parts)?.to_vec()
                } else {
                    vec![]
                };
                Weights::Float { values, bias }
            }
            WeightsRecord::Stored { zero_point, range, per_channel, bias } => {
                let values = self.numbers(layer, "weights", Dtype::I8, parts)?;
                let bias = if *bias {
                    self.numbers::<i32>(layer, "bias", Dtype::I32, parts)?.to_vec()
                } else {
                    vec![]
                };
                let scales = self.numbers::<f32>(layer, "scales", Dtype::F32, parts)?;
                let range = parsed(layer, range)?;
                let params = match scales[..] {
                    [one] if !per_channel => Params::per_tensor(one, *zero_point, range),
                    _ => Params::per_channel(scales.to_vec(), *zero_point, range),
                };
                Weights::Stored { values, params: params.map_err(|e| e.within(layer))?, bias }
            }
        })
    }

    fn numbers<T: Element>(
        &self,
        layer: &str,
        what: &str,
        dtype: Dtype,
        parts: &mut Vec<std::ops::Range<usize>>,
    ) -> Result<Numbers<T>, Error> {
        let name = tensor(layer, what);
        let (info, range) =
            self.file.tensor(&name).ok_or_else(|| error(&name, "there is no such tensor", AGAIN))?;
        if info.dtype != dtype {
            let problem = format!("it is {:?}, but must be {dtype:?}", info.dtype);
            return Err(error(&name, &problem, AGAIN));
        }
        parts.push(range.clone());
        Ok(Numbers::shared(self.file.shared(range)?))
    }
}
