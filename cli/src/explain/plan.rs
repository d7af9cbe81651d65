//! The plan: what the operand ranges leave room for, and what it is spent on.

use super::counted;
use super::page::Page;
use crate::failure::Failure;
use qgen::isa::{Op, VECTOR_REGISTERS, describe};
use qgen::plan::{Budget, LaneRange, Stays, lane_ranges, storages};
use qgen::{Choice, Kernel, Request, compile};
use qgen_spec::{End, KernelSpec, Operand, Strategy, Tile};
use serde::Serialize;

/// The facts of the plan.
#[derive(Debug, Serialize)]
pub(super) struct Plan {
    strategy: String,
    idea: String,
    tile: String,
    register_tile: String,
    register_tiles: usize,
    k_block: u16,
    /// How many bytes ahead lines of the right side are asked for, and how many of them in a pass.
    prefetch: u16,
    requests: usize,
    unroll: u16,
    lhs: Side,
    rhs: Side,
    lanes: Vec<Lane>,
    short: bool,
    widen_in_loop: bool,
    widening: Option<Widening>,
    k_limit: u32,
    /// What is stored and the steps to it, where that is not the sums.
    output: Option<String>,
    storages: Vec<Stored>,
    registers: Registers,
    bound: Bound,
    rivals: Vec<Rival>,
}

#[derive(Debug, Serialize)]
struct Side {
    given: String,
    /// How values are kept, and so what the arithmetic sees.
    stored: String,
    storage: String,
    layout: String,
}

/// What the lanes of one instruction's results may hold in one pass through the main loop.
#[derive(Debug, Serialize)]
struct Lane {
    instruction: String,
    bits: u8,
    lo: i64,
    hi: i64,
    room_lo: i64,
    room_hi: i64,
    /// How often such a value fits.
    times: Option<i64>,
    sums: bool,
    /// Whether it wraps on the way, and may.
    wraps: bool,
}

#[derive(Debug, Serialize)]
struct Widening {
    passes: u32,
    k: u32,
    instructions: usize,
}

#[derive(Debug, Serialize)]
struct Stored {
    storage: String,
    range: Option<String>,
    k_block: Option<u16>,
    /// Depth between two widenings, if this can be done at all.
    depth_limit: Option<u32>,
    refused: Option<String>,
    chosen: bool,
}

#[derive(Debug, Serialize)]
struct Registers {
    accumulators: u32,
    held: u32,
    streamed: u32,
    temporaries: u32,
    constants: u32,
    total: u32,
    exist: u32,
    /// Where lanes run along the depth: the side whose k-block stays, and why that one.
    stays: Option<String>,
    /// The next larger register tiles, and what they would need.
    larger: Vec<(String, u32)>,
}

#[derive(Debug, Serialize)]
struct Bound {
    macs_per_pass: usize,
    cycles_per_pass: f64,
    by: String,
    macs_per_cycle: f64,
    modelled_macs_per_cycle: f64,
}

/// The same product by another strategy.
#[derive(Debug, Serialize)]
struct Rival {
    strategy: &'static str,
    kernel: Option<String>,
    tile: Option<String>,
    bound: Option<f64>,
    modelled: Option<f64>,
    by: Option<String>,
    /// Why there is none, or none of this tile.
    refused: Option<String>,
}

impl Plan {
    pub(super) fn of(kernel: &Kernel) -> Result<Plan, Failure> {
        let (plan, descriptor) = (kernel.plan(), kernel.descriptor());
        let spec = &plan.spec;
        let bound = kernel.bound();
        let more = kernel.program().blocks(qgen::program::BlockRole::FlushMore);
        Ok(Plan {
            strategy: spec.strategy.to_string(),
            idea: qgen::lower::idea(spec.strategy),
            tile: spec.tile.to_string(),
            register_tile: spec.register_tile.to_string(),
            register_tiles: spec.tile.area() / spec.register_tile.area(),
            k_block: spec.k_block,
            prefetch: spec.prefetch,
            requests: kernel.program().steady().insts.iter().filter(|inst| inst.op() == Op::Prfm).count(),
            unroll: spec.unroll,
            lhs: Side {
                given: spec.lhs.to_string(),
                stored: spec.lhs.to_string(),
                storage: "kept".into(),
                layout: spec.lhs_layout().to_string(),
            },
            rhs: Side {
                given: spec.rhs.to_string(),
                stored: spec.rhs_stored().to_string(),
                storage: spec.storage.to_string(),
                layout: spec.rhs_layout().to_string(),
            },
            lanes: lane_ranges(plan, kernel.lowered())?.iter().map(Lane::of).collect(),
            short: spec.short,
            widen_in_loop: spec.widen_in_loop,
            widening: plan.period.map(|blocks| Widening {
                passes: blocks / u32::from(spec.unroll),
                k: descriptor.depth_limit,
                instructions: more.iter().map(|block| block.insts.len()).sum(),
            }),
            k_limit: descriptor.k_limit,
            output: (spec.end != End::Sums)
                .then(|| format!("{}: {}", spec.end, spec.end.steps(spec.strategy == Strategy::F32))),
            storages: stored(kernel),
            registers: Registers::of(plan),
            bound: Bound {
                macs_per_pass: kernel.macs_per_iteration(),
                cycles_per_pass: bound.cycles,
                by: bound.by,
                macs_per_cycle: kernel.bound_macs_per_cycle(),
                modelled_macs_per_cycle: kernel.modelled_macs_per_cycle(),
            },
            rivals: rivals(kernel),
        })
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.stage("plan", "what the operands leave room for, and what it is spent on");
        page.paragraph(&format!(
            "One call computes {} results; {} are in registers at a time{}. The main loop takes {} of {} \
             in a pass: {} MAC.",
            self.tile,
            self.register_tile,
            match self.register_tiles {
                1 => String::new(),
                n => format!(", {n} times"),
            },
            counted(self.unroll.into(), "k-block"),
            counted(self.k_block.into(), "depth value"),
            self.bound.macs_per_pass
        ));
        if self.prefetch > 0 {
            page.paragraph(&format!(
                "It asks for the lines of the right side {} bytes ahead of its loads, or a pass ahead where that is \
                 more: {} a pass.",
                self.prefetch,
                counted(self.requests, "request")
            ));
        }
        page.paragraph("The idea of the strategy:");
        page.lines(self.idea.lines());
        self.write_operands(page);
        self.write_registers(page);
        self.write_rivals(page);
    }

    fn write_operands(&self, page: &mut Page) {
        let side = |name: &str, side: &Side| {
            vec![name.into(), side.given.clone(), side.stored.clone(), side.layout.clone()]
        };
        page.paragraph("Operands:");
        let mut rhs = side("right", &self.rhs);
        rhs[2] = format!("{} ({})", self.rhs.stored, self.rhs.storage);
        page.table(&["side", "range", "as stored", "layout"], &[side("left", &self.lhs), rhs]);
        if self.lanes.is_empty() {
            page.paragraph("Floats are rounded, never full: there is no headroom to count.");
        } else {
            page.paragraph(
                "What lanes may hold in one pass that begins with sums of zero, found by running the main \
                 loop over intervals (times: how often such a value fits the lane):",
            );
            let rows: Vec<Vec<String>> = self
                .lanes
                .iter()
                .map(|lane| {
                    vec![
                        lane.instruction.clone(),
                        lane.bits.to_string(),
                        format!("{}..={}", lane.lo, lane.hi),
                        format!("{}..={}", lane.room_lo, lane.room_hi),
                        match lane.times {
                            Some(times) => times.to_string(),
                            None if lane.wraps => "wraps".into(),
                            None => String::new(),
                        },
                        if lane.sums { "sums".into() } else { String::new() },
                    ]
                })
                .collect();
            page.table(&["instruction", "bits", "results", "lane", "times", ""], &rows);
        }
        page.paragraph(&match &self.widening {
            Some(Widening { passes, k, instructions }) => format!(
                "So {passes} passes (k = {k}) may be summed before the lanes must be widened to 32 bits. \
                 That costs {instructions} instructions each time, beside the zeroing.",
            ),
            None if self.short => {
                "Nothing is widened before the end. There lanes are added up and corrected modulo 2^16: these \
                 additions may wrap, but what is widened is a complete result, which fits up to the largest k."
                    .into()
            }
            None if self.widen_in_loop => {
                "Short sums begin anew in every pass of the main loop, and its end adds them to sums of 32 bits, which \
                 last for every k."
                    .into()
            }
            None if self.output.is_some() => {
                "Nothing is widened before the end, which is made of whole sums: lanes last up to the largest k."
                    .into()
            }
            None => "Nothing is widened before the end: the sums last for every k.".into(),
        });
        if !self.lanes.is_empty() {
            let bits = if self.short { 16 } else { 32 };
            page.say(&format!("Results of {bits} bits are exact up to k = {}.", self.k_limit));
        }
        if let Some(output) = &self.output {
            page.paragraph(&format!("Results are stored as {output}."));
        }
        if self.storages.len() > 1 {
            page.paragraph(
                "The right side is packed ahead of time, so it may be stored in another way, which the \
                 sums taken while packing correct. Depth is that between two widenings:",
            );
            let rows: Vec<Vec<String>> = self.storages.iter().map(Stored::row).collect();
            page.table(&["stored", "range", "k-block", "depth", ""], &rows);
        }
    }

    fn write_registers(&self, page: &mut Page) {
        let r = &self.registers;
        page.paragraph(&format!("Vector registers of the main loop, of {}:", r.exist));
        let row = |count: u32, what: &str, why: &str| vec![count.to_string(), what.into(), why.into()];
        let mut rows = vec![
            row(r.accumulators, "accumulators", "sums that stay for the whole loop"),
            row(r.held, "held", "operands of the side that stays for a k-block"),
            row(r.streamed, "streamed", "operands of the side that passes by"),
            row(r.temporaries, "temporaries", "results on the way to a sum"),
        ];
        if r.constants > 0 {
            rows.push(row(r.constants, "constant", "what unpacks bytes of several values"));
        }
        rows.push(row(r.total, "in all", ""));
        page.table(&["", "", ""], &rows);
        if let Some(stays) = &r.stays {
            page.say(stays);
        }
        for (tile, total) in &r.larger {
            let verdict = if *total <= r.exist { "fits, too" } else { "is too much" };
            page.say(&format!("A register tile of {tile} would need {total}, which {verdict}."));
        }
        let b = &self.bound;
        page.paragraph(&format!(
            "The bound: {:.2} cycles a pass ({}), so {:.2} MAC/cycle; modelled, with widening and zeroing: \
             {:.2}.",
            b.cycles_per_pass, b.by, b.macs_per_cycle, b.modelled_macs_per_cycle
        ));
    }

    fn write_rivals(&self, page: &mut Page) {
        if self.rivals.is_empty() {
            return;
        }
        page.paragraph("The same product by other strategies on this core, in MAC/cycle, modelled:");
        let figure = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.2}"));
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let rows: Vec<Vec<String>> = self
            .rivals
            .iter()
            .filter(|rival| rival.kernel.is_some())
            .map(|rival| {
                let (tile, by) = (text(&rival.tile), text(&rival.by));
                vec![rival.strategy.into(), tile, figure(rival.bound), figure(rival.modelled), by]
            })
            .collect();
        if !rows.is_empty() {
            page.table(&["strategy", "tile", "bound", "modelled", "bound by"], &rows);
        }
        for rival in &self.rivals {
            if let Some(refused) = &rival.refused {
                let what = if rival.kernel.is_some() { "not with this tile" } else { "not possible" };
                page.say(&format!("{}, {what}: {refused}.", rival.strategy));
            }
        }
        let faster = self.rivals.iter().filter(|rival| {
            rival.modelled.is_some_and(|speed| speed > 1.005 * self.bound.modelled_macs_per_cycle)
        });
        let faster: Vec<&str> = faster.map(|rival| rival.strategy).collect();
        page.say(&if faster.is_empty() {
            format!("None is faster than {} here, by the model.", self.strategy)
        } else {
            format!("Faster than {} here, by the model: {}.", self.strategy, faster.join(", "))
        });
    }
}

impl Lane {
    fn of(lane: &LaneRange) -> Lane {
        Lane {
            instruction: describe(lane.op).0,
            bits: lane.bits,
            lo: lane.range.lo,
            hi: lane.range.hi,
            room_lo: lane.room.lo,
            room_hi: lane.room.hi,
            times: lane.times(),
            sums: lane.sums,
            wraps: lane.wraps,
        }
    }
}

impl Stored {
    fn row(&self) -> Vec<String> {
        let number = |n: Option<u32>| n.map_or_else(String::new, |n| n.to_string());
        vec![
            self.storage.clone(),
            self.range.clone().unwrap_or_default(),
            number(self.k_block.map(u32::from)),
            number(self.depth_limit),
            match (&self.refused, self.chosen) {
                (Some(refused), _) => format!("no: {refused}"),
                (None, true) => "this kernel".into(),
                (None, false) => String::new(),
            },
        ]
    }
}

fn stored(kernel: &Kernel) -> Vec<Stored> {
    let spec = &kernel.plan().spec;
    let one = |(storage, plan): (_, Result<qgen::Plan, qgen_spec::Diagnostic>)| {
        let restored = KernelSpec { storage, ..spec.clone() };
        Stored {
            storage: storage.to_string(),
            range: spec.rhs.range().and_then(|r| storage.stored(r)).map(|r| r.to_string()),
            k_block: plan.as_ref().ok().map(|plan| plan.spec.k_block),
            depth_limit: plan.as_ref().ok().map(|plan| plan.descriptor().depth_limit),
            refused: plan.err().map(|e| e.problem),
            chosen: restored == *spec,
        }
    };
    storages(spec, kernel.core()).into_iter().map(one).collect()
}

impl Registers {
    fn of(plan: &qgen::plan::Plan) -> Registers {
        let (spec, budget) = (&plan.spec, plan.budget);
        // Lanes run along one side of an outer product: it grows by whole registers.
        let Tile { m: rows, n: cols } = spec.strategy.held_tile();
        let Tile { m, n } = spec.register_tile;
        let needs = |tile: Tile| {
            let spec = KernelSpec { register_tile: tile, ..spec.clone() };
            (tile.to_string(), Budget::of(&spec).total())
        };
        Registers {
            accumulators: budget.accumulators,
            held: budget.held,
            streamed: budget.streamed,
            temporaries: budget.temporaries,
            constants: budget.constants,
            total: budget.total(),
            exist: VECTOR_REGISTERS,
            stays: stays(plan),
            larger: vec![needs(Tile::new(m + rows, n)), needs(Tile::new(m, n + cols))],
        }
    }
}

/// Which side's k-block stays in registers, and why.
fn stays(plan: &qgen::plan::Plan) -> Option<String> {
    let spec = &plan.spec;
    if !spec.strategy.lanes_along_k() || spec.strategy == Strategy::Mmla {
        return None;
    }
    let why = match plan.stays.other(spec) {
        _ if plan.stays != Stays::usual(spec) => {
            "the model finds this order faster than the one with fewer registers".into()
        }
        Some((other, budget)) => format!(
            "it takes no more registers than the {other} side, with which {} would be needed; the other order is tried \
             where this one misses the bound",
            budget.total()
        ),
        None => "for the other order there are too few registers".into(),
    };
    Some(format!("The {} side stays: {why}.", plan.stays))
}

/// The other strategies for the same operands, with the same tile where they can.
fn rivals(kernel: &Kernel) -> Vec<Rival> {
    let spec = &kernel.plan().spec;
    let floats = spec.lhs == Operand::F32;
    let others = Strategy::ALL.iter().filter(|&&s| s != spec.strategy && (s == Strategy::F32) == floats);
    others
        .map(|&strategy| {
            let with = |tile| {
                let request = Request {
                    lhs: spec.lhs,
                    rhs: spec.rhs,
                    tile,
                    strategy: Some(Choice::One(strategy)),
                    isa: None,
                    unroll: None,
                    short: spec.short,
                    end: spec.end,
                    per_byte: spec.per_byte,
                    prefetch: Some(spec.prefetch),
                };
                compile(&request, kernel.core())
            };
            // Where no tile can be made the ranges are at fault, which says more than the tile's shape.
            let (made, refused) = match with(Some(spec.tile)) {
                Ok(made) => (Some(made), None),
                Err(of_tile) => match with(None) {
                    Ok(made) => (Some(made), Some(of_tile)),
                    Err(of_all) => (None, Some(of_all)),
                },
            };
            let problems = |refused: qgen_spec::Diagnostics| {
                refused.0.into_iter().map(|d| d.problem).collect::<Vec<_>>().join("; ")
            };
            Rival {
                strategy: strategy.as_str(),
                kernel: made.as_ref().map(|k| k.name().to_string()),
                tile: made.as_ref().map(|k| k.plan().spec.tile.to_string()),
                bound: made.as_ref().map(Kernel::bound_macs_per_cycle),
                modelled: made.as_ref().map(Kernel::modelled_macs_per_cycle),
                by: made.as_ref().map(|k| k.bound().by),
                refused: refused.map(problems),
            }
        })
        .collect()
}
