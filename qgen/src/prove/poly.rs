//! Polynomials in the operands, with whole coefficients.

use std::cmp::Ordering;

/// A variable. Bits are equal to their squares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(u32);

const BIT: u32 = 1 << 31;

impl Symbol {
    /// A number, told apart by `index`.
    pub fn number(index: u32) -> Symbol {
        Symbol(index + 1)
    }

    /// A bit, told apart by `index`.
    pub fn bit(index: u32) -> Symbol {
        Symbol((index + 1) | BIT)
    }

    /// The index.
    pub fn index(self) -> u32 {
        (self.0 & !BIT) - 1
    }
}

/// A product of at most four variables, in order; unused places are 0.
type Monomial = [u32; 4];

/// Σ coefficient · monomial, monomials in order, no coefficient 0.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Poly(Vec<(Monomial, i64)>);

impl Poly {
    /// A constant.
    pub fn constant(value: i64) -> Poly {
        Poly(if value == 0 { Vec::new() } else { vec![([0; 4], value)] })
    }

    /// A variable.
    pub fn symbol(symbol: Symbol) -> Poly {
        Poly(vec![([symbol.0, 0, 0, 0], 1)])
    }

    /// The value, if it is a constant.
    pub fn as_constant(&self) -> Option<i64> {
        match &self.0[..] {
            [] => Some(0),
            [([0, 0, 0, 0], value)] => Some(*value),
            _ => None,
        }
    }

    /// How many terms.
    pub fn terms(&self) -> usize {
        self.0.len()
    }

    /// self + factor · other.
    pub fn add_scaled(&self, other: &Poly, factor: i64) -> Poly {
        let mut out = Vec::with_capacity(self.0.len() + other.0.len());
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            let order = match (a.peek(), b.peek()) {
                (Some(x), Some(y)) => x.0.cmp(&y.0),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => return Poly(out),
            };
            let term = match order {
                Ordering::Less => a.next().copied(),
                Ordering::Greater => b.next().map(|(m, c)| (*m, c.wrapping_mul(factor))),
                Ordering::Equal => match (a.next(), b.next()) {
                    (Some(x), Some(y)) => Some((x.0, x.1.wrapping_add(y.1.wrapping_mul(factor)))),
                    _ => None,
                },
            };
            out.extend(term.filter(|(_, c)| *c != 0));
        }
    }

    /// self · other; `None` if a product has more than four variables.
    pub fn mul(&self, other: &Poly) -> Option<Poly> {
        let mut terms = Vec::with_capacity(self.0.len() * other.0.len());
        for (x, a) in &self.0 {
            for (y, b) in &other.0 {
                terms.push((product(x, y)?, a.wrapping_mul(*b)));
            }
        }
        terms.sort_unstable_by_key(|term| term.0);
        let mut out: Vec<(Monomial, i64)> = Vec::with_capacity(terms.len());
        for (monomial, coefficient) in terms {
            match out.last_mut() {
                Some(last) if last.0 == monomial => last.1 = last.1.wrapping_add(coefficient),
                _ => out.push((monomial, coefficient)),
            }
        }
        out.retain(|(_, c)| *c != 0);
        Some(Poly(out))
    }

    /// Whether both have the same value modulo 2³², whatever the variables are.
    pub fn equals_modulo_32(&self, other: &Poly) -> bool {
        self.add_scaled(other, -1).0.iter().all(|(_, c)| *c as u32 == 0)
    }

    /// The polynomial as text, at most `most` terms, with the variables' names.
    pub fn describe(&self, most: usize, name: &dyn Fn(Symbol) -> String) -> String {
        if self.0.is_empty() {
            return "0".into();
        }
        let mut text = String::new();
        for (n, (monomial, coefficient)) in self.0.iter().enumerate() {
            if n == most {
                text.push_str(&format!(" + … ({} terms)", self.0.len()));
                break;
            }
            let variables: Vec<String> =
                monomial.iter().filter(|v| **v != 0).map(|v| name(Symbol(*v))).collect();
            let sign = if *coefficient < 0 { "−" } else { "+" };
            text.push_str(match (n, sign) {
                (0, "+") => "",
                (0, _) => "−",
                (_, "+") => " + ",
                _ => " − ",
            });
            let size = coefficient.unsigned_abs();
            if size != 1 || variables.is_empty() {
                text.push_str(&size.to_string());
                if !variables.is_empty() {
                    text.push('·');
                }
            }
            text.push_str(&variables.join("·"));
        }
        text
    }
}

fn product(x: &Monomial, y: &Monomial) -> Option<Monomial> {
    let mut all: Vec<u32> = x.iter().chain(y).copied().filter(|v| *v != 0).collect();
    all.sort_unstable();
    let mut out = [0; 4];
    let mut count = 0;
    for v in all {
        if v & BIT != 0 && count > 0 && out[count - 1] == v {
            continue;
        }
        *out.get_mut(count)? = v;
        count += 1;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_inner_product_is_an_identity() {
        let [x1, x2, y1, y2] = [0, 1, 2, 3].map(|n| Poly::symbol(Symbol::number(n)));
        let sum = |a: &Poly, b: &Poly| a.add_scaled(b, 1);
        let fast = sum(&x1, &y2).mul(&sum(&x2, &y1)).unwrap();
        let pairs = sum(&x1.mul(&x2).unwrap(), &y1.mul(&y2).unwrap());
        let plain = sum(&x1.mul(&y1).unwrap(), &x2.mul(&y2).unwrap());
        assert_eq!(fast.add_scaled(&pairs, -1), plain);
    }

    #[test]
    fn a_bit_is_its_square_and_a_number_is_not() {
        let (b, x) = (Poly::symbol(Symbol::bit(0)), Poly::symbol(Symbol::number(0)));
        assert_eq!(b.mul(&b).unwrap(), b);
        assert_ne!(x.mul(&x).unwrap(), x);
        assert_eq!(x.add_scaled(&x, -1).as_constant(), Some(0));
        assert!(Poly::constant(1 << 32).equals_modulo_32(&Poly::constant(0)));
    }
}
