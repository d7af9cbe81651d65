//! `ocr text`: drawn lines of documents as images.

use crate::error::{Error, Result};
use crate::text::{self, HEIGHT, Kind, Line};
use crate::{files, images};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Write drawn lines of documents as PNG files, and labels.json, which says what is on them.
#[derive(clap::Args)]
pub struct Args {
    /// How many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,

    /// What they are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// A folder for them, which is made.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,

    /// Replace files of a folder that exists.
    #[arg(long)]
    force: bool,
}

/// Lines that are drawn before they are written.
const AT_A_TIME: usize = 1000;

/// What labels.json says of a file.
#[derive(Serialize)]
struct Label {
    file: String,
    text: String,
    kind: Kind,
    font: &'static str,
    /// The standard deviation, in pixels.
    blur: f64,
    /// From where to where each character reaches, in pixels.
    spans: Vec<(f32, f32)>,
}

/// Runs the command.
///
/// # Errors
/// If the folder exists and is not to be used, or something cannot be written.
pub fn run(args: &Args) -> Result<()> {
    let fail = |problem: &dyn std::fmt::Display| Error::of(args.out.display(), problem);
    match (args.out.is_dir(), args.out.exists()) {
        (true, _) if args.force => {}
        (true, _) => return Err(fail(&"the folder exists; give --force to write into it")),
        (false, true) => return Err(fail(&"it is a file; give a folder")),
        (false, false) => std::fs::create_dir(&args.out).map_err(|e| fail(&e))?,
    }
    let count = args.count as usize;
    let bar = super::bar(count, "lines");
    let mut labels = Vec::with_capacity(count);
    for first in (0..count).step_by(AT_A_TIME) {
        let numbers = first..count.min(first + AT_A_TIME);
        for (n, line) in numbers.clone().zip(text::samples(args.seed, numbers)) {
            let file = format!("{n:05}.png");
            files::write(&args.out.join(&file), &png(&line, &args.out)?, args.force)?;
            let Line { text, kind, font, sigma, spans, .. } = line;
            labels.push(Label { file, text, kind, font, blur: sigma, spans });
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let path = args.out.join("labels.json");
    let json = serde_json::to_string_pretty(&labels).map_err(|e| Error::of(path.display(), e))?;
    files::write(&path, (json + "\n").as_bytes(), args.force)?;
    let others = images::named(std::slice::from_ref(&args.out))?.len().saturating_sub(count);
    if others > 0 {
        eprintln!(
            "note: {}: {others} other images are there, of which labels.json says nothing",
            args.out.display()
        );
    }
    super::print(&format!("{}: {count} lines, labels.json\n", args.out.display()))
}

fn png(line: &Line, folder: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(&line.pixels, line.width as u32, HEIGHT as u32, ExtendedColorType::L8)
        .map_err(|e| Error::of(folder.display(), e))?;
    Ok(bytes)
}
