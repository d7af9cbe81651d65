//! The right side of each class.

use super::super::geometry::Geometry;
use super::{Winograd, describe};
use crate::{Error, MatRef, PackedRhs, Value};

/// The weights of a convolution by minimal filtering.
#[derive(Debug)]
pub(in crate::conv) struct Weights {
    classes: Vec<PackedRhs>,
    /// What is added to the sums of each out channel, modulo 2³², for what was taken from the values and for their zero
    /// point: (what was taken − zero point) · Σ w.
    pub(super) constants: Vec<i32>,
}

impl Weights {
    /// Of weights in the order OHWI.
    pub(super) fn new<T: Value>(
        way: &Winograd,
        geometry: &Geometry,
        weights: &[T],
    ) -> Result<Weights, Error> {
        let (channels, n) = (geometry.input().channels, geometry.output().channels);
        let (kw, depth) = (geometry.window().kernel[1], geometry.depth());
        let mut classes = Vec::new();
        let mut sums: Vec<i8> = Vec::new();
        for class in &way.classes {
            let bytes = n.saturating_mul(class.k);
            sums.clear();
            sums.try_reserve_exact(bytes).map_err(|_| Error::Memory { bytes })?;
            sums.resize(bytes, 0);
            let [down, across] = &class.terms;
            for (row, weights) in sums.chunks_exact_mut(class.k).zip(weights.chunks_exact(depth)) {
                let terms =
                    down.iter().flat_map(|down| across.iter().map(move |across| [down.taps, across.taps]));
                for ([down, across], sums) in terms.zip(row.chunks_exact_mut(channels)) {
                    for (y, of_line) in down.each() {
                        for (x, of_column) in across.each() {
                            add(sums, &weights[(y * kw + x) * channels..][..channels], of_line * of_column);
                        }
                    }
                }
            }
            let rhs = MatRef::new(&sums, n, class.k)?.transposed();
            classes.push(PackedRhs::pack(class.gemm.kernel(), rhs)?);
        }
        Ok(Weights::of_classes(way, classes))
    }

    /// Of right sides that were packed before, one for each class.
    pub(in crate::conv) fn of_classes(way: &Winograd, classes: Vec<PackedRhs>) -> Weights {
        // In one class each tap is summed up once.
        let [down, across] = &way.filters;
        let all = &classes[down.all_taps() * across.classes().len() + across.all_taps()];
        let taken = way.center.wrapping_sub(way.zero);
        let constants = all.sums()[..all.n()].iter().map(|sums| taken.wrapping_mul(sums.sum)).collect();
        Weights { classes, constants }
    }

    /// Whether `classes` are right sides that `way` reads, for `n` out channels.
    pub(in crate::conv) fn fit(way: &Winograd, n: usize, classes: &[PackedRhs]) -> bool {
        let reads = |(class, rhs): (&super::Class, &PackedRhs)| {
            (rhs.n(), rhs.k()) == (n, class.k) && rhs.check(class.gemm.kernel()).is_ok()
        };
        classes.len() == way.classes.len() && way.classes.iter().zip(classes).all(reads)
    }

    /// What they were packed for.
    pub(in crate::conv) fn describe(&self) -> String {
        describe(self.classes.iter().map(PackedRhs::kernel_name))
    }

    /// A right side for each class.
    pub(in crate::conv) fn classes(&self) -> &[PackedRhs] {
        &self.classes
    }
}

/// Adds weights so often to sums. On the way these may leave `i8`, modulo 2⁸, but in the end they fit: operands are as wide.
fn add<T: Value>(sums: &mut [i8], weights: &[T], factor: i32) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum = sum.wrapping_add((factor * i32::from(weight.to_i16())) as i8);
    }
}
