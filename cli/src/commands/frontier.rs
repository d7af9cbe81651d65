//! `qgen frontier`

use crate::cores::{CoreFile, Cores};
use crate::failure::Failure;
use crate::frontier::{Frontier, plot};
use crate::new_file::NewFile;
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
    let drawing = args.svg.as_deref().map(|path| NewFile::at("svg", path, args.force)).transpose()?;
    let frontier = Frontier::of(&core);
    // The answer is printed before: a disk that is full costs only the drawing.
    output::print(&if args.json { frontier.json() } else { frontier.text() })?;
    match drawing {
        Some(file) => file.write(plot::svg(&frontier)?.as_bytes()),
        None => Ok(()),
    }
}
