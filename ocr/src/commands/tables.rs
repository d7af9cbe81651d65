//! `ocr tables`: the tables of accuracy that `README.md` has.

use crate::error::Result;
use crate::report::accuracy;
use std::path::PathBuf;

/// Print how often networks are right, as Markdown: readings of the layer, digits and lines of every width, as they were recorded.
///
/// `ocr evaluate --json` makes such records.
#[derive(clap::Args)]
pub struct Args {
    /// The folder with `recorded.json`.
    #[arg(long, value_name = "FOLDER", default_value = super::MODELS)]
    models: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// If there is no record.
pub fn run(args: &Args) -> Result<()> {
    let figures = super::report::recorded(&args.models.join("recorded.json"))?;
    super::print(&accuracy::all(&figures).join("\n"))
}
