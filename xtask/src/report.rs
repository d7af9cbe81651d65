//! What ran, where, and how it ended.

use crate::process::Result;
use std::time::{Duration, Instant};

/// One row of the closing summary.
#[derive(Debug, Default)]
struct Row {
    what: String,
    counts: Option<Counts>,
    problem: Option<String>,
    time: Duration,
}

/// Tests of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    pub(crate) left_out: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ignored += other.ignored;
        self.left_out += other.left_out;
    }
}

impl Counts {
    /// Adds up what the test harness says at the end of a binary, such as
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s`.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else { return };
        let numbers = result.split_once(". ").map_or("", |(_, rest)| rest);
        for part in numbers.split(';') {
            let Some((count, what)) = part.trim().split_once(' ') else { continue };
            let Ok(count) = count.parse::<u64>() else { continue };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                "filtered out" => self.left_out += count,
                _ => {}
            }
        }
    }
}

/// The steps of a chore. All of them run, whatever happens to one.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    /// Does one step.
    pub(crate) fn step(&mut self, what: &str, step: impl FnOnce() -> Result<()>) {
        self.tests(what, || step().map(|()| None));
    }

    /// Runs tests, which are counted.
    pub(crate) fn tests(&mut self, what: &str, step: impl FnOnce() -> Result<Option<Counts>>) {
        eprintln!("\n=== {what}");
        let start = Instant::now();
        let result = step();
        let time = start.elapsed();
        let (counts, problem) = match result {
            Ok(counts) => (counts, counts.and_then(problem_in)),
            Err(problem) => (None, Some(problem)),
        };
        if let Some(problem) = &problem {
            eprintln!("error: {problem}");
        }
        self.rows.push(Row { what: what.into(), counts, problem, time });
    }

    /// Something that readers of the summary should know.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Prints the summary.
    ///
    /// # Errors
    /// If a step failed.
    pub(crate) fn close(self) -> Result<()> {
        let width = self.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
        println!("\n{:width$}  {:>6}  {:>6}  {:>6}  {:>7}", "", "passed", "failed", "out", "time");
        for row in &self.rows {
            let number = |of: fn(Counts) -> u64| row.counts.map_or(String::new(), |c| of(c).to_string());
            println!(
                "{:width$}  {:>6}  {:>6}  {:>6}  {:>6.1}s  {}",
                row.what,
                number(|c| c.passed),
                number(|c| c.failed),
                number(|c| c.left_out),
                row.time.as_secs_f64(),
                if row.problem.is_some() { "FAILED" } else { "ok" }
            );
        }
        for note in &self.notes {
            println!("{note}");
        }
        let failed: Vec<&Row> = self.rows.iter().filter(|row| row.problem.is_some()).collect();
        for row in &failed {
            println!("\n{}:\n  {}", row.what, row.problem.as_deref().unwrap_or("").replace('\n', "\n  "));
        }
        match failed.len() {
            0 => Ok(()),
            1 => Err("one step failed".into()),
            n => Err(format!("{n} steps failed")),
        }
    }
}

fn problem_in(counts: Counts) -> Option<String> {
    if counts.failed > 0 {
        Some(format!("{} tests failed", counts.failed))
    } else if counts.ignored > 0 {
        Some(format!("{} tests are marked `ignore`: what cannot run is a failure", counts.ignored))
    } else if counts.passed == 0 {
        Some("no test ran".into())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harness_lines_are_added_up() {
        let mut counts = Counts::default();
        counts.add_line("test a ... ok");
        counts.add_line(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
        );
        counts.add_line("test result: FAILED. 4 passed; 5 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(counts, Counts { passed: 7, failed: 5, ignored: 1, left_out: 2 });
    }

    #[test]
    fn nothing_that_did_not_run_counts_as_passed() {
        let passed = Counts { passed: 1, ..Counts::default() };
        assert_eq!(problem_in(passed), None);
        assert!(problem_in(Counts::default()).is_some());
        assert!(problem_in(Counts { ignored: 1, ..passed }).is_some());
        assert!(problem_in(Counts { failed: 1, ..passed }).is_some());
    }

    #[test]
    fn every_step_runs_and_any_failure_counts() {
        let mut report = Report::default();
        let mut ran = 0;
        report.step("bad", || Err("because".into()));
        report.step("good", || {
            ran += 1;
            Ok(())
        });
        assert_eq!(ran, 1);
        assert!(report.close().is_err());
    }
}
