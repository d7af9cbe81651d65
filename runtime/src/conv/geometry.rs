//! Where the windows of a layer lie in its input: checked once, so that nothing after it can overflow.

use crate::Error;
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// The shape of a tensor in NHWC: images, rows, columns, channels; channels are neighbours in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Nhwc {
    /// Images.
    pub batch: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels.
    pub channels: usize,
}

impl Nhwc {
    /// `batch` images of `height` × `width` pixels with `channels` values each.
    pub const fn new(batch: usize, height: usize, width: usize, channels: usize) -> Nhwc {
        Nhwc { batch, height, width, channels }
    }

    /// How many values there are; `None` if that is more than the address space.
    pub fn len(&self) -> Option<usize> {
        let pixels = self.batch.checked_mul(self.height)?.checked_mul(self.width)?;
        pixels.checked_mul(self.channels)
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        [self.batch, self.height, self.width, self.channels].contains(&0)
    }

    /// The same values as one pixel an image, in the same order: nothing is moved.
    ///
    /// # Errors
    /// [`Error::Layer`] about `input` if an image has more values than the address space.
    pub fn flatten(&self, layer: &str) -> Result<Nhwc, Error> {
        let values = Nhwc { batch: 1, ..*self }.len();
        let values = values.ok_or_else(|| too_large(layer, "input", self))?;
        Ok(Nhwc::new(self.batch, 1, 1, values))
    }

    fn pixels(&self) -> usize {
        self.batch * self.height * self.width
    }

    /// Image, row, column and channel of value `index`, which must exist.
    fn place(&self, index: usize) -> [usize; 4] {
        let (pixel, channel) = (index / self.channels, index % self.channels);
        let (line, column) = (pixel / self.width, pixel % self.width);
        [line / self.height, line % self.height, column, channel]
    }
}

impl fmt::Display for Nhwc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}x{}", self.batch, self.height, self.width, self.channels)
    }
}

fn too_large(layer: &str, field: &'static str, shape: &Nhwc) -> Error {
    let problem = format!("{shape} values are more than the address space");
    Error::layer(layer, field, problem, "use a smaller batch or smaller images")
}

/// What moves over the input: sizes, steps and margins. Pairs are rows, then columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Window {
    /// Taps.
    pub kernel: [usize; 2],
    /// Pixels from one window to the next.
    pub stride: [usize; 2],
    /// Pixels from one tap to the next.
    pub dilation: [usize; 2],
    /// Pixels before and after the input: \[\[top, bottom\], \[left, right\]\].
    pub padding: [[usize; 2]; 2],
}

impl Window {
    /// `height` × `width` taps, at every pixel, without padding.
    pub const fn new(height: usize, width: usize) -> Window {
        Window { kernel: [height, width], stride: [1; 2], dilation: [1; 2], padding: [[0; 2]; 2] }
    }

    /// Windows `down` pixels below and `across` pixels beside each other.
    #[must_use]
    pub const fn stride(mut self, down: usize, across: usize) -> Window {
        self.stride = [down, across];
        self
    }

    /// Taps `down` pixels below and `across` pixels beside each other.
    #[must_use]
    pub const fn dilation(mut self, down: usize, across: usize) -> Window {
        self.dilation = [down, across];
        self
    }

    /// Pixels that are added around the input.
    #[must_use]
    pub const fn padding(mut self, top: usize, bottom: usize, left: usize, right: usize) -> Window {
        self.padding = [[top, bottom], [left, right]];
        self
    }

    /// The padding with which there is an output for every stride's first pixel, ⌈input / stride⌉ on each
    /// axis: what TensorFlow calls `SAME`, which puts the odd pixel after the input. Sizes that overflow
    /// leave the padding as it is; [`Window`]s are checked where they are used.
    #[must_use]
    pub fn same(mut self, height: usize, width: usize) -> Window {
        for (axis, input) in [height, width].into_iter().enumerate() {
            let (kernel, stride) = (self.kernel[axis], self.stride[axis]);
            let reach = (kernel.checked_sub(1)).and_then(|gaps| gaps.checked_mul(self.dilation[axis]));
            let (Some(reach), true) = (reach, stride > 0 && input > 0) else { continue };
            let last = (input.div_ceil(stride) - 1) * stride;
            let missing = last.saturating_add(reach).saturating_add(1).saturating_sub(input);
            self.padding[axis] = [missing / 2, missing - missing / 2];
        }
        self
    }
}

/// Windows that begin before the input and could step over it, at most.
const LOOKED_AT: usize = 1 << 16;

/// One axis of windows over an input: rows or columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) input: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) dilation: usize,
    pub(crate) before: usize,
    pub(crate) after: usize,
    pub(crate) output: usize,
}

impl Axis {
    /// The number of outputs is ⌊(input + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1: relationship
    /// 15 in Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, arXiv 1603.07285.
    fn new(layer: &str, axis: usize, input: usize, window: &Window) -> Result<Axis, Error> {
        let what = ["rows", "columns"][axis];
        let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
        let (dilation, [before, after]) = (window.dilation[axis], window.padding[axis]);
        for (field, value) in
            [("input", input), ("kernel", kernel), ("stride", stride), ("dilation", dilation)]
        {
            if value == 0 {
                let problem = format!("it is 0 for {what}");
                return Err(Error::layer(layer, field, problem, "use 1 or more"));
            }
        }
        let padded = before.checked_add(after).and_then(|padding| padding.checked_add(input));
        let padded = padded.filter(|&padded| isize::try_from(padded).is_ok());
        let Some(padded) = padded else {
            let problem = format!("{input} {what} with {before} before and {after} after them overflow");
            return Err(Error::layer(layer, "padding", problem, "use less padding"));
        };
        let extent = (kernel - 1).checked_mul(dilation).and_then(|reach| reach.checked_add(1));
        match extent.filter(|&extent| extent <= padded) {
            Some(extent) => {
                let output = (padded - extent) / stride + 1;
                // What nothing is done with may be any number, and is none that could overflow.
                let stride = if output == 1 { 1 } else { stride };
                let dilation = if kernel == 1 { 1 } else { dilation };
                Ok(Axis { input, kernel, stride, dilation, before, after, output })
            }
            None => Err(Error::layer(
                layer,
                "kernel",
                format!(
                    "{kernel} {what} of taps, {dilation} apart, are more than the {padded} {what} of the padded input"
                ),
                "use a smaller kernel, less dilation or more padding",
            )),
        }
    }

    /// Where tap `tap` of output `at` lies in the input; `None` in the padding.
    pub(crate) fn place(&self, at: usize, tap: usize) -> Option<usize> {
        (at * self.stride + tap * self.dilation).checked_sub(self.before).filter(|&place| place < self.input)
    }

    /// The taps of output `at` that lie in the input.
    pub(crate) fn taps(&self, at: usize) -> Range<usize> {
        let first = at * self.stride;
        let start = self.before.saturating_sub(first).div_ceil(self.dilation);
        let end = (self.before + self.input).saturating_sub(first).div_ceil(self.dilation).min(self.kernel);
        start..end.max(start)
    }

    /// Whether some window lies in the padding alone. Such a window begins behind the input, or before it and ends there or
    /// steps over it. Of windows whose taps are farther apart than the input is long no more than [`LOOKED_AT`] are
    /// looked at, and more are refused.
    fn misses(&self) -> bool {
        let last = self.output - 1;
        if self.taps(0).is_empty() || self.taps(last).is_empty() {
            return true;
        }
        let early = self.before.div_ceil(self.stride).min(self.output);
        self.dilation > self.input && (early > LOOKED_AT || (0..early).any(|at| self.taps(at).is_empty()))
    }

    /// Rows or columns with those of the padding.
    fn padded(&self) -> usize {
        self.before + self.input + self.after
    }

    /// The padded places that windows use: from the first tap of the first to the last of the last.
    pub(crate) fn used(&self) -> usize {
        (self.output - 1) * self.stride + (self.kernel - 1) * self.dilation + 1
    }
}

/// Windows over an input, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sliding {
    pub(crate) layer: String,
    pub(crate) input: Nhwc,
    pub(crate) window: Window,
    pub(crate) rows: Axis,
    pub(crate) cols: Axis,
    /// Channels of the output.
    pub(crate) out_channels: usize,
}

impl Sliding {
    pub(crate) fn new(
        layer: &str,
        input: Nhwc,
        window: Window,
        out_channels: usize,
    ) -> Result<Sliding, Error> {
        for (field, value) in [("input", input.channels), ("out_channels", out_channels)] {
            if value == 0 {
                return Err(Error::layer(layer, field, "there are no channels".into(), "use 1 or more"));
            }
        }
        let rows = Axis::new(layer, 0, input.height, &window)?;
        let cols = Axis::new(layer, 1, input.width, &window)?;
        let sliding = Sliding { layer: layer.to_owned(), input, window, rows, cols, out_channels };
        let output = sliding.output();
        for (field, shape) in [("input", input), ("output", output)] {
            // Results are up to 4 bytes each.
            let bytes = Nhwc { batch: shape.batch.max(1), ..shape }.len().and_then(|len| len.checked_mul(4));
            if bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
                return Err(too_large(layer, field, &shape));
            }
        }
        // A line with its padding, of the channels of either side: places in it are numbers, too.
        for (axis, what) in [(&sliding.rows, "rows"), (&sliding.cols, "columns")] {
            let line = axis.padded().checked_mul(4 * input.channels.max(out_channels).max(16));
            if line.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
                let problem =
                    format!("{} {what} with their padding are beyond the address space", axis.padded());
                return Err(Error::layer(layer, "padding", problem, "use less padding"));
            }
        }
        Ok(sliding)
    }

    pub(crate) fn output(&self) -> Nhwc {
        let (height, width) = (self.rows.output, self.cols.output);
        Nhwc::new(self.input.batch, height, width, self.out_channels)
    }

    /// Pixels of the output, in all images.
    pub(crate) fn pixels(&self) -> usize {
        self.output().pixels()
    }

    /// Fails where some window has no pixel of the input: what has no neutral value cannot pad.
    pub(crate) fn no_window_misses(&self) -> Result<(), Error> {
        let Some(what) =
            [(&self.rows, "rows"), (&self.cols, "columns")].into_iter().find(|(axis, _)| axis.misses())
        else {
            return Ok(());
        };
        Err(Error::layer(
            &self.layer,
            "padding",
            format!("windows would have no {} of the input at all", what.1),
            "use less padding than taps reach, and taps that do not step over the input",
        ))
    }

    pub(crate) fn check_input(&self, given: usize) -> Result<(), Error> {
        self.check_len("input", self.input, given)
    }

    pub(crate) fn check_output(&self, given: usize) -> Result<(), Error> {
        self.check_len("out", self.output(), given)
    }

    fn check_len(&self, field: &'static str, shape: Nhwc, given: usize) -> Result<(), Error> {
        match shape.len() {
            Some(len) if len == given => Ok(()),
            len => Err(Error::layer(
                &self.layer,
                field,
                format!("the slice has {given} values, but {shape} are {}", len.unwrap_or(usize::MAX)),
                "give a slice of exactly that many (NHWC without gaps)",
            )),
        }
    }

    /// The error about value `index` of the input.
    pub(crate) fn bad_input(&self, index: usize, value: i16, allowed: impl fmt::Display) -> Error {
        let [image, row, column, channel] = self.input.place(index);
        Error::layer(
            &self.layer,
            "input",
            format!(
                "the value {value} at image {image}, row {row}, column {column}, channel {channel} is outside \
                 of {allowed}"
            ),
            "clamp the values, or plan for a wider operand",
        )
    }
}

/// A convolution's sizes, checked: `kernel` windows over the input, `out_channels` results for each.
///
/// With `groups` = g the input's channels are g parts of c/g, and the results g parts of `out_channels`/g,
/// each of its own part. g = c is a depthwise convolution.
///
/// Weights are \[out channel\]\[kernel row\]\[kernel column\]\[c/g\] (OHWI), as TensorFlow Lite has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geometry {
    pub(super) sliding: Sliding,
    pub(super) groups: usize,
    weights: usize,
}

impl Geometry {
    /// The sizes of layer `layer`, a name for messages.
    ///
    /// # Errors
    /// [`Error::Layer`] about `input`, `out_channels`, `kernel`, `stride`, `dilation`, `padding`, `groups`,
    /// `weights` or `output`: what is 0, does not divide, does not fit, or is beyond the address space. A
    /// batch of 0 is possible.
    pub fn new(
        layer: &str,
        input: Nhwc,
        out_channels: usize,
        window: Window,
        groups: usize,
    ) -> Result<Geometry, Error> {
        let sliding = Sliding::new(layer, input, window, out_channels)?;
        let (c, o) = (input.channels, out_channels);
        if groups == 0 || !c.is_multiple_of(groups) || !o.is_multiple_of(groups) {
            return Err(Error::layer(
                layer,
                "groups",
                format!("{groups} does not divide {c} channels of the input and {o} of the output"),
                "use a divisor of both; 1 joins all channels",
            ));
        }
        let taps = window.kernel[0].checked_mul(window.kernel[1]);
        let depth = taps.and_then(|taps| taps.checked_mul(c / groups));
        let weights = depth.and_then(|depth| depth.checked_mul(o));
        let weights = weights.filter(|&weights| isize::try_from(weights).is_ok()).ok_or_else(|| {
            let problem = format!("{o}x{}x{}x{} overflow", window.kernel[0], window.kernel[1], c / groups);
            Error::layer(layer, "weights", problem, "use a smaller kernel or fewer channels")
        })?;
        Ok(Geometry { sliding, groups, weights })
    }

    /// The layer's name.
    pub fn layer(&self) -> &str {
        &self.sliding.layer
    }

    /// The input's shape.
    pub fn input(&self) -> Nhwc {
        self.sliding.input
    }

    /// The output's shape.
    pub fn output(&self) -> Nhwc {
        self.sliding.output()
    }

    /// The windows.
    pub fn window(&self) -> Window {
        self.sliding.window
    }

    /// How many parts the channels have.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// How many weights there are: out channels × taps × channels of a group.
    pub fn weights(&self) -> usize {
        self.weights
    }

    /// Products that each result is a sum of: taps × channels of a group.
    pub fn depth(&self) -> usize {
        self.weights / self.sliding.out_channels
    }

    /// Multiply-accumulates in all, those by padding included; saturates.
    pub fn macs(&self) -> u64 {
        let results = self.output().len().unwrap_or(usize::MAX);
        (results as u64).saturating_mul(self.depth() as u64)
    }

    /// Whether some window reaches into the padding.
    pub(super) fn pads(&self) -> bool {
        let reaches = |axis: Axis| axis.before > 0 || axis.used() > axis.input;
        reaches(self.sliding.rows) || reaches(self.sliding.cols)
    }

    /// Channels of a group in the input and in the output.
    pub(super) fn group_channels(&self) -> (usize, usize) {
        (self.sliding.input.channels / self.groups, self.sliding.out_channels / self.groups)
    }
}

impl fmt::Display for Geometry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Window { kernel, stride, dilation, padding } = self.window();
        write!(f, "{}: {} by {}x{}", self.layer(), self.input(), kernel[0], kernel[1])?;
        write!(f, " to {}", self.output())?;
        if stride != [1, 1] {
            write!(f, ", stride {}x{}", stride[0], stride[1])?;
        }
        if dilation != [1, 1] {
            write!(f, ", dilation {}x{}", dilation[0], dilation[1])?;
        }
        if padding != [[0; 2]; 2] {
            let [[top, bottom], [left, right]] = padding;
            write!(f, ", padding {top} above, {bottom} below, {left} left, {right} right")?;
        }
        if self.groups != 1 {
            write!(f, ", {} groups", self.groups)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(height: usize, window: Window) -> Result<usize, String> {
        let geometry = Geometry::new("conv1", Nhwc::new(1, height, 9, 4), 6, window, 2);
        geometry.map(|g| g.output().height).map_err(|e| e.to_string())
    }

    #[test]
    fn outputs_are_as_many_as_windows_fit() {
        for height in 1..12 {
            for kernel in 1..5 {
                for stride in 1..4 {
                    for dilation in 1..4 {
                        for (top, bottom) in [(0, 0), (1, 1), (0, 3), (2, 0)] {
                            let window = Window::new(kernel, 1).stride(stride, 1).dilation(dilation, 1);
                            let window = window.padding(top, bottom, 0, 0);
                            let padded = height + top + bottom;
                            let reach = (kernel - 1) * dilation;
                            let fit = (0..padded).step_by(stride).filter(|first| first + reach < padded);
                            let count = fit.count();
                            assert_eq!(
                                output(height, window).ok(),
                                (count > 0).then_some(count),
                                "{window:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn same_padding_has_an_output_for_every_stride() {
        for input in 1..20 {
            for kernel in 1..6 {
                for stride in 1..4 {
                    let window = Window::new(kernel, 1).stride(stride, 1).same(input, 9);
                    assert_eq!(output(input, window), Ok(input.div_ceil(stride)), "{window:?}");
                    let [top, bottom] = window.padding[0];
                    assert!(bottom == top || bottom == top + 1, "{window:?}");
                }
            }
        }
    }

    #[test]
    fn messages_name_the_layer_and_the_field() {
        let one = Window::new(3, 3);
        let big = usize::MAX;
        for (window, field, words) in [
            (Window::new(0, 3), "kernel", "0 for rows"),
            (one.stride(1, 0), "stride", "0 for columns"),
            (one.dilation(0, 1), "dilation", "0 for rows"),
            (one.padding(big, 1, 0, 0), "padding", "overflow"),
            (one.padding(big / 2, 0, 0, 0), "padding", "overflow"),
            (Window::new(3, 10), "kernel", "more than the 9 columns"),
            (one.dilation(big, 1), "kernel", "more than"),
            (one.padding(big / 4, 0, big / 4, 0), "output", "address space"),
        ] {
            let e = output(9, window).unwrap_err();
            assert!(e.starts_with(&format!("layer conv1: {field}: ")) && e.contains(words), "{e}");
        }
        let new = |input, out, groups| Geometry::new("c", input, out, one, groups).unwrap_err().to_string();
        let image = Nhwc::new(1, 9, 9, 4);
        assert!(new(image, 6, 0).starts_with("layer c: groups: 0 does not divide 4"));
        assert!(new(image, 6, 4).contains("divisor of both"));
        assert!(new(image, 0, 1).starts_with("layer c: out_channels: "));
        assert!(new(Nhwc { height: 0, ..image }, 4, 1).starts_with("layer c: input: it is 0 for rows"));
        assert!(new(Nhwc { channels: 0, ..image }, 4, 1).starts_with("layer c: input: there are no"));
        assert!(new(Nhwc { batch: big, ..image }, 4, 1).starts_with("layer c: input: "));
        assert!(new(image, big / 64, 1).contains("address space"));
        let e = Geometry::new("c", image, 1 << 40, Window::new(1, 1).padding(0, 0, 0, 0), 1);
        assert!(e.is_ok(), "a size that no machine has is refused where memory is asked for");
    }

    #[test]
    fn windows_in_the_padding_alone_are_found() {
        for input in 1..5 {
            for kernel in 1..4 {
                for stride in 1..3 {
                    for dilation in 1..6 {
                        for (top, bottom) in [(0, 0), (1, 0), (0, 2), (3, 3), (5, 1)] {
                            let window = Window::new(kernel, 1).stride(stride, 1).dilation(dilation, 1);
                            let window = window.padding(top, bottom, 0, 0);
                            let Ok(axis) = Axis::new("p", 0, input, &window) else { continue };
                            let inside = |at| (0..kernel).filter(move |&tap| axis.place(at, tap).is_some());
                            for at in 0..axis.output {
                                assert!(inside(at).eq(axis.taps(at)), "{axis:?}, {at}");
                            }
                            let empty = |at| inside(at).next().is_none();
                            assert_eq!(axis.misses(), (0..axis.output).any(empty), "{axis:?}");
                        }
                    }
                }
            }
        }
        let misses = |window| {
            let sliding = Sliding::new("p", Nhwc::new(1, 3, 3, 1), window, 1).unwrap();
            sliding.no_window_misses().err().map(|e| e.to_string())
        };
        assert_eq!(misses(Window::new(3, 3).padding(2, 2, 2, 2)), None);
        assert!(misses(Window::new(3, 3).padding(3, 0, 0, 0)).unwrap().contains("no rows"));
        assert!(misses(Window::new(1, 2).dilation(1, 5).padding(0, 0, 4, 4)).unwrap().contains("no columns"));
    }

    /// As a file could ask for: it must not take longer than to say so.
    #[test]
    fn absurd_sizes_are_told_at_once() {
        let pixel = Nhwc::new(1, 1, 1, 1);
        let far = 1 << 50;
        let tall = Window::new(far + 1, 1).padding(far, far, 0, 0);
        assert!(Sliding::new("p", pixel, tall, 1).unwrap().no_window_misses().is_ok());
        let apart = Window::new(far, 1).dilation(2, 1).padding(2 * far - 2, far, 0, 0);
        assert!(Sliding::new("p", pixel, apart, 1).unwrap().no_window_misses().is_err());
        // The only window of a line moves by nothing, however far, and the only tap is near itself.
        for one in [Window::new(1, 2).stride(1, 1 << 63), Window::new(1, 1).dilation(1 << 63, 1 << 61)] {
            let sliding = Sliding::new("p", Nhwc::new(1, 2, 2, 8), one, 8).unwrap();
            assert!((sliding.cols.stride, sliding.cols.dilation) == (1, 1), "{sliding:?}");
        }
        let moved = Window::new(1, 1).stride(1, far).padding(0, 0, 0, far);
        assert!(
            Sliding::new("p", Nhwc::new(1, 1, 1, 1 << 12), moved, 1)
                .unwrap_err()
                .to_string()
                .contains("padding: ")
        );
    }
}
