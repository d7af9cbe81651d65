//! Which form of a plan is compiled: ways through memory and orders are made, and the model says which is fastest.

use crate::allocate::allocate;
use crate::core::{Core, EQUAL, simulate};
use crate::lower::lower;
use crate::plan::{Plan, Way, ways};
use crate::program::{BlockRole, Machine, Program, Virtual};
use crate::schedule::{self, schedule};
use qgen_spec::{Diagnostic, Diagnostics, Field, KernelSpec};

/// A plan as a program, at every stage.
pub(crate) struct Made {
    pub(crate) plan: Plan,
    pub(crate) lowered: Program<Virtual>,
    pub(crate) scheduled: Program<Virtual>,
    pub(crate) program: Program<Machine>,
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

    /// As [`modelled`].
    pub(crate) fn macs_per_cycle(&self, core: &Core) -> f64 {
        modelled(&self.plan, &self.program, core, self.cycles)
    }
}

/// An order that no scheduler made is taken where it is faster by more than this: behind the last pass of one that
/// was scheduled, what follows begins sooner.
const CLEARLY: f64 = 1.01;

/// As many ways through a loop's body are made in full.
const WAYS: usize = 6;

/// A way to walk through memory, with one side in registers.
struct Variant {
    /// The least cycles of a pass through the main loop.
    bound: f64,
    /// Its instructions.
    insts: usize,
    plan: Plan,
}

impl Variant {
    /// Whether it is `plan` itself.
    fn is(&self, plan: &Plan) -> bool {
        (self.plan.stays, self.plan.addressing) == (plan.stays, plan.addressing)
    }
}

/// All ways to walk through memory, with either side in registers.
fn variants(plan: &Plan, core: &Core) -> Vec<Variant> {
    let other = plan.stays.other(&plan.spec).map(|(stays, budget)| Plan { stays, budget, ..plan.clone() });
    let mut all = Vec::new();
    for plan in std::iter::once(plan).chain(&other) {
        for Way { addressing, body, bound } in ways(&plan.spec, plan.stays, core) {
            let plan = Plan { addressing, ..plan.clone() };
            all.push(Variant { bound, insts: body.insts.len(), plan });
        }
    }
    all
}

/// Makes a plan's program. All ways to walk through memory, with either side in registers, are looked at: of
/// those whose bounds are the least, the one with the fewest instructions is made first, and taken if it reaches
/// its bound. The plan itself is always made before another is taken for being the nearest to it.
pub(crate) fn made(plan: &Plan, core: &Core) -> Result<Made, Diagnostics> {
    let mut all = variants(plan, core);
    let least = all.iter().map(|variant| variant.bound).fold(f64::INFINITY, f64::min);
    all.retain(|variant| variant.bound <= least * EQUAL || variant.is(plan));
    all.sort_by_key(|variant| (variant.insts, !variant.is(plan)));
    if let Some(itself) = all.iter().skip(WAYS).position(|variant| variant.is(plan)) {
        all.swap(WAYS - 1, WAYS + itself);
    }
    let (mut best, mut refused): (Option<Made>, _) = (None, None);
    for variant in all.into_iter().take(WAYS) {
        match Made::new(variant.plan, core) {
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
pub(crate) fn by_pipe(made: Made, core: &Core) -> Made {
    if core.groups.iter().all(|group| group.applied) || made.program.is_pipelined() {
        return made;
    }
    let guide = core.clone().with_every_group();
    let insts = &made.program.steady().insts;
    let now = schedule::dispatch_cycles(&guide, insts);
    let mut orders = Vec::new();
    for variant in variants(&made.plan, core) {
        let itself = variant.is(&made.plan);
        if itself || variant.insts == insts.len() && variant.bound <= made.cycles {
            let lowered = lower(&variant.plan);
            let found = schedule::dispatched(&lowered, &guide).into_iter().filter(|order| order.cycles < now);
            orders.extend(found.map(|order| (order, itself, variant.plan.clone(), lowered.clone())));
        }
    }
    orders.sort_by(|(a, itself, ..), (b, other, ..)| a.cycles.total_cmp(&b.cycles).then(other.cmp(itself)));
    for (order, _, plan, lowered) in orders.into_iter().take(TRIED) {
        let scheduled = order.in_place_of(&schedule(&lowered, core));
        let Ok(found) = Made::first_of(plan, lowered, [scheduled], core) else { continue };
        let with = || simulate(&guide, &found.program.steady().insts, None).cycles;
        if found.cycles <= made.cycles && with() < now {
            return found;
        }
    }
    made
}

/// Multiply-accumulates of one pass through the main loop.
pub(crate) fn macs_per_iteration(spec: &KernelSpec) -> usize {
    spec.register_tile.area() * usize::from(spec.k_block) * usize::from(spec.unroll)
}

/// Multiply-accumulates per cycle of a program whose main loop takes `main` cycles a pass: with the flush
/// and the zeroing at their true frequency.
pub(crate) fn modelled(plan: &Plan, program: &Program<Machine>, core: &Core, main: f64) -> f64 {
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
            let sets_to_zero = program.blocks(BlockRole::First).is_empty();
            let zero = if sets_to_zero { once(BlockRole::Zero) } else { once(BlockRole::First) - main };
            (once(BlockRole::FlushMore) + zero + ends - main) / passes
        }
        None => 0.0,
    };
    macs_per_iteration(&plan.spec) as f64 / (main + between)
}
