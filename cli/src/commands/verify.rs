//! `qgen verify`

use crate::failure::Failure;

/// Checks kernels against the scalar reference.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Err(Failure("this command is not built yet; `emit`, `list` and `ship` are".into()))
}
