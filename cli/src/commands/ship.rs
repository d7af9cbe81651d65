//! `qgen ship`

use crate::failure::Failure;

/// Writes the runtime's shipped kernel set.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Ok(())
}
