//! One plan for each kind of core of a machine that has several (big.LITTLE).

use super::{Op, Params, Plan};
use crate::cpu::{Core, Machine, detect_core};
use crate::select::Shape;
use crate::{Element, Error, MatMut, MatRef, PackedRhs, Value, Workspace};

/// Plans for the same multiplication on different kinds of cores. Layouts may differ between them, so that
/// weights are packed for each that needs its own.
#[derive(Debug)]
pub struct PlanPerCore {
    plans: Vec<(Core, Plan)>,
}

/// Weights as every plan of a [`PlanPerCore`] reads them.
#[derive(Debug)]
pub struct PackedPerCore {
    packed: Vec<PackedRhs>,
    /// For each plan, which of `packed` it reads.
    of_plan: Vec<usize>,
}

impl PlanPerCore {
    /// A plan for each of `machines`, which differ in their core. The first one serves cores that are not
    /// among them.
    ///
    /// # Errors
    /// [`Error::Shape`] without machines; else as [`Plan::new`].
    pub fn new(
        op: Op,
        shape: impl Into<Shape>,
        params: &Params<'_>,
        machines: &[Machine],
    ) -> Result<PlanPerCore, Error> {
        let shape = shape.into();
        if machines.is_empty() {
            let (problem, help) = ("there are none".to_owned(), "give one machine at least");
            return Err(Error::shape("machines", problem, help));
        }
        let mut plans: Vec<(Core, Plan)> = Vec::new();
        for machine in machines {
            if plans.iter().all(|(core, _)| *core != machine.core) {
                plans.push((machine.core, Plan::new(op, shape, params, machine)?));
            }
        }
        Ok(PlanPerCore { plans })
    }

    /// The plans and the cores that they are for.
    pub fn plans(&self) -> impl Iterator<Item = (Core, &Plan)> {
        self.plans.iter().map(|(core, plan)| (*core, plan))
    }

    /// Packs the weights, k × n, once for each layout.
    ///
    /// # Errors
    /// As [`Plan::pack`].
    pub fn pack<T: Value>(&self, rhs: MatRef<'_, T>) -> Result<PackedPerCore, Error> {
        let mut packed: Vec<PackedRhs> = Vec::new();
        let mut of_plan = Vec::with_capacity(self.plans.len());
        for (_, plan) in &self.plans {
            let found = packed.iter().position(|other| other.check(plan.kernel()).is_ok());
            of_plan.push(found.unwrap_or(packed.len()));
            if found.is_none() {
                packed.push(plan.pack(rhs)?);
            }
        }
        Ok(PackedPerCore { packed, of_plan })
    }

    /// A workspace for any of the plans.
    ///
    /// # Errors
    /// [`Error::Size`] or [`Error::Memory`].
    pub fn workspace(&self) -> Result<Workspace, Error> {
        let mut workspace = Workspace::new();
        for (_, plan) in &self.plans {
            plan.reserve(&mut workspace)?;
        }
        Ok(workspace)
    }

    /// [`Plan::run`] with the plan for the core that this thread runs on now. A thread that moves meanwhile
    /// only loses time.
    ///
    /// # Errors
    /// As [`Plan::run`].
    pub fn run<T: Value, O: Element>(
        &self,
        lhs: MatRef<'_, T>,
        rhs: &PackedPerCore,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        self.run_on(detect_core(), lhs, rhs, out, workspace)
    }

    /// [`Plan::run`] with the plan for `core`.
    ///
    /// # Errors
    /// As [`Plan::run`]; [`Error::Shape`] for weights that other plans packed.
    pub fn run_on<T: Value, O: Element>(
        &self,
        core: Core,
        lhs: MatRef<'_, T>,
        rhs: &PackedPerCore,
        out: MatMut<'_, O>,
        workspace: &mut Workspace,
    ) -> Result<(), Error> {
        let at = self.plans.iter().position(|(other, _)| *other == core).unwrap_or(0);
        let packed = rhs.of_plan.get(at).and_then(|&packed| rhs.packed.get(packed));
        let Some(packed) = packed else {
            let problem = format!("it was packed for {} plans, not {}", rhs.of_plan.len(), self.plans.len());
            return Err(Error::shape("rhs", problem, "pack the weights with these plans"));
        };
        self.plans[at].1.run(lhs, packed, out, workspace)
    }
}
