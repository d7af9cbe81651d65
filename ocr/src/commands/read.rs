//! `ocr read`: what images say, and whether to believe it.

use crate::error::{Error, Result};
use crate::images;
use crate::lenet::SIDE;
use crate::recogniser::{Recognised, Recogniser, Verdict};
use crate::task::Task;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Read images: digits as MNIST has them, or lines of text. Prints text, confidence and a verdict.
///
/// An image of 28x28 pixels is taken for a digit, others for a line; --model decides for all of them.
#[derive(clap::Args)]
pub struct Args {
    /// Images (PNG, JPEG, PGM, PPM), folders of them, or - for one on standard input.
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,

    /// A model for all images.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// The folder with the models.
    #[arg(long, value_name = "FOLDER", default_value = super::MODELS)]
    models: PathBuf,

    /// Print JSON: a list with an object for each image.
    #[arg(long)]
    json: bool,
}

/// The models that are used where none is given: of 4 bits.
const DIGITS: &str = "scale4b2-1-4.safetensors";
const LINES: &str = "line-1-4.safetensors";

/// An image and what it says, or why it could not be read.
#[derive(Serialize)]
struct Entry {
    image: String,
    #[serde(flatten)]
    recognised: Option<Recognised>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Models, read when they are first needed.
struct Models<'a> {
    args: &'a Args,
    digits: Option<Recogniser>,
    lines: Option<Recogniser>,
}

impl Models<'_> {
    fn of(&mut self, task: Task) -> Result<&Recogniser> {
        let (place, name) = match task {
            Task::Digit => (&mut self.digits, DIGITS),
            Task::Line => (&mut self.lines, LINES),
        };
        match place {
            Some(model) => Ok(model),
            None => Ok(place.insert(Recogniser::read(&self.args.models.join(name))?)),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// If a model cannot be read; or, after all others were, if an image could not.
pub fn run(args: &Args) -> Result<()> {
    let paths = images::named(&args.images)?;
    let given = args.model.as_deref().map(Recogniser::read).transpose()?;
    let mut models = Models { args, digits: None, lines: None };
    let mut entries = Vec::with_capacity(paths.len());
    for path in &paths {
        let recognised = recognised(path, given.as_ref(), &mut models)?;
        let image = path.display().to_string();
        let entry = match recognised {
            Ok(recognised) => Entry { image, recognised: Some(recognised), error: None },
            Err(problem) => {
                eprintln!("error: {problem}");
                Entry { image, recognised: None, error: Some(problem.to_string()) }
            }
        };
        if let (false, Some(line)) = (args.json, said(&entry)) {
            super::print(&line)?;
        }
        entries.push(entry);
    }
    if args.json {
        let json = serde_json::to_string_pretty(&entries).map_err(|e| Error::of("standard output", e))?;
        super::print(&(json + "\n"))?;
    }
    match entries.iter().filter(|entry| entry.error.is_some()).count() {
        0 => Ok(()),
        failed => Err(Error::of("images", format!("{failed} of {} could not be read", entries.len()))),
    }
}

/// What one image says. The outer error is about a model.
fn recognised(
    path: &Path,
    given: Option<&Recogniser>,
    models: &mut Models<'_>,
) -> Result<Result<Recognised>> {
    let image = match images::read(path) {
        Ok(image) => image,
        Err(problem) => return Ok(Err(problem)),
    };
    let is_digit = (image.width() as usize, image.height() as usize) == (SIDE, SIDE);
    let model = match given {
        Some(model) => model,
        None => models.of(if is_digit { Task::Digit } else { Task::Line })?,
    };
    Ok(model.recognise(&image).map_err(|problem| Error::of(path.display(), problem)))
}

fn said(entry: &Entry) -> Option<String> {
    let Recognised { text, confidence, verdict } = entry.recognised.as_ref()?;
    let verdict = match verdict {
        Verdict::Accept => "accept",
        Verdict::Retake => "retake: too blurred",
    };
    Some(format!("{}\t{text}\t{confidence:.4}\t{verdict}\n", entry.image))
}
