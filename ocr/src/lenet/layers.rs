//! What layers are made of: patches, maxima, fully connected layers.

use crate::real::{Real, Strides};

/// Convolutions are 5×5.
pub(super) const KERNEL: usize = 5;

/// A convolution's sizes: maps of `side`×`side` in (border included), maps out.
#[derive(Clone, Copy)]
pub(super) struct Convolution {
    pub(super) maps_in: usize,
    pub(super) side: usize,
    pub(super) maps_out: usize,
}

pub(super) const CONV1: Convolution = Convolution { maps_in: 1, side: 32, maps_out: 6 };
pub(super) const CONV2: Convolution = Convolution { maps_in: 6, side: 14, maps_out: 16 };

impl Convolution {
    /// The side of its results.
    pub(super) const fn side_out(self) -> usize {
        self.side - KERNEL + 1
    }

    /// The places where it is applied.
    pub(super) const fn places(self) -> usize {
        self.side_out() * self.side_out()
    }

    /// The inputs of one result.
    pub(super) const fn patch(self) -> usize {
        self.maps_in * KERNEL * KERNEL
    }

    /// The numbers that it reads.
    pub(super) const fn inputs(self) -> usize {
        self.maps_in * self.side * self.side
    }

    /// The numbers after the maxima.
    pub(super) const fn pooled(self) -> usize {
        self.maps_out * self.places() / 4
    }

    /// The patch of each place, one after the other.
    pub(super) fn patches<T: Real>(self, input: &[T], patches: &mut [T]) {
        let (side, side_out) = (self.side, self.side_out());
        for (place, patch) in patches.chunks_exact_mut(self.patch()).enumerate() {
            let corner = place / side_out * side + place % side_out;
            for (map, rows) in patch.chunks_exact_mut(KERNEL * KERNEL).enumerate() {
                for (row, pixels) in rows.chunks_exact_mut(KERNEL).enumerate() {
                    let from = map * side * side + corner + row * side;
                    pixels.copy_from_slice(&input[from..from + KERNEL]);
                }
            }
        }
    }

    /// The results for all places, map after map, from the patches.
    pub(super) fn apply<T: Real>(self, patches: &[T], weights: &[T], biases: &[T], maps: &mut [T]) {
        for (map, &bias) in maps.chunks_exact_mut(self.places()).zip(biases) {
            map.fill(bias);
        }
        let patch = self.patch();
        let sizes = (self.maps_out, patch, self.places());
        T::multiply(sizes, (weights, Strides(patch, 1)), (patches, Strides(1, patch)), maps);
    }

    /// The maxima of 2×2 places, negative ones as 0, and which place each came from.
    pub(super) fn pool<T: Real>(self, maps: &[T], pooled: &mut [T], from: &mut [u16]) {
        let (side, half) = (self.side_out(), self.side_out() / 2);
        for (n, (largest, from)) in pooled.iter_mut().zip(from).enumerate() {
            let (map, row, column) = (n / (half * half), n / half % half, n % half);
            let corner = 2 * row * side + 2 * column;
            let at = |place: usize| maps[map * side * side + place];
            let mut best = corner;
            for place in [corner + 1, corner + side, corner + side + 1] {
                if at(place) > at(best) {
                    best = place;
                }
            }
            *from = best as u16;
            *largest = if at(best) > T::default() { at(best) } else { T::default() };
        }
    }
}

/// Outputs for a batch: inputs (a row each) times weights (a row for each output) plus biases.
pub(super) fn full<T: Real>(count: usize, inputs: &[T], weights: &[T], biases: &[T]) -> Vec<T> {
    let (outs, ins) = (biases.len(), weights.len() / biases.len());
    let mut outputs: Vec<T> = biases.iter().copied().cycle().take(count * outs).collect();
    T::multiply((count, ins, outs), (inputs, Strides(ins, 1)), (weights, Strides(1, ins)), &mut outputs);
    outputs
}

/// Negative numbers become 0.
pub(super) fn rectify<T: Real>(values: &mut [T]) {
    for value in values {
        if *value < T::default() {
            *value = T::default();
        }
    }
}
