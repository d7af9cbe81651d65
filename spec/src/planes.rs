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

    /// Which bit of a *stored* byte ([`PlaneCode::shift`] subtracted) is the bit of plane `plane`.
    pub const fn stored_bit(self, plane: u8) -> u8 {
        match self {
            // A byte is negative if its highest bit is set; of −1, 0 and 1 the lowest bit says which is 0.
            PlaneCode::Sign => 7,
            PlaneCode::Ternary => 7 * plane,
            PlaneCode::Binary { .. } => plane,
        }
    }

    /// Sets the bits of a stored value at depth p, of which `place` begins with the byte of the first
    /// plane. They were 0 before.
    pub fn store(self, stored: u8, p: usize, place: &mut [u8]) {
        for plane in 0..self.planes() {
            place[16 * usize::from(plane)] |= (stored >> self.stored_bit(plane) & 1) << (p % 8);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operand, Range};

    #[test]
    fn bits_of_stored_bytes_are_the_code() {
        let int = |lo, hi| Operand::Int(Range::new(lo, hi).unwrap());
        for operand in [Operand::Binary, int(-1, 1), int(-2, 1), int(0, 1), int(-4, 3), int(0, 6), int(5, 8)]
        {
            let code = PlaneCode::of(operand).unwrap();
            let range = operand.range().unwrap();
            for value in (range.lo()..=range.hi()).filter(|&v| operand.contains(v)) {
                let stored = (value - code.shift()) as u8;
                let bits = (0..code.planes()).fold(0, |all, q| all | (stored >> code.stored_bit(q) & 1) << q);
                assert_eq!(bits, code.encode(value), "{operand}: {value}");
            }
        }
        assert_eq!(PlaneCode::of(int(-8, 7)), None);
        assert_eq!(PlaneCode::of(int(3, 3)), None, "a constant has no bits");
    }
}
