//! The networks of one reading and width, and their figures as means over seeds.

use crate::evaluate::Evaluation;
use crate::metrics::{Judged, Mean, Share, mean};

/// Networks that differ in their seeds alone.
pub(super) struct Group {
    pub(super) reading: String,
    pub(super) evaluations: Vec<Evaluation>,
    /// Whether the figures were recorded, not made for this page.
    pub(super) recorded: bool,
}

impl Group {
    /// Those of a reading and width, by seed: of the models, or what was recorded where that has more seeds.
    pub(super) fn of(reading: &str, numbers: &str, now: &[Evaluation], recorded: &[Evaluation]) -> Group {
        let of = |all: &[Evaluation]| {
            let is = |e: &&Evaluation| (&*e.reading, &*e.numbers) == (reading, numbers);
            let mut these: Vec<Evaluation> = all.iter().filter(is).cloned().collect();
            these.sort_by_key(|e| e.seed);
            these
        };
        let (now, recorded) = (of(now), of(recorded));
        let is_recorded = recorded.len() > now.len();
        let evaluations = if is_recorded { recorded } else { now };
        Group { reading: reading.to_owned(), evaluations, recorded: is_recorded }
    }

    pub(super) fn mean(&self, of: impl Fn(&Evaluation) -> f64) -> Option<Mean> {
        mean(&self.evaluations.iter().map(of).collect::<Vec<f64>>())
    }

    pub(super) fn text(&self, decimals: usize, of: impl Fn(&Evaluation) -> f64) -> String {
        text(self.mean(of), decimals)
    }

    pub(super) fn value(&self, of: impl Fn(&Evaluation) -> f64) -> f64 {
        self.mean(of).map_or(f64::NAN, |mean| mean.mean)
    }

    /// How much more this group has than another, seed by seed.
    pub(super) fn more_than(&self, other: &Group, of: impl Fn(&Evaluation) -> f64) -> Option<Mean> {
        let pair = |e: &Evaluation| Some(of(e) - of(other.evaluations.iter().find(|o| o.seed == e.seed)?));
        mean(&self.evaluations.iter().filter_map(pair).collect::<Vec<f64>>())
    }

    /// The errors above a threshold, and what is above it, of all seeds together.
    pub(super) fn errors(&self, of: impl Fn(&Evaluation) -> Judged) -> Share {
        let wrong = self.evaluations.iter().map(|e| of(e).wrong);
        wrong.fold(Share { of: 0, all: 0 }, |sum, share| Share {
            of: sum.of + share.of,
            all: sum.all + share.all,
        })
    }
}

pub(super) fn percent(share: Share) -> f64 {
    100.0 * share.value()
}

/// Right answers to blurred images, in percent.
pub(super) fn accuracy(e: &Evaluation) -> f64 {
    percent(e.accuracy)
}

/// Right answers to unblurred images, in percent.
pub(super) fn unblurred(e: &Evaluation) -> f64 {
    e.levels.first().map_or(0.0, |&share| percent(share))
}

pub(super) fn text(mean: Option<Mean>, decimals: usize) -> String {
    match mean {
        None => "–".into(),
        // One network has no interval.
        Some(Mean { mean, half: 0.0 }) => format!("{mean:.decimals$}"),
        Some(Mean { mean, half }) => format!("{mean:.decimals$} ± {half:.decimals$}"),
    }
}
