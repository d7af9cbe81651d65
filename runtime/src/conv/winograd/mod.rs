//! Winograd's minimal filtering: fewer products than a convolution has, of sums that are wider than its values.
//!
//! ```text
//!   lines of the input ──► across: sums and differences of columns ──► down: of lines ──► rows of a class ─┐
//!   weights ──► sums and differences of taps ──► a right side for each class ──► one product for each ─────┤
//!                                      sums, block by block ◄── outputs: sums of the classes' sums ◄───────┘
//! ```
//!
//! A tile is two outputs of a line, or two by two of two lines ([`filter`]). Of three by three taps the second takes 16
//! products in place of 36, the first 12 in place of 18. Values of 4 bits become values of 6 and 7 bits on the way, which
//! still fit the kernels' bytes; those of 8 bits would not. Everything is exact: there is no rounding anywhere.
//!
//! Each class, which is a class of the lines' filter and one of the columns', is a product of matrices of its own: rows are
//! tiles, its depth is what it sums up, and its operands are just as wide as its sums can be.

mod filter;
mod input;
mod output;
mod run;
mod weights;

use super::gather::Padding;
use super::geometry::Geometry;
use super::way::Blocks;
use super::workspace::Buffers;
use crate::gemm::Sizes;
use crate::plan::Op;
use crate::select::{Shape, modelled};
use crate::workspace::Needs;
use crate::{Error, Gemm, Kernel, Operand, Range as Values, Value};
use filter::{Filter, Interval};
use qgen_spec::SizeOverflow;
pub(in crate::conv) use weights::Weights;

/// Taps of an axis at most. Of more there are none in networks, and tables of them would grow.
const MOST_TAPS: usize = 16;

/// A planned convolution by minimal filtering.
#[derive(Clone, Debug)]
pub(super) struct Winograd {
    /// Of lines and of columns.
    filters: [Filter; 2],
    /// \[class of lines\]\[class of columns\].
    classes: Vec<Class>,
    padding: Padding,
    /// What is taken from each value of the input, so that both signs are equally large.
    center: i32,
    /// The input's zero point.
    zero: i32,
    /// Lines of the output at a time, of one image.
    lines: usize,
}

/// The product of a class.
#[derive(Clone, Debug)]
struct Class {
    gemm: Gemm<'static>,
    /// What is summed up (terms of lines, terms of columns, channels) in whole k-blocks of the kernel, with zeros behind it.
    k: usize,
    sizes: Sizes,
}

impl Class {
    /// Words that the kernel's end takes for `n` columns.
    fn words(&self, n: usize) -> Result<usize, SizeOverflow> {
        self.gemm.sums(self.k, &[]).words(self.gemm.rhs_format().padded(n)?)
    }
}

impl Winograd {
    /// A way that takes two outputs at a time of the `minimal` axes (lines, columns), with what `choose` chooses for
    /// the products. `None` where windows are not neighbours, there are groups or a zero point of the weights, or
    /// numbers do not fit `i8`.
    pub(super) fn new(
        geometry: &Geometry,
        operands: (Operand, Operand),
        zeros: (i32, i32),
        minimal: [bool; 2],
        l2: usize,
        choose: &dyn Fn(Op, Shape) -> Result<&'static Kernel, Error>,
    ) -> Result<Option<Winograd>, Error> {
        let (window, sliding) = (geometry.window(), &geometry.sliding);
        let neighbours =
            [sliding.rows, sliding.cols].iter().all(|axis| (axis.stride, axis.dilation) == (1, 1));
        let few = window.kernel.iter().all(|taps| *taps <= MOST_TAPS);
        let (Some(x), Some(w), true) = (operands.0.range(), operands.1.range(), neighbours && few) else {
            return Ok(None);
        };
        let narrow = x.fits_i8() || x.fits_u8();
        if geometry.groups != 1 || zeros.1 != 0 || !narrow || geometry.pads() && !x.contains(zeros.0 as i16) {
            return Ok(None);
        }
        let filter = |axis: usize| match minimal[axis] {
            true => Filter::minimal(window.kernel[axis]),
            false => Some(Filter::direct(window.kernel[axis])),
        };
        let (Some(rows), Some(cols)) = (filter(0), filter(1)) else { return Ok(None) };
        let filters = [rows, cols];
        let center = (i32::from(x.lo()) + i32::from(x.hi()) + 1).div_euclid(2);
        let x = Interval(i32::from(x.lo()) - center, i32::from(x.hi()) - center);
        let Some(operands) = operands_of(&filters, x, Interval(w.lo().into(), w.hi().into())) else {
            return Ok(None);
        };
        let (channels, n) = (geometry.input().channels, geometry.output().channels);
        let lines = lines_at_a_time(&filters, geometry, l2)?;
        let across = filters[1].tiles(sliding.cols.output);
        let m = filters[0].tiles(lines).checked_mul(across).ok_or(SizeOverflow)?;
        let mut classes = Vec::new();
        for ((down, across), (x, w)) in pairs(&filters).zip(operands) {
            let depth = (down.len() * across.len()).checked_mul(channels).ok_or(SizeOverflow)?;
            let kernel = choose(Op::gemm(x, w), Shape { m, n, k: depth })?;
            let gemm = Gemm::new(kernel);
            let k = depth.checked_next_multiple_of(gemm.lhs_format().layout.k_block()).ok_or(SizeOverflow)?;
            let product = |x: Values, w: Values| u64::from(x.max_product(w).unsigned_abs());
            let largest = x.range().zip(w.range()).map_or(u64::MAX, |(x, w)| product(x, w));
            // Outputs are sums of up to four classes' sums, two times.
            let fits = largest.saturating_mul(k as u64) <= i32::MAX as u64 / 16;
            if !fits || k as u64 > gemm.k_limit() {
                return Ok(None);
            }
            classes.push(Class { gemm, k, sizes: gemm.sizes(k)? });
        }
        let padding = Padding::new(geometry, 1)?;
        Ok(Some(Winograd { filters, classes, padding, center, zero: zeros.0, lines }))
    }

    /// Outputs of a tile: lines and columns.
    pub(super) fn tile(&self) -> [usize; 2] {
        [self.filters[0].outputs(), self.filters[1].outputs()]
    }

    /// How many products, how deep, and of which kernels.
    pub(super) fn describe(&self) -> String {
        let [down, across] = self.tile();
        let mut kernels: Vec<(&str, usize)> = Vec::new();
        for class in &self.classes {
            let name = class.gemm.kernel().name();
            match kernels.iter_mut().find(|(other, _)| *other == name) {
                Some((_, count)) => *count += 1,
                None => kernels.push((name, 1)),
            }
        }
        let kernels: Vec<String> = kernels.iter().map(|(name, count)| format!("{count} by {name}")).collect();
        format!("tiles of {down}x{across} outputs, {} products: {}", self.classes.len(), kernels.join(", "))
    }

    /// Fails where a kernel's instructions are not this machine's.
    pub(super) fn check_machine(&self) -> Result<(), Error> {
        self.classes.iter().try_for_each(|class| class.gemm.check_machine())
    }

    /// How many tiles of all images there are, in blocks as they are worked on: blocks, and tiles of one.
    fn tiles(&self, geometry: &Geometry) -> (f64, usize) {
        let [rows, cols] = [geometry.sliding.rows, geometry.sliding.cols].map(|axis| axis.output);
        let [down, across] = &self.filters;
        let lines = geometry.input().batch as f64 * down.tiles(rows) as f64;
        (lines / down.tiles(self.lines) as f64, down.tiles(self.lines) * across.tiles(cols))
    }

    /// Modelled cycles of all products; `None` where a kernel's are not known.
    pub(super) fn cycles(&self, geometry: &Geometry) -> Option<f64> {
        let (blocks, m) = self.tiles(geometry);
        let n = geometry.output().channels;
        let cycles = self.classes.iter().map(|class| modelled(&class.gemm, Shape { m, n, k: class.k }));
        cycles.sum::<Option<f64>>().map(|cycles| cycles * blocks)
    }

    /// How deep the products are, of all classes for each tile, and how many results they have.
    pub(super) fn products(&self, geometry: &Geometry) -> (f64, f64) {
        let (blocks, m) = self.tiles(geometry);
        let results = blocks * m as f64 * geometry.output().channels as f64;
        let depth: usize = self.classes.iter().map(|class| class.k).sum();
        (depth as f64 * results, self.classes.len() as f64 * results)
    }

    /// Instructions for everything but the products, by a count of those of the loops.
    pub(super) fn around(&self, geometry: &Geometry) -> f64 {
        let (blocks, m) = self.tiles(geometry);
        let (channels, n) = (geometry.input().channels as f64, geometry.output().channels as f64);
        let [down, across] = &self.filters;
        let runs = |count: usize, bytes: f64| count as f64 * (PER_RUN + PER_VECTOR * bytes / 16.0);
        let lines = (geometry.sliding.rows.kernel - 1 + self.lines) as f64 / down.tiles(self.lines) as f64;
        let input = lines * runs(across.terms(), channels) + runs(down.terms() * across.terms(), channels);
        let results = PER_TILE + n / 4.0 * (self.classes.len() as f64 * PER_CLASS + PER_FOUR);
        blocks * (m as f64 * (input + results) + self.classes.len() as f64 * PER_PRODUCT)
    }

    /// Lines at a time.
    pub(super) fn blocks(&self, geometry: &Geometry) -> Blocks {
        Blocks { size: geometry.sliding.cols.output.saturating_mul(self.lines).max(1) }
    }

    /// What products need.
    pub(super) fn needs(&self, geometry: &Geometry) -> Result<Needs, Error> {
        let (_, m) = self.tiles(geometry);
        let n = geometry.output().channels;
        self.classes.iter().try_fold(Needs::default(), |all, class| {
            Ok(all.max(&class.gemm.needs_filled(m, n, class.k, &class.sizes)?))
        })
    }

    /// What everything else needs.
    pub(super) fn buffers(&self, geometry: &Geometry) -> Result<Buffers, SizeOverflow> {
        let (_, m) = self.tiles(geometry);
        let n = geometry.output().channels;
        let times = |a: usize, b: usize| a.checked_mul(b).ok_or(SizeOverflow);
        let deepest = self.classes.iter().map(|class| class.k).max().unwrap_or(0);
        let params = self
            .classes
            .iter()
            .try_fold(n, |all, class| all.checked_add(class.words(n)?).ok_or(SizeOverflow))?;
        Ok(Buffers {
            gathered: times(m, deepest)?,
            packed: times(self.across_bytes(geometry), self.lines_read(geometry))?,
            tile: times(times(m, n)?, self.classes.len())?,
            col_add: params,
            ..self.padding.buffers(geometry)?
        })
    }

    /// Lines of the input below the lines of a block, in whole tiles.
    fn lines_read(&self, geometry: &Geometry) -> usize {
        let [down, _] = &self.filters;
        down.tiles(self.lines) * down.outputs() + geometry.sliding.rows.kernel - 1
    }

    /// Bytes of a line after its columns were summed up.
    fn across_bytes(&self, geometry: &Geometry) -> usize {
        let [_, across] = &self.filters;
        across.tiles(geometry.sliding.cols.output) * across.terms() * geometry.input().channels
    }

    pub(super) fn pack<T: Value>(&self, geometry: &Geometry, weights: &[T]) -> Result<Weights, Error> {
        Weights::new(self, geometry, weights)
    }
}

/// Instructions of a run of bytes that are summed up, and for each 16 of them; of a tile's outputs, for each four
/// channels, and for each class of these; of a product besides its tiles.
const PER_RUN: f64 = 14.0;
const PER_VECTOR: f64 = 4.5;
const PER_TILE: f64 = 40.0;
const PER_FOUR: f64 = 16.0;
const PER_CLASS: f64 = 3.0;
const PER_PRODUCT: f64 = 600.0;

/// Each class's terms of lines and of columns.
fn pairs(filters: &[Filter; 2]) -> impl Iterator<Item = (&[filter::Term], &[filter::Term])> {
    let [down, across] = filters;
    down.classes().iter().flat_map(|down| across.classes().iter().map(move |across| (&down[..], &across[..])))
}

/// The operands of each class, for values in `x` and weights in `w`; `None` if one does not fit `i8`.
fn operands_of(filters: &[Filter; 2], x: Interval, w: Interval) -> Option<Vec<(Operand, Operand)>> {
    let operand = |Interval(lo, hi): Interval| {
        let range = Values::new(lo.try_into().ok()?, hi.try_into().ok()?)?;
        range.fits_i8().then_some(Operand::Int(range))
    };
    let class = |(down, across): (&[filter::Term], &[filter::Term])| {
        // Pixels beyond the output may be 0.
        let (mut pixels, mut taps) = (Interval(0, 0), Interval(0, 0));
        for down in down {
            for across in across {
                pixels = pixels.hull(down.pixels.interval(across.pixels.interval(x)));
                taps = taps.hull(down.taps.interval(across.taps.interval(w)));
            }
        }
        Some((operand(pixels)?, operand(taps)?))
    };
    pairs(filters).map(class).collect()
}

/// Lines of the output so that the sums of all classes fit half of the second cache, whole tiles, of an image at most.
fn lines_at_a_time(filters: &[Filter; 2], geometry: &Geometry, l2: usize) -> Result<usize, SizeOverflow> {
    let [down, across] = filters;
    let classes = down.classes().len() * across.classes().len();
    let results = across.tiles(geometry.sliding.cols.output).checked_mul(geometry.output().channels);
    let bytes =
        results.and_then(|results| results.checked_mul(classes * size_of::<i32>())).ok_or(SizeOverflow)?;
    let tiles = (l2 / 2 / bytes).max(1);
    Ok((tiles * down.outputs()).min(geometry.sliding.rows.output))
}
