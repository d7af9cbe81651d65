//! The tables of costs as Markdown: `ocr costs`, and what `README.md` has of it.

use super::costs::{CORE, OfNetwork, Shares, of_networks, targets};
use crate::costs::{CORES, Costs, Times};
use crate::evaluate::Figures;
use std::fmt::Write;

/// The tables: all widths beside how often they are right, the shares of the parts, and the goals.
#[must_use]
pub fn costs(costs: &Costs, times: Option<&Times>, recorded: &Figures) -> String {
    let mut text = format!(
        "Counted under an emulator and modelled, of commit {}: **no core was measured**. Thousands of instructions and of \
         modelled cycles of one inference, from bytes to logits. “Of” are cycles in parts of those of floats, and of those of \
         8 bits.\n",
        costs.commit
    );
    for network in of_networks(costs, times, &Figures::default(), recorded) {
        widths(&mut text, &network, times.is_some());
        for parts in network.parts.iter().filter(|parts| parts.core == CORE) {
            shares(&mut text, parts);
        }
    }
    let _ = writeln!(text, "\n4 bits on {CORE}:\n");
    let _ = writeln!(text, "| goal | wanted | found | reached |\n|---|---|---|---|");
    for target in targets(costs) {
        let reached = if target.reached { "yes" } else { "**no**" };
        let _ = writeln!(text, "| {} | {} | {} | {reached} |", target.what, target.wanted, target.found);
    }
    text
}

fn widths(text: &mut String, network: &OfNetwork, timed: bool) {
    let [right, also] = network.right;
    let mut head = format!("| {} | {right} | {also} |", "bits");
    for core in CORES {
        let _ = write!(head, " {core}: instructions | cycles | of |");
    }
    if timed {
        head.push_str(" time, µs |");
    }
    let rule = "|---".repeat(head.matches('|').count() - 1);
    let _ = writeln!(text, "\n{}:\n\n{head}\n{rule}|", network.title);
    for row in &network.rows {
        let [right, also] = &row.right;
        let _ = write!(text, "| {} | {right} | {also} |", row.numbers);
        for on in &row.cores {
            let _ = write!(text, " {} | {} | {} |", on.instructions, on.cycles, on.of);
        }
        if timed {
            let _ = write!(text, " {} |", row.time);
        }
        text.push('\n');
    }
}

fn shares(text: &mut String, parts: &Shares) {
    let _ = writeln!(text, "\nShares of its modelled cycles on {}, %:\n", parts.core);
    let _ =
        writeln!(text, "| bits | {} |\n|---{}|", parts.names.join(" | "), "|---".repeat(parts.names.len()));
    for (numbers, cells) in &parts.rows {
        let _ = writeln!(text, "| {numbers} | {} |", cells.join(" | "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What people read is what was counted.
    #[test]
    fn the_readme_has_the_tables_of_the_committed_file() {
        let recorded: Figures = serde_json::from_str(include_str!("../../models/recorded.json")).unwrap();
        let tables = costs(&Costs::committed().unwrap(), None, &recorded);
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&tables), "run `cargo xtask ocr-costs --write`; the tables are\n{tables}");
    }
}
