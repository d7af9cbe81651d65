//! How fast the processor's clock is: programs may read no cycle counter, so additions that wait for each
//! other are timed, one cycle each.
//!
//! ```text
//!   pass:  add x1, x1, x2     1024 times: each needs the sum before
//!          sub x0, x0, #1
//!          cbnz x0, pass      one or two cycles of a thousand on a core that does not hide them
//! ```
//!
//! The addition takes two registers: some cores add constants while they rename.

#![expect(unsafe_code, reason = "it calls machine code that it made")]

use crate::failure::Failure;
use qgen::isa::{Branch, Inst, Op, Reg, encode, encode_branch};
use qgen_runtime::bench::{Rule, Samples};
use qgen_runtime::code::CodeBuffer;
use std::time::Instant;

/// Additions in a pass.
const ADDITIONS: usize = 1024;

/// Passes in a run: some ten microseconds.
const PASSES: u64 = 16;

/// A millisecond or two, often: phones change their clock rate while one looks.
const RULE: Rule = Rule {
    warmup_ns: 200_000,
    sample_ns: 100_000,
    fewest: 4,
    most: 12,
    most_ns: 5_000_000,
    tolerance: 0.002,
};

/// The instructions of a pass but its branch.
fn pass() -> Vec<Inst> {
    let inst = |op, regs: &[Reg], imm| Inst::new(op, regs, imm, None).expect("the operands are written here");
    let add = inst(Op::AddX, &[Reg(1), Reg(1), Reg(2)], 0);
    let mut pass = vec![add; ADDITIONS];
    pass.push(inst(Op::SubImm, &[Reg(0), Reg(0)], 1));
    pass
}

/// The chain: `fn(passes, start, step) -> start + passes · ADDITIONS · step`; at least one pass.
fn words() -> Vec<u32> {
    let pass = pass();
    let mut words: Vec<u32> = pass.iter().map(encode).collect();
    words.push(encode_branch(Branch::IfNonZero(0), -(pass.len() as i32)));
    // x0 is 0 now.
    let answer = Inst::new(Op::AddX, &[Reg(0), Reg(0), Reg(1)], 0, None).expect("written here");
    words.extend([encode(&answer), encode_branch(Branch::Return, 0)]);
    words
}

/// The chain as machine code.
#[derive(Debug)]
pub(super) struct Chain {
    code: CodeBuffer,
}

impl Chain {
    /// Makes it.
    pub(super) fn new() -> Result<Chain, Failure> {
        Ok(Chain { code: CodeBuffer::new(&words())? })
    }

    fn run(&self, passes: u64) -> u64 {
        // SAFETY: at word 0 begins a function of three numbers that returns one, changes x0 and x1 only,
        // which callers do not keep, and lives as long as `self`.
        let chain: extern "C" fn(u64, u64, u64) -> u64 = unsafe { std::mem::transmute(self.code.address(0)) };
        chain(passes.max(1), 0, 3)
    }

    /// Cycles a second now, on the processor that this thread is on.
    pub(super) fn hertz(&self, is_real: bool) -> f64 {
        let rule = if is_real { RULE } else { Rule::GLANCE };
        let start = Instant::now();
        let samples = rule.measure(
            || u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX),
            || {
                std::hint::black_box(self.run(std::hint::black_box(PASSES)));
            },
        );
        hertz(&samples)
    }
}

fn hertz(samples: &Samples) -> f64 {
    (ADDITIONS as u64 * PASSES) as f64 / samples.median_ns().max(1.0) * 1e9
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen::core::{Core, simulate};

    #[test]
    fn the_rate_is_additions_a_second() {
        // 16,384 cycles in 8.192 µs are 2 GHz.
        let samples = Samples { runs: 10, samples_ns: vec![81_920, 81_920, 900_000], stable: true };
        assert_eq!(hertz(&samples), 2e9);
        let none = Samples { runs: 1, samples_ns: vec![0], stable: true };
        assert!(hertz(&none).is_finite());
    }

    /// The tables agree that an addition takes a cycle, and that the loop around hides or is small.
    #[test]
    fn on_every_core_an_addition_takes_a_cycle() {
        for name in Core::names() {
            let core = Core::built_in(name).unwrap();
            let cycles = simulate(&core, &pass(), None).cycles / ADDITIONS as f64;
            assert!((1.0..1.003).contains(&cycles), "{name}: {cycles}");
        }
    }

    #[cfg(not(target_arch = "aarch64"))]
    #[test]
    fn it_is_machine_code() {
        assert!(Chain::new().unwrap_err().0.contains("cannot run on"));
        assert_eq!(words()[..2], [0x8b02_0021; 2]);
        // As an assembler has it: cbnz x0, . - 4100
        assert_eq!(words()[ADDITIONS..], [0xd100_0400, 0xb5ff_7fe0, 0x8b01_0000, 0xd65f_03c0]);
    }

    #[cfg(all(target_arch = "aarch64", any(target_os = "linux", target_os = "macos")))]
    #[test]
    fn every_addition_is_made() {
        let chain = Chain::new().unwrap();
        for passes in [1, 2, 100] {
            assert_eq!(chain.run(passes), 3 * passes * ADDITIONS as u64);
        }
        assert!(chain.hertz(false) > 0.0);
    }
}
