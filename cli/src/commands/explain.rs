//! `qgen explain`

use crate::failure::Failure;

/// Teaches how a kernel works, stage by stage.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Err(Failure("this command is not built yet; `emit`, `list` and `ship` are".into()))
}
