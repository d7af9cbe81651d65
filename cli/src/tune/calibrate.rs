//! How far the model is from this machine.
//!
//! Every kernel that could win is timed, not only the model's favourites: a model that is wrong is wrong
//! about those that it does not like, too. At each shape:
//!
//! * the **error** of a kernel is modelled ÷ measured cycles − 1: +10 % is a machine faster than its model;
//! * **Spearman** compares the two orders of the kernels (1: the same one), which is all that the search
//!   for a winner depends on.
//!
//! Beside these the main loops alone: cycles of a pass, by the difference between two depths of one tile
//! (`main_loop`), which is what the pipeline model itself says.
//!
//! What the model leaves out (caches, the caller's loops, branches that are guessed wrong, copies of
//! partial tiles) is measured, and so is part of the error of whole multiplications.

use super::beside::{percent, row};
use super::contest::{Classes, Everybody};
use super::main_loop::MainLoop;
use super::shapes::NamedShape;
use super::{Placing, Target};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::output;
use serde::Serialize;

/// So many of the worst kernels are listed.
const WORST: usize = 10;

/// The comparison on one core.
#[derive(Serialize)]
pub(crate) struct Calibration {
    /// The core whose model it is.
    core: String,
    /// What this machine's core is called.
    machine: String,
    cpu: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times_are_not_real: Option<String>,
    /// The slowest and the fastest clock rate that was seen.
    clock_mhz: (f64, f64),
    /// Each shape.
    shapes: Vec<Agreement>,
    /// All shapes: errors of all; the lowest Spearman, for orders across shapes say nothing.
    all: Agreement,
    /// Main loops alone: cycles of a pass.
    main_loop: Agreement,
    /// Every measurement, with its samples.
    kernels: Vec<Measured>,
    main_loops: Vec<MainLoop>,
}

/// How well two lists of cycles agree.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Agreement {
    shape: String,
    kernels: usize,
    /// Medians that had not settled.
    unstable: usize,
    /// None for fewer than two kernels, or if all take the same time.
    spearman: Option<f64>,
    /// The mean of the errors without their signs.
    mean_error: f64,
    /// The largest error, with its sign, and whose it is.
    worst_error: f64,
    worst: String,
}

#[derive(Serialize)]
struct Measured {
    #[serde(flatten)]
    shape: NamedShape,
    #[serde(flatten)]
    placing: Placing,
    error: f64,
}

/// Three of the published grid: its smallest shape, one in the middle, its largest.
pub(crate) fn usual() -> Vec<NamedShape> {
    ["72x24x128", "240x72x256", "360x96x512"].iter().filter_map(|text| NamedShape::parse(text).ok()).collect()
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let before = values.iter().filter(|v| v.total_cmp(&values[equal[0]]).is_lt()).count();
        for &at in equal {
            ranks[at] = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        }
    }
    ranks
}

/// Spearman's rank correlation: Pearson's of the ranks, which is right for ties as well.
fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    (spread > 0.0).then(|| product(&a, &b) / spread)
}

/// One kernel, modelled and measured.
struct Point<'a> {
    kernel: &'a str,
    /// Cycles.
    modelled: f64,
    measured: f64,
    error: f64,
    stable: bool,
}

impl Measured {
    fn point(&self) -> Point<'_> {
        let timed = self.placing.timed.as_ref();
        Point {
            kernel: &self.placing.kernel,
            modelled: self.placing.modelled_cycles,
            measured: timed.map_or(0.0, |timed| timed.measured_cycles),
            error: self.error,
            stable: timed.is_some_and(|timed| timed.stable),
        }
    }
}

impl MainLoop {
    /// None where its time says nothing.
    fn point(&self) -> Option<Point<'_>> {
        Some(Point {
            kernel: &self.kernel,
            modelled: self.modelled_cycles,
            measured: self.measured_cycles,
            error: self.error?,
            stable: self.is_stable(),
        })
    }

    fn row(&self) -> [String; 5] {
        [
            super::table::short(&self.kernel),
            format!("{} and {}", self.k[0], self.k[1]),
            format!("{}{:.2}", if self.is_stable() { "" } else { "~" }, self.measured_cycles),
            format!("{:.2}", self.modelled_cycles),
            self.error.map_or("-".into(), percent),
        ]
    }
}

impl Agreement {
    fn of<'a>(shape: String, points: impl Iterator<Item = Point<'a>>) -> Agreement {
        let points: Vec<Point<'_>> = points.collect();
        let modelled: Vec<f64> = points.iter().map(|one| one.modelled).collect();
        let measured: Vec<f64> = points.iter().map(|one| one.measured).collect();
        let worst = points.iter().max_by(|a, b| a.error.abs().total_cmp(&b.error.abs()));
        Agreement {
            shape,
            kernels: points.len(),
            unstable: points.iter().filter(|one| !one.stable).count(),
            spearman: spearman(&modelled, &measured),
            mean_error: points.iter().map(|one| one.error.abs()).sum::<f64>() / points.len().max(1) as f64,
            worst_error: worst.map_or(0.0, |one| one.error),
            worst: worst.map_or_else(String::new, |one| one.kernel.into()),
        }
    }

    fn row(&self) -> [String; 5] {
        [
            self.shape.clone(),
            self.kernels.to_string(),
            self.spearman.map_or("-".into(), |s| format!("{s:.3}")),
            format!("{:.1}%", self.mean_error * 100.0),
            percent(self.worst_error),
        ]
    }
}

impl Calibration {
    /// Times every kernel of `classes`.
    pub(crate) fn new(
        classes: &Classes,
        shapes: &[NamedShape],
        target: &Target,
        clock: &Clock,
    ) -> Result<Calibration, Failure> {
        Calibration::of(classes.everybody(shapes, clock)?, target, clock)
    }

    fn of(timed: Everybody, target: &Target, clock: &Clock) -> Result<Calibration, Failure> {
        let Everybody { placings, main_loops } = timed;
        let measured = placings.into_iter().filter_map(|(shape, placing)| {
            let error = placing.error()?;
            Some(Measured { shape, placing, error })
        });
        let kernels: Vec<Measured> = measured.collect();
        let mut names: Vec<String> = Vec::new();
        for one in &kernels {
            if !names.contains(&one.shape.sides()) {
                names.push(one.shape.sides());
            }
        }
        let agreement = |name: String| {
            let here = kernels.iter().filter(|o| o.shape.sides() == name);
            Agreement::of(name.clone(), here.map(Measured::point))
        };
        let shapes: Vec<Agreement> = names.into_iter().map(agreement).collect();
        if shapes.is_empty() {
            return Err(Failure("calibrate: no kernel was timed; give a --shape".into()));
        }
        let lowest = shapes.iter().filter_map(|shape| shape.spearman).reduce(f64::min);
        let everybody = Agreement::of("all".into(), kernels.iter().map(Measured::point));
        let all = Agreement { spearman: lowest, ..everybody };
        let main_loop = Agreement::of("main loop".into(), main_loops.iter().filter_map(MainLoop::point));
        let rates = kernels.iter().filter_map(|o| o.placing.timed.as_ref()).map(|timed| timed.clock_mhz);
        let clock_mhz =
            rates.fold((f64::INFINITY, 0f64), |(low, high), rate| (low.min(rate), high.max(rate)));
        let machine = target.name.clone();
        let (core, times_are_not_real) = (target.core.name.clone(), clock.unreal.clone());
        let cpu = clock.cpu;
        Ok(Calibration {
            core,
            machine,
            cpu,
            times_are_not_real,
            clock_mhz,
            shapes,
            all,
            main_loop,
            kernels,
            main_loops,
        })
    }

    /// The report; `long`: with every kernel, not only the worst.
    pub(crate) fn text(&self, long: bool) -> String {
        let cpu = self.cpu.map_or_else(String::new, |cpu| format!(" on CPU {cpu}"));
        let (low, high) = self.clock_mhz;
        let rate = match high <= low * 1.02 {
            true => format!("{high:.0} MHz"),
            false => format!("{low:.0} to {high:.0} MHz (it changed: cycles are as uncertain as that)"),
        };
        let mut text =
            format!("The model of {} beside this machine, {}{cpu}, at {rate}.\n", self.core, self.machine);
        if let Some(why) = &self.times_are_not_real {
            text += &format!("THESE TIMES ARE NOT REAL: {why}. Figures below say nothing of the model.\n");
        }
        text += "Cycles of whole multiplications; an error of +10% is a model slower than the machine by a tenth.\n\n";
        let heads = ["shape", "kernels", "spearman", "mean error", "worst error"];
        let all = self.shapes.iter().chain([&self.all, &self.main_loop]);
        let rows: Vec<[String; 5]> = all.map(Agreement::row).collect();
        text += &output::table(&heads, &rows);
        text += "\nSpearman of all: the lowest of a shape.\n";
        text += "Main loop: cycles of a pass, by the difference between two depths of one tile; no call, no end of sums, \
                 no packing.\n";
        let unstable = self.all.unstable + self.main_loop.unstable;
        if unstable > 0 {
            text += &format!("{unstable} medians had not settled when time was up (~).\n");
        }
        let mut worst: Vec<&Measured> = self.kernels.iter().collect();
        worst.sort_by(|a, b| b.error.abs().total_cmp(&a.error.abs()));
        if !long {
            worst.truncate(WORST);
        }
        text += if long { "\nEvery kernel, the worst first:\n\n" } else { "\nThe worst (--long: all):\n\n" };
        let heads = ["shape", "kernel", "ns", "cycles", "modelled", "model's error"];
        let rows: Vec<[String; 6]> = worst.iter().map(|o| row(&o.shape.sides(), &o.placing)).collect();
        text += &output::table(&heads, &rows);
        let mut worst: Vec<&MainLoop> = self.main_loops.iter().collect();
        let off = |one: &MainLoop| one.error.map_or(f64::INFINITY, f64::abs);
        worst.sort_by(|a, b| off(b).total_cmp(&off(a)));
        if !long {
            worst.truncate(WORST);
        }
        text += if long { "\nEvery main loop, the worst first:\n\n" } else { "\nThe worst main loops:\n\n" };
        let rows: Vec<[String; 5]> = worst.into_iter().map(MainLoop::row).collect();
        text + &output::table(&["kernel", "at k", "cycles a pass", "modelled", "model's error"], &rows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Timed;
    use super::super::main_loop::tests::measured;
    use super::*;
    use qgen::core::Core;
    use qgen_runtime::bench::Samples;

    #[test]
    fn ranks_are_shared_by_equals() {
        assert_eq!(ranks(&[30.0, 10.0, 20.0]), [3.0, 1.0, 2.0]);
        assert_eq!(ranks(&[5.0, 1.0, 5.0, 5.0]), [3.0, 1.0, 3.0, 3.0]);
    }

    #[test]
    fn spearman_is_the_textbooks() {
        let is = |a: &[f64], b: &[f64], expected: f64| {
            let found = spearman(a, b).unwrap();
            assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        };
        is(&[1.0, 2.0, 3.0], &[10.0, 100.0, 101.0], 1.0);
        is(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], -1.0);
        // 1 − 6·Σd² / (n·(n²−1)) with d = 1, −1, 0, 0 and n = 4.
        is(&[1.0, 2.0, 3.0, 4.0], &[2.0, 1.0, 3.0, 4.0], 1.0 - 12.0 / 60.0);
        // With ties: ranks 1.5, 1.5, 3 and 1, 2, 3.
        is(&[7.0, 7.0, 9.0], &[1.0, 2.0, 3.0], 1.5 / (1.5f64 * 2.0).sqrt());
        assert_eq!(spearman(&[1.0], &[2.0]), None);
        assert_eq!(spearman(&[1.0, 1.0], &[2.0, 3.0]), None);
    }

    /// A kernel of `modelled` cycles that takes `ns` on a clock of 2 GHz.
    fn timed(shape: &str, kernel: &str, modelled: f64, ns: u64, stable: bool) -> (NamedShape, Placing) {
        let samples = Samples { runs: 2, samples_ns: vec![2 * ns, 2 * ns, 90 * ns], stable };
        let placing = Placing {
            kernel: kernel.into(),
            ships: false,
            modelled_cycles: modelled,
            modelled_macs_per_cycle: 1.0,
            median_ns: Some(samples.median_ns()),
            timed: Some(Timed::new(samples, 2e9)),
        };
        (NamedShape::parse(shape).unwrap(), placing)
    }

    fn calibration(unreal: Option<&str>) -> Calibration {
        let placings = vec![
            timed("8x8x32", "exact", 1000.0, 500, true),
            timed("8x8x32", "slower_by_model", 2200.0, 1000, true),
            timed("8x8x32", "faster_by_model", 2100.0, 1500, false),
            timed("9x9x99", "exact", 4000.0, 2000, true),
            timed("9x9x99", "slower_by_model", 6600.0, 3000, true),
        ];
        let core = Core::built_in("cortex-a72").unwrap();
        let clock = Clock { unreal: unreal.map(Into::into), cpu: Some(3) };
        let target = Target { name: "cortex-a72".into(), core, clock: Some(clock.clone()) };
        let loops = [("4x4", 1.0), ("8x8", 1.25)];
        let name = |tile| format!("qgen_fip_{tile}_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72");
        let main_loops = loops.map(|(tile, times)| measured(&name(tile), times, 700.0)).into();
        Calibration::of(Everybody { placings, main_loops }, &target, &clock).unwrap()
    }

    #[test]
    fn errors_are_those_of_the_model() {
        let found = calibration(None);
        let errors: Vec<f64> = found.kernels.iter().map(|o| (o.error * 1000.0).round() / 10.0).collect();
        assert_eq!(errors, [0.0, 10.0, -30.0, 0.0, 10.0]);
        let [first, second] = &found.shapes[..] else { panic!("two shapes") };
        assert_eq!((first.kernels, first.unstable, first.worst.as_str()), (3, 1, "faster_by_model"));
        assert!((first.mean_error - 0.4 / 3.0).abs() < 1e-9 && (first.worst_error + 0.3).abs() < 1e-9);
        // Modelled 1, 3, 2; measured 1, 2, 3: Σd² = 2 of n = 3.
        assert!((first.spearman.unwrap() - 0.5).abs() < 1e-9);
        assert_eq!(second.spearman, Some(1.0));
        assert!((found.all.mean_error - 0.5 / 5.0).abs() < 1e-9);
        assert_eq!((found.all.kernels, found.all.worst.as_str()), (5, "faster_by_model"));
        assert!((found.all.spearman.unwrap() - 0.5).abs() < 1e-9, "the lowest");
        let Agreement { kernels, mean_error, worst_error, worst, .. } = &found.main_loop;
        assert!((worst_error + 0.2).abs() < 0.001 && (mean_error - 0.1).abs() < 0.001, "{worst_error}");
        assert!(*kernels == 2 && worst.starts_with("qgen_fip_8x8"), "{worst}");
    }

    #[test]
    fn the_report_says_where_and_whether_times_are_real() {
        let text = calibration(None).text(false);
        for words in ["cortex-a72 on CPU 3, at 2000 MHz", "0.500", "-30.0%", "~1500.0", "1 medians", "10.0%"]
        {
            assert!(text.contains(words), "{words} in\n{text}");
        }
        assert!(!text.contains("NOT REAL"));
        let worst = |of: &str| text.lines().skip_while(|line| !line.starts_with(of)).nth(3).unwrap();
        assert!(worst("The worst (").contains("faster_by_model"), "{text}");
        let main_loop = worst("The worst main loops");
        assert!(
            ["fip 8x8", "40.0", "32.00", "-20.0%"].iter().all(|words| main_loop.contains(words)),
            "{text}"
        );
        assert!(calibration(Some("emulated")).text(true).contains("THESE TIMES ARE NOT REAL: emulated"));
    }

    #[test]
    fn the_record_keeps_every_sample() {
        let json = serde_json::to_value(calibration(Some("emulated"))).unwrap();
        assert_eq!(json["times_are_not_real"], "emulated");
        let one = &json["kernels"][2];
        assert_eq!(one["samples_ns"], serde_json::json!([3000, 3000, 135_000]));
        assert_eq!(
            (&one["m"], &one["runs"], &one["measured_cycles"]),
            (&8.into(), &2.into(), &3000.0.into())
        );
        assert_eq!(json["main_loops"][1]["deep"]["samples_ns"].as_array().map(Vec::len), Some(3));
        assert!(one["error"].as_f64().is_some_and(|error| (error + 0.3).abs() < 1e-9));
    }

    #[test]
    fn the_usual_shapes_are_of_the_grid() {
        let grid = super::super::shapes::usual();
        assert!(usual().len() == 3 && usual().iter().all(|shape| grid.contains(shape)));
    }
}
