//! Variants of a program that show one thing at a time.

use crate::domain::{Fault, Interval, Term, Terms};
use crate::isa::{Inst, Op, Reg, Unit};
use crate::program::{Block, BlockRole, Machine, Node, Program};
use std::convert::Infallible;

/// Points at [`BEFORE`](super::memory::BEFORE). Kernels never touch it.
pub(super) const BEFORE_POINTER: Reg = Reg(18);

/// The program, and what it begins with.
pub(super) struct Opaque {
    pub(super) program: Program<Machine>,
    /// The accumulators, in the order of their places behind [`BEFORE`](super::memory::BEFORE).
    pub(super) accumulators: Vec<Reg>,
}

/// The same program, whose accumulators begin with what memory holds behind
/// [`BEFORE`](super::memory::BEFORE) instead of zero.
///
/// # Errors
/// If a block that should set accumulators to zero does anything else.
pub(super) fn opaque(program: &Program<Machine>) -> Result<Opaque, Fault> {
    let mut accumulators: Vec<Reg> = Vec::new();
    let program = program.map_blocks(|block| {
        if block.role != BlockRole::Zero {
            return Ok(block.clone());
        }
        let mut insts = Vec::with_capacity(block.insts.len());
        for inst in &block.insts {
            if inst.op() != Op::MoviZero {
                return Err(Fault(format!("`{}` sets no accumulator to zero", inst.row().mnemonic())));
            }
            let to = inst.regs()[0];
            let at = accumulators.iter().position(|&reg| reg == to).unwrap_or_else(|| {
                accumulators.push(to);
                accumulators.len() - 1
            });
            let load = Inst::new(Op::LdrQ, &[to, BEFORE_POINTER], 16 * at as i64, None);
            insts.push(load.expect("there are 32 registers"));
        }
        Ok(Block { role: block.role, insts })
    })?;
    Ok(Opaque { program, accumulators })
}

/// What accumulators may hold.
#[derive(Clone, Copy)]
pub(super) enum Before {
    /// Numbers of a range in 16-bit lanes.
    Within(Interval),
    /// Anything in 16-bit lanes, which may have wrapped.
    Modular,
    /// Anything in 32-bit lanes.
    Words,
}

/// What [`opaque`] programs find there.
pub(super) fn before(accumulators: usize, what: Before) -> Vec<Terms> {
    let bits = if matches!(what, Before::Words) { 32 } else { 16 };
    let lane = |acc: usize, lane: usize| {
        let poly = super::memory::Variable::Before(acc as u32, lane as u32).poly();
        match what {
            Before::Within(range) => Term::Number { range, poly },
            Before::Modular => Term::Modular(poly),
            Before::Words => Term::Number { range: Interval::new(i32::MIN.into(), i32::MAX.into()), poly },
        }
    };
    let lanes = 128 / usize::from(bits);
    (0..accumulators).map(|acc| Terms { bits, lanes: (0..lanes).map(|l| lane(acc, l)).collect() }).collect()
}

/// The program without its end: accumulators stay in their registers.
pub(super) fn loops_only(program: &Program<Machine>) -> Program<Machine> {
    changed(program, |block| match block.role {
        BlockRole::Flush | BlockRole::FlushMore | BlockRole::Frame => Vec::new(),
        _ => block.insts.clone(),
    })
}

/// The program in which every period is a later one: its sums are added to what is stored already.
pub(super) fn later_periods(program: &Program<Machine>) -> Program<Machine> {
    fn later(nodes: &[Node]) -> Vec<Node> {
        let one = |node: &Node| match node {
            Node::IfNonZero { then, .. } if is_flush(then, BlockRole::FlushMore) => then.clone(),
            Node::IfNonZero { test, then, otherwise } => {
                vec![Node::IfNonZero { test: *test, then: later(then), otherwise: later(otherwise) }]
            }
            Node::Loop { counter, body } => vec![Node::Loop { counter: *counter, body: later(body) }],
            Node::Block(_) => vec![node.clone()],
        };
        nodes.iter().flat_map(one).collect()
    }
    Program { nodes: later(&program.nodes), stage: program.stage.clone() }
}

/// Whether `nodes` are one block of this role.
pub(super) fn is_flush(nodes: &[Node], role: BlockRole) -> bool {
    matches!(nodes, [Node::Block(block)] if block.role == role)
}

/// How many blocks the program sums before it widens; `None` if it only does at the end.
///
/// # Errors
/// If the number is not written where the frame writes it.
pub(super) fn period(program: &Program<Machine>) -> Result<Option<u32>, Fault> {
    let mut found = None;
    for block in program.blocks(BlockRole::Control) {
        let Some((limit, select)) = limit(block) else { continue };
        if block.insts[select + 1..].iter().any(|inst| inst.op() == Op::CselLo) || found.is_some() {
            return Err(Fault("there are two periods".into()));
        }
        let mut value = None;
        for inst in block.insts[..select].iter().filter(|inst| writes(inst, limit)) {
            value = match (inst.op(), value) {
                (Op::MovImm, None) => Some(inst.imm()),
                (Op::MovkImm, Some(low)) => Some(low | inst.imm() << 16),
                _ => return Err(Fault("the period is no constant".into())),
            };
        }
        found = Some(value.ok_or_else(|| Fault("the period is set elsewhere".into()))? as u32);
    }
    Ok(found)
}

/// The program with a period of `blocks`, which is small.
pub(super) fn with_period(program: &Program<Machine>, blocks: usize) -> Program<Machine> {
    changed(program, |block| {
        let limit = limit(block);
        let insts = block.insts.iter().enumerate().map(|(at, inst)| {
            let sets = limit.is_some_and(|(reg, select)| at < select && writes(inst, reg));
            let imm = match inst.op() {
                Op::MovImm if sets => blocks as i64,
                Op::MovkImm if sets => 0,
                _ => return *inst,
            };
            Inst::new(inst.op(), inst.regs(), imm, inst.buffer()).expect("small numbers fit")
        });
        insts.collect()
    })
}

/// The register that holds the period, in a block that takes the smaller of it and what remains; and
/// the place of the instruction that does.
fn limit(block: &Block) -> Option<(Reg, usize)> {
    let select = block.insts.iter().position(|inst| inst.op() == Op::CselLo)?;
    Some((block.insts[select].regs()[2], select))
}

fn writes(inst: &Inst, reg: Reg) -> bool {
    inst.writes().any(|written| written == (Unit::X, reg))
}

fn changed(program: &Program<Machine>, insts: impl Fn(&Block) -> Vec<Inst>) -> Program<Machine> {
    let changed =
        program.map_blocks(|block| Ok::<_, Infallible>(Block { role: block.role, insts: insts(block) }));
    match changed {
        Ok(program) => program,
        Err(never) => match never {},
    }
}
