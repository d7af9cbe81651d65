//! `cargo xtask ci`: what a change must pass: the tests, and `cargo xtask checks`, which is the rest.

use crate::process::{Result, run};
use crate::report::Report;
use crate::toolchain::Cross;
use crate::{c, cargo, count, encodings, kernels, mca, model, test, toolchain};
use std::process::Command;

/// Members that are not published.
const PRIVATE: [&str; 3] = ["qgen-tests", "qgen-ocr", "xtask"];

/// Members that have no code for one kind of machine alone: clippy sees all of it on any.
const SAME_EVERYWHERE: [&str; 2] = ["qgen-ocr", "xtask"];

/// What `cargo package` builds with, to take what tests and clippy left: `Cargo.toml`'s profile is not part of packages.
const LIKE_TESTS: [(&str, &str); 4] = [
    ("CARGO_PROFILE_DEV_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_DEV_DEBUG", "line-tables-only"),
    ("CARGO_PROFILE_DEV_BUILD_OVERRIDE_OPT_LEVEL", "1"),
    ("CARGO_PROFILE_DEV_BUILD_OVERRIDE_DEBUG", "line-tables-only"),
];

/// Runs everything, and reports all that failed.
///
/// # Errors
/// If anything failed.
pub(crate) fn run_all() -> Result<()> {
    let mut report = Report::default();
    test::steps(&mut report);
    steps(&mut report);
    report.close()
}

/// Runs everything but the tests.
///
/// # Errors
/// If anything failed.
pub(crate) fn checks() -> Result<()> {
    let mut report = Report::default();
    steps(&mut report);
    report.close()
}

fn steps(report: &mut Report) {
    report.step("formatting", || run(cargo::host("fmt").args(["--all", "--check"])));
    report.step("clippy", || clippy(&mut cargo::host("clippy")));
    report.step("clippy and formatting of rivals", rivals);
    if !toolchain::is_native() {
        report.step("clippy, aarch64", || clippy_for_aarch64(toolchain::cross()?));
    }
    report.step("documentation", || {
        let mut doc = cargo::host("doc");
        run(doc.args(["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    report.step("shipped kernels are as generated", kernels::check);
    report.step("encodings are as the outside assembler says", encodings::check);
    report.step("main loops are as fast as llvm-mca said", mca::run_all);
    report.step("the pipeline model is as near to llvm-mca as docs/model.md says", model::check);
    report.step("no more instructions are executed than docs/counts.toml says", count::check);
    report.step("networks keep what was promised", count::nets::check);
    report.step("networks of ocr cost what ocr/models/costs.toml says", count::ocr::check);
    report.step("a C program calls kernels", c::check);
    report.step("packages", packages);
}

/// Builds every package from what would be published. In a folder of its own each time: cargo unpacks
/// packages once for each folder and version, and would build the version's older contents again.
fn packages() -> Result<()> {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|e| e.to_string())?;
    let folder = cargo::target_folder().join(format!("packages-{}", now.as_secs()));
    let mut package = cargo::host("package");
    package.env("CARGO_BUILD_BUILD_DIR", cargo::target_folder()).envs(LIKE_TESTS);
    package.args(["--config", "profile.dev.package.\"*\".debug = false"]);
    // Uncommitted changes are for people to decide about; here only the packages matter.
    package.args(["--workspace", "--allow-dirty", "--target-dir"]).arg(&folder);
    let outcome = run(package.args(PRIVATE.map(|name| ["--exclude", name]).concat()));
    // Left behind, it would only take room.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

/// A workspace of its own, which no other step sees. Its programs are run by hand, `cargo xtask rivals`.
fn rivals() -> Result<()> {
    const MANIFEST: [&str; 2] = ["--manifest-path", "rivals/Cargo.toml"];
    run(cargo::host("fmt").args(MANIFEST).args(["--", "--check"]))?;
    let mut clippy = cargo::host("clippy");
    clippy.args(MANIFEST).args(["--target-dir", "target/rivals", "--locked", "--all-targets"]);
    run(clippy.args(["--", "-D", "warnings"]))
}

/// Half of the code exists only for aarch64 and is seen by no other run of clippy.
fn clippy_for_aarch64(cross: Cross) -> Result<()> {
    if cross.system.is_some() {
        toolchain::system_clippy()?;
    }
    let mut cargo = cargo::cross("clippy", &cross, "max");
    cargo.args(SAME_EVERYWHERE.map(|name| ["--exclude", name]).concat());
    clippy(&mut cargo)
}

fn clippy(command: &mut Command) -> Result<()> {
    run(command.args(["--workspace", "--all-targets", "--", "-D", "warnings"]))
}
