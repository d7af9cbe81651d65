//! What was counted, as text, as JSON and as docs/benchmarks.md.

use super::{CORES, Contestant, Counted};
use crate::count::subjects::Shape;
use std::fmt::Write as _;

/// The table of one shape on one core.
pub(crate) fn text(counted: &[Counted]) -> String {
    let Some(first) = counted.first() else { return String::new() };
    let mut text = format!(
        "\n{} on {}: executed instructions per multiply-accumulate, counted, and ratios to qgen's; MAC/cycle modelled\n",
        sides(first.shape),
        first.core
    );
    let mut line = |cells: [&str; 8]| {
        let [title, numbers @ .., kernel] = cells;
        write!(text, "  {title:<32}").expect("writing to a string");
        for number in numbers {
            write!(text, "{number:>10}").expect("writing to a string");
        }
        writeln!(text, "  {kernel}").expect("writing to a string");
    };
    line(["", "executed", "packing", "/4-bits", "/8-bits", "/floats", "MAC/cycle", "kernel"]);
    for one in counted {
        let ratio = |bits| {
            Measure::Instructions
                .ours(counted, bits)
                .map_or("-".into(), |ours| format!("{:.2}", one.per_mac / ours))
        };
        let [of_4, of_8, of_floats] = [4, 8, 32].map(ratio);
        let (executed, packing) = (format!("{:.4}", one.per_mac), format!("{:.4}", one.packing));
        let speed = format!("{:.2}", one.modelled_macs_per_cycle);
        line([&one.contestant.title(), &executed, &packing, &of_4, &of_8, &of_floats, &speed, &one.kernel]);
    }
    text
}

/// All of it.
pub(crate) fn json(all: &[Counted]) -> String {
    let json = serde_json::json!({
        "unit": "executed instructions per multiply-accumulate, counted under an emulator",
        "counts": all,
    });
    serde_json::to_string_pretty(&json).expect("names and numbers are JSON")
}

fn sides(shape: Shape) -> String {
    shape.map(|side| side.to_string()).join("×")
}

/// What is compared: lower is better.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Measure {
    Instructions,
    Cycles,
}

impl Measure {
    fn of(self, one: &Counted) -> f64 {
        match self {
            Measure::Instructions => one.per_mac,
            Measure::Cycles => 1.0 / one.modelled_macs_per_cycle,
        }
    }

    /// Our figure at so many bits.
    fn ours(self, counted: &[Counted], bits: u32) -> Option<f64> {
        counted.iter().find(|one| one.contestant == Contestant::Ours(bits)).map(|one| self.of(one))
    }

    /// The best figure of published crates, for floats or for 8 bits.
    fn best(self, counted: &[Counted], floats: bool) -> Option<f64> {
        let crates = counted.iter().filter(|one| matches!(one.contestant, Contestant::Crate(..)));
        crates
            .filter(|one| one.contestant.is_float() == floats)
            .map(|one| self.of(one))
            .min_by(f64::total_cmp)
    }
}

const HEAD: &str = "\
# Counted beside published crates

Written by `cargo xtask rivals --write`; do not edit, run it again. Figures are **counted**: aarch64 instructions
that a whole multiplication executes under an emulator, per multiply-accumulate (`docs/adr/0021-counting-instructions.md`), but
for one table, which is **modelled**. Counts are exact, and they are not time: a core may run four cheap instructions in
the time of one dear one, and caches do not count. Where there is an Arm machine, `qgen bench --grid` and `cargo bench --manifest-path rivals/Cargo.toml` take times.

Everybody has the same rules (`rivals/src/lib.rs`): one thread, values from a seed, results compared with a plain loop
first. The right side, the weights, is packed before and not counted, except by `gemm` and `matrixmultiply`, which have
no form for that and pack it in every call. The left side is plain row-major data: its packing counts, and stands behind the
`+`. Ours also checks there that each value lies in the kernel's range, and sums up for the zero points. What a compiler
put into other functions stands before the `+`. Ours runs what the runtime's selection takes for the core and the shape; others
run what they choose on an emulated one (Neoverse V1: everything that the emulator has but SVE).
`qgen` and `tract-linalg` multiply bytes with a sign on both sides, `rten-gemm` bytes without one on the left.
";

const CYCLES: &str = "
## Cycles, modelled

How many times as many cycles the other takes by the core's pipeline model (`docs/model.md`): each block of instructions that
ran, as if it ran over and over, times how often it ran. Data is in the nearest cache and branches are predicted. Instructions
that kernels of ours do not have are taken for the nearest class that the core's table has
(`qgen/examples/blocks/classes.rs`). Nothing of it is measured.

";

/// The document.
pub(crate) fn page(shapes: &[(&str, Shape)], all: &[Counted]) -> String {
    let mut page = HEAD.to_owned();
    let of = |shape: Shape, core: &str| -> Vec<Counted> {
        all.iter().filter(|one| one.shape == shape && one.core == core).cloned().collect()
    };
    page.push_str("\n## Instructions, counted\n\nHow many times as many the other executes; of several crates the best one.\n\n");
    page.push_str(&ratios(Measure::Instructions, shapes, of));
    page.push_str(CYCLES);
    page.push_str(&ratios(Measure::Cycles, shapes, of));
    page.push_str("\n## Figures\n\nPer multiply-accumulate: all but packing + packing, sums and checks of the left side.\n");
    for &(name, shape) in shapes {
        let columns = CORES.each_ref().map(|core| of(shape, core.name));
        let titles = CORES.each_ref().map(|core| core.title).join(" | ");
        write!(page, "\n### {}, {name}\n\n| | {titles} |\n|---|---|---|---|---|\n", sides(shape))
            .expect("writing to a string");
        for row in &columns[0] {
            let cell = |column: &Vec<Counted>| {
                let one = column.iter().find(|one| one.contestant == row.contestant);
                one.map_or("-".into(), |one| format!("{:.4} + {:.4}", one.per_mac - one.packing, one.packing))
            };
            let cells = columns.each_ref().map(cell).join(" | ");
            writeln!(page, "| {} | {cells} |", row.contestant.title()).expect("writing to a string");
        }
    }
    page.push_str("\n## Kernels\n\nWhat ran at 240×72×256, as each names it.\n\n| | kernels |\n|---|---|\n");
    let middle = || all.iter().filter(|one| one.shape == shapes[0].1);
    for row in middle().filter(|one| one.core == CORES[0].name) {
        let mut kernels: Vec<&str> =
            middle().filter(|one| one.contestant == row.contestant).map(|one| &*one.kernel).collect();
        kernels.dedup();
        writeln!(page, "| {} | `{}` |", row.contestant.title(), kernels.join("`, `"))
            .expect("writing to a string");
    }
    page
}

/// A table of ratios: shapes and cores by what is compared.
fn ratios(measure: Measure, shapes: &[(&str, Shape)], of: impl Fn(Shape, &str) -> Vec<Counted>) -> String {
    let mut table = "| m×n×k | core | our 8 bits / our 4 bits | crates' 8 bits / our 4 bits | crates' floats / our 4 \
                     bits | crates' 8 bits / our 8 bits | crates' floats / our floats |\n|---|---|---|---|---|---|---|\n"
        .to_owned();
    for &(name, shape) in shapes {
        for core in &CORES {
            let counted = of(shape, core.name);
            let (ours, best) = (|bits| measure.ours(&counted, bits), |floats| measure.best(&counted, floats));
            let pairs = [
                (ours(8), ours(4)),
                (best(false), ours(4)),
                (best(true), ours(4)),
                (best(false), ours(8)),
                (best(true), ours(32)),
            ];
            let ratio = |(theirs, ours): (Option<f64>, Option<f64>)| {
                theirs.zip(ours).map_or("-".into(), |(theirs, ours)| format!("{:.2}", theirs / ours))
            };
            let cells = pairs.map(ratio).join(" | ");
            writeln!(table, "| {} ({name}) | {} | {cells} |", sides(shape), core.title)
                .expect("writing to a string");
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(core: &'static str, contestant: Contestant, per_mac: f64) -> Counted {
        let kernel = format!("kernel of {core}");
        Counted {
            shape: [240, 72, 256],
            core,
            contestant,
            kernel,
            per_mac,
            packing: 0.01,
            modelled_macs_per_cycle: 2.0 / per_mac,
            unmodelled: 0.0,
            functions: vec![("f".into(), 3)],
        }
    }

    fn all() -> Vec<Counted> {
        let of_core = |core| {
            let rival = |name, per_mac| counted(core, Contestant::Crate(name, "1.2.3".into()), per_mac);
            let ours =
                [(4, 0.2), (8, 0.3), (32, 0.4)].map(|(bits, n)| counted(core, Contestant::Ours(bits), n));
            ours.into_iter().chain([
                rival("rten-gemm-int8", 0.6),
                rival("tract-linalg-int8", 0.5),
                rival("gemm-f32", 0.8),
            ])
        };
        CORES.iter().flat_map(|core| of_core(core.name)).collect()
    }

    #[test]
    fn the_table_has_ratios_to_ours() {
        let all = all();
        let text = text(&all[..6]);
        assert!(text.contains("240×72×256 on cortex-a53"), "{text}");
        let line = text.lines().find(|line| line.contains("rten-gemm 1.2.3, 8 bits")).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[4..10], ["0.6000", "0.0100", "3.00", "2.00", "1.50", "3.33"]);
        let value: serde_json::Value = serde_json::from_str(&json(&all)).unwrap();
        assert_eq!(value["counts"][3]["contestant"]["crate"][0], "rten-gemm-int8");
    }

    #[test]
    fn the_document_compares_with_the_best_crate() {
        let page = page(&[("middle", [240, 72, 256])], &all());
        assert!(
            page.contains("| 240×72×256 (middle) | Cortex-A72 | 1.50 | 2.50 | 4.00 | 1.67 | 2.00 |"),
            "{page}"
        );
        assert!(page.contains("\n## Cycles, modelled\n"));
        assert!(page.contains("| qgen, 4 bits | 0.1900 + 0.0100 | 0.1900 + 0.0100 |"), "{page}");
        assert!(
            page.contains("| gemm 1.2.3, floats | `kernel of cortex-a53`, `kernel of cortex-a72`,"),
            "{page}"
        );
    }
}
