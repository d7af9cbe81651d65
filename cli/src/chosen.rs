//! The kernel that a program would run: by its name, or as the runtime selects it.

use crate::failure::Failure;
use crate::loaded::Loaded;
use crate::output::remark;
use qgen_runtime::cpu::Machine;
use qgen_runtime::select::{Overrides, Request, Shape, choose, select};
use qgen_runtime::tuning::Tuning;
use qgen_runtime::{Kernel, Operand, catalog};
use std::path::Path;

/// A kernel and why it is this one.
pub(crate) struct Chosen {
    which: Which,
    pub(crate) reason: String,
}

enum Which {
    Catalog(&'static Kernel),
    Compiled(Loaded),
}

impl Chosen {
    /// The kernel `name`, else what the runtime selects by the tuning file or the environment. What it
    /// reports and ignores on the way is said on standard error.
    pub(crate) fn new(
        name: Option<&str>,
        tuning: Option<&Path>,
        (lhs, rhs): (Operand, Operand),
        Shape { m, n, k }: Shape,
    ) -> Result<Chosen, Failure> {
        if let Some(name) = name {
            let chosen = Chosen::named(name)?;
            let kernel = chosen.kernel();
            if !kernel.covers(lhs, rhs) {
                return Err(Failure(format!(
                    "kernel: {kernel} does not cover {lhs} by {rhs}; choose other --bits, or a kernel that \
                     `qgen list` prints for them"
                )));
            }
            return Ok(chosen);
        }
        let request = Request::new(lhs, rhs).with_shape(m, n, k);
        let selection = match tuning {
            None => select(&request)?,
            Some(path) => {
                let machine = Machine::detect();
                let kernels: Vec<&'static Kernel> = catalog::all().collect();
                let (tuning, warnings) = Tuning::load(path, machine.core, catalog::all());
                let overrides = Overrides::from_env();
                let mut selection = choose(&request, &machine, &kernels, tuning.as_ref(), overrides)?;
                selection.warnings.splice(0..0, warnings);
                selection
            }
        };
        for warning in &selection.warnings {
            remark(&warning.to_string());
        }
        Ok(Chosen { which: Which::Catalog(selection.kernel), reason: selection.reason })
    }

    fn named(name: &str) -> Result<Chosen, Failure> {
        Chosen::by_name(name, |kernel| Loaded::new([kernel]))
    }

    /// The kernel `name`, whose weights are packed and which is not called.
    pub(crate) fn to_pack(name: &str) -> Result<Chosen, Failure> {
        Chosen::by_name(name, Loaded::without_code)
    }

    fn by_name(
        name: &str,
        load: impl Fn(&qgen::Kernel) -> Result<Loaded, Failure>,
    ) -> Result<Chosen, Failure> {
        if let Ok(kernel) = catalog::find(name) {
            return Ok(Chosen { which: Which::Catalog(kernel), reason: "by its name; it ships".into() });
        }
        let loaded = load(&qgen::compile_name(name)?)?;
        Ok(Chosen { which: Which::Compiled(loaded), reason: "by its name; compiled for this run".into() })
    }

    /// The kernel.
    pub(crate) fn kernel(&self) -> &Kernel {
        match &self.which {
            Which::Catalog(kernel) => kernel,
            Which::Compiled(loaded) => &loaded.kernels()[0],
        }
    }
}
