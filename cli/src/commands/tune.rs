//! `qgen tune`

use crate::failure::Failure;

/// Finds the fastest kernels for a core: the main job.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Err(Failure("this command is not built yet; `emit`, `list` and `ship` are".into()))
}
