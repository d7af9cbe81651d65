//! `qgen explain`

use crate::explain::timeline::Timeline;
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
    pub(crate) wanted: Wanted,
    /// Only this stage, with all details [default: the whole lesson].
    #[arg(long, value_enum)]
    stage: Option<Stage>,
    /// The main loop cycle by cycle: what each instruction waits for, and which units are busy when.
    #[arg(long, conflicts_with = "stage")]
    timeline: bool,
    /// Columns for the timeline [default: the terminal's; elsewhere as many as two passes take].
    #[arg(long, value_name = "COLUMNS", requires = "timeline", conflicts_with = "json")]
    width: Option<usize>,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let (kernel, _) = args.wanted.compile()?;
    if args.timeline {
        let terminal = if args.json { None } else { output::terminal_width() };
        let timeline = Timeline::of(&kernel, args.width.or(terminal), args.width.is_some())?;
        let colours = output::has_colours();
        return output::print(&if args.json { timeline.json() } else { timeline.text(colours) });
    }
    let lesson = Lesson::of(&kernel, args.wanted.file(), args.stage)?;
    output::print(&if args.json { lesson.json() } else { lesson.text(output::has_colours()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn what_is_no_kernel_is_an_error_that_teaches() {
        let run = |typed: &[&str]| {
            let typed = ["qgen explain"].iter().chain(typed);
            run(&Cli::try_parse_from(typed).unwrap().args).unwrap_err().0
        };
        assert!(run(&["nonsense"]).contains("`nonsense` is not a kernel name; a name reads qgen_STRATEGY"));
        let unknown = run(&["qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a99"]);
        assert!(unknown.contains("there is no core `cortex-a99`"), "{unknown}");
        let widens = run(&["qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1ws_cortex_a72"]);
        assert!(widens.contains("fip that widens in its main loop has lanes of 32 bits"), "{widens}");
        assert!(run(&["nonsense", "--bits", "4"]).contains("give the name or the options"));
        assert!(run(&["--bits", "9", "--core", "cortex-a72"]).contains("9 bits are not possible"));
    }
}
