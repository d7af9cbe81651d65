//! Runs a program under qemu with `xtask/plugin/count.c`, which counts how often its blocks run.

use super::image::Image;
use crate::cargo;
use crate::process::{Result, output};
use crate::toolchain::Counting;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Instructions that run one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Where the first one is.
    pub(crate) address: u64,
    /// How many.
    pub(crate) instructions: u64,
    /// How often they ran between the marks; less than nothing for what the block of the second mark counted
    /// too much.
    pub(crate) executions: i64,
}

impl Block {
    /// Executed instructions.
    pub(crate) fn executed(&self) -> i64 {
        self.instructions as i64 * self.executions
    }
}

/// The compiled plugin, in a folder of its own: two countings at once must not read each other's figures.
pub(crate) struct Plugin {
    _folder: TempDir,
    library: PathBuf,
    counts: PathBuf,
    tools: Counting,
}

impl Plugin {
    /// Compiles it with this machine's C compiler: qemu is a program of this machine.
    pub(crate) fn compile(tools: Counting) -> Result<Plugin> {
        let folder = folder()?;
        let (library, counts) = (folder.path().join("count.so"), folder.path().join("counts.txt"));
        if library.to_string_lossy().contains(',') {
            return Err("qemu takes no plugin from a folder with a comma in its name".into());
        }
        let mut cc = cargo::command("cc");
        cc.args(["-O2", "-Wall", "-shared", "-fPIC", &format!("-DAPI={}", tools.api), "-o"]);
        output(cc.arg(&library).arg("xtask/plugin/count.c"))?;
        Ok(Plugin { _folder: folder, library, counts, tools })
    }

    /// Runs `program` as `cpu`, with `environment`, and returns what it printed and the blocks that ran between its
    /// marks.
    pub(crate) fn run(
        &self,
        program: &Path,
        image: &Image,
        cpu: &str,
        args: &[String],
        environment: &[(&str, &str)],
    ) -> Result<(String, Vec<Block>)> {
        let mut plugin = format!("{},out={}", self.library.display(), self.counts.display());
        for (name, addresses) in [("start", image.starts()), ("stop", image.stops())] {
            if addresses.is_empty() {
                return Err(format!("{} has no {name} mark", program.display()));
            }
            addresses.iter().for_each(|address| plugin.push_str(&format!(",{name}={address:x}")));
        }
        let mut qemu = cargo::command(self.tools.qemu);
        qemu.args(["-cpu", cpu, "-plugin", &plugin])
            .arg(program)
            .args(args)
            .envs(environment.iter().copied());
        let printed = output(&mut qemu)?;
        let text = fs::read_to_string(&self.counts)
            .map_err(|e| format!("{}: {e}; did qemu take the plugin?", self.counts.display()))?;
        // The next run must not find the figures of this one.
        let _ = fs::remove_file(&self.counts);
        let blocks: Vec<Block> = text.lines().map(parse).collect::<Result<_>>()?;
        if blocks.is_empty() {
            return Err(format!("{} ran nothing between its marks", program.display()));
        }
        Ok((printed, blocks))
    }
}

/// A folder that nobody else has, below `target`, from where programs may be run.
pub(super) fn folder() -> Result<TempDir> {
    let below = cargo::target_folder().join("count");
    let made = fs::create_dir_all(&below).and_then(|()| tempfile::tempdir_in(&below));
    made.map_err(|e| format!("{}: {e}", below.display()))
}

fn parse(line: &str) -> Result<Block> {
    let bad = || format!("the plugin wrote `{line}`, not an address, instructions and executions");
    let mut words = line.split(' ');
    let mut word = || words.next().ok_or_else(bad);
    Ok(Block {
        address: u64::from_str_radix(word()?, 16).map_err(|_| bad())?,
        instructions: word()?.parse().map_err(|_| bad())?,
        executions: word()?.parse().map_err(|_| bad())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_plugin_are_read() {
        let block = parse("4005c0 12 -3").unwrap();
        assert_eq!(block, Block { address: 0x40_05c0, instructions: 12, executions: -3 });
        assert_eq!(block.executed(), -36);
        for line in ["", "4005c0", "4005c0 12", "x 1 1", "4005c0 -1 1"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
