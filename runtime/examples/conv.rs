//! One convolution, to be measured by instruction counters and simulators.
//!
//! `conv SIZE CHANNELS OUT KERNEL GROUPS BITS REPS CORE` convolves an image of SIZE×SIZE pixels with CHANNELS
//! values of BITS bits by OUT×KERNEL×KERNEL weights REPS times, stride 1, padded so that the output has as many
//! pixels (KERNEL / 2 on each side), and prints how, and a checksum. `gemm` instead of GROUPS multiplies the
//! same number of values as one matrix product, SIZE² × OUT × (KERNEL² · CHANNELS). Weights are packed once
//! before, and one convolution is run to warm up. Between `hint #0x60` and `hint #0x61` (no-ops on every
//! core) there is nothing but the REPS convolutions.
//!
//! One thread, no environment; of the machine only its feature bits are read. Static and not
//! position-independent:
//!
//! ```text
//! RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static" \
//!     cargo build --release -p qgen-runtime --example conv --target aarch64-unknown-linux-gnu
//! ```
#![no_main]
#![expect(unsafe_code, reason = "the entry point is the C library's, and marks are machine code")]

mod counted;

use counted::{end_marker, start_marker};
use qgen_runtime::bench::{SEED, checksum, operands};
use qgen_runtime::conv::{ConvPlan, Geometry, Nhwc, Window};
use qgen_runtime::cpu::{Core, Machine};
use qgen_runtime::plan::{Op, Params, Plan};
use qgen_runtime::select::Overrides;
use qgen_runtime::{Error, MatMut, MatRef, Operand};
use std::ffi::{c_char, c_int};

const USAGE: &str = "usage: conv SIZE CHANNELS OUT KERNEL GROUPS|gemm BITS REPS CORE, for example \
                     conv 28 32 32 3 1 4 1 cortex-a53";

/// The entry point.
///
/// # Safety
/// Called by the C library with `argc` strings in `argv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: the C library gives `argc` strings that end with 0 and live for ever.
    unsafe { counted::main("conv", run, argc, argv) }
}

fn run(args: &[&str]) -> Result<(), String> {
    let [size, channels, out, kernel, groups, bits, reps, core] = args else { return Err(USAGE.to_owned()) };
    let parse = |text: &str| text.parse::<usize>().map_err(|_| format!("`{text}` is not a number; {USAGE}"));
    let [size, channels, out, kernel, bits, reps] =
        [parse(size)?, parse(channels)?, parse(out)?, parse(kernel)?, parse(bits)?, parse(reps)?];
    let operand = u32::try_from(bits).ok().and_then(Operand::of_bits);
    let operand = operand.ok_or_else(|| format!("bits: {bits} is not possible; 1 to 8"))?;
    let core = Core::by_name(core).ok_or_else(|| format!("core: there is no core `{core}`"))?;
    let machine = Machine::with_core(core);
    let done = match *groups {
        "gemm" => product((size * size, out, kernel * kernel * channels), operand, reps, &machine),
        groups => {
            let half = kernel / 2;
            let window = Window::new(kernel, kernel).padding(half, half, half, half);
            let input = Nhwc::new(1, size, size, channels);
            let geometry = Geometry::new("conv", input, out, window, parse(groups)?);
            geometry.and_then(|geometry| convolution(&geometry, operand, reps, &machine))
        }
    };
    done.map_err(|e| e.to_string())
}

fn convolution(geometry: &Geometry, operand: Operand, reps: usize, machine: &Machine) -> Result<(), Error> {
    let pure = Overrides::default();
    let params = Params::new().environment(&pure, None);
    let plan = ConvPlan::new(geometry, (operand, operand), &params, machine)?;
    let input = operands(SEED, operand, geometry.input().len().unwrap_or(0));
    let weights = plan.pack(&operands(SEED + 1, operand, geometry.weights()))?;
    let mut workspace = plan.workspace()?;
    let mut out = vec![0i32; geometry.output().len().unwrap_or(0)];
    plan.run(&input, &weights, &mut out, &mut workspace)?;
    start_marker();
    for _ in 0..reps {
        plan.run(&input, &weights, &mut out, &mut workspace)?;
    }
    end_marker();
    println!("{}checksum {:016x}", plan.explain(), checksum(out));
    Ok(())
}

fn product(
    shape @ (m, n, k): (usize, usize, usize),
    operand: Operand,
    reps: usize,
    machine: &Machine,
) -> Result<(), Error> {
    let pure = Overrides::default();
    let plan =
        Plan::new(Op::gemm(operand, operand), shape, &Params::new().environment(&pure, None), machine)?;
    let lhs = operands(SEED, operand, m * k);
    let rhs = plan.pack(MatRef::new(&operands(SEED + 1, operand, k * n), k, n)?)?;
    let (mut workspace, mut out) = (plan.workspace()?, vec![0i32; m * n]);
    let mut multiply =
        || plan.run(MatRef::new(&lhs, m, k)?, &rhs, MatMut::new(&mut out, m, n)?, &mut workspace);
    multiply()?;
    start_marker();
    for _ in 0..reps {
        multiply()?;
    }
    end_marker();
    println!("{}checksum {:016x}", plan.explain(), checksum(out));
    Ok(())
}
