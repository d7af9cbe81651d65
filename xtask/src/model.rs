//! `cargo xtask model`: the pipeline model against `llvm-mca`, over hundreds of generated loops.
//!
//! The model does not mark its own work. Loops come from `qgen/examples/loops.rs`: as scheduled, as lowered,
//! in random orders and full of chains. The figures stand in `docs/model.md`, which this command
//! compares, and with `--write` writes.
//!
//! Where LLVM's models leave out what the guides of the cores have, the model is compared as they see the
//! core, and as the guides have it beside that: only the first can agree.

use crate::cargo;
use crate::process::{Result, output};
use crate::toolchain;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

/// A core of which LLVM has a model that can be asked.
struct Oracle {
    core: &'static str,
    /// Whether it is wrong about byte multiplies, so that loops with them are left out.
    without_byte_multiplies: bool,
    /// The largest mean error, in per cent.
    mean_error: f64,
    /// What it leaves out or has otherwise than the guide.
    differs: &'static str,
}

const ORACLES: &[Oracle] = &[
    Oracle {
        core: "cortex-a57",
        without_byte_multiplies: false,
        mean_error: 5.0,
        differs: "no rules of dispatch by pipe; a pointer that a load advances comes as late as the data",
    },
    Oracle {
        core: "cortex-a72",
        without_byte_multiplies: false,
        mean_error: 5.0,
        differs: "as A57, whose model it is: floating-point latencies are longer than those of A72's guide",
    },
    Oracle {
        core: "neoverse-n1",
        without_byte_multiplies: true,
        mean_error: 10.0,
        differs: "no rules of dispatch, eight µops a cycle in place of four macro-operations; no forwarding to \
                  sums; byte multiplies on both pipes in two cycles (left out)",
    },
    Oracle {
        core: "neoverse-v1",
        without_byte_multiplies: true,
        mean_error: 10.0,
        differs: "fifteen µops a cycle in place of eight macro-operations; no forwarding to sums; dot products \
                  in two cycles in place of three; byte multiplies on all four pipes in two cycles (left out)",
    },
    Oracle {
        core: "neoverse-n2",
        without_byte_multiplies: false,
        mean_error: 10.0,
        differs: "ten µops a cycle in place of five macro-operations; no forwarding to sums; a pointer that a \
                  load advances comes as late as the data",
    },
];

/// The least rank correlation.
const SPEARMAN: f64 = 0.95;

/// Passes of the two runs whose difference is taken, so that beginnings and ends do not count.
const PASSES: [u32; 2] = [10, 60];

const PAGE: &str = "docs/model.md";

/// What a line of the generator says of a loop, and what llvm-mca does.
struct Row {
    name: String,
    /// The model of the core as LLVM sees it, and as the guide has it.
    modelled: [f64; 2],
    bound: f64,
    byte_multiplies: bool,
    mca: f64,
}

/// Compares, prints and writes the page.
///
/// # Errors
/// If a tool fails, or the model is too far from llvm-mca.
pub(crate) fn write() -> Result<()> {
    let (page, problems) = compare()?;
    let path = cargo::root().join(PAGE);
    std::fs::write(&path, page).map_err(|e| format!("{}: {e}", path.display()))?;
    verdict(&problems)
}

/// Compares and prints; the page must be as it would be written.
///
/// # Errors
/// If a tool fails, the model is too far from llvm-mca, or the page differs.
pub(crate) fn check() -> Result<()> {
    let (page, mut problems) = compare()?;
    let path = cargo::root().join(PAGE);
    let there = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    if there != page {
        problems.push(format!(
            "{PAGE} differs from what is printed now; `cargo xtask model --write` writes it anew"
        ));
    }
    verdict(&problems)
}

fn verdict(problems: &[String]) -> Result<()> {
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn compare() -> Result<(String, Vec<String>)> {
    toolchain::llvm()?;
    let mut page = String::from(HEAD);
    let mut problems = Vec::new();
    println!("The pipeline model against llvm-mca-19, cycles of a pass:\n");
    let all: Vec<Result<Vec<Row>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = ORACLES.iter().map(|oracle| scope.spawn(|| rows(oracle.core))).collect();
        let no_panic = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err("a thread panicked".into()))
        };
        threads.into_iter().map(no_panic).collect()
    });
    for (at, (oracle, rows)) in ORACLES.iter().zip(all).enumerate() {
        let rows: Vec<Row> = rows?
            .into_iter()
            .filter(|row| !(oracle.without_byte_multiplies && row.byte_multiplies))
            .collect();
        let figures = [0, 1].map(|of| Figures::of(&rows, of));
        let line = line(oracle, &rows, &figures);
        if at == 0 {
            println!("{TABLE}");
            let _ = writeln!(page, "{TABLE}");
        }
        println!("{line}");
        let _ = writeln!(page, "{line}");
        let seen = &figures[0];
        let core = oracle.core;
        if seen.spearman.is_nan() || seen.spearman < SPEARMAN {
            problems.push(format!("{core}: Spearman {:.3}, at least {SPEARMAN} is asked for", seen.spearman));
        }
        if seen.mean.is_nan() || seen.mean > oracle.mean_error {
            problems.push(format!(
                "{core}: {:.1} % mean error, at most {} is asked for",
                seen.mean, oracle.mean_error
            ));
        }
        if rows.len() < 200 {
            problems.push(format!("{core}: only {} loops", rows.len()));
        }
    }
    page += "\n## What llvm-mca has otherwise\n\n";
    for oracle in ORACLES {
        let _ = writeln!(page, "* **{}**: {}.", oracle.core, oracle.differs);
    }
    page += TAIL;
    Ok((page, problems))
}

/// How near the model is.
struct Figures {
    spearman: f64,
    /// Per cent.
    mean: f64,
    worst: f64,
    /// The loop of the worst error.
    loop_of_worst: String,
}

impl Figures {
    fn of(rows: &[Row], which: usize) -> Figures {
        let errors: Vec<f64> = rows.iter().map(|row| 100.0 * (row.modelled[which] / row.mca - 1.0)).collect();
        let ours: Vec<f64> = rows.iter().map(|row| row.modelled[which]).collect();
        let theirs: Vec<f64> = rows.iter().map(|row| row.mca).collect();
        let worst = (0..rows.len()).max_by(|&a, &b| errors[a].abs().total_cmp(&errors[b].abs()));
        Figures {
            spearman: correlation(&ranks(&ours), &ranks(&theirs)),
            mean: errors.iter().map(|e| e.abs()).sum::<f64>() / errors.len() as f64,
            worst: worst.map_or(f64::NAN, |at| errors[at]),
            loop_of_worst: worst.map_or_else(String::new, |at| rows[at].name.clone()),
        }
    }
}

const TABLE: &str = "\
| core | loops | above the bound | Spearman | mean error | worst error | by the guide: Spearman | mean | worst loop |
|---|---|---|---|---|---|---|---|---|";

fn line(oracle: &Oracle, rows: &[Row], [seen, guide]: &[Figures; 2]) -> String {
    // Loops whose order or chains matter: the others run at the bound whatever the order.
    let held = rows.iter().filter(|row| row.mca > 1.02 * row.bound).count();
    format!(
        "| {} | {} | {held} | {:.3} | {:.1} % | {:+.1} % | {:.3} | {:.1} % | {} |",
        oracle.core,
        rows.len(),
        seen.spearman,
        seen.mean,
        seen.worst,
        guide.spearman,
        guide.mean,
        seen.loop_of_worst.strip_prefix("qgen_").unwrap_or(&seen.loop_of_worst)
    )
}

/// The loops of a core.
fn rows(core: &str) -> Result<Vec<Row>> {
    let text = output(cargo::tool("loops")?.arg(core))?;
    let file = cargo::target_folder().join(format!("loops-{core}.s"));
    std::fs::write(&file, &text).map_err(|e| format!("{}: {e}", file.display()))?;
    let [short, long] = [cycles(&file, core, PASSES[0])?, cycles(&file, core, PASSES[1])?];
    let mut rows = Vec::new();
    for line in text.lines() {
        let Some((name, rest)) = line.strip_prefix("// ").and_then(|line| line.split_once(": ")) else {
            continue;
        };
        let fields: Vec<&str> = rest.split(' ').collect();
        let bad = || format!("the generator printed `{line}`");
        let number = |at: usize| fields.get(at).and_then(|f| f.parse::<f64>().ok()).ok_or_else(bad);
        let of = |run: &HashMap<String, f64>| {
            run.get(name).copied().ok_or_else(|| format!("llvm-mca-19 says nothing of {name}"))
        };
        rows.push(Row {
            name: name.to_owned(),
            modelled: [number(0)?, number(1)?],
            bound: number(2)?,
            byte_multiplies: fields.get(3) == Some(&"true"),
            mca: (of(&long)? - of(&short)?) / f64::from(PASSES[1] - PASSES[0]),
        });
    }
    Ok(rows)
}

/// Cycles of every marked loop, run `times` times.
fn cycles(file: &Path, core: &str, times: u32) -> Result<HashMap<String, f64>> {
    let mut mca = cargo::command(Path::new("llvm-mca-19"));
    mca.args(["-mtriple=aarch64", &format!("-mcpu={core}"), &format!("-iterations={times}")]);
    let report = output(mca.args(["-all-views=false", "-summary-view"]).arg(file))?;
    let mut cycles = HashMap::new();
    let mut name = "";
    for line in report.lines() {
        if let Some((_, region)) = line.split_once("Code Region - ") {
            name = region;
        } else if let Some(count) = line.strip_prefix("Total Cycles:") {
            let count = count.trim().parse().map_err(|e| format!("llvm-mca-19 printed `{line}`: {e}"))?;
            cycles.insert(name.to_owned(), count);
        }
    }
    Ok(cycles)
}

/// The rank of each value; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = order[from..].iter().take_while(|&&at| values[at] == values[order[from]]).count();
        for &at in &order[from..from + equal] {
            ranks[at] = from as f64 + (equal - 1) as f64 / 2.0;
        }
        from += equal;
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        a.iter().zip(b).map(|(x, y)| f(x - mean_a, y - mean_b)).sum()
    };
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

const HEAD: &str = "\
# The pipeline model, and how near it is to another

Written by `cargo xtask model --write`; do not edit, run it again. All figures are modelled, none is measured.

`qgen::core::simulate` runs the emitted loop through a core's table (`docs/cores.md`) cycle by cycle. It does not
mark its own work: here it is compared with `llvm-mca` of LLVM 19, over main loops of many operands, strategies
and tiles: each as scheduled, as lowered, in a random order that keeps the dependences, and in such an order with
its vectors in a few registers, which computes nothing and is full of chains.

LLVM's models leave out things that Arm's guides have. The first figures compare the model with these things taken
out of it as well (rules of dispatch by pipe; on Neoverse cores, forwarding to sums), for only so the two speak
of the same core; those \"by the guide\" are of the model with every rule that the tables have, those included that
are not applied (`applied = false`: loops are ordered for them, and figures leave them out). On Cortex-A72 that is one
µop to each of F0 and F1 a cycle; `qgen bounds --core cortex-a72` prints what loops make with it. With the rule
the main loop of `fip` 4×4 models at 13.5 multiply-accumulates a cycle in place of 16.0; before loops were ordered for it,
at 11.6 (`docs/adr/0029-dispatch-by-pipe.md`). An error is ours over theirs, less one.
*Above the bound* counts the loops that llvm-mca has more than 2 % above our bound: there latency or order matters.

";

const TAIL: &str = "
Where the two differ, Arm's guide decides, and the core's table says so.

## Cores without an oracle

* **cortex-a53, cortex-a55**: LLVM's simulation of cores in order writes results back in order, so that it never
  issues a load beside vector arithmetic. Cases worked by hand stand in `qgen/src/core/worked.rs`, with the cycle of
  every instruction.
* **cortex-a73**: unchecked: LLVM has the model of A57, three wide; the table is A72's with two dispatched a cycle.
* **cortex-a76**: LLVM has the model of A57, which is wrong; the table is neoverse-n1's.
* **apple-m1, cortex-a78, cortex-x1, cortex-a510**: unchecked, and listed so.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_shared_by_equals() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2.5, 0.0, 2.5, 1.0]);
    }

    #[test]
    fn correlation_is_one_for_the_same_order_and_minus_one_for_the_other() {
        let (up, down) = (ranks(&[1.0, 5.0, 9.0]), ranks(&[7.0, 2.0, 1.0]));
        assert!((correlation(&up, &up) - 1.0).abs() < 1e-12);
        assert!((correlation(&up, &down) + 1.0).abs() < 1e-12);
    }
}
