//! Blocks of a product against the whole product: every kernel, any ranges, strides and zero points.

use proptest::prelude::*;
use qgen_runtime::bench::integers;
use qgen_runtime::{
    End, Error, Gemm, Kernel, MatMut, MatRef, Operand, Output, PackedLhs, PackedRhs, Workspace, catalog,
};
use std::ops::Range;

const UNTOUCHED: i32 = 0x5a5a_a5a5;

struct Case {
    shape: (usize, usize, usize),
    zeros: (i32, i32),
    rows: Range<usize>,
    cols: Range<usize>,
    by_columns: bool,
    gap: usize,
}

fn check(kernel: &Kernel, case: &Case) {
    let (m, n, k) = case.shape;
    match kernel.accepts() {
        (Operand::F32, _) | (_, Operand::F32) => {
            let values = |count| (0..count).map(|i| i as f32 / 7.0 - 3.0).collect::<Vec<f32>>();
            let (x, y) = (values(m * k), values(k * n));
            let lhs = PackedLhs::pack(kernel, MatRef::new(&x, m, k).unwrap()).unwrap();
            let rhs = PackedRhs::pack(kernel, MatRef::new(&y, k, n).unwrap()).unwrap();
            compare(&Gemm::new(kernel), case, &lhs, &rhs, f32::from_bits(UNTOUCHED as u32));
        }
        (l, r) => {
            let values = |operand: Operand, seed, count| {
                let values = integers(seed, operand.range().unwrap(), count).into_iter();
                values.map(|v| if operand == Operand::Binary && v == 0 { 1 } else { v }).collect::<Vec<u8>>()
            };
            let (x, y) = (values(l, 1, m * k), values(r, 2, k * n));
            let signed = |operand: Operand| operand.range().unwrap().fits_i8();
            let as_i8 = |values: &[u8]| values.iter().map(|&v| v as i8).collect::<Vec<i8>>();
            let lhs = match signed(l) {
                true => PackedLhs::pack(kernel, MatRef::new(&as_i8(&x), m, k).unwrap()),
                false => PackedLhs::pack(kernel, MatRef::new(&x, m, k).unwrap()),
            };
            let rhs = match signed(r) {
                true => PackedRhs::pack(kernel, MatRef::new(&as_i8(&y), k, n).unwrap()),
                false => PackedRhs::pack(kernel, MatRef::new(&y, k, n).unwrap()),
            };
            let gemm = Gemm::new(kernel).lhs_zero_point(case.zeros.0).rhs_zero_point(case.zeros.1);
            compare(&gemm, case, &lhs.unwrap(), &rhs.unwrap(), UNTOUCHED);
        }
    }
}

/// The block is that part of the whole product, and nothing else is written.
fn compare<O: Output + PartialEq + std::fmt::Debug>(
    gemm: &Gemm<'_>,
    case: &Case,
    lhs: &PackedLhs,
    rhs: &PackedRhs,
    untouched: O,
) {
    let (m, n, k) = case.shape;
    let mut whole = vec![untouched; m * n];
    let mut workspace = Workspace::new();
    gemm.run_packed(lhs, rhs, MatMut::new(&mut whole, m, n).unwrap(), &mut workspace).unwrap();
    let mut workspace = Workspace::new();
    gemm.reserve(&mut workspace, m, n, k).unwrap();
    let reserved = workspace.bytes();
    let (height, width) = (case.rows.len(), case.cols.len());
    let (down, across) = if case.by_columns { (1, height + case.gap) } else { (width + case.gap, 1) };
    let mut out = vec![untouched; (height + case.gap) * (width + case.gap) + 1];
    let view = MatMut::with_strides(&mut out, height, width, down, across).unwrap();
    gemm.run_block(lhs, case.rows.clone(), rhs, case.cols.clone(), view, &mut workspace).unwrap();
    assert_eq!(workspace.bytes(), reserved, "nothing was allocated");
    let name = gemm.kernel().name();
    for i in 0..height {
        for j in 0..width {
            let at = i * down + j * across;
            let wanted = whole[(case.rows.start + i) * n + case.cols.start + j];
            assert_eq!(out[at], wanted, "{name}: ({i}, {j}) of {:?} by {:?}", case.rows, case.cols);
            out[at] = untouched;
        }
    }
    // Floats that are not numbers are not equal to themselves; this one is a number.
    assert!(out.iter().all(|&v| v == untouched), "{name} wrote beside the block");
}

fn kernels() -> impl Iterator<Item = &'static Kernel> {
    catalog::all().filter(|kernel| kernel.is_supported() && kernel.descriptor().spec.end == End::Sums)
}

#[test]
fn blocks_at_and_around_tiles() {
    for kernel in kernels() {
        let tile = kernel.descriptor().spec.tile;
        let (tm, tn) = (usize::from(tile.m), usize::from(tile.n));
        let (m, n) = (2 * tm + 1, 2 * tn + 1);
        for (rows, cols) in [
            (0..m, 0..n),
            (tm..2 * tm, tn..2 * tn),
            (m - 1..m, n - 1..n),
            (0..1, tn..tn + 1),
            (tm..m, 1..2 * tn),
            (0..0, 0..n),
            (m..m, n..n),
        ] {
            let case = Case { shape: (m, n, 37), zeros: (0, 0), rows, cols, by_columns: false, gap: 3 };
            check(kernel, &case);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_block(
        at in any::<prop::sample::Index>(),
        shape in (1usize..30, 1usize..60, 0usize..140),
        ends in any::<[prop::sample::Index; 4]>(),
        zeros in (-8i32..8, -8i32..8),
        by_columns: bool,
        gap in 0usize..3,
    ) {
        let kernels: Vec<&Kernel> = kernels().collect();
        let kernel = kernels[at.index(kernels.len())];
        // The forms for short k refuse more depth. Zero points could leave 16 bits.
        let shape = (shape.0, shape.1, shape.2.min(kernel.k_limit() as usize));
        let zeros = if kernel.descriptor().spec.short { (0, 0) } else { zeros };
        let range = |a: prop::sample::Index, b: prop::sample::Index, count: usize| {
            let (a, b) = (a.index(count + 1), b.index(count + 1));
            a.min(b)..a.max(b)
        };
        let (rows, cols) = (range(ends[0], ends[1], shape.0), range(ends[2], ends[3], shape.1));
        check(kernel, &Case { shape, zeros, rows, cols, by_columns, gap });
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let kernel = catalog::find("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
    let other = catalog::find("qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53").unwrap();
    let data = [1i8; 5 * 7];
    let (m, n, k) = (5, 7, 5);
    let lhs = PackedLhs::pack(kernel, MatRef::new(&data, m, k).unwrap()).unwrap();
    let rhs = PackedRhs::pack(kernel, MatRef::new(&data, k, n).unwrap()).unwrap();
    let gemm = Gemm::new(kernel);
    let run = |gemm: &Gemm<'_>, rows: Range<usize>, cols: Range<usize>, shape: (usize, usize)| {
        let mut out = [0i32; 100];
        let out = MatMut::new(&mut out, shape.0, shape.1).unwrap();
        gemm.run_block(&lhs, rows, &rhs, cols, out, &mut Workspace::new())
    };
    let said = |rows, cols, shape| run(&gemm, rows, cols, shape).unwrap_err().to_string();
    assert!(said(0..6, 0..7, (6, 7)).starts_with("rows: 0..6 are not among 0..5; "));
    #[expect(clippy::reversed_empty_ranges, reason = "people can write them")]
    let reversed = (4..2, 9..1);
    assert!(said(reversed.0, 0..7, (2, 7)).starts_with("rows: 4..2 are not among 0..5; "));
    assert!(said(0..5, reversed.1, (5, 0)).starts_with("cols: 9..1 are not among 0..7; "));
    assert!(said(0..5, 7..usize::MAX, (5, 0)).starts_with("cols: 7..18446744073709551615 are not among"));
    assert!(said(1..5, 2..7, (5, 5)).starts_with("out: it is 5x5, but the product is 4x5; "));
    let e = run(&Gemm::new(other), 0..5, 0..7, (5, 7)).unwrap_err();
    assert!(matches!(e, Error::OtherKernel { field: "lhs", .. }), "{e}");
    let mut out = [0f32; 35];
    let out = MatMut::new(&mut out, 5, 7).unwrap();
    let e = gemm.run_block(&lhs, 0..5, &rhs, 0..7, out, &mut Workspace::new()).unwrap_err().to_string();
    assert!(e.starts_with("out: kernel qgen_fip_4x4") && e.contains("not f32"), "{e}");
    let e = run(&gemm.lhs_zero_point(i32::MIN), 0..5, 0..7, (5, 7)).unwrap_err();
    assert!(matches!(e, Error::Depth { .. }), "{e}");
}
