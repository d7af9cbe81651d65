//! One instruction of a program.

use super::row::{Class, Imm, Role, Row, Unit};
use super::table::{Op, TABLE};
use std::fmt;

/// A register by number: of a program's list before allocation, of the machine after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reg(pub u16);

/// The memory that an instruction touches; different buffers do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Buffer {
    /// The left side.
    Lhs,
    /// The right side.
    Rhs,
    /// The results.
    Out,
    /// `row_add`.
    RowAdd,
    /// `col_add`.
    ColAdd,
    /// The kernel's own stack frame.
    Stack,
}

impl Buffer {
    /// The name in listings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Buffer::Lhs => "lhs",
            Buffer::Rhs => "rhs",
            Buffer::Out => "out",
            Buffer::RowAdd => "row_add",
            Buffer::ColAdd => "col_add",
            Buffer::Stack => "stack",
        }
    }
}

/// An instruction whose operands fit its row: made by [`Inst::new`] alone, so that printing and
/// encoding cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inst {
    op: Op,
    regs: [Reg; 4],
    imm: i32,
    buffer: Option<Buffer>,
}

/// An operand that an instruction cannot have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadOperand {
    op: Op,
    what: String,
}

impl fmt::Display for BadOperand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot have {}", TABLE[self.op as usize].text, self.what)
    }
}

impl std::error::Error for BadOperand {}

impl Inst {
    /// The instruction `op` on `regs`, in the order of the row's slots, with its immediate (0 where
    /// the row has none).
    ///
    /// # Errors
    /// If the number of registers is not the row's or the immediate cannot be encoded.
    pub fn new(op: Op, regs: &[Reg], imm: i64, buffer: Option<Buffer>) -> Result<Inst, BadOperand> {
        let row = &TABLE[op as usize];
        if regs.len() != row.slots.len() {
            return Err(BadOperand { op, what: format!("{} registers", regs.len()) });
        }
        if !row.imm.holds(imm) {
            return Err(BadOperand { op, what: format!("the immediate {imm} ({:?})", row.imm) });
        }
        let mut four = [Reg(0); 4];
        four[..regs.len()].copy_from_slice(regs);
        Ok(Inst { op, regs: four, imm: imm as i32, buffer })
    }

    /// Which instruction.
    pub fn op(&self) -> Op {
        self.op
    }

    /// Its row of the table.
    pub fn row(&self) -> &'static Row {
        &TABLE[self.op as usize]
    }

    /// Its cost class.
    pub fn class(&self) -> Class {
        self.row().class
    }

    /// Its registers, in the order of the row's slots.
    pub fn regs(&self) -> &[Reg] {
        &self.regs[..self.row().slots.len()]
    }

    /// Its immediate, 0 if it has none.
    pub fn imm(&self) -> i64 {
        i64::from(self.imm)
    }

    /// The memory it touches.
    pub fn buffer(&self) -> Option<Buffer> {
        self.buffer
    }

    /// The registers it reads.
    pub fn reads(&self) -> impl Iterator<Item = (Unit, Reg)> + '_ {
        self.with_role(Role::reads)
    }

    /// The registers it writes.
    pub fn writes(&self) -> impl Iterator<Item = (Unit, Reg)> + '_ {
        self.with_role(Role::writes)
    }

    fn with_role(&self, wanted: fn(Role) -> bool) -> impl Iterator<Item = (Unit, Reg)> + '_ {
        let slots = self.row().slots.iter().zip(self.regs);
        slots.filter(move |(slot, _)| wanted(slot.role)).map(|(slot, reg)| (slot.unit, reg))
    }

    /// The same instruction on other registers.
    pub fn map_regs(&self, mut f: impl FnMut(Unit, Reg) -> Reg) -> Inst {
        let mut inst = *self;
        for (slot, reg) in self.row().slots.iter().zip(&mut inst.regs) {
            *reg = f(slot.unit, *reg);
        }
        inst
    }
}

impl Imm {
    /// Whether the row can encode `value`.
    pub fn holds(self, value: i64) -> bool {
        let scaled =
            |scale: i64, lo: i64, hi: i64| value % scale == 0 && (lo..=hi).contains(&(value / scale));
        match self {
            Imm::None => value == 0,
            Imm::Scaled12 { scale } => scaled(scale.into(), 0, 4095),
            Imm::Signed9 => scaled(1, -256, 255),
            Imm::Scaled7 { scale } => scaled(scale.into(), -64, 63),
            Imm::Wide16 => scaled(1, 0, 65535),
            Imm::Byte => scaled(1, 0, 255),
            Imm::ShiftRight8 | Imm::ShiftLeft8 => scaled(1, 1, 7),
            Imm::ShiftRight64 | Imm::ShiftLeft64 | Imm::OperandShift64 | Imm::LowMask64 => scaled(1, 1, 63),
            Imm::ShiftRight32 => scaled(1, 1, 32),
            Imm::StoreLane { bits } | Imm::LaneImm5 { bits } => scaled(1, 0, 128 / i64::from(bits) - 1),
            Imm::LaneByElementS => scaled(1, 0, 3),
        }
    }
}
