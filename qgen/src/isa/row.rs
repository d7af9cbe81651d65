//! What a row of the instruction table is made of.

use super::meaning::Meaning;
use super::table::Op;
use qgen_spec::Isa;

/// The register file that an operand names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// v0–v31.
    V,
    /// x0–x30.
    X,
}

/// What an instruction does with a register operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Only written.
    Out,
    /// Only read.
    In,
    /// Read and written.
    InOut,
}

impl Role {
    /// Whether the operand is read.
    pub fn reads(self) -> bool {
        self != Role::Out
    }

    /// Whether the operand is written.
    pub fn writes(self) -> bool {
        self != Role::In
    }
}

/// A register operand: its role, its register file, and the bit of the word at which its number
/// stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Read, written or both.
    pub role: Role,
    /// Which register file.
    pub unit: Unit,
    /// The lowest bit of its five in the word.
    pub bit: u8,
}

/// The immediate operand of a row: what it may be, and where it stands in the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imm {
    /// There is none.
    None,
    /// A multiple of `scale`, 0..=4095·scale, 12 bits at bit 10.
    Scaled12 {
        /// Bytes that the offset is counted in.
        scale: u16,
    },
    /// −256..=255, 9 bits at bit 12.
    Signed9,
    /// A multiple of `scale`, −64·scale..=63·scale, 7 bits at bit 15.
    Scaled7 {
        /// Bytes that the offset is counted in.
        scale: u8,
    },
    /// 0..=65535 at bit 5.
    Wide16,
    /// 0..=255: three bits at bit 16, five at bit 5.
    Byte,
    /// A right shift of 8-bit lanes, 1..=7, in bits 16–18.
    ShiftRight8,
    /// A left shift of 8-bit lanes, 1..=7, in bits 16–18.
    ShiftLeft8,
    /// A right shift of 32-bit lanes, 1..=32, in bits 16–20.
    ShiftRight32,
    /// A lane of `bits` bits of a register that is stored from there: bits 30, 12 and 10–11.
    StoreLane {
        /// Lane size.
        bits: u8,
    },
    /// A right shift of a 64-bit register, 1..=63, at bit 16.
    ShiftRight64,
    /// A left shift of a 64-bit register, 1..=63: two fields.
    ShiftLeft64,
    /// A left shift of the last 64-bit operand, 1..=63, at bit 10.
    OperandShift64,
    /// The number of low one bits of a 64-bit mask, 1..=63: printed as the mask.
    LowMask64,
    /// A lane of `bits`-bit elements in `imm5` (bit 16).
    LaneImm5 {
        /// Element size.
        bits: u8,
    },
    /// A lane of four 32-bit elements, in bits 11 and 21.
    LaneByElementS,
}

/// The class by which a core's table knows what an instruction costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// `mul` of 128-bit byte vectors.
    Mul,
    /// `mla` of 128-bit byte vectors.
    Mla,
    /// `smull`, `umull` and their upper-half forms.
    MulLong,
    /// `smlal`, `umlal` and their upper-half forms.
    MlaLong,
    /// `fmla` of four floats.
    FpMla,
    /// `fadd` of four floats.
    FpAdd,
    /// `sdot`, `udot` and `usdot`.
    Dot,
    /// `smmla`, `ummla` and `usmmla`.
    Mmla,
    /// Vector add and subtract.
    VecAdd,
    /// Vector logic.
    VecLogic,
    /// `cnt`.
    Count,
    /// `saddlp`, `uaddlp` and `addp`.
    PairAdd,
    /// `sadalp` and `uadalp`.
    PairAcc,
    /// `zip`, `trn`, and `dup` of an element.
    Permute,
    /// `ins` of a core register into a lane.
    Insert,
    /// Shifts, `sshll` and `ushll`.
    Shift,
    /// `movi`.
    VecImm,
    /// A 128-bit load.
    LoadQ,
    /// A vector load of 64 bits or fewer.
    LoadD,
    /// A load of one core register; and a request for a line, which goes down the same pipes.
    LoadX,
    /// A load that is repeated to all lanes.
    LoadRep,
    /// Two 64-bit loads.
    LoadPairD,
    /// Two 128-bit loads.
    LoadPairQ,
    /// A 128-bit store.
    StoreQ,
    /// A vector store of 64 bits or fewer.
    StoreD,
    /// Two 64-bit stores.
    StorePairD,
    /// Two 128-bit stores.
    StorePairQ,
    /// Integer arithmetic and moves on core registers.
    IntAlu,
    /// Integer multiplication of core registers.
    IntMul,
    /// Branches.
    Branch,
}

impl Class {
    /// Every class.
    pub const ALL: &[Class] = &[
        Class::Mul,
        Class::Mla,
        Class::MulLong,
        Class::MlaLong,
        Class::FpMla,
        Class::FpAdd,
        Class::Dot,
        Class::Mmla,
        Class::VecAdd,
        Class::VecLogic,
        Class::Count,
        Class::PairAdd,
        Class::PairAcc,
        Class::Permute,
        Class::Insert,
        Class::Shift,
        Class::VecImm,
        Class::LoadQ,
        Class::LoadD,
        Class::LoadX,
        Class::LoadRep,
        Class::LoadPairD,
        Class::LoadPairQ,
        Class::StoreQ,
        Class::StoreD,
        Class::StorePairD,
        Class::StorePairQ,
        Class::IntAlu,
        Class::IntMul,
        Class::Branch,
    ];

    /// The class's key in a core's table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Mul => "mul",
            Class::Mla => "mla",
            Class::MulLong => "mul-long",
            Class::MlaLong => "mla-long",
            Class::FpMla => "fp-mla",
            Class::FpAdd => "fp-add",
            Class::Dot => "dot",
            Class::Mmla => "mmla",
            Class::VecAdd => "vec-add",
            Class::VecLogic => "vec-logic",
            Class::Count => "count",
            Class::PairAdd => "pair-add",
            Class::PairAcc => "pair-acc",
            Class::Permute => "permute",
            Class::Insert => "insert",
            Class::Shift => "shift",
            Class::VecImm => "vec-imm",
            Class::LoadQ => "load-q",
            Class::LoadD => "load-d",
            Class::LoadX => "load-x",
            Class::LoadRep => "load-rep",
            Class::LoadPairD => "load-pair-d",
            Class::LoadPairQ => "load-pair-q",
            Class::StoreQ => "store-q",
            Class::StoreD => "store-d",
            Class::StorePairD => "store-pair-d",
            Class::StorePairQ => "store-pair-q",
            Class::IntAlu => "int-alu",
            Class::IntMul => "int-mul",
            Class::Branch => "branch",
        }
    }

    /// The instruction-set level that has instructions of this class.
    pub const fn isa(self) -> Isa {
        match self {
            Class::Dot => Isa::Dotprod,
            Class::Mmla => Isa::I8mm,
            _ => Isa::Neon,
        }
    }

    /// Whether the instruction reads memory.
    pub fn is_load(self) -> bool {
        matches!(
            self,
            Class::LoadQ | Class::LoadD | Class::LoadX | Class::LoadRep | Class::LoadPairD | Class::LoadPairQ
        )
    }

    /// Whether the instruction writes memory.
    pub fn is_store(self) -> bool {
        matches!(self, Class::StoreQ | Class::StoreD | Class::StorePairD | Class::StorePairQ)
    }

    /// Whether the instruction runs in the vector unit (memory operations do not count).
    pub fn is_vector(self) -> bool {
        self < Class::LoadQ
    }
}

/// One instruction.
#[derive(Debug)]
pub struct Row {
    /// Its name in the compiler.
    pub op: Op,
    /// GNU text; `%0`… stand for register numbers, `%i` for the immediate.
    pub text: &'static str,
    /// The word with every operand 0.
    pub word: u32,
    /// Register operands in the order of [`Inst::regs`](super::Inst::regs).
    pub slots: &'static [Slot],
    /// The immediate operand.
    pub imm: Imm,
    /// Whether it sets the condition flags.
    pub sets_flags: bool,
    /// Whether it reads the condition flags.
    pub reads_flags: bool,
    /// What it needs.
    pub isa: Isa,
    /// What it costs.
    pub class: Class,
    /// What it does.
    pub meaning: Meaning,
    /// Where the Arm Architecture Reference Manual for A-profile (DDI 0487) describes it.
    pub manual: &'static str,
}

impl Row {
    /// The first word of the text.
    pub fn mnemonic(&self) -> &'static str {
        self.text.split(' ').next().unwrap_or(self.text)
    }
}

/// Instructions that end a block. They are not in [`super::Inst`]: the program's structure implies
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// `cbz xN, label`.
    IfZero(u8),
    /// `cbnz xN, label`.
    IfNonZero(u8),
    /// `b label`.
    Always,
    /// `ret`.
    Return,
}
