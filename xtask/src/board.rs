//! `cargo xtask board`: a `qgen` for Arm boards, in one file that needs nothing else there.

use crate::cargo;
use crate::process::{Result, run};
use crate::toolchain::{self, TARGET};

/// A target folder of its own: static programs have other flags, and would make cargo build everything
/// anew for each kind in turn.
const FOLDER: &str = "target/board";

/// Builds it and says where it is.
///
/// # Errors
/// If it cannot be built.
pub(crate) fn run_all() -> Result<()> {
    let mut build = if toolchain::is_native() {
        let mut build = cargo::host("build");
        build.args(["--target", TARGET]);
        build
    } else {
        // Nothing is run here; the emulator comes with the toolchain.
        cargo::cross("build", &toolchain::cross()?, "max")
    };
    build.args(["--release", "--bin", "qgen", "--target-dir", FOLDER]);
    build.env("CARGO_PROFILE_RELEASE_STRIP", "true").env("RUSTFLAGS", "-C target-feature=+crt-static");
    run(&mut build)?;
    println!(
        "{FOLDER}/{TARGET}/release/qgen is for any aarch64 Linux. Copy it to a board and run it there:\n    \
         ./qgen tune      writes a tuning file for the board's core\n    \
         ./qgen verify    compares every kernel that ships with the scalar reference"
    );
    Ok(())
}
