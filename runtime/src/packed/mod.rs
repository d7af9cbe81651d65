//! Weights packed ahead of time: safetensors files that are read where they lie.
//!
//! ```text
//!   PackedRhs, Params ──► PackedFileWriter ──► file ──► PackedFile ──copied──────► Weights ──► Gemm, Plan
//!                                               │           ▲      └─in_place──►
//!                                               └─ mapped ──┘
//! ```
//!
//! A file holds any number of right sides, each by its name, as tensors of one safetensors file:
//!
//! | tensor | type and shape | content |
//! |---|---|---|
//! | `NAME.panels` | `U8`, bytes | the panels in the kernel's layout, filled up to whole cache lines of 64 bytes |
//! | `NAME.sums` | `I32`, columns × 2 | of every column, padding included: Σ v, and what raw sums contain of it |
//! | `NAME.scales` | `F32`, 1 or n | the scales, where the weights have [`Params`](crate::quant::Params) |
//!
//! Panels come first, each beginning at a multiple of 64 bytes from the file's beginning, so that a mapped file
//! is read without copying. What the tensors are is said in the header's metadata, under `qgen.packed`: the
//! version of this format, and for each name the kernel, its layout in words, the values that were let
//! through, k, n, zero point and range, and a check sum (CRC-32) of all that and of the tensors' bytes. All
//! numbers are little-endian. The same weights make the same bytes.
//!
//! Everything is checked before it is used: sizes and offsets against the file, the layout against the kernel's
//! name, the check sum. That finds damage. A file that somebody made in order to deceive can hold wrong weights, and
//! with them wrong results, but nothing outside of its bytes is ever read. [`Gemm`](crate::Gemm) refuses weights
//! of a kernel with another layout, as it does those that were packed in memory;
//! [`plan::Params::packed`](crate::plan::Params::packed) chooses a kernel that reads them.
//!
//! ```
//! use qgen_runtime::packed::{PackedFile, PackedFileWriter};
//! use qgen_runtime::{Gemm, MatMut, MatRef, PackedRhs, catalog};
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let kernel = catalog::find("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72")?;
//! let (m, n, k) = (1, 2, 3);
//! // Ahead of time.
//! let weights = PackedRhs::pack(kernel, MatRef::<i8>::new(&[1, 2, 3, 4, 5, 6], k, n)?)?;
//! let mut writer = PackedFileWriter::new();
//! writer.add("fc1", &weights)?;
//! let bytes = writer.to_bytes()?;
//! // Later, perhaps on another machine.
//! let file = PackedFile::open(bytes)?;
//! let weights = file.copied("fc1")?.packed;
//! let mut out = [0; 2];
//! Gemm::new(kernel).run(MatRef::<i8>::new(&[1, 0, -1], m, k)?, &weights, MatMut::new(&mut out, m, n)?)?;
//! assert_eq!(out, [1 - 5, 2 - 6]);
//! # Ok(())
//! # }
//! ```
//!
//! To read weights where they lie, give [`PackedFile::open`] what keeps them: anything that is
//! `AsRef<[u8]>`, for example a `memmap2::Mmap`, or a `&'static [u8]` of `include_bytes!`.
//!
//! ```
//! use qgen_runtime::packed::PackedFile;
//!
//! fn load(path: &std::path::Path) -> Result<qgen_runtime::PackedRhs, Box<dyn std::error::Error>> {
//!     let file = std::fs::File::open(path)?;
//!     // SAFETY: nobody writes to the file while it is mapped.
//!     let mapped = unsafe { memmap2::Mmap::map(&file)? };
//!     // The map lives for as long as the weights.
//!     Ok(PackedFile::open(mapped)?.in_place("fc1")?.packed)
//! }
//! ```

#[cfg(target_endian = "big")]
compile_error!("files of packed weights are little-endian: leave the feature `packed` off");

pub(crate) mod header;
mod read;
mod write;

pub use header::VERSION;
pub use read::{Entry, PackedFile, Weights};
pub use write::PackedFileWriter;
pub(crate) use write::Tensor;
