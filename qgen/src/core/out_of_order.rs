//! Out-of-order issue, cycle by cycle:
//!
//! ```text
//!   in order            out of order                        in order
//!   dispatch ─────────► wait for operands, then for a unit ─► issue ─► complete ──► retire
//!   width, group rules  queue                                unit busy             frees the window
//! ```
//!
//! Registers are renamed without limit: an instruction waits for the last writer of what it reads and for
//! nothing else. Of the µops that are ready the oldest goes first; a µop that has a choice gives way to one
//! that has none in the same cycle.

use super::step::{Cause, Fate, Late, Passes, Run, Step, Work, registers};
use super::{Core, Group};
use crate::isa::Class;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// More than any latency.
const HORIZON: usize = 256;
const NONE: u32 = u32::MAX;

/// Runs the loop.
pub(super) fn run(core: &Core, steps: &[Step], passes: Passes) -> Run {
    let mut pipeline = Pipeline::new(core, steps, passes);
    while pipeline.head < pipeline.count {
        pipeline.retire();
        pipeline.issue();
        pipeline.dispatch();
        pipeline.cycle += 1;
    }
    let width = u32::from(core.width);
    let retired = |at: usize| if at == 0 { 0 } else { pipeline.fates[at - 1].retired };
    let measured = (retired(pipeline.begin) * width, retired(pipeline.end) * width);
    let Pipeline { fates, busy, lost, late, work, .. } = pipeline;
    Run { fates, busy, lost, late, work, measured }
}

struct Pipeline<'a> {
    core: &'a Core,
    groups: Vec<&'a Group>,
    steps: &'a [Step],
    cycle: u32,
    /// Instructions in all, and those that are measured.
    count: usize,
    begin: usize,
    end: usize,
    /// The oldest that is not retired, and the next to be dispatched with its slots that already are.
    head: usize,
    next: usize,
    partly: usize,
    /// Slots of those under way, and instructions that have not issued; the oldest of these.
    under_way: u32,
    waiting: u32,
    oldest_waiting: usize,
    fates: Vec<Fate>,
    /// Producers that have not issued, and µops that have not.
    producers: Vec<u8>,
    uops_left: Vec<u8>,
    /// For every register its last writer, and the delay of the result where it is fixed.
    writer: Vec<(u32, Option<u32>)>,
    /// For every instruction the list of those that wait for it.
    consumers: Vec<u32>,
    edges: Vec<(u32, u32, u32)>,
    /// Instructions by the cycle in which they become ready.
    calendar: Vec<Vec<u32>>,
    /// The kinds of µops, and for each those that are ready, by age.
    kinds: Vec<(u16, u32)>,
    kinds_of: Vec<Vec<usize>>,
    queues: Vec<BinaryHeap<Reverse<u32>>>,
    /// The kinds that find no unit in this cycle.
    blocked: Vec<bool>,
    free_at: [u32; 16],
    busy: Vec<u32>,
    lost: Vec<[u32; 4]>,
    late: Late,
    /// For every instruction the class of the operand that is there last.
    last: Vec<Class>,
    work: Vec<Work>,
}

impl<'a> Pipeline<'a> {
    fn new(core: &'a Core, steps: &'a [Step], passes: Passes) -> Self {
        let count = steps.len() * (passes.before + passes.measured + passes.before);
        let begin = steps.len() * passes.before;
        let mut kinds: Vec<(u16, u32)> = Vec::new();
        let kinds_of = steps.iter().map(|step| {
            let kind = |uop: &super::Uop| {
                let kind = (uop.units, u32::from(uop.busy));
                kinds.iter().position(|k| *k == kind).unwrap_or_else(|| {
                    kinds.push(kind);
                    kinds.len() - 1
                })
            };
            step.uops.iter().map(kind).collect()
        });
        let kinds_of: Vec<Vec<usize>> = kinds_of.collect();
        Pipeline {
            core,
            groups: core.groups.iter().filter(|group| group.applied).collect(),
            steps,
            cycle: 0,
            count,
            begin,
            end: begin + steps.len() * passes.measured,
            head: 0,
            next: 0,
            partly: 0,
            under_way: 0,
            waiting: 0,
            oldest_waiting: 0,
            fates: vec![Fate::default(); count],
            producers: vec![0; count],
            uops_left: (0..count).map(|at| steps[at % steps.len()].uops.len() as u8).collect(),
            writer: vec![(NONE, None); registers(steps)],
            consumers: vec![NONE; count],
            edges: Vec::with_capacity(3 * count),
            calendar: vec![Vec::new(); HORIZON],
            queues: vec![BinaryHeap::new(); kinds.len()],
            blocked: vec![false; kinds.len()],
            kinds,
            kinds_of,
            free_at: [0; 16],
            busy: vec![0; core.units.len()],
            lost: vec![[0; 4]; Class::ALL.len()],
            late: vec![[0; Class::ALL.len()]; Class::ALL.len()],
            last: vec![Class::Branch; count],
            work: Vec::new(),
        }
    }

    fn step(&self, at: usize) -> &'a Step {
        &self.steps[at % self.steps.len()]
    }

    fn is_measured(&self, at: usize) -> bool {
        (self.begin..self.end).contains(&at)
    }

    /// What has finished leaves, in order.
    fn retire(&mut self) {
        while self.head < self.next
            && self.has_issued(self.head)
            && self.fates[self.head].completed <= self.cycle
        {
            self.fates[self.head].retired = self.cycle;
            self.under_way -= self.step(self.head).slots;
            self.head += 1;
        }
    }

    fn has_issued(&self, at: usize) -> bool {
        at < self.next && self.uops_left[at] == 0
    }

    /// The oldest µops that are ready go to free units.
    fn issue(&mut self) {
        let day = self.cycle as usize % HORIZON;
        for &at in &self.calendar[day] {
            for &kind in &self.kinds_of[at as usize % self.steps.len()] {
                self.queues[kind].push(Reverse(at));
            }
        }
        self.calendar[day].clear();
        // What each unit was given in this cycle: kind and instruction.
        let mut given: [Option<(usize, u32)>; 16] = [None; 16];
        self.blocked.fill(false);
        loop {
            let heads = self.queues.iter().enumerate().filter(|&(kind, _)| !self.blocked[kind]);
            let oldest = heads.filter_map(|(kind, q)| Some((q.peek()?.0, kind))).min();
            let Some((at, kind)) = oldest else { break };
            let Some(unit) = self.unit_for(kind, &mut given) else {
                self.blocked[kind] = true;
                continue;
            };
            self.queues[kind].pop();
            let busy = self.kinds[kind].1;
            self.free_at[unit] = self.cycle + busy;
            given[unit] = Some((kind, at));
            let at = at as usize;
            self.uops_left[at] -= 1;
            if self.uops_left[at] == 0 {
                self.issued(at);
            }
        }
        for (unit, given) in given.iter().enumerate() {
            if let Some((kind, at)) = *given {
                self.fates[at as usize].units |= 1 << unit;
                if self.is_measured(at as usize) {
                    let busy = self.kinds[kind].1;
                    self.busy[unit] += busy;
                    self.work.push(Work { at: at as usize, unit, from: self.cycle, busy });
                }
            }
        }
    }

    /// A free unit for a µop of this kind; where there is none, one whose µop can go elsewhere.
    fn unit_for(&mut self, kind: usize, given: &mut [Option<(usize, u32)>; 16]) -> Option<usize> {
        let units = |set: u16| (0..16usize).rev().filter(move |unit| set >> unit & 1 == 1);
        let free = |unit: &usize, free_at: &[u32; 16], cycle| free_at[*unit] <= cycle;
        let wanted = self.kinds[kind].0;
        if let Some(unit) = units(wanted).find(|unit| free(unit, &self.free_at, self.cycle)) {
            return Some(unit);
        }
        for unit in units(wanted) {
            let Some((other, at)) = given[unit] else { continue };
            let elsewhere = units(self.kinds[other].0).find(|unit| free(unit, &self.free_at, self.cycle));
            if let Some(elsewhere) = elsewhere {
                self.free_at[elsewhere] = self.cycle + self.kinds[other].1;
                given[elsewhere] = Some((other, at));
                return Some(unit);
            }
        }
        None
    }

    /// The last µop of an instruction has issued: its results can be waited for.
    fn issued(&mut self, at: usize) {
        let completed = self.cycle + self.step(at).latency;
        let fate = &mut self.fates[at];
        (fate.issued, fate.completed) = (self.cycle, completed);
        self.waiting -= 1;
        let mut edge = self.consumers[at];
        while edge != NONE {
            let (consumer, delay, next) = self.edges[edge as usize];
            let consumer = consumer as usize;
            self.operand(consumer, self.cycle + delay, at);
            self.producers[consumer] -= 1;
            if self.producers[consumer] == 0 {
                let ready = self.fates[consumer].ready.max(self.cycle + 1);
                self.calendar[ready as usize % HORIZON].push(consumer as u32);
            }
            edge = next;
        }
    }

    /// An operand of `at`, the result of `writer`, is there at `cycle`.
    fn operand(&mut self, at: usize, cycle: u32, writer: usize) {
        if cycle > self.fates[at].ready {
            self.fates[at].ready = cycle;
            self.last[at] = self.step(writer).class;
        }
    }

    /// Takes instructions in order, slot by slot, as far as width, rules, window and queue allow.
    fn dispatch(&mut self) {
        let width = u32::from(self.core.width);
        let mut counts = [0u32; 16];
        let mut used = 0;
        let cause = loop {
            if self.next == self.count {
                return;
            }
            let step = self.step(self.next);
            if self.partly == 0 {
                let full = self.under_way + step.slots > u32::from(self.core.window)
                    || self.core.queue.is_some_and(|queue| self.waiting >= u32::from(queue));
                if full {
                    break Some(self.why_full());
                }
                // Whole, unless it takes more than a cycle has; llvm-mca has the same rule.
                if used + step.slots.min(width) > width {
                    break (used < width).then_some(Cause::Slots);
                }
            }
            let mut refused = None;
            while self.partly < step.dispatched.len() {
                if used == width {
                    refused = Some(None);
                    break;
                }
                let units = step.dispatched[self.partly];
                let counted = |group: &Group| units != 0 && units & !group.units == 0;
                let groups = &self.groups;
                if groups.iter().zip(&counts).any(|(group, &count)| counted(group) && count >= group.most) {
                    refused = Some(Some(Cause::Slots));
                    break;
                }
                for (group, count) in groups.iter().zip(&mut counts) {
                    *count += u32::from(counted(group));
                }
                used += 1;
                self.partly += 1;
            }
            match refused {
                Some(cause) => break cause,
                None => self.enter(step),
            }
        };
        if let (Some(cause), true) = (cause, self.is_measured(self.next)) {
            let class = match cause {
                Cause::Operands | Cause::Units => self.step(self.oldest_waiting).class,
                Cause::Slots | Cause::Window => self.step(self.next).class,
            };
            self.lost[class as usize][cause as usize] += width - used;
            if cause == Cause::Operands {
                // All that is older has issued, its operands' producers too.
                self.late[class as usize][self.last[self.oldest_waiting] as usize] += width - used;
            }
        }
    }

    /// The window or the queue is full: what the oldest instruction that has not issued waits for.
    fn why_full(&mut self) -> Cause {
        while self.has_issued(self.oldest_waiting) {
            self.oldest_waiting += 1;
        }
        match self.oldest_waiting {
            at if at >= self.next => {
                self.oldest_waiting = self.head;
                Cause::Window
            }
            at if self.producers[at] > 0 || self.fates[at].ready > self.cycle => Cause::Operands,
            _ => Cause::Units,
        }
    }

    /// All slots of the next instruction are dispatched.
    fn enter(&mut self, step: &'a Step) {
        let at = self.next;
        self.fates[at].dispatched = self.cycle;
        self.fates[at].ready = self.cycle + 1;
        for &(reg, accumulates) in &step.reads {
            let (writer, fixed) = self.writer[usize::from(reg)];
            if writer == NONE {
                continue;
            }
            let writer = writer as usize;
            let latency = || self.core.latency(self.step(writer).class, step.class, accumulates);
            let delay = fixed.unwrap_or_else(latency);
            if self.uops_left[writer] == 0 {
                self.operand(at, self.fates[writer].issued + delay, writer);
            } else {
                self.edges.push((at as u32, delay, self.consumers[writer]));
                self.consumers[writer] = self.edges.len() as u32 - 1;
                self.producers[at] += 1;
            }
        }
        for &(reg, delay) in &step.writes {
            self.writer[usize::from(reg)] = (at as u32, delay);
        }
        if self.producers[at] == 0 {
            self.calendar[self.fates[at].ready as usize % HORIZON].push(at as u32);
        }
        self.under_way += step.slots;
        self.waiting += 1;
        self.next += 1;
        self.partly = 0;
    }
}
