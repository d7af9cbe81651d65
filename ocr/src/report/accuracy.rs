//! How often networks are right, as Markdown: `ocr tables`, and what `README.md` has of it.

use super::costs::grouped;
use super::group::{Group, accuracy, percent, text, unblurred};
use super::tables::groups;
use super::widths::order;
use super::{BASELINE, DEFAULT};
use crate::candidate::FLOAT;
use crate::evaluate::{CLEAN, Evaluation, Figures, LineEvaluation};
use crate::metrics::{Judged, Mean, Share};

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
    for group in groups(&[], &figures.digits) {
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
        let cells = [
            name,
            group.evaluations.len().to_string(),
            group.text(2, accuracy),
            group.text(2, unblurred),
            width(|e| e.zone),
            group.text(3, |e| e.zone.above.value()),
            width(|e| e.validated),
            group.text(3, |e| e.validated.above.value()),
            errors(group.errors(|e| e.validated)),
            width(|e| e.tolerant),
            group.text(3, |e| e.tolerant.above.value()),
            errors(group.errors(|e| e.tolerant)),
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
    let of = |reading: &str, numbers: &str| Group::of(reading, numbers, &[], &figures.digits);
    for numbers in numbers(figures.digits.iter().map(|e| &*e.numbers)) {
        let [clean, scale] = [CLEAN, DEFAULT].map(|reading| of(reading, numbers));
        if scale.evaluations.is_empty() {
            continue;
        }
        let lost = |group: &Group, value: fn(&Evaluation) -> f64| match numbers {
            FLOAT => String::new(),
            _ => text(of(&group.reading, FLOAT).more_than(group, value), 2).replace('-', "−"),
        };
        let cells = [
            shown(numbers),
            scale.evaluations.len().to_string(),
            bold(numbers, clean.text(2, unblurred)),
            bold(numbers, lost(&clean, unblurred)),
            lost(&scale, unblurred),
            scale.text(2, accuracy),
            lost(&scale, accuracy),
            scale.text(3, |e| e.zone.width),
            scale.text(3, |e| e.zone.above.value()),
            scale.text(3, |e| e.tolerant.width),
            scale.text(3, |e| e.tolerant.above.value()),
            errors(scale.errors(|e| e.tolerant)),
            scale.text(3, |e| e.dependence.spearman).replace('-', "−"),
        ];
        row(&mut table, &cells);
    }
    table
}

fn errors(share: Share) -> String {
    format!("{} of {}", share.of, grouped(share.all as u64))
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
        cells.push(errors(e.tolerant.wrong));
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
