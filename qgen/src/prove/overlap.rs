//! What a loop hands on from one pass to the next: sums, pointers, a counter; and, where passes
//! overlap, registers in which a pass has already begun.

use crate::domain::Fault;
use crate::isa::{Inst, Reg, Unit};
use crate::program::{Block, BlockRole, Machine, Node, Program};

/// A main loop whose passes overlap.
pub(super) struct Overlap<'p> {
    /// What is executed before, on the way to the first register tile.
    pub(super) before: Vec<&'p Block>,
    pub(super) fill: &'p Block,
    pub(super) body: &'p Block,
    drain: &'p Block,
}

impl<'p> Overlap<'p> {
    /// The pipelined loop of `program`, if it has one.
    ///
    /// # Errors
    /// If there is a part of one, or more than one, or a loop that hands something on in other registers
    /// than the sums.
    pub(super) fn of(program: &'p Program<Machine>, sums: &[Reg]) -> Result<Option<Overlap<'p>>, Fault> {
        plain_loops(&program.nodes, sums)?;
        let parts = [BlockRole::Fill, BlockRole::Drain].map(|role| program.blocks(role).len());
        if parts == [0, 0] {
            return Ok(None);
        }
        let mut before = Vec::new();
        match find(&program.nodes, &mut before) {
            Some((fill, body, drain)) if parts == [1, 1] => Ok(Some(Overlap { before, fill, body, drain })),
            _ => Err(Fault(
                "a pipelined loop is a fill, its body while the counter is not 0, and a drain".into(),
            )),
        }
    }

    /// The registers in which a pass finds what was made before it: read, by the body or the drain, before
    /// they are written there.
    pub(super) fn handed_on(&self) -> Vec<(Unit, Reg)> {
        let mut all = exposed(&self.body.insts);
        all.extend(exposed(&self.drain.insts));
        all.sort_unstable_by_key(|&(unit, reg)| (unit == Unit::X, reg));
        all.dedup();
        all
    }
}

/// The three parts; what precedes them is put into `before`.
fn find<'p>(nodes: &'p [Node], before: &mut Vec<&'p Block>) -> Option<(&'p Block, &'p Block, &'p Block)> {
    for node in nodes {
        match node {
            Node::Block(block) => before.push(block),
            Node::Loop { body, .. } => return find(body, before),
            Node::IfNonZero { test, then, .. } => {
                return match pipelined(then) {
                    Some((counter, parts)) if counter == *test => Some(parts),
                    _ => find(then, before),
                };
            }
        }
    }
    None
}

type Parts<'p> = (&'p Block, &'p Block, &'p Block);

fn pipelined(nodes: &[Node]) -> Option<(Reg, Parts<'_>)> {
    let [Node::Block(fill), Node::IfNonZero { test, then, otherwise }, Node::Block(drain)] = nodes else {
        return None;
    };
    let [Node::Loop { counter, body }] = &then[..] else { return None };
    let [Node::Block(body)] = &body[..] else { return None };
    let roles = [fill.role, body.role, drain.role] == [BlockRole::Fill, BlockRole::Steady, BlockRole::Drain];
    (roles && test == counter && otherwise.is_empty()).then_some((*test, (fill, body, drain)))
}

/// Loops over k-blocks that are not pipelined hand nothing on but sums, pointers and counters.
fn plain_loops(nodes: &[Node], sums: &[Reg]) -> Result<(), Fault> {
    for node in nodes {
        match node {
            Node::IfNonZero { then, .. } if pipelined(then).is_some() => {}
            Node::IfNonZero { then, otherwise, .. } => {
                plain_loops(then, sums)?;
                plain_loops(otherwise, sums)?;
            }
            Node::Loop { body, .. } => match &body[..] {
                [Node::Block(block)] => {
                    let written =
                        |reg: &Reg| block.insts.iter().any(|i| i.writes().any(|w| w == (Unit::V, *reg)));
                    let handed_on = exposed(&block.insts).into_iter().filter(|(unit, _)| *unit == Unit::V);
                    if let Some((_, reg)) =
                        handed_on.into_iter().find(|(_, reg)| !sums.contains(reg) && written(reg))
                    {
                        return Err(Fault(format!("v{} goes from pass to pass, and is no sum", reg.0)));
                    }
                }
                body => plain_loops(body, sums)?,
            },
            Node::Block(_) => {}
        }
    }
    Ok(())
}

/// Registers that are read before they are written.
fn exposed(insts: &[Inst]) -> Vec<(Unit, Reg)> {
    let mut written: Vec<(Unit, Reg)> = Vec::new();
    let mut found: Vec<(Unit, Reg)> = Vec::new();
    for inst in insts {
        found.extend(inst.reads().filter(|read| !written.contains(read)));
        written.extend(inst.writes());
    }
    found
}
