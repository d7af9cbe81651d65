//! What a stopwatch has to know: whether times are real, and how to stay on one core.

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

/// Keeps the calling thread on processor `cpu` (`None`: the one that it runs on), so that caches stay
/// warm and a phone's cores are not mixed. Returns the processor, or `None` where the system has no
/// such call or refuses.
pub fn pin_thread(cpu: Option<usize>) -> Option<usize> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        // SAFETY: no arguments; -1 if the kernel does not know.
        let here = || usize::try_from(unsafe { libc::sched_getcpu() }).ok();
        let cpu = cpu.or_else(here).filter(|&cpu| cpu < libc::CPU_SETSIZE as usize)?;
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
    fn a_thread_can_be_pinned_where_the_system_allows_it() {
        let pinned = std::thread::spawn(|| (pin_thread(None), pin_thread(Some(usize::MAX)))).join().unwrap();
        assert_eq!(pinned.1, None);
        if let Some(cpu) = pinned.0 {
            assert_eq!(std::thread::spawn(move || pin_thread(Some(cpu))).join().unwrap(), Some(cpu));
        }
    }
}
