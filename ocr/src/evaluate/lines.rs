//! The figures of one network of lines.

use super::Dependence;
use crate::candidate::Candidate;
use crate::metrics::{Judged, Share, Threshold};
use crate::protocol::{LINES_JUDGED, LINES_TOLERATED};
use crate::text::reading::{Reading, Score, score, scores};
use crate::text::{self, Line, STRONGEST};
use serde::{Deserialize, Serialize};

/// Parts of the blur that accuracy is told for: from 0 to the strongest.
pub const PARTS: usize = 5;

/// The lines that networks are judged on.
pub struct LineTrial {
    /// Lines that thresholds are from.
    pub validation: Vec<Line>,
    /// Lines that figures are of.
    pub test: Vec<Line>,
}

impl LineTrial {
    /// Draws the lines.
    #[must_use]
    pub fn new() -> LineTrial {
        LineTrial { validation: text::validation(LINES_JUDGED), test: text::test(LINES_JUDGED) }
    }
}

impl Default for LineTrial {
    fn default() -> Self {
        LineTrial::new()
    }
}

/// The figures of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineEvaluation {
    /// The layer in training, with its constant.
    pub reading: String,
    /// What its numbers are: `float`, or the width of its layers in bits.
    pub numbers: String,
    /// Its seed.
    pub seed: u64,
    /// The version of the protocol that it was trained under.
    pub protocol: u32,
    /// Of all test lines.
    pub all: Score,
    /// Of each kind: MRZ, names, dates, numbers.
    pub kinds: [Score; 4],
    /// Of the lines in each of [`PARTS`] of the blur.
    pub levels: Vec<Score>,
    /// T_m, from validation lines, on test lines.
    pub tolerant: Judged,
    /// Response and blur on test lines.
    pub dependence: Dependence,
    /// Of validation lines.
    pub on_validation: Score,
}

fn doubts(lines: &[Line], readings: &[Reading]) -> Vec<(f64, bool)> {
    lines.iter().zip(readings).map(|(line, reading)| (reading.doubt, line.text != reading.text)).collect()
}

/// T_m of lines.
#[must_use]
pub fn tolerating(lines: &[Line], readings: &[Reading]) -> Threshold {
    Threshold::of_doubts(LINES_TOLERATED, doubts(lines, readings))
}

impl LineEvaluation {
    /// What tells it from others: reading, numbers, seed.
    #[must_use]
    pub fn key(&self) -> (&str, &str, u64) {
        (&self.reading, &self.numbers, self.seed)
    }

    /// Runs the network over all lines of the trial.
    ///
    /// # Panics
    /// If it is not for lines.
    #[must_use]
    pub fn of(network: &Candidate, trial: &LineTrial) -> LineEvaluation {
        let LineTrial { validation, test } = trial;
        let (on_validation, on_test) = (network.readings(validation), network.readings(test));
        let threshold = tolerating(validation, &on_validation);
        let above: Vec<bool> = doubts(test, &on_test)
            .into_iter()
            .filter_map(|(doubt, wrong)| threshold.is_below(doubt).then_some(wrong))
            .collect();
        let part = |line: &Line| ((line.sigma / STRONGEST * PARTS as f64) as usize).min(PARTS - 1);
        let sigmas: Vec<f64> = test.iter().map(|line| line.sigma).collect();
        let answers = on_test.iter().map(|reading| (reading.response, reading.doubt));
        let (all, kinds) = scores(test, &on_test);
        let (seed, protocol) = network.origin();
        LineEvaluation {
            reading: network.reading(),
            numbers: network.numbers(),
            seed,
            protocol,
            all,
            kinds,
            levels: (0..PARTS).map(|n| score(test, &on_test, |line| part(line) == n)).collect(),
            tolerant: Judged {
                threshold: threshold.response(),
                width: threshold.width(),
                above: Share { of: above.len(), all: test.len() },
                wrong: Share { of: above.iter().filter(|wrong| **wrong).count(), all: above.len() },
            },
            dependence: Dependence::of(&sigmas, STRONGEST, answers),
            on_validation: scores(validation, &on_validation).0,
        }
    }
}
