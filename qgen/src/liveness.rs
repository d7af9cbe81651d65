//! Which registers are needed later: at the end of every block, and from instruction to instruction.

use crate::isa::{Inst, Reg};
use crate::program::{Block, Node, Program, Virtual};

/// A set of virtual registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegSet(Vec<u64>);

impl RegSet {
    /// The empty set of registers numbered below `count`.
    pub fn new(count: usize) -> RegSet {
        RegSet(vec![0; count.div_ceil(64)])
    }

    /// Adds a register.
    pub fn insert(&mut self, reg: Reg) {
        self.0[usize::from(reg.0) / 64] |= 1 << (reg.0 % 64);
    }

    /// Takes a register out.
    pub fn remove(&mut self, reg: Reg) {
        self.0[usize::from(reg.0) / 64] &= !(1 << (reg.0 % 64));
    }

    /// Whether the register is in the set.
    pub fn contains(&self, reg: Reg) -> bool {
        self.0[usize::from(reg.0) / 64] >> (reg.0 % 64) & 1 == 1
    }

    /// Adds all of `other`.
    pub fn union(&mut self, other: &RegSet) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a |= b;
        }
    }

    /// The registers, in order.
    pub fn iter(&self) -> impl Iterator<Item = Reg> + '_ {
        self.0.iter().enumerate().flat_map(|(at, &word)| {
            let mut word = word;
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros();
                (word != 0).then(|| {
                    word &= word - 1;
                    Reg((at * 64) as u16 + bit as u16)
                })
            })
        })
    }
}

/// Calls `f` on every block with the registers that are live at its end, in reverse order. Blocks
/// in loops are seen once more than needed; the last call is the one that counts.
///
/// Requires: nothing. The program ends where its nodes end; nothing is live there.
pub fn at_block_ends<'p>(program: &'p Program<Virtual>, f: &mut impl FnMut(&'p Block, &RegSet)) {
    let live = RegSet::new(program.stage.regs.len());
    before_nodes(&program.nodes, live, f);
}

fn before_nodes<'p>(nodes: &'p [Node], mut live: RegSet, f: &mut impl FnMut(&'p Block, &RegSet)) -> RegSet {
    for node in nodes.iter().rev() {
        live = match node {
            Node::Block(block) => {
                f(block, &live);
                for inst in block.insts.iter().rev() {
                    step_back(&mut live, inst);
                }
                live
            }
            Node::Loop { counter, body } => {
                let mut after = live;
                after.insert(*counter);
                loop {
                    let before = before_nodes(body, after.clone(), f);
                    let known = after.clone();
                    after.union(&before);
                    if after == known {
                        break before;
                    }
                }
            }
            Node::IfNonZero { test, then, otherwise } => {
                let mut one = before_nodes(otherwise, live.clone(), f);
                one.union(&before_nodes(then, live, f));
                one.insert(*test);
                one
            }
        };
    }
    live
}

/// From the registers live after `inst` to those live before it.
pub fn step_back(live: &mut RegSet, inst: &Inst) {
    for (_, reg) in inst.writes() {
        live.remove(reg);
    }
    for (_, reg) in inst.reads() {
        live.insert(reg);
    }
}
