//! What a network answers: a class, and a response that says how sure it is.

use crate::data::Blurred;
use crate::lenet::{CLASSES, Lenet, PIXELS};
use rayon::prelude::*;

/// The answer to one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The class of the largest logit.
    pub class: u8,
    /// r, the largest probability.
    pub response: f64,
    /// ln(1 − r). Where r is near 1 this still tells responses apart; it falls as r rises.
    pub doubt: f64,
}

impl Answer {
    /// From logits, as they are or wider.
    ///
    /// # Panics
    /// If there are not [`CLASSES`] of them.
    #[must_use]
    pub fn of(logits: &[f64]) -> Answer {
        assert_eq!(logits.len(), CLASSES);
        let (class, &top) =
            logits.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).expect("there are ten");
        // Without the largest: both logarithms are exact where the largest is nearly all.
        let others: f64 =
            logits.iter().enumerate().filter(|(n, _)| *n != class).map(|(_, z)| (z - top).exp()).sum();
        let all = others.ln_1p();
        Answer { class: class as u8, response: (-all).exp(), doubt: others.ln() - all }
    }
}

/// The answers to blurred images, in their order.
#[must_use]
pub fn answers(net: &Lenet<f32>, images: &Blurred) -> Vec<Answer> {
    let batches: Vec<Vec<Answer>> = images
        .pixels
        .par_chunks(64 * PIXELS)
        .map(|batch| {
            let passed = net.forward(batch);
            let wide = |logits: &[f32]| Answer::of(&logits.iter().map(|&z| f64::from(z)).collect::<Vec<_>>());
            passed.logits().map(wide).collect()
        })
        .collect();
    batches.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_the_largest_probabilities() {
        let logits = [1.0, -2.0, 0.5, 3.0, 0.0, 0.1, -1.0, 2.0, 0.3, 0.4];
        let answer = Answer::of(&logits);
        let sum: f64 = logits.iter().map(|z: &f64| z.exp()).sum();
        assert_eq!(answer.class, 3);
        assert!((answer.response - 3f64.exp() / sum).abs() < 1e-15);
        assert!((answer.doubt - (1.0 - answer.response).ln()).abs() < 1e-12);
        assert_eq!(Answer::of(&[0.0; 10]).class, 0, "the first of equals");
        assert!((Answer::of(&[0.0; 10]).response - 0.1).abs() < 1e-15);
    }

    #[test]
    fn responses_that_round_to_1_are_told_apart() {
        let of = |top: f64| {
            let mut logits = [0.0; 10];
            logits[4] = top;
            Answer::of(&logits)
        };
        let (high, higher) = (of(60.0), of(70.0));
        assert_eq!((high.response, higher.response), (1.0, 1.0));
        assert!((high.doubt - (9f64.ln() - 60.0)).abs() < 1e-9);
        assert!(higher.doubt < high.doubt - 9.9);
    }
}
