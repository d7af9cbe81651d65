//! Where the page goes: found out before any work is done, and written whole or not at all.

use crate::failure::Failure;
use crate::new_file::{self, NewFile, can_hold_files};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A page that is about to be written.
pub(crate) struct Destination {
    path: PathBuf,
    /// The folder that is still to be made.
    makes: Option<PathBuf>,
    force: bool,
}

const OPTION: &str = "report";

impl Destination {
    /// What the user `asked` for: a folder, which gets an `index.html` and may be new, or a file whose name ends in
    /// `.html`. What exists is replaced only by `force`.
    pub(crate) fn open(asked: &Path, force: bool) -> Result<Destination, Failure> {
        if asked.as_os_str().is_empty() {
            return Err(Failure("report: give a folder, or a name that ends in .html".into()));
        }
        let is_page = asked.extension().is_some_and(|end| end.eq_ignore_ascii_case("html"));
        let path = if is_page && !asked.is_dir() { asked.to_owned() } else { asked.join("index.html") };
        let folder = new_file::folder(&path);
        if folder.is_file() {
            let problem = "it is a file; give a folder, or a name that ends in .html";
            return Err(new_file::failure(OPTION, folder, &problem));
        }
        if path != asked && !folder.is_dir() {
            can_hold_files(OPTION, asked, new_file::folder(folder))?;
            let makes = Some(folder.to_owned());
            return Ok(Destination { path, makes, force });
        }
        NewFile::at(OPTION, &path, force)?;
        Ok(Destination { path, makes: None, force })
    }

    /// Where it will be.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes it.
    pub(crate) fn write(self, text: &str) -> Result<(), Failure> {
        let Destination { path, makes, force } = self;
        match makes.map(std::fs::create_dir) {
            Some(Err(e)) if e.kind() != ErrorKind::AlreadyExists => {
                return Err(new_file::failure(OPTION, &path, &e));
            }
            _ => {}
        }
        NewFile::at(OPTION, &path, force)?.write(text.as_bytes())
    }
}

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
        assert!(refused("no/page.html").contains("is no folder; make it first"));
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
