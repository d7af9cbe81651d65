//! `cargo xtask rivals`: how many instructions the multiplications of published crates execute, beside ours.
//!
//! ```text
//!   runtime/examples/gemm.rs ─┐
//!                             ├─► the same emulator and plugin, shape by shape, core by core ─► docs/benchmarks.md
//!   rivals/ ──────────────────┘            │
//!                                          └─ blocks, how often they ran ─► qgen/examples/blocks: modelled cycles
//! ```
//!
//! Both programs have the right side packed before where they can, take the left side as plain rows, and use one thread.

mod show;

use super::cycles::Model;
use super::nets::known;
use super::plugin::{Block, Plugin};
use super::program::Program;
use super::subjects::{Shape, emulated};
use super::{by_function, executed, merged};
use crate::process::Result;
use crate::{cargo, toolchain};

/// What to count and to print.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A shape in place of the usual ones, ROWSxCOLUMNSxDEPTH; may be given several times.
    #[arg(long, value_name = "MxNxK", value_parser = shape, conflicts_with = "grid")]
    shape: Vec<Shape>,
    /// All shapes of `qgen bench --grid`: takes an hour or so for all cores.
    #[arg(long)]
    grid: bool,
    /// This core only; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = CORES.map(|core| core.name))]
    core: Vec<String>,
    /// Print JSON, for machines, functions included.
    #[arg(long)]
    json: bool,
    /// Write docs/benchmarks.md: the usual shapes on all cores.
    #[arg(long, conflicts_with_all = ["shape", "grid", "core"])]
    write: bool,
}

/// What `--write` writes.
const FILE: &str = "docs/benchmarks.md";

/// The usual shapes, and where they are from: the middle of the published 4-bit grid and its corners, layers of three
/// networks, a single row, few columns.
const SHAPES: [(&str, Shape); 8] = [
    ("the grid", [240, 72, 256]),
    ("the grid's smallest", [72, 24, 128]),
    ("the grid's largest", [360, 96, 512]),
    ("LeNet-5 conv2", [100, 16, 150]),
    ("MobileNet 1×1, 7 to 11", [196, 512, 512]),
    ("ResNet-18 conv3_x", [784, 128, 1152]),
    ("one row", [1, 4096, 4096]),
    ("few columns", [240, 8, 256]),
];

/// A core for which kernels are chosen.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) name: &'static str,
    /// Its title in documents.
    pub(crate) title: &'static str,
    /// What tract takes it for. It looks into /proc/cpuinfo, which under this emulator is the host's.
    tract: &'static str,
}

/// One of each class.
pub(crate) const CORES: [Core; 4] = [
    Core { name: "cortex-a53", title: "Cortex-A53", tract: "a53" },
    Core { name: "cortex-a72", title: "Cortex-A72", tract: "a72" },
    Core { name: "neoverse-n1", title: "Neoverse N1", tract: "neoverse" },
    Core { name: "neoverse-v1", title: "Neoverse V1", tract: "neoverse" },
];

/// The widths of ours; 32 are floats.
const BITS: [u32; 9] = [1, 2, 3, 4, 5, 6, 7, 8, 32];

/// A multiplication: ours, or a crate's.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Contestant {
    /// Ours, of values of so many bits; 32 are floats.
    Ours(u32),
    /// `rivals`' name for it, and the crate's version.
    Crate(&'static str, String),
}

const INT8: &str = "-int8";

/// The names of `rivals/src/lib.rs`.
const NAMES: [&str; 6] = [
    "rten-gemm-int8",
    "tract-linalg-int8",
    "gemm-f32",
    "matrixmultiply-f32",
    "rten-gemm-f32",
    "tract-linalg-f32",
];

impl Contestant {
    /// Whether it multiplies floats.
    pub(crate) fn is_float(&self) -> bool {
        match self {
            Contestant::Ours(bits) => *bits == 32,
            Contestant::Crate(name, _) => !name.ends_with(INT8),
        }
    }

    /// Its title in tables.
    pub(crate) fn title(&self) -> String {
        match self {
            Contestant::Ours(32) => "qgen, floats".to_owned(),
            Contestant::Ours(1) => "qgen, 1 bit".to_owned(),
            Contestant::Ours(bits) => format!("qgen, {bits} bits"),
            Contestant::Crate(name, version) => {
                let (krate, operands) = match name.strip_suffix(INT8) {
                    Some(krate) => (krate, "8 bits"),
                    None => (name.trim_end_matches("-f32"), "floats"),
                };
                format!("{krate} {version}, {operands}")
            }
        }
    }

    /// All of them: ours first.
    fn all() -> Result<Vec<Contestant>> {
        let file = "rivals/Cargo.lock";
        let text = std::fs::read_to_string(cargo::root().join(file)).map_err(|e| format!("{file}: {e}"))?;
        let lock: toml::Table = toml::from_str(&text).map_err(|e| format!("{file}: {e}"))?;
        let packages = lock.get("package").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
        let version = |krate: &str| {
            let package =
                packages.iter().find(|p| p.get("name").and_then(toml::Value::as_str) == Some(krate));
            let version = package.and_then(|p| p.get("version")?.as_str());
            version.map(str::to_owned).ok_or_else(|| format!("{file} has no {krate}"))
        };
        let rival = |name: &'static str| {
            let krate = name.strip_suffix(INT8).unwrap_or_else(|| name.trim_end_matches("-f32"));
            Ok(Contestant::Crate(name, version(krate)?))
        };
        BITS.iter().map(|&bits| Ok(Contestant::Ours(bits))).chain(NAMES.map(rival)).collect()
    }
}

/// What was counted. Figures are instructions per multiply-accumulate.
#[derive(Clone, Debug, serde::Serialize)]
pub(crate) struct Counted {
    pub(crate) shape: Shape,
    pub(crate) core: &'static str,
    pub(crate) contestant: Contestant,
    pub(crate) kernel: String,
    /// All that is executed.
    pub(crate) per_mac: f64,
    /// Of it, in functions that pack, sum up or check the operands.
    pub(crate) packing: f64,
    /// Multiply-accumulates per cycle, by the core's pipeline model over the blocks that ran.
    pub(crate) modelled_macs_per_cycle: f64,
    /// The share of executed instructions of which the model does not know what they cost.
    pub(crate) unmodelled: f64,
    /// Instructions by function, the most first.
    pub(crate) functions: Vec<(String, i64)>,
}

/// Counts and prints.
///
/// # Errors
/// If a tool is missing, or a program fails or is wrong.
pub(crate) fn run_all(args: &Args) -> Result<()> {
    let shapes: Vec<Shape> = match args {
        Args { grid: true, .. } => grid()?,
        Args { shape, .. } if !shape.is_empty() => shape.clone(),
        _ => SHAPES.iter().map(|&(_, shape)| shape).collect(),
    };
    let contestants = Contestant::all()?;
    let tools = toolchain::counting()?;
    let (ours, theirs) = (Program::example("gemm", &tools)?, Program::rivals(&tools)?);
    let (plugin, model) = (Plugin::compile(tools)?, Model::build()?);
    let mut all = Vec::new();
    for &shape in &shapes {
        for core in CORES.iter().filter(|c| args.core.is_empty() || args.core.iter().any(|n| n == c.name)) {
            let from = all.len();
            for contestant in &contestants {
                all.push(count((&plugin, &model), (&ours, &theirs), contestant, core, shape)?);
            }
            if !args.json {
                print!("{}", show::text(&all[from..]));
            }
        }
    }
    if args.json {
        println!("{}", show::json(&all));
    }
    if args.write {
        for Counted { contestant, core, shape, unmodelled, .. } in &all {
            known(&format!("{contestant:?} on {core} at {shape:?}"), 1, *unmodelled)?;
        }
        std::fs::write(cargo::root().join(FILE), show::page(&SHAPES, &all))
            .map_err(|e| format!("{FILE}: {e}"))?;
        eprintln!("{FILE} has {} figures", all.len());
    }
    Ok(())
}

fn count(
    (plugin, model): (&Plugin, &Model),
    (ours, theirs): (&Program, &Program),
    contestant: &Contestant,
    core: &Core,
    shape: Shape,
) -> Result<Counted> {
    let sides = shape.map(|side| side.to_string());
    let (program, words) = match contestant {
        Contestant::Ours(bits) => {
            let last = [bits.to_string(), "1".to_owned(), core.name.to_owned()];
            (ours, sides.into_iter().chain(last).collect::<Vec<_>>())
        }
        Contestant::Crate(name, _) => {
            let words = [(*name).to_owned()].into_iter().chain(sides).chain(["1".to_owned()]);
            (theirs, words.collect())
        }
    };
    let environment = [("TRACT_CPU_AARCH64_KIND", core.tract)];
    let (kernel, blocks) = executed(plugin, program, emulated(core.name), &words, &environment)?;
    let macs = shape.iter().product::<usize>() as f64;
    let total: i64 = blocks.iter().map(Block::executed).sum();
    let mut functions: Vec<(String, i64)> = by_function(program, &blocks)
        .into_iter()
        .map(|(name, executed)| (name.to_owned(), executed))
        .collect();
    functions.sort_by_key(|&(_, executed)| -executed);
    let packing: i64 = functions.iter().filter(|(name, _)| packs(name)).map(|(_, executed)| executed).sum();
    let (cycles, unmodelled) = model.cycles(program, core.name, merged(blocks))?;
    Ok(Counted {
        shape,
        core: core.name,
        contestant: contestant.clone(),
        kernel,
        per_mac: total as f64 / macs,
        packing: packing as f64 / macs,
        modelled_macs_per_cycle: macs / cycles,
        unmodelled,
        functions,
    })
}

/// Whether a function of this name packs operands, or sums them up or checks them, which ours do on the way. What the
/// compiler puts into other functions is not seen.
fn packs(function: &str) -> bool {
    // What begins with a point is a label inside of an assembler's kernel, `.packed_packed_loop` for one.
    let is_function = !function.starts_with('.');
    is_function && (function.contains("qgen_runtime::lines::") || function.contains("pack"))
}

/// The shapes of `qgen bench --grid`.
fn grid() -> Result<Vec<Shape>> {
    let file = "cli/src/tune/shapes.txt";
    let text = std::fs::read_to_string(cargo::root().join(file)).map_err(|e| format!("{file}: {e}"))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| shape(line.split(' ').next().unwrap_or(line)).map_err(|e| format!("{file}: {e}")))
        .collect()
}

/// Reads `MxNxK`.
fn shape(text: &str) -> Result<Shape> {
    let sides: Option<Vec<usize>> =
        text.split('x').map(|side| side.parse().ok().filter(|&s| s > 0)).collect();
    let bad = || format!("`{text}` is no shape; write ROWSxCOLUMNSxDEPTH, for example 240x72x256");
    sides.and_then(|sides| Shape::try_from(sides).ok()).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_shapes_are_of_the_grid() {
        let grid = grid().unwrap();
        assert!(grid.len() > 64);
        for (name, shape) in SHAPES {
            assert!(grid.contains(&shape), "{name}");
        }
        for bad in ["", "1x2", "1x2x3x4", "0x1x1", "ax1x1"] {
            assert!(shape(bad).unwrap_err().contains("ROWSxCOLUMNSxDEPTH"), "{bad}");
        }
    }

    #[test]
    fn every_crate_has_a_version_and_a_name_that_the_program_knows() {
        let library = std::fs::read_to_string(cargo::root().join("rivals/src/lib.rs")).unwrap();
        let all = Contestant::all().unwrap();
        assert_eq!(all.len(), BITS.len() + NAMES.len());
        for contestant in &all {
            if let Contestant::Crate(name, version) = contestant {
                assert!(library.contains(&format!("\"{name}\" => ")), "{name}");
                assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name} {version}");
            }
        }
        let titles: Vec<String> = all.iter().map(Contestant::title).collect();
        assert_eq!((&*titles[0], &*titles[3], &*titles[8]), ("qgen, 1 bit", "qgen, 4 bits", "qgen, floats"));
        assert!(titles[9].starts_with("rten-gemm ") && titles[9].ends_with(", 8 bits"));
        assert!(titles[12].starts_with("matrixmultiply ") && titles[12].ends_with(", floats"));
        assert!(all[8].is_float() && !all[9].is_float() && all[11].is_float());
    }

    #[test]
    fn the_document_is_of_these_shapes_and_versions() {
        let page = std::fs::read_to_string(cargo::root().join(FILE)).unwrap();
        let titles: Vec<String> = Contestant::all().unwrap().iter().map(Contestant::title).collect();
        for (name, shape) in SHAPES {
            let heading = format!("### {}, {name}\n", shape.map(|side| side.to_string()).join("×"));
            let table = page.split_once(&heading).unwrap_or_else(|| panic!("no {heading}")).1;
            let table = table.split("\n#").next().unwrap();
            for title in &titles {
                assert!(table.contains(&format!("| {title} | ")), "{heading} {title}: write {FILE} anew");
            }
        }
    }

    #[test]
    fn packing_is_told_by_names() {
        assert!(packs("qgen_runtime::pack::Format::pack_lines") && packs("qgen_runtime::lines::scan_lines"));
        assert!(packs("tract_linalg::frame::pack::pack_k_major"));
        assert!(!packs("qgen_runtime::tiles::Tiles::row_of_tiles") && !packs(".packed_packed_loop_4"));
    }
}
