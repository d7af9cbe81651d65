//! Homes by colouring: registers in the order of their first appearance take the first home that
//! no neighbour has. Where one finds none, it chooses before the others, and all is done anew.

use crate::isa::{Reg, Unit};
use crate::liveness::{RegSet, at_block_ends, step_back};
use crate::program::{Program, Virtual};
use std::fmt;

/// Caller-saved vector registers first; the low halves of v8–v15 belong to the caller.
const VECTOR_ORDER: [u16; 32] = [
    0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 8, 9, 10, 11, 12,
    13, 14, 15,
];

/// x18 belongs to the platform, x29 and x30 to the caller's frame.
const CORE_ORDER: [u16; 28] =
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28];

/// More registers are needed at once than exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfRegisters {
    /// Which file.
    pub unit: Unit,
    /// The register that found no home.
    pub name: String,
    /// How many exist.
    pub exist: usize,
}

impl fmt::Display for OutOfRegisters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.unit == Unit::V { "vector" } else { "core" };
        write!(f, "`{}` finds no home: all {} {file} registers are in use", self.name, self.exist)
    }
}

impl std::error::Error for OutOfRegisters {}

/// How often registers are given out anew where one finds no home.
const ATTEMPTS: usize = 24;

pub(super) fn homes(program: &Program<Virtual>) -> Result<Vec<Reg>, OutOfRegisters> {
    let neighbours = interference(program);
    let mut order = order_of_appearance(program);
    let mut attempts = 0;
    loop {
        match coloured(program, &neighbours, &order) {
            Ok(homes) => return Ok(homes),
            Err((out, _)) if attempts == ATTEMPTS => return Err(out),
            // In a pipelined loop lifetimes form rings, which may need more homes than registers live at
            // once: who found none chooses first next time.
            Err((_, at)) => order[..=at].rotate_right(1),
        }
        attempts += 1;
    }
}

/// Homes in this order; else who found none, and its place in the order.
fn coloured(
    program: &Program<Virtual>,
    neighbours: &[RegSet],
    order_of_choice: &[Reg],
) -> Result<Vec<Reg>, (OutOfRegisters, usize)> {
    let regs = &program.stage.regs;
    let mut homes: Vec<Option<Reg>> = vec![None; regs.len()];
    for (n, param) in program.stage.params.iter().enumerate() {
        homes[usize::from(param.0)] = Some(Reg(n as u16));
    }
    for (place, reg) in order_of_choice.iter().enumerate() {
        let at = usize::from(reg.0);
        if homes[at].is_some() {
            continue;
        }
        let unit = regs[at].unit;
        let order: &[u16] = if unit == Unit::V { &VECTOR_ORDER } else { &CORE_ORDER };
        let taken = neighbours[at]
            .iter()
            .filter(|n| regs[usize::from(n.0)].unit == unit)
            .filter_map(|n| homes[usize::from(n.0)])
            .fold(0u32, |set, home| set | 1 << home.0);
        match order.iter().find(|&&home| taken >> home & 1 == 0) {
            Some(&home) => homes[at] = Some(Reg(home)),
            None => {
                let out = OutOfRegisters { unit, name: regs[at].name.clone(), exist: order.len() };
                return Err((out, place));
            }
        }
    }
    // Registers that never appear need no home; they get one all the same.
    Ok(homes.into_iter().map(|home| home.unwrap_or(Reg(0))).collect())
}

fn order_of_appearance(program: &Program<Virtual>) -> Vec<Reg> {
    let mut seen = RegSet::new(program.stage.regs.len());
    let mut order = Vec::with_capacity(program.stage.regs.len());
    program.for_each_block(|block| {
        for inst in &block.insts {
            for &reg in inst.regs() {
                if !seen.contains(reg) {
                    seen.insert(reg);
                    order.push(reg);
                }
            }
        }
    });
    order
}

/// For every register those that are live where it is written, or written where it is live.
fn interference(program: &Program<Virtual>) -> Vec<RegSet> {
    let count = program.stage.regs.len();
    let mut graph = vec![RegSet::new(count); count];
    at_block_ends(program, &mut |block, live_out| {
        let mut live = live_out.clone();
        for inst in block.insts.iter().rev() {
            for (_, written) in inst.writes() {
                let neighbours = &mut graph[usize::from(written.0)];
                neighbours.union(&live);
                // Two results of one instruction need two homes.
                for (_, other) in inst.writes() {
                    neighbours.insert(other);
                }
            }
            step_back(&mut live, inst);
        }
    });
    // Arguments are there from the beginning.
    for a in program.stage.params {
        for b in program.stage.params {
            graph[usize::from(a.0)].insert(b);
        }
    }
    // Both ways, and nobody is their own neighbour.
    for at in 0..count {
        let reg = Reg(at as u16);
        graph[at].remove(reg);
        for other in graph[at].iter().collect::<Vec<_>>() {
            graph[usize::from(other.0)].insert(reg);
        }
    }
    graph
}
