//! `qgen tune`

use crate::cores::{CoreFile, Cores};
use crate::failure::Failure;
use crate::output;
use crate::report::{self, Section, destination::Destination};
use crate::request::KernelArgs;
use crate::tune::calibrate::{self, Calibration};
use crate::tune::contest::Classes;
use crate::tune::shapes::{NamedShape, usual};
use crate::tune::targets::{Here, Wish, targets};
use crate::tune::{Outcome, Target, file, rust, table};
use crate::typed;
use qgen::Request;
use qgen_runtime::cpu::Core;
use qgen_spec::{Diagnostic, Diagnostics, End, Field};
use std::path::PathBuf;
use std::time::Instant;

/// Finds the fastest kernels for a core: the main job.
///
/// Compiles every kernel that could win, ranks them at every shape by the core's model and, on an Arm
/// machine with Linux, by the clock: on one processor, warmed up, until the median is stable, each with and without
/// requests for lines ahead of its loads (--prefetch). Prints the winners with their ratio to the best 8-bit and the best float
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
    /// The tuning file to write; {core} stands for the core's name [default: tune-{core}.toml]. What one holds
    /// already of other operands and shapes stays in it.
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
    #[arg(long, conflicts_with_all = ["json", "emit_rust"])]
    long: bool,
    /// Print JSON, for machines: with all samples of every kernel that was timed.
    #[arg(long)]
    json: bool,
    /// Print the winners as `#[qkernel]` lines, ready to paste into a program.
    #[arg(long, conflicts_with = "json")]
    emit_rust: bool,
    /// Time every kernel on this machine, and its main loop alone, and report how far the model is from it; without
    /// --shape, at three shapes of the grid. Writes no file.
    #[arg(long, conflicts_with_all = ["out", "emit_rust", "report"])]
    calibrate: bool,
    /// The processor to measure on, by its number (Linux) [default: the current one, or one of the kind
    /// that --core names].
    #[arg(long, value_name = "NUMBER")]
    cpu: Option<usize>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<usize>,
    /// Kernels that took part: of the operands, of 8 bits, of floats.
    entrants: [usize; 3],
    tuning_file: Option<String>,
    shapes: &'a [Outcome],
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let (request, targets, shapes) = understand(args)?;
    if args.calibrate {
        return calibrate(args, &request, &targets, &shapes);
    }
    file::check(args.out.as_deref(), targets.len())?;
    let mut files = Vec::new();
    for target in &targets {
        files.push(if args.no_file { None } else { open(args.out.as_deref(), target)? });
    }
    let (mut all, mut start_of_rust) = (Vec::new(), true);
    let report = args.report.as_deref().map(|at| Destination::open(at, args.force)).transpose()?;
    let mut sections = Vec::new();
    for (target, file) in targets.iter().zip(files) {
        let start = Instant::now();
        let classes = Classes::new(&request, target)?.with_variants(&shapes, target);
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
        if file.is_some() && tuning.winners.is_empty() {
            output::remark(&format!(
                "no tuning file is written for {}: the runtime ships no kernel of that core that it could name",
                target.name
            ));
        }
        let file = file.filter(|_| !tuning.winners.is_empty());
        let path = file.as_ref().map(|file| file.path().display().to_string());
        if args.json {
            all.push(serde_json::to_value(Json {
                core: &target.name,
                lhs: request.lhs.to_string(),
                rhs: request.rhs.to_string(),
                measured: target.is_measured(),
                times_are_not_real: target.clock.as_ref().and_then(|clock| clock.unreal.as_deref()),
                cpu: target.clock.as_ref().and_then(|clock| clock.cpu),
                entrants: [classes.asked.size(), classes.eight_bits.size(), classes.floats.size()],
                tuning_file: path.clone(),
                shapes: &outcomes,
            })?);
        } else if args.emit_rust {
            let head = if start_of_rust { rust::HEAD } else { "" };
            output::print(&format!("{head}{}", rust::items(&outcomes, target)))?;
            start_of_rust = false;
        } else {
            output::print(&(table::text(&request, &outcomes, target, args.long) + "\n"))?;
        }
        // The answer is printed before: a disk that is full costs only the file.
        if let Some(file) = file {
            file.write(tuning)?;
        }
        if let (false, Some(path)) = (args.json, path) {
            let quoted = typed::quoted(&path);
            let text = format!("Wrote {path}; programs on that core use it with QGEN_TUNING={quoted}");
            match args.emit_rust {
                true => output::remark(&text),
                false => output::print(&(text + "\n\n"))?,
            }
        }
    }
    if args.json {
        output::print(&output::json(&all))?;
    }
    if let Some(report) = report {
        let path = report.path().display().to_string();
        report.write(&report::page(&request, &sections, &file::today()))?;
        output::remark(&format!("wrote {path}; any browser opens it"));
    }
    Ok(())
}

/// The tuning file of a target, which is `out`; none for a core that has no name.
fn open(out: Option<&str>, target: &Target) -> Result<Option<file::Output>, Failure> {
    if Core::by_name(&target.name).is_none() {
        output::remark(&format!(
            "no tuning file is written: programs find theirs by the core's name, and this is {}; --emit-rust prints the \
             winners for a program of one's own",
            target.name
        ));
        return Ok(None);
    }
    file::Output::open(file::path(out, target), &target.name, target.is_measured()).map(Some)
}

/// `--calibrate`.
fn calibrate(
    args: &Args,
    request: &Request,
    targets: &[Target],
    shapes: &[NamedShape],
) -> Result<(), Failure> {
    let mut all = Vec::new();
    for target in targets {
        let Some(clock) = &target.clock else {
            return Err(Failure(format!("calibrate: {} cannot be measured here", target.name)));
        };
        let classes = Classes::new(request, target)?;
        let found = Calibration::new(&classes, shapes, target, clock)?;
        if !args.json {
            output::print(&(found.text(args.long) + "\n"))?;
        }
        all.push(found);
    }
    if args.json { output::print(&output::json(&all)) } else { Ok(()) }
}

/// What is asked for, with every error at once.
fn understand(args: &Args) -> Result<(Request, Vec<Target>, Vec<NamedShape>), Diagnostics> {
    let mut errors = Vec::new();
    let request = args.wanted.request().map_err(|all| errors.extend(all.0)).ok();
    if request.as_ref().is_some_and(|request| request.end != End::Sums) {
        errors.push(Diagnostic::new(
            Field::Output,
            "kernels that store something else than sums are not timed: a plan takes them by itself",
            "leave --output out: ends differ in what a call does once, behind the main loop",
        ));
    }
    if args.wanted.short_k && !args.no_file && !args.calibrate {
        errors.push(Diagnostic::new(
            Field::ShortK,
            "a tuning file cannot name forms for short k: the runtime takes them by itself where k allows it",
            "give --no-file to compare them only, or leave --short-k out",
        ));
    }
    let targets = Cores::with(&args.file)
        .and_then(|cores| {
            let wish = Wish { cores: &args.core, cpu: args.cpu, must_run: args.calibrate };
            targets(wish, &Here::detect(), &cores)
        })
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
        shapes = if args.calibrate { calibrate::usual() } else { usual() };
    }
    match (request, targets) {
        (Some(request), Some(targets)) if errors.is_empty() => Ok((request, targets, shapes)),
        _ => Err(Diagnostics(errors)),
    }
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

    fn refused(typed: &[&str]) -> String {
        let typed =
            ["qgen tune", "--core", "cortex-a72", "--strategy", "byte", "--tile", "4x4"].iter().chain(typed);
        run(&Cli::try_parse_from(typed).unwrap().args).unwrap_err().0
    }

    #[test]
    fn compiler_nobody_is_ranked_at_depths_that_it_refuses() {
        let short = refused(&["--short-k", "--no-file", "--shape", "64x64x1024"]);
        assert!(short.starts_with("shape: 64x64x1024 is too deep") && short.contains("k = 511;"), "{short}");
        let deep = refused(&["--no-file", "--shape", "8x8x4000000000"]);
        assert!(deep.contains("8x8x4000000000") && deep.contains("k = 33554431;"), "{deep}");
    }

    #[test]
    fn no_tuning_file_names_short_forms() {
        let short = refused(&["--short-k", "--shape", "8x8x64"]);
        assert!(short.starts_with("short_k: ") && short.contains("--no-file"), "{short}");
    }

    #[test]
    fn kernels_that_store_no_sums_are_not_timed() {
        let ended = refused(&["--output", "i8", "--shape", "8x8x64"]);
        assert!(ended.starts_with("output: ") && ended.contains("leave --output out"), "{ended}");
    }
}
