//! A byte that several numbers share: what shifts and masks make of it, exactly.
//!
//! Every number is known with its range. Its field holds it modulo 2^width; whoever takes it out as a
//! signed or an unsigned number gets the number itself only if its range fits so many bits read that way.
//! Anything else (a shift that leaves fields across two places, a mask that cuts one, arithmetic on
//! several at once) is refused.

use super::Fault;
use super::interval::Interval;
use super::symbolic::{Term, holds};
use crate::prove::Poly;

/// A number of a byte.
#[derive(Clone, Debug, PartialEq)]
struct Held {
    range: Interval,
    poly: Poly,
}

/// A byte of fields of one width, the lowest first. A field without a number is zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Shared {
    width: u32,
    fields: Vec<Option<Held>>,
    /// How the byte was read: what a right shift fills it up with.
    signed: bool,
}

impl Shared {
    /// `8 / width` fields of zeros.
    pub fn zeros(width: u32) -> Shared {
        Shared { width, fields: vec![None; (8 / width) as usize], signed: false }
    }

    /// Puts a number into field `at`.
    pub fn hold(&mut self, at: usize, range: Interval, poly: Poly) {
        self.fields[at] = Some(Held { range, poly });
    }

    /// The byte as it is read: for a shift to the right.
    pub(super) fn read_as(mut self, signed: bool) -> Shared {
        self.signed = signed;
        self
    }

    /// How many fields `by` bits are.
    fn fields_in(&self, by: u32) -> Result<usize, Fault> {
        match by % self.width {
            0 => Ok((by / self.width) as usize),
            _ => Err(Fault(format!("a shift by {by} leaves values of {} bits across places", self.width))),
        }
    }

    /// Shifted left in its byte: the top fields are lost.
    pub(super) fn shifted_left(&self, by: u32) -> Result<Term, Fault> {
        let by = self.fields_in(by)?;
        let kept = self.fields.len().saturating_sub(by);
        let fields = self.fields.iter().take(kept).cloned();
        self.with(std::iter::repeat_n(None, self.fields.len() - kept).chain(fields).collect())
    }

    /// Shifted right, as the byte was read.
    pub(super) fn shifted_right(&self, by: u32) -> Result<Term, Fault> {
        let by = self.fields_in(by)?;
        let top = self.fields.last().and_then(Option::as_ref);
        match top {
            Some(top) if self.signed && by + 1 == self.fields.len() => top.read(self.width, true),
            Some(_) if self.signed && by > 0 => {
                Err(Fault("copies of a sign come in above a value that is not the last".into()))
            }
            _ => {
                let fields = self.fields.iter().skip(by).cloned();
                let zeros = std::iter::repeat_n(None, by.min(self.fields.len()));
                self.with(fields.chain(zeros).collect())
            }
        }
    }

    /// The fields of which `mask` has every bit; it has every bit of a field or none.
    pub(super) fn masked(&self, mask: i64) -> Result<Term, Fault> {
        let all = (1 << self.width) - 1;
        let kept =
            self.fields.iter().enumerate().map(|(at, field)| match mask >> (at as u32 * self.width) & all {
                0 => Ok(None),
                bits if bits == all || field.is_none() => Ok(field.clone()),
                _ => Err(Fault(format!("the mask {mask:#x} cuts a value of {} bits", self.width))),
            });
        self.with(kept.collect::<Result<_, _>>()?)
    }

    /// The byte with these fields: a number, where none or only the lowest holds one that can be read so.
    fn with(&self, fields: Vec<Option<Held>>) -> Result<Term, Fault> {
        if fields.iter().all(Option::is_none) {
            return Ok(Term::constant(0));
        }
        if let [Some(lowest), rest @ ..] = &fields[..]
            && rest.iter().all(Option::is_none)
            && let Ok(number) = lowest.read(self.width, false)
        {
            return Ok(number);
        }
        Ok(Term::Shared(Shared { fields, width: self.width, signed: false }))
    }
}

impl Held {
    /// The number that the field's bits are.
    fn read(&self, width: u32, signed: bool) -> Result<Term, Fault> {
        let Interval { lo, hi } = self.range;
        if holds(width as u8, signed).contains(self.range) {
            return Ok(Term::Number { range: self.range, poly: self.poly.clone() });
        }
        let sign = if signed { "signed" } else { "unsigned" };
        Err(Fault(format!("a value of {lo}..={hi} is read as {width} bits {sign}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Domain, Symbolic, Terms};
    use crate::prove::Symbol;

    /// A byte of values 0 (lowest), 1, … of one range, as lanes of a register.
    fn byte(width: u32, lo: i64, hi: i64) -> Terms {
        let mut shared = Shared::zeros(width);
        for at in 0..(8 / width) as usize {
            shared.hold(at, Interval::new(lo, hi), poly(at));
        }
        Terms { bits: 8, lanes: vec![Term::Shared(shared)] }
    }

    fn poly(at: usize) -> Poly {
        Poly::symbol(Symbol::number(at as u32))
    }

    /// The number that a term is.
    fn value(term: Result<Term, Fault>) -> Result<Poly, String> {
        match term.map_err(|Fault(why)| why)? {
            Term::Number { poly, .. } => Ok(poly),
            other => Symbolic::default()
                .add(&other, &Term::constant(0))
                .map(|_| Poly::default())
                .map_err(|Fault(why)| why),
        }
    }

    fn read(byte: &Terms, signed: bool) -> Term {
        Symbolic::default().lane(byte, 8, 0, signed).unwrap()
    }

    /// `shl` by `left`, then a shift right by `right`, signed or not.
    fn shifts(byte: &Terms, left: u32, right: u32, signed: bool) -> Result<Poly, String> {
        let shifted = match left {
            0 => byte.clone(),
            _ => {
                let up =
                    Symbolic::default().shift_left(&read(byte, false), left).map_err(|Fault(why)| why)?;
                Symbolic::default().vector(8, false, &[up]).map_err(|Fault(why)| why)?
            }
        };
        value(Symbolic::default().shift_right(&read(&shifted, signed), right))
    }

    #[test]
    fn signed_values_come_out_by_two_shifts() {
        let two = byte(4, -8, 7);
        assert_eq!(shifts(&two, 4, 4, true), Ok(poly(0)));
        assert_eq!(shifts(&two, 0, 4, true), Ok(poly(1)));
        let four = byte(2, -2, 1);
        for (at, left) in [6, 4, 2, 0].into_iter().enumerate() {
            assert_eq!(shifts(&four, left, 6, true), Ok(poly(at)));
        }
    }

    #[test]
    fn unsigned_values_come_out_by_shifts_and_masks() {
        let two = byte(4, 0, 15);
        assert_eq!(shifts(&two, 0, 4, false), Ok(poly(1)));
        assert_eq!(value(Symbolic::default().and(&read(&two, false), &Term::constant(15))), Ok(poly(0)));
        let four = byte(2, 0, 3);
        let down = Symbolic::default().shift_right(&read(&four, false), 2).unwrap();
        assert_eq!(value(Symbolic::default().and(&down, &Term::constant(3))), Ok(poly(1)));
        let empty = Terms { bits: 8, lanes: vec![Term::Shared(Shared::zeros(4))] };
        assert_eq!(shifts(&empty, 0, 4, false), Ok(Poly::default()));
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let (signed, unsigned) = (byte(4, -8, 7), byte(4, 0, 15));
        let whole = "a byte of several values is used as a number";
        let refused = |found: Result<Poly, String>, why: &str| assert_eq!(found, Err(why.to_string()));
        refused(shifts(&signed, 0, 4, false), whole);
        refused(shifts(&unsigned, 0, 4, true), "a value of 0..=15 is read as 4 bits signed");
        refused(shifts(&signed, 3, 4, true), "a shift by 3 leaves values of 4 bits across places");
        refused(shifts(&signed, 4, 5, true), "a shift by 5 leaves values of 4 bits across places");
        refused(value(Ok(read(&unsigned, false))), whole);
        refused(
            value(Symbolic::default().and(&read(&unsigned, false), &Term::constant(7))),
            "the mask 0x7 cuts a value of 4 bits",
        );
        let four = byte(2, -2, 1);
        refused(shifts(&four, 0, 4, true), "copies of a sign come in above a value that is not the last");
        let whole_byte = Symbolic::default().vector(16, false, &[read(&four, false)]);
        assert!(whole_byte.is_err(), "16 bits of a byte");
        assert!(Symbolic::default().count_ones(&read(&four, false)).is_err());
    }
}
