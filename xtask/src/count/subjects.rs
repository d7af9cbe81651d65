//! What is counted: which operands, on which core, with which kernel, at which shapes.

/// Rows, columns and depth.
pub(crate) type Shape = [usize; 3];

/// The shapes: one of the published 4-bit grid, the same with half of the depth.
pub(crate) const SHAPES: &[Shape] = &[[240, 72, 256], [240, 72, 128]];
/// With `--full`: one in which nothing but the main loop matters.
pub(crate) const LARGE: Shape = [1024, 1024, 1024];

/// A multiplication with one kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    /// Its name in tables and in the committed figures.
    pub(crate) what: &'static str,
    /// Bits of both sides; 32 are floats.
    pub(crate) bits: u32,
    /// The core whose kernel the runtime's selection takes.
    pub(crate) core: &'static str,
    /// A word of the name of the kernel that is expected: a figure of another one would mean something else.
    pub(crate) strategy: &'static str,
    /// How bytes are made of the sums, if they are: `pass` or `fused`.
    pub(crate) end: Option<&'static str>,
}

const fn subject(what: &'static str, bits: u32, core: &'static str, strategy: &'static str) -> Subject {
    Subject { what, bits, core, strategy, end: None }
}

/// The same, with bytes for results.
const fn to_bytes(what: &'static str, end: &'static str, of: Subject) -> Subject {
    Subject { what, end: Some(end), ..of }
}

/// All of them.
pub(crate) const SUBJECTS: &[Subject] = &[
    subject("1 bit", 1, "cortex-a72", "bits"),
    subject("2 bits", 2, "cortex-a72", "fip"),
    subject("3 bits", 3, "cortex-a72", "fip"),
    subject("4 bits", 4, "cortex-a72", "fip"),
    subject("5 bits", 5, "cortex-a72", "fip"),
    subject("6 bits", 6, "cortex-a72", "fip"),
    subject("7 bits", 7, "cortex-a72", "fip"),
    subject("8 bits", 8, "cortex-a72", "pair8"),
    subject("floats", 32, "cortex-a72", "f32"),
    subject("4 bits", 4, "cortex-a53", "byte"),
    subject("8 bits", 8, "cortex-a53", "pair8"),
    subject("8 bits, dot products", 8, "neoverse-n1", "dotouter"),
    subject("floats", 32, "neoverse-n1", "f32"),
    subject("8 bits, matrix products", 8, "neoverse-v1", "mmla"),
    to_bytes("4 bits to i8, a pass", "pass", subject("", 4, "cortex-a72", "fip")),
    to_bytes("4 bits to i8, fused", "fused", subject("", 4, "cortex-a72", "fip")),
    to_bytes("4 bits to i8, a pass", "pass", subject("", 4, "cortex-a53", "byte")),
    to_bytes("4 bits to i8, fused", "fused", subject("", 4, "cortex-a53", "byte")),
    to_bytes("8 bits to i8, a pass", "pass", subject("", 8, "neoverse-n1", "dotouter")),
    to_bytes("8 bits to i8, fused", "fused", subject("", 8, "neoverse-n1", "dotouter")),
];

/// What qemu is asked to be, so that only what the core has can run: itself where qemu knows it, and for Neoverse V1
/// everything without SVE, which no kernel uses and a library might.
pub(crate) fn emulated(core: &str) -> &str {
    match core {
        "neoverse-v1" => "max,sve=off",
        core => core,
    }
}
