//! Register allocation: every virtual register gets one machine register for its whole life. There
//! is no spilling: running out is an answer.
//!
//! Requires a scheduled program. Ensures that no two registers that are live at once share a home
//! ([`verify`](fn@verify) re-proves it by following the values), that x18, x29, x30 and sp are not used, and
//! that callee-saved registers that are used are saved in the frame. Moves between registers with the
//! same home are left out.

mod colour;
mod verify;

pub use colour::OutOfRegisters;
pub use verify::verify;

use crate::isa::{Buffer, Inst, Op, Reg, Unit};
use crate::program::{Block, BlockRole, Machine, Node, Program, Virtual};

/// Gives every register a home, and the program its frame.
///
/// # Errors
/// How many registers are needed at once, where there are fewer.
pub fn allocate(program: &Program<Virtual>) -> Result<Program<Machine>, OutOfRegisters> {
    let homes = colour::homes(program)?;
    let mapped = |inst: &Inst| inst.map_regs(|_, reg| homes[usize::from(reg.0)]);
    let mut nodes = map_nodes(&program.nodes, &homes, &mapped);
    let used = |unit: Unit, callee_saved: std::ops::RangeInclusive<u16>| -> Vec<Reg> {
        let mut regs: Vec<Reg> = homes
            .iter()
            .zip(&program.stage.regs)
            .filter(|(home, info)| info.unit == unit && callee_saved.contains(&home.0))
            .map(|(home, _)| *home)
            .collect();
        regs.sort_unstable();
        regs.dedup();
        regs
    };
    let (saved_v, saved_x) = (used(Unit::V, 8..=15), used(Unit::X, 19..=28));
    let frame = Frame::new(&saved_v, &saved_x);
    if let Some(push) = frame.push() {
        nodes.insert(0, push);
        nodes.extend(frame.pop());
    }
    let stage = Machine { homes, regs: program.stage.regs.clone(), saved_v, saved_x };
    Ok(Program { nodes, stage })
}

fn map_nodes(nodes: &[Node], homes: &[Reg], inst: &dyn Fn(&Inst) -> Inst) -> Vec<Node> {
    let home = |reg: &Reg| homes[usize::from(reg.0)];
    nodes
        .iter()
        .map(|node| match node {
            Node::Block(b) => {
                let insts = b.insts.iter().map(inst).filter(|inst| !is_needless(inst)).collect();
                Node::Block(Block { role: b.role, insts })
            }
            Node::Loop { counter, body } => {
                Node::Loop { counter: home(counter), body: map_nodes(body, homes, inst) }
            }
            Node::IfNonZero { test, then, otherwise } => Node::IfNonZero {
                test: home(test),
                then: map_nodes(then, homes, inst),
                otherwise: map_nodes(otherwise, homes, inst),
            },
        })
        .collect()
}

/// Whether an allocated instruction moves a register to itself: its two values share a home.
fn is_needless(inst: &Inst) -> bool {
    inst.op() == Op::MovX && inst.regs()[0] == inst.regs()[1]
}

/// Pairs of registers to save: the first pair moves the stack pointer, so that nothing ever lies
/// below it.
struct Frame {
    pairs: Vec<(Unit, Reg, Reg)>,
}

impl Frame {
    fn new(saved_v: &[Reg], saved_x: &[Reg]) -> Frame {
        let pairs = |unit: Unit, regs: &[Reg]| -> Vec<(Unit, Reg, Reg)> {
            // An odd one out is saved twice.
            regs.chunks(2).map(|c| (unit, c[0], c[c.len() - 1])).collect()
        };
        let mut all = pairs(Unit::V, saved_v);
        all.extend(pairs(Unit::X, saved_x));
        Frame { pairs: all }
    }

    fn size(&self) -> i64 {
        16 * self.pairs.len() as i64
    }

    fn inst(op: Op, a: Reg, b: Reg, imm: i64) -> Inst {
        Inst::new(op, &[a, b], imm, Some(Buffer::Stack)).expect("frames are small")
    }

    fn push(&self) -> Option<Node> {
        let mut insts = Vec::new();
        for (n, &(unit, a, b)) in self.pairs.iter().enumerate() {
            let (first, other) =
                if unit == Unit::V { (Op::StpDPush, Op::StpD) } else { (Op::StpXPush, Op::StpX) };
            insts.push(if n == 0 {
                Self::inst(first, a, b, -self.size())
            } else {
                Self::inst(other, a, b, 16 * n as i64)
            });
        }
        (!insts.is_empty()).then_some(Node::Block(Block { role: BlockRole::Frame, insts }))
    }

    fn pop(&self) -> Option<Node> {
        let mut insts = Vec::new();
        for (n, &(unit, a, b)) in self.pairs.iter().enumerate().rev() {
            let (last, other) =
                if unit == Unit::V { (Op::LdpDPop, Op::LdpD) } else { (Op::LdpXPop, Op::LdpX) };
            // A register saved twice is restored once: a load of one register twice is not allowed.
            let (a, b) = (a, if a == b { spare(unit) } else { b });
            insts.push(if n == 0 {
                Self::inst(last, a, b, self.size())
            } else {
                Self::inst(other, a, b, 16 * n as i64)
            });
        }
        (!insts.is_empty()).then_some(Node::Block(Block { role: BlockRole::Frame, insts }))
    }
}

/// A register that nobody expects to survive a call.
fn spare(unit: Unit) -> Reg {
    match unit {
        Unit::V => Reg(31),
        Unit::X => Reg(17),
    }
}
