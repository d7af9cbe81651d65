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
use crate::core::{AT_BOUND, Bound, Core, EQUAL, Simulation, bound, simulate};
use crate::isa::{self, Inst, Reg, Unit};
use crate::liveness::{RegSet, at_block_ends};
use crate::program::{Block, BlockRole, Node, Program, Virtual};

const VECTOR_REGISTERS: usize = isa::VECTOR_REGISTERS as usize;

/// More registers than any loop wants.
const UNLIMITED: usize = 1 << 16;

/// Intervals that are tried, in cycles above the bound.
const INTERVALS: [u32; 5] = [0, 1, 3, 6, 12];

/// Passes that a loop is assumed to make where nothing says how many: pipelining has a beginning and an
/// end.
const PASSES: f64 = 16.0;

/// A loop in another order.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Empty in a plain loop.
    pub(super) fill: Vec<Inst>,
    pub(super) body: Vec<Inst>,
    pub(super) drain: Vec<Inst>,
    /// Cycles of a pass, of the beginning and the end their part.
    pub(super) cycles: f64,
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
    if now <= least * EQUAL {
        return Vec::new();
    }
    let Some(facts) = Facts::of(lowered) else { return Vec::new() };
    let pass = Pass::new(core, insts, facts.counter, &facts.live_out, &lowered.stage.regs);
    // No order makes a chain from pass to pass shorter.
    if pass.recurrence(true).0 as f64 >= now - 1.0 {
        return Vec::new();
    }
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
pub(super) struct Facts {
    pub(super) counter: Reg,
    pub(super) live_out: RegSet,
}

impl Facts {
    pub(super) fn of(program: &Program<Virtual>) -> Option<Facts> {
        let mut live_out = None;
        at_block_ends(program, &mut |block, live| {
            if block.role == BlockRole::Steady {
                live_out = Some(live.clone());
            }
        });
        Some(Facts { counter: program.main_counter()?, live_out: live_out? })
    }
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
        for manner in manners(pass, interval) {
            let Some(cycles) = pass.place(interval, VECTOR_REGISTERS, manner) else { continue };
            found.extend(order(pass, &cycles, interval.into(), passes));
            if found.last().is_some_and(|order| order.cycles <= least * EQUAL) {
                return found;
            }
        }
    }
    found
}

/// The manners that are tried. What issues alone is spread with every first cycle that there is.
fn manners(pass: &Pass<'_>, interval: u32) -> impl Iterator<Item = Manner> {
    let firsts = interval.checked_div(pass.alone()).unwrap_or(0);
    [Manner::InReverse, Manner::ByCycle].into_iter().chain((1..=firsts).map(Manner::Spread))
}

/// The loop in the order of `cycles`, if that is within the registers.
fn order(pass: &Pass<'_>, cycles: &[i64], interval: i64, passes: f64) -> Option<Order> {
    let mut order: Vec<usize> = (0..pass.insts.len()).collect();
    // In a cycle the older pass comes first: it may read what the newer one writes.
    order.sort_by_key(|&at| (cycles[at] % interval, -(cycles[at] / interval), at));
    if pass.most_live(&order) > VECTOR_REGISTERS {
        return None;
    }
    let insts = |part: &[usize]| -> Vec<Inst> { part.iter().map(|&at| pass.insts[at]).collect() };
    let body = insts(&order);
    let (ahead, rest): (Vec<usize>, Vec<usize>) = order.iter().partition(|&&at| cycles[at] < interval);
    let mut cycles = simulate(pass.core, &body, None).cycles;
    // A counter can be counted in its own pass just as well.
    if ahead.iter().all(|&at| pass.counts(at)) {
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
pub(super) fn replaced(nodes: &[Node], order: &Order) -> Vec<Node> {
    let block = |role, insts: &[Inst]| Node::Block(Block { role, insts: insts.to_vec() });
    let whole = |nodes: &[Node]| replaced(nodes, order);
    nodes
        .iter()
        .map(|node| match node {
            Node::Block(_) => node.clone(),
            Node::Loop { counter, .. } if node.main_loop().is_some() => {
                Node::Loop { counter: *counter, body: vec![block(BlockRole::Steady, &order.body)] }
            }
            Node::Loop { counter, body } => Node::Loop { counter: *counter, body: whole(body) },
            Node::IfNonZero { test, then, otherwise } => {
                let mut then = whole(then);
                if let ([main], false) = (&then[..], order.fill.is_empty())
                    && let Some((counter, _)) = main.main_loop()
                {
                    let again = Node::IfNonZero { test: counter, then: then.clone(), otherwise: Vec::new() };
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
    Order {
        /// The largest stall of the order that it found: whose, and what it waits for.
        stall: String,
        /// The longest chain from pass to pass, in cycles.
        chain: u32,
    },
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
    let Simulation { cycles, stall, .. } = simulate(core, &scheduled.steady().insts, None);
    let by = if cycles <= bound.cycles * AT_BOUND {
        Holder::Resource(bound.by.clone())
    } else {
        holder(lowered, core, &bound, cycles, stall)
    };
    Held { bound, cycles, by }
}

fn holder(lowered: &Program<Virtual>, core: &Core, bound: &Bound, cycles: f64, stall: String) -> Holder {
    let Some(facts) = Facts::of(lowered) else { return Holder::Order { stall, chain: 0 } };
    let insts = &lowered.steady().insts;
    let pass = Pass::new(core, insts, facts.counter, &facts.live_out, &lowered.stage.regs);
    let (chain, through) = pass.recurrence(false);
    if let Some(through) = through.filter(|_| chain as f64 > bound.cycles && chain as f64 >= 0.97 * cycles) {
        let carried = |(_, reg): &(Unit, Reg)| insts[through].writes().any(|(_, written)| written == *reg);
        let reg = insts[through].reads().find(carried).or_else(|| insts[through].writes().last());
        let name = reg.map_or_else(String::new, |(_, reg)| lowered.stage.name(reg).to_string());
        return Holder::Recurrence(name, chain as u32);
    }
    let least = bound.cycles.ceil() as u32;
    let any =
        |interval| manners(&pass, interval).any(|manner| pass.place(interval, UNLIMITED, manner).is_some());
    let roomy = (least..cycles.ceil() as u32).take(32).find(|&interval| any(interval));
    let order = Holder::Order { stall, chain: chain as u32 };
    roomy.map_or(order, |interval| Holder::Registers(interval.into()))
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
            Holder::Order { stall, chain } => {
                let causes = [
                    if stall.is_empty() { "waits for the units of the bound, in bunches" } else { stall },
                    &format!("the longest chain from pass to pass takes {chain} cycles"),
                ];
                write!(f, "no order with fewer stalls was found: {}", causes.join("; "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::schedule::{schedule, verify};
    use crate::{Kernel, compile_name};

    const NAMES: &[&str] = &[
        "qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a53",
        "qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a53",
        "qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53",
        "qgen_wideninner_1x8_lm64to63_rm64to63neg_t1x8k16u4w_cortex_a53",
    ];

    fn kernel(name: &str) -> Kernel {
        compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// All orders of all manners, not the chosen one alone, for either way through memory.
    fn all_orders(name: &str, mut f: impl FnMut(&Program<Virtual>, &Program<Virtual>)) -> usize {
        let kernel = kernel(name);
        let mut seen = 0;
        for addressing in crate::core::Addressing::ALL {
            let lowered = crate::lower::lower(&Plan { addressing, ..kernel.plan().clone() });
            let listed = schedule(&lowered, kernel.core());
            let facts = Facts::of(&lowered).unwrap();
            let insts = &lowered.steady().insts;
            let pass = Pass::new(kernel.core(), insts, facts.counter, &facts.live_out, &lowered.stage.regs);
            let least = bound(kernel.core(), insts).cycles.ceil() as u32;
            for interval in (least..least + 12).step_by(4) {
                for manner in manners(&pass, interval) {
                    let Some(cycles) = pass.place(interval, VECTOR_REGISTERS, manner) else { continue };
                    if let Some(order) = order(&pass, &cycles, interval.into(), PASSES) {
                        let stage = listed.stage.clone();
                        f(&lowered, &Program { nodes: replaced(&listed.nodes, &order), stage });
                        seen += 1;
                    }
                }
            }
        }
        seen
    }

    #[test]
    fn loops_that_waited_reach_their_bounds() {
        for name in NAMES {
            let held = kernel(name).held();
            assert!(held.cycles <= held.bound.cycles / 0.95, "{name}: {held:?}");
        }
    }

    #[test]
    fn every_order_is_verified_and_some_overlap() {
        let mut overlapping = 0;
        for name in NAMES {
            let seen = all_orders(name, |lowered, order| {
                verify(lowered, order).unwrap_or_else(|e| panic!("{name}: {e}"));
                overlapping += usize::from(order.is_pipelined());
            });
            assert!(seen > 0, "{name}");
        }
        assert!(overlapping > 10, "{overlapping}");
    }

    /// What the equations of the verifier say for every n, in full for the first few.
    #[test]
    fn fill_bodies_and_drain_are_as_many_passes() {
        let mut seen = 0;
        all_orders(NAMES[1], |lowered, order| {
            let one = |role| order.blocks(role).first().map_or(Vec::new(), |b| b.insts.clone());
            let [fill, body, drain] = [BlockRole::Fill, BlockRole::Steady, BlockRole::Drain].map(one);
            for passes in 1..=4 {
                let block = |insts| Block { role: BlockRole::Steady, insts };
                let program =
                    |insts| Program { nodes: vec![Node::Block(block(insts))], stage: order.stage.clone() };
                let plain = program(lowered.steady().insts.repeat(passes));
                let overlapped = match order.is_pipelined() {
                    true => [fill.clone(), body.repeat(passes - 1), drain.clone()].concat(),
                    false => body.repeat(passes),
                };
                verify(&plain, &program(overlapped)).unwrap();
                seen += 1;
            }
        });
        assert!(seen > 10);
    }

    #[test]
    fn what_is_at_its_bound_is_left_alone() {
        let kernel = kernel("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_neoverse_n1");
        let listed = schedule(kernel.lowered(), kernel.core());
        assert!(overlapped(kernel.lowered(), &listed, kernel.core(), None).is_empty());
        assert_eq!(kernel.scheduled().to_string(), listed.to_string());
        assert!(matches!(kernel.held().by, Holder::Resource(_)));
    }

    /// The stall that keeps a loop from its bound has an owner and a cause; waits for the unit that binds do not
    /// count, which the bound has already.
    #[test]
    fn what_an_order_waits_for_is_named() {
        for (name, wanted) in [
            ("qgen_byte_6x3_lm8to7_rm8to7neg_t6x3k32u1_cortex_a55", "not fitting into the cycle, most for "),
            (
                "qgen_pair8_5x4_lm128to127_rm128to127_t5x4k16u1_cortex_a55",
                "waiting for operands, most for pair-acc after mul-long",
            ),
        ] {
            let held = kernel(name).held();
            let Holder::Order { stall, chain } = &held.by else { panic!("{name}: {held:?}") };
            assert!(stall.contains(wanted), "{name}: {stall}");
            assert!(f64::from(*chain) < held.bound.cycles, "{held:?}");
            assert!(
                held.by.to_string().contains("the longest chain from pass to pass takes "),
                "{}",
                held.by
            );
        }
    }

    /// Every load waits for the pointer of the one before: a chain, which no order makes shorter.
    #[test]
    fn a_recurrence_is_named() {
        let kernel = kernel("qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a53");
        let slow = "[write-back]\nuops = [[\"I0\", \"I1\"]]\nslots = 0\nlatency = 9\nsource = \"none\"\n";
        let table = include_str!("../../cores/cortex-a53.toml");
        let core = Core::from_toml(&format!("{table}\n{slow}")).unwrap();
        let addressing = crate::core::Addressing::PostIndex;
        let lowered = crate::lower::lower(&Plan { addressing, ..kernel.plan().clone() });
        let held = held(&lowered, &schedule(&lowered, &core), &core);
        let Holder::Recurrence(through, cycles) = &held.by else { panic!("{held:?}") };
        assert!(through == "rhs" && f64::from(*cycles) > held.bound.cycles, "{held:?}");
        assert!(held.by.to_string().contains("the chain from pass to pass through `rhs`"));
    }
}
