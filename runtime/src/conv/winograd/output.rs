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

/// Makes the outputs of a tile of `sums`, \[class of lines\]\[class of columns\]\[out channel\].
pub(super) fn outputs(filters: &[Filter; 2], sums: &[i32], place: Place<'_>) {
    use Kind::{Direct, Halved, Whole};
    match (filters[0].kind(), filters[1].kind()) {
        (Halved, Halved) => tile::<HALVED, HALVED>(sums, place),
        (Halved, Whole) => tile::<HALVED, WHOLE>(sums, place),
        (Halved, Direct) => tile::<HALVED, DIRECT>(sums, place),
        (Whole, Halved) => tile::<WHOLE, HALVED>(sums, place),
        (Whole, Whole) => tile::<WHOLE, WHOLE>(sums, place),
        (Whole, Direct) => tile::<WHOLE, DIRECT>(sums, place),
        (Direct, Halved) => tile::<DIRECT, HALVED>(sums, place),
        (Direct, Whole) => tile::<DIRECT, WHOLE>(sums, place),
        (Direct, Direct) => tile::<DIRECT, DIRECT>(sums, place),
    }
}

/// How many classes there are: by this the kinds are told apart.
const DIRECT: usize = 1;
const WHOLE: usize = 3;
const HALVED: usize = 4;

fn tile<const DOWN: usize, const ACROSS: usize>(sums: &[i32], place: Place<'_>) {
    let n = place.n;
    let sums: [[&[i32]; ACROSS]; DOWN] =
        std::array::from_fn(|y| std::array::from_fn(|x| &sums[(y * ACROSS + x) * n..][..n]));
    let whole = n / LANES * LANES;
    let [rows, cols] = place.count;
    let mut places = [const { None }; 4];
    for (y, line) in place.out.chunks_mut(place.line).take(rows).enumerate() {
        for (x, to) in line.chunks_mut(n).take(cols).enumerate() {
            places[2 * y + x] = Some(to);
        }
    }
    for at in (0..whole).step_by(LANES) {
        lanes::<LANES, DOWN, ACROSS>(&sums, at, &mut places);
    }
    for at in whole..n {
        lanes::<1, DOWN, ACROSS>(&sums, at, &mut places);
    }
}

/// Out channels at a time.
const LANES: usize = 4;

#[inline(always)]
fn lanes<const L: usize, const DOWN: usize, const ACROSS: usize>(
    sums: &[[&[i32]; ACROSS]; DOWN],
    at: usize,
    places: &mut [Option<&mut [i32]>; 4],
) {
    let mut columns = [[[0; L]; DOWN]; 2];
    for (y, sums) in sums.iter().enumerate() {
        let mut classes = [[0; L]; ACROSS];
        for (class, sums) in classes.iter_mut().zip(sums) {
            class.copy_from_slice(&sums[at..at + L]);
        }
        [columns[0][y], columns[1][y]] = combined(&classes);
    }
    for (x, column) in columns.iter().enumerate() {
        for (y, results) in combined(column).iter().enumerate() {
            if let Some(to) = &mut places[2 * y + x] {
                to[at..at + L].copy_from_slice(results);
            }
        }
    }
}

/// Both outputs of an axis; of a direct one the second is nothing.
#[inline(always)]
fn combined<const L: usize, const CLASSES: usize>(sums: &[[i32; L]; CLASSES]) -> [[i32; L]; 2] {
    let mut outputs = [[0; L]; 2];
    for lane in 0..L {
        let of = |class: usize| sums[class][lane];
        (outputs[0][lane], outputs[1][lane]) = match CLASSES {
            DIRECT => (of(0), 0),
            WHOLE => (of(0).wrapping_add(of(2)), of(1).wrapping_add(of(2))),
            _ => {
                // What is halved is even, and fits.
                let (s, d) = (of(2), of(CLASSES - 1));
                (of(0).wrapping_add(s.wrapping_add(d) >> 1), of(1).wrapping_add(s.wrapping_sub(d) >> 1))
            }
        };
    }
    outputs
}
