//! Snapshots and compiler messages: none may be left behind by a test that is gone, and all are
//! accepted by one command.

use crate::cargo;
use crate::process::{Result, watch};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The test binaries of `qgen-tests` that compare with committed text.
const SNAPSHOT_TESTS: [&str; 2] = ["snapshots", "ui"];

/// The list of snapshots that a run of all tests compared with.
#[derive(Debug)]
pub(crate) struct References {
    list: PathBuf,
}

impl References {
    /// An empty list, in the target folder.
    pub(crate) fn new() -> References {
        let list = cargo::target_folder().join("snapshot-references.txt");
        // It is appended to by every test process; what an earlier run left there would hide orphans.
        let _ = fs::remove_file(&list);
        References { list }
    }

    /// Makes `tests` write down each snapshot that is used, and never change one.
    pub(crate) fn record(&self, tests: &mut Command) {
        tests
            .env("INSTA_UPDATE", "no")
            .env("INSTA_WORKSPACE_ROOT", cargo::root())
            .env("INSTA_SNAPSHOT_REFERENCES_FILE", &self.list);
    }

    /// # Errors
    /// If there are snapshots or messages that no test compared with.
    pub(crate) fn check(&self) -> Result<()> {
        let orphans = self.orphans()?;
        if orphans.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = orphans.iter().map(|path| relative(path)).collect();
        Err(format!("no test uses these texts; `cargo xtask bless` removes them:\n{}", names.join("\n")))
    }

    fn orphans(&self) -> Result<BTreeSet<PathBuf>> {
        let used = fs::read_to_string(&self.list).unwrap_or_default();
        let used: BTreeSet<PathBuf> =
            used.lines().filter_map(|line| Path::new(line).canonicalize().ok()).collect();
        let mut texts = BTreeSet::new();
        for folder in members()? {
            find_texts(&folder, &mut texts).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        texts.retain(|path| is_orphan(path, &used));
        Ok(texts)
    }
}

/// `cargo xtask bless`: accepts what the snapshot and UI tests produce now.
///
/// # Errors
/// If the tests cannot be built, or fail for another reason than a changed text.
pub(crate) fn bless() -> Result<()> {
    let references = References::new();
    let mut tests = cargo::host("test");
    tests.args(["--package", "qgen-tests", "--no-fail-fast"]);
    let present = SNAPSHOT_TESTS.map(|name| (name, cargo::root().join("tests/tests").join(name)));
    for (name, path) in &present {
        if path.is_dir() || path.with_extension("rs").is_file() {
            tests.args(["--test", name]);
        }
    }
    references.record(&mut tests);
    tests.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1").env("TRYBUILD", "overwrite");
    // What a snapshot says about itself is brought up to date, too.
    tests.env("INSTA_REQUIRE_FULL_MATCH", "1");
    let success = watch(&mut tests, |_| {})?;
    if success {
        for orphan in references.orphans()? {
            eprintln!("removing {}", relative(&orphan));
            fs::remove_file(&orphan).map_err(|e| format!("{}: {e}", orphan.display()))?;
        }
    }
    let _ = watch(cargo::command("git").args(["status", "--short", "tests"]), |_| {});
    if success {
        Ok(())
    } else {
        Err("tests failed beside their texts; run `cargo test -p qgen-tests` to see them".into())
    }
}

/// The folders of the workspace's members: everything with a manifest.
fn members() -> Result<Vec<PathBuf>> {
    let root = cargo::root();
    let entries = fs::read_dir(&root).map_err(|e| format!("{}: {e}", root.display()))?;
    Ok(entries.flatten().map(|e| e.path()).filter(|path| path.join("Cargo.toml").is_file()).collect())
}

/// The committed texts below `folder`: snapshots, and messages of the compiler.
fn find_texts(folder: &Path, found: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_texts(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "snap" || e == "stderr") {
            found.insert(path.canonicalize()?);
        }
    }
    Ok(())
}

/// Insta writes down which snapshots it `used`; a message belongs to the program beside it.
fn is_orphan(text: &Path, used: &BTreeSet<PathBuf>) -> bool {
    if text.extension().is_some_and(|e| e == "stderr") {
        return !text.with_extension("rs").is_file();
    }
    !used.contains(text)
}

fn relative(path: &Path) -> String {
    let root = cargo::root();
    let root = root.canonicalize().unwrap_or(root);
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_a_test_are_orphans() {
        let folder = cargo::target_folder().join("orphans");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("ui")).unwrap();
        for name in ["used.snap", "gone.snap", "ui/kept.rs", "ui/kept.stderr", "ui/gone.stderr", "other.txt"]
        {
            fs::write(folder.join(name), "").unwrap();
        }
        let folder = folder.canonicalize().unwrap();
        let mut texts = BTreeSet::new();
        find_texts(&folder, &mut texts).unwrap();
        assert_eq!(texts.len(), 4);
        let used = BTreeSet::from([folder.join("used.snap")]);
        texts.retain(|path| is_orphan(path, &used));
        assert_eq!(texts, BTreeSet::from([folder.join("gone.snap"), folder.join("ui/gone.stderr")]));
    }
}
