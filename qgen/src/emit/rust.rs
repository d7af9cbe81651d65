//! The lines of a naked Rust function.

use super::asm::call_frame;
use super::flat::{Item, flatten};
use crate::isa::{Branch, RegNames, encode, print, print_branch};
use crate::program::{Machine, Program};
use qgen_spec::Isa;
use std::collections::HashMap;

/// One line of `naked_asm!` text, and a comment.
pub type NakedLines = Vec<String>;

/// The program as lines for `core::arch::naked_asm!`: labels are numbers, as Rust asks for, and
/// only instructions of the base architecture occur as text: naked functions cannot be given features,
/// and an `.arch_extension` would hold for what follows, so that newer ones stand as words. The call frame information is complete:
/// the compiler frames a naked function with its label and its size alone.
pub fn naked_lines(program: &Program<Machine>) -> NakedLines {
    let items = flatten(program);
    let mut places = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if let Item::Label(label) = item {
            places.insert(*label, at);
        }
    }
    // Numeric labels may be used again and again; these are unique, and 0 and 1 are left out
    // because some assemblers read them as binary numbers.
    let number = |label: usize| label + 1;
    let mut lines = vec![".cfi_startproc".to_string()];
    for (at, item) in items.iter().enumerate() {
        match item {
            Item::Begin(role) => lines.push(format!("// {}", role.title())),
            Item::Inst(inst) => {
                // Braces would be read as operands of the macro.
                let text = print(inst, &RegNames::Machine).replace('{', "{{").replace('}', "}}");
                lines.push(match inst.row().isa {
                    Isa::Neon => text,
                    _ => format!(".inst {:#010x} // {text}", encode(inst)),
                });
                lines.extend(call_frame(inst));
            }
            Item::Label(label) => lines.push(format!("{}:", number(*label))),
            Item::Branch(Branch::Return, _) => lines.push("ret".into()),
            Item::Branch(branch, label) => {
                let direction = if places[label] > at { 'f' } else { 'b' };
                lines.push(print_branch(*branch, &format!("{}{direction}", number(*label))));
            }
            Item::SteadyBegin | Item::SteadyEnd => {}
        }
    }
    lines.push(".cfi_endproc".into());
    lines
}
