//! The kernel's end: corrections are added and rows stored.

use super::finish::{Finish, Finishing};
use crate::isa::{Buffer, Op, Reg};
use crate::program::Builder;

/// Where results go and what is added to them.
pub(crate) struct Ends {
    pub(crate) out: Reg,
    pub(crate) out_stride: Reg,
    pub(crate) row_add: Reg,
    pub(crate) col_add: Reg,
    /// What is made of results before they are stored.
    pub(crate) finishing: Finishing,
}

impl Ends {
    /// Loads the values that are added to a piece's columns.
    fn load_columns(&self, b: &mut Builder, piece: Piece, to: Reg) {
        piece.load_at(b, to, self.col_add, 4 * self.finishing.layout.word(0, piece.at) as i64);
    }
}

/// Columns that are stored together: 4, 2 or 1 of them from column `at` on.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) at: usize,
    pub(crate) width: usize,
}

impl Piece {
    /// `columns` columns in as few pieces as possible.
    pub(crate) fn split(columns: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for width in [4, 2, 1] {
            while columns - at >= width {
                pieces.push(Piece { at, width });
                at += width;
            }
        }
        pieces
    }

    /// The piece's column `i`, or its last one where it has fewer.
    pub(crate) fn column(&self, i: usize) -> usize {
        self.at + i.min(self.width - 1)
    }

    fn load(self, b: &mut Builder, to: Reg, from: Reg, buffer: Buffer) {
        let op = [Op::LdrS, Op::LdrD, Op::LdrQ][self.width / 2];
        b.mem(op, &[to, from], 4 * self.at as i64, buffer);
    }

    /// Loads a word for each column from `at` bytes behind `from`, parameters of columns.
    pub(crate) fn load_at(self, b: &mut Builder, to: Reg, from: Reg, at: i64) {
        let op = [Op::LdrS, Op::LdrD, Op::LdrQ][self.width / 2];
        b.mem(op, &[to, from], at, Buffer::ColAdd);
    }

    fn store(self, b: &mut Builder, value: Reg, to: Reg) {
        let op = [Op::StrS, Op::StrD, Op::StrQ][self.width / 2];
        b.mem(op, &[value, to], 4 * self.at as i64, Buffer::Out);
    }
}

impl Piece {
    /// Whether this is the first of two pieces of four columns that are stored together, of `wide` such pieces
    /// in a row that begins at column 0.
    fn comes_before_its_like(self, wide: usize) -> bool {
        self.width == 4 && self.at.is_multiple_of(8) && self.at / 4 + 1 < wide
    }

    /// Stores the piece before this one, and this one.
    fn store_both(self, b: &mut Builder, before: Reg, value: Reg, to: Reg) {
        b.mem(Op::StpQ, &[before, value, to], 4 * self.at as i64 - 16, Buffer::Out);
    }
}

/// How raw sums enter the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enter {
    /// Added.
    Plus,
    /// Subtracted: the right side is stored negated.
    Minus,
    /// Added as floats.
    Float,
}

/// Stores the sums of two rows at a time, which share registers of 16-bit lanes: the first row's columns,
/// then the second's. Corrections are added modulo 2¹⁶, and what comes of it is widened once.
pub(crate) struct PairStore<'e> {
    ends: &'e Ends,
    enter: Enter,
    widen: [Op; 2],
    out_at: [Reg; 2],
    row_add_at: Reg,
    row_add: Reg,
    rows: usize,
    /// Pieces of four columns, and the results of the first of two such pieces, as in [`RowStore`].
    wide: usize,
    first: Option<[Reg; 2]>,
    finish: Option<Finish>,
    /// Results of the second row, where they are finished behind those of the first.
    second: Vec<(Piece, Reg)>,
}

impl<'e> PairStore<'e> {
    /// Begins at the first row; `widen` are the instructions for the lower and the upper half of a register.
    pub(crate) fn new(b: &mut Builder, ends: &'e Ends, enter: Enter, widen: [Op; 2]) -> Self {
        let (first, second) = (b.x("out_row"), b.x("out_next"));
        let (row_add_at, row_add) = (b.x("row_add_at"), b.v("row_adds"));
        b.op(Op::MovX, &[first, ends.out]);
        b.op(Op::MovX, &[row_add_at, ends.row_add]);
        let (out_at, finish, second) = ([first, second], Finish::of(ends), Vec::new());
        let (rows, wide, first) = (0, 0, None);
        PairStore { ends, enter, widen, out_at, row_add_at, row_add, rows, wide, first, finish, second }
    }

    /// `col_add` of a piece, once for each of two rows. Called for all pieces before the first is stored.
    pub(crate) fn columns(&mut self, b: &mut Builder, piece: Piece) -> Reg {
        self.wide += piece.width / 4;
        let (words, halves) = (b.v("col_add"), b.v(format!("col_adds[{}]", piece.at)));
        self.ends.load_columns(b, piece, words);
        b.op(Op::Uzp1H, &[halves, words, words]);
        halves
    }

    /// Begins `rows` rows, one or two.
    pub(crate) fn begin(&mut self, b: &mut Builder, rows: usize) {
        let words: Vec<Reg> = (0..rows)
            .map(|_| {
                let words = b.v("row_add");
                b.mem(Op::Ld1rSPost, &[words, self.row_add_at], 0, Buffer::RowAdd);
                words
            })
            .collect();
        self.rows = rows;
        self.row_add = b.v("row_adds");
        b.op(Op::Uzp1H, &[self.row_add, words[0], words[rows - 1]]);
        if rows == 2 && !self.is_byte() {
            b.op(Op::AddX, &[self.out_at[1], self.out_at[0], self.ends.out_stride]);
        }
    }

    /// Stores a piece of the rows.
    pub(crate) fn piece(&mut self, b: &mut Builder, piece: Piece, columns: Reg, sums: Reg) {
        let (base, result) = (b.v("base"), b.v("result"));
        b.op(Op::AddH, &[base, columns, self.row_add]);
        b.op(if self.enter == Enter::Minus { Op::SubH } else { Op::AddH }, &[result, base, sums]);
        let mut wide = self.widen.map(|_| b.v("wide"));
        let rows = self.rows;
        (0..rows).for_each(|row| b.op(self.widen[row], &[wide[row], result]));
        match &mut self.finish {
            Some(finish) if finish.is_byte() => {
                finish.bytes(b, self.ends, self.out_at[0], piece, wide[0]);
                self.second.extend((rows == 2).then_some((piece, wide[1])));
                return;
            }
            Some(finish) => {
                wide[..rows].iter_mut().for_each(|sums| *sums = finish.floats(b, self.ends, piece, *sums));
            }
            None => {}
        }
        if piece.comes_before_its_like(self.wide) {
            self.first = Some(wide);
            return;
        }
        for row in 0..rows {
            let at = self.out_at[row];
            match self.first {
                Some(first) => piece.store_both(b, first[row], wide[row], at),
                None => piece.store(b, wide[row], at),
            }
        }
        self.first = None;
    }

    fn is_byte(&self) -> bool {
        self.finish.as_ref().is_some_and(Finish::is_byte)
    }

    /// Goes past two rows.
    pub(crate) fn end(&mut self, b: &mut Builder) {
        if self.is_byte() {
            return self.finish_second(b);
        }
        b.op(Op::AddX, &[self.out_at[0], self.out_at[1], self.ends.out_stride]);
    }

    /// Stores what still waits, behind the last row.
    pub(crate) fn finish(&mut self, b: &mut Builder) {
        if self.is_byte() {
            self.finish_second(b);
            self.finish.iter_mut().for_each(|finish| finish.end(b, self.ends, self.out_at[0]));
        }
    }

    fn finish_second(&mut self, b: &mut Builder) {
        let Some(finish) = &mut self.finish else { return };
        finish.end_row();
        for (piece, wide) in self.second.drain(..) {
            finish.bytes(b, self.ends, self.out_at[0], piece, wide);
        }
        finish.end_row();
    }
}

/// Stores raw sums row by row, with the corrections or (`more`) what is there already.
pub(crate) struct RowStore<'e> {
    ends: &'e Ends,
    enter: Enter,
    more: bool,
    out_at: Reg,
    row_add_at: Reg,
    row: Reg,
    /// Pieces of four columns, which are stored two at a time.
    wide: usize,
    /// The result of the first of two such pieces.
    first: Option<Reg>,
    finish: Option<Finish>,
}

impl<'e> RowStore<'e> {
    /// Begins at the first row.
    pub(crate) fn new(b: &mut Builder, ends: &'e Ends, enter: Enter, more: bool) -> Self {
        let (out_at, row_add_at, row) = (b.x("out_row"), b.x("row_add_at"), b.v("row_add"));
        b.op(Op::MovX, &[out_at, ends.out]);
        if !more {
            b.op(Op::MovX, &[row_add_at, ends.row_add]);
        }
        let finish = Finish::of(ends);
        RowStore { ends, enter, more, out_at, row_add_at, row, wide: 0, first: None, finish }
    }

    /// `col_add` of a piece, needed unless results are there already. Called for all pieces of a row before
    /// the first of them is stored.
    pub(crate) fn columns(&mut self, b: &mut Builder, piece: Piece) -> Option<Reg> {
        self.wide += piece.width / 4;
        if self.more {
            return None;
        }
        let reg = b.v(format!("col_add[{}]", piece.at));
        self.ends.load_columns(b, piece, reg);
        Some(reg)
    }

    /// Begins a row.
    pub(crate) fn begin_row(&mut self, b: &mut Builder) {
        if !self.more {
            self.row = b.v("row_add");
            b.mem(Op::Ld1rSPost, &[self.row, self.row_add_at], 0, Buffer::RowAdd);
        }
    }

    /// Stores a piece of the row; `columns` as made for it.
    pub(crate) fn piece(&mut self, b: &mut Builder, piece: Piece, columns: Option<Reg>, raw: Reg) {
        let mut result = self.result(b, piece, columns, raw);
        match &mut self.finish {
            Some(finish) if finish.is_byte() => {
                return finish.bytes(b, self.ends, self.out_at, piece, result);
            }
            Some(finish) => result = finish.floats(b, self.ends, piece, result),
            None => {}
        }
        match self.first.take() {
            Some(first) => piece.store_both(b, first, result, self.out_at),
            None if piece.comes_before_its_like(self.wide) => self.first = Some(result),
            None => piece.store(b, result, self.out_at),
        }
    }

    /// What is stored for a piece, if sums are.
    fn result(&self, b: &mut Builder, piece: Piece, columns: Option<Reg>, raw: Reg) -> Reg {
        let (base, result) = (b.v("base"), b.v("result"));
        match columns {
            Some(columns) if self.enter == Enter::Float => {
                b.op(Op::FaddS, &[base, raw, columns]);
                b.op(Op::FaddS, &[result, base, self.row]);
                return result;
            }
            Some(columns) => b.op(Op::AddS, &[base, columns, self.row]),
            None => piece.load(b, base, self.out_at, Buffer::Out),
        }
        let op = if self.enter == Enter::Minus { Op::SubS } else { Op::AddS };
        b.op(op, &[result, base, raw]);
        result
    }

    /// Stores what still waits, behind the last row.
    pub(crate) fn finish(&mut self, b: &mut Builder) {
        self.finish.iter_mut().for_each(|finish| finish.end(b, self.ends, self.out_at));
    }

    /// Goes to the next row.
    pub(crate) fn end_row(&mut self, b: &mut Builder) {
        if let Some(finish) = self.finish.as_mut().filter(|finish| finish.is_byte()) {
            return finish.end_row();
        }
        b.op(Op::AddX, &[self.out_at, self.out_at, self.ends.out_stride]);
    }
}
