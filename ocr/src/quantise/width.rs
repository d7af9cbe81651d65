//! How many stored numbers weights and inputs have.

use crate::error::{Error, Result};

/// The stored numbers of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    /// What it is called: a number of bits, `ternary` or `binary`.
    pub name: &'static str,
    /// The largest weight; the smallest is as far below 0.
    pub weight: i32,
    /// Whether a weight may be 0.
    pub zero: bool,
    /// The lowest input, which means 0, and the highest.
    pub inputs: (i32, i32),
}

/// Inputs are as many as they could be from 0 on, but signed, as there are kernels for.
const fn bits(name: &'static str, bits: u32) -> Width {
    let half = 1 << (bits - 1);
    Width { name, weight: half - 1, zero: true, inputs: (-half, half - 1) }
}

/// 8 bits, which the first and the last layer have.
pub(super) const EIGHT: Width = bits("8", 8);

/// All widths. 4.6 bits are 23 numbers each: products of two of them fit 8 bits.
pub const WIDTHS: [Width; 10] = [
    EIGHT,
    bits("7", 7),
    bits("6", 6),
    bits("5", 5),
    Width { name: "4.6", weight: 11, zero: true, inputs: (-11, 11) },
    bits("4", 4),
    bits("3", 3),
    bits("2", 2),
    Width { name: "ternary", weight: 1, zero: true, inputs: (-1, 1) },
    Width { name: "binary", weight: 1, zero: false, inputs: (0, 1) },
];

/// The width of a name.
///
/// # Errors
/// If there is none.
pub fn named(name: &str) -> Result<Width> {
    WIDTHS.into_iter().find(|width| width.name == name).ok_or_else(|| {
        let names: Vec<&str> = WIDTHS.iter().map(|width| width.name).collect();
        Error::of("bits", format!("there is no {name:?}; there are {}", names.join(", ")))
    })
}
