//! The kernels that the runtime ships: one line each, made for every core of the list.

use crate::core::Core;
use crate::plan::{Choice, Request};
use qgen_spec::{Isa, Operand, Range, Strategy, Tile};

/// A line of the list: left range, right range (`None`: floats), strategy and tile (`None`: the
/// planner's choice).
struct Line {
    sides: Option<([i16; 2], [i16; 2])>,
    strategy: Option<Choice>,
    tile: Option<Tile>,
}

const fn line(lhs: [i16; 2], rhs: [i16; 2], strategy: Option<Strategy>, tile: Option<(u8, u8)>) -> Line {
    Line {
        sides: Some((lhs, rhs)),
        strategy: match strategy {
            Some(s) => Some(Choice::One(s)),
            None => None,
        },
        tile: match tile {
            Some((m, n)) => Some(Tile::new(m, n)),
            None => None,
        },
    }
}

const SIGNED4: [i16; 2] = [-8, 7];
const SYMMETRIC4: [i16; 2] = [-7, 7];
const UNSIGNED4: [i16; 2] = [0, 15];
const SIGNED8: [i16; 2] = [-128, 127];
const SYMMETRIC8: [i16; 2] = [-127, 127];

/// The cores that stand for a class each.
const CORES: &[&str] = &["cortex-a53", "cortex-a72", "neoverse-n1"];

const LINES: &[Line] = &[
    // Four bits: the best of the core, and each strategy for comparison.
    line(SIGNED4, SIGNED4, None, Some((8, 8))),
    line(SIGNED4, SIGNED4, Some(Strategy::Fip), Some((4, 4))),
    line(SIGNED4, SIGNED4, Some(Strategy::Byte), Some((4, 4))),
    line(SIGNED4, SIGNED4, Some(Strategy::WidenInner), Some((4, 4))),
    line(SYMMETRIC4, SYMMETRIC4, None, Some((4, 4))),
    line(UNSIGNED4, UNSIGNED4, None, Some((4, 4))),
    // The published kernel.
    line(UNSIGNED4, UNSIGNED4, Some(Strategy::WidenOuter), Some((24, 8))),
    // The rivals: eight bits where one side is never −128, where both may be, and floats.
    line(SIGNED8, SYMMETRIC8, Some(Strategy::Pair8), Some((4, 4))),
    line(SIGNED8, SIGNED8, Some(Strategy::Pair8), Some((4, 4))),
    Line { sides: None, strategy: None, tile: Some(Tile::new(8, 8)) },
];

/// The requests of the shipped set, with their cores, in the order of the list.
pub fn shipped() -> Vec<(Core, Request)> {
    let side = |[lo, hi]: [i16; 2]| Operand::Int(Range::new(lo, hi).expect("listed ranges fit a byte"));
    CORES
        .iter()
        .flat_map(|name| {
            LINES.iter().map(move |line| {
                let (lhs, rhs) = match line.sides {
                    Some((l, r)) => (side(l), side(r)),
                    None => (Operand::F32, Operand::F32),
                };
                let request = Request {
                    lhs,
                    rhs,
                    tile: line.tile,
                    strategy: line.strategy,
                    isa: Some(Isa::Neon),
                    unroll: None,
                };
                (Core::built_in(name).expect("listed cores exist"), request)
            })
        })
        .collect()
}
