//! What the tests of the workspace share: how a kernel is called so that nothing it does wrong
//! stays unseen.
//!
//! ```text
//!   Descriptor ──► shapes: depths at and around every bound, operands at their extremes
//!        │            │
//!        └────────────┴─► call: inputs laid out by `Layout` alone, in guarded buffers (guard)
//!                           │
//!                           ├─► the kernel: by the interpreter, anywhere (callees)
//!                           │               as machine code, with every register watched (regs)
//!                           ├─► the reference of `qgen-spec`
//!                           └─► the contract's formula, computed from the plain values
//! ```
//!
//! All three answers must be the same, and not a byte beside the results may have changed.
//!
//! Beside that: the sample instructions for the outside assembler (encodings).

#[cfg(unix)]
pub mod call;
#[cfg(unix)]
pub mod callees;
pub mod encodings;
#[cfg(unix)]
pub mod guard;
#[cfg(all(unix, target_arch = "aarch64"))]
pub mod regs;
pub mod shapes;

/// The README's programs are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
