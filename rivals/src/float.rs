//! 32-bit floats. Values are multiples of 1/8 of a few bits, so that sums are exact in any order.

use crate::{Shape, Work, bytes, reference};
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;

struct Data {
    a: Vec<f32>,
    b: Vec<f32>,
    expected: Vec<f32>,
}

impl Data {
    fn new(shape: Shape) -> Data {
        let Shape { m, n, k } = shape;
        let values =
            |seed, count| bytes(seed, count).iter().map(|&v| f32::from(v >> 3) / 8.0 - 2.0).collect();
        let (a, b): (Vec<f32>, Vec<f32>) = (values(1, m * k), values(2, k * n));
        let expected = reference(shape, &a, &b, |x, y| x * y);
        Data { a, b, expected }
    }
}

pub(crate) fn gemm(shape: Shape) -> Result<Work, String> {
    let Shape { m, n, k } = shape;
    let Data { a, b, expected } = Data::new(shape);
    let strides = [n as isize, k as isize, n as isize];
    Work::into_slice("gemm".into(), &expected, move |out| {
        let [of_out, of_a, of_b] = strides;
        let (out, a, b) = (out.as_mut_ptr(), a.as_ptr(), b.as_ptr());
        let one_thread = gemm::Parallelism::None;
        // SAFETY: pointers and strides, columns' before rows', are those of row-major matrices of these sizes.
        unsafe {
            gemm::gemm(
                m, n, k, out, 1, of_out, false, a, 1, of_a, b, 1, of_b, 0.0, 1.0, false, false, false,
                one_thread,
            );
        }
        Ok(())
    })
}

pub(crate) fn matrixmultiply(shape: Shape) -> Result<Work, String> {
    let Shape { m, n, k } = shape;
    let Data { a, b, expected } = Data::new(shape);
    let strides = [n as isize, k as isize, n as isize];
    Work::into_slice("matrixmultiply".into(), &expected, move |out| {
        let [of_out, of_a, of_b] = strides;
        let (out, a, b) = (out.as_mut_ptr(), a.as_ptr(), b.as_ptr());
        // SAFETY: pointers and strides, rows' before columns', are those of row-major matrices of these sizes.
        unsafe { matrixmultiply::sgemm(m, k, n, 1.0, a, of_a, 1, b, of_b, 1, 0.0, out, of_out, 1) };
        Ok(())
    })
}

pub(crate) fn rten(shape: Shape) -> Result<Work, String> {
    let Shape { m, n, k } = shape;
    let Data { a, b, expected } = Data::new(shape);
    let executor = GemmExecutor::<f32>::default();
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
    let Data { a, b, expected } = Data::new(shape);
    crate::tract::work::<f32, f32>(shape, &a, &b, &expected)
}
