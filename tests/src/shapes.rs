//! The depths, shapes and operands that every differential test uses: edges first.

pub use qgen::cases::{Operands, Panels, Pattern, Random, Stage, Value, k_blocks, patterns};
use qgen_spec::{Descriptor, Tile};

/// Sizes at and around a tile's side, 0, 1 and primes: for m or n of a whole multiplication.
pub fn sizes(side: u8) -> Vec<usize> {
    let side = usize::from(side);
    let mut sizes = vec![0, 1, 2, 3, side - 1, side, side + 1, 2 * side - 1, 2 * side + 1, 17, 37];
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// Depths for a whole multiplication: 0, 1, around a block and several, primes, and at and around
/// the depth limit.
pub fn depths(descriptor: &Descriptor) -> Vec<usize> {
    let block = usize::from(descriptor.spec.k_block);
    let limit = (descriptor.depth_limit as usize).min(5_000);
    let mut depths = vec![0, 1, 2, 3, 16, 31, 37, 97, 131];
    for bound in [block, 2 * block, limit, 2 * limit] {
        depths.extend([bound.saturating_sub(1), bound, bound + 1]);
    }
    depths.sort_unstable();
    depths.dedup();
    depths.retain(|&k| k <= descriptor.k_limit as usize);
    depths
}

/// (m, n, k) for whole multiplications on a kernel: every pair of edge sizes at a modest depth, and
/// every edge depth at a few sizes.
pub fn gemm(descriptor: &Descriptor) -> Vec<(usize, usize, usize)> {
    let Tile { m, n } = descriptor.spec.tile;
    let modest = 37.min(descriptor.k_limit as usize);
    let mut shapes = Vec::new();
    for rows in sizes(m) {
        shapes.extend(sizes(n).into_iter().map(|columns| (rows, columns, modest)));
    }
    let (m, n) = (usize::from(m), usize::from(n));
    for k in depths(descriptor) {
        shapes.extend([(1, 1, k), (m, n, k), (m + 1, n + 1, k)]);
    }
    shapes
}
