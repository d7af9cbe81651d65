//! The tuning file: what the runtime selects kernels by.

use super::contest::eight_bits;
use super::{Outcome, Placings, Target};
use crate::failure::Failure;
use crate::new_file::{self, NewFile};
use crate::output;
use qgen::Request;
use qgen_runtime::tuning::{Raw, Tuning, VERSION, Winner};
use qgen_runtime::{catalog, cpu};
use qgen_spec::Operand;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Stands for the core's name in `--out`.
const CORE: &str = "{core}";

/// The file's path for a target: `--out` with the core's name put in.
pub(crate) fn path(out: Option<&str>, target: &Target) -> PathBuf {
    out.unwrap_or("tune-{core}.toml").replace(CORE, &target.name.replace(' ', "-")).into()
}

/// Several cores need several files.
pub(crate) fn check(out: Option<&str>, targets: usize) -> Result<(), Failure> {
    match out {
        Some(out) if targets > 1 && !out.contains(CORE) => Err(Failure(format!(
            "out: {targets} cores need a file each, and {out} is one; write {CORE} into the name, or give one --core"
        ))),
        _ => Ok(()),
    }
}

/// The file's contents: the winners of the operands that were asked for, and of their rivals.
pub(crate) fn tuning(request: &Request, outcomes: &[Outcome], target: &Target) -> Tuning {
    let measured = target.is_measured();
    let rival = eight_bits();
    let mut winners = Vec::new();
    for outcome in outcomes {
        let classes = [
            ((request.lhs, request.rhs), &outcome.asked),
            ((rival.lhs, rival.rhs), &outcome.eight_bits),
            ((Operand::F32, Operand::F32), &outcome.floats),
        ];
        for (n, (operands, placings)) in classes.iter().enumerate() {
            let again = classes[..n].iter().any(|(earlier, _)| earlier == operands);
            if !again && let Some(winner) = winner(*operands, outcome, placings, measured) {
                winners.push(winner);
            }
        }
    }
    Tuning {
        version: VERSION,
        tool: concat!("qgen ", env!("CARGO_PKG_VERSION")).into(),
        core: target.name.clone(),
        measured,
        date: Some(today()),
        cpu: target.clock.as_ref().filter(|_| measured).and_then(|clock| u32::try_from(clock.cpu?).ok()),
        winners,
    }
}

/// The day: 2026-11-24.
pub(crate) fn today() -> String {
    // 2026-11-24T21:53:14Z: the day is enough.
    humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string()[..10].into()
}

/// An entry of the file; none where the runtime has no kernel for the operands.
fn winner(
    (lhs, rhs): (Operand, Operand),
    outcome: &Outcome,
    placings: &Placings,
    measured: bool,
) -> Option<Winner> {
    let shipped = placings.shipped.as_ref()?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let macs = outcome.shape.macs();
    let gmac_per_s = shipped.median_ns.filter(|_| measured).map(|ns| macs / ns.max(1.0));
    Some(Winner {
        lhs: lhs.to_string(),
        rhs: rhs.to_string(),
        m: side(outcome.shape.m),
        n: side(outcome.shape.n),
        k: side(outcome.shape.k),
        kernel: shipped.kernel.clone(),
        mac_per_cycle: Some(hundredths(shipped.modelled_macs_per_cycle)).filter(|&speed| speed > 0.0),
        gmac_per_s: gmac_per_s.map(hundredths).filter(|&speed| speed > 0.0),
        faster: (!placings.best.ships).then(|| placings.best.kernel.clone()),
        raw: shipped.timed.as_ref().filter(|_| measured).map(|timed| Raw {
            samples_ns: timed.samples_ns.clone(),
            runs: timed.runs,
            stable: timed.stable,
            modelled_cycles: hundredths(shipped.modelled_cycles),
            clock_mhz: Some(hundredths(timed.clock_mhz)).filter(|&rate| rate > 0.0),
        }),
    })
}

fn hundredths(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

/// A tuning file that is about to be written: opened before the search, so that what cannot be written is known before
/// anything is measured.
#[derive(Debug)]
pub(crate) struct Output {
    path: PathBuf,
    file: NewFile,
    /// What it holds already, if that is to stay.
    old: Option<Tuning>,
}

/// Longer files are not looked into: no tuning file is that long.
const LONGEST: u64 = 16 << 20;

impl Output {
    /// Opens it, for figures of `core`. A file that is no tuning file is not replaced, nor one of another core, nor measured
    /// figures by modelled ones; modelled figures are, by measured ones.
    pub(crate) fn open(path: PathBuf, core: &str, measured: bool) -> Result<Output, Failure> {
        let fail = |problem: &str| new_file::failure(OPTION, &path, &problem);
        let mut old = None;
        if let Ok(metadata) = std::fs::metadata(&path).as_ref()
            && metadata.is_file()
        {
            let text = if metadata.len() > LONGEST { None } else { std::fs::read_to_string(&path).ok() };
            if !text.is_some_and(|text| text.lines().any(|line| line.starts_with("tool = \"qgen "))) {
                return Err(fail("it exists and is no tuning file; give another name"));
            }
            let known = cpu::Core::by_name(core).unwrap_or(cpu::Core::NotArm);
            let (found, warnings) = Tuning::load(&path, known, catalog::all());
            let Some(found) = found else {
                let why = warnings.first().map_or("", |warning| warning.message.as_str());
                return Err(fail(&format!("it cannot be added to ({why}); give another name")));
            };
            if found.measured && !measured {
                return Err(fail(
                    "it holds figures that were measured, and these would only be modelled; give another name",
                ));
            }
            for warning in &warnings {
                output::remark(&format!("{warning}, and will not be in the file any more"));
            }
            old = Some(found).filter(|found| found.measured == measured);
        }
        let file = NewFile::at(OPTION, &path, true)?;
        Ok(Output { path, file, old })
    }

    /// Where it will be, as it was asked for.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it. Winners of other operands and shapes stay.
    pub(crate) fn write(self, mut tuning: Tuning) -> Result<(), Failure> {
        let place = |winner: &Winner| (winner.lhs.clone(), winner.rhs.clone(), winner.m, winner.n, winner.k);
        let new: HashSet<_> = tuning.winners.iter().map(place).collect();
        let stay = self.old.into_iter().flat_map(|old| old.winners).filter(|old| {
            // The first version had no samples, which the file's version asks of what was measured.
            !new.contains(&place(old)) && (old.raw.is_some() || !tuning.measured)
        });
        let stay: Vec<Winner> = stay.collect();
        tuning.winners.extend(stay);
        self.file.write(tuning.to_toml()?.as_bytes())
    }
}

const OPTION: &str = "out";

#[cfg(test)]
mod tests {
    use super::super::shapes::NamedShape;
    use super::super::{Placing, Timed};
    use super::*;
    use crate::clock::Clock;
    use qgen::core::Core;
    use qgen_runtime::bench::Samples;

    fn tuning(measured: bool) -> Tuning {
        Tuning {
            version: VERSION,
            tool: "qgen 0.1.0".into(),
            core: "cortex-a72".into(),
            measured,
            date: None,
            cpu: None,
            winners: vec![],
        }
    }

    /// What a measuring run writes is what the runtime reads, to the last sample.
    #[test]
    fn measurements_are_read_back() {
        let shipped = qgen_runtime::catalog::usual()
            .find(|k| k.descriptor().spec.core == "cortex-a72" && k.name().starts_with("qgen_fip"))
            .unwrap();
        let samples = Samples { runs: 3, samples_ns: vec![600_000, 600_300, 9_000_000], stable: true };
        let shape = NamedShape::parse("240x72x256").unwrap();
        let timed = Timed::new(samples.clone(), 1.5e9);
        let placing = Placing {
            kernel: shipped.name().into(),
            ships: true,
            modelled_cycles: 293_000.123,
            modelled_macs_per_cycle: 15.1,
            median_ns: Some(samples.median_ns()),
            timed: Some(timed),
        };
        let placings =
            Placings { best: placing.clone(), shipped: Some(placing), low_bits: None, timed: vec![] };
        let nobody = Placings { shipped: None, ..placings.clone() };
        let outcome = Outcome { shape, asked: placings, eight_bits: nobody.clone(), floats: nobody };
        let core = Core::built_in("cortex-a72").unwrap();
        let clock = |unreal: Option<&str>| Some(Clock { unreal: unreal.map(Into::into), cpu: Some(2) });
        let target = Target { name: core.name.clone(), core, clock: clock(None) };
        let spec = &shipped.descriptor().spec;
        let request = Request { lhs: spec.lhs, rhs: spec.rhs, ..Request::floats() };
        let written = super::tuning(&request, std::slice::from_ref(&outcome), &target);
        let kind = qgen_runtime::cpu::Core::Known("cortex-a72");
        let read = |tuning: &Tuning| {
            Tuning::parse(&tuning.to_toml().unwrap(), "tune.toml", kind, qgen_runtime::catalog::all())
        };
        assert_eq!(read(&written), (Some(written.clone()), vec![]));
        let raw = written.winners[0].raw.clone().unwrap();
        assert_eq!((raw.samples_ns, raw.runs, raw.stable), (samples.samples_ns, 3, true));
        assert_eq!((raw.modelled_cycles, raw.clock_mhz, written.cpu), (293_000.12, Some(1500.0), Some(2)));
        assert!(written.tool.starts_with("qgen ") && written.date.as_ref().is_some_and(|d| d.len() == 10));
        // 4,423,680 in 200.1 µs.
        assert_eq!(written.winners[0].gmac_per_s, Some(22.11));
        // Times that are not real do not get into the file.
        let emulated = Target { clock: clock(Some("emulated")), ..target };
        let modelled = super::tuning(&request, &[outcome], &emulated);
        assert!(!modelled.measured && modelled.winners[0].raw.is_none() && modelled.cpu.is_none());
        assert_eq!(read(&modelled), (Some(modelled.clone()), vec![]));
    }

    #[test]
    fn nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tune.toml");
        let text = || std::fs::read_to_string(&path).unwrap();
        let open = |path: &Path, measured| Output::open(path.to_owned(), "cortex-a72", measured);
        let refused = |path: &Path, measured| open(path, measured).unwrap_err().0;
        open(&path, false).unwrap().write(tuning(false)).unwrap();
        open(&path, true).unwrap().write(tuning(true)).unwrap();
        assert!(text().contains("measured = true"));
        assert!(refused(&path, false).contains("were measured"));
        let said = Output::open(path.clone(), "cortex-a53", true).unwrap_err().0;
        assert!(said.contains("for the core cortex-a72, this is cortex-a53"), "{said}");
        // Opened and dropped: nothing has happened.
        drop(open(&path, true).unwrap());
        assert!(text().contains("measured = true"));
        std::fs::write(&path, text().replace("version = 2", "version = 3")).unwrap();
        assert!(refused(&path, true).contains("a later qgen wrote it"));
        std::fs::write(&path, "my notes").unwrap();
        assert!(refused(&path, true).contains("no tuning file"));
        assert_eq!(text(), "my notes");
        assert!(refused(folder.path(), true).contains("it is a folder"));
        assert!(
            refused(&folder.path().join("no/tune.toml"), true).contains("no is no folder; make it first")
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files stay behind");
    }

    #[test]
    fn winners_of_other_operands_and_shapes_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tune.toml");
        let named = |start: &str| {
            let of_core = |k: &&qgen_runtime::Kernel| k.descriptor().spec.core == "cortex-a72";
            let name = |k: &qgen_runtime::Kernel| k.name().to_owned();
            qgen_runtime::catalog::usual().filter(of_core).map(name).find(|n| n.starts_with(start)).unwrap()
        };
        let fours = ["qgen_fip_8x8_lm8to7", "qgen_fip_4x4_lm8to7"].map(named);
        let threes = ["qgen_fip_2x8_lm4to3"].map(named);
        let winner = |kernel: &str, range: &str, m| Winner {
            lhs: range.into(),
            rhs: range.into(),
            m,
            n: 8,
            k: 64,
            kernel: kernel.into(),
            mac_per_cycle: Some(15.0),
            gmac_per_s: None,
            faster: None,
            raw: None,
        };
        let write = |winners: &[Winner]| {
            let tuning = Tuning { winners: winners.to_vec(), ..tuning(false) };
            Output::open(path.clone(), "cortex-a72", false).unwrap().write(tuning).unwrap();
        };
        let four = |kernel: usize, m| winner(&fours[kernel], "-8..=7", m);
        let three = winner(&threes[0], "-4..=3", 1);
        write(&[four(0, 1), four(0, 2)]);
        write(std::slice::from_ref(&three));
        write(&[four(1, 2)]);
        let core = cpu::Core::by_name("cortex-a72").unwrap();
        let (read, warnings) = Tuning::load(&path, core, catalog::all());
        assert_eq!((read.unwrap().winners, warnings), (vec![four(1, 2), three, four(0, 1)], vec![]));
    }
}
