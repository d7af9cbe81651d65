//! The schedule: the same instructions in an order that the core likes, and how near that comes to
//! the bound.

use super::counted;
use super::page::Page;
use crate::cores::{UNAPPLIED, UNCHECKED};
use qgen::Kernel;
use qgen::core::{Core, Kind, Stalls, simulate};
use qgen::isa::{Class, Inst, Reg, RegNames, Unit, print};
use qgen::liveness::most_live;
use qgen::program::BlockRole;
use qgen::schedule::Holder;
use serde::Serialize;

/// The facts of the schedule.
#[derive(Debug, Serialize)]
pub(super) struct Sched {
    core: String,
    core_is_checked: bool,
    in_order: bool,
    width: u8,
    order: Vec<Place>,
    lowered: Run,
    scheduled: Run,
    bound_cycles: f64,
    bound_by: String,
    stalls: Stalled,
    slots: u32,
    units: Vec<Occupied>,
    classes: Vec<Costs>,
    with_widening: f64,
    /// MAC a cycle with the rules of dispatch that the core's table has and does not apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    with_every_rule: Option<f64>,
    /// What keeps the loop from its bound; the bound itself where nothing does.
    held_by: String,
    at_bound: bool,
    /// Where passes overlap: instructions before and behind the loop, which together are a pass.
    overlap: Option<Overlap>,
}

/// The ends of a loop whose passes overlap.
#[derive(Debug, Serialize)]
struct Overlap {
    fill: Vec<String>,
    drain: usize,
}

/// An instruction of the main loop, and where it stood when it was lowered.
#[derive(Debug, Serialize)]
struct Place {
    was: usize,
    text: String,
    /// Whether it works for the next pass.
    ahead: bool,
}

/// What the model makes of one order.
#[derive(Debug, Serialize)]
struct Run {
    cycles_per_pass: f64,
    macs_per_cycle: f64,
    most_live_vectors: usize,
}

/// Cycles of a pass in which slots stay empty, by cause.
#[derive(Debug, Serialize)]
pub(super) struct Stalled {
    pub(super) operands: f64,
    pub(super) units: f64,
    pub(super) slots: f64,
    pub(super) window: f64,
}

impl Stalled {
    pub(super) fn of(stalls: &Stalls) -> Stalled {
        let Stalls { operands, units, slots, window } = *stalls;
        Stalled { operands, units, slots, window }
    }
}

/// A unit, and for how many cycles of a pass it is taken.
#[derive(Debug, Serialize)]
struct Occupied {
    unit: String,
    cycles: f64,
    /// Of the cycles of a pass.
    share: f64,
}

/// What one class of instructions costs.
#[derive(Debug, Serialize)]
struct Costs {
    class: &'static str,
    units: String,
    latency: u8,
    /// Latency from a sum to the next instruction that adds to it, where that is forwarded.
    to_sum: Option<u32>,
    source: String,
}

impl Sched {
    pub(super) fn of(kernel: &Kernel) -> Sched {
        let core = kernel.core();
        let macs = kernel.macs_per_iteration() as f64;
        let run = |program: &qgen::program::Program<qgen::program::Virtual>| {
            let cycles = simulate(core, &program.steady().insts, None).cycles;
            Run {
                cycles_per_pass: cycles,
                macs_per_cycle: macs / cycles,
                most_live_vectors: most_live(program, Unit::V, BlockRole::Steady),
            }
        };
        let insts = &kernel.scheduled().steady().insts;
        let simulation = simulate(core, insts, None);
        let occupied = |(unit, &cycles): (&String, &f64)| Occupied {
            unit: unit.clone(),
            cycles,
            share: cycles / simulation.cycles,
        };
        let held = kernel.held();
        let at_bound = matches!(held.by, Holder::Resource(_));
        Sched {
            core: core.name.clone(),
            core_is_checked: core.checked,
            in_order: core.kind == Kind::InOrder,
            width: core.width,
            order: places(kernel),
            lowered: run(kernel.lowered()),
            scheduled: run(kernel.scheduled()),
            bound_cycles: held.bound.cycles,
            bound_by: held.bound.by,
            stalls: Stalled::of(&simulation.stalls),
            slots: simulation.slots,
            units: core.units.iter().zip(&simulation.busy).map(occupied).collect(),
            classes: costs(core, insts),
            with_widening: kernel.modelled_macs_per_cycle(),
            with_every_rule: kernel.loop_macs_with_every_group(),
            held_by: held.by.to_string(),
            at_bound,
            overlap: overlap(kernel),
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.stage("sched", "the same instructions in an order that the core likes");
        let (takes, what) = if self.in_order {
            ("issues in program order", "instruction")
        } else {
            ("issues what is ready", "µop")
        };
        page.paragraph(&format!(
            "The core {takes}, at most {} a cycle. What the main loop is made of costs:",
            counted(self.width.into(), what)
        ));
        if !self.core_is_checked {
            page.paragraph(&format!("{}: {UNCHECKED}.", self.core));
        }
        let rows: Vec<Vec<String>> = self
            .classes
            .iter()
            .map(|c| {
                let to_sum = c.to_sum.map_or_else(String::new, |cycles| cycles.to_string());
                let latency = c.latency.to_string();
                vec![c.class.into(), c.units.clone(), latency, to_sum, c.source.clone()]
            })
            .collect();
        page.table(&["class", "units", "latency", "to a sum", "source"], &rows);
        page.paragraph("One pass, modelled:");
        let row = |name: &str, run: &Run| {
            vec![
                name.into(),
                format!("{:.2}", run.cycles_per_pass),
                format!("{:.2}", run.macs_per_cycle),
                run.most_live_vectors.to_string(),
            ]
        };
        page.table(
            &["order", "cycles", "MAC/cycle", "most live vector registers"],
            &[row("as lowered", &self.lowered), row("as scheduled", &self.scheduled)],
        );
        page.say(&self.verdict());
        page.paragraph("Units, in cycles of a pass in which each is taken:");
        let mut rows: Vec<Vec<String>> = self
            .units
            .iter()
            .map(|unit| {
                let bar = "#".repeat((unit.share * 40.0).round() as usize);
                let share = format!("{:.0}", unit.share * 100.0);
                vec![unit.unit.clone(), format!("{:.2}", unit.cycles), share, bar]
            })
            .collect();
        let front = f64::from(self.slots) / f64::from(self.width);
        rows.push(vec![
            "front end".into(),
            format!("{front:.2}"),
            format!("{:.0}", front / self.scheduled.cycles_per_pass * 100.0),
            format!("{} slots at {} a cycle", self.slots, self.width),
        ]);
        let Stalled { operands, units, slots, window } = self.stalls;
        let causes = [
            ("empty: operands", operands),
            ("empty: units", units),
            ("empty: no fit", slots),
            ("empty: window", window),
        ];
        for (cause, cycles) in causes.into_iter().filter(|(_, cycles)| *cycles > 0.005) {
            let share = format!("{:.0}", cycles / self.scheduled.cycles_per_pass * 100.0);
            rows.push(vec![cause.into(), format!("{cycles:.2}"), share, String::new()]);
        }
        page.table(&["unit", "cycles", "%", ""], &rows);
        if let Some(overlap) = &self.overlap {
            page.paragraph(&format!(
                "Passes overlap: {} of a pass run while the one before is under way. Before the loop they are \
                 done for the first pass (the fill); the loop's body is the rest of a pass and these for the \
                 next; behind it the last pass has {} left (the drain). Nothing is loaded that no pass needs. \
                 The fill:",
                counted(overlap.fill.len(), "instruction"),
                counted(overlap.drain, "instruction")
            ));
            page.lines(overlap.fill.iter().map(String::as_str));
        }
        page.paragraph("The main loop as scheduled, each with its place in the order as lowered:");
        let rows: Vec<Vec<String>> = self
            .order
            .iter()
            .enumerate()
            .map(|(now, place)| {
                let by = place.was as i64 - now as i64;
                let moved = match by {
                    _ if place.ahead => "for the next pass".into(),
                    1.. => format!("{by} earlier"),
                    _ => String::new(),
                };
                vec![(now + 1).to_string(), (place.was + 1).to_string(), place.text.clone(), moved]
            })
            .collect();
        page.table(&["now", "was", "instruction", "moved"], &rows);
    }

    /// What holds the loop, in words.
    fn verdict(&self) -> String {
        let (before, after) = (self.lowered.cycles_per_pass, self.scheduled.cycles_per_pass);
        let gain = match after - before {
            d if d < -0.005 => format!("Scheduling saves {:.2} cycles a pass.", -d),
            d if d > 0.005 => format!(
                "The order as lowered would be {d:.2} cycles a pass faster by the model: the scheduler can be \
                 improved here."
            ),
            _ => "The order as lowered is as fast by the model.".into(),
        };
        let over = after - self.bound_cycles;
        let held = if self.at_bound {
            format!(
                "The loop runs at its bound of {:.2} cycles ({}): only fewer or cheaper instructions make it \
                 faster.",
                self.bound_cycles, self.bound_by
            )
        } else {
            format!(
                "That is {over:.2} cycles above the bound of {:.2} ({}). The loop is held by {}.",
                self.bound_cycles, self.bound_by, self.held_by
            )
        };
        let widening = format!(
            "With widening and zeroing at their true frequency it makes {:.2} MAC/cycle.",
            self.with_widening
        );
        let rules = self.with_every_rule.map_or_else(String::new, |macs| {
            format!(" {UNAPPLIED}; with them this order makes {macs:.2} MAC/cycle, without widening.")
        });
        format!("{gain} {held} {widening}{rules}")
    }
}

/// The ends of a loop whose passes overlap.
fn overlap(kernel: &Kernel) -> Option<Overlap> {
    let scheduled = kernel.scheduled();
    let name = |reg: Reg| scheduled.stage.name(reg).to_string();
    let [fill, drain] =
        [BlockRole::Fill, BlockRole::Drain].map(|role| scheduled.blocks(role).first().copied());
    let text = |inst: &Inst| print(inst, &RegNames::Virtual(&name));
    let fill = fill?.insts.iter().map(text).collect();
    Some(Overlap { fill, drain: drain?.insts.len() })
}

/// The order as scheduled. Equal instructions are taken in their old order.
fn places(kernel: &Kernel) -> Vec<Place> {
    let (lowered, scheduled) = (kernel.lowered(), kernel.scheduled());
    let name = |reg: Reg| scheduled.stage.name(reg).to_string();
    let old = &lowered.steady().insts;
    let ahead = scheduled.blocks(BlockRole::Fill);
    let mut taken = vec![false; old.len()];
    let place = |inst: &Inst| {
        let was = (0..old.len()).find(|&at| !taken[at] && old[at] == *inst);
        let was = was.expect("the schedule was verified");
        taken[was] = true;
        let ahead = ahead.iter().any(|b| b.insts.contains(inst));
        Place { was, text: print(inst, &RegNames::Virtual(&name)), ahead }
    };
    scheduled.steady().insts.iter().map(place).collect()
}

/// The costs of the classes that occur, in the order of their first appearance.
fn costs(core: &Core, insts: &[Inst]) -> Vec<Costs> {
    let mut classes: Vec<Class> = Vec::new();
    for class in insts.iter().map(Inst::class) {
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    let one = |class: Class| {
        let cost = core.cost(class);
        let uop = |uop: &qgen::core::Uop| {
            let open = core.units.iter().enumerate().filter(|(bit, _)| uop.units >> bit & 1 == 1);
            let names: Vec<&str> = open.map(|(_, name)| name.as_str()).collect();
            let cycles = if uop.busy == 1 { String::new() } else { format!(" for {} cycles", uop.busy) };
            format!("{}{cycles}", names.join(" or "))
        };
        Costs {
            class: class.as_str(),
            units: cost.uops.iter().map(uop).collect::<Vec<_>>().join(", and "),
            latency: cost.latency,
            to_sum: Some(core.latency(class, class, true)).filter(|&to| to < cost.latency.into()),
            source: cost.source.clone(),
        }
    };
    classes.into_iter().map(one).collect()
}
