//! Networks as files: safetensors, with what they are and how they were made as metadata.
//!
//! A model has the tensors of its graph and nothing else: of the layer that was there in training its name is left, in
//! the metadata. A checkpoint has Adam's two means besides, and says how many epochs are done.

use crate::adam::Adam;
use crate::error::{Error, Result};
use crate::graph::{Network, Tensor};
use crate::layer::Layer;
use crate::task::Task;
use crate::tensors::{Metadata, Opened, infinite, number, read, serialised, text};
use crate::train::{Recipe, Training};
use crate::{files, protocol};
use std::path::Path;

/// The key of β.
const FACTOR: &str = "factor of the layer";

/// The key of the threshold.
const THRESHOLD: &str = "threshold of ln(1 - response)";

/// Models have at most half a megabyte, checkpoints three times as many.
const LONGEST: u64 = 4 << 20;

/// Batches of files are at most so large.
const LARGEST_BATCH: usize = 65_536;

/// A trained network.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// How it was trained.
    pub recipe: Recipe,
    /// The version of the protocol that held then.
    pub protocol: u32,
    /// The network.
    pub net: Network<f32>,
    /// T_m, from validation data, as ln(1 − T): what has less doubt is accepted. None before it was looked for.
    pub threshold: Option<f64>,
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
        for tensor in training.net.tensors() {
            infinite(&tensor.name, &tensor.numbers)
                .map_err(|problem| Error::of("training", format!("{problem}; try another seed")))?;
        }
        let (recipe, net) = (training.recipe, training.net.clone());
        Ok(Model { recipe, protocol: protocol::VERSION, net, threshold: None })
    }

    /// The file's contents.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut metadata = of_recipe(&self.recipe);
        let task = self.recipe.task;
        metadata.insert("kind".into(), task.model().into());
        metadata.insert("protocol".into(), self.protocol.to_string());
        metadata.insert("license of the training data".into(), task.license().into());
        if let Some(threshold) = self.threshold {
            metadata.insert(THRESHOLD.into(), threshold.to_string());
        }
        serialised(&self.net.tensors(), &metadata)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// If that is not possible, or the file exists and `force` does not allow to replace it.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        files::write(path, &self.to_bytes(), force)
    }

    /// Reads a file, of whatever task.
    ///
    /// # Errors
    /// If it is none of ours, is damaged, has other tensors than its graph, or weights that are no numbers.
    pub fn read(path: &Path) -> Result<Model> {
        let bytes = read(path, LONGEST)?;
        Model::from_bytes(&bytes).map_err(|problem| Error::of(path.display(), problem))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> std::result::Result<Model, String> {
        let file = Opened::new(bytes)?;
        let metadata = file.metadata();
        let kind = metadata.get("kind").map(String::as_str);
        if Task::ALL.iter().any(|task| kind == Some(task.checkpoint())) {
            return Err(
                "it is the checkpoint of an unfinished training; the command that began it goes on with it"
                    .into(),
            );
        }
        let task = Task::ALL.into_iter().find(|task| kind == Some(task.model()));
        let task = task.ok_or_else(|| wrong_kind(kind, Task::Digit.model()))?;
        file.only(task.graph().tensors().len())?;
        let net = network(task, file.parameters(task.graph(), "")?);
        let threshold = metadata.contains_key(THRESHOLD).then(|| number(&metadata, THRESHOLD)).transpose()?;
        if threshold.is_some_and(f64::is_nan) {
            return Err(format!("its metadata have NaN as {THRESHOLD:?}"));
        }
        Ok(Model {
            recipe: recipe(task, &metadata)?,
            protocol: number(&metadata, "protocol")?,
            net,
            threshold,
        })
    }
}

fn network(task: Task, parameters: Vec<f32>) -> Network<f32> {
    Network::from_parameters(task.graph(), parameters).expect("as many as the tensors have")
}

impl Training {
    /// Writes a checkpoint, in the place of an earlier one.
    ///
    /// # Errors
    /// If that is not possible; then the earlier one is still there.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut metadata = of_recipe(&self.recipe);
        metadata.insert("kind".into(), self.recipe.task.checkpoint().into());
        metadata.insert("protocol".into(), protocol::VERSION.to_string());
        metadata.insert("epochs done".into(), self.epochs_done.to_string());
        metadata.insert("steps done".into(), self.adam.steps.to_string());
        let graph = self.recipe.task.graph();
        let named = |numbers: &[f32], prefix: &str| {
            let tensors = graph.to_file(numbers).into_iter();
            tensors.map(|t| Tensor { name: format!("{prefix}{}", t.name), ..t }).collect::<Vec<_>>()
        };
        let all = [
            named(self.net.parameters(), ""),
            named(&self.adam.mean, "adam.mean."),
            named(&self.adam.square, "adam.square."),
        ];
        files::write(path, &serialised(&all.concat(), &metadata), true)
    }

    /// Reads a checkpoint of a task.
    ///
    /// # Errors
    /// If it is none, or is damaged.
    pub fn load(task: Task, path: &Path) -> Result<Training> {
        let bytes = read(path, LONGEST)?;
        Training::from_bytes(task, &bytes).map_err(|problem| Error::of(path.display(), problem))
    }

    fn from_bytes(task: Task, bytes: &[u8]) -> std::result::Result<Training, String> {
        let file = Opened::new(bytes)?;
        let metadata = file.metadata();
        let kind = metadata.get("kind").map(String::as_str);
        if kind != Some(task.checkpoint()) {
            return Err(wrong_kind(kind, task.checkpoint()));
        }
        // Examples, and what their labels are, are those of a version.
        if text(&metadata, "protocol") != Ok(&protocol::VERSION.to_string()) {
            let found = metadata.get("protocol").map_or("an earlier one", |found| found);
            return Err(format!(
                "it was begun under another version of the protocol ({found}, this is {}) and cannot be gone on with",
                protocol::VERSION
            ));
        }
        let graph = task.graph();
        file.only(3 * graph.tensors().len())?;
        let adam = Adam {
            mean: file.parameters(graph, "adam.mean.")?,
            square: file.parameters(graph, "adam.square.")?,
            steps: number(&metadata, "steps done")?,
        };
        let net = network(task, file.parameters(graph, "")?);
        let epochs_done = number(&metadata, "epochs done")?;
        Ok(Training { recipe: recipe(task, &metadata)?, net, adam, epochs_done })
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

fn recipe(task: Task, metadata: &Metadata) -> std::result::Result<Recipe, String> {
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
    let rate: f64 = number(metadata, "rate")?;
    if !(rate.is_finite() && rate > 0.0) {
        return Err(format!("its metadata have {rate} as \"rate\"; above 0 is possible"));
    }
    let batch: usize = number(metadata, "batch")?;
    if !(1..=LARGEST_BATCH).contains(&batch) {
        return Err(format!("its metadata have {batch} as \"batch\"; 1 to {LARGEST_BATCH} are possible"));
    }
    Ok(Recipe {
        task,
        layer: layer.map_err(|e| format!("its metadata: {e}"))?,
        blur,
        seed: number(metadata, "seed")?,
        epochs: number(metadata, "epochs")?,
        batch,
        rate,
    })
}

#[cfg(test)]
mod tests;
