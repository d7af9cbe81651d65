//! `qgen frontier`

use crate::cores::{CoreFile, Cores};
use crate::failure::Failure;
use crate::frontier::{Frontier, plot};
use crate::output;
use qgen::core::Core;
use std::path::PathBuf;

/// What each bit costs on a core: the fastest main loop for every width.
///
/// For 1 to 8 bits a side, ternary and level counts between: the best kernel of any strategy, and the
/// best that needs no newer instructions than Armv8.0, by the core's model, with the bound beside it.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// The core [default: this machine's if it is known, else cortex-a72].
    #[arg(long, value_name = "NAME")]
    core: Option<String>,
    #[command(flatten)]
    file: CoreFile,
    /// Draw it, too.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Replace the drawing if it exists.
    #[arg(long, requires = "svg")]
    force: bool,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let core: Core = Cores::with(&args.file)?.choose(args.core.as_deref())?;
    let frontier = Frontier::of(&core);
    if let Some(file) = &args.svg {
        output::write_new("svg", file, plot::svg(&frontier)?.as_bytes(), args.force)?;
    }
    output::print(&if args.json { frontier.json() } else { frontier.text() })
}
