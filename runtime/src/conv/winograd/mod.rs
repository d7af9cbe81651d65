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
use crate::select::{Shape, modelled_in_tiles};
use crate::workspace::Needs;
use crate::{Error, Gemm, Kernel, Operand, Range as Values, Value};
use filter::{Filter, Interval};
use qgen_spec::{Layout, SizeOverflow};
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

impl Class {
    /// Instructions of a product of `m` tiles by `n` out channels, but for those of the kernel.
    fn around(&self, m: usize, n: usize) -> f64 {
        let (lhs, rhs) = (self.gemm.lhs_format(), self.gemm.rhs_format());
        let blocks = (self.k as f64 / 32.0).ceil();
        let row = match lhs.layout {
            Layout::Lines { .. } if self.gemm.corrections(self.k).rows_are_zero() => 0.0,
            Layout::Lines { .. } => PER_ROW + PER_BLOCK * blocks,
            _ => PER_ROW + PER_PACKED_BLOCK * blocks,
        };
        let calls = (m.div_ceil(lhs.tile) * n.div_ceil(rhs.tile)) as f64;
        PER_PRODUCT + PER_CALL * calls + row * m as f64
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

    /// The kernel of the product of class `at`.
    #[cfg(feature = "packed")]
    pub(super) fn kernel(&self, at: usize) -> Option<&'static Kernel> {
        self.classes.get(at).map(|class| class.gemm.kernel())
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

    /// Modelled cycles of the kernels of all products; `None` where a kernel's are not known.
    pub(super) fn cycles(&self, geometry: &Geometry) -> Option<f64> {
        let (blocks, m) = self.tiles(geometry);
        let n = geometry.output().channels;
        let cycles =
            self.classes.iter().map(|class| modelled_in_tiles(&class.gemm, Shape { m, n, k: class.k }));
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
        let lines_of_tiles = down.tiles(self.lines) as f64;
        let tiles = m as f64 / lines_of_tiles;
        let vectors = |runs: f64| runs * PER_VECTOR * channels / 16.0;
        // Where rows have no padding and one term of lines, those of a line of tiles are one run.
        let merged = pairs(&self.filters).zip(&self.classes).all(|((down, across), class)| {
            down.len() == 1 && across.len() * geometry.input().channels == class.k
        });
        let sums = down.terms() as f64 * across.terms() as f64;
        let columns = self.lines_read(geometry) as f64 * tiles * across.terms() as f64;
        let runs = columns + sums * lines_of_tiles * if merged { 1.0 } else { tiles };
        let input = runs * PER_RUN + vectors(columns + sums * m as f64);
        let products: f64 =
            self.classes.iter().map(|class| class.around(m, geometry.output().channels)).sum();
        let results = m as f64 * (PER_TILE + n / 4.0 * self.classes.len() as f64 * PER_SUM);
        blocks * (input + products + results)
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

/// Instructions of a run of bytes that are summed up, and for each 16 of them.
const PER_RUN: f64 = 64.0;
const PER_VECTOR: f64 = 7.0;
/// Instructions of a tile's outputs, and for each four channels of a class of these.
const PER_TILE: f64 = 100.0;
const PER_SUM: f64 = 6.0;
/// Instructions of a product, of each call of its kernel, of each row that must be looked at or packed, and for each 32
/// values of it then.
const PER_PRODUCT: f64 = 1000.0;
const PER_CALL: f64 = 22.0;
const PER_ROW: f64 = 45.0;
const PER_BLOCK: f64 = 12.0;
const PER_PACKED_BLOCK: f64 = 24.0;

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

#[cfg(test)]
mod tests {
    use super::super::{ConvPlan, Nhwc, Window, Work, Workspace};
    use super::*;
    use crate::bench::SplitMix64;
    use crate::cpu::{Core, Features, Machine, detect_features};
    use crate::plan::{Epilogue, Params};
    use crate::threads::Scoped;
    use proptest::prelude::*;
    use std::num::NonZeroUsize;

    /// A machine of each class, whose kernels are plain code elsewhere.
    fn machine(class: usize) -> Machine {
        let core = ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"][class];
        let here = detect_features();
        let features = Features {
            neon: true,
            dotprod: class > 1 && (here.dotprod || !here.neon),
            i8mm: class > 2 && (here.i8mm || !here.neon),
        };
        Machine { core: Core::by_name(core).unwrap(), features }
    }

    /// The same plan by minimal filtering, whether or not that costs less, so many lines at a time.
    fn by_filtering(
        plan: &ConvPlan,
        (minimal, lines): ([bool; 2], usize),
        params: &Params<'_>,
        machine: &Machine,
    ) -> Option<ConvPlan> {
        let choose = |op: Op, shape: Shape| params.shipped(op, shape, machine);
        let mut way =
            Winograd::new(&plan.geometry, plan.operands, plan.zeros, minimal, 1 << 20, &choose).unwrap()?;
        let lines_of_tiles = way.filters[0].outputs();
        way.lines = (lines * lines_of_tiles).min(plan.geometry.sliding.rows.output);
        let mut plan =
            ConvPlan { blocks: way.blocks(&plan.geometry), work: Work::Winograd(way), ..plan.clone() };
        plan.explanation.way = super::super::Way::Winograd;
        Some(plan)
    }

    fn sides() -> impl Strategy<Value = (i16, i16)> {
        prop::sample::select(vec![
            (-8i16, 7i16),
            (0, 15),
            (-7, 7),
            (-1, 1),
            (0, 1),
            (-2, 1),
            (-16, 15),
            (0, 31),
            (-32, 31),
            (3, 9),
            (-9, -2),
            (-11, 11),
            (0, 63),
        ])
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

        /// What products of matrices make of it, which are compared with loops over taps elsewhere.
        #[test]
        fn sums_are_those_of_products(
            (batch, height, width, channels) in (1usize..3, 1usize..10, 1usize..12, 1usize..40),
            (outputs, kernel, padding) in (1usize..20, [1usize..=7, 1usize..=7], [[0usize..3, 0..3], [0..3, 0..3]]),
            (x, w, zero, minimal, lines) in (sides(), sides(), 0.0..1.0, any::<[bool; 2]>(), 1usize..4),
            (core, threads, bias, seed) in (0usize..4, 1usize..4, any::<bool>(), any::<u64>()),
        ) {
            let [[top, bottom], [left, right]] = padding;
            let window = Window::new(kernel[0], kernel[1]).padding(top, bottom, left, right);
            let input = Nhwc::new(batch, height, width, channels);
            let geometry = Geometry::new("conv", input, outputs, window, 1);
            // Windows that are larger than the input.
            prop_assume!(geometry.is_ok());
            let geometry = geometry.unwrap();
            let operand = |side: (i16, i16)| Operand::Int(Values::new(side.0, side.1).unwrap());
            let mut random = SplitMix64::new(seed);
            // The largest numbers are frequent, so that sums come near to their limits.
            let mut number = |side: (i16, i16)| match random.next_u64() % 8 {
                0..3 => side.0,
                3..6 => side.1,
                _ => random.in_range(Values::new(side.0, side.1).unwrap()),
            };
            let biases: Vec<i32> = (0..outputs).map(|_| i32::from(number((-128, 127))) << 16).collect();
            let epilogue = if bias { Epilogue::sums().with_bias(biases) } else { Epilogue::sums() };
            let zero = i32::from(x.0) + (f64::from(x.1 - x.0) * zero) as i32;
            let params = Params::new().lhs_zero_point(zero).epilogue(&epilogue);
            let machine = machine(core);
            let products = ConvPlan::new(&geometry, (operand(x), operand(w)), &params, &machine).unwrap();
            let plan = by_filtering(&products, (minimal, lines), &params, &machine);
            // Sums that do not fit, single taps.
            prop_assume!(plan.is_some());
            let plan = plan.unwrap();
            let input: Vec<i8> = (0..input.len().unwrap()).map(|_| number(x) as i8).collect();
            let weights: Vec<i8> = (0..geometry.weights()).map(|_| number(w) as i8).collect();
            let run = |plan: &ConvPlan, threads: usize| {
                let packed = plan.pack(&weights).unwrap();
                let mut out = vec![7; geometry.output().len().unwrap()];
                let mut workspaces: Vec<Workspace> = (0..threads).map(|_| plan.workspace().unwrap()).collect();
                let bytes: Vec<usize> = workspaces.iter().map(Workspace::bytes).collect();
                let scoped = Scoped(NonZeroUsize::new(threads).unwrap());
                plan.run_on(&scoped, &input, &packed, &mut out, &mut workspaces).unwrap();
                let after: Vec<usize> = workspaces.iter().map(Workspace::bytes).collect();
                assert_eq!(bytes, after, "nothing more is needed than was said");
                out
            };
            prop_assert_eq!(run(&plan, threads), run(&products, 1), "{}", plan.explain());
        }
    }

    #[test]
    fn operands_are_as_wide_as_sums_can_be() {
        let filter = |kernel| Filter::minimal(kernel).unwrap();
        let of = |filters: [Filter; 2], x: (i32, i32), w: (i32, i32)| {
            operands_of(&filters, Interval(x.0, x.1), Interval(w.0, w.1))
                .map(|classes| classes.iter().map(|(x, w)| format!("{x} by {w}")).collect::<Vec<_>>())
        };
        let columns = of([Filter::direct(3), filter(3)], (-8, 7), (-8, 7)).unwrap();
        assert_eq!(
            columns,
            ["-15..=15 by -8..=7", "-15..=15 by -8..=7", "-16..=14 by -24..=21", "-15..=15 by -23..=22"]
        );
        let both = of([filter(3), filter(3)], (-8, 7), (-8, 7)).unwrap();
        assert_eq!(both.len(), 16);
        assert_eq!((&both[0][..], &both[10][..]), ("-30..=30 by -8..=7", "-32..=28 by -72..=63"));
        // Weights of 5 bits make sums of 144, pixels of 8 bits differences of 255.
        assert!(of([filter(3), filter(3)], (-8, 7), (-16, 15)).is_none());
        assert!(of([Filter::direct(3), filter(3)], (-16, 15), (-32, 31)).is_some());
        assert!(of([Filter::direct(3), filter(3)], (-128, 127), (-1, 1)).is_none());
    }
}
