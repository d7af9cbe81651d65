//! What went wrong, in words for the user.

use std::fmt;

/// A message that names the file or option, what is wrong with it, and what is possible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

/// What functions of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error about a thing: a file's path, an option.
    pub fn of(thing: impl fmt::Display, problem: impl fmt::Display) -> Error {
        Error(format!("{thing}: {problem}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
