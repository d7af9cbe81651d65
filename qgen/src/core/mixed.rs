//! The pipeline model for code that others made: blocks of instructions of which the table knows some, and of the
//! others only the class and the registers.

use super::Core;
use super::simulate::steady;
use super::step::{Step, register};
use crate::isa::{Class, Inst, Reg, Unit};

/// An instruction that is not in the table, as far as a pipeline cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The class whose cost it is taken to have.
    pub class: Class,
    /// The registers that it reads.
    pub reads: Vec<(Unit, Reg)>,
    /// The registers that it writes.
    pub writes: Vec<(Unit, Reg)>,
}

/// The condition flags, as a register of [`Outline`].
pub const FLAGS: (Unit, Reg) = (Unit::X, Reg(32));

/// One instruction of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mixed {
    /// One of the table.
    Known(Inst),
    /// Another one.
    Outline(Outline),
}

/// Cycles of one pass through `block`, which has its own branches, run over and over on `core`, in the steady state.
pub fn simulate_mixed(core: &Core, block: &[Mixed]) -> f64 {
    let step = |one: &Mixed| match one {
        Mixed::Known(inst) => Step::new(core, inst),
        Mixed::Outline(Outline { class, reads, writes }) => {
            let registers = |list: &[(Unit, Reg)]| -> Vec<u16> {
                list.iter().map(|&(unit, reg)| register(unit, reg)).collect()
            };
            Step::outline(core, *class, &registers(reads), &registers(writes))
        }
    };
    let steps: Vec<Step> = block.iter().map(step).collect();
    if steps.is_empty() { 0.0 } else { steady(core, &steps) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::simulate;
    use crate::isa::Op;

    fn branch() -> Mixed {
        Mixed::Outline(Outline { class: Class::Branch, reads: vec![], writes: vec![] })
    }

    #[test]
    fn known_instructions_cost_what_they_cost_in_our_loops() {
        for name in ["cortex-a53", "cortex-a72", "neoverse-n1"] {
            let core = Core::built_in(name).unwrap();
            let mla = |to: u16| Inst::new(Op::Smlal, &[Reg(to), Reg(20), Reg(21)], 0, None).unwrap();
            let insts: Vec<Inst> = (0..16).map(mla).collect();
            let mixed: Vec<Mixed> = insts.iter().map(|&inst| Mixed::Known(inst)).chain([branch()]).collect();
            let (ours, theirs) = (simulate(&core, &insts, None).cycles, simulate_mixed(&core, &mixed));
            assert!((ours - theirs).abs() <= 0.05 * ours, "{name}: {ours} {theirs}");
        }
    }

    /// Thirty classes whose µops can all take other units.
    #[test]
    fn there_may_be_more_kinds_of_uops_than_bits_in_a_word() {
        let mut table = String::from("name = \"mine\"\ntitle = \"Mine\"\nlike = \"cortex-a72\"\n");
        let units: Vec<String> = (0..8).map(|unit| format!("\"U{unit}\"")).collect();
        table += &format!("units = [{}]\ngroup = []\n", units.join(", "));
        let set = |bits: usize| {
            let named = (0..8).filter(|unit| bits >> unit & 1 == 1).map(|unit| units[unit].as_str());
            format!("[{}]", named.collect::<Vec<_>>().join(", "))
        };
        for (n, class) in Class::ALL.iter().enumerate() {
            table +=
                &format!("[class.{}]\nuops = [{}, {}]\n", class.as_str(), set(2 * n + 1), set(2 * n + 2));
            table += "latency = 1\nsource = \"none\"\n";
        }
        table += &format!("[write-back]\nuops = [{}]\nlatency = 1\nsource = \"none\"\n", set(1));
        let core = Core::from_toml(&table).unwrap();
        let all = Class::ALL
            .iter()
            .map(|&class| Mixed::Outline(Outline { class, reads: Vec::new(), writes: Vec::new() }));
        let cycles = simulate_mixed(&core, &all.collect::<Vec<_>>());
        // Of three slots a cycle an instruction takes two, so that no other goes beside it.
        assert_eq!(cycles, Class::ALL.len() as f64);
    }

    #[test]
    fn outlines_wait_for_each_other_by_their_registers() {
        let core = Core::built_in("cortex-a72").unwrap();
        let multiply = |from: u16, to: u16| {
            let reads = vec![(Unit::X, Reg(from))];
            Mixed::Outline(Outline { class: Class::IntMul, reads, writes: vec![(Unit::X, Reg(to))] })
        };
        // Latency 5: a chain of four through one register, and four that are free.
        let chain: Vec<Mixed> = (0..4).map(|_| multiply(1, 1)).collect();
        let free: Vec<Mixed> = (0..4).map(|n| multiply(9, n)).collect();
        assert!((simulate_mixed(&core, &chain) - 20.0).abs() < 0.5);
        assert!(simulate_mixed(&core, &free) < 8.0);
        assert_eq!(simulate_mixed(&core, &[]), 0.0);
    }
}
