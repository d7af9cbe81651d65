//! List scheduling: cycle by cycle, the most urgent instructions whose operands are there and whose
//! units are free, as long as registers last.

use super::dependence::Dependences;
use crate::core::{Core, Entries, Front, Kind};
use crate::isa::{self, Inst, Reg, Unit};
use crate::liveness::RegSet;
use crate::program::{Block, RegInfo};

const VECTOR_REGISTERS: usize = isa::VECTOR_REGISTERS as usize;

/// How far instructions may be moved forward, in instructions; smaller where registers run out.
/// The last is the order as written, which the planner's budget vouches for.
const WINDOWS: [usize; 6] = [64, 40, 24, 12, 6, 1];

/// The instructions of `block` in a good order.
pub(super) fn order(block: &Block, live_out: &RegSet, regs: &[RegInfo], core: &Core) -> Vec<Inst> {
    let deps = Dependences::of(&block.insts, core);
    let heights = heights(&deps);
    WINDOWS
        .iter()
        .find_map(|&window| List::new(block, live_out, regs, core, &deps, &heights).run(window))
        .unwrap_or_else(|| block.insts.clone())
}

/// Orders of a block that fill the dispatch of a core, every rule of it counted.
pub(super) struct Filling<'a> {
    block: &'a Block,
    live_out: &'a RegSet,
    regs: &'a [RegInfo],
    core: &'a Core,
    deps: Dependences,
    entries: Entries<'a>,
}

impl<'a> Filling<'a> {
    pub(super) fn new(block: &'a Block, live_out: &'a RegSet, regs: &'a [RegInfo], core: &'a Core) -> Self {
        let deps = Dependences::of(&block.insts, core);
        Filling { block, live_out, regs, core, deps, entries: Entries::new(core, &block.insts) }
    }

    /// The order in which instructions are moved forward by up to `window` places, and loads stand `ahead` places
    /// before what needs them; none if registers do not last.
    pub(super) fn order(&self, window: usize, ahead: usize) -> Option<Vec<usize>> {
        let list = List::new(self.block, self.live_out, self.regs, self.core, &self.deps, &[]);
        list.fill(&self.entries, &places(&self.block.insts, &self.deps, ahead), window)
    }

    /// Cycles that the dispatch of a pass in this order takes if nothing waits.
    pub(super) fn cycles(&self, order: &[usize]) -> f64 {
        self.entries.cycles(order)
    }
}

/// For every instruction the cycles from its issue to the end of the longest chain after it.
fn heights(deps: &Dependences) -> Vec<u32> {
    let mut heights = vec![0; deps.after.len()];
    for at in (0..heights.len()).rev() {
        heights[at] = deps.after[at].iter().map(|&(to, latency)| heights[to] + latency).max().unwrap_or(0);
    }
    heights
}

struct List<'a> {
    insts: &'a [Inst],
    core: &'a Core,
    deps: &'a Dependences,
    heights: &'a [u32],
    live_out: &'a RegSet,
    /// Dependences that are still open.
    open: Vec<usize>,
    /// The first cycle in which operands are there.
    ready: Vec<u32>,
    done: Vec<bool>,
    live: Live,
    /// For every vector register the instructions that read it.
    reads: Vec<Vec<usize>>,
}

/// Vector registers that hold something, and how many reads of it are to come.
struct Live {
    reads_left: Vec<Option<usize>>,
    count: usize,
}

impl Live {
    fn get(&self, reg: Reg) -> Option<usize> {
        self.reads_left[usize::from(reg.0)]
    }

    fn insert(&mut self, reg: Reg, reads_left: usize) {
        let old = self.reads_left[usize::from(reg.0)].replace(reads_left);
        self.count += usize::from(old.is_none());
    }

    fn remove(&mut self, reg: Reg) {
        let old = self.reads_left[usize::from(reg.0)].take();
        self.count -= usize::from(old.is_some());
    }
}

impl<'a> List<'a> {
    fn new(
        block: &'a Block,
        live_out: &'a RegSet,
        regs: &[RegInfo],
        core: &'a Core,
        deps: &'a Dependences,
        heights: &'a [u32],
    ) -> Self {
        let insts = &block.insts;
        let mut reads: Vec<Vec<usize>> = vec![Vec::new(); regs.len()];
        let mut written = RegSet::new(regs.len());
        let mut at_start = live_out.clone();
        for (at, inst) in insts.iter().enumerate() {
            for (_, reg) in inst.reads().filter(|(unit, _)| *unit == Unit::V) {
                reads[usize::from(reg.0)].push(at);
                if !written.contains(reg) {
                    at_start.insert(reg);
                }
            }
            for (unit, reg) in inst.writes() {
                // Live at the end but made here: not live at the beginning.
                if unit == Unit::V && !written.contains(reg) && reads[usize::from(reg.0)].is_empty() {
                    at_start.remove(reg);
                }
                written.insert(reg);
            }
        }
        let mut live = Live { reads_left: vec![None; regs.len()], count: 0 };
        for reg in at_start.iter().filter(|r| regs[usize::from(r.0)].unit == Unit::V) {
            live.insert(reg, reads[usize::from(reg.0)].len());
        }
        List {
            insts,
            core,
            deps,
            heights,
            live_out,
            open: deps.before.clone(),
            ready: vec![0; insts.len()],
            done: vec![false; insts.len()],
            live,
            reads,
        }
    }

    fn run(mut self, window: usize) -> Option<Vec<Inst>> {
        let mut out = Vec::with_capacity(self.insts.len());
        let mut first = 0;
        let mut cycle = 0;
        let mut busy: Vec<u16> = Vec::new();
        let mut slots = 0;
        let width = u32::from(self.core.width);
        while out.len() < self.insts.len() {
            while self.done[first] {
                first += 1;
            }
            let last = (first + window).min(self.insts.len());
            let candidates = (first..last).filter(|&at| !self.done[at] && self.open[at] == 0);
            // The most urgent; of equals, the first.
            let mut best: Option<(usize, u32)> = None;
            for at in candidates {
                let urgency = self.urgency(at);
                if best.is_none_or(|(_, most)| urgency > most)
                    && self.ready[at] <= cycle
                    && self.units_free(at, cycle, slots, width, &mut busy)
                    && self.registers_last(at)
                {
                    best = Some((at, urgency));
                    if self.core.kind == Kind::OutOfOrder {
                        break;
                    }
                }
            }
            match best {
                Some((at, _)) => {
                    slots += self.issue(at, cycle, &mut busy);
                    out.push(self.insts[at]);
                    if slots >= width {
                        (cycle, slots) = (cycle + slots / width, slots % width);
                    }
                }
                None => {
                    let mut candidates = (first..last).filter(|&at| !self.done[at] && self.open[at] == 0);
                    if !candidates.any(|at| self.registers_last(at)) {
                        return None;
                    }
                    (cycle, slots) = (cycle + 1, 0);
                }
            }
        }
        Some(out)
    }

    /// An out-of-order core sorts out latencies itself and wants its units fed evenly: there the
    /// order as written counts, unless a unit would idle.
    fn urgency(&self, at: usize) -> u32 {
        match self.core.kind {
            Kind::InOrder => self.heights[at],
            Kind::OutOfOrder => 0,
        }
    }

    fn units_free(&self, at: usize, cycle: u32, slots: u32, width: u32, busy: &mut Vec<u16>) -> bool {
        let cost = self.core.cost(self.insts[at].class());
        if slots + u32::from(cost.slots) > width && slots > 0 {
            return false;
        }
        let mut claimed = 0u16;
        cost.uops.iter().all(|uop| {
            let end = cycle as usize + usize::from(uop.busy);
            if busy.len() < end {
                busy.resize(end + 16, 0);
            }
            let open = uop.units & !busy[cycle as usize..end].iter().fold(0, |used, b| used | b);
            // A second µop for the only unit waits for the first.
            if let Some(unit) = last_of(open & !claimed) {
                claimed |= unit;
            }
            open != 0
        })
    }

    fn registers_last(&self, at: usize) -> bool {
        let inst = &self.insts[at];
        let is_new = |(unit, reg): &(Unit, Reg)| *unit == Unit::V && self.live.get(*reg).is_none();
        let room = VECTOR_REGISTERS.saturating_sub(self.live.count);
        let new = inst.writes().filter(is_new).count();
        new <= room || self.live.count + new <= VECTOR_REGISTERS + self.freed(inst)
    }

    /// Registers that `inst` reads for the last time.
    fn freed(&self, inst: &Inst) -> usize {
        let mut freed = 0;
        let regs = inst.regs();
        for (n, (slot, reg)) in inst.row().slots.iter().zip(regs).enumerate() {
            let first = !regs[..n].contains(reg);
            if first && slot.unit == Unit::V && slot.role.reads() && !self.live_out.contains(*reg) {
                let times = inst.reads().filter(|(_, r)| r == reg).count();
                freed += usize::from(self.live.get(*reg) == Some(times));
            }
        }
        freed
    }

    /// Issues an instruction; returns its slots.
    fn issue(&mut self, at: usize, cycle: u32, busy: &mut Vec<u16>) -> u32 {
        let inst = &self.insts[at];
        let cost = self.core.cost(inst.class());
        for uop in &cost.uops {
            // Later only where another µop of this instruction has the last unit.
            for start in cycle as usize.. {
                let range = start..start + usize::from(uop.busy);
                if busy.len() < range.end {
                    busy.resize(range.end + 16, 0);
                }
                let used = busy[range.clone()].iter().fold(0, |used, b| used | b);
                if let Some(unit) = last_of(uop.units & !used) {
                    busy[range].iter_mut().for_each(|b| *b |= unit);
                    break;
                }
            }
        }
        self.settle(at, cycle);
        u32::from(cost.slots)
    }

    /// What an instruction in `cycle` opens to others, and what it does to registers.
    fn settle(&mut self, at: usize, cycle: u32) {
        let inst = &self.insts[at];
        self.done[at] = true;
        for &(to, latency) in &self.deps.after[at] {
            self.open[to] -= 1;
            self.ready[to] = self.ready[to].max(cycle + latency);
        }
        for (_, reg) in inst.reads().filter(|(unit, _)| *unit == Unit::V) {
            match self.live.get(reg) {
                Some(1) if !self.live_out.contains(reg) => self.live.remove(reg),
                Some(left) => self.live.insert(reg, left - 1),
                None => {}
            }
        }
        for (_, reg) in inst.writes().filter(|(unit, _)| *unit == Unit::V) {
            // Reads of the new value are those of later instructions.
            let left = self.reads[usize::from(reg.0)].iter().filter(|&&r| !self.done[r]).count();
            if left > 0 || self.live_out.contains(reg) {
                self.live.insert(reg, left);
            } else {
                self.live.remove(reg);
            }
        }
    }

    /// The order that fills the front end cycle by cycle: of what goes into a cycle without leaving a slot empty, the
    /// first by its place.
    fn fill(mut self, entries: &Entries<'_>, places: &[usize], window: usize) -> Option<Vec<usize>> {
        let mut out = Vec::with_capacity(self.insts.len());
        let mut front = Front::default();
        let mut left: Vec<usize> = (0..self.insts.len()).collect();
        left.sort_by_key(|&at| places[at]);
        while let Some(&first) = left.first() {
            let mut candidates =
                left.iter().enumerate().take_while(|&(_, &at)| places[at] <= places[first] + window);
            let mut any = false;
            let next = candidates.find_map(|(n, &at)| {
                if self.open[at] > 0 || !self.registers_last(at) {
                    return None;
                }
                any = true;
                let (after, lost) = entries.enter(front, at);
                (lost == 0 || front.is_empty()).then_some((n, after))
            });
            match next {
                Some((n, after)) => {
                    let at = left.remove(n);
                    self.settle(at, 0);
                    out.push(at);
                    front = after;
                }
                None if any => front = entries.next_cycle(front),
                None => return None,
            }
        }
        Some(out)
    }
}

/// Where instructions stand that are to be ordered by need: loads `ahead` instructions before what needs them
/// first, the others as they are written.
fn places(insts: &[Inst], deps: &Dependences, ahead: usize) -> Vec<usize> {
    let mut places: Vec<usize> = (0..insts.len()).map(|at| at + ahead).collect();
    for at in (0..places.len()).rev().filter(|&at| insts[at].class().is_load()) {
        let needed = deps.after[at].iter().map(|&(to, _)| places[to]).min();
        places[at] = needed.map_or(places[at], |place| place.saturating_sub(ahead));
    }
    places
}

/// The last unit of a set, as a set.
fn last_of(units: u16) -> Option<u16> {
    units.checked_ilog2().map(|unit| 1 << unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::simulate;
    use crate::schedule::{schedule, verify};

    /// Two µops of an instruction may need the same unit: a table may say so, and a pair of loads does.
    #[test]
    fn a_second_micro_operation_for_the_only_unit_waits_for_the_first() {
        let table = include_str!("../../cores/cortex-a72.toml");
        let (one, two) =
            ("[class.load-pair-q]\nuops = [[\"L\"]]", "[class.load-pair-q]\nuops = [[\"L\"], [\"L\"]]");
        assert!(table.contains(one));
        let core = Core::from_toml(&table.replace(one, two)).unwrap();
        let kernel = crate::compile_name("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        let scheduled = schedule(kernel.lowered(), &core);
        verify(kernel.lowered(), &scheduled).unwrap();
        let insts = &scheduled.steady().insts;
        assert_eq!(insts.iter().filter(|inst| inst.class() == crate::isa::Class::LoadPairQ).count(), 4);
        let cycles = simulate(&core, insts, None).cycles;
        assert!(
            cycles >= 4.0 * 2.0 * 2.0 + 8.0,
            "four pairs keep the unit for twice two cycles each: {cycles}"
        );
    }
}
