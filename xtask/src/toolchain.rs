//! Finds, and where it is missing sets up, what builds and runs aarch64 programs on another machine.
//!
//! | needed | from |
//! |---|---|
//! | the standard library for aarch64 | `rustup target add`, else Debian's own second toolchain in /usr/bin |
//! | a linker | `gcc-aarch64-linux-gnu` |
//! | glibc for the dynamic loader | `libc6:arm64`, `libgcc-s1:arm64` (never `-L` or QEMU_LD_PREFIX: two versions mix) |
//! | an emulator | `qemu-user-static` |
//! | one that counts instructions, by a plugin | `qemu-user` |

use crate::cargo::command;
use crate::process::{Result, exists, output, run};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The machine that the kernels are for.
pub(crate) const TARGET: &str = "aarch64-unknown-linux-gnu";

const SYSTEM: &str = "/usr/bin";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATORS: [&str; 2] = ["qemu-aarch64-static", "qemu-aarch64"];
const LOADER: &str = "/lib/ld-linux-aarch64.so.1";

/// Debian's names for everything but the standard library.
const TOOLS: &[&str] =
    &["gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross", "libc6:arm64", "libgcc-s1:arm64", "qemu-user-static"];
/// Debian's names for a Rust toolchain that has the standard library for aarch64.
const SYSTEM_RUST: &[&str] = &["rustc-web", "cargo-web", "libstd-rust-web-dev:arm64"];
/// The lints of that toolchain.
const SYSTEM_CLIPPY: &str = "rust-web-clippy";
/// Debian's name for the outside assembler and pipeline model.
const LLVM: &str = "llvm-19";
/// Debian's name for the emulator that takes plugins: the static one does not.
const PLUGIN_QEMU: &str = "qemu-user";
const PLUGIN_EMULATOR: &str = "qemu-aarch64";

/// A working cross toolchain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cross {
    /// The folder of the rustc that has the standard library for aarch64, if it is not the one in use.
    pub(crate) system: Option<&'static Path>,
    pub(crate) linker: &'static str,
    pub(crate) qemu: &'static str,
}

/// Whether kernels run on this machine without an emulator.
pub(crate) fn is_native() -> bool {
    cfg!(all(target_arch = "aarch64", unix))
}

/// The cross toolchain, set up first where something is missing.
pub(crate) fn cross() -> Result<Cross> {
    let mut tried = Vec::new();
    if std_of(None).is_none() && std_of(Some(SYSTEM)).is_none() {
        eprintln!("The standard library for {TARGET} is missing; installing it.");
        if let Err(e) = add_target() {
            tried.push(e);
        }
    }
    let mut packages: Vec<&str> = Vec::new();
    if !exists(LINKER) || emulator().is_none() || !Path::new(LOADER).exists() {
        packages.extend(TOOLS);
    }
    if std_of(None).is_none() && std_of(Some(SYSTEM)).is_none() {
        packages.extend(SYSTEM_RUST);
    }
    if !packages.is_empty()
        && let Err(e) = install(&packages, true)
    {
        tried.push(e);
    }
    found().ok_or_else(|| {
        format!(
            "the aarch64 tests need a cross toolchain that could not be set up:\n  {}\n\
             Install by hand, with or without rustup:\n  \
             rustup target add {TARGET}\n  \
             dpkg --add-architecture arm64 && apt-get update && apt-get install -y {} {}",
            tried.join("\n").replace('\n', "\n  "),
            SYSTEM_RUST.join(" "),
            TOOLS.join(" ")
        )
    })
}

/// llvm-mc and llvm-mca of version 19, set up first where they are missing.
pub(crate) fn llvm() -> Result<()> {
    let complete = || exists("llvm-mc-19") && exists("llvm-mca-19");
    if complete() {
        return Ok(());
    }
    let installed = install(&[LLVM], false);
    if complete() {
        return Ok(());
    }
    let why = installed.err().unwrap_or_default();
    Err(format!("llvm-mc-19 and llvm-mca-19 are needed; install {LLVM}\n{why}"))
}

/// What counts executed instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counting {
    /// The toolchain that makes the programs; `None` where this is an Arm machine.
    pub(crate) cross: Option<Cross>,
    /// An emulator that takes plugins.
    pub(crate) qemu: &'static str,
    /// A disassembler of aarch64 programs.
    pub(crate) objdump: &'static str,
    /// The version of qemu's plugin interface.
    pub(crate) api: u32,
}

/// What counts executed instructions, set up first where something is missing.
pub(crate) fn counting() -> Result<Counting> {
    let native = is_native();
    let cross = if native { None } else { Some(cross()?) };
    let takes_plugins =
        || output(command(PLUGIN_EMULATOR).arg("-help")).is_ok_and(|help| help.contains("-plugin"));
    let mut tried = String::new();
    if !takes_plugins()
        && let Err(e) = install(&[PLUGIN_QEMU], false)
    {
        tried = e;
    }
    if !takes_plugins() {
        return Err(format!(
            "counting needs a {PLUGIN_EMULATOR} that takes plugins (the static one does not): install \
             {PLUGIN_QEMU}, or build qemu with --enable-plugins\n{tried}"
        ));
    }
    let objdump = if native { "objdump" } else { "aarch64-linux-gnu-objdump" };
    for (program, package) in [(objdump, "binutils"), ("cc", "gcc")] {
        if !exists(program) {
            return Err(format!("counting needs `{program}`; install {package} for this machine"));
        }
    }
    Ok(Counting { cross, qemu: PLUGIN_EMULATOR, objdump, api: plugin_api()? })
}

/// qemu refuses plugins of a version that it does not have: it had 1 from the beginning, and 2 from 9.0 to at least
/// 10.0, in place of 1. The functions that the plugin calls are the same in both.
fn plugin_api() -> Result<u32> {
    let said = output(command(PLUGIN_EMULATOR).arg("--version"))?;
    let major = said.split("version ").nth(1).and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    let major = major.ok_or_else(|| format!("`{PLUGIN_EMULATOR} --version` says no version: {said}"))?;
    Ok(if major < 9 { 1 } else { 2 })
}

/// The clippy of Debian's toolchain, set up first where it is missing.
pub(crate) fn system_clippy() -> Result<()> {
    if Path::new(SYSTEM).join("cargo-clippy").exists() {
        return Ok(());
    }
    install(&[SYSTEM_CLIPPY], false)
}

fn found() -> Option<Cross> {
    let system = match std_of(None) {
        Some(()) => None,
        None => std_of(Some(SYSTEM)).map(|()| Some(Path::new(SYSTEM)))?,
    };
    let complete = exists(LINKER) && Path::new(LOADER).exists();
    complete.then_some(Cross { system, linker: LINKER, qemu: emulator()? })
}

fn emulator() -> Option<&'static str> {
    EMULATORS.into_iter().find(|name| exists(name))
}

/// Whether the rustc of `folder` (or the one in use) has the standard library for aarch64.
fn std_of(folder: Option<&str>) -> Option<()> {
    let rustc = match folder {
        Some(folder) => Path::new(folder).join("rustc"),
        None => "rustc".into(),
    };
    let libraries = output(command(rustc).args(["--print", "target-libdir", "--target", TARGET])).ok()?;
    let mut files = Path::new(libraries.trim()).read_dir().ok()?.flatten();
    files.any(|file| file.file_name().to_string_lossy().starts_with("libstd-")).then_some(())
}

/// `rustup target add`, given up after a while: it waits for ever for a server that does not answer.
fn add_target() -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(60);
    if !exists("rustup") {
        return Err("rustup is not installed".into());
    }
    let mut rustup = command("rustup");
    rustup.args(["target", "add", TARGET]).stdin(std::process::Stdio::null());
    let mut child = rustup.spawn().map_err(|e| format!("cannot start rustup: {e}"))?;
    let end = Instant::now() + PATIENCE;
    loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("`rustup target add {TARGET}` failed ({status})")),
            None if Instant::now() > end => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`rustup target add {TARGET}` did not end in a minute"));
            }
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Installs Debian packages, as root or by a `sudo` that asks nothing.
fn install(packages: &[&str], arm64: bool) -> Result<()> {
    if !exists("apt-get") {
        return Err(format!("no apt-get here to install {}", packages.join(" ")));
    }
    let root = output(command("id").arg("-u"))?.trim() == "0";
    if !root && (!exists("sudo") || output(command("sudo").args(["-n", "true"])).is_err()) {
        return Err(format!("neither root nor `sudo -n` to install {}", packages.join(" ")));
    }
    let privileged = |program: &str| -> Command {
        let mut command = if root {
            command("env")
        } else {
            let mut sudo = command("sudo");
            sudo.args(["-n", "env"]);
            sudo
        };
        command.args(["DEBIAN_FRONTEND=noninteractive", program]);
        command
    };
    if arm64 {
        run(privileged("dpkg").args(["--add-architecture", "arm64"]))?;
    }
    // A repository that is down need not matter; the next command says if it does.
    if let Err(e) = run(privileged("apt-get").args(["-q", "update"])) {
        eprintln!("{e}");
    }
    run(privileged("apt-get").args(["-q", "install", "-y", "--no-install-recommends"]).args(packages))
}
