//! Bit planes: how the values of a narrow operand become bits.

use crate::Operand;

/// How a value is written in bits, one bit to a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlaneCode {
    /// −1 and 1, one plane: 1 for −1.
    Sign,
    /// −1, 0 and 1, two planes: not zero, and negative.
    Ternary,
    /// `value − lo` in binary, the lowest bit first.
    Binary {
        /// Planes, 1 to 3.
        planes: u8,
        /// The value that is written as 0.
        lo: i16,
    },
}

impl PlaneCode {
    /// The code of an operand; `None` if it needs more than three planes.
    pub const fn of(operand: Operand) -> Option<PlaneCode> {
        match operand {
            Operand::Binary => Some(PlaneCode::Sign),
            Operand::Int(r) if r.lo() == -1 && r.hi() == 1 => Some(PlaneCode::Ternary),
            Operand::Int(r) => {
                let span = (r.hi() - r.lo()) as u16;
                let planes = 16 - span.leading_zeros();
                if planes >= 1 && planes <= 3 {
                    Some(PlaneCode::Binary { planes: planes as u8, lo: r.lo() })
                } else {
                    None
                }
            }
            Operand::F32 => None,
        }
    }

    /// How many planes.
    pub const fn planes(self) -> u8 {
        match self {
            PlaneCode::Sign => 1,
            PlaneCode::Ternary => 2,
            PlaneCode::Binary { planes, .. } => planes,
        }
    }

    /// The bits of a value, bit q for plane q.
    pub const fn encode(self, value: i16) -> u8 {
        match self {
            PlaneCode::Sign => (value < 0) as u8,
            PlaneCode::Ternary => (value != 0) as u8 | ((value < 0) as u8) << 1,
            PlaneCode::Binary { lo, .. } => (value - lo) as u8,
        }
    }

    /// What is subtracted from a value before its bits count as a number.
    pub const fn shift(self) -> i16 {
        match self {
            PlaneCode::Binary { lo, .. } => lo,
            PlaneCode::Sign | PlaneCode::Ternary => 0,
        }
    }
}
