//! The kernels that the runtime ships: one line each, made for every core that the line has a tile for.

use crate::core::Core;
use crate::plan::{Choice, Request};
use qgen_spec::{Operand, Range, Strategy, Tile};

/// The cores that stand for a class each: in order; one multiplier; dot products; matrix products.
pub const SHIPPED_CORES: [&str; 4] = ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"];

/// A strategy and the sides of its tile.
type Form = Option<(Strategy, u8, u8)>;

/// A line of the list: left range, right range, and a form for each of [`SHIPPED_CORES`].
type Line = (Side, Side, [Form; SHIPPED_CORES.len()]);

/// The values of a side.
#[derive(Clone, Copy)]
enum Side {
    Binary,
    Values(i16, i16),
    Floats,
}

impl Side {
    fn operand(self) -> Operand {
        match self {
            Side::Binary => Operand::Binary,
            Side::Values(lo, hi) => Operand::Int(Range::new(lo, hi).expect("listed ranges fit a byte")),
            Side::Floats => Operand::F32,
        }
    }
}

const BINARY: Side = Side::Binary;
const TERNARY: Side = Side::Values(-1, 1);
const SIGNED2: Side = Side::Values(-2, 1);
const SIGNED3: Side = Side::Values(-4, 3);
const SIGNED4: Side = Side::Values(-8, 7);
const SIGNED5: Side = Side::Values(-16, 15);
const SIGNED6: Side = Side::Values(-32, 31);
const SIGNED7: Side = Side::Values(-64, 63);
const SIGNED8: Side = Side::Values(-128, 127);
const SYMMETRIC4: Side = Side::Values(-7, 7);
const SYMMETRIC8: Side = Side::Values(-127, 127);
const UNSIGNED4: Side = Side::Values(0, 15);
const FLOATS: Side = Side::Floats;

const fn bits(m: u8, n: u8) -> Form {
    Some((Strategy::Bits, m, n))
}

const fn byte(m: u8, n: u8) -> Form {
    Some((Strategy::Byte, m, n))
}

const fn fip(m: u8, n: u8) -> Form {
    Some((Strategy::Fip, m, n))
}

const fn widen(m: u8, n: u8) -> Form {
    Some((Strategy::WidenInner, m, n))
}

const fn outer(m: u8, n: u8) -> Form {
    Some((Strategy::WidenOuter, m, n))
}

const fn pair8(m: u8, n: u8) -> Form {
    Some((Strategy::Pair8, m, n))
}

const fn dot(m: u8, n: u8) -> Form {
    Some((Strategy::DotOuter, m, n))
}

const fn mmla(m: u8, n: u8) -> Form {
    Some((Strategy::Mmla, m, n))
}

const fn f32(m: u8, n: u8) -> Form {
    Some((Strategy::F32, m, n))
}

/// Nothing: another line's kernel takes these operands on this core, and is as fast.
const NONE: Form = None;

/// Each width has a tile for matrices and one of a single row. Both are what [`Estimate`] finds fastest
/// among all [`candidates`]: the former in the geometric mean over the grid that `qgen tune` uses (without its k = 384), the
/// latter at one row, 64 to 1024 columns and as deep. Of tiles within 2 % the one of fewest register
/// tiles is taken, and within 3 % where that saves ten of them: the grid's sides are multiples of 24,
/// which flatters large tiles. `dot` and `mmla` multiply whole bytes: there the kernel for 8 bits
/// serves all widths that planes of bits do not win.
///
/// [`Estimate`]: crate::estimate::Estimate
/// [`candidates`]: crate::plan::candidates
#[rustfmt::skip]
const LINES: &[Line] = &[
    // operands               A53           A72           N1            V1
    (BINARY,  BINARY,        [bits(6, 4),   bits(2, 8),   bits(2, 8),   bits(2, 8)]),
    (BINARY,  BINARY,        [bits(1, 24),  bits(1, 8),   bits(1, 8),   bits(1, 8)]),
    (TERNARY, TERNARY,       [bits(2, 8),   bits(4, 4),   NONE,         NONE]),
    (TERNARY, TERNARY,       [bits(1, 8),   bits(1, 8),   NONE,         NONE]),
    (SIGNED2, SIGNED2,       [byte(3, 4),   fip(2, 8),    NONE,         NONE]),
    (SIGNED2, SIGNED2,       [bits(1, 8),   fip(1, 24),   NONE,         NONE]),
    (SIGNED3, SIGNED3,       [byte(3, 4),   fip(2, 8),    NONE,         NONE]),
    (SIGNED3, SIGNED3,       [byte(1, 8),   fip(1, 24),   NONE,         NONE]),
    (SIGNED4, SIGNED4,       [byte(8, 8),   fip(8, 8),    fip(8, 8),    NONE]),
    (SIGNED4, SIGNED4,       [byte(1, 24),  fip(1, 24),   NONE,         NONE]),
    (SIGNED5, SIGNED5,       [widen(4, 4),  fip(3, 4),    NONE,         NONE]),
    (SIGNED5, SIGNED5,       [widen(1, 24), fip(1, 24),   NONE,         NONE]),
    (SIGNED6, SIGNED6,       [widen(4, 4),  fip(4, 4),    NONE,         NONE]),
    (SIGNED6, SIGNED6,       [fip(1, 8),    fip(1, 8),    NONE,         NONE]),
    (SIGNED7, SIGNED7,       [widen(3, 4),  fip(2, 8),    NONE,         NONE]),
    (SIGNED7, SIGNED7,       [widen(1, 8),  fip(1, 8),    NONE,         NONE]),
    (SIGNED8, SIGNED8,       [pair8(4, 4),  pair8(4, 4),  dot(4, 8),    mmla(4, 8)]),
    (SIGNED8, SIGNED8,       [pair8(1, 24), pair8(1, 8),  dot(1, 32),   dot(1, 32)]),
    // Eight bits where one side is never −128.
    (SIGNED8, SYMMETRIC8,    [pair8(4, 4),  pair8(4, 4),  NONE,         NONE]),
    (SIGNED8, SYMMETRIC8,    [pair8(1, 24), pair8(1, 8),  NONE,         NONE]),
    (UNSIGNED4, UNSIGNED4,   [widen(4, 4),  fip(4, 4),    fip(4, 4),    NONE]),
    (UNSIGNED4, UNSIGNED4,   [fip(1, 24),   fip(1, 24),   NONE,         NONE]),
    // Four bits for comparison: each strategy, the symmetric range, and the published kernel.
    (SIGNED4, SIGNED4,       [fip(4, 4),    fip(4, 4),    fip(4, 4),    NONE]),
    (SIGNED4, SIGNED4,       [byte(4, 4),   byte(4, 4),   byte(4, 4),   NONE]),
    (SIGNED4, SIGNED4,       [widen(4, 4),  widen(4, 4),  widen(4, 4),  NONE]),
    (SYMMETRIC4, SYMMETRIC4, [byte(4, 4),   fip(4, 4),    fip(4, 4),    NONE]),
    (UNSIGNED4, UNSIGNED4,   [outer(24, 8), outer(24, 8), outer(24, 8), NONE]),
    (FLOATS,  FLOATS,        [f32(8, 8),    f32(8, 8),    f32(8, 8),    f32(8, 8)]),
];

/// The requests of the shipped set, with their cores, in the order of the list.
pub fn shipped() -> Vec<(Core, Request)> {
    let of_core = |(at, name): (usize, &&str)| {
        let core = Core::built_in(name).expect("listed cores exist");
        let lines = LINES.iter().filter_map(move |&(lhs, rhs, forms)| Some((lhs, rhs, forms[at]?)));
        lines.map(move |(lhs, rhs, (strategy, m, n))| {
            let request = Request {
                lhs: lhs.operand(),
                rhs: rhs.operand(),
                tile: Some(Tile::new(m, n)),
                strategy: Some(Choice::One(strategy)),
                isa: None,
                unroll: None,
            };
            (core.clone(), request)
        })
    };
    SHIPPED_CORES.iter().enumerate().flat_map(of_core).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile;

    #[test]
    fn no_kernel_ships_twice() {
        let names: Vec<String> = shipped()
            .iter()
            .map(|(core, request)| compile(request, core).unwrap_or_else(|e| panic!("{request:?}: {e}")))
            .map(|kernel| kernel.name().to_owned())
            .collect();
        for (n, name) in names.iter().enumerate() {
            assert!(!names[..n].contains(name), "{name} twice");
        }
    }
}
