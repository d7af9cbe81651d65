//! How a kernel is called, from Rust and from C. Stable within a major version.
//!
//! ```c
//! void kernel(size_t k_blocks,        /* x0: depth, in units of the kernel's k-block      */
//!             const void *lhs,        /* x1: left side, laid out as `lhs_layout`          */
//!             size_t lhs_stride,      /* x2: bytes between rows, or between packed panels */
//!             const void *rhs,        /* x3: right side, packed as `rhs_layout`           */
//!             int32_t *out,           /* x4: m rows of n results (float for f32 kernels)  */
//!             size_t out_stride,      /* x5: bytes between rows of out                    */
//!             const int32_t *row_add, /* x6: m values, one added to each row              */
//!             const int32_t *col_add  /* x7: n values, one added to each column           */
//! );
//! ```
//!
//! For tile rows i < m and columns j < n the call **writes**
//!
//! ```text
//! out[i][j] = row_add[i] + col_add[j] + sign · raw(i, j)        modulo 2³²
//! raw(i, j) = Σ_p lhs[i][p] · rhs[p][j]                          over p < k_blocks · k_block
//! ```
//!
//! with the *stored* values of both sides and `sign` = −1 where the right side is stored negated
//! ([`crate::Storage`]); where several share a byte, each is in its own bits of it
//! ([`crate::Layout::bits`]). For the `fip` strategy raw also contains, for every pair (p, p + 16) of a
//! k-block of 32, `lhs[i][p]·lhs[i][p+16] + rhs[p][j]·rhs[p+16][j]`; `row_add` and `col_add` carry
//! the terms that take them out again ([`crate::Sums`]). For `bits` a stored value is the number that
//! its planes write ([`crate::PlaneCode`]), and where a side is −1 or 1, raw also contains −Σ |v| over
//! the values v of the other side (of the left side where both are): what the bits count is how often
//! signs differ. `f32` kernels add floats and do the same
//! without the modulus.
//!
//! The form for short k ([`crate::KernelSpec::short`]) computes the same modulo 2¹⁶ and writes the signed
//! number that has these 16 bits (the unsigned one where both sides are never negative): the result
//! itself, as long as that fits.
//!
//! A kernel with an end ([`crate::KernelSpec::end`]) stores what that makes of these exact sums: a byte or a
//! float. `out` then points to bytes or floats, and `col_add` to blocks of parameters, one for each
//! register tile, in which the values to add have their places ([`crate::EndLayout`] says where everything
//! lies). Its `k_limit` is the depth that it sums before it would have to store a sum on the way.
//!
//! * **Read**: exactly m·(k_blocks·k_block) values of `lhs` (packed ones with what fills up their layout, the panels
//!   that cover m rows), the panels of `rhs` that cover n columns, m values of `row_add`, n of `col_add` (with an end: heads and parameters of n columns).
//!   Nothing else, not even to be thrown away. A kernel that asks for lines ahead
//!   ([`crate::KernelSpec::prefetch`]) names addresses behind `rhs`, which reads nothing and cannot fault.
//! * **Written**: exactly the m×n values of `out`. It must not overlap an input.
//! * **Alignment**: 4 bytes for `out` (none where results are bytes), `row_add`, `col_add` and f32 data, none for bytes. Packed
//!   panels that begin at a cache line are faster.
//! * `k_blocks` may be 0. The depth, before zeros fill it up to whole k-blocks, must not exceed the
//!   kernel's `k_limit`. With operands narrower than the kernel's it may be as much deeper as their
//!   products are smaller, where sums are widened (`depth_limit` is below `k_limit`) or have 32 bits
//!   from the start.
//! * The usual AAPCS64 rules; besides, x18 is never touched, nothing lives below sp, no memory is
//!   allocated and no thread started. Any number of calls may run at once.

/// The signature of every kernel, see the [module](self). `f32` kernels read and write `f32`
/// through the `i32` pointers, and kernels with an end write through `out` what they store.
pub type KernelFn = unsafe extern "C" fn(
    k_blocks: usize,
    lhs: *const u8,
    lhs_stride: usize,
    rhs: *const u8,
    out: *mut i32,
    out_stride: usize,
    row_add: *const i32,
    col_add: *const i32,
);
