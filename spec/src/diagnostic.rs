//! One wording of errors for the macro, the command line and the library.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// The part of a request that an error is about: the macro points at that token, the command line
/// names that option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Field {
    /// `bits`: the width of both sides.
    Bits,
    /// `levels`: how many levels around zero both sides have.
    Levels,
    /// `lhs`: the range of the left operand.
    Lhs,
    /// `lhs_bits`: the width of the left operand.
    LhsBits,
    /// `lhs_levels`: the levels of the left operand.
    LhsLevels,
    /// `rhs`: the range of the right operand.
    Rhs,
    /// `rhs_bits`: the width of the right operand.
    RhsBits,
    /// `rhs_levels`: the levels of the right operand.
    RhsLevels,
    /// `tile`: what one kernel call computes.
    Tile,
    /// `strategy`: how products are summed.
    Strategy,
    /// `core`: the processor core that the code is scheduled for.
    Core,
    /// `isa`: the instruction-set extension.
    Isa,
    /// `unroll`: k-blocks per loop iteration.
    Unroll,
    /// `group_size`: groups of k with scales of their own, which are not supported.
    GroupSize,
    /// `short_k`: whether results have 16 bits until they are stored.
    ShortK,
    /// `per_byte`: values of the right side in a byte.
    PerByte,
    /// `prefetch`: how far ahead lines of the right side are asked for.
    Prefetch,
    /// `output`: what a kernel stores.
    Output,
    /// `scale`: the factor between a stored number and what it means.
    Scale,
    /// `zero_point`: the stored value that means 0.
    ZeroPoint,
    /// `multiplier`: a factor below 1 in fixed point, times 2^31.
    Multiplier,
    /// `shift`: the power of two that a multiplier is scaled by.
    Shift,
    /// A kernel's name.
    Kernel,
    /// A problem shape `m×n×k`.
    Shape,
}

impl Field {
    /// The word that users write for this field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Field::Bits => "bits",
            Field::Levels => "levels",
            Field::Lhs => "lhs",
            Field::LhsBits => "lhs_bits",
            Field::LhsLevels => "lhs_levels",
            Field::Rhs => "rhs",
            Field::RhsBits => "rhs_bits",
            Field::RhsLevels => "rhs_levels",
            Field::Tile => "tile",
            Field::Strategy => "strategy",
            Field::Core => "core",
            Field::Isa => "isa",
            Field::Unroll => "unroll",
            Field::GroupSize => "group_size",
            Field::ShortK => "short_k",
            Field::PerByte => "per_byte",
            Field::Prefetch => "prefetch",
            Field::Output => "output",
            Field::Scale => "scale",
            Field::ZeroPoint => "zero_point",
            Field::Multiplier => "multiplier",
            Field::Shift => "shift",
            Field::Kernel => "kernel",
            Field::Shape => "shape",
        }
    }
}

/// One error in a request: what was asked, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where the error is.
    pub field: Field,
    /// What is wrong, with its arithmetic, e.g. "tile 12x16 needs 48 accumulators; 28 are free".
    pub problem: String,
    /// What is possible and what to change.
    pub help: String,
}

impl Diagnostic {
    /// A diagnostic about `field`.
    pub fn new(field: Field, problem: impl Into<String>, help: impl Into<String>) -> Self {
        Diagnostic { field, problem: problem.into(), help: help.into() }
    }

    /// What to say where scales by groups of k are asked for.
    pub fn no_groups(group_size: impl fmt::Display) -> Self {
        let problem = alloc::format!(
            "scales for every {group_size} values of k are not supported: kernels sum whole numbers"
        );
        let help = "use one scale per tensor or output channel, or multiply each group by itself (k = the group's size) \
                    and scale and add the 32-bit results";
        Diagnostic::new(Field::GroupSize, problem, help)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.field.as_str(), self.problem, self.help)
    }
}

impl core::error::Error for Diagnostic {}

/// Every error of one request, collected before any is reported. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Self {
        Diagnostics(alloc::vec![one])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, d) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            d.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Diagnostics {}
