//! Files that are written whole or not at all, and never over others unless that was asked for.

use crate::error::{Error, Result};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

const EXISTS: &str = "it exists; give --force to replace it";

/// Complains of a file that exists, or cannot be written, before work for it begins.
///
/// # Errors
/// If `path` is a folder, or anything but a file, is in no folder or one that no file can be made in, or exists and is not to be
/// replaced.
pub fn check_free(path: &Path, force: bool) -> Result<()> {
    let fail = |problem: &dyn std::fmt::Display| Err(Error::of(path.display(), problem));
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return fail(&"it is a folder; give a file's name"),
        Ok(there) if !there.is_file() => return fail(&"it is no regular file; give a file's name"),
        Ok(_) if !force => return fail(&EXISTS),
        _ => {}
    }
    let folder = folder(path);
    if !folder.is_dir() {
        return fail(&format_args!("its folder {} does not exist; make it first", folder.display()));
    }
    // One without a name, which is gone at once.
    match tempfile::tempfile_in(&folder) {
        Ok(_) => Ok(()),
        Err(e) => fail(&format_args!("a file cannot be made there: {e}")),
    }
}

fn folder(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

/// Writes a file; what was there is replaced in one moment, and only by `force`.
///
/// # Errors
/// If that is not possible; then nothing has changed.
pub fn write(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    check_free(path, force)?;
    // A link is followed: what it leads to is replaced.
    let path = &path.canonicalize().unwrap_or(path.to_owned());
    let fail = |e: std::io::Error| Error::of(path.display(), e);
    let mut file = NamedTempFile::new_in(folder(path)).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(fail)?;
    #[cfg(unix)]
    {
        // As any new file: readable for all, where temporary ones are not.
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(fail)?;
    }
    let kept = if force { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map(drop).map_err(|e| match e.error.kind() {
        // One that appeared in the meantime is not replaced either.
        ErrorKind::AlreadyExists => Error::of(path.display(), EXISTS),
        _ => fail(e.error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_replaced_without_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        write(&path, b"one", false).unwrap();
        assert!(write(&path, b"two", false).unwrap_err().to_string().contains("--force"));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        write(&path, b"two", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert!(write(folder.path(), b"", true).unwrap_err().to_string().contains("is a folder"));
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&path, &link).unwrap();
            write(&link, b"three", true).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), b"three");
            std::fs::remove_file(&link).unwrap();
            assert!(
                check_free(Path::new("/dev/null"), true).unwrap_err().to_string().contains("regular file")
            );
        }
        let deep = folder.path().join("no/where");
        assert!(write(&deep, b"", true).unwrap_err().to_string().contains("make it first"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary files stay behind");
    }
}
