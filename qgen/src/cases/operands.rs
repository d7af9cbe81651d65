//! The operands of one call of a kernel, as plain values, and as the bytes that it reads.

use super::{Pattern, Random, Stage, Value};
use qgen_spec::{KernelSpec, Layout, Operand, PlaneCode, reference};

/// What one call multiplies and adds.
#[derive(Clone, Debug)]
pub struct Operands {
    /// The left side's lines: tile.m × depth.
    pub lhs: Vec<Vec<Value>>,
    /// The right side's lines: tile.n × depth.
    pub rhs: Vec<Vec<Value>>,
    /// What is added to each row: any 32 bits, or those of a float.
    pub row_add: Vec<i32>,
    /// What is added to each column.
    pub col_add: Vec<i32>,
    /// What the kernel's end is told.
    pub stage: Stage,
}

impl Operands {
    /// For a call of `k_blocks` blocks; equal seeds give equal operands.
    pub fn new(spec: &KernelSpec, k_blocks: usize, pattern: Pattern, seed: u64) -> Operands {
        let (m, n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
        let depth = k_blocks * usize::from(spec.k_block);
        let mut random = Random::new(seed);
        let lhs = (0..m).map(|i| pattern.lhs(spec.lhs_stored(), i, depth, &mut random)).collect();
        let rhs = (0..n).map(|j| pattern.rhs(spec.rhs_stored(), j, depth, &mut random)).collect();
        let (row_add, col_add) = (addends(m, spec.lhs, &mut random), addends(n, spec.lhs, &mut random));
        Operands { lhs, rhs, row_add, col_add, stage: Stage::random(spec, &mut random) }
    }

    /// The words of `col_add`, as the kernel's end reads them.
    pub fn col_words(&self, spec: &KernelSpec) -> Vec<i32> {
        self.stage.words(spec, &self.col_add)
    }

    /// Where the left side's values lie, with `gap` bytes behind each panel.
    pub fn lhs_panels(&self, spec: &KernelSpec, k_blocks: usize, gap: usize) -> Panels<'_> {
        Panels::new(&self.lhs, spec.lhs_layout(), spec.lhs_planes(), k_blocks, gap)
    }

    /// Where the right side's values lie: panel after panel.
    pub fn rhs_panels(&self, spec: &KernelSpec, k_blocks: usize) -> Panels<'_> {
        Panels::new(&self.rhs, spec.rhs_layout(), spec.rhs_planes(), k_blocks, 0)
    }
}

/// What is added to each line: any 32-bit values, or floats.
fn addends(count: usize, operand: Operand, random: &mut Random) -> Vec<i32> {
    let word = |_| match operand {
        Operand::Int(_) | Operand::Binary => random.bits() as i32,
        Operand::F32 => (random.between(-1_000, 1_000) as f32 / 4.0).to_bits() as i32,
    };
    (0..count).map(word).collect()
}

/// Lines in the panels of a layout.
#[derive(Clone, Copy, Debug)]
pub struct Panels<'a> {
    lines: &'a [Vec<Value>],
    layout: Layout,
    planes: Option<PlaneCode>,
    /// Bytes of a panel.
    panel: usize,
    /// Bytes from one panel to the next.
    stride: usize,
}

impl<'a> Panels<'a> {
    fn new(
        lines: &'a [Vec<Value>],
        layout: Layout,
        planes: Option<PlaneCode>,
        k_blocks: usize,
        gap: usize,
    ) -> Panels<'a> {
        let panel = reference::rhs_panel_stride(layout, k_blocks);
        Panels { lines, layout, planes, panel, stride: panel + gap }
    }

    /// Bytes from one panel to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Bytes of all panels; the last has no gap behind it.
    pub fn size(&self) -> usize {
        (self.count() - 1) * self.stride + self.panel
    }

    fn count(&self) -> usize {
        self.lines.len().div_ceil(self.layout.width())
    }

    /// Writes all values to their places in `bytes`, of which there are [`Panels::size`]. Bytes that no value occupies
    /// are left as they are.
    pub fn write(&self, bytes: &mut [u8]) {
        let layout = self.layout;
        if self.planes.is_some() || layout.per_byte() > 1 {
            // Values are parts of bytes; those of lines that a panel has too many are 0.
            (0..self.count()).for_each(|n| bytes[n * self.stride..][..self.panel].fill(0));
        }
        for (index, line) in self.lines.iter().enumerate() {
            let base = index / layout.width() * self.stride;
            for (p, value) in line.iter().enumerate() {
                let place = &mut bytes[base + layout.offset_in_panel(index % layout.width(), p)..];
                match self.planes {
                    Some(code) => code.store(value.int() as u8, p, place),
                    None if layout.per_byte() > 1 => {
                        place[0] = layout.with_value(place[0], p, value.int() as u8);
                    }
                    None => value.store(place),
                }
            }
        }
    }
}
