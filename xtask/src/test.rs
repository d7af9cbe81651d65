//! `cargo xtask test`: every test of the workspace, on this machine and on aarch64.

use crate::cargo;
use crate::process::{Result, heard, watch};
use crate::report::{Counts, Report};
use crate::snapshots::References;
use crate::toolchain;
use std::process::Command;

/// The cores on which kernels must run: one that refuses what came after Armv8.0, one that has dot products
/// and no matrix products, and one that has everything.
const EVERYTHING: &str = "max";
const OLD_CORES: [&str; 2] = ["cortex-a53", "cortex-a76"];

/// The packages whose tests depend on the core: they run machine code, or choose it.
const DIFFERENTIAL: [&str; 2] = ["qgen-tests", "qgen-runtime"];

/// Tests whose name begins so run a compiler themselves, for the machine they run on: there is none
/// under emulation. They ran on the host.
const NEEDS_COMPILER: &str = "ui_";

/// Tests whose name begins so are long work of qgen's compiler alone, which does the same on every
/// machine, and takes twenty times as long under emulation. They ran on the host.
const ONLY_COMPILER: &str = "compiler_";

/// Tests whose name begins so compile their kernels as they go, which is most of what they do and the same for all
/// cores: under emulation they run on the core that has everything, and on others what ships is run.
const COMPILES_MUCH: &str = "planned_";

/// The package whose tests train floats, which takes twenty times as long under emulation. Its networks run among the
/// differential tests.
const TRAINS: &str = "qgen-ocr";

/// Runs every test.
///
/// # Errors
/// If a test failed or could not run.
pub(crate) fn run() -> Result<()> {
    let mut report = Report::default();
    steps(&mut report);
    report.close()
}

/// The steps of [`run`], for `report`.
pub(crate) fn steps(report: &mut Report) {
    let references = References::new();
    let here = if toolchain::is_native() { "natively" } else { "on the host" };
    report.tests(&format!("all tests, {here}"), || {
        let mut tests = cargo::host("test");
        tests.args(["--workspace", "--no-fail-fast"]);
        references.record(&mut tests);
        count(&mut tests)
    });
    report.step("no orphan snapshots", || references.check());
    if toolchain::is_native() {
        return;
    }
    let cross = match toolchain::cross() {
        Ok(cross) => cross,
        Err(problem) => return report.step("aarch64 tests", || Err(problem)),
    };
    let emulated = |cpu: &str, packages: &[&str], without: &[&str]| {
        let mut tests = cargo::cross("test", &cross, cpu);
        tests.arg("--no-fail-fast").args(packages).env("INSTA_UPDATE", "no");
        tests.env("INSTA_WORKSPACE_ROOT", cargo::root());
        tests.arg("--");
        for prefix in [NEEDS_COMPILER, ONLY_COMPILER].iter().chain(without) {
            tests.args(["--skip", prefix]);
        }
        tests
    };
    report.tests(&format!("all tests, aarch64, qemu {EVERYTHING}"), || {
        let packages = ["--workspace", "--exclude", "xtask", "--exclude", TRAINS];
        count(&mut emulated(EVERYTHING, &packages, &[]))
    });
    report.tests(&format!("differential tests, aarch64, qemu {}", OLD_CORES.join(" and ")), || {
        let packages = DIFFERENTIAL.map(|package| ["--package", package]).concat();
        count_beside(OLD_CORES.map(|cpu| emulated(cpu, &packages, &[COMPILES_MUCH])))
    });
    report.note(format!(
        "out under emulation: tests named {NEEDS_COMPILER}*, which run a compiler of their own, and \
         {ONLY_COMPILER}*, where no machine code runs; they ran on the host, as did all of xtask and the trainings \
         of {TRAINS}. Out on {}: {COMPILES_MUCH}*.",
        OLD_CORES.join(" and ")
    ));
}

/// Runs tests side by side, and counts them: a program whose last test is long leaves a processor idle.
fn count_beside<const RUNS: usize>(mut runs: [Command; RUNS]) -> Result<Option<Counts>> {
    let ended: Vec<Result<(bool, String)>> = std::thread::scope(|scope| {
        let started: Vec<_> = runs.iter_mut().map(|tests| scope.spawn(|| heard(tests))).collect();
        started.into_iter().map(|run| run.join().expect("errors are returned")).collect()
    });
    let mut all = Counts::default();
    for run in ended {
        let (success, text) = run?;
        println!("{text}");
        let mut counts = Counts::default();
        text.lines().for_each(|line| counts.add_line(line));
        all += outcome(success, counts)?;
    }
    Ok(Some(all))
}

/// Runs tests and counts them.
fn count(tests: &mut Command) -> Result<Option<Counts>> {
    let mut counts = Counts::default();
    let success = watch(tests, |line| counts.add_line(line))?;
    outcome(success, counts).map(Some)
}

fn outcome(success: bool, counts: Counts) -> Result<Counts> {
    if counts.failed > 0 || success && counts.passed > 0 {
        Ok(counts)
    } else {
        Err("no test ran: they could not be built, or one of their programs died; see above".into())
    }
}
