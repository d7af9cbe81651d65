//! The pipeline model: how many cycles a loop body takes pass after pass, and what holds it.

use super::step::{Cause, Passes, Run, Step};
use super::{Bound, Core, Kind, bound, in_order, out_of_order};
use crate::isa::{Class, Inst, Reg};

/// What the model says of a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// Cycles of one pass in the steady state.
    pub cycles: f64,
    /// The same as a finite run shows it, whose passes leave in bursts: a little less than the bound is possible.
    pub seen: f64,
    /// Cycles of a pass in which each unit is taken, in the order of [`Core::units`].
    pub busy: Vec<f64>,
    /// Slots of the front end that a pass takes, the closing branch included.
    pub slots: u32,
    /// Where the other slots of a pass went.
    pub stalls: Stalls,
    /// What holds the loop, in words: what the bound names where the loop runs at its bound, else the largest
    /// stall beside waits for the units of the bound, the class of the instructions that wait, and for what.
    pub by: String,
    /// The largest stall in words, whose it is and what it waits for, waits for the units of the bound aside;
    /// empty where there is none.
    pub stall: String,
}

/// Slots that stay empty, by cause, in cycles of a pass: an empty slot of a core that takes three a cycle is
/// a third of a cycle. With the slots that are taken these are the cycles of the pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stalls {
    /// The instruction whose turn it is waits for an operand; out of order, the oldest that has not issued,
    /// while nothing more fits into the window.
    pub operands: f64,
    /// It waits for a unit.
    pub units: f64,
    /// It does not fit into the cycle, by its slots or by a rule of pairing or dispatch.
    pub slots: f64,
    /// Everything under way has issued, and the window is full of what has not finished.
    pub window: f64,
}

/// One instruction on its way through the pipeline. Cycles count from the beginning of the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Traced {
    /// Which pass.
    pub pass: usize,
    /// Its place in the block; the branch comes last.
    pub place: usize,
    /// When it was its turn (in order) or when it was dispatched (out of order).
    pub taken: i64,
    /// When its operands were there.
    pub ready: i64,
    /// When it, or its last µop, issued.
    pub issued: i64,
    /// The units that took it, as bits in the order of [`Core::units`].
    pub units: u16,
    /// What each of its µops did, in the order of their beginning.
    pub work: Vec<Work>,
    /// When its result is there for everyone.
    pub completed: i64,
    /// When it left the window; in order, the same.
    pub retired: i64,
}

/// A µop in its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// The unit, by its place in [`Core::units`].
    pub unit: usize,
    /// When it took the unit.
    pub from: i64,
    /// For how many cycles.
    pub cycles: u32,
}

/// Passes before those that are measured, and these.
const WARM_UP: usize = 6;
const MEASURED: usize = 12;
/// The same for blocks that are long in comparison with what is under way at a time.
const LONG_WARM_UP: usize = 2;
const LONG_MEASURED: usize = 4;

/// Of the bound: no finite run seems to take less. (The least that was seen is 0.967: 20 matrix products on Neoverse N2, in
/// an order of chance.)
pub(super) const BURSTS: f64 = 0.96;

/// Runs `insts` and the branch that closes the loop over and over on `core`.
pub fn simulate(core: &Core, insts: &[Inst], counter: Option<Reg>) -> Simulation {
    let steps = Step::all(core, insts, counter);
    let slots = slots(&steps);
    let measured = passes(core, slots);
    let run = run(core, &steps, measured);
    let (began, ended) = run.measured;
    let per_pass = |slots: u32| f64::from(slots) / f64::from(core.width) / measured as f64;
    // Passes leave in bursts even so, which makes a finite run seem a little faster than any number of passes can be.
    let bound = bound(core, insts);
    let seen = per_pass(ended - began);
    debug_assert!(seen >= BURSTS * bound.cycles, "{seen} cycles, below {bound:?}");
    let cycles = seen.max(bound.cycles);
    let lost = |cause: Cause| -> u32 { run.lost.iter().map(|lost| lost[cause as usize]).sum() };
    let all: u32 = Cause::ALL.iter().map(|&cause| lost(cause)).sum();
    // Out of order, slots are taken before the pass is over that they belong to; in the long run it is the same.
    let empty = cycles - per_pass(slots * measured as u32);
    let share = |cause| if all == 0 { 0.0 } else { empty * f64::from(lost(cause)) / f64::from(all) };
    let stalls = Stalls {
        operands: share(Cause::Operands),
        units: share(Cause::Units),
        slots: share(Cause::Slots),
        window: share(Cause::Window),
    };
    let busy = run.busy.iter().map(|&busy| f64::from(busy) / measured as f64).collect();
    let stall = largest_stall(core, &stalls, &run, &bound);
    let by = if cycles <= 1.02 * bound.cycles || stall.is_empty() { bound.by } else { stall.clone() };
    Simulation { cycles, seen, busy, slots, stalls, by, stall }
}

fn slots(steps: &[Step]) -> u32 {
    steps.iter().map(|step| step.slots).sum()
}

/// How many passes are measured.
fn passes(core: &Core, slots: u32) -> usize {
    let least = if is_long(core, slots) { LONG_MEASURED } else { MEASURED };
    // What is under way leaves in bursts: several windows even them out.
    least.max((4 * u32::from(core.window)).div_ceil(slots.max(1)) as usize)
}

/// Cycles of one pass through steps, in the steady state.
pub(super) fn steady(core: &Core, steps: &[Step]) -> f64 {
    let measured = passes(core, slots(steps));
    let (began, ended) = run(core, steps, measured).measured;
    f64::from(ended - began) / f64::from(core.width) / measured as f64
}

/// The largest stall that the bound does not count already, as it does the waits for its units.
fn largest_stall(core: &Core, stalls: &Stalls, run: &Run, bound: &Bound) -> String {
    let beyond = |class: Class, cause: Cause| {
        let units = core.cost(class).uops.iter().fold(0, |all, uop| all | uop.units);
        let counted = cause == Cause::Units && bound.units != 0 && units & !bound.units == 0;
        if counted { 0 } else { run.lost[class as usize][cause as usize] }
    };
    let pairs = Cause::ALL.iter().flat_map(|&cause| Class::ALL.iter().map(move |&class| (class, cause)));
    let of = |cause: Cause| -> u32 { Class::ALL.iter().map(|&class| beyond(class, cause)).sum() };
    let Some((class, cause)) = pairs.max_by_key(|&(class, cause)| (of(cause), beyond(class, cause))) else {
        return String::new();
    };
    let share = |all: f64| {
        let lost: u32 = Class::ALL.iter().map(|&class| run.lost[class as usize][cause as usize]).sum();
        all * f64::from(of(cause)) / f64::from(lost.max(1))
    };
    let (cycles, words, after) = match cause {
        Cause::Operands => {
            let late = |&producer: &Class| run.late[class as usize][producer as usize];
            let producer = Class::ALL.iter().copied().max_by_key(late).expect("there are classes");
            let after = format!(" after {}", producer.as_str());
            (stalls.operands, "waiting for operands", after)
        }
        Cause::Units => {
            let units = core.cost(class).uops.iter().fold(0, |all, uop| all | uop.units);
            (stalls.units, "waiting for units", format!(" on {}", core.names_of(units)))
        }
        Cause::Slots => (stalls.slots, "not fitting into the cycle", String::new()),
        Cause::Window => (stalls.window, "a full window", String::new()),
    };
    if of(cause) == 0 {
        return String::new();
    }
    format!("{:.1} cycles of {words}, most for {}{after}", share(cycles), class.as_str())
}

/// The way of every instruction of `passes` passes in the steady state, in program order.
pub fn trace(core: &Core, insts: &[Inst], counter: Option<Reg>, passes: usize) -> Vec<Traced> {
    let steps = Step::all(core, insts, counter);
    let before = warm_up(core, &steps);
    let run = run(core, &steps, passes);
    let fates = &run.fates[before * steps.len()..(before + passes) * steps.len()];
    let zero = fates.first().map_or(0, |fate| i64::from(fate.dispatched));
    let after = |cycle: u32| i64::from(cycle) - zero;
    let one = |(at, fate): (usize, &super::step::Fate)| Traced {
        pass: at / steps.len(),
        place: at % steps.len(),
        taken: after(fate.dispatched),
        ready: after(fate.ready),
        issued: after(fate.issued),
        units: fate.units,
        work: Vec::new(),
        completed: after(fate.completed),
        retired: after(fate.retired),
    };
    let mut traced: Vec<Traced> = fates.iter().enumerate().map(one).collect();
    for work in &run.work {
        let done = Work { unit: work.unit, from: after(work.from), cycles: work.busy };
        // Only these passes are measured.
        traced[work.at - before * steps.len()].work.push(done);
    }
    traced
}

fn run(core: &Core, steps: &[Step], measured: usize) -> Run {
    let passes = Passes { before: warm_up(core, steps), measured };
    match core.kind {
        Kind::InOrder => in_order::run(core, steps, passes),
        Kind::OutOfOrder => out_of_order::run(core, steps, passes),
    }
}

/// Passes until the window has been filled twice.
fn warm_up(core: &Core, steps: &[Step]) -> usize {
    let slots = slots(steps);
    let least = if is_long(core, slots) { LONG_WARM_UP } else { WARM_UP };
    least.max((2 * u32::from(core.window)).div_ceil(slots.max(1)) as usize)
}

fn is_long(core: &Core, slots: u32) -> bool {
    slots > 2 * u32::from(core.window).max(128)
}
