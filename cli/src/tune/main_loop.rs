//! The main loop alone, by the clock: one tile at two depths.
//!
//! ```text
//!   cycles of a pass = (median at the deep one − median at the shallow one) / passes between them
//! ```
//!
//! What is the same at both falls out: the caller, the call, the first pass and the end of the sums. The left side
//! is packed before, and everything fits half of L1. Where lanes last for a few passes only, sums are widened
//! between the two depths as well, and the model counts that, too.

use super::Timed;
use qgen::Kernel;
use qgen::estimate::Estimate;
use qgen_runtime::select::Shape;
use qgen_spec::Layout;
use serde::Serialize;

/// A period of fewer passes is not waited for.
const FEW: u64 = 4;

/// Two depths at which a kernel is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Depths {
    /// A call computes so many rows and columns.
    tile: (usize, usize),
    k_block: usize,
    /// k-blocks, fewer and more.
    blocks: [u64; 2],
    /// Passes through the main loop that a call has more at the second depth.
    passes: u64,
}

impl Depths {
    /// Depths for `kernel`, which takes no more than `k_limit`; none where L1 or the limit leave no room for two.
    pub(super) fn of(kernel: &Kernel, k_limit: u32) -> Option<Depths> {
        let plan = kernel.plan();
        let spec = &plan.spec;
        let [tile, part] = [spec.tile, spec.register_tile];
        let lines = match spec.lhs_layout() {
            Layout::Lines { .. } => tile.m,
            Layout::Panels { .. } | Layout::Planes { .. } => tile.m / part.m,
        };
        let left = usize::from(lines) * spec.lhs_layout().block_bytes();
        let right = usize::from(tile.n / part.n) * spec.rhs_layout().block_bytes();
        let unroll = u64::from(spec.unroll);
        let near = kernel.core().memory.l1d as usize / 2 / (left + right);
        let mut most = (near as u64).min(u64::from(k_limit / u32::from(spec.k_block)));
        if let Some(period) = plan.period.map(u64::from).filter(|period| period / unroll >= FEW) {
            most = most.min(period);
        }
        let deep = most / unroll;
        let shallow = (deep / 4).max(1);
        let tiles = u64::from(tile.m / part.m) * u64::from(tile.n / part.n);
        (deep > shallow).then(|| Depths {
            tile: (tile.m.into(), tile.n.into()),
            k_block: spec.k_block.into(),
            blocks: [shallow, deep].map(|passes| passes * unroll),
            passes: (deep - shallow) * tiles,
        })
    }

    /// The products of one call, at both.
    pub(super) fn shapes(&self) -> [Shape; 2] {
        let (m, n) = self.tile;
        self.blocks.map(|blocks| Shape { m, n, k: blocks as usize * self.k_block })
    }
}

/// How long a pass through a kernel's main loop takes, by the clock and by the model.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct MainLoop {
    /// The kernel's name.
    pub(crate) kernel: String,
    /// The two depths.
    pub(crate) k: [usize; 2],
    /// Passes between them.
    pub(crate) passes: u64,
    /// Cycles of a pass.
    pub(crate) measured_cycles: f64,
    /// The same by the model.
    pub(crate) modelled_cycles: f64,
    /// How far the model is from the machine: 0.1 is a tenth too slow. None where the deeper call did not take longer.
    pub(crate) error: Option<f64>,
    /// What it is found from.
    shallow: Timed,
    deep: Timed,
}

impl MainLoop {
    /// What times at both depths say.
    pub(super) fn new(kernel: &str, estimate: &Estimate, depths: &Depths, timed: [Timed; 2]) -> MainLoop {
        let a_pass = |cycles: [f64; 2]| (cycles[1] - cycles[0]) / depths.passes as f64;
        let modelled_cycles = a_pass(depths.blocks.map(|blocks| estimate.call(blocks)));
        let measured_cycles = a_pass([timed[0].measured_cycles, timed[1].measured_cycles]);
        let [shallow, deep] = timed;
        MainLoop {
            kernel: kernel.into(),
            k: depths.shapes().map(|shape| shape.k),
            passes: depths.passes,
            measured_cycles,
            modelled_cycles,
            error: (measured_cycles > 0.0).then(|| modelled_cycles / measured_cycles - 1.0),
            shallow,
            deep,
        }
    }

    /// Whether both medians had settled.
    pub(super) fn is_stable(&self) -> bool {
        self.shallow.stable && self.deep.stable
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use qgen::compile_name;
    use qgen_runtime::bench::Samples;

    /// A median of so many cycles on a clock of 1 GHz.
    fn timed(cycles: u64) -> Timed {
        Timed::new(Samples { runs: 1, samples_ns: vec![cycles; 3], stable: true }, 1e9)
    }

    /// The main loop of a kernel whose passes take `times` as long as modelled, with `beside` cycles beside them.
    pub(in super::super) fn measured(name: &str, times: f64, beside: f64) -> MainLoop {
        let kernel = compile_name(name).unwrap();
        let depths = Depths::of(&kernel, kernel.descriptor().k_limit).unwrap();
        let estimate = Estimate::new(&kernel, kernel.core());
        let cycles = depths.blocks.map(|blocks| timed((estimate.call(blocks) * times + beside) as u64));
        MainLoop::new(kernel.name(), &estimate, &depths, cycles)
    }

    #[test]
    fn depths_stay_within_the_period_and_half_of_l1() {
        for (name, blocks, passes) in [
            // A period of 72 blocks; four register tiles.
            ("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", [8, 32], 4 * 24),
            // 16 KB by 8 lines of 16 bytes.
            ("qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72", [32, 128], 96),
            // Lanes last for one pass: it is not waited for.
            ("qgen_fip_3x3_lm32to31_rm31to32_t3x3k32u4_cortex_a72", [20, 84], 16),
        ] {
            let kernel = compile_name(name).unwrap();
            let depths = Depths::of(&kernel, kernel.descriptor().k_limit).unwrap();
            assert_eq!((depths.blocks, depths.passes), (blocks, passes), "{name}");
        }
    }

    #[test]
    fn calls_fall_out_and_passes_stay() {
        let name = "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72";
        let kernel = compile_name(name).unwrap();
        let exact = measured(name, 1.0, 5000.0);
        let pass = kernel.macs_per_iteration() as f64 / kernel.loop_macs_per_cycle();
        assert!((exact.modelled_cycles - pass).abs() < 0.01, "{}, not {pass}", exact.modelled_cycles);
        assert!(exact.error.unwrap().abs() < 0.001, "{:?}", exact.error);
        let faster = measured(name, 1.25, 0.0);
        assert!((faster.error.unwrap() + 0.2).abs() < 0.001, "{:?}", faster.error);
    }

    #[test]
    fn times_that_do_not_grow_have_no_error() {
        assert_eq!(measured("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72", 0.0, 100.0).error, None);
    }
}
