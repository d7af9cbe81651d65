//! Re-proves a schedule, plainly: the same instructions; each reads what the same ones wrote as
//! before; registers end as before; and no two accesses to the same memory changed places of which
//! one is a store.

use super::verify_overlap::overlap;
use crate::isa::{Address, Inst, Meaning, Memory};
use crate::program::{Block, BlockRole, Node, Program, Virtual};

/// Compares a scheduled program with the one it was made from, block by block; a main loop whose passes
/// overlap, as a whole.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(before: &Program<Virtual>, after: &Program<Virtual>) -> Result<(), String> {
    nodes(&before.nodes, &after.nodes)
}

fn nodes(old: &[Node], new: &[Node]) -> Result<(), String> {
    if old.len() != new.len() {
        return Err(format!("{} blocks and loops became {}", old.len(), new.len()));
    }
    old.iter().zip(new).try_for_each(|(old, new)| match (old, new) {
        (Node::Block(old), Node::Block(new)) => block(old, new),
        (Node::Loop { counter: c, body: old }, Node::Loop { counter: d, body: new }) if c == d => {
            nodes(old, new)
        }
        (
            Node::IfNonZero { test: t, then: a, otherwise: b },
            Node::IfNonZero { test: u, then: c, otherwise: d },
        ) if t == u => {
            nodes(b, d)?;
            pipelined(a, c).unwrap_or_else(|| nodes(a, c))
        }
        _ => Err("the program's structure has changed".into()),
    })
}

/// Compares a loop with its pipelined form, if that is what these are: fill, the body for as long as the
/// counter is not 0, drain.
fn pipelined(old: &[Node], new: &[Node]) -> Option<Result<(), String>> {
    let [Node::Loop { counter, body: pass }] = old else { return None };
    let [Node::Block(fill), Node::IfNonZero { test, then, otherwise }, Node::Block(drain)] = new else {
        return None;
    };
    let ([Node::Block(pass)], [Node::Loop { counter: again, body }]) = (&pass[..], &then[..]) else {
        return None;
    };
    let [Node::Block(body)] = &body[..] else { return None };
    let roles = [pass.role, fill.role, body.role, drain.role];
    let expected = [BlockRole::Steady, BlockRole::Fill, BlockRole::Steady, BlockRole::Drain];
    let whole = roles == expected && otherwise.is_empty() && test == counter && again == counter;
    whole.then(|| overlap(pass, fill, body, drain, *counter))
}

/// An instruction by its place in the old block, or none of it: what was there before the block.
type Writer = Option<usize>;

fn block(old: &Block, new: &Block) -> Result<(), String> {
    let place = places(old, new)?;
    let name = |at: usize| format!("{:?}: `{}`", old.role, old.insts[at].row().text);
    let (before, after) = (Flow::of(old, 0..old.insts.len()), Flow::of(old, place.iter().copied()));
    if let Some(at) = (0..old.insts.len()).find(|&at| before.read[at] != after.read[at]) {
        return Err(format!("{} was moved over one that it depends on", name(at)));
    }
    if before.last != after.last {
        return Err(format!("{:?}: a register ends with the result of another instruction", old.role));
    }
    let accesses: Vec<(usize, &Inst, &Memory)> = place
        .iter()
        .filter_map(|&at| match &old.insts[at].row().meaning {
            Meaning::Memory(memory) => Some((at, &old.insts[at], memory)),
            _ => None,
        })
        .collect();
    for (n, &(later, one, a)) in accesses.iter().enumerate() {
        for &(earlier, other, b) in &accesses[n + 1..] {
            // The same base register with the same value: offsets can be compared.
            let same_base = one.regs().last() == other.regs().last() && {
                let base = |inst: &Inst| inst.regs().len() - 1;
                before.read[later][base(one)] == before.read[earlier][base(other)]
            };
            if earlier < later && same_memory((one, a), (other, b), same_base) {
                return Err(format!("{} was moved before {}: same memory", name(later), name(earlier)));
            }
        }
    }
    Ok(())
}

/// For every new instruction its place in the old block. Equal instructions are taken in their old
/// order; if they depend on each other, swapping them would change nothing.
fn places(old: &Block, new: &Block) -> Result<Vec<usize>, String> {
    if old.insts.len() != new.insts.len() {
        return Err(format!("{:?}: {} instructions became {}", old.role, old.insts.len(), new.insts.len()));
    }
    let mut taken = vec![false; old.insts.len()];
    let mut first = 0;
    let place = |inst: &Inst| {
        while first < taken.len() && taken[first] {
            first += 1;
        }
        match (first..taken.len()).find(|&at| !taken[at] && old.insts[at] == *inst) {
            Some(at) => {
                taken[at] = true;
                Ok(at)
            }
            None => Err(format!("{:?}: `{}` was not there before", old.role, inst.row().text)),
        }
    };
    new.insts.iter().map(place).collect()
}

/// Who wrote what is read.
struct Flow {
    /// For every instruction the writers of its registers, and of the flags.
    read: Vec<[Writer; 5]>,
    /// The last writers of all registers, and of the flags.
    last: Vec<Writer>,
}

impl Flow {
    /// The flow if the instructions of `block` run in this order.
    fn of(block: &Block, order: impl Iterator<Item = usize>) -> Flow {
        let registers = block.insts.iter().flat_map(Inst::regs).map(|r| usize::from(r.0) + 1).max();
        let flags = registers.unwrap_or(0);
        let mut flow = Flow { read: vec![[None; 5]; block.insts.len()], last: vec![None; flags + 1] };
        for at in order {
            let inst = &block.insts[at];
            let row = inst.row();
            for (n, (slot, reg)) in row.slots.iter().zip(inst.regs()).enumerate() {
                if slot.role.reads() {
                    flow.read[at][n] = flow.last[usize::from(reg.0)];
                }
            }
            if row.reads_flags {
                flow.read[at][4] = flow.last[flags];
            }
            for (_, reg) in inst.writes() {
                flow.last[usize::from(reg.0)] = Some(at);
            }
            if row.sets_flags {
                flow.last[flags] = Some(at);
            }
        }
        flow
    }
}

fn same_memory((one, a): (&Inst, &Memory), (other, b): (&Inst, &Memory), same_base: bool) -> bool {
    if !(a.store || b.store) || one.buffer() != other.buffer() {
        return false;
    }
    let comparable = same_base && a.address == Address::Offset && b.address == Address::Offset;
    let end = |inst: &Inst, memory: &Memory| inst.imm() + i64::from(memory.bytes * memory.registers);
    !comparable || (one.imm() < end(other, b) && other.imm() < end(one, a))
}
