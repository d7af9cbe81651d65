//! A multiplication decided once, to be run many times.
//!
//! ```text
//!   Op, Shape ─┐
//!   Params ────┼─► Plan::new ─► Plan ──► pack ──► PackedRhs ──┐
//!   Machine ───┘   kernel,       │                            ▼
//!                  layouts,      ├──► workspace ──────────► run (any number of threads, nothing allocated)
//!                  blocks        └──► explain: which kernel, why, what else there was, at what cost
//! ```
//!
//! ```
//! use qgen_runtime::cpu::Machine;
//! use qgen_runtime::plan::{Op, Params, Plan};
//! use qgen_runtime::{MatMut, MatRef, Operand};
//!
//! # fn main() -> Result<(), qgen_runtime::Error> {
//! let four_bits = Operand::of_bits(4).unwrap();
//! let (m, n, k) = (2, 1, 3);
//! let plan = Plan::new(Op::gemm(four_bits, four_bits), (m, n, k), &Params::new(), &Machine::detect())?;
//! let weights = plan.pack(MatRef::<i8>::new(&[1, -2, 7], k, n)?)?;
//! let mut workspace = plan.workspace()?;
//! let mut out = [0i32; 2];
//! let lhs = MatRef::<i8>::new(&[1, 2, 3, -8, 0, 1], m, k)?;
//! plan.run(lhs, &weights, MatMut::new(&mut out, m, n)?, &mut workspace)?;
//! assert_eq!(out, [1 - 4 + 21, -8 + 7]);
//! println!("{}", plan.explain());
//! # Ok(())
//! # }
//! ```
//!
//! With an [`Epilogue`] a plan stores what the next layer reads in the place of sums: see there.

mod ending;
mod epilogue;
mod explain;
mod on_threads;
mod per_core;

pub use epilogue::{Bias, Epilogue};
pub use explain::{Alternative, Explanation};
pub use per_core::{PackedPerCore, PlanPerCore};

use crate::cpu::Machine;
use crate::select::{Overrides, Request, Selection, Shape, choose, process};
use crate::tuning::{Tuning, Warning};
use crate::{
    BatchMut, BatchRef, Element, Error, Gemm, Kernel, MatMut, MatRef, PackedRhs, Value, Workspace, catalog,
};
use ending::Ending;
use qgen_spec::Operand;

/// What is to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// A matrix product of values of two operands.
    Gemm {
        /// The values of the left side (activations).
        lhs: Operand,
        /// The values of the right side (weights).
        rhs: Operand,
    },
}

impl Op {
    /// A matrix product of values of `lhs` by values of `rhs`.
    pub const fn gemm(lhs: Operand, rhs: Operand) -> Op {
        Op::Gemm { lhs, rhs }
    }

    fn request(self, Shape { m, n, k }: Shape) -> Request {
        let Op::Gemm { lhs, rhs } = self;
        Request::new(lhs, rhs).with_shape(m, n, k)
    }
}

impl From<(usize, usize, usize)> for Shape {
    fn from((m, n, k): (usize, usize, usize)) -> Shape {
        Shape { m, n, k }
    }
}

/// What else decides a plan.
#[derive(Clone, Debug, Default)]
pub struct Params<'a> {
    lhs_zero: i32,
    rhs_zero: i32,
    environment: Option<(&'a Overrides, Option<&'a Tuning>)>,
    kernels: Option<&'a [&'static Kernel]>,
    packed: Option<&'a PackedRhs>,
    epilogue: Option<&'a Epilogue>,
}

impl<'a> Params<'a> {
    /// No zero points; the shipped kernels, and what the process's environment and tuning file say.
    pub fn new() -> Params<'a> {
        Params::default()
    }

    /// The value of the left side that means zero.
    #[must_use]
    pub fn lhs_zero_point(mut self, zero: i32) -> Self {
        self.lhs_zero = zero;
        self
    }

    /// The value of the right side that means zero.
    #[must_use]
    pub fn rhs_zero_point(mut self, zero: i32) -> Self {
        self.rhs_zero = zero;
        self
    }

    /// The zero points of the left and of the right side.
    pub(crate) fn zero_points(&self) -> (i32, i32) {
        (self.lhs_zero, self.rhs_zero)
    }

    /// The same for any weights.
    pub(crate) fn unpacked(&self) -> Params<'a> {
        Params { packed: None, ..self.clone() }
    }

    /// What the environment asks for, and the tuning file, if it is about this machine's core.
    fn environment_on(&self, machine: &Machine) -> (&'a Overrides, Option<&'a Tuning>) {
        self.environment.unwrap_or_else(|| {
            let (here, tuning, _) = process();
            (Overrides::from_env(), tuning.as_ref().filter(|_| here.core == machine.core))
        })
    }

    /// Whether somebody wanted `kernel`: gave it, named it, or packed weights for it.
    pub(crate) fn chose(&self, kernel: &Kernel, machine: &Machine) -> bool {
        let named = self.environment_on(machine).0.kernel.as_deref() == Some(kernel.name());
        self.kernels.is_some() || self.packed.is_some() || named
    }

    /// The kernel that is best for `op` at `shape`, of those that ship, with all values that it takes. Of many rows it takes
    /// more than one at a time: models leave out what calls cost around it.
    ///
    /// # Errors
    /// [`Error::MixedOperands`].
    pub(crate) fn shipped(&self, op: Op, shape: Shape, machine: &Machine) -> Result<&'static Kernel, Error> {
        let (overrides, tuning) = self.environment_on(machine);
        let rows = |kernel: &&Kernel| shape.m < 8 || kernel.descriptor().spec.tile.m > 1;
        let kernels: Vec<&'static Kernel> = catalog::all().filter(rows).collect();
        let chosen = choose(&op.request(shape), machine, &kernels, tuning, overrides)?;
        catalog::find(chosen.kernel.name())
    }

    /// What is made of sums, if it was said.
    pub(crate) fn ends(&self) -> Option<&'a Epilogue> {
        self.epilogue
    }

    /// What is made of sums before they are stored; [`Epilogue::sums`] unless this is called.
    #[must_use]
    pub fn epilogue(mut self, epilogue: &'a Epilogue) -> Self {
        self.epilogue = Some(epilogue);
        self
    }

    /// These instead of the process's environment and tuning file: the plan then depends on its arguments
    /// alone.
    #[must_use]
    pub fn environment(mut self, overrides: &'a Overrides, tuning: Option<&'a Tuning>) -> Self {
        self.environment = Some((overrides, tuning));
        self
    }

    /// These instead of the shipped kernels, for example those that `#[qkernel]` made. The end of one of them is taken also where
    /// a pass over the sums would cost less.
    #[must_use]
    pub fn kernels(mut self, kernels: &'a [&'static Kernel]) -> Self {
        self.kernels = Some(kernels);
        self
    }

    /// Only kernels that read these weights as they are packed: for a second plan over the same weights, say
    /// for another number of rows.
    #[must_use]
    pub fn packed(mut self, weights: &'a PackedRhs) -> Self {
        self.packed = Some(weights);
        self
    }
}

/// A multiplication whose kernel, layouts and blocks are chosen. It is a few words and an explanation, and may
/// be run by many threads at once, each with a workspace of its own.
#[derive(Clone, Debug)]
pub struct Plan {
    shape: Shape,
    gemm: Gemm<'static>,
    ending: Ending,
    explanation: Explanation,
}

impl Plan {
    /// Chooses what is best for `op` at `shape` on `machine`. A shape of more or fewer rows can be run, too; it
    /// may not be what is best for it.
    ///
    /// # Errors
    /// [`Error::MixedOperands`]; [`Error::Depth`] where results at k could overflow with these zero points;
    /// [`Error::FloatZeroPoint`]; [`Error::Quantisation`] for an epilogue that has not one number for each
    /// column, or steps that sums of these operands do not take; [`Error::Size`] for shapes beyond the address space;
    /// [`Error::NoPlan`] if no kernel reads the weights of [`Params::packed`].
    pub fn new(
        op: Op,
        shape: impl Into<Shape>,
        params: &Params<'_>,
        machine: &Machine,
    ) -> Result<Plan, Error> {
        let shape = shape.into();
        Plan::of_columns(op, shape, params, machine, shape.n)
    }

    /// [`Plan::new`] for products of some columns each, of which there are `columns` in all: as many as the
    /// epilogue has numbers for.
    pub(crate) fn of_columns(
        op: Op,
        shape: Shape,
        params: &Params<'_>,
        machine: &Machine,
        columns: usize,
    ) -> Result<Plan, Error> {
        let shipped: Vec<&'static Kernel>;
        let kernels = match params.kernels {
            Some(kernels) => kernels,
            None => {
                shipped = catalog::all().collect();
                &shipped
            }
        };
        let (overrides, tuning) = params.environment_on(machine);
        let request = op.request(shape);
        let selection = match params.packed {
            None => choose(&request, machine, kernels, tuning, overrides)?,
            Some(weights) => reading(weights, &request, machine, kernels, tuning, overrides)?,
        };
        let gemm = Gemm::new(selection.kernel)
            .lhs_zero_point(params.lhs_zero)
            .rhs_zero_point(params.rhs_zero)
            .caches(machine.core.caches());
        gemm.check_depth(shape.k)?;
        let nothing = Epilogue::sums();
        let epilogue = params.ends().unwrap_or(&nothing);
        epilogue.check(gemm.kernel().descriptor().spec.lhs, columns)?;
        // Who brings kernels means them.
        let weighed = params.kernels.is_none().then_some(shape);
        let ending = Ending::new(epilogue, &gemm, kernels, weighed);
        let explanation = Explanation::new(shape, &gemm, &ending, machine, selection)?;
        Ok(Plan { shape, gemm, ending, explanation })
    }

    /// The shape that it was made for.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The kernel that runs.
    pub fn kernel(&self) -> &'static Kernel {
        self.gemm.kernel()
    }

    /// The multiplication that runs.
    pub(crate) fn gemm(&self) -> Gemm<'static> {
        self.gemm
    }

    /// The same with sums stored as they are, of the same weights.
    pub(crate) fn storing_sums(&self) -> Plan {
        Plan { ending: Ending::nothing(), ..self.clone() }
    }

    /// What is made of sums, and where.
    pub(crate) fn ending(&self) -> &Ending {
        &self.ending
    }

    /// Which kernel, why, what else was considered, and what they cost.
    pub fn explain(&self) -> &Explanation {
        &self.explanation
    }

    /// Packs the weights, k × n, as the plan's kernel reads them.
    ///
    /// # Errors
    /// [`Error::Shape`] if they are not k × n of the plan; else as [`PackedRhs::pack`].
    pub fn pack<T: Value>(&self, rhs: MatRef<'_, T>) -> Result<PackedRhs, Error> {
        let Shape { n, k, .. } = self.shape;
        if (rhs.rows(), rhs.cols()) != (k, n) {
            return Err(Error::shape(
                "rhs",
                format!("it is {}x{}, but the plan is for {k}x{n}", rhs.rows(), rhs.cols()),
                "give weights of that shape (k rows, n columns), or make another plan",
            ));
        }
        PackedRhs::pack(self.kernel(), rhs)
    }

    /// Bytes of the workspace that [`Plan::run`] needs for the plan's rows.
    ///
    /// # Errors
    /// [`Error::Size`] if that is more than the address space.
    pub fn workspace_bytes(&self) -> Result<usize, Error> {
        self.ending.workspace_bytes(&self.gemm, self.shape)
    }

    /// A workspace with which [`Plan::run`] allocates nothing, for as many rows as the plan has or fewer.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn workspace(&self) -> Result<Workspace, Error> {
        let mut workspace = Workspace::new();
        self.reserve(&mut workspace)?;
        Ok(workspace)
    }

    /// Makes a workspace large enough for [`Plan::workspace`]'s promise.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn reserve(&self, workspace: &mut Workspace) -> Result<(), Error> {
        self.ending.reserve(&self.gemm, workspace, self.shape)
    }

    /// Multiplies `lhs` (any number of rows × k) by the weights into `out` (the same rows × n), of the type
    /// that the plan's [`Epilogue`] stores: without one `i32`, or `f32` for floats.
    ///
    /// # Errors
    /// As [`Gemm::run`]; [`Error::ResultType`] for an output of another type.
    pub fn run<T: Value, O: Element>(
        &self,
        lhs: MatRef<'_, T>,
        rhs: &PackedRhs,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.ending.run(&self.gemm, lhs, rhs, out, workspace)
    }

    /// [`Plan::run`] for every matrix of a batch, all by the same weights.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many outputs as inputs; else as [`Plan::run`].
    pub fn run_batch<T: Value, O: Element>(
        &self,
        lhs: BatchRef<'_, T>,
        rhs: &PackedRhs,
        mut out: BatchMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        same_count(lhs.count(), out.count(), "lhs has")?;
        for index in 0..lhs.count() {
            self.run(lhs.matrix(index), rhs, out.matrix(index), workspace)?;
        }
        Ok(())
    }

    /// [`Plan::run`] for every matrix of a batch, each by weights of its own.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many weights and outputs as inputs; else as [`Plan::run`].
    pub fn run_batch_each<T: Value, O: Element>(
        &self,
        lhs: BatchRef<'_, T>,
        rhs: &[PackedRhs],
        mut out: BatchMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        same_count(lhs.count(), out.count(), "lhs has")?;
        same_count(rhs.len(), out.count(), "rhs has")?;
        for (index, rhs) in rhs.iter().enumerate() {
            self.run(lhs.matrix(index), rhs, out.matrix(index), workspace)?;
        }
        Ok(())
    }
}

fn same_count(given: usize, outputs: usize, whose: &str) -> Result<(), Error> {
    if given == outputs {
        return Ok(());
    }
    let problem = format!("it has {outputs} matrices, but {whose} {given}");
    Err(Error::shape("out", problem, "give as many outputs as products"))
}

/// Chooses among the kernels that read `weights` as they are packed.
fn reading(
    weights: &PackedRhs,
    request: &Request,
    machine: &Machine,
    kernels: &[&'static Kernel],
    tuning: Option<&Tuning>,
    overrides: &Overrides,
) -> Result<Selection, Error> {
    let reads = |kernel: &&'static Kernel| {
        let narrowed = kernel.narrowed(request.lhs, request.rhs);
        narrowed.is_ok_and(|kernel| weights.check(kernel).is_ok())
    };
    let all = kernels;
    let kernels: Vec<&'static Kernel> = all.iter().copied().filter(reads).collect();
    let mut selection = choose(request, machine, &kernels, tuning, overrides)?;
    let packed_for = weights.kernel_name();
    if let Some(name) = overrides.kernel.as_deref()
        && let Some(warning) = selection.warnings.iter_mut().find(|warning| warning.source == "QGEN_KERNEL")
        && all.iter().any(|kernel| kernel.name() == name)
        && kernels.iter().all(|kernel| kernel.name() != name)
    {
        let problem = format!("{name} does not read weights that were packed for {packed_for}");
        *warning = Warning::new("QGEN_KERNEL", problem + "; the variable is ignored");
    }
    if weights.check(selection.kernel).is_ok() {
        return Ok(selection);
    }
    // The portable kernel that `choose` falls back to reads other layouts. The one that they were packed for
    // may be one of the portable ones, too.
    let portable = catalog::portable().iter().copied().filter(|kernel| reads(kernel));
    let first = portable.chain(kernels).next();
    let narrowed = first.and_then(|kernel| kernel.narrowed(request.lhs, request.rhs).ok());
    let kernel = narrowed.filter(|kernel| kernel.is_supported()).ok_or_else(|| Error::NoPlan {
        packed_for: packed_for.to_owned(),
        lhs: request.lhs,
        rhs: request.rhs,
    })?;
    for (source, asks) in [
        ("QGEN_OFF", overrides.off),
        ("QGEN_KERNEL", !overrides.off && overrides.kernel.as_deref() == Some("portable")),
    ] {
        if asks && kernel.runs_natively() {
            let problem = format!("no plain Rust reads weights that were packed for {packed_for}");
            selection.warnings.push(Warning::new(source, problem + "; the variable is ignored"));
        }
    }
    let reason = format!("it reads the weights, which were packed for {packed_for}");
    Ok(Selection { kernel, reason, ..selection })
}
