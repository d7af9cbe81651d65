//! The table of winners.

use super::{Outcome, Target};
use crate::output;
use qgen_spec::{KernelSpec, Operand};
use std::fmt::Write;

const HEADS: [&str; 5] = ["shape", "fastest", "speed", "vs 8 bits", "vs float"];

/// One row: what it is about, and the outcomes behind it.
struct Row<'o> {
    title: String,
    outcomes: Vec<&'o Outcome>,
}

/// Grid shapes with the same winner share a row, unless `long` wants each.
fn rows(outcomes: &[Outcome], long: bool) -> Vec<Row<'_>> {
    let shape = |o: &Outcome| format!("{}x{}x{}", o.shape.m, o.shape.n, o.shape.k);
    let plain: Vec<&Outcome> = outcomes.iter().filter(|o| o.shape.layer.is_none()).collect();
    let mut rows: Vec<Row<'_>> = Vec::new();
    if long || plain.len() <= 8 {
        rows.extend(plain.iter().map(|o| Row { title: shape(o), outcomes: vec![o] }));
    } else {
        let mut winners: Vec<&str> = Vec::new();
        for outcome in &plain {
            if !winners.contains(&outcome.asked.best.kernel.as_str()) {
                winners.push(&outcome.asked.best.kernel);
            }
        }
        let mut groups: Vec<Vec<&Outcome>> = winners
            .iter()
            .map(|name| plain.iter().copied().filter(|o| o.asked.best.kernel == *name).collect())
            .collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        for group in groups {
            let title = match group[..] {
                [one] => shape(one),
                _ => format!("{} of {} of the grid", group.len(), plain.len()),
            };
            rows.push(Row { title, outcomes: group });
        }
    }
    for outcome in outcomes {
        if let Some(layer) = outcome.shape.layer {
            rows.push(Row { title: format!("{layer}, {}", shape(outcome)), outcomes: vec![outcome] });
        }
    }
    rows
}

/// A figure, or its smallest and largest.
fn span(figures: impl Iterator<Item = f64> + Clone) -> String {
    let (low, high) = figures.fold((f64::INFINITY, 0f64), |(low, high), f| (low.min(f), high.max(f)));
    let (low, high) = (format!("{low:.2}"), format!("{high:.2}"));
    if low == high { low } else { format!("{low} to {high}") }
}

/// A kernel in few words: its name is for machines.
fn short(name: &str) -> String {
    match name.parse::<KernelSpec>() {
        Ok(spec) if spec.register_tile == spec.tile => format!("{} {}", spec.strategy, spec.tile),
        Ok(spec) => format!("{} {} of {}", spec.strategy, spec.tile, spec.register_tile),
        Err(_) => name.to_string(),
    }
}

/// The table for one target, with what its figures are.
pub(crate) fn text(operands: &str, outcomes: &[Outcome], target: &Target, long: bool) -> String {
    let measured = target.is_measured();
    let macs = |o: &Outcome| o.shape.m as f64 * o.shape.n as f64 * o.shape.k as f64;
    let speed = |o: &Outcome| match measured {
        true => macs(o) / o.asked.best.cost(true),
        false => o.asked.best.modelled_macs_per_cycle,
    };
    let rows: Vec<[String; 5]> = rows(outcomes, long)
        .iter()
        .map(|row| {
            let all = row.outcomes.iter();
            let mark = if row.outcomes[0].asked.best.ships { "" } else { " *" };
            [
                row.title.clone(),
                short(&row.outcomes[0].asked.best.kernel) + mark,
                span(all.clone().map(|o| speed(o))),
                span(all.clone().map(|o| o.ratio(&o.eight_bits, measured))),
                span(all.map(|o| o.ratio(&o.floats, measured))),
            ]
        })
        .collect();
    let what = if measured {
        "measured here: 10⁹ multiply-accumulates per second (GMAC/s)"
    } else {
        "modelled, not measured: multiply-accumulates per cycle"
    };
    let mut text = format!(
        "{operands} on {}: {}\nSpeed is {what}, of the whole multiplication: packing of the left side, edges and \
         widening included.\n\n",
        target.name, target.core.title
    );
    text.push_str(&output::table(&HEADS, &rows));
    let unshipped: Vec<&str> = {
        let mut names: Vec<&str> =
            outcomes.iter().map(|o| &o.asked.best).filter(|b| !b.ships).map(|b| b.kernel.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    if !unshipped.is_empty() {
        text.push_str("\n* The runtime does not ship it; write it as\n");
        for name in unshipped {
            writeln!(text, "    {}", attribute(name)).expect("writing to a string");
        }
    }
    if let Some(why) = target.clock.as_ref().and_then(|clock| clock.unreal.as_ref()) {
        let ran: usize = outcomes
            .iter()
            .flat_map(|o| [&o.asked, &o.eight_bits, &o.floats])
            .filter(|p| p.best.median_ns.is_some())
            .count();
        writeln!(text, "\nMachine code ran here for {ran} winners; its times are left out: {why}.")
            .expect("writing to a string");
    }
    text
}

/// The attribute that makes a kernel in a user's own program.
fn attribute(name: &str) -> String {
    match name.parse::<KernelSpec>() {
        Ok(spec) if spec.lhs == Operand::F32 => {
            format!("#[qkernel(tile = {}, strategy = f32, core = \"{}\")]", spec.tile, spec.core)
        }
        Ok(spec) => format!(
            "#[qkernel(lhs = {}, rhs = {}, tile = {}, strategy = {}, core = \"{}\")]",
            spec.lhs, spec.rhs, spec.tile, spec.strategy, spec.core
        ),
        Err(_) => name.to_string(),
    }
}
