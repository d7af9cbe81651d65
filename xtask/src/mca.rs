//! `cargo xtask mca`: what an outside pipeline model, `llvm-mca`, says of the main loops.
//!
//! Its models of Cortex-A72 and Neoverse N1 are LLVM's (N1 except for byte multiplications, which it lets run
//! on two pipes where the core has one); those of in-order cores are no oracle, so that none is asked
//! here. Deterministic: no clock is involved.

use crate::cargo;
use crate::process::{Result, output};
use crate::toolchain;
use std::path::Path;

/// A main loop to look at.
struct Row {
    what: &'static str,
    core: &'static str,
    /// What to write behind `qgen emit`.
    emit: &'static [&'static str],
    /// Multiply-accumulates a cycle below which something has gone wrong.
    at_least: f64,
}

const ROWS: &[Row] = &[
    Row {
        what: "4 bits, fip 4x4",
        core: "cortex-a72",
        emit: &["--bits", "4", "--tile", "4x4", "--strategy", "fip"],
        at_least: 15.0,
    },
    Row {
        what: "4 bits, 8x8, strategy left open",
        core: "cortex-a72",
        emit: &["--bits", "4", "--tile", "8x8"],
        at_least: 15.0,
    },
    Row {
        what: "0..=15, the published 24x8",
        core: "cortex-a72",
        emit: &["--lhs", "0..=15", "--rhs", "0..=15", "--tile", "24x8", "--strategy", "widen"],
        at_least: 7.8,
    },
    Row {
        what: "8 bits, pair8 4x4",
        core: "cortex-a72",
        emit: &["--lhs", "-128..=127", "--rhs", "-127..=127", "--tile", "4x4", "--strategy", "pair8"],
        at_least: 7.9,
    },
    Row {
        what: "6 bits",
        core: "cortex-a72",
        emit: &["--lhs", "-32..=31", "--rhs", "-31..=32"],
        at_least: 14.0,
    },
    Row {
        what: "7 bits",
        core: "cortex-a72",
        emit: &["--lhs", "-64..=63", "--rhs", "-63..=64"],
        at_least: 12.0,
    },
    Row { what: "2 bits, bits", core: "cortex-a72", emit: &["--bits", "2"], at_least: 18.0 },
    Row {
        what: "ternary",
        core: "cortex-a72",
        emit: &["--lhs", "ternary", "--rhs", "ternary"],
        at_least: 30.0,
    },
    Row { what: "binary", core: "cortex-a72", emit: &["--bits", "1"], at_least: 70.0 },
    Row { what: "8 bits, dot", core: "neoverse-n1", emit: &["--bits", "8"], at_least: 31.0 },
    Row { what: "8 bits, mmla", core: "neoverse-v1", emit: &["--bits", "8"], at_least: 120.0 },
    Row {
        what: "floats, 8x8",
        core: "cortex-a72",
        emit: &["--tile", "8x8", "--strategy", "f32"],
        at_least: 3.9,
    },
];

/// Passes through the loop: enough that its start does not matter.
const PASSES: u32 = 1000;

/// Periods, however long.
const PERIODS: u32 = 10;

/// Prints the table.
///
/// # Errors
/// If a tool fails, or a loop is slower than it was.
pub(crate) fn run_all() -> Result<()> {
    toolchain::llvm()?;
    println!("Main loops, multiply-accumulates per cycle, all modelled:\n");
    let heads = ["kernel", "core", "bound", "qgen model", "mca: loop", "mca: period"];
    println!(
        "{:<34} {:<12} {:>6} {:>11} {:>11} {:>12}",
        heads[0], heads[1], heads[2], heads[3], heads[4], heads[5]
    );
    let mut slow = Vec::new();
    for row in ROWS {
        let text = emitted(row, "asm")?;
        let in_loop = speed(&text, row.core, PASSES)?;
        let period = emitted(row, "period")?;
        let periods = PASSES / header(&period, "passes-through-the-main-loop")? as u32;
        let speed = speed(&period, row.core, periods.max(PERIODS))?;
        println!(
            "{:<34} {:<12} {:>6.2} {:>11.2} {in_loop:>11.2} {speed:>12.2}",
            row.what,
            row.core,
            header(&text, "bound-macs-per-cycle")?,
            header(&text, "modelled-macs-per-cycle")?
        );
        if speed < row.at_least {
            slow.push(format!(
                "{} on {}: {speed:.2}, at least {} expected",
                row.what, row.core, row.at_least
            ));
        }
    }
    if slow.is_empty() { Ok(()) } else { Err(format!("slower than it was:\n  {}", slow.join("\n  "))) }
}

/// The kernel's assembly file.
fn emitted(row: &Row, format: &str) -> Result<String> {
    let mut qgen = cargo::tool("qgen")?;
    qgen.args(["emit", "--core", row.core, "--format", format]);
    output(qgen.args(row.emit))
}

/// A number of the file's header.
fn header(text: &str, name: &str) -> Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("// ")?.strip_prefix(name)?.strip_prefix(": "));
    let number = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| format!("the emitted file has no `{name}`"))
}

/// Multiply-accumulates per cycle of the marked block by llvm-mca, which repeats it.
fn speed(text: &str, core: &str, times: u32) -> Result<f64> {
    let file = cargo::target_folder().join("mca.s");
    std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut mca = cargo::command(Path::new("llvm-mca-19"));
    mca.args(["-mtriple=aarch64", &format!("-mcpu={core}"), &format!("-iterations={times}")]);
    let report = output(mca.arg(&file))?;
    let cycles =
        report.lines().find_map(|line| line.strip_prefix("Total Cycles:")?.trim().parse::<f64>().ok());
    let cycles = cycles.ok_or("llvm-mca-19 printed no cycles")?;
    Ok(header(text, "macs-per-iteration")? * f64::from(times) / cycles)
}
