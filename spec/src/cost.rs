//! What a kernel costs on its core, as the compiler's model says: data that selection ranks kernels by.
//!
//! ```text
//!   cycles = ⌈m/mr⌉·⌈n/nr⌉ · (call + block · k-blocks + widening · (periods − 1)) + m · ⌈k/32⌉ · left
//! ```

use crate::Descriptor;

/// Modelled costs of one kernel, in hundredths of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// A call beside its k-blocks, its last widening included.
    pub call: u32,
    /// A k-block of a whole tile.
    pub block: u32,
    /// Every further widening of a whole tile.
    pub widening: u32,
    /// Checks, sums and packing of 32 values of the left side.
    pub left: u32,
}

impl Cost {
    /// Hundredths of a cycle for m × n × k by the kernel of `descriptor`; what edges and padding waste
    /// counts in full.
    pub fn of(&self, descriptor: &Descriptor, m: usize, n: usize, k: usize) -> f64 {
        let spec = &descriptor.spec;
        let tiles = m.div_ceil(spec.tile.m.into()) as f64 * n.div_ceil(spec.tile.n.into()) as f64;
        let blocks = k.div_ceil(spec.k_block.into()) as f64;
        let further = k.div_ceil(descriptor.depth_limit.max(1) as usize).saturating_sub(1) as f64;
        let call = f64::from(self.call) + blocks * f64::from(self.block) + further * f64::from(self.widening);
        tiles * call + m as f64 * k.div_ceil(32) as f64 * f64::from(self.left)
    }
}
