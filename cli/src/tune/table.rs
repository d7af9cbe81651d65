//! The table of winners.

use super::rust::how_to_make;
use super::{Outcome, Target, beside};
use crate::frontier::fastest;
use crate::output;
use qgen::core::Core;
use qgen::{Kernel, Request};
use qgen_spec::KernelSpec;
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
pub(crate) fn span(figures: impl Iterator<Item = f64> + Clone) -> String {
    let (low, high) = figures.fold((f64::INFINITY, 0f64), |(low, high), f| (low.min(f), high.max(f)));
    let (low, high) = (format!("{low:.2}"), format!("{high:.2}"));
    if low == high { low } else { format!("{low} to {high}") }
}

/// A kernel in few words: its name is for machines. `f256`: it asks for lines 256 bytes ahead.
pub(crate) fn short(name: &str) -> String {
    let Ok(spec) = name.parse::<KernelSpec>() else { return name.to_string() };
    let mut text = format!("{} {}", spec.strategy, spec.tile);
    if spec.register_tile != spec.tile {
        text += &format!(" of {}", spec.register_tile);
    }
    if spec.prefetch > 0 {
        text += &format!(" f{}", spec.prefetch);
    }
    text
}

/// The table for one target, with what its figures are.
pub(crate) fn text(request: &Request, outcomes: &[Outcome], target: &Target, long: bool) -> String {
    let operands = format!("{} by {}", request.lhs, request.rhs);
    let measured = target.is_measured();
    let speed = |o: &Outcome| match measured {
        true => o.shape.macs() / o.asked.best.cost(true),
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
    text.push_str(slower(outcomes, measured));
    text.push_str(&low_bits(outcomes, measured));
    text.push_str(&narrow_weights(request, &target.core));
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
            writeln!(text, "    {}", how_to_make(name, &target.core)).expect("writing to a string");
        }
    }
    let unreal = target.clock.as_ref().and_then(|clock| clock.unreal.as_deref());
    if long {
        text.push_str(&beside::text(outcomes, unreal));
    }
    if let Some(why) = unreal {
        let ran: usize = outcomes
            .iter()
            .flat_map(|o| [&o.asked, &o.eight_bits, &o.floats])
            .filter(|p| p.best.median_ns.is_some())
            .count();
        writeln!(text, "\nMachine code ran here for {ran} winners; its times decide nothing, because they are not real: {why}.")
            .expect("writing to a string");
    }
    text
}

/// Why fewer bits can be slower than 8, where they are in what the table shows.
fn slower(outcomes: &[Outcome], measured: bool) -> &'static str {
    let below = |o: &Outcome| (o.ratio(&o.eight_bits, measured) * 100.0).round() < 100.0;
    if outcomes.iter().any(below) {
        "\nBelow 1: values of the left side must be checked to be in their range, which 8-bit values need not be.\n"
    } else {
        ""
    }
}

/// What the missing bits themselves buy, where a kernel that also takes 8 bits is faster; and what they
/// save in memory.
fn low_bits(outcomes: &[Outcome], measured: bool) -> String {
    let mut text = String::new();
    let beaten = outcomes.iter().filter_map(|o| Some((o, o.asked.low_bits.as_ref()?)));
    let beaten: Vec<_> = beaten.filter(|(o, low)| low.cost(measured) > o.asked.best.cost(measured)).collect();
    if !beaten.is_empty() {
        let ratios =
            span(beaten.iter().map(|(o, low)| o.eight_bits.best.cost(measured) / low.cost(measured)));
        let mut kinds: Vec<String> = Vec::new();
        for kind in beaten.iter().map(|(_, low)| short(&low.kernel)) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        writeln!(
            text,
            "\nAt {} of {} shapes the fastest is one that takes 8 bits as well. By strategies that need fewer ({}), \
             {ratios} times as fast as the 8-bit kernel.",
            beaten.len(),
            outcomes.len(),
            kinds.join(", ")
        )
        .expect("writing to a string");
    }
    let bytes = |name: &str| {
        let layout = name.parse::<KernelSpec>().ok()?.rhs_layout();
        Some(layout.block_bytes() as f64 / (layout.width() * layout.k_block()) as f64)
    };
    let sides =
        outcomes.first().and_then(|o| bytes(&o.asked.best.kernel).zip(bytes(&o.eight_bits.best.kernel)));
    if let Some((asked, eight)) = sides {
        writeln!(text, "\nBytes of a packed weight: {asked}; of the 8-bit kernel: {eight}.")
            .expect("writing to a string");
    }
    text
}

/// What it costs to keep the weights as narrow as they are: memory traffic against instructions.
fn narrow_weights(request: &Request, core: &Core) -> String {
    let made = |per_byte| fastest(&Request { per_byte, ..request.clone() }, core);
    let widest = [4, 2].into_iter().filter(|_| request.per_byte == 1).find_map(|n| Some((n, made(n)?)));
    let Some(((per_byte, narrow), dense)) = widest.zip(made(1)) else { return String::new() };
    let speed = |kernel: &Kernel| kernel.modelled_macs_per_cycle();
    format!(
        "With {per_byte} weights in a byte (--per-byte {per_byte}) they take {} bytes each, and the best main loop \
         makes {:.2} MAC/cycle in place of {:.2}, modelled without caches: it pays where weights come from memory.\n",
        1.0 / f64::from(per_byte),
        speed(&narrow),
        speed(&dense)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_people_tell_variants_apart() {
        for (name, said) in [
            ("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", "fip 8x8 of 4x4"),
            ("qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1f256_cortex_a72", "fip 1x24 f256"),
            ("no kernel", "no kernel"),
        ] {
            assert_eq!(short(name), said);
        }
    }

    #[test]
    fn spans_are_short_where_they_can_be() {
        assert_eq!(span([1.0, 1.001].into_iter()), "1.00");
        assert_eq!(span([2.0, 1.5].into_iter()), "1.50 to 2.00");
    }
}
