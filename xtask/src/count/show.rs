//! The table of what was counted, and the same for machines.

use super::Counted;
use super::committed::{Figure, find};
use super::layers::CountedLayer;
use std::fmt::Write as _;

const HEADS: [&str; 8] =
    ["operands", "core", "kernel", "executed", "in kernel", "main loop", "executed/loop", "committed"];

/// A table for each shape; under each row functions and blocks, if they are wanted.
pub(crate) fn text(all: &[Counted], figures: &[Figure], functions: bool, blocks: usize) -> String {
    let mut text = String::from(
        "Executed aarch64 instructions per multiply-accumulate, counted under an emulator; main loop: the kernel's \
         alone.\n",
    );
    let mut shape = None;
    for counted in all {
        if shape != Some(counted.shape) {
            shape = Some(counted.shape);
            writeln!(text, "\n{} (m x n x k)", counted.shape_text()).expect("writing to a string");
            text.push_str(&line(HEADS.map(str::to_owned)));
        }
        let figure = find(figures, counted).map_or("-".into(), |f| format!("{:.4}", f.instructions_per_mac));
        let ratio = counted.per_mac / counted.main_loop;
        text.push_str(&line([
            counted.what.to_owned(),
            counted.core.to_owned(),
            short(&counted.kernel),
            format!("{:.4}", counted.per_mac),
            format!("{:.4}", counted.in_kernel),
            format!("{:.4}", counted.main_loop),
            format!("{ratio:.3}"),
            figure,
        ]));
        if functions {
            text.push_str(&by_function(counted));
        }
        for block in counted.blocks.iter().take(blocks) {
            let head = format!("{:x}, {} times, {}", block.address, block.executions, block.function);
            writeln!(text, "    {head}\n        {}", block.text.join("\n        "))
                .expect("writing to a string");
        }
    }
    text
}

fn line(cells: [String; 8]) -> String {
    let [what, core, kernel, numbers @ ..] = cells;
    let mut line = format!("  {what:<24}{core:<13}{kernel:<16}");
    for (number, width) in numbers.iter().zip([9, 10, 10, 14, 10]) {
        write!(line, "{number:>width$}").expect("writing to a string");
    }
    line.push('\n');
    line
}

/// Of a kernel's name, strategy and tile.
fn short(kernel: &str) -> String {
    kernel.split('_').skip(1).take(2).collect::<Vec<_>>().join(" ")
}

fn by_function(counted: &Counted) -> String {
    let total: i64 = counted.functions.iter().map(|(_, executed)| executed).sum();
    let mut text = String::new();
    for (function, executed) in &counted.functions {
        let share = *executed as f64 / total as f64;
        if share >= 0.01 {
            let per_mac = counted.per_mac * share;
            writeln!(text, "    {per_mac:.4} {:>5.1} %  {function}", 100.0 * share)
                .expect("writing to a string");
        }
    }
    text
}

/// All of it.
pub(crate) fn json(all: &[Counted], layers: &[CountedLayer], figures: &[Figure]) -> String {
    #[derive(serde::Serialize)]
    struct Row<'c> {
        #[serde(flatten)]
        counted: &'c Counted,
        committed: Option<f64>,
    }
    #[derive(serde::Serialize)]
    struct Json<'c> {
        unit: &'static str,
        counts: Vec<Row<'c>>,
        layers: &'c [CountedLayer],
    }
    let committed = |counted| find(figures, counted).map(|figure| figure.instructions_per_mac);
    let row = |counted| Row { counted, committed: committed(counted) };
    let json = Json {
        unit: "executed instructions per multiply-accumulate",
        counts: all.iter().map(row).collect(),
        layers,
    };
    serde_json::to_string_pretty(&json).expect("names and numbers are JSON")
}
