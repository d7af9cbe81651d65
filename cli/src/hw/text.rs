//! How the answer is shown.

use super::{Answer, Here, Run, SHAPES};
use crate::output;
use qgen_runtime::cpu::{Cache, Cluster, Features, Holds};
use std::collections::BTreeMap;
use std::env::consts::{ARCH, OS};
use std::fmt::Write;

/// For people.
pub(crate) fn text(here: Option<&Here>, answers: &[Answer], long: bool) -> String {
    let mut text = here.map_or_else(String::new, machine);
    for answer in answers {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&runs(answer, here.is_some(), long));
    }
    text
}

fn machine(here: &Here) -> String {
    let count: usize = here.clusters.iter().map(|cluster| cluster.count).sum();
    let mut text =
        format!("This machine: {ARCH}, {OS}, {count} processor{}\n", if count == 1 { "" } else { "s" });
    for one in &here.clusters {
        text.push_str(&cluster(one));
    }
    if here.clusters.is_empty() {
        text.push_str("  the system does not say which processors there are\n");
    }
    let Features { neon, dotprod, i8mm } = here.features;
    let word = |has| if has { "yes" } else { "no" };
    writeln!(
        text,
        "  features that kernels use: neon {}, dotprod {}, i8mm {}",
        word(neon),
        word(dotprod),
        word(i8mm)
    )
    .expect("writing to a string");
    if let Some(why) = &here.emulated {
        writeln!(
            text,
            "  emulated ({why}): numbers, rates and caches of processors are those of the true machine"
        )
        .expect("writing to a string");
    }
    for (name, value) in &here.environment {
        writeln!(text, "  environment: {name}={value}").expect("writing to a string");
    }
    text
}

fn cluster(cluster: &Cluster) -> String {
    let which = match &*cluster.processors {
        [] => format!("{} processors", cluster.count),
        [one] => format!("processor {one}"),
        all => format!("processors {}", ranges(all)),
    };
    let mut text = format!("  {which}: {}", cluster.core);
    if let Some(midr) = cluster.midr {
        write!(text, ", MIDR {midr:#010x}").expect("writing to a string");
    }
    if let Some(khz) = cluster.max_khz {
        write!(text, ", up to {} MHz", khz / 1000).expect("writing to a string");
    }
    let caches: Vec<String> = cluster.caches.iter().map(cache).collect();
    if !caches.is_empty() {
        write!(text, "; {}", caches.join(", ")).expect("writing to a string");
    }
    text.push('\n');
    text
}

/// `L2 1 MiB for 4`.
fn cache(cache: &Cache) -> String {
    let kind = match cache.holds {
        Holds::Data => "d",
        Holds::Instructions => "i",
        Holds::Both => "",
    };
    let kib = cache.bytes / 1024;
    let size = if kib >= 1024 && kib.is_multiple_of(1024) {
        format!("{} MiB", kib / 1024)
    } else {
        format!("{kib} KiB")
    };
    let shared = if cache.shared_by > 1 { format!(" for {}", cache.shared_by) } else { String::new() };
    format!("L{}{kind} {size}{shared}", cache.level)
}

/// `0-3,6` for ascending numbers.
fn ranges(numbers: &[usize]) -> String {
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match parts.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => parts.push((number, number)),
        }
    }
    let part =
        |&(from, to): &(usize, usize)| if from == to { from.to_string() } else { format!("{from}-{to}") };
    parts.iter().map(part).collect::<Vec<_>>().join(",")
}

fn runs(answer: &Answer, own: bool, long: bool) -> String {
    if answer.runs.iter().all(|run| !run.machine_code) {
        return portable(answer);
    }
    let [(matrix, a), (row, b)] = SHAPES;
    let would = if own { "runs" } else { "would run" };
    let mut text = format!(
        "What {would} on {} with {}; {matrix} is {}x{}x{}, {row} {}x{}x{}.\nMAC/cycle: whole multiplications, \
         modelled for the core at the end of the kernel's name, not measured.\n\n",
        answer.core,
        answer.features.join(", "),
        a.m,
        a.n,
        a.k,
        b.m,
        b.n,
        b.k
    );
    let kernel = answer.runs.iter().map(|run| run.kernel.len()).max().unwrap_or(0);
    let line = |cells: [&str; 5]| {
        let [operands, shape, name, speed, why] = cells;
        let why = if long { format!("  {why}") } else { String::new() };
        format!("{operands:<9}{shape:<9}{name:<kernel$}{speed:>11}{why}\n")
    };
    text.push_str(&line(["operands", "shape", "kernel", "MAC/cycle", "why"]));
    for Run { operands, shape, kernel, modelled_macs_per_cycle, why, .. } in &answer.runs {
        let speed = modelled_macs_per_cycle.map_or("-".into(), |speed| format!("{speed:.2}"));
        text.push_str(&line([operands, &shape.replace(' ', "-"), kernel, &speed, why]));
    }
    if !long {
        text.push_str("\nWhy these: --long.\n");
    }
    text
}

/// Where there is no machine code at all: a line for each kernel, and why.
fn portable(answer: &Answer) -> String {
    let mut text =
        "Plain Rust runs here, for every shape; the results are the same to the last bit.\n".to_owned();
    let mut told: Vec<(&str, &str)> = Vec::new();
    for Run { kernel, why, .. } in &answer.runs {
        if told.iter().any(|(known, _)| known == kernel) {
            continue;
        }
        let of_it = answer.runs.iter().filter(|run| run.kernel == *kernel);
        let mut operands: Vec<&str> = of_it.map(|run| &*run.operands).collect();
        operands.dedup();
        writeln!(text, "  {kernel}: {}", operands.join(", ")).expect("writing to a string");
        told.push((kernel, why));
    }
    let mut reasons: Vec<&str> = told.into_iter().map(|(_, why)| why).collect();
    reasons.dedup();
    writeln!(text, "Why: {}.", reasons.join("; ")).expect("writing to a string");
    text.push_str("`qgen hw --core NAME` says what would run on an Arm core.\n");
    text
}

/// For machines.
pub(crate) fn json(here: Option<&Here>, answers: &[Answer]) -> String {
    let level = |cache: &Cache| {
        serde_json::json!({
            "level": cache.level,
            "holds": match cache.holds {
                Holds::Data => "data",
                Holds::Instructions => "instructions",
                Holds::Both => "both",
            },
            "bytes": cache.bytes,
            "shared_by": (cache.shared_by > 0).then_some(cache.shared_by),
        })
    };
    let cluster = |cluster: &Cluster| {
        serde_json::json!({
            "core": cluster.core.to_string(),
            "midr": cluster.midr.map(|midr| format!("{midr:#010x}")),
            "count": cluster.count,
            "processors": cluster.processors,
            "max_khz": cluster.max_khz,
            "caches": cluster.caches.iter().map(level).collect::<Vec<_>>(),
        })
    };
    let machine = here.map(|here| {
        let Features { neon, dotprod, i8mm } = here.features;
        serde_json::json!({
            "architecture": ARCH,
            "system": OS,
            "emulated": here.emulated,
            "environment": here.environment.iter().cloned().collect::<BTreeMap<&str, String>>(),
            "features": { "neon": neon, "dotprod": dotprod, "i8mm": i8mm },
            "clusters": here.clusters.iter().map(cluster).collect::<Vec<_>>(),
        })
    });
    let json = serde_json::json!({ "machine": machine, "speed": "modelled", "cores": answers });
    output::json(&json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_runtime::cpu::Core;
    use qgen_runtime::select::Overrides;

    /// A phone with four small cores and two large ones.
    fn phone() -> (Here, Vec<Answer>) {
        let caches = |l1: usize, l2: usize, shared_by| {
            vec![
                Cache { level: 1, holds: Holds::Data, bytes: l1 * 1024, shared_by: 1 },
                Cache { level: 2, holds: Holds::Both, bytes: l2 * 1024, shared_by },
            ]
        };
        let cluster = |core, midr, processors: &[usize], khz, caches| Cluster {
            core: Core::by_name(core).unwrap(),
            midr: Some(midr),
            count: processors.len(),
            processors: processors.to_vec(),
            max_khz: Some(khz),
            caches,
        };
        let clusters = vec![
            cluster("cortex-a53", 0x410f_d034, &[0, 1, 2, 3], 1_400_000, caches(32, 512, 4)),
            cluster("cortex-a72", 0x410f_d083, &[4, 6], 1_800_000, caches(32, 1024, 2)),
        ];
        let features = Features { neon: true, ..Features::default() };
        let here = Here { clusters, features, emulated: None, environment: Vec::new() };
        let answer =
            |machine| Answer::of(machine, &Overrides::default()).unwrap_or_else(|e| panic!("{}", e.0));
        let answers = here.machines().iter().map(answer).collect();
        (here, answers)
    }

    #[test]
    fn a_phone_is_told_kind_by_kind() {
        let (here, answers) = phone();
        let told = text(Some(&here), &answers, false);
        let (machine, rest) = told.split_once("\n\n").unwrap();
        let (_, what) = machine.split_once('\n').unwrap();
        assert_eq!(
            what,
            "  processors 0-3: cortex-a53, MIDR 0x410fd034, up to 1400 MHz; L1d 32 KiB, L2 512 KiB for 4\n  \
             processors 4,6: cortex-a72, MIDR 0x410fd083, up to 1800 MHz; L1d 32 KiB, L2 1 MiB for 2\n  \
             features that kernels use: neon yes, dotprod no, i8mm no"
        );
        for core in ["cortex-a53", "cortex-a72"] {
            assert!(rest.contains(&format!("What runs on {core} with neon; matrix is 240x96x512")), "{rest}");
        }
        let rows = |what: &str| rest.lines().filter(|line| line.starts_with(what)).count();
        assert_eq!((rows("4-bit "), rows("f32 "), rows("ternary ")), (4, 4, 4), "two shapes on two cores");
        assert!(!rest.contains("by the model; made for"));
        assert!(text(Some(&here), &answers, true).contains("by the model; made for cortex-a53"));
    }

    #[test]
    fn json_has_the_same() {
        let (here, answers) = phone();
        let value: serde_json::Value = serde_json::from_str(&json(Some(&here), &answers)).unwrap();
        let machine = &value["machine"];
        assert_eq!(machine["features"]["neon"], true);
        assert_eq!(machine["emulated"], serde_json::Value::Null);
        let big = &machine["clusters"][1];
        assert_eq!(
            (&big["core"], &big["midr"], &big["processors"], &big["max_khz"], &big["caches"][1]["bytes"]),
            (
                &"cortex-a72".into(),
                &"0x410fd083".into(),
                &vec![4, 6].into(),
                &1_800_000.into(),
                &1_048_576.into()
            )
        );
        let cores = value["cores"].as_array().unwrap();
        assert_eq!(cores.len(), 2);
        for (core, answer) in cores.iter().zip(&answers) {
            assert_eq!(core["core"], *answer.core);
            let runs = core["runs"].as_array().unwrap();
            assert_eq!(runs.len(), 20);
            assert!(runs.iter().all(|run| run["machine_code"] == true && run["why"].is_string()));
        }
        let another: serde_json::Value = serde_json::from_str(&json(None, &answers[1..])).unwrap();
        assert_eq!((&another["machine"], &another["cores"][0]["core"]), (&().into(), &"cortex-a72".into()));
    }

    #[test]
    fn plain_rust_is_two_lines_and_a_reason() {
        let machine = qgen_runtime::cpu::Machine { core: Core::NotArm, features: Features::default() };
        let answer = Answer::of(&machine, &Overrides::default()).unwrap_or_else(|e| panic!("{}", e.0));
        let told = text(None, &[answer], true);
        assert!(told.starts_with("Plain Rust runs here"), "{told}");
        assert!(
            told.contains("_portable: 1-bit, 2-bit, 3-bit,") && told.contains("_portable: f32\n"),
            "{told}"
        );
        assert!(told.contains("no machine code runs here (not an Arm core)"), "{told}");
        assert_eq!(told.matches("_portable").count(), 2, "{told}");
    }

    #[test]
    fn clusters_are_told_in_a_line() {
        let caches = vec![
            Cache { level: 1, holds: Holds::Data, bytes: 48 * 1024, shared_by: 1 },
            Cache { level: 2, holds: Holds::Both, bytes: 1 << 20, shared_by: 4 },
        ];
        let one = Cluster {
            core: Core::by_name("cortex-a72").unwrap(),
            midr: Some(0x410f_d083),
            count: 4,
            processors: vec![0, 1, 2, 6],
            max_khz: Some(1_800_000),
            caches,
        };
        assert_eq!(
            cluster(&one),
            "  processors 0-2,6: cortex-a72, MIDR 0x410fd083, up to 1800 MHz; L1d 48 KiB, L2 1 MiB for 4\n"
        );
        let few = Cluster { count: 2, processors: vec![], midr: None, max_khz: None, caches: vec![], ..one };
        assert_eq!(cluster(&few), "  2 processors: cortex-a72\n");
    }
}
