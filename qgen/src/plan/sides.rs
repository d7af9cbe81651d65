//! What the two sides are, in the words of the attribute and the command line: one reading and one
//! wording for both.

use qgen_spec::{Diagnostic, Field, Operand};

/// The texts that were given, if they were.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    given: Vec<(Field, String)>,
}

/// Keys of one side: its values, its width, its levels.
const LHS: [Field; 3] = [Field::Lhs, Field::LhsBits, Field::LhsLevels];
const RHS: [Field; 3] = [Field::Rhs, Field::RhsBits, Field::RhsLevels];
const BOTH: [Field; 2] = [Field::Bits, Field::Levels];

impl Sides {
    /// Every key that says something about a side.
    pub const FIELDS: [Field; 8] = [
        Field::Bits,
        Field::Levels,
        Field::Lhs,
        Field::LhsBits,
        Field::LhsLevels,
        Field::Rhs,
        Field::RhsBits,
        Field::RhsLevels,
    ];

    /// Adds what stands behind the key of `field`.
    pub fn give(&mut self, field: Field, text: impl Into<String>) {
        self.given.push((field, text.into()));
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.given.iter().find(|(f, _)| *f == field).map(|(_, text)| text.as_str())
    }

    /// Those of `fields` that were given.
    fn among<'f>(&self, fields: &'f [Field]) -> impl Iterator<Item = Field> + use<'_, 'f> {
        fields.iter().copied().filter(|&field| self.text(field).is_some())
    }

    /// Both operands, each by its own key or by one for both, with every error at once. What is missing
    /// is an error only if `complete`.
    pub fn operands(
        &self,
        complete: bool,
        errors: &mut Vec<Diagnostic>,
    ) -> (Option<Operand>, Option<Operand>) {
        for fields in [&LHS[..], &RHS, &BOTH] {
            let mut given = self.among(fields);
            if let (Some(first), Some(second)) = (given.next(), given.next()) {
                let problem = format!("{} says it already", first.as_str());
                errors.push(Diagnostic::new(second, problem, "keep one of them"));
            }
        }
        let (lhs_own, rhs_own) = (self.among(&LHS).next(), self.among(&RHS).next());
        let for_both = self.among(&BOTH).next();
        if let (Some(both), Some(_), Some(_)) = (for_both, lhs_own, rhs_own) {
            let help = format!("leave out {}, or one of the ranges", both.as_str());
            errors.push(Diagnostic::new(both, "both sides have ranges of their own", help));
        }
        let mut read = |field: Field| self.read(field).map_err(|e| errors.push(e)).ok();
        let both = for_both.and_then(&mut read);
        let (lhs, rhs) = (lhs_own.and_then(&mut read), rhs_own.and_then(&mut read));
        // One error where both are missing: it names both.
        let missing = match (for_both, lhs_own, rhs_own) {
            (None, None, _) => Some(Field::Lhs),
            (None, Some(_), None) => Some(Field::Rhs),
            _ => None,
        };
        if let Some(field) = missing.filter(|_| complete) {
            errors.push(Diagnostic::new(field, "this side has no range", "give bits, or both lhs and rhs"));
        }
        (if lhs_own.is_some() { lhs } else { both }, if rhs_own.is_some() { rhs } else { both })
    }

    fn read(&self, field: Field) -> Result<Operand, Diagnostic> {
        let text = self.text(field).unwrap_or_default();
        match field {
            Field::Bits | Field::LhsBits | Field::RhsBits => bits(text, field),
            Field::Levels | Field::LhsLevels | Field::RhsLevels => levels(text, field),
            _ => Operand::parse(text, field),
        }
    }
}

fn bits(text: &str, field: Field) -> Result<Operand, Diagnostic> {
    let help = "choose 1 to 8, or give lhs and rhs ranges";
    let bits: u32 = text
        .parse()
        .map_err(|_| Diagnostic::new(field, format!("`{text}` is not a number of bits"), help))?;
    let help = if bits == 32 { "choose 1 to 8, or strategy f32, which takes floats" } else { help };
    Operand::of_bits(bits)
        .ok_or_else(|| Diagnostic::new(field, format!("{bits} bits are not possible"), help))
}

fn levels(text: &str, field: Field) -> Result<Operand, Diagnostic> {
    let help = "choose 2 to 256, or give lhs and rhs ranges";
    let levels: u32 = text
        .parse()
        .map_err(|_| Diagnostic::new(field, format!("`{text}` is not a number of levels"), help))?;
    Operand::of_levels(levels)
        .ok_or_else(|| Diagnostic::new(field, format!("{levels} levels are not possible"), help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_spec::Range;

    fn read(given: &[(Field, &str)]) -> Result<(Operand, Operand), String> {
        let mut sides = Sides::default();
        for (field, text) in given {
            sides.give(*field, *text);
        }
        let mut errors = Vec::new();
        let (lhs, rhs) = sides.operands(true, &mut errors);
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lhs.zip(rhs).filter(|_| errors.is_empty()).ok_or_else(|| text.join("\n"))
    }

    fn int(lo: i16, hi: i16) -> Operand {
        Operand::Int(Range::new(lo, hi).unwrap())
    }

    #[test]
    fn sides_are_read_alone_or_together() {
        let four = int(-8, 7);
        assert_eq!(read(&[(Field::Bits, "4")]), Ok((four, four)));
        assert_eq!(read(&[(Field::Bits, "1")]), Ok((Operand::Binary, Operand::Binary)));
        assert_eq!(read(&[(Field::LhsBits, "8"), (Field::RhsBits, "2")]), Ok((int(-128, 127), int(-2, 1))));
        assert_eq!(read(&[(Field::Bits, "4"), (Field::Rhs, "-1..=1")]), Ok((four, int(-1, 1))));
        assert_eq!(
            read(&[(Field::LhsLevels, "29"), (Field::RhsLevels, "19")]),
            Ok((int(-14, 14), int(-9, 9)))
        );
        assert_eq!(read(&[(Field::Levels, "23")]), Ok((int(-11, 11), int(-11, 11))));
        assert_eq!(
            read(&[(Field::Lhs, "ternary"), (Field::Rhs, "binary")]),
            Ok((int(-1, 1), Operand::Binary))
        );
    }

    #[test]
    fn errors_name_the_key_and_what_is_possible() {
        for (given, words) in [
            (&[][..], "lhs: this side has no range; give bits, or both lhs and rhs"),
            (&[(Field::LhsBits, "4")], "rhs: this side has no range; give bits, or both lhs and rhs"),
            (
                &[(Field::Bits, "9")],
                "bits: 9 bits are not possible; choose 1 to 8, or give lhs and rhs ranges",
            ),
            (&[(Field::Levels, "1")], "levels: 1 levels are not possible; choose 2 to 256, or"),
            (&[(Field::Bits, "4"), (Field::Levels, "9")], "levels: bits says it already; keep one of them"),
            (
                &[(Field::Bits, "4"), (Field::Lhs, "0..=1"), (Field::RhsBits, "2")],
                "bits: both sides have ranges of their own; leave out bits, or one of the ranges",
            ),
        ] {
            let e = read(given).unwrap_err();
            assert!(e.starts_with(words), "{e}");
        }
    }
}
