//! The `qgen` command: a thin door to the compiler and the runtime.
//!
//! One file per command in `commands/`; each has its arguments (`Args`) and `run`. Standard output
//! carries the answer and nothing else; progress and remarks go to standard error.

mod bench;
mod check;
mod chosen;
mod clock;
mod commands;
mod cores;
mod explain;
mod failure;
mod frontier;
mod hw;
mod loaded;
mod new_file;
mod output;
mod pack;
mod prove;
mod report;
mod request;
mod shipped;
mod tune;
mod typed;
mod wanted;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::process::ExitCode;

/// Generates, explains, checks and tunes low-bit matrix-multiplication kernels for aarch64.
///
/// Without a command: `qgen tune`, the main job.
#[derive(Parser)]
#[command(name = "qgen", version, about, long_about = None, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Tune(commands::tune::Args),
    Emit(commands::emit::Args),
    List(commands::list::Args),
    Explain(commands::explain::Args),
    Bounds(commands::bounds::Args),
    Frontier(commands::frontier::Args),
    Prove(commands::prove::Args),
    Verify(commands::verify::Args),
    Bench(commands::bench::Args),
    Pack(commands::pack::Args),
    Hw(commands::hw::Args),
    #[command(hide = true)]
    Ship(commands::ship::Args),
    Completions(commands::completions::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let command = cli.command.unwrap_or_else(|| Command::Tune(commands::tune::Args::default()));
    let outcome = match &command {
        Command::Tune(args) => commands::tune::run(args),
        Command::Emit(args) => commands::emit::run(args),
        Command::List(args) => commands::list::run(args),
        Command::Explain(args) => commands::explain::run(args),
        Command::Bounds(args) => commands::bounds::run(args),
        Command::Frontier(args) => commands::frontier::run(args),
        Command::Prove(args) => commands::prove::run(args),
        Command::Verify(args) => commands::verify::run(args),
        Command::Bench(args) => commands::bench::run(args),
        Command::Pack(args) => commands::pack::run(args),
        Command::Hw(args) => commands::hw::run(args),
        Command::Ship(args) => commands::ship::run(args),
        Command::Completions(args) => commands::completions::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
