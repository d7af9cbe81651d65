//! Processors by Linux's files: `Documentation/ABI/testing/sysfs-devices-system-cpu` of the kernel describes them.

use super::Core;
use super::clusters::{Cache, Cluster, Holds, together};
use super::host::{core_in_midr_file, core_of_processor};
use std::fs;
use std::path::Path;

/// The processors under `root` (`/sys/devices/system/cpu`) that are online. What the files do not say of a core is in
/// the text of `/proc/cpuinfo`, else it is taken for that of `here`, as are all where `here` is no Arm core.
pub(super) fn clusters(root: &Path, cpuinfo: &str, here: Core) -> Vec<Cluster> {
    let online = text(&root.join("online")).unwrap_or_default();
    together(numbers(&online).into_iter().map(|number| {
        let folder = root.join(format!("cpu{number}"));
        let midr = text(&folder.join("regs/identification/midr_el1"));
        let core = match here {
            Core::NotArm => here,
            _ => {
                let by_file = midr.as_deref().and_then(core_in_midr_file);
                by_file.or_else(|| core_of_processor(cpuinfo, number)).unwrap_or(here)
            }
        };
        let one = Cluster {
            core,
            midr: midr.and_then(|text| u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()),
            count: 1,
            processors: Vec::new(),
            max_khz: text(&folder.join("cpufreq/cpuinfo_max_freq")).and_then(|text| text.parse().ok()),
            caches: caches(&folder.join("cache")),
        };
        (number, one)
    }))
}

/// The file's text without spaces around it.
fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok().map(|text| text.trim().to_owned())
}

/// The folders `index0`, `index1` and so on, as far as they go.
fn caches(folder: &Path) -> Vec<Cache> {
    let cache = |n: usize| {
        let file = |name: &str| text(&folder.join(format!("index{n}")).join(name));
        let holds = match file("type")?.as_str() {
            "Data" => Holds::Data,
            "Instruction" => Holds::Instructions,
            "Unified" => Holds::Both,
            _ => return None,
        };
        let shared_by = file("shared_cpu_list").map_or(0, |list| numbers(&list).len());
        Some(Cache { level: file("level")?.parse().ok()?, holds, bytes: bytes(&file("size")?)?, shared_by })
    };
    let mut caches: Vec<Cache> = (0..).map_while(cache).collect();
    caches.sort_unstable();
    caches
}

/// `32K`, `1M` or `512`.
fn bytes(size: &str) -> Option<usize> {
    let (digits, unit) = match size.strip_suffix('K') {
        Some(digits) => (digits, 1024),
        None => size.strip_suffix('M').map_or((size, 1), |digits| (digits, 1024 * 1024)),
    };
    digits.parse::<usize>().ok()?.checked_mul(unit)
}

/// Linux's lists of processors: `0-3,6`. What is no such list has none.
fn numbers(list: &str) -> Vec<usize> {
    /// Linux is built for at most so many.
    const MOST: usize = 1 << 13;
    let mut all = Vec::new();
    for part in list.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(from), Ok(to)) = (from.trim().parse::<usize>(), to.trim().parse::<usize>())
            && to < MOST
        {
            all.extend(from..=to);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_sizes_are_read() {
        assert_eq!(numbers("0-3,6,8-9"), [0, 1, 2, 3, 6, 8, 9]);
        assert_eq!(numbers("0"), [0]);
        for none in ["", "x", "1-x", "4-99999999999", "5-3"] {
            assert_eq!(numbers(none), [0; 0], "{none}");
        }
        assert_eq!([bytes("32K"), bytes("2M"), bytes("512")], [Some(32768), Some(2 << 20), Some(512)]);
        assert_eq!([bytes(""), bytes("K"), bytes("99999999999999999999K")], [None; 3]);
    }

    /// A phone's folder, with two kinds of cores.
    #[test]
    fn the_clusters_of_a_phone() {
        let root = std::env::temp_dir().join(format!("qgen-sysfs-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("online", "0-2,4\n");
        for (cpu, midr, khz, l2) in [
            (0, 0x410f_d034u64, "1800000\n", "512K\n"),
            (1, 0x410f_d034, "1800000\n", "512K\n"),
            (2, 0x410f_d083, "2400000\n", "1024K\n"),
            (3, 0x410f_d083, "2400000\n", "1024K\n"),
        ] {
            write(&format!("cpu{cpu}/regs/identification/midr_el1"), &format!("{midr:#018x}\n"));
            write(&format!("cpu{cpu}/cpufreq/cpuinfo_max_freq"), khz);
            for (index, kind, level, size) in [
                (0, "Data\n", "1\n", "32K\n"),
                (1, "Instruction\n", "1\n", "48K\n"),
                (2, "Unified\n", "2\n", l2),
            ] {
                let file = |name: &str| format!("cpu{cpu}/cache/index{index}/{name}");
                write(&file("type"), kind);
                write(&file("level"), level);
                write(&file("size"), size);
                write(&file("shared_cpu_list"), if index == 2 { "0-1\n" } else { "0\n" });
            }
        }
        // Its own files say nothing; /proc/cpuinfo does.
        let cpuinfo = "processor\t: 4\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n";
        let found = clusters(&root, cpuinfo, Core::by_name("cortex-a53").unwrap());
        let elsewhere = clusters(&root, cpuinfo, Core::NotArm);
        fs::remove_dir_all(&root).unwrap();

        let seen: Vec<(Option<&str>, &[usize])> =
            found.iter().map(|c| (c.core.name(), &*c.processors)).collect();
        let expected: [(Option<&str>, &[usize]); 3] =
            [(Some("cortex-a53"), &[0, 1]), (Some("cortex-a72"), &[2]), (Some("cortex-a76"), &[4])];
        assert_eq!(seen, expected, "3 is offline");
        assert_eq!((found[0].midr, found[0].max_khz), (Some(0x410f_d034), Some(1_800_000)));
        let cache =
            |level, holds, kib: usize, shared_by| Cache { level, holds, bytes: kib * 1024, shared_by };
        assert_eq!(
            found[1].caches,
            [
                cache(1, Holds::Data, 32, 1),
                cache(1, Holds::Instructions, 48, 1),
                cache(2, Holds::Both, 1024, 2)
            ]
        );
        assert!(found[2].caches.is_empty() && found[2].midr.is_none());
        assert!(elsewhere.iter().all(|c| c.core == Core::NotArm) && !elsewhere.is_empty());
    }
}
