//! Standard output: whole answers, and no complaint where the reader has seen enough.

use crate::failure::Failure;
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

/// Whether people read standard output directly.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether standard output may have colours: on a terminal, unless `NO_COLOR` says otherwise.
pub(crate) fn has_colours() -> bool {
    is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Says something on standard error that is not part of the answer.
pub(crate) fn remark(text: &str) {
    // Nobody is told where even that cannot be written.
    let _ = writeln!(std::io::stderr(), "note: {text}");
}
