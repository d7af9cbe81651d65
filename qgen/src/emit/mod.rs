//! Emission: an allocated program as text, as Rust, as machine words.

mod asm;
mod flat;
mod header;
mod portable;
mod rust;
mod words;

pub use asm::body as asm;
pub use flat::{Item, flatten};
pub use header::{Facts, register_map};
pub use portable::portable;
pub use rust::{NakedLines, naked_lines};
pub use words::words;
