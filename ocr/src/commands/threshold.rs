//! `ocr threshold`: the threshold of a model, from validation data, into its file.

use super::judge;
use crate::candidate::Candidate;
use crate::data::Mnist;
use crate::error::Result;
use crate::task::Task;
use std::path::PathBuf;

/// Find the threshold above which `ocr read` accepts, and keep it in the models' files.
///
/// `ocr train` and `ocr train-text` do this at their end; this is for models that were trained before.
#[derive(clap::Args)]
pub struct Args {
    /// Models, as `ocr train` and `ocr train-text` write them.
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// The folder with MNIST, as `ocr data` makes it.
    #[arg(long, value_name = "FOLDER", default_value = super::DATA)]
    data: PathBuf,

    /// Replace the files: without it nothing is written, and only said.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be read or written, or is not what it should be.
pub fn run(args: &Args) -> Result<()> {
    let networks =
        args.models.iter().map(|path| Candidate::read(path)).collect::<Result<Vec<Candidate>>>()?;
    let digits = networks.iter().any(|network| network.task() == Task::Digit);
    let data = digits.then(|| Mnist::read(&args.data)).transpose()?;
    for (path, mut network) in args.models.iter().zip(networks) {
        let (said, threshold) = judge::either(&network, data.as_ref())?;
        network.set_threshold(threshold.doubt());
        if args.force {
            network.write(path, true)?;
        }
        let (path, width) = (path.display(), threshold.width());
        super::print(&format!("{path}: 1 - T {width:.4}; validation {said}\n"))?;
    }
    Ok(())
}
