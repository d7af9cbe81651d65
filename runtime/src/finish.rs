//! What a kernel's end takes: the values to add to its sums, and the parameters of what it makes of them.

use crate::lines::LineSums;
use crate::{Corrections, End, Kernel, PackedRhs};
use qgen_spec::{EndLayout, EndStage, SizeOverflow};

/// The kernel that finishes, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finish<'a> {
    pub(crate) kernel: &'a Kernel,
    /// What the kernel's end takes.
    pub(crate) stage: EndStage<'a>,
    /// Added to every column's sums.
    pub(crate) bias: Option<&'a [i32]>,
}

impl<'a> Finish<'a> {
    /// Sums as they are.
    pub(crate) fn sums(kernel: &'a Kernel) -> Finish<'a> {
        Finish { kernel, stage: EndStage::Sums, bias: None }
    }

    fn layout(&self) -> EndLayout {
        EndLayout::of(&self.kernel.descriptor().spec)
    }

    /// Words for `columns` columns, whole tiles.
    pub(crate) fn words(&self, columns: usize) -> Result<usize, SizeOverflow> {
        let layout = self.layout();
        columns.div_ceil(layout.width()).checked_mul(layout.block_words()).ok_or(SizeOverflow)
    }

    /// Writes all parameters; those of columns that are no columns of the weights are zeros.
    pub(crate) fn fill(&self, corrections: &Corrections, rhs: &PackedRhs, params: &mut [i32]) {
        let (n, layout) = (rhs.n(), self.layout());
        let sums = &rhs.sums()[..n];
        let correction = |sums: &LineSums| corrections.col_add(sums.sum, sums.own);
        let (given, padding) = params.split_at_mut(layout.words(n));
        match (layout.end(), self.bias) {
            (End::Sums, None) => {
                given.iter_mut().zip(sums).for_each(|(word, sums)| *word = correction(sums));
            }
            (End::Sums, Some(bias)) => {
                let both = sums.iter().zip(bias);
                given.iter_mut().zip(both).for_each(|(word, (sums, bias))| {
                    *word = correction(sums).wrapping_add(*bias);
                });
            }
            (_, bias) => {
                let add = |j: usize| correction(&sums[j]).wrapping_add(bias.map_or(0, |bias| bias[j]));
                layout.write(n, add, &self.stage, given);
            }
        }
        padding.fill(0);
    }
}
