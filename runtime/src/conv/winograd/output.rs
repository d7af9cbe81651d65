//! Outputs of a tile from the sums of its classes.

use super::filter::{Filter, Kind};

/// Where the outputs of a tile go.
pub(super) struct Place<'a> {
    /// From the tile's first output on.
    pub(super) out: &'a mut [i32],
    /// Results from one line to the next.
    pub(super) line: usize,
    /// Out channels.
    pub(super) n: usize,
    /// Outputs of the tile that there are: lines and columns.
    pub(super) count: [usize; 2],
}

/// Makes the outputs of a tile of `sums`, \[class of lines\]\[class of columns\]\[out channel\], of which it keeps
/// what it needs on the way.
pub(super) fn outputs([down, across]: &[Filter; 2], sums: &mut [i32], place: Place<'_>) {
    let Place { out, line, n, count: [rows, cols] } = place;
    // Both lines are made at once, of all classes of columns: they follow one another.
    let of_line = across.classes().len() * n;
    both(down.kind(), of_line, sums);
    for (sums, out) in sums.chunks_exact_mut(of_line).zip(out.chunks_mut(line)).take(rows) {
        both(across.kind(), n, sums);
        out[..cols * n].copy_from_slice(&sums[..cols * n]);
    }
}

/// Makes the outputs of an axis of the sums of its classes, `len` each, in the places of the first two.
fn both(kind: Kind, len: usize, sums: &mut [i32]) {
    let (outputs, others) = sums.split_at_mut(kind.outputs() * len);
    match kind {
        Kind::Direct => {}
        Kind::Whole => {
            for output in outputs.chunks_exact_mut(len) {
                add(output, others);
            }
        }
        Kind::Halved => {
            let ((a, b), (s, d)) = (outputs.split_at_mut(len), others.split_at(len));
            add_halves((a, b), s, &d[..len]);
        }
    }
}

/// a + s.
fn add(a: &mut [i32], s: &[i32]) {
    a.iter_mut().zip(s).for_each(|(a, s)| *a = a.wrapping_add(*s));
}

/// a + (s + d)/2 and b + (s − d)/2. What is halved is even, and fits. Out of line, where compilers know that slices are not
/// parts of each other.
#[inline(never)]
fn add_halves((a, b): (&mut [i32], &mut [i32]), s: &[i32], d: &[i32]) {
    for (((a, b), s), d) in a.iter_mut().zip(b).zip(s).zip(d) {
        *a = a.wrapping_add(s.wrapping_add(*d) >> 1);
        *b = b.wrapping_add(s.wrapping_sub(*d) >> 1);
    }
}
