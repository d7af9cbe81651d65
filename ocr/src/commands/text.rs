//! `ocr text`: drawn lines of documents as images.

use crate::error::{Error, Result};
use crate::files;
use crate::text::{self, HEIGHT, Kind, Line};
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

/// What labels.json says of a file.
#[derive(Serialize)]
struct Label<'a> {
    file: String,
    text: &'a str,
    kind: Kind,
    font: &'static str,
    /// The standard deviation, in pixels.
    blur: f64,
    /// From where to where each character reaches, in pixels.
    spans: &'a [(f32, f32)],
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
    let lines = text::samples(args.seed, args.count as usize);
    let bar = super::bar(lines.len(), "lines");
    let mut labels = Vec::with_capacity(lines.len());
    for (n, line) in lines.iter().enumerate() {
        let file = format!("{n:05}.png");
        files::write(&args.out.join(&file), &png(line, &args.out)?, args.force)?;
        let Line { text, kind, font, sigma, spans, .. } = line;
        labels.push(Label { file, text, kind: *kind, font, blur: *sigma, spans });
        bar.inc(1);
    }
    bar.finish_and_clear();
    let path = args.out.join("labels.json");
    let json = serde_json::to_string_pretty(&labels).map_err(|e| Error::of(path.display(), e))?;
    files::write(&path, (json + "\n").as_bytes(), args.force)?;
    super::print(&format!("{}: {} lines, labels.json\n", args.out.display(), lines.len()))
}

fn png(line: &Line, folder: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(&line.pixels, line.width as u32, HEIGHT as u32, ExtendedColorType::L8)
        .map_err(|e| Error::of(folder.display(), e))?;
    Ok(bytes)
}
