//! Cores are data: a table file each, read by the planner, the scheduler and the model.
//!
//! A built-in core is a file in `qgen/cores/`; its text is part of the library. A wrong number in a
//! table costs cycles, never bits.

mod bound;
mod simulate;

pub use bound::{Bound, bound};
pub use simulate::{Simulation, simulate};

use crate::isa::Class;
use qgen_spec::{Diagnostic, Field, Isa};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

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
    /// Cycles from issue to a use of the result.
    pub latency: u8,
    /// Cycles from a result of one of `forward_from` to the accumulator operand of this class.
    pub forward: u8,
    /// Classes whose result is forwarded to the accumulator operand, as a set of bits.
    pub forward_from: u64,
    /// Where the numbers come from.
    pub source: String,
}

/// A processor core.
#[derive(Clone, Debug)]
pub struct Core {
    /// Its name, e.g. `cortex-a72`.
    pub name: String,
    /// What people know it as.
    pub title: String,
    /// In order or out of order.
    pub kind: Kind,
    /// Instructions issued (in order) or µops dispatched (out of order) per cycle.
    pub width: u8,
    /// Instructions that may be under way (out of order).
    pub window: u16,
    /// How to walk through memory.
    pub addressing: Addressing,
    /// What it can execute.
    pub isa: Vec<Isa>,
    /// Names of the units, in the order of the bits in [`Uop::units`].
    pub units: Vec<String>,
    costs: Vec<Cost>,
}

impl Core {
    /// The cost of a class.
    pub fn cost(&self, class: Class) -> &Cost {
        &self.costs[class as usize]
    }

    /// Cycles from the issue of a `producer` to that of a `consumer` that reads its result,
    /// `accumulates` if through its accumulator operand.
    pub fn latency(&self, producer: Class, consumer: Class, accumulates: bool) -> u32 {
        let to = self.cost(consumer);
        let forwarded = accumulates && to.forward_from >> producer as u32 & 1 == 1;
        u32::from(if forwarded { to.forward } else { self.cost(producer).latency })
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
    /// The place and the reason, where the text is not TOML, a class is missing or unknown, or a
    /// number is out of its range.
    pub fn from_toml(text: &str) -> Result<Core, CoreError> {
        let raw: RawCore = toml::from_str(text).map_err(|e| CoreError(e.to_string()))?;
        raw.check()
    }
}

/// Why a core's table cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreError(String);

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "core table: {}", self.0)
    }
}

impl std::error::Error for CoreError {}

const BUILT_IN: &[(&str, &str)] = &[
    ("cortex-a53", include_str!("../../cores/cortex-a53.toml")),
    ("cortex-a72", include_str!("../../cores/cortex-a72.toml")),
    ("neoverse-n1", include_str!("../../cores/neoverse-n1.toml")),
    ("neoverse-v1", include_str!("../../cores/neoverse-v1.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCore {
    name: String,
    title: String,
    kind: Kind,
    width: u8,
    #[serde(default = "one")]
    window: u16,
    addressing: Addressing,
    isa: Vec<String>,
    units: Vec<String>,
    class: BTreeMap<String, RawCost>,
}

fn one() -> u16 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCost {
    uops: Vec<Vec<String>>,
    #[serde(default)]
    busy: Option<u8>,
    #[serde(default)]
    slots: Option<u8>,
    latency: u8,
    #[serde(default)]
    forward: Option<u8>,
    #[serde(default)]
    forward_from: Vec<String>,
    source: String,
}

impl RawCore {
    fn check(self) -> Result<Core, CoreError> {
        let fail = |why: String| Err(CoreError(why));
        if self.width == 0 || self.width > 16 {
            return fail(format!("width = {}: a core takes 1 to 16 instructions per cycle", self.width));
        }
        if self.window == 0 {
            return fail("window = 0: at least one instruction must be under way".into());
        }
        if self.units.is_empty() || self.units.len() > 16 {
            return fail(format!("units: {} are named; 1 to 16 are possible", self.units.len()));
        }
        let name_ok = |n: &str| {
            !n.is_empty() && n.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !name_ok(&self.name) {
            return fail(format!("name = `{}`: use small letters, digits and hyphens", self.name));
        }
        if let Some(key) = self.class.keys().find(|key| class_named(key).is_none()) {
            return fail(format!("class.{key}: there is no such class; the classes are {}", class_names()));
        }
        let isa = self.isa.iter().map(|i| i.parse().map_err(|e: Diagnostic| CoreError(e.to_string())));
        let isa = isa.collect::<Result<Vec<Isa>, _>>()?;
        let mut costs = Vec::with_capacity(Class::ALL.len());
        for class in Class::ALL {
            match self.class.get(class.as_str()) {
                Some(raw) => costs.push(raw.check(class.as_str(), &self.units)?),
                // What the core cannot execute costs nothing, because it never occurs.
                None if !isa.contains(&class.isa()) => costs.push(Cost::none()),
                None => return fail(format!("class.{} is missing", class.as_str())),
            }
        }
        Ok(Core {
            name: self.name,
            title: self.title,
            kind: self.kind,
            width: self.width,
            window: self.window,
            addressing: self.addressing,
            isa,
            units: self.units,
            costs,
        })
    }
}

impl Cost {
    fn none() -> Cost {
        Cost { uops: Vec::new(), slots: 1, latency: 1, forward: 1, forward_from: 0, source: String::new() }
    }
}

impl RawCost {
    fn check(&self, class: &str, units: &[String]) -> Result<Cost, CoreError> {
        let busy = self.busy.unwrap_or(1);
        let mut uops = Vec::with_capacity(self.uops.len());
        for names in &self.uops {
            let mut set = 0;
            for name in names {
                match units.iter().position(|u| u == name) {
                    Some(at) => set |= 1 << at,
                    None => {
                        return Err(CoreError(format!(
                            "class.{class}: there is no unit `{name}`; the units are {}",
                            units.join(", ")
                        )));
                    }
                }
            }
            if set == 0 || busy == 0 {
                return Err(CoreError(format!("class.{class}: each µop needs a unit and a cycle")));
            }
            uops.push(Uop { units: set, busy });
        }
        let mut forward_from = 0;
        for name in &self.forward_from {
            match class_named(name) {
                Some(c) => forward_from |= 1 << c as u32,
                None => {
                    return Err(CoreError(format!(
                        "class.{class}.forward_from: there is no class `{name}`; the classes are {}",
                        class_names()
                    )));
                }
            }
        }
        Ok(Cost {
            slots: self.slots.unwrap_or(uops.len().max(1) as u8),
            uops,
            latency: self.latency,
            forward: self.forward.unwrap_or(self.latency),
            forward_from,
            source: self.source.clone(),
        })
    }
}

fn class_named(name: &str) -> Option<Class> {
    Class::ALL.iter().copied().find(|c| c.as_str() == name)
}

fn class_names() -> String {
    Class::ALL.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_tables_are_complete() {
        for name in Core::names() {
            assert_eq!(Core::built_in(name).unwrap().name, name);
        }
        assert!(Core::built_in("cortex-a99").unwrap_err().to_string().contains("cortex-a72"));
    }

    #[test]
    fn a_bad_table_says_where() {
        let text = BUILT_IN[1].1;
        let missing = text.replace("[class.mul]", "[class.mull]");
        assert!(Core::from_toml(&missing).unwrap_err().to_string().contains("class.mull"));
        let unit = text.replacen("[\"F0\"]", "[\"F9\"]", 1);
        assert!(Core::from_toml(&unit).unwrap_err().to_string().contains("there is no unit `F9`"));
        assert!(Core::from_toml("width = 3").is_err());
        assert!(Core::from_toml(&text.replace("width = 3", "width = 0")).is_err());
    }
}
