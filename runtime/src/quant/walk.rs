//! Two matrices of one shape, piece by piece: slices of neighbours wherever there are such.

use super::line::Along;
use crate::{Element, Error, MatMut, MatRef};

/// How many elements are copied at a time where no neighbours are at hand.
const PIECE: usize = 64;

/// Where the elements of a slice come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece {
    /// A part of a row.
    Across { row: usize, first: usize, len: usize },
    /// A part of a column.
    Down { col: usize, first: usize },
    /// All rows of a matrix with this many columns.
    All { cols: usize },
}

impl Piece {
    /// Those of the columns' values that belong to the elements. [`Piece::All`] is for single values only.
    pub(super) fn along<'a, T: Copy>(self, columns: Along<'a, T>) -> Along<'a, T> {
        match (columns, self) {
            (Along::Each(values), Piece::Across { first, len, .. }) => {
                Along::Each(&values[first..first + len])
            }
            (Along::Each(values), Piece::Down { col, .. }) => Along::One(values[col]),
            (columns, _) => columns,
        }
    }

    /// Row and column of element `i`.
    pub(super) fn position(self, i: usize) -> (usize, usize) {
        match self {
            Piece::Across { row, first, .. } => (row, first + i),
            Piece::Down { col, first } => (first + i, col),
            Piece::All { cols } => (i / cols, i % cols),
        }
    }
}

/// Calls `each` with all elements of `from` and the places for them in `to`, which has the same shape.
/// `single`: no value depends on the column.
pub(super) fn walk<A: Element, B: Element>(
    from: MatRef<'_, A>,
    mut to: MatMut<'_, B>,
    single: bool,
    mut each: impl FnMut(Piece, &[A], &mut [B]) -> Result<(), Error>,
) -> Result<(), Error> {
    to.check_shape((from.rows(), from.cols()), "input")?;
    if from.rows() == 0 || from.cols() == 0 {
        return Ok(());
    }
    if let (true, Some(a), Some(b)) = (single, from.as_slice(), to.as_mut_slice()) {
        return each(Piece::All { cols: from.cols() }, a, b);
    }
    let turned = from.col_stride() != 1 && from.row_stride() == 1;
    let (from, mut to) = if turned { (from.transposed(), to.transposed()) } else { (from, to) };
    let piece = |line, first, len| match turned {
        true => Piece::Down { col: line, first },
        false => Piece::Across { row: line, first, len },
    };
    let len = from.cols();
    for line in 0..from.rows() {
        if let (Some(a), Some(b)) = (from.contiguous_row(line), to.contiguous_row_mut(line)) {
            each(piece(line, 0, len), a, b)?;
            continue;
        }
        for first in (0..len).step_by(PIECE) {
            let count = PIECE.min(len - first);
            let (mut a, mut b) = ([A::default(); PIECE], [B::default(); PIECE]);
            for (i, a) in a[..count].iter_mut().enumerate() {
                *a = from.get(line, first + i).unwrap_or_default();
            }
            each(piece(line, first, count), &a[..count], &mut b[..count])?;
            for (i, b) in b[..count].iter().enumerate() {
                to.set(line, first + i, *b);
            }
        }
    }
    Ok(())
}

/// Calls `each` with all elements of `from`, in parts of its rows from left to right.
pub(super) fn read<A: Element>(
    from: MatRef<'_, A>,
    mut each: impl FnMut(Piece, &[A]) -> Result<(), Error>,
) -> Result<(), Error> {
    let len = from.cols();
    if len == 0 {
        return Ok(());
    }
    for row in 0..from.rows() {
        if let Some(a) = from.contiguous_row(row) {
            each(Piece::Across { row, first: 0, len }, a)?;
            continue;
        }
        for first in (0..len).step_by(PIECE) {
            let count = PIECE.min(len - first);
            let mut a = [A::default(); PIECE];
            for (i, a) in a[..count].iter_mut().enumerate() {
                *a = from.get(row, first + i).unwrap_or_default();
            }
            each(Piece::Across { row, first, len: count }, &a[..count])?;
        }
    }
    Ok(())
}

/// Values that are kept for several narrow rows at a time.
const WIDE: usize = 128;

/// The values of columns, again and again.
pub(super) struct Repeated<T> {
    values: [T; WIDE],
    len: usize,
}

impl<T: Copy> Repeated<T> {
    /// `columns`, of `cols` each, `times` times.
    pub(super) fn new(columns: Along<'_, T>, cols: usize, times: usize) -> Repeated<T> {
        let mut values = [columns.at(0); WIDE];
        let len = cols * times;
        for (i, value) in values[..cols].iter_mut().enumerate() {
            *value = columns.at(i);
        }
        let mut filled = cols;
        while filled < len {
            let more = filled.min(len - filled);
            values.copy_within(..more, filled);
            filled += more;
        }
        Repeated { values, len }
    }

    pub(super) fn along(&self) -> Along<'_, T> {
        Along::Each(&self.values[..self.len])
    }
}

/// How many rows of so many columns, which are neighbours, are worth taking as one: vectors are 8 wide, and
/// narrow rows would leave most to plain Rust. 1 where it makes no difference.
pub(super) fn together(rows: usize, cols: usize) -> usize {
    if cols == 0 || cols.is_multiple_of(8) {
        return 1;
    }
    // As many as make whole vectors.
    let fit = 8 >> cols.trailing_zeros();
    let most = (WIDE / (cols * fit)) * fit;
    if most <= rows { most.max(1) } else { (rows / fit * fit).max(1) }
}

/// The first rows, `times` of them as one row each, and the rest as they are, if elements are neighbours.
type Joined<'a, A, B> = ((MatRef<'a, A>, MatMut<'a, B>), (MatRef<'a, A>, MatMut<'a, B>));

/// Takes `times` rows as one.
pub(super) fn joined<'a, A: Element, B: Element>(
    from: &MatRef<'a, A>,
    to: &'a mut MatMut<'_, B>,
    times: usize,
) -> Result<Option<Joined<'a, A, B>>, Error> {
    to.check_shape((from.rows(), from.cols()), "input")?;
    let (rows, cols) = (from.rows(), from.cols());
    let (Some(a), Some(b)) = (from.as_slice(), to.as_mut_slice()) else { return Ok(None) };
    let whole = rows / times;
    let (a, a_rest) = a.split_at(whole * times * cols);
    let (b, b_rest) = b.split_at_mut(whole * times * cols);
    let rest = rows - whole * times;
    let wide = cols * times;
    Ok(Some((
        (MatRef::new(a, whole, wide)?, MatMut::new(b, whole, wide)?),
        (MatRef::new(a_rest, rest, cols)?, MatMut::new(b_rest, rest, cols)?),
    )))
}

/// Fails where there is not one value for each column.
pub(crate) fn check_channels(field: &'static str, given: Option<usize>, cols: usize) -> Result<(), Error> {
    match given {
        Some(given) if given != cols => Err(Error::quantisation(
            field,
            format!("there are values for {given} channels, but the matrix has {cols} columns"),
            "channels are columns; transpose the views if they are rows",
        )),
        _ => Ok(()),
    }
}
