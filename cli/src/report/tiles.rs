//! Register tiles of every size: what the heat map and the roofline are made of.

use crate::explain::loaded;
use crate::output::progress;
use indicatif::ParallelProgressIterator;
use qgen::core::{Core, bound};
use qgen::isa::{Inst, Op, Reg};
use qgen::plan::{open_strategies, storages};
use qgen::{Choice, Kernel, Request, compile, compile_plan};
use qgen_spec::{KernelSpec, Strategy, Tile};
use rayon::prelude::*;
use serde::Serialize;

/// Rows and columns that are looked at: all small ones, and those that strategies like.
const ROWS: [u8; 11] = [1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24];
const COLUMNS: [u8; 11] = ROWS;

/// The main loop of one register tile.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Main {
    pub(super) kernel: String,
    pub(super) strategy: &'static str,
    pub(super) tile: String,
    /// Modelled: the main loop, with widening and zeroing at their true frequency.
    pub(super) macs_per_cycle: f64,
    /// The same loop without its loads, at its bound.
    pub(super) without_loads: f64,
    /// Multiply-accumulates for each byte that the main loop loads.
    pub(super) macs_per_byte: f64,
}

/// All register tiles, by row and column.
pub(super) struct Tiles {
    pub(super) rows: &'static [u8],
    pub(super) columns: &'static [u8],
    /// None where no strategy makes one of that size, or registers run out.
    pub(super) cells: Vec<Vec<Option<Main>>>,
}

impl Tiles {
    /// The best main loop of any strategy for every size.
    pub(super) fn of(request: &Request, core: &Core) -> Tiles {
        let strategies = open_strategies(request);
        let sizes: Vec<Tile> =
            ROWS.iter().flat_map(|&m| COLUMNS.iter().map(move |&n| Tile::new(m, n))).collect();
        let best = |&tile: &Tile| {
            let mut best: Option<Main> = None;
            for &strategy in &strategies {
                let Some(kernel) = held_at_once(request, strategy, tile, core) else { continue };
                let main = Main::of(&kernel);
                if best.as_ref().is_none_or(|best| main.macs_per_cycle > best.macs_per_cycle) {
                    best = Some(main);
                }
            }
            best
        };
        let bar = progress(sizes.len(), &format!("{}: register tiles", core.name));
        let all: Vec<Option<Main>> = sizes.par_iter().progress_with(bar).map(best).collect();
        let cells = all.chunks(COLUMNS.len()).map(<[_]>::to_vec).collect();
        Tiles { rows: &ROWS, columns: &COLUMNS, cells }
    }

    /// All that there are.
    pub(super) fn mains(&self) -> impl Iterator<Item = &Main> {
        self.cells.iter().flatten().flatten()
    }

    /// The fastest; of equals the smallest.
    pub(super) fn best(&self) -> Option<&Main> {
        let faster = |best, one| if faster(one, best) { one } else { best };
        self.mains().reduce(faster)
    }
}

fn faster(one: &Main, other: &Main) -> bool {
    one.macs_per_cycle > other.macs_per_cycle + 1e-9
}

/// The kernel whose register tile is `tile`, if there is one.
fn held_at_once(request: &Request, strategy: Strategy, tile: Tile, core: &Core) -> Option<Kernel> {
    let one = Request { strategy: Some(Choice::One(strategy)), tile: Some(tile), ..request.clone() };
    let kernel = compile(&one, core).ok()?;
    let spec = &kernel.plan().spec;
    if spec.register_tile == tile {
        return Some(kernel);
    }
    // The planner cuts the tile where that is faster; here the whole of it is of interest.
    let whole = KernelSpec { register_tile: tile, ..spec.clone() };
    let kept = storages(&whole, core).into_iter().find(|(storage, _)| *storage == whole.storage)?;
    compile_plan(&kept.1.ok()?, core).ok()
}

impl Main {
    fn of(kernel: &Kernel) -> Main {
        let insts = &kernel.program().steady().insts;
        let macs = kernel.macs_per_iteration() as f64;
        let bytes: usize = insts.iter().filter_map(loaded).sum();
        let others: Vec<Inst> = insts.iter().filter(|inst| !inst.class().is_load()).copied().collect();
        let spec = &kernel.plan().spec;
        Main {
            kernel: kernel.name().to_string(),
            strategy: spec.strategy.as_str(),
            tile: spec.register_tile.to_string(),
            macs_per_cycle: kernel.modelled_macs_per_cycle(),
            without_loads: macs / bound(kernel.core(), &others).cycles,
            macs_per_byte: macs / bytes as f64,
        }
    }
}

/// Bytes that a core can load in a cycle where its table is all that holds it: the best of its vector loads, many
/// of them one after the other.
pub(super) fn load_bytes_per_cycle(core: &Core) -> f64 {
    let rate = |op: Op, registers: &[Reg]| {
        let load = Inst::new(op, registers, 0, None).expect("the operands are written here");
        let many = vec![load; 256];
        let bytes: usize = many.iter().filter_map(loaded).sum();
        bytes as f64 / bound(core, &many).cycles
    };
    rate(Op::LdrQ, &[Reg(0), Reg(0)]).max(rate(Op::LdrD, &[Reg(0), Reg(0)]))
}
