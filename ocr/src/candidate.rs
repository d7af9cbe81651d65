//! A network that can be judged and used: of floats or of stored numbers, of digits or of lines.

use crate::data::Blurred;
use crate::error::{Error, Result};
use crate::evaluate::reading_of;
use crate::lenet::{self, SIDE};
use crate::model::Model;
use crate::quantise::Integer;
use crate::response::{Answer, answers_by};
use crate::runner;
use crate::task::Task;
use crate::tensors::{self, Opened};
use crate::text::reading::{Reading, readings_by};
use crate::text::{self, Line, net};
use std::path::{Path, PathBuf};

/// Files of either kind have at most so many bytes.
const LONGEST: u64 = 4 << 20;

/// Lines are lengthened by paper to a multiple of so many columns: a network of stored numbers is made ready for each.
pub(crate) const COLUMNS: usize = 32;

/// How numbers that are not stored ones are called.
pub const FLOAT: &str = "float";

/// A network of a file.
pub enum Candidate {
    /// Of floats.
    Float(Model),
    /// Of stored numbers.
    Integer(Integer),
}

impl Candidate {
    /// Reads a file of either kind.
    ///
    /// # Errors
    /// If it is none of ours, or is damaged.
    pub fn read(path: &Path) -> Result<Candidate> {
        let bytes = tensors::read(path, LONGEST)?;
        let read = || -> std::result::Result<Candidate, String> {
            let integer = Integer::is_named(&Opened::new(&bytes)?.metadata());
            match integer {
                true => Integer::from_bytes(bytes).map(Candidate::Integer),
                false => Model::from_bytes(&bytes).map(Candidate::Float),
            }
        };
        read().map_err(|problem| Error::of(path.display(), problem))
    }

    /// What it is for.
    #[must_use]
    pub fn task(&self) -> Task {
        match self {
            Candidate::Float(model) => model.recipe.task,
            Candidate::Integer(integer) => integer.about.task,
        }
    }

    /// How its numbers are called: `float`, or the width of its layers.
    #[must_use]
    pub fn numbers(&self) -> String {
        match self {
            Candidate::Float(_) => FLOAT.into(),
            Candidate::Integer(integer) if integer.about.all => format!("{}, all", integer.about.bits),
            Candidate::Integer(integer) => integer.about.bits.clone(),
        }
    }

    /// How the layer in training is called.
    #[must_use]
    pub fn reading(&self) -> String {
        match self {
            Candidate::Float(model) => reading_of(&model.recipe),
            Candidate::Integer(integer) => match integer.about.steps {
                Some(steps) => format!("{}, quantised in {steps} steps", integer.about.reading),
                None => integer.about.reading.clone(),
            },
        }
    }

    /// What tells it from other networks: what it is for, reading, numbers and seed.
    fn key(&self) -> (Task, String, String, u64) {
        (self.task(), self.reading(), self.numbers(), self.origin().0)
    }

    /// Reads files of networks that are counted together.
    ///
    /// # Errors
    /// As [`Candidate::read`]; where two files have the same network, which would count as two seeds.
    pub fn read_distinct(paths: &[PathBuf]) -> Result<Vec<Candidate>> {
        let all = paths.iter().map(|path| Candidate::read(path)).collect::<Result<Vec<Candidate>>>()?;
        for (n, (path, network)) in paths.iter().zip(&all).enumerate() {
            if let Some(other) = all[..n].iter().position(|other| other.key() == network.key()) {
                let (other, (_, reading, numbers, seed)) = (&paths[other], network.key());
                let problem = format!(
                    "it is {reading}, {numbers}, seed {seed}, as {} is; give one of them: each seed counts once",
                    other.display()
                );
                return Err(Error::of(path.display(), problem));
            }
        }
        Ok(all)
    }

    /// Seed, and the protocol's version that the float network was trained under.
    #[must_use]
    pub fn origin(&self) -> (u64, u32) {
        match self {
            Candidate::Float(model) => (model.recipe.seed, model.protocol),
            Candidate::Integer(integer) => (integer.about.seed, integer.about.protocol),
        }
    }

    /// T_m of its file, as ln(1 − T).
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        match self {
            Candidate::Float(model) => model.threshold,
            Candidate::Integer(integer) => integer.about.threshold,
        }
    }

    /// Changes the threshold. One that accepts everything is infinite, which not every file can hold: the largest number
    /// accepts as much.
    pub fn set_threshold(&mut self, doubt: f64) {
        let doubt = doubt.min(f64::MAX);
        match self {
            Candidate::Float(model) => model.threshold = Some(doubt),
            Candidate::Integer(integer) => integer.about.threshold = Some(doubt),
        }
    }

    /// Whether it learned from distorted images.
    #[must_use]
    pub fn is_blurred(&self) -> bool {
        match self {
            Candidate::Float(model) => model.recipe.blur,
            Candidate::Integer(integer) => !integer.about.reading.starts_with(crate::evaluate::CLEAN),
        }
    }

    /// Writes its file.
    ///
    /// # Errors
    /// If that is not possible, or the file exists and `force` does not allow to replace it.
    pub fn write(&self, path: &Path, force: bool) -> Result<()> {
        match self {
            Candidate::Float(model) => model.write(path, force),
            Candidate::Integer(integer) => integer.write(path, force),
        }
    }

    /// It as a network of qgen-runtime, for an image of [`Task::shape`].
    ///
    /// # Errors
    /// If numbers do not fit.
    pub fn runnable(&self) -> Result<qgen_runtime::net::Model> {
        match self {
            Candidate::Float(model) => runner::floats(&model.net, model.recipe.task.shape())
                .map_err(|e| Error::of("network of floats", e)),
            Candidate::Integer(integer) => Ok(integer.model().clone()),
        }
    }

    /// The logits of digits, 28×28 bytes each.
    fn digits(&self, images: &[u8]) -> Vec<f32> {
        match self {
            Candidate::Float(model) => lenet::logits(&model.net, images),
            // Its sizes were checked when it was read.
            Candidate::Integer(integer) => integer.logits(images, SIDE).unwrap_or_else(|e| panic!("{e}")),
        }
    }

    /// The answers to digits, in their order.
    ///
    /// # Panics
    /// If it is for something else.
    #[must_use]
    pub fn answers(&self, images: &Blurred) -> Vec<Answer> {
        assert_eq!(self.task(), Task::Digit);
        answers_by(images, |batch| self.digits(batch))
    }

    /// The answer to one digit of 28×28 bytes.
    ///
    /// # Panics
    /// If it is for something else, or the image has another size.
    #[must_use]
    pub fn answer(&self, image: &[u8]) -> Answer {
        assert_eq!((self.task(), image.len()), (Task::Digit, lenet::PIXELS));
        Answer::of(&self.digits(image))
    }

    /// What a line of `columns` columns and [`text::HEIGHT`] rows of bytes says.
    ///
    /// # Panics
    /// If it is for something else, or the image has another size.
    #[must_use]
    pub fn line(&self, pixels: &[u8], columns: usize) -> Reading {
        assert_eq!((self.task(), pixels.len()), (Task::Line, text::HEIGHT * columns));
        match self {
            Candidate::Float(model) => {
                Reading::of(model.net.forward(net::inputs(pixels), net::shape(columns)).outputs())
            }
            Candidate::Integer(integer) => {
                let long = columns.next_multiple_of(COLUMNS);
                let mut ink = vec![0; text::HEIGHT * long];
                let rows = net::ink(pixels);
                for (row, ink) in rows.chunks_exact(columns).zip(ink.chunks_exact_mut(long)) {
                    ink[..columns].copy_from_slice(row);
                }
                // Its sizes were checked when it was read, of so few columns and of more.
                let logits = integer.logits(&ink, long).unwrap_or_else(|e| panic!("{e}"));
                Reading::of(&logits[..columns / net::STEP * text::CLASSES])
            }
        }
    }

    /// What lines say, in their order.
    ///
    /// # Panics
    /// If it is for something else.
    #[must_use]
    pub fn readings(&self, lines: &[Line]) -> Vec<Reading> {
        readings_by(lines, |line| self.line(&line.pixels, line.width))
    }
}
