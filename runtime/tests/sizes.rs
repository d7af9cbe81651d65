//! Sizes, strides and ranges that no machine has: an error or the right answer, never a panic, and never a
//! size that went round.

use proptest::prelude::*;
use qgen_runtime::cpu::{Caches, Machine};
use qgen_runtime::plan::{Op, Params as PlanParams, Plan};
use qgen_runtime::quant::{Params, dequantise, quantise};
use qgen_runtime::select::{Request, select};
use qgen_runtime::{
    BatchMut, BatchRef, End, Error, Gemm, Kernel, MatMut, MatRef, Operand, PackedLhs, PackedRhs, Range,
    Workspace, catalog,
};

/// Small numbers, and those round which sizes overflow: in bytes, in words, in tiles.
fn sizes() -> impl Strategy<Value = usize> {
    let edges = prop_oneof![
        Just(usize::MAX),
        Just(isize::MAX as usize),
        Just(usize::MAX / 4),
        Just(u32::MAX as usize),
        (0u32..usize::BITS).prop_map(|bit| 1 << bit),
    ];
    prop_oneof![
        4 => 0usize..12,
        2 => (edges, 0usize..70).prop_map(|(edge, by)| edge.wrapping_add(35).wrapping_sub(by)),
        1 => any::<usize>(),
    ]
}

/// Whether going over all elements takes no time.
fn few(rows: usize, cols: usize) -> bool {
    rows.checked_mul(cols).is_some_and(|count| count < 1 << 12) && rows.max(cols) < 1 << 12
}

/// Whether an allocation would be refused at once, or is small: what lies between takes all of the memory.
fn tried(bytes: Option<usize>) -> bool {
    bytes.is_none_or(|bytes| !(1 << 20..1 << 56).contains(&bytes))
}

fn kernels() -> Vec<&'static Kernel> {
    catalog::all().filter(|kernel| kernel.is_supported()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn views(shape in [sizes(), sizes()], strides in [sizes(), sizes()], part in [sizes(), sizes()]) {
        let ([rows, cols], [down, across]) = (shape, strides);
        let exact = |count: usize, stride: usize| (count as u128).saturating_sub(1) * stride as u128;
        let needed = if rows == 0 || cols == 0 { 0 } else { exact(rows, down).saturating_add(exact(cols, across)).saturating_add(1) };
        let mut data = [1i8; 100];
        let view = MatRef::with_strides(&data, rows, cols, down, across);
        prop_assert_eq!(view.is_ok(), needed <= 100, "{} elements", needed);
        if let Ok(view) = view {
            prop_assert_eq!(view.get(0, 0).is_some(), rows > 0 && cols > 0);
            prop_assert!(view.get(rows, 0).is_none() && view.get(usize::MAX, usize::MAX).is_none());
            if rows > 0 && cols > 0 {
                prop_assert_eq!(view.transposed().get(cols - 1, rows - 1), Some(1));
            }
            let block = view.row_block(part[0], part[1]);
            prop_assert_eq!(block.is_ok(), part[0].checked_add(part[1]).is_some_and(|end| end <= rows));
            if let Ok(block) = block && part[1] > 0 && cols > 0 {
                prop_assert_eq!(block.get(part[1] - 1, cols - 1), Some(1));
            }
        }
        if let Ok(view) = MatMut::with_strides(&mut data, rows, cols, down, across) {
            prop_assert!(needed <= 100);
            let count = rows.checked_mul(cols);
            prop_assert!(count.is_none_or(|count| count <= 100) || needed == 0, "{:?} places", count);
            prop_assert_eq!(view.get(rows.wrapping_sub(1), cols.wrapping_sub(1)).is_some(), needed > 0);
        }
    }

    #[test]
    fn batches(count in sizes(), stride in sizes(), shape in [sizes(), sizes()], row_stride in sizes()) {
        let [rows, cols] = shape;
        let mut data = [1i8; 100];
        let new = BatchRef::new(&data, count, rows, cols);
        if let Ok(batch) = BatchRef::with_strides(&data, count, stride, rows, cols, row_stride) {
            for index in [0, count.saturating_sub(1)].into_iter().filter(|&index| index < count) {
                let matrix = batch.matrix(index);
                prop_assert_eq!((matrix.rows(), matrix.cols()), (rows, cols));
                let last = matrix.get(rows.wrapping_sub(1), cols.wrapping_sub(1));
                prop_assert_eq!(last.is_some(), rows > 0 && cols > 0);
            }
        }
        prop_assert_eq!(new.is_ok(), count.checked_mul(rows).and_then(|c| c.checked_mul(cols))
            .is_some_and(|all| all <= 100) || count == 0 || rows == 0 || cols == 0);
        if let Ok(mut batch) = BatchMut::with_strides(&mut data, count, stride, rows, cols, row_stride)
            && count > 0
        {
            let matrix = batch.matrix(count - 1);
            prop_assert_eq!((matrix.rows(), matrix.cols()), (rows, cols));
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn workspaces_and_plans(
        at in any::<prop::sample::Index>(),
        shape in [sizes(), sizes(), sizes()],
        caches in [sizes(), sizes()],
        zeros in any::<[i32; 2]>(),
    ) {
        let [m, n, k] = shape;
        let kernels = kernels();
        let kernel = kernels[at.index(kernels.len())];
        let gemm = Gemm::new(kernel)
            .lhs_zero_point(zeros[0])
            .rhs_zero_point(zeros[1])
            .caches(Caches { l1d: caches[0], l2: caches[1] });
        prop_assert!(gemm.k_limit() <= kernel.k_limit().into());
        let bytes = gemm.workspace_bytes(m, n, k);
        if let Ok(bytes) = &bytes {
            prop_assert!(*bytes as u128 >= 4 * n as u128 && *bytes <= isize::MAX as usize);
        }
        // Of a huge workspace, the first parts might be had before the last is refused.
        if bytes.as_ref().is_ok_and(|&bytes| bytes < 1 << 20) || bytes.is_err() {
            let mut workspace = Workspace::new();
            let reserved = gemm.reserve(&mut workspace, m, n, k);
            match (bytes, reserved) {
                (Ok(bytes), Ok(())) => prop_assert_eq!(workspace.bytes(), bytes),
                (_, Err(Error::Size(_) | Error::Memory { .. })) => {}
                (bytes, reserved) => prop_assert!(false, "{:?}, {:?}", bytes, reserved),
            }
        }
        let (lhs, rhs) = kernel.accepts();
        match Plan::new(Op::gemm(lhs, rhs), (m, n, k), &PlanParams::new(), &Machine::detect()) {
            Ok(plan) => {
                plan.workspace_bytes().unwrap();
                prop_assert!(plan.explain().to_string().contains(plan.kernel().name()));
            }
            Err(e) => prop_assert!(matches!(e, Error::Size(_) | Error::Depth { .. }), "{}", e),
        }
        select(&Request::new(lhs, rhs).with_shape(m, n, k)).unwrap();
    }

    /// Nothing, but of any shape: a side of 0 lets the other one be anything.
    #[test]
    fn packing(at in any::<prop::sample::Index>(), lines in sizes(), k in sizes(), stride in sizes()) {
        let kernels = kernels();
        let kernel = kernels[at.index(kernels.len())];
        let per_line = (k as u128 + 256) * 4;
        let bytes = usize::try_from((lines as u128 + 64).saturating_mul(per_line)).ok();
        if kernel.accepts().1 == Operand::F32 || !tried(bytes) {
            return Ok(());
        }
        let data = [1i8; 100];
        let Ok(rhs) = MatRef::with_strides(&data, k, lines, 0, stride.min(1)) else { return Ok(()) };
        if lines > 0 && k > 0 && !few(lines, k) {
            return Ok(());
        }
        match PackedRhs::pack(kernel, rhs) {
            Ok(packed) => prop_assert_eq!((packed.k(), packed.n()), (k, lines)),
            Err(Error::Size(_) | Error::Memory { .. } | Error::Depth { .. } | Error::Value { .. }) => {}
            Err(e) => prop_assert!(false, "{}", e),
        }
        match PackedLhs::pack(kernel, rhs.transposed()) {
            Ok(packed) => prop_assert_eq!((packed.k(), packed.m()), (k, lines)),
            Err(Error::Size(_) | Error::Memory { .. } | Error::Depth { .. } | Error::Value { .. }) => {}
            Err(e) => prop_assert!(false, "{}", e),
        }
    }

    #[test]
    fn quantisation(shape in [sizes(), sizes()], strides in [sizes(), sizes()], out in [sizes(), sizes()]) {
        let params = Params::per_tensor(0.5, 0, Range::new(-8, 7).unwrap()).unwrap();
        let (real, mut stored, mut back) = ([1f32; 100], [0i8; 100], [0f32; 100]);
        let [rows, cols] = shape;
        let view = MatRef::with_strides(&real, rows, cols, strides[0], strides[1]);
        let result = MatMut::with_strides(&mut stored, rows, cols, out[0], out[1]);
        if let (Ok(view), Ok(result)) = (view, result) {
            quantise(&params, view, result).unwrap();
            let view = MatRef::with_strides(&stored, rows, cols, out[0], out[1]).unwrap();
            if let Ok(result) = MatMut::with_strides(&mut back, rows, cols, out[0], out[1]) {
                dequantise(&params, view, result).unwrap();
            }
        }
    }
}

/// Caches are what people say they are: with a depth of 0 nothing but the tiles limits a block.
#[test]
fn caches_of_any_size() {
    let integers = kernels().into_iter().filter(|kernel| {
        let spec = &kernel.descriptor().spec;
        spec.lhs != Operand::F32 && spec.end == End::Sums
    });
    for kernel in integers.step_by(16) {
        let rhs = PackedRhs::pack(kernel, MatRef::<i8>::new(&[], 0, 70).unwrap()).unwrap();
        let lhs = PackedLhs::pack(kernel, MatRef::<i8>::new(&[], 70, 0).unwrap()).unwrap();
        for bit in (0..usize::BITS).rev().take(20) {
            let caches = Caches { l1d: 1 << bit, l2: (2usize << bit).wrapping_sub(1) };
            let gemm = Gemm::new(kernel).caches(caches);
            let mut out = vec![1; 70 * 70];
            let view = MatMut::new(&mut out, 70, 70).unwrap();
            gemm.run_packed(&lhs, &rhs, view, &mut Workspace::new()).unwrap();
            assert!(out.iter().all(|&v| v == 0), "{kernel} with {caches:?}");
            let caches = Caches { l1d: 1 << bit, l2: 1 << bit };
            let mut out = vec![1; 70 * 70];
            let view = MatMut::new(&mut out, 70, 70).unwrap();
            gemm.caches(caches).run(MatRef::<i8>::new(&[], 70, 0).unwrap(), &rhs, view).unwrap();
            assert!(out.iter().all(|&v| v == 0), "{kernel} with {caches:?}");
        }
    }
}
