//! A block in plain Rust: what it is.

use super::{Block, Half, PIXELS};

/// Σ x·w plus the constant of every pixel and out channel, modulo 2³².
#[cfg_attr(target_arch = "aarch64", allow(dead_code, reason = "tests compare the vectors with it"))]
pub(super) fn sums(block: &Block<'_>, sums: &mut [[i32; PIXELS]]) {
    let group = block.group;
    for (sums, constant) in sums.iter_mut().zip(block.constants) {
        *sums = [*constant; PIXELS];
    }
    for (pair, weights) in block.taps.chunks_exact(2).zip(group.weights.chunks_exact(2 * group.width)) {
        let [a, b] = [pair[0], pair[1]].map(|tap| &block.bytes[tap + block.at..][..PIXELS]);
        for (sums, both) in sums.iter_mut().zip(weights.chunks_exact(2)) {
            let (of_a, of_b) = match block.depth {
                super::Depth::Fip => (both[1][0], both[0][0]),
                _ => (both[0][0], both[1][0]),
            };
            for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
                let products = i32::from(*a as i8) * i32::from(of_a) + i32::from(*b as i8) * i32::from(of_b);
                *sum = sum.wrapping_add(products);
            }
        }
    }
}

/// The larger of each two neighbours of [`sums`], to a half of `maxima`; or what is there, unless they are the first.
#[cfg_attr(target_arch = "aarch64", allow(dead_code, reason = "tests compare the vectors with it"))]
pub(super) fn largest(block: &Block<'_>, at: Half, maxima: &mut [[i32; PIXELS]]) {
    let mut all = [[0; PIXELS]; 8];
    sums(block, &mut all[..maxima.len()]);
    for (sums, maxima) in all.iter().zip(maxima) {
        let maxima = &mut maxima[at.half * PIXELS / 2..][..PIXELS / 2];
        for (pair, largest) in sums.chunks_exact(2).zip(maxima) {
            let larger = pair[0].max(pair[1]);
            *largest = if at.first { larger } else { larger.max(*largest) };
        }
    }
}
