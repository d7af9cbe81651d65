//! The tuning file: what the runtime selects kernels by.

use super::contest::eight_bits;
use super::{Outcome, Placings, Target};
use crate::failure::Failure;
use qgen::Request;
use qgen_runtime::tuning::{Tuning, VERSION, Winner};
use qgen_spec::Operand;
use std::io::Write;
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
        // 2026-11-24T21:53:14Z: the day is enough.
        date: Some(humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string()[..10].into()),
        winners,
    }
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

/// Writes the file, whole or not at all. One that is no tuning file is not replaced.
pub(crate) fn write(path: &Path, tuning: &Tuning) -> Result<(), Failure> {
    let fail = |problem: String| Failure(format!("out: {}: {problem}", path.display()));
    let text = tuning.to_toml()?;
    if let Ok(metadata) = std::fs::metadata(path) {
        let old = std::fs::read_to_string(path).unwrap_or_default();
        if !metadata.is_file() || !old.lines().any(|line| line.starts_with("tool = \"qgen ")) {
            return Err(fail("it exists and is no tuning file; give another name".into()));
        }
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| fail(e.to_string()))?;
    file.write_all(text.as_bytes()).map_err(|e| fail(e.to_string()))?;
    #[cfg(unix)]
    {
        // As any new file: readable for all, where temporary ones are not.
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(permissions).map_err(|e| fail(e.to_string()))?;
    }
    file.persist(path).map_err(|e| fail(e.to_string()))?;
    Ok(())
}
