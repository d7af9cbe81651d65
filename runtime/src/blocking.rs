//! How much of each side is in use at a time.
//!
//! Kernels write finished results, so k is never cut; rows and columns are:
//!
//! ```text
//! for rows in blocks that fit L2                      (check, sum and, where needed, pack them)
//!     for columns in blocks whose panels fit L1
//!         for row tiles, for column tiles: a call     (the row tile stays in L1, too)
//! ```
//!
//! The constants suit every core in the tables (32 KiB of L1 data cache or more, 256 KiB of L2 or
//! more). Where a core table knows better, these two numbers are the place.

use crate::pack::Format;
use qgen_spec::SizeOverflow;

/// Bytes of right panels that are read again for every row tile: an L1 of 32 KiB less room for a row
/// tile and results.
const L1_RHS_BYTES: usize = 24 * 1024;

/// Bytes of the left side that are read again for every column block: half of an L2 of 256 KiB.
const L2_LHS_BYTES: usize = 128 * 1024;

/// Rows and columns of a block, in whole tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocking {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
}

impl Blocking {
    pub(crate) fn new(lhs: &Format, rhs: &Format, k: usize) -> Result<Blocking, SizeOverflow> {
        let fit = |bytes: usize, format: &Format| {
            let tiles = bytes.checked_div(format.tile_bytes(k)?).unwrap_or(bytes);
            Ok(tiles.max(1) * format.tile)
        };
        Ok(Blocking { rows: fit(L2_LHS_BYTES, lhs)?, cols: fit(L1_RHS_BYTES, rhs)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_whole_tiles_and_fit() {
        let kernel = crate::catalog::find("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        let (lhs, rhs) = (Format::lhs(kernel), Format::rhs(kernel));
        assert_eq!(Blocking::new(&lhs, &rhs, 256).unwrap(), Blocking { rows: 512, cols: 96 });
        assert_eq!(Blocking::new(&lhs, &rhs, 1024).unwrap(), Blocking { rows: 128, cols: 24 });
        assert_eq!(Blocking::new(&lhs, &rhs, 1 << 20).unwrap(), Blocking { rows: 8, cols: 8 });
        assert_eq!(Blocking::new(&lhs, &rhs, 0).unwrap().cols, 8 * L1_RHS_BYTES);
    }
}
