//! All kernels of this crate: those that ship and the portable ones.

use crate::{Error, Kernel, kernels, portable};

/// Kernels in plain Rust that together cover all operands, on every machine.
pub fn portable() -> &'static [&'static Kernel] {
    portable::PORTABLE
}

/// Every kernel: the generated set, then the portable ones.
pub fn all() -> impl Iterator<Item = &'static Kernel> {
    kernels::SHIPPED.iter().chain(portable::PORTABLE).copied()
}

/// Every kernel that stands for itself: all but the forms for short k, which are used in the place of others.
pub fn usual() -> impl Iterator<Item = &'static Kernel> {
    all().filter(|kernel| !kernel.descriptor().spec.short)
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
        let e = find("qgen_none").unwrap_err().to_string();
        assert!(e.starts_with("kernel: there is no kernel `qgen_none`"), "{e}");
    }
}
