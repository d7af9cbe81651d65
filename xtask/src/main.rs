//! The chores of the workspace: what CI runs, runnable at home.
//!
//! ```text
//!   cargo xtask test              every test, on this machine and on aarch64
//!   cargo xtask checks            everything else that a change must pass
//!   cargo xtask ci                both
//!   cargo xtask kernels [--check] regenerates the kernels that the runtime ships
//!   cargo xtask encodings [--check] asks an outside assembler for the expected words
//!   cargo xtask mca               asks llvm-mca about the main loops
//!   cargo xtask model [--check]   compares the pipeline model with llvm-mca, into docs/model.md
//!   cargo xtask count             counts the instructions of whole multiplications, executed, against docs/counts.toml
//!   cargo xtask rivals [--write]  counts those of published crates beside ours, into docs/benchmarks.md
//!   cargo xtask nets [--write]    counts and models whole networks, layer by layer, into `qgen bench --net`
//!   cargo xtask ocr-costs [--write] the same for the networks of `ocr`, at every width, into `ocr report`
//!   cargo xtask board             builds a static qgen for aarch64 Linux, to be copied to a board
//!   cargo xtask bless             accepts the snapshots and compiler messages of now
//! ```
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
    /// Regenerate the kernels that the runtime ships.
    Kernels {
        /// Write nothing; fail where the committed files differ.
        #[arg(long)]
        check: bool,
    },
    /// Ask llvm-mc for the words of all sample instructions.
    Encodings {
        /// Write nothing; fail where the committed file differs.
        #[arg(long)]
        check: bool,
    },
    /// Ask llvm-mca how fast the main loops are.
    Mca,
    /// Compare the pipeline model with llvm-mca over hundreds of loops.
    Model {
        /// Write nothing; fail where the committed page differs.
        #[arg(long)]
        check: bool,
    },
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

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Test => test::run(),
        Command::Checks => ci::checks(),
        Command::Ci => ci::run_all(),
        Command::Kernels { check: false } => kernels::write(),
        Command::Kernels { check: true } => kernels::check(),
        Command::Encodings { check: false } => encodings::write(),
        Command::Encodings { check: true } => encodings::check(),
        Command::Mca => mca::run_all(),
        Command::Model { check: false } => model::write(),
        Command::Model { check: true } => model::check(),
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
