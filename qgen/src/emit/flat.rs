//! The program's structure as labels and branches.

use crate::begin::begins;
use crate::isa::{Branch, Inst};
use crate::program::{BlockRole, Machine, Node, Program};

/// A line of a flat program.
#[derive(Clone, Debug)]
pub enum Item {
    /// The beginning of a block.
    Begin(BlockRole),
    /// An instruction.
    Inst(Inst),
    /// A place to branch to.
    Label(usize),
    /// A branch to a label (`ret` has none).
    Branch(Branch, usize),
    /// The beginning of the main loop's body.
    SteadyBegin,
    /// The end of the main loop, its branch included.
    SteadyEnd,
}

/// The program as a list of lines, ending with `ret`.
pub fn flatten(program: &Program<Machine>) -> Vec<Item> {
    let mut flat = Flat { items: Vec::new(), labels: 0 };
    flat.nodes(&program.nodes);
    flat.items.push(Item::Branch(Branch::Return, 0));
    flat.items
}

struct Flat {
    items: Vec<Item>,
    labels: usize,
}

impl Flat {
    fn label(&mut self) -> usize {
        self.labels += 1;
        self.labels
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Block(block) if block.insts.is_empty() => {}
                Node::Block(block) => {
                    self.items.push(Item::Begin(block.role));
                    self.items.extend(block.insts.iter().copied().map(Item::Inst));
                }
                Node::Loop { counter, body } => {
                    let steady = node.main_loop().is_some();
                    let top = self.label();
                    self.items.push(Item::Label(top));
                    if steady {
                        self.items.push(Item::SteadyBegin);
                    }
                    self.nodes(body);
                    self.items.push(Item::Branch(Branch::IfNonZero(counter.0 as u8), top));
                    if steady {
                        self.items.push(Item::SteadyEnd);
                    }
                }
                // What is done more often falls through to the end.
                Node::IfNonZero { test, then, otherwise } if begins(then) => {
                    let (end, first) = (self.label(), self.label());
                    self.items.push(Item::Branch(Branch::IfNonZero(test.0 as u8), first));
                    self.nodes(otherwise);
                    self.items.extend([Item::Branch(Branch::Always, end), Item::Label(first)]);
                    self.nodes(then);
                    self.items.push(Item::Label(end));
                }
                Node::IfNonZero { test, then, otherwise } => {
                    let end = self.label();
                    let skip = if otherwise.is_empty() { end } else { self.label() };
                    self.items.push(Item::Branch(Branch::IfZero(test.0 as u8), skip));
                    self.nodes(then);
                    if !otherwise.is_empty() {
                        self.items.push(Item::Branch(Branch::Always, end));
                        self.items.push(Item::Label(skip));
                        self.nodes(otherwise);
                    }
                    self.items.push(Item::Label(end));
                }
            }
        }
    }
}
