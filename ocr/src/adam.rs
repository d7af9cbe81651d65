//! Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015), with a rate that falls as half a cosine.

/// Decay of the mean of gradients, and of the mean of their squares; what keeps the division finite.
const DECAY: (f32, f32) = (0.9, 0.999);
const EPSILON: f32 = 1e-8;

/// The state: running means of the gradient and of its square.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    pub(crate) mean: Vec<f32>,
    pub(crate) square: Vec<f32>,
    pub(crate) steps: u64,
}

/// The rate at `step` of `steps`: `first` at the beginning, 0 at the end.
#[must_use]
pub fn rate(first: f64, step: u64, steps: u64) -> f64 {
    first * 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos())
}

impl Adam {
    /// Before the first step, for so many parameters.
    #[must_use]
    pub fn new(parameters: usize) -> Adam {
        Adam { mean: vec![0.0; parameters], square: vec![0.0; parameters], steps: 0 }
    }

    /// One step down the gradient.
    ///
    /// # Panics
    /// If there is not a gradient for each parameter.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], rate: f64) {
        assert_eq!((parameters.len(), gradient.len()), (self.mean.len(), self.mean.len()));
        self.steps += 1;
        // The means begin at 0; this takes that out again.
        let bias = |decay: f32| 1.0 - f64::from(decay).powf(self.steps as f64);
        let (of_mean, of_square) = ((rate / bias(DECAY.0)) as f32, (1.0 / bias(DECAY.1)) as f32);
        let state = self.mean.iter_mut().zip(&mut self.square);
        for ((parameter, &slope), (mean, square)) in parameters.iter_mut().zip(gradient).zip(state) {
            *mean = DECAY.0 * *mean + (1.0 - DECAY.0) * slope;
            *square = DECAY.1 * *square + (1.0 - DECAY.1) * slope * slope;
            *parameter -= of_mean * *mean / ((of_square * *square).sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_rate_against_the_gradient() {
        let mut parameters = [1.0, 1.0, 1.0];
        Adam::new(3).step(&mut parameters, &[5.0, -0.01, 0.0], 0.1);
        for (parameter, exact) in parameters.iter().zip([0.9, 1.1, 1.0]) {
            assert!((parameter - exact).abs() < 1e-5, "{parameters:?}");
        }
    }

    #[test]
    fn a_bowl_is_descended_and_the_rate_ends_at_0() {
        let mut adam = Adam::new(2);
        let mut at = [3.0, -2.0];
        for step in 0..400 {
            let gradient = [2.0 * at[0], 20.0 * at[1]];
            adam.step(&mut at, &gradient, rate(0.1, step, 400));
        }
        assert!(at.iter().all(|x: &f32| x.abs() < 1e-2), "{at:?}");
        assert_eq!(rate(0.1, 0, 400), 0.1);
        assert!((rate(0.1, 200, 400) - 0.05).abs() < 1e-12 && rate(0.1, 400, 400) < 1e-12);
    }
}
