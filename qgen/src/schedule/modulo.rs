//! Modulo scheduling: a cycle for every instruction of a pass, so that a pass can begin every
//! *interval* while the one before is still under way.
//!
//! The cycle modulo the interval is a row of a [`Table`] in which units and slots are taken once.
//! Placement goes backwards, from the end of a pass: a result is made as late as its first use
//! allows, so that registers are held for a short time. Two intervals are enough for a pass, because
//! it is much longer than any latency.
//!
//! No register is renamed: that the next pass does not write what this one still reads is a dependence
//! like any other. Where lifetimes are longer than a pass, the planner's unrolling has made as many
//! registers as they need.

use super::dependence::Dependences;
use super::table::Table;
use crate::core::Core;
use crate::isa::{Class, Inst, Reg, Role, Unit};
use crate::liveness::RegSet;
use crate::program::RegInfo;

/// A way to place a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Instruction by instruction, in the reverse of the order as lowered.
    InReverse,
    /// Cycle by cycle: in each, what is most urgent of what fits.
    ByCycle,
    /// The same, with the cycles of instructions that issue alone (wide loads, in order) spread evenly,
    /// beginning with this one.
    Spread(u32),
}

/// The body of a loop, and what is known of it.
pub(super) struct Pass<'a> {
    pub(super) core: &'a Core,
    pub(super) insts: &'a [Inst],
    facts: Vec<Facts>,
    /// For every register, whether it is a vector register that is live behind the loop or from one pass to the
    /// next: sums.
    kept: Vec<bool>,
    /// For every instruction those that depend on it, and those that it depends on.
    after: Vec<Vec<Edge>>,
    before: Vec<Vec<Edge>>,
}

/// What placement asks of an instruction again and again: found once, because expanding a macro must not
/// take long even where nothing is optimised.
struct Facts {
    class: Class,
    /// Vector registers by number: read; written; and written without being read.
    reads: Vec<usize>,
    writes: Vec<usize>,
    makes: Vec<usize>,
    /// Whether it has to do with pointers and counters only: it changes them, or asks for a line.
    scalar: bool,
    /// Whether it counts the passes.
    counts: bool,
    /// Whether it changes a register that is live from pass to pass.
    sums: bool,
    alone: bool,
}

/// A dependence, seen from one of its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) other: usize,
    pub(super) latency: i64,
    /// 0 within a pass, 1 from a pass to the next.
    pub(super) passes: i64,
}

impl<'a> Pass<'a> {
    pub(super) fn new(
        core: &'a Core,
        insts: &'a [Inst],
        counter: Reg,
        live_out: &RegSet,
        regs: &[RegInfo],
    ) -> Self {
        let count = insts.len();
        let twice = [insts, insts].concat();
        let deps = Dependences::of(&twice, core);
        let (mut after, mut before) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for (from, edges) in deps.after.iter().take(count).enumerate() {
            for &(to, latency) in edges {
                let (to, passes) = if to < count { (to, 0) } else { (to - count, 1) };
                let edge = |other| Edge { other, latency: latency.into(), passes };
                after[from].push(edge(to));
                before[to].push(edge(from));
            }
        }
        let mut kept = vec![false; regs.len()];
        for reg in live_out.iter() {
            kept[usize::from(reg.0)] = regs[usize::from(reg.0)].unit == Unit::V;
        }
        let number = |reg: Reg| usize::from(reg.0);
        let facts = |inst: &Inst| {
            let vectors = |wanted: fn(Role) -> bool| -> Vec<usize> {
                let slots = inst.row().slots.iter().zip(inst.regs());
                let wanted = slots.filter(|(slot, _)| slot.unit == Unit::V && wanted(slot.role));
                wanted.map(|(_, &reg)| number(reg)).collect()
            };
            let writes = vectors(Role::writes);
            Facts {
                class: inst.class(),
                reads: vectors(Role::reads),
                makes: vectors(|role| role == Role::Out),
                scalar: inst.row().slots.iter().all(|slot| slot.unit == Unit::X),
                counts: inst.writes().any(|written| written == (Unit::X, counter)),
                sums: writes.iter().any(|&reg| kept[reg]),
                writes,
                alone: core.cost(inst.class()).slots >= core.width,
            }
        };
        let facts = insts.iter().map(facts).collect();
        Pass { core, insts, facts, kept, after, before }
    }

    /// How many instructions take a cycle of the core for themselves.
    pub(super) fn alone(&self) -> u32 {
        self.facts.iter().filter(|facts| facts.alone).count() as u32
    }

    /// Whether an instruction counts the passes.
    pub(super) fn counts(&self, at: usize) -> bool {
        self.facts[at].counts
    }

    /// The cycles of a pass with `interval` cycles from pass to pass and not much more than `registers` vector
    /// registers, below two intervals; none if this manner finds none.
    pub(super) fn place(&self, interval: u32, registers: usize, manner: Manner) -> Option<Vec<i64>> {
        let mut placement = Placement::new(self, interval, registers);
        match manner {
            Manner::InReverse => {
                for at in (0..self.insts.len()).rev().filter(|&at| !self.is_scalar(at)) {
                    placement.as_late_as_possible(at)?;
                }
            }
            Manner::ByCycle => placement.cycle_by_cycle()?,
            Manner::Spread(first) => {
                let alone = self.alone();
                let before = |row: u32| (row + first) * alone / interval;
                let is_alone: Vec<bool> = (0..interval).map(|row| before(row) != before(row + 1)).collect();
                placement.alone = Some(is_alone);
                placement.cycle_by_cycle()?;
            }
        }
        // Pointers, counters and requests for lines go where the others leave room.
        for at in (0..self.insts.len()).rev().filter(|&at| self.is_scalar(at)) {
            placement.as_late_as_possible(at)?;
        }
        placement.cycles.into_iter().collect()
    }

    fn is_scalar(&self, at: usize) -> bool {
        self.facts[at].scalar
    }

    /// Vector registers that hold something at once, at most, when instructions in this order are a loop's
    /// body.
    pub(super) fn most_live(&self, order: &[usize]) -> usize {
        let mut live = self.kept.clone();
        let mut count = live.iter().filter(|&&live| live).count();
        let mut most = count;
        // What the next pass needs is known after one round.
        for &at in order.iter().rev().chain(order.iter().rev()) {
            for &reg in &self.facts[at].writes {
                most = most.max(count + usize::from(!live[reg]));
                count -= usize::from(live[reg]);
                live[reg] = false;
            }
            for &reg in &self.facts[at].reads {
                count += usize::from(!live[reg]);
                live[reg] = true;
            }
            most = most.max(count);
        }
        most
    }

    /// The least interval that dependences from pass to pass allow, and the instruction through whose
    /// result the longest of them goes: for every edge to the next pass, the longest way back to where
    /// it began. Of `pointers` alone, or of all registers.
    pub(super) fn recurrence(&self, pointers: bool) -> (i64, Option<usize>) {
        let count = self.insts.len();
        let mut longest = (0, None);
        for (from, edges) in self.after.iter().enumerate() {
            if pointers && self.insts[from].writes().all(|(unit, _)| unit == Unit::V) {
                continue;
            }
            for edge in edges.iter().filter(|e| e.passes == 1 && e.other <= from) {
                let mut far: Vec<Option<i64>> = vec![None; count];
                far[edge.other] = Some(edge.latency);
                for at in edge.other..from {
                    let Some(here) = far[at] else { continue };
                    for next in self.after[at].iter().filter(|e| e.passes == 0) {
                        let there = &mut far[next.other];
                        *there = (*there).max(Some(here + next.latency));
                    }
                }
                if let Some(cycles) = far[from].filter(|&cycles| cycles > longest.0) {
                    longest = (cycles, Some(from));
                }
            }
        }
        longest
    }
}

/// A pass, partly placed.
struct Placement<'p> {
    pass: &'p Pass<'p>,
    ii: i64,
    registers: usize,
    table: Table<'p>,
    /// The cycles of the interval that are for what issues alone, if it is spread.
    alone: Option<Vec<bool>>,
    cycles: Vec<Option<i64>>,
    /// Later instructions of the same pass, pointers and counters aside, that have no cycle yet.
    open: Vec<usize>,
    /// What may be placed cycle by cycle, the last first.
    ready: Vec<usize>,
    /// For every vector register that an instruction with a cycle reads, and none with a cycle makes,
    /// the cycle of its last use.
    waiting: Vec<Option<i64>>,
    /// How many are waiting; and how many were, at most, in each cycle.
    count: usize,
    counts: Vec<usize>,
}

impl<'p> Placement<'p> {
    fn new(pass: &'p Pass<'p>, interval: u32, registers: usize) -> Self {
        let mut open = vec![0; pass.insts.len()];
        for (at, edges) in pass.after.iter().enumerate() {
            open[at] = edges.iter().filter(|e| e.passes == 0 && !pass.is_scalar(e.other)).count();
        }
        let ready = (0..open.len()).rev().filter(|&at| open[at] == 0 && !pass.is_scalar(at)).collect();
        let kept = pass.kept.iter().filter(|&&kept| kept).count();
        Placement {
            pass,
            ii: interval.into(),
            registers: registers.saturating_sub(kept),
            table: Table::new(pass.core, interval),
            alone: None,
            cycles: vec![None; pass.insts.len()],
            open,
            ready,
            waiting: vec![None; pass.kept.len()],
            count: 0,
            counts: vec![0; 2 * interval as usize],
        }
    }

    /// The cycles that what is placed leaves to an instruction.
    fn window(&self, at: usize) -> (i64, i64) {
        let (pass, ii) = (self.pass, self.ii);
        let facts = &pass.facts[at];
        // Sums are not touched ahead of their pass; the counter is always counted ahead, so that it is 0
        // before the last pass.
        let mut earliest = if facts.sums { ii } else { 0 };
        let mut latest = if facts.counts { ii - 1 } else { 2 * ii - 1 };
        for edge in &pass.after[at] {
            if edge.other == at {
                // Longer than the interval: no cycle will do.
                latest = if edge.latency > ii { -1 } else { latest };
            } else if let Some(to) = self.cycles[edge.other] {
                latest = latest.min(to + edge.passes * ii - edge.latency);
            }
        }
        for edge in &pass.before[at] {
            if edge.other != at
                && let Some(from) = self.cycles[edge.other]
            {
                earliest = earliest.max(from + edge.latency - edge.passes * ii);
            }
        }
        (earliest, latest)
    }

    fn fits(&self, at: usize, cycle: i64) -> bool {
        self.table.is_free((cycle % self.ii) as usize, self.pass.facts[at].class)
    }

    fn as_late_as_possible(&mut self, at: usize) -> Option<()> {
        let (earliest, latest) = self.window(at);
        // Earlier ones are the same rows again.
        let earliest = earliest.max(latest - self.ii + 1).max(0);
        let cycle = (earliest..=latest).rev().find(|&cycle| self.fits(at, cycle))?;
        self.take(at, cycle);
        Some(())
    }

    fn cycle_by_cycle(&mut self) -> Option<()> {
        let mut cycle = 2 * self.ii - 1;
        while !self.ready.is_empty() {
            match self.most_urgent(cycle)? {
                Some(at) => self.take(at, cycle),
                None if cycle == 0 => return None,
                None => {
                    cycle -= 1;
                    self.counts[cycle as usize] = self.count;
                }
            }
        }
        Some(())
    }

    /// What to place in `cycle`, if anything; none if something has missed its last chance.
    fn most_urgent(&self, cycle: i64) -> Option<Option<usize>> {
        let mut best: Option<(usize, (bool, i64, i64))> = None;
        // Most of what is ready is of one class.
        let mut last = (Class::Branch, false);
        for &at in &self.ready {
            let facts = &self.pass.facts[at];
            if let Some(alone) = &self.alone
                && alone[(cycle % self.ii) as usize] != facts.alone
            {
                continue;
            }
            if last.0 != facts.class {
                last = (facts.class, self.fits(at, cycle));
            }
            if !last.1 {
                continue;
            }
            let (earliest, latest) = self.window(at);
            if cycle < earliest {
                return None;
            }
            if cycle > latest {
                continue;
            }
            let Some((opened, oldest)) = self.operands(facts, cycle) else { continue };
            // What makes a value that waits for it, the latest use first; else what makes the fewest
            // values wait, and of these the one whose operand waits since the latest use.
            let mut made = None;
            for &reg in &facts.writes {
                made = made.max(self.waiting[reg]);
            }
            let rank = match made {
                Some(since) => (true, since, 0),
                None => (false, -(opened as i64), oldest),
            };
            if best.as_ref().is_none_or(|(_, most)| rank > *most) {
                best = Some((at, rank));
            }
        }
        Some(best.map(|(at, _)| at))
    }

    /// How many registers begin to wait with an instruction in `cycle`, and the latest use of one that waits
    /// already; none if there are not as many.
    fn operands(&self, facts: &Facts, cycle: i64) -> Option<(usize, i64)> {
        let (mut opened, mut closed, mut oldest) = (0, 0, 0);
        for &reg in &facts.reads {
            match self.waiting[reg] {
                Some(since) => oldest = oldest.max(since),
                None => opened += usize::from(!self.pass.kept[reg]),
            }
        }
        for &reg in &facts.makes {
            closed += usize::from(self.waiting[reg].is_some());
        }
        // The end of the pass before is still under way.
        let beside = self.counts.get((cycle + self.ii) as usize).copied().unwrap_or(0);
        let fits = opened == 0 || self.count + opened + beside <= self.registers + closed;
        fits.then_some((opened, oldest))
    }

    fn take(&mut self, at: usize, cycle: i64) {
        let pass = self.pass;
        let facts = &pass.facts[at];
        self.table.take((cycle % self.ii) as usize, facts.class);
        self.cycles[at] = Some(cycle);
        self.ready.retain(|&ready| ready != at);
        if pass.is_scalar(at) {
            return;
        }
        for edge in pass.before[at].iter().filter(|e| e.passes == 0) {
            self.open[edge.other] -= 1;
            if self.open[edge.other] == 0 && !pass.is_scalar(edge.other) {
                let place = self.ready.partition_point(|&ready| ready > edge.other);
                self.ready.insert(place, edge.other);
            }
        }
        for &reg in &facts.writes {
            self.count -= usize::from(self.waiting[reg].take().is_some());
        }
        for &reg in &facts.reads {
            if !pass.kept[reg] && self.waiting[reg].is_none() {
                self.waiting[reg] = Some(cycle);
                self.count += 1;
            }
        }
        let most = &mut self.counts[cycle as usize];
        *most = (*most).max(self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Kind;
    use crate::liveness::at_block_ends;
    use crate::program::BlockRole;

    /// Nothing issues before its operands are there, in this pass or from the one before, and a pass's
    /// vector work has a cycle each.
    #[test]
    fn placements_keep_every_dependence() {
        let mut placed = 0;
        for name in [
            "qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a53",
            "qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a53",
            "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
        ] {
            let kernel = crate::compile_name(name).unwrap();
            let (lowered, core) = (kernel.lowered(), kernel.core());
            let mut ends = None;
            at_block_ends(lowered, &mut |block, live| {
                if block.role == BlockRole::Steady {
                    ends = Some(live.clone());
                }
            });
            let insts = &lowered.steady().insts;
            let counter = insts.iter().rfind(|inst| inst.class() == Class::IntAlu).unwrap().regs()[0];
            let pass = Pass::new(core, insts, counter, &ends.unwrap(), &lowered.stage.regs);
            let least = kernel.bound().cycles.ceil() as u32;
            for (interval, manner) in (least..least + 6).flat_map(|interval| {
                [Manner::InReverse, Manner::ByCycle, Manner::Spread(2), Manner::Spread(4)]
                    .map(|m| (interval, m))
            }) {
                let Some(cycles) = pass.place(interval, 32, manner) else { continue };
                placed += 1;
                for (from, edges) in pass.after.iter().enumerate() {
                    for edge in edges {
                        let to = cycles[edge.other] + edge.passes * i64::from(interval);
                        assert!(to >= cycles[from] + edge.latency, "{name}, {manner:?}: {from} {edge:?}");
                    }
                }
                if core.kind == Kind::InOrder {
                    let vector = insts.iter().zip(&cycles).filter(|(inst, _)| inst.class().is_vector());
                    let mut rows: Vec<i64> = vector.map(|(_, cycle)| cycle % i64::from(interval)).collect();
                    let count = rows.len();
                    rows.sort_unstable();
                    rows.dedup();
                    assert_eq!(rows.len(), count, "{name}: two vector instructions in a cycle");
                }
            }
        }
        assert!(placed > 6, "{placed}");
    }
}
