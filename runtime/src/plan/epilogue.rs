//! What a plan makes of its sums before they are stored.

use crate::quant::{FloatStage, OutputStage, add_bias, check_channels, requantise, to_f32};
use crate::value::{Element, Value};
use crate::{Error, Gemm, MatMut, MatRef, PackedRhs, Workspace};
use qgen_spec::{Operand, SizeOverflow};
use std::any::type_name;
use std::fmt;

/// The steps behind a product, in their order: a bias for each column, then what is stored.
///
/// ```text
///   Σ (lhs − zero)·(rhs − zero)   exact         zero points are those of the plan's Params
///     + bias                      saturating    with_bias
///     ├─► i32                                   sums
///     ├─► · factor + zero point, clamp ─► i8, u8     requantise (bit for bit qgen_spec::requantise)
///     └─► to f32 · scale, clamp ─► f32               to_f32
/// ```
///
/// ReLU and the like are bounds of the clamp: [`quant::output_stage`](crate::quant::output_stage) and
/// [`FloatStage::new`] make them of an [`Activation`](crate::quant::Activation).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Epilogue {
    bias: Option<Vec<i32>>,
    stage: Stage,
}

/// What is stored.
#[derive(Clone, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Sums,
    Bytes(OutputStage),
    Floats(FloatStage),
}

impl Epilogue {
    /// The sums as they are: i32, or f32 of float kernels.
    pub fn sums() -> Epilogue {
        Epilogue::default()
    }

    /// Sums to stored numbers, `i8` or `u8`.
    pub fn requantise(stage: OutputStage) -> Epilogue {
        Epilogue { bias: None, stage: Stage::Bytes(stage) }
    }

    /// Sums to real numbers, `f32`.
    pub fn to_f32(stage: FloatStage) -> Epilogue {
        Epilogue { bias: None, stage: Stage::Floats(stage) }
    }

    /// The same with a number for each column (output channel) that is added first, as
    /// [`quantize_bias`](crate::quant::quantize_bias) makes it.
    #[must_use]
    pub fn with_bias(mut self, bias: Vec<i32>) -> Epilogue {
        self.bias = Some(bias);
        self
    }

    /// Whether sums are stored as they are.
    pub(super) fn is_nothing(&self) -> bool {
        *self == Epilogue::default()
    }

    /// Fails where there is not one number for each of `n` columns, and for sums of floats.
    pub(super) fn check(&self, lhs: Operand, n: usize) -> Result<(), Error> {
        if lhs == Operand::F32 && !self.is_nothing() {
            let problem = format!("sums of floats are not {self}");
            return Err(Error::quantisation(
                "epilogue",
                problem,
                "float kernels store their sums: leave it out",
            ));
        }
        check_channels("bias", self.bias.as_ref().map(Vec::len), n)?;
        match &self.stage {
            Stage::Sums => Ok(()),
            Stage::Bytes(stage) => check_channels("factors", stage.factors().channels(), n),
            Stage::Floats(stage) => check_channels("scale", stage.channels(), n),
        }
    }

    /// The elements of sums of n columns that a pass works on: those of some rows, of `m` at most.
    pub(super) fn sums_at_a_time(
        &self,
        gemm: &Gemm<'_>,
        (m, n, k): (usize, usize, usize),
    ) -> Result<usize, SizeOverflow> {
        if self.is_nothing() {
            return Ok(0);
        }
        gemm.rows_with_sums(n, k)?.min(m).checked_mul(n).ok_or(SizeOverflow)
    }

    /// Multiplies some rows after the other: their sums stay in the workspace, and in the second cache, until
    /// a pass has made the output of them.
    pub(super) fn run<T: Value, O: Element>(
        &self,
        gemm: &Gemm<'_>,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (m, n) = (lhs.rows(), rhs.n());
        if (out.rows(), out.cols()) != (m, n) {
            return Err(Error::shape(
                "out",
                format!("it is {}x{}, but the product is {m}x{n}", out.rows(), out.cols()),
                "give an output of that shape",
            ));
        }
        self.check(gemm.kernel().descriptor().spec.lhs, n)?;
        // The sums leave the workspace while that serves the multiplication.
        let mut sums = std::mem::take(&mut workspace.sums);
        let done = self.run_with_sums(gemm, lhs, rhs, out, workspace, &mut sums);
        workspace.sums = sums;
        done
    }

    fn run_with_sums<T: Value, O: Element>(
        &self,
        gemm: &Gemm<'_>,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        mut out: MatMut<'_, O>,
        workspace: &mut Workspace,
        sums: &mut Vec<i32>,
    ) -> Result<(), Error> {
        let (m, n, k) = (lhs.rows(), rhs.n(), lhs.cols());
        crate::buffer::grow_to(sums, self.sums_at_a_time(gemm, (m, n, k))?)?;
        // Without columns rows need no memory, and there may be any number of them.
        let rows = if n == 0 { m } else { gemm.rows_with_sums(n, k)? };
        // Once without rows, too, so that mistakes are found.
        let mut first = 0;
        loop {
            let count = rows.min(m - first);
            let some = MatMut::new(&mut sums[..count * n], count, n)?;
            let product = some.typed::<T::Out>().ok_or_else(|| Error::ElementType {
                field: "lhs",
                given: T::NAME,
                wanted: gemm.kernel().descriptor().spec.lhs,
                kernel: gemm.kernel().name().to_owned(),
            })?;
            let part = gemm.run_with(lhs.row_block(first, count)?, rhs, product, workspace);
            part.map_err(|e| e.below(first))?;
            self.pass(MatRef::new(&sums[..count * n], count, n)?, out.row_block(first, count))?;
            first += count;
            if first >= m {
                return Ok(());
            }
        }
    }

    /// All steps on the sums of some rows.
    fn pass<O: Element>(&self, sums: MatRef<'_, i32>, out: MatMut<'_, O>) -> Result<(), Error> {
        let bias = self.bias.as_deref();
        let other = || Error::ResultType { given: type_name::<O>(), wanted: self.results() };
        match &self.stage {
            Stage::Sums => add_bias(bias.unwrap_or(&[]), sums, out.typed().ok_or_else(other)?),
            Stage::Floats(stage) => to_f32(stage, bias, sums, out.typed().ok_or_else(other)?),
            Stage::Bytes(stage) if is::<O, i8>() && stage.clamp().fits_i8() => {
                requantise::<i8>(stage, bias, sums, out.typed().ok_or_else(other)?)
            }
            Stage::Bytes(stage) if stage.clamp().fits_u8() => {
                requantise::<u8>(stage, bias, sums, out.typed().ok_or_else(other)?)
            }
            Stage::Bytes(_) => Err(other()),
        }
    }

    /// The type of the results, for people.
    pub(super) fn results(&self) -> String {
        match &self.stage {
            Stage::Sums => "i32".into(),
            Stage::Floats(_) => "f32".into(),
            Stage::Bytes(stage) => match (stage.clamp().fits_i8(), stage.clamp().fits_u8()) {
                (true, true) => "i8 or u8".into(),
                (true, false) => "i8".into(),
                _ => "u8".into(),
            },
        }
    }
}

fn is<O: Element, T: Element>() -> bool {
    std::any::TypeId::of::<O>() == std::any::TypeId::of::<T>()
}

/// What is stored, in words.
impl fmt::Display for Epilogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each = |channels: Option<usize>| if channels.is_some() { "for each column" } else { "for all" };
        match &self.stage {
            Stage::Sums => f.write_str("sums")?,
            Stage::Bytes(stage) => {
                write!(
                    f,
                    "requantised to {} with a factor {}",
                    stage.clamp(),
                    each(stage.factors().channels())
                )?;
            }
            Stage::Floats(stage) => write!(f, "scaled to f32 with a scale {}", each(stage.channels()))?,
        }
        f.write_str(if self.bias.is_some() { ", a bias added before" } else { "" })
    }
}
