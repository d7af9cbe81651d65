//! Why a command failed, in words for the user.

use std::fmt;

/// A message that names what was wrong and what to do.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: fmt::Display> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.to_string())
    }
}
