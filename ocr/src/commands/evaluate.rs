//! `ocr evaluate`: the figures of trained networks.

use crate::candidate::Candidate;
use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::evaluate::{Evaluation, Figures, LineEvaluation, Trial};
use crate::files;
use crate::metrics::Share;
use crate::task::Task;
use std::fmt::Write;
use std::path::PathBuf;

/// Judge trained networks, of floats or stored numbers: on MNIST's test images, blurred as the protocol says, or on drawn lines.
#[derive(clap::Args)]
pub struct Args {
    /// Models, as `ocr train`, `ocr train-text` and `ocr quantize` write them.
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
    let networks = Candidate::read_distinct(&args.models)?;
    let digits = networks.iter().any(|network| network.task() == Task::Digit);
    let trial = digits.then(|| Mnist::read(&args.data).map(|data| Trial::new(&data))).transpose()?;
    let bar = super::bar(networks.len(), "networks");
    let figures = Figures::of(&networks, trial.as_ref(), || bar.inc(1));
    bar.finish_and_clear();
    if !figures.digits.is_empty() {
        super::print(&table(&figures.digits))?;
    }
    if !figures.lines.is_empty() {
        super::print(&table_of_lines(&figures.lines))?;
    }
    let Some(path) = &args.json else { return Ok(()) };
    let mut json = serde_json::to_string_pretty(&figures).map_err(|e| Error::of(path.display(), e))?;
    json.push('\n');
    files::write(path, json.as_bytes(), args.force)
}

fn percent(share: Share) -> f64 {
    100.0 * share.value()
}

/// A column of a table has no space in it.
fn word(text: &str) -> String {
    text.replace(' ', "-")
}

/// The same for lines.
fn table_of_lines(evaluations: &[LineEvaluation]) -> String {
    let mut text = String::from(
        "reading      numbers  seed  characters-%  lines-%  MRZ-%  name-%  date-%  number-%  1-T_m  share  errors  spearman  \
         by-blur-%\n",
    );
    for e in evaluations {
        let fields = e.kinds.map(|kind| format!("{:.2}", percent(kind.fields)));
        let levels: Vec<String> = e.levels.iter().map(|s| format!("{:.2}", percent(s.characters))).collect();
        let _ = writeln!(
            text,
            "{:<11}  {:<7}  {:>4}  {:>12.2}  {:>7.2}  {:>5}  {:>6}  {:>6}  {:>8}  {:.3}  {:.3}  {:>6}  {:>8.3}  {}",
            word(&e.reading),
            word(&e.numbers),
            e.seed,
            percent(e.all.characters),
            percent(e.all.fields),
            fields[0],
            fields[1],
            fields[2],
            fields[3],
            e.tolerant.width,
            e.tolerant.above.value(),
            e.tolerant.wrong.of,
            e.dependence.spearman,
            levels.join("/")
        );
    }
    text
}

/// Aligned columns, for people and for `awk`.
fn table(evaluations: &[Evaluation]) -> String {
    let mut text = String::from(
        "reading      numbers  seed  accuracy-%  unblurred-%       1-T*  zone-share   1-T_v  share  errors   1-T_m  share  errors  \
         spearman  pearson  eta2  validation-%  validation-share\n",
    );
    for e in evaluations {
        let judged =
            |j: crate::metrics::Judged| format!("{:.4}  {:.3}  {:>6}", j.width, j.above.value(), j.wrong.of);
        let _ = writeln!(
            text,
            "{:<11}  {:<7}  {:>4}  {:>10.2}  {:>11.2}  {:>9.2e}  {:>10.3}  {}  {}  {:>8.3}  {:>7.3}  {:.2}  {:>12.2}  {:>16.3}",
            word(&e.reading),
            word(&e.numbers),
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
