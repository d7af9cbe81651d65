//! Standard output: whole answers, and no complaint where the reader has seen enough.

use crate::failure::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};

/// Prints `text` as it is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_bytes(text.as_bytes())
}

/// Prints bytes.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // `qgen list | head` is no failure.
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Failure(format!("standard output: {e}"))),
        Ok(()) => Ok(()),
    }
}

/// An answer for machines: JSON that people can read, too, and a line's end.
///
/// # Panics
/// If a map's keys are no text, or serialising fails by itself: answers are made of words and numbers.
pub(crate) fn json(answer: &(impl serde::Serialize + ?Sized)) -> String {
    serde_json::to_string_pretty(answer).expect("words and numbers are JSON") + "\n"
}

/// Whether people read standard output directly.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// The columns of the terminal that standard output is, if it is one.
pub(crate) fn terminal_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}

/// Whether standard output may have colours: on a terminal, unless `NO_COLOR` says otherwise.
pub(crate) fn has_colours() -> bool {
    is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A bar of so many steps on standard error; nothing where nobody looks at it.
pub(crate) fn progress(steps: usize, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}").expect("a valid template");
    ProgressBar::new(steps as u64).with_style(style).with_message(what.to_string())
}

/// Says something on standard error that is not part of the answer.
pub(crate) fn remark(text: &str) {
    // Nobody is told where even that cannot be written.
    let _ = writeln!(std::io::stderr(), "note: {text}");
}

/// Rows under heads: drawn on a terminal; else aligned columns without spaces in the heads, for people
/// and for `awk`. All columns but the first are on the right.
pub(crate) fn table<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    if is_terminal() { drawn(heads, rows) } else { aligned(heads, rows) }
}

fn drawn<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    use comfy_table::{Attribute, Cell, CellAlignment, Table, presets::UTF8_HORIZONTAL_ONLY};
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    let bold = |head: &&str| {
        let cell = Cell::new(head);
        if has_colours() { cell.add_attribute(Attribute::Bold) } else { cell }
    };
    table.set_header(heads.iter().map(bold));
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

fn aligned<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    let heads = heads.map(|head| head.replace(' ', "-"));
    let width = |n: usize| rows.iter().chain([&heads]).map(|row| row[n].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in [&heads].into_iter().chain(rows) {
        text.push_str(&format!("{:<1$}", row[0], widths[0]));
        for (cell, width) in row.iter().zip(widths).skip(1) {
            text.push_str(&format!("  {cell:>width$}"));
        }
        text.push('\n');
    }
    text
}
