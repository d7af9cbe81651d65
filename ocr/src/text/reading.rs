//! What the columns of a line say, read from left to right.

use super::{BLANK, CHARACTERS, CLASSES, Kind, Line, net};
use crate::graph::Network;
use crate::metrics::Share;
use crate::response::Answer;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The class of a space.
const SPACE: u8 = 38;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The characters.
    pub text: String,
    /// How sure the least sure part is: of a character, the probability in its surest column; of what lies between characters, 1
    /// less the largest probability of a character that is not beside it. 0 where nothing was read; NaN where logits are no numbers.
    pub response: f64,
    /// ln(1 − response).
    pub doubt: f64,
}

impl Reading {
    /// From the logits of all columns: columns beside each other that are a character's are one character, the one with the
    /// largest sum of logarithms of probabilities in them; those of a space are a space. (Between characters there are columns of
    /// none.)
    #[must_use]
    pub fn of(logits: &[f32]) -> Reading {
        if logits.iter().any(|logit| !logit.is_finite()) {
            return Reading { text: String::new(), response: f64::NAN, doubt: f64::NAN };
        }
        let columns: Vec<&[f32]> = logits.chunks_exact(CLASSES).collect();
        let answers: Vec<Answer> = columns.iter().map(|column| Answer::of(column)).collect();
        // Runs of columns, each with its class.
        let mut runs = Vec::new();
        let parts = |answer: &Answer| [BLANK, SPACE].map(|class| answer.class == class);
        for run in answers.chunk_by(|a, b| parts(a) == parts(b)) {
            let begin = runs.last().map_or(0, |(_, columns): &(u8, Range<usize>)| columns.end);
            let range = begin..begin + run.len();
            // Logarithms of probabilities are logits less the same for all classes of a column.
            let sum = |class: &u8| {
                columns[range.clone()].iter().map(|c| f64::from(c[usize::from(*class)])).sum::<f64>()
            };
            let classes = run.iter().map(|answer| answer.class);
            let class = classes.max_by(|a, b| sum(a).total_cmp(&sum(b))).unwrap_or(BLANK);
            runs.push((class, range));
        }
        let mut reading = Reading { text: String::new(), response: 1.0, doubt: f64::NEG_INFINITY };
        for (n, (class, range)) in runs.iter().enumerate() {
            let doubt = if *class == BLANK {
                let beside = |n: Option<usize>| n.and_then(|n| runs.get(n)).map_or(BLANK, |run| run.0);
                let known = [BLANK, beside(n.checked_sub(1)), beside(Some(n + 1))];
                let other = columns[range.clone()].iter().map(|column| likeliest_but(column, &known));
                other.fold(f64::NEG_INFINITY, f64::max)
            } else {
                reading.text.push(char::from(CHARACTERS[usize::from(*class) - 1]));
                let of_class = answers[range.clone()].iter().filter(|answer| answer.class == *class);
                of_class.map(|answer| answer.doubt).fold(f64::INFINITY, f64::min)
            };
            reading.doubt = reading.doubt.max(doubt);
        }
        // A space at an end is none.
        reading.text = reading.text.trim_matches(' ').to_owned();
        if reading.text.is_empty() {
            reading.doubt = 0.0;
        }
        reading.response = 1.0 - reading.doubt.exp();
        reading
    }
}

/// The logarithm of the largest probability of a column, but for those of some classes.
fn likeliest_but(column: &[f32], known: &[u8]) -> f64 {
    let top = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let all: f64 = column.iter().map(|z| f64::from(z - top).exp()).sum();
    let others = column.iter().enumerate().filter(|(n, _)| !known.contains(&(*n as u8)));
    others.map(|(_, z)| f64::from(z - top) - all.ln()).fold(f64::NEG_INFINITY, f64::max)
}

/// What a network of floats reads on lines.
#[must_use]
pub fn readings(network: &Network<f32>, lines: &[Line]) -> Vec<Reading> {
    readings_by(lines, |line| {
        Reading::of(network.forward(net::inputs(&line.pixels), net::shape(line.width)).outputs())
    })
}

/// What is read on lines by whatever reads one.
pub fn readings_by(lines: &[Line], read: impl Fn(&Line) -> Reading + Sync + Send) -> Vec<Reading> {
    lines.par_iter().map(read).collect()
}

/// How many characters must be added, left out or replaced to make one text of another (Levenshtein).
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, a) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = n + 1;
        for (m, b) in other.iter().enumerate() {
            let replaced = corner + usize::from(a != *b);
            corner = row[m + 1];
            row[m + 1] = replaced.min(corner + 1).min(row[m] + 1);
        }
    }
    row[other.len()]
}

/// How well lines were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Characters less the distance of each line, of all characters.
    pub characters: Share,
    /// Lines without any mistake.
    pub fields: Share,
}

/// The score of some lines.
#[must_use]
pub fn score(lines: &[Line], readings: &[Reading], of: impl Fn(&Line) -> bool) -> Score {
    let (mut characters, mut fields) = (Share { of: 0, all: 0 }, Share { of: 0, all: 0 });
    for (line, reading) in lines.iter().zip(readings).filter(|(line, _)| of(line)) {
        let wrong = distance(&line.text, &reading.text);
        characters.all += line.text.len();
        characters.of += line.text.len().saturating_sub(wrong);
        fields.all += 1;
        fields.of += usize::from(wrong == 0);
    }
    Score { characters, fields }
}

/// The scores of all lines and of each kind.
#[must_use]
pub fn scores(lines: &[Line], readings: &[Reading]) -> (Score, [Score; 4]) {
    (score(lines, readings, |_| true), Kind::ALL.map(|kind| score(lines, readings, |line| line.kind == kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(classes: &[(u8, f32)]) -> Vec<f32> {
        let mut logits = vec![0.0; classes.len() * CLASSES];
        for (column, (class, logit)) in logits.chunks_exact_mut(CLASSES).zip(classes) {
            column[usize::from(*class)] = *logit;
        }
        logits
    }

    #[test]
    fn runs_are_characters_and_the_least_sure_one_counts() {
        let class = |c: u8| CHARACTERS.iter().position(|&other| other == c).unwrap() as u8 + 1;
        let (a, b, space) = (class(b'A'), class(b'B'), class(b' '));
        assert_eq!(space, SPACE);
        // The second character is an A for one column and a B for two.
        let all = [
            (0, 9.0),
            (a, 9.0),
            (0, 4.0),
            (a, 5.0),
            (b, 7.0),
            (b, 6.0),
            (space, 9.0),
            (b, 6.0),
            (0, 4.0),
            (space, 9.0),
            (0, 1.0),
        ];
        let reading = Reading::of(&columns(&all));
        assert_eq!(reading.text, "AB B");
        let sure = 4f64.exp() / (4f64.exp() + 42.0);
        let only = Reading::of(&columns(&[(0, 9.0), (a, 3.0), (a, 4.0), (0, 9.0)]));
        assert!((only.response - sure).abs() < 1e-12, "{} {sure}", only.response);
        assert!((only.doubt - (1.0 - sure).ln()).abs() < 1e-9);
        // What may be a space between two characters is a doubt about the line.
        let mut gap = columns(&[(a, 9.0), (0, 6.0), (b, 9.0)]);
        let sharp = Reading::of(&gap);
        gap[CLASSES + usize::from(space)] = 5.0;
        let unsure = Reading::of(&gap);
        assert_eq!((sharp.text.as_str(), unsure.text.as_str()), ("AB", "AB"));
        assert!(sharp.response > 0.98 && unsure.response < 0.8, "{sharp:?} {unsure:?}");
        let nothing = Reading::of(&columns(&[(0, 9.0)]));
        assert_eq!((nothing.text.as_str(), nothing.response, nothing.doubt), ("", 0.0, 0.0));
        assert_eq!(Reading::of(&[]).text, "");
        let spaces = Reading::of(&columns(&[(space, 9.0), (space, 9.0)]));
        assert_eq!((spaces.text.as_str(), spaces.response), ("", 0.0));
        for none in [f32::NAN, f32::INFINITY] {
            assert!(Reading::of(&columns(&[(a, 9.0), (0, none)])).response.is_nan());
        }
    }

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (one, other, exact) in [
            ("", "", 0),
            ("ABC", "ABC", 0),
            ("KITTEN", "SITTING", 3),
            ("", "ABC", 3),
            ("ABC", "B", 2),
            ("AB", "BA", 2),
        ] {
            assert_eq!((distance(one, other), distance(other, one)), (exact, exact), "{one} {other}");
        }
    }
}
