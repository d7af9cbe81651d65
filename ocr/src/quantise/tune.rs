//! Training of the layers that are not frozen: weights and inputs are rounded wherever they are used, and scales learn, too.

use super::freeze::Chosen;
use super::{BYTES, Quantised};
use crate::adam::{Adam, rate};
use crate::protocol::{Tuning, stream};
use crate::random::Stream;
use crate::train::{Examples, Frozen, gradient};

impl Quantised {
    /// Trains on examples of `epoch` and those after it.
    pub(super) fn tune(
        &mut self,
        examples: &impl Examples,
        mut epoch: u64,
        tuning: Tuning,
        mut heard: impl FnMut(),
    ) {
        // Adam moves nothing whose gradient is always 0: what is frozen.
        let mut of_parameters = Adam::new(self.net.parameters().len());
        let mut of_scales = Adam::new(self.scales().count());
        let (first, learned) = (self.ahead[0].layer, self.learned());
        let Tuning { steps, rate: highest } = tuning;
        let mut done = 0;
        while done < steps {
            let order = Stream::new(&[stream::ORDER, self.recipe.seed, epoch]).order(examples.count());
            for indices in order.chunks(self.recipe.batch).take(steps - done) {
                let example = |index: &usize| examples.example(&self.recipe, epoch, *index);
                // The slopes at the rounded weights move those that are not.
                let floats = self.net.parameters().to_vec();
                for chosen in &self.ahead {
                    let weights = chosen.weights.clone();
                    let snapped = chosen.snapped(&floats[weights.clone()]);
                    self.net.parameters_mut()[weights].copy_from_slice(&snapped);
                }
                let frozen = Frozen { first, grids: &self.grids(), learned, teacher: Some(&self.teacher) };
                let (_, mut slopes) = gradient(&self.net, &self.recipe, indices, example, frozen);
                let mut slopes_of_scales = Vec::with_capacity(of_scales.mean.len());
                slopes_of_scales.extend(slopes.scales[learned..].iter().map(|&slope| slope as f32));
                for chosen in &self.ahead {
                    let weights = chosen.weights.clone();
                    slopes_of_scales
                        .extend(chosen.back(&floats[weights.clone()], &mut slopes.parameters[weights]));
                }
                let rate = rate(highest, done as u64, steps as u64);
                let mut logs: Vec<f32> = self.scales().map(|scale| scale.ln()).collect();
                of_scales.step(&mut logs, &slopes_of_scales, rate);
                self.scales().zip(logs).for_each(|(scale, log)| *scale = log.exp());
                self.net.parameters_mut().copy_from_slice(&floats);
                of_parameters.step(self.net.parameters_mut(), &slopes.parameters, rate);
                done += 1;
                heard();
            }
            epoch += 1;
        }
    }

    /// The first convolution the scale of whose inputs still learns: that of an image's bytes is what it is.
    fn learned(&self) -> usize {
        self.stored.len() + usize::from(self.ahead[0].input == BYTES)
    }

    /// The scales that still learn: those of inputs, then those of weights.
    fn scales(&mut self) -> impl Iterator<Item = &mut f32> {
        let fixed = self.learned() - self.stored.len();
        let (inputs, weights): (Vec<_>, Vec<_>) =
            self.ahead.iter_mut().map(|Chosen { input, scales, .. }| (&mut input.scale, scales)).unzip();
        inputs.into_iter().skip(fixed).chain(weights.into_iter().flatten())
    }
}
