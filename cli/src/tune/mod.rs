//! What `qgen tune` does.
//!
//! ```text
//!   operands ──candidates──► compiled kernels + shipped kernels = entrants      (contest)
//!                                   │
//!   shapes ──────────────► ranking by the core's model: cycles of the whole     (contest)
//!   (shapes)                multiplication, packing and edges included
//!                                   │ the first few of each shape
//!                                   ▼
//!                          on an Arm machine: times of machine code, on one     (targets)
//!                          processor, until the median is stable                (stopwatch)
//!                          beside the clock's rate, by a chain of additions     (rate)
//!                                   │
//!                                   ▼
//!                     outcomes ──► a table (table), a tuning file (file), JSON,
//!                                  Rust to paste (rust)
//! ```
//!
//! `--calibrate` times every entrant instead, whole (contest) and its main loop alone (main_loop), and sets the
//! model's cycles beside the machine's (calibrate).
//!
//! Three classes run on the same core: the operands that are asked for, 8-bit integers and floats. The
//! ratios between them are what low bits buy.

mod beside;
pub(crate) mod calibrate;
pub(crate) mod contest;
pub(crate) mod file;
mod main_loop;
mod rate;
pub(crate) mod rust;
pub(crate) mod shapes;
mod stopwatch;
pub(crate) mod table;
pub(crate) mod targets;

use crate::clock::Clock;
use qgen::core::Core;
use serde::Serialize;
use shapes::NamedShape;

/// A core to tune for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The table that kernels are scheduled and modelled by.
    pub(crate) core: Core,
    /// The name that the runtime knows the machine's core by.
    pub(crate) name: String,
    /// Whether kernels can be run here for this core, and what their times are worth.
    pub(crate) clock: Option<Clock>,
}

impl Target {
    /// Whether winners are decided by measurements.
    pub(crate) fn is_measured(&self) -> bool {
        self.clock.as_ref().is_some_and(Clock::is_real)
    }
}

/// How one kernel did at one shape.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Placing {
    /// The kernel's name.
    pub(crate) kernel: String,
    /// Whether the runtime has it.
    pub(crate) ships: bool,
    /// Cycles of the whole multiplication by the model.
    pub(crate) modelled_cycles: f64,
    /// Multiply-accumulates that were asked for, per modelled cycle.
    pub(crate) modelled_macs_per_cycle: f64,
    /// The median time of one multiplication by the machine code, where it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) median_ns: Option<f64>,
    /// What it is the median of.
    #[serde(flatten)]
    pub(crate) timed: Option<Timed>,
}

/// A measurement.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Timed {
    /// Cycles of one multiplication: the median at the clock's rate.
    pub(crate) measured_cycles: f64,
    /// The clock's rate at that time.
    pub(crate) clock_mhz: f64,
    /// Whether the median was stable at the end.
    pub(crate) stable: bool,
    /// Multiplications in a sample.
    pub(crate) runs: u32,
    /// Every sample, in nanoseconds, outliers too.
    pub(crate) samples_ns: Vec<u64>,
}

/// The result of one class at one shape.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Placings {
    /// The fastest of all.
    pub(crate) best: Placing,
    /// The fastest of those that the runtime has, if it has any for the operands.
    pub(crate) shipped: Option<Placing>,
    /// The fastest by a strategy that 8 bits do not fit: what the missing bits themselves buy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) low_bits: Option<Placing>,
    /// All that were timed, the model's favourite first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) timed: Vec<Placing>,
}

/// The results of all classes at one shape.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Outcome {
    /// The shape.
    #[serde(flatten)]
    pub(crate) shape: NamedShape,
    /// The operands that were asked for.
    pub(crate) asked: Placings,
    /// 8-bit integers.
    pub(crate) eight_bits: Placings,
    /// Floats.
    pub(crate) floats: Placings,
}

impl Outcome {
    /// How many times as fast as `rival` the best kernel is, by the clock if it decides.
    pub(crate) fn ratio(&self, rival: &Placings, measured: bool) -> f64 {
        rival.best.cost(measured) / self.asked.best.cost(measured)
    }
}

impl Placing {
    /// How far the model is from the machine: 0.1 is a tenth too slow. None where it did not run.
    pub(crate) fn error(&self) -> Option<f64> {
        self.timed.as_ref().map(|timed| self.modelled_cycles / timed.measured_cycles.max(1.0) - 1.0)
    }

    /// What decides: nanoseconds if times are real, else modelled cycles.
    pub(crate) fn cost(&self, measured: bool) -> f64 {
        match self.median_ns {
            Some(ns) if measured => ns.max(1.0),
            _ => self.modelled_cycles,
        }
    }
}
