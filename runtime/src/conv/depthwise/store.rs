//! What is stored of a strip's sums.

use super::super::stored::{Bytes, Sums};
use super::{CHANNELS, Strip};
use crate::quant::{Rows, of_rows};

/// What is stored of sums.
pub(in crate::conv) trait Store {
    type Result;

    /// Stores the results of a strip in `results`, `distance` from one pixel to the next. In `tile` there is room for its sums,
    /// if that is wanted.
    fn store(&self, strip: &Strip<'_>, tile: &mut [i32], results: &mut [Self::Result], distance: usize);
}

impl Store for Sums {
    type Result = i32;

    fn store(&self, strip: &Strip<'_>, _: &mut [i32], results: &mut [i32], distance: usize) {
        strip.sums(results, distance);
    }
}

impl Store for Bytes<'_> {
    type Result = u8;

    /// The strip's sums stay in the first cache if a line is not very long, and the factors in registers.
    fn store(&self, strip: &Strip<'_>, tile: &mut [i32], results: &mut [u8], distance: usize) {
        let count = strip.line.count;
        strip.sums(&mut tile[..count * CHANNELS], CHANNELS);
        let rows = Rows { count, sums: (tile, CHANNELS), out: (results, distance) };
        of_rows(self.0, (strip.first, strip.channels), None, rows);
    }
}
