//! What an instruction does, in one line, derived from its meaning: for people who read listings.

use super::inst::{Inst, Reg};
use super::meaning::{Address, At, Expr, Lanes, Meaning, Memory, Scalar, Step, Whole};
use super::print::RegNames;
use super::row::{Role, Row, Slot, Unit};
use super::table::{Op, TABLE};

/// What `inst` does to its registers, by their names: `acc[0][1] += s.lo·t.lo`.
///
/// `.lo` and `.hi` are halves of a register, `.even` and `.odd` every second lane, `[3]` one lane.
pub fn effect(inst: &Inst, names: &RegNames<'_>) -> String {
    Say { inst, names, imm: Some(inst.imm()) }.all()
}

/// An instruction and what it does, with operands as in the manual: `d` is the result, `n`, `m` and `a`
/// are read, `i` is the immediate. For example `smlal2 vd.8h, vn.16b, vm.16b` and `d += n.hi·m.hi`.
pub fn describe(op: Op) -> (String, String) {
    let row = &TABLE[op as usize];
    let letter = |reg: Reg| ["d", "n", "m", "a"][usize::from(reg.0)].to_string();
    let mut syntax = row.text.replace("%i", "i");
    let regs: Vec<Reg> = (0..row.slots.len() as u16).map(Reg).collect();
    for &reg in &regs {
        syntax = syntax.replace(&format!("%{}", reg.0), &letter(reg));
    }
    let imm = [0, 1].into_iter().find(|&imm| row.imm.holds(imm)).unwrap_or(0);
    let inst = Inst::new(op, &regs, imm, None).expect("every row has an instruction with 0 or 1");
    let names = RegNames::Virtual(&letter);
    (syntax, Say { inst: &inst, names: &names, imm: None }.all())
}

/// How tightly an expression holds together: sums inside products need parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    List,
    Sum,
    Product,
}

struct Say<'a> {
    inst: &'a Inst,
    names: &'a RegNames<'a>,
    /// The immediate, if it is a certain one.
    imm: Option<i64>,
}

impl Say<'_> {
    fn all(&self) -> String {
        match &self.inst.row().meaning {
            Meaning::Lanes(lanes) => self.lanes(lanes),
            Meaning::Memory(memory) => self.memory(memory),
            Meaning::Scalar(scalar) => self.scalar(*scalar),
        }
    }

    fn imm(&self) -> String {
        self.imm.map_or_else(|| "i".into(), |imm| imm.to_string())
    }

    /// 2 to the power of the immediate.
    fn power(&self) -> String {
        self.imm.map_or_else(|| "2^i".into(), |imm| (1u64 << imm).to_string())
    }

    fn name(&self, operand: usize) -> String {
        let (slot, Reg(number)) = (self.inst.row().slots[operand], self.inst.regs()[operand]);
        match (self.names, slot.unit) {
            (RegNames::Virtual(name), _) => name(Reg(number)),
            (RegNames::Machine, Unit::V) => format!("v{number}"),
            (RegNames::Machine, Unit::X) => format!("x{number}"),
        }
    }

    fn lanes(&self, lanes: &Lanes) -> String {
        let to = self.name(0);
        let accumulated = (self.inst.row().slots[0].role == Role::InOut).then(|| added(lanes.expr)).flatten();
        if let Some(more) = accumulated {
            // A list after `+=` needs no parentheses.
            return format!("{to} += {}", self.value(more, lanes.count, Binding::List));
        }
        if let Expr::FloatMulAdd(a, b, Expr::Lane { operand: 0, .. }) = lanes.expr {
            let [a, b] = [a, b].map(|e| self.value(e, lanes.count, Binding::Product));
            return format!("{to} += {a}·{b}");
        }
        let value = self.value(lanes.expr, lanes.count, Binding::List);
        let repeated = matches!(lanes.expr, Expr::Lane { at: At::Immediate, .. } | Expr::Immediate);
        format!("{to} = {value}{}", if repeated { " in every lane" } else { "" })
    }

    /// The value of `count` lanes, in parentheses where it binds less tightly than `within`.
    fn value(&self, expr: &Expr, count: u8, within: Binding) -> String {
        let of = |e: &Expr, within| self.value(e, count, within);
        let half = |e: &Expr| self.value(e, count / 2, Binding::Sum);
        let (text, binding) = match expr {
            Expr::Lane { operand, bits, at, .. } => return self.lane(*operand, *bits, *at, count),
            Expr::Zero => return "0".into(),
            Expr::Immediate => return self.imm(),
            Expr::Add(a, b) | Expr::FloatAdd(a, b) => {
                (format!("{} + {}", of(a, Binding::Sum), of(b, Binding::Sum)), Binding::Sum)
            }
            Expr::Sub(a, b) => {
                (format!("{} − {}", of(a, Binding::Sum), of(b, Binding::Product)), Binding::Sum)
            }
            Expr::Mul(a, b) => {
                (format!("{}·{}", of(a, Binding::Product), of(b, Binding::Product)), Binding::Product)
            }
            Expr::And(a, b) => {
                (format!("{} ∧ {}", of(a, Binding::Product), of(b, Binding::Product)), Binding::Sum)
            }
            Expr::Xor(a, b) => {
                (format!("{} ⊕ {}", of(a, Binding::Product), of(b, Binding::Product)), Binding::Sum)
            }
            Expr::AndNot(a, b) => {
                (format!("{} ∧ ¬{}", of(a, Binding::Product), of(b, Binding::Product)), Binding::Sum)
            }
            Expr::CountOnes(a) => (format!("the bits set in {}", of(a, Binding::Product)), Binding::List),
            Expr::ShiftRight(a) => {
                (format!("{} / {}", of(a, Binding::Product), self.power()), Binding::Product)
            }
            Expr::ShiftLeft(a) => (format!("{}·{}", of(a, Binding::Product), self.power()), Binding::Product),
            Expr::Sum(terms, a) => (format!("sums of {terms} of {}", of(a, Binding::Product)), Binding::Sum),
            Expr::Step(step, a, b) => {
                let a = of(a, if *step == Step::FloatMul { Binding::Product } else { Binding::List });
                let b = b.map_or_else(String::new, |b| of(b, Binding::Product));
                match step {
                    Step::ShiftBy => (format!("{a}·2^{b}"), Binding::Product),
                    Step::RoundingShiftBy => (format!("{a}·2^{b}, rounded"), Binding::List),
                    Step::DoublingHigh => (format!("{a}·{b} / 2^31, rounded"), Binding::List),
                    Step::Saturate { bits, signed } => {
                        let sign = if *signed { "signed" } else { "unsigned" };
                        (format!("{a}, saturated to {bits} {sign} bits"), Binding::List)
                    }
                    Step::Max | Step::FloatMax => (format!("the larger of {a} and {b}"), Binding::List),
                    Step::Min | Step::FloatMin => (format!("the smaller of {a} and {b}"), Binding::List),
                    Step::FloatOf => (format!("{a} as floats"), Binding::List),
                    Step::FloatMul => (format!("{a}·{b}"), Binding::Product),
                }
            }
            Expr::FloatMulAdd(a, b, c) => {
                let [a, b] = [a, b].map(|e| of(e, Binding::Product));
                (format!("{a}·{b} + {}", of(c, Binding::Sum)), Binding::Sum)
            }
            Expr::Alternate(a, b) => (format!("{} and {} in turn", half(a), half(b)), Binding::List),
            Expr::Halves(a, b) => (format!("{}, then {}", half(a), half(b)), Binding::List),
        };
        if binding < within { format!("({text})") } else { text }
    }

    /// The lanes of an operand that are read for `count` results.
    fn lane(&self, operand: u8, bits: u8, at: At, count: u8) -> String {
        let name = self.name(operand.into());
        let all = 128 / bits;
        match at {
            At::Immediate => format!("{name}[{}]", self.imm()),
            At::Quad => match self.imm {
                Some(imm) => format!("{name}[{} to {}]", 4 * imm, 4 * imm + 3),
                None => format!("{name}[4i to 4i + 3]"),
            },
            // Neighbours, of which a sum takes each.
            At::Affine { stride: 4 | 8, offset: 0 } => name,
            At::Affine { stride: 0, offset: 0 } => format!("{name}.lo"),
            At::Affine { stride: 0, .. } => format!("{name}.hi"),
            At::Affine { stride: 1, offset: 0 } if count == all => name,
            At::Affine { stride: 1, offset: 0 } if 2 * count == all => format!("{name}.lo"),
            At::Affine { stride: 1, offset } if 2 * count == all && 2 * offset == all => {
                format!("{name}.hi")
            }
            At::Affine { stride: 2, offset: 0 } if 2 * count == all => format!("{name}.even"),
            At::Affine { stride: 2, offset: 1 } if 2 * count == all => format!("{name}.odd"),
            At::Affine { stride, offset } => format!("{name}[{stride}i + {offset}]"),
        }
    }

    fn memory(&self, memory: &Memory) -> String {
        let inst = self.inst;
        let moved: Vec<String> = (0..usize::from(memory.registers)).map(|n| self.name(n)).collect();
        let lane = if memory.whole == Whole::Lane { format!("[{}]", self.imm()) } else { String::new() };
        let moved = moved.join(", ") + &lane;
        let bytes = memory.bytes * memory.registers;
        let base = match memory.address {
            Address::Offset
            | Address::Base
            | Address::PostIndex
            | Address::PostIndexSize
            | Address::PostIndexRegister => self.name(inst.regs().len() - 1),
            Address::Stack | Address::StackPush | Address::StackPop => "sp".into(),
        };
        let at = match memory.address {
            Address::Offset | Address::Stack if self.imm != Some(0) => format!("{base} + {}", self.imm()),
            _ => base.clone(),
        };
        let spread = if memory.whole == Whole::EveryLane { " in every lane" } else { "" };
        let access = if memory.store {
            format!("{bytes} bytes at {at} = {moved}")
        } else {
            format!("{moved} = {bytes} bytes at {at}{spread}")
        };
        match memory.address {
            Address::Offset | Address::Base | Address::Stack => access,
            Address::PostIndex | Address::StackPop => format!("{access}, then {base} += {}", self.imm()),
            Address::PostIndexSize => format!("{access}, then {base} += {}", memory.bytes),
            Address::PostIndexRegister => {
                format!("{access}, then {base} += {}", self.name(inst.regs().len() - 2))
            }
            Address::StackPush => format!("{base} += {}, then {access}", self.imm()),
        }
    }

    fn scalar(&self, scalar: Scalar) -> String {
        let (r, imm) = (|n| self.name(n), self.imm());
        match scalar {
            Scalar::Move => format!("{} = {}", r(0), r(1)),
            Scalar::Add => format!("{} = {} + {}", r(0), r(1), r(2)),
            Scalar::AddShifted => format!("{} = {} + {}·{}", r(0), r(1), r(2), self.power()),
            Scalar::Sub => format!("{} = {} − {}", r(0), r(1), r(2)),
            Scalar::AddImm if r(0) == r(1) => format!("{} += {imm}", r(0)),
            Scalar::AddImm => format!("{} = {} + {imm}", r(0), r(1)),
            Scalar::SubImm if r(0) == r(1) => format!("{} −= {imm}", r(0)),
            Scalar::SubImm => format!("{} = {} − {imm}", r(0), r(1)),
            Scalar::MoveImm => format!("{} = {imm}", r(0)),
            Scalar::KeepImm16 => format!("{} += {imm}·65536", r(0)),
            Scalar::MulAdd => format!("{} = {}·{} + {}", r(0), r(1), r(2), r(3)),
            Scalar::ShiftRight => format!("{} = {} / {}", r(0), r(1), self.power()),
            Scalar::ShiftLeft => format!("{} = {}·{}", r(0), r(1), self.power()),
            Scalar::LowBits => format!("{} = {} mod {}", r(0), r(1), self.power()),
            Scalar::Compare => format!("compares {} with {}", r(0), r(1)),
            Scalar::SelectLower => format!("{} = {} if that was lower, else {}", r(0), r(1), r(2)),
            Scalar::Prefetch => format!("asks for the line at {} + {imm}", r(0)),
            Scalar::Nop => "nothing".into(),
        }
    }
}

/// What is added to operand 0, if that is what an expression does.
fn added(expr: &'static Expr) -> Option<&'static Expr> {
    match expr {
        Expr::Add(Expr::Lane { operand: 0, .. }, more) => Some(more),
        _ => None,
    }
}

impl Op {
    /// The instruction that sets its result to what this one adds to it: `smull` for `smlal`. None for most.
    pub fn beginning(self) -> Option<Op> {
        let row = &TABLE[self as usize];
        let of = |row: &'static Row| match &row.meaning {
            Meaning::Lanes(lanes) => Some(lanes),
            _ => None,
        };
        let lanes = of(row)?;
        let more = added(lanes.expr)?;
        let begins = |other: &&'static Row| {
            let same = |a: &Slot, b: &Slot| (a.unit, a.bit) == (b.unit, b.bit);
            other.slots.len() == row.slots.len()
                && other.slots[0].role == Role::Out
                && other.slots.iter().zip(row.slots).all(|(a, b)| same(a, b))
                && of(other).is_some_and(|l| (l.bits, l.count, l.expr) == (lanes.bits, lanes.count, more))
        };
        TABLE.iter().find(begins).map(|row| row.op)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(op: Op, imm: i64) -> String {
        let count = TABLE[op as usize].slots.len() as u16;
        let regs: Vec<Reg> = (0..count).map(Reg).collect();
        let name = |reg: Reg| ["d", "n", "m", "a"][usize::from(reg.0)].to_string();
        effect(&Inst::new(op, &regs, imm, None).unwrap(), &RegNames::Virtual(&name))
    }

    #[test]
    fn effects_read_like_the_manual() {
        for (op, imm, text) in [
            (Op::Smlal2, 0, "d += n.hi·m.hi"),
            (Op::Umull, 0, "d = n.lo·m.lo"),
            (Op::MlaU, 0, "d += n·m"),
            (Op::SadalpB, 0, "d += n.even + n.odd"),
            (Op::AddpS, 0, "d = n.even + n.odd, then m.even + m.odd"),
            (Op::SubS, 0, "d = n − m"),
            (Op::Trn2S, 0, "d = n.odd and m.odd in turn"),
            (Op::Zip1D, 0, "d = n.lo and m.lo in turn"),
            (Op::DupB16, 5, "d = n[5] in every lane"),
            (Op::FmlaS, 2, "d += n·m[2]"),
            (Op::Sshll2H, 0, "d = n.hi"),
            (Op::LdrQ, 16, "d = 16 bytes at n + 16"),
            (Op::LdrQPost, 16, "d = 16 bytes at n, then n += 16"),
            (Op::Ld1rSPost, 0, "d = 4 bytes at n in every lane, then n += 4"),
            (Op::StpDPush, -32, "sp += -32, then 16 bytes at sp = d, n"),
            (Op::AndLow, 2, "d = n mod 4"),
            (Op::Sdot, 0, "d += sums of 4 of n·m"),
            (Op::SdotLane, 2, "d += sums of 4 of n·m[8 to 11]"),
            (Op::Smmla, 0, "d += sums of 8 of n.lo·m, then sums of 8 of n.hi·m"),
            (Op::BicB, 0, "d = n ∧ ¬m"),
            (Op::CntB, 0, "d = the bits set in n"),
            (Op::UshrB, 4, "d = n / 16"),
            (Op::MoviB, 15, "d = 15 in every lane"),
            (Op::CselLo, 0, "d = n if that was lower, else m"),
            (Op::SqshlS, 0, "d = n·2^m, saturated to 32 signed bits"),
            (Op::SqrdmulhS, 0, "d = n·m / 2^31, rounded, saturated to 32 signed bits"),
            (Op::SrshlS, 0, "d = n·2^m, rounded"),
            (Op::SsraS, 31, "d += n / 2147483648"),
            (Op::SqaddH, 0, "d = n + m, saturated to 16 signed bits"),
            (Op::SqxtnH, 0, "d = n, saturated to 16 signed bits"),
            (Op::Sqxtun2B, 0, "d = d.lo, then (n, saturated to 8 unsigned bits)"),
            (Op::UmaxB, 0, "d = the larger of n and m"),
            (Op::ScvtfS, 0, "d = n as floats"),
            (Op::FmulS, 0, "d = n·m"),
            (Op::St1S, 2, "4 bytes at n = d[2]"),
            (Op::Prfm, 256, "asks for the line at d + 256"),
        ] {
            assert_eq!(said(op, imm), text);
        }
    }

    #[test]
    fn every_row_has_one() {
        for row in TABLE {
            let (syntax, effect) = describe(row.op);
            assert!(!syntax.contains('%') && !effect.contains("[1i"), "{syntax}: {effect}");
        }
        assert_eq!(describe(Op::DupB16), ("dup vd.16b, vn.b[i]".into(), "d = n[i] in every lane".into()));
        assert_eq!(describe(Op::LdrQ), ("ldr qd, [xn, #i]".into(), "d = 16 bytes at n + i".into()));
        assert_eq!(describe(Op::LsrX).1, "d = n / 2^i");
    }
}
