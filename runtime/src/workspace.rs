//! Memory for multiplications, allocated before the loops and used again.

use crate::Error;
use crate::buffer::{AlignedBytes, grow_to};
use qgen_spec::SizeOverflow;

/// Buffers that [`Gemm::run_with`](crate::Gemm::run_with) reuses; they only grow. After
/// [`Gemm::reserve`](crate::Gemm::reserve) for the largest shape nothing is allocated any more.
#[derive(Default)]
pub struct Workspace {
    /// Packed rows.
    pub(crate) lhs: AlignedBytes,
    /// One row, where its values are not neighbours.
    pub(crate) line: Vec<u8>,
    /// A block's `row_add`, in whole tiles.
    pub(crate) row_add: Vec<i32>,
    /// `col_add` of all columns, in whole tiles.
    pub(crate) col_add: Vec<i32>,
    /// A tile of results that overlaps the edge of the output.
    pub(crate) tile: Vec<i32>,
    /// The sums of some rows, of which an epilogue makes the output.
    pub(crate) sums: Vec<i32>,
}

impl Workspace {
    /// An empty workspace.
    pub fn new() -> Workspace {
        Workspace::default()
    }

    /// Bytes allocated now.
    pub fn bytes(&self) -> usize {
        let words = self.row_add.len() + self.col_add.len() + self.tile.len() + self.sums.len();
        self.lhs.len() + self.line.len() + words * size_of::<i32>()
    }

    pub(crate) fn grow(&mut self, needs: &Needs) -> Result<(), Error> {
        self.lhs.grow(needs.lhs_bytes)?;
        grow_to(&mut self.line, needs.line_bytes)?;
        grow_to(&mut self.row_add, needs.rows)?;
        grow_to(&mut self.col_add, needs.cols)?;
        grow_to(&mut self.tile, needs.tile)
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

/// What a multiplication needs of each buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) lhs_bytes: usize,
    pub(crate) line_bytes: usize,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) tile: usize,
}

impl Needs {
    /// What serves both.
    pub(crate) fn max(&self, other: &Needs) -> Needs {
        Needs {
            lhs_bytes: self.lhs_bytes.max(other.lhs_bytes),
            line_bytes: self.line_bytes.max(other.line_bytes),
            rows: self.rows.max(other.rows),
            cols: self.cols.max(other.cols),
            tile: self.tile.max(other.tile),
        }
    }

    pub(crate) fn bytes(&self) -> Result<usize, SizeOverflow> {
        let words = [self.rows, self.cols, self.tile];
        let words = words.iter().try_fold(0usize, |sum, &n| sum.checked_add(n));
        let lhs = self.lhs_bytes.checked_next_multiple_of(crate::buffer::ALIGN);
        let sum = words
            .and_then(|w| w.checked_mul(size_of::<i32>()))
            .zip(lhs)
            .and_then(|(w, l)| w.checked_add(l)?.checked_add(self.line_bytes));
        sum.filter(|&bytes| isize::try_from(bytes).is_ok()).ok_or(SizeOverflow)
    }
}
