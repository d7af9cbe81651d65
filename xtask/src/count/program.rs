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
        let mut build = match &tools.cross {
            // No program runs through cargo; qemu's name for everything does no harm.
            Some(cross) => cargo::cross("build", cross, "max"),
            None => {
                let mut build = cargo::host("build");
                build.args(["--target", TARGET]);
                build
            }
        };
        build.args(["--release", "-p", "qgen-runtime", "--example", name, "--target-dir", FOLDER]);
        run(build.env("RUSTFLAGS", FLAGS))?;
        let path = cargo::root().join(FOLDER).join(TARGET).join("release/examples").join(name);
        let image = Image::of(&path, tools)?;
        Ok(Program { path, image })
    }
}
