//! Quantisation: real numbers to the few bits that kernels multiply, and their sums back.
//!
//! ```text
//!   f32 batches ──observe──► Calibration ──► Params (scale, zero point, range)
//!                               Scheme          │            │
//!   f32 matrix ─────────────────────────────► quantise    dequantise ──► f32 matrix
//!                                               │ i8, u8
//!                                   Gemm: exact i32 sums
//!                  OutputStage, bias ─► requantise │ to_f32 ◄─ FloatStage, bias
//!                                      i8, u8     ▼     f32
//! ```
//!
//! A stored number q means the real number scale · (q − zero point). The zero point is a stored number,
//! so that 0 is exact. A tensor has one scale, or one for each column (output channel) of its matrix;
//! the zero point is the same for all columns.
//!
//! * Real to stored: x / scale in f32, rounded to the nearest whole number, ties to even, plus the zero
//!   point, saturated to the range. Infinities saturate, NaN is an error.
//! * i32 sums to stored: [`qgen_spec::requantise`], bit for bit the rule of gemmlowp and TensorFlow Lite.
//! * i32 sums to f32: converted (ties to even), times the scale in f32, clamped.
//!
//! Each is one pass with vectors on aarch64, without allocation, and gives the same bits on every
//! machine. `docs/quantisation.md` has all formulas and where they come from.
//!
//! ```
//! use qgen_runtime::quant::{Calibration, Granularity, Method, Scheme, dequantise, quantise};
//! use qgen_runtime::{MatMut, MatRef, Operand};
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let real = [-0.5f32, 0.0, 0.25, 1.0];
//! let view = MatRef::new(&real, 1, 4)?;
//! let scheme = Scheme::affine(Operand::of_bits(4).unwrap())?;
//! let mut calibration = Calibration::new(scheme, Method::MinMax, Granularity::PerTensor)?;
//! calibration.observe(view)?;
//! let params = calibration.params()?;
//!
//! let mut stored = [0i8; 4];
//! quantise(&params, view, MatMut::new(&mut stored, 1, 4)?)?;
//! assert_eq!((stored, params.zero_point()), ([-8, -3, -1, 7], -3));
//! let mut back = [0f32; 4];
//! dequantise(&params, MatRef::new(&stored, 1, 4)?, MatMut::new(&mut back, 1, 4)?)?;
//! assert_eq!(back[1], 0.0);
//! # Ok(())
//! # }
//! ```

mod calibration;
mod convert;
mod histogram;
mod line;
#[cfg(target_arch = "aarch64")]
mod neon;
mod output;
mod params;
mod rows;
mod shares;
mod walk;

pub use calibration::{Calibration, Granularity, Method};
pub use convert::{dequantise, quantise};
pub(crate) use line::of_channels;
pub use output::{Activation, FloatStage, output_stage, quantise_bias, requantise, to_f32};
pub(crate) use output::{add_bias, clamp};
pub(crate) use params::check_type;
pub use params::{Params, Scheme};
pub use qgen_spec::requantise::{Factors, OutputStage, Requantise};
pub(crate) use rows::{Rows, STRIP, of_rows};
pub(crate) use shares::{Share, add};
pub(crate) use walk::check_channels;
