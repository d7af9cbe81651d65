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

    /// The kernels, in the order in which they were given.
    pub(crate) fn kernels(&self) -> &[Kernel] {
        &self.kernels
    }
}
