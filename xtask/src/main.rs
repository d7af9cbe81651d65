//! The chores of the workspace: what CI runs, runnable at home.
//!
//! `cargo xtask help` lists them. What is committed and made by one of them is only compared, or counted and printed, unless
//! the command is given `--write`.
//!
//! What cannot run is a failure, never a skip.

mod board;
mod c;
mod cargo;
mod ci;
mod count;
mod encodings;
mod kernels;
mod mca;
mod model;
mod process;
mod programs;
mod report;
mod snapshots;
mod test;
mod toolchain;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "The chores of the workspace")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every test, on this machine and on aarch64 (emulated where this is no Arm machine).
    Test,
    /// Run everything else that a change must pass: formatting, lints, documentation, generated files,
    /// a C caller, an outside model, packages.
    Checks,
    /// Run what CI runs: test, then checks.
    Ci,
    /// Compare the kernels that the runtime ships with what the generator makes now.
    Kernels(Committed),
    /// Ask llvm-mc for the words of all sample instructions, and compare them with tests/encodings/aarch64.txt.
    Encodings(Committed),
    /// Ask llvm-mca how fast the main loops are.
    Mca,
    /// Compare the pipeline model with llvm-mca over hundreds of loops, and the figures with docs/model.md.
    Model(Committed),
    /// Count the instructions that whole multiplications execute, under an emulator, and compare them with
    /// docs/counts.toml.
    Count(count::Args),
    /// Count the instructions that multiplications of published crates execute, beside ours.
    Rivals(count::rivals::Args),
    /// Count the instructions and model the cycles of whole networks, layer by layer.
    Nets(count::nets::Args),
    /// Count the instructions and model the cycles of the networks of `ocr`, at every width.
    OcrCosts(count::ocr::Args),
    /// Build a static qgen for aarch64 Linux, to be copied to a board.
    Board,
    /// Accept the snapshots and compiler messages that the tests produce now.
    Bless,
}

/// What becomes of committed files.
#[derive(clap::Args)]
struct Committed {
    /// Write what is made now; without this nothing is written, and a difference is a failure.
    #[arg(long)]
    write: bool,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Test => test::run(),
        Command::Checks => ci::checks(),
        Command::Ci => ci::run_all(),
        Command::Kernels(Committed { write: false }) => kernels::check(),
        Command::Kernels(Committed { write: true }) => kernels::write(),
        Command::Encodings(Committed { write: false }) => encodings::check(),
        Command::Encodings(Committed { write: true }) => encodings::write(),
        Command::Mca => mca::run_all(),
        Command::Model(Committed { write: false }) => model::check(),
        Command::Model(Committed { write: true }) => model::write(),
        Command::Count(args) => count::run_all(&args),
        Command::Rivals(args) => count::rivals::run_all(&args),
        Command::Nets(args) => count::nets::run_all(&args),
        Command::OcrCosts(args) => count::ocr::run_all(&args),
        Command::Board => board::run_all(),
        Command::Bless => snapshots::bless(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
