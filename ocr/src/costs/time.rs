//! How long an inference takes, where a stopwatch means something: on an Arm core.

use crate::candidate::Candidate;
use crate::error::{Error, Result};
use crate::report::DEFAULT;
use crate::task::Task;
use qgen_runtime::bench::Timing;
use qgen_runtime::cpu::{self, Machine};
use qgen_runtime::net::{Model, Network};
use qgen_runtime::plan::Params;
use std::time::Instant;

/// Inferences before the first that counts, and those that count.
const RUNS: (usize, usize) = (20, 200);

/// The median times of networks, of one image and by one thread.
pub struct Times {
    /// Why there are none, if there are none.
    pub unreal: Option<String>,
    /// Of each network in nanoseconds.
    taken: Vec<(Task, String, u64)>,
}

/// Why times say nothing here, if they do not.
fn unreal() -> Option<String> {
    if cfg!(target_arch = "aarch64") {
        cpu::emulated().map(|why| format!("this machine is emulated ({why})"))
    } else {
        Some(format!("this machine is no Arm machine ({})", std::env::consts::ARCH))
    }
}

impl Times {
    /// Takes the times of the networks that the tables are of, where they mean something.
    ///
    /// # Errors
    /// If a network does not run.
    pub fn of(networks: &[Candidate]) -> Result<Times> {
        let unreal = unreal();
        let mut taken: Vec<(Task, String, u64)> = Vec::new();
        let shown = networks.iter().filter(|network| unreal.is_none() && network.reading() == DEFAULT);
        for network in shown {
            let (task, numbers) = (network.task(), network.numbers());
            // All seeds take the same time.
            if !taken.iter().any(|(t, n, _)| (*t, n) == (task, &numbers)) {
                let nanoseconds = time(&network.runnable()?).map_err(|e| Error::of("time", e))?;
                taken.push((task, numbers, nanoseconds));
            }
        }
        Ok(Times { unreal, taken })
    }

    /// The time of a network in nanoseconds.
    #[must_use]
    pub fn get(&self, task: Task, numbers: &str) -> Option<u64> {
        let (.., time) = self.taken.iter().find(|(t, n, _)| (*t, &**n) == (task, numbers))?;
        Some(*time)
    }
}

/// The median of many inferences on a thread of its own that stays on one processor, in nanoseconds.
fn time(model: &Model) -> std::result::Result<u64, qgen_runtime::Error> {
    let network = Network::new(model, 1, &Params::new(), &Machine::detect())?;
    let input: Vec<i8> = (0..network.input().0.len().unwrap_or(0)).map(|n| n as i8).collect();
    let mut out = vec![0f32; network.output().0.len().unwrap_or(0)];
    let mut state = network.state()?;
    let mut all = || {
        // Where the system refuses, times are a little less even.
        cpu::pin_thread(None);
        let mut samples = Vec::with_capacity(RUNS.1);
        for n in 0..RUNS.0 + RUNS.1 {
            let begun = Instant::now();
            network.run(&input, &mut out, &mut state)?;
            if n >= RUNS.0 {
                samples.push(u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX));
            }
        }
        Ok(Timing::of(samples).median_ns)
    };
    // Threads of a pool that began on a pinned one would share its processor.
    std::thread::scope(|scope| {
        scope.spawn(&mut all).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Whatever the machine, a network of each kind runs under the stopwatch; and no time is shown that means nothing.
    #[test]
    fn times_are_taken_or_refused_with_a_reason() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let network = Candidate::read(&folder.join("scale4b2-1-4.safetensors")).unwrap();
        assert!(time(&network.runnable().unwrap()).unwrap() > 0);
        let times = Times::of(&[network]).unwrap();
        assert_eq!(times.get(Task::Digit, "4").is_none(), times.unreal.is_some());
        assert_eq!(times.get(Task::Digit, "8"), None);
    }
}
