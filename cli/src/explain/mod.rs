//! Lessons about a kernel: what each stage of the compiler decided, and why.
//!
//! ```text
//!   Kernel ──► plan · lower · sched · alloc · asm · next    facts, each a file here
//!                                  │
//!                                  ├──► Page    text for people
//!                                  └──► serde   JSON for machines
//!
//!   Kernel ──► timeline                                  the main loop cycle by cycle, on its own
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
pub(crate) mod timeline;

pub(crate) use lower::loaded;

use crate::cores::CoreFile;
use crate::failure::Failure;
use crate::output;
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
    /// The lesson about `kernel`: of one stage, or of all. `file` describes its core, where that is nobody else's.
    pub(crate) fn of(kernel: &Kernel, file: &CoreFile, only: Option<Stage>) -> Result<Lesson, Failure> {
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
            next: only.is_none().then(|| next::Next::of(kernel, file)),
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
        output::json(self)
    }
}

/// `1 register`, `2 registers`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;
    use qgen::{compile, compile_name};

    fn of(name: &str, stage: Option<Stage>) -> String {
        Lesson::of(&compile_name(name).unwrap(), &CoreFile::default(), stage).unwrap().text(false)
    }

    #[track_caller]
    fn says(text: &str, facts: &[&str]) {
        // Where lines are broken does not matter.
        let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for fact in facts {
            assert!(plain.contains(fact), "`{fact}` is not in:\n{text}");
        }
    }

    const FIP: &str = "qgen_fip_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72";

    #[test]
    fn the_plan_does_the_arithmetic() {
        let text = of(FIP, Some(Stage::Plan));
        says(
            &text,
            &[
                "8x8 results; 4x4 are in registers at a time, 4 times",
                "-8..=7 -7..=8 (negated)",
                "add vd.16b, vn.16b, vm.16b 8 -15..=15 -128..=127 8",
                "smlal2 vd.8h, vn.16b, vm.16b 16 -450..=450 -32768..=32767 72 sums",
                "So 72 passes (k = 2304)",
                "kept -8..=7 32 2016",
                "28 in all",
                "64 cycles of work for F0 and F1",
                "None is faster than fip here",
            ],
        );
        assert!(!text.contains("== lower") && !text.contains("== next"), "{text}");
        let wide = "qgen_widenouter_24x8_l0to15_r0to15_t24x8k2u1_cortex_a72";
        says(
            &of(wide, Some(Stage::Plan)),
            &["32x8 would need 36, which is too much", "Faster than widenouter"],
        );
        let eight = "qgen_pair8_4x4_lm128to127_rm128to127_t4x4k16u1_cortex_a53";
        says(
            &of(eight, Some(Stage::Plan)),
            &["fip, not possible: fip adds a value of each side: -256..=254", "Nothing is widened"],
        );
    }

    #[test]
    fn the_plan_says_how_often_sums_are_widened() {
        let plan = |name| of(name, Some(Stage::Plan));
        says(
            &plan("qgen_fip_1x8_lm64to63_rm64to63neg_t1x8k32u1w_cortex_a72"),
            &["Short sums begin anew in every pass of the main loop"],
        );
        let short = plan("qgen_wideninner_4x4_lm64to63_rm64to63neg_t4x4k16u8s_cortex_a72");
        says(&short, &["16 -32768..=32767 -32768..=32767 wraps sums", "Nothing is widened before the end"]);
    }

    #[test]
    fn lowering_counts_and_names() {
        says(
            &of(FIP, Some(Stage::Lower)),
            &[
                "} while rows_left ≠ 0",
                "smlal acc[3][3].8h, s.8b, t.8b",
                "16 smlal2 vd.8h, vn.16b, vm.16b mla-long d += n.hi·m.hi",
                "512 MAC by 78 instructions",
                "12 loads of 256 bytes",
            ],
        );
    }

    #[test]
    fn the_schedule_is_measured_by_the_bound() {
        says(
            &of(FIP, Some(Stage::Sched)),
            &["at most 3 µops a cycle", "runs at its bound of 32.00 cycles", "F0 32.00 100", "L 16.00 50"],
        );
        let in_order = of("qgen_byte_8x8_lm8to7_rm8to7neg_t4x4k32u1_cortex_a53", Some(Stage::Sched));
        says(
            &in_order,
            &["issues in program order", "Scheduling saves", "runs at its bound of 64.00 cycles"],
        );
    }

    #[test]
    fn allocation_draws_the_tile() {
        says(
            &of(FIP, Some(Stage::Alloc)),
            &["row 3 v20 v21 v22 v23", "x0 k_blocks", "they take 48 bytes of stack"],
        );
    }

    #[test]
    fn compiler_every_line_of_assembly_has_its_note() {
        let text = of(FIP, Some(Stage::Asm));
        says(&text, &["// acc[3][3] += s.hi·t.hi", "// again unless that is 0", "ret // back to the caller"]);
        // Behind moves that allocation leaves out, notes are still those of their lines.
        says(
            &text,
            &["// compares remaining with period", "// main_left −= 1", "// lhs = lhs + lhs_stride·4"],
        );
        let bare = text.lines().filter(|line| line.starts_with("    ") && !line.contains("  // "));
        assert_eq!(bare.collect::<Vec<_>>(), [""; 0]);
        let lesson = of(FIP, None);
        says(&lesson, &["… zero the accumulators: ", "`--stage asm` shows every line"]);
        assert!(lesson.lines().count() < text.lines().count() + lesson.lines().count() / 2);
    }

    #[test]
    fn compiler_every_shipped_kernel_can_be_explained_at_every_stage() {
        for (core, request) in qgen::shipped() {
            let kernel = compile(&request, &core).unwrap();
            let lesson = |stage| Lesson::of(&kernel, &CoreFile::default(), stage).unwrap();
            let whole = lesson(None);
            let text = whole.text(false);
            assert!(!text.contains('\x1b') && whole.text(true).contains('\x1b'));
            for stage in Stage::value_variants() {
                let alone = lesson(Some(*stage));
                let name = stage.to_possible_value().unwrap();
                let head = format!("== {}: ", name.get_name());
                assert!(text.contains(&head) && alone.text(false).contains(&head), "{}", kernel.name());
                let json: serde_json::Value = serde_json::from_str(&alone.json()).unwrap();
                assert!(json[name.get_name()].is_object() && json["next"].is_null());
            }
        }
    }
}
