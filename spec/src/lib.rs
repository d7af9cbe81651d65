//! What the qgen compiler and its runtime must agree on, and nothing else.
//!
//! ```text
//!   Range, Operand ──┐
//!   Strategy, Tile ──┼─► KernelSpec ◄──► name (a grammar: it parses back)
//!   Storage, Core  ──┘        │
//!                             ├─► Layout of each packed side     (layout)
//!                             ├─► Descriptor: layouts and limits (descriptor)
//!                             └─► the kernel's call contract     (abi), in plain Rust (reference)
//!   Factors, zero point ────────► OutputStage: sums to bytes       (requantise)
//!   End, OutputStage ───────────► EndLayout: its parameters        (ends)
//! ```
//!
//! Packer, kernel generator and reference all read the same [`Layout`] value, so they cannot drift
//! apart. The crate has no dependencies and needs only `alloc`.
#![no_std]

extern crate alloc;

pub mod abi;
mod cost;
mod descriptor;
mod diagnostic;
mod ends;
mod layout;
mod name;
mod planes;
mod range;
pub mod reference;
pub mod requantise;
mod strategy;
mod tile;

pub use cost::Cost;
pub use descriptor::{Descriptor, KernelSpec, ResultBits, Sums};
pub use diagnostic::{Diagnostic, Diagnostics, Field};
pub use ends::{End, EndLayout, EndParam, EndStage, float_max, float_min};
pub use layout::{Layout, SizeOverflow, addressable};
pub use planes::PlaneCode;
pub use range::{Operand, Range, Storage};
pub use requantise::{Factors, OutputStage, Requantise};
pub use strategy::{Isa, Strategy};
pub use tile::Tile;
