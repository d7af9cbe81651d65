//! `qgen bench`

use crate::failure::Failure;

/// Runs one matrix product from fixed-seed data and prints its checksum.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {}

pub(crate) fn run(_args: &Args) -> Result<(), Failure> {
    Err(Failure("this command is not built yet; `emit`, `list` and `ship` are".into()))
}
