//! Modelled cycles of blocks of a program, ours and others', for `cargo xtask rivals`.
//!
//! `blocks CORE FILE` reads blocks: a line `block`, then a line for each instruction, its word in hexadecimal and a
//! disassembler's text. It prints a line for each block: cycles of one pass where it runs over and over, and how many of
//! its instructions are of no class that `classes.rs` knows.
//!
//! An instruction whose word is in the compiler's table is that one. Others, which a compiler or somebody else made, are taken for
//! the class of the table to which their mnemonic belongs, on the registers in their text. Nothing here asks whether
//! branches are foretold or data is in the cache: as in the model of our own loops, all are.

mod classes;

use classes::outline;
use qgen::core::{Core, Mixed, simulate_mixed};
use qgen::isa::decode;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let printed = match &args[..] {
        [core, file] => run(core, file),
        _ => Err("usage: blocks CORE FILE, for example blocks cortex-a72 blocks.txt".to_owned()),
    };
    match printed {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("blocks: {message}");
            ExitCode::from(2)
        }
    }
}

fn run(core: &str, file: &str) -> Result<String, String> {
    let core = Core::built_in(core).map_err(|e| e.to_string())?;
    let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    let mut blocks: Vec<(Vec<Mixed>, usize)> = Vec::new();
    for line in text.lines() {
        if line == "block" {
            blocks.push((Vec::new(), 0));
            continue;
        }
        let bad = || format!("{file}: `{line}` is not an instruction of a block");
        let (word, text) = line.split_once(' ').ok_or_else(bad)?;
        let (block, unknown) = blocks.last_mut().ok_or_else(bad)?;
        match u32::from_str_radix(word, 16).ok().and_then(decode) {
            Some(inst) => block.push(Mixed::Known(inst)),
            None => {
                let (outlines, known) = outline(text);
                *unknown += usize::from(!known);
                block.extend(outlines.into_iter().map(Mixed::Outline));
            }
        }
    }
    let line =
        |(block, unknown): &(Vec<Mixed>, usize)| format!("{:.4} {unknown}\n", simulate_mixed(&core, block));
    Ok(blocks.iter().map(line).collect())
}
