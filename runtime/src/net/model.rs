//! What a network computes: values and the layers between them, checked as they are added.

use super::infer::{self, Given};
use super::layer::{Kind, Op};
use crate::Error;
use crate::conv::Nhwc;
use crate::tuning::printable;

/// The name of what goes in.
pub(super) const INPUT: &str = "input";

/// Longer names are refused: they are for people.
const LONGEST_NAME: usize = 64;

/// A layer, whose result has its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub(super) name: String,
    pub(super) op: Op,
    /// Places of what goes in: 0 is the network's input, i + 1 the result of layer i.
    pub(super) inputs: Vec<usize>,
    pub(super) shape: Nhwc,
    pub(super) kind: Kind,
}

impl Layer {
    /// Its name, which is also that of its result.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does.
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// The shape of its result, for one image.
    pub fn shape(&self) -> Nhwc {
        self.shape
    }

    /// What the numbers of its result are.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }
}

/// A network that is being built: layers are added one after another, each on results that are there.
#[derive(Clone, Debug)]
pub struct ModelBuilder {
    input: (Nhwc, Kind),
    layers: Vec<Layer>,
}

/// A network: one input, one output, and layers in an order in which each comes behind what it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(super) input: (Nhwc, Kind),
    /// The last one makes the output.
    pub(super) layers: Vec<Layer>,
}

impl ModelBuilder {
    /// Adds layer `name` on the results of `inputs` (`"input"` is the network's input), whose results are of `kind`.
    ///
    /// # Errors
    /// [`Error::Layer`] with the layer's name and the field: a name that is there already or does not print, an input
    /// that is not there, sizes, weights or parameters that do not fit.
    pub fn add(&mut self, name: &str, inputs: &[&str], op: Op, kind: Kind) -> Result<(), Error> {
        let fail =
            |field, problem: String, help: &str| Err(Error::layer(&printable(name), field, problem, help));
        let prints = name.chars().all(|c| c.is_ascii_graphic());
        if name.is_empty() || name.len() > LONGEST_NAME || !prints {
            let problem = format!("it has {} characters, or some that do not print", name.chars().count());
            return fail("name", problem, "use 1 to 64 letters, digits and signs of ASCII, without spaces");
        }
        if self.find(name).is_some() {
            return fail("name", "there is a value of this name already".into(), "use each name once");
        }
        if inputs.len() != op.arity() {
            let problem =
                format!("there are {}, but a layer `{}` takes {}", inputs.len(), op.name(), op.arity());
            return fail("inputs", problem, "give as many");
        }
        let mut places = Vec::new();
        for input in inputs {
            let Some(place) = self.find(input) else {
                let problem = format!("there is no value `{}`", printable(input));
                return fail("inputs", problem, "use \"input\" or the name of a layer that was added before");
            };
            places.push(place);
        }
        let given: Vec<Given<'_>> = places.iter().map(|&place| self.value(place)).collect();
        let shape = infer::output(name, &op, &given, &kind)?;
        self.layers.push(Layer { name: name.to_owned(), op, inputs: places, shape, kind });
        Ok(())
    }

    /// What the numbers of a value are.
    ///
    /// # Errors
    /// [`Error::Layer`] if there is no such value.
    pub fn kind(&self, name: &str) -> Result<Kind, Error> {
        Ok(self.value(self.known(name)?).1.clone())
    }

    /// The shape of a value, for one image.
    ///
    /// # Errors
    /// As [`ModelBuilder::kind`].
    pub fn shape(&self, name: &str) -> Result<Nhwc, Error> {
        Ok(self.value(self.known(name)?).0)
    }

    /// The network whose output is the result of layer `output`; layers that it does not need are left out.
    ///
    /// # Errors
    /// [`Error::Layer`] if there is no such layer.
    pub fn finish(mut self, output: &str) -> Result<Model, Error> {
        let last = self.known(output)?.checked_sub(1).ok_or_else(|| {
            let problem = "it is the input itself".to_owned();
            Error::layer(output, "output", problem, "name a layer; a network needs at least one")
        })?;
        let mut needed = vec![false; last + 1];
        needed[last] = true;
        for at in (0..=last).rev() {
            if needed[at] {
                for input in self.layers[at].inputs.iter().filter_map(|place| place.checked_sub(1)) {
                    needed[input] = true;
                }
            }
        }
        // Where each value is once those that nobody needs are gone.
        let mut places = vec![0];
        for needed in &needed {
            places.push(places[places.len() - 1] + usize::from(*needed));
        }
        self.layers.truncate(last + 1);
        let mut keep = needed.iter().copied();
        self.layers.retain(|_| keep.next().unwrap_or(false));
        for layer in &mut self.layers {
            layer.inputs.iter_mut().for_each(|place| *place = places[*place]);
        }
        Ok(Model { input: self.input, layers: self.layers })
    }

    fn known(&self, name: &str) -> Result<usize, Error> {
        self.find(name).ok_or_else(|| {
            let help = "use \"input\" or the name of a layer that was added";
            Error::layer(&printable(name), "name", "there is no such value".into(), help)
        })
    }

    fn find(&self, name: &str) -> Option<usize> {
        if name == INPUT {
            return Some(0);
        }
        self.layers.iter().position(|layer| layer.name == name).map(|at| at + 1)
    }

    fn value(&self, place: usize) -> Given<'_> {
        value(&self.input, &self.layers, place)
    }
}

fn value<'a>(input: &'a (Nhwc, Kind), layers: &'a [Layer], place: usize) -> Given<'a> {
    match place.checked_sub(1) {
        None => (input.0, &input.1),
        Some(at) => (layers[at].shape, &layers[at].kind),
    }
}

impl Model {
    /// A network without layers, on one image of shape `input` (batch 1) of numbers of `kind`.
    ///
    /// # Errors
    /// [`Error::Layer`] about the shape: a batch, no values, or more than the address space; about scales per channel.
    pub fn builder(input: Nhwc, kind: Kind) -> Result<ModelBuilder, Error> {
        let fail = |field, problem: String, help: &str| Err(Error::layer(INPUT, field, problem, help));
        if input.batch != 1 {
            let problem = format!("the batch of {input} is {}", input.batch);
            return fail("shape", problem, "give the shape of one image; Network::new takes the batch");
        }
        if input.is_empty() || input.len().and_then(|len| len.checked_mul(4)).is_none() {
            let problem = format!("{input} are no values, or more than the address space");
            return fail("shape", problem, "give at least one row, column and channel");
        }
        if let Some(channels) = kind.params().and_then(|params| params.channels()) {
            let problem = format!("it has a scale for each of {channels} channels");
            return fail("kind", problem, "values between layers have one scale: use Params::per_tensor");
        }
        Ok(ModelBuilder { input: (input, kind), layers: Vec::new() })
    }

    /// The shape of the input, for one image, and what its numbers are.
    pub fn input(&self) -> (Nhwc, &Kind) {
        (self.input.0, &self.input.1)
    }

    /// The shape of the output, for one image, and what its numbers are.
    pub fn output(&self) -> (Nhwc, &Kind) {
        self.value(self.layers.len())
    }

    /// The layers, in the order in which they run; the last one makes the output.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The names of what goes into a layer.
    pub fn inputs_of<'a>(&'a self, layer: &'a Layer) -> impl Iterator<Item = &'a str> {
        let name = |&place: &usize| match place.checked_sub(1) {
            None => INPUT,
            Some(at) => self.layers.get(at).map_or("?", Layer::name),
        };
        layer.inputs.iter().map(name)
    }

    /// The part of the network whose output is the result of layer `name`.
    ///
    /// # Errors
    /// [`Error::Layer`] if there is no such layer.
    pub fn until(&self, name: &str) -> Result<Model, Error> {
        ModelBuilder { input: self.input.clone(), layers: self.layers.clone() }.finish(name)
    }

    pub(super) fn value(&self, place: usize) -> Given<'_> {
        value(&self.input, &self.layers, place)
    }
}
