//! The memory of a call in which every operand is a variable.

use super::poly::{Poly, Symbol};
use crate::domain::{Fault, Interval, Shared, Symbolic, Term, Terms};
use crate::interp::Store;
use crate::isa::Buffer;
use qgen_spec::{End, EndLayout, KernelSpec, Layout, PlaneCode, Range, ResultBits};
use std::collections::HashMap;

/// What a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// The left value of a line at a depth, or one of its bits.
    Lhs(u32, u32, u32),
    /// The right value of a line at a depth, or one of its bits.
    Rhs(u32, u32, u32),
    RowAdd(u32),
    ColAdd(u32),
    /// What a result's place holds before the call.
    Out(u32, u32),
    /// What a lane of an accumulator held before.
    Before(u32, u32),
    /// A column's parameter of the kernel's end, by its place among them.
    Param(u32, u32),
    /// A number of the head of a register tile's parameters, by its place: zero point, lo, hi.
    Head(u32),
}

impl Variable {
    pub(super) fn index(self) -> u32 {
        let pack = |kind: u32, a: u32, b: u32, c: u32| kind << 27 | a << 20 | b << 2 | c;
        match self {
            Variable::Lhs(line, p, plane) => pack(0, line, p, plane),
            Variable::Rhs(line, p, plane) => pack(1, line, p, plane),
            Variable::RowAdd(i) => pack(2, i, 0, 0),
            Variable::ColAdd(j) => pack(3, j, 0, 0),
            Variable::Before(acc, lane) => pack(4, acc, lane, 0),
            Variable::Out(i, j) => pack(5, i, j, 0),
            Variable::Param(j, n) => pack(6, j, n, 0),
            Variable::Head(n) => pack(7, n, 0, 0),
        }
    }

    pub(super) fn name(symbol: Symbol) -> String {
        let index = symbol.index();
        let (kind, a, b, c) = (index >> 27, index >> 20 & 127, index >> 2 & 0x3_ffff, index & 3);
        match kind {
            0 if c == 0 => format!("x{a}[{b}]"),
            1 if c == 0 => format!("y{a}[{b}]"),
            0 => format!("x{a}[{b}].{c}"),
            1 => format!("y{a}[{b}].{c}"),
            2 => format!("row_add[{a}]"),
            3 => format!("col_add[{a}]"),
            5 => format!("stored[{a}][{b}]"),
            6 => format!("parameter {b} of column {a}"),
            7 => format!("number {a} of the head"),
            _ => format!("before{a}.{b}"),
        }
    }

    pub(super) fn poly(self) -> Poly {
        Poly::symbol(Symbol::number(self.index()))
    }

    fn bit(self) -> Poly {
        Poly::symbol(Symbol::bit(self.index()))
    }
}

/// One side of the multiplication: where it lies, and what its values are.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub(super) lhs: bool,
    pub(super) stored: Range,
    pub(super) planes: Option<PlaneCode>,
}

impl Side {
    pub(super) fn of(spec: &KernelSpec, lhs: bool) -> Side {
        let operand = if lhs { spec.lhs } else { spec.rhs };
        let stored = if lhs { spec.lhs } else { spec.rhs_stored() };
        let planes = (spec.strategy == qgen_spec::Strategy::Bits).then(|| PlaneCode::of(operand)).flatten();
        let stored = stored.range().expect("whole numbers are proved");
        Side { lhs, stored, planes }
    }

    fn variable(self, line: usize, p: usize, plane: usize) -> Variable {
        let (line, p, plane) = (line as u32, p as u32, plane as u32);
        if self.lhs { Variable::Lhs(line, p, plane) } else { Variable::Rhs(line, p, plane) }
    }

    /// The value of a line at a depth, as the kernel's contract counts it.
    pub(super) fn value(self, line: usize, p: usize) -> Poly {
        let bit = |q| self.variable(line, p, q).bit();
        match self.planes {
            None => self.variable(line, p, 0).poly(),
            Some(PlaneCode::Sign) => Poly::constant(1).add_scaled(&bit(0), -2),
            Some(PlaneCode::Ternary) => {
                let negative = bit(0).mul(&bit(1)).expect("two factors");
                bit(0).add_scaled(&negative, -2)
            }
            Some(PlaneCode::Binary { planes, .. }) => {
                (0..usize::from(planes)).fold(Poly::default(), |sum, q| sum.add_scaled(&bit(q), 1 << q))
            }
        }
    }

    /// Its absolute value, for signs and ternary numbers.
    pub(super) fn magnitude(self, line: usize, p: usize) -> Poly {
        match self.planes {
            Some(PlaneCode::Ternary) => self.variable(line, p, 0).bit(),
            _ => Poly::constant(1),
        }
    }
}

/// A call's buffers: operands as variables, results as they are stored.
pub(super) struct Memory {
    operands: [(u64, Vec<Option<Term>>); 2],
    /// Words of corrections and parameters, and results as they are stored.
    words: HashMap<u64, Term>,
    heads: Heads,
    result_bytes: u64,
    writable: std::ops::Range<u64>,
    stack: HashMap<u64, Terms>,
    before: Vec<Terms>,
    /// Whether results may be read that were stored before the call.
    pub(super) stored: bool,
    pub(super) out_stride: u64,
    pub(super) lhs_stride: u64,
}

pub(super) const LHS: u64 = 0x1_0000_0000;
pub(super) const RHS: u64 = 0x2_0000_0000;
pub(super) const OUT: u64 = 0x3_0000_0000;
pub(super) const ROW_ADD: u64 = 0x4_0000_0000;
pub(super) const COL_ADD: u64 = 0x5_0000_0000;
pub(super) const STACK: u64 = 0x6_0000_0000;
/// Where what accumulators begin with lies, 16 bytes each.
pub(super) const BEFORE: u64 = 0x7_0000_0000;

impl Memory {
    /// The buffers of a call of `k_blocks` blocks, in which values at depth `known` and beyond are
    /// padding, and what accumulators begin with.
    pub(super) fn new(spec: &KernelSpec, k_blocks: usize, known: usize, before: Vec<Terms>) -> Memory {
        let (m, n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
        let (lhs, lhs_stride) = side(spec, true, m, k_blocks, known);
        let (rhs, _) = side(spec, false, n, k_blocks, known);
        let ends = EndLayout::of(spec);
        let out_stride = (ends.end().bytes() * n) as u64 + 8;
        let mut words = HashMap::new();
        let full = Interval::new(i32::MIN.into(), i32::MAX.into());
        let word = |v: Variable| Term::Number { range: full, poly: v.poly() };
        for i in 0..m {
            words.insert(ROW_ADD + 4 * i as u64, word(Variable::RowAdd(i as u32)));
        }
        for j in 0..n {
            for param in 0..ends.params().len() {
                let at = ends.block_of(j) + ends.word(param, j % ends.width());
                let variable = match param {
                    0 => Variable::ColAdd(j as u32),
                    _ => Variable::Param(j as u32, param as u32),
                };
                words.insert(COL_ADD + 4 * at as u64, word(variable));
            }
        }
        let writable = OUT..OUT + out_stride * m as u64;
        Memory {
            operands: [(LHS, lhs), (RHS, rhs)],
            words,
            heads: Heads::of(ends, n),
            result_bytes: ends.end().bytes() as u64,
            writable,
            stack: HashMap::new(),
            before,
            stored: false,
            out_stride,
            lhs_stride,
        }
    }

    /// The result at row i, column j, if it was written as one with these bits.
    pub(super) fn result(&self, i: usize, j: usize, bits: ResultBits) -> Option<&Poly> {
        let term = self.words.get(&(OUT + i as u64 * self.out_stride + 4 * j as u64))?;
        match (bits, term) {
            (ResultBits::Full, Term::Number { poly, .. })
            | (ResultBits::Signed16, Term::Whole(poly, true))
            | (ResultBits::Unsigned16, Term::Whole(poly, false)) => Some(poly),
            _ => None,
        }
    }

    /// What was stored at row i, column j.
    pub(super) fn finished(&self, i: usize, j: usize) -> Option<&Term> {
        self.words.get(&(OUT + i as u64 * self.out_stride + self.result_bytes * j as u64))
    }

    /// The word at an address: what was written there, or what results' places hold before the call.
    fn word_at(&self, address: u64) -> Option<Term> {
        let stored = || {
            let at = address.checked_sub(OUT).filter(|_| self.stored && self.writable.contains(&address))?;
            let (row, column) = (at / self.out_stride, at % self.out_stride);
            let inside = column < self.out_stride - 8 && column.is_multiple_of(4);
            let poly = Variable::Out(row as u32, column as u32 / 4).poly();
            let range = Interval::new(i32::MIN.into(), i32::MAX.into());
            inside.then_some(Term::Number { range, poly })
        };
        self.words.get(&address).cloned().or_else(stored)
    }

    /// How many results were written.
    pub(super) fn written(&self) -> usize {
        self.words.keys().filter(|at| self.writable.contains(at)).count()
    }
}

/// The bytes of one side, and the distance of its lines or panels. `None`: not to be read.
fn side(
    spec: &KernelSpec,
    lhs: bool,
    lines: usize,
    k_blocks: usize,
    known: usize,
) -> (Vec<Option<Term>>, u64) {
    let side = Side::of(spec, lhs);
    let layout = if lhs { spec.lhs_layout() } else { spec.rhs_layout() };
    let depth = k_blocks * layout.k_block();
    let bytes = layout.block_bytes() * k_blocks;
    // Rows that are read in place have a gap between them; panels of the right side have none.
    let stride = if matches!(layout, Layout::Lines { .. }) { bytes + 24 } else { bytes };
    let mut out: Vec<Option<Term>> = vec![None; stride * lines.div_ceil(layout.width())];
    for panel in out.chunks_mut(stride.max(1)) {
        panel[..bytes].fill(Some(Term::constant(0)));
    }
    for line in 0..lines {
        for p in 0..depth.min(known) {
            let at = line / layout.width() * stride + layout.offset_in_panel(line % layout.width(), p);
            match side.planes {
                None => {
                    // Padding is 0, whatever the values are.
                    let range = Interval::of_padded(side.stored);
                    let poly = side.variable(line, p, 0).poly();
                    let (lowest, width) = layout.bits(p);
                    if layout.per_byte() == 1 {
                        out[at] = Some(Term::Number { range, poly });
                        continue;
                    }
                    let mut shared = match out[at].take() {
                        Some(Term::Shared(shared)) => shared,
                        _ => Shared::zeros(width),
                    };
                    shared.hold((lowest / width) as usize, range, poly);
                    out[at] = Some(Term::Shared(shared));
                }
                Some(code) => {
                    for q in 0..usize::from(code.planes()) {
                        let cell = &mut out[at + 16 * q];
                        let mut bits = match cell.take() {
                            Some(Term::Bits(bits)) => bits,
                            _ => Box::default(),
                        };
                        bits[p % 8] = side.variable(line, p, q).bit();
                        *cell = Some(Term::Bits(bits));
                    }
                }
            }
        }
    }
    (out, stride as u64)
}

/// The heads of all register tiles' parameters, as lanes of their own widths.
struct Heads {
    ends: EndLayout,
    blocks: u64,
}

impl Heads {
    fn of(ends: EndLayout, columns: usize) -> Heads {
        Heads { ends, blocks: (columns / ends.width()) as u64 }
    }

    /// Sixteen bytes of a head, if they are four of its words.
    fn load(&self, address: u64, bytes: u8) -> Option<Terms> {
        let (at, block) = (address.checked_sub(COL_ADD)?, 4 * self.ends.block_words() as u64);
        let (place, which) = (at % block, at % block / 16);
        let inside = at / block < self.blocks && place + 16 <= 4 * self.ends.head_words() as u64;
        if !inside || bytes != 16 || !place.is_multiple_of(16) {
            return None;
        }
        let byte = if self.ends.end() == End::I8 { Interval::new(-128, 127) } else { Interval::new(0, 255) };
        let (bits, range) = match (self.ends.end(), which) {
            (End::F32, _) => (32, Interval::new(i32::MIN.into(), i32::MAX.into())),
            (_, 0) => (16, Interval::new(-128, 255)),
            _ => (8, byte),
        };
        let lane = Term::Number { range, poly: Variable::Head(which as u32).poly() };
        Some(Terms { bits, lanes: vec![lane; 128 / usize::from(bits)] })
    }
}

impl Store<Symbolic> for Memory {
    fn load(&mut self, address: u64, bytes: u8, buffer: Option<Buffer>) -> Result<Terms, Fault> {
        let outside = || Fault(format!("reads {bytes} bytes outside, at {address:#x}"));
        if buffer == Some(Buffer::Stack) {
            return self.stack.get(&address).cloned().ok_or_else(outside);
        }
        if let Some(at) = address.checked_sub(BEFORE) {
            return self.before.get(at as usize / 16).cloned().ok_or_else(outside);
        }
        for (base, cells) in &self.operands {
            let Some(at) = address.checked_sub(*base).filter(|at| (*at as usize) < cells.len()) else {
                continue;
            };
            let cells = cells.get(at as usize..at as usize + usize::from(bytes)).ok_or_else(outside)?;
            let lanes: Option<Vec<Term>> = cells.iter().cloned().collect();
            return Ok(Terms { bits: 8, lanes: lanes.ok_or_else(outside)? });
        }
        if let Some(head) = self.heads.load(address, bytes) {
            return Ok(head);
        }
        let lanes: Option<Vec<Term>> =
            (0..u64::from(bytes / 4)).map(|n| self.word_at(address + 4 * n)).collect();
        Ok(Terms { bits: 32, lanes: lanes.ok_or_else(outside)? })
    }

    fn store(&mut self, address: u64, bytes: u8, buffer: Option<Buffer>, value: &Terms) -> Result<(), Fault> {
        if buffer == Some(Buffer::Stack) {
            self.stack.insert(address, value.clone());
            return Ok(());
        }
        let each = self.result_bytes;
        if u64::from(value.bits) != 8 * each || !u64::from(bytes).is_multiple_of(each) {
            return Err(Fault(format!("stores lanes of {} bits as results", value.bits)));
        }
        for n in 0..u64::from(bytes) / each {
            let at = address + each * n;
            let column = (at.wrapping_sub(OUT)) % self.out_stride;
            if !self.writable.contains(&at) || column >= self.out_stride - 8 || !column.is_multiple_of(each) {
                return Err(Fault(format!("writes outside the results, at {at:#x}")));
            }
            let lane = value.lanes.get(n as usize).cloned().unwrap_or_else(|| Term::constant(0));
            self.words.insert(at, lane);
        }
        Ok(())
    }

    fn word(&self, value: &Terms) -> Option<u64> {
        match value.lanes.first()? {
            Term::Number { poly, .. } => poly.as_constant().map(|v| v as u64),
            _ => None,
        }
    }
}
