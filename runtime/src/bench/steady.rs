//! Measuring until the median is stable: how long, by a rule that is written down.
//!
//! 1. **Warm up** for [`Rule::warmup_ns`], at least once: caches fill, and the clock rate rises.
//! 2. **A sample** is as many runs as take [`Rule::sample_ns`]: clocks of Arm machines tick every 10 to
//!    50 ns, which is nothing beside a sample and half of a small multiplication.
//! 3. **Stable** is a median when those of the earlier and the later half of all samples differ by at most
//!    [`Rule::tolerance`], which sees noise and drift. The halves are compared when there are
//!    [`Rule::fewest`] samples, and again whenever their number has grown by half: who looks after every
//!    sample finds a lucky moment.
//! 4. **The end** comes at [`Rule::most`] samples or after [`Rule::most_ns`] in any case, and the record
//!    says whether the median was stable.
//!
//! Every sample is kept. An interrupt moves a mean, not a median; to drop it would be to say that
//! nobody's program is ever interrupted.

use super::Timing;

/// How long something is measured; all times in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// So long without a stopwatch.
    pub warmup_ns: u64,
    /// A sample is at least so long, in whole runs.
    pub sample_ns: u64,
    /// Samples before the first look at the median.
    pub fewest: usize,
    /// Samples after which nobody waits for a stable median any longer.
    pub most: usize,
    /// Time, from the first sample, after which nobody waits either; the sample that runs is finished.
    pub most_ns: u64,
    /// By what part of the smaller one the halves' medians may differ.
    pub tolerance: f64,
}

impl Rule {
    /// For machines whose times mean something.
    pub const STABLE: Rule = Rule {
        warmup_ns: 2_000_000,
        sample_ns: 20_000,
        fewest: 16,
        most: 400,
        most_ns: 60_000_000,
        tolerance: 0.005,
    };

    /// To see code run where times mean nothing: one sample of one run.
    pub const GLANCE: Rule =
        Rule { warmup_ns: 0, sample_ns: 0, fewest: 1, most: 1, most_ns: 0, tolerance: 0.0 };

    /// Measures `body` by the clock `now`, which says nanoseconds since some moment. Pass results of
    /// `body` through [`std::hint::black_box`], or there may be nothing to measure.
    pub fn measure(&self, mut now: impl FnMut() -> u64, mut body: impl FnMut()) -> Samples {
        let start = now();
        let mut once = u64::MAX;
        loop {
            let before = now();
            body();
            let after = now();
            // The quickest: the first one may have waited for the memory.
            once = once.min(after.saturating_sub(before));
            if after.saturating_sub(start) >= self.warmup_ns {
                break;
            }
        }
        let runs = u32::try_from(self.sample_ns.div_ceil(once.max(1)).max(1)).unwrap_or(u32::MAX);
        let mut samples = Samples { runs, samples_ns: Vec::new(), stable: false };
        let (start, mut look) = (now(), self.fewest.max(1));
        loop {
            let before = now();
            for _ in 0..runs {
                body();
            }
            let after = now();
            samples.samples_ns.push(after.saturating_sub(before));
            let count = samples.samples_ns.len();
            if count >= look {
                samples.stable = samples.halves_agree(self.tolerance);
                look = count + count.div_ceil(2);
            }
            if samples.stable || count >= self.most || after.saturating_sub(start) >= self.most_ns {
                return samples;
            }
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// Runs in each sample.
    pub runs: u32,
    /// The length of every sample, in nanoseconds, in their order; none is left out.
    pub samples_ns: Vec<u64>,
    /// Whether the median was stable at the end.
    pub stable: bool,
}

impl Samples {
    /// The median of one run, in nanoseconds.
    pub fn median_ns(&self) -> f64 {
        Timing::of(self.samples_ns.clone()).median_ns as f64 / f64::from(self.runs.max(1))
    }

    fn halves_agree(&self, tolerance: f64) -> bool {
        let (earlier, later) = self.samples_ns.split_at(self.samples_ns.len() / 2);
        let median = |half: &[u64]| Timing::of(half.to_vec()).median_ns as f64;
        let (a, b) = (median(earlier), median(later));
        !earlier.is_empty() && (a - b).abs() <= tolerance * a.min(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const RULE: Rule =
        Rule { warmup_ns: 1000, sample_ns: 200, fewest: 8, most: 50, most_ns: 1_000_000, tolerance: 0.01 };

    /// Measures a body whose n-th run takes `length(n)`; the answer, and how often it ran.
    fn measured(rule: &Rule, length: impl Fn(u64) -> u64) -> (Samples, u64) {
        let (time, runs) = (Cell::new(77), Cell::new(0));
        let samples = rule.measure(
            || time.get(),
            || {
                time.set(time.get() + length(runs.get()));
                runs.set(runs.get() + 1);
            },
        );
        (samples, runs.get())
    }

    #[test]
    fn what_is_even_takes_the_fewest_samples() {
        let (samples, runs) = measured(&RULE, |_| 100);
        assert_eq!(samples, Samples { runs: 2, samples_ns: vec![200; 8], stable: true });
        assert_eq!(runs, 10 + 2 * 8, "ten to warm up");
        assert_eq!(samples.median_ns(), 100.0);
    }

    #[test]
    fn warming_up_is_not_measured_and_runs_once_at_least() {
        let (samples, runs) = measured(&RULE, |n| if n == 0 { 5000 } else { 100 });
        assert_eq!((samples.samples_ns[0], samples.runs), (100, 1), "the first run was the only warm-up");
        assert_eq!(runs, 1 + 8);
        let (samples, _) = measured(&RULE, |n| if n == 0 { 900 } else { 100 });
        assert_eq!((samples.runs, samples.median_ns()), (2, 100.0), "a slow start does not shorten samples");
    }

    /// A stray interrupt is kept and moves nothing.
    #[test]
    fn outliers_are_kept_and_do_not_count() {
        let (samples, _) = measured(&RULE, |n| if n == 13 { 90_000 } else { 100 });
        assert!(samples.stable && samples.samples_ns.len() == 8);
        assert!(samples.samples_ns.contains(&90_100));
        assert_eq!(samples.median_ns(), 100.0);
    }

    /// A clock rate that falls: the look after 8 samples sees it, a later one does not.
    #[test]
    fn drift_is_waited_for() {
        let (samples, _) = measured(&RULE, |n| if n < 10 + 2 * 2 { 100 } else { 150 });
        assert!(samples.stable);
        assert_eq!(samples.samples_ns.len(), 12, "8, then half as many more");
        let halves = (&samples.samples_ns[..6], &samples.samples_ns[6..]);
        assert_eq!(halves, (&[200, 200, 300, 300, 300, 300][..], &[300; 6][..]));
    }

    #[test]
    fn the_end_comes_in_any_case() {
        // Each run takes 2 % longer than the one before.
        let slower = |n: u64| (100.0 * 1.02f64.powi(n as i32)) as u64;
        let (samples, _) = measured(&RULE, slower);
        assert_eq!((samples.stable, samples.samples_ns.len()), (false, 50));
        let (samples, _) = measured(&Rule { most_ns: 5000, ..RULE }, slower);
        let total: u64 = samples.samples_ns.iter().sum();
        assert!(!samples.stable && (5000..6000).contains(&total), "{samples:?}");
    }

    #[test]
    fn a_clock_that_stands_still_ends_too() {
        let rule = Rule { warmup_ns: 0, ..RULE };
        let (samples, _) = measured(&rule, |_| 0);
        assert_eq!((samples.median_ns(), samples.runs), (0.0, 200));
        let (samples, runs) = measured(&Rule::GLANCE, |_| 7);
        assert_eq!((samples.samples_ns, samples.runs, runs), (vec![7], 1, 2));
    }
}
