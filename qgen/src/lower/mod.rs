//! Lowering: a [`Plan`] becomes a program on virtual registers.
//!
//! ```text
//!   frame    loops over sub-tiles, periods and k-blocks          (one for all)
//!     └─ Form    what is held in registers, one k-block, the end
//!          ├─ inner    lanes along the depth: rows by columns, accumulators for each result
//!          │     └─ fip, byte, wideninner, pair8, dot, bits: what one multiply-accumulate is
//!          ├─ counts       lanes are results: bits, of eight columns or more
//!          ├─ mmla         lanes are two rows by two columns
//!          ├─ widenouter   lanes along the rows
//!          └─ by_element   lanes along the columns: f32, dotouter
//!   finish   results become bytes or floats before they are stored      (for all forms)
//!   unpack   bytes of several values become registers of one a byte  (for every form of whole numbers)
//! ```
//!
//! A new strategy is one file here, its name in `qgen-spec`, and what the build asks for then: matches over strategies
//! have no wildcard where it matters. `CONTRIBUTING.md` lists them.

mod bits;
mod by_element;
mod byte;
mod counts;
mod dot;
mod finish;
mod fip;
mod frame;
mod inner;
mod mmla;
mod pair8;
mod store;
mod stream;
mod unpack;
mod widen_inner;
mod widen_outer;

pub(crate) use bits::sums as plane_sums;
pub(crate) use counts::share_accumulators;
pub(crate) use unpack::{has_mask, unpacks};

use crate::core::Addressing;
use crate::isa::{Op, Reg};
use crate::plan::{Plan, Stays};
use crate::program::{Block, BlockRole, Builder, Node, Program, Virtual};
use qgen_spec::{KernelSpec, Layout, Operand, Strategy};
use stream::Streams;

/// Writes the kernel of `plan` on virtual registers.
pub fn lower(plan: &Plan) -> Program<Virtual> {
    let mut b = Builder::default();
    let form = form(&plan.spec, plan.stays, &mut b);
    frame::write(plan, b, form.as_ref())
}

/// A piece of a main loop, to be looked at while planning.
pub(crate) struct Probe {
    /// The loop's body, its counter included.
    pub(crate) block: Block,
    /// What it sums into.
    pub(crate) accumulators: Vec<Reg>,
    /// Registers of both files together.
    pub(crate) registers: usize,
}

/// The main loop's body for `blocks` k-blocks, before anything else is known of the kernel; `walk`: how pointers
/// do, and the bytes of a cache line.
pub(crate) fn probe(spec: &KernelSpec, stays: Stays, walk: (Addressing, u32), blocks: u16) -> Probe {
    let mut b = Builder::default();
    let form = form(spec, stays, &mut b);
    let lines = match spec.lhs_layout() {
        Layout::Lines { .. } => usize::from(spec.register_tile.m),
        Layout::Panels { .. } | Layout::Planes { .. } => 1,
    };
    let pointers: Vec<Reg> = (0..=lines).map(|_| b.x("pointer")).collect();
    let mut streams = Streams::new(spec, walk, &pointers[1..], pointers[0]);
    streams.begin(blocks);
    for position in Position::all(blocks) {
        form.block(&mut b, &mut streams, position);
    }
    let counter = b.x("counter");
    let Node::Loop { mut body, .. } = frame::counted_loop(&mut b, &mut streams, counter, BlockRole::Steady)
    else {
        unreachable!("a counted loop is a loop")
    };
    let Some(Node::Block(block)) = body.pop() else { unreachable!("its body is one block") };
    Probe { block, accumulators: form.accumulators(), registers: b.registers() }
}

/// What a strategy does and why, in prose: the head of its file.
pub fn idea(strategy: Strategy) -> String {
    let file = match strategy {
        Strategy::Fip => include_str!("fip.rs"),
        Strategy::Byte => include_str!("byte.rs"),
        Strategy::WidenInner => include_str!("widen_inner.rs"),
        Strategy::Pair8 => include_str!("pair8.rs"),
        Strategy::WidenOuter => include_str!("widen_outer.rs"),
        Strategy::F32 | Strategy::DotOuter => include_str!("by_element.rs"),
        Strategy::Dot => include_str!("dot.rs"),
        Strategy::Mmla => include_str!("mmla.rs"),
        Strategy::Bits => include_str!("bits.rs"),
    };
    let lines = file.lines().map_while(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.filter(|line| !line.starts_with("```")).collect::<Vec<_>>().join("\n")
}

/// Where a k-block stands in the body of its loop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    /// Whether it is the first.
    pub(crate) first: bool,
    /// Whether it is the last.
    pub(crate) last: bool,
}

impl Position {
    /// The positions of `count` blocks.
    pub(crate) fn all(count: u16) -> impl Iterator<Item = Position> {
        (0..count).map(move |n| Position { first: n == 0, last: n + 1 == count })
    }
}

/// What a strategy does with a register tile.
pub(crate) trait Form {
    /// Everything that is summed up in registers.
    fn accumulators(&self) -> Vec<Reg>;

    /// Sets registers that stay the same for the whole kernel, before all loops.
    fn constants(&self, _: &mut Builder) {}

    /// Loads one k-block of both sides and adds its products.
    fn block(&self, b: &mut Builder, streams: &mut Streams, position: Position);

    /// Widens the sums, and adds the corrections to them, or (`more`) what an earlier flush stored;
    /// stores them.
    fn flush(&self, b: &mut Builder, ends: &store::Ends, more: bool);
}

/// The form of a strategy, its accumulators made in `b`.
pub(crate) fn form(spec: &KernelSpec, stays: Stays, b: &mut Builder) -> Box<dyn Form> {
    match spec.strategy {
        Strategy::Fip => inner::form::<fip::Fip>(spec, stays, b),
        Strategy::Byte => inner::form::<byte::Byte>(spec, stays, b),
        Strategy::WidenInner => inner::form::<widen_inner::WidenInner>(spec, stays, b),
        Strategy::Pair8 => inner::form::<pair8::Pair8>(spec, stays, b),
        Strategy::WidenOuter => Box::new(widen_outer::WidenOuter::new(spec, b)),
        Strategy::Dot => inner::form::<dot::Dot>(spec, stays, b),
        Strategy::Bits if share_accumulators(spec.strategy, spec.register_tile.n) => {
            Box::new(counts::Counts::new(spec, stays, b))
        }
        Strategy::Bits => inner::form::<bits::Bits>(spec, stays, b),
        Strategy::Mmla => Box::new(mmla::Mmla::new(spec, b)),
        Strategy::F32 | Strategy::DotOuter => Box::new(by_element::ByElement::new(spec, b)),
    }
}

/// Whether lanes are signed: they are unless both sides are unsigned.
pub(crate) fn is_signed(spec: &KernelSpec) -> bool {
    if spec.strategy == Strategy::Bits {
        return false;
    }
    let unsigned = |o: Operand| o.range().is_some_and(|r| r.fits_u8());
    !(unsigned(spec.lhs) && unsigned(spec.rhs_stored()))
}

/// The instruction for signed bytes, for unsigned ones, or for unsigned bytes of the left side by signed ones.
pub(crate) fn by_signs(spec: &KernelSpec, signed: Op, unsigned: Op, mixed: Op) -> Op {
    if spec.mixes_signs() { mixed } else { by_sign(spec, signed, unsigned) }
}

/// The instruction for signed or for unsigned lanes.
pub(crate) fn by_sign(spec: &KernelSpec, signed: Op, unsigned: Op) -> Op {
    if is_signed(spec) { signed } else { unsigned }
}
