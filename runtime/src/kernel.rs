//! A kernel that can be run: data plus, on the machine it was compiled for, code.
//!
//! What the code *can* multiply is in the descriptor; what a kernel *accepts* may be narrower
//! ([`Kernel::narrowed`]). So a request for 4 bits means the same checks and the same largest depth
//! whether 4-bit machine code or the portable 8-bit kernel serves it.

#![expect(unsafe_code, reason = "it is where machine code is called")]

use crate::Error;
use qgen_spec::abi::KernelFn;
use qgen_spec::{Cost, Descriptor, Isa, KernelSpec, Operand, PlaneCode, Storage, Strategy, reference};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A kernel: its descriptor and what runs it.
pub struct Kernel {
    name: Cow<'static, str>,
    descriptor: Descriptor,
    code: Option<KernelFn>,
    native: bool,
    /// The values that are let through on each side: the specification's, or fewer.
    lhs: Operand,
    rhs: Operand,
    /// The largest depth for those.
    k_limit: u32,
    cost: Option<Cost>,
    short: Option<&'static Kernel>,
    ends: &'static [&'static Kernel],
}

/// What `#[qkernel]` implements for a unit struct, so that it can be given to
/// [`Gemm::of`](crate::Gemm::of).
pub trait QKernel {
    /// The kernel.
    fn kernel() -> &'static Kernel;
}

impl Kernel {
    /// A kernel with code: on aarch64 the compiler's machine code, elsewhere a generated portable
    /// function or nothing. Without code, [`qgen_spec::reference::kernel`] runs.
    ///
    /// # Safety
    /// * `code` must do what [`qgen_spec::abi`] says for `descriptor`, on every machine that this
    ///   program is compiled for.
    /// * `descriptor` must be one that the compiler makes: [`Kernel::check`] finds nothing.
    pub const unsafe fn new(name: &'static str, descriptor: Descriptor, code: Option<KernelFn>) -> Kernel {
        let native = code.is_some() && cfg!(target_arch = "aarch64");
        Kernel::whole(Cow::Borrowed(name), descriptor, code, native)
    }

    /// A kernel that is made while the program runs, e.g. from a
    /// [`CodeBuffer`](crate::code::CodeBuffer), which has to live longer than the kernel is used.
    ///
    /// # Errors
    /// [`Error::Descriptor`] if the descriptor contradicts itself.
    ///
    /// # Safety
    /// `code` must do what [`qgen_spec::abi`] says for `descriptor`, for as long as the kernel lives.
    pub unsafe fn from_code(descriptor: Descriptor, code: Option<KernelFn>) -> Result<Kernel, Error> {
        let native = code.is_some() && cfg!(target_arch = "aarch64");
        let kernel = Kernel::whole(Cow::Owned(descriptor.name()), descriptor, code, native);
        kernel.check()?;
        Ok(kernel)
    }

    /// A kernel of this crate in plain Rust.
    ///
    /// # Safety
    /// As [`Kernel::new`].
    pub(crate) const unsafe fn portable(
        name: &'static str,
        descriptor: Descriptor,
        code: Option<KernelFn>,
    ) -> Kernel {
        Kernel::whole(Cow::Borrowed(name), descriptor, code, false)
    }

    /// A kernel that accepts all that its code can multiply.
    const fn whole(
        name: Cow<'static, str>,
        descriptor: Descriptor,
        code: Option<KernelFn>,
        native: bool,
    ) -> Kernel {
        let (lhs, rhs, k_limit) = (descriptor.spec.lhs, descriptor.spec.rhs, descriptor.k_limit);
        Kernel { name, descriptor, code, native, lhs, rhs, k_limit, cost: None, short: None, ends: &[] }
    }

    /// The same with what it costs on its core, by which selection ranks it.
    #[must_use]
    pub const fn with_cost(mut self, cost: Cost) -> Kernel {
        self.cost = Some(cost);
        self
    }

    /// The same with its form for short k, which differs in nothing but how sums end: what is packed for one is
    /// read by the other, so that only the generated set may pair them (a test compares the pairs).
    #[must_use]
    pub(crate) const fn with_short(mut self, short: &'static Kernel) -> Kernel {
        self.short = Some(short);
        self
    }

    /// The form for short k, which [`Gemm`](crate::Gemm) uses by itself where results fit 16 bits.
    pub fn short(&self) -> Option<&'static Kernel> {
        self.short
    }

    /// The same with kernels that differ in nothing but what they store; only the generated set pairs them.
    #[must_use]
    pub(crate) const fn with_ends(mut self, ends: &'static [&'static Kernel]) -> Kernel {
        self.ends = ends;
        self
    }

    /// The kernels of the generated set that differ from this one in nothing but what they store, which a
    /// [`Plan`](crate::plan::Plan) with an epilogue uses by itself.
    pub fn ends(&self) -> &'static [&'static Kernel] {
        self.ends
    }

    /// What the kernel costs on the core that it was made for, if its maker said so.
    pub fn cost(&self) -> Option<Cost> {
        self.cost
    }

    /// The same code for narrower operands: other values are refused, and [`Kernel::k_limit`] is that of
    /// the narrower ones. Name, descriptor and packed layouts stay the same. Made once for the process;
    /// the kernel itself where it accepts just these.
    ///
    /// # Errors
    /// [`Error::NotCovered`] if the kernel does not accept all of them.
    pub fn narrowed(&'static self, lhs: Operand, rhs: Operand) -> Result<&'static Kernel, Error> {
        type Narrowed = HashMap<(usize, Operand, Operand), &'static Kernel>;
        static NARROWED: Mutex<Option<Narrowed>> = Mutex::new(None);
        if !self.covers(lhs, rhs) {
            let (kernel, (own_lhs, own_rhs)) = (self.name().to_owned(), self.accepts());
            return Err(Error::NotCovered { kernel, own_lhs, own_rhs, lhs, rhs });
        }
        if (lhs, rhs) == self.accepts() {
            return Ok(self);
        }
        // Nothing in between leaves the map half-changed.
        let mut narrowed = NARROWED.lock().unwrap_or_else(PoisonError::into_inner);
        // Kernels live for ever here, so that an address is never used again. Neither are the new ones
        // freed: their number is that of different requests.
        let key = (std::ptr::from_ref(self).addr(), lhs, rhs);
        Ok(narrowed.get_or_insert_default().entry(key).or_insert_with(|| {
            let (name, descriptor) = (self.name.clone(), self.descriptor.clone());
            let k_limit = self.narrowed_k_limit(lhs, rhs);
            let Kernel { code, native, cost, short, ends, .. } = *self;
            let narrowed = Kernel { name, descriptor, code, native, lhs, rhs, k_limit, cost, short, ends };
            Box::leak(Box::new(narrowed))
        }))
    }

    /// The largest depth for operands that the kernel accepts: that at which their results fit 32 bits.
    /// Sums on the way may wrap in 32 bits, and shorter lanes are widened by a count of k-blocks that
    /// suffices for all operands, however deep.
    fn narrowed_k_limit(&self, lhs: Operand, rhs: Operand) -> u32 {
        let Descriptor { spec, depth_limit, k_limit } = &self.descriptor;
        // Nor is there a count where each pass through the main loop widens.
        let short_lanes = !spec.widen_in_loop && !spec.strategy.sums_in_32_bits();
        // Short lanes that are never widened hold no more than the kernel's own depth; and where that is
        // below what 32 bits allow, its maker had a reason that is not known here.
        let own_counts = short_lanes && depth_limit >= k_limit || *k_limit < spec.k_limit();
        let limit = spec.result_bits().k_limit((lhs, rhs), (0, 0));
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        if own_counts { limit.min(self.k_limit) } else { limit }
    }

    /// The kernel's name, which parses back to its specification.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The specification and its limits.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Whether [`Kernel::call`] runs machine code that the compiler made.
    pub fn runs_natively(&self) -> bool {
        self.native
    }

    /// The function that [`Kernel::call`] runs; `None` where that is the reference. For tests and
    /// for `qgen verify`.
    #[doc(hidden)]
    pub fn code(&self) -> Option<KernelFn> {
        self.code
    }

    /// Whether this machine has the instructions that [`Kernel::call`] runs.
    pub fn is_supported(&self) -> bool {
        let isa = self.descriptor.spec.isa();
        !self.native || isa == Isa::Neon || crate::cpu::detect_features().supports(isa)
    }

    /// The values that the kernel lets through on the left and on the right side: those of its
    /// specification, unless it was [narrowed](Kernel::narrowed).
    pub fn accepts(&self) -> (Operand, Operand) {
        (self.lhs, self.rhs)
    }

    /// The largest depth, without zero points, for the operands that the kernel accepts; see
    /// [`Gemm::k_limit`](crate::Gemm::k_limit).
    pub fn k_limit(&self) -> u32 {
        self.k_limit
    }

    /// Whether operands of these ranges may be given to the kernel.
    pub fn covers(&self, lhs: Operand, rhs: Operand) -> bool {
        self.lhs.covers(lhs) && self.rhs.covers(rhs)
    }

    /// How many pairs of values the code takes, 1 for floats: fewer is narrower.
    pub(crate) fn width(&self) -> u32 {
        self.descriptor.spec.lhs.values() * self.descriptor.spec.rhs.values()
    }

    /// Looks for contradictions that would make packing or the portable code read the wrong place.
    ///
    /// # Errors
    /// [`Error::Descriptor`].
    pub fn check(&self) -> Result<(), Error> {
        match contradiction(&self.descriptor.spec) {
            Some(problem) => Err(Error::Descriptor { name: self.name().to_owned(), problem }),
            None => Ok(()),
        }
    }

    /// Computes one tile; see [`qgen_spec::abi`] for every argument.
    ///
    /// # Safety
    /// The pointers must be valid as [`qgen_spec::abi`] says, and for code that was made at run time
    /// its buffer must still exist.
    #[expect(clippy::too_many_arguments, reason = "this is the call contract of a kernel")]
    #[inline(always)]
    pub unsafe fn call(
        &self,
        k_blocks: usize,
        lhs: *const u8,
        lhs_stride: usize,
        rhs: *const u8,
        out: *mut i32,
        out_stride: usize,
        row_add: *const i32,
        col_add: *const i32,
    ) {
        match self.code {
            // SAFETY: the caller's promise; `new` was promised that the code keeps the contract.
            Some(code) => unsafe {
                code(k_blocks, lhs, lhs_stride, rhs, out, out_stride, row_add, col_add);
            },
            // SAFETY: the caller's promise.
            None => unsafe {
                plain(self, k_blocks, lhs, lhs_stride, rhs, out, out_stride, row_add, col_add);
            },
        }
    }
}

/// [`Kernel::call`] without code. Out of line, so that the loop around calls keeps its registers.
///
/// # Safety
/// As [`Kernel::call`].
#[expect(clippy::too_many_arguments, reason = "this is the call contract of a kernel")]
#[cold]
#[inline(never)]
unsafe fn plain(
    kernel: &Kernel,
    k_blocks: usize,
    lhs: *const u8,
    lhs_stride: usize,
    rhs: *const u8,
    out: *mut i32,
    out_stride: usize,
    row_add: *const i32,
    col_add: *const i32,
) {
    let (descriptor, fused) = (&kernel.descriptor, f32::mul_add);
    // SAFETY: the caller's promise.
    unsafe {
        reference::kernel(
            descriptor, fused, k_blocks, lhs, lhs_stride, rhs, out, out_stride, row_add, col_add,
        );
    }
}

/// What would make packing or the portable code read the wrong place.
pub(crate) fn contradiction(spec: &KernelSpec) -> Option<&'static str> {
    let (tile, sub) = (spec.tile, spec.register_tile);
    let positive = |t: qgen_spec::Tile| t.m > 0 && t.n > 0;
    let stored = spec.rhs.range().is_none_or(|r| spec.storage.stored(r).is_some());
    let floats = [spec.lhs, spec.rhs].iter().filter(|&&side| side == Operand::F32).count();
    Some(if !positive(tile) || !positive(sub) || spec.k_block == 0 {
        "a tile side or the k-block is 0"
    } else if !tile.m.is_multiple_of(sub.m) || !tile.n.is_multiple_of(sub.n) {
        "the register tile does not divide the tile"
    } else if spec.strategy == Strategy::Fip && !spec.k_block.is_multiple_of(32) {
        "fip pairs depth p with p + 16 inside blocks of 32, so its k-block is a multiple of 32"
    } else if !matches!(spec.per_byte, 1 | 2 | 4) || !spec.k_block.is_multiple_of(spec.per_byte.into()) {
        "1, 2 or 4 values share a byte, and a k-block is whole bytes of them"
    } else if spec.lhs_layout().k_block() != usize::from(spec.k_block)
        || spec.rhs_layout().k_block() != usize::from(spec.k_block)
    {
        "the k-block is not whole steps of the packed layouts"
    } else if spec.widen_in_loop && !spec.strategy.may_widen_in_loop() {
        "the strategy has no short sums that its main loop could widen"
    } else if spec.in_place && !spec.strategy.may_read_in_place() {
        "the strategy has one way to read its left side"
    } else if spec.rhs == Operand::Binary && spec.storage != Storage::Keep {
        "-1 and 1 are stored as they are"
    } else if spec.rhs == Operand::F32 && spec.storage != Storage::Keep {
        "floats are stored as they are"
    } else if spec.per_byte > 1 && !narrow_fits(spec) {
        "values that share a byte do not fit their bits, or the strategy has no such bytes"
    } else if !stored {
        "the right side does not fit a byte as it is stored"
    } else if spec.strategy == Strategy::Bits && !planes_fit(spec) {
        "bits needs planes for both sides, in k-blocks of 128, the right side stored as they count"
    } else if floats != if spec.strategy == Strategy::F32 { 2 } else { 0 } {
        "float operands belong to the strategy f32, on both sides"
    } else if spec.strategy == Strategy::F32 && spec.end.is_byte() {
        "sums of floats are not requantised"
    } else {
        return None;
    })
}

/// Whether the right side's values fit the bits that they are stored in.
fn narrow_fits(spec: &KernelSpec) -> bool {
    let bytes = !matches!(spec.strategy, Strategy::Bits | Strategy::F32);
    let bits = 8 / u32::from(spec.per_byte);
    bytes && spec.rhs_stored().range().is_some_and(|range| range.fits_bits(bits))
}

/// Whether both sides have planes, laid out and stored as the code counts them.
fn planes_fit(spec: &KernelSpec) -> bool {
    let binary = |code| matches!(code, PlaneCode::Binary { .. });
    let Some((l, r)) = PlaneCode::of(spec.lhs).zip(PlaneCode::of(spec.rhs)) else { return false };
    let stored = if r.shift() == 0 { Storage::Keep } else { Storage::Shift(r.shift()) };
    binary(l) == binary(r) && spec.k_block == 128 && spec.storage == stored
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kernel")
            .field("name", &self.name)
            .field("native", &self.native)
            .field("accepts", &self.accepts())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> Result<Kernel, Error> {
        let spec: qgen_spec::KernelSpec = name.parse().unwrap();
        let k_limit = spec.k_limit();
        // SAFETY: there is no code.
        unsafe { Kernel::from_code(Descriptor { spec, depth_limit: 1, k_limit }, None) }
    }

    #[test]
    fn contradictions_are_found() {
        assert!(parsed("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").is_ok());
        assert!(parsed("qgen_bits_4x4_lm2to1_rm2to1subm2_t4x4k128u1_cortex_a72").is_ok());
        assert!(parsed("qgen_bits_4x4_lbin_rm1to1_t4x4k128u1_cortex_a72").is_ok());
        for (name, word) in [
            ("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k16u1_cortex_a72", "multiple of 32"),
            ("qgen_fip_8x8_lm8to7_rm8to7neg_t3x4k32u1_cortex_a72", "divide"),
            ("qgen_pair8_4x4_lm128to127_rm128to127neg_t4x4k16u1_cortex_a72", "fit a byte"),
            ("qgen_pair8_4x4_lf32_rf32_t4x4k16u1_cortex_a72", "float"),
            ("qgen_f32_8x8_lf32_r0to1_t8x8k1u4_cortex_a72", "float"),
            ("qgen_f32_8x8_lf32_rf32_t8x8k1u4oi8_cortex_a72", "requantised"),
            ("qgen_bits_4x4_lm8to7_rm2to1subm2_t4x4k128u1_cortex_a72", "planes"),
            ("qgen_bits_4x4_lbin_rm2to1subm2_t4x4k128u1_cortex_a72", "planes"),
            ("qgen_bits_4x4_lm2to1_rm2to1_t4x4k128u1_cortex_a72", "planes"),
            ("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1w_cortex_a53", "main loop"),
            ("qgen_bits_4x4_lm2to1_rm2to1subm2_t4x4k128u1w_cortex_a72", "main loop"),
            ("qgen_widenouter_8x8_l0to15_r0to15_t8x8k2u1i_cortex_a72", "one way to read"),
            ("qgen_mmla_8x8_lm8to7_rm8to7_t8x8k8u1i_neoverse_v1", "one way to read"),
            ("qgen_bits_4x4_lm2to1_rm2to1subm2_t4x4k128u1i_cortex_a72", "one way to read"),
            ("qgen_wideninner_4x4_lm8to7_rbinsub100_t4x4k16u1_cortex_a72", "stored as they are"),
            ("qgen_byte_4x4_lbin_rbinnegp4_t4x4k64u1_cortex_a53", "stored as they are"),
            ("qgen_dotouter_8x8_lm8to7_rm8to7_t8x8k30u1i_neoverse_n1", "whole steps"),
            ("qgen_byte_4x4_lm2to1_rm2to1_t4x4k100u1_cortex_a53", "whole steps"),
        ] {
            let e = parsed(name).unwrap_err().to_string();
            assert!(e.contains(word), "{e}");
        }
    }

    /// As long as k-blocks can be, so are the layouts: no length wraps.
    #[test]
    fn long_k_blocks_have_layouts() {
        for name in [
            "qgen_dotouter_8x8_lm8to7_rm8to7_t8x8k1024u1i_neoverse_n1",
            "qgen_dotouter_8x8_lm8to7_rm8to7_t8x8k32764u1i_neoverse_n1",
            "qgen_byte_4x4_l0to0_r0to0_t4x4k32752u1_cortex_a53",
        ] {
            let kernel = parsed(name).unwrap();
            let spec = &kernel.descriptor().spec;
            let (layout, k_block) = (spec.rhs_layout(), usize::from(spec.k_block));
            let block = usize::from(spec.register_tile.n) * k_block;
            assert_eq!((layout.k_block(), layout.block_bytes()), (k_block, block), "{name}");
        }
    }

    #[test]
    fn a_kernel_covers_what_its_ranges_contain() {
        let kernel = parsed("qgen_byte_4x4_lm8to7_r0to15_t4x4k16u1_cortex_a53").unwrap();
        let int = |lo, hi| Operand::Int(qgen_spec::Range::new(lo, hi).unwrap());
        assert!(kernel.covers(int(-7, 7), int(3, 3)));
        assert!(!kernel.covers(int(-8, 8), int(0, 15)));
        assert!(!kernel.covers(int(-8, 7), int(-1, 15)));
        assert!(!kernel.covers(Operand::F32, Operand::F32));
    }

    #[test]
    fn narrower_operands_have_their_own_limits() {
        let int = |lo, hi| Operand::Int(qgen_spec::Range::new(lo, hi).unwrap());
        let four = int(-8, 7);
        for wide in crate::catalog::usual().filter(|kernel| kernel.covers(four, four)) {
            let kernel = wide.narrowed(four, four).unwrap();
            assert_eq!((kernel.accepts(), kernel.k_limit()), ((four, four), 33_554_431), "{wide}");
            assert_eq!((kernel.name(), kernel.descriptor()), (wide.name(), wide.descriptor()));
            assert!(std::ptr::eq(kernel, wide.narrowed(four, four).unwrap()), "made once");
            assert!(std::ptr::eq(kernel, kernel.narrowed(four, four).unwrap()));
            assert!(kernel.covers(four, four) && !kernel.covers(int(-8, 8), four));
            let signs = kernel.narrowed(Operand::Binary, int(0, 0)).unwrap();
            assert_eq!(signs.k_limit(), u32::MAX);
            let e = signs.narrowed(four, four).unwrap_err().to_string();
            assert!(e.contains("takes -1 or 1 by 0..=0, not -8..=7 by -8..=7"), "{e}");
        }
    }

    /// 16-bit lanes that are full at the kernel's own limit allow no more, whatever the operands.
    #[test]
    fn lanes_that_are_never_widened_keep_their_limit() {
        let int = |lo, hi| Operand::Int(qgen_spec::Range::new(lo, hi).unwrap());
        let narrow = |name: &str, depth_limit, k_limit: u32| {
            let spec: KernelSpec = name.parse().unwrap();
            let descriptor = Descriptor { k_limit: k_limit.min(spec.k_limit()), spec, depth_limit };
            // SAFETY: there is no code.
            let kernel = unsafe { Kernel::from_code(descriptor, None) }.unwrap();
            let kernel: &'static Kernel = Box::leak(Box::new(kernel));
            (kernel.k_limit(), kernel.narrowed(int(64, 64), int(64, 65)).unwrap().k_limit())
        };
        let bits = "qgen_bits_4x4_l64to71_r64to71sub64_t4x4k128u1_portable";
        assert_eq!(narrow(bits, u32::MAX, u32::MAX), (426_003, 426_003));
        assert_eq!(narrow(bits, 1280, u32::MAX), (426_003, 516_222));
        assert_eq!(narrow(bits, 1280, 1000), (1000, 1000));
        let dot = "qgen_dot_4x4_l64to71_r64to71_t4x4k16u1_portable";
        assert_eq!(narrow(dot, u32::MAX, u32::MAX), (426_003, 516_222));
    }
}
