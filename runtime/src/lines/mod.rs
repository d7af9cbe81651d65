//! One line (a row of the left side, a column of the right side) at a time: its range check and sums
//! in one pass, and its way into a packed panel.
//!
//! The pass runs over every value of the left side in every multiplication. On aarch64 it is written
//! with vector intrinsics (`neon.rs`, 12 instructions for 32 values): the same loop in plain lanes is
//! vectorised by LLVM the wrong way round, across blocks, at ten times the count.

#[cfg(target_arch = "aarch64")]
mod neon;

#[cfg(target_arch = "aarch64")]
use neon::blocks;
#[cfg(not(target_arch = "aarch64"))]
use plain_blocks as blocks;
use qgen_spec::{Layout, Range};

/// What one line adds to the corrections, modulo 2³².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineSums {
    /// Σ v\[p\].
    pub(crate) sum: i32,
    /// Σ v\[p\]·v\[p+16\] over the first halves of all blocks of 32 ([`qgen_spec::Sums::Pairs`]).
    pub(crate) pairs: i32,
}

/// Which bytes of a type are inside a kernel's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    /// The range contains the whole type: nothing to check.
    All,
    /// Bytes b with `b.wrapping_sub(lo) <= span`.
    Within { lo: u8, span: u8 },
    /// The range and the type have no value in common.
    Nothing,
}

impl Accept {
    /// The values `domain.0 ..= domain.1` of a type that lie in `range`.
    pub(crate) fn new(range: Range, domain: (i16, i16)) -> Accept {
        let (lo, hi) = (range.lo().max(domain.0), range.hi().min(domain.1));
        if (lo, hi) == domain {
            Accept::All
        } else if lo > hi {
            Accept::Nothing
        } else {
            // hi - lo is below 256 for any two values of one byte.
            Accept::Within { lo: lo as u8, span: (hi - lo) as u8 }
        }
    }
}

/// What to find out about a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan {
    /// Whether bytes are read as `i8`.
    pub(crate) signed: bool,
    /// Whether [`LineSums::sum`] is wanted.
    pub(crate) sum: bool,
    /// Whether [`LineSums::pairs`] is wanted.
    pub(crate) pairs: bool,
    /// The bytes that are allowed.
    pub(crate) accept: Accept,
}

impl Scan {
    /// Chooses the code for it: once for all lines.
    pub(crate) fn pass(self) -> Pass {
        let (lo, span) = match self.accept {
            Accept::All | Accept::Nothing => (0, 255),
            Accept::Within { lo, span } => (lo, span),
        };
        let pass = match (self.signed, self.sum, self.pairs) {
            (false, false, false) => pass::<false, false, false>,
            (false, false, true) => pass::<false, false, true>,
            (false, true, false) => pass::<false, true, false>,
            (false, true, true) => pass::<false, true, true>,
            (true, false, false) => pass::<true, false, false>,
            (true, false, true) => pass::<true, false, true>,
            (true, true, false) => pass::<true, true, false>,
            (true, true, true) => pass::<true, true, true>,
        };
        let needed = self.sum || self.pairs || self.accept != Accept::All;
        Pass { pass, lo, span, needed, nothing: self.accept == Accept::Nothing }
    }
}

/// The code that goes over a line.
#[derive(Clone, Copy)]
pub(crate) struct Pass {
    pass: fn(&[u8], u8) -> (LineSums, u8),
    lo: u8,
    span: u8,
    needed: bool,
    nothing: bool,
}

impl Pass {
    /// The sums that are wanted (others are 0), or `None` if some byte is not allowed.
    #[inline]
    pub(crate) fn line(&self, bytes: &[u8]) -> Option<LineSums> {
        if !self.needed {
            return Some(LineSums::default());
        }
        let (sums, worst) = (self.pass)(bytes, self.lo);
        (worst <= self.span && (bytes.is_empty() || !self.nothing)).then_some(sums)
    }
}

fn widen<const SIGNED: bool>(byte: u8) -> i16 {
    if SIGNED { i16::from(byte as i8) } else { i16::from(byte) }
}

/// The sums, and the largest distance above `lo`.
fn pass<const SIGNED: bool, const SUM: bool, const PAIRS: bool>(bytes: &[u8], lo: u8) -> (LineSums, u8) {
    let (whole, rest) = bytes.as_chunks::<32>();
    let (mut sums, mut worst) = blocks::<SIGNED, SUM, PAIRS>(whole, lo);
    for (p, &byte) in rest.iter().enumerate() {
        worst = worst.max(byte.wrapping_sub(lo));
        let value = i32::from(widen::<SIGNED>(byte));
        if SUM {
            sums.sum = sums.sum.wrapping_add(value);
        }
        if PAIRS && let Some(&other) = rest.get(p + 16) {
            sums.pairs = sums.pairs.wrapping_add(value * i32::from(widen::<SIGNED>(other)));
        }
    }
    (sums, worst)
}

/// [`pass`] over whole blocks.
#[cfg(any(not(target_arch = "aarch64"), test))]
fn plain_blocks<const SIGNED: bool, const SUM: bool, const PAIRS: bool>(
    blocks: &[[u8; 32]],
    lo: u8,
) -> (LineSums, u8) {
    let value = |byte: u8| i32::from(widen::<SIGNED>(byte));
    let mut sums = LineSums::default();
    let mut worst = 0;
    for block in blocks {
        worst = block.iter().fold(worst, |worst, byte| byte.wrapping_sub(lo).max(worst));
        if SUM {
            let sum = block.iter().map(|&byte| value(byte)).sum();
            sums.sum = sums.sum.wrapping_add(sum);
        }
        if PAIRS {
            let (first, second) = block.split_at(16);
            let pairs = first.iter().zip(second).map(|(&a, &b)| value(a) * value(b)).sum();
            sums.pairs = sums.pairs.wrapping_add(pairs);
        }
    }
    (sums, worst)
}

/// Copies a line's `bytes` to their places in its panel. `line` counts from the panel's first.
/// Places of missing values are left alone.
pub(crate) fn place(layout: Layout, panel: &mut [u8], line: usize, bytes: &[u8]) {
    match layout {
        Layout::Lines { .. } => panel[..bytes.len()].copy_from_slice(bytes),
        Layout::Panels { width, k_block, depth_inner, value_bytes, .. } => {
            let (k_block, size) = (usize::from(k_block), usize::from(value_bytes));
            for (block, values) in bytes.chunks(k_block * size).enumerate() {
                let start = layout.offset_in_panel(line, block * k_block);
                if depth_inner {
                    panel[start..start + values.len()].copy_from_slice(values);
                } else {
                    let step = usize::from(width) * size;
                    for (p, value) in values.chunks_exact(size).enumerate() {
                        panel[start + p * step..][..size].copy_from_slice(value);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::SplitMix64;
    use qgen_spec::Sums;

    #[test]
    fn one_pass_agrees_with_the_definition() {
        let mut random = SplitMix64::new(1);
        for k in [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 100, 2047, 2048, 2049, 5000] {
            for (range, signed) in [((-8, 7), true), ((-64, 63), true), ((0, 15), false), ((0, 127), false)] {
                let range = Range::new(range.0, range.1).unwrap();
                let values: Vec<i16> = (0..k).map(|_| random.in_range(range)).collect();
                let bytes: Vec<u8> = values.iter().map(|&v| v as u8).collect();
                let domain = if signed { (-128, 127) } else { (0, 255) };
                let scan = Scan { signed, sum: true, pairs: true, accept: Accept::new(range, domain) };
                let sum = values.iter().map(|&v| i32::from(v)).sum::<i32>();
                let pairs = Sums::Pairs.of_line(k, |p| values[p].into()) as i32;
                assert_eq!(scan.pass().line(&bytes), Some(LineSums { sum, pairs }), "k = {k}, {range}");
                let sum_only = Scan { pairs: false, ..scan };
                assert_eq!(sum_only.pass().line(&bytes), Some(LineSums { sum, pairs: 0 }));
            }
        }
    }

    #[cfg(target_arch = "aarch64")]
    #[test]
    fn vectors_and_plain_rust_agree() {
        let mut random = SplitMix64::new(7);
        let range = Range::new(0, 127).unwrap();
        for count in [0, 1, 2, 63, 64, 65, 128, 200] {
            let data: Vec<[u8; 32]> =
                (0..count).map(|_| std::array::from_fn(|_| random.in_range(range) as u8)).collect();
            assert_eq!(blocks::<true, true, true>(&data, 5), plain_blocks::<true, true, true>(&data, 5));
            assert_eq!(blocks::<false, true, true>(&data, 5), plain_blocks::<false, true, true>(&data, 5));
            let only = (blocks::<true, false, false>(&data, 0), plain_blocks::<true, false, false>(&data, 0));
            assert_eq!(only.0, only.1);
        }
    }

    #[test]
    fn sums_of_extremes_do_not_wrap_early() {
        let scan = Scan { signed: false, sum: true, pairs: false, accept: Accept::All };
        assert_eq!(scan.pass().line(&[255; 10_000]).unwrap().sum, 2_550_000);
        let scan = Scan { signed: true, ..scan };
        assert_eq!(scan.pass().line(&[0x80; 10_000]).unwrap().sum, -1_280_000);
    }

    #[test]
    fn every_bad_byte_is_found_wherever_it_is() {
        let range = Range::new(-8, 7).unwrap();
        let scan = Scan { signed: true, sum: false, pairs: false, accept: Accept::new(range, (-128, 127)) };
        let mut bytes = [0xf8u8; 70];
        assert!(scan.pass().line(&bytes).is_some());
        for at in 0..bytes.len() {
            for bad in [8, 0xf7, 127, 0x80] {
                bytes[at] = bad;
                assert!(scan.pass().line(&bytes).is_none(), "{bad} at {at}");
                bytes[at] = 7;
            }
        }
        assert_eq!(Accept::new(range, (0, 255)), Accept::Within { lo: 0, span: 7 });
        assert_eq!(Accept::new(Range::new(-8, -1).unwrap(), (0, 255)), Accept::Nothing);
        assert_eq!(Accept::new(Range::new(0, 255).unwrap(), (0, 255)), Accept::All);
    }

    #[test]
    fn lines_are_placed_where_the_layout_says() {
        for layout in [
            Layout::Lines { k_block: 16 },
            Layout::depth_inner(4, 16),
            Layout::lines_inner(6, 3, 1),
            Layout::lines_inner(5, 2, 4),
        ] {
            let (k, size) = (37, layout.value_bytes());
            let mut panel = vec![0u8; layout.panel_bytes(k).unwrap()];
            for line in 0..layout.width() {
                let bytes: Vec<u8> = (0..k * size).map(|b| (b * 7 + line) as u8).collect();
                place(layout, &mut panel, line, &bytes);
                for p in 0..k {
                    let at = layout.offset_in_panel(line, p);
                    assert_eq!(panel[at..at + size], bytes[p * size..][..size], "{layout}");
                }
            }
        }
    }
}
