//! `ocr quantize`: a network of stored numbers from one of floats.

use super::judge;
use crate::candidate::Candidate;
use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::files;
use crate::model::Model;
use crate::protocol::LINES;
use crate::quantise::{Integer, Quantised, WIDTHS, named};
use crate::task::Task;
use crate::text::net::Lines;
use std::path::PathBuf;

/// Quantise a trained network: every layer is calibrated, all are trained together with their numbers rounded, and then frozen one
/// after the other, while those behind are trained on.
///
/// The result runs in integers on qgen-runtime. First and last layer keep 8 bits, as published 4-bit networks keep them
/// unquantised.
#[derive(clap::Args)]
pub struct Args {
    /// A model, as `ocr train` or `ocr train-text` writes it.
    #[arg(value_name = "MODEL")]
    model: PathBuf,

    /// Bits of weights and inputs.
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(WIDTHS.map(|width| width.name)), default_value = "4")]
    bits: String,

    /// Quantise the first and the last layer so, too.
    #[arg(long)]
    all: bool,

    /// Steps of training with everything rounded, and a tenth as many before each layer is frozen; those of the protocol where none
    /// are given, and 0 for none.
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    steps: Option<u32>,

    /// The folder with MNIST, as `ocr data` makes it.
    #[arg(long, value_name = "FOLDER", default_value = super::DATA)]
    data: PathBuf,

    /// The file of the result.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// Replace that file.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be read or written, is not what it should be, or training came to numbers that are none.
pub fn run(args: &Args) -> Result<()> {
    files::check_free(&args.out, args.force)?;
    let width = named(&args.bits)?;
    let model = match Candidate::read(&args.model)? {
        Candidate::Float(model) => model,
        Candidate::Integer(_) => {
            return Err(Error::of(
                args.model.display(),
                "it is quantised; give the float model that it was made of",
            ));
        }
    };
    let data = match model.recipe.task {
        Task::Digit => Some(Mnist::read(&args.data)?),
        Task::Line => None,
    };
    let integer = quantised(&model, width, args, data.as_ref())?;
    let mut network = Candidate::Integer(integer);
    let (said, threshold) = judge::either(&network, data.as_ref())?;
    network.set_threshold(threshold.doubt());
    network.write(&args.out, args.force)?;
    super::print(&format!("{}: {} bits; validation {said}\n", args.out.display(), network.numbers()))
}

fn quantised(
    model: &Model,
    width: crate::quantise::Width,
    args: &Args,
    data: Option<&Mnist>,
) -> Result<Integer> {
    let mut quantised = Quantised::new(model, width, args.all);
    let steps = args.steps.map(|steps| steps as usize);
    let of_protocol = quantised.steps(steps) == quantised.steps(None);
    let bar = super::bar(quantised.steps(steps), "steps");
    let lines = Lines { count: LINES };
    while match data {
        Some(data) => quantised.advance(&data.training, steps, || bar.inc(1))?,
        None => quantised.advance(&lines, steps, || bar.inc(1))?,
    } {}
    bar.finish_and_clear();
    let mut integer = Integer::of(&quantised)?;
    integer.about.steps = args.steps.filter(|_| !of_protocol);
    Ok(integer)
}
