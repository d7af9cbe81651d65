//! A kernel against the scalar reference, call by call.
//!
//! ```text
//!   depths, operands and their places (qgen::cases) ──► bytes ──► interpreter or machine code ──► out ─┐
//!                                                      └─────► reference of qgen-spec ────────► out ─┴─ equal
//! ```
//!
//! The interpreter refuses every access outside of the buffers. Machine code is called on buffers with
//! margins, which must be as they were afterwards; what it reads beside them is seen by the tests of the
//! workspace alone, which have pages that fault.

#![expect(unsafe_code, reason = "it calls machine code and the reference")]

use qgen::cases::{self, Operands, Panels, Pattern};
use qgen::program::{Machine, Program};
use qgen::run::{Segment, Segments, call_machine};
use qgen_runtime::KernelFn;
use qgen_spec::{Descriptor, End, Operand, reference};

/// What was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Tally {
    /// How often.
    pub(crate) calls: usize,
    /// The greatest depth.
    pub(crate) deepest_k: usize,
}

/// Checks the finished program by the interpreter, in calls of one k-block or at most `macs` multiply-accumulates.
pub(crate) fn interpreted(
    descriptor: &Descriptor,
    program: &Program<Machine>,
    macs: usize,
) -> Result<Tally, String> {
    all(descriptor, macs, |call| {
        let mut memory = Segments(vec![
            call.out.segment(true),
            call.lhs.segment(false),
            call.rhs.segment(false),
            call.row_add.segment(false),
            call.col_add.segment(false),
        ]);
        let args = [
            call.k_blocks as u64,
            call.lhs.address(),
            call.lhs_stride as u64,
            call.rhs.address(),
            call.out.address(),
            call.out_stride as u64,
            call.row_add.address(),
            call.col_add.address(),
        ];
        call_machine(program, args, &mut memory).map_err(|fault| fault.to_string())?;
        call.out.bytes_mut().copy_from_slice(&memory.0[0].bytes);
        Ok(())
    })
}

/// Checks machine code, in calls of one k-block or at most `macs` multiply-accumulates.
///
/// # Safety
/// `code` must be a kernel for `descriptor`, as far as its compiler is to be believed, and made of
/// instructions that this machine has.
pub(crate) unsafe fn machine_code(
    descriptor: &Descriptor,
    code: KernelFn,
    macs: usize,
) -> Result<Tally, String> {
    all(descriptor, macs, |call| {
        let Call { k_blocks, lhs_stride, out_stride, .. } = *call;
        // SAFETY: the buffers were made for the descriptor; the caller vouches for the code.
        unsafe {
            code(
                k_blocks,
                call.lhs.bytes().as_ptr(),
                lhs_stride,
                call.rhs.bytes().as_ptr(),
                call.out.bytes_mut().as_mut_ptr().cast(),
                out_stride,
                call.row_add.bytes().as_ptr().cast(),
                call.col_add.bytes().as_ptr().cast(),
            );
        }
        Ok(())
    })
}

/// Makes every call of one k-block or at most `macs` multiply-accumulates by `callee`.
fn all(
    descriptor: &Descriptor,
    macs: usize,
    callee: impl Fn(&mut Call) -> Result<(), String>,
) -> Result<Tally, String> {
    let mut tally = Tally::default();
    for k_blocks in cases::k_blocks(descriptor) {
        let cost = k_blocks * descriptor.spec.macs_per_block();
        // However large a tile is: some products are summed.
        if cost > macs && k_blocks > 1 {
            continue;
        }
        let k = k_blocks * usize::from(descriptor.spec.k_block);
        for &pattern in cases::patterns(cost) {
            let mut call = Call::new(descriptor, k_blocks, pattern, tally.calls as u64);
            let expected = call.reference(descriptor);
            let outcome = callee(&mut call).and_then(|()| call.compare(descriptor, &expected));
            outcome.map_err(|why| format!("{descriptor} at k = {k}, {pattern:?} operands: {why}"))?;
            tally = Tally { calls: tally.calls + 1, deepest_k: tally.deepest_k.max(k) };
        }
    }
    Ok(tally)
}

/// A call's arguments.
struct Call {
    k_blocks: usize,
    lhs_stride: usize,
    out_stride: usize,
    lhs: Buffer,
    rhs: Buffer,
    out: Buffer,
    row_add: Buffer,
    col_add: Buffer,
}

/// Values between two rows of `out`, which must stay as they are.
const OUT_GAP: usize = 3;
/// Bytes between two rows (or panels) of the left side that no value occupies; whole floats.
const LHS_GAP: usize = 4;

impl Call {
    fn new(descriptor: &Descriptor, k_blocks: usize, pattern: Pattern, seed: u64) -> Call {
        let spec = &descriptor.spec;
        let (m, n) = (usize::from(spec.tile.m), usize::from(spec.tile.n));
        let operands = Operands::new(spec, k_blocks, pattern, seed);
        let lhs = operands.lhs_panels(spec, k_blocks, LHS_GAP);
        let bytes = spec.end.bytes();
        let out_stride = (n + OUT_GAP) * bytes;
        Call {
            k_blocks,
            lhs_stride: lhs.stride(),
            out_stride,
            lhs: Buffer::of_panels(lhs),
            rhs: Buffer::of_panels(operands.rhs_panels(spec, k_blocks)),
            out: Buffer::new((m - 1) * out_stride + n * bytes),
            row_add: Buffer::of_words(&operands.row_add),
            col_add: Buffer::of_words(&operands.col_words(spec)),
        }
    }

    /// The bytes of `out` after a call of the reference.
    fn reference(&self, descriptor: &Descriptor) -> Buffer {
        let mut out = Buffer::new(self.out.len);
        // SAFETY: the buffers were made for this descriptor, and are aligned.
        unsafe {
            reference::kernel(
                descriptor,
                f32::mul_add,
                self.k_blocks,
                self.lhs.bytes().as_ptr(),
                self.lhs_stride,
                self.rhs.bytes().as_ptr(),
                out.bytes_mut().as_mut_ptr().cast(),
                self.out_stride,
                self.row_add.bytes().as_ptr().cast(),
                self.col_add.bytes().as_ptr().cast(),
            );
        }
        out
    }

    /// Compares everything that the callee may have written.
    fn compare(&self, descriptor: &Descriptor, expected: &Buffer) -> Result<(), String> {
        let columns = usize::from(descriptor.spec.tile.n);
        let (end, floats) = (descriptor.spec.end, descriptor.spec.lhs == Operand::F32);
        let results = |buffer: &Buffer| -> Vec<i32> {
            let word = |bytes: &[u8]| i32::from_ne_bytes(bytes.try_into().expect("four bytes"));
            match end {
                End::Sums | End::F32 => buffer.bytes().chunks_exact(4).map(word).collect(),
                End::I8 => buffer.bytes().iter().map(|byte| (*byte as i8).into()).collect(),
                End::U8 => buffer.bytes().iter().map(|byte| (*byte).into()).collect(),
            }
        };
        let shown = |bits: i32| match end {
            End::Sums | End::I8 | End::U8 if !floats => bits.to_string(),
            _ => f32::from_bits(bits as u32).to_string(),
        };
        let pairs = results(&self.out).into_iter().zip(results(expected));
        if let Some((at, (got, wanted))) = pairs.enumerate().find(|(_, (got, wanted))| got != wanted) {
            let (i, j) = (at / (columns + OUT_GAP), at % (columns + OUT_GAP));
            return Err(if j < columns {
                format!("out[{i}][{j}] is {}, the reference says {}", shown(got), shown(wanted))
            } else {
                format!("the gap after row {i} of out was written")
            });
        }
        let inputs = [&self.lhs, &self.rhs, &self.row_add, &self.col_add, &self.out];
        for (name, buffer) in ["lhs", "rhs", "row_add", "col_add", "out"].into_iter().zip(inputs) {
            if !buffer.margins_are_whole() {
                return Err(format!("something beside {name} was written"));
            }
        }
        Ok(())
    }
}

/// Aligned bytes between two margins.
struct Buffer {
    all: Vec<u8>,
    at: usize,
    len: usize,
}

/// Bytes of a margin, and the alignment of buffers.
const MARGIN: usize = 64;
/// What margins hold, and bytes that no value occupies: it would be seen in a sum.
const FILLING: u8 = 0x93;

impl Buffer {
    fn new(len: usize) -> Buffer {
        let all = vec![FILLING; len + 3 * MARGIN];
        let at = all.as_ptr().align_offset(MARGIN) + MARGIN;
        Buffer { all, at, len }
    }

    fn of_words(words: &[i32]) -> Buffer {
        let mut buffer = Buffer::new(size_of_val(words));
        for (bytes, word) in buffer.bytes_mut().chunks_exact_mut(4).zip(words) {
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
        buffer
    }

    fn of_panels(panels: Panels<'_>) -> Buffer {
        let mut buffer = Buffer::new(panels.size());
        panels.write(buffer.bytes_mut());
        buffer
    }

    fn bytes(&self) -> &[u8] {
        &self.all[self.at..self.at + self.len]
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.all[self.at..self.at + self.len]
    }

    fn address(&self) -> u64 {
        self.bytes().as_ptr().addr() as u64
    }

    fn segment(&self, writable: bool) -> Segment {
        Segment { address: self.address(), bytes: self.bytes().to_vec(), writable }
    }

    fn margins_are_whole(&self) -> bool {
        let (before, rest) = self.all.split_at(self.at);
        before.iter().chain(&rest[self.len..]).all(|&byte| byte == FILLING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qgen::isa::{Class, Inst, Op};
    use qgen::program::{Block, BlockRole};
    use qgen::{Kernel, compile_name};

    /// Enough for the kernel's depth limit.
    const DEEPEST: usize = 40_000;

    fn kernel() -> Kernel {
        compile_name("qgen_fip_4x4_lm8to7_rm8to7neg_t4x4k32u1_cortex_a72").unwrap()
    }

    /// What is found after the first instruction for which `victim` holds was taken out of the blocks of
    /// a role.
    fn without(role: BlockRole, victim: fn(&Inst) -> bool) -> String {
        let kernel = kernel();
        let changed = kernel.program().map_blocks(|block| {
            let mut insts = block.insts.clone();
            if block.role == role {
                insts.remove(insts.iter().position(victim).unwrap());
            }
            Ok::<Block, ()>(Block { role: block.role, insts })
        });
        interpreted(&kernel.descriptor(), &changed.unwrap(), DEEPEST).expect_err("nothing was found")
    }

    #[test]
    fn a_sound_kernel_passes() {
        let kernel = kernel();
        let tally = interpreted(&kernel.descriptor(), kernel.program(), DEEPEST).unwrap();
        assert!(tally.calls > 80 && tally.deepest_k > 2304, "{tally:?}");
    }

    #[test]
    fn something_is_summed_of_the_largest_tiles() {
        let kernel = compile_name("qgen_bits_32x32_lbin_rbin_t2x8k128u1_cortex_a72").unwrap();
        let tally = interpreted(&kernel.descriptor(), kernel.program(), 1).unwrap();
        assert_eq!(tally.deepest_k, 128, "{tally:?}");
    }

    #[test]
    fn a_kernel_that_lacks_an_instruction_is_found_out() {
        let found = without(BlockRole::Steady, |inst| inst.class() == Class::MlaLong);
        assert!(found.contains("the reference says"), "{found}");
        let found = without(BlockRole::Flush, |inst| inst.class() == Class::StoreQ);
        assert!(found.contains("out[0][0]"), "{found}");
        let found = without(BlockRole::Zero, |_| true);
        assert!(found.contains("before it is written"), "{found}");
        let found = without(BlockRole::FlushMore, |inst| inst.class() == Class::VecAdd);
        assert!(found.contains("k = 23"), "only sums that were widened twice are wrong: {found}");
    }

    #[test]
    fn a_kernel_that_walks_too_far_is_found_out() {
        // The right side's pointer is advanced twice as far.
        let kernel = kernel();
        let changed = kernel.program().map_blocks(|block| {
            let mut insts = block.insts.clone();
            if block.role == BlockRole::Steady {
                let moves = |inst: &&Inst| inst.imm() == 128 && inst.class().is_load();
                let pointer = *insts.iter().find(moves).unwrap().regs().last().unwrap();
                insts.push(Inst::new(Op::AddImm, &[pointer, pointer], 128, None).unwrap());
            }
            Ok::<Block, ()>(Block { role: block.role, insts })
        });
        let found = interpreted(&kernel.descriptor(), &changed.unwrap(), DEEPEST).unwrap_err();
        assert!(found.contains("outside"), "{found}");
    }

    #[test]
    fn writing_beside_a_buffer_is_found_out() {
        let descriptor = kernel().descriptor();
        let mut call = Call::new(&descriptor, 1, Pattern::Random, 1);
        let expected = call.reference(&descriptor);
        call.out.bytes_mut().copy_from_slice(expected.bytes());
        call.compare(&descriptor, &expected).unwrap();
        let past = call.rhs.at + call.rhs.len;
        call.rhs.all[past] ^= 1;
        assert!(call.compare(&descriptor, &expected).unwrap_err().contains("beside rhs"));
        call.out.bytes_mut()[4 * 4] ^= 1;
        assert!(call.compare(&descriptor, &expected).unwrap_err().contains("gap after row 0"));
    }
}
