//! Orders for a core's rules of dispatch: how many µops that only some pipes can take go in one cycle.
//!
//! Dispatch is in program order, so that an order alone says how many cycles it takes if nothing waits
//! ([`Entries`]). Slots are filled cycle by cycle with what fits; loads come shortly before what needs them, because
//! a cycle that is full of loads feeds no multiplier. Instructions and dependences stay; the model, and whether
//! registers last, are the caller's to ask.

use super::list::Filling;
use super::pipeline::{Facts, Order, replaced};
use crate::core::{Core, Entries, Kind, bound};
use crate::program::{Program, Virtual};

/// How far instructions may be moved forward, and how long before its first use a load stands, in instructions:
/// alone or with others the fastest of some thirty pairs for every shipped kernel; the last is for loops that are
/// short of registers.
const MANNERS: [(usize, usize); 3] = [(64, 0), (64, 4), (12, 0)];

/// Of the core's bound: nothing is sought nearer than that.
const NEAR: f64 = 1.002;

/// Programs in which the main loop of `scheduled` takes fewer cycles to dispatch on `core`, the fewest first:
/// `lowered` is the same program as it was written.
///
/// Empty in order, where passes overlap, and where nothing better is found.
pub fn dispatched(
    lowered: &Program<Virtual>,
    scheduled: &Program<Virtual>,
    core: &Core,
) -> Vec<Program<Virtual>> {
    if core.kind == Kind::InOrder || scheduled.is_pipelined() {
        return Vec::new();
    }
    let Some(facts) = Facts::of(lowered) else { return Vec::new() };
    let (block, now) = (lowered.steady(), &scheduled.steady().insts);
    let as_it_is: Vec<usize> = (0..now.len()).collect();
    let now = Entries::new(core, now).cycles(&as_it_is);
    let least = bound(core, &block.insts).cycles * NEAR;
    let filling = Filling::new(block, &facts.live_out, &lowered.stage.regs, core);
    let mut found: Vec<(f64, Vec<usize>)> = Vec::new();
    for (window, ahead) in MANNERS {
        if now <= least || found.iter().any(|(cycles, _)| *cycles <= least) {
            break;
        }
        let order = filling.order(window, ahead);
        found.extend(order.map(|order| (filling.cycles(&order), order)));
    }
    found.retain(|(cycles, _)| *cycles < now);
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    let program = |(cycles, order): (f64, Vec<usize>)| {
        let body = order.iter().map(|&at| block.insts[at]).collect();
        let order = Order { fill: Vec::new(), body, drain: Vec::new(), cycles };
        Program { nodes: replaced(&scheduled.nodes, &order), stage: scheduled.stage.clone() }
    };
    found.into_iter().map(program).collect()
}
