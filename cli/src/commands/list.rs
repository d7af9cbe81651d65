//! `qgen list`

use crate::cores::{CoreFile, Cores, features, none_ships};
use crate::failure::Failure;
use crate::frontier::all_of;
use crate::output;
use crate::request::KernelArgs;
use qgen::core::Core;
use qgen::emit::Facts;
use qgen::plan::open_strategies;
use qgen::{Kernel, Request, SHIPPED_CORES, compile};
use qgen_runtime::cpu::{self, Machine};
use qgen_runtime::kernels::SHIPPED;
use qgen_runtime::select::{self, Overrides};
use qgen_spec::{Diagnostics, KernelSpec, Operand, Range, Strategy};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Lists the kernels for given operands.
///
/// Every strategy with every register tile that the planner looks at, the fastest by the model
/// first. Without operands: 4 bits.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) wanted: KernelArgs,
    /// The core [default: this machine's if it is known, else cortex-a72].
    #[arg(long, value_name = "NAME")]
    core: Option<String>,
    #[command(flatten)]
    file: CoreFile,
    /// The kernels that the runtime ships instead, of all cores unless --core names one; and what the
    /// runtime chooses of them for each width and core.
    #[arg(long)]
    shipped: bool,
    /// Print JSON, for machines.
    #[arg(long)]
    json: bool,
}

/// A strategy that makes none of the kernels, and why.
#[derive(serde::Serialize)]
struct Refused {
    strategy: &'static str,
    reason: String,
}

/// What the runtime chooses for operands of one width, for matrices, for a single row, and for matrices of
/// short k, on each core that stands for a class.
#[derive(serde::Serialize)]
struct Coverage {
    operands: String,
    shape: &'static str,
    /// Core to kernel.
    kernels: BTreeMap<&'static str, &'static str>,
}

struct Listing {
    title: String,
    kernels: Vec<Kernel>,
    refused: Vec<Refused>,
    coverage: Vec<Coverage>,
    /// What is said where there are no kernels.
    none: String,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let mut listing = if args.shipped { shipped(args)? } else { candidates(args)? };
    let speed = |kernel: &Kernel| kernel.modelled_macs_per_cycle();
    listing.kernels.sort_by(|a, b| speed(b).total_cmp(&speed(a)).then_with(|| a.name().cmp(b.name())));
    output::print(&if args.json { json(&listing) } else { text(&listing) })
}

/// What the planner looks at for the operands.
fn candidates(args: &Args) -> Result<Listing, Failure> {
    let request = args.wanted.request()?;
    let core = Cores::with(&args.file)?.choose(args.core.as_deref())?;
    let strategies = open_strategies(&request);
    let made: Vec<(Strategy, Result<Kernel, Diagnostics>)> = all_of(&request)
        .into_par_iter()
        .map(|(strategy, request)| (strategy, compile(&request, &core)))
        .collect();
    let mut listing = Listing {
        title: title(&request, &core),
        kernels: Vec::new(),
        refused: Vec::new(),
        coverage: Vec::new(),
        none: NONE.into(),
    };
    for strategy in strategies {
        let (kernels, mut errors): (Vec<_>, Vec<_>) =
            made.iter().filter(|(s, _)| *s == strategy).map(|(_, made)| made).partition(|made| made.is_ok());
        if let (true, Some(Err(errors))) = (kernels.is_empty(), errors.pop()) {
            listing.refused.push(Refused { strategy: strategy.as_str(), reason: errors.to_string() });
        }
        listing.kernels.extend(kernels.into_iter().flatten().cloned());
    }
    Ok(listing)
}

const NONE: &str = "There is none.";

fn title(request: &Request, core: &Core) -> String {
    let unchecked = if core.checked { "" } else { " (unchecked)" };
    format!("Kernels for {} by {} on {}{unchecked}", request.lhs, request.rhs, core.name)
}

/// What the runtime ships, of the core and with the operands that were asked for, if they were.
fn shipped(args: &Args) -> Result<Listing, Failure> {
    let request = if args.wanted.is_given() { Some(args.wanted.request()?) } else { None };
    let cores = Cores::with(&args.file)?;
    let own = cores.own().map(|own| own.name.as_str());
    let core = args.core.as_deref().or(own).map(|name| cores.named(name)).transpose()?;
    let mut kernels = crate::shipped::shipped(|of| core.as_ref().is_none_or(|core| core.name == of.name))?;
    if let Some(request) = &request {
        kernels.retain(|kernel| fits(&args.wanted, request, &kernel.plan().spec));
    }
    let ships = |core: &Core| qgen::SHIPPED_CORES.contains(&core.name.as_str());
    let none = match &core {
        Some(core) if !ships(core) => format!("There is none: {}.", none_ships(core)),
        _ => NONE.into(),
    };
    let of = core.as_ref().map_or("all cores", |core| &core.name);
    let title = match &request {
        Some(request) if args.wanted.names_sides() => {
            format!("Kernels that the runtime ships for {} by {} on {of}", request.lhs, request.rhs)
        }
        _ => format!("Kernels that the runtime ships for {of}"),
    };
    // The matrix is that of the whole set.
    let coverage = if request.is_none() && core.is_none() { coverage()? } else { Vec::new() };
    Ok(Listing { title, kernels, refused: Vec::new(), coverage, none })
}

/// Whether a kernel that ships is one that the options ask for: of all operands, ends and forms where they name none.
fn fits(given: &KernelArgs, wanted: &Request, spec: &KernelSpec) -> bool {
    let wanted = match given.names_sides() {
        true => wanted.clone(),
        false => Request { lhs: spec.lhs, rhs: spec.rhs, ..wanted.clone() },
    };
    wanted.leaves_open(spec)
        && (spec.lhs, spec.rhs) == (wanted.lhs, wanted.rhs)
        && (!wanted.short || spec.short)
        && (given.output.is_none() || spec.end == wanted.end)
}

/// Every width on every core that kernels ship for: by the runtime's own selection.
fn coverage() -> Result<Vec<Coverage>, Failure> {
    let ternary = ("ternary".to_owned(), Range::new(-1, 1).map(Operand::Int));
    let widths = (1..=8).map(|bits| (format!("{bits}-bit"), Operand::of_bits(bits)));
    let mut all = Vec::new();
    for (operands, operand) in widths.chain([ternary]) {
        let operand = operand.expect("these widths exist");
        let any = select::Request::new(operand, operand);
        // As wide as deep: a layer of a network.
        for (shape, request) in [("matrix", any), ("one row", any.with_shape(1, 256, 256)), ("short k", any)]
        {
            let mut kernels = BTreeMap::new();
            for name in SHIPPED_CORES {
                let features = features(&Core::built_in(name)?);
                let core =
                    cpu::Core::by_name(name).expect("the runtime knows the cores that kernels ship for");
                let machine = Machine { core, features };
                let chosen = select::choose(&request, &machine, SHIPPED, None, &Overrides::default());
                let kernel = chosen.map_err(|e| Failure(e.to_string()))?.kernel;
                let short = kernel.short().filter(|_| shape == "short k");
                kernels.insert(name, short.unwrap_or(kernel).name());
            }
            all.push(Coverage { operands: operands.clone(), shape, kernels });
        }
    }
    Ok(all)
}

/// Widths × cores. Of a kernel's name, its strategy and tile are enough.
fn matrix(coverage: &[Coverage]) -> String {
    const COLUMNS: usize = 2 + SHIPPED_CORES.len();
    let short = |name: &str| {
        let spec: Result<KernelSpec, _> = name.parse();
        spec.map_or_else(
            |_| name.to_owned(),
            |spec| format!("{}-{}{}", spec.strategy, spec.tile, if spec.short { "-short" } else { "" }),
        )
    };
    let mut heads = ["operands", "shape"].iter().chain(&SHIPPED_CORES);
    let heads: [&str; COLUMNS] = std::array::from_fn(|_| *heads.next().expect("as many as columns"));
    let row = |line: &Coverage| {
        let mut cells = vec![line.operands.clone(), line.shape.replace(' ', "-")];
        cells.extend(SHIPPED_CORES.iter().map(|core| short(line.kernels[core])));
        let mut cells = cells.into_iter();
        std::array::from_fn(|_| cells.next().expect("as many as columns"))
    };
    output::table(&heads, &coverage.iter().map(row).collect::<Vec<[String; COLUMNS]>>())
}

fn json(listing: &Listing) -> String {
    #[derive(serde::Serialize)]
    struct Row {
        #[serde(flatten)]
        facts: Facts,
        vector_registers: u32,
    }
    #[derive(serde::Serialize)]
    struct Json<'a> {
        title: &'a str,
        /// Figures are made by the pipeline model, not measured.
        speed: &'static str,
        kernels: Vec<Row>,
        refused: &'a [Refused],
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        coverage: &'a [Coverage],
    }
    let row = |kernel| Row { facts: Facts::of(kernel), vector_registers: kernel.plan().budget.total() };
    let json = Json {
        title: &listing.title,
        speed: "modelled",
        kernels: listing.kernels.iter().map(row).collect(),
        refused: &listing.refused,
        coverage: &listing.coverage,
    };
    output::json(&json)
}

const HEADS: [&str; 5] = ["kernel", "vector registers", "depth limit", "bound", "modelled"];

fn text(listing: &Listing) -> String {
    let rows: Vec<[String; 5]> = listing
        .kernels
        .iter()
        .map(|kernel| {
            let facts = Facts::of(kernel);
            let depth = match facts.iterations_per_widening {
                Some(_) => facts.depth_limit.to_string(),
                None => "none".into(),
            };
            [
                facts.name,
                kernel.plan().budget.total().to_string(),
                depth,
                format!("{:.2}", facts.bound_macs_per_cycle),
                format!("{:.2}", facts.modelled_macs_per_cycle),
            ]
        })
        .collect();
    let mut text = format!(
        "{}; multiply-accumulates per cycle, modelled, not measured.\n\
         Depth limit: values of k summed before sums are widened to 32 bits; none: in every pass of the main loop, or never before the end.\n\n",
        listing.title
    );
    if rows.is_empty() {
        text.push_str(&listing.none);
        text.push('\n');
    } else {
        text.push_str(&output::table(&HEADS, &rows));
    }
    if !listing.coverage.is_empty() {
        text.push_str(
            "\nWhat the runtime chooses of them, by width and core. Where k is so short that results fit 16 bits, \
             a form with a shorter end runs (-short); the others have 32-bit sums at their end anyway, or gain \
             nothing by the model:\n\n",
        );
        text.push_str(&matrix(&listing.coverage));
    }
    for (n, refused) in listing.refused.iter().enumerate() {
        let begin = if n == 0 { "\nNot possible:\n" } else { "" };
        writeln!(text, "{begin}  {:<11} {}", refused.strategy, refused.reason).expect("writing to a string");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_is_chosen_by_every_option() {
        let kernels = [
            "qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53",
            "qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a53",
            "qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a53",
            "qgen_wideninner_4x4_lm8to7_rm8to7p2_t4x4k32u2_cortex_a53",
            "qgen_dotouter_8x8_lm8to7_rm8to7_t8x8k4u1_neoverse_n1",
        ];
        let listed = |typed: &str| {
            let given = KernelArgs::typed(typed);
            let wanted = given.request().unwrap();
            let fit = |name: &str| fits(&given, &wanted, &name.parse().unwrap());
            (0..kernels.len()).filter(|&n| fit(kernels[n])).collect::<Vec<_>>()
        };
        for (typed, fit) in [
            ("--bits 4", &[0, 1, 2, 4][..]),
            ("--bits 4 --short-k", &[1]),
            ("--bits 4 --output i8", &[2]),
            ("--bits 4 --output i32", &[0, 1, 4]),
            ("--bits 4 --isa neon", &[0, 1, 2]),
            ("--bits 4 --per-byte any", &[0, 1, 2, 3, 4]),
            ("--bits 4 --per-byte 2", &[3]),
            ("--bits 4 --strategy widen --per-byte any", &[3]),
            ("--bits 3", &[]),
        ] {
            assert_eq!(listed(typed), fit, "{typed}");
        }
    }

    #[test]
    fn every_width_has_machine_code_for_every_shape_on_every_class() {
        let all = coverage().unwrap_or_else(|Failure(why)| panic!("{why}"));
        assert_eq!(all.len(), 9 * 3, "eight widths and ternary; matrix, one row, short k");
        for line in &all {
            assert_eq!(line.kernels.len(), SHIPPED_CORES.len());
            for (core, name) in &line.kernels {
                let spec: KernelSpec =
                    name.parse().unwrap_or_else(|e| panic!("{}, {core}: {e}", line.operands));
                assert_eq!(spec.core, *core, "{} {} on {core}: {name}", line.operands, line.shape);
                if line.shape == "one row" {
                    assert_eq!(spec.tile.m, 1, "{} on {core}: {name}", line.operands);
                }
                // Those that add up 16-bit lanes at their end, at widths that leave them room.
                let narrow = ["1", "2", "3", "4", "t"].iter().any(|w| line.operands.starts_with(w));
                // Of `bits` those of whole eights of columns have none.
                let halves = match spec.strategy {
                    Strategy::Byte | Strategy::Fip => true,
                    Strategy::Bits => !spec.register_tile.n.is_multiple_of(8),
                    _ => false,
                };
                if line.shape == "short k" && narrow && halves {
                    assert!(spec.short, "{} on {core}: {name}", line.operands);
                }
            }
        }
    }
}
