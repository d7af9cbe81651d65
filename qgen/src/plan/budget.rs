//! Vector registers: what the main loop needs at least, and the arithmetic where that is too much.

use super::headroom;
use crate::isa::VECTOR_REGISTERS;
use qgen_spec::{Diagnostic, Field, KernelSpec, Layout, PlaneCode, Strategy};
use std::fmt;

/// The side whose k-block stays in registers while the lines of the other pass by, one after the other: where
/// lanes run along the depth. Which one, is not in a kernel's name; layouts and results are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// The left side.
    Lhs,
    /// The right side.
    Rhs,
}

impl Stays {
    /// The side that takes fewer registers.
    pub fn usual(spec: &KernelSpec) -> Stays {
        let (m, n) = (u32::from(spec.register_tile.m), u32::from(spec.register_tile.n));
        let (x, y) = if spec.chunk_by_chunk() { (1, 1) } else { line_registers(spec) };
        if n * y <= m * x { Stays::Rhs } else { Stays::Lhs }
    }

    /// The other one with the registers that it takes, where the strategy leaves the choice and they last for it.
    pub fn other(self, spec: &KernelSpec) -> Option<(Stays, Budget)> {
        if !spec.strategy.lanes_along_k() || spec.strategy == Strategy::Mmla {
            return None;
        }
        let other = if self == Stays::Lhs { Stays::Rhs } else { Stays::Lhs };
        let budget = Budget::with(spec, other);
        (budget.total() <= VECTOR_REGISTERS).then_some((other, budget))
    }
}

impl fmt::Display for Stays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stays::Lhs => "left",
            Stays::Rhs => "right",
        })
    }
}

/// Registers of a k-block of a line of each side, unpacked.
fn line_registers(spec: &KernelSpec) -> (u32, u32) {
    let chunks = |l: Layout| (l.block_bytes() / l.width() / 16) as u32;
    (chunks(spec.lhs_layout()), u32::from(spec.per_byte) * chunks(spec.rhs_layout()))
}

/// Vector registers of the main loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Sums.
    pub accumulators: u32,
    /// Operands of the side that stays.
    pub held: u32,
    /// Operands of the side that passes by.
    pub streamed: u32,
    /// Intermediate results.
    pub temporaries: u32,
    /// What stays the same for the whole kernel.
    pub constants: u32,
}

impl Budget {
    /// What `spec`'s register tile needs at least.
    pub fn of(spec: &KernelSpec) -> Budget {
        Budget::with(spec, Stays::usual(spec))
    }

    /// What it needs where this side stays, if there is a choice.
    fn with(spec: &KernelSpec, stays: Stays) -> Budget {
        let (m, n) = (u32::from(spec.register_tile.m), u32::from(spec.register_tile.n));
        let constants = u32::from(crate::lower::has_mask(spec));
        // Registers of one value a byte for each of bytes that several values share.
        let steps = u32::from(spec.per_byte);
        if spec.strategy == Strategy::Mmla {
            let (m, n) = (m / 2, n / 2);
            let streamed = if n <= m { 1 } else { steps };
            let held = m.min(n) * steps;
            return Budget { accumulators: m * n, held, streamed, temporaries: 0, constants };
        }
        if spec.chunk_by_chunk() {
            // A sum of bytes for each result, beside its accumulator.
            let (accumulators, temporaries) = (m * n, m * n);
            let held = if stays == Stays::Rhs { n } else { m };
            return Budget { accumulators, held, streamed: 1, temporaries, constants };
        }
        if spec.strategy.lanes_along_k() {
            let (x, y) = line_registers(spec);
            let planes = PlaneCode::of(spec.lhs).zip(PlaneCode::of(spec.rhs));
            let sums = match spec.strategy {
                Strategy::Bits => planes.map_or(1, |(l, r)| crate::lower::plane_sums(l, r) as u32),
                _ => 1,
            };
            // A short sum of one k-block is a temporary; a longer one lives through the loop's body.
            let short = u32::from(spec.widen_in_loop) * if spec.unroll > 1 { m * n } else { 1 };
            let temporaries = match spec.strategy {
                Strategy::Fip => 2,
                Strategy::Byte => 1,
                Strategy::Pair8 if headroom::lane_sum_fits(spec, 2, 16) => 1,
                Strategy::Pair8 => 2,
                Strategy::Bits => 2,
                Strategy::WidenInner
                | Strategy::WidenOuter
                | Strategy::Dot
                | Strategy::DotOuter
                | Strategy::Mmla
                | Strategy::F32 => 0,
            };
            let (held, streamed) = if stays == Stays::Rhs { (n * y, x) } else { (m * x, y) };
            if crate::lower::share_accumulators(spec.strategy, spec.register_tile.n) {
                // Of each row that is being worked on, three registers of counts wait for others.
                let rows = if stays == Stays::Rhs { 1 } else { m };
                let (accumulators, temporaries) = (m * n / 8 * sums, temporaries + 3 * sums * rows);
                return Budget { accumulators, held, streamed, temporaries, constants };
            }
            return Budget { accumulators: m * n * sums + short, held, streamed, temporaries, constants };
        }
        let rhs = steps * spec.rhs_layout().block_bytes().div_ceil(16) as u32;
        if spec.in_place {
            // A register for each row, and the columns of a step (of all, where they share bytes).
            let streamed = steps * n.div_ceil(4);
            return Budget { accumulators: m * n.div_ceil(4), held: m, streamed, temporaries: 0, constants };
        }
        if matches!(spec.strategy, Strategy::F32 | Strategy::DotOuter) {
            return Budget {
                accumulators: m * n.div_ceil(4),
                held: rhs,
                streamed: m.div_ceil(4),
                temporaries: 0,
                constants,
            };
        }
        let accumulators = m.div_ceil(8) * n;
        Budget { accumulators, held: rhs, streamed: m.div_ceil(16), temporaries: 1, constants }
    }

    /// All of them.
    pub fn total(&self) -> u32 {
        self.accumulators + self.held + self.streamed + self.temporaries + self.constants
    }

    pub(super) fn check(&self, spec: &KernelSpec) -> Result<(), Diagnostic> {
        if self.total() <= VECTOR_REGISTERS {
            return Ok(());
        }
        Err(Diagnostic::new(
            Field::Tile,
            format!("{} at {} needs {self}; {VECTOR_REGISTERS} exist", spec.strategy, spec.register_tile),
            "choose fewer rows or columns, or a tile that smaller register tiles divide",
        ))
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} accumulators + {} held + {} streamed + {} temporaries",
            self.accumulators, self.held, self.streamed, self.temporaries,
        )?;
        if self.constants > 0 {
            write!(f, " + {} constant", self.constants)?;
        }
        write!(f, " = {} vector registers", self.total())
    }
}

/// Whether lanes can run along the register tile's sides at all.
pub(super) fn check_shape(spec: &KernelSpec) -> Result<(), Diagnostic> {
    let (held, tile) = (spec.strategy.held_tile(), spec.register_tile);
    for (side, count, lanes) in [("rows", tile.m, held.m), ("columns", tile.n, held.n)] {
        if !count.is_multiple_of(lanes) {
            return Err(Diagnostic::new(
                Field::Tile,
                format!(
                    "{} has {lanes} {side} in a register; {count} {side} do not fill whole ones",
                    spec.strategy
                ),
                format!("use a multiple of {lanes} {side}"),
            ));
        }
    }
    Ok(())
}
