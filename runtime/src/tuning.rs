//! Tuning files: which kernel won where, on one core. Written by `qgen tune`, read by
//! [`select()`](crate::select::select).
//!
//! ```toml
//! version = 2
//! tool = "qgen 0.1.0"
//! core = "cortex-a72"
//! measured = true           # false: figures of the core model
//! date = "2025-11-24"       # optional
//! cpu = 2                   # the processor that was measured on; optional
//!
//! [[winner]]
//! lhs = "-8..=7"            # the ranges of the operands, or "f32"
//! rhs = "-8..=7"
//! m = 240
//! n = 72
//! k = 256
//! kernel = "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72"
//! mac_per_cycle = 15.1      # by the model; and, or: gmac_per_s, which was measured
//! gmac_per_s = 22.1
//! faster = "qgen_fip_8x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72"    # optional: one that does not ship
//! [winner.raw]              # with measured = true: what was measured, and what was expected
//! samples_ns = [200010, 200130, 254000]    # all samples in their order, outliers too
//! runs = 1                  # multiplications in a sample
//! stable = true             # whether the median had settled
//! modelled_cycles = 293000.0
//! clock_mhz = 1500.2        # optional
//! ```
//!
//! Version 1 had no raw figures; its files are still read. A later version is refused, by its number.
//!
//! A file is advice and never trusted: unknown keys are passed over, and what is damaged or foreign is
//! reported and ignored. At worst a slower kernel runs. Texts from a file reach messages, and so somebody's
//! terminal: what could steer it is written as an escape.

use crate::bench::Samples;
use crate::cpu::Core;
use crate::{Error, Kernel};
use qgen_spec::{Field, Operand};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::Read;
use std::path::Path;

/// The version of the format that this crate writes.
pub const VERSION: u32 = 2;

/// The oldest version that this crate reads.
pub const OLDEST: u32 = 1;

/// The first version whose measured entries have raw figures.
const WITH_RAW: u32 = 2;

/// More samples are nobody's.
const MOST_SAMPLES: usize = 1 << 16;

/// Longer files are not read: the published grid for all bit widths takes some 200 kB.
const MAX_BYTES: u64 = 16 << 20;

/// Something that was reported and ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Where it came from: a file's name or an environment variable.
    pub source: String,
    /// What is wrong, and what was done instead.
    pub message: String,
}

impl Warning {
    pub(crate) fn new(source: impl Into<String>, message: impl Into<String>) -> Warning {
        Warning { source: printable(&source.into()), message: printable(&message.into()) }
    }
}

/// The text with every character that does not print (control characters, marks that turn the direction
/// of writing) as an escape such as `\u{1b}`.
pub(crate) fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut all, c| {
        match c {
            '\\' | '"' | '\'' => all.push(c),
            _ => all.extend(c.escape_debug()),
        }
        all
    })
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.message)
    }
}

/// A tuning file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tuning {
    /// The format's version, from [`OLDEST`] to [`VERSION`].
    pub version: u32,
    /// What wrote it, e.g. `qgen 0.1.0`.
    pub tool: String,
    /// The core that it is for, by its name in the core tables.
    pub core: String,
    /// Whether the figures were measured; else they come from the core's model.
    pub measured: bool,
    /// When it was written, if the writer knew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The processor that was measured on, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u32>,
    /// The winners.
    #[serde(rename = "winner")]
    pub winners: Vec<Winner>,
}

/// The fastest kernel for one pair of operands and one shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Winner {
    /// The left operand: a range such as `-8..=7`, or `f32`.
    pub lhs: String,
    /// The right operand.
    pub rhs: String,
    /// Rows of the result.
    pub m: u32,
    /// Columns of the result.
    pub n: u32,
    /// Depth.
    pub k: u32,
    /// The name of the fastest kernel that the runtime ships.
    pub kernel: String,
    /// Multiply-accumulates a cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac_per_cycle: Option<f64>,
    /// 10⁹ multiply-accumulates a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gmac_per_s: Option<f64>,
    /// A kernel that was faster still, but does not ship: what to write `#[qkernel]` or `qgen emit`
    /// for. Selection passes it over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub faster: Option<String>,
    /// What was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Raw>,
}

/// What an entry's figure comes from, and what the model expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Raw {
    /// Every sample in its order, in nanoseconds; none is left out.
    pub samples_ns: Vec<u64>,
    /// Multiplications in each sample.
    pub runs: u32,
    /// Whether the median had settled; see [`Rule`](crate::bench::Rule).
    pub stable: bool,
    /// Cycles of one multiplication by the core's model.
    pub modelled_cycles: f64,
    /// 10⁶ cycles a second, as measured at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_mhz: Option<f64>,
}

impl Raw {
    /// The median of one multiplication, in nanoseconds.
    pub fn median_ns(&self) -> f64 {
        let Raw { samples_ns, runs, stable, .. } = self;
        Samples { runs: *runs, samples_ns: samples_ns.clone(), stable: *stable }.median_ns()
    }

    /// Why it cannot be what was measured, if it cannot.
    fn problem(&self) -> Option<String> {
        let speed = |figure: f64| figure.is_finite() && figure > 0.0;
        Some(match self {
            Raw { samples_ns, .. } if samples_ns.is_empty() => "raw: there are no samples".into(),
            Raw { samples_ns, .. } if samples_ns.len() > MOST_SAMPLES => {
                format!("raw: {} samples are more than {MOST_SAMPLES}", samples_ns.len())
            }
            Raw { runs: 0, .. } => "raw: samples of 0 runs are none".into(),
            Raw { modelled_cycles, .. } if !speed(*modelled_cycles) => {
                format!("raw: modelled_cycles = {modelled_cycles} is no time")
            }
            Raw { clock_mhz: Some(rate), .. } if !speed(*rate) => {
                format!("raw: clock_mhz = {rate} is no clock rate")
            }
            _ => return None,
        })
    }
}

/// The file as it may be found: every entry by itself, so that a damaged one costs only itself.
#[derive(Deserialize)]
struct Found {
    version: u32,
    core: String,
    #[serde(default)]
    tool: String,
    #[serde(default)]
    measured: bool,
    #[serde(default)]
    date: Option<toml::Value>,
    #[serde(default)]
    cpu: Option<u32>,
    #[serde(default)]
    winner: Vec<toml::Value>,
}

/// Only the version, which decides whether the rest can be understood.
#[derive(Deserialize)]
struct Version {
    version: Option<toml::Value>,
}

impl Tuning {
    /// The file's text.
    ///
    /// # Errors
    /// [`Error::Tuning`] if a number cannot be written.
    pub fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self).map_err(|e| Error::Tuning(e.to_string()))
    }

    /// Reads a file's text, for a machine with the core `core` and these kernels. `source` names the
    /// file in warnings. Winners that are damaged or unknown are left out. A machine whose core is not
    /// known by name has no tuning file: nothing says that a file was made for it.
    pub fn parse<'k>(
        text: &str,
        source: &str,
        core: Core,
        kernels: impl IntoIterator<Item = &'k Kernel>,
    ) -> (Option<Tuning>, Vec<Warning>) {
        let ignored = |message: String| (None, vec![Warning::new(source, message + "; the file is ignored")]);
        let version = match toml::from_str::<Version>(text) {
            Ok(found) => found.version,
            Err(e) => return ignored(format!("not a tuning file: {}", message_of(&e))),
        };
        let number = version.as_ref().and_then(toml::Value::as_integer);
        if !number.is_some_and(|number| (i64::from(OLDEST)..=i64::from(VERSION)).contains(&number)) {
            let found = version.map_or("missing".to_owned(), |v| v.to_string());
            let newer = number.is_some_and(|number| number > i64::from(VERSION));
            let help = if newer { "; a later qgen wrote it: update this program, or tune again" } else { "" };
            return ignored(format!(
                "its version is {found}, this program reads {OLDEST} to {VERSION}{help}"
            ));
        }
        let found = match toml::from_str::<Found>(text) {
            Ok(found) => found,
            Err(e) => return ignored(format!("damaged: {}", message_of(&e))),
        };
        let Some(name) = core.name() else {
            let found = found.core;
            return ignored(format!("it is for the core {found}, and this machine's is not known ({core})"));
        };
        if found.core != name {
            return ignored(format!("it is for the core {}, this is {name}", found.core));
        }
        let kernels: Vec<&Kernel> = kernels.into_iter().collect();
        let mut warnings = Vec::new();
        let mut winners = Vec::new();
        for (i, entry) in found.winner.iter().enumerate() {
            let winner = Winner::deserialize(entry.clone()).map_err(|e| message_of(&e));
            match winner.and_then(|w| w.checked(&kernels, found.measured && found.version >= WITH_RAW)) {
                Ok(winner) => winners.push(winner),
                Err(problem) => {
                    let message = format!("winner {}: {problem}; this entry is ignored", i + 1);
                    warnings.push(Warning::new(source, message));
                }
            }
        }
        let date = found.date.as_ref().map(|d| d.as_str().map_or_else(|| d.to_string(), str::to_owned));
        let Found { version, tool, core, measured, cpu, .. } = found;
        let (tool, date) = (printable(&tool), date.as_deref().map(printable));
        (Some(Tuning { version, tool, core, measured, date, cpu, winners }), warnings)
    }

    /// Reads a file; see [`Tuning::parse`].
    pub fn load<'k>(
        path: &Path,
        core: Core,
        kernels: impl IntoIterator<Item = &'k Kernel>,
    ) -> (Option<Tuning>, Vec<Warning>) {
        let source = path.display().to_string();
        match read(path) {
            Ok(text) => Tuning::parse(&text, &source, core, kernels),
            Err(e) => (None, vec![Warning::new(source, format!("{e}; the file is ignored"))]),
        }
    }
}

impl Winner {
    /// The operands.
    ///
    /// # Errors
    /// A [`qgen_spec::Diagnostic`] if one of them is no range.
    pub fn operands(&self) -> Result<(Operand, Operand), Error> {
        Ok((Operand::parse(&self.lhs, Field::Lhs)?, Operand::parse(&self.rhs, Field::Rhs)?))
    }

    /// The entry as it would be written, or why it cannot be used.
    fn checked(self, kernels: &[&Kernel], needs_raw: bool) -> Result<Winner, String> {
        let (lhs, rhs) = self.operands().map_err(|e| e.to_string())?;
        let bad = |figure: &f64| !figure.is_finite() || *figure <= 0.0;
        if let Some(figure) = [self.mac_per_cycle, self.gmac_per_s].iter().flatten().find(|&f| bad(f)) {
            return Err(format!("the figure {figure} is no speed"));
        }
        match &self.raw {
            Some(raw) => raw.problem().map_or(Ok(()), Err)?,
            None if needs_raw => return Err("it was measured, and its samples (`raw`) are missing".into()),
            None => {}
        }
        match kernels.iter().find(|kernel| kernel.name() == self.kernel) {
            None => Err(format!("there is no kernel `{}` in this program", self.kernel)),
            Some(kernel) if !kernel.covers(lhs, rhs) => {
                Err(format!("kernel {kernel} does not cover {lhs} by {rhs}"))
            }
            // Operands may be written with spaces of any kind, the name may be anything.
            Some(_) => Ok(Winner {
                lhs: lhs.to_string(),
                rhs: rhs.to_string(),
                faster: self.faster.as_deref().map(printable),
                ..self
            }),
        }
    }
}

/// The text of a regular file of a sensible length.
fn read(path: &Path) -> std::io::Result<String> {
    let invalid = |message| std::io::Error::new(std::io::ErrorKind::InvalidData, message);
    if !std::fs::metadata(path)?.is_file() {
        return Err(invalid("not a regular file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_BYTES {
        return Err(invalid("longer than any tuning file"));
    }
    Ok(text)
}

/// What is wrong, without the drawing of the place.
fn message_of(error: &toml::de::Error) -> String {
    error.message().replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    const CORE: Core = Core::Known("cortex-a72");

    fn kernel_for(lhs: &str, rhs: &str) -> String {
        let winner = Winner { lhs: lhs.into(), rhs: rhs.into(), ..example("") };
        let (lhs, rhs) = winner.operands().unwrap();
        catalog::all().find(|kernel| kernel.covers(lhs, rhs)).unwrap().name().to_owned()
    }

    fn example(kernel: &str) -> Winner {
        Winner {
            lhs: "-8..=7".into(),
            rhs: "-8..=7".into(),
            m: 240,
            n: 72,
            k: 256,
            kernel: kernel.into(),
            mac_per_cycle: Some(15.1),
            gmac_per_s: None,
            faster: Some("qgen_fip_8x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72".into()),
            raw: None,
        }
    }

    fn raw() -> Raw {
        Raw {
            samples_ns: vec![400_020, 400_260, 908_000, 400_100],
            runs: 2,
            stable: true,
            modelled_cycles: 293_000.5,
            clock_mhz: Some(1500.25),
        }
    }

    fn measured_file() -> Tuning {
        let mut tuning = Tuning { measured: true, cpu: Some(2), ..file() };
        for winner in &mut tuning.winners {
            winner.gmac_per_s = Some(22.1);
            winner.raw = Some(raw());
        }
        tuning.winners[1].raw.as_mut().unwrap().clock_mhz = None;
        tuning
    }

    fn file() -> Tuning {
        let float = Winner { lhs: "f32".into(), rhs: "f32".into(), ..example(&kernel_for("f32", "f32")) };
        Tuning {
            version: VERSION,
            tool: "qgen 0.1.0".into(),
            core: "cortex-a72".into(),
            measured: false,
            date: Some("2025-11-24".into()),
            cpu: None,
            winners: vec![example(&kernel_for("-8..=7", "-8..=7")), float],
        }
    }

    fn parse(text: &str) -> (Option<Tuning>, Vec<Warning>) {
        Tuning::parse(text, "tune.toml", CORE, catalog::all())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = file().to_toml().unwrap();
        assert_eq!(parse(&text), (Some(file()), vec![]), "{text}");
        let empty = Tuning { winners: vec![], date: None, ..file() };
        assert_eq!(parse(&empty.to_toml().unwrap()), (Some(empty), vec![]));
    }

    #[test]
    fn samples_are_read_back_to_the_last_one() {
        let text = measured_file().to_toml().unwrap();
        assert!(text.contains("samples_ns = [400020, 400260, 908000, 400100]"), "{text}");
        let (tuning, warnings) = parse(&text);
        assert_eq!((tuning.as_ref(), warnings), (Some(&measured_file()), vec![]), "{text}");
        // Four samples of two runs: the second smallest is the lower one in the middle.
        assert_eq!(tuning.unwrap().winners[0].raw.as_ref().unwrap().median_ns(), 200_050.0);
    }

    /// Version 1 had speeds and no samples.
    #[test]
    fn an_older_file_is_accepted() {
        for measured in [false, true] {
            let old = Tuning { version: 1, measured, ..file() };
            assert_eq!(parse(&old.to_toml().unwrap()), (Some(old), vec![]));
        }
        let text = Tuning { measured: true, ..file() }.to_toml().unwrap();
        let (tuning, warnings) = parse(&text);
        assert_eq!((tuning.unwrap().winners.len(), warnings.len()), (0, 2), "of version 2 they are due");
        assert!(warnings[0].message.contains("its samples (`raw`) are missing"), "{warnings:?}");
    }

    #[test]
    fn damaged_samples_cost_their_entry() {
        let good = measured_file().to_toml().unwrap();
        let samples = "[400020, 400260, 908000, 400100]";
        for (from, to, reason) in [
            (samples, "[]", "there are no samples"),
            (samples, "[400020, -5]", "invalid value"),
            (samples, "[0.5]", "invalid type"),
            (samples, "7", "invalid type"),
            ("runs = 2", "runs = 0", "samples of 0 runs"),
            ("runs = 2", "", "missing field `runs`"),
            ("modelled_cycles = 293000.5", "modelled_cycles = -1.0", "is no time"),
            ("clock_mhz = 1500.25", "clock_mhz = inf", "is no clock rate"),
            ("stable = true", "stable = 1", "invalid type"),
            (samples, &format!("{:?}", vec![1; MOST_SAMPLES + 1]), "65537 samples are more"),
        ] {
            let (tuning, warnings) = parse(&good.replacen(from, to, 1));
            assert_eq!(tuning.unwrap().winners, measured_file().winners[1..], "{reason}");
            assert!(warnings.len() == 1 && warnings[0].message.contains(reason), "{reason}: {warnings:?}");
        }
        let (tuning, warnings) = parse(&good.replacen("cpu = 2", "cpu = -2", 1));
        assert!(tuning.is_none() && warnings[0].message.contains("damaged"), "{warnings:?}");
    }

    #[test]
    fn unknown_keys_are_passed_over() {
        let text = format!("host = \"board\"\n{}\nwatts = 3\n", file().to_toml().unwrap());
        assert_eq!(parse(&text), (Some(file()), vec![]));
    }

    #[test]
    fn a_foreign_or_damaged_file_is_ignored_with_the_reason() {
        let good = file().to_toml().unwrap();
        for (text, reason) in [
            (good.replace("version = 2", "version = 3"), "its version is 3"),
            (good.replace("version = 2", "version = 3"), "1 to 2; a later qgen wrote it"),
            (good.replace("version = 2", "version = 0"), "its version is 0"),
            (good.replace("version = 2", "version = -1"), "its version is -1"),
            (good.replace("version = 2", "version = 4294967298"), "its version is 4294967298"),
            (good.replace("version = 2", "version = \"1\""), "its version is \"1\""),
            (good.replace("version = 2", ""), "its version is missing"),
            (good.replace("cortex-a72\"\nmeasured", "cortex-a53\"\nmeasured"), "for the core cortex-a53"),
            (good.replace("measured = false", "measured = 3"), "damaged"),
            (good.replace("[[winner]]", "[[winner"), "not a tuning file"),
            (String::from("\0\u{7f}"), "not a tuning file"),
            (String::new(), "its version is missing"),
        ] {
            let (tuning, warnings) = parse(&text);
            assert_eq!(tuning, None, "{reason}");
            assert!(warnings[0].to_string().contains(reason), "{warnings:?}");
            assert!(warnings[0].message.ends_with("the file is ignored"));
        }
    }

    /// Display texts of what has no name are no names.
    #[test]
    fn a_machine_without_a_name_accepts_no_file() {
        for core in [
            Core::NotArm,
            Core::Unknown { implementer: 0, part: 0 },
            Core::Unknown { implementer: 0x41, part: 0xfff },
        ] {
            let text = Tuning { core: core.to_string(), ..file() }.to_toml().unwrap();
            let (tuning, warnings) = Tuning::parse(&text, "tune.toml", core, catalog::all());
            assert_eq!((tuning, warnings.len()), (None, 1));
            let problem = format!("and this machine's is not known ({core}); the file is ignored");
            assert!(warnings[0].message.ends_with(&problem), "{warnings:?}");
        }
    }

    /// Whatever strings a file has: what is printed of them steers no terminal.
    #[test]
    fn terminals_are_not_steered() {
        let bad = "\u{1b}]0;x\u{7}\u{9b}2J\r\u{202e}\n";
        let steers = |text: &str| text.chars().any(|c| c.is_control() || c == '\u{202e}');
        assert!(!steers(&printable(bad)) && printable(bad).starts_with("\\u{1b}]0;x\\u{7}"));
        assert_eq!(printable("C:\\a 'ä' \"b\" −1"), "C:\\a 'ä' \"b\" −1");
        let check = |tuning: &Tuning| {
            let text = tuning.to_toml().unwrap();
            let (found, warnings) = Tuning::parse(&text, &format!("tune{bad}"), CORE, catalog::all());
            assert!(found.is_some() || !warnings.is_empty());
            assert!(warnings.iter().all(|w| !steers(&w.to_string())), "{warnings:?}");
            for winner in found.iter().flat_map(|tuning| &tuning.winners) {
                let texts = [&winner.lhs, &winner.rhs, &winner.kernel];
                assert!(winner.operands().is_ok());
                assert!(texts.into_iter().chain(&winner.faster).all(|text| !steers(text)), "{winner:?}");
            }
            found.map_or(0, |tuning| {
                assert!(!steers(&tuning.tool) && tuning.date.as_deref().is_none_or(|date| !steers(date)));
                tuning.winners.len()
            })
        };
        let mut hostile = file();
        hostile.tool.push_str(bad);
        hostile.date = Some(bad.into());
        hostile.winners[0].faster = Some(bad.into());
        // Spaces around numbers are allowed, of whatever kind.
        hostile.winners[0].lhs = "-8\u{85}..=\n7".into();
        assert_eq!(check(&hostile), 2);
        hostile.winners[0].rhs.push_str(bad);
        hostile.winners[1].kernel.push_str(bad);
        assert_eq!(check(&hostile), 0);
        hostile.core.push_str(bad);
        check(&hostile);
        let (_, warnings) = Tuning::load(Path::new(bad), CORE, catalog::all());
        assert!(warnings.iter().all(|w| !steers(&w.to_string())), "{warnings:?}");
        for text in [format!("version = \"{bad}"), format!("{bad} = 1"), format!("version = 2 {bad}")] {
            let (_, warnings) = parse(&text);
            assert!(warnings.len() == 1 && !steers(&warnings[0].to_string()), "{warnings:?}");
        }
    }

    #[test]
    fn a_bad_entry_costs_only_itself() {
        let good = file().to_toml().unwrap();
        let kernel = kernel_for("-8..=7", "-8..=7");
        for (text, reason) in [
            (good.replacen("15.1", "nan", 1), "is no speed"),
            (good.replacen("15.1", "-inf", 1), "is no speed"),
            (good.replacen("15.1", "0.0", 1), "is no speed"),
            (good.replacen("15.1", "\"fast\"", 1), "invalid type"),
            (good.replacen(&kernel, "qgen_none", 1), "no kernel `qgen_none`"),
            (good.replacen("-8..=7", "-800..=7", 1), "does not fit one byte"),
            (good.replacen("-8..=7", "f32", 1), "does not cover"),
            (good.replacen("m = 240", "m = -240", 1), "invalid value"),
            (good.replacen("m = 240", "", 1), "missing field"),
        ] {
            let (tuning, warnings) = parse(&text);
            assert_eq!(tuning.unwrap().winners, file().winners[1..], "{reason}");
            assert_eq!(warnings.len(), 1);
            assert!(warnings[0].message.contains(reason), "{reason}: {warnings:?}");
        }
    }

    #[test]
    fn files_that_cannot_be_read_are_reported() {
        for path in ["/no/such/file.toml", "/"] {
            let (tuning, warnings) = Tuning::load(Path::new(path), CORE, catalog::all());
            assert_eq!((tuning, warnings.len()), (None, 1));
            assert!(warnings[0].source.contains(path));
        }
    }
}
