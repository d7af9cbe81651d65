//! `ocr train`: a network of digits from images, resumable.

use super::{judge, training};
use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::layer::{Layer, NAMES};
use crate::protocol::EPOCHS;
use crate::response::answers;
use crate::train::Recipe;
use std::path::PathBuf;

/// Train LeNet-5 with a layer that sees how much each image is blurred, and delete the layer.
///
/// A checkpoint is kept beside the model's file after every epoch; the same command goes on from there.
#[derive(clap::Args)]
pub struct Args {
    /// The additional layer. The paper's formula is not known: these are reconstructions (see ocr/README.md).
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(NAMES), default_value = "scale")]
    distortion_layer: String,

    /// The layer's constant: γ of scale (usually 4), the weight of response (usually 2).
    #[arg(long, value_name = "NUMBER")]
    constant: Option<f64>,

    /// The factor β of scale (usually 2), which stretches the axis of the response.
    #[arg(long, value_name = "NUMBER")]
    factor: Option<f64>,

    /// What weights, order and blur are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// How often each image is seen.
    #[arg(long, default_value_t = EPOCHS, value_parser = clap::value_parser!(u32).range(1..=1000))]
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
    let begun = training::begun(recipe, &args.out, args.force)?;
    let data = Mnist::read(&args.data)?;
    let validation = data.validation_for(recipe.blur);
    begun.finish(&data.training, |net| judge::digits(&answers(net, &validation), &validation.labels))
}
