//! Lines of documents, drawn: what is on them, in which font, as a photograph would have it.
//!
//! ```text
//!   content: MRZ, name, date, number ──► fonts: ink, and where each character is
//!                                          │ perspective, blur with a recorded level (photograph)
//!                                          │ lighting, paper, noise
//!                                          ▼
//!                                        Line: 24 rows of bytes, text, spans ──► net: what columns are
//! ```
//!
//! Nothing here is of a real document or person: words are made of random syllables, the state is Utopia's or random, numbers are
//! random, and check digits right. MIDV-500, the set of photographs that the paper's network was judged on, may not be given
//! away, so that lines are drawn.

mod content;
mod fonts;
pub mod net;
mod photograph;
pub mod reading;

pub use content::Kind;

use crate::protocol::stream;
use crate::random::Stream;
use rayon::prelude::*;
use std::ops::Range;

/// Rows of a line.
pub const HEIGHT: usize = 24;

/// The strongest blur, in pixels.
pub const STRONGEST: f64 = 1.5;

/// The characters, in the order of their classes, which begin at 1: class 0 is none of them.
pub const CHARACTERS: &[u8; 42] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ< .-/'";

/// The class of columns that are no character's.
pub const BLANK: u8 = 0;

/// How many classes.
pub const CLASSES: usize = CHARACTERS.len() + 1;

/// A photographed line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// [`HEIGHT`] rows of bytes, dark on light.
    pub pixels: Vec<u8>,
    /// Columns: an even number.
    pub width: usize,
    /// What is on it.
    pub text: String,
    /// Of what kind that is.
    pub kind: Kind,
    /// The name of the font.
    pub font: &'static str,
    /// The standard deviation of the blur, in pixels.
    pub sigma: f64,
    /// From where to where each character reaches, in columns.
    pub spans: Vec<(f32, f32)>,
}

impl Line {
    /// Draws a line.
    #[must_use]
    pub fn drawn(stream: &mut Stream) -> Line {
        let (kind, text) = content::drawn(stream);
        let ink = fonts::drawn(&text, kind, stream);
        photograph::taken(text, kind, ink, stream)
    }
}

/// Lines that are the same for every network: so many of validation.
#[must_use]
pub fn validation(count: usize) -> Vec<Line> {
    of_purpose(stream::LINES_VALIDATION, count)
}

/// Lines that are the same for every network: so many of test.
#[must_use]
pub fn test(count: usize) -> Vec<Line> {
    of_purpose(stream::LINES_TEST, count)
}

/// Lines from a seed of the user's, by their numbers.
#[must_use]
pub fn samples(seed: u64, numbers: Range<usize>) -> Vec<Line> {
    let drawn = |n| Line::drawn(&mut Stream::new(&[stream::LINES_SAMPLES, seed, n as u64]));
    numbers.into_par_iter().map(drawn).collect()
}

fn of_purpose(purpose: u64, count: usize) -> Vec<Line> {
    (0..count as u64).into_par_iter().map(|n| Line::drawn(&mut Stream::new(&[purpose, n]))).collect()
}

#[cfg(test)]
mod tests;
