//! What ends make of sums, as a tree: each step by its name, of exact sums and parameters.
//!
//! A polynomial says what a sum is; a rounded product of it with a parameter is no polynomial. So a step is
//! not understood, but written down, and what is stored is compared with the list of steps that the end
//! of the kernel has. What each step does to numbers is the business of the interpreter's tests.

use super::Fault;
use super::interval::Interval;
use super::symbolic::Term;
use crate::isa::Step;

/// An operation whose operands are no polynomials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A step of an end.
    Step(Step),
    /// The sum, modulo the lane that it is written to.
    Sum,
    /// The bits that are set in both.
    And,
    /// Shifted right by so many places, with copies of the sign.
    ShiftRight(u32),
}

/// A tree of steps.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// A sum or a parameter.
    Leaf(Box<Term>),
    /// An operation.
    Of(Part, Vec<Formula>),
}

impl Formula {
    /// The term as a leaf, or as the tree that it is.
    fn of(term: &Term) -> Result<Formula, Fault> {
        match term {
            Term::Formula { formula, .. } => Ok(formula.clone()),
            Term::Number { .. } | Term::Whole(..) => Ok(Formula::Leaf(Box::new(term.clone()))),
            _ => Err(Fault("an end begins with something else than a sum".into())),
        }
    }

    /// The term of an operation on terms, whose value is in `range`.
    pub(super) fn apply(part: Part, operands: &[&Term], range: Interval) -> Result<Term, Fault> {
        let operands = operands.iter().map(|term| Formula::of(term)).collect::<Result<_, _>>()?;
        Ok(Term::Formula { range, formula: Formula::Of(part, operands) })
    }

    /// The operands, if this is that operation.
    pub fn operands(&self, wanted: Part) -> Option<&[Formula]> {
        match self {
            Formula::Of(part, operands) if *part == wanted => Some(operands),
            _ => None,
        }
    }

    /// The outermost operation, as messages have it.
    pub fn outermost(&self) -> String {
        match self {
            Formula::Leaf(_) => "a sum or a parameter".into(),
            Formula::Of(Part::Step(step), _) => format!("{step:?}"),
            Formula::Of(part, _) => format!("{part:?}"),
        }
    }
}
