//! Kernels that were compiled in this process, ready to be called.

#![expect(unsafe_code, reason = "it makes kernels of machine code that was compiled a moment ago")]

use crate::failure::Failure;
use qgen_runtime::Kernel;
use qgen_runtime::code::CodeBuffer;
use qgen_runtime::cpu::Machine;

/// Compiled kernels as the runtime takes them: machine code on aarch64, elsewhere plain Rust that keeps
/// the same contract.
pub(crate) struct Loaded {
    kernels: Vec<Kernel>,
    /// What the kernels run; it lives as long as they do.
    _code: Option<CodeBuffer>,
}

impl Loaded {
    /// Loads `kernels`, in their order.
    pub(crate) fn new<'a>(kernels: impl IntoIterator<Item = &'a qgen::Kernel>) -> Result<Loaded, Failure> {
        let kernels: Vec<&qgen::Kernel> = kernels.into_iter().collect();
        let features = Machine::detect().features;
        let (mut words, mut starts) = (Vec::new(), Vec::new());
        for kernel in &kernels {
            let isa = kernel.plan().spec.isa();
            if cfg!(target_arch = "aarch64") && !features.supports(isa) {
                return Err(Failure(format!(
                    "kernel: {} needs {isa}, which this machine lacks",
                    kernel.name()
                )));
            }
            starts.push(words.len());
            words.extend(kernel.words());
        }
        let native = cfg!(target_arch = "aarch64") && !words.is_empty();
        let code = native.then(|| CodeBuffer::new(&words)).transpose()?;
        let kernels = kernels.iter().zip(starts).map(|(kernel, start)| {
            // SAFETY: the words of this kernel begin there, the compiler made them for this
            // descriptor, the machine has their instructions, and they live as long as the kernel.
            unsafe { Kernel::from_code(kernel.descriptor(), code.as_ref().map(|code| code.entry(start))) }
        });
        Ok(Loaded { kernels: kernels.collect::<Result<_, _>>()?, _code: code })
    }

    /// A kernel of which only the layouts are needed, on any machine: called, it is the reference.
    pub(crate) fn without_code(kernel: &qgen::Kernel) -> Result<Loaded, Failure> {
        // SAFETY: there is no code.
        let kernel = unsafe { Kernel::from_code(kernel.descriptor(), None) }?;
        Ok(Loaded { kernels: vec![kernel], _code: None })
    }

    /// The kernels, in the order in which they were given.
    pub(crate) fn kernels(&self) -> &[Kernel] {
        &self.kernels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instructions that a machine lacks are none to pack for: there is no code, wherever this runs.
    #[test]
    fn layouts_need_no_instructions() {
        let name = "qgen_mmla_4x4_lm8to7_rm8to7_t4x4k8u1_neoverse_v1";
        let loaded = Loaded::without_code(&qgen::compile_name(name).unwrap());
        let loaded = loaded.unwrap_or_else(|Failure(why)| panic!("{why}"));
        let kernel = &loaded.kernels()[0];
        assert!(kernel.code().is_none() && kernel.is_supported() && kernel.name() == name);
    }
}
