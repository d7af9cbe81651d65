//! One call of a kernel, prepared so that whatever it does wrong is seen, and compared with two
//! independent answers.
//!
//! ```text
//!   plain values x[i][p], y[p][j] ──► Panels ──► guarded bytes ──► kernel     ──► out ─┐
//!        │                                           └───────────► reference  ──► out ─┼─ equal
//!        └──────────────── formula of `qgen_spec::abi` ──────────────────────────► out ─┘
//! ```

#![expect(unsafe_code, reason = "it calls kernels and the reference")]

use crate::guard::{GuardedBuf, Placement};
use crate::shapes::{self, Operands, Panels, Pattern, Stage, Value};
use qgen_spec::abi::KernelFn;
use qgen_spec::{Descriptor, End, Operand, Strategy, Sums, reference};
use std::fmt;

/// The eight arguments of a kernel, as [`qgen_spec::abi`] names them.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[expect(missing_docs, reason = "qgen_spec::abi documents each of them")]
pub struct Args {
    pub k_blocks: usize,
    pub lhs: *const u8,
    pub lhs_stride: usize,
    pub rhs: *const u8,
    pub out: *mut i32,
    pub out_stride: usize,
    pub row_add: *const i32,
    pub col_add: *const i32,
}

impl Args {
    /// Calls machine code (or anything of a kernel's signature) directly.
    ///
    /// # Safety
    /// `kernel` must accept these arguments.
    pub unsafe fn call(&self, kernel: KernelFn) {
        // SAFETY: the caller's promise.
        unsafe {
            kernel(
                self.k_blocks,
                self.lhs,
                self.lhs_stride,
                self.rhs,
                self.out,
                self.out_stride,
                self.row_add,
                self.col_add,
            );
        }
    }

    /// Calls the reference of `qgen-spec`.
    ///
    /// # Safety
    /// The arguments must be valid for `descriptor`.
    pub unsafe fn call_reference(&self, descriptor: &Descriptor) {
        // SAFETY: the caller's promise.
        unsafe {
            reference::kernel(
                descriptor,
                f32::mul_add,
                self.k_blocks,
                self.lhs,
                self.lhs_stride,
                self.rhs,
                self.out,
                self.out_stride,
                self.row_add,
                self.col_add,
            );
        }
    }
}

/// What one test call looks like.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Depth in blocks.
    pub k_blocks: usize,
    /// How operands are chosen.
    pub pattern: Pattern,
    /// Where all five buffers lie in their pages. For [`Placement::Offset`], the results and the
    /// added values are aligned down to 4 bytes, as the contract asks.
    pub placement: Placement,
    /// Bytes between two rows of `lhs` (or its panels) beside the data.
    pub lhs_gap: usize,
    /// Values between two rows of `out`, which must stay untouched.
    pub out_gap: usize,
    /// Decides everything random.
    pub seed: u64,
}

impl Case {
    /// A case flush against the page behind it, with small gaps.
    pub fn new(k_blocks: usize, pattern: Pattern) -> Case {
        Case { k_blocks, pattern, placement: Placement::FlushEnd, lhs_gap: 5, out_gap: 3, seed: 1 }
    }

    /// Multiply-accumulates of the call: what it costs.
    pub fn macs(&self, descriptor: &Descriptor) -> usize {
        self.k_blocks * descriptor.spec.macs_per_block()
    }
}

/// What [`Call::args`] points to.
#[derive(Debug)]
pub struct Call {
    k_blocks: usize,
    lhs_stride: usize,
    out_stride: usize,
    lhs: GuardedBuf,
    rhs: GuardedBuf,
    out: GuardedBuf,
    row_add: GuardedBuf,
    col_add: GuardedBuf,
    expected: Vec<Vec<Expected>>,
}

/// A result by the formula, computed from the plain values.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Expected {
    /// Exactly this.
    Bits(i32),
    /// A float this close to the exact sum: every order of rounding stays inside.
    Near { exact: f64, error: f64 },
}

impl Expected {
    /// What the end makes of a sum of column `j`.
    fn finished(self, stage: &Stage, j: usize) -> Expected {
        match (self, stage) {
            (Expected::Bits(sum), stage) => Expected::Bits(stage.apply(sum, j)),
            // A clamp brings nothing farther apart.
            (Expected::Near { exact, error }, Stage::Floats(_, lo, hi)) => {
                Expected::Near { exact: exact.clamp((*lo).into(), (*hi).into()), error }
            }
            (near, _) => near,
        }
    }

    fn accepts(self, got: i32) -> bool {
        match self {
            Expected::Bits(bits) => got == bits,
            Expected::Near { exact, error } => (f64::from(f32::from_bits(got as u32)) - exact).abs() <= error,
        }
    }
}

/// What the bytes of `out` hold before a call.
const UNTOUCHED: u8 = 0x5c;
/// What the bytes of the inputs hold that no value occupies: a kernel that lets them into a result
/// is found out.
const FILLING: u8 = 0x93;

impl Call {
    /// Inputs for `descriptor`, laid out by its two layouts alone.
    pub fn new(descriptor: &Descriptor, case: Case) -> Call {
        let spec = &descriptor.spec;
        let (m, n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
        let operands = Operands::new(spec, case.k_blocks, case.pattern, case.seed);
        let words = match case.placement {
            Placement::Offset(offset) => Placement::Offset(offset / 4 * 4),
            flush => flush,
        };
        let side = |operand: Operand| if operand == Operand::F32 { words } else { case.placement };
        // Packed floats keep their alignment from panel to panel.
        let gap = case.lhs_gap.next_multiple_of(spec.lhs.bytes());
        let lhs = operands.lhs_panels(spec, case.k_blocks, gap);
        let bytes = spec.end.bytes();
        let out_stride = (n + case.out_gap) * bytes;
        let place = if bytes == 1 { case.placement } else { words };
        let mut out = GuardedBuf::new((m - 1) * out_stride + n * bytes, place);
        out.fill(UNTOUCHED);
        let lines = |operand, lines: &[Vec<Value>]| -> Vec<Line> {
            lines.iter().map(|values| Line::new(operand, values)).collect()
        };
        let (x, y) = (lines(spec.lhs_stored(), &operands.lhs), lines(spec.rhs_stored(), &operands.rhs));
        let expected = (0..m)
            .map(|i| {
                let added = |j: usize| (operands.row_add[i], operands.col_add[j]);
                let sum = |j: usize| formula(descriptor, &x[i], &y[j], added(j));
                (0..n).map(|j| sum(j).finished(&operands.stage, j)).collect()
            })
            .collect();
        let mut call = Call {
            k_blocks: case.k_blocks,
            lhs_stride: lhs.stride(),
            out_stride,
            lhs: laid_out(lhs, side(spec.lhs)),
            rhs: laid_out(operands.rhs_panels(spec, case.k_blocks), side(spec.rhs)),
            out,
            row_add: GuardedBuf::from_i32(&operands.row_add, words),
            col_add: GuardedBuf::from_i32(&operands.col_words(spec), words),
            expected,
        };
        for input in [&mut call.lhs, &mut call.rhs, &mut call.row_add, &mut call.col_add] {
            input.freeze();
        }
        call
    }

    /// The arguments of the call. Writing to an input, or a byte outside of a flush buffer, faults.
    pub fn args(&mut self) -> Args {
        Args {
            k_blocks: self.k_blocks,
            lhs: self.lhs.as_ptr(),
            lhs_stride: self.lhs_stride,
            rhs: self.rhs.as_ptr(),
            out: self.out.as_mut_ptr().cast(),
            out_stride: self.out_stride,
            row_add: self.row_add.as_ptr().cast(),
            col_add: self.col_add.as_ptr().cast(),
        }
    }

    /// The left side's bytes, for callees that do not read through pointers.
    pub fn lhs(&self) -> &[u8] {
        &self.lhs
    }

    /// The right side's bytes.
    pub fn rhs(&self) -> &[u8] {
        &self.rhs
    }

    /// The results' bytes, gaps between rows included.
    pub fn out(&self) -> &[u8] {
        &self.out
    }

    /// The results' bytes, for writing.
    pub fn out_mut(&mut self) -> &mut [u8] {
        &mut self.out
    }

    /// The bytes of the values added to rows.
    pub fn row_add(&self) -> &[u8] {
        &self.row_add
    }

    /// The bytes of the values added to columns.
    pub fn col_add(&self) -> &[u8] {
        &self.col_add
    }

    /// Compares everything written with the two independent answers.
    fn verdict(&mut self, descriptor: &Descriptor) -> Result<(), Wrong> {
        let (m, n) = (usize::from(descriptor.spec.tile.m), usize::from(descriptor.spec.tile.n));
        let mut by_reference = vec![UNTOUCHED; self.out.len()];
        // The vector's bytes may lie at any address; the reference wants words.
        let mut aligned = vec![i32::from_ne_bytes([UNTOUCHED; 4]); self.out.len().div_ceil(4)];
        let args = Args { out: aligned.as_mut_ptr(), ..self.args() };
        // SAFETY: all buffers were made for this descriptor; `aligned` is at least as long as `out`.
        unsafe { args.call_reference(descriptor) };
        for (bytes, word) in by_reference.chunks_mut(4).zip(&aligned) {
            bytes.copy_from_slice(&word.to_ne_bytes()[..bytes.len()]);
        }
        let end = descriptor.spec.end;
        for i in 0..m {
            for j in 0..n {
                let at = i * self.out_stride + j * end.bytes();
                let (got, reference) = (result(&self.out, at, end), result(&by_reference, at, end));
                let formula = self.expected[i][j];
                if !formula.accepts(reference) {
                    return Err(Wrong::Reference { i, j, got: reference, formula });
                }
                if got != reference {
                    return Err(Wrong::Result { i, j, got, expected: reference });
                }
            }
        }
        if let Some(at) = (0..self.out.len()).find(|&at| self.out[at] != by_reference[at]) {
            let (row, past) = (at / self.out_stride, at % self.out_stride - n * end.bytes());
            return Err(Wrong::Written(format!("out: byte {past} of the gap after row {row} was written")));
        }
        let buffers = [
            ("lhs", &self.lhs),
            ("rhs", &self.rhs),
            ("out", &self.out),
            ("row_add", &self.row_add),
            ("col_add", &self.col_add),
        ];
        for (name, buffer) in buffers {
            buffer.check_margins().map_err(|e| Wrong::Written(format!("{name}: {e}")))?;
        }
        Ok(())
    }
}

/// What was wrong.
#[derive(Clone, Debug, PartialEq)]
enum Wrong {
    Callee(String),
    Result { i: usize, j: usize, got: i32, expected: i32 },
    Reference { i: usize, j: usize, got: i32, formula: Expected },
    Written(String),
}

/// A kernel that did not do what its contract says: which one, in which call, and what was wrong.
#[derive(Clone, Debug)]
pub struct Mismatch(Box<Details>);

#[derive(Clone, Debug)]
struct Details {
    kernel: String,
    float: bool,
    k: usize,
    case: Case,
    wrong: Wrong,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kernel, float, k, case, wrong } = &*self.0;
        writeln!(f, "{kernel} at k = {k} ({} blocks), {:?} operands:", case.k_blocks, case.pattern)?;
        let shown = |bits: i32| {
            if *float { f32::from_bits(bits as u32).to_string() } else { bits.to_string() }
        };
        match wrong {
            Wrong::Callee(text) | Wrong::Written(text) => writeln!(f, "  {text}")?,
            Wrong::Result { i, j, got, expected } => {
                writeln!(f, "  out[{i}][{j}] is {}, expected {}", shown(*got), shown(*expected))?;
                if !float {
                    let off = i64::from(*got) - i64::from(*expected);
                    writeln!(f, "  off by {off} = {off:#x}")?;
                }
            }
            Wrong::Reference { i, j, got, formula } => writeln!(
                f,
                "  the REFERENCE says {} for out[{i}][{j}], the formula {formula:?}",
                shown(*got)
            )?,
        }
        write!(f, "  {case:?}")
    }
}

impl std::error::Error for Mismatch {}

/// Makes the call that `case` describes, by `callee`, and checks everything about it.
///
/// `callee` gets the prepared call and runs the kernel on [`Call::args`] (or on the byte slices);
/// an error of its own, such as a damaged register, is a mismatch too.
///
/// # Errors
/// The first thing that was wrong.
pub fn check(
    descriptor: &Descriptor,
    case: Case,
    mut callee: impl FnMut(&mut Call) -> Result<(), String>,
) -> Result<(), Mismatch> {
    let mut call = Call::new(descriptor, case);
    let verdict = callee(&mut call).map_err(Wrong::Callee).and_then(|()| call.verdict(descriptor));
    verdict.map_err(|wrong| {
        Mismatch(Box::new(Details {
            kernel: descriptor.name(),
            float: descriptor.spec.lhs == Operand::F32 || descriptor.spec.end == End::F32,
            k: case.k_blocks * usize::from(descriptor.spec.k_block),
            case,
            wrong,
        }))
    })
}

/// The calls that every kernel must pass: each depth of [`shapes::k_blocks`] with each pattern, in
/// buffers flush with the page before, flush with the page behind, and at odd addresses, with and
/// without gaps.
pub fn cases(descriptor: &Descriptor) -> Vec<Case> {
    let placements = [
        (Placement::FlushEnd, 5, 3),
        (Placement::FlushStart, 0, 0),
        (Placement::FlushEnd, 0, 0),
        (Placement::FlushStart, 16, 1),
        (Placement::Offset(1), 1, 2),
        (Placement::Offset(63), 64, 16),
    ];
    let mut cases = Vec::new();
    for k_blocks in shapes::k_blocks(descriptor) {
        let patterns = shapes::patterns(Case::new(k_blocks, Pattern::Random).macs(descriptor));
        for &pattern in patterns {
            let (placement, lhs_gap, out_gap) = placements[cases.len() % placements.len()];
            let seed = cases.len() as u64;
            cases.push(Case { k_blocks, pattern, placement, lhs_gap, out_gap, seed });
        }
        if patterns.len() < 5 {
            continue;
        }
        // Whatever the rotation did: both guard pages at every depth.
        for placement in [Placement::FlushStart, Placement::FlushEnd] {
            cases.push(Case { placement, ..Case::new(k_blocks, Pattern::Random) });
        }
    }
    cases
}

/// Makes every call of [`cases`], and returns how many they were.
///
/// # Errors
/// The first mismatch.
pub fn check_all(
    descriptor: &Descriptor,
    callee: impl FnMut(&mut Call) -> Result<(), String>,
) -> Result<usize, Mismatch> {
    check_up_to(usize::MAX, descriptor, callee)
}

/// Makes the calls of [`cases`] of at most `macs` multiply-accumulates, and returns how many they
/// were: for slow callees.
///
/// # Errors
/// The first mismatch.
pub fn check_up_to(
    macs: usize,
    descriptor: &Descriptor,
    mut callee: impl FnMut(&mut Call) -> Result<(), String>,
) -> Result<usize, Mismatch> {
    let mut cases = cases(descriptor);
    cases.retain(|case| case.macs(descriptor) <= macs);
    for &case in &cases {
        check(descriptor, case, &mut callee)?;
    }
    Ok(cases.len())
}

/// The buffer ends with the last panel.
fn laid_out(panels: Panels<'_>, placement: Placement) -> GuardedBuf {
    let mut buffer = GuardedBuf::new(panels.size(), placement);
    buffer.fill(FILLING);
    panels.write(&mut buffer);
    buffer
}

/// The plain values of one line.
enum Line {
    Ints(Vec<i32>),
    Floats(Vec<f32>),
}

impl Line {
    fn new(operand: Operand, values: &[Value]) -> Line {
        match operand {
            Operand::Int(_) | Operand::Binary => Line::Ints(values.iter().map(|v| v.int()).collect()),
            Operand::F32 => Line::Floats(values.iter().map(|v| v.float()).collect()),
        }
    }
}

/// The contract's formula for one element, as [`qgen_spec::abi`] writes it, from plain values.
fn formula(descriptor: &Descriptor, x: &Line, y: &Line, (row, col): (i32, i32)) -> Expected {
    let spec = &descriptor.spec;
    match (x, y) {
        (Line::Floats(x), Line::Floats(y)) => {
            let float = |bits: i32| f64::from(f32::from_bits(bits as u32));
            let products = || x.iter().zip(y).map(|(&x, &y)| f64::from(x) * f64::from(y));
            let exact = products().sum::<f64>() + float(row) + float(col);
            let size = products().map(f64::abs).sum::<f64>() + float(row).abs() + float(col).abs();
            // One rounding of at most half an ulp of the largest partial sum per operation.
            let error = size * (x.len() as f64 + 2.0) * f64::from(f32::EPSILON);
            Expected::Near { exact, error }
        }
        (Line::Ints(x), Line::Ints(y)) => {
            let mut raw = inner(x, y);
            if spec.strategy == Strategy::Fip {
                for (x, y) in x.chunks_exact(32).zip(y.chunks_exact(32)) {
                    raw += inner(&x[..16], &x[16..]) + inner(&y[..16], &y[16..]);
                }
            }
            let magnitude = |line: &[i32]| line.iter().map(|&v| i64::from(v.abs())).sum::<i64>();
            match spec.sums() {
                Sums::LhsMagnitude => raw -= magnitude(x),
                Sums::RhsMagnitude => raw -= magnitude(y),
                Sums::None | Sums::Pairs => {}
            }
            let sum = i64::from(row) + i64::from(col) + i64::from(spec.storage.sign()) * raw;
            Expected::Bits(spec.result_bits().stored(sum as i32))
        }
        _ => panic!("{descriptor} multiplies integers by floats"),
    }
}

fn inner(x: &[i32], y: &[i32]) -> i64 {
    x.iter().zip(y).map(|(&x, &y)| i64::from(x * y)).sum()
}

/// The result that begins at byte `at`.
fn result(bytes: &[u8], at: usize, end: End) -> i32 {
    match end {
        End::Sums | End::F32 => i32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes")),
        End::I8 => (bytes[at] as i8).into(),
        End::U8 => bytes[at].into(),
    }
}
