//! A line's way into its packed panel, in pieces as large as the layout allows.
//!
//! Most layouts keep pieces of a line at even distances, whatever their blocks and steps are called: those
//! are spread without working out any place but the first. On aarch64 a register of 16 bytes is read and
//! its pieces stored; 128 values become a plane of bits by three levels of pairwise additions.

use qgen_spec::{Layout, Operand, PlaneCode};

/// A line's pieces of `size` bytes, `apart` bytes from one another.
struct Pieces {
    size: usize,
    apart: usize,
}

impl Pieces {
    /// The pieces of a layout that has them at even distances.
    fn of(layout: Layout) -> Option<Pieces> {
        let Layout::Panels { width, k_block, step, per_byte: 1, depth_inner, value_bytes, block_bytes } =
            layout
        else {
            return None;
        };
        let (width, step, size) = (usize::from(width), usize::from(step), usize::from(value_bytes));
        let step_bytes = block_bytes as usize / (usize::from(k_block) / step);
        if depth_inner {
            return Some(Pieces { size: step * size, apart: step_bytes });
        }
        // The values of a depth stand together: even where nothing fills a step up.
        (width * step * size == step_bytes).then_some(Pieces { size, apart: width * size })
    }

    fn spread(&self, dest: &mut [u8], bytes: &[u8]) {
        match self.size {
            4 => spread::<4>(dest, self.apart, bytes),
            8 => spread::<8>(dest, self.apart, bytes),
            16 => spread::<16>(dest, self.apart, bytes),
            32 => spread::<32>(dest, self.apart, bytes),
            size => {
                for (to, piece) in dest.chunks_mut(self.apart).zip(bytes.chunks(size)) {
                    to[..piece.len()].copy_from_slice(piece);
                }
            }
        }
    }
}

/// Pieces of a size that the compiler knows.
fn spread<const SIZE: usize>(dest: &mut [u8], apart: usize, bytes: &[u8]) {
    #[cfg(target_arch = "aarch64")]
    let (dest, bytes) = {
        let done = bytes.len() / 16 * 16;
        match SIZE {
            4 => super::neon::spread_words(dest, apart, &bytes[..done]),
            8 => super::neon::spread_doubles(dest, apart, &bytes[..done]),
            _ => {}
        }
        let done = if SIZE < 16 { done } else { 0 };
        (dest.get_mut(done / SIZE * apart..).unwrap_or_default(), &bytes[done..])
    };
    let (whole, rest) = bytes.as_chunks::<SIZE>();
    for (to, piece) in dest.chunks_mut(apart).zip(whole) {
        to[..SIZE].copy_from_slice(piece);
    }
    if !rest.is_empty() {
        dest[whole.len() * apart..][..rest.len()].copy_from_slice(rest);
    }
}

/// How lines come into their panels: found out once for all of them.
pub(crate) struct Place {
    layout: Layout,
    /// Bytes from the first value of a line in its panel to that of the next line.
    line_apart: usize,
    way: Way,
}

enum Way {
    Pieces(Pieces),
    Planes(PlaneCode),
    Values,
}

impl Place {
    /// The way of lines of `operand`, in which the layout is made.
    pub(crate) fn new(layout: Layout, operand: Operand) -> Place {
        let way = match (Pieces::of(layout), layout, PlaneCode::of(operand)) {
            (Some(pieces), ..) => Way::Pieces(pieces),
            (None, Layout::Planes { .. }, Some(code)) => Way::Planes(code),
            _ => Way::Values,
        };
        // Lines stand at even distances in every layout.
        let line_apart = if layout.width() > 1 { layout.offset_in_panel(1, 0) } else { 0 };
        Place { layout, line_apart, way }
    }

    /// Copies the *stored* `bytes` of a line to their places in its panel, which was zeroed before. `line`
    /// counts from the panel's first. Places of missing values are left alone.
    pub(crate) fn line(&self, panel: &mut [u8], line: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        match &self.way {
            Way::Pieces(pieces) => pieces.spread(&mut panel[line * self.line_apart..], bytes),
            Way::Planes(code) => planes(self.layout, *code, &mut panel[line * self.line_apart..], bytes),
            Way::Values => values(self.layout, panel, line, bytes),
        }
    }

    /// Whether lines are signs, which [`Place::signs`] checks and places in one go.
    pub(crate) fn likes_signs(&self) -> bool {
        matches!(self.way, Way::Planes(PlaneCode::Sign))
    }

    /// Copies the signs of `lines` lines to their places in panels. `data` has lines of `k` bytes, `stride` bytes
    /// from one to the next. `false` if some byte is not −1 or 1.
    pub(crate) fn signs(
        &self,
        panels: &mut [u8],
        data: &[u8],
        stride: usize,
        k: usize,
        lines: usize,
    ) -> bool {
        signs(panels, self.layout.width(), (data, stride, k), lines)
    }

    /// Whether [`Place::two`] is faster than one line after the other.
    pub(crate) fn likes_two(&self) -> bool {
        let Way::Pieces(pieces) = &self.way else { return false };
        cfg!(target_arch = "aarch64") && pieces.size == 8 && self.line_apart == 8
    }

    /// [`Place::line`] for line `line` and the next one, which have the same length.
    pub(crate) fn two(&self, panel: &mut [u8], line: usize, [one, two]: [&[u8]; 2]) {
        // A panel without depth has no line to begin at.
        if one.is_empty() && two.is_empty() {
            return;
        }
        #[cfg(target_arch = "aarch64")]
        if let (Way::Pieces(pieces), true) =
            (&self.way, self.likes_two() && one.len() == two.len() && !one.is_empty())
        {
            let done = one.len() / 16 * 16;
            let dest = &mut panel[line * self.line_apart..];
            super::neon::spread_two(dest, pieces.apart, &one[..done], &two[..done]);
            if done < one.len() {
                let rest = &mut dest[done / 8 * pieces.apart..];
                pieces.spread(rest, &one[done..]);
                pieces.spread(&mut rest[self.line_apart..], &two[done..]);
            }
            return;
        }
        self.line(panel, line, one);
        self.line(panel, line + 1, two);
    }
}

/// Value by value.
fn values(layout: Layout, panel: &mut [u8], line: usize, bytes: &[u8]) {
    match layout {
        Layout::Lines { .. } => panel[..bytes.len()].copy_from_slice(bytes),
        // Planes hold bits, not bytes.
        Layout::Planes { .. } => {}
        Layout::Panels { width, step, per_byte, depth_inner, value_bytes, .. } => {
            let (steps, size) = (usize::from(step), usize::from(value_bytes));
            for (count, values) in bytes.chunks(steps * size).enumerate() {
                let start = layout.offset_in_panel(line, count * steps);
                if per_byte > 1 {
                    let apart = if depth_inner { 1 } else { usize::from(width) };
                    for (byte, &value) in panel[start..].iter_mut().step_by(apart).zip(values) {
                        *byte = layout.with_value(*byte, count * steps, value);
                    }
                } else {
                    let apart = usize::from(width) * size;
                    for (p, value) in values.chunks_exact(size).enumerate() {
                        panel[start + p * apart..][..size].copy_from_slice(value);
                    }
                }
            }
        }
    }
}

/// The bits of a line's stored `bytes`, to `dest`, which begins with the line's first plane.
fn planes(layout: Layout, code: PlaneCode, dest: &mut [u8], bytes: &[u8]) {
    let apart = layout.block_bytes();
    let (blocks, rest) = bytes.as_chunks::<128>();
    for plane in 0..code.planes() {
        let (bit, at) = (code.stored_bit(plane), 16 * usize::from(plane));
        planes_of(&mut dest[at..], apart, blocks, bit);
        if !rest.is_empty() {
            let mut filled = [0; 128];
            filled[..rest.len()].copy_from_slice(rest);
            planes_of(&mut dest[blocks.len() * apart + at..], apart, &[filled], bit);
        }
    }
}

#[cfg(target_arch = "aarch64")]
use super::neon::{planes_of, signs};
#[cfg(not(target_arch = "aarch64"))]
use {plain_planes_of as planes_of, plain_signs as signs};

/// Whether all bytes of `lines` lines are −1 or 1, and their signs: line i is `k` bytes at `i · stride` of `data`.
#[cfg(any(not(target_arch = "aarch64"), test))]
fn plain_signs(
    dest: &mut [u8],
    width: usize,
    (data, stride, k): (&[u8], usize, usize),
    lines: usize,
) -> bool {
    let panel = k.div_ceil(128) * 16 * width;
    (0..lines).all(|line| {
        let bytes = &data[line * stride..][..k];
        let dest = &mut dest[line / width * panel + line % width * 16..];
        for (to, bytes) in dest.chunks_mut(16 * width).zip(bytes.chunks(128)) {
            let mut block = [0; 128];
            block[..bytes.len()].copy_from_slice(bytes);
            to[..16].copy_from_slice(&plain_plane_of(&block, 7));
        }
        super::only_signs(bytes)
    })
}

/// Bit `bit` of every byte of blocks of 128, a block's 16 bytes `apart` bytes from the last one's.
#[cfg(any(not(target_arch = "aarch64"), test))]
fn plain_planes_of(dest: &mut [u8], apart: usize, blocks: &[[u8; 128]], bit: u8) {
    for (to, block) in dest.chunks_mut(apart).zip(blocks) {
        to[..16].copy_from_slice(&plain_plane_of(block, bit));
    }
}

/// Bit `bit` of each of 128 bytes: that of byte p is bit p % 8 of byte p / 8.
#[cfg(any(not(target_arch = "aarch64"), test))]
fn plain_plane_of(values: &[u8; 128], bit: u8) -> [u8; 16] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    /// Moves the lowest bit of byte i to bit 56 + i: 8i + 7(8 − i).
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut plane = [0; 16];
    for (to, &eight) in plane.iter_mut().zip(values.as_chunks::<8>().0) {
        *to = ((u64::from_le_bytes(eight) >> bit & ONES).wrapping_mul(GATHER) >> 56) as u8;
    }
    plane
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::SplitMix64;
    use qgen_spec::Range;

    fn int(lo: i16, hi: i16) -> Operand {
        Operand::Int(Range::new(lo, hi).unwrap())
    }

    #[cfg(target_arch = "aarch64")]
    #[test]
    fn planes_by_vectors_and_by_words_agree() {
        let mut random = SplitMix64::new(5);
        let range = Range::new(0, 255).unwrap();
        for bit in 0..8 {
            let mut block = || std::array::from_fn(|_| random.in_range(range) as u8);
            let blocks: [[u8; 128]; 3] = [block(), block(), block()];
            let (mut vectors, mut words) = ([0; 66], [0; 66]);
            planes_of(&mut vectors, 25, &blocks, bit);
            plain_planes_of(&mut words, 25, &blocks, bit);
            assert_eq!(vectors, words, "bit {bit}");
        }
    }

    #[test]
    fn signs_are_checked_and_placed_where_the_layout_says() {
        let mut random = SplitMix64::new(9);
        let bits = Range::new(0, 1).unwrap();
        for width in [1, 3, 8] {
            let layout = Layout::Planes { width, planes: 1 };
            let place = Place::new(layout, Operand::Binary);
            assert!(place.likes_signs());
            for k in [1, 7, 8, 127, 128, 129, 300, 512] {
                for lines in 1..=3 * usize::from(width) {
                    let stride = k + 5;
                    let mut sign = || if random.in_range(bits) == 0 { 1 } else { 0xff };
                    let mut data: Vec<u8> = (0..lines * stride).map(|_| sign()).collect();
                    let panel = layout.panel_bytes(k).unwrap();
                    let mut panels = vec![0u8; lines.div_ceil(layout.width()) * panel];
                    let mut wanted = panels.clone();
                    for line in 0..lines {
                        let (at, within) = (line / layout.width() * panel, line % layout.width());
                        place.line(&mut wanted[at..], within, &data[line * stride..][..k]);
                    }
                    assert!(place.signs(&mut panels, &data, stride, k, lines));
                    assert_eq!(panels, wanted, "{lines} lines of {k}");
                    panels.fill(0);
                    assert!(plain_signs(&mut panels, layout.width(), (&data, stride, k), lines));
                    assert_eq!(panels, wanted, "{lines} lines of {k}");
                    for bad in [0, 2, 3, 0x7f, 0x80, 0x81, 0xfe] {
                        let at = (lines - 1) * stride + random.next_u64() as usize % k;
                        let good = std::mem::replace(&mut data[at], bad);
                        assert!(!place.signs(&mut panels, &data, stride, k, lines), "{bad}");
                        assert!(!plain_signs(&mut panels, layout.width(), (&data, stride, k), lines));
                        data[at] = good;
                    }
                    // What is between lines is nobody's.
                    data[k..stride].fill(0);
                    assert!(place.signs(&mut panels, &data, stride, k, lines));
                }
            }
        }
    }

    #[test]
    fn bits_are_placed_where_the_layout_says() {
        let mut random = SplitMix64::new(3);
        for operand in [Operand::Binary, int(-1, 1), int(-2, 1), int(0, 1), int(-4, 3)] {
            let code = PlaneCode::of(operand).unwrap();
            let layout = Layout::Planes { width: 3, planes: code.planes() };
            for k in [1, 7, 8, 9, 127, 128, 129, 300] {
                let mut panel = vec![0u8; layout.panel_bytes(k).unwrap()];
                let mut again = panel.clone();
                for line in 0..3 {
                    let values: Vec<i16> =
                        std::iter::repeat_with(|| random.in_range(operand.range().unwrap()))
                            .filter(|&v| operand.contains(v))
                            .take(k)
                            .collect();
                    let stored: Vec<u8> = values.iter().map(|v| (v - code.shift()) as u8).collect();
                    Place::new(layout, operand).line(&mut panel, line, &stored);
                    for (p, &value) in values.iter().enumerate() {
                        for plane in 0..code.planes() {
                            let at = layout.offset_in_panel(line, p) + 16 * usize::from(plane);
                            again[at] |= (code.encode(value) >> plane & 1) << (p % 8);
                        }
                    }
                }
                assert_eq!(panel, again, "{operand}, k = {k}");
            }
        }
    }

    #[test]
    fn lines_are_placed_where_the_layout_says() {
        for layout in [
            Layout::Lines { k_block: 16, value_bytes: 1 },
            Layout::Lines { k_block: 4, value_bytes: 4 },
            Layout::depth_inner(4, 16),
            Layout::lines_inner(6, 3, 1),
            Layout::lines_inner(5, 2, 4),
            Layout::depth_inner(4, 16).narrow(2),
            Layout::quads(4, 4).narrow(4),
            Layout::lines_inner(6, 2, 1).narrow(2),
            Layout::lines_inner(8, 2, 1).in_steps(2),
            Layout::quads(5, 4).in_steps(4),
            Layout::quads(8, 4),
            Layout::depth_inner(4, 8),
            Layout::depth_inner(3, 32),
            Layout::depth_inner(3, 64),
            Layout::lines_inner(8, 1, 4),
            Layout::lines_inner(8, 4, 4),
        ] {
            // Sixteen bytes are taken at a time, so that a rest of each length must come out right.
            for k in [0, 1, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 37, 64, 100] {
                let size = layout.value_bytes();
                let mut panel = vec![0u8; layout.panel_bytes(k).unwrap()];
                let place = Place::new(layout, Operand::F32);
                let bytes = |line: usize| (0..k * size).map(|b| (b * 7 + line) as u8).collect::<Vec<u8>>();
                let mut by_twos = panel.clone();
                for line in (1..layout.width()).step_by(2) {
                    place.two(&mut by_twos, line - 1, [&bytes(line - 1), &bytes(line)]);
                }
                if layout.width() % 2 == 1 {
                    place.line(&mut by_twos, layout.width() - 1, &bytes(layout.width() - 1));
                }
                for line in 0..layout.width() {
                    let bytes = bytes(line);
                    place.line(&mut panel, line, &bytes);
                    for p in 0..k {
                        let at = layout.offset_in_panel(line, p);
                        if layout.per_byte() == 1 {
                            assert_eq!(panel[at..at + size], bytes[p * size..][..size], "{layout}");
                            continue;
                        }
                        let value = layout.value_in(panel[at], p, false);
                        let bits = 8 / layout.per_byte() as u32;
                        assert_eq!(value, i16::from(bytes[p]) & ((1 << bits) - 1), "{layout}: {line}, {p}");
                    }
                }
                assert_eq!(by_twos, panel, "{layout}, k = {k}");
            }
        }
    }
}
