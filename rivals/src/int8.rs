//! 8-bit integers with 32-bit sums.

use crate::{Shape, Work, bytes, reference};
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;

fn signed(seed: u64, count: usize) -> Vec<i8> {
    bytes(seed, count).iter().map(|&v| v as i8).collect()
}

pub(crate) fn rten(shape: Shape) -> Result<Work, String> {
    let Shape { m, n, k } = shape;
    let (a, b) = (bytes(1, m * k), signed(2, k * n));
    let expected = reference(shape, &a, &b, |x, y| i32::from(x) * i32::from(y));
    let executor = GemmExecutor::<u8, i8, i32>::default();
    let kernel = executor.kernel_name().to_owned();
    let packed = (m > 1).then(|| executor.prepack_b(NdTensorView::from_data([k, n], &b[..])));
    Work::into_slice(kernel, &expected, move |out| {
        let left = GemmInputA::Unpacked(NdTensorView::from_data([m, k], &a[..]));
        let right = match &packed {
            Some(packed) => GemmInputB::Packed(packed),
            None => GemmInputB::Unpacked(NdTensorView::from_data([k, n], &b[..])),
        };
        executor.gemm(out, left, right, GemmOptions::default()).map_err(|e| e.to_string())
    })
}

pub(crate) fn tract(shape: Shape) -> Result<Work, String> {
    let Shape { m, n, k } = shape;
    let (a, b) = (signed(1, m * k), signed(2, k * n));
    let expected = reference(shape, &a, &b, |x, y| i32::from(x) * i32::from(y));
    crate::tract::work::<i8, i32>(shape, &a, &b, &expected)
}
