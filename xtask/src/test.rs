//! `cargo xtask test`: every test of the workspace, on this machine and on aarch64.

use crate::cargo;
use crate::process::{Result, watch};
use crate::programs::{self, TestProgram};
use crate::report::{Counts, Report};
use crate::snapshots::References;
use crate::toolchain;
use std::process::Command;

/// The cores on which kernels must run: one that refuses what came after Armv8.0, one that has dot products
/// and no matrix products, and one that has everything.
const EVERYTHING: &str = "max";
const OLD_CORES: [&str; 2] = ["cortex-a53", "cortex-a76"];

/// The folders of the packages whose tests depend on the core: they run machine code, or choose it.
const DIFFERENTIAL: [&str; 2] = ["tests", "runtime"];

/// Tests whose name begins so run a compiler themselves, for the machine they run on: there is none
/// under emulation. They ran on the host.
const NEEDS_COMPILER: &str = "ui_";

/// Tests whose name begins so are long work of qgen's compiler alone, which does the same on every
/// machine, and takes twenty times as long under emulation. They ran on the host.
const ONLY_COMPILER: &str = "compiler_";

/// Tests whose name begins so compile their kernels as they go, which is most of what they do and the same for all
/// cores: under emulation they run on the core that has everything, and on others what ships is run.
const COMPILES_MUCH: &str = "planned_";

/// Packages whose tests are left out under emulation: the compiler is a library without machine, and does the same on any;
/// trainings of floats take twenty times as long, and their networks run among the differential tests.
const SAME_ANYWHERE: [&str; 3] = ["qgen", "qgen-templates", "qgen-ocr"];

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
    let tests = |what: &[&str]| {
        let mut tests = cargo::cross("test", &cross, EVERYTHING);
        tests.args(["--workspace", "--exclude", "xtask"]);
        tests.args(SAME_ANYWHERE.map(|package| ["--exclude", package]).concat()).args(what);
        tests
    };
    let cores = [&[EVERYTHING], &OLD_CORES[..]].concat().join(", ");
    report.tests(&format!("tests, aarch64, qemu {cores}"), || {
        let programs = programs::build(&mut tests(&[]))?;
        let (differential, others): (Vec<_>, Vec<_>) =
            programs.iter().partition(|program| DIFFERENTIAL.contains(&program.package()));
        let job = |program: &TestProgram, cpu: &str| {
            let without = if cpu == EVERYTHING { None } else { Some(COMPILES_MUCH) };
            let mut job = program.emulated(&cross, cpu);
            for prefix in [NEEDS_COMPILER, ONLY_COMPILER].into_iter().chain(without) {
                job.args(["--skip", prefix]);
            }
            job.env("INSTA_UPDATE", "no").env("INSTA_WORKSPACE_ROOT", cargo::root());
            (format!("{} on {cpu}", program.name()), job)
        };
        // What takes longest comes first.
        let mut jobs: Vec<_> = differential.iter().map(|program| job(program, EVERYTHING)).collect();
        jobs.extend(others.iter().map(|program| job(program, EVERYTHING)));
        for cpu in OLD_CORES {
            jobs.extend(differential.iter().map(|program| job(program, cpu)));
        }
        programs::run_all(jobs).map(Some)
    });
    report.tests(&format!("documentation's tests, aarch64, qemu {EVERYTHING}"), || {
        count(tests(&["--no-fail-fast", "--doc"]).env("INSTA_UPDATE", "no"))
    });
    report.note(format!(
        "out under emulation: tests named {NEEDS_COMPILER}*, which run a compiler of their own, and \
         {ONLY_COMPILER}*, where no machine code runs; they ran on the host, as did all of xtask, {}. On {} run the \
         differential tests, without {COMPILES_MUCH}*.",
        SAME_ANYWHERE.join(", "),
        OLD_CORES.join(" and ")
    ));
}

/// Runs tests and counts them.
fn count(tests: &mut Command) -> Result<Option<Counts>> {
    let mut counts = Counts::default();
    let success = watch(tests, |line| counts.add_line(line))?;
    outcome(success, counts).map(Some)
}

/// Counts, or why there are none.
pub(crate) fn outcome(success: bool, counts: Counts) -> Result<Counts> {
    if counts.failed > 0 || success && counts.passed > 0 {
        Ok(counts)
    } else {
        Err("no test ran: they could not be built, or one of their programs died; see above".into())
    }
}
