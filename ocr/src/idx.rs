//! Images and labels in the IDX format of MNIST: two zero bytes, the type of the values, the number of
//! dimensions, every dimension as a big-endian 32-bit number, the values.

use crate::error::{Error, Result};
use std::io::Read;
use std::path::Path;

/// Grey images, one byte a pixel, row after row, image after image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// How many.
    pub count: usize,
    /// Pixels from top to bottom.
    pub rows: usize,
    /// Pixels from left to right.
    pub columns: usize,
    pixels: Vec<u8>,
}

/// Longer sides are none of a digit's image.
const LONGEST_SIDE: u32 = 4096;

/// All of MNIST's training images are 47 MB.
const LONGEST_FILE: u64 = 1 << 30;

/// Reads a file, unpacked where it is gzipped, of at most 1 GiB in either form.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let fail = |problem: String| Error::of(path.display(), problem);
    let metadata = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
    if !metadata.is_file() {
        return Err(fail("it is no regular file".into()));
    }
    let too_long = || fail(format!("it has more than {LONGEST_FILE} bytes; so many are not read"));
    if metadata.len() > LONGEST_FILE {
        return Err(too_long());
    }
    let bytes = std::fs::read(path).map_err(|e| fail(e.to_string()))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let mut limited = flate2::read::MultiGzDecoder::new(&bytes[..]).take(LONGEST_FILE + 1);
    limited.read_to_end(&mut unpacked).map_err(|e| fail(format!("gunzip: {e}; the file is damaged")))?;
    if unpacked.len() as u64 > LONGEST_FILE { Err(too_long()) } else { Ok(unpacked) }
}

/// The dimensions and the values behind a header of `N` dimensions.
fn header<const N: usize>(bytes: &[u8], what: &str) -> std::result::Result<([u32; N], usize), String> {
    match bytes.get(..4) {
        _ if bytes.is_empty() => return Err(format!("it is empty; {what} were expected")),
        Some([0, 0, 8, dimensions]) if *dimensions as usize == N => {}
        Some([0, 0, 8, 1]) => return Err(format!("it holds labels; give the file with the {what}")),
        Some([0, 0, 8, 3]) => return Err(format!("it holds images; give the file with the {what}")),
        Some([0, 0, kind, dimensions]) => {
            return Err(format!(
                "it holds values of type {kind:#04x} in {dimensions} dimensions; {what} have type 0x08 (bytes) in {N}"
            ));
        }
        _ => {
            return Err(format!("it is no IDX file; one with {what} begins with the bytes 00 00 08 {N:02x}"));
        }
    }
    let mut dimensions = [0; N];
    for (n, dimension) in dimensions.iter_mut().enumerate() {
        let four = bytes.get(4 + 4 * n..8 + 4 * n).ok_or("it ends inside of its header")?;
        *dimension = u32::from_be_bytes(four.try_into().expect("four bytes"));
    }
    Ok((dimensions, 4 + 4 * N))
}

impl Images {
    /// Images from their pixels.
    ///
    /// # Errors
    /// If there are not `count` · `rows` · `columns` pixels.
    pub fn new(count: usize, rows: usize, columns: usize, pixels: Vec<u8>) -> Result<Images> {
        let wanted = count.checked_mul(rows).and_then(|n| n.checked_mul(columns));
        if wanted != Some(pixels.len()) {
            let problem =
                format!("{count} images of {rows}x{columns} do not have {} pixels in all", pixels.len());
            return Err(Error::of("images", problem));
        }
        Ok(Images { count, rows, columns, pixels })
    }

    /// Reads a file, gzipped or not.
    ///
    /// # Errors
    /// If it cannot be read, is no IDX file of images, or has not the length that its header promises.
    pub fn read(path: &Path) -> Result<Images> {
        Images::parse(&read(path)?).map_err(|problem| Error::of(path.display(), problem))
    }

    pub(crate) fn parse(bytes: &[u8]) -> std::result::Result<Images, String> {
        let ([count, rows, columns], begin) = header::<3>(bytes, "images")?;
        if rows.max(columns) > LONGEST_SIDE || rows.min(columns) == 0 {
            return Err(format!(
                "its images are {rows}x{columns}; sides from 1 to {LONGEST_SIDE} are possible"
            ));
        }
        let pixels = &bytes[begin..];
        // At most 2³² · 2¹² · 2¹².
        let wanted = u64::from(count) * u64::from(rows) * u64::from(columns);
        if pixels.len() as u64 != wanted {
            return Err(format!(
                "its header promises {count} images of {rows}x{columns}, which is {wanted} bytes; {} follow",
                pixels.len()
            ));
        }
        let (count, rows, columns) = (count as usize, rows as usize, columns as usize);
        Ok(Images { count, rows, columns, pixels: pixels.to_vec() })
    }

    /// The pixels of image `index`, row after row.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.rows * self.columns;
        &self.pixels[index * size..(index + 1) * size]
    }

    /// Some of them: from `begin` on, `count`.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    pub fn part(&self, begin: usize, count: usize) -> Images {
        let size = self.rows * self.columns;
        Images { count, pixels: self.pixels[begin * size..(begin + count) * size].to_vec(), ..*self }
    }
}

/// The labels of a file's contents. What is wrong with them is said without the file's name.
pub(crate) fn parse_labels(bytes: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let ([count], begin) = header::<1>(bytes, "labels")?;
    let labels = &bytes[begin..];
    if labels.len() as u64 != u64::from(count) {
        return Err(format!("its header promises {count} labels; {} bytes follow", labels.len()));
    }
    Ok(labels.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: [u8; 4], dimensions: &[u32], values: usize) -> Vec<u8> {
        let mut bytes = header.to_vec();
        bytes.extend(dimensions.iter().flat_map(|d| d.to_be_bytes()));
        bytes.extend((0..values).map(|p| p as u8));
        bytes
    }

    #[test]
    fn images_and_labels_are_read() {
        let images = Images::parse(&file([0, 0, 8, 3], &[2, 2, 3], 12)).unwrap();
        assert_eq!((images.count, images.rows, images.columns), (2, 2, 3));
        assert_eq!(images.image(1), [6, 7, 8, 9, 10, 11]);
        assert_eq!(images.part(1, 1).image(0), images.image(1));
        assert_eq!(Images::parse(&file([0, 0, 8, 3], &[0, 28, 28], 0)).unwrap().count, 0);
        assert_eq!(parse_labels(&file([0, 0, 8, 1], &[3], 3)).unwrap(), [0, 1, 2]);
        assert!(Images::new(2, 2, 3, vec![0; 11]).is_err());
        assert!(Images::new(usize::MAX, 2, 3, vec![]).is_err());
    }

    #[test]
    fn gzipped_files_are_unpacked_and_damaged_ones_refused() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images.gz");
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(&file([0, 0, 8, 3], &[2, 2, 3], 12)).unwrap();
        let mut bytes = packer.finish().unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(Images::read(&path).unwrap().count, 2);
        bytes.truncate(bytes.len() - 9);
        std::fs::write(&path, &bytes).unwrap();
        assert!(Images::read(&path).unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        for (bytes, reason) in [
            (vec![], "it is empty"),
            (vec![0, 0], "no IDX file"),
            (b"\x89PNG\r\n".to_vec(), "no IDX file"),
            (file([0, 0, 8, 1], &[12], 12), "labels"),
            (file([0, 0, 0x0d, 3], &[2, 2, 3], 48), "type 0x0d"),
            (file([0, 0, 8, 3], &[2, 2, 3], 11), "11 follow"),
            (file([0, 0, 8, 3], &[2, 2, 3], 13), "13 follow"),
            (file([0, 0, 8, 3], &[u32::MAX; 3], 0), "sides from"),
            (file([0, 0, 8, 3], &[u32::MAX, 4096, 4096], 5), "5 follow"),
            (file([0, 0, 8, 3], &[1, 0, 4], 0), "sides from"),
            (vec![0, 0, 8, 3, 0, 0, 0, 1, 0], "ends inside"),
        ] {
            let problem = Images::parse(&bytes).unwrap_err();
            assert!(problem.contains(reason), "{problem}");
        }
        for (bytes, reason) in [
            (file([0, 0, 8, 3], &[2, 2, 3], 12), "holds images"),
            (file([0, 0, 8, 1], &[12], 11), "11 bytes follow"),
        ] {
            let problem = parse_labels(&bytes).unwrap_err();
            assert!(problem.contains(reason), "{problem}");
        }
        assert!(
            Images::read(Path::new("no/such/file")).unwrap_err().to_string().starts_with("no/such/file: ")
        );
        assert!(Images::read(Path::new(".")).unwrap_err().to_string().contains("no regular file"));
    }
}
