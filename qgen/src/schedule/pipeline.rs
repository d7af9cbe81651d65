//! Software pipelining: a pass of the main loop begins before the one before it has ended.
//!
//! ```text
//!   pass 0   |─ahead─|────rest────|                fill    what runs ahead, of the first pass
//!   pass 1                |─ahead─|────rest────|   body    the rest of a pass, and what runs ahead of the next
//!   pass 2                             |─ahead─|…  drain   the rest, of the last pass
//! ```
//!
//! With n passes, n > 0, that is `fill`, n − 1 times `body`, `drain`: the same instructions as n passes,
//! one after the other. Nothing is loaded that no pass needs.
//!
//! Placement on the core's table ([`super::modulo`]) is tried in several manners and at intervals from
//! the bound on; the pipeline model says which is best, and whether it is better than the list
//! schedule. Where nothing has to run ahead, the result is a plain loop in a better order.

use super::modulo::{Manner, Pass};
use crate::core::{Bound, Core, bound, simulate};
use crate::isa::{Inst, Reg, Unit};
use crate::liveness::{RegSet, at_block_ends};
use crate::program::{Block, BlockRole, Node, Program, Virtual};

const VECTOR_REGISTERS: usize = 32;

/// Intervals that are tried, in cycles above the bound.
const INTERVALS: [u32; 6] = [0, 1, 2, 4, 8, 16];

/// Of the core's bound: nothing is tried nearer than that.
const NEAR: f64 = 1.002;

/// Passes that a loop is assumed to make where nothing says how many: pipelining has a beginning and an
/// end.
const PASSES: f64 = 16.0;

/// A loop in another order.
#[derive(Clone, Debug)]
struct Order {
    /// Empty in a plain loop.
    fill: Vec<Inst>,
    body: Vec<Inst>,
    drain: Vec<Inst>,
    /// Cycles of a pass, of the beginning and the end their part.
    cycles: f64,
}

/// Programs in which the main loop of `listed` is faster by the model, the best first: `lowered` is the
/// same program as it was written. A period has `passes`, if there are periods.
///
/// Empty where the loop is at its bound, or nothing better is found.
pub fn overlapped(
    lowered: &Program<Virtual>,
    listed: &Program<Virtual>,
    core: &Core,
    passes: Option<f64>,
) -> Vec<Program<Virtual>> {
    let insts = &lowered.steady().insts;
    let least = bound(core, insts).cycles;
    let now = simulate(core, &listed.steady().insts, None).cycles;
    if now <= least * NEAR {
        return Vec::new();
    }
    let Some(facts) = Facts::of(lowered) else { return Vec::new() };
    let pass = Pass::new(core, insts, facts.counter, &facts.live_out, &lowered.stage.regs);
    let mut orders = orders(&pass, least, now, passes.unwrap_or(PASSES));
    orders.retain(|order| order.cycles < now - 0.01);
    // Of equals, plain loops first.
    orders.sort_by(|a, b| (a.cycles, a.fill.len()).partial_cmp(&(b.cycles, b.fill.len())).expect("numbers"));
    orders
        .iter()
        .map(|order| Program { nodes: replaced(&listed.nodes, order), stage: listed.stage.clone() })
        .collect()
}

/// What the main loop counts, and the registers that are live at its end.
struct Facts {
    counter: Reg,
    live_out: RegSet,
}

impl Facts {
    fn of(program: &Program<Virtual>) -> Option<Facts> {
        let mut live_out = None;
        at_block_ends(program, &mut |block, live| {
            if block.role == BlockRole::Steady {
                live_out = Some(live.clone());
            }
        });
        Some(Facts { counter: counter(&program.nodes)?, live_out: live_out? })
    }
}

fn counter(nodes: &[Node]) -> Option<Reg> {
    nodes.iter().find_map(|node| match node {
        Node::Block(_) => None,
        Node::Loop { counter, body } if is_steady(body) => Some(*counter),
        Node::Loop { body, .. } => counter(body),
        Node::IfNonZero { then, otherwise, .. } => counter(then).or_else(|| counter(otherwise)),
    })
}

fn is_steady(body: &[Node]) -> bool {
    matches!(body, [Node::Block(block)] if block.role == BlockRole::Steady)
}

/// What is found below `now` cycles.
fn orders(pass: &Pass<'_>, least: f64, now: f64, passes: f64) -> Vec<Order> {
    let mut found: Vec<Order> = Vec::new();
    for above in INTERVALS {
        let interval = least.ceil() as u32 + above;
        let best = found.iter().map(|order| order.cycles).fold(now, f64::min);
        if f64::from(interval) >= best {
            break;
        }
        let alone = pass.insts.iter().filter(|inst| pass.issues_alone(inst)).count() as u32;
        let firsts = if alone == 0 { 0 } else { interval / alone };
        let spread = (1..=firsts).map(Manner::Spread);
        for manner in [Manner::InReverse, Manner::ByCycle].into_iter().chain(spread) {
            let Some(cycles) = pass.place(interval, VECTOR_REGISTERS, manner) else { continue };
            found.extend(order(pass, &cycles, interval.into(), passes));
            if found.last().is_some_and(|order| order.cycles <= least * NEAR) {
                return found;
            }
        }
    }
    found
}

/// The loop in the order of `cycles`, if that is within the registers.
fn order(pass: &Pass<'_>, cycles: &[i64], interval: i64, passes: f64) -> Option<Order> {
    let mut order: Vec<usize> = (0..pass.insts.len()).collect();
    // In a cycle the older pass comes first: it may read what the newer one writes.
    order.sort_by_key(|&at| (cycles[at] % interval, -(cycles[at] / interval), at));
    let insts = |part: &[usize]| -> Vec<Inst> { part.iter().map(|&at| pass.insts[at]).collect() };
    let body = insts(&order);
    if pass.most_live(&body) > VECTOR_REGISTERS {
        return None;
    }
    let (ahead, rest): (Vec<usize>, Vec<usize>) = order.iter().partition(|&&at| cycles[at] < interval);
    let mut cycles = simulate(pass.core, &body, None).cycles;
    // A counter can be counted in its own pass just as well.
    if ahead.iter().all(|&at| pass.counts(&pass.insts[at])) {
        return Some(Order { fill: Vec::new(), body, drain: Vec::new(), cycles });
    }
    // Where sums are widened after each pass, passes cannot overlap.
    if passes < 2.0 {
        return None;
    }
    let (fill, drain) = (insts(&ahead), insts(&rest));
    let ends = simulate(pass.core, &[&fill[..], &drain].concat(), None).cycles;
    cycles += (ends - cycles).max(0.0) / passes.max(1.0);
    Some(Order { fill, body, drain, cycles })
}

/// The nodes with the main loop in another order.
fn replaced(nodes: &[Node], order: &Order) -> Vec<Node> {
    let block = |role, insts: &[Inst]| Node::Block(Block { role, insts: insts.to_vec() });
    let whole = |nodes: &[Node]| replaced(nodes, order);
    nodes
        .iter()
        .map(|node| match node {
            Node::Block(_) => node.clone(),
            Node::Loop { counter, body } if is_steady(body) => {
                Node::Loop { counter: *counter, body: vec![block(BlockRole::Steady, &order.body)] }
            }
            Node::Loop { counter, body } => Node::Loop { counter: *counter, body: whole(body) },
            Node::IfNonZero { test, then, otherwise } => {
                let mut then = whole(then);
                if let ([Node::Loop { counter, body }], false) = (&then[..], order.fill.is_empty())
                    && is_steady(body)
                {
                    let again = Node::IfNonZero { test: *counter, then: then.clone(), otherwise: Vec::new() };
                    then = vec![
                        block(BlockRole::Fill, &order.fill),
                        again,
                        block(BlockRole::Drain, &order.drain),
                    ];
                }
                Node::IfNonZero { test: *test, then, otherwise: whole(otherwise) }
            }
        })
        .collect()
}

/// What keeps a main loop from being faster.
#[derive(Clone, Debug, PartialEq)]
pub enum Holder {
    /// It is at its bound: the resource that sets it.
    Resource(String),
    /// A chain from pass to pass, through this register, of so many cycles.
    Recurrence(String, u32),
    /// With more vector registers there is an order for so many cycles.
    Registers(f64),
    /// Neither: the scheduler finds no better order.
    Order,
}

/// A main loop's speed, and what holds it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The least cycles of a pass, and what sets them.
    pub bound: Bound,
    /// Cycles of a pass, modelled.
    pub cycles: f64,
    /// What it is held by.
    pub by: Holder,
}

/// What holds the main loop of `scheduled`, which was `lowered`.
pub fn held(lowered: &Program<Virtual>, scheduled: &Program<Virtual>, core: &Core) -> Held {
    let insts = &lowered.steady().insts;
    let bound = bound(core, insts);
    let cycles = simulate(core, &scheduled.steady().insts, None).cycles;
    let by = if cycles <= bound.cycles * 1.005 {
        Holder::Resource(bound.by.clone())
    } else {
        holder(lowered, core, &bound, cycles)
    };
    Held { bound, cycles, by }
}

fn holder(lowered: &Program<Virtual>, core: &Core, bound: &Bound, cycles: f64) -> Holder {
    let Some(facts) = Facts::of(lowered) else { return Holder::Order };
    let insts = &lowered.steady().insts;
    let pass = Pass::new(core, insts, facts.counter, &facts.live_out, &lowered.stage.regs);
    let (chain, through) = pass.recurrence();
    if let Some(through) = through.filter(|_| chain as f64 > bound.cycles && chain as f64 >= 0.97 * cycles) {
        let carried = |(_, reg): &(Unit, Reg)| insts[through].writes().any(|(_, written)| written == *reg);
        let reg = insts[through].reads().find(carried).or_else(|| insts[through].writes().last());
        let name = reg.map_or_else(String::new, |(_, reg)| lowered.stage.name(reg).to_string());
        return Holder::Recurrence(name, chain as u32);
    }
    let most = cycles.ceil() as u32;
    let roomy = (bound.cycles.ceil() as u32..most)
        .find(|&interval| pass.place(interval, usize::MAX / 2, Manner::InReverse).is_some());
    roomy.map_or(Holder::Order, |interval| Holder::Registers(interval.into()))
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Holder::Resource(by) => write!(f, "{by}"),
            Holder::Recurrence(through, cycles) => {
                write!(f, "the chain from pass to pass through `{through}`, {cycles} cycles long")
            }
            Holder::Registers(cycles) => {
                write!(f, "{VECTOR_REGISTERS} vector registers: with more, {cycles} cycles would do")
            }
            Holder::Order => write!(f, "latencies: no order with fewer stalls was found"),
        }
    }
}
