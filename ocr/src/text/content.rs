//! What lines say: machine-readable zones, names, dates, numbers.

use crate::random::Stream;
use serde::Serialize;
use std::fmt;

/// The kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A line of a machine-readable zone, as ICAO Doc 9303 has them: 44 characters of a passport, 30 of a card.
    Mrz,
    /// Words.
    Name,
    /// A day.
    Date,
    /// Letters and digits.
    Number,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 4] = [Kind::Mrz, Kind::Name, Kind::Date, Kind::Number];
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Mrz => "MRZ",
            Kind::Name => "name",
            Kind::Date => "date",
            Kind::Number => "number",
        })
    }
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &[u8] = b"0123456789";
const VOWELS: [&str; 8] = ["A", "E", "I", "O", "U", "Y", "AI", "EO"];
const CONSONANTS: [&str; 24] = [
    "B", "C", "D", "F", "G", "H", "J", "K", "L", "M", "N", "P", "Q", "R", "S", "T", "V", "W", "X", "Z", "CH",
    "LL", "ST", "KR",
];
const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/// A line of a random kind.
pub(super) fn drawn(stream: &mut Stream) -> (Kind, String) {
    let kind = *stream.pick(&Kind::ALL);
    let text = match kind {
        Kind::Mrz => mrz(stream),
        Kind::Name => name(stream),
        Kind::Date => date(stream),
        Kind::Number => number(stream),
    };
    (kind, text)
}

/// So many of some characters.
fn some(stream: &mut Stream, of: &[u8], count: usize) -> String {
    (0..count).map(|_| char::from(*stream.pick(of))).collect()
}

/// A word of syllables; one of five is of letters, so that all of them come beside all.
fn word(stream: &mut Stream) -> String {
    if stream.below(5) == 0 {
        let count = 3 + stream.below(6);
        return some(stream, LETTERS, count);
    }
    let mut word = String::new();
    for _ in 0..2 + stream.below(3) {
        word += *stream.pick(&CONSONANTS);
        word += *stream.pick(&VOWELS);
    }
    if stream.below(2) == 0 {
        word += *stream.pick(&CONSONANTS);
    }
    word
}

fn name(stream: &mut Stream) -> String {
    let (given, family) = (word(stream), word(stream));
    match stream.below(6) {
        0 => format!("{given}-{} {family}", word(stream)),
        1 => format!("{given} {}'{family}", stream.pick(&["O", "D"])),
        2 => family,
        3 => format!("{}. {family}", &given[..1]),
        _ => format!("{given} {family}"),
    }
}

/// Year, month and day.
fn day(stream: &mut Stream) -> (usize, usize, usize) {
    (1930 + stream.below(110), 1 + stream.below(12), 1 + stream.below(28))
}

fn date(stream: &mut Stream) -> String {
    let (year, month, day) = day(stream);
    match stream.below(4) {
        0 => format!("{day:02}.{month:02}.{year}"),
        1 => format!("{day:02}/{month:02}/{year}"),
        2 => format!("{year}-{month:02}-{day:02}"),
        _ => format!("{day:02} {} {year}", MONTHS[month - 1]),
    }
}

fn number(stream: &mut Stream) -> String {
    let either = [DIGITS, LETTERS].concat();
    match stream.below(4) {
        0 => some(stream, LETTERS, 2) + &some(stream, DIGITS, 7),
        1 => [3, 3, 4].map(|count| some(stream, DIGITS, count)).join(" "),
        2 => [4, 6, 2].map(|count| some(stream, &either, count)).join("-"),
        _ => {
            let count = 6 + stream.below(7);
            some(stream, &either, count)
        }
    }
}

/// The check digit of ICAO Doc 9303, part 3: weights 7, 3, 1; letters from 10 on, `<` 0.
fn check(text: &str) -> String {
    let value = |c: u8| match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'Z' => u32::from(c - b'A') + 10,
        _ => 0,
    };
    let sum: u32 = text.bytes().zip([7, 3, 1].into_iter().cycle()).map(|(c, weight)| value(c) * weight).sum();
    (sum % 10).to_string()
}

/// The same with its check digit.
fn checked(text: String) -> String {
    let digit = check(&text);
    text + &digit
}

fn filled(text: &str, length: usize) -> String {
    text.chars().chain(std::iter::repeat('<')).take(length).collect()
}

fn mrz(stream: &mut Stream) -> String {
    let state = if stream.below(2) == 0 { "UTO".to_owned() } else { some(stream, LETTERS, 3) };
    let names = format!("{}<<{}<{}", word(stream), word(stream), word(stream));
    let document = {
        let length = 7 + stream.below(3);
        let either = [DIGITS, LETTERS].concat();
        checked(filled(&some(stream, &either, length), 9))
    };
    let six = |stream: &mut Stream| {
        let (year, month, day) = day(stream);
        checked(format!("{:02}{month:02}{day:02}", year % 100))
    };
    let (birth, expiry) = (six(stream), six(stream));
    let sex = *stream.pick(&["F", "M", "<"]);
    let length = 5 + stream.below(9);
    let length = length * stream.below(2);
    let optional = some(stream, DIGITS, length);
    match stream.below(5) {
        0 => filled(&format!("P<{state}{names}"), 44),
        1 => {
            let personal = checked(filled(&optional, 14));
            let all = check(&format!("{document}{birth}{expiry}{personal}"));
            format!("{document}{state}{birth}{sex}{expiry}{personal}{all}")
        }
        2 => filled(&format!("I<{state}{document}{optional}"), 30),
        3 => {
            let upper = filled(&document, 25);
            let lower = filled(&optional, 11);
            let all = check(&format!("{upper}{birth}{expiry}{lower}"));
            format!("{birth}{sex}{expiry}{state}{lower}{all}")
        }
        _ => filled(&names, 30),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::CHARACTERS;

    #[test]
    fn check_digits_are_those_of_the_standard() {
        // The specimen of ICAO Doc 9303, part 4.
        assert_eq!(check("L898902C3"), "6");
        assert_eq!(check("740812"), "2");
        assert_eq!(check("120415"), "9");
        assert_eq!(check("ZE184226B<<<<<"), "1");
        assert_eq!(check("L898902C3674081221204159ZE184226B<<<<<1"), "0");
    }

    #[test]
    fn lines_have_only_characters_that_are_known_and_all_of_them_come() {
        let mut seen = [false; 256];
        for n in 0..2000 {
            let (kind, text) = drawn(&mut Stream::new(&[n]));
            assert!(text.bytes().all(|c| CHARACTERS.contains(&c)), "{text:?}");
            assert!((5..=44).contains(&text.len()) || kind == Kind::Name, "{text:?}");
            if kind == Kind::Mrz {
                assert!(text.len() == 44 || text.len() == 30, "{text:?}");
            }
            text.bytes().for_each(|c| seen[usize::from(c)] = true);
        }
        assert!(CHARACTERS.iter().all(|&c| seen[usize::from(c)]));
    }
}
