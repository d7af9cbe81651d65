//! `qgen list`

use crate::failure::Failure;

/// Lists the kernels for given operands.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Ok(())
}
