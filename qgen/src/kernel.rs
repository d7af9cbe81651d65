//! The whole pipeline, and what it makes.

use crate::allocate;
use crate::begin::{begun, undone};
use crate::choose::{Made, by_pipe, macs_per_iteration, made, modelled};
use crate::core::{Bound, Core, bound, simulate};
use crate::domain::Fault;
use crate::emit;
use crate::plan::{Plan, Request, plan_and};
use crate::program::{Machine, Program, Virtual};
use crate::schedule::{self, Held};
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

/// Compiles the best kernel for `request` on `core`, by the pipeline model.
///
/// # Errors
/// Why there is none: see [`plan`](crate::plan::plan()).
pub fn compile(request: &Request, core: &Core) -> Result<Kernel, Diagnostics> {
    let best = plan_and(request, core, |plan| made(&plan, core), |made| made.macs_per_cycle(core))?;
    verified(by_pipe(best, core), core)
}

/// Compiles a complete specification for `core`.
///
/// # Errors
/// If the specification cannot be met: see [`Plan::new`].
pub fn compile_spec(spec: KernelSpec, core: &Core) -> Result<Kernel, Diagnostics> {
    compile_plan(&Plan::new(spec, core)?, core)
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
pub fn compile_plan(plan: &Plan, core: &Core) -> Result<Kernel, Diagnostics> {
    verified(by_pipe(made(plan, core)?, core), core)
}

fn verified(made: Made, core: &Core) -> Result<Kernel, Diagnostics> {
    let Made { plan, lowered, scheduled, program, .. } = made;
    let name = plan.spec.to_string();
    let internal = |stage: &str, why: String| {
        Diagnostic::new(
            Field::Kernel,
            format!("the {stage} of {name} is wrong: {why}"),
            "this is a fault of qgen; please report it with this name",
        )
    };
    schedule::verify(&lowered, &scheduled).map_err(|why| internal("schedule", why))?;
    let program = begun(program);
    verified_end(&scheduled, &program).map_err(|(stage, why)| internal(stage, why))?;
    Ok(Kernel { name, core: core.clone(), plan, lowered, scheduled, program })
}

/// Whether the finished program, whose sums begin in a first pass, is `scheduled` on machine registers. What is
/// compared is the program that the checker of first passes makes of it.
fn verified_end(
    scheduled: &Program<Virtual>,
    program: &Program<Machine>,
) -> Result<(), (&'static str, String)> {
    let undone = undone(program).map_err(|Fault(why)| ("beginning of sums", why))?;
    allocate::verify(scheduled, &undone).map_err(|why| ("allocation", why))
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
        macs_per_iteration(&self.plan.spec)
    }

    /// The least cycles of a pass through the main loop.
    pub fn bound(&self) -> Bound {
        bound(&self.core, &self.program.steady().insts)
    }

    /// The bound as multiply-accumulates per cycle.
    pub fn bound_macs_per_cycle(&self) -> f64 {
        self.macs_per_iteration() as f64 / self.bound().cycles
    }

    /// What holds the main loop: the resource of its bound, or what keeps it from that.
    pub fn held(&self) -> Held {
        schedule::held(&self.lowered, &self.scheduled, &self.core)
    }

    /// Multiply-accumulates per cycle of the main loop alone, by the pipeline model.
    pub fn loop_macs_per_cycle(&self) -> f64 {
        self.macs_per_iteration() as f64 / simulate(&self.core, &self.program.steady().insts, None).cycles
    }

    /// The same, with the rules of dispatch as well that the core's table has and does not apply; none without such.
    pub fn loop_macs_with_every_group(&self) -> Option<f64> {
        let left_out = self.core.groups.iter().any(|group| !group.applied);
        left_out.then(|| {
            let core = self.core.clone().with_every_group();
            self.macs_per_iteration() as f64 / simulate(&core, &self.program.steady().insts, None).cycles
        })
    }

    /// Multiply-accumulates per cycle by the pipeline model: the main loop, with the flush and the
    /// zeroing at their true frequency.
    pub fn modelled_macs_per_cycle(&self) -> f64 {
        let main = simulate(&self.core, &self.program.steady().insts, None).cycles;
        modelled(&self.plan, &self.program, &self.core, main)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::{Block, BlockRole};

    /// A compile ends with the program that is handed on, first pass and all.
    #[test]
    fn what_is_handed_on_is_what_was_verified() {
        let kernel = compile_name("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        assert_eq!(verified_end(&kernel.scheduled, &kernel.program), Ok(()));
        for (role, stage) in [
            (BlockRole::First, "beginning of sums"),
            (BlockRole::Flush, "allocation"),
            (BlockRole::Frame, "allocation"),
        ] {
            let shorter = kernel.program.map_blocks(|block| {
                let mut block: Block = block.clone();
                if block.role == role {
                    block.insts.pop();
                }
                Ok::<_, Fault>(block)
            });
            let found = verified_end(&kernel.scheduled, &shorter.unwrap()).unwrap_err();
            assert_eq!(found.0, stage, "{found:?}");
        }
        // Without the frame registers of the caller are written and not restored.
        let mut bare = kernel.program.clone();
        bare.nodes = bare.nodes[1..bare.nodes.len() - 1].to_vec();
        let (stage, why) = verified_end(&kernel.scheduled, &bare).unwrap_err();
        assert!(stage == "allocation" && why.contains("saved and restored"), "{why}");
    }
}
