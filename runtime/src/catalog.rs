//! All kernels of this crate: those that ship and the portable ones.

use crate::{End, Error, Kernel, kernels, portable};

/// Kernels in plain Rust that together cover all operands, on every machine.
pub fn portable() -> &'static [&'static Kernel] {
    portable::PORTABLE
}

/// Every kernel: the generated set, then the portable ones.
pub fn all() -> impl Iterator<Item = &'static Kernel> {
    kernels::SHIPPED.iter().chain(portable::PORTABLE).copied()
}

/// Every kernel that stands for itself: all but the forms for short k and those that store something else than
/// sums, which are used in the place of others.
pub fn usual() -> impl Iterator<Item = &'static Kernel> {
    all().filter(|kernel| {
        let spec = &kernel.descriptor().spec;
        !spec.short && spec.end == End::Sums
    })
}

/// The kernel of this name.
///
/// # Errors
/// [`Error::UnknownKernel`].
pub fn find(name: &str) -> Result<&'static Kernel, Error> {
    all().find(|kernel| kernel.name() == name).ok_or_else(|| Error::UnknownKernel { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen_spec::KernelSpec;

    #[test]
    fn every_kernel_is_sound_and_found_by_its_name() {
        for kernel in all() {
            kernel.check().unwrap();
            assert_eq!(kernel.name(), kernel.descriptor().name());
            assert!(std::ptr::eq(find(kernel.name()).unwrap(), kernel), "two kernels named {kernel}");
            assert!(kernel.descriptor().k_limit <= kernel.descriptor().spec.k_limit(), "{kernel}");
        }
        for (kernel, short) in all().filter_map(|kernel| Some((kernel, kernel.short()?))) {
            let usual = &kernel.descriptor().spec;
            assert_eq!(short.descriptor().spec, KernelSpec { short: true, ..usual.clone() });
        }
        let mut ended = 0;
        for (kernel, other) in all().flat_map(|kernel| kernel.ends().iter().map(move |end| (kernel, end))) {
            let (usual, spec) = (&kernel.descriptor().spec, &other.descriptor().spec);
            assert_eq!((usual.end, spec), (End::Sums, &KernelSpec { end: spec.end, ..usual.clone() }));
            assert_ne!(spec.end, End::Sums, "{other}");
            ended += 1;
        }
        let ends = all().filter(|kernel| kernel.descriptor().spec.end != End::Sums).count();
        assert_eq!(ends, ended, "each belongs to one kernel");
        let e = find("qgen_none").unwrap_err().to_string();
        assert!(e.starts_with("kernel: there is no kernel `qgen_none`"), "{e}");
    }
}
