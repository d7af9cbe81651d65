//! One kernel, by its name or by options.

use crate::cores::{CoreFile, Cores};
use crate::failure::Failure;
use crate::request::KernelArgs;
use qgen::{Kernel, compile};
use qgen_spec::{Diagnostic, Field};

/// The kernel that a command is about.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// A kernel's name as `qgen list` prints it, in place of the options.
    #[arg(value_name = "KERNEL")]
    name: Option<String>,
    #[command(flatten)]
    options: KernelArgs,
    /// The core that the code is scheduled for [default: this machine's if it is known, else
    /// cortex-a72].
    #[arg(long, value_name = "NAME")]
    core: Option<String>,
    #[command(flatten)]
    file: CoreFile,
}

impl Wanted {
    /// Whether a kernel is named or described.
    pub(crate) fn is_given(&self) -> bool {
        self.name.is_some() || self.core.is_some() || self.file.is_given() || self.options.is_given()
    }

    /// The kernel's name, if it is named.
    #[cfg(test)]
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the options ask for.
    #[cfg(test)]
    pub(crate) fn request(&self) -> Result<qgen::Request, qgen_spec::Diagnostics> {
        self.options.request()
    }

    /// The file of a core of one's own.
    pub(crate) fn file(&self) -> &CoreFile {
        &self.file
    }

    /// Compiles it. The second answer is what to write behind `qgen COMMAND` to get the same kernel
    /// again, on any machine.
    pub(crate) fn compile(&self) -> Result<(Kernel, String), Failure> {
        let Some(name) = &self.name else {
            let request = self.options.request();
            let core = Cores::with(&self.file).and_then(|cores| cores.choose(self.core.as_deref()));
            let (request, core) = match (request, core) {
                (Ok(request), Ok(core)) => (request, core),
                (Err(errors), Ok(_)) => return Err(errors.into()),
                (Ok(_), Err(error)) => return Err(error.into()),
                (Err(mut errors), Err(error)) => {
                    errors.0.push(error);
                    return Err(errors.into());
                }
            };
            let kernel = compile(&request, &core)?;
            let file = self.file.spelled_out();
            return Ok((kernel, format!("{} --core {}{file}", self.options.spelled_out(), core.name)));
        };
        if self.options.is_given() || self.core.is_some() {
            let problem = "a name says everything, and options are given too";
            return Err(Diagnostic::new(Field::Kernel, problem, "give the name or the options").into());
        }
        let cores = Cores::with(&self.file)?;
        let kernel = cores.kernel(name)?;
        cores.check_used(std::slice::from_ref(&kernel))?;
        Ok((kernel, format!("{name}{}", self.file.spelled_out())))
    }
}
