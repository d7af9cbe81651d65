//! The `ocr` command: a thin door to the library.

use clap::{Parser, Subcommand};
use qgen_ocr::commands;
use std::process::ExitCode;

/// Trains, judges and runs recognisers that know how far their input is distorted.
#[derive(Parser)]
#[command(name = "ocr", version, about, long_about = None, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Data(commands::data::Args),
    Train(commands::train::Args),
    Text(commands::text::Args),
    TrainText(commands::train_text::Args),
    Threshold(commands::threshold::Args),
    Quantize(commands::quantize::Args),
    Read(commands::read::Args),
    Evaluate(commands::evaluate::Args),
    Report(commands::report::Args),
    Tables(commands::tables::Args),
    Costs(commands::costs::Args),
}

fn main() -> ExitCode {
    let outcome = match &Cli::parse().command {
        Command::Data(args) => commands::data::run(args),
        Command::Train(args) => commands::train::run(args),
        Command::Text(args) => commands::text::run(args),
        Command::TrainText(args) => commands::train_text::run(args),
        Command::Threshold(args) => commands::threshold::run(args),
        Command::Quantize(args) => commands::quantize::run(args),
        Command::Read(args) => commands::read::run(args),
        Command::Evaluate(args) => commands::evaluate::run(args),
        Command::Report(args) => commands::report::run(args),
        Command::Tables(args) => commands::tables::run(args),
        Command::Costs(args) => commands::costs::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
