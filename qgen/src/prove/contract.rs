//! The contract of [`qgen_spec::abi`] as polynomials.

use super::memory::{Side, Variable};
use super::poly::Poly;
use qgen_spec::{KernelSpec, Sums};

/// `row_add[i] + col_add[j] + sign · raw(i, j)` over `depth` values.
pub(super) fn result(spec: &KernelSpec, i: usize, j: usize, depth: usize) -> Poly {
    let (x, y) = (Side::of(spec, true), Side::of(spec, false));
    let mut raw = Poly::default();
    let product = |a: &Poly, b: &Poly| a.mul(b).expect("at most four factors");
    for p in 0..depth {
        raw = raw.add_scaled(&product(&x.value(i, p), &y.value(j, p)), 1);
        match spec.sums() {
            Sums::Pairs if p % 32 < 16 && p + 16 < depth => {
                raw = raw.add_scaled(&product(&x.value(i, p), &x.value(i, p + 16)), 1);
                raw = raw.add_scaled(&product(&y.value(j, p), &y.value(j, p + 16)), 1);
            }
            Sums::LhsMagnitude => raw = raw.add_scaled(&x.magnitude(i, p), -1),
            Sums::RhsMagnitude => raw = raw.add_scaled(&y.magnitude(j, p), -1),
            Sums::None | Sums::Pairs => {}
        }
    }
    corrections(i, j).add_scaled(&raw, spec.storage.sign().into())
}

/// `row_add[i] + col_add[j]`.
pub(super) fn corrections(i: usize, j: usize) -> Poly {
    Variable::RowAdd(i as u32).poly().add_scaled(&Variable::ColAdd(j as u32).poly(), 1)
}
