//! `qgen tune --report`: one page that shows what was found, for people.
//!
//! ```text
//!   outcomes ─────────────► winners ─────┐
//!   register tiles (tiles) ─► heat map,  │
//!                             roofline   ├──► drawings (plots) ──► the frame of the page ──► one file
//!   frontier ────────────────────────────┤                        (qgen-templates)         (destination)
//!   times, where they are real ──────────┘
//! ```
//!
//! The page needs nothing but itself: no network, no other file, no script. The same results on the same day are the
//! same bytes.

pub(crate) mod destination;
mod plots;
mod tiles;

use crate::cores::UNCHECKED;
use crate::failure::Failure;
use crate::frontier::{self, Frontier};
use crate::tune::table::short;
use crate::tune::{Outcome, Placing, Target};
use qgen::Request;
use qgen::core::Core;
use qgen_spec::KernelSpec;
use serde::Serialize;
use tera::{Context, Tera};
use tiles::Tiles;

/// What there is to say of one core.
#[derive(Clone, Serialize)]
pub(crate) struct Section {
    core: String,
    title: String,
    unchecked: Option<String>,
    measured: bool,
    winners: Vec<Winner>,
    heat: Heat,
    roofline: Roofline,
    frontier: Vec<OfBits>,
    frontier_svg: String,
    measurements: Option<Measured>,
    /// Why there are none.
    unmeasured: String,
}

/// A row of the table of winners.
#[derive(Clone, Serialize)]
struct Winner {
    shape: String,
    layer: &'static str,
    kernel: String,
    short: String,
    ships: bool,
    modelled: String,
    measured: Option<String>,
    vs_eight_bits: String,
    vs_floats: String,
    kilobytes: String,
    fits: &'static str,
}

/// The heat map: speeds of register tiles.
#[derive(Clone, Serialize)]
struct Heat {
    columns: Vec<u8>,
    rows: Vec<HeatRow>,
    best: Option<tiles::Main>,
    best_speed: String,
}

#[derive(Clone, Serialize)]
struct HeatRow {
    rows: u8,
    cells: Vec<HeatCell>,
}

#[derive(Clone, Serialize)]
struct HeatCell {
    /// 0 where there is none, else 1 to 9.
    level: u8,
    speed: String,
    strategy: &'static str,
    kernel: String,
    best: bool,
}

/// What bounds main loops: loads from the first-level cache, and arithmetic.
#[derive(Clone, Serialize)]
struct Roofline {
    load_bytes_per_cycle: f64,
    loads: String,
    compute_macs_per_cycle: f64,
    compute: String,
    ridge: String,
    l1: u32,
    l2: u32,
    source: String,
    #[serde(skip)]
    loops: Vec<(f64, f64)>,
    /// With whether all that a shape touches fits the first-level cache.
    #[serde(skip)]
    shapes: Vec<((f64, f64), bool)>,
    /// How many shapes fit L1, L2, and neither.
    counts: [usize; 3],
    svg: String,
}

/// A row beside the frontier's drawing.
#[derive(Clone, Serialize)]
struct OfBits {
    name: String,
    strategy: &'static str,
    modelled: String,
    bound: String,
}

/// The model against the clock.
#[derive(Clone, Serialize)]
struct Measured {
    /// A class, and its points: modelled cycles, nanoseconds.
    #[serde(skip)]
    classes: [(String, Vec<(f64, f64)>); 3],
    points: usize,
    /// The clock at which the model is right for half of the points.
    gigahertz: f64,
    clock: String,
    /// Percent off the line: half of the points are nearer; the worst.
    usual: String,
    worst: String,
    svg: String,
}

impl Section {
    /// Everything about one target.
    pub(crate) fn of(request: &Request, outcomes: &[Outcome], target: &Target) -> Result<Section, Failure> {
        let core = &target.core;
        // The tile that was asked for is one of many here.
        let open = Request { tile: None, ..request.clone() };
        let tiles = Tiles::of(&open, core);
        let frontier = Frontier::of(core);
        let title = format!("MAC per cycle against bits of a value on {}, modelled", core.name);
        let measurements = Measured::of(request, outcomes, target)?;
        Ok(Section {
            core: core.name.clone(),
            title: core.title.clone(),
            unchecked: (!core.checked).then(|| UNCHECKED.to_string()),
            measured: target.is_measured(),
            winners: outcomes.iter().map(|outcome| Winner::of(outcome, target)).collect(),
            heat: Heat::of(&tiles),
            roofline: Roofline::of(&tiles, outcomes, core)?,
            frontier: frontier.widths.iter().map(OfBits::of).collect(),
            frontier_svg: plots::labelled(&frontier::plot::figure(&frontier)?, &title),
            unmeasured: unmeasured(target),
            measurements,
        })
    }
}

/// Why nothing was measured, if so.
fn unmeasured(target: &Target) -> String {
    match &target.clock {
        Some(clock) => clock.unreal.clone().unwrap_or_default(),
        None => format!("this machine is no {}", target.core.name),
    }
}

/// The page as text.
pub(crate) fn page(request: &Request, sections: &[Section], date: &str) -> String {
    let mut context = Context::new();
    context.insert("tool", concat!("qgen ", env!("CARGO_PKG_VERSION")));
    context.insert("date", date);
    context.insert("lhs", &request.lhs.to_string());
    context.insert("rhs", &request.rhs.to_string());
    context.insert("cores", sections);
    Tera::one_off(qgen_templates::REPORT, &context, true)
        .unwrap_or_else(|e| panic!("the template and what it is given belong together: {e:?}"))
}

/// What a multiplication touches, each byte once: left side, packed right side, results.
fn touched(outcome: &Outcome) -> Option<usize> {
    let spec: KernelSpec = outcome.asked.best.kernel.parse().ok()?;
    let shape = &outcome.shape;
    let left = spec.lhs_layout().packed_bytes(shape.m, shape.k).ok()?;
    let right = spec.rhs_layout().packed_bytes(shape.n, shape.k).ok()?;
    Some(left + right + 4 * shape.m * shape.n)
}

fn macs(outcome: &Outcome) -> f64 {
    outcome.shape.m as f64 * outcome.shape.n as f64 * outcome.shape.k as f64
}

impl Winner {
    fn of(outcome: &Outcome, target: &Target) -> Winner {
        let (best, measured) = (&outcome.asked.best, target.is_measured());
        let bytes = touched(outcome);
        let memory = &target.core.memory;
        let ratio = |rival| format!("{:.2}", outcome.ratio(rival, measured));
        Winner {
            shape: format!("{}×{}×{}", outcome.shape.m, outcome.shape.n, outcome.shape.k),
            layer: outcome.shape.layer.unwrap_or(""),
            kernel: best.kernel.clone(),
            short: short(&best.kernel),
            ships: best.ships,
            modelled: format!("{:.2}", best.modelled_macs_per_cycle),
            measured: measured.then(|| format!("{:.2}", macs(outcome) / best.cost(true))),
            vs_eight_bits: ratio(&outcome.eight_bits),
            vs_floats: ratio(&outcome.floats),
            kilobytes: bytes.map_or_else(String::new, |bytes| format!("{:.1}", bytes as f64 / 1024.0)),
            fits: match bytes {
                Some(bytes) if bytes <= memory.l1d as usize => "L1",
                Some(bytes) if bytes <= memory.l2 as usize => "L2",
                _ => "beyond",
            },
        }
    }
}

impl Heat {
    fn of(tiles: &Tiles) -> Heat {
        let best = tiles.best().cloned();
        let most = best.as_ref().map_or(1.0, |best| best.macs_per_cycle);
        let cell = |main: &Option<tiles::Main>| match main {
            Some(main) => HeatCell {
                level: (9.0 * main.macs_per_cycle / most).ceil().clamp(1.0, 9.0) as u8,
                speed: format!("{:.1}", main.macs_per_cycle),
                strategy: main.strategy,
                kernel: main.kernel.clone(),
                best: best.as_ref().is_some_and(|best| best.kernel == main.kernel),
            },
            None => {
                HeatCell { level: 0, speed: String::new(), strategy: "", kernel: String::new(), best: false }
            }
        };
        let rows = tiles.rows.iter().zip(&tiles.cells);
        Heat {
            columns: tiles.columns.to_vec(),
            rows: rows
                .map(|(&rows, cells)| HeatRow { rows, cells: cells.iter().map(cell).collect() })
                .collect(),
            best_speed: format!("{most:.2}"),
            best,
        }
    }
}

impl Roofline {
    fn of(tiles: &Tiles, outcomes: &[Outcome], core: &Core) -> Result<Roofline, Failure> {
        let load_bytes_per_cycle = tiles::load_bytes_per_cycle(core);
        let compute = tiles.mains().map(|main| main.without_loads).fold(1e-9, f64::max);
        let shapes: Vec<(Option<usize>, f64, f64)> = outcomes
            .iter()
            .map(|outcome| (touched(outcome), macs(outcome), outcome.asked.best.modelled_macs_per_cycle))
            .collect();
        let (l1, l2) = (core.memory.l1d as usize, core.memory.l2 as usize);
        let within = |most: usize| shapes.iter().filter(|s| s.0.is_some_and(|bytes| bytes <= most)).count();
        let (in_l1, in_l2) = (within(l1), within(l2));
        let mut roofline = Roofline {
            load_bytes_per_cycle,
            loads: format!("{load_bytes_per_cycle:.1}"),
            compute_macs_per_cycle: compute,
            compute: format!("{compute:.2}"),
            ridge: format!("{:.2}", compute / load_bytes_per_cycle),
            l1: core.memory.l1d / 1024,
            l2: core.memory.l2 / 1024,
            source: core.memory.source.clone(),
            loops: tiles.mains().map(|main| (main.macs_per_byte, main.macs_per_cycle)).collect(),
            shapes: shapes
                .iter()
                .filter_map(|&(bytes, macs, speed)| Some((((macs / bytes? as f64), speed), bytes? <= l1)))
                .collect(),
            counts: [in_l1, in_l2 - in_l1, outcomes.len() - in_l2],
            svg: String::new(),
        };
        let title = format!("Roofline of {}: MAC per cycle against MAC per byte, modelled", core.name);
        roofline.svg = plots::labelled(&plots::roofline(&roofline)?, &title);
        Ok(roofline)
    }
}

impl OfBits {
    fn of(width: &frontier::Width) -> OfBits {
        OfBits {
            name: width.name.clone(),
            strategy: width.best.strategy,
            modelled: format!("{:.2}", width.best.modelled_macs_per_cycle),
            bound: format!("{:.2}", width.best.bound_macs_per_cycle),
        }
    }
}

impl Measured {
    /// None where times are none, or not those of an Arm core.
    fn of(request: &Request, outcomes: &[Outcome], target: &Target) -> Result<Option<Measured>, Failure> {
        if !target.is_measured() {
            return Ok(None);
        }
        let points = |placings: &dyn Fn(&Outcome) -> &crate::tune::Placings| {
            let mut points = Vec::new();
            for outcome in outcomes {
                let placings = placings(outcome);
                let all = [Some(&placings.best), placings.shipped.as_ref(), placings.low_bits.as_ref()];
                let mut seen: Vec<&str> = Vec::new();
                for one in all.into_iter().flatten() {
                    let Placing { kernel, median_ns: Some(ns), modelled_cycles, .. } = one else { continue };
                    if !seen.contains(&kernel.as_str()) {
                        seen.push(kernel);
                        points.push((*modelled_cycles, (*ns).max(1.0)));
                    }
                }
            }
            points
        };
        let classes = [
            (format!("{} by {}", request.lhs, request.rhs), points(&|o| &o.asked)),
            ("8 bits".to_string(), points(&|o| &o.eight_bits)),
            ("floats".to_string(), points(&|o| &o.floats)),
        ];
        let mut clocks: Vec<f64> =
            classes.iter().flat_map(|(_, points)| points).map(|(cycles, ns)| cycles / ns).collect();
        clocks.sort_by(f64::total_cmp);
        let Some(&gigahertz) = clocks.get(clocks.len() / 2) else { return Ok(None) };
        let mut off: Vec<f64> = clocks.iter().map(|clock| 100.0 * (gigahertz / clock - 1.0).abs()).collect();
        off.sort_by(f64::total_cmp);
        let mut measured = Measured {
            points: clocks.len(),
            gigahertz,
            clock: format!("{gigahertz:.2}"),
            usual: format!("{:.1}", off[off.len() / 2]),
            worst: format!("{:.1}", off[off.len() - 1]),
            classes,
            svg: String::new(),
        };
        let title = format!("Measured time against modelled cycles on {}", target.name);
        measured.svg = plots::labelled(&plots::scatter(&measured)?, &title);
        Ok(Some(measured))
    }
}

#[cfg(test)]
mod tests;
