//! Concrete operands for which a program does not do what it promises, found by running it.

use crate::domain::Fault;
use crate::plan::Plan;
use crate::program::{Machine, Program};
use crate::run::{Segment, Segments, call_machine};
use qgen_spec::{KernelSpec, Layout, PlaneCode, Strategy};
use std::fmt;

/// A call that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterexample {
    /// Depth.
    pub k: usize,
    /// What the operands are.
    pub operands: String,
    /// What happens.
    pub outcome: String,
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k = {}, {}: {}", self.k, self.operands, self.outcome)
    }
}

/// Tries extreme operands at a few depths, among them those just past the period of `plan`.
pub fn counterexample(plan: &Plan, program: &Program<Machine>) -> Option<Counterexample> {
    let unroll = usize::from(plan.spec.unroll);
    let mut depths = vec![1, unroll, 2 * unroll + 1];
    if let Some(period) = plan.period {
        depths.extend([period as usize, period as usize + unroll]);
    }
    let (lhs, rhs) = (plan.spec.lhs.range()?, plan.spec.rhs.range()?);
    let ends = |lo: i16, hi: i16| {
        let mut values = vec![lo, hi];
        values.dedup();
        values
    };
    for blocks in depths {
        for &x in &ends(lhs.lo(), lhs.hi()) {
            for &y in &ends(rhs.lo(), rhs.hi()) {
                for mixed in [false, true] {
                    // Mixed operands differ from place to place, so that exchanged halves show.
                    let left = |i: usize, p: usize| if mixed && (p * 7 + i) % 5 < 2 { lhs.hi() } else { x };
                    let right = |j: usize, p: usize| if mixed && (p * 3 + j) % 7 < 3 { rhs.lo() } else { y };
                    if let Some(outcome) = differs(&plan.spec, program, blocks, &left, &right) {
                        let kind = if mixed { "mostly" } else { "always" };
                        return Some(Counterexample {
                            k: blocks * usize::from(plan.spec.k_block),
                            operands: format!("x {kind} {x}, y {kind} {y}"),
                            outcome,
                        });
                    }
                }
            }
        }
    }
    None
}

type Values<'a> = &'a dyn Fn(usize, usize) -> i16;

fn differs(
    spec: &KernelSpec,
    program: &Program<Machine>,
    blocks: usize,
    left: Values<'_>,
    right: Values<'_>,
) -> Option<String> {
    let (m, n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
    let depth = blocks * usize::from(spec.k_block);
    let stored = |v: i16| spec.storage.apply(v);
    let planes = |lhs: bool| {
        (spec.strategy == Strategy::Bits)
            .then(|| PlaneCode::of(if lhs { spec.lhs } else { spec.rhs }))
            .flatten()
    };
    let (x_bytes, x_stride) = pack(spec.lhs_layout(), m, blocks, planes(true), left);
    let (y_bytes, _) = match planes(false) {
        Some(code) => pack(spec.rhs_layout(), n, blocks, Some(code), right),
        None => pack(spec.rhs_layout(), n, blocks, None, &|j, p| stored(right(j, p))),
    };
    let (x_at, y_at, out_at, row_at, col_at) =
        (0x1000_0000, 0x2000_0000, 0x3000_0000, 0x4000_0000, 0x5000_0000);
    let segment = |address, bytes, writable| Segment { address, bytes, writable };
    // row_add and col_add of the true result: what the kernel's sums contain beside it, taken out.
    let number = |lhs: bool, v: i16| match planes(lhs) {
        Some(code @ PlaneCode::Binary { .. }) => i64::from(code.encode(v)),
        _ if lhs => i64::from(v),
        _ if planes(lhs).is_some() => i64::from(v),
        _ => i64::from(stored(v)),
    };
    let sign = i64::from(spec.storage.sign());
    let term = |lhs: bool, line: usize| {
        let value = |p: usize| number(lhs, if lhs { left(line, p) } else { right(line, p) }) as i32;
        -sign * spec.sums().of_line(lhs, depth, value)
    };
    let words = |count: usize, lhs: bool| -> Vec<u8> {
        (0..count).flat_map(|line| (term(lhs, line) as i32).to_le_bytes()).collect()
    };
    let mut memory = Segments(vec![
        segment(out_at, vec![0; 4 * m * n], true),
        segment(x_at, x_bytes, false),
        segment(y_at, y_bytes, false),
        segment(row_at, words(m, true), false),
        segment(col_at, words(n, false), false),
    ]);
    let args = [blocks as u64, x_at, x_stride as u64, y_at, out_at, 4 * n as u64, row_at, col_at];
    if let Err(Fault(why)) = call_machine(program, args, &mut memory) {
        return Some(why);
    }
    for i in 0..m {
        for j in 0..n {
            let at = 4 * (i * n + j);
            let found = i32::from_le_bytes(memory.0[0].bytes[at..at + 4].try_into().ok()?);
            let sum: i64 = (0..depth).map(|p| number(true, left(i, p)) * number(false, right(j, p))).sum();
            let wanted = (sign * sum) as i32;
            if found != wanted {
                return Some(format!("out[{i}][{j}] is {found}, not {wanted}"));
            }
        }
    }
    None
}

fn pack(
    layout: Layout,
    lines: usize,
    blocks: usize,
    planes: Option<PlaneCode>,
    value: Values<'_>,
) -> (Vec<u8>, usize) {
    let stride = layout.block_bytes() * blocks;
    let mut out = vec![0u8; stride * lines.div_ceil(layout.width())];
    for line in 0..lines {
        for p in 0..blocks * layout.k_block() {
            let at = line / layout.width() * stride + layout.offset_in_panel(line % layout.width(), p);
            match planes {
                None => out[at] = value(line, p) as u8,
                Some(code) => {
                    for q in 0..usize::from(code.planes()) {
                        out[at + 16 * q] |= (code.encode(value(line, p)) >> q & 1) << (p % 8);
                    }
                }
            }
        }
    }
    (out, stride)
}
