//! Exact low-bit matrix multiplication on generated kernels.
//!
//! ```text
//!   Request (ranges, shape)          MatRef (k×n weights)        MatRef (m×k activations)
//!        │ select: this core,             │ PackedRhs::pack           │ read in place where the
//!        │ tuning file, environment       │ once, ahead of time       │ layout allows, else packed
//!        ▼                                ▼                           ▼ block by block
//!     &Kernel ───────────────────────► PackedRhs ────► Gemm::run ◄── rows + row sums
//!   descriptor + machine code          panels + column sums   │
//!                                                             │ corrections: sums → row_add, col_add
//!                                                             ▼
//!                                              Kernel::call, tile by tile ──► MatMut (m×n, i32)
//! ```
//!
//! * A [`Kernel`] is data ([`Descriptor`]) and, on aarch64, machine code. Without code the plain
//!   Rust of [`qgen_spec::reference`] runs; results are the same on every target, to the bit.
//! * [`kernels::SHIPPED`] is the committed, generated set; [`catalog::portable`] covers every range
//!   on every machine. [`select()`](select::select) chooses among them for the running core.
//! * Results are exact: a depth at which 32 bits could overflow is an error, never a wrapped sum.
//! * Nothing here panics on bad shapes, values, files or environment variables: they are
//!   [`Error`]s or [`Warning`](tuning::Warning)s that say what is possible.
//!
//! ```
//! use qgen_runtime::{Gemm, MatMut, MatRef, Operand, PackedRhs, Range};
//! use qgen_runtime::select::{select, Request};
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let four_bits = Operand::Int(Range::new(-8, 7).unwrap());
//! let kernel = select(&Request::new(four_bits, four_bits))?.kernel;
//!
//! let (m, n, k) = (2, 1, 3);
//! let weights = PackedRhs::pack(kernel, MatRef::<i8>::new(&[1, -2, 7], k, n)?)?;
//! let lhs = MatRef::<i8>::new(&[1, 2, 3, -8, 0, 1], m, k)?;
//! let mut out = [0i32; 2];
//! Gemm::new(kernel).run(lhs, &weights, MatMut::new(&mut out, m, n)?)?;
//! assert_eq!(out, [1 - 4 + 21, -8 + 7]);
//! # Ok(())
//! # }
//! ```
//!
//! With the feature `packed`, weights are packed ahead of time and read from mapped files: the module `packed`.
//!
//! `unsafe` is denied. A module that needs it says so at its head, with the reason: `#![expect(unsafe_code, …)]`.

// Generated kernel modules and `#[qkernel]` expansions name this crate by its path.
extern crate self as qgen_runtime;

mod batch;
pub mod bench;
mod blocking;
mod buffer;
pub mod catalog;
pub mod code;
pub mod conv;
mod corrections;
pub mod cpu;
mod error;
mod finish;
mod gemm;
mod kernel;
#[expect(unsafe_code, reason = "generated kernels are machine code, checked before they were committed")]
pub mod kernels;
mod lines;
pub mod net;
pub mod ops;
mod pack;
#[cfg(feature = "packed")]
pub mod packed;
pub mod plan;
mod portable;
pub mod quant;
pub mod select;
pub mod threads;
mod tiles;
pub mod tuning;
mod value;
mod view;
mod workspace;

pub use batch::{BatchMut, BatchRef};
pub use corrections::{Corrections, k_limit};
pub use error::Error;
pub use gemm::Gemm;
pub use kernel::{Kernel, QKernel};
pub use pack::{PackedLhs, PackedRhs};
#[cfg(feature = "macros")]
#[doc(inline)]
pub use qgen_macros::qkernel;
pub use qgen_spec::abi::KernelFn;
pub use qgen_spec::{
    Cost, Descriptor, End, EndLayout, EndStage, KernelSpec, Layout, Operand, Range, Storage, Strategy, Tile,
};
pub use value::{Element, Output, Stored, Value};
pub use view::{MatMut, MatRef};
pub use workspace::Workspace;

/// What generated code names. Not for people.
#[doc(hidden)]
pub mod __private {
    pub use crate::kernel::{Kernel, QKernel};
    pub use qgen_spec;
    pub use qgen_spec::abi::KernelFn;
    pub use qgen_spec::{Descriptor, End, KernelSpec, Operand, Range, Storage, Strategy, Tile};
    pub use std::borrow::Cow;
}
