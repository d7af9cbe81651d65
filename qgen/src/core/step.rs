//! Instructions as a pipeline sees them: slots, µops, and who waits for whom how long.

use super::{Core, Uop};
use crate::isa::{Class, Inst, Reg, Role, Unit};

/// Why a slot of the front end stays empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// An operand is not there yet.
    Operands,
    /// No unit is free that could take it.
    Units,
    /// It does not fit into the cycle: slots, or rules of pairing and dispatch.
    Slots,
    /// The window is full of instructions that have issued and not finished.
    Window,
}

impl Cause {
    pub(super) const ALL: [Cause; 4] = [Cause::Operands, Cause::Units, Cause::Slots, Cause::Window];
}

pub(super) const NO_REGISTER: u16 = u16::MAX;

/// An instruction as the pipeline sees it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) class: Class,
    pub(super) slots: u32,
    pub(super) first: bool,
    pub(super) uops: Vec<Uop>,
    /// For every slot the units of the µop that takes it, 0 where none does: what rules of dispatch count.
    pub(super) dispatched: Vec<u16>,
    /// Registers read, and whether as the accumulator.
    pub(super) reads: Vec<(u16, bool)>,
    /// Registers written, and the cycles from issue to a use where they do not depend on the user.
    pub(super) writes: Vec<(u16, Option<u32>)>,
    /// Cycles from issue to the end.
    pub(super) latency: u32,
}

impl Step {
    pub(super) fn new(core: &Core, inst: &Inst) -> Step {
        let mut step = Step::of(core, inst.class(), core.slots(inst));
        for row in core.rows(inst).skip(1) {
            step.uops.extend(&row.uops);
        }
        step.fill();
        for (n, (slot, reg)) in inst.row().slots.iter().zip(inst.regs()).enumerate() {
            let id = register(slot.unit, *reg);
            if slot.role.reads() {
                step.reads.push((id, slot.role == Role::InOut && slot.unit == Unit::V));
            }
            if slot.role.writes() {
                let pointer = slot.unit == Unit::X && slot.role == Role::InOut && core.is_access(inst);
                step.writes.push((id, pointer.then(|| core.delay(inst, n, Class::IntAlu, false))));
            }
        }
        step
    }

    /// The branch that closes the loop.
    pub(super) fn branch(core: &Core, counter: Option<Reg>) -> Step {
        let mut step = Step::of(core, Class::Branch, core.cost(Class::Branch).slots.into());
        step.fill();
        step.reads.extend(counter.map(|reg| (register(Unit::X, reg), false)));
        step
    }

    /// An instruction of which only the class and the registers are known.
    pub(super) fn outline(core: &Core, class: Class, reads: &[u16], writes: &[u16]) -> Step {
        let mut step = Step::of(core, class, core.cost(class).slots.into());
        step.fill();
        step.reads.extend(reads.iter().map(|&id| (id, false)));
        step.writes.extend(writes.iter().map(|&id| (id, None)));
        step
    }

    fn of(core: &Core, class: Class, slots: u32) -> Step {
        let cost = core.cost(class);
        Step {
            class,
            slots,
            first: cost.first,
            uops: cost.uops.clone(),
            dispatched: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            latency: cost.latency.into(),
        }
    }

    /// One slot for every µop, as far as there are slots; those that are left are of no unit.
    fn fill(&mut self) {
        let units = self.uops.iter().map(|uop| uop.units);
        self.dispatched = units.chain(std::iter::repeat(0)).take(self.slots as usize).collect();
    }

    /// The steps of a loop: its body and its branch.
    pub(super) fn all(core: &Core, insts: &[Inst], counter: Option<Reg>) -> Vec<Step> {
        insts.iter().map(|inst| Step::new(core, inst)).chain([Step::branch(core, counter)]).collect()
    }
}

impl Core {
    fn is_access(&self, inst: &Inst) -> bool {
        inst.class().is_load() || inst.class().is_store()
    }
}

pub(super) fn register(unit: Unit, reg: Reg) -> u16 {
    reg.0 * 2 + u16::from(unit == Unit::X)
}

/// How many registers the steps name.
pub(super) fn registers(steps: &[Step]) -> usize {
    let named = steps.iter().flat_map(|s| s.reads.iter().map(|r| r.0).chain(s.writes.iter().map(|w| w.0)));
    named.max().map_or(0, usize::from) + 1
}

/// What became of one instruction of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fate {
    pub(super) dispatched: u32,
    pub(super) ready: u32,
    pub(super) issued: u32,
    pub(super) units: u16,
    pub(super) completed: u32,
    pub(super) retired: u32,
}

/// One µop in its unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Work {
    /// The instruction, in program order over all passes.
    pub(super) at: usize,
    pub(super) unit: usize,
    pub(super) from: u32,
    pub(super) busy: u32,
}

/// Slots that stayed empty, by the class that could not take them and by cause.
pub(super) type Lost = Vec<[u32; 4]>;

/// Slots lost to waiting for operands: whose result was late, and who waited for it.
pub(super) type Late = Vec<[u32; Class::ALL.len()]>;

/// A run of a loop through a pipeline.
pub(super) struct Run {
    /// For every instruction in program order, pass after pass.
    pub(super) fates: Vec<Fate>,
    /// Cycles in which each unit was taken, by instructions of the passes that are measured.
    pub(super) busy: Vec<u32>,
    /// Slots that stayed empty while they were.
    pub(super) lost: Lost,
    /// Of those that waited for operands, by the class that waited: the class whose result came last.
    pub(super) late: Late,
    /// What units did, by instructions of the passes that are measured.
    pub(super) work: Vec<Work>,
    /// When the measured passes began and ended, in slots: cycles times width.
    pub(super) measured: (u32, u32),
}

/// How many passes are run before those that are measured, and how many are measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passes {
    pub(super) before: usize,
    pub(super) measured: usize,
}
