//! From images to logits.

use super::layers::{CONV1, CONV2, full, rectify};
use super::{CLASSES, Layer, Lenet, PIXELS, SIDE};
use crate::real::Real;

/// All that a batch of images left in the layers, for the way back.
pub struct Batch<T> {
    pub(super) count: usize,
    /// The images with a border of 2.
    pub(super) bordered: Vec<T>,
    pub(super) pooled1: Vec<T>,
    pub(super) from1: Vec<u16>,
    /// The features: 400 numbers for each image.
    pub(super) pooled2: Vec<T>,
    pub(super) from2: Vec<u16>,
    pub(super) hidden1: Vec<T>,
    pub(super) hidden2: Vec<T>,
    logits: Vec<T>,
}

impl<T> Batch<T> {
    /// The logits of each image.
    pub fn logits(&self) -> impl ExactSizeIterator<Item = &[T]> {
        self.logits.chunks_exact(CLASSES)
    }
}

/// An image with a border of 2 pixels of 0; bytes become numbers from 0 to 1.
fn bordered<T: Real>(image: &[u8], into: &mut [T]) {
    for (row, pixels) in image.chunks_exact(SIDE).enumerate() {
        let begin = (row + 2) * CONV1.side + 2;
        for (number, &byte) in into[begin..begin + SIDE].iter_mut().zip(pixels) {
            *number = T::of(f64::from(byte) / 255.0);
        }
    }
}

impl<T: Real> Lenet<T> {
    /// Runs a batch of images, 28×28 bytes each, one after the other.
    ///
    /// # Panics
    /// If there is no whole number of images.
    #[must_use]
    pub fn forward(&self, images: &[u8]) -> Batch<T> {
        assert_eq!(images.len() % PIXELS, 0, "images have {PIXELS} bytes");
        let count = images.len() / PIXELS;
        let zeros = |each: usize| vec![T::default(); count * each];
        let mut batch = Batch {
            count,
            bordered: zeros(CONV1.inputs()),
            pooled1: zeros(CONV1.pooled()),
            from1: vec![0; count * CONV1.pooled()],
            pooled2: zeros(CONV2.pooled()),
            from2: vec![0; count * CONV2.pooled()],
            hidden1: Vec::new(),
            hidden2: Vec::new(),
            logits: Vec::new(),
        };
        let mut patches1 = vec![T::default(); CONV1.places() * CONV1.patch()];
        let mut maps1 = vec![T::default(); CONV1.places() * CONV1.maps_out];
        let mut patches2 = vec![T::default(); CONV2.places() * CONV2.patch()];
        let mut maps2 = vec![T::default(); CONV2.places() * CONV2.maps_out];
        // One image at a time: what it touches stays in the nearest cache.
        for (n, image) in images.chunks_exact(PIXELS).enumerate() {
            let at = |each: usize| n * each..(n + 1) * each;
            bordered(image, &mut batch.bordered[at(CONV1.inputs())]);
            CONV1.patches(&batch.bordered[at(CONV1.inputs())], &mut patches1);
            CONV1.apply(&patches1, self.weights(Layer::Conv1), self.biases(Layer::Conv1), &mut maps1);
            let (pooled, from) =
                (&mut batch.pooled1[at(CONV1.pooled())], &mut batch.from1[at(CONV1.pooled())]);
            CONV1.pool(&maps1, pooled, from);
            CONV2.patches(pooled, &mut patches2);
            CONV2.apply(&patches2, self.weights(Layer::Conv2), self.biases(Layer::Conv2), &mut maps2);
            let (pooled, from) =
                (&mut batch.pooled2[at(CONV2.pooled())], &mut batch.from2[at(CONV2.pooled())]);
            CONV2.pool(&maps2, pooled, from);
        }
        let layer = |layer: Layer, inputs: &[T]| full(count, inputs, self.weights(layer), self.biases(layer));
        batch.hidden1 = layer(Layer::Full1, &batch.pooled2);
        rectify(&mut batch.hidden1);
        batch.hidden2 = layer(Layer::Full2, &batch.hidden1);
        rectify(&mut batch.hidden2);
        batch.logits = layer(Layer::Full3, &batch.hidden2);
        batch
    }
}
