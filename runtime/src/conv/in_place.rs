//! Products of pixels that are read where they are.

use super::geometry::{Geometry, Sliding};
use super::sink::Sink;
use super::way::Blocks;
use super::workspace::{Buffers, Workspace};
use crate::finish::Finish;
use crate::gemm::Sizes;
use crate::value::of_bytes;
use crate::{Element, Error, Gemm, MatMut, MatRef, PackedRhs, Value};
use qgen_spec::SizeOverflow;
use std::ops::Range;

/// How it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct InPlace {
    pub(super) gemm: Gemm<'static>,
    /// Whether blocks are lines of the output; else pixels of the input are those of the output, and blocks any
    /// number of them.
    pub(super) lines: bool,
    /// Of rows as deep as a window.
    pub(super) sizes: Sizes,
}

impl InPlace {
    pub(super) fn new(gemm: Gemm<'static>, lines: bool, geometry: &Geometry) -> Result<InPlace, Error> {
        Ok(InPlace { gemm, lines, sizes: gemm.sizes(geometry.depth())? })
    }

    /// Bytes of each buffer but those of the product.
    pub(super) fn buffers(&self, geometry: &Geometry, finish: &Finish<'_>) -> Result<Buffers, Error> {
        let columns = self.gemm.rhs_format().padded(geometry.group_channels().1)?;
        let col_add = finish.words(columns)?.checked_mul(geometry.groups).ok_or(SizeOverflow)?;
        let values = if geometry.pads() { geometry.depth() } else { 0 };
        let lines = values.checked_mul(self.gemm.spec().lhs.bytes()).ok_or(SizeOverflow)?;
        Ok(Buffers { lines, col_add, ..Buffers::default() })
    }

    /// Rows of a product, at most: without a block to finish there is no reason to stop.
    pub(super) fn rows(&self, blocks: Blocks, by_blocks: bool, pixels: usize) -> usize {
        if self.lines || by_blocks { blocks.size.min(pixels) } else { pixels }
    }

    /// Convolves the windows of output pixels `part`, which are of one line each, without padding beside it.
    /// Above and below it there is `fill`.
    pub(super) fn run<T: Value, R: Element>(
        &self,
        (sliding, input, fill): (&Sliding, &[T], u8),
        (weights, finish): (&[PackedRhs], Finish<'_>),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, R>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let InPlace { gemm, lines, sizes } = *self;
        let Sliding { rows, cols, input: shape, out_channels, .. } = sliding;
        let (groups, out_channels) = (weights.len(), *out_channels);
        let (channels, n) = (shape.channels / groups, out_channels / groups);
        let k = cols.kernel * channels;
        let size = self.rows(blocks, sink.by_blocks(), part.len());
        let words = finish.words(gemm.rhs_format().padded(n)?)?;
        let Workspace { gemm: scratch, lines: blank, col_add, .. } = workspace;
        scratch.grow(&gemm.needs_filled(size, n, k, &sizes)?)?;
        for (group, weights) in weights.iter().enumerate() {
            let params = &mut col_add[group * words..][..words];
            finish.from(group * n).fill(&gemm.corrections(k), weights, params);
        }
        let blank = blank.bytes_mut();
        blank.fill(fill);
        let blank = of_bytes::<T>(blank);
        for pixels in (Blocks { size: size.max(1) }).of(part) {
            let results = sink.room_of(pixels.clone());
            let place = if lines {
                let line = pixels.start / cols.output;
                let row = rows.place(line % rows.output, 0);
                row.map(|row| (line / rows.output * shape.height + row) * shape.width)
            } else {
                Some(pixels.start)
            };
            for (group, weights) in weights.iter().enumerate() {
                let lhs = match place {
                    Some(place) => {
                        let from = &input[place * shape.channels + group * channels..];
                        MatRef::with_strides(from, pixels.len(), k, cols.stride * shape.channels, 1)?
                    }
                    // One row of padding, again and again.
                    None => MatRef::with_strides(blank, pixels.len(), k, 0, 1)?,
                };
                let out = MatMut::with_strides(&mut results[group * n..], pixels.len(), n, out_channels, 1)?;
                gemm.check(pixels.len(), k, weights, &out)?;
                let params = &col_add[group * words..][..words];
                gemm.run_filled(lhs, weights, out, scratch, (finish.kernel, params, &sizes))?;
            }
            sink.done(pixels)?;
        }
        Ok(())
    }
}
