//! What machine this is: core and features.
//!
//! ```text
//!   Linux    HWCAP_CPUID? ─► mrs midr_el1 ─┐
//!                 else     /proc/cpuinfo ──┼─► implementer, part ─► cores.rs ─► Core
//!   Windows  registry, `CP 4000` ──────────┤
//!   macOS    sysctl hw.cpufamily ──────────┘
//! ```
//!
//! Nothing about correctness depends on it: a wrong core costs time, not bits.

mod caches;
mod clusters;
mod cores;
mod host;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(any(test, target_os = "linux", target_os = "android"))]
mod sysfs;
#[cfg(windows)]
mod windows;

pub use caches::{CACHES, Caches};
pub use clusters::{Cache, Cluster, Holds, clusters};
pub use cores::{Class, KNOWN_CORES, core_of_cpufamily, core_of_midr};
pub use host::{current_processor, emulated, pin_thread, processors};
use qgen_spec::Isa;
use std::fmt;

/// The kind of core that a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Core {
    /// A core by its name in the core tables, e.g. `cortex-a72`.
    Known(&'static str),
    /// An Arm core that the tables do not have.
    Unknown {
        /// MIDR_EL1 bits 31 to 24; 0 if not even that is known.
        implementer: u8,
        /// MIDR_EL1 bits 15 to 4.
        part: u16,
    },
    /// Another architecture.
    NotArm,
}

impl Core {
    /// The core with this name, if the tables have it.
    pub fn by_name(name: &str) -> Option<Core> {
        KNOWN_CORES.iter().find(|(known, _)| *known == name).map(|&(known, _)| Core::Known(known))
    }

    /// The core with this MIDR_EL1.
    pub fn of_midr(midr: u64) -> Core {
        let (implementer, part) = ((midr >> 24) as u8, (midr >> 4) as u16 & 0xfff);
        core_of_midr(implementer, part).map_or(Core::Unknown { implementer, part }, Core::Known)
    }

    /// The core's name, if the tables have it.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Core::Known(name) => Some(name),
            Core::Unknown { .. } | Core::NotArm => None,
        }
    }

    /// The class of cores whose kernels suit this one best.
    pub fn class(self) -> Option<Class> {
        match self {
            Core::Known(name) => Class::of(name),
            Core::Unknown { .. } | Core::NotArm => None,
        }
    }
}

impl fmt::Display for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Core::Known(name) => f.write_str(name),
            Core::Unknown { implementer: 0, part: 0 } => f.write_str("an unknown Arm core"),
            Core::Unknown { implementer, part } => {
                write!(f, "an unknown Arm core (implementer {implementer:#04x}, part {part:#05x})")
            }
            Core::NotArm => f.write_str("not an Arm core"),
        }
    }
}

/// Instruction-set extensions that kernels may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Advanced SIMD: every aarch64 machine that we run on.
    pub neon: bool,
    /// `udot`, `sdot` (FEAT_DotProd).
    pub dotprod: bool,
    /// `ummla`, `smmla`, `usmmla` (FEAT_I8MM).
    pub i8mm: bool,
}

impl Features {
    /// Whether code of this level runs here.
    pub fn supports(self, isa: Isa) -> bool {
        match isa {
            Isa::Neon => self.neon,
            Isa::Dotprod => self.neon && self.dotprod,
            Isa::I8mm => self.neon && self.dotprod && self.i8mm,
        }
    }
}

/// Where kernels are to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The core.
    pub core: Core,
    /// What its instruction set has; nothing, where machine code cannot run.
    pub features: Features,
}

impl Machine {
    /// This machine. On big.LITTLE, the core that this thread happens to run on.
    pub fn detect() -> Machine {
        Machine { core: detect_core(), features: detect_features() }
    }

    /// This machine, were its core this one: what is chosen for it runs here.
    pub fn with_core(core: Core) -> Machine {
        Machine { core, features: detect_features() }
    }
}

/// Features by the standard library's detection.
pub fn detect_features() -> Features {
    #[cfg(target_arch = "aarch64")]
    {
        use std::arch::is_aarch64_feature_detected as has;
        let i8mm = has!("i8mm");
        #[cfg(windows)]
        let i8mm = i8mm || windows::has_i8mm();
        Features { neon: has!("neon"), dotprod: has!("dotprod"), i8mm }
    }
    #[cfg(not(target_arch = "aarch64"))]
    Features::default()
}

/// The core that this thread runs on.
pub fn detect_core() -> Core {
    #[cfg(all(target_arch = "aarch64", any(target_os = "linux", target_os = "android")))]
    {
        midr().map(Core::of_midr).unwrap_or_else(|| {
            let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
            core_in_cpuinfo(&text)
        })
    }
    #[cfg(all(target_arch = "aarch64", target_os = "macos"))]
    {
        macos::core()
    }
    #[cfg(all(target_arch = "aarch64", windows))]
    {
        windows::core()
    }
    #[cfg(all(
        target_arch = "aarch64",
        not(any(target_os = "linux", target_os = "android", target_os = "macos", windows))
    ))]
    {
        Core::Unknown { implementer: 0, part: 0 }
    }
    #[cfg(not(target_arch = "aarch64"))]
    Core::NotArm
}

/// The first core that the text of `/proc/cpuinfo` describes, by its lines `CPU implementer` and
/// `CPU part`.
pub fn core_in_cpuinfo(text: &str) -> Core {
    let number = |key: &str| {
        text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let digits = value.trim().strip_prefix("0x")?;
            (name.trim() == key).then(|| u64::from_str_radix(digits, 16).ok())?
        })
    };
    match number("CPU implementer").zip(number("CPU part")) {
        Some((implementer, part)) if implementer < 0x100 && part < 0x1000 => {
            Core::of_midr(implementer << 24 | part << 4)
        }
        _ => Core::Unknown { implementer: 0, part: 0 },
    }
}

/// MIDR_EL1, where the kernel lets user space read it.
#[cfg(all(target_arch = "aarch64", any(target_os = "linux", target_os = "android")))]
#[expect(unsafe_code, reason = "a register of the processor, and a call of the operating system")]
fn midr() -> Option<u64> {
    /// `arch/arm64/include/uapi/asm/hwcap.h`: reads of ID registers are emulated by the kernel.
    const HWCAP_CPUID: libc::c_ulong = 1 << 11;
    // SAFETY: getauxval has no preconditions.
    let hwcap = unsafe { libc::getauxval(libc::AT_HWCAP) };
    if hwcap & HWCAP_CPUID == 0 {
        return None;
    }
    let midr: u64;
    // SAFETY: the kernel says that it emulates this read, which changes nothing.
    unsafe { std::arch::asm!("mrs {}, midr_el1", out(reg) midr, options(nomem, nostack, preserves_flags)) };
    Some(midr)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpuinfo_is_parsed() {
        let text = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\n\
                    CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\n\
                    CPU revision\t: 3\n\nprocessor\t: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd03\n";
        assert_eq!(core_in_cpuinfo(text), Core::Known("cortex-a72"));
        let other = text.replace("0xd08", "0xfff");
        assert_eq!(core_in_cpuinfo(&other), Core::Unknown { implementer: 0x41, part: 0xfff });
        assert!(core_in_cpuinfo(&other).to_string().contains("implementer 0x41, part 0xfff"));
        for damaged in ["", "CPU part: 0xd08", "CPU implementer: 0x41\nCPU part: 0xzz", ":::"] {
            assert_eq!(core_in_cpuinfo(damaged), Core::Unknown { implementer: 0, part: 0 });
        }
    }

    #[test]
    fn midr_is_decoded() {
        assert_eq!(Core::of_midr(0x410f_d034), Core::Known("cortex-a53"));
        assert_eq!(Core::of_midr(0x413f_d0c1), Core::Known("neoverse-n1"));
        assert_eq!(Core::of_midr(0x611f_0231), Core::Known("apple-m1"));
        assert_eq!(Core::of_midr(0x000f_0510), Core::Unknown { implementer: 0, part: 0x51 });
    }

    #[test]
    fn names_and_classes() {
        assert_eq!(Core::by_name("cortex-a73").unwrap().class(), Some(Class::OneMultiplier));
        assert_eq!(Core::by_name("cortex-m4"), None);
        assert_eq!(Core::NotArm.to_string(), "not an Arm core");
        assert_eq!(Core::NotArm.class(), None);
        for class in [Class::InOrder, Class::OneMultiplier, Class::ManyPipes, Class::MatrixProducts] {
            assert_eq!(Core::by_name(class.representative()).unwrap().class(), Some(class));
            assert_eq!(class.with_features(Features { neon: true, dotprod: true, i8mm: true }), class);
        }
        let dot = Features { neon: true, dotprod: true, i8mm: false };
        assert_eq!(Class::MatrixProducts.with_features(dot), Class::ManyPipes);
        assert_eq!(Class::MatrixProducts.with_features(Features::default()), Class::OneMultiplier);
        assert_eq!(Class::InOrder.with_features(Features::default()), Class::InOrder);
    }

    #[test]
    fn this_machine_is_something() {
        let machine = Machine::detect();
        assert_eq!(machine.core == Core::NotArm, !cfg!(target_arch = "aarch64"));
        assert_eq!(machine.features.supports(Isa::Neon), cfg!(target_arch = "aarch64"));
    }
}
