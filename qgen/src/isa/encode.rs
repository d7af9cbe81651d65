//! Machine words. Instructions cannot fail: an [`Inst`] holds only what its row can encode.

use super::inst::Inst;
use super::row::{Branch, Imm};

/// The word of `inst`, whose registers are the machine's.
pub fn encode(inst: &Inst) -> u32 {
    let row = inst.row();
    let registers = row
        .slots
        .iter()
        .zip(inst.regs())
        .fold(0, |word, (slot, reg)| word | (u32::from(reg.0) & 31) << slot.bit);
    row.word | registers | immediate(row.imm, inst.imm())
}

fn immediate(kind: Imm, value: i64) -> u32 {
    let field = |value: i64, width: u32, bit: u32| (value as u32 & ((1 << width) - 1)) << bit;
    match kind {
        Imm::None => 0,
        Imm::Scaled12 { scale } => field(value / i64::from(scale), 12, 10),
        Imm::Signed9 => field(value, 9, 12),
        Imm::Scaled7 { scale } => field(value / i64::from(scale), 7, 15),
        Imm::Wide16 => field(value, 16, 5),
        Imm::Byte => field(value >> 5, 3, 16) | field(value, 5, 5),
        Imm::ShiftRight8 => field(8 - value, 3, 16),
        Imm::ShiftLeft8 => field(value, 3, 16),
        Imm::ShiftRight64 => field(value, 6, 16),
        Imm::ShiftLeft64 => field(64 - value, 6, 16) | field(63 - value, 6, 10),
        Imm::OperandShift64 => field(value, 6, 10),
        Imm::LowMask64 => field(value - 1, 6, 10),
        Imm::LaneImm5 { bits } => {
            let size = i64::from(bits / 8);
            field(value * 2 * size + size, 5, 16)
        }
        Imm::ShiftRight32 => field(32 - value, 5, 16),
        Imm::StoreLane { bits } => {
            let byte = value * i64::from(bits / 8);
            field(byte >> 3, 1, 30) | field(byte >> 2, 1, 12) | field(byte, 2, 10)
        }
        Imm::LaneByElementS => field(value >> 1, 1, 11) | field(value, 1, 21),
    }
}

/// The word of a branch to an instruction `distance` words further on (negative: back).
///
/// # Panics
/// If the branch does not reach so far, a megabyte: the planner bounds the length of main loops far below.
pub fn encode_branch(branch: Branch, distance: i32) -> u32 {
    let reach = 1 << 18;
    let reaches = branch == Branch::Return || (-reach..reach).contains(&distance);
    assert!(reaches, "a branch over {distance} words");
    let imm19 = (distance as u32 & 0x7_ffff) << 5;
    match branch {
        Branch::IfZero(x) => 0xb400_0000 | imm19 | u32::from(x),
        Branch::IfNonZero(x) => 0xb500_0000 | imm19 | u32::from(x),
        Branch::Always => 0x1400_0000 | (distance as u32 & 0x3ff_ffff),
        Branch::Return => 0xd65f_03c0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_reach_a_megabyte() {
        assert_eq!(encode_branch(Branch::IfZero(1), (1 << 18) - 1), 0xb47f_ffe1);
        assert_eq!(encode_branch(Branch::IfNonZero(1), -(1 << 18)), 0xb580_0001);
    }

    #[test]
    #[should_panic(expected = "a branch over 262144 words")]
    fn a_branch_that_does_not_reach_is_no_other_branch() {
        encode_branch(Branch::IfZero(1), 1 << 18);
    }
}
