//! Proofs: a kernel computes its contract, for all operands and at every depth.
//!
//! The finished program, on machine registers, is run over intervals and polynomials at once
//! ([`crate::domain::Symbolic`]):
//!
//! 0. **Begin.** A first pass that [begins](crate::begin) the sums is, instruction by instruction, the main loop's
//!    body on sums of zero; all that follows is about the program that sets them to zero.
//! 1. **Base.** At 0, 1 and a few k-blocks each result is `row_add + col_add ± raw` as a polynomial
//!    in the operands, modulo 2³².
//!
//!    A kernel with an end stores no polynomial, but a tree of steps ([`crate::domain::Formula`]). It is
//!    compared with the list of steps that the end has, each with the parameters of its own column; the sum that it
//!    was made of is what all parts of the argument are about. Such a kernel has one flush, of whole sums.
//! 2. **Control.** The program's pointers and counters, run over expressions in the number of k-blocks:
//!    periods and loops take all blocks, whatever their number, each period's end is that of the first or of a
//!    later one, and every pass moves each pointer past what it used.
//! 3. **Growth.** A pass of a loop moves every lane of an accumulator by no more than its k-blocks
//!    times what the planner's interval run of one k-block says.
//! 4. **Induction.** With *any* contents of the accumulators that earlier k-blocks may have left,
//!    one more pass of each loop adds exactly its own products, and nothing wraps before it is
//!    widened, up to the last block before a widening.
//! 5. **Overlap.** A loop hands nothing on from pass to pass but sums, pointers and its counter. Where
//!    passes overlap (fill F, body B, drain D: see [`crate::schedule`]) it also hands on what a pass has
//!    already begun with. Let f(i) be what F makes at the pointers of pass i. Shown, each with any
//!    contents of the sums S: F touches no sum; F then D leaves S + products(0); F then B then D leaves
//!    S + products(0) + products(1); and F then B leaves f(1) in every register that B or D read before they
//!    write it. Operands are variables, and memory is reached through pointers only, so that this holds at any
//!    pass i as it does at 0: B takes f(i) to f(i + 1) and adds products(i), D adds the products of the
//!    last pass. F, n − 1 times B, and D therefore add the products of n passes, for every n. (That
//!    B itself adds the products of its own pass follows from the third: D, behind it, adds those of
//!    its own, by the second.) Nothing wraps, because both are shown at the latest time they may run.
//! 6. **Period.** The program widens after as many blocks as the limit says, and a later period adds to what
//!    is stored: for any sums that lanes may hold, and, with the period cut to one pass, in one run.
//! 7. **Padding.** Zeros in place of the last values of a block add nothing.
//! 8. **Limits.** The descriptor promises no more depth than these runs allow, and no larger k than
//!    32-bit results.
//!
//! [`counterexample`] is the other direction: operands for which a program really goes wrong.

mod argument;
mod contract;
mod control;
mod counterexample;
mod ends;
mod memory;
mod overlap;
mod poly;
mod variant;

pub use counterexample::{Counterexample, counterexample};
pub use poly::{Poly, Symbol};

use crate::Kernel;
use crate::begin::undone;
use crate::domain::Fault;
use crate::plan::Plan;
use crate::program::{BlockRole, Machine, Program};
use argument::Argument;
use qgen_spec::{Descriptor, Operand};
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
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
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

/// Whether operands are whole numbers, of which alone there are proofs: float sums are rounded, and
/// compared bit for bit by the tests instead.
pub fn has_proof(descriptor: &Descriptor) -> bool {
    descriptor.spec.lhs != Operand::F32
}

/// Proves a kernel.
///
/// # Errors
/// The first thing that does not hold.
pub fn prove(kernel: &Kernel) -> Result<Proof, Refusal> {
    prove_parts(&kernel.descriptor(), kernel.plan(), kernel.program())
}

/// Proves that `program` does what `descriptor` promises. All three may have been tampered with; the
/// plan is a hint, and every number of it that is used is checked.
///
/// # Errors
/// The first thing that does not hold.
pub fn prove_parts(
    descriptor: &Descriptor,
    plan: &Plan,
    program: &Program<Machine>,
) -> Result<Proof, Refusal> {
    let refuse = |why: &str| Refusal { step: "operands", why: why.into() };
    if !has_proof(descriptor) {
        return Err(refuse("float sums are rounded, not counted; there is nothing that wraps"));
    }
    if descriptor.spec != plan.spec {
        return Err(refuse("the descriptor is that of another kernel"));
    }
    let sums = undone(program).map_err(|Fault(why)| Refusal { step: "begin", why })?;
    let mut lines = Argument::new(descriptor, plan, &sums)?.lines()?;
    if !program.blocks(BlockRole::First).is_empty() {
        let claim = "the first pass does what the main loop's body does to sums of zero; what follows is of the \
                     program that sets them to zero instead";
        lines.insert(1, Line { step: "begin", claim: claim.into() });
    }
    let Descriptor { depth_limit, k_limit, .. } = *descriptor;
    Ok(Proof { kernel: descriptor.name(), lines, depth_limit, k_limit })
}
