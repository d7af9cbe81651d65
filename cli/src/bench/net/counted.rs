//! Networks where times mean nothing: what was counted under an emulator and modelled, by `cargo xtask nets`.

use super::words;
use crate::commands::bench::Args;
use crate::failure::Failure;
use crate::output;
use qgen_runtime::bench::Net;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

const FILE: &str = include_str!("counted.toml");

/// A network on a core.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    net: String,
    core: String,
    bits: u32,
    /// Name, instructions, cycles.
    layers: Vec<(String, u64, u64)>,
    /// Instructions and cycles.
    whole: (u64, u64),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    run: Vec<Counted>,
}

/// Shows `net`.
pub(super) fn run(args: &Args, net: Net, why: &str) -> Result<(), Failure> {
    let file: File = toml::from_str(FILE).map_err(|e| Failure(format!("counted networks: {e}")))?;
    let mut cores: Vec<&str> = Vec::new();
    for run in &file.run {
        if !cores.contains(&&*run.core) {
            cores.push(&run.core);
        }
    }
    if let Some(other) = args.core.iter().find(|core| !cores.contains(&core.as_str())) {
        let known = cores.join(", ");
        return Err(Failure(format!("core: nothing was counted on {other}; choose one of {known}")));
    }
    let of_net = file.run.iter().filter(|run| run.net == net.name());
    let of_net: Vec<&Counted> =
        of_net.filter(|run| args.core.is_empty() || args.core.contains(&run.core)).collect();
    let shown: Vec<&Counted> =
        of_net.iter().copied().filter(|run| args.bits.is_none_or(|bits| run.bits == bits)).collect();
    if shown.is_empty() {
        let bits = args.bits.unwrap_or(0);
        return Err(Failure(format!("bits: {bits} bits are not possible; choose 2 to 8, or 32 for floats")));
    }
    if args.json {
        let json = serde_json::json!({ "not_measured": why, "unit": "modelled cycles", "runs": shown });
        return output::print(&output::json(&json));
    }
    let mut text = format!(
        "Nothing here was measured: {why}. Instructions were counted under an emulator (`cargo xtask nets`); cycles are \
         modelled, of all that is executed.\n"
    );
    for core in cores {
        let shown: Vec<&Counted> = shown.iter().copied().filter(|run| run.core == core).collect();
        if shown.is_empty() {
            continue;
        }
        writeln!(text, "\n{} on {core}, one image", net.name()).expect("writing to a string");
        if args.profile {
            for run in shown {
                writeln!(text, "\n{}", words(Some(run.bits))).expect("writing to a string");
                text.push_str(&output::table(&["layer", "instructions", "cycles", "share"], &by_layer(run)));
            }
        } else {
            let rows: Vec<[String; 5]> = shown.iter().map(|run| by_width(run, &of_net)).collect();
            text.push_str(&output::table(
                &["operands", "instructions", "cycles", "vs 8 bits", "vs floats"],
                &rows,
            ));
        }
    }
    output::print(&text)
}

fn by_width(run: &Counted, all: &[&Counted]) -> [String; 5] {
    let against = |bits: u32| {
        let other = all.iter().find(|other| other.bits == bits && other.core == run.core);
        other.map_or("-".into(), |other| format!("{:.2}", other.whole.1 as f64 / run.whole.1 as f64))
    };
    [words(Some(run.bits)), run.whole.0.to_string(), run.whole.1.to_string(), against(8), against(32)]
}

fn by_layer(run: &Counted) -> Vec<[String; 4]> {
    let share = |cycles: u64| format!("{:.1} %", 100.0 * cycles as f64 / run.whole.1.max(1) as f64);
    let row = |name: &str, instructions: u64, cycles: u64| {
        [name.to_owned(), instructions.to_string(), cycles.to_string(), share(cycles)]
    };
    let mut rows: Vec<[String; 4]> =
        run.layers.iter().map(|(name, instructions, cycles)| row(name, *instructions, *cycles)).collect();
    let sums = run.layers.iter().fold((0, 0), |sums, layer| (sums.0 + layer.1, sums.1 + layer.2));
    rows.push(row("between", run.whole.0.saturating_sub(sums.0), run.whole.1.saturating_sub(sums.1)));
    rows.push(row("whole", run.whole.0, run.whole.1));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_runtime::bench::{NET_BITS, NETS};

    #[test]
    fn every_network_and_width_was_counted() {
        let file: File = toml::from_str(FILE).unwrap();
        for net in NETS {
            for bits in NET_BITS {
                let model = net.model(bits).unwrap();
                let runs: Vec<&Counted> =
                    file.run.iter().filter(|run| run.net == net.name() && run.bits == bits).collect();
                assert!(!runs.is_empty(), "{} {bits}", net.name());
                for run in runs {
                    let counted: Vec<&str> = run.layers.iter().map(|layer| &*layer.0).collect();
                    // Pools that the convolutions before them work out are not there.
                    let names: Vec<&str> = model
                        .layers()
                        .iter()
                        .filter(|layer| layer.op().name() != "max pool" || counted.contains(&layer.name()))
                        .map(|layer| layer.name())
                        .collect();
                    assert_eq!(names, counted, "`cargo xtask nets --write`");
                    let rows = by_layer(run);
                    assert_eq!(rows.len(), names.len() + 2);
                    assert_eq!(rows[rows.len() - 1][3], "100.0 %");
                }
            }
        }
    }

    /// README's table of a block of ResNet-18.
    #[test]
    fn readme_says_what_was_counted() {
        let file: File = toml::from_str(FILE).unwrap();
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
        for (core, title) in [
            ("cortex-a53", "Cortex-A53"),
            ("cortex-a72", "Cortex-A72"),
            ("neoverse-n1", "Neoverse N1"),
            ("neoverse-v1", "Neoverse V1"),
        ] {
            let of = |run: &&Counted| run.net == Net::ResNet18Block.name() && run.core == core;
            let cycles = |bits: u32| {
                let run = file.run.iter().filter(of).find(|run| run.bits == bits).unwrap();
                run.whole.1 as f64
            };
            let (four, six, eight, floats) = (cycles(4), cycles(6), cycles(8), cycles(32));
            let said = format!(
                "| {title} | {:.2} | {:.2} | {:.2} | {:.2} |",
                four / 1e6,
                four / eight,
                six / eight,
                four / floats
            );
            assert!(readme.contains(&said), "README.md does not say: {said}");
        }
    }
}
