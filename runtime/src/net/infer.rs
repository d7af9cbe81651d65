//! The shape of a layer's result, and whether its numbers fit it.

use super::layer::{Conv, Dense, Kind, Op, Weights};
use crate::Error;
use crate::conv::{Geometry, Nhwc, Window};
use crate::ops::{Add, Pool, Rescale, Softmax};

/// What goes in: a shape, and what the numbers are.
pub(super) type Given<'a> = (Nhwc, &'a Kind);

/// The shape of the result of `op` on `inputs`, which are as many as it takes.
///
/// # Errors
/// [`Error::Layer`] with the layer's name and the field.
pub(super) fn output(layer: &str, op: &Op, inputs: &[Given<'_>], kind: &Kind) -> Result<Nhwc, Error> {
    let (shape, given) = inputs[0];
    let single = |field: &'static str, kind: &Kind| match kind.params().and_then(|params| params.channels()) {
        Some(channels) => Err(Error::layer(
            layer,
            field,
            format!("it has a scale for each of {channels} channels"),
            "values between layers have one scale: use Params::per_tensor",
        )),
        None => Ok(()),
    };
    single("output", kind)?;
    match op {
        Op::Conv(conv) => {
            let geometry = geometry(layer, conv, shape)?;
            linear(layer, &conv.weights, (geometry.weights(), conv.out_channels), given, kind)?;
            conv.activation.bounds().map_err(|e| e.within(layer))?;
            Ok(geometry.output())
        }
        Op::Dense(dense) => {
            let geometry = dense_geometry(layer, dense, shape)?;
            linear(layer, &dense.weights, (geometry.weights(), dense.outputs), given, kind)?;
            dense.activation.bounds().map_err(|e| e.within(layer))?;
            Ok(geometry.output())
        }
        Op::MaxPool(window) | Op::AveragePool(window) => {
            same_kind(layer, op, given, kind)?;
            let pool = Pool::new(layer, shape, *window)?;
            if matches!(op, Op::AveragePool(_)) && given.params().is_some() {
                pool.check_sums()?;
            }
            Ok(pool.output())
        }
        Op::GlobalAverage => {
            same_kind(layer, op, given, kind)?;
            let pool = Pool::global(layer, shape)?;
            if given.params().is_some() {
                pool.check_sums()?;
            }
            Ok(pool.output())
        }
        Op::Flatten => {
            same_kind(layer, op, given, kind)?;
            shape.flatten(layer)
        }
        Op::Add(activation) => {
            let (other, second) = inputs[1];
            if shape != other {
                let problem = format!("{shape} and {other} are not the same shape");
                return Err(Error::layer(layer, "inputs", problem, "add values of one shape"));
            }
            match (given.params(), second.params(), kind.params()) {
                (Some(a), Some(b), Some(out)) => {
                    Add::new(a, b, out, *activation).map_err(|e| e.within(layer))?;
                }
                (None, None, None) => drop(activation.bounds().map_err(|e| e.within(layer))?),
                _ => {
                    let problem = format!("{given} and {second} to {kind}: some are floats, some are not");
                    return Err(Error::layer(layer, "inputs", problem, "convert them before"));
                }
            }
            Ok(shape)
        }
        Op::Convert => match (given.params(), kind.params()) {
            (None, None) => {
                let help = "leave the layer out, or give parameters of stored numbers";
                Err(Error::layer(layer, "output", "floats stay floats".into(), help))
            }
            (Some(from), Some(to)) => {
                Rescale::new(from, to).map_err(|e| e.within(layer))?;
                Ok(shape)
            }
            _ => Ok(shape),
        },
        Op::Softmax => {
            let (Some(params), Kind::Float) = (given.params(), kind) else {
                let problem = format!("{given} to {kind} is not possible");
                let help = "give it stored numbers, and Kind::Float for the result";
                return Err(Error::layer(layer, "output", problem, help));
            };
            Softmax::new(params.scales()[0]).map_err(|e| e.within(layer))?;
            Ok(shape)
        }
    }
}

/// The sizes of a convolution over `shape`.
pub(super) fn geometry(layer: &str, conv: &Conv, shape: Nhwc) -> Result<Geometry, Error> {
    Geometry::new(layer, shape, conv.out_channels, conv.window, conv.groups)
}

/// A dense layer over `shape` as a convolution of single pixels.
pub(super) fn dense_geometry(layer: &str, dense: &Dense, shape: Nhwc) -> Result<Geometry, Error> {
    Geometry::new(layer, shape.flatten(layer)?, dense.outputs, Window::new(1, 1), 1)
}

fn same_kind(layer: &str, op: &Op, given: &Kind, kind: &Kind) -> Result<(), Error> {
    if given == kind {
        return Ok(());
    }
    let problem = format!("it has other parameters than the input, which a {} keeps", op.name());
    Err(Error::layer(layer, "output", problem, "give it the input's kind, and convert behind it"))
}

/// Fails where weights are not as many as `wanted`, or their numbers or the bias cannot be.
fn linear(
    layer: &str,
    weights: &Weights,
    (wanted, channels): (usize, usize),
    given: &Kind,
    kind: &Kind,
) -> Result<(), Error> {
    let fail = |field, problem: String, help: &str| Err(Error::layer(layer, field, problem, help));
    if weights.len() != wanted {
        let problem = format!("there are {}, but the layer has {wanted}", weights.len());
        return fail(
            "weights",
            problem,
            "give [out channel][row][column][channel of the group] without gaps",
        );
    }
    let bias = match weights {
        Weights::Stored { bias, .. } => bias.len(),
        Weights::Float { bias, .. } => bias.len(),
    };
    if bias != 0 && bias != channels {
        let problem = format!("there are {bias} numbers for {channels} out channels");
        return fail("bias", problem, "give one for each out channel, or none");
    }
    match weights {
        Weights::Stored { values, params, .. } => {
            if given.params().is_none() {
                let help = "convert the input before, or use weights of floats";
                return fail("weights", "they are stored numbers, but the input is floats".into(), help);
            }
            if !params.range().fits_i8() {
                let problem = format!("the range {} does not fit i8", params.range());
                return fail("weights", problem, "store them in -128..=127");
            }
            if let Some(scales) = params.channels().filter(|&scales| scales != channels) {
                let problem = format!("there are {scales} scales for {channels} out channels");
                return fail("weights", problem, "give one scale, or one for each out channel");
            }
            let range = params.range();
            if let Some(at) = values.iter().position(|&value| !range.contains(value.into())) {
                let problem = format!("number {at} is {}, which is outside of {range}", values[at]);
                return fail("weights", problem, "clamp the numbers, or use a wider range");
            }
        }
        Weights::Float { values, bias } => {
            if given.params().is_some() || kind.params().is_some() {
                let problem = format!("they are floats, but values are {given} before and {kind} behind");
                return fail("weights", problem, "convert to floats before and from them behind");
            }
            for (field, numbers) in [("weights", &values[..]), ("bias", bias)] {
                if let Some(at) = numbers.iter().position(|value| !value.is_finite()) {
                    let problem = format!("number {at} is {}", numbers[at]);
                    return fail(field, problem, "give finite numbers");
                }
            }
        }
    }
    Ok(())
}
