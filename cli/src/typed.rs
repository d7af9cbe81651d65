//! Commands as one types them: the options that ask for a kernel, and texts that a shell would take apart.

use qgen::plan::ANY_PER_BYTE;
use qgen::{Choice, Request};
use qgen_spec::{End, Operand, Strategy};

/// The options for a request, one space between two; those that stand for what is left out anyway are left out.
pub(crate) fn options(request: &Request) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut say = |option: &str, value: &str| words.push(format!("--{option} {value}"));
    let floats = request.strategy == Some(Choice::One(Strategy::F32));
    if !(floats && (request.lhs, request.rhs) == (Operand::F32, Operand::F32)) {
        say("lhs", &operand(request.lhs));
        say("rhs", &operand(request.rhs));
    }
    if let Some(tile) = request.tile {
        say("tile", &tile.to_string());
    }
    match request.strategy {
        Some(Choice::Widen) => say("strategy", "widen"),
        Some(Choice::One(strategy)) => say("strategy", strategy.as_str()),
        None => {}
    }
    if let Some(isa) = request.isa {
        say("isa", isa.as_str());
    }
    if let Some(unroll) = request.unroll {
        say("unroll", &unroll.to_string());
    }
    match request.per_byte {
        1 => {}
        ANY_PER_BYTE => say("per-byte", "any"),
        count => say("per-byte", &count.to_string()),
    }
    match request.prefetch {
        Some(0) => say("prefetch", "none"),
        Some(ahead) => say("prefetch", &ahead.to_string()),
        None => {}
    }
    if request.end != End::Sums {
        say("output", request.end.as_str());
    }
    if request.short {
        words.push("--short-k".into());
    }
    words.join(" ")
}

/// An operand as one word.
pub(crate) fn operand(operand: Operand) -> String {
    match operand {
        Operand::Int(range) => range.to_string(),
        Operand::Binary => "binary".into(),
        Operand::F32 => "f32".into(),
    }
}

/// A text as one word of a shell's command, on one line.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=+.,:/@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into();
    }
    if !text.chars().any(char::is_control) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let escaped = text.chars().map(|c| match c {
        '\'' | '\\' => format!("\\{c}"),
        c if c.is_ascii_control() => format!("\\x{:02x}", u32::from(c)),
        c if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        c => c.into(),
    });
    format!("$'{}'", escaped.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::KernelArgs;
    use qgen_spec::{Isa, Range, Tile};

    #[test]
    fn options_ask_for_the_same_again() {
        let four = Request::of(Range::signed(4).unwrap());
        let f32 = Request { strategy: Some(Choice::One(Strategy::F32)), ..Request::floats() };
        let all = Request {
            lhs: Operand::Binary,
            tile: Some(Tile::new(3, 4)),
            strategy: Some(Choice::Widen),
            isa: Some(Isa::Neon),
            unroll: Some(2),
            short: true,
            end: End::U8,
            per_byte: 2,
            prefetch: Some(0),
            ..four.clone()
        };
        let any = Request { per_byte: ANY_PER_BYTE, prefetch: Some(256), ..four.clone() };
        for request in [four, Request::floats(), f32, all, any] {
            let typed = options(&request);
            let args = KernelArgs::typed(&typed);
            assert_eq!(args.request(), Ok(request), "{typed}");
            assert_eq!(args.spelled_out(), typed);
        }
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        for (text, word) in [
            ("cores/my-core.toml", "cores/my-core.toml"),
            ("my core.toml", "'my core.toml'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
            ("two\nlines'", r"$'two\x0alines\''"),
        ] {
            assert_eq!(quoted(text), word);
        }
    }
}
