//! Running a network: from the caller's input, through the state, to the caller's output.

use super::layer::Kind;
use super::network::{Network, Place, Port};
use crate::buffer::AlignedBytes;
use crate::conv::Workspace;
use crate::lines::outside;
use crate::threads::{Alone, Threads};
use crate::value::{typed, typed_bytes, typed_bytes_mut, typed_mut};
use crate::{Element, Error, Stored};
use std::any::type_name;
use std::ops::Range;

/// The memory of a network that runs: the values between its layers and what its layers work with.
pub struct State {
    arena: AlignedBytes,
    workspaces: Vec<Workspace>,
}

impl State {
    pub(super) fn of(arena: usize, threads: usize) -> Result<State, Error> {
        let mut workspaces = Vec::new();
        workspaces
            .try_reserve_exact(threads)
            .map_err(|_| Error::Memory { bytes: threads.saturating_mul(size_of::<Workspace>()) })?;
        workspaces.resize_with(threads, Workspace::new);
        Ok(State { arena: AlignedBytes::zeroed(arena)?, workspaces })
    }

    pub(super) fn workspaces_mut(&mut self) -> &mut [Workspace] {
        &mut self.workspaces
    }

    /// Bytes allocated now.
    pub fn bytes(&self) -> usize {
        self.arena.len() + self.workspaces.iter().map(Workspace::bytes).sum::<usize>()
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("bytes", &self.bytes()).finish_non_exhaustive()
    }
}

/// Is told which layer runs, for a stopwatch or a counter: see [`Network::run_observed`]. Layers without work, those
/// that only rename what is there, are left out.
pub trait Observer {
    /// Layer `layer` of [`Network::layers`] begins.
    fn before(&mut self, layer: usize);

    /// It has ended.
    fn after(&mut self, layer: usize);
}

/// Nobody.
struct Nobody;

impl Observer for Nobody {
    fn before(&mut self, _: usize) {}
    fn after(&mut self, _: usize) {}
}

/// A value that is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum View<'a> {
    I8(&'a [i8]),
    U8(&'a [u8]),
    F32(&'a [f32]),
}

/// A value that is written.
#[derive(Debug)]
pub(super) enum ViewMut<'a> {
    I8(&'a mut [i8]),
    U8(&'a mut [u8]),
    F32(&'a mut [f32]),
}

/// The type of the numbers of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    I8,
    U8,
    F32,
}

impl Number {
    fn of(kind: &Kind) -> Number {
        match kind {
            Kind::Float => Number::F32,
            Kind::Stored(params) if params.range().fits_i8() => Number::I8,
            Kind::Stored(_) => Number::U8,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Number::I8 => "i8",
            Number::U8 => "u8",
            Number::F32 => "f32",
        }
    }
}

impl<'a> View<'a> {
    /// The caller's values, if they are of the right type.
    fn of<T: Element>(kind: &Kind, values: &'a [T]) -> Option<View<'a>> {
        match Number::of(kind) {
            Number::I8 => typed(values).map(View::I8),
            Number::U8 => typed(values).map(View::U8),
            Number::F32 => typed(values).map(View::F32),
        }
    }

    /// A part of the arena. Parts begin at cache lines, and are as long as their values.
    fn part(kind: &Kind, bytes: &'a [u8]) -> View<'a> {
        match Number::of(kind) {
            Number::I8 => View::I8(typed_bytes(bytes).unwrap_or(&[])),
            Number::U8 => View::U8(bytes),
            Number::F32 => View::F32(typed_bytes(bytes).unwrap_or(&[])),
        }
    }

    /// The error of a layer that was planned for another type.
    pub(super) fn unexpected(self) -> Error {
        let given = match self {
            View::I8(_) => "i8",
            View::U8(_) => "u8",
            View::F32(_) => "f32",
        };
        let help = "this is a mistake of qgen: please report it";
        Error::shape("input", format!("the layer was not planned for {given}"), help)
    }
}

impl<'a> ViewMut<'a> {
    fn of<T: Element>(kind: &Kind, values: &'a mut [T]) -> Option<ViewMut<'a>> {
        match Number::of(kind) {
            Number::I8 => typed_mut(values).map(ViewMut::I8),
            Number::U8 => typed_mut(values).map(ViewMut::U8),
            Number::F32 => typed_mut(values).map(ViewMut::F32),
        }
    }

    fn part(kind: &Kind, bytes: &'a mut [u8]) -> ViewMut<'a> {
        match Number::of(kind) {
            Number::I8 => ViewMut::I8(typed_bytes_mut(bytes).unwrap_or(&mut [])),
            Number::U8 => ViewMut::U8(bytes),
            Number::F32 => ViewMut::F32(typed_bytes_mut(bytes).unwrap_or(&mut [])),
        }
    }

    fn again(&mut self) -> ViewMut<'_> {
        match self {
            ViewMut::I8(values) => ViewMut::I8(values),
            ViewMut::U8(values) => ViewMut::U8(values),
            ViewMut::F32(values) => ViewMut::F32(values),
        }
    }
}

impl Port {
    fn check(&self, field: &'static str, given: usize) -> Result<(), Error> {
        if given == self.len() {
            return Ok(());
        }
        let problem = format!("the slice has {given} values, but {} are {}", self.shape, self.len());
        Err(Error::layer(&self.name, field, problem, "give a slice of exactly that many (NHWC without gaps)"))
    }

    fn other_type<T: Element>(&self, field: &'static str) -> Error {
        let wanted = Number::of(&self.kind).name();
        let problem =
            format!("its numbers are {}, which are stored as {wanted}, not {}", self.kind, type_name::<T>());
        Error::layer(&self.name, field, problem, format!("give a slice of {wanted}"))
    }

    /// Fails where a stored number is none of the input's.
    fn check_values(&self, input: View<'_>) -> Result<(), Error> {
        fn scan<T: Stored>(port: &Port, values: &[T]) -> Result<(), Error> {
            let operand = port.kind.operand();
            let Some(bad) = outside(operand, values) else { return Ok(()) };
            let problem = format!("value {bad} is {}, which is outside of {operand}", values[bad].to_i16());
            Err(Error::layer(&port.name, "input", problem, "clamp the values"))
        }
        match input {
            View::I8(values) => scan(self, values),
            View::U8(values) => scan(self, values),
            View::F32(values) => match values.iter().position(|value| value.is_nan()) {
                Some(at) => {
                    let problem = format!("value {at} is not a number");
                    Err(Error::layer(&self.name, "input", problem, "find out where it comes from"))
                }
                None => Ok(()),
            },
        }
    }
}

impl Network {
    /// Runs the network on `input` (NHWC, of the type that [`Network::input`]'s kind has) into `out`. Nothing is allocated
    /// with a state of this network.
    ///
    /// # Errors
    /// [`Error::Layer`] with the name of the input or of the last layer, for slices of another length or type, for
    /// stored numbers outside of the range and for NaN; [`Error::InLayer`] for what a layer says.
    pub fn run<I: Element, O: Element>(
        &self,
        input: &[I],
        out: &mut [O],
        state: &mut State,
    ) -> Result<(), Error> {
        self.run_on(&Alone, input, out, state)
    }

    /// [`Network::run`] by `threads`, as many as the state is for at most. Results are the same.
    ///
    /// # Errors
    /// As [`Network::run`].
    pub fn run_on<I: Element, O: Element>(
        &self,
        threads: &dyn Threads,
        input: &[I],
        out: &mut [O],
        state: &mut State,
    ) -> Result<(), Error> {
        self.run_observed(threads, input, out, state, &mut Nobody)
    }

    /// [`Network::run_on`] under the eyes of `observer`.
    ///
    /// # Errors
    /// As [`Network::run`].
    pub fn run_observed<I: Element, O: Element>(
        &self,
        threads: &dyn Threads,
        input: &[I],
        out: &mut [O],
        state: &mut State,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let (from, to) = (&self.input, &self.output);
        let input_view = View::of(&from.kind, input).ok_or_else(|| from.other_type::<I>("input"))?;
        from.check("input", input.len())?;
        to.check("out", out.len())?;
        let mut out_view = ViewMut::of(&to.kind, out).ok_or_else(|| to.other_type::<O>("out"))?;
        from.check_values(input_view)?;
        state.arena.grow(self.arena_bytes())?;
        for step in &self.steps {
            observer.before(step.layer);
            let range = |place: &Place| match place {
                Place::Arena(range) => range.clone(),
                Place::Input | Place::Output => 0..0,
            };
            let (place, kind) = &step.output;
            let (part, [low, high]) = apart(state.arena.bytes_mut(), range(place));
            let behind = range(place).end;
            let view = |(place, kind): &(_, Kind)| match place {
                Place::Arena(range) => View::part(
                    kind,
                    if range.end <= low.len() {
                        &low[range.clone()]
                    } else {
                        &high[range.start - behind..range.end - behind]
                    },
                ),
                Place::Input | Place::Output => input_view,
            };
            let inputs = [view(&step.inputs[0]), step.inputs.get(1).map_or(View::U8(&[]), view)];
            let out = if *place == Place::Output { out_view.again() } else { ViewMut::part(kind, part) };
            let done = step.work.run(threads, inputs, out, &mut state.workspaces);
            done.map_err(|e| e.within(&self.layers()[step.layer].name))?;
            observer.after(step.layer);
        }
        Ok(())
    }
}

/// A part of the arena to be written, and what lies below and above it, to be read.
fn apart(arena: &mut [u8], part: Range<usize>) -> (&mut [u8], [&[u8]; 2]) {
    let (low, rest) = arena.split_at_mut(part.start);
    let (part, high) = rest.split_at_mut(part.len());
    (part, [low, high])
}
