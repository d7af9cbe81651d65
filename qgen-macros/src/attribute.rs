//! The attribute's arguments: tokens become text with a place, and text becomes a request.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use qgen::plan::{Sides, read_per_byte, read_prefetch, read_short_k, read_unroll};
use qgen::{Choice, Request, core::Core};
use qgen_spec::{Diagnostic, Diagnostics, End, Field, Isa, Operand, Strategy, Tile};
use std::str::FromStr;

/// The core that a kernel is scheduled for where the attribute names none: of the cores that are in
/// wide use without newer instructions, the one whose order of instructions costs others least.
pub(crate) const DEFAULT_CORE: &str = "cortex-a72";

/// The keys, each with a value that could stand there.
const KEYS: &[(Field, &str)] = &[
    (Field::Bits, "4"),
    (Field::Levels, "23"),
    (Field::Lhs, "-7..=7"),
    (Field::LhsBits, "8"),
    (Field::LhsLevels, "29"),
    (Field::Rhs, "-7..=7"),
    (Field::RhsBits, "2"),
    (Field::RhsLevels, "19"),
    (Field::Tile, "8x8"),
    (Field::Strategy, "fip"),
    (Field::Core, "\"cortex-a72\""),
    (Field::Isa, "neon"),
    (Field::Unroll, "2"),
    (Field::ShortK, "true"),
    (Field::PerByte, "2"),
    (Field::Prefetch, "256"),
    (Field::Output, "\"i8\""),
];

/// Errors of one expansion, each with its place, until all are known.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds one.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// All of them, as `compile_error!` invocations.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map_or_else(TokenStream::new, |errors| errors.into_compile_error())
    }
}

/// What stands in the attribute: a text for every key, and where it stands.
pub(crate) struct RawRequest {
    values: Vec<Value>,
    /// Whether every part of the attribute could be read. If not, what seems to be missing may only
    /// be misspelt.
    complete: bool,
}

struct Value {
    field: Field,
    text: String,
    /// What an error points at.
    tokens: TokenStream,
}

impl RawRequest {
    /// Reads `key = value, …`.
    pub(crate) fn parse(arguments: TokenStream, errors: &mut Errors) -> RawRequest {
        let mut raw = RawRequest { values: Vec::new(), complete: true };
        let arguments: Vec<TokenTree> = flat(arguments).collect();
        let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
        for entry in arguments.split(is_comma).filter(|entry| !entry.is_empty()) {
            match raw.entry(entry) {
                Ok(value) => raw.values.push(value),
                Err(error) => {
                    raw.complete = false;
                    errors.push(error);
                }
            }
        }
        raw
    }

    fn entry(&self, entry: &[TokenTree]) -> syn::Result<Value> {
        let all = || entry.iter().cloned().collect::<TokenStream>();
        let choose = || {
            let names: Vec<&str> = KEYS.iter().map(|(field, _)| field.as_str()).collect();
            format!("choose one of {}", names.join(", "))
        };
        let TokenTree::Ident(key) = &entry[0] else {
            let problem = format!("`{}` is not KEY = VALUE; {}", all(), choose());
            return Err(syn::Error::new_spanned(all(), problem));
        };
        if key == Field::GroupSize.as_str() {
            let given: TokenStream = entry.iter().skip(2).cloned().collect();
            return Err(syn::Error::new_spanned(all(), Diagnostic::no_groups(given)));
        }
        let Some(&(field, example)) = KEYS.iter().find(|(field, _)| key == field.as_str()) else {
            return Err(syn::Error::new(key.span(), format!("there is no key `{key}`; {}", choose())));
        };
        let at_key = |problem: String, help: String| -> syn::Error { at(key, field, problem, help) };
        let value = match &entry[1..] {
            [TokenTree::Punct(equals), value @ ..] if equals.as_char() == '=' && !value.is_empty() => value,
            _ => return Err(at_key("it has no value".into(), format!("write {key} = {example}"))),
        };
        if self.values.iter().any(|v| v.field == field) {
            return Err(at_key("it is given twice".into(), "keep one of them".into()));
        }
        let tokens: TokenStream = value.iter().cloned().collect();
        Ok(Value { field, text: text(value, &tokens), tokens })
    }

    fn value(&self, field: Field) -> Option<&Value> {
        self.values.iter().find(|value| value.field == field)
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.value(field).map(|value| value.text.as_str())
    }

    /// The diagnostic at the value that it is about; at the whole attribute where that was left out.
    pub(crate) fn error(&self, diagnostic: &Diagnostic) -> syn::Error {
        match self.value(diagnostic.field) {
            Some(value) => syn::Error::new_spanned(&value.tokens, diagnostic),
            None => syn::Error::new(Span::call_site(), diagnostic),
        }
    }

    /// What is asked for, with every error at once (none, where the attribute is not
    /// [complete](RawRequest::complete)).
    pub(crate) fn request(&self) -> Result<(Request, Core), Diagnostics> {
        let mut errors = Vec::new();
        let strategy = self.read(Field::Strategy, &mut errors, Choice::parse);
        let mut sides = Sides::default();
        for field in Sides::FIELDS {
            if let Some(text) = self.text(field) {
                sides.give(field, text);
            }
        }
        let (lhs, rhs) = if strategy == Some(Choice::One(Strategy::F32)) && sides.is_empty() {
            (Some(Operand::F32), Some(Operand::F32))
        } else {
            sides.operands(self.complete, &mut errors)
        };
        let tile = self.read(Field::Tile, &mut errors, Tile::from_str);
        // A program is built for machines that the macro does not see: every aarch64 machine has Neon.
        let isa = self.read(Field::Isa, &mut errors, Isa::from_str);
        let isa = isa.or(self.value(Field::Isa).is_none().then_some(Isa::Neon));
        let unroll = self.read(Field::Unroll, &mut errors, read_unroll);
        let short = self.read(Field::ShortK, &mut errors, read_short_k).unwrap_or(false);
        let per_byte = match self.value(Field::PerByte) {
            Some(_) => self.read(Field::PerByte, &mut errors, read_per_byte),
            None => Some(1),
        };
        let prefetch = self.read(Field::Prefetch, &mut errors, read_prefetch);
        let end = match self.value(Field::Output) {
            Some(_) => self.read(Field::Output, &mut errors, End::from_str).unwrap_or(End::Sums),
            None => End::Sums,
        };
        let core = match self.value(Field::Core) {
            Some(_) => self.read(Field::Core, &mut errors, Core::built_in),
            None => Core::built_in(DEFAULT_CORE).map_err(|e| errors.push(e)).ok(),
        };
        match (lhs, rhs, per_byte, core) {
            (Some(lhs), Some(rhs), Some(per_byte), Some(core)) if errors.is_empty() && self.complete => {
                Ok((Request { lhs, rhs, tile, strategy, isa, unroll, short, end, per_byte, prefetch }, core))
            }
            _ => Err(Diagnostics(errors)),
        }
    }

    /// The value of `field`, if it was given and can be read.
    fn read<T>(
        &self,
        field: Field,
        errors: &mut Vec<Diagnostic>,
        read: impl Fn(&str) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        read(self.text(field)?).map_err(|e| errors.push(e)).ok()
    }
}

/// An error about `field` at its key.
fn at(key: &Ident, field: Field, problem: String, help: String) -> syn::Error {
    syn::Error::new(key.span(), Diagnostic::new(field, problem, help))
}

/// The tokens without the invisible groups in which a `macro_rules!` macro passes its arguments on.
fn flat(tokens: TokenStream) -> Box<dyn Iterator<Item = TokenTree>> {
    Box::new(tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => flat(group.stream()),
        token => Box::new(std::iter::once(token)),
    }))
}

/// What the user wrote: the contents of a string, or the tokens. `8x8` is one token, a number with a
/// suffix; `-7..=7` and `cortex-a72` are several, with no spaces in between.
fn text(value: &[TokenTree], tokens: &TokenStream) -> String {
    match syn::parse2::<syn::LitStr>(tokens.clone()) {
        Ok(string) => string.value(),
        Err(_) => {
            let is_word = |token: &TokenTree| !matches!(token, TokenTree::Punct(_));
            let mut text = String::new();
            for (n, token) in value.iter().enumerate() {
                // Two words do not become one.
                if n > 0 && is_word(&value[n - 1]) && is_word(token) {
                    text.push(' ');
                }
                text.push_str(&token.to_string());
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_documented() {
        let rows = include_str!("lib.rs").lines().filter_map(|line| line.strip_prefix("/// | `"));
        let keys: Vec<&str> = rows.filter_map(|row| row.split(" | ").next()).collect();
        for (field, _) in KEYS {
            let key = format!("`{}`", field.as_str());
            assert!(keys.iter().any(|keys| format!("`{keys}").contains(&key)), "{key} has no row");
        }
    }
}
