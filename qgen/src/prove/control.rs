//! Pointers and counters, for every depth: the control of a program is run over expressions in the number
//! of k-blocks.
//!
//! Control never depends on operands, so that core registers hold sums of parameters, constants, and
//! what a loop makes of its counter. Shown, in each register tile:
//!
//! * A period takes `min(what remains, limit)` blocks, until none remain; the first one stores, each later one
//!   adds to what is stored.
//! * Of these blocks the main loop takes `blocks >> s` passes of 2^s, and the loop behind it `blocks & (2^s − 1)`
//!   of one: all of them, whatever their number.
//! * A pass takes 1 off its counter and moves each pointer into a side past what it has used, and changes no
//!   other core register.
//!
//! Loops over register tiles have a constant number of passes. They are run once here, with anything in the
//! registers that they change; the runs over polynomials go through all of their passes.

use super::variant::is_flush;
use crate::domain::Fault;
use crate::isa::{Address, Buffer, Inst, Meaning, Reg, Scalar, Unit};
use crate::program::{Block, BlockRole, Machine, Node, Program};
use qgen_spec::KernelSpec;
use std::collections::BTreeMap;

/// What is not a sum of other things.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Atom {
    /// Anything; each has its own number.
    Any(u32),
    /// An expression shifted right.
    Shifted(Box<Value>, i64),
    /// The low bits of an expression.
    Low(Box<Value>, i64),
    /// The smaller of two, neither of them negative.
    Least(Box<Value>, Box<Value>),
}

/// A sum of multiples of atoms, and a constant.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    atoms: BTreeMap<Atom, i64>,
    constant: i64,
}

impl Value {
    fn constant(constant: i64) -> Value {
        Value { atoms: BTreeMap::new(), constant }
    }

    fn atom(atom: Atom) -> Value {
        Value { atoms: BTreeMap::from([(atom, 1)]), constant: 0 }
    }

    fn as_constant(&self) -> Option<i64> {
        self.atoms.is_empty().then_some(self.constant)
    }

    fn plus(&self, other: &Value, times: i64) -> Value {
        let mut sum = self.clone();
        sum.constant = sum.constant.wrapping_add(other.constant.wrapping_mul(times));
        for (atom, count) in &other.atoms {
            let entry = sum.atoms.entry(atom.clone()).or_default();
            *entry = entry.wrapping_add(count.wrapping_mul(times));
        }
        sum.atoms.retain(|_, count| *count != 0);
        sum
    }
}

/// The walk through a program.
pub(super) struct Control<'a> {
    spec: &'a KernelSpec,
    period: Option<i64>,
    /// Core registers, x0 to x30.
    x: Vec<Value>,
    flags: Option<(Value, Value)>,
    fresh: u32,
    /// How many k-blocks all of a call has.
    k_blocks: Value,
    /// How many of them the loops that come next take: all, or those of a period.
    now: Value,
    /// Register tiles that were seen whole.
    tiles: usize,
}

impl Control<'_> {
    /// Follows the control of `program`, which widens after `period` blocks, if it does before the end.
    ///
    /// # Errors
    /// What is done otherwise.
    pub(super) fn check(
        spec: &KernelSpec,
        program: &Program<Machine>,
        period: Option<i64>,
    ) -> Result<(), Fault> {
        let mut control = Control {
            spec,
            period,
            x: vec![Value::default(); 32],
            flags: None,
            fresh: 0,
            k_blocks: Value::default(),
            now: Value::default(),
            tiles: 0,
        };
        for reg in 0..32 {
            control.forget(Reg(reg));
        }
        control.k_blocks = control.x[0].clone();
        control.now = control.k_blocks.clone();
        control.nodes(&program.nodes)?;
        if control.tiles == 0 {
            return Err(Fault("there is no loop over k-blocks".into()));
        }
        Ok(())
    }

    fn forget(&mut self, reg: Reg) {
        self.x[usize::from(reg.0)] = Value::atom(Atom::Any(self.fresh));
        self.fresh += 1;
    }

    fn get(&self, reg: Reg) -> &Value {
        &self.x[usize::from(reg.0)]
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<(), Fault> {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            at += 1;
            match node {
                Node::Block(block) if is_of_k(block.role) => {
                    return Err(Fault(format!("{:?} is outside of a counted loop", block.role)));
                }
                Node::Block(block) => self.block(block)?,
                Node::IfNonZero { .. } if steady(node).is_some() => {
                    let rest = nodes.get(at).filter(|node| rest(node).is_some());
                    at += usize::from(rest.is_some());
                    self.passes(node, rest)?;
                }
                Node::Loop { counter, body } if has_period(body) => self.periods(*counter, body)?,
                Node::Loop { body, .. } => {
                    for reg in written(body) {
                        self.forget(reg);
                    }
                    self.nodes(body)?;
                    for reg in written(body) {
                        self.forget(reg);
                    }
                }
                Node::IfNonZero { .. } => {
                    return Err(Fault("a choice that is neither a counted loop nor that of a flush".into()));
                }
            }
        }
        Ok(())
    }

    /// `do { now = min(remaining, period); …; remaining −= now } while remaining != 0`
    fn periods(&mut self, counter: Reg, body: &[Node]) -> Result<(), Fault> {
        let Some(period) = self.period else { return Err(Fault("a period without a limit".into())) };
        let Some((first, last, choice)) = period_parts(body) else {
            return Err(Fault("a period is loops, one choice of a flush, and control".into()));
        };
        if *self.get(counter) != self.k_blocks {
            return Err(Fault(format!("x{} is not all of k before the first period", counter.0)));
        }
        if self.get(choice).as_constant() != Some(0) {
            return Err(Fault(format!("x{} is not 0 before the first period", choice.0)));
        }
        for reg in written(body) {
            self.forget(reg);
        }
        let remaining = self.get(counter).clone();
        let limit = Box::new(Value::constant(period));
        let all =
            std::mem::replace(&mut self.now, Value::atom(Atom::Least(Box::new(remaining.clone()), limit)));
        self.nodes(first)?;
        let left = remaining.plus(&self.now, -1);
        for block in last {
            self.block(block)?;
        }
        if *self.get(counter) != left {
            return Err(Fault(format!("x{} does not count down by the blocks of a period", counter.0)));
        }
        if self.get(choice).as_constant().is_none_or(|more| more == 0) {
            return Err(Fault(format!("x{} does not say that there was a period", choice.0)));
        }
        self.now = all;
        for reg in written(body) {
            self.forget(reg);
        }
        Ok(())
    }

    /// The main loop, and the one behind it for what is left over.
    fn passes(&mut self, main: &Node, behind: Option<&Node>) -> Result<(), Fault> {
        let unroll = i64::from(self.spec.unroll);
        let shift = i64::from(self.spec.unroll.trailing_zeros());
        let (counter, blocks) = steady(main).expect("the caller looked");
        let now = self.now.clone();
        let wanted = match unroll {
            1 => now.clone(),
            _ => Value::atom(Atom::Shifted(Box::new(now.clone()), shift)),
        };
        if *self.get(counter) != wanted {
            return Err(Fault(format!("x{} is not the number of passes of the main loop", counter.0)));
        }
        self.loops(counter, &blocks, unroll)?;
        match behind.and_then(rest) {
            None if unroll == 1 => {}
            Some((counter, block)) if unroll > 1 => {
                if *self.get(counter) != Value::atom(Atom::Low(Box::new(now), shift)) {
                    return Err(Fault(format!("x{} is not the number of blocks left over", counter.0)));
                }
                self.loops(counter, &[block], 1)?;
            }
            _ => return Err(Fault("blocks left over by the main loop have one loop behind it".into())),
        }
        self.tiles += 1;
        Ok(())
    }

    /// Checks a pass: alone, or as fill, body and drain, of which the body and the other two together are
    /// one pass each.
    fn loops(&mut self, counter: Reg, blocks: &[&Block], count: i64) -> Result<(), Fault> {
        let ways: Vec<Vec<&Block>> = match blocks {
            [one] => vec![vec![one]],
            [fill, body, drain] => vec![vec![fill, drain], vec![body]],
            _ => return Err(Fault("a loop of other parts".into())),
        };
        let mut uses: BTreeMap<Reg, i64> = BTreeMap::new();
        for block in blocks {
            for inst in &block.insts {
                let side = match inst.buffer() {
                    Some(Buffer::Lhs) => self.spec.lhs_layout(),
                    Some(Buffer::Rhs) => self.spec.rhs_layout(),
                    _ => continue,
                };
                let bytes = side.block_bytes() as i64;
                let pointer = *inst.regs().last().expect("an access has an address");
                if uses.insert(pointer, bytes * count).is_some_and(|known| known != bytes * count) {
                    return Err(Fault(format!("x{} points into both sides", pointer.0)));
                }
            }
        }
        let changed: Vec<Reg> = blocks.iter().flat_map(|b| changed(b)).collect();
        for way in ways {
            let before = self.x.clone();
            for block in &way {
                self.block(block)?;
            }
            for reg in (0..32).map(Reg) {
                let moved = self.get(reg).plus(&before[usize::from(reg.0)], -1);
                let wanted = if reg == counter { -1 } else { uses.get(&reg).copied().unwrap_or(0) };
                if moved != Value::constant(wanted) {
                    return Err(Fault(format!("a pass does not move x{} by {wanted}", reg.0)));
                }
            }
            self.x = before;
        }
        // After all passes: anything, of which only pointers are used again.
        for reg in changed {
            self.forget(reg);
        }
        Ok(())
    }

    fn block(&mut self, block: &Block) -> Result<(), Fault> {
        block.insts.iter().try_for_each(|inst| self.inst(inst))
    }

    fn inst(&mut self, inst: &Inst) -> Result<(), Fault> {
        let regs = inst.regs();
        let imm = inst.imm();
        let scalar = match &inst.row().meaning {
            Meaning::Scalar(scalar) => *scalar,
            Meaning::Memory(memory) => {
                let base = *regs.last().unwrap_or(&Reg(31));
                match memory.address {
                    Address::PostIndex => self.x[usize::from(base.0)].constant += imm,
                    Address::PostIndexSize => self.x[usize::from(base.0)].constant += i64::from(memory.bytes),
                    Address::PostIndexRegister => {
                        let step = regs[regs.len() - 2];
                        self.x[usize::from(base.0)] = self.get(base).plus(self.get(step), 1);
                    }
                    Address::Offset
                    | Address::Base
                    | Address::Stack
                    | Address::StackPush
                    | Address::StackPop => {}
                }
                // Saved registers come back as they were: `allocate::verify` shows it.
                let loaded: Vec<Reg> = inst
                    .writes()
                    .filter(|&(unit, reg)| unit == Unit::X && reg != base)
                    .map(|w| w.1)
                    .collect();
                loaded.into_iter().for_each(|reg| self.forget(reg));
                return Ok(());
            }
            Meaning::Lanes(_) => return Ok(()),
        };
        let value = |n: usize| self.get(regs[n]).clone();
        let result = match scalar {
            Scalar::Move => value(1),
            Scalar::Add => value(1).plus(&value(2), 1),
            Scalar::AddShifted => value(1).plus(&value(2), 1i64.wrapping_shl(imm as u32)),
            Scalar::Sub => value(1).plus(&value(2), -1),
            Scalar::AddImm => value(1).plus(&Value::constant(imm), 1),
            Scalar::SubImm => value(1).plus(&Value::constant(imm), -1),
            Scalar::MoveImm => Value::constant(imm),
            Scalar::KeepImm16 => match value(0).as_constant() {
                Some(low) => Value::constant(low & 0xffff | imm << 16),
                None => return self.unknown(inst),
            },
            Scalar::ShiftRight => Value::atom(Atom::Shifted(Box::new(value(1)), imm)),
            Scalar::LowBits => Value::atom(Atom::Low(Box::new(value(1)), imm)),
            Scalar::Compare => {
                self.flags = Some((value(0), value(1)));
                return Ok(());
            }
            Scalar::SelectLower if self.flags == Some((value(1), value(2))) => {
                Value::atom(Atom::Least(Box::new(value(1)), Box::new(value(2))))
            }
            Scalar::Prefetch | Scalar::Nop => return Ok(()),
            Scalar::MulAdd => match (value(1).as_constant(), value(2).as_constant()) {
                (Some(times), _) => value(3).plus(&value(2), times),
                (_, Some(times)) => value(3).plus(&value(1), times),
                _ => return self.unknown(inst),
            },
            Scalar::ShiftLeft | Scalar::SelectLower => return self.unknown(inst),
        };
        self.x[usize::from(regs[0].0)] = result;
        Ok(())
    }

    fn unknown(&mut self, inst: &Inst) -> Result<(), Fault> {
        self.forget(inst.regs()[0]);
        Ok(())
    }
}

/// Whether blocks of this role run as often as there are k-blocks.
fn is_of_k(role: BlockRole) -> bool {
    matches!(role, BlockRole::Fill | BlockRole::Steady | BlockRole::Drain | BlockRole::Rest)
}

/// The counter and the parts of a main loop: its block, or fill, body and drain.
fn steady(node: &Node) -> Option<(Reg, Vec<&Block>)> {
    let Node::IfNonZero { test, then, otherwise } = node else { return None };
    let body = |node: &'_ Node, role| counted(node, *test, role).is_some();
    match &then[..] {
        _ if !otherwise.is_empty() => None,
        [one] if body(one, BlockRole::Steady) => Some((*test, vec![counted(one, *test, BlockRole::Steady)?])),
        [Node::Block(fill), Node::IfNonZero { test: again, then, otherwise }, Node::Block(drain)] => {
            let [one] = &then[..] else { return None };
            let roles = (fill.role, drain.role) == (BlockRole::Fill, BlockRole::Drain);
            let same = again == test && otherwise.is_empty();
            let body = counted(one, *test, BlockRole::Steady)?;
            (roles && same).then(|| (*test, vec![fill, body, drain]))
        }
        _ => None,
    }
}

/// The counter and the block of the loop behind the main loop.
fn rest(node: &Node) -> Option<(Reg, &Block)> {
    let Node::IfNonZero { test, then, otherwise } = node else { return None };
    let [one] = &then[..] else { return None };
    if !otherwise.is_empty() {
        return None;
    }
    Some((*test, counted(one, *test, BlockRole::Rest)?))
}

/// The one block of a loop with this counter.
fn counted(node: &Node, test: Reg, role: BlockRole) -> Option<&Block> {
    let Node::Loop { counter, body } = node else { return None };
    let [Node::Block(block)] = &body[..] else { return None };
    (*counter == test && block.role == role).then_some(block)
}

/// Whether a loop chooses between two flushes in each pass.
fn has_period(body: &[Node]) -> bool {
    body.iter()
        .any(|node| matches!(node, Node::IfNonZero { then, .. } if is_flush(then, BlockRole::FlushMore)))
}

/// What comes before the choice of a flush, the control behind it, and what the choice tests.
fn period_parts(body: &[Node]) -> Option<(&[Node], Vec<&Block>, Reg)> {
    let choice =
        |node: &Node| matches!(node, Node::IfNonZero { then, .. } if is_flush(then, BlockRole::FlushMore));
    let at = body.iter().position(choice)?;
    let Node::IfNonZero { test, otherwise, .. } = &body[at] else { return None };
    let mut last = Vec::new();
    for node in &body[at + 1..] {
        match node {
            Node::Block(block) if block.role == BlockRole::Control => last.push(block),
            _ => return None,
        }
    }
    is_flush(otherwise, BlockRole::Flush).then_some((&body[..at], last, *test))
}

/// The core registers that a block changes.
fn changed(block: &Block) -> Vec<Reg> {
    let writes = block.insts.iter().flat_map(Inst::writes);
    let mut all: Vec<Reg> = writes.filter(|(unit, _)| *unit == Unit::X).map(|(_, reg)| reg).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The core registers that nodes change.
fn written(nodes: &[Node]) -> Vec<Reg> {
    let mut all = Vec::new();
    for node in nodes {
        match node {
            Node::Block(block) => all.extend(changed(block)),
            Node::Loop { body, .. } => all.extend(written(body)),
            Node::IfNonZero { then, otherwise, .. } => {
                all.extend(written(then));
                all.extend(written(otherwise));
            }
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}
