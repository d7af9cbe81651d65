//! The figures that the protocol defines.

use crate::response::Answer;
use serde::{Deserialize, Serialize};

/// The 97.5 % quantile of the normal distribution.
const NORMAL: f64 = 1.959_964;

/// How many answers are right.
#[must_use]
pub fn right(answers: &[Answer], labels: &[u8]) -> usize {
    answers.iter().zip(labels).filter(|(answer, label)| answer.class == **label).count()
}

/// Some of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// So many
    pub of: usize,
    /// of these.
    pub all: usize,
}

impl Share {
    /// From 0 to 1; 0 of none is 0.
    #[must_use]
    pub fn value(self) -> f64 {
        self.of as f64 / self.all.max(1) as f64
    }

    /// The 95 % interval of Wilson (1927).
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        if self.all == 0 {
            return (0.0, 1.0);
        }
        let (n, p, z2) = (self.all as f64, self.value(), NORMAL * NORMAL);
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = NORMAL / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }
}

/// The 97.5 % quantiles of Student's t with 1, 2, … degrees of freedom. Beyond them the last one is used, which is a little too large.
const STUDENT: [f64; 19] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093,
];

/// A mean over seeds, with half of its 95 % t interval. One value has none: 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// How far the interval reaches up and down.
    pub half: f64,
}

/// The mean of some values. None of none.
#[must_use]
pub fn mean(values: &[f64]) -> Option<Mean> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let half = match values.len() {
        0 => return None,
        1 => 0.0,
        many => {
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
            STUDENT[(many - 2).min(STUDENT.len() - 1)] * (variance / n).sqrt()
        }
    };
    Some(Mean { mean, half })
}

/// A threshold of the response: answers with less doubt, ln(1 − r), are above it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    doubt: f64,
}

impl Threshold {
    /// The largest response of a wrong answer: T* of test answers, T_v of validation answers. 0 where none is wrong.
    #[must_use]
    pub fn without_errors(answers: &[Answer], labels: &[u8]) -> Threshold {
        let wrong = answers.iter().zip(labels).filter(|(answer, label)| answer.class != **label);
        Threshold { doubt: wrong.map(|(answer, _)| answer.doubt).fold(f64::INFINITY, f64::min) }
    }

    /// T_m: the smallest threshold above which the share of wrong answers is at most `tolerated`.
    #[must_use]
    pub fn tolerating(tolerated: f64, answers: &[Answer], labels: &[u8]) -> Threshold {
        let all = answers.iter().zip(labels).map(|(answer, label)| (answer.doubt, answer.class != *label));
        Threshold::of_doubts(tolerated, all.collect())
    }

    /// The same from the doubt of each answer and whether it is wrong.
    #[must_use]
    pub fn of_doubts(tolerated: f64, mut all: Vec<(f64, bool)>) -> Threshold {
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut wrong, mut best) = (0usize, all.first().map_or(f64::INFINITY, |first| first.0));
        for (n, &(doubt, is_wrong)) in all.iter().enumerate() {
            wrong += usize::from(is_wrong);
            let next = all.get(n + 1).map_or(f64::INFINITY, |next| next.0);
            // Equal responses are above together or not at all.
            if next > doubt && wrong as f64 <= tolerated * (n + 1) as f64 {
                best = next;
            }
        }
        Threshold { doubt: best }
    }

    /// The threshold of a model's file: ln(1 − T).
    #[must_use]
    pub fn of_doubt(doubt: f64) -> Threshold {
        Threshold { doubt }
    }

    /// ln(1 − T), as a model's file keeps it.
    #[must_use]
    pub fn doubt(self) -> f64 {
        self.doubt
    }

    /// The threshold itself, rounded as `f64` must.
    #[must_use]
    pub fn response(self) -> f64 {
        1.0 - self.width()
    }

    /// What is above it on the axis of responses: 1 − T, without cancellation.
    #[must_use]
    pub fn width(self) -> f64 {
        self.doubt.exp().min(1.0)
    }

    /// Whether an answer of so much doubt, ln(1 − r), is above.
    #[must_use]
    pub fn is_below(self, doubt: f64) -> bool {
        doubt < self.doubt
    }

    /// What `answers` it accepts, and how many of these are wrong.
    #[must_use]
    pub fn judged(self, answers: &[Answer], labels: &[u8]) -> Judged {
        let above = || answers.iter().zip(labels).filter(|(answer, _)| self.is_below(answer.doubt));
        let (of, wrong) =
            (above().count(), above().filter(|(answer, label)| answer.class != **label).count());
        Judged {
            threshold: self.response(),
            width: self.width(),
            above: Share { of, all: answers.len() },
            wrong: Share { of: wrong, all: of },
        }
    }
}

/// What a threshold does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// T.
    pub threshold: f64,
    /// 1 − T, more exact than the difference.
    pub width: f64,
    /// The images with a larger response.
    pub above: Share,
    /// The wrong ones of these.
    pub wrong: Share,
}

/// Pearson's correlation. 0 where one side is constant.
///
/// # Panics
/// If the sides have not the same length.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> f64 {
    assert_eq!(x.len(), y.len());
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| of(x - mean_x, y - mean_y)).sum()
    };
    let (xx, yy, xy) = (sum(&|x, _| x * x), sum(&|_, y| y * y), sum(&|x, y| x * y));
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { 0.0 }
}

/// Spearman's correlation: Pearson's of the ranks, equal values having the mean of theirs.
///
/// # Panics
/// If the sides have not the same length.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    pearson(&ranks(x), &ranks(y))
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut begin = 0;
    while begin < order.len() {
        let same = order[begin..].iter().take_while(|&&index| values[index] == values[order[begin]]).count();
        for &index in &order[begin..begin + same] {
            ranks[index] = begin as f64 + (same - 1) as f64 / 2.0;
        }
        begin += same;
    }
    ranks
}

/// The correlation ratio η²: how much of the variance of `y` is between `bins` equal bins of `x` in 0..`end`.
///
/// # Panics
/// If the sides have not the same length.
#[must_use]
pub fn correlation_ratio(x: &[f64], y: &[f64], end: f64, bins: usize) -> f64 {
    assert_eq!(x.len(), y.len());
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let all: f64 = y.iter().map(|y| (y - mean).powi(2)).sum();
    let mut sums = vec![(0.0, 0.0); bins];
    for (x, y) in x.iter().zip(y) {
        let bin = ((x / end * bins as f64) as usize).min(bins - 1);
        sums[bin].0 += 1.0;
        sums[bin].1 += y;
    }
    let filled = sums.iter().filter(|(n, _)| *n > 0.0);
    let between: f64 = filled.map(|(n, sum)| n * (sum / n - mean).powi(2)).sum();
    if all > 0.0 { between / all } else { 0.0 }
}

#[cfg(test)]
mod tests;
