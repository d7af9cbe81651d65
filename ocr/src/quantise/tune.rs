//! Training of the layers that are not frozen, on what the frozen ones give.

use super::Quantised;
use super::freeze::Chosen;
use crate::adam::{Adam, rate};
use crate::protocol::{LINE_TUNING_STEPS, TUNING_RATE, TUNING_STEPS, stream};
use crate::random::Stream;
use crate::task::Task;
use crate::train::{Examples, Frozen, gradient};

/// The number that epochs of tuning begin at: far behind those of training.
const EPOCHS: u64 = 1000;

impl Quantised {
    /// Trains the convolution that is going to be frozen, its weights rounded wherever they are used, and all layers behind it,
    /// on rounded inputs. Slopes pass a rounding as if it were none.
    pub(super) fn tune(&mut self, chosen: &Chosen, examples: &impl Examples, steps: Option<usize>) {
        let steps = steps.unwrap_or(match self.recipe.task {
            Task::Digit => TUNING_STEPS,
            Task::Line => LINE_TUNING_STEPS,
        });
        // Later layers learn from inputs on the grids that they are expected to have.
        let grids = [self.grids(), vec![chosen.input], self.expected[chosen.index + 1..].to_vec()].concat();
        let frozen = Frozen { first: chosen.layer, grids: &grids };
        // Adam moves nothing whose gradient is always 0.
        let mut adam = Adam::new(self.net.parameters().len());
        let mut epoch = EPOCHS * (chosen.index as u64 + 1);
        let mut done = 0;
        while done < steps {
            let order = Stream::new(&[stream::ORDER, self.recipe.seed, epoch]).order(examples.count());
            for indices in order.chunks(self.recipe.batch).take(steps - done) {
                let example = |index: &usize| examples.example(&self.recipe, epoch, *index);
                // The slopes at the rounded weights move those that are not.
                let floats = self.net.parameters()[chosen.weights.clone()].to_vec();
                let rounded = chosen.snapped(&floats);
                self.net.parameters_mut()[chosen.weights.clone()].copy_from_slice(&rounded);
                let (_, gradient) = gradient(&self.net, &self.recipe, indices, example, frozen);
                self.net.parameters_mut()[chosen.weights.clone()].copy_from_slice(&floats);
                let rate = rate(TUNING_RATE, done as u64, steps as u64);
                adam.step(self.net.parameters_mut(), &gradient, rate);
                done += 1;
            }
            epoch += 1;
        }
    }
}
