//! Value domains: the instruction meanings of the table run over any of them.

mod concrete;
mod formula;
mod interval;
mod shared;
mod steps;
mod symbolic;

pub use concrete::Concrete;
pub use formula::{Formula, Part};
pub use interval::{Interval, Intervals, LaneIntervals};
pub use shared::Shared;
pub use symbolic::{Symbolic, Term, Terms};

use crate::isa::{At, Expr, Lanes, Step};
use std::fmt;

/// What a program could not do in a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// A kind of values that lanes may hold: numbers, intervals of numbers, ….
pub trait Domain {
    /// The contents of a 128-bit register.
    type Vector: Clone;
    /// A mathematical integer: not bound to a lane's width.
    type Int: Clone;

    /// Lane `index` of `bits`-bit lanes, read as a signed or an unsigned number.
    ///
    /// # Errors
    /// If the register's contents are not known in lanes of that width.
    fn lane(&self, v: &Self::Vector, bits: u8, index: u8, signed: bool) -> Result<Self::Int, Fault>;

    /// Lane `index` of `bits`-bit lanes as it is, to be moved: neither signed nor unsigned.
    ///
    /// # Errors
    /// As [`Domain::lane`], signs aside.
    fn moved_lane(&self, v: &Self::Vector, bits: u8, index: u8) -> Result<Self::Int, Fault> {
        self.lane(v, bits, index, false)
    }

    /// A lane, read as a signed or an unsigned number, on its way into wider lanes.
    ///
    /// # Errors
    /// In domains where a lane may be known modulo its width only.
    fn widened(&self, lane: Self::Int, _bits: u8, _signed: bool) -> Result<Self::Int, Fault> {
        Ok(lane)
    }

    /// A register whose low lanes are the given numbers modulo 2^bits and whose rest is zero.
    ///
    /// # Errors
    /// In domains that refuse wrapping: if a number does not fit its lane as a signed (or, where
    /// `signed` is not set, unsigned) number.
    fn vector(&self, bits: u8, signed: bool, lanes: &[Self::Int]) -> Result<Self::Vector, Fault>;

    /// A register of lanes that were only moved, bits as they are: neither signed nor unsigned.
    ///
    /// # Errors
    /// The domain's.
    fn moved(&self, bits: u8, lanes: &[Self::Int]) -> Result<Self::Vector, Fault> {
        self.vector(bits, false, lanes)
    }

    /// The number `value`.
    fn int(&self, value: i64) -> Self::Int;
    /// a + b.
    ///
    /// # Errors
    /// In domains whose values are not all numbers.
    fn add(&self, a: &Self::Int, b: &Self::Int) -> Result<Self::Int, Fault>;
    /// a − b.
    ///
    /// # Errors
    /// In domains whose values are not all numbers.
    fn sub(&self, a: &Self::Int, b: &Self::Int) -> Result<Self::Int, Fault>;
    /// a · b.
    ///
    /// # Errors
    /// In domains whose values are not all numbers.
    fn mul(&self, a: &Self::Int, b: &Self::Int) -> Result<Self::Int, Fault>;

    /// Bits set in both.
    ///
    /// # Errors
    /// In domains without bits; so for the following.
    fn and(&self, a: &Self::Int, b: &Self::Int) -> Result<Self::Int, Fault>;
    /// Bits set in one of both.
    ///
    /// # Errors
    /// As [`Domain::and`].
    fn xor(&self, a: &Self::Int, b: &Self::Int) -> Result<Self::Int, Fault>;
    /// Bits set in `a` and not in `b`.
    ///
    /// # Errors
    /// As [`Domain::and`].
    fn and_not(&self, a: &Self::Int, b: &Self::Int) -> Result<Self::Int, Fault>;
    /// How many bits are set in a number that is not negative.
    ///
    /// # Errors
    /// As [`Domain::and`].
    fn count_ones(&self, a: &Self::Int) -> Result<Self::Int, Fault>;
    /// ⌊a / 2^by⌋.
    ///
    /// # Errors
    /// As [`Domain::and`].
    fn shift_right(&self, a: &Self::Int, by: u32) -> Result<Self::Int, Fault>;

    /// a · 2^by.
    ///
    /// # Errors
    /// As [`Domain::mul`].
    fn shift_left(&self, a: &Self::Int, by: u32) -> Result<Self::Int, Fault> {
        self.mul(a, &self.int(1 << by))
    }

    /// A step of a kernel's end, of one value or two.
    ///
    /// # Errors
    /// In domains without floats, for steps that are about them.
    fn step(&self, step: Step, a: &Self::Int, b: Option<&Self::Int>) -> Result<Self::Int, Fault>;

    /// The bits of the f32 a + b, rounded to nearest even.
    ///
    /// # Errors
    /// In domains without floats.
    fn float_add(&self, a: &Self::Int, b: &Self::Int) -> Result<Self::Int, Fault>;

    /// The bits of the f32 a·b + c, rounded once.
    ///
    /// # Errors
    /// In domains without floats.
    fn float_mul_add(&self, a: &Self::Int, b: &Self::Int, c: &Self::Int) -> Result<Self::Int, Fault>;
}

/// Computes every lane of a result.
///
/// # Errors
/// The domain's.
pub fn eval<'v, D: Domain>(
    domain: &D,
    meaning: &Lanes,
    operand: impl Fn(u8) -> Result<&'v D::Vector, Fault>,
    imm: i64,
) -> Result<D::Vector, Fault>
where
    D::Vector: 'v,
{
    let moves = is_move(meaning.expr, meaning.bits);
    let Lanes { bits, count, .. } = *meaning;
    let mut context = Context { domain, operand: &operand, imm, bits, count, j: 0, moves };
    let mut lanes = Vec::with_capacity(16);
    for i in 0..meaning.count {
        lanes.push(context.value(meaning.expr, i)?);
    }
    if moves {
        return domain.moved(meaning.bits, &lanes);
    }
    domain.vector(meaning.bits, is_signed(meaning.expr), &lanes)
}

/// Whether an instruction only moves lanes of `width` bits.
fn is_move(expr: &Expr, width: u8) -> bool {
    match expr {
        Expr::Lane { bits, .. } => *bits == width,
        Expr::Alternate(a, b) | Expr::Halves(a, b) => is_move(a, width) && is_move(b, width),
        _ => false,
    }
}

/// Whether a result is meant as a signed number: it is if anything that it is made of is.
fn is_signed(expr: &Expr) -> bool {
    match expr {
        Expr::Lane { signed, .. } => *signed,
        Expr::Zero
        | Expr::Immediate
        | Expr::FloatAdd(..)
        | Expr::FloatMulAdd(..)
        | Expr::And(..)
        | Expr::Xor(..)
        | Expr::AndNot(..)
        | Expr::CountOnes(_) => false,
        Expr::Step(Step::Saturate { signed, .. }, ..) => *signed,
        Expr::Step(Step::FloatOf | Step::FloatMul | Step::FloatMax | Step::FloatMin, ..) => false,
        Expr::Step(_, a, _) => is_signed(a),
        Expr::ShiftRight(a) | Expr::ShiftLeft(a) | Expr::Sum(_, a) => is_signed(a),
        Expr::Sub(..) => true,
        Expr::Add(a, b) | Expr::Mul(a, b) | Expr::Alternate(a, b) | Expr::Halves(a, b) => {
            is_signed(a) || is_signed(b)
        }
    }
}

struct Context<'c, D, F> {
    domain: &'c D,
    operand: &'c F,
    imm: i64,
    /// Bits of a result lane.
    bits: u8,
    count: u8,
    /// The index of the innermost sum.
    j: u8,
    /// Whether lanes are only moved.
    moves: bool,
}

impl<'v, D: Domain, F: Fn(u8) -> Result<&'v D::Vector, Fault>> Context<'_, D, F>
where
    D::Vector: 'v,
{
    fn value(&mut self, expr: &Expr, i: u8) -> Result<D::Int, Fault> {
        let d = self.domain;
        Ok(match expr {
            Expr::Lane { operand, bits, signed, at } => {
                let index = match at {
                    At::Affine { stride, offset } => stride * i + offset + self.j,
                    At::Immediate => self.imm as u8,
                    At::Quad => 4 * self.imm as u8 + self.j,
                };
                let register = (self.operand)(*operand)?;
                if self.moves {
                    d.moved_lane(register, *bits, index)?
                } else {
                    let lane = d.lane(register, *bits, index, *signed)?;
                    if *bits < self.bits { d.widened(lane, *bits, *signed)? } else { lane }
                }
            }
            Expr::Zero => d.int(0),
            Expr::Immediate => d.int(self.imm),
            Expr::Add(a, b) => d.add(&self.value(a, i)?, &self.value(b, i)?)?,
            Expr::Sub(a, b) => d.sub(&self.value(a, i)?, &self.value(b, i)?)?,
            Expr::Mul(a, b) => d.mul(&self.value(a, i)?, &self.value(b, i)?)?,
            Expr::And(a, b) => d.and(&self.value(a, i)?, &self.value(b, i)?)?,
            Expr::Xor(a, b) => d.xor(&self.value(a, i)?, &self.value(b, i)?)?,
            Expr::AndNot(a, b) => d.and_not(&self.value(a, i)?, &self.value(b, i)?)?,
            Expr::CountOnes(a) => d.count_ones(&self.value(a, i)?)?,
            Expr::ShiftRight(a) => d.shift_right(&self.value(a, i)?, self.imm as u32)?,
            Expr::ShiftLeft(a) => d.shift_left(&self.value(a, i)?, self.imm as u32)?,
            Expr::Sum(count, term) => {
                let mut sum = d.int(0);
                for j in 0..*count {
                    self.j = j;
                    sum = d.add(&sum, &self.value(term, i)?)?;
                }
                self.j = 0;
                sum
            }
            Expr::Step(step, a, b) => {
                let a = self.value(a, i)?;
                let b = b.map(|b| self.value(b, i)).transpose()?;
                d.step(*step, &a, b.as_ref())?
            }
            Expr::FloatAdd(a, b) => d.float_add(&self.value(a, i)?, &self.value(b, i)?)?,
            Expr::FloatMulAdd(a, b, c) => {
                d.float_mul_add(&self.value(a, i)?, &self.value(b, i)?, &self.value(c, i)?)?
            }
            Expr::Alternate(even, odd) => self.value(if i.is_multiple_of(2) { even } else { odd }, i / 2)?,
            Expr::Halves(lower, upper) => {
                let half = self.count / 2;
                if i < half { self.value(lower, i)? } else { self.value(upper, i - half)? }
            }
        })
    }
}
