//! The commands of `ocr`, one file each: arguments, and `run`.

pub mod train;

/// Where data are looked for.
const DATA: &str = "mnist";
