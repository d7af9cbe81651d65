//! Networks of stored numbers, run by qgen-runtime, and their files.

use super::{BYTES, Quantised, Stored};
use crate::candidate::COLUMNS;
use crate::error::{Error, Result};
use crate::evaluate::reading_of;
use crate::graph::Shape;
use crate::runner::{self, Problem, kind, range, stored};
use crate::task::Task;
use crate::tensors::with_metadata;
use crate::{files, lenet, tensors, text};
use qgen_runtime::conv::Nhwc;
use qgen_runtime::cpu::Machine;
use qgen_runtime::net::{Kind, Model, NetFile, Network, Weights, write};
use qgen_runtime::plan;
use qgen_runtime::quant::Params;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The key of [`About`] in the metadata of files.
const KEY: &str = "qgen.ocr";

/// Files have at most so many bytes.
const LONGEST: u64 = 4 << 20;

/// What a file says of its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// What it is for.
    pub task: Task,
    /// The width of its layers.
    pub bits: String,
    /// Whether the first and last layer have it, too.
    pub all: bool,
    /// The layer in training, as the protocol calls it.
    pub reading: String,
    /// The seed.
    pub seed: u64,
    /// The version of the protocol that the float network was trained under.
    pub protocol: u32,
    /// The version of the protocol that it was quantised under.
    pub quantised: u32,
    /// Steps of training with everything rounded, where they are not those of the protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u32>,
    /// T_m, from validation data, as ln(1 − T).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// A network of stored numbers.
pub struct Integer {
    /// What it is.
    pub about: About,
    model: Model,
    /// Networks that are ready, by batch and columns.
    ready: Mutex<HashMap<(usize, usize), Arc<Network>>>,
}

fn weights(stored: &Stored) -> std::result::Result<Weights, Problem> {
    let params = Params::per_channel(stored.scales.clone(), 0, range(-stored.largest, stored.largest))?;
    Ok(Weights::stored(stored.weights.clone(), params, stored.bias.clone()))
}

/// The graph of a network all of whose layers are frozen.
fn model(of: &Quantised, input: Shape) -> std::result::Result<Model, Problem> {
    let conv = |n: usize| {
        let kind = of.stored.get(n + 1).map_or(Ok(Kind::Float), |next| kind(&next.input))?;
        Ok((weights(&of.stored[n])?, kind))
    };
    runner::model(of.net.graph(), input, kind(&of.stored[0].input)?, conv)
}

/// The same layers for images of other columns.
fn widened(model: &Model, columns: usize) -> std::result::Result<Model, Problem> {
    let (shape, kind) = model.input();
    let mut builder = Model::builder(Nhwc { width: columns, ..shape }, kind.clone())?;
    let mut last = "";
    for layer in model.layers() {
        let inputs: Vec<&str> = model.inputs_of(layer).collect();
        builder.add(layer.name(), &inputs, layer.op().clone(), layer.kind().clone())?;
        last = layer.name();
    }
    builder.finish(last)
}

impl Integer {
    /// The network of a quantisation that is done.
    ///
    /// # Errors
    /// If layers are left, or numbers do not fit.
    pub fn of(quantised: &Quantised) -> Result<Integer> {
        let (done, all) = quantised.progress();
        if done < all {
            return Err(Error::of("quantise", format!("{done} of {all} layers are frozen")));
        }
        let task = quantised.recipe.task;
        let model = model(quantised, task.shape()).map_err(|e| Error::of("quantise", e))?;
        let about = About {
            task,
            bits: quantised.width.name.into(),
            all: quantised.all,
            reading: reading_of(&quantised.recipe),
            seed: quantised.recipe.seed,
            protocol: quantised.protocol,
            quantised: crate::protocol::VERSION,
            steps: None,
            threshold: None,
        };
        Ok(Integer { about, model, ready: Mutex::default() })
    }

    /// Its layers.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The network for a batch of images of so many columns, on this machine.
    ///
    /// # Errors
    /// If images of so few columns do not fit.
    pub fn network(&self, batch: usize, columns: usize) -> Result<Arc<Network>> {
        let find = |ready: &HashMap<_, Arc<Network>>| ready.get(&(batch, columns)).cloned();
        if let Some(network) = find(&self.ready.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(network);
        }
        let made = || -> std::result::Result<Network, Problem> {
            let model = widened(&self.model, columns)?;
            Network::new(&model, batch, &plan::Params::new(), &Machine::detect())
        };
        let network =
            Arc::new(made().map_err(|e| Error::of(format!("network of {} bits", self.about.bits), e))?);
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(ready.entry((batch, columns)).or_insert(network).clone())
    }

    /// The logits of images of `columns` columns, as bytes of ink, one after the other.
    ///
    /// # Errors
    /// If they do not fit the network.
    pub fn logits(&self, images: &[u8], columns: usize) -> Result<Vec<f32>> {
        let (shape, _) = self.model.input();
        let batch = images.len() / (shape.height * columns).max(1);
        if batch == 0 {
            return Ok(Vec::new());
        }
        let network = self.network(batch, columns)?;
        let fail = |e: Problem| Error::of("network", e);
        let mut out = vec![0f32; network.output().0.len().unwrap_or(0)];
        let mut state = network.state().map_err(fail)?;
        network.run(&stored(images), &mut out, &mut state).map_err(fail)?;
        Ok(out)
    }

    /// The file's contents: a network of qgen-runtime, which says besides what it is for.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        write(&self.model, &[], &mut bytes).map_err(|e| Error::of("network", e))?;
        let about = serde_json::to_string(&self.about).map_err(|e| Error::of("network", e))?;
        Ok(with_metadata(&bytes, &[(KEY.to_owned(), about)].into(), 64))
    }

    /// Writes the file.
    ///
    /// # Errors
    /// If that is not possible, or the file exists and `force` does not allow to replace it.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        files::write(path, &self.to_bytes()?, force)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is none, is damaged, or its network is not what it says it is for.
    pub fn read(path: &Path) -> Result<Integer> {
        let bytes = tensors::read(path, LONGEST)?;
        Integer::from_bytes(bytes).map_err(|problem| Error::of(path.display(), problem))
    }

    /// Whether the metadata of a file say that it is one of these.
    pub(crate) fn is_named(metadata: &tensors::Metadata) -> bool {
        metadata.contains_key(KEY)
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> std::result::Result<Integer, String> {
        let metadata = tensors::Opened::new(&bytes)?.metadata();
        let about = tensors::text(&metadata, KEY)?;
        let about: About = serde_json::from_str(about).map_err(|e| format!("{KEY}: {e}"))?;
        let file = NetFile::open(bytes).map_err(|e| e.to_string())?;
        let model = file.model().clone();
        let (input, output) = (model.input(), model.output());
        let shape = about.task.shape();
        let classes = match about.task {
            Task::Digit => lenet::CLASSES,
            Task::Line => text::CLASSES,
        };
        let outputs = match about.task {
            Task::Digit => 1,
            Task::Line => shape.width / text::net::STEP,
        };
        let sizes = |nhwc: Nhwc| (nhwc.batch, nhwc.height, nhwc.width, nhwc.channels);
        let wanted = ((1, shape.height, shape.width, shape.maps), (1, 1, outputs, classes));
        let has = (sizes(input.0), sizes(output.0));
        if has != wanted || *output.1 != Kind::Float {
            let shown = |(batch, height, width, channels)| format!("{batch}x{height}x{width}x{channels}");
            return Err(format!(
                "its network takes {} and gives {} numbers of {}; {} and {} floats were expected",
                shown(has.0),
                shown(has.1),
                output.1,
                shown(wanted.0),
                shown(wanted.1)
            ));
        }
        if about.task == Task::Line {
            // Sizes that are right for few columns and for many are right for all of their multiples between and beyond.
            let short = widened(&model, COLUMNS).map_err(|e| e.to_string())?;
            let columns = short.output().0.width;
            if columns != COLUMNS / text::net::STEP {
                return Err(format!(
                    "its network makes {columns} columns of {COLUMNS}; {} were expected",
                    COLUMNS / text::net::STEP
                ));
            }
        }
        if *input.1 != kind(&BYTES).map_err(|e| e.to_string())? {
            return Err(format!(
                "its network takes numbers of {}; bytes less 128 were expected; make it again by `ocr quantize`",
                input.1
            ));
        }
        if about.threshold.is_some_and(|threshold| !threshold.is_finite()) {
            return Err("its threshold is no number".into());
        }
        Ok(Integer { about, model, ready: Mutex::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidate::Candidate;
    use crate::data::Digits;
    use crate::model;
    use text::net::STEP;

    /// The columns that a logit of a line sees to either side, and those of a pixel of the network's.
    const SEEN: usize = 26;

    #[test]
    fn short_lines_and_long_ones_are_read_alike() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/line-1-4.safetensors");
        let Candidate::Integer(integer) = Candidate::read(&path).unwrap() else { panic!("it is of floats") };
        let (short, long) = (96, 320);
        let ink = |columns: usize| -> Vec<u8> {
            let pixel = |n: usize| match (n / columns, n % columns) {
                (row, column) if column < short => ((row * short + column).pow(2) % 251) as u8,
                _ => 0,
            };
            (0..text::HEIGHT * columns).map(pixel).collect()
        };
        let [of_short, of_long] =
            [short, long].map(|columns| integer.logits(&ink(columns), columns).unwrap());
        assert_eq!(of_short.len(), short / STEP * text::CLASSES);
        // As far as no logit sees the end of the short one.
        let same = (short - SEEN) / STEP * text::CLASSES;
        assert_eq!(of_short[..same], of_long[..same]);
        assert_ne!(of_short[..], of_long[..of_short.len()]);
    }

    /// What is trained is what is run: logits of rounded floats are those of integers, but for numbers so near to the
    /// middle between two that requantisation rounds them to the other.
    #[test]
    fn rounded_floats_and_integers_agree() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let data = |name: &str| folder.join("../data").join(name);
        let (images, labels) =
            (data("mnist-sample-images.idx3-ubyte"), data("mnist-sample-labels.idx1-ubyte"));
        let digits = Digits::read(&images, &labels).unwrap().part(0, 64);
        let floats = model::Model::read(&folder.join("models/none-1.safetensors")).unwrap();
        // How far logits may be off, in parts of the largest: in the mean, and any.
        for (width, in_the_mean, at_most) in [("8", 0.001, 0.01), ("4", 0.01, 0.06)] {
            let mut quantised = Quantised::new(&floats, super::super::named(width).unwrap(), false);
            while quantised.advance(&digits, Some(0), || ()).unwrap() {}
            let ink = digits.blurred(|_| 0.0).pixels;
            let integers = Integer::of(&quantised).unwrap().logits(&ink, 28).unwrap();
            let values = ink.iter().map(|&ink| f32::from(ink) / 255.0).collect();
            let passed = quantised.net.forward_on(values, Task::Digit.shape(), &quantised.grids());
            let rounded = passed.outputs();
            assert_eq!(rounded.len(), integers.len());
            let largest = rounded.iter().fold(0f32, |largest, logit| largest.max(logit.abs()));
            let off: Vec<f32> = rounded.iter().zip(&integers).map(|(a, b)| (a - b).abs() / largest).collect();
            let mean = off.iter().sum::<f32>() / off.len() as f32;
            let most = off.iter().copied().fold(0.0, f32::max);
            let said = format!("{width} bits: {mean} in the mean, {most} at most, of {largest}");
            assert!(largest > 1.0 && mean < in_the_mean && most < at_most, "{said}");
        }
    }
}
