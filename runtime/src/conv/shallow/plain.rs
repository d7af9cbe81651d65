//! A block in plain Rust: what it is.

use super::{Block, PIXELS};

/// Σ x·w plus the constant of every pixel and out channel, modulo 2³², to `results`, which begins with those of the first
/// pixel.
#[cfg_attr(target_arch = "aarch64", allow(dead_code, reason = "tests compare the vectors with it"))]
pub(super) fn multiply<const G: usize>(block: &Block<'_>, results: &mut [i32]) {
    block.check::<G>(results);
    let mut sums = [[0i32; PIXELS]; G];
    let mut weights = block.weights.chunks_exact(G);
    for start in block.below.starts {
        for (offset, weights) in block.offsets.iter().zip(&mut weights) {
            let pixels = &block.below.bytes[start + offset + block.at..][..PIXELS];
            for (sums, weight) in sums.iter_mut().zip(weights) {
                for (sum, pixel) in sums.iter_mut().zip(pixels) {
                    *sum = sum.wrapping_add(i32::from(*pixel as i8) * i32::from(weight[0]));
                }
            }
        }
    }
    for (pixel, results) in results.chunks_mut(block.channels).take(block.count).enumerate() {
        for ((result, sums), constant) in results.iter_mut().zip(&sums).zip(block.constants) {
            *result = sums[pixel].wrapping_add(*constant);
        }
    }
}
