//! Processors by macOS's `sysctl`: `man 3 sysctl`, and <https://developer.apple.com/documentation/kernel/1387446-sysctlbyname>.

#![expect(unsafe_code, reason = "calls of the operating system")]

use super::clusters::{Cache, Cluster, Holds};
use super::{Core, core_of_cpufamily};
use std::ffi::CString;

/// The core: `hw.cpufamily`, where this is Apple silicon.
pub(super) fn core() -> Core {
    if !cfg!(target_arch = "aarch64") {
        return Core::NotArm;
    }
    let family = number("hw.cpufamily").and_then(|family| u32::try_from(family).ok());
    let known = family.and_then(core_of_cpufamily);
    known.map_or(Core::Unknown { implementer: 0x61, part: 0 }, Core::Known)
}

/// The kinds of cores, "performance levels": level 0 is the fastest. macOS numbers no processors, and has no
/// clock rates.
pub(super) fn clusters() -> Vec<Cluster> {
    let levels = number("hw.nperflevels").unwrap_or(0);
    let level = |n: u64| of(&format!("hw.perflevel{n}"), "logicalcpu", "cpusperl2");
    let mut clusters: Vec<Cluster> = (0..levels).filter_map(level).collect();
    // Intel's, and macOS before 12.
    if clusters.is_empty() {
        clusters.extend(of("hw", "logicalcpu", ""));
    }
    clusters
}

fn of(prefix: &str, count: &str, sharing: &str) -> Option<Cluster> {
    let value = |name: &str| usize::try_from(number(&format!("{prefix}.{name}"))?).ok();
    let sharing = if sharing.is_empty() { None } else { value(sharing) };
    let caches = [
        (1, Holds::Data, "l1dcachesize", 1),
        (1, Holds::Instructions, "l1icachesize", 1),
        (2, Holds::Both, "l2cachesize", sharing.unwrap_or(0)),
    ];
    let cache = |(level, holds, name, shared_by): (u8, Holds, &str, usize)| {
        value(name).filter(|&bytes| bytes > 0).map(|bytes| Cache { level, holds, bytes, shared_by })
    };
    Some(Cluster {
        core: core(),
        midr: None,
        count: value(count).filter(|&count| count > 0)?,
        processors: Vec::new(),
        max_khz: None,
        caches: caches.into_iter().filter_map(cache).collect(),
    })
}

/// A number of 4 or 8 bytes, without a sign.
fn number(name: &str) -> Option<u64> {
    let name = CString::new(name).ok()?;
    let mut bytes = [0u8; 8];
    let mut size = bytes.len();
    // SAFETY: the name ends with 0, and `size` is that of the place for the answer, of which the call writes no more.
    let status = unsafe {
        libc::sysctlbyname(name.as_ptr(), bytes.as_mut_ptr().cast(), &raw mut size, std::ptr::null_mut(), 0)
    };
    // Little-endian: four bytes leave the upper half 0.
    (status == 0 && [4, 8].contains(&size)).then_some(u64::from_le_bytes(bytes))
}
