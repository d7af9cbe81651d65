//! Training: epoch by epoch, the same from the same seed, in one go or resumed.

use crate::adam::{Adam, rate};
use crate::blur;
use crate::data::Digits;
use crate::layer::Layer;
use crate::lenet::{CLASSES, Lenet, PARAMETERS, PIXELS, SIDE, Scratch};
use crate::protocol::{self, stream};
use crate::random::Stream;

/// All that decides what a network becomes, beside the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// The layer that is there in training.
    pub layer: Layer,
    /// Whether training images are blurred.
    pub blur: bool,
    /// What weights, order and blur are drawn from.
    pub seed: u64,
    /// How often each image is seen.
    pub epochs: u32,
    /// Images in a batch.
    pub batch: usize,
    /// Adam's rate at the first step.
    pub rate: f64,
}

impl Recipe {
    /// The protocol's.
    #[must_use]
    pub fn new(layer: Layer, seed: u64) -> Recipe {
        let (epochs, batch, rate) = (protocol::EPOCHS, protocol::BATCH, protocol::RATE);
        Recipe { layer, blur: true, seed, epochs, batch, rate }
    }
}

/// A training between two epochs.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    pub(crate) recipe: Recipe,
    pub(crate) net: Lenet<f32>,
    pub(crate) adam: Adam,
    pub(crate) epochs_done: u32,
}

impl Training {
    /// Before the first epoch.
    #[must_use]
    pub fn new(recipe: Recipe) -> Training {
        let net = Lenet::new(&mut Stream::new(&[stream::WEIGHTS, recipe.seed]));
        Training { recipe, net, adam: Adam::new(PARAMETERS), epochs_done: 0 }
    }

    /// How the network is trained.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The network as it is now.
    #[must_use]
    pub fn net(&self) -> &Lenet<f32> {
        &self.net
    }

    /// How many epochs are done.
    #[must_use]
    pub fn epochs_done(&self) -> u32 {
        self.epochs_done
    }

    /// Whether all epochs are done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.epochs_done >= self.recipe.epochs
    }

    /// One epoch over all of `digits`; `progress` hears how many were seen. Returns the mean loss.
    ///
    /// # Panics
    /// If all epochs are done.
    pub fn epoch(&mut self, digits: &Digits, mut progress: impl FnMut(usize)) -> f64 {
        assert!(!self.is_finished(), "all epochs are done");
        let Recipe { layer, blur, seed, batch, epochs, .. } = self.recipe;
        let epoch = u64::from(self.epochs_done);
        let order = Stream::new(&[stream::ORDER, seed, epoch]).order(digits.count());
        let steps = digits.count().div_ceil(batch) as u64 * u64::from(epochs);
        let (mut scratch, mut sum) = (Scratch::new(), 0.0);
        let mut pixels: Vec<u8> = Vec::with_capacity(batch * PIXELS);
        let mut levels = Vec::with_capacity(batch);
        let mut gradient = Vec::with_capacity(batch * CLASSES);
        for (n, indices) in order.chunks(batch).enumerate() {
            pixels.clear();
            levels.clear();
            gradient.clear();
            for &index in indices {
                let sigma = match blur {
                    true => blur::draw(&mut Stream::new(&[stream::TRAINING_BLUR, seed, epoch, index as u64])),
                    false => 0.0,
                };
                pixels.extend(blur::blurred(digits.image(index), SIDE, SIDE, sigma));
                levels.push(sigma / blur::STRONGEST);
            }
            let passed = self.net.forward(&pixels);
            for ((logits, &index), &level) in passed.logits().zip(indices).zip(&levels) {
                let logits = std::array::from_fn(|class| f64::from(logits[class]));
                let (loss, slopes) = layer.loss(&logits, usize::from(digits.labels()[index]), level);
                sum += loss;
                gradient.extend(slopes.map(|slope| (slope / indices.len() as f64) as f32));
            }
            let gradient = self.net.backward(&passed, &gradient, &mut scratch);
            let rate = rate(self.recipe.rate, self.adam.steps, steps);
            self.adam.step(self.net.parameters_mut(), gradient, rate);
            progress(n * batch + indices.len());
        }
        self.epochs_done += 1;
        sum / digits.count() as f64
    }
}
