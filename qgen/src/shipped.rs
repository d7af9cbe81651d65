//! The kernels that the runtime ships: one line each, made for every core that the line has a tile for.

use crate::core::Core;
use crate::plan::{Choice, Request, adds_halves};
use qgen_spec::{End, Operand, Range, ResultBits, Strategy, Tile};

/// The cores that stand for a class each: in order; one multiplier; dot products; matrix products.
pub const SHIPPED_CORES: [&str; 4] = ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"];

/// A kernel for the operands of a line.
#[derive(Clone, Copy)]
struct Kind {
    strategy: Strategy,
    m: u8,
    n: u8,
    /// k-blocks in a pass of the main loop; `None` leaves it to the planner.
    unroll: Option<u16>,
}

impl Kind {
    fn request(self, lhs: Side, rhs: Side) -> Request {
        Request {
            tile: Some(Tile::new(self.m, self.n)),
            strategy: Some(Choice::One(self.strategy)),
            lhs: lhs.operand(),
            rhs: rhs.operand(),
            per_byte: rhs.per_byte(),
            unroll: self.unroll,
            ..Request::floats()
        }
    }
}

/// A kernel, if there is one for the core.
type Form = Option<Kind>;

const fn kind(strategy: Strategy, m: u8, n: u8) -> Form {
    Some(Kind { strategy, m, n, unroll: None })
}

/// A line of the list: left range, right range, and a form for each of [`SHIPPED_CORES`].
type Line = (Side, Side, [Form; SHIPPED_CORES.len()]);

/// The values of a side.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Binary,
    Values(i16, i16),
    /// Values of a right side of which so many share a byte.
    Shared(u8, i16, i16),
    Floats,
}

impl Side {
    fn operand(self) -> Operand {
        match self {
            Side::Binary => Operand::Binary,
            Side::Values(lo, hi) | Side::Shared(_, lo, hi) => {
                Operand::Int(Range::new(lo, hi).expect("listed ranges fit a byte"))
            }
            Side::Floats => Operand::F32,
        }
    }

    fn per_byte(self) -> u8 {
        if let Side::Shared(per_byte, ..) = self { per_byte } else { 1 }
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
/// Sums of up to three and of nine numbers of four bits.
const THREES4: Side = Side::Values(-24, 24);
const NINES4: Side = Side::Values(-72, 72);
const NIBBLES4: Side = Side::Shared(2, -8, 7);
const UNSIGNED4: Side = Side::Values(0, 15);
const FLOATS: Side = Side::Floats;

const fn bits(m: u8, n: u8) -> Form {
    kind(Strategy::Bits, m, n)
}

const fn byte(m: u8, n: u8) -> Form {
    kind(Strategy::Byte, m, n)
}

const fn fip(m: u8, n: u8) -> Form {
    kind(Strategy::Fip, m, n)
}

/// One block a pass: sums that fill up soon, for products that are not deeper.
const fn fip_once(m: u8, n: u8) -> Form {
    Some(Kind { strategy: Strategy::Fip, m, n, unroll: Some(1) })
}

const fn widen(m: u8, n: u8) -> Form {
    kind(Strategy::WidenInner, m, n)
}

const fn outer(m: u8, n: u8) -> Form {
    kind(Strategy::WidenOuter, m, n)
}

const fn pair8(m: u8, n: u8) -> Form {
    kind(Strategy::Pair8, m, n)
}

const fn dot(m: u8, n: u8) -> Form {
    kind(Strategy::DotOuter, m, n)
}

/// Two blocks a pass: as fast by the model, and a twentieth fewer instructions.
const fn mmla(m: u8, n: u8) -> Form {
    Some(Kind { strategy: Strategy::Mmla, m, n, unroll: Some(2) })
}

const fn f32(m: u8, n: u8) -> Form {
    kind(Strategy::F32, m, n)
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
    // For many rows: fewer calls, and fewer loads in each of them.
    (BINARY,  BINARY,        [NONE,         bits(12, 8),  bits(12, 8),  NONE]),
    (BINARY,  BINARY,        [bits(1, 24),  bits(1, 8),   bits(1, 8),   bits(1, 8)]),
    (TERNARY, TERNARY,       [bits(2, 8),   bits(8, 8),   NONE,         NONE]),
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
    (SIGNED8, SIGNED8,       [pair8(4, 4),  pair8(4, 4),  dot(8, 8),    mmla(8, 8)]),
    (SIGNED8, SIGNED8,       [pair8(1, 24), pair8(1, 8),  dot(1, 32),   dot(1, 32)]),
    // Eight bits where one side is never −128.
    (SIGNED8, SYMMETRIC8,    [pair8(4, 4),  pair8(4, 4),  NONE,         NONE]),
    (SIGNED8, SYMMETRIC8,    [pair8(1, 24), pair8(1, 8),  NONE,         NONE]),
    (UNSIGNED4, UNSIGNED4,   [widen(4, 4),  fip(4, 4),    fip(4, 4),    NONE]),
    (UNSIGNED4, UNSIGNED4,   [fip(1, 24),   fip(1, 24),   NONE,         NONE]),
];

/// Four bits for comparison: each strategy, the symmetric range, and the published kernel; and floats.
#[rustfmt::skip]
const COMPARED: &[Line] = &[
    // operands               A53           A72           N1            V1
    (SIGNED4, SIGNED4,       [fip(4, 4),    fip(4, 4),    fip(4, 4),    NONE]),
    (SIGNED4, SIGNED4,       [byte(4, 4),   byte(4, 4),   byte(4, 4),   NONE]),
    (SIGNED4, SIGNED4,       [widen(4, 4),  widen(4, 4),  widen(4, 4),  NONE]),
    (SYMMETRIC4, SYMMETRIC4, [byte(4, 4),   fip(4, 4),    fip(4, 4),    NONE]),
    (UNSIGNED4, UNSIGNED4,   [outer(24, 8), outer(24, 8), outer(24, 8), NONE]),
    // Four bits in half the memory, for weights that do not stay in a cache: unpacking them costs
    // instructions, so that by the model, which sees no caches, each of these has a faster rival above.
    (SIGNED4, NIBBLES4,      [NONE,         fip(4, 8),    dot(8, 8),    NONE]),
    (SIGNED4, NIBBLES4,      [NONE,         fip(1, 24),   dot(1, 16),   NONE]),
    // Sums of four-bit numbers, which convolutions by minimal filtering multiply, often no deeper than there are channels.
    (SIGNED6, THREES4,       [NONE,         fip_once(8, 8), NONE,       NONE]),
    (SIGNED6, NINES4,        [NONE,         fip(8, 8),    NONE,         NONE]),
    // Eight bits for few rows.
    (SIGNED8, SIGNED8,       [NONE,         NONE,         dot(4, 8),    mmla(4, 8)]),
    (FLOATS,  FLOATS,        [f32(8, 8),    f32(8, 8),    f32(8, 8),    f32(8, 8)]),
    // One row of floats: a tile of eight would waste seven.
    (FLOATS,  FLOATS,        [f32(1, 32),   f32(1, 32),   f32(1, 32),   f32(1, 32)]),
];

/// The operands whose kernels for matrices ship with every other end, too: those of most models. A single row
/// has few results, and the sums of it stay in the first cache.
const ENDED: &[(Side, Side)] = &[(SIGNED4, SIGNED4), (SIGNED6, SIGNED6), (SIGNED8, SIGNED8)];

/// The least k up to which results must fit 16 bits for a form for short k to ship.
const WORTH_A_FORM: u64 = 64;

/// Whether a kernel of [`LINES`] ships in a form for short k, too: where 16-bit lanes are added up at the
/// end, and results of some depth fit 16 bits. The others have no shorter end.
fn has_short(kind: Kind, lhs: Operand, rhs: Operand) -> bool {
    adds_halves(kind.strategy, kind.n) && ResultBits::Signed16.k_limit((lhs, rhs), (0, 0)) >= WORTH_A_FORM
}

/// The requests of the shipped set, with their cores, in the order of the list; a form for short k and those
/// with other ends follow what they are forms of.
pub fn shipped() -> Vec<(Core, Request)> {
    let mut all = Vec::new();
    for (at, name) in SHIPPED_CORES.iter().enumerate() {
        let core = Core::built_in(name).expect("listed cores exist");
        let lines = LINES.iter().map(|line| (line, true));
        for (&(lhs, rhs, forms), with_forms) in lines.chain(COMPARED.iter().map(|line| (line, false))) {
            let Some(kind) = forms[at] else { continue };
            let request = kind.request(lhs, rhs);
            all.push((core.clone(), request.clone()));
            if with_forms && has_short(kind, request.lhs, request.rhs) {
                all.push((core.clone(), Request { short: true, ..request.clone() }));
            }
            if with_forms && kind.m > 1 && ENDED.contains(&(lhs, rhs)) {
                let ends = End::ALL.iter().filter(|&&end| end != End::Sums);
                all.extend(ends.map(|&end| (core.clone(), Request { end, ..request.clone() })));
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::Estimate;
    use crate::{Kernel, compile};
    use qgen_spec::KernelSpec;

    #[test]
    fn compiler_no_kernel_ships_twice() {
        let names: Vec<String> = shipped()
            .iter()
            .map(|(core, request)| compile(request, core).unwrap_or_else(|e| panic!("{request:?}: {e}")))
            .map(|kernel| kernel.name().to_owned())
            .collect();
        for (n, name) in names.iter().enumerate() {
            assert!(!names[..n].contains(name), "{name} twice");
        }
    }

    /// Forms for short k ship where no call is longer with them by the model, and there alone: of equals they have
    /// fewer instructions.
    #[test]
    fn compiler_forms_for_short_k_ship_where_they_pay() {
        let (mut forms, mut wrong) = (0, Vec::new());
        let all = shipped();
        for (at, core) in SHIPPED_CORES.iter().map(|name| Core::built_in(name).unwrap()).enumerate() {
            for &(lhs, rhs, forms_of) in LINES {
                let Some(kind) = forms_of[at] else { continue };
                let usual = kind.request(lhs, rhs);
                if !has_short(kind, usual.lhs, usual.rhs) {
                    continue;
                }
                let wanted = Request { short: true, ..usual.clone() };
                let ships = all.iter().any(|(c, request)| c.name == core.name && *request == wanted);
                let (usual, short) = (compile(&usual, &core).unwrap(), compile(&wanted, &core).unwrap());
                // Used in the place of the other: the layouts are the same.
                assert_eq!(KernelSpec { short: true, ..usual.plan().spec.clone() }, short.plan().spec);
                let call = |kernel: &Kernel| Estimate::new(kernel, &core).cost().call;
                let (with, without) = (call(&short), call(&usual));
                if ships != (with <= without) {
                    wrong.push(format!("{}: {with} and {without}", short.name()));
                }
                forms += usize::from(ships);
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(forms > 20, "{forms}");
    }
}
