//! Test programs that cargo has built, run without it: as many at a time as there are processors, whatever package and
//! emulated core they are of. `cargo test` runs one after the other, and the last long test of each leaves processors idle.

use crate::cargo::command;
use crate::process::{Result, heard};
use crate::report::Counts;
use crate::test::outcome;
use crate::toolchain::{Cross, TARGET};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// A test program for aarch64.
#[derive(Clone, Debug)]
pub(crate) struct TestProgram {
    executable: PathBuf,
    /// The package's folder, in which it is run.
    folder: PathBuf,
}

/// What cargo says of what it has built.
#[derive(Deserialize)]
struct Message {
    reason: String,
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

/// Builds what `tests`, a `cargo test`, would run. Macros are programs of this machine, on which they were tested.
///
/// # Errors
/// If something does not build, or there is nothing to run.
pub(crate) fn build(tests: &mut Command) -> Result<Vec<TestProgram>> {
    let (built, text) = heard(tests.args(["--no-run", "--message-format", "json-render-diagnostics"]))?;
    let programs: Vec<TestProgram> = text.lines().filter_map(program).collect();
    match (built, programs.is_empty()) {
        (true, false) => Ok(programs),
        (true, true) => Err("cargo built no test program".into()),
        (false, _) => Err("tests could not be built; see above".into()),
    }
}

/// The test program that a line of cargo's messages is about.
fn program(line: &str) -> Option<TestProgram> {
    let message: Message = serde_json::from_str(line).ok()?;
    let executable = message.executable.filter(|path| path.iter().any(|part| part == TARGET))?;
    let is_test =
        message.reason == "compiler-artifact" && message.profile.is_some_and(|profile| profile.test);
    let folder = message.manifest_path?.parent()?.to_owned();
    is_test.then_some(TestProgram { executable, folder })
}

impl TestProgram {
    /// The package's folder by its name.
    pub(crate) fn package(&self) -> &str {
        self.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Package and program, for people.
    pub(crate) fn name(&self) -> String {
        let name = self.executable.file_name().unwrap_or(self.executable.as_os_str());
        Path::new(self.package()).join(name).display().to_string()
    }

    /// The program under emulation as `cpu`, on one thread.
    pub(crate) fn emulated(&self, toolchain: &Cross, cpu: &str) -> Command {
        let mut run = command(toolchain.qemu);
        run.args(["-cpu", cpu]).arg(&self.executable).args(["--test-threads", "1"]);
        run.current_dir(&self.folder).env("CARGO_MANIFEST_DIR", &self.folder);
        run
    }
}

/// Runs all of `jobs`, tests each with a name, and counts tests.
///
/// # Errors
/// What went wrong first, when all have run.
pub(crate) fn run_all(jobs: Vec<(String, Command)>) -> Result<Counts> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let (jobs, done) = (Mutex::new(jobs.into_iter()), Mutex::new((Counts::default(), None)));
    let next = || jobs.lock().expect("nobody panics with it").next();
    let work = || {
        while let Some((name, mut job)) = next() {
            let counts = one(&mut job);
            let mut done = done.lock().expect("nobody panics with it");
            match counts {
                Ok(counts) => done.0 += counts,
                Err(problem) => done.1 = done.1.take().or(Some(format!("{name}: {problem}"))),
            }
        }
    };
    std::thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    match done.into_inner().expect("nobody panics with it") {
        (_, Some(problem)) => Err(problem),
        (counts, None) => Ok(counts),
    }
}

/// Runs a test program, which may have no tests, and shows what it said when it has ended.
fn one(job: &mut Command) -> Result<Counts> {
    let (success, text) = heard(job)?;
    println!("{text}");
    let mut counts = Counts::default();
    text.lines().for_each(|line| counts.add_line(line));
    let ended = text.lines().any(|line| line.starts_with("test result: "));
    if success && ended { Ok(counts) } else { outcome(false, counts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_for_aarch64_are_found_among_what_cargo_says() {
        let line = |executable: &str, test: bool| {
            format!(
                r#"{{"reason":"compiler-artifact","package_id":"p","manifest_path":"/q/runtime/Cargo.toml",
                "target":{{"name":"conv"}},"profile":{{"test":{test},"opt_level":"1"}},"executable":{executable}}}"#
            )
        };
        let built = format!("\"/q/target/{TARGET}/debug/deps/conv-1\"");
        let found = program(&line(&built, true)).unwrap();
        assert_eq!((found.package(), found.name().as_str()), ("runtime", "runtime/conv-1"));
        for other in
            [line(&built, false), line("\"/q/target/debug/deps/macros-1\"", true), line("null", true)]
        {
            assert!(program(&other).is_none(), "{other}");
        }
        assert!(program(r#"{"reason":"build-finished","success":true}"#).is_none());
    }

    #[test]
    fn every_job_is_run_and_the_first_problem_told() {
        let job = |script: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", script]);
            (script.to_owned(), shell)
        };
        let ok = "echo 'test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out'";
        let counts = run_all(vec![job(ok), job(ok), job(ok)]).unwrap();
        assert_eq!((counts.passed, counts.ignored, counts.left_out), (6, 3, 9));
        let failed = "echo 'test result: FAILED. 1 passed; 1 failed; 0 ignored'; exit 101";
        assert_eq!(run_all(vec![job(failed), job(ok)]).unwrap().failed, 1);
        for died in ["exit 0", "kill -9 $$"] {
            assert!(run_all(vec![job(ok), job(died)]).unwrap_err().starts_with(died));
        }
    }
}
