//! Several matrices of one shape in one slice.

use crate::value::Element;
use crate::{Error, MatMut, MatRef};

/// The shape of a batch and its place in a slice.
#[derive(Clone, Copy, Debug)]
struct Places {
    count: usize,
    /// Elements from one matrix to the next.
    stride: usize,
    rows: usize,
    cols: usize,
    row_stride: usize,
}

impl Places {
    fn new(
        len: usize,
        count: usize,
        stride: usize,
        rows: usize,
        cols: usize,
        row_stride: usize,
    ) -> Result<Places, Error> {
        let places = Places { count, stride, rows, cols, row_stride };
        if places.is_empty() {
            return Ok(places);
        }
        let needed = places.extent().and_then(|one| (count - 1).checked_mul(stride)?.checked_add(one));
        match needed {
            Some(needed) if needed <= len => Ok(places),
            _ => {
                let needed = needed.map_or("more than the address space".to_owned(), |n| n.to_string());
                Err(Error::shape(
                    "data",
                    format!(
                        "{count} matrices of {rows}x{cols}, {stride} elements apart, rows {row_stride} apart, \
                         need {needed} elements; the slice has {len}"
                    ),
                    "give a longer slice, or fewer matrices (strides are in elements)",
                ))
            }
        }
    }

    /// Whether there are no elements. Strides are not checked then, so that they may be anything.
    fn is_empty(&self) -> bool {
        self.count == 0 || self.rows == 0 || self.cols == 0
    }

    /// Elements from a matrix's first to its last, both included.
    fn extent(&self) -> Option<usize> {
        (self.rows - 1).checked_mul(self.row_stride)?.checked_add(self.cols)
    }

    /// Where matrix `index` begins and ends.
    fn range(&self, index: usize) -> std::ops::Range<usize> {
        assert!(index < self.count, "matrix {index} of a batch of {}", self.count);
        if self.is_empty() {
            return 0..0;
        }
        let start = index * self.stride;
        start..start + self.extent().unwrap_or(0)
    }
}

/// `count` matrices to be read, whose rows are contiguous.
#[derive(Clone, Copy, Debug)]
pub struct BatchRef<'a, T> {
    data: &'a [T],
    places: Places,
}

impl<'a, T: Element> BatchRef<'a, T> {
    /// Matrices of `rows` × `cols` without gaps.
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice is too short or the sizes overflow.
    pub fn new(data: &'a [T], count: usize, rows: usize, cols: usize) -> Result<Self, Error> {
        let stride = rows.saturating_mul(cols);
        BatchRef::with_strides(data, count, stride, rows, cols, cols)
    }

    /// Element (i, j) of matrix b at `data[b · stride + i · row_stride + j]`. A stride of 0 repeats a matrix.
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice is too short or the sizes overflow.
    pub fn with_strides(
        data: &'a [T],
        count: usize,
        stride: usize,
        rows: usize,
        cols: usize,
        row_stride: usize,
    ) -> Result<Self, Error> {
        Ok(BatchRef { data, places: Places::new(data.len(), count, stride, rows, cols, row_stride)? })
    }

    /// How many matrices there are.
    pub fn count(&self) -> usize {
        self.places.count
    }

    /// Matrix `index`.
    ///
    /// # Panics
    /// If there are not that many.
    pub fn matrix(&self, index: usize) -> MatRef<'a, T> {
        let Places { rows, cols, row_stride, .. } = self.places;
        let view = MatRef::with_strides(&self.data[self.places.range(index)], rows, cols, row_stride, 1);
        view.expect("the whole batch was checked")
    }
}

/// `count` matrices to be written, whose rows are contiguous. No two may share an element.
#[derive(Debug)]
pub struct BatchMut<'a, T> {
    data: &'a mut [T],
    places: Places,
}

impl<'a, T: Element> BatchMut<'a, T> {
    /// Matrices of `rows` × `cols` without gaps.
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice is too short or the sizes overflow.
    pub fn new(data: &'a mut [T], count: usize, rows: usize, cols: usize) -> Result<Self, Error> {
        let stride = rows.saturating_mul(cols);
        BatchMut::with_strides(data, count, stride, rows, cols, cols)
    }

    /// Element (i, j) of matrix b at `data[b · stride + i · row_stride + j]`.
    ///
    /// # Errors
    /// [`Error::Shape`] if the slice is too short, the sizes overflow, or matrices or rows overlap.
    pub fn with_strides(
        data: &'a mut [T],
        count: usize,
        stride: usize,
        rows: usize,
        cols: usize,
        row_stride: usize,
    ) -> Result<Self, Error> {
        let places = Places::new(data.len(), count, stride, rows, cols, row_stride)?;
        let rows_overlap = || rows > 1 && row_stride < cols;
        let matrices_overlap = || count > 1 && places.extent().is_some_and(|one| one > stride);
        if !places.is_empty() && (rows_overlap() || matrices_overlap()) {
            return Err(Error::shape(
                "out",
                format!("matrices {stride} elements apart, rows {row_stride} apart, overlap"),
                format!("use a row stride of {cols} or more, and matrices a whole matrix apart"),
            ));
        }
        Ok(BatchMut { data, places })
    }

    /// How many matrices there are.
    pub fn count(&self) -> usize {
        self.places.count
    }

    /// Matrix `index`.
    ///
    /// # Panics
    /// If there are not that many.
    pub fn matrix(&mut self, index: usize) -> MatMut<'_, T> {
        let Places { rows, cols, row_stride, .. } = self.places;
        let view = MatMut::with_strides(&mut self.data[self.places.range(index)], rows, cols, row_stride, 1);
        view.expect("the whole batch was checked")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_are_where_the_strides_say() {
        let data: Vec<i8> = (0..20).collect();
        let batch = BatchRef::with_strides(&data, 3, 7, 2, 3, 3).unwrap();
        assert_eq!(batch.matrix(2).get(1, 2), Some(19));
        let repeated = BatchRef::with_strides(&data, 1000, 0, 2, 3, 10).unwrap();
        assert_eq!(repeated.matrix(999).get(1, 0), Some(10));
        let mut out = [0i32; 12];
        let mut batch = BatchMut::new(&mut out, 3, 2, 2).unwrap();
        assert_eq!((batch.count(), batch.matrix(2).rows()), (3, 2));
    }

    #[test]
    fn what_does_not_fit_or_overlaps_is_refused() {
        let data = [0i8; 20];
        let e = BatchRef::with_strides(&data, 3, 8, 2, 3, 3).unwrap_err().to_string();
        assert!(e.contains("need 22 elements; the slice has 20"), "{e}");
        assert!(BatchRef::with_strides(&data, usize::MAX, usize::MAX, 1, 1, 1).is_err());
        assert!(BatchRef::new(&data, 2, usize::MAX, 2).is_err());
        let mut out = [0i32; 20];
        for (stride, row_stride) in [(5, 3), (6, 2), (0, 3)] {
            let e = BatchMut::with_strides(&mut out, 2, stride, 2, 3, row_stride).unwrap_err().to_string();
            assert!(e.starts_with("out: matrices") && e.contains("overlap"), "{e}");
        }
        assert!(BatchMut::with_strides(&mut out, 2, 0, 0, 3, 0).is_ok(), "nothing overlaps");
        assert!(BatchMut::<i32>::new(&mut [], 0, 5, 5).is_ok());
        let empty = BatchRef::<i8>::with_strides(&[], 4, usize::MAX, 3, 0, usize::MAX).unwrap();
        assert_eq!(empty.matrix(3).rows(), 3);
    }
}
