//! `qgen bounds`

use crate::cores::{CoreFile, Cores, UNAPPLIED, none_ships};
use crate::failure::Failure;
use crate::output;
use crate::shipped::shipped;
use qgen::core::Core;
use qgen::plan::{Choice, Request, usual_tiles};
use qgen::schedule::Holder;
use qgen::{Kernel, compile};
use qgen_spec::{Diagnostic, Operand, Strategy};
use rayon::prelude::*;
use std::fmt::Write;

/// How near main loops come to what their cores could do, by the core's model.
///
/// For every core the bound of the kernels that decide for it, best tile, and what the scheduler makes of
/// it, with the resource that binds, or what keeps the loop from its bound. Modelled, not measured.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    /// One core only.
    #[arg(long, value_name = "NAME")]
    core: Option<String>,
    #[command(flatten)]
    file: CoreFile,
    /// Every kernel that the runtime ships, and whether it is within 8 % of its bound.
    #[arg(long)]
    all: bool,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

/// Of its bound, how far a shipped kernel may be below it without a word.
const WITHIN: f64 = 0.92;

/// Bits of both sides and a strategy: what is looked at on cores that can run it.
const LOOKED_AT: &[(&str, Strategy)] = &[
    ("4", Strategy::Byte),
    ("4", Strategy::Fip),
    ("7", Strategy::Fip),
    ("4", Strategy::Dot),
    ("8", Strategy::Pair8),
    ("8", Strategy::Dot),
    ("8", Strategy::DotOuter),
    ("8", Strategy::Mmla),
    ("32", Strategy::F32),
];

#[derive(Debug, serde::Serialize)]
struct Row {
    core: String,
    bits: String,
    kernel: String,
    strategy: &'static str,
    tile: String,
    bound_macs_per_cycle: f64,
    reach_macs_per_cycle: f64,
    percent: f64,
    /// With widening and zeroing between two stretches of the main loop.
    with_widening: f64,
    /// What the schedule reaches with the rules of dispatch that the core's table has and does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    reach_with_every_rule: Option<f64>,
    held_by: String,
    at_bound: bool,
    pipelined: bool,
}

impl Row {
    fn of(kernel: &Kernel, bits: &str) -> Row {
        let held = kernel.held();
        let spec = &kernel.plan().spec;
        let macs = kernel.macs_per_iteration() as f64;
        let round = |value: f64| (value * 100.0).round() / 100.0;
        Row {
            core: kernel.core().name.clone(),
            bits: bits.into(),
            kernel: kernel.name().into(),
            strategy: spec.strategy.as_str(),
            tile: spec.tile.to_string(),
            bound_macs_per_cycle: round(macs / held.bound.cycles),
            reach_macs_per_cycle: round(macs / held.cycles),
            percent: round(100.0 * held.bound.cycles / held.cycles),
            with_widening: round(kernel.modelled_macs_per_cycle()),
            reach_with_every_rule: kernel.loop_macs_with_every_group().map(round),
            at_bound: matches!(held.by, Holder::Resource(_)),
            held_by: held.by.to_string(),
            pipelined: kernel.program().is_pipelined(),
        }
    }
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let known = Cores::with(&args.file)?;
    if let (true, Some(own)) = (args.all, known.own()) {
        return Err(Failure(format!(
            "core: no kernel ships for {}, the core of the file; leave out --all or the file",
            own.name
        )));
    }
    let cores: Vec<Core> = match (&args.core, known.own()) {
        (Some(name), _) => vec![known.named(name)?],
        (None, Some(own)) => vec![known.named(&own.name)?],
        (None, None) => Core::names().map(Core::built_in).collect::<Result<_, Diagnostic>>()?,
    };
    let rows = if args.all { all(&cores)? } else { table(&cores) };
    if let (true, false, [core]) = (rows.is_empty(), args.json, &cores[..]) {
        return output::print(&format!("{}\n", none_ships(core)));
    }
    output::print(&if args.json { json(&rows) } else { text(&rows, args.all) })
}

/// The best tile of every line, on every core that can run it.
fn table(cores: &[Core]) -> Vec<Row> {
    let lines: Vec<(&Core, &str, Strategy)> = cores
        .iter()
        .flat_map(|core| LOOKED_AT.iter().map(move |&(bits, strategy)| (core, bits, strategy)))
        .collect();
    lines.into_par_iter().filter_map(|(core, bits, strategy)| best(core, bits, strategy)).collect()
}

fn best(core: &Core, bits: &str, strategy: Strategy) -> Option<Row> {
    let operand =
        if strategy == Strategy::F32 { Operand::F32 } else { Operand::of_bits(bits.parse().ok()?)? };
    let made = usual_tiles(strategy).into_iter().filter_map(|tile| {
        let strategy = Some(Choice::One(strategy));
        let request = Request { lhs: operand, rhs: operand, tile: Some(tile), strategy, ..Request::floats() };
        // What a core or a tile cannot do is no row.
        compile(&request, core).ok()
    });
    // Of equals the first, which is the usual one.
    let faster = |a: Kernel, b: Kernel| {
        if b.modelled_macs_per_cycle() > a.modelled_macs_per_cycle() + 1e-9 { b } else { a }
    };
    made.reduce(faster).map(|kernel| Row::of(&kernel, bits))
}

/// Every shipped kernel, each once.
fn all(cores: &[Core]) -> Result<Vec<Row>, Failure> {
    let kernels = shipped(|core| cores.iter().any(|wanted| wanted.name == core.name))?;
    Ok(kernels.iter().map(|kernel| Row::of(kernel, "")).collect())
}

fn json(rows: &[Row]) -> String {
    #[derive(serde::Serialize)]
    struct Json<'a> {
        /// Figures are made by the pipeline model, not measured.
        speed: &'static str,
        rows: &'a [Row],
    }
    output::json(&Json { speed: "modelled", rows })
}

fn text(rows: &[Row], all: bool) -> String {
    let figures = |row: &Row| {
        [
            format!("{:.2}", row.bound_macs_per_cycle),
            format!("{:.2}", row.reach_macs_per_cycle),
            format!("{:.1}", row.percent),
            format!("{:.2}", row.with_widening),
        ]
    };
    let overlap = |row: &Row| if row.pipelined { "yes".to_string() } else { "no".into() };
    let mut text = String::from(
        "Multiply-accumulates per cycle, modelled, not measured: the main loop's bound by its core's table, what \
         the\nschedule reaches, and that with widening. `overlap`: whether passes of the loop overlap.\n\n",
    );
    if all {
        let row = |row: &Row| {
            let [bound, reach, percent, whole] = figures(row);
            [row.kernel.clone(), bound, reach, percent, whole, overlap(row)]
        };
        let heads = ["kernel", "bound", "reach", "%", "with widening", "overlap"];
        text.push_str(&output::table(&heads, &rows.iter().map(row).collect::<Vec<_>>()));
    } else {
        let row = |row: &Row| {
            let [bound, reach, percent, whole] = figures(row);
            let what = format!("{}-bit {}", row.bits, row.strategy);
            [row.core.clone(), what, row.tile.clone(), bound, reach, percent, whole, overlap(row)]
        };
        let heads = ["core", "kernel", "tile", "bound", "reach", "%", "with widening", "overlap"];
        text.push_str(&output::table(&heads, &rows.iter().map(row).collect::<Vec<_>>()));
    }
    let mut line = |line: String| writeln!(text, "{line}").expect("writing to a string");
    let name = |row: &Row| match all {
        true => row.kernel.clone(),
        false => format!("{} {}-bit {}", row.core, row.bits, row.strategy),
    };
    line(String::from("\nWhat holds each:"));
    for row in rows {
        let place = if row.at_bound { "its bound, " } else { "" };
        line(format!("  {}: {place}{}", name(row), row.held_by));
    }
    let lower = rows.iter().filter_map(|row| Some((row, row.reach_with_every_rule?)));
    let lower: Vec<(&Row, f64)> = lower.filter(|(row, reach)| *reach < row.reach_macs_per_cycle).collect();
    if !lower.is_empty() {
        line(format!("\n{UNAPPLIED}. With them these orders would reach:"));
    }
    for (row, reach) in lower {
        line(format!("  {}: {reach:.2} in place of {:.2}", name(row), row.reach_macs_per_cycle));
    }
    let near = rows.iter().filter(|row| row.percent >= 100.0 * WITHIN).count();
    line(format!("\n{near} of {} within {:.0} % of their bound.", rows.len(), 100.0 * (1.0 - WITHIN)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What must be reached, of the bound, by the model.
    #[test]
    fn compiler_main_loops_come_near_their_bounds() {
        for (core, bits, strategy, bound, percent) in [
            ("cortex-a53", "4", Strategy::Byte, 8.0, 95.0),
            ("cortex-a53", "8", Strategy::Pair8, 3.0, 95.0),
            ("cortex-a53", "32", Strategy::F32, 3.0, 95.0),
            ("cortex-a72", "4", Strategy::Fip, 16.0, 98.5),
            ("cortex-a72", "7", Strategy::Fip, 12.8, 96.5),
            ("neoverse-n1", "8", Strategy::DotOuter, 32.0, 98.0),
            ("neoverse-v1", "8", Strategy::Mmla, 128.0, 97.5),
        ] {
            let row = best(&Core::built_in(core).unwrap(), bits, strategy).unwrap();
            assert!(row.bound_macs_per_cycle >= bound - 0.01 && row.percent >= percent, "{row:?}");
            assert!(row.reach_macs_per_cycle <= row.bound_macs_per_cycle, "{row:?}");
        }
    }

    #[test]
    fn what_a_core_cannot_run_is_no_row() {
        assert!(best(&Core::built_in("cortex-a72").unwrap(), "8", Strategy::Mmla).is_none());
    }

    /// The listing says what holds every kernel that is not within 8 %.
    #[test]
    fn compiler_every_shipped_kernel_is_near_its_bound_or_says_why() {
        let cores: Vec<Core> = Core::names().map(|name| Core::built_in(name).unwrap()).collect();
        let rows = all(&cores).unwrap();
        let text = text(&rows, true);
        for row in &rows {
            assert!(row.percent <= 100.0 && row.percent > 50.0, "{row:?}");
            assert!(row.percent >= 100.0 * WITHIN || !row.at_bound, "{row:?}");
            assert!(text.contains(&format!("  {}: ", row.kernel)) && !row.held_by.is_empty());
        }
        assert!(text.contains("modelled, not measured"));
        let a72 = rows.iter().find(|row| row.core == "cortex-a72" && row.strategy == "fip").unwrap();
        let lower = a72.reach_with_every_rule.unwrap();
        let said = format!("  {}: {lower:.2} in place of {:.2}\n", a72.kernel, a72.reach_macs_per_cycle);
        assert!(
            lower < a72.reach_macs_per_cycle && text.contains(UNAPPLIED) && text.contains(&said),
            "{said}"
        );
    }
}
