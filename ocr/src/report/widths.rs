//! The tables of widths: what fewer bits cost.

use super::DEFAULT;
use super::group::{Group, accuracy, percent, text, unblurred};
use super::tables::Target;
use crate::candidate::FLOAT;
use crate::evaluate::{CLEAN, Evaluation, Figures, LineEvaluation};
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

/// What networks of stored numbers were to reach.
pub(super) fn targets(now: &Figures, recorded: &Figures) -> Vec<Target> {
    let group = |reading: &str, numbers: &str| Group::of(reading, numbers, &now.digits, &recorded.digits);
    let points = |what, reading: &str, numbers: &str, of: fn(&Evaluation) -> f64, most: f64| {
        let lost = group(reading, FLOAT).more_than(&group(reading, numbers), of);
        Target {
            what,
            wanted: format!("at most {most} points less than floats"),
            found: format!("{} points less", text(lost, 2)),
            reached: lost.is_some_and(|lost| lost.mean <= most),
        }
    };
    let four = group(DEFAULT, "4");
    let (zone, share) = (four.value(|e| e.zone.width), four.value(|e| e.zone.above.value()));
    let (tolerant, spearman) = (four.value(|e| e.tolerant.width), four.value(|e| e.dependence.spearman));
    let all: Vec<&LineEvaluation> = now.lines.iter().chain(&recorded.lines).collect();
    let fours = all.iter().filter(|e| e.numbers == "4");
    let lines = fours.filter_map(|four| lost(four, "8", &all)).next();
    vec![
        points("8 bits, unblurred digits", CLEAN, "8", unblurred, 0.1),
        points("4 bits, unblurred digits", CLEAN, "4", unblurred, 0.4),
        points("4 bits, blurred digits", DEFAULT, "4", accuracy, 0.5),
        Target {
            what: "4 bits, the zone and its dependence on blur",
            wanted: "1 − T* at least 0.05, 1 − T_m 0.10, share 0.28, |Spearman| 0.85".into(),
            found: format!(
                "1 − T* {}, 1 − T_m {}, share {}, Spearman {}",
                four.text(3, |e| e.zone.width),
                four.text(3, |e| e.tolerant.width),
                four.text(3, |e| e.zone.above.value()),
                four.text(3, |e| e.dependence.spearman)
            ),
            reached: zone >= 0.05 && tolerant >= 0.10 && share >= 0.28 && spearman.abs() >= 0.85,
        },
        Target {
            what: "4 bits, characters of lines",
            wanted: "at most 0.4 points less than 8 bits".into(),
            found: lines.map_or("–".into(), |lost| format!("{lost:.2} points less")),
            reached: lines.is_some_and(|lost| lost <= 0.4),
        },
    ]
}

/// Points of characters that a network of lines has less than the same one with other numbers, if that is there.
fn lost(network: &LineEvaluation, than: &str, all: &[&LineEvaluation]) -> Option<f64> {
    let same =
        |e: &&&LineEvaluation| e.numbers == than && (&e.reading, e.seed) == (&network.reading, network.seed);
    let other = all.iter().find(same)?;
    Some(percent(other.all.characters) - percent(network.all.characters))
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
    let row = |name: &(String, String)| {
        let [group, floats] =
            [&*name.1, FLOAT].map(|numbers| Group::of(&name.0, numbers, &now.digits, &recorded.digits));
        let lost = |of: fn(&Evaluation) -> f64| text(floats.more_than(&group, of), 2);
        OfDigits {
            reading: name.0.clone(),
            numbers: name.1.clone(),
            recorded: group.recorded,
            seeds: group.evaluations.len(),
            unblurred: group.text(2, unblurred),
            unblurred_lost: lost(unblurred),
            accuracy: group.text(2, accuracy),
            accuracy_lost: lost(accuracy),
            zone: group.text(3, |e| e.zone.width),
            share: group.text(3, |e| e.zone.above.value()),
            tolerant: group.text(3, |e| e.tolerant.width),
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
        if all.iter().all(|(other, _)| other.key() != e.key()) {
            all.push((e, true));
        }
    }
    all.sort_by_key(|(e, _)| order(&e.numbers));
    let evaluations: Vec<&LineEvaluation> = all.iter().map(|(e, _)| *e).collect();
    let row = |(e, recorded): &(&LineEvaluation, bool)| OfLines {
        numbers: e.numbers.clone(),
        recorded: *recorded,
        characters: format!("{:.2}", percent(e.all.characters)),
        lost: lost(e, FLOAT, &evaluations).map_or("–".into(), |lost| format!("{lost:.2}")),
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
