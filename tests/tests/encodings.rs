//! Our words are those of an outside assembler, for every row of the instruction table.

use qgen_tests::encodings::samples;
use std::collections::BTreeSet;

/// What llvm-mc says; the file's header names the command.
const EXPECTED: &str = include_str!("../encodings/aarch64.txt");
const REMEDY: &str = "`cargo xtask encodings --write` asks the assembler anew";

fn expected() -> Vec<(u32, &'static str)> {
    let lines = EXPECTED.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let (word, text) = line.split_once("  ").expect("WORD, two spaces, text");
            (u32::from_str_radix(word, 16).expect("eight hexadecimal digits"), text)
        })
        .collect()
}

#[test]
fn our_words_are_the_assembler_s_words() {
    let samples = samples();
    let expected = expected();
    let mut wrong = Vec::new();
    for ((text, ours), (word, theirs)) in samples.iter().zip(&expected) {
        assert_eq!(text, theirs, "the samples have changed; {REMEDY}");
        if ours != word {
            wrong
                .push(format!("{text}: ours {ours:08x}, expected {word:08x}, differ in {:08x}", ours ^ word));
        }
    }
    assert!(wrong.is_empty(), "{} words are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(samples.len(), expected.len(), "the samples have changed; {REMEDY}");
}

/// Whether `text` is `pattern` with something in place of `%0`, `%1`… and `%i`.
fn matches(pattern: &str, text: &str) -> bool {
    let mut fixed = pattern.split('%').enumerate().map(|(n, part)| {
        // Behind a `%` there is one character that names the operand.
        if n == 0 { part } else { part.split_at(1).1 }
    });
    let Some(mut rest) = text.strip_prefix(fixed.next().unwrap_or("")) else { return false };
    for part in fixed {
        let operand = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
        let end = if part.is_empty() { operand } else { rest.find(part).unwrap_or(0) };
        if !(1..=operand).contains(&end) {
            return false;
        }
        rest = &rest[end + part.len()..];
    }
    rest.is_empty()
}

#[test]
fn every_row_has_twenty_combinations() {
    let samples = samples();
    for row in qgen::isa::TABLE {
        let texts: BTreeSet<&str> =
            samples.iter().map(|(text, _)| text.as_str()).filter(|text| matches(row.text, text)).collect();
        let expected = if row.slots.is_empty() { 1 } else { 20 };
        assert!(texts.len() >= expected, "`{}` has {} combinations: {texts:?}", row.text, texts.len());
    }
}
