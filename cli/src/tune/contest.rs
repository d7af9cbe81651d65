//! Who takes part, and the ranking by the core's model.

use super::main_loop::{Depths, MainLoop};
use super::shapes::NamedShape;
use super::stopwatch::Stopwatch;
use super::{Outcome, Placing, Placings, Target, Timed};
use crate::clock::Clock;
use crate::failure::Failure;
use crate::output::progress;
use indicatif::{ParallelProgressIterator, ProgressIterator};
use qgen::core::Core;
use qgen::estimate::Estimate;
use qgen::plan::candidates;
use qgen::{Kernel, Request, compile, compile_name, compile_spec};
use qgen_runtime::cpu::Machine;
use qgen_runtime::{catalog, kernels::SHIPPED};
use qgen_spec::{Diagnostic, Diagnostics, Field, KernelSpec, Operand, Range, Strategy};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// Kernels for the same operands on the same core.
pub(crate) struct Contest {
    pub(super) operands: (Operand, Operand),
    pub(super) entrants: Vec<Entrant>,
    /// Whether it is left open if kernels ask for lines ahead.
    may_ask: bool,
}

/// A kernel that takes part.
pub(super) struct Entrant {
    pub(super) kernel: Kernel,
    estimate: Estimate,
    ships: bool,
    /// The largest depth that it takes with the operands.
    k_limit: u32,
    /// The same kernel asking for lines ahead, or not asking where this one does: timed beside it, not ranked.
    variant: Option<usize>,
    is_variant: bool,
}

impl Entrant {
    fn new(kernel: Kernel, operands: (Operand, Operand), core: &Core) -> Entrant {
        let shipped = SHIPPED.iter().find(|k| k.name() == kernel.name());
        // One for wider operands goes deeper with these.
        let narrowed = shipped.and_then(|k| k.narrowed(operands.0, operands.1).ok());
        let k_limit = narrowed.map_or(kernel.descriptor().k_limit, |k| k.k_limit());
        let (estimate, ships) = (Estimate::new(&kernel, core), shipped.is_some());
        Entrant { estimate, kernel, ships, k_limit, variant: None, is_variant: false }
    }
}

/// Of every shape, this many of the model's first are timed where kernels run, and the first one that
/// ships.
const TIMED: usize = 4;

/// Models and clocks are not better than this: a kernel that ships wins against one that does not and
/// needs at least this part of its time.
const NEAR: f64 = 1.02;

/// So many bytes ahead lines are asked for by kernels that are tried with it: four of most lines, some tens of
/// cycles of a main loop, about what an access to L2 takes.
const AHEAD: u16 = 256;

impl Contest {
    /// All kernels that could win for `request` on the target's core: what the planner can make of it,
    /// and what ships for its operands.
    pub(crate) fn new(request: &Request, target: &Target) -> Result<Contest, Diagnostics> {
        let core = &target.core;
        let operands = (request.lhs, request.rhs);
        let shipped: Vec<&str> = catalog::usual()
            .filter(|k| k.descriptor().spec.core == core.name && k.covers(request.lhs, request.rhs))
            .map(|kernel| kernel.name())
            .collect();
        let tasks: Vec<Request> = candidates(request);
        let bar =
            progress(tasks.len() + shipped.len(), &format!("{}: compiling for {}", core.name, request.lhs));
        let made: Vec<Result<Kernel, Diagnostics>> =
            tasks.par_iter().progress_with(bar.clone()).map(|task| compile(task, core)).collect();
        // What ships but was not asked for (another tile, say) does not take part.
        let fits = |kernel: &Kernel| {
            let spec = &kernel.plan().spec;
            request.leaves_open(spec) && (request.short, request.end) == (spec.short, spec.end)
        };
        let ready: Vec<Kernel> =
            shipped.par_iter().map(|name| compile_name(name)).collect::<Result<_, _>>()?;
        bar.finish_and_clear();
        // The table may be that of a relative with more instructions than this machine has.
        let features = target.clock.as_ref().map(|_| Machine::detect().features);
        let runs = |kernel: &Kernel| features.is_none_or(|f| f.supports(kernel.plan().spec.isa()));
        let mut refusal = None;
        let mut kernels: Vec<Kernel> = Vec::new();
        for made in made {
            match made {
                Ok(kernel) if !runs(&kernel) => {}
                Ok(kernel) if kernels.iter().all(|k| k.name() != kernel.name()) => kernels.push(kernel),
                Ok(_) => {}
                Err(why) => {
                    refusal.get_or_insert(why);
                }
            }
        }
        for kernel in ready.into_iter().filter(|kernel| fits(kernel) && runs(kernel)) {
            if kernels.iter().all(|k| k.name() != kernel.name()) {
                kernels.push(kernel);
            }
        }
        if let (true, Some(why)) = (kernels.is_empty(), refusal) {
            return Err(why);
        }
        let entrants = kernels.into_par_iter().map(|kernel| Entrant::new(kernel, operands, core));
        Ok(Contest { operands, entrants: entrants.collect(), may_ask: request.prefetch.is_none() })
    }

    /// Adds variants of the model's favourites at `shapes`, which ask for lines ahead, or do not where those do:
    /// no model of a core sees what that is worth, only a clock.
    fn with_variants(mut self, shapes: &[NamedShape], core: &Core) -> Contest {
        if !self.may_ask {
            return self;
        }
        let favourites: BTreeSet<usize> = shapes
            .iter()
            .flat_map(|shape| self.ranking(shape).into_iter().take(TIMED))
            .map(|(at, _)| at)
            .collect();
        let variant = |at: usize| {
            let spec = &self.entrants[at].kernel.plan().spec;
            let prefetch = if spec.prefetch == 0 { AHEAD } else { 0 };
            // What needs a register too many does without.
            let kernel = compile_spec(KernelSpec { prefetch, ..spec.clone() }, core).ok()?;
            Some((at, Entrant { is_variant: true, ..Entrant::new(kernel, self.operands, core) }))
        };
        let made: Vec<(usize, Entrant)> = favourites.into_par_iter().filter_map(variant).collect();
        for (at, entrant) in made {
            self.entrants[at].variant = Some(self.entrants.len());
            self.entrants.push(entrant);
        }
        self
    }

    /// How many kernels take part.
    pub(crate) fn size(&self) -> usize {
        self.entrants.len()
    }

    /// That somebody takes the shape's depth.
    fn check_depth(&self, shape: &NamedShape) -> Result<(), Diagnostic> {
        let deepest = self.entrants.iter().map(|e| e.k_limit).max().unwrap_or(0);
        if shape.k as u64 <= u64::from(deepest) {
            return Ok(());
        }
        let (NamedShape { m, n, k, .. }, (lhs, rhs)) = (shape, self.operands);
        Err(Diagnostic::new(
            Field::Shape,
            format!(
                "{m}x{n}x{k} is too deep: no kernel for {lhs} by {rhs} that takes part goes beyond k = {deepest}"
            ),
            format!("give shapes whose last number is at most {deepest}"),
        ))
    }

    /// The entrants that take a shape's depth by the model, the fastest first, without variants; of equals the first
    /// candidate.
    fn ranking(&self, shape: &NamedShape) -> Vec<(usize, f64)> {
        let (m, n, k) = (shape.m as u64, shape.n as u64, shape.k as u64);
        let ranked = self.entrants.iter().enumerate().filter(|(_, e)| !e.is_variant);
        let takes = ranked.filter(|(_, e)| k <= u64::from(e.k_limit));
        let mut ranking: Vec<(usize, f64)> = takes.map(|(at, e)| (at, e.estimate.cycles(m, n, k))).collect();
        ranking.sort_by(|a, b| a.1.total_cmp(&b.1));
        ranking
    }

    /// The result at a shape, timed where there is a stopwatch.
    fn decide(
        &self,
        shape: &NamedShape,
        stopwatch: Option<&Stopwatch>,
        measured: bool,
        needs_low_bits: &dyn Fn(Strategy) -> bool,
    ) -> Result<Placings, Failure> {
        let ranking = self.ranking(shape);
        let first = |wanted: &dyn Fn(&Entrant) -> bool| {
            ranking.iter().position(|&(at, _)| wanted(&self.entrants[at]))
        };
        let strategy = |entrant: &Entrant| entrant.kernel.plan().spec.strategy;
        let always = [first(&|e| e.ships), first(&|e| needs_low_bits(strategy(e)))];
        let finalists = ranking.iter().enumerate().filter(|(place, _)| {
            *place < if stopwatch.is_some() { TIMED } else { 1 } || always.contains(&Some(*place))
        });
        let hertz = stopwatch.map(Stopwatch::hertz);
        let (mut placings, mut low) = (Vec::new(), Vec::new());
        let variant = |at: usize| self.entrants[at].variant;
        for at in finalists.flat_map(|(_, &(at, _))| std::iter::once(at).chain(variant(at))) {
            let kernel = &self.entrants[at].kernel;
            if needs_low_bits(kernel.plan().spec.strategy) {
                low.push(kernel.name());
            }
            placings.push(self.placing(at, shape, stopwatch.zip(hertz))?);
        }
        // The first of equals: the model's favourite.
        let fastest = |wanted: &dyn Fn(&Placing) -> bool| {
            let mut best: Option<&Placing> = None;
            for one in placings.iter().filter(|one| wanted(one)) {
                if best.is_none_or(|best| one.cost(measured) < best.cost(measured)) {
                    best = Some(one);
                }
            }
            best.cloned()
        };
        let best = fastest(&|_| true).ok_or_else(|| Failure("nobody takes part".into()))?;
        let shipped = fastest(&|one| one.ships);
        let near = shipped.clone().filter(|one| one.cost(measured) <= NEAR * best.cost(measured));
        let low_bits = fastest(&|one| low.contains(&one.kernel.as_str()));
        let timed = placings.iter().filter(|one| one.timed.is_some()).cloned().collect();
        Ok(Placings { best: near.unwrap_or(best), shipped, low_bits, timed })
    }

    /// What the model says of an entrant at a shape, and beside it what a stopwatch does, at the clock's
    /// rate.
    fn placing(
        &self,
        at: usize,
        shape: &NamedShape,
        stopwatch: Option<(&Stopwatch, f64)>,
    ) -> Result<Placing, Failure> {
        let Entrant { kernel, estimate, ships, .. } = &self.entrants[at];
        let timed =
            stopwatch.map(|(watch, hertz)| watch.time(at, self.operands, shape, hertz)).transpose()?;
        let (m, n, k) = (shape.m as u64, shape.n as u64, shape.k as u64);
        Ok(Placing {
            kernel: kernel.name().to_string(),
            ships: *ships,
            modelled_cycles: estimate.cycles(m, n, k),
            modelled_macs_per_cycle: estimate.macs_per_cycle(m, n, k),
            median_ns: timed.as_ref().map(Timed::median_ns),
            timed,
        })
    }

    /// Every entrant that is not `known` at every shape, and its main loop alone, timed.
    fn everybody(
        &self,
        shapes: &[NamedShape],
        clock: &Clock,
        known: &BTreeSet<String>,
    ) -> Result<Everybody, Failure> {
        let watch = Stopwatch::new(self, clock)?;
        let rounds = shapes.len() + 1;
        let new = |at: &usize| !known.contains(self.entrants[*at].kernel.name());
        let new: Vec<usize> = (0..self.size()).filter(new).collect();
        let bar = progress(rounds * new.len(), &format!("{} by {}", self.operands.0, self.operands.1));
        let mut all = Everybody::default();
        for shape in shapes {
            let hertz = watch.hertz();
            for &at in &new {
                all.placings.push((shape.clone(), self.placing(at, shape, Some((&watch, hertz)))?));
                bar.inc(1);
            }
        }
        let hertz = watch.hertz();
        for at in new {
            let Entrant { kernel, estimate, k_limit, .. } = &self.entrants[at];
            if let Some(depths) = Depths::of(kernel, *k_limit) {
                let timed = watch.time_depths(at, self.operands, &depths, hertz)?;
                all.main_loops.push(MainLoop::new(kernel.name(), estimate, &depths, timed));
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(all)
    }
}

/// What was timed of every entrant.
#[derive(Default)]
pub(crate) struct Everybody {
    /// Whole multiplications, shape by shape.
    pub(crate) placings: Vec<(NamedShape, Placing)>,
    /// Main loops alone.
    pub(crate) main_loops: Vec<MainLoop>,
}

/// The three classes of a target.
pub(crate) struct Classes {
    pub(crate) asked: Contest,
    pub(crate) eight_bits: Contest,
    pub(crate) floats: Contest,
}

/// 8 bits as the rivals have them: one side is never −128, which lets two products share a lane.
pub(crate) fn eight_bits() -> Request {
    let side = |lo| Operand::Int(Range::new(lo, 127).expect("one byte"));
    Request { lhs: side(-128), rhs: side(-127), ..Request::floats() }
}

impl Classes {
    /// Compiles everybody.
    pub(crate) fn new(request: &Request, target: &Target) -> Result<Classes, Diagnostics> {
        Ok(Classes {
            asked: Contest::new(request, target)?,
            eight_bits: Contest::new(&eight_bits(), target)?,
            floats: Contest::new(&Request::floats(), target)?,
        })
    }

    /// With variants of those that will be timed, where any are: see [`Contest::with_variants`].
    pub(crate) fn with_variants(self, shapes: &[NamedShape], target: &Target) -> Classes {
        if target.clock.is_none() {
            return self;
        }
        let Classes { asked, eight_bits, floats } = self;
        let [asked, eight_bits, floats] =
            [asked, eight_bits, floats].map(|contest| contest.with_variants(shapes, &target.core));
        Classes { asked, eight_bits, floats }
    }

    /// How many kernels take part.
    pub(crate) fn size(&self) -> usize {
        [&self.asked, &self.eight_bits, &self.floats].map(Contest::size).iter().sum()
    }

    /// Times every kernel at every shape, and its main loop; one that takes part in two classes once.
    pub(crate) fn everybody(&self, shapes: &[NamedShape], clock: &Clock) -> Result<Everybody, Failure> {
        clock.alone(|| {
            let mut all = Everybody::default();
            for contest in [&self.asked, &self.eight_bits, &self.floats] {
                let known: BTreeSet<String> =
                    all.placings.iter().map(|(_, one)| one.kernel.clone()).collect();
                let Everybody { placings, main_loops } = contest.everybody(shapes, clock, &known)?;
                all.placings.extend(placings);
                all.main_loops.extend(main_loops);
            }
            Ok(all)
        })
    }

    /// Decides every shape.
    pub(crate) fn outcomes(&self, shapes: &[NamedShape], target: &Target) -> Result<Vec<Outcome>, Failure> {
        for shape in shapes {
            for contest in [&self.asked, &self.eight_bits, &self.floats] {
                contest.check_depth(shape)?;
            }
        }
        match &target.clock {
            Some(clock) => clock.alone(|| self.decide_all(shapes, target)),
            None => self.decide_all(shapes, target),
        }
    }

    fn decide_all(&self, shapes: &[NamedShape], target: &Target) -> Result<Vec<Outcome>, Failure> {
        let measured = target.is_measured();
        let watch =
            |contest: &Contest| target.clock.as_ref().map(|clock| Stopwatch::new(contest, clock)).transpose();
        let watches = [watch(&self.asked)?, watch(&self.eight_bits)?, watch(&self.floats)?];
        // What 8 bits can be multiplied with, too, does not need fewer.
        let eight: Vec<Strategy> =
            self.eight_bits.entrants.iter().map(|entrant| entrant.kernel.plan().spec.strategy).collect();
        let low = |strategy: Strategy| !eight.contains(&strategy);
        let none = |_: Strategy| false;
        let bar = progress(shapes.len(), &format!("{}: shapes", target.core.name));
        shapes
            .iter()
            .progress_with(bar)
            .map(|shape| {
                Ok(Outcome {
                    shape: shape.clone(),
                    asked: self.asked.decide(shape, watches[0].as_ref(), measured, &low)?,
                    eight_bits: self.eight_bits.decide(shape, watches[1].as_ref(), measured, &none)?,
                    floats: self.floats.decide(shape, watches[2].as_ref(), measured, &none)?,
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen::Choice;
    use qgen_spec::Tile;

    /// Distances of the kernels that are timed at a shape, in their order, with those of their variants.
    fn distances(core: Core, prefetch: Option<u16>) -> Vec<(u16, Option<u16>)> {
        let side = Operand::of_bits(4).unwrap();
        let request = Request {
            lhs: side,
            rhs: side,
            tile: Some(Tile::new(1, 8)),
            strategy: Some(Choice::One(Strategy::Byte)),
            prefetch,
            ..Request::floats()
        };
        let shape = NamedShape::parse("1x64x256").unwrap();
        let target = Target { name: core.name.clone(), core, clock: None };
        let contest = Contest::new(&request, &target).unwrap();
        let contest = contest.with_variants(std::slice::from_ref(&shape), &target.core);
        let prefetch = |at: usize| contest.entrants[at].kernel.plan().spec.prefetch;
        let ranked = contest.ranking(&shape).into_iter();
        ranked.map(|(at, _)| (prefetch(at), contest.entrants[at].variant.map(prefetch))).collect()
    }

    #[test]
    fn favourites_are_tried_with_and_without_requests_for_lines() {
        let a53 = || Core::built_in("cortex-a53").unwrap();
        let found = distances(a53(), None);
        assert!(!found.is_empty() && found.iter().all(|one| *one == (0, Some(AHEAD))), "{found:?}");
        let alone = "name = \"alone\"\ntitle = \"Alone\"\nlike = \"cortex-a53\"\n[prefetch]\nhardware = false\n\
                     distance = 512\nsource = \"made up\"";
        assert_eq!(distances(Core::from_toml(alone).unwrap(), None), [(512, Some(0))]);
        // What was said is not tried otherwise.
        assert_eq!(distances(a53(), Some(64)), [(64, None)]);
        assert!(distances(a53(), Some(0)).iter().all(|one| *one == (0, None)));
    }
}
