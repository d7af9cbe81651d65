//! Planning: a request becomes a complete specification, with its limits and its register budget.
//!
//! ```text
//!   Request ──► candidates (strategy × storage × register tile × unroll)
//!                  │  headroom: what does the operand range allow?      (headroom)
//!                  │  narrow: may several values share a byte?          (narrow)
//!                  │  budget: do the registers suffice?                 (budget)
//!                  │  bound: what could the core make of it?            (core)
//!                  ▼
//!               best KernelSpec ──► Plan: + period between widenings, found by running one k-block
//!                                          over intervals                (period)
//! ```

mod budget;
mod candidates;
mod headroom;
mod lanes;
mod narrow;
mod period;
mod prefetch;
mod search;
mod sides;
mod tiles;
mod ways;

pub use budget::{Budget, Stays};
pub use candidates::{candidates, open_strategies};
pub(crate) use headroom::adds_halves;
pub use headroom::{byte_depth, lane_sum_fits};
pub use lanes::{LaneRange, lane_ranges};
pub(crate) use period::{growth, products};
pub use prefetch::read_prefetch;
pub(crate) use prefetch::{FARTHEST, STEP};
pub(crate) use search::plan_and;
pub use search::{plan, storages};
pub use sides::Sides;
pub use tiles::usual_tiles;
pub(crate) use ways::{Way, ways};

use crate::core::{Addressing, Core};
use qgen_spec::{
    Descriptor, Diagnostic, End, Field, Isa, KernelSpec, Operand, Range, Storage, Strategy, Tile,
};

/// [`Request::per_byte`] where any number will do: of those that fit the right side's values the one with the
/// fastest main loop by the model, of equals the one with the most values in a byte.
pub const ANY_PER_BYTE: u8 = 0;

/// What a user asks for. What is left out is chosen by the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The left side.
    pub lhs: Operand,
    /// The right side, as given (the planner may store it shifted or negated).
    pub rhs: Operand,
    /// What one call computes.
    pub tile: Option<Tile>,
    /// How.
    pub strategy: Option<Choice>,
    /// The instruction-set level that may be used.
    pub isa: Option<Isa>,
    /// Blocks per iteration of the main loop.
    pub unroll: Option<u16>,
    /// The form for short k, see [`KernelSpec::short`].
    pub short: bool,
    /// What is made of sums before they are stored.
    pub end: End,
    /// Values of the right side in a byte: 1, 2 or 4, or [`ANY_PER_BYTE`]. Chosen by the planner only where
    /// that is asked for: unpacking costs instructions, and what it buys is memory traffic, which the model of
    /// a core does not see.
    pub per_byte: u8,
    /// How many bytes ahead lines of the packed right side are asked for: a multiple of 64 up to 4096, 0 for not
    /// at all. Left out, the core's table decides.
    pub prefetch: Option<u16>,
}

impl Request {
    /// Both sides of `range`, everything else left to the planner.
    pub fn of(range: Range) -> Request {
        let side = Operand::Int(range);
        Request { lhs: side, rhs: side, ..Request::floats() }
    }

    /// Floats on both sides.
    pub fn floats() -> Request {
        let (lhs, rhs) = (Operand::F32, Operand::F32);
        let (tile, strategy, isa, unroll, prefetch) = (None, None, None, None, None);
        Request { lhs, rhs, tile, strategy, isa, unroll, short: false, end: End::Sums, per_byte: 1, prefetch }
    }
}

impl Request {
    /// Whether a kernel of this specification is among those that are asked for, whatever its operands, its end and
    /// its form for short k.
    pub fn leaves_open(&self, spec: &KernelSpec) -> bool {
        open_strategies(self).contains(&spec.strategy)
            && (self.per_byte == ANY_PER_BYTE || self.per_byte == spec.per_byte)
            && self.isa.is_none_or(|isa| spec.isa() <= isa)
            && self.tile.is_none_or(|tile| tile == spec.tile)
            && self.unroll.is_none_or(|unroll| unroll == spec.unroll)
            && self.prefetch.is_none_or(|prefetch| prefetch == spec.prefetch)
    }
}

/// A strategy, or a family of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `widen`: the form that holds the whole tile in registers; where both do, the faster.
    Widen,
    /// One strategy.
    One(Strategy),
}

impl Choice {
    /// Reads a strategy's name, or `widen`.
    ///
    /// # Errors
    /// If there is no such strategy.
    pub fn parse(text: &str) -> Result<Choice, Diagnostic> {
        if text == "widen" { Ok(Choice::Widen) } else { text.parse().map(Choice::One) }
    }
}

/// A kernel that can be lowered.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The complete specification.
    pub spec: KernelSpec,
    /// k-blocks between two widenings to 32 bits; `None` if a whole k never needs one.
    pub period: Option<u32>,
    /// k-blocks that lanes hold, where that is less than 32-bit results allow and nothing is widened on the
    /// way: the most that a kernel with an end can sum, which has no place for a sum that is not whole.
    pub deepest: Option<u32>,
    /// Vector registers that the main loop needs.
    pub budget: Budget,
    /// How pointers walk.
    pub addressing: Addressing,
    /// Whether a store that moves its pointer takes no more of the core than one that does not.
    pub stores_move: bool,
    /// Bytes of the core's cache lines.
    pub line: u32,
    /// The side that stays in registers.
    pub stays: Stays,
}

impl Plan {
    /// Checks `spec` and finds its period.
    ///
    /// # Errors
    /// If the strategy cannot hold the ranges or the tile, with the arithmetic.
    pub fn new(spec: KernelSpec, core: &Core) -> Result<Plan, Diagnostic> {
        let (m, n) = (spec.tile.m, spec.tile.n);
        let sub = spec.register_tile;
        for tile in [spec.tile, sub] {
            Tile::checked(tile.m.into(), tile.n.into())?;
        }
        if m % sub.m != 0 || n % sub.n != 0 {
            return Err(Diagnostic::new(
                Field::Tile,
                format!("the register tile {sub} does not divide the tile {}", spec.tile),
                "choose divisors of both sides",
            ));
        }
        check_unroll(spec.unroll)?;
        prefetch::check(spec.prefetch)?;
        if !core.isa.contains(&spec.isa()) {
            return Err(Diagnostic::new(
                Field::Core,
                format!(
                    "{} does not have {}, which {} needs for these operands",
                    core.name,
                    spec.isa(),
                    spec.strategy
                ),
                "choose a core that has it, or another strategy",
            ));
        }
        headroom::check_forms(&spec)?;
        narrow::check(&spec)?;
        headroom::check(&spec)?;
        headroom::check_short(&spec)?;
        check_end(spec.strategy, spec.end)?;
        budget::check_shape(&spec)?;
        if spec.k_block != headroom::k_block(&spec) {
            return Err(Diagnostic::new(
                Field::Kernel,
                format!(
                    "`{}` has k-blocks of {}, not of {}",
                    spec.strategy,
                    headroom::k_blocks(&spec),
                    spec.k_block
                ),
                "use the name that `qgen list` prints",
            ));
        }
        let budget = Budget::of(&spec);
        budget.check(&spec)?;
        check_length(&spec)?;
        let addressing = core.addressing;
        let held = period::find(&spec, addressing)?;
        let (period, deepest) = if spec.end == End::Sums { (held, None) } else { (None, held) };
        let stays = Stays::usual(&spec);
        let stores_move = core.write_back.as_ref().is_none_or(|cost| cost.slots == 0);
        let line = core.memory.line;
        Ok(Plan { spec, period, deepest, budget, addressing, stores_move, line, stays })
    }

    /// The kernel as data.
    pub fn descriptor(&self) -> Descriptor {
        let held = self.deepest.map_or(u32::MAX, |blocks| blocks.saturating_mul(self.spec.k_block.into()));
        let k_limit = period::k_limit(&self.spec).min(held);
        let depth = self.period.map_or(k_limit, |p| p.saturating_mul(self.spec.k_block.into()));
        Descriptor { spec: self.spec.clone(), depth_limit: depth, k_limit }
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let s = &self.spec;
        writeln!(f, "strategy       {}", s.strategy)?;
        writeln!(f, "left side      {}, {}", s.lhs, s.lhs_layout())?;
        writeln!(f, "right side     {}, {} as {}, {}", s.rhs, s.storage, s.rhs_stored(), s.rhs_layout())?;
        if s.per_byte > 1 {
            let signed = if s.rhs_signed() { "signed" } else { "unsigned" };
            let bits = 8 / s.per_byte;
            writeln!(
                f,
                "               {} values a byte, unpacked as {signed} {bits}-bit values",
                s.per_byte
            )?;
        }
        let subs = (s.tile.m / s.register_tile.m) as u32 * (s.tile.n / s.register_tile.n) as u32;
        writeln!(f, "tile           {}, in {subs} register tile(s) of {}", s.tile, s.register_tile)?;
        writeln!(f, "registers      {}", self.budget)?;
        writeln!(f, "main loop      {} k-block(s) of {} per iteration", s.unroll, s.k_block)?;
        if s.prefetch > 0 {
            let (ahead, line) = (s.prefetch, self.line);
            writeln!(
                f,
                "prefetch       of the right side, {ahead} bytes ahead, a request for every line of {line} bytes"
            )?;
        }
        match self.period {
            Some(p) => writeln!(f, "widening       every {p} k-blocks (k = {})", p * u32::from(s.k_block))?,
            None if s.short => {
                writeln!(f, "widening       of results, which have 16 bits until they are stored")?;
            }
            None if s.widen_in_loop => writeln!(f, "widening       in the main loop, once per iteration")?,
            None => writeln!(f, "widening       once, at the end")?,
        }
        if s.end != End::Sums {
            writeln!(f, "output         {}: {}", s.end, s.end.steps(s.strategy == Strategy::F32))?;
        }
        let k_limit = self.descriptor().k_limit;
        match self.deepest {
            Some(_) => write!(
                f,
                "k limit        {k_limit} (what lanes hold: with an end there is no sum on the way)"
            ),
            None => write!(f, "k limit        {k_limit} ({}-bit results)", if s.short { 16 } else { 32 }),
        }
    }
}

/// Reads an unroll factor as users write it.
///
/// # Errors
/// If it is none of the possible ones.
pub fn read_unroll(text: &str) -> Result<u16, Diagnostic> {
    let unroll: u16 = text.parse().map_err(|_| {
        let problem = format!("`{text}` is not a number of k-blocks");
        Diagnostic::new(Field::Unroll, problem, "choose 1, 2, 4, 8 or 16")
    })?;
    // The planner would say it, too, but only where nothing else is wrong.
    check_unroll(unroll).map(|()| unroll)
}

/// Reads whether the form for short k is wanted.
///
/// # Errors
/// If it is neither yes nor no.
pub fn read_short_k(text: &str) -> Result<bool, Diagnostic> {
    text.parse().map_err(|_| {
        let problem = format!("`{text}` is neither true nor false");
        Diagnostic::new(Field::ShortK, problem, "write short_k = true, or leave it out")
    })
}

/// Whether sums of a strategy can end so.
pub(crate) fn check_end(strategy: Strategy, end: End) -> Result<(), Diagnostic> {
    if strategy != Strategy::F32 || !end.is_byte() {
        return Ok(());
    }
    let problem = format!("sums of floats are not requantised to {end}");
    Err(Diagnostic::new(Field::Output, problem, "choose f32, which clamps them, or leave output out"))
}

fn check_unroll(unroll: u16) -> Result<(), Diagnostic> {
    if unroll.is_power_of_two() && unroll <= 16 {
        return Ok(());
    }
    Err(Diagnostic::new(
        Field::Unroll,
        format!("a loop cannot be unrolled {unroll} times"),
        "choose 1, 2, 4, 8 or 16",
    ))
}

/// Longest main loop, in vector multiplications of 16 bytes: with loads and widening its instructions fill the first
/// level of caches. So registers have numbers, and branches reach.
const LONGEST: usize = 4096;

/// Whether the main loop stays within reason: names may ask for any k-block that ranges allow.
fn check_length(spec: &KernelSpec) -> Result<(), Diagnostic> {
    let block = spec.register_tile.area() * usize::from(spec.k_block).div_ceil(16);
    let all = block * usize::from(spec.unroll);
    if all <= LONGEST {
        return Ok(());
    }
    Err(Diagnostic::new(
        Field::Unroll,
        format!(
            "a main loop of {} k-block(s) of {} for {} multiplies {all} times; {LONGEST} is the most",
            spec.unroll, spec.k_block, spec.register_tile
        ),
        "unroll less, or take a shorter k-block or a smaller tile",
    ))
}

/// Reads how many values of the right side share a byte, as users write it.
///
/// # Errors
/// If it is none of the possible counts.
pub fn read_per_byte(text: &str) -> Result<u8, Diagnostic> {
    if text == "any" {
        return Ok(ANY_PER_BYTE);
    }
    text.parse().ok().filter(|count| [1, 2, 4].contains(count)).ok_or_else(|| {
        let problem = format!("`{text}` is not a number of values that share a byte");
        Diagnostic::new(Field::PerByte, problem, "choose 1, 2 or 4, or any for the fastest of them")
    })
}

/// Everything in a specification but the numbers that the planner finds.
pub(crate) fn spec_of(
    request: &Request,
    strategy: Strategy,
    storage: Storage,
    tile: Tile,
    core: &Core,
) -> KernelSpec {
    let mut spec = KernelSpec {
        strategy,
        tile,
        lhs: request.lhs,
        rhs: request.rhs,
        storage,
        per_byte: request.per_byte,
        in_place: false,
        register_tile: tile,
        k_block: 1,
        unroll: request.unroll.unwrap_or(1),
        widen_in_loop: false,
        short: request.short,
        prefetch: 0,
        end: request.end,
        core: core.name.clone().into(),
    };
    spec.k_block = headroom::k_block(&spec);
    spec.prefetch = request.prefetch.unwrap_or_else(|| prefetch::usual(&spec, core));
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile_name;

    fn refused(name: &str) -> String {
        compile_name(name).map(|kernel| kernel.name().to_owned()).unwrap_err().to_string()
    }

    /// Names can say what no planner asks for: the code would be wrong, or another's.
    #[test]
    fn forms_that_a_strategy_does_not_have_are_refused() {
        let widens = "has no short sums that its main loop could widen (w); leave out the w, or choose wideninner or fip";
        let reads = "in place: there is nothing to choose (i); leave out the i, or choose dotouter or f32";
        for (name, said) in [
            ("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1w_cortex_a53", widens),
            ("qgen_byte_4x4_lm8to7_rm8to7neg_t4x4k32u1woi8_cortex_a53", widens),
            ("qgen_bits_4x4_lm2to1_rm2to1subm2_t4x4k128u1w_cortex_a72", widens),
            ("qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1w_cortex_a72", widens),
            ("qgen_widenouter_8x8_l0to15_r0to15_t8x8k2u1w_cortex_a72", widens),
            ("qgen_mmla_8x8_lm8to7_rm8to7_t8x8k8u1w_neoverse_v1", widens),
            ("qgen_f32_8x8_lf32_rf32_t8x8k1u1w_cortex_a72", widens),
            ("qgen_widenouter_8x8_l0to15_r0to15_t8x8k2u1i_cortex_a72", reads),
            ("qgen_mmla_8x8_lm8to7_rm8to7_t8x8k8u1i_neoverse_v1", reads),
            ("qgen_bits_4x4_lm2to1_rm2to1subm2_t4x4k128u1i_cortex_a72", reads),
            ("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1i_cortex_a72", reads),
            ("qgen_bits_4x4_lm2to1_rm2to1_t4x4k128u1_cortex_a72", "it is stored minus -2, not kept"),
            ("qgen_bits_4x4_lm2to1_rm2to1neg_t4x4k128u1_cortex_a72", "it is stored minus -2, not negated"),
            ("qgen_bits_4x4_lm1to1_rm1to1neg_t4x4k128u1_cortex_a72", "it is stored kept, not negated"),
            ("qgen_wideninner_4x4_lm8to7_rbinsub100_t4x4k16u1_cortex_a72", "stored as it is, not minus 100"),
            ("qgen_byte_4x4_lbin_rbinnegp4_t4x4k64u1_cortex_a53", "stored as it is, not negated"),
        ] {
            let found = refused(name);
            assert!(found.starts_with("kernel: ") && found.contains(said), "{name}: {found}");
        }
    }

    /// Any k-block that ranges allow can be named: one of which no main loop should be made is refused.
    #[test]
    fn main_loops_have_a_length() {
        for (name, said) in [
            ("qgen_byte_3x4_lm1to1_rm1to1_t3x4k2032u4_cortex_a53", "multiplies 6096 times; 4096 is the most"),
            ("qgen_byte_3x4_l0to0_r0to0_t3x4k32752u16_cortex_a53", "is the most"),
            ("qgen_byte_3x4_l0to0_r0to0_t3x4k17u1_cortex_a53", "multiples of 16 up to 5456 for these ranges"),
        ] {
            let found = refused(name);
            assert!(found.contains(said), "{name}: {found}");
        }
        let core = Core::built_in("cortex-a53").unwrap();
        let longest = "qgen_byte_3x4_lm1to1_rm1to1_t3x4k2032u2_cortex_a53";
        assert!(Plan::new(longest.parse().unwrap(), &core).is_ok());
    }
}
