//! How long each layer takes.

use super::network::{LayerInfo, Network};
use super::run::{Observer, State};
use crate::bench::Timing;
use crate::threads::Threads;
use crate::{Element, Error};
use serde::Serialize;
use std::fmt;
use std::time::Instant;

/// The times of a network's layers.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// A line for each layer that does something.
    pub layers: Vec<LayerTime>,
    /// The median of whole runs, in nanoseconds. Taking the time of each layer is part of it.
    pub whole_ns: u64,
}

/// The time of a layer.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LayerTime {
    /// The layer.
    #[serde(flatten)]
    pub layer: LayerInfo,
    /// The median, in nanoseconds.
    pub median_ns: u64,
    /// Its part of the sum of all layers' medians.
    pub share: f64,
}

/// Takes times.
struct Stopwatch {
    begun: Instant,
    /// By layer.
    samples: Vec<Vec<u64>>,
}

impl Observer for Stopwatch {
    fn before(&mut self, _: usize) {
        self.begun = Instant::now();
    }

    fn after(&mut self, layer: usize) {
        self.samples[layer].push(nanoseconds(self.begun));
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl Network {
    /// Runs the network `warmup` times without and `reps` times with a stopwatch. Under emulation and in portable code
    /// times say nothing about kernels.
    ///
    /// # Errors
    /// As [`Network::run`].
    pub fn profile<I: Element, O: Element>(
        &self,
        threads: &dyn Threads,
        input: &[I],
        out: &mut [O],
        state: &mut State,
        (warmup, reps): (usize, usize),
    ) -> Result<Profile, Error> {
        let mut watch = Stopwatch { begun: Instant::now(), samples: vec![Vec::new(); self.layers().len()] };
        let mut whole = Vec::new();
        for rep in 0..warmup.saturating_add(reps) {
            if rep == warmup {
                watch.samples.iter_mut().for_each(Vec::clear);
            }
            let begun = Instant::now();
            self.run_observed(threads, input, out, state, &mut watch)?;
            if rep >= warmup {
                whole.push(nanoseconds(begun));
            }
        }
        let medians: Vec<u64> =
            watch.samples.into_iter().map(|samples| Timing::of(samples).median_ns).collect();
        let sum = medians.iter().sum::<u64>().max(1) as f64;
        let time = |(layer, &median_ns): (&LayerInfo, &u64)| LayerTime {
            layer: layer.clone(),
            median_ns,
            share: median_ns as f64 / sum,
        };
        let mut layers: Vec<LayerTime> = self.layers().iter().zip(&medians).map(time).collect();
        let works =
            |layer: &LayerTime| self.steps.iter().any(|s| self.layers()[s.layer].name == layer.layer.name);
        layers.retain(works);
        Ok(Profile { layers, whole_ns: Timing::of(whole).median_ns })
    }
}

/// A table: layer, kernel, time, share.
impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.layers.iter().map(|time| time.layer.name.len()).max().unwrap_or(0).max(5);
        for LayerTime { layer, median_ns, share } in &self.layers {
            let LayerInfo { name: layer_name, op, .. } = layer;
            write!(
                f,
                "{layer_name:<name$}  {op:<14} {:>10.2} us {:>6.1} %",
                *median_ns as f64 / 1e3,
                100.0 * share
            )?;
            match (layer.kernel(), &layer.conv) {
                (Some(kernel), _) => writeln!(f, "  {kernel}")?,
                (None, Some(conv)) => writeln!(f, "  {}", conv.way)?,
                (None, None) => writeln!(f)?,
            }
        }
        writeln!(f, "{:<name$}  {:<14} {:>10.2} us", "whole", "", self.whole_ns as f64 / 1e3)
    }
}
