//! Allocation: which machine register holds what.

use super::counted;
use super::page::Page;
use qgen::Kernel;
use qgen::emit::register_tile;
use qgen::isa::{Inst, Reg, Unit};
use qgen::liveness::most_live;
use qgen::program::BlockRole;
use serde::Serialize;

/// The facts of the allocation.
#[derive(Debug, Serialize)]
pub(super) struct Alloc {
    /// The accumulators' registers, drawn as the register tile.
    map: Vec<String>,
    /// What the vector registers hold in the main loop, beside the accumulators.
    vector: Vec<Home>,
    /// What the core registers hold in the whole kernel.
    core: Vec<Home>,
    most_live_vectors: usize,
    saved: Vec<String>,
    stack_bytes: usize,
}

/// A machine register, and the values that live in it one after the other.
#[derive(Debug, Serialize)]
struct Home {
    register: String,
    holds: Vec<String>,
}

impl Alloc {
    pub(super) fn of(kernel: &Kernel) -> Alloc {
        let scheduled = kernel.scheduled();
        let stage = &kernel.program().stage;
        let mut everywhere: Vec<Inst> = Vec::new();
        scheduled.for_each_block(|block| everywhere.extend_from_slice(&block.insts));
        let homes = |insts: &[Inst], unit: Unit, letter: char| {
            let mut homes: Vec<(Reg, Vec<String>)> = Vec::new();
            let registers = insts.iter().flat_map(|inst| inst.row().slots.iter().zip(inst.regs()));
            for (_, &reg) in registers.filter(|(slot, _)| slot.unit == unit) {
                let (home, name) = (stage.homes[usize::from(reg.0)], scheduled.stage.name(reg));
                match homes.iter_mut().find(|(known, _)| *known == home) {
                    Some((_, holds)) if holds.iter().any(|held| held == name) => {}
                    Some((_, holds)) => holds.push(name.to_string()),
                    None => homes.push((home, vec![name.to_string()])),
                }
            }
            homes.sort();
            let home =
                |(home, holds): (Reg, Vec<String>)| Home { register: format!("{letter}{}", home.0), holds };
            homes.into_iter().map(home).collect::<Vec<Home>>()
        };
        let mut vector = homes(&scheduled.steady().insts, Unit::V, 'v');
        vector.retain(|home| !home.holds.iter().all(|name| name.starts_with("acc[")));
        let named = |letter: char, regs: &[Reg]| -> Vec<String> {
            regs.iter().map(|reg| format!("{letter}{}", reg.0)).collect()
        };
        Alloc {
            map: register_tile(kernel),
            vector,
            core: homes(&everywhere, Unit::X, 'x'),
            most_live_vectors: most_live(scheduled, Unit::V, BlockRole::Steady),
            saved: [named('d', &stage.saved_v), named('x', &stage.saved_x)].concat(),
            stack_bytes: stage.frame_bytes(),
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.stage("alloc", "the machine's registers");
        page.paragraph("Where the sums of a register tile are while the main loop runs:");
        page.lines(self.map.iter().map(|line| line.strip_prefix("  ").unwrap_or(line)));
        page.paragraph(&format!(
            "Beside these, the main loop keeps its operands and temporaries in {} (at most {} hold something \
             at once, sums included; nothing is spilled):",
            counted(self.vector.len(), "vector register"),
            self.most_live_vectors
        ));
        let rows = |homes: &[Home]| -> Vec<Vec<String>> {
            homes.iter().map(|home| vec![home.register.clone(), home.holds.join(", ")]).collect()
        };
        page.table(&["", ""], &rows(&self.vector));
        page.paragraph("Core registers, in the whole kernel:");
        page.table(&["", ""], &rows(&self.core));
        page.paragraph(&if self.saved.is_empty() {
            "No callee-saved register is used, so there is no stack frame.".into()
        } else {
            format!(
                "Callee-saved registers that are used: {}; they take {} bytes of stack. x18, x29 and x30 are \
                 never touched.",
                self.saved.join(", "),
                self.stack_bytes
            )
        });
    }
}
