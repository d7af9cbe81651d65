//! The sample instructions that an outside assembler gives its words for.

use qgen::isa::{self, Branch};

/// GNU text and our word of at least 20 operand combinations of every instruction, branches included.
pub fn samples() -> Vec<(String, u32)> {
    let mut samples = isa::samples();
    let distances = (0..18).map(|bit| 1 << bit).chain([0, -1, -2, -1000, 0x3_ffff, -0x4_0000]);
    for (n, distance) in distances.enumerate() {
        let register = (n * 7 % 31) as u8;
        for branch in [Branch::IfZero(register), Branch::IfNonZero(register), Branch::Always] {
            // In place of a label, the assembler takes the distance in bytes.
            let text = isa::print_branch(branch, &format!("#{}", 4 * distance));
            samples.push((text, isa::encode_branch(branch, distance)));
        }
    }
    samples.push((isa::print_branch(Branch::Return, ""), isa::encode_branch(Branch::Return, 0)));
    samples
}
