//! Pipelines worked by hand, cycle by cycle: for cores that issue in order there is no outside model to ask
//! (llvm-mca writes results back in order there, and so never pairs a load with vector arithmetic).

use super::step::{Passes, Step, registers};
use super::{Core, bound, in_order, simulate, trace};
use crate::isa::{Class, Inst, Op, Reg};

/// An instruction: class, registers written, registers read, and the cycle in which it must issue. A
/// register that is both is the one that it adds to.
type Line = (Class, &'static str, &'static str, u32);

/// Runs the lines once through `core` and compares the cycles.
fn worked(core: &str, lines: &[Line]) {
    let core = Core::built_in(core).unwrap();
    let steps: Vec<Step> = lines
        .iter()
        .map(|&(class, writes, reads, _)| {
            let mut step = Step::branch(&core, None);
            step.class = class;
            step.uops = core.cost(class).uops.clone();
            step.slots = core.cost(class).slots.into();
            step.first = core.cost(class).first;
            step.latency = core.cost(class).latency.into();
            let number = |name: char| name as u16 - 'a' as u16;
            step.reads = reads.chars().map(|name| (number(name), writes.contains(name))).collect();
            step.writes = writes.chars().map(|name| (number(name), None)).collect();
            step
        })
        .collect();
    assert!(registers(&steps) <= 26);
    let run = in_order::run(&core, &steps, Passes { before: 0, measured: 1 });
    let issued: Vec<u32> = run.fates.iter().map(|fate| fate.issued).collect();
    let expected: Vec<u32> = lines.iter().map(|line| line.3).collect();
    assert_eq!(issued, expected, "{}: {lines:?}", core.name);
}

use Class::{Dot, Insert, IntAlu, LoadD, LoadQ, LoadX, Mla, Mul, PairAcc, StoreD, VecAdd, VecLogic};

#[test]
fn a_64_bit_load_issues_beside_a_vector_operation() {
    // One vector unit and one load unit: a pair a cycle.
    worked(
        "cortex-a53",
        &[
            (Mla, "a", "abc", 0),
            (LoadD, "d", "", 0),
            (Mla, "e", "ebc", 1),
            (LoadD, "f", "", 1),
            // Loaded in cycle 0, there in cycle 4.
            (VecLogic, "g", "d", 4),
            // Two loads never issue together.
            (LoadD, "h", "", 4),
            (LoadD, "i", "", 5),
        ],
    );
}

#[test]
fn a_128_bit_load_takes_both_slots() {
    worked(
        "cortex-a53",
        &[
            (Mla, "a", "abc", 0),
            // Not beside the multiplication, although its unit is free,
            (LoadQ, "d", "", 1),
            // and nothing beside it, be it as small as an addition.
            (IntAlu, "x", "x", 2),
            (Mla, "e", "ebc", 2),
            (LoadQ, "f", "", 3),
            (LoadQ, "g", "", 4),
        ],
    );
}

#[test]
fn on_a55_a_128_bit_load_takes_two_whole_cycles() {
    worked(
        "cortex-a55",
        &[
            (LoadQ, "d", "", 0),
            (VecLogic, "a", "bc", 2),
            (IntAlu, "x", "x", 2),
            (LoadQ, "e", "", 3),
            (IntAlu, "y", "y", 5),
            // Loaded in cycle 3, there in cycle 7.
            (VecLogic, "f", "e", 7),
        ],
    );
}

#[test]
fn sums_are_forwarded_where_the_guide_says_so() {
    // A55: to the sum after one cycle, to anyone else after four.
    worked(
        "cortex-a55",
        &[
            (Mla, "a", "abc", 0),
            (Mla, "a", "abc", 1),
            (Mla, "a", "abc", 2),
            (VecLogic, "d", "a", 6),
            // A product is no sum: only what was accumulated is forwarded,
            (Mul, "e", "bc", 7),
            (Mla, "e", "ebc", 11),
            // and only to the sum, not to a factor.
            (Mla, "f", "feb", 15),
            (Dot, "g", "gbc", 16),
            (Dot, "g", "gbc", 17),
        ],
    );
    // A53 is not known to forward.
    worked("cortex-a53", &[(Mla, "a", "abc", 0), (Mla, "a", "abc", 4), (Mla, "a", "abc", 8)]);
}

#[test]
fn scalar_work_issues_beside_a_vector_operation() {
    for core in ["cortex-a53", "cortex-a55"] {
        worked(
            core,
            &[
                (VecLogic, "a", "bc", 0),
                (IntAlu, "x", "x", 0),
                (VecLogic, "d", "bc", 1),
                (IntAlu, "x", "x", 1),
                // Two of them are a pair, too; the third has no slot.
                (IntAlu, "y", "y", 2),
                (IntAlu, "z", "z", 2),
                (IntAlu, "w", "w", 3),
                (Class::Branch, "", "w", 4),
            ],
        );
    }
}

#[test]
fn a_vector_filled_from_two_64_bit_loads() {
    // ldr d, ldr x and ins instead of ldr q: no cycle without a vector operation, but one of them is the ins.
    worked(
        "cortex-a53",
        &[
            (Mla, "b", "bcd", 0),
            (LoadD, "a", "", 0),
            (Mla, "e", "ecd", 1),
            (LoadX, "x", "", 1),
            (Mla, "f", "fcd", 2),
            (Mla, "g", "gcd", 3),
            // x is there in cycle 4, a has been since cycle 4.
            (Insert, "a", "ax", 4),
            (IntAlu, "y", "y", 4),
            // Two cycles later the whole of it can be used.
            (Mla, "h", "had", 6),
        ],
    );
}

#[test]
fn two_vector_operations_never_issue_together() {
    for core in ["cortex-a53", "cortex-a55"] {
        worked(core, &[(VecLogic, "a", "bc", 0), (VecLogic, "d", "ef", 1), (VecLogic, "g", "hi", 2)]);
    }
}

#[test]
fn on_a55_the_vector_operation_comes_first_in_its_pair() {
    worked(
        "cortex-a55",
        &[(Mla, "a", "abc", 0), (LoadD, "d", "", 0), (Mla, "e", "ebc", 1), (StoreD, "", "d", 3)],
    );
    worked("cortex-a55", &[(LoadD, "d", "", 0), (Mla, "a", "abc", 1), (LoadD, "e", "", 1)]);
    // A53 is not known to care.
    worked("cortex-a53", &[(LoadD, "d", "", 0), (Mla, "a", "abc", 0), (LoadD, "e", "", 1)]);
}

#[test]
fn on_a55_pairwise_accumulation_takes_the_unit_for_two_cycles() {
    worked(
        "cortex-a55",
        &[
            (PairAcc, "a", "ab", 0),
            (LoadD, "c", "", 0),
            (VecAdd, "d", "ef", 2),
            (LoadD, "g", "", 2),
            (PairAcc, "h", "hb", 3),
            (PairAcc, "i", "ib", 5),
            (VecLogic, "j", "i", 9),
        ],
    );
}

fn inst(op: Op, regs: &[u16], imm: i64) -> Inst {
    Inst::new(op, &regs.iter().map(|&r| Reg(r)).collect::<Vec<_>>(), imm, None).unwrap()
}

#[test]
fn every_empty_slot_has_a_cause() {
    let core = Core::built_in("cortex-a53").unwrap();
    // A pass by hand:  0: ldr q, alone   1: mul   2: add   3: eor, branch
    let insts = [
        inst(Op::LdrQPost, &[0, 40], 16),
        inst(Op::MulS, &[1, 2, 3], 0),
        inst(Op::AddBS, &[4, 5, 6], 0),
        inst(Op::EorB, &[7, 8, 9], 0),
    ];
    let simulation = simulate(&core, &insts, None);
    assert_eq!((simulation.cycles, simulation.slots), (4.0, 6));
    let stalls = simulation.stalls;
    // The slots beside mul and add stay empty, because the next operation wants the same unit.
    assert_eq!((stalls.units, stalls.operands, stalls.slots, stalls.window), (1.0, 0.0, 0.0, 0.0));
    assert_eq!(
        simulation.by,
        "3 cycles of work for V: 1 mul, 1 vec-add, 1 vec-logic, beside 1 cycles of \
         instructions that issue alone: 1 load-q"
    );
    assert_eq!(bound(&core, &insts).cycles, 4.0);
    // A chain: the sum waits for the product, four cycles, and the xor three for the sum.
    let chain =
        [inst(Op::MulS, &[1, 2, 3], 0), inst(Op::AddBS, &[4, 1, 1], 0), inst(Op::EorB, &[2, 4, 4], 0)];
    let simulation = simulate(&core, &chain, None);
    assert_eq!(simulation.cycles, 8.0);
    assert_eq!(simulation.stalls.operands, 6.0, "{simulation:?}");
    assert!(
        simulation.by.contains("6.0 cycles of waiting for operands, most for vec-add after mul"),
        "{}",
        simulation.by
    );
}

#[test]
fn pointers_are_advanced_beside_the_load() {
    for (core, cycles) in [("cortex-a53", 4.0), ("cortex-a55", 4.0)] {
        let core = Core::built_in(core).unwrap();
        let load = |to: u16| inst(Op::LdrDPost, &[to, 40], 8);
        // Four loads by one pointer: one a cycle, not one in the time that a load takes.
        assert_eq!(simulate(&core, &[load(0), load(1), load(2), load(3)], None).cycles, cycles);
    }
}

#[test]
fn out_of_order_units_are_taken_as_long_as_their_work_lasts() {
    let core = Core::built_in("cortex-a72").unwrap();
    // A byte multiply keeps F0 for two cycles; additions go where it is free.
    let insts =
        [inst(Op::MulS, &[0, 1, 2], 0), inst(Op::AddBS, &[3, 4, 5], 0), inst(Op::AddBS, &[6, 4, 5], 0)];
    let simulation = simulate(&core, &insts, None);
    assert_eq!(simulation.cycles, 2.0);
    let busy = |name: &str| simulation.busy[core.units.iter().position(|u| u == name).unwrap()];
    assert_eq!([busy("F0"), busy("F1"), busy("B"), busy("L")], [2.0, 2.0, 1.0, 0.0]);
    assert_eq!(simulation.slots, 5);
}

#[test]
fn dispatch_takes_one_for_each_multiplying_pipe() {
    let core = Core::built_in("cortex-a72").unwrap().with_every_group();
    let mul = |to: u16| inst(Op::Smull, &[to, 20, 21], 0);
    let acc = |to: u16| inst(Op::SadalpB, &[to, 20], 0);
    // By turns, both pipes get one a cycle.
    let mixed = [mul(0), acc(1), mul(2), acc(3), mul(4), acc(5)];
    assert_eq!(simulate(&core, &mixed, None).cycles, 3.0);
    // mul | mul | mul acc | acc | acc branch mul'
    let sorted = [mul(0), mul(2), mul(4), acc(1), acc(3), acc(5)];
    let simulation = simulate(&core, &sorted, None);
    assert_eq!(simulation.cycles, 4.0);
    // Of twelve slots seven are taken; the others fail by the rules.
    assert!((simulation.stalls.slots - 5.0 / 3.0).abs() < 1e-9, "{simulation:?}");
    assert_eq!(simulate(&core.without_groups(), &sorted, None).cycles, 3.0);
}

#[test]
fn a_window_hides_latency_as_far_as_it_reaches() {
    let core = Core::built_in("neoverse-n1").unwrap();
    // Eight loads of five cycles, each with a chain of two additions: with a window of 128, two loads a cycle.
    let chain = |n: u16| {
        [inst(Op::LdrQ, &[n, 40], 0), inst(Op::AddBS, &[n, n, n], 0), inst(Op::AddBS, &[n, n, n], 0)]
    };
    let insts: Vec<Inst> = (0..8).flat_map(chain).collect();
    let wide = simulate(&core, &insts, None);
    assert_eq!(wide.cycles, 8.0, "{wide:?}");
    let mut narrow = core;
    narrow.window = 6;
    let narrow = simulate(&narrow, &insts, None);
    // Six under way are two chains of nine cycles, so that eight chains take four times about nine.
    assert!((28.0..=40.0).contains(&narrow.cycles), "{narrow:?}");
    assert!(narrow.stalls.operands + narrow.stalls.window > 20.0, "{narrow:?}");
}

#[test]
fn a_trace_follows_every_instruction() {
    for name in ["cortex-a53", "cortex-a72"] {
        let core = Core::built_in(name).unwrap();
        let insts =
            [inst(Op::LdrQ, &[0, 40], 0), inst(Op::MulS, &[1, 0, 0], 0), inst(Op::AddBS, &[2, 1, 1], 0)];
        let traced = trace(&core, &insts, None, 3);
        assert_eq!(traced.len(), 3 * 4);
        let latencies =
            [Class::LoadQ, Mul, VecAdd, Class::Branch].map(|class| i64::from(core.cost(class).latency));
        for (at, one) in traced.iter().enumerate() {
            assert_eq!((one.pass, one.place), (at / 4, at % 4));
            assert!(one.taken <= one.issued && one.ready <= one.issued && one.completed <= one.retired);
            assert_eq!(one.completed - one.issued, latencies[one.place]);
            assert_ne!(one.units, 0);
            if one.place > 0 && one.place < 3 {
                assert!(one.issued >= traced[at - 1].completed, "{name}: a user before its operand");
            }
        }
        let unit = |name: &str| 1 << core.units.iter().position(|u| u == name).unwrap();
        assert_eq!(traced[0].units, unit(if name == "cortex-a53" { "LS" } else { "L" }));
        assert_eq!(traced[0].taken, 0);
    }
}
