//! Kernels that store bytes or floats: their ends on any sum, the bytes that they write, and proofs that
//! refuse every other end.
//!
//! Without k-blocks a sum is what is added to its row and its column, so that any sum can be put to the end of any
//! kernel.
#![cfg(unix)]
#![cfg_attr(target_arch = "aarch64", expect(unsafe_code, reason = "it calls machine code"))]

use qgen::isa::{Buffer, Inst, Op};
use qgen::program::{Block, Machine, Program};
use qgen::prove::{Refusal, prove, prove_parts};
use qgen::run::{Segment, Segments, call_machine};
use qgen::{Kernel, compile_name};
use qgen_spec::{EndLayout, EndStage, Factors, OutputStage, Range, Requantise};
use qgen_tests::call::check_up_to;
use qgen_tests::callees;
use std::convert::Infallible;

/// Every form of an end: both types of bytes, all stores, held and reloaded parameters, tails of 1, 2 and 3
/// columns, several register tiles.
const BYTES: &[&str] = &[
    "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a72",
    "qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1ou8_cortex_a72",
    "qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1ou8_cortex_a53",
    "qgen_byte_3x4_lm4to3_rm4to3neg_t3x4k128u1oi8_cortex_a53",
    "qgen_fip_3x1_lm8to7_rm8to7neg_t3x1k32u1oi8_cortex_a72",
    "qgen_fip_5x2_lm8to7_rm8to7neg_t5x2k32u1ou8_cortex_a72",
    "qgen_fip_4x3_lm8to7_rm8to7neg_t4x3k32u1oi8_cortex_a72",
    "qgen_fip_2x7_lm8to7_rm8to7neg_t2x7k32u1ou8_cortex_a72",
    "qgen_fip_6x6_lm8to7_rm8to7neg_t3x3k32u1oi8_cortex_a72",
    "qgen_pair8_4x4_lm128to127_rm127to127_t4x4k16u1oi8_cortex_a53",
    "qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u1ou8_cortex_a53",
    "qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1oi8_cortex_a72",
    "qgen_widenouter_8x6_l0to15_r0to15_t8x6k2u1ou8_cortex_a72",
    "qgen_bits_2x8_lbin_rbin_t2x8k128u1oi8_cortex_a72",
    "qgen_dot_3x3_l0to255_rm128to127_t3x3k16u1ou8_neoverse_v1",
    "qgen_dotouter_4x8_lm128to127_rm128to127_t4x8k4u1oi8_neoverse_n1",
    "qgen_dotouter_1x32_lm128to127_rm128to127_t1x32k4u1oi8_neoverse_n1",
    "qgen_mmla_4x8_lm128to127_rm128to127_t4x8k8u1ou8_neoverse_v1",
    "qgen_mmla_2x6_lm128to127_rm128to127_t2x6k8u1oi8_neoverse_v1",
    "qgen_fip_3x3_lm32to31_rm31to32_t3x3k32u4woi8_cortex_a72",
];

/// The same with results of 16 bits on the way, and floats.
const OTHERS: &[&str] = &[
    "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1soi8_cortex_a72",
    "qgen_fip_1x24_lm8to7_rm8to7neg_t1x24k32u1sou8_cortex_a72",
    "qgen_fip_3x7_l0to15_r0to15_t3x7k32u1sou8_cortex_a72",
    "qgen_bits_3x3_lm1to1_rm1to1_t3x3k128u1soi8_cortex_a72",
    "qgen_fip_3x7_lm8to7_rm8to7neg_t3x7k32u1sof32_cortex_a72",
    "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1of32_cortex_a72",
    "qgen_pair8_3x7_lm128to127_rm127to127_t3x7k16u1of32_cortex_a72",
    "qgen_mmla_4x6_lm128to127_rm128to127_t4x6k8u1of32_neoverse_v1",
];

fn all() -> impl Iterator<Item = Kernel> {
    BYTES.iter().chain(OTHERS).map(|name| compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}")))
}

#[test]
fn compiler_kernels_with_ends_are_proved() {
    for kernel in all() {
        let proof = prove(&kernel).unwrap_or_else(|e| panic!("{}: {e}", kernel.name()));
        assert!(proof.lines.iter().any(|line| line.step == "end"), "{}", kernel.name());
    }
}

/// In guarded buffers, with watched registers, and at every depth that costs little: bytes at odd addresses,
/// flush with pages that fault on both sides.
#[test]
fn kernels_with_ends_do_what_they_promise() {
    let floats = "qgen_f32_4x8_lf32_rf32_t4x8k1u4of32_cortex_a72";
    for kernel in all().chain([compile_name(floats).unwrap()]) {
        let descriptor = kernel.descriptor();
        let calls = check_up_to(20_000, &descriptor, callees::interpreted(&kernel));
        assert!(calls.unwrap_or_else(|e| panic!("interpreted: {e}")) > 20);
        check_up_to(2_000, &descriptor, callees::lowered(&kernel)).unwrap_or_else(|e| panic!("lowered: {e}"));
        #[cfg(target_arch = "aarch64")]
        if qgen_runtime::cpu::detect_features().supports(descriptor.spec.isa()) {
            let code = qgen_runtime::code::CodeBuffer::new(&kernel.words()).unwrap();
            // SAFETY: the compiler made these words for this descriptor; that is what is tested. The
            // buffer lives until the end of the block.
            let callee = unsafe { callees::machine_code(code.entry(0), callees::frame_bytes(&kernel)) };
            check_up_to(60_000, &descriptor, callee).unwrap_or_else(|e| panic!("machine code: {e}"));
        }
    }
}

/// The bytes of a call without k-blocks: row i's sums are `rows[i] + 0`.
fn finished(kernel: &Kernel, program: &Program<Machine>, rows: &[i32], stage: &OutputStage) -> Vec<u8> {
    let spec = &kernel.plan().spec;
    let (m, n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
    let layout = EndLayout::of(spec);
    let mut params = vec![0; layout.words(n)];
    layout.write(0..n, |_| 0, &EndStage::Bytes(stage), &mut params);
    let bytes = |words: &[i32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    let segment = |n: u64, bytes, writable| Segment { address: n << 28, bytes, writable };
    let mut memory = Segments(vec![
        segment(1, vec![0x77; m * n], true),
        segment(2, bytes(rows), false),
        segment(3, bytes(&params), false),
    ]);
    let args = [0, 4 << 28, 0, 5 << 28, 1 << 28, n as u64, 2 << 28, 3 << 28];
    call_machine(program, args, &mut memory).unwrap_or_else(|e| panic!("{}: {e}", kernel.name()));
    memory.0.swap_remove(0).bytes
}

/// Sums at and beside powers of two, where ties are, and at both ends of 32 bits.
fn sums() -> Vec<i32> {
    let mut all = vec![0, i32::MIN, i32::MIN + 1, i32::MAX, i32::MAX - 1];
    for bit in 0..31 {
        all.extend([-1, 0, 1].into_iter().flat_map(|near| [(1 << bit) + near, -(1 << bit) + near]));
        all.extend([3, 5, 7].into_iter().flat_map(|odd| [odd << (bit / 2), -odd << (bit / 2)]));
    }
    all
}

/// The steps of an end, instruction by instruction, are the scalar rule: for every shift, on sums of every
/// magnitude, in each column's own lane.
#[test]
fn compiler_ends_are_the_scalar_rule_on_any_sum() {
    let (mut compared, mut ties) = (0, 0);
    for name in [BYTES[0], BYTES[2]] {
        let kernel = compile_name(name).unwrap();
        let spec = &kernel.plan().spec;
        let (m, n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
        let signed = spec.end.as_str() == "i8";
        let clamps = if signed { [(-128, 127), (-100, 6)] } else { [(0, 255), (3, 200)] };
        for shift in Requantise::MIN_SHIFT..=Requantise::MAX_SHIFT {
            for (lo, hi) in clamps {
                let multipliers =
                    [0, 1, 1 << 30, (1 << 30) + 1, 0x5a82_799a, 3 << 29, i32::MAX - 1, i32::MAX];
                let factors = multipliers.map(|multiplier| Requantise::new(multiplier, shift).unwrap());
                let stage = OutputStage::new(
                    Factors::PerChannel(factors.to_vec()),
                    lo.max(-3),
                    Range::new(lo as i16, hi).unwrap(),
                )
                .unwrap();
                for rows in sums().chunks_exact(m) {
                    let found = finished(&kernel, kernel.program(), rows, &stage);
                    for (at, byte) in found.iter().enumerate() {
                        let (sum, column) = (rows[at / n], at % n);
                        let byte = if signed { i32::from(*byte as i8) } else { i32::from(*byte) };
                        assert_eq!(byte, stage.apply(sum, column), "{name}: {sum} by {:?}", factors[column]);
                        compared += 1;
                        // Of a negative number, rounded away from zero, inside the clamp.
                        let half = i64::from(sum) / 2;
                        let unit = 1i64 << shift.min(0).unsigned_abs();
                        let tie = multipliers[column] == 1 << 30 && sum % 2 == 0 && half % unit == -unit / 2;
                        ties += usize::from(tie && unit > 1 && half / unit > -90);
                    }
                }
            }
        }
    }
    assert!(compared > 300_000 && ties > 200, "{compared} compared, {ties} ties");
}

/// The program with another instruction in the place of each for which `change` has one: nothing, if none has.
fn changed(kernel: &Kernel, change: impl Fn(&Inst) -> Option<Vec<Inst>>) -> Option<Program<Machine>> {
    let mut occurs = false;
    kernel.program().for_each_block(|b| occurs |= b.insts.iter().any(|i| change(i).is_some()));
    let block = |b: &Block| {
        let insts = b.insts.iter().flat_map(|i| change(i).unwrap_or_else(|| vec![*i])).collect();
        Ok::<_, Infallible>(Block { role: b.role, insts })
    };
    let Ok(program) = kernel.program().map_blocks(block);
    occurs.then_some(program)
}

fn with_op(inst: &Inst, op: Op) -> Vec<Inst> {
    vec![Inst::new(op, inst.regs(), inst.imm(), inst.buffer()).unwrap()]
}

/// A copy of the operand in the place of what an instruction makes of it.
fn copied(inst: &Inst) -> Vec<Inst> {
    let [to, from] = [inst.regs()[0], inst.regs()[1]];
    vec![Inst::new(Op::AndS, &[to, from, from], 0, None).unwrap()]
}

/// The other instruction for each step, or none.
fn wrong_ends(kernel: &Kernel) -> Vec<(String, Program<Machine>)> {
    let swaps = [
        (Op::SqshlS, Op::SrshlS),
        (Op::SrshlS, Op::SqshlS),
        (Op::SqrdmulhS, Op::AddS),
        (Op::SqaddH, Op::AddH),
        (Op::SmaxB, Op::SminB),
        (Op::SminB, Op::SmaxB),
        (Op::SmaxB, Op::UmaxB),
        (Op::UminB, Op::SminB),
        (Op::UmaxB, Op::UminB),
        (Op::UminB, Op::UmaxB),
        (Op::SqxtnB, Op::SqxtunB),
        (Op::SqxtunB, Op::SqxtnB),
        (Op::Sqxtn2B, Op::Sqxtun2B),
        (Op::FmaxS, Op::FminS),
        (Op::FminS, Op::FmaxS),
        (Op::FmulS, Op::FaddS),
    ];
    let mut all = Vec::new();
    let mut add = |what: String, program: Option<Program<Machine>>| all.extend(program.map(|p| (what, p)));
    for (from, to) in swaps {
        add(format!("{from:?} is {to:?}"), changed(kernel, |i| (i.op() == from).then(|| with_op(i, to))));
    }
    let dropped =
        [Op::SqshlS, Op::SqrdmulhS, Op::SrshlS, Op::SmaxB, Op::SminB, Op::UmaxB, Op::UminB, Op::SqaddH];
    for op in dropped {
        add(format!("{op:?} dropped"), changed(kernel, |i| (i.op() == op).then(|| copied(i))));
    }
    // Ties go up without it, and all negative numbers down where it does not look at the shift.
    add("SsraS dropped".into(), changed(kernel, |i| (i.op() == Op::SsraS).then(Vec::new)));
    let is_fix = |i: &Inst| i.op() == Op::AndS;
    add("ties without their shift".into(), changed(kernel, |i| is_fix(i).then(|| copied(i))));
    let earlier = |i: &Inst| {
        (i.op() == Op::SsraS).then(|| vec![Inst::new(Op::SsraS, i.regs(), 2, None).expect("a shift")])
    };
    add("ties by more than the sign".into(), changed(kernel, earlier));
    // Operands of a product change places, of a shift they may not.
    let turned = |op: Op| {
        changed(kernel, move |i| {
            let &[to, a, b] = i.regs() else { return None };
            (i.op() == op).then(|| vec![Inst::new(op, &[to, b, a], 0, None).expect("three registers")])
        })
    };
    add("the shift is shifted".into(), turned(Op::SrshlS));
    // Parameters of one kind, or of the first column, in the place of others.
    let layout = EndLayout::of(&kernel.plan().spec);
    let head = 4 * layout.head_words() as i64;
    for (what, by) in [("the next parameter", 16), ("the parameter before", -16)] {
        add(
            what.into(),
            changed(kernel, |i| {
                let ours = i.buffer() == Some(Buffer::ColAdd) && i.imm() >= head;
                let other = i.imm() + by;
                (ours && other >= head && other < 4 * layout.block_words() as i64)
                    .then(|| vec![Inst::new(i.op(), i.regs(), other, i.buffer()).expect("near")])
            }),
        );
    }
    add(
        "lo and hi exchanged".into(),
        changed(kernel, |i| {
            let places: &[i64] = if layout.head_words() == 8 { &[0, 16] } else { &[16, 32] };
            let at = places.iter().position(|place| *place == i.imm())?;
            let ours = i.buffer() == Some(Buffer::ColAdd) && i.op() == Op::LdrQ;
            ours.then(|| vec![Inst::new(i.op(), i.regs(), places[1 - at], i.buffer()).expect("near")])
        }),
    );
    // One result in the place of another.
    let lane = |i: &Inst| (i.op() == Op::St1S && i.imm() > 1).then_some(1);
    add(
        "another lane stored".into(),
        changed(kernel, |i| {
            lane(i).map(|lane| vec![Inst::new(i.op(), i.regs(), lane, i.buffer()).expect("a lane")])
        }),
    );
    add("a store dropped".into(), changed(kernel, |i| (i.op() == Op::St1S && i.imm() == 3).then(Vec::new)));
    all
}

#[test]
fn compiler_every_other_end_is_refused() {
    let names = [BYTES[0], BYTES[2], BYTES[11], OTHERS[0], OTHERS[5]];
    let mut refused = 0;
    for name in names {
        let kernel = compile_name(name).unwrap();
        let mutants = wrong_ends(&kernel);
        assert!(mutants.len() > 4, "{name}: {}", mutants.len());
        for (what, program) in mutants {
            match prove_parts(&kernel.descriptor(), kernel.plan(), &program) {
                Err(Refusal { .. }) => refused += 1,
                Ok(_) => panic!("{name}: {what} is proved"),
            }
        }
    }
    assert!(refused > 60, "{refused}");
}

/// The same ends go wrong on some sum; but for what no operands can show.
#[test]
fn compiler_every_other_end_fails_on_some_sum() {
    for name in [BYTES[0], BYTES[2]] {
        let kernel = compile_name(name).unwrap();
        let spec = &kernel.plan().spec;
        let (lo, hi, zero) = if spec.end.as_str() == "i8" { (-100, 90, -3) } else { (3, 200, 17) };
        let factor = |shift| Requantise::new(0x5a82_799a, shift).unwrap();
        // No shift to the left, one to the right, and the other way round; ties.
        let tie = Requantise::new(1 << 30, -1).unwrap();
        let factors = vec![factor(-3), factor(4), tie, factor(0), factor(-9), factor(9), tie, factor(-20)];
        let stage =
            OutputStage::new(Factors::PerChannel(factors), zero, Range::new(lo, hi).unwrap()).unwrap();
        for (what, program) in wrong_ends(&kernel) {
            // 16 bits and a zero point: what saturates is clamped to a byte, and what wraps is not near it, but where
            // the sum of both wraps.
            let rows = sums();
            let fails = rows.chunks_exact(spec.tile.m.into()).any(|rows| {
                let right = finished(&kernel, kernel.program(), rows, &stage);
                finished(&kernel, &program, rows, &stage) != right
            });
            assert!(fails, "{name}: {what} makes no difference");
        }
    }
}

/// A kernel with an end has no place for a sum that is not whole: it takes no more than its lanes hold, and
/// a larger promise is refused.
#[test]
fn compiler_an_end_is_made_of_whole_sums_alone() {
    let kernel = compile_name(BYTES[0]).unwrap();
    let plain = compile_name("qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
    let descriptor = kernel.descriptor();
    assert_eq!(descriptor.k_limit, plain.descriptor().depth_limit);
    assert_eq!(descriptor.depth_limit, descriptor.k_limit);
    let more = qgen_spec::Descriptor { k_limit: descriptor.k_limit + 32, ..descriptor.clone() };
    let refusal = prove_parts(&more, kernel.plan(), kernel.program()).unwrap_err();
    assert!(refusal.why.contains("but is written as 16 bits signed"), "{refusal}");
    // The program that widens on the way, in its place.
    let spec = qgen_spec::KernelSpec { end: kernel.plan().spec.end, ..plain.plan().spec.clone() };
    let descriptor = qgen_spec::Descriptor { spec: spec.clone(), ..plain.descriptor() };
    let plan = qgen::Plan { spec, ..plain.plan().clone() };
    let refusal = prove_parts(&descriptor, &plan, plain.program()).unwrap_err();
    assert!(["base", "end"].contains(&refusal.step), "{refusal}");
    let floats = compile_name("qgen_f32_8x8_lf32_rf32_t8x8k1u4oi8_cortex_a72").unwrap_err().to_string();
    assert!(floats.starts_with("output: sums of floats are not requantised to i8; choose f32"), "{floats}");
}
