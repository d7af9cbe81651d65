//! How often networks are right, as Markdown: `ocr tables`, and what `README.md` has of it.

use super::costs::grouped;
use super::tables::{groups, percent, text, unblurred};
use super::widths::order;
use super::{BASELINE, DEFAULT};
use crate::candidate::FLOAT;
use crate::evaluate::{CLEAN, Evaluation, Figures, LineEvaluation};
use crate::metrics::{Judged, Mean, Share, mean};

/// The width that stands out.
const SHOWN: &str = "4";

/// All tables.
#[must_use]
pub fn all(figures: &Figures) -> [String; 3] {
    [readings(figures), digits(figures), lines(figures)]
}

/// Networks of floats, by the layer in training: means over seeds.
#[must_use]
pub fn readings(figures: &Figures) -> String {
    let mut table = String::from(
        "| layer | seeds | accuracy, % | unblurred, % | 1 − T* | share of zone | 1 − T_v | share above | errors | 1 − T_m | share above | errors | Spearman | Pearson | η² |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let floats: Vec<Evaluation> = figures.digits.iter().filter(|e| e.numbers == FLOAT).cloned().collect();
    for group in groups(&[], &floats) {
        let name = match &*group.reading {
            DEFAULT => format!("**{DEFAULT}** (default)"),
            BASELINE => format!("{BASELINE} (baseline)"),
            CLEAN => format!("{CLEAN} (no blur in training)"),
            "target" => "target (no layer)".into(),
            other => other.into(),
        };
        let width = |of: fn(&Evaluation) -> Judged| {
            let mean = group.mean(|e| of(e).width);
            match mean {
                Some(Mean { mean, .. }) if mean < 0.001 => super::tables::width(mean),
                mean => text(mean, 3),
            }
        };
        let errors = |of: fn(&Evaluation) -> Judged| {
            let sum =
                |part: fn(Share) -> usize| group.evaluations.iter().map(|e| part(of(e).wrong)).sum::<usize>();
            format!("{} of {}", sum(|share| share.of), grouped(sum(|share| share.all) as u64))
        };
        let cells = [
            name,
            group.evaluations.len().to_string(),
            group.text(2, |e| percent(e.accuracy)),
            group.text(2, unblurred),
            width(|e| e.zone),
            group.text(3, |e| e.zone.above.value()),
            width(|e| e.validated),
            group.text(3, |e| e.validated.above.value()),
            errors(|e| e.validated),
            width(|e| e.tolerant),
            group.text(3, |e| e.tolerant.above.value()),
            errors(|e| e.tolerant),
            group.text(3, |e| e.dependence.spearman).replace('-', "−"),
            group.text(3, |e| e.dependence.pearson).replace('-', "−"),
            group.text(2, |e| e.dependence.correlation_ratio),
        ];
        row(&mut table, &cells);
    }
    table
}

/// Networks of digits, trained with drawn blur and without: means over seeds. What is lost, is lost to floats of the same seeds.
#[must_use]
pub fn digits(figures: &Figures) -> String {
    let mut table = String::from(
        "| bits | seeds | `clean`, unblurred, % | lost | `scale`, unblurred, lost | `scale`, blurred, % | lost | 1 − T* | share of zone | 1 − T_m | share above | errors | Spearman |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let of = |reading: &str, numbers: &str| -> Vec<&Evaluation> {
        figures.digits.iter().filter(|e| (&*e.reading, &*e.numbers) == (reading, numbers)).collect()
    };
    let means = |all: &[&Evaluation], decimals: usize, value: &dyn Fn(&Evaluation) -> f64| {
        text(mean(&all.iter().map(|e| value(e)).collect::<Vec<f64>>()), decimals)
    };
    let accuracy = |e: &Evaluation| percent(e.accuracy);
    for numbers in numbers(figures.digits.iter().map(|e| &*e.numbers)) {
        let (clean, scale) = (of(CLEAN, numbers), of(DEFAULT, numbers));
        if scale.is_empty() {
            continue;
        }
        let lost = |reading: &str, all: &[&Evaluation], value: &dyn Fn(&Evaluation) -> f64| {
            if numbers == FLOAT {
                return String::new();
            }
            let floats = of(reading, FLOAT);
            let pair = |e: &&Evaluation| Some(value(floats.iter().find(|f| f.seed == e.seed)?) - value(e));
            text(mean(&all.iter().filter_map(pair).collect::<Vec<f64>>()), 2).replace('-', "−")
        };
        let wrong = scale.iter().fold(Share { of: 0, all: 0 }, |sum, e| Share {
            of: sum.of + e.tolerant.wrong.of,
            all: sum.all + e.tolerant.wrong.all,
        });
        let cells = [
            shown(numbers),
            scale.len().to_string(),
            bold(numbers, means(&clean, 2, &unblurred)),
            bold(numbers, lost(CLEAN, &clean, &unblurred)),
            lost(DEFAULT, &scale, &unblurred),
            means(&scale, 2, &accuracy),
            lost(DEFAULT, &scale, &accuracy),
            means(&scale, 3, &|e| e.zone.width),
            means(&scale, 3, &|e| e.zone.above.value()),
            means(&scale, 3, &|e| e.tolerant.width),
            means(&scale, 3, &|e| e.tolerant.above.value()),
            format!("{} of {}", wrong.of, grouped(wrong.all as u64)),
            means(&scale, 3, &|e| e.dependence.spearman).replace('-', "−"),
        ];
        row(&mut table, &cells);
    }
    table
}

/// Networks of lines.
#[must_use]
pub fn lines(figures: &Figures) -> String {
    let mut table = String::from(
        "| bits | characters, % | fields, % | MRZ | names | dates | numbers | accepted | wrong of these | Spearman |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut all: Vec<&LineEvaluation> = figures.lines.iter().collect();
    all.sort_by_key(|e| order(&e.numbers));
    for e in all {
        let mut cells = vec![
            shown(&e.numbers),
            bold(&e.numbers, format!("{:.2}", percent(e.all.characters))),
            format!("{:.2}", percent(e.all.fields)),
        ];
        cells.extend(e.kinds.iter().map(|kind| format!("{:.1}", percent(kind.fields))));
        cells.push(format!("{:.3}", e.tolerant.above.value()));
        cells.push(format!("{} of {}", e.tolerant.wrong.of, grouped(e.tolerant.wrong.all as u64)));
        cells.push(format!("{:.3}", e.dependence.spearman).replace('-', "−"));
        row(&mut table, &cells);
    }
    table
}

/// All kinds of numbers, in the order of tables.
fn numbers<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut all: Vec<&str> = all.collect();
    all.sort_by_key(|numbers| order(numbers));
    all.dedup();
    all
}

fn shown(numbers: &str) -> String {
    bold(numbers, numbers.replace(", all", ", all layers"))
}

fn bold(numbers: &str, cell: String) -> String {
    if numbers == SHOWN { format!("**{cell}**") } else { cell }
}

fn row(table: &mut String, cells: &[String]) {
    for cell in cells {
        table.push_str("| ");
        table.push_str(cell);
        if !cell.is_empty() {
            table.push(' ');
        }
    }
    table.push_str("|\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What people read is what was judged.
    #[test]
    fn the_readme_has_the_tables_of_the_recorded_figures() {
        let recorded: Figures = serde_json::from_str(include_str!("../../models/recorded.json")).unwrap();
        let readme = include_str!("../../README.md");
        for table in all(&recorded) {
            assert!(readme.contains(&table), "`ocr tables` prints what should be there:\n{table}");
        }
    }
}
