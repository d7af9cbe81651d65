//! The arithmetic of quantisation over slices: what it is, in plain Rust.
//!
//! On aarch64 vectors do the same over whole groups of 8 (`neon.rs`); what is left over, and everything
//! on other machines, is done here. Tests compare the two. Rows of sums are in `rows.rs`, additions in `shares.rs`.

use qgen_spec::requantise::{OutputStage, Requantise};

/// A value for all elements of a slice, or one for each.
#[derive(Clone, Copy, Debug)]
pub(super) enum Along<'a, T> {
    One(T),
    Each(&'a [T]),
}

impl<'a, T: Copy> Along<'a, T> {
    pub(super) fn at(self, i: usize) -> T {
        match self {
            Along::One(value) => value,
            Along::Each(values) => values[i],
        }
    }

    /// What belongs to the elements from `first` on.
    pub(super) fn from(self, first: usize) -> Along<'a, T> {
        match self {
            Along::One(value) => Along::One(value),
            Along::Each(values) => Along::Each(&values[first..]),
        }
    }

    pub(super) fn is_one(self) -> bool {
        matches!(self, Along::One(_))
    }
}

/// The stored numbers and the one that means 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) zero: i16,
    pub(super) lo: i16,
    pub(super) hi: i16,
}

impl Grid {
    /// That of a stage's results.
    pub(super) fn of(stage: &OutputStage) -> Grid {
        let clamp = stage.clamp();
        Grid { zero: stage.zero_point(), lo: clamp.lo(), hi: clamp.hi() }
    }
}

/// Real numbers to stored ones, NaN to the zero point. Whether there is no NaN.
pub(super) fn quantise(real: &[f32], scale: Along<'_, f32>, grid: Grid, out: &mut [u8]) -> bool {
    let done = whole(real.len());
    #[cfg(target_arch = "aarch64")]
    let clean = super::neon::quantise(&real[..done], scale, grid, &mut out[..done]);
    #[cfg(not(target_arch = "aarch64"))]
    let clean = true;
    plain::quantise(&real[done..], scale.from(done), grid, &mut out[done..]) && clean
}

/// Stored numbers, signed or not, to real ones.
pub(super) fn dequantise(stored: &[u8], signed: bool, scale: Along<'_, f32>, zero: i16, out: &mut [f32]) {
    let done = whole(stored.len());
    #[cfg(target_arch = "aarch64")]
    super::neon::dequantise(&stored[..done], signed, scale, zero, &mut out[..done]);
    plain::dequantise(&stored[done..], signed, scale.from(done), zero, &mut out[done..]);
}

/// Sums plus bias to stored numbers. `right`: whether all factors shift to the right,
/// so that vectors need fewer steps.
pub(super) fn requantise(
    acc: &[i32],
    bias: Along<'_, i32>,
    (factor, right): (Along<'_, Requantise>, bool),
    grid: Grid,
    out: &mut [u8],
) {
    let done = whole(acc.len());
    #[cfg(target_arch = "aarch64")]
    match right {
        true => super::neon::requantise::<true>(&acc[..done], bias, factor, grid, &mut out[..done]),
        false => super::neon::requantise::<false>(&acc[..done], bias, factor, grid, &mut out[..done]),
    }
    #[cfg(not(target_arch = "aarch64"))]
    let _ = right;
    plain::requantise(&acc[done..], bias.from(done), factor.from(done), grid, &mut out[done..]);
}

/// Sums of some channels, from `first` on, to stored numbers: 16 of each.
///
/// # Panics
/// If one of them has no factor, or there are not as many slices of results.
pub(crate) fn of_channels(stage: &OutputStage, first: usize, sums: &[[i32; 16]], out: &mut [[u8; 16]]) {
    assert_eq!(sums.len(), out.len(), "channels");
    let grid = Grid::of(stage);
    let factor = |channel: usize| stage.factors().of(first + channel).expect("a factor for each channel");
    #[cfg(target_arch = "aarch64")]
    super::neon::of_channels(factor, grid, sums, out);
    #[cfg(not(target_arch = "aarch64"))]
    for (channel, (sums, out)) in sums.iter().zip(out).enumerate() {
        plain::requantise(sums, Along::One(0), Along::One(factor(channel)), grid, out);
    }
}

/// Sums plus bias to real numbers inside `clamp`.
pub(super) fn to_f32(
    acc: &[i32],
    bias: Along<'_, i32>,
    scale: Along<'_, f32>,
    clamp: (f32, f32),
    out: &mut [f32],
) {
    let done = whole(acc.len());
    #[cfg(target_arch = "aarch64")]
    super::neon::to_f32(&acc[..done], bias, scale, clamp, &mut out[..done]);
    plain::to_f32(&acc[done..], bias.from(done), scale.from(done), clamp, &mut out[done..]);
}

/// How many elements vectors take.
pub(super) fn whole(len: usize) -> usize {
    if cfg!(target_arch = "aarch64") { len / 8 * 8 } else { 0 }
}

pub(super) mod plain {
    use super::{Along, Grid};
    use qgen_spec::requantise::Requantise;

    /// 1.5 · 2^23: a float of that size counts by 1, so that adding it rounds a small number to a whole
    /// one, ties to even, which is then in the lowest bits. Compilers make vectors of that.
    const COUNTS_BY_ONE: f32 = 12_582_912.0;

    pub(in super::super) fn quantise(
        real: &[f32],
        scale: Along<'_, f32>,
        grid: Grid,
        out: &mut [u8],
    ) -> bool {
        // The bounds are whole numbers: it does not matter that they are applied before rounding.
        let (lo, hi) = (f32::from(grid.lo - grid.zero), f32::from(grid.hi - grid.zero));
        let stored = |real: f32, scale: f32| {
            let steps = real / scale;
            let steps = if steps.is_nan() { 0.0 } else { steps.clamp(lo, hi) };
            ((steps + COUNTS_BY_ONE).to_bits() as u8).wrapping_add(grid.zero as u8)
        };
        let mut clean = true;
        match scale {
            Along::One(scale) => {
                for (real, out) in real.iter().zip(out) {
                    clean &= !real.is_nan();
                    *out = stored(*real, scale);
                }
            }
            Along::Each(scales) => {
                for ((real, scale), out) in real.iter().zip(scales).zip(out) {
                    clean &= !real.is_nan();
                    *out = stored(*real, *scale);
                }
            }
        }
        clean
    }

    pub(in super::super) fn dequantise(
        stored: &[u8],
        signed: bool,
        scale: Along<'_, f32>,
        zero: i16,
        out: &mut [f32],
    ) {
        for (i, (&byte, out)) in stored.iter().zip(out).enumerate() {
            let value = if signed { i16::from(byte as i8) } else { i16::from(byte) };
            *out = f32::from(value - zero) * scale.at(i);
        }
    }

    pub(in super::super) fn requantise(
        acc: &[i32],
        bias: Along<'_, i32>,
        factor: Along<'_, Requantise>,
        grid: Grid,
        out: &mut [u8],
    ) {
        for (i, (&acc, out)) in acc.iter().zip(out).enumerate() {
            let scaled = factor.at(i).apply(acc.saturating_add(bias.at(i)));
            *out = scaled.saturating_add(grid.zero.into()).clamp(grid.lo.into(), grid.hi.into()) as u8;
        }
    }

    pub(in super::super) fn to_f32(
        acc: &[i32],
        bias: Along<'_, i32>,
        scale: Along<'_, f32>,
        (lo, hi): (f32, f32),
        out: &mut [f32],
    ) {
        for (i, (&acc, out)) in acc.iter().zip(out).enumerate() {
            *out = (acc.saturating_add(bias.at(i)) as f32 * scale.at(i)).clamp(lo, hi);
        }
    }
}

/// What tests of requantisation draw.
#[cfg(test)]
pub(super) mod drawn {
    use super::Grid;
    use proptest::prelude::*;
    use qgen_spec::requantise::Requantise;

    pub(in super::super) fn grids() -> impl Strategy<Value = Grid> {
        let ends = prop_oneof![(-128i16..=127, -128i16..=127), (0i16..=255, 0i16..=255)];
        (ends, any::<prop::sample::Index>()).prop_map(|((a, b), zero)| {
            let (lo, hi) = (a.min(b), a.max(b));
            Grid { zero: lo + zero.index((hi - lo + 1) as usize) as i16, lo, hi }
        })
    }

    pub(in super::super) fn sums() -> impl Strategy<Value = i32> {
        prop_oneof![
            any::<i32>(),
            (any::<i32>(), 0u32..32).prop_map(|(sum, by)| sum >> by),
            Just(i32::MIN),
            Just(i32::MAX),
            (0u32..31).prop_map(|bit| 1 << bit),
            (0u32..31).prop_map(|bit| -(3 << bit >> 1))
        ]
    }

    pub(in super::super) fn factors() -> impl Strategy<Value = Requantise> {
        let multiplier =
            prop_oneof![1i32 << 30..=i32::MAX, Just(1 << 30), Just(i32::MAX), Just(0), 0..=i32::MAX];
        (multiplier, Requantise::MIN_SHIFT..=Requantise::MAX_SHIFT)
            .prop_map(|(multiplier, shift)| Requantise::new(multiplier, shift).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::drawn::{factors, grids, sums};
    use super::*;
    use proptest::prelude::*;
    use qgen_spec::requantise::Factors;

    /// The definition, number by number.
    fn stored(real: f32, scale: f32, grid: Grid) -> i16 {
        let steps = (f64::from(real / scale)).round_ties_even();
        if steps.is_nan() {
            return grid.zero;
        }
        (steps + f64::from(grid.zero)).clamp(grid.lo.into(), grid.hi.into()) as i16
    }

    /// Near ties and far away, subnormal, infinite, not a number.
    fn reals() -> impl Strategy<Value = f32> {
        let small = (-600i32..600).prop_map(|halves| halves as f32 / 2.0);
        prop_oneof![4 => small, 2 => -300f32..300.0, 1 => any::<u32>().prop_map(f32::from_bits)]
    }

    fn scales() -> impl Strategy<Value = f32> {
        prop_oneof![Just(1.0f32), Just(0.25), 0.01f32..10.0, Just(f32::MIN_POSITIVE), Just(f32::MAX)]
    }

    /// The first value for all, or each its own.
    fn along<T: Copy>(single: bool, values: &[T]) -> Along<'_, T> {
        if single { Along::One(values[0]) } else { Along::Each(values) }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn stored_numbers_are_those_of_the_definition(
            grid in grids(),
            single: bool,
            line in prop::collection::vec((reals(), scales()), 1..40),
        ) {
            let (real, scale): (Vec<f32>, Vec<f32>) = line.into_iter().unzip();
            let scale = along(single, &scale);
            let wanted: Vec<u8> =
                real.iter().enumerate().map(|(i, &real)| stored(real, scale.at(i), grid) as u8).collect();
            let (mut vector, mut plain) = (vec![1u8; real.len()], vec![2u8; real.len()]);
            let clean = quantise(&real, scale, grid, &mut vector);
            prop_assert_eq!(plain::quantise(&real, scale, grid, &mut plain), clean);
            prop_assert_eq!(clean, !real.iter().any(|real| real.is_nan()));
            prop_assert_eq!(&vector, &wanted);
            prop_assert_eq!(&plain, &wanted);
        }

        #[test]
        fn vectors_requantise_by_the_scalar_rule(
            grid in grids(),
            single: bool,
            biased in prop_oneof![Just(None), Just(Some(false)), Just(Some(true))],
            right: bool,
            line in prop::collection::vec((sums(), sums(), factors()), 1..40),
        ) {
            let lower = |factor: Requantise| match right {
                true => Requantise::new(factor.multiplier(), -1 - factor.shift().abs() % 31).unwrap(),
                false => factor,
            };
            let acc: Vec<i32> = line.iter().map(|one| one.0).collect();
            let bias: Vec<i32> = line.iter().map(|one| one.1).collect();
            let factor: Vec<Requantise> = line.iter().map(|one| lower(one.2)).collect();
            let factor = along(single, &factor);
            let bias = biased.map_or(Along::One(0), |single| along(single, &bias));
            let (mut vector, mut plain) = (vec![1u8; acc.len()], vec![2u8; acc.len()]);
            let all = (0..acc.len()).all(|i| factor.at(i).shift() < 0);
            requantise(&acc, bias, (factor, all), grid, &mut vector);
            plain::requantise(&acc, bias, factor, grid, &mut plain);
            prop_assert_eq!(vector, plain);
        }

        #[test]
        fn channels_are_requantised_by_the_scalar_rule(
            grid in grids(),
            factor in factors(),
            sums in prop::array::uniform16(sums()),
            others in prop::array::uniform16(sums()),
            other in factors(),
        ) {
            let clamp = qgen_spec::Range::new(grid.lo, grid.hi).unwrap();
            let factors = Factors::PerChannel(vec![Requantise::new(0, 0).unwrap(), factor, other]);
            let stage = OutputStage::new(factors, grid.zero.into(), clamp).unwrap();
            let mut stored = [[1; 16]; 2];
            of_channels(&stage, 1, &[sums, others], &mut stored);
            let stage = |sums: [i32; 16], channel| sums.map(|sum| stage.apply(sum, channel) as u8);
            prop_assert_eq!(stored, [stage(sums, 1), stage(others, 2)]);
        }

        #[test]
        fn vectors_make_the_same_floats(
            signed: bool,
            single: bool,
            clamped: bool,
            line in prop::collection::vec((sums(), sums(), scales(), any::<u8>()), 1..40),
        ) {
            let bits = |floats: &[f32]| -> Vec<u32> { floats.iter().map(|float| float.to_bits()).collect() };
            let acc: Vec<i32> = line.iter().map(|one| one.0).collect();
            let bias: Vec<i32> = line.iter().map(|one| one.1).collect();
            let scale: Vec<f32> = line.iter().map(|one| one.2).collect();
            let stored: Vec<u8> = line.iter().map(|one| one.3).collect();
            let (scale, bias) = (along(single, &scale), along(single, &bias));
            let clamp = if clamped { (0.0, 6.0) } else { (f32::NEG_INFINITY, f32::INFINITY) };
            let (mut vector, mut plain) = (vec![1f32; acc.len()], vec![2f32; acc.len()]);
            to_f32(&acc, bias, scale, clamp, &mut vector);
            plain::to_f32(&acc, bias, scale, clamp, &mut plain);
            prop_assert_eq!(bits(&vector), bits(&plain));
            let zero = if signed { -5 } else { 200 };
            dequantise(&stored, signed, scale, zero, &mut vector);
            plain::dequantise(&stored, signed, scale, zero, &mut plain);
            prop_assert_eq!(bits(&vector), bits(&plain));
        }
    }
}
