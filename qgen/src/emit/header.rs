//! What stands above a kernel's text: facts, limits, the register map drawn as the tile.

use crate::Kernel;
use crate::program::Machine;
use qgen_spec::Isa;

/// The facts of a kernel's header. Figures are per marked block, which computes one register tile.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Facts {
    /// The kernel's name.
    pub name: String,
    /// The strategy's name.
    pub strategy: String,
    /// The core that the code is scheduled for.
    pub core: String,
    /// The tile of one call.
    pub tile: String,
    /// The part that is in registers at a time.
    pub register_tile: String,
    /// Range of the left side.
    pub lhs: String,
    /// Range of the right side, as given.
    pub rhs: String,
    /// Range of the right side as it is stored, and how.
    pub rhs_stored: String,
    /// The layouts of both sides.
    pub lhs_layout: String,
    /// The layout of the right side.
    pub rhs_layout: String,
    /// The instruction-set level.
    pub isa: String,
    /// Multiply-accumulates of one pass through the marked block.
    pub macs_per_iteration: usize,
    /// Instructions of the marked block, its branch included.
    pub instructions_per_iteration: usize,
    /// The core's bound for the marked block.
    pub bound_macs_per_cycle: f64,
    /// What sets the bound.
    pub bound_by: String,
    /// The model's figure for the marked block.
    pub modelled_macs_per_cycle: f64,
    /// Passes through the marked block between two widenings, if there are any.
    pub iterations_per_widening: Option<u32>,
    /// Instructions of a widening that is not the last.
    pub instructions_per_widening: usize,
    /// Depth between widenings.
    pub depth_limit: u32,
    /// Largest k.
    pub k_limit: u32,
    /// The register map, line by line.
    pub register_map: Vec<String>,
}

impl Facts {
    /// The facts of `kernel`.
    pub fn of(kernel: &Kernel) -> Facts {
        let descriptor = kernel.descriptor();
        let spec = &descriptor.spec;
        let steady = kernel.program().steady();
        let macs = kernel.macs_per_iteration();
        let bound = kernel.bound();
        let isa: Isa = spec.isa();
        let more = kernel.program().blocks(crate::program::BlockRole::FlushMore);
        Facts {
            name: kernel.name().to_string(),
            strategy: spec.strategy.to_string(),
            core: spec.core.to_string(),
            tile: spec.tile.to_string(),
            register_tile: spec.register_tile.to_string(),
            lhs: spec.lhs.to_string(),
            rhs: spec.rhs.to_string(),
            rhs_stored: format!("{}, {}", spec.rhs_stored(), spec.storage),
            lhs_layout: spec.lhs_layout().to_string(),
            rhs_layout: spec.rhs_layout().to_string(),
            isa: isa.to_string(),
            macs_per_iteration: macs,
            instructions_per_iteration: steady.insts.len() + 1,
            bound_macs_per_cycle: macs as f64 / bound.cycles,
            bound_by: bound.by,
            modelled_macs_per_cycle: kernel.modelled_macs_per_cycle(),
            iterations_per_widening: kernel.plan().period.map(|p| p / u32::from(spec.unroll)),
            instructions_per_widening: more.iter().map(|b| b.insts.len()).sum(),
            depth_limit: descriptor.depth_limit,
            k_limit: descriptor.k_limit,
            register_map: register_map(&kernel.program().stage),
        }
    }
}

/// The accumulators' machine registers, drawn as the register tile: a line per row (or group of
/// rows), a column per column (or group of columns).
pub fn register_map(machine: &Machine) -> Vec<String> {
    let mut cells: Vec<(usize, usize, u16)> = Vec::new();
    for (info, home) in machine.regs.iter().zip(&machine.homes) {
        let place = info.name.strip_prefix("acc[").and_then(|rest| rest.strip_suffix(']'));
        if let Some((row, col)) = place.and_then(|p| p.split_once("]["))
            && let (Ok(row), Ok(col)) = (row.parse(), col.parse())
        {
            cells.push((row, col, home.0));
        }
    }
    cells.sort_unstable();
    let mut lines: Vec<String> = Vec::new();
    for (row, _, home) in cells {
        if lines.len() <= row {
            lines.push(String::new());
        }
        lines[row].push_str(&format!(" {:>4}", format!("v{home}")));
    }
    lines
}
