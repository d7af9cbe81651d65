//! What a kernel makes of its sums before it stores them, and the parameters that this takes.
//!
//! ```text
//!   sum = row_add + col_add ± raw        i32, exact                (every kernel)
//!   i8, u8   requantise ─► + zero point ─► clamp                   (see requantise)
//!   f32      to float ─► · scale ─► clamp;  of float sums: clamp
//! ```
//!
//! A kernel with such an end finds a block of parameters for each of its register tiles behind `col_add`, in
//! the place of the values to add alone. Blocks follow one another; all numbers are 32-bit words:
//!
//! ```text
//!            head                            then, for every four columns of the register tile
//!   i8, u8   zero point  8 × i16             add ×4, multiplier ×4, left shift ×4, right shift ×4
//!            lo          16 × i8 or u8
//!            hi          16 × i8 or u8
//!   f32      lo ×4, hi ×4                    add ×4, scale ×4   (of float sums: add ×4)
//! ```
//!
//! The head's numbers are repeated to whole registers, so that a load is all that they cost. The left shift is
//! 0..=30, the right shift −31..=0, and one of them is 0: machines shift right by negative numbers. Words
//! of columns beyond the register tile are never read.

use crate::{Diagnostic, Field, KernelSpec, OutputStage, Strategy};
use alloc::format;
use core::fmt;
use core::ops::Range;
use core::str::FromStr;

/// What a kernel stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// The sums: i32, or f32 of float kernels.
    Sums,
    /// Sums as f32, times a scale, clamped.
    F32,
    /// Sums requantised to signed bytes.
    I8,
    /// Sums requantised to unsigned bytes.
    U8,
}

impl End {
    /// Every end.
    pub const ALL: &[End] = &[End::Sums, End::F32, End::I8, End::U8];

    /// The name on the command line and in attributes.
    pub const fn as_str(self) -> &'static str {
        match self {
            End::Sums => "i32",
            End::F32 => "f32",
            End::I8 => "i8",
            End::U8 => "u8",
        }
    }

    /// The steps, in words; `float` sums have no scale.
    pub const fn steps(self, float: bool) -> &'static str {
        match self {
            End::Sums => "the sums",
            End::F32 if float => "clamp",
            End::F32 => "to float, times a column's scale, clamp",
            End::I8 | End::U8 => {
                "shift left, high half of the product with a column's multiplier, shift right, zero point, clamp"
            }
        }
    }

    /// Bytes of a result.
    pub const fn bytes(self) -> usize {
        match self {
            End::Sums | End::F32 => 4,
            End::I8 | End::U8 => 1,
        }
    }

    /// Whether results are bytes.
    pub const fn is_byte(self) -> bool {
        matches!(self, End::I8 | End::U8)
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for End {
    type Err = Diagnostic;

    fn from_str(text: &str) -> Result<End, Diagnostic> {
        End::ALL.iter().copied().find(|end| end.as_str() == text).ok_or_else(|| {
            let help = "choose i32 (the sums), i8 or u8 (requantised), or f32 (scaled)";
            Diagnostic::new(Field::Output, format!("kernels do not store `{text}`"), help)
        })
    }
}

/// A number of an end's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndParam {
    /// The value added to a column's sums.
    Add,
    /// The multiplier of [`crate::Requantise`].
    Multiplier,
    /// Its shift to the left, 0..=30.
    Left,
    /// Its shift to the right, −31..=0.
    Right,
    /// The factor of a column's float results.
    Scale,
}

/// Where the parameters of a kernel's end lie behind `col_add`: what packer, kernel and reference read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndLayout {
    end: End,
    /// Columns of a register tile.
    width: usize,
    /// Whether sums are floats.
    float: bool,
}

impl EndLayout {
    /// The layout of a kernel.
    pub const fn of(spec: &KernelSpec) -> EndLayout {
        let float = matches!(spec.strategy, Strategy::F32);
        EndLayout { end: spec.end, width: spec.register_tile.n as usize, float }
    }

    /// What the parameters are for.
    pub const fn end(&self) -> End {
        self.end
    }

    /// Columns of a block.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Words before the columns' own.
    pub const fn head_words(&self) -> usize {
        match self.end {
            End::Sums => 0,
            End::F32 => 8,
            End::I8 | End::U8 => 12,
        }
    }

    /// What each column has.
    pub const fn params(&self) -> &'static [EndParam] {
        match self.end {
            End::F32 if !self.float => &[EndParam::Add, EndParam::Scale],
            End::Sums | End::F32 => &[EndParam::Add],
            End::I8 | End::U8 => &[EndParam::Add, EndParam::Multiplier, EndParam::Left, EndParam::Right],
        }
    }

    /// Words of a block: the parameters of a register tile.
    pub const fn block_words(&self) -> usize {
        match self.end {
            End::Sums => self.width,
            _ => self.head_words() + self.width.next_multiple_of(4) * self.params().len(),
        }
    }

    /// Words of the parameters of `columns` columns, whole blocks.
    pub const fn words(&self, columns: usize) -> usize {
        columns.div_ceil(self.width) * self.block_words()
    }

    /// The word in which the block of a column begins.
    pub const fn block_of(&self, column: usize) -> usize {
        column / self.width * self.block_words()
    }

    /// The word of a column's parameter (its place in [`EndLayout::params`]) from the beginning of its
    /// block; `column` is counted from there, too.
    pub const fn word(&self, param: usize, column: usize) -> usize {
        match self.end {
            End::Sums => column,
            _ => self.head_words() + column / 4 * 4 * self.params().len() + 4 * param + column % 4,
        }
    }

    /// Writes the parameters of a kernel's columns, which are `columns` of the stage's: those of a group of
    /// channels, say. The sums of column j, counted as the stage does, have `add(j)` added, and results are as
    /// `stage` says. They begin at the head of `out`. A block that is not full is filled up with zeros, of which
    /// a kernel makes results that nobody reads.
    ///
    /// # Panics
    /// If `out` has fewer than [`EndLayout::words`], the stage is for another end, or has no factor for a
    /// column.
    pub fn write(
        &self,
        columns: Range<usize>,
        add: impl Fn(usize) -> i32,
        stage: &EndStage<'_>,
        out: &mut [i32],
    ) {
        let repeated = |byte: i16| i32::from_ne_bytes([byte as u8; 4]);
        let out = &mut out[..self.words(columns.len())];
        for (block, out) in out.chunks_exact_mut(self.block_words()).enumerate() {
            out.fill(0);
            match (stage, self.end) {
                (EndStage::Sums, End::Sums) => {}
                (EndStage::Bytes(stage), End::I8 | End::U8) => {
                    let zero = stage.zero_point() as u16;
                    out[..4].fill(i32::from(zero) << 16 | i32::from(zero));
                    out[4..8].fill(repeated(stage.clamp().lo()));
                    out[8..12].fill(repeated(stage.clamp().hi()));
                }
                (EndStage::Floats { lo, hi, .. }, End::F32) => {
                    out[..4].fill(lo.to_bits() as i32);
                    out[4..8].fill(hi.to_bits() as i32);
                }
                _ => panic!("{stage:?} is no end in {}", self.end),
            }
            let first = columns.start + block * self.width;
            let columns = first..columns.end.min(first + self.width);
            if self.end == End::Sums {
                columns.zip(out).for_each(|(column, out)| *out = add(column));
                continue;
            }
            if let EndStage::Floats { scales, .. } = stage {
                let wanted = self.params().len() > 1;
                assert!(scales.is_empty() != wanted, "{} scales for {:?}", scales.len(), self.end);
            }
            let fours = out[self.head_words()..].chunks_exact_mut(4 * self.params().len());
            for (at, four) in fours.enumerate() {
                let first = first + 4 * at;
                for (i, column) in (first..columns.end.min(first + 4)).enumerate() {
                    four[i] = add(column);
                    match stage {
                        EndStage::Sums => {}
                        EndStage::Floats { scales: [], .. } => {}
                        EndStage::Floats { scales, .. } => {
                            let scale = if scales.len() == 1 { scales[0] } else { scales[column] };
                            four[4 + i] = scale.to_bits() as i32;
                        }
                        EndStage::Bytes(stage) => {
                            let factor = stage.factors().of(column);
                            let factor = factor.unwrap_or_else(|| panic!("column {column} has no factor"));
                            four[4 + i] = factor.multiplier();
                            four[8 + i] = factor.shift().max(0);
                            four[12 + i] = factor.shift().min(0);
                        }
                    }
                }
            }
        }
    }
}

/// What is made of sums.
#[derive(Clone, Copy, Debug)]
pub enum EndStage<'a> {
    /// Nothing.
    Sums,
    /// Bytes, by this rule.
    Bytes(&'a OutputStage),
    /// Floats: the sum times its column's scale, clamped to `lo..=hi`, −0 below 0; NaN stays NaN.
    Floats {
        /// One for all columns, or one for each; none where sums are floats.
        scales: &'a [f32],
        /// The smallest result.
        lo: f32,
        /// The largest result.
        hi: f32,
    },
}

/// The larger float; −0 is below 0, and NaN wins: Arm's `fmax`.
pub fn float_max(a: f32, b: f32) -> f32 {
    match (a, b) {
        _ if a.is_nan() || b.is_nan() => a + b,
        _ if a == b && a.is_sign_negative() => b,
        _ if a >= b => a,
        _ => b,
    }
}

/// The smaller float; −0 is below 0, and NaN wins: Arm's `fmin`.
pub fn float_min(a: f32, b: f32) -> f32 {
    -float_max(-a, -b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Factors, Range, Requantise};
    use alloc::vec;
    use alloc::vec::Vec;

    fn layout(name: &str) -> EndLayout {
        EndLayout::of(&name.parse().unwrap())
    }

    #[test]
    fn every_parameter_has_a_word_of_its_own() {
        for (name, words) in [
            ("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a72", 12 + 16),
            ("qgen_fip_3x3_lm8to7_rm8to7neg_t3x3k32u1ou8_cortex_a72", 12 + 16),
            ("qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1of32_cortex_a72", 8 + 48),
            ("qgen_f32_8x8_lf32_rf32_t8x8k1u4of32_cortex_a72", 8 + 8),
            ("qgen_fip_3x3_lm8to7_rm8to7neg_t3x3k32u1_cortex_a72", 3),
        ] {
            let layout = layout(name);
            assert_eq!(layout.block_words(), words, "{name}");
            let mut seen: Vec<usize> = (0..layout.head_words()).collect();
            for column in 0..layout.width() {
                seen.extend((0..layout.params().len()).map(|param| layout.word(param, column)));
            }
            let count = seen.len();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), count, "{name}");
            assert!(seen.iter().all(|word| *word < words), "{name}");
        }
    }

    #[test]
    fn parameters_are_written_where_the_layout_says() {
        let layout = layout("qgen_fip_6x6_lm8to7_rm8to7neg_t3x3k32u1oi8_cortex_a72");
        let factors = (0..5).map(|j| Requantise::new(100 + j, j - 2).unwrap()).collect();
        let stage = OutputStage::new(Factors::PerChannel(factors), -3, Range::new(-5, 6).unwrap()).unwrap();
        let mut out = vec![77; layout.words(5)];
        layout.write(0..5, |j| 10 * j as i32, &EndStage::Bytes(&stage), &mut out);
        assert_eq!(out.len(), 2 * 28);
        for block in out.chunks(28) {
            assert_eq!(block[3].to_ne_bytes(), [[0xfd, 0xff], [0xfd, 0xff]].concat()[..]);
            assert_eq!((block[4], block[11]), (0xfbfb_fbfb_u32 as i32, 0x0606_0606));
        }
        assert_eq!(out[12..28], [0, 10, 20, 0, 100, 101, 102, 0, 0, 0, 0, 0, -2, -1, 0, 0]);
        assert_eq!(out[28 + 12..], [30, 40, 0, 0, 103, 104, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0]);
        // The last two channels, by themselves.
        layout.write(3..5, |j| 10 * j as i32, &EndStage::Bytes(&stage), &mut out);
        assert_eq!(out[12..28], [30, 40, 0, 0, 103, 104, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn clamping_floats_knows_signs_of_zero() {
        assert_eq!(float_max(-0.0, 0.0).to_bits(), 0);
        assert_eq!(float_max(0.0, -0.0).to_bits(), 0);
        assert_eq!(float_min(-0.0, 0.0).to_bits(), 1 << 31);
        assert_eq!(float_min(0.0, -0.0).to_bits(), 1 << 31);
        assert_eq!((float_max(1.0, 2.0), float_min(1.0, f32::NEG_INFINITY)), (2.0, f32::NEG_INFINITY));
        assert!(float_max(f32::NAN, 0.0).is_nan() && float_min(6.0, f32::NAN).is_nan());
    }

    #[test]
    fn names_of_ends_are_read_back() {
        for end in End::ALL {
            assert_eq!(end.as_str().parse::<End>().unwrap(), *end);
        }
        let e = "i16".parse::<End>().unwrap_err();
        assert!(alloc::string::ToString::to_string(&e).starts_with("output: "), "{e}");
    }
}
