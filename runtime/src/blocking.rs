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
//! The sizes of the caches are the core's ([`Caches`]), those of the smallest core where none is named.

use crate::cpu::Caches;
use crate::pack::Format;
use qgen_spec::SizeOverflow;

/// Rows and columns of a block, in whole tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocking {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
}

impl Blocking {
    /// Right panels that are read again for every row tile take three quarters of L1, which leaves room for a
    /// row tile and results; what is read again for every column block half of L2.
    pub(crate) fn new(
        caches: Caches,
        lhs: &Format,
        rhs: &Format,
        k: usize,
    ) -> Result<Blocking, SizeOverflow> {
        let fit = |bytes: usize, format: &Format| {
            let tiles = bytes.checked_div(format.tile_bytes(k)?).unwrap_or(bytes);
            // Without depth, everything fits.
            Ok(tiles.clamp(1, usize::MAX / format.tile) * format.tile)
        };
        Ok(Blocking { rows: fit(caches.l2 / 2, lhs)?, cols: fit(caches.l1d / 4 * 3, rhs)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_whole_tiles_and_fit() {
        let kernel = crate::catalog::find("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        let (lhs, rhs) = (Format::lhs(kernel), Format::rhs(kernel));
        let at = |l1d, l2, k| Blocking::new(Caches { l1d, l2 }, &lhs, &rhs, k).unwrap();
        let small = |k| at(32 << 10, 256 << 10, k);
        assert_eq!(small(256), Blocking { rows: 512, cols: 96 });
        assert_eq!(small(1024), Blocking { rows: 128, cols: 24 });
        assert_eq!(small(1 << 20), Blocking { rows: 8, cols: 8 });
        assert_eq!(small(0).cols, 8 * 24 * 1024);
        assert_eq!(at(64 << 10, 1 << 20, 1024), Blocking { rows: 512, cols: 48 });
        let all = usize::MAX / 8 * 8;
        assert_eq!(at(usize::MAX, usize::MAX, 0), Blocking { rows: all, cols: all });
        assert_eq!(at(0, 0, 0), Blocking { rows: 8, cols: 8 });
    }
}
