//! Programs: instructions in a structure of blocks, loops and choices, at a stage that the type
//! names.

use crate::isa::{Inst, Op, Reg, RegNames, Unit, print};
use std::fmt;

/// A kernel's code at some stage: [`Virtual`] registers before allocation, [`Machine`] registers
/// after it.
#[derive(Clone, Debug)]
pub struct Program<S> {
    /// The body, in the order of execution.
    pub nodes: Vec<Node>,
    /// What only this stage has.
    pub stage: S,
}

/// Registers are numbers into a list without end.
#[derive(Clone, Debug)]
pub struct Virtual {
    /// What each register is.
    pub regs: Vec<RegInfo>,
    /// The registers that hold the eight arguments on entry.
    pub params: [Reg; 8],
}

/// Registers are the machine's; arguments are in x0–x7.
#[derive(Clone, Debug)]
pub struct Machine {
    /// For each virtual register the machine register that it lives in.
    pub homes: Vec<Reg>,
    /// The virtual registers' descriptions, for listings.
    pub regs: Vec<RegInfo>,
    /// Callee-saved vector registers that the frame saves.
    pub saved_v: Vec<Reg>,
    /// Callee-saved core registers that the frame saves.
    pub saved_x: Vec<Reg>,
}

/// A virtual register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegInfo {
    /// Its register file.
    pub unit: Unit,
    /// Its name in listings, e.g. `acc[0][3]`.
    pub name: String,
}

/// A piece of a program.
#[derive(Clone, Debug)]
pub enum Node {
    /// Straight-line code.
    Block(Block),
    /// `do { body } while counter != 0`. The body itself counts down.
    Loop {
        /// What is counted.
        counter: Reg,
        /// What is repeated, at least once.
        body: Vec<Node>,
    },
    /// A choice.
    IfNonZero {
        /// The core register that decides.
        test: Reg,
        /// Done where it is not 0.
        then: Vec<Node>,
        /// Done where it is 0.
        otherwise: Vec<Node>,
    },
}

/// Straight-line code with one purpose.
#[derive(Clone, Debug)]
pub struct Block {
    /// What it is for.
    pub role: BlockRole,
    /// The instructions, in order.
    pub insts: Vec<Inst>,
}

/// What a block is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockRole {
    /// Pointers and counters.
    Control,
    /// Accumulators are set to zero.
    Zero,
    /// A first pass of the main loop, which begins the sums.
    First,
    /// What runs ahead in a pipelined main loop, of the first pass.
    Fill,
    /// The body of the main loop.
    Steady,
    /// What the passes of a pipelined main loop have left to do, of the last pass.
    Drain,
    /// One k-block that the unrolled loop left over.
    Rest,
    /// Sums are widened, corrected and stored.
    Flush,
    /// Sums are widened and added to what an earlier flush stored.
    FlushMore,
    /// Callee-saved registers are pushed or popped.
    Frame,
}

impl BlockRole {
    /// The comment above the block in listings.
    pub const fn title(self) -> &'static str {
        match self {
            BlockRole::Control => "pointers and counters",
            BlockRole::Zero => "zero the accumulators",
            BlockRole::First => "first pass of the main loop, which begins the sums",
            BlockRole::Fill => "of the first pass, what runs ahead",
            BlockRole::Steady => "main loop",
            BlockRole::Drain => "of the last pass, the rest",
            BlockRole::Rest => "one k-block left over by the main loop",
            BlockRole::Flush => "widen, correct and store the sums",
            BlockRole::FlushMore => "widen the sums and add them to those stored before",
            BlockRole::Frame => "callee-saved registers",
        }
    }
}

impl Node {
    /// What the main loop counts and its body, if this is the main loop.
    pub fn main_loop(&self) -> Option<(Reg, &Block)> {
        let Node::Loop { counter, body } = self else { return None };
        let [Node::Block(block)] = &body[..] else { return None };
        (block.role == BlockRole::Steady).then_some((*counter, block))
    }

    /// What the main loop counts, if it is in here.
    fn main_counter(&self) -> Option<Reg> {
        let within = |nodes: &[Node]| nodes.iter().find_map(Node::main_counter);
        match self {
            Node::Block(_) => None,
            Node::Loop { body, .. } => self.main_loop().map(|(counter, _)| counter).or_else(|| within(body)),
            Node::IfNonZero { then, otherwise, .. } => within(then).or_else(|| within(otherwise)),
        }
    }
}

impl<S> Program<S> {
    /// Calls `f` on every block, in order.
    pub fn for_each_block<'a>(&'a self, mut f: impl FnMut(&'a Block)) {
        visit(&self.nodes, &mut f);
    }

    /// The blocks of one role, in order.
    pub fn blocks(&self, role: BlockRole) -> Vec<&Block> {
        let mut found = Vec::new();
        self.for_each_block(|b| {
            if b.role == role {
                found.push(b);
            }
        });
        found
    }

    /// The body of the main loop.
    pub fn steady(&self) -> &Block {
        self.blocks(BlockRole::Steady).first().expect("every kernel has a main loop")
    }

    /// What the main loop counts.
    pub(crate) fn main_counter(&self) -> Option<Reg> {
        self.nodes.iter().find_map(Node::main_counter)
    }

    /// Whether passes of the main loop overlap.
    pub fn is_pipelined(&self) -> bool {
        !self.blocks(BlockRole::Fill).is_empty()
    }

    /// The same program with every block replaced.
    pub fn map_blocks<E>(&self, mut f: impl FnMut(&Block) -> Result<Block, E>) -> Result<Program<S>, E>
    where
        S: Clone,
    {
        Ok(Program { nodes: map(&self.nodes, &mut f)?, stage: self.stage.clone() })
    }
}

fn visit<'a>(nodes: &'a [Node], f: &mut impl FnMut(&'a Block)) {
    for node in nodes {
        match node {
            Node::Block(b) => f(b),
            Node::Loop { body, .. } => visit(body, f),
            Node::IfNonZero { then, otherwise, .. } => {
                visit(then, f);
                visit(otherwise, f);
            }
        }
    }
}

fn map<E>(nodes: &[Node], f: &mut impl FnMut(&Block) -> Result<Block, E>) -> Result<Vec<Node>, E> {
    nodes
        .iter()
        .map(|node| {
            Ok(match node {
                Node::Block(b) => Node::Block(f(b)?),
                Node::Loop { counter, body } => Node::Loop { counter: *counter, body: map(body, f)? },
                Node::IfNonZero { test, then, otherwise } => {
                    Node::IfNonZero { test: *test, then: map(then, f)?, otherwise: map(otherwise, f)? }
                }
            })
        })
        .collect()
}

impl Virtual {
    /// The name of `reg` in listings.
    pub fn name(&self, reg: Reg) -> &str {
        &self.regs[usize::from(reg.0)].name
    }
}

impl Machine {
    /// Bytes of stack that the frame takes: whole pairs of saved registers.
    pub fn frame_bytes(&self) -> usize {
        16 * (self.saved_v.len().div_ceil(2) + self.saved_x.len().div_ceil(2))
    }
}

/// Virtual registers print by name: `smlal acc[0][1].8h, s.8b, t.8b`.
impl fmt::Display for Program<Virtual> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |reg: Reg| self.stage.name(reg).to_string();
        list(&self.nodes, &RegNames::Virtual(&name), &|r| name(r), 0, f)
    }
}

impl fmt::Display for Program<Machine> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(&self.nodes, &RegNames::Machine, &|r| format!("x{}", r.0), 0, f)
    }
}

fn list(
    nodes: &[Node],
    names: &RegNames<'_>,
    core_name: &dyn Fn(Reg) -> String,
    depth: usize,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let pad = "  ".repeat(depth);
    for node in nodes {
        match node {
            Node::Block(block) => {
                writeln!(f, "{pad}; {}", block.role.title())?;
                for inst in &block.insts {
                    writeln!(f, "{pad}{}", print(inst, names))?;
                }
            }
            Node::Loop { counter, body } => {
                writeln!(f, "{pad}do {{")?;
                list(body, names, core_name, depth + 1, f)?;
                writeln!(f, "{pad}}} while {} != 0", core_name(*counter))?;
            }
            Node::IfNonZero { test, then, otherwise } => {
                writeln!(f, "{pad}if {} != 0 {{", core_name(*test))?;
                list(then, names, core_name, depth + 1, f)?;
                if !otherwise.is_empty() {
                    writeln!(f, "{pad}}} else {{")?;
                    list(otherwise, names, core_name, depth + 1, f)?;
                }
                writeln!(f, "{pad}}}")?;
            }
        }
    }
    Ok(())
}

/// Writes programs on virtual registers.
#[derive(Debug, Default)]
pub struct Builder {
    regs: Vec<RegInfo>,
    insts: Vec<Inst>,
}

impl Builder {
    /// A new vector register.
    pub fn v(&mut self, name: impl Into<String>) -> Reg {
        self.reg(Unit::V, name.into())
    }

    /// A new core register.
    pub fn x(&mut self, name: impl Into<String>) -> Reg {
        self.reg(Unit::X, name.into())
    }

    fn reg(&mut self, unit: Unit, name: String) -> Reg {
        let reg = u16::try_from(self.regs.len()).expect("the planner bounds the length of programs");
        self.regs.push(RegInfo { unit, name });
        Reg(reg)
    }

    /// Appends an instruction without immediate or memory.
    pub fn op(&mut self, op: Op, regs: &[Reg]) {
        self.imm(op, regs, 0);
    }

    /// Appends an instruction with an immediate.
    pub fn imm(&mut self, op: Op, regs: &[Reg], imm: i64) {
        self.push(op, regs, imm, None);
    }

    /// Appends an instruction that touches `buffer`.
    pub fn mem(&mut self, op: Op, regs: &[Reg], imm: i64, buffer: crate::isa::Buffer) {
        self.push(op, regs, imm, Some(buffer));
    }

    fn push(&mut self, op: Op, regs: &[Reg], imm: i64, buffer: Option<crate::isa::Buffer>) {
        let inst = Inst::new(op, regs, imm, buffer).expect("lowering makes only encodable instructions");
        self.insts.push(inst);
    }

    /// The instructions since the last block, as a block.
    pub fn block(&mut self, role: BlockRole) -> Node {
        Node::Block(Block { role, insts: std::mem::take(&mut self.insts) })
    }

    /// Registers made so far.
    pub fn registers(&self) -> usize {
        self.regs.len()
    }

    /// The finished program.
    pub fn finish(self, nodes: Vec<Node>, params: [Reg; 8]) -> Program<Virtual> {
        debug_assert!(self.insts.is_empty(), "every instruction is in a block");
        Program { nodes, stage: Virtual { regs: self.regs, params } }
    }
}
