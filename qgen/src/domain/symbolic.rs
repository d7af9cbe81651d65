//! Intervals and polynomials together: what a lane holds, exactly, for all operands at once.
//!
//! The interval shows that nothing wraps before it is widened; therefore the polynomial, computed
//! over whole numbers, is what the lane holds. Lanes of 32 bits are never widened: there wrapping is
//! harmless, and polynomials count modulo 2³².
//!
//! Where results have 16 bits (the form for short k), wrapping in lanes of 16 bits is harmless, too, as
//! long as nothing depends on more than what a lane holds modulo 2¹⁶. What becomes of
//! such a lane when it is widened can be stored, and nothing else: it must be a result, all of it, which is
//! known to fit.

use super::formula::{Formula, Part};
use super::interval::Interval;
use super::shared::Shared;
use super::{Domain, Fault, steps};
use crate::isa::Step;
use crate::prove::Poly;

/// A number, eight bits, numbers that share a byte, or neighbouring lanes that are only moved.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// A number in a range.
    Number {
        /// What it may be.
        range: Interval,
        /// What it is.
        poly: Poly,
    },
    /// A number of 16 bits of which only this is known modulo 2¹⁶.
    Modular(Poly),
    /// A number of 32 bits: 16 of which only this is known modulo 2¹⁶, widened with their sign or without.
    Whole(Poly, bool),
    /// The bits of a byte, the lowest first.
    Bits(Box<[Poly; 8]>),
    /// A byte that several numbers share.
    Shared(Shared),
    /// Narrower lanes, the lowest first.
    Lanes(Vec<Term>),
    /// What an end makes of sums; floats are any bits.
    Formula {
        /// What it may be.
        range: Interval,
        /// How it is made.
        formula: Formula,
    },
}

impl Term {
    /// A constant.
    pub fn constant(value: i64) -> Term {
        Term::Number { range: Interval::new(value, value), poly: Poly::constant(value) }
    }

    fn number(&self) -> Result<(Interval, &Poly), Fault> {
        match self {
            Term::Number { range, poly } => Ok((*range, poly)),
            Term::Modular(_) => Err(Fault("a lane that may have wrapped is used as a number".into())),
            Term::Whole(..) => {
                Err(Fault("a lane that may have wrapped is widened, and then used as a part of a sum".into()))
            }
            Term::Bits(_) => Err(Fault("bits are used as a number".into())),
            Term::Shared(_) => Err(Fault("a byte of several values is used as a number".into())),
            Term::Lanes(_) => Err(Fault("lanes of one width are used as lanes of another".into())),
            Term::Formula { .. } => Err(Fault("what an end made of a sum is used in a sum".into())),
        }
    }

    /// What the term may be; any word, where it may have wrapped.
    fn range(&self) -> Interval {
        match self {
            Term::Number { range, .. } | Term::Formula { range, .. } if WORDS.contains(*range) => *range,
            _ => WORDS,
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self, Term::Number { poly, .. } if poly.as_constant() == Some(0))
    }
}

/// A register: lanes of one width.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// Bits of a lane.
    pub bits: u8,
    /// The lanes; the rest of the register is zero.
    pub lanes: Vec<Term>,
}

/// The domain of intervals with polynomials.
#[derive(Clone, Copy, Debug, Default)]
pub struct Symbolic {
    /// Whether lanes of 16 bits may wrap.
    pub wraps: bool,
}

impl Symbolic {
    fn may_wrap(&self, bits: u8) -> bool {
        bits == 16 && self.wraps
    }

    /// a + sign·b.
    fn sum(&self, a: &Term, b: &Term, sign: i64) -> Result<Term, Fault> {
        match (a, b) {
            (Term::Formula { range, .. }, other) | (other, Term::Formula { range, .. }) if sign > 0 => {
                Formula::apply(Part::Sum, &[a, b], range.plus(other.range()))
            }
            (Term::Modular(p), Term::Modular(q) | Term::Number { poly: q, .. })
            | (Term::Number { poly: p, .. }, Term::Modular(q)) => Ok(Term::Modular(p.add_scaled(q, sign))),
            _ => {
                let ((r, p), (s, q)) = (a.number()?, b.number()?);
                let range = if sign < 0 { r.minus(s) } else { r.plus(s) };
                Ok(Term::Number { range, poly: p.add_scaled(q, sign) })
            }
        }
    }
}

/// What a lane of 32 bits holds.
const WORDS: Interval = Interval::new(i32::MIN as i64, i32::MAX as i64);

/// The numbers that a lane can hold.
pub(super) fn holds(bits: u8, signed: bool) -> Interval {
    match (bits, signed) {
        (64.., _) => Interval::new(i64::MIN, i64::MAX),
        (_, true) => Interval::new(-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
        (_, false) => Interval::new(0, (1 << bits) - 1),
    }
}

fn check(range: Interval, bits: u8, signed: bool, lane: usize, verb: &str) -> Result<(), Fault> {
    let limits = holds(bits, signed);
    if bits >= 32 || (range.lo >= limits.lo && range.hi <= limits.hi) {
        return Ok(());
    }
    let sign = if signed { "signed" } else { "unsigned" };
    let Interval { lo, hi } = range;
    Err(Fault(format!("lane {lane} may hold {lo}..={hi}, but is {verb} as {bits} bits {sign}")))
}

impl Domain for Symbolic {
    type Vector = Terms;
    type Int = Term;

    fn lane(&self, v: &Terms, bits: u8, index: u8, signed: bool) -> Result<Term, Fault> {
        let index = usize::from(index);
        let lane = self.moved_lane(v, bits, index as u8)?;
        match lane {
            Term::Number { range, ref poly } => match check(range, bits, signed, index, "read") {
                Err(_) if self.may_wrap(bits) => Ok(Term::Modular(poly.clone())),
                checked => checked.map(|()| lane),
            },
            Term::Formula { range, .. } => check(range, bits, signed, index, "read").map(|()| lane),
            Term::Shared(shared) => Ok(Term::Shared(shared.read_as(signed))),
            Term::Modular(_) | Term::Whole(..) | Term::Bits(_) | Term::Lanes(_) => Ok(lane),
        }
    }

    fn widened(&self, lane: Term, _: u8, signed: bool) -> Result<Term, Fault> {
        Ok(match lane {
            Term::Modular(poly) => Term::Whole(poly, signed),
            lane => lane,
        })
    }

    fn moved_lane(&self, v: &Terms, bits: u8, index: u8) -> Result<Term, Fault> {
        let index = usize::from(index);
        if v.bits == bits {
            return Ok(v.lanes.get(index).cloned().unwrap_or_else(|| Term::constant(0)));
        }
        if v.lanes.iter().all(Term::is_zero) {
            return Ok(Term::constant(0));
        }
        if bits > v.bits {
            let count = usize::from(bits / v.bits);
            let part = |n| v.lanes.get(index * count + n).cloned().unwrap_or_else(|| Term::constant(0));
            return Ok(Term::Lanes((0..count).map(part).collect()));
        }
        if self.may_wrap(bits) && v.bits == 32 && index.is_multiple_of(2) {
            let whole = v.lanes.get(index / 2).cloned().unwrap_or_else(|| Term::constant(0));
            return Ok(if whole.is_zero() { whole } else { Term::Modular(whole.number()?.1.clone()) });
        }
        Err(Fault(format!("lanes of {} bits are read as lanes of {bits}", v.bits)))
    }

    fn vector(&self, bits: u8, signed: bool, lanes: &[Term]) -> Result<Terms, Fault> {
        let mut lanes = lanes.to_vec();
        for (n, lane) in lanes.iter_mut().enumerate() {
            match lane {
                Term::Number { range, poly } => match check(*range, bits, signed, n, "written") {
                    Err(_) if self.may_wrap(bits) => *lane = Term::Modular(poly.clone()),
                    checked => checked?,
                },
                Term::Formula { range, .. } if bits >= 32 => {
                    // Modulo 2³², like every sum.
                    *range = if WORDS.contains(*range) { *range } else { WORDS };
                }
                Term::Formula { range, .. } => check(*range, bits, signed, n, "written")?,
                Term::Modular(_) if bits != 16 => {
                    let what = format!("lane {n} of {bits} bits is made of one of 16 that may have wrapped");
                    return Err(Fault(what));
                }
                Term::Shared(_) if bits != 8 => {
                    return Err(Fault(format!("a byte of several values is written as {bits} bits")));
                }
                _ => {}
            }
        }
        self.moved(bits, &lanes)
    }

    fn moved(&self, bits: u8, lanes: &[Term]) -> Result<Terms, Fault> {
        let parts =
            lanes.iter().find_map(|l| if let Term::Lanes(parts) = l { Some(parts.len()) } else { None });
        if let Some(count) = parts {
            let zeros = || vec![Term::constant(0); count];
            let lanes = lanes.iter().flat_map(|l| match l {
                Term::Lanes(parts) => parts.clone(),
                _ => zeros(),
            });
            return Ok(Terms { bits: bits / count as u8, lanes: lanes.collect() });
        }
        Ok(Terms { bits, lanes: lanes.to_vec() })
    }

    fn int(&self, value: i64) -> Term {
        Term::constant(value)
    }

    fn add(&self, a: &Term, b: &Term) -> Result<Term, Fault> {
        self.sum(a, b, 1)
    }

    fn sub(&self, a: &Term, b: &Term) -> Result<Term, Fault> {
        self.sum(a, b, -1)
    }

    fn mul(&self, a: &Term, b: &Term) -> Result<Term, Fault> {
        let ((r, p), (s, q)) = (a.number()?, b.number()?);
        let poly = p.mul(q).ok_or_else(|| Fault("a product has more than four factors".into()))?;
        Ok(Term::Number { range: r.times(s), poly })
    }

    fn and(&self, a: &Term, b: &Term) -> Result<Term, Fault> {
        match (a, b) {
            (Term::Formula { .. }, _) | (_, Term::Formula { .. }) => {
                return Formula::apply(Part::And, &[a, b], WORDS);
            }
            (Term::Shared(shared), mask) | (mask, Term::Shared(shared)) => {
                return shared.masked(known(mask)?);
            }
            (Term::Number { .. }, Term::Number { .. }) => {
                // Of numbers only constants have known bits; but all bits that a number has may be kept.
                if let (Ok(a), Ok(b)) = (known(a), known(b)) {
                    return Ok(Term::constant(a & b));
                }
                for (number, mask) in [(a, b), (b, a)] {
                    let (range, _) = number.number()?;
                    let all = |mask: i64| mask >= 0 && mask & (mask + 1) == 0;
                    if known(mask).is_ok_and(|mask| all(mask) && range.lo >= 0 && range.hi <= mask) {
                        return Ok(number.clone());
                    }
                }
            }
            _ => {}
        }
        bitwise(a, b, |x, y| x.mul(y))
    }

    fn xor(&self, a: &Term, b: &Term) -> Result<Term, Fault> {
        bitwise(a, b, |x, y| Some(x.add_scaled(y, 1).add_scaled(&x.mul(y)?, -2)))
    }

    fn and_not(&self, a: &Term, b: &Term) -> Result<Term, Fault> {
        bitwise(a, b, |x, y| Some(x.add_scaled(&x.mul(y)?, -1)))
    }

    fn count_ones(&self, a: &Term) -> Result<Term, Fault> {
        let bits = bits(a)?;
        let poly = bits.iter().fold(Poly::default(), |sum, bit| sum.add_scaled(bit, 1));
        Ok(Term::Number { range: Interval::new(0, 8), poly })
    }

    fn shift_left(&self, a: &Term, by: u32) -> Result<Term, Fault> {
        match a {
            Term::Shared(shared) => shared.shifted_left(by),
            _ => self.mul(a, &self.int(1 << by)),
        }
    }

    fn shift_right(&self, a: &Term, by: u32) -> Result<Term, Fault> {
        match a {
            Term::Shared(shared) => shared.shifted_right(by),
            Term::Formula { range, .. } => {
                let range = Interval::new(range.lo >> by, range.hi >> by);
                Formula::apply(Part::ShiftRight(by), &[a], range)
            }
            _ => Ok(Term::constant(known(a)? >> by)),
        }
    }

    fn step(&self, step: Step, a: &Term, b: Option<&Term>) -> Result<Term, Fault> {
        // Bits of floats fill a lane.
        let range = steps::of_intervals(step, a.range(), b.map_or(WORDS, Term::range)).unwrap_or(WORDS);
        let operands: Vec<&Term> = [Some(a), b].into_iter().flatten().collect();
        Formula::apply(Part::Step(step), &operands, range)
    }

    fn float_add(&self, _: &Term, _: &Term) -> Result<Term, Fault> {
        Err(Fault("floats are not whole numbers".into()))
    }

    fn float_mul_add(&self, _: &Term, _: &Term, _: &Term) -> Result<Term, Fault> {
        Err(Fault("floats are not whole numbers".into()))
    }
}

/// The value of a constant.
fn known(term: &Term) -> Result<i64, Fault> {
    let (_, poly) = term.number()?;
    poly.as_constant().ok_or_else(|| Fault("a number that is not known is shifted or masked".into()))
}

fn bits(term: &Term) -> Result<Box<[Poly; 8]>, Fault> {
    match term {
        Term::Shared(_) => Err(Fault("the bits of a byte of several values are used".into())),
        Term::Bits(bits) => Ok(bits.clone()),
        Term::Number { poly, .. } => {
            let value =
                poly.as_constant().ok_or_else(|| Fault("the bits of a number are not known".into()))?;
            Ok(Box::new(std::array::from_fn(|n| Poly::constant(value >> n & 1))))
        }
        Term::Modular(_) | Term::Whole(..) | Term::Formula { .. } => {
            Err(Fault("the bits of a number are not known".into()))
        }
        Term::Lanes(_) => Err(Fault("lanes of one width are used as lanes of another".into())),
    }
}

fn bitwise(a: &Term, b: &Term, f: impl Fn(&Poly, &Poly) -> Option<Poly>) -> Result<Term, Fault> {
    let (a, b) = (bits(a)?, bits(b)?);
    let mut out: Box<[Poly; 8]> = Box::default();
    for (n, slot) in out.iter_mut().enumerate() {
        *slot = f(&a[n], &b[n]).ok_or_else(|| Fault("a product has more than four factors".into()))?;
    }
    Ok(Term::Bits(out))
}
