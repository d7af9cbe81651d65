//! Re-proves a schedule, plainly: the same instructions, and no two in the wrong order of which one
//! touches what the other writes.

use crate::isa::{Address, Inst, Meaning, Reg, Unit};
use crate::program::{Block, Program, Virtual};

/// Compares a scheduled program with the one it was made from, block by block.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(before: &Program<Virtual>, after: &Program<Virtual>) -> Result<(), String> {
    let (mut old, mut new): (Vec<&Block>, Vec<&Block>) = (Vec::new(), Vec::new());
    before.for_each_block(|b| old.push(b));
    after.for_each_block(|b| new.push(b));
    if old.len() != new.len() {
        return Err(format!("{} blocks became {}", old.len(), new.len()));
    }
    old.iter().zip(&new).try_for_each(|(old, new)| block(old, new))
}

fn block(old: &Block, new: &Block) -> Result<(), String> {
    if old.insts.len() != new.insts.len() {
        return Err(format!("{:?}: {} instructions became {}", old.role, old.insts.len(), new.insts.len()));
    }
    // Equal instructions are taken in their old order; if they depend on each other, swapping them
    // would change nothing.
    let mut taken = vec![false; old.insts.len()];
    let mut place = Vec::with_capacity(new.insts.len());
    for inst in &new.insts {
        match (0..old.insts.len()).find(|&at| !taken[at] && old.insts[at] == *inst) {
            Some(at) => {
                taken[at] = true;
                place.push(at);
            }
            None => return Err(format!("{:?}: `{}` was not there before", old.role, inst.row().text)),
        }
    }
    let facts: Vec<Facts> = new.insts.iter().map(Facts::of).collect();
    let versions = versions(old);
    for later in 0..place.len() {
        for earlier in 0..later {
            if place[earlier] > place[later]
                && facts[later]
                    .must_precede(&facts[earlier], versions[place[later]] == versions[place[earlier]])
            {
                return Err(format!(
                    "{:?}: `{}` was moved before `{}`, on which it depends",
                    old.role,
                    new.insts[earlier].row().text,
                    new.insts[later].row().text
                ));
            }
        }
    }
    Ok(())
}

/// For every instruction, how often its base register was written before it in the old order: two
/// accesses with the same base and the same count use the same address.
fn versions(block: &Block) -> Vec<usize> {
    let base = |inst: &Inst| inst.regs().last().copied();
    (0..block.insts.len())
        .map(|at| {
            let reg = base(&block.insts[at]);
            let writes = |inst: &&Inst| inst.writes().any(|(u, r)| u == Unit::X && Some(r) == reg);
            if matches!(block.insts[at].row().meaning, Meaning::Memory(_)) {
                block.insts[..at].iter().filter(writes).count()
            } else {
                0
            }
        })
        .collect()
}

struct Facts {
    reads: Vec<(Unit, Reg)>,
    writes: Vec<(Unit, Reg)>,
    sets_flags: bool,
    reads_flags: bool,
    inst: Inst,
}

impl Facts {
    fn of(inst: &Inst) -> Facts {
        Facts {
            reads: inst.reads().collect(),
            writes: inst.writes().collect(),
            sets_flags: inst.row().sets_flags,
            reads_flags: inst.row().reads_flags,
            inst: *inst,
        }
    }

    /// Whether `self` and `other` may not change places.
    fn must_precede(&self, other: &Facts, same_version: bool) -> bool {
        let touches =
            |a: &Facts, b: &Facts| a.writes.iter().any(|w| b.reads.contains(w) || b.writes.contains(w));
        let flags = (self.sets_flags && (other.sets_flags || other.reads_flags))
            || (other.sets_flags && self.reads_flags);
        touches(self, other) || touches(other, self) || flags || self.same_memory(other, same_version)
    }

    fn same_memory(&self, other: &Facts, same_version: bool) -> bool {
        let (Meaning::Memory(a), Meaning::Memory(b)) = (self.inst.row().meaning, other.inst.row().meaning)
        else {
            return false;
        };
        if !(a.store || b.store) || self.inst.buffer() != other.inst.buffer() {
            return false;
        }
        let comparable = same_version
            && a.address == Address::Offset
            && b.address == Address::Offset
            && self.inst.regs().last() == other.inst.regs().last();
        let end = |inst: &Inst, bytes: u8| inst.imm() + i64::from(bytes);
        !comparable
            || (self.inst.imm() < end(&other.inst, b.bytes * b.registers)
                && other.inst.imm() < end(&self.inst, a.bytes * a.registers))
    }
}
