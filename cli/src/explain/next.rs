//! What to try next: commands that change one thing about the kernel at hand, with what the model
//! says of each.

use super::page::Page;
use qgen::{Choice, Kernel, Request, compile};
use qgen_spec::{KernelSpec, Operand, Range};
use serde::Serialize;

/// Commands worth typing.
#[derive(Debug, Serialize)]
pub(super) struct Next {
    commands: Vec<Try>,
}

#[derive(Debug, Serialize)]
struct Try {
    command: String,
    why: String,
}

impl Next {
    pub(super) fn of(kernel: &Kernel) -> Next {
        let (spec, name) = (&kernel.plan().spec, kernel.name());
        let (operands, core) = (operands(spec), &spec.core);
        let mut commands = Vec::new();
        let mut add = |command: String, why: String| commands.push(Try { command, why });
        let now = kernel.modelled_macs_per_cycle();
        let speed = |kernel: &Kernel| {
            format!("{:.2} MAC/cycle modelled, this one {now:.2}", kernel.modelled_macs_per_cycle())
        };
        for unroll in [1, 2, 4] {
            let request = Request { unroll: Some(unroll), ..request(spec) };
            if let (true, Ok(other)) = (unroll != spec.unroll, compile(&request, kernel.core())) {
                let shape = format!("--tile {} --strategy {} --unroll {unroll}", spec.tile, spec.strategy);
                let why = format!("{} k-blocks a pass: {}", unroll, speed(&other));
                add(format!("qgen explain {operands}{shape} --core {core} --stage sched"), why);
            }
        }
        if let Some(narrow) = symmetric(spec) {
            let side = Operand::Int(narrow);
            let request = Request { lhs: side, rhs: side, ..request(spec) };
            if let Ok(other) = compile(&request, kernel.core()) {
                let shape = format!("--tile {} --strategy {}", spec.tile, spec.strategy);
                let sides = self::operands(&other.plan().spec);
                let command = format!("qgen explain {sides}{shape} --core {core} --stage plan");
                let (depth, here) = (other.descriptor().depth_limit, kernel.descriptor().depth_limit);
                add(
                    command,
                    format!("if {} never occurs: depth {depth} in place of {here}", narrow.lo() - 1),
                );
            }
        }
        let listed = if operands.is_empty() { format!("--strategy {} ", spec.strategy) } else { operands };
        add(format!("qgen list {listed}--core {core}"), "every strategy and tile for these operands".into());
        add(
            format!("qgen emit {name} --format asm --out kernel.s"),
            format!("then llvm-mca -march=aarch64 -mcpu={core} kernel.s: another model's opinion"),
        );
        add(format!("qgen verify {name}"), "whether it does what it promises".into());
        if let Some(bits) = bits(spec) {
            add(
                format!("qgen bench --m 240 --n 96 --k 512 --bits {bits} --kernel {name}"),
                "on an Arm machine: the speed that counts".into(),
            );
        }
        Next { commands }
    }

    pub(super) fn write(&self, page: &mut Page) {
        page.stage("next", "what to try");
        page.paragraph("Commands that look at the kernel from elsewhere, or change one thing about it:");
        for Try { command, why } in &self.commands {
            page.lines([format!("# {why}").as_str(), command.as_str()]);
        }
    }
}

/// What asks for the same operands, tile and strategy again.
fn request(spec: &KernelSpec) -> Request {
    Request {
        lhs: spec.lhs,
        rhs: spec.rhs,
        tile: Some(spec.tile),
        strategy: Some(Choice::One(spec.strategy)),
        isa: None,
        unroll: None,
        short: spec.short,
        end: spec.end,
        per_byte: spec.per_byte,
        prefetch: Some(spec.prefetch),
    }
}

/// The operands as options, with a space behind them; nothing where the strategy says it.
fn operands(spec: &KernelSpec) -> String {
    let side = |operand| match operand {
        Operand::Int(range) => Some(range.to_string()),
        Operand::Binary => Some("binary".into()),
        Operand::F32 => None,
    };
    let mut text =
        side(spec.lhs).zip(side(spec.rhs)).map_or(String::new(), |(l, r)| format!("--lhs {l} --rhs {r} "));
    if spec.per_byte > 1 {
        text.push_str(&format!("--per-byte {} ", spec.per_byte));
    }
    if spec.prefetch > 0 {
        text.push_str(&format!("--prefetch {} ", spec.prefetch));
    }
    text
}

/// The widest operands that `qgen bench` has for the kernel, in bits, if there are any.
fn bits(spec: &KernelSpec) -> Option<u32> {
    if spec.lhs == Operand::F32 {
        return Some(32);
    }
    let fits = |bits: &u32| {
        Operand::of_bits(*bits).is_some_and(|operand| spec.lhs.covers(operand) && spec.rhs.covers(operand))
    };
    (1..=8).rev().find(fits)
}

/// The range without its smallest value, where both sides are signed ranges of whole bits.
fn symmetric(spec: &KernelSpec) -> Option<Range> {
    let range = spec.lhs.range().filter(|_| spec.lhs == spec.rhs)?;
    if range.lo() == -range.hi() - 1 { Range::new(-range.hi(), range.hi()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn compiler_commands_can_be_typed() {
        for (core, request) in qgen::shipped() {
            let kernel = compile(&request, &core).unwrap();
            let next = Next::of(&kernel);
            assert!(next.commands.len() >= 4, "{next:?}");
            for Try { command, .. } in &next.commands {
                let typed = crate::Cli::try_parse_from(command.split_whitespace());
                assert!(typed.is_ok(), "{command}: {:?}", typed.err());
            }
        }
    }
}
