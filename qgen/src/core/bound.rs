//! The least cycles that a block can take on a core: no schedule beats it.

use super::{Core, Kind};
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
/// they can do; and the slots of the front end. Where instructions issue in order, one that takes all
/// slots keeps the others out of its cycle, so that its cycle is added. Latencies do not count.
pub fn bound(core: &Core, insts: &[Inst]) -> Bound {
    let issues_alone = |class: Class| core.kind == Kind::InOrder && core.cost(class).slots >= core.width;
    // Cycles, in slots, of instructions that issue alone.
    let mut alone = 0;
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
        if issues_alone(class) {
            alone += count * u32::from(cost.slots);
            continue;
        }
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
    if alone > 0 {
        let cycles = f64::from(alone) / f64::from(core.width);
        best.cycles += cycles;
        best.by = format!("{}, beside {cycles} cycles of instructions that issue alone", best.by);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;
    use crate::core::simulate;

    #[test]
    fn no_main_loop_beats_its_bound() {
        for name in Core::names() {
            let core = Core::built_in(name).unwrap();
            let suffix = name.replace('-', "_");
            for kernel in ["byte_4x4_lm8to7_rm8to7neg_t4x4k32u1", "fip_4x4_lm8to7_rm8to7neg_t4x4k32u1"] {
                let kernel = compile_name(&format!("qgen_{kernel}_{suffix}")).unwrap();
                let insts = &kernel.program().steady().insts;
                let (bound, cycles) = (bound(&core, insts), simulate(&core, insts, None).cycles);
                assert!(cycles >= bound.cycles - 1e-9, "{}: {cycles} below {bound:?}", kernel.name());
                assert!(cycles <= 1.1 * bound.cycles, "{}: {cycles} far from {bound:?}", kernel.name());
            }
        }
    }

    #[test]
    fn wide_loads_issue_alone_in_order() {
        // 48 vector instructions, and 16 loads of 128 bits that each take a cycle for themselves.
        let kernel = compile_name("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53").unwrap();
        assert_eq!(kernel.bound().cycles, 64.0, "{:?}", kernel.bound());
    }
}
