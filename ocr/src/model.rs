//! Networks as files: safetensors, with what they are and how they were made as metadata.
//!
//! A model has the ten tensors of LeNet-5 and nothing else: of the layer that was there in training its name is left, in
//! the metadata. A checkpoint has Adam's two means besides, and says how many epochs are done.

use crate::adam::Adam;
use crate::error::{Error, Result};
use crate::layer::Layer;
use crate::lenet::{Lenet, PARAMETERS, TENSORS};
use crate::train::{Recipe, Training};
use crate::{files, protocol};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::path::Path;

type Metadata = HashMap<String, String>;

/// What the files are called in their metadata.
const MODEL: &str = "qgen-ocr lenet-5";
const CHECKPOINT: &str = "qgen-ocr lenet-5 checkpoint";

/// The key of β.
const FACTOR: &str = "factor of the layer";

/// Models have 248 kB, checkpoints three times as many.
const LONGEST: u64 = 1 << 20;

/// A trained network.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// How it was trained.
    pub recipe: Recipe,
    /// The version of the protocol that held then.
    pub protocol: u32,
    /// The network.
    pub net: Lenet<f32>,
}

impl Model {
    /// The network of a finished training.
    ///
    /// # Errors
    /// If it is not finished, or has come to numbers that are none.
    pub fn of(training: &Training) -> Result<Model> {
        if !training.is_finished() {
            return Err(Error::of("training", "it is not finished"));
        }
        if let Some(problem) = infinite(training.net.parameters()) {
            return Err(Error::of("training", format!("{problem}; try a lower rate")));
        }
        Ok(Model { recipe: training.recipe, protocol: protocol::VERSION, net: training.net.clone() })
    }

    /// The file's contents.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut metadata = of_recipe(&self.recipe);
        metadata.insert("kind".into(), MODEL.into());
        metadata.insert("protocol".into(), self.protocol.to_string());
        metadata
            .insert("license of the training data".into(), "MNIST, CC BY-SA 3.0, LeCun and Cortes".into());
        serialised(&tensors(self.net.parameters(), ""), &metadata)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// If that is not possible, or the file exists and `force` does not allow to replace it.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        files::write(path, &self.to_bytes(), force)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is none of ours, is damaged, has other tensors than LeNet-5, or weights that are no numbers.
    pub fn read(path: &Path) -> Result<Model> {
        let bytes = read(path)?;
        Model::from_bytes(&bytes).map_err(|problem| Error::of(path.display(), problem))
    }

    fn from_bytes(bytes: &[u8]) -> std::result::Result<Model, String> {
        let (file, metadata) = opened(bytes)?;
        match metadata.get("kind").map(String::as_str) {
            Some(MODEL) => {}
            Some(CHECKPOINT) => {
                return Err(
                    "it is the checkpoint of an unfinished training; `ocr train` goes on with it".into()
                );
            }
            kind => return Err(wrong_kind(kind, MODEL)),
        }
        only(&file, TENSORS.len())?;
        let net = Lenet::from_parameters(parameters(&file, "")?).expect("as many as the tensors have");
        Ok(Model { recipe: recipe(&metadata)?, protocol: number(&metadata, "protocol")?, net })
    }
}

impl Training {
    /// Writes a checkpoint, in the place of an earlier one.
    ///
    /// # Errors
    /// If that is not possible; then the earlier one is still there.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut metadata = of_recipe(&self.recipe);
        metadata.insert("kind".into(), CHECKPOINT.into());
        metadata.insert("epochs done".into(), self.epochs_done.to_string());
        metadata.insert("steps done".into(), self.adam.steps.to_string());
        let mut all = tensors(self.net.parameters(), "");
        all.extend(tensors(&self.adam.mean, "adam.mean."));
        all.extend(tensors(&self.adam.square, "adam.square."));
        files::write(path, &serialised(&all, &metadata), true)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// If it is none, or is damaged.
    pub fn load(path: &Path) -> Result<Training> {
        let bytes = read(path)?;
        Training::from_bytes(&bytes).map_err(|problem| Error::of(path.display(), problem))
    }

    fn from_bytes(bytes: &[u8]) -> std::result::Result<Training, String> {
        let (file, metadata) = opened(bytes)?;
        let kind = metadata.get("kind").map(String::as_str);
        if kind != Some(CHECKPOINT) {
            return Err(wrong_kind(kind, CHECKPOINT));
        }
        only(&file, 3 * TENSORS.len())?;
        let adam = Adam {
            mean: parameters(&file, "adam.mean.")?,
            square: parameters(&file, "adam.square.")?,
            steps: number(&metadata, "steps done")?,
        };
        let net = Lenet::from_parameters(parameters(&file, "")?).expect("as many as the tensors have");
        Ok(Training { recipe: recipe(&metadata)?, net, adam, epochs_done: number(&metadata, "epochs done")? })
    }
}

fn wrong_kind(kind: Option<&str>, wanted: &str) -> String {
    match kind {
        Some(kind) => format!("it is of the kind {kind:?}; {wanted:?} was expected"),
        None => {
            format!("it does not say of what kind it is; {wanted:?} was expected, as `ocr train` writes it")
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let fail = |problem: String| Error::of(path.display(), problem);
    let metadata = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
    if !metadata.is_file() {
        return Err(fail("it is no regular file; give a model's file".into()));
    }
    if metadata.len() > LONGEST {
        return Err(fail(format!("it has {} bytes; models have at most {LONGEST}", metadata.len())));
    }
    std::fs::read(path).map_err(|e| fail(e.to_string()))
}

fn infinite(parameters: &[f32]) -> Option<String> {
    let wrong = parameters.iter().filter(|p| !p.is_finite()).count();
    (wrong > 0).then(|| format!("{wrong} of {} weights are no finite numbers", parameters.len()))
}

/// Names, shapes and bytes of the parameters.
fn tensors(parameters: &[f32], prefix: &str) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    let mut rest = parameters;
    let mut tensors = Vec::with_capacity(TENSORS.len());
    for tensor in &TENSORS {
        let (these, others) = rest.split_at(tensor.len());
        rest = others;
        let bytes = these.iter().flat_map(|number| number.to_le_bytes()).collect();
        tensors.push((format!("{prefix}{}", tensor.name), tensor.shape.to_vec(), bytes));
    }
    tensors
}

fn serialised(tensors: &[(String, Vec<usize>, Vec<u8>)], metadata: &Metadata) -> Vec<u8> {
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).expect("the bytes of the shape");
        (name.as_str(), view)
    });
    let bytes = safetensors::serialize(views, None).expect("tensors that fit their shapes");
    with_metadata(&bytes, metadata)
}

/// The file again with metadata in its header, whose keys are in order: the library writes them in another order each
/// time, and the same network should be the same file.
fn with_metadata(bytes: &[u8], metadata: &Metadata) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let (header, data) = bytes[8..].split_at(length);
    let mut header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(header).expect("the library's own header");
    let sorted: serde_json::Map<_, _> =
        metadata.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
    header.insert("__metadata__".into(), sorted.into());
    let mut header = serde_json::to_vec(&header).expect("a map of strings");
    // Data begin at a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    [&(header.len() as u64).to_le_bytes()[..], &header, data].concat()
}

fn opened(bytes: &[u8]) -> std::result::Result<(SafeTensors<'_>, Metadata), String> {
    if bytes.is_empty() {
        return Err("it is empty".into());
    }
    let damaged = |e| format!("it is no safetensors file, or damaged: {e}");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    Ok((file, header.metadata().clone().unwrap_or_default()))
}

fn only(file: &SafeTensors<'_>, count: usize) -> std::result::Result<(), String> {
    if file.len() == count {
        return Ok(());
    }
    Err(format!("it has {} tensors; this kind has {count}", file.len()))
}

fn parameters(file: &SafeTensors<'_>, prefix: &str) -> std::result::Result<Vec<f32>, String> {
    let mut parameters = Vec::with_capacity(PARAMETERS);
    for tensor in &TENSORS {
        let name = format!("{prefix}{}", tensor.name);
        let view = file.tensor(&name).map_err(|_| format!("it has no tensor {name}; LeNet-5 has one"))?;
        if view.dtype() != Dtype::F32 || view.shape() != tensor.shape {
            return Err(format!(
                "{name} is {:?} of {:?}; LeNet-5 has F32 of {:?}",
                view.shape(),
                view.dtype(),
                tensor.shape
            ));
        }
        let numbers =
            view.data().chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four")));
        parameters.extend(numbers);
    }
    infinite(&parameters).map_or(Ok(parameters), Err)
}

fn of_recipe(recipe: &Recipe) -> Metadata {
    let mut metadata: Metadata = [
        ("distortion layer in training", recipe.layer.name().to_string()),
        ("blur in training", if recipe.blur { "uniform" } else { "none" }.to_string()),
        ("seed", recipe.seed.to_string()),
        ("epochs", recipe.epochs.to_string()),
        ("batch", recipe.batch.to_string()),
        ("rate", recipe.rate.to_string()),
    ]
    .map(|(key, value)| (key.to_string(), value))
    .into();
    if let Some(constant) = recipe.layer.constant() {
        metadata.insert("constant of the layer".into(), constant.to_string());
    }
    if let Some(factor) = recipe.layer.factor() {
        metadata.insert(FACTOR.into(), factor.to_string());
    }
    metadata
}

fn text<'a>(metadata: &'a Metadata, key: &str) -> std::result::Result<&'a str, String> {
    metadata.get(key).map(String::as_str).ok_or_else(|| format!("its metadata have no {key:?}"))
}

fn number<T: std::str::FromStr>(metadata: &Metadata, key: &str) -> std::result::Result<T, String> {
    let text = text(metadata, key)?;
    text.parse().map_err(|_| format!("its metadata have {text:?} as {key:?}, which is no such number"))
}

fn recipe(metadata: &Metadata) -> std::result::Result<Recipe, String> {
    let constant = match metadata.contains_key("constant of the layer") {
        true => Some(number(metadata, "constant of the layer")?),
        false => None,
    };
    let name = text(metadata, "distortion layer in training")?;
    let factor = match metadata.contains_key(FACTOR) {
        true => Some(number(metadata, FACTOR)?),
        // Version 1 of the protocol had none.
        false => (name == "scale").then_some(1.0),
    };
    let layer = Layer::new(name, constant, factor);
    let blur = match text(metadata, "blur in training")? {
        "uniform" => true,
        "none" => false,
        other => return Err(format!("its metadata have {other:?} as \"blur in training\"; uniform or none")),
    };
    Ok(Recipe {
        layer: layer.map_err(|e| format!("its metadata: {e}"))?,
        blur,
        seed: number(metadata, "seed")?,
        epochs: number(metadata, "epochs")?,
        batch: number(metadata, "batch")?,
        rate: number(metadata, "rate")?,
    })
}

#[cfg(test)]
mod tests;
