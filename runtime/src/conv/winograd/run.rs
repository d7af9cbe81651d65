//! Block by block: the rows of each class, its product, and the outputs of all.

use super::super::gather::{Lines, Source};
use super::super::sink::Sink;
use super::super::way::Blocks;
use super::super::workspace::Workspace;
use super::input::{self, Line, Rows};
use super::output::{Place, outputs};
use super::{Class, Weights, Winograd};
use crate::finish::Finish;
use crate::value::of_bytes;
use crate::{Error, MatMut, MatRef};
use std::ops::Range;

impl Winograd {
    /// Convolves the windows of output pixels `part`, whole lines, adds `bias` modulo 2³²: nothing, or a number for each
    /// channel. The values of the input were checked.
    pub(in crate::conv) fn run(
        &self,
        source: &Source<'_>,
        (weights, bias): (&Weights, &[i32]),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, i32>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (rows, cols, n) = (source.sliding.rows, source.sliding.cols, source.sliding.out_channels);
        let Workspace { gemm, lines, tags, starts, gathered, packed, tile: sums, col_add, .. } = workspace;
        let mut lines = Lines::new(self.padding, *source, lines.bytes_mut(), tags, starts);
        let (constants, params) = col_add.split_at_mut(n);
        constants.copy_from_slice(&weights.constants);
        constants.iter_mut().zip(bias).for_each(|(constant, bias)| *constant = constant.wrapping_add(*bias));
        self.fill(weights, constants, params)?;
        let tiles = self.filters[1].tiles(cols.output);
        let (columns, line_bytes) = (packed.bytes_mut(), tiles * self.filters[1].terms() * source.pixel);
        let most = self.filters[0].tiles(self.lines) * tiles;
        for class in &self.classes {
            gemm.grow(&class.gemm.needs_filled(most, n, class.k, &class.sizes)?)?;
        }
        for pixels in blocks.of(part) {
            let results = sink.room_of(pixels.clone());
            let (first, last) = (pixels.start / cols.output, pixels.end / cols.output);
            let mut line = first;
            // Lines of one image at a time.
            while line < last {
                let count = (rows.output - line % rows.output).min(last - line);
                let mut block = Block {
                    way: self,
                    n,
                    lines: count,
                    tiles: [self.filters[0].tiles(count), tiles],
                    columns: &mut *columns,
                    line_bytes,
                };
                block.sum_columns(source, &mut lines, line);
                let (m, mut params) = (block.tiles[0] * tiles, &*params);
                for (at, (class, weights)) in self.classes.iter().zip(weights.classes()).enumerate() {
                    let gathered = block.gather(source.pixel, class, gathered.bytes_mut());
                    let (params_of, others) = params.split_at(class.words(n)?);
                    params = others;
                    let lhs = MatRef::<i8>::new(of_bytes(gathered), m, class.k)?;
                    // The sums of a tile follow one another.
                    let stride = self.classes.len() * n;
                    let out = MatMut::with_strides(&mut sums[at * n..], m, n, stride, 1)?;
                    class.gemm.check(m, class.k, weights, &out)?;
                    let kernel = class.finish(constants).kernel;
                    class.gemm.run_filled(lhs, weights, out, gemm, (kernel, params_of, &class.sizes))?;
                }
                let out = &mut results[(line - first) * cols.output * n..][..count * cols.output * n];
                block.outputs(sums, cols.output, out);
                line += count;
            }
            sink.done(pixels)?;
        }
        Ok(())
    }

    /// What the kernels' ends take, class by class.
    fn fill(&self, weights: &Weights, constants: &[i32], params: &mut [i32]) -> Result<(), Error> {
        let mut rest = params;
        for (class, rhs) in self.classes.iter().zip(weights.classes()) {
            let (params, others) = rest.split_at_mut(class.words(constants.len())?);
            rest = others;
            class.finish(constants).fill(&class.gemm.corrections(class.k), rhs, params);
        }
        Ok(())
    }
}

impl Class {
    /// What ends the product: sums that are part of one output as they are take the constants.
    fn finish<'a>(&self, constants: &'a [i32]) -> Finish<'a> {
        self.gemm.sums(self.k, if self.whole { constants } else { &[] })
    }
}

/// Some lines of the output of one image.
struct Block<'a> {
    way: &'a Winograd,
    /// Out channels.
    n: usize,
    lines: usize,
    /// Lines of tiles, and tiles of each.
    tiles: [usize; 2],
    /// Lines of the input whose columns were summed up, and bytes of each.
    columns: &'a mut [u8],
    line_bytes: usize,
}

impl Block<'_> {
    /// Sums up the columns of every line below the block's, the first of which is line `first` of all images.
    fn sum_columns(&mut self, source: &Source<'_>, lines: &mut Lines<'_>, first: usize) {
        let [down, across] = &self.way.filters;
        let (kernel, line_bytes) = (source.sliding.rows.kernel, self.line_bytes);
        for line in 0..self.lines {
            let below = lines.below(first + line);
            // Below the next line all but the last are known.
            for tap in if line == 0 { 0 } else { kernel - 1 }..kernel {
                let line_of = Line {
                    bytes: &below.bytes[below.starts[tap]..],
                    channels: source.pixel,
                    used: source.sliding.cols.used(),
                    center: self.way.center as u8,
                };
                let to = &mut self.columns[(line + tap) * line_bytes..][..line_bytes];
                input::across(&line_of, across.classes(), across.outputs(), self.tiles[1], to);
            }
        }
        // Of what a tile reads beyond them no output is kept.
        let (read, used) = (self.tiles[0] * down.outputs() + kernel - 1, self.lines + kernel - 1);
        self.columns[used * line_bytes..read * line_bytes].fill(0);
    }

    /// Fills the rows of a class.
    fn gather<'r>(&self, channels: usize, class: &Class, rows: &'r mut [u8]) -> &'r [u8] {
        let ([lines, tiles], k) = (self.tiles, class.k);
        let [of_lines, of_columns] = &class.terms;
        let from = Rows {
            lines: self.columns,
            line: self.line_bytes,
            first: class.before * tiles * channels,
            len: of_columns.len() * channels,
            tiles,
            k,
        };
        let rows = &mut rows[..lines * tiles * k];
        for (line, rows) in rows.chunks_exact_mut(tiles * k).enumerate() {
            input::down(&from, of_lines, line * self.way.filters[0].outputs(), rows);
        }
        rows
    }

    /// Makes `cols` outputs of each line of the sums of all classes.
    fn outputs(&self, sums: &mut [i32], cols: usize, out: &mut [i32]) {
        let (n, [high, wide]) = (self.n, self.way.tile());
        let mut sums = sums.chunks_exact_mut(self.way.classes.len() * n);
        for y in (0..self.lines).step_by(high) {
            for x in (0..cols).step_by(wide) {
                let Some(sums) = sums.next() else { return };
                let count = [high.min(self.lines - y), wide.min(cols - x)];
                let out = &mut out[(y * cols + x) * n..];
                outputs(&self.way.filters, sums, Place { out, line: cols * n, n, count });
            }
        }
    }
}
