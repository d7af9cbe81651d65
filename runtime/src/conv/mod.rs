//! Convolution in NHWC, exactly, without a matrix of all windows in memory.
//!
//! ```text
//!   Geometry (checked sizes) ─┐
//!   Operand, zero points ─────┼─► ConvPlan ──► pack(weights, bias) ──► PackedConv ──┐
//!   Machine ──────────────────┘      │                                             ▼
//!                                    ├──► workspace ──► run            input ──► i32 sums
//!                                    │                  run_quantised  input ──► bytes, by an OutputStage
//!                                    └──► explain: which way, why, what else it would cost
//! ```
//!
//! out\[b\]\[y\]\[x\]\[o\] = bias\[o\] + Σ (input\[b\]\[y·sy + i·dy − top\]\[x·sx + j·dx − left\]\[c\] − input zero point) ·
//! (weight\[o\]\[i\]\[j\]\[c\] − weights' zero point), over taps (i, j) and the channels c of o's group. What lies
//! outside of the input is the zero point, and adds nothing.
//!
//! There are five [`Way`]s; `docs/adr/0025-convolution.md` says when each is taken.
//!
//! ```
//! use qgen_runtime::conv::{ConvPlan, Geometry, Nhwc, Window, Workspace};
//! use qgen_runtime::cpu::Machine;
//! use qgen_runtime::plan::Params;
//! use qgen_runtime::Operand;
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let four_bits = Operand::of_bits(4).unwrap();
//! let window = Window::new(3, 3).padding(1, 1, 1, 1);
//! let geometry = Geometry::new("conv1", Nhwc::new(1, 2, 2, 1), 1, window, 1)?;
//! let plan = ConvPlan::new(&geometry, (four_bits, four_bits), &Params::new(), &Machine::detect())?;
//! // 1 in the middle and 2 to the right of it.
//! let weights = plan.pack(&[0i8, 0, 0, 0, 1, 2, 0, 0, 0], Some(&[100]))?;
//! let (mut out, mut workspace) = ([0i32; 4], Workspace::new());
//! plan.run(&[1i8, 2, 3, -8], &weights, &mut out, &mut workspace)?;
//! assert_eq!(out, [100 + 1 + 4, 100 + 2, 100 + 3 - 16, 100 - 8]);
//! println!("{}", plan.explain());
//! # Ok(())
//! # }
//! ```

mod depthwise;
mod explain;
mod gather;
mod gathered;
pub(crate) mod geometry;
mod in_place;
mod packed;
mod pieces;
mod way;
mod workspace;

pub use explain::Explanation;
pub use geometry::{Geometry, Nhwc, Window};
pub use packed::PackedConv;
pub use way::{Estimate, Way};
pub use workspace::Workspace;

use crate::cpu::Machine;
use crate::lines::{Accept, Scan};
use crate::plan::{Op, Params, Plan};
use crate::pool::{self, Alone, Pool};
use crate::quant::{self, OutputStage};
use crate::select::Shape;
use crate::value::bytes_of;
use crate::{Error, MatMut, MatRef, Operand, Stored};
use depthwise::Depthwise;
use gather::Source;
use in_place::InPlace;
use packed::Packed;
use qgen_spec::SizeOverflow;
use std::ops::Range;
use std::slice::from_mut;
use way::{Blocks, Choice, Method};
use workspace::Buffers;

/// A convolution whose way, kernel, layouts and blocks are chosen. It may be run by many threads at once, each
/// with a workspace of its own.
#[derive(Clone, Debug)]
pub struct ConvPlan {
    geometry: Geometry,
    operands: (Operand, Operand),
    zeros: (i32, i32),
    blocks: Blocks,
    work: Work,
    explanation: Explanation,
}

#[derive(Clone, Debug)]
enum Work {
    Product(Box<Plan>, Method),
    Depthwise(Depthwise),
}

impl ConvPlan {
    /// Chooses what is best for `geometry` on `machine`, for inputs of values of `operands.0` and weights of
    /// `operands.1`. The zero points of `params` are the input's (left) and the weights' (right).
    ///
    /// # Errors
    /// [`Error::Layer`] about `operands`, if they are floats; about `input_zero`, if it is not one of the
    /// input's values although there is padding; about `epilogue`, if `params` has one; about `kernel`, if
    /// results could overflow 32 bits. [`Error::InLayer`] for what [`Plan::new`] says.
    pub fn new(
        geometry: &Geometry,
        operands: (Operand, Operand),
        params: &Params<'_>,
        machine: &Machine,
    ) -> Result<ConvPlan, Error> {
        ConvPlan::planned(geometry, operands, params, machine).map_err(|e| e.within(geometry.layer()))
    }

    fn planned(
        geometry: &Geometry,
        operands: (Operand, Operand),
        params: &Params<'_>,
        machine: &Machine,
    ) -> Result<ConvPlan, Error> {
        let (zeros, geometry, layer) = (params.zero_points(), geometry.clone(), geometry.layer().to_owned());
        for (field, operand) in [("input", operands.0), ("weights", operands.1)] {
            if operand.range().is_none() {
                let problem = format!("{field} of {operand} cannot be convolved");
                return Err(Error::layer(
                    &layer,
                    "operands",
                    problem,
                    "use integers of 1 to 8 bits on both sides",
                ));
            }
        }
        if !params.stores_sums() {
            return Err(Error::layer(
                &layer,
                "epilogue",
                "convolutions do not take one".to_owned(),
                "give the bias to pack, and what bytes are made by to run_quantised",
            ));
        }
        let is_value = i16::try_from(zeros.0).is_ok_and(|zero| operands.0.contains(zero));
        if geometry.pads() && !is_value {
            return Err(Error::layer(
                &layer,
                "input_zero",
                format!(
                    "the zero point {} fills the padding, but is not one of the input's values {}",
                    zeros.0, operands.0
                ),
                "use one of them as the zero point, a wider operand, or no padding",
            ));
        }
        packed::check_sums(&geometry, operands, zeros, 0)?;
        let caches = machine.core.caches();
        let caches = [caches.l1d, caches.l2];
        let (work, blocks, way, reason, estimates) = match Depthwise::new(&geometry, operands, zeros)? {
            Some(depthwise) => {
                let (blocks, reason) = (depthwise.blocks(&geometry), depthwise.reason());
                let estimates = vec![Estimate { way: Way::Depthwise, instructions: None }];
                (Work::Depthwise(depthwise), blocks, Way::Depthwise, reason, estimates)
            }
            None => {
                let (_, n) = geometry.group_channels();
                let shape = Shape { m: geometry.sliding.pixels(), n, k: geometry.depth() };
                let plan = Plan::new(Op::gemm(operands.0, operands.1), shape, params, machine)?;
                let Choice { method, way, blocks, reason, estimates } =
                    Choice::new(&geometry, plan.gemm(), caches)?;
                (Work::Product(Box::new(plan), method), blocks, way, reason, estimates)
            }
        };
        let explanation = Explanation {
            layer,
            geometry: geometry.to_string(),
            way,
            reason,
            estimates,
            pixels_at_a_time: blocks.size,
            workspace_bytes: 0,
            product: match &work {
                Work::Product(plan, _) => Some(plan.explain().clone()),
                Work::Depthwise(_) => None,
            },
        };
        let mut plan = ConvPlan { geometry, operands, zeros, blocks, work, explanation };
        plan.explanation.workspace_bytes = plan.workspace_bytes()?;
        Ok(plan)
    }

    /// The sizes.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Which way, why, what else was considered, and what it would cost.
    pub fn explain(&self) -> &Explanation {
        &self.explanation
    }

    /// Packs weights, [`Geometry::weights`] values in the order OHWI, and a bias for each output channel.
    ///
    /// # Errors
    /// [`Error::Layer`] about `weights`, if there are not as many or one is not of the operand's values; about
    /// `bias`, if there is not one for each output channel, or a result with it could overflow 32 bits;
    /// [`Error::InLayer`] with [`Error::Memory`].
    pub fn pack<T: Stored>(&self, weights: &[T], bias: Option<&[i32]>) -> Result<PackedConv, Error> {
        PackedConv::new(self, weights, bias).map_err(|e| e.within(self.geometry.layer()))
    }

    /// Bytes of the workspace that [`ConvPlan::run`] needs.
    ///
    /// # Errors
    /// [`Error::Size`] if that is more than the address space.
    pub fn workspace_bytes(&self) -> Result<usize, Error> {
        let product = match &self.work {
            Work::Product(_, Method::InPlace(_)) => self.in_place_bytes()?,
            _ => 0,
        };
        Ok(self.buffers(false)?.bytes()?.checked_add(product).ok_or(SizeOverflow)?)
    }

    /// A workspace with which neither [`ConvPlan::run`] nor [`ConvPlan::run_quantised`] allocates anything.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn workspace(&self) -> Result<Workspace, Error> {
        let mut workspace = Workspace::new();
        self.reserve(&mut workspace)?;
        Ok(workspace)
    }

    /// Makes a workspace large enough for [`ConvPlan::workspace`]'s promise.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn reserve(&self, workspace: &mut Workspace) -> Result<(), Error> {
        if let Work::Product(plan, Method::InPlace(_)) = &self.work {
            let Shape { m, n, k } = plan.shape();
            plan.gemm().reserve(&mut workspace.gemm, m, n, k)?;
        }
        workspace.grow(&self.buffers(true)?)
    }

    fn in_place_bytes(&self) -> Result<usize, Error> {
        match &self.work {
            Work::Product(plan, _) => plan.workspace_bytes(),
            Work::Depthwise(_) => Ok(0),
        }
    }

    fn buffers(&self, block: bool) -> Result<Buffers, Error> {
        let buffers = match &self.work {
            Work::Product(_, Method::InPlace(_)) => Buffers::default(),
            Work::Product(_, Method::Gathered(gathered)) => gathered.buffers(&self.geometry)?,
            Work::Depthwise(depthwise) => depthwise.buffers(&self.geometry)?,
        };
        if !block {
            return Ok(buffers);
        }
        let pixels = self.blocks.size.min(self.geometry.sliding.pixels());
        let block = pixels.checked_mul(self.geometry.output().channels).ok_or(SizeOverflow)?;
        Ok(Buffers { block, ..buffers })
    }

    /// Convolves `input` into exact sums: `out` has [`Geometry::output`]'s shape. Of the input nothing outside
    /// of the slice is read, and values are checked before anything is written, except with [`Way::InPlace`].
    ///
    /// # Errors
    /// [`Error::Layer`] about `input` or `out`, if a slice does not have the shape's length or a value is not
    /// one of the input's operand; about `weights`, if another plan packed them; [`Error::InLayer`] with
    /// [`Error::Memory`] or [`Error::MachineCode`].
    pub fn run<T: Stored>(
        &self,
        input: &[T],
        weights: &PackedConv,
        out: &mut [i32],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run_on(&Alone, input, weights, out, from_mut(workspace))
    }

    /// [`ConvPlan::run`] by the threads of `pool`, as many as there are `workspaces` at most: each works out
    /// some lines of the output. Results are the same for any number of threads.
    ///
    /// # Errors
    /// As [`ConvPlan::run`], and [`Error::InLayer`] if there are no workspaces.
    pub fn run_on<T: Stored>(
        &self,
        pool: &dyn Pool,
        input: &[T],
        weights: &PackedConv,
        out: &mut [i32],
        workspaces: &mut [Workspace],
    ) -> Result<(), Error> {
        self.parts(pool, (input, weights), out, workspaces, false, |part, out, workspace| {
            self.convolve(input, weights, part, To::Sums(out), workspace)
        })
    }

    /// Convolves `input` and turns the sums into stored numbers of the next layer, block by block while they
    /// are in the cache: as [`ConvPlan::run`] and then [`quant::requantise`] do it.
    ///
    /// # Errors
    /// As [`ConvPlan::run`], and [`Error::InLayer`] for what [`quant::requantise`] says.
    pub fn run_quantised<T: Stored, Q: Stored>(
        &self,
        input: &[T],
        weights: &PackedConv,
        stage: &OutputStage,
        out: &mut [Q],
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run_quantised_on(&Alone, input, weights, stage, out, from_mut(workspace))
    }

    /// [`ConvPlan::run_quantised`] by several threads, as [`ConvPlan::run_on`].
    ///
    /// # Errors
    /// As [`ConvPlan::run_quantised`], and [`Error::InLayer`] if there are no workspaces.
    pub fn run_quantised_on<T: Stored, Q: Stored>(
        &self,
        pool: &dyn Pool,
        input: &[T],
        weights: &PackedConv,
        stage: &OutputStage,
        out: &mut [Q],
        workspaces: &mut [Workspace],
    ) -> Result<(), Error> {
        let channels = self.geometry.output().channels;
        let finish = |to: &mut [Q], sums: &[i32]| {
            let pixels = sums.len() / channels;
            let sums = MatRef::new(sums, pixels, channels)?;
            quant::requantise(stage, None, sums, MatMut::new(to, pixels, channels)?)
        };
        // What does not fit the output is said before any work.
        self.geometry.sliding.check_output(out.len())?;
        finish(&mut [], &[]).map_err(|e| e.within(self.geometry.layer()))?;
        self.parts(pool, (input, weights), out, workspaces, true, |part, out, workspace| {
            let mut finish = |places: Range<usize>, sums: &[i32]| {
                finish(&mut out[places.start * channels..places.end * channels], sums)
            };
            self.convolve(input, weights, part, To::Blocks(&mut finish), workspace)
        })
    }

    /// Checks everything, and calls `work` with parts of the output's pixels, their places in `out` and
    /// workspaces, which have a block if `block`.
    fn parts<T: Stored, O: Send>(
        &self,
        pool: &dyn Pool,
        (input, weights): (&[T], &PackedConv),
        out: &mut [O],
        workspaces: &mut [Workspace],
        block: bool,
        work: impl Fn(Range<usize>, &mut [O], &mut Workspace) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let (sliding, in_layer) = (&self.geometry.sliding, |e: Error| e.within(self.geometry.layer()));
        sliding.check_output(out.len())?;
        sliding.check_input(input.len())?;
        weights.check(self)?;
        if let Work::Product(plan, _) = &self.work {
            plan.gemm().check_machine().map_err(in_layer)?;
        }
        let (pixels, unit, buffers) = (sliding.pixels(), self.unit(), self.buffers(block)?);
        let units = pixels.div_ceil(unit);
        let parts = pool::parts(pool, units, workspaces.len()).map_err(in_layer)?;
        let workspaces = &mut workspaces[..parts];
        workspaces.iter_mut().try_for_each(|workspace| workspace.grow(&buffers)).map_err(in_layer)?;
        // Kernels that read in place check what they read.
        if !matches!(self.work, Work::Product(_, Method::InPlace(InPlace { lines: false, .. }))) {
            self.check_values(input)?;
        }
        let work = |part, out: &mut [O], workspace: &mut Workspace| match work(part, out, workspace) {
            Err(Error::Value { field: "lhs", .. }) => self.check_values(input),
            done => done.map_err(in_layer),
        };
        if let [workspace] = workspaces {
            return work(0..pixels, out, workspace);
        }
        let (mut shares, mut rest) = (Vec::new(), out);
        for (part, workspace) in workspaces.iter_mut().enumerate() {
            let units = pool::part(units, part, parts);
            let part = units.start * unit..pixels.min(units.end * unit);
            let (mine, others) = rest.split_at_mut(part.len() * sliding.out_channels);
            rest = others;
            shares.push((part, mine, workspace));
        }
        pool::share(pool, shares, |(part, out, workspace)| work(part, out, workspace))
    }

    /// Pixels of the output that one thread works out, or a multiple of them.
    fn unit(&self) -> usize {
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

    /// Convolves the windows of output pixels `part`, whole [`ConvPlan::unit`]s.
    fn convolve<T: Stored>(
        &self,
        input: &[T],
        weights: &PackedConv,
        part: Range<usize>,
        to: To<'_, '_>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let sliding = &self.geometry.sliding;
        let sink = &mut Sink { first: part.start, to };
        // Unused without padding, where it may be anything.
        let source = Source { sliding, bytes: bytes_of(input), fill: self.zeros.0 as u8 };
        let (bias, blocks) = (weights.bias(), (part, self.blocks));
        match (&self.work, weights.packed()) {
            (Work::Product(_, Method::InPlace(in_place)), Packed::Product(weights)) => {
                in_place.run(sliding, input, (weights, bias), blocks, sink, workspace)
            }
            (Work::Product(_, Method::Gathered(gathered)), Packed::Product(weights)) => {
                gathered.run::<T>(&source, weights, bias, blocks, sink, workspace)
            }
            (Work::Depthwise(depthwise), Packed::Depthwise(weights)) => {
                depthwise.run(blocks, &source, weights, sink, workspace)
            }
            _ => Err(weights.other_plan(self)),
        }
    }

    /// Fails where a value is not one of the input's operand.
    fn check_values<T: Stored>(&self, input: &[T]) -> Result<(), Error> {
        let domain = T::DOMAIN.unwrap_or((0, 0));
        let accept = Accept::new(self.operands.0, domain);
        let scan = Scan { signed: T::SIGNED, sum: false, pairs: false, accept };
        if scan.pass().line(bytes_of(input)).is_some() {
            return Ok(());
        }
        let allowed = self.operands.0;
        let bad = input.iter().position(|value| !allowed.contains(value.to_i16())).unwrap_or(0);
        Err(self.geometry.sliding.bad_input(bad, input[bad].to_i16(), allowed))
    }
}

/// Where the sums of a part go.
struct Sink<'a, 'b> {
    /// The part's first pixel.
    first: usize,
    to: To<'a, 'b>,
}

/// Is given sums, and their places in the part.
type Finish<'b> = dyn FnMut(Range<usize>, &[i32]) -> Result<(), Error> + 'b;

enum To<'a, 'b> {
    /// To the caller.
    Sums(&'a mut [i32]),
    /// Block by block to what turns them into something else.
    Blocks(&'a mut Finish<'b>),
}

impl Sink<'_, '_> {
    fn by_blocks(&self) -> bool {
        matches!(self.to, To::Blocks(_))
    }

    /// Room for the sums of `pixels`, and the pixel in it that is their first. `block` is large enough.
    fn block<'s>(
        &'s mut self,
        pixels: Range<usize>,
        channels: usize,
        block: &'s mut [i32],
    ) -> (&'s mut [i32], usize) {
        match &mut self.to {
            To::Sums(out) => (out, pixels.start - self.first),
            To::Blocks(_) => (&mut block[..pixels.len() * channels], 0),
        }
    }

    fn finish(&mut self, pixels: Range<usize>, channels: usize, block: &[i32]) -> Result<(), Error> {
        match &mut self.to {
            To::Sums(_) => Ok(()),
            To::Blocks(finish) => {
                let len = pixels.len() * channels;
                finish(pixels.start - self.first..pixels.end - self.first, &block[..len])
            }
        }
    }
}
