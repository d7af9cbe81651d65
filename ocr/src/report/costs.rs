//! The tables of costs: instructions, modelled cycles and times, beside how often a network is right.

use super::tables::Target;
use super::{DEFAULT, widths};
use crate::candidate::FLOAT;
use crate::costs::{CORES, Costs, Counted, Part, Times, numbers};
use crate::evaluate::Figures;
use crate::task::Task;
use serde::Serialize;

/// What a table says of a network that was not counted.
pub(super) const MISSING: &str = "not counted";
/// What it says of one that was not judged.
pub(super) const UNJUDGED: &str = "not evaluated";

/// The core of the goals, of the table of parts and of the drawing.
pub(super) const CORE: &str = "cortex-a72";

/// The part whose work depends on the width.
const PRODUCTS: &str = "products";

/// A network at one width.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) numbers: &'static str,
    /// How often it is right, in percent, as [`OfNetwork::right`] says.
    pub(super) right: [String; 2],
    pub(super) cores: Vec<OnCore>,
    /// Median, in microseconds.
    pub(super) time: String,
}

/// It on a core.
#[derive(Serialize)]
pub(super) struct OnCore {
    /// In thousands.
    pub(super) instructions: String,
    /// In thousands.
    pub(super) cycles: String,
    /// Cycles in parts of those of floats, and of those of 8 bits.
    pub(super) of: String,
}

/// Shares of modelled cycles on a core, a row for each width.
#[derive(Serialize)]
pub(super) struct Shares {
    pub(super) core: &'static str,
    pub(super) names: Vec<String>,
    pub(super) rows: Vec<(&'static str, Vec<String>)>,
}

/// All widths of a network.
#[derive(Serialize)]
pub(super) struct OfNetwork {
    pub(super) title: &'static str,
    pub(super) id: &'static str,
    pub(super) right: [&'static str; 2],
    pub(super) rows: Vec<Row>,
    /// By what is done, on [`CORES`].
    pub(super) parts: Vec<Shares>,
    /// By layer, on [`CORES`].
    pub(super) layers: Vec<Shares>,
    /// For the drawing: width, thousands of cycles on [`CORE`], percent that are wrong, by the first of [`OfNetwork::right`].
    #[serde(skip)]
    pub(super) points: Vec<(&'static str, f64, f64)>,
}

/// A number with commas between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let group = |n: usize| if n > 0 && (digits.len() - n).is_multiple_of(3) { "," } else { "" };
    digits.char_indices().map(|(n, digit)| format!("{}{digit}", group(n))).collect()
}

fn thousands(number: u64) -> String {
    grouped((number + 500) / 1000)
}

fn ratio(of: Option<f64>) -> String {
    of.map_or("–".into(), |ratio| format!("{ratio:.2}"))
}

fn on_core(costs: &Costs, task: Task, numbers: &str, core: &str) -> OnCore {
    let Some(Counted { whole, .. }) = costs.of(task, numbers, core) else {
        return OnCore { instructions: MISSING.into(), cycles: MISSING.into(), of: "–".into() };
    };
    let [of_float, of_eight] = [FLOAT, "8"].map(|others| ratio(costs.ratio(task, core, numbers, others)));
    OnCore {
        instructions: thousands(whole.0),
        cycles: thousands(whole.1),
        of: format!("{of_float}, {of_eight}"),
    }
}

/// How often networks are right: blurred and unblurred digits, or characters and fields.
fn right(task: Task, numbers: &str, now: &Figures, recorded: &Figures) -> Option<[String; 2]> {
    match task {
        Task::Digit => widths::of_digits(now, recorded)
            .into_iter()
            .find(|row| row.reading == DEFAULT && row.numbers == numbers)
            .map(|row| [row.accuracy, row.unblurred]),
        Task::Line => widths::of_lines(now, recorded)
            .into_iter()
            .find(|row| row.numbers == numbers)
            .map(|row| [row.characters, row.fields]),
    }
}

/// The shares of `parts` of each width. Names are those of the first width that was counted, and what others have besides.
fn shares(costs: &Costs, task: Task, core: &'static str, parts: impl Fn(&Counted) -> &[Part]) -> Shares {
    let counted: Vec<(&'static str, &Counted)> =
        numbers().filter_map(|numbers| Some((numbers, costs.of(task, numbers, core)?))).collect();
    let mut names: Vec<String> = Vec::new();
    for (name, ..) in counted.iter().flat_map(|(_, counted)| parts(counted)) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let row = |&(numbers, counted): &(&'static str, &Counted)| {
        let share = |name: &String| {
            let part = parts(counted).iter().find(|part| part.0 == *name);
            part.map_or("–".into(), |part| format!("{:.1}", 100.0 * part.2 as f64 / counted.whole.1 as f64))
        };
        (numbers, names.iter().map(share).collect())
    };
    let rows = counted.iter().map(row).collect();
    Shares { core, names, rows }
}

/// The tables of both networks.
pub(super) fn of_networks(
    costs: &Costs,
    times: Option<&Times>,
    now: &Figures,
    recorded: &Figures,
) -> Vec<OfNetwork> {
    let network = |task: Task| {
        let mut points = Vec::new();
        let row = |numbers: &'static str| {
            let right = right(task, numbers, now, recorded);
            if let (Some([right, _]), Some(counted)) = (&right, costs.of(task, numbers, CORE))
                && let Some(percent) = right.split(' ').next().and_then(|mean| mean.parse::<f64>().ok())
            {
                points.push((numbers, counted.whole.1 as f64 / 1e3, 100.0 - percent));
            }
            let time = times.and_then(|times| times.get(task, numbers));
            Row {
                numbers,
                right: right.unwrap_or([UNJUDGED, UNJUDGED].map(str::to_owned)),
                cores: CORES.iter().map(|core| on_core(costs, task, numbers, core)).collect(),
                time: time.map_or("–".into(), |time| format!("{:.1}", time as f64 / 1e3)),
            }
        };
        let rows = numbers().map(row).collect();
        let (title, id, right) = match task {
            Task::Digit => ("LeNet-5, an image of 28×28", "digit", ["blurred, %", "unblurred, %"]),
            Task::Line => ("Line network, a line of 24×320", "line", ["characters, %", "fields, %"]),
        };
        let parts = CORES.iter().map(|core| shares(costs, task, core, |counted| &counted.parts)).collect();
        let layers = CORES.iter().map(|core| shares(costs, task, core, |counted| &counted.layers)).collect();
        OfNetwork { title, id, right, rows, parts, layers, points }
    };
    // The network that is the goal's first.
    [Task::Line, Task::Digit].into_iter().map(network).collect()
}

/// What 4 bits were to cost at most on [`CORE`], in parts of what others do.
const GOALS: [(Task, &str, f64, &str); 4] = [
    (Task::Line, FLOAT, 0.52, "at most 0.52 (a published 4-bit recogniser: time down by 48 %)"),
    (
        Task::Line,
        "8",
        0.90,
        "clearly below, here taken as at most 0.90 (the same: down by 48 and 39 %, which is 0.85)",
    ),
    (Task::Digit, FLOAT, 0.35, "at most 0.35"),
    (Task::Digit, "8", 0.55, "at most 0.55"),
];

/// The goals, and what was counted.
pub(super) fn targets(costs: &Costs) -> Vec<Target> {
    let target = |&(task, others, limit, wanted): &(Task, &str, f64, &str)| {
        let what = match (task, others) {
            (Task::Line, FLOAT) => "lines, 4 bits: modelled cycles in parts of those of floats",
            (Task::Line, _) => "lines, 4 bits: in parts of those of 8 bits",
            (Task::Digit, FLOAT) => "LeNet-5, 4 bits: in parts of those of floats",
            (Task::Digit, _) => "LeNet-5, 4 bits: in parts of those of 8 bits",
        };
        let both = costs.of(task, "4", CORE).zip(costs.of(task, others, CORE));
        let Some((four, other)) = both else {
            return Target { what, wanted: wanted.into(), found: MISSING.into(), reached: false };
        };
        let cycles = |counted: &Counted| {
            let products = counted.parts.iter().find(|part| part.0 == PRODUCTS).map_or(0, |part| part.2);
            (counted.whole.1 as f64, products as f64)
        };
        let ((all, products), (all_other, products_other)) = (cycles(four), cycles(other));
        let found = format!(
            "{:.3}; instructions {:.3}. Products alone {:.3}; all else of 4 bits is {:.3} of the other’s whole",
            all / all_other,
            four.whole.0 as f64 / other.whole.0 as f64,
            products / products_other,
            (all - products) / all_other
        );
        Target { what, wanted: wanted.into(), found, reached: all <= limit * all_other }
    };
    GOALS.iter().map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSTS: &str = "commit = \"abc\"\n[[run]]\ntask = \"line\"\nnumbers = \"4\"\ncore = \"cortex-a72\"\n\
        whole = [2500499, 1000000]\nparts = [[\"products\", 2000000, 750000], [\"control\", 500499, 250000]]\n\
        layers = [[\"conv1\", 2500000, 1000000]]\n[[run]]\ntask = \"line\"\nnumbers = \"float\"\ncore = \"cortex-a72\"\n\
        whole = [5000000, 2000000]\nparts = [[\"products\", 4000000, 1500000], [\"pooling\", 1000000, 500000]]\n\
        layers = [[\"convert\", 1, 1], [\"conv1\", 4000000, 1900000]]\n";

    #[test]
    fn what_was_counted_is_shown_and_what_was_not_says_so() {
        let costs = Costs::parse(COSTS).unwrap();
        let tables = of_networks(&costs, None, &Figures::default(), &Figures::default());
        let four = tables[0].rows.iter().find(|row| row.numbers == "4").unwrap();
        let a72 = &four.cores[1];
        assert_eq!((&*a72.instructions, &*a72.cycles, &*a72.of), ("2,500", "1,000", "0.50, –"));
        assert_eq!(four.right, [UNJUDGED, UNJUDGED]);
        let unseen = |on: &OnCore| on.cycles == MISSING && on.instructions == MISSING;
        assert!(unseen(&four.cores[0]) && unseen(&four.cores[2]));
        assert!(
            tables[0]
                .rows
                .iter()
                .all(|row| row.numbers == "4" || row.numbers == FLOAT || unseen(&row.cores[1]))
        );
        assert!(tables[1].rows.iter().all(|row| row.cores.iter().all(unseen)));
        let parts = &tables[0].parts[1];
        assert_eq!(parts.names, ["products", "pooling", "control"]);
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        assert_eq!(parts.rows, [(FLOAT, row(["75.0", "25.0", "–"])), ("4", row(["75.0", "–", "25.0"]))]);
    }

    #[test]
    fn goals_are_held_against_what_was_counted() {
        let targets = targets(&Costs::parse(COSTS).unwrap());
        assert!(
            targets[0].reached
                && targets[0].found.starts_with("0.500; instructions 0.500. Products alone 0.500")
        );
        assert!(targets[1..].iter().all(|target| !target.reached && target.found == MISSING));
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([999, 1000, 1_234_567].map(grouped), ["999", "1,000", "1,234,567"]);
        assert_eq!(thousands(1_499_500), "1,500");
    }
}
