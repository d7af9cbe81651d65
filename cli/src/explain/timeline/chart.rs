//! The marks of a timeline: what an instruction does in a cycle, which units are taken, and how long
//! instructions wait.

use super::Waits;
use qgen::Kernel;
use qgen::core::{Core, Kind, Traced, Uop};
use qgen::emit::{Item, flatten};
use qgen::isa::{Class, Inst, RegNames, print, print_branch};

/// The instructions of a pass, the branch included.
pub(super) struct Steps<'k> {
    pub(super) texts: Vec<String>,
    pub(super) classes: Vec<Class>,
    uops: Vec<Vec<&'k Uop>>,
}

impl<'k> Steps<'k> {
    pub(super) fn of(kernel: &'k Kernel) -> Steps<'k> {
        let core = kernel.core();
        let insts = &kernel.program().steady().insts;
        let rows = |inst: &Inst| core.rows(inst).flat_map(|row| &row.uops).collect();
        let branch = core.cost(Class::Branch);
        Steps {
            texts: insts.iter().map(|i| print(i, &RegNames::Machine)).chain([back(kernel)]).collect(),
            classes: insts.iter().map(Inst::class).chain([Class::Branch]).collect(),
            uops: insts.iter().map(rows).chain([branch.uops.iter().collect()]).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Columns before the first cycle, at most.
    pub(super) fn head(&self) -> usize {
        let text = self.texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
        let units = self.uops.iter().map(|uops| uops.len() * 3).max().unwrap_or(0);
        4 + 1 + 5 + 2 + text.max(24) + 2 + units.max(4) + 2
    }
}

/// The branch that closes the main loop.
fn back(kernel: &Kernel) -> String {
    let items = flatten(kernel.program());
    let inside = items.iter().skip_while(|item| !matches!(item, Item::SteadyBegin));
    let inside = inside.take_while(|item| !matches!(item, Item::SteadyEnd));
    let branches = inside.filter_map(|item| match item {
        Item::Branch(branch, _) => Some(print_branch(*branch, "main loop")),
        _ => None,
    });
    branches.last().expect("the marks are around the loop, its branch included")
}

/// What marks are made of.
pub(super) struct Chart<'c> {
    pub(super) core: &'c Core,
    pub(super) steps: &'c Steps<'c>,
    pub(super) traced: &'c [Traced],
    pub(super) start: i64,
    pub(super) cycles: usize,
}

impl Chart<'_> {
    /// The marks of an instruction, without spaces at their end.
    pub(super) fn cells(&self, at: usize) -> String {
        let end = self.start + self.cycles as i64;
        let marks: String = (self.start..end).map(|cycle| self.mark(at, cycle)).collect();
        marks.trim_end().to_string()
    }

    fn mark(&self, at: usize, cycle: i64) -> char {
        let t = &self.traced[at];
        let in_order = self.core.kind == Kind::InOrder;
        match cycle {
            _ if cycle == t.issued => 'I',
            _ if cycle == t.completed => '*',
            _ if (t.issued..t.completed).contains(&cycle) => '=',
            _ if cycle > t.completed && cycle < t.retired => '-',
            _ if cycle > t.completed => {
                if cycle == t.retired {
                    'R'
                } else {
                    ' '
                }
            }
            _ if cycle < t.taken => {
                if !in_order && self.is_held_up(at, cycle) {
                    'd'
                } else {
                    ' '
                }
            }
            _ if !in_order && cycle == t.taken => 'D',
            _ if t.work.iter().any(|work| work.from == cycle) => 'i',
            _ if cycle < t.ready => '.',
            _ if in_order && self.finds_units(t.place, cycle) => 'd',
            _ => 'u',
        }
    }

    /// Whether it was its turn to be dispatched before `cycle`, and nothing was dispatched since.
    fn is_held_up(&self, at: usize, cycle: i64) -> bool {
        at > 0 && self.traced[at - 1].taken < cycle && cycle < self.traced[at].taken
    }

    /// Whether all µops of the instruction at `place` find a free unit in `cycle`, as the pipeline chooses.
    fn finds_units(&self, place: usize, cycle: i64) -> bool {
        let mut taken: u16 = self.busy(cycle);
        self.steps.uops[place].iter().all(|uop| {
            let free = uop.units & !taken;
            let last = free.checked_ilog2().map(|unit| 1 << unit);
            taken |= last.unwrap_or(0);
            last.is_some()
        })
    }

    /// The units that are taken in a cycle.
    fn busy(&self, cycle: i64) -> u16 {
        let work = self.traced.iter().flat_map(|t| &t.work);
        work.filter(|work| (work.from..work.from + i64::from(work.cycles)).contains(&cycle))
            .fold(0, |busy, work| busy | 1 << work.unit)
    }

    /// In which cycles of the window a unit is taken.
    pub(super) fn occupied(&self, unit: usize) -> String {
        let end = self.start + self.cycles as i64;
        (self.start..end).map(|cycle| if self.busy(cycle) >> unit & 1 == 1 { '#' } else { '.' }).collect()
    }

    /// How long instructions wait in a pass, mean over these passes, by class.
    pub(super) fn waits(&self, passes: std::ops::Range<usize>) -> Vec<Waits> {
        let mut waits: Vec<Waits> = Vec::new();
        let count = passes.len() as i64;
        let shown = passes.start * self.steps.len()..passes.end * self.steps.len();
        for at in shown.clone() {
            let t = &self.traced[at];
            let class = self.steps.classes[t.place].as_str();
            let n = waits.iter().position(|w| w.class == class).unwrap_or_else(|| {
                waits.push(Waits { class, count: 0, operands: 0, units: 0, held_up: 0 });
                waits.len() - 1
            });
            let one = &mut waits[n];
            one.count += 1;
            let since = if at > 0 { t.taken.min(self.traced[at - 1].taken) } else { t.taken };
            for cycle in since..t.issued {
                match self.mark(at, cycle) {
                    '.' => one.operands += 1,
                    'u' | 'i' => one.units += 1,
                    'd' => one.held_up += 1,
                    _ => {}
                }
            }
        }
        let mean = |sum: i64| (sum as f64 / count as f64).round() as i64;
        for one in &mut waits {
            one.count /= count as usize;
            (one.operands, one.units, one.held_up) = (mean(one.operands), mean(one.units), mean(one.held_up));
        }
        waits
    }
}
