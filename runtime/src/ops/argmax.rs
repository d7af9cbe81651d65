//! The place of the largest value.

use crate::{Element, Error, MatRef};

/// The column of the largest value of each row (rows × columns), the first of equals. NaN is never the
/// largest, unless there is nothing else: then it is column 0.
///
/// # Errors
/// [`Error::Shape`] about `input`, if there are no columns, or about `out`, if it does not have a place for
/// each row.
pub fn argmax<T: Element + PartialOrd>(input: MatRef<'_, T>, out: &mut [usize]) -> Result<(), Error> {
    if out.len() != input.rows() {
        let problem = format!("it has {} places for {} rows", out.len(), input.rows());
        return Err(Error::shape("out", problem, "give one for each row"));
    }
    if input.cols() == 0 && input.rows() > 0 {
        return Err(Error::shape("input", "there are no columns".into(), "give at least one"));
    }
    for (row, place) in out.iter_mut().enumerate() {
        let values = (0..input.cols()).filter_map(|column| Some((column, input.get(row, column)?)));
        let numbers = values.filter(|(_, value)| value.partial_cmp(value).is_some());
        let best = numbers.reduce(|best, other| if other.1 > best.1 { other } else { best });
        *place = best.map_or(0, |(column, _)| column);
    }
    Ok(())
}
