//! The tuning file: what the runtime selects kernels by.

use super::contest::eight_bits;
use super::{Outcome, Placings, Target};
use crate::failure::Failure;
use qgen::Request;
use qgen_runtime::tuning::{Tuning, VERSION, Winner};
use qgen_spec::Operand;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

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
    let macs = outcome.shape.m as f64 * outcome.shape.n as f64 * outcome.shape.k as f64;
    let gmac_per_s = shipped.median_ns.filter(|_| measured).map(|ns| macs / ns.max(1) as f64);
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
    })
}

fn hundredths(figure: f64) -> f64 {
    (figure * 100.0).round() / 100.0
}

/// A file that is about to be written: opened before the search, so that what cannot be written is known
/// before anything is measured; whole or not at all.
pub(crate) struct Output {
    path: PathBuf,
    file: NamedTempFile,
}

/// Longer files are not looked into: no tuning file is that long.
const LONGEST: u64 = 16 << 20;

impl Output {
    /// Opens it. A file that is no tuning file is not replaced, nor are measured figures by modelled ones.
    pub(crate) fn open(path: PathBuf, measured: bool) -> Result<Output, Failure> {
        let fail = |problem: &str| Failure(format!("out: {}: {problem}", path.display()));
        if let Ok(metadata) = std::fs::metadata(&path) {
            if !metadata.is_file() {
                return Err(fail("it is no regular file; give a file's name"));
            }
            let old = if metadata.len() > LONGEST { None } else { std::fs::read_to_string(&path).ok() };
            let has =
                |start: &str| old.iter().flat_map(|text| text.lines()).any(|line| line.starts_with(start));
            if !has("tool = \"qgen ") {
                return Err(fail("it exists and is no tuning file; give another name"));
            }
            if has("measured = true") && !measured {
                return Err(fail(
                    "it holds figures that were measured, and these would only be modelled; give another name",
                ));
            }
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = NamedTempFile::new_in(folder).map_err(|e| match e.kind() {
            ErrorKind::NotFound => fail("its folder does not exist; make it first"),
            kind => fail(&format!("a file cannot be made there: {kind}")),
        })?;
        Ok(Output { path, file })
    }

    /// Where it will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it.
    pub(crate) fn write(self, tuning: &Tuning) -> Result<(), Failure> {
        let Output { path, mut file } = self;
        let fail = |problem: String| Failure(format!("out: {}: {problem}", path.display()));
        file.write_all(tuning.to_toml()?.as_bytes()).map_err(|e| fail(e.to_string()))?;
        #[cfg(unix)]
        {
            // As any new file: readable for all, where temporary ones are not.
            use std::os::unix::fs::PermissionsExt;
            let permissions = std::fs::Permissions::from_mode(0o644);
            file.as_file().set_permissions(permissions).map_err(|e| fail(e.to_string()))?;
        }
        file.persist(&path).map_err(|e| fail(e.error.to_string()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuning(measured: bool) -> Tuning {
        Tuning {
            version: VERSION,
            tool: "qgen 0.1.0".into(),
            core: "cortex-a72".into(),
            measured,
            date: None,
            winners: vec![],
        }
    }

    #[test]
    fn nothing_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tune.toml");
        let text = || std::fs::read_to_string(&path).unwrap();
        let refused = |path: &Path, measured| Output::open(path.to_owned(), measured).err().unwrap().0;
        Output::open(path.clone(), false).unwrap().write(&tuning(false)).unwrap();
        Output::open(path.clone(), true).unwrap().write(&tuning(true)).unwrap();
        assert!(text().contains("measured = true"));
        assert!(refused(&path, false).contains("were measured"));
        // Opened and dropped: nothing has happened.
        drop(Output::open(path.clone(), true).unwrap());
        assert!(text().contains("measured = true"));
        std::fs::write(&path, "my notes").unwrap();
        assert!(refused(&path, true).contains("no tuning file"));
        assert_eq!(text(), "my notes");
        assert!(refused(folder.path(), true).contains("no regular file"));
        assert!(refused(&folder.path().join("no/tune.toml"), true).contains("folder does not exist"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files stay behind");
    }
}
