//! Where the page goes: found out before any work is done, and written whole or not at all.

use crate::failure::Failure;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A page that is about to be written.
pub(crate) struct Destination {
    path: PathBuf,
    /// The folder that is still to be made.
    makes: Option<PathBuf>,
    file: NamedTempFile,
    force: bool,
}

impl Destination {
    /// What the user `asked` for: a folder, which gets an `index.html` and may be new, or a file whose name ends in
    /// `.html`. What exists is replaced only by `force`.
    pub(crate) fn open(asked: &Path, force: bool) -> Result<Destination, Failure> {
        let fail = |at: &Path, problem: &str| Failure(format!("report: {}: {problem}", at.display()));
        if asked.as_os_str().is_empty() {
            return Err(Failure("report: give a folder, or a name that ends in .html".into()));
        }
        let is_page = asked.extension().is_some_and(|end| end.eq_ignore_ascii_case("html"));
        let path = if is_page && !asked.is_dir() { asked.to_owned() } else { asked.join("index.html") };
        let parent = |of: &Path| {
            let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty());
            folder.unwrap_or(Path::new(".")).to_owned()
        };
        let folder = parent(&path);
        if folder.exists() && !folder.is_dir() {
            return Err(fail(&folder, "it is a file; give a folder, or a name that ends in .html"));
        }
        if path.is_dir() {
            return Err(fail(&path, "it is a folder; give another name"));
        }
        if path.exists() && !force {
            return Err(fail(&path, EXISTS));
        }
        // Until there is a page, nothing is made but a temporary file, which is gone with this value.
        let (beside, makes) = match folder.is_dir() {
            true => (folder, None),
            false if path != asked => (parent(&folder), Some(folder)),
            false => return Err(fail(&path, "its folder does not exist; make it first")),
        };
        let file = NamedTempFile::new_in(&beside).map_err(|e| match e.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => {
                fail(asked, &format!("{} is no folder; make it first", beside.display()))
            }
            kind => fail(asked, &format!("nothing can be written there: {kind}")),
        })?;
        Ok(Destination { path, makes, file, force })
    }

    /// Where it will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it.
    pub(crate) fn write(self, text: &str) -> Result<(), Failure> {
        let Destination { path, makes, mut file, force } = self;
        let fail = |problem: String| Failure(format!("report: {}: {problem}", path.display()));
        file.write_all(text.as_bytes()).map_err(|e| fail(e.to_string()))?;
        #[cfg(unix)]
        {
            // As any new file: readable for all, where temporary ones are not.
            use std::os::unix::fs::PermissionsExt;
            let permissions = std::fs::Permissions::from_mode(0o644);
            file.as_file().set_permissions(permissions).map_err(|e| fail(e.to_string()))?;
        }
        match makes.map(std::fs::create_dir) {
            Some(Err(e)) if e.kind() != ErrorKind::AlreadyExists => return Err(fail(e.to_string())),
            _ => {}
        }
        // One that appeared in the meantime is not replaced either.
        let kept = if force { file.persist(&path) } else { file.persist_noclobber(&path) };
        kept.map_err(|e| match e.error.kind() {
            ErrorKind::AlreadyExists => fail(EXISTS.into()),
            _ => fail(e.error.to_string()),
        })?;
        Ok(())
    }
}

const EXISTS: &str = "it exists; give --force to replace it";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_replaced_by_force_only_and_bad_paths_are_known_before() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let open = |name: &str| Destination::open(&at(name), false);
        let refused = |name: &str| open(name).err().unwrap().0;
        open("out/").unwrap().write("one").unwrap();
        assert_eq!(std::fs::read_to_string(at("out/index.html")).unwrap(), "one");
        assert!(refused("out").contains("it exists; give --force"));
        assert!(refused("out/index.html").contains("it exists; give --force"));
        Destination::open(&at("out"), true).unwrap().write("two").unwrap();
        assert_eq!(std::fs::read_to_string(at("out/index.html")).unwrap(), "two");
        open("page.html").unwrap().write("three").unwrap();
        assert_eq!(std::fs::read_to_string(at("page.html")).unwrap(), "three");
        std::fs::write(at("notes"), "mine").unwrap();
        assert!(refused("notes").contains("it is a file; give a folder"));
        assert!(refused("no/where/").contains("is no folder; make it first"));
        assert!(refused("no/page.html").contains("its folder does not exist"));
        assert!(Destination::open(Path::new(""), false).is_err());
        // Opened and dropped: nothing has happened.
        drop(open("other/").unwrap());
        // Opened, and somebody else was faster.
        let late = open("late.html").unwrap();
        std::fs::write(at("late.html"), "theirs").unwrap();
        assert!(late.write("ours").unwrap_err().0.contains("it exists"));
        assert_eq!(std::fs::read_to_string(at("late.html")).unwrap(), "theirs");
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["late.html", "notes", "out", "page.html"], "temporary files stay behind");
    }
}
