//! How a convolution becomes products that kernels know, and which way costs least.

use super::gather::Padding;
use super::gathered::{Gathered, MAX_LINES, Shape};
use super::geometry::Geometry;
use super::in_place::InPlace;
use super::shallow::Shallow;
use super::winograd::{PER_CALL, Winograd};
use crate::cpu::Class;
use crate::select::{self, modelled_in_tiles};
use crate::{Error, Gemm};
use qgen_spec::{Layout, Operand, SizeOverflow, Sums};
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// Where the rows come from that the weights are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Way {
    /// Pixels are the rows of one product; nothing is copied.
    InPlace,
    /// Pixels of an output line are rows of the input's line, which may overlap; nothing is copied.
    Lines,
    /// Columns of kh pixels are copied for each output line; windows are kw neighbours, and overlap.
    Strips,
    /// Windows are copied, as many as fit the cache.
    Slices,
    /// Each channel by itself, 16 at a time, without a product of matrices.
    Depthwise,
    /// Few channels: 16 pixels of an output line at a time, without a product of matrices.
    Shallow,
    /// Fewer products than there are taps, of sums of pixels by sums of weights.
    Winograd,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::InPlace => "pixels in place",
            Way::Lines => "lines in place",
            Way::Strips => "strips",
            Way::Slices => "slices",
            Way::Depthwise => "depthwise",
            Way::Shallow => "shallow",
            Way::Winograd => "winograd",
        })
    }
}

/// A way and its estimated cost.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The way.
    pub way: Way,
    /// Instructions for the whole convolution, estimated by the rules in `docs/adr/0025-convolution.md` and `0036-minimal-filtering.md`;
    /// `None` where it was not considered because nothing needs to be copied.
    pub instructions: Option<f64>,
}

/// Pixels of the output that are worked on together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Blocks {
    pub(super) size: usize,
}

impl Blocks {
    pub(super) fn of(self, pixels: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let end = pixels.end;
        pixels.step_by(self.size).map(move |first| first..end.min(first.saturating_add(self.size)))
    }
}

/// What runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Method {
    /// [`Way::InPlace`] or [`Way::Lines`], by which `blocks` are lines or anything.
    InPlace(InPlace),
    Gathered(Gathered),
}

/// What was chosen, and why.
pub(super) struct Choice {
    pub(super) way: Way,
    pub(super) blocks: Blocks,
    pub(super) reason: String,
    pub(super) estimates: Vec<Estimate>,
}

impl Choice {
    /// Without a product, if that is estimated to cost less than this choice.
    pub(super) fn or_shallow(
        &self,
        way: Shallow,
        geometry: &Geometry,
        [l1d, _]: [usize; 2],
    ) -> Option<(Shallow, Choice)> {
        let estimate = way.estimate(geometry);
        let (own, other) = (estimate.instructions?, self.estimates.first()?.instructions?);
        if own > other {
            return None;
        }
        let mut estimates = vec![estimate];
        estimates.extend(&self.estimates);
        let less = 100.0 * (1.0 - own / other);
        let reason = format!("{less:.1} % fewer instructions than {}, estimated", self.way);
        let blocks = way.blocks(geometry, l1d);
        Some((way, Choice { way: Way::Shallow, blocks, reason, estimates }))
    }
}

/// Minimal filtering must cost so much less than gathered rows to be taken: it keeps more in the caches.
const CLEARLY: f64 = 0.95;

impl Choice {
    /// The cheapest of `ways` by minimal filtering, if that takes fewer cycles than this choice, whose products are `gemm`'s.
    /// Products differ in their kernels here, so that these are compared by their models; what is around them counts as
    /// its instructions take on the kernels' core. Without models instructions are compared.
    pub(super) fn or_winograd(
        &self,
        ways: impl FnOnce() -> Result<Vec<Winograd>, Error>,
        geometry: &Geometry,
        gemm: &Gemm<'_>,
    ) -> Result<Option<(Winograd, Choice)>, Error> {
        let pixels = geometry.sliding.pixels();
        let other = match self.estimates.first().and_then(|estimate| estimate.instructions) {
            Some(other) if pixels > 0 => other,
            // Nothing is copied, or there is nothing to do.
            _ => return Ok(None),
        };
        let shape = select::Shape { m: pixels, n: geometry.output().channels, k: geometry.depth() };
        let class = Class::of(&gemm.spec().core);
        let cycles = |instructions: f64, products: f64| {
            Some(products + instructions * f64::from(class?.per_instruction()) / 100.0)
        };
        let tiles = pixels.div_ceil(gemm.lhs_format().tile) * shape.n.div_ceil(gemm.rhs_format().tile);
        let gathering = other - multiplying(geometry, gemm, pixels) + PER_CALL * tiles as f64;
        let by_cycles = modelled_in_tiles(gemm, shape).and_then(|products| cycles(gathering, products));
        let compared = ways()?.into_iter().map(|way| {
            let (depth, results) = way.products(geometry);
            let around = way.around(geometry);
            let instructions = depth * PER_MAC + results * PER_RESULT + around;
            let own = way.cycles(geometry).and_then(|products| cycles(around, products));
            let (less, what) = match (own, by_cycles) {
                (Some(own), Some(direct)) => (own / direct, "cycles"),
                _ => (instructions / other, "instructions"),
            };
            (less, what, instructions, way)
        });
        let least = compared.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(less, ..)| *less <= CLEARLY);
        let Some((less, what, instructions, way)) = least else { return Ok(None) };
        let estimate = Estimate { way: Way::Winograd, instructions: Some(instructions) };
        let (percent, instead) = (100.0 * (1.0 - less), self.way);
        let reason = format!("{percent:.1} % fewer {what} than {instead}, estimated; {}", way.describe());
        let estimates = std::iter::once(estimate).chain(self.estimates.iter().copied()).collect();
        let blocks = way.blocks(geometry);
        Ok(Some((way, Choice { way: Way::Winograd, blocks, reason, estimates })))
    }
}

/// The best way to convolve with `gemm`'s kernel.
pub(super) fn choose(
    geometry: &Geometry,
    gemm: Gemm<'static>,
    caches: [usize; 2],
) -> Result<(Method, Choice), Error> {
    if let Some(chosen) = in_place(geometry, gemm, caches)? {
        return Ok(chosen);
    }
    let slices = slices(geometry, gemm, caches)?;
    let mut estimates = vec![slices.1];
    let mut chosen = (slices.0, Way::Slices, "windows share no columns that could be read twice".to_owned());
    if let Some((gathered, estimate)) = strips(geometry, gemm, caches)? {
        estimates.push(estimate);
        let (by_strips, by_slices) = (estimate.instructions, slices.1.instructions);
        let counts = |less: f64, more: f64| {
            format!("{:.1} % fewer instructions, estimated", 100.0 * (1.0 - less / more))
        };
        if let (Some(by_strips), Some(by_slices)) = (by_strips, by_slices) {
            if by_strips <= by_slices {
                let reason = format!("{} than slices", counts(by_strips, by_slices));
                chosen = (gathered, Way::Strips, reason);
            } else {
                chosen.2 = format!(
                    "{} than strips, whose last tile of each line is partly empty",
                    counts(by_slices, by_strips)
                );
            }
        }
    }
    estimates
        .sort_by(|a, b| a.instructions.partial_cmp(&b.instructions).unwrap_or(std::cmp::Ordering::Equal));
    let (gathered, way, reason) = chosen;
    let blocks = Blocks { size: gathered.shape.rows * gathered.at_a_time };
    Ok((Method::Gathered(gathered), Choice { way, blocks, reason, estimates }))
}

/// Rows so that i32 results of all channels fit a quarter of the first cache, at least a few tiles.
fn cached_rows(geometry: &Geometry, l1d: usize) -> usize {
    let row = geometry.output().channels * size_of::<i32>();
    (l1d / 4 / row).max(32)
}

fn in_place(
    geometry: &Geometry,
    gemm: Gemm<'static>,
    [l1d, _]: [usize; 2],
) -> Result<Option<(Method, Choice)>, Error> {
    let window = geometry.window();
    let [[top, bottom], [left, right]] = window.padding;
    let ([kh, kw], cols) = (window.kernel, geometry.sliding.cols);
    let columns = kw == 1 || geometry.groups == 1 && window.dilation[1] == 1;
    if kh != 1 || left + right != 0 || !columns {
        return Ok(None);
    }
    let whole = kw == 1 && window.stride == [1, 1] && top + bottom == 0;
    let (way, reason, size) = match whole {
        true => {
            let rows = cached_rows(geometry, l1d).next_multiple_of(gemm.lhs_format().tile);
            (Way::InPlace, "a window is a pixel, and each pixel has one", rows)
        }
        false => (Way::Lines, "a window is a part of one line, and none reaches beyond it", cols.output),
    };
    let method = Method::InPlace(InPlace::new(gemm, !whole, geometry)?);
    let estimates = vec![Estimate { way, instructions: None }];
    Ok(Some((method, Choice { way, blocks: Blocks { size }, reason: reason.to_owned(), estimates })))
}

/// Instructions of a kernel for each multiply-accumulate: what 4 bits and floats take. Only waste is weighed by it.
const PER_MAC: f64 = 0.17;
const PER_FLOAT_MAC: f64 = 0.33;
/// Instructions of a kernel's end for each result.
const PER_RESULT: f64 = 8.0;
/// Instructions of a copied piece, and for each 16 bytes of it.
const PER_PIECE: f64 = 6.5;
const PER_VECTOR: f64 = 1.5;
/// Instructions of a pass that sums up a row, and for each 32 values of it.
const PER_PASS: f64 = 50.0;
const PER_BLOCK: f64 = 12.0;

/// Copying `pieces` of `bytes` each.
fn copying(pieces: usize, bytes: usize) -> f64 {
    pieces as f64 * (PER_PIECE + PER_VECTOR * (bytes as f64 / 16.0))
}

/// Summing up `rows` of `values` each, where the kernel needs it.
fn summing(gemm: &Gemm<'_>, k: usize, rows: usize, values: usize) -> f64 {
    if gemm.corrections(k).rows_are_zero() {
        return 0.0;
    }
    rows as f64 * (PER_PASS + PER_BLOCK * (values as f64 / 32.0))
}

/// Rows of output channels and depth that the kernel works on in `rows` rows of whole tiles.
fn multiplying(geometry: &Geometry, gemm: &Gemm<'_>, rows: usize) -> f64 {
    let (lhs, rhs) = (gemm.lhs_format(), gemm.rhs_format());
    let n = geometry.group_channels().1.next_multiple_of(rhs.tile);
    let per_mac = if lhs.operand == Operand::F32 { PER_FLOAT_MAC } else { PER_MAC };
    let depth = geometry.depth().next_multiple_of(lhs.layout.k_block());
    let results = (rows.next_multiple_of(lhs.tile) * geometry.groups) as f64 * n as f64;
    results * (depth as f64 * per_mac + PER_RESULT)
}

fn slices(
    geometry: &Geometry,
    gemm: Gemm<'static>,
    caches: [usize; 2],
) -> Result<(Gathered, Estimate), Error> {
    let (k, format) = (geometry.depth(), gemm.lhs_format());
    let value = format.operand.bytes();
    let k_bytes = k.checked_mul(value).ok_or(SizeOverflow)?;
    let row = match format.layout {
        Layout::Lines { .. } => format.layout.panel_bytes(k)?,
        _ => k_bytes,
    };
    let pixels = geometry.sliding.pixels().max(1);
    let tiles = gathered_bytes(geometry, &gemm, caches)? / row / format.tile;
    let at_a_time = (tiles.max(1) * format.tile).min(pixels.next_multiple_of(format.tile));
    let [kh, kw] = geometry.window().kernel;
    let channels = geometry.group_channels().0 * value;
    let together = geometry.window().dilation[1] == 1 && geometry.groups == 1;
    let pieces = if together { (kh, kw * channels) } else { (kh * kw, channels) };
    let each = copying(pieces.0, pieces.1) + summing(&gemm, k, 1, k);
    let instructions = pixels as f64 * geometry.groups as f64 * each + multiplying(geometry, &gemm, pixels);
    let shape = Shape { rows: 1, row, line: row, strip: None };
    let estimate = Estimate { way: Way::Slices, instructions: Some(instructions) };
    let padding = Padding::new(geometry, value)?;
    Ok((Gathered { gemm, k, k_bytes, shape, padding, at_a_time }, estimate))
}

/// Bytes that gathered rows may have: a quarter of the first cache where all weights fit the rest of it, else
/// half of the second, so that weights are read again less often.
fn gathered_bytes(
    geometry: &Geometry,
    gemm: &Gemm<'_>,
    [l1d, l2]: [usize; 2],
) -> Result<usize, SizeOverflow> {
    let weights = gemm.rhs_format().bytes(geometry.group_channels().1, geometry.depth())?;
    Ok(if weights <= l1d / 2 { l1d / 4 } else { l2 / 2 })
}

/// Whether the sums of a window are the sums of those of its strips: blocks of pairs must not straddle them.
pub(super) fn by_strips(gemm: &Gemm<'_>, strip: usize) -> bool {
    gemm.spec().sums() != Sums::Pairs || strip.is_multiple_of(32)
}

/// `None` where windows are not neighbouring strips, or their kernel could not correct for what it reads of
/// the strip behind a window: pairs of `fip`, and floats, whose NaN times 0 is not 0.
fn strips(
    geometry: &Geometry,
    gemm: Gemm<'static>,
    caches: [usize; 2],
) -> Result<Option<(Gathered, Estimate)>, Error> {
    let (k, format, window) = (geometry.depth(), gemm.lhs_format(), geometry.window());
    let in_place = matches!(format.layout, Layout::Lines { .. });
    let whole = k.is_multiple_of(format.layout.k_block());
    let reads_no_more = gemm.spec().sums() == Sums::Pairs || format.operand == Operand::F32;
    let [kh, kw] = window.kernel;
    if kw == 1 || window.dilation[1] != 1 || in_place && reads_no_more && !whole {
        return Ok(None);
    }
    let (cols, (channels, _)) = (geometry.sliding.cols, geometry.group_channels());
    if window.stride[1] >= kw {
        // Nothing is shared.
        return Ok(None);
    }
    let times = |a: usize, b: usize| a.checked_mul(b).ok_or(SizeOverflow);
    let value = format.operand.bytes();
    let (k_bytes, strip) = (times(k, value)?, times(times(kh, channels)?, value)?);
    let row = times(strip, window.stride[1])?;
    let last_row = times(format.padded(cols.output)? - 1, row)?;
    let last = if in_place { format.layout.panel_bytes(k)? } else { k_bytes };
    let read = last_row.checked_add(last).ok_or(SizeOverflow)?;
    let line = times(strip, cols.used())?.max(read).checked_next_multiple_of(16).ok_or(SizeOverflow)?;
    let lines = geometry.sliding.pixels() / cols.output;
    let at_a_time = (gathered_bytes(geometry, &gemm, caches)? / line).clamp(1, MAX_LINES).min(lines.max(1));
    let (strips, windows) = (cols.used(), cols.output);
    let sums = match by_strips(&gemm, strip) {
        true => summing(&gemm, k, strips, strip) + summing(&gemm, k, windows, 0) / 2.0,
        false => summing(&gemm, k, windows, k),
    };
    let gathering = (copying(kh * strips, channels * value) + sums) * geometry.groups as f64;
    let instructions = lines as f64 * (gathering + multiplying(geometry, &gemm, windows));
    let shape = Shape { rows: cols.output, row, line, strip: Some(strip) };
    let estimate = Estimate { way: Way::Strips, instructions: Some(instructions) };
    let padding = Padding::new(geometry, value)?;
    Ok(Some((Gathered { gemm, k, k_bytes, shape, padding, at_a_time }, estimate)))
}
