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
    /// Nothing, or a number for each column of the stage, which is added to its sums.
    pub(crate) bias: &'a [i32],
    /// The column of the stage and of the bias that is the weights' first: where a group's begin.
    pub(crate) first: usize,
}

impl<'a> Finish<'a> {
    /// Sums as they are, but for `bias`.
    pub(crate) fn sums(kernel: &'a Kernel, bias: &'a [i32]) -> Finish<'a> {
        Finish { kernel, stage: EndStage::Sums, bias, first: 0 }
    }

    /// The same for weights whose columns are the stage's from `first` on.
    pub(crate) fn from(self, first: usize) -> Finish<'a> {
        Finish { first, ..self }
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
        let columns = self.first..self.first + n;
        match (layout.end(), self.bias) {
            (End::Sums, []) => {
                given.iter_mut().zip(sums).for_each(|(word, sums)| *word = correction(sums));
            }
            (End::Sums, bias) => {
                let both = sums.iter().zip(&bias[columns]);
                given.iter_mut().zip(both).for_each(|(word, (sums, bias))| {
                    *word = correction(sums).wrapping_add(*bias);
                });
            }
            (_, bias) => {
                let add = |j: usize| {
                    let bias = bias.get(j).copied().unwrap_or(0);
                    correction(&sums[j - self.first]).wrapping_add(bias)
                };
                layout.write(columns, add, &self.stage, given);
            }
        }
        padding.fill(0);
    }
}
