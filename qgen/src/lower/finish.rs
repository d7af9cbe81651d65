//! The end of a kernel that does not store sums: steps on four results at a time, as they leave the stores of
//! all forms.
//!
//! ```text
//!   i8, u8   sqshl     a = sum · 2^left            saturating
//!            sqrdmulh  h = a · multiplier / 2^31   rounded, ties up
//!            and ssra  h −= 1 where h < 0 and right < 0
//!            srshl     r = h · 2^right             rounded, ties up; with the step before: away from zero
//!            sqxtn sqadd sqxt(u)n                  16 bits, + zero point, 8 bits, all of them saturating
//!            max min                               the clamp
//!   f32      scvtf fmul fmax fmin                  of float sums: fmax fmin
//! ```
//!
//! Saturation on the way does not change what is clamped to a byte. Subtracting 1 cannot wrap: a product
//! with a number below 1 is never −2³¹. Bytes are narrowed and clamped sixteen at a time, from any rows, and
//! stored from their lanes.
//!
//! Parameters stay in registers for all rows where there are enough of them; else they are loaded again where
//! they are used.

use super::store::{Ends, Piece};
use crate::isa::{Buffer, Op, Reg, VECTOR_REGISTERS};
use crate::plan::Budget;
use crate::program::Builder;
use qgen_spec::{End, EndLayout, EndParam, KernelSpec, Strategy};

/// What a kernel's end needs to know of the kernel.
#[derive(Clone, Copy)]
pub(crate) struct Finishing {
    pub(crate) layout: EndLayout,
    /// Whether parameters stay in registers.
    hold: bool,
}

impl Finishing {
    pub(crate) fn of(spec: &KernelSpec) -> Finishing {
        let layout = EndLayout::of(spec);
        let tile = spec.register_tile;
        let sums = Budget::of(spec).accumulators;
        // Of each piece's columns, and what a row needs beside.
        let pieces = Piece::split(tile.n.into()).len() as u32;
        let pieces = if spec.strategy == Strategy::WidenOuter { 1 } else { pieces };
        let params = pieces * layout.params().len() as u32;
        Finishing { layout, hold: tile.m > 1 && sums + params + 6 <= VECTOR_REGISTERS }
    }
}

/// Four results, or fewer at the tile's edge, that wait to be stored as bytes.
#[derive(Clone, Copy)]
struct Quad {
    row: usize,
    piece: Piece,
}

/// The end of one register tile.
pub(crate) struct Finish {
    with: Finishing,
    /// The parameters of pieces that are held.
    held: Vec<(usize, EndParam, Reg)>,
    /// The head's registers that are held, by their words.
    head: Vec<(usize, Reg)>,
    /// The row that results come from now, and the row that `out_at` points to.
    row: usize,
    at_row: usize,
    quads: Vec<Quad>,
    /// Sixteen bit results of one or two quads.
    halves: Option<Reg>,
    /// Bytes of one or two pairs of quads.
    bytes: Option<Reg>,
}

impl Finish {
    /// The end of `ends`; nothing where sums are stored.
    pub(crate) fn of(ends: &Ends) -> Option<Finish> {
        let with = ends.finishing;
        (with.layout.end() != End::Sums).then(|| Finish {
            with,
            held: Vec::new(),
            head: Vec::new(),
            row: 0,
            at_row: 0,
            quads: Vec::new(),
            halves: None,
            bytes: None,
        })
    }

    /// Whether results are stored by [`Finish::bytes`].
    pub(crate) fn is_byte(&self) -> bool {
        self.with.layout.end().is_byte()
    }

    /// A parameter of a piece's columns.
    fn param(&mut self, b: &mut Builder, ends: &Ends, piece: Piece, param: EndParam) -> Reg {
        if let Some(held) = self.held.iter().find(|held| (held.0, held.1) == (piece.at, param)) {
            return held.2;
        }
        let layout = self.with.layout;
        let at = layout.params().iter().position(|p| *p == param).expect("the end has it");
        let reg = b.v(format!("{param:?}[{}]", piece.at).to_lowercase());
        piece.load_at(b, reg, ends.col_add, 4 * layout.word(at, piece.at) as i64);
        if self.with.hold {
            self.held.push((piece.at, param, reg));
        }
        reg
    }

    /// Four words of the head.
    fn head(&mut self, b: &mut Builder, ends: &Ends, word: usize, name: &str) -> Reg {
        if let Some(held) = self.head.iter().find(|held| held.0 == word) {
            return held.1;
        }
        let reg = b.v(name);
        b.mem(Op::LdrQ, &[reg, ends.col_add], 4 * word as i64, Buffer::ColAdd);
        if self.with.hold {
            self.head.push((word, reg));
        }
        reg
    }

    /// Float results of a piece's sums.
    pub(crate) fn floats(&mut self, b: &mut Builder, ends: &Ends, piece: Piece, sums: Reg) -> Reg {
        let mut value = sums;
        let mut apply = |b: &mut Builder, op: Op, name: &str, operands: &[Reg]| {
            let to = b.v(name);
            let regs: Vec<Reg> = [to, value].into_iter().chain(operands.iter().copied()).collect();
            b.op(op, &regs);
            value = to;
        };
        if self.with.layout.params().contains(&EndParam::Scale) {
            apply(b, Op::ScvtfS, "float", &[]);
            let scale = self.param(b, ends, piece, EndParam::Scale);
            apply(b, Op::FmulS, "scaled", &[scale]);
        }
        let lo = self.head(b, ends, 0, "lo");
        apply(b, Op::FmaxS, "raised", &[lo]);
        let hi = self.head(b, ends, 4, "hi");
        apply(b, Op::FminS, "clamped", &[hi]);
        value
    }

    /// Makes bytes of a piece's sums, to be stored with those of other pieces. Pieces come in the order of
    /// their places, row by row.
    pub(crate) fn bytes(&mut self, b: &mut Builder, ends: &Ends, out_at: Reg, piece: Piece, sums: Reg) {
        let left = self.param(b, ends, piece, EndParam::Left);
        let (shifted, high, fix, scaled) = (b.v("shifted"), b.v("high"), b.v("fix"), b.v("scaled"));
        b.op(Op::SqshlS, &[shifted, sums, left]);
        let multiplier = self.param(b, ends, piece, EndParam::Multiplier);
        b.op(Op::SqrdmulhS, &[high, shifted, multiplier]);
        let right = self.param(b, ends, piece, EndParam::Right);
        b.op(Op::AndS, &[fix, high, right]);
        b.imm(Op::SsraS, &[high, fix], 31);
        b.op(Op::SrshlS, &[scaled, high, right]);
        self.quads.push(Quad { row: self.row, piece });
        match self.halves {
            None => {
                let halves = b.v("halves");
                b.op(Op::SqxtnH, &[halves, scaled]);
                self.halves = Some(halves);
            }
            Some(halves) => {
                b.op(Op::Sqxtn2H, &[halves, scaled]);
                self.narrow(b, ends);
            }
        }
        if self.quads.len() == 4 {
            self.store(b, ends, out_at);
        }
    }

    /// Adds the zero point to the halves that wait, and makes bytes of them.
    fn narrow(&mut self, b: &mut Builder, ends: &Ends) {
        let Some(halves) = self.halves.take() else { return };
        let signed = self.with.layout.end() == End::I8;
        let (zero, moved) = (self.head(b, ends, 0, "zero_point"), b.v("moved"));
        b.op(Op::SqaddH, &[moved, halves, zero]);
        match self.bytes {
            None => {
                let bytes = b.v("bytes");
                b.op(if signed { Op::SqxtnB } else { Op::SqxtunB }, &[bytes, moved]);
                self.bytes = Some(bytes);
            }
            Some(bytes) => b.op(if signed { Op::Sqxtn2B } else { Op::Sqxtun2B }, &[bytes, moved]),
        }
    }

    /// Clamps and stores the bytes that wait.
    fn store(&mut self, b: &mut Builder, ends: &Ends, out_at: Reg) {
        self.narrow(b, ends);
        let Some(bytes) = self.bytes.take() else { return };
        let (max, min) = match self.with.layout.end() {
            End::I8 => (Op::SmaxB, Op::SminB),
            _ => (Op::UmaxB, Op::UminB),
        };
        let (raised, clamped) = (b.v("raised"), b.v("clamped"));
        let lo = self.head(b, ends, 4, "lo");
        b.op(max, &[raised, bytes, lo]);
        let hi = self.head(b, ends, 8, "hi");
        b.op(min, &[clamped, raised, hi]);
        let quads = std::mem::take(&mut self.quads);
        let mut first = 0;
        while first < quads.len() {
            let Quad { row, piece } = quads[first];
            // Neighbours in memory as in the register.
            let mut last = first;
            let follows = |a: Quad, b: Quad| (a.row, a.piece.at + 4) == (b.row, b.piece.at);
            while last + 1 < quads.len()
                && quads[last].piece.width == 4
                && follows(quads[last], quads[last + 1])
            {
                last += 1;
            }
            let count = 4 * (last - first) + quads[last].piece.width;
            while self.at_row < row {
                b.op(Op::AddX, &[out_at, out_at, ends.out_stride]);
                self.at_row += 1;
            }
            store_run(b, clamped, 4 * first, out_at, piece.at, count);
            first = last + 1;
        }
    }

    /// Goes to the next row.
    pub(crate) fn end_row(&mut self) {
        self.row += 1;
    }

    /// Stores what still waits.
    pub(crate) fn end(&mut self, b: &mut Builder, ends: &Ends, out_at: Reg) {
        self.store(b, ends, out_at);
    }
}

/// Stores `count` bytes of a register, from its byte `lane` on, to `at` bytes behind `to`.
fn store_run(b: &mut Builder, value: Reg, mut lane: usize, to: Reg, mut at: usize, mut count: usize) {
    while count > 0 {
        let fits =
            |size: usize| size <= count && lane.is_multiple_of(size) && (lane > 0 || at.is_multiple_of(size));
        let size = [16, 8, 4, 2, 1].into_iter().find(|size| fits(*size)).unwrap_or(1);
        if lane == 0 {
            let op = match size {
                16 => Op::StrQ,
                8 => Op::StrD,
                4 => Op::StrS,
                2 => Op::StrH,
                _ => Op::StrB,
            };
            b.mem(op, &[value, to], at as i64, Buffer::Out);
        } else {
            let address = if at == 0 { to } else { b.x("out_lane") };
            if at != 0 {
                b.imm(Op::AddImm, &[address, to], at as i64);
            }
            let op = match size {
                8 => Op::St1D,
                4 => Op::St1S,
                2 => Op::St1H,
                _ => Op::St1B,
            };
            b.mem(op, &[value, address], (lane / size) as i64, Buffer::Out);
        }
        (lane, at, count) = (lane + size, at + size, count - size);
    }
}
