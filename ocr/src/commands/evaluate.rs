//! `ocr evaluate`: the figures of trained networks.

use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::evaluate::{Evaluation, Trial};
use crate::files;
use crate::model::Model;
use std::fmt::Write;
use std::path::PathBuf;

/// Judge trained networks on MNIST's test images, blurred as the protocol says.
#[derive(clap::Args)]
pub struct Args {
    /// Models, as `ocr train` writes them.
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    /// The folder with MNIST, as `ocr data` makes it.
    #[arg(long, value_name = "FOLDER", default_value = super::DATA)]
    data: PathBuf,

    /// Write all figures to a file, as `ocr report --recorded` reads it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Replace that file.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
///
/// # Errors
/// If a file cannot be read, or is not what it should be.
pub fn run(args: &Args) -> Result<()> {
    if let Some(path) = &args.json {
        files::check_free(path, args.force)?;
    }
    // All of them before the long work: a wrong one is known at once.
    let models = args.models.iter().map(|path| Model::read(path)).collect::<Result<Vec<Model>>>()?;
    let trial = Trial::new(&Mnist::read(&args.data)?);
    let bar = super::bar(models.len(), "networks");
    let evaluations: Vec<Evaluation> = models
        .iter()
        .map(|model| {
            bar.inc(1);
            Evaluation::of(model, &trial)
        })
        .collect();
    bar.finish_and_clear();
    super::print(&table(&evaluations))?;
    let Some(path) = &args.json else { return Ok(()) };
    let mut json = serde_json::to_string_pretty(&evaluations).map_err(|e| Error::of(path.display(), e))?;
    json.push('\n');
    files::write(path, json.as_bytes(), args.force)
}

/// Aligned columns, for people and for `awk`.
fn table(evaluations: &[Evaluation]) -> String {
    let mut text = String::from(
        "reading      seed  accuracy-%  unblurred-%       1-T*  zone-share   1-T_v  share  errors   1-T_m  share  errors  \
         spearman  pearson  eta2  validation-%  validation-share\n",
    );
    for e in evaluations {
        let percent = |share: crate::metrics::Share| 100.0 * share.value();
        let judged =
            |j: crate::metrics::Judged| format!("{:.4}  {:.3}  {:>6}", j.width, j.above.value(), j.wrong.of);
        let _ = writeln!(
            text,
            "{:<11}  {:>4}  {:>10.2}  {:>11.2}  {:>9.2e}  {:>10.3}  {}  {}  {:>8.3}  {:>7.3}  {:.2}  {:>12.2}  {:>16.3}",
            e.reading.replace(' ', "-"),
            e.seed,
            percent(e.accuracy),
            e.levels.first().map_or(0.0, |&share| percent(share)),
            e.zone.width,
            e.zone.above.value(),
            judged(e.validated),
            judged(e.tolerant),
            e.dependence.spearman,
            e.dependence.pearson,
            e.dependence.correlation_ratio,
            percent(e.on_validation.accuracy),
            e.on_validation.zone.above.value(),
        );
    }
    text
}
