//! How large the data caches of cores are.

use super::Core;

/// The data caches nearest to a core, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Caches {
    /// The first level.
    pub l1d: usize,
    /// The second level, or a core's share of it.
    pub l2: usize,
}

impl Caches {
    /// What every core has that the tables know of.
    pub const SMALLEST: Caches = Caches { l1d: 32 * 1024, l2: 128 * 1024 };

    const fn kib(l1d: usize, l2: usize) -> Caches {
        Caches { l1d: l1d * 1024, l2: l2 * 1024 }
    }
}

/// The sizes in the compiler's core tables (`qgen/cores/*.toml`, with their sources); a test compares them.
/// Where licensees choose, the tables have the usual size.
pub const CACHES: &[(&str, Caches)] = &[
    ("apple-m1", Caches::kib(128, 12 * 1024)),
    ("cortex-a510", Caches::kib(32, 256)),
    ("cortex-a53", Caches::kib(32, 512)),
    ("cortex-a55", Caches::kib(32, 128)),
    ("cortex-a57", Caches::kib(32, 2048)),
    ("cortex-a72", Caches::kib(32, 1024)),
    ("cortex-a73", Caches::kib(64, 1024)),
    ("cortex-a76", Caches::kib(64, 512)),
    ("cortex-a78", Caches::kib(64, 512)),
    ("cortex-x1", Caches::kib(64, 1024)),
    ("neoverse-n1", Caches::kib(64, 1024)),
    ("neoverse-n2", Caches::kib(64, 1024)),
    ("neoverse-v1", Caches::kib(64, 1024)),
];

impl Core {
    /// The caches of the core, or [`Caches::SMALLEST`] where the tables do not have it.
    pub fn caches(self) -> Caches {
        let known = CACHES.iter().find(|(name, _)| self.name() == Some(name));
        known.map_or(Caches::SMALLEST, |&(_, caches)| caches)
    }
}
