//! What an instruction does, as data: read by the interpreter over any value domain.

/// The effect of an instruction.
#[derive(Clone, Copy, Debug)]
pub enum Meaning {
    /// Every lane of operand 0 is computed.
    Lanes(Lanes),
    /// Memory is read or written.
    Memory(Memory),
    /// A core register is computed.
    Scalar(Scalar),
}

/// For lane i of `count` lanes of `bits` bits: `out[i] = expr` modulo 2^bits.
#[derive(Clone, Copy, Debug)]
pub struct Lanes {
    /// Bits of a result lane.
    pub bits: u8,
    /// How many result lanes.
    pub count: u8,
    /// The value of lane i, a mathematical integer (or the bits of a float).
    pub expr: &'static Expr,
}

/// The value of one lane. Integers have no width until the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A lane of a register operand.
    Lane {
        /// Which operand.
        operand: u8,
        /// Bits of its lanes.
        bits: u8,
        /// Whether a lane is read as a signed number.
        signed: bool,
        /// Which lane.
        at: At,
    },
    /// Zero.
    Zero,
    /// The immediate.
    Immediate,
    /// The sum of two values.
    Add(&'static Expr, &'static Expr),
    /// The difference of two values.
    Sub(&'static Expr, &'static Expr),
    /// The product of two values.
    Mul(&'static Expr, &'static Expr),
    /// Bits that are set in both.
    And(&'static Expr, &'static Expr),
    /// Bits that are set in one of both.
    Xor(&'static Expr, &'static Expr),
    /// Bits that are set in the first and not in the second.
    AndNot(&'static Expr, &'static Expr),
    /// How many bits are set.
    CountOnes(&'static Expr),
    /// The value shifted right by the immediate; copies of the sign come in for signed values.
    ShiftRight(&'static Expr),
    /// The value shifted left by the immediate.
    ShiftLeft(&'static Expr),
    /// A step of a kernel's end, of one value or two.
    Step(Step, &'static Expr, Option<&'static Expr>),
    /// The sum of an expression over j from 0 to below the count.
    Sum(u8, &'static Expr),
    /// `a + b` in f32, rounded to nearest even.
    FloatAdd(&'static Expr, &'static Expr),
    /// `a·b + c` in f32, rounded once.
    FloatMulAdd(&'static Expr, &'static Expr, &'static Expr),
    /// The first expression for even i, the second for odd i; both with i/2 for i.
    Alternate(&'static Expr, &'static Expr),
    /// The first expression for the lower half of the lanes, the second for the upper half; both
    /// with i counted from the beginning of the half.
    Halves(&'static Expr, &'static Expr),
}

/// What ends of kernels are made of. Proofs know no more of a step than its name: results are compared with
/// the list of steps that an end has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// a · 2^b, where b, the low byte as a signed number, may be negative: then rounded down.
    ShiftBy,
    /// a · 2^b modulo the lane; where b is negative rounded to nearest, ties up.
    RoundingShiftBy,
    /// ⌊(a · b + 2³⁰) / 2³¹⌋.
    DoublingHigh,
    /// The nearest number that a lane of so many bits holds.
    Saturate {
        /// Bits of the lane.
        bits: u8,
        /// Whether it is signed.
        signed: bool,
    },
    /// The larger of two.
    Max,
    /// The smaller of two.
    Min,
    /// The f32 next to a, ties to even.
    FloatOf,
    /// a · b in f32.
    FloatMul,
    /// The larger of two floats; −0 is below 0, NaN wins.
    FloatMax,
    /// The smaller of two floats; −0 is below 0, NaN wins.
    FloatMin,
}

/// Which lane an expression reads while lane i is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Lane `stride·i + offset + j`, where j counts inside a [`Expr::Sum`] and is 0 outside.
    Affine {
        /// Lanes from one i to the next.
        stride: u8,
        /// Lane for i = 0.
        offset: u8,
    },
    /// The lane that the immediate operand names.
    Immediate,
    /// Lane `4·immediate + j`: one of four lanes of a group that the immediate names.
    Quad,
}

/// Reading or writing memory. Registers come first in the operand list, then the address.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Whether memory is written.
    pub store: bool,
    /// Registers moved: 1 or 2.
    pub registers: u8,
    /// Bytes moved for each register.
    pub bytes: u8,
    /// How the bytes stand in the register.
    pub whole: Whole,
    /// How the address is formed.
    pub address: Address,
}

/// How the bytes of memory stand in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// At the bottom; the rest becomes zero.
    Low,
    /// In every lane of that size.
    EveryLane,
    /// In the lane of that size that the immediate names: only stored from there.
    Lane,
}

/// How an address is formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Base register plus immediate.
    Offset,
    /// The base register.
    Base,
    /// The base register, which is advanced by the immediate afterwards.
    PostIndex,
    /// The base register, which is advanced by the number of bytes moved afterwards.
    PostIndexSize,
    /// The base register, which is advanced by the register before it in the operand list afterwards.
    PostIndexRegister,
    /// The stack pointer plus immediate.
    Stack,
    /// The stack pointer, which moves by the immediate before.
    StackPush,
    /// The stack pointer, which moves by the immediate afterwards.
    StackPop,
}

/// Arithmetic on 64-bit core registers, modulo 2⁶⁴. `a`, `b`, `c` are the operands after the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// a
    Move,
    /// a + b
    Add,
    /// a + b · 2^immediate
    AddShifted,
    /// a − b
    Sub,
    /// a + immediate
    AddImm,
    /// a − immediate
    SubImm,
    /// immediate
    MoveImm,
    /// The result's low 16 bits with the immediate at bits 16–31.
    KeepImm16,
    /// a·b + c
    MulAdd,
    /// a >> immediate
    ShiftRight,
    /// a << immediate
    ShiftLeft,
    /// a, its low (immediate) bits only
    LowBits,
    /// Sets the flags by a − b; no result (operands a and b come first).
    Compare,
    /// a if the flags say unsigned lower, else b
    SelectLower,
    /// Nothing that a program could see: the line of memory at a + immediate is asked for (a comes first).
    Prefetch,
    /// Nothing at all.
    Nop,
}
