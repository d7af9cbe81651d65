//! What a proof says, for people and for machines.

use crate::output;
use qgen::Kernel;
use qgen::prove::{Counterexample, Proof, Refusal, counterexample, has_proof, prove_parts};
use qgen_spec::Descriptor;
use std::fmt::Write;

/// The outcome for one kernel.
pub(crate) struct Verdict {
    kernel: String,
    outcome: Outcome,
}

enum Outcome {
    Proved(Proof),
    Refused(Refusal, Option<Counterexample>),
    /// Sums are rounded.
    Floats,
}

impl Verdict {
    /// Of a kernel with its own limits.
    pub(crate) fn of(kernel: &Kernel) -> Verdict {
        Verdict::with_limits(&kernel.descriptor(), kernel)
    }

    /// Of a kernel for which `descriptor` is given.
    pub(crate) fn with_limits(descriptor: &Descriptor, kernel: &Kernel) -> Verdict {
        let (plan, program) = (kernel.plan(), kernel.program());
        let outcome = if !has_proof(descriptor) {
            Outcome::Floats
        } else {
            match prove_parts(descriptor, plan, program) {
                Ok(proof) => Outcome::Proved(proof),
                Err(refusal) => Outcome::Refused(refusal, counterexample(descriptor, plan, program)),
            }
        };
        Verdict { kernel: kernel.name().to_string(), outcome }
    }

    /// Whether something did not hold.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Refused(..))
    }
}

/// Proofs that were found, and kernels that have some.
fn count(verdicts: &[Verdict]) -> (usize, usize) {
    let proved = verdicts.iter().filter(|v| matches!(v.outcome, Outcome::Proved(_))).count();
    let floats = verdicts.iter().filter(|v| matches!(v.outcome, Outcome::Floats)).count();
    (proved, verdicts.len() - floats)
}

/// The arguments in full, or (`short`) a line for each kernel, and how many hold.
pub(crate) fn text(verdicts: &[Verdict], short: bool) -> String {
    let mut text = String::new();
    for Verdict { kernel, outcome } in verdicts {
        match outcome {
            Outcome::Proved(proof) if short => {
                let limits = format!("depth {}, k {}", proof.depth_limit, proof.k_limit);
                writeln!(text, "proved   {kernel}  {limits}")
            }
            Outcome::Proved(proof) => {
                write!(text, "{kernel}\n\n").expect("writing to a string");
                for line in &proof.lines {
                    writeln!(text, "  {:<10} {}", line.step, line.claim).expect("writing to a string");
                }
                writeln!(text)
            }
            Outcome::Refused(refusal, found) => {
                writeln!(text, "REFUSED  {kernel}\n  {refusal}").expect("writing to a string");
                match found {
                    Some(found) => writeln!(text, "  it really goes wrong at {found}"),
                    None => writeln!(text, "  no operands were found for which it really goes wrong"),
                }
            }
            Outcome::Floats => {
                writeln!(text, "floats   {kernel}  sums of floats are rounded: there is nothing to prove; tests compare them bit for bit")
            }
        }
        .expect("writing to a string");
    }
    let (proved, of) = count(verdicts);
    if of > 0 {
        writeln!(text, "{proved} of {of} proved").expect("writing to a string");
    }
    text
}

/// The same as JSON.
pub(crate) fn json(verdicts: &[Verdict]) -> String {
    #[derive(serde::Serialize)]
    struct Row<'a> {
        kernel: &'a str,
        verdict: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        proof: Option<&'a Proof>,
        #[serde(skip_serializing_if = "Option::is_none")]
        refusal: Option<&'a Refusal>,
        #[serde(skip_serializing_if = "Option::is_none")]
        counterexample: Option<&'a Counterexample>,
    }
    #[derive(serde::Serialize)]
    struct Json<'a> {
        proved: usize,
        of: usize,
        kernels: Vec<Row<'a>>,
    }
    let kernels = verdicts
        .iter()
        .map(|Verdict { kernel, outcome }| {
            let (verdict, proof, refusal, counterexample) = match outcome {
                Outcome::Proved(proof) => ("proved", Some(proof), None, None),
                Outcome::Refused(refusal, found) => ("refused", None, Some(refusal), found.as_ref()),
                Outcome::Floats => ("floats", None, None, None),
            };
            Row { kernel, verdict, proof, refusal, counterexample }
        })
        .collect();
    let (proved, of) = count(verdicts);
    output::json(&Json { proved, of, kernels })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Verdict {
        Verdict::of(&qgen::compile_name(name).unwrap())
    }

    #[test]
    fn the_argument_says_how_often_sums_are_widened() {
        for (name, said) in [
            ("qgen_fip_3x3_lm32to31_rm31to32_t3x3k32u4w_cortex_a72", "every pass of the main loop widens"),
            ("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1oi8_cortex_a72", "widened once, at the end"),
        ] {
            let text = text(&[of(name)], false);
            assert!(text.contains(said) && text.ends_with("1 of 1 proved\n"), "{text}");
        }
    }

    #[test]
    fn floats_are_not_counted() {
        let float = of("qgen_f32_8x8_lf32_rf32_t8x8k1u1_cortex_a72");
        let alone = text(std::slice::from_ref(&float), false);
        assert!(alone.contains("nothing to prove") && !alone.contains("of 0"), "{alone}");
        let both = [float, of("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72")];
        assert!(text(&both, true).ends_with("\n1 of 1 proved\n"), "{}", text(&both, true));
    }
}
