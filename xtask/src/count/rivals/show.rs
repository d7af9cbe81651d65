//! What was counted, as text, as JSON and as docs/benchmarks.md.

use super::{CORES, Contestant, Counted};
use crate::count::subjects::Shape;
use std::fmt::Write as _;

/// The table of one shape on one core.
pub(crate) fn text(counted: &[Counted]) -> String {
    let Some(first) = counted.first() else { return String::new() };
    let mut text = format!(
        "\n{} on {}: executed instructions per multiply-accumulate, counted; ratios to qgen's\n",
        sides(first.shape),
        first.core
    );
    let mut line = |cells: [&str; 7]| {
        let [title, numbers @ .., kernel] = cells;
        write!(text, "  {title:<32}").expect("writing to a string");
        for number in numbers {
            write!(text, "{number:>10}").expect("writing to a string");
        }
        writeln!(text, "  {kernel}").expect("writing to a string");
    };
    line(["", "executed", "packing", "/4-bits", "/8-bits", "/floats", "kernel"]);
    for one in counted {
        let ratio =
            |bits| ours(counted, bits).map_or("-".into(), |ours| format!("{:.2}", one.per_mac / ours));
        let [of_4, of_8, of_floats] = [4, 8, 32].map(ratio);
        let (executed, packing) = (format!("{:.4}", one.per_mac), format!("{:.4}", one.packing));
        line([&one.contestant.title(), &executed, &packing, &of_4, &of_8, &of_floats, &one.kernel]);
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

/// Our figure at so many bits.
fn ours(counted: &[Counted], bits: u32) -> Option<f64> {
    counted.iter().find(|one| one.contestant == Contestant::Ours(bits)).map(|one| one.per_mac)
}

/// The lowest figure of published crates, for floats or for 8 bits.
fn best(counted: &[Counted], floats: bool) -> Option<f64> {
    let crates = counted.iter().filter(|one| matches!(one.contestant, Contestant::Crate(..)));
    crates.filter(|one| one.contestant.is_float() == floats).map(|one| one.per_mac).min_by(f64::total_cmp)
}

const HEAD: &str = "\
# Counted beside published crates

Written by `cargo xtask rivals --write`; do not edit, run it again. All figures are **counted**: aarch64 instructions
that a whole multiplication executes under an emulator, per multiply-accumulate (`docs/adr/0021-counting-instructions.md`).
They are exact, and they are not time: a core may run four cheap instructions in the time of one dear one, and caches do not
count. Where there is an Arm machine, `qgen bench --grid` and `cargo bench --manifest-path rivals/Cargo.toml` take times.

Everybody has the same rules (`rivals/src/lib.rs`): one thread, values from a seed, results compared with a plain loop
first. The right side, the weights, is packed before and not counted, except by `gemm` and `matrixmultiply`, which have
no form for that and pack it in every call. The left side is plain row-major data: its packing counts, and stands behind the
`+`. Ours also checks there that each value lies in the kernel's range, and sums up for the zero points. What a compiler
put into other functions stands before the `+`. Ours runs what the runtime's selection takes for the core and the shape; others
run what they choose on an emulated one (Neoverse V1: everything that the emulator has but SVE).
`qgen` and `tract-linalg` multiply bytes with a sign on both sides, `rten-gemm` bytes without one on the left.
";

/// The document.
pub(crate) fn page(shapes: &[(&str, Shape)], all: &[Counted]) -> String {
    let mut page = HEAD.to_owned();
    let of = |shape: Shape, core: &str| -> Vec<Counted> {
        all.iter().filter(|one| one.shape == shape && one.core == core).cloned().collect()
    };
    page.push_str(
        "\n## Ratios\n\nHow many times as many instructions the other executes; of several crates the best one.\n\n\
         | m×n×k | core | our 8 bits / our 4 bits | crates' 8 bits / our 4 bits | crates' floats / our 4 bits | \
         crates' 8 bits / our 8 bits | crates' floats / our floats |\n|---|---|---|---|---|---|---|\n",
    );
    for &(name, shape) in shapes {
        for core in &CORES {
            let counted = of(shape, core.name);
            let figures = [
                (ours(&counted, 8), ours(&counted, 4)),
                (best(&counted, false), ours(&counted, 4)),
                (best(&counted, true), ours(&counted, 4)),
                (best(&counted, false), ours(&counted, 8)),
                (best(&counted, true), ours(&counted, 32)),
            ];
            let ratio = |(theirs, ours): (Option<f64>, Option<f64>)| {
                theirs.zip(ours).map_or("-".into(), |(theirs, ours)| format!("{:.2}", theirs / ours))
            };
            let ratios = figures.map(ratio).join(" | ");
            writeln!(page, "| {} ({name}) | {} | {ratios} |", sides(shape), core.title)
                .expect("writing to a string");
        }
    }
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
        assert_eq!(words[4..9], ["0.6000", "0.0100", "3.00", "2.00", "1.50"]);
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
        assert!(page.contains("| qgen, 4 bits | 0.1900 + 0.0100 | 0.1900 + 0.0100 |"), "{page}");
        assert!(
            page.contains("| gemm 1.2.3, floats | `kernel of cortex-a53`, `kernel of cortex-a72`,"),
            "{page}"
        );
    }
}
