//! The cargo that runs this chore, run again in the root of the workspace.

use crate::process::{Result, run};
use crate::toolchain::{Cross, TARGET};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// A folder for files that nobody keeps.
pub(crate) fn target_folder() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let folder = root().join(folder);
    // Where it cannot be made, writing to it says why.
    let _ = std::fs::create_dir_all(&folder);
    folder
}

/// `program` in the root of the workspace.
pub(crate) fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(root());
    command
}

/// Programs of the workspace that chores run, and where below the profile's folder they are.
const TOOLS: [(&str, &str, &str); 5] = [
    ("--bin", "qgen", ""),
    ("--bin", "ocr", ""),
    ("--example", "loops", "examples"),
    ("--example", "blocks", "examples"),
    ("--example", "encoding_samples", "examples"),
];

/// One of [`TOOLS`]. They are built first, with the features and the profile of tests, which leave most of them there; to
/// build them in release takes longer than they run.
///
/// # Errors
/// If they do not build.
pub(crate) fn tool(name: &str) -> Result<Command> {
    static BUILT: OnceLock<Result<()>> = OnceLock::new();
    BUILT.get_or_init(build_tools).clone()?;
    let folder = TOOLS.iter().find(|tool| tool.1 == name).map_or("", |tool| tool.2);
    Ok(command(target_folder().join("debug").join(folder).join(name)))
}

/// Builds [`TOOLS`], again where files that are parts of them were written.
///
/// # Errors
/// If they do not build.
pub(crate) fn build_tools() -> Result<()> {
    let mut build = host("build");
    build.args(["--quiet", "--workspace"]);
    run(build.args(TOOLS.iter().flat_map(|(kind, name, _)| [kind, name])))
}

/// `cargo SUBCOMMAND` for this machine.
pub(crate) fn host(subcommand: &str) -> Command {
    with_cargo(PathBuf::from(own()), subcommand)
}

fn own() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn with_cargo(program: PathBuf, subcommand: &str) -> Command {
    let mut cargo = command(program);
    cargo.arg(subcommand);
    // What cargo tells the program it runs is about xtask, and would only be misunderstood.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&*name);
        }
    }
    cargo
}

/// `cargo SUBCOMMAND --target` for aarch64, whose programs run under qemu as `cpu`.
pub(crate) fn cross(subcommand: &str, toolchain: &Cross, cpu: &str) -> Command {
    let mut cargo = match toolchain.system {
        // `cargo clippy` would look for its helper in cargo's home first, where rustup keeps the
        // other toolchain's.
        Some(folder) if subcommand == "clippy" => {
            let mut clippy = with_cargo(folder.join("cargo-clippy"), subcommand);
            clippy.env("CARGO", own());
            clippy
        }
        _ => host(subcommand),
    };
    cargo
        .args(["--target", TARGET])
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", toolchain.linker)
        .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", format!("{} -cpu {cpu}", toolchain.qemu));
    if let Some(folder) = toolchain.system {
        cargo.env("RUSTC", folder.join("rustc")).env("RUSTDOC", folder.join("rustdoc"));
    }
    cargo
}
