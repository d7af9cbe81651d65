//! What ships is proved, with the limits that it ships with; and so is what the planner makes of every
//! strategy.

use qgen::prove::{has_proof, prove, prove_parts};
use qgen::{Choice, Request, compile, compile_name, core::Core};
use qgen_runtime::kernels::SHIPPED;
use qgen_spec::{Field, Operand, Strategy, Tile};

#[test]
fn compiler_every_shipped_kernel_is_proved_with_its_limits() {
    let mut proved = 0;
    for kernel in SHIPPED.iter().filter(|kernel| has_proof(kernel.descriptor())) {
        let compiled = compile_name(kernel.name()).unwrap_or_else(|e| panic!("{kernel}: {e}"));
        let proof = prove_parts(kernel.descriptor(), compiled.plan(), compiled.program());
        proof.unwrap_or_else(|e| panic!("{kernel}: {e}"));
        proved += 1;
    }
    assert!(proved > 20, "only {proved} kernels ship with whole numbers");
}

/// Ranges with every kind of headroom, those of which zero is no value included: padding is zero.
const OPERANDS: &[(&str, &str)] = &[
    ("-8..=7", "-8..=7"),
    ("0..=15", "0..=15"),
    ("-32..=31", "-31..=32"),
    ("-64..=63", "-63..=64"),
    ("-128..=127", "-128..=127"),
    ("0..=255", "0..=255"),
    ("0..=255", "-128..=127"),
    ("-14..=14", "-9..=9"),
    ("-12..=12", "-10..=10"),
    ("-11..=11", "-11..=11"),
    ("binary", "binary"),
    ("ternary", "binary"),
    ("ternary", "ternary"),
    ("-2..=1", "-4..=3"),
    ("20..=31", "-31..=-20"),
    ("100..=127", "1..=2"),
    ("-1..=0", "5..=6"),
    ("3..=3", "-7..=7"),
    ("0..=0", "0..=0"),
];

const TILES: &[(u8, u8)] = &[(1, 1), (4, 4), (3, 3), (8, 8), (2, 6), (16, 12), (5, 7)];

#[test]
fn compiler_whatever_is_planned_is_proved() {
    let mut proved = Vec::new();
    for &strategy in Strategy::ALL.iter().filter(|&&s| s != Strategy::F32) {
        for core in ["cortex-a53", "cortex-a72", "neoverse-n1", "neoverse-v1"] {
            let core = Core::built_in(core).unwrap();
            for (turn, (lhs, rhs)) in OPERANDS.iter().enumerate() {
                let operand = |text| Operand::parse(text, Field::Lhs).unwrap();
                let (m, n) = TILES[turn % TILES.len()];
                for tile in [None, Some(Tile::new(m, n))] {
                    let strategy = Some(Choice::One(strategy));
                    let (lhs, rhs) = (operand(lhs), operand(rhs));
                    let request = Request { lhs, rhs, tile, strategy, isa: None, unroll: None, short: false };
                    // What cannot be made is refused with its reason; other tests read the wording.
                    let Ok(kernel) = compile(&request, &core) else { continue };
                    prove(&kernel).unwrap_or_else(|e| panic!("{}: {e}", kernel.name()));
                    proved.push(kernel.plan().spec.strategy);
                }
            }
        }
        assert!(proved.contains(&strategy), "{strategy}: nothing could be planned");
    }
    assert!(proved.len() > 300, "only {} kernels", proved.len());
}
