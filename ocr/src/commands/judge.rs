//! What validation data say of a network: something for people, and the threshold that its file keeps.

use crate::candidate::Candidate;
use crate::data::Mnist;
use crate::error::{Error, Result};
use crate::evaluate::tolerating;
use crate::metrics::{Share, Threshold, right};
use crate::protocol::{LINES_JUDGED, TOLERATED};
use crate::response::Answer;
use crate::task::Task;
use crate::text::reading::{Reading, scores};
use crate::text::{self, Line};

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
    let said = format!("characters {:.2} %, lines {:.2} %", percent(all.characters), percent(all.fields));
    (said, tolerating(lines, readings))
}

/// Of either, on validation data as blurred as what it learned from. `data`: where MNIST is, for networks of digits.
///
/// # Errors
/// If data are missing.
pub(super) fn either(network: &Candidate, data: Option<&Mnist>) -> Result<(String, Threshold)> {
    match (network.task(), data) {
        (Task::Digit, Some(data)) => {
            let validation = data.validation_for(network.is_blurred());
            Ok(digits(&network.answers(&validation), &validation.labels))
        }
        (Task::Digit, None) => Err(Error::of("data", "there is no MNIST")),
        (Task::Line, _) => {
            let validation = text::validation(LINES_JUDGED);
            Ok(lines(&validation, &network.readings(&validation)))
        }
    }
}
