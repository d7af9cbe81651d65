//! Modelled cycles of what was executed: each block by the pipeline model of `qgen::core`, as if it ran over and over, times
//! how often it ran.

use super::plugin::Block;
use super::program::Program;
use crate::cargo;
use crate::process::{Result, output, run};
use std::fmt::Write as _;
use std::path::PathBuf;

/// `qgen/examples/blocks`, built for this machine.
pub(crate) struct Model {
    program: PathBuf,
    file: PathBuf,
}

impl Model {
    pub(crate) fn build() -> Result<Model> {
        run(cargo::host("build").args(["--release", "-p", "qgen", "--example", "blocks"]))?;
        let target = cargo::root().join("target");
        Ok(Model { program: target.join("release/examples/blocks"), file: target.join("count/blocks.txt") })
    }

    /// Cycles of `blocks` on a core, and the share of executed instructions of which the model knows no class.
    pub(crate) fn cycles(&self, program: &Program, core: &str, blocks: Vec<Block>) -> Result<(f64, f64)> {
        let blocks = joined(blocks);
        let mut text = String::new();
        for block in &blocks {
            text.push_str("block\n");
            for n in 0..block.instructions {
                let address = block.address + 4 * n;
                let at = program.image.at(address);
                let at =
                    at.ok_or_else(|| format!("{} has nothing at {address:x}", program.path.display()))?;
                writeln!(text, "{:08x} {}", at.word, at.text).expect("writing to a string");
            }
        }
        let file = self.file.display();
        std::fs::write(&self.file, text).map_err(|e| format!("{file}: {e}"))?;
        let printed = output(cargo::command(&self.program).arg(core).arg(&self.file))?;
        let (mut cycles, mut unknown, mut all) = (0.0, 0.0, 0.0);
        let mut lines = printed.lines();
        for block in &blocks {
            let line = lines.next().unwrap_or_default();
            let (one, strange) =
                parse(line).ok_or_else(|| format!("blocks printed `{line}`, not cycles and a count"))?;
            cycles += one * block.executions as f64;
            unknown += strange * block.executions as f64;
            all += block.executed() as f64;
        }
        Ok((cycles, unknown / all))
    }
}

/// Blocks that follow each other and ran as often are one: the emulator ends them where a page does.
fn joined(mut blocks: Vec<Block>) -> Vec<Block> {
    blocks.sort_by_key(|block| block.address);
    let mut joined: Vec<Block> = Vec::new();
    for block in blocks {
        match joined.last_mut() {
            Some(last)
                if last.address + 4 * last.instructions == block.address
                    && last.executions == block.executions =>
            {
                last.instructions += block.instructions;
            }
            _ => joined.push(block),
        }
    }
    joined
}

fn parse(line: &str) -> Option<(f64, f64)> {
    let (cycles, unknown) = line.split_once(' ')?;
    Some((cycles.parse().ok()?, unknown.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_over_two_pages_is_one_block() {
        let block = |address, instructions, executions| Block { address, instructions, executions };
        let blocks = vec![block(0x1000, 23, 8640), block(0xff0, 4, 8640), block(0x105c, 2, 1080)];
        assert_eq!(joined(blocks), [block(0xff0, 27, 8640), block(0x105c, 2, 1080)]);
    }

    #[test]
    fn lines_of_the_model_are_read() {
        assert_eq!(parse("12.5000 3"), Some((12.5, 3.0)));
        for line in ["", "12.5", "x 1", "1 x"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
