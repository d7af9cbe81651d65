//! Winograd's minimal filtering: fewer products than a convolution has, of sums that are wider than its values.
//!
//! ```text
//!   lines of the input ──► across: sums and differences of columns ──► down: of lines ──► rows of a class ─┐
//!   weights ──► sums and differences of taps ──► a right side for each class ──► one product for each ─────┤
//!                                      sums, block by block ◄── outputs: sums of the classes' sums ◄───────┘
//! ```
//!
//! A tile is two outputs of a line, or two by two of two lines ([`filter`]). Of three by three taps the second takes 16
//! products in place of 36, the first 12 in place of 18. On the way pixels of 4 bits become sums of up to 6 bits, and
//! weights of up to 8, which still fit the kernels' bytes; those of 8 bits would not. Everything is exact: there is no
//! rounding anywhere.
//!
//! Each class, which is a class of the lines' filter and one of the columns', is a product of matrices of its own: rows are
//! tiles, its depth is what it sums up, and its operands are just as wide as its sums can be. `docs/adr/0036-minimal-filtering.md`
//! says why all this is so.

mod cost;
mod filter;
mod input;
mod output;
mod run;
mod weights;

use super::gather::Padding;
use super::geometry::Geometry;
use super::way::Blocks;
use super::workspace::Buffers;
use crate::cpu::Caches;
use crate::gemm::Sizes;
use crate::plan::Op;
use crate::select::Shape;
use crate::workspace::Needs;
use crate::{Error, Gemm, Kernel, Operand, Range as Values, Value};
pub(in crate::conv) use cost::PER_CALL;
use filter::{Filter, Interval, Term};
use qgen_spec::SizeOverflow;
pub(in crate::conv) use weights::Weights;

/// Taps of an axis at most, so that tables stay small.
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

/// A class of sums.
#[derive(Clone, Debug)]
struct Class {
    /// What is summed up along lines and along columns.
    terms: [Vec<Term>; 2],
    /// Terms of the columns' classes before this one.
    before: usize,
    /// Whether its sums become part of one output each, as they are: constants are added to them.
    whole: bool,
    /// Its product.
    gemm: Gemm<'static>,
    /// The depth of that: terms of lines, of columns, channels, in whole k-blocks of the kernel, with zeros behind them.
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
    /// the products. `None` where windows are not neighbours, there are groups or a zero point of the weights, numbers
    /// do not fit `i8`, or a line's sums half of the second cache.
    pub(super) fn new(
        geometry: &Geometry,
        operands: (Operand, Operand),
        zeros: (i32, i32),
        minimal: [bool; 2],
        caches: Caches,
        choose: &dyn Fn(Op, Shape) -> Result<&'static Kernel, Error>,
    ) -> Result<Option<Winograd>, Error> {
        let (window, sliding) = (geometry.window(), &geometry.sliding);
        let neighbours =
            [sliding.rows, sliding.cols].iter().all(|axis| (axis.stride, axis.dilation) == (1, 1));
        let few = window.kernel.iter().all(|taps| *taps <= MOST_TAPS);
        let (Some(x), Some(w)) = (operands.0.range(), operands.1.range()) else { return Ok(None) };
        if !neighbours || !few || geometry.groups != 1 || zeros.1 != 0 {
            return Ok(None);
        }
        let filter = |axis: usize| match minimal[axis] {
            true => Filter::minimal(window.kernel[axis]),
            false => Some(Filter::direct(window.kernel[axis])),
        };
        let (Some(down), Some(across)) = (filter(0), filter(1)) else { return Ok(None) };
        let center = (i32::from(x.lo()) + i32::from(x.hi()) + 1).div_euclid(2);
        let pixels = Interval(i32::from(x.lo()) - center, i32::from(x.hi()) - center);
        let taps = Interval(w.lo().into(), w.hi().into());
        let (channels, n) = (geometry.input().channels, geometry.output().channels);
        let tiles = across.tiles(sliding.cols.output);
        let Some(lines) = lines_at_a_time([&down, &across], geometry, caches.l2) else { return Ok(None) };
        let m = down.tiles(lines).checked_mul(tiles).ok_or(SizeOverflow)?;
        let mut classes = Vec::new();
        for (y, of_lines) in down.classes().iter().enumerate() {
            let mut before = 0;
            for (x, of_columns) in across.classes().iter().enumerate() {
                let Some((lhs, rhs)) = operands_of([of_lines, of_columns], pixels, taps) else {
                    return Ok(None);
                };
                let terms = of_lines.len() * of_columns.len();
                let depth = terms.checked_mul(channels).ok_or(SizeOverflow)?;
                let kernel = choose(Op::gemm(lhs, rhs), Shape { m, n, k: depth })?;
                let gemm = Gemm::new(kernel).caches(caches);
                let k =
                    depth.checked_next_multiple_of(gemm.lhs_format().layout.k_block()).ok_or(SizeOverflow)?;
                if !fits(lhs, rhs, k) || k as u64 > gemm.k_limit() {
                    return Ok(None);
                }
                classes.push(Class {
                    terms: [of_lines.clone(), of_columns.clone()],
                    before,
                    whole: down.is_whole(y) && across.is_whole(x),
                    gemm,
                    k,
                    sizes: gemm.sizes(k)?,
                });
                before += of_columns.len();
            }
        }
        let (filters, padding) = ([down, across], Padding::new(geometry, 1)?);
        let way = Winograd { filters, classes, padding, center, zero: zeros.0, lines };
        // What cannot be sized is no way.
        way.buffers(geometry)?.bytes()?;
        way.needs(geometry)?.bytes()?;
        Ok(Some(way))
    }

    /// Outputs of a tile: lines and columns.
    pub(super) fn tile(&self) -> [usize; 2] {
        [self.filters[0].outputs(), self.filters[1].outputs()]
    }

    /// The tile, how many products there are, and of which kernels.
    pub(super) fn describe(&self) -> String {
        let [down, across] = self.tile();
        let kernels = describe(self.classes.iter().map(|class| class.gemm.kernel().name()));
        format!("tiles of {down}x{across} outputs, {kernels}")
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

    /// Lines at a time.
    pub(super) fn blocks(&self, geometry: &Geometry) -> Blocks {
        Blocks { size: geometry.sliding.cols.output * self.lines }
    }

    /// Tiles of a block.
    fn block_tiles(&self, geometry: &Geometry) -> usize {
        let [down, across] = &self.filters;
        down.tiles(self.lines) * across.tiles(geometry.sliding.cols.output)
    }

    /// Lines of the input below the lines of a block, in whole tiles.
    fn lines_read(&self, geometry: &Geometry) -> usize {
        let [down, _] = &self.filters;
        down.tiles(self.lines) * down.outputs() + geometry.sliding.rows.kernel - 1
    }

    /// What products need.
    pub(super) fn needs(&self, geometry: &Geometry) -> Result<Needs, Error> {
        let (m, n) = (self.block_tiles(geometry), geometry.output().channels);
        self.classes.iter().try_fold(Needs::default(), |all, class| {
            Ok(all.max(&class.gemm.needs_filled(m, n, class.k, &class.sizes)?))
        })
    }

    /// What everything else needs.
    pub(super) fn buffers(&self, geometry: &Geometry) -> Result<Buffers, SizeOverflow> {
        let product = |factors: &[usize]| {
            let all = factors.iter().try_fold(1usize, |all, factor| all.checked_mul(*factor));
            all.ok_or(SizeOverflow)
        };
        let (m, n, [_, across]) = (self.block_tiles(geometry), geometry.output().channels, &self.filters);
        let tiles = across.tiles(geometry.sliding.cols.output);
        let deepest = self.classes.iter().map(|class| class.k).max().unwrap_or(0);
        let params = self
            .classes
            .iter()
            .try_fold(n, |all, class| all.checked_add(class.words(n)?).ok_or(SizeOverflow))?;
        let columns = [tiles, across.terms(), geometry.input().channels, self.lines_read(geometry)];
        Ok(Buffers {
            gathered: product(&[m, deepest])?,
            packed: product(&columns)?,
            tile: product(&[m, n, self.classes.len()])?,
            col_add: params,
            ..self.padding.buffers(geometry)?
        })
    }

    pub(super) fn pack<T: Value>(&self, geometry: &Geometry, weights: &[T]) -> Result<Weights, Error> {
        Weights::new(self, geometry, weights)
    }
}

/// How many products there are, and how many by which kernel.
fn describe<'k>(kernels: impl Iterator<Item = &'k str>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for name in kernels {
        match counts.iter_mut().find(|(other, _)| *other == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let all: usize = counts.iter().map(|(_, count)| count).sum();
    let each: Vec<String> = counts.iter().map(|(name, count)| format!("{count} by {name}")).collect();
    format!("{all} products: {}", each.join(", "))
}

/// The operands of a class of such terms of lines and of columns, for values in `x` and weights in `w`; `None` if one does
/// not fit `i8`.
fn operands_of([down, across]: [&[Term]; 2], x: Interval, w: Interval) -> Option<(Operand, Operand)> {
    // What tiles read beyond the input's columns and lines is 0.
    let (mut pixels, mut taps) = (Interval(0, 0), Interval(0, 0));
    for down in down {
        for across in across {
            pixels = pixels.hull(down.pixels.interval(across.pixels.interval(x)));
            taps = taps.hull(down.taps.interval(across.taps.interval(w)));
        }
    }
    let operand = |Interval(lo, hi): Interval| {
        let range = Values::new(lo.try_into().ok()?, hi.try_into().ok()?)?;
        range.fits_i8().then_some(Operand::Int(range))
    };
    Some((operand(pixels)?, operand(taps)?))
}

/// Whether sums of `k` products leave room for what outputs are made of: up to four of them along each axis.
fn fits(x: Operand, w: Operand, k: usize) -> bool {
    let largest = x.range().zip(w.range()).map_or(u64::MAX, |(x, w)| x.max_product(w).unsigned_abs().into());
    largest.saturating_mul(k as u64) <= i32::MAX as u64 / 16
}

/// Lines of the output so that the sums of all classes fit half of the second cache, whole tiles, of an image at most;
/// `None` if those of one line of tiles do not.
fn lines_at_a_time([down, across]: [&Filter; 2], geometry: &Geometry, l2: usize) -> Option<usize> {
    let classes = down.classes().len() * across.classes().len();
    let results = across.tiles(geometry.sliding.cols.output).checked_mul(geometry.output().channels)?;
    let tiles = l2 / 2 / results.checked_mul(classes * size_of::<i32>())?;
    (tiles > 0).then(|| (tiles * down.outputs()).min(geometry.sliding.rows.output))
}

#[cfg(test)]
mod tests {
    use super::super::{ConvPlan, Nhwc, Way, Window, Work, Workspace};
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
        let has = |feature: bool, from: usize| class >= from && (feature || !here.neon);
        let features = Features { neon: true, dotprod: has(here.dotprod, 2), i8mm: has(here.i8mm, 3) };
        Machine { core: Core::by_name(core).unwrap(), features }
    }

    /// The same plan by minimal filtering, whether or not that costs less, so many lines of tiles at a time.
    fn by_filtering(
        plan: &ConvPlan,
        (minimal, lines): ([bool; 2], usize),
        params: &Params<'_>,
        machine: &Machine,
    ) -> Option<ConvPlan> {
        let choose = |op: Op, shape: Shape| params.shipped(op, shape, machine);
        let (geometry, caches) = (&plan.geometry, machine.core.caches());
        let way = Winograd::new(geometry, plan.operands, plan.zeros, minimal, caches, &choose);
        let mut way = way.unwrap()?;
        way.lines = (lines * way.tile()[0]).min(geometry.sliding.rows.output);
        let (blocks, work) = (way.blocks(geometry), Work::Winograd(way));
        let mut plan = ConvPlan { blocks, work, fused: true, ..plan.clone() };
        plan.explanation.way = Way::Winograd;
        Some(plan)
    }

    /// The sums by definition.
    fn by_taps(plan: &ConvPlan, input: &[i16], weights: &[i16], bias: &[i32]) -> Vec<i32> {
        let (shape, sliding) = (plan.geometry.input(), &plan.geometry.sliding);
        let (out, depth) = (plan.geometry.output(), plan.geometry.depth());
        let [kh, kw] = plan.geometry.window().kernel;
        let mut sums = Vec::new();
        for pixel in 0..sliding.pixels() {
            let (image, y, x) =
                (pixel / out.width / out.height, pixel / out.width % out.height, pixel % out.width);
            for output in 0..out.channels {
                let mut sum = bias.get(output).copied().unwrap_or(0);
                for tap in 0..kh * kw {
                    let place = sliding.rows.place(y, tap / kw).zip(sliding.cols.place(x, tap % kw));
                    let Some((row, column)) = place else { continue };
                    let first = ((image * shape.height + row) * shape.width + column) * shape.channels;
                    for channel in 0..shape.channels {
                        let value = i32::from(input[first + channel]) - plan.zeros.0;
                        let weight = weights[output * depth + tap * shape.channels + channel];
                        sum = sum.wrapping_add(value * i32::from(weight));
                    }
                }
                sums.push(sum);
            }
        }
        sums
    }

    /// What other layers leave behind does not matter.
    fn dirty(plan: &ConvPlan) -> Workspace {
        let mut workspace = plan.workspace().unwrap();
        for bytes in [&mut workspace.lines, &mut workspace.gathered, &mut workspace.packed] {
            bytes.bytes_mut().fill(0x80);
        }
        for words in [&mut workspace.tile, &mut workspace.col_add, &mut workspace.row_add] {
            words.fill(i32::MIN + 77);
        }
        workspace.tags.fill(1);
        workspace.starts.fill(1);
        workspace
    }

    fn pixels() -> impl Strategy<Value = (i16, i16)> {
        let few =
            vec![(-8i16, 7i16), (0, 15), (-7, 7), (-1, 1), (0, 1), (-2, 1), (-16, 15), (0, 31), (-32, 31)];
        let odd = vec![(3, 9), (-9, -2), (-11, 11), (0, 63), (120, 135), (250, 255), (-128, -120)];
        prop_oneof![prop::sample::select(few), prop::sample::select(odd)]
    }

    fn weights() -> impl Strategy<Value = (i16, i16)> {
        let few = vec![(-8i16, 7i16), (0, 15), (-7, 7), (-1, 1), (-2, 1), (-16, 15), (-32, 31)];
        let odd = vec![(3, 9), (-9, -2), (-11, 11), (-128, -127), (40, 42)];
        prop_oneof![4 => prop::sample::select(few), 1 => prop::sample::select(odd)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn sums_are_those_of_taps(
            (batch, height, width, channels) in (1usize..3, 1usize..10, 1usize..12, 1usize..40),
            (outputs, kernel, padding) in (1usize..20, [1usize..=9, 1usize..=9], [[0usize..4, 0..4], [0..4, 0..4]]),
            (x, w, zero, minimal, lines) in (pixels(), weights(), 0.0..1.0, any::<[bool; 2]>(), 1usize..4),
            (class, threads, bias, seed) in (0usize..4, 1usize..4, any::<bool>(), any::<u64>()),
        ) {
            let [[top, bottom], [left, right]] = padding;
            let window = Window::new(kernel[0], kernel[1]).padding(top, bottom, left, right);
            let input = Nhwc::new(batch, height, width, channels);
            let geometry = Geometry::new("conv", input, outputs, window, 1);
            // Windows that are larger than the input.
            prop_assume!(geometry.is_ok());
            let geometry = geometry.unwrap();
            let range = |side: (i16, i16)| Values::new(side.0, side.1).unwrap();
            let mut random = SplitMix64::new(seed);
            // The largest numbers are frequent, so that sums come near to their limits.
            let mut number = |side: (i16, i16)| match random.next_u64() % 8 {
                0..3 => side.0,
                3..6 => side.1,
                _ => random.in_range(range(side)),
            };
            let biases: Vec<i32> =
                (0..if bias { outputs } else { 0 }).map(|_| i32::from(number((-128, 127))) << 16).collect();
            let epilogue = if bias { Epilogue::sums().with_bias(biases.clone()) } else { Epilogue::sums() };
            let zero = i32::from(x.0) + (f64::from(x.1 - x.0) * zero) as i32;
            let params = Params::new().lhs_zero_point(zero).epilogue(&epilogue);
            let operands = (Operand::Int(range(x)), Operand::Int(range(w)));
            let machine = machine(class);
            let plan = ConvPlan::new(&geometry, operands, &params, &machine).unwrap();
            let plan = by_filtering(&plan, (minimal, lines), &params, &machine);
            // Sums that do not fit, single taps.
            prop_assume!(plan.is_some());
            let plan = plan.unwrap();
            let given: Vec<i16> = (0..input.len().unwrap()).map(|_| number(x)).collect();
            let weights: Vec<i16> = (0..geometry.weights()).map(|_| number(w)).collect();
            let packed = plan.pack(&weights.iter().map(|&w| w as i8).collect::<Vec<_>>()).unwrap();
            let mut out = vec![7; geometry.output().len().unwrap()];
            let mut workspaces: Vec<Workspace> = (0..threads).map(|_| dirty(&plan)).collect();
            let bytes: Vec<usize> = workspaces.iter().map(Workspace::bytes).collect();
            let scoped = Scoped(NonZeroUsize::new(threads).unwrap());
            if x.1 > 127 {
                let given: Vec<u8> = given.iter().map(|&x| x as u8).collect();
                plan.run_on(&scoped, &given, &packed, &mut out, &mut workspaces).unwrap();
            } else {
                let given: Vec<i8> = given.iter().map(|&x| x as i8).collect();
                plan.run_on(&scoped, &given, &packed, &mut out, &mut workspaces).unwrap();
            }
            prop_assert_eq!(out, by_taps(&plan, &given, &weights, &biases), "{}", plan.explain());
            let after: Vec<usize> = workspaces.iter().map(Workspace::bytes).collect();
            prop_assert_eq!(bytes, after, "nothing more is needed than was said");
        }
    }

    #[test]
    fn operands_are_as_wide_as_sums_can_be() {
        let of = |filters: [Filter; 2], x: (i32, i32), w: (i32, i32)| -> Option<Vec<String>> {
            let [down, across] = &filters;
            let pairs =
                down.classes().iter().flat_map(|y| across.classes().iter().map(move |x| [&y[..], &x[..]]));
            let operands = pairs.map(|terms| operands_of(terms, Interval(x.0, x.1), Interval(w.0, w.1)));
            operands.map(|both| both.map(|(x, w)| format!("{x} by {w}"))).collect()
        };
        let (minimal, direct) = (|| Filter::minimal(3).unwrap(), || Filter::direct(3));
        let columns = of([direct(), minimal()], (-8, 7), (-8, 7)).unwrap();
        assert_eq!(
            columns,
            ["-15..=15 by -8..=7", "-15..=15 by -8..=7", "-16..=14 by -24..=21", "-15..=15 by -23..=22"]
        );
        let both = of([minimal(), minimal()], (-8, 7), (-8, 7)).unwrap();
        assert_eq!(both.len(), 16);
        assert_eq!((&both[0][..], &both[10][..]), ("-30..=30 by -8..=7", "-32..=28 by -72..=63"));
        // Weights of 5 bits make sums of 144, pixels of 8 bits differences of 255.
        assert!(of([minimal(), minimal()], (-8, 7), (-16, 15)).is_none());
        assert!(of([direct(), minimal()], (-32, 31), (-32, 31)).is_some());
        assert!(of([direct(), minimal()], (-128, 127), (-1, 1)).is_none());
    }

    /// Planning is no attempt to use memory that gathered rows would not need.
    #[test]
    fn lines_whose_sums_do_not_fit_the_cache_are_no_way() {
        let machine = machine(0);
        let choose = |op: Op, shape: Shape| Params::new().shipped(op, shape, &machine);
        let four = Operand::of_bits(4).unwrap();
        for (width, some) in [(64, true), (4096, false), (1 << 40, false)] {
            let window = Window::new(3, 3).padding(1, 1, 1, 1);
            let geometry = Geometry::new("conv", Nhwc::new(1, 8, width, 64), 64, window, 1).unwrap();
            let way =
                Winograd::new(&geometry, (four, four), (0, 0), [true; 2], machine.core.caches(), &choose);
            assert_eq!(way.unwrap().is_some(), some, "{width}");
        }
    }
}
