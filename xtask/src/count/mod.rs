//! `cargo xtask count`: how many instructions whole multiplications execute.
//!
//! ```text
//!   runtime/examples/{gemm,conv}.rs ─static─► program ──objdump──► image: what is at which address
//!                                           │                    │
//!   xtask/plugin/count.c ──cc──► plugin ──qemu──► blocks and how often they ran
//!                                                        └─► per multiply-accumulate ─► docs/counts.toml
//! ```
//!
//! Instructions are not time. But on a machine without Arm cores they are the one figure that is exact: what a main
//! loop promises, and what a caller gets.

mod committed;
mod cycles;
mod image;
mod layers;
pub(crate) mod nets;
pub(crate) mod ocr;
mod plugin;
mod program;
pub(crate) mod rivals;
mod show;
mod subjects;

use crate::cargo;
use crate::process::Result;
use crate::toolchain;
use image::Image;
use layers::LAYERS;
use plugin::{Block, Plugin};
use program::Program;
use std::collections::BTreeMap;
use subjects::{LARGE, SHAPES, SUBJECTS, Shape, Subject, emulated};

/// How often a multiplication is repeated between the marks: once more tells nothing new, counts are exact.
const REPETITIONS: u32 = 1;

/// Bytes of code that a program may have of the runtime.
const MOST_CODE: usize = 1_000_000;

/// What to count and to print.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The large shape, 1024x1024x1024, too.
    #[arg(long)]
    full: bool,
    /// Under each row the functions in which at least one per cent of the instructions is executed.
    #[arg(long, conflicts_with = "json")]
    functions: bool,
    /// Under each row so many of its blocks, those with the most executed instructions.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "json")]
    blocks: usize,
    /// Print JSON, for machines, functions and blocks included.
    #[arg(long)]
    json: bool,
    /// Write the figures of now to docs/counts.toml, the large shape's too, in place of comparing them.
    #[arg(long)]
    write: bool,
}

/// What was counted of a multiplication. Figures are instructions per multiply-accumulate.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Counted {
    pub(crate) what: &'static str,
    pub(crate) core: &'static str,
    pub(crate) shape: Shape,
    pub(crate) kernel: String,
    /// All that is executed.
    pub(crate) per_mac: f64,
    /// What is executed in the kernel's code.
    pub(crate) in_kernel: f64,
    /// The kernel's main loop, branch included, by its text.
    pub(crate) main_loop: f64,
    /// Instructions by function, the most first.
    pub(crate) functions: Vec<(String, i64)>,
    /// The blocks, that with the most instructions first.
    pub(crate) blocks: Vec<CountedBlock>,
}

/// A block, with its text.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct CountedBlock {
    pub(crate) address: u64,
    pub(crate) executions: i64,
    pub(crate) function: String,
    pub(crate) text: Vec<String>,
}

impl Counted {
    pub(crate) fn shape_text(&self) -> String {
        self.shape.map(|side| side.to_string()).join("x")
    }
}

/// Counts, prints, and compares with what is committed.
///
/// # Errors
/// If a tool is missing or fails, the runtime chooses a kernel of another strategy, or more is executed than committed.
pub(crate) fn run_all(args: &Args) -> Result<()> {
    let tools = toolchain::counting()?;
    let program = Program::example("gemm", &tools)?;
    let convolution = Program::example("conv", &tools)?;
    let plugin = Plugin::compile(tools)?;
    let large = [LARGE];
    let more: &[Shape] = if args.full || args.write { &large } else { &[] };
    let mut all = Vec::new();
    for &shape in SHAPES.iter().chain(more) {
        for subject in SUBJECTS {
            all.push(count(&plugin, &program, subject, shape)?);
        }
    }
    let mut layers = Vec::new();
    for layer in LAYERS {
        for core in layers::CORES {
            layers.push(layer.count(&plugin, &convolution, core)?);
        }
    }
    let figures = if args.write { committed::File::default() } else { committed::read()? };
    if args.json {
        println!("{}", show::json(&all, &layers, &figures.count));
    } else {
        print!("{}", show::text(&all, &figures.count, args.functions, args.blocks));
        print!("{}", layers::text(&layers));
    }
    small(&program.image)?;
    if args.write {
        committed::write(&all, &layers)
    } else {
        committed::check(&figures.count, &all)?;
        committed::check_layers(&figures.layer, &layers)
    }
}

/// A phone's application carries the runtime with all kernels that ship: that its code stays small.
fn small(image: &Image) -> Result<()> {
    let [all, kernels] = ["qgen_", "::kernels::qgen_"].map(|part| image.bytes_of(part));
    eprintln!("code of the runtime in the program that was counted: {all} bytes, {kernels} of them kernels");
    if all > MOST_CODE {
        return Err(format!("the runtime's code has {all} bytes; at most {MOST_CODE} are wanted"));
    }
    Ok(())
}

/// What CI runs: the usual shapes.
///
/// # Errors
/// As [`run_all`].
pub(crate) fn check() -> Result<()> {
    run_all(&Args { full: false, functions: false, blocks: 0, json: false, write: false })
}

fn count(plugin: &Plugin, program: &Program, subject: &Subject, shape: Shape) -> Result<Counted> {
    let mut words: Vec<String> = shape.iter().map(usize::to_string).collect();
    words.extend([subject.bits.to_string(), REPETITIONS.to_string(), subject.core.to_owned()]);
    words.extend(subject.end.map(str::to_owned));
    let (name, blocks) = executed(plugin, program, emulated(subject.core), &words, &[])?;
    let name = &*name;
    if name.split('_').nth(1) != Some(subject.strategy) {
        return Err(format!(
            "{} on {} at {shape:?}: the runtime chooses {name}, not a kernel of {}; xtask/src/count/subjects.rs says \
             what is expected",
            subject.what, subject.core, subject.strategy
        ));
    }
    let macs = shape.iter().product::<usize>() as f64 * f64::from(REPETITIONS);
    let total: i64 = blocks.iter().map(Block::executed).sum();
    let functions = by_function(program, &blocks);
    let kernel: i64 = functions.iter().filter(|(f, _)| f.contains("::kernels::qgen_")).map(|(_, n)| n).sum();
    let mut functions: Vec<(String, i64)> = functions.into_iter().map(|(f, n)| (f.to_owned(), n)).collect();
    functions.sort_by_key(|&(_, executed)| -executed);
    Ok(Counted {
        what: subject.what,
        core: subject.core,
        shape,
        kernel: name.to_owned(),
        per_mac: total as f64 / macs,
        in_kernel: kernel as f64 / macs,
        main_loop: main_loop(name)?,
        functions,
        blocks: merged(blocks).iter().map(|block| described(block, program)).collect(),
    })
}

/// Runs a program and returns the kernel that it printed, and its blocks.
fn executed(
    plugin: &Plugin,
    program: &Program,
    cpu: &str,
    words: &[String],
    environment: &[(&str, &str)],
) -> Result<(String, Vec<Block>)> {
    let (printed, blocks) = plugin.run(&program.path, &program.image, cpu, words, environment)?;
    let name = printed.lines().find_map(|line| line.strip_prefix("kernel ")).unwrap_or_default();
    Ok((name.to_owned(), blocks))
}

/// Executed instructions by function.
fn by_function<'p>(program: &'p Program, blocks: &[Block]) -> BTreeMap<&'p str, i64> {
    let mut functions = BTreeMap::new();
    for block in blocks {
        *functions.entry(program.image.function(block.address)).or_default() += block.executed();
    }
    functions
}

/// The blocks with the most executed instructions first. qemu translates some anew; they are one.
fn merged(blocks: Vec<Block>) -> Vec<Block> {
    let mut merged: BTreeMap<(u64, u64), i64> = BTreeMap::new();
    for block in blocks {
        *merged.entry((block.address, block.instructions)).or_default() += block.executions;
    }
    let block = |((address, instructions), executions)| Block { address, instructions, executions };
    let mut blocks: Vec<Block> = merged.into_iter().map(block).collect();
    blocks.sort_by_key(|block| -block.executed());
    blocks
}

fn described(block: &Block, program: &Program) -> CountedBlock {
    let image = &program.image;
    let text = |n| image.at(block.address + 4 * n).map_or("?", |instruction| &instruction.text).to_owned();
    CountedBlock {
        address: block.address,
        executions: block.executions,
        function: image.function(block.address).to_owned(),
        text: (0..block.instructions).map(text).collect(),
    }
}

/// Instructions of the main loop per multiply-accumulate, by the head of the kernel's file.
fn main_loop(kernel: &str) -> Result<f64> {
    let file = format!("runtime/src/kernels/{kernel}.rs");
    let text = std::fs::read_to_string(cargo::root().join(&file)).map_err(|e| format!("{file}: {e}"))?;
    let number = |key: &str| {
        let line =
            text.lines().find_map(|line| line.strip_prefix("// ")?.strip_prefix(key)?.strip_prefix(": "));
        line.and_then(|rest| rest.parse::<f64>().ok()).ok_or_else(|| format!("{file} has no `{key}`"))
    };
    Ok(number("instructions-per-iteration")? / number("macs-per-iteration")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_are_translated_twice_are_one() {
        let block = |address, instructions, executions| Block { address, instructions, executions };
        let blocks = vec![block(4, 2, 3), block(8, 10, 1), block(4, 2, 4), block(4, 1, 1)];
        assert_eq!(merged(blocks), [block(4, 2, 7), block(8, 10, 1), block(4, 1, 1)]);
    }

    #[test]
    fn main_loops_are_those_of_the_committed_kernels() {
        let loops = main_loop("qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72").unwrap();
        assert!((0.19..0.25).contains(&loops), "{loops}");
        assert!(main_loop("no_kernel").unwrap_err().contains("no_kernel.rs"));
    }
}
