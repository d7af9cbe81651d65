//! What `PROTOCOL.md` fixes, as numbers. A change here is a new version there.

use crate::layer::Layer;

/// The version of the protocol that models and reports name.
pub const VERSION: u32 = 7;

/// Training images that networks are trained on; the rest is for validation.
pub const TRAINING: usize = 50_000;

/// The seeds whose results count.
pub const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

/// Epochs, images in a batch, first rate.
pub const EPOCHS: u32 = 8;
/// Images in a batch.
pub const BATCH: usize = 64;
/// Adam's rate at the first step.
pub const RATE: f64 = 0.002;

/// Fixed levels of blur, in pixels.
pub const LEVELS: [f64; 9] = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0];

/// Bins of the correlation ratio, over 0 to 4 pixels.
pub const BINS: usize = 16;

/// The share of wrong images above the threshold T_m.
pub const TOLERATED: f64 = 0.001;

/// Epochs, lines in an epoch and in a batch, of networks of lines.
pub const LINE_EPOCHS: u32 = 50;
/// Lines in an epoch.
pub const LINES: usize = 3200;
/// Lines in a batch.
pub const LINE_BATCH: usize = 16;
/// Lines of validation, and of test.
pub const LINES_JUDGED: usize = 2000;
/// The share of wrong lines above the threshold T_m.
pub const LINES_TOLERATED: f64 = 0.01;

/// Training of what is going to be frozen: steps with everything rounded before the first layer is frozen, and Adam's rate at the first
/// of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Steps.
    pub steps: usize,
    /// The rate.
    pub rate: f64,
}

/// Of networks of digits.
pub const TUNING: Tuning = Tuning { steps: 4000, rate: 0.002 };
/// Of networks of digits whose weights have 5 bits or more.
pub const FINE_TUNING: Tuning = Tuning { steps: 2000, ..TUNING };
/// Of networks of lines.
pub const LINE_TUNING: Tuning = Tuning { steps: 1000, rate: 0.002 };
/// Before each layer is frozen it and those behind it are trained for a tenth of the steps, from a fifth of the rate on.
pub const FREEZING: (usize, f64) = (10, 5.0);

/// What the answers of the network of floats have of the loss there; labels have the rest.
pub const TAUGHT: f64 = 0.5;

/// The readings that are compared, with their constants.
pub const READINGS: [Layer; 6] = [
    Layer::None,
    Layer::Scale { gain: 9.0, factor: 1.0 },
    Layer::Scale { gain: 4.0, factor: 2.0 },
    Layer::Response(2.0),
    Layer::Mix,
    Layer::Target,
];

/// What streams of random numbers are for: the first name of each.
pub(crate) mod stream {
    pub(crate) const WEIGHTS: u64 = 1;
    pub(crate) const ORDER: u64 = 2;
    pub(crate) const TRAINING_BLUR: u64 = 3;
    pub(crate) const VALIDATION_BLUR: u64 = 4;
    pub(crate) const TEST_BLUR: u64 = 5;
    pub(crate) const LINES_TRAINING: u64 = 6;
    pub(crate) const LINES_VALIDATION: u64 = 7;
    pub(crate) const LINES_TEST: u64 = 8;
    pub(crate) const LINES_SAMPLES: u64 = 9;
}
