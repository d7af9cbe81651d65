//! The least cycles that a block can take on a core: no schedule beats it.

use super::Core;
use crate::isa::{Class, Inst};

/// A lower bound on the cycles of one pass through a block, and what sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Cycles.
    pub cycles: f64,
    /// The units, or the dispatch, that binds.
    pub by: String,
}

/// The bound for a loop body and its closing branch: for every set of units, the work that only
/// they can do; and the slots of the front end. Latencies do not count.
pub fn bound(core: &Core, insts: &[Inst]) -> Bound {
    let mut work: Vec<u32> = Vec::new();
    let mut sets: Vec<u16> = Vec::new();
    let mut slots = 0;
    let mut counts = [0u32; Class::ALL.len()];
    let mut classes: Vec<Class> = Vec::new();
    for class in insts.iter().map(Inst::class).chain([Class::Branch]) {
        if counts[class as usize] == 0 {
            classes.push(class);
        }
        counts[class as usize] += 1;
    }
    for class in classes {
        let (cost, count) = (core.cost(class), counts[class as usize]);
        slots += count * u32::from(cost.slots);
        for uop in &cost.uops {
            let at = match sets.iter().position(|&s| s == uop.units) {
                Some(at) => at,
                None => {
                    sets.push(uop.units);
                    work.push(0);
                    sets.len() - 1
                }
            };
            work[at] += count * u32::from(uop.busy);
        }
    }
    let mut best = Bound {
        cycles: f64::from(slots) / f64::from(core.width),
        by: format!("{} slots at {} per cycle", slots, core.width),
    };
    // Hall's condition: it is enough to look at unions of the sets that occur.
    let mut unions: Vec<u16> = vec![0];
    for &set in &sets {
        for at in 0..unions.len() {
            let union = unions[at] | set;
            if !unions.contains(&union) {
                unions.push(union);
            }
        }
    }
    for &units in &unions[1..] {
        let total: u32 = sets.iter().zip(&work).filter(|(s, _)| *s & !units == 0).map(|(_, w)| *w).sum();
        let cycles = f64::from(total) / f64::from(units.count_ones());
        if cycles > best.cycles {
            let names: Vec<&str> =
                (0..16).filter(|u| units >> u & 1 == 1).map(|u| core.units[u].as_str()).collect();
            best = Bound { cycles, by: format!("{total} cycles of work for {}", names.join(" and ")) };
        }
    }
    best
}
