//! x
use crate::response::Answer;

/// How many answers are right.
#[must_use]
pub fn right(answers: &[Answer], labels: &[u8]) -> usize {
    answers.iter().zip(labels).filter(|(answer, label)| answer.class == **label).count()
}
