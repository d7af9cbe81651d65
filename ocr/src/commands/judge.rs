//! What validation data say of a network: something for people, and the threshold that its file keeps.

use crate::metrics::{Share, Threshold, right};
use crate::protocol::{LINES_TOLERATED, TOLERATED};
use crate::response::Answer;
use crate::text::Line;
use crate::text::reading::{Reading, scores};

fn percent(share: Share) -> f64 {
    100.0 * share.value()
}

/// Of a network of digits.
pub(super) fn digits(answers: &[Answer], labels: &[u8]) -> (String, Threshold) {
    let share = Share { of: right(answers, labels), all: labels.len() };
    (format!("accuracy {:.2} %", percent(share)), Threshold::tolerating(TOLERATED, answers, labels))
}

/// Of a network of lines.
pub(super) fn lines(lines: &[Line], readings: &[Reading]) -> (String, Threshold) {
    let (all, _) = scores(lines, readings);
    let doubts = lines.iter().zip(readings).map(|(line, reading)| (reading.doubt, line.text != reading.text));
    let said = format!("characters {:.2} %, lines {:.2} %", percent(all.characters), percent(all.fields));
    (said, Threshold::of_doubts(LINES_TOLERATED, doubts.collect()))
}
