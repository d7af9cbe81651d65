//! Operand combinations of every row, for comparison with an outside assembler.

use super::encode::encode;
use super::inst::{Inst, Reg};
use super::print::{RegNames, print};
use super::row::{Imm, Unit};
use super::table::TABLE;

const COMBINATIONS: usize = 24;

/// For every row at least 20 combinations of operands, extremes included, as text and as our word
/// (fewer only where a row has fewer).
pub fn samples() -> Vec<(String, u32)> {
    TABLE
        .iter()
        .flat_map(|row| {
            let immediates = immediates(row.imm);
            let count = if row.slots.is_empty() { immediates.len() } else { COMBINATIONS };
            (0..count).map(move |n| {
                let regs: Vec<Reg> =
                    row.slots.iter().enumerate().map(|(i, s)| register(s.unit, n, i)).collect();
                let imm = immediates[n % immediates.len()];
                let inst = Inst::new(row.op, &regs, imm, None).expect("samples fit their rows");
                (print(&inst, &RegNames::Machine), encode(&inst))
            })
        })
        .collect()
}

/// Different for every operand of a combination; over all combinations every bit is 0 and 1.
fn register(unit: Unit, n: usize, slot: usize) -> Reg {
    let number = n * 9 + slot * (5 + n);
    Reg(match unit {
        Unit::V => number % 32,
        Unit::X => number % 31,
    } as u16)
}

fn immediates(kind: Imm) -> Vec<i64> {
    let powers = |bits: u32| (0..bits).map(|b| 1i64 << b);
    match kind {
        Imm::None => vec![0],
        Imm::Scaled12 { scale } => powers(12).chain([0, 4095, 1365]).map(|v| v * i64::from(scale)).collect(),
        Imm::Signed9 => powers(8).chain([0, 255, -256, -1]).collect(),
        Imm::Scaled7 { scale } => powers(6).chain([0, 63, -64, -1]).map(|v| v * i64::from(scale)).collect(),
        Imm::Wide16 => powers(16).chain([0, 65535]).collect(),
        Imm::Byte => powers(8).chain([0, 3, 15, 85, 170, 255]).collect(),
        Imm::ShiftRight8 | Imm::ShiftLeft8 => (1..8).collect(),
        Imm::ShiftRight64 | Imm::ShiftLeft64 | Imm::OperandShift64 | Imm::LowMask64 => {
            vec![1, 2, 3, 4, 8, 16, 31, 32, 33, 62, 63]
        }
        Imm::ShiftRight32 => (1..=32).collect(),
        Imm::StoreLane { bits } | Imm::LaneImm5 { bits } => (0..128 / i64::from(bits)).collect(),
        Imm::LaneByElementS => (0..4).collect(),
    }
}
