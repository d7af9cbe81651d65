//! A kernel's full specification, and what follows from it.

use crate::{End, Isa, Layout, Operand, PlaneCode, Storage, Strategy, Tile};
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
    /// Values of the packed right side in a byte: 1, or 2 or 4 where they are unpacked in registers.
    pub per_byte: u8,
    /// Whether a strategy that could also have its left side packed reads it in place, row by row
    /// ([`Strategy::may_read_in_place`]). Those that [never pack it](Strategy::lhs_in_place) have `false`
    /// here.
    pub in_place: bool,
    /// The part of the tile that is held in registers at a time; it divides the tile.
    pub register_tile: Tile,
    /// Depth values in a block of the packed layouts.
    pub k_block: u16,
    /// Blocks per iteration of the main loop.
    pub unroll: u16,
    /// Whether short sums in 16 bits are widened in the main loop, once per iteration
    /// ([`Strategy::may_widen_in_loop`]); else when their lanes are full.
    pub widen_in_loop: bool,
    /// Whether results have 16 bits until they are stored: the form for short k, whose lanes are added
    /// up modulo 2¹⁶ and never widened on the way.
    pub short: bool,
    /// How many bytes ahead the main loop asks for the lines of the packed right side; 0: it does not.
    pub prefetch: u16,
    /// What is made of sums before they are stored.
    pub end: End,
    /// The core that the code is scheduled for, e.g. `cortex-a72`.
    pub core: Cow<'static, str>,
}

impl KernelSpec {
    /// The layout in which the kernel reads its left side.
    pub fn lhs_layout(&self) -> Layout {
        if self.strategy.lhs_in_place() || self.in_place {
            return Layout::Lines { k_block: self.k_block, value_bytes: self.lhs.bytes() as u8 };
        }
        self.packed_layout(self.register_tile.m, self.lhs).in_steps(self.steps())
    }

    /// The layout in which the kernel reads its right side.
    pub fn rhs_layout(&self) -> Layout {
        if self.chunk_by_chunk() {
            return Layout::depth_inner(self.register_tile.n.into(), 16).in_steps(self.k_block / 16);
        }
        let step = self.packed_layout(self.register_tile.n, self.rhs);
        if self.per_byte > 1 { step.narrow(self.per_byte) } else { step.in_steps(self.steps()) }
    }

    /// Whether a k-block is worked through in chunks of 16 depth values, all lines of one before the next:
    /// `byte` does so where its sums of bytes are deeper than four products, because then no registers have
    /// room for whole lines of a block.
    pub fn chunk_by_chunk(&self) -> bool {
        self.strategy == Strategy::Byte && self.per_byte <= 1 && self.k_block > 64
    }

    /// Steps in a block of the packed sides: as many as values in a byte, or as groups of four values in a
    /// register of a row that dot products read in place.
    pub fn steps(&self) -> u16 {
        match self.strategy {
            Strategy::DotOuter if self.in_place && self.per_byte <= 1 => (self.k_block / 4).max(1),
            _ => self.per_byte.max(1).into(),
        }
    }

    /// How a step is packed.
    fn packed_layout(&self, width: u8, operand: Operand) -> Layout {
        let (width, k_block) = (width.into(), (self.k_block / self.steps()).max(1));
        match self.strategy {
            Strategy::Bits => {
                let planes = PlaneCode::of(operand).map_or(1, PlaneCode::planes);
                Layout::Planes { width, planes }
            }
            Strategy::DotOuter => Layout::quads(width, k_block),
            s if s.lanes_along_k() => Layout::depth_inner(width, k_block),
            _ => Layout::lines_inner(width, k_block, operand.bytes() as u8),
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

    /// Whether the bits of a stored value of the right side are read as a signed number. A whole byte is,
    /// wherever its values allow it; narrower bits only where they must, because unsigned ones are
    /// unpacked with fewer instructions.
    pub fn rhs_signed(&self) -> bool {
        let narrow = self.per_byte > 1;
        self.rhs_stored().range().is_some_and(|r| if narrow { !r.fits_u8() } else { r.fits_i8() })
    }

    /// The bits that a result has in the kernel: 32, or 16 in the form for short k, signed unless no
    /// product of the operands can be negative.
    pub fn result_bits(&self) -> ResultBits {
        let negative = |side: Operand| side.range().is_none_or(|r| r.lo() < 0);
        match self.short {
            false => ResultBits::Full,
            true if negative(self.lhs) || negative(self.rhs) => ResultBits::Signed16,
            true => ResultBits::Unsigned16,
        }
    }

    /// The largest k for which no result can leave the bits that it has: ⌊(2³¹−1) / max |x·y|⌋, or with
    /// 16 bits what the smallest and the largest product allow. Unlimited for floats.
    pub fn k_limit(&self) -> u32 {
        let limit = self.result_bits().k_limit((self.lhs, self.rhs), (0, 0));
        u32::try_from(limit).unwrap_or(u32::MAX)
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
            Strategy::WidenOuter
            | Strategy::WidenInner
            | Strategy::Byte
            | Strategy::Pair8
            | Strategy::Dot
            | Strategy::DotOuter
            | Strategy::Mmla
            | Strategy::F32 => Sums::None,
        }
    }

    /// The instruction-set level that the code needs.
    pub fn isa(&self) -> Isa {
        if self.mixes_signs() { Isa::I8mm } else { self.strategy.isa() }
    }

    /// Whether products are those of unsigned bytes above 127 on the left by negative numbers on the right,
    /// as stored.
    pub fn mixes_signs(&self) -> bool {
        let sides = self.lhs.range().zip(self.rhs_stored().range());
        sides.is_some_and(|(l, r)| !l.fits_i8() && r.lo() < 0)
    }

    /// Multiply-accumulates of one k-block of the whole tile.
    pub const fn macs_per_block(&self) -> usize {
        self.tile.area() * self.k_block as usize
    }
}

/// The bits of a result before it is stored as 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultBits {
    /// All 32.
    Full,
    /// 16, the sign included.
    Signed16,
    /// 16, never negative.
    Unsigned16,
}

impl ResultBits {
    /// What a kernel stores for a result that is congruent to `sum`.
    pub const fn stored(self, sum: i32) -> i32 {
        match self {
            ResultBits::Full => sum,
            ResultBits::Signed16 => sum as i16 as i32,
            ResultBits::Unsigned16 => sum as u16 as i32,
        }
    }

    /// The largest depth at which no sum of products (x − zero points)·(y − zero points) can leave these
    /// bits; `u64::MAX` where every product is 0, and for floats. 32-bit results keep the same room on both
    /// sides of zero, so that their negation fits, too.
    pub fn k_limit(self, operands: (Operand, Operand), zeros: (i32, i32)) -> u64 {
        self.k_limit_beside(operands, zeros, &[])
    }

    /// The same where one of `beside`, each of which fits these bits alone, is added to each sum: what they make
    /// together may not leave them.
    pub fn k_limit_beside(
        self,
        (lhs, rhs): (Operand, Operand),
        (lhs_zero, rhs_zero): (i32, i32),
        beside: &[i32],
    ) -> u64 {
        let (Some(l), Some(r)) = (lhs.range(), rhs.range()) else { return u64::MAX };
        let ends = |r: crate::Range, zero: i32| [r.lo(), r.hi()].map(|v| i128::from(v) - i128::from(zero));
        let (x, y) = (ends(l, lhs_zero), ends(r, rhs_zero));
        let products = [x[0] * y[0], x[0] * y[1], x[1] * y[0], x[1] * y[1]];
        // Nothing, in the place of a value, is a product of 0.
        let low = products.into_iter().fold(0, i128::min);
        let high = products.into_iter().fold(0, i128::max);
        let (floor, ceiling) = match self {
            ResultBits::Full => (-i128::from(i32::MAX), i128::from(i32::MAX)),
            ResultBits::Signed16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
            ResultBits::Unsigned16 => (0, i128::from(u16::MAX)),
        };
        // What is left for the products; nothing is less than nothing.
        let least = beside.iter().fold(0, |least, add| i128::from(*add).min(least));
        let most = beside.iter().fold(0, |most, add| i128::from(*add).max(most));
        let (floor, ceiling) = ((floor - least).min(0), (ceiling - most).max(0));
        let down = if low < 0 { floor / low } else { i128::MAX };
        let up = if high > 0 { ceiling / high } else { i128::MAX };
        u64::try_from(down.min(up)).unwrap_or(u64::MAX)
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
