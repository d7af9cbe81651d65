//! Images to text, a confidence and a verdict, by a model of either task.

use crate::candidate::Candidate;
use crate::error::{Error, Result};
use crate::images::of_height;
use crate::lenet::SIDE;
use crate::metrics::Threshold;
use crate::task::Task;
use crate::text;
use image::GrayImage;
use serde::Serialize;
use std::path::Path;

/// Columns of a line, at most.
const WIDEST: u32 = 4096;

/// What becomes of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The response is above the model's threshold.
    Accept,
    /// It is not: the image is too blurred, or otherwise unlike what the model knows.
    Retake,
}

/// What an image says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recognised {
    /// Its text: one digit, or a line.
    pub text: String,
    /// The response: the largest probability, for a line that of its least sure character.
    pub confidence: f64,
    /// What becomes of it.
    pub verdict: Verdict,
}

/// A model that recognises.
pub struct Recogniser {
    network: Candidate,
    threshold: Threshold,
}

impl Recogniser {
    /// Reads a model.
    ///
    /// # Errors
    /// As [`Candidate::read`]; or if it has no threshold.
    pub fn read(path: &Path) -> Result<Recogniser> {
        let network = Candidate::read(path)?;
        let threshold = network.threshold().ok_or_else(|| {
            let problem = "it has no threshold from validation data; `ocr threshold --force` finds one";
            Error::of(path.display(), problem)
        })?;
        Ok(Recogniser { threshold: Threshold::of_doubt(threshold), network })
    }

    /// What it reads.
    #[must_use]
    pub fn task(&self) -> Task {
        self.network.task()
    }

    /// The threshold of the response, from validation data.
    #[must_use]
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// What an image says.
    ///
    /// # Errors
    /// If it has not the size of a digit, or is too long for a line; if the model answers with no numbers.
    pub fn recognise(&self, image: &GrayImage) -> std::result::Result<Recognised, String> {
        let (text, confidence, doubt) = match self.task() {
            Task::Digit => {
                let (columns, rows) = image.dimensions();
                if (columns as usize, rows as usize) != (SIDE, SIDE) {
                    return Err(format!(
                        "it is {columns}x{rows}; this model reads digits of {SIDE}x{SIDE}, light on dark; give a model of lines \
                         for a line"
                    ));
                }
                let answer = self.network.answer(image.as_raw());
                (answer.class.to_string(), answer.response, answer.doubt)
            }
            Task::Line => {
                let line = of_height(image, text::HEIGHT as u32, WIDEST)?;
                let reading = self.network.line(line.as_raw(), line.width() as usize);
                (reading.text, reading.response, reading.doubt)
            }
        };
        if !confidence.is_finite() {
            return Err("the model's answer to it is no number; the model is damaged".into());
        }
        let verdict = if self.threshold.is_below(doubt) { Verdict::Accept } else { Verdict::Retake };
        Ok(Recognised { text, confidence, verdict })
    }
}
