//! The aarch64 instructions that kernels are made of: one table, many readers.
//!
//! ```text
//!                     ┌─► print      GNU assembly text
//!   table (one row ───┼─► encode     32-bit words
//!   an instruction)   ├─► decode     words back to instructions
//!                     ├─► meaning    what it does to lanes, over any value domain
//!                     ├─► effect     the same in a line of words
//!                     ├─► Inst       operands read and written, for scheduler and allocator
//!                     └─► Class      the row of a core's table that says what it costs
//! ```
//!
//! A row is added in `table.rs` and nowhere else. Whether its encoding is right is asked of an
//! outside assembler (`tests/encodings`).

mod decode;
mod effect;
mod encode;
mod inst;
mod meaning;
mod print;
mod row;
mod samples;
mod table;

pub use decode::decode;
pub use effect::{describe, effect};
pub use encode::{encode, encode_branch};
pub use inst::{BadOperand, Buffer, Inst, Reg};
pub use meaning::{Address, At, Expr, Lanes, Meaning, Memory, Scalar, Step, Whole};
pub use print::{RegNames, print, print_branch};
pub use row::{Branch, Class, Imm, Role, Row, Slot, Unit};
pub use samples::samples;
pub use table::{Op, TABLE};

/// The machine's vector registers.
pub const VECTOR_REGISTERS: u32 = 32;
