//! Which core to work for.

use crate::output::remark;
use qgen::core::Core;
use qgen_runtime::cpu;
use qgen_spec::Diagnostic;

/// The core that code is made for where this machine is none of the known ones.
pub(crate) const DEFAULT: &str = "cortex-a72";

/// The core that was asked for; else this machine's, or the one whose kernels suit it best; else
/// [`DEFAULT`]. What was not asked for is said on standard error.
pub(crate) fn choose(asked: Option<&str>) -> Result<Core, Diagnostic> {
    if let Some(name) = asked {
        return Core::built_in(name);
    }
    let here = cpu::Machine::detect().core;
    let (name, why) = match (here.name(), here.class()) {
        (Some(name), _) if Core::names().any(|known| known == name) => (name, "this machine's core".into()),
        (_, Some(class)) => {
            (class.representative(), format!("the nearest to this machine's core, which is {here}"))
        }
        _ => (DEFAULT, format!("this machine's core is {here}")),
    };
    remark(&format!("no --core is given: {name} ({why}); known are {}", known()));
    Core::built_in(name)
}

fn known() -> String {
    Core::names().collect::<Vec<_>>().join(", ")
}
