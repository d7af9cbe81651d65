//! The model's prediction beside each measurement.

use super::{Outcome, Placing};
use crate::output;

const HEADS: [&str; 6] = ["shape", "kernel", "ns", "cycles", "modelled", "model's error"];

/// Every kernel for the operands that was timed, at every shape; empty where none was. `unreal`: why
/// the times are not real, if so.
pub(super) fn text(outcomes: &[Outcome], unreal: Option<&str>) -> String {
    let placings =
        |o: &Outcome| o.asked.timed.iter().map(|one| row(&o.shape.sides(), one)).collect::<Vec<_>>();
    let rows: Vec<[String; 6]> = outcomes.iter().flat_map(placings).collect();
    if rows.is_empty() {
        return String::new();
    }
    let worth = unreal.map_or(String::new(), |why| format!(" THESE TIMES ARE NOT REAL: {why}."));
    format!(
        "\nThe model beside the stopwatch, the median of each; ~ marks one that had not settled, f256 one that asks for \
         lines of the right side 256 bytes ahead, which the model sees the cost of and not the gain.{worth}\n\n{}",
        output::table(&HEADS, &rows)
    )
}

/// One measurement.
pub(super) fn row(shape: &str, placing: &Placing) -> [String; 6] {
    let (cycles, settled) = placing.timed.as_ref().map_or((0.0, true), |t| (t.measured_cycles, t.stable));
    [
        shape.to_string(),
        super::table::short(&placing.kernel),
        format!("{}{:.1}", if settled { "" } else { "~" }, placing.median_ns.unwrap_or(0.0)),
        format!("{cycles:.0}"),
        format!("{:.0}", placing.modelled_cycles),
        percent(placing.error().unwrap_or(0.0)),
    ]
}

/// A signed part of a hundred.
pub(super) fn percent(part: f64) -> String {
    format!("{:+.1}%", part * 100.0)
}
