//! Machine words back to instructions: the encoder, turned round.

use super::encode::encode;
use super::inst::{Inst, Reg};
use super::row::{Imm, Row};
use super::table::TABLE;

/// The instruction of the table with this word, without the memory that it touches; `None` where the table has none.
/// Of rows with the same word, which differ only in how they read lanes, the first.
///
/// What it answers is what [`encode`] makes this very word of: fields are taken out as the row says, and what does not
/// come back to the word was another instruction.
pub fn decode(word: u32) -> Option<Inst> {
    TABLE.iter().find_map(|row| {
        let registers: Vec<Reg> = row.slots.iter().map(|slot| Reg((word >> slot.bit & 31) as u16)).collect();
        let inst = Inst::new(row.op, &registers, immediate(row, word)?, None).ok()?;
        (encode(&inst) == word).then_some(inst)
    })
}

/// The immediate that the row's fields hold.
fn immediate(row: &Row, word: u32) -> Option<i64> {
    let field = |width: u32, bit: u32| i64::from(word >> bit & ((1 << width) - 1));
    let signed = |width: u32, bit: u32| {
        let value = field(width, bit);
        if value >> (width - 1) == 1 { value - (1 << width) } else { value }
    };
    Some(match row.imm {
        Imm::None => 0,
        Imm::Scaled12 { scale } => field(12, 10) * i64::from(scale),
        Imm::Signed9 => signed(9, 12),
        Imm::Scaled7 { scale } => signed(7, 15) * i64::from(scale),
        Imm::Wide16 => field(16, 5),
        Imm::Byte => field(3, 16) << 5 | field(5, 5),
        Imm::ShiftRight8 => 8 - field(3, 16),
        Imm::ShiftLeft8 => field(3, 16),
        Imm::ShiftRight32 => 32 - field(5, 16),
        Imm::StoreLane { bits } => {
            let byte = field(1, 30) << 3 | field(1, 12) << 2 | field(2, 10);
            byte / i64::from(bits / 8)
        }
        Imm::ShiftRight64 => field(6, 16),
        Imm::ShiftLeft64 => 64 - field(6, 16),
        Imm::OperandShift64 => field(6, 10),
        Imm::LowMask64 => field(6, 10) + 1,
        Imm::LaneImm5 { bits } => {
            let size = i64::from(bits / 8);
            (field(5, 16) - size) / (2 * size)
        }
        Imm::LaneByElementS => field(1, 11) << 1 | field(1, 21),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{RegNames, print, samples};

    #[test]
    fn every_sample_comes_back() {
        for (text, word) in samples() {
            let inst = decode(word).unwrap_or_else(|| panic!("{text}: {word:#010x}"));
            assert_eq!((encode(&inst), print(&inst, &RegNames::Machine)), (word, text));
        }
    }

    #[test]
    fn what_the_table_does_not_have_is_nothing() {
        // `nop`, `sdiv x0, x1, x2`, `fdiv v0.4s, v1.4s, v2.4s`, and a word that is no instruction.
        for word in [0xd503_201f, 0x9ac2_0c20, 0x6e22_fc20, 0] {
            assert_eq!(decode(word), None, "{word:#010x}");
        }
    }
}
