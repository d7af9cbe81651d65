//! `cargo xtask ocr-costs`: what the networks of `ocr` cost, at every width, by layer and by what is done.
//!
//! ```text
//!   ocr/models ──ocr costs --networks──► a file for each network and width ──(nets)──► blocks, how often they ran
//!      by function ─► parts ┐                                                              │
//!      by layer ────────────┴─► modelled cycles ─► ocr/models/costs.toml ──ocr costs──► the tables of ocr/README.md
//! ```

use super::nets::{Tools, as_committed, known};
use super::plugin::{self, Block};
use crate::cargo;
use crate::process::{Result, output, run};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What to count.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Write ocr/models/costs.toml and the tables of ocr/README.md: all networks and cores.
    #[arg(long, conflicts_with_all = ["network", "core"])]
    write: bool,
    /// This network only, such as line-4 or digit-float.
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// This core only.
    #[arg(long, value_name = "NAME", value_parser = CORES)]
    core: Option<String>,
}

const FILE: &str = "ocr/models/costs.toml";
const README: &str = "ocr/README.md";
/// Between them `ocr costs` writes.
const MARKS: [&str; 2] = ["<!-- ocr costs: begin -->\n", "<!-- ocr costs: end -->"];

const HEAD: &str = "\
# What one inference of the networks of ocr executes: an image of 28x28, a line of 24x320, from bytes to logits, one thread.
# Written by `cargo xtask ocr-costs --write`; do not edit. Instructions are counted under an emulator; cycles are those of the
# executed blocks by the pipeline model of qgen: no core was measured.
# whole: instructions, cycles, of everything. parts: the same by what is done, by the function that it is in; layers: by layer,
# counted one by one. numbers: float, or the width of weights and inputs; the first and the last layer have 8 bits, but of \"4, all\".
# commit: of the program that was counted.
";

const CORES: [&str; 3] = ["cortex-a53", "cortex-a72", "neoverse-n1"];

/// What is compared with the committed figures, on one core: counting all takes long.
const CHECKED: [&str; 4] = ["digit-4", "line-4", "line-8", "line-float"];
const CHECKED_ON: &str = "cortex-a72";

/// What is done, by words in the names of functions; the first that fits counts.
const PARTS: [(&str, &[&str]); 5] = [
    ("products", &["::kernels::", "::portable::dot", "::conv::shallow", "::conv::depthwise"]),
    ("requantisation", &["::quant::", "::ops::rescale"]),
    ("pooling", &["::ops::pool", "::conv::pooled"]),
    ("gathering", &["::conv::", "::lines::", "::pack", "memcpy", "memmove", "memset", ".plt"]),
    ("control", &[""]),
];

/// Name, instructions, modelled cycles.
type Part = (String, u64, u64);

/// A network on a core.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    task: String,
    numbers: String,
    core: String,
    whole: (u64, u64),
    parts: Vec<Part>,
    layers: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    commit: String,
    run: Vec<Counted>,
}

/// A network's file.
struct Network {
    path: PathBuf,
    /// Such as `line-4.6`.
    name: String,
}

/// Has `ocr` write all networks into a folder that is there as long as it is wanted.
fn networks() -> Result<(TempDir, Vec<Network>)> {
    let folder = plugin::folder()?;
    let of_it = folder.path().join("networks");
    run(ocr()?.arg("--networks").arg(&of_it))?;
    let entries = std::fs::read_dir(&of_it).map_err(|e| format!("{}: {e}", of_it.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let network = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?.to_owned();
        Some(Network { path, name })
    };
    Ok((folder, paths.into_iter().filter_map(network).collect()))
}

/// `ocr costs`.
fn ocr() -> Result<std::process::Command> {
    let mut ocr = cargo::tool("ocr")?;
    ocr.arg("costs");
    Ok(ocr)
}

fn part_of(function: &str) -> usize {
    let is = |(_, words): &(&str, &[&str])| words.iter().any(|word| function.contains(word));
    PARTS.iter().position(is).expect("the last part takes everything")
}

/// Everything by what is done.
fn parts(tools: &Tools, name: &str, core: &str, blocks: &[Block]) -> Result<Vec<Part>> {
    let (mut parts, mut unknown) = (Vec::new(), 0.0);
    for (n, (part, _)) in PARTS.iter().enumerate() {
        let of_it = |block: &&Block| part_of(tools.function(block)) == n;
        let own: Vec<Block> = blocks.iter().filter(of_it).copied().collect();
        if !own.is_empty() {
            let (instructions, cycles, strange) = tools.cost(core, own)?;
            unknown += strange;
            parts.push(((*part).to_owned(), instructions, cycles.round() as u64));
        }
    }
    known(&format!("{name} on {core}"), whole(&parts).0, unknown)?;
    Ok(parts)
}

fn whole(parts: &[Part]) -> (u64, u64) {
    parts.iter().fold((0, 0), |sum, part| (sum.0 + part.1, sum.1 + part.2))
}

fn counted(tools: &Tools, network: &Network, core: &str) -> Result<Counted> {
    let Network { path, name } = network;
    let path = path.to_string_lossy();
    let (task, numbers) = name.split_once('-').ok_or_else(|| format!("{name}: no network of ocr"))?;
    // A file's network has its own bits.
    let (blocks, printed) = tools.blocks(&path, 0, "all", core)?;
    let parts = parts(tools, name, core, &blocks)?;
    let layers = tools.layers(&path, 0, core, &printed)?;
    let (task, numbers, core) = (task.to_owned(), numbers.to_owned(), core.to_owned());
    Ok(Counted { task, numbers, core, whole: whole(&parts), parts, layers })
}

/// Counts, prints and writes.
///
/// # Errors
/// If a tool is missing, or a program fails.
pub(crate) fn run_all(args: &Args) -> Result<()> {
    // Before anything is built of it.
    let commit = output(cargo::command("git").args(["describe", "--always", "--dirty", "--exclude=*"]))?;
    let (_folder, networks) = networks()?;
    let tools = Tools::new(false)?;
    let mut all = Vec::new();
    let named = |network: &&Network| args.network.as_ref().is_none_or(|only| *only == network.name);
    for network in networks.iter().filter(named) {
        for core in CORES.into_iter().filter(|core| args.core.as_deref().is_none_or(|only| only == *core)) {
            let counted = counted(&tools, network, core)?;
            print(&counted);
            all.push(counted);
        }
    }
    if all.is_empty() {
        let names: Vec<&str> = networks.iter().map(|network| &*network.name).collect();
        return Err(format!("network: there is none of that name; there are {}", names.join(", ")));
    }
    if args.write { write(commit.trim(), all) } else { Ok(()) }
}

fn print(counted: &Counted) {
    let Counted { task, numbers, core, whole, parts, layers } = counted;
    println!("{task}, {numbers}, on {core}: {} instructions, {} modelled cycles", whole.0, whole.1);
    for (part, instructions, cycles) in parts.iter().chain(layers) {
        println!(
            "  {part:<16}{instructions:>12}{cycles:>12}{:>7.1} %",
            100.0 * *cycles as f64 / whole.1 as f64
        );
    }
}

fn write(commit: &str, run: Vec<Counted>) -> Result<()> {
    let file = File { commit: commit.to_owned(), run };
    let text = toml::to_string(&file).map_err(|e| e.to_string())?;
    let save = |name: &str, text: &str| {
        std::fs::write(cargo::root().join(name), text).map_err(|e| format!("{name}: {e}"))
    };
    save(FILE, &format!("{HEAD}\n{text}"))?;
    // The file is part of the program.
    cargo::build_tools()?;
    let tables = output(&mut ocr()?)?;
    let readme = read(Path::new(README))?;
    save(README, &spliced(&readme, &tables)?)
}

fn read(name: &Path) -> Result<String> {
    std::fs::read_to_string(cargo::root().join(name)).map_err(|e| format!("{}: {e}", name.display()))
}

/// A text with other tables between the marks.
fn spliced(text: &str, tables: &str) -> Result<String> {
    let [begin, end] = MARKS;
    let parts = text.split_once(begin).and_then(|(before, rest)| Some((before, rest.split_once(end)?.1)));
    let (before, after) =
        parts.ok_or_else(|| format!("{README}: it has no lines `{}` and `{end}`", begin.trim_end()))?;
    Ok(format!("{before}{begin}{tables}{end}{after}"))
}

/// What CI runs: some networks execute as many instructions as the committed figures say.
///
/// # Errors
/// If they do not.
pub(crate) fn check() -> Result<()> {
    let file: File = toml::from_str(&read(Path::new(FILE))?).map_err(|e| format!("{FILE}: {e}"))?;
    let (_folder, networks) = networks()?;
    let tools = Tools::new(false)?;
    for name in CHECKED {
        let missing = || format!("{FILE} has no {name} on {CHECKED_ON}; run `cargo xtask ocr-costs --write`");
        let network = networks.iter().find(|network| network.name == name).ok_or_else(missing)?;
        let same = |run: &&Counted| format!("{}-{}", run.task, run.numbers) == name && run.core == CHECKED_ON;
        let committed = file.run.iter().find(same).ok_or_else(missing)?.whole.0;
        let (blocks, _) = tools.blocks(&network.path.to_string_lossy(), 0, "all", CHECKED_ON)?;
        let now = blocks.iter().map(Block::executed).sum::<i64>().unsigned_abs();
        println!("{name} on {CHECKED_ON}: {now} instructions, {committed} committed");
        as_committed(
            &format!("{name} on {CHECKED_ON}"),
            now,
            (committed, FILE, "cargo xtask ocr-costs --write"),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_parts() {
        for (function, part) in [
            ("qgen_runtime::kernels::qgen_fip_3x4_lm8to7_rm8to7neg_t3x4k32u1_cortex_a72::code", "products"),
            ("qgen_runtime::conv::shallow::neon::strip", "products"),
            ("qgen_runtime::quant::neon::requantise", "requantisation"),
            ("qgen_runtime::ops::pool::Pool::max", "pooling"),
            ("qgen_runtime::conv::pieces::Pieces::copy", "gathering"),
            ("__memcpy_generic", "gathering"),
            ("qgen_runtime::tiles::Tiles::row_of_tiles", "control"),
            ("?", "control"),
        ] {
            assert_eq!(PARTS[part_of(function)].0, part, "{function}");
        }
    }

    #[test]
    fn tables_are_replaced_between_their_marks() {
        let [begin, end] = MARKS;
        let text = format!("a\n{begin}old\n{end}\nb");
        assert_eq!(spliced(&text, "new\n").unwrap(), format!("a\n{begin}new\n{end}\nb"));
        assert!(spliced("a", "new").unwrap_err().contains("ocr/README.md: it has no lines"));
        assert!(spliced(&read(Path::new(README)).unwrap(), "").is_ok());
    }

    #[test]
    fn the_file_has_every_core_of_every_network() {
        let file: File = toml::from_str(&read(Path::new(FILE)).unwrap()).unwrap();
        let mut names: Vec<String> =
            file.run.iter().map(|run| format!("{}-{}", run.task, run.numbers)).collect();
        assert_eq!(names.len() % CORES.len(), 0);
        names.dedup();
        assert_eq!(
            names.len() * CORES.len(),
            file.run.len(),
            "each network with all cores, one after the other"
        );
        assert!(CHECKED.iter().all(|name| names.iter().any(|n| n == name)));
    }
}
