//! What an inference costs: instructions and modelled cycles of whole networks, and times where they can be taken.
//!
//! ```text
//!   models ──(networks)──► files of qgen-runtime ──► cargo xtask ocr-costs: emulator, pipeline model
//!                                                        └─► models/costs.toml ──► Costs ──┐
//!   models ──(time)──► nanoseconds, on an Arm core ──► Times ──────────────────────────────┴─► tables of report
//! ```
//!
//! The file is part of the program: a machine without an emulator shows the same. No core was measured for it.

mod networks;
mod time;

pub use networks::write_networks;
pub use time::Times;

use crate::candidate::FLOAT;
use crate::error::{Error, Result};
use crate::quantise::{WIDTHS, Width};
use crate::task::Task;
use serde::Deserialize;

/// The committed file.
const FILE: &str = include_str!("../../models/costs.toml");

/// The cores of the tables.
pub const CORES: [&str; 3] = ["cortex-a53", "cortex-a72", "neoverse-n1"];

/// 4 bits in all layers, the first and the last one, too, as [`crate::candidate::Candidate::numbers`] has it.
pub const FOUR_ALL: &str = "4, all";

/// The numbers of the tables: float, then the widths, 4 bits twice.
pub fn numbers() -> impl Iterator<Item = &'static str> {
    let of_width = |width: &'static Width| {
        let also = (width.name == "4").then_some(FOUR_ALL);
        std::iter::once(width.name).chain(also)
    };
    std::iter::once(FLOAT).chain(WIDTHS.iter().flat_map(of_width))
}

/// Something that is executed: its name, counted instructions, modelled cycles.
pub type Part = (String, u64, u64);

/// What one inference of a network costs on a core.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// What the network is for. Its image has [`Task::shape`].
    pub task: Task,
    /// What its numbers are: `float`, or the width of its layers.
    pub numbers: String,
    /// The core.
    pub core: String,
    /// Instructions and modelled cycles of everything, what lies between layers included.
    pub whole: (u64, u64),
    /// The same by what is done; their sum is the whole.
    pub parts: Vec<Part>,
    /// The same by layer, counted one by one.
    pub layers: Vec<Part>,
}

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// The commit of the program that was counted.
    pub commit: String,
    /// All networks on all cores.
    #[serde(rename = "run")]
    runs: Vec<Counted>,
}

impl Costs {
    /// Those that the program was built with.
    ///
    /// # Errors
    /// If the file is damaged.
    pub fn committed() -> Result<Costs> {
        Costs::parse(FILE).map_err(|problem| {
            Error::of("ocr/models/costs.toml", format!("{problem}; `cargo xtask ocr-costs --write` makes it"))
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If fields are missing or unknown, a network is there twice, or parts are not the whole.
    pub fn parse(text: &str) -> std::result::Result<Costs, String> {
        let costs: Costs = toml::from_str(text).map_err(|e| e.to_string())?;
        for (n, run) in costs.runs.iter().enumerate() {
            let Counted { task, numbers, core, whole, parts, layers } = run;
            let name = format!("run of {task:?} {numbers} on {core}");
            let sum =
                |parts: &[Part]| parts.iter().fold((0, 0), |sum, part| (sum.0 + part.1, sum.1 + part.2));
            if sum(parts) != *whole {
                return Err(format!("{name}: parts: their sum is {:?}, and whole is {whole:?}", sum(parts)));
            }
            if layers.is_empty() || whole.0 == 0 || whole.1 == 0 {
                return Err(format!("{name}: layers, whole: nothing was counted"));
            }
            let same = |other: &&Counted| (other.task, &other.numbers, &other.core) == (*task, numbers, core);
            if costs.runs[..n].iter().any(|other| same(&other)) {
                return Err(format!("{name}: it is there twice"));
            }
        }
        Ok(costs)
    }

    /// A network on a core; none where it was not counted.
    #[must_use]
    pub fn of(&self, task: Task, numbers: &str, core: &str) -> Option<&Counted> {
        self.runs.iter().find(|run| (run.task, &*run.numbers, &*run.core) == (task, numbers, core))
    }

    /// Modelled cycles of `numbers` in parts of those of `others`; none where one of them was not counted.
    #[must_use]
    pub fn ratio(&self, task: Task, core: &str, numbers: &str, others: &str) -> Option<f64> {
        let cycles = |numbers| Some(self.of(task, numbers, core)?.whole.1 as f64);
        Some(cycles(numbers)? / cycles(others)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "commit = \"abc\"\n[[run]]\ntask = \"line\"\nnumbers = \"4\"\ncore = \"cortex-a72\"\n\
        whole = [30, 12]\nparts = [[\"products\", 20, 7], [\"control\", 10, 5]]\nlayers = [[\"conv1\", 29, 12]]\n";

    #[test]
    fn a_file_is_read() {
        let costs = Costs::parse(RUN).unwrap();
        assert_eq!(costs.of(Task::Line, "4", "cortex-a72").unwrap().parts[1], ("control".into(), 10, 5));
        assert_eq!(costs.of(Task::Digit, "4", "cortex-a72"), None);
        assert_eq!(costs.ratio(Task::Line, "cortex-a72", "4", "4"), Some(1.0));
        assert_eq!(costs.ratio(Task::Line, "cortex-a72", "4", "float"), None);
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named() {
        let twice = format!("{RUN}{}", RUN.trim_start_matches("commit = \"abc\"\n"));
        for (text, said) in [
            (
                RUN.replace("whole = [30", "whole = [31"),
                "run of Line 4 on cortex-a72: parts: their sum is (30, 12)",
            ),
            (RUN.replace("[[\"conv1\", 29, 12]]", "[]"), "layers, whole: nothing was counted"),
            (twice, "run of Line 4 on cortex-a72: it is there twice"),
            (RUN.replace("numbers", "bits"), "unknown field `bits`"),
            (RUN.replace("\"line\"", "\"word\""), "unknown variant `word`"),
            (RUN.replace("commit = \"abc\"\n", ""), "missing field `commit`"),
        ] {
            let problem = Costs::parse(&text).unwrap_err();
            assert!(problem.contains(said), "{problem}");
        }
    }

    #[test]
    fn the_committed_file_has_all_networks_on_all_cores() {
        let costs = Costs::committed().unwrap();
        for task in Task::ALL {
            for numbers in numbers() {
                for core in CORES {
                    assert!(costs.of(task, numbers, core).is_some(), "{task:?} {numbers} {core}");
                }
            }
        }
    }
}
