//! How long `#[qkernel]` takes to expand, as users see it: unoptimised.
//!
//! ```text
//! cargo run -p qgen-macros --example expansion
//! ```
//!
//! The dev profile is what cargo builds procedural macros and all that they use with, in every
//! profile of the user's. The example includes the macro's own source, because nothing else than the
//! macro can be called from outside of its crate; tokens are those of `proc-macro2` in place of the
//! compiler's. It fails where the best of all runs is above the limit.

#[path = "../src/attribute.rs"]
mod attribute;
#[path = "../src/expand.rs"]
mod expand;
#[path = "../src/structure.rs"]
mod structure;

use proc_macro2::TokenStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What users may have to wait for one kernel.
const LIMIT: Duration = Duration::from_millis(50);
const RUNS: usize = 15;

const ATTRIBUTES: &[&str] = &[
    "bits = 4, tile = 8x8",
    "bits = 4, tile = 8x8, core = \"cortex-a53\"",
    // Its passes overlap, and a search for their order is part of the time.
    "bits = 4, tile = 1x24, core = \"cortex-a53\"",
    "bits = 4, tile = 4x4, strategy = fip",
    "bits = 4",
    "lhs = 0..=15, rhs = 0..=15, tile = 24x8, strategy = widen",
    "bits = 8, tile = 4x4, strategy = pair8",
    "tile = 8x8, strategy = f32",
];

fn main() -> ExitCode {
    let mut outcome = ExitCode::SUCCESS;
    for text in ATTRIBUTES {
        let mut times: Vec<Duration> = (0..RUNS)
            .map(|_| {
                let arguments: TokenStream = text.parse().expect("the attributes are tokens");
                let item: TokenStream = "pub struct Kernel;".parse().expect("so is the struct");
                let start = Instant::now();
                let expansion = expand::qkernel(arguments, &item);
                let time = start.elapsed();
                assert!(!expansion.to_string().contains("compile_error ! { \""), "{text} is refused");
                time
            })
            .collect();
        times.sort_unstable();
        let (best, middle) = (times[0], times[RUNS / 2]);
        let verdict = if best > LIMIT { "TOO LONG" } else { "" };
        println!("{best:>8.1?} best {middle:>8.1?} median  #[qkernel({text})]  {verdict}");
        if best > LIMIT {
            outcome = ExitCode::FAILURE;
        }
    }
    outcome
}
