//! One line (a row of the left side, a column of the right side) at a time: its range check and sums
//! in one pass, and its way into a packed panel.
//!
//! ```text
//!   Scan: what to find out ─► Scanner: the code for it, chosen once ─► scan_lines ─► scan_line ─► blocks of 32 bytes
//! ```
//!
//! The scan runs over every value of the left side in every multiplication. On aarch64 it is written
//! with vector intrinsics (`neon.rs`, 12 instructions for 32 values): the same loop in plain lanes is
//! vectorised by LLVM the wrong way round, across blocks, at ten times the count.

#[cfg(target_arch = "aarch64")]
mod neon;

mod place;

use crate::Value;
use crate::value::bytes_of;
#[cfg(target_arch = "aarch64")]
use neon::blocks;
pub(crate) use place::Place;
#[cfg(not(target_arch = "aarch64"))]
use plain_blocks as blocks;
use qgen_spec::Operand;

/// What one line adds to the corrections, modulo 2³².
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LineSums {
    /// Σ v\[p\].
    pub(crate) sum: i32,
    /// What the kernel's raw sums contain of this line alone ([`qgen_spec::Sums`]); of a scan
    /// Σ v\[p\]·v\[p+16\] over the first halves of all blocks of 32.
    pub(crate) own: i32,
}

/// Which bytes of a type are inside a kernel's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accept {
    /// The range contains the whole type: nothing to check.
    All,
    /// Bytes b with `b.wrapping_sub(lo) <= span`.
    Within { lo: u8, span: u8 },
    /// −1 and 1 as `i8`.
    Signs,
    /// The range and the type have no value in common.
    Nothing,
}

impl Accept {
    /// The values `domain.0 ..= domain.1` of a type that an integer operand may take.
    pub(crate) fn new(operand: Operand, domain: (i16, i16)) -> Accept {
        let Some(range) = operand.range() else { return Accept::Nothing };
        if operand == Operand::Binary {
            return if domain.0 < 0 { Accept::Signs } else { Accept::Within { lo: 1, span: 0 } };
        }
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
    /// Whether [`LineSums::own`] is wanted.
    pub(crate) pairs: bool,
    /// The bytes that are allowed.
    pub(crate) accept: Accept,
}

impl Scan {
    /// Chooses the code for it: once for all lines.
    pub(crate) fn scanner(self) -> Scanner {
        let (lo, span) = match self.accept {
            Accept::All | Accept::Nothing => (0, 255),
            Accept::Within { lo, span } => (lo, span),
            Accept::Signs => (0xff, 2),
        };
        // Where every byte is allowed, as in gathered rows, no byte is compared.
        let scan = if self.accept == Accept::All { self.code::<false>() } else { self.code::<true>() };
        let needed = self.sum || self.pairs || self.accept != Accept::All;
        let (nothing, signs) = (self.accept == Accept::Nothing, self.accept == Accept::Signs);
        Scanner { scan, lo, span, needed, nothing, signs, summed: self.sum || self.pairs }
    }

    /// The form of [`scan_lines`] that finds out what is wanted, and no more.
    fn code<const CHECK: bool>(self) -> ScanLines {
        match (self.signed, self.sum, self.pairs) {
            (false, false, false) => scan_lines::<false, false, false, CHECK>,
            (false, false, true) => scan_lines::<false, false, true, CHECK>,
            (false, true, false) => scan_lines::<false, true, false, CHECK>,
            (false, true, true) => scan_lines::<false, true, true, CHECK>,
            (true, false, false) => scan_lines::<true, false, false, CHECK>,
            (true, false, true) => scan_lines::<true, false, true, CHECK>,
            (true, true, false) => scan_lines::<true, true, false, CHECK>,
            (true, true, true) => scan_lines::<true, true, true, CHECK>,
        }
    }
}

/// Where the first value is that is none of an integer operand's, if there is one.
pub(crate) fn outside<T: Value>(operand: Operand, values: &[T]) -> Option<usize> {
    let domain = T::DOMAIN.unwrap_or((0, 0));
    let accept = Accept::new(operand, domain);
    let scan = Scan { signed: domain.0 < 0, sum: false, pairs: false, accept };
    match scan.scanner().line(bytes_of(values)) {
        Some(_) => None,
        None => Some(values.iter().position(|value| !operand.contains(value.to_i16())).unwrap_or(0)),
    }
}

/// A form of [`scan_lines`], with its arguments.
type ScanLines = fn(data: &[u8], line_bytes: usize, stride: usize, lo: u8, sums: &mut [LineSums]) -> u8;

/// Lines that callers give to one call of [`Scanner::lines`], so that what a call costs besides them is little.
pub(crate) const LINES_AT_ONCE: usize = 16;

/// The code for a [`Scan`].
#[derive(Clone, Copy)]
pub(crate) struct Scanner {
    scan: ScanLines,
    /// Bytes b with `b.wrapping_sub(lo) <= span` are allowed.
    lo: u8,
    span: u8,
    /// Whether lines have to be looked at.
    needed: bool,
    /// Whether no byte is allowed.
    nothing: bool,
    /// Whether only −1 and 1 are allowed, which are not all within `span`.
    signs: bool,
    /// Whether sums are wanted.
    summed: bool,
}

impl Scanner {
    /// Whether every line's sums are 0.
    pub(crate) fn sums_nothing(&self) -> bool {
        !self.summed
    }

    /// The sums that are wanted (others are 0), or `None` if some byte is not allowed.
    #[inline]
    pub(crate) fn line(&self, bytes: &[u8]) -> Option<LineSums> {
        let mut sums = [LineSums::default()];
        self.lines(bytes, bytes.len(), bytes.len(), &mut sums).then_some(sums[0])
    }

    /// The same of as many lines as there are `sums`: line i is `line_bytes` bytes at `i · stride` of `data`.
    /// `false` if some byte is not allowed.
    pub(crate) fn lines(&self, data: &[u8], line_bytes: usize, stride: usize, sums: &mut [LineSums]) -> bool {
        if !self.needed {
            sums.fill(LineSums::default());
            return true;
        }
        if self.signs {
            let good = (0..sums.len()).all(|i| only_signs(&data[i * stride..][..line_bytes]));
            if !good || !self.summed {
                sums.fill(LineSums::default());
                return good;
            }
        }
        let worst = (self.scan)(data, line_bytes, stride, self.lo, sums);
        worst <= self.span && (line_bytes == 0 || !self.nothing)
    }
}

/// Whether all bytes are −1 or 1: one more than that is 2 or 0, and bits that are in neither are in no sum
/// of a good byte.
fn only_signs(bytes: &[u8]) -> bool {
    bytes.iter().fold(0, |all, &byte| all | byte.wrapping_add(1)) & !2 == 0
}

#[cfg(any(not(target_arch = "aarch64"), test))]
fn widen<const SIGNED: bool>(byte: u8) -> i16 {
    if SIGNED { i16::from(byte as i8) } else { i16::from(byte) }
}

/// Scans as many lines as there are `sums`, into which their sums go: line i is the `line_bytes` bytes that begin at
/// `i · stride` of `data`. With `CHECK` it returns the largest `byte.wrapping_sub(lo)` in any of them.
fn scan_lines<const SIGNED: bool, const SUM: bool, const PAIRS: bool, const CHECK: bool>(
    data: &[u8],
    line_bytes: usize,
    stride: usize,
    lo: u8,
    sums: &mut [LineSums],
) -> u8 {
    let mut worst = 0;
    let line = |i: usize| &data[i * stride..][..line_bytes];
    // Decided once, so that lines of whole blocks do not pay for others.
    if line_bytes.is_multiple_of(32) {
        for (i, sums) in sums.iter_mut().enumerate() {
            let (found, farthest) = blocks::<SIGNED, SUM, PAIRS, CHECK>(line(i).as_chunks().0, lo);
            *sums = found;
            worst = worst.max(farthest);
        }
    } else {
        for (i, sums) in sums.iter_mut().enumerate() {
            let (found, farthest) = scan_line::<SIGNED, SUM, PAIRS, CHECK>(line(i), lo);
            *sums = found;
            worst = worst.max(farthest);
        }
    }
    worst
}

/// The sums of one line, and with `CHECK` the largest `byte.wrapping_sub(lo)` in it.
fn scan_line<const SIGNED: bool, const SUM: bool, const PAIRS: bool, const CHECK: bool>(
    bytes: &[u8],
    lo: u8,
) -> (LineSums, u8) {
    let (whole, rest) = bytes.as_chunks::<32>();
    let (mut sums, mut worst) = blocks::<SIGNED, SUM, PAIRS, CHECK>(whole, lo);
    // The rest is a block of its own: behind it `lo`, whose distance is 0, and for the sums 0.
    let filled = |fill: u8| {
        let mut block = [fill; 32];
        block[..rest.len()].copy_from_slice(rest);
        [block]
    };
    if CHECK {
        let (_, farthest) = blocks::<SIGNED, false, false, true>(&filled(lo), lo);
        worst = worst.max(farthest);
    }
    if SUM || PAIRS {
        let (last, _) = blocks::<SIGNED, SUM, PAIRS, false>(&filled(0), 0);
        sums.sum = sums.sum.wrapping_add(last.sum);
        sums.own = sums.own.wrapping_add(last.own);
    }
    (sums, worst)
}

/// [`scan_line`] of whole blocks.
#[cfg(any(not(target_arch = "aarch64"), test))]
fn plain_blocks<const SIGNED: bool, const SUM: bool, const PAIRS: bool, const CHECK: bool>(
    blocks: &[[u8; 32]],
    lo: u8,
) -> (LineSums, u8) {
    let value = |byte: u8| i32::from(widen::<SIGNED>(byte));
    let mut sums = LineSums::default();
    let mut worst = 0;
    for block in blocks {
        if CHECK {
            worst = block.iter().fold(worst, |worst, byte| byte.wrapping_sub(lo).max(worst));
        }
        if SUM {
            let sum = block.iter().map(|&byte| value(byte)).sum();
            sums.sum = sums.sum.wrapping_add(sum);
        }
        if PAIRS {
            let (first, second) = block.split_at(16);
            let pairs = first.iter().zip(second).map(|(&a, &b)| value(a) * value(b)).sum();
            sums.own = sums.own.wrapping_add(pairs);
        }
    }
    (sums, worst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::SplitMix64;
    use qgen_spec::{Range, Sums};

    fn int(lo: i16, hi: i16) -> Operand {
        Operand::Int(Range::new(lo, hi).unwrap())
    }

    #[test]
    fn a_scan_agrees_with_the_definition() {
        let mut random = SplitMix64::new(1);
        for k in [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 100, 2047, 2048, 2049, 5000] {
            for (range, signed) in [((-8, 7), true), ((-64, 63), true), ((0, 15), false), ((0, 127), false)] {
                let range = Range::new(range.0, range.1).unwrap();
                let values: Vec<i16> = (0..k).map(|_| random.in_range(range)).collect();
                let bytes: Vec<u8> = values.iter().map(|&v| v as u8).collect();
                let domain = if signed { (-128, 127) } else { (0, 255) };
                let scan =
                    Scan { signed, sum: true, pairs: true, accept: Accept::new(Operand::Int(range), domain) };
                let sum = values.iter().map(|&v| i32::from(v)).sum::<i32>();
                let pairs = Sums::Pairs.of_line(true, k, |p| values[p].into()) as i32;
                assert_eq!(
                    scan.scanner().line(&bytes),
                    Some(LineSums { sum, own: pairs }),
                    "k = {k}, {range}"
                );
                let sum_only = Scan { pairs: false, ..scan };
                assert_eq!(sum_only.scanner().line(&bytes), Some(LineSums { sum, own: 0 }));
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
            let both = (
                blocks::<true, true, true, true>(&data, 5),
                plain_blocks::<true, true, true, true>(&data, 5),
            );
            assert_eq!(both.0, both.1);
            let both = (
                blocks::<false, true, true, false>(&data, 5),
                plain_blocks::<false, true, true, false>(&data, 5),
            );
            assert_eq!(both.0, both.1);
            let both = (
                blocks::<true, false, false, true>(&data, 0),
                plain_blocks::<true, false, false, true>(&data, 0),
            );
            assert_eq!(both.0, both.1);
        }
    }

    #[test]
    fn sums_of_extremes_do_not_wrap_early() {
        let scan = Scan { signed: false, sum: true, pairs: false, accept: Accept::All };
        assert_eq!(scan.scanner().line(&[255; 10_000]).unwrap().sum, 2_550_000);
        let scan = Scan { signed: true, ..scan };
        assert_eq!(scan.scanner().line(&[0x80; 10_000]).unwrap().sum, -1_280_000);
    }

    #[test]
    fn every_bad_byte_is_found_wherever_it_is() {
        let range = int(-8, 7);
        let scan = Scan { signed: true, sum: false, pairs: false, accept: Accept::new(range, (-128, 127)) };
        let mut bytes = [0xf8u8; 70];
        assert!(scan.scanner().line(&bytes).is_some());
        for at in 0..bytes.len() {
            for bad in [8, 0xf7, 127, 0x80] {
                bytes[at] = bad;
                assert!(scan.scanner().line(&bytes).is_none(), "{bad} at {at}");
                bytes[at] = 7;
            }
        }
        assert_eq!(Accept::new(range, (0, 255)), Accept::Within { lo: 0, span: 7 });
        assert_eq!(Accept::new(int(-8, -1), (0, 255)), Accept::Nothing);
        assert_eq!(Accept::new(int(0, 255), (0, 255)), Accept::All);
    }

    #[test]
    fn zero_is_neither_minus_one_nor_one() {
        let signs = |domain| Scan {
            signed: domain == (-128, 127),
            sum: true,
            pairs: false,
            accept: Accept::new(Operand::Binary, domain),
        };
        let scanner = signs((-128, 127)).scanner();
        assert_eq!(scanner.line(&[1, 0xff, 0xff]), Some(LineSums { sum: -1, own: 0 }));
        for bad in [0, 2, 0xfe, 0x80] {
            for at in 0..70 {
                let mut bytes = [0xffu8; 70];
                bytes[at] = bad;
                assert_eq!(scanner.line(&bytes), None, "{bad} at {at}");
            }
        }
        let unsigned = signs((0, 255)).scanner();
        assert!(unsigned.line(&[1; 40]).is_some());
        assert!(unsigned.line(&[0xff; 40]).is_none() && unsigned.line(&[0; 40]).is_none());
    }
}
