//! `ocr train`: a network from images, resumable.

use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::layer::{Layer, NAMES};
use crate::model::Model;
use crate::response::answers;
use crate::train::{Recipe, Training};
use crate::{files, metrics, protocol};
use std::path::{Path, PathBuf};

/// Train LeNet-5 with a layer that sees how much each image is blurred, and delete the layer.
///
/// A checkpoint is kept beside the model's file after every epoch; the same command goes on from there.
#[derive(clap::Args)]
pub struct Args {
    /// The additional layer. The paper's formula is not known: these are reconstructions (see ocr/README.md).
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(NAMES), default_value = "scale")]
    distortion_layer: String,

    /// The layer's constant: γ of scale (usually 9), the weight of response (usually 2).
    #[arg(long, value_name = "NUMBER")]
    constant: Option<f64>,

    /// The factor β of scale (usually 1), which stretches the axis of the response.
    #[arg(long, value_name = "NUMBER")]
    factor: Option<f64>,

    /// What weights, order and blur are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// How often each image is seen.
    #[arg(long, default_value_t = protocol::EPOCHS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    epochs: u32,

    /// Leave training images as they are; for a network of unblurred digits.
    #[arg(long)]
    no_blur: bool,

    /// The folder with MNIST, as `ocr data` makes it.
    #[arg(long, value_name = "FOLDER", default_value = super::DATA)]
    data: PathBuf,

    /// The model's file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Replace the model's file, and a checkpoint of another training.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// If an argument is wrong, the data cannot be read, or a file not be written.
pub fn run(args: &Args) -> Result<()> {
    let layer = Layer::new(&args.distortion_layer, args.constant, args.factor)?;
    if args.no_blur && layer != Layer::None {
        let problem = format!("without blur the layer {layer} sees nothing; give --distortion-layer none");
        return Err(Error::of("--no-blur", problem));
    }
    let recipe = Recipe { blur: !args.no_blur, epochs: args.epochs, ..Recipe::new(layer, args.seed) };
    files::check_free(&args.out, args.force)?;
    let part = part(&args.out);
    let mut training = begun(&part, recipe, args.force)?;
    let data = Mnist::read(&args.data)?;
    let validation = match recipe.blur {
        true => data.validation_blurred(),
        false => data.validation.blurred(|_| 0.0),
    };
    let bar = super::bar(data.training.count(), "images");
    while !training.is_finished() {
        bar.set_prefix(format!("epoch {}/{}", training.epochs_done() + 1, recipe.epochs));
        bar.reset();
        let loss = training.epoch(&data.training, |seen| bar.set_position(seen as u64));
        training.save(&part)?;
        let right = metrics::right(&answers(training.net(), &validation), &validation.labels);
        let accuracy = 100.0 * right as f64 / validation.labels.len() as f64;
        let said =
            format!("epoch {}: loss {loss:.4}, validation accuracy {accuracy:.2} %", training.epochs_done());
        // Where no bar is drawn, lines still tell how far it is.
        bar.suspend(|| eprintln!("{said}"));
    }
    bar.finish_and_clear();
    Model::of(&training)?.write(&args.out, args.force)?;
    std::fs::remove_file(&part).map_err(|e| Error::of(part.display(), e))
}

/// The checkpoint's name.
fn part(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Where a checkpoint is, it is gone on with; else the training is new.
fn begun(part: &Path, recipe: Recipe, force: bool) -> Result<Training> {
    if !part.exists() {
        return Ok(Training::new(recipe));
    }
    let loaded = Training::load(part);
    match loaded {
        Ok(training) if *training.recipe() == recipe => {
            eprintln!("note: {}: going on after epoch {}", part.display(), training.epochs_done());
            Ok(training)
        }
        _ if force => Ok(Training::new(recipe)),
        Ok(training) => {
            let other = training.recipe();
            let problem = format!(
                "it is the checkpoint of another training (layer {}, blur {}, seed {}, {} epochs); finish that one, or give \
                 --force to begin anew",
                other.layer, other.blur, other.seed, other.epochs
            );
            Err(Error::of(part.display(), problem))
        }
        Err(problem) => Err(Error::of(problem, "give --force to begin anew")),
    }
}
