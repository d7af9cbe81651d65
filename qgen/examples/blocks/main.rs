//! Modelled cycles of blocks of a program, for `cargo xtask count --cycles`: ours and others'.
//!
//! `blocks CORE` reads blocks from standard input: a line `block`, then a line for each instruction, its word in
//! hexadecimal and a disassembler's text. It prints a line for each block: cycles of one pass in the steady state, and how
//! many of its instructions are of no class that `classes.rs` knows.
//!
//! An instruction whose word is in the compiler's table is that one. Others, which a compiler made, are taken for the
//! class of the table to which their mnemonic belongs, on the registers in their text. Nothing here asks whether
//! branches are foretold or data is in the cache: as in the model of our own loops, all are.

mod classes;

use classes::outline;
use qgen::core::{Core, Mixed, simulate_mixed};
use qgen::isa::decode;
use std::io::{BufRead, stdin};

fn main() {
    let name = std::env::args().nth(1).expect("name a core");
    let core = Core::built_in(&name).expect("name a built-in core");
    let mut blocks: Vec<(Vec<Mixed>, usize)> = Vec::new();
    for line in stdin().lock().lines() {
        let line = line.expect("standard input is text");
        if line == "block" {
            blocks.push((Vec::new(), 0));
            continue;
        }
        let (word, text) = line.split_once(' ').expect("a word and a text");
        let (block, unknown) = blocks.last_mut().expect("a block begins with `block`");
        match u32::from_str_radix(word, 16).ok().and_then(decode) {
            Some(inst) => block.push(Mixed::Known(inst)),
            None => {
                let (outlines, known) = outline(text);
                *unknown += usize::from(!known);
                block.extend(outlines.into_iter().map(Mixed::Outline));
            }
        }
    }
    for (block, unknown) in blocks {
        println!("{:.4} {unknown}", simulate_mixed(&core, &block));
    }
}
