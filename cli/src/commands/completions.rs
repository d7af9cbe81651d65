//! `qgen completions`

use crate::failure::Failure;

/// Prints completions for a shell.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Ok(())
}
