//! The front end of an out-of-order core alone: when instructions are dispatched if nothing ever waits behind it.
//!
//! The rules are those of [`super::out_of_order`]: an instruction enters as a whole unless it takes more than a
//! cycle has, and of µops that only some units can take so many go in a cycle.

use super::step::Step;
use super::{Core, Group};
use crate::isa::Inst;

/// What of a cycle's dispatch is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Front {
    cycle: u32,
    used: u32,
    counts: [u8; 16],
}

/// Instructions as the front end sees them.
pub(crate) struct Entries<'a> {
    width: u32,
    groups: &'a [Group],
    entries: Vec<Entry>,
}

struct Entry {
    slots: u32,
    /// For every slot the groups of whose µops it is one, as bits.
    counted: Vec<u16>,
}

impl<'a> Entries<'a> {
    /// The instructions of a loop's body, and its branch behind them; every rule of the dispatch counts.
    pub(crate) fn new(core: &'a Core, insts: &[Inst]) -> Entries<'a> {
        // As many as the model counts.
        let groups = &core.groups[..core.groups.len().min(16)];
        let counted = |units: u16| {
            let of = |group: &Group| units != 0 && units & !group.units == 0;
            groups.iter().enumerate().fold(0, |set, (n, group)| set | u16::from(of(group)) << n)
        };
        let entry = |step: Step| Entry {
            slots: step.slots,
            counted: step.dispatched.iter().map(|&units| counted(units)).collect(),
        };
        let entries = Step::all(core, insts, None).into_iter().map(entry).collect();
        Entries { width: core.width.into(), groups, entries }
    }

    /// The front end after instruction `at`, and the slots that it leaves empty before or within it.
    pub(crate) fn enter(&self, front: Front, at: usize) -> (Front, u32) {
        let entry = &self.entries[at];
        let mut to = front;
        if to.used + entry.slots.min(self.width) > self.width {
            to.next_cycle();
        }
        for &counted in &entry.counted {
            let is_full = |to: &Front| {
                let full = |n: usize| counted >> n & 1 == 1 && u32::from(to.counts[n]) >= self.groups[n].most;
                to.used == self.width || counted != 0 && (0..self.groups.len()).any(full)
            };
            if is_full(&to) {
                to.next_cycle();
            }
            for (n, count) in to.counts.iter_mut().enumerate() {
                *count += (counted >> n & 1) as u8;
            }
            to.used += 1;
        }
        let slots = |front: Front| front.cycle * self.width + front.used;
        (to, slots(to) - slots(front) - entry.slots)
    }

    /// The front end at the beginning of its next cycle.
    pub(crate) fn next_cycle(&self, mut front: Front) -> Front {
        front.next_cycle();
        front
    }

    /// Cycles of a pass in this order, with the branch behind it, in the steady state.
    pub(crate) fn cycles(&self, order: &[usize]) -> f64 {
        const PASSES: u32 = 3;
        let pass = |front: Front| {
            let all = order.iter().copied().chain([self.entries.len() - 1]);
            all.fold(front, |front, at| self.enter(front, at).0)
        };
        let first = pass(Front::default());
        let last = (0..PASSES).fold(first, |front, _| pass(front));
        f64::from(last.cycle - first.cycle) / f64::from(PASSES)
    }
}

impl Front {
    /// Whether nothing of this cycle is taken.
    pub(crate) fn is_empty(self) -> bool {
        self.used == 0
    }

    fn next_cycle(&mut self) {
        *self = Front { cycle: self.cycle + 1, ..Front::default() };
    }
}
