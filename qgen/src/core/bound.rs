//! The least cycles that a block can take on a core: no schedule beats it.

use super::{Core, Kind};
use crate::isa::{Class, Inst};

/// A lower bound on the cycles of one pass through a block, and what sets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// Cycles.
    pub cycles: f64,
    /// The units, the rule or the front end that binds, with the classes of instructions that take it.
    pub by: String,
    /// The units that bind, as bits; 0 where slots or a rule of dispatch do.
    pub(super) units: u16,
}

/// How often a row of the table occurs: a class's, or that of the write-back.
struct Row {
    name: &'static str,
    count: u32,
    slots: u32,
    /// The µops of one: units and cycles.
    uops: Vec<(u16, u32)>,
}

impl Row {
    /// Cycles of work that only `units` can do.
    fn work(&self, units: u16) -> u32 {
        let only = self.uops.iter().filter(|(set, _)| set & !units == 0);
        self.count * only.map(|(_, cycles)| cycles).sum::<u32>()
    }

    /// µops that only `units` can begin.
    fn begun(&self, units: u16) -> u32 {
        self.count * self.uops.iter().filter(|(set, _)| set & !units == 0).count() as u32
    }

    /// µops that only `units` can begin, of those that are dispatched in a slot.
    fn dispatched(&self, units: u16) -> u32 {
        let slots = self.uops.iter().take(self.slots as usize);
        self.count * slots.filter(|(set, _)| set & !units == 0).count() as u32
    }

    fn all_slots(&self) -> u32 {
        self.count * self.slots
    }
}

/// The bound for a loop body and its closing branch: for every set of units, the work that only
/// they can do; the slots of the front end, and the rules of the dispatch. Every load, every advanced pointer
/// and the branch count. Where instructions issue in order, one that takes all slots keeps the others from
/// issuing in its cycles, so that these are added. Latencies do not count.
pub fn bound(core: &Core, insts: &[Inst]) -> Bound {
    let rows = rows(core, insts);
    let width = u32::from(core.width);
    let whole = least(core, &rows, Row::work);
    let issues_alone = |row: &Row| core.kind == Kind::InOrder && row.slots >= width;
    let (alone, others): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(issues_alone);
    if alone.is_empty() {
        return whole;
    }
    // A unit may still be at work when an instruction issues alone: what counts is when work begins.
    let rest = least(core, &others, Row::begun);
    // Where slots are left in the last of its cycles, others may issue there.
    let cycles: u32 = alone.iter().map(|row| row.count * (row.slots / width)).sum();
    let cycles = f64::from(cycles);
    let shares = shares(&alone, |row| row.count * (row.slots / width));
    let by = format!("{}, beside {cycles} cycles of instructions that issue alone: {shares}", rest.by);
    let beside = Bound { cycles: rest.cycles + cycles, by, units: rest.units };
    if beside.cycles >= whole.cycles { beside } else { whole }
}

/// The bound where every instruction may issue beside others; `work` is what a row gives to units.
fn least(core: &Core, rows: &[Row], work: impl Fn(&Row, u16) -> u32) -> Bound {
    let width = u32::from(core.width);
    let total: u32 = rows.iter().map(Row::all_slots).sum();
    let front = if core.kind == Kind::InOrder { "issue" } else { "dispatch" };
    let mut best = Bound {
        cycles: f64::from(total) / f64::from(width),
        by: format!("{total} slots at {width} per {front} cycle: {}", shares(rows, Row::all_slots)),
        units: 0,
    };
    // Hall's condition: it is enough to look at unions of the sets that occur.
    let mut sets: Vec<u16> = Vec::new();
    for &(set, _) in rows.iter().flat_map(|row| &row.uops) {
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    // A table of many units may have all sets of 16: a bit for each says which are known.
    let (mut unions, mut known) = (vec![0u16], [0u64; 1 << 10]);
    for set in sets {
        for at in 0..unions.len() {
            let union = unions[at] | set;
            let (word, bit) = (&mut known[usize::from(union >> 6)], 1 << (union & 63));
            if *word & bit == 0 {
                *word |= bit;
                unions.push(union);
            }
        }
    }
    let names = |units: u16| core.names_of(units);
    let mut widest = u32::MAX;
    for &units in &unions[1..] {
        let total: u32 = rows.iter().map(|row| work(row, units)).sum();
        let cycles = f64::from(total) / f64::from(units.count_ones());
        // Of equals the larger set, which says more.
        if cycles > best.cycles || cycles == best.cycles && units.count_ones() > widest {
            widest = units.count_ones();
            let shares = shares(rows, |row| work(row, units));
            let by = format!("{total} cycles of work for {}: {shares}", names(units));
            best = Bound { cycles, by, units };
        }
    }
    for group in core.groups.iter().filter(|group| group.applied) {
        let total: u32 = rows.iter().map(|row| row.dispatched(group.units)).sum();
        let cycles = f64::from(total) / f64::from(group.most);
        if cycles > best.cycles {
            let shares = shares(rows, |row| row.dispatched(group.units));
            let (units, most) = (names(group.units), group.most);
            best = Bound {
                cycles,
                by: format!("{total} µops for {units} at {most} per dispatch cycle: {shares}"),
                units: 0,
            };
        }
    }
    best
}

/// Which rows make up a sum: `16 mla, 8 mul`, the largest first.
fn shares(rows: &[Row], of: impl Fn(&Row) -> u32) -> String {
    let mut shares: Vec<(u32, &str)> =
        rows.iter().map(|row| (of(row), row.name)).filter(|s| s.0 > 0).collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.0));
    shares.iter().map(|(share, name)| format!("{share} {name}")).collect::<Vec<_>>().join(", ")
}

/// The rows that the block and its branch take. An instruction that issues alone does so with its write-back.
fn rows(core: &Core, insts: &[Inst]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut counts = [[0u32; 2]; Class::ALL.len()];
    for inst in insts {
        let advances = core.rows(inst).count() - 1;
        counts[inst.class() as usize][advances] += 1;
    }
    counts[Class::Branch as usize][0] += 1;
    let write_backs = counts.iter().map(|count| count[1]).sum();
    for &class in Class::ALL {
        let count = counts[class as usize].iter().sum();
        let cost = core.cost(class);
        let uops = cost.uops.iter().map(|uop| (uop.units, uop.busy.into())).collect();
        rows.push(Row { name: class.as_str(), count, slots: cost.slots.into(), uops });
    }
    if let Some(cost) = &core.write_back {
        let uops = cost.uops.iter().map(|uop| (uop.units, uop.busy.into())).collect();
        rows.push(Row { name: "write-back", count: write_backs, slots: cost.slots.into(), uops });
    }
    rows.retain(|row| row.count > 0);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;
    use crate::core::simulate;
    use crate::core::simulate::BURSTS;
    use crate::isa::{Op, Reg};

    #[test]
    fn no_main_loop_beats_its_bound() {
        for name in Core::names() {
            let core = Core::built_in(name).unwrap();
            let suffix = name.replace('-', "_");
            for kernel in ["byte_4x4_lm8to7_rm8to7neg_t4x4k32u1", "fip_4x4_lm8to7_rm8to7neg_t4x4k32u1"] {
                let kernel = compile_name(&format!("qgen_{kernel}_{suffix}")).unwrap();
                let insts = &kernel.program().steady().insts;
                let (bound, run) = (bound(&core, insts), simulate(&core, insts, None));
                // Of the cycles the bound is a part; what was seen knows nothing of it. In order, passes are alike.
                let part = if core.kind == Kind::InOrder { 1.0 } else { BURSTS };
                assert!(run.seen >= part * bound.cycles - 1e-9, "{}: {run:?}, {bound:?}", kernel.name());
                let cycles = run.cycles;
                assert!(cycles <= 1.2 * bound.cycles, "{}: {cycles} far from {bound:?}", kernel.name());
            }
        }
    }

    #[test]
    fn wide_loads_issue_alone_in_order() {
        // 48 vector instructions, and 16 loads of 128 bits, two by two, that each take a cycle for themselves.
        let kernel = compile_name("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53").unwrap();
        assert_eq!(kernel.bound().cycles, 64.0, "{:?}", kernel.bound());
        let by = kernel.bound().by;
        assert!(by.starts_with("48 cycles of work for V: 16 "), "{by}");
        assert!(by.ends_with("beside 16 cycles of instructions that issue alone: 16 load-pair-q"), "{by}");
    }

    #[test]
    fn every_load_pointer_and_slot_counts() {
        let core = Core::built_in("cortex-a72").unwrap();
        let inst = |op, regs: &[u16], imm| {
            Inst::new(op, &regs.iter().map(|&r| Reg(r)).collect::<Vec<_>>(), imm, None).unwrap()
        };
        // Four loads that advance their pointers: four slots for the loads, four for the pointers, one for the
        // branch, at three a cycle; the load pipe alone needs longer.
        let mut insts = vec![inst(Op::LdrQPost, &[0, 40], 16); 4];
        let found = bound(&core, &insts);
        assert_eq!((found.cycles, &*found.by), (4.0, "4 cycles of work for L: 4 load-q"));
        // With six additions the slots bind.
        insts.extend(vec![inst(Op::AddBS, &[1, 2, 3], 0); 6]);
        let by = "15 slots at 3 per dispatch cycle: 6 vec-add, 4 load-q, 4 write-back, 1 branch".into();
        assert_eq!(bound(&core, &insts), Bound { cycles: 5.0, by, units: 0 });
        // Without the rows of the pointers, it is the vector pipes' or the loads' work.
        let plain = vec![inst(Op::LdrQ, &[0, 40], 16); 4];
        assert_eq!(bound(&core, &plain).cycles, 4.0);
    }
}
