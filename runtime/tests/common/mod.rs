//! What several tests of plans need.

#![allow(dead_code, reason = "not every test needs all of it")]

use qgen_runtime::cpu::{Core, Features, Machine};
use qgen_runtime::{Operand, Range};

/// Whole numbers from `lo` to `hi`.
pub(crate) fn int(lo: i16, hi: i16) -> Operand {
    Operand::Int(Range::new(lo, hi).unwrap())
}

/// A machine with this core; of the features those that this one has, or elsewhere all.
pub(crate) fn machine(core: &str) -> Machine {
    let all = Features { neon: true, dotprod: true, i8mm: true };
    let features = if cfg!(target_arch = "aarch64") { Machine::detect().features } else { all };
    Machine { core: Core::by_name(core).unwrap(), features }
}
