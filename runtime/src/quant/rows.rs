//! Rows of sums to stored numbers, 16 channels at a time: their factors stay in registers for all rows.

use super::line::{Along, Grid, plain};
use qgen_spec::requantise::{Factors, OutputStage};

/// Rows of sums, so far apart, of which those of some channels are meant, and where they go: bytes, so far apart.
pub(crate) struct Rows<'a> {
    pub(crate) count: usize,
    pub(crate) sums: (&'a [i32], usize),
    pub(crate) out: (&'a mut [u8], usize),
}

impl Rows<'_> {
    /// Both slices have all rows of so many channels.
    ///
    /// # Panics
    /// If not.
    pub(super) fn check(&self, channels: usize) {
        let last = self.count.saturating_sub(1);
        let fits = |len: usize, distance: usize| {
            last.checked_mul(distance).and_then(|at| at.checked_add(channels)).is_some_and(|end| end <= len)
        };
        let all = fits(self.sums.0.len(), self.sums.1) && fits(self.out.0.len(), self.out.1);
        assert!(self.count == 0 || all, "all rows");
    }
}

/// The channels that vectors take.
pub(crate) const STRIP: usize = 16;

/// Sums of `channels` channels from `first` on, at most [`STRIP`], plus nothing or their bias, to stored numbers: in both
/// slices of `rows` those channels are the first. Vectors take as many channels as a strip has, and so do those of rows of
/// sums which are whole strips apart.
///
/// # Panics
/// If one of the channels has no factor or bias, or a slice does not have all rows.
pub(crate) fn of_rows(
    stage: &OutputStage,
    (first, channels): (usize, usize),
    bias: Option<&[i32]>,
    rows: Rows<'_>,
) {
    assert!((1..=STRIP).contains(&channels), "a strip");
    let own = first..first + channels;
    let factors = match stage.factors() {
        Factors::PerTensor(one) => Along::One(*one),
        Factors::PerChannel(each) => Along::Each(&each[own.clone()]),
    };
    let bias = bias.map(|bias| &bias[own]);
    #[cfg(target_arch = "aarch64")]
    if channels == STRIP {
        return vectors(stage, factors, bias, rows);
    } else if rows.sums.1 == STRIP && rows.sums.0.len() >= rows.count * STRIP {
        return fewer(stage, (factors, bias), channels, rows);
    }
    rows.check(channels);
    let (grid, bias) = (Grid::of(stage), bias.map_or(Along::One(0), Along::Each));
    let Rows { count, sums, out } = rows;
    for row in 0..count {
        let (sums, out) = (&sums.0[row * sums.1..][..channels], &mut out.0[row * out.1..][..channels]);
        plain::requantise(sums, bias, factors, grid, out);
    }
}

#[cfg(target_arch = "aarch64")]
use qgen_spec::requantise::Requantise;

/// [`of_rows`] of whole strips.
#[cfg(target_arch = "aarch64")]
fn vectors(stage: &OutputStage, factors: Along<'_, Requantise>, bias: Option<&[i32]>, rows: Rows<'_>) {
    use super::neon::of_rows;
    const NONE: &[i32] = &[0; STRIP];
    let grid = Grid::of(stage);
    match (stage.shifts_right(), bias) {
        (true, None) => of_rows::<true, false>(factors, NONE, grid, rows),
        (true, Some(bias)) => of_rows::<true, true>(factors, bias, grid, rows),
        (false, bias) => of_rows::<false, true>(factors, bias.unwrap_or(NONE), grid, rows),
    }
}

/// [`of_rows`] of rows that are strips, of which fewer channels count: all are worked out, some rows at a time, and those
/// that count are copied.
#[cfg(target_arch = "aarch64")]
fn fewer(
    stage: &OutputStage,
    (factors, bias): (Along<'_, Requantise>, Option<&[i32]>),
    channels: usize,
    Rows { count: all_rows, sums, out }: Rows<'_>,
) {
    const TOGETHER: usize = 16;
    let all = std::array::from_fn::<_, STRIP, _>(|channel| factors.at(channel.min(channels - 1)));
    let biases =
        bias.map(|bias| std::array::from_fn::<_, STRIP, _>(|channel| bias[channel.min(channels - 1)]));
    let mut bytes = [0; TOGETHER * STRIP];
    for first in (0..all_rows).step_by(TOGETHER) {
        let count = TOGETHER.min(all_rows - first);
        let sums = (&sums.0[first * STRIP..], STRIP);
        let bias = biases.as_ref().map(|biases| &biases[..]);
        vectors(stage, Along::Each(&all), bias, Rows { count, sums, out: (&mut bytes, STRIP) });
        for (row, bytes) in (first..).zip(bytes.chunks_exact(STRIP).take(count)) {
            out.0[row * out.1..][..channels].copy_from_slice(&bytes[..channels]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::drawn::{factors, grids, sums};
    use super::*;
    use proptest::prelude::*;
    use qgen_spec::Range;
    use qgen_spec::requantise::Requantise;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rows_are_requantised_by_the_scalar_rule(
            grid in grids(),
            (right, single, biased) in any::<(bool, bool, bool)>(),
            channels in prop_oneof![Just(STRIP), 1..STRIP],
            (first, gap, apart) in (0usize..3, 0usize..20, prop_oneof![Just(0usize), 0usize..5]),
            rows in prop::collection::vec(prop::array::uniform20(sums()), 0..40),
            biases in prop::array::uniform20(sums()),
            each in prop::collection::vec(factors(), 18),
        ) {
            let lower = |factor: Requantise| match right {
                true => Requantise::new(factor.multiplier(), -1 - factor.shift().abs() % 31).unwrap(),
                false => factor,
            };
            let clamp = Range::new(grid.lo, grid.hi).unwrap();
            let factors = match single {
                true => Factors::PerTensor(lower(each[0])),
                false => Factors::PerChannel(each.into_iter().map(lower).collect()),
            };
            let stage = OutputStage::new(factors, grid.zero.into(), clamp).unwrap();
            let (distance, from) = (channels + gap, STRIP + apart);
            let mut out = vec![7; (rows.len() * distance).saturating_sub(gap)];
            let all: Vec<i32> = rows.iter().flat_map(|row| &row[..from]).copied().collect();
            let given = biased.then_some(&biases[..]);
            let rows = Rows { count: rows.len(), sums: (&all, from), out: (&mut out, distance) };
            of_rows(&stage, (first, channels), given, rows);
            for (at, byte) in out.into_iter().enumerate() {
                let (row, own, channel) = (at / distance, at % distance, first + at % distance);
                let bias = if biased { biases[channel.min(19)] } else { 0 };
                let stored = || stage.apply(all[row * from + own].saturating_add(bias), channel) as u8;
                prop_assert_eq!(byte, if own < channels { stored() } else { 7 });
            }
        }
    }

    #[test]
    #[should_panic = "all rows"]
    fn rows_that_are_not_there_are_found() {
        let stage = OutputStage::new(
            Factors::PerTensor(Requantise::new(1 << 30, -1).unwrap()),
            0,
            Range::new(-8, 7).unwrap(),
        );
        let rows = Rows { count: 3, sums: (&[0; 64], usize::MAX / 2 + 9), out: (&mut [0; 64], 16) };
        of_rows(&stage.unwrap(), (0, STRIP), None, rows);
    }
}
