//! What is stored at a kernel's end, step by step, down to the sum that it is made of.

use super::Poly;
use super::memory::Variable;
use crate::domain::{Fault, Formula, Part, Term};
use crate::isa::Step;
use qgen_spec::{End, EndLayout, EndParam, KernelSpec, ResultBits};

/// What is shown of an end.
pub(super) fn claim(spec: &KernelSpec) -> String {
    let float = EndLayout::of(spec).params().len() == 1;
    format!(
        "what is stored as {} is made of the sum by these steps alone: {}",
        spec.end,
        spec.end.steps(float)
    )
}

/// The sum of which the end of `spec` makes `stored`, in column `j`.
///
/// # Errors
/// The first step that is not the end's.
pub(super) fn sum(spec: &KernelSpec, stored: &Term, j: usize) -> Result<Poly, Fault> {
    let Term::Formula { formula, .. } = stored else {
        return Err(Fault(format!("what is stored is not what an end in {} makes", spec.end)));
    };
    let check = Check { layout: EndLayout::of(spec), j };
    let sum = match spec.end {
        End::I8 | End::U8 => check.byte(formula)?,
        End::F32 | End::Sums => check.float(formula)?,
    };
    let Formula::Leaf(term) = sum else {
        return Err(Fault(format!("{} stands before the end", sum.outermost())));
    };
    match (spec.result_bits(), &**term) {
        (ResultBits::Full, Term::Number { poly, .. })
        | (ResultBits::Signed16, Term::Whole(poly, true))
        | (ResultBits::Unsigned16, Term::Whole(poly, false)) => Ok(poly.clone()),
        (bits, _) => Err(Fault(format!("the end begins with no sum of {bits:?} bits"))),
    }
}

struct Check {
    layout: EndLayout,
    j: usize,
}

impl Check {
    /// min(max(saturate(saturate(r) + zero), lo), hi), where
    /// r = round((h + (h ∧ right) >> 31) · 2^right), h = high(saturate(sum · 2^left) · multiplier).
    fn byte<'f>(&self, formula: &'f Formula) -> Result<&'f Formula, Fault> {
        let saturate = |bits, signed| Part::Step(Step::Saturate { bits, signed });
        let signed = self.layout.end() == End::I8;
        let [value, hi] = two(formula, Part::Step(Step::Min))?;
        variable(hi, Variable::Head(2), "hi")?;
        let [value, lo] = two(value, Part::Step(Step::Max))?;
        variable(lo, Variable::Head(1), "lo")?;
        let value = one(value, saturate(8, signed))?;
        let [value, zero] = two(one(value, saturate(16, true))?, Part::Sum)?;
        variable(zero, Variable::Head(0), "the zero point")?;
        let [value, right] = two(one(value, saturate(16, true))?, Part::Step(Step::RoundingShiftBy))?;
        self.param(right, EndParam::Right)?;
        let [high, fix] = two(value, Part::Sum)?;
        let [again, right] = two(one(fix, Part::ShiftRight(31))?, Part::And)?;
        self.param(right, EndParam::Right)?;
        if again != high {
            return Err(Fault("ties are told by another number than the one that is shifted".into()));
        }
        let [shifted, multiplier] = two(one(high, saturate(32, true))?, Part::Step(Step::DoublingHigh))?;
        self.param(multiplier, EndParam::Multiplier)?;
        let [sum, left] = two(one(shifted, saturate(32, true))?, Part::Step(Step::ShiftBy))?;
        self.param(left, EndParam::Left)?;
        Ok(sum)
    }

    /// min(max(float(sum) · scale, lo), hi).
    fn float<'f>(&self, formula: &'f Formula) -> Result<&'f Formula, Fault> {
        let [value, hi] = two(formula, Part::Step(Step::FloatMin))?;
        variable(hi, Variable::Head(1), "hi")?;
        let [value, lo] = two(value, Part::Step(Step::FloatMax))?;
        variable(lo, Variable::Head(0), "lo")?;
        let [value, scale] = two(value, Part::Step(Step::FloatMul))?;
        self.param(scale, EndParam::Scale)?;
        one(value, Part::Step(Step::FloatOf))
    }

    fn param(&self, found: &Formula, wanted: EndParam) -> Result<(), Fault> {
        let place = self.layout.params().iter().position(|param| *param == wanted);
        let place = place.expect("the end has its parameters") as u32;
        variable(found, Variable::Param(self.j as u32, place), &format!("{wanted:?} of column {}", self.j))
    }
}

fn variable(found: &Formula, wanted: Variable, name: &str) -> Result<(), Fault> {
    let is = |term: &Term| matches!(term, Term::Number { poly, .. } if *poly == wanted.poly());
    match found {
        Formula::Leaf(term) if is(term) => Ok(()),
        Formula::Leaf(term) => match &**term {
            Term::Number { poly, .. } => {
                Err(Fault(format!("{} is used in the place of {name}", poly.describe(3, &Variable::name))))
            }
            _ => Err(Fault(format!("a sum is used in the place of {name}"))),
        },
        other => Err(Fault(format!("{} is used in the place of {name}", other.outermost()))),
    }
}

fn one(formula: &Formula, part: Part) -> Result<&Formula, Fault> {
    match operands(formula, part)? {
        [one] => Ok(one),
        _ => Err(Fault(format!("{part:?} has several operands"))),
    }
}

fn two(formula: &Formula, part: Part) -> Result<[&Formula; 2], Fault> {
    match operands(formula, part)? {
        [a, b] => Ok([a, b]),
        _ => Err(Fault(format!("{part:?} has not two operands"))),
    }
}

fn operands(formula: &Formula, part: Part) -> Result<&[Formula], Fault> {
    let wanted = || match part {
        Part::Step(step) => format!("{step:?}"),
        part => format!("{part:?}"),
    };
    formula
        .operands(part)
        .ok_or_else(|| Fault(format!("{} stands where {} should", formula.outermost(), wanted())))
}
