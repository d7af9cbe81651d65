//! Memory for convolutions, allocated before the loops and used again.

use crate::Error;
use crate::buffer::{AlignedBytes, grow_to};
use crate::lines::LineSums;
use qgen_spec::SizeOverflow;

/// Buffers that [`ConvPlan::run`](super::ConvPlan::run) reuses; they only grow. One can serve the layers of
/// a network one after the other: after [`ConvPlan::reserve`](super::ConvPlan::reserve) for each of them
/// nothing is allocated any more.
#[derive(Default)]
pub struct Workspace {
    /// For products whose rows are read in place: pixels, or sums of them.
    pub(super) gemm: crate::Workspace,
    /// Lines of the input with their padding, or a row of padding.
    pub(super) lines: AlignedBytes,
    /// Which line of the input each of them is.
    pub(super) tags: Vec<usize>,
    /// Where those below a window begin.
    pub(super) starts: Vec<usize>,
    /// Strips or slices, or the rows of a class of sums.
    pub(super) gathered: AlignedBytes,
    /// Gathered rows as a kernel reads them, where it does not read them as they are; sums of columns.
    pub(super) packed: AlignedBytes,
    /// One row.
    pub(super) line: Vec<u8>,
    /// A block's `row_add`, in whole tiles.
    pub(super) row_add: Vec<i32>,
    /// What the kernel's end takes for every column of all groups or classes, in whole tiles; constants of channels.
    pub(super) col_add: Vec<i32>,
    /// The sums of a line's strips.
    pub(super) sums: Vec<LineSums>,
    /// A tile of results that overlaps the edge of the output; a strip's sums; the largest sums of a line; the
    /// sums of all classes.
    pub(super) tile: Vec<i32>,
    /// A block of sums, of which a pass makes the output.
    pub(super) block: Vec<i32>,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Workspace {
        Workspace::default()
    }

    /// Bytes allocated now.
    pub fn bytes(&self) -> usize {
        let words = self.row_add.len() + self.col_add.len() + self.tile.len() + self.block.len();
        let bytes = self.lines.len() + self.gathered.len() + self.packed.len() + self.line.len();
        let places = (self.starts.len() + self.tags.len()) * size_of::<usize>();
        let sums = self.sums.len() * size_of::<LineSums>();
        self.gemm.bytes() + bytes + words * size_of::<i32>() + places + sums
    }

    pub(super) fn grow(&mut self, needs: &Buffers) -> Result<(), Error> {
        self.lines.grow(needs.lines)?;
        grow_to(&mut self.tags, needs.tags)?;
        grow_to(&mut self.starts, needs.starts)?;
        self.gathered.grow(needs.gathered)?;
        self.packed.grow(needs.packed)?;
        grow_to(&mut self.line, needs.line)?;
        grow_to(&mut self.row_add, needs.row_add)?;
        grow_to(&mut self.col_add, needs.col_add)?;
        grow_to(&mut self.sums, needs.sums)?;
        grow_to(&mut self.tile, needs.tile)?;
        grow_to(&mut self.block, needs.block)
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

/// What a convolution needs of each buffer but `gemm`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Buffers {
    pub(super) lines: usize,
    pub(super) tags: usize,
    pub(super) starts: usize,
    pub(super) gathered: usize,
    pub(super) packed: usize,
    pub(super) line: usize,
    pub(super) row_add: usize,
    pub(super) col_add: usize,
    pub(super) sums: usize,
    pub(super) tile: usize,
    pub(super) block: usize,
}

impl Buffers {
    pub(super) fn bytes(&self) -> Result<usize, SizeOverflow> {
        let align = |bytes: usize| bytes.checked_next_multiple_of(crate::buffer::ALIGN);
        let words = [self.row_add, self.col_add, self.tile, self.block];
        let parts = [
            align(self.lines),
            align(self.gathered),
            align(self.packed),
            Some(self.line),
            self.sums.checked_mul(size_of::<LineSums>()),
            self.starts.checked_add(self.tags).and_then(|places| places.checked_mul(size_of::<usize>())),
        ];
        let words = words.iter().map(|words| words.checked_mul(size_of::<i32>()));
        let sum = parts.into_iter().chain(words).try_fold(0usize, |sum, part| sum.checked_add(part?));
        sum.filter(|&bytes| isize::try_from(bytes).is_ok()).ok_or(SizeOverflow)
    }
}
