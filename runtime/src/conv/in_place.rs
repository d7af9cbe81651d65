//! Products of pixels that are read where they are.

use super::geometry::Sliding;
use super::way::Blocks;
use super::{Sink, workspace::Workspace};
use crate::{Error, Gemm, MatMut, MatRef, PackedRhs, Stored};
use std::ops::Range;

/// How it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct InPlace {
    pub(super) gemm: Gemm<'static>,
    /// Whether blocks are lines of the output; else pixels of the input are those of the output, and blocks any
    /// number of them.
    pub(super) lines: bool,
}

impl InPlace {
    /// Convolves the windows of output pixels `part`, which are of one line each, without padding beside it.
    pub(super) fn run<T: Stored>(
        &self,
        sliding: &Sliding,
        input: &[T],
        (weights, bias): (&[PackedRhs], &[i32]),
        (part, blocks): (Range<usize>, Blocks),
        sink: &mut Sink<'_, '_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let InPlace { gemm, lines } = *self;
        let Sliding { rows, cols, input: shape, out_channels, .. } = sliding;
        let (groups, out_channels) = (weights.len(), *out_channels);
        let (channels, n) = (shape.channels / groups, out_channels / groups);
        let Workspace { gemm: scratch, block, .. } = workspace;
        // Without a block to finish there is no reason to stop.
        let blocks = if lines || sink.by_blocks() { blocks } else { Blocks { size: part.len().max(1) } };
        for pixels in blocks.of(part) {
            let (results, first) = sink.block(pixels.clone(), out_channels, block);
            let results = &mut results[first * out_channels..][..pixels.len() * out_channels];
            let place = if lines {
                let line = pixels.start / cols.output;
                let row = rows.place(line % rows.output, 0);
                row.map(|row| (line / rows.output * shape.height + row) * shape.width)
            } else {
                Some(pixels.start)
            };
            for group in 0..groups {
                let bias = bias.get(group * n..(group + 1) * n).unwrap_or(&[]);
                let Some(place) = place else {
                    // Padding is the zero point, and adds nothing.
                    for pixel in results.chunks_exact_mut(out_channels) {
                        let part = &mut pixel[group * n..][..n];
                        part.fill(0);
                        part.iter_mut().zip(bias).for_each(|(result, bias)| *result = *bias);
                    }
                    continue;
                };
                let from = &input[place * shape.channels + group * channels..];
                let stride = cols.stride * shape.channels;
                let lhs = MatRef::with_strides(from, pixels.len(), cols.kernel * channels, stride, 1)?;
                let out = MatMut::with_strides(&mut results[group * n..], pixels.len(), n, out_channels, 1)?;
                gemm.run_to(lhs, &weights[group], out, scratch, &gemm.sums(lhs.cols(), bias))?;
            }
            sink.finish(pixels, out_channels, block)?;
        }
        Ok(())
    }
}
