//! List scheduling: cycle by cycle, the most urgent instructions whose operands are there and whose
//! units are free, as long as registers last.

use super::dependence::Dependences;
use crate::core::{Core, Kind};
use crate::isa::{Inst, Reg, Unit};
use crate::liveness::RegSet;
use crate::program::{Block, RegInfo};
use std::collections::HashMap;

const VECTOR_REGISTERS: usize = 32;

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
    /// Vector registers that hold something, and how many reads of it are to come.
    live: HashMap<Reg, usize>,
    reads: HashMap<Reg, Vec<usize>>,
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
        let mut reads: HashMap<Reg, Vec<usize>> = HashMap::new();
        let mut written = RegSet::new(regs.len());
        let mut live = HashMap::new();
        for reg in live_out.iter().filter(|r| regs[usize::from(r.0)].unit == Unit::V) {
            live.insert(reg, 0);
        }
        for (at, inst) in insts.iter().enumerate() {
            for (_, reg) in inst.reads().filter(|(unit, _)| *unit == Unit::V) {
                reads.entry(reg).or_default().push(at);
                if !written.contains(reg) {
                    live.insert(reg, 0);
                }
            }
            for (unit, reg) in inst.writes() {
                // Live at the end but made here: not live at the beginning.
                if unit == Unit::V && !written.contains(reg) && !reads.contains_key(&reg) {
                    live.remove(&reg);
                }
                written.insert(reg);
            }
        }
        for (reg, left) in &mut live {
            *left = reads.get(reg).map_or(0, Vec::len);
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
            let mut best: Option<(usize, (u32, std::cmp::Reverse<usize>))> = None;
            let mut fits_registers = false;
            for at in candidates {
                if !self.registers_last(at) {
                    continue;
                }
                fits_registers = true;
                if self.ready[at] > cycle || !self.units_free(at, cycle, slots, width, &mut busy) {
                    continue;
                }
                let key = (self.urgency(at), std::cmp::Reverse(at));
                if best.is_none_or(|(_, k)| key > k) {
                    best = Some((at, key));
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
                None if !fits_registers => return None,
                None => (cycle, slots) = (cycle + 1, 0),
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
            let used = busy[cycle as usize..end].iter().fold(claimed, |used, b| used | b);
            let open = uop.units & !used;
            if open != 0 {
                claimed |= 1 << (15 - open.leading_zeros());
            }
            open != 0
        })
    }

    fn registers_last(&self, at: usize) -> bool {
        let inst = &self.insts[at];
        let new =
            inst.writes().filter(|(unit, reg)| *unit == Unit::V && !self.live.contains_key(reg)).count();
        if new == 0 {
            return true;
        }
        let freed = self.freed(inst);
        self.live.len() + new <= VECTOR_REGISTERS + freed
    }

    /// Registers that `inst` reads for the last time.
    fn freed(&self, inst: &Inst) -> usize {
        let mut freed = 0;
        let regs = inst.regs();
        for (n, (slot, reg)) in inst.row().slots.iter().zip(regs).enumerate() {
            let first = !regs[..n].contains(reg);
            if first && slot.unit == Unit::V && slot.role.reads() && !self.live_out.contains(*reg) {
                let times = inst.reads().filter(|(_, r)| r == reg).count();
                freed += usize::from(self.live.get(reg) == Some(&times));
            }
        }
        freed
    }

    /// Issues an instruction; returns its slots.
    fn issue(&mut self, at: usize, cycle: u32, busy: &mut [u16]) -> u32 {
        let inst = &self.insts[at];
        let cost = self.core.cost(inst.class());
        for uop in &cost.uops {
            let range = cycle as usize..cycle as usize + usize::from(uop.busy);
            let used = busy[range.clone()].iter().fold(0, |used, b| used | b);
            let open = uop.units & !used;
            for b in &mut busy[range] {
                *b |= 1 << (15 - open.leading_zeros());
            }
        }
        self.done[at] = true;
        for &(to, latency) in &self.deps.after[at] {
            self.open[to] -= 1;
            self.ready[to] = self.ready[to].max(cycle + latency);
        }
        for (unit, reg) in inst.reads() {
            if unit == Unit::V {
                if let Some(left) = self.live.get_mut(&reg) {
                    *left -= 1;
                    if *left == 0 && !self.live_out.contains(reg) {
                        self.live.remove(&reg);
                    }
                }
            }
        }
        for (unit, reg) in inst.writes() {
            if unit == Unit::V {
                // Reads of the new value are those of later instructions.
                let left =
                    self.reads.get(&reg).map_or(0, |all| all.iter().filter(|&&r| !self.done[r]).count());
                if left > 0 || self.live_out.contains(reg) {
                    self.live.insert(reg, left);
                } else {
                    self.live.remove(&reg);
                }
            }
        }
        u32::from(cost.slots)
    }
}
