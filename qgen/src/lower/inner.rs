//! Inner-product form: lanes run along the depth.
//!
//! A vector holds consecutive depth values of one line. Each result has accumulators of its own,
//! whose lanes are added up once, at the end. Nothing is duplicated or shuffled.
//!
//! Where 16-bit lanes hold the sums of a few k-blocks only, the main loop's body is one such
//! stretch: short sums begin with its first product (`smull`, so that nothing is zeroed) and are
//! added to 32-bit sums after its last.
//!
//! Where k is so short that results fit 16 bits, lanes are added up, corrected and only then widened:
//! modulo 2¹⁶ it does not matter what wraps on the way. Two rows share a register.

use super::store::{Ends, Enter, PairStore, Piece, RowStore};
use super::stream::Streams;
use super::unpack::Unpack;
use super::{Form, Position, by_sign};
use crate::isa::{Op, Reg};
use crate::plan::Stays;
use crate::program::Builder;
use qgen_spec::{KernelSpec, Layout, ResultBits, Storage};
use std::ops::Range;

/// What one multiply-accumulate of two lines' k-block is.
pub(super) trait Mac {
    /// For operands of `spec`.
    fn new(spec: &KernelSpec) -> Self;

    /// Accumulators of a result.
    fn sums(&self) -> usize {
        1
    }

    /// Adds the products of `x` and `y`, the registers of a k-block of each line in the order of depth.
    fn mac(&self, b: &mut Builder, into: &Target<'_>, x: &[Reg], y: &[Reg]);

    /// The pairwise widening of accumulators with 16-bit lanes; `None` for 32-bit lanes.
    fn widening(&self) -> Option<Op>;

    /// One raw sum from the totals of a result's accumulators, lane by lane.
    fn combine(&self, _: &mut Builder, _: Lanes, totals: &[Reg]) -> Reg {
        totals[0]
    }

    /// How raw sums enter the result.
    fn enter(&self, spec: &KernelSpec) -> Enter {
        if spec.storage == Storage::Negate { Enter::Minus } else { Enter::Plus }
    }
}

/// The lanes in which totals are combined: their addition and their subtraction.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    pub(super) add: Op,
    pub(super) sub: Op,
}

const WORDS: Lanes = Lanes { add: Op::AddS, sub: Op::SubS };
const HALVES: Lanes = Lanes { add: Op::AddH, sub: Op::SubH };

/// The accumulators of a result.
pub(super) struct Target<'a> {
    /// Those that live through the loop.
    pub(super) sums: &'a [Reg],
    /// Where a k-block is worked through [chunk by chunk](KernelSpec::chunk_by_chunk): the sum of bytes that the
    /// chunk's product is added to, and where in the k-block the chunk stands.
    pub(super) bytes: Option<(Reg, Position)>,
    short: Option<Short>,
}

/// A 16-bit sum that lives through one pass of the main loop's body.
#[derive(Clone, Copy)]
struct Short {
    reg: Reg,
    widen: Op,
    position: Position,
}

/// A multiplication of two registers: as the beginning of a sum, and as its continuation.
pub(super) struct Product {
    pub(super) begin: Op,
    pub(super) go_on: Op,
    pub(super) x: Reg,
    pub(super) y: Reg,
}

impl Target<'_> {
    /// Adds products, which go to the short sum if there is one. `part`: which of the calls for one
    /// k-block this is.
    pub(super) fn add(&self, b: &mut Builder, part: Position, products: &[Product]) {
        let Some(short) = self.short else {
            for p in products {
                b.op(p.go_on, &[self.sums[0], p.x, p.y]);
            }
            return;
        };
        for (n, p) in products.iter().enumerate() {
            let begins = n == 0 && part.first && short.position.first;
            let op = if begins { p.begin } else { p.go_on };
            b.op(op, &[short.reg, p.x, p.y]);
        }
        if part.last && short.position.last {
            b.op(short.widen, &[self.sums[0], short.reg]);
        }
    }
}

struct Inner<M> {
    mac: M,
    m: usize,
    n: usize,
    /// Registers of a line's k-block, left and right.
    chunks: [usize; 2],
    /// Registers that the right side's are unpacked from.
    loaded: usize,
    unpack: Unpack,
    enter: Enter,
    /// `sums[i][j]`: the accumulators of row i, column j.
    sums: Vec<Vec<Vec<Reg>>>,
    /// `bytes[i][j]` where k-blocks are worked through chunk by chunk: sums that live through one.
    bytes: Vec<Vec<Reg>>,
    /// `short[i][j]` where short sums live through more than one k-block.
    short: Vec<Vec<Reg>>,
    in_loop: Option<Op>,
    results: ResultBits,
    stays: Stays,
}

/// Loads the lines of the side that stays, then those of the other, `at_once` of them after another, each of
/// which passes by all that stay.
pub(super) fn pass_by<L>(
    b: &mut Builder,
    stays: Stays,
    (m, n): (usize, usize),
    at_once: usize,
    mut load: impl FnMut(&mut Builder, bool, Range<usize>) -> Vec<L>,
    mut multiply: impl FnMut(&mut Builder, (usize, usize), &L, &L),
) {
    let lhs_passes = stays == Stays::Rhs;
    let (staying, passing) = if lhs_passes { (n, m) } else { (m, n) };
    let stay = load(b, !lhs_passes, 0..staying);
    for first in (0..passing).step_by(at_once) {
        let lines = first..passing.min(first + at_once);
        for (p, line) in lines.clone().zip(load(b, lhs_passes, lines)) {
            for (s, stays) in stay.iter().enumerate() {
                if lhs_passes {
                    multiply(b, (p, s), &line, stays);
                } else {
                    multiply(b, (s, p), stays, &line);
                }
            }
        }
    }
}

pub(super) fn form<M: Mac + 'static>(spec: &KernelSpec, stays: Stays, b: &mut Builder) -> Box<dyn Form> {
    let (m, n) = (usize::from(spec.register_tile.m), usize::from(spec.register_tile.n));
    let mac = M::new(spec);
    let mut grid = |name: &str| -> Vec<Vec<Reg>> {
        (0..m).map(|i| (0..n).map(|j| b.v(format!("{name}[{i}][{j}]"))).collect()).collect()
    };
    let mut sums = vec![vec![Vec::new(); n]; m];
    for s in 0..mac.sums() {
        let name = if s == 0 { "acc".to_string() } else { format!("acc{s}") };
        for (row, regs) in sums.iter_mut().zip(grid(&name)) {
            for (cell, reg) in row.iter_mut().zip(regs) {
                cell.push(reg);
            }
        }
    }
    let bytes = if spec.chunk_by_chunk() { grid("bytes") } else { Vec::new() };
    let short = if spec.widen_in_loop { grid("short") } else { Vec::new() };
    let registers = |l: Layout| l.block_bytes() / l.width() / 16;
    let loaded = registers(spec.rhs_layout());
    Box::new(Inner {
        m,
        n,
        chunks: [registers(spec.lhs_layout()), loaded * usize::from(spec.per_byte)],
        loaded,
        unpack: Unpack::new(spec, b),
        enter: mac.enter(spec),
        mac,
        sums,
        bytes,
        short,
        in_loop: spec.widen_in_loop.then(|| by_sign(spec, Op::SadalpH, Op::UadalpH)),
        results: spec.result_bits(),
        stays,
    })
}

impl<M: Mac> Inner<M> {
    /// The values of lines, from `loads` registers of each.
    fn lines(
        &self,
        b: &mut Builder,
        streams: &mut Streams,
        lhs: bool,
        lines: Range<usize>,
        loads: usize,
    ) -> Vec<Vec<Reg>> {
        let side = if lhs { "x" } else { "y" };
        let narrow = !lhs && self.loaded < self.chunks[1];
        let name = |i: usize, c: usize| format!("{side}[{i}].{}{c}", if narrow { "bytes" } else { "" });
        let loaded: Vec<Vec<Reg>> =
            lines.clone().map(|i| (0..loads).map(|c| b.v(name(i, c))).collect()).collect();
        if lhs && streams.lhs.len() > 1 {
            lines.zip(&loaded).for_each(|(i, regs)| streams.lhs[i].load_registers(b, regs));
            return loaded;
        }
        let stream = if lhs { &mut streams.lhs[0] } else { &mut streams.rhs };
        stream.load_registers(b, &loaded.concat());
        if lhs {
            return loaded;
        }
        loaded.into_iter().zip(lines).map(|(y, j)| self.unpack.values(b, y, &format!("y[{j}]"))).collect()
    }

    fn mac(&self, b: &mut Builder, (i, j): (usize, usize), x: &[Reg], y: &[Reg], position: Position) {
        let short = self.in_loop.map(|widen| {
            // A short sum that ends where it began needs no register of its own.
            let reg = if position.first && position.last { b.v("short") } else { self.short[i][j] };
            Short { reg, widen, position }
        });
        self.mac.mac(b, &Target { sums: &self.sums[i][j], bytes: None, short }, x, y);
    }

    /// A chunk of a k-block of all lines.
    fn chunk(&self, b: &mut Builder, streams: &mut Streams, at: Position) {
        let at_once = streams.lines_at_once(self.stays == Stays::Rhs, 1);
        let load = |b: &mut Builder, lhs: bool, lines: Range<usize>| self.lines(b, streams, lhs, lines, 1);
        pass_by(b, self.stays, (self.m, self.n), at_once, load, |b, (i, j), x, y| {
            let (sums, bytes) = (&self.sums[i][j][..], Some((self.bytes[i][j], at)));
            self.mac.mac(b, &Target { sums, bytes, short: None }, x, y);
        });
    }

    /// Lane c of the result is the total of all lanes of the accumulator of the piece's column c.
    fn total(&self, b: &mut Builder, acc: &[Reg], piece: Piece) -> Reg {
        let mut wide = Vec::with_capacity(4);
        for (c, &from) in acc.iter().enumerate() {
            wide.push(match self.mac.widening().filter(|_| self.in_loop.is_none()) {
                Some(op) => {
                    let to = b.v(format!("wide[{c}]"));
                    b.op(op, &[to, from]);
                    to
                }
                None => from,
            });
        }
        // a0+a1 a2+a3 b0+b1 b2+b3, then Σa Σb Σc Σd.
        let last = piece.width - 1;
        let (ab, cd, all) = (b.v("pairs.lo"), b.v("pairs.hi"), b.v("totals"));
        b.op(Op::AddpS, &[ab, wide[0], wide[1.min(last)]]);
        if piece.width < 4 {
            b.op(Op::AddpS, &[all, ab, ab]);
        } else {
            b.op(Op::AddpS, &[cd, wide[2], wide[3]]);
            b.op(Op::AddpS, &[all, ab, cd]);
        }
        all
    }
}

impl<M: Mac> Inner<M> {
    /// The end for short k, with `widen` for the lower and the upper half of a register.
    fn flush_short(&self, b: &mut Builder, ends: &Ends, widen: [Op; 2]) {
        let pieces = Piece::split(self.n);
        let mut store = PairStore::new(b, ends, self.enter, widen, (self.m, &pieces));
        let columns: Vec<_> = pieces.iter().map(|&p| store.columns(b, p)).collect();
        let mut rows = self.sums.chunks(2).peekable();
        while let Some(pair) = rows.next() {
            store.begin(b, pair.len());
            for (&piece, &columns) in pieces.iter().zip(&columns) {
                let totals: Vec<Reg> =
                    (0..self.mac.sums()).map(|s| Self::total_short(b, pair, s, piece)).collect();
                let raw = self.mac.combine(b, HALVES, &totals);
                store.piece(b, piece, columns, raw);
            }
            if rows.peek().is_some() {
                store.end(b);
            }
        }
        store.finish(b);
    }

    /// The totals of accumulator `s` of a piece's columns modulo 2¹⁶: those of the first row, then those of
    /// the second.
    fn total_short(b: &mut Builder, rows: &[Vec<Vec<Reg>>], s: usize, piece: Piece) -> Reg {
        let mut add = |name: &str, x, y| {
            let to = b.v(name);
            b.op(Op::AddpH, &[to, x, y]);
            to
        };
        let halves: Vec<Reg> = rows
            .iter()
            .map(|row| {
                let lanes = |c| row[piece.column(c)][s];
                let ab = add("pairs.lo", lanes(0), lanes(1));
                let cd = if piece.width < 4 { ab } else { add("pairs.hi", lanes(2), lanes(3)) };
                add("fours", ab, cd)
            })
            .collect();
        add("totals", halves[0], halves[halves.len() - 1])
    }
}

impl<M: Mac> Form for Inner<M> {
    fn accumulators(&self) -> Vec<Reg> {
        self.sums.concat().concat()
    }

    fn constants(&self, b: &mut Builder) {
        self.unpack.constants(b);
    }

    fn block(&self, b: &mut Builder, streams: &mut Streams, position: Position) {
        if !self.bytes.is_empty() {
            return Position::all(self.chunks[0] as u16).for_each(|at| self.chunk(b, streams, at));
        }
        let loads = |lhs| if lhs { self.chunks[0] } else { self.loaded };
        let lhs_passes = self.stays == Stays::Rhs;
        let at_once = streams.lines_at_once(lhs_passes, loads(lhs_passes));
        let load = |b: &mut Builder, lhs, lines| self.lines(b, streams, lhs, lines, loads(lhs));
        pass_by(b, self.stays, (self.m, self.n), at_once, load, |b, cell, x, y| {
            self.mac(b, cell, x, y, position);
        });
    }

    fn flush(&self, b: &mut Builder, ends: &Ends, more: bool) {
        match self.results {
            ResultBits::Full => {}
            ResultBits::Signed16 => return self.flush_short(b, ends, [Op::SshllH, Op::Sshll2H]),
            ResultBits::Unsigned16 => return self.flush_short(b, ends, [Op::UshllH, Op::Ushll2H]),
        }
        let pieces = Piece::split(self.n);
        let mut rows = RowStore::new(b, ends, more, &pieces);
        let columns: Vec<_> = pieces.iter().map(|&p| rows.columns(b, p)).collect();
        for i in 0..self.m {
            rows.begin_row(b);
            for (&piece, &columns) in pieces.iter().zip(&columns) {
                let cells = &self.sums[i][piece.at..piece.at + piece.width];
                let totals: Vec<Reg> = (0..self.mac.sums())
                    .map(|s| self.total(b, &cells.iter().map(|c| c[s]).collect::<Vec<_>>(), piece))
                    .collect();
                let raw = self.mac.combine(b, WORDS, &totals);
                rows.piece(b, self.enter, piece, columns, raw);
            }
            if i + 1 < self.m {
                rows.end_row(b);
            }
        }
        rows.finish(b);
    }
}
