//! Pointers that walk through memory, load after load.

use crate::core::Addressing;
use crate::isa::{Buffer, Op, Reg};
use crate::program::Builder;

/// The streams that a k-block is loaded from.
pub(crate) struct Streams {
    /// One per row where the left side is read in place, else one.
    pub(crate) lhs: Vec<Stream>,
    /// The packed right side.
    pub(crate) rhs: Stream,
}

impl Streams {
    /// The stream of a row: its own, or the panel that all rows share.
    pub(crate) fn row(&mut self, i: usize) -> &mut Stream {
        let at = if self.lhs.len() > 1 { i } else { 0 };
        &mut self.lhs[at]
    }

    /// Moves every pointer past what was loaded.
    pub(crate) fn advance(&mut self, b: &mut Builder) {
        for stream in self.lhs.iter_mut().chain([&mut self.rhs]) {
            stream.advance(b);
        }
    }
}

/// One pointer, and how far the loads have come from it.
pub(crate) struct Stream {
    pointer: Reg,
    buffer: Buffer,
    addressing: Addressing,
    at: i64,
}

/// The most that one `add` moves a pointer: whole registers, below its 4096.
const FARTHEST: i64 = 4080;

impl Stream {
    pub(crate) fn new(pointer: Reg, buffer: Buffer, addressing: Addressing) -> Stream {
        Stream { pointer, buffer, addressing, at: 0 }
    }

    /// Loads the next 16 or 8 bytes.
    pub(crate) fn load(&mut self, b: &mut Builder, to: Reg, bytes: i64) {
        let regs = [to, self.pointer];
        if self.addressing == Addressing::PostIndex {
            let op = if bytes == 16 { Op::LdrQPost } else { Op::LdrDPost };
            return b.mem(op, &regs, bytes, self.buffer);
        }
        let aligned = self.at % bytes == 0;
        if !aligned && self.at > 255 {
            self.advance(b);
        }
        let op = match (bytes == 16, self.at % bytes == 0) {
            (true, true) => Op::LdrQ,
            (true, false) => Op::LdurQ,
            (false, true) => Op::LdrD,
            (false, false) => Op::LdurD,
        };
        b.mem(op, &regs, self.at, self.buffer);
        self.at += bytes;
    }

    /// Loads `bytes` bytes, a multiple of 8, into as few registers as possible.
    pub(crate) fn load_all(&mut self, b: &mut Builder, bytes: i64, name: &str) -> Vec<Reg> {
        (0..bytes)
            .step_by(16)
            .map(|at| {
                let reg = b.v(format!("{name}.{}", at / 16));
                self.load(b, reg, if bytes - at >= 16 { 16 } else { 8 });
                reg
            })
            .collect()
    }

    pub(crate) fn advance(&mut self, b: &mut Builder) {
        while self.at > 0 {
            let step = self.at.min(FARTHEST);
            b.imm(Op::AddImm, &[self.pointer, self.pointer], step);
            self.at -= step;
        }
    }
}
