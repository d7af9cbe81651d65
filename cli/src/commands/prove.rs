//! `qgen prove`

use crate::failure::Failure;
use crate::output;
use crate::prove::{Verdict, json, text};
use crate::wanted::Wanted;
use qgen::compile_name;
use qgen_runtime::kernels::SHIPPED;
use rayon::prelude::*;

/// Proves that a kernel is exact, and prints the argument line by line.
///
/// The finished machine program is run over intervals (nothing wraps before it is widened) and over
/// polynomials in the operands (every result is the sum of products, for all operands), with an
/// induction over the depth. A refusal names the instruction, the lane and the range.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// Prove every kernel that the runtime ships, with the limits that it ships with.
    #[arg(long)]
    all: bool,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    if args.all && args.wanted.is_given() {
        return Err(Failure(
            "all: it stands for every kernel that ships, of all cores and operands; leave out the kernel's name and \
             the options that choose one"
                .into(),
        ));
    }
    let verdicts = if args.all { shipped()? } else { vec![Verdict::of(&args.wanted.compile()?.0)] };
    output::print(&if args.json { json(&verdicts) } else { text(&verdicts, args.all) })?;
    let refused = verdicts.iter().filter(|verdict| verdict.is_refused()).count();
    if refused > 0 {
        return Err(Failure(format!("{refused} of {} kernels cannot be proved", verdicts.len())));
    }
    Ok(())
}

/// What ships: the committed descriptors, against the programs that their names stand for.
fn shipped() -> Result<Vec<Verdict>, Failure> {
    let verdicts: Result<Vec<Verdict>, qgen_spec::Diagnostics> = SHIPPED
        .par_iter()
        .map(|kernel| Ok(Verdict::with_limits(kernel.descriptor(), &compile_name(kernel.name())?)))
        .collect();
    Ok(verdicts?)
}
