//! `ocr report`: one page with all tables and drawings.
//!
//! ```text
//!   models ──► evaluations ──┐                    ┌─► targets, tables (tables)
//!   recorded evaluations ────┴─► one per reading ─┤
//!   figures of stored numbers and of lines ──► tables of widths (widths), for the README (accuracy)
//!   costs, times ──► tables of costs beside accuracy (costs), for the README too (markdown)
//!   answers of the first seeds ──► drawings (plots) ─► the frame of the page ──► one file
//! ```
//!
//! The page needs nothing but itself: no network, no other file, no script.

pub mod accuracy;
mod costs;
mod group;
pub mod markdown;
mod plots;
mod tables;
mod widths;

use crate::candidate::{Candidate, FLOAT};
use crate::costs::{CORES, Costs, Times};
use crate::data::Blurred;
use crate::error::{Error, Result};
use crate::evaluate::{CLEAN, Figures, PARTS, Trial};
use crate::metrics::{Mean, Threshold};
use crate::protocol::{self, LEVELS};
use crate::response::Answer;
use crate::task::Task;
use crate::text::STRONGEST;
use group::Group;
use tera::{Context, Tera};

/// The frame; what is true of all pages stands there.
const FRAME: &str = include_str!("page.html.tera");

/// A network whose answers are drawn.
struct Drawn {
    name: String,
    answers: Vec<Answer>,
    sigmas: Vec<f64>,
    labels: Vec<u8>,
    t_star: f64,
}

impl Drawn {
    fn of(network: &Candidate, test: &Blurred) -> Drawn {
        let answers = network.answers(test);
        let t_star = Threshold::without_errors(&answers, &test.labels).response();
        let name = format!("{}, seed {}", network.reading(), network.origin().0);
        Drawn { name, answers, sigmas: test.sigmas.clone(), labels: test.labels.clone(), t_star }
    }
}

/// The reading that the page sets against the baseline.
pub const DEFAULT: &str = "scale 4, β 2";
const BASELINE: &str = "none";

/// What inferences cost.
pub struct Spent {
    /// What was counted.
    pub costs: Costs,
    /// What was measured here.
    pub times: Times,
}

/// The page, from models, what was recorded of others, and what they cost. `evaluated` hears of each network.
///
/// # Errors
/// If there are no models of the baseline and of the default reading, or what was recorded is of other models.
pub fn page(
    networks: &[Candidate],
    recorded: &Figures,
    trial: &Trial,
    spent: &Spent,
    evaluated: impl FnMut(),
) -> Result<String> {
    let now = Figures::of(networks, Some(trial), evaluated);
    let differing = now.differing(recorded);
    if !differing.is_empty() {
        let problem = format!(
            "they are of other models than those given ({}); record them again by `ocr evaluate --json`",
            differing.join("; ")
        );
        return Err(Error::of("recorded figures", problem));
    }
    let groups = tables::groups(&now.digits, &recorded.digits);
    let find = |reading: &str| -> Result<(&Group, &Candidate)> {
        let group = groups.iter().find(|group| group.reading == reading && !group.recorded);
        let network = networks.iter().find(|network| {
            network.task() == Task::Digit && network.numbers() == FLOAT && network.reading() == reading
        });
        group.zip(network).ok_or_else(|| {
            let recorded = groups.iter().any(|group| group.reading == reading);
            Error::of("models", match recorded && network.is_some() {
                true => format!(
                    "of the reading {reading:?} fewer seeds are there than were recorded; give all of their files, or record \
                     again by `ocr evaluate --json`"
                ),
                false => format!(
                    "none of the reading {reading:?}; the page compares {BASELINE:?} and {DEFAULT:?}"
                ),
            })
        })
    };
    let ((baseline, of_baseline), (ours, of_ours)) = (find(BASELINE)?, find(DEFAULT)?);
    let drawn = [Drawn::of(of_baseline, &trial.test), Drawn::of(of_ours, &trial.test)];
    let by_level = [baseline, ours].map(|group| {
        let at = |n: usize| group.mean(|e| e.levels.get(n).map_or(f64::NAN, |&share| group::percent(share)));
        (0..LEVELS.len()).filter_map(at).collect::<Vec<Mean>>()
    });
    let mut context = Context::new();
    context.insert("tool", concat!("ocr ", env!("CARGO_PKG_VERSION")));
    context.insert("protocol", &protocol::VERSION);
    context.insert("default", DEFAULT);
    context.insert("seeds", &ours.evaluations.len());
    let mut targets = tables::targets(baseline, ours, groups.iter().find(|g| g.reading == CLEAN));
    targets.extend(widths::targets(&now, recorded));
    context.insert("targets", &targets);
    context.insert("readings", &groups.iter().map(Group::row).collect::<Vec<_>>());
    context.insert("seeds_of_both", &tables::by_seed(&[baseline, ours]));
    context.insert("widths", &widths::of_digits(&now, recorded));
    context.insert("lines", &widths::of_lines(&now, recorded));
    context.insert("line_levels", &line_levels());
    let of_networks = costs::of_networks(&spent.costs, Some(&spent.times), &now, recorded);
    let drawings = of_networks.iter().map(plots::costs).collect::<Result<Vec<String>>>()?;
    context.insert("costs", &of_networks);
    context.insert("cost_drawings", &drawings);
    context.insert("cost_targets", &costs::targets(&spent.costs));
    context.insert("cost_cores", &CORES);
    context.insert("cost_core", costs::CORE);
    context.insert("cost_commit", &spent.costs.commit);
    context.insert("untimed", &spent.times.unreal);
    context.insert("levels", &tables::levels(&groups));
    context.insert("level_names", &LEVELS.map(|sigma| format!("{sigma}")));
    context.insert("any_recorded", &groups.iter().any(|group| group.recorded));
    context.insert("clouds", &[plots::cloud(&drawn[0])?, plots::cloud(&drawn[1])?]);
    context.insert("histograms", &[plots::histogram(&drawn[0])?, plots::histogram(&drawn[1])?]);
    context.insert("names", &[&drawn[0].name, &drawn[1].name]);
    context.insert("t_stars", &[&drawn[0], &drawn[1]].map(|d| format!("{:.6}", d.t_star)));
    context.insert("thresholds", &plots::thresholds([&drawn[0], &drawn[1]])?);
    context.insert("by_level", &plots::levels([(BASELINE, &by_level[0]), (DEFAULT, &by_level[1])])?);
    Ok(Tera::one_off(FRAME, &context, true)
        .unwrap_or_else(|e| panic!("the template and what it is given belong together: {e:?}")))
}

/// From where to where each part of the blur of lines reaches, in pixels.
fn line_levels() -> Vec<String> {
    let end = |n: usize| STRONGEST * n as f64 / PARTS as f64;
    (0..PARTS).map(|n| format!("{:.1} to {:.1}", end(n), end(n + 1))).collect()
}
