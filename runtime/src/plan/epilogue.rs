//! What a plan makes of its sums before they are stored.

use crate::finish::Finish;
use crate::quant::{
    Activation, FloatStage, OutputStage, add_bias, check_channels, clamp, requantise, to_f32,
};
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
///
///   Σ lhs · rhs, floats           in the kernel's order, each step rounded once
///     + bias                      rounded         with_bias, of floats
///     ├─► f32                                     sums
///     └─► clamp ─► f32                            floats
/// ```
///
/// ReLU and the like are bounds of the clamp: [`quant::output_stage`](crate::quant::output_stage) and
/// [`FloatStage::new`] make them of an [`Activation`].
///
/// A plan's kernel does all of it where there is one with that end, and up to the depth at which no sum needs the
/// saturation; else a pass does, over sums in the workspace, or over the floats in the output while they are in the
/// cache. Results are the same, to the bit.
///
/// ```
/// use qgen_runtime::cpu::Machine;
/// use qgen_runtime::plan::{Epilogue, Op, Params, Plan};
/// use qgen_runtime::quant::{self, Activation, output_stage, quantise_bias};
/// use qgen_runtime::{MatMut, MatRef, Operand, Range};
///
/// # fn main() -> Result<(), qgen_runtime::Error> {
/// let (m, n, k) = (2, 1, 3);
/// let range = Range::new(-8, 7).unwrap();
/// let activations = quant::Params::per_tensor(0.5, -8, range)?;
/// let weights = quant::Params::per_channel(vec![0.25], 0, range)?;
/// let output = quant::Params::per_tensor(1.0, 0, Range::new(-128, 127).unwrap())?;
/// let stage = output_stage(&activations, &weights, &output, Activation::Relu)?;
/// let epilogue = Epilogue::requantise(stage).with_bias(quantise_bias(&[-2.0], &activations, &weights)?);
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
    bias: Option<Bias>,
    stage: Stage,
}

/// A number for each column (output channel), which is added to its sums: whole numbers (`Vec<i32>`) to sums of
/// integers, real ones (`Vec<f32>`) to sums of floats.
#[derive(Clone, Debug, PartialEq)]
pub struct Bias {
    /// The numbers, or the bits of floats.
    words: Vec<i32>,
    float: bool,
}

impl From<Vec<i32>> for Bias {
    fn from(words: Vec<i32>) -> Bias {
        Bias { words, float: false }
    }
}

impl From<Vec<f32>> for Bias {
    fn from(numbers: Vec<f32>) -> Bias {
        Bias { words: numbers.into_iter().map(|number| number.to_bits() as i32).collect(), float: true }
    }
}

/// What is stored.
#[derive(Clone, Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Sums,
    Bytes(OutputStage),
    Floats(FloatStage),
    /// Sums of floats inside of these bounds.
    Clamped(f32, f32),
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

    /// Sums of floats, clamped: `f32`. −0 counts as 0, NaN stays NaN.
    ///
    /// # Errors
    /// [`Error::Quantisation`] about `activation`, if its bounds are not numbers or the wrong way round.
    pub fn floats(activation: Activation) -> Result<Epilogue, Error> {
        let stage = match activation.bounds()? {
            (f32::NEG_INFINITY, f32::INFINITY) => Stage::Sums,
            (lo, hi) => Stage::Clamped(lo, hi),
        };
        Ok(Epilogue { bias: None, stage })
    }

    /// The same with a number for each column (output channel) that is added first: for sums of integers a
    /// `Vec<i32>` as [`quantise_bias`](crate::quant::quantise_bias) makes it, for sums of floats a `Vec<f32>`.
    #[must_use]
    pub fn with_bias(mut self, bias: impl Into<Bias>) -> Epilogue {
        self.bias = Some(bias.into());
        self
    }

    /// Whether sums are stored as they are.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Epilogue::default()
    }

    /// Fails where these are no steps for sums of products of `lhs`, or there is not one number for each of `n`
    /// columns.
    pub(crate) fn check(&self, lhs: Operand, n: usize) -> Result<(), Error> {
        let float = lhs == Operand::F32;
        let (sums, others) = if float { ("floats", "integers") } else { ("integers", "floats") };
        let fits = match &self.stage {
            Stage::Sums => true,
            Stage::Bytes(_) | Stage::Floats(_) => !float,
            Stage::Clamped(..) => float,
        };
        if !fits {
            let help = match float {
                true => "give plans of floats Epilogue::sums or Epilogue::floats",
                false => "give plans of integers Epilogue::sums, Epilogue::requantise or Epilogue::to_f32",
            };
            return Err(Error::quantisation("epilogue", format!("sums of {sums} are not {self}"), help));
        }
        let Some(bias) = &self.bias else { return self.check_stage(n) };
        if bias.float != float {
            let problem = format!("{others} are not added to sums of {sums}");
            return Err(Error::quantisation(
                "bias",
                problem,
                "give Vec<i32> to integers, Vec<f32> to floats",
            ));
        }
        check_channels("bias", Some(bias.words.len()), n)?;
        self.check_stage(n)
    }

    fn check_stage(&self, n: usize) -> Result<(), Error> {
        match &self.stage {
            Stage::Sums | Stage::Clamped(..) => Ok(()),
            Stage::Bytes(stage) => check_channels("factors", stage.factors().channels(), n),
            Stage::Floats(stage) => check_channels("scale", stage.channels(), n),
        }
    }

    /// What a kernel stores that does all of it.
    pub(crate) fn end(&self) -> End {
        match &self.stage {
            Stage::Sums => End::Sums,
            Stage::Floats(_) | Stage::Clamped(..) => End::F32,
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
            Stage::Clamped(lo, hi) => EndStage::Floats { scales: &[], lo: *lo, hi: *hi },
        };
        Finish { kernel, stage, bias: self.bias(), first: 0 }
    }

    /// The numbers that are added, one for each column or none; of floats their bits.
    pub(crate) fn bias(&self) -> &[i32] {
        self.bias.as_ref().map_or(&[], |bias| &bias.words)
    }

    /// What makes bytes of sums with their bias, if bytes are stored.
    pub(crate) fn bytes(&self) -> Option<&OutputStage> {
        match &self.stage {
            Stage::Bytes(stage) => Some(stage),
            _ => None,
        }
    }

    /// The bounds of floats.
    pub(crate) fn bounds(&self) -> (f32, f32) {
        match self.stage {
            Stage::Clamped(lo, hi) => (lo, hi),
            _ => (f32::NEG_INFINITY, f32::INFINITY),
        }
    }

    /// All steps behind the bias on sums of floats where they are.
    pub(crate) fn clamp<O: Element>(&self, out: MatMut<'_, O>) -> Result<(), Error> {
        let out = out.typed().ok_or_else(|| self.other_type::<O>(true))?;
        clamp(self.bounds(), out);
        Ok(())
    }

    /// All steps on the sums, of integers, of some rows; the type of `out` is checked.
    pub(crate) fn pass<O: Element>(&self, sums: MatRef<'_, i32>, out: MatMut<'_, O>) -> Result<(), Error> {
        let bias = self.bias.as_ref().map(|bias| &bias.words[..]);
        let other = || self.other_type::<O>(false);
        match &self.stage {
            Stage::Sums => add_bias(bias.unwrap_or(&[]), sums, out.typed().ok_or_else(other)?),
            Stage::Clamped(..) => Err(other()),
            Stage::Floats(stage) => to_f32(stage, bias, sums, out.typed().ok_or_else(other)?),
            Stage::Bytes(stage) if is::<O, i8>() => {
                requantise::<i8>(stage, bias, sums, out.typed().ok_or_else(other)?)
            }
            Stage::Bytes(stage) => requantise::<u8>(stage, bias, sums, out.typed().ok_or_else(other)?),
        }
    }

    /// Fails unless results can be of type `O`. `float`: of sums of floats.
    pub(crate) fn check_type<O: Element>(&self, float: bool) -> Result<(), Error> {
        let right = match &self.stage {
            Stage::Sums if float => is::<O, f32>(),
            Stage::Sums => is::<O, i32>(),
            Stage::Floats(_) | Stage::Clamped(..) => is::<O, f32>(),
            Stage::Bytes(stage) => {
                is::<O, i8>() && stage.clamp().fits_i8() || is::<O, u8>() && stage.clamp().fits_u8()
            }
        };
        if right { Ok(()) } else { Err(self.other_type::<O>(float)) }
    }

    fn other_type<O: Element>(&self, float: bool) -> Error {
        Error::ResultType { given: type_name::<O>(), wanted: self.results(float) }
    }

    /// The type of the results, for people. `float`: of sums of floats.
    pub(crate) fn results(&self, float: bool) -> String {
        match &self.stage {
            Stage::Sums if float => "f32".into(),
            Stage::Sums => "i32".into(),
            Stage::Floats(_) | Stage::Clamped(..) => "f32".into(),
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
            Stage::Clamped(lo, hi) => write!(f, "floats of {lo} to {hi}")?,
        }
        f.write_str(if self.bias.is_some() { ", a bias added before" } else { "" })
    }
}
