//! The figures of one network, on images that it has not seen.

use crate::blur::STRONGEST;
use crate::data::{Blurred, Mnist};
use crate::metrics::{Judged, Share, Threshold, correlation_ratio, pearson, right, spearman};
use crate::model::Model;
use crate::protocol::{BINS, LEVELS, TOLERATED};
use crate::response::{Answer, answers};
use serde::{Deserialize, Serialize};

/// All that networks are judged on, blurred once for all of them.
pub struct Trial {
    /// Validation images with drawn levels.
    pub validation: Blurred,
    /// Test images with drawn levels.
    pub test: Blurred,
    /// All test images at each of [`LEVELS`].
    pub levels: Vec<Blurred>,
}

impl Trial {
    /// Blurs the images.
    #[must_use]
    pub fn new(data: &Mnist) -> Trial {
        Trial {
            validation: data.validation_blurred(),
            test: data.test_blurred(),
            levels: LEVELS.iter().map(|&sigma| data.test.blurred(|_| sigma)).collect(),
        }
    }
}

/// How the response depends on the blur.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    /// Pearson's correlation.
    pub pearson: f64,
    /// Spearman's correlation.
    pub spearman: f64,
    /// η².
    pub correlation_ratio: f64,
}

/// The figures of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The layer in training, with its constant; `clean` for a network that was trained without blur.
    pub reading: String,
    /// Its seed.
    pub seed: u64,
    /// The version of the protocol that it was trained under.
    pub protocol: u32,
    /// Right answers of the test images with drawn levels.
    pub accuracy: Share,
    /// Right answers at each of [`LEVELS`].
    pub levels: Vec<Share>,
    /// T* and its zone on test images.
    pub zone: Judged,
    /// T_v, from validation images, on test images.
    pub validated: Judged,
    /// T_m, from validation images, on test images.
    pub tolerant: Judged,
    /// Response and blur on test images.
    pub dependence: Dependence,
    /// What choices are made by: right answers, T_v and dependence on validation images.
    pub on_validation: OnValidation,
}

/// The figures by which readings are chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OnValidation {
    /// Right answers.
    pub accuracy: Share,
    /// T_v, on the images that it is from.
    pub zone: Judged,
    /// Response and blur.
    pub dependence: Dependence,
}

/// How a model's reading is called.
#[must_use]
pub fn reading(model: &Model) -> String {
    if model.recipe.blur { model.recipe.layer.to_string() } else { "clean".into() }
}

fn dependence(images: &Blurred, answers: &[Answer]) -> Dependence {
    let responses: Vec<f64> = answers.iter().map(|answer| answer.response).collect();
    // The same order, without ties by rounding.
    let sureness: Vec<f64> = answers.iter().map(|answer| -answer.doubt).collect();
    Dependence {
        pearson: pearson(&responses, &images.sigmas),
        spearman: spearman(&sureness, &images.sigmas),
        correlation_ratio: correlation_ratio(&images.sigmas, &responses, STRONGEST, BINS),
    }
}

fn accuracy(images: &Blurred, answers: &[Answer]) -> Share {
    Share { of: right(answers, &images.labels), all: answers.len() }
}

impl Evaluation {
    /// Runs the network over all images of the trial.
    #[must_use]
    pub fn of(model: &Model, trial: &Trial) -> Evaluation {
        let Trial { validation, test, levels } = trial;
        let on_validation = answers(&model.net, validation);
        let on_test = answers(&model.net, test);
        let validated = Threshold::without_errors(&on_validation, &validation.labels);
        let tolerant = Threshold::tolerating(TOLERATED, &on_validation, &validation.labels);
        let judged = |threshold: Threshold| threshold.judged(&on_test, &test.labels);
        Evaluation {
            reading: reading(model),
            seed: model.recipe.seed,
            protocol: model.protocol,
            accuracy: accuracy(test, &on_test),
            levels: levels.iter().map(|images| accuracy(images, &answers(&model.net, images))).collect(),
            zone: judged(Threshold::without_errors(&on_test, &test.labels)),
            validated: judged(validated),
            tolerant: judged(tolerant),
            dependence: dependence(test, &on_test),
            on_validation: OnValidation {
                accuracy: accuracy(validation, &on_validation),
                zone: validated.judged(&on_validation, &validation.labels),
                dependence: dependence(validation, &on_validation),
            },
        }
    }
}
