//! The strategies and instruction-set levels, by name.

use crate::{Diagnostic, Field, Tile};
use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

/// How products are formed and summed. What each one does is written in the compiler, one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Strategy {
    /// 8-bit products summed into 16-bit lanes; lanes run along the rows (outer-product form).
    WidenOuter,
    /// 8-bit products summed into 16-bit lanes; lanes run along the depth (inner-product form).
    WidenInner,
    /// Products and short sums in 8-bit lanes, then pairwise into 16 bits.
    Byte,
    /// Fast inner product (Winograd 1968): half of the multiplications become additions.
    Fip,
    /// The 8-bit baseline: products in 16-bit lanes, pairwise into 32 bits at once.
    Pair8,
    /// Dot products of four into 32 bits (Armv8.2), both sides 16 depth values a register.
    Dot,
    /// Dot products by element: lanes run along the columns.
    DotOuter,
    /// Matrix products of 2×8 by 8×2 into 32 bits (Armv8.6).
    Mmla,
    /// Bit planes: logic and population counts, 128 depth values a register.
    Bits,
    /// 32-bit floats.
    F32,
}

impl Strategy {
    /// Every strategy, in the order in which listings show them.
    pub const ALL: &[Strategy] = &[
        Strategy::WidenOuter,
        Strategy::WidenInner,
        Strategy::Byte,
        Strategy::Fip,
        Strategy::Pair8,
        Strategy::Dot,
        Strategy::DotOuter,
        Strategy::Mmla,
        Strategy::Bits,
        Strategy::F32,
    ];

    /// The name on the command line, in attributes and in kernel names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Strategy::WidenOuter => "widenouter",
            Strategy::WidenInner => "wideninner",
            Strategy::Byte => "byte",
            Strategy::Fip => "fip",
            Strategy::Pair8 => "pair8",
            Strategy::Dot => "dot",
            Strategy::DotOuter => "dotouter",
            Strategy::Mmla => "mmla",
            Strategy::Bits => "bits",
            Strategy::F32 => "f32",
        }
    }

    /// The instruction-set level that it needs at least.
    pub const fn isa(self) -> Isa {
        match self {
            Strategy::Dot | Strategy::DotOuter => Isa::Dotprod,
            Strategy::Mmla => Isa::I8mm,
            Strategy::WidenOuter
            | Strategy::WidenInner
            | Strategy::Byte
            | Strategy::Fip
            | Strategy::Pair8
            | Strategy::Bits
            | Strategy::F32 => Isa::Neon,
        }
    }

    /// Whether the left side is always read in place, row by row.
    pub const fn lhs_in_place(self) -> bool {
        match self {
            Strategy::WidenInner | Strategy::Byte | Strategy::Fip | Strategy::Pair8 | Strategy::Dot => true,
            Strategy::WidenOuter | Strategy::DotOuter | Strategy::Mmla | Strategy::Bits | Strategy::F32 => {
                false
            }
        }
    }

    /// Whether the left side can be read in place, row by row, though it can also be packed
    /// ([`KernelSpec::in_place`](crate::KernelSpec::in_place)).
    pub const fn may_read_in_place(self) -> bool {
        matches!(self, Strategy::DotOuter | Strategy::F32)
    }

    /// Whether its short sums can be widened once in each pass of the main loop
    /// ([`KernelSpec::widen_in_loop`](crate::KernelSpec::widen_in_loop)).
    pub const fn may_widen_in_loop(self) -> bool {
        matches!(self, Strategy::WidenInner | Strategy::Fip)
    }

    /// The rows and columns whose sums share a register from the first product on; a register tile is whole ones. One of each where lanes
    /// run along the depth.
    pub const fn held_tile(self) -> Tile {
        match self {
            Strategy::WidenOuter => Tile::new(8, 1),
            Strategy::F32 | Strategy::DotOuter => Tile::new(1, 4),
            Strategy::Mmla => Tile::new(2, 2),
            Strategy::WidenInner
            | Strategy::Byte
            | Strategy::Fip
            | Strategy::Pair8
            | Strategy::Dot
            | Strategy::Bits => Tile::new(1, 1),
        }
    }

    /// Whether sums have lanes of 32 bits from the first product on, which nothing has to widen.
    pub const fn sums_in_32_bits(self) -> bool {
        match self {
            Strategy::Pair8 | Strategy::Dot | Strategy::DotOuter | Strategy::Mmla | Strategy::F32 => true,
            Strategy::WidenOuter | Strategy::WidenInner | Strategy::Byte | Strategy::Fip | Strategy::Bits => {
                false
            }
        }
    }

    /// Whether lanes run along the depth.
    pub const fn lanes_along_k(self) -> bool {
        match self {
            Strategy::WidenInner
            | Strategy::Byte
            | Strategy::Fip
            | Strategy::Pair8
            | Strategy::Dot
            | Strategy::Mmla
            | Strategy::Bits => true,
            Strategy::WidenOuter | Strategy::DotOuter | Strategy::F32 => false,
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Strategy {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Strategy, Diagnostic> {
        Strategy::ALL.iter().copied().find(|s| s.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Strategy::ALL.iter().map(|s| s.as_str()).collect();
            Diagnostic::new(
                Field::Strategy,
                format!("there is no strategy `{text}`"),
                format!("choose one of widen, {}", names.join(", ")),
            )
        })
    }
}

/// The instruction-set level that a kernel needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Isa {
    /// Armv8.0-A Advanced SIMD, on every aarch64 machine.
    Neon,
    /// Armv8.2 dot products (`sdot`, `udot`).
    Dotprod,
    /// Armv8.6 8-bit matrix products (`smmla`, `ummla`, `usmmla`, `usdot`); includes dot products.
    I8mm,
}

impl Isa {
    /// Every level.
    pub const ALL: &[Isa] = &[Isa::Neon, Isa::Dotprod, Isa::I8mm];

    /// The name on the command line and in attributes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Isa::Neon => "neon",
            Isa::Dotprod => "dotprod",
            Isa::I8mm => "i8mm",
        }
    }

    /// What an assembler's `.arch` directive calls it.
    pub const fn arch(self) -> &'static str {
        match self {
            Isa::Neon => "armv8-a",
            Isa::Dotprod => "armv8.2-a+dotprod",
            Isa::I8mm => "armv8.2-a+dotprod+i8mm",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Isa {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<Isa, Diagnostic> {
        Isa::ALL.iter().copied().find(|i| i.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Isa::ALL.iter().map(|i| i.as_str()).collect();
            Diagnostic::new(
                Field::Isa,
                format!("there is no instruction set `{text}`"),
                format!("choose one of {}", names.join(", ")),
            )
        })
    }
}
