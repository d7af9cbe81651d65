//! All errors of an attribute are reported at once, and what uses the struct adds none.

use qgen_runtime::{Gemm, QKernel, qkernel};

#[qkernel(bits = 9, title = 8x8, strategy = fast, core = "cortex-a99", unroll = 3)]
struct Everything;

#[qkernel(bits = 4, tile = 0x8)]
struct FieldsToo {
    value: u8,
}

macro_rules! kernel {
    ($name:ident, $bits:literal, $tile:literal) => {
        #[qkernel(bits = $bits, tile = $tile)]
        struct $name;
    };
}

// The caret is on what the user wrote, not on the macro's own tokens.
kernel!(ThroughAMacro, 4, "8");

fn main() {
    println!("{}", Everything::kernel());
    let _ = Gemm::of::<ThroughAMacro>();
}
