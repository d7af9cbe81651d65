//! Arm cores by the numbers that they identify themselves with.
//!
//! Implementer and part numbers: `arch/arm64/include/asm/cputype.h` of Linux and, for cores that it
//! does not have, `sys-utils/lscpu-arm.c` of util-linux; both quote the cores' reference manuals.
//! Apple's families: `mach/machine.h` of the macOS SDK. Names are those of `-mcpu`.

use super::Features;

/// Cores that want the same kernels. The representative is the one that kernels are scheduled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Two instructions a cycle in order, one of them 128 bits wide: Cortex-A53 and its successors.
    InOrder,
    /// Out of order, with one of the two vector pipes multiplying: Cortex-A57, A72, A73.
    OneMultiplier,
    /// Out of order, wider, with dot products: Cortex-A76, Neoverse N1, Apple M1.
    ManyPipes,
    /// The same with matrix products: Neoverse V1, Cortex-A710, Apple M2 and later.
    MatrixProducts,
}

impl Class {
    /// The core that stands for the class in the shipped set.
    pub const fn representative(self) -> &'static str {
        match self {
            Class::InOrder => "cortex-a53",
            Class::OneMultiplier => "cortex-a72",
            Class::ManyPipes => "neoverse-n1",
            Class::MatrixProducts => "neoverse-v1",
        }
    }

    /// Hundredths of a cycle in which a pass makes a byte of a sum (`quant/rows.rs`): what its loop takes by the model of the
    /// class's core, and a quarter more for the way through the cache, which the model leaves out.
    pub(crate) const fn pass(self) -> u32 {
        match self {
            Class::InOrder => 310,
            Class::OneMultiplier | Class::ManyPipes => 125,
            Class::MatrixProducts => 56,
        }
    }

    /// Hundredths of a cycle for an instruction of loops that are not generated, such as those that copy and sum up rows: what
    /// the loops around the products of networks take by the model of the class's core, all in all (`cargo xtask nets
    /// --functions`).
    pub(crate) const fn per_instruction(self) -> u32 {
        match self {
            Class::InOrder => 120,
            Class::OneMultiplier => 40,
            Class::ManyPipes => 35,
            Class::MatrixProducts => 18,
        }
    }

    /// The class of a core of [`KNOWN_CORES`].
    pub(crate) fn of(core: &str) -> Option<Class> {
        KNOWN_CORES.iter().find(|(known, _)| *known == core).map(|&(_, class)| class)
    }

    /// The class whose kernels can be run with these features: some cores of a class lack what names it,
    /// and a system may hide it.
    pub const fn with_features(self, features: Features) -> Class {
        match self {
            Class::MatrixProducts if !features.i8mm => Class::ManyPipes.with_features(features),
            Class::ManyPipes if !features.dotprod => Class::OneMultiplier,
            class => class,
        }
    }
}

/// Every core with a name here, and its class.
pub const KNOWN_CORES: &[(&str, Class)] = &[
    ("cortex-a34", Class::InOrder),
    ("cortex-a35", Class::InOrder),
    ("cortex-a53", Class::InOrder),
    ("cortex-a55", Class::InOrder),
    ("cortex-a510", Class::InOrder),
    ("cortex-a520", Class::InOrder),
    ("cortex-a57", Class::OneMultiplier),
    ("cortex-a72", Class::OneMultiplier),
    ("cortex-a73", Class::OneMultiplier),
    ("cortex-a65", Class::ManyPipes),
    ("cortex-a75", Class::ManyPipes),
    ("cortex-a76", Class::ManyPipes),
    ("cortex-a77", Class::ManyPipes),
    ("cortex-a78", Class::ManyPipes),
    ("cortex-a710", Class::MatrixProducts),
    ("cortex-a715", Class::MatrixProducts),
    ("cortex-a720", Class::MatrixProducts),
    ("cortex-a725", Class::MatrixProducts),
    ("cortex-x1", Class::ManyPipes),
    ("cortex-x2", Class::MatrixProducts),
    ("cortex-x3", Class::MatrixProducts),
    ("cortex-x4", Class::MatrixProducts),
    ("cortex-x925", Class::MatrixProducts),
    ("neoverse-e1", Class::ManyPipes),
    ("neoverse-n1", Class::ManyPipes),
    ("neoverse-n2", Class::MatrixProducts),
    ("neoverse-n3", Class::MatrixProducts),
    ("neoverse-v1", Class::MatrixProducts),
    ("neoverse-v2", Class::MatrixProducts),
    ("neoverse-v3", Class::MatrixProducts),
    ("a64fx", Class::ManyPipes),
    ("ampere1", Class::MatrixProducts),
    ("carmel", Class::ManyPipes),
    ("oryon-1", Class::MatrixProducts),
    ("thunderx2t99", Class::ManyPipes),
    ("tsv110", Class::ManyPipes),
    ("apple-m1", Class::ManyPipes),
    ("apple-m2", Class::MatrixProducts),
    ("apple-m3", Class::MatrixProducts),
    ("apple-m4", Class::MatrixProducts),
];

/// The core with these MIDR_EL1 fields. Qualcomm's names for Arm's designs become Arm's; of Apple's
/// chips both kinds of core get the chip's name.
pub fn core_of_midr(implementer: u8, part: u16) -> Option<&'static str> {
    Some(match (implementer, part) {
        // Arm
        (0x41, 0xd02) => "cortex-a34",
        (0x41, 0xd03) => "cortex-a53",
        (0x41, 0xd04) => "cortex-a35",
        (0x41, 0xd05) => "cortex-a55",
        (0x41, 0xd06 | 0xd43) => "cortex-a65",
        (0x41, 0xd07) => "cortex-a57",
        (0x41, 0xd08) => "cortex-a72",
        (0x41, 0xd09) => "cortex-a73",
        (0x41, 0xd0a) => "cortex-a75",
        (0x41, 0xd0b | 0xd0e) => "cortex-a76",
        (0x41, 0xd0c) => "neoverse-n1",
        (0x41, 0xd0d) => "cortex-a77",
        (0x41, 0xd40) => "neoverse-v1",
        (0x41, 0xd41 | 0xd42 | 0xd4b) => "cortex-a78",
        (0x41, 0xd44 | 0xd4c) => "cortex-x1",
        (0x41, 0xd46) => "cortex-a510",
        (0x41, 0xd47) => "cortex-a710",
        (0x41, 0xd48) => "cortex-x2",
        (0x41, 0xd49) => "neoverse-n2",
        (0x41, 0xd4a) => "neoverse-e1",
        (0x41, 0xd4d) => "cortex-a715",
        (0x41, 0xd4e) => "cortex-x3",
        (0x41, 0xd4f) => "neoverse-v2",
        (0x41, 0xd80 | 0xd88) => "cortex-a520",
        (0x41, 0xd81 | 0xd89) => "cortex-a720",
        (0x41, 0xd82) => "cortex-x4",
        (0x41, 0xd83 | 0xd84) => "neoverse-v3",
        (0x41, 0xd85) => "cortex-x925",
        (0x41, 0xd87) => "cortex-a725",
        (0x41, 0xd8e) => "neoverse-n3",
        // Broadcom Brahma-B53
        (0x42, 0x100) => "cortex-a53",
        // Cavium
        (0x43, 0x0af) => "thunderx2t99",
        // Fujitsu
        (0x46, 0x001) => "a64fx",
        // HiSilicon
        (0x48, 0xd01) => "tsv110",
        // Nvidia
        (0x4e, 0x004) => "carmel",
        // Qualcomm Kryo 2xx, 3xx, 4xx (gold and silver), Oryon
        (0x51, 0x800) => "cortex-a73",
        (0x51, 0x801) => "cortex-a53",
        (0x51, 0x802) => "cortex-a75",
        (0x51, 0x803 | 0x805) => "cortex-a55",
        (0x51, 0x804) => "cortex-a76",
        (0x51, 0x001) => "oryon-1",
        // Apple: Icestorm and Firestorm, Blizzard and Avalanche
        (0x61, 0x022..=0x025 | 0x028 | 0x029) => "apple-m1",
        (0x61, 0x032..=0x035 | 0x038 | 0x039) => "apple-m2",
        // Ampere
        (0xc0, 0xac3 | 0xac4) => "ampere1",
        _ => return None,
    })
}

/// The core of one of Apple's `hw.cpufamily` values. The A14, A15, A16 to A17 and A18 have the cores of
/// M1 to M4.
pub fn core_of_cpufamily(family: u32) -> Option<&'static str> {
    Some(match family {
        0x1b58_8bb3 => "apple-m1",
        0xda33_d83d => "apple-m2",
        0x8765_edea | 0x2876_f5b5 | 0xfa33_415e | 0x7201_5832 | 0x5f4d_ea93 => "apple-m3",
        0x6f51_29ac | 0x17d5_b93a | 0x75d4_acb9 | 0x2045_26d0 => "apple-m4",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identified_core_has_a_class() {
        let known = |name| KNOWN_CORES.iter().any(|(known, _)| *known == name);
        let named = (0..=255u8).flat_map(|i| (0..0x1000u16).filter_map(move |p| core_of_midr(i, p)));
        let mut count = 0;
        for name in named {
            assert!(known(name), "{name}");
            count += 1;
        }
        assert!(count > 40);
        assert!(core_of_cpufamily(0x6f51_29ac).is_some_and(known));
        assert_eq!(core_of_cpufamily(0), None);
    }

    #[test]
    fn no_core_is_listed_twice() {
        let mut names: Vec<&str> = KNOWN_CORES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KNOWN_CORES.len());
    }
}
