//! The C interface: a C program that knows nothing but emitted headers calls emitted assembly.

use crate::cargo;
use crate::process::{Result, run};
use crate::toolchain;
use std::fs;
use std::path::{Path, PathBuf};

/// The kernels that it includes are emitted for it.
const CALLER: &str = "tests/c/caller.c";

/// Emits the kernels, builds the caller with them and runs it: as they are, and with landing pads for
/// branch target identification, which change the assembly file.
///
/// # Errors
/// If anything of that fails, or draws a warning.
pub(crate) fn check() -> Result<()> {
    let (compiler, emulator) = if toolchain::is_native() {
        ("cc", None)
    } else {
        let cross = toolchain::cross()?;
        (cross.linker, Some(cross.qemu))
    };
    let source = fs::read_to_string(cargo::root().join(CALLER)).map_err(|e| format!("{CALLER}: {e}"))?;
    let kernels: Vec<&str> = kernels(&source).collect();
    if kernels.is_empty() {
        return Err(format!("{CALLER} includes no kernel"));
    }
    let folder = cargo::target_folder().join("c-interface");
    fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for kernel in &kernels {
        emit(kernel, &folder, "header", "h", &[])?;
    }
    let program = folder.join("caller");
    for more in [&[][..], &["--bti"]] {
        let mut build = cargo::command(compiler);
        build.args(["-std=c99", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o"]).arg(&program);
        build.arg("-I").arg(&folder).arg(CALLER);
        for kernel in &kernels {
            build.arg(emit(kernel, &folder, "asm", "s", more)?);
        }
        run(&mut build)?;
        run(&mut match emulator {
            Some(qemu) => {
                let mut emulated = cargo::command(qemu);
                emulated.args(["-cpu", "max"]).arg(&program);
                emulated
            }
            None => cargo::command(&program),
        })?;
    }
    Ok(())
}

/// The names in lines such as `#include "qgen_….h"`.
fn kernels(source: &str) -> impl Iterator<Item = &str> {
    let included = source.lines().filter_map(|line| line.strip_prefix("#include \"")?.strip_suffix(".h\""));
    included.filter(|name| name.starts_with("qgen_"))
}

/// Writes the kernel to a file of its name.
fn emit(kernel: &str, folder: &Path, format: &str, ending: &str, more: &[&str]) -> Result<PathBuf> {
    let file = folder.join(kernel).with_extension(ending);
    let mut qgen = cargo::tool("qgen")?;
    qgen.args(["emit", kernel, "--format", format]);
    run(qgen.args(more).args(["--force", "--out"]).arg(&file))?;
    Ok(file)
}
