//! A plan at work: parts of the output, each by one thread, in blocks.

use super::depthwise::Then;
use super::gather::Source;
use super::in_place::InPlace;
use super::packed::Packed;
use super::sink::Sink;
use super::stored::{Bytes, Sums};
use super::way::Method;
use super::workspace::Workspace;
use super::{ConvPlan, PackedConv, Work};
use crate::lines::outside;
use crate::threads::{self, Alone, Threads};
use crate::value::{bytes_of, bytes_of_mut, typed_mut};
use crate::{Element, Error, MatMut, MatRef, Operand, Value};
use std::ops::Range;
use std::slice::from_mut;

impl ConvPlan {
    /// Convolves `input` into `out`, of [`Geometry::output`](super::Geometry::output)'s shape and the type that
    /// the plan's [`Epilogue`](crate::plan::Epilogue) stores: without one `i32`, exact sums. Of the input nothing
    /// outside of the slice is read, and values are checked before anything is written, except with
    /// [`Way::InPlace`](super::Way::InPlace).
    ///
    /// # Errors
    /// [`Error::Layer`] about `input` or `out`, if a slice does not have the shape's length or a value is not
    /// one of the input's operand; about `weights`, if another plan packed them; [`Error::InLayer`] with
    /// [`Error::ResultType`], [`Error::Memory`] or [`Error::MachineCode`].
    pub fn run<T: Value, O: Element>(
        &self,
        input: &[T],
        weights: &PackedConv,
        out: &mut [O],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run_on(&Alone, input, weights, out, from_mut(workspace))
    }

    /// [`ConvPlan::run`] by `threads`, as many as there are `workspaces` at most: each works out
    /// some lines of the output. Results are the same for any number of threads.
    ///
    /// # Errors
    /// As [`ConvPlan::run`], and [`Error::InLayer`] if there are no workspaces.
    pub fn run_on<T: Value, O: Element>(
        &self,
        threads: &dyn Threads,
        input: &[T],
        weights: &PackedConv,
        out: &mut [O],
        workspaces: &mut [Workspace],
    ) -> Result<(), Error> {
        self.run_given(threads, (input, false), weights, out, workspaces)
    }

    /// [`ConvPlan::run_on`] of an input whose values may be known to be the operand's, as those between the layers of a
    /// network are: then only kernels look at them that do so in passing. With others results would be wrong.
    pub(crate) fn run_given<T: Value, O: Element>(
        &self,
        threads: &dyn Threads,
        (input, known): (&[T], bool),
        weights: &PackedConv,
        out: &mut [O],
        workspaces: &mut [Workspace],
    ) -> Result<(), Error> {
        let (sliding, in_layer) = (&self.geometry.sliding, |e: Error| e.within(self.geometry.layer()));
        match &self.pool {
            Some(pool) => pool.check_output(out.len())?,
            None => sliding.check_output(out.len())?,
        }
        self.epilogue.check_type::<O>(self.is_float()).map_err(in_layer)?;
        sliding.check_input(input.len())?;
        self.check_element::<T>("input", self.operands.0)?;
        weights.check(self)?;
        let runs_here = match &self.work {
            Work::Product(plan, _) => plan.gemm().check_machine(),
            Work::Winograd(way) => way.check_machine(),
            Work::Depthwise(_) | Work::Shallow(_) | Work::DepthwiseFloats(_) => Ok(()),
        };
        runs_here.map_err(in_layer)?;
        let (pixels, unit, buffers) = (out.len() / sliding.out_channels, self.unit(), self.buffers()?);
        let units = pixels.div_ceil(unit);
        let parts = threads::parts(threads, units, workspaces.len()).map_err(in_layer)?;
        let workspaces = &mut workspaces[..parts];
        workspaces.iter_mut().try_for_each(|workspace| workspace.grow(&buffers)).map_err(in_layer)?;
        // Kernels that read in place check what they read. Floats may be any.
        let checked = matches!(self.work, Work::Product(_, Method::InPlace(InPlace { lines: false, .. })));
        if !(known || checked || self.is_float()) {
            self.check_values(input)?;
        }
        let work = |part, out: &mut [O], workspace: &mut Workspace| match self
            .part(input, weights, part, out, workspace)
        {
            // Where it is in the input, if it is.
            Err(e @ Error::Value { field: "lhs", .. }) => self.check_values(input).and(Err(in_layer(e))),
            done => done.map_err(in_layer),
        };
        if let [workspace] = workspaces {
            return work(0..pixels, out, workspace);
        }
        let (mut shares, mut rest) = (Vec::new(), out);
        for (part, workspace) in workspaces.iter_mut().enumerate() {
            let units = threads::part(units, part, parts);
            let part = units.start * unit..pixels.min(units.end * unit);
            let (mine, others) = rest.split_at_mut(part.len() * sliding.out_channels);
            rest = others;
            shares.push((part, mine, workspace));
        }
        threads::share(threads, shares, |(part, out, workspace)| work(part, out, workspace))
    }

    /// Pixels of the output, of the pool if there is one, that one thread works out, or a multiple of them.
    fn unit(&self) -> usize {
        if let Some(pool) = &self.pool {
            return pool.output().width;
        }
        match &self.work {
            Work::Product(plan, Method::InPlace(InPlace { lines: false, .. })) => {
                plan.gemm().lhs_format().tile
            }
            Work::Product(_, Method::Gathered(gathered)) if gathered.shape.strip.is_none() => {
                gathered.gemm.lhs_format().tile
            }
            _ => self.geometry.sliding.cols.output,
        }
    }

    /// Makes the results of output pixels `part`, whole [`ConvPlan::unit`]s.
    fn part<T: Value, O: Element>(
        &self,
        input: &[T],
        weights: &PackedConv,
        part: Range<usize>,
        out: &mut [O],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let channels = self.geometry.sliding.out_channels;
        if self.is_float() {
            let Some(out) = typed_mut::<O, f32>(out) else { return self.epilogue.check_type::<O>(true) };
            return self.floats(input, weights, part, out, workspace);
        }
        match (&self.work, self.fused, self.epilogue.bytes()) {
            (Work::Shallow(way), true, Some(stage)) => {
                let Packed::Shallow(packed) = weights.packed() else { return Err(weights.other_plan(self)) };
                let (source, out) = (self.source(input), bytes_of_mut(out));
                let weights = (packed, self.epilogue.bias(), &Bytes(stage));
                if self.pool.is_some() {
                    return way.run_pooled(&source, weights, part, out, workspace);
                }
                let mut sink = Sink::out(part.start, channels, out);
                return way.run(&source, weights, (part, self.blocks), &mut sink, workspace);
            }
            (Work::Depthwise(way), true, Some(stage)) => {
                let Packed::Depthwise(packed) = weights.packed() else {
                    return Err(weights.other_plan(self));
                };
                let mut sink = Sink::out(part.start, channels, bytes_of_mut(out));
                let weights = (packed, self.epilogue.bias(), &Bytes(stage));
                return way.run(&self.source(input), weights, (part, self.blocks), &mut sink, workspace);
            }
            (Work::Product(..) | Work::Winograd(_), _, _) if self.pool.is_some() => {
                return self.sums_pooled(input, weights, part, out, workspace);
            }
            (Work::Product(..), true, _) => {
                let mut sink = Sink::out(part.start, channels, out);
                return self.multiply(input, weights, part, &mut sink, workspace);
            }
            (_, true, _) => {
                if let Some(out) = typed_mut(out) {
                    let mut sink = Sink::out(part.start, channels, out);
                    return self.sums(input, weights, part, &mut sink, workspace);
                }
            }
            (_, false, _) => {}
        }
        let mut pass = |places: Range<usize>, sums: &mut [i32]| {
            let sums = MatRef::new(sums, places.len(), channels)?;
            let out = &mut out[places.start * channels..places.end * channels];
            self.epilogue.pass(sums, MatMut::new(out, places.len(), channels)?)
        };
        // The block leaves the workspace while that serves the convolution.
        let mut block = std::mem::take(&mut workspace.block);
        let mut sink = Sink::blocks(part.start, channels, &mut block, &mut pass);
        let done = self.sums(input, weights, part, &mut sink, workspace);
        workspace.block = block;
        done
    }

    /// [`ConvPlan::part`] of floats, which are finished in their places.
    fn floats<T: Value>(
        &self,
        input: &[T],
        weights: &PackedConv,
        part: Range<usize>,
        out: &mut [f32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (channels, bounds) = (self.geometry.sliding.out_channels, self.epilogue.bounds());
        let clamp = |results: &mut [f32]| {
            results.iter_mut().for_each(|result| *result = result.clamp(bounds.0, bounds.1));
        };
        let mut sink = match self.fused {
            true => Sink::out(part.start, channels, out),
            false => Sink::then(part.start, channels, out, &clamp),
        };
        match (&self.work, weights.packed()) {
            (Work::DepthwiseFloats(floats), Packed::DepthwiseFloats(packed)) => {
                let then = Then { bias: self.epilogue.bias(), bounds };
                let blocks = (part, self.blocks);
                floats.run(&self.source(input), (packed, then), blocks, &mut sink, workspace)
            }
            _ => self.multiply(input, weights, part, &mut sink, workspace),
        }
    }

    /// The input as bytes.
    fn source<'a, T: Value>(&'a self, input: &'a [T]) -> Source<'a> {
        // Without padding the zero point may be anything, and what is read beside lines, and not used, must be a value.
        let fill = if self.geometry.pads() { self.zeros.0 as u8 } else { 0 };
        let sliding = &self.geometry.sliding;
        let pixel = sliding.input.channels * size_of::<T>();
        Source { sliding, bytes: bytes_of(input), pixel, fill }
    }

    /// Products, to `sink` as the plan's kernel stores them.
    fn multiply<T: Value, R: Element>(
        &self,
        input: &[T],
        weights: &PackedConv,
        part: Range<usize>,
        sink: &mut Sink<'_, R>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let (Work::Product(plan, method), Packed::Product(packed)) = (&self.work, weights.packed()) else {
            return Err(weights.other_plan(self));
        };
        let (source, blocks) = (self.source(input), (part, self.blocks));
        let weights = (&packed[..], plan.ending().finish(&plan.gemm(), self.geometry.depth()));
        match method {
            Method::InPlace(way) => {
                way.run((source.sliding, input, source.fill), weights, blocks, sink, workspace)
            }
            Method::Gathered(way) => way.run::<T, R>(&source, weights, blocks, sink, workspace),
        }
    }

    /// Sums, to `sink`; with the bias, if the loop or the kernel adds it.
    pub(super) fn sums<T: Value>(
        &self,
        input: &[T],
        weights: &PackedConv,
        part: Range<usize>,
        sink: &mut Sink<'_, i32>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let bias = if self.fused { self.epilogue.bias() } else { &[] };
        let (source, blocks) = (self.source(input), (part, self.blocks));
        match (&self.work, weights.packed()) {
            (Work::Product(..), _) => self.multiply(input, weights, blocks.0, sink, workspace),
            (Work::Depthwise(way), Packed::Depthwise(packed)) => {
                way.run(&source, (packed, bias, &Sums), blocks, sink, workspace)
            }
            (Work::Shallow(way), Packed::Shallow(packed)) => {
                way.run(&source, (packed, bias, &Sums), blocks, sink, workspace)
            }
            (Work::Winograd(way), Packed::Winograd(packed)) => {
                way.run(&source, (packed, bias), blocks, sink, workspace)
            }
            _ => Err(weights.other_plan(self)),
        }
    }

    fn is_float(&self) -> bool {
        self.operands.0 == Operand::F32
    }

    /// Fails where elements of type `T` are not those of an operand.
    pub(super) fn check_element<T: Value>(&self, field: &'static str, operand: Operand) -> Result<(), Error> {
        if operand.range().is_some() == T::DOMAIN.is_some() {
            return Ok(());
        }
        let problem = format!("it has elements of type {}, but the plan is for {operand}", T::NAME);
        let help = "give f32 to plans of floats, and i8 or u8 to others";
        Err(Error::layer(self.geometry.layer(), field, problem, help))
    }

    /// Fails where a value is not one of the input's operand.
    fn check_values<T: Value>(&self, input: &[T]) -> Result<(), Error> {
        let allowed = self.operands.0;
        let Some(bad) = outside(allowed, input) else { return Ok(()) };
        Err(self.geometry.sliding.bad_input(bad, input[bad].to_i16(), allowed))
    }
}
