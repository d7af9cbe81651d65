//! What is tuned for: which cores, and on which processor of this machine, if on any.
//!
//! Only Linux (and Android) can keep a thread on one processor. Without that a phone's times would be those
//! of a large and a small core mixed, so elsewhere nothing is timed, and what asks for times is refused.

use super::Target;
use crate::clock::Clock;
use crate::cores::Cores;
use crate::output;
use qgen::core::Core;
use qgen_runtime::cpu;
use qgen_spec::{Diagnostic, Field};

/// What the user says about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// The cores by their names.
    pub(crate) cores: &'a [String],
    /// The processor to measure on.
    pub(crate) cpu: Option<usize>,
    /// Whether a model is no answer.
    pub(crate) must_run: bool,
}

/// Where kernels can be timed.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    /// The processors and their kinds.
    processors: Vec<(usize, cpu::Core)>,
    /// The one that this thread is on.
    current: Option<usize>,
    /// Why nothing can be timed here, if so.
    refusal: Option<String>,
}

impl Here {
    /// This machine.
    pub(crate) fn detect() -> Here {
        let (processors, current) = (cpu::processors(), cpu::current_processor());
        let pinned = || std::thread::spawn(|| cpu::pin_thread(None)).join().ok().flatten();
        let (arch, os) = (std::env::consts::ARCH, std::env::consts::OS);
        let refusal = if !cfg!(target_arch = "aarch64") {
            Some(format!("this machine is {arch}, and kernels are for Arm"))
        } else if !cfg!(any(target_os = "linux", target_os = "android")) {
            Some(format!(
                "on {os} a thread cannot be kept on one processor, and times would be those of several"
            ))
        } else if processors.is_empty() || pinned().is_none() {
            Some("the system does not let a thread be kept on one processor (sched_setaffinity)".into())
        } else {
            None
        };
        Here { processors, current, refusal }
    }

    /// The processor to measure on: the one that is asked for, else one of the kind `name`, else the
    /// current one. None where there is none of that kind, or nothing can be timed.
    fn place(&self, wish: Wish<'_>, name: Option<&str>) -> Result<Option<(usize, cpu::Core)>, Diagnostic> {
        let bad = |problem: String, help: &str| Err(Diagnostic::new(Field::Core, problem, help));
        let demand = match wish.cpu {
            Some(number) => Some(format!("CPU {number}")),
            None => wish.must_run.then(|| "a measurement".into()),
        };
        if let Some(why) = &self.refusal {
            return match demand {
                Some(what) => bad(
                    format!("{what} was asked for, but {why}"),
                    "copy qgen to an Arm machine with Linux (`cargo xtask board`) and run it there",
                ),
                None => Ok(None),
            };
        }
        let is_kind = |&(_, kind): &(usize, cpu::Core)| name.is_none_or(|name| kind.name() == Some(name));
        let numbered = |number| self.processors.iter().copied().find(|&(cpu, _)| cpu == number);
        if let Some(number) = wish.cpu {
            return match numbered(number) {
                Some(place) if is_kind(&place) => Ok(Some(place)),
                Some((_, kind)) => bad(
                    format!("CPU {number} is {kind}, not {}", name.unwrap_or("that")),
                    "leave out --core or --cpu, each finds the other",
                ),
                None => bad(
                    format!("there is no CPU {number} that this program may run on"),
                    &format!("choose one of {}", self.kinds()),
                ),
            };
        }
        let current = self.current.and_then(numbered).filter(is_kind);
        match current.or_else(|| self.processors.iter().copied().find(is_kind)) {
            None if wish.must_run => bad(
                format!("no processor here is a {}", name.unwrap_or("known core")),
                &format!("choose the core of one of {}", self.kinds()),
            ),
            place => Ok(place),
        }
    }

    /// The processors as one reads them: `CPUs 0 to 3 (cortex-a53), CPUs 4 to 5 (cortex-a72)`.
    fn kinds(&self) -> String {
        let mut groups: Vec<(usize, usize, cpu::Core)> = Vec::new();
        for &(cpu, kind) in &self.processors {
            match groups.last_mut() {
                Some((_, last, same)) if *same == kind && *last + 1 == cpu => *last = cpu,
                _ => groups.push((cpu, cpu, kind)),
            }
        }
        let group = |(first, last, kind): (usize, usize, cpu::Core)| match last - first {
            0 => format!("CPU {first} ({kind})"),
            _ => format!("CPUs {first} to {last} ({kind})"),
        };
        groups.into_iter().map(group).collect::<Vec<_>>().join(", ")
    }

    /// Says where it is measured.
    fn say(&self, (number, kind): (usize, cpu::Core)) {
        let several = self.processors.iter().any(|&(_, other)| other != kind);
        let others = if several { format!("; of {}, --cpu chooses", self.kinds()) } else { String::new() };
        output::remark(&format!("kernels run on CPU {number}, which is {kind}{others}"));
    }
}

/// The cores that were asked for; else the file's; else this machine's; where there is none, all.
pub(crate) fn targets(wish: Wish<'_>, here: &Here, cores: &Cores) -> Result<Vec<Target>, Diagnostic> {
    let modelled = |core: Core| Target { name: core.name.clone(), core, clock: None };
    let measured = |core: Core, place: (usize, cpu::Core)| {
        here.say(place);
        Target { name: place.1.to_string(), core, clock: Some(Clock::on(place.0)) }
    };
    let demanded = wish.must_run || wish.cpu.is_some();
    if wish.cores.is_empty() && cores.own().is_some() {
        let core = cores.choose(None)?;
        // A table of one's own may be about any core: it is measured only where that is asked for.
        return Ok(vec![match here.place(wish, None)?.filter(|_| demanded) {
            Some(place) => Target { name: core.name.clone(), ..measured(core, place) },
            None => modelled(core),
        }]);
    }
    if wish.cores.is_empty() {
        if let Some(place) = here.place(wish, None)? {
            return Ok(vec![measured(cores.nearest_to(place.1)?, place)]);
        }
        if !cfg!(target_arch = "aarch64") {
            output::remark("this is no Arm machine: cores are modelled, not measured");
            return Core::names().map(|name| Core::built_in(name).map(modelled)).collect();
        }
        if let Some(why) = &here.refusal {
            output::remark(&format!("{why}: the core is modelled, not measured"));
        }
        return Ok(vec![modelled(cores.choose(None)?)]);
    }
    let mut targets: Vec<Target> = Vec::new();
    for name in wish.cores {
        let core = cores.named(name)?;
        if targets.iter().any(|target| target.core.name == core.name) {
            continue;
        }
        let is_own = cores.own().is_some_and(|own| own.name == *name);
        let place = match is_own {
            true => here.place(wish, None)?.filter(|_| demanded),
            false => here.place(wish, Some(name))?,
        };
        targets.push(match place {
            Some(place) => Target { name: core.name.clone(), ..measured(core, place) },
            None => modelled(core),
        });
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: cpu::Core = cpu::Core::Known("cortex-a53");
    const LARGE: cpu::Core = cpu::Core::Known("cortex-a72");

    /// Two small cores and a large one; the program began on a small one.
    fn phone() -> Here {
        Here { processors: vec![(0, SMALL), (1, SMALL), (4, LARGE)], current: Some(1), refusal: None }
    }

    fn found(cores: &[&str], cpu: Option<usize>, must_run: bool, here: &Here) -> Result<Vec<Target>, String> {
        let cores: Vec<String> = cores.iter().map(|&name| name.to_owned()).collect();
        targets(Wish { cores: &cores, cpu, must_run }, here, &Cores::default()).map_err(|e| e.to_string())
    }

    fn cpus(targets: &[Target]) -> Vec<(&str, Option<usize>)> {
        targets.iter().map(|t| (t.name.as_str(), t.clock.as_ref().and_then(|clock| clock.cpu))).collect()
    }

    #[test]
    fn the_processor_and_the_core_find_each_other() {
        let phone = phone();
        let ok = |cores: &[&str], cpu| found(cores, cpu, false, &phone).unwrap();
        assert_eq!(cpus(&ok(&[], None)), [("cortex-a53", Some(1))], "where the program is");
        assert_eq!(cpus(&ok(&[], Some(4))), [("cortex-a72", Some(4))]);
        assert_eq!(cpus(&ok(&["cortex-a72"], None)), [("cortex-a72", Some(4))]);
        let both = ok(&["cortex-a72", "neoverse-n1", "cortex-a53", "cortex-a72"], None);
        assert_eq!(
            cpus(&both),
            [("cortex-a72", Some(4)), ("neoverse-n1", None), ("cortex-a53", Some(1))],
            "what is not here is modelled"
        );
    }

    #[test]
    fn what_cannot_be_measured_is_refused_with_the_reason() {
        let phone = phone();
        let said = |cores: &[&str], cpu| found(cores, cpu, true, &phone).unwrap_err();
        let all = "CPUs 0 to 1 (cortex-a53), CPU 4 (cortex-a72)";
        assert!(said(&[], Some(3)).contains("no CPU 3") && said(&[], Some(3)).contains(all));
        assert!(said(&["cortex-a53"], Some(4)).contains("CPU 4 is cortex-a72, not cortex-a53"));
        assert!(said(&["neoverse-n1"], None).contains("no processor here is a neoverse-n1"));
        let elsewhere = Here { refusal: Some("this system has no such call".into()), ..phone };
        for (cpu, must_run) in [(None, true), (Some(0), false)] {
            let said = found(&["cortex-a53"], cpu, must_run, &elsewhere).unwrap_err();
            assert!(said.contains("this system has no such call"), "{said}");
        }
        assert_eq!(cpus(&found(&["cortex-a53"], None, false, &elsewhere).unwrap()), [("cortex-a53", None)]);
    }

    #[test]
    fn this_machine_can_be_measured_on_or_says_why_not() {
        let here = Here::detect();
        let expected = cfg!(all(target_arch = "aarch64", any(target_os = "linux", target_os = "android")));
        assert_eq!(here.refusal.is_none(), expected, "{here:?}");
        if !cfg!(target_arch = "aarch64") {
            let said = found(&[], None, true, &here).unwrap_err();
            assert!(said.contains("kernels are for Arm") && said.contains("cargo xtask board"), "{said}");
        }
    }
}
