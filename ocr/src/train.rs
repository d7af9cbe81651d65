//! Training: epoch by epoch, the same from the same seed, in one go or resumed.

use crate::adam::{Adam, rate};
use crate::blur;
use crate::data::Digits;
use crate::graph::{Gradient, Grid, Network, Shape};
use crate::layer::Layer;
use crate::lenet::{self, SIDE};
use crate::protocol::{self, TAUGHT, stream};
use crate::random::Stream;
use crate::task::Task;
use rayon::prelude::*;

/// All that decides what a network becomes, beside the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// What the network is for.
    pub task: Task,
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
    /// The protocol's for digits.
    #[must_use]
    pub fn new(layer: Layer, seed: u64) -> Recipe {
        let (epochs, batch, rate) = (protocol::EPOCHS, protocol::BATCH, protocol::RATE);
        Recipe { task: Task::Digit, layer, blur: true, seed, epochs, batch, rate }
    }

    /// The protocol's for lines of text.
    #[must_use]
    pub fn lines(layer: Layer, seed: u64) -> Recipe {
        let (epochs, batch) = (protocol::LINE_EPOCHS, protocol::LINE_BATCH);
        Recipe { task: Task::Line, epochs, batch, ..Recipe::new(layer, seed) }
    }
}

/// What a network learns from: an input, and the class at each of its outputs.
pub struct Example {
    /// The input's values.
    pub input: Vec<f32>,
    /// The input's shape.
    pub shape: Shape,
    /// The class of each pixel of the output: one, or one for each column of a line.
    pub labels: Vec<u8>,
    /// The level of distortion, from 0 to 1.
    pub level: f64,
}

/// Where examples come from.
pub trait Examples: Sync {
    /// How many there are in an epoch.
    fn count(&self) -> usize;

    /// One of them, distorted as the recipe says for this epoch. All that go through the network together have one shape.
    fn example(&self, recipe: &Recipe, epoch: u64, index: usize) -> Example;
}

impl Examples for Digits {
    fn count(&self) -> usize {
        Digits::count(self)
    }

    fn example(&self, recipe: &Recipe, epoch: u64, index: usize) -> Example {
        let sigma = match recipe.blur {
            true => blur::draw(&mut Stream::new(&[stream::TRAINING_BLUR, recipe.seed, epoch, index as u64])),
            false => 0.0,
        };
        let pixels = blur::blurred(self.image(index), SIDE, SIDE, sigma);
        let labels = vec![self.labels()[index]];
        Example { input: lenet::inputs(&pixels), shape: lenet::INPUT, labels, level: sigma / blur::STRONGEST }
    }
}

/// A training between two epochs.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    pub(crate) recipe: Recipe,
    pub(crate) net: Network<f32>,
    pub(crate) adam: Adam,
    pub(crate) epochs_done: u32,
}

impl Training {
    /// Before the first epoch.
    #[must_use]
    pub fn new(recipe: Recipe) -> Training {
        let net = Network::new(recipe.task.graph(), &mut Stream::new(&[stream::WEIGHTS, recipe.seed]));
        let adam = Adam::new(net.parameters().len());
        Training { recipe, net, adam, epochs_done: 0 }
    }

    /// How the network is trained.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The network as it is now.
    #[must_use]
    pub fn net(&self) -> &Network<f32> {
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

    /// One epoch over all of `examples`; `progress` hears how many were seen. Returns the mean loss.
    ///
    /// # Panics
    /// If all epochs are done.
    pub fn epoch(&mut self, examples: &impl Examples, mut progress: impl FnMut(usize)) -> f64 {
        assert!(!self.is_finished(), "all epochs are done");
        let Recipe { seed, batch, epochs, .. } = self.recipe;
        let epoch = u64::from(self.epochs_done);
        let order = Stream::new(&[stream::ORDER, seed, epoch]).order(examples.count());
        let steps = examples.count().div_ceil(batch) as u64 * u64::from(epochs);
        let mut sum = 0.0;
        for (n, indices) in order.chunks(batch).enumerate() {
            let examples = |index: &usize| examples.example(&self.recipe, epoch, *index);
            let (loss, gradient) = gradient(&self.net, &self.recipe, indices, examples, Frozen::default());
            sum += loss;
            let rate = rate(self.recipe.rate, self.adam.steps, steps);
            self.adam.step(self.net.parameters_mut(), &gradient.parameters, rate);
            progress(n * batch + indices.len());
        }
        self.epochs_done += 1;
        sum / examples.count() as f64
    }
}

/// The part of a network that is trained no more.
#[derive(Clone, Copy, Default)]
pub(crate) struct Frozen<'a> {
    /// The first layer that still is.
    pub(crate) first: usize,
    /// The grids of the inputs of the first convolutions.
    pub(crate) grids: &'a [Grid],
    /// The first convolution the scale of whose grid is learned.
    pub(crate) learned: usize,
    /// A network whose answers are to be learned beside the labels, as [`TAUGHT`] says.
    pub(crate) teacher: Option<&'a Network<f32>>,
}

/// The sum of the losses of a batch, and the gradient of their mean. Parts of the batch are run by several threads and added
/// in order: the sums do not depend on the number of threads.
pub(crate) fn gradient(
    net: &Network<f32>,
    recipe: &Recipe,
    indices: &[usize],
    example: impl Fn(&usize) -> Example + Sync,
    frozen: Frozen<'_>,
) -> (f64, Gradient<f32>) {
    let count = indices.len() as f64;
    let part = |indices: &[usize]| {
        let examples: Vec<Example> = indices.iter().map(&example).collect();
        let inputs: Vec<f32> = examples.iter().flat_map(|example| example.input.iter().copied()).collect();
        let taught = frozen.teacher.map(|teacher| teacher.forward(inputs.clone(), examples[0].shape));
        let passed = net.forward_on(inputs, examples[0].shape, frozen.grids);
        let classes = passed.output_shape().maps;
        let mut logits = passed.outputs().chunks_exact(classes);
        let mut taught = taught.iter().flat_map(|taught| taught.outputs().chunks_exact(classes));
        let wide = |logits: &[f32]| -> Vec<f64> { logits.iter().map(|&z| f64::from(z)).collect() };
        let (mut sum, mut slopes) = (0.0, Vec::with_capacity(passed.outputs().len()));
        for Example { labels, level, .. } in &examples {
            // The loss of an example is the mean over its outputs.
            let (each, mean) = (labels.len() as f64, labels.len() as f64 * count);
            for (label, logits) in labels.iter().zip(&mut logits) {
                let logits = wide(logits);
                let (mut loss, mut gradient) = recipe.layer.loss(&logits, usize::from(*label), *level);
                if let Some(teacher) = taught.next() {
                    let (other, slopes) = recipe.layer.loss_to(&logits, &wide(teacher), *level);
                    loss = (1.0 - TAUGHT) * loss + TAUGHT * other;
                    let mix = |slope: &mut f64, other: f64| *slope = (1.0 - TAUGHT) * *slope + TAUGHT * other;
                    gradient.iter_mut().zip(slopes).for_each(|(slope, other)| mix(slope, other));
                }
                sum += loss / each;
                slopes.extend(gradient.into_iter().map(|slope| (slope / mean) as f32));
            }
        }
        (sum, net.backward(&passed, slopes, frozen.first, frozen.learned))
    };
    let parts: Vec<(f64, Gradient<f32>)> = indices.par_chunks(recipe.task.together()).map(part).collect();
    let mut parts = parts.into_iter();
    let mut all = parts.next().expect("a batch is not empty");
    for (loss, gradient) in parts {
        all.0 += loss;
        all.1.parameters.iter_mut().zip(gradient.parameters).for_each(|(sum, slope)| *sum += slope);
        all.1.scales.iter_mut().zip(gradient.scales).for_each(|(sum, slope)| *sum += slope);
    }
    all
}
