//! The main loop cycle by cycle: a line for every instruction, a column for every cycle.
//!
//! ```text
//!   Kernel ──trace, many passes──► the middle of them, a window of about two passes ──► text, JSON
//! ```
//!
//! The passes around the window are run, too, so that what is under way when it begins is there.

mod chart;

use super::counted;
use super::page::Page;
use super::sched::Stalled;
use crate::cores::UNCHECKED;
use crate::failure::Failure;
use crate::output;
use chart::{Chart, Steps};
use qgen::Kernel;
use qgen::core::{Kind, Traced, simulate, trace};
use qgen::schedule::Holder;
use serde::Serialize;

/// The pipeline over a window of cycles.
#[derive(Debug, Serialize)]
pub(crate) struct Timeline {
    kernel: String,
    core: String,
    core_is_checked: bool,
    /// Figures of speed are made by the pipeline model, not measured.
    speed: &'static str,
    in_order: bool,
    width: u8,
    cycles_per_pass: f64,
    macs_per_cycle: f64,
    instructions_per_pass: usize,
    /// Cycles that are shown; cycle 0 is the first.
    cycles: usize,
    /// What issues in the window, in this order.
    instructions: Vec<Line>,
    /// Instructions dispatched in each cycle, where that is out of order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dispatched: Vec<usize>,
    /// Instructions issued in each cycle.
    issued: Vec<usize>,
    units: Vec<Occupied>,
    waits: Vec<Waits>,
    stalls: Stalled,
    bound_cycles: f64,
    bound_by: String,
    at_bound: bool,
    held_by: String,
}

/// One instruction on its way. Cycles count from the beginning of the window.
#[derive(Debug, Serialize)]
struct Line {
    /// Counted from the first pass that is shown.
    pass: usize,
    /// Counted from 1; the branch comes last.
    place: usize,
    text: String,
    class: &'static str,
    taken: i64,
    ready: i64,
    issued: i64,
    completed: i64,
    retired: i64,
    work: Vec<InUnit>,
    cells: String,
}

/// A µop in its unit.
#[derive(Debug, Serialize)]
struct InUnit {
    unit: String,
    from: i64,
    cycles: u32,
}

/// What a unit does in the window.
#[derive(Debug, Serialize)]
struct Occupied {
    unit: String,
    /// Of all cycles of a pass in the steady state.
    share: f64,
    cells: String,
}

/// How long the instructions of one class wait, in a pass.
#[derive(Debug, Serialize)]
struct Waits {
    class: &'static str,
    count: usize,
    /// Cycles, summed over the instructions, which wait side by side out of order.
    operands: i64,
    units: i64,
    /// Cycles in which the instruction was next and did not fit: in order, into its cycle; out of order, into
    /// the window or the rules of dispatch.
    held_up: i64,
}

/// Columns of cycles that a window has at least; fewer show nothing.
const FEWEST: usize = 12;
/// Every line begins with these.
const INDENT: usize = 2;

const LEGEND_IN_ORDER: &[&str] = &[
    ".  it is its turn, and an operand is not there yet",
    "u  it is its turn, and its unit is taken",
    "d  it is its turn, and it does not fit into this cycle: slots, or rules of pairing",
    "I  issues      =  executes      *  from here on its result can be used",
];
const LEGEND_OUT_OF_ORDER: &[&str] = &[
    "d  is next and cannot be dispatched: a full window, or a rule of dispatch      D  dispatched",
    ".  waits for an operand      u  operands are there, waits for a unit",
    "i  one of its µops issues, others wait      I  issues, or its last µop does",
    "=  executes      *  from here on its result can be used      -  waits to leave the window      R  leaves it",
];

impl Timeline {
    /// About two passes of the main loop in the steady state, in `width` columns if there is a limit, which
    /// is an error to go below what a window needs if the user `asked` for it.
    pub(crate) fn of(kernel: &Kernel, width: Option<usize>, asked: bool) -> Result<Timeline, Failure> {
        let core = kernel.core();
        let insts = &kernel.program().steady().insts;
        let simulation = simulate(core, insts, None);
        let steps = Steps::of(kernel);
        let whole = ((2.0 * simulation.cycles).ceil() as usize).max(FEWEST);
        let head = INDENT + steps.head();
        let cycles = match width {
            None => whole,
            Some(width) if asked && width < head + FEWEST => {
                return Err(Failure(format!(
                    "width: {width} columns leave no room: the instructions of {} take {head}; give at least {}",
                    kernel.name(),
                    head + FEWEST
                )));
            }
            Some(width) => whole.min(width.saturating_sub(head).max(FEWEST)),
        };
        let around = match core.kind {
            Kind::InOrder => 2,
            Kind::OutOfOrder => 2 + (2 * usize::from(core.window)).div_ceil(simulation.slots.max(1) as usize),
        };
        let shown = 1 + (cycles as f64 / simulation.cycles).ceil() as usize;
        let traced = trace(core, insts, None, around + shown + around);
        let middle = &traced[around * steps.len()..(around + 1) * steps.len()];
        let start = middle.iter().map(|t| t.issued).min().unwrap_or(0);
        let window = start..start + cycles as i64;
        let mut order: Vec<usize> =
            (0..traced.len()).filter(|&at| window.contains(&traced[at].issued)).collect();
        // Of those that issue together the first in the program comes first: the sort is stable.
        order.sort_by_key(|&at| traced[at].issued);
        let first_pass = order.iter().map(|&at| traced[at].pass).min().unwrap_or(0);
        let chart = Chart { core, steps: &steps, traced: &traced, start, cycles };
        let line = |&at: &usize| {
            let t = &traced[at];
            let in_unit = |work: &qgen::core::Work| InUnit {
                unit: core.units[work.unit].clone(),
                from: work.from - start,
                cycles: work.cycles,
            };
            Line {
                pass: t.pass - first_pass + 1,
                place: t.place + 1,
                text: steps.texts[t.place].clone(),
                class: steps.classes[t.place].as_str(),
                taken: t.taken - start,
                ready: t.ready - start,
                issued: t.issued - start,
                completed: t.completed - start,
                retired: t.retired - start,
                work: t.work.iter().map(in_unit).collect(),
                cells: chart.cells(at),
            }
        };
        let in_order = core.kind == Kind::InOrder;
        let count = |when: &dyn Fn(&Traced) -> i64| -> Vec<usize> {
            window.clone().map(|cycle| traced.iter().filter(|t| when(t) == cycle).count()).collect()
        };
        let occupied = |(unit, &busy): (usize, &f64)| Occupied {
            unit: core.units[unit].clone(),
            share: busy / simulation.cycles,
            cells: chart.occupied(unit),
        };
        let held = kernel.held();
        Ok(Timeline {
            kernel: kernel.name().to_string(),
            core: core.title.clone(),
            core_is_checked: core.checked,
            speed: "modelled",
            in_order,
            width: core.width,
            cycles_per_pass: simulation.cycles,
            macs_per_cycle: kernel.macs_per_iteration() as f64 / simulation.cycles,
            instructions_per_pass: steps.len(),
            cycles,
            instructions: order.iter().map(line).collect(),
            dispatched: if in_order { Vec::new() } else { count(&|t| t.taken) },
            issued: count(&|t| t.issued),
            units: simulation
                .busy
                .iter()
                .enumerate()
                .filter(|(_, busy)| **busy > 0.0)
                .map(occupied)
                .collect(),
            waits: chart.waits(around..around + shown),
            stalls: Stalled::of(&simulation.stalls),
            bound_cycles: held.bound.cycles,
            bound_by: held.bound.by,
            at_bound: matches!(held.by, Holder::Resource(_)),
            held_by: held.by.to_string(),
        })
    }

    /// As JSON.
    pub(crate) fn json(&self) -> String {
        output::json(self)
    }

    /// As text.
    pub(crate) fn text(&self, colours: bool) -> String {
        let mut page = Page::new(colours);
        page.title(&self.kernel);
        page.say(&format!(
            "For {}. The main loop cycle by cycle, in the steady state, modelled by the core's table, not measured: \
             a line for every instruction that issues in these {} cycles, in the order of issue. A pass is {} \
             and takes {:.2} cycles{}.",
            self.core,
            self.cycles,
            counted(self.instructions_per_pass, "instruction"),
            self.cycles_per_pass,
            if (self.cycles as f64) < self.cycles_per_pass { ", of which these are a part" } else { "" },
        ));
        if !self.core_is_checked {
            page.say(&format!("{}: {UNCHECKED}.", self.core));
        }
        page.lines([""]);
        page.lines(if self.in_order { LEGEND_IN_ORDER } else { LEGEND_OUT_OF_ORDER }.iter().copied());
        page.lines([""]);
        page.lines(self.chart(colours).iter().map(String::as_str));
        page.paragraph(&self.verdict());
        page.paragraph("Cycles that the instructions of a pass wait, mean over the passes that are shown:");
        let rows: Vec<Vec<String>> = self
            .waits
            .iter()
            .map(|w| {
                let numbers = [w.count as i64, w.operands, w.units, w.held_up];
                std::iter::once(w.class.to_string()).chain(numbers.map(|n| n.to_string())).collect()
            })
            .collect();
        let held_up = if self.in_order { "d: no fit" } else { "d: front end" };
        page.table(&["class", "count", ".: operands", "u: unit", held_up], &rows);
        if !self.in_order {
            page.say(
                "Out of order these overlap: waiting costs nothing while older instructions keep the units busy and \
                 the window has room.",
            );
        }
        page.finish()
    }

    /// The lines of instructions and units under their heads.
    fn chart(&self, colours: bool) -> Vec<String> {
        let units = |line: &Line| {
            let names: Vec<&str> = line.work.iter().map(|work| work.unit.as_str()).collect();
            names.join("+")
        };
        let longest = |width: &dyn Fn(&Line) -> usize| self.instructions.iter().map(width).max().unwrap_or(0);
        let text = longest(&|line| line.text.chars().count()).max("instruction".len());
        let unit = longest(&|line| units(line).chars().count()).max("unit".len());
        let head = |pass: &str, place: &str, what: &str, by: &str| {
            format!("{pass:>4} {place:>5}  {what:<text$}  {by:<unit$}  ")
        };
        let mut tens = String::new();
        for cycle in (0..self.cycles).step_by(10) {
            tens.push_str(&format!("{cycle:<10}"));
        }
        let ones: String = (0..self.cycles).map(|cycle| char::from(b'0' + (cycle % 10) as u8)).collect();
        let mut lines = vec![
            head("", "", "", "") + tens.chars().take(self.cycles).collect::<String>().as_str(),
            head("pass", "place", "instruction", "unit") + &ones,
        ];
        for line in &self.instructions {
            let begins = head(&line.pass.to_string(), &line.place.to_string(), &line.text, &units(line));
            lines.push(begins + &if colours { coloured(&line.cells) } else { line.cells.clone() });
        }
        lines.push(String::new());
        let digits = |counts: &[usize]| -> String {
            let digit = |&count: &usize| match count {
                0 => '.',
                1..=9 => char::from(b'0' + count as u8),
                _ => '+',
            };
            counts.iter().map(digit).collect()
        };
        if !self.in_order {
            lines.push(head("", "", "dispatched, instructions", "") + &digits(&self.dispatched));
        }
        lines.push(head("", "", "issued, instructions", "") + &digits(&self.issued));
        for unit in &self.units {
            let busy = format!("busy {:.0} % of a pass", 100.0 * unit.share);
            lines.push(head("", "", &busy, &unit.unit) + &unit.cells);
        }
        lines
    }

    /// What holds the loop.
    fn verdict(&self) -> String {
        let speed = format!(
            "A pass takes {:.2} cycles and makes {:.2} MAC/cycle.",
            self.cycles_per_pass, self.macs_per_cycle
        );
        let held = if self.at_bound {
            format!(
                "That is its bound: {} ({:.2} cycles). No order of these instructions is faster.",
                self.bound_by, self.bound_cycles
            )
        } else {
            format!(
                "The bound is {:.2} cycles: {}. The loop is held by {}.",
                self.bound_cycles, self.bound_by, self.held_by
            )
        };
        let Stalled { operands, units, slots, window } = self.stalls;
        let causes = [("operands", operands), ("units", units), ("no fit", slots), ("a full window", window)];
        let lost: Vec<String> = causes
            .iter()
            .filter(|(_, cycles)| *cycles > 0.005)
            .map(|(cause, cycles)| format!("{cycles:.2} to {cause}"))
            .collect();
        let front = if self.in_order { "issue" } else { "dispatch" };
        let lost = if lost.is_empty() {
            format!("No {front} slot stays empty.")
        } else {
            format!(
                "Of the pass's {front} slots, {} a cycle, these stay empty, in cycles: {}.",
                self.width,
                lost.join(", ")
            )
        };
        format!("{speed} {held} {lost}")
    }
}

/// Waiting in yellow, issue in bold.
fn coloured(cells: &str) -> String {
    let paint = |mark: char| match mark {
        '.' | 'u' | 'd' => format!("\x1b[33m{mark}\x1b[0m"),
        'I' | 'i' => format!("\x1b[1m{mark}\x1b[0m"),
        _ => mark.to_string(),
    };
    cells.chars().map(paint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen::compile_name;

    fn of(name: &str, width: Option<usize>) -> Timeline {
        Timeline::of(&compile_name(name).unwrap(), width, width.is_some()).unwrap()
    }

    const TINY: &str = "qgen_f32_1x4_lf32_rf32_t1x4k1u1_cortex_a53";
    const FIP: &str = "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72";
    const BYTE: &str = "qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53";

    /// Worked by hand from the table of the Cortex-A53: a 128-bit load takes both slots and issues alone; its
    /// result is there after 4 cycles. The 64-bit load of the next cycle is a pair with the addition; its result is
    /// there in cycle 5, when the multiplication issues with the branch. The next pass begins in cycle 6.
    #[test]
    fn a_tiny_loop_is_as_worked_by_hand() {
        let lines = of(TINY, None).chart(false);
        let expected = "
                                                0         10
  pass place  instruction                 unit  012345678901
     1     1  ldr q1, [x3], #16           LS    I===*
     1     2  ldr d2, [x1], #8            LS     I===*
     1     3  sub x0, x0, #1              I1     I*
     1     4  fmla v0.4s, v1.4s, v2.s[0]  V       ...I======
     1     5  cbnz x0, main loop          B          I*
     2     1  ldr q1, [x3], #16           LS          I===*
     2     2  ldr d2, [x1], #8            LS           I===*
     2     3  sub x0, x0, #1              I1           I*
     2     4  fmla v0.4s, v1.4s, v2.s[0]  V             ...I
     2     5  cbnz x0, main loop          B                I

              issued, instructions              12...212...2
              busy 17 % of a pass         V     .....#.....#
              busy 33 % of a pass         LS    ##....##....
              busy 17 % of a pass         I1    .#.....#....
              busy 17 % of a pass         B     .....#.....#";
        let expected: Vec<&str> = expected.lines().skip(1).map(|line| line.get(2..).unwrap_or("")).collect();
        let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
        assert_eq!(lines, expected, "{}", lines.join("\n"));
    }

    #[test]
    fn the_same_instruction_issues_again_after_the_cycles_of_a_pass() {
        for name in [TINY, FIP, BYTE, "qgen_mmla_8x12_lm128to127_rm128to127_t8x12k8u1_neoverse_v1"] {
            let kernel = compile_name(name).unwrap();
            let timeline = Timeline::of(&kernel, None, false).unwrap();
            let cycles = simulate(kernel.core(), &kernel.program().steady().insts, None).cycles;
            assert_eq!(timeline.cycles_per_pass, cycles);
            let issued = |pass, place| {
                let mut lines = timeline.instructions.iter();
                lines.find(|l| (l.pass, l.place) == (pass, place)).map(|l| l.issued)
            };
            // In order the passes are the same; out of order what leaves in bursts lets some in earlier.
            let most = if timeline.in_order { 0.5 } else { 3.0 };
            let mut apart = Vec::new();
            for line in &timeline.instructions {
                if let Some(later) = issued(line.pass + 1, line.place) {
                    let cycles_apart = (later - line.issued) as f64;
                    assert!(
                        (cycles_apart - cycles).abs() <= most,
                        "{name}: {cycles_apart} of {cycles}: {line:?}"
                    );
                    apart.push(cycles_apart);
                }
            }
            assert!(apart.len() * 3 > kernel.program().steady().insts.len(), "{name}: {}", apart.len());
            let mean = apart.iter().sum::<f64>() / apart.len() as f64;
            assert!((mean / cycles - 1.0).abs() < 0.015, "{name}: {mean} of {cycles}");
            let issues: usize = timeline.issued.iter().sum();
            assert_eq!(issues, timeline.instructions.len(), "{name}");
        }
    }

    #[test]
    fn units_are_busy_as_often_as_the_model_says() {
        for name in [TINY, FIP, BYTE] {
            for unit in of(name, None).units {
                let busy = unit.cells.chars().filter(|&c| c == '#').count() as f64;
                let share = busy / unit.cells.len() as f64;
                assert!((share - unit.share).abs() < 0.06, "{name} {}: {share} of {}", unit.unit, unit.share);
            }
        }
    }

    #[test]
    fn compiler_every_line_has_its_marks_in_their_order() {
        for name in [FIP, BYTE] {
            let timeline = of(name, None);
            for line in &timeline.instructions {
                let mark = |cycle: i64| line.cells.chars().nth(cycle as usize).unwrap_or(' ');
                assert_eq!(mark(line.issued), 'I', "{line:?}");
                assert!(line.completed >= timeline.cycles as i64 || mark(line.completed) == '*', "{line:?}");
                assert!(line.cells.chars().filter(|&c| c == 'I').count() == 1, "{line:?}");
                assert!(!line.work.is_empty() && line.work.iter().all(|w| w.from <= line.issued), "{line:?}");
            }
            let orders = timeline.instructions.windows(2).all(|pair| pair[0].issued <= pair[1].issued);
            assert!(orders, "{name}");
        }
    }

    #[test]
    fn windows_fit_and_texts_are_plain() {
        for width in [67, 80, 100] {
            let timeline = of(FIP, Some(width));
            let longest = timeline.chart(false).iter().map(|line| line.chars().count() + INDENT).max();
            assert!(longest.unwrap() <= width, "{longest:?} of {width}");
        }
        let kernel = compile_name(FIP).unwrap();
        let refused = Timeline::of(&kernel, Some(20), true).unwrap_err().0;
        assert!(
            refused.contains("20 columns leave no room") && refused.contains("give at least"),
            "{refused}"
        );
        // A terminal that is too small gets a window all the same.
        assert_eq!(Timeline::of(&kernel, Some(20), false).unwrap().cycles, FEWEST);
        let timeline = of(FIP, None);
        assert!(!timeline.text(false).contains('\x1b'));
        assert!(timeline.text(true).contains('\x1b'));
        let json: serde_json::Value = serde_json::from_str(&timeline.json()).unwrap();
        assert_eq!(json["cycles_per_pass"], 32.0);
        assert!(json["bound_by"].as_str().unwrap().contains("F0 and F1"));
        let text = timeline.text(false);
        assert!(text.contains("No order of these instructions is faster"), "{text}");
    }
}
