//! The figures of one network, on images that it has not seen.

mod lines;

pub use lines::{LineEvaluation, LineTrial, PARTS, tolerating};

use crate::blur::STRONGEST;
use crate::candidate::{Candidate, FLOAT};
use crate::data::{Blurred, Mnist};
use crate::metrics::{Judged, Share, Threshold, correlation_ratio, pearson, right, spearman};
use crate::protocol::{BINS, LEVELS, TOLERATED};
use crate::response::Answer;
use crate::task::Task;
use crate::train::Recipe;
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
    /// What its numbers are: `float`, or the width of its layers in bits.
    pub numbers: String,
    /// Its seed.
    pub seed: u64,
    /// The version of the protocol that it was trained under.
    pub protocol: u32,
    /// Right answers of the test images with drawn levels.
    pub accuracy: Share,
    /// Right answers at each of [`LEVELS`]; of networks of stored numbers at the first one, without blur.
    pub levels: Vec<Share>,
    /// T* and its zone on test images.
    pub zone: Judged,
    /// T_v, from validation images, on test images.
    pub validated: Judged,
    /// T_m, from blurred validation images, on test images. (The file of a network that learned from unblurred images has that of
    /// unblurred ones, which is what it is asked about.)
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

/// How the reading of networks that learned from unblurred images is called.
pub const CLEAN: &str = "clean";

/// How a recipe's reading is called. One that is not the protocol's says so: its networks are no seeds of the reading.
#[must_use]
pub fn reading_of(recipe: &Recipe) -> String {
    let reading = if recipe.blur { recipe.layer.to_string() } else { CLEAN.into() };
    let protocol = match recipe.task {
        Task::Digit => Recipe::new(recipe.layer, recipe.seed),
        Task::Line => Recipe::lines(recipe.layer, recipe.seed),
    };
    if *recipe == (Recipe { blur: recipe.blur, ..protocol }) {
        return reading;
    }
    format!("{reading}, {} epochs of batches of {} at {}", recipe.epochs, recipe.batch, recipe.rate)
}

fn dependence(images: &Blurred, answers: &[Answer]) -> Dependence {
    Dependence::of(&images.sigmas, STRONGEST, answers.iter().map(|answer| (answer.response, answer.doubt)))
}

impl Dependence {
    /// From blur up to `strongest`, and response and doubt of each image.
    pub(crate) fn of(
        sigmas: &[f64],
        strongest: f64,
        answers: impl Iterator<Item = (f64, f64)>,
    ) -> Dependence {
        // Less doubt is the same order as more response, without ties by rounding.
        let (responses, sureness): (Vec<f64>, Vec<f64>) = answers.map(|(r, doubt)| (r, -doubt)).unzip();
        Dependence {
            pearson: pearson(&responses, sigmas),
            spearman: spearman(&sureness, sigmas),
            correlation_ratio: correlation_ratio(sigmas, &responses, strongest, BINS),
        }
    }
}

fn accuracy(images: &Blurred, answers: &[Answer]) -> Share {
    Share { of: right(answers, &images.labels), all: answers.len() }
}

impl Evaluation {
    /// What tells it from others: reading, numbers, seed.
    #[must_use]
    pub fn key(&self) -> (&str, &str, u64) {
        (&self.reading, &self.numbers, self.seed)
    }

    /// Runs the network over all images of the trial.
    ///
    /// # Panics
    /// If it is not for digits.
    #[must_use]
    pub fn of(network: &Candidate, trial: &Trial) -> Evaluation {
        let Trial { validation, test, levels } = trial;
        // Integers are slow where there is no kernel for them: they are only judged without blur and with drawn blur.
        let some = if matches!(network, Candidate::Integer(_)) { 1 } else { levels.len() };
        let (seed, protocol) = network.origin();
        let on_validation = network.answers(validation);
        let on_test = network.answers(test);
        let validated = Threshold::without_errors(&on_validation, &validation.labels);
        let tolerant = Threshold::tolerating(TOLERATED, &on_validation, &validation.labels);
        let judged = |threshold: Threshold| threshold.judged(&on_test, &test.labels);
        Evaluation {
            reading: network.reading(),
            numbers: network.numbers(),
            seed,
            protocol,
            accuracy: accuracy(test, &on_test),
            levels: levels
                .iter()
                .take(some)
                .map(|images| accuracy(images, &network.answers(images)))
                .collect(),
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

/// The figures of some networks, as `ocr evaluate --json` writes them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Of digits.
    pub digits: Vec<Evaluation>,
    /// Of lines.
    pub lines: Vec<LineEvaluation>,
}

impl Figures {
    /// Judges networks: those of digits on `trial`, which must be there if there are any, those of lines on lines. `done` hears
    /// of each.
    ///
    /// # Panics
    /// If a network of digits has no trial.
    #[must_use]
    pub fn of(networks: &[Candidate], trial: Option<&Trial>, mut done: impl FnMut()) -> Figures {
        let (mut figures, mut lines) = (Figures::default(), None);
        for network in networks {
            match network.task() {
                Task::Digit => {
                    figures
                        .digits
                        .push(Evaluation::of(network, trial.expect("digits for networks of digits")));
                }
                Task::Line => {
                    let trial = lines.get_or_insert_with(LineTrial::new);
                    figures.lines.push(LineEvaluation::of(network, trial));
                }
            }
            done();
        }
        figures
    }

    /// The networks of both that are right about other numbers of images: one of the files is older than the other. Integers are
    /// the same everywhere; floats may differ by some images between machines, whose sums are in another order.
    #[must_use]
    pub fn differing(&self, recorded: &Figures) -> Vec<String> {
        let differ = |numbers: &str, a: &[Share], b: &[Share]| match numbers {
            FLOAT => (a[0].value() - b[0].value()).abs() > SAME,
            _ => a != b,
        };
        let digits = self.digits.iter().filter(|e| {
            let same = recorded.digits.iter().find(|r| r.key() == e.key());
            let shares = |e: &Evaluation| {
                let Evaluation { accuracy, zone, validated, tolerant, .. } = e;
                let judged = [zone, validated, tolerant].map(|judged| [judged.above, judged.wrong]);
                [&[*accuracy, e.levels[0]], judged.as_flattened()].concat()
            };
            same.is_some_and(|r| differ(&e.numbers, &shares(r), &shares(e)))
        });
        let lines = self.lines.iter().filter(|e| {
            let same = recorded.lines.iter().find(|r| r.key() == e.key());
            let shares =
                |e: &LineEvaluation| [e.all.characters, e.all.fields, e.tolerant.above, e.tolerant.wrong];
            same.is_some_and(|r| differ(&e.numbers, &shares(r), &shares(e)))
        });
        let all = digits.map(|e| ("", e.key())).chain(lines.map(|e| ("lines, ", e.key())));
        all.map(|(of, (reading, numbers, seed))| format!("{of}{reading}, {numbers}, seed {seed}")).collect()
    }
}

/// Shares that differ by no more are of the same network.
const SAME: f64 = 0.0005;
