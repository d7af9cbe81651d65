//! The kernels that ship, compiled anew from the list of what is to ship.

use qgen::core::Core;
use qgen::{Kernel, compile};
use qgen_spec::Diagnostics;
use rayon::prelude::*;

/// Every kernel once, in the order of the list: of the cores for which `wanted` says so.
pub(crate) fn shipped(wanted: impl Fn(&Core) -> bool + Sync) -> Result<Vec<Kernel>, Diagnostics> {
    let made: Result<Vec<Kernel>, Diagnostics> = qgen::shipped()
        .into_par_iter()
        .filter(|(core, _)| wanted(core))
        .map(|(core, request)| compile(&request, &core))
        .collect();
    // Lines of the list may lead to the same kernel.
    let mut kernels: Vec<Kernel> = Vec::new();
    for kernel in made? {
        if kernels.iter().all(|known| known.name() != kernel.name()) {
            kernels.push(kernel);
        }
    }
    Ok(kernels)
}
