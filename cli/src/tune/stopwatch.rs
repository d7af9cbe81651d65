//! Times of machine code on this machine.

use super::Timed;
use super::contest::Contest;
use super::main_loop::Depths;
use super::rate::Chain;
use super::shapes::NamedShape;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::loaded::Loaded;
use qgen_runtime::bench::{Multiplication, Rule, Samples};
use qgen_runtime::select::Shape;
use qgen_spec::Operand;
use std::time::Instant;

/// A contest's kernels as machine code.
pub(super) struct Stopwatch {
    loaded: Loaded,
    chain: Chain,
    is_real: bool,
}

impl Stopwatch {
    /// Loads all of them.
    pub(super) fn new(contest: &Contest, clock: &Clock) -> Result<Stopwatch, Failure> {
        let loaded = Loaded::new(contest.entrants.iter().map(|entrant| &entrant.kernel))?;
        Ok(Stopwatch { loaded, chain: Chain::new()?, is_real: clock.is_real() })
    }

    /// Cycles a second, as they are now.
    pub(super) fn hertz(&self) -> f64 {
        self.chain.hertz(self.is_real)
    }

    /// Times of entrant `at`, packing of the left side included, while the clock makes `hertz`.
    pub(super) fn time(
        &self,
        at: usize,
        operands: (Operand, Operand),
        shape: &NamedShape,
        hertz: f64,
    ) -> Result<Timed, Failure> {
        let &NamedShape { m, n, k, .. } = shape;
        // This runs it for the first time, and for the last time that it could fail.
        let work = Multiplication::new(&self.loaded.kernels()[at], operands, Shape { m, n, k })?;
        Ok(self.measure(work, hertz))
    }

    /// Times of one tile by entrant `at` at the shallow and at the deep of two depths, its left side packed before.
    pub(super) fn time_depths(
        &self,
        at: usize,
        operands: (Operand, Operand),
        depths: &Depths,
        hertz: f64,
    ) -> Result<[Timed; 2], Failure> {
        let kernel = &self.loaded.kernels()[at];
        let time = |shape| {
            let work = Multiplication::new(kernel, operands, shape)?.with_packed_left()?;
            Ok::<_, Failure>(self.measure(work, hertz))
        };
        let [shallow, deep] = depths.shapes();
        Ok([time(shallow)?, time(deep)?])
    }

    fn measure(&self, mut work: Multiplication<'_>, hertz: f64) -> Timed {
        let rule = if self.is_real { Rule::STABLE } else { Rule::GLANCE };
        let start = Instant::now();
        let samples = rule.measure(
            || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX),
            || {
                let _ = std::hint::black_box(work.run());
            },
        );
        Timed::new(samples, hertz)
    }
}

impl Timed {
    /// What samples at a clock rate say.
    pub(super) fn new(samples: Samples, hertz: f64) -> Timed {
        let measured_cycles = samples.median_ns() * hertz / 1e9;
        let Samples { runs, samples_ns, stable } = samples;
        Timed { measured_cycles, clock_mhz: hertz / 1e6, stable, runs, samples_ns }
    }

    /// The median of one multiplication.
    pub(super) fn median_ns(&self) -> f64 {
        let Timed { runs, samples_ns, stable, .. } = self;
        Samples { runs: *runs, samples_ns: samples_ns.clone(), stable: *stable }.median_ns()
    }
}
