//! What a whole multiplication costs on a core, by the model: so that kernels can be compared at a
//! shape, where edges, short depths and small outputs decide.
//!
//! ```text
//!   m×n×k ──► whole tiles ⌈m/mr⌉·⌈n/nr⌉ ──► calls of ⌈k / k-block⌉ blocks each
//!    call  =  frame and control + register tiles · (zero, main loop · passes, rest, flush · periods)
//!    left  =  the one pass over the left side that its range check and sums need, or its packing
//! ```
//!
//! Everything is found by running the kernel's own instructions through [`simulate`]: the main loop
//! pass after pass, and the rest as it follows upon two passes, so that its overlap with them counts.
//! Not modelled: caches, mispredicted branches, copying of partial tiles. The caller's loop is so many instructions
//! and no more.

use crate::core::{Core, simulate};
use crate::isa::{Inst, Op, Reg};
use crate::kernel::Kernel;
use crate::program::{BlockRole, Node};
use qgen_spec::{Cost, KernelSpec, Layout, Operand, Sums};

/// The modelled costs of one kernel on one core.
#[derive(Clone, Debug)]
pub struct Estimate {
    tile: (u64, u64),
    k_block: u64,
    unroll: u64,
    /// k-blocks between two widenings.
    period: Option<u64>,
    /// Register tiles in a tile.
    register_tiles: f64,
    /// Cycles of one pass through the main loop.
    steady: f64,
    /// Cycles of one block that the main loop leaves over.
    rest: f64,
    /// Cycles of a call beside these, its last widening included.
    fixed: f64,
    /// Cycles of every further widening of one register tile.
    widening: f64,
    /// Cycles for 32 values of a row of the left side.
    left: f64,
}

/// Instructions of the runtime's loop for every call: eight that set up arguments and call, and five that go on;
/// `cargo xtask count --blocks 20` shows them.
const CALLER: f64 = 13.0;

/// Passes through the main loop in the code that is simulated as a whole.
const PASSES: usize = 2;

impl Estimate {
    /// The costs of `kernel` on `core`, which need not be the one that it was scheduled for.
    pub fn new(kernel: &Kernel, core: &Core) -> Estimate {
        let (plan, nodes) = (kernel.plan(), &kernel.program().nodes);
        let spec = &plan.spec;
        let alone = |role| -> f64 {
            kernel
                .program()
                .blocks(role)
                .iter()
                .map(|b| simulate(core, &b.insts, None).cycles)
                .fold(0.0, f64::max)
        };
        let steady = alone(BlockRole::Steady);
        // A first pass stands beside the loop, and so do the beginning of the first and the end of the last of a
        // pipelined one.
        let program = kernel.program();
        let beside = program.is_pipelined() || !program.blocks(BlockRole::First).is_empty();
        let passes = PASSES - usize::from(beside);
        let rows = u64::from(spec.tile.m / spec.register_tile.m);
        let cols = u64::from(spec.tile.n / spec.register_tile.n);
        let around_loop = |outer, inner| {
            // A single loop over register tiles is the inner one, whichever way it goes.
            let path = if cols > 1 { (outer, inner) } else { (1, outer) };
            let path = Path { outer: path.0, inner: path.1, further: false, passes };
            path.cycles(core, nodes) - steady * (PASSES * outer * inner) as f64
        };
        // Linear in both: fixed + rows · (row + cols · tile).
        let one = around_loop(1, 1);
        let tile = if cols > 1 { around_loop(1, 2) - one } else { 0.0 };
        let row = if rows > 1 { around_loop(2, 1) - one - tile } else { 0.0 };
        let (rows, cols) = (rows as f64, cols as f64);
        let fixed = one + (rows - 1.0) * row + (rows * cols - 1.0) * if cols > 1.0 { tile } else { 0.0 };
        let widening = match period_loop(nodes) {
            Some(body) => {
                let path = Path { outer: 1, inner: 1, further: true, passes };
                path.cycles(core, body) - steady * PASSES as f64
            }
            None => 0.0,
        };
        Estimate {
            tile: (spec.tile.m.into(), spec.tile.n.into()),
            k_block: spec.k_block.into(),
            unroll: spec.unroll.into(),
            period: plan.period.map(u64::from),
            register_tiles: rows * cols,
            steady,
            rest: alone(BlockRole::Rest),
            fixed: fixed.max(1.0) + CALLER / f64::from(core.width),
            widening: widening.max(0.0),
            left: left_side(spec, core),
        }
    }

    /// Cycles of one call.
    pub fn call(&self, k_blocks: u64) -> f64 {
        // The period is a multiple of the unroll factor: only the last part has a rest.
        let passes = (k_blocks / self.unroll) as f64;
        let rest = (k_blocks % self.unroll) as f64;
        let further = match self.period {
            Some(period) => k_blocks.div_ceil(period).saturating_sub(1) as f64,
            None => 0.0,
        };
        let each = passes * self.steady + rest * self.rest + further * self.widening;
        self.fixed + self.register_tiles * each
    }

    /// Cycles for the left side of m rows: once in a multiplication, however many columns there are.
    pub fn left_side(&self, m: u64, k: u64) -> f64 {
        m as f64 * k.div_ceil(32) as f64 * self.left
    }

    /// Cycles of a multiplication m × n × k.
    pub fn cycles(&self, m: u64, n: u64, k: u64) -> f64 {
        let calls = m.div_ceil(self.tile.0) as f64 * n.div_ceil(self.tile.1) as f64;
        calls * self.call(k.div_ceil(self.k_block)) + self.left_side(m, k)
    }

    /// The same costs as data for the runtime, which does without blocks that the main loop leaves over:
    /// every block costs its part of a pass.
    pub fn cost(&self) -> Cost {
        let hundredths = |cycles: f64| (cycles * 100.0).round() as u32;
        Cost {
            call: hundredths(self.fixed),
            block: hundredths(self.register_tiles * self.steady / self.unroll as f64),
            widening: hundredths(self.register_tiles * self.widening),
            left: hundredths(self.left),
        }
    }

    /// Multiply-accumulates that were asked for, per cycle: what edges and padding waste counts as
    /// time only.
    pub fn macs_per_cycle(&self, m: u64, n: u64, k: u64) -> f64 {
        m as f64 * n as f64 * k as f64 / self.cycles(m, n, k).max(1.0)
    }
}

/// A way through a program.
#[derive(Clone, Copy)]
struct Path {
    /// How often the outer loop over register tiles is run, if there are two.
    outer: usize,
    /// How often the inner, or only, loop over register tiles is run.
    inner: usize,
    /// Whether widened sums are added to earlier ones.
    further: bool,
    /// How often the main loop's body is run.
    passes: usize,
}

impl Path {
    fn cycles(self, core: &Core, nodes: &[Node]) -> f64 {
        let mut insts = Vec::new();
        self.walk(nodes, &mut insts);
        simulate(core, &insts, None).cycles
    }

    fn walk(self, nodes: &[Node], insts: &mut Vec<Inst>) {
        for node in nodes {
            match node {
                Node::Block(block) => insts.extend_from_slice(&block.insts),
                Node::Loop { body, .. } => {
                    for _ in 0..self.times(node, body) {
                        self.walk(body, insts);
                    }
                }
                Node::IfNonZero { then, otherwise, .. } if has(then, BlockRole::FlushMore) => {
                    self.walk(if self.further { then } else { otherwise }, insts);
                }
                Node::IfNonZero { then, .. } => self.walk(then, insts),
            }
        }
    }

    /// How often a loop, which has this body, is run.
    fn times(self, whole: &Node, body: &[Node]) -> usize {
        match body {
            _ if whole.main_loop().is_some() => self.passes,
            [Node::Block(b)] if b.role == BlockRole::Rest => 0,
            _ if is_period(body) => 1,
            _ if is_outer(body) => self.outer,
            _ => self.inner,
        }
    }
}

fn has(nodes: &[Node], role: BlockRole) -> bool {
    nodes.iter().any(|node| match node {
        Node::Block(b) => b.role == role,
        Node::Loop { body, .. } => has(body, role),
        Node::IfNonZero { then, otherwise, .. } => has(then, role) || has(otherwise, role),
    })
}

/// Whether the loop with this body is around another loop over register tiles.
fn is_outer(body: &[Node]) -> bool {
    body.iter().any(|node| match node {
        Node::Loop { body, .. } => has(body, BlockRole::Zero) && !is_period(body),
        _ => false,
    })
}

/// Whether the loop with this body goes from widening to widening.
fn is_period(body: &[Node]) -> bool {
    body.iter().any(|node| match node {
        Node::IfNonZero { then, .. } => has(then, BlockRole::FlushMore),
        _ => false,
    })
}

fn period_loop(nodes: &[Node]) -> Option<&[Node]> {
    nodes.iter().find_map(|node| match node {
        Node::Loop { body, .. } if is_period(body) => Some(&body[..]),
        Node::Loop { body, .. } => period_loop(body),
        _ => None,
    })
}

/// Cycles for 32 values of the left side before any call: range check and pair sums of lines that are
/// read in place, and the packing of others as vectors could do it.
pub(crate) fn left_side(spec: &KernelSpec, core: &Core) -> f64 {
    let inst = |op, regs: &[u16], imm| {
        let regs: Vec<Reg> = regs.iter().map(|&r| Reg(r)).collect();
        Inst::new(op, &regs, imm, None).expect("the operands are written here")
    };
    // x0, x1: pointers; v0, v1: values; v2…: temporaries; v8…: what is kept.
    let mut insts = Vec::new();
    let whole_byte =
        spec.lhs.range().is_none_or(|r| (r.lo(), r.hi()) == (-128, 127) || r.hi() - r.lo() == 255);
    let pairs = spec.sums() == Sums::Pairs;
    if pairs || !whole_byte {
        insts.extend([inst(Op::LdrQ, &[0, 0], 0), inst(Op::LdrQ, &[1, 0], 16)]);
    }
    if !whole_byte {
        // Subtract the smallest value, keep the largest distance.
        for value in [0, 1] {
            insts.push(inst(Op::AddBU, &[2 + value, value, 9], 0));
            insts.push(inst(Op::AddBU, &[8, 8, 2 + value], 0));
        }
    }
    if pairs {
        insts.push(inst(Op::Smull, &[4, 0, 1], 0));
        insts.push(inst(Op::Smlal2, &[4, 0, 1], 0));
        insts.push(inst(Op::SadalpH, &[10, 4], 0));
    }
    let mut repack = |registers: usize, permutations: usize, stores: usize| {
        for _ in 0..registers {
            insts.push(inst(Op::LdrQ, &[5, 0], 16));
            insts.extend((0..permutations).map(|_| inst(Op::Zip1D, &[6, 5, 5], 0)));
            insts.extend((0..stores).map(|_| inst(Op::StrQ, &[6, 1], 0)));
        }
    };
    match spec.lhs_layout() {
        Layout::Lines { .. } => {}
        // A transposition takes log2(values in a register) permutations of each register; lines that
        // keep 4 or 8 bytes of their depth together, fewer.
        Layout::Panels { depth_inner: true, k_block: 8.., .. } => repack(2, 1, 1),
        Layout::Panels { depth_inner: true, .. } => repack(2, 2, 1),
        Layout::Panels { .. } if spec.lhs == Operand::F32 => repack(8, 2, 1),
        Layout::Panels { .. } => repack(2, 4, 1),
        // Each plane: a test of every byte, and its bits gathered in three pairwise additions.
        Layout::Planes { planes, .. } => repack(2, 5 * usize::from(planes), usize::from(planes)),
    }
    if insts.is_empty() {
        return 0.0;
    }
    insts.push(inst(Op::AddImm, &[0, 0], 32));
    simulate(core, &insts, None).cycles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;

    fn estimate(name: &str) -> (Kernel, Estimate) {
        let kernel = compile_name(name).unwrap();
        let estimate = Estimate::new(&kernel, kernel.core());
        (kernel, estimate)
    }

    #[test]
    fn large_shapes_come_near_the_main_loop() {
        for name in [
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53",
            "qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72",
            "qgen_f32_8x8_lf32_rf32_t8x8k1u4_cortex_a72",
        ] {
            let (kernel, estimate) = estimate(name);
            let modelled = kernel.modelled_macs_per_cycle();
            let large = estimate.macs_per_cycle(4800, 4800, 1 << 14);
            assert!((large / modelled - 1.0).abs() < 0.05, "{name}: {large} of {modelled}");
            let small = estimate.macs_per_cycle(48, 48, 64);
            assert!(small < large && small > large / 4.0, "{name}: {small} of {large}");
        }
    }

    #[test]
    fn tiles_are_whole_and_depth_is_padded() {
        let (_, e) = estimate("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72");
        let calls = |m, n, k| e.cycles(m, n, k) - e.left_side(m, k);
        assert_eq!(calls(8, 8, 32), e.call(1));
        assert_eq!(calls(1, 1, 1), e.call(1));
        assert_eq!(calls(9, 16, 33), 4.0 * e.call(2));
        assert!(e.call(0) > 0.0);
        assert!(e.left_side(1, 1) > 0.0);
    }

    #[test]
    fn register_tiles_cost_the_same_one_by_one_or_together() {
        let (_, one) = estimate("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72");
        for (name, count) in [
            ("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", 4.0),
            ("qgen_fip_16x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", 4.0),
            ("qgen_fip_4x16_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", 4.0),
        ] {
            let (_, many) = estimate(name);
            let ratio = many.call(8) / (count * one.call(8));
            assert!((0.8..1.1).contains(&ratio), "{name}: {ratio}");
        }
    }

    /// What the runtime ranks by is what `qgen tune` ranks by.
    #[test]
    fn costs_as_data_say_the_same() {
        for name in [
            "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53",
            "qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u2_neoverse_v1",
        ] {
            let (kernel, e) = estimate(name);
            let descriptor = kernel.descriptor();
            for (m, n, k) in [(8, 8, 64), (1, 40, 640), (240, 96, 512), (33, 70, 1 << 14)] {
                let data = e.cost().of(&descriptor, m as usize, n as usize, k as usize) / 100.0;
                let cycles = e.cycles(m, n, k);
                assert!((data / cycles - 1.0).abs() < 0.01, "{name} at {m}x{n}x{k}: {data} of {cycles}");
            }
        }
    }

    #[test]
    fn further_widenings_cost_something() {
        let (kernel, e) = estimate("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72");
        let period = u64::from(kernel.plan().period.unwrap());
        let (before, after) = (e.call(period), e.call(period + 1));
        assert!(after - before > 1.3 * (before - e.call(period - 1)), "{before} {after}");
    }
}
