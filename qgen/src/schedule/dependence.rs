//! What must stay before what in a block.

use crate::core::Core;
use crate::isa::{Address, Buffer, Inst, Meaning, Reg, Role, Unit};
use std::collections::HashMap;

/// The dependences of a block, as edges from earlier to later instructions.
pub struct Dependences {
    /// For every instruction the later ones that depend on it, with the cycles between them.
    pub after: Vec<Vec<(usize, u32)>>,
    /// For every instruction the number of earlier ones that it depends on.
    pub before: Vec<usize>,
}

#[derive(Default)]
struct Use {
    writer: Option<usize>,
    readers: Vec<usize>,
}

impl Dependences {
    /// Finds the dependences of `insts` with the latencies of `core`.
    pub fn of(insts: &[Inst], core: &Core) -> Dependences {
        let mut deps = Dependences { after: vec![Vec::new(); insts.len()], before: vec![0; insts.len()] };
        let mut uses: HashMap<(Unit, Reg), Use> = HashMap::new();
        let mut flags = Use::default();
        let mut accesses: Vec<Access> = Vec::new();
        for (at, inst) in insts.iter().enumerate() {
            for (slot, &reg) in inst.row().slots.iter().zip(inst.regs()) {
                let used = uses.entry((slot.unit, reg)).or_default();
                if slot.role.reads() {
                    if let Some(writer) = used.writer {
                        let accumulates = slot.role == Role::InOut;
                        let delay = delay(core, &insts[writer], (slot.unit, reg), inst, accumulates);
                        deps.edge(writer, at, delay);
                    }
                    used.readers.push(at);
                }
            }
            for (unit, reg) in inst.writes() {
                let used = uses.entry((unit, reg)).or_default();
                deps.overwrite(used, at);
            }
            if inst.row().reads_flags {
                if let Some(writer) = flags.writer {
                    deps.edge(writer, at, 1);
                }
                flags.readers.push(at);
            }
            if inst.row().sets_flags {
                deps.overwrite(&mut flags, at);
            }
            if let Some(access) = Access::of(inst, at, &uses) {
                for earlier in accesses.iter().filter(|e| e.conflicts(&access)) {
                    deps.edge(earlier.at, at, 1);
                }
                accesses.push(access);
            }
        }
        deps
    }

    /// `at` writes what is in `used`.
    fn overwrite(&mut self, used: &mut Use, at: usize) {
        for &reader in &used.readers {
            self.edge(reader, at, 0);
        }
        if let Some(writer) = used.writer {
            self.edge(writer, at, 1);
        }
        *used = Use { writer: Some(at), readers: Vec::new() };
    }

    fn edge(&mut self, from: usize, to: usize, latency: u32) {
        if from != to {
            self.after[from].push((to, latency));
            self.before[to] += 1;
        }
    }
}

/// Cycles from the issue of `writer`, which writes `result`, to that of `reader`. A pointer that a load
/// advances is there before what it loads.
fn delay(core: &Core, writer: &Inst, result: (Unit, Reg), reader: &Inst, accumulates: bool) -> u32 {
    let slots = writer.row().slots.iter().zip(writer.regs());
    let mut written = slots.map(|(slot, &reg)| slot.role.writes() && (slot.unit, reg) == result);
    let written = written.position(|here| here).expect("it was found as the writer");
    core.delay(writer, written, reader.class(), accumulates)
}

/// A memory access that might conflict with another.
struct Access {
    at: usize,
    store: bool,
    buffer: Option<Buffer>,
    /// The base register, and which of its values.
    base: (Option<Reg>, Option<usize>),
    bytes: std::ops::Range<i64>,
}

impl Access {
    fn of(inst: &Inst, at: usize, uses: &HashMap<(Unit, Reg), Use>) -> Option<Access> {
        let Meaning::Memory(memory) = inst.row().meaning else { return None };
        let base = inst.regs().last().copied();
        let plain = memory.address == Address::Offset;
        let version = base.and_then(|b| uses.get(&(Unit::X, b)).and_then(|u| u.writer));
        let size = i64::from(memory.bytes) * i64::from(memory.registers);
        Some(Access {
            at,
            store: memory.store,
            buffer: inst.buffer(),
            base: if plain { (base, version) } else { (None, None) },
            bytes: inst.imm()..inst.imm() + size,
        })
    }

    fn conflicts(&self, later: &Access) -> bool {
        let same_base = self.base == later.base && self.base.0.is_some();
        let apart = same_base && (self.bytes.end <= later.bytes.start || later.bytes.end <= self.bytes.start);
        (self.store || later.store) && self.buffer == later.buffer && !apart
    }
}
