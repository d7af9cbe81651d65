//! Cores are data: a table file each, read by the planner, the scheduler and the model.
//!
//! A built-in core is a file in `qgen/cores/`; its text is part of the library. `docs/cores.md` describes
//! the format; a user adds a core with one file. A wrong number in a table costs cycles, never bits.
//!
//! ```text
//!   table ──► Core ──► bound       no order of the instructions is faster
//!                 └──► simulate    what this order takes, cycle by cycle, and what holds it
//! ```

mod bound;
mod front;
mod in_order;
mod mixed;
mod out_of_order;
mod simulate;
mod step;
mod table;
#[cfg(test)]
mod worked;

pub use bound::{Bound, bound};
pub(crate) use front::{Entries, Front};
pub use mixed::{FLAGS, Mixed, Outline, simulate_mixed};
pub use simulate::{Simulation, Stalls, Traced, Work, simulate, trace};
pub use table::CoreError;

use crate::isa::{Class, Inst, Role, Unit};
use qgen_spec::{Diagnostic, Field, Isa};
use serde::Deserialize;

/// Of two counts of cycles: what the model cannot tell apart. Nothing is sought nearer to a bound than that, and a
/// pass may take so much longer where it has fewer instructions.
pub(crate) const EQUAL: f64 = 1.002;

/// Of its bound: a loop that takes no more is held by nothing else.
pub(crate) const AT_BOUND: f64 = 1.005;

/// How a core takes instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Instructions issue in program order.
    InOrder,
    /// Instructions issue when their operands are there.
    OutOfOrder,
}

/// How the core likes to walk through memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Addressing {
    /// Immediate offsets, and one addition per pointer and iteration.
    Offset,
    /// Every load advances its pointer.
    PostIndex,
    /// The first load of an iteration advances its pointer for all of them.
    Once,
    /// The same, and neighbouring registers of 16 bytes of the right side are loaded two at a time.
    RhsPairs,
    /// The same of the left side.
    LhsPairs,
    /// The same of both sides.
    Pairs,
}

impl Addressing {
    /// Every way.
    pub const ALL: [Addressing; 6] = [
        Addressing::Offset,
        Addressing::PostIndex,
        Addressing::Once,
        Addressing::RhsPairs,
        Addressing::LhsPairs,
        Addressing::Pairs,
    ];
}

/// One µop: the units that can take it, as a set of bits, and how long it keeps the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uop {
    /// Bit u is set if unit u can take it.
    pub units: u16,
    /// Cycles.
    pub busy: u8,
}

/// What an instruction of one class costs.
#[derive(Clone, Debug)]
pub struct Cost {
    /// Its µops.
    pub uops: Vec<Uop>,
    /// Issue slots (in order) or dispatch slots (out of order).
    pub slots: u8,
    /// In order: only the first instruction of a cycle can be of this class.
    pub first: bool,
    /// Cycles from issue to a use of the result.
    pub latency: u8,
    /// Cycles from a result of one of `forward_from` to the accumulator operand of this class.
    pub forward: u8,
    /// Classes whose result is forwarded to the accumulator operand, as a set of bits.
    pub forward_from: u64,
    /// Where the numbers come from.
    pub source: String,
}

/// A rule of the dispatch of an out-of-order core.
#[derive(Clone, Debug)]
pub struct Group {
    /// A set of units, as bits.
    pub units: u16,
    /// How many µops that only these can take may be dispatched in one cycle.
    pub most: u32,
    /// Whether bound and model apply it. A rule that is not applied stands in the table to be ordered for where that
    /// costs nothing without it: [`Core::with_every_group`] applies it.
    pub applied: bool,
    /// Where the rule comes from.
    pub source: String,
}

/// The caches that a core has to itself, or the nearest that it has.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Bytes of a cache line.
    pub line: u32,
    /// Bytes of the first-level data cache.
    pub l1d: u32,
    /// Bytes of the second-level cache.
    pub l2: u32,
    /// Where the numbers come from.
    pub source: String,
}

/// Who asks for lines before they are loaded.
#[derive(Clone, Debug)]
pub struct Prefetch {
    /// Whether the hardware follows a stream of loads by itself.
    pub hardware: bool,
    /// How many bytes ahead a kernel asks where the hardware does not; 0 where it does.
    pub distance: u16,
    /// Where that comes from.
    pub source: String,
}

/// A processor core.
#[derive(Clone, Debug)]
pub struct Core {
    /// Its name, e.g. `cortex-a72`.
    pub name: String,
    /// What people know it as.
    pub title: String,
    /// Whether the table was compared with something outside: another model, or cases worked by hand.
    pub checked: bool,
    /// In order or out of order.
    pub kind: Kind,
    /// Slots per cycle: of issue (in order) or of dispatch (out of order).
    pub width: u8,
    /// Slots of instructions that may be under way, dispatched and not retired (out of order).
    pub window: u16,
    /// Instructions that may be waiting for operands or a unit (out of order), where that is known.
    pub queue: Option<u16>,
    /// How to walk through memory.
    pub addressing: Addressing,
    /// What it can execute.
    pub isa: Vec<Isa>,
    /// Names of the units, in the order of the bits in [`Uop::units`].
    pub units: Vec<String>,
    /// Where width, window, queue and units come from.
    pub source: String,
    /// Its caches.
    pub memory: Memory,
    /// Who asks for lines ahead, where that is known.
    pub prefetch: Option<Prefetch>,
    /// Rules of the dispatch.
    pub groups: Vec<Group>,
    /// What a load or store that advances its pointer costs beside the access.
    pub write_back: Option<Cost>,
    costs: Vec<Cost>,
}

impl Core {
    /// The cost of a class.
    pub fn cost(&self, class: Class) -> &Cost {
        &self.costs[class as usize]
    }

    /// The rows of the table that an instruction takes: its class's and, where it advances its pointer, that
    /// of the write-back.
    pub fn rows(&self, inst: &Inst) -> impl Iterator<Item = &Cost> {
        let more = if writes_back(inst) { self.write_back.as_ref() } else { None };
        std::iter::once(self.cost(inst.class())).chain(more)
    }

    /// The names of a set of units.
    fn names_of(&self, units: u16) -> String {
        let named = (0..16).filter(|unit| units >> unit & 1 == 1).map(|unit| self.units[unit].as_str());
        named.collect::<Vec<_>>().join(" and ")
    }

    /// The slots that an instruction takes, its write-back included.
    pub fn slots(&self, inst: &Inst) -> u32 {
        self.rows(inst).map(|row| u32::from(row.slots)).sum()
    }

    /// Cycles from the issue of a `producer` to that of a `consumer` that reads its result,
    /// `accumulates` if through its accumulator operand.
    ///
    /// This is about the result of the class. A pointer that a load advances is there sooner:
    /// [`Core::delay`] knows.
    pub fn latency(&self, producer: Class, consumer: Class, accumulates: bool) -> u32 {
        let to = self.cost(consumer);
        let forwarded = accumulates && to.forward_from >> producer as u32 & 1 == 1;
        u32::from(if forwarded { to.forward } else { self.cost(producer).latency })
    }

    /// Cycles from the issue of `producer`, whose operand `written` is a result, to that of a `consumer`
    /// that reads it, `accumulates` if through its accumulator operand.
    pub fn delay(&self, producer: &Inst, written: usize, consumer: Class, accumulates: bool) -> u32 {
        if producer.row().slots[written].unit == Unit::X && writes_back(producer) {
            return self.write_back.as_ref().map_or(1, |row| row.latency.into());
        }
        self.latency(producer.class(), consumer, accumulates)
    }

    /// The same core with every rule of the dispatch that its table has.
    pub fn with_every_group(mut self) -> Core {
        self.groups.iter_mut().for_each(|group| group.applied = true);
        self
    }

    /// The same core without its rules of the dispatch, for comparison with models that know none.
    pub fn without_groups(mut self) -> Core {
        self.groups.clear();
        self
    }

    /// The same core without forwarding to sums, for comparison with models that know none.
    pub fn without_forwarding(mut self) -> Core {
        for cost in &mut self.costs {
            cost.forward_from = 0;
        }
        self
    }

    /// The names of the built-in cores.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|(name, _)| *name)
    }

    /// A built-in core.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn built_in(name: &str) -> Result<Core, Diagnostic> {
        match BUILT_IN.iter().find(|(n, _)| *n == name) {
            Some((_, text)) => Ok(Core::from_toml(text).expect("built-in tables are tested")),
            None => {
                let names: Vec<&str> = Core::names().collect();
                Err(Diagnostic::new(
                    Field::Core,
                    format!("there is no core `{name}`"),
                    format!("choose one of {}", names.join(", ")),
                ))
            }
        }
    }

    /// Reads a core's table.
    ///
    /// # Errors
    /// The key, what is possible and what to change, where the text is not TOML, a key or class is missing
    /// or unknown, or a number is out of its range.
    pub fn from_toml(text: &str) -> Result<Core, CoreError> {
        table::read(text)
    }
}

/// Whether it is a load or store that advances its pointer.
fn writes_back(inst: &Inst) -> bool {
    let class = inst.class();
    let pointer = |slot: &crate::isa::Slot| slot.unit == Unit::X && slot.role == Role::InOut;
    (class.is_load() || class.is_store()) && inst.row().slots.iter().any(pointer)
}

const BUILT_IN: &[(&str, &str)] = &[
    ("cortex-a53", include_str!("../../cores/cortex-a53.toml")),
    ("cortex-a55", include_str!("../../cores/cortex-a55.toml")),
    ("cortex-a57", include_str!("../../cores/cortex-a57.toml")),
    ("cortex-a72", include_str!("../../cores/cortex-a72.toml")),
    ("cortex-a73", include_str!("../../cores/cortex-a73.toml")),
    ("cortex-a76", include_str!("../../cores/cortex-a76.toml")),
    ("neoverse-n1", include_str!("../../cores/neoverse-n1.toml")),
    ("neoverse-v1", include_str!("../../cores/neoverse-v1.toml")),
    ("neoverse-n2", include_str!("../../cores/neoverse-n2.toml")),
    ("apple-m1", include_str!("../../cores/apple-m1.toml")),
    ("cortex-a78", include_str!("../../cores/cortex-a78.toml")),
    ("cortex-x1", include_str!("../../cores/cortex-x1.toml")),
    ("cortex-a510", include_str!("../../cores/cortex-a510.toml")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Op, Reg};

    #[test]
    fn built_in_tables_are_complete() {
        for name in Core::names() {
            let core = Core::built_in(name).unwrap();
            assert_eq!(core.name, name);
            let unchecked = ["apple-m1", "cortex-a73", "cortex-a78", "cortex-x1", "cortex-a510"];
            assert_eq!(core.checked, !unchecked.contains(&name), "{name}");
        }
        assert!(Core::built_in("cortex-a99").unwrap_err().to_string().contains("cortex-a72"));
    }

    #[test]
    fn every_way_through_memory_is_documented() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cores.md");
        let text = std::fs::read_to_string(path).unwrap();
        let row = text.lines().find_map(|line| line.strip_prefix("| `addressing` |")).unwrap();
        let table = include_str!("../../cores/cortex-a72.toml");
        let read = |word: &str| {
            let addressing = format!("addressing = \"{word}\"");
            Core::from_toml(&table.replacen("addressing = \"offset\"", &addressing, 1))
                .map(|core| core.addressing)
        };
        let mut documented: Vec<Addressing> =
            row.split('`').skip(1).step_by(2).map(|word| read(word).unwrap()).collect();
        documented.dedup();
        for way in Addressing::ALL {
            assert!(documented.contains(&way), "{way:?} is not in the row");
        }
        assert!(read("sideways").is_err());
    }

    #[test]
    fn an_advanced_pointer_is_there_before_what_was_loaded() {
        let core = Core::built_in("cortex-a72").unwrap();
        let load = Inst::new(Op::LdrQPost, &[Reg(0), Reg(1)], 16, None).unwrap();
        assert_eq!(core.delay(&load, 0, Class::Mla, false), 5);
        assert_eq!(core.delay(&load, 1, Class::LoadQ, false), 1);
        // A µop for the load, and one for the pointer.
        assert_eq!(core.slots(&load), 2);
        let plain = Inst::new(Op::LdrQ, &[Reg(0), Reg(1)], 16, None).unwrap();
        assert_eq!(core.slots(&plain), 1);
    }
}
