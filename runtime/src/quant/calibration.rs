//! Parameters from examples: an observer that is fed batch by batch.

use super::histogram::Histogram;
use super::params::{Bounds, Params, Scheme};
use super::walk::{check_channels, read};
use crate::{Error, MatRef};
use qgen_spec::Diagnostic;

/// How bounds follow from the numbers that were seen.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Method {
    /// The smallest and the largest number.
    MinMax,
    /// Bounds that leave out at most 1 − this of all numbers on each side: the outer edges of the outermost
    /// kept bins of a histogram. Above 0.5, at most 1 (which is [`Method::MinMax`]).
    ///
    /// Bins are powers of two wide, 1024 on each side of 0, the outermost numbers in the outer half: an edge
    /// is at most 1/512 of the largest magnitude beside the number.
    Quantile(f64),
    /// The bounds with the smallest mean of squared errors, of those at 64ths of the extremes; errors are
    /// taken at the middles of the same histogram's bins.
    MeanSquare,
}

/// Which numbers share a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Granularity {
    /// All.
    PerTensor,
    /// Those of a column (output channel).
    PerChannel {
        /// How many columns there are.
        channels: usize,
    },
    /// Those of `size` rows of a column. Not supported: kernels sum whole numbers over all of k.
    PerGroup {
        /// Values of k with a scale of their own.
        size: usize,
    },
}

/// An observer of real numbers: finds parameters for them, whatever their order and batches.
#[derive(Clone, Debug)]
pub struct Calibration {
    scheme: Scheme,
    method: Method,
    channels: Option<usize>,
    /// One for all, or one for each channel.
    seen: Vec<Bounds>,
    /// As many, unless the method is min–max.
    histograms: Vec<Histogram>,
    any: bool,
}

impl Calibration {
    /// Nothing seen yet. Histograms take 16 kB for each channel, which min–max does not need.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `quantile`, [`Error::Memory`], and a [`Diagnostic`] about
    /// `group_size` for [`Granularity::PerGroup`].
    pub fn new(scheme: Scheme, method: Method, granularity: Granularity) -> Result<Calibration, Error> {
        let channels = match granularity {
            Granularity::PerTensor => None,
            Granularity::PerChannel { channels } => Some(channels),
            Granularity::PerGroup { size } => return Err(Diagnostic::no_groups(size).into()),
        };
        if let Method::Quantile(quantile) = method
            && !(quantile > 0.5 && quantile <= 1.0)
        {
            let problem = format!("{quantile:?} leaves out too much or is no part of a whole");
            return Err(Error::quantisation("quantile", problem, "give a number above 0.5, at most 1"));
        }
        let (mut seen, mut histograms) = (Vec::new(), Vec::new());
        let count = channels.unwrap_or(1);
        let bytes = count.saturating_mul(size_of::<Bounds>());
        seen.try_reserve_exact(count).map_err(|_| Error::Memory { bytes })?;
        seen.resize(count, Bounds::ZERO);
        if method != Method::MinMax {
            let bytes = count.saturating_mul(size_of::<Histogram>());
            histograms.try_reserve_exact(count).map_err(|_| Error::Memory { bytes })?;
            for _ in 0..count {
                histograms.push(Histogram::new()?);
            }
        }
        Ok(Calibration { scheme, method, channels, seen, histograms, any: false })
    }

    /// Looks at a batch: any number of rows; as many columns as there are channels, or any.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `channels`, or about `values` with row and column of the first that is
    /// infinite or NaN. Nothing of such a batch is counted.
    pub fn observe(&mut self, batch: MatRef<'_, f32>) -> Result<(), Error> {
        check_channels("channels", self.channels, batch.cols())?;
        read(batch, |piece, values| match values.iter().position(|x| !x.is_finite()) {
            None => Ok(()),
            Some(i) => {
                let (row, col) = piece.position(i);
                Err(Error::quantisation(
                    "values",
                    format!("the value at row {row}, column {col} is {}", values[i]),
                    "observe finite numbers only",
                ))
            }
        })?;
        let per_channel = self.channels.is_some();
        read(batch, |piece, values| {
            let (_, first) = piece.position(0);
            for (i, x) in values.iter().enumerate() {
                let channel = if per_channel { first + i } else { 0 };
                let seen = &mut self.seen[channel];
                *seen = seen.and(Bounds { min: (*x).into(), max: (*x).into() });
                if let Some(histogram) = self.histograms.get_mut(channel) {
                    histogram.count(*x);
                }
            }
            self.any = true;
            Ok(())
        })
    }

    /// The parameters for what was seen, 0 included.
    ///
    /// With [`Granularity::PerChannel`] each channel has bounds of its own, and parameters follow as in
    /// [`Scheme::channel_params`].
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `values` if there were none.
    pub fn params(&self) -> Result<Params, Error> {
        if !self.any && self.channels != Some(0) {
            let help = "observe at least one batch before asking for parameters";
            return Err(Error::quantisation("values", "there were none".into(), help));
        }
        let bounds = self.seen.iter().enumerate().map(|(channel, all)| {
            let chosen = match (self.method, self.histograms.get(channel)) {
                (Method::Quantile(quantile), Some(histogram)) => histogram.quantile(quantile, *all),
                (Method::MeanSquare, Some(histogram)) => histogram.least_squares(self.scheme, *all),
                _ => *all,
            };
            // Bounds lie inside those of f32 numbers.
            (chosen.min as f32, chosen.max as f32)
        });
        match self.channels {
            Some(_) => self.scheme.channel_params(&bounds.collect::<Vec<_>>()),
            None => {
                let (min, max) = bounds.fold((0.0, 0.0), |_, bounds| bounds);
                self.scheme.params(min, max)
            }
        }
    }
}
