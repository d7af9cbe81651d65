//! `qgen hw`

use crate::failure::Failure;
use crate::hw::{Answer, Here, assumed, features, no_core, text};
use crate::output;
use qgen_runtime::cpu::{self, Machine};
use qgen_runtime::select::Overrides;

/// Shows what this machine has, and which kernel would run for each width, and why.
///
/// Its processors kind by kind, their features and caches, as the system says them; and for 1 to 8 bits, ternary and
/// floats what the runtime selects, for matrices and for a single row, by the environment and the tuning file that it
/// names. With --core: the same for a machine that one does not have, without this machine's environment.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// Answer for a machine with this core in place of this one.
    #[arg(long, value_name = "NAME")]
    core: Option<String>,
    /// What that machine's instruction set has: neon, dotprod, i8mm, with commas between them [default: what the
    /// core's table has, else what cores of its class have].
    #[arg(long, value_name = "LIST", requires = "core")]
    features: Option<String>,
    /// Say of every kernel why it is this one.
    #[arg(long, conflicts_with = "json")]
    long: bool,
    /// Print JSON, for machines, reasons included.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let (here, answers) = match &args.core {
        Some(name) => {
            let machine = another(name, args.features.as_deref())?;
            (None, vec![Answer::of(&machine, &Overrides::default())?])
        }
        None => {
            let here = Here::detect();
            // One answer for each core: big.LITTLE has several, and which one runs is the system's choice.
            let answers: Result<Vec<Answer>, Failure> =
                here.machines().iter().map(|machine| Answer::of(machine, Overrides::from_env())).collect();
            (Some(here), answers?)
        }
    };
    for warning in answers.iter().flat_map(|answer| &answer.warnings) {
        output::remark(warning);
    }
    if args.json {
        return output::print(&text::json(here.as_ref(), &answers));
    }
    output::print(&text::text(here.as_ref(), &answers, args.long))
}

/// A machine with the core `name`.
fn another(name: &str, list: Option<&str>) -> Result<Machine, Failure> {
    let core = cpu::Core::by_name(name).ok_or_else(|| no_core(name))?;
    let features = match list {
        Some(list) => features(list)?,
        None => assumed(core),
    };
    Ok(Machine { core, features })
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_runtime::cpu::Features;

    #[test]
    fn another_machine_is_what_one_says() {
        let has = |dotprod, i8mm| Features { neon: true, dotprod, i8mm };
        assert_eq!(another("cortex-a72", None).unwrap().features, has(false, false));
        assert_eq!(another("neoverse-n1", None).unwrap().features, has(true, false));
        // No table of ours has it; its class does.
        assert_eq!(another("cortex-a710", None).unwrap().features, has(true, true));
        assert_eq!(another("cortex-a710", Some("neon")).unwrap().features, has(false, false));
        assert_eq!(another("cortex-a55", Some("dotprod, i8mm")).unwrap().features, has(true, true));
        let unknown = another("cortex-m4", None).unwrap_err().0;
        assert!(unknown.contains("no core `cortex-m4`") && unknown.contains("neoverse-v2"), "{unknown}");
        let bad = another("cortex-a55", Some("neon,avx2")).unwrap_err().0;
        assert!(bad.contains("`avx2`") && bad.contains("neon, dotprod, i8mm"), "{bad}");
    }
}
