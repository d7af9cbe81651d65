//! `tract-linalg`, with the kernel that it chooses for the types and the shape.

use crate::{Shape, Work, check};
use tract_data::internal::{Datum, Tensor};
use tract_linalg::WeightType;
use tract_linalg::mmm::{AsInputValue, FusedSpec, MMMInputFormat};

/// Values of `T`, sums of `S`.
pub(crate) fn work<T, S>(shape: Shape, a: &[T], b: &[T], expected: &[S]) -> Result<Work, String>
where
    T: Datum + Copy,
    S: Datum + Copy + PartialEq + std::fmt::Debug,
{
    let Shape { m, n, k } = shape;
    let text = |e: &dyn std::fmt::Display| format!("tract-linalg: {e}");
    let activations = Tensor::from_shape(&[m, k], a).map_err(|e| text(&e))?;
    let weights = Tensor::from_shape(&[k, n], b).map_err(|e| text(&e))?;
    // A row by a matrix is the matrix, on its side, by a column.
    let by_column = m == 1;
    let (rows, columns) = if by_column { (n, 1) } else { (m, n) };

    let dispatch = tract_linalg::MmmDispatch::native();
    let kernel = dispatch.preferred_kernel(S::datum_type(), Some(rows), Some(k), Some(columns));
    let kernel = kernel.ok_or("tract-linalg has no kernel for this machine")?;
    let is_plain = |format: &dyn MMMInputFormat| format.precursor() == WeightType::Plain(T::datum_type());
    let packing = kernel.packings().iter().position(|(left, right)| is_plain(&**left) && is_plain(&**right));
    let name = kernel.name().to_owned();
    let packing = packing.ok_or_else(|| format!("tract-linalg's {name} takes no such operands"))?;

    // Axes: the depth, then the other one.
    let (left, right) = &kernel.packings()[packing];
    let (format_of_weights, format_of_activations) =
        if by_column { (left, right.clone()) } else { (right, left.clone()) };
    let weights = format_of_weights.prepare_one(&weights, 0, 1).map_err(|e| text(&e))?;
    let mut out = Tensor::zero_dt(S::datum_type(), &[m, n]).map_err(|e| text(&e))?;
    // SAFETY: it is used with this kernel.
    let mut scratch = unsafe { kernel.allocate_scratch_space() };
    let (row_axis, column_axis) = if by_column { (1, 0) } else { (0, 1) };
    let mut multiply = move |expected: Option<&[S]>| -> Result<(), String> {
        let activations = format_of_activations.prepare_one(&activations, 1, 0).map_err(|e| e.to_string())?;
        let (weights, activations) =
            (AsInputValue::Borrowed(&*weights), AsInputValue::Borrowed(&*activations));
        let (a, b) = if by_column { (weights, activations) } else { (activations, weights) };
        // SAFETY: operands are in the kernel's formats, the view is of a tensor of rows by columns sums.
        unsafe {
            let store = kernel.c_view(Some(row_axis), Some(column_axis)).wrap(&out.view_mut());
            let specs = [FusedSpec::AddMatMul { a, b, packing }, FusedSpec::Store(store)];
            kernel.run_with_scratch_space(rows, columns, &mut *scratch, &specs).map_err(|e| e.to_string())?;
        }
        match expected {
            // SAFETY: the tensor's type is S's.
            Some(expected) => check(expected, unsafe { out.as_slice_unchecked::<S>() }),
            None => Ok(()),
        }
    };
    multiply(Some(expected))?;
    Ok(Work { kernel: name, body: Box::new(move || multiply(None)) })
}
