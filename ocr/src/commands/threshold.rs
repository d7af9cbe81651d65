//! `ocr threshold`: the threshold of a model, from validation data, into its file.

use super::judge;
use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::model::Model;
use crate::protocol::LINES_JUDGED;
use crate::response::answers;
use crate::task::Task;
use crate::text;
use crate::text::reading::readings;
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
    let models = args.models.iter().map(|path| Model::read(path)).collect::<Result<Vec<Model>>>()?;
    let digits = models.iter().any(|model| model.recipe.task == Task::Digit);
    let data = digits.then(|| Mnist::read(&args.data)).transpose()?;
    for (path, mut model) in args.models.iter().zip(models) {
        let (said, threshold) = match (model.recipe.task, &data) {
            (Task::Digit, Some(data)) => {
                let validation = data.validation_for(&model.recipe);
                judge::digits(&answers(&model.net, &validation), &validation.labels)
            }
            (Task::Digit, None) => return Err(Error::of(args.data.display(), "it has no MNIST")),
            (Task::Line, _) => {
                let lines = text::validation(LINES_JUDGED);
                judge::lines(&lines, &readings(&model.net, &lines))
            }
        };
        model.threshold = Some(threshold.doubt());
        if args.force {
            model.write(path, true)?;
        }
        let (path, width) = (path.display(), threshold.width());
        super::print(&format!("{path}: 1 - T {width:.4}; validation {said}\n"))?;
    }
    Ok(())
}
