//! Everything that can go wrong, with what is possible instead.

use qgen_spec::{Diagnostic, End, KernelSpec, Layout, Operand, SizeOverflow};

/// Why something could not be done. Messages begin with the field that they are about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A view or a combination of views whose sizes cannot work.
    #[error("{field}: {problem}; {help}")]
    Shape {
        /// The argument: `lhs`, `rhs`, `out`, `data`.
        field: &'static str,
        /// What is wrong, in numbers.
        problem: String,
        /// What to change.
        help: String,
    },

    /// A value outside of the range that the kernel's exactness is proved for.
    #[error(
        "{field}: the value {value} at row {row}, column {column} is outside of {operand}, which kernel \
         {kernel} was asked to accept; clamp the values, or select a kernel for a wider range"
    )]
    Value {
        /// `lhs` or `rhs`.
        field: &'static str,
        /// The value found.
        value: i16,
        /// Its row in the view that was given.
        row: usize,
        /// Its column in the view that was given.
        column: usize,
        /// What the kernel accepts on this side.
        operand: Operand,
        /// The kernel's name.
        kernel: String,
    },

    /// A depth at which a sum of products could leave 32 bits, or 16 in forms for short k.
    #[error(
        "k: {k} is above {limit}, the largest depth at which kernel {kernel} with zero points \
         {lhs_zero} and {rhs_zero} cannot overflow {}",
        room(.kernel)
    )]
    Depth {
        /// The depth asked for.
        k: usize,
        /// The largest that is possible.
        limit: u64,
        /// The kernel's name.
        kernel: String,
        /// Zero point of the left side.
        lhs_zero: i32,
        /// Zero point of the right side.
        rhs_zero: i32,
    },

    /// A packed side that was made for a kernel with another layout.
    #[error(
        "{field}: packed for kernel {packed_for} ({packed_layout}), but this is kernel {kernel} \
         ({layout}); pack it again for this kernel"
    )]
    OtherKernel {
        /// `lhs` or `rhs`.
        field: &'static str,
        /// The kernel that it was packed for.
        packed_for: String,
        /// The layout that it has.
        packed_layout: Layout,
        /// The kernel that should read it.
        kernel: String,
        /// The layout that this kernel reads.
        layout: Layout,
    },

    /// A packed side whose values were let through by a kernel that accepts more.
    #[error(
        "{field}: packed for values of {packed} (kernel {packed_for}), but kernel {kernel} accepts only \
         {accepted} here; pack it again for this kernel, which checks the values"
    )]
    PackedWider {
        /// `lhs` or `rhs`.
        field: &'static str,
        /// The kernel that it was packed for.
        packed_for: String,
        /// What that kernel accepted.
        packed: Operand,
        /// The kernel that should read it.
        kernel: String,
        /// What this kernel accepts.
        accepted: Operand,
    },

    /// Operands that a kernel cannot be narrowed to.
    #[error(
        "operands: kernel {kernel} takes {own_lhs} by {own_rhs}, not {lhs} by {rhs}; narrow it to less, or \
         select() a kernel for these"
    )]
    NotCovered {
        /// The kernel's name.
        kernel: String,
        /// What it accepts on the left side.
        own_lhs: Operand,
        /// What it accepts on the right side.
        own_rhs: Operand,
        /// The left side asked for.
        lhs: Operand,
        /// The right side asked for.
        rhs: Operand,
    },

    /// Elements of a type that the kernel does not take.
    #[error(
        "{field}: kernel {kernel} takes {wanted} there, not {given}; give i8 or u8 to integer kernels \
         and f32 to float kernels"
    )]
    ElementType {
        /// `lhs` or `rhs`.
        field: &'static str,
        /// The type given.
        given: &'static str,
        /// What the kernel takes.
        wanted: Operand,
        /// The kernel's name.
        kernel: String,
    },

    /// An output of another type than the plan's results.
    #[error(
        "out: the plan's results are {wanted}, not {given}; give a matrix of that type, or make another plan"
    )]
    ResultType {
        /// The type given.
        given: &'static str,
        /// What the plan stores.
        wanted: String,
    },

    /// Zero points for a float kernel.
    #[error("zero point: float kernel {kernel} has none; leave both zero points at 0")]
    FloatZeroPoint {
        /// The kernel's name.
        kernel: String,
    },

    /// Numbers that quantisation cannot work with.
    #[error("{field}: {problem}; {help}")]
    Quantisation {
        /// The argument or the property: `scale`, `zero_point`, `values`, `bias`, ….
        field: &'static str,
        /// What is wrong, in numbers.
        problem: String,
        /// What to change.
        help: String,
    },

    /// Sizes or values that a layer of a network cannot work with.
    #[error("layer {layer}: {field}: {problem}; {help}")]
    Layer {
        /// The name that the layer was given.
        layer: String,
        /// The property or the argument: `kernel`, `stride`, `padding`, `groups`, `input`, `bias`, ….
        field: &'static str,
        /// What is wrong, in numbers.
        problem: String,
        /// What to change.
        help: String,
    },

    /// What went wrong inside of a layer.
    #[error("layer {layer}: {source}")]
    InLayer {
        /// The name that the layer was given.
        layer: String,
        /// What it was.
        source: Box<Error>,
    },

    /// A kernel that stores something else than sums, where sums are wanted.
    #[error(
        "kernel: {kernel} stores {end}, of parameters that only a plan has; give the plan an Epilogue, or use \
         the kernel without `output`"
    )]
    KernelEnd {
        /// The kernel's name.
        kernel: String,
        /// What it stores.
        end: End,
    },

    /// A kernel description that contradicts itself.
    #[error("kernel: {name} cannot run: {problem}; use descriptors that the compiler made")]
    Descriptor {
        /// The kernel's name.
        name: String,
        /// The contradiction.
        problem: &'static str,
    },

    /// A kernel name that is not in the set.
    #[error("kernel: there is no kernel `{name}`; `qgen list` and catalog::all() show those that exist")]
    UnknownKernel {
        /// The name asked for.
        name: String,
    },

    /// Integers on one side and floats on the other.
    #[error("operands: no kernel multiplies {lhs} by {rhs}; use integers on both sides or f32 on both")]
    MixedOperands {
        /// The left side asked for.
        lhs: Operand,
        /// The right side asked for.
        rhs: Operand,
    },

    /// Weights that no kernel for the operands reads as they are packed.
    #[error(
        "rhs: packed for kernel {packed_for}, and no kernel that runs here for {lhs} by {rhs} reads it so; \
         plan without the packed weights, and pack them with that plan"
    )]
    NoPlan {
        /// The kernel that they were packed for.
        packed_for: String,
        /// The left side asked for.
        lhs: Operand,
        /// The right side asked for.
        rhs: Operand,
    },

    /// A size that the address space cannot hold.
    #[error("size: {0}")]
    Size(#[from] SizeOverflow),

    /// The allocator refused.
    #[error("memory: {bytes} bytes could not be allocated; use smaller shapes")]
    Memory {
        /// Bytes asked for.
        bytes: usize,
    },

    /// Machine code cannot be run here.
    #[error("machine code: {problem}; {help}")]
    MachineCode {
        /// What is missing.
        problem: String,
        /// What to do instead.
        help: &'static str,
    },

    /// The operating system refused.
    #[error("{what}: {source}")]
    Os {
        /// What was tried.
        what: &'static str,
        /// Its answer.
        source: std::io::Error,
    },

    /// A tuning file could not be written as text.
    #[error("tuning file: {0}")]
    Tuning(String),

    /// A file of packed weights that cannot be read or made.
    #[error("packed file: {field}: {problem}; {help}")]
    PackedFile {
        /// The part of the file: `header`, `version`, the name of weights, or that and their property
        /// (`fc1.k`).
        field: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        help: &'static str,
    },

    /// A range or name that does not parse.
    #[error(transparent)]
    Diagnostic(#[from] Diagnostic),
}

/// The width that results of this kernel have, and what to do where they do not fit.
fn room(kernel: &str) -> String {
    match kernel.parse::<KernelSpec>() {
        Ok(spec) if spec.short => {
            let usual = KernelSpec { short: false, ..spec };
            format!("16 bits; use the usual form ({usual}, without short_k), which goes deeper")
        }
        _ => "32 bits; split k and add the parts in 64 bits, or use narrower ranges".into(),
    }
}

impl Error {
    pub(crate) fn shape(field: &'static str, problem: String, help: impl Into<String>) -> Error {
        Error::Shape { field, problem, help: help.into() }
    }

    pub(crate) fn quantisation(field: &'static str, problem: String, help: impl Into<String>) -> Error {
        Error::Quantisation { field, problem, help: help.into() }
    }

    pub(crate) fn layer(layer: &str, field: &'static str, problem: String, help: impl Into<String>) -> Error {
        Error::Layer { layer: layer.to_owned(), field, problem, help: help.into() }
    }

    /// The same, said of a layer.
    pub(crate) fn within(self, layer: &str) -> Error {
        match self {
            named @ (Error::Layer { .. } | Error::InLayer { .. }) => named,
            source => Error::InLayer { layer: layer.to_owned(), source: Box::new(source) },
        }
    }

    /// The error about a part of the left side that begins `rows` rows below the whole's first.
    pub(crate) fn below(mut self, rows: usize) -> Error {
        if let Error::Value { row, .. } = &mut self {
            *row += rows;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_is_told_by_the_width_of_the_results() {
        let said = |kernel: &str| {
            Error::Depth { k: 600, limit: 511, kernel: kernel.into(), lhs_zero: 0, rhs_zero: 0 }.to_string()
        };
        let short = said("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1s_cortex_a72");
        assert!(short.contains("overflow 16 bits") && !short.contains("64 bits"), "{short}");
        assert!(short.contains("(qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72, without"), "{short}");
        let usual = said("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72");
        assert!(usual.contains("overflow 32 bits; split k"), "{usual}");
    }
}
