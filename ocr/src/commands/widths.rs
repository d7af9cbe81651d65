//! `ocr widths`: how often networks of every width are right.

use crate::error::Result;
use crate::report::accuracy;
use std::path::PathBuf;

/// Print how often networks of every width are right, as Markdown: digits, then lines, as they were recorded.
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
    super::print(&format!("{}\n{}", accuracy::digits(&figures), accuracy::lines(&figures)))
}
