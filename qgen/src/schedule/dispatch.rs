//! Orders for a core's rules of dispatch: how many µops that only some pipes can take go in one cycle.
//!
//! Dispatch is in program order, so that an order alone says how many cycles it takes if nothing waits
//! ([`Entries`]). Slots are filled cycle by cycle with what fits; loads come shortly before what needs them, because
//! a cycle that is full of loads feeds no multiplier. Instructions and dependences stay; the model, and whether
//! registers last, are the caller's to ask.

use super::list::Filling;
use super::pipeline::{Facts, Order, replaced};
use crate::core::{Core, EQUAL, Entries, bound};
use crate::isa::Inst;
use crate::program::{Program, Virtual};

/// How far instructions may be moved forward, and how long before its first use a load stands, in instructions: of
/// some thirty pairs one of these is the fastest for every shipped kernel.
const MANNERS: [(usize, usize); 2] = [(64, 0), (64, 4)];

/// The same where registers do not last for any of these.
const SHORT_OF_REGISTERS: (usize, usize) = (12, 0);

/// The main loop of a program in an order for the dispatch.
#[derive(Clone, Debug)]
pub struct Dispatched {
    /// Cycles that the dispatch of a pass takes if nothing waits.
    pub cycles: f64,
    body: Vec<Inst>,
}

impl Dispatched {
    /// `program` with its main loop in this order.
    pub fn in_place_of(self, program: &Program<Virtual>) -> Program<Virtual> {
        let order = Order { fill: Vec::new(), body: self.body, drain: Vec::new(), cycles: self.cycles };
        Program { nodes: replaced(&program.nodes, &order), stage: program.stage.clone() }
    }
}

/// Cycles that the dispatch of a pass takes in the order that it has, every rule of the core's table counted.
pub fn dispatch_cycles(core: &Core, insts: &[Inst]) -> f64 {
    Entries::new(core, insts).cycles(&(0..insts.len()).collect::<Vec<_>>())
}

/// Orders for the dispatch of `core` of the main loop of a program as it was written.
pub fn dispatched(lowered: &Program<Virtual>, core: &Core) -> Vec<Dispatched> {
    let Some(facts) = Facts::of(lowered) else { return Vec::new() };
    let block = lowered.steady();
    let least = bound(core, &block.insts).cycles * EQUAL;
    let filling = Filling::new(block, &facts.live_out, &lowered.stage.regs, core);
    let mut found: Vec<Dispatched> = Vec::new();
    for (n, (window, ahead)) in MANNERS.into_iter().chain([SHORT_OF_REGISTERS]).enumerate() {
        let enough = n == MANNERS.len() && !found.is_empty();
        if enough || found.iter().any(|order| order.cycles <= least) {
            break;
        }
        let Some(order) = filling.order(window, ahead) else { continue };
        let body = order.iter().map(|&at| block.insts[at]).collect();
        found.push(Dispatched { cycles: filling.cycles(&order), body });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::simulate;
    use crate::schedule::{schedule, verify};
    use crate::{compile_name, compile_spec};

    const NAMES: &[&str] = &[
        "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
        "qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a72",
        "qgen_fip_2x8_lm64to63_rm64to63neg_t2x8k32u1w_cortex_a72",
        "qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72",
        "qgen_bits_8x8_lm1to1_rm1to1_t2x4k128u1_cortex_a72",
    ];

    /// What the front end alone says is what the model says of loops that the dispatch holds.
    #[test]
    fn the_dispatch_is_the_models() {
        for name in NAMES {
            let kernel = compile_name(name).unwrap();
            let guide = kernel.core().clone().with_every_group();
            let insts = &kernel.program().steady().insts;
            let (front, whole) = (dispatch_cycles(&guide, insts), simulate(&guide, insts, None).cycles);
            assert!((front - whole).abs() <= 0.01 * whole, "{name}: {front} and {whole}");
        }
    }

    #[test]
    fn every_order_is_verified() {
        for name in NAMES {
            let kernel = compile_name(name).unwrap();
            let guide = kernel.core().clone().with_every_group();
            let listed = schedule(kernel.lowered(), kernel.core());
            let found = dispatched(kernel.lowered(), &guide);
            assert!(!found.is_empty(), "{name}");
            for order in found {
                verify(kernel.lowered(), &order.in_place_of(&listed))
                    .unwrap_or_else(|e| panic!("{name}: {e}"));
            }
        }
    }

    /// With the rules faster, without them as fast, and no instruction more.
    #[test]
    fn rules_that_are_not_applied_are_ordered_for() {
        for name in NAMES {
            let kernel = compile_name(name).unwrap();
            let plain =
                compile_spec(kernel.plan().spec.clone(), &kernel.core().clone().without_groups()).unwrap();
            let guide = kernel.core().clone().with_every_group();
            let (now, before) = (&kernel.program().steady().insts, &plain.program().steady().insts);
            let cycles = |core: &Core, insts: &[Inst]| simulate(core, insts, None).cycles;
            assert_eq!(now.len(), before.len(), "{name}");
            assert!(cycles(kernel.core(), now) <= cycles(kernel.core(), before), "{name}");
            assert!(cycles(&guide, now) < 0.95 * cycles(&guide, before), "{name}");
            assert!(cycles(&guide, now) <= 1.3 * bound(&guide, now).cycles, "{name}");
        }
    }
}
