//! The programs that are counted: static, and loaded where their file says.

use super::image::Image;
use crate::cargo;
use crate::process::{Result, run};
use crate::toolchain::{Counting, TARGET};
use std::path::PathBuf;

/// A target folder of its own: other flags would make cargo build everything anew each time.
const FOLDER: &str = "target/count";
const FLAGS: &str = "-C target-feature=+crt-static -C relocation-model=static";

/// A program and what is in it.
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    pub(crate) image: Image,
}

impl Program {
    /// Builds example `name` of the runtime, which has the marks.
    pub(crate) fn example(name: &str, tools: &Counting) -> Result<Program> {
        // Without the attribute no compiler of kernels needs to be built.
        let features = ["--no-default-features", "--features", "packed"];
        let which = [&["-p", "qgen-runtime", "--example", name][..], &features].concat();
        Program::build(tools, &which, &format!("examples/{name}"))
    }

    /// `rivals/`, which is a workspace of its own.
    pub(crate) fn rivals(tools: &Counting) -> Result<Program> {
        Program::build(tools, &["--locked", "--manifest-path", "rivals/Cargo.toml"], "rivals")
    }

    fn build(tools: &Counting, which: &[&str], file: &str) -> Result<Program> {
        let mut build = match &tools.cross {
            // No program runs through cargo; qemu's name for everything does no harm.
            Some(cross) => cargo::cross("build", cross, "max"),
            None => {
                let mut build = cargo::host("build");
                build.args(["--target", TARGET]);
                build
            }
        };
        build.args(["--release", "--target-dir", FOLDER]).args(which);
        run(build.env("RUSTFLAGS", FLAGS))?;
        let path = cargo::root().join(FOLDER).join(TARGET).join("release").join(file);
        let image = Image::of(&path, tools)?;
        Ok(Program { path, image })
    }
}
