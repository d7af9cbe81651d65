//! A model made ready for a machine: kernels, packed weights, memory.

use super::layer::Kind;
use super::memory::{self, Value};
use super::model::{Layer, Model};
use super::run::State;
use super::step::{Given, Work};
use crate::conv::{self, Nhwc, PackedConv};
use crate::cpu::Machine;
use crate::plan::Params;
use crate::{Error, conv::ConvPlan};
use qgen_spec::SizeOverflow;
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// A network that can be run by any number of threads at once, each with a [`State`] of its own.
#[derive(Debug)]
pub struct Network {
    pub(super) steps: Vec<Step>,
    pub(super) input: Port,
    pub(super) output: Port,
    layers: Vec<LayerInfo>,
    arena: usize,
    /// Bytes that the values between layers would need side by side.
    values: usize,
}

/// An end of the network.
#[derive(Debug)]
pub(super) struct Port {
    /// The layer, for messages.
    pub(super) name: String,
    pub(super) shape: Nhwc,
    pub(super) kind: Kind,
}

/// Where a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the caller's input.
    Input,
    /// In the caller's output.
    Output,
    /// In these bytes of the state.
    Arena(Range<usize>),
}

/// A layer at work.
#[derive(Debug)]
pub(super) struct Step {
    /// Its place among the layers.
    pub(super) layer: usize,
    pub(super) work: Work,
    pub(super) inputs: Vec<(Place, Kind)>,
    pub(super) output: (Place, Kind),
}

/// What is known of a layer before it runs.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LayerInfo {
    /// Its name.
    pub name: String,
    /// What it does.
    pub op: &'static str,
    /// The shape of its result.
    pub output: Nhwc,
    /// What the numbers of its result are.
    pub numbers: String,
    /// Multiply-accumulates.
    pub macs: u64,
    /// How it is done, of a convolution or a dense layer.
    pub conv: Option<conv::Explanation>,
    /// The layer that does its work beside its own: of a pool the convolution before it.
    pub within: Option<String>,
}

impl LayerInfo {
    /// The kernel of its product, where it is one.
    pub fn kernel(&self) -> Option<&str> {
        Some(&self.conv.as_ref()?.product.as_ref()?.kernel)
    }
}

/// Weights that are packed already: asked for by layer and plan.
pub(super) type Packed<'a> = dyn Fn(&str, &ConvPlan) -> Option<Result<PackedConv, Error>> + 'a;

impl Network {
    /// Chooses kernels for `batch` images at a time on `machine`, and packs the weights. Of `params` the kernels and
    /// the environment are used.
    ///
    /// # Errors
    /// [`Error::Layer`] or [`Error::InLayer`] with the layer's name: sums that could overflow 32 bits, sizes with this
    /// batch beyond the address space; [`Error::Memory`].
    pub fn new(
        model: &Model,
        batch: usize,
        params: &Params<'_>,
        machine: &Machine,
    ) -> Result<Network, Error> {
        Network::with_packed(model, batch, params, machine, &|_, _| None)
    }

    pub(super) fn with_packed(
        model: &Model,
        batch: usize,
        params: &Params<'_>,
        machine: &Machine,
        packed: &Packed<'_>,
    ) -> Result<Network, Error> {
        let params = &params.unpacked();
        let last = model.layers().len();
        let batched = |place: usize| {
            let (shape, kind) = model.value(place);
            (Nhwc { batch, ..shape }, kind)
        };
        let port = |place: usize, name: &str| {
            let (shape, kind) = batched(place);
            Port { name: name.to_owned(), shape, kind: kind.clone() }
        };
        let (input, output) = (port(0, super::model::INPUT), port(last, model.layers()[last - 1].name()));
        input.bytes()?;
        // For each value the one whose memory it has.
        let mut homes = homes(model);
        let mut works = Vec::new();
        for (at, layer) in model.layers().iter().enumerate() {
            let given: Vec<Given<'_>> = layer.inputs.iter().map(|&place| batched(place)).collect();
            let alone = homes[at + 1] == at + 1;
            works.push(if alone { Some(Work::new(layer, &given, params, machine, packed)?) } else { None });
        }
        let within = pools_within(model, &mut works, &mut homes)?;
        let (places, arena, values) = places(model, batch, &homes)?;
        let mut network = Network { steps: Vec::new(), input, output, layers: Vec::new(), arena, values };
        for (at, (layer, work)) in model.layers().iter().zip(works).enumerate() {
            let within = within[at].map(|conv| model.layers()[conv].name().to_owned());
            network.layers.push(LayerInfo { within, ..info(layer, batch, work.as_ref()) });
            let of = |place: usize| (places[homes[place]].clone(), model.value(place).1.clone());
            if let Some(work) = work {
                let inputs = layer.inputs.iter().map(|&place| of(place)).collect();
                network.steps.push(Step { layer: at, work, inputs, output: of(at + 1) });
            }
        }
        Ok(network)
    }

    /// The shape of the input, and what its numbers are.
    pub fn input(&self) -> (Nhwc, &Kind) {
        (self.input.shape, &self.input.kind)
    }

    /// The shape of the output, and what its numbers are.
    pub fn output(&self) -> (Nhwc, &Kind) {
        (self.output.shape, &self.output.kind)
    }

    /// The layers, in the order in which they run.
    pub fn layers(&self) -> &[LayerInfo] {
        &self.layers
    }

    /// Bytes of the values between layers in a [`State`].
    pub fn arena_bytes(&self) -> usize {
        self.arena
    }

    /// Memory with which [`Network::run`] allocates nothing.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn state(&self) -> Result<State, Error> {
        self.state_for(1)
    }

    /// Memory with which [`Network::run_on`] lets so many threads work (at least one).
    ///
    /// # Errors
    /// As [`Network::state`].
    pub fn state_for(&self, threads: usize) -> Result<State, Error> {
        let mut state = State::of(self.arena, threads.max(1))?;
        for step in &self.steps {
            for workspace in state.workspaces_mut() {
                step.work.reserve(workspace).map_err(|e| e.within(&self.layers[step.layer].name))?;
            }
        }
        Ok(state)
    }

    /// The packed weights of a layer, where it has any.
    #[cfg(feature = "packed")]
    pub(super) fn packed(&self) -> impl Iterator<Item = (&str, &ConvPlan, &PackedConv)> {
        self.steps.iter().filter_map(|step| match &step.work {
            Work::Conv(plan, weights) => Some((&*self.layers[step.layer].name, &**plan, weights)),
            _ => None,
        })
    }
}

impl Port {
    pub(super) fn len(&self) -> usize {
        // Checked when the network was planned.
        self.shape.len().unwrap_or(0)
    }

    fn bytes(&self) -> Result<usize, Error> {
        bytes(self.shape, &self.kind)
    }
}

fn bytes(shape: Nhwc, kind: &Kind) -> Result<usize, Error> {
    Ok(shape.len().and_then(|len| len.checked_mul(kind.size())).ok_or(SizeOverflow)?)
}

/// For each value the one whose memory it has: its own, but for those that a `flatten` between two layers would only
/// rename.
fn homes(model: &Model) -> Vec<usize> {
    let last = model.layers().len();
    let mut homes: Vec<usize> = (0..=last).collect();
    for (at, layer) in model.layers().iter().enumerate() {
        let home = homes[layer.inputs[0]];
        if matches!(layer.op(), super::Op::Flatten) && home != 0 && at + 1 != last {
            homes[at + 1] = home;
        }
    }
    homes
}

/// Leaves pools to the convolutions before them, which store the largest of some results in place of all where they can
/// and nobody else reads these. For each layer the one that does its work: of a pool that has none any more.
fn pools_within(
    model: &Model,
    works: &mut [Option<Work>],
    homes: &mut [usize],
) -> Result<Vec<Option<usize>>, Error> {
    let mut within = vec![None; works.len()];
    for at in 0..works.len() - 1 {
        let reads = |layer: &Layer| layer.inputs.iter().any(|&place| homes[place] == at + 1);
        let mut readers = model.layers().iter().enumerate().filter(|(_, layer)| reads(layer));
        let (Some((reader, layer)), None) = (readers.next(), readers.next()) else { continue };
        let (Some(Work::Conv(plan, _)), Some(Work::MaxPool(pool))) = (&works[at], &works[reader]) else {
            continue;
        };
        let pooled = plan.pooled(pool).map_err(|e| e.within(layer.name()))?;
        if let (Some(pooled), Some(Work::Conv(plan, _))) = (pooled, &mut works[at]) {
            **plan = pooled;
            works[reader] = None;
            within[reader] = Some(at);
            homes[at + 1] = reader + 1;
        }
    }
    Ok(within)
}

/// Where each value is that has memory of its own, the bytes of the arena, and of all values side by side.
fn places(model: &Model, batch: usize, homes: &[usize]) -> Result<(Vec<Place>, usize, usize), Error> {
    let last = model.layers().len();
    let mut inner: Vec<(usize, Value)> = Vec::new();
    let mut values = 0usize;
    for place in (1..last).filter(|&place| homes[place] == place) {
        let (shape, kind) = model.value(place);
        let bytes = bytes(Nhwc { batch, ..shape }, kind)?;
        values = values.checked_add(bytes).ok_or(SizeOverflow)?;
        // Every layer's result is needed by one behind it, or the layer would not be there.
        let readers =
            model.layers().iter().enumerate().filter(|(_, l)| l.inputs.iter().any(|&p| homes[p] == place));
        let end = readers.map(|(at, _)| at).max().unwrap_or(place - 1);
        // It is written by the first layer whose result is there.
        let first = (1..=place).find(|&other| homes[other] == place).unwrap_or(place);
        inner.push((place, Value { bytes, first: first - 1, last: end }));
    }
    let (ranges, arena) = memory::plan(&inner.iter().map(|&(_, value)| value).collect::<Vec<_>>())?;
    let mut places = vec![Place::Input; last + 1];
    places[last] = Place::Output;
    for ((place, _), range) in inner.iter().zip(ranges) {
        places[*place] = Place::Arena(range);
    }
    Ok((places, arena, values))
}

fn info(layer: &Layer, batch: usize, work: Option<&Work>) -> LayerInfo {
    let conv = match work {
        Some(Work::Conv(plan, _)) => Some(plan),
        _ => None,
    };
    LayerInfo {
        name: layer.name().to_owned(),
        op: layer.op().name(),
        output: Nhwc { batch, ..layer.shape() },
        numbers: layer.kind().to_string(),
        macs: conv.map_or(0, |plan| plan.geometry().macs()),
        conv: conv.map(|plan| plan.explain().clone()),
        within: None,
    }
}

/// A line for each layer, and how much memory the values need.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.layers.iter().map(|layer| layer.name.len()).max().unwrap_or(0).max(5);
        let input = &self.input;
        writeln!(f, "{:<name$}  {:<14} {:<16} {}", input.name, "", input.shape.to_string(), input.kind)?;
        for layer in &self.layers {
            let shape = layer.output.to_string();
            write!(f, "{:<name$}  {:<14} {shape:<16} {:<10}", layer.name, layer.op, layer.numbers)?;
            match (&layer.conv, &layer.within) {
                (Some(conv), _) => match layer.kernel() {
                    Some(kernel) => writeln!(f, " {}, {kernel}", conv.way)?,
                    None => writeln!(f, " {}", conv.way)?,
                },
                (None, Some(conv)) => writeln!(f, " in {conv}")?,
                (None, None) => writeln!(f)?,
            }
        }
        writeln!(f, "memory between layers: {} bytes, of {} side by side", self.arena, self.values)
    }
}
