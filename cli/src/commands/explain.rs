//! `qgen explain`

use crate::explain::{Lesson, Stage};
use crate::failure::Failure;
use crate::output;
use crate::wanted::Wanted;

/// Teaches how a kernel works, stage by stage.
///
/// Everything it says is computed from the kernel at hand. The kernel is named, or described by
/// options as for `qgen emit`; what is left out is chosen by the model.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// Only this stage, with all details [default: the whole lesson].
    #[arg(long, value_enum)]
    stage: Option<Stage>,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let (kernel, _) = args.wanted.compile()?;
    let lesson = Lesson::of(&kernel, args.stage)?;
    output::print(&if args.json { lesson.json() } else { lesson.text(output::has_colours()) })
}
