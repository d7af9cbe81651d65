//! Convolution of a few channels, as the first layers of networks have: no product of matrices, 16 pixels of an output
//! line at a time.
//!
//! ```text
//!   input line ─► planes: one for each channel and column modulo the stride, zero point at the sides ─┐  kept for kh lines
//!   weights ─► Weights: each 16 times, in groups of out channels ──► Block: sums in 16, 32 bits ──────┘
//!                                  the largest of each 2×2, if a pool follows ◄──┤
//!                                                  └─► Store: sums or bytes ◄────┘ ─► output line, or to a pass
//! ```
//!
//! A product of matrices would copy windows of a few bytes to rows, sum these up, and spend more on the ends of its sums
//! than on the sums. Here a tap is 16 bytes of a plane, wherever they begin, for 16 results of a channel.

#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
mod pooled;
mod run;
mod store;
mod weights;

use super::gather::Padding;
use super::geometry::{Geometry, Nhwc};
use super::way::{Blocks, Estimate, Way};
use super::workspace::Buffers;
use crate::{Error, Operand, Range as Values, Value};
use qgen_spec::SizeOverflow;
use weights::Group;
pub(in crate::conv) use weights::Weights;

/// Pixels at a time.
const PIXELS: usize = 16;

/// Channels of the input at most: of more, products of matrices are better.
const MOST_CHANNELS: usize = 4;

/// Bytes of weights at most, so that they stay in the first cache.
const MOST_WEIGHTS: usize = 16 << 10;

/// A planned convolution of few channels.
#[derive(Clone, Debug)]
pub(super) struct Shallow {
    padding: Padding,
    /// Where in a line of planes the pixels of each tap of a kernel's line begin: \[kernel column\]\[channel\].
    offsets: Vec<usize>,
    depth: Depth,
    zero: i32,
}

/// What fits 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// Everything, and what numbers of both sides make together fits 8: two taps are one product.
    Fip,
    /// The sum of all products.
    All,
    /// The sum of the products of so many pairs of taps.
    Pairs(usize),
    /// One product.
    One,
}

impl Depth {
    fn new(taps: usize, x: Values, w: Values) -> Depth {
        let largest = |range: Values| i32::from(range.lo()).abs().max(i32::from(range.hi()).abs()).max(1);
        let products = (i32::from(i16::MAX) / (largest(x) * largest(w))) as usize;
        let byte = i16::from(i8::MIN)..=i16::from(i8::MAX);
        // A tap beyond the last has the weight 0.
        let (lo, hi) = (x.lo() + w.lo().min(0), x.hi() + w.hi().max(0));
        match products {
            _ if products >= taps && byte.contains(&lo) && byte.contains(&hi) => Depth::Fip,
            _ if products >= taps => Depth::All,
            0 | 1 => Depth::One,
            _ => Depth::Pairs(products / 2),
        }
    }

    /// Out channels whose sums fit the registers, an even number.
    fn most_channels(self) -> usize {
        match self {
            Depth::Fip | Depth::All => 8,
            // Beside sums of 32 bits those of 16 are of one channel at a time.
            Depth::Pairs(1) | Depth::One => 6,
            Depth::Pairs(_) => 4,
        }
    }
}

/// 16 pixels of an output line, for some out channels.
#[derive(Clone, Copy)]
struct Block<'a> {
    bytes: &'a [u8],
    /// Where in `bytes` the pixels of each tap begin: \[kernel row\]\[kernel column\]\[channel\], an even number. From
    /// there on 16 and `at` more can be read.
    taps: &'a [usize],
    /// The first pixel.
    at: usize,
    group: Group<'a>,
    /// What is added, of each out channel of the group, and for one beyond the last.
    constants: &'a [i32],
    depth: Depth,
}

/// Where the largest of a block's sums go: of 16 pixels 8.
#[derive(Clone, Copy, Debug)]
struct Half {
    /// The first or the second 8.
    half: usize,
    /// Whether nothing is there yet.
    first: bool,
}

impl Block<'_> {
    /// Everything that is read but the pixels is there, and room for the sums of so many `channels`.
    ///
    /// # Panics
    /// If not.
    #[cfg_attr(not(target_arch = "aarch64"), allow(dead_code, reason = "plain Rust looks at every slice"))]
    #[inline(always)]
    fn check(&self, channels: usize) {
        let Group { width, weights, starts, .. } = self.group;
        assert!([2, 4, 6, 8].contains(&width) && width <= self.depth.most_channels());
        assert!(weights.len() == self.taps.len() * width && starts.len() == width);
        assert!(self.constants.len() == width && channels == width && self.taps.len().is_multiple_of(2));
        debug_assert!(self.taps.iter().all(|tap| tap + self.at + PIXELS <= self.bytes.len()));
    }
}

impl Shallow {
    /// `None` where there are more channels, or groups, or numbers that do not fit `i8`, or a zero point of the weights,
    /// for which windows would have to be summed up.
    pub(super) fn new(
        geometry: &Geometry,
        (input, weights): (Operand, Operand),
        zeros: (i32, i32),
    ) -> Result<Option<Shallow>, Error> {
        let channels = geometry.input().channels;
        let (Some(x), Some(w)) = (input.range(), weights.range()) else { return Ok(None) };
        let narrow = x.fits_i8() && w.fits_i8() && zeros.1 == 0;
        let (taps, outputs) = (geometry.depth(), geometry.output().channels);
        let bytes = weights::padded(taps, outputs).filter(|&bytes| bytes <= MOST_WEIGHTS);
        if channels > MOST_CHANNELS || geometry.groups != 1 || !narrow || bytes.is_none() {
            return Ok(None);
        }
        let (window, cols) = (geometry.window(), geometry.sliding.cols);
        let padding = Padding::planes(geometry, PIXELS)?;
        let plane = padding.plane();
        let offset = |tap: usize| {
            let column = tap * window.dilation[1];
            (0..channels).map(move |c| (column % cols.stride * channels + c) * plane + column / cols.stride)
        };
        let offsets = (0..cols.kernel).flat_map(offset).collect();
        let depth = Depth::new(taps, x, w);
        Ok(Some(Shallow { padding, offsets, depth, zero: zeros.0 }))
    }

    /// Instructions for the whole convolution, by a count of those of the loops: of each pair of taps two loads of pixels,
    /// and for each out channel two loads of weights and four additions and multiplications; widening; and the stores.
    pub(super) fn estimate(&self, geometry: &Geometry) -> Estimate {
        let (cols, outputs) = (geometry.sliding.cols, geometry.output().channels);
        let lines = (geometry.sliding.pixels() / cols.output) as f64;
        let pairs = geometry.depth().div_ceil(2) as f64;
        let most = self.depth.most_channels();
        let groups = outputs.div_ceil(most) as f64;
        let widenings = match self.depth {
            Depth::Fip | Depth::All => 1.0,
            Depth::Pairs(run) => (pairs / run as f64).ceil(),
            Depth::One => 2.0 * pairs,
        };
        let outputs = outputs as f64;
        let block =
            pairs * (10.0 * groups + 6.0 * outputs) + (4.0 * widenings + 40.0) * outputs + 60.0 * groups;
        let instructions = lines * cols.output.div_ceil(PIXELS) as f64 * block;
        Estimate { way: Way::Shallow, instructions: Some(instructions) }
    }

    /// Lines at a time, so that the sums of a block fit a quarter of the first cache.
    pub(super) fn blocks(&self, geometry: &Geometry, l1d: usize) -> Blocks {
        let cols = geometry.sliding.cols.output;
        let line = cols.saturating_mul(geometry.output().channels * size_of::<i32>()).max(1);
        Blocks { size: cols * (l1d / 4 / line).max(1) }
    }

    /// With the largest sums of a line if a pool follows.
    pub(super) fn buffers(&self, geometry: &Geometry, pooled: bool) -> Result<Buffers, Error> {
        let lines = self.padding.buffers(geometry)?;
        let starts = lines.starts.checked_add(geometry.depth().next_multiple_of(2)).ok_or(SizeOverflow)?;
        let Nhwc { width, channels, .. } = geometry.output();
        let tile = if pooled { pooled::words(width, channels).ok_or(SizeOverflow)? } else { 0 };
        Ok(Buffers { starts, col_add: channels.next_multiple_of(2), tile, ..lines })
    }

    pub(super) fn pack<T: Value>(&self, geometry: &Geometry, weights: &[T]) -> Result<Weights, Error> {
        Weights::new(geometry, self.zero, self.depth, weights)
    }
}

#[cfg(target_arch = "aarch64")]
use neon::{largest, sums};
#[cfg(not(target_arch = "aarch64"))]
use plain::{largest, sums};
