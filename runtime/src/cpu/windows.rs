//! Processors by Windows: the registry has the identification registers, and two calls have the rest.
//!
//! `HKEY_LOCAL_MACHINE\HARDWARE\DESCRIPTION\System\CentralProcessor\N` has a 64-bit value for every identification
//! register of processor N. Its name is `CP ` and, in hexadecimal, the register's number in `mrs` without the highest of
//! its bits (op0, op1, CRn, CRm, op2): `CP 4000` is MIDR_EL1. Microsoft does not document it; LLVM's
//! `getHostCPUName` and the .NET runtime read it too.

#![expect(unsafe_code, reason = "calls of the operating system")]

use super::Core;
use super::clusters::{Cache, Cluster, Holds, together};
use std::ffi::c_void;
use std::ptr::{null, null_mut};

const HKEY_LOCAL_MACHINE: isize = 0x8000_0002_u32 as i32 as isize;
const RRF_RT_REG_QWORD: u32 = 0x48;
const RRF_RT_REG_DWORD: u32 = 0x18;

// Names and types are those of `winreg.h`, `sysinfoapi.h` and `processthreadsapi.h`.
#[link(name = "advapi32")]
unsafe extern "system" {
    fn RegGetValueW(
        key: isize,
        subkey: *const u16,
        value: *const u16,
        flags: u32,
        kind: *mut u32,
        data: *mut c_void,
        size: *mut u32,
    ) -> i32;
}

#[link(name = "kernel32")]
unsafe extern "system" {
    fn GetLogicalProcessorInformation(buffer: *mut LogicalProcessor, bytes: *mut u32) -> i32;
    fn GetCurrentProcessorNumber() -> u32;
    #[cfg(target_arch = "aarch64")]
    fn IsProcessorFeaturePresent(feature: u32) -> i32;
}

/// `SYSTEM_LOGICAL_PROCESSOR_INFORMATION`, with the member of its union that caches have.
#[repr(C)]
#[derive(Clone, Copy, Default)]
struct LogicalProcessor {
    mask: usize,
    relation: u32,
    cache: CacheDescriptor,
}

/// `CACHE_DESCRIPTOR`, as large and as aligned as the union.
#[repr(C, align(8))]
#[derive(Clone, Copy, Default)]
struct CacheDescriptor {
    level: u8,
    associativity: u8,
    line: u16,
    bytes: u32,
    kind: u32,
    rest: u32,
}

const RELATION_CACHE: u32 = 2;

/// The core that this thread runs on.
pub(super) fn core() -> Core {
    // SAFETY: no arguments.
    core_of(unsafe { GetCurrentProcessorNumber() } as usize)
}

fn core_of(processor: usize) -> Core {
    match midr(processor) {
        _ if !cfg!(target_arch = "aarch64") => Core::NotArm,
        Some(midr) => Core::of_midr(midr),
        None => Core::Unknown { implementer: 0, part: 0 },
    }
}

/// Whether there are matrix products, which the standard library does not ask about in all of its versions:
/// `PF_ARM_V82_I8MM_INSTRUCTIONS_AVAILABLE` of `winnt.h`, else the field I8MM (bits 55 to 52) of ID_AA64ISAR1_EL1.
#[cfg(target_arch = "aarch64")]
pub(super) fn has_i8mm() -> bool {
    const I8MM: u32 = 66;
    // SAFETY: a system that does not know the number answers no.
    let present = unsafe { IsProcessorFeaturePresent(I8MM) } != 0;
    present || register(0, "CP 4031").is_some_and(|isar1| isar1 >> 52 & 15 != 0)
}

/// The processors of this thread's group: at most 64.
pub(super) fn clusters() -> Vec<Cluster> {
    let caches = caches();
    let count = std::thread::available_parallelism().map_or(0, usize::from).min(64);
    together((0..count).map(|number| {
        let mut own: Vec<Cache> =
            caches.iter().filter(|(mask, _)| mask >> number & 1 == 1).map(|&(_, cache)| cache).collect();
        own.sort_unstable();
        let one = Cluster {
            core: core_of(number),
            midr: midr(number),
            count: 1,
            processors: Vec::new(),
            max_khz: value(number, "~MHz", RRF_RT_REG_DWORD).map(|mhz| mhz * 1000),
            caches: own,
        };
        (number, one)
    }))
}

/// The caches, and the processors that have them as bits.
fn caches() -> Vec<(usize, Cache)> {
    let mut bytes = 0u32;
    // SAFETY: without room, the call only says how much it needs.
    unsafe { GetLogicalProcessorInformation(null_mut(), &raw mut bytes) };
    let mut all = vec![LogicalProcessor::default(); bytes as usize / size_of::<LogicalProcessor>()];
    let mut bytes = size_of_val(&*all) as u32;
    // SAFETY: `bytes` is the size of the room, whose elements are of the system's layout.
    if unsafe { GetLogicalProcessorInformation(all.as_mut_ptr(), &raw mut bytes) } == 0 {
        return Vec::new();
    }
    all.truncate(bytes as usize / size_of::<LogicalProcessor>());
    let cache = |one: &LogicalProcessor| {
        let holds = match one.cache.kind {
            0 => Holds::Both,
            1 => Holds::Instructions,
            2 => Holds::Data,
            _ => return None,
        };
        let CacheDescriptor { level, bytes, .. } = one.cache;
        let shared_by = one.mask.count_ones() as usize;
        Some((one.mask, Cache { level, holds, bytes: bytes as usize, shared_by }))
    };
    all.iter().filter(|one| one.relation == RELATION_CACHE).filter_map(cache).collect()
}

fn midr(processor: usize) -> Option<u64> {
    register(processor, "CP 4000")
}

fn register(processor: usize, name: &str) -> Option<u64> {
    value(processor, name, RRF_RT_REG_QWORD)
}

/// A number of the registry about a processor.
fn value(processor: usize, name: &str, kind: u32) -> Option<u64> {
    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let key = wide(&format!("HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\{processor}"));
    let name = wide(name);
    let (mut value, mut size) = (0u64, size_of::<u64>() as u32);
    // SAFETY: both texts end with 0, and `size` is that of the place for the answer, which no result of these kinds
    // exceeds.
    let status = unsafe {
        RegGetValueW(
            HKEY_LOCAL_MACHINE,
            key.as_ptr(),
            name.as_ptr(),
            kind,
            null::<u32>().cast_mut(),
            (&raw mut value).cast(),
            &raw mut size,
        )
    };
    (status == 0).then_some(value)
}
