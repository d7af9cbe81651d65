//! The kernel's end: corrections are added and rows stored.

use super::finish::{Finish, Finishing};
use crate::isa::{Buffer, Op, Reg};
use crate::program::Builder;
use std::collections::VecDeque;

/// Where results go and what is added to them.
pub(crate) struct Ends {
    pub(crate) out: Reg,
    pub(crate) out_stride: Reg,
    pub(crate) row_add: Reg,
    pub(crate) col_add: Reg,
    /// Whether the load of the tile's only piece of `col_add` moves the pointer to the next tile's.
    pub(crate) columns_move: bool,
    /// Whether stores may move their pointer.
    pub(crate) stores_move: bool,
    /// What is made of results before they are stored.
    pub(crate) finishing: Finishing,
}

impl Ends {
    /// Loads the values that are added to a piece's columns.
    fn load_columns(&self, b: &mut Builder, piece: Piece, to: Reg) {
        if self.columns_move {
            return b.mem(Op::LdrQPost, &[to, self.col_add], 16, Buffer::ColAdd);
        }
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

    /// Loads a word for each column, where there is one for every column of a row.
    fn load(self, b: &mut Builder, to: Reg, row: Reg, buffer: Buffer) {
        let op = [Op::LdrS, Op::LdrD, Op::LdrQ][self.width / 2];
        b.mem(op, &[to, row], 4 * self.at as i64, buffer);
    }

    /// Loads a word for each column from `at` bytes behind `from`, parameters of columns.
    pub(crate) fn load_at(self, b: &mut Builder, to: Reg, from: Reg, at: i64) {
        let op = [Op::LdrS, Op::LdrD, Op::LdrQ][self.width / 2];
        b.mem(op, &[to, from], at, Buffer::ColAdd);
    }

    /// How many of them fill a register.
    fn wide(pieces: &[Piece]) -> usize {
        pieces.iter().filter(|piece| piece.width == 4).count()
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

/// Where the row is that is stored now.
#[derive(Clone, Copy)]
struct Place {
    at: Reg,
    /// The first column of a row's only piece, where that fills a register: each store moves to the next row.
    only: Option<usize>,
}

impl Place {
    /// The first row, of `pieces`.
    fn new(b: &mut Builder, ends: &Ends, pieces: &[Piece], finish: Option<&Finish>, more: bool) -> Place {
        let bytes = finish.is_some_and(Finish::is_byte);
        let only = match pieces {
            // Loads of later rows would wait for stores that move.
            [only] if ends.stores_move && only.width == 4 && !bytes && !more => Some(only.at),
            _ => None,
        };
        if !bytes && only.is_none() {
            return Place { at: ends.out, only };
        }
        // One that moves.
        let at = b.x("out_row");
        match only {
            Some(column) if column > 0 => b.imm(Op::AddImm, &[at, ends.out], 4 * column as i64),
            _ => b.op(Op::MovX, &[at, ends.out]),
        }
        Place { at, only }
    }

    /// The next row, in `to`, or in place where stores move.
    fn next(self, b: &mut Builder, ends: &Ends, to: Reg) -> Place {
        if self.only.is_some() {
            return self;
        }
        b.op(Op::AddX, &[to, self.at, ends.out_stride]);
        Place { at: to, only: None }
    }

    /// Stores a piece, with the one `before` it if there is one.
    fn store(&self, b: &mut Builder, ends: &Ends, piece: Piece, before: Option<Reg>, value: Reg) {
        match before {
            _ if self.only.is_some() => {
                b.mem(Op::St1SPost, &[value, ends.out_stride, self.at], 0, Buffer::Out);
            }
            Some(before) => piece.store_both(b, before, value, self.at),
            None => piece.store(b, value, self.at),
        }
    }
}

/// Stores the sums of two rows at a time, which share registers of 16-bit lanes: the first row's columns,
/// then the second's. Corrections are added modulo 2¹⁶, and what comes of it is widened once.
pub(crate) struct PairStore<'e> {
    ends: &'e Ends,
    enter: Enter,
    widen: [Op; 2],
    /// The place of the first of two rows, and of the second.
    places: [Place; 2],
    /// Registers for those that come behind them.
    next: [Reg; 2],
    /// Rows that `row_add` is still to be loaded for, four at once, and those that it is loaded for.
    unloaded: std::vec::IntoIter<Piece>,
    row_adds: VecDeque<Reg>,
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
    /// Begins at the first of `rows` rows of `pieces`; `widen` are the instructions for the lower and the upper
    /// half of a register.
    pub(crate) fn new(
        b: &mut Builder,
        ends: &'e Ends,
        enter: Enter,
        widen: [Op; 2],
        (rows, pieces): (usize, &[Piece]),
    ) -> Self {
        let finish = Finish::of(ends);
        let place = Place::new(b, ends, pieces, finish.as_ref(), false);
        PairStore {
            ends,
            enter,
            widen,
            places: [place; 2],
            next: [b.x("out_row"), b.x("out_next")],
            unloaded: Piece::split(rows).into_iter(),
            row_adds: VecDeque::new(),
            row_add: b.v("row_adds"),
            rows: 0,
            wide: Piece::wide(pieces),
            first: None,
            finish,
            second: Vec::new(),
        }
    }

    /// `col_add` of a piece, once for each of two rows. Called for all pieces before the first is stored.
    pub(crate) fn columns(&mut self, b: &mut Builder, piece: Piece) -> Reg {
        let (words, halves) = (b.v("col_add"), b.v(format!("col_adds[{}]", piece.at)));
        self.ends.load_columns(b, piece, words);
        b.op(Op::Uzp1H, &[halves, words, words]);
        halves
    }

    /// `row_add` of the next two rows as halves: four times that of the first, then that of the second.
    fn row_adds(&mut self, b: &mut Builder) -> Reg {
        if self.row_adds.is_empty()
            && let Some(rows) = self.unloaded.next()
        {
            let (words, twice) = (b.v("row_add"), b.v("row_adds"));
            rows.load(b, words, self.ends.row_add, Buffer::RowAdd);
            b.op(Op::Trn1H, &[twice, words, words]);
            for zip in &[Op::Zip1H, Op::Zip2H][..rows.width.div_ceil(2)] {
                let four = b.v("row_adds");
                b.op(*zip, &[four, twice, twice]);
                self.row_adds.push_back(four);
            }
        }
        self.row_adds.pop_front().expect("no more rows begin than there are")
    }

    /// Begins `rows` rows, one or two.
    pub(crate) fn begin(&mut self, b: &mut Builder, rows: usize) {
        self.rows = rows;
        self.row_add = self.row_adds(b);
        if rows == 2 && !self.is_byte() {
            self.places[1] = self.places[0].next(b, self.ends, self.next[1]);
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
                finish.bytes(b, self.ends, self.places[0].at, piece, wide[0]);
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
        let first = self.first.take();
        for row in 0..rows {
            let before = first.map(|first| first[row]);
            self.places[row].store(b, self.ends, piece, before, wide[row]);
        }
    }

    fn is_byte(&self) -> bool {
        self.finish.as_ref().is_some_and(Finish::is_byte)
    }

    /// Goes past two rows.
    pub(crate) fn end(&mut self, b: &mut Builder) {
        if self.is_byte() {
            return self.finish_second(b);
        }
        self.places[0] = self.places[1].next(b, self.ends, self.next[0]);
    }

    /// Stores what still waits, behind the last row.
    pub(crate) fn finish(&mut self, b: &mut Builder) {
        if self.is_byte() {
            self.finish_second(b);
            self.finish.iter_mut().for_each(|finish| finish.end(b, self.ends, self.places[0].at));
        }
    }

    fn finish_second(&mut self, b: &mut Builder) {
        let Some(finish) = &mut self.finish else { return };
        finish.end_row();
        for (piece, wide) in self.second.drain(..) {
            finish.bytes(b, self.ends, self.places[0].at, piece, wide);
        }
        finish.end_row();
    }
}

/// Stores raw sums row by row, with the corrections or (`more`) what is there already.
pub(crate) struct RowStore<'e> {
    ends: &'e Ends,
    more: bool,
    place: Place,
    /// The register for the next one.
    next: Reg,
    row_add_at: Reg,
    row: Reg,
    /// Pieces of four columns, which are stored two at a time.
    wide: usize,
    /// The result of the first of two such pieces.
    first: Option<Reg>,
    finish: Option<Finish>,
}

impl<'e> RowStore<'e> {
    /// Begins at the first row of `pieces`.
    pub(crate) fn new(b: &mut Builder, ends: &'e Ends, more: bool, pieces: &[Piece]) -> Self {
        let (row_add_at, row, finish) = (b.x("row_add_at"), b.v("row_add"), Finish::of(ends));
        let (place, next) = (Place::new(b, ends, pieces, finish.as_ref(), more), b.x("out_row"));
        if !more {
            b.op(Op::MovX, &[row_add_at, ends.row_add]);
        }
        RowStore { ends, more, place, next, row_add_at, row, wide: Piece::wide(pieces), first: None, finish }
    }

    /// `col_add` of a piece, needed unless results are there already. Called for all pieces of a row before
    /// the first of them is stored.
    pub(crate) fn columns(&self, b: &mut Builder, piece: Piece) -> Option<Reg> {
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
    pub(crate) fn piece(
        &mut self,
        b: &mut Builder,
        enter: Enter,
        piece: Piece,
        columns: Option<Reg>,
        raw: Reg,
    ) {
        let result = b.v("result");
        match columns.filter(|_| enter == Enter::Float) {
            Some(columns) => {
                let base = b.v("base");
                b.op(Op::FaddS, &[base, raw, columns]);
                b.op(Op::FaddS, &[result, base, self.row]);
            }
            None => {
                let base = self.base(b, piece, columns);
                let op = if enter == Enter::Minus { Op::SubS } else { Op::AddS };
                b.op(op, &[result, base, raw]);
            }
        }
        self.store(b, piece, result);
    }

    /// What sums of a piece are added to: its corrections, or what is there already.
    pub(crate) fn base(&self, b: &mut Builder, piece: Piece, columns: Option<Reg>) -> Reg {
        let base = b.v("base");
        match columns {
            Some(columns) => b.op(Op::AddS, &[base, columns, self.row]),
            None => piece.load(b, base, self.place.at, Buffer::Out),
        }
        base
    }

    /// Stores the results of a piece.
    pub(crate) fn store(&mut self, b: &mut Builder, piece: Piece, mut result: Reg) {
        match &mut self.finish {
            Some(finish) if finish.is_byte() => {
                return finish.bytes(b, self.ends, self.place.at, piece, result);
            }
            Some(finish) => result = finish.floats(b, self.ends, piece, result),
            None => {}
        }
        if piece.comes_before_its_like(self.wide) {
            self.first = Some(result);
            return;
        }
        let before = self.first.take();
        self.place.store(b, self.ends, piece, before, result);
    }

    /// Stores what still waits, behind the last row.
    pub(crate) fn finish(&mut self, b: &mut Builder) {
        self.finish.iter_mut().for_each(|finish| finish.end(b, self.ends, self.place.at));
    }

    /// Goes to the next row.
    pub(crate) fn end_row(&mut self, b: &mut Builder) {
        if let Some(finish) = self.finish.as_mut().filter(|finish| finish.is_byte()) {
            return finish.end_row();
        }
        self.place = self.place.next(b, self.ends, self.next);
    }
}
