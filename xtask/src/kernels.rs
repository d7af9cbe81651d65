//! The kernels that the runtime ships are generated Rust, committed, and compared here.

use crate::cargo;
use crate::process::{Result, output, run};

const FOLDER: &str = "runtime/src/kernels";

/// Regenerates them.
///
/// # Errors
/// If the generator fails.
pub(crate) fn write() -> Result<()> {
    generator(&[])
}

/// Compares them with what the generator makes now.
///
/// # Errors
/// If they differ, or are not committed.
pub(crate) fn check() -> Result<()> {
    generator(&["--check"])?;
    let mut git = cargo::command("git");
    let forgotten = output(git.args(["ls-files", "--others", "--", FOLDER]))?;
    if forgotten.is_empty() {
        return Ok(());
    }
    Err(format!("generated, but neither committed nor added to git:\n{}", forgotten.trim_end()))
}

fn generator(more: &[&str]) -> Result<()> {
    let mut qgen = cargo::tool("qgen")?;
    qgen.args(["ship", "--out", FOLDER]);
    run(qgen.args(more)).map_err(|e| format!("{e}\n`cargo xtask kernels --write` regenerates {FOLDER}"))
}
