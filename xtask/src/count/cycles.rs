//! Modelled cycles of what was executed: each block by the pipeline model of `qgen::core`, as if it ran over and over, times
//! how often it ran.

use super::plugin::Block;
use super::program::Program;
use crate::cargo;
use crate::process::{Result, output};
use std::fmt::Write as _;
use tempfile::NamedTempFile;

/// `qgen/examples/blocks`.
pub(crate) struct Model {
    /// What it is given.
    file: NamedTempFile,
}

impl Model {
    pub(crate) fn build() -> Result<Model> {
        let file = NamedTempFile::new().map_err(|e| format!("a file for the model: {e}"))?;
        Ok(Model { file })
    }

    /// Cycles of `blocks` on a core, and the share of executed instructions of which the model knows no class.
    pub(crate) fn cycles(&self, program: &Program, core: &str, blocks: Vec<Block>) -> Result<(f64, f64)> {
        let is_branch = |address| program.image.at(address).is_none_or(|at| branches(&at.text));
        let blocks = joined(blocks, is_branch);
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
        let file = self.file.path();
        std::fs::write(file, text).map_err(|e| format!("{}: {e}", file.display()))?;
        let printed = output(cargo::tool("blocks")?.arg(core).arg(file))?;
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

/// Blocks that follow each other and ran as often are one. Those that end without a branch, as the emulator ends them where
/// a page does, go on in the block behind them; what is left of that was jumped to. So cycles do not depend on where a linker
/// puts a loop.
fn joined(mut blocks: Vec<Block>, branches: impl Fn(u64) -> bool) -> Vec<Block> {
    blocks.sort_by_key(|block| block.address);
    // From the last on, so that what follows is whole.
    for at in (0..blocks.len()).rev() {
        let Block { address, instructions, executions } = blocks[at];
        let end = address + 4 * instructions;
        if instructions == 0 {
            continue;
        }
        let goes_on = executions > 0 && !branches(end - 4);
        let first = blocks.partition_point(|block| block.address < end);
        let mut behind = blocks[first..].iter_mut().take_while(|block| block.address == end);
        let follows =
            |next: &&mut Block| next.executions == executions || goes_on && next.executions >= executions;
        if let Some(next) = behind.find(follows) {
            next.executions -= executions;
            blocks[at].instructions += next.instructions;
        }
    }
    blocks.retain(|block| block.executions != 0);
    blocks
}

/// Whether an instruction of this text may go on elsewhere than behind it.
fn branches(text: &str) -> bool {
    let mnemonic = text.split_whitespace().next().unwrap_or_default();
    mnemonic.starts_with("b.")
        || ["b", "bl", "blr", "br", "ret", "cbz", "cbnz", "tbz", "tbnz", "svc", "brk"].contains(&mnemonic)
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
        // A loop that is come to from above, its second half, and what follows.
        let blocks = vec![
            block(0x1000, 23, 8640),
            block(0xff0, 4, 8000),
            block(0xfe0, 8, 640),
            block(0x105c, 2, 1080),
        ];
        let branches = |address| address >= 0x1000;
        let expected = [block(0xfe0, 31, 640), block(0xff0, 27, 8000), block(0x105c, 2, 1080)];
        assert_eq!(joined(blocks.clone(), branches), expected);
        assert_eq!(joined(blocks, |_| true).len(), 4);
        let blocks = vec![block(0x1000, 23, 8640), block(0xff0, 4, 8640), block(0x105c, 2, 1080)];
        assert_eq!(joined(blocks, |_| true), [block(0xff0, 27, 8640), block(0x105c, 2, 1080)]);
        // Somebody jumped to the second half.
        let blocks = vec![block(0xff0, 4, 10), block(0x1000, 3, 15)];
        assert_eq!(joined(blocks, branches), [block(0xff0, 7, 10), block(0x1000, 3, 5)]);
    }

    #[test]
    fn branches_are_known_by_their_names() {
        assert!(
            ["b.ne\t428", "b 4", "ret", "cbnz x1, 8", "tbz w0, #1, 8", "blr x8"].into_iter().all(branches)
        );
        assert!(!["bic x0, x1, x2", "bfi x0, x1, #1, #2", "ldr q0, [x1]", "brk0"].into_iter().any(branches));
    }

    #[test]
    fn lines_of_the_model_are_read() {
        assert_eq!(parse("12.5000 3"), Some((12.5, 3.0)));
        for line in ["", "12.5", "x 1", "1 x"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
