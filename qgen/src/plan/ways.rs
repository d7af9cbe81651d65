//! The ways through memory that a main loop can take, and what each allows.

use super::Stays;
use crate::core::{Addressing, Core, bound};
use crate::lower::probe;
use crate::program::Block;
use qgen_spec::KernelSpec;

/// A main loop's body by one of the ways.
pub(crate) struct Way {
    /// Which one.
    pub(crate) addressing: Addressing,
    /// The body, its counter included.
    pub(crate) body: Block,
    /// The fewest cycles that a pass takes.
    pub(crate) bound: f64,
}

/// Every way, with the side `stays` in registers.
pub(crate) fn ways(spec: &KernelSpec, stays: Stays, core: &Core) -> impl Iterator<Item = Way> {
    Addressing::ALL.into_iter().map(move |addressing| {
        let body = probe(spec, stays, (addressing, core.memory.line), spec.unroll).block;
        let bound = bound(core, &body.insts).cycles;
        Way { addressing, body, bound }
    })
}
