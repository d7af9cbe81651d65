//! The argument, step by step.

use super::contract::{corrections, result};
use super::control::Control;
use super::ends;
use super::memory::{BEFORE, COL_ADD, LHS, Memory, OUT, RHS, ROW_ADD, STACK, Variable};
use super::overlap::Overlap;
use super::variant::{self, BEFORE_POINTER, Before, Opaque};
use super::{Line, Poly, Refusal};
use crate::domain::{Fault, Interval, Symbolic, Term, Terms};
use crate::interp::Interpreter;
use crate::isa::{Reg, Unit};
use crate::plan::{Plan, growth, products};
use crate::program::{BlockRole, Machine, Program};
use qgen_spec::{Descriptor, End, KernelSpec, ResultBits};

/// What is proved, and what is known from the start.
pub(super) struct Argument<'a> {
    descriptor: &'a Descriptor,
    spec: &'a KernelSpec,
    program: &'a Program<Machine>,
    /// Blocks between two widenings, as the program has it.
    period: Option<i64>,
    /// What a block adds to a 16-bit lane of an accumulator, by the planner's interval run; nothing where
    /// such lanes may wrap.
    grown: Option<Interval>,
}

/// A pass of a loop: how many blocks, and after how many at most.
struct Pass {
    blocks: usize,
    after: i64,
}

impl<'a> Argument<'a> {
    pub(super) fn new(
        descriptor: &'a Descriptor,
        plan: &Plan,
        program: &'a Program<Machine>,
    ) -> Result<Argument<'a>, Refusal> {
        let spec = &descriptor.spec;
        let grown = match spec.short {
            true => None,
            false => growth(spec, plan.addressing).map_err(|e| refusal("growth", &e.to_string()))?,
        };
        let period = variant::period(program).map_err(|Fault(why)| refusal("period", &why))?;
        Ok(Argument { descriptor, spec, program, period: period.map(i64::from), grown })
    }

    pub(super) fn lines(&self) -> Result<Vec<Line>, Refusal> {
        let spec = self.spec;
        let operands = format!(
            "x, left, is in {}; y, right as stored ({}), is in {}",
            spec.lhs,
            spec.storage,
            spec.rhs_stored()
        );
        let mut lines = vec![Line { step: "operands", claim: operands }];
        let mut add = |step, claim| lines.push(Line { step, claim });
        for claim in self.base()? {
            add("base", claim);
        }
        if spec.end != End::Sums {
            self.one_end()?;
            add("end", ends::claim(spec));
        }
        add("control", self.control()?);
        add("growth", self.growth()?);
        for claim in self.overlap()? {
            add("overlap", claim);
        }
        add("induction", self.induction()?);
        add("period", self.period()?);
        self.exact("padding", self.program, 1, 1)?;
        add("padding", "zeros in place of all values of a block but the first add nothing".into());
        for claim in self.limits()? {
            add("limits", claim);
        }
        Ok(lines)
    }

    /// With an end there is nothing to be added later: no flush on the way.
    fn one_end(&self) -> Result<(), Refusal> {
        if self.period.is_some() || !self.program.blocks(BlockRole::FlushMore).is_empty() {
            let why = "sums are widened on the way, and an end is made of whole sums only";
            return Err(refusal("end", why));
        }
        Ok(())
    }

    fn control(&self) -> Result<String, Refusal> {
        Control::check(self.spec, self.program, self.period)
            .map_err(|Fault(why)| refusal("control", &why))?;
        let periods = if self.period.is_some() { "periods take all blocks, " } else { "" };
        Ok(format!(
            "for every number of blocks {periods}loops take all blocks of their period, and a pass moves counters and \
             pointers by what it uses"
        ))
    }

    fn unroll(&self) -> usize {
        self.spec.unroll.into()
    }

    fn base(&self) -> Result<Vec<String>, Refusal> {
        let unroll = self.unroll();
        let mut runs = vec![0, 1, unroll, unroll + 1];
        if self.program.is_pipelined() {
            runs.extend([2 * unroll, 3 * unroll, 3 * unroll + 1]);
        }
        runs.sort_unstable();
        runs.dedup();
        runs.into_iter()
            .map(|blocks| {
                self.exact("base", self.program, blocks, usize::MAX)?;
                let depth = blocks * usize::from(self.spec.k_block);
                let first = result(self.spec, 0, 0, depth).describe(6, &Variable::name);
                Ok(format!("k = {depth}: every result is exact; out[0][0] = {first}"))
            })
            .collect()
    }

    /// Blocks that 16-bit lanes must hold: a period, or all of k.
    fn held(&self) -> i64 {
        let all = self.descriptor.k_limit.div_ceil(self.spec.k_block.into());
        self.period.unwrap_or(all.into())
    }

    /// The passes of both loops, each at the latest time at which it may run; where passes overlap, the last
    /// one alone (fill and drain), and the last two (with the body between them), if there ever are two.
    fn passes(&self) -> Vec<Pass> {
        let unroll = self.unroll();
        let latest = |blocks: usize| Pass { blocks, after: (self.held() - blocks as i64).max(0) };
        let mut passes = vec![latest(unroll)];
        if unroll > 1 {
            passes.push(latest(1));
        }
        if self.program.is_pipelined() && self.held() >= 2 * unroll as i64 {
            passes.push(latest(2 * unroll));
        }
        passes
    }

    /// The lanes of accumulators after any `blocks` blocks.
    fn lanes(&self, blocks: i64) -> Before {
        match self.grown {
            Some(one) => Before::Within(one.repeated(blocks)),
            None if self.spec.short => Before::Modular,
            None => Before::Words,
        }
    }

    fn growth(&self) -> Result<String, Refusal> {
        let refuse = |why: String| refusal("growth", &why);
        if self.spec.short {
            return Ok(
                "16-bit lanes may wrap: what they hold counts modulo 2¹⁶ until a result is complete".into()
            );
        }
        let Some(one) = self.grown else {
            let what = if self.spec.widen_in_loop {
                "short sums in 16 bits end with each pass"
            } else {
                "nothing is summed in lanes of less than 32 bits"
            };
            return Ok(format!("{what}: accumulators have 32-bit lanes, which are never widened"));
        };
        let opaque = variant::opaque(self.program).map_err(|Fault(why)| refuse(why))?;
        let loops = variant::loops_only(&opaque.program);
        for Pass { blocks, after } in self.passes() {
            let before = variant::before(opaque.accumulators.len(), self.lanes(after));
            let mut memory = Memory::new(self.spec, blocks, usize::MAX, before);
            let mut machine = self.machine(&mut memory, blocks);
            machine.run(&loops).map_err(|Fault(why)| refuse(format!("{blocks} block(s): {why}")))?;
            let allowed = one.repeated(after + blocks as i64);
            for &acc in &opaque.accumulators {
                let terms = machine.v(acc).map_or(&[][..], |v| &v.lanes);
                for (n, lane) in terms.iter().enumerate() {
                    if let Term::Number { range, .. } = lane
                        && !allowed.contains(*range)
                    {
                        return Err(refuse(format!(
                            "lane {n} of v{} may hold {}..={} after {} blocks, not {}..={}",
                            acc.0,
                            range.lo,
                            range.hi,
                            after + blocks as i64,
                            allowed.lo,
                            allowed.hi
                        )));
                    }
                }
            }
        }
        Ok(format!(
            "a block adds {}..={} to a lane of an accumulator: after n blocks it is in n times that",
            one.lo, one.hi
        ))
    }

    /// What goes from pass to pass is nothing but sums; where passes overlap, what the body leaves for the
    /// next pass is what the fill would have made one pass later, and neither touches a sum ahead of its
    /// pass.
    fn overlap(&self) -> Result<Vec<String>, Refusal> {
        let refuse = |why: String| refusal("overlap", &why);
        let fault = |Fault(why): Fault| refuse(why);
        let opaque = variant::opaque(self.program).map_err(fault)?;
        let sums = &opaque.accumulators;
        let Some(overlap) = Overlap::of(&opaque.program, sums).map_err(fault)? else { return Ok(Vec::new()) };
        let unroll = self.unroll();
        // The latest time at which there is a pass after this one.
        let after = (self.held() - 2 * unroll as i64).max(0);
        let before = variant::before(sums.len(), self.lanes(after));
        let mut memory =
            [2, 2].map(|passes| Memory::new(self.spec, passes * unroll, usize::MAX, before.clone()));
        let [first, second] = &mut memory;
        let mut ahead = self.machine(first, 2 * unroll);
        let mut later = self.machine(second, unroll);
        let bytes = [self.spec.lhs_layout(), self.spec.rhs_layout()]
            .map(|layout| (layout.block_bytes() * unroll) as u64);
        later.set_x(Reg(1), LHS + bytes[0]);
        later.set_x(Reg(3), RHS + bytes[1]);
        for block in &overlap.before {
            ahead.block(block).and_then(|()| later.block(block)).map_err(fault)?;
        }
        ahead.block(overlap.fill).and_then(|()| later.block(overlap.fill)).map_err(fault)?;
        ahead.block(overlap.body).map_err(fault)?;
        for (&sum, before) in sums.iter().zip(&before) {
            if later.v(sum) != Some(before) {
                return Err(refuse(format!("v{} is a sum, and is changed ahead of its pass", sum.0)));
            }
        }
        let allowed = self.grown.map(|one| one.repeated(after + unroll as i64));
        for (&sum, allowed) in sums.iter().flat_map(|sum| allowed.map(|allowed| (sum, allowed))) {
            let lanes = ahead.v(sum).map_or(&[][..], |terms| &terms.lanes);
            let inside = |lane: &Term| matches!(lane, Term::Number { range, .. } if allowed.contains(*range));
            if !lanes.iter().all(inside) {
                return Err(refuse(format!("v{} grows by more than its blocks in a pass", sum.0)));
            }
        }
        let handed_on: Vec<_> = overlap
            .handed_on()
            .into_iter()
            .filter(|(unit, reg)| *unit == Unit::X || !sums.contains(reg))
            .collect();
        for &(unit, reg) in &handed_on {
            let same = match unit {
                Unit::V => ahead.v(reg).is_some() && ahead.v(reg) == later.v(reg),
                Unit::X => ahead.x(reg) == later.x(reg),
            };
            if !same {
                let file = if unit == Unit::V { 'v' } else { 'x' };
                return Err(refuse(format!(
                    "after a pass, {file}{} is not what the fill makes of it one pass later",
                    reg.0
                )));
            }
        }
        let vectors = handed_on.iter().filter(|(unit, _)| *unit == Unit::V).count();
        Ok(vec![format!(
            "passes overlap: after each, {vectors} vector register(s), pointers and counter are what the fill \
             makes one pass later, and no sum is touched ahead of its pass"
        )])
    }

    fn induction(&self) -> Result<String, Refusal> {
        for Pass { blocks, after } in self.passes() {
            self.adds_its_products(blocks, after)?;
        }
        let adds = "a pass adds exactly its products, modulo 2³²";
        Ok(match (self.grown, self.period) {
            (Some(_), Some(period)) => format!(
                "with anything that earlier blocks may leave, {adds}, and nothing wraps: {period} blocks (k = {}) \
                 are widened in time",
                period * i64::from(self.spec.k_block)
            ),
            (Some(_), None) => format!(
                "with anything that earlier blocks may leave, {adds}, and nothing wraps up to the largest k"
            ),
            _ if self.spec.short => format!(
                "whatever the accumulators hold modulo 2¹⁶, {adds}; what is widened is a whole result, corrections \
                 included, and nothing else"
            ),
            _ => format!("whatever the accumulators hold, {adds}"),
        })
    }

    fn period(&self) -> Result<String, Refusal> {
        let unroll = self.unroll();
        let Some(period) = self.period else {
            return Ok(if self.spec.widen_in_loop {
                "every pass of the main loop widens the short sums that it begins".into()
            } else {
                "sums are widened once, at the end".into()
            });
        };
        if period <= 0 || period % unroll as i64 != 0 {
            return Err(refusal("period", &format!("{period} blocks are not whole passes of {unroll}")));
        }
        self.adds_to_what_is_stored()?;
        let cut = variant::with_period(self.program, unroll);
        self.exact("period", &cut, 2 * unroll, usize::MAX)?;
        self.exact("period", &cut, 2 * unroll + 1, usize::MAX)?;
        if self.program.is_pipelined() && period >= 2 * unroll as i64 {
            let cut = variant::with_period(self.program, 2 * unroll);
            self.exact("period", &cut, 4 * unroll + 1, usize::MAX)?;
        }
        Ok(format!(
            "the program widens every {period} blocks; a second period adds to what the first one stored, and a \
             last one may be shorter (shown with a period of {unroll})"
        ))
    }

    fn limits(&self) -> Result<Vec<String>, Refusal> {
        let Descriptor { depth_limit, k_limit, .. } = *self.descriptor;
        let depth = self.period.map_or(i64::from(k_limit), |p| p * i64::from(self.spec.k_block));
        if i64::from(depth_limit) > depth {
            return Err(refusal(
                "limits",
                &format!("a depth of {depth_limit} is promised, but sums are widened every {depth}"),
            ));
        }
        let one = products(self.spec);
        let (room, bits) = match self.spec.result_bits() {
            // With either sign: corrections may negate.
            ResultBits::Full => (Interval::new(-i64::from(i32::MAX), i32::MAX.into()), 32),
            ResultBits::Signed16 => (Interval::new(i16::MIN.into(), i16::MAX.into()), 16),
            ResultBits::Unsigned16 => (Interval::new(0, u16::MAX.into()), 16),
        };
        let down = room.lo.checked_div(one.lo).unwrap_or(u32::MAX.into());
        let most = room.hi.checked_div(one.hi).unwrap_or(u32::MAX.into()).min(down);
        let Interval { lo, hi } = one;
        if i64::from(k_limit) > most {
            return Err(refusal(
                "limits",
                &format!(
                    "k = {k_limit} is promised, but {k_limit} products of {lo}..={hi} do not fit {bits} bits; \
                     {most} do"
                ),
            ));
        }
        let Interval { lo: floor, hi: ceiling } = room;
        Ok(vec![
            format!("depth {depth_limit} between widenings"),
            format!(
                "x·y, of the values as they are given, is in {lo}..={hi}: k ≤ {most} keeps every result in \
                 {floor}..={ceiling}; {k_limit} is promised"
            ),
        ])
    }

    fn machine<'m>(&self, memory: &'m mut Memory, blocks: usize) -> Interpreter<'m, Symbolic> {
        let (lhs_stride, out_stride) = (memory.lhs_stride, memory.out_stride);
        let mut machine = Interpreter::new(Symbolic { wraps: self.spec.short }, 32, memory, 1 << 24);
        machine.set_sp(STACK);
        machine.set_x(BEFORE_POINTER, BEFORE);
        for n in 8..16 {
            machine.set_v(Reg(n), Terms { bits: 64, lanes: vec![Term::constant(n.into())] });
        }
        let args = [blocks as u64, LHS, lhs_stride, RHS, OUT, out_stride, ROW_ADD, COL_ADD];
        for (n, arg) in args.into_iter().enumerate() {
            machine.set_x(Reg(n as u16), arg);
        }
        machine
    }

    /// The results of a call of `blocks` blocks, row by row; where it is a later period, on top of what is
    /// `stored`.
    fn call(
        &self,
        program: &Program<Machine>,
        blocks: usize,
        known: usize,
        before: Vec<Terms>,
        stored: bool,
    ) -> Result<Vec<Vec<Poly>>, Fault> {
        let mut memory = Memory::new(self.spec, blocks, known, before);
        memory.stored = stored;
        self.machine(&mut memory, blocks).run(program)?;
        let (m, n) = (usize::from(self.spec.tile.m), usize::from(self.spec.tile.n));
        if memory.written() != m * n {
            return Err(Fault(format!("{} of {} results are written", memory.written(), m * n)));
        }
        let bits = self.spec.result_bits();
        let result = |i: usize, j: usize| {
            if self.spec.end != End::Sums {
                let no_end = |Fault(why)| Fault(format!("out[{i}][{j}]: {why}"));
                let stored = memory.finished(i, j).ok_or_else(|| Fault("nothing is stored".into()));
                return stored.and_then(|term| ends::sum(self.spec, term, j)).map_err(no_end);
            }
            let no_result =
                || Fault(format!("what is stored at out[{i}][{j}] is no result of {bits:?} bits"));
            memory.result(i, j, bits).cloned().ok_or_else(no_result)
        };
        (0..m).map(|i| (0..n).map(|j| result(i, j)).collect()).collect()
    }

    /// A call of `blocks` blocks, whose values at depth `known` and beyond are 0, keeps the contract.
    fn exact(
        &self,
        step: &'static str,
        program: &Program<Machine>,
        blocks: usize,
        known: usize,
    ) -> Result<(), Refusal> {
        let refuse = |why: &str| refusal(step, &format!("{blocks} block(s): {why}"));
        let depth = (blocks * usize::from(self.spec.k_block)).min(known);
        let found =
            self.call(program, blocks, known, Vec::new(), false).map_err(|Fault(why)| refuse(&why))?;
        self.compare(&found, |i, j| result(self.spec, i, j, depth)).map_err(|why| refuse(&why))
    }

    /// With accumulators that hold any sums of `after` blocks, a call of `blocks` blocks has the results
    /// of a call without any, and its own products; as the first period and as a later one, which adds to what
    /// is stored.
    fn adds_its_products(&self, blocks: usize, after: i64) -> Result<(), Refusal> {
        let refuse = |why: &str| refusal("induction", &format!("{blocks} block(s) after {after}: {why}"));
        let fault = |Fault(why): Fault| refuse(&why);
        let Opaque { program, accumulators } = variant::opaque(self.program).map_err(fault)?;
        let before = variant::before(accumulators.len(), self.lanes(after));
        let depth = blocks * usize::from(self.spec.k_block);
        let products = |i, j| result(self.spec, i, j, depth).add_scaled(&corrections(i, j), -1);
        let adds = |program: &Program<Machine>, stored: bool| {
            let without = self.call(program, 0, usize::MAX, before.clone(), stored).map_err(fault)?;
            let found = self.call(program, blocks, usize::MAX, before.clone(), stored).map_err(fault)?;
            self.compare(&found, |i, j| without[i][j].add_scaled(&products(i, j), 1))
                .map_err(|why| refuse(&why))
        };
        adds(&program, false)?;
        if self.period.is_some() {
            adds(&variant::later_periods(&program), true)?;
        }
        Ok(())
    }

    /// A later period without any blocks leaves what is stored.
    fn adds_to_what_is_stored(&self) -> Result<(), Refusal> {
        let refuse = |why: &str| refusal("period", &format!("a later period: {why}"));
        let later = variant::later_periods(self.program);
        let found = self.call(&later, 0, usize::MAX, Vec::new(), true).map_err(|Fault(why)| refuse(&why))?;
        let stored = |i: usize, j: usize| Variable::Out(i as u32, j as u32).poly();
        self.compare(&found, stored).map_err(|why| refuse(&why))
    }

    fn compare(&self, found: &[Vec<Poly>], wanted: impl Fn(usize, usize) -> Poly) -> Result<(), String> {
        for (i, row) in found.iter().enumerate() {
            for (j, found) in row.iter().enumerate() {
                let wanted = wanted(i, j);
                if !found.equals_modulo_32(&wanted) {
                    let text = |p: &Poly| p.describe(6, &Variable::name);
                    let more = found.add_scaled(&wanted, -1);
                    return Err(format!(
                        "out[{i}][{j}] is {}, not {}; the difference is {}",
                        text(found),
                        text(&wanted),
                        text(&more)
                    ));
                }
            }
        }
        Ok(())
    }
}

fn refusal(step: &'static str, why: &str) -> Refusal {
    Refusal { step, why: why.into() }
}
