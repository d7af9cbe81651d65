//! Training of the layers that are not frozen, on what the frozen ones give.

use super::Quantised;
use crate::adam::{Adam, rate};
use crate::error::Result;
use crate::protocol::{TUNING_RATE, stream};
use crate::random::Stream;
use crate::task::Task;
use crate::train::{Examples, Frozen, gradient};

/// The number that epochs of tuning begin at: far behind those of training.
const EPOCHS: u64 = 1000;

impl Quantised {
    /// Trains all layers behind the frozen ones.
    pub(super) fn tune(&mut self, examples: &impl Examples, steps: Option<usize>) -> Result<()> {
        let steps = steps.unwrap_or(match self.recipe.task {
            Task::Digit => 400,
            Task::Line => 300,
        });
        let (frozen, _) = self.progress();
        let grids = self.grids();
        let first = self.net.graph().convs().nth(frozen).map_or(usize::MAX, |(layer, ..)| layer);
        // Adam moves nothing whose gradient is always 0.
        let mut adam = Adam::new(self.net.parameters().len());
        let mut epoch = EPOCHS * (frozen as u64 + 1);
        let mut done = 0;
        while done < steps {
            let order = Stream::new(&[stream::ORDER, self.recipe.seed, epoch]).order(examples.count());
            for indices in order.chunks(self.recipe.batch).take(steps - done) {
                let example = |index: &usize| examples.example(&self.recipe, epoch, *index);
                let (_, gradient) =
                    gradient(&self.net, &self.recipe, indices, example, Frozen { first, grids: &grids });
                let rate = rate(TUNING_RATE, done as u64, steps as u64);
                adam.step(self.net.parameters_mut(), &gradient, rate);
                done += 1;
            }
            epoch += 1;
        }
        Ok(())
    }
}
