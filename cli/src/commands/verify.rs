//! `qgen verify`

#![expect(unsafe_code, reason = "it calls machine code and reads its words")]

use crate::check::{self, Tally};
use crate::cores::{CoreFile, Cores, none_ships};
use crate::failure::Failure;
use crate::loaded::Loaded;
use crate::output;
use crate::shipped::shipped;
use qgen::Kernel;
use qgen_runtime::kernels;
use qgen_spec::{Diagnostic, Diagnostics};
use rayon::prelude::*;
use serde::Serialize;

/// Checks kernels against the scalar reference.
///
/// By the interpreter on any machine, and as machine code where this is aarch64. Without names: every
/// kernel that the runtime ships.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// Kernels by their names, as `qgen list` prints them [default: all that ship].
    #[arg(value_name = "KERNEL")]
    pub(crate) names: Vec<String>,
    /// Only the shipped kernels of this core.
    #[arg(long, value_name = "NAME", conflicts_with = "names")]
    core: Option<String>,
    #[command(flatten)]
    file: CoreFile,
    /// Leave out deep calls.
    #[arg(long)]
    quick: bool,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

/// The deepest calls in multiply-accumulates: of the interpreter, which is slow, and of machine code.
#[derive(Clone, Copy)]
struct Depth {
    interpreter: usize,
    machine_code: usize,
}

impl Depth {
    /// All calls: their depths are chosen so that each is affordable.
    const FULL: Depth = Depth { interpreter: usize::MAX, machine_code: usize::MAX };
    const QUICK: Depth = Depth { interpreter: 100_000, machine_code: 1_000_000 };
}

/// What came out of one way to run a kernel.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// It agrees with the reference.
    Agrees(Tally),
    /// The first difference, in words.
    Differs(String),
    /// It cannot be run here.
    NotHere(String),
}

/// Whether the words that the compiler makes are those of the function that ships.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Words {
    Equal,
    /// The first word that differs.
    Differ(usize),
    /// The kernel does not ship.
    NotShipped,
    /// The shipped function is no machine code here.
    NotHere(String),
}

/// Everything about one kernel.
#[derive(Debug, Serialize)]
struct Verdict {
    kernel: String,
    interpreter: Outcome,
    machine_code: Outcome,
    shipped_words: Words,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let kernels = kernels(args)?;
    let depth = if args.quick { Depth::QUICK } else { Depth::FULL };
    let bar = output::progress(kernels.len(), "kernels");
    let verdicts: Vec<Verdict> = kernels
        .par_iter()
        .map(|kernel| {
            let verdict = verify(kernel, depth);
            bar.inc(1);
            verdict
        })
        .collect();
    bar.finish_and_clear();
    output::print(&if args.json { json(&verdicts) } else { text(&verdicts) })?;
    match verdicts.iter().find_map(Verdict::problem) {
        Some(problem) => Err(Failure(problem)),
        None => Ok(()),
    }
}

/// The kernels that are asked for.
fn kernels(args: &Args) -> Result<Vec<Kernel>, Failure> {
    let cores = Cores::with(&args.file)?;
    if args.names.is_empty() {
        if let Some(own) = cores.own() {
            return Err(Failure(format!(
                "core: no kernel ships for {}, the core of the file; name the kernels to verify",
                own.name
            )));
        }
        let core = args.core.as_deref().map(|name| cores.named(name)).transpose()?;
        let kernels = shipped(|of| core.as_ref().is_none_or(|core| core.name == of.name))?;
        if let (true, Some(core)) = (kernels.is_empty(), core) {
            return Err(Failure(format!("core: {}", none_ships(&core))));
        }
        return Ok(kernels);
    }
    let mut errors: Vec<Diagnostic> = Vec::new();
    let named = args.names.iter().map(|name| cores.kernel(name));
    let made: Vec<Kernel> = named.filter_map(|made| made.map_err(|e| errors.extend(e.0)).ok()).collect();
    if !errors.is_empty() {
        return Err(Diagnostics(errors).into());
    }
    cores.check_used(&made)?;
    Ok(made)
}

fn verify(kernel: &Kernel, depth: Depth) -> Verdict {
    let interpreted = check::interpreted(&kernel.descriptor(), kernel.program(), depth.interpreter);
    Verdict {
        kernel: kernel.name().to_string(),
        interpreter: outcome(interpreted),
        machine_code: run_natively(kernel, depth.machine_code),
        shipped_words: shipped_words(kernel),
    }
}

/// Checks the kernel as machine code, where that can run.
fn run_natively(kernel: &Kernel, macs: usize) -> Outcome {
    if !cfg!(target_arch = "aarch64") {
        return Outcome::NotHere(std::env::consts::ARCH.into());
    }
    let loaded = match Loaded::new([kernel]) {
        Ok(loaded) => loaded,
        Err(Failure(why)) => return Outcome::NotHere(why),
    };
    match loaded.kernels()[0].code() {
        // SAFETY: the compiler made this code for this descriptor, which is what is checked here; it was
        // loaded, so this machine has its instructions, and it lives until the call is over.
        Some(code) => outcome(unsafe { check::machine_code(&kernel.descriptor(), code, macs) }),
        None => Outcome::NotHere("there is no code".into()),
    }
}

fn outcome(checked: Result<Tally, String>) -> Outcome {
    match checked {
        Ok(tally) => Outcome::Agrees(tally),
        Err(why) => Outcome::Differs(why),
    }
}

/// Compares the kernel's words with those that the Rust toolchain's assembler made of the text that
/// ships.
fn shipped_words(kernel: &Kernel) -> Words {
    let Some(shipped) = kernels::SHIPPED.iter().find(|shipped| shipped.name() == kernel.name()) else {
        return Words::NotShipped;
    };
    let code = match shipped.code() {
        Some(code) if shipped.runs_natively() => code as *const u32,
        _ => return Words::NotHere(std::env::consts::ARCH.into()),
    };
    let words = kernel.words();
    // SAFETY: code can be read. Only the last of our words is a `ret`: the words of a shorter function
    // differ at its end at the latest, and nothing is read behind a difference.
    let differs = (0..words.len()).find(|&at| unsafe { code.add(at).read() } != words[at]);
    differs.map_or(Words::Equal, Words::Differ)
}

impl Verdict {
    /// What is wrong, in words.
    fn problem(&self) -> Option<String> {
        match self {
            Verdict { interpreter: Outcome::Differs(why), .. } => Some(format!("interpreter: {why}")),
            Verdict { machine_code: Outcome::Differs(why), .. } => Some(format!("machine code: {why}")),
            Verdict { shipped_words: Words::Differ(at), kernel, .. } => Some(format!(
                "{kernel}: word {at} is not that of the function that ships; `cargo xtask kernels --write` makes it anew"
            )),
            _ => None,
        }
    }
}

fn json(verdicts: &[Verdict]) -> String {
    #[derive(Serialize)]
    struct Json<'a> {
        machine: &'a str,
        agree: usize,
        of: usize,
        kernels: &'a [Verdict],
    }
    let json = Json {
        machine: std::env::consts::ARCH,
        agree: agree(verdicts),
        of: verdicts.len(),
        kernels: verdicts,
    };
    output::json(&json)
}

fn agree(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| verdict.problem().is_none()).count()
}

/// A line for each kernel, and how many agree.
fn text(verdicts: &[Verdict]) -> String {
    let outcome = |outcome: &Outcome| match outcome {
        Outcome::Agrees(Tally { calls, deepest_k }) => format!("ok ({calls} calls, k to {deepest_k})"),
        Outcome::Differs(_) => "WRONG".into(),
        Outcome::NotHere(why) => format!("not here: {why}"),
    };
    let words = |words: &Words| match words {
        Words::Equal => "equal".into(),
        Words::Differ(_) => "DIFFERENT".into(),
        Words::NotShipped => "none".into(),
        Words::NotHere(why) => format!("not here: {why}"),
    };
    let rows: Vec<[String; 4]> = verdicts
        .iter()
        .map(|verdict| {
            [
                verdict.kernel.clone(),
                outcome(&verdict.interpreter),
                outcome(&verdict.machine_code),
                words(&verdict.shipped_words),
            ]
        })
        .collect();
    let table = output::table(&["kernel", "interpreter", "machine code", "shipped words"], &rows);
    format!("{table}\n{} of {} kernels agree with the reference\n", agree(verdicts), verdicts.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen::compile_name;

    const KERNEL: &str = "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72";

    #[test]
    fn a_shipped_kernel_agrees_in_every_way_that_is_possible_here() {
        let depth = Depth { interpreter: 5_000, machine_code: usize::MAX };
        let verdict = verify(&compile_name(KERNEL).unwrap(), depth);
        assert_eq!(verdict.problem(), None);
        assert!(matches!(verdict.interpreter, Outcome::Agrees(Tally { calls: 40.., .. })), "{verdict:?}");
        if cfg!(target_arch = "aarch64") {
            let Outcome::Agrees(tally) = &verdict.machine_code else { panic!("{verdict:?}") };
            assert!(tally.deepest_k > 2304, "{tally:?}");
            assert_eq!(verdict.shipped_words, Words::Equal);
        } else {
            assert!(matches!(&verdict.machine_code, Outcome::NotHere(why) if why == std::env::consts::ARCH));
        }
        let all = [verdict];
        assert!(text(&all).contains("1 of 1 kernels agree with the reference"), "{}", text(&all));
        let json: serde_json::Value = serde_json::from_str(&json(&all)).unwrap();
        assert_eq!((&json["agree"], &json["of"]), (&1.into(), &1.into()));
        assert_eq!(json["kernels"][0]["kernel"], KERNEL);
    }

    #[test]
    fn what_differs_is_counted_and_said() {
        let ok = || Outcome::Agrees(Tally { calls: 1, deepest_k: 2 });
        let verdict = |interpreter, machine_code, shipped_words| Verdict {
            kernel: KERNEL.into(),
            interpreter,
            machine_code,
            shipped_words,
        };
        let all = [
            verdict(ok(), ok(), Words::NotShipped),
            verdict(Outcome::Differs("out[0][0] is 1".into()), ok(), Words::Equal),
            verdict(ok(), Outcome::Differs("out[0][0] is 2".into()), Words::Equal),
            verdict(ok(), ok(), Words::Differ(7)),
        ];
        let problems: Vec<Option<String>> = all.iter().map(Verdict::problem).collect();
        assert_eq!(problems[0], None);
        assert_eq!(problems[1].as_deref(), Some("interpreter: out[0][0] is 1"));
        assert_eq!(problems[2].as_deref(), Some("machine code: out[0][0] is 2"));
        assert!(problems[3].as_ref().is_some_and(|p| p.contains("word 7 is not that")), "{problems:?}");
        let text = text(&all);
        assert!(text.contains("1 of 4 kernels agree") && text.contains("WRONG"), "{text}");
    }

    #[test]
    fn every_wrong_name_is_reported() {
        let args = Args { names: vec!["nonsense".into(), KERNEL.into(), "more".into()], ..Args::default() };
        let problem = run(&args).unwrap_err().0;
        assert!(problem.contains("`nonsense` is not") && problem.contains("`more` is not"), "{problem}");
        let core = Args { core: Some("cortex-a99".into()), ..Args::default() };
        assert!(run(&core).unwrap_err().0.contains("there is no core `cortex-a99`"));
        let none = Args { core: Some("cortex-a55".into()), ..Args::default() };
        let none = run(&none).unwrap_err().0;
        assert!(
            none.contains("no kernel ships for cortex-a55") && none.contains("those of cortex-a53"),
            "{none}"
        );
    }

    #[test]
    fn a_core_file_that_no_kernel_is_for_is_refused() {
        let path = std::env::temp_dir().join(format!("qgen-verify-{}.toml", std::process::id()));
        std::fs::write(&path, "name = \"my-core\"\ntitle = \"Mine\"\nlike = \"cortex-a72\"\n").unwrap();
        let file = CoreFile { core_file: Some(path.clone()) };
        let all = run(&Args { file: file.clone(), ..Args::default() }).unwrap_err().0;
        let named = run(&Args { file, names: vec![KERNEL.into()], ..Args::default() }).unwrap_err().0;
        std::fs::remove_file(path).unwrap();
        assert!(all.contains("no kernel ships for my-core"), "{all}");
        assert!(named.contains("no kernel that is named is for that core"), "{named}");
    }

    #[test]
    fn a_core_selects_its_shipped_kernels() {
        let args = Args { core: Some("cortex-a53".into()), ..Args::default() };
        let kernels = kernels(&args).unwrap();
        assert!(!kernels.is_empty() && kernels.iter().all(|kernel| kernel.core().name == "cortex-a53"));
    }
}
