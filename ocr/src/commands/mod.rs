//! The commands of `ocr`, one file each: arguments, and `run`. Standard output carries the answer and nothing else.

pub mod costs;
pub mod data;
pub mod evaluate;
mod judge;
pub mod quantize;
pub mod read;
pub mod report;
pub mod tables;
pub mod text;
pub mod threshold;
pub mod train;
pub mod train_text;
mod training;

use crate::error::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{ErrorKind, Write};

/// Where models are looked for.
const MODELS: &str = "ocr/models";

/// Where data are looked for.
const DATA: &str = "mnist";

fn bar(length: usize, what: &str) -> ProgressBar {
    let template = format!("{{prefix}} {{wide_bar}} {{pos}}/{{len}} {what}, {{eta}} left");
    ProgressBar::new(length as u64).with_style(ProgressStyle::with_template(&template).expect("a template"))
}

/// Prints an answer; `ocr … | head` is no failure.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::of("standard output", e)),
        _ => Ok(()),
    }
}
