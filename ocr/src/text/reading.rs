//! What the columns of a line say, read from left to right.

use super::{BLANK, CHARACTERS, CLASSES, Kind, Line, net};
use crate::graph::Network;
use crate::metrics::Share;
use crate::response::Answer;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The characters.
    pub text: String,
    /// The response of the least sure character: the largest probability in its surest column. 0 where there is none.
    pub response: f64,
    /// ln(1 − response).
    pub doubt: f64,
}

impl Reading {
    /// From the logits of all columns: a run of columns of one class is one character, or none.
    #[must_use]
    pub fn of(logits: &[f32]) -> Reading {
        let answers: Vec<Answer> = logits.chunks_exact(CLASSES).map(Answer::of).collect();
        let characters = answers.chunk_by(|a, b| a.class == b.class).filter(|run| run[0].class != BLANK);
        let mut reading = Reading { text: String::new(), response: 1.0, doubt: f64::NEG_INFINITY };
        for run in characters {
            reading.text.push(char::from(CHARACTERS[usize::from(run[0].class) - 1]));
            let surest = run.iter().min_by(|a, b| a.doubt.total_cmp(&b.doubt)).expect("runs are not empty");
            if surest.doubt > reading.doubt {
                (reading.response, reading.doubt) = (surest.response, surest.doubt);
            }
        }
        if reading.text.is_empty() {
            (reading.response, reading.doubt) = (0.0, 0.0);
        }
        // A space at an end is none.
        let text = reading.text.trim_matches(' ').to_owned();
        Reading { text, ..reading }
    }
}

/// What a network of floats reads on lines.
#[must_use]
pub fn readings(network: &Network<f32>, lines: &[Line]) -> Vec<Reading> {
    readings_by(lines, |line| {
        Reading::of(network.forward(net::inputs(&line.pixels), net::shape(line.width)).outputs())
    })
}

/// What is read on lines by whatever reads one.
pub fn readings_by(lines: &[Line], read: impl Fn(&Line) -> Reading + Sync) -> Vec<Reading> {
    lines.par_iter().map(|line| read(line)).collect()
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
        let all = [(0, 9.0), (a, 5.0), (a, 9.0), (0, 4.0), (a, 9.0), (b, 7.0), (space, 9.0), (0, 1.0)];
        let reading = Reading::of(&columns(&all));
        assert_eq!(reading.text, "AAB");
        let sure = 7f64.exp() / (7f64.exp() + 42.0);
        assert!((reading.response - sure).abs() < 1e-12, "{} {sure}", reading.response);
        assert!((reading.doubt - (1.0 - sure).ln()).abs() < 1e-9);
        let nothing = Reading::of(&columns(&[(0, 9.0)]));
        assert_eq!((nothing.text.as_str(), nothing.response, nothing.doubt), ("", 0.0, 0.0));
        assert_eq!(Reading::of(&[]).text, "");
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
