//! A network to a file.

use super::graph::{Graph, PackedRecord};
use crate::conv::ConvPlan;
use crate::net::Network;
use crate::net::layer::{Op, Weights};
use crate::net::model::{Layer, Model};
use crate::packed::header::{error, no_json, tensor};
use crate::packed::{PackedFileWriter, Tensor};
use crate::value::bytes_of;
use crate::{Error, PackedRhs};
use safetensors::Dtype;
use std::borrow::Cow;
use std::io::Write;

/// Writes `model`, and its weights as they are packed in each of `networks`, which were made of it, for the machines that
/// shall load it fast. The same model and networks make the same bytes.
///
/// # Errors
/// [`Error::PackedFile`] or [`Error::Layer`] if a network was not made of the model; [`Error::Os`] if `to` refuses; [`Error::Size`] if
/// the file would be larger than the address space.
pub fn write(model: &Model, networks: &[&Network], to: impl Write) -> Result<(), Error> {
    let mut writer = PackedFileWriter::new();
    let mut records: Vec<PackedRecord> = Vec::new();
    for (index, network) in networks.iter().enumerate() {
        let same =
            model.layers().iter().map(Layer::name).eq(network.layers().iter().map(|layer| &*layer.name));
        if !same {
            let problem = format!("network {index} has other layers than the model");
            return Err(error("networks", &problem, "give networks that were made of this model"));
        }
        for (layer, plan, weights) in network.packed() {
            let Some(groups) = weights.right_sides() else { continue };
            if !holds(model, layer, plan, groups)? {
                let problem = format!("network {index} has other weights in {layer} than the model");
                return Err(error("networks", &problem, "give networks that were made of this model"));
            }
            let names: Vec<String> =
                (0..groups.len()).map(|group| format!("{layer}@{index}.{group}")).collect();
            for (name, packed) in names.iter().zip(groups) {
                writer.add(name, packed)?;
            }
            let way = plan.order();
            records.push(PackedRecord { layer: layer.to_owned(), way, groups: names });
        }
    }
    let mut tensors: Vec<Tensor<'_>> = model.layers().iter().flat_map(tensors).collect();
    let mut graph = Graph::of(model, records)?;
    graph.crc32 = graph.check_sum(tensors.iter().map(|tensor| &*tensor.bytes))?;
    let graph = serde_json::to_value(&graph).map_err(|e| no_json("network", &e))?;
    // Four bytes before one, so that each lies as its type asks.
    tensors.sort_by_key(|tensor| tensor.dtype == Dtype::I8);
    writer.set_network(graph, tensors);
    writer.write(to)
}

/// Whether these are the weights of a layer as `plan` packs them: they are packed again. Machines that read them would
/// have other results than those that do not.
fn holds(model: &Model, layer: &str, plan: &ConvPlan, groups: &[PackedRhs]) -> Result<bool, Error> {
    let weights = model.layers().iter().find(|own| own.name() == layer).and_then(|own| own.op().weights());
    let again = match weights {
        Some(Weights::Stored { values, .. }) => plan.pack::<i8>(values)?,
        Some(Weights::Float { values, .. }) => plan.pack::<f32>(values)?,
        None => return Ok(false),
    };
    let again = again.right_sides().into_iter().flatten().map(PackedRhs::as_bytes);
    Ok(again.eq(groups.iter().map(PackedRhs::as_bytes)))
}

/// The tensors of a layer, in the order of the check sum: weights, bias, scales.
fn tensors(layer: &Layer) -> Vec<Tensor<'_>> {
    let Some(weights) = layer.op().weights() else { return Vec::new() };
    let [rows, columns] = match layer.op() {
        Op::Conv(conv) => conv.window.kernel,
        _ => [1, 1],
    };
    let outputs = layer.shape().channels;
    let shape = |len: usize| vec![outputs, rows, columns, len / (outputs * rows * columns).max(1)];
    let of = |what: &str, dtype, shape: Vec<usize>, bytes| Tensor {
        name: tensor(layer.name(), what),
        dtype,
        shape,
        bytes,
    };
    let words = |bytes: Vec<u8>| Cow::Owned(bytes);
    let mut all = Vec::new();
    match weights {
        Weights::Stored { values, params, bias } => {
            all.push(of("weights", Dtype::I8, shape(values.len()), Cow::Borrowed(bytes_of(values))));
            if !bias.is_empty() {
                let bytes = bias.iter().flat_map(|bias| bias.to_le_bytes()).collect();
                all.push(of("bias", Dtype::I32, vec![outputs], words(bytes)));
            }
            let bytes = params.scales().iter().flat_map(|scale| scale.to_le_bytes()).collect();
            all.push(of("scales", Dtype::F32, vec![params.scales().len()], words(bytes)));
        }
        Weights::Float { values, bias } => {
            all.push(of("weights", Dtype::F32, shape(values.len()), Cow::Borrowed(bytes_of(values))));
            if !bias.is_empty() {
                let bytes = bias.iter().flat_map(|bias| bias.to_le_bytes()).collect();
                all.push(of("bias", Dtype::F32, vec![outputs], words(bytes)));
            }
        }
    }
    all
}
