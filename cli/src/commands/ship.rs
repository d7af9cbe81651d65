//! `qgen ship`

use crate::failure::Failure;
use crate::output;
use crate::shipped::shipped;
use qgen::Kernel;
use qgen::emit::{Framing, frame_rust, frame_rust_list};
use qgen_spec::{End, KernelSpec};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes the kernels that the runtime ships, as Rust.
///
/// For people who work on qgen: `cargo xtask kernels` calls it.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The folder to write into.
    #[arg(long, value_name = "DIR", default_value = "runtime/src/kernels")]
    out: PathBuf,
    /// Write nothing; fail where a file is missing, different or too many.
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let files = files()?;
    let present = present(&args.out)?;
    let differences = differences(&files, &present);
    if args.check {
        return if differences.is_empty() {
            output::print(&format!("{} files in {} are as generated\n", files.len(), args.out.display()))
        } else {
            let problem = format!("{} is not what `qgen ship` writes:", args.out.display());
            Err(Failure(format!(
                "{problem}\n{}\n`cargo xtask kernels --write` writes it",
                differences.join("\n")
            )))
        };
    }
    write(&args.out, &files, &present)?;
    output::print(&format!(
        "{} files in {}, {} changed\n",
        files.len(),
        args.out.display(),
        differences.len()
    ))
}

/// The text of every file, by its name.
fn files() -> Result<BTreeMap<String, String>, Failure> {
    let kernels = shipped(|_| true)?;
    let names: Vec<&str> = kernels.iter().map(Kernel::name).collect();
    let mut files = BTreeMap::new();
    files.insert("mod.rs".to_string(), frame_rust_list(&names, "cargo xtask kernels --write"));
    for kernel in &kernels {
        let command = format!("qgen emit {} --format rust", kernel.name());
        let short = KernelSpec { short: true, ..kernel.plan().spec.clone() }.to_string();
        let short_form = names.contains(&&*short).then_some(short).filter(|short| short != kernel.name());
        let ends = kernels.iter().map(|other| &other.plan().spec).filter(|spec| {
            let sums = KernelSpec { end: End::Sums, ..(*spec).clone() };
            spec.end != End::Sums && sums == kernel.plan().spec
        });
        let ends = ends.map(KernelSpec::to_string).collect();
        let text = frame_rust(kernel, &Framing { command, bti: false, short_form, ends });
        files.insert(format!("{}.rs", kernel.name()), text);
    }
    Ok(files)
}

/// What is in the folder: texts, or `None` for what is no text file.
fn present(folder: &Path) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let problem = |e: std::io::Error| Failure(format!("out: {}: {e}", folder.display()));
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(e) => return Err(problem(e)),
    };
    let mut present = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(problem)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        present.insert(name, fs::read_to_string(entry.path()).ok());
    }
    Ok(present)
}

fn differences(files: &BTreeMap<String, String>, present: &BTreeMap<String, Option<String>>) -> Vec<String> {
    let mut all = Vec::new();
    for (name, text) in files {
        match present.get(name) {
            None => all.push(format!("  missing    {name}")),
            Some(there) if there.as_ref() != Some(text) => all.push(format!("  different  {name}")),
            Some(_) => {}
        }
    }
    all.extend(present.keys().filter(|name| !files.contains_key(*name)).map(|n| format!("  surplus    {n}")));
    all
}

/// Writes what differs and removes kernels that ship no more. Files of other kinds stay.
fn write(
    folder: &Path,
    files: &BTreeMap<String, String>,
    present: &BTreeMap<String, Option<String>>,
) -> Result<(), Failure> {
    let problem = |path: &Path, e: std::io::Error| Failure(format!("out: {}: {e}", path.display()));
    fs::create_dir_all(folder).map_err(|e| problem(folder, e))?;
    for (name, text) in files {
        if present.get(name).and_then(Option::as_ref) != Some(text) {
            let path = folder.join(name);
            fs::write(&path, text).map_err(|e| problem(&path, e))?;
        }
    }
    for name in present.keys().filter(|name| !files.contains_key(*name)) {
        let path = folder.join(name);
        if name.starts_with("qgen_") && name.ends_with(".rs") {
            fs::remove_file(&path).map_err(|e| problem(&path, e))?;
        } else {
            output::remark(&format!("{} is none of the generated files; it stays", path.display()));
        }
    }
    Ok(())
}
