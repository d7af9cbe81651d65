//! What a stopwatch has to know: whether times are real, which processors there are, and how to stay on
//! one of them.

#![cfg_attr(
    any(target_os = "linux", target_os = "android"),
    expect(unsafe_code, reason = "calls of the operating system")
)]

use super::Core;

/// Why times on this machine are not those of an Arm core, if they are not: the program was translated
/// by a user-mode emulator. Found by the traces that the true machine leaves:
///
/// * `/proc/sys/kernel/arch` (Linux 6.1 and later) names another architecture;
/// * `/proc/cpuinfo` describes processors, but none by an Arm implementer.
///
/// `QGEN_EMULATED=1` or `=0` decides where that fails: a whole emulated system looks like a real one.
pub fn emulated() -> Option<String> {
    match std::env::var("QGEN_EMULATED").as_deref() {
        Ok("0") => return None,
        Ok(value) if !value.is_empty() => return Some("QGEN_EMULATED says so".to_owned()),
        _ => {}
    }
    if !cfg!(all(target_arch = "aarch64", any(target_os = "linux", target_os = "android"))) {
        return None;
    }
    let text = |path| std::fs::read_to_string(path).ok();
    traces(text("/proc/sys/kernel/arch").as_deref(), text("/proc/cpuinfo").as_deref())
}

fn traces(arch: Option<&str>, cpuinfo: Option<&str>) -> Option<String> {
    if let Some(arch) = arch.map(str::trim)
        && !["", "aarch64", "aarch64_be", "arm64"].contains(&arch)
    {
        return Some(format!("the system's processor is {arch}"));
    }
    let keys: Vec<&str> = cpuinfo?.lines().filter_map(|line| Some(line.split_once(':')?.0.trim())).collect();
    let foreign = keys.contains(&"processor") && !keys.contains(&"CPU implementer");
    foreign.then(|| "/proc/cpuinfo describes no Arm processor".to_owned())
}

/// The processors that this thread may run on, each with its kind of core: several kinds on big.LITTLE.
/// None where the system cannot keep a thread on a processor (other systems than Linux and Android), or
/// does not say.
///
/// The kinds come from `/sys/devices/system/cpu/cpuN/regs/identification/midr_el1` (Linux 4.7 and later),
/// else from the processor's part of `/proc/cpuinfo`, else all are what this thread runs on.
pub fn processors() -> Vec<(usize, Core)> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // SAFETY: an all-zero set is the empty one, and the call writes at most the set.
        let (set, status) = unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            let status = libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &raw mut set);
            (set, status)
        };
        if status != 0 {
            return Vec::new();
        }
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let here = super::detect_core();
        let kind = |cpu: usize| {
            let file = format!("/sys/devices/system/cpu/cpu{cpu}/regs/identification/midr_el1");
            let midr = std::fs::read_to_string(file).ok().and_then(|text| core_in_midr_file(&text));
            match here {
                Core::NotArm => here,
                _ => midr.or_else(|| core_of_processor(&cpuinfo, cpu)).unwrap_or(here),
            }
        };
        // SAFETY: the numbers are below the set's size.
        let may = |cpu: &usize| unsafe { libc::CPU_ISSET(*cpu, &set) };
        (0..libc::CPU_SETSIZE as usize).filter(may).map(|cpu| (cpu, kind(cpu))).collect()
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    Vec::new()
}

/// The processor that this thread runs on now, where the system says.
pub fn current_processor() -> Option<usize> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // SAFETY: no arguments; -1 if the kernel does not know.
        usize::try_from(unsafe { libc::sched_getcpu() }).ok()
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    None
}

/// What the file `midr_el1` says: `0x00000000410fd083`.
#[cfg_attr(
    not(any(test, target_os = "linux", target_os = "android")),
    expect(dead_code, reason = "Linux's file")
)]
pub(super) fn core_in_midr_file(text: &str) -> Option<Core> {
    u64::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok().map(Core::of_midr)
}

/// The core of processor `cpu`, if `/proc/cpuinfo` has a part about it that names one.
#[cfg_attr(
    not(any(test, target_os = "linux", target_os = "android")),
    expect(dead_code, reason = "Linux's file")
)]
pub(super) fn core_of_processor(cpuinfo: &str, cpu: usize) -> Option<Core> {
    let is_its_head = |line: &str| {
        line.split_once(':')
            .is_some_and(|(key, value)| key.trim() == "processor" && value.trim() == cpu.to_string())
    };
    let mut lines = cpuinfo.lines().skip_while(|line| !is_its_head(line));
    lines.next()?;
    let part: Vec<&str> = lines.take_while(|line| !line.starts_with("processor")).collect();
    match super::core_in_cpuinfo(&part.join("\n")) {
        Core::Unknown { implementer: 0, part: 0 } => None,
        core => Some(core),
    }
}

/// Keeps the calling thread on processor `cpu` (`None`: the one that it runs on), so that caches stay
/// warm and a phone's cores are not mixed. Returns the processor, or `None` where the system has no
/// such call or refuses.
pub fn pin_thread(cpu: Option<usize>) -> Option<usize> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let cpu = cpu.or_else(current_processor).filter(|&cpu| cpu < libc::CPU_SETSIZE as usize)?;
        // SAFETY: an all-zero set is the empty one, `cpu` is below its size, and the call reads
        // exactly the set.
        let status = unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            libc::CPU_SET(cpu, &mut set);
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set)
        };
        (status == 0).then_some(cpu)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    {
        let _ = cpu;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emulation_shows() {
        let arm = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n";
        let other = "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vme\n";
        assert_eq!(traces(None, None), None);
        assert_eq!(traces(None, Some("")), None);
        assert_eq!(traces(Some("aarch64\n"), Some(arm)), None);
        assert!(traces(Some("x86_64\n"), Some(arm)).is_some_and(|why| why.contains("x86_64")));
        assert!(traces(None, Some(other)).is_some_and(|why| why.contains("no Arm processor")));
    }

    #[test]
    fn every_processor_has_its_kind() {
        let text = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n\nprocessor\t: 10\n\
                    CPU implementer\t: 0x41\nCPU part\t: 0xd08\n\nprocessor\t: 2\nBogoMIPS\t: 1\n";
        assert_eq!(core_of_processor(text, 0), Some(Core::Known("cortex-a53")));
        assert_eq!(core_of_processor(text, 10), Some(Core::Known("cortex-a72")));
        assert_eq!(core_of_processor(text, 2), None, "its own part says nothing");
        assert_eq!(core_of_processor(text, 1), None);
        // Old kernels: one name for all, behind the processors.
        assert_eq!(core_of_processor("Processor : AArch64\nprocessor : 0\nprocessor : 1\n", 0), None);
        assert_eq!(core_in_midr_file("0x00000000410fd083\n"), Some(Core::Known("cortex-a72")));
        assert_eq!(core_in_midr_file("410fd083"), None);
    }

    #[test]
    fn this_thread_runs_on_a_processor_that_it_may_run_on() {
        let processors = processors();
        assert_eq!(processors.is_empty(), !cfg!(any(target_os = "linux", target_os = "android")));
        if let Some(current) = current_processor() {
            assert!(processors.iter().any(|&(cpu, _)| cpu == current), "{current} of {processors:?}");
        }
        let is_arm = cfg!(target_arch = "aarch64");
        assert!(processors.iter().all(|&(_, core)| (core != Core::NotArm) == is_arm), "{processors:?}");
    }

    #[test]
    fn a_thread_can_be_pinned_where_the_system_allows_it() {
        let pinned = std::thread::spawn(|| (pin_thread(None), pin_thread(Some(usize::MAX)))).join().unwrap();
        assert_eq!(pinned.1, None);
        if let Some(cpu) = pinned.0 {
            assert_eq!(std::thread::spawn(move || pin_thread(Some(cpu))).join().unwrap(), Some(cpu));
        }
    }
}
