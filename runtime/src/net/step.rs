//! What a layer of a network has ready, and how it runs.

use super::infer::{dense_geometry, geometry};
use super::layer::{Kind, Op, Weights};
use super::model::Layer;
use super::network::Packed;
use super::run::{View, ViewMut};
use crate::conv::{ConvPlan, Geometry, Nhwc, PackedConv, Workspace};
use crate::cpu::Machine;
use crate::ops::{Add, Pool, Rescale, Softmax, add_f32};
use crate::plan::{Epilogue, Params};
use crate::quant::{self, Activation, FloatStage, output_stage};
use crate::threads::Threads;
use crate::{Element, Error, MatMut, MatRef, Range, Stored, Value};

/// What goes in: a shape with its batch, and what the numbers are.
pub(super) type Given<'a> = (Nhwc, &'a Kind);

/// That values are of their ranges: the network's input was checked, and every layer keeps to its kind.
const KNOWN: bool = true;

/// A layer that is ready to run.
#[derive(Debug)]
pub(super) enum Work {
    Conv(Box<ConvPlan>, PackedConv),
    MaxPool(Pool),
    /// With the stored numbers' range.
    AverageStored(Pool, Range),
    AverageFloats(Pool),
    AddStored(Box<Add>),
    AddFloats((f32, f32)),
    Copy,
    Rescale(Rescale),
    Quantise(quant::Params),
    Dequantise(quant::Params),
    /// With the columns of a row.
    Softmax(Softmax, usize),
}

impl Work {
    /// Makes `layer` ready for inputs `given`.
    ///
    /// # Errors
    /// With the layer's name.
    pub(super) fn new(
        layer: &Layer,
        given: &[Given<'_>],
        params: &Params<'_>,
        machine: &Machine,
        packed: &Packed<'_>,
    ) -> Result<Work, Error> {
        let name = layer.name();
        let work = || {
            let (shape, kind) = given[0];
            let linear = |geometry: &Geometry, weights: &Weights, activation| {
                conv(geometry, (kind, weights, layer.kind()), activation, params, machine, packed)
            };
            let average = |pool: Pool| match kind {
                Kind::Float => Work::AverageFloats(pool),
                Kind::Stored(params) => Work::AverageStored(pool, params.range()),
            };
            Ok(match layer.op() {
                Op::Conv(conv) => linear(&geometry(name, conv, shape)?, &conv.weights, conv.activation)?,
                Op::Dense(dense) => {
                    linear(&dense_geometry(name, dense, shape)?, &dense.weights, dense.activation)?
                }
                Op::MaxPool(window) => Work::MaxPool(Pool::new(name, shape, *window)?),
                Op::AveragePool(window) => average(Pool::new(name, shape, *window)?),
                Op::GlobalAverage => average(Pool::global(name, shape)?),
                Op::Add(activation) => match (kind, given[1].1, layer.kind()) {
                    (Kind::Stored(a), Kind::Stored(b), Kind::Stored(out)) => {
                        Work::AddStored(Box::new(Add::new(a, b, out, *activation)?))
                    }
                    _ => Work::AddFloats(activation.bounds()?),
                },
                Op::Flatten => Work::Copy,
                Op::Convert => match (kind, layer.kind()) {
                    (Kind::Stored(from), Kind::Stored(to)) => Work::Rescale(Rescale::new(from, to)?),
                    (Kind::Float, Kind::Stored(to)) => Work::Quantise(to.clone()),
                    (Kind::Stored(from), Kind::Float) => Work::Dequantise(from.clone()),
                    (Kind::Float, Kind::Float) => Work::Copy,
                },
                Op::Softmax => {
                    let scale = kind.params().map_or(1.0, |params| params.scales()[0]);
                    Work::Softmax(Softmax::new(scale)?, shape.channels)
                }
            })
        };
        work().map_err(|e: Error| e.within(name))
    }

    /// Makes a workspace large enough.
    pub(super) fn reserve(&self, workspace: &mut Workspace) -> Result<(), Error> {
        match self {
            Work::Conv(plan, _) => plan.reserve(workspace),
            _ => Ok(()),
        }
    }

    /// Runs the layer. Views are of the types that the layer's kinds have, and as long as its shapes.
    pub(super) fn run(
        &self,
        threads: &dyn Threads,
        inputs: [View<'_>; 2],
        out: ViewMut<'_>,
        workspaces: &mut [Workspace],
    ) -> Result<(), Error> {
        use View::{F32, I8, U8};
        let [input, second] = inputs;
        match (self, input, out) {
            (Work::Conv(plan, weights), input, out) => {
                convolve(plan, weights, threads, (input, out), workspaces)
            }
            (Work::MaxPool(pool), I8(input), ViewMut::I8(out)) => pool.max(input, out),
            (Work::MaxPool(pool), U8(input), ViewMut::U8(out)) => pool.max(input, out),
            (Work::MaxPool(pool), F32(input), ViewMut::F32(out)) => pool.max(input, out),
            (Work::AverageStored(pool, range), I8(input), ViewMut::I8(out)) => {
                pool.average(*range, input, out)
            }
            (Work::AverageStored(pool, range), U8(input), ViewMut::U8(out)) => {
                pool.average(*range, input, out)
            }
            (Work::AverageFloats(pool), F32(input), ViewMut::F32(out)) => {
                pool.average_f32((f32::NEG_INFINITY, f32::INFINITY), input, out)
            }
            (Work::AddFloats(bounds), F32(a), ViewMut::F32(out)) => match second {
                F32(b) => add_f32(a, b, *bounds, out),
                other => Err(other.unexpected()),
            },
            (Work::AddStored(add), I8(a), out) => add_to(add, a, second, out),
            (Work::AddStored(add), U8(a), out) => add_to(add, a, second, out),
            (Work::Copy, I8(input), ViewMut::I8(out)) => copy(input, out),
            (Work::Copy, U8(input), ViewMut::U8(out)) => copy(input, out),
            (Work::Copy, F32(input), ViewMut::F32(out)) => copy(input, out),
            (Work::Rescale(rescale), I8(input), ViewMut::I8(out)) => rescale.run(input, out),
            (Work::Rescale(rescale), I8(input), ViewMut::U8(out)) => rescale.run(input, out),
            (Work::Rescale(rescale), U8(input), ViewMut::I8(out)) => rescale.run(input, out),
            (Work::Rescale(rescale), U8(input), ViewMut::U8(out)) => rescale.run(input, out),
            (Work::Quantise(params), F32(input), ViewMut::I8(out)) => {
                quant::quantise(params, row(input)?, row_mut(out)?)
            }
            (Work::Quantise(params), F32(input), ViewMut::U8(out)) => {
                quant::quantise(params, row(input)?, row_mut(out)?)
            }
            (Work::Dequantise(params), I8(input), ViewMut::F32(out)) => {
                quant::dequantise(params, row(input)?, row_mut(out)?)
            }
            (Work::Dequantise(params), U8(input), ViewMut::F32(out)) => {
                quant::dequantise(params, row(input)?, row_mut(out)?)
            }
            (Work::Softmax(softmax, columns), I8(input), ViewMut::F32(out)) => {
                let rows = out.len() / columns;
                softmax.run_f32(MatRef::new(input, rows, *columns)?, MatMut::new(out, rows, *columns)?)
            }
            (Work::Softmax(softmax, columns), U8(input), ViewMut::F32(out)) => {
                let rows = out.len() / columns;
                softmax.run_f32(MatRef::new(input, rows, *columns)?, MatMut::new(out, rows, *columns)?)
            }
            (_, input, _) => Err(input.unexpected()),
        }
    }
}

/// A convolution, and its weights packed, by `packed` if it has them.
fn conv(
    geometry: &Geometry,
    (given, weights, kind): (&Kind, &Weights, &Kind),
    activation: Activation,
    params: &Params<'_>,
    machine: &Machine,
    packed: &Packed<'_>,
) -> Result<Work, Error> {
    let epilogue = match (given, weights, kind) {
        (Kind::Stored(lhs), Weights::Stored { params: rhs, bias, .. }, kind) => {
            let epilogue = match kind {
                Kind::Stored(out) => Epilogue::requantise(output_stage(lhs, rhs, out, activation)?),
                Kind::Float => Epilogue::to_f32(FloatStage::new(lhs, rhs, activation)?),
            };
            if bias.is_empty() { epilogue } else { epilogue.with_bias(bias.clone()) }
        }
        (_, Weights::Float { bias, .. }, _) => {
            let epilogue = Epilogue::floats(activation)?;
            if bias.is_empty() { epilogue } else { epilogue.with_bias(bias.clone()) }
        }
        (Kind::Float, Weights::Stored { .. }, _) => {
            let help = "convert the input before";
            return Err(Error::layer(geometry.layer(), "weights", "the input is floats".into(), help));
        }
    };
    let zero = |params: Option<&quant::Params>| params.map_or(0, quant::Params::zero_point);
    let weights_zero = match weights {
        Weights::Stored { params, .. } => params.zero_point(),
        Weights::Float { .. } => 0,
    };
    let params =
        params.clone().lhs_zero_point(zero(given.params())).rhs_zero_point(weights_zero).epilogue(&epilogue);
    let plan = ConvPlan::new(geometry, (given.operand(), weights.operand()), &params, machine)?;
    let weights = match packed(geometry.layer(), &plan) {
        Some(packed) => packed?,
        None => match weights {
            Weights::Stored { values, .. } => plan.pack::<i8>(values)?,
            Weights::Float { values, .. } => plan.pack::<f32>(values)?,
        },
    };
    Ok(Work::Conv(Box::new(plan), weights))
}

fn convolve(
    plan: &ConvPlan,
    weights: &PackedConv,
    threads: &dyn Threads,
    (input, out): (View<'_>, ViewMut<'_>),
    workspaces: &mut [Workspace],
) -> Result<(), Error> {
    fn from<T: Value>(
        (plan, weights, threads): (&ConvPlan, &PackedConv, &dyn Threads),
        input: &[T],
        out: ViewMut<'_>,
        workspaces: &mut [Workspace],
    ) -> Result<(), Error> {
        let given = (input, KNOWN);
        match out {
            ViewMut::I8(out) => plan.run_given(threads, given, weights, out, workspaces),
            ViewMut::U8(out) => plan.run_given(threads, given, weights, out, workspaces),
            ViewMut::F32(out) => plan.run_given(threads, given, weights, out, workspaces),
        }
    }
    let common = (plan, weights, threads);
    match input {
        View::I8(input) => from(common, input, out, workspaces),
        View::U8(input) => from(common, input, out, workspaces),
        View::F32(input) => from(common, input, out, workspaces),
    }
}

fn add_to<A: Stored>(add: &Add, a: &[A], b: View<'_>, out: ViewMut<'_>) -> Result<(), Error> {
    match (b, out) {
        (View::I8(b), ViewMut::I8(out)) => add.run_given((a, b), KNOWN, out),
        (View::I8(b), ViewMut::U8(out)) => add.run_given((a, b), KNOWN, out),
        (View::U8(b), ViewMut::I8(out)) => add.run_given((a, b), KNOWN, out),
        (View::U8(b), ViewMut::U8(out)) => add.run_given((a, b), KNOWN, out),
        (b, _) => Err(b.unexpected()),
    }
}

fn copy<T: Copy>(input: &[T], out: &mut [T]) -> Result<(), Error> {
    out.copy_from_slice(input);
    Ok(())
}

fn row<T: Element>(values: &[T]) -> Result<MatRef<'_, T>, Error> {
    MatRef::new(values, 1, values.len())
}

fn row_mut<T: Element>(values: &mut [T]) -> Result<MatMut<'_, T>, Error> {
    let len = values.len();
    MatMut::new(values, 1, len)
}
