//! The proofs have teeth: what is changed in a kernel so that it goes wrong is refused, for every
//! strategy, and where operands can show it, they are found and really fail in the interpreter.
//!
//! `cargo test -p qgen-tests --test mutations -- --nocapture` prints every refusal and its operands.

use qgen::begin::undone;
use qgen::isa::{Buffer, Inst, Op, Reg, Unit};
use qgen::program::{Block, BlockRole, Machine, Node, Program};
use qgen::prove::{counterexample, prove_parts};
use qgen::{Kernel, Plan, compile_name, compile_plan};
use qgen_spec::{Descriptor, KernelSpec, Strategy};
use std::convert::Infallible;

/// Every strategy; where it has several ways to sum, each of them.
const KERNELS: &[&str] = &[
    "qgen_wideninner_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a72",
    "qgen_widenouter_8x8_lm8to7_rm8to7neg_t8x8k2u1_cortex_a72",
    "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53",
    "qgen_byte_2x2_lm4to3_rm4to3neg_t2x2k128u1_cortex_a53",
    "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
    "qgen_fip_4x4_l0to15_r0to15_t4x4k32u2_cortex_a72",
    "qgen_fip_3x3_lm32to31_rm31to32_t3x3k32u4w_cortex_a72",
    "qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1_cortex_a72",
    "qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a72",
    "qgen_dot_4x4_lm128to127_rm128to127_t4x4k16u1_neoverse_n1",
    "qgen_dotouter_8x8_lm128to127_rm128to127_t8x8k4u1_neoverse_n1",
    "qgen_mmla_8x8_lm128to127_rm128to127_t8x8k8u1_neoverse_v1",
    "qgen_dot_3x3_l0to255_rm128to127_t3x3k16u1_neoverse_v1",
    "qgen_dotouter_4x8_l0to255_rm128to127_t4x8k4u1_neoverse_v1",
    "qgen_mmla_4x4_l0to255_rm128to127_t4x4k8u1_neoverse_v1",
    "qgen_bits_4x4_lbin_rbin_t4x4k128u1_cortex_a72",
    "qgen_bits_3x3_lm1to1_rm1to1_t3x3k128u1_cortex_a72",
    "qgen_bits_4x4_lm1to1_rbin_t4x4k128u1_cortex_a72",
    "qgen_bits_4x2_lm2to1_rm2to1subm2_t4x2k128u1_cortex_a72",
    // Forms for short k.
    "qgen_byte_3x4_lm8to7_rm8to7neg_t3x4k32u1s_cortex_a53",
    "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a72",
    "qgen_fip_4x4_l0to15_r0to15_t4x4k32u1s_cortex_a72",
    "qgen_bits_3x3_lm1to1_rm1to1_t3x3k128u1s_cortex_a72",
    // Several register tiles: the induction is about this very program.
    "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
    // Values that share bytes: signed and unsigned, two and four.
    "qgen_wideninner_4x4_l0to15_r0to15p2_t4x4k32u1_cortex_a72",
    "qgen_widenouter_8x8_lm8to7_rm8to7p2_t8x8k4u1_cortex_a72",
    "qgen_byte_2x2_lm2to1_rm2to1p4_t2x2k64u1_cortex_a53",
    "qgen_fip_4x4_lm8to7_rm8to7p2_t4x4k32u1_cortex_a72",
    "qgen_fip_3x3_lm32to31_rm8to7p2_t3x3k32u8w_cortex_a72",
    "qgen_pair8_4x4_lm128to127_rm8to7p2_t4x4k32u1_cortex_a72",
    "qgen_dot_2x4_l0to255_r0to3p4_t2x4k64u1_neoverse_n1",
    "qgen_dotouter_8x8_lm8to7_rm8to7subm8p2_t8x8k8u1_neoverse_n1",
    "qgen_mmla_4x4_lm128to127_rm2to1p4_t4x4k32u1_neoverse_v1",
];

/// A kernel with one thing changed.
struct Mutant {
    what: String,
    descriptor: Descriptor,
    plan: Plan,
    program: Program<Machine>,
}

impl Mutant {
    fn of(kernel: &Kernel, what: impl Into<String>, program: Program<Machine>) -> Mutant {
        Mutant { what: what.into(), descriptor: kernel.descriptor(), plan: kernel.plan().clone(), program }
    }

    fn promising(kernel: &Kernel, what: impl Into<String>, change: impl Fn(&mut Descriptor)) -> Mutant {
        let mut mutant = Mutant::of(kernel, what, zeroing(kernel));
        change(&mut mutant.descriptor);
        mutant
    }
}

/// The program that sets its sums to zero: a first pass that begins them would be refused for being another than
/// the main loop's body, before anything else is looked at.
fn zeroing(kernel: &Kernel) -> Program<Machine> {
    undone(kernel.program()).expect("a first pass is as the compiler made it")
}

/// The program with other instructions in its blocks.
fn changed(kernel: &Kernel, change: impl Fn(&Block) -> Vec<Inst>) -> Program<Machine> {
    let change = |b: &Block| Ok::<_, Infallible>(Block { role: b.role, insts: change(b) });
    let Ok(program) = zeroing(kernel).map_blocks(change);
    program
}

fn replaced(inst: &Inst, op: Op) -> Inst {
    Inst::new(op, inst.regs(), inst.imm(), inst.buffer()).expect("the same operands")
}

/// One block, or one k, more than proved.
fn larger_limits(kernel: &Kernel) -> Vec<Mutant> {
    let spec = &kernel.plan().spec;
    let mut mutants = vec![
        Mutant::promising(kernel, "k limit one larger", |d| d.k_limit += 1),
        Mutant::promising(kernel, "depth limit one larger", |d| d.depth_limit += 1),
    ];
    if let Some(period) = kernel.plan().period {
        let enlarged = period + u32::from(spec.unroll);
        let mut found = 0;
        for high in [false, true] {
            let (op, old, new) = if high {
                (Op::MovkImm, period >> 16, enlarged >> 16)
            } else {
                (Op::MovImm, period & 0xffff, enlarged & 0xffff)
            };
            if old == new {
                continue;
            }
            let program = changed(kernel, |b| {
                let is_limit = b.insts.iter().any(|i| i.op() == Op::CselLo);
                let insts = b.insts.iter().map(|i| {
                    let hit = is_limit && i.op() == op && i.imm() == i64::from(old);
                    if hit { Inst::new(op, i.regs(), new.into(), None).unwrap() } else { *i }
                });
                insts.collect()
            });
            found += 1;
            let mut mutant = Mutant::of(kernel, "a pass more before widening", program);
            mutant.descriptor.depth_limit += u32::from(spec.k_block * spec.unroll);
            mutants.push(mutant);
        }
        assert_eq!(found, 1, "{}: the period is one constant", kernel.name());
    }
    if spec.widen_in_loop {
        // The planner refuses it, so it is lowered behind its back.
        let spec = KernelSpec { unroll: 2 * spec.unroll, ..spec.clone() };
        let plan = Plan { spec, ..kernel.plan().clone() };
        let longer = compile_plan(&plan, kernel.core()).expect("it needs no more registers");
        mutants.push(Mutant::of(&longer, "more blocks in a short sum", zeroing(&longer)));
    }
    mutants
}

const SIGNS: &[(Op, Op)] = &[
    (Op::Smull, Op::Umull),
    (Op::Smull2, Op::Umull2),
    (Op::Smlal, Op::Umlal),
    (Op::Smlal2, Op::Umlal2),
    (Op::SadalpB, Op::UadalpB),
    (Op::SadalpH, Op::UadalpH),
    (Op::SaddlpH, Op::UaddlpH),
    (Op::SshllH, Op::UshllH),
    (Op::Sshll2H, Op::Ushll2H),
    (Op::Sdot, Op::Udot),
    (Op::SdotLane, Op::UdotLane),
    (Op::Smmla, Op::Ummla),
    (Op::Usdot, Op::Sdot),
    (Op::SudotLane, Op::SdotLane),
    (Op::Usmmla, Op::Ummla),
    (Op::SshrB, Op::UshrB),
];

/// Every instruction that has a form for the other sign, in that form.
fn other_signs(kernel: &Kernel) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for &(signed, unsigned) in SIGNS {
        for (from, to) in [(signed, unsigned), (unsigned, signed)] {
            let mut occurs = false;
            zeroing(kernel).for_each_block(|b| occurs |= b.insts.iter().any(|i| i.op() == from));
            if occurs {
                let swap = |i: &Inst| if i.op() == from { replaced(i, to) } else { *i };
                let program = changed(kernel, |b| b.insts.iter().map(swap).collect());
                mutants.push(Mutant::of(kernel, format!("{from:?} is {to:?}"), program));
            }
            // A later period's end is code of its own.
            let later = kernel.program().blocks(BlockRole::FlushMore);
            if later.iter().any(|b| b.insts.iter().any(|i| i.op() == from)) {
                let swap = |i: &Inst| if i.op() == from { replaced(i, to) } else { *i };
                let program = changed(kernel, |b| match b.role {
                    BlockRole::FlushMore => b.insts.iter().map(swap).collect(),
                    _ => b.insts.clone(),
                });
                mutants.push(Mutant::of(kernel, format!("{from:?} is {to:?} in a later period"), program));
            }
        }
    }
    mutants
}

/// The first two registers that the main loop loads from one side change places: the halves of a line's
/// k-block where it has two, else two lines.
fn exchanged_halves(kernel: &Kernel) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for buffer in [Buffer::Lhs, Buffer::Rhs] {
        let steady = kernel.program().steady();
        let is_load = |i: &&Inst| i.buffer() == Some(buffer) && i.row().class.is_load();
        let mut loads: Vec<&Inst> = steady.insts.iter().filter(is_load).collect();
        // Rows that are read in place have pointers of their own: only one line's loads compare.
        let pointer = |i: &Inst| *i.regs().last().expect("a load has an address");
        let Some(first) = loads.first().map(|i| pointer(i)) else { continue };
        loads.retain(|i| pointer(i) == first);
        // One that moves the pointer past all comes first.
        let moves = |i: &Inst| i.writes().any(|written| written == (Unit::X, pointer(i)));
        loads.sort_by_key(|i| (!moves(i), i.imm()));
        let swaps: Vec<(Inst, Inst)> = match loads[..] {
            [&pair, ..] if pair.regs().len() == 3 => {
                vec![(pair, on(&pair, &[pair.regs()[1], pair.regs()[0]]))]
            }
            [&one, &two, ..] => vec![(one, on(&one, &two.regs()[..1])), (two, on(&two, &one.regs()[..1]))],
            _ => continue,
        };
        let program = changed(kernel, |b| {
            let swap = |i: &Inst| {
                let found = swaps.iter().find(|(from, _)| b.role == BlockRole::Steady && from == i);
                found.map_or(*i, |(_, to)| *to)
            };
            b.insts.iter().map(swap).collect()
        });
        mutants.push(Mutant::of(kernel, format!("two registers of {} exchanged", buffer.as_str()), program));
    }
    mutants
}

/// A load to other registers.
fn on(inst: &Inst, to: &[Reg]) -> Inst {
    let address = &inst.regs()[inst.regs().len() - 1..];
    Inst::new(inst.op(), &[to, address].concat(), inst.imm(), inst.buffer()).expect("the same operands")
}

/// Without one of the instructions that widen.
fn dropped_widenings(kernel: &Kernel) -> Vec<Mutant> {
    let widens = |i: &Inst| {
        use qgen::isa::Class;
        !is_shift(i) && matches!(i.row().class, Class::PairAcc | Class::Shift)
            || matches!(i.op(), Op::SaddlpH | Op::UaddlpH)
    };
    let mut mutants = Vec::new();
    for role in [BlockRole::Steady, BlockRole::Rest, BlockRole::Flush, BlockRole::FlushMore] {
        let Some(block) = kernel.program().blocks(role).first().copied() else { continue };
        if !block.insts.iter().any(&widens) {
            continue;
        }
        let program = changed(kernel, |b| {
            let mut insts = b.insts.clone();
            if let Some(at) = insts.iter().position(&widens).filter(|_| b.role == role) {
                insts.remove(at);
            }
            insts
        });
        mutants.push(Mutant::of(kernel, format!("a widening dropped in {role:?}"), program));
    }
    mutants
}

/// Whether values that share bytes are moved to the place where they are read.
fn is_shift(inst: &Inst) -> bool {
    matches!(inst.op(), Op::ShlB | Op::SshrB | Op::UshrB)
}

/// Values that share bytes, taken out in the wrong way.
fn wrongly_unpacked(kernel: &Kernel) -> Vec<Mutant> {
    if kernel.plan().spec.per_byte == 1 {
        return Vec::new();
    }
    let other = |i: &Inst, op: Op, imm: i64| Inst::new(op, i.regs(), imm, None).expect("small shifts");
    let copy = |i: &Inst| {
        let [to, from] = [i.regs()[0], i.regs()[1]];
        Inst::new(Op::AndB, &[to, from, from], 0, None).expect("three registers")
    };
    let mut mutants = Vec::new();
    let mut change = |what: &str, to: &dyn Fn(&Inst) -> Option<Inst>| {
        let mut occurs = false;
        zeroing(kernel).for_each_block(|b| occurs |= b.insts.iter().any(|i| to(i).is_some()));
        if occurs {
            let program = changed(kernel, |b| b.insts.iter().map(|i| to(i).unwrap_or(*i)).collect());
            mutants.push(Mutant::of(kernel, what, program));
        }
    };
    let bits = 8 / i64::from(kernel.plan().spec.per_byte);
    let shifts = |i: &Inst, op: Op, by: i64| i.op() == op && i.imm() == by;
    for op in [Op::ShlB, Op::SshrB, Op::UshrB] {
        change(&format!("{op:?} by one less"), &|i| (i.op() == op).then(|| other(i, op, i.imm() - 1)));
        change(&format!("{op:?} dropped"), &|i| (i.op() == op).then(|| copy(i)));
    }
    change("the mask dropped", &|i| (i.op() == Op::AndB).then(|| copy(i)));
    change("the mask a bit longer", &|i| (i.op() == Op::MoviB).then(|| other(i, Op::MoviB, 2 * i.imm() + 1)));
    change("the mask a bit shorter", &|i| (i.op() == Op::MoviB).then(|| other(i, Op::MoviB, i.imm() / 2)));
    // Signed values come by `shl`, others by `ushr`: of four, the two in the middle change places.
    if bits == 2 {
        for op in [Op::ShlB, Op::UshrB] {
            change("the middle values exchanged", &|i| match i {
                i if shifts(i, op, 2) => Some(other(i, op, 4)),
                i if shifts(i, op, 4) => Some(other(i, op, 2)),
                _ => None,
            });
        }
    }
    // Of signed ones, the last in place of the first.
    change("the last value in place of the first", &|i| shifts(i, Op::ShlB, 8 - bits).then(|| copy(i)));
    mutants
}

/// Zero in place of what is added to rows, or to columns.
fn dropped_corrections(kernel: &Kernel) -> Vec<Mutant> {
    let without = |buffer: Buffer| {
        let program = changed(kernel, |b| {
            let zero = |i: &Inst| match i.buffer() == Some(buffer) {
                true => Inst::new(Op::MoviZero, &i.regs()[..1], 0, None).unwrap(),
                false => *i,
            };
            b.insts.iter().map(zero).collect()
        });
        Mutant::of(kernel, format!("{} dropped", buffer.as_str()), program)
    };
    vec![without(Buffer::RowAdd), without(Buffer::ColAdd)]
}

/// Whether the other sign has the same low 16 bits.
fn same_bits(Mutant { what, descriptor, .. }: &Mutant) -> bool {
    let spec = &descriptor.spec;
    let unsigned = [spec.lhs, spec.rhs].iter().all(|side| side.range().is_some_and(|r| r.lo() >= 0));
    unsigned && what.starts_with("Uml")
        || spec.strategy == Strategy::Bits && what.starts_with("UadalpB is SadalpB")
}

/// Mutants for which no operands are found: the program is the same (a depth limit is told, not used),
/// a call of the largest k takes too long, −2³¹ is reached exactly and still fits, or the other sign has
/// the same low 16 bits, because no byte is above 127: the instructions do the same, and what is wrong is
/// the reason that it would give for 16 bits being enough.
fn nothing_shows_it(mutant: &Mutant) -> bool {
    let Mutant { what, descriptor, .. } = mutant;
    let (l, r) = descriptor.spec.lhs.range().zip(descriptor.spec.rhs.range()).unwrap();
    let positive = [l.lo() * r.lo(), l.hi() * r.hi()].map(i64::from).into_iter().max().unwrap();
    let long = u64::from(descriptor.k_limit) * descriptor.spec.tile.area() as u64 > 10_000_000;
    let fits = positive * i64::from(descriptor.k_limit) <= i64::from(i32::MAX);
    // Up to that k, no part of a result leaves 16 bits.
    let early = what == "parts of results are widened";
    let later = 2 * u64::from(descriptor.depth_limit) * descriptor.spec.tile.area() as u64 > 10_000_000
        && what.ends_with("in a later period");
    same_bits(mutant)
        || early
        || later
        || what == "depth limit one larger"
        || what == "k limit one larger" && (long || fits)
}

/// Kernels whose passes overlap, if the model finds that worth it.
const PIPELINED: &[&str] = &[
    "qgen_byte_1x24_lm8to7_rm8to7neg_t1x24k32u1_cortex_a53",
    "qgen_pair8_1x24_lm128to127_rm127to127_t1x24k16u1_cortex_a53",
    "qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a53",
    "qgen_wideninner_1x24_lm16to15_rm16to15neg_t1x24k16u1_cortex_a53",
];

/// A pipelined loop whose parts do not fit together; nothing for a plain one.
fn broken_pipelines(kernel: &Kernel) -> Vec<Mutant> {
    let [fill] = kernel.program().blocks(BlockRole::Fill)[..] else { return Vec::new() };
    let in_role = |role, change: &dyn Fn(&[Inst]) -> Vec<Inst>| {
        changed(kernel, |b| if b.role == role { change(&b.insts) } else { b.insts.clone() })
    };
    let mut mutants = Vec::new();
    for (at, inst) in fill.insts.iter().enumerate() {
        let without = in_role(BlockRole::Fill, &|insts| [&insts[..at], &insts[at + 1..]].concat());
        mutants.push(Mutant::of(kernel, format!("the fill lacks `{}`", inst.row().mnemonic()), without));
    }
    let twice = |insts: &[Inst]| [insts, insts].concat();
    mutants.push(Mutant::of(kernel, "the drain once more", in_role(BlockRole::Drain, &twice)));
    mutants.push(Mutant::of(kernel, "the fill once more", in_role(BlockRole::Fill, &twice)));
    mutants.push(Mutant::of(kernel, "no drain", in_role(BlockRole::Drain, &|_| Vec::new())));
    let ahead: Vec<Reg> =
        fill.insts.iter().flat_map(Inst::writes).filter(|w| w.0 == Unit::V).map(|w| w.1).collect();
    if let [a, b, ..] = ahead[..] {
        let swap = |unit, reg| match reg {
            _ if unit != Unit::V => reg,
            reg if reg == a => b,
            reg if reg == b => a,
            reg => reg,
        };
        for role in [BlockRole::Fill, BlockRole::Drain] {
            let swapped = in_role(role, &|insts| insts.iter().map(|inst| inst.map_regs(swap)).collect());
            mutants.push(Mutant::of(kernel, format!("two registers exchanged in {role:?}"), swapped));
        }
    }
    // The body of a plain loop, with what another pass needs already in registers: no proof looks so far
    // ahead that it could take this for a loop that works.
    let plain =
        Program { nodes: without_ends(&kernel.program().nodes), stage: kernel.program().stage.clone() };
    mutants.push(Mutant::of(kernel, "the body alone", plain));
    mutants
}

/// The nodes without the fill and the drain around the main loop.
fn without_ends(nodes: &[Node]) -> Vec<Node> {
    let is_end = |node: &&Node| !matches!(node, Node::Block(b) if matches!(b.role, BlockRole::Fill | BlockRole::Drain));
    let inner = |node: &Node| match node {
        Node::Block(_) => node.clone(),
        Node::Loop { counter, body } => Node::Loop { counter: *counter, body: without_ends(body) },
        Node::IfNonZero { test, then, otherwise } => {
            Node::IfNonZero { test: *test, then: without_ends(then), otherwise: otherwise.clone() }
        }
    };
    nodes.iter().filter(is_end).map(inner).collect()
}

/// Kernels whose main loops take several k-blocks a pass, and leave some over; with and without periods.
const UNROLLED: &[&str] = &[
    "qgen_fip_4x4_l0to15_r0to15_t4x4k32u4_cortex_a72",
    "qgen_wideninner_4x4_l0to15_r0to15_t4x4k16u4_cortex_a72",
    "qgen_dot_4x4_lm128to127_rm128to127_t4x4k16u4_neoverse_n1",
    "qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u4_neoverse_v1",
];

/// Pointers and counters that go wrong, some of them at large k only.
fn wrong_control(kernel: &Kernel) -> Vec<Mutant> {
    let with = |what: &str, change: &dyn Fn(&Block, &Inst) -> Vec<Inst>| {
        let program = changed(kernel, |b| b.insts.iter().flat_map(|i| change(b, i)).collect());
        Mutant::of(kernel, what, program)
    };
    let inst = |op, regs: &[Reg], imm| Inst::new(op, regs, imm, None).unwrap();
    let is_step = |i: &Inst| i.op() == Op::AddImm && i.regs()[0] == i.regs()[1];
    let mut mutants = vec![
        with("no pointer moves in the loop for blocks left over", &|b, i| match i.op() {
            Op::LdrQPost | Op::LdpQPost if b.role == BlockRole::Rest => {
                let still = if i.op() == Op::LdrQPost { Op::LdrQ } else { Op::LdpQ };
                vec![Inst::new(still, i.regs(), 0, i.buffer()).unwrap()]
            }
            _ if b.role == BlockRole::Rest && is_step(i) => Vec::new(),
            _ => vec![*i],
        }),
        with("the number of passes is cut to three bits", &|b, i| match i.op() {
            Op::LsrX if b.role == BlockRole::Control => {
                vec![*i, inst(Op::AndLow, &[i.regs()[0], i.regs()[0]], 3)]
            }
            _ => vec![*i],
        }),
        with("one block more is left over", &|b, i| match i.op() {
            Op::AndLow if b.role == BlockRole::Control => {
                vec![*i, inst(Op::AddImm, &[i.regs()[0], i.regs()[0]], 1)]
            }
            _ => vec![*i],
        }),
    ];
    if kernel.plan().period.is_some() {
        mutants.push(with("what remains is compared with a pointer", &|_, i| match i.op() {
            Op::CmpX => vec![inst(Op::CmpX, &[i.regs()[0], Reg(4)], 0)],
            _ => vec![*i],
        }));
    }
    mutants
}

/// The usual end under the promise of the form for short k: parts of results are widened.
fn widened_too_early(kernel: &Kernel) -> Vec<Mutant> {
    let spec = KernelSpec { short: false, ..kernel.plan().spec.clone() };
    let usual =
        compile_plan(&Plan { spec, ..kernel.plan().clone() }, kernel.core()).expect("it needs no more");
    vec![Mutant::of(kernel, "parts of results are widened", zeroing(&usual))]
}

/// Refuses every mutant; prints why, and for which operands it really fails.
fn refuse_all(kernels: &[&str], mutations: fn(&Kernel) -> Vec<Mutant>, none_for: &[&str]) {
    for name in kernels {
        let kernel = compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mutants = mutations(&kernel);
        let expected = none_for.iter().all(|strategy| !name.starts_with(&format!("qgen_{strategy}_")));
        assert_eq!(!mutants.is_empty(), expected, "{name}");
        for mutant in mutants {
            let Mutant { what, descriptor, plan, program } = &mutant;
            let verdict = prove_parts(descriptor, plan, program);
            let found = counterexample(descriptor, plan, program);
            let refusal = match verdict {
                // Where 16 bits may wrap there is no reason left that could be wrong.
                Ok(_) if descriptor.spec.short && found.is_none() && same_bits(&mutant) => continue,
                Ok(_) => panic!("{name}, {what}: proved; {found:?}"),
                Err(refusal) => refusal,
            };
            println!("{name}, {what}\n  refused    {refusal}");
            match found {
                Some(found) => println!("  really     {found}"),
                None => assert!(nothing_shows_it(&mutant), "{name}, {what}: no operands show it ({refusal})"),
            }
        }
    }
}

/// The kernels whose right side shares bytes.
fn narrow() -> Vec<&'static str> {
    let shares = |name: &&str| name.parse::<KernelSpec>().expect("a name").per_byte > 1;
    KERNELS.iter().copied().filter(shares).collect()
}

#[test]
fn compiler_nothing_is_wrong_without_a_mutation() {
    for name in KERNELS {
        let kernel = compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (descriptor, plan, program) = (kernel.descriptor(), kernel.plan(), kernel.program());
        let proof = prove_parts(&descriptor, plan, program).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(proof.k_limit, descriptor.k_limit);
        assert_eq!(counterexample(&descriptor, plan, program), None, "{name}");
    }
}

/// With ends, whose parameters stand behind `col_add`: bytes, floats, and several register tiles.
const ENDS: &[&str] = &[
    "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a53",
    "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1ou8_cortex_a72",
    "qgen_fip_3x3_lm8to7_rm8to7neg_t3x3k32u1sou8_cortex_a72",
    "qgen_widenouter_8x8_lm8to7_rm8to7neg_t8x8k2u1of32_cortex_a72",
    "qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1oi8_cortex_a72",
];

/// What is found for a kernel with an end is there: none for one that is right, and some for one whose products
/// enter with the other sign.
#[test]
fn compiler_operands_are_found_for_kernels_with_ends() {
    for name in ENDS {
        let kernel = compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (descriptor, plan, program) = (kernel.descriptor(), kernel.plan(), kernel.program());
        assert_eq!(counterexample(&descriptor, plan, program), None, "{name}");
        for Mutant { what, descriptor, plan, program } in other_signs(&kernel) {
            let found = counterexample(&descriptor, &plan, &program);
            let found = found.unwrap_or_else(|| panic!("{name}, {what}: nothing shows it"));
            assert!(found.outcome.contains(", of the sum "), "{name}, {what}: {found}");
        }
    }
}

#[test]
fn compiler_larger_limits_are_refused() {
    refuse_all(KERNELS, larger_limits, &[]);
}

#[test]
fn compiler_the_other_sign_is_refused() {
    refuse_all(KERNELS, other_signs, &[]);
}

#[test]
fn compiler_exchanged_halves_are_refused() {
    refuse_all(KERNELS, exchanged_halves, &[]);
}

/// Dot and matrix products go to 32 bits at once: there is no widening to drop.
#[test]
fn compiler_a_dropped_widening_is_refused() {
    refuse_all(KERNELS, dropped_widenings, &["dot", "dotouter", "mmla"]);
}

/// Only where values share bytes is anything unpacked.
#[test]
fn compiler_what_is_wrongly_unpacked_is_refused() {
    refuse_all(&narrow(), wrongly_unpacked, &[]);
}

#[test]
fn compiler_a_dropped_correction_is_refused() {
    refuse_all(KERNELS, dropped_corrections, &[]);
}

#[test]
fn compiler_wrong_pointers_and_counters_are_refused() {
    refuse_all(UNROLLED, wrong_control, &[]);
}

#[test]
fn compiler_what_is_widened_too_early_is_refused() {
    let short: Vec<&str> = KERNELS.iter().copied().filter(|name| name.contains("u1s_")).collect();
    refuse_all(&short, widened_too_early, &[]);
}

/// The argument for plain loops does not look at registers that go from pass to pass. A loop that has
/// some is refused unless its parts are named, right as it may be.
#[test]
fn compiler_a_pipeline_in_disguise_is_refused() {
    let kernels = PIPELINED.iter().map(|name| compile_name(name).unwrap());
    let kernel = kernels.into_iter().find(|k| k.program().is_pipelined()).expect("some are pipelined");
    for hidden in [&[BlockRole::Fill][..], &[BlockRole::Drain], &[BlockRole::Fill, BlockRole::Drain]] {
        let role = |role| if hidden.contains(&role) { BlockRole::Control } else { role };
        let disguised = kernel
            .program()
            .map_blocks(|b| Ok::<_, Infallible>(Block { role: role(b.role), insts: b.insts.clone() }));
        let Ok(disguised) = disguised;
        let refusal = prove_parts(&kernel.descriptor(), kernel.plan(), &disguised).unwrap_err();
        assert!(["control", "overlap"].contains(&refusal.step), "{refusal}");
    }
}

/// Which kernels are pipelined is the model's choice; there must be some for this to say anything.
#[test]
fn compiler_a_broken_pipeline_is_refused() {
    let pipelined: Vec<&str> = PIPELINED
        .iter()
        .copied()
        .filter(|name| compile_name(name).unwrap().program().is_pipelined())
        .collect();
    assert!(!pipelined.is_empty(), "no kernel of the list is pipelined any more: choose others");
    refuse_all(&pipelined, broken_pipelines, &[]);
}
