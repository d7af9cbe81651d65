//! The `ocr` command: a thin door to the library.

use clap::{Parser, Subcommand};
use qgen_ocr::commands;
use std::process::ExitCode;

/// Trains and judges LeNet-5 with a layer that sees how much its input is distorted.
#[derive(Parser)]
#[command(name = "ocr", version, about, long_about = None, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(commands::train::Args),
    Evaluate(commands::evaluate::Args),
}

fn main() -> ExitCode {
    let outcome = match &Cli::parse().command {
        Command::Train(args) => commands::train::run(args),
        Command::Evaluate(args) => commands::evaluate::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
