//! Where each value of a packed side lies: one value, read by packer, kernel generator and reference.

use core::fmt;

/// The layout of one side of a multiplication. A *line* is a row of the left side or a column of
/// the right side; every line has k values.
///
/// Depth is cut into blocks of `k_block` values; the last one is filled up with zeros, which add
/// nothing to any sum.
///
/// A block of a panel may be cut once more, into steps of `step` values. In a dense panel they lie one
/// after another. In a *narrow* one, with `per_byte` values in a byte, they share their bytes: step s
/// has the s-th `8 / per_byte` bits, counted from the lowest, of the very bytes that a dense step would
/// take. So a register of narrow bytes becomes registers of neighbouring values by shifts alone, and the
/// other side is read as if nothing were narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Each line is contiguous, at any stride from the next: plain row-major data, read in
    /// place where k is a multiple of `k_block`.
    Lines {
        /// Depth values that are read together.
        k_block: u16,
        /// Bytes per value.
        value_bytes: u8,
    },
    /// `width` lines side by side, block after block of depth.
    Panels {
        /// Lines in a panel. Missing lines of the last panel are zeros.
        width: u16,
        /// Depth values in a block.
        k_block: u16,
        /// Depth values in a step: a block is one step, unless it was [cut](Layout::in_steps) or is
        /// [narrow](Layout::narrow).
        step: u16,
        /// Values in a byte: 1, 2 or 4. If there are several, a block has as many steps.
        per_byte: u8,
        /// Whether a line's `step` values of a step are contiguous (lanes along the depth), or
        /// the `width` values of one depth (lanes along the lines).
        depth_inner: bool,
        /// Bytes per value.
        value_bytes: u8,
        /// Bytes of a block: `width · step · value_bytes`, filled up so that whole registers can
        /// be loaded, for every dense step.
        block_bytes: u32,
    },
    /// `width` lines side by side, block after block of 128 depth values, each value spread over
    /// `planes` planes of 16 bytes: bit p % 8 of byte p / 8.
    Planes {
        /// Lines in a panel.
        width: u16,
        /// Bits of a value.
        planes: u8,
    },
}

/// A buffer of this size cannot exist on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeOverflow;

impl fmt::Display for SizeOverflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the size of the packed data overflows the address space; use smaller shapes")
    }
}

impl core::error::Error for SizeOverflow {}

impl Layout {
    /// Panels whose lines keep `k_block` consecutive depth bytes together.
    pub const fn depth_inner(width: u16, k_block: u16) -> Layout {
        Layout::one_step(width, k_block, true, 1, width as u32 * k_block as u32)
    }

    /// Panels that keep groups of four depth values of a line together, `width` groups side by side:
    /// what dot products by element read. `k_block` is 4.
    pub const fn quads(width: u16, k_block: u16) -> Layout {
        Layout::one_step(width, k_block, true, 1, (width as u32 * k_block as u32).next_multiple_of(8))
    }

    /// Panels that keep the `width` values of one depth together; a block is filled up to whole
    /// 8-byte registers.
    pub const fn lines_inner(width: u16, k_block: u16, value_bytes: u8) -> Layout {
        let block_bytes = (width as u32 * k_block as u32 * value_bytes as u32).next_multiple_of(8);
        Layout::one_step(width, k_block, false, value_bytes, block_bytes)
    }

    const fn one_step(width: u16, step: u16, depth_inner: bool, value_bytes: u8, block_bytes: u32) -> Layout {
        Layout::Panels { width, k_block: step, step, per_byte: 1, depth_inner, value_bytes, block_bytes }
    }

    /// Panels whose blocks are `steps` dense blocks of `self`.
    #[must_use]
    pub const fn in_steps(self, steps: u16) -> Layout {
        match self {
            Layout::Panels { width, k_block, step, per_byte, depth_inner, value_bytes, block_bytes } => {
                let (k_block, block_bytes) = (k_block * steps, block_bytes * steps as u32);
                Layout::Panels { width, k_block, step, per_byte, depth_inner, value_bytes, block_bytes }
            }
            other => other,
        }
    }

    /// Panels that keep `per_byte` dense blocks of `self`, whose values have a byte each, in the bytes of
    /// one.
    #[must_use]
    pub const fn narrow(self, per_byte: u8) -> Layout {
        match self {
            Layout::Panels { width, step, depth_inner, value_bytes, block_bytes, .. } => {
                let k_block = step * per_byte as u16;
                Layout::Panels { width, k_block, step, per_byte, depth_inner, value_bytes, block_bytes }
            }
            other => other,
        }
    }

    /// Depth values in a block.
    pub const fn k_block(&self) -> usize {
        match *self {
            Layout::Lines { k_block, .. } | Layout::Panels { k_block, .. } => k_block as usize,
            Layout::Planes { .. } => 128,
        }
    }

    /// Bytes per value.
    pub const fn value_bytes(&self) -> usize {
        match *self {
            Layout::Planes { .. } => 1,
            Layout::Lines { value_bytes, .. } | Layout::Panels { value_bytes, .. } => value_bytes as usize,
        }
    }

    /// Values in a byte; 1 where a value has a whole byte or more. (Planes share bytes otherwise.)
    pub const fn per_byte(&self) -> usize {
        match *self {
            Layout::Lines { .. } | Layout::Planes { .. } => 1,
            Layout::Panels { per_byte, .. } => per_byte as usize,
        }
    }

    /// The bits of its byte that hold the value at depth `p`: the lowest, and how many. All eight where
    /// a value has a byte of its own.
    pub const fn bits(&self, p: usize) -> (u32, u32) {
        match *self {
            Layout::Panels { k_block, step, per_byte, .. } if per_byte > 1 => {
                let width = 8 / per_byte as u32;
                ((p % k_block as usize / step as usize) as u32 * width, width)
            }
            _ => (0, 8),
        }
    }

    /// `byte` with the *stored* value at depth `p` put into its bits.
    pub const fn with_value(&self, byte: u8, p: usize, stored: u8) -> u8 {
        let (lowest, width) = self.bits(p);
        let mask = (0xff >> (8 - width)) << lowest;
        byte & !mask | stored << lowest & mask
    }

    /// The stored value at depth `p` in its byte, whose bits are read as a signed or an unsigned number.
    pub const fn value_in(&self, byte: u8, p: usize, signed: bool) -> i16 {
        let (lowest, width) = self.bits(p);
        let top = byte << (8 - width - lowest);
        if signed { (top as i8 >> (8 - width)) as i16 } else { (top >> (8 - width)) as i16 }
    }

    /// Lines in a panel; 1 for lines that are read in place.
    pub const fn width(&self) -> usize {
        match *self {
            Layout::Lines { .. } => 1,
            Layout::Panels { width, .. } | Layout::Planes { width, .. } => width as usize,
        }
    }

    /// Blocks that hold `k` values of a line.
    pub const fn blocks(&self, k: usize) -> usize {
        k.div_ceil(self.k_block())
    }

    /// Bytes of a block of a panel (of a line, where lines are read in place).
    pub const fn block_bytes(&self) -> usize {
        match *self {
            Layout::Lines { k_block, value_bytes } => k_block as usize * value_bytes as usize,
            Layout::Panels { block_bytes, .. } => block_bytes as usize,
            Layout::Planes { width, planes } => width as usize * planes as usize * 16,
        }
    }

    /// Bytes of one panel (of one line, where lines are read in place) of depth `k`.
    ///
    /// # Errors
    /// [`SizeOverflow`] if that exceeds `isize::MAX`.
    pub fn panel_bytes(&self, k: usize) -> Result<usize, SizeOverflow> {
        addressable(self.blocks(k).checked_mul(self.block_bytes()))
    }

    /// Bytes of all panels for `lines` lines of depth `k`.
    ///
    /// # Errors
    /// [`SizeOverflow`] if that exceeds `isize::MAX`.
    pub fn packed_bytes(&self, lines: usize, k: usize) -> Result<usize, SizeOverflow> {
        addressable(self.panel_bytes(k)?.checked_mul(lines.div_ceil(self.width())))
    }

    /// The byte offset of the value of `line` (counted from its panel's first) at depth `p` (below
    /// the panel's depth) from the beginning of the panel. In planes: of the byte that holds bit
    /// p % 8 of the first plane; each further plane is 16 bytes on. In narrow panels other values are
    /// in the same byte: [`Layout::bits`].
    pub const fn offset_in_panel(&self, line: usize, p: usize) -> usize {
        match *self {
            Layout::Lines { value_bytes, .. } => p * value_bytes as usize,
            Layout::Planes { planes, .. } => {
                p / 128 * self.block_bytes() + line * planes as usize * 16 + p % 128 / 8
            }
            Layout::Panels { width, k_block, step, per_byte, depth_inner, value_bytes, block_bytes } => {
                let (kb, step, bytes) = (k_block as usize, step as usize, value_bytes as usize);
                let (at, p_step) = (p % kb / step, p % kb % step);
                let within = if depth_inner { line * step + p_step } else { p_step * width as usize + line };
                let step_bytes = block_bytes as usize / (kb / step);
                let before = if per_byte > 1 { 0 } else { at * step_bytes };
                p / kb * block_bytes as usize + before + within * bytes
            }
        }
    }
}

/// A size of memory that may exist.
///
/// # Errors
/// [`SizeOverflow`] if it exceeds `isize::MAX`.
pub fn addressable(bytes: Option<usize>) -> Result<usize, SizeOverflow> {
    bytes.filter(|&b| isize::try_from(b).is_ok()).ok_or(SizeOverflow)
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Layout::Planes { width, planes } => {
                write!(f, "panels of {width}, {planes} bit plane(s), k in blocks of 128")
            }
            Layout::Lines { k_block, .. } => write!(f, "row-major, in place, k in blocks of {k_block}"),
            Layout::Panels { width, k_block, step, per_byte, depth_inner, value_bytes, block_bytes } => {
                write!(f, "panels of {width}, k in blocks of {k_block} ({block_bytes} bytes), ")?;
                f.write_str(if depth_inner { "depth" } else { "line" })?;
                f.write_str(" fastest")?;
                if per_byte > 1 {
                    write!(f, ", {per_byte} values a byte, {step} depths apart")
                } else if step < k_block {
                    write!(f, ", in steps of {step}")
                } else if value_bytes > 1 {
                    write!(f, ", {value_bytes} bytes a value")
                } else {
                    Ok(())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn every_value_has_its_own_place() {
        for layout in [
            Layout::depth_inner(4, 32),
            Layout::lines_inner(24, 2, 1),
            Layout::lines_inner(6, 3, 4),
            Layout::depth_inner(3, 16).narrow(2),
            Layout::depth_inner(2, 32).narrow(4),
            Layout::quads(4, 4).narrow(2),
            Layout::lines_inner(6, 2, 1).narrow(4),
            Layout::quads(5, 4).in_steps(2),
            Layout::lines_inner(8, 2, 1).in_steps(4),
        ] {
            let k = 70;
            let panel = layout.panel_bytes(k).unwrap();
            let mut seen = vec![0u8; panel];
            for line in 0..layout.width() {
                for p in 0..k {
                    let at = layout.offset_in_panel(line, p);
                    let bits = layout.with_value(0, p, 0xff);
                    for byte in &mut seen[at..at + layout.value_bytes()] {
                        assert_eq!(*byte & bits, 0, "{layout}: line {line}, depth {p}");
                        *byte |= bits;
                    }
                }
            }
            let bits = seen.iter().map(|byte| byte.count_ones() as usize).sum::<usize>();
            assert_eq!(bits, k * layout.width() * 8 * layout.value_bytes() / layout.per_byte(), "{layout}");
        }
    }

    #[test]
    fn narrow_values_are_read_as_they_were_written() {
        for (per_byte, step) in [(2u8, 16u16), (4, 8)] {
            let layout = Layout::depth_inner(1, step).narrow(per_byte);
            let half = 1i16 << (8 / per_byte - 1);
            let value = |p: usize, signed: bool| (p as i16 * 5) % (2 * half) - if signed { half } else { 0 };
            for signed in [true, false] {
                let mut panel = vec![0u8; layout.panel_bytes(100).unwrap()];
                for p in 0..100 {
                    let byte = &mut panel[layout.offset_in_panel(0, p)];
                    *byte = layout.with_value(*byte, p, value(p, signed) as u8);
                }
                for p in 0..100 {
                    let byte = panel[layout.offset_in_panel(0, p)];
                    assert_eq!(layout.value_in(byte, p, signed), value(p, signed), "{layout}: {p}");
                }
                assert_eq!(panel.len(), 100usize.div_ceil(layout.k_block()) * usize::from(step));
            }
        }
        assert_eq!(Layout::depth_inner(1, 16).value_in(0x85, 3, true), -123);
        assert_eq!(Layout::Lines { k_block: 16, value_bytes: 1 }.with_value(3, 20, 0x85), 0x85);
    }

    #[test]
    fn a_narrow_step_takes_the_bytes_of_a_dense_one() {
        let narrow = Layout::depth_inner(2, 16).narrow(2);
        assert_eq!((narrow.k_block(), narrow.block_bytes()), (32, 32));
        assert_eq!(narrow.offset_in_panel(1, 3), narrow.offset_in_panel(1, 19));
        assert_eq!((narrow.bits(3), narrow.bits(19), narrow.bits(35)), ((0, 4), (4, 4), (0, 4)));
        let dense = Layout::quads(5, 4).in_steps(2);
        assert_eq!((dense.k_block(), dense.block_bytes()), (8, 48));
        assert_eq!(dense.offset_in_panel(4, 7), 24 + 4 * 4 + 3);
    }

    #[test]
    fn impossible_sizes_are_errors() {
        let layout = Layout::depth_inner(4, 16);
        assert_eq!(layout.packed_bytes(usize::MAX, 1), Err(SizeOverflow));
        assert_eq!(layout.packed_bytes(1 << 40, 1 << 40), Err(SizeOverflow));
        assert_eq!(layout.packed_bytes(5, 17), Ok(2 * 4 * 32));
        assert_eq!(layout.packed_bytes(0, 17), Ok(0));
    }
}
