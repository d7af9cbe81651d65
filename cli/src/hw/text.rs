//! How the answer is shown.

use super::{Answer, Here, Run, SHAPES};
use qgen_runtime::cpu::{Cache, Cluster, Features, Holds};
use std::env::consts::{ARCH, OS};
use std::fmt::Write;

/// For people.
pub(crate) fn text(here: Option<&Here>, answers: &[Answer]) -> String {
    let mut text = here.map_or_else(String::new, machine);
    for answer in answers {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&runs(answer, here.is_some()));
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
    let size =
        if kib >= 1024 && kib % 1024 == 0 { format!("{} MiB", kib / 1024) } else { format!("{kib} KiB") };
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

fn runs(answer: &Answer, own: bool) -> String {
    let [(matrix, a), (row, b)] = SHAPES;
    let mut text = if answer.features.is_empty() {
        format!(
            "Portable kernels in plain Rust run here: {ARCH} has no machine code of ours, and the results are the \
             same.\n`qgen hw --core NAME` says what would run on an Arm core.\n\n"
        )
    } else {
        let has = answer.features.join(", ");
        let would = if own { "runs" } else { "would run" };
        format!(
            "What {would} on {} with {has}; {matrix} is {}x{}x{}, {row} {}x{}x{}.\nMAC/cycle: whole multiplications, \
             modelled for the core at the end of the kernel's name, not measured.\n\n",
            answer.core, a.m, a.n, a.k, b.m, b.n, b.k
        )
    };
    let kernel = answer.runs.iter().map(|run| run.kernel.len()).max().unwrap_or(0);
    let line = |cells: [&str; 5]| {
        let [operands, shape, name, speed, why] = cells;
        format!("{operands:<9}{shape:<9}{name:<kernel$}{speed:>11}  {why}\n")
    };
    text.push_str(&line(["operands", "shape", "kernel", "MAC/cycle", "why"]));
    for Run { operands, shape, kernel, modelled_macs_per_cycle, why, .. } in &answer.runs {
        let speed = modelled_macs_per_cycle.map_or("-".into(), |speed| format!("{speed:.2}"));
        text.push_str(&line([operands, &shape.replace(' ', "-"), kernel, &speed, why]));
    }
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
            "features": { "neon": neon, "dotprod": dotprod, "i8mm": i8mm },
            "clusters": here.clusters.iter().map(cluster).collect::<Vec<_>>(),
        })
    });
    let json = serde_json::json!({ "machine": machine, "speed": "modelled", "cores": answers });
    let mut text = serde_json::to_string_pretty(&json).expect("names and numbers are JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_runtime::cpu::Core;

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
