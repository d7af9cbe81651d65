//! Matrices in somebody else's memory, at any strides.

use crate::Error;
use crate::value::{Element, bytes_of, typed_mut};

/// Where the elements of a matrix lie: element (i, j) at `i · row_stride + j · col_stride`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl Shape {
    fn checked(
        len: usize,
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Result<Shape, Error> {
        let shape = Shape { rows, cols, row_stride, col_stride };
        if shape.is_empty() {
            return Ok(shape);
        }
        let needed = (rows - 1)
            .checked_mul(row_stride)
            .zip((cols - 1).checked_mul(col_stride))
            .and_then(|(down, across)| down.checked_add(across)?.checked_add(1));
        match needed {
            Some(needed) if needed <= len => Ok(shape),
            Some(needed) => Err(Error::shape(
                "data",
                format!(
                    "{rows}x{cols} at strides {row_stride} and {col_stride} needs {needed} elements, \
                     the slice has {len}"
                ),
                format!(
                    "give a longer slice or fewer rows (row 0 alone needs {})",
                    (cols - 1) * col_stride + 1
                ),
            )),
            None => Err(Error::shape(
                "data",
                format!("the size of {rows}x{cols} at strides {row_stride} and {col_stride} overflows"),
                "strides are in elements, not bytes",
            )),
        }
    }

    /// No two elements share a place.
    fn is_injective(self) -> bool {
        let apart = |outer_stride: usize, inner: usize, inner_stride: usize| {
            inner_stride > 0 && outer_stride > (inner - 1).saturating_mul(inner_stride)
        };
        match (self.rows, self.cols) {
            (0, _) | (_, 0) | (1, 1) => true,
            (1, _) => self.col_stride > 0,
            (_, 1) => self.row_stride > 0,
            (rows, cols) => {
                apart(self.row_stride, cols, self.col_stride) || apart(self.col_stride, rows, self.row_stride)
            }
        }
    }

    /// Whether there are elements, row after row without gaps: their number is at most the slice's length.
    fn is_dense(self) -> bool {
        !self.is_empty()
            && (self.cols == 1 || self.col_stride == 1)
            && (self.rows == 1 || self.row_stride == self.cols)
    }

    fn transposed(self) -> Shape {
        Shape { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride }
    }

    /// Whether there are no elements. Strides are not checked then, so that they may be anything.
    fn is_empty(self) -> bool {
        self.rows == 0 || self.cols == 0
    }

    /// The index of element (i, j). It cannot overflow inside the matrix: the last one did not.
    fn at(self, i: usize, j: usize) -> usize {
        i * self.row_stride + j * self.col_stride
    }
}

/// A matrix to be read: `rows` × `cols` elements of a slice, at strides counted in elements.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, T> {
    data: &'a [T],
    shape: Shape,
}

impl<'a, T: Element> MatRef<'a, T> {
    /// A row-major matrix without gaps.
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice has fewer than `rows · cols` elements.
    pub fn new(data: &'a [T], rows: usize, cols: usize) -> Result<Self, Error> {
        MatRef::with_strides(data, rows, cols, cols, 1)
    }

    /// Element (i, j) at `data[i · row_stride + j · col_stride]`. Strides may be 0 (a repeated row).
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice is too short or the sizes overflow.
    pub fn with_strides(
        data: &'a [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Result<Self, Error> {
        Ok(MatRef { data, shape: Shape::checked(data.len(), rows, cols, row_stride, col_stride)? })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.shape.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.shape.cols
    }

    /// Elements from one row to the next.
    pub fn row_stride(&self) -> usize {
        self.shape.row_stride
    }

    /// Elements from one column to the next.
    pub fn col_stride(&self) -> usize {
        self.shape.col_stride
    }

    /// Rows become columns; nothing is moved.
    #[must_use]
    pub fn transposed(self) -> Self {
        MatRef { data: self.data, shape: self.shape.transposed() }
    }

    /// Element (i, j), or `None` outside of the matrix.
    pub fn get(&self, i: usize, j: usize) -> Option<T> {
        let inside = i < self.shape.rows && j < self.shape.cols;
        inside.then(|| self.data[self.shape.at(i, j)])
    }

    /// `count` rows from row `first`.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not that many.
    pub fn row_block(self, first: usize, count: usize) -> Result<Self, Error> {
        if first.checked_add(count).is_none_or(|end| end > self.shape.rows) {
            return Err(Error::shape(
                "rows",
                format!("{count} rows from row {first} are outside of {} rows", self.shape.rows),
                "ask for rows that exist",
            ));
        }
        let shape = Shape { rows: count, ..self.shape };
        let data = if shape.is_empty() { &[] } else { &self.data[self.shape.at(first, 0)..] };
        Ok(MatRef { data, shape })
    }

    /// Row `i` as a slice, where its elements are neighbours. `i` must be below `rows`.
    pub(crate) fn contiguous_row(&self, i: usize) -> Option<&'a [T]> {
        let cols = self.shape.cols;
        if cols == 0 {
            return Some(&[]);
        }
        let start = i * self.shape.row_stride;
        (self.shape.col_stride == 1 || cols == 1).then(|| &self.data[start..start + cols])
    }

    /// All rows, from the first element to the last, where the elements of a row are neighbours: row `i` begins
    /// at `i · row_stride`.
    pub(crate) fn contiguous_rows(&self) -> Option<&'a [T]> {
        if self.shape.is_empty() {
            return Some(&[]);
        }
        let end = self.shape.at(self.shape.rows - 1, 0) + self.shape.cols;
        (self.shape.col_stride == 1 || self.shape.cols == 1).then(|| &self.data[..end])
    }

    /// Copies the bytes of row `i` to `to`, which has room for exactly one row. `i` is below `rows`.
    pub(crate) fn gather_row(&self, i: usize, to: &mut [u8]) {
        for (p, place) in to.chunks_exact_mut(size_of::<T>()).enumerate() {
            let at = self.shape.at(i, p);
            place.copy_from_slice(bytes_of(&self.data[at..=at]));
        }
    }

    /// All elements row by row, where they are neighbours in that order.
    pub(crate) fn as_slice(&self) -> Option<&'a [T]> {
        self.shape.is_dense().then(|| &self.data[..self.shape.rows * self.shape.cols])
    }

    /// The address of element (0, 0).
    pub(crate) fn as_ptr(&self) -> *const T {
        self.data.as_ptr()
    }
}

/// A matrix to be written: as [`MatRef`], but no two elements may share a place.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    data: &'a mut [T],
    shape: Shape,
}

impl<'a, T: Element> MatMut<'a, T> {
    /// A row-major matrix without gaps.
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice has fewer than `rows · cols` elements.
    pub fn new(data: &'a mut [T], rows: usize, cols: usize) -> Result<Self, Error> {
        MatMut::with_strides(data, rows, cols, cols, 1)
    }

    /// Element (i, j) at `data[i · row_stride + j · col_stride]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice is too short, the sizes overflow, or two elements would share a
    /// place.
    pub fn with_strides(
        data: &'a mut [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Result<Self, Error> {
        let shape = Shape::checked(data.len(), rows, cols, row_stride, col_stride)?;
        if !shape.is_injective() {
            return Err(Error::shape(
                "out",
                format!(
                    "elements of {rows}x{cols} at strides {row_stride} and {col_stride} may share places: neither rows nor \
                     columns end before the next ones begin"
                ),
                format!("use a row stride of at least {cols} with column stride 1, or the reverse"),
            ));
        }
        Ok(MatMut { data, shape })
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.shape.rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.shape.cols
    }

    /// Elements from one row to the next.
    pub fn row_stride(&self) -> usize {
        self.shape.row_stride
    }

    /// Elements from one column to the next.
    pub fn col_stride(&self) -> usize {
        self.shape.col_stride
    }

    /// Fails where it has not the shape of `what`, whose result it is to hold.
    pub(crate) fn check_shape(&self, (rows, cols): (usize, usize), what: &str) -> Result<(), Error> {
        if (self.rows(), self.cols()) == (rows, cols) {
            return Ok(());
        }
        let problem = format!("it is {}x{}, but the {what} is {rows}x{cols}", self.rows(), self.cols());
        Err(Error::shape("out", problem, "give an output of that shape"))
    }

    /// Rows become columns; nothing is moved.
    #[must_use]
    pub fn transposed(self) -> Self {
        MatMut { data: self.data, shape: self.shape.transposed() }
    }

    /// The same matrix, borrowed for a shorter time.
    pub fn reborrow(&mut self) -> MatMut<'_, T> {
        MatMut { data: self.data, shape: self.shape }
    }

    /// Whether each row ends before the next one begins, so that rows can be split off.
    pub(crate) fn rows_are_apart(&self) -> bool {
        self.shape.is_empty() || self.shape.at(0, self.shape.cols - 1) < self.shape.row_stride
    }

    /// The first `rows` rows, of which there must be as many, and the others. Rows must be apart.
    pub(crate) fn split_rows(self, rows: usize) -> (MatMut<'a, T>, MatMut<'a, T>) {
        let Shape { rows: all, cols, row_stride, .. } = self.shape;
        // The last row may be shorter than the stride, and where there are no elements strides are anything.
        let end = if cols == 0 { 0 } else { rows.saturating_mul(row_stride).min(self.data.len()) };
        let (first, others) = self.data.split_at_mut(end);
        let of = |rows| Shape { rows, ..self.shape };
        (MatMut { data: first, shape: of(rows) }, MatMut { data: others, shape: of(all - rows) })
    }

    /// `count` rows from row `first`, which exist.
    pub(crate) fn row_block(&mut self, first: usize, count: usize) -> MatMut<'_, T> {
        let shape = Shape { rows: count, ..self.shape };
        let data = if shape.is_empty() { &mut [][..] } else { &mut self.data[self.shape.at(first, 0)..] };
        MatMut { data, shape }
    }

    /// The same matrix, if its elements are of type `U`.
    pub(crate) fn typed<U: Element>(self) -> Option<MatMut<'a, U>> {
        let MatMut { data, shape } = self;
        typed_mut(data).map(|data| MatMut { data, shape })
    }

    /// Element (i, j), or `None` outside of the matrix.
    pub fn get(&self, i: usize, j: usize) -> Option<T> {
        let inside = i < self.shape.rows && j < self.shape.cols;
        inside.then(|| self.data[self.shape.at(i, j)])
    }

    /// Writes element (i, j), which must exist.
    pub(crate) fn set(&mut self, i: usize, j: usize, value: T) {
        self.data[self.shape.at(i, j)] = value;
    }

    /// Row `i` as a slice, where its elements are neighbours. `i` must be below `rows`.
    pub(crate) fn contiguous_row_mut(&mut self, i: usize) -> Option<&mut [T]> {
        let cols = self.shape.cols;
        if cols == 0 {
            return Some(&mut []);
        }
        let start = i * self.shape.row_stride;
        (self.shape.col_stride == 1 || cols == 1).then(|| &mut self.data[start..start + cols])
    }

    /// All elements row by row, where they are neighbours in that order.
    pub(crate) fn as_mut_slice(&mut self) -> Option<&mut [T]> {
        self.shape.is_dense().then(|| &mut self.data[..self.shape.rows * self.shape.cols])
    }

    /// The address of element (0, 0).
    pub(crate) fn as_mut_ptr(&mut self) -> *mut T {
        self.data.as_mut_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_slices_and_overflow_are_errors() {
        let data = [0i8; 12];
        assert!(MatRef::new(&data, 3, 4).is_ok());
        let e = MatRef::new(&data, 3, 5).unwrap_err().to_string();
        assert!(e.starts_with("data: 3x5 at strides 5 and 1 needs 15 elements, the slice has 12"), "{e}");
        assert!(MatRef::with_strides(&data, 2, 2, usize::MAX, 1).is_err());
        assert!(MatRef::with_strides(&data, usize::MAX, 2, 0, 11).is_ok(), "a repeated row");
        assert!(MatRef::with_strides(&data, usize::MAX, usize::MAX, 3, 3).is_err());
    }

    #[test]
    fn empty_views_need_no_memory() {
        for (rows, cols) in [(0, 0), (0, 7), (7, 0), (usize::MAX, 0)] {
            let view = MatRef::<i8>::new(&[], rows, cols).unwrap();
            assert_eq!((view.rows(), view.cols(), view.get(0, 0)), (rows, cols, None));
            assert!(MatMut::<i32>::new(&mut [], rows, cols).is_ok());
        }
        let rows = MatRef::<u8>::new(&[], 7, 0).unwrap().row_block(3, 4).unwrap();
        assert_eq!(rows.contiguous_row(2), Some(&[][..]));
        // Strides that no matrix with elements could have.
        let far = MatRef::<u8>::with_strides(&[], 7, 0, usize::MAX / 2, usize::MAX).unwrap();
        assert_eq!(far.row_block(5, 2).unwrap().rows(), 2);
        assert_eq!(far.contiguous_row(6), Some(&[][..]));
        far.gather_row(6, &mut []);
    }

    #[test]
    fn transposition_swaps_strides() {
        let data = [1i8, 2, 3, 4, 5, 6];
        let view = MatRef::new(&data, 2, 3).unwrap();
        assert_eq!(view.transposed().get(2, 1), view.get(1, 2));
        assert_eq!(view.transposed().contiguous_row(0), None);
        let mut bytes = [0u8; 2];
        view.transposed().gather_row(2, &mut bytes);
        assert_eq!(bytes, [3, 6]);
        assert_eq!(view.row_block(1, 1).unwrap().contiguous_row(0), Some(&data[3..]));
        assert!(view.row_block(1, 2).is_err());
        assert!(view.row_block(2, 0).is_ok());
    }

    #[test]
    fn rows_are_split_where_they_are_apart() {
        let mut data: Vec<i32> = (0..14).collect();
        let view = MatMut::with_strides(&mut data, 3, 4, 5, 1).unwrap();
        assert!(view.rows_are_apart());
        let (first, others) = view.split_rows(2);
        assert_eq!((first.rows(), first.get(1, 3), first.get(2, 0)), (2, Some(8), None));
        assert_eq!((others.rows(), others.get(0, 3), others.get(1, 0)), (1, Some(13), None));
        let (all, none) = others.split_rows(1);
        assert_eq!((all.get(0, 0), none.rows()), (Some(10), 0));
        assert!(!MatMut::with_strides(&mut data, 3, 4, 1, 3).unwrap().rows_are_apart());
        let empty = MatMut::<i32>::with_strides(&mut [], 7, 0, usize::MAX, 1).unwrap();
        assert!(empty.rows_are_apart());
        assert_eq!(empty.split_rows(3).1.rows(), 4);
    }

    #[test]
    fn outputs_must_not_overlap_themselves() {
        let mut data = [0i32; 30];
        assert!(MatMut::with_strides(&mut data, 3, 4, 5, 1).is_ok());
        assert!(MatMut::with_strides(&mut data, 3, 4, 1, 3).is_ok());
        assert!(MatMut::with_strides(&mut data, 3, 4, 3, 1).is_err());
        assert!(MatMut::with_strides(&mut data, 3, 4, 0, 1).is_err());
        assert!(MatMut::with_strides(&mut data, 1, 4, 0, 1).is_ok());
        assert!(MatMut::with_strides(&mut data, 4, 1, 0, 1).is_err());
    }
}
