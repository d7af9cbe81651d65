//! Where each value of a packed side lies: one value, read by packer, kernel generator and reference.

use core::fmt;

/// The layout of one side of a multiplication. A *line* is a row of the left side or a column of
/// the right side; every line has k values.
///
/// Depth is cut into blocks of `k_block` values; the last one is filled up with zeros, which add
/// nothing to any sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Each line is contiguous bytes, at any stride from the next: plain row-major data, read in
    /// place where k is a multiple of `k_block`.
    Lines {
        /// Depth values that are read together.
        k_block: u16,
    },
    /// `width` lines side by side, block after block of depth.
    Panels {
        /// Lines in a panel. Missing lines of the last panel are zeros.
        width: u16,
        /// Depth values in a block.
        k_block: u16,
        /// Whether a line's `k_block` values of a block are contiguous (lanes along the depth), or
        /// the `width` values of one depth (lanes along the lines).
        depth_inner: bool,
        /// Bytes per value.
        value_bytes: u8,
        /// Bytes of a block: `width · k_block · value_bytes`, filled up so that whole registers can
        /// be loaded.
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
        let block_bytes = width as u32 * k_block as u32;
        Layout::Panels { width, k_block, depth_inner: true, value_bytes: 1, block_bytes }
    }

    /// Panels that keep groups of four depth values of a line together, `width` groups side by side:
    /// what dot products by element read. `k_block` is 4.
    pub const fn quads(width: u16, k_block: u16) -> Layout {
        let block_bytes = (width as u32 * k_block as u32).next_multiple_of(8);
        Layout::Panels { width, k_block, depth_inner: true, value_bytes: 1, block_bytes }
    }

    /// Panels that keep the `width` values of one depth together; a block is filled up to whole
    /// 8-byte registers.
    pub const fn lines_inner(width: u16, k_block: u16, value_bytes: u8) -> Layout {
        let block_bytes = (width as u32 * k_block as u32 * value_bytes as u32).next_multiple_of(8);
        Layout::Panels { width, k_block, depth_inner: false, value_bytes, block_bytes }
    }

    /// Depth values in a block.
    pub const fn k_block(&self) -> usize {
        match *self {
            Layout::Lines { k_block } | Layout::Panels { k_block, .. } => k_block as usize,
            Layout::Planes { .. } => 128,
        }
    }

    /// Bytes per value.
    pub const fn value_bytes(&self) -> usize {
        match *self {
            Layout::Lines { .. } | Layout::Planes { .. } => 1,
            Layout::Panels { value_bytes, .. } => value_bytes as usize,
        }
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
            Layout::Lines { k_block } => k_block as usize,
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
    /// p % 8 of the first plane; each further plane is 16 bytes on.
    pub const fn offset_in_panel(&self, line: usize, p: usize) -> usize {
        match *self {
            Layout::Lines { .. } => p,
            Layout::Planes { planes, .. } => {
                p / 128 * self.block_bytes() + line * planes as usize * 16 + p % 128 / 8
            }
            Layout::Panels { width, k_block, depth_inner, value_bytes, block_bytes } => {
                let (kb, bytes) = (k_block as usize, value_bytes as usize);
                let within = if depth_inner { line * kb + p % kb } else { p % kb * width as usize + line };
                p / kb * block_bytes as usize + within * bytes
            }
        }
    }
}

fn addressable(bytes: Option<usize>) -> Result<usize, SizeOverflow> {
    bytes.filter(|&b| isize::try_from(b).is_ok()).ok_or(SizeOverflow)
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Layout::Planes { width, planes } => {
                write!(f, "panels of {width}, {planes} bit plane(s), k in blocks of 128")
            }
            Layout::Lines { k_block } => write!(f, "row-major, in place, k in blocks of {k_block}"),
            Layout::Panels { width, k_block, depth_inner, value_bytes, block_bytes } => {
                write!(f, "panels of {width}, k in blocks of {k_block} ({block_bytes} bytes), ")?;
                f.write_str(if depth_inner { "depth" } else { "line" })?;
                f.write_str(" fastest")?;
                if value_bytes > 1 { write!(f, ", {value_bytes} bytes a value") } else { Ok(()) }
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
        for layout in
            [Layout::depth_inner(4, 32), Layout::lines_inner(24, 2, 1), Layout::lines_inner(6, 3, 4)]
        {
            let k = 70;
            let panel = layout.panel_bytes(k).unwrap();
            let mut seen = vec![false; panel];
            for line in 0..layout.width() {
                for p in 0..k {
                    let at = layout.offset_in_panel(line, p);
                    for byte in &mut seen[at..at + layout.value_bytes()] {
                        assert!(!*byte, "{layout}: line {line}, depth {p}");
                        *byte = true;
                    }
                }
            }
        }
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
