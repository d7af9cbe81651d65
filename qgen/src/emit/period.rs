//! The steady state as straight text: a whole period between two widenings, for outside pipeline models
//! that know no loops around loops. It is not a program.

use crate::Kernel;
use crate::isa::{Branch, Inst, RegNames, print, print_branch};
use crate::program::BlockRole;
use std::fmt::Write;

/// The text, marked for `llvm-mca`: zeroing, every pass through the main loop with its branch, and the
/// widening that adds to what is stored; one pass where sums are never widened on the way.
pub fn period(kernel: &Kernel, command: &str) -> String {
    let (plan, program) = (kernel.plan(), kernel.program());
    let passes = plan.period.map_or(1, |blocks| blocks as usize / usize::from(plan.spec.unroll)).max(1);
    let branch = program
        .main_counter()
        .map(|counter| print_branch(Branch::IfNonZero(counter.0 as u8), &format!(".L{}", kernel.name())));
    let lines = |insts: &[Inst]| -> String {
        insts.iter().fold(String::new(), |text, inst| text + "\t" + &print(inst, &RegNames::Machine) + "\n")
    };
    let pass = lines(&program.steady().insts) + &branch.map_or(String::new(), |text| format!("\t{text}\n"));
    let between = |role| -> String {
        let blocks = if plan.period.is_some() { program.blocks(role) } else { Vec::new() };
        blocks.iter().map(|block| lines(&block.insts)).collect()
    };

    let mut text = String::new();
    let mut line = |line: &str| writeln!(text, "{line}").expect("writing to a string");
    line(&format!("// {}: one period of the steady state, not a program", kernel.name()));
    for (n, part) in command.lines().enumerate() {
        line(&format!("// {}{part}", if n == 0 { "command: " } else { "" }));
    }
    line(&format!("// macs-per-iteration: {}", kernel.macs_per_iteration() * passes));
    line(&format!(
        "// modelled-macs-per-cycle: {:.2} ({})",
        kernel.modelled_macs_per_cycle(),
        plan.spec.core
    ));
    line(&format!("// passes-through-the-main-loop: {passes}"));
    line(&format!("# LLVM-MCA-BEGIN {}\n.L{}:", kernel.name(), kernel.name()));
    // A first pass that begins the sums is one of the passes, and so are, where passes overlap, the beginning of
    // the first and the end of the last.
    let first = between(BlockRole::First);
    let ends = [BlockRole::Fill, BlockRole::Drain].map(between);
    let beside = usize::from(!first.is_empty() || !ends[0].is_empty());
    text += &if first.is_empty() { between(BlockRole::Zero) } else { first };
    text += &ends[0];
    text += &pass.repeat(passes - beside);
    text += &ends[1];
    text += &between(BlockRole::FlushMore);
    text += "# LLVM-MCA-END\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;

    #[test]
    fn a_period_has_every_pass_and_one_widening() {
        let kernel = compile_name("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        let passes = kernel.plan().period.unwrap() as usize;
        let text = period(&kernel, "");
        let count = |start: &str| text.lines().filter(|line| line.trim_start().starts_with(start)).count();
        // The first pass begins sums, and no branch stands behind it.
        assert_eq!(count("cbnz"), passes - 1);
        assert_eq!((count("smull v0.8h"), count("smlal v0.8h")), (1, passes - 1));
        assert_eq!(count("movi"), 0);
        assert_eq!(count("saddlp"), 16);
        assert!(text.contains(&format!("macs-per-iteration: {}\n", passes * 512)));
        let broken = period(&kernel, "qgen emit --lhs '-8 ..=\n7'");
        assert!(broken.contains("\n// command: qgen emit --lhs '-8 ..=\n// 7'\n"), "{broken}");
        let never = compile_name("qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a72").unwrap();
        let text = period(&never, "");
        assert!(text.contains("macs-per-iteration: 64\n") && !text.contains("movi"), "{text}");
    }
}
