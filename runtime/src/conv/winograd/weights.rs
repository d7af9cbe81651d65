//! The right side of each class.

use super::super::geometry::Geometry;
use super::{Winograd, pairs};
use crate::{Error, MatRef, PackedRhs, Value};

/// The weights of a convolution by minimal filtering.
#[derive(Debug)]
pub(in crate::conv) struct Weights {
    pub(super) classes: Vec<PackedRhs>,
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
        let of_output = |output: usize| &weights[output * depth..][..depth];
        let sum = |output| of_output(output).iter().fold(0i32, |sum, w| sum.wrapping_add(w.to_i16().into()));
        let taken = way.center.wrapping_sub(way.zero);
        let constants = (0..n).map(|output| taken.wrapping_mul(sum(output))).collect();
        let mut classes = Vec::new();
        let mut sums: Vec<i8> = Vec::new();
        for ((down, across), class) in pairs(&way.filters).zip(&way.classes) {
            let bytes = n.saturating_mul(class.k);
            sums.clear();
            sums.try_reserve_exact(bytes).map_err(|_| Error::Memory { bytes })?;
            sums.resize(bytes, 0);
            for (output, row) in sums.chunks_exact_mut(class.k).enumerate() {
                let weights = of_output(output);
                let terms = down.iter().flat_map(|down| across.iter().map(move |across| (down, across)));
                for ((down, across), row) in terms.zip(row.chunks_exact_mut(channels)) {
                    for (channel, sum) in row.iter_mut().enumerate() {
                        let taps = down.taps.each().flat_map(|(row, down)| {
                            across.taps.each().map(move |(col, across)| (row * kw + col, down * across))
                        });
                        // It fits: operands are as wide as the sums.
                        *sum = taps.fold(0i32, |sum, (tap, factor)| {
                            sum + factor * i32::from(weights[tap * channels + channel].to_i16())
                        }) as i8;
                    }
                }
            }
            let rhs = MatRef::new(&sums, n, class.k)?.transposed();
            classes.push(PackedRhs::pack(class.gemm.kernel(), rhs)?);
        }
        Ok(Weights { classes, constants })
    }

    /// Whether they are for the products of `way`.
    pub(in crate::conv) fn are_for(&self, way: &Winograd) -> bool {
        let reads = |(class, rhs): (&super::Class, &PackedRhs)| {
            rhs.k() == class.k && rhs.check(class.gemm.kernel()).is_ok()
        };
        self.classes.len() == way.classes.len() && way.classes.iter().zip(&self.classes).all(reads)
    }
}
