//! A line's way into its packed panel, in pieces as large as the layout allows.
//!
//! Most layouts keep pieces of a line at even distances, whatever their blocks and steps are called: those
//! are spread without working out any place but the first. On aarch64 a register of 16 bytes is read and
//! its pieces stored; 128 values become a plane of bits by three levels of pairwise additions.

use qgen_spec::{Layout, PlaneCode};

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

/// Copies a line's `bytes` to their places in its panel. `line` counts from the panel's first.
/// Places of missing values are left alone.
pub(crate) fn place(layout: Layout, panel: &mut [u8], line: usize, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    if let Some(pieces) = Pieces::of(layout) {
        return pieces.spread(&mut panel[layout.offset_in_panel(line, 0)..], bytes);
    }
    match layout {
        Layout::Lines { .. } => panel[..bytes.len()].copy_from_slice(bytes),
        // Planes hold bits, not bytes: `place_planes`.
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

/// [`place`] for planes: the bits of a line's *stored* `bytes`. The panel was zeroed before.
pub(crate) fn place_planes(layout: Layout, code: PlaneCode, panel: &mut [u8], line: usize, bytes: &[u8]) {
    let block_bytes = layout.block_bytes();
    let mut at = layout.offset_in_panel(line, 0);
    let (blocks, rest) = bytes.as_chunks::<128>();
    for block in blocks {
        for plane in 0..code.planes() {
            let bits = plane_of(block, code.stored_bit(plane));
            panel[at + 16 * usize::from(plane)..][..16].copy_from_slice(&bits);
        }
        at += block_bytes;
    }
    if !rest.is_empty() {
        let mut filled = [0; 128];
        filled[..rest.len()].copy_from_slice(rest);
        for plane in 0..code.planes() {
            let bits = plane_of(&filled, code.stored_bit(plane));
            panel[at + 16 * usize::from(plane)..][..16].copy_from_slice(&bits);
        }
    }
}

#[cfg(target_arch = "aarch64")]
use super::neon::plane_of;
#[cfg(not(target_arch = "aarch64"))]
use plain_plane_of as plane_of;

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
    use qgen_spec::{Operand, Range};

    fn int(lo: i16, hi: i16) -> Operand {
        Operand::Int(Range::new(lo, hi).unwrap())
    }

    #[cfg(target_arch = "aarch64")]
    #[test]
    fn planes_by_vectors_and_by_words_agree() {
        let mut random = SplitMix64::new(5);
        let range = Range::new(0, 255).unwrap();
        for bit in 0..8 {
            let values: [u8; 128] = std::array::from_fn(|_| random.in_range(range) as u8);
            assert_eq!(plane_of(&values, bit), plain_plane_of(&values, bit), "bit {bit}");
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
                    place_planes(layout, code, &mut panel, line, &stored);
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
            for k in [1, 3, 4, 5, 8, 15, 16, 17, 31, 32, 33, 37, 64, 100] {
                let size = layout.value_bytes();
                let mut panel = vec![0u8; layout.panel_bytes(k).unwrap()];
                for line in 0..layout.width() {
                    let bytes: Vec<u8> = (0..k * size).map(|b| (b * 7 + line) as u8).collect();
                    place(layout, &mut panel, line, &bytes);
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
            }
        }
    }
}
