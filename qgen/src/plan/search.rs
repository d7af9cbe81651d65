//! The choice among candidates: by the core's bound, with ties going to the simpler code.

use super::tiles::usual_tiles;
use super::{
    Budget, Choice, Plan, Request, Stays, Way, budget, check_unroll, headroom, narrow, prefetch, spec_of,
    ways,
};
use crate::core::Core;
use crate::lower::share_accumulators;
use qgen_spec::{Diagnostic, Diagnostics, Field, Isa, KernelSpec, Operand, Storage, Strategy, Tile};

/// Plans the best kernel for `request` on `core`. Deterministic.
///
/// # Errors
/// Why none can be made: for one named strategy its own reason, else that of the most promising.
pub fn plan(request: &Request, core: &Core) -> Result<Plan, Diagnostics> {
    // Bounds say it all here: the first plan is taken.
    plan_and(request, core, Ok, |_| f64::INFINITY)
}

/// Candidates of which something is made before the best is taken: each takes time, also the user's who
/// waits for a macro.
const MADE: usize = 6;

/// Of kernels that are made: less of a gain is not worth that the simpler one is passed over.
const GAIN: f64 = 1.01;

/// Above what is reached: a bound must be by so much for the candidate to be made. Few reach theirs.
const HOPE: f64 = 1.03;

/// The built-in cores that have a level of instructions.
fn having(isa: Isa) -> String {
    let has = |name: &&str| Core::built_in(name).is_ok_and(|core| core.isa.contains(&isa));
    Core::names().filter(has).collect::<Vec<_>>().join(", ")
}

/// What `make` makes of the plans for `request` on `core`: the best by `reach`, in multiply-accumulates per
/// cycle. They are made in the order of their bounds, until no other bound is above what is reached.
///
/// # Errors
/// As [`plan`]; what `make` says of the most promising plan, where it refuses all.
pub(crate) fn plan_and<T>(
    request: &Request,
    core: &Core,
    mut make: impl FnMut(Plan) -> Result<T, Diagnostics>,
    reach: impl Fn(&T) -> f64,
) -> Result<T, Diagnostics> {
    if let Some(tile) = request.tile {
        Tile::checked(tile.m.into(), tile.n.into())?;
    }
    let best_isa = core.isa.iter().max().copied().unwrap_or(Isa::Neon);
    let isa = request.isa.unwrap_or(best_isa);
    if !core.isa.contains(&isa) {
        let names: Vec<_> = core.isa.iter().map(|i| i.as_str()).collect();
        let problem = format!("{} does not have {isa}", core.name);
        let help = format!("it has {}; for {isa} name a core that has it: {}", names.join(", "), having(isa));
        return Err(Diagnostic::new(Field::Isa, problem, help).into());
    }
    if let Some(Err(error)) = request.unroll.map(check_unroll) {
        // Everything else that is wrong, too.
        let others = plan(&Request { unroll: None, ..request.clone() }, core).err();
        return Err(Diagnostics([vec![error], others.map_or(Vec::new(), |all| all.0)].concat()));
    }
    if let Some(Err(error)) = request.prefetch.map(prefetch::check) {
        let others = plan(&Request { prefetch: None, ..request.clone() }, core).err();
        return Err(Diagnostics([vec![error], others.map_or(Vec::new(), |all| all.0)].concat()));
    }
    if let Err(error) = narrow::check_request(request) {
        let others = plan(&Request { per_byte: 1, ..request.clone() }, core).err();
        return Err(Diagnostics([vec![error], others.map_or(Vec::new(), |all| all.0)].concat()));
    }
    let (mut errors, mut beyond) = (Vec::new(), Vec::new());
    let mut strategies = strategies(request);
    strategies.retain(|&strategy| {
        let needed = strategy.isa();
        if needed > isa {
            let problem = format!("strategy {strategy} needs {needed}, and no more than {isa} may be used");
            let help = if core.isa.contains(&needed) {
                format!("allow isa {needed}, or choose another strategy")
            } else {
                let having = having(needed);
                format!(
                    "{} does not have it: choose another strategy, or a core that does: {having}",
                    core.name
                )
            };
            beyond.push(Diagnostic::new(Field::Strategy, problem, help));
        }
        needed <= isa
    });
    let mut candidates = Vec::new();
    let counts = narrow::counts(request);
    for (strategy, request) in strategies.iter().flat_map(|&s| counts.iter().map(move |count| (s, count))) {
        match candidates_of(request, strategy, isa, core) {
            Ok(found) => candidates.push(found),
            // Where several counts are open, the reason is that of one value a byte.
            Err(e) if counts.len() == 1 || request.per_byte == 1 => errors.push(e),
            Err(_) => {}
        }
    }
    // What is best by the bound may still not be possible: lanes or core registers run out. Or it may be far
    // from its bound.
    let mut refused = Vec::new();
    let mut chosen: Option<Chosen<T>> = None;
    let mut made = 0;
    while let Some((strategy, at)) = best(&candidates, request.strategy) {
        let (rank, spec) = candidates[strategy].remove(at);
        if let Some(chosen) = &chosen {
            if made == MADE || 1.0 / rank.cycles <= chosen.reach * HOPE {
                break;
            }
            // What packing costs is in the bounds, and not in what is reached.
            if (spec.strategy, !spec.in_place) == (chosen.strategy, chosen.in_place) {
                continue;
            }
            // `widen` means the form first.
            if request.strategy == Some(Choice::Widen) && (rank.pieces == 1) != (chosen.pieces == 1) {
                continue;
            }
        }
        let form = (spec.strategy, spec.in_place);
        match Plan::new(spec, core).map_err(Diagnostics::from).and_then(&mut make) {
            Ok(kernel) => {
                made += 1;
                let reach = reach(&kernel);
                if chosen.as_ref().is_none_or(|best| reach > best.reach * GAIN) {
                    chosen = Some(Chosen {
                        kernel,
                        reach,
                        pieces: rank.pieces,
                        strategy: form.0,
                        in_place: form.1,
                    });
                }
            }
            // A fault of qgen itself is not passed over.
            Err(e) if e.0.iter().any(|e| e.field == Field::Kernel) => return Err(e),
            Err(e) => refused.push(e),
        }
    }
    if let Some(chosen) = chosen {
        return Ok(chosen.kernel);
    }
    // What asks for the form for short k is to blame before a strategy that nobody named.
    let of_short = |e: &Diagnostics| e.0.first().is_some_and(|e| e.field == Field::ShortK);
    let first = refused.iter().position(of_short).unwrap_or(0);
    match refused.into_iter().nth(first) {
        Some(first) => Err(first),
        None => {
            // Nobody named a strategy: what none of them can do is the reason before what the first cannot, and
            // instructions that are not allowed are none while another strategy is to blame.
            errors.sort_by_key(|e: &Diagnostic| e.field == Field::Strategy);
            Err(Diagnostics(errors.into_iter().chain(beyond).take(1).collect()))
        }
    }
}

/// The best of what is made so far.
struct Chosen<T> {
    kernel: T,
    /// Multiply-accumulates per cycle.
    reach: f64,
    /// Register tiles in the tile.
    pieces: u32,
    strategy: Strategy,
    /// How its left side is read, if there are two ways.
    in_place: bool,
}

/// The best of each strategy's candidates, and of these the best.
fn best(candidates: &[Vec<(Rank, KernelSpec)>], choice: Option<Choice>) -> Option<(usize, usize)> {
    let rank = |(strategy, at): (usize, usize)| &candidates[strategy][at].0;
    let mut best: Option<(usize, usize)> = None;
    for (strategy, list) in candidates.iter().enumerate() {
        let of_strategy = (0..list.len()).map(|at| (strategy, at));
        let first = of_strategy.reduce(|a, b| if rank(b).beats(rank(a), None) { b } else { a });
        best = match (best, first) {
            (Some(a), Some(b)) => Some(if rank(b).beats(rank(a), choice) { b } else { a }),
            (a, b) => a.or(b),
        };
    }
    best
}

fn strategies(request: &Request) -> Vec<Strategy> {
    match request.strategy {
        Some(Choice::One(strategy)) => vec![strategy],
        Some(Choice::Widen) => vec![Strategy::WidenInner, Strategy::WidenOuter],
        None if request.lhs == Operand::F32 || request.rhs == Operand::F32 => vec![Strategy::F32],
        None => {
            vec![
                Strategy::Mmla,
                Strategy::DotOuter,
                Strategy::Dot,
                Strategy::Bits,
                Strategy::Fip,
                Strategy::Byte,
                Strategy::WidenInner,
                Strategy::Pair8,
                Strategy::WidenOuter,
            ]
        }
    }
}

/// What a candidate is judged by.
struct Rank {
    /// Cycles per multiply-accumulate at best.
    cycles: f64,
    /// Register tiles in the tile.
    pieces: u32,
    /// Instructions of the main loop per multiply-accumulate.
    instructions: f64,
}

impl Rank {
    fn beats(&self, other: &Rank, choice: Option<Choice>) -> bool {
        // `widen` means the form that holds the tile at once, before it means the faster.
        if choice == Some(Choice::Widen) && (self.pieces == 1) != (other.pieces == 1) {
            return self.pieces == 1;
        }
        // A hundredth is not worth more register tiles. Of equals, one with clearly fewer instructions is nearer to
        // its bound.
        let fewer = (self.pieces, self.instructions * 1.08) < (other.pieces, other.instructions);
        self.cycles < other.cycles * 0.99 || (self.cycles < other.cycles * 1.005 && fewer)
    }
}

/// Register tiles looked at in earnest for one strategy and tile.
const EARNEST: usize = 4;
/// Longest main loop that is made by unrolling.
const LONGEST: usize = 200;
/// The same where the loop also widens: as many k-blocks as lanes last, within a page of code.
const LONGEST_IN_LOOP: usize = 400;

/// What is worth a try, in the order in which equals are preferred; never empty.
fn candidates_of(
    request: &Request,
    strategy: Strategy,
    isa: Isa,
    core: &Core,
) -> Result<Vec<(Rank, KernelSpec)>, Diagnostic> {
    let tiles = match request.tile {
        Some(tile) => vec![tile],
        None => usual_tiles(strategy),
    };
    let mut found = Vec::new();
    let mut error = None;
    let stored = |tile| {
        let base = spec_of(request, strategy, Storage::Keep, tile, core);
        let mut forms: Vec<(Storage, bool)> = Vec::new();
        for storage in narrow::storages(&base, isa) {
            // In place first: of equals that is the one whose left side nobody packs.
            forms.extend(strategy.may_read_in_place().then_some((storage, true)));
            forms.push((storage, false));
        }
        // How deep sums may be depends on it.
        forms.into_iter().map(move |(storage, in_place)| {
            let mut spec = KernelSpec { storage, in_place, k_block: 1, ..base.clone() };
            spec.k_block = headroom::k_block(&spec);
            spec
        })
    };
    for mut base in tiles.into_iter().flat_map(stored) {
        if let Err(e) = narrow::check(&base).and_then(|()| headroom::check(&base)) {
            error.get_or_insert(e);
            continue;
        }
        let mut candidates = register_tiles(&base);
        if candidates.is_empty() {
            base.k_block = headroom::k_block(&base);
            let e = budget::check_shape(&base).and_then(|()| Budget::of(&base).check(&base));
            error.get_or_insert(e.expect_err("a tile without register tiles fails a check"));
        }
        // The usual tiles are register tiles: no parts of them need be looked at.
        let most = if request.tile.is_some() { EARNEST } else { 1 };
        candidates.truncate(most);
        if let Some(depth) = headroom::deeper_bytes(&base) {
            let deeper = register_tiles(&KernelSpec { k_block: 16 * depth, ..base.clone() });
            candidates.extend(deeper.into_iter().take(most));
        }
        candidates.extend(in_loop(&base, request));
        for spec in candidates {
            let (rank, spec) = match best_unroll(request, &spec, core) {
                Ok(best) => best,
                Err(e) => {
                    error.get_or_insert(e);
                    continue;
                }
            };
            found.push((Rank { cycles: rank.cycles + packing_share(&spec, core), ..rank }, spec));
        }
    }
    if found.is_empty() {
        let none = || Diagnostic::new(Field::Tile, "no tile fits", "leave the tile to the planner");
        return Err(error.unwrap_or_else(none));
    }
    Ok(found)
}

/// The ways to store the packed side among which the planner chose, each with the plan that it would
/// have led to.
pub fn storages(spec: &KernelSpec, core: &Core) -> Vec<(Storage, Result<Plan, Diagnostic>)> {
    let plan = |storage| {
        let mut spec = KernelSpec { storage, ..spec.clone() };
        spec.k_block = headroom::k_block(&spec);
        (storage, Plan::new(spec, core))
    };
    headroom::storages(spec).into_iter().map(plan).collect()
}

/// Register tiles that divide the tile and fit the registers, the largest and squarest first.
fn register_tiles(base: &KernelSpec) -> Vec<KernelSpec> {
    let divisors = |side: u8| (1..=side).filter(move |d| side.is_multiple_of(*d));
    let mut found = Vec::new();
    for m in divisors(base.tile.m) {
        for n in divisors(base.tile.n) {
            let mut spec = KernelSpec { register_tile: Tile::new(m, n), ..base.clone() };
            spec.k_block = headroom::k_block(&spec);
            // Whole eights of columns, where there are any, have the shorter end.
            let eights = |tile: Tile| share_accumulators(base.strategy, tile.n);
            let as_short = eights(spec.register_tile) || !eights(base.tile);
            if as_short && budget::check_shape(&spec).is_ok() && Budget::of(&spec).check(&spec).is_ok() {
                found.push(spec);
            }
        }
    }
    found.sort_by_key(|s| {
        let t = s.register_tile;
        (std::cmp::Reverse(t.area()), t.m.abs_diff(t.n), t.m)
    });
    found
}

/// Where 16-bit lanes last for fewer k-blocks than this, widening them in the main loop is tried.
const FEW_BLOCKS: i64 = 64;

/// Register tiles whose short sums are widened in the loop, with as many k-blocks as lanes last.
fn in_loop(base: &KernelSpec, request: &Request) -> Vec<KernelSpec> {
    let blocks = headroom::blocks_in_16_bits(base);
    // Sums of 16 bits to the end are widened nowhere.
    if !base.strategy.may_widen_in_loop() || base.short || !(1..FEW_BLOCKS).contains(&blocks) {
        return Vec::new();
    }
    let most = 1 << blocks.ilog2().min(4);
    let mut unrolls = vec![1, 2, most];
    unrolls.dedup();
    let mut found = Vec::new();
    for unroll in unrolls.into_iter().filter(|&u| u <= most && request.unroll.is_none_or(|r| r == u)) {
        let base = KernelSpec { unroll, widen_in_loop: true, ..base.clone() };
        let mut tiles = register_tiles(&base);
        tiles.truncate(EARNEST);
        found.extend(tiles);
    }
    found
}

/// Columns of the matrix that kernels are planned for, where the left side may be packed or not: its packing
/// is a part of as many columns' work.
const COLUMNS: f64 = 64.0;

/// Cycles per multiply-accumulate that the packing of the left side takes, where there is a way without it.
fn packing_share(spec: &KernelSpec, core: &Core) -> f64 {
    if spec.in_place || !spec.strategy.may_read_in_place() {
        return 0.0;
    }
    crate::estimate::left_side(spec, core) / (32.0 * COLUMNS)
}

/// Cycles per multiply-accumulate that the flush of full 16-bit lanes takes, at least about: results are
/// loaded, added to and stored, and sums begin again. None where lanes last until k reaches its limit.
fn flush_share(spec: &KernelSpec, core: &Core) -> f64 {
    let blocks = headroom::blocks_in_16_bits(spec);
    if spec.widen_in_loop || spec.short || blocks == i64::MAX {
        return 0.0;
    }
    let unroll = i64::from(spec.unroll);
    let period = (blocks / unroll * unroll).max(1) as f64;
    let depth = period * f64::from(spec.k_block);
    if depth >= f64::from(spec.k_limit()) {
        return 0.0;
    }
    let area = spec.register_tile.area() as f64;
    let instructions = match spec.strategy {
        // A register of eight sums: two each of loads, additions and stores, and it is set to zero.
        Strategy::WidenOuter => area * 7.0 / 8.0,
        // Each result has a register of sums.
        _ => 4.0 * area + 8.0 * f64::from(spec.register_tile.m),
    };
    instructions / f64::from(core.width) / (depth * area)
}

/// The way through memory that has the least bound, and of these the fewest instructions.
fn shortest(spec: &KernelSpec, core: &Core) -> Way {
    let before =
        |a: &Way, b: &Way| a.bound.total_cmp(&b.bound).then(a.body.insts.len().cmp(&b.body.insts.len()));
    ways(spec, Stays::usual(spec), core).min_by(before).expect("there are several ways")
}

fn best_unroll(request: &Request, spec: &KernelSpec, core: &Core) -> Result<(Rank, KernelSpec), Diagnostic> {
    let factors: &[u16] = match &request.unroll {
        _ if spec.widen_in_loop => std::slice::from_ref(&spec.unroll),
        Some(one) => std::slice::from_ref(one),
        None => &[1, 2, 4],
    };
    let mut best: Option<(Rank, KernelSpec)> = None;
    for &unroll in factors {
        if flush_share(spec, core) > 0.0 && i64::from(unroll) > headroom::blocks_in_16_bits(spec) {
            continue;
        }
        let spec = KernelSpec { unroll, ..spec.clone() };
        let Way { body, bound, .. } = shortest(&spec, core);
        if spec.widen_in_loop && body.insts.len() > LONGEST_IN_LOOP {
            continue;
        }
        let macs = (spec.register_tile.area() * usize::from(spec.k_block) * usize::from(unroll)) as f64;
        let cycles = bound / macs + flush_share(&spec, core);
        let long = body.insts.len() > LONGEST && best.is_some();
        if !long && best.as_ref().is_none_or(|(rank, _)| cycles < rank.cycles * 0.995) {
            let pieces = (spec.tile.area() / spec.register_tile.area()) as u32;
            best = Some((Rank { cycles, pieces, instructions: body.insts.len() as f64 / macs }, spec));
        }
        // Larger factors are longer still.
        if body.insts.len() > LONGEST {
            break;
        }
    }
    best.ok_or_else(|| {
        let spec = KernelSpec { unroll: factors[0], ..spec.clone() };
        let why = Plan::new(spec, core).err();
        why.unwrap_or_else(|| Diagnostic::new(Field::Unroll, "no factor fits", "leave it to the planner"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{compile, compile_name};
    use qgen_spec::Range;

    fn range(lo: i16, hi: i16) -> Operand {
        Operand::Int(Range::new(lo, hi).unwrap())
    }

    #[test]
    fn every_strategy_is_tried() {
        let mut tried = strategies(&Request::of(Range::signed(2).unwrap()));
        tried.extend(strategies(&Request::floats()));
        tried.sort_unstable();
        assert_eq!(tried, Strategy::ALL);
    }

    /// Where nobody names a strategy, instructions that the core lacks are no reason.
    #[test]
    fn the_reason_is_that_of_what_could_have_been() {
        let a72 = Core::built_in("cortex-a72").unwrap();
        let request = Request { lhs: range(0, 255), rhs: Operand::Binary, ..Request::floats() };
        let e = compile(&request, &a72).unwrap_err().to_string();
        assert!(e.starts_with("lhs: 0..=255 by -1..=1 mixes unsigned bytes"), "{e}");
        let named = Request { strategy: Some(Choice::One(Strategy::Mmla)), ..request };
        let e = compile(&named, &a72).unwrap_err().to_string();
        assert!(e.starts_with("strategy: strategy mmla needs i8mm"), "{e}");
    }

    /// Sums that never widen are ranked as such: no period limits how far a loop is unrolled.
    #[test]
    fn the_form_for_short_k_is_planned_as_what_it_is() {
        let a72 = Core::built_in("cortex-a72").unwrap();
        let name = "qgen_wideninner_4x4_lm64to63_rm64to63neg_t4x4k16u8s_cortex_a72";
        assert!(compile_name(name).is_ok());
        let request = Request {
            strategy: Some(Choice::One(Strategy::WidenInner)),
            unroll: Some(8),
            short: true,
            ..Request::of(Range::signed(7).unwrap())
        };
        let kernel = compile(&request, &a72).unwrap();
        let spec = &kernel.plan().spec;
        assert!(spec.short && spec.unroll == 8 && !spec.widen_in_loop, "{}", kernel.name());
    }
}
