//! One network, to be measured by instruction counters and simulators.
//!
//! `net NET BITS LAYER CORE` runs a network of `qgen bench --net` on one image, with values and weights of BITS bits (32
//! are floats), or with the feature `packed` that of a file (NET is its path, BITS anything), and prints its layers, kernels and a
//! checksum. It is run once to warm up, and a line `works LAYER` printed for each layer that does something. Between `hint #0x60` and
//! `hint #0x61` (no-ops on every core) there is nothing but one more run of LAYER, or of the whole network if that is
//! `all`.
//!
//! One thread, no environment; of the machine only its feature bits are read. Static and not position-independent, as
//! the example `conv`.
#![no_main]
#![expect(unsafe_code, reason = "the entry point is the C library's, and marks are machine code")]

mod counted;

use counted::{end_marker, start_marker};
use qgen_runtime::Error;
use qgen_runtime::bench::{Net, SEED, checksum, checksum_f32, floats, integers, operands};
use qgen_runtime::cpu::{Core, Machine};
use qgen_runtime::net::{Kind, Model, Network, Observer, State};
use qgen_runtime::plan::Params;
use qgen_runtime::select::Overrides;
use qgen_runtime::threads::Alone;
use std::ffi::{c_char, c_int};

const USAGE: &str = "usage: net NET BITS LAYER|all CORE, for example net lenet5 4 all cortex-a72";

/// The entry point.
///
/// # Safety
/// Called by the C library with `argc` strings in `argv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: the C library gives `argc` strings that end with 0 and live for ever.
    unsafe { counted::main("net", run, argc, argv) }
}

fn run(args: &[&str]) -> Result<(), String> {
    let [net, bits, layer, core] = args else { return Err(USAGE.to_owned()) };
    let model = match Net::by_name(net) {
        Some(net) => {
            let bits = bits.parse().map_err(|_| format!("`{bits}` is not a number; {USAGE}"))?;
            net.model(bits).map_err(|e| e.to_string())?
        }
        None => file(net)?,
    };
    let core = Core::by_name(core).ok_or_else(|| format!("core: there is no core `{core}`"))?;
    let pure = Overrides::default();
    let params = Params::new().environment(&pure, None);
    let network = Network::new(&model, 1, &params, &Machine::with_core(core)).map_err(|e| e.to_string())?;
    let marked = network.layers().iter().position(|known| known.name == *layer);
    if marked.is_none() && *layer != "all" {
        return Err(format!("layer: {net} has no layer `{layer}`"));
    }
    print!("{network}");
    measure(&network, marked).map_err(|e| e.to_string())
}

/// The network of a file.
#[cfg(feature = "packed")]
fn file(path: &str) -> Result<Model, String> {
    let bytes = std::fs::read(path).map_err(|e| format!("net: {path}: {e}"))?;
    let file = qgen_runtime::net::NetFile::open(bytes).map_err(|e| format!("net: {path}: {e}"))?;
    Ok(file.model().clone())
}

#[cfg(not(feature = "packed"))]
fn file(path: &str) -> Result<Model, String> {
    Err(format!("net: there is no network `{path}`; for files build with the feature `packed`"))
}

/// Prints the layers that do something.
struct Works<'a>(&'a Network);

impl Observer for Works<'_> {
    fn before(&mut self, layer: usize) {
        println!("works {}", self.0.layers()[layer].name);
    }

    fn after(&mut self, _: usize) {}
}

/// Puts the marks around a layer.
struct Marks(usize);

impl Observer for Marks {
    fn before(&mut self, layer: usize) {
        if layer == self.0 {
            start_marker();
        }
    }

    fn after(&mut self, layer: usize) {
        if layer == self.0 {
            end_marker();
        }
    }
}

fn measure(network: &Network, marked: Option<usize>) -> Result<(), Error> {
    let mut state = network.state()?;
    let (shape, kind) = network.input();
    let len = shape.len().unwrap_or(0);
    match kind {
        Kind::Float => {
            let input: Vec<f32> = floats(SEED, len).iter().map(|value| value / 16.0).collect();
            output(network, marked, &input, &mut state)
        }
        Kind::Stored(params) if params.range().fits_i8() => {
            output(network, marked, &operands(SEED, params.operand(), len), &mut state)
        }
        Kind::Stored(params) => output(network, marked, &integers(SEED, params.range(), len), &mut state),
    }
}

fn output<I: qgen_runtime::Element>(
    network: &Network,
    marked: Option<usize>,
    input: &[I],
    state: &mut State,
) -> Result<(), Error> {
    let (shape, kind) = network.output();
    let len = shape.len().unwrap_or(0);
    let checksum = if *kind == Kind::Float {
        let mut out = vec![0f32; len];
        twice(network, marked, input, &mut out, state)?;
        checksum_f32(out)
    } else {
        let mut out = vec![0i8; len];
        twice(network, marked, input, &mut out, state)?;
        checksum(out.into_iter().map(i32::from))
    };
    println!("checksum {checksum:016x}");
    Ok(())
}

fn twice<I: qgen_runtime::Element, O: qgen_runtime::Element>(
    network: &Network,
    marked: Option<usize>,
    input: &[I],
    out: &mut [O],
    state: &mut State,
) -> Result<(), Error> {
    network.run_observed(&Alone, input, out, state, &mut Works(network))?;
    if let Some(layer) = marked {
        return network.run_observed(&Alone, input, out, state, &mut Marks(layer));
    }
    start_marker();
    network.run(input, out, state)?;
    end_marker();
    Ok(())
}
