//! In-order issue: an instruction issues when it is its turn, its operands are there, its units are free and
//! it fits into the cycle beside those that issued before it.

use super::step::{Cause, Fate, NO_REGISTER, Passes, Run, Step, Work, registers};
use super::{Core, Uop};
use crate::isa::Class;

/// Runs the loop. Every empty slot is charged to the instruction whose turn it was: the slots of the
/// measured passes and those that stayed empty between them are all the slots that there were.
pub(super) fn run(core: &Core, steps: &[Step], passes: Passes) -> Run {
    let width = u32::from(core.width);
    let count = steps.len() * (passes.before + passes.measured);
    let begin = steps.len() * passes.before;
    let mut fates = Vec::with_capacity(count);
    let mut busy = vec![0; core.units.len()];
    let mut lost = vec![[0; 4]; Class::ALL.len()];
    let mut late = vec![[0; Class::ALL.len()]; Class::ALL.len()];
    let mut work = Vec::new();
    let mut free_at = [0u32; 16];
    let mut written: Vec<(u32, Class, Option<u32>)> = vec![(0, Class::Branch, Some(0)); registers(steps)];
    let (mut cycle, mut used, mut started) = (0, 0, 0);
    for at in 0..count {
        if at == begin {
            started = cycle * width + used;
        }
        let step = &steps[at % steps.len()];
        let operands = step.reads.iter().filter(|(reg, _)| *reg != NO_REGISTER).map(|&(reg, acc)| {
            let (issued, class, delay) = written[usize::from(reg)];
            (issued + delay.unwrap_or_else(|| core.latency(class, step.class, acc)), class)
        });
        let (ready, last) = operands.max_by_key(|operand| operand.0).unwrap_or((0, Class::Branch));
        let turn = cycle;
        let taken = loop {
            let units = choose(step, cycle, &free_at);
            let cause = match units {
                _ if ready > cycle => Cause::Operands,
                None => Cause::Units,
                Some(_) if used > 0 && (step.first || used + step.slots > width) => Cause::Slots,
                Some(units) => break units,
            };
            if at >= begin {
                lost[step.class as usize][cause as usize] += width - used;
                if cause == Cause::Operands {
                    late[step.class as usize][last as usize] += width - used;
                }
            }
            (cycle, used) = (cycle + 1, 0);
        };
        let mut units = 0;
        for (uop, &unit) in step.uops.iter().zip(&taken) {
            free_at[unit] = cycle + u32::from(uop.busy);
            units |= 1 << unit;
            if at >= begin {
                busy[unit] += u32::from(uop.busy);
                work.push(Work { at, unit, from: cycle, busy: uop.busy.into() });
            }
        }
        for &(reg, delay) in &step.writes {
            written[usize::from(reg)] = (cycle, step.class, delay);
        }
        let completed = cycle + step.latency;
        fates.push(Fate { dispatched: turn, ready, issued: cycle, units, completed, retired: completed });
        used += step.slots;
        (cycle, used) = (cycle + used / width, used % width);
    }
    Run { fates, busy, lost, late, work, measured: (started, cycle * width + used) }
}

/// A free unit for each µop, or none if one finds none.
fn choose(step: &Step, cycle: u32, free_at: &[u32; 16]) -> Option<Vec<usize>> {
    let free = (0..16).filter(|&unit| free_at[unit] <= cycle).fold(0, |set, unit| set | 1 << unit);
    let mut chosen = Vec::with_capacity(step.uops.len());
    units_for(&step.uops, free, &mut chosen).then_some(chosen)
}

/// Whether each of `uops` has one of the units in `free` to itself, which are added to `chosen`. The last ones that
/// are possible: units that do more stand first in the tables.
pub(super) fn units_for(uops: &[Uop], free: u16, chosen: &mut Vec<usize>) -> bool {
    let Some((first, others)) = uops.split_first() else { return true };
    for unit in (0..16).rev().filter(|unit| (first.units & free) >> unit & 1 == 1) {
        chosen.push(unit);
        if units_for(others, free & !(1 << unit), chosen) {
            return true;
        }
        chosen.pop();
    }
    false
}
