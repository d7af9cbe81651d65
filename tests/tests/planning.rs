//! The planner answers wherever there is an answer: what looks best by the bound may turn out not to be
//! possible, and then the next is taken.

use qgen::plan::{Choice, Plan, Request, Stays, open_strategies, usual_tiles};
use qgen::{compile, compile_plan, core::Core};
use qgen_spec::{Operand, Range, Strategy, Tile};
use rayon::prelude::*;

fn int(lo: i16, hi: i16) -> Operand {
    Operand::Int(Range::new(lo, hi).unwrap())
}

/// Two products of −128·−128 do not fit a 16-bit lane, which only the run over intervals finds out.
#[test]
fn eight_bits_on_both_sides_have_a_kernel_on_every_core() {
    for name in Core::names() {
        let core = Core::built_in(name).unwrap();
        for (lhs, rhs) in [
            (int(-128, 127), int(-128, 127)),
            (int(0, 255), int(0, 255)),
            (int(-128, -128), int(0, 255)),
            (int(-128, 127), int(-1, 1)),
        ] {
            let request = Request { lhs, rhs, ..Request::floats() };
            let kernel = compile(&request, &core).unwrap_or_else(|e| panic!("{lhs} by {rhs}, {name}: {e}"));
            assert_eq!((kernel.plan().spec.lhs, kernel.plan().spec.rhs), (lhs, rhs));
        }
    }
}

/// Each row that is read in place takes a core register, which the budget of vector registers does not
/// see.
#[test]
fn tall_tiles_are_made_of_register_tiles_with_pointers_for_all_rows() {
    for name in Core::names() {
        let core = Core::built_in(name).unwrap();
        for (m, n, unroll) in
            [(40, 1, None), (63, 1, None), (64, 1, Some(1)), (24, 8, Some(2)), (64, 64, None)]
        {
            for strategy in [None, Some(Choice::One(Strategy::Byte)), Some(Choice::One(Strategy::Fip))] {
                let tile = Some(Tile::new(m, n));
                let request = Request { tile, unroll, strategy, ..Request::of(Range::signed(4).unwrap()) };
                let kernel = compile(&request, &core).unwrap_or_else(|e| panic!("{m}x{n}, {name}: {e}"));
                assert_eq!(Some(kernel.plan().spec.tile), tile);
            }
        }
    }
}

/// What is chosen where nothing is named, against every strategy with every usual tile: what `qgen list`
/// shows.
#[test]
fn compiler_choices_are_the_fastest_of_what_is_listed() {
    let mut operands: Vec<_> = (1..=8).map(|bits| Operand::of_bits(bits).unwrap()).map(|o| (o, o)).collect();
    operands.extend([(int(-1, 1), int(-1, 1)), (int(0, 15), int(-7, 7))]);
    let cores = Core::names().map(|name| Core::built_in(name).unwrap()).filter(|core| core.checked);
    let all: Vec<_> = cores.flat_map(|core| operands.iter().map(move |o| (core.clone(), *o))).collect();
    let slower: Vec<String> = all
        .par_iter()
        .filter_map(|(core, (lhs, rhs))| {
            let request = Request { lhs: *lhs, rhs: *rhs, ..Request::floats() };
            let chosen = compile(&request, core).unwrap();
            let speed = chosen.modelled_macs_per_cycle();
            let listed = open_strategies(&request).into_iter().flat_map(|strategy| {
                let one = Some(Choice::One(strategy));
                let request = Request { strategy: one, ..request.clone() };
                usual_tiles(strategy).into_iter().map(move |t| Request { tile: Some(t), ..request.clone() })
            });
            let faster = listed
                .filter_map(|request| compile(&request, core).ok())
                // What packing the left side costs is in no main loop.
                .filter(|kernel| kernel.plan().spec.in_place == chosen.plan().spec.in_place)
                .find(|kernel| kernel.modelled_macs_per_cycle() > speed * 1.03)?;
            let listed = faster.modelled_macs_per_cycle();
            Some(format!("{}: {speed:.2}, but {}: {listed:.2}", chosen.name(), faster.name()))
        })
        .collect();
    assert!(slower.is_empty(), "{}", slower.join("\n"));
}

/// The runtime blocks for the caches that the compiler's core tables have.
#[test]
fn the_runtime_knows_the_caches_of_every_core_table() {
    use qgen_runtime::cpu::{CACHES, Caches};
    let tables: Vec<(&str, Caches)> = Core::names()
        .map(|name| {
            let core = Core::built_in(name).unwrap();
            (name, Caches { l1d: core.memory.l1d as usize, l2: core.memory.l2 as usize })
        })
        .collect();
    let mut known = CACHES.to_vec();
    known.sort_unstable_by_key(|&(name, _)| name);
    let mut tables = tables;
    tables.sort_unstable_by_key(|&(name, _)| name);
    assert_eq!(known, tables);
    for (_, Caches { l1d, l2 }) in known {
        assert!(l1d >= Caches::SMALLEST.l1d && l2 >= Caches::SMALLEST.l2);
    }
}

/// `byte` sums as many products in 8 bits as a name's k-block has chunks, up to what the ranges allow, and at
/// every such depth the program is proved and right at extremes.
#[test]
fn compiler_sums_of_bytes_have_every_legal_depth() {
    // Left and right side as stored, and how many products fit 8 bits.
    for (sides, legal) in [
        ("lm8to7_rm8to7neg", 2),
        ("lm4to3_rm4to3", 7),
        ("lm4to3_rm4to3neg", 8),
        ("lm2to1_rm2to1", 31),
        ("lm2to1_rm2to1neg", 32),
        ("l0to3_r0to3", 28),
        ("l0to1_r0to1", 255),
        ("lm8to7_rm8to7", 1),
    ] {
        let name = |depth: u32| format!("qgen_byte_2x3_{sides}_t2x3k{}u1_cortex_a53", 16 * depth);
        for depth in (1..=legal.min(9)).chain([legal.min(32)]) {
            let kernel = qgen::compile_name(&name(depth)).unwrap_or_else(|e| panic!("{}: {e}", name(depth)));
            let argument = qgen::prove::prove(&kernel);
            assert!(argument.is_ok(), "{}: {:?}", name(depth), argument.err());
        }
        let e = qgen::compile_name(&name(legal + 1)).unwrap_err().to_string();
        let wanted = if legal == 1 { "of 16, not of 32".into() } else { format!("up to {}", 16 * legal) };
        assert!(e.contains("`byte` has k-blocks of") && e.contains(&wanted), "{sides}: {e}");
    }
    // What the planner takes by itself: more in one sum, as long as a k-block stays short.
    let a53 = Core::built_in("cortex-a53").unwrap();
    let byte = |lhs, rhs, tile| {
        let strategy = Some(Choice::One(Strategy::Byte));
        let request = Request { lhs, rhs, strategy, tile: Some(tile), ..Request::floats() };
        compile(&request, &a53).unwrap().plan().spec.k_block
    };
    for (side, k_block) in [(int(-8, 7), 32), (int(-4, 3), 128), (int(-2, 1), 128)] {
        assert_eq!(byte(side, side, Tile::new(3, 4)), k_block, "{side}");
    }
}

/// Either side may stay in registers: both orders are proved, and read the same packed layouts.
#[test]
fn compiler_either_side_stays_in_registers() {
    let mut seen = 0;
    for name in [
        "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
        "qgen_fip_3x2_lm32to31_rm31to32_t3x2k32u4w_cortex_a72",
        "qgen_byte_4x3_lm8to7_rm8to7neg_t4x3k32u1_cortex_a72",
        "qgen_byte_2x3_lm4to3_rm4to3neg_t2x3k128u1_cortex_a72",
        "qgen_wideninner_3x4_lm64to63_rm64to63neg_t3x4k16u1_cortex_a72",
        "qgen_pair8_3x4_lm128to127_rm128to127_t3x4k16u1_cortex_a72",
        "qgen_bits_3x2_lm2to1_rm2to1subm2_t3x2k128u1_cortex_a72",
        "qgen_dot_4x4_lm128to127_rm128to127_t4x4k16u1_neoverse_n1",
    ] {
        let usual = qgen::compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        let plan = Plan { stays: Stays::usual(&usual.plan().spec), ..usual.plan().clone() };
        let (stays, budget) = plan.stays.other(&plan.spec).unwrap_or_else(|| panic!("{name}: no registers"));
        let texts = [plan.clone(), Plan { stays, budget, ..plan.clone() }].map(|plan| {
            let (program, side) = (qgen::lower::lower(&plan), plan.stays);
            let kernel = compile_plan(&plan, usual.core()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(kernel.plan().stays, side, "{name}: the model prefers the other");
            let argument = qgen::prove::prove(&kernel);
            assert!(argument.is_ok(), "{name}: {:?}", argument.err());
            program.to_string()
        });
        assert_ne!(texts[0], texts[1], "{name}");
        seen += 1;
    }
    assert_eq!(seen, 8);
    // Where the model likes it better, it is taken: the names are the same, so that a name means one program.
    let other = qgen::compile_name("qgen_byte_4x3_lm4to3_rm4to3neg_t4x3k128u1_cortex_a53").unwrap();
    assert_ne!(other.plan().stays, Stays::usual(&other.plan().spec));
}

/// Storage is decided by the room of lanes, not searched: no other way to store the right side is faster.
#[test]
fn compiler_no_other_storage_is_faster() {
    let mut compared = 0;
    for (name, strategies) in [
        ("cortex-a53", &[Strategy::Byte, Strategy::WidenInner, Strategy::Pair8][..]),
        ("cortex-a72", &[Strategy::Fip, Strategy::WidenInner, Strategy::WidenOuter]),
        ("neoverse-v1", &[Strategy::Dot, Strategy::Mmla]),
    ] {
        let core = Core::built_in(name).unwrap();
        for &strategy in strategies {
            let ranges = [int(-8, 7), int(-4, 3), int(0, 15), int(-31, 32), int(-3, 11)];
            for (lhs, rhs) in ranges.iter().flat_map(|&l| ranges.iter().map(move |&r| (l, r))) {
                let request =
                    Request { lhs, rhs, strategy: Some(Choice::One(strategy)), ..Request::floats() };
                let Ok(chosen) = compile(&request, &core) else { continue };
                let most = chosen.modelled_macs_per_cycle();
                for (storage, plan) in qgen::plan::storages(&chosen.plan().spec, &core) {
                    let Ok(other) = plan.map_err(Into::into).and_then(|plan| compile_plan(&plan, &core))
                    else {
                        continue;
                    };
                    let reach = other.modelled_macs_per_cycle();
                    assert!(reach <= 1.01 * most, "{}: {most}; {storage}: {reach}", chosen.name());
                    compared += usize::from(storage != chosen.plan().spec.storage);
                }
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

/// `any` number of values in a byte: none is faster than the one that is taken, and of equals it is the narrowest.
#[test]
fn compiler_any_number_of_values_in_a_byte() {
    let mut narrow = 0;
    for name in ["cortex-a53", "cortex-a55", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
        let core = Core::built_in(name).unwrap();
        let sides = [int(-8, 7), int(0, 15), int(-2, 1), int(-64, 63), Operand::F32];
        let tiles = [None, Some(Tile::new(1, 8)), Some(Tile::new(1, 4))];
        for (side, tile) in sides.iter().flat_map(|&side| tiles.iter().map(move |&tile| (side, tile))) {
            let request = |per_byte| Request { lhs: side, rhs: side, tile, per_byte, ..Request::floats() };
            let any = compile(&request(qgen::plan::ANY_PER_BYTE), &core).unwrap();
            let (taken, reach) = (any.plan().spec.per_byte, any.modelled_macs_per_cycle());
            narrow += usize::from(taken > 1);
            for per_byte in [1, 2, 4] {
                let Ok(other) = compile(&request(per_byte), &core) else { continue };
                let other = other.modelled_macs_per_cycle();
                assert!(other <= 1.03 * reach, "{name}, {side}: {taken} a byte {reach}, {per_byte} {other}");
            }
        }
    }
    assert!(narrow > 0, "single rows on Cortex-A55, where a load takes two cycles, want narrow values");
    // What is refused is refused for one value a byte.
    let request = Request {
        per_byte: qgen::plan::ANY_PER_BYTE,
        tile: Some(Tile::new(9, 9)),
        strategy: Some(Choice::One(Strategy::Mmla)),
        ..Request::of(Range::signed(4).unwrap())
    };
    let e = compile(&request, &Core::built_in("neoverse-v1").unwrap()).unwrap_err().to_string();
    assert!(e.contains("9 rows do not fill whole ones"), "{e}");
}
