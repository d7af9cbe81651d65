//! Sums that begin with their first products: what setting them to zero would cost is saved.
//!
//! ```text
//!   zero                             if passes ≠ 0 { first pass, whose sums begin; if passes ≠ 0 { loop } }
//!   if passes ≠ 0 { loop }     ─►    else          { zero }
//! ```
//!
//! The first pass is the main loop's body once more, in which the first instruction that adds to a sum is the
//! [one that begins it](Op::beginning): `smull` for `smlal`. It is made last, on machine registers, and proofs
//! do without it: [`undone`] checks the first pass against the body, instruction by instruction, and gives
//! back the program that was. The two do the same, because 0 + x is x, in every lane and whatever its width.
//!
//! Loops whose passes overlap stay as they are, and so do those of instructions that can only add, such as dot
//! products.

use crate::domain::Fault;
use crate::isa::{Inst, Op, Reg, Unit};
use crate::program::{Block, BlockRole, Machine, Node, Program};

/// The program whose sums begin with their first products, wherever they can.
pub(crate) fn begun(program: Program<Machine>) -> Program<Machine> {
    Program { nodes: begin(&program.nodes), stage: program.stage }
}

fn begin(nodes: &[Node]) -> Vec<Node> {
    let mut begun = Vec::with_capacity(nodes.len());
    let mut at = 0;
    while let Some(node) = nodes.get(at) {
        at += 1;
        let first = match (node, nodes.get(at)) {
            (Node::Block(zero), Some(main)) => first_pass(zero, main),
            _ => None,
        };
        if let Some(first) = first {
            begun.push(first);
            at += 1;
            continue;
        }
        begun.push(match node {
            Node::Block(_) => node.clone(),
            Node::Loop { counter, body } => Node::Loop { counter: *counter, body: begin(body) },
            Node::IfNonZero { test, then, otherwise } => {
                Node::IfNonZero { test: *test, then: begin(then), otherwise: begin(otherwise) }
            }
        });
    }
    begun
}

/// What zeroing and the main loop become.
fn first_pass(zero: &Block, main: &Node) -> Option<Node> {
    let (test, body) = main_loop(main)?;
    if zero.role != BlockRole::Zero {
        return None;
    }
    let first = Node::Block(Block { role: BlockRole::First, insts: beginnings(zero, body)? });
    let otherwise = vec![Node::Block(zero.clone())];
    Some(Node::IfNonZero { test, then: vec![first, main.clone()], otherwise })
}

/// The body in which the first instruction that touches a sum begins it; `None` if one of the sums that `zero`
/// sets cannot begin so.
fn beginnings(zero: &Block, body: &Block) -> Option<Vec<Inst>> {
    let mut open = accumulators(zero)?;
    let begun = |inst: &Inst| match open.iter().position(|&acc| touches(inst, acc)) {
        Some(sum) => beginning(inst, open.swap_remove(sum)),
        None => Some(*inst),
    };
    let insts = body.insts.iter().map(begun).collect::<Option<_>>()?;
    open.is_empty().then_some(insts)
}

/// The program that sets its sums to zero, from one that begins them, or the same one.
///
/// # Errors
/// If a first pass does anything but what the main loop's body does to sums of zero.
pub fn undone(program: &Program<Machine>) -> Result<Program<Machine>, Fault> {
    Ok(Program { nodes: undo(&program.nodes)?, stage: program.stage.clone() })
}

fn undo(nodes: &[Node]) -> Result<Vec<Node>, Fault> {
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::IfNonZero { test, then, otherwise } if begins(then) => {
                let ([Node::Block(first), main], [Node::Block(zero)]) = (&then[..], &otherwise[..]) else {
                    return Err(Fault(
                        "a first pass stands before the main loop, or zeroing in place of both".into(),
                    ));
                };
                let Some((_, body)) = main_loop(main).filter(|(counter, _)| counter == test) else {
                    return Err(Fault("the main loop behind a first pass goes on with its counter".into()));
                };
                check(zero, first, body)?;
                all.extend([Node::Block(zero.clone()), main.clone()]);
            }
            Node::Block(block) if block.role == BlockRole::First => {
                return Err(Fault("a first pass without a main loop".into()));
            }
            Node::Block(_) => all.push(node.clone()),
            Node::Loop { counter, body } => all.push(Node::Loop { counter: *counter, body: undo(body)? }),
            Node::IfNonZero { test, then, otherwise } => {
                all.push(Node::IfNonZero { test: *test, then: undo(then)?, otherwise: undo(otherwise)? });
            }
        }
    }
    Ok(all)
}

/// Whether these nodes are a first pass and what follows it.
pub(crate) fn begins(nodes: &[Node]) -> bool {
    matches!(nodes, [Node::Block(block), ..] if block.role == BlockRole::First)
}

/// Whether `first` does what `body` does after `zero`.
fn check(zero: &Block, first: &Block, body: &Block) -> Result<(), Fault> {
    let fault = |why: String| Err(Fault(format!("in the first pass: {why}")));
    let Some(wanted) = beginnings(zero, body) else {
        return fault("the main loop does not begin with an addition to each sum that is set to zero".into());
    };
    if first.insts.len() != wanted.len() {
        return fault(format!("{} instructions, {} in the main loop", first.insts.len(), wanted.len()));
    }
    match first.insts.iter().zip(&wanted).find(|(found, wanted)| found != wanted) {
        Some((found, wanted)) => fault(format!(
            "`{}` where the main loop calls for `{}`",
            found.row().mnemonic(),
            wanted.row().mnemonic()
        )),
        None => Ok(()),
    }
}

/// The counter and the body of `if counter ≠ 0 { do { body } while counter ≠ 0 }`.
fn main_loop(node: &Node) -> Option<(Reg, &Block)> {
    let Node::IfNonZero { test, then, otherwise } = node else { return None };
    let [main] = &then[..] else { return None };
    main.main_loop().filter(|(counter, _)| otherwise.is_empty() && counter == test)
}

/// The registers that a block sets to zero, if it does nothing else.
fn accumulators(zero: &Block) -> Option<Vec<Reg>> {
    zero.insts.iter().map(|inst| (inst.op() == Op::MoviZero).then(|| inst.regs()[0])).collect()
}

fn touches(inst: &Inst, acc: Reg) -> bool {
    let is_acc = |access: (Unit, Reg)| access == (Unit::V, acc);
    inst.reads().any(is_acc) || inst.writes().any(is_acc)
}

/// What `inst` does where `acc`, which it adds to and reads in no other place, is zero.
fn beginning(inst: &Inst, acc: Reg) -> Option<Inst> {
    let [to, from @ ..] = inst.regs() else { return None };
    if *to != acc || from.contains(&acc) {
        return None;
    }
    Inst::new(inst.op().beginning()?, inst.regs(), inst.imm(), inst.buffer()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;

    /// The kernel's program, and what its first pass is.
    fn first(name: &str) -> (Program<Machine>, Vec<Block>) {
        let program = compile_name(name).unwrap().program().clone();
        let blocks = program.blocks(BlockRole::First).into_iter().cloned().collect();
        (program, blocks)
    }

    #[test]
    fn sums_begin_where_instructions_can_begin_them() {
        for (name, begins) in [
            ("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", "smull"),
            ("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53", "saddlp"),
            ("qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72", "saddlp"),
            ("qgen_bits_2x8_lbin_rbin_t2x8k128u1_cortex_a72", "uaddlp"),
        ] {
            let (program, blocks) = first(name);
            let [first] = &blocks[..] else { panic!("{name}: {} first passes", blocks.len()) };
            let sums = first.insts.iter().filter(|inst| inst.row().mnemonic() == begins).count();
            // But for one at most that is not the first to be added to.
            let all = program.blocks(BlockRole::Zero)[0].insts.len();
            assert!((all - 1..=all).contains(&sums), "{name}: {sums} of {all} sums begin");
            let undone = undone(&program).unwrap();
            assert!(undone.blocks(BlockRole::First).is_empty());
            assert_eq!(begun(undone).to_string(), program.to_string());
        }
        for name in [
            "qgen_dot_4x4_lm128to127_rm128to127_t4x4k16u1_neoverse_n1",
            "qgen_f32_8x8_lf32_rf32_t8x8k4u1i_cortex_a72",
        ] {
            assert!(first(name).1.is_empty(), "{name} has nothing to begin sums with");
        }
    }

    #[test]
    fn a_first_pass_that_does_anything_else_is_refused() {
        let (program, blocks) = first("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72");
        for at in 0..blocks[0].insts.len() {
            let changed = program.map_blocks(|block| {
                let mut block = block.clone();
                if block.role == BlockRole::First {
                    block.insts.remove(at);
                }
                Ok::<_, Fault>(block)
            });
            assert!(undone(&changed.unwrap()).is_err(), "without instruction {at}");
            let changed = program.map_blocks(|block| {
                let mut block = block.clone();
                if block.role == BlockRole::First {
                    let other = |unit, reg: Reg| if unit == Unit::V { Reg((reg.0 + 1) % 32) } else { reg };
                    block.insts[at] = block.insts[at].map_regs(other);
                }
                Ok::<_, Fault>(block)
            });
            let changed = changed.unwrap();
            let same = changed.to_string() == program.to_string();
            assert_eq!(undone(&changed).is_ok(), same, "instruction {at} on other registers");
        }
    }
}
