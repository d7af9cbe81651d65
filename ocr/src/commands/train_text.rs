//! `ocr train-text`: a network of text lines from drawn ones, resumable.

use super::{judge, training};
use crate::error::Result;
use crate::layer::{Layer, NAMES};
use crate::protocol::{LINE_EPOCHS, LINES, LINES_JUDGED};
use crate::text::net::Lines;
use crate::text::reading::readings;
use crate::text::{self, Line};
use crate::train::Recipe;
use std::path::PathBuf;

/// Train the network that reads lines of text, on lines that are drawn as it learns.
///
/// A checkpoint is kept beside the model's file after every epoch; the same command goes on from there.
#[derive(clap::Args)]
pub struct Args {
    /// The additional layer in training, which sees how much each line is blurred.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(NAMES), default_value = "scale")]
    distortion_layer: String,

    /// The layer's constant: γ of scale (usually 4), the weight of response (usually 2).
    #[arg(long, value_name = "NUMBER")]
    constant: Option<f64>,

    /// The factor β of scale (usually 2), which stretches the axis of the response.
    #[arg(long, value_name = "NUMBER")]
    factor: Option<f64>,

    /// What weights, order and lines are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// How many times so many lines are learned from: 3200.
    #[arg(long, default_value_t = LINE_EPOCHS, value_parser = clap::value_parser!(u32).range(1..=1000))]
    epochs: u32,

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
/// If an argument is wrong, or a file cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let layer = Layer::new(&args.distortion_layer, args.constant, args.factor)?;
    let recipe = Recipe { epochs: args.epochs, ..Recipe::lines(layer, args.seed) };
    let begun = training::begun(recipe, &args.out, args.force)?;
    let validation: Vec<Line> = text::validation(LINES_JUDGED);
    begun.finish(&Lines { count: LINES }, |net| judge::lines(&validation, &readings(net, &validation)))
}
