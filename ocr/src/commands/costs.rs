//! `ocr costs`: what an inference costs, beside how often it is right.

use crate::costs::{Costs, Times, write_networks};
use crate::data::Digits;
use crate::error::{Error, Result};
use crate::report::markdown;
use std::path::PathBuf;

/// Print what an inference costs at every width, as Markdown: counted instructions and modelled cycles on three cores.
///
/// They are part of this program; `cargo xtask ocr-costs` makes them. No core was measured for them.
#[derive(clap::Args)]
pub struct Args {
    /// Take times, too, of the models that there are; only on an Arm core.
    #[arg(long, conflicts_with = "networks")]
    time: bool,

    /// Write the networks that are counted into this new folder instead, as files of qgen-runtime.
    #[arg(long, value_name = "FOLDER")]
    networks: Option<PathBuf>,

    /// The folder with the models.
    #[arg(long, value_name = "FOLDER", default_value = super::MODELS)]
    models: PathBuf,

    /// The folder with the sample of MNIST, from which widths without a model get their scales.
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    sample: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// If something cannot be read or written, or times mean nothing here.
pub fn run(args: &Args) -> Result<()> {
    if let Some(folder) = &args.networks {
        let file = |name: &str| args.sample.join(format!("mnist-sample-{name}-ubyte"));
        let digits = Digits::read(&file("images.idx3"), &file("labels.idx1"))?;
        let models = super::report::models(&args.models)?;
        std::fs::create_dir(folder).map_err(|e| Error::of(folder.display(), e))?;
        return write_networks(&models, &digits, folder);
    }
    let times = if args.time { Some(Times::of(&super::report::models(&args.models)?)?) } else { None };
    if let Some(why) = times.as_ref().and_then(|times| times.unreal.as_ref()) {
        return Err(Error::of("time", format!("{why}; take times on an Arm core, or leave --time out")));
    }
    let recorded = super::report::recorded(&args.models.join("recorded.json"))?;
    super::print(&markdown::costs(&Costs::committed()?, times.as_ref(), &recorded))
}
