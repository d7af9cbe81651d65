//! The ways to run a kernel: by the interpreter anywhere, as machine code on aarch64.

#![cfg_attr(
    target_arch = "aarch64",
    expect(unsafe_code, reason = "it calls machine code and reads its words")
)]

use crate::call::{Args, Call};
use qgen::Kernel;
use qgen::run::{Segment, Segments, call_machine, call_virtual};

fn words(args: &Args) -> [u64; 8] {
    [
        args.k_blocks as u64,
        args.lhs.addr() as u64,
        args.lhs_stride as u64,
        args.rhs.addr() as u64,
        args.out.addr() as u64,
        args.out_stride as u64,
        args.row_add.addr() as u64,
        args.col_add.addr() as u64,
    ]
}

/// The buffers of a call as the interpreter's whole memory.
fn memory(args: &Args, call: &Call) -> Segments {
    let segment = |address: usize, bytes: &[u8], writable| Segment {
        address: address as u64,
        bytes: bytes.to_vec(),
        writable,
    };
    Segments(vec![
        segment(args.out.addr(), call.out(), true),
        segment(args.lhs.addr(), call.lhs(), false),
        segment(args.rhs.addr(), call.rhs(), false),
        segment(args.row_add.addr(), call.row_add(), false),
        segment(args.col_add.addr(), call.col_add(), false),
    ])
}

/// Runs the finished program, on machine registers.
pub fn interpreted(kernel: &Kernel) -> impl FnMut(&mut Call) -> Result<(), String> {
    |call| {
        let args = call.args();
        let mut memory = memory(&args, call);
        call_machine(kernel.program(), words(&args), &mut memory).map_err(|fault| fault.to_string())?;
        call.out_mut().copy_from_slice(&memory.0[0].bytes);
        Ok(())
    }
}

/// Runs the program as it was lowered, before scheduling and allocation.
pub fn lowered(kernel: &Kernel) -> impl FnMut(&mut Call) -> Result<(), String> {
    |call| {
        let args = call.args();
        let mut memory = memory(&args, call);
        call_virtual(kernel.lowered(), words(&args), &mut memory).map_err(|fault| fault.to_string())?;
        call.out_mut().copy_from_slice(&memory.0[0].bytes);
        Ok(())
    }
}

/// Bytes of stack that the kernel may use: whole pairs of the registers that it saves.
pub fn frame_bytes(kernel: &Kernel) -> usize {
    kernel.program().stage.frame_bytes()
}

/// Calls machine code, with every register watched. `code` must be a kernel for the calls that this
/// is given, and use at most `frame_bytes` of stack.
///
/// # Safety
/// What is said about `code`.
#[cfg(target_arch = "aarch64")]
pub unsafe fn machine_code(
    code: qgen_spec::abi::KernelFn,
    frame_bytes: usize,
) -> impl FnMut(&mut Call) -> Result<(), String> {
    // SAFETY: the caller's promise.
    move |call| unsafe { crate::regs::checked_call(code, frame_bytes, &call.args()) }
}

/// The first `count` words of a function of this program, as the toolchain's assembler made them.
///
/// # Safety
/// `code` must be machine code of at least that many words.
#[cfg(target_arch = "aarch64")]
pub unsafe fn assembled(code: qgen_spec::abi::KernelFn, count: usize) -> Vec<u32> {
    let start = code as *const u32;
    // SAFETY: the caller's promise; code is aligned to its words, and may be read.
    (0..count).map(|at| u32::from_le(unsafe { start.add(at).read() })).collect()
}

/// Whether the toolchain's assembler made of the kernel's text what our encoder makes of it.
///
/// # Errors
/// The first word that differs.
///
/// # Safety
/// `code` must be the machine code of `kernel`.
#[cfg(target_arch = "aarch64")]
pub unsafe fn compare_words(kernel: &Kernel, code: qgen_spec::abi::KernelFn) -> Result<(), String> {
    let ours = kernel.words();
    // SAFETY: the caller's promise. Were the code shorter, it would differ from ours at its `ret`.
    let theirs = unsafe { assembled(code, ours.len()) };
    match ours.iter().zip(&theirs).position(|(ours, theirs)| ours != theirs) {
        Some(at) => {
            let (name, ours, theirs) = (kernel.name(), ours[at], theirs[at]);
            Err(format!("{name}: word {at} is {ours:08x}, the assembler says {theirs:08x}"))
        }
        None => Ok(()),
    }
}
