//! Re-proves an allocation by following values: every instruction finds in its machine registers
//! the virtual registers that it was written for. A move between two registers with one home may be
//! missing, and nothing else.

use super::Frame;
use crate::isa::{Inst, Op, Reg, Unit};
use crate::program::{BlockRole, Machine, Node, Program, Virtual};

/// Which virtual register each machine register holds, where that is known: v0–v31, then x0–x31.
#[derive(Clone, PartialEq)]
struct State([Option<Reg>; 64]);

/// A machine register's place in the state; `None` for what is no machine register.
fn index(unit: Unit, home: Reg) -> Option<usize> {
    let first = if unit == Unit::V { 0 } else { 32 };
    (home.0 < 32).then_some(first + usize::from(home.0))
}

/// Compares an allocated program with the one it was made from.
///
/// # Errors
/// The first instruction that would read another value, or a register that kernels must not use.
pub fn verify(before: &Program<Virtual>, after: &Program<Machine>) -> Result<(), String> {
    let body = without_frame(after)?;
    let mut state = State([None; 64]);
    for (n, param) in before.stage.params.iter().enumerate() {
        state.0[32 + n] = Some(*param);
    }
    nodes(&before.nodes, body, &after.stage.homes, &mut state)?;
    let mut outcome = Ok(());
    after.for_each_block(|block| {
        if block.role == BlockRole::Frame {
            return;
        }
        for (unit, reg) in block.insts.iter().flat_map(Inst::writes) {
            let saved = if unit == Unit::V { &after.stage.saved_v } else { &after.stage.saved_x };
            let (callee_saved, forbidden) = match unit {
                Unit::V => (8..=15, false),
                Unit::X => (19..=28, reg.0 == 18 || reg.0 > 28),
            };
            if forbidden || (callee_saved.contains(&reg.0) && !saved.contains(&reg)) {
                outcome = Err(format!("{unit:?}{} is written but not the kernel's to write", reg.0));
            }
        }
    });
    outcome
}

/// What lies between the blocks that save and restore what the program says it saves: both are there, word for word, or there
/// is nothing to save.
fn without_frame(program: &Program<Machine>) -> Result<&[Node], String> {
    let frame = Frame::new(&program.stage.saved_v, &program.stage.saved_x);
    let is = |node: &Node, wanted: &Node| match (node, wanted) {
        (Node::Block(block), Node::Block(wanted)) => {
            (block.role, &block.insts) == (wanted.role, &wanted.insts)
        }
        _ => false,
    };
    match (frame.push(), frame.pop(), &program.nodes[..]) {
        (None, None, body) => Ok(body),
        (Some(push), Some(pop), [first, body @ .., last]) if is(first, &push) && is(last, &pop) => Ok(body),
        _ => Err("registers are not saved and restored as the frame says".into()),
    }
}

fn nodes(old: &[Node], new: &[Node], homes: &[Reg], state: &mut State) -> Result<(), String> {
    if old.len() != new.len() {
        return Err("the program's structure has changed".into());
    }
    for (old, new) in old.iter().zip(new) {
        match (old, new) {
            (Node::Block(old), Node::Block(new)) => {
                let mut rest = new.insts.iter();
                for old in &old.insts {
                    if old.op() == Op::MovX && home(homes, old, 0) == home(homes, old, 1) {
                        rename(old, home(homes, old, 0), state)?;
                        continue;
                    }
                    let new = rest.next().ok_or_else(|| format!("`{}` is missing", old.row().text))?;
                    step(old, new, state)?;
                }
                if let Some(extra) = rest.next() {
                    return Err(format!("`{}` was added", extra.row().text));
                }
            }
            (Node::Loop { counter: c, body: old }, Node::Loop { counter: d, body: new }) => loop {
                let entry = state.clone();
                nodes(old, new, homes, state)?;
                holds(state, Unit::X, *d, *c)?;
                let met = meet(&entry, state);
                if met == entry {
                    break;
                }
                *state = met;
            },
            (
                Node::IfNonZero { test: t, then: a, otherwise: b },
                Node::IfNonZero { test: u, then: c, otherwise: d },
            ) => {
                holds(state, Unit::X, *u, *t)?;
                let mut other = state.clone();
                nodes(a, c, homes, state)?;
                nodes(b, d, homes, &mut other)?;
                *state = meet(state, &other);
            }
            _ => return Err("the program's structure has changed".into()),
        }
    }
    Ok(())
}

/// The home of an instruction's operand.
fn home(homes: &[Reg], inst: &Inst, operand: usize) -> Reg {
    homes[usize::from(inst.regs()[operand].0)]
}

/// A move within one home, which is left out: the home holds the value under its new name.
fn rename(old: &Inst, home: Reg, state: &mut State) -> Result<(), String> {
    holds(state, Unit::X, home, old.regs()[1])?;
    write(Unit::X, old.regs()[0], home, state).map_err(|e| format!("`{}` {e}", old.row().text))
}

/// A machine register gets a new value.
fn write(unit: Unit, value: Reg, home: Reg, state: &mut State) -> Result<(), String> {
    // A value lives in one place: what was known of it elsewhere is out of date.
    for known in &mut state.0 {
        if *known == Some(value) {
            *known = None;
        }
    }
    let at = index(unit, home).ok_or_else(|| format!("writes {unit:?}{}", home.0))?;
    state.0[at] = Some(value);
    Ok(())
}

fn step(old: &Inst, new: &Inst, state: &mut State) -> Result<(), String> {
    if old.op() != new.op() || old.imm() != new.imm() || old.buffer() != new.buffer() {
        return Err(format!("`{}` became `{}`", old.row().text, new.row().text));
    }
    for ((unit, wanted), (_, home)) in old.reads().zip(new.reads()) {
        holds(state, unit, home, wanted).map_err(|e| format!("`{}`: {e}", old.row().text))?;
    }
    let written: Vec<_> = new.writes().collect();
    for (n, (unit, home)) in written.iter().enumerate() {
        if written[..n].contains(&(*unit, *home)) {
            return Err(format!("`{}` writes {unit:?}{} twice", old.row().text, home.0));
        }
    }
    for ((unit, value), (_, home)) in old.writes().zip(new.writes()) {
        write(unit, value, home, state).map_err(|e| format!("`{}` {e}", old.row().text))?;
    }
    Ok(())
}

fn holds(state: &State, unit: Unit, home: Reg, wanted: Reg) -> Result<(), String> {
    match index(unit, home) {
        Some(at) if state.0[at] == Some(wanted) => Ok(()),
        _ => Err(format!("{unit:?}{} does not hold the value it should", home.0)),
    }
}

fn meet(a: &State, b: &State) -> State {
    let mut both = a.clone();
    for (known, other) in both.0.iter_mut().zip(&b.0) {
        if known != other {
            *known = None;
        }
    }
    both
}
