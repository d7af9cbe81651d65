//! Lessons about a kernel: what each stage of the compiler decided, and why.
//!
//! ```text
//!   Kernel ──► plan · lower · sched · alloc · asm · next    facts, each a file here
//!                                  │
//!                                  ├──► Page    text for people
//!                                  └──► serde   JSON for machines
//! ```
//!
//! Facts come first: a stage is a value computed from the kernel, and what is printed is made of it
//! alone.

mod alloc;
mod asm;
mod lower;
mod next;
mod page;
mod plan;
mod sched;

use crate::failure::Failure;
use page::Page;
use qgen::Kernel;
use serde::Serialize;

/// A stage of the compiler.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The arithmetic: headroom, widening, registers, and what else was possible.
    Plan,
    /// The main loop on registers without end, and what each instruction does.
    Lower,
    /// The order for the core, its units and the bound.
    Sched,
    /// The machine's registers.
    Alloc,
    /// The assembly with a note on every line.
    Asm,
}

/// What there is to say about one kernel.
#[derive(Debug, Serialize)]
pub(crate) struct Lesson {
    kernel: String,
    core: String,
    /// Figures of speed are made by the pipeline model, not measured.
    speed: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<plan::Plan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower: Option<lower::Lower>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sched: Option<sched::Sched>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alloc: Option<alloc::Alloc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    asm: Option<asm::Asm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<next::Next>,
}

impl Lesson {
    /// The lesson about `kernel`: of one stage, or of all.
    pub(crate) fn of(kernel: &Kernel, only: Option<Stage>) -> Result<Lesson, Failure> {
        let wanted = |stage| only.is_none_or(|only| only == stage);
        let plan = if wanted(Stage::Plan) { Some(plan::Plan::of(kernel)?) } else { None };
        Ok(Lesson {
            kernel: kernel.name().to_string(),
            core: kernel.core().title.clone(),
            speed: "modelled",
            plan,
            lower: wanted(Stage::Lower).then(|| lower::Lower::of(kernel)),
            sched: wanted(Stage::Sched).then(|| sched::Sched::of(kernel)),
            alloc: wanted(Stage::Alloc).then(|| alloc::Alloc::of(kernel)),
            asm: wanted(Stage::Asm).then(|| asm::Asm::of(kernel)),
            next: only.is_none().then(|| next::Next::of(kernel)),
        })
    }

    /// The lesson as text.
    pub(crate) fn text(&self, colours: bool) -> String {
        let mut page = Page::new(colours);
        page.title(&self.kernel);
        page.say(&format!(
            "For {}. Speeds are modelled by the core's table, not measured; MAC is one multiply-accumulate \
             of two operands.",
            self.core
        ));
        let alone = self.next.is_none();
        if let Some(plan) = &self.plan {
            plan.write(&mut page);
        }
        if let Some(lower) = &self.lower {
            lower.write(&mut page);
        }
        if let Some(sched) = &self.sched {
            sched.write(&mut page);
        }
        if let Some(alloc) = &self.alloc {
            alloc.write(&mut page);
        }
        if let Some(asm) = &self.asm {
            asm.write(&mut page, alone);
        }
        if let Some(next) = &self.next {
            next.write(&mut page);
        }
        page.finish()
    }

    /// The lesson as JSON.
    pub(crate) fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("names and numbers are JSON");
        text.push('\n');
        text
    }
}

/// `1 register`, `2 registers`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
