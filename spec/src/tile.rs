//! Tiles: how many rows and columns are computed together.

use crate::{Diagnostic, Field};
use alloc::format;
use core::fmt;
use core::str::FromStr;

/// `m` rows by `n` columns of the result, written `MxN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tile {
    /// Rows.
    pub m: u8,
    /// Columns.
    pub n: u8,
}

impl Tile {
    /// The largest side a tile may have.
    pub const MAX_SIDE: u8 = 64;

    /// `m` rows by `n` columns.
    pub const fn new(m: u8, n: u8) -> Tile {
        Tile { m, n }
    }

    /// `m`×`n`, checked.
    ///
    /// # Errors
    /// If a side is 0 or above [`Tile::MAX_SIDE`].
    pub fn checked(m: u64, n: u64) -> Result<Tile, Diagnostic> {
        let side = |v: u64| u8::try_from(v).ok().filter(|v| (1..=Tile::MAX_SIDE).contains(v));
        match (side(m), side(n)) {
            (Some(m), Some(n)) => Ok(Tile { m, n }),
            _ => Err(Diagnostic::new(
                Field::Tile,
                format!("a tile of {m}x{n} cannot be made"),
                format!("each side is 1 to {}", Tile::MAX_SIDE),
            )),
        }
    }

    /// Results in the tile.
    pub const fn area(self) -> usize {
        self.m as usize * self.n as usize
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.m, self.n)
    }
}

impl FromStr for Tile {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Tile, Diagnostic> {
        let bad = || {
            Diagnostic::new(
                Field::Tile,
                format!("`{text}` is not a tile"),
                "write ROWSxCOLUMNS, for example 8x8",
            )
        };
        let (m, n) = text.split_once('x').ok_or_else(bad)?;
        Tile::checked(m.parse().map_err(|_| bad())?, n.parse().map_err(|_| bad())?)
    }
}
