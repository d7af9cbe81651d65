//! 32-bit floats. Values are multiples of 1/8 of a few bits, so that sums are exact in any order.

use crate::{Shape, bytes, measure, reference};
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::prelude::*;
use rten_tensor::NdTensorView;
use tract_data::internal::{DatumType, Tensor};

struct Data {
    a: Vec<f32>,
    b: Vec<f32>,
    out: Vec<f32>,
    expected: Vec<f32>,
}

impl Data {
    fn new(shape: Shape) -> Data {
        let Shape { m, n, k } = shape;
        let values = |seed, count| bytes(seed, count).iter().map(|&v| f32::from(v >> 3) / 8.0 - 2.0).collect();
        let (a, b): (Vec<f32>, Vec<f32>) = (values(1, m * k), values(2, k * n));
        let expected = reference(shape, &a, &b, |x, y| x * y);
        Data { a, b, out: vec![0.0; m * n], expected }
    }
}

/// `gemm`: packs both sides in each call.
pub fn gemm(shape: Shape, reps: usize) -> Result<(), String> {
    let Shape { m, n, k } = shape;
    let mut data = Data::new(shape);
    let (a, b) = (data.a, data.b);
    measure(reps, &data.expected, &mut data.out, |out| {
        // SAFETY: pointers and strides are those of row-major matrices of these sizes.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                out.as_mut_ptr(),
                1,
                n as isize,
                false,
                a.as_ptr(),
                1,
                k as isize,
                b.as_ptr(),
                1,
                n as isize,
                0.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
        Ok(())
    })
}

/// `matrixmultiply`: packs both sides in each call.
pub fn matrixmultiply(shape: Shape, reps: usize) -> Result<(), String> {
    let Shape { m, n, k } = shape;
    let mut data = Data::new(shape);
    let (a, b) = (data.a, data.b);
    measure(reps, &data.expected, &mut data.out, |out| {
        // SAFETY: as above.
        unsafe {
            matrixmultiply::sgemm(
                m,
                k,
                n,
                1.0,
                a.as_ptr(),
                k as isize,
                1,
                b.as_ptr(),
                n as isize,
                1,
                0.0,
                out.as_mut_ptr(),
                n as isize,
                1,
            );
        }
        Ok(())
    })
}

/// `rten-gemm`: packs the right side before.
pub fn rten(shape: Shape, reps: usize) -> Result<(), String> {
    let Shape { m, n, k } = shape;
    let mut data = Data::new(shape);
    let executor = GemmExecutor::<f32>::default();
    let b = executor.prepack_b(NdTensorView::from_data([k, n], &data.b[..]));
    println!("kernel {}", executor.kernel_name());
    let a = data.a;
    measure(reps, &data.expected, &mut data.out, |out| {
        let a = NdTensorView::from_data([m, k], &a[..]);
        let product = executor.gemm(out, GemmInputA::Unpacked(a), GemmInputB::Packed(&b), GemmOptions::default());
        product.map_err(|e| e.to_string())
    })
}

/// `tract-linalg`: packs the right side before.
pub fn tract(shape: Shape, reps: usize) -> Result<(), String> {
    let Shape { m, n, k } = shape;
    let data = Data::new(shape);
    let text = |e: &dyn std::fmt::Display| format!("tract-linalg: {e}");
    let a = Tensor::from_shape(&[m, k], &data.a).map_err(|e| text(&e))?;
    let b = Tensor::from_shape(&[k, n], &data.b).map_err(|e| text(&e))?;
    crate::int8::by_tract(shape, reps, (DatumType::F32, DatumType::F32), &a, &b, &data.expected)
}
