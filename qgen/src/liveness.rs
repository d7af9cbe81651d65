//! Which registers are needed later: at the end of every block, and from instruction to instruction.

use crate::isa::{Inst, Reg, Unit};
use crate::program::{Block, BlockRole, Node, Program, Virtual};

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

    /// Takes all of `other` out.
    pub fn subtract(&mut self, other: &RegSet) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a &= !b;
        }
    }

    /// Takes out all that is not in `other`.
    pub fn intersect(&mut self, other: &RegSet) {
        for (a, b) in self.0.iter_mut().zip(&other.0) {
            *a &= b;
        }
    }

    /// The registers, in order.
    pub fn iter(&self) -> impl Iterator<Item = Reg> + '_ {
        Iter { words: &self.0, word: self.0.first().copied().unwrap_or(0), at: 0 }
    }
}

/// Plain, because it is the innermost loop of the allocator, in unoptimised builds, too.
struct Iter<'a> {
    words: &'a [u64],
    /// What is left of the word at `at`.
    word: u64,
    at: usize,
}

impl Iterator for Iter<'_> {
    type Item = Reg;

    fn next(&mut self) -> Option<Reg> {
        while self.word == 0 {
            self.at += 1;
            self.word = *self.words.get(self.at)?;
        }
        let bit = self.word.trailing_zeros();
        self.word &= self.word - 1;
        Some(Reg((self.at * 64) as u16 + bit as u16))
    }
}

/// Calls `f` on every block once, with the registers that are live at its end, in reverse order.
///
/// Requires: nothing. The program ends where its nodes end; nothing is live there.
///
/// What a piece of a program does to a live set is `(live − writes) ∪ needs`. At a loop's end is live
/// what is so after the loop, and what its body needs; going round once more adds nothing to that. So
/// two passes suffice, however deep the loops: one that finds both sets of every piece, one that uses
/// them.
pub fn at_block_ends<'p>(program: &'p Program<Virtual>, f: &mut impl FnMut(&'p Block, &RegSet)) {
    let none = RegSet::new(program.stage.regs.len());
    before_pieces(&pieces(&program.nodes, &none), none, f);
}

/// A node, and what it does to a live set.
struct Piece<'p> {
    /// Registers that are read before they are written.
    needs: RegSet,
    /// Registers that are written, whichever way is taken.
    writes: RegSet,
    kind: Kind<'p>,
}

enum Kind<'p> {
    Block(&'p Block),
    /// The registers that are live at the end of the body because of what comes next in the loop.
    Loop(Vec<Piece<'p>>, RegSet),
    Choice(Vec<Piece<'p>>, Vec<Piece<'p>>),
}

fn pieces<'p>(nodes: &'p [Node], none: &RegSet) -> Vec<Piece<'p>> {
    nodes.iter().map(|node| Piece::of(node, none)).collect()
}

impl<'p> Piece<'p> {
    fn of(node: &'p Node, none: &RegSet) -> Piece<'p> {
        match node {
            Node::Block(block) => {
                let (mut needs, mut writes) = (none.clone(), none.clone());
                for inst in block.insts.iter().rev() {
                    step_back(&mut needs, inst);
                    for (_, reg) in inst.writes() {
                        writes.insert(reg);
                    }
                }
                Piece { needs, writes, kind: Kind::Block(block) }
            }
            Node::Loop { counter, body } => {
                let body = pieces(body, none);
                let (body_needs, writes) = sequence(&body, none);
                let mut again = body_needs.clone();
                again.insert(*counter);
                let mut needs = again.clone();
                needs.subtract(&writes);
                needs.union(&body_needs);
                Piece { needs, writes, kind: Kind::Loop(body, again) }
            }
            Node::IfNonZero { test, then, otherwise } => {
                let (then, otherwise) = (pieces(then, none), pieces(otherwise, none));
                let (mut needs, mut writes) = sequence(&then, none);
                let other = sequence(&otherwise, none);
                needs.union(&other.0);
                needs.insert(*test);
                writes.intersect(&other.1);
                Piece { needs, writes, kind: Kind::Choice(then, otherwise) }
            }
        }
    }
}

/// What pieces, one after the other, need and write.
fn sequence(pieces: &[Piece<'_>], none: &RegSet) -> (RegSet, RegSet) {
    let (mut needs, mut writes) = (none.clone(), none.clone());
    for piece in pieces.iter().rev() {
        needs.subtract(&piece.writes);
        needs.union(&piece.needs);
        writes.union(&piece.writes);
    }
    (needs, writes)
}

fn before_pieces<'p>(pieces: &[Piece<'p>], mut live: RegSet, f: &mut impl FnMut(&'p Block, &RegSet)) {
    for piece in pieces.iter().rev() {
        match &piece.kind {
            Kind::Block(block) => f(block, &live),
            Kind::Loop(body, again) => {
                let mut end = live.clone();
                end.union(again);
                before_pieces(body, end, f);
            }
            Kind::Choice(then, otherwise) => {
                before_pieces(otherwise, live.clone(), f);
                before_pieces(then, live.clone(), f);
            }
        }
        live.subtract(&piece.writes);
        live.union(&piece.needs);
    }
}

/// How many registers of one file hold something at once, at most, in the blocks of one role.
pub fn most_live(program: &Program<Virtual>, unit: Unit, role: BlockRole) -> usize {
    let regs = &program.stage.regs;
    let count = |live: &RegSet| live.iter().filter(|reg| regs[usize::from(reg.0)].unit == unit).count();
    let mut most = 0;
    at_block_ends(program, &mut |block, live_out| {
        if block.role != role {
            return;
        }
        let mut live = live_out.clone();
        for inst in block.insts.iter().rev() {
            // A result that nobody needs takes a register all the same.
            for (_, reg) in inst.writes() {
                live.insert(reg);
            }
            most = most.max(count(&live));
            step_back(&mut live, inst);
        }
        most = most.max(count(&live));
    });
    most
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Op;
    use crate::program::Builder;

    #[test]
    fn what_is_live_at_once_is_counted_by_file() {
        let mut b = Builder::default();
        let params = std::array::from_fn(|n| b.x(format!("p{n}")));
        let [one, two, sum, idle] = ["one", "two", "sum", "idle"].map(|name| b.v(name));
        for reg in [one, two, idle] {
            b.op(Op::MoviZero, &[reg]);
        }
        b.op(Op::AddS, &[sum, one, two]);
        b.mem(Op::StrQ, &[sum, params[4]], 0, crate::isa::Buffer::Out);
        let block = b.block(BlockRole::Flush);
        let program = b.finish(vec![block], params);
        assert_eq!(most_live(&program, Unit::V, BlockRole::Flush), 3);
        assert_eq!(most_live(&program, Unit::X, BlockRole::Flush), 1);
        assert_eq!(most_live(&program, Unit::V, BlockRole::Steady), 0);
    }
}
