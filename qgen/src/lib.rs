//! The qgen kernel compiler: low-bit integer matrix multiplication as aarch64 machine code.
//!
//! A pure library: a request comes in, text or words come out. No clock, no environment, no files;
//! the same request gives the same bytes on every host.
//!
//! ```text
//!  Request ──plan──► Plan ──lower──► Program<Virtual> ──schedule──► Program<Virtual> ──allocate──► Program<Machine>
//!  ranges,           complete        instructions on     the same,      verified:       registers     verified:
//!  tile, core        KernelSpec,     registers without   in an order    same deps,      of the        every read
//!                    limits          end                 for the core   same insts      machine       finds its value
//!                                                                                                      │
//!                        asm text · naked Rust · machine words ◄──emit── Program<Machine> ◄──begin─────┘
//!                                                                        a first pass begins the sums;
//!                                                                        verified: undone, it is what was
//! ```
//!
//! Beside the road: [`isa`] is the one table of instructions, [`core`] the tables and the pipeline
//! model of the cores, [`domain`] and [`interp`] run a program of any stage over numbers or
//! intervals, [`mod@program`] is what all stages are made of, [`cases`] is how kernels are checked.
//!
//! ```
//! use qgen::{Request, compile, core::Core};
//! use qgen_spec::Range;
//!
//! let four_bits = Range::signed(4).unwrap();
//! let kernel = compile(&Request::of(four_bits), &Core::built_in("cortex-a72")?)?;
//! assert!(kernel.modelled_macs_per_cycle() > 12.0);
//! println!("{}: {} words", kernel.name(), kernel.words().len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod allocate;
pub mod begin;
pub mod cases;
mod choose;
pub mod core;
pub mod domain;
pub mod emit;
pub mod estimate;
pub mod interp;
pub mod isa;
mod kernel;
pub mod liveness;
pub mod lower;
pub mod plan;
pub mod program;
pub mod prove;
pub mod run;
pub mod schedule;
mod shipped;

pub use kernel::{Kernel, compile, compile_name, compile_plan, compile_spec};
pub use plan::{Choice, Plan, Request, plan};
pub use shipped::{SHIPPED_CORES, shipped};
