//! Scheduling: the same instructions in an order that the core likes.
//!
//! Requires a program on virtual registers. Ensures that every block holds the same instructions
//! as before, that every dependence keeps its order ([`verify`](fn@verify) re-proves both), and that no more
//! vector registers are live at once than there are.
//!
//! Every block is list-scheduled ([`schedule`]). The main loop, where that leaves it above its bound, is
//! also placed on the core's table pass over pass ([`overlapped`]).

mod dependence;
mod dispatch;
mod list;
mod modulo;
mod pipeline;
mod table;
mod verify;
mod verify_overlap;

pub use dependence::Dependences;
pub use dispatch::{Dispatched, dispatch_cycles, dispatched};
pub use pipeline::{Held, Holder, held, overlapped};
pub use verify::verify;

use crate::core::Core;
use crate::liveness::{RegSet, at_block_ends};
use crate::program::{Block, Program, Virtual};
use std::collections::HashMap;

/// Orders every block for `core`.
pub fn schedule(program: &Program<Virtual>, core: &Core) -> Program<Virtual> {
    let mut ends: HashMap<*const Block, RegSet> = HashMap::new();
    at_block_ends(program, &mut |block, live| {
        ends.insert(block, live.clone());
    });
    let scheduled: Result<_, std::convert::Infallible> = program.map_blocks(|block| {
        let live_out = &ends[&std::ptr::from_ref(block)];
        Ok(Block { role: block.role, insts: list::order(block, live_out, &program.stage.regs, core) })
    });
    match scheduled {
        Ok(program) => program,
        Err(never) => match never {},
    }
}
