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
                    let prefetch = [None, Some(64), Some(4096)][turn % 3];
                    let request = Request { lhs, rhs, tile, strategy, prefetch, ..Request::floats() };
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

/// Right sides whose values share bytes, stored signed, unsigned, shifted and negated.
const NARROW: &[(&str, &str, u8)] = &[
    ("-8..=7", "-8..=7", 2),
    ("-8..=7", "-7..=7", 2),
    ("-7..=7", "-7..=8", 2),
    ("0..=15", "0..=15", 2),
    ("-128..=127", "-8..=7", 2),
    ("0..=255", "0..=15", 2),
    ("-2..=1", "-2..=1", 2),
    ("-4..=3", "-4..=3", 2),
    ("-6..=6", "-6..=6", 2),
    ("-32..=31", "-8..=7", 2),
    ("-2..=1", "-2..=1", 4),
    ("-8..=7", "ternary", 4),
    ("ternary", "binary", 4),
    ("0..=3", "0..=3", 4),
    ("-64..=63", "-2..=1", 4),
    ("-128..=127", "5..=8", 4),
    ("3..=3", "-7..=-4", 4),
    ("0..=0", "0..=0", 4),
];

#[test]
fn compiler_values_that_share_bytes_are_proved() {
    let mut proved = Vec::new();
    let bytes = |s: &&Strategy| !matches!(s, Strategy::F32 | Strategy::Bits);
    for &strategy in Strategy::ALL.iter().filter(bytes) {
        for core in ["cortex-a53", "cortex-a72", "neoverse-v1"] {
            let core = Core::built_in(core).unwrap();
            for (turn, &(lhs, rhs, per_byte)) in NARROW.iter().enumerate() {
                let operand = |text| Operand::parse(text, Field::Lhs).unwrap();
                let (m, n) = TILES[turn % TILES.len()];
                for tile in [None, Some(Tile::new(m, n)), Some(Tile::new(1, 8)), Some(Tile::new(8, 4))] {
                    let strategy = Some(Choice::One(strategy));
                    let (lhs, rhs) = (operand(lhs), operand(rhs));
                    let request = Request { lhs, rhs, tile, strategy, per_byte, ..Request::floats() };
                    let Ok(kernel) = compile(&request, &core) else { continue };
                    let spec = &kernel.plan().spec;
                    assert_eq!(spec.per_byte, per_byte);
                    assert_eq!(kernel.name().parse().as_ref(), Ok(spec));
                    prove(&kernel).unwrap_or_else(|e| panic!("{}: {e}", kernel.name()));
                    proved.push((spec.strategy, per_byte, spec.rhs_signed()));
                }
            }
        }
        for per_byte in [2, 4] {
            let of = |&(s, count, _): &(Strategy, u8, bool)| s == strategy && count == per_byte;
            assert!(proved.iter().any(of), "{strategy}: no kernel for {per_byte} values a byte");
        }
    }
    let signed = proved.iter().filter(|(_, _, signed)| *signed).count();
    assert!(signed > 50 && proved.len() - signed > 50, "{signed} of {} are signed", proved.len());
    // Where lanes have 32 bits, the planner stores numbers from 0 on, because that costs less.
    for name in [
        "qgen_dot_4x4_lm8to7_rm8to7p2_t4x4k32u1_neoverse_n1",
        "qgen_dot_2x4_lm128to127_rm2to1p4_t2x4k64u2_neoverse_n1",
        "qgen_dotouter_8x8_lm8to7_rm8to7p2_t8x8k8u1_neoverse_n1",
        "qgen_dotouter_4x8_lm8to7_rm2to1p4_t4x8k16u1_neoverse_n1",
        "qgen_mmla_8x8_lm8to7_rm8to7p2_t8x8k16u1_neoverse_v1",
        "qgen_mmla_4x8_lm8to7_rm2to1p4_t4x8k32u1_neoverse_v1",
        // In the form for short k, too.
        "qgen_fip_4x4_lm8to7_rm8to7p2_t4x4k32u1s_cortex_a72",
        "qgen_wideninner_2x3_l0to15_r0to3p4_t2x3k64u1s_cortex_a53",
    ] {
        let kernel = compile_name(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        prove(&kernel).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}
