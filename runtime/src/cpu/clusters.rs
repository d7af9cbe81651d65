//! What processors the machine has, kind by kind: for people who want to know, and for whom one kernel may not suit
//! all.
//!
//! ```text
//!   Linux, Android   /sys/devices/system/cpu, /proc/cpuinfo ─► sysfs.rs   ─┐
//!   macOS            sysctl hw.perflevelN.*                 ─► macos.rs   ─┼─► Cluster by Cluster
//!   Windows          registry, logical processors           ─► windows.rs ─┘
//! ```
//!
//! Everything that a system does not say is left out, nothing is guessed.

use super::Core;

/// Processors that are alike: of one core, clock rate and caches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The core.
    pub core: Core,
    /// MIDR_EL1, where the system says it.
    pub midr: Option<u64>,
    /// How many processors.
    pub count: usize,
    /// Their numbers, ascending; empty where the system numbers none.
    pub processors: Vec<usize>,
    /// The highest clock rate in kHz, where the system says it.
    pub max_khz: Option<u64>,
    /// Their caches, from the first level on.
    pub caches: Vec<Cache>,
}

/// A cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cache {
    /// Its level, from 1.
    pub level: u8,
    /// What it holds.
    pub holds: Holds,
    /// Its size in bytes.
    pub bytes: usize,
    /// How many processors share it; 0 where the system does not say.
    pub shared_by: usize,
}

/// What a cache holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// Data.
    Data,
    /// Instructions.
    Instructions,
    /// Both.
    Both,
}

/// The processors of this machine, kind by kind, in the order of their numbers; also those that this thread may not
/// run on. Empty where the system says nothing.
pub fn clusters() -> Vec<Cluster> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        super::sysfs::clusters("/sys/devices/system/cpu".as_ref(), &cpuinfo, super::detect_core())
    }
    #[cfg(target_os = "macos")]
    {
        super::macos::clusters()
    }
    #[cfg(windows)]
    {
        super::windows::clusters()
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", windows)))]
    Vec::new()
}

/// Puts processors that are alike together: number, and what a cluster of it alone would be.
#[cfg_attr(
    not(any(test, target_os = "linux", target_os = "android", windows)),
    expect(dead_code, reason = "not asked")
)]
pub(super) fn together(processors: impl IntoIterator<Item = (usize, Cluster)>) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for (number, one) in processors {
        let alike = |c: &&mut Cluster| {
            (c.core, c.midr, c.max_khz, &c.caches) == (one.core, one.midr, one.max_khz, &one.caches)
        };
        if let Some(cluster) = clusters.iter_mut().find(alike) {
            cluster.count += 1;
            cluster.processors.push(number);
        } else {
            clusters.push(Cluster { count: 1, processors: vec![number], ..one });
        }
    }
    clusters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_processors() {
        let clusters = clusters();
        let says = cfg!(any(target_os = "linux", target_os = "android", target_os = "macos", windows));
        assert_eq!(!clusters.is_empty(), says);
        for cluster in &clusters {
            assert!(
                cluster.count > 0 && [0, cluster.count].contains(&cluster.processors.len()),
                "{cluster:?}"
            );
            assert_eq!(cluster.core == Core::NotArm, !cfg!(target_arch = "aarch64"));
            assert!(cluster.caches.iter().all(|c| c.level > 0 && c.bytes > 0), "{cluster:?}");
        }
    }

    #[test]
    fn processors_that_differ_in_anything_are_two_kinds() {
        let of = |core, max_khz| Cluster {
            core: Core::by_name(core).unwrap(),
            midr: None,
            count: 1,
            processors: Vec::new(),
            max_khz,
            caches: Vec::new(),
        };
        let clusters = together([
            (0, of("cortex-a53", Some(1))),
            (1, of("cortex-a72", Some(2))),
            (2, of("cortex-a53", Some(1))),
            (3, of("cortex-a72", Some(3))),
        ]);
        let numbers: Vec<&[usize]> = clusters.iter().map(|c| &*c.processors).collect();
        assert_eq!(numbers, [&[0, 2][..], &[1], &[3]]);
        assert_eq!(clusters[0].count, 2);
    }
}
