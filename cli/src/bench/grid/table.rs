//! How the figures of a grid are shown.

use super::{Answer, BITS, Figure};
use crate::output;
use crate::tune::table::span;
use serde_json::json;
use std::fmt::Write;

/// What stands under every answer.
const RIVALS: &str = "\
Published crates beside these, in a clone of the repository: `cargo bench --manifest-path rivals/Cargo.toml` takes times,
`cargo xtask rivals` counts executed instructions under an emulator (docs/benchmarks.md).
";

const COLUMNS: &str = "\
Left side: the part that its checks, sums and packing take. Then how many times as fast as our own 8 bits and floats.";

/// For people: a table for each core. `why` says why nothing is measured.
pub(super) fn text(answers: &[Answer], why: Option<&str>, long: bool) -> String {
    let mut text = String::new();
    if let Some(why) = why {
        writeln!(text, "Nothing here was measured: {why}.\n").expect("writing to a string");
    }
    for answer in answers {
        let unit = if answer.measured {
            "medians by a stopwatch, in GMAC/s"
        } else {
            "by the model of the core that each kernel was made for, in MAC/cycle"
        };
        writeln!(text, "{}: whole multiplications, {unit}.\n{COLUMNS}\n", answer.core)
            .expect("writing to a string");
        text.push_str(&output::table(
            &["shape", "operands", "speed", "left side", "vs 8 bits", "vs floats"],
            &rows(answer, long),
        ));
        text.push('\n');
    }
    text.push_str(RIVALS);
    text
}

fn rows(answer: &Answer, long: bool) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    let mut groups: Vec<(String, Vec<&Figure>)> = Vec::new();
    for figure in &answer.figures {
        let title = match figure.shape.layer {
            Some(layer) => format!("{layer}, {}", figure.shape.sides()),
            None if long => figure.shape.sides(),
            None => "the published grid".to_owned(),
        };
        match groups.iter_mut().find(|(known, _)| *known == title) {
            Some((_, figures)) => figures.push(figure),
            None => groups.push((title, vec![figure])),
        }
    }
    for (title, figures) in &groups {
        for bits in BITS {
            let of_width = figures.iter().filter(|figure| figure.bits == bits);
            let against = |other| span(of_width.clone().filter_map(|figure| answer.ratio(figure, other)));
            rows.push([
                title.clone(),
                name(bits),
                span(of_width.clone().map(|figure| figure.macs() / figure.whole)),
                format!(
                    "{} %",
                    whole_span(of_width.clone().map(|figure| 100.0 * figure.packing / figure.whole))
                ),
                against(8),
                against(32),
            ]);
        }
    }
    rows
}

/// As [`span`], in whole numbers.
fn whole_span(figures: impl Iterator<Item = f64>) -> String {
    let (low, high) = figures.fold((f64::INFINITY, 0f64), |(low, high), f| (low.min(f), high.max(f)));
    let (low, high) = (format!("{low:.0}"), format!("{high:.0}"));
    if low == high { low } else { format!("{low} to {high}") }
}

fn name(bits: u32) -> String {
    match bits {
        1 => "1 bit".into(),
        32 => "floats".into(),
        bits => format!("{bits} bits"),
    }
}

/// For machines.
pub(super) fn json(answers: &[Answer], why: Option<&str>) -> String {
    let figure = |answer: &Answer, figure: &Figure| {
        json!({
            "shape": figure.shape,
            "operands": name(figure.bits),
            "kernel": figure.kernel,
            "whole": figure.whole,
            "left_side": figure.packing,
            "vs_8_bits": answer.ratio(figure, 8),
            "vs_floats": answer.ratio(figure, 32),
        })
    };
    let answer = |answer: &Answer| {
        json!({
            "core": answer.core,
            "measured": answer.measured,
            "unit": if answer.measured { "ns" } else { "modelled cycles" },
            "figures": answer.figures.iter().map(|one| figure(answer, one)).collect::<Vec<_>>(),
        })
    };
    let json = json!({ "not_measured": why, "cores": answers.iter().map(answer).collect::<Vec<_>>() });
    output::json(&json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::shapes::NamedShape;

    fn answer() -> Answer {
        let grid = ["72x24x128", "360x96x512"].map(|text| NamedShape::parse(text).unwrap());
        let layer = NamedShape { layer: Some("a layer"), ..NamedShape::parse("10x10x10").unwrap() };
        let figure = |(nth, shape): (usize, &NamedShape), bits: u32| Figure {
            shape: shape.clone(),
            bits,
            kernel: "k",
            whole: shape.macs() / 16.0 * f64::from(bits) / (1.0 + nth as f64),
            packing: shape.macs() / 160.0 * f64::from(bits) / (1.0 + nth as f64),
        };
        let shapes = grid.iter().chain([&layer]).enumerate();
        let figures = shapes.flat_map(|shape| BITS.map(|bits| figure(shape, bits))).collect();
        Answer { core: "cortex-a72".into(), measured: false, figures }
    }

    #[test]
    fn the_grid_shares_rows_unless_each_is_wanted() {
        let short = rows(&answer(), false);
        assert_eq!(short.len(), 2 * BITS.len());
        assert_eq!(short[3], ["the published grid", "4 bits", "4.00 to 8.00", "10 %", "2.00", "8.00"]);
        assert_eq!(short[9][..3], ["a layer, 10x10x10", "1 bit", "48.00"]);
        assert_eq!(rows(&answer(), true).len(), 3 * BITS.len());
        let text = text(&[answer()], Some("no clock"), false);
        assert!(
            text.starts_with("Nothing here was measured: no clock.") && text.contains("MAC/cycle"),
            "{text}"
        );
        assert!(text.ends_with(RIVALS) && !text.contains("GMAC"), "{text}");
    }

    #[test]
    fn json_has_every_shape() {
        let value: serde_json::Value = serde_json::from_str(&json(&[answer()], None)).unwrap();
        let figures = value["cores"][0]["figures"].as_array().unwrap();
        assert_eq!(figures.len(), 3 * BITS.len());
        assert_eq!((&figures[3]["shape"]["m"], &figures[3]["vs_8_bits"]), (&72.into(), &2.0.into()));
        assert_eq!(
            (&value["not_measured"], &value["cores"][0]["unit"]),
            (&().into(), &"modelled cycles".into())
        );
    }
}
