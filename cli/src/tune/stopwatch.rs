//! Times of machine code on this machine.

use super::contest::Contest;
use super::shapes::NamedShape;
use crate::clock::Clock;
use crate::failure::Failure;
use crate::loaded::Loaded;
use qgen_runtime::bench::{Multiplication, Timing, measure};
use qgen_runtime::select::Shape;
use qgen_spec::Operand;
use std::time::{Duration, Instant};

/// A contest's kernels as machine code.
pub(super) struct Stopwatch {
    loaded: Loaded,
    patience: Patience,
}

/// How long one kernel is timed at one shape.
#[derive(Clone, Copy)]
struct Patience {
    at_least: usize,
    at_most: usize,
    about: Duration,
}

/// Enough for a median that a stray interrupt does not move.
const REAL: Patience = Patience { at_least: 7, at_most: 501, about: Duration::from_millis(10) };
/// Under emulation times are worth nothing: enough to see the code run.
const EMULATED: Patience = Patience { at_least: 1, at_most: 3, about: Duration::from_millis(1) };

impl Stopwatch {
    /// Loads all of them.
    pub(super) fn new(contest: &Contest, clock: &Clock) -> Result<Stopwatch, Failure> {
        let loaded = Loaded::new(contest.entrants.iter().map(|entrant| &entrant.kernel))?;
        Ok(Stopwatch { loaded, patience: if clock.is_real() { REAL } else { EMULATED } })
    }

    /// Times of entrant `at`, packing of the left side included.
    pub(super) fn time(
        &self,
        at: usize,
        operands: (Operand, Operand),
        shape: &NamedShape,
    ) -> Result<Timing, Failure> {
        let &NamedShape { m, n, k, .. } = shape;
        // This runs it for the first time, and for the last time that it could fail.
        let mut work = Multiplication::new(&self.loaded.kernels()[at], operands, Shape { m, n, k })?;
        let start = Instant::now();
        work.run()?;
        let once = start.elapsed().max(Duration::from_nanos(1));
        let Patience { at_least, at_most, about } = self.patience;
        let reps = ((about.as_nanos() / once.as_nanos()) as usize).clamp(at_least, at_most);
        Ok(measure(1, reps, || {
            let _ = std::hint::black_box(work.run());
        }))
    }
}
