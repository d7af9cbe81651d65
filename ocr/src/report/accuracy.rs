//! How often networks of every width are right, as Markdown: `ocr widths`, and what `README.md` has of it.

use super::DEFAULT;
use super::costs::grouped;
use super::tables::{percent, text};
use super::widths::order;
use crate::candidate::FLOAT;
use crate::evaluate::{CLEAN, Evaluation, Figures, LineEvaluation};
use crate::metrics::{Share, mean};

/// The width that stands out.
const SHOWN: &str = "4";

/// Networks of digits, trained with drawn blur and without: means over seeds. What is lost, is lost to floats of the same seeds.
#[must_use]
pub fn digits(figures: &Figures) -> String {
    let mut table = String::from(
        "| bits | `clean`, unblurred, % | lost | `scale`, unblurred, lost | `scale`, blurred, % | lost | 1 − T* | share of zone | 1 − T_m | share above | errors | Spearman |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let of = |reading: &str, numbers: &str| -> Vec<&Evaluation> {
        figures.digits.iter().filter(|e| (&*e.reading, &*e.numbers) == (reading, numbers)).collect()
    };
    let means = |all: &[&Evaluation], decimals: usize, value: &dyn Fn(&Evaluation) -> f64| {
        text(mean(&all.iter().map(|e| value(e)).collect::<Vec<f64>>()), decimals)
    };
    let unblurred = |e: &Evaluation| e.levels.first().map_or(0.0, |&share| percent(share));
    let accuracy = |e: &Evaluation| percent(e.accuracy);
    for numbers in numbers(figures.digits.iter().map(|e| &*e.numbers)) {
        let (clean, scale) = (of(CLEAN, numbers), of(DEFAULT, numbers));
        if clean.is_empty() || scale.is_empty() {
            continue;
        }
        let lost = |reading: &str, all: &[&Evaluation], value: &dyn Fn(&Evaluation) -> f64| {
            if numbers == FLOAT {
                return String::new();
            }
            let floats = of(reading, FLOAT);
            let pair = |e: &&Evaluation| Some(value(floats.iter().find(|f| f.seed == e.seed)?) - value(e));
            text(mean(&all.iter().filter_map(pair).collect::<Vec<f64>>()), 2)
        };
        let wrong = scale.iter().fold(Share { of: 0, all: 0 }, |sum, e| Share {
            of: sum.of + e.tolerant.wrong.of,
            all: sum.all + e.tolerant.wrong.all,
        });
        let cells = [
            shown(numbers),
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
        for table in [digits(&recorded), lines(&recorded)] {
            assert!(readme.contains(&table), "`ocr widths` prints what should be there:\n{table}");
        }
    }
}
