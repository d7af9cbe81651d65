//! Pools: the largest value or the mean of every window, channel by channel.

use super::{largest, within};
use crate::conv::geometry::Sliding;
use crate::conv::{Nhwc, Window};
use crate::{Element, Error, Range as Values, Stored};
use std::ops::Range;

/// Channels whose sums are kept at a time.
const CHANNELS: usize = 64;

/// The windows of a pool over an input, checked.
///
/// Padding is never a value: a window at the edge has fewer pixels, as TensorFlow Lite has it. So each window
/// must have at least one pixel of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    sliding: Sliding,
}

impl Pool {
    /// The windows of layer `layer`, a name for messages.
    ///
    /// # Errors
    /// [`Error::Layer`] about `input`, `kernel`, `stride`, `dilation`, `padding` or `output`: what is 0, does
    /// not fit, is beyond the address space, or would leave a window without pixels.
    pub fn new(layer: &str, input: Nhwc, window: Window) -> Result<Pool, Error> {
        let sliding = Sliding::new(layer, input, window, input.channels)?;
        sliding.no_window_misses()?;
        Ok(Pool { sliding })
    }

    /// One window over each whole image: with [`Pool::average`] the global average.
    ///
    /// # Errors
    /// [`Error::Layer`] about `input`.
    pub fn global(layer: &str, input: Nhwc) -> Result<Pool, Error> {
        Pool::new(layer, input, Window::new(input.height, input.width))
    }

    /// The output's shape.
    pub fn output(&self) -> Nhwc {
        self.sliding.output()
    }

    /// Whether it takes each 2×2 pixels of an input of this shape, and nothing else, but for an odd last row or column.
    pub(crate) fn halves(&self, input: Nhwc) -> bool {
        self.sliding.input == input && self.sliding.window == Window::new(2, 2).stride(2, 2)
    }

    /// Fails where the sum of a window of stored numbers could overflow 32 bits.
    pub(crate) fn check_sums(&self) -> Result<(), Error> {
        let Sliding { layer, rows, cols, .. } = &self.sliding;
        let pixels = rows.kernel.min(rows.input).saturating_mul(cols.kernel.min(cols.input));
        if pixels > i32::MAX as usize / 256 {
            let problem = format!("sums of {pixels} pixels could overflow 32 bits");
            return Err(Error::layer(layer, "kernel", problem, "pool in two steps"));
        }
        Ok(())
    }

    /// Fails where there is not a value for each of the output.
    pub(crate) fn check_output(&self, given: usize) -> Result<(), Error> {
        self.sliding.check_output(given)
    }

    /// The largest value of each window. Of floats NaN counts as nothing: it is a result only where there is nothing else.
    ///
    /// # Errors
    /// [`Error::Layer`] about `input` or `out`, if a slice does not have the shape's length.
    pub fn max<T: Element + PartialOrd>(&self, input: &[T], out: &mut [T]) -> Result<(), Error> {
        self.check(input, out)?;
        let Sliding { input: shape, rows, cols, .. } = &self.sliding;
        let (line, image) = (shape.width * shape.channels, shape.height * shape.width * shape.channels);
        let mut scratch = largest::Scratch::new();
        for (at, out) in out.chunks_exact_mut(cols.output * shape.channels).enumerate() {
            let (b, y) = (at / rows.output, at % rows.output);
            let taps = rows.taps(y).filter_map(|tap| rows.place(y, tap));
            let lines = taps.map(|row| &input[b * image + row * line..][..line]);
            largest::line(&lines, cols, shape.channels, out, &mut scratch);
        }
        Ok(())
    }

    /// The mean of each window: the sum divided by the number of pixels, rounded to nearest, halves away from
    /// zero, then clamped to `clamp` (an activation's bounds). This is TensorFlow Lite's `AveragePool`
    /// (`reference/integer_ops/pooling.h`): the stored numbers' mean is the stored number of the mean, where
    /// input and output have the same scale and zero point.
    ///
    /// # Errors
    /// [`Error::Layer`] about `input` or `out`, if a slice does not have the shape's length; about `kernel`, if
    /// a window's sum could overflow 32 bits (8 million pixels); about `clamp`, if its bounds do not fit `T`.
    pub fn average<T: Stored + TryFrom<i16>>(
        &self,
        clamp: Values,
        input: &[T],
        out: &mut [T],
    ) -> Result<(), Error> {
        self.check(input, out)?;
        self.check_sums()?;
        let layer = &self.sliding.layer;
        if T::try_from(clamp.lo()).is_err() || T::try_from(clamp.hi()).is_err() {
            let problem = format!("the bounds {clamp} do not fit {}", T::NAME);
            return Err(Error::layer(layer, "clamp", problem, "give bounds inside the type's values"));
        }
        let (lo, hi) = (i32::from(clamp.lo()), i32::from(clamp.hi()));
        self.windows(input, out, |pixels, out| {
            for (part, out) in out.chunks_mut(CHANNELS).enumerate() {
                let (mut sums, mut count) = ([0i32; CHANNELS], 0);
                for pixel in pixels.clone() {
                    let values = &pixel[part * CHANNELS..][..out.len()];
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += i32::from(value.to_i16()));
                    count += 1;
                }
                for (out, sum) in out.iter_mut().zip(sums) {
                    let half = if sum < 0 { -(count / 2) } else { count / 2 };
                    let mean = ((sum + half) / count).clamp(lo, hi);
                    // Inside the bounds, which fit.
                    *out = T::try_from(mean as i16).unwrap_or_default();
                }
            }
        });
        Ok(())
    }

    /// The mean of each window of floats: the sum in the order of the pixels divided by their number, each step
    /// rounded to f32, then clamped to `clamp`.
    ///
    /// # Errors
    /// [`Error::Layer`] about `input` or `out`, if a slice does not have the shape's length.
    pub fn average_f32(&self, (lo, hi): (f32, f32), input: &[f32], out: &mut [f32]) -> Result<(), Error> {
        self.check(input, out)?;
        self.windows(input, out, |pixels, out| {
            for (part, out) in out.chunks_mut(CHANNELS).enumerate() {
                let (mut sums, mut count) = ([0f32; CHANNELS], 0f32);
                for pixel in pixels.clone() {
                    let values = &pixel[part * CHANNELS..][..out.len()];
                    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
                    count += 1.0;
                }
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out = within(sum / count, (lo, hi));
                }
            }
        });
        Ok(())
    }

    fn check<T>(&self, input: &[T], out: &[T]) -> Result<(), Error> {
        self.sliding.check_input(input.len())?;
        self.check_output(out.len())
    }

    /// Calls `each` with the pixels of every window and the place of its results.
    fn windows<T>(&self, input: &[T], out: &mut [T], mut each: impl FnMut(Pixels<'_, T>, &mut [T])) {
        let Sliding { input: shape, rows, cols, .. } = &self.sliding;
        let (channels, image) = (shape.channels, shape.height * shape.width * shape.channels);
        for (pixel, out) in out.chunks_exact_mut(channels).enumerate() {
            let (line, x) = (pixel / cols.output, pixel % cols.output);
            let (b, y) = (line / rows.output, line % rows.output);
            let input = &input[b * image..][..image];
            let pool = &self.sliding;
            each(Pixels { pool, input, at: (y, x), rows: rows.taps(y), cols: cols.taps(x) }, out);
        }
    }
}

/// The pixels of a window that are in the input.
struct Pixels<'a, T> {
    pool: &'a Sliding,
    /// The image.
    input: &'a [T],
    at: (usize, usize),
    /// The taps of the window's rows and columns that are left.
    rows: Range<usize>,
    cols: Range<usize>,
}

impl<T> Clone for Pixels<'_, T> {
    fn clone(&self) -> Self {
        Pixels { rows: self.rows.clone(), cols: self.cols.clone(), ..*self }
    }
}

impl<'a, T> Iterator for Pixels<'a, T> {
    type Item = &'a [T];

    fn next(&mut self) -> Option<&'a [T]> {
        let Sliding { input: shape, rows, cols, .. } = self.pool;
        while !self.rows.is_empty() {
            if let Some(tap) = self.cols.next() {
                let row = rows.place(self.at.0, self.rows.start)?;
                let pixel = row * shape.width + cols.place(self.at.1, tap)?;
                return Some(&self.input[pixel * shape.channels..][..shape.channels]);
            }
            self.rows.next();
            self.cols = cols.taps(self.at.1);
        }
        None
    }
}
