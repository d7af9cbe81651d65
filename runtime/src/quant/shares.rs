//! Additions of stored numbers of two scales: what each adds to a sum, and what is stored of that.

use super::line::{Along, Grid, plain, whole};
use super::params::Params;
use qgen_spec::requantise::{OutputStage, Requantise};

/// What a stored number adds to a sum: (q − zero point) · 2^20 · factor, rounded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(super) signed: bool,
    pub(super) zero: i16,
    pub(super) factor: Requantise,
}

impl Share {
    /// How far values are moved to the left before they are rescaled: 20 bits, as in TensorFlow Lite for 8 bits.
    pub(crate) const LEFT: i32 = 20;

    /// That of numbers with these parameters.
    ///
    /// # Panics
    /// If the factor shifts to the left, which vectors do not do. Those of shares are at most 1/2.
    pub(crate) fn new(params: &Params, factor: Requantise) -> Share {
        assert!(factor.shift() <= 0, "a factor below 1");
        Share { signed: params.range().fits_i8(), zero: params.zero(), factor }
    }

    fn of(self, byte: u8) -> i32 {
        let value = if self.signed { i16::from(byte as i8) } else { i16::from(byte) };
        self.factor.apply(i32::from(value - self.zero) << Self::LEFT)
    }
}

/// The sums of two shares each, to stored numbers of a stage with a factor for all. Of a's and b's bytes there are as many
/// as of `out`'s.
pub(crate) fn add((a, of_a): (&[u8], Share), (b, of_b): (&[u8], Share), stage: &OutputStage, out: &mut [u8]) {
    let grid = Grid::of(stage);
    let factor = stage.factors().of(0).expect("a factor for all");
    let done = whole(out.len());
    #[cfg(target_arch = "aarch64")]
    {
        let (a, b) = ((&a[..done], of_a), (&b[..done], of_b));
        match stage.shifts_right() {
            true => super::neon::add::<true>(a, b, (factor, grid), &mut out[..done]),
            false => super::neon::add::<false>(a, b, (factor, grid), &mut out[..done]),
        }
    }
    for ((a, b), out) in a[done..].iter().zip(&b[done..]).zip(&mut out[done..]) {
        // Each is below 2^28.
        let sum = of_a.of(*a) + of_b.of(*b);
        plain::requantise(&[sum], Along::One(0), Along::One(factor), grid, std::slice::from_mut(out));
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::drawn::grids;
    use super::*;
    use proptest::prelude::*;
    use qgen_spec::Range;
    use qgen_spec::requantise::Factors;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn shares_are_added_by_the_scalar_rule(
            output in grids(),
            inputs in prop::array::uniform2(grids()),
            // That of the larger scale is 1/2.
            scales in prop::array::uniform2(prop_oneof![Just(0.5), 0.0001f64..0.5]),
            scale in 0.0001f64..0.5,
            bytes in prop::collection::vec(any::<[u8; 2]>(), 0..40),
        ) {
            let share = |at: usize| {
                let Grid { zero, lo, hi } = inputs[at];
                let params = Params::per_tensor(1.0, zero.into(), Range::new(lo, hi).unwrap()).unwrap();
                Share::new(&params, Requantise::from_scale(scales[at]).unwrap())
            };
            let (of_a, of_b) = (share(0), share(1));
            let clamp = Range::new(output.lo, output.hi).unwrap();
            // With shifts to the right, none, and to the left.
            for scale in [scale / 1000.0, 0.5, 3.0 * scale + 1.0] {
                let factors = Factors::PerTensor(Requantise::from_scale(scale).unwrap());
                let stage = OutputStage::new(factors, output.zero.into(), clamp).unwrap();
                let side = |at: usize| bytes.iter().map(|both| both[at]).collect::<Vec<_>>();
                let mut out = vec![1; bytes.len()];
                add((&side(0), of_a), (&side(1), of_b), &stage, &mut out);
                let wanted = |[a, b]: &[u8; 2]| stage.apply(of_a.of(*a) + of_b.of(*b), 0) as u8;
                prop_assert_eq!(out, bytes.iter().map(wanted).collect::<Vec<_>>());
            }
        }
    }
}
