//! Re-proves a pipelined loop, plainly, for any number of passes.
//!
//! Let P be a pass as it was written, F the fill, B the body and D the drain, each as what it does to all
//! registers and memory. Two equations are checked, from a state in which nothing is known:
//!
//! 1. F, then D, is P.
//! 2. F, then B, is P, then F: after the body stands what the fill would have made one pass later.
//!
//! By 2, F and n − 1 times B are n − 1 times P and F; by 1, with D at the end that is n times P.
//!
//! Both sides of an equation are run over *value numbers*: equal instructions on equal operands have equal
//! results, and a load reads what the last store to its buffer left. Equal are then not only all registers
//! at the end, but also the instructions that were executed, each on the same operands: so the same bytes
//! are read, and nothing else. The counter is a register like the others; it is tested behind F and behind
//! B, where the plain loop tests it behind P, and has the same values there.

use crate::isa::{Inst, Meaning, Op, Reg};
use crate::program::Block;
use std::collections::HashMap;

/// A value: the register that held it at the beginning, or the instruction that made it.
type Value = u64;

const MADE: Value = 1 << 32;
const OPERANDS: usize = 6;
const BUFFERS: usize = 6;

/// Compares a pipelined loop with the pass that it was made from.
pub(super) fn overlap(
    pass: &Block,
    fill: &Block,
    body: &Block,
    drain: &Block,
    counter: Reg,
) -> Result<(), String> {
    let mut numbers = Numbers { known: HashMap::new() };
    let blocks = [pass, fill, body, drain];
    let regs =
        blocks.iter().flat_map(|b| &b.insts).flat_map(|inst| inst.regs()).map(|r| usize::from(r.0) + 1);
    let regs = regs.max().unwrap_or(0).max(usize::from(counter.0) + 1);
    let mut run = |parts: &[&Block]| {
        let mut state = State::new(regs);
        let mut tests = Vec::new();
        for part in parts {
            numbers.run(&part.insts, &mut state);
            tests.push(state.regs[usize::from(counter.0)]);
        }
        state.done.sort_unstable();
        (state, tests)
    };
    let ((filled, first), (passed, counted)) = (run(&[fill, drain]), run(&[pass]));
    filled.is(&passed).map_err(|why| format!("fill and drain are not a pass: {why}"))?;
    if first[0] != counted[0] {
        return Err("the counter behind the fill is not the one behind a pass".into());
    }
    let ((ahead, _), (behind, _)) = (run(&[fill, body]), run(&[pass, fill]));
    ahead.is(&behind).map_err(|why| format!("the body does not go one pass on: {why}"))
}

/// Results by what made them.
struct Numbers {
    known: HashMap<(Op, i64, [Value; OPERANDS]), Value>,
}

struct State {
    regs: Vec<Value>,
    flags: Value,
    memory: [Value; BUFFERS],
    /// The instructions that were executed, as numbers.
    done: Vec<Value>,
}

impl State {
    fn new(regs: usize) -> State {
        let unknown = |n: usize| n as Value;
        State {
            regs: (0..regs).map(unknown).collect(),
            flags: unknown(regs),
            memory: std::array::from_fn(|n| unknown(regs + 1 + n)),
            done: Vec::new(),
        }
    }

    fn is(&self, other: &State) -> Result<(), String> {
        if self.done != other.done {
            return Err("other instructions, or on other operands".into());
        }
        if self.regs != other.regs || self.flags != other.flags || self.memory != other.memory {
            return Err("a register or memory ends with the result of another instruction".into());
        }
        Ok(())
    }
}

impl Numbers {
    fn run(&mut self, insts: &[Inst], state: &mut State) {
        for inst in insts {
            let row = inst.row();
            let mut operands = [Value::MAX; OPERANDS];
            for (n, (slot, reg)) in row.slots.iter().zip(inst.regs()).enumerate() {
                if slot.role.reads() {
                    operands[n] = state.regs[usize::from(reg.0)];
                }
            }
            if row.reads_flags {
                operands[4] = state.flags;
            }
            let buffer = inst.buffer().map_or(0, |buffer| buffer as usize);
            if matches!(row.meaning, Meaning::Memory(_)) {
                operands[5] = state.memory[buffer];
            }
            let next = MADE + 8 * self.known.len() as Value;
            let number = *self.known.entry((inst.op(), inst.imm(), operands)).or_insert(next);
            state.done.push(number);
            for (n, (_, reg)) in inst.writes().enumerate() {
                state.regs[usize::from(reg.0)] = number + n as Value;
            }
            if row.sets_flags {
                state.flags = number;
            }
            if let Meaning::Memory(memory) = row.meaning
                && memory.store
            {
                state.memory[buffer] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Buffer, Unit};
    use crate::program::BlockRole;

    fn inst(op: Op, regs: &[u16], imm: i64, buffer: Option<Buffer>) -> Inst {
        let regs: Vec<Reg> = regs.iter().map(|&r| Reg(r)).collect();
        Inst::new(op, &regs, imm, buffer).unwrap()
    }

    const COUNTER: u16 = 9;

    /// Loads two registers, multiplies them into a sum, counts.
    fn pass() -> Vec<Inst> {
        vec![
            inst(Op::LdrQPost, &[0, 5], 16, Some(Buffer::Lhs)),
            inst(Op::LdrQPost, &[1, 6], 16, Some(Buffer::Rhs)),
            inst(Op::FmlaS, &[2, 0, 1], 0, None),
            inst(Op::SubImm, &[COUNTER, COUNTER], 1, None),
        ]
    }

    fn check(fill: &[Inst], body: &[Inst], drain: &[Inst]) -> Result<(), String> {
        let block = |insts: &[Inst]| Block { role: BlockRole::Steady, insts: insts.to_vec() };
        overlap(&block(&pass()), &block(fill), &block(body), &block(drain), Reg(COUNTER))
    }

    #[test]
    fn loads_may_run_ahead() {
        let [x, y, sum, count] = pass()[..] else { unreachable!() };
        check(&[x, y, count], &[sum, x, y, count], &[sum]).unwrap();
        check(&[y, count], &[x, sum, count, y], &[x, sum]).unwrap();
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let [x, y, sum, count] = pass()[..] else { unreachable!() };
        for (what, fill, body, drain) in [
            ("the next pass is loaded over this one", vec![x, y, count], vec![x, y, sum, count], vec![sum]),
            ("a load is missing", vec![y, count], vec![sum, x, y, count], vec![sum]),
            ("a load is done twice", vec![x, y, count], vec![sum, x, y, count], vec![x, sum]),
            ("a sum is done twice", vec![x, y, count], vec![sum, x, y, count], vec![sum, sum]),
            ("one body too many", vec![x, y], vec![sum, count, x, y], vec![sum, count]),
            ("nothing is counted", vec![x, y, count], vec![sum, x, y], vec![sum]),
            ("a sum is taken ahead", vec![x, y, count, sum], vec![x, y, sum, count], vec![sum]),
        ] {
            assert!(check(&fill, &body, &drain).is_err(), "{what}");
        }
        let swapped =
            sum.map_regs(|unit, reg| if unit == Unit::V && reg.0 < 2 { Reg(1 - reg.0) } else { reg });
        assert!(check(&[x, y, count], &[sum, x, y, count], &[swapped]).is_err());
    }

    /// A load may not be moved over a store to its buffer.
    #[test]
    fn memory_keeps_its_order() {
        let [x, _, sum, count] = pass()[..] else { unreachable!() };
        let store = inst(Op::StrQ, &[2, 5], 0, Some(Buffer::Lhs));
        let other = inst(Op::StrQ, &[2, 7], 0, Some(Buffer::Out));
        let block = |insts: &[Inst]| Block { role: BlockRole::Steady, insts: insts.to_vec() };
        let check = |store: Inst| {
            let pass = block(&[x, sum, store, count]);
            // The load of the next pass comes before the store of this one.
            let body = block(&[sum, x, store, count]);
            overlap(&pass, &block(&[x, count]), &body, &block(&[sum, store]), Reg(COUNTER))
        };
        assert!(check(store).is_err());
        check(other).unwrap();
    }
}
