//! Products of gathered pixels by the weights: strips or slices, block by block, group by group.

#![expect(unsafe_code, reason = "it hands pointers into gathered rows to the loop over tiles")]

use super::gather::{Lines, Padding, Source, slices, strips};
use super::geometry::Geometry;
use super::sink::Sink;
use super::way::{Blocks, by_strips};
use super::workspace::{Buffers, Workspace};
use crate::finish::Finish;
use crate::lines::{Accept, LINES_AT_ONCE, LineSums, Scan, Scanner};
use crate::pack::Format;
use crate::tiles::{Rows, Tiles};
use crate::value::of_bytes;
use crate::{Corrections, Element, Error, Gemm, MatMut, MatRef, PackedRhs, Value};
use qgen_spec::{Layout, SizeOverflow, Sums};
use std::ops::Range;

/// Output lines of strips that are worked on at a time, at most.
pub(super) const MAX_LINES: usize = 8;

/// How gathered rows lie in their buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Rows of the matrix in a line: pixels of an output line for strips, one for slices.
    pub(super) rows: usize,
    /// Bytes from one of them to the next.
    pub(super) row: usize,
    /// Bytes from one line to the next: whole tiles can be read from each.
    pub(super) line: usize,
    /// Bytes of a strip, of which each window has `kernel` neighbours; `None` for slices.
    pub(super) strip: Option<usize>,
}

/// A convolution whose rows are gathered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gathered {
    pub(super) gemm: Gemm<'static>,
    pub(super) k: usize,
    /// Bytes of k values.
    pub(super) k_bytes: usize,
    pub(super) shape: Shape,
    pub(super) padding: Padding,
    /// Lines (strips) or pixels (slices) at a time.
    pub(super) at_a_time: usize,
}

/// What is the same in all blocks of a run.
struct Common<T> {
    format: Format,
    corrections: Corrections,
    want_sum: bool,
    /// What finds the sums that `row_add` depends on, where it depends on any.
    scanner: Option<Scanner>,
    /// Whether a window's sums are the sums of those of its strips.
    by_strip: bool,
    /// Taps of a window's line.
    kernel: usize,
    element: std::marker::PhantomData<T>,
}

impl Gathered {
    /// Whether the kernel reads gathered rows where they are.
    fn in_place(&self) -> bool {
        matches!(self.gemm.lhs_format().layout, Layout::Lines { .. })
    }

    /// Bytes of each buffer.
    pub(super) fn buffers(&self, geometry: &Geometry, finish: &Finish<'_>) -> Result<Buffers, Error> {
        let (groups, (_, columns)) = (geometry.groups, geometry.group_channels());
        let format = self.gemm.lhs_format();
        let lines = self.at_a_time;
        let times = |a: usize, b: usize| a.checked_mul(b).ok_or(SizeOverflow);
        let tile = format.tile;
        let (gathered, rows) = match self.shape.strip {
            Some(_) => (times(self.shape.line, lines)?, times(format.padded(self.shape.rows)?, lines)?),
            None => (times(self.shape.row, format.padded(lines)?)?, format.padded(lines)?),
        };
        let packed = match (self.in_place(), self.shape.strip) {
            (true, _) => 0,
            (false, Some(_)) => times(format.bytes(self.shape.rows, self.k)?, lines)?,
            (false, None) => format.bytes(lines, self.k)?,
        };
        let strips = self.shape.strip.map_or(0, |strip| self.shape.line / strip.max(1));
        let rhs = self.gemm.rhs_format();
        Ok(Buffers {
            gathered,
            packed,
            line: if packed > 0 { self.k_bytes } else { 0 },
            row_add: rows,
            col_add: times(finish.words(rhs.padded(columns)?)?, groups)?,
            sums: strips,
            tile: times(tile, rhs.tile)?,
            ..self.padding.buffers(geometry)?
        })
    }

    /// Convolves the windows of output pixels `part`. The values of the input were checked.
    pub(super) fn run<T: Value, R: Element>(
        &self,
        source: &Source<'_>,
        (weights, finish): (&[PackedRhs], Finish<'_>),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, R>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let sliding = source.sliding;
        let corrections = self.gemm.corrections(self.k);
        let pairs = self.gemm.spec().sums() == Sums::Pairs;
        let want_sum = corrections.needs_lhs_sum();
        let signed = T::DOMAIN.is_some_and(|(lo, _)| lo < 0);
        let scan = Scan { signed, sum: want_sum, pairs, accept: Accept::All };
        let common = Common::<T> {
            format: self.gemm.lhs_format(),
            corrections,
            want_sum,
            scanner: (self.in_place() && (want_sum || pairs)).then(|| scan.scanner()),
            by_strip: self.shape.strip.is_some_and(|strip| by_strips(&self.gemm, strip)),
            kernel: sliding.cols.kernel,
            element: std::marker::PhantomData,
        };
        let n = sliding.out_channels / weights.len();
        let words = finish.words(self.gemm.rhs_format().padded(n)?)?;
        let Workspace { lines, tags, starts, gathered, packed, line, row_add, col_add, sums, tile, .. } =
            workspace;
        let mut lines = Lines::new(self.padding, *source, lines.bytes_mut(), tags, starts);
        for (group, weights) in weights.iter().enumerate() {
            finish.from(group * n).fill(&corrections, weights, &mut col_add[group * words..][..words]);
        }
        row_add.fill(0);
        if self.shape.strip.is_none() && self.shape.row > self.k_bytes {
            // Behind the depth a slice is 0, which no block changes.
            gathered.bytes_mut().chunks_exact_mut(self.shape.row).for_each(|row| row[self.k_bytes..].fill(0));
        }
        let blocking = self.gemm.blocking(self.k)?;
        for pixels in blocks.of(part) {
            let (results, first) = sink.room(pixels.clone());
            let rows = results.len() / sliding.out_channels;
            // Bytes of a group in a pixel.
            let channels = source.pixel / weights.len();
            for (group, weights) in weights.iter().enumerate() {
                let channels = group * channels..(group + 1) * channels;
                let scratch = Scratch {
                    gathered: gathered.bytes_mut(),
                    packed: packed.bytes_mut(),
                    line,
                    row_add,
                    sums,
                };
                let (groups, count) = match self.shape.strip {
                    Some(strip) => {
                        self.strips(&common, &mut lines, (&pixels, first), &channels, strip, scratch)?
                    }
                    None => self.slices(&common, &mut lines, (&pixels, first), &channels, scratch)?,
                };
                let out = &mut results[group * n..];
                let out = MatMut::with_strides(out, rows, n, sliding.out_channels, 1)?;
                let params = &col_add[group * words..][..words];
                let tiles = Tiles::new(finish.kernel, weights, out, params, tile)?;
                // SAFETY: `strips` and `slices` give whole tiles of gathered or packed rows, as the kernel's
                // layout has them, in buffers that are as long as `buffers` says, and `row_add` a value for
                // each of them. Rows beyond a line's last are overwritten by the next line's, or are outside
                // of the output, which `tiles` takes care of.
                unsafe { tiles.sweep(&groups[..count], blocking.cols) };
            }
            sink.done(pixels)?;
        }
        Ok(())
    }

    /// Strips of the lines that `pixels` are, and their rows for a sweep.
    fn strips<T: Value>(
        &self,
        common: &Common<T>,
        lines: &mut Lines<'_>,
        (pixels, first): (&Range<usize>, usize),
        channels: &Range<usize>,
        strip: usize,
        scratch: Scratch<'_>,
    ) -> Result<([Rows; MAX_LINES], usize), Error> {
        let Scratch { gathered, packed, line, row_add, sums } = scratch;
        let Shape { rows, row, line: line_bytes, .. } = self.shape;
        let format = &common.format;
        let padded = format.padded(rows)?;
        let packed_bytes = format.bytes(rows, self.k)?;
        let count = pixels.len() / rows;
        for at in 0..count {
            let data = &mut gathered[at * line_bytes..][..line_bytes];
            let used = strips(lines, pixels.start / rows + at, channels, data);
            let adds = &mut row_add[at * padded..][..padded];
            match &common.scanner {
                _ if !self.in_place() => {
                    let stride = row / size_of::<T>();
                    let view = MatRef::<T>::with_strides(of_bytes(data), rows, self.k, stride, 1)?;
                    self.pack(common, view, line, &mut packed[at * packed_bytes..][..packed_bytes], adds)?;
                }
                Some(scanner) if common.by_strip => {
                    common.strip_sums(scanner, &data[..used], strip, row, &mut adds[..rows], sums);
                }
                Some(scanner) => common.row_adds(scanner, data, (row, self.k_bytes), &mut adds[..rows]),
                None => {}
            }
        }
        let (data, bytes) = if self.in_place() { (&*gathered, line_bytes) } else { (&*packed, packed_bytes) };
        let stride = if self.in_place() { row } else { format.layout.panel_bytes(self.k)? };
        let step = if self.in_place() { row * format.tile } else { format.tile_bytes(self.k)? };
        let rows_of = |at| Rows {
            first: first + at * rows,
            tiles: padded / format.tile,
            data: data.as_ptr().wrapping_add(at * bytes),
            stride,
            step,
            row_add: row_add.as_ptr().wrapping_add(at * padded),
        };
        Ok((std::array::from_fn(|at| if at < count { rows_of(at) } else { Rows::NONE }), count))
    }

    /// Slices of `pixels`, and their rows for a sweep.
    fn slices<T: Value>(
        &self,
        common: &Common<T>,
        lines: &mut Lines<'_>,
        (pixels, first): (&Range<usize>, usize),
        channels: &Range<usize>,
        scratch: Scratch<'_>,
    ) -> Result<([Rows; MAX_LINES], usize), Error> {
        let Scratch { gathered, packed, line, row_add, .. } = scratch;
        let (row, count, format) = (self.shape.row, pixels.len(), &common.format);
        slices(lines, pixels.clone(), channels, gathered, row);
        if let Some(scanner) = &common.scanner {
            // What is 0 behind the depth adds nothing: whole blocks, as far as a row has them.
            let len = self.k_bytes.next_multiple_of(32).min(row);
            common.row_adds(scanner, gathered, (row, len), &mut row_add[..count]);
        }
        let (data, stride, step) = if self.in_place() {
            (&*gathered, row, row * format.tile)
        } else {
            let stride = row / size_of::<T>();
            let view = MatRef::<T>::with_strides(of_bytes(gathered), count, self.k, stride, 1)?;
            self.pack(common, view, line, &mut packed[..format.bytes(count, self.k)?], row_add)?;
            (&*packed, format.layout.panel_bytes(self.k)?, format.tile_bytes(self.k)?)
        };
        let (tiles, data, row_add) = (count.div_ceil(format.tile), data.as_ptr(), row_add.as_ptr());
        let mut all = [const { Rows::NONE }; MAX_LINES];
        all[0] = Rows { first, tiles, data, stride, step, row_add };
        Ok((all, 1))
    }

    /// Packs gathered rows, for kernels that do not read them as they are.
    fn pack<T: Value>(
        &self,
        common: &Common<T>,
        rows: MatRef<'_, T>,
        line: &mut [u8],
        dest: &mut [u8],
        row_add: &mut [i32],
    ) -> Result<(), Error> {
        let line = &mut line[..self.k_bytes];
        common.format.pack_lines(self.gemm.kernel(), rows, common.want_sum, line, dest, |i, sums| {
            row_add[i] = common.corrections.row_add(sums.sum, sums.own);
        })
    }
}

/// The buffers that a block is gathered into.
struct Scratch<'a> {
    gathered: &'a mut [u8],
    packed: &'a mut [u8],
    line: &'a mut [u8],
    row_add: &'a mut [i32],
    sums: &'a mut [LineSums],
}

impl<T> Common<T> {
    /// `row_add` of rows of `bytes` bytes each, `row` bytes from one to the next.
    fn row_adds(&self, scanner: &Scanner, data: &[u8], (row, bytes): (usize, usize), adds: &mut [i32]) {
        let mut sums = [LineSums::default(); LINES_AT_ONCE];
        for (at, adds) in adds.chunks_mut(LINES_AT_ONCE).enumerate() {
            let sums = &mut sums[..adds.len()];
            // Everything is accepted.
            scanner.lines(&data[at * LINES_AT_ONCE * row..], bytes, row, sums);
            for (add, sums) in adds.iter_mut().zip(sums) {
                *add = self.corrections.row_add(sums.sum, sums.own);
            }
        }
    }

    /// `row_add` of overlapping windows, by way of the sums of their strips.
    fn strip_sums(
        &self,
        scanner: &Scanner,
        strips: &[u8],
        strip: usize,
        row: usize,
        adds: &mut [i32],
        sums: &mut [LineSums],
    ) {
        for (sums, strip) in sums.iter_mut().zip(strips.chunks_exact(strip)) {
            *sums = scanner.line(strip).unwrap_or_default();
        }
        let step = row / strip;
        for (i, add) in adds.iter_mut().enumerate() {
            let (mut sum, mut own) = (0i32, 0i32);
            for strip in &sums[i * step..][..self.kernel] {
                sum = sum.wrapping_add(strip.sum);
                own = own.wrapping_add(strip.own);
            }
            *add = self.corrections.row_add(sum, own);
        }
    }
}
