//! Instructions of A64 by their mnemonics: which class of the core tables each is taken for, and which registers it
//! reads and writes.
//!
//! The classes are those that kernels need. What has none of its own is taken for the nearest:
//!
//! * `ld1`, `st1`, `ld2` and their like of several registers are as many single ones as there are registers;
//! * stores of core registers are stores of 64 bits, loads of pairs of core registers are loads of one;
//! * divisions are multiplications, which makes them too cheap;
//! * conversions, comparisons and rounding of floats are additions, products without a sum are `fmla`;
//! * moves between register files are `ins`, in both directions;
//! * system instructions and hints are additions that read nothing.

use qgen::core::{FLAGS, Outline};
use qgen::isa::{Class, Reg, Unit};

type Register = (Unit, Reg);

const BRANCHES: &[&str] = &["b", "bl", "br", "blr", "ret", "cbz", "cbnz", "tbz", "tbnz"];
const MULTIPLIES: &[&str] = &[
    "mul", "madd", "msub", "mneg", "smull", "umull", "smulh", "umulh", "smaddl", "umaddl", "smsubl",
    "umsubl", "smnegl", "umnegl", "sdiv", "udiv",
];
const INTEGER: &[&str] = &[
    "add", "adds", "sub", "subs", "neg", "negs", "adc", "adcs", "sbc", "sbcs", "ngc", "cmp", "cmn", "tst",
    "ccmp", "ccmn", "and", "ands", "bic", "bics", "orr", "orn", "eor", "eon", "mvn", "mov", "movz", "movk",
    "movn", "lsl", "lsr", "asr", "ror", "ubfx", "sbfx", "ubfiz", "sbfiz", "ubfm", "sbfm", "bfi", "bfxil",
    "bfm", "bfc", "extr", "sxtb", "sxth", "sxtw", "uxtb", "uxth", "uxtw", "rev", "rev16", "rev32", "rbit",
    "clz", "cls", "csel", "cset", "csetm", "csinc", "csinv", "csneg", "cinc", "cinv", "cneg", "adr", "adrp",
];
const SYSTEM: &[&str] = &[
    "nop", "hint", "bti", "paciasp", "autiasp", "xpaclri", "mrs", "msr", "dmb", "dsb", "isb", "svc", "brk",
    "udf", "clrex", "yield",
];
/// Vector instructions, and scalar ones of the vector unit.
const VECTOR: &[(Class, &[&str])] = &[
    (Class::Mul, &["mul"]),
    (Class::Mla, &["mla", "mls"]),
    (
        Class::MulLong,
        &["smull", "smull2", "umull", "umull2", "sqdmulh", "pmull", "pmull2", "sqdmull", "sqrdmulh"],
    ),
    (Class::MlaLong, &["smlal", "smlal2", "umlal", "umlal2", "smlsl", "smlsl2", "umlsl", "umlsl2"]),
    (Class::Dot, &["sdot", "udot", "usdot", "sudot"]),
    (Class::Mmla, &["smmla", "ummla", "usmmla"]),
    (
        Class::FpMla,
        &["fmla", "fmls", "fmadd", "fmsub", "fnmadd", "fnmsub", "fmul", "fnmul", "fmulx", "fdiv", "fsqrt"],
    ),
    (
        Class::FpAdd,
        &[
            "fadd", "fsub", "fabd", "fmax", "fmin", "fmaxnm", "fminnm", "fcmp", "fcmpe", "fccmp", "fcmeq",
            "fcmgt", "fcmge", "fcvt", "fcvtn", "fcvtl", "fcvtzs", "fcvtzu", "fcvtns", "fcvtas", "fcvtms",
            "fcvtps", "scvtf", "ucvtf", "frintn", "frinta", "frintm", "frintp", "frintx", "frintz", "frinti",
            "faddp", "fmaxv", "fminv", "fmaxnmv", "fminnmv", "fmaxp", "fminp",
        ],
    ),
    (
        Class::VecAdd,
        &[
            "add", "sub", "neg", "abs", "fabs", "fneg", "cmeq", "cmgt", "cmge", "cmhi", "cmhs", "cmlt",
            "cmle", "cmtst", "smax", "smin", "umax", "umin", "saddl", "saddl2", "uaddl", "uaddl2", "saddw",
            "saddw2", "uaddw", "uaddw2", "ssubl", "ssubl2", "usubl", "usubl2", "ssubw", "ssubw2", "usubw",
            "usubw2", "sabd", "uabd", "sabdl", "sabdl2", "uabdl", "uabdl2", "shadd", "uhadd", "srhadd",
            "urhadd", "sqadd", "uqadd", "sqsub", "uqsub", "fcsel", "saba", "uaba",
        ],
    ),
    (Class::VecLogic, &["and", "orr", "orn", "eor", "bic", "mvn", "not", "mov", "bsl", "bit", "bif", "fmov"]),
    (Class::Count, &["cnt", "clz", "cls", "rbit"]),
    (
        Class::PairAdd,
        &[
            "addp", "addv", "saddlp", "uaddlp", "saddlv", "uaddlv", "smaxv", "sminv", "umaxv", "uminv",
            "smaxp", "sminp", "umaxp", "uminp",
        ],
    ),
    (Class::PairAcc, &["sadalp", "uadalp"]),
    (
        Class::Permute,
        &[
            "zip1", "zip2", "uzp1", "uzp2", "trn1", "trn2", "ext", "dup", "tbl", "tbx", "rev64", "rev32",
            "rev16", "xtn", "xtn2", "sqxtn", "sqxtn2", "uqxtn", "uqxtn2", "sqxtun", "sqxtun2", "ins",
        ],
    ),
    (Class::Insert, &["umov", "smov"]),
    (
        Class::Shift,
        &[
            "shl", "sshr", "ushr", "sshl", "ushl", "srshl", "urshl", "srshr", "urshr", "sshll", "sshll2",
            "ushll", "ushll2", "shll", "shll2", "sxtl", "sxtl2", "uxtl", "uxtl2", "shrn", "shrn2", "rshrn",
            "rshrn2", "sli", "sri", "ssra", "usra", "sqshl", "uqshl", "sqrshl", "sqshrn", "uqshrn",
            "sqrshrn", "sqshrun", "sqrshrun",
        ],
    ),
    (Class::VecImm, &["movi", "mvni"]),
];
/// Those that read what they write.
const ACCUMULATE: &[&str] = &[
    "mla", "mls", "fmla", "fmls", "smlal", "smlal2", "umlal", "umlal2", "smlsl", "smlsl2", "umlsl", "umlsl2",
    "sdot", "udot", "usdot", "sudot", "smmla", "ummla", "usmmla", "sadalp", "uadalp", "bsl", "bit", "bif",
    "ins", "sli", "sri", "ssra", "usra", "tbx", "xtn2", "sqxtn2", "uqxtn2", "shrn2", "movk", "bfi", "bfxil",
    "bfm", "bfc", "saba", "uaba",
];
/// Those that write the flags and no register.
const ONLY_FLAGS: &[&str] = &["cmp", "cmn", "tst", "ccmp", "ccmn", "fcmp", "fcmpe", "fccmp"];
const SET_FLAGS: &[&str] = &["adds", "subs", "negs", "adcs", "sbcs", "ands", "bics"];
const READ_FLAGS: &[&str] = &[
    "csel", "cset", "csetm", "csinc", "csinv", "csneg", "cinc", "cinv", "cneg", "ccmp", "ccmn", "fcsel",
    "adc", "adcs", "sbc", "sbcs",
];

/// What an instruction costs, by its text, and whether its mnemonic is known. Several for one that is several in a
/// pipeline.
pub(super) fn outline(text: &str) -> (Vec<Outline>, bool) {
    let (mnemonic, operands) = text.split_once(' ').unwrap_or((text, ""));
    // Behind it stands the name of a branch's target, which may look like anything.
    let operands = operands.split('<').next().unwrap_or(operands);
    let registers = registers(operands);
    let is_vector = registers.first().is_some_and(|(unit, _)| *unit == Unit::V);
    if mnemonic.starts_with("b.") || BRANCHES.contains(&mnemonic) {
        let mut reads = registers;
        if mnemonic.starts_with("b.") {
            reads.push(FLAGS);
        }
        return (vec![Outline { class: Class::Branch, reads, writes: Vec::new() }], true);
    }
    if mnemonic.starts_with("ld") || mnemonic.starts_with("st") || mnemonic.starts_with("prf") {
        return (access(mnemonic, operands), true);
    }
    let any_vector = registers.iter().any(|(unit, _)| *unit == Unit::V);
    let between = any_vector && registers.iter().any(|(unit, _)| *unit == Unit::X);
    let vector = VECTOR.iter().find(|(_, mnemonics)| mnemonics.contains(&mnemonic)).map(|(class, _)| *class);
    let moves = ["fmov", "mov", "ins", "dup", "umov", "smov"].contains(&mnemonic);
    let class = match vector {
        _ if between && moves => Some(Class::Insert),
        Some(class) if any_vector => Some(class),
        _ if MULTIPLIES.contains(&mnemonic) => Some(Class::IntMul),
        _ if INTEGER.contains(&mnemonic) || SYSTEM.contains(&mnemonic) => Some(Class::IntAlu),
        _ => None,
    };
    let otherwise = if any_vector { Class::VecAdd } else { Class::IntAlu };
    let only_flags = ONLY_FLAGS.contains(&mnemonic);
    let (written, read) =
        if only_flags { (&[][..], &registers[..]) } else { registers.split_at(registers.len().min(1)) };
    let (mut reads, mut writes) = (read.to_vec(), written.to_vec());
    // A move into one lane keeps the others.
    let into_lane =
        is_vector && mnemonic == "mov" && operands.split(',').next().is_some_and(|to| to.contains('['));
    if ACCUMULATE.contains(&mnemonic) || into_lane {
        reads.extend(written);
    }
    if only_flags || SET_FLAGS.contains(&mnemonic) {
        writes.push(FLAGS);
    }
    if READ_FLAGS.contains(&mnemonic) {
        reads.push(FLAGS);
    }
    if SYSTEM.contains(&mnemonic) {
        reads.clear();
    }
    (vec![Outline { class: class.unwrap_or(otherwise), reads, writes }], class.is_some())
}

/// Loads, stores and prefetches: one for each register of 128 bits, one for other pairs; and an addition where the pointer
/// is advanced.
fn access(mnemonic: &str, operands: &str) -> Vec<Outline> {
    let (data, address) = operands.split_once('[').unwrap_or((operands, ""));
    let (inside, behind) = address.split_once(']').unwrap_or((address, ""));
    let (data, base) = (registers(data), registers(inside));
    let quad = operands.starts_with(['q', '{']) && !operands.contains(".8b");
    let vector = data.first().is_some_and(|(unit, _)| *unit == Unit::V);
    let store = mnemonic.starts_with("st");
    let pair = mnemonic == "ldp" || mnemonic == "stp" || mnemonic == "ldnp" || mnemonic == "stnp";
    let class = match (store, vector, quad) {
        (true, true, true) if pair => Class::StorePairQ,
        (false, true, true) if pair => Class::LoadPairQ,
        (true, true, true) => Class::StoreQ,
        (true, true, false) if data.len() > 1 => Class::StorePairD,
        (true, ..) => Class::StoreD,
        (false, true, _) if mnemonic == "ld1r" => Class::LoadRep,
        (false, true, true) => Class::LoadQ,
        (false, true, false) if data.len() > 1 => Class::LoadPairD,
        (false, true, false) => Class::LoadD,
        (false, false, _) => Class::LoadX,
    };
    // `st1 {v0.b}[1]` and `ld1` of a lane read the register, too; one of each is enough for either.
    let one = |data: &[Register]| {
        let (mut reads, mut writes) = (base.clone(), Vec::new());
        if store {
            reads.extend(data);
        } else {
            writes.extend(data);
        }
        Outline { class, reads, writes }
    };
    let mut all: Vec<Outline> = if quad && !pair && data.len() > 1 {
        data.iter().map(|register| one(std::slice::from_ref(register))).collect()
    } else {
        vec![one(&data)]
    };
    if !behind.is_empty()
        && let Some(&pointer) = base.first()
    {
        let mut reads = registers(behind);
        reads.push(pointer);
        all.push(Outline { class: Class::IntAlu, reads, writes: vec![pointer] });
    }
    all
}

/// The registers that a text names, in their order, those of a list such as `{v0.4s-v3.4s}` one by one. `xzr` and
/// `wzr` are none.
fn registers(text: &str) -> Vec<Register> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-');
    let mut registers = Vec::new();
    for word in words {
        let mut ends = word.split('-').map(|end| end.split('.').next().unwrap_or(end)).map(register);
        match (ends.next().flatten(), ends.next().flatten()) {
            (Some((unit, first)), Some((_, last))) => {
                registers.extend((first.0..=last.0).map(|n| (unit, Reg(n))));
            }
            (Some(one), None) => registers.push(one),
            (None, _) => {}
        }
    }
    registers
}

/// The register of this name.
fn register(word: &str) -> Option<Register> {
    if word == "sp" || word == "wsp" {
        return Some((Unit::X, Reg(31)));
    }
    let (kind, number) = word.split_at_checked(1)?;
    let unit = match kind {
        "x" | "w" => Unit::X,
        "v" | "q" | "d" | "s" | "h" | "b" => Unit::V,
        _ => return None,
    };
    let number: u16 = number.parse().ok()?;
    (number < 32).then_some((unit, Reg(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Class, registers read and written, as `x1` and `v2`, of the first part of an instruction.
    fn seen(text: &str) -> (&'static str, String, String) {
        let (parts, known) = outline(text);
        assert!(known, "{text}");
        let names = |registers: &[Register]| {
            let name = |&(unit, reg): &Register| match unit {
                _ if (unit, reg) == FLAGS => "flags".to_owned(),
                Unit::X => format!("x{}", reg.0),
                Unit::V => format!("v{}", reg.0),
            };
            registers.iter().map(name).collect::<Vec<_>>().join(" ")
        };
        (parts[0].class.as_str(), names(&parts[0].reads), names(&parts[0].writes))
    }

    #[test]
    fn instructions_have_classes_and_registers() {
        for (text, class, reads, writes) in [
            ("add x0, x1, #0x20", "int-alu", "x1", "x0"),
            ("subs x11, x11, x3, lsl #2", "int-alu", "x11 x3", "x11 flags"),
            ("cmp w3, w4", "int-alu", "x3 x4", "flags"),
            ("csel x0, x1, xzr, ne // ne", "int-alu", "x1 flags", "x0"),
            ("b.ne 4005cc <x1::v2>", "branch", "flags", ""),
            ("cbz x3, 4005cc <d7>", "branch", "x3", ""),
            ("umaddl x0, w1, w2, x3", "int-mul", "x1 x2 x3", "x0"),
            ("uxtl2 v24.8h, v24.16b", "shift", "v24", "v24"),
            ("mla v0.4s, v1.4s, v2.s[1]", "mla", "v1 v2 v0", "v0"),
            ("mov v0.s[1], w2", "insert", "x2 v0", "v0"),
            ("mov v0.16b, v1.16b", "vec-logic", "v1", "v0"),
            ("fmov x0, d1", "insert", "v1", "x0"),
            ("fcmp s0, s1", "fp-add", "v0 v1", "flags"),
            ("ldr x0, [x1, x2, lsl #3]", "load-x", "x1 x2", "x0"),
            ("ldr q3, [sp, #16]", "load-q", "x31", "v3"),
            ("ldp d8, d9, [sp], #64", "load-pair-d", "x31", "v8 v9"),
            ("ld1r {v0.4s}, [x3]", "load-rep", "x3", "v0"),
            ("stur q24, [x29, #-208]", "store-q", "x29 v24", ""),
            ("stp x29, x30, [sp, #-16]!", "store-d", "x31 x29 x30", ""),
            ("mrs x0, tpidr_el0", "int-alu", "", "x0"),
        ] {
            assert_eq!(seen(text), (class, reads.to_owned(), writes.to_owned()), "{text}");
        }
    }

    #[test]
    fn some_are_several() {
        let classes = |text| outline(text).0.iter().map(|o| o.class.as_str()).collect::<Vec<_>>();
        assert_eq!(classes("ldp q0, q1, [x1], #32"), ["load-pair-q", "int-alu"]);
        assert_eq!(classes("ld1 {v0.4s-v1.4s}, [x1], #32"), ["load-q", "load-q", "int-alu"]);
        assert_eq!(classes("ld1 {v4.16b-v7.16b}, [x1]"), ["load-q"; 4]);
        assert_eq!(registers("{v4.16b-v7.16b}, [x1, #-16]").len(), 5);
        assert_eq!(classes("st1 {v0.16b, v1.16b}, [x2]"), ["store-q", "store-q"]);
        assert_eq!(classes("ldrb w0, [x1, #1]!"), ["load-x", "int-alu"]);
    }

    #[test]
    fn the_unknown_is_said() {
        assert!(!outline("fjcvtzs w0, d0").1);
        assert!(!outline("aese v0.16b, v1.16b").1);
    }
}
