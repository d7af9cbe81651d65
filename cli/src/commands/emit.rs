//! `qgen emit`

use crate::failure::Failure;

/// Prints a kernel as assembly, as Rust or as machine words.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Ok(())
}
