//! The pipeline model: how many cycles a loop body takes, pass after pass.

use super::{Core, Kind};
use crate::isa::{Class, Inst, Reg, Role, Unit};

/// What the model says of a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// Cycles of one pass in the steady state.
    pub cycles: f64,
    /// Cycles of a pass in which each unit is taken, in the order of [`Core::units`].
    pub busy: Vec<f64>,
    /// Slots of the front end that a pass takes, the closing branch included.
    pub slots: u32,
}

const WARM_UP: usize = 6;
const MEASURED: usize = 12;

/// Runs `insts` and the branch that closes the loop over and over on `core`.
pub fn simulate(core: &Core, insts: &[Inst], counter: Option<Reg>) -> Simulation {
    let mut steps: Vec<Step> = insts.iter().map(Step::new).collect();
    steps.push(Step {
        class: Class::Branch,
        reads: [(counter.map_or(NONE, |r| register(Unit::X, r)), false); 4],
        writes: [NONE; 4],
    });
    let highest =
        steps.iter().flat_map(|s| s.reads.iter().map(|r| r.0).chain(s.writes)).filter(|&r| r != NONE).max();
    let mut pipeline = Pipeline::new(core, highest.map_or(0, usize::from) + 1);
    let mut started = (0, Vec::new());
    for pass in 0..WARM_UP + MEASURED {
        if pass == WARM_UP {
            started = (pipeline.finished, pipeline.busy.clone());
        }
        for step in &steps {
            pipeline.step(step);
        }
    }
    let (finished, busy) = started;
    let per_pass = |now: u32, before: u32| f64::from(now - before) / MEASURED as f64;
    Simulation {
        cycles: per_pass(pipeline.finished, finished),
        busy: pipeline.busy.iter().zip(busy).map(|(&now, before)| per_pass(now, before)).collect(),
        slots: steps.iter().map(|step| u32::from(core.cost(step.class).slots)).sum(),
    }
}

const NONE: u16 = u16::MAX;

fn register(unit: Unit, reg: Reg) -> u16 {
    reg.0 * 2 + u16::from(unit == Unit::X)
}

/// An instruction as the pipeline sees it.
struct Step {
    class: Class,
    /// Registers read, and whether as the accumulator.
    reads: [(u16, bool); 4],
    writes: [u16; 4],
}

impl Step {
    fn new(inst: &Inst) -> Step {
        let mut step = Step { class: inst.class(), reads: [(NONE, false); 4], writes: [NONE; 4] };
        for (n, (slot, reg)) in inst.row().slots.iter().zip(inst.regs()).enumerate() {
            let id = register(slot.unit, *reg);
            if slot.role.reads() {
                step.reads[n] = (id, slot.role == Role::InOut && slot.unit == Unit::V);
            }
            if slot.role.writes() {
                step.writes[n] = id;
            }
        }
        step
    }
}

struct Pipeline<'c> {
    core: &'c Core,
    /// For every register the cycle in which its writer issued, and the writer's class.
    written: Vec<(u32, Class)>,
    /// For every cycle, the units that are taken.
    taken: Vec<u16>,
    /// For every unit, the cycles in which it is taken.
    busy: Vec<u32>,
    /// Instructions taken in the newest cycle of the front end.
    front: (u32, u32),
    /// When the last `window` instructions were complete, in order.
    complete: Vec<u32>,
    count: usize,
    finished: u32,
}

impl<'c> Pipeline<'c> {
    fn new(core: &'c Core, registers: usize) -> Self {
        Pipeline {
            core,
            written: vec![(0, Class::Branch); registers],
            taken: Vec::with_capacity(4096),
            busy: vec![0; core.units.len()],
            front: (0, 0),
            complete: vec![0; usize::from(core.window)],
            count: 0,
            finished: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        let core = self.core;
        let cost = core.cost(step.class);
        let slots = u32::from(cost.slots);
        let width = u32::from(core.width);
        // The front end takes instructions in order; a full window stops it.
        let slot = self.count % self.complete.len();
        let mut earliest = self.front.0;
        if core.kind == Kind::OutOfOrder {
            earliest = earliest.max(self.complete[slot]);
        }
        // Out of order, µops are dispatched one by one; in order, an instruction issues as a whole.
        let full = match core.kind {
            Kind::OutOfOrder => self.front.1 >= width,
            Kind::InOrder => self.front.1 > 0 && self.front.1 + slots > width,
        };
        if earliest == self.front.0 && full {
            earliest += 1;
        }
        let ready = step.reads.iter().filter(|(r, _)| *r != NONE).fold(0, |ready, &(reg, accumulates)| {
            let (issued, class) = self.written[usize::from(reg)];
            ready.max(issued + core.latency(class, step.class, accumulates))
        });
        let issue = match core.kind {
            Kind::OutOfOrder => {
                let dispatched = earliest;
                self.take_slots(dispatched, slots);
                self.reserve(dispatched.max(ready), &cost.uops)
            }
            Kind::InOrder => {
                let mut at = earliest.max(ready);
                loop {
                    let full = at == self.front.0 && self.front.1 + slots > width;
                    if !full && self.free(at, &cost.uops) {
                        break;
                    }
                    at += 1;
                }
                self.take_slots(at, slots);
                self.reserve(at, &cost.uops)
            }
        };
        for &reg in step.writes.iter().filter(|&&r| r != NONE) {
            self.written[usize::from(reg)] = (issue, step.class);
        }
        // Retirement is in order.
        self.finished = self.finished.max(issue + u32::from(cost.latency));
        self.complete[slot] = self.finished;
        self.count += 1;
    }

    fn take_slots(&mut self, cycle: u32, slots: u32) {
        if cycle > self.front.0 {
            self.front = (cycle, 0);
        }
        self.front.1 += slots;
        // More slots than the front end is wide take the following cycles, too.
        while self.front.1 > u32::from(self.core.width) {
            self.front = (self.front.0 + 1, self.front.1 - u32::from(self.core.width));
        }
    }

    /// Whether every µop finds a unit in `cycle`.
    fn free(&mut self, cycle: u32, uops: &[super::Uop]) -> bool {
        let mut claimed = 0;
        uops.iter().all(|uop| match self.unit(cycle, uop, claimed) {
            Some(unit) => {
                claimed |= 1 << unit;
                true
            }
            None => false,
        })
    }

    fn unit(&mut self, cycle: u32, uop: &super::Uop, claimed: u16) -> Option<u32> {
        let end = cycle as usize + usize::from(uop.busy);
        if self.taken.len() < end {
            self.taken.resize(end + 64, 0);
        }
        let used = self.taken[cycle as usize..end].iter().fold(claimed, |used, t| used | t);
        let open = uop.units & !used;
        // The last of the open units: multiplies come first in the tables, so additions leave the
        // multiplier alone where they can.
        (open != 0).then(|| 15 - open.leading_zeros())
    }

    /// Takes the earliest cycle from `from` on for each µop; the instruction has issued when its
    /// last µop has.
    fn reserve(&mut self, from: u32, uops: &[super::Uop]) -> u32 {
        let mut issued = from;
        for uop in uops {
            let mut cycle = from;
            let unit = loop {
                if let Some(unit) = self.unit(cycle, uop, 0) {
                    break unit;
                }
                cycle += 1;
            };
            for t in &mut self.taken[cycle as usize..cycle as usize + usize::from(uop.busy)] {
                *t |= 1 << unit;
            }
            self.busy[unit as usize] += u32::from(uop.busy);
            issued = issued.max(cycle);
        }
        issued
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Op;

    #[test]
    fn units_are_taken_as_long_as_their_work_lasts() {
        let core = Core::built_in("cortex-a72").unwrap();
        let op = |op, regs: [u16; 3]| Inst::new(op, &regs.map(Reg), 0, None).unwrap();
        // A byte multiply keeps F0 for two cycles; additions go where it is free.
        let insts = [op(Op::MulS, [0, 1, 2]), op(Op::AddBS, [3, 4, 5]), op(Op::AddBS, [6, 4, 5])];
        let simulation = simulate(&core, &insts, None);
        assert_eq!(simulation.cycles, 2.0);
        let busy = |name: &str| simulation.busy[core.units.iter().position(|u| u == name).unwrap()];
        assert_eq!([busy("F0"), busy("F1"), busy("B"), busy("L")], [2.0, 2.0, 1.0, 0.0]);
        assert_eq!(simulation.slots, 4);
    }
}
