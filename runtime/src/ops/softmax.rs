//! Softmax of stored numbers, the same on every machine.

use crate::{Error, MatMut, MatRef, Stored};

/// The exponential of 0 in the table.
const ONE: f64 = (1u32 << 30) as f64;

/// Softmax over the columns of each row of stored numbers q that mean scale · (q − zero point); the zero point
/// does not matter:
///
/// ```text
/// t[d]  = e^(−scale·d) · 2^30, rounded to nearest, for d = largest of the row − q      0 to 255
/// p     = t[d] / Σ t                                                             exact numbers
/// ```
///
/// `run_u8` stores round(256 · p), halves upwards, at most 255: what TensorFlow's specification asks of int8
/// outputs (scale 1/256), with a zero point of 0 instead of −128. `run_f32` rounds p to f64, and that to f32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Softmax {
    table: Box<[u32; 256]>,
}

impl Softmax {
    /// The softmax of stored numbers of this scale.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `scale`, if it is not a finite number above 0.
    pub fn new(scale: f32) -> Result<Softmax, Error> {
        if !(scale > 0.0 && scale.is_finite()) {
            let problem = format!("{scale:?} is not possible");
            return Err(Error::quantisation("scale", problem, "give a finite number above 0"));
        }
        let entry = |d: usize| (exponential(-f64::from(scale) * d as f64) * ONE + 0.5) as u32;
        Ok(Softmax { table: Box::new(std::array::from_fn(entry)) })
    }

    /// Stored probabilities of each row (rows × columns).
    ///
    /// # Errors
    /// [`Error::Shape`] about `out`, if it has another shape.
    pub fn run_u8<T: Stored>(&self, input: MatRef<'_, T>, mut out: MatMut<'_, u8>) -> Result<(), Error> {
        out.check_shape((input.rows(), input.cols()), "input")?;
        self.rows(input, |row, column, share, sum| {
            let rounded = (256 * share + sum / 2) / sum;
            out.set(row, column, rounded.min(255) as u8);
        });
        Ok(())
    }

    /// Probabilities of each row (rows × columns).
    ///
    /// # Errors
    /// As [`Softmax::run_u8`].
    pub fn run_f32<T: Stored>(&self, input: MatRef<'_, T>, mut out: MatMut<'_, f32>) -> Result<(), Error> {
        out.check_shape((input.rows(), input.cols()), "input")?;
        self.rows(input, |row, column, share, sum| {
            // Both are exact in f64 (the sum of 2^23 columns, too).
            out.set(row, column, (share as f64 / sum as f64) as f32);
        });
        Ok(())
    }

    /// Calls `put` with row, column, t and Σ t of every value.
    fn rows<T: Stored>(&self, input: MatRef<'_, T>, mut put: impl FnMut(usize, usize, u64, u64)) {
        if input.cols() == 0 {
            // Of nothing there may be any number of rows.
            return;
        }
        for row in 0..input.rows() {
            let values = || (0..input.cols()).filter_map(|column| Some(input.get(row, column)?.to_i16()));
            let largest = values().max().unwrap_or(0);
            // Two bytes are at most 255 apart.
            let share =
                |value: i16| u64::from(self.table[usize::from((largest - value).unsigned_abs() as u8)]);
            let sum: u64 = values().map(share).sum();
            for (column, value) in values().enumerate() {
                put(row, column, share(value), sum);
            }
        }
    }
}

/// e^x for x ≤ 0, within 2^−40 of it, by operations that IEEE 754 defines to the bit: e^x = (e^(x/2^n))^(2^n)
/// with |x/2^n| ≤ 1/2, and the series of e^y to y^17/17!, the rest of which is below 2^−69.
fn exponential(x: f64) -> f64 {
    // e^−64 is far below half of 2^−30.
    if x < -64.0 {
        return 0.0;
    }
    let mut halvings = 0;
    let mut y = x;
    while y < -0.5 {
        y /= 2.0;
        halvings += 1;
    }
    let series = (1..=17).rev().fold(1.0, |sum, n| 1.0 + y / f64::from(n) * sum);
    (0..halvings).fold(series, |power, _| power * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_that_of_the_library() {
        for x in (0..64_000).map(|i| -f64::from(i) / 1000.0) {
            assert!((exponential(x) - x.exp()).abs() <= x.exp() * 2f64.powi(-40), "{x}");
        }
        assert_eq!(exponential(-64.1), 0.0);
    }

    #[test]
    fn the_table_is_pinned() {
        // Other bits on some machine would show here.
        let table = Softmax::new(0.1).unwrap().table;
        assert_eq!((table[0], table[255]), (1 << 30, 0));
        let hash = table.iter().fold(0u64, |hash, &t| hash.wrapping_mul(31).wrapping_add(t.into()));
        assert_eq!((table[1], table[10], hash), (971_561_778, 395_007_536, 10_719_240_609_927_221_585));
    }
}
