//! The tiles that are tried where the user names none.

use qgen_spec::{Strategy, Tile};

/// Rows and columns.
type Sides = &'static [(u8, u8)];

/// Of a strategy.
struct Tried {
    /// One register tile each.
    usual: Sides,
    /// Several register tiles.
    larger: Sides,
    /// One row or a few.
    flat: Sides,
}

const ALONG_ROWS: Tried = Tried {
    usual: &[(24, 8), (16, 8), (8, 8), (16, 12)],
    larger: &[(24, 16), (32, 16)],
    // Its lanes are rows.
    flat: &[],
};
const ALONG_COLUMNS: Tried = Tried {
    usual: &[(8, 8), (6, 8), (4, 8), (6, 12), (8, 12)],
    larger: &[(16, 16), (12, 16), (24, 8), (8, 24)],
    flat: &[(1, 16), (1, 32), (2, 16)],
};
const SQUARES: Tried = Tried {
    usual: &[(8, 8), (8, 10), (10, 8), (8, 12), (12, 8), (10, 10)],
    larger: &[(16, 8), (8, 16), (16, 16), (24, 8), (20, 10)],
    // Its accumulators hold two rows each.
    flat: &[(2, 8), (2, 16), (2, 24), (4, 8)],
};
const ALONG_DEPTH: Tried = Tried {
    usual: &[(4, 4), (5, 4), (4, 5), (5, 3), (6, 3), (3, 4), (5, 5), (6, 4), (8, 2), (4, 3), (3, 3), (4, 2)],
    larger: &[(8, 8), (8, 4), (4, 8), (8, 16), (16, 8), (16, 16), (24, 8), (12, 24), (10, 8), (10, 10)],
    flat: &[(1, 4), (1, 8), (1, 12), (1, 24), (2, 4), (2, 8)],
};

impl Tried {
    const fn of(strategy: Strategy) -> Tried {
        match strategy {
            Strategy::WidenOuter => ALONG_ROWS,
            Strategy::F32 | Strategy::DotOuter => ALONG_COLUMNS,
            Strategy::Mmla => SQUARES,
            Strategy::WidenInner
            | Strategy::Byte
            | Strategy::Fip
            | Strategy::Pair8
            | Strategy::Dot
            | Strategy::Bits => ALONG_DEPTH,
        }
    }
}

fn tiles<'a>(sides: impl IntoIterator<Item = &'a (u8, u8)>) -> Vec<Tile> {
    sides.into_iter().map(|&(m, n)| Tile::new(m, n)).collect()
}

/// The tiles to choose from where the user names none: one register tile each.
pub fn usual_tiles(strategy: Strategy) -> Vec<Tile> {
    tiles(Tried::of(strategy).usual)
}

/// The same, and those that could be the fastest at some shape: several register tiles, so that a call costs less beside
/// its work, and one row or a few, for products with a vector.
pub(super) fn all_tiles(strategy: Strategy) -> Vec<Tile> {
    let Tried { usual, larger, flat } = Tried::of(strategy);
    tiles([usual, larger, flat].into_iter().flatten())
}
