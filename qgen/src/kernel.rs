//! The whole pipeline, and what it makes.

use crate::allocate::{self, allocate};
use crate::begin::{begun, undone};
use crate::core::{Bound, Core, EQUAL, bound, simulate};
use crate::domain::Fault;
use crate::emit;
use crate::lower::lower;
use crate::plan::{Plan, Request, Way, plan_and, ways};
use crate::program::{BlockRole, Machine, Program, Virtual};
use crate::schedule::{self, Held, schedule};
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
    let best = plan_and(request, core, |plan| made(plan, core), |made| made.macs_per_cycle(core))?;
    verified(by_pipe(best, core), core)
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

/// A plan as a program, at every stage.
struct Made {
    plan: Plan,
    lowered: Program<Virtual>,
    scheduled: Program<Virtual>,
    program: Program<Machine>,
    /// Cycles of a pass through the main loop, modelled.
    cycles: f64,
}

impl Made {
    /// The first order for which registers last; the last of them is as written, and needs the fewest.
    fn new(plan: Plan, core: &Core) -> Result<Made, Diagnostics> {
        let lowered = lower(&plan);
        let listed = schedule(&lowered, core);
        let passes = plan.period.map(|blocks| f64::from(blocks) / f64::from(plan.spec.unroll));
        let faster = schedule::overlapped(&lowered, &listed, core, passes);
        let orders = faster.into_iter().chain([listed, lowered.clone()]);
        Made::first_of(plan, lowered, orders, core)
    }

    /// The same as it was written, whose main loop the model may like better than any that a scheduler found.
    fn as_written(&self, core: &Core) -> Option<Made> {
        let (plan, lowered) = (self.plan.clone(), self.lowered.clone());
        Made::first_of(plan, lowered.clone(), [lowered], core).ok()
    }

    fn first_of(
        plan: Plan,
        lowered: Program<Virtual>,
        orders: impl IntoIterator<Item = Program<Virtual>>,
        core: &Core,
    ) -> Result<Made, Diagnostics> {
        let mut refused = None;
        for scheduled in orders {
            match allocate(&scheduled) {
                Ok(program) => {
                    let cycles = simulate(core, &program.steady().insts, None).cycles;
                    return Ok(Made { plan, lowered, scheduled, program, cycles });
                }
                Err(e) => refused = Some(e),
            }
        }
        let why = refused.map_or_else(String::new, |e| e.to_string());
        Err(Diagnostic::new(Field::Tile, format!("{}: {why}", plan.spec), "choose a smaller tile").into())
    }

    fn macs_per_cycle(&self, core: &Core) -> f64 {
        modelled(&self.plan, &self.program, core, self.cycles)
    }
}

/// An order that no scheduler made is taken where it is faster by more than this: behind the last pass of one that
/// was scheduled, what follows begins sooner.
const CLEARLY: f64 = 1.01;

/// As many ways through a loop's body are made in full.
const WAYS: usize = 6;

/// All ways to walk through memory, with either side in registers: the bound of each, its instructions, and the plan.
fn all_ways(plan: Plan, core: &Core) -> Vec<(f64, usize, Plan)> {
    let other = plan.stays.other(&plan.spec).map(|(stays, budget)| Plan { stays, budget, ..plan.clone() });
    let mut all = Vec::new();
    for plan in [Some(plan), other].into_iter().flatten() {
        for Way { addressing, body, bound } in ways(&plan.spec, plan.stays, core) {
            all.push((bound, body.insts.len(), Plan { addressing, ..plan.clone() }));
        }
    }
    all
}

/// Makes a plan's program. All ways to walk through memory, with either side in registers, are looked at: of
/// those whose bounds are the least, the one with the fewest instructions is made first, and taken if it reaches
/// its bound. The plan itself is always made before another is taken for being the nearest to it.
fn made(plan: Plan, core: &Core) -> Result<Made, Diagnostics> {
    let liked = (plan.stays, plan.addressing);
    let mut all = all_ways(plan, core);
    let least = all.iter().map(|way| way.0).fold(f64::INFINITY, f64::min);
    let is_liked = |way: &Plan| (way.stays, way.addressing) == liked;
    all.retain(|(cycles, _, way)| *cycles <= least * EQUAL || is_liked(way));
    all.sort_by_key(|(_, insts, way)| (*insts, !is_liked(way)));
    if let Some(liked) = all.iter().skip(WAYS).position(|(.., way)| is_liked(way)) {
        all.swap(WAYS - 1, WAYS + liked);
    }
    let (mut best, mut refused): (Option<Made>, _) = (None, None);
    for (.., way) in all.into_iter().take(WAYS) {
        match Made::new(way, core) {
            Ok(made) if made.cycles <= least * EQUAL => return Ok(made),
            Ok(made) if best.as_ref().is_none_or(|best| made.cycles * EQUAL < best.cycles) => {
                best = Some(made);
            }
            Ok(_) => {}
            Err(e) => refused = Some(e),
        }
    }
    let best = best.ok_or_else(|| refused.expect("the plan itself is among them"))?;
    let written = best.as_written(core).filter(|written| written.cycles * CLEARLY < best.cycles);
    Ok(written.unwrap_or(best))
}

/// Of the orders for rules of dispatch so many are made, the fastest first.
const TRIED: usize = 4;

/// The same in an order that is faster with the rules of dispatch that the core's table has and does not apply, and
/// as fast without them: of all ways with as many instructions the fastest.
fn by_pipe(made: Made, core: &Core) -> Made {
    if core.groups.iter().all(|group| group.applied) || made.program.is_pipelined() {
        return made;
    }
    let guide = core.clone().with_every_group();
    let insts = &made.program.steady().insts;
    let now = schedule::dispatch_cycles(&guide, insts);
    let is_liked = |way: &Plan| (way.stays, way.addressing) == (made.plan.stays, made.plan.addressing);
    let mut orders = Vec::new();
    for (bound, count, way) in all_ways(made.plan.clone(), core) {
        if is_liked(&way) || count == insts.len() && bound <= made.cycles {
            let lowered = lower(&way);
            let found = schedule::dispatched(&lowered, &guide).into_iter().filter(|order| order.cycles < now);
            orders.extend(found.map(|order| (order, way.clone(), lowered.clone())));
        }
    }
    orders.sort_by(|(a, way, _), (b, other, _)| {
        a.cycles.total_cmp(&b.cycles).then(is_liked(other).cmp(&is_liked(way)))
    });
    for (order, way, lowered) in orders.into_iter().take(TRIED) {
        let scheduled = order.in_place_of(&schedule(&lowered, core));
        let Ok(found) = Made::first_of(way, lowered, [scheduled], core) else { continue };
        let with = || simulate(&guide, &found.program.steady().insts, None).cycles;
        if found.cycles <= made.cycles && with() < now {
            return found;
        }
    }
    made
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

/// Multiply-accumulates of one pass through the main loop.
fn macs_per_iteration(spec: &KernelSpec) -> usize {
    spec.register_tile.area() * usize::from(spec.k_block) * usize::from(spec.unroll)
}

/// Multiply-accumulates per cycle of a program whose main loop takes `main` cycles a pass: with the flush
/// and the zeroing at their true frequency.
fn modelled(plan: &Plan, program: &Program<Machine>, core: &Core, main: f64) -> f64 {
    let cycles = |insts: &[_]| simulate(core, insts, None).cycles;
    let once = |role| -> f64 { program.blocks(role).iter().map(|b| cycles(&b.insts)).sum() };
    let between = match plan.period {
        Some(period) => {
            let passes = f64::from(period) / f64::from(plan.spec.unroll);
            let ends = [BlockRole::Fill, BlockRole::Drain].map(|role| program.blocks(role));
            let ends: Vec<_> = ends.into_iter().flatten().flat_map(|b| b.insts.iter().copied()).collect();
            // They are a pass in place of one.
            let ends = if ends.is_empty() { main } else { cycles(&ends) };
            // Sums begin in a first pass, which is one of the passes, or are set to zero.
            let begins = program.blocks(BlockRole::First).is_empty();
            let zero = if begins { once(BlockRole::Zero) } else { once(BlockRole::First) - main };
            (once(BlockRole::FlushMore) + zero + ends - main) / passes
        }
        None => 0.0,
    };
    macs_per_iteration(&plan.spec) as f64 / (main + between)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Block;

    /// A compile ends with the program that is handed on, first pass and all.
    #[test]
    fn what_is_handed_on_is_what_was_verified() {
        let kernel = compile_name("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap();
        assert_eq!(verified_end(&kernel.scheduled, &kernel.program), Ok(()));
        for (role, stage) in [(BlockRole::First, "beginning of sums"), (BlockRole::Flush, "allocation")] {
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
    }
}
