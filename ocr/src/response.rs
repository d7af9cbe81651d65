//! What a network answers: a class, and a response that says how sure it is.

use crate::data::Blurred;
use crate::graph::Network;
use crate::lenet::{self, CLASSES, PIXELS};
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
    /// From the logits of all classes.
    ///
    /// # Panics
    /// If there are none, or more than 256.
    #[must_use]
    pub fn of(logits: &[f32]) -> Answer {
        assert!(logits.len() <= 256, "classes are bytes");
        let logits: Vec<f64> = logits.iter().map(|&z| f64::from(z)).collect();
        let (class, &top) =
            logits.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1)).expect("there are classes");
        // Without the largest: both logarithms are exact where the largest is nearly all.
        let others: f64 =
            logits.iter().enumerate().filter(|(n, _)| *n != class).map(|(_, z)| (z - top).exp()).sum();
        let all = others.ln_1p();
        Answer { class: class as u8, response: (-all).exp(), doubt: others.ln() - all }
    }
}

/// The answers to blurred images, in their order.
#[must_use]
pub fn answers(net: &Network<f32>, images: &Blurred) -> Vec<Answer> {
    answers_by(images, |batch| lenet::logits(net, batch))
}

/// The answers to blurred images of whatever gives the logits of a batch of them.
pub fn answers_by(images: &Blurred, logits: impl Fn(&[u8]) -> Vec<f32> + Sync) -> Vec<Answer> {
    let of = |batch: &[u8]| -> Vec<Answer> { logits(batch).chunks_exact(CLASSES).map(Answer::of).collect() };
    images.pixels.par_chunks(64 * PIXELS).map(of).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_the_largest_probabilities() {
        let logits = [1.0, -2.0, 0.5, 3.0, 0.0, 0.1, -1.0, 2.0, 0.3, 0.4];
        let answer = Answer::of(&logits);
        let sum: f64 = logits.iter().map(|z: &f32| f64::from(*z).exp()).sum();
        assert_eq!(answer.class, 3);
        assert!((answer.response - 3f64.exp() / sum).abs() < 1e-15);
        assert!((answer.doubt - (1.0 - answer.response).ln()).abs() < 1e-12);
        assert_eq!(Answer::of(&[0.0; 10]).class, 0, "the first of equals");
        assert!((Answer::of(&[0.0; 10]).response - 0.1).abs() < 1e-15);
    }

    #[test]
    fn responses_that_round_to_1_are_told_apart() {
        let of = |top: f32| {
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
