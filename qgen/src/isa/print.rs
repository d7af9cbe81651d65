//! GNU assembly text.

use super::inst::{Inst, Reg};
use super::row::{Branch, Imm};
use std::fmt::Write;

/// What registers are called.
pub enum RegNames<'a> {
    /// v7, x3: the machine's.
    Machine,
    /// By the names that lowering gave them.
    Virtual(&'a dyn Fn(Reg) -> String),
}

/// The text of `inst`.
pub fn print(inst: &Inst, names: &RegNames<'_>) -> String {
    let row = inst.row();
    let mut out = String::with_capacity(40);
    let mut chars = row.text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('i') => match row.imm {
                Imm::LowMask64 => write!(out, "{:#x}", (1u64 << inst.imm()) - 1),
                _ => write!(out, "{}", inst.imm()),
            }
            .expect("writing to a string"),
            Some(digit) => {
                let reg = inst.regs()[digit.to_digit(10).expect("a digit follows %") as usize];
                match names {
                    RegNames::Machine => write!(out, "{}", reg.0).expect("writing to a string"),
                    RegNames::Virtual(name) => {
                        // The letter before the number (v, q, x) gives way to the name.
                        let letter = out.pop();
                        out.push_str(&name(reg));
                        if let Some(l @ ('q' | 'd' | 's' | 'w' | 'h' | 'b')) = letter {
                            out.push(':');
                            out.push(l);
                        }
                    }
                }
            }
            None => unreachable!("a row's text does not end with %"),
        }
    }
    out
}

/// The text of a branch to `label`.
pub fn print_branch(branch: Branch, label: &str) -> String {
    match branch {
        Branch::IfZero(x) => format!("cbz x{x}, {label}"),
        Branch::IfNonZero(x) => format!("cbnz x{x}, {label}"),
        Branch::Always => format!("b {label}"),
        Branch::Return => "ret".to_string(),
    }
}
