//! The tables: means over seeds, and what was to be reached.

use super::group::{Group, accuracy, percent, text, unblurred};
use crate::candidate::FLOAT;
use crate::evaluate::Evaluation;
use crate::metrics::Judged;
use crate::protocol::READINGS;
use serde::Serialize;

/// One group of floats for each reading, in the protocol's order.
pub(super) fn groups(now: &[Evaluation], recorded: &[Evaluation]) -> Vec<Group> {
    let mut readings: Vec<String> = READINGS.iter().map(ToString::to_string).collect();
    for evaluation in now.iter().chain(recorded).filter(|e| e.numbers == FLOAT) {
        if !readings.contains(&evaluation.reading) {
            readings.push(evaluation.reading.clone());
        }
    }
    let groups = readings.iter().map(|reading| Group::of(reading, FLOAT, now, recorded));
    groups.filter(|group| !group.evaluations.is_empty()).collect()
}

/// A row of the table of readings: means with intervals, as text.
#[derive(Serialize)]
pub(super) struct Row {
    reading: String,
    recorded: bool,
    seeds: usize,
    accuracy: String,
    unblurred: String,
    t_star: String,
    worst: String,
    width: String,
    share: String,
    validated: String,
    tolerant: String,
    pearson: String,
    spearman: String,
    ratio: String,
}

/// A width: small ones as powers of ten.
pub(super) fn width(value: f64) -> String {
    if value >= 0.001 { format!("{value:.4}") } else { format!("{value:.1e}") }
}

impl Group {
    /// Width, share above and errors above of a threshold from validation data.
    fn judged(&self, of: impl Fn(&Evaluation) -> Judged) -> String {
        let errors = self.errors(&of);
        format!(
            "1 − T {}; share {}; {} wrong of {}, {} %",
            width(self.value(|e| of(e).width)),
            self.text(3, |e| of(e).above.value()),
            errors.of,
            errors.all,
            // Seeds are judged on the same images, so that these are no independent trials: an interval over seeds.
            self.text(3, |e| percent(of(e).wrong))
        )
    }

    pub(super) fn row(&self) -> Row {
        let most = self.evaluations.iter().map(|e| e.zone.width).fold(f64::INFINITY, f64::min);
        Row {
            reading: self.reading.clone(),
            recorded: self.recorded,
            seeds: self.evaluations.len(),
            accuracy: self.text(2, accuracy),
            unblurred: self.text(2, unblurred),
            t_star: self.text(4, |e| e.zone.threshold),
            worst: format!("1 − {}", width(most)),
            width: width(self.value(|e| e.zone.width)),
            share: self.text(3, |e| e.zone.above.value()),
            validated: self.judged(|e| e.validated),
            tolerant: self.judged(|e| e.tolerant),
            pearson: self.text(3, |e| e.dependence.pearson),
            spearman: self.text(3, |e| e.dependence.spearman),
            ratio: self.text(3, |e| e.dependence.correlation_ratio),
        }
    }
}

/// A network of the table by seed.
#[derive(Serialize)]
pub(super) struct OfSeed {
    reading: String,
    seed: u64,
    accuracy: String,
    width: String,
    share: String,
    tolerant_width: String,
    tolerant_share: String,
    tolerant_wrong: usize,
    spearman: String,
}

pub(super) fn by_seed(groups: &[&Group]) -> Vec<OfSeed> {
    let of = |e: &Evaluation| {
        let (low, high) = e.accuracy.interval();
        OfSeed {
            reading: e.reading.clone(),
            seed: e.seed,
            accuracy: format!("{:.2} ({:.2} to {:.2})", percent(e.accuracy), 100.0 * low, 100.0 * high),
            width: width(e.zone.width),
            share: format!("{:.3}", e.zone.above.value()),
            tolerant_width: width(e.tolerant.width),
            tolerant_share: format!("{:.3}", e.tolerant.above.value()),
            tolerant_wrong: e.tolerant.wrong.of,
            spearman: format!("{:.3}", e.dependence.spearman),
        }
    };
    groups.iter().flat_map(|group| group.evaluations.iter().map(of)).collect()
}

/// Accuracy at the fixed levels, a row for each reading.
#[derive(Serialize)]
pub(super) struct AtLevels {
    reading: String,
    cells: Vec<String>,
}

pub(super) fn levels(groups: &[Group]) -> Vec<AtLevels> {
    let row = |group: &Group| {
        let count = group.evaluations.iter().map(|e| e.levels.len()).min().unwrap_or(0);
        let cell = |n: usize| group.text(2, |e| percent(e.levels[n]));
        AtLevels { reading: group.reading.clone(), cells: (0..count).map(cell).collect() }
    };
    groups.iter().map(row).collect()
}

/// A target, and what was found.
#[derive(Serialize)]
pub(super) struct Target {
    pub(super) what: &'static str,
    pub(super) wanted: String,
    pub(super) found: String,
    pub(super) reached: bool,
}

pub(super) fn targets(baseline: &Group, ours: &Group, clean: Option<&Group>) -> Vec<Target> {
    let low = baseline.mean(accuracy).map_or(f64::NAN, |mean| mean.mean - mean.half);
    let zone = |group: &Group| group.value(|e| e.zone.width);
    let share = |group: &Group| group.value(|e| e.zone.above.value());
    let tolerant = ours.value(|e| e.tolerant.width);
    let spearman = ours.value(|e| e.dependence.spearman);
    let mut targets = vec![
        Target {
            what: "accuracy on blurred test images, not below the baseline",
            wanted: format!("at least {low:.2} %, the lower end of the baseline’s interval"),
            found: format!(
                "{} % against {} %; difference seed by seed {}",
                ours.text(2, accuracy),
                baseline.text(2, accuracy),
                text(ours.more_than(baseline, accuracy), 2)
            ),
            reached: ours.value(accuracy) >= low,
        },
        Target {
            what: "width of the error-free zone, 1 − T*",
            wanted: "at least 0.05, the baseline at most 0.001".into(),
            found: format!("{}, the baseline {}", ours.text(3, |e| e.zone.width), width(zone(baseline))),
            reached: zone(ours) >= 0.05 && zone(baseline) <= 0.001,
        },
        Target {
            what: "width above the threshold from validation data, 1 − T_m",
            wanted: "at least 0.10, with its errors".into(),
            found: ours.judged(|e| e.tolerant),
            reached: tolerant >= 0.10,
        },
        Target {
            what: "share of test images in the error-free zone",
            wanted: "at least 0.28, and above the baseline’s".into(),
            found: format!(
                "{}, the baseline {}",
                ours.text(3, |e| e.zone.above.value()),
                baseline.text(3, |e| e.zone.above.value())
            ),
            reached: share(ours) >= 0.28 && share(ours) > share(baseline),
        },
        Target {
            what: "|Spearman| of response and blur",
            wanted: "at least 0.85".into(),
            found: ours.text(3, |e| e.dependence.spearman),
            reached: spearman.abs() >= 0.85,
        },
    ];
    if let Some(clean) = clean {
        targets.push(Target {
            what: "LeNet-5 trained and tested without blur",
            wanted: "at least 99.0 %".into(),
            found: format!("{} %", clean.text(2, unblurred)),
            reached: clean.value(unblurred) >= 99.0,
        });
    }
    targets
}
