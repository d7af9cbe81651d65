//! The additional layer: it sees the level of distortion in training, and is deleted afterwards.
//!
//! The paper's formula is not known to us; these are reconstructions, to be compared. z are the logits, p = softmax(z),
//! a the level from 0 to 1, y the label, u the uniform distribution.
//!
//! | reading | the graph in training |
//! |---|---|
//! | `none` | loss −ln p_y |
//! | `scale` | q = softmax(β (1 + γa) z), loss −ln q_y |
//! | `response` | loss −ln p_y + w (max p − (1 − a))² |
//! | `mix` | q = (1 − a) p + a u, loss −ln q_y |
//! | `target` | loss −Σ tᵢ ln pᵢ with t = (1 − a) onehot(y) + a u; no layer, for comparison |
//!
//! None has parameters of its own, so nothing but the graph changes when it is deleted. Why `scale` has this sign: a network that
//! predicts well under q has logits that shrink as the layer's factor grows; without the layer, blurred images keep the
//! small logits, and so a response that says how blurred they are.

use crate::error::{Error, Result};
use std::fmt;

/// A reading of the layer, with its constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layer {
    /// No layer: the baseline.
    None,
    /// Logits times β (1 + γ · level).
    Scale {
        /// γ, the constant: how much more blurred images are scaled.
        gain: f64,
        /// β: how much all are. It stretches the axis of the response, and hardly changes the order on it.
        factor: f64,
    },
    /// The largest probability is drawn to 1 − level. The constant is the weight of that.
    Response(f64),
    /// Probabilities are mixed with the uniform distribution.
    Mix,
    /// Targets are mixed with the uniform distribution; there is no layer.
    Target,
}

/// γ and β where nothing else is asked for: what the protocol's rule chose.
const DEFAULT_GAIN: f64 = 4.0;
const DEFAULT_FACTOR: f64 = 2.0;

/// The names of all readings.
pub const NAMES: [&str; 5] = ["none", "scale", "response", "mix", "target"];

impl Layer {
    /// The reading of a name, with its constant and factor or the usual ones.
    ///
    /// # Errors
    /// If there is no such reading, it has no constant or factor, or one is not above 0 and at most 1000.
    pub fn new(name: &str, constant: Option<f64>, factor: Option<f64>) -> Result<Layer> {
        let layer = match name {
            "none" => Layer::None,
            "scale" => Layer::Scale {
                gain: constant.unwrap_or(DEFAULT_GAIN),
                factor: factor.unwrap_or(DEFAULT_FACTOR),
            },
            "response" => Layer::Response(constant.unwrap_or(2.0)),
            "mix" => Layer::Mix,
            "target" => Layer::Target,
            _ => {
                let problem = format!("there is no {name:?}; there are {}", NAMES.join(", "));
                return Err(Error::of("distortion layer", problem));
            }
        };
        let checked = |what: &str, asked: Option<f64>, has: Option<f64>, others: &str| match (asked, has) {
            (Some(_), None) => {
                let problem = format!("{name} has none; leave it out, or choose {others}");
                Err(Error::of(what, problem))
            }
            (Some(asked), _) if !(asked > 0.0 && asked <= 1000.0) => {
                Err(Error::of(what, format!("it is {asked}; above 0 up to 1000 is possible")))
            }
            _ => Ok(()),
        };
        checked("constant", constant, layer.constant(), "scale or response")?;
        checked("factor", factor, layer.factor(), "scale")?;
        Ok(layer)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Layer::None => NAMES[0],
            Layer::Scale { .. } => NAMES[1],
            Layer::Response(_) => NAMES[2],
            Layer::Mix => NAMES[3],
            Layer::Target => NAMES[4],
        }
    }

    /// Its constant, if it has one.
    #[must_use]
    pub fn constant(self) -> Option<f64> {
        match self {
            Layer::Scale { gain: constant, .. } | Layer::Response(constant) => Some(constant),
            Layer::None | Layer::Mix | Layer::Target => None,
        }
    }

    /// Its factor β, if it has one.
    #[must_use]
    pub fn factor(self) -> Option<f64> {
        match self {
            Layer::Scale { factor, .. } => Some(factor),
            _ => None,
        }
    }

    /// The loss of one image against another network's logits for it: the cross-entropy of what the layer makes of both (Hinton and others, 2015), and its
    /// gradient in `logits`.
    #[must_use]
    pub fn loss_to(self, logits: &[f64], teacher: &[f64], level: f64) -> (f64, Vec<f64>) {
        let scale = match self {
            Layer::Scale { gain, factor } => factor * (1.0 + gain * level),
            Layer::None | Layer::Response(_) | Layer::Mix | Layer::Target => 1.0,
        };
        let ((q, logs), (target, _)) = (softmax(logits, scale), softmax(teacher, scale));
        let loss = -target.iter().zip(&logs).map(|(target, log)| target * log).sum::<f64>();
        (loss, q.iter().zip(&target).map(|(q, target)| scale * (q - target)).collect())
    }

    /// The loss of one image of class `label` and distortion `level` (0 to 1), and its gradient in the logits.
    ///
    /// # Panics
    /// If there is no such class.
    #[must_use]
    pub fn loss(self, logits: &[f64], label: usize, level: f64) -> (f64, Vec<f64>) {
        let onehot = |n: usize| f64::from(u8::from(n == label));
        let uniform = 1.0 / logits.len() as f64;
        let each = |slope: &dyn Fn(usize) -> f64| (0..logits.len()).map(slope).collect();
        match self {
            Layer::None => {
                let (p, logs) = softmax(logits, 1.0);
                (-logs[label], each(&|n| p[n] - onehot(n)))
            }
            Layer::Scale { gain, factor } => {
                let scale = factor * (1.0 + gain * level);
                let (q, logs) = softmax(logits, scale);
                (-logs[label], each(&|n| scale * (q[n] - onehot(n))))
            }
            Layer::Response(weight) => {
                let (p, logs) = softmax(logits, 1.0);
                let (largest, response) = largest(&p);
                let off = response - (1.0 - level);
                let slope = 2.0 * weight * off * response;
                let of_response = |n: usize| f64::from(u8::from(n == largest)) - p[n];
                let gradient = each(&|n| p[n] - onehot(n) + slope * of_response(n));
                (-logs[label] + weight * off * off, gradient)
            }
            Layer::Mix => {
                let (p, _) = softmax(logits, 1.0);
                let q = (1.0 - level) * p[label] + level * uniform;
                // At level 0 a hopeless image has q = 0 by rounding; its slope is the baseline's.
                let share = if q > 0.0 { (1.0 - level) * p[label] / q } else { 1.0 };
                (-q.max(f64::MIN_POSITIVE).ln(), each(&|n| share * (p[n] - onehot(n))))
            }
            Layer::Target => {
                let (p, logs) = softmax(logits, 1.0);
                let target = |n: usize| (1.0 - level) * onehot(n) + level * uniform;
                let loss = (0..logits.len()).map(|n| -target(n) * logs[n]).sum();
                (loss, each(&|n| p[n] - target(n)))
            }
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())?;
        self.constant().map_or(Ok(()), |constant| write!(out, " {constant}"))?;
        // As it is called in the protocol: `scale 4` where β is 1, else `scale 4, β 2`.
        self.factor().filter(|factor| *factor != 1.0).map_or(Ok(()), |factor| write!(out, ", β {factor}"))
    }
}

/// Which is the largest, and how large.
fn largest(values: &[f64]) -> (usize, f64) {
    let first = (0, f64::NEG_INFINITY);
    values
        .iter()
        .copied()
        .enumerate()
        .fold(first, |best, (n, value)| if value > best.1 { (n, value) } else { best })
}

/// The probabilities of `scale` times the logits, and their logarithms.
fn softmax(logits: &[f64], scale: f64) -> (Vec<f64>, Vec<f64>) {
    let (_, top) = largest(logits);
    let of_sum = logits.iter().map(|z| (scale * (z - top)).exp()).sum::<f64>().ln();
    let logs: Vec<f64> = logits.iter().map(|z| scale * (z - top) - of_sum).collect();
    (logs.iter().map(|log| log.exp()).collect(), logs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lenet::CLASSES;
    use crate::random::Stream;

    const ALL: [Layer; 6] = [
        Layer::None,
        Layer::Scale { gain: 9.0, factor: 1.0 },
        Layer::Scale { gain: 4.0, factor: 2.0 },
        Layer::Response(2.0),
        Layer::Mix,
        Layer::Target,
    ];

    #[test]
    fn gradients_are_slopes_at_every_level() {
        let mut stream = Stream::new(&[11]);
        for layer in ALL {
            for level in [0.0, 0.3, 1.0] {
                let logits: [f64; CLASSES] = std::array::from_fn(|_| 2.0 * stream.normal());
                let (_, gradient) = layer.loss(&logits, 3, level);
                for n in 0..CLASSES {
                    let at = |step: f64| {
                        let mut moved = logits;
                        moved[n] += step;
                        layer.loss(&moved, 3, level).0
                    };
                    let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                    let off = (slope - gradient[n]).abs();
                    assert!(
                        off < 1e-7 * slope.abs().max(1.0),
                        "{layer} {level} {n}: {slope} {}",
                        gradient[n]
                    );
                }
            }
        }
    }

    #[test]
    fn gradients_to_a_teacher_are_slopes_and_0_where_both_agree() {
        let mut stream = Stream::new(&[12]);
        for layer in ALL {
            for level in [0.0, 0.7] {
                let mut drawn = || -> [f64; CLASSES] { std::array::from_fn(|_| stream.normal()) };
                let (logits, teacher) = (drawn(), drawn());
                let (_, gradient) = layer.loss_to(&logits, &teacher, level);
                for n in 0..CLASSES {
                    let at = |step: f64| {
                        let mut moved = logits;
                        moved[n] += step;
                        layer.loss_to(&moved, &teacher, level).0
                    };
                    let slope = (at(1e-5) - at(-1e-5)) / 2e-5;
                    assert!((slope - gradient[n]).abs() < 1e-7 * slope.abs().max(1.0), "{layer} {level} {n}");
                }
                let (_, same) = layer.loss_to(&teacher, &teacher, level);
                assert!(same.iter().all(|slope| slope.abs() < 1e-12), "{layer} {level}");
            }
        }
    }

    #[test]
    fn without_distortion_layers_do_nothing() {
        let logits = [1.0, -2.0, 0.5, 3.0, 0.0, 0.1, -1.0, 2.0, 0.3, 0.4];
        let plain = Layer::None.loss(&logits, 7, 0.0);
        for layer in [Layer::Scale { gain: 9.0, factor: 1.0 }, Layer::Mix, Layer::Target] {
            let (loss, gradient) = layer.loss(&logits, 7, 0.0);
            assert!((loss - plain.0).abs() < 1e-12, "{layer}");
            assert!(gradient.iter().zip(&plain.1).all(|(a, b)| (a - b).abs() < 1e-12), "{layer}");
        }
        assert_eq!(Layer::None.loss(&logits, 7, 1.0), plain, "the baseline sees no level");
    }

    #[test]
    fn extreme_logits_stay_finite() {
        let mut logits = [-900.0; CLASSES];
        logits[0] = 900.0;
        for layer in ALL {
            let (loss, gradient) = layer.loss(&logits, 5, 0.0);
            assert!(loss.is_finite() && gradient.iter().all(|g| g.is_finite()), "{layer}");
            assert!(gradient[5] < 0.0, "{layer} pulls the label up");
        }
    }

    #[test]
    fn wrong_names_and_constants_are_refused() {
        let said = |name, constant, factor| Layer::new(name, constant, factor).unwrap_err().to_string();
        assert!(said("scales", None, None).contains("none, scale, response, mix, target"));
        assert!(said("mix", Some(1.0), None).contains("constant: mix has none"));
        assert!(said("response", None, Some(1.0)).contains("factor: response has none"));
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(said("scale", Some(wrong), None).contains("above 0"));
            assert!(said("scale", None, Some(wrong)).contains("above 0"));
        }
        for name in NAMES {
            assert_eq!(Layer::new(name, None, None).unwrap().name(), name);
        }
        assert_eq!(Layer::new("scale", Some(9.0), Some(1.0)).unwrap().to_string(), "scale 9");
        assert_eq!(Layer::new("scale", None, None).unwrap().to_string(), "scale 4, β 2");
    }
}
