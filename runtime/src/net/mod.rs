//! Small networks from their input to their scores, in integers or in floats.
//!
//! ```text
//!   ModelBuilder ─► Model ◄──────── NetFile ◄── bytes of a file, mapped or not
//!   layers, shapes, │  │               │
//!   parameters      │  └─► write ──────┼─────► file: graph, weights, and weights packed for some cores
//!                   ▼                  ▼
//!         Network::new(model, batch, machine)        kernels chosen, weights packed, memory planned
//!                   │
//!                   ├──► state ──► run(input) ─► output       nothing allocated; any number of threads and states
//!                   └──► layers, explain, Profile
//! ```
//!
//! A [`Model`] is what is computed, without any machine: values with shapes and parameters, and layers between them,
//! each with a name. What lies between two layers is floats or stored numbers of 8 bits or fewer
//! ([`Kind`]). Shapes are those of one image; a [`Network`] is planned for a batch.
//!
//! | layer | of stored numbers | of floats |
//! |---|---|---|
//! | [`Op::Conv`], [`Op::Dense`] | exact sums, then stored numbers or floats, by [`plan::Epilogue`](crate::plan::Epilogue) | sums in the order of the kernel |
//! | [`Op::MaxPool`], [`Op::AveragePool`], [`Op::GlobalAverage`] | [`ops::Pool`](crate::ops::Pool) | the same |
//! | [`Op::Add`] | [`ops::Add`](crate::ops::Add) | [`ops::add_f32`](crate::ops::add_f32) |
//! | [`Op::Flatten`] | nothing to do | nothing to do |
//! | [`Op::Convert`] | to other stored numbers ([`ops::Rescale`](crate::ops::Rescale)), or to floats | [`quantise`](crate::quant::quantise) |
//! | [`Op::Softmax`] | [`ops::Softmax`](crate::ops::Softmax), to floats | |
//!
//! Networks of stored numbers have the same results on every machine, to the bit.
//!
//! ```
//! use qgen_runtime::conv::{Nhwc, Window};
//! use qgen_runtime::cpu::Machine;
//! use qgen_runtime::net::{Conv, Dense, Kind, Model, Network, Op, Weights};
//! use qgen_runtime::plan;
//! use qgen_runtime::quant::{Activation, Params};
//! use qgen_runtime::Range;
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let four_bits = Range::new(-8, 7).unwrap();
//! let values = Kind::Stored(Params::per_tensor(0.5, -8, four_bits)?);
//! let weights = |values| Weights::stored(values, Params::per_tensor(0.25, 0, four_bits).unwrap(), vec![]);
//!
//! let mut model = Model::builder(Nhwc::new(1, 4, 4, 1), values.clone())?;
//! let conv = Conv::new(Window::new(3, 3), 2, weights(vec![1; 18])).activation(Activation::Relu);
//! model.add("conv1", &["input"], Op::Conv(conv), values)?;
//! model.add("pool1", &["conv1"], Op::MaxPool(Window::new(2, 2)), model.kind("conv1")?)?;
//! model.add("fc1", &["pool1"], Op::Dense(Dense::new(1, weights(vec![1, -1]))), Kind::Float)?;
//! let model = model.finish("fc1")?;
//!
//! let network = Network::new(&model, 1, &plan::Params::new(), &Machine::detect())?;
//! let (mut state, mut out) = (network.state()?, [0f32]);
//! network.run(&[-7i8; 16], &mut out, &mut state)?;
//! assert_eq!(out, [0.0]);
//! println!("{network}");
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "packed")]
mod file;
mod infer;
mod layer;
mod memory;
mod model;
mod network;
mod numbers;
mod profile;
mod run;
mod step;

#[cfg(feature = "packed")]
pub use file::{NetFile, write};
pub use layer::{Conv, Dense, Kind, Op, Weights};
pub use model::{Layer, Model, ModelBuilder};
pub use network::{LayerInfo, Network};
pub use numbers::Numbers;
pub use profile::{LayerTime, Profile};
pub use run::{Observer, State};
