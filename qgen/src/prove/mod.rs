//! Proofs: a kernel computes its contract, for all operands and at every depth.
//!
//! The finished program, on machine registers, is run over intervals and polynomials at once
//! ([`crate::domain::Symbolic`]):
//!
//! 1. **Base.** At 0, 1 and a few k-blocks each result is `row_add + col_add ± raw` as a polynomial
//!    in the operands, modulo 2³².
//! 2. **Induction.** With *any* contents of the accumulators that earlier k-blocks may have left,
//!    one more pass of each loop adds exactly its own products, and nothing wraps before it is
//!    widened, up to the last block before a widening.
//! 3. **Carry.** With the period cut to one pass, a second period adds to what the first stored.
//! 4. **Padding.** Zeros in place of the last values of a block add nothing.
//!
//! The interval in which accumulators lie after n blocks is n times that of one block; the depth
//! limit follows from it and from nothing else. The k limit is that of 32-bit results.

mod counterexample;
mod memory;
mod poly;

pub use counterexample::{Counterexample, counterexample};
pub use poly::{Poly, Symbol};

use crate::Kernel;
use crate::domain::{Fault, Interval, Symbolic, Term, Terms};
use crate::interp::Interpreter;
use crate::isa::{Inst, Op, Reg, Unit};
use crate::plan::{Plan, growth};
use crate::program::{Block, BlockRole, Machine, Program};
use memory::{COL_ADD, LHS, Memory, OUT, RHS, ROW_ADD, STACK, Side, Variable};
use qgen_spec::{KernelSpec, Operand, Sums};
use std::fmt;

/// A finished argument, line by line.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Proof {
    /// The kernel's name.
    pub kernel: String,
    /// What was shown, in order.
    pub lines: Vec<Line>,
    /// Depth between two widenings.
    pub depth_limit: u32,
    /// The largest k.
    pub k_limit: u32,
}

/// A line of a proof.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    /// Which part of the argument.
    pub step: &'static str,
    /// What holds.
    pub claim: String,
}

/// Why a kernel is not proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The part of the argument that fails.
    pub step: &'static str,
    /// The instruction, the lane and the range, or the polynomials that differ.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step, self.why)
    }
}

impl std::error::Error for Refusal {}

/// Proves a kernel.
///
/// # Errors
/// The first thing that does not hold.
pub fn prove(kernel: &Kernel) -> Result<Proof, Refusal> {
    prove_parts(kernel.plan(), kernel.program())
}

/// Proves that `program` does what `plan` promises: both may have been tampered with.
///
/// # Errors
/// The first thing that does not hold.
pub fn prove_parts(plan: &Plan, program: &Program<Machine>) -> Result<Proof, Refusal> {
    let descriptor = plan.descriptor();
    let mut proof = Proof {
        kernel: descriptor.name(),
        lines: Vec::new(),
        depth_limit: descriptor.depth_limit,
        k_limit: descriptor.k_limit,
    };
    if plan.spec.lhs == Operand::F32 {
        proof.add("floats", "f32 sums are rounded, not counted: there is nothing to wrap; results are compared bit for bit instead".into());
        return Ok(proof);
    }
    Prover { plan, program, spec: &plan.spec }.run(&mut proof)?;
    Ok(proof)
}

impl Proof {
    fn add(&mut self, step: &'static str, claim: String) {
        self.lines.push(Line { step, claim });
    }
}

/// What accumulators hold at the beginning of a run.
type Opaque = Vec<(Reg, Terms)>;

struct Prover<'a> {
    plan: &'a Plan,
    program: &'a Program<Machine>,
    spec: &'a KernelSpec,
}

/// What accumulators hold before the first block of a run.
enum Before {
    Zero,
    /// Any sums of this many blocks.
    Blocks(i64),
}

impl Prover<'_> {
    fn run(&self, proof: &mut Proof) -> Result<(), Refusal> {
        let (spec, unroll) = (self.spec, usize::from(self.spec.unroll));
        proof.add(
            "operands",
            format!(
                "x, left, is in {}; y, right as stored ({}), is in {}",
                spec.lhs,
                spec.storage,
                spec.rhs_stored()
            ),
        );
        let mut runs = vec![0, 1, unroll, unroll + 1];
        runs.dedup();
        for blocks in runs {
            let shown = self.base("base", self.program, blocks, usize::MAX, &Before::Zero)?;
            let depth = blocks * usize::from(spec.k_block);
            proof.add("base", format!("k = {depth}: every result is exact; out[0][0] = {shown}"));
        }
        self.induction(proof)?;
        if self.plan.period.is_some() {
            let cut = self.with_period(unroll);
            self.base("carry", &cut, 2 * unroll, usize::MAX, &Before::Zero)?;
            proof.add("carry", format!("a second period adds to what the first one stored (shown with a period of {unroll} block(s))"));
        }
        self.base("padding", self.program, 1, 1, &Before::Zero)?;
        proof.add("padding", "zeros in place of all values of a block but the first add nothing".into());
        let largest = spec.lhs.range().zip(spec.rhs.range()).map_or(0, |(l, r)| l.max_product(r));
        proof.add(
            "k limit",
            format!(
                "|x·y| ≤ {largest}, so that k ≤ ⌊(2³¹−1) / {largest}⌋ = {} keeps every result in 32 bits",
                spec.k_limit()
            ),
        );
        Ok(())
    }

    fn induction(&self, proof: &mut Proof) -> Result<(), Refusal> {
        let refuse = |why: String| Refusal { step: "induction", why };
        let spec = self.spec;
        let unroll = i64::from(spec.unroll);
        if spec.tile != spec.register_tile {
            // Sub-tiles run the same blocks one after the other; one of them alone is looked at.
            let one = KernelSpec { tile: spec.register_tile, ..spec.clone() };
            let core = crate::core::Core::built_in(&spec.core).map_err(|e| refuse(e.to_string()))?;
            let kernel = crate::compile_spec(one, &core).map_err(|e| refuse(e.to_string()))?;
            return Prover { plan: kernel.plan(), program: kernel.program(), spec: &kernel.plan().spec }
                .induction(proof);
        }
        let grown = growth(spec, self.plan.addressing).map_err(|e| refuse(e.to_string()))?;
        let Some(period) = self.plan.period.map(i64::from) else {
            let what =
                if spec.widen_in_loop { "short sums end with each pass" } else { "lanes have 32 bits" };
            self.base("induction", self.program, spec.unroll.into(), usize::MAX, &Before::Blocks(0))?;
            proof.add(
                "induction",
                format!(
                    "{what}: whatever the accumulators hold, a pass adds exactly its products modulo 2³²"
                ),
            );
            return Ok(());
        };
        let last = period - unroll;
        self.base("induction", self.program, spec.unroll.into(), usize::MAX, &Before::Blocks(last))?;
        if unroll > 1 {
            self.base("induction", self.program, 1, usize::MAX, &Before::Blocks(period - 1))?;
        }
        proof.add(
            "induction",
            format!(
                "a block adds {0}..={1} to a lane; after n blocks it is in n·({0}..={1}). With anything that \
                 {last} blocks may leave, a pass adds exactly its products and nothing wraps: {period} blocks \
                 (k = {2}) are widened in time",
                grown.map_or(0, |g| g.lo),
                grown.map_or(0, |g| g.hi),
                period * i64::from(spec.k_block)
            ),
        );
        Ok(())
    }

    /// Runs a call of `blocks` blocks and compares every result with the contract; shows the first.
    fn base(
        &self,
        step: &'static str,
        program: &Program<Machine>,
        blocks: usize,
        known: usize,
        before: &Before,
    ) -> Result<String, Refusal> {
        let refuse = |why: String| Refusal { step, why: format!("{blocks} block(s): {why}") };
        let mut memory = Memory::new(self.spec, blocks, known);
        let (lhs_stride, out_stride) = (memory.lhs_stride, memory.out_stride);
        let (program, opaque) = match before {
            Before::Zero => (program.clone(), Vec::new()),
            Before::Blocks(count) => {
                self.without_zeroing(program, *count).map_err(|Fault(why)| refuse(why))?
            }
        };
        let mut machine = Interpreter::new(Symbolic, 32, &mut memory, 1 << 24);
        machine.set_sp(STACK);
        for n in 8..16 {
            machine.set_v(Reg(n), Terms { bits: 64, lanes: vec![Term::constant(n.into())] });
        }
        for (reg, terms) in &opaque {
            machine.set_v(*reg, terms.clone());
        }
        let args = [blocks as u64, LHS, lhs_stride, RHS, OUT, out_stride, ROW_ADD, COL_ADD];
        for (n, arg) in args.into_iter().enumerate() {
            machine.set_x(Reg(n as u16), arg);
        }
        machine.run(&program).map_err(|Fault(why)| refuse(why))?;
        let (m, n) = (usize::from(self.spec.tile.m), usize::from(self.spec.tile.n));
        if memory.written() != m * n {
            return Err(refuse(format!("{} of {} results are written", memory.written(), m * n)));
        }
        let depth = (blocks * usize::from(self.spec.k_block)).min(known);
        let mut shown = String::new();
        for i in 0..m {
            for j in 0..n {
                let found = memory.result(i, j).cloned().unwrap_or_default();
                let found = self.without_before(&found, &opaque, (i, j));
                let wanted = self.wanted(i, j, depth);
                if !found.equals_modulo_32(&wanted) {
                    let text = |p: &Poly| p.describe(6, &Variable::name);
                    return Err(refuse(format!(
                        "out[{i}][{j}] is {}, not {}",
                        text(&found.add_scaled(&Poly::default(), 1)),
                        text(&wanted)
                    )));
                }
                if (i, j) == (0, 0) {
                    shown = wanted.describe(6, &Variable::name);
                }
            }
        }
        Ok(shown)
    }

    /// The contract of [`qgen_spec::abi`], as a polynomial.
    fn wanted(&self, i: usize, j: usize, depth: usize) -> Poly {
        let (x, y) = (Side::of(self.spec, true), Side::of(self.spec, false));
        let mut raw = Poly::default();
        let product = |a: &Poly, b: &Poly| a.mul(b).expect("at most four factors");
        for p in 0..depth {
            raw = raw.add_scaled(&product(&x.value(i, p), &y.value(j, p)), 1);
            match self.spec.sums() {
                Sums::Pairs if p % 32 < 16 && p + 16 < depth => {
                    raw = raw.add_scaled(&product(&x.value(i, p), &x.value(i, p + 16)), 1);
                    raw = raw.add_scaled(&product(&y.value(j, p), &y.value(j, p + 16)), 1);
                }
                Sums::LhsMagnitude => raw = raw.add_scaled(&x.magnitude(i, p), -1),
                Sums::RhsMagnitude => raw = raw.add_scaled(&y.magnitude(j, p), -1),
                Sums::None | Sums::Pairs => {}
            }
        }
        let adds = Variable::RowAdd(i as u32).poly().add_scaled(&Variable::ColAdd(j as u32).poly(), 1);
        adds.add_scaled(&raw, self.spec.storage.sign().into())
    }

    /// The program without its zeroing, and the accumulators with any sums of `count` blocks.
    fn without_zeroing(
        &self,
        program: &Program<Machine>,
        count: i64,
    ) -> Result<(Program<Machine>, Opaque), Fault> {
        let grown = growth(self.spec, self.plan.addressing).map_err(|e| Fault(e.to_string()))?;
        let zeroed: Vec<Reg> = program
            .blocks(BlockRole::Zero)
            .iter()
            .flat_map(|b| b.insts.iter().flat_map(Inst::writes))
            .filter(|(unit, _)| *unit == Unit::V)
            .map(|(_, reg)| reg)
            .collect();
        let bits = if self.plan.period.is_some() { 16 } else { 32 };
        let lanes = 128 / usize::from(bits);
        let opaque = zeroed.iter().enumerate().map(|(a, &reg)| {
            let lane = |l: usize| {
                let range = match grown {
                    Some(one) if bits == 16 => one.repeated(count),
                    _ => Interval::new(i32::MIN.into(), i32::MAX.into()),
                };
                Term::Number { range, poly: Variable::Before(a as u32, l as u32).poly() }
            };
            (reg, Terms { bits, lanes: (0..lanes).map(lane).collect() })
        });
        let opaque = opaque.collect();
        let program = program.map_blocks(|b| {
            let insts = if b.role == BlockRole::Zero { Vec::new() } else { b.insts.clone() };
            Ok::<_, Fault>(Block { role: b.role, insts })
        })?;
        Ok((program, opaque))
    }

    /// What is left of a result when what the accumulators held before is taken out, each lane with
    /// the weight that the flush of the unchanged program gives it.
    fn without_before(&self, found: &Poly, opaque: &[(Reg, Terms)], (i, j): (usize, usize)) -> Poly {
        if opaque.is_empty() {
            return found.clone();
        }
        let weights = self.flush_of_before(opaque);
        match weights.as_ref().and_then(|w| w.get(&(i, j))) {
            Some(weight) => found.add_scaled(weight, -1),
            None => found.clone(),
        }
    }

    /// The results of a call without any k-block, whose accumulators hold `opaque`, less the
    /// corrections: what the flush makes of the accumulators alone.
    fn flush_of_before(
        &self,
        opaque: &[(Reg, Terms)],
    ) -> Option<std::collections::HashMap<(usize, usize), Poly>> {
        let mut memory = Memory::new(self.spec, 0, usize::MAX);
        let (lhs_stride, out_stride) = (memory.lhs_stride, memory.out_stride);
        let (program, _) = self.without_zeroing(self.program, 0).ok()?;
        let mut machine = Interpreter::new(Symbolic, 32, &mut memory, 1 << 24);
        machine.set_sp(STACK);
        for n in 8..16 {
            machine.set_v(Reg(n), Terms { bits: 64, lanes: vec![Term::constant(n.into())] });
        }
        for (reg, terms) in opaque {
            machine.set_v(*reg, terms.clone());
        }
        let args = [0, LHS, lhs_stride, RHS, OUT, out_stride, ROW_ADD, COL_ADD];
        for (n, arg) in args.into_iter().enumerate() {
            machine.set_x(Reg(n as u16), arg);
        }
        machine.run(&program).ok()?;
        let mut out = std::collections::HashMap::new();
        for i in 0..usize::from(self.spec.tile.m) {
            for j in 0..usize::from(self.spec.tile.n) {
                let adds =
                    Variable::RowAdd(i as u32).poly().add_scaled(&Variable::ColAdd(j as u32).poly(), 1);
                out.insert((i, j), memory.result(i, j)?.add_scaled(&adds, -1));
            }
        }
        Some(out)
    }

    /// The program with another period.
    fn with_period(&self, blocks: usize) -> Program<Machine> {
        let period = i64::from(self.plan.period.unwrap_or(0));
        let changed: Result<_, std::convert::Infallible> = self.program.map_blocks(|b| {
            let insts = b.insts.iter().map(|inst| {
                let imm = match inst.op() {
                    Op::MovImm if b.role == BlockRole::Control && inst.imm() == period & 0xffff => {
                        blocks as i64
                    }
                    Op::MovkImm => 0,
                    _ => return *inst,
                };
                Inst::new(inst.op(), inst.regs(), imm, inst.buffer()).expect("small numbers fit")
            });
            Ok(Block { role: b.role, insts: insts.collect() })
        });
        match changed {
            Ok(program) => program,
            Err(never) => match never {},
        }
    }
}
