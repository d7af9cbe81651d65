//! 8-bit integers with 32-bit sums.

use crate::{Shape, bytes, end_marker, measure, reference, start_marker};
use rten_gemm::{GemmExecutor, GemmInputA, GemmInputB, GemmOptions};
use rten_tensor::NdTensorView;
use rten_tensor::prelude::*;
use tract_linalg::mmm::{AsInputValue, FusedSpec};
use tract_data::internal::{Datum, DatumType, Tensor};

/// `rten-gemm`: bytes without a sign by bytes with one, without zero points; packs the right side before.
pub fn rten(shape: Shape, reps: usize) -> Result<(), String> {
    let Shape { m, n, k } = shape;
    let a = bytes(1, m * k);
    let b: Vec<i8> = bytes(2, k * n).iter().map(|&v| v as i8).collect();
    let expected = reference(shape, &a, &b, |x, y| i32::from(x) * i32::from(y));
    let executor = GemmExecutor::<u8, i8, i32>::default();
    println!("kernel {}", executor.kernel_name());
    let packed = executor.prepack_b(NdTensorView::from_data([k, n], &b[..]));
    measure(reps, &expected, &mut vec![0; m * n], |out| {
        let a = NdTensorView::from_data([m, k], &a[..]);
        let options = GemmOptions::default();
        let product = executor.gemm(out, GemmInputA::Unpacked(a), GemmInputB::Packed(&packed), options);
        product.map_err(|e| e.to_string())
    })
}

/// `tract-linalg`: bytes with a sign on both sides; packs the right side before.
pub fn tract(shape: Shape, reps: usize) -> Result<(), String> {
    let Shape { m, n, k } = shape;
    let values = |seed, count| bytes(seed, count).iter().map(|&v| v as i8).collect::<Vec<i8>>();
    let (a, b) = (values(1, m * k), values(2, k * n));
    let expected = reference(shape, &a, &b, |x, y| i32::from(x) * i32::from(y));
    let a = Tensor::from_shape(&[m, k], &a).map_err(|e| e.to_string())?;
    let b = Tensor::from_shape(&[k, n], &b).map_err(|e| e.to_string())?;
    by_tract(shape, reps, (DatumType::I8, DatumType::I32), &a, &b, &expected)
}

/// With the kernel that tract chooses for these types and this shape.
pub fn by_tract<T: Datum + PartialEq + Copy>(
    Shape { m, n, k }: Shape,
    reps: usize,
    (operand, sum): (DatumType, DatumType),
    a: &Tensor,
    b: &Tensor,
    expected: &[T],
) -> Result<(), String> {
    let kernel = tract_linalg::MmmDispatch::native().preferred_kernel(sum, Some(m), Some(k), Some(n));
    let kernel = kernel.ok_or("tract-linalg has no kernel")?;
    println!("kernel {}", kernel.name());
    let of = |format: &dyn tract_linalg::mmm::MMMInputFormat| {
        format.precursor() == tract_linalg::WeightType::Plain(operand)
    };
    let packing = kernel.packings().iter().position(|(a, b)| of(&**a) && of(&**b));
    let packing = packing.ok_or("tract-linalg's kernel takes no such operands")?;
    let (format_a, format_b) = &kernel.packings()[packing];
    let packed_b = format_b.prepare_one(b, 0, 1).map_err(|e| e.to_string())?;
    let mut out = Tensor::zero_dt(sum, &[m, n]).map_err(|e| e.to_string())?;
    let mut run = |out: &mut Tensor| -> Result<(), String> {
        let packed_a = format_a.prepare_one(a, 1, 0).map_err(|e| e.to_string())?;
        // SAFETY: the view is of a tensor of m by n values of the kernel's type.
        unsafe {
            let store = kernel.c_view(Some(0), Some(1)).wrap(&out.view_mut());
            let product = FusedSpec::AddMatMul {
                a: AsInputValue::Borrowed(&*packed_a),
                b: AsInputValue::Borrowed(&*packed_b),
                packing,
            };
            kernel.run(m, n, &[product, FusedSpec::Store(store)]).map_err(|e| e.to_string())
        }
    };
    run(&mut out)?;
    // SAFETY: the tensor's type is T's.
    if unsafe { out.as_slice_unchecked::<T>() } != expected {
        return Err("tract-linalg's results are wrong".into());
    }
    start_marker();
    for _ in 0..reps {
        run(&mut out)?;
    }
    end_marker();
    Ok(())
}
