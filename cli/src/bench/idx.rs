//! Images in the IDX format (<http://yann.lecun.com/exdb/mnist/>): two zero bytes, the type of the
//! values, the number of dimensions, every dimension as a big-endian 32-bit number, the values.

use crate::failure::Failure;
use std::path::Path;

/// Grey images, one byte a pixel, row after row, image after image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Images {
    pub(crate) count: usize,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pixels: Vec<u8>,
}

/// Longer sides are no images for this benchmark.
const LONGEST_SIDE: u32 = 4096;

/// All of MNIST's training images are 47 MB.
const LONGEST_FILE: u64 = 1 << 30;

impl Images {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Images, Failure> {
        let fail = |problem: String| Failure(format!("images: {}: {problem}", path.display()));
        let metadata = std::fs::metadata(path).map_err(|e| fail(e.to_string()))?;
        if !metadata.is_file() {
            return Err(fail("it is no regular file".into()));
        }
        if metadata.len() > LONGEST_FILE {
            let problem = format!("it has {} bytes; at most {LONGEST_FILE} are read", metadata.len());
            return Err(fail(problem));
        }
        let bytes = std::fs::read(path).map_err(|e| fail(e.to_string()))?;
        Images::parse(&bytes).map_err(fail)
    }

    fn parse(bytes: &[u8]) -> Result<Images, String> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return Err("it is compressed; unpack it with gunzip first".into());
        }
        match bytes.get(..4) {
            Some([0, 0, 8, 3]) => {}
            Some([0, 0, 8, 1]) => return Err("it holds labels; give the file with the images".into()),
            Some([0, 0, kind, dimensions]) => {
                return Err(format!(
                    "it holds values of type {kind:#04x} in {dimensions} dimensions; images have type 0x08 (bytes) \
                     in 3 dimensions"
                ));
            }
            _ => return Err("it is no IDX file; it should begin with the bytes 00 00 08 03".into()),
        }
        let dimension = |n: usize| {
            let four = bytes.get(4 + 4 * n..8 + 4 * n)?;
            Some(u32::from_be_bytes(four.try_into().ok()?))
        };
        let (Some(count), Some(rows), Some(cols)) = (dimension(0), dimension(1), dimension(2)) else {
            return Err("it ends inside of its header".into());
        };
        if rows.max(cols) > LONGEST_SIDE || rows.min(cols) == 0 {
            return Err(format!("its images are {rows}x{cols}; sides from 1 to {LONGEST_SIDE} are possible"));
        }
        let pixels = &bytes[16..];
        // At most 2³² · 2¹² · 2¹².
        let wanted = u64::from(count) * u64::from(rows) * u64::from(cols);
        if pixels.len() as u64 != wanted {
            return Err(format!(
                "its header promises {count} images of {rows}x{cols}, which is {wanted} bytes; {} follow",
                pixels.len()
            ));
        }
        Ok(Images {
            count: count as usize,
            rows: rows as usize,
            cols: cols as usize,
            pixels: pixels.to_vec(),
        })
    }

    /// The pixels of one image, row after row.
    pub(crate) fn image(&self, index: usize) -> &[u8] {
        let size = self.rows * self.cols;
        &self.pixels[index * size..(index + 1) * size]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: [u8; 4], dimensions: [u32; 3], pixels: usize) -> Vec<u8> {
        let mut bytes = header.to_vec();
        bytes.extend(dimensions.iter().flat_map(|d| d.to_be_bytes()));
        bytes.extend((0..pixels).map(|p| p as u8));
        bytes
    }

    #[test]
    fn images_are_read() {
        let images = Images::parse(&file([0, 0, 8, 3], [2, 2, 3], 12)).unwrap();
        assert_eq!((images.count, images.rows, images.cols), (2, 2, 3));
        assert_eq!(images.image(1), [6, 7, 8, 9, 10, 11]);
        assert_eq!(Images::parse(&file([0, 0, 8, 3], [0, 28, 28], 0)).unwrap().count, 0);
    }

    #[test]
    fn the_committed_sample_is_what_it_says() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/mnist-sample-images.idx3-ubyte");
        let images = Images::read(&path).unwrap();
        assert_eq!((images.count, images.rows, images.cols), (256, 28, 28));
    }

    #[test]
    fn other_files_are_refused_with_the_reason() {
        for (bytes, reason) in [
            (vec![], "no IDX file"),
            (vec![0x1f, 0x8b, 8, 0], "gunzip"),
            (b"\x89PNG\r\n".to_vec(), "no IDX file"),
            (file([0, 0, 8, 1], [2, 2, 3], 12), "labels"),
            (file([0, 0, 0x0d, 3], [2, 2, 3], 48), "type 0x0d"),
            (file([0, 0, 8, 3], [2, 2, 3], 11), "11 follow"),
            (file([0, 0, 8, 3], [2, 2, 3], 13), "13 follow"),
            (file([0, 0, 8, 3], [u32::MAX; 3], 0), "sides from"),
            (file([0, 0, 8, 3], [u32::MAX, 4096, 4096], 5), "5 follow"),
            (file([0, 0, 8, 3], [1, 0, 4], 0), "sides from"),
            (vec![0, 0, 8, 3, 0, 0, 0, 1, 0], "ends inside"),
        ] {
            let problem = Images::parse(&bytes).unwrap_err();
            assert!(problem.contains(reason), "{problem}");
        }
        assert!(Images::read(Path::new("no/such/file")).unwrap_err().0.starts_with("images: no/such/file"));
        assert!(Images::read(Path::new(".")).unwrap_err().0.contains("no regular file"));
    }
}
