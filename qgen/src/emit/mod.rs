//! Emission: an allocated program as text, as Rust, as machine words.

mod asm;
#[cfg(feature = "frames")]
mod end;
mod flat;
#[cfg(feature = "frames")]
mod frame;
mod header;
mod period;
mod portable;
mod rust;
mod words;

pub use asm::body as asm;
pub use flat::{Item, flatten};
#[cfg(feature = "frames")]
pub use frame::{
    Framing, frame_asm, frame_c_header, frame_rust, frame_rust_list, frame_words, framed_words, register_tile,
};
pub use header::{Facts, register_map};
pub use period::period;
pub use portable::portable;
pub use rust::{NakedLines, naked_lines};
pub use words::words;
