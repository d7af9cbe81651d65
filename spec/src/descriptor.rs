//! A kernel's full specification, and what follows from it.

use crate::{Isa, Layout, Operand, PlaneCode, Storage, Strategy, Tile};
use alloc::borrow::Cow;
use core::fmt;

/// Everything that decides a kernel's code and its packed layouts. Its [`Display`](fmt::Display)
/// is the kernel's name, which parses back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KernelSpec {
    /// How products are formed and summed.
    pub strategy: Strategy,
    /// What one call computes.
    pub tile: Tile,
    /// The left side, read as it is.
    pub lhs: Operand,
    /// The right side as the user gives it.
    pub rhs: Operand,
    /// How the right side is kept when it is packed.
    pub storage: Storage,
    /// The part of the tile that is held in registers at a time; it divides the tile.
    pub register_tile: Tile,
    /// Depth values in a block of the packed layouts.
    pub k_block: u16,
    /// Blocks per iteration of the main loop.
    pub unroll: u16,
    /// Whether short sums in 16 bits are widened in the main loop, once per iteration; else when
    /// their lanes are full.
    pub widen_in_loop: bool,
    /// The core that the code is scheduled for, e.g. `cortex-a72`.
    pub core: Cow<'static, str>,
}

impl KernelSpec {
    /// The layout in which the kernel reads its left side.
    pub fn lhs_layout(&self) -> Layout {
        if self.strategy.lhs_in_place() {
            return Layout::Lines { k_block: self.k_block };
        }
        self.packed_layout(self.register_tile.m, self.lhs)
    }

    /// The layout in which the kernel reads its right side.
    pub fn rhs_layout(&self) -> Layout {
        self.packed_layout(self.register_tile.n, self.rhs)
    }

    fn packed_layout(&self, width: u8, operand: Operand) -> Layout {
        let width = width.into();
        match self.strategy {
            Strategy::Bits => {
                let planes = PlaneCode::of(operand).map_or(1, PlaneCode::planes);
                Layout::Planes { width, planes }
            }
            Strategy::DotOuter => Layout::quads(width, self.k_block),
            s if s.lanes_along_k() => Layout::depth_inner(width, self.k_block),
            _ => Layout::lines_inner(width, self.k_block, operand.bytes() as u8),
        }
    }

    /// How the left side's values are written in bits, where they are.
    pub fn lhs_planes(&self) -> Option<PlaneCode> {
        if self.strategy == Strategy::Bits { PlaneCode::of(self.lhs) } else { None }
    }

    /// How the right side's values are written in bits, where they are.
    pub fn rhs_planes(&self) -> Option<PlaneCode> {
        if self.strategy == Strategy::Bits { PlaneCode::of(self.rhs) } else { None }
    }

    /// The left side's values as they are stored: what the kernel's arithmetic sees.
    pub fn lhs_stored(&self) -> Operand {
        match self.lhs {
            Operand::Int(r) => self.lhs_storage().stored(r).map_or(self.lhs, Operand::Int),
            Operand::Binary | Operand::F32 => self.lhs,
        }
    }

    /// How the left side's values are kept: as given, but for planes, which count from the lowest
    /// value.
    pub fn lhs_storage(&self) -> Storage {
        match self.lhs_planes() {
            Some(code) if code.shift() != 0 => Storage::Shift(code.shift()),
            _ => Storage::Keep,
        }
    }

    /// The right side's values as they are stored: what the kernel's arithmetic sees.
    pub fn rhs_stored(&self) -> Operand {
        match self.rhs {
            Operand::Int(r) => self.storage.stored(r).map_or(self.rhs, Operand::Int),
            Operand::Binary | Operand::F32 => self.rhs,
        }
    }

    /// The largest k for which no sum of products can leave 32 bits: ⌊(2³¹−1) / max |x·y|⌋.
    /// Unlimited for floats.
    pub fn k_limit(&self) -> u32 {
        self.lhs.k_limit(self.rhs)
    }

    /// What a call's `row_add` and `col_add` must take out of the kernel's raw sums.
    pub const fn sums(&self) -> Sums {
        match self.strategy {
            Strategy::Fip => Sums::Pairs,
            Strategy::Bits => match (self.lhs, self.rhs) {
                (_, Operand::Binary) => Sums::LhsMagnitude,
                (Operand::Binary, _) => Sums::RhsMagnitude,
                _ => Sums::None,
            },
            _ => Sums::None,
        }
    }

    /// The instruction-set level that the code needs.
    pub const fn isa(&self) -> Isa {
        match self.strategy {
            Strategy::Dot | Strategy::DotOuter => Isa::Dotprod,
            Strategy::Mmla => Isa::I8mm,
            _ => Isa::Neon,
        }
    }

    /// Multiply-accumulates of one k-block of the whole tile.
    pub const fn macs_per_block(&self) -> usize {
        self.tile.area() * self.k_block as usize
    }
}

/// Terms of one line alone that a kernel's raw sum contains beside Σ lhs·rhs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sums {
    /// None.
    None,
    /// Σ v\[p\]·v\[p+16\] over the first halves of all blocks of 32, of each side.
    Pairs,
    /// −Σ |v\[p\]| of the left side's lines: bit counts against {−1, 1} count what disagrees.
    LhsMagnitude,
    /// −Σ |v\[p\]| of the right side's lines.
    RhsMagnitude,
}

impl Sums {
    /// The term of one line of the left (`lhs`) or the right side, whose *stored* value at depth p
    /// is `value(p)`, padded with zeros to whole blocks by the caller. Exact: |term| ≤ k/2 · 2¹⁶.
    pub fn of_line(self, lhs: bool, k: usize, value: impl Fn(usize) -> i32) -> i64 {
        match self {
            Sums::None => 0,
            Sums::LhsMagnitude | Sums::RhsMagnitude => {
                let this_side = lhs == (self == Sums::LhsMagnitude);
                if this_side { -(0..k).map(|p| i64::from(value(p).abs())).sum::<i64>() } else { 0 }
            }
            Sums::Pairs => (0..k)
                .filter(|p| p % 32 < 16 && p + 16 < k)
                .map(|p| i64::from(value(p)) * i64::from(value(p + 16)))
                .sum(),
        }
    }
}

/// A kernel as data: its specification and the limits that the compiler found for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What was compiled.
    pub spec: KernelSpec,
    /// Depth values summed between two widenings to 32 bits (of the raw sum, for `f32`: no limit).
    pub depth_limit: u32,
    /// The largest k that a call may have.
    pub k_limit: u32,
}

impl Descriptor {
    /// The kernel's name.
    pub fn name(&self) -> alloc::string::String {
        alloc::string::ToString::to_string(&self.spec)
    }
}

impl fmt::Display for Descriptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spec.fmt(f)
    }
}
