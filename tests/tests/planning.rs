//! The planner answers wherever there is an answer: what looks best by the bound may turn out not to be
//! possible, and then the next is taken.

use qgen::plan::{Choice, Request};
use qgen::{compile, core::Core};
use qgen_spec::{Operand, Range, Strategy, Tile};

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
