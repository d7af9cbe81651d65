//! One GEMM, to be measured by instruction counters and simulators.
//!
//! `gemm M N K BITS REPS [KERNEL, CORE or portable [pass or fused]]` multiplies M×K by K×N values of BITS bits (1 to 8, or
//! 32 for floats) from a fixed seed REPS times and prints a checksum of the result. Weights are packed
//! once before, and one multiplication is run to warm up; the left side is plain row-major data. Between
//! `hint #0x60` and `hint #0x61` (no-ops on every core) there is nothing but the REPS multiplications.
//!
//! With `pass` or `fused` results are bytes, with a factor and a bias for each column: made in a pass over all
//! sums, or by the end of the kernel that a plan for CORE takes.
//!
//! One thread, no environment, no run-time code; of the machine only its feature bits are read: the kernel
//! or the core that it is chosen for is an argument (default cortex-a72). Static and not
//! position-independent:
//!
//! ```text
//! RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static" \
//!     cargo build --release -p qgen-runtime --example gemm --target aarch64-unknown-linux-gnu
//! ```
#![no_main]
#![expect(unsafe_code, reason = "the entry point is the C library's, and marks are machine code")]

mod counted;

use counted::{end_marker, start_marker};
use qgen_runtime::bench::{Multiplication, SEED, checksum, operand_of_bits, operands};
use qgen_runtime::cpu::{Core, Machine};
use qgen_runtime::plan::{Epilogue, Op, Params, Plan};
use qgen_runtime::quant::{Factors, OutputStage, Requantise, requantise};
use qgen_runtime::select::{Overrides, Request, Shape, choose};
use qgen_runtime::{Error, Gemm, Kernel, MatMut, MatRef, Operand, Range, Workspace, catalog};
use std::ffi::{c_char, c_int};

const USAGE: &str = "usage: gemm M N K BITS REPS [KERNEL, CORE or portable [pass or fused]], for example gemm 240 72 256 4 1 cortex-a72";

/// The entry point.
///
/// # Safety
/// Called by the C library with `argc` strings in `argv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: the C library gives `argc` strings that end with 0 and live for ever.
    unsafe { counted::main("gemm", run, argc, argv) }
}

fn run(args: &[&str]) -> Result<(), String> {
    let (numbers, name, end) = match args {
        [numbers @ .., name, end @ ("pass" | "fused")] if args.len() == 7 => (numbers, *name, Some(*end)),
        [numbers @ .., name] if args.len() == 6 => (numbers, *name, None),
        numbers if args.len() == 5 => (numbers, "cortex-a72", None),
        _ => return Err(USAGE.to_owned()),
    };
    let parse = |(text, what): (&&str, &str)| {
        text.parse::<usize>().map_err(|_| format!("{what}: `{text}` is not a number; {USAGE}"))
    };
    let names = ["m", "n", "k", "bits", "reps"];
    let numbers = numbers.iter().zip(names).map(parse).collect::<Result<Vec<_>, _>>()?;
    let [m, n, k, bits, reps] = numbers[..] else { return Err(USAGE.to_owned()) };
    let operand = u32::try_from(bits).ok().and_then(operand_of_bits);
    let operand = operand.ok_or_else(|| format!("bits: {bits} is not possible; 1 to 8, or 32 for floats"))?;
    let shape = Shape { m, n, k };
    if let Some(end) = end {
        return to_bytes(name, operand, shape, reps, end == "fused");
    }
    let kernel = kernel(name, operand, shape)?;
    let prepared = Multiplication::new(kernel, (operand, operand), shape);
    let mut multiplication = prepared.map_err(|e| e.to_string())?;
    start_marker();
    for _ in 0..reps {
        multiplication.run().map_err(|e| e.to_string())?;
    }
    end_marker();
    let checksum = multiplication.checksum();
    println!("kernel {kernel}\nchecksum {checksum:016x}");
    Ok(())
}

/// Results as bytes, by a plan whose kernel ends so or in a pass over the sums.
fn to_bytes(core: &str, operand: Operand, shape: Shape, reps: usize, fused: bool) -> Result<(), String> {
    let text = |e: Error| e.to_string();
    let core = Core::by_name(core).ok_or("core: name the core that the plan is for")?;
    let Shape { m, n, k } = shape;
    let (lhs, rhs) = (operands(SEED, operand, m * k), operands(SEED + 1, operand, k * n));
    let lhs = MatRef::new(&lhs, m, k).map_err(text)?;
    let factor = |j: usize| Requantise::from_scale(0.25 / (1.0 + j as f64)).map_err(|e| e.to_string());
    let factors = Factors::PerChannel((0..n).map(factor).collect::<Result<_, _>>()?);
    let bytes = Range::signed(8).ok_or("bytes have a range")?;
    let stage = OutputStage::new(factors, -3, bytes).map_err(|e| e.to_string())?;
    let bias: Vec<i32> = (0..n as i32).map(|j| 17 * j - 300).collect();
    let epilogue = Epilogue::requantise(stage.clone()).with_bias(bias.clone());
    let pure = Overrides::default();
    let kernels: Vec<&'static Kernel> = catalog::all().collect();
    let mut params = Params::new().environment(&pure, None).epilogue(&epilogue);
    if fused {
        // Whatever it costs.
        params = params.kernels(&kernels);
    }
    let plan =
        Plan::new(Op::gemm(operand, operand), shape, &params, &Machine::with_core(core)).map_err(text)?;
    let gemm = Gemm::new(plan.kernel());
    let weights = plan.pack(MatRef::new(&rhs, k, n).map_err(text)?).map_err(text)?;
    let (mut sums, mut out) = (vec![0i32; m * n], vec![0i8; m * n]);
    let mut once = |workspace: &mut Workspace| {
        let out = MatMut::new(&mut out, m, n)?;
        if fused {
            return plan.run(lhs, &weights, out, workspace);
        }
        gemm.run_with(lhs, &weights, MatMut::new(&mut sums, m, n)?, workspace)?;
        requantise(&stage, Some(&bias), MatRef::new(&sums, m, n)?, out)
    };
    let mut workspace = Workspace::new();
    once(&mut workspace).map_err(text)?;
    start_marker();
    for _ in 0..reps {
        once(&mut workspace).map_err(text)?;
    }
    end_marker();
    let name = match plan.explain().end.strip_prefix("fused: ").and_then(|end| end.split(',').next()) {
        Some(ended) if fused => ended,
        None if fused => return Err(format!("end: {}", plan.explain().end)),
        _ => plan.kernel().name(),
    };
    println!("kernel {name}\nchecksum {:016x}", checksum(out.iter().map(|&byte| byte.into())));
    Ok(())
}

/// The kernel of this name, or the one that is chosen for the core of this name and the shape.
fn kernel(name: &str, operand: Operand, Shape { m, n, k }: Shape) -> Result<&'static Kernel, String> {
    let core = if name == "portable" { Some(Core::NotArm) } else { Core::by_name(name) };
    let kernel = match core {
        Some(Core::NotArm) => {
            let portable = catalog::portable().iter().find(|kernel| kernel.covers(operand, operand));
            portable.copied().ok_or("kernel: no portable kernel covers these bits")?
        }
        Some(core) => {
            let kernels: Vec<&'static Kernel> = catalog::all().collect();
            let request = Request::new(operand, operand).with_shape(m, n, k);
            let machine = Machine::with_core(core);
            let chosen = choose(&request, &machine, &kernels, None, &Overrides::default());
            chosen.map_err(|e| e.to_string())?.kernel
        }
        None => catalog::find(name).map_err(|e| format!("{e}; nor is it the name of a core"))?,
    };
    if kernel.covers(operand, operand) {
        Ok(kernel)
    } else {
        Err(format!("kernel: {kernel} does not cover {operand} on both sides"))
    }
}
