//! The algebra between what a kernel sums up and what the user wants: all of it, in one place.
//!
//! Wanted, with zero points a and b and the true depth k:
//!
//! ```text
//! C[i][j] = Σ_p (A[i][p] − a)·(B[p][j] − b)
//!         = Σ A·B  −  b·ΣA[i]  −  a·ΣB[j]  +  k·a·b
//! ```
//!
//! The kernel reads the sides as they are stored, X and S:
//!
//! | storage | S | Σ X·B |
//! |---|---|---|
//! | keep | B | Σ X·S |
//! | negate | −B | −Σ X·S |
//! | shift by s | B − s | Σ X·S + s·ΣX\[i\], that is: b moves to b − s |
//!
//! The left side is kept (X = A), except in bit planes: X = A − r, and a moves to a − r.
//!
//! Raw sums may contain a term of the row alone and one of the column alone,
//! raw = Σ X·S + P(X\[i\]) + Q(S\[j\]): for `fip` P(v) = Q(v) = Σ v\[p\]·v\[p+16\], for `bits` with −1 and
//! 1 on a side −Σ |v| of the other ([`Sums`]).
//!
//! A call writes `row_add[i] + col_add[j] + sign·raw` (sign = −1 where the right side is stored
//! negated), so that, with a' = a − r and b' = b − s,
//!
//! ```text
//! row_add[i] = −b'·ΣA[i] − sign·P(X[i])
//! col_add[j] = −a'·ΣB[j] + k·(a'·b' + a'·s + b'·r) − sign·Q(S[j])
//! ```
//!
//! All of it modulo 2³²: sums may wrap on the way, because C itself fits 32 bits as long as k is not
//! above [`k_limit`]. Padding adds nothing: padded *stored* values are 0 on both sides, sums run over
//! the given values only, and k is the true depth.

use qgen_spec::{Descriptor, KernelSpec, Storage, Sums};

/// The corrections of one multiplication; see the formulas at the head of `corrections.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrections {
    /// 1 or −1, as [`Storage::sign`].
    sign: i32,
    /// a' = a − r.
    lhs_zero_stored: i32,
    /// b' = b − s.
    rhs_zero_stored: i32,
    /// k·(a'·b' + a'·s + b'·r).
    constant: i32,
    sums: Sums,
}

impl Corrections {
    /// The corrections for a kernel, zero points and a true depth `k`.
    pub fn new(spec: &KernelSpec, lhs_zero: i32, rhs_zero: i32, k: usize) -> Corrections {
        let shift = |storage| match storage {
            Storage::Shift(by) => i32::from(by),
            Storage::Keep | Storage::Negate => 0,
        };
        let (r, s) = (shift(spec.lhs_storage()), shift(spec.storage));
        let (a, b) = (lhs_zero.wrapping_sub(r), rhs_zero.wrapping_sub(s));
        let each = a.wrapping_mul(b).wrapping_add(a.wrapping_mul(s)).wrapping_add(b.wrapping_mul(r));
        Corrections {
            sign: spec.storage.sign(),
            lhs_zero_stored: a,
            rhs_zero_stored: b,
            constant: (k as i32).wrapping_mul(each),
            sums: spec.sums(),
        }
    }

    /// Whether [`Corrections::row_add`] depends on the sum of the row.
    pub const fn needs_lhs_sum(&self) -> bool {
        self.rhs_zero_stored != 0
    }

    /// Whether [`Corrections::row_add`] depends on what raw sums contain of the row alone.
    pub const fn needs_lhs_own(&self) -> bool {
        matches!(self.sums, Sums::Pairs | Sums::LhsMagnitude)
    }

    /// Whether every [`Corrections::row_add`] is 0.
    pub const fn rows_are_zero(&self) -> bool {
        !self.needs_lhs_sum() && !self.needs_lhs_own()
    }

    /// `row_add[i]` from ΣA\[i\] of the given and P(X\[i\]) of the stored values, both modulo 2³².
    pub const fn row_add(&self, sum: i32, own: i32) -> i32 {
        let zero = self.rhs_zero_stored.wrapping_mul(sum);
        0i32.wrapping_sub(zero).wrapping_sub(self.sign.wrapping_mul(own))
    }

    /// `col_add[j]` from ΣB\[j\] of the given and Q(S\[j\]) of the stored values, both modulo 2³².
    pub const fn col_add(&self, sum: i32, own: i32) -> i32 {
        let zero = self.lhs_zero_stored.wrapping_mul(sum);
        self.constant.wrapping_sub(zero).wrapping_sub(self.sign.wrapping_mul(own))
    }
}

/// The largest depth at which no result of the kernel can leave its bits with these zero points: the
/// kernel's own limit, or less where the zero points make operands larger ([`ResultBits::k_limit`]).
///
/// [`ResultBits::k_limit`]: qgen_spec::ResultBits::k_limit
pub fn k_limit(descriptor: &Descriptor, lhs_zero: i32, rhs_zero: i32) -> u64 {
    let Descriptor { spec, k_limit, .. } = descriptor;
    let limit = spec.result_bits().k_limit((spec.lhs, spec.rhs), (lhs_zero, rhs_zero));
    limit.min((*k_limit).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::SplitMix64;
    use qgen_spec::{Operand, Range, reference};

    fn spec(name: &str) -> KernelSpec {
        name.parse().unwrap()
    }

    fn descriptor(spec: KernelSpec) -> Descriptor {
        let k_limit = spec.k_limit();
        Descriptor { spec, depth_limit: k_limit, k_limit }
    }

    /// For every storage and both kinds of raw sum: corrections ∘ raw sum = the scalar reference.
    #[test]
    fn corrections_turn_raw_sums_into_results() {
        let mut random = SplitMix64::new(2);
        for name in [
            "qgen_byte_4x4_lm8to7_rm8to7_t4x4k16u1_cortex_a53",
            "qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k16u1_cortex_a53",
            "qgen_byte_4x4_l0to15_r0to15sub8_t4x4k16u1_cortex_a53",
            "qgen_byte_4x4_l0to15_rm5to3subm9_t4x4k16u1_cortex_a53",
            "qgen_fip_4x4_lm8to7_rm8to7_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72",
            "qgen_fip_4x4_l0to15_r0to15sub7_t4x4k32u1_cortex_a72",
            "qgen_bits_4x4_lm2to1_rm4to3subm4_t4x4k128u1_cortex_a72",
            "qgen_bits_4x4_l0to1_r5to7sub5_t4x4k128u1_cortex_a72",
            "qgen_bits_4x4_lbin_rbin_t4x4k128u1_cortex_a72",
            "qgen_bits_4x4_lbin_rm1to1_t4x4k128u1_cortex_a72",
            "qgen_bits_4x4_lm1to1_rbin_t4x4k128u1_cortex_a72",
            "qgen_bits_4x4_lm1to1_rm1to1_t4x4k128u1_cortex_a72",
        ] {
            let spec = spec(name);
            let mut line = |operand: Operand, k: usize| -> Vec<i32> {
                let range = operand.range().unwrap();
                let any = std::iter::repeat_with(|| random.in_range(range));
                any.filter(|&v| operand.contains(v)).take(k).map(i32::from).collect()
            };
            for (k, a, b) in [(0, 3, 4), (1, 0, 0), (20, -8, 7), (32, 15, 0), (70, 0, -3), (129, 100, -100)] {
                let (x, y) = (line(spec.lhs, k), line(spec.rhs, k));
                let stored = |storage: Storage, v: &[i32]| -> Vec<i32> {
                    v.iter().map(|&v| storage.apply(v as i16).into()).collect()
                };
                let (t, s) = (stored(spec.lhs_storage(), &x), stored(spec.storage, &y));
                let own = |lhs: bool, v: &[i32]| spec.sums().of_line(lhs, k, |p| v[p]) as i32;
                let raw = t.iter().zip(&s).map(|(x, s)| x * s).sum::<i32>() + own(true, &t) + own(false, &s);

                let c = Corrections::new(&spec, a, b, k);
                let row = c.row_add(x.iter().sum(), own(true, &t));
                let col = c.col_add(y.iter().sum(), own(false, &s));
                let got = raw.wrapping_mul(spec.storage.sign()).wrapping_add(row).wrapping_add(col);
                let wanted = reference::dot(k, |p| x[p].into(), |p| y[p].into(), a.into(), b.into());
                assert_eq!(i64::from(got), wanted, "{name}, k = {k}, zero points {a} and {b}");
                if c.rows_are_zero() {
                    assert_eq!(row, 0);
                }
            }
        }
    }

    #[test]
    fn a_shift_equal_to_the_zero_point_needs_no_row_sums() {
        let spec = spec("qgen_byte_4x4_l0to15_r0to15sub8_t4x4k16u1_cortex_a53");
        assert!(Corrections::new(&spec, 5, 8, 9).rows_are_zero());
        assert!(Corrections::new(&spec, 5, 0, 9).needs_lhs_sum());
    }

    #[test]
    fn limits_follow_the_zero_points() {
        let bytes = descriptor(spec("qgen_pair8_4x4_l0to255_r0to255_t4x4k16u1_cortex_a72"));
        assert_eq!(k_limit(&bytes, 0, 0), 33_025);
        assert_eq!(k_limit(&bytes, 128, 128), 33_025, "never above the kernel's own limit");
        let four = descriptor(spec("qgen_byte_4x4_lm8to7_rm8to7_t4x4k16u1_cortex_a53"));
        assert_eq!(k_limit(&four, 0, 0), u64::from(u32::MAX / 2 / 64));
        assert_eq!(k_limit(&four, -8, 7), u64::from(u32::MAX / 2 / (15 * 15)));
        assert_eq!(k_limit(&four, i32::MIN, i32::MAX), 0);
        let zero = Operand::Int(Range::new(0, 0).unwrap());
        let constant = descriptor(KernelSpec { rhs: zero, ..four.spec.clone() });
        assert_eq!(k_limit(&constant, 5, 0), u64::from(u32::MAX));
        let float = descriptor(spec("qgen_f32_8x8_lf32_rf32_t8x8k1u4_cortex_a72"));
        assert_eq!(k_limit(&float, 0, 0), u64::from(u32::MAX));
        let short = descriptor(spec("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a72"));
        assert_eq!(k_limit(&short, 0, 0), 511);
        assert_eq!(k_limit(&short, -8, 0), 32_768 / (15 * 8), "15 · −8 is the farthest");
        assert_eq!(k_limit(&short, -8, 7), 32_768 / (15 * 15));
        let unsigned = descriptor(spec("qgen_fip_4x4_l0to15_r0to15_t4x4k32u1s_cortex_a72"));
        assert_eq!((k_limit(&unsigned, 0, 0), k_limit(&unsigned, 1, 0)), (291, 0));
    }
}
