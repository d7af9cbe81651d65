//! GNU assembly text: the function's body, to be framed by a template.

use super::flat::{Item, flatten};
use crate::isa::{Branch, Inst, Op, RegNames, Unit, print, print_branch};
use crate::program::{Machine, Program};
use std::fmt::Write;

/// The body of the function `name`, from its first instruction to `ret`, with comments, call frame
/// information, and the main loop marked for `llvm-mca`.
pub fn body(program: &Program<Machine>, name: &str) -> String {
    let label = |l: usize| format!(".L{name}_{l}");
    let mut out = String::new();
    let mut line = |text: &str| writeln!(out, "{text}").expect("writing to a string");
    for item in flatten(program) {
        match item {
            Item::Begin(role) => line(&format!("\t// {}", role.title())),
            Item::Inst(inst) => {
                line(&format!("\t{}", print(&inst, &RegNames::Machine)));
                for cfi in call_frame(&inst) {
                    line(&format!("\t{cfi}"));
                }
            }
            Item::Label(l) => line(&format!("{}:", label(l))),
            Item::Branch(Branch::Return, _) => line("\tret"),
            Item::Branch(branch, l) => line(&format!("\t{}", print_branch(branch, &label(l)))),
            // llvm-mca does not see marks behind `//` on aarch64, but behind `#` in the first column
            // (a comment there, for GNU as, too).
            Item::SteadyBegin => line(&format!("// LLVM-MCA-BEGIN {name}\n# LLVM-MCA-BEGIN {name}")),
            Item::SteadyEnd => line(&format!("# LLVM-MCA-END {name}\n// LLVM-MCA-END")),
        }
    }
    out
}

/// Call frame information after an instruction that moves the stack pointer or saves a register.
pub(super) fn call_frame(inst: &Inst) -> Vec<String> {
    let number = |unit: Unit, reg: u16| if unit == Unit::V { 64 + reg } else { reg };
    let slots: Vec<(Unit, u16)> =
        inst.row().slots.iter().zip(inst.regs()).map(|(s, r)| (s.unit, r.0)).collect();
    let offsets = |from: i64, size: i64| -> Vec<String> {
        let mut all = Vec::new();
        for (n, &(unit, reg)) in slots.iter().enumerate() {
            if n == 0 || slots[0] != slots[n] {
                all.push(format!(".cfi_rel_offset {}, {}", number(unit, reg), from + size * n as i64));
            }
        }
        all
    };
    match inst.op() {
        Op::StpDPush | Op::StpXPush => {
            let mut all = vec![format!(".cfi_adjust_cfa_offset {}", -inst.imm())];
            all.extend(offsets(0, 8));
            all
        }
        Op::StpD | Op::StpX => offsets(inst.imm(), 8),
        Op::LdpDPop | Op::LdpXPop => vec![format!(".cfi_adjust_cfa_offset {}", -inst.imm())],
        _ => Vec::new(),
    }
}
