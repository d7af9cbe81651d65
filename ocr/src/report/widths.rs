//! The tables of widths: what fewer bits cost.

use super::tables::{Group, percent, text, width};
use crate::candidate::FLOAT;
use crate::evaluate::{Evaluation, Figures, LineEvaluation};
use crate::metrics::mean;
use crate::quantise::WIDTHS;
use serde::Serialize;

/// The order of a width in tables: float, then from many bits to few; those of all layers behind the others.
pub(super) fn order(numbers: &str) -> usize {
    let name = numbers.strip_suffix(", all").unwrap_or(numbers);
    let place = WIDTHS.iter().position(|width| width.name == name).map_or(0, |n| n + 1);
    2 * place + usize::from(name != numbers)
}

/// A reading at a width: means over seeds, and how much less that is than what floats of the same seeds have.
#[derive(Serialize)]
pub(super) struct OfDigits {
    pub(super) reading: String,
    pub(super) numbers: String,
    recorded: bool,
    seeds: usize,
    pub(super) unblurred: String,
    unblurred_lost: String,
    pub(super) accuracy: String,
    accuracy_lost: String,
    zone: String,
    share: String,
    tolerant: String,
    spearman: String,
}

/// All readings that have networks of stored numbers, by reading and width.
pub(super) fn of_digits(now: &Figures, recorded: &Figures) -> Vec<OfDigits> {
    let mut names: Vec<(String, String)> = Vec::new();
    for e in now.digits.iter().chain(&recorded.digits) {
        let name = (e.reading.clone(), e.numbers.clone());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_by_key(|(reading, numbers)| (reading.clone(), order(numbers)));
    let quantised = |reading: &str| names.iter().any(|(r, numbers)| r == reading && numbers != FLOAT);
    let with = |(reading, numbers): &(String, String)| {
        let of = |all: &[Evaluation]| -> Vec<Evaluation> {
            all.iter().filter(|e| e.reading == *reading && e.numbers == *numbers).cloned().collect()
        };
        let (now, recorded) = (of(&now.digits), of(&recorded.digits));
        let is_recorded = recorded.len() > now.len();
        Group {
            reading: reading.clone(),
            evaluations: if is_recorded { recorded } else { now },
            recorded: is_recorded,
        }
    };
    let row = |name: &(String, String)| {
        let group = with(name);
        let floats = with(&(name.0.clone(), FLOAT.to_owned()));
        let lost = |of: &dyn Fn(&Evaluation) -> f64| {
            let pair =
                |e: &Evaluation| Some(of(floats.evaluations.iter().find(|f| f.seed == e.seed)?) - of(e));
            text(mean(&group.evaluations.iter().filter_map(pair).collect::<Vec<f64>>()), 2)
        };
        let unblurred = |e: &Evaluation| e.levels.first().map_or(0.0, |&share| percent(share));
        let accuracy = |e: &Evaluation| percent(e.accuracy);
        OfDigits {
            reading: name.0.clone(),
            numbers: name.1.clone(),
            recorded: group.recorded,
            seeds: group.evaluations.len(),
            unblurred: group.text(2, unblurred),
            unblurred_lost: lost(&unblurred),
            accuracy: group.text(2, accuracy),
            accuracy_lost: lost(&accuracy),
            zone: width(group.value(|e| e.zone.width)),
            share: group.text(3, |e| e.zone.above.value()),
            tolerant: width(group.value(|e| e.tolerant.width)),
            spearman: group.text(3, |e| e.dependence.spearman),
        }
    };
    names.iter().filter(|name| quantised(&name.0)).map(row).collect()
}

/// The network of lines at a width.
#[derive(Serialize)]
pub(super) struct OfLines {
    pub(super) numbers: String,
    recorded: bool,
    pub(super) characters: String,
    lost: String,
    pub(super) fields: String,
    kinds: [String; 4],
    levels: Vec<String>,
    accepted: String,
    wrong: String,
    spearman: String,
}

/// Networks of lines, by width.
pub(super) fn of_lines(now: &Figures, recorded: &Figures) -> Vec<OfLines> {
    let mut all: Vec<(&LineEvaluation, bool)> = now.lines.iter().map(|e| (e, false)).collect();
    for e in &recorded.lines {
        let known = |(other, _): &(&LineEvaluation, bool)| {
            (&other.numbers, &other.reading, other.seed) == (&e.numbers, &e.reading, e.seed)
        };
        if !all.iter().any(known) {
            all.push((e, true));
        }
    }
    all.sort_by_key(|(e, _)| order(&e.numbers));
    let float = all.iter().find(|(e, _)| e.numbers == FLOAT).map(|(e, _)| percent(e.all.characters));
    let row = |(e, recorded): &(&LineEvaluation, bool)| OfLines {
        numbers: e.numbers.clone(),
        recorded: *recorded,
        characters: format!("{:.2}", percent(e.all.characters)),
        lost: float.map_or("–".into(), |float| format!("{:.2}", float - percent(e.all.characters))),
        fields: format!("{:.2}", percent(e.all.fields)),
        kinds: e.kinds.map(|score| format!("{:.2}", percent(score.fields))),
        levels: e.levels.iter().map(|score| format!("{:.2}", percent(score.characters))).collect(),
        accepted: format!("{:.3}", e.tolerant.above.value()),
        wrong: format!("{} of {}", e.tolerant.wrong.of, e.tolerant.wrong.all),
        spearman: format!("{:.3}", e.dependence.spearman),
    };
    all.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_in_order() {
        let mut names = ["binary", "4, all", "8", "float", "4", "4.6"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["float", "8", "4.6", "4", "4, all", "binary"]);
    }
}
