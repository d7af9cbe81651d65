//! The table. One row is one instruction; nothing else knows about it.
//!
//! `Name: "text", word, [operands], immediate, class, meaning, "manual page";`
//!
//! * In the text `%0`… are the register operands, `%i` the immediate.
//! * An operand is `out|in|io`, `V` or `X`, and the lowest bit of its number in the word.
//! * A meaning is `lanes!(bits x count = expression)` with `s!`/`u!(operand, bits, lane)` for a
//!   signed or unsigned lane, or `load!`, `store!`, `scalar!`.

use super::meaning::{Address, At, Expr, Lanes, Meaning, Memory, Scalar, Step, Whole};
use super::row::{Class, Imm, Role, Row, Slot, Unit};
use qgen_spec::Isa;

macro_rules! role {
    (out) => {
        Role::Out
    };
    (in) => {
        Role::In
    };
    (io) => {
        Role::InOut
    };
}

macro_rules! isa {
    () => {
        Isa::Neon
    };
    ($isa:ident) => {
        Isa::$isa
    };
}

macro_rules! at {
    (imm) => {
        At::Immediate
    };
    (quad) => {
        At::Quad
    };
    (i) => {
        At::Affine { stride: 1, offset: 0 }
    };
    (i + $o:literal) => {
        At::Affine { stride: 1, offset: $o }
    };
    ($s:literal * i) => {
        At::Affine { stride: $s, offset: 0 }
    };
    ($s:literal * i + $o:literal) => {
        At::Affine { stride: $s, offset: $o }
    };
}

/// A lane read as a signed number.
macro_rules! s {
    ($operand:literal, $bits:literal, $($at:tt)+) => {
        &Expr::Lane { operand: $operand, bits: $bits, signed: true, at: at!($($at)+) }
    };
}

/// A lane read as an unsigned number (or as plain bits).
macro_rules! u {
    ($operand:literal, $bits:literal, $($at:tt)+) => {
        &Expr::Lane { operand: $operand, bits: $bits, signed: false, at: at!($($at)+) }
    };
}

macro_rules! add {
    ($a:expr, $b:expr) => {
        &Expr::Add($a, $b)
    };
}
macro_rules! sub {
    ($a:expr, $b:expr) => {
        &Expr::Sub($a, $b)
    };
}
macro_rules! mul {
    ($a:expr, $b:expr) => {
        &Expr::Mul($a, $b)
    };
}
macro_rules! sum {
    ($n:literal, $a:expr) => {
        &Expr::Sum($n, $a)
    };
}
macro_rules! step {
    ($step:ident, $a:expr $(, $b:expr)?) => {
        &Expr::Step(Step::$step, $a, step!(@ $($b)?))
    };
    (@) => {
        None
    };
    (@ $b:expr) => {
        Some($b)
    };
}
macro_rules! saturate {
    ($sign:ident, $bits:literal, $a:expr) => {
        &Expr::Step(Step::Saturate { bits: $bits, signed: $sign }, $a, None)
    };
}
macro_rules! alternate {
    ($a:expr, $b:expr) => {
        &Expr::Alternate($a, $b)
    };
}
macro_rules! halves {
    ($a:expr, $b:expr) => {
        &Expr::Halves($a, $b)
    };
}

macro_rules! lanes {
    ($bits:literal x $count:literal = $expr:expr) => {
        Meaning::Lanes(Lanes { bits: $bits, count: $count, expr: $expr })
    };
}

macro_rules! memory {
    ($store:literal, $registers:literal, $bytes:literal, $whole:ident, $address:ident) => {
        Meaning::Memory(Memory {
            store: $store,
            registers: $registers,
            bytes: $bytes,
            whole: Whole::$whole,
            address: Address::$address,
        })
    };
}

macro_rules! load {
    ($r:literal x $b:literal $w:ident $a:ident) => {
        memory!(false, $r, $b, $w, $a)
    };
}
macro_rules! store {
    ($r:literal x $b:literal $w:ident $a:ident) => {
        memory!(true, $r, $b, $w, $a)
    };
}
macro_rules! scalar {
    ($op:ident) => {
        Meaning::Scalar(Scalar::$op)
    };
}

macro_rules! table {
    ($($name:ident: $text:literal, $word:literal, [$($role:tt $unit:ident $bit:literal),*], $imm:expr,
       $class:ident, $meaning:expr, $manual:literal $(, $isa:ident)?;)*) => {
        /// The instructions, by name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each is described by its row")]
        pub enum Op { $($name),* }

        /// The instruction table; `TABLE[op as usize]` is the row of `op`.
        pub static TABLE: &[Row] = &[$(Row {
            op: Op::$name,
            text: $text,
            word: $word,
            slots: &[$(Slot { role: role!($role), unit: Unit::$unit, bit: $bit }),*],
            imm: $imm,
            sets_flags: matches!($meaning, Meaning::Scalar(Scalar::Compare)),
            reads_flags: matches!($meaning, Meaning::Scalar(Scalar::SelectLower)),
            isa: isa!($($isa)?),
            class: Class::$class,
            meaning: $meaning,
            manual: $manual,
        }),*];
    };
}

table! {
    // Zero and copies.
    MoviZero: "movi v%0.2d, #0", 0x6f00e400, [out V 0], Imm::None,
        VecImm, lanes!(64 x 2 = &Expr::Zero), "C7.2.215 MOVI";
    DupB16: "dup v%0.16b, v%1.b[%i]", 0x4e000400, [out V 0, in V 5], Imm::LaneImm5 { bits: 8 },
        Permute, lanes!(8 x 16 = u!(1, 8, imm)), "C7.2.40 DUP (element)";
    DupB8: "dup v%0.8b, v%1.b[%i]", 0x0e000400, [out V 0, in V 5], Imm::LaneImm5 { bits: 8 },
        Permute, lanes!(8 x 8 = u!(1, 8, imm)), "C7.2.40 DUP (element)";

    // 8-bit products in 16-bit lanes.
    Smull: "smull v%0.8h, v%1.8b, v%2.8b", 0x0e20c000, [out V 0, in V 5, in V 16], Imm::None,
        MulLong, lanes!(16 x 8 = mul!(s!(1, 8, i), s!(2, 8, i))), "C7.2.308 SMULL, SMULL2 (vector)";
    Smull2: "smull2 v%0.8h, v%1.16b, v%2.16b", 0x4e20c000, [out V 0, in V 5, in V 16], Imm::None,
        MulLong, lanes!(16 x 8 = mul!(s!(1, 8, i + 8), s!(2, 8, i + 8))), "C7.2.308 SMULL, SMULL2 (vector)";
    Smlal: "smlal v%0.8h, v%1.8b, v%2.8b", 0x0e208000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(16 x 8 = add!(s!(0, 16, i), mul!(s!(1, 8, i), s!(2, 8, i)))),
        "C7.2.297 SMLAL, SMLAL2 (vector)";
    Smlal2: "smlal2 v%0.8h, v%1.16b, v%2.16b", 0x4e208000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(16 x 8 = add!(s!(0, 16, i), mul!(s!(1, 8, i + 8), s!(2, 8, i + 8)))),
        "C7.2.297 SMLAL, SMLAL2 (vector)";
    Umull: "umull v%0.8h, v%1.8b, v%2.8b", 0x2e20c000, [out V 0, in V 5, in V 16], Imm::None,
        MulLong, lanes!(16 x 8 = mul!(u!(1, 8, i), u!(2, 8, i))), "C7.2.396 UMULL, UMULL2 (vector)";
    Umull2: "umull2 v%0.8h, v%1.16b, v%2.16b", 0x6e20c000, [out V 0, in V 5, in V 16], Imm::None,
        MulLong, lanes!(16 x 8 = mul!(u!(1, 8, i + 8), u!(2, 8, i + 8))), "C7.2.396 UMULL, UMULL2 (vector)";
    Umlal: "umlal v%0.8h, v%1.8b, v%2.8b", 0x2e208000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(16 x 8 = add!(u!(0, 16, i), mul!(u!(1, 8, i), u!(2, 8, i)))),
        "C7.2.389 UMLAL, UMLAL2 (vector)";
    Umlal2: "umlal2 v%0.8h, v%1.16b, v%2.16b", 0x6e208000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(16 x 8 = add!(u!(0, 16, i), mul!(u!(1, 8, i + 8), u!(2, 8, i + 8)))),
        "C7.2.389 UMLAL, UMLAL2 (vector)";

    // 16-bit products in 32-bit lanes.
    UmlalH: "umlal v%0.4s, v%1.4h, v%2.4h", 0x2e608000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(32 x 4 = add!(s!(0, 32, i), mul!(u!(1, 16, i), u!(2, 16, i)))),
        "C7.2.389 UMLAL, UMLAL2 (vector)";
    Umlal2H: "umlal2 v%0.4s, v%1.8h, v%2.8h", 0x6e608000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(32 x 4 = add!(s!(0, 32, i), mul!(u!(1, 16, i + 4), u!(2, 16, i + 4)))),
        "C7.2.389 UMLAL, UMLAL2 (vector)";
    UmlslH: "umlsl v%0.4s, v%1.4h, v%2.4h", 0x2e60a000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(32 x 4 = sub!(s!(0, 32, i), mul!(u!(1, 16, i), u!(2, 16, i)))),
        "C7.2.391 UMLSL, UMLSL2 (vector)";
    Umlsl2H: "umlsl2 v%0.4s, v%1.8h, v%2.8h", 0x6e60a000, [io V 0, in V 5, in V 16], Imm::None,
        MlaLong, lanes!(32 x 4 = sub!(s!(0, 32, i), mul!(u!(1, 16, i + 4), u!(2, 16, i + 4)))),
        "C7.2.391 UMLSL, UMLSL2 (vector)";

    // 8-bit products in 8-bit lanes. Signed and unsigned meet in the same bits: the row says how
    // the lanes are read, so that a proof can tell whether they fit.
    MulS: "mul v%0.16b, v%1.16b, v%2.16b", 0x4e209c00, [out V 0, in V 5, in V 16], Imm::None,
        Mul, lanes!(8 x 16 = mul!(s!(1, 8, i), s!(2, 8, i))), "C7.2.222 MUL (vector)";
    MlaS: "mla v%0.16b, v%1.16b, v%2.16b", 0x4e209400, [io V 0, in V 5, in V 16], Imm::None,
        Mla, lanes!(8 x 16 = add!(s!(0, 8, i), mul!(s!(1, 8, i), s!(2, 8, i)))), "C7.2.212 MLA (vector)";
    MulU: "mul v%0.16b, v%1.16b, v%2.16b", 0x4e209c00, [out V 0, in V 5, in V 16], Imm::None,
        Mul, lanes!(8 x 16 = mul!(u!(1, 8, i), u!(2, 8, i))), "C7.2.222 MUL (vector)";
    MlaU: "mla v%0.16b, v%1.16b, v%2.16b", 0x4e209400, [io V 0, in V 5, in V 16], Imm::None,
        Mla, lanes!(8 x 16 = add!(u!(0, 8, i), mul!(u!(1, 8, i), u!(2, 8, i)))), "C7.2.212 MLA (vector)";

    // Sums.
    AddBS: "add v%0.16b, v%1.16b, v%2.16b", 0x4e208400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(8 x 16 = add!(s!(1, 8, i), s!(2, 8, i))), "C7.2.2 ADD (vector)";
    AddBU: "add v%0.16b, v%1.16b, v%2.16b", 0x4e208400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(8 x 16 = add!(u!(1, 8, i), u!(2, 8, i))), "C7.2.2 ADD (vector)";
    AddpB: "addp v%0.16b, v%1.16b, v%2.16b", 0x4e20bc00, [out V 0, in V 5, in V 16], Imm::None,
        PairAdd, lanes!(8 x 16 = halves!(
            add!(u!(1, 8, 2 * i), u!(1, 8, 2 * i + 1)),
            add!(u!(2, 8, 2 * i), u!(2, 8, 2 * i + 1)))), "C7.2.5 ADDP (vector)";
    AddS: "add v%0.4s, v%1.4s, v%2.4s", 0x4ea08400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(32 x 4 = add!(s!(1, 32, i), s!(2, 32, i))), "C7.2.2 ADD (vector)";
    SubS: "sub v%0.4s, v%1.4s, v%2.4s", 0x6ea08400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(32 x 4 = sub!(s!(1, 32, i), s!(2, 32, i))), "C7.2.357 SUB (vector)";
    AddpS: "addp v%0.4s, v%1.4s, v%2.4s", 0x4ea0bc00, [out V 0, in V 5, in V 16], Imm::None,
        PairAdd, lanes!(32 x 4 = halves!(
            add!(s!(1, 32, 2 * i), s!(1, 32, 2 * i + 1)),
            add!(s!(2, 32, 2 * i), s!(2, 32, 2 * i + 1)))), "C7.2.5 ADDP (vector)";
    AddH: "add v%0.8h, v%1.8h, v%2.8h", 0x4e608400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(16 x 8 = add!(s!(1, 16, i), s!(2, 16, i))), "C7.2.2 ADD (vector)";
    SubH: "sub v%0.8h, v%1.8h, v%2.8h", 0x6e608400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(16 x 8 = sub!(s!(1, 16, i), s!(2, 16, i))), "C7.2.357 SUB (vector)";
    AddpH: "addp v%0.8h, v%1.8h, v%2.8h", 0x4e60bc00, [out V 0, in V 5, in V 16], Imm::None,
        PairAdd, lanes!(16 x 8 = halves!(
            add!(s!(1, 16, 2 * i), s!(1, 16, 2 * i + 1)),
            add!(s!(2, 16, 2 * i), s!(2, 16, 2 * i + 1)))), "C7.2.5 ADDP (vector)";
    SaddlpH: "saddlp v%0.4s, v%1.8h", 0x4e602800, [out V 0, in V 5], Imm::None,
        PairAdd, lanes!(32 x 4 = add!(s!(1, 16, 2 * i), s!(1, 16, 2 * i + 1))), "C7.2.262 SADDLP";
    UaddlpH: "uaddlp v%0.4s, v%1.8h", 0x6e602800, [out V 0, in V 5], Imm::None,
        PairAdd, lanes!(32 x 4 = add!(u!(1, 16, 2 * i), u!(1, 16, 2 * i + 1))), "C7.2.370 UADDLP";
    SaddlpB: "saddlp v%0.8h, v%1.16b", 0x4e202800, [out V 0, in V 5], Imm::None,
        PairAdd, lanes!(16 x 8 = add!(s!(1, 8, 2 * i), s!(1, 8, 2 * i + 1))), "C7.2.262 SADDLP";
    UaddlpB: "uaddlp v%0.8h, v%1.16b", 0x6e202800, [out V 0, in V 5], Imm::None,
        PairAdd, lanes!(16 x 8 = add!(u!(1, 8, 2 * i), u!(1, 8, 2 * i + 1))), "C7.2.370 UADDLP";
    SadalpB: "sadalp v%0.8h, v%1.16b", 0x4e206800, [io V 0, in V 5], Imm::None,
        PairAcc, lanes!(16 x 8 = add!(s!(0, 16, i), add!(s!(1, 8, 2 * i), s!(1, 8, 2 * i + 1)))),
        "C7.2.259 SADALP";
    UadalpB: "uadalp v%0.8h, v%1.16b", 0x6e206800, [io V 0, in V 5], Imm::None,
        PairAcc, lanes!(16 x 8 = add!(u!(0, 16, i), add!(u!(1, 8, 2 * i), u!(1, 8, 2 * i + 1)))),
        "C7.2.367 UADALP";
    SadalpH: "sadalp v%0.4s, v%1.8h", 0x4e606800, [io V 0, in V 5], Imm::None,
        PairAcc, lanes!(32 x 4 = add!(s!(0, 32, i), add!(s!(1, 16, 2 * i), s!(1, 16, 2 * i + 1)))),
        "C7.2.259 SADALP";
    UadalpH: "uadalp v%0.4s, v%1.8h", 0x6e606800, [io V 0, in V 5], Imm::None,
        PairAcc, lanes!(32 x 4 = add!(u!(0, 32, i), add!(u!(1, 16, 2 * i), u!(1, 16, 2 * i + 1)))),
        "C7.2.367 UADALP";

    // Four products a lane (Armv8.2 dotprod; mixed signs with Armv8.6 i8mm).
    Sdot: "sdot v%0.4s, v%1.16b, v%2.16b", 0x4e809400, [io V 0, in V 5, in V 16], Imm::None,
        Dot, lanes!(32 x 4 = add!(s!(0, 32, i), sum!(4, mul!(s!(1, 8, 4 * i), s!(2, 8, 4 * i))))),
        "C7.2.265 SDOT (vector)", Dotprod;
    Udot: "udot v%0.4s, v%1.16b, v%2.16b", 0x6e809400, [io V 0, in V 5, in V 16], Imm::None,
        Dot, lanes!(32 x 4 = add!(u!(0, 32, i), sum!(4, mul!(u!(1, 8, 4 * i), u!(2, 8, 4 * i))))),
        "C7.2.373 UDOT (vector)", Dotprod;
    Usdot: "usdot v%0.4s, v%1.16b, v%2.16b", 0x4e809c00, [io V 0, in V 5, in V 16], Imm::None,
        Dot, lanes!(32 x 4 = add!(s!(0, 32, i), sum!(4, mul!(u!(1, 8, 4 * i), s!(2, 8, 4 * i))))),
        "C7.2.409 USDOT (vector)", I8mm;
    SdotLane: "sdot v%0.4s, v%1.16b, v%2.4b[%i]", 0x4f80e000, [io V 0, in V 5, in V 16], Imm::LaneByElementS,
        Dot, lanes!(32 x 4 = add!(s!(0, 32, i), sum!(4, mul!(s!(1, 8, 4 * i), s!(2, 8, quad))))),
        "C7.2.264 SDOT (by element)", Dotprod;
    UdotLane: "udot v%0.4s, v%1.16b, v%2.4b[%i]", 0x6f80e000, [io V 0, in V 5, in V 16], Imm::LaneByElementS,
        Dot, lanes!(32 x 4 = add!(u!(0, 32, i), sum!(4, mul!(u!(1, 8, 4 * i), u!(2, 8, quad))))),
        "C7.2.372 UDOT (by element)", Dotprod;
    SudotLane: "sudot v%0.4s, v%1.16b, v%2.4b[%i]", 0x4f00f000, [io V 0, in V 5, in V 16],
        Imm::LaneByElementS, Dot,
        lanes!(32 x 4 = add!(s!(0, 32, i), sum!(4, mul!(s!(1, 8, 4 * i), u!(2, 8, quad))))),
        "C7.2.349 SUDOT (by element)", I8mm;

    // Two rows by two columns, eight products a lane (Armv8.6 i8mm).
    Smmla: "smmla v%0.4s, v%1.16b, v%2.16b", 0x4e80a400, [io V 0, in V 5, in V 16], Imm::None,
        Mmla, lanes!(32 x 4 = add!(s!(0, 32, i), halves!(
            sum!(8, mul!(s!(1, 8, 0 * i), s!(2, 8, 8 * i))),
            sum!(8, mul!(s!(1, 8, 0 * i + 8), s!(2, 8, 8 * i)))))), "C7.2.305 SMMLA (vector)", I8mm;
    Ummla: "ummla v%0.4s, v%1.16b, v%2.16b", 0x6e80a400, [io V 0, in V 5, in V 16], Imm::None,
        Mmla, lanes!(32 x 4 = add!(u!(0, 32, i), halves!(
            sum!(8, mul!(u!(1, 8, 0 * i), u!(2, 8, 8 * i))),
            sum!(8, mul!(u!(1, 8, 0 * i + 8), u!(2, 8, 8 * i)))))), "C7.2.394 UMMLA (vector)", I8mm;
    Usmmla: "usmmla v%0.4s, v%1.16b, v%2.16b", 0x4e80ac00, [io V 0, in V 5, in V 16], Imm::None,
        Mmla, lanes!(32 x 4 = add!(s!(0, 32, i), halves!(
            sum!(8, mul!(u!(1, 8, 0 * i), s!(2, 8, 8 * i))),
            sum!(8, mul!(u!(1, 8, 0 * i + 8), s!(2, 8, 8 * i)))))), "C7.2.411 USMMLA (vector)", I8mm;

    // Bit planes.
    AndB: "and v%0.16b, v%1.16b, v%2.16b", 0x4e201c00, [out V 0, in V 5, in V 16], Imm::None,
        VecLogic, lanes!(8 x 16 = &Expr::And(u!(1, 8, i), u!(2, 8, i))), "C7.2.11 AND (vector)";
    EorB: "eor v%0.16b, v%1.16b, v%2.16b", 0x6e201c00, [out V 0, in V 5, in V 16], Imm::None,
        VecLogic, lanes!(8 x 16 = &Expr::Xor(u!(1, 8, i), u!(2, 8, i))), "C7.2.43 EOR (vector)";
    BicB: "bic v%0.16b, v%1.16b, v%2.16b", 0x4e601c00, [out V 0, in V 5, in V 16], Imm::None,
        VecLogic, lanes!(8 x 16 = &Expr::AndNot(u!(1, 8, i), u!(2, 8, i))), "C7.2.21 BIC (vector, register)";
    CntB: "cnt v%0.16b, v%1.16b", 0x4e205800, [out V 0, in V 5], Imm::None,
        Count, lanes!(8 x 16 = &Expr::CountOnes(u!(1, 8, i))), "C7.2.38 CNT";

    // Narrow storage: two or four values a byte.
    MoviB: "movi v%0.16b, #%i", 0x4f00e400, [out V 0], Imm::Byte,
        VecImm, lanes!(8 x 16 = &Expr::Immediate), "C7.2.215 MOVI";
    MoviH: "movi v%0.8h, #%i", 0x4f008400, [out V 0], Imm::Byte,
        VecImm, lanes!(16 x 8 = &Expr::Immediate), "C7.2.215 MOVI";
    UshrB: "ushr v%0.16b, v%1.16b, #%i", 0x6f080400, [out V 0, in V 5], Imm::ShiftRight8,
        Shift, lanes!(8 x 16 = &Expr::ShiftRight(u!(1, 8, i))), "C7.2.413 USHR";
    SshrB: "sshr v%0.16b, v%1.16b, #%i", 0x4f080400, [out V 0, in V 5], Imm::ShiftRight8,
        Shift, lanes!(8 x 16 = &Expr::ShiftRight(s!(1, 8, i))), "C7.2.325 SSHR";
    ShlB: "shl v%0.16b, v%1.16b, #%i", 0x4f085400, [out V 0, in V 5], Imm::ShiftLeft8,
        Shift, lanes!(8 x 16 = &Expr::ShiftLeft(s!(1, 8, i))), "C7.2.290 SHL";

    // Widening moves.
    SshllH: "sshll v%0.4s, v%1.4h, #0", 0x0f10a400, [out V 0, in V 5], Imm::None,
        Shift, lanes!(32 x 4 = s!(1, 16, i)), "C7.2.322 SSHLL, SSHLL2";
    Sshll2H: "sshll2 v%0.4s, v%1.8h, #0", 0x4f10a400, [out V 0, in V 5], Imm::None,
        Shift, lanes!(32 x 4 = s!(1, 16, i + 4)), "C7.2.322 SSHLL, SSHLL2";
    UshllH: "ushll v%0.4s, v%1.4h, #0", 0x2f10a400, [out V 0, in V 5], Imm::None,
        Shift, lanes!(32 x 4 = u!(1, 16, i)), "C7.2.412 USHLL, USHLL2";
    Ushll2H: "ushll2 v%0.4s, v%1.8h, #0", 0x6f10a400, [out V 0, in V 5], Imm::None,
        Shift, lanes!(32 x 4 = u!(1, 16, i + 4)), "C7.2.412 USHLL, USHLL2";

    // The low halves of both registers' 32-bit lanes.
    Uzp1H: "uzp1 v%0.8h, v%1.8h, v%2.8h", 0x4e401800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(16 x 8 = halves!(u!(1, 16, 2 * i), u!(2, 16, 2 * i))), "C7.2.415 UZP1";

    // Transposition.
    Trn1H: "trn1 v%0.8h, v%1.8h, v%2.8h", 0x4e402800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(16 x 8 = alternate!(u!(1, 16, 2 * i), u!(2, 16, 2 * i))), "C7.2.360 TRN1";
    Zip1H: "zip1 v%0.8h, v%1.8h, v%2.8h", 0x4e403800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(16 x 8 = alternate!(u!(1, 16, i), u!(2, 16, i))), "C7.2.421 ZIP1";
    Zip2H: "zip2 v%0.8h, v%1.8h, v%2.8h", 0x4e407800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(16 x 8 = alternate!(u!(1, 16, i + 4), u!(2, 16, i + 4))), "C7.2.422 ZIP2";
    Trn1S: "trn1 v%0.4s, v%1.4s, v%2.4s", 0x4e802800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(32 x 4 = alternate!(u!(1, 32, 2 * i), u!(2, 32, 2 * i))), "C7.2.360 TRN1";
    Trn2S: "trn2 v%0.4s, v%1.4s, v%2.4s", 0x4e806800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(32 x 4 = alternate!(u!(1, 32, 2 * i + 1), u!(2, 32, 2 * i + 1))), "C7.2.361 TRN2";
    Zip1D: "zip1 v%0.2d, v%1.2d, v%2.2d", 0x4ec03800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(64 x 2 = alternate!(u!(1, 64, i), u!(2, 64, i))), "C7.2.421 ZIP1";
    Zip2D: "zip2 v%0.2d, v%1.2d, v%2.2d", 0x4ec07800, [out V 0, in V 5, in V 16], Imm::None,
        Permute, lanes!(64 x 2 = alternate!(u!(1, 64, i + 1), u!(2, 64, i + 1))), "C7.2.422 ZIP2";

    // Floats.
    FmlaS: "fmla v%0.4s, v%1.4s, v%2.s[%i]", 0x4f801000, [io V 0, in V 5, in V 16], Imm::LaneByElementS,
        FpMla, lanes!(32 x 4 = &Expr::FloatMulAdd(u!(1, 32, i), u!(2, 32, imm), u!(0, 32, i))),
        "C7.2.131 FMLA (by element)";
    FaddS: "fadd v%0.4s, v%1.4s, v%2.4s", 0x4e20d400, [out V 0, in V 5, in V 16], Imm::None,
        FpAdd, lanes!(32 x 4 = &Expr::FloatAdd(u!(1, 32, i), u!(2, 32, i))), "C7.2.50 FADD (vector)";

    // Ends: what is made of sums before they are stored. Each costs what the nearest class does, whose shape
    // and latency are its own or close to it on the cores that are described: no main loop has any of these.
    SqshlS: "sqshl v%0.4s, v%1.4s, v%2.4s", 0x4ea04c00, [out V 0, in V 5, in V 16], Imm::None,
        Shift, lanes!(32 x 4 = saturate!(true, 32, step!(ShiftBy, s!(1, 32, i), s!(2, 32, i)))),
        "C7.2 SQSHL (register)";
    SrshlS: "srshl v%0.4s, v%1.4s, v%2.4s", 0x4ea05400, [out V 0, in V 5, in V 16], Imm::None,
        Shift, lanes!(32 x 4 = step!(RoundingShiftBy, s!(1, 32, i), s!(2, 32, i))), "C7.2 SRSHL";
    SqrdmulhS: "sqrdmulh v%0.4s, v%1.4s, v%2.4s", 0x6ea0b400, [out V 0, in V 5, in V 16], Imm::None,
        Mul, lanes!(32 x 4 = saturate!(true, 32, step!(DoublingHigh, s!(1, 32, i), s!(2, 32, i)))),
        "C7.2 SQRDMULH (vector)";
    AndS: "and v%0.16b, v%1.16b, v%2.16b", 0x4e201c00, [out V 0, in V 5, in V 16], Imm::None,
        VecLogic, lanes!(32 x 4 = &Expr::And(u!(1, 32, i), u!(2, 32, i))), "C7.2 AND (vector)";
    SsraS: "ssra v%0.4s, v%1.4s, #%i", 0x4f201400, [io V 0, in V 5], Imm::ShiftRight32,
        Shift, lanes!(32 x 4 = add!(s!(0, 32, i), &Expr::ShiftRight(s!(1, 32, i)))), "C7.2 SSRA";
    SqxtnH: "sqxtn v%0.4h, v%1.4s", 0x0e614800, [out V 0, in V 5], Imm::None,
        Shift, lanes!(16 x 4 = saturate!(true, 16, s!(1, 32, i))), "C7.2 SQXTN, SQXTN2";
    Sqxtn2H: "sqxtn2 v%0.8h, v%1.4s", 0x4e614800, [io V 0, in V 5], Imm::None,
        Shift, lanes!(16 x 8 = halves!(s!(0, 16, i), saturate!(true, 16, s!(1, 32, i)))),
        "C7.2 SQXTN, SQXTN2";
    SqaddH: "sqadd v%0.8h, v%1.8h, v%2.8h", 0x4e600c00, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(16 x 8 = saturate!(true, 16, add!(s!(1, 16, i), s!(2, 16, i)))), "C7.2 SQADD";
    SqxtnB: "sqxtn v%0.8b, v%1.8h", 0x0e214800, [out V 0, in V 5], Imm::None,
        Shift, lanes!(8 x 8 = saturate!(true, 8, s!(1, 16, i))), "C7.2 SQXTN, SQXTN2";
    Sqxtn2B: "sqxtn2 v%0.16b, v%1.8h", 0x4e214800, [io V 0, in V 5], Imm::None,
        Shift, lanes!(8 x 16 = halves!(s!(0, 8, i), saturate!(true, 8, s!(1, 16, i)))),
        "C7.2 SQXTN, SQXTN2";
    SqxtunB: "sqxtun v%0.8b, v%1.8h", 0x2e212800, [out V 0, in V 5], Imm::None,
        Shift, lanes!(8 x 8 = saturate!(false, 8, s!(1, 16, i))), "C7.2 SQXTUN, SQXTUN2";
    Sqxtun2B: "sqxtun2 v%0.16b, v%1.8h", 0x6e212800, [io V 0, in V 5], Imm::None,
        Shift, lanes!(8 x 16 = halves!(u!(0, 8, i), saturate!(false, 8, s!(1, 16, i)))),
        "C7.2 SQXTUN, SQXTUN2";
    SmaxB: "smax v%0.16b, v%1.16b, v%2.16b", 0x4e206400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(8 x 16 = step!(Max, s!(1, 8, i), s!(2, 8, i))), "C7.2 SMAX";
    SminB: "smin v%0.16b, v%1.16b, v%2.16b", 0x4e206c00, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(8 x 16 = step!(Min, s!(1, 8, i), s!(2, 8, i))), "C7.2 SMIN";
    UmaxB: "umax v%0.16b, v%1.16b, v%2.16b", 0x6e206400, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(8 x 16 = step!(Max, u!(1, 8, i), u!(2, 8, i))), "C7.2 UMAX";
    UminB: "umin v%0.16b, v%1.16b, v%2.16b", 0x6e206c00, [out V 0, in V 5, in V 16], Imm::None,
        VecAdd, lanes!(8 x 16 = step!(Min, u!(1, 8, i), u!(2, 8, i))), "C7.2 UMIN";
    ScvtfS: "scvtf v%0.4s, v%1.4s", 0x4e21d800, [out V 0, in V 5], Imm::None,
        FpAdd, lanes!(32 x 4 = step!(FloatOf, s!(1, 32, i))), "C7.2 SCVTF (vector, integer)";
    FmulS: "fmul v%0.4s, v%1.4s, v%2.4s", 0x6e20dc00, [out V 0, in V 5, in V 16], Imm::None,
        FpAdd, lanes!(32 x 4 = step!(FloatMul, u!(1, 32, i), u!(2, 32, i))), "C7.2 FMUL (vector)";
    FmaxS: "fmax v%0.4s, v%1.4s, v%2.4s", 0x4e20f400, [out V 0, in V 5, in V 16], Imm::None,
        FpAdd, lanes!(32 x 4 = step!(FloatMax, u!(1, 32, i), u!(2, 32, i))), "C7.2 FMAX (vector)";
    FminS: "fmin v%0.4s, v%1.4s, v%2.4s", 0x4ea0f400, [out V 0, in V 5, in V 16], Imm::None,
        FpAdd, lanes!(32 x 4 = step!(FloatMin, u!(1, 32, i), u!(2, 32, i))), "C7.2 FMIN (vector)";

    // Loads.
    LdrQ: "ldr q%0, [x%1, #%i]", 0x3dc00000, [out V 0, in X 5], Imm::Scaled12 { scale: 16 },
        LoadQ, load!(1 x 16 Low Offset), "C7.2.191 LDR (immediate, SIMD&FP)";
    LdrD: "ldr d%0, [x%1, #%i]", 0xfd400000, [out V 0, in X 5], Imm::Scaled12 { scale: 8 },
        LoadD, load!(1 x 8 Low Offset), "C7.2.191 LDR (immediate, SIMD&FP)";
    LdrS: "ldr s%0, [x%1, #%i]", 0xbd400000, [out V 0, in X 5], Imm::Scaled12 { scale: 4 },
        LoadD, load!(1 x 4 Low Offset), "C7.2.191 LDR (immediate, SIMD&FP)";
    LdurQ: "ldur q%0, [x%1, #%i]", 0x3cc00000, [out V 0, in X 5], Imm::Signed9,
        LoadQ, load!(1 x 16 Low Offset), "C7.2.194 LDUR (SIMD&FP)";
    LdurD: "ldur d%0, [x%1, #%i]", 0xfc400000, [out V 0, in X 5], Imm::Signed9,
        LoadD, load!(1 x 8 Low Offset), "C7.2.194 LDUR (SIMD&FP)";
    LdrQPost: "ldr q%0, [x%1], #%i", 0x3cc00400, [out V 0, io X 5], Imm::Signed9,
        LoadQ, load!(1 x 16 Low PostIndex), "C7.2.191 LDR (immediate, SIMD&FP)";
    LdrDPost: "ldr d%0, [x%1], #%i", 0xfc400400, [out V 0, io X 5], Imm::Signed9,
        LoadD, load!(1 x 8 Low PostIndex), "C7.2.191 LDR (immediate, SIMD&FP)";
    LdpQ: "ldp q%0, q%1, [x%2, #%i]", 0xad400000, [out V 0, out V 10, in X 5], Imm::Scaled7 { scale: 16 },
        LoadPairQ, load!(2 x 16 Low Offset), "C7.2.189 LDP (SIMD&FP)";
    LdpQPost: "ldp q%0, q%1, [x%2], #%i", 0xacc00000, [out V 0, out V 10, io X 5], Imm::Scaled7 { scale: 16 },
        LoadPairQ, load!(2 x 16 Low PostIndex), "C7.2.189 LDP (SIMD&FP)";
    Ld1rSPost: "ld1r {v%0.4s}, [x%1], #4", 0x4ddfc800, [out V 0, io X 5], Imm::None,
        LoadRep, load!(1 x 4 EveryLane PostIndexSize), "C7.2.180 LD1R";

    // Asks for the line of an address: a read of nothing, which never faults.
    Prfm: "prfm pldl1keep, [x%0, #%i]", 0xf9800000, [in X 5], Imm::Scaled12 { scale: 8 },
        LoadX, scalar!(Prefetch), "C6.2 PRFM (immediate)";

    // Stores.
    StrQ: "str q%0, [x%1, #%i]", 0x3d800000, [in V 0, in X 5], Imm::Scaled12 { scale: 16 },
        StoreQ, store!(1 x 16 Low Offset), "C7.2.345 STR (immediate, SIMD&FP)";
    StrD: "str d%0, [x%1, #%i]", 0xfd000000, [in V 0, in X 5], Imm::Scaled12 { scale: 8 },
        StoreD, store!(1 x 8 Low Offset), "C7.2.345 STR (immediate, SIMD&FP)";
    StrS: "str s%0, [x%1, #%i]", 0xbd000000, [in V 0, in X 5], Imm::Scaled12 { scale: 4 },
        StoreD, store!(1 x 4 Low Offset), "C7.2.345 STR (immediate, SIMD&FP)";
    StrH: "str h%0, [x%1, #%i]", 0x7d000000, [in V 0, in X 5], Imm::Scaled12 { scale: 2 },
        StoreD, store!(1 x 2 Low Offset), "C7.2.345 STR (immediate, SIMD&FP)";
    StrB: "str b%0, [x%1, #%i]", 0x3d000000, [in V 0, in X 5], Imm::Scaled12 { scale: 1 },
        StoreD, store!(1 x 1 Low Offset), "C7.2.345 STR (immediate, SIMD&FP)";
    St1D: "st1 {v%0.d}[%i], [x%1]", 0x0d008400, [in V 0, in X 5], Imm::StoreLane { bits: 64 },
        StoreD, store!(1 x 8 Lane Base), "C7.2 ST1 (single structure)";
    St1S: "st1 {v%0.s}[%i], [x%1]", 0x0d008000, [in V 0, in X 5], Imm::StoreLane { bits: 32 },
        StoreD, store!(1 x 4 Lane Base), "C7.2 ST1 (single structure)";
    St1H: "st1 {v%0.h}[%i], [x%1]", 0x0d004000, [in V 0, in X 5], Imm::StoreLane { bits: 16 },
        StoreD, store!(1 x 2 Lane Base), "C7.2 ST1 (single structure)";
    St1B: "st1 {v%0.b}[%i], [x%1]", 0x0d000000, [in V 0, in X 5], Imm::StoreLane { bits: 8 },
        StoreD, store!(1 x 1 Lane Base), "C7.2 ST1 (single structure)";

    St1SPost: "st1 {v%0.4s}, [x%2], x%1", 0x4c807800, [in V 0, in X 16, io X 5], Imm::None,
        StoreQ, store!(1 x 16 Low PostIndexRegister), "C7.2.338 ST1 (multiple structures)";
    StpQ: "stp q%0, q%1, [x%2, #%i]", 0xad000000, [in V 0, in V 10, in X 5], Imm::Scaled7 { scale: 16 },
        StorePairQ, store!(2 x 16 Low Offset), "C7.2.343 STP (SIMD&FP)";

    // Core registers.
    MovX: "mov x%0, x%1", 0xaa0003e0, [out X 0, in X 16], Imm::None,
        IntAlu, scalar!(Move), "C6.2.244 MOV (register)";
    MovImm: "mov x%0, #%i", 0xd2800000, [out X 0], Imm::Wide16,
        IntAlu, scalar!(MoveImm), "C6.2.242 MOV (wide immediate)";
    MovkImm: "movk x%0, #%i, lsl #16", 0xf2a00000, [io X 0], Imm::Wide16,
        IntAlu, scalar!(KeepImm16), "C6.2.246 MOVK";
    AddX: "add x%0, x%1, x%2", 0x8b000000, [out X 0, in X 5, in X 16], Imm::None,
        IntAlu, scalar!(Add), "C6.2.5 ADD (shifted register)";
    AddLsl: "add x%0, x%1, x%2, lsl #%i", 0x8b000000, [out X 0, in X 5, in X 16], Imm::OperandShift64,
        IntAlu, scalar!(AddShifted), "C6.2.5 ADD (shifted register)";
    SubX: "sub x%0, x%1, x%2", 0xcb000000, [out X 0, in X 5, in X 16], Imm::None,
        IntAlu, scalar!(Sub), "C6.2.396 SUB (shifted register)";
    AddImm: "add x%0, x%1, #%i", 0x91000000, [out X 0, in X 5], Imm::Scaled12 { scale: 1 },
        IntAlu, scalar!(AddImm), "C6.2.4 ADD (immediate)";
    SubImm: "sub x%0, x%1, #%i", 0xd1000000, [out X 0, in X 5], Imm::Scaled12 { scale: 1 },
        IntAlu, scalar!(SubImm), "C6.2.395 SUB (immediate)";
    Madd: "madd x%0, x%1, x%2, x%3", 0x9b000000, [out X 0, in X 5, in X 16, in X 10], Imm::None,
        IntMul, scalar!(MulAdd), "C6.2.238 MADD";
    LsrX: "lsr x%0, x%1, #%i", 0xd340fc00, [out X 0, in X 5], Imm::ShiftRight64,
        IntAlu, scalar!(ShiftRight), "C6.2.235 LSR (immediate)";
    LslX: "lsl x%0, x%1, #%i", 0xd3400000, [out X 0, in X 5], Imm::ShiftLeft64,
        IntAlu, scalar!(ShiftLeft), "C6.2.232 LSL (immediate)";
    AndLow: "and x%0, x%1, #%i", 0x92400000, [out X 0, in X 5], Imm::LowMask64,
        IntAlu, scalar!(LowBits), "C6.2.14 AND (immediate)";
    CmpX: "cmp x%0, x%1", 0xeb00001f, [in X 5, in X 16], Imm::None,
        IntAlu, scalar!(Compare), "C6.2.76 CMP (shifted register)";
    CselLo: "csel x%0, x%1, x%2, lo", 0x9a803000, [out X 0, in X 5, in X 16], Imm::None,
        IntAlu, scalar!(SelectLower), "C6.2.86 CSEL";

    // The stack frame.
    StpDPush: "stp d%0, d%1, [sp, #%i]!", 0x6d8003e0, [in V 0, in V 10], Imm::Scaled7 { scale: 8 },
        StorePairD, store!(2 x 8 Low StackPush), "C7.2.343 STP (SIMD&FP)";
    StpD: "stp d%0, d%1, [sp, #%i]", 0x6d0003e0, [in V 0, in V 10], Imm::Scaled7 { scale: 8 },
        StorePairD, store!(2 x 8 Low Stack), "C7.2.343 STP (SIMD&FP)";
    LdpD: "ldp d%0, d%1, [sp, #%i]", 0x6d4003e0, [out V 0, out V 10], Imm::Scaled7 { scale: 8 },
        LoadPairD, load!(2 x 8 Low Stack), "C7.2.189 LDP (SIMD&FP)";
    LdpDPop: "ldp d%0, d%1, [sp], #%i", 0x6cc003e0, [out V 0, out V 10], Imm::Scaled7 { scale: 8 },
        LoadPairD, load!(2 x 8 Low StackPop), "C7.2.189 LDP (SIMD&FP)";
    StpX: "stp x%0, x%1, [sp, #%i]", 0xa90003e0, [in X 0, in X 10], Imm::Scaled7 { scale: 8 },
        StorePairD, store!(2 x 8 Low Stack), "C6.2.379 STP";
    LdpX: "ldp x%0, x%1, [sp, #%i]", 0xa94003e0, [out X 0, out X 10], Imm::Scaled7 { scale: 8 },
        LoadPairD, load!(2 x 8 Low Stack), "C6.2.199 LDP";
    StpXPush: "stp x%0, x%1, [sp, #%i]!", 0xa98003e0, [in X 0, in X 10], Imm::Scaled7 { scale: 8 },
        StorePairD, store!(2 x 8 Low StackPush), "C6.2.379 STP";
    LdpXPop: "ldp x%0, x%1, [sp], #%i", 0xa8c003e0, [out X 0, out X 10], Imm::Scaled7 { scale: 8 },
        LoadPairD, load!(2 x 8 Low StackPop), "C6.2.199 LDP";
    BtiC: "bti c", 0xd503245f, [], Imm::None,
        IntAlu, scalar!(Nop), "C6.2.41 BTI";
}
