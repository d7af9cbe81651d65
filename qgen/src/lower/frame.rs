//! The frame of every kernel: loops over sub-tiles, over periods between two widenings, over
//! k-blocks.
//!
//! ```text
//! for each row of sub-tiles                         (if the tile has more than one)
//!   for each column of sub-tiles                    (if the tile has more than one)
//!     do                                            (if sums must be widened before k ends)
//!       n = min(blocks that remain, period)
//!       zero the accumulators
//!       n / unroll times: the main loop's body; n % unroll times: one block
//!       flush: widen, correct or add to the earlier part, store
//!     while blocks remain
//! ```

use super::finish::Finishing;
use super::store::Ends;
use super::stream::Streams;
use super::{Form, Position};
use crate::isa::{Op, Reg};
use crate::plan::Plan;
use crate::program::{BlockRole, Builder, Node, Program, Virtual};
use qgen_spec::Layout;

struct Params {
    k_blocks: Reg,
    lhs: Reg,
    lhs_stride: Reg,
    rhs: Reg,
    out: Reg,
    out_stride: Reg,
    row_add: Reg,
    col_add: Reg,
}

pub(super) fn write(plan: &Plan, mut b: Builder, form: &dyn Form) -> Program<Virtual> {
    let p = Params {
        k_blocks: b.x("k_blocks"),
        lhs: b.x("lhs"),
        lhs_stride: b.x("lhs_stride"),
        rhs: b.x("rhs"),
        out: b.x("out"),
        out_stride: b.x("out_stride"),
        row_add: b.x("row_add"),
        col_add: b.x("col_add"),
    };
    let params = [p.k_blocks, p.lhs, p.lhs_stride, p.rhs, p.out, p.out_stride, p.row_add, p.col_add];
    // They become part of the first block, which is outside of every loop.
    form.constants(&mut b);
    let nodes = Frame { plan, form, p }.rows(&mut b);
    b.finish(nodes, params)
}

struct Frame<'a> {
    plan: &'a Plan,
    form: &'a dyn Form,
    p: Params,
}

impl Frame<'_> {
    fn sub_rows(&self) -> i64 {
        i64::from(self.plan.spec.tile.m / self.plan.spec.register_tile.m)
    }

    fn sub_cols(&self) -> i64 {
        i64::from(self.plan.spec.tile.n / self.plan.spec.register_tile.n)
    }

    fn rows(&self, b: &mut Builder) -> Vec<Node> {
        if self.sub_rows() == 1 {
            return self.cols(b, self.p.rhs);
        }
        let (mr, left, rhs) = (i64::from(self.plan.spec.register_tile.m), b.x("rows_left"), b.x("rhs_at"));
        b.imm(Op::MovImm, &[left], self.sub_rows());
        let mut nodes = vec![b.block(BlockRole::Control)];
        b.op(Op::MovX, &[rhs, self.p.rhs]);
        let mut body = self.cols(b, rhs);
        let count = b.x("mr");
        if !is_shift(mr) {
            b.imm(Op::MovImm, &[count], mr);
        }
        let past_rows = |b: &mut Builder, pointer: Reg, stride: Reg| match mr {
            1 => b.op(Op::AddX, &[pointer, pointer, stride]),
            _ if is_shift(mr) => {
                b.imm(Op::AddLsl, &[pointer, pointer, stride], i64::from(mr.trailing_zeros()));
            }
            _ => b.op(Op::Madd, &[pointer, stride, count, pointer]),
        };
        match self.plan.spec.lhs_layout() {
            Layout::Lines { .. } => past_rows(b, self.p.lhs, self.p.lhs_stride),
            Layout::Panels { .. } | Layout::Planes { .. } => {
                b.op(Op::AddX, &[self.p.lhs, self.p.lhs, self.p.lhs_stride]);
            }
        }
        past_rows(b, self.p.out, self.p.out_stride);
        b.imm(Op::AddImm, &[self.p.row_add, self.p.row_add], 4 * mr);
        b.imm(Op::SubImm, &[left, left], 1);
        body.push(b.block(BlockRole::Control));
        nodes.push(Node::Loop { counter: left, body });
        nodes
    }

    fn cols(&self, b: &mut Builder, rhs: Reg) -> Vec<Node> {
        let p = &self.p;
        let finishing = Finishing::of(&self.plan.spec);
        // One register of values, which are loaded once for each tile.
        let one_load = finishing.layout.block_words() == 4 && self.plan.period.is_none();
        let columns_move = one_load && self.plan.stores_move && self.sub_cols() > 1;
        let mut ends = Ends {
            out: p.out,
            out_stride: p.out_stride,
            row_add: p.row_add,
            col_add: p.col_add,
            columns_move,
            stores_move: self.plan.stores_move,
            finishing,
        };
        if self.sub_cols() == 1 {
            return self.sub_tile(b, rhs, &ends);
        }
        let (nr, left) = (i64::from(self.plan.spec.register_tile.n), b.x("cols_left"));
        b.imm(Op::MovImm, &[left], self.sub_cols());
        ends.out = b.x("out_at");
        b.op(Op::MovX, &[ends.out, p.out]);
        if self.sub_rows() > 1 {
            ends.col_add = b.x("col_add_at");
            b.op(Op::MovX, &[ends.col_add, p.col_add]);
        }
        let mut nodes = vec![b.block(BlockRole::Control)];
        let mut body = self.sub_tile(b, rhs, &ends);
        b.imm(Op::AddImm, &[ends.out, ends.out], finishing.layout.end().bytes() as i64 * nr);
        if !columns_move {
            let params = 4 * finishing.layout.block_words() as i64;
            b.imm(Op::AddImm, &[ends.col_add, ends.col_add], params);
        }
        b.imm(Op::SubImm, &[left, left], 1);
        body.push(b.block(BlockRole::Control));
        nodes.push(Node::Loop { counter: left, body });
        nodes
    }

    /// One register tile: all of k, and the flush. Leaves `rhs` at the next panel.
    fn sub_tile(&self, b: &mut Builder, rhs: Reg, ends: &Ends) -> Vec<Node> {
        let lhs = self.lhs_pointers(b);
        let Some(period) = self.plan.period else {
            let mut nodes = self.blocks(b, self.p.k_blocks, &lhs, rhs);
            self.form.flush(b, ends, false);
            nodes.push(b.block(BlockRole::Flush));
            return nodes;
        };
        let (remaining, more, limit, now) = (b.x("remaining"), b.x("more"), b.x("period"), b.x("now"));
        b.op(Op::MovX, &[remaining, self.p.k_blocks]);
        b.imm(Op::MovImm, &[more], 0);
        let mut nodes = vec![b.block(BlockRole::Control)];
        b.imm(Op::MovImm, &[limit], i64::from(period & 0xffff));
        if period > 0xffff {
            b.imm(Op::MovkImm, &[limit], i64::from(period >> 16));
        }
        b.op(Op::CmpX, &[remaining, limit]);
        b.op(Op::CselLo, &[now, remaining, limit]);
        b.op(Op::SubX, &[remaining, remaining, now]);
        let mut body = self.blocks(b, now, &lhs, rhs);
        self.form.flush(b, ends, true);
        let again = b.block(BlockRole::FlushMore);
        self.form.flush(b, ends, false);
        let first = b.block(BlockRole::Flush);
        body.push(Node::IfNonZero { test: more, then: vec![again], otherwise: vec![first] });
        b.imm(Op::MovImm, &[more], 1);
        body.push(b.block(BlockRole::Control));
        nodes.push(Node::Loop { counter: remaining, body });
        nodes
    }

    fn lhs_pointers(&self, b: &mut Builder) -> Vec<Reg> {
        let again = self.sub_rows() * self.sub_cols() > 1;
        let lines = match self.plan.spec.lhs_layout() {
            Layout::Lines { .. } => usize::from(self.plan.spec.register_tile.m),
            Layout::Panels { .. } | Layout::Planes { .. } => 1,
        };
        let mut pointers = Vec::with_capacity(lines);
        for i in 0..lines {
            let pointer = match pointers.last() {
                None if !again => self.p.lhs,
                None => {
                    let first = b.x("lhs_at[0]");
                    b.op(Op::MovX, &[first, self.p.lhs]);
                    first
                }
                Some(&before) => {
                    let next = b.x(format!("lhs_at[{i}]"));
                    b.op(Op::AddX, &[next, before, self.p.lhs_stride]);
                    next
                }
            };
            pointers.push(pointer);
        }
        pointers
    }

    /// Zeroes the accumulators and adds the products of `count` k-blocks.
    fn blocks(&self, b: &mut Builder, count: Reg, lhs: &[Reg], rhs: Reg) -> Vec<Node> {
        let walk = (self.plan.addressing, self.plan.line);
        let mut streams = Streams::new(&self.plan.spec, walk, lhs, rhs);
        let unroll = self.plan.spec.unroll;
        let (main, rest) = (b.x("main_left"), b.x("rest_left"));
        if unroll == 1 {
            b.op(Op::MovX, &[main, count]);
        } else {
            b.imm(Op::LsrX, &[main, count], i64::from(unroll.trailing_zeros()));
            b.imm(Op::AndLow, &[rest, count], i64::from(unroll.trailing_zeros()));
        }
        let mut nodes = vec![b.block(BlockRole::Control)];
        for acc in self.form.accumulators() {
            b.op(Op::MoviZero, &[acc]);
        }
        nodes.push(b.block(BlockRole::Zero));
        streams.begin(unroll);
        for position in Position::all(unroll) {
            self.form.block(b, &mut streams, position);
        }
        nodes.push(counted(b, &mut streams, main, BlockRole::Steady));
        if unroll > 1 {
            streams.begin(1);
            self.form.block(b, &mut streams, Position { first: true, last: true });
            nodes.push(counted(b, &mut streams, rest, BlockRole::Rest));
        }
        nodes
    }
}

/// Whether a multiplication by so many rows is a shift.
fn is_shift(rows: i64) -> bool {
    rows.count_ones() == 1
}

/// `while counter != 0 { what was written into b; counter -= 1 }`
fn counted(b: &mut Builder, streams: &mut Streams, counter: Reg, role: BlockRole) -> Node {
    let repeated = counted_loop(b, streams, counter, role);
    Node::IfNonZero { test: counter, then: vec![repeated], otherwise: Vec::new() }
}

/// `do { what was written into b; counter -= 1 } while counter != 0`
pub(super) fn counted_loop(b: &mut Builder, streams: &mut Streams, counter: Reg, role: BlockRole) -> Node {
    streams.advance(b);
    b.imm(Op::SubImm, &[counter, counter], 1);
    Node::Loop { counter, body: vec![b.block(role)] }
}
