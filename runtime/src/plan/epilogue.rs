//! What a plan makes of its sums before they are stored.

use crate::finish::Finish;
use crate::quant::{FloatStage, OutputStage, add_bias, check_channels, requantise, to_f32};
use crate::{Element, End, Error, Kernel, MatMut, MatRef};
use qgen_spec::{EndStage, Operand};
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
///
/// A plan's kernel does all of it where there is one with that end, and up to the depth at which no sum needs the
/// saturation; else a pass does, over sums in the workspace. Results are the same, to the bit.
///
/// ```
/// use qgen_runtime::cpu::Machine;
/// use qgen_runtime::plan::{Epilogue, Op, Params, Plan};
/// use qgen_runtime::quant::{self, Activation, output_stage, quantize_bias};
/// use qgen_runtime::{MatMut, MatRef, Operand, Range};
///
/// # fn main() -> Result<(), qgen_runtime::Error> {
/// let (m, n, k) = (2, 1, 3);
/// let range = Range::new(-8, 7).unwrap();
/// let activations = quant::Params::per_tensor(0.5, -8, range)?;
/// let weights = quant::Params::per_channel(vec![0.25], 0, range)?;
/// let output = quant::Params::per_tensor(1.0, 0, Range::new(-128, 127).unwrap())?;
/// let stage = output_stage(&activations, &weights, &output, Activation::Relu)?;
/// let epilogue = Epilogue::requantise(stage).with_bias(quantize_bias(&[-2.0], &activations, &weights)?);
///
/// let op = Op::gemm(activations.operand(), weights.operand());
/// let params = Params::new().lhs_zero_point(activations.zero_point()).epilogue(&epilogue);
/// let plan = Plan::new(op, (m, n, k), &params, &Machine::detect())?;
/// let packed = plan.pack(MatRef::<i8>::new(&[1, -2, 7], k, n)?)?;
/// let mut workspace = plan.workspace()?;
/// let mut out = [0i8; 2];
/// let lhs = MatRef::<i8>::new(&[1, 2, 3, -8, 0, 1], m, k)?;
/// plan.run(lhs, &packed, MatMut::new(&mut out, m, n)?, &mut workspace)?;
/// // Sums 66 and 47 in steps of 1/8, less 2.
/// assert_eq!(out, [6, 4]);
/// # Ok(())
/// # }
/// ```
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
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Epilogue::default()
    }

    /// Fails where there is not one number for each of `n` columns, and for sums of floats.
    pub(crate) fn check(&self, lhs: Operand, n: usize) -> Result<(), Error> {
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

    /// What a kernel stores that does all of it.
    pub(crate) fn end(&self) -> End {
        match &self.stage {
            Stage::Sums => End::Sums,
            Stage::Floats(_) => End::F32,
            Stage::Bytes(stage) if stage.is_signed() => End::I8,
            Stage::Bytes(_) => End::U8,
        }
    }

    /// The end of `kernel`, which stores [`Epilogue::end`].
    pub(super) fn finish<'a>(&'a self, kernel: &'a Kernel) -> Finish<'a> {
        let stage = match &self.stage {
            Stage::Sums => EndStage::Sums,
            Stage::Bytes(stage) => EndStage::Bytes(stage),
            Stage::Floats(stage) => {
                let (lo, hi) = stage.clamp();
                EndStage::Floats { scales: stage.scales(), lo, hi }
            }
        };
        Finish { kernel, stage, bias: self.bias(), first: 0 }
    }

    /// The numbers that are added, one for each column or none.
    pub(crate) fn bias(&self) -> &[i32] {
        self.bias.as_deref().unwrap_or(&[])
    }

    /// All steps on the sums of some rows; the type of `out` is checked.
    pub(crate) fn pass<O: Element>(&self, sums: MatRef<'_, i32>, out: MatMut<'_, O>) -> Result<(), Error> {
        let bias = self.bias.as_deref();
        let other = || self.other_type::<O>();
        match &self.stage {
            Stage::Sums => add_bias(bias.unwrap_or(&[]), sums, out.typed().ok_or_else(other)?),
            Stage::Floats(stage) => to_f32(stage, bias, sums, out.typed().ok_or_else(other)?),
            Stage::Bytes(stage) if is::<O, i8>() => {
                requantise::<i8>(stage, bias, sums, out.typed().ok_or_else(other)?)
            }
            Stage::Bytes(stage) => requantise::<u8>(stage, bias, sums, out.typed().ok_or_else(other)?),
        }
    }

    /// Fails unless results can be of type `O`.
    pub(crate) fn check_type<O: Element>(&self) -> Result<(), Error> {
        let right = match &self.stage {
            Stage::Sums => is::<O, i32>(),
            Stage::Floats(_) => is::<O, f32>(),
            Stage::Bytes(stage) => {
                is::<O, i8>() && stage.clamp().fits_i8() || is::<O, u8>() && stage.clamp().fits_u8()
            }
        };
        if right { Ok(()) } else { Err(self.other_type::<O>()) }
    }

    fn other_type<O: Element>(&self) -> Error {
        Error::ResultType { given: type_name::<O>(), wanted: self.results() }
    }

    /// The type of the results, for people.
    pub(crate) fn results(&self) -> String {
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
