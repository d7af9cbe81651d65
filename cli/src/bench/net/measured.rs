//! Networks by a stopwatch; where that means nothing, what would run.

use super::{Variant, words};
use crate::clock::Clock;
use crate::commands::bench::Args;
use crate::failure::Failure;
use crate::output;
use qgen_runtime::bench::{SEED, floats, integers};
use qgen_runtime::cpu::Machine;
use qgen_runtime::net::{Kind, Network, Profile};
use qgen_runtime::plan::Params;
use qgen_runtime::threads::{Alone, Scoped, Threads};
use qgen_runtime::{Element, Error};
use serde_json::json;
use std::fmt::Write;
use std::num::NonZeroUsize;

/// What was found of a variant.
struct Answer {
    bits: Option<u32>,
    network: Network,
    /// By one thread, and by as many as were asked for; none where times are not real.
    profiles: Vec<(usize, Profile)>,
}

pub(super) fn run(args: &Args, net: &str, clock: &Clock, variants: &[Variant]) -> Result<(), Failure> {
    let mut answers = Vec::new();
    for variant in variants {
        let network = Network::new(&variant.model, args.batch, &Params::new(), &Machine::detect())?;
        let mut profiles = Vec::new();
        if clock.is_real() {
            let times = (args.warmup as usize, args.reps as usize);
            for threads in threads(args.threads) {
                let profile = || profile(&network, threads, times);
                // Several threads are not kept on one processor.
                let profile = if threads == 1 { clock.alone(profile) } else { profile() };
                profiles.push((threads, profile?));
            }
        }
        answers.push(Answer { bits: variant.bits, network, profiles });
    }
    if args.json {
        let answer = |answer: &Answer| {
            json!({
                "operands": words(answer.bits),
                "layers": answer.network.layers(),
                "profiles": answer.profiles.iter().map(|(threads, profile)| json!({
                    "threads": threads, "profile": profile,
                })).collect::<Vec<_>>(),
            })
        };
        let json = json!({
            "net": net,
            "not_measured": clock.unreal,
            "variants": answers.iter().map(answer).collect::<Vec<_>>(),
        });
        return output::print(&output::json(&json));
    }
    output::print(&text(args, net, clock, &answers))
}

/// One thread, and more if more are asked for.
fn threads(most: u32) -> Vec<usize> {
    let most = most as usize;
    let mut all: Vec<usize> =
        std::iter::successors(Some(1), |n| Some(n * 2)).take_while(|&n| n < most).collect();
    all.push(most.max(1));
    all
}

fn profile(network: &Network, threads: usize, times: (usize, usize)) -> Result<Profile, Error> {
    let (shape, kind) = network.input();
    let len = shape.len().unwrap_or(0);
    match kind {
        Kind::Float => with_input(network, threads, &floats(SEED, len), times),
        Kind::Stored(params) => {
            let bytes = integers(SEED, params.range(), len);
            if params.range().fits_i8() {
                let values: Vec<i8> = bytes.iter().map(|&byte| byte as i8).collect();
                with_input(network, threads, &values, times)
            } else {
                with_input(network, threads, &bytes, times)
            }
        }
    }
}

fn with_input<I: Element>(
    network: &Network,
    threads: usize,
    input: &[I],
    times: (usize, usize),
) -> Result<Profile, Error> {
    let (shape, kind) = network.output();
    let len = shape.len().unwrap_or(0);
    match kind {
        Kind::Float => with_output(network, threads, input, &mut vec![0f32; len], times),
        Kind::Stored(params) if params.range().fits_i8() => {
            with_output(network, threads, input, &mut vec![0i8; len], times)
        }
        Kind::Stored(_) => with_output(network, threads, input, &mut vec![0u8; len], times),
    }
}

fn with_output<I: Element, O: Element>(
    network: &Network,
    threads: usize,
    input: &[I],
    out: &mut [O],
    times: (usize, usize),
) -> Result<Profile, Error> {
    let mut state = network.state_for(threads)?;
    let scoped = NonZeroUsize::new(threads).filter(|_| threads > 1).map(Scoped);
    let threads: &dyn Threads = match &scoped {
        Some(scoped) => scoped,
        None => &Alone,
    };
    network.profile(threads, input, out, &mut state, times)
}

fn text(args: &Args, net: &str, clock: &Clock, answers: &[Answer]) -> String {
    let mut text = String::new();
    if let Some(why) = &clock.unreal {
        writeln!(text, "Nothing here was measured: {why}. This is what would run.")
            .expect("writing to a string");
    }
    if args.profile || clock.unreal.is_some() {
        for answer in answers {
            writeln!(text, "\n{net}, {}\n{}", words(answer.bits), answer.network)
                .expect("writing to a string");
            for (threads, profile) in &answer.profiles {
                writeln!(text, "threads: {threads}\n{profile}").expect("writing to a string");
            }
        }
        return text;
    }
    let time = |bits: u32| {
        let of_width = answers.iter().find(|answer| answer.bits == Some(bits));
        of_width.and_then(|answer| answer.profiles.first()).map(|(_, profile)| profile.whole_ns as f64)
    };
    let mut rows = Vec::new();
    for answer in answers {
        let alone = answer.profiles.first().map_or(0, |(_, profile)| profile.whole_ns) as f64;
        for (threads, profile) in &answer.profiles {
            let ns = profile.whole_ns.max(1) as f64;
            let ratio = |other: Option<f64>| other.map_or("-".into(), |other| format!("{:.2}", other / ns));
            rows.push([
                words(answer.bits),
                threads.to_string(),
                format!("{:.1} us", ns / 1e3),
                ratio(Some(alone)),
                ratio(time(8)),
                ratio(time(32)),
            ]);
        }
    }
    let batch = args.batch;
    writeln!(text, "{net}, {batch} at a time; medians by a stopwatch, and how many times as fast as on one thread, as our \
                    own 8 bits and floats on one thread").expect("writing to a string");
    text.push_str(&output::table(
        &["operands", "threads", "time", "vs 1 thread", "vs 8 bits", "vs floats"],
        &rows,
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::threads;

    #[test]
    fn threads_double_up_to_what_was_asked_for() {
        assert_eq!(threads(1), [1]);
        assert_eq!(threads(2), [1, 2]);
        assert_eq!(threads(6), [1, 2, 4, 6]);
    }
}
