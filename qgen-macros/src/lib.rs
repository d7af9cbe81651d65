//! The `#[qkernel]` attribute: a specialised low-bit kernel in one line.
//!
//! ```
//! use qgen_runtime::{Gemm, MatMut, MatRef, PackedRhs, QKernel, qkernel};
//!
//! /// Signed 4-bit values, 8 rows by 8 columns at a time.
//! #[qkernel(bits = 4, tile = 8x8)]
//! pub struct U4;
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let (m, n, k) = (2, 1, 3);
//! let weights = PackedRhs::pack(U4::kernel(), MatRef::<i8>::new(&[1, -2, 7], k, n)?)?;
//! let lhs = MatRef::<i8>::new(&[1, 2, 3, -8, 0, 1], m, k)?;
//! let mut out = [0i32; 2];
//! Gemm::of::<U4>().run(lhs, &weights, MatMut::new(&mut out, m, n)?)?;
//! assert_eq!(out, [1 - 4 + 21, -8 + 7]);
//! # Ok(())
//! # }
//! ```
//!
//! Programs use it through `qgen_runtime::qkernel`: what it writes names that crate.
//!
//! ```text
//!   tokens ──attribute──► RawRequest ──request──► Request, Core ──qgen::compile──► Kernel ──expand──► tokens
//!             keys and    text and place                            diagnostics              impl QKernel
//!             values      of each value     ◄──────── each error at the value of its key
//! ```

mod attribute;
mod expand;
mod structure;

/// Makes a kernel and implements `qgen_runtime::QKernel` for the unit struct that it stands on.
///
/// ```
/// use qgen_runtime::{QKernel, qkernel};
///
/// /// The published kernel for unsigned 4-bit values.
/// #[qkernel(lhs = 0..=15, rhs = 0..=15, tile = 24x8, strategy = widen, core = "cortex-a72")]
/// pub struct Published;
///
/// assert_eq!(Published::kernel().descriptor().spec.tile.to_string(), "24x8");
/// ```
///
/// | key | value | left out |
/// |---|---|---|
/// | `bits` | 1 to 8: both sides are −2^(bits−1) ..= 2^(bits−1)−1; 1 means −1 or 1 | both ranges are given |
/// | `levels` | 2 to 256: so many levels around zero in place of `bits`; 23 are −11 ..= 11 | |
/// | `lhs`, `rhs` | the values of that side, for example `-7..=7`, or `binary`, or `ternary` | as `bits` says |
/// | `lhs_bits`, `rhs_bits`, `lhs_levels`, `rhs_levels` | the width or the levels of that side | |
/// | `tile` | what one call computes, `ROWSxCOLUMNS` | chosen by the model |
/// | `strategy` | `fip`, `byte`, `widen`, `wideninner`, `widenouter`, `pair8`, `dot`, `dotouter`, `mmla`, `bits`, or `f32` without `bits` and ranges | chosen by the model |
/// | `core` | the core that the code is scheduled for | `"cortex-a72"` |
/// | `isa` | the instruction set that may be used: `neon`, `dotprod` or `i8mm` | `neon`, which every aarch64 machine has |
/// | `unroll` | k-blocks per iteration of the main loop: 1, 2, 4, 8 or 16 | chosen by the model |
/// | `short_k` | `true`: results have 16 bits until they are stored, and have to fit; for a k that is short enough | `false` |
/// | `prefetch` | how many bytes ahead the main loop asks for lines of the packed right side: a multiple of 64 up to 4096, or `none`; only hardware can tell whether that pays | what the core's table says: none, where the hardware follows streams |
/// | `per_byte` | values of the right side in a byte: 1, 2 or 4, or `any` (the fastest by the model); more cost instructions and save memory traffic | 1 |
/// | `output` | what is stored: `"i32"` (the sums), `"i8"`, `"u8"` (requantised) or `"f32"` (scaled); other ends than sums are for a plan with an epilogue | `"i32"`, or `f32` of floats |
///
/// Every value may also be a string: `tile = "8x8"`. `core` changes how fast the kernel is on which
/// machine, never what it computes or where it runs. A
/// kernel with newer instructions is an error to run on machines without them, never a crash.
///
/// On aarch64 the kernel is machine code (a naked function), elsewhere plain Rust that is specialised
/// to the same tile; results are the same, to the bit. The code is `unsafe` inside, so that it cannot
/// stand in a crate with `#![forbid(unsafe_code)]`. Big-endian aarch64 is refused.
///
/// # Errors
/// A request that cannot be met is a compile error at the value that is to blame (at the attribute
/// where that was left out), in the words of the command line. All errors are reported at once.
#[proc_macro_attribute]
pub fn qkernel(arguments: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::qkernel(arguments.into(), &item.into()).into()
}
