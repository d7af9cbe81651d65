//! One multiplication of values from the fixed seed.

use super::Report;
use crate::chosen::Chosen;
use crate::clock::Clock;
use crate::commands::bench::Args;
use crate::failure::Failure;
use crate::output;
use qgen_runtime::Operand;
use qgen_runtime::bench::{Multiplication, measure, operand_of_bits};
use qgen_runtime::select::Shape;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let bits = args.bits();
    let operand = operand_of_bits(bits).ok_or_else(|| {
        Failure(format!("bits: {bits} bits are not possible; choose 1 to 8, or 32 for floats"))
    })?;
    let (m, n, k) = (args.shape.m, args.shape.n, args.shape.k);
    let shape = Shape { m, n, k };
    let chosen = Chosen::new(args.kernel.as_deref(), args.tuning.as_deref(), (operand, operand), shape)?;
    let mut multiplication = Multiplication::new(chosen.kernel(), (operand, operand), shape)?;
    let values = match operand {
        Operand::Int(_) | Operand::Binary => format!("values of {operand}"),
        Operand::F32 => "floats".into(),
    };
    let macs = (m as u64).saturating_mul(n as u64).saturating_mul(k as u64);
    let work = format!("{m}x{n}x{k}, {values}, {macs} multiply-accumulates");
    let mut report = Report::new(&chosen, work, macs, multiplication.checksum());
    let clock = Clock::of(chosen.kernel());
    let timing = clock.time(|| {
        measure(args.warmup as usize, args.reps as usize, || {
            // It has run before: there is nothing that could go wrong now.
            let _ = std::hint::black_box(multiplication.run());
        })
    });
    report.time(&clock, timing);
    output::print(&if args.json { report.json() } else { report.text() })
}
