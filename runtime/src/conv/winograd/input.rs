//! Lines of the input to the rows of each class.

use super::filter::{Pixels, Term};

/// What a line of the input is.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// \[column\]\[channel\].
    pub(super) bytes: &'a [u8],
    pub(super) channels: usize,
    /// Columns that windows use. Of what a tile reads beyond them no output is kept.
    pub(super) used: usize,
    /// What is taken from every value.
    pub(super) center: u8,
}

/// Sums up the columns of a line for every tile: \[class\]\[tile\]\[term\]\[channel\]. Tiles are `outputs` columns apart.
pub(super) fn across(line: &Line<'_>, classes: &[Vec<Term>], outputs: usize, tiles: usize, to: &mut [u8]) {
    let Line { bytes, channels, used, center } = *line;
    let mut rest = to;
    for terms in classes {
        let (class, others) = rest.split_at_mut(tiles * terms.len() * channels);
        rest = others;
        for (tile, to) in class.chunks_exact_mut(terms.len() * channels).enumerate() {
            let first = tile * outputs;
            let column = |at: usize| &bytes[(first + at) * channels..][..channels];
            for (term, to) in terms.iter().zip(to.chunks_exact_mut(channels)) {
                match term.pixels {
                    pixels if first + pixels.last() >= used => to.fill(0),
                    Pixels::One(a) => two(to, column(a), column(a), |a, _| a.wrapping_sub(center)),
                    Pixels::Sum(a, b) => {
                        let both = center.wrapping_mul(2);
                        two(to, column(a), column(b), |a, b| a.wrapping_add(b).wrapping_sub(both));
                    }
                    Pixels::Difference(a, b) => two(to, column(a), column(b), u8::wrapping_sub),
                }
            }
        }
    }
}

/// Rows of a class's product, and where its columns' sums lie.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    /// Lines whose columns were summed up, one after the other, each of `line` bytes.
    pub(super) lines: &'a [u8],
    pub(super) line: usize,
    /// Where in a line the class's are: \[tile\]\[`len` bytes\].
    pub(super) first: usize,
    pub(super) len: usize,
    pub(super) tiles: usize,
    /// Bytes of a row.
    pub(super) k: usize,
}

/// Sums up lines for the tiles whose first line is `top`: \[tile\]\[term\]\[term of columns\]\[channel\], zeros behind it.
pub(super) fn down(rows: &Rows<'_>, terms: &[Term], top: usize, to: &mut [u8]) {
    let Rows { lines, line, first, len, tiles, k } = *rows;
    let class = |at: usize| &lines[(top + at) * line + first..][..tiles * len];
    let combine = |term: &Term, to: &mut [u8], part: std::ops::Range<usize>| {
        let line = |at: usize| &class(at)[part.clone()];
        match term.pixels {
            Pixels::One(a) => to.copy_from_slice(line(a)),
            Pixels::Sum(a, b) => two(to, line(a), line(b), u8::wrapping_add),
            Pixels::Difference(a, b) => two(to, line(a), line(b), u8::wrapping_sub),
        }
    };
    if let ([term], true) = (terms, len == k) {
        // Rows follow one another as they do in the lines.
        return combine(term, &mut to[..tiles * len], 0..tiles * len);
    }
    for (tile, to) in to[..tiles * k].chunks_exact_mut(k).enumerate() {
        let (row, padding) = to.split_at_mut(terms.len() * len);
        for (term, to) in terms.iter().zip(row.chunks_exact_mut(len)) {
            combine(term, to, tile * len..(tile + 1) * len);
        }
        padding.fill(0);
    }
}

/// Each byte of `to` is made of those of `a` and `b` in its place. Out of line, where compilers know that slices are not
/// parts of each other.
#[inline(never)]
fn two(to: &mut [u8], a: &[u8], b: &[u8], f: impl Fn(u8, u8) -> u8) {
    to.iter_mut().zip(a).zip(b).for_each(|((to, a), b)| *to = f(*a, *b));
}
