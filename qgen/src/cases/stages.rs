//! What is made of sums in the calls by which kernels are checked: edges of every parameter.

use super::Random;
use qgen_spec::{
    End, EndLayout, EndStage, Factors, KernelSpec, OutputStage, Range, Requantise, float_max, float_min,
};

/// What a kernel's end makes of sums, owned.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Nothing.
    Sums,
    /// Bytes.
    Bytes(OutputStage),
    /// Floats: a scale for each column (none of float sums), the smallest and the largest result.
    Floats(Vec<f32>, f32, f32),
}

impl Stage {
    /// Something for each column of a tile of `spec`.
    ///
    /// # Panics
    /// Never: the numbers are chosen from what is possible.
    pub fn random(spec: &KernelSpec, random: &mut Random) -> Stage {
        let n = usize::from(spec.tile.n);
        match spec.end {
            End::Sums => Stage::Sums,
            End::F32 => {
                let scale = |_: usize| match random.below(4) {
                    0 => 1.0,
                    1 => -0.5 / random.between(1, 1000) as f32,
                    _ => random.between(1, 1 << 20) as f32 / 1e9,
                };
                let float = EndLayout::of(spec).params().len() == 1;
                let scales = if float { Vec::new() } else { (0..n).map(scale).collect() };
                let (lo, hi) = [(0.0, f32::INFINITY), (0.0, 6.0), (-1e4, 3e5)][random.below(3) as usize];
                Stage::Floats(scales, lo, hi)
            }
            End::I8 | End::U8 => {
                let (least, most) = if spec.end == End::I8 { (-128, 127) } else { (0, 255) };
                let factors = (0..n).map(|_| factor(random)).collect();
                let (a, b) = match random.below(3) {
                    0 => (random.between(least, most), random.between(least, most)),
                    _ => (least, most),
                };
                let clamp = Range::new(a.min(b) as i16, a.max(b) as i16).expect("both are bytes of one type");
                let zero = random.between(least, most) as i32;
                let stage = OutputStage::new(Factors::PerChannel(factors), zero, clamp);
                Stage::Bytes(stage.expect("the zero point is of that type, too"))
            }
        }
    }

    /// The same, borrowed.
    pub fn borrowed(&self) -> EndStage<'_> {
        match self {
            Stage::Sums => EndStage::Sums,
            Stage::Bytes(stage) => EndStage::Bytes(stage),
            Stage::Floats(scales, lo, hi) => EndStage::Floats { scales, lo: *lo, hi: *hi },
        }
    }

    /// The words behind `col_add` for a tile of `spec`, whose columns' sums have `adds` added.
    pub fn words(&self, spec: &KernelSpec, adds: &[i32]) -> Vec<i32> {
        let layout = EndLayout::of(spec);
        let mut words = vec![0; layout.words(adds.len())];
        layout.write(0..adds.len(), |j| adds[j], &self.borrowed(), &mut words);
        words
    }

    /// The result of a whole sum of column `j`; of float sums it is given by its bits, and so is a float
    /// result.
    pub fn apply(&self, sum: i32, j: usize) -> i32 {
        match self {
            Stage::Sums => sum,
            Stage::Bytes(stage) => stage.apply(sum, j),
            Stage::Floats(scales, lo, hi) => {
                let value = match scales.get(j) {
                    Some(scale) => sum as f32 * scale,
                    None => f32::from_bits(sum as u32),
                };
                float_min(float_max(value, *lo), *hi).to_bits() as i32
            }
        }
    }
}

/// Mostly factors that make bytes of words, or of small sums; and the edges.
fn factor(random: &mut Random) -> Requantise {
    let (multiplier, shift) = match random.below(6) {
        0 => ([0, 1, 1 << 30, i64::from(i32::MAX)][random.below(4) as usize], random.between(-31, 30)),
        1 => (random.between(0, i32::MAX.into()), [-31, -1, 0, 1, 30][random.below(5) as usize]),
        2 => (random.between(1 << 30, i32::MAX.into()), random.between(-8, 2)),
        _ => (random.between(1 << 30, i32::MAX.into()), random.between(-25, -20)),
    };
    Requantise::new(multiplier as i32, shift as i32).expect("in range")
}
