//! The assembly, with a note on every line in terms of the names that lowering gave.

use super::counted;
use super::page::Page;
use qgen::Kernel;
use qgen::emit::{Item, flatten};
use qgen::isa::{Branch, Inst, Reg, RegNames, effect, print, print_branch};
use qgen::program::BlockRole;
use serde::Serialize;
use std::collections::HashMap;

/// The facts of the emitted text.
#[derive(Debug, Serialize)]
pub(super) struct Asm {
    /// What is in x0 to x7 on entry.
    arguments: Vec<String>,
    words: usize,
    parts: Vec<Part>,
}

/// Lines with one purpose.
#[derive(Debug, Serialize)]
struct Part {
    /// What for.
    title: &'static str,
    main_loop: bool,
    lines: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    text: String,
    note: String,
}

impl Asm {
    pub(super) fn of(kernel: &Kernel) -> Asm {
        let stage = &kernel.scheduled().stage;
        let name = |reg: Reg| stage.name(reg).to_string();
        let homes = &kernel.program().stage.homes;
        // The allocated program is the scheduled one on other registers, without moves that became needless, in a
        // frame; a first pass is the main loop's body once more.
        let mut planned: HashMap<BlockRole, Vec<Inst>> = HashMap::new();
        kernel.scheduled().for_each_block(|block| {
            planned.entry(block.role).or_default().extend_from_slice(&block.insts);
        });
        let body = planned.get(&BlockRole::Steady).cloned().unwrap_or_default();
        planned.insert(BlockRole::First, body);
        let mut planned: HashMap<BlockRole, _> =
            planned.into_iter().map(|(role, insts)| (role, insts.into_iter())).collect();
        let mut origin = |inst: &Inst, role: BlockRole| {
            let old = planned.get_mut(&role)?.find(|old| {
                let same = old.op() == inst.op() || old.op().beginning() == Some(inst.op());
                same && old.map_regs(|_, reg| homes[usize::from(reg.0)]).regs() == inst.regs()
            })?;
            Inst::new(inst.op(), old.regs(), inst.imm(), inst.buffer()).ok()
        };
        let mut behind: Vec<usize> = Vec::new();
        let mut parts: Vec<Part> = Vec::new();
        let mut role = BlockRole::Control;
        for item in flatten(kernel.program()) {
            if let Item::Begin(begun) = item {
                role = begun;
                parts.push(Part {
                    title: role.title(),
                    main_loop: role == BlockRole::Steady,
                    lines: Vec::new(),
                });
                continue;
            }
            let line = match item {
                Item::Inst(inst) => Line {
                    text: print(&inst, &RegNames::Machine),
                    note: match origin(&inst, role) {
                        Some(planned) => effect(&planned, &RegNames::Virtual(&name)),
                        None => effect(&inst, &RegNames::Machine),
                    },
                },
                Item::Label(label) => {
                    behind.push(label);
                    Line { text: format!("L{label}:"), note: String::new() }
                }
                Item::Branch(branch, label) => Line {
                    text: print_branch(branch, &format!("L{label}")),
                    note: said(branch, behind.contains(&label)).into(),
                },
                Item::Begin(_) | Item::SteadyBegin | Item::SteadyEnd => continue,
            };
            match parts.last_mut() {
                Some(part) => part.lines.push(line),
                None => parts.push(Part { title: role.title(), main_loop: false, lines: vec![line] }),
            }
        }
        Asm {
            arguments: stage.params.iter().map(|&reg| name(reg)).collect(),
            words: kernel.words().len(),
            parts,
        }
    }

    /// All of it (`whole`), or the main loop and what surrounds it in a line each.
    pub(super) fn write(&self, page: &mut Page, whole: bool) {
        page.stage("asm", "the assembly, line by line");
        let arguments: Vec<String> =
            self.arguments.iter().enumerate().map(|(n, name)| format!("x{n} {name}")).collect();
        page.paragraph(&format!(
            "{}, called with {}. The notes say what each does to the values of the listing above.",
            counted(self.words, "word"),
            arguments.join(", ")
        ));
        for part in &self.parts {
            if whole || part.main_loop {
                page.paragraph(&format!("{}:", part.title));
                let width = part.lines.iter().map(|line| line.text.len()).max().unwrap_or(0);
                let lines: Vec<String> = part
                    .lines
                    .iter()
                    .map(|line| match line.text.strip_suffix(':') {
                        Some(_) => line.text.clone(),
                        None if line.note.is_empty() => format!("  {}", line.text),
                        None => format!("  {:<width$}  // {}", line.text, line.note),
                    })
                    .collect();
                page.lines(lines.iter().map(String::as_str));
            } else {
                page.lines([format!("… {}: {}", part.title, counted(part.lines.len(), "line")).as_str()]);
            }
        }
        if !whole {
            page.say("`--stage asm` shows every line.");
        }
    }
}

/// What a branch does to a label, which is `behind` it or comes later.
fn said(branch: Branch, behind: bool) -> &'static str {
    match branch {
        Branch::IfZero(_) => "past it if that is 0",
        Branch::IfNonZero(_) if behind => "again unless that is 0",
        Branch::IfNonZero(_) => "past it unless that is 0",
        Branch::Always => "past the other case",
        Branch::Return => "back to the caller",
    }
}
