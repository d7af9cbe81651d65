//! Images from files or standard input, as grey bytes; within limits.

use crate::error::{Error, Result};
use image::imageops::{FilterType, resize};
use image::{GrayImage, ImageError, ImageReader, Limits};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// Files of images have at most so many bytes.
const LONGEST: u64 = 64 << 20;

/// Images have at most so many columns, and rows.
const LONGEST_SIDE: u32 = 16_384;

/// Bytes of an image in memory, at most.
const LARGEST: u64 = 256 << 20;

/// What the names of images end in.
const ENDS: [&str; 5] = ["png", "jpg", "jpeg", "pgm", "pnm"];

/// The name of standard input.
pub const STDIN: &str = "-";

/// The images that arguments name: files, all images of folders in the order of their names, and `-`.
///
/// # Errors
/// If a folder cannot be read, or has no image.
pub fn named(arguments: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for argument in arguments {
        if !argument.is_dir() {
            paths.push(argument.clone());
            continue;
        }
        let fail = |problem: &dyn std::fmt::Display| Error::of(argument.display(), problem);
        let is_image = |path: &Path| {
            let end = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
            end.is_some_and(|end| ENDS.contains(&end.as_str()))
        };
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(argument).map_err(|e| fail(&e))? {
            let path = entry.map_err(|e| fail(&e))?.path();
            if is_image(&path) {
                inside.push(path);
            }
        }
        if inside.is_empty() {
            return Err(fail(&format!("the folder has no file that ends in {}", ENDS.join(", "))));
        }
        inside.sort();
        paths.append(&mut inside);
    }
    Ok(paths)
}

/// Reads an image.
///
/// # Errors
/// If it cannot be read, is empty, too large, or none that is known.
pub fn read(path: &Path) -> Result<GrayImage> {
    let fail = |problem: String| Error::of(path.display(), problem);
    let mut bytes = Vec::new();
    let length = match path.as_os_str() == STDIN {
        true => std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes),
        false => {
            let metadata = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
            if !metadata.is_file() {
                return Err(fail("it is no regular file".into()));
            }
            std::fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        }
    };
    length.map_err(|e| fail(e.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(fail(format!("it has more than {LONGEST} bytes; give a smaller image")));
    }
    decoded(&bytes).map_err(fail)
}

fn decoded(bytes: &[u8]) -> std::result::Result<GrayImage, String> {
    if bytes.is_empty() {
        return Err("it is empty".into());
    }
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|e| e.to_string())?;
    if reader.format().is_none() {
        return Err("it is no image that is known; PNG, JPEG, PGM and PPM are".into());
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(LARGEST);
    reader.limits(limits);
    let image = reader.decode().map(|image| image.into_luma8()).map_err(|e| match e {
        ImageError::Limits(_) => format!(
            "it has more than {LONGEST_SIDE} rows or columns, or more than {LARGEST} bytes in memory; give a smaller image"
        ),
        ImageError::Unsupported(e) => format!("{e}; PNG, JPEG, PGM and PPM are read"),
        other => format!("{other}; the image is damaged"),
    })?;
    match image.dimensions() {
        (columns, rows) if columns == 0 || rows == 0 => {
            Err(format!("it is {columns}x{rows}: it has no pixels"))
        }
        _ => Ok(image),
    }
}

/// The same image with so many rows, and as many columns as keep its form: an even number, at least 2.
///
/// # Errors
/// If there would be more than `widest`.
pub fn of_height(image: &GrayImage, height: u32, widest: u32) -> std::result::Result<GrayImage, String> {
    let (columns, rows) = image.dimensions();
    let width = (f64::from(columns) * f64::from(height) / f64::from(rows.max(1)) / 2.0).round() * 2.0;
    if width > f64::from(widest) {
        return Err(format!("{columns}x{rows} pixels are too long for a line; cut it into shorter ones"));
    }
    let width = (width as u32).max(2);
    match (columns, rows) == (width, height) {
        true => Ok(image.clone()),
        false => Ok(resize(image, width, height, FilterType::Triangle)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_decoded_and_others_refused_with_the_reason() {
        let grey = decoded(b"P5 3 2 255\n\x00\x01\x02\x03\x04\xff").unwrap();
        assert_eq!((grey.dimensions(), &grey.as_raw()[..]), ((3, 2), &[0, 1, 2, 3, 4, 255][..]));
        for (bytes, reason) in [
            (&b""[..], "it is empty"),
            (b"some words", "no image that is known"),
            (b"\x89PNG\r\n\x1a\n", "damaged"),
            (b"P5 3 2 255\n\x00\x01", "damaged"),
            (b"P5 0 0 255\n", "it has no pixels"),
            (b"P5 100 0 255\n", "it has no pixels"),
            (b"P5 99999 99999 255\n\x00", "give a smaller image"),
            (b"P5 16000 16000 65535\n\x00", "give a smaller image"),
        ] {
            let said = decoded(bytes).unwrap_err();
            assert!(said.contains(reason), "{:?}: {said}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn lines_get_their_height() {
        let image = GrayImage::new(101, 48);
        assert_eq!(of_height(&image, 24, 4096).unwrap().dimensions(), (50, 24));
        assert_eq!(of_height(&GrayImage::new(1, 500), 24, 4096).unwrap().dimensions(), (2, 24));
        assert!(of_height(&GrayImage::new(9000, 24), 24, 4096).unwrap_err().contains("too long"));
    }

    #[test]
    fn folders_are_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let said = |arguments: &[PathBuf]| named(arguments);
        let path = |name: &str| folder.path().join(name);
        assert!(said(&[folder.path().into()]).unwrap_err().to_string().contains("no file that ends in png"));
        for name in ["b.PNG", "a.jpg", "labels.json"] {
            std::fs::write(path(name), "").unwrap();
        }
        let all = [folder.path().to_owned(), STDIN.into()];
        assert_eq!(named(&all).unwrap(), [path("a.jpg"), path("b.PNG"), STDIN.into()]);
        assert!(read(&path("a.jpg")).unwrap_err().to_string().contains("a.jpg: it is empty"));
        assert!(read(folder.path()).unwrap_err().to_string().contains("no regular file"));
    }
}
