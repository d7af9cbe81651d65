//! `qgen tune`

use crate::clock::Clock;
use crate::cores::{CoreFile, Cores};
use crate::failure::Failure;
use crate::output;
use crate::report::{self, Section, destination::Destination};
use crate::request::KernelArgs;
use crate::tune::contest::Classes;
use crate::tune::shapes::{NamedShape, usual};
use crate::tune::{Outcome, Target, file, table};
use qgen::Request;
use qgen::core::Core;
use qgen_runtime::cpu::Machine;
use qgen_spec::{Diagnostic, Diagnostics};
use std::path::PathBuf;
use std::time::Instant;

/// Finds the fastest kernels for a core: the main job.
///
/// Compiles every kernel that could win, ranks them at every shape by the core's model and, on an Arm
/// machine, by the clock. Prints the winners with their ratio to the best 8-bit and the best float
/// kernel of the same core, and writes a tuning file for the runtime (QGEN_TUNING). Without options:
/// 4 bits, this machine's core (on other machines: all known cores), the published grid of shapes and
/// the layers of LeNet-5.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: KernelArgs,
    /// The core; may be given several times.
    #[arg(long, value_name = "NAME")]
    core: Vec<String>,
    #[command(flatten)]
    file: CoreFile,
    /// A shape; may be given several times.
    #[arg(long, value_name = "MxNxK", allow_hyphen_values = true)]
    shape: Vec<String>,
    /// The tuning file to write; {core} stands for the core's name [default: tune-{core}.toml].
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
    /// Write no tuning file.
    #[arg(long, conflicts_with = "out")]
    no_file: bool,
    /// Write a page that shows it all: winners, tiles, roofline, frontier, and the model against measured times.
    /// A folder, which gets an index.html, or a file whose name ends in .html.
    #[arg(long, value_name = "FOLDER|FILE.html")]
    report: Option<PathBuf>,
    /// Replace the page if it exists.
    #[arg(long, requires = "report")]
    force: bool,
    /// A row for every shape.
    #[arg(long)]
    long: bool,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

/// What is printed as JSON, for each core.
#[derive(serde::Serialize)]
struct Json<'a> {
    core: &'a str,
    lhs: String,
    rhs: String,
    /// Whether times decided; else modelled cycles did.
    measured: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    times_are_not_real: Option<&'a str>,
    /// Kernels that took part: of the operands, of 8 bits, of floats.
    entrants: [usize; 3],
    tuning_file: Option<String>,
    shapes: &'a [Outcome],
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let (request, targets, shapes) = understand(args)?;
    file::check(args.out.as_deref(), targets.len())?;
    let mut files = Vec::new();
    for target in &targets {
        let open = || file::Output::open(file::path(args.out.as_deref(), target), target.is_measured());
        files.push((!args.no_file).then(open).transpose()?);
    }
    let report = args.report.as_deref().map(|at| Destination::open(at, args.force)).transpose()?;
    let mut sections = Vec::new();
    let mut all = Vec::new();
    for (target, file) in targets.iter().zip(files) {
        let start = Instant::now();
        let classes = Classes::new(&request, target)?;
        let outcomes = classes.outcomes(&shapes, target)?;
        output::remark(&format!(
            "{}: {} kernels compiled and compared at {} in {:.2} s",
            target.core.name,
            classes.size(),
            if shapes.len() == 1 { "one shape".into() } else { format!("{} shapes", shapes.len()) },
            start.elapsed().as_secs_f64()
        ));
        if report.is_some() {
            sections.push(Section::of(&request, &outcomes, target)?);
        }
        let tuning = file::tuning(&request, &outcomes, target);
        // Nothing to select by, nothing to write.
        let file = file.filter(|_| !tuning.winners.is_empty());
        let path = file.as_ref().map(|file| file.path().display().to_string());
        if args.json {
            all.push(serde_json::to_value(Json {
                core: &target.name,
                lhs: request.lhs.to_string(),
                rhs: request.rhs.to_string(),
                measured: target.is_measured(),
                times_are_not_real: target.clock.as_ref().and_then(|clock| clock.unreal.as_deref()),
                entrants: [classes.asked.size(), classes.eight_bits.size(), classes.floats.size()],
                tuning_file: path.clone(),
                shapes: &outcomes,
            })?);
        } else {
            output::print(&(table::text(&request, &outcomes, target, args.long) + "\n"))?;
        }
        // The answer is printed before: a disk that is full costs only the file.
        if let Some(file) = file {
            file.write(&tuning)?;
        }
        if let (false, Some(path)) = (args.json, path) {
            output::print(&format!(
                "Wrote {path}; programs on that core use it with QGEN_TUNING={path}\n\n"
            ))?;
        }
    }
    if args.json {
        let mut text = serde_json::to_string_pretty(&all)?;
        text.push('\n');
        output::print(&text)?;
    }
    if let Some(report) = report {
        let path = report.path().display().to_string();
        report.write(&report::page(&request, &sections, &file::today()))?;
        output::remark(&format!("wrote {path}; any browser opens it"));
    }
    Ok(())
}

/// What is asked for, with every error at once.
fn understand(args: &Args) -> Result<(Request, Vec<Target>, Vec<NamedShape>), Diagnostics> {
    let mut errors = Vec::new();
    let request = args.wanted.request().map_err(|all| errors.extend(all.0)).ok();
    let targets = Cores::with(&args.file)
        .and_then(|cores| targets(&args.core, &cores))
        .map_err(|e| errors.push(e))
        .ok();
    let mut shapes = Vec::new();
    for text in &args.shape {
        match NamedShape::parse(text) {
            Ok(shape) if shapes.contains(&shape) => {}
            Ok(shape) => shapes.push(shape),
            Err(e) => errors.push(e),
        }
    }
    if args.shape.is_empty() {
        shapes = usual();
    }
    match (request, targets) {
        (Some(request), Some(targets)) if errors.is_empty() => Ok((request, targets, shapes)),
        _ => Err(Diagnostics(errors)),
    }
}

/// The cores that were asked for; else the file's; else this machine's; where there is none, all.
fn targets(asked: &[String], cores: &Cores) -> Result<Vec<Target>, Diagnostic> {
    let here = Machine::detect().core;
    let is_arm = cfg!(target_arch = "aarch64");
    let modelled = |core: Core| Target { name: core.name.clone(), core, clock: None };
    if asked.is_empty() && cores.own().is_some() {
        return Ok(vec![modelled(cores.choose(None)?)]);
    }
    if asked.is_empty() && is_arm {
        let core = cores.choose(None)?;
        return Ok(vec![Target { core, name: here.to_string(), clock: Some(Clock::here()) }]);
    }
    if asked.is_empty() {
        output::remark("this is no Arm machine: cores are modelled, not measured");
        return Core::names().map(|name| Core::built_in(name).map(modelled)).collect();
    }
    let mut targets: Vec<Target> = Vec::new();
    for name in asked {
        let core = cores.named(name)?;
        if targets.iter().all(|target| target.core.name != core.name) {
            let clock = (is_arm && here.name() == Some(name.as_str())).then(Clock::here);
            targets.push(Target { clock, ..modelled(core) });
        }
    }
    Ok(targets)
}
