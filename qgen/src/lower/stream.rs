//! Pointers that walk through memory, load after load; the right side's may ask for lines ahead of them.

use crate::core::Addressing;
use crate::isa::{Buffer, Inst, Op, Reg};
use crate::program::Builder;
use qgen_spec::KernelSpec;

/// The streams that a k-block is loaded from.
pub(crate) struct Streams {
    /// One per row where the left side is read in place, else one.
    pub(crate) lhs: Vec<Stream>,
    /// The packed right side.
    pub(crate) rhs: Stream,
}

impl Streams {
    /// Streams through the layouts of `spec`, from the lines (or the panel) of the left side and the panel of
    /// the right; `walk`: how, and the bytes of a cache line.
    pub(crate) fn new(spec: &KernelSpec, walk: (Addressing, u32), lhs: &[Reg], rhs: Reg) -> Streams {
        let (addressing, line) = walk;
        let [x, y] = [spec.lhs_layout(), spec.rhs_layout()].map(|layout| layout.block_bytes());
        let mut rhs = Stream::new(rhs, Buffer::Rhs, y, addressing);
        let (distance, line, blocks) = (spec.prefetch.into(), line.into(), spec.unroll);
        rhs.ahead = (spec.prefetch > 0).then_some(Ahead { distance, line, blocks });
        Streams { lhs: lhs.iter().map(|&p| Stream::new(p, Buffer::Lhs, x, addressing)).collect(), rhs }
    }

    /// Lines of a side that are loaded together, each `registers` long: two where that is one access.
    pub(crate) fn lines_at_once(&self, lhs: bool, registers: usize) -> usize {
        let stream = if lhs { &self.lhs[0] } else { &self.rhs };
        let neighbours = !lhs || self.lhs.len() == 1;
        if stream.walk == Walk::Pairs && neighbours && registers % 2 == 1 { 2 } else { 1 }
    }

    /// The stream of a row: its own, or the panel that all rows share.
    pub(crate) fn row(&mut self, i: usize) -> &mut Stream {
        let at = if self.lhs.len() > 1 { i } else { 0 };
        &mut self.lhs[at]
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Stream> {
        self.lhs.iter_mut().chain([&mut self.rhs])
    }

    /// Begins a loop's body of so many k-blocks.
    pub(crate) fn begin(&mut self, blocks: u16) {
        self.all().for_each(|stream| stream.begin(blocks));
    }

    /// Moves every pointer past what was loaded.
    pub(crate) fn advance(&mut self, b: &mut Builder) {
        self.all().for_each(|stream| stream.advance(b));
    }
}

/// How one pointer walks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// Loads have offsets; what the last one leaves is added.
    Offset,
    /// Every load moves the pointer.
    PostIndex,
    /// The first load moves the pointer past all of them.
    Once,
    /// The same, two registers a load.
    Pairs,
}

impl Walk {
    fn of(buffer: Buffer, addressing: Addressing) -> Walk {
        match (addressing, buffer) {
            (Addressing::Offset, _) => Walk::Offset,
            (Addressing::PostIndex, _) => Walk::PostIndex,
            (Addressing::Pairs, _)
            | (Addressing::RhsPairs, Buffer::Rhs)
            | (Addressing::LhsPairs, Buffer::Lhs) => Walk::Pairs,
            (Addressing::Once | Addressing::RhsPairs | Addressing::LhsPairs, _) => Walk::Once,
        }
    }
}

/// How lines are asked for ahead of the loads.
#[derive(Clone, Copy)]
struct Ahead {
    /// How far, in bytes.
    distance: i64,
    /// Bytes of a line.
    line: i64,
    /// In loops of so many k-blocks: the blocks that an unrolled loop leaves over are the last ones.
    blocks: u16,
}

impl Ahead {
    /// The first line that begins at byte `at` or behind it.
    fn line_from(self, at: i64) -> i64 {
        (at + self.line - 1) / self.line * self.line
    }
}

/// One pointer, and how far the loads have come from where it was at the beginning of the loop's body.
pub(crate) struct Stream {
    pointer: Reg,
    buffer: Buffer,
    walk: Walk,
    /// Bytes of a k-block, and of all of them in the body.
    block_bytes: i64,
    total: i64,
    /// Where the next load is.
    at: i64,
    /// Where the pointer is.
    moved: i64,
    /// How lines are asked for, and in this loop how far ahead of its loads, if they are.
    ahead: Option<Ahead>,
    asks: Option<Ahead>,
}

/// The most that one `add` moves a pointer: whole registers, below its 4096.
const FARTHEST: i64 = 4080;

/// The most that a load may move its pointer so that later ones reach back from there: all those of 16 bytes
/// by their nine bits of offset, all pairs by their seven bits of 16 bytes each.
const REACH: i64 = 240;
const REACH_OF_PAIRS: i64 = 1008;

impl Stream {
    /// A stream of `block_bytes` bytes a k-block.
    fn new(pointer: Reg, buffer: Buffer, block_bytes: usize, addressing: Addressing) -> Stream {
        let (walk, block_bytes) = (Walk::of(buffer, addressing), block_bytes as i64);
        Stream { pointer, buffer, walk, block_bytes, total: 0, at: 0, moved: 0, ahead: None, asks: None }
    }

    /// Begins a body of so many k-blocks. A pointer that is moved past the whole body at once asks from there, so
    /// that it asks at least a body ahead.
    fn begin(&mut self, blocks: u16) {
        self.total = self.block_bytes * i64::from(blocks);
        let ahead = self.ahead.filter(|ahead| ahead.blocks == blocks);
        self.asks = ahead.map(|ahead| match self.total {
            ..=REACH_OF_PAIRS => Ahead { distance: ahead.distance.max(ahead.line_from(self.total)), ..ahead },
            _ => ahead,
        });
    }

    /// How far from the pointer the lines are that the next `bytes` bytes ask for: one for every line of the
    /// body that begins in them.
    fn asked(&self, bytes: i64) -> impl Iterator<Item = i64> + use<> {
        let (at, moved) = (self.at, self.moved);
        self.asks.into_iter().flat_map(move |ahead| {
            let lines = (ahead.line_from(at)..at + bytes).step_by(ahead.line as usize);
            lines.map(move |line| ahead.distance + line - moved)
        })
    }

    /// Loads the next registers that `op` has room for, and asks for the lines that belong to them.
    fn take(&mut self, b: &mut Builder, op: Op, regs: &[Reg], imm: i64, bytes: i64) {
        b.mem(op, regs, imm, self.buffer);
        self.asked(bytes).for_each(|far| b.imm(Op::Prfm, &[self.pointer], far));
        self.at += bytes;
    }

    /// Loads the next 16 or 8 bytes.
    pub(crate) fn load(&mut self, b: &mut Builder, to: Reg, bytes: i64) {
        let post = if bytes == 16 { Op::LdrQPost } else { Op::LdrDPost };
        let plain = if bytes == 16 { [Op::LdrQ, Op::LdurQ] } else { [Op::LdrD, Op::LdurD] };
        self.access(b, &[to], bytes, post, &plain, REACH);
    }

    /// Loads the next registers of 16 bytes, two at a time where the core is to.
    pub(crate) fn load_registers(&mut self, b: &mut Builder, to: &[Reg]) {
        let (pairs, rest) = match self.walk {
            Walk::Pairs => to.as_chunks::<2>(),
            _ => (&[][..], to),
        };
        for pair in pairs {
            self.access(b, pair, 32, Op::LdpQPost, &[Op::LdpQ], REACH_OF_PAIRS);
        }
        rest.iter().for_each(|&reg| self.load(b, reg, 16));
    }

    /// Loads the next `bytes` bytes by `post`, which moves the pointer, or by the first of `plain` whose
    /// offset reaches them.
    fn access(&mut self, b: &mut Builder, to: &[Reg], bytes: i64, post: Op, plain: &[Op], reach: i64) {
        let regs = [to, &[self.pointer]].concat();
        let step = match self.walk {
            Walk::PostIndex => bytes,
            Walk::Once | Walk::Pairs if self.at == 0 && self.total <= reach => self.total,
            _ => 0,
        };
        let holds = |op: Op, imm| Inst::new(op, &[Reg(0); 3][..to.len() + 1], imm, None).is_ok();
        if step > 0 && holds(post, step) {
            self.moved += step;
            self.take(b, post, &regs, step, bytes);
            return;
        }
        let found = plain.iter().copied().find(|&op| holds(op, self.at - self.moved));
        let near = self.asked(bytes).all(|far| Inst::new(Op::Prfm, &[Reg(0)], far, None).is_ok());
        let op = found.filter(|_| near).unwrap_or_else(|| {
            self.advance(b);
            plain[0]
        });
        self.take(b, op, &regs, self.at - self.moved, bytes);
    }

    /// Loads `bytes` bytes, a multiple of 8, into as few registers as possible.
    pub(crate) fn load_all(&mut self, b: &mut Builder, bytes: i64, name: &str) -> Vec<Reg> {
        let regs: Vec<Reg> = (0..(bytes + 8) / 16).map(|at| b.v(format!("{name}.{at}"))).collect();
        let (whole, half) = regs.split_at((bytes / 16) as usize);
        self.load_registers(b, whole);
        half.iter().for_each(|&reg| self.load(b, reg, 8));
        regs
    }

    /// Moves the pointer to where the next load is.
    fn advance(&mut self, b: &mut Builder) {
        while self.at != self.moved {
            let step = (self.at - self.moved).clamp(-FARTHEST, FARTHEST);
            let op = if step > 0 { Op::AddImm } else { Op::SubImm };
            b.imm(op, &[self.pointer, self.pointer], step.abs());
            self.moved += step;
        }
        if self.moved == self.total {
            (self.at, self.moved) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Core;
    use crate::isa::{Meaning, Role};
    use crate::lower::lower;
    use crate::plan::Plan;

    /// The bytes of the right side that `passes` passes of the main loop load, and those that they ask for.
    fn walked(plan: &Plan, passes: usize) -> (Vec<std::ops::Range<i64>>, Vec<i64>) {
        let program = lower(plan);
        let body = &program.steady().insts;
        let load = body.iter().find(|inst| inst.buffer() == Some(Buffer::Rhs)).expect("it loads");
        let (pointer, mut at) = (*load.regs().last().expect("an address"), 0);
        let (mut loaded, mut asked) = (Vec::new(), Vec::new());
        for inst in (0..passes).flat_map(|_| body) {
            if inst.regs().last() != Some(&pointer) {
                continue;
            }
            let moves = inst.row().slots.last().is_some_and(|slot| slot.role == Role::InOut);
            match (&inst.row().meaning, inst.op()) {
                (Meaning::Memory(memory), _) => {
                    let begin = if moves { at } else { at + inst.imm() };
                    loaded.push(begin..begin + i64::from(memory.bytes) * i64::from(memory.registers));
                    at += if moves { inst.imm() } else { 0 };
                }
                (_, Op::Prfm) => asked.push(at + inst.imm()),
                (_, Op::AddImm) => at += inst.imm(),
                (_, Op::SubImm) => at -= inst.imm(),
                _ => panic!("something else moves the pointer: {inst:?}"),
            }
        }
        (loaded, asked)
    }

    #[test]
    fn every_line_is_asked_for_in_time_whatever_the_way_through_memory() {
        let passes = 40;
        for (name, ahead, asks) in [
            ("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1f256_cortex_a72", 256, 2),
            // At least a pass.
            ("qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1f64_cortex_a53", 768, 12),
            ("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u4f4096_cortex_a72", 4096, 8),
            // Passes that are no whole lines, and shorter than one.
            ("qgen_byte_1x3_lm8to7_rm8to7neg_t1x3k32u1f128_cortex_a53", 128, 2),
            ("qgen_f32_8x8_lf32_rf32_t8x8k1u1f128_cortex_a72", 128, 1),
            // Longer ones than pointers are moved at once.
            ("qgen_bits_1x8_lm2to1_rm2to1subm2_t1x8k128u8f64_cortex_a53", 64, 32),
        ] {
            let spec: KernelSpec = name.parse().unwrap();
            let core = Core::built_in(&spec.core).unwrap();
            let plan = Plan::new(spec, &core).unwrap_or_else(|e| panic!("{name}: {e}"));
            for addressing in Addressing::ALL {
                let (loaded, asked) = walked(&Plan { addressing, ..plan.clone() }, passes);
                assert_eq!(asked.len(), passes * asks, "{name}, {addressing:?}");
                let lines: Vec<i64> = asked.iter().map(|at| at - ahead).collect();
                for bytes in &loaded {
                    let near = |line: &&i64| (bytes.end - 64..=bytes.start).contains(*line);
                    assert!(lines.iter().any(|line| near(&line)), "{name}, {addressing:?}: {bytes:?}");
                }
                let end = loaded.iter().map(|bytes| bytes.end).max().expect("it loads");
                assert!(
                    lines.iter().all(|line| (0..end).contains(line)),
                    "{name}, {addressing:?}: {lines:?}"
                );
            }
        }
    }
}
