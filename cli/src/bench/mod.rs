//! What `qgen bench` runs, and what it says about it.

pub(crate) mod gemm;
pub(crate) mod grid;
mod idx;
pub(crate) mod images;
pub(crate) mod net;

use crate::chosen::Chosen;
use crate::clock::Clock;
use crate::output;
use qgen_runtime::bench::Timing;
use std::fmt::Write;

/// The answer to a run.
#[derive(serde::Serialize)]
struct Report {
    kernel: String,
    /// Why this kernel.
    reason: String,
    /// What was done, in words.
    work: String,
    multiply_accumulates: u64,
    /// Of all results.
    checksum: String,
    /// How many results were compared with a plain computation, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<u64>,
    /// Why times are not those of a kernel, if they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_timed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gmac_per_s: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    samples_ns: Vec<u64>,
}

impl Report {
    fn new(chosen: &Chosen, work: String, macs: u64, checksum: u64) -> Report {
        Report {
            kernel: chosen.kernel().to_string(),
            reason: chosen.reason.clone(),
            work,
            multiply_accumulates: macs,
            checksum: format!("{checksum:016x}"),
            compared: None,
            not_timed: None,
            median_ns: None,
            gmac_per_s: None,
            samples_ns: Vec::new(),
        }
    }

    /// Adds times, or why there are none.
    fn time(&mut self, clock: &Clock, timing: Option<Timing>) {
        self.not_timed = clock.unreal.clone();
        if let (None, Some(timing)) = (&self.not_timed, timing) {
            self.median_ns = Some(timing.median_ns);
            self.gmac_per_s = timing.gmac_per_s(self.multiply_accumulates);
            self.samples_ns = timing.samples_ns;
        }
    }

    fn json(&self) -> String {
        output::json(self)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |head: &str, what: &str| {
            writeln!(text, "{head:<10}{what}").expect("writing to a string");
        };
        line("kernel", &self.kernel);
        line("chosen", &self.reason);
        line("work", &self.work);
        line("checksum", &self.checksum);
        if let Some(compared) = self.compared {
            line("compared", &format!("{compared} outputs with a plain convolution: all equal"));
        }
        match (&self.not_timed, self.median_ns) {
            (Some(why), _) => line("time", &format!("not shown: {why}")),
            (None, Some(median)) => {
                let spread = self.samples_ns.iter().min().zip(self.samples_ns.iter().max());
                let spread = spread.map_or(String::new(), |(min, max)| {
                    format!(" ({:.3} to {:.3})", *min as f64 / 1e6, *max as f64 / 1e6)
                });
                let count = self.samples_ns.len();
                line("time", &format!("{:.3} ms, median of {count}{spread}", median as f64 / 1e6));
                if let Some(speed) = self.gmac_per_s {
                    line("speed", &format!("{speed:.3} GMAC/s"));
                }
            }
            (None, None) => {}
        }
        text
    }
}
