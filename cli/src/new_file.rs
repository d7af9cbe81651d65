//! Files that options name: whether one can be written is known before any work is done, and it is written whole or not
//! at all.

use crate::failure::Failure;
use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A file that is about to be written. Until it is, there is nothing of it on the disk, whatever interrupts the work.
#[derive(Debug)]
pub(crate) struct NewFile {
    option: &'static str,
    /// Where links lead to.
    path: PathBuf,
    force: bool,
}

const EXISTS: &str = "it exists; give --force to replace it";

impl NewFile {
    /// The file at `path`, which `option` named. What exists is replaced only by `force`, and only if it is a regular
    /// file.
    pub(crate) fn at(option: &'static str, path: &Path, force: bool) -> Result<NewFile, Failure> {
        let fail = |problem: &dyn Display| failure(option, path, problem);
        let real = match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => return Err(fail(&"it is a folder; give a file's name")),
            Ok(there) if !there.is_file() => {
                return Err(fail(&"it is no regular file; give a file's name"));
            }
            Ok(_) if !force => return Err(fail(&EXISTS)),
            Ok(_) => path.canonicalize().map_err(|e| fail(&e))?,
            Err(_) => path.to_owned(),
        };
        can_hold_files(option, path, folder(&real))?;
        Ok(NewFile { option, path: real, force })
    }

    /// Writes it. One that appeared in the meantime is not replaced without `force` either.
    pub(crate) fn write(self, bytes: &[u8]) -> Result<(), Failure> {
        let NewFile { option, path, force } = self;
        let fail = |problem: &dyn Display| failure(option, &path, problem);
        let mut file = tempfile::NamedTempFile::new_in(folder(&path)).map_err(|e| fail(&e))?;
        file.write_all(bytes).map_err(|e| fail(&e))?;
        #[cfg(unix)]
        {
            // As any new file: readable for all, where temporary ones are not.
            use std::os::unix::fs::PermissionsExt;
            let permissions = std::fs::Permissions::from_mode(0o644);
            file.as_file().set_permissions(permissions).map_err(|e| fail(&e))?;
        }
        let kept = if force { file.persist(&path) } else { file.persist_noclobber(&path) };
        kept.map(drop).map_err(|e| match e.error.kind() {
            ErrorKind::AlreadyExists => fail(&EXISTS),
            _ => fail(&e.error),
        })
    }
}

/// The folder that a path names a file in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Fails where no file can be made in `folder`, for the sake of `asked`.
pub(crate) fn can_hold_files(option: &'static str, asked: &Path, folder: &Path) -> Result<(), Failure> {
    // One without a name, which is gone at once.
    tempfile::tempfile_in(folder).map(drop).map_err(|e| match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            failure(option, asked, &format_args!("{} is no folder; make it first", folder.display()))
        }
        kind => failure(option, asked, &format_args!("a file cannot be made there: {kind}")),
    })
}

/// What is wrong with the file that `option` named.
pub(crate) fn failure(option: &str, path: &Path, problem: &dyn Display) -> Failure {
    Failure(format!("{option}: {}: {problem}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_regular_files_is_replaced_and_only_by_force() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let said = |path: &Path, force| NewFile::at("out", path, force).unwrap_err().0;
        for force in [false, true] {
            assert!(said(folder.path(), force).contains("it is a folder"));
            assert!(said(&at("no/file"), force).contains("no is no folder; make it first"));
            #[cfg(unix)]
            assert!(said(Path::new("/dev/null"), force).contains("it is no regular file"));
        }
        let new = || NewFile::at("out", &at("file"), false);
        let late = new().unwrap();
        new().unwrap().write(b"one").unwrap();
        assert!(new().unwrap_err().0.contains("it exists; give --force"));
        assert!(late.write(b"late").unwrap_err().0.contains("it exists; give --force"));
        NewFile::at("out", &at("file"), true).unwrap().write(b"two").unwrap();
        // Opened and dropped: nothing has happened.
        drop(NewFile::at("out", &at("file"), true).unwrap());
        drop(NewFile::at("out", &at("other"), false).unwrap());
        assert_eq!(std::fs::read(at("file")).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files stay behind");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "old").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        NewFile::at("out", &at("link"), true).unwrap().write(b"new").unwrap();
        assert_eq!(std::fs::read(at("file")).unwrap(), b"new");
        assert!(std::fs::symlink_metadata(at("link")).unwrap().is_symlink());
    }
}
