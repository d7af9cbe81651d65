//! The whole pipeline, and what it makes.

use crate::allocate::{self, allocate};
use crate::core::{Bound, Core, bound, simulate};
use crate::emit;
use crate::lower::lower;
use crate::plan::{Plan, Request, plan_and};
use crate::program::{BlockRole, Machine, Program, Virtual};
use crate::schedule::{self, schedule};
use qgen_spec::{Descriptor, Diagnostic, Diagnostics, Field, KernelSpec};

/// A compiled kernel, with every stage that it went through.
#[derive(Clone, Debug)]
pub struct Kernel {
    name: String,
    core: Core,
    plan: Plan,
    lowered: Program<Virtual>,
    scheduled: Program<Virtual>,
    program: Program<Machine>,
}

/// Compiles the best kernel for `request` on `core`.
///
/// # Errors
/// Why there is none: see [`plan`](crate::plan::plan()).
pub fn compile(request: &Request, core: &Core) -> Result<Kernel, Diagnostics> {
    plan_and(request, core, |plan| compile_plan(plan, core))
}

/// Compiles a complete specification for `core`.
///
/// # Errors
/// If the specification cannot be met: see [`Plan::new`].
pub fn compile_spec(spec: KernelSpec, core: &Core) -> Result<Kernel, Diagnostics> {
    compile_plan(Plan::new(spec, core)?, core)
}

/// Compiles the kernel of this name for the built-in core that the name ends with.
///
/// # Errors
/// If the name does not parse, names an unknown core, or what it names cannot be made.
pub fn compile_name(name: &str) -> Result<Kernel, Diagnostics> {
    let spec: KernelSpec = name.parse().map_err(Diagnostics::from)?;
    let core = Core::built_in(&spec.core)?;
    compile_spec(spec, &core)
}

/// Lowers, schedules and allocates a plan. What a verifier refuses is a fault of the compiler, not
/// of the request, and is reported as such.
///
/// # Errors
/// If registers run out.
pub fn compile_plan(plan: Plan, core: &Core) -> Result<Kernel, Diagnostics> {
    let internal = |stage: &str, why: String| {
        Diagnostic::new(
            Field::Kernel,
            format!("the {stage} of {} is wrong: {why}", plan.spec),
            "this is a fault of qgen; please report it with this name",
        )
    };
    let lowered = lower(&plan);
    let mut scheduled = schedule(&lowered, core);
    let program = match allocate(&scheduled) {
        Ok(program) => program,
        Err(_) => {
            // The order as written needs the fewest registers.
            scheduled = lowered.clone();
            allocate(&scheduled).map_err(|e| {
                let help = "choose a smaller tile";
                Diagnostic::new(Field::Tile, format!("{}: {e}", plan.spec), help)
            })?
        }
    };
    schedule::verify(&lowered, &scheduled).map_err(|why| internal("schedule", why))?;
    allocate::verify(&scheduled, &program).map_err(|why| internal("allocation", why))?;
    Ok(Kernel { name: plan.spec.to_string(), core: core.clone(), plan, lowered, scheduled, program })
}

impl Kernel {
    /// The name, which parses back to the specification.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The core that the code is for.
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The program as lowered.
    pub fn lowered(&self) -> &Program<Virtual> {
        &self.lowered
    }

    /// The program as scheduled.
    pub fn scheduled(&self) -> &Program<Virtual> {
        &self.scheduled
    }

    /// The program on machine registers.
    pub fn program(&self) -> &Program<Machine> {
        &self.program
    }

    /// The kernel as data, for the runtime.
    pub fn descriptor(&self) -> Descriptor {
        self.plan.descriptor()
    }

    /// The kernel as machine words, position independent.
    pub fn words(&self) -> Vec<u32> {
        emit::words(&self.program)
    }

    /// The function's body as GNU assembly text.
    pub fn asm(&self) -> String {
        emit::asm(&self.program, &self.name)
    }

    /// Multiply-accumulates of one pass through the main loop.
    pub fn macs_per_iteration(&self) -> usize {
        let spec = &self.plan.spec;
        spec.register_tile.area() * usize::from(spec.k_block) * usize::from(spec.unroll)
    }

    /// The least cycles of a pass through the main loop.
    pub fn bound(&self) -> Bound {
        bound(&self.core, &self.program.steady().insts)
    }

    /// The bound as multiply-accumulates per cycle.
    pub fn bound_macs_per_cycle(&self) -> f64 {
        self.macs_per_iteration() as f64 / self.bound().cycles
    }

    /// Multiply-accumulates per cycle by the pipeline model: the main loop, with the flush and the
    /// zeroing at their true frequency.
    pub fn modelled_macs_per_cycle(&self) -> f64 {
        let main = simulate(&self.core, &self.program.steady().insts, None).cycles;
        let between = match self.plan.period {
            Some(period) => {
                let once = |role| -> f64 {
                    let blocks = self.program.blocks(role);
                    blocks.iter().map(|b| simulate(&self.core, &b.insts, None).cycles).sum()
                };
                let passes = f64::from(period) / f64::from(self.plan.spec.unroll);
                (once(BlockRole::FlushMore) + once(BlockRole::Zero)) / passes
            }
            None => 0.0,
        };
        self.macs_per_iteration() as f64 / (main + between)
    }
}
