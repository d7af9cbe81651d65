//! Lowering: the loops, and the main loop on named registers.

use super::counted;
use super::page::Page;
use qgen::Kernel;
use qgen::isa::{Inst, Meaning, Reg, RegNames, describe, print};
use qgen::program::{Node, Program, Virtual};
use serde::Serialize;

/// The facts of the lowered program.
#[derive(Debug, Serialize)]
pub(super) struct Lower {
    /// The program's loops and choices.
    outline: Vec<String>,
    main_loop: Vec<String>,
    instructions: Vec<Kind>,
    count: usize,
    vector: usize,
    loads: usize,
    bytes_loaded: usize,
    macs: usize,
    macs_per_instruction: f64,
    macs_per_vector_instruction: f64,
    loads_per_mac: f64,
    macs_per_byte: f64,
}

/// All instructions of one kind.
#[derive(Debug, Serialize)]
struct Kind {
    /// With the manual's operands `d`, `n`, `m`.
    syntax: String,
    count: usize,
    class: &'static str,
    /// What it does to them.
    effect: String,
    manual: &'static str,
}

impl Lower {
    pub(super) fn of(kernel: &Kernel) -> Lower {
        let program = kernel.lowered();
        let name = |reg: Reg| program.stage.name(reg).to_string();
        let insts = &program.steady().insts;
        // The branch that closes the loop is an instruction, too.
        let count = insts.len() + 1;
        let vector = insts.iter().filter(|inst| inst.class().is_vector()).count();
        let loads: Vec<usize> = insts.iter().filter_map(loaded).collect();
        let (macs, bytes_loaded) = (kernel.macs_per_iteration(), loads.iter().sum());
        let mut outline = Vec::new();
        outlined(&program.nodes, program, 0, &mut outline);
        Lower {
            outline,
            main_loop: insts.iter().map(|inst| print(inst, &RegNames::Virtual(&name))).collect(),
            instructions: kinds(insts),
            count,
            vector,
            loads: loads.len(),
            bytes_loaded,
            macs,
            macs_per_instruction: macs as f64 / count as f64,
            macs_per_vector_instruction: macs as f64 / vector as f64,
            loads_per_mac: loads.len() as f64 / macs as f64,
            macs_per_byte: macs as f64 / bytes_loaded as f64,
        }
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.stage("lower", "the program on registers without end");
        page.paragraph("Its loops and choices, with the instructions of each part:");
        page.lines(self.outline.iter().map(String::as_str));
        page.paragraph(
            "The main loop as lowered. x are operands of the left side, y of the right, acc[i][j] the sums \
             of row (or group of rows) i and column (or group of columns) j; a register is written :q or :d \
             where a load or store takes all or half of it.",
        );
        page.lines(self.main_loop.iter().map(String::as_str));
        page.paragraph(
            "Its instructions (d is the result, n and m are read, i is the immediate; .lo and .hi are \
             halves of a register, .even and .odd every second lane):",
        );
        let rows: Vec<Vec<String>> = self
            .instructions
            .iter()
            .map(|kind| {
                vec![
                    kind.count.to_string(),
                    kind.syntax.clone(),
                    kind.class.into(),
                    kind.effect.clone(),
                    kind.manual.into(),
                ]
            })
            .collect();
        page.table(&["", "instruction", "class", "what it does", "manual"], &rows);
        page.paragraph(&format!(
            "{} MAC by {} (the closing branch included) are {:.2} MAC per instruction, {:.2} per vector \
             instruction. {} of {} bytes in all are {:.4} loads per MAC, or {:.2} MAC per byte.",
            self.macs,
            counted(self.count, "instruction"),
            self.macs_per_instruction,
            self.macs_per_vector_instruction,
            counted(self.loads, "load"),
            self.bytes_loaded,
            self.loads_per_mac,
            self.macs_per_byte
        ));
    }
}

/// The bytes that an instruction loads, if it does.
pub(crate) fn loaded(inst: &Inst) -> Option<usize> {
    match &inst.row().meaning {
        Meaning::Memory(memory) if !memory.store => {
            Some(usize::from(memory.bytes) * usize::from(memory.registers))
        }
        _ => None,
    }
}

/// The kinds of instructions, the most frequent first.
fn kinds(insts: &[Inst]) -> Vec<Kind> {
    let mut kinds: Vec<(usize, &Inst)> = Vec::new();
    for inst in insts {
        match kinds.iter_mut().find(|(_, known)| known.op() == inst.op()) {
            Some((count, _)) => *count += 1,
            None => kinds.push((1, inst)),
        }
    }
    kinds.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    let kind = |(count, inst): (usize, &Inst)| {
        let (syntax, effect) = describe(inst.op());
        Kind { syntax, count, class: inst.class().as_str(), effect, manual: inst.row().manual }
    };
    kinds.into_iter().map(kind).collect()
}

fn outlined(nodes: &[Node], program: &Program<Virtual>, depth: usize, lines: &mut Vec<String>) {
    let pad = "  ".repeat(depth);
    for node in nodes {
        match node {
            Node::Block(block) if block.insts.is_empty() => {}
            Node::Block(block) => {
                lines.push(format!(
                    "{pad}{}: {}",
                    block.role.title(),
                    counted(block.insts.len(), "instruction")
                ));
            }
            Node::Loop { counter, body } => {
                lines.push(format!("{pad}do {{"));
                outlined(body, program, depth + 1, lines);
                lines.push(format!("{pad}}} while {} ≠ 0", program.stage.name(*counter)));
            }
            Node::IfNonZero { test, then, otherwise } => {
                lines.push(format!("{pad}if {} ≠ 0 {{", program.stage.name(*test)));
                outlined(then, program, depth + 1, lines);
                if !otherwise.is_empty() {
                    lines.push(format!("{pad}}} else {{"));
                    outlined(otherwise, program, depth + 1, lines);
                }
                lines.push(format!("{pad}}}"));
            }
        }
    }
}
